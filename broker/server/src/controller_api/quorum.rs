//! The metadata log for observers: Fetch (1), FetchSnapshot (59) and DescribeQuorum (55) on a controller listener.
//!
//! [`Quorum`] is what the handlers need of the log; `startup` puts the Raft node behind it.

use std::{fmt::Debug, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use kedge_metadata_state::{BrokerId, TimestampMs};
use kedge_protocol::{
    ErrorCode, Uuid,
    messages::{
        DescribeQuorumRequest, DescribeQuorumResponse, FetchRequest, FetchResponse, FetchSnapshotRequest,
        FetchSnapshotResponse, describe_quorum_response, fetch_response, fetch_snapshot_response,
    },
    wire::Records,
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    metadata_source::SnapshotId,
};

/// Name of the metadata topic; FetchSnapshot uses the name, Fetch the id (`Uuid::ONE`).
const METADATA_TOPIC: &str = "__cluster_metadata";
/// Bytes of the log in one answer, whatever the request says (Kafka ignores the request's limits, too).
const FETCH_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Responses name the leader's endpoint from this version on.
const FIRST_VERSION_WITH_ENDPOINTS: i16 = 17;
/// DescribeQuorum lists nodes from this version on.
const FIRST_VERSION_WITH_NODES: i16 = 2;
/// The older versions carry the replica id in its own field.
const FIRST_VERSION_WITH_REPLICA_STATE: i16 = 15;

/// Where the quorum stands, as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuorumView {
    /// The leader, none while it is not known or not yet established.
    pub leader_id: Option<BrokerId>,
    /// Its epoch.
    pub leader_epoch: i32,
    /// End of the committed log; −1 while unknown.
    pub high_watermark: i64,
    /// First offset that is not covered by a snapshot alone.
    pub log_start_offset: i64,
}

/// What an observer asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetadataFetch {
    /// Who asks; −1 for a tool.
    pub replica_id: BrokerId,
    /// The epoch it is in.
    pub current_leader_epoch: i32,
    /// The end of its log.
    pub fetch_offset: i64,
    /// The epoch of its last record, 0 with none.
    pub last_fetched_epoch: i32,
    /// How long it would wait, in milliseconds.
    pub max_wait_ms: i32,
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataFetchAnswer {
    /// Nothing for this epoch, or a request that makes no sense.
    Refused(ErrorCode),
    /// Fetch this snapshot first.
    Snapshot(SnapshotId),
    /// Its log differs from ours beyond this.
    Diverging {
        /// The largest epoch both may share.
        leader_epoch: i32,
        /// That epoch's end.
        end_offset: i64,
    },
    /// Batches from the offset on; empty at the end of the log.
    Records(Bytes),
}

/// How far a replica of the metadata log has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaProgress {
    /// The node.
    pub replica_id: BrokerId,
    /// Its directory id, if known.
    pub directory_id: Uuid,
    /// End of its log; −1 if unknown.
    pub log_end_offset: i64,
    /// When it last fetched; −1 if unknown.
    pub last_fetch_ms: TimestampMs,
    /// When it last had everything; −1 if unknown.
    pub last_caught_up_ms: TimestampMs,
}

/// The metadata log and quorum of this node.
#[async_trait]
pub trait Quorum: Send + Sync + Debug {
    /// Kafka's verdict on a fetch (KIP-595) and the state that goes beside it; remembers the observer's progress.
    fn fetch(&self, fetch: MetadataFetch, max_bytes: usize) -> (MetadataFetchAnswer, QuorumView);
    /// Waits until the log ends beyond an offset or the leader changes, at most so long.
    async fn wait_beyond(&self, offset: i64, patience: Duration);
    /// A piece of a snapshot: the whole size and the bytes at a position, or Kafka's code.
    fn read_snapshot(
        &self,
        current_leader_epoch: i32,
        snapshot_id: SnapshotId,
        position: i64,
        max_bytes: usize,
    ) -> (Result<(u64, Bytes), ErrorCode>, QuorumView);
    /// Where the quorum stands, its voters and its observers; only the leader knows their progress.
    fn describe(&self) -> (QuorumView, Vec<ReplicaProgress>, Vec<ReplicaProgress>);
    /// Where a voter's controller listener is: its name, host and port.
    fn endpoint(&self, node_id: BrokerId) -> Option<(String, String, u16)>;
    /// The voters.
    fn voters(&self) -> Vec<BrokerId>;
    /// The cluster this quorum belongs to.
    fn cluster_id(&self) -> &str;
}

