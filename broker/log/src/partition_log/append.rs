//! Appends: a leader's (offsets assigned here) and a follower's (bytes verbatim), and the roll to a new segment.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use kedge_protocol::batch::{
    BatchError, BatchHeader, BatchIter, HEADER_SIZE_BYTES, ProduceError, ProduceLimits, ProducedBatch, TimestampType,
    patch, patch_timestamps_of_header, validate_crc, validate_produced,
};

use super::{Appender, Boundary, PartitionLog, transaction_marker};
use crate::config::LogConfig;
use crate::error::{LogError, Result};
use crate::names::FileKind;
use crate::producer_state::{Admission, AppendOrigin};
use crate::segment::{AppendSet, Segment};

/// What a leader's append depends on besides the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendOptions {
    /// The epoch under which this broker leads; stamped into the batch.
    pub leader_epoch: i32,
    /// A client or a coordinator.
    pub origin: AppendOrigin,
    /// Produce v7 or later: older clients may not send zstd.
    pub zstd_allowed: bool,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogAppendInfo {
    /// Offset of the first record.
    pub first_offset: i64,
    /// Offset of the last record.
    pub last_offset: i64,
    /// Largest timestamp, in milliseconds.
    pub max_timestamp_ms: i64,
    /// The append time if the topic's timestamps are LogAppendTime, else −1 (Produce response). Milliseconds.
    pub log_append_time_ms: i64,
    /// Log start offset at the time of the append.
    pub log_start_offset: i64,
    /// Bytes appended; 0 for a duplicate.
    pub size_bytes: usize,
    /// The batch was stored before: nothing was appended, and the offsets are those of the first time.
    pub is_duplicate: bool,
}

impl PartitionLog {
    /// Appends one produced batch as leader: checks it, gives it its offsets and the leader epoch, and stores it otherwise as it is.
    ///
    /// Record bytes are not copied: the patched header and the client's buffer go to the file in one vectored write.
    /// The caller has checked that this broker leads with `options.leader_epoch` and holds that true for the call.
    pub fn append_as_leader(&self, records: &Bytes, options: AppendOptions) -> Result<LogAppendInfo> {
        let config = self.config();
        let now_ms = self.cache.clock().now_ms();
        let produced = check_produced(records, &config, options, now_ms)?;
        let marker = transaction_marker(&produced.header, records);

        let mut appender = self.appender();
        self.check_online()?;
        if let Some(marker) = &marker {
            appender.producers.admit_marker(&produced.header, marker)?;
        } else if let Admission::Duplicate(batch) = appender.producers.admit(&produced.header, options.origin)? {
            return Ok(LogAppendInfo {
                first_offset: batch.base_offset(),
                last_offset: batch.last_offset,
                max_timestamp_ms: batch.timestamp_ms,
                log_append_time_ms: -1,
                log_start_offset: self.log_start_offset(),
                size_bytes: 0,
                is_duplicate: true,
            });
        }

        let base_offset = self.log_end_offset();
        let (head, body) = records.split_at(HEADER_SIZE_BYTES);
        let mut head: [u8; HEADER_SIZE_BYTES] = head.try_into().expect("split there");
        patch(&mut head, base_offset, options.leader_epoch);
        if produced.needs_new_timestamps() {
            patch_timestamps_of_header(&mut head, body, produced.timestamp_type, produced.max_timestamp);
        }
        let header = BatchHeader::parse(&head).expect("a checked header with an offset of this log");
        self.write_set(&mut appender, &config, &[&head, body], &[header], now_ms)?;
        self.note_leader_epoch(options.leader_epoch, base_offset);
        appender.producers.apply(&header, marker);
        self.publish(&appender, header.next_offset());
        drop(appender);
        self.flush_if_due(&config)?;
        Ok(LogAppendInfo {
            first_offset: base_offset,
            last_offset: header.last_offset(),
            max_timestamp_ms: produced.max_timestamp,
            log_append_time_ms: if produced.timestamp_type == TimestampType::LogAppendTime { now_ms } else { -1 },
            log_start_offset: self.log_start_offset(),
            size_bytes: records.len(),
            is_duplicate: false,
        })
    }

