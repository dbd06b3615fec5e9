//! What a leader checks before it appends a client's batch (Kafka's `ProduceRequest.validateRecords` and `LogValidator`).

use bytes::Bytes;

use super::{
    BatchError, BatchHeader, BatchIter, BatchView, Compression, NO_TIMESTAMP, RecordIter, RecordView, TimestampType,
};
use crate::ErrorCode;

/// The topic's and the request's bounds for one produced batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProduceLimits {
    /// Topic config `max.message.bytes`: bound on the whole batch, in bytes.
    pub max_message_bytes: usize,
    /// Topic config `segment.bytes`: bound on the whole append, in bytes.
    pub segment_bytes: usize,
    /// Produce v7 or later: older clients may not send zstd.
    pub zstd_allowed: bool,
    /// The topic is compacted: every record needs a key.
    pub key_required: bool,
    /// Topic config `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// Topic config `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// Topic config `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// The broker's clock, in milliseconds since 1970.
    pub now_ms: i64,
}

impl Default for ProduceLimits {
    fn default() -> ProduceLimits {
        ProduceLimits {
            max_message_bytes: 1_048_588,
            segment_bytes: 1 << 30,
            zstd_allowed: true,
            key_required: false,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: i64::MAX,
            now_ms: 0,
        }
    }
}

/// A batch that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducedBatch {
    /// The header as the client sent it.
    pub header: BatchHeader,
    /// The timestamp type the stored batch must carry.
    pub timestamp_type: TimestampType,
    /// The max timestamp the stored batch must carry, in milliseconds: that of its records, or now for LogAppendTime.
    pub max_timestamp: i64,
}

impl ProducedBatch {
    /// Whether the stored header differs from the client's in a field the CRC covers; then `patch_timestamps` is needed.
    pub fn needs_new_timestamps(&self) -> bool {
        self.header.max_timestamp != self.max_timestamp || self.header.timestamp_type() != self.timestamp_type
    }
}

/// One record that breaks a rule (Produce v8 `record_errors`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordFault {
    /// Position of the record in the batch, from 0.
    pub record_index: i32,
    /// The rule, for the client's eyes.
    pub message: &'static str,
}

/// Why a produced batch is refused; [`ProduceError::error_code`] is what the client sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProduceError {
    /// There is not exactly one batch, or it breaks a rule of v2 client batches.
    #[error("{0}")]
    InvalidRecord(&'static str),
    /// The bytes are not one whole v2 batch, or its records do not parse.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Records of a compacted topic without a key.
    #[error("one or more records have been rejected")]
    InvalidRecords(Vec<RecordFault>),
    /// Record timestamps outside the topic's bounds.
    #[error("one or more records have been rejected due to invalid timestamp")]
    InvalidTimestamps(Vec<RecordFault>),
    /// The batch is larger than `max.message.bytes`.
    #[error("the record batch size is {size_bytes} bytes, max.message.bytes is {limit_bytes}")]
    MessageTooLarge {
        /// Size of the batch.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// The append is larger than `segment.bytes`.
    #[error("the append is {size_bytes} bytes, segment.bytes is {limit_bytes}")]
    RecordListTooLarge {
        /// Size of the append.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// zstd from a client that speaks Produce below v7.
    #[error("Produce requests below version 7 may not use zstd")]
    ZstdNotAllowed,
}

impl ProduceError {
    /// The Kafka error code of a Produce response.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            ProduceError::Batch(
                BatchError::Crc { .. } | BatchError::Incomplete { .. } | BatchError::InvalidLength { .. },
            ) => ErrorCode::CORRUPT_MESSAGE,
            ProduceError::InvalidRecord(_) | ProduceError::InvalidRecords(_) | ProduceError::Batch(_) => {
                ErrorCode::INVALID_RECORD
            }
            ProduceError::InvalidTimestamps(_) => ErrorCode::INVALID_TIMESTAMP,
            ProduceError::MessageTooLarge { .. } => ErrorCode::MESSAGE_TOO_LARGE,
            ProduceError::RecordListTooLarge { .. } => ErrorCode::RECORD_LIST_TOO_LARGE,
            ProduceError::ZstdNotAllowed => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
        }
    }

    /// The records to name in `record_errors`.
    pub fn record_faults(&self) -> &[RecordFault] {
        match self {
            ProduceError::InvalidRecords(faults) | ProduceError::InvalidTimestamps(faults) => faults,
            _ => &[],
        }
    }
}

/// Checks a client's record data for one partition: exactly one whole v2 batch, CRC, sizes, header rules, and each record.
///
/// The records of a compressed batch are walked too when the crate is built with `compression`; without it the header stands
/// for them.
pub fn validate_produced(records: &Bytes, limits: &ProduceLimits) -> Result<ProducedBatch, ProduceError> {
    let mut batches = BatchIter::new(records);
    let batch = batches.next().ok_or(ProduceError::InvalidRecord("record data holds no batch"))??;
    if batches.position() != records.len() {
        return Err(ProduceError::InvalidRecord("record data must hold exactly one batch"));
    }
    check_header(&batch.header, limits)?;
    batch.validate_crc()?;
    let max_timestamp = check_records(&batch, limits)?;
    let max_timestamp = match limits.timestamp_type {
        TimestampType::CreateTime => max_timestamp,
        TimestampType::LogAppendTime => limits.now_ms,
    };
    Ok(ProducedBatch { header: batch.header, timestamp_type: limits.timestamp_type, max_timestamp })
}

