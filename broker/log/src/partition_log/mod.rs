//! The log of one partition: segments, offsets, leader epochs and producers.
//!
//! Appends, rolls and truncations hold one lock; readers never wait for it. The list of segments is an immutable snapshot behind an
//! `Arc`; log end offset, high watermark, log start offset and recovery point are atomics that only their owners move.

mod append;
mod load;
mod maintain;
mod read;

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use kedge_protocol::Uuid;
use kedge_protocol::batch::{BatchHeader, BatchIter, ControlKey, ControlType, RecordIter};

pub use append::{AppendOptions, LogAppendInfo};
pub use load::{LoadReport, OpenLog, RecoveryPointLowered};
pub use read::{FetchSlice, TimestampedOffset};

use crate::checkpoint::{LEADER_EPOCH_CHECKPOINT, write_leader_epochs};
use crate::config::LogConfig;
use crate::error::{LogError, Result};
use crate::files::{DirPath, FileCache};
use crate::leader_epochs::{EpochEndOffset, LeaderEpochCache};
use crate::names::TopicPartition;
use crate::producer_state::{EndTransaction, ProducerEntry, ProducerState};
use crate::segment::Segment;

/// Ends of recent appends that are remembered, so that a fetch up to the high watermark finds its last byte without a look-up.
const BOUNDARIES_MAX: usize = 16;

/// A partition's log. All methods take `&self` and may be called from any thread; they block on the disk.
pub struct PartitionLog {
    topic_partition: TopicPartition,
    directory: Arc<DirPath>,
    cache: Arc<FileCache>,
    config: RwLock<Arc<LogConfig>>,
    topic_id: RwLock<Option<Uuid>>,
    producer_expiration_ms: i64,
    recovery_point_lowered: Option<RecoveryPointLowered>,
    /// Never empty, ordered by base offset; the last one is active.
    segments: RwLock<Arc<Vec<Arc<Segment>>>>,
    log_start_offset: AtomicI64,
    log_end_offset: AtomicI64,
    high_watermark: AtomicI64,
    recovery_point: AtomicI64,
    /// `i64::MAX` when no transaction is open.
    first_unstable_offset: AtomicI64,
    last_flush_ms: AtomicI64,
    /// A sync failed: nobody knows what is on disk.
    offline: AtomicBool,
    /// Files were created, renamed or removed since the directory was synced.
    directory_dirty: AtomicBool,
    boundaries: Mutex<VecDeque<Boundary>>,
    epochs: RwLock<LeaderEpochs>,
    appender: Mutex<Appender>,
    flush: Mutex<()>,
    deletions: Mutex<VecDeque<Deletion>>,
}

struct LeaderEpochs {
    cache: LeaderEpochCache,
    /// The file does not hold the cache yet. It is written before the recovery point moves; what a crash takes is rebuilt.
    dirty: bool,
}

/// What only the holder of the append lock may touch.
struct Appender {
    producers: ProducerState,
    /// Offsets of the `.snapshot` files.
    snapshots: BTreeSet<i64>,
}

/// `next_offset` is the offset after a batch that ends at byte `end_position` of the segment at `segment_base_offset`.
#[derive(Debug, Clone, Copy)]
struct Boundary {
    next_offset: i64,
    segment_base_offset: i64,
    end_position: u64,
}

/// A file renamed to `.deleted`, to be removed at `due_ms`.
struct Deletion {
    due_ms: i64,
    path: PathBuf,
}

impl PartitionLog {
    /// Topic and partition.
    pub fn topic_partition(&self) -> &TopicPartition {
        &self.topic_partition
    }

    /// Where the partition lives now.
    pub fn directory(&self) -> PathBuf {
        self.directory.get()
    }

