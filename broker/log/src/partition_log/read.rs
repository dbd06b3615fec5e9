//! Reads: a range of a segment file for a fetch, and offsets by timestamp.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use kedge_protocol::batch::{BatchIter, Compression, RecordIter, decompress};

use super::{Boundary, PartitionLog};
use crate::error::{LogError, Result};
use crate::files::{RawFile, read_full};
use crate::segment::{BatchPosition, Segment};

/// Most bytes one batch may decompress to when a timestamp is looked up inside it.
const DECOMPRESSED_BYTES_MAX: usize = 256 << 20;

/// A range of a segment file: whole batches from the one that holds the fetch offset on; only the last may be torn by the size limit.
#[derive(Clone)]
pub struct FetchSlice {
    /// The open file; None if the slice is empty. It stays readable even when the segment is deleted meanwhile.
    pub file: Option<Arc<dyn RawFile>>,
    /// Where the slice starts in the file, in bytes.
    pub position: u64,
    /// Its size, in bytes.
    pub size_bytes: usize,
    /// The first batch is larger than the size limit and was cut. A fetch that must make progress asks with `min_one_batch`.
    pub first_batch_incomplete: bool,
    /// Log start offset at the time of the read.
    pub log_start_offset: i64,
    /// Log end offset at the time of the read.
    pub log_end_offset: i64,
    path: PathBuf,
}

impl FetchSlice {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.size_bytes == 0
    }

    /// The bytes, read into memory; where `sendfile` cannot be used.
    pub fn read_bytes(&self) -> Result<Bytes> {
        let Some(file) = &self.file else { return Ok(Bytes::new()) };
        let mut buffer = vec![0; self.size_bytes];
        let read = read_full(&**file, &mut buffer, self.position);
        let read = read.map_err(|error| LogError::storage("read", &self.path)(error))?;
        // A truncation may have taken the end of the range since.
        buffer.truncate(read);
        Ok(Bytes::from(buffer))
    }
}

/// Answer to a timestamp look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampedOffset {
    /// Timestamp of the record, in milliseconds.
    pub timestamp_ms: i64,
    /// Its offset.
    pub record_offset: i64,
    /// Leader epoch of its batch, −1 if unknown.
    pub leader_epoch: i32,
}

impl PartitionLog {
    /// The batches from `start_offset` on, up to `max_bytes` bytes and never past `upper_bound_offset` (high watermark, last stable
    /// offset, or log end for a follower).
    ///
    /// With `min_one_batch` the first batch is whole even if it is larger than `max_bytes`. A slice never crosses segments.
    /// [`LogError::OffsetOutOfRange`] below the log start or above the log end.
    pub fn read(
        &self,
        start_offset: i64,
        max_bytes: usize,
        upper_bound_offset: i64,
        min_one_batch: bool,
    ) -> Result<FetchSlice> {
        twice(|| self.try_read(start_offset, max_bytes, upper_bound_offset, min_one_batch))
    }

    fn try_read(
        &self,
        start_offset: i64,
        max_bytes: usize,
        upper_bound_offset: i64,
        min_one_batch: bool,
    ) -> Result<FetchSlice> {
        let (log_start_offset, log_end_offset) = (self.log_start_offset(), self.log_end_offset());
        if start_offset < log_start_offset || start_offset > log_end_offset {
            return Err(LogError::OffsetOutOfRange {
                requested_offset: start_offset,
                log_start_offset,
                log_end_offset,
            });
        }
        let mut slice = FetchSlice {
            file: None,
            position: 0,
            size_bytes: 0,
            first_batch_incomplete: false,
            log_start_offset,
            log_end_offset,
            path: PathBuf::new(),
        };
        let bound_offset = upper_bound_offset.min(log_end_offset);
        if start_offset >= bound_offset {
            return Ok(slice);
        }
        let segments = self.segments();
        let from = segments.partition_point(|segment| segment.base_offset <= start_offset).saturating_sub(1);
        for (index, segment) in segments.iter().enumerate().skip(from) {
            if segment.base_offset >= bound_offset {
                break;
            }
            let Some(first) = segment.find(start_offset)? else { continue };
            if first.header.last_offset() >= bound_offset {
                break;
            }
            let is_last = segments.get(index + 1).is_none_or(|next| next.base_offset >= bound_offset);
            let end = if is_last { self.end_position(segment, bound_offset)? } else { segment.size_bytes() };
            let first_size = first.header.size_bytes();
            let limit = if min_one_batch { max_bytes.max(first_size) } else { max_bytes };
            slice.size_bytes = limit.min((end - first.position) as usize);
            slice.first_batch_incomplete = limit < first_size;
            slice.position = first.position;
            slice.file = Some(segment.log.get()?);
            slice.path = segment.log.path();
            break;
        }
        Ok(slice)
    }

