//! What an observer of the metadata log does with each answer (p): Kafka's `KafkaRaftClient` in observer state, without IO.
//!
//! An Apache leader also sends its uncommitted tail; batches wait here until the high watermark has passed them, then go
//! through the transaction buffer. A Kedge leader only ever shows committed batches.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use kedge_metadata_state::{
    Authority, BrokerId, Dialect, Image, MetadataVersion,
    loader::{CommittedBatch, TransactionBuffer, TransactionError},
    record::Record,
};
use kedge_protocol::{
    ErrorCode, Uuid,
    batch::{BatchError, BatchIter, BatchView},
    messages::{
        FetchRequest, FetchResponse,
        fetch_request::{FetchPartition, FetchTopic, ReplicaState},
        fetch_response::PartitionData,
    },
    metadata_records::MetadataRecord,
    wire::{DecodeError, Records},
};

use super::event::{QuorumLeader, SnapshotId, SourceEvent, SourceStamp};

/// What Kafka's observers ask for at most in one fetch.
const FETCH_MAX_BYTES: i32 = 8 * 1024 * 1024;
/// How long the leader may hold a fetch back while nothing is new.
const FETCH_MAX_WAIT_MS: i32 = 500;

/// What to do after an answer.
#[derive(Debug)]
pub enum Step {
    /// Hand events on, then fetch again at once.
    Deliver(Vec<SourceEvent>),
    /// Fetch this snapshot, then continue behind it.
    FetchSnapshot(SnapshotId),
    /// Ask the leader that is now known.
    FollowLeader,
    /// Pause, then ask any voter.
    Backoff(String),
}

/// The log cannot be followed any further.
#[derive(Debug, thiserror::Error)]
pub enum ObserverFault {
    /// A batch is broken.
    #[error("metadata log, offset {base_offset}: {error}")]
    Batch {
        /// Offset of the batch that was to come next.
        base_offset: i64,
        /// What is wrong.
        error: BatchError,
    },
    /// A record is broken.
    #[error("metadata log, record at offset {record_offset}: {error}")]
    Record {
        /// Its offset.
        record_offset: i64,
        /// What is wrong.
        error: DecodeError,
    },
    /// Transactions are not nested as they must be.
    #[error("metadata log: {0}")]
    Transaction(#[from] TransactionError),
    /// A snapshot does not lead to an image.
    #[error("metadata snapshot {end_offset}-{leader_epoch}: {problem}")]
    Snapshot {
        /// Its end offset.
        end_offset: i64,
        /// Its epoch.
        leader_epoch: i32,
        /// What is wrong.
        problem: String,
    },
    /// The leader asks to cut what is committed.
    #[error(
        "the leader of epoch {leader_epoch} diverges at offset {end_offset}, below the high watermark {high_watermark}"
    )]
    Diverged {
        /// The leader's epoch.
        leader_epoch: i32,
        /// Where it wants us to cut.
        end_offset: i64,
        /// What was committed.
        high_watermark: i64,
    },
}

struct Uncommitted {
    base_offset: i64,
    last_offset: i64,
    leader_epoch: i32,
    bytes: Bytes,
}

/// An observer's position in the metadata log.
pub struct Observer {
    node_id: BrokerId,
    cluster_id: String,
    directory_id: Uuid,
    leader: QuorumLeader,
    fetch_offset: i64,
    last_fetched_epoch: i32,
    high_watermark: i64,
    uncommitted: VecDeque<Uncommitted>,
    transactions: TransactionBuffer,
    /// The last record handed on; what a snapshot or an empty start stand for before.
    delivered: SourceStamp,
}

impl Observer {
    /// An observer with an empty log.
    pub fn new(node_id: BrokerId, cluster_id: String, directory_id: Uuid) -> Observer {
        Observer {
            node_id,
            cluster_id,
            directory_id,
            leader: QuorumLeader { leader_id: None, leader_epoch: 0 },
            fetch_offset: 0,
            last_fetched_epoch: 0,
            high_watermark: -1,
            uncommitted: VecDeque::new(),
            transactions: TransactionBuffer::new(0),
            delivered: SourceStamp { authority: Authority::KRaft, controller_epoch: 0, metadata_offset: -1 },
        }
    }

    /// The leader and epoch it follows.
    pub fn leader(&self) -> QuorumLeader {
        self.leader
    }

    /// Where the last event handed on stands.
    pub fn delivered(&self) -> SourceStamp {
        self.delivered
    }

    /// Nobody answers for the leader: it has to be found anew.
    pub fn forget_leader(&mut self) {
        self.leader.leader_id = None;
    }

