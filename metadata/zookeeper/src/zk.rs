//! What the store needs of a ZooKeeper client, as a small port of our own: the real client and the pure tree model both
//! implement it, so that every store test runs on either.
//!
//! One [`Zk`] is one session. Its end is final (rule 5 of `docs/decisions/0008-two-zookeeper-clients.md`): a new one comes from the
//! [`ZkConnector`]. Watches are one-shot (rule 1): after a [`ZkEvent::Changed`] the path is watched again by reading it
//! again.

use async_trait::async_trait;
use tokio::sync::mpsc;

pub use crate::ops::{CreateKind, ExpectedVersion, MultiError, Op, OpResult, Stat, ZkError};

/// What a session tells unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZkEvent {
    /// A watched path changed: its data, its existence or its children. The watch is spent.
    Changed(String),
    /// The connection is lost (false) or back (true). Changes in between may have been seen late, never lost.
    Connected(bool),
    /// The session is over; nothing follows.
    SessionOver,
}

/// A session's events.
pub type ZkEvents = mpsc::UnboundedReceiver<ZkEvent>;

/// One session. Every method may be called concurrently; permits inside bound what is in flight (rule 4).
#[async_trait]
pub trait Zk: Send + Sync {
    /// The session's id, as it stands in `ephemeralOwner`.
    fn session_id(&self) -> i64;

    /// The server takes creates inside a multi: false on ZooKeeper 3.4 with this client (rule 3).
    fn creates_in_multi(&self) -> bool;

    /// Data and Stat. With `watch`, a later change is told once.
    async fn get(&self, path: &str, watch: bool) -> Result<(Vec<u8>, Stat), ZkError>;

    /// Stat, or none. With `watch`, a later creation, change or deletion is told once.
    async fn exists(&self, path: &str, watch: bool) -> Result<Option<Stat>, ZkError>;

    /// Names of the children, sorted. With `watch`, a later change of the list is told once.
    async fn children(&self, path: &str, watch: bool) -> Result<Vec<String>, ZkError>;

    /// Applies all or nothing. Must not hold a create where [`Zk::creates_in_multi`] is false.
    async fn multi(&self, ops: Vec<Op>) -> Result<Vec<OpResult>, MultiError>;

    /// Creates one znode by itself; answers with its path and Stat.
    async fn create(&self, path: &str, data: &[u8], kind: CreateKind) -> Result<(String, Stat), ZkError>;

    /// Waits until this session's server has seen everything that was committed before the call.
    async fn sync(&self) -> Result<(), ZkError>;

    /// Ends the session; its ephemerals go.
    async fn close(&self);
}

/// Opens sessions.
#[async_trait]
pub trait ZkConnector: Send + Sync {
    /// A new session and its events. Fails after the connection time-out.
    async fn connect(&self) -> Result<(std::sync::Arc<dyn Zk>, ZkEvents), ZkError>;
}
