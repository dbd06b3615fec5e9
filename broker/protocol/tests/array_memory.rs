//! The memory promise seen from the other side: what real peers send fits 4 × its bytes and 64 KiB at any length. An array
//! whose elements need more must be lazy, or stand in the snapshot with how many of them fit.

use bytes::Bytes;
use kedge_protocol::catalog::{ARRAYS, ArrayEntry, LeastElement};
use kedge_protocol::messages::leader_and_isr_request::{LeaderAndIsrPartitionState, LeaderAndIsrTopicState};
use kedge_protocol::messages::leader_and_isr_response::{LeaderAndIsrPartitionError, LeaderAndIsrTopicError};
use kedge_protocol::messages::metadata_request::MetadataRequestTopic;
use kedge_protocol::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use kedge_protocol::messages::update_metadata_request::{UpdateMetadataPartitionState, UpdateMetadataTopicState};
use kedge_protocol::messages::{
    LeaderAndIsrRequest, LeaderAndIsrResponse, MetadataRequest, OffsetFetchRequest, UpdateMetadataRequest,
};
use kedge_protocol::wire::{Decoder, Encoder, Message};
use std::fmt::Write;

/// What clients and brokers of a real cluster send with thousands of elements.
const LARGE: [&str; 14] = [
    "ProduceRequest",
    "FetchRequest",
    "ListOffsetsRequest",
    "MetadataRequest",
    "LeaderAndIsrRequest",
    "LeaderAndIsrResponse",
    "StopReplicaRequest",
    "StopReplicaResponse",
    "UpdateMetadataRequest",
    "OffsetCommitRequest",
    "OffsetFetchRequest",
    "AlterPartitionRequest",
    "BrokerHeartbeatRequest",
    "AssignReplicasToDirsRequest",
];

/// What holds the number of an array's elements down when they do not fit at any length.
fn reason(array: &ArrayEntry) -> &'static str {
    let (_, field) = array.field.split_once('.').expect("struct and field");
    let starts = |names: &[&str]| names.iter().any(|name| array.message.starts_with(name));
    match field {
        "NodeEndpoints" | "LiveBrokers" | "Endpoints" | "EndPoints" | "Listeners" | "LeaderEndpoints" | "Brokers"
        | "Nodes" => "one for each broker or listener",
        "Features" | "FeatureUpdates" | "SupportedFeatures" | "FinalizedFeatures" => "one for each feature",
        _ if array.message == "FetchRequest" => "names below 8 bytes, from Kafka 1.0 and older",
        _ if array.message == "FetchResponse" => "versions that no broker asks for",
        _ if starts(&["OffsetForLeaderEpochRequest"]) => "names of one byte, from Kafka 2.0 and older",
        _ if starts(&["JoinGroup", "SyncGroup", "LeaveGroup", "Consumer", "GroupMetadata"]) => {
            "one for each member or topic of one group"
        }
        _ if array.message.contains("Txn") => "the topics of one transaction",
        _ if starts(&["BeginQuorumEpoch", "EndQuorumEpoch", "DescribeQuorum"]) => "the quorum's one topic",
        _ if array.message.ends_with("Response") => "an answer, as long as its reader asked for",
        _ if array.message.ends_with("Record") => "a record of one user, token or node",
        _ => "an administrator's request",
    }
}

/// Arrays of those messages that [`reason`] excuses: one for each broker, or a version of ten years ago.
fn is_exempt(array: &ArrayEntry) -> bool {
    matches!(
        array.field,
        "FetchRequest.Topics" | "UpdateMetadataRequest.LiveBrokers" | "UpdateMetadataBroker.Endpoints"
    )
}

/// Memory that an element takes beyond what its bytes allow.
fn excess_bytes(array: &ArrayEntry, least: &LeastElement) -> usize {
    let held = if array.lazy { 0 } else { array.element_bytes + least.heap_bytes };
    held.saturating_sub(4 * least.wire_bytes)
}

#[test]
fn the_least_elements_fit() {
    let mut exceptions = String::new();
    for array in ARRAYS {
        for least in array.least {
            let excess = excess_bytes(array, least);
            if excess == 0 {
                continue;
            }
            let is_large = LARGE.contains(&array.message) && !is_exempt(array);
            assert!(!is_large, "{array:?} is sent large: make it lazy in the schema");
            let (first, last) = least.versions;
            writeln!(
                exceptions,
                "{} {} v{first}–{last}: {} + {} bytes for {} of frame; {} fit, any number with {} more bytes of text: {}",
                array.message,
                array.field,
                array.element_bytes,
                least.heap_bytes,
                least.wire_bytes,
                64 * 1024 / excess,
                excess.div_ceil(3),
                reason(array)
            )
            .expect("a string grows");
        }
    }
    insta::assert_snapshot!(exceptions);
}