    /// The next fetch.
    pub fn request(&self) -> FetchRequest {
        let partition = FetchPartition {
            partition: 0,
            current_leader_epoch: self.leader.leader_epoch,
            fetch_offset: self.fetch_offset,
            last_fetched_epoch: self.last_fetched_epoch,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: self.directory_id,
        };
        FetchRequest {
            cluster_id: Some(self.cluster_id.clone()),
            replica_state: ReplicaState { replica_id: self.node_id, replica_epoch: -1 },
            max_wait_ms: FETCH_MAX_WAIT_MS,
            min_bytes: 0,
            max_bytes: FETCH_MAX_BYTES,
            session_epoch: -1,
            topics: vec![FetchTopic { topic_id: Uuid::ONE, partitions: vec![partition], ..Default::default() }],
            ..Default::default()
        }
    }

    /// Takes an answer in.
    pub fn on_fetch(&mut self, response: FetchResponse) -> Result<Step, ObserverFault> {
        if response.error_code != 0 {
            return Ok(Step::Backoff(format!("fetch: {}", ErrorCode(response.error_code).name())));
        }
        let Some(partition) = response.responses.into_iter().flat_map(|topic| topic.partitions).next() else {
            return Ok(Step::Backoff("fetch: an answer without the metadata partition".to_owned()));
        };
        if let Some(step) = self.adopt_leader(&partition) {
            return Ok(step);
        }
        if partition.error_code != 0 {
            return Ok(Step::Backoff(format!("fetch: {}", ErrorCode(partition.error_code).name())));
        }
        if partition.snapshot_id.end_offset >= 0 {
            return Ok(Step::FetchSnapshot(SnapshotId {
                end_offset: partition.snapshot_id.end_offset,
                leader_epoch: partition.snapshot_id.epoch,
            }));
        }
        if partition.diverging_epoch.end_offset >= 0 {
            self.truncate(partition.diverging_epoch.epoch, partition.diverging_epoch.end_offset)?;
            return Ok(Step::Deliver(Vec::new()));
        }
        match partition.records {
            Some(Records::Bytes(records)) => self.append(&records)?,
            Some(Records::External { .. }) | None => {}
        }
        self.high_watermark = self.high_watermark.max(partition.high_watermark.min(self.fetch_offset));
        self.release().map(Step::Deliver)
    }

    /// Follows the leader and epoch an answer names, if they are newer than ours.
    fn adopt_leader(&mut self, partition: &PartitionData) -> Option<Step> {
        let named = QuorumLeader {
            leader_id: Some(partition.current_leader.leader_id).filter(|leader_id| *leader_id >= 0),
            leader_epoch: partition.current_leader.leader_epoch,
        };
        let is_news = named.leader_epoch > self.leader.leader_epoch
            || (named.leader_epoch == self.leader.leader_epoch
                && self.leader.leader_id.is_none()
                && named.leader_id.is_some());
        if is_news {
            self.leader = named;
            return Some(match named.leader_id {
                Some(_) => Step::FollowLeader,
                None => Step::Backoff(format!("epoch {} has no leader yet", named.leader_epoch)),
            });
        }
        None
    }

    fn truncate(&mut self, leader_epoch: i32, end_offset: i64) -> Result<(), ObserverFault> {
        if end_offset < self.high_watermark {
            let high_watermark = self.high_watermark;
            return Err(ObserverFault::Diverged { leader_epoch, end_offset, high_watermark });
        }
        while self.uncommitted.back().is_some_and(|batch| batch.last_offset >= end_offset) {
            self.uncommitted.pop_back();
        }
        let last = self.uncommitted.back();
        self.fetch_offset = last.map_or(self.delivered.metadata_offset + 1, |batch| batch.last_offset + 1);
        self.last_fetched_epoch = last.map_or(self.delivered.controller_epoch, |batch| batch.leader_epoch);
        Ok(())
    }

    fn append(&mut self, records: &Bytes) -> Result<(), ObserverFault> {
        for batch in BatchIter::new(records) {
            let base_offset = self.fetch_offset;
            let batch = match batch {
                Ok(batch) => batch,
                // The leader cuts at its byte limit; the rest comes with the next answer.
                Err(BatchError::Incomplete { .. }) => break,
                Err(error) => return Err(ObserverFault::Batch { base_offset, error }),
            };
            batch.validate_crc().map_err(|error| ObserverFault::Batch { base_offset, error })?;
            self.fetch_offset = batch.header.last_offset() + 1;
            self.last_fetched_epoch = batch.header.partition_leader_epoch;
            self.uncommitted.push_back(Uncommitted {
                base_offset: batch.header.base_offset,
                last_offset: batch.header.last_offset(),
                leader_epoch: batch.header.partition_leader_epoch,
                bytes: records.slice_ref(batch.bytes),
            });
        }
        Ok(())
    }

