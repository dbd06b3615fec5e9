//! CreateTopics, CreatePartitions, DeleteTopics under KRaft.

use kedge_controller::{
    deletion::{TopicSelector, delete_topics},
    limits,
    partitions::{CreatePartitionsRequest, CreatePartitionsTopic, create_partitions},
    topics::{CreatableTopic, CreateTopicsRequest, create_topics},
};
use kedge_metadata_state::{ErrorCode, Uuid};

use crate::cluster::{Cluster, assigned, placed};

fn request(topics: Vec<CreatableTopic>) -> CreateTopicsRequest {
    CreateTopicsRequest { topics, validate_only: false }
}

/// The one topic's error.
fn error_of(cluster: &mut Cluster, topic: CreatableTopic) -> ErrorCode {
    let name = topic.name.clone();
    let decision = cluster.quietly(|context, _| create_topics(context, &request(vec![topic])));
    assert!(decision.is_empty(), "{name}");
    decision.response[0].result.as_ref().expect_err(&name).error_code
}

#[test]
fn create_places_and_assigns() {
    let mut cluster = Cluster::kraft_with([1, 2, 3]);
    let mut with_configs = assigned("assigned", &[&[3, 1], &[1, 2]]);
    with_configs.configs =
        vec![("retention.ms".to_owned(), Some("1000".to_owned())), ("preallocate".to_owned(), Some("true".to_owned()))];
    let topics = request(vec![placed("placed", 4, 2), with_configs, placed("defaults", -1, -1)]);
    let decision = cluster.quietly(|context, _| create_topics(context, &topics));
    let created: Vec<_> = decision.response.iter().map(|it| it.result.as_ref().expect("all are created")).collect();
    let shape: Vec<_> = created.iter().map(|it| (it.num_partitions, it.replication_factor)).collect();
    assert_eq!(shape, [(4, 2), (2, 2), (1, 1)]);
    let overridden = |index: usize| created[index].configs.iter().filter(|it| it.source as i8 == 1).count();
    assert_eq!((overridden(0), overridden(1)), (0, 2));
    cluster.note_partitions();
    let config = cluster.image.configs.topic("assigned").expect("it has overrides");
    assert_eq!(config.get("retention.ms").map(String::as_str), Some("1000"));
    insta::assert_snapshot!(cluster.transcript);
}

/// The tutorial's two topics; operators' scripts look for these words.
#[test]
fn a_refused_name_is_told_in_kafka_s_words() {
    let mut cluster = Cluster::kraft_with([1]);
    let mut ask = |name: &str| {
        let decision = cluster.quietly(|context, _| create_topics(context, &request(vec![placed(name, 1, 1)])));
        decision.response[0].result.as_ref().err().map(|error| (error.error_code, error.message.clone()))
    };
    assert_eq!(ask("my_topic_srebro.cn"), None);
    let collides = "Topic 'my_topic_srebro_cn' collides with existing topic: my_topic_srebro.cn".to_owned();
    assert_eq!(ask("my_topic_srebro_cn"), Some((ErrorCode::INVALID_TOPIC_EXCEPTION, Some(collides))));
    let exists = "Topic 'my_topic_srebro.cn' already exists.".to_owned();
    assert_eq!(ask("my_topic_srebro.cn"), Some((ErrorCode::TOPIC_ALREADY_EXISTS, Some(exists))));
}

#[test]
fn records_are_in_kafka_s_order() {
    let mut cluster = Cluster::kraft_with([1]);
    let mut topic = assigned("t", &[&[1], &[1]]);
    topic.configs = vec![("segment.bytes".to_owned(), Some("100".to_owned()))];
    let decision = cluster.quietly(|context, _| create_topics(context, &request(vec![topic])));
    let kinds: Vec<_> = decision.records().map(|it| it.to_string().split('(').next().map(str::to_owned)).collect();
    let kinds: Vec<_> = kinds.into_iter().flatten().collect();
    assert_eq!(kinds, ["Topic", "Config", "Partition", "Partition"]);
}

#[test]
fn only_live_replicas_are_in_the_first_isr() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    let request = cluster.register_request(3, 1);
    cluster
        .quietly(|context, liveness| kedge_controller::brokers::register_broker(context, liveness, &request))
        .response
        .expect("registers, fenced");
    cluster.create("t", &[&[3, 2, 1]]);
    let partition = cluster.partition("t", 0);
    assert_eq!((partition.leader, partition.isr.as_slice()), (2, [2, 1].as_slice()));
    let dead = error_of(&mut cluster, assigned("u", &[&[1], &[3]]));
    assert_eq!(dead, ErrorCode::INVALID_REPLICA_ASSIGNMENT);
}

