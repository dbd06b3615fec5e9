//! `StopReplicaRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `StopReplicaRequest` of `StopReplicaRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct StopReplicaRequest {
    /// ControllerId: `int32 0+`.
    pub controller_id: i32,
    /// isKRaftController: `bool 4+ default=false`.
    pub is_kraft_controller: bool,
    /// ControllerEpoch: `int32 0+`.
    pub controller_epoch: i32,
    /// BrokerEpoch: `int64 1+ default=-1 ignorable`.
    pub broker_epoch: i64,
    /// DeletePartitions: `bool 0-2`.
    pub delete_partitions: bool,
    /// UngroupedPartitions: `[]StopReplicaPartitionV0 0 lazy`.
    pub ungrouped_partitions: LazyArray<StopReplicaPartitionV0>,
    /// Topics: `[]StopReplicaTopicV1 1-2 lazy`.
    pub topics: LazyArray<StopReplicaTopicV1>,
    /// TopicStates: `[]StopReplicaTopicState 3+ lazy`.
    pub topic_states: LazyArray<StopReplicaTopicState>,
}
impl Default for StopReplicaRequest {
    fn default() -> Self {
        StopReplicaRequest {
            controller_id: 0,
            is_kraft_controller: false,
            controller_epoch: 0,
            broker_epoch: -1,
            delete_partitions: false,
            ungrouped_partitions: Default::default(),
            topics: Default::default(),
            topic_states: Default::default(),
        }
    }
}
impl Body for StopReplicaRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.controller_id);
        if version >= 4 {
            out.bool(self.is_kraft_controller);
        } else if self.is_kraft_controller {
            out.not_in_version("StopReplicaRequest.isKRaftController", version);
        }
        out.i32(self.controller_epoch);
        if version >= 1 {
            out.i64(self.broker_epoch);
        }
        if version <= 2 {
            out.bool(self.delete_partitions);
        } else if self.delete_partitions {
            out.not_in_version("StopReplicaRequest.DeletePartitions", version);
        }
        if version <= 0 {
            out.lazy_structs(flexible, version, "StopReplicaRequest.UngroupedPartitions", &self.ungrouped_partitions);
        } else if !self.ungrouped_partitions.is_empty() {
            out.not_in_version("StopReplicaRequest.UngroupedPartitions", version);
        }
        if (1..=2).contains(&version) {
            out.lazy_structs(flexible, version, "StopReplicaRequest.Topics", &self.topics);
        } else if !self.topics.is_empty() {
            out.not_in_version("StopReplicaRequest.Topics", version);
        }
        if version >= 3 {
            out.lazy_structs(flexible, version, "StopReplicaRequest.TopicStates", &self.topic_states);
        } else if !self.topic_states.is_empty() {
            out.not_in_version("StopReplicaRequest.TopicStates", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("StopReplicaRequest");
        let flexible = version >= 2;
        let this = StopReplicaRequest {
            controller_id: input.i32(),
            is_kraft_controller: if version >= 4 { input.bool() } else { false },
            controller_epoch: input.i32(),
            broker_epoch: if version >= 1 { input.i64() } else { -1 },
            delete_partitions: if version <= 2 { input.bool() } else { false },
            ungrouped_partitions: if version <= 0 {
                input.lazy_structs(flexible, version, "UngroupedPartitions")
            } else {
                Default::default()
            },
            topics: if (1..=2).contains(&version) {
                input.lazy_structs(flexible, version, "Topics")
            } else {
                Default::default()
            },
            topic_states: if version >= 3 {
                input.lazy_structs(flexible, version, "TopicStates")
            } else {
                Default::default()
            },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for StopReplicaRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.controller_id = sample::bits(random) as i32;
        if version >= 4 {
            this.is_kraft_controller = random() & 1 == 1;
        }
        this.controller_epoch = sample::bits(random) as i32;
        if version >= 1 {
            this.broker_epoch = sample::bits(random) as i64;
        }
        if version <= 2 {
            this.delete_partitions = random() & 1 == 1;
        }
        if version <= 0 {
            this.ungrouped_partitions =
                sample::vec(random, |random| StopReplicaPartitionV0::sample(version, random)).into();
        }
        if (1..=2).contains(&version) {
            this.topics = sample::vec(random, |random| StopReplicaTopicV1::sample(version, random)).into();
        }
        if version >= 3 {
            this.topic_states = sample::vec(random, |random| StopReplicaTopicState::sample(version, random)).into();
        }
        this
    }
}
impl Message for StopReplicaRequest {
    const NAME: &'static str = "StopReplicaRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for StopReplicaRequest {
    const KEY: ApiKey = ApiKey::STOP_REPLICA;
    type Response = super::stop_replica_response::StopReplicaResponse;
}
/// `StopReplicaPartitionV0` of `StopReplicaRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StopReplicaPartitionV0 {
    /// TopicName: `string 0`.
    pub topic_name: String,
    /// PartitionIndex: `int32 0`.
    pub partition_index: i32,
}
impl Body for StopReplicaPartitionV0 {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "StopReplicaPartitionV0.TopicName", &self.topic_name);
        out.i32(self.partition_index);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("StopReplicaPartitionV0");
        let this =
            StopReplicaPartitionV0 { topic_name: input.string(false, "TopicName"), partition_index: input.i32() };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for StopReplicaPartitionV0 {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        this.partition_index = sample::bits(random) as i32;
        this
    }
}
/// `StopReplicaTopicV1` of `StopReplicaRequest`, versions 1–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StopReplicaTopicV1 {
    /// Name: `string 1-2`.
    pub name: String,
    /// PartitionIndexes: `[]int32 1-2`.
    pub partition_indexes: Vec<i32>,
}
impl Body for StopReplicaTopicV1 {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "StopReplicaTopicV1.Name", &self.name);
        out.array(flexible, "StopReplicaTopicV1.PartitionIndexes", &self.partition_indexes, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("StopReplicaTopicV1");
        let flexible = version >= 2;
        let this = StopReplicaTopicV1 {
            name: input.string(flexible, "Name"),
            partition_indexes: input.array(flexible, "PartitionIndexes", Decoder::i32),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for StopReplicaTopicV1 {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partition_indexes = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
/// `StopReplicaTopicState` of `StopReplicaRequest`, versions 3–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StopReplicaTopicState {
    /// TopicName: `string 3+`.
    pub topic_name: String,
    /// PartitionStates: `[]StopReplicaPartitionState 3+`.
    pub partition_states: Vec<StopReplicaPartitionState>,
}
impl Body for StopReplicaTopicState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "StopReplicaTopicState.TopicName", &self.topic_name);
        out.structs(true, version, "StopReplicaTopicState.PartitionStates", &self.partition_states);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("StopReplicaTopicState");
        let this = StopReplicaTopicState {
            topic_name: input.string(true, "TopicName"),
            partition_states: input.structs(true, version, "PartitionStates"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for StopReplicaTopicState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        this.partition_states = sample::vec(random, |random| StopReplicaPartitionState::sample(version, random));
        this
    }
}
/// `StopReplicaPartitionState` of `StopReplicaRequest`, versions 3–4.
#[derive(Clone, Debug, PartialEq)]
pub struct StopReplicaPartitionState {
    /// PartitionIndex: `int32 3+`.
    pub partition_index: i32,
    /// LeaderEpoch: `int32 3+ default=-1`.
    pub leader_epoch: i32,
    /// DeletePartition: `bool 3+`.
    pub delete_partition: bool,
}
impl Default for StopReplicaPartitionState {
    fn default() -> Self {
        StopReplicaPartitionState { partition_index: 0, leader_epoch: -1, delete_partition: false }
    }
}
impl Body for StopReplicaPartitionState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i32(self.leader_epoch);
        out.bool(self.delete_partition);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("StopReplicaPartitionState");
        let this = StopReplicaPartitionState {
            partition_index: input.i32(),
            leader_epoch: input.i32(),
            delete_partition: input.bool(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for StopReplicaPartitionState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this.delete_partition = random() & 1 == 1;
        this
    }
}
