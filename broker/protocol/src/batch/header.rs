//! The 61-byte header of a v2 batch, its CRC, and the fields a leader rewrites.

use super::{HEADER_SIZE_BYTES, LOG_OVERHEAD_BYTES, MAGIC_V2, NO_PRODUCER_ID, increment_sequence};

const MAGIC_AT: usize = 16;
const CRC_AT: usize = 17;
const ATTRIBUTES_AT: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;

const COMPRESSION_MASK: i16 = 0x07;
const TIMESTAMP_TYPE_BIT: i16 = 0x08;
const TRANSACTIONAL_BIT: i16 = 0x10;
const CONTROL_BIT: i16 = 0x20;
const DELETE_HORIZON_BIT: i16 = 0x40;

/// What is wrong with the bytes of a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Fewer bytes than the header, or than the header's length field announces. At the end of a file this is a torn write.
    #[error("incomplete record batch: {needed} bytes needed, {remaining} remain")]
    Incomplete {
        /// Bytes needed from the start of the batch.
        needed: usize,
        /// Bytes there are.
        remaining: usize,
    },
    /// The length field is smaller than a header or negative.
    #[error("record batch length {batch_length} is impossible")]
    InvalidLength {
        /// The field as read.
        batch_length: i32,
    },
    /// Magic 0 or 1.
    #[error("message format v0/v1 not supported yet (magic {magic})")]
    UnsupportedMagic {
        /// 0 or 1.
        magic: i8,
    },
    /// A magic no Kafka ever wrote.
    #[error("unknown record batch magic {magic}")]
    UnknownMagic {
        /// The byte as read.
        magic: i8,
    },
    /// The stored CRC-32C does not match the bytes.
    #[error("record batch CRC is {stored:#010x}, the bytes say {computed:#010x}")]
    Crc {
        /// The header's value.
        stored: u32,
        /// What the bytes hash to.
        computed: u32,
    },
    /// A header field has a value no batch can have.
    #[error("record batch field {field} has the impossible value {value}")]
    InvalidField {
        /// Kafka's name of the field.
        field: &'static str,
        /// The value as read.
        value: i64,
    },
    /// A record does not parse.
    #[error("record {index} of the batch is malformed: {what}")]
    InvalidRecord {
        /// Position of the record in its batch, from 0.
        index: i32,
        /// What does not fit.
        what: &'static str,
    },
    /// The records are compressed and the caller asked for a plain walk.
    #[error("records are compressed with {0}")]
    Compressed(Compression),
    /// The compressed block does not decode.
    #[error("{compression} block does not decompress: {detail}")]
    Decompress {
        /// The codec.
        compression: Compression,
        /// The codec's own words.
        detail: String,
    },
    /// The decompressed block is larger than the caller allows.
    #[error("decompressed records exceed {limit_bytes} bytes")]
    DecompressedTooLarge {
        /// The caller's limit.
        limit_bytes: usize,
    },
}

/// The codec of a batch (attribute bits 0–2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// Records are stored plain.
    None,
    /// gzip.
    Gzip,
    /// Snappy in the xerial framing of snappy-java.
    Snappy,
    /// LZ4 frames.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl std::fmt::Display for Compression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Snappy => "snappy",
            Compression::Lz4 => "lz4",
            Compression::Zstd => "zstd",
        })
    }
}

/// Who set a batch's timestamps (attribute bit 3; topic config `message.timestamp.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TimestampType {
    /// The producer.
    #[default]
    CreateTime,
    /// The leader; every record's timestamp is the batch's max timestamp.
    LogAppendTime,
}

/// The header of a v2 batch. Field names are Kafka's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record; set by the leader, outside the CRC.
    pub base_offset: i64,
    /// Bytes after this field: total size − 12.
    pub batch_length: i32,
    /// Epoch of the leader that appended the batch, −1 for none; outside the CRC.
    pub partition_leader_epoch: i32,
    /// Always 2.
    pub magic: i8,
    /// CRC-32C over attributes … end.
    pub crc: u32,
    /// Codec, timestamp type, transactional, control and delete-horizon bits.
    pub attributes: i16,
    /// Offset of the last record − base offset; compaction does not change it.
    pub last_offset_delta: i32,
    /// Timestamp of the first record, or the delete horizon when attribute bit 6 is set; −1 none. Milliseconds.
    pub base_timestamp: i64,
    /// Largest timestamp, or the append time when bit 3 is set. Milliseconds.
    pub max_timestamp: i64,
    /// −1 when the producer is not idempotent.
    pub producer_id: i64,
    /// −1 when the producer is not idempotent.
    pub producer_epoch: i16,
    /// Sequence of the first record, −1 for none.
    pub base_sequence: i32,
    /// Number of records; may be 0 after compaction.
    pub records_count: i32,
}