fn encode<M: Message>(message: &M, version: i16) -> Bytes {
    let mut out = Encoder::new();
    message.encode(version, &mut out).expect("the version can carry the value");
    out.into_bytes()
}

/// The message comes back, and is the same when its elements are read again.
fn survives<M: Message>(message: &M, versions: impl IntoIterator<Item = i16>) {
    for version in versions {
        let bytes = encode(message, version);
        let decoded = M::decode(version, &mut Decoder::new(bytes.clone()));
        let decoded = decoded.unwrap_or_else(|error| panic!("{} v{version}: {error}", M::NAME));
        assert_eq!(encode(&decoded, version), bytes, "{} v{version}", M::NAME);
    }
}

const MANY: i32 = 20_000;

#[test]
fn twenty_thousand_partitions_of_one_replica() {
    let state = |partition_index| LeaderAndIsrPartitionState {
        partition_index,
        leader: 1,
        isr: vec![1],
        replicas: vec![1],
        ..Default::default()
    };
    let one_topic = LeaderAndIsrTopicState {
        topic_name: "t".into(),
        partition_states: (0..MANY).map(state).collect(),
        ..Default::default()
    };
    survives(&LeaderAndIsrRequest { topic_states: vec![one_topic].into(), ..Default::default() }, 2..=7);
    let topic = |index: i32| LeaderAndIsrTopicState {
        topic_name: index.to_string(),
        partition_states: vec![state(0)].into(),
        ..Default::default()
    };
    survives(&LeaderAndIsrRequest { topic_states: (0..MANY).map(topic).collect(), ..Default::default() }, 2..=7);
    let named = |index| LeaderAndIsrPartitionState { topic_name: "t".into(), ..state(index) };
    let old = LeaderAndIsrRequest { ungrouped_partition_states: (0..MANY).map(named).collect(), ..Default::default() };
    survives(&old, 0..=1);

    let errors = (0..MANY).map(|partition_index| LeaderAndIsrPartitionError { partition_index, ..Default::default() });
    let topic = LeaderAndIsrTopicError { partition_errors: errors.collect(), ..Default::default() };
    survives(&LeaderAndIsrResponse { topics: vec![topic], ..Default::default() }, 5..=7);

    let state = |partition_index| UpdateMetadataPartitionState {
        partition_index,
        isr: vec![1],
        replicas: vec![1],
        ..Default::default()
    };
    let topic = |index: i32| UpdateMetadataTopicState {
        topic_name: index.to_string(),
        partition_states: vec![state(0)].into(),
        ..Default::default()
    };
    survives(&UpdateMetadataRequest { topic_states: (0..MANY).map(topic).collect(), ..Default::default() }, 5..=8);
}

#[test]
fn twenty_thousand_names() {
    for length in [1, 8] {
        let topics = (0..MANY).map(|_| MetadataRequestTopic { name: Some("t".repeat(length)), ..Default::default() });
        survives(&MetadataRequest { topics: Some(topics.collect()), ..Default::default() }, 1..=12);
    }
    let old = (0..MANY).map(|_| OffsetFetchRequestTopic { name: "t".into(), partition_indexes: vec![0] });
    survives(&OffsetFetchRequest { topics: Some(old.collect()), ..Default::default() }, 1..=7);
    let topics = (0..MANY).map(|_| OffsetFetchRequestTopics { name: "t".into(), partition_indexes: vec![0] });
    let group = OffsetFetchRequestGroup { group_id: "g".into(), topics: Some(topics.collect()), ..Default::default() };
    survives(&OffsetFetchRequest { groups: vec![group].into(), ..Default::default() }, 8..=9);
}

/// A bad element is found when the message is decoded, not when someone loops over it.
#[test]
fn bad_elements_of_a_lazy_array() {
    let topics = (0..3).map(|_| MetadataRequestTopic { name: Some("ab".into()), ..Default::default() }).collect();
    let request = MetadataRequest { topics: Some(topics), allow_auto_topic_creation: true, ..Default::default() };
    let valid = encode(&request, 9);
    assert!(MetadataRequest::decode(9, &mut Decoder::new(valid.clone())).is_ok());
    let mut bad = valid.to_vec();
    // Count, then name length, name and tags of each: the last name's second byte.
    bad[1 + 2 * 4 + 2] = 0xff;
    let error = MetadataRequest::decode(9, &mut Decoder::new(bad.into())).expect_err("not UTF-8");
    assert_eq!(error.to_string(), "MetadataRequestTopic.Name at byte 10: not UTF-8");
    for cut in 0..valid.len() {
        assert!(MetadataRequest::decode(9, &mut Decoder::new(valid.slice(..cut))).is_err(), "cut at {cut}");
    }
}
