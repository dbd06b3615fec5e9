//! `OffsetCommitResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `OffsetCommitResponse` of `OffsetCommitResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetCommitResponse {
    /// ThrottleTimeMs: `int32 3+ ignorable`.
    pub throttle_time_ms: i32,
    /// Topics: `[]OffsetCommitResponseTopic 0+`.
    pub topics: Vec<OffsetCommitResponseTopic>,
}
impl Body for OffsetCommitResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 8;
        if version >= 3 {
            out.i32(self.throttle_time_ms);
        }
        out.structs(flexible, version, "OffsetCommitResponse.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetCommitResponse");
        let flexible = version >= 8;
        let this = OffsetCommitResponse {
            throttle_time_ms: if version >= 3 { input.i32() } else { 0 },
            topics: input.structs(flexible, version, "Topics"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetCommitResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 3 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| OffsetCommitResponseTopic::sample(version, random));
        this
    }
}
impl Message for OffsetCommitResponse {
    const NAME: &'static str = "OffsetCommitResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE: i16 = 8;
}
/// `OffsetCommitResponseTopic` of `OffsetCommitResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetCommitResponseTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]OffsetCommitResponsePartition 0+`.
    pub partitions: Vec<OffsetCommitResponsePartition>,
}
impl Body for OffsetCommitResponseTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 8;
        out.string(flexible, "OffsetCommitResponseTopic.Name", &self.name);
        out.structs(flexible, version, "OffsetCommitResponseTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetCommitResponseTopic");
        let flexible = version >= 8;
        let this = OffsetCommitResponseTopic {
            name: input.string(flexible, "Name"),
            partitions: input.structs(flexible, version, "Partitions"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetCommitResponseTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| OffsetCommitResponsePartition::sample(version, random));
        this
    }
}
/// `OffsetCommitResponsePartition` of `OffsetCommitResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetCommitResponsePartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for OffsetCommitResponsePartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 8;
        out.i32(self.partition_index);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetCommitResponsePartition");
        let flexible = version >= 8;
        let this = OffsetCommitResponsePartition { partition_index: input.i32(), error_code: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetCommitResponsePartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
