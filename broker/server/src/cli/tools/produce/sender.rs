//! Batches to the leaders of a topic's partitions, tried until they are acknowledged or their time is up.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use kedge_protocol::{
    ErrorCode,
    batch::BatchBuilder,
    messages::{
        InitProducerIdRequest, ProduceRequest,
        metadata_response::MetadataResponsePartition,
        produce_request::{PartitionProduceData, TopicProduceData},
    },
    wire::Records,
};
use tokio::time::{Instant, sleep};

use super::{
    super::{
        ToolError,
        admin::{ANY_VERSION, AdminClient, Target, refusal},
    },
    line_reader::Record,
    partitioner::partition_of,
};
use crate::{
    clock::{Clock as _, SystemClock},
    random::random_seed,
};

const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Unsent bytes after which reading waits for sending.
const UNSENT_MAX_BYTES: usize = 1024 * 1024;

/// What a sender holds to.
#[derive(Debug)]
pub(super) struct SenderConfig {
    pub(super) topic: String,
    /// −1 for all in-sync replicas, 1 for the leader.
    pub(super) acks: i16,
    /// Whether batches carry a producer id, so that a second try is never a second record.
    pub(super) idempotent: bool,
    /// Where a batch ends, bytes.
    pub(super) batch_bytes: usize,
    /// Largest record, bytes.
    pub(super) request_max_bytes: usize,
    pub(super) request_timeout: Duration,
    /// How long the topic may be missing.
    pub(super) max_block: Duration,
    /// How long a batch is tried.
    pub(super) delivery_timeout: Duration,
}

/// Records of one partition that are not sent yet.
pub(super) type Unsent = BTreeMap<i32, Vec<Record>>;

/// Sends records of one topic.
#[derive(Debug)]
pub(super) struct Sender {
    client: AdminClient,
    config: SenderConfig,
    partitions: Vec<MetadataResponsePartition>,
    /// Where records without a key go until the batch is sent.
    sticky: Option<i32>,
    producer: Option<(i64, i16)>,
    sequences: BTreeMap<i32, i32>,
    failed_count: u64,
    told: Option<ErrorCode>,
}

/// A batch on its way.
#[derive(Debug)]
struct InFlight {
    partition: i32,
    batch: Bytes,
    records: Vec<Record>,
}

impl Sender {
    pub(super) fn new(client: AdminClient, config: SenderConfig) -> Sender {
        Sender {
            client,
            config,
            partitions: Vec::new(),
            sticky: None,
            producer: None,
            sequences: BTreeMap::new(),
            failed_count: 0,
            told: None,
        }
    }

    /// How many records were not acknowledged.
    pub(super) fn failed_count(&self) -> u64 {
        self.failed_count
    }

    /// Whether enough is unsent to send it now.
    pub(super) fn is_enough(&self, unsent: &Unsent) -> bool {
        unsent.values().flatten().map(size_bytes).sum::<usize>() >= UNSENT_MAX_BYTES
    }

    /// Puts a record to those of its partition. A topic that does not come to be in time is an error.
    pub(super) async fn place(&mut self, record: Record, unsent: &mut Unsent) -> Result<(), ToolError> {
        if size_bytes(&record) > self.config.request_max_bytes {
            let text = format!(
                "The message is {} bytes when serialized which is larger than {}, which is the value of the max.request.size \
                 configuration.",
                size_bytes(&record),
                self.config.request_max_bytes
            );
            self.fail(&[record], &text);
            return Ok(());
        }
        if self.partitions.is_empty() {
            self.find_topic().await?;
        }
        let count = u32::try_from(self.partitions.len()).unwrap_or(u32::MAX).max(1);
        let partition = match &record.key {
            Some(key) => partition_of(key, count),
            None => *self.sticky.get_or_insert_with(|| (random_seed() % u64::from(count)) as i32),
        };
        unsent.entry(partition).or_default().push(record);
        Ok(())
    }

    async fn find_topic(&mut self) -> Result<(), ToolError> {
        let began = Instant::now();
        while !self.refresh().await? {
            if began.elapsed() >= self.config.max_block {
                let (topic, waited_ms) = (&self.config.topic, self.config.max_block.as_millis());
                return Err(ToolError(format!("Topic {topic} not present in metadata after {waited_ms} ms.")));
            }
            sleep(RETRY_PAUSE).await;
        }
        if self.config.idempotent {
            self.producer = self.producer_id().await?;
        }
        Ok(())
    }

