//! `AssignReplicasToDirsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `AssignReplicasToDirsRequest` of `AssignReplicasToDirsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignReplicasToDirsRequest {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// BrokerEpoch: `int64 0+ default=-1`.
    pub broker_epoch: i64,
    /// Directories: `[]DirectoryData 0+`.
    pub directories: Vec<DirectoryData>,
}
impl Default for AssignReplicasToDirsRequest {
    fn default() -> Self {
        AssignReplicasToDirsRequest { broker_id: 0, broker_epoch: -1, directories: Default::default() }
    }
}
impl Body for AssignReplicasToDirsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.i64(self.broker_epoch);
        out.structs(true, version, "AssignReplicasToDirsRequest.Directories", &self.directories);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AssignReplicasToDirsRequest");
        let this = AssignReplicasToDirsRequest {
            broker_id: input.i32(),
            broker_epoch: input.i64(),
            directories: input.structs(true, version, "Directories"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AssignReplicasToDirsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.broker_epoch = sample::bits(random) as i64;
        this.directories = sample::vec(random, |random| DirectoryData::sample(version, random));
        this
    }
}
impl Message for AssignReplicasToDirsRequest {
    const NAME: &'static str = "AssignReplicasToDirsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for AssignReplicasToDirsRequest {
    const KEY: ApiKey = ApiKey::ASSIGN_REPLICAS_TO_DIRS;
    type Response = super::assign_replicas_to_dirs_response::AssignReplicasToDirsResponse;
}
/// `DirectoryData` of `AssignReplicasToDirsRequest`, versions 0–0.
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
/// `TopicData` of `AssignReplicasToDirsRequest`, versions 0–0.
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
/// `PartitionData` of `AssignReplicasToDirsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let this = PartitionData { partition_index: input.i32() };
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
        this
    }
}
