//! Builds uncompressed v2 batches, byte for byte the same from the same input.

use bytes::Bytes;

use super::header::seal;
use super::record::{put_varint, put_varlong};
use super::{
    BatchHeader, ControlType, HEADER_SIZE_BYTES, LOG_OVERHEAD_BYTES, MAGIC_V2, NO_PARTITION_LEADER_EPOCH,
    NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP, TimestampType,
};

/// Builds one batch, as the metadata log, `__consumer_offsets` and tests need it.
///
/// ```
/// # use kedge_protocol::batch::{BatchBuilder, BatchIter};
/// let mut builder = BatchBuilder::new(7).partition_leader_epoch(3);
/// builder.append(1_000, Some(b"key"), Some(b"value"), &[]);
/// let batch = builder.build();
/// assert_eq!(BatchIter::new(&batch).next().unwrap().unwrap().header.last_offset(), 7);
/// ```
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    base_offset: i64,
    partition_leader_epoch: i32,
    producer_id: i64,
    producer_epoch: i16,
    base_sequence: i32,
    timestamp_type: TimestampType,
    transactional: bool,
    control: bool,
    base_timestamp: i64,
    max_timestamp: i64,
    last_offset_delta: i32,
    records_count: i32,
    batch: Vec<u8>,
    scratch: Vec<u8>,
}

impl BatchBuilder {
    /// An empty batch at `base_offset` with no leader epoch and no producer.
    pub fn new(base_offset: i64) -> BatchBuilder {
        BatchBuilder {
            base_offset,
            partition_leader_epoch: NO_PARTITION_LEADER_EPOCH,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            base_sequence: NO_SEQUENCE,
            timestamp_type: TimestampType::CreateTime,
            transactional: false,
            control: false,
            base_timestamp: NO_TIMESTAMP,
            max_timestamp: NO_TIMESTAMP,
            last_offset_delta: -1,
            records_count: 0,
            batch: vec![0; HEADER_SIZE_BYTES],
            scratch: Vec::new(),
        }
    }

    /// Sets the partition leader epoch.
    pub fn partition_leader_epoch(mut self, partition_leader_epoch: i32) -> BatchBuilder {
        self.partition_leader_epoch = partition_leader_epoch;
        self
    }

    /// Makes it an idempotent producer's batch.
    pub fn producer(mut self, producer_id: i64, producer_epoch: i16, base_sequence: i32) -> BatchBuilder {
        (self.producer_id, self.producer_epoch, self.base_sequence) = (producer_id, producer_epoch, base_sequence);
        self
    }

    /// Sets the transactional bit.
    pub fn transactional(mut self) -> BatchBuilder {
        self.transactional = true;
        self
    }

    /// Sets the control bit; append with [`BatchBuilder::append_control`].
    pub fn control(mut self) -> BatchBuilder {
        self.control = true;
        self
    }

    /// Sets the timestamp type.
    pub fn timestamp_type(mut self, timestamp_type: TimestampType) -> BatchBuilder {
        self.timestamp_type = timestamp_type;
        self
    }

    /// Appends a record at the next offset. `timestamp_ms` is in milliseconds.
    pub fn append(
        &mut self,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) {
        self.append_at(self.last_offset_delta + 1, timestamp_ms, key, value, headers);
    }

    /// Appends a record at `base_offset + offset_delta`, leaving a gap as compaction does.
    ///
    /// # Panics
    /// If `offset_delta` does not increase.
    pub fn append_at(
        &mut self,
        offset_delta: i32,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
    ) {
        assert!(offset_delta > self.last_offset_delta, "offsets of a batch increase");
        if self.records_count == 0 {
            self.base_timestamp = timestamp_ms;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp_ms);
        let record = &mut self.scratch;
        record.clear();
        record.push(0);
        put_varlong(record, timestamp_ms.wrapping_sub(self.base_timestamp));
        put_varint(record, offset_delta);
        put_nullable(record, key);
        put_nullable(record, value);
        put_varint(record, headers.len() as i32);
        for (key, value) in headers {
            put_nullable(record, Some(key.as_bytes()));
            put_nullable(record, *value);
        }
        put_varint(&mut self.batch, self.scratch.len() as i32);
        self.batch.extend_from_slice(&self.scratch);
        self.last_offset_delta = offset_delta;
        self.records_count += 1;
    }

    /// Appends a control record: the key of `control_type` and its encoded message.
    pub fn append_control(&mut self, timestamp_ms: i64, control_type: ControlType, value: &[u8]) {
        assert!(self.control, "control records live in control batches");
        self.append(timestamp_ms, Some(&control_type.key_bytes()), Some(value), &[]);
    }

    /// Number of records so far.
    pub fn records_count(&self) -> i32 {
        self.records_count
    }

    /// Size of the batch so far, header included, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.batch.len()
    }

    /// The finished batch, its CRC set.
    ///
    /// # Panics
    /// If no record was appended.
    pub fn build(self) -> Bytes {
        assert!(self.records_count > 0, "a batch holds at least one record");
        let header = BatchHeader {
            base_offset: self.base_offset,
            batch_length: i32::try_from(self.batch.len() - LOG_OVERHEAD_BYTES).expect("a batch is smaller than 2 GiB"),
            partition_leader_epoch: self.partition_leader_epoch,
            magic: MAGIC_V2,
            crc: 0,
            attributes: BatchHeader::attributes_of(self.timestamp_type, self.transactional, self.control),
            last_offset_delta: self.last_offset_delta,
            base_timestamp: self.base_timestamp,
            max_timestamp: self.max_timestamp,
            producer_id: self.producer_id,
            producer_epoch: self.producer_epoch,
            base_sequence: self.base_sequence,
            records_count: self.records_count,
        };
        let mut batch = self.batch;
        let mut head = self.scratch;
        head.clear();
        header.write(&mut head);
        batch[..HEADER_SIZE_BYTES].copy_from_slice(&head);
        seal(&mut batch);
        Bytes::from(batch)
    }
}

fn put_nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => put_varint(out, -1),
        Some(bytes) => {
            put_varint(out, i32::try_from(bytes.len()).expect("a field is smaller than 2 GiB"));
            out.extend_from_slice(bytes);
        }
    }
}
