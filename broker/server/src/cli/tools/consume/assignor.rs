//! The range assignor (Kafka's `RangeAssignor`): who of a group reads which partitions. Pure.

use std::collections::BTreeMap;

/// Partitions by topic.
pub(super) type Assignment = BTreeMap<String, Vec<i32>>;

/// Gives each member, named by its id, its run of every topic that it subscribes to. A topic without partitions is not given out.
pub(super) fn assign(
    subscriptions: &BTreeMap<String, Vec<String>>,
    partitions_count: &BTreeMap<String, usize>,
) -> BTreeMap<String, Assignment> {
    let mut by_member: BTreeMap<String, Assignment> =
        subscriptions.keys().map(|member| (member.clone(), Assignment::new())).collect();
    for (topic, count) in partitions_count {
        let readers: Vec<&String> =
            subscriptions.iter().filter(|(_, topics)| topics.contains(topic)).map(|(member, _)| member).collect();
        if readers.is_empty() {
            continue;
        }
        let (each, more) = (count / readers.len(), count % readers.len());
        let mut next = 0;
        for (index, member) in readers.into_iter().enumerate() {
            let end = next + each + usize::from(index < more);
            if end > next {
                let run = (next..end).filter_map(|partition| i32::try_from(partition).ok()).collect();
                by_member.entry(member.clone()).or_default().insert(topic.clone(), run);
            }
            next = end;
        }
    }
    by_member
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_has_one_reader_and_the_first_members_have_one_more() {
        let topics = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let subscriptions = BTreeMap::from([
            ("a".to_owned(), topics(&["t", "u"])),
            ("b".to_owned(), topics(&["t"])),
            ("c".to_owned(), topics(&["t"])),
        ]);
        let counts = BTreeMap::from([("t".to_owned(), 2), ("u".to_owned(), 3), ("v".to_owned(), 1)]);
        let given = assign(&subscriptions, &counts);
        assert_eq!(given["a"], Assignment::from([("t".to_owned(), vec![0]), ("u".to_owned(), vec![0, 1, 2])]));
        assert_eq!(given["b"], Assignment::from([("t".to_owned(), vec![1])]));
        assert_eq!(given["c"], Assignment::new());
        let five = assign(&subscriptions, &BTreeMap::from([("t".to_owned(), 5)]));
        let runs: Vec<&Vec<i32>> = five.values().map(|assignment| &assignment["t"]).collect();
        assert_eq!(runs, [&vec![0, 1], &vec![2, 3], &vec![4]]);
    }
}
