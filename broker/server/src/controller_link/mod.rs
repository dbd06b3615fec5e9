//! Port 3: what a broker asks of the controller. Two forms: `kraft` calls the quorum's leader over the controller listener,
//! `zookeeper` calls the ZooKeeper controller and writes what any broker may write.

pub mod channel;
pub mod kraft;
pub mod none;
pub mod zookeeper;

use async_trait::async_trait;
use bytes::Bytes;
use kedge_metadata_state::{BrokerId, PartitionId, TopicId, image::LeaderRecoveryState};
use kedge_metadata_store::{ConsumerPartition, Registration};
use kedge_protocol::{ErrorCode, Uuid};

use crate::context::RequestContext;

/// Why the controller did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// No controller is known or reachable; try again.
    #[error("no controller can be reached: {0}")]
    Unavailable(String),
    /// The node asked does not rule (any more); try again.
    #[error("the node asked is not the controller")]
    NotController,
    /// The controller refused, with a Kafka code.
    #[error("the controller refused: {}", .0.name())]
    Refused(ErrorCode),
    /// Another broker with this id is registered in ZooKeeper; its own words. Nothing but its end cures it.
    #[error("{0}")]
    DuplicateBroker(String),
    /// The request was sent and the answer lost.
    #[error("outcome unknown: {0}")]
    Unknown(String),
}

/// A broker's sign of life (BrokerHeartbeat, KIP-631). In ZooKeeper mode the session is the sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Offset of the last metadata record the broker applied.
    pub current_metadata_offset: i64,
    /// It asks to stay fenced (not ready yet).
    pub want_fence: bool,
    /// It asks to be shut down.
    pub want_shut_down: bool,
    /// Log directories that failed since the last heartbeat.
    pub offline_log_dirs: Vec<Uuid>,
}

/// The controller's answer to a heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatReply {
    /// The broker has applied its own registration.
    pub is_caught_up: bool,
    /// It is fenced after this heartbeat.
    pub is_fenced: bool,
    /// It may stop now.
    pub should_shut_down: bool,
}

/// An ISR a leader proposes (AlterPartition).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsrChange {
    /// The topic.
    pub topic_id: TopicId,
    /// The partition.
    pub partition_id: PartitionId,
    /// The leader epoch the leader acts in.
    pub leader_epoch: i32,
    /// The partition epoch the proposal is made upon.
    pub partition_epoch: i32,
    /// The ISR, each replica with its broker epoch (−1: unknown, or from the other authority).
    pub new_isr: Vec<(BrokerId, i64)>,
    /// RECOVERED once an uncleanly elected leader is done.
    pub leader_recovery_state: LeaderRecoveryState,
}

/// What the controller made of one proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsrReply {
    /// The topic.
    pub topic_id: TopicId,
    /// The partition.
    pub partition_id: PartitionId,
    /// The state now in force, or why not.
    pub result: Result<CommittedIsr, ErrorCode>,
}

/// A partition's state as the controller committed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedIsr {
    /// The leader.
    pub leader: BrokerId,
    /// Its epoch.
    pub leader_epoch: i32,
    /// The ISR.
    pub isr: Vec<BrokerId>,
    /// Recovery state.
    pub leader_recovery_state: LeaderRecoveryState,
    /// The partition epoch after the change.
    pub partition_epoch: i32,
}

/// In which log directory a replica of this broker is (AssignReplicasToDirs, KIP-858).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryAssignment {
    /// The directory.
    pub directory_id: Uuid,
    /// The topic.
    pub topic_id: TopicId,
    /// The partition.
    pub partition_id: PartitionId,
}

/// A block of producer ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdBlock {
    /// The first id.
    pub first_producer_id: i64,
    /// How many.
    pub count: i32,
}

/// What a broker asks of the controller.
#[async_trait]
pub trait ControllerLink: Send + Sync + std::fmt::Debug {
    /// The broker that clients must send admin requests to; none if every broker forwards them.
    fn controller_for_clients(&self) -> Option<BrokerId>;

    /// Registers this process; the broker epoch.
    async fn register(&self, registration: Registration) -> Result<i64, LinkError>;

    /// A sign of life under the present broker epoch. With `want_shut_down` it is the request for a controlled shutdown, in
    /// ZooKeeper mode too, where the link turns it into ControlledShutdown.
    async fn heartbeat(&self, heartbeat: Heartbeat) -> Result<HeartbeatReply, LinkError>;

    /// Proposes ISRs; one reply per proposal, in order.
    async fn alter_partition(&self, changes: Vec<IsrChange>) -> Result<Vec<IsrReply>, LinkError>;

    /// Tells in which directories replicas of this broker are. ZooKeeper has no place for it: done at once.
    async fn assign_directories(&self, _assignments: Vec<DirectoryAssignment>) -> Result<(), LinkError> {
        Ok(())
    }

    /// The offset that a group keeps in ZooKeeper (OffsetFetch version 0). Refused where there is no tree, as KRaft brokers of
    /// Apache do.
    async fn consumer_offset(&self, _partition: &ConsumerPartition) -> Result<Option<i64>, LinkError> {
        Err(LinkError::Refused(ErrorCode::UNSUPPORTED_VERSION))
    }

    /// Keeps it there (OffsetCommit version 0).
    async fn set_consumer_offset(&self, _partition: &ConsumerPartition, _offset: i64) -> Result<(), LinkError> {
        Err(LinkError::Refused(ErrorCode::UNSUPPORTED_VERSION))
    }

    /// A fresh block of producer ids.
    async fn allocate_producer_ids(&self) -> Result<ProducerIdBlock, LinkError>;

    /// Hands an admin request on: `body` is the request encoded in `context.api_version`, the result is the response body
    /// in that version. The one place that knows who may serve what.
    async fn admin(&self, context: &RequestContext, body: Bytes) -> Result<Bytes, LinkError>;

    /// Creates topics that this broker itself needs (auto-creation): asks the controller, wherever it is. Bodies as in
    /// [`ControllerLink::admin`], which answers clients NOT_CONTROLLER where they have to go there themselves.
    async fn create_topics(&self, context: &RequestContext, body: Bytes) -> Result<Bytes, LinkError> {
        self.admin(context, body).await
    }
}
