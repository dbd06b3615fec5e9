//! `ConsumerProtocolAssignment`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `ConsumerProtocolAssignment` of `ConsumerProtocolAssignment`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerProtocolAssignment {
    /// AssignedPartitions: `[]TopicPartition 0+`.
    pub assigned_partitions: Vec<TopicPartition>,
    /// UserData: `bytes 0+ null=0+ default=null`.
    pub user_data: Option<Bytes>,
}
impl Body for ConsumerProtocolAssignment {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.structs(false, version, "ConsumerProtocolAssignment.AssignedPartitions", &self.assigned_partitions);
        out.opt_bytes(false, true, "ConsumerProtocolAssignment.UserData", self.user_data.as_ref());
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ConsumerProtocolAssignment");
        let this = ConsumerProtocolAssignment {
            assigned_partitions: input.structs(false, version, "AssignedPartitions"),
            user_data: input.opt_bytes(false, true, "UserData"),
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ConsumerProtocolAssignment {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.assigned_partitions = sample::vec(random, |random| TopicPartition::sample(version, random));
        this.user_data = sample::nullable(random, true, |random| sample::bytes(random));
        this
    }
}
impl Message for ConsumerProtocolAssignment {
    const NAME: &'static str = "ConsumerProtocolAssignment";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
/// `TopicPartition` of `ConsumerProtocolAssignment`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartition {
    /// Topic: `string 0+`.
    pub topic: String,
    /// Partitions: `[]int32 0+`.
    pub partitions: Vec<i32>,
}
impl Body for TopicPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "TopicPartition.Topic", &self.topic);
        out.array(false, "TopicPartition.Partitions", &self.partitions, Encoder::i32);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicPartition");
        let this = TopicPartition {
            topic: input.string(false, "Topic"),
            partitions: input.array(false, "Partitions", Decoder::i32),
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic = sample::string(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
