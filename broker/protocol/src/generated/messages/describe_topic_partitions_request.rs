//! `DescribeTopicPartitionsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeTopicPartitionsRequest` of `DescribeTopicPartitionsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsRequest {
    /// Topics: `[]TopicRequest 0+`.
    pub topics: Vec<TopicRequest>,
    /// ResponsePartitionLimit: `int32 0+ default=2000`.
    pub response_partition_limit: i32,
    /// Cursor: `Cursor 0+ null=0+ default=null`.
    pub cursor: Option<Cursor>,
}
impl Default for DescribeTopicPartitionsRequest {
    fn default() -> Self {
        DescribeTopicPartitionsRequest { topics: Default::default(), response_partition_limit: 2000, cursor: None }
    }
}
impl Body for DescribeTopicPartitionsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.structs(true, version, "DescribeTopicPartitionsRequest.Topics", &self.topics);
        out.i32(self.response_partition_limit);
        out.opt_struct(true, version, "DescribeTopicPartitionsRequest.Cursor", self.cursor.as_ref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeTopicPartitionsRequest");
        let this = DescribeTopicPartitionsRequest {
            topics: input.structs(true, version, "Topics"),
            response_partition_limit: input.i32(),
            cursor: input.opt_struct(true, version, "Cursor"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeTopicPartitionsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topics = sample::vec(random, |random| TopicRequest::sample(version, random));
        this.response_partition_limit = sample::bits(random) as i32;
        this.cursor = sample::nullable(random, true, |random| Cursor::sample(version, random));
        this
    }
}
impl Message for DescribeTopicPartitionsRequest {
    const NAME: &'static str = "DescribeTopicPartitionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for DescribeTopicPartitionsRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_TOPIC_PARTITIONS;
    type Response = super::describe_topic_partitions_response::DescribeTopicPartitionsResponse;
}
/// `TopicRequest` of `DescribeTopicPartitionsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicRequest {
    /// Name: `string 0+`.
    pub name: String,
}
impl Body for TopicRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "TopicRequest.Name", &self.name);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicRequest");
        let this = TopicRequest { name: input.string(true, "Name") };
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
        this
    }
}
/// `Cursor` of `DescribeTopicPartitionsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Cursor {
    /// TopicName: `string 0+`.
    pub topic_name: String,
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
}
impl Body for Cursor {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Cursor.TopicName", &self.topic_name);
        out.i32(self.partition_index);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Cursor");
        let this = Cursor { topic_name: input.string(true, "TopicName"), partition_index: input.i32() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Cursor {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        this.partition_index = sample::bits(random) as i32;
        this
    }
}
