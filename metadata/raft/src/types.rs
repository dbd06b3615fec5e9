//! What openraft is made of here, and the conversions to Kafka's numbers.

use std::io::Cursor;

use openraft::{CommittedLeaderId, EmptyNode};

use crate::entry::{Applied, MetadataEntry};

openraft::declare_raft_types!(
    /// Our choice of openraft's types. Node ids are Kafka's `node.id`; addresses live in `controller.quorum.voters` alone.
    pub TypeConfig:
        D = MetadataEntry,
        R = Applied,
        NodeId = u64,
        Node = EmptyNode,
        Entry = openraft::Entry<TypeConfig>,
        SnapshotData = Cursor<Vec<u8>>,
        AsyncRuntime = openraft::TokioRuntime,
);

/// The running consensus of this node.
pub type Raft = openraft::Raft<TypeConfig>;
/// Term and index of a Raft log entry.
pub type LogId = openraft::LogId<u64>;
/// A vote, committed once a quorum granted it.
pub type Vote = openraft::Vote<u64>;
/// A Raft log entry.
pub type Entry = openraft::Entry<TypeConfig>;
/// A membership and the log id that set it.
pub type StoredMembership = openraft::StoredMembership<u64, EmptyNode>;
/// What identifies a snapshot to openraft.
pub type SnapshotMeta = openraft::SnapshotMeta<u64, EmptyNode>;
/// A failure of the log store or the state machine. It stops the node.
pub type StorageError = openraft::StorageError<u64>;
/// The same, before it is wrapped.
pub type StorageIoError = openraft::StorageIOError<u64>;

/// The log id at a term and an index. With one leader per term the term alone names the leader.
pub fn log_id(term: u64, index: u64) -> LogId {
    LogId::new(CommittedLeaderId::new(term, 0), index)
}

/// openraft's node id of a Kafka node id.
///
/// # Panics
/// On a negative node id; the configuration refuses those.
pub fn raft_node_id(node_id: i32) -> u64 {
    u64::try_from(node_id).expect("node ids are not negative")
}

/// The Kafka node id of one of our voters.
pub fn kafka_node_id(raft_node_id: u64) -> i32 {
    i32::try_from(raft_node_id).expect("every voter's id came from an i32")
}

/// A term as Kafka's leader epoch; none above 2³¹−1, where a quorum must stop (observers store an int32).
pub fn leader_epoch_of(term: u64) -> Option<i32> {
    i32::try_from(term).ok().filter(|leader_epoch| *leader_epoch < i32::MAX)
}
