//! `AlterReplicaLogDirsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AlterReplicaLogDirsResponse` of `AlterReplicaLogDirsResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterReplicaLogDirsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Results: `[]AlterReplicaLogDirTopicResult 0+`.
    pub results: Vec<AlterReplicaLogDirTopicResult>,
}
impl Body for AlterReplicaLogDirsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "AlterReplicaLogDirsResponse.Results", &self.results);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterReplicaLogDirsResponse");
        let flexible = version >= 2;
        let this = AlterReplicaLogDirsResponse {
            throttle_time_ms: input.i32(),
            results: input.structs(flexible, version, "Results"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterReplicaLogDirsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.results = sample::vec(random, |random| AlterReplicaLogDirTopicResult::sample(version, random));
        this
    }
}
impl Message for AlterReplicaLogDirsResponse {
    const NAME: &'static str = "AlterReplicaLogDirsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `AlterReplicaLogDirTopicResult` of `AlterReplicaLogDirsResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterReplicaLogDirTopicResult {
    /// TopicName: `string 0+`.
    pub topic_name: String,
    /// Partitions: `[]AlterReplicaLogDirPartitionResult 0+`.
    pub partitions: Vec<AlterReplicaLogDirPartitionResult>,
}
impl Body for AlterReplicaLogDirTopicResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "AlterReplicaLogDirTopicResult.TopicName", &self.topic_name);
        out.structs(flexible, version, "AlterReplicaLogDirTopicResult.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterReplicaLogDirTopicResult");
        let flexible = version >= 2;
        let this = AlterReplicaLogDirTopicResult {
            topic_name: input.string(flexible, "TopicName"),
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
impl Sample for AlterReplicaLogDirTopicResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        this.partitions = sample::vec(random, |random| AlterReplicaLogDirPartitionResult::sample(version, random));
        this
    }
}
/// `AlterReplicaLogDirPartitionResult` of `AlterReplicaLogDirsResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterReplicaLogDirPartitionResult {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for AlterReplicaLogDirPartitionResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.partition_index);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterReplicaLogDirPartitionResult");
        let flexible = version >= 2;
        let this = AlterReplicaLogDirPartitionResult { partition_index: input.i32(), error_code: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterReplicaLogDirPartitionResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
