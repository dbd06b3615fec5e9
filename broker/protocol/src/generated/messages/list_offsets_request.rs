//! `ListOffsetsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ListOffsetsRequest` of `ListOffsetsRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListOffsetsRequest {
    /// ReplicaId: `int32 0+`.
    pub replica_id: i32,
    /// IsolationLevel: `int8 2+`.
    pub isolation_level: i8,
    /// Topics: `[]ListOffsetsTopic 0+`.
    pub topics: Vec<ListOffsetsTopic>,
}
impl Body for ListOffsetsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.i32(self.replica_id);
        if version >= 2 {
            out.i8(self.isolation_level);
        } else if self.isolation_level != 0 {
            out.not_in_version("ListOffsetsRequest.IsolationLevel", version);
        }
        out.structs(flexible, version, "ListOffsetsRequest.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListOffsetsRequest");
        let flexible = version >= 6;
        let this = ListOffsetsRequest {
            replica_id: input.i32(),
            isolation_level: if version >= 2 { input.i8() } else { 0 },
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
impl Sample for ListOffsetsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.replica_id = sample::bits(random) as i32;
        if version >= 2 {
            this.isolation_level = sample::bits(random) as i8;
        }
        this.topics = sample::vec(random, |random| ListOffsetsTopic::sample(version, random));
        this
    }
}
impl Message for ListOffsetsRequest {
    const NAME: &'static str = "ListOffsetsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE: i16 = 6;
}
impl Request for ListOffsetsRequest {
    const KEY: ApiKey = ApiKey::LIST_OFFSETS;
    type Response = super::list_offsets_response::ListOffsetsResponse;
}
/// `ListOffsetsTopic` of `ListOffsetsRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListOffsetsTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]ListOffsetsPartition 0+`.
    pub partitions: Vec<ListOffsetsPartition>,
}
impl Body for ListOffsetsTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.string(flexible, "ListOffsetsTopic.Name", &self.name);
        out.structs(flexible, version, "ListOffsetsTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListOffsetsTopic");
        let flexible = version >= 6;
        let this = ListOffsetsTopic {
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
impl Sample for ListOffsetsTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| ListOffsetsPartition::sample(version, random));
        this
    }
}
/// `ListOffsetsPartition` of `ListOffsetsRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq)]
pub struct ListOffsetsPartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// CurrentLeaderEpoch: `int32 4+ default=-1 ignorable`.
    pub current_leader_epoch: i32,
    /// Timestamp: `int64 0+`.
    pub timestamp: i64,
    /// MaxNumOffsets: `int32 0 default=1`.
    pub max_num_offsets: i32,
}
impl Default for ListOffsetsPartition {
    fn default() -> Self {
        ListOffsetsPartition { partition_index: 0, current_leader_epoch: -1, timestamp: 0, max_num_offsets: 1 }
    }
}
impl Body for ListOffsetsPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.i32(self.partition_index);
        if version >= 4 {
            out.i32(self.current_leader_epoch);
        }
        out.i64(self.timestamp);
        if version <= 0 {
            out.i32(self.max_num_offsets);
        } else if self.max_num_offsets != 1 {
            out.not_in_version("ListOffsetsPartition.MaxNumOffsets", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListOffsetsPartition");
        let flexible = version >= 6;
        let this = ListOffsetsPartition {
            partition_index: input.i32(),
            current_leader_epoch: if version >= 4 { input.i32() } else { -1 },
            timestamp: input.i64(),
            max_num_offsets: if version <= 0 { input.i32() } else { 1 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListOffsetsPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        if version >= 4 {
            this.current_leader_epoch = sample::bits(random) as i32;
        }
        this.timestamp = sample::bits(random) as i64;
        if version <= 0 {
            this.max_num_offsets = sample::bits(random) as i32;
        }
        this
    }
}