impl BatchHeader {
    /// Reads the header at the start of `bytes`, which may go on past the batch or end inside its records.
    ///
    /// Checks magic and that length, last offset delta, count and codec are possible; neither the CRC nor that the whole batch is
    /// there (see [`BatchHeader::size_bytes`]).
    pub fn parse(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
        if bytes.len() <= MAGIC_AT {
            return Err(BatchError::Incomplete { needed: HEADER_SIZE_BYTES, remaining: bytes.len() });
        }
        let magic = bytes[MAGIC_AT] as i8;
        match magic {
            MAGIC_V2 => {}
            0 | 1 => return Err(BatchError::UnsupportedMagic { magic }),
            _ => return Err(BatchError::UnknownMagic { magic }),
        }
        let Some(bytes) = bytes.first_chunk::<HEADER_SIZE_BYTES>() else {
            return Err(BatchError::Incomplete { needed: HEADER_SIZE_BYTES, remaining: bytes.len() });
        };
        let header = BatchHeader {
            base_offset: i64::from_be_bytes(array(bytes, 0)),
            batch_length: i32::from_be_bytes(array(bytes, 8)),
            partition_leader_epoch: i32::from_be_bytes(array(bytes, 12)),
            magic,
            crc: u32::from_be_bytes(array(bytes, CRC_AT)),
            attributes: i16::from_be_bytes(array(bytes, ATTRIBUTES_AT)),
            last_offset_delta: i32::from_be_bytes(array(bytes, 23)),
            base_timestamp: i64::from_be_bytes(array(bytes, 27)),
            max_timestamp: i64::from_be_bytes(array(bytes, MAX_TIMESTAMP_AT)),
            producer_id: i64::from_be_bytes(array(bytes, 43)),
            producer_epoch: i16::from_be_bytes(array(bytes, 51)),
            base_sequence: i32::from_be_bytes(array(bytes, 53)),
            records_count: i32::from_be_bytes(array(bytes, 57)),
        };
        header.check()?;
        Ok(header)
    }

    fn check(&self) -> Result<(), BatchError> {
        let invalid = |field, value| Err(BatchError::InvalidField { field, value });
        if self.batch_length < (HEADER_SIZE_BYTES - LOG_OVERHEAD_BYTES) as i32 {
            return Err(BatchError::InvalidLength { batch_length: self.batch_length });
        }
        if self.base_offset < 0 || self.base_offset > i64::MAX - i64::from(i32::MAX) {
            return invalid("baseOffset", self.base_offset);
        }
        if self.last_offset_delta < 0 {
            return invalid("lastOffsetDelta", i64::from(self.last_offset_delta));
        }
        if self.records_count < 0 {
            return invalid("recordsCount", i64::from(self.records_count));
        }
        if self.attributes & COMPRESSION_MASK > 4 {
            return invalid("attributes", i64::from(self.attributes));
        }
        Ok(())
    }

    /// Size of the whole batch, header included, in bytes.
    pub fn size_bytes(&self) -> usize {
        LOG_OVERHEAD_BYTES + self.batch_length as usize
    }

    /// Offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset + i64::from(self.last_offset_delta)
    }

    /// Offset after the last record.
    pub fn next_offset(&self) -> i64 {
        self.last_offset() + 1
    }

    /// A transaction marker or a raft control batch (attribute bit 5).
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL_BIT != 0
    }

    /// Part of a transaction (attribute bit 4).
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL_BIT != 0
    }

    /// Whether an idempotent or transactional producer wrote the batch.
    pub fn has_producer_id(&self) -> bool {
        self.producer_id > NO_PRODUCER_ID
    }

    /// Delete horizon stamped by the cleaner (attribute bit 6, KIP-534), in milliseconds.
    pub fn delete_horizon_ms(&self) -> Option<i64> {
        (self.attributes & DELETE_HORIZON_BIT != 0).then_some(self.base_timestamp)
    }

    /// Sequence of the last record; −1 if the batch has none.
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 {
            self.base_sequence
        } else {
            increment_sequence(self.base_sequence, self.last_offset_delta)
        }
    }

    /// The codec of the records. [`BatchHeader::parse`] has refused unknown ones.
    pub fn compression(&self) -> Compression {
        match self.attributes & COMPRESSION_MASK {
            0 => Compression::None,
            1 => Compression::Gzip,
            2 => Compression::Snappy,
            3 => Compression::Lz4,
            _ => Compression::Zstd,
        }
    }

    /// Who set the timestamps.
    pub fn timestamp_type(&self) -> TimestampType {
        if self.attributes & TIMESTAMP_TYPE_BIT != 0 { TimestampType::LogAppendTime } else { TimestampType::CreateTime }
    }

    /// Attribute bits for [`super::BatchBuilder`].
    pub(super) fn attributes_of(timestamp_type: TimestampType, transactional: bool, control: bool) -> i16 {
        let mut attributes = 0;
        if timestamp_type == TimestampType::LogAppendTime {
            attributes |= TIMESTAMP_TYPE_BIT;
        }
        if transactional {
            attributes |= TRANSACTIONAL_BIT;
        }
        if control {
            attributes |= CONTROL_BIT;
        }
        attributes
    }

    /// Writes the header's bytes; the CRC field as it stands.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.base_offset.to_be_bytes());
        out.extend_from_slice(&self.batch_length.to_be_bytes());
        out.extend_from_slice(&self.partition_leader_epoch.to_be_bytes());
        out.push(self.magic as u8);
        out.extend_from_slice(&self.crc.to_be_bytes());
        out.extend_from_slice(&self.attributes.to_be_bytes());
        out.extend_from_slice(&self.last_offset_delta.to_be_bytes());
        out.extend_from_slice(&self.base_timestamp.to_be_bytes());
        out.extend_from_slice(&self.max_timestamp.to_be_bytes());
        out.extend_from_slice(&self.producer_id.to_be_bytes());
        out.extend_from_slice(&self.producer_epoch.to_be_bytes());
        out.extend_from_slice(&self.base_sequence.to_be_bytes());
        out.extend_from_slice(&self.records_count.to_be_bytes());
    }
}

