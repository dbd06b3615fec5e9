//! `OffsetForLeaderEpochResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `OffsetForLeaderEpochResponse` of `OffsetForLeaderEpochResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetForLeaderEpochResponse {
    /// ThrottleTimeMs: `int32 2+ ignorable`.
    pub throttle_time_ms: i32,
    /// Topics: `[]OffsetForLeaderTopicResult 0+`.
    pub topics: Vec<OffsetForLeaderTopicResult>,
}
impl Body for OffsetForLeaderEpochResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        if version >= 2 {
            out.i32(self.throttle_time_ms);
        }
        out.structs(flexible, version, "OffsetForLeaderEpochResponse.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetForLeaderEpochResponse");
        let flexible = version >= 4;
        let this = OffsetForLeaderEpochResponse {
            throttle_time_ms: if version >= 2 { input.i32() } else { 0 },
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
impl Sample for OffsetForLeaderEpochResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 2 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| OffsetForLeaderTopicResult::sample(version, random));
        this
    }
}
impl Message for OffsetForLeaderEpochResponse {
    const NAME: &'static str = "OffsetForLeaderEpochResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 4;
}
/// `OffsetForLeaderTopicResult` of `OffsetForLeaderEpochResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetForLeaderTopicResult {
    /// Topic: `string 0+`.
    pub topic: String,
    /// Partitions: `[]EpochEndOffset 0+`.
    pub partitions: Vec<EpochEndOffset>,
}
impl Body for OffsetForLeaderTopicResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "OffsetForLeaderTopicResult.Topic", &self.topic);
        out.structs(flexible, version, "OffsetForLeaderTopicResult.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetForLeaderTopicResult");
        let flexible = version >= 4;
        let this = OffsetForLeaderTopicResult {
            topic: input.string(flexible, "Topic"),
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
impl Sample for OffsetForLeaderTopicResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic = sample::string(random);
        this.partitions = sample::vec(random, |random| EpochEndOffset::sample(version, random));
        this
    }
}
/// `EpochEndOffset` of `OffsetForLeaderEpochResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochEndOffset {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Partition: `int32 0+`.
    pub partition: i32,
    /// LeaderEpoch: `int32 1+ default=-1 ignorable`.
    pub leader_epoch: i32,
    /// EndOffset: `int64 0+ default=-1`.
    pub end_offset: i64,
}
impl Default for EpochEndOffset {
    fn default() -> Self {
        EpochEndOffset { error_code: 0, partition: 0, leader_epoch: -1, end_offset: -1 }
    }
}
impl Body for EpochEndOffset {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i16(self.error_code);
        out.i32(self.partition);
        if version >= 1 {
            out.i32(self.leader_epoch);
        }
        out.i64(self.end_offset);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EpochEndOffset");
        let flexible = version >= 4;
        let this = EpochEndOffset {
            error_code: input.i16(),
            partition: input.i32(),
            leader_epoch: if version >= 1 { input.i32() } else { -1 },
            end_offset: input.i64(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for EpochEndOffset {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.partition = sample::bits(random) as i32;
        if version >= 1 {
            this.leader_epoch = sample::bits(random) as i32;
        }
        this.end_offset = sample::bits(random) as i64;
        this
    }
}
