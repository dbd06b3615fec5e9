//! Both codecs on the same values. Method: a random value of ours is encoded by us, decoded and encoded again by
//! `kafka-protocol`, and what it wrote is decoded by us; the value must have survived, and no byte may be left over.
//! Only valid bytes are fed to it: it allocates whatever a count says.

use bytes::{Bytes, BytesMut};
use kafka_protocol::protocol::{Decodable, Encodable, Message};
use kedge_protocol::catalog::{MESSAGES, MessageEntry};
use kedge_protocol::sample::seeded;

const VALUES_PER_VERSION: u64 = 20;

/// A message as `kafka-protocol` knows it.
struct Theirs {
    name: &'static str,
    versions: (i16, i16),
    recode: fn(i16, Bytes) -> Result<Bytes, String>,
}

const fn theirs<M: Message + Encodable + Decodable>(name: &'static str) -> Theirs {
    Theirs { name, versions: (M::VERSIONS.min, M::VERSIONS.max), recode: recode::<M> }
}

fn recode<M: Encodable + Decodable>(version: i16, mut bytes: Bytes) -> Result<Bytes, String> {
    let value = M::decode(&mut bytes, version).map_err(|error| format!("their decode: {error}"))?;
    if !bytes.is_empty() {
        return Err(format!("their decode left {} bytes", bytes.len()));
    }
    let mut out = BytesMut::new();
    value.encode(&mut out, version).map_err(|error| format!("their encode: {error}"))?;
    Ok(out.freeze())
}

macro_rules! known_to_both {
    ($($name:ident,)*) => {
        const THEIRS: &[Theirs] = &[$(theirs::<kafka_protocol::messages::$name>(stringify!($name)),)*];
    };
}

known_to_both! {
    AddOffsetsToTxnRequest,
    AddOffsetsToTxnResponse,
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnResponse,
    AddRaftVoterRequest,
    AddRaftVoterResponse,
    AllocateProducerIdsRequest,
    AllocateProducerIdsResponse,
    AlterClientQuotasRequest,
    AlterClientQuotasResponse,
    AlterConfigsRequest,
    AlterConfigsResponse,
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    AlterPartitionRequest,
    AlterPartitionResponse,
    AlterReplicaLogDirsRequest,
    AlterReplicaLogDirsResponse,
    AlterUserScramCredentialsRequest,
    AlterUserScramCredentialsResponse,
    ApiVersionsRequest,
    ApiVersionsResponse,
    AssignReplicasToDirsRequest,
    AssignReplicasToDirsResponse,
    BeginQuorumEpochRequest,
    BeginQuorumEpochResponse,
    BrokerHeartbeatRequest,
    BrokerHeartbeatResponse,
    BrokerRegistrationRequest,
    BrokerRegistrationResponse,
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
    ControlledShutdownRequest,
    ControlledShutdownResponse,
    ControllerRegistrationRequest,
    ControllerRegistrationResponse,
    CreateAclsRequest,
    CreateAclsResponse,
    CreateDelegationTokenRequest,
    CreateDelegationTokenResponse,
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreateTopicsRequest,
    CreateTopicsResponse,
    DefaultPrincipalData,
    DeleteAclsRequest,
    DeleteAclsResponse,
    DeleteGroupsRequest,
    DeleteGroupsResponse,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DescribeAclsRequest,
    DescribeAclsResponse,
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
    DescribeClusterRequest,
    DescribeClusterResponse,
    DescribeConfigsRequest,
    DescribeConfigsResponse,
    DescribeDelegationTokenRequest,
    DescribeDelegationTokenResponse,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    DescribeProducersRequest,
    DescribeProducersResponse,
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
    ElectLeadersRequest,
    ElectLeadersResponse,
    EndQuorumEpochRequest,
    EndQuorumEpochResponse,
    EndTxnRequest,
    EndTxnResponse,
    EnvelopeRequest,
    EnvelopeResponse,
    ExpireDelegationTokenRequest,
    ExpireDelegationTokenResponse,
    FetchRequest,
    FetchResponse,
    FetchSnapshotRequest,
    FetchSnapshotResponse,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
    GetTelemetrySubscriptionsRequest,
    GetTelemetrySubscriptionsResponse,
    HeartbeatRequest,
    HeartbeatResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    InitProducerIdRequest,
    InitProducerIdResponse,
    JoinGroupRequest,
    JoinGroupResponse,
    KRaftVersionRecord,
    LeaderAndIsrRequest,
    LeaderAndIsrResponse,
    LeaderChangeMessage,
    LeaveGroupRequest,
    LeaveGroupResponse,
    ListClientMetricsResourcesRequest,
    ListClientMetricsResourcesResponse,
    ListGroupsRequest,
    ListGroupsResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    ListTransactionsRequest,
    ListTransactionsResponse,
    MetadataRequest,
    MetadataResponse,
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    OffsetFetchRequest,
    OffsetFetchResponse,
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
    ProduceRequest,
    ProduceResponse,
    PushTelemetryRequest,
    PushTelemetryResponse,
    RemoveRaftVoterRequest,
    RemoveRaftVoterResponse,
    RenewDelegationTokenRequest,
    RenewDelegationTokenResponse,
    RequestHeader,
    ResponseHeader,
    SaslAuthenticateRequest,
    SaslAuthenticateResponse,
    SaslHandshakeRequest,
    SaslHandshakeResponse,
    SnapshotFooterRecord,
    SnapshotHeaderRecord,
    StopReplicaRequest,
    StopReplicaResponse,
    SyncGroupRequest,
    SyncGroupResponse,
    TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
    UnregisterBrokerRequest,
    UnregisterBrokerResponse,
    UpdateFeaturesRequest,
    UpdateFeaturesResponse,
    UpdateMetadataRequest,
    UpdateMetadataResponse,
    UpdateRaftVoterRequest,
    UpdateRaftVoterResponse,
    VoteRequest,
    VoteResponse,
    VotersRecord,
    WriteTxnMarkersRequest,
    WriteTxnMarkersResponse,
}

