//! `TxnOffsetCommitResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `TxnOffsetCommitResponse` of `TxnOffsetCommitResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TxnOffsetCommitResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Topics: `[]TxnOffsetCommitResponseTopic 0+`.
    pub topics: Vec<TxnOffsetCommitResponseTopic>,
}
impl Body for TxnOffsetCommitResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "TxnOffsetCommitResponse.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TxnOffsetCommitResponse");
        let flexible = version >= 3;
        let this = TxnOffsetCommitResponse {
            throttle_time_ms: input.i32(),
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
impl Sample for TxnOffsetCommitResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.topics = sample::vec(random, |random| TxnOffsetCommitResponseTopic::sample(version, random));
        this
    }
}
impl Message for TxnOffsetCommitResponse {
    const NAME: &'static str = "TxnOffsetCommitResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 3;
}
/// `TxnOffsetCommitResponseTopic` of `TxnOffsetCommitResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TxnOffsetCommitResponseTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]TxnOffsetCommitResponsePartition 0+`.
    pub partitions: Vec<TxnOffsetCommitResponsePartition>,
}
impl Body for TxnOffsetCommitResponseTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "TxnOffsetCommitResponseTopic.Name", &self.name);
        out.structs(flexible, version, "TxnOffsetCommitResponseTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TxnOffsetCommitResponseTopic");
        let flexible = version >= 3;
        let this = TxnOffsetCommitResponseTopic {
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
impl Sample for TxnOffsetCommitResponseTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| TxnOffsetCommitResponsePartition::sample(version, random));
        this
    }
}
/// `TxnOffsetCommitResponsePartition` of `TxnOffsetCommitResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TxnOffsetCommitResponsePartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for TxnOffsetCommitResponsePartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i32(self.partition_index);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TxnOffsetCommitResponsePartition");
        let flexible = version >= 3;
        let this = TxnOffsetCommitResponsePartition { partition_index: input.i32(), error_code: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TxnOffsetCommitResponsePartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
