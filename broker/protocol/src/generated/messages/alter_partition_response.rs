//! `AlterPartitionResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AlterPartitionResponse` of `AlterPartitionResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterPartitionResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Topics: `[]TopicData 0+`.
    pub topics: Vec<TopicData>,
}
impl Body for AlterPartitionResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.structs(true, version, "AlterPartitionResponse.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterPartitionResponse");
        let this = AlterPartitionResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            topics: input.structs(true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterPartitionResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.topics = sample::vec(random, |random| TopicData::sample(version, random));
        this
    }
}
impl Message for AlterPartitionResponse {
    const NAME: &'static str = "AlterPartitionResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `TopicData` of `AlterPartitionResponse`, versions 0–3.
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
/// `PartitionData` of `AlterPartitionResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// LeaderId: `int32 0+`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 0+`.
    pub leader_epoch: i32,
    /// Isr: `[]int32 0+`.
    pub isr: Vec<i32>,
    /// LeaderRecoveryState: `int8 1+ default=0 ignorable`.
    pub leader_recovery_state: i8,
    /// PartitionEpoch: `int32 0+`.
    pub partition_epoch: i32,
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i16(self.error_code);
        out.i32(self.leader_id);
        out.i32(self.leader_epoch);
        out.array(true, "PartitionData.Isr", &self.isr, Encoder::i32);
        if version >= 1 {
            out.i8(self.leader_recovery_state);
        }
        out.i32(self.partition_epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let this = PartitionData {
            partition_index: input.i32(),
            error_code: input.i16(),
            leader_id: input.i32(),
            leader_epoch: input.i32(),
            isr: input.array(true, "Isr", Decoder::i32),
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
        this.error_code = sample::bits(random) as i16;
        this.leader_id = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this.isr = sample::vec(random, |random| sample::bits(random) as i32);
        if version >= 1 {
            this.leader_recovery_state = sample::bits(random) as i8;
        }
        this.partition_epoch = sample::bits(random) as i32;
        this
    }
}
