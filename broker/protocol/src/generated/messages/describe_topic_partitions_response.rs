//! `DescribeTopicPartitionsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeTopicPartitionsResponse` of `DescribeTopicPartitionsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeTopicPartitionsResponse {
    /// ThrottleTimeMs: `int32 0+ ignorable`.
    pub throttle_time_ms: i32,
    /// Topics: `[]DescribeTopicPartitionsResponseTopic 0+`.
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// NextCursor: `Cursor 0+ null=0+ default=null`.
    pub next_cursor: Option<Cursor>,
}
impl Body for DescribeTopicPartitionsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.structs(true, version, "DescribeTopicPartitionsResponse.Topics", &self.topics);
        out.opt_struct(true, version, "DescribeTopicPartitionsResponse.NextCursor", self.next_cursor.as_ref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeTopicPartitionsResponse");
        let this = DescribeTopicPartitionsResponse {
            throttle_time_ms: input.i32(),
            topics: input.structs(true, version, "Topics"),
            next_cursor: input.opt_struct(true, version, "NextCursor"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeTopicPartitionsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.topics = sample::vec(random, |random| DescribeTopicPartitionsResponseTopic::sample(version, random));
        this.next_cursor = sample::nullable(random, true, |random| Cursor::sample(version, random));
        this
    }
}
impl Message for DescribeTopicPartitionsResponse {
    const NAME: &'static str = "DescribeTopicPartitionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `DescribeTopicPartitionsResponseTopic` of `DescribeTopicPartitionsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponseTopic {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Name: `string 0+ null=0+`.
    pub name: Option<String>,
    /// TopicId: `uuid 0+ ignorable`.
    pub topic_id: Uuid,
    /// IsInternal: `bool 0+ default=false ignorable`.
    pub is_internal: bool,
    /// Partitions: `[]DescribeTopicPartitionsResponsePartition 0+`.
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    /// TopicAuthorizedOperations: `int32 0+ default=-2147483648`.
    pub topic_authorized_operations: i32,
}
impl Default for DescribeTopicPartitionsResponseTopic {
    fn default() -> Self {
        DescribeTopicPartitionsResponseTopic {
            error_code: 0,
            name: Some(Default::default()),
            topic_id: Default::default(),
            is_internal: false,
            partitions: Default::default(),
            topic_authorized_operations: -2147483648,
        }
    }
}
impl Body for DescribeTopicPartitionsResponseTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.error_code);
        out.opt_string(true, true, "DescribeTopicPartitionsResponseTopic.Name", self.name.as_deref());
        out.uuid(self.topic_id);
        out.bool(self.is_internal);
        out.structs(true, version, "DescribeTopicPartitionsResponseTopic.Partitions", &self.partitions);
        out.i32(self.topic_authorized_operations);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeTopicPartitionsResponseTopic");
        let this = DescribeTopicPartitionsResponseTopic {
            error_code: input.i16(),
            name: input.opt_string(true, true, "Name"),
            topic_id: input.uuid(),
            is_internal: input.bool(),
            partitions: input.structs(true, version, "Partitions"),
            topic_authorized_operations: input.i32(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeTopicPartitionsResponseTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.name = sample::nullable(random, true, |random| sample::string(random));
        this.topic_id = sample::uuid(random);
        this.is_internal = random() & 1 == 1;
        this.partitions =
            sample::vec(random, |random| DescribeTopicPartitionsResponsePartition::sample(version, random));
        this.topic_authorized_operations = sample::bits(random) as i32;
        this
    }
}
/// `DescribeTopicPartitionsResponsePartition` of `DescribeTopicPartitionsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeTopicPartitionsResponsePartition {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// LeaderId: `int32 0+`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 0+ default=-1 ignorable`.
    pub leader_epoch: i32,
    /// ReplicaNodes: `[]int32 0+`.
    pub replica_nodes: Vec<i32>,
    /// IsrNodes: `[]int32 0+`.
    pub isr_nodes: Vec<i32>,
    /// EligibleLeaderReplicas: `[]int32 0+ null=0+ default=null`.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// LastKnownElr: `[]int32 0+ null=0+ default=null`.
    pub last_known_elr: Option<Vec<i32>>,
    /// OfflineReplicas: `[]int32 0+ ignorable`.
    pub offline_replicas: Vec<i32>,
}
impl Default for DescribeTopicPartitionsResponsePartition {
    fn default() -> Self {
        DescribeTopicPartitionsResponsePartition {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Default::default(),
            isr_nodes: Default::default(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Default::default(),
        }
    }
}
impl Body for DescribeTopicPartitionsResponsePartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.error_code);
        out.i32(self.partition_index);
        out.i32(self.leader_id);
        out.i32(self.leader_epoch);
        out.array(true, "DescribeTopicPartitionsResponsePartition.ReplicaNodes", &self.replica_nodes, Encoder::i32);
        out.array(true, "DescribeTopicPartitionsResponsePartition.IsrNodes", &self.isr_nodes, Encoder::i32);
        out.opt_array(
            true,
            true,
            "DescribeTopicPartitionsResponsePartition.EligibleLeaderReplicas",
            self.eligible_leader_replicas.as_deref(),
            Encoder::i32,
        );
        out.opt_array(
            true,
            true,
            "DescribeTopicPartitionsResponsePartition.LastKnownElr",
            self.last_known_elr.as_deref(),
            Encoder::i32,
        );
        out.array(
            true,
            "DescribeTopicPartitionsResponsePartition.OfflineReplicas",
            &self.offline_replicas,
            Encoder::i32,
        );
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeTopicPartitionsResponsePartition");
        let this = DescribeTopicPartitionsResponsePartition {
            error_code: input.i16(),
            partition_index: input.i32(),
            leader_id: input.i32(),
            leader_epoch: input.i32(),
            replica_nodes: input.array(true, "ReplicaNodes", Decoder::i32),
            isr_nodes: input.array(true, "IsrNodes", Decoder::i32),
            eligible_leader_replicas: input.opt_array(true, true, "EligibleLeaderReplicas", Decoder::i32),
            last_known_elr: input.opt_array(true, true, "LastKnownElr", Decoder::i32),
            offline_replicas: input.array(true, "OfflineReplicas", Decoder::i32),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeTopicPartitionsResponsePartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.partition_index = sample::bits(random) as i32;
        this.leader_id = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this.replica_nodes = sample::vec(random, |random| sample::bits(random) as i32);
        this.isr_nodes = sample::vec(random, |random| sample::bits(random) as i32);
        this.eligible_leader_replicas =
            sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        this.last_known_elr =
            sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        this.offline_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
/// `Cursor` of `DescribeTopicPartitionsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Cursor {
    /// TopicName: `string 0+`.
    pub topic_name: String,
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
}
impl Body for Cursor {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Cursor.TopicName", &self.topic_name);
        out.i32(self.partition_index);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Cursor");
        let this = Cursor { topic_name: input.string(true, "TopicName"), partition_index: input.i32() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Cursor {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        this.partition_index = sample::bits(random) as i32;
        this
    }
}
