//! What keeps a log in shape: flush, retention, truncation, log start, clean close, deletion of files.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use kedge_protocol::Uuid;

use super::{Appender, Deletion, PartitionLog, transaction_marker};
use crate::checkpoint::{PARTITION_METADATA, write_partition_metadata};
use crate::error::{LogError, Result};
use crate::names::FileKind;
use crate::producer_state::ProducerState;
use crate::segment::Segment;

impl PartitionLog {
    /// Makes everything up to the present log end durable and moves the recovery point there.
    ///
    /// Appends go on meanwhile. A failed sync takes the log offline: the kernel may have dropped the data it could not write, so a
    /// second attempt that succeeds would prove nothing.
    pub fn flush(&self) -> Result<()> {
        self.check_online()?;
        let _flush = self.flush.lock().unwrap_or_else(PoisonError::into_inner);
        let log_end_offset = self.log_end_offset();
        let flushed = self.sync_segments(false).and_then(|()| self.write_leader_epochs()).and_then(|()| {
            if self.directory_dirty.swap(false, Ordering::AcqRel) { self.sync_directory() } else { Ok(()) }
        });
        self.or_offline(flushed)?;
        self.recovery_point.fetch_max(log_end_offset, Ordering::AcqRel);
        self.last_flush_ms.store(self.cache.clock().now_ms(), Ordering::Release);
        Ok(())
    }

