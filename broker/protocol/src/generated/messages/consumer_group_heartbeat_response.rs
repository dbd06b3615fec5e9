//! `ConsumerGroupHeartbeatResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ConsumerGroupHeartbeatResponse` of `ConsumerGroupHeartbeatResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupHeartbeatResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+ default=null`.
    pub error_message: Option<String>,
    /// MemberId: `string 0+ null=0+ default=null`.
    pub member_id: Option<String>,
    /// MemberEpoch: `int32 0+`.
    pub member_epoch: i32,
    /// HeartbeatIntervalMs: `int32 0+`.
    pub heartbeat_interval_ms: i32,
    /// Assignment: `Assignment 0+ null=0+ default=null`.
    pub assignment: Option<Assignment>,
}
impl Body for ConsumerGroupHeartbeatResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.opt_string(true, true, "ConsumerGroupHeartbeatResponse.ErrorMessage", self.error_message.as_deref());
        out.opt_string(true, true, "ConsumerGroupHeartbeatResponse.MemberId", self.member_id.as_deref());
        out.i32(self.member_epoch);
        out.i32(self.heartbeat_interval_ms);
        out.opt_struct(true, version, "ConsumerGroupHeartbeatResponse.Assignment", self.assignment.as_ref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ConsumerGroupHeartbeatResponse");
        let this = ConsumerGroupHeartbeatResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
            member_id: input.opt_string(true, true, "MemberId"),
            member_epoch: input.i32(),
            heartbeat_interval_ms: input.i32(),
            assignment: input.opt_struct(true, version, "Assignment"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ConsumerGroupHeartbeatResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.member_id = sample::nullable(random, true, |random| sample::string(random));
        this.member_epoch = sample::bits(random) as i32;
        this.heartbeat_interval_ms = sample::bits(random) as i32;
        this.assignment = sample::nullable(random, true, |random| Assignment::sample(version, random));
        this
    }
}
impl Message for ConsumerGroupHeartbeatResponse {
    const NAME: &'static str = "ConsumerGroupHeartbeatResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `Assignment` of `ConsumerGroupHeartbeatResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Assignment {
    /// TopicPartitions: `[]TopicPartitions 0+`.
    pub topic_partitions: Vec<TopicPartitions>,
}
impl Body for Assignment {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.structs(true, version, "Assignment.TopicPartitions", &self.topic_partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Assignment");
        let this = Assignment { topic_partitions: input.structs(true, version, "TopicPartitions") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Assignment {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_partitions = sample::vec(random, |random| TopicPartitions::sample(version, random));
        this
    }
}
/// `TopicPartitions` of `ConsumerGroupHeartbeatResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartitions {
    /// TopicId: `uuid 0+`.
    pub topic_id: Uuid,
    /// Partitions: `[]int32 0+`.
    pub partitions: Vec<i32>,
}
impl Body for TopicPartitions {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.topic_id);
        out.array(true, "TopicPartitions.Partitions", &self.partitions, Encoder::i32);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicPartitions");
        let this =
            TopicPartitions { topic_id: input.uuid(), partitions: input.array(true, "Partitions", Decoder::i32) };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicPartitions {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_id = sample::uuid(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