fn check_header(header: &BatchHeader, limits: &ProduceLimits) -> Result<(), ProduceError> {
    let size_bytes = header.size_bytes();
    if size_bytes > limits.max_message_bytes {
        return Err(ProduceError::MessageTooLarge { size_bytes, limit_bytes: limits.max_message_bytes });
    }
    if size_bytes > limits.segment_bytes {
        return Err(ProduceError::RecordListTooLarge { size_bytes, limit_bytes: limits.segment_bytes });
    }
    if header.compression() == Compression::Zstd && !limits.zstd_allowed {
        return Err(ProduceError::ZstdNotAllowed);
    }
    let rule = if header.base_offset != 0 {
        "base offset of a produced batch must be 0"
    } else if i64::from(header.records_count) != i64::from(header.last_offset_delta) + 1 {
        "record count does not match the last offset delta"
    } else if header.is_control() {
        "clients may not write control records"
    } else if header.has_producer_id() && header.base_sequence < 0 {
        "a batch with a producer id needs a sequence"
    } else if header.has_producer_id() && header.producer_epoch < 0 {
        "a batch with a producer id needs a producer epoch"
    } else if header.is_transactional() && !header.has_producer_id() {
        "a transactional batch needs a producer id"
    } else if header.delete_horizon_ms().is_some() {
        "clients may not set a delete horizon"
    } else {
        return Ok(());
    };
    Err(ProduceError::InvalidRecord(rule))
}

/// Walks the records; returns their largest timestamp.
fn check_records(batch: &BatchView<'_>, limits: &ProduceLimits) -> Result<i64, ProduceError> {
    let mut walk =
        Walk { limits, header: batch.header, max_timestamp: NO_TIMESTAMP, index: 0, keys: vec![], times: vec![] };
    match batch.header.compression() {
        Compression::None => {
            for record in RecordIter::new(batch.header, batch.body()) {
                let RecordView { offset_delta, timestamp_ms, key, .. } = record?;
                walk.visit(offset_delta, timestamp_ms, key.is_some())?;
            }
        }
        #[cfg(feature = "compression")]
        _ => {
            let mut fault = Ok(());
            super::skim_compressed(batch, |record| {
                fault = walk.visit(record.offset_delta, record.timestamp_ms, record.has_key);
                fault.is_ok()
            })?;
            fault?;
        }
        #[cfg(not(feature = "compression"))]
        _ => walk.max_timestamp = batch.header.max_timestamp,
    }
    walk.finish()
}

struct Walk<'a> {
    limits: &'a ProduceLimits,
    header: BatchHeader,
    max_timestamp: i64,
    index: i32,
    keys: Vec<RecordFault>,
    times: Vec<RecordFault>,
}

impl Walk<'_> {
    fn visit(&mut self, offset_delta: i32, timestamp_ms: i64, has_key: bool) -> Result<(), ProduceError> {
        let record_index = self.index;
        self.index += 1;
        if offset_delta != record_index {
            // Kafka rebuilds such a batch; no client of the last ten years sends one.
            return Err(ProduceError::InvalidRecord("offsets inside the batch are not consecutive from 0"));
        }
        if self.limits.key_required && !has_key {
            let message = "compacted topic cannot accept a record without a key";
            self.keys.push(RecordFault { record_index, message });
        }
        if self.limits.timestamp_type == TimestampType::CreateTime {
            if self.header.timestamp_type() == TimestampType::LogAppendTime {
                let message = "clients may not set the timestamp type LogAppendTime";
                self.times.push(RecordFault { record_index, message });
            } else if timestamp_ms != NO_TIMESTAMP && !self.timestamp_in_bounds(timestamp_ms) {
                let message = "timestamp is outside message.timestamp.before.max.ms and message.timestamp.after.max.ms";
                self.times.push(RecordFault { record_index, message });
            }
        }
        self.max_timestamp = self.max_timestamp.max(timestamp_ms);
        Ok(())
    }

    fn timestamp_in_bounds(&self, timestamp_ms: i64) -> bool {
        let ahead_ms = i128::from(timestamp_ms) - i128::from(self.limits.now_ms);
        ahead_ms <= i128::from(self.limits.timestamp_after_max_ms)
            && -ahead_ms <= i128::from(self.limits.timestamp_before_max_ms)
    }

    fn finish(self) -> Result<i64, ProduceError> {
        match (self.keys.is_empty(), self.times.is_empty()) {
            (true, true) => Ok(self.max_timestamp),
            (true, false) => Err(ProduceError::InvalidTimestamps(self.times)),
            (false, _) => {
                let mut faults = self.keys;
                faults.extend(self.times);
                faults.sort_by_key(|fault| fault.record_index);
                Err(ProduceError::InvalidRecords(faults))
            }
        }
    }
}
