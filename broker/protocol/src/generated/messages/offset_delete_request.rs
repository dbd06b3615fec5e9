//! `OffsetDeleteRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `OffsetDeleteRequest` of `OffsetDeleteRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteRequest {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// Topics: `[]OffsetDeleteRequestTopic 0+`.
    pub topics: Vec<OffsetDeleteRequestTopic>,
}
impl Body for OffsetDeleteRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "OffsetDeleteRequest.GroupId", &self.group_id);
        out.structs(false, version, "OffsetDeleteRequest.Topics", &self.topics);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetDeleteRequest");
        let this = OffsetDeleteRequest {
            group_id: input.string(false, "GroupId"),
            topics: input.structs(false, version, "Topics"),
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetDeleteRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        this.topics = sample::vec(random, |random| OffsetDeleteRequestTopic::sample(version, random));
        this
    }
}
impl Message for OffsetDeleteRequest {
    const NAME: &'static str = "OffsetDeleteRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
impl Request for OffsetDeleteRequest {
    const KEY: ApiKey = ApiKey::OFFSET_DELETE;
    type Response = super::offset_delete_response::OffsetDeleteResponse;
}
/// `OffsetDeleteRequestTopic` of `OffsetDeleteRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteRequestTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]OffsetDeleteRequestPartition 0+`.
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}
impl Body for OffsetDeleteRequestTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "OffsetDeleteRequestTopic.Name", &self.name);
        out.structs(false, version, "OffsetDeleteRequestTopic.Partitions", &self.partitions);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetDeleteRequestTopic");
        let this = OffsetDeleteRequestTopic {
            name: input.string(false, "Name"),
            partitions: input.structs(false, version, "Partitions"),
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetDeleteRequestTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| OffsetDeleteRequestPartition::sample(version, random));
        this
    }
}
/// `OffsetDeleteRequestPartition` of `OffsetDeleteRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteRequestPartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
}
impl Body for OffsetDeleteRequestPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetDeleteRequestPartition");
        let this = OffsetDeleteRequestPartition { partition_index: input.i32() };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetDeleteRequestPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this
    }
}