    /// Hands on what lies below the high watermark; says so when that is everything.
    fn release(&mut self) -> Result<Vec<SourceEvent>, ObserverFault> {
        let mut events = Vec::new();
        while self.uncommitted.front().is_some_and(|batch| batch.last_offset < self.high_watermark) {
            let Uncommitted { base_offset, leader_epoch, bytes, .. } =
                self.uncommitted.pop_front().expect("a front was just seen");
            let committed = committed_batch(&bytes).map_err(|fault| match fault {
                ObserverFault::Batch { error, .. } => ObserverFault::Batch { base_offset, error },
                other => other,
            })?;
            self.delivered.metadata_offset = committed.last_offset;
            self.delivered.controller_epoch = leader_epoch;
            for complete in self.transactions.feed(committed)? {
                let stamp = SourceStamp {
                    authority: Authority::KRaft,
                    controller_epoch: complete.leader_epoch,
                    metadata_offset: complete.last_offset,
                };
                events.push(SourceEvent::Records { stamp, absolute: false, records: complete.records });
            }
        }
        let is_caught_up = self.high_watermark >= 0 && self.delivered.metadata_offset + 1 >= self.high_watermark;
        if is_caught_up && !self.transactions.is_in_transaction() {
            events.push(SourceEvent::CaughtUp { stamp: self.delivered });
        }
        Ok(events)
    }

    /// Takes a whole snapshot in and continues behind it.
    pub fn on_snapshot(&mut self, snapshot_id: SnapshotId, file: &Bytes) -> Result<SourceEvent, ObserverFault> {
        let SnapshotId { end_offset, leader_epoch } = snapshot_id;
        let broken = |problem: String| ObserverFault::Snapshot { end_offset, leader_epoch, problem };
        let mut records = Vec::new();
        for batch in BatchIter::new(file) {
            let batch = batch.map_err(|error| broken(error.to_string()))?;
            batch.validate_crc().map_err(|error| broken(error.to_string()))?;
            if !batch.header.is_control() {
                records.extend(batch_records(file, &batch)?);
            }
        }
        let dialect = Dialect::kraft(MetadataVersion::LATEST);
        let image = Image::from_records(dialect, records.iter()).map_err(|error| broken(error.to_string()))?;
        self.uncommitted.clear();
        self.transactions = TransactionBuffer::new(end_offset);
        self.fetch_offset = end_offset;
        self.last_fetched_epoch = leader_epoch;
        self.high_watermark = self.high_watermark.max(end_offset);
        self.delivered = SourceStamp {
            authority: Authority::KRaft,
            controller_epoch: leader_epoch,
            metadata_offset: end_offset - 1,
        };
        Ok(SourceEvent::Image { stamp: self.delivered, image: Arc::new(image) })
    }
}

/// One batch of the metadata log as the transaction buffer takes it; control batches have no records.
fn committed_batch(bytes: &Bytes) -> Result<CommittedBatch, ObserverFault> {
    let batch = BatchIter::new(bytes).next().expect("a batch was cut out of the answer whole");
    let batch = batch.map_err(|error| ObserverFault::Batch { base_offset: -1, error })?;
    let records = if batch.header.is_control() { Vec::new() } else { batch_records(bytes, &batch)? };
    Ok(CommittedBatch {
        base_offset: batch.header.base_offset,
        last_offset: batch.header.last_offset(),
        leader_epoch: batch.header.partition_leader_epoch,
        records,
    })
}

fn batch_records(bytes: &Bytes, batch: &BatchView<'_>) -> Result<Vec<Record>, ObserverFault> {
    let base_offset = batch.header.base_offset;
    let mut records = Vec::with_capacity(batch.header.records_count.clamp(0, 10_000) as usize);
    for record in batch.records().map_err(|error| ObserverFault::Batch { base_offset, error })? {
        let record = record.map_err(|error| ObserverFault::Batch { base_offset, error })?;
        let frame = record.value.map(|value| bytes.slice_ref(value)).unwrap_or_default();
        let (decoded, _record_version) = MetadataRecord::decode_frame(frame)
            .map_err(|error| ObserverFault::Record { record_offset: record.record_offset, error })?;
        records.push(Record::Metadata(decoded));
    }
    Ok(records)
}
