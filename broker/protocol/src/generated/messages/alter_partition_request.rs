//! `AlterPartitionRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `AlterPartitionRequest` of `AlterPartitionRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionRequest {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// BrokerEpoch: `int64 0+ default=-1`.
    pub broker_epoch: i64,
    /// Topics: `[]TopicData 0+ lazy`.
    pub topics: LazyArray<TopicData>,
}
impl Default for AlterPartitionRequest {
    fn default() -> Self {
        AlterPartitionRequest { broker_id: 0, broker_epoch: -1, topics: Default::default() }
    }
}
impl Body for AlterPartitionRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.i64(self.broker_epoch);
        out.lazy_structs(true, version, "AlterPartitionRequest.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterPartitionRequest");
        let this = AlterPartitionRequest {
            broker_id: input.i32(),
            broker_epoch: input.i64(),
            topics: input.lazy_structs(true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterPartitionRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.broker_epoch = sample::bits(random) as i64;
        this.topics = sample::vec(random, |random| TopicData::sample(version, random)).into();
        this
    }
}
impl Message for AlterPartitionRequest {
    const NAME: &'static str = "AlterPartitionRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for AlterPartitionRequest {
    const KEY: ApiKey = ApiKey::ALTER_PARTITION;
    type Response = super::alter_partition_response::AlterPartitionResponse;
}
/// `TopicData` of `AlterPartitionRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    /// TopicName: `string 0-1 ignorable`.
    pub topic_name: String,
    /// TopicId: `uuid 2+ ignorable`.
    pub topic_id: Uuid,
    /// Partitions: `[]PartitionData 0+`.
    pub partitions: Vec<PartitionData>,
}
impl Body for TopicData {
    fn write(&self, version: i16, out: &mut Encoder) {
        if version <= 1 {
            out.string(true, "TopicData.TopicName", &self.topic_name);
        }
        if version >= 2 {
            out.uuid(self.topic_id);
        }
        out.structs(true, version, "TopicData.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicData");
        let this = TopicData {
            topic_name: if version <= 1 { input.string(true, "TopicName") } else { Default::default() },
            topic_id: if version >= 2 { input.uuid() } else { Default::default() },
            partitions: input.structs(true, version, "Partitions"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version <= 1 {
            this.topic_name = sample::string(random);
        }
        if version >= 2 {
            this.topic_id = sample::uuid(random);
        }
        this.partitions = sample::vec(random, |random| PartitionData::sample(version, random));
        this
    }
}
/// `PartitionData` of `AlterPartitionRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// LeaderEpoch: `int32 0+`.
    pub leader_epoch: i32,
    /// NewIsr: `[]int32 0-2`.
    pub new_isr: Vec<i32>,
    /// NewIsrWithEpochs: `[]BrokerState 3+`.
    pub new_isr_with_epochs: Vec<BrokerState>,
    /// LeaderRecoveryState: `int8 1+ default=0`.
    pub leader_recovery_state: i8,
    /// PartitionEpoch: `int32 0+`.
    pub partition_epoch: i32,
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i32(self.leader_epoch);
        if version <= 2 {
            out.array(true, "PartitionData.NewIsr", &self.new_isr, Encoder::i32);
        } else if !self.new_isr.is_empty() {
            out.not_in_version("PartitionData.NewIsr", version);
        }
        if version >= 3 {
            out.structs(true, version, "PartitionData.NewIsrWithEpochs", &self.new_isr_with_epochs);
        } else if !self.new_isr_with_epochs.is_empty() {
            out.not_in_version("PartitionData.NewIsrWithEpochs", version);
        }
        if version >= 1 {
            out.i8(self.leader_recovery_state);
        } else if self.leader_recovery_state != 0 {
            out.not_in_version("PartitionData.LeaderRecoveryState", version);
        }
        out.i32(self.partition_epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let this = PartitionData {
            partition_index: input.i32(),
            leader_epoch: input.i32(),
            new_isr: if version <= 2 { input.array(true, "NewIsr", Decoder::i32) } else { Default::default() },
            new_isr_with_epochs: if version >= 3 {
                input.structs(true, version, "NewIsrWithEpochs")
            } else {
                Default::default()
            },
            leader_recovery_state: if version >= 1 { input.i8() } else { 0 },
            partition_epoch: input.i32(),
        };
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
        this.leader_epoch = sample::bits(random) as i32;
        if version <= 2 {
            this.new_isr = sample::vec(random, |random| sample::bits(random) as i32);
        }
        if version >= 3 {
            this.new_isr_with_epochs = sample::vec(random, |random| BrokerState::sample(version, random));
        }
        if version >= 1 {
            this.leader_recovery_state = sample::bits(random) as i8;
        }
        this.partition_epoch = sample::bits(random) as i32;
        this
    }
}
/// `BrokerState` of `AlterPartitionRequest`, versions 3–3.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerState {
    /// BrokerId: `int32 3+`.
    pub broker_id: i32,
    /// BrokerEpoch: `int64 3+ default=-1`.
    pub broker_epoch: i64,
}
impl Default for BrokerState {
    fn default() -> Self {
        BrokerState { broker_id: 0, broker_epoch: -1 }
    }
}
impl Body for BrokerState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.i64(self.broker_epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BrokerState");
        let this = BrokerState { broker_id: input.i32(), broker_epoch: input.i64() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for BrokerState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.broker_epoch = sample::bits(random) as i64;
        this
    }
}