    /// Asks where the partitions are; false while the topic is not there.
    async fn refresh(&mut self) -> Result<bool, ToolError> {
        let topics = [self.config.topic.clone()];
        let metadata = self.client.metadata_that_may_create(Some(&topics), true).await?;
        let topic = metadata.topics.into_iter().next().unwrap_or_default();
        let code = ErrorCode(topic.error_code);
        if code != ErrorCode::NONE && self.told != Some(code) {
            self.told = Some(code);
            eprintln!("WARN Error while fetching metadata : {{{}={}}}", self.config.topic, code.name());
        }
        if code != ErrorCode::NONE && !code.is_retriable() {
            return Err(ToolError(format!("{}: {}", code.name(), self.config.topic)));
        }
        if !topic.partitions.is_empty() {
            self.partitions = topic.partitions;
        }
        Ok(!self.partitions.is_empty())
    }

    /// An id for idempotent sending; nothing from a broker that has none to give.
    async fn producer_id(&mut self) -> Result<Option<(i64, i16)>, ToolError> {
        if !self.client.is_served::<InitProducerIdRequest>(Target::Any).await? {
            return Ok(None);
        }
        let make = |_| InitProducerIdRequest {
            transactional_id: None,
            transaction_timeout_ms: i32::MAX,
            ..Default::default()
        };
        let is_stale =
            |answer: &kedge_protocol::messages::InitProducerIdResponse| ErrorCode(answer.error_code).is_retriable();
        let answer = self.client.call(Target::Any, ANY_VERSION, make, is_stale).await?;
        match ErrorCode(answer.error_code) {
            ErrorCode::NONE => Ok(Some((answer.producer_id, answer.producer_epoch))),
            _ => Err(refusal(answer.error_code, None)),
        }
    }

    /// Sends what was placed. What cannot be sent is told and counted.
    pub(super) async fn send(&mut self, unsent: Unsent) {
        self.sticky = None;
        let mut batches: BTreeMap<i32, Vec<Vec<Record>>> = BTreeMap::new();
        for (partition, records) in unsent {
            let mut cut = cut_into_batches(records, self.config.batch_bytes);
            // Taken from the end below.
            cut.reverse();
            batches.insert(partition, cut);
        }
        // One batch a partition at a time: its order is kept whatever fails.
        while batches.values().any(|waiting| !waiting.is_empty()) {
            let round = batches.iter_mut().filter_map(|(partition, waiting)| Some((*partition, waiting.pop()?)));
            let round: Vec<(i32, Vec<Record>)> = round.collect();
            let in_flight = round.into_iter().map(|(partition, records)| self.batch(partition, records)).collect();
            self.deliver(in_flight).await;
        }
    }

    fn batch(&mut self, partition: i32, records: Vec<Record>) -> InFlight {
        let mut builder = BatchBuilder::new(0);
        if let Some((producer_id, producer_epoch)) = self.producer {
            let sequence = self.sequences.entry(partition).or_default();
            builder = builder.producer(producer_id, producer_epoch, *sequence);
            *sequence = kedge_protocol::batch::increment_sequence(*sequence, records.len() as i32);
        }
        let now_ms = SystemClock.now_ms();
        for record in &records {
            let headers: Vec<(&str, Option<&[u8]>)> =
                record.headers.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
            builder.append(now_ms, record.key.as_deref(), record.value.as_deref(), &headers);
        }
        InFlight { partition, batch: builder.build(), records }
    }

    async fn deliver(&mut self, mut in_flight: Vec<InFlight>) {
        let give_up_at = Instant::now() + self.config.delivery_timeout;
        loop {
            let mut last_error = String::new();
            let mut left = Vec::new();
            for (leader, batches) in self.by_leader(in_flight) {
                match self.produce(leader, &batches).await {
                    Ok(codes) => left.extend(self.settle(batches, &codes, &mut last_error)),
                    Err(error) => {
                        last_error = error.to_string();
                        left.extend(batches);
                    }
                }
            }
            if left.is_empty() {
                return;
            }
            if Instant::now() >= give_up_at {
                for batch in left {
                    self.fail(&batch.records, &last_error);
                }
                return;
            }
            in_flight = left;
            sleep(RETRY_PAUSE).await;
            if let Err(error) = self.refresh().await {
                eprintln!("WARN {error}");
            }
        }
    }

    fn by_leader(&self, in_flight: Vec<InFlight>) -> BTreeMap<i32, Vec<InFlight>> {
        let mut by_leader: BTreeMap<i32, Vec<InFlight>> = BTreeMap::new();
        for batch in in_flight {
            let known = self.partitions.iter().find(|known| known.partition_index == batch.partition);
            by_leader.entry(known.map_or(-1, |known| known.leader_id)).or_default().push(batch);
        }
        by_leader
    }

