//! Operations on znodes and what becomes of them: the words that plans, the model and every client share. Pure (p).

use std::fmt;

/// What is known of a znode besides its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Transaction that created it. −1 where the server does not say (creates in a multi before ZooKeeper 3.9).
    pub czxid: i64,
    /// Transaction that last changed its data.
    pub mzxid: i64,
    /// When its data last changed, ms since the epoch by the server's clock; 0 where it is not known.
    pub mtime_ms: i64,
    /// dataVersion: the number of data changes.
    pub zk_version: i32,
    /// cversion: the number of changes to its list of children.
    pub children_version: i32,
    /// Session that owns it, 0 for a persistent znode.
    pub ephemeral_owner: i64,
    /// When it was created, ms since the epoch by the server's clock.
    pub ctime_ms: i64,
}

/// Version that a conditional operation accepts.
pub type ExpectedVersion = Option<i32>;

/// How long a created znode lives and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateKind {
    /// Until deleted.
    Persistent,
    /// Until its session ends.
    Ephemeral,
    /// Until deleted; the server appends ten digits to the name.
    PersistentSequential,
}

/// One operation of a multi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Fails the multi unless the znode has this dataVersion.
    Check {
        /// The znode.
        path: String,
        /// The dataVersion it must have.
        zk_version: i32,
    },
    /// Creates a znode.
    Create {
        /// The znode.
        path: String,
        /// Its data; empty for none (see `znodes` on null data).
        data: Vec<u8>,
        /// Its kind.
        kind: CreateKind,
    },
    /// Replaces a znode's data.
    SetData {
        /// The znode.
        path: String,
        /// Its new data.
        data: Vec<u8>,
        /// The dataVersion it must have; none for any.
        expected: ExpectedVersion,
    },
    /// Deletes a znode without children.
    Delete {
        /// The znode.
        path: String,
        /// The dataVersion it must have; none for any.
        expected: ExpectedVersion,
    },
}

impl Op {
    /// Creates a persistent znode.
    pub fn create(path: impl Into<String>, data: impl Into<Vec<u8>>) -> Op {
        Op::Create { path: path.into(), data: data.into(), kind: CreateKind::Persistent }
    }

    /// Creates an ephemeral znode.
    pub fn create_ephemeral(path: impl Into<String>, data: impl Into<Vec<u8>>) -> Op {
        Op::Create { path: path.into(), data: data.into(), kind: CreateKind::Ephemeral }
    }

    /// Sets data at a dataVersion, or whatever it is.
    pub fn set(path: impl Into<String>, data: impl Into<Vec<u8>>, expected: ExpectedVersion) -> Op {
        Op::SetData { path: path.into(), data: data.into(), expected }
    }

    /// Deletes at a dataVersion, or whatever it is.
    pub fn delete(path: impl Into<String>, expected: ExpectedVersion) -> Op {
        Op::Delete { path: path.into(), expected }
    }

    /// The znode it is about.
    pub fn path(&self) -> &str {
        match self {
            Op::Check { path, .. } | Op::Create { path, .. } | Op::SetData { path, .. } | Op::Delete { path, .. } => {
                path
            }
        }
    }

    /// About as many bytes as it takes on the wire.
    pub fn size_bytes(&self) -> usize {
        // Operation header, lengths, version and ACL: a constant that is never too small.
        const FRAMING_BYTES: usize = 64;
        let data = match self {
            Op::Create { data, .. } | Op::SetData { data, .. } => data.len(),
            Op::Check { .. } | Op::Delete { .. } => 0,
        };
        FRAMING_BYTES + self.path().len() + data
    }
}

/// What became of one operation of a multi that applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpResult {
    /// The check held.
    Checked,
    /// The path as created, with the digits of a sequential name. The Stat may be unknown (see [`Stat::czxid`]).
    Created(String, Stat),
    /// The Stat after the change.
    Set(Stat),
    /// It is gone.
    Deleted,
}

/// Why an operation failed. [`ZkError::Unknown`] alone says nothing about whether it applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZkError {
    /// No such znode, or no parent to create it in.
    #[error("no such znode")]
    NoNode,
    /// The znode exists.
    #[error("the znode exists")]
    NodeExists,
    /// The dataVersion is another.
    #[error("the dataVersion is another")]
    BadVersion,
    /// The znode to delete has children.
    #[error("the znode has children")]
    NotEmpty,
    /// The server refused, for any other reason; nothing applied.
    #[error("refused: {0}")]
    Refused(String),
    /// Nothing was sent: the session is not connected now.
    #[error("not connected")]
    NotConnected,
    /// The session is over. What was in flight may have applied; ephemerals are on their way out.
    #[error("the session is over")]
    SessionOver,
    /// The answer was lost: it may have applied or not.
    #[error("outcome unknown: {0}")]
    Unknown(String),
}

impl ZkError {
    /// It certainly did not apply.
    pub fn is_definite(&self) -> bool {
        !matches!(self, ZkError::Unknown(_) | ZkError::SessionOver)
    }
}

/// Why a multi failed, and which of its operations did it if the server said so. Nothing of it applied if the error is
/// definite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct MultiError {
    /// Index of the operation that failed.
    pub failed_op: Option<usize>,
    /// Why.
    pub error: ZkError,
}

impl fmt::Display for MultiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failed_op {
            Some(index) => write!(f, "operation {index}: {}", self.error),
            None => write!(f, "{}", self.error),
        }
    }
}

impl From<ZkError> for MultiError {
    fn from(error: ZkError) -> MultiError {
        MultiError { failed_op: None, error }
    }
}
