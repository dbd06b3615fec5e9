//! What a log remembers of idempotent and transactional producers, and its `.snapshot` files (Kafka's `ProducerStateManager`). Pure.
//!
//! Per producer id: its epoch and its last five batches, so that a retried batch is answered with its first offset instead of being
//! stored twice, and a gap is refused. Transactions are a later issue; what is tracked of them here is where the open ones start, so
//! that the last stable offset is right.

use std::collections::{BTreeMap, VecDeque};

use kedge_protocol::ErrorCode;
use kedge_protocol::batch::{BatchHeader, NO_SEQUENCE};

/// Batches remembered per producer: the most a client keeps in flight.
const BATCHES_PER_PRODUCER_MAX: usize = 5;
const SNAPSHOT_VERSION: i16 = 1;
const SNAPSHOT_HEADER_BYTES: usize = 10;
const SNAPSHOT_ENTRY_BYTES: usize = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8;

/// Why a producer's batch is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProducerStateError {
    /// An older instance of the producer is still writing.
    #[error("producer {producer_id} wrote with epoch {producer_epoch}, its current epoch is {current_epoch}")]
    InvalidProducerEpoch {
        /// The producer.
        producer_id: i64,
        /// The batch's epoch.
        producer_epoch: i16,
        /// The epoch this log knows.
        current_epoch: i16,
    },
    /// A batch is missing before this one, or a new epoch does not start at sequence 0.
    #[error(
        "producer {producer_id} epoch {producer_epoch} wrote sequence {base_sequence}, expected {expected_sequence}"
    )]
    OutOfOrderSequence {
        /// The producer.
        producer_id: i64,
        /// The batch's epoch.
        producer_epoch: i16,
        /// The batch's first sequence.
        base_sequence: i32,
        /// The one that had to come.
        expected_sequence: i32,
    },
    /// A plain batch while a transaction of the same producer is open.
    #[error("producer {producer_id} wrote outside its open transaction")]
    InvalidTxnState {
        /// The producer.
        producer_id: i64,
    },
    /// A transaction marker of an older coordinator.
    #[error("marker of coordinator epoch {coordinator_epoch} for producer {producer_id}, current is {current_epoch}")]
    TransactionCoordinatorFenced {
        /// The producer.
        producer_id: i64,
        /// The marker's epoch.
        coordinator_epoch: i32,
        /// The epoch this log knows.
        current_epoch: i32,
    },
}

impl ProducerStateError {
    /// The Kafka error code of a Produce response.
    pub fn error_code(&self) -> ErrorCode {
        match self {
            ProducerStateError::InvalidProducerEpoch { .. } => ErrorCode::INVALID_PRODUCER_EPOCH,
            ProducerStateError::OutOfOrderSequence { .. } => ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
            ProducerStateError::InvalidTxnState { .. } => ErrorCode::INVALID_TXN_STATE,
            ProducerStateError::TransactionCoordinatorFenced { .. } => ErrorCode::TRANSACTION_COORDINATOR_FENCED,
        }
    }
}

/// A remembered batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerBatch {
    /// Sequence of its last record.
    pub last_sequence: i32,
    /// Offset of its last record.
    pub last_offset: i64,
    /// Last offset − first offset.
    pub offset_delta: i32,
    /// Its max timestamp, in milliseconds.
    pub timestamp_ms: i64,
}

impl ProducerBatch {
    /// Offset of its first record.
    pub fn base_offset(&self) -> i64 {
        self.last_offset - i64::from(self.offset_delta)
    }

    /// Sequence of its first record.
    pub fn base_sequence(&self) -> i32 {
        kedge_protocol::batch::decrement_sequence(self.last_sequence, self.offset_delta)
    }
}

