//! `OffsetDeleteResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `OffsetDeleteResponse` of `OffsetDeleteResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ThrottleTimeMs: `int32 0+ ignorable`.
    pub throttle_time_ms: i32,
    /// Topics: `[]OffsetDeleteResponseTopic 0+`.
    pub topics: Vec<OffsetDeleteResponseTopic>,
}
impl Body for OffsetDeleteResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.error_code);
        out.i32(self.throttle_time_ms);
        out.structs(false, version, "OffsetDeleteResponse.Topics", &self.topics);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetDeleteResponse");
        let this = OffsetDeleteResponse {
            error_code: input.i16(),
            throttle_time_ms: input.i32(),
            topics: input.structs(false, version, "Topics"),
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetDeleteResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.throttle_time_ms = sample::bits(random) as i32;
        this.topics = sample::vec(random, |random| OffsetDeleteResponseTopic::sample(version, random));
        this
    }
}
impl Message for OffsetDeleteResponse {
    const NAME: &'static str = "OffsetDeleteResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
/// `OffsetDeleteResponseTopic` of `OffsetDeleteResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteResponseTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]OffsetDeleteResponsePartition 0+`.
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}
impl Body for OffsetDeleteResponseTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "OffsetDeleteResponseTopic.Name", &self.name);
        out.structs(false, version, "OffsetDeleteResponseTopic.Partitions", &self.partitions);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetDeleteResponseTopic");
        let this = OffsetDeleteResponseTopic {
            name: input.string(false, "Name"),
            partitions: input.structs(false, version, "Partitions"),
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetDeleteResponseTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| OffsetDeleteResponsePartition::sample(version, random));
        this
    }
}
/// `OffsetDeleteResponsePartition` of `OffsetDeleteResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetDeleteResponsePartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for OffsetDeleteResponsePartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i16(self.error_code);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetDeleteResponsePartition");
        let this = OffsetDeleteResponsePartition { partition_index: input.i32(), error_code: input.i16() };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetDeleteResponsePartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