    /// Error code and message by partition.
    async fn produce(
        &mut self,
        leader: i32,
        batches: &[InFlight],
    ) -> Result<BTreeMap<i32, (ErrorCode, Option<String>)>, ToolError> {
        if !self.client.brokers().contains_key(&leader) {
            return Err(ToolError(format!("{} has a partition without a leader", self.config.topic)));
        }
        let partition_data = batches.iter().map(|batch| PartitionProduceData {
            index: batch.partition,
            records: Some(Records::Bytes(batch.batch.clone())),
        });
        let request = ProduceRequest {
            transactional_id: None,
            acks: self.config.acks,
            timeout_ms: i32::try_from(self.config.request_timeout.as_millis()).unwrap_or(i32::MAX),
            topic_data: vec![TopicProduceData {
                name: self.config.topic.clone(),
                partition_data: partition_data.collect(),
            }],
        };
        // The broker answers within its own time; ours is a little longer.
        let deadline = self.config.request_timeout + Duration::from_secs(1);
        let answer = self.client.once(Target::Broker(leader), ANY_VERSION, |_| request, deadline).await?;
        let partitions = answer.responses.into_iter().flat_map(|topic| topic.partition_responses);
        Ok(partitions.map(|answer| (answer.index, (ErrorCode(answer.error_code), answer.error_message))).collect())
    }

    /// Those that have to be tried again.
    fn settle(
        &mut self,
        batches: Vec<InFlight>,
        codes: &BTreeMap<i32, (ErrorCode, Option<String>)>,
        last_error: &mut String,
    ) -> Vec<InFlight> {
        let mut again = Vec::new();
        for batch in batches {
            let (code, message) =
                codes.get(&batch.partition).cloned().unwrap_or((ErrorCode::UNKNOWN_SERVER_ERROR, None));
            match code {
                // A batch that is there already was acknowledged to nobody.
                ErrorCode::NONE | ErrorCode::DUPLICATE_SEQUENCE_NUMBER => {}
                code if code.is_retriable() => {
                    *last_error = refusal(code.0, message).to_string();
                    again.push(batch);
                }
                code => self.fail(&batch.records, &refusal(code.0, message).to_string()),
            }
        }
        again
    }

    fn fail(&mut self, records: &[Record], error: &str) {
        for record in records {
            let size = |field: &Option<Vec<u8>>| {
                field.as_ref().map_or("null".to_owned(), |bytes| format!("{} bytes", bytes.len()))
            };
            eprintln!(
                "ERROR Error when sending message to topic {} with key: {}, value: {} with error: {error}",
                self.config.topic,
                size(&record.key),
                size(&record.value),
            );
        }
        self.failed_count += records.len() as u64;
    }
}

/// Bytes of a record, as near as it matters for limits.
fn size_bytes(record: &Record) -> usize {
    let of = |field: &Option<Vec<u8>>| field.as_ref().map_or(0, Vec::len);
    let headers = record.headers.iter().map(|(key, value)| key.len() + of(value));
    of(&record.key) + of(&record.value) + headers.sum::<usize>() + 70
}

/// Runs of records that stay below `batch_bytes`, or of one record.
fn cut_into_batches(records: Vec<Record>, batch_bytes: usize) -> Vec<Vec<Record>> {
    let mut batches: Vec<Vec<Record>> = Vec::new();
    let mut filled_bytes = 0;
    for record in records {
        let added_bytes = size_bytes(&record);
        match batches.last_mut() {
            Some(batch) if filled_bytes + added_bytes <= batch_bytes => batch.push(record),
            _ => {
                filled_bytes = 0;
                batches.push(vec![record]);
            }
        }
        filled_bytes += added_bytes;
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_end_at_their_size_and_keep_the_order() {
        let record = |size: usize| Record { key: None, value: Some(vec![0; size]), headers: Vec::new() };
        let sizes = |records: Vec<Record>| -> Vec<Vec<usize>> {
            let batches = cut_into_batches(records, 300);
            batches.iter().map(|batch| batch.iter().map(|r| r.value.as_ref().map_or(0, Vec::len)).collect()).collect()
        };
        assert_eq!(
            sizes(vec![record(10), record(20), record(30), record(1000), record(1)]),
            [vec![10, 20, 30], vec![1000], vec![1]]
        );
        assert!(sizes(Vec::new()).is_empty());
    }
}