fn array<const N: usize>(bytes: &[u8; HEADER_SIZE_BYTES], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("field lies inside the header")
}

/// Checks the CRC of the batch at the start of `bytes`; also that the whole batch is there.
pub fn validate_crc(bytes: &[u8]) -> Result<BatchHeader, BatchError> {
    let header = BatchHeader::parse(bytes)?;
    let Some(batch) = bytes.get(..header.size_bytes()) else {
        return Err(BatchError::Incomplete { needed: header.size_bytes(), remaining: bytes.len() });
    };
    let computed = crc32c::crc32c(&batch[ATTRIBUTES_AT..]);
    if computed != header.crc {
        return Err(BatchError::Crc { stored: header.crc, computed });
    }
    Ok(header)
}

/// Sets base offset and partition leader epoch of the batch at the start of `batch`, in place. Both lie outside the CRC.
///
/// # Panics
/// If `batch` is shorter than a header: callers patch only what [`BatchHeader::parse`] accepted.
pub fn patch(batch: &mut [u8], base_offset: i64, partition_leader_epoch: i32) {
    assert!(batch.len() >= HEADER_SIZE_BYTES, "only a parsed batch is patched");
    batch[0..8].copy_from_slice(&base_offset.to_be_bytes());
    batch[12..16].copy_from_slice(&partition_leader_epoch.to_be_bytes());
}

/// Sets timestamp type and max timestamp (milliseconds) of the batch that fills `batch`, and writes the new CRC.
///
/// A leader does this for `message.timestamp.type=LogAppendTime`, and when a client's max timestamp is not that of its records.
///
/// # Panics
/// If `batch` is shorter than a header.
pub fn patch_timestamps(batch: &mut [u8], timestamp_type: TimestampType, max_timestamp: i64) {
    assert!(batch.len() >= HEADER_SIZE_BYTES, "only a parsed batch is patched");
    let mut attributes = i16::from_be_bytes([batch[ATTRIBUTES_AT], batch[ATTRIBUTES_AT + 1]]);
    match timestamp_type {
        TimestampType::CreateTime => attributes &= !TIMESTAMP_TYPE_BIT,
        TimestampType::LogAppendTime => attributes |= TIMESTAMP_TYPE_BIT,
    }
    batch[ATTRIBUTES_AT..ATTRIBUTES_AT + 2].copy_from_slice(&attributes.to_be_bytes());
    batch[MAX_TIMESTAMP_AT..MAX_TIMESTAMP_AT + 8].copy_from_slice(&max_timestamp.to_be_bytes());
    let crc = crc32c::crc32c(&batch[ATTRIBUTES_AT..]);
    batch[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
}

/// Like [`patch_timestamps`] when the header is a copy and `body`, what follows it, lies elsewhere.
pub fn patch_timestamps_of_header(
    header: &mut [u8; HEADER_SIZE_BYTES],
    body: &[u8],
    timestamp_type: TimestampType,
    max_timestamp: i64,
) {
    patch_timestamps(header, timestamp_type, max_timestamp);
    let crc = crc32c::crc32c_append(crc32c::crc32c(&header[ATTRIBUTES_AT..]), body);
    header[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
}

/// Writes the CRC of a batch that was just built.
pub(super) fn seal(batch: &mut [u8]) {
    let crc = crc32c::crc32c(&batch[ATTRIBUTES_AT..]);
    batch[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
}
