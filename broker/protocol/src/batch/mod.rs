//! Record batches of message format v2 (magic 2): parse, check, walk, build and patch them. Pure.
//!
//! A batch is a 61-byte header and records. The leader sets base offset and partition leader epoch; both lie outside the CRC, so a
//! batch is stored exactly as a client sent it but for those 12 bytes ([`patch`]). Nothing here believes a length: every length is
//! checked against the bytes that remain, and every failure is a [`BatchError`] that names it.
//!
//! Formats v0 and v1 are recognised and refused ([`BatchError::UnsupportedMagic`]); a later change adds them.

mod builder;
#[cfg(feature = "compression")]
mod compression;
mod control;
mod header;
mod iter;
mod produce;
mod record;

pub use builder::BatchBuilder;
#[cfg(feature = "compression")]
pub use compression::{SkimmedRecord, decompress, decompressor, skim_compressed};
pub use control::{ControlKey, ControlType};
pub use header::{
    BatchError, BatchHeader, Compression, TimestampType, patch, patch_timestamps, patch_timestamps_of_header,
    validate_crc,
};
pub use iter::{BatchIter, BatchView};
pub use produce::{ProduceError, ProduceLimits, ProducedBatch, RecordFault, validate_produced};
pub use record::{HeaderIter, RecordIter, RecordView};

/// Size of a v2 batch header, and of a batch without records, in bytes.
pub const HEADER_SIZE_BYTES: usize = 61;
/// Size of the base offset and batch length fields: what `batch_length` does not count, in bytes.
pub const LOG_OVERHEAD_BYTES: usize = 12;
/// The only message format this module reads and writes.
pub const MAGIC_V2: i8 = 2;
/// "No producer id" in a batch header.
pub const NO_PRODUCER_ID: i64 = -1;
/// "No producer epoch" in a batch header.
pub const NO_PRODUCER_EPOCH: i16 = -1;
/// "No sequence" in a batch header.
pub const NO_SEQUENCE: i32 = -1;
/// "No timestamp" in a batch header, in milliseconds.
pub const NO_TIMESTAMP: i64 = -1;
/// "No leader epoch" in a batch header.
pub const NO_PARTITION_LEADER_EPOCH: i32 = -1;

/// The sequence number `delta` after `sequence`; after 2³¹−1 comes 0 (Kafka's `DefaultRecordBatch.incrementSequence`).
pub fn increment_sequence(sequence: i32, delta: i32) -> i32 {
    let sum = i64::from(sequence) + i64::from(delta);
    if sum > i64::from(i32::MAX) { (sum - (1 << 31)) as i32 } else { sum as i32 }
}

/// The sequence number `delta` before `sequence`; before 0 comes 2³¹−1.
pub fn decrement_sequence(sequence: i32, delta: i32) -> i32 {
    let difference = i64::from(sequence) - i64::from(delta);
    if difference < 0 { (difference + (1 << 31)) as i32 } else { difference as i32 }
}

#[cfg(test)]
mod tests;
