//! `ConsumerGroupHeartbeatRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ConsumerGroupHeartbeatRequest` of `ConsumerGroupHeartbeatRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerGroupHeartbeatRequest {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// MemberEpoch: `int32 0+`.
    pub member_epoch: i32,
    /// InstanceId: `string 0+ null=0+ default=null`.
    pub instance_id: Option<String>,
    /// RackId: `string 0+ null=0+ default=null`.
    pub rack_id: Option<String>,
    /// RebalanceTimeoutMs: `int32 0+ default=-1`.
    pub rebalance_timeout_ms: i32,
    /// SubscribedTopicNames: `[]string 0+ null=0+ default=null`.
    pub subscribed_topic_names: Option<Vec<String>>,
    /// ServerAssignor: `string 0+ null=0+ default=null`.
    pub server_assignor: Option<String>,
    /// TopicPartitions: `[]TopicPartitions 0+ null=0+ default=null`.
    pub topic_partitions: Option<Vec<TopicPartitions>>,
}
impl Default for ConsumerGroupHeartbeatRequest {
    fn default() -> Self {
        ConsumerGroupHeartbeatRequest {
            group_id: Default::default(),
            member_id: Default::default(),
            member_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            subscribed_topic_names: None,
            server_assignor: None,
            topic_partitions: None,
        }
    }
}
impl Body for ConsumerGroupHeartbeatRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ConsumerGroupHeartbeatRequest.GroupId", &self.group_id);
        out.string(true, "ConsumerGroupHeartbeatRequest.MemberId", &self.member_id);
        out.i32(self.member_epoch);
        out.opt_string(true, true, "ConsumerGroupHeartbeatRequest.InstanceId", self.instance_id.as_deref());
        out.opt_string(true, true, "ConsumerGroupHeartbeatRequest.RackId", self.rack_id.as_deref());
        out.i32(self.rebalance_timeout_ms);
        out.opt_strings(
            true,
            true,
            "ConsumerGroupHeartbeatRequest.SubscribedTopicNames",
            self.subscribed_topic_names.as_deref(),
        );
        out.opt_string(true, true, "ConsumerGroupHeartbeatRequest.ServerAssignor", self.server_assignor.as_deref());
        out.opt_structs(
            true,
            true,
            version,
            "ConsumerGroupHeartbeatRequest.TopicPartitions",
            self.topic_partitions.as_deref(),
        );
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ConsumerGroupHeartbeatRequest");
        let this = ConsumerGroupHeartbeatRequest {
            group_id: input.string(true, "GroupId"),
            member_id: input.string(true, "MemberId"),
            member_epoch: input.i32(),
            instance_id: input.opt_string(true, true, "InstanceId"),
            rack_id: input.opt_string(true, true, "RackId"),
            rebalance_timeout_ms: input.i32(),
            subscribed_topic_names: input.opt_strings(true, true, "SubscribedTopicNames"),
            server_assignor: input.opt_string(true, true, "ServerAssignor"),
            topic_partitions: input.opt_structs(true, true, version, "TopicPartitions"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ConsumerGroupHeartbeatRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        this.member_id = sample::string(random);
        this.member_epoch = sample::bits(random) as i32;
        this.instance_id = sample::nullable(random, true, |random| sample::string(random));
        this.rack_id = sample::nullable(random, true, |random| sample::string(random));
        this.rebalance_timeout_ms = sample::bits(random) as i32;
        this.subscribed_topic_names =
            sample::nullable(random, true, |random| sample::vec(random, |random| sample::string(random)));
        this.server_assignor = sample::nullable(random, true, |random| sample::string(random));
        this.topic_partitions = sample::nullable(random, true, |random| {
            sample::vec(random, |random| TopicPartitions::sample(version, random))
        });
        this
    }
}
impl Message for ConsumerGroupHeartbeatRequest {
    const NAME: &'static str = "ConsumerGroupHeartbeatRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for ConsumerGroupHeartbeatRequest {
    const KEY: ApiKey = ApiKey::CONSUMER_GROUP_HEARTBEAT;
    type Response = super::consumer_group_heartbeat_response::ConsumerGroupHeartbeatResponse;
}
/// `TopicPartitions` of `ConsumerGroupHeartbeatRequest`, versions 0–0.
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