/// What is known of one producer id (DescribeProducers shows it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProducerEntry {
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// Its last batches, oldest first, at most five.
    pub batches: VecDeque<ProducerBatch>,
    /// Epoch of the coordinator that wrote the last marker, −1 for none.
    pub coordinator_epoch: i32,
    /// Timestamp of the last batch or marker, in milliseconds.
    pub last_timestamp_ms: i64,
    /// First offset of the open transaction.
    pub current_txn_start_offset: Option<i64>,
}

impl ProducerEntry {
    fn last_sequence(&self) -> i32 {
        self.batches.back().map_or(NO_SEQUENCE, |batch| batch.last_sequence)
    }

    fn push(&mut self, batch: ProducerBatch) {
        if self.batches.len() == BATCHES_PER_PRODUCER_MAX {
            self.batches.pop_front();
        }
        self.batches.push_back(batch);
    }
}

/// Who appends; decides what is checked (Kafka's `AppendOrigin`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendOrigin {
    /// A client's Produce: everything is checked.
    Client,
    /// The group or transaction coordinator: no sequences.
    Coordinator,
    /// The leader's copy, or the log itself being replayed: checked once already.
    Replication,
}

/// What to do with a producer's batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Append it.
    Append,
    /// It is stored already, as this batch.
    Duplicate(ProducerBatch),
}

/// A transaction marker, as the log needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndTransaction {
    /// Epoch of the coordinator that wrote it.
    pub coordinator_epoch: i32,
    /// Timestamp of the marker, in milliseconds.
    pub timestamp_ms: i64,
}

/// All producers of a log, as of [`ProducerState::end_offset`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProducerState {
    producers: BTreeMap<i64, ProducerEntry>,
    /// First offset of each open transaction.
    ongoing: BTreeMap<i64, i64>,
    /// Ended transactions whose marker is not below the high watermark yet: first offset → offset of the marker.
    unreplicated: BTreeMap<i64, i64>,
    end_offset: i64,
}

impl ProducerState {
    /// No producers, as of `end_offset`.
    pub fn new(end_offset: i64) -> ProducerState {
        ProducerState { end_offset, ..Default::default() }
    }

    /// The offset up to which batches were applied.
    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// All producers by id.
    pub fn producers(&self) -> &BTreeMap<i64, ProducerEntry> {
        &self.producers
    }

    /// First offset that a read_committed reader may not see: of an open transaction, or of one whose end is not replicated yet.
    pub fn first_unstable_offset(&self) -> Option<i64> {
        let ongoing = self.ongoing.keys().next();
        let unreplicated = self.unreplicated.keys().next();
        ongoing.into_iter().chain(unreplicated).min().copied()
    }

    /// The high watermark has moved: ended transactions below it are stable.
    pub fn on_high_watermark(&mut self, high_watermark: i64) {
        self.unreplicated.retain(|_, last_offset| *last_offset >= high_watermark);
    }

    /// Decides about a batch before it is appended; `header` has the client's offsets or final ones, only producer fields count.
    pub fn admit(&self, header: &BatchHeader, origin: AppendOrigin) -> Result<Admission, ProducerStateError> {
        if !header.has_producer_id() || origin == AppendOrigin::Replication || header.is_control() {
            return Ok(Admission::Append);
        }
        let producer_id = header.producer_id;
        let Some(entry) = self.producers.get(&producer_id) else {
            // Nothing known (expired, deleted by retention, or new): any sequence may start.
            return Ok(Admission::Append);
        };
        if origin == AppendOrigin::Client {
            let is_same = |batch: &&ProducerBatch| {
                batch.last_sequence == header.last_sequence() && batch.base_sequence() == header.base_sequence
            };
            if header.producer_epoch == entry.producer_epoch
                && let Some(batch) = entry.batches.iter().find(is_same)
            {
                return Ok(Admission::Duplicate(*batch));
            }
        }
        self.check_epoch(entry, producer_id, header.producer_epoch)?;
        if origin == AppendOrigin::Client {
            check_sequence(entry, header)?;
        }
        if entry.current_txn_start_offset.is_some() && !header.is_transactional() {
            return Err(ProducerStateError::InvalidTxnState { producer_id });
        }
        Ok(Admission::Append)
    }

