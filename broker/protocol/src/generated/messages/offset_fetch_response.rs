//! `OffsetFetchResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `OffsetFetchResponse` of `OffsetFetchResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchResponse {
    /// ThrottleTimeMs: `int32 3+ ignorable`.
    pub throttle_time_ms: i32,
    /// Topics: `[]OffsetFetchResponseTopic 0-7`.
    pub topics: Vec<OffsetFetchResponseTopic>,
    /// ErrorCode: `int16 2-7 default=0 ignorable`.
    pub error_code: i16,
    /// Groups: `[]OffsetFetchResponseGroup 8+`.
    pub groups: Vec<OffsetFetchResponseGroup>,
}
impl Body for OffsetFetchResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        if version >= 3 {
            out.i32(self.throttle_time_ms);
        }
        if version <= 7 {
            out.structs(flexible, version, "OffsetFetchResponse.Topics", &self.topics);
        } else if !self.topics.is_empty() {
            out.not_in_version("OffsetFetchResponse.Topics", version);
        }
        if (2..=7).contains(&version) {
            out.i16(self.error_code);
        }
        if version >= 8 {
            out.structs(flexible, version, "OffsetFetchResponse.Groups", &self.groups);
        } else if !self.groups.is_empty() {
            out.not_in_version("OffsetFetchResponse.Groups", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchResponse");
        let flexible = version >= 6;
        let this = OffsetFetchResponse {
            throttle_time_ms: if version >= 3 { input.i32() } else { 0 },
            topics: if version <= 7 { input.structs(flexible, version, "Topics") } else { Default::default() },
            error_code: if (2..=7).contains(&version) { input.i16() } else { 0 },
            groups: if version >= 8 { input.structs(flexible, version, "Groups") } else { Default::default() },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetFetchResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 3 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        if version <= 7 {
            this.topics = sample::vec(random, |random| OffsetFetchResponseTopic::sample(version, random));
        }
        if (2..=7).contains(&version) {
            this.error_code = sample::bits(random) as i16;
        }
        if version >= 8 {
            this.groups = sample::vec(random, |random| OffsetFetchResponseGroup::sample(version, random));
        }
        this
    }
}
impl Message for OffsetFetchResponse {
    const NAME: &'static str = "OffsetFetchResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE: i16 = 6;
}
/// `OffsetFetchResponseTopic` of `OffsetFetchResponse`, versions 0–7.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchResponseTopic {
    /// Name: `string 0-7`.
    pub name: String,
    /// Partitions: `[]OffsetFetchResponsePartition 0-7`.
    pub partitions: Vec<OffsetFetchResponsePartition>,
}
impl Body for OffsetFetchResponseTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.string(flexible, "OffsetFetchResponseTopic.Name", &self.name);
        out.structs(flexible, version, "OffsetFetchResponseTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchResponseTopic");
        let flexible = version >= 6;
        let this = OffsetFetchResponseTopic {
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
impl Sample for OffsetFetchResponseTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| OffsetFetchResponsePartition::sample(version, random));
        this
    }
}
/// `OffsetFetchResponsePartition` of `OffsetFetchResponse`, versions 0–7.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartition {
    /// PartitionIndex: `int32 0-7`.
    pub partition_index: i32,
    /// CommittedOffset: `int64 0-7`.
    pub committed_offset: i64,
    /// CommittedLeaderEpoch: `int32 5-7 default=-1 ignorable`.
    pub committed_leader_epoch: i32,
    /// Metadata: `string 0-7 null=0-7`.
    pub metadata: Option<String>,
    /// ErrorCode: `int16 0-7`.
    pub error_code: i16,
}
impl Default for OffsetFetchResponsePartition {
    fn default() -> Self {
        OffsetFetchResponsePartition {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Default::default()),
            error_code: 0,
        }
    }
}
impl Body for OffsetFetchResponsePartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.i32(self.partition_index);
        out.i64(self.committed_offset);
        if version >= 5 {
            out.i32(self.committed_leader_epoch);
        }
        out.opt_string(flexible, true, "OffsetFetchResponsePartition.Metadata", self.metadata.as_deref());
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchResponsePartition");
        let flexible = version >= 6;
        let this = OffsetFetchResponsePartition {
            partition_index: input.i32(),
            committed_offset: input.i64(),
            committed_leader_epoch: if version >= 5 { input.i32() } else { -1 },
            metadata: input.opt_string(flexible, true, "Metadata"),
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
impl Sample for OffsetFetchResponsePartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.committed_offset = sample::bits(random) as i64;
        if version >= 5 {
            this.committed_leader_epoch = sample::bits(random) as i32;
        }
        this.metadata = sample::nullable(random, true, |random| sample::string(random));
        this.error_code = sample::bits(random) as i16;
        this
    }
}
/// `OffsetFetchResponseGroup` of `OffsetFetchResponse`, versions 8–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchResponseGroup {
    /// GroupId: `string 8+`.
    pub group_id: String,
    /// Topics: `[]OffsetFetchResponseTopics 8+`.
    pub topics: Vec<OffsetFetchResponseTopics>,
    /// ErrorCode: `int16 8+ default=0`.
    pub error_code: i16,
}
impl Body for OffsetFetchResponseGroup {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "OffsetFetchResponseGroup.GroupId", &self.group_id);
        out.structs(true, version, "OffsetFetchResponseGroup.Topics", &self.topics);
        out.i16(self.error_code);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchResponseGroup");
        let this = OffsetFetchResponseGroup {
            group_id: input.string(true, "GroupId"),
            topics: input.structs(true, version, "Topics"),
            error_code: input.i16(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetFetchResponseGroup {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        this.topics = sample::vec(random, |random| OffsetFetchResponseTopics::sample(version, random));
        this.error_code = sample::bits(random) as i16;
        this
    }
}
/// `OffsetFetchResponseTopics` of `OffsetFetchResponse`, versions 8–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetFetchResponseTopics {
    /// Name: `string 8+`.
    pub name: String,
    /// Partitions: `[]OffsetFetchResponsePartitions 8+`.
    pub partitions: Vec<OffsetFetchResponsePartitions>,
}
impl Body for OffsetFetchResponseTopics {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "OffsetFetchResponseTopics.Name", &self.name);
        out.structs(true, version, "OffsetFetchResponseTopics.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchResponseTopics");
        let this = OffsetFetchResponseTopics {
            name: input.string(true, "Name"),
            partitions: input.structs(true, version, "Partitions"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetFetchResponseTopics {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| OffsetFetchResponsePartitions::sample(version, random));
        this
    }
}
/// `OffsetFetchResponsePartitions` of `OffsetFetchResponse`, versions 8–9.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetFetchResponsePartitions {
    /// PartitionIndex: `int32 8+`.
    pub partition_index: i32,
    /// CommittedOffset: `int64 8+`.
    pub committed_offset: i64,
    /// CommittedLeaderEpoch: `int32 8+ default=-1 ignorable`.
    pub committed_leader_epoch: i32,
    /// Metadata: `string 8+ null=8+`.
    pub metadata: Option<String>,
    /// ErrorCode: `int16 8+`.
    pub error_code: i16,
}
impl Default for OffsetFetchResponsePartitions {
    fn default() -> Self {
        OffsetFetchResponsePartitions {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(Default::default()),
            error_code: 0,
        }
    }
}
impl Body for OffsetFetchResponsePartitions {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i64(self.committed_offset);
        out.i32(self.committed_leader_epoch);
        out.opt_string(true, true, "OffsetFetchResponsePartitions.Metadata", self.metadata.as_deref());
        out.i16(self.error_code);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetFetchResponsePartitions");
        let this = OffsetFetchResponsePartitions {
            partition_index: input.i32(),
            committed_offset: input.i64(),
            committed_leader_epoch: input.i32(),
            metadata: input.opt_string(true, true, "Metadata"),
            error_code: input.i16(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetFetchResponsePartitions {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.committed_offset = sample::bits(random) as i64;
        this.committed_leader_epoch = sample::bits(random) as i32;
        this.metadata = sample::nullable(random, true, |random| sample::string(random));
        this.error_code = sample::bits(random) as i16;
        this
    }
}
