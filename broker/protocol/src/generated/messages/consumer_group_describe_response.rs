//! `ConsumerGroupDescribeResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ConsumerGroupDescribeResponse` of `ConsumerGroupDescribeResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ConsumerGroupDescribeResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Groups: `[]DescribedGroup 0+`.
    pub groups: Vec<DescribedGroup>,
}
impl Body for ConsumerGroupDescribeResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.structs(true, version, "ConsumerGroupDescribeResponse.Groups", &self.groups);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ConsumerGroupDescribeResponse");
        let this = ConsumerGroupDescribeResponse {
            throttle_time_ms: input.i32(),
            groups: input.structs(true, version, "Groups"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ConsumerGroupDescribeResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.groups = sample::vec(random, |random| DescribedGroup::sample(version, random));
        this
    }
}
impl Message for ConsumerGroupDescribeResponse {
    const NAME: &'static str = "ConsumerGroupDescribeResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `DescribedGroup` of `ConsumerGroupDescribeResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+ default=null`.
    pub error_message: Option<String>,
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// GroupState: `string 0+`.
    pub group_state: String,
    /// GroupEpoch: `int32 0+`.
    pub group_epoch: i32,
    /// AssignmentEpoch: `int32 0+`.
    pub assignment_epoch: i32,
    /// AssignorName: `string 0+`.
    pub assignor_name: String,
    /// Members: `[]Member 0+`.
    pub members: Vec<Member>,
    /// AuthorizedOperations: `int32 0+ default=-2147483648`.
    pub authorized_operations: i32,
}
impl Default for DescribedGroup {
    fn default() -> Self {
        DescribedGroup {
            error_code: 0,
            error_message: None,
            group_id: Default::default(),
            group_state: Default::default(),
            group_epoch: 0,
            assignment_epoch: 0,
            assignor_name: Default::default(),
            members: Default::default(),
            authorized_operations: -2147483648,
        }
    }
}
impl Body for DescribedGroup {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.error_code);
        out.opt_string(true, true, "DescribedGroup.ErrorMessage", self.error_message.as_deref());
        out.string(true, "DescribedGroup.GroupId", &self.group_id);
        out.string(true, "DescribedGroup.GroupState", &self.group_state);
        out.i32(self.group_epoch);
        out.i32(self.assignment_epoch);
        out.string(true, "DescribedGroup.AssignorName", &self.assignor_name);
        out.structs(true, version, "DescribedGroup.Members", &self.members);
        out.i32(self.authorized_operations);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribedGroup");
        let this = DescribedGroup {
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
            group_id: input.string(true, "GroupId"),
            group_state: input.string(true, "GroupState"),
            group_epoch: input.i32(),
            assignment_epoch: input.i32(),
            assignor_name: input.string(true, "AssignorName"),
            members: input.structs(true, version, "Members"),
            authorized_operations: input.i32(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribedGroup {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.group_id = sample::string(random);
        this.group_state = sample::string(random);
        this.group_epoch = sample::bits(random) as i32;
        this.assignment_epoch = sample::bits(random) as i32;
        this.assignor_name = sample::string(random);
        this.members = sample::vec(random, |random| Member::sample(version, random));
        this.authorized_operations = sample::bits(random) as i32;
        this
    }
}
/// `Member` of `ConsumerGroupDescribeResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Member {
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// InstanceId: `string 0+ null=0+ default=null`.
    pub instance_id: Option<String>,
    /// RackId: `string 0+ null=0+ default=null`.
    pub rack_id: Option<String>,
    /// MemberEpoch: `int32 0+`.
    pub member_epoch: i32,
    /// ClientId: `string 0+`.
    pub client_id: String,
    /// ClientHost: `string 0+`.
    pub client_host: String,
    /// SubscribedTopicNames: `[]string 0+`.
    pub subscribed_topic_names: Vec<String>,
    /// SubscribedTopicRegex: `string 0+ null=0+ default=null`.
    pub subscribed_topic_regex: Option<String>,
    /// Assignment: `Assignment 0+`.
    pub assignment: Assignment,
    /// TargetAssignment: `Assignment 0+`.
    pub target_assignment: Assignment,
}
impl Body for Member {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Member.MemberId", &self.member_id);
        out.opt_string(true, true, "Member.InstanceId", self.instance_id.as_deref());
        out.opt_string(true, true, "Member.RackId", self.rack_id.as_deref());
        out.i32(self.member_epoch);
        out.string(true, "Member.ClientId", &self.client_id);
        out.string(true, "Member.ClientHost", &self.client_host);
        out.strings(true, "Member.SubscribedTopicNames", &self.subscribed_topic_names);
        out.opt_string(true, true, "Member.SubscribedTopicRegex", self.subscribed_topic_regex.as_deref());
        self.assignment.write(version, out);
        self.target_assignment.write(version, out);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Member");
        let this = Member {
            member_id: input.string(true, "MemberId"),
            instance_id: input.opt_string(true, true, "InstanceId"),
            rack_id: input.opt_string(true, true, "RackId"),
            member_epoch: input.i32(),
            client_id: input.string(true, "ClientId"),
            client_host: input.string(true, "ClientHost"),
            subscribed_topic_names: input.strings(true, "SubscribedTopicNames"),
            subscribed_topic_regex: input.opt_string(true, true, "SubscribedTopicRegex"),
            assignment: Assignment::read(version, input),
            target_assignment: Assignment::read(version, input),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Member {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.member_id = sample::string(random);
        this.instance_id = sample::nullable(random, true, |random| sample::string(random));
        this.rack_id = sample::nullable(random, true, |random| sample::string(random));
        this.member_epoch = sample::bits(random) as i32;
        this.client_id = sample::string(random);
        this.client_host = sample::string(random);
        this.subscribed_topic_names = sample::vec(random, |random| sample::string(random));
        this.subscribed_topic_regex = sample::nullable(random, true, |random| sample::string(random));
        this.assignment = Assignment::sample(version, random);
        this.target_assignment = Assignment::sample(version, random);
        this
    }
}
/// `TopicPartitions` of `ConsumerGroupDescribeResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicPartitions {
    /// TopicId: `uuid 0+`.
    pub topic_id: Uuid,
    /// TopicName: `string 0+`.
    pub topic_name: String,
    /// Partitions: `[]int32 0+`.
    pub partitions: Vec<i32>,
}
impl Body for TopicPartitions {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.topic_id);
        out.string(true, "TopicPartitions.TopicName", &self.topic_name);
        out.array(true, "TopicPartitions.Partitions", &self.partitions, Encoder::i32);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicPartitions");
        let this = TopicPartitions {
            topic_id: input.uuid(),
            topic_name: input.string(true, "TopicName"),
            partitions: input.array(true, "Partitions", Decoder::i32),
        };
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
        this.topic_name = sample::string(random);
        this.partitions = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
/// `Assignment` of `ConsumerGroupDescribeResponse`, versions 0–0.
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