    /// Decides about a transaction marker before it is appended.
    pub fn admit_marker(&self, header: &BatchHeader, marker: &EndTransaction) -> Result<(), ProducerStateError> {
        let producer_id = header.producer_id;
        let Some(entry) = self.producers.get(&producer_id) else { return Ok(()) };
        self.check_epoch(entry, producer_id, header.producer_epoch)?;
        if entry.coordinator_epoch > marker.coordinator_epoch {
            return Err(ProducerStateError::TransactionCoordinatorFenced {
                producer_id,
                coordinator_epoch: marker.coordinator_epoch,
                current_epoch: entry.coordinator_epoch,
            });
        }
        Ok(())
    }

    fn check_epoch(
        &self,
        entry: &ProducerEntry,
        producer_id: i64,
        producer_epoch: i16,
    ) -> Result<(), ProducerStateError> {
        if producer_epoch >= entry.producer_epoch {
            return Ok(());
        }
        let current_epoch = entry.producer_epoch;
        Err(ProducerStateError::InvalidProducerEpoch { producer_id, producer_epoch, current_epoch })
    }

    /// Takes note of a batch that is in the log now. `marker` is its content if it is a transaction marker.
    pub fn apply(&mut self, header: &BatchHeader, marker: Option<EndTransaction>) {
        if header.has_producer_id() {
            let entry = self.producers.entry(header.producer_id).or_insert_with(|| ProducerEntry {
                producer_epoch: header.producer_epoch,
                batches: VecDeque::new(),
                coordinator_epoch: -1,
                last_timestamp_ms: header.max_timestamp,
                current_txn_start_offset: None,
            });
            if entry.producer_epoch != header.producer_epoch {
                entry.producer_epoch = header.producer_epoch;
                entry.batches.clear();
            }
            if !header.is_control() {
                entry.push(ProducerBatch {
                    last_sequence: header.last_sequence(),
                    last_offset: header.last_offset(),
                    offset_delta: header.last_offset_delta,
                    timestamp_ms: header.max_timestamp,
                });
                entry.last_timestamp_ms = header.max_timestamp;
                if header.is_transactional() && entry.current_txn_start_offset.is_none() {
                    entry.current_txn_start_offset = Some(header.base_offset);
                    self.ongoing.insert(header.base_offset, header.producer_id);
                }
            } else if let Some(marker) = marker {
                entry.coordinator_epoch = entry.coordinator_epoch.max(marker.coordinator_epoch);
                entry.last_timestamp_ms = marker.timestamp_ms;
                if let Some(start_offset) = entry.current_txn_start_offset.take() {
                    self.ongoing.remove(&start_offset);
                    self.unreplicated.insert(start_offset, header.last_offset());
                }
            }
        }
        self.end_offset = header.next_offset();
    }