#[test]
fn topics_that_are_refused() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("there.is", &[&[1]]);
    let config = |name: &str, value: Option<&str>| CreatableTopic {
        configs: vec![(name.to_owned(), value.map(str::to_owned))],
        ..placed("t", 1, 1)
    };
    let mut shifted = assigned("t", &[&[1], &[2]]);
    shifted.assignments[1].0 = 2;
    let mut twice = assigned("t", &[&[1], &[2]]);
    twice.assignments[1].0 = 0;
    let mut counted = assigned("t", &[&[1]]);
    counted.num_partitions = 1;
    let cases = [
        (placed("there.is", 1, 1), ErrorCode::TOPIC_ALREADY_EXISTS),
        (placed("there_is", 1, 1), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (placed("a b", 1, 1), ErrorCode::INVALID_TOPIC_EXCEPTION),
        (placed("__cluster_metadata", 1, 1), ErrorCode::INVALID_REQUEST),
        (placed("t", 0, 1), ErrorCode::INVALID_PARTITIONS),
        (placed("t", -2, 1), ErrorCode::INVALID_PARTITIONS),
        (placed("t", 1, 0), ErrorCode::INVALID_REPLICATION_FACTOR),
        (placed("t", 1, -2), ErrorCode::INVALID_REPLICATION_FACTOR),
        (placed("t", 1, 3), ErrorCode::INVALID_REPLICATION_FACTOR),
        (placed("t", 10_001, 1), ErrorCode::POLICY_VIOLATION),
        (counted, ErrorCode::INVALID_REQUEST),
        (shifted, ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (twice, ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (assigned("t", &[&[]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (assigned("t", &[&[1, 1]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (assigned("t", &[&[7]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (assigned("t", &[&[1], &[1, 2]]), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (config("no.such.config", Some("1")), ErrorCode::INVALID_CONFIG),
        (config("segment.bytes", Some("1")), ErrorCode::INVALID_CONFIG),
        (config("segment.bytes", None), ErrorCode::INVALID_CONFIG),
    ];
    for (topic, expected) in cases {
        let shown = format!("{topic:?}");
        assert_eq!(error_of(&mut cluster, topic), expected, "{shown}");
    }
}

#[test]
fn one_bad_topic_does_not_hold_the_others_up() {
    let mut cluster = Cluster::kraft_with([1]);
    let topics = request(vec![
        placed("good", 1, 1),
        placed("twice", 1, 1),
        placed("bad", 1, 9),
        placed("twice", 2, 1),
        placed("a.b", 1, 1),
        placed("a_b", 1, 1),
    ]);
    let decision = cluster.quietly(|context, _| create_topics(context, &topics));
    let answers: Vec<_> = decision
        .response
        .iter()
        .map(|it| (it.name.as_str(), it.result.as_ref().err().map_or(ErrorCode::NONE, |error| error.error_code)))
        .collect();
    assert_eq!(
        answers,
        [
            ("good", ErrorCode::NONE),
            ("twice", ErrorCode::INVALID_REQUEST),
            ("bad", ErrorCode::INVALID_REPLICATION_FACTOR),
            ("a.b", ErrorCode::NONE),
            ("a_b", ErrorCode::INVALID_TOPIC_EXCEPTION),
        ]
    );
    assert_eq!(cluster.image.topics.by_name.keys().collect::<Vec<_>>(), ["a.b", "good"]);
}

#[test]
fn validate_only_answers_and_changes_nothing() {
    let mut cluster = Cluster::kraft_with([1]);
    let topics = CreateTopicsRequest { topics: vec![placed("t", 2, 1)], validate_only: true };
    let decision = cluster.quietly(|context, _| create_topics(context, &topics));
    assert!(decision.is_empty());
    assert_eq!(decision.response[0].result.as_ref().map(|it| it.num_partitions), Ok(2));
}

#[test]
fn the_largest_request_fits_a_batch() {
    let mut cluster = Cluster::kraft_with([1]);
    let count = limits::RECORDS_PER_BATCH_MAX as i32 - 1;
    let decision = cluster.quietly(|context, _| create_topics(context, &request(vec![placed("t", count, 1)])));
    assert_eq!(decision.records().count(), limits::RECORDS_PER_BATCH_MAX);
    assert_eq!(error_of(&mut cluster, placed("u", count + 1, 1)), ErrorCode::POLICY_VIOLATION);
}

#[test]
fn nobody_alive_means_no_topic() {
    let mut cluster = Cluster::kraft();
    assert_eq!(error_of(&mut cluster, placed("t", 1, 1)), ErrorCode::INVALID_REPLICATION_FACTOR);
}

fn widen(name: &str, count: i32, assignments: Option<Vec<Vec<i32>>>) -> CreatePartitionsTopic {
    CreatePartitionsTopic { name: name.to_owned(), count, assignments }
}

#[test]
fn create_partitions_adds_behind_the_last() {
    let mut cluster = Cluster::kraft_with([1, 2, 3]);
    cluster.create("assigned", &[&[1, 2]]);
    cluster.create("placed", &[&[1, 2], &[2, 3]]);
    let request = CreatePartitionsRequest {
        topics: vec![widen("assigned", 3, Some(vec![vec![2, 3], vec![3, 1]])), widen("placed", 4, None)],
        validate_only: false,
    };
    cluster.run("widen", |context, _| create_partitions(context, &request));
    cluster.note_partitions();
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn widenings_that_are_refused() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    cluster.create("t", &[&[1], &[2]]);
    let cases = [
        (widen("u", 3, None), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (widen("t", 2, None), ErrorCode::INVALID_PARTITIONS),
        (widen("t", 1, None), ErrorCode::INVALID_PARTITIONS),
        (widen("t", -1, None), ErrorCode::INVALID_PARTITIONS),
        (widen("t", 20_000, None), ErrorCode::POLICY_VIOLATION),
        (widen("t", 4, Some(vec![vec![1]])), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (widen("t", 3, Some(vec![vec![1, 2]])), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
        (widen("t", 3, Some(vec![vec![9]])), ErrorCode::INVALID_REPLICA_ASSIGNMENT),
    ];
    for (topic, expected) in cases {
        let shown = format!("{topic:?}");
        let request = CreatePartitionsRequest { topics: vec![topic], validate_only: false };
        let decision = cluster.quietly(|context, _| create_partitions(context, &request));
        assert_eq!(decision.response[0].result.as_ref().expect_err(&shown).error_code, expected, "{shown}");
        assert!(decision.is_empty(), "{shown}");
    }
    let request =
        CreatePartitionsRequest { topics: vec![widen("t", 3, None), widen("t", 4, None)], validate_only: false };
    let decision = cluster.quietly(|context, _| create_partitions(context, &request));
    assert_eq!(decision.response.len(), 1);
    assert_eq!(decision.response[0].result.as_ref().unwrap_err().error_code, ErrorCode::INVALID_REQUEST);
}

#[test]
fn delete_is_one_record_in_kraft() {
    let mut cluster = Cluster::kraft_with([1]);
    let by_name = TopicSelector::Name("name".to_owned());
    cluster.create("name", &[&[1]]);
    let by_id = TopicSelector::Id(cluster.create("id", &[&[1]]));
    let selectors = [by_name, by_id, TopicSelector::Name("gone".to_owned()), TopicSelector::Id(Uuid::ONE)];
    let decision = cluster.quietly(|context, _| delete_topics(context, &selectors));
    let codes: Vec<_> = decision
        .response
        .iter()
        .map(|it| it.result.as_ref().err().map_or(ErrorCode::NONE, |error| error.error_code))
        .collect();
    use ErrorCode as E;
    assert_eq!(codes, [E::NONE, E::NONE, E::UNKNOWN_TOPIC_OR_PARTITION, E::UNKNOWN_TOPIC_ID]);
    assert_eq!(decision.records().count(), 2);
    assert!(cluster.image.topics.by_id.is_empty());
}

#[test]
fn deletions_that_are_refused() {
    let mut cluster = Cluster::kraft_with([1]);
    let topic_id = cluster.create("t", &[&[1]]);
    let twice = [TopicSelector::Name("t".to_owned()), TopicSelector::Id(topic_id)];
    let decision = cluster.quietly(|context, _| delete_topics(context, &twice));
    assert!(decision.is_empty());
    assert!(
        decision
            .response
            .iter()
            .all(|it| { it.result.as_ref().is_err_and(|error| error.error_code == ErrorCode::INVALID_REQUEST) })
    );
    cluster.settings.delete_topic_enable = false;
    let decision = cluster.quietly(|context, _| delete_topics(context, &twice[..1]));
    assert!(decision.is_empty());
    assert_eq!(decision.response[0].result.as_ref().unwrap_err().error_code, ErrorCode::TOPIC_DELETION_DISABLED);
}