    /// Appends batches that carry their offsets and leader epochs already: what a follower fetched, or a derived metadata log.
    ///
    /// Bytes are stored verbatim; CRCs are checked, offsets must increase from the log end on. A torn last batch (a fetch may end
    /// inside one) is left out. None if no whole batch was there.
    pub fn append_as_follower(&self, records: &Bytes) -> Result<Option<LogAppendInfo>> {
        let config = self.config();
        let now_ms = self.cache.clock().now_ms();
        let headers = check_replicated(records)?;
        let (Some(first), Some(last)) = (headers.first(), headers.last()) else { return Ok(None) };

        let mut appender = self.appender();
        self.check_online()?;
        let mut expected_offset = self.log_end_offset();
        for header in &headers {
            if header.base_offset < expected_offset {
                let (first_offset, log_end_offset) = (header.base_offset, expected_offset);
                return Err(LogError::UnexpectedAppendOffset { first_offset, log_end_offset });
            }
            expected_offset = header.next_offset();
        }
        let mut position = 0;
        for group in groups(&headers, config.segment_bytes as usize) {
            let start = position;
            position += group.iter().map(BatchHeader::size_bytes).sum::<usize>();
            self.write_set(&mut appender, &config, &[&records[start..position]], group, now_ms)?;
            let mut batch_start = start;
            for header in group {
                let batch = &records[batch_start..batch_start + header.size_bytes()];
                batch_start += header.size_bytes();
                self.note_leader_epoch(header.partition_leader_epoch, header.base_offset);
                appender.producers.apply(header, transaction_marker(header, batch));
            }
            self.publish(&appender, group.last().expect("groups are not empty").next_offset());
        }
        drop(appender);
        self.flush_if_due(&config)?;
        Ok(Some(LogAppendInfo {
            first_offset: first.base_offset,
            last_offset: last.last_offset(),
            max_timestamp_ms: headers.iter().map(|header| header.max_timestamp).max().expect("not empty"),
            log_append_time_ms: -1,
            log_start_offset: self.log_start_offset(),
            size_bytes: position,
            is_duplicate: false,
        }))
    }

    /// Writes a set of batches to the active segment, or to a new one. After an error the log is as it was before.
    fn write_set(
        &self,
        appender: &mut Appender,
        config: &LogConfig,
        slices: &[&[u8]],
        headers: &[BatchHeader],
        now_ms: i64,
    ) -> Result<()> {
        let size_bytes = slices.iter().map(|slice| slice.len()).sum();
        let first_offset = headers[0].base_offset;
        let last_offset = headers[headers.len() - 1].last_offset();
        let mut newest = &headers[0];
        for header in headers {
            if header.max_timestamp > newest.max_timestamp {
                newest = header;
            }
        }
        let mut active = self.active_segment();
        if active.should_roll(size_bytes, last_offset, newest.max_timestamp, now_ms, config)? {
            active = self.roll_to(appender, first_offset)?;
        }
        let set = AppendSet {
            slices,
            last_offset,
            max_timestamp_ms: newest.max_timestamp,
            offset_of_max_timestamp: newest.last_offset(),
        };
        if let Err(error) = active.append(&set, config) {
            // The write may have left bytes; if they cannot be cut either, the disk is gone and a restart will cut them.
            if active.log.set_len(active.size_bytes()).is_err() {
                self.offline.store(true, Ordering::Release);
            }
            return Err(error);
        }
        self.remember_boundary(Boundary {
            next_offset: last_offset + 1,
            segment_base_offset: active.base_offset,
            end_position: active.size_bytes(),
        });
        Ok(())
    }

    /// Shows an append to readers.
    fn publish(&self, appender: &Appender, log_end_offset: i64) {
        self.publish_unstable_offset(&appender.producers);
        self.log_end_offset.store(log_end_offset, Ordering::Release);
    }

    /// Starts a new segment at the log end (retention of the active segment, and tests).
    pub fn roll(&self) -> Result<()> {
        let mut appender = self.appender();
        self.check_online()?;
        self.roll_to(&mut appender, self.log_end_offset()).map(drop)
    }

