//! `ListPartitionReassignmentsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ListPartitionReassignmentsResponse` of `ListPartitionReassignmentsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct ListPartitionReassignmentsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// Topics: `[]OngoingTopicReassignment 0+`.
    pub topics: Vec<OngoingTopicReassignment>,
}
impl Default for ListPartitionReassignmentsResponse {
    fn default() -> Self {
        ListPartitionReassignmentsResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            topics: Default::default(),
        }
    }
}
impl Body for ListPartitionReassignmentsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.opt_string(true, true, "ListPartitionReassignmentsResponse.ErrorMessage", self.error_message.as_deref());
        out.structs(true, version, "ListPartitionReassignmentsResponse.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListPartitionReassignmentsResponse");
        let this = ListPartitionReassignmentsResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
            topics: input.structs(true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListPartitionReassignmentsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.topics = sample::vec(random, |random| OngoingTopicReassignment::sample(version, random));
        this
    }
}
impl Message for ListPartitionReassignmentsResponse {
    const NAME: &'static str = "ListPartitionReassignmentsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `OngoingTopicReassignment` of `ListPartitionReassignmentsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OngoingTopicReassignment {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]OngoingPartitionReassignment 0+`.
    pub partitions: Vec<OngoingPartitionReassignment>,
}
impl Body for OngoingTopicReassignment {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "OngoingTopicReassignment.Name", &self.name);
        out.structs(true, version, "OngoingTopicReassignment.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OngoingTopicReassignment");
        let this = OngoingTopicReassignment {
            name: input.string(true, "Name"),
            partitions: input.structs(true, version, "Partitions"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OngoingTopicReassignment {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| OngoingPartitionReassignment::sample(version, random));
        this
    }
}
/// `OngoingPartitionReassignment` of `ListPartitionReassignmentsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OngoingPartitionReassignment {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// Replicas: `[]int32 0+`.
    pub replicas: Vec<i32>,
    /// AddingReplicas: `[]int32 0+`.
    pub adding_replicas: Vec<i32>,
    /// RemovingReplicas: `[]int32 0+`.
    pub removing_replicas: Vec<i32>,
}
impl Body for OngoingPartitionReassignment {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.array(true, "OngoingPartitionReassignment.Replicas", &self.replicas, Encoder::i32);
        out.array(true, "OngoingPartitionReassignment.AddingReplicas", &self.adding_replicas, Encoder::i32);
        out.array(true, "OngoingPartitionReassignment.RemovingReplicas", &self.removing_replicas, Encoder::i32);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OngoingPartitionReassignment");
        let this = OngoingPartitionReassignment {
            partition_index: input.i32(),
            replicas: input.array(true, "Replicas", Decoder::i32),
            adding_replicas: input.array(true, "AddingReplicas", Decoder::i32),
            removing_replicas: input.array(true, "RemovingReplicas", Decoder::i32),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OngoingPartitionReassignment {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.replicas = sample::vec(random, |random| sample::bits(random) as i32);
        this.adding_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        this.removing_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