    /// Flushes if `flush.ms` has passed since the last time, or segments were sealed since. Returns whether it did.
    pub fn flush_if_old(&self) -> Result<bool> {
        let recovery_point = self.recovery_point();
        let unflushed = self.log_end_offset() > recovery_point;
        let elapsed_ms = self.cache.clock().now_ms() - self.last_flush_ms.load(Ordering::Acquire);
        let sealed = self.active_segment().base_offset > recovery_point;
        if unflushed && (sealed || elapsed_ms >= self.config().flush_ms) {
            self.flush()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Syncs every segment that has unsynced bytes; the active one's indexes only if `with_active_indexes`, since recovery makes
    /// them anew.
    pub(super) fn sync_segments(&self, with_active_indexes: bool) -> Result<()> {
        let segments = self.segments();
        for (index, segment) in segments.iter().enumerate() {
            segment.sync(with_active_indexes || index + 1 < segments.len())?;
        }
        Ok(())
    }

    fn sync_directory(&self) -> Result<()> {
        let directory = self.directory();
        self.cache.file_system().sync_dir(&directory).map_err(LogError::storage("sync", &directory))
    }

    /// Deletes the segments that retention no longer protects: by time, by size (both only if `cleanup.policy` holds `delete`), and
    /// those wholly below the log start. Never past the high watermark. Returns how many.
    pub fn apply_retention(&self) -> Result<usize> {
        self.check_online()?;
        let config = self.config();
        let now_ms = self.cache.clock().now_ms();
        // A flush syncs every segment it saw; none may go meanwhile. The flush lock always comes before the append lock.
        let _flush = self.flush.lock().unwrap_or_else(PoisonError::into_inner);
        let mut appender = self.appender();
        let segments = self.segments();
        let high_watermark = self.high_watermark();
        let log_start_offset = self.log_start_offset();
        let mut excess_bytes = i128::from(self.size_bytes()) - i128::from(config.retention_bytes);
        let mut expired = 0;
        for (index, segment) in segments.iter().enumerate() {
            let next = segments.get(index + 1);
            let end_offset = next.map_or_else(|| self.log_end_offset(), |next| next.base_offset);
            let is_empty_active = next.is_none() && segment.size_bytes() == 0;
            if is_empty_active || end_offset > high_watermark {
                break;
            }
            let by_start = next.is_some_and(|next| next.base_offset <= log_start_offset);
            let by_time = config.cleanup_delete
                && config.retention_ms >= 0
                && now_ms - segment.retention_timestamp(&self.cache)? > config.retention_ms;
            let by_size = config.cleanup_delete
                && config.retention_bytes >= 0
                && excess_bytes >= i128::from(segment.size_bytes());
            if !(by_start || by_time || by_size) {
                break;
            }
            excess_bytes -= i128::from(segment.size_bytes());
            expired = index + 1;
        }
        if expired == 0 {
            return Ok(0);
        }
        if expired == segments.len() {
            // Everything goes, so the log needs a new, empty segment first.
            self.roll_to(&mut appender, self.log_end_offset())?;
        }
        let segments = self.segments();
        let (gone, kept) = segments.split_at(expired);
        self.move_log_start(&mut appender, kept[0].base_offset);
        self.replace_segments(kept.to_vec());
        // Should one of the renames fail, its files are found again at the next start, below the log start.
        for segment in gone {
            tracing::info!("deleting {}: retention", segment.log.path().display());
            self.remove_segment_files(segment, &mut appender.snapshots, config.file_delete_delay_ms)?;
        }
        Ok(expired)
    }

    /// Moves the log start up to `log_start_offset` (DeleteRecords, a follower after its leader, a metadata snapshot). Segments below
    /// it go with the next [`PartitionLog::apply_retention`]. [`LogError::OffsetOutOfRange`] above the high watermark.
    pub fn advance_log_start_offset(&self, log_start_offset: i64) -> Result<()> {
        let mut appender = self.appender();
        if log_start_offset > self.high_watermark() {
            return Err(LogError::OffsetOutOfRange {
                requested_offset: log_start_offset,
                log_start_offset: self.log_start_offset(),
                log_end_offset: self.high_watermark(),
            });
        }
        self.move_log_start(&mut appender, log_start_offset);
        Ok(())
    }

    fn move_log_start(&self, appender: &mut Appender, log_start_offset: i64) {
        if self.log_start_offset.fetch_max(log_start_offset, Ordering::AcqRel) >= log_start_offset {
            return;
        }
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        epochs.dirty |= epochs.cache.truncate_from_start(log_start_offset);
        drop(epochs);
        appender.producers.truncate_from_start(log_start_offset);
        self.publish_unstable_offset(&appender.producers);
    }

    /// Cuts the log so that it ends at `end_offset`; nothing happens if it ends there or before. Returns whether anything was cut.
    pub fn truncate_to(&self, end_offset: i64) -> Result<bool> {
        assert!(end_offset >= 0, "truncation to {end_offset}");
        // No flush may move the recovery point past the cut while it happens.
        let _flush = self.flush.lock().unwrap_or_else(PoisonError::into_inner);
        let mut appender = self.appender();
        self.check_online()?;
        if end_offset >= self.log_end_offset() {
            let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
            epochs.dirty |= epochs.cache.truncate_from_end(end_offset);
            return Ok(false);
        }
        tracing::info!("truncating {} from {} to {end_offset}", self.topic_partition, self.log_end_offset());
        self.or_offline(self.cut(&mut appender, end_offset))?;
        Ok(true)
    }

    fn cut(&self, appender: &mut Appender, end_offset: i64) -> Result<()> {
        let segments = self.segments();
        if segments[0].base_offset > end_offset {
            return self.restart_at(appender, end_offset);
        }
        self.shrink_offsets(end_offset)?;
        let kept = segments.partition_point(|segment| segment.base_offset <= end_offset);
        self.replace_segments(segments[..kept].to_vec());
        for segment in &segments[kept..] {
            self.remove_segment_files(segment, &mut appender.snapshots, 0)?;
        }
        segments[kept - 1].truncate_to(end_offset)?;
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        epochs.cache.truncate_from_end(end_offset);
        epochs.dirty = true;
        drop(epochs);
        self.write_leader_epochs()?;
        self.reload_producers(appender, end_offset)
    }

    /// A change that stopped half-way leaves memory and disk apart: no append may follow.
    fn or_offline<T>(&self, result: Result<T>) -> Result<T> {
        if result.is_err() {
            self.offline.store(true, Ordering::Release);
        }
        result
    }

    /// Throws everything away and starts an empty log at `start_offset` (a follower whose leader's log starts later than its own
    /// ends; a metadata log after a snapshot was installed).
    pub fn truncate_fully_and_start_at(&self, start_offset: i64) -> Result<()> {
        assert!(start_offset >= 0, "a log cannot start at {start_offset}");
        let _flush = self.flush.lock().unwrap_or_else(PoisonError::into_inner);
        let mut appender = self.appender();
        self.check_online()?;
        self.or_offline(self.restart_at(&mut appender, start_offset))
    }

    fn restart_at(&self, appender: &mut Appender, start_offset: i64) -> Result<()> {
        let old = self.segments();
        self.shrink_offsets(start_offset)?;
        for segment in old.iter() {
            self.remove_segment_files(segment, &mut appender.snapshots, 0)?;
        }
        for offset in std::mem::take(&mut appender.snapshots) {
            self.remove_if_there(&self.directory.join(&FileKind::ProducerSnapshot.file_name(offset)))?;
        }
        let segment = Segment::create(&self.cache, &self.directory, start_offset)?;
        self.replace_segments(vec![Arc::new(segment)]);
        self.log_start_offset.store(start_offset, Ordering::Release);
        self.log_end_offset.store(start_offset, Ordering::Release);
        self.high_watermark.store(start_offset, Ordering::Release);
        self.recovery_point.store(start_offset, Ordering::Release);
        self.directory_dirty.store(true, Ordering::Release);
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        epochs.cache.clear();
        epochs.dirty = true;
        drop(epochs);
        self.write_leader_epochs()?;
        appender.producers = ProducerState::new(start_offset);
        self.publish_unstable_offset(&appender.producers);
        Ok(())
    }

    /// Lowers every published offset to `end_offset`, before the bytes go. The checkpointed recovery point goes first of all: what is
    /// appended over the cut is not verified after a crash otherwise.
    fn shrink_offsets(&self, end_offset: i64) -> Result<()> {
        self.boundaries.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.high_watermark.fetch_min(end_offset, Ordering::AcqRel);
        self.log_end_offset.fetch_min(end_offset, Ordering::AcqRel);
        self.directory_dirty.store(true, Ordering::Release);
        self.recovery_point.fetch_min(end_offset, Ordering::AcqRel);
        match &self.recovery_point_lowered {
            Some(lowered) => lowered(&self.topic_partition, end_offset),
            None => Ok(()),
        }
    }

    /// Producer state as of `end_offset`: the newest good snapshot at or below it, and the batches after that.
    fn reload_producers(&self, appender: &mut Appender, end_offset: i64) -> Result<()> {
        for offset in appender.snapshots.split_off(&(end_offset + 1)) {
            self.remove_if_there(&self.directory.join(&FileKind::ProducerSnapshot.file_name(offset)))?;
        }
        let log_start_offset = self.log_start_offset();
        let mut state = ProducerState::new(log_start_offset);
        for offset in appender.snapshots.iter().rev() {
            let path = self.directory.join(&FileKind::ProducerSnapshot.file_name(*offset));
            let bytes = self.cache.file_system().read(&path).map_err(LogError::storage("read", &path))?;
            if let Ok(loaded) = ProducerState::from_snapshot(&bytes, *offset) {
                state = loaded;
                break;
            }
        }
        let from = state.end_offset();
        for segment in self.segments().iter() {
            segment.replay(from, |header, control| {
                if header.base_offset >= from {
                    state.apply(header, control.and_then(|batch| transaction_marker(header, batch)));
                }
            })?;
        }
        state.expire(self.cache.clock().now_ms(), self.producer_expiration_ms);
        state.truncate_from_start(log_start_offset);
        state.on_high_watermark(self.high_watermark());
        appender.producers = state;
        self.publish_unstable_offset(&appender.producers);
        Ok(())
    }

    /// Forgets producers that wrote nothing for `producer.id.expiration.ms`.
    pub fn expire_producers(&self) {
        let now_ms = self.cache.clock().now_ms();
        self.appender().producers.expire(now_ms, self.producer_expiration_ms);
    }

    /// Writes the topic id into `partition.metadata`, or checks it. [`LogError::InconsistentTopicId`] if another one is there.
    pub fn set_topic_id(&self, expected: Uuid) -> Result<()> {
        let mut topic_id = self.topic_id.write().unwrap_or_else(PoisonError::into_inner);
        match *topic_id {
            Some(stored) if stored == expected => Ok(()),
            Some(stored) => Err(LogError::InconsistentTopicId { path: self.directory(), stored, expected }),
            None => {
                let path = self.directory.join(PARTITION_METADATA);
                write_partition_metadata(self.cache.file_system(), &path, expected)?;
                *topic_id = Some(expected);
                Ok(())
            }
        }
    }

    /// Leaves the log as a clean Kafka broker does: everything synced, indexes complete, producers' snapshot at the log end. The
    /// caller then writes the checkpoints and, last, the clean-shutdown marker.
    pub fn close(&self) -> Result<()> {
        self.check_online()?;
        {
            let mut appender = self.appender();
            self.active_segment().seal()?;
            let log_end_offset = self.log_end_offset();
            if log_end_offset > 0 {
                self.write_producer_snapshot(&mut appender, log_end_offset, true)?;
            }
            // An unwritten file is the same as an empty one to us, not to those who look for it.
            self.epochs.write().unwrap_or_else(PoisonError::into_inner).dirty = true;
        }
        self.sync_segments(true)?;
        self.flush()?;
        self.release();
        Ok(())
    }

    /// Gives the partition's descriptors and cached index blocks back; the next use opens them again.
    pub fn release(&self) {
        self.segments().iter().for_each(|segment| segment.release());
    }

    /// Frees cached index blocks.
    pub(crate) fn release_memory(&self) {
        self.segments().iter().for_each(|segment| segment.release_memory());
    }

    /// Renames the partition's directory (deletion, stray). Open slices stay readable.
    pub(crate) fn move_to(&self, path: PathBuf) -> Result<()> {
        let _flush = self.flush.lock().unwrap_or_else(PoisonError::into_inner);
        let _appender = self.appender();
        self.directory.rename(self.cache.file_system(), path)
    }

    /// Removes files whose `file.delete.delay.ms` is over. Returns how many wait still.
    pub fn remove_deleted_files(&self) -> Result<usize> {
        let now_ms = self.cache.clock().now_ms();
        let mut deletions = self.deletions.lock().unwrap_or_else(PoisonError::into_inner);
        while deletions.front().is_some_and(|deletion| deletion.due_ms <= now_ms) {
            let deletion = deletions.pop_front().expect("checked");
            self.remove_if_there(&deletion.path)?;
        }
        Ok(deletions.len())
    }

    /// Renames a segment's files to `.deleted` and has them removed after `delay_ms`; with 0 they go at once. Readers that hold a
    /// slice keep their descriptor.
    pub(super) fn remove_segment_files(
        &self,
        segment: &Segment,
        snapshots: &mut BTreeSet<i64>,
        delay_ms: i64,
    ) -> Result<()> {
        let base_offset = segment.base_offset;
        snapshots.remove(&base_offset);
        segment.release();
        let kinds = [
            FileKind::Log,
            FileKind::OffsetIndex,
            FileKind::TimeIndex,
            FileKind::TransactionIndex,
            FileKind::ProducerSnapshot,
        ];
        for kind in kinds {
            let path = self.directory.join(&kind.file_name(base_offset));
            if !self.cache.file_system().exists(&path) {
                continue;
            }
            if delay_ms == 0 {
                self.remove_if_there(&path)?;
                continue;
            }
            let deleted = PathBuf::from(format!("{}.deleted", path.display()));
            self.cache.file_system().rename(&path, &deleted).map_err(LogError::storage("rename", &path))?;
            let due_ms = self.cache.clock().now_ms() + delay_ms;
            let mut deletions = self.deletions.lock().unwrap_or_else(PoisonError::into_inner);
            deletions.push_back(Deletion { due_ms, path: deleted });
        }
        self.directory_dirty.store(true, Ordering::Release);
        Ok(())
    }

    fn remove_if_there(&self, path: &std::path::Path) -> Result<()> {
        match self.cache.file_system().remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LogError::storage("remove", path)(error)),
            _ => Ok(()),
        }
    }
}
