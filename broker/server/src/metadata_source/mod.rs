//! Port 2: a broker's stream of metadata. Two forms: `log` follows the quorum's metadata log as an observer, `rpc` (with
//! ZooKeeper mode) is fed by LeaderAndIsr, UpdateMetadata and StopReplica. `switch` is the one source of a broker that may change
//! between the two while it serves, `join` its standing with the quorum.

pub mod event;
pub mod join;
pub mod log;
pub mod observer;
pub mod rpc;
pub mod switch;

use async_trait::async_trait;

pub use event::{QuorumLeader, SnapshotId, SourceEvent, SourceStamp};

/// A broker's stream of metadata.
#[async_trait]
pub trait MetadataSource: Send {
    /// The next event. Waits for ever if nothing happens; cancel-safe.
    async fn next(&mut self) -> SourceEvent;

    /// Ends the stream: after it returns nothing more is applied, and late RPCs are answered STALE_CONTROLLER_EPOCH.
    async fn stop(self: Box<Self>) -> SourceStamp;
}
