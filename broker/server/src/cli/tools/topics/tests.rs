//! Flags, and the lines of a description.

use kedge_protocol::{
    Uuid,
    messages::{
        list_partition_reassignments_response::OngoingPartitionReassignment,
        metadata_response::MetadataResponsePartition,
    },
};

use super::{
    super::{answers, parsed},
    *,
};

fn args(line: &str) -> TopicsArgs {
    parsed("topics", &format!("--bootstrap-server h:1 {line}"))
}

#[test]
fn wrong_combinations_are_refused_in_kafkas_words() {
    let lines = [
        "--topic t",
        "--create --list",
        "--create",
        "--alter --topic t",
        "--alter --topic t --partitions 3 --config a=b",
        "--create --topic t --replica-assignment 1:2 --partitions 3",
        "--list --partitions 3",
        "--list --if-exists",
        "--create --topic t --if-exists",
        "--delete --topic t --if-not-exists",
        "--delete --topic t --exclude-internal",
        "--describe --topics-with-overrides --under-replicated-partitions",
        "--describe --if-exists",
        "--alter --topic t --partitions 3 --delete-config x",
        "--list --zookeeper h:2181",
    ];
    insta::assert_snapshot!(answers(&lines, |line| args(line).action()));
    assert!(
        parsed::<TopicsArgs>("topics", "--list")
            .action()
            .is_err_and(|error| error.to_string().contains("--bootstrap-server"))
    );
}

#[test]
fn good_combinations_are_taken() {
    assert_eq!(args("--create --topic t --replica-assignment 1:2,2:1").action().unwrap(), Action::Create);
    assert_eq!(
        args("--alter --topic t --partitions 3 --replica-assignment 1,2,3 --if-exists").action().unwrap(),
        Action::Alter
    );
    assert_eq!(args("--describe --unavailable-partitions --exclude-internal").action().unwrap(), Action::Describe);
    assert_eq!(args("--delete --topic t --if-exists").action().unwrap(), Action::Delete);
    assert_eq!(args("--list --topic t.*").action().unwrap(), Action::List);
}

#[test]
fn assignments_and_configs_are_read_as_kafka_reads_them() {
    assert_eq!(parse_assignment("1:2, 2:3").unwrap(), [[1, 2], [2, 3]]);
    let problem = |text: &str| parse_assignment(text).unwrap_err().to_string();
    assert_eq!(problem("1:1"), "Partition replica lists may not contain duplicate entries: 1");
    assert_eq!(problem("1:2,3"), "Partition 1 has different replication factor: [3]");
    assert_eq!(problem("1,x"), "For input string: \"x\"");
    let configs = parse_configs(&["b = 2".to_owned(), "a=1".to_owned(), "b=3".to_owned()]).unwrap();
    let seen: Vec<(&str, Option<&str>)> =
        configs.iter().map(|config| (config.name.as_str(), config.value.as_deref())).collect();
    assert_eq!(seen, [("a", Some("1")), ("b", Some("3"))]);
    for bad in ["a", "a=", "a=b=c"] {
        assert!(parse_configs(&[bad.to_owned()]).unwrap_err().to_string().contains("in the format \"key=val\""));
    }
}

#[test]
fn a_topic_that_is_not_there_is_named() {
    let all = [topic("orders", vec![]), topic("__consumer_offsets", vec![])];
    assert_eq!(args("--list").topics(&all).unwrap(), ["__consumer_offsets", "orders"]);
    assert_eq!(args("--list --exclude-internal").topics(&all).unwrap(), ["orders"]);
    assert_eq!(args("--list --topic none").topics(&all).unwrap(), Vec::<String>::new());
    assert_eq!(args("--delete --topic none --if-exists").topics(&all).unwrap(), Vec::<String>::new());
    let missing = args("--delete --topic none").topics(&all).unwrap_err();
    assert_eq!(missing.to_string(), "Topic 'Optional[none]' does not exist as expected");
}

fn topic(name: &str, partitions: Vec<MetadataResponsePartition>) -> MetadataResponseTopic {
    MetadataResponseTopic { name: Some(name.to_owned()), topic_id: Uuid::ONE, partitions, ..Default::default() }
}

fn partition(partition_index: i32, leader_id: i32, isr: &[i32]) -> MetadataResponsePartition {
    MetadataResponsePartition {
        partition_index,
        leader_id,
        replica_nodes: vec![1, 2, 3],
        isr_nodes: isr.to_vec(),
        ..Default::default()
    }
}

#[test]
fn a_description_has_kafkas_lines() {
    let topic = topic(
        "orders",
        vec![
            partition(1, -1, &[3]),
            partition(0, 1, &[1, 2, 3]),
            partition(2, 2, &[2, 1]),
            partition(3, 9, &[9, 1, 2]),
        ],
    );
    let config = |name: &str, value: &str, config_source| DescribeConfigsResourceResult {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        config_source,
        ..Default::default()
    };
    let configs =
        [config("cleanup.policy", "delete", 5), config("min.insync.replicas", "2", 1), config("segment.bytes", "9", 4)];
    let moving = OngoingPartitionReassignment {
        partition_index: 2,
        replicas: vec![1, 2, 3],
        adding_replicas: vec![3],
        removing_replicas: vec![],
    };
    let reassignments = Reassignments::from([(("orders".to_owned(), 2), moving)]);
    let described = |report: Report| {
        let view = View { report, live: &[1, 2, 3], reassignments: &reassignments };
        Description { topic: &topic, configs: &configs }.text(&view).replace('\t', "→")
    };
    let every = [
        ("all", Report::default()),
        ("under replicated", Report { under_replicated_partitions: true, ..Report::default() }),
        ("unavailable", Report { unavailable_partitions: true, ..Report::default() }),
        ("under min isr", Report { under_min_isr_partitions: true, ..Report::default() }),
        ("at min isr", Report { at_min_isr_partitions: true, ..Report::default() }),
        ("overrides", Report { topics_with_overrides: true, ..Report::default() }),
    ];
    let text: Vec<String> = every.iter().map(|(name, report)| format!("{name}\n{}", described(*report))).collect();
    insta::assert_snapshot!(text.concat());
}
