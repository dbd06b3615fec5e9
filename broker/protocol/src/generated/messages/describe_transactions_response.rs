//! `DescribeTransactionsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeTransactionsResponse` of `DescribeTransactionsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeTransactionsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// TransactionStates: `[]TransactionState 0+`.
    pub transaction_states: Vec<TransactionState>,
}
impl Body for DescribeTransactionsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.structs(true, version, "DescribeTransactionsResponse.TransactionStates", &self.transaction_states);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeTransactionsResponse");
        let this = DescribeTransactionsResponse {
            throttle_time_ms: input.i32(),
            transaction_states: input.structs(true, version, "TransactionStates"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeTransactionsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.transaction_states = sample::vec(random, |random| TransactionState::sample(version, random));
        this
    }
}
impl Message for DescribeTransactionsResponse {
    const NAME: &'static str = "DescribeTransactionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `TransactionState` of `DescribeTransactionsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TransactionState {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// TransactionalId: `string 0+`.
    pub transactional_id: String,
    /// TransactionState: `string 0+`.
    pub transaction_state: String,
    /// TransactionTimeoutMs: `int32 0+`.
    pub transaction_timeout_ms: i32,
    /// TransactionStartTimeMs: `int64 0+`.
    pub transaction_start_time_ms: i64,
    /// ProducerId: `int64 0+`.
    pub producer_id: i64,
    /// ProducerEpoch: `int16 0+`.
    pub producer_epoch: i16,
    /// Topics: `[]TopicData 0+`.
    pub topics: Vec<TopicData>,
}
impl Body for TransactionState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.error_code);
        out.string(true, "TransactionState.TransactionalId", &self.transactional_id);
        out.string(true, "TransactionState.TransactionState", &self.transaction_state);
        out.i32(self.transaction_timeout_ms);
        out.i64(self.transaction_start_time_ms);
        out.i64(self.producer_id);
        out.i16(self.producer_epoch);
        out.structs(true, version, "TransactionState.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TransactionState");
        let this = TransactionState {
            error_code: input.i16(),
            transactional_id: input.string(true, "TransactionalId"),
            transaction_state: input.string(true, "TransactionState"),
            transaction_timeout_ms: input.i32(),
            transaction_start_time_ms: input.i64(),
            producer_id: input.i64(),
            producer_epoch: input.i16(),
            topics: input.structs(true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TransactionState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.transactional_id = sample::string(random);
        this.transaction_state = sample::string(random);
        this.transaction_timeout_ms = sample::bits(random) as i32;
        this.transaction_start_time_ms = sample::bits(random) as i64;
        this.producer_id = sample::bits(random) as i64;
        this.producer_epoch = sample::bits(random) as i16;
        this.topics = sample::vec(random, |random| TopicData::sample(version, random));
        this
    }
}
/// `TopicData` of `DescribeTransactionsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    /// Topic: `string 0+`.
    pub topic: String,
    /// Partitions: `[]int32 0+`.
    pub partitions: Vec<i32>,
}
impl Body for TopicData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "TopicData.Topic", &self.topic);
        out.array(true, "TopicData.Partitions", &self.partitions, Encoder::i32);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicData");
        let this =
            TopicData { topic: input.string(true, "Topic"), partitions: input.array(true, "Partitions", Decoder::i32) };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic = sample::string(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
