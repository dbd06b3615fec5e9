//! The oracle: every acknowledged record was read once, in order, at its offset.
//!
//! Producers report what was acknowledged, consumers what they read; [`judge`] compares. It knows nothing of Kafka beyond
//! partition and offset, so that a fault in a broker cannot hide in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

/// A record as a producer numbers it: its name and a sequence from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordName {
    /// The producer.
    pub producer: String,
    /// Its sequence number.
    pub sequence: u64,
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.producer, self.sequence)
    }
}

/// Where a record lies.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition's index.
    pub partition: i32,
    /// The record's offset.
    pub record_offset: i64,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}@{}", self.topic, self.partition, self.record_offset)
    }
}

/// What a client reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The record.
    pub record: RecordName,
    /// Where the client says it is.
    pub place: Place,
}

/// Something that must not happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Acknowledged and never read.
    Lost(RecordName, Place),
    /// In the log at two places.
    Duplicated(RecordName, Vec<Place>),
    /// Read at another place than it was acknowledged at.
    Moved(RecordName, Place, Place),
    /// Two records at one place.
    Overwritten(Place, RecordName, RecordName),
    /// Later in its partition than a record that its producer sent after it.
    Reordered(RecordName, RecordName),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Lost(record, at) => write!(f, "lost: {record}, acknowledged at {at:?}"),
            Fault::Duplicated(record, places) => write!(f, "duplicated: {record} at {places:?}"),
            Fault::Moved(record, from, to) => write!(f, "moved: {record} from {from:?} to {to:?}"),
            Fault::Overwritten(at, first, second) => write!(f, "overwritten: {at:?} was {first}, then {second}"),
            Fault::Reordered(later, earlier) => write!(f, "reordered: {later} comes before {earlier}"),
        }
    }
}

/// What the comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Records acknowledged.
    pub acknowledged: usize,
    /// Different records read.
    pub read: usize,
    /// Records read that were never acknowledged: legal, their acknowledgement was lost.
    pub unacknowledged_read: usize,
    /// Records a consumer was given again at the same place, after a rebalance: legal for at-least-once groups.
    pub redelivered: usize,
    /// Everything that must not happen, sorted.
    pub faults: Vec<Fault>,
}

/// Compares what was acknowledged with what was read from the beginning to the end of every partition.
pub fn judge(acknowledged: &[Observation], read: &[Observation]) -> Verdict {
    let mut faults = BTreeSet::new();
    let mut places: BTreeMap<&RecordName, BTreeSet<Place>> = BTreeMap::new();
    let mut at_place: BTreeMap<Place, &RecordName> = BTreeMap::new();
    let mut redelivered = 0;
    for observation in read {
        let is_new = places.entry(&observation.record).or_default().insert(observation.place.clone());
        redelivered += usize::from(!is_new);
        let first = at_place.entry(observation.place.clone()).or_insert(&observation.record);
        if **first != observation.record {
            faults.insert(Fault::Overwritten(observation.place.clone(), (*first).clone(), observation.record.clone()));
        }
    }
    for (record, places) in places.iter().filter(|(_, places)| places.len() > 1) {
        faults.insert(Fault::Duplicated((*record).clone(), places.iter().cloned().collect()));
    }
    let mut acknowledged_names = BTreeSet::new();
    for observation in acknowledged {
        acknowledged_names.insert(&observation.record);
        match places.get(&observation.record) {
            None => faults.insert(Fault::Lost(observation.record.clone(), observation.place.clone())),
            Some(places) if !places.contains(&observation.place) => {
                let now = places.first().expect("a record that was read was read somewhere").clone();
                faults.insert(Fault::Moved(observation.record.clone(), observation.place.clone(), now))
            }
            Some(_) => false,
        };
    }
    faults.extend(reordered(&at_place));
    Verdict {
        acknowledged: acknowledged_names.len(),
        read: places.len(),
        unacknowledged_read: places.keys().filter(|record| !acknowledged_names.contains(*record)).count(),
        redelivered,
        faults: faults.into_iter().collect(),
    }
}

/// Within a partition, each producer's sequence numbers only rise.
fn reordered(at_place: &BTreeMap<Place, &RecordName>) -> Vec<Fault> {
    let mut highest: BTreeMap<(&str, i32, &str), &RecordName> = BTreeMap::new();
    let mut faults = Vec::new();
    for (place, record) in at_place {
        let last = highest.entry((&place.topic, place.partition, record.producer.as_str())).or_insert(record);
        match record.sequence.cmp(&last.sequence) {
            std::cmp::Ordering::Less => faults.push(Fault::Reordered((*last).clone(), (*record).clone())),
            _ => *last = record,
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(sequence: u64, partition: i32, record_offset: i64) -> Observation {
        let record = RecordName { producer: "p".to_owned(), sequence };
        Observation { record, place: Place { topic: "t".into(), partition, record_offset } }
    }

    fn healthy() -> Vec<Observation> {
        (0..10).map(|sequence| observed(sequence, (sequence % 2) as i32, (sequence / 2) as i64)).collect()
    }

    fn faults(acknowledged: &[Observation], read: &[Observation]) -> Vec<String> {
        judge(acknowledged, read).faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn a_healthy_run_has_no_faults() {
        let verdict = judge(&healthy(), &healthy());
        assert_eq!(verdict, Verdict { acknowledged: 10, read: 10, ..Verdict::default() });
    }

    #[test]
    fn a_planted_loss_is_found() {
        let mut read = healthy();
        read.remove(4);
        let found = faults(&healthy(), &read);
        assert_eq!(found, ["lost: p:4, acknowledged at t-0@2"]);
    }

    #[test]
    fn a_planted_duplicate_is_found() {
        let mut read = healthy();
        read.push(observed(9, 1, 5));
        assert_eq!(faults(&healthy(), &read).len(), 1);
        assert!(faults(&healthy(), &read)[0].starts_with("duplicated: p:9 at"));
    }

    #[test]
    fn a_planted_reorder_is_found() {
        let swapped = |mut observations: Vec<Observation>| {
            let (first, second) = (observations[4].place.clone(), observations[6].place.clone());
            observations[4].place = second;
            observations[6].place = first;
            observations
        };
        let found = faults(&swapped(healthy()), &swapped(healthy()));
        assert_eq!(found, ["reordered: p:6 comes before p:4"]);
    }

    #[test]
    fn a_record_at_another_offset_and_an_overwritten_one_are_found() {
        let mut read = healthy();
        read[9].place.record_offset = 7;
        assert!(faults(&healthy(), &read)[0].starts_with("moved: p:9"));
        let mut read = healthy();
        read.push(observed(77, 0, 0));
        assert!(faults(&healthy(), &read).iter().any(|fault| fault.starts_with("overwritten: ")));
    }

    #[test]
    fn what_was_read_twice_at_its_place_or_never_acknowledged_is_legal() {
        let mut read = healthy();
        read.push(observed(3, 1, 1));
        let verdict = judge(&healthy()[..8], &read);
        assert_eq!((verdict.redelivered, verdict.unacknowledged_read, verdict.faults.len()), (1, 2, 0));
    }
}