    /// The topic id in `partition.metadata`.
    pub fn topic_id(&self) -> Option<Uuid> {
        *self.topic_id.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The topic configs in force.
    pub fn config(&self) -> Arc<LogConfig> {
        self.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts other topic configs in force.
    pub fn set_config(&self, config: LogConfig) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    /// First offset there is. Only DeleteRecords, retention and truncation to a later start move it.
    pub fn log_start_offset(&self) -> i64 {
        self.log_start_offset.load(Ordering::Acquire)
    }

    /// Offset of the next record.
    pub fn log_end_offset(&self) -> i64 {
        self.log_end_offset.load(Ordering::Acquire)
    }

    /// Offset after the last record that is on every in-sync replica.
    pub fn high_watermark(&self) -> i64 {
        self.high_watermark.load(Ordering::Acquire)
    }

    /// Up to where a read_committed reader may read: the high watermark, or where the first undecided transaction starts.
    pub fn last_stable_offset(&self) -> i64 {
        self.high_watermark().min(self.first_unstable_offset.load(Ordering::Acquire))
    }

    /// Offset up to which everything is durable.
    pub fn recovery_point(&self) -> i64 {
        self.recovery_point.load(Ordering::Acquire)
    }

    /// Whether a sync failed; every append and flush is refused then.
    pub fn is_offline(&self) -> bool {
        self.offline.load(Ordering::Acquire)
    }

    /// Moves the high watermark up to `high_watermark`, at most to the log end. It never moves back here (only truncation does
    /// that). Returns the new value if it moved.
    pub fn set_high_watermark(&self, high_watermark: i64) -> Option<i64> {
        let target = high_watermark.min(self.log_end_offset());
        let before = self.high_watermark.fetch_max(target, Ordering::AcqRel);
        if before >= target {
            return None;
        }
        if self.first_unstable_offset.load(Ordering::Acquire) != i64::MAX {
            let mut appender = self.appender();
            appender.producers.on_high_watermark(target);
            self.publish_unstable_offset(&appender.producers);
        }
        Some(target)
    }

    /// Bytes of all segments.
    pub fn size_bytes(&self) -> u64 {
        self.segments().iter().map(|segment| segment.size_bytes()).sum()
    }

    /// Base offsets of the segments, oldest first.
    pub fn segment_base_offsets(&self) -> Vec<i64> {
        self.segments().iter().map(|segment| segment.base_offset).collect()
    }

    /// The newest leader epoch that wrote to this log.
    pub fn latest_leader_epoch(&self) -> Option<i32> {
        self.epochs.read().unwrap_or_else(PoisonError::into_inner).cache.latest()
    }

    /// All leader epochs with their start offsets.
    pub fn leader_epochs(&self) -> Vec<(i32, i64)> {
        self.epochs.read().unwrap_or_else(PoisonError::into_inner).cache.entries().to_vec()
    }

    /// Where `leader_epoch` ended (OffsetForLeaderEpoch, truncation).
    pub fn end_offset_for(&self, leader_epoch: i32) -> EpochEndOffset {
        let epochs = self.epochs.read().unwrap_or_else(PoisonError::into_inner);
        epochs.cache.end_offset_for(leader_epoch, self.log_end_offset())
    }

    /// The leader epoch of the record at `record_offset`.
    pub fn leader_epoch_of(&self, record_offset: i64) -> Option<i32> {
        self.epochs.read().unwrap_or_else(PoisonError::into_inner).cache.epoch_of(record_offset)
    }

    /// Notes that records from the log end on are of `leader_epoch` (a new leader does it before its first append).
    pub fn assign_leader_epoch(&self, leader_epoch: i32) {
        let _appender = self.appender();
        self.note_leader_epoch(leader_epoch, self.log_end_offset());
    }

    /// Producers known to this log (DescribeProducers).
    pub fn producers(&self) -> Vec<(i64, ProducerEntry)> {
        let appender = self.appender();
        appender.producers.producers().iter().map(|(producer_id, entry)| (*producer_id, entry.clone())).collect()
    }

    fn appender(&self) -> MutexGuard<'_, Appender> {
        self.appender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn segments(&self) -> Arc<Vec<Arc<Segment>>> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn active_segment(&self) -> Arc<Segment> {
        self.segments().last().expect("a log has a segment").clone()
    }

    fn replace_segments(&self, segments: Vec<Arc<Segment>>) {
        assert!(!segments.is_empty(), "a log has a segment");
        *self.segments.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(segments);
    }

    fn check_online(&self) -> Result<()> {
        if self.is_offline() { Err(LogError::Offline { path: self.directory() }) } else { Ok(()) }
    }

    fn note_leader_epoch(&self, leader_epoch: i32, start_offset: i64) {
        if leader_epoch < 0 {
            return;
        }
        {
            let epochs = self.epochs.read().unwrap_or_else(PoisonError::into_inner);
            if epochs.cache.latest() == Some(leader_epoch) {
                return;
            }
        }
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        epochs.dirty |= epochs.cache.assign(leader_epoch, start_offset);
    }

    fn write_leader_epochs(&self) -> Result<()> {
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        if epochs.dirty {
            let path = self.directory.join(LEADER_EPOCH_CHECKPOINT);
            write_leader_epochs(self.cache.file_system(), &path, epochs.cache.entries())?;
            epochs.dirty = false;
        }
        Ok(())
    }

    fn publish_unstable_offset(&self, producers: &ProducerState) {
        self.first_unstable_offset.store(producers.first_unstable_offset().unwrap_or(i64::MAX), Ordering::Release);
    }

    fn remember_boundary(&self, boundary: Boundary) {
        let mut boundaries = self.boundaries.lock().unwrap_or_else(PoisonError::into_inner);
        if boundaries.len() == BOUNDARIES_MAX {
            boundaries.pop_front();
        }
        boundaries.push_back(boundary);
    }
}

/// The transaction marker in a control batch; None for the metadata log's control records and for a batch that compaction emptied.
fn transaction_marker(header: &BatchHeader, batch: &[u8]) -> Option<EndTransaction> {
    if !header.is_control() || !header.is_transactional() {
        return None;
    }
    let view = BatchIter::new(batch).next()?.ok()?;
    let record = RecordIter::new(*header, view.body()).next()?.ok()?;
    let key = ControlKey::parse(record.key?)?;
    if !matches!(key.control_type, ControlType::Abort | ControlType::Commit) {
        return None;
    }
    // EndTxnMarker: int16 version, int32 coordinator epoch.
    let coordinator_epoch = record.value?.get(2..6)?.try_into().ok()?;
    Some(EndTransaction { coordinator_epoch: i32::from_be_bytes(coordinator_epoch), timestamp_ms: record.timestamp_ms })
}

#[cfg(test)]
mod tests;
