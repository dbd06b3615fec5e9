//! A partition's log on disk, byte-compatible with Apache Kafka 3.9's (`tests/apache.rs` has both sides open what the other closed).
//!
//! # Map
//! - [`LogManager`]: all `log.dirs` of a broker. Opens and recovers, creates and deletes partitions, writes checkpoints, runs the
//!   periodic passes (retention, flush, idle, deletion), stops cleanly.
//! - [`PartitionLog`]: one partition. Append as leader or follower, read a [`FetchSlice`], truncate, look up timestamps and leader
//!   epochs. Usable without a manager (the derived metadata log).
//! - [`MetaProperties`], [`checkpoint`]: the small files beside the logs.
//! - [`FileSystem`], [`RawFile`]: the seam where fault tests stand; [`FileCache`]: the bounded cache of descriptors.
//!
//! # Threads
//! Everything takes `&self`, blocks on the disk and knows no async runtime: the server decides on threads. One lock per partition is
//! held by appends, rolls, retention and truncation; readers never wait for it. Offsets are atomics: log start ≤ high watermark ≤ log
//! end, recovery point ≤ log end.
//!
//! # What a caller owes
//! - `append_as_leader` only while it leads with the epoch it passes; `append_as_follower` with what the leader sent.
//! - `set_high_watermark` from one place; it only rises. Truncation lowers it.
//! - A [`LogError`] with [`LogError::is_storage`] takes the log directory offline ([`LogManager::take_dir_offline`]).
//! - Call the passes: `retention_pass` (5 min), `flush_pass`, `idle_pass`, `deletion_pass`, the three `checkpoint_…` (60 s; high
//!   watermarks 5 s), and `shutdown_clean` last.
//!
//! # What is absent
//! Compaction, message formats v0 and v1, the transaction index (`.txnindex` files are kept, not written), replicas moving between
//! directories (`-future`), tiered storage.

pub mod checkpoint;
mod clock;
mod config;
mod error;
mod files;
mod index;
mod leader_epochs;
mod manager;
mod meta_properties;
mod names;
mod partition_log;
mod producer_state;
mod scan;
mod segment;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::LogConfig;
pub use error::{LogError, Result};
pub use files::{DirPath, FileCache, FileSystem, LogFile, OsFileSystem, RawFile, write_atomically};
pub use leader_epochs::{EpochEndOffset, LeaderEpochCache};
pub use manager::{LogDirInfo, LogManager, LogManagerConfig, OpenReport};
pub use meta_properties::{META_PROPERTIES, MetaProperties, parse_properties, verify_meta_properties};
pub use names::TopicPartition;
pub use partition_log::{
    AppendOptions, FetchSlice, LoadReport, LogAppendInfo, OpenLog, PartitionLog, RecoveryPointLowered,
    TimestampedOffset,
};
pub use producer_state::{
    Admission, AppendOrigin, EndTransaction, ProducerBatch, ProducerEntry, ProducerState, ProducerStateError,
};