    /// Forgets producers that wrote nothing for `expiration_ms` (`producer.id.expiration.ms`) and have no open transaction.
    pub fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.producers.retain(|_, entry| {
            entry.current_txn_start_offset.is_some() || now_ms - entry.last_timestamp_ms < expiration_ms
        });
    }

    /// The log now starts at `log_start_offset`: ended transactions below it are gone.
    pub fn truncate_from_start(&mut self, log_start_offset: i64) {
        self.unreplicated.retain(|_, last_offset| *last_offset >= log_start_offset);
        if self.end_offset < log_start_offset {
            self.end_offset = log_start_offset;
        }
    }

    /// The bytes of a `.snapshot` file, version 1: only each producer's last batch.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SNAPSHOT_HEADER_BYTES + self.producers.len() * SNAPSHOT_ENTRY_BYTES);
        bytes.extend_from_slice(&SNAPSHOT_VERSION.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&(self.producers.len() as i32).to_be_bytes());
        for (producer_id, entry) in &self.producers {
            let last = entry.batches.back();
            bytes.extend_from_slice(&producer_id.to_be_bytes());
            bytes.extend_from_slice(&entry.producer_epoch.to_be_bytes());
            bytes.extend_from_slice(&entry.last_sequence().to_be_bytes());
            bytes.extend_from_slice(&last.map_or(-1, |batch| batch.last_offset).to_be_bytes());
            bytes.extend_from_slice(&last.map_or(0, |batch| batch.offset_delta).to_be_bytes());
            bytes.extend_from_slice(&entry.last_timestamp_ms.to_be_bytes());
            bytes.extend_from_slice(&entry.coordinator_epoch.to_be_bytes());
            bytes.extend_from_slice(&entry.current_txn_start_offset.unwrap_or(-1).to_be_bytes());
        }
        let crc = crc32c::crc32c(&bytes[6..]);
        bytes[2..6].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// Reads a `.snapshot` file that describes the log as of `end_offset`. The error says what is wrong with it.
    pub fn from_snapshot(bytes: &[u8], end_offset: i64) -> Result<ProducerState, &'static str> {
        let (head, body) = bytes.split_first_chunk::<SNAPSHOT_HEADER_BYTES>().ok_or("shorter than its header")?;
        if i16::from_be_bytes([head[0], head[1]]) != SNAPSHOT_VERSION {
            return Err("unknown version");
        }
        if u32::from_be_bytes([head[2], head[3], head[4], head[5]]) != crc32c::crc32c(&bytes[6..]) {
            return Err("wrong CRC");
        }
        let count = i32::from_be_bytes([head[6], head[7], head[8], head[9]]);
        if usize::try_from(count).ok().and_then(|count| count.checked_mul(SNAPSHOT_ENTRY_BYTES)) != Some(body.len()) {
            return Err("entry count does not match the size");
        }
        let mut state = ProducerState::new(end_offset);
        for entry in body.chunks_exact(SNAPSHOT_ENTRY_BYTES) {
            state.load(entry.try_into().expect("chunks_exact"));
        }
        Ok(state)
    }

    fn load(&mut self, bytes: &[u8; SNAPSHOT_ENTRY_BYTES]) {
        let int64 = |at: usize| i64::from_be_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        let int32 = |at: usize| i32::from_be_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
        let (producer_id, last_offset, offset_delta, timestamp_ms) = (int64(0), int64(14), int32(22), int64(26));
        let mut batches = VecDeque::new();
        if last_offset >= 0 {
            batches.push_back(ProducerBatch { last_sequence: int32(10), last_offset, offset_delta, timestamp_ms });
        }
        let current_txn_start_offset = Some(int64(38)).filter(|offset| *offset >= 0);
        if let Some(start_offset) = current_txn_start_offset {
            self.ongoing.insert(start_offset, producer_id);
        }
        let entry = ProducerEntry {
            producer_epoch: i16::from_be_bytes([bytes[8], bytes[9]]),
            batches,
            coordinator_epoch: int32(34),
            last_timestamp_ms: timestamp_ms,
            current_txn_start_offset,
        };
        self.producers.insert(producer_id, entry);
    }
}

fn check_sequence(entry: &ProducerEntry, header: &BatchHeader) -> Result<(), ProducerStateError> {
    let refuse = |expected_sequence| {
        Err(ProducerStateError::OutOfOrderSequence {
            producer_id: header.producer_id,
            producer_epoch: header.producer_epoch,
            base_sequence: header.base_sequence,
            expected_sequence,
        })
    };
    if header.producer_epoch != entry.producer_epoch {
        return if header.base_sequence == 0 { Ok(()) } else { refuse(0) };
    }
    // A marker that raised the epoch leaves no batches: the next one starts at 0, which is the successor of −1.
    let expected_sequence = match entry.last_sequence() {
        i32::MAX => 0,
        last_sequence => last_sequence + 1,
    };
    if header.base_sequence == expected_sequence { Ok(()) } else { refuse(expected_sequence) }
}

#[cfg(test)]
mod tests;
