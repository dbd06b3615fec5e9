//! Flags, tables and plans.

use super::{
    super::{answers, parsed},
    *,
};

fn action(line: &str) -> Result<Action, ToolError> {
    parsed::<GroupsArgs>("groups", &format!("--bootstrap-server h:1 {line}")).action()
}

#[test]
fn wrong_combinations_are_refused_in_kafkas_words() {
    let lines = [
        "",
        "--list --describe",
        "--describe",
        "--delete",
        "--describe --group g --all-groups",
        "--list --group g",
        "--describe --group g --topic t",
        "--describe --group g --members --state",
        "--describe --group g --state Stable",
        "--reset-offsets --group g --to-latest",
        "--reset-offsets --group g --all-topics",
        "--reset-offsets --group g --all-topics --to-latest --to-earliest",
        "--reset-offsets --group g --all-topics --to-latest --dry-run --execute",
    ];
    insta::assert_snapshot!(answers(&lines, action));
    assert_eq!(action("--list --state").unwrap(), Action::List);
    assert_eq!(action("--describe --all-groups --state").unwrap(), Action::Describe(Shown::State));
    assert_eq!(action("--describe --group g --offsets").unwrap(), Action::Describe(Shown::Offsets));
    assert_eq!(action("--reset-offsets --group g --topic t:0 --shift-by -5").unwrap(), Action::Reset(Goal::Shift(-5)));
}

fn at(topic: &str, partition: i32) -> TopicPartition {
    (topic.to_owned(), partition)
}

#[test]
fn tables_are_kafkas() {
    let member = |member: &str, partitions: Vec<TopicPartition>| MemberView {
        member: member.to_owned(),
        instance: None,
        host: "/127.0.0.1".to_owned(),
        client: "console-consumer".to_owned(),
        partitions,
    };
    let view = GroupView {
        name: "g".to_owned(),
        state: "Stable".to_owned(),
        assignor: "range".to_owned(),
        coordinator: "127.0.0.1:9092  (1)".to_owned(),
        members: vec![
            member("console-consumer-1", vec![]),
            member("console-consumer-2", vec![at("orders", 0), at("orders", 1), at("refunds", 0)]),
        ],
        committed: Offsets::from([(at("orders", 0), 3), (at("old", 0), 7)]),
        log_ends: Offsets::from([(at("orders", 0), 5), (at("orders", 1), 0), (at("old", 0), 7)]),
    };
    let text = [view.offsets_text(), view.members_text(false), view.members_text(true), view.state_text()];
    insta::assert_snapshot!(text.join("\n----").replace(" \n", "·\n"));
    let dead = GroupView { state: "Dead".to_owned(), members: vec![], ..view };
    assert_eq!(dead.offsets_text(), "\nError: Consumer group 'g' does not exist.\n");
}

#[test]
fn new_offsets_stay_within_the_log() {
    let partitions = [at("t", 0), at("t", 1)];
    let starts = Offsets::from([(at("t", 0), 10), (at("t", 1), 0)]);
    let ends = Offsets::from([(at("t", 0), 20), (at("t", 1), 5)]);
    let current = Offsets::from([(at("t", 0), 15)]);
    let to = |goal: Goal| {
        let planned = reset::plan(goal, &partitions, &current, &starts, &ends);
        planned.map(|offsets| offsets.into_values().collect::<Vec<i64>>()).map_err(|error| error.to_string())
    };
    assert_eq!(to(Goal::Earliest).unwrap(), [10, 0]);
    assert_eq!(to(Goal::Latest).unwrap(), [20, 5]);
    assert_eq!(to(Goal::Current).unwrap(), [15, 5]);
    assert_eq!(to(Goal::Offset(12)).unwrap(), [12, 5]);
    assert!(to(Goal::Shift(-9)).unwrap_err().contains("t-1 since there is no current committed offset"));
    let one = reset::plan(Goal::Shift(-9), &partitions[..1], &current, &starts, &ends).unwrap();
    assert_eq!(one, Offsets::from([(at("t", 0), 10)]));
    insta::assert_snapshot!(reset::text(&[("g".to_owned(), one)]).replace(" \n", "·\n"));
}