pub(crate) async fn fetch(
    quorum: Arc<dyn Quorum>,
    context: RequestContext,
    request: FetchRequest,
) -> Answer<FetchResponse> {
    let refused = |error: ErrorCode| FetchResponse { error_code: error.0, ..Default::default() }.into();
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        return refused(ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
    }
    if request.cluster_id.as_deref().is_some_and(|cluster_id| cluster_id != quorum.cluster_id()) {
        return refused(ErrorCode::INCONSISTENT_CLUSTER_ID);
    }
    let [topic] = request.topics.as_slice() else { return refused(ErrorCode::INVALID_REQUEST) };
    let [partition] = topic.partitions.as_slice() else { return refused(ErrorCode::INVALID_REQUEST) };
    if topic.topic_id != Uuid::ONE || partition.partition != 0 {
        return refused(ErrorCode::INVALID_REQUEST);
    }
    let asked = MetadataFetch {
        replica_id: if context.api_version >= FIRST_VERSION_WITH_REPLICA_STATE {
            request.replica_state.replica_id
        } else {
            request.replica_id
        },
        current_leader_epoch: partition.current_leader_epoch,
        fetch_offset: partition.fetch_offset,
        last_fetched_epoch: partition.last_fetched_epoch,
        max_wait_ms: request.max_wait_ms,
    };
    let (mut answer, mut view) = quorum.fetch(asked, FETCH_MAX_BYTES);
    let is_empty = matches!(&answer, MetadataFetchAnswer::Records(records) if records.is_empty());
    if is_empty && request.max_wait_ms > 0 {
        quorum.wait_beyond(asked.fetch_offset, Duration::from_millis(request.max_wait_ms as u64)).await;
        (answer, view) = quorum.fetch(asked, FETCH_MAX_BYTES);
    }
    fetched(&*quorum, &context, answer, view).into()
}

fn fetched(
    quorum: &dyn Quorum,
    context: &RequestContext,
    answer: MetadataFetchAnswer,
    view: QuorumView,
) -> FetchResponse {
    let mut partition = fetch_response::PartitionData {
        partition_index: 0,
        high_watermark: view.high_watermark,
        log_start_offset: view.log_start_offset,
        current_leader: fetch_response::LeaderIdAndEpoch {
            leader_id: view.leader_id.unwrap_or(-1),
            leader_epoch: view.leader_epoch,
        },
        aborted_transactions: None,
        records: Some(Records::Bytes(Bytes::new())),
        ..Default::default()
    };
    match answer {
        MetadataFetchAnswer::Refused(error) => partition.error_code = error.0,
        MetadataFetchAnswer::Snapshot(SnapshotId { end_offset, leader_epoch }) => {
            partition.snapshot_id = fetch_response::SnapshotId { end_offset, epoch: leader_epoch };
        }
        MetadataFetchAnswer::Diverging { leader_epoch, end_offset } => {
            partition.diverging_epoch = fetch_response::EpochEndOffset { epoch: leader_epoch, end_offset };
        }
        MetadataFetchAnswer::Records(records) => partition.records = Some(Records::Bytes(records)),
    }
    let mut response = FetchResponse {
        responses: vec![fetch_response::FetchableTopicResponse {
            topic_id: Uuid::ONE,
            partitions: vec![partition],
            ..Default::default()
        }]
        .into(),
        ..Default::default()
    };
    if context.api_version >= FIRST_VERSION_WITH_ENDPOINTS {
        let endpoint = view.leader_id.and_then(|leader_id| Some((leader_id, quorum.endpoint(leader_id)?)));
        response.node_endpoints = endpoint
            .into_iter()
            .map(|(node_id, (_, host, port))| fetch_response::NodeEndpoint {
                node_id,
                host,
                port: i32::from(port),
                rack: None,
            })
            .collect();
    }
    response
}