    /// Seals the active segment and starts one at `base_offset`, or at the log end if that is later.
    pub(super) fn roll_to(&self, appender: &mut Appender, base_offset: i64) -> Result<Arc<Segment>> {
        let base_offset = base_offset.max(self.log_end_offset());
        let mut segments = self.segments().to_vec();
        let active = segments.last().expect("a log has a segment").clone();
        if active.size_bytes() == 0 {
            if active.base_offset == base_offset {
                return Ok(active);
            }
            // Nothing was ever in it (a follower's log starts at its first batch): it gives way.
            segments.pop();
            self.remove_segment_files(&active, &mut appender.snapshots, 0)?;
        } else {
            active.seal()?;
            if self.recovery_point() >= self.log_end_offset() {
                // Recovery would not look at it again, so its indexes have to be durable too.
                active.sync(true)?;
            }
            self.write_producer_snapshot(appender, base_offset, false)?;
        }
        let segment = Arc::new(Segment::create(&self.cache, &self.directory, base_offset)?);
        self.directory_dirty.store(true, Ordering::Release);
        segments.push(segment.clone());
        self.replace_segments(segments);
        Ok(segment)
    }

    /// Writes the producer state as the `.snapshot` of `end_offset`.
    pub(super) fn write_producer_snapshot(&self, appender: &mut Appender, end_offset: i64, sync: bool) -> Result<()> {
        let path = self.directory.join(&FileKind::ProducerSnapshot.file_name(end_offset));
        let file_system = self.cache.file_system();
        let file = file_system.open(&path, true).map_err(LogError::storage("create", &path))?;
        let bytes = appender.producers.to_snapshot();
        let written = file.set_len(0).and_then(|()| file.write_all_at(&[&bytes], 0));
        written.map_err(LogError::storage("write", &path))?;
        if sync {
            file.sync().map_err(LogError::storage("sync", &path))?;
        }
        appender.snapshots.insert(end_offset);
        self.directory_dirty.store(true, Ordering::Release);
        Ok(())
    }

    fn flush_if_due(&self, config: &LogConfig) -> Result<()> {
        if self.log_end_offset() - self.recovery_point() >= config.flush_messages { self.flush() } else { Ok(()) }
    }
}

fn check_produced(records: &Bytes, config: &LogConfig, options: AppendOptions, now_ms: i64) -> Result<ProducedBatch> {
    if options.origin != AppendOrigin::Client {
        // Our own coordinator built it: whole, one batch, right CRC is all there is to say.
        let header = validate_crc(records).map_err(ProduceError::Batch)?;
        if header.size_bytes() != records.len() {
            return Err(ProduceError::InvalidRecord("record data must hold exactly one batch").into());
        }
        return Ok(ProducedBatch {
            header,
            timestamp_type: header.timestamp_type(),
            max_timestamp: header.max_timestamp,
        });
    }
    let limits = ProduceLimits {
        max_message_bytes: config.max_message_bytes as usize,
        segment_bytes: config.segment_bytes as usize,
        zstd_allowed: options.zstd_allowed,
        key_required: config.cleanup_compact,
        timestamp_type: config.message_timestamp_type,
        timestamp_before_max_ms: config.message_timestamp_before_max_ms,
        timestamp_after_max_ms: config.message_timestamp_after_max_ms,
        now_ms,
    };
    Ok(validate_produced(records, &limits)?)
}

/// Headers of the whole batches, their CRCs checked.
fn check_replicated(records: &Bytes) -> Result<Vec<BatchHeader>> {
    let mut headers = Vec::new();
    for batch in BatchIter::new(records) {
        match batch {
            Ok(batch) => {
                batch.validate_crc().map_err(LogError::ReplicatedBatch)?;
                headers.push(batch.header);
            }
            Err(BatchError::Incomplete { .. }) => break,
            Err(error) => return Err(LogError::ReplicatedBatch(error)),
        }
    }
    Ok(headers)
}

/// Splits batches into runs that fit one segment each, in bytes and in offsets.
fn groups(headers: &[BatchHeader], segment_bytes: usize) -> Vec<&[BatchHeader]> {
    let mut groups = Vec::new();
    let mut start = 0;
    let mut size_bytes = 0;
    for (index, header) in headers.iter().enumerate() {
        let spans_too_far = header.last_offset() - headers[start].base_offset > i64::from(i32::MAX);
        if index > start && (size_bytes + header.size_bytes() > segment_bytes || spans_too_far) {
            groups.push(&headers[start..index]);
            (start, size_bytes) = (index, 0);
        }
        size_bytes += header.size_bytes();
    }
    groups.push(&headers[start..]);
    groups
}
