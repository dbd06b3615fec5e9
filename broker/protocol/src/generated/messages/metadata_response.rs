//! `MetadataResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `MetadataResponse` of `MetadataResponse`, versions 0–12.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponse {
    /// ThrottleTimeMs: `int32 3+ ignorable`.
    pub throttle_time_ms: i32,
    /// Brokers: `[]MetadataResponseBroker 0+`.
    pub brokers: Vec<MetadataResponseBroker>,
    /// ClusterId: `string 2+ null=2+ default=null ignorable`.
    pub cluster_id: Option<String>,
    /// ControllerId: `int32 1+ default=-1 ignorable`.
    pub controller_id: i32,
    /// Topics: `[]MetadataResponseTopic 0+`.
    pub topics: Vec<MetadataResponseTopic>,
    /// ClusterAuthorizedOperations: `int32 8-10 default=-2147483648`.
    pub cluster_authorized_operations: i32,
}
impl Default for MetadataResponse {
    fn default() -> Self {
        MetadataResponse {
            throttle_time_ms: 0,
            brokers: Default::default(),
            cluster_id: None,
            controller_id: -1,
            topics: Default::default(),
            cluster_authorized_operations: -2147483648,
        }
    }
}
impl Body for MetadataResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        if version >= 3 {
            out.i32(self.throttle_time_ms);
        }
        out.structs(flexible, version, "MetadataResponse.Brokers", &self.brokers);
        if version >= 2 {
            out.opt_string(flexible, true, "MetadataResponse.ClusterId", self.cluster_id.as_deref());
        }
        if version >= 1 {
            out.i32(self.controller_id);
        }
        out.structs(flexible, version, "MetadataResponse.Topics", &self.topics);
        if (8..=10).contains(&version) {
            out.i32(self.cluster_authorized_operations);
        } else if self.cluster_authorized_operations != -2147483648 {
            out.not_in_version("MetadataResponse.ClusterAuthorizedOperations", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MetadataResponse");
        let flexible = version >= 9;
        let this = MetadataResponse {
            throttle_time_ms: if version >= 3 { input.i32() } else { 0 },
            brokers: input.structs(flexible, version, "Brokers"),
            cluster_id: if version >= 2 { input.opt_string(flexible, true, "ClusterId") } else { None },
            controller_id: if version >= 1 { input.i32() } else { -1 },
            topics: input.structs(flexible, version, "Topics"),
            cluster_authorized_operations: if (8..=10).contains(&version) { input.i32() } else { -2147483648 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for MetadataResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 3 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.brokers = sample::vec(random, |random| MetadataResponseBroker::sample(version, random));
        if version >= 2 {
            this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        }
        if version >= 1 {
            this.controller_id = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| MetadataResponseTopic::sample(version, random));
        if (8..=10).contains(&version) {
            this.cluster_authorized_operations = sample::bits(random) as i32;
        }
        this
    }
}
impl Message for MetadataResponse {
    const NAME: &'static str = "MetadataResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 12;
    const FIRST_FLEXIBLE: i16 = 9;
}
/// `MetadataResponseBroker` of `MetadataResponse`, versions 0–12.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct MetadataResponseBroker {
    /// NodeId: `int32 0+`.
    pub node_id: i32,
    /// Host: `string 0+`.
    pub host: String,
    /// Port: `int32 0+`.
    pub port: i32,
    /// Rack: `string 1+ null=1+ default=null ignorable`.
    pub rack: Option<String>,
}
impl Body for MetadataResponseBroker {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.i32(self.node_id);
        out.string(flexible, "MetadataResponseBroker.Host", &self.host);
        out.i32(self.port);
        if version >= 1 {
            out.opt_string(flexible, true, "MetadataResponseBroker.Rack", self.rack.as_deref());
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MetadataResponseBroker");
        let flexible = version >= 9;
        let this = MetadataResponseBroker {
            node_id: input.i32(),
            host: input.string(flexible, "Host"),
            port: input.i32(),
            rack: if version >= 1 { input.opt_string(flexible, true, "Rack") } else { None },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for MetadataResponseBroker {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.node_id = sample::bits(random) as i32;
        this.host = sample::string(random);
        this.port = sample::bits(random) as i32;
        if version >= 1 {
            this.rack = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
/// `MetadataResponseTopic` of `MetadataResponse`, versions 0–12.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponseTopic {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Name: `string 0+ null=12+`.
    pub name: Option<String>,
    /// TopicId: `uuid 10+ ignorable`.
    pub topic_id: Uuid,
    /// IsInternal: `bool 1+ default=false ignorable`.
    pub is_internal: bool,
    /// Partitions: `[]MetadataResponsePartition 0+`.
    pub partitions: Vec<MetadataResponsePartition>,
    /// TopicAuthorizedOperations: `int32 8+ default=-2147483648`.
    pub topic_authorized_operations: i32,
}
impl Default for MetadataResponseTopic {
    fn default() -> Self {
        MetadataResponseTopic {
            error_code: 0,
            name: Some(Default::default()),
            topic_id: Default::default(),
            is_internal: false,
            partitions: Default::default(),
            topic_authorized_operations: -2147483648,
        }
    }
}
impl Body for MetadataResponseTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.i16(self.error_code);
        out.opt_string(flexible, version >= 12, "MetadataResponseTopic.Name", self.name.as_deref());
        if version >= 10 {
            out.uuid(self.topic_id);
        }
        if version >= 1 {
            out.bool(self.is_internal);
        }
        out.structs(flexible, version, "MetadataResponseTopic.Partitions", &self.partitions);
        if version >= 8 {
            out.i32(self.topic_authorized_operations);
        } else if self.topic_authorized_operations != -2147483648 {
            out.not_in_version("MetadataResponseTopic.TopicAuthorizedOperations", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MetadataResponseTopic");
        let flexible = version >= 9;
        let this = MetadataResponseTopic {
            error_code: input.i16(),
            name: input.opt_string(flexible, version >= 12, "Name"),
            topic_id: if version >= 10 { input.uuid() } else { Default::default() },
            is_internal: if version >= 1 { input.bool() } else { false },
            partitions: input.structs(flexible, version, "Partitions"),
            topic_authorized_operations: if version >= 8 { input.i32() } else { -2147483648 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for MetadataResponseTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.name = sample::nullable(random, version >= 12, |random| sample::string(random));
        if version >= 10 {
            this.topic_id = sample::uuid(random);
        }
        if version >= 1 {
            this.is_internal = random() & 1 == 1;
        }
        this.partitions = sample::vec(random, |random| MetadataResponsePartition::sample(version, random));
        if version >= 8 {
            this.topic_authorized_operations = sample::bits(random) as i32;
        }
        this
    }
}
/// `MetadataResponsePartition` of `MetadataResponse`, versions 0–12.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataResponsePartition {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// LeaderId: `int32 0+`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 7+ default=-1 ignorable`.
    pub leader_epoch: i32,
    /// ReplicaNodes: `[]int32 0+`.
    pub replica_nodes: Vec<i32>,
    /// IsrNodes: `[]int32 0+`.
    pub isr_nodes: Vec<i32>,
    /// OfflineReplicas: `[]int32 5+ ignorable`.
    pub offline_replicas: Vec<i32>,
}
impl Default for MetadataResponsePartition {
    fn default() -> Self {
        MetadataResponsePartition {
            error_code: 0,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Default::default(),
            isr_nodes: Default::default(),
            offline_replicas: Default::default(),
        }
    }
}
impl Body for MetadataResponsePartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.i16(self.error_code);
        out.i32(self.partition_index);
        out.i32(self.leader_id);
        if version >= 7 {
            out.i32(self.leader_epoch);
        }
        out.array(flexible, "MetadataResponsePartition.ReplicaNodes", &self.replica_nodes, Encoder::i32);
        out.array(flexible, "MetadataResponsePartition.IsrNodes", &self.isr_nodes, Encoder::i32);
        if version >= 5 {
            out.array(flexible, "MetadataResponsePartition.OfflineReplicas", &self.offline_replicas, Encoder::i32);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MetadataResponsePartition");
        let flexible = version >= 9;
        let this = MetadataResponsePartition {
            error_code: input.i16(),
            partition_index: input.i32(),
            leader_id: input.i32(),
            leader_epoch: if version >= 7 { input.i32() } else { -1 },
            replica_nodes: input.array(flexible, "ReplicaNodes", Decoder::i32),
            isr_nodes: input.array(flexible, "IsrNodes", Decoder::i32),
            offline_replicas: if version >= 5 {
                input.array(flexible, "OfflineReplicas", Decoder::i32)
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
impl Sample for MetadataResponsePartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.partition_index = sample::bits(random) as i32;
        this.leader_id = sample::bits(random) as i32;
        if version >= 7 {
            this.leader_epoch = sample::bits(random) as i32;
        }
        this.replica_nodes = sample::vec(random, |random| sample::bits(random) as i32);
        this.isr_nodes = sample::vec(random, |random| sample::bits(random) as i32);
        if version >= 5 {
            this.offline_replicas = sample::vec(random, |random| sample::bits(random) as i32);
        }
        this
    }
}
