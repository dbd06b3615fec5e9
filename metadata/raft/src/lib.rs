//! The metadata store on openraft, and the derived Kafka metadata log observers fetch.
//!
//! Two logs lie on a voter's disk. The *Raft log* ([`wal`]) is openraft's: terms, votes, uncommitted entries. The *metadata
//! log* is Kafka's `__cluster_metadata-0`, derived: committed entries are written to it when they are applied, so it is the
//! same on every voter and its end is the high watermark. Raft's term is Kafka's leader epoch.
//!
//! - [`node`]: [`RaftNode`], one voter: start, stop, the RPCs of other voters.
//! - [`store`]: [`RaftStore`], the `MetadataStore` contract for the controller runtime.
//! - [`metadata_log`]: [`MetadataLog`], what Fetch, FetchSnapshot and DescribeQuorum need; [`verdict`] holds its rules, pure.
//! - [`entry`]: the format of a Raft entry: batch bytes, offsets, sidecar.
//! - [`transport`]: the trait by which the server carries RPCs; there is no socket in this crate.
//! - [`crash_points`]: where tests stop a node.
//!
//! Inside: `core` (what applied entries lead to), `derived` (the metadata log's files), `snapshot` (the two files of one),
//! `leadership` (from a won term to a reign), `newcomer` (a voter with
//! an empty directory), `state_machine`, `network` and `rpc` (openraft's sides of these).
//!
//! ```text
//! commit ─▶ EntryBuilder ─▶ openraft ─▶ wal (fsync, quorum) ─▶ core.apply ─▶ derived log ─▶ observers
//!                                                                       └──▶ image, Observed ─▶ controller, local broker
//! ```

mod codec;
mod control;
mod core;
pub mod crash_points;
mod derived;
pub mod entry;
pub mod epochs;
mod files;
#[cfg(feature = "test-util")]
pub mod in_process;
mod leadership;
pub mod limits;
pub mod metadata_log;
mod network;
mod newcomer;
pub mod node;
pub mod observers;
mod rpc;
mod sealed;
mod snapshot;
mod state_machine;
pub mod store;
pub mod transport;
pub mod types;
pub mod verdict;
pub mod wal;

pub use codec::CodecError;
pub use core::Retention;
pub use epochs::OffsetAndEpoch;
pub use metadata_log::{FetchState, MetadataLog, QuorumDescription, SnapshotChunk};
pub use node::{RaftNode, RaftNodeConfig, StartError, Timeouts};
pub use state_machine::{Progress, StateMachine};
pub use store::RaftStore;
pub use transport::{RaftRpc, RaftTransport, TransportError};
pub use verdict::{FetchAsk, FetchVerdict, LeaderAndEpoch};

#[cfg(test)]
mod storage_suite;

/// Milliseconds since the Unix epoch, from wherever the composition root takes time.
pub type Clock = std::sync::Arc<dyn Fn() -> i64 + Send + Sync>;