    /// Where the batches below `bound_offset` end in `segment`.
    fn end_position(&self, segment: &Segment, bound_offset: i64) -> Result<u64> {
        {
            let boundaries = self.boundaries.lock().unwrap_or_else(PoisonError::into_inner);
            let known = boundaries.iter().rev().find(|boundary| boundary.next_offset == bound_offset);
            if let Some(boundary) = known.filter(|boundary| boundary.segment_base_offset == segment.base_offset) {
                return Ok(boundary.end_position);
            }
        }
        let end_position = match segment.find(bound_offset)? {
            Some(batch) => batch.position,
            None => segment.size_bytes(),
        };
        let segment_base_offset = segment.base_offset;
        self.remember_boundary(Boundary { next_offset: bound_offset, segment_base_offset, end_position });
        Ok(end_position)
    }

    /// The first record at or after `timestamp_ms` (ListOffsets).
    pub fn offset_for_timestamp(&self, timestamp_ms: i64) -> Result<Option<TimestampedOffset>> {
        twice(|| self.try_offset_for_timestamp(timestamp_ms))
    }

    fn try_offset_for_timestamp(&self, timestamp_ms: i64) -> Result<Option<TimestampedOffset>> {
        let start_offset = self.log_start_offset();
        for segment in self.segments().iter() {
            if segment.max_timestamp()?.0 < timestamp_ms {
                continue;
            }
            let mut from = start_offset;
            while let Some(batch) = segment.find_by_timestamp(timestamp_ms, from)? {
                if let Some(found) = find_record(segment, &batch, |record_timestamp_ms, record_offset| {
                    record_timestamp_ms >= timestamp_ms && record_offset >= start_offset
                })? {
                    return Ok(Some(found));
                }
                from = batch.header.next_offset();
            }
        }
        Ok(None)
    }

    /// The record with the largest timestamp, the first of them if there are several (ListOffsets −3).
    pub fn offset_of_max_timestamp(&self) -> Result<Option<TimestampedOffset>> {
        twice(|| self.try_offset_of_max_timestamp())
    }

    fn try_offset_of_max_timestamp(&self) -> Result<Option<TimestampedOffset>> {
        let mut newest: Option<(i64, Arc<Segment>)> = None;
        for segment in self.segments().iter() {
            let (timestamp_ms, _) = segment.max_timestamp()?;
            if timestamp_ms >= 0 && newest.as_ref().is_none_or(|(newest_ms, _)| timestamp_ms > *newest_ms) {
                newest = Some((timestamp_ms, segment.clone()));
            }
        }
        let Some((timestamp_ms, segment)) = newest else { return Ok(None) };
        let Some(batch) = segment.find_by_timestamp(timestamp_ms, self.log_start_offset())? else { return Ok(None) };
        find_record(&segment, &batch, |record_timestamp_ms, _| record_timestamp_ms == timestamp_ms)
    }
}

/// A truncation or a deletion may run beside a read and take its file away; the second look sees the log as it is then.
fn twice<T>(mut look: impl FnMut() -> Result<T>) -> Result<T> {
    match look() {
        Err(LogError::Corrupt { .. } | LogError::Storage { .. }) => look(),
        result => result,
    }
}

/// The first record of `batch` that `wanted` accepts, by timestamp (milliseconds) and offset.
fn find_record(
    segment: &Segment,
    batch: &BatchPosition,
    wanted: impl Fn(i64, i64) -> bool,
) -> Result<Option<TimestampedOffset>> {
    let mut bytes = vec![0; batch.header.size_bytes()];
    let read = segment.log.read_at(&mut bytes, batch.position)?;
    let path = segment.log.path();
    let corrupt = |source| LogError::Corrupt { path: path.clone(), position: batch.position, source };
    let view = BatchIter::new(&bytes[..read]).next().transpose().map_err(corrupt)?;
    let Some(view) = view else { return Ok(None) };
    view.validate_crc().map_err(corrupt)?;
    let plain;
    let body = match view.header.compression() {
        Compression::None => view.body(),
        compression => {
            plain = decompress(compression, view.body(), DECOMPRESSED_BYTES_MAX).map_err(corrupt)?;
            &plain
        }
    };
    for record in RecordIter::new(view.header, body) {
        let record = record.map_err(corrupt)?;
        if wanted(record.timestamp_ms, record.record_offset) {
            return Ok(Some(TimestampedOffset {
                timestamp_ms: record.timestamp_ms,
                record_offset: record.record_offset,
                leader_epoch: view.header.partition_leader_epoch,
            }));
        }
    }
    Ok(None)
}
