//! `DeleteRecordsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DeleteRecordsResponse` of `DeleteRecordsResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteRecordsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Topics: `[]DeleteRecordsTopicResult 0+`.
    pub topics: Vec<DeleteRecordsTopicResult>,
}
impl Body for DeleteRecordsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "DeleteRecordsResponse.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteRecordsResponse");
        let flexible = version >= 2;
        let this =
            DeleteRecordsResponse { throttle_time_ms: input.i32(), topics: input.structs(flexible, version, "Topics") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteRecordsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.topics = sample::vec(random, |random| DeleteRecordsTopicResult::sample(version, random));
        this
    }
}
impl Message for DeleteRecordsResponse {
    const NAME: &'static str = "DeleteRecordsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `DeleteRecordsTopicResult` of `DeleteRecordsResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteRecordsTopicResult {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]DeleteRecordsPartitionResult 0+`.
    pub partitions: Vec<DeleteRecordsPartitionResult>,
}
impl Body for DeleteRecordsTopicResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "DeleteRecordsTopicResult.Name", &self.name);
        out.structs(flexible, version, "DeleteRecordsTopicResult.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteRecordsTopicResult");
        let flexible = version >= 2;
        let this = DeleteRecordsTopicResult {
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
impl Sample for DeleteRecordsTopicResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| DeleteRecordsPartitionResult::sample(version, random));
        this
    }
}
/// `DeleteRecordsPartitionResult` of `DeleteRecordsResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteRecordsPartitionResult {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// LowWatermark: `int64 0+`.
    pub low_watermark: i64,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for DeleteRecordsPartitionResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.partition_index);
        out.i64(self.low_watermark);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteRecordsPartitionResult");
        let flexible = version >= 2;
        let this = DeleteRecordsPartitionResult {
            partition_index: input.i32(),
            low_watermark: input.i64(),
            error_code: input.i16(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteRecordsPartitionResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.low_watermark = sample::bits(random) as i64;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
