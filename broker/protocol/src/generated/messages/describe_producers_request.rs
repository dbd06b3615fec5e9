//! `DescribeProducersRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeProducersRequest` of `DescribeProducersRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeProducersRequest {
    /// Topics: `[]TopicRequest 0+`.
    pub topics: Vec<TopicRequest>,
}
impl Body for DescribeProducersRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.structs(true, version, "DescribeProducersRequest.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeProducersRequest");
        let this = DescribeProducersRequest { topics: input.structs(true, version, "Topics") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeProducersRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topics = sample::vec(random, |random| TopicRequest::sample(version, random));
        this
    }
}
impl Message for DescribeProducersRequest {
    const NAME: &'static str = "DescribeProducersRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for DescribeProducersRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_PRODUCERS;
    type Response = super::describe_producers_response::DescribeProducersResponse;
}
/// `TopicRequest` of `DescribeProducersRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicRequest {
    /// Name: `string 0+`.
    pub name: String,
    /// PartitionIndexes: `[]int32 0+`.
    pub partition_indexes: Vec<i32>,
}
impl Body for TopicRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "TopicRequest.Name", &self.name);
        out.array(true, "TopicRequest.PartitionIndexes", &self.partition_indexes, Encoder::i32);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicRequest");
        let this = TopicRequest {
            name: input.string(true, "Name"),
            partition_indexes: input.array(true, "PartitionIndexes", Decoder::i32),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partition_indexes = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
