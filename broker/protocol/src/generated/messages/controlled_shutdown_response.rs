//! `ControlledShutdownResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ControlledShutdownResponse` of `ControlledShutdownResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ControlledShutdownResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// RemainingPartitions: `[]RemainingPartition 0+`.
    pub remaining_partitions: Vec<RemainingPartition>,
}
impl Body for ControlledShutdownResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i16(self.error_code);
        out.structs(flexible, version, "ControlledShutdownResponse.RemainingPartitions", &self.remaining_partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ControlledShutdownResponse");
        let flexible = version >= 3;
        let this = ControlledShutdownResponse {
            error_code: input.i16(),
            remaining_partitions: input.structs(flexible, version, "RemainingPartitions"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ControlledShutdownResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.remaining_partitions = sample::vec(random, |random| RemainingPartition::sample(version, random));
        this
    }
}
impl Message for ControlledShutdownResponse {
    const NAME: &'static str = "ControlledShutdownResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 3;
}
/// `RemainingPartition` of `ControlledShutdownResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemainingPartition {
    /// TopicName: `string 0+`.
    pub topic_name: String,
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
}
impl Body for RemainingPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "RemainingPartition.TopicName", &self.topic_name);
        out.i32(self.partition_index);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RemainingPartition");
        let flexible = version >= 3;
        let this = RemainingPartition { topic_name: input.string(flexible, "TopicName"), partition_index: input.i32() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RemainingPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        this.partition_index = sample::bits(random) as i32;
        this
    }
}
