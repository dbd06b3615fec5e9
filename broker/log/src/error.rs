//! What can go wrong in a log, and the Kafka error code a client sees for it.

use std::io;
use std::path::{Path, PathBuf};

use kedge_protocol::batch::{BatchError, ProduceError};
use kedge_protocol::{ErrorCode, Uuid};

use crate::producer_state::ProducerStateError;

/// An operation on a log, a log directory or one of their files failed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk failed. The log directory should be taken offline.
    #[error("cannot {operation} {}: {source}", path.display())]
    Storage {
        /// What was tried: `open`, `write`, `sync`, ….
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// An earlier sync of this log failed, so nobody knows what is on disk. Only a restart (which verifies) helps.
    #[error("log {} is offline after a failed write to disk", path.display())]
    Offline {
        /// Directory of the partition.
        path: PathBuf,
    },
    /// Bytes on disk are not what was written.
    #[error("{} is corrupt at byte {position}: {source}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where, in bytes.
        position: u64,
        /// What is wrong there.
        source: BatchError,
    },
    /// A fetch or lookup outside `log_start_offset..=log_end_offset`.
    #[error("offset {requested_offset} is outside {log_start_offset}..={log_end_offset}")]
    OffsetOutOfRange {
        /// What was asked for.
        requested_offset: i64,
        /// First offset there is.
        log_start_offset: i64,
        /// Offset after the last there is.
        log_end_offset: i64,
    },
    /// A produced batch breaks a rule.
    #[error(transparent)]
    Produce(#[from] ProduceError),
    /// An idempotent or transactional producer's batch breaks its sequence or epoch.
    #[error(transparent)]
    Producer(#[from] ProducerStateError),
    /// A replicated batch does not parse or its CRC is wrong.
    #[error("replicated batch refused: {0}")]
    ReplicatedBatch(BatchError),
    /// A replicated batch starts below the log's end, or offsets inside the set do not increase.
    #[error("replicated batch starts at offset {first_offset}, the log ends at {log_end_offset}")]
    UnexpectedAppendOffset {
        /// Offset of the offending batch.
        first_offset: i64,
        /// Where it had to start or later.
        log_end_offset: i64,
    },
    /// The partition's directory belongs to another topic id.
    #[error("{} holds topic id {stored}, not {expected}", path.display())]
    InconsistentTopicId {
        /// Directory of the partition.
        path: PathBuf,
        /// The id in `partition.metadata`.
        stored: Uuid,
        /// The controller's id.
        expected: Uuid,
    },
    /// Another process holds the log directory's `.lock`.
    #[error("log directory {} is in use by another process (its .lock is held)", path.display())]
    Locked {
        /// The log directory.
        path: PathBuf,
    },
    /// A directory inside a log directory is no partition (the classic victim is `lost+found`).
    #[error("{} is not a partition directory; log.dirs must hold nothing else", path.display())]
    NotAPartition {
        /// The directory.
        path: PathBuf,
    },
    /// One partition in two log directories.
    #[error("partition {partition} is in both {} and {}", first.display(), second.display())]
    DuplicatePartition {
        /// Topic and partition.
        partition: String,
        /// One log directory.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A partition that is not here.
    #[error("partition {partition} is not in any online log directory")]
    UnknownPartition {
        /// Topic and partition.
        partition: String,
    },
    /// No log directory is online, or the named one is not.
    #[error("log directory {directory} is offline or unknown")]
    NoLogDir {
        /// Directory id or path asked for.
        directory: String,
    },
    /// A checkpoint, `meta.properties` or `partition.metadata` file does not parse.
    #[error("{}: {what}", path.display())]
    InvalidFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A config value of the wrong form.
    #[error("invalid value {value:?} for {key}: {what}")]
    InvalidConfig {
        /// The config key.
        key: String,
        /// The value.
        value: String,
        /// What would be right.
        what: &'static str,
    },
}

impl LogError {
    /// The code a client or follower sees (Kafka's `Errors`).
    pub fn error_code(&self) -> ErrorCode {
        match self {
            LogError::Storage { .. } | LogError::Offline { .. } | LogError::NoLogDir { .. } => {
                ErrorCode::KAFKA_STORAGE_ERROR
            }
            LogError::Corrupt { .. } | LogError::ReplicatedBatch(_) => ErrorCode::CORRUPT_MESSAGE,
            LogError::OffsetOutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
            LogError::Produce(error) => error.error_code(),
            LogError::Producer(error) => error.error_code(),
            LogError::InconsistentTopicId { .. } => ErrorCode::INCONSISTENT_TOPIC_ID,
            LogError::UnknownPartition { .. } => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            LogError::InvalidConfig { .. } => ErrorCode::INVALID_CONFIG,
            LogError::UnexpectedAppendOffset { .. }
            | LogError::Locked { .. }
            | LogError::NotAPartition { .. }
            | LogError::DuplicatePartition { .. }
            | LogError::InvalidFile { .. } => ErrorCode::UNKNOWN_SERVER_ERROR,
        }
    }

    /// Whether the disk is to blame, so that the whole log directory should go offline.
    pub fn is_storage(&self) -> bool {
        matches!(self, LogError::Storage { .. } | LogError::Offline { .. })
    }

    pub(crate) fn storage(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LogError {
        let path = path.to_path_buf();
        move |source| LogError::Storage { operation, path, source }
    }

    pub(crate) fn invalid_file(path: &Path, what: impl Into<String>) -> LogError {
        LogError::InvalidFile { path: path.to_path_buf(), what: what.into() }
    }
}

/// Shorthand of this crate.
pub type Result<T> = std::result::Result<T, LogError>;
