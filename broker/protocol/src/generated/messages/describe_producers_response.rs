//! `DescribeProducersResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeProducersResponse` of `DescribeProducersResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeProducersResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Topics: `[]TopicResponse 0+`.
    pub topics: Vec<TopicResponse>,
}
impl Body for DescribeProducersResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.structs(true, version, "DescribeProducersResponse.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeProducersResponse");
        let this =
            DescribeProducersResponse { throttle_time_ms: input.i32(), topics: input.structs(true, version, "Topics") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeProducersResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.topics = sample::vec(random, |random| TopicResponse::sample(version, random));
        this
    }
}
impl Message for DescribeProducersResponse {
    const NAME: &'static str = "DescribeProducersResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `TopicResponse` of `DescribeProducersResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicResponse {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]PartitionResponse 0+`.
    pub partitions: Vec<PartitionResponse>,
}
impl Body for TopicResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "TopicResponse.Name", &self.name);
        out.structs(true, version, "TopicResponse.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicResponse");
        let this =
            TopicResponse { name: input.string(true, "Name"), partitions: input.structs(true, version, "Partitions") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| PartitionResponse::sample(version, random));
        this
    }
}
/// `PartitionResponse` of `DescribeProducersResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionResponse {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+ default=null`.
    pub error_message: Option<String>,
    /// ActiveProducers: `[]ProducerState 0+`.
    pub active_producers: Vec<ProducerState>,
}
impl Body for PartitionResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i16(self.error_code);
        out.opt_string(true, true, "PartitionResponse.ErrorMessage", self.error_message.as_deref());
        out.structs(true, version, "PartitionResponse.ActiveProducers", &self.active_producers);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionResponse");
        let this = PartitionResponse {
            partition_index: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
            active_producers: input.structs(true, version, "ActiveProducers"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PartitionResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.active_producers = sample::vec(random, |random| ProducerState::sample(version, random));
        this
    }
}
/// `ProducerState` of `DescribeProducersResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct ProducerState {
    /// ProducerId: `int64 0+`.
    pub producer_id: i64,
    /// ProducerEpoch: `int32 0+`.
    pub producer_epoch: i32,
    /// LastSequence: `int32 0+ default=-1`.
    pub last_sequence: i32,
    /// LastTimestamp: `int64 0+ default=-1`.
    pub last_timestamp: i64,
    /// CoordinatorEpoch: `int32 0+`.
    pub coordinator_epoch: i32,
    /// CurrentTxnStartOffset: `int64 0+ default=-1`.
    pub current_txn_start_offset: i64,
}
impl Default for ProducerState {
    fn default() -> Self {
        ProducerState {
            producer_id: 0,
            producer_epoch: 0,
            last_sequence: -1,
            last_timestamp: -1,
            coordinator_epoch: 0,
            current_txn_start_offset: -1,
        }
    }
}
impl Body for ProducerState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i64(self.producer_id);
        out.i32(self.producer_epoch);
        out.i32(self.last_sequence);
        out.i64(self.last_timestamp);
        out.i32(self.coordinator_epoch);
        out.i64(self.current_txn_start_offset);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ProducerState");
        let this = ProducerState {
            producer_id: input.i64(),
            producer_epoch: input.i32(),
            last_sequence: input.i32(),
            last_timestamp: input.i64(),
            coordinator_epoch: input.i32(),
            current_txn_start_offset: input.i64(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ProducerState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.producer_id = sample::bits(random) as i64;
        this.producer_epoch = sample::bits(random) as i32;
        this.last_sequence = sample::bits(random) as i32;
        this.last_timestamp = sample::bits(random) as i64;
        this.coordinator_epoch = sample::bits(random) as i32;
        this.current_txn_start_offset = sample::bits(random) as i64;
        this
    }
}
