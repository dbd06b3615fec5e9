//! `AssignReplicasToDirsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AssignReplicasToDirsResponse` of `AssignReplicasToDirsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AssignReplicasToDirsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Directories: `[]DirectoryData 0+`.
    pub directories: Vec<DirectoryData>,
}
impl Body for AssignReplicasToDirsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.structs(true, version, "AssignReplicasToDirsResponse.Directories", &self.directories);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AssignReplicasToDirsResponse");
        let this = AssignReplicasToDirsResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            directories: input.structs(true, version, "Directories"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AssignReplicasToDirsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.directories = sample::vec(random, |random| DirectoryData::sample(version, random));
        this
    }
}
impl Message for AssignReplicasToDirsResponse {
    const NAME: &'static str = "AssignReplicasToDirsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `DirectoryData` of `AssignReplicasToDirsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DirectoryData {
    /// Id: `uuid 0+`.
    pub id: Uuid,
    /// Topics: `[]TopicData 0+`.
    pub topics: Vec<TopicData>,
}
impl Body for DirectoryData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.id);
        out.structs(true, version, "DirectoryData.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DirectoryData");
        let this = DirectoryData { id: input.uuid(), topics: input.structs(true, version, "Topics") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DirectoryData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.id = sample::uuid(random);
        this.topics = sample::vec(random, |random| TopicData::sample(version, random));
        this
    }
}
/// `TopicData` of `AssignReplicasToDirsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    /// TopicId: `uuid 0+`.
    pub topic_id: Uuid,
    /// Partitions: `[]PartitionData 0+`.
    pub partitions: Vec<PartitionData>,
}
impl Body for TopicData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.topic_id);
        out.structs(true, version, "TopicData.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicData");
        let this = TopicData { topic_id: input.uuid(), partitions: input.structs(true, version, "Partitions") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_id = sample::uuid(random);
        this.partitions = sample::vec(random, |random| PartitionData::sample(version, random));
        this
    }
}
/// `PartitionData` of `AssignReplicasToDirsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i16(self.error_code);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let this = PartitionData { partition_index: input.i32(), error_code: input.i16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PartitionData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