/// Messages of ours that the crate lacks.
const UNKNOWN_TO_THEM: &[(&str, &str)] = &[
    ("metadata_records", "the crate has no metadata records"),
    ("group_records", "the crate has no coordinator records"),
    ("EndTxnMarker", "the crate has no transaction markers"),
];

/// Where the crate is known to be wrong: message, versions, reason. Each row must still fail, or it has to go.
const KNOWN_BUGS: &[(&str, std::ops::RangeInclusive<i16>, &str)] = &[
    ("LeaderChangeMessage", 0..=1, "the field Version shadows the message's version when nested structs are decoded"),
    ("VotersRecord", 0..=0, "the field Version shadows the message's version when nested structs are decoded"),
];

fn one_value(
    ours: &MessageEntry,
    theirs: &Theirs,
    version: i16,
    random: &mut dyn FnMut() -> u64,
) -> Result<(), String> {
    let written_by_us = (ours.sample)(version, random)?;
    let written_by_them = (theirs.recode)(version, written_by_us.clone())?;
    let read_back = (ours.roundtrip)(version, written_by_them)?;
    if read_back == written_by_us { Ok(()) } else { Err(format!("{written_by_us:02x?} became {read_back:02x?}")) }
}

#[test]
fn values_survive_both_codecs_both_ways() {
    let mut random = seeded(3);
    let mut failures = Vec::new();
    let mut checked = 0;
    for theirs in THEIRS {
        let ours = MESSAGES.iter().find(|entry| entry.name == theirs.name).expect("the list names messages of ours");
        assert_eq!((ours.min_version, ours.max_version), theirs.versions, "{}", ours.name);
        for version in ours.min_version..=ours.max_version {
            let bug = KNOWN_BUGS.iter().find(|(name, versions, _)| *name == ours.name && versions.contains(&version));
            let results: Vec<_> =
                (0..VALUES_PER_VERSION).map(|_| one_value(ours, theirs, version, &mut random)).collect();
            checked += results.len();
            let failure = results.into_iter().find_map(Result::err);
            match (bug, failure) {
                (None, Some(error)) => failures.push(format!("{} v{version}: {error}", ours.name)),
                (Some((_, _, reason)), None) => failures.push(format!("{} v{version} works now: {reason}", ours.name)),
                _ => {}
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    println!("{checked} values of {} messages", THEIRS.len());
    assert!(checked > 9_000, "only {checked} values");
}

#[test]
fn no_message_is_left_out_by_accident() {
    for ours in MESSAGES {
        let known = THEIRS.iter().any(|theirs| theirs.name == ours.name);
        let excused = UNKNOWN_TO_THEM.iter().any(|(word, _)| *word == ours.name || *word == ours.group);
        assert!(known != excused, "{}", ours.name);
    }
}
