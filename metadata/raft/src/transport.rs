//! How voters reach each other: a trait the server implements on its controller listener. No socket here.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

/// The kinds of RPC between voters. Bodies are opaque to the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RaftRpc {
    /// Entries, or a heartbeat without any.
    Append,
    /// A candidate asks for a vote.
    Vote,
    /// One chunk of a snapshot. Send these on a connection of their own: a heartbeat must not wait behind one.
    Snapshot,
}

/// Why no answer came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The voter cannot be reached; retry with a pause.
    #[error("controller {target} cannot be reached: {problem}")]
    Unreachable {
        /// The voter's node id.
        target: i32,
        /// What went wrong.
        problem: String,
    },
    /// No answer in time. The request may have been carried out.
    #[error("controller {target} did not answer in {timeout:?}")]
    TimedOut {
        /// The voter's node id.
        target: i32,
        /// The time it was given.
        timeout: Duration,
    },
}

/// Carries an RPC to a voter and its answer back.
#[async_trait]
pub trait RaftTransport: Send + Sync + 'static {
    /// Calls [`crate::RaftNode::handle_rpc`] on the node `target`. Dropped by the caller after `timeout`.
    async fn call(&self, target: i32, rpc: RaftRpc, request: Bytes, timeout: Duration)
    -> Result<Bytes, TransportError>;
}