pub(crate) async fn fetch_snapshot(
    quorum: Arc<dyn Quorum>,
    context: RequestContext,
    request: FetchSnapshotRequest,
) -> Answer<FetchSnapshotResponse> {
    let refused = |error: ErrorCode| FetchSnapshotResponse { error_code: error.0, ..Default::default() }.into();
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        return refused(ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
    }
    if request.cluster_id.as_deref().is_some_and(|cluster_id| cluster_id != quorum.cluster_id()) {
        return refused(ErrorCode::INCONSISTENT_CLUSTER_ID);
    }
    let asked = match request.topics.as_slice() {
        [topic] if topic.name == METADATA_TOPIC => match topic.partitions.as_slice() {
            [partition] if partition.partition == 0 => partition,
            _ => return refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        },
        _ => return refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    };
    let snapshot_id = SnapshotId { end_offset: asked.snapshot_id.end_offset, leader_epoch: asked.snapshot_id.epoch };
    let max_bytes = usize::try_from(request.max_bytes).unwrap_or(0).min(FETCH_MAX_BYTES);
    let (piece, view) = quorum.read_snapshot(asked.current_leader_epoch, snapshot_id, asked.position, max_bytes);
    let mut answer = fetch_snapshot_response::PartitionSnapshot {
        index: 0,
        snapshot_id: fetch_snapshot_response::SnapshotId {
            end_offset: asked.snapshot_id.end_offset,
            epoch: asked.snapshot_id.epoch,
        },
        position: asked.position,
        current_leader: fetch_snapshot_response::LeaderIdAndEpoch {
            leader_id: view.leader_id.unwrap_or(-1),
            leader_epoch: view.leader_epoch,
        },
        unaligned_records: Some(Records::Bytes(Bytes::new())),
        ..Default::default()
    };
    match piece {
        Ok((size, bytes)) => {
            answer.size = size as i64;
            answer.unaligned_records = Some(Records::Bytes(bytes));
        }
        Err(error) => {
            // Kafka's observer takes an id for one of its own and stops; −1/−1 makes it start over.
            answer.snapshot_id = fetch_snapshot_response::SnapshotId { end_offset: -1, epoch: -1 };
            answer.error_code = error.0;
        }
    }
    FetchSnapshotResponse {
        topics: vec![fetch_snapshot_response::TopicSnapshot {
            name: METADATA_TOPIC.to_owned(),
            partitions: vec![answer],
        }],
        ..Default::default()
    }
    .into()
}

pub(crate) async fn describe_quorum(
    quorum: Arc<dyn Quorum>,
    context: RequestContext,
    request: DescribeQuorumRequest,
) -> Answer<DescribeQuorumResponse> {
    if !context.authorize(Operation::Describe, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return DescribeQuorumResponse { error_code, ..Default::default() }.into();
    }
    let topics = request.topics.iter().map(|topic| describe_quorum_response::TopicData {
        topic_name: topic.topic_name.clone(),
        partitions: topic
            .partitions
            .iter()
            .map(|partition| described(&*quorum, &topic.topic_name, partition.partition_index))
            .collect(),
    });
    let mut response = DescribeQuorumResponse { topics: topics.collect(), ..Default::default() };
    if context.api_version >= FIRST_VERSION_WITH_NODES {
        response.nodes = quorum
            .voters()
            .into_iter()
            .filter_map(|node_id| {
                let (name, host, port) = quorum.endpoint(node_id)?;
                let listeners = vec![describe_quorum_response::Listener { name, host, port }];
                Some(describe_quorum_response::Node { node_id, listeners })
            })
            .collect();
    }
    response.into()
}

fn described(quorum: &dyn Quorum, topic_name: &str, partition_index: i32) -> describe_quorum_response::PartitionData {
    let mut answer = describe_quorum_response::PartitionData { partition_index, ..Default::default() };
    if topic_name != METADATA_TOPIC || partition_index != 0 {
        answer.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0;
        return answer;
    }
    let (view, voters, observers) = quorum.describe();
    answer.leader_id = view.leader_id.unwrap_or(-1);
    answer.leader_epoch = view.leader_epoch;
    answer.high_watermark = view.high_watermark;
    if view.high_watermark < 0 {
        answer.error_code = ErrorCode::NOT_LEADER_OR_FOLLOWER.0;
    }
    let state = |replica: ReplicaProgress| describe_quorum_response::ReplicaState {
        replica_id: replica.replica_id,
        replica_directory_id: replica.directory_id,
        log_end_offset: replica.log_end_offset,
        last_fetch_timestamp: replica.last_fetch_ms,
        last_caught_up_timestamp: replica.last_caught_up_ms,
    };
    answer.current_voters = voters.into_iter().map(state).collect();
    answer.observers = observers.into_iter().map(state).collect();
    answer
}
