//! `ListOffsetsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ListOffsetsResponse` of `ListOffsetsResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListOffsetsResponse {
    /// ThrottleTimeMs: `int32 2+ ignorable`.
    pub throttle_time_ms: i32,
    /// Topics: `[]ListOffsetsTopicResponse 0+`.
    pub topics: Vec<ListOffsetsTopicResponse>,
}
impl Body for ListOffsetsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        if version >= 2 {
            out.i32(self.throttle_time_ms);
        }
        out.structs(flexible, version, "ListOffsetsResponse.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListOffsetsResponse");
        let flexible = version >= 6;
        let this = ListOffsetsResponse {
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
impl Sample for ListOffsetsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 2 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| ListOffsetsTopicResponse::sample(version, random));
        this
    }
}
impl Message for ListOffsetsResponse {
    const NAME: &'static str = "ListOffsetsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE: i16 = 6;
}
/// `ListOffsetsTopicResponse` of `ListOffsetsResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListOffsetsTopicResponse {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]ListOffsetsPartitionResponse 0+`.
    pub partitions: Vec<ListOffsetsPartitionResponse>,
}
impl Body for ListOffsetsTopicResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.string(flexible, "ListOffsetsTopicResponse.Name", &self.name);
        out.structs(flexible, version, "ListOffsetsTopicResponse.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListOffsetsTopicResponse");
        let flexible = version >= 6;
        let this = ListOffsetsTopicResponse {
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
impl Sample for ListOffsetsTopicResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| ListOffsetsPartitionResponse::sample(version, random));
        this
    }
}
/// `ListOffsetsPartitionResponse` of `ListOffsetsResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsPartitionResponse {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// OldStyleOffsets: `[]int64 0`.
    pub old_style_offsets: Vec<i64>,
    /// Timestamp: `int64 1+ default=-1`.
    pub timestamp: i64,
    /// Offset: `int64 1+ default=-1`.
    pub offset: i64,
    /// LeaderEpoch: `int32 4+ default=-1`.
    pub leader_epoch: i32,
}
impl Default for ListOffsetsPartitionResponse {
    fn default() -> Self {
        ListOffsetsPartitionResponse {
            partition_index: 0,
            error_code: 0,
            old_style_offsets: Default::default(),
            timestamp: -1,
            offset: -1,
            leader_epoch: -1,
        }
    }
}
impl Body for ListOffsetsPartitionResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.i32(self.partition_index);
        out.i16(self.error_code);
        if version <= 0 {
            out.array(flexible, "ListOffsetsPartitionResponse.OldStyleOffsets", &self.old_style_offsets, Encoder::i64);
        } else if !self.old_style_offsets.is_empty() {
            out.not_in_version("ListOffsetsPartitionResponse.OldStyleOffsets", version);
        }
        if version >= 1 {
            out.i64(self.timestamp);
        } else if self.timestamp != -1 {
            out.not_in_version("ListOffsetsPartitionResponse.Timestamp", version);
        }
        if version >= 1 {
            out.i64(self.offset);
        } else if self.offset != -1 {
            out.not_in_version("ListOffsetsPartitionResponse.Offset", version);
        }
        if version >= 4 {
            out.i32(self.leader_epoch);
        } else if self.leader_epoch != -1 {
            out.not_in_version("ListOffsetsPartitionResponse.LeaderEpoch", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListOffsetsPartitionResponse");
        let flexible = version >= 6;
        let this = ListOffsetsPartitionResponse {
            partition_index: input.i32(),
            error_code: input.i16(),
            old_style_offsets: if version <= 0 {
                input.array(flexible, "OldStyleOffsets", Decoder::i64)
            } else {
                Default::default()
            },
            timestamp: if version >= 1 { input.i64() } else { -1 },
            offset: if version >= 1 { input.i64() } else { -1 },
            leader_epoch: if version >= 4 { input.i32() } else { -1 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListOffsetsPartitionResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        if version <= 0 {
            this.old_style_offsets = sample::vec(random, |random| sample::bits(random) as i64);
        }
        if version >= 1 {
            this.timestamp = sample::bits(random) as i64;
        }
        if version >= 1 {
            this.offset = sample::bits(random) as i64;
        }
        if version >= 4 {
            this.leader_epoch = sample::bits(random) as i32;
        }
        this
    }
}
