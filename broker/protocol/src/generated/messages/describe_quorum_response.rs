//! `DescribeQuorumResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeQuorumResponse` of `DescribeQuorumResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeQuorumResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 2+ null=2+ ignorable`.
    pub error_message: Option<String>,
    /// Topics: `[]TopicData 0+`.
    pub topics: Vec<TopicData>,
    /// Nodes: `[]Node 2+`.
    pub nodes: Vec<Node>,
}
impl Default for DescribeQuorumResponse {
    fn default() -> Self {
        DescribeQuorumResponse {
            error_code: 0,
            error_message: Some(Default::default()),
            topics: Default::default(),
            nodes: Default::default(),
        }
    }
}
impl Body for DescribeQuorumResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.error_code);
        if version >= 2 {
            out.opt_string(true, true, "DescribeQuorumResponse.ErrorMessage", self.error_message.as_deref());
        }
        out.structs(true, version, "DescribeQuorumResponse.Topics", &self.topics);
        if version >= 2 {
            out.structs(true, version, "DescribeQuorumResponse.Nodes", &self.nodes);
        } else if !self.nodes.is_empty() {
            out.not_in_version("DescribeQuorumResponse.Nodes", version);
        }
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeQuorumResponse");
        let this = DescribeQuorumResponse {
            error_code: input.i16(),
            error_message: if version >= 2 {
                input.opt_string(true, true, "ErrorMessage")
            } else {
                Some(Default::default())
            },
            topics: input.structs(true, version, "Topics"),
            nodes: if version >= 2 { input.structs(true, version, "Nodes") } else { Default::default() },
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeQuorumResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        if version >= 2 {
            this.error_message = sample::nullable(random, true, |random| sample::string(random));
        }
        this.topics = sample::vec(random, |random| TopicData::sample(version, random));
        if version >= 2 {
            this.nodes = sample::vec(random, |random| Node::sample(version, random));
        }
        this
    }
}
impl Message for DescribeQuorumResponse {
    const NAME: &'static str = "DescribeQuorumResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `TopicData` of `DescribeQuorumResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    /// TopicName: `string 0+`.
    pub topic_name: String,
    /// Partitions: `[]PartitionData 0+`.
    pub partitions: Vec<PartitionData>,
}
impl Body for TopicData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "TopicData.TopicName", &self.topic_name);
        out.structs(true, version, "TopicData.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicData");
        let this = TopicData {
            topic_name: input.string(true, "TopicName"),
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
        this.topic_name = sample::string(random);
        this.partitions = sample::vec(random, |random| PartitionData::sample(version, random));
        this
    }
}
/// `PartitionData` of `DescribeQuorumResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 2+ null=2+ ignorable`.
    pub error_message: Option<String>,
    /// LeaderId: `int32 0+`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 0+`.
    pub leader_epoch: i32,
    /// HighWatermark: `int64 0+`.
    pub high_watermark: i64,
    /// CurrentVoters: `[]ReplicaState 0+`.
    pub current_voters: Vec<ReplicaState>,
    /// Observers: `[]ReplicaState 0+`.
    pub observers: Vec<ReplicaState>,
}
impl Default for PartitionData {
    fn default() -> Self {
        PartitionData {
            partition_index: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            leader_id: 0,
            leader_epoch: 0,
            high_watermark: 0,
            current_voters: Default::default(),
            observers: Default::default(),
        }
    }
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i16(self.error_code);
        if version >= 2 {
            out.opt_string(true, true, "PartitionData.ErrorMessage", self.error_message.as_deref());
        }
        out.i32(self.leader_id);
        out.i32(self.leader_epoch);
        out.i64(self.high_watermark);
        out.structs(true, version, "PartitionData.CurrentVoters", &self.current_voters);
        out.structs(true, version, "PartitionData.Observers", &self.observers);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let this = PartitionData {
            partition_index: input.i32(),
            error_code: input.i16(),
            error_message: if version >= 2 {
                input.opt_string(true, true, "ErrorMessage")
            } else {
                Some(Default::default())
            },
            leader_id: input.i32(),
            leader_epoch: input.i32(),
            high_watermark: input.i64(),
            current_voters: input.structs(true, version, "CurrentVoters"),
            observers: input.structs(true, version, "Observers"),
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
        if version >= 2 {
            this.error_message = sample::nullable(random, true, |random| sample::string(random));
        }
        this.leader_id = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this.high_watermark = sample::bits(random) as i64;
        this.current_voters = sample::vec(random, |random| ReplicaState::sample(version, random));
        this.observers = sample::vec(random, |random| ReplicaState::sample(version, random));
        this
    }
}
/// `Node` of `DescribeQuorumResponse`, versions 2–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Node {
    /// NodeId: `int32 2+`.
    pub node_id: i32,
    /// Listeners: `[]Listener 2+`.
    pub listeners: Vec<Listener>,
}
impl Body for Node {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.node_id);
        out.structs(true, version, "Node.Listeners", &self.listeners);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Node");
        let this = Node { node_id: input.i32(), listeners: input.structs(true, version, "Listeners") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Node {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.node_id = sample::bits(random) as i32;
        this.listeners = sample::vec(random, |random| Listener::sample(version, random));
        this
    }
}
/// `Listener` of `DescribeQuorumResponse`, versions 2–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Listener {
    /// Name: `string 2+`.
    pub name: String,
    /// Host: `string 2+`.
    pub host: String,
    /// Port: `uint16 2+`.
    pub port: u16,
}
impl Body for Listener {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "Listener.Name", &self.name);
        out.string(true, "Listener.Host", &self.host);
        out.u16(self.port);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("Listener");
        let this = Listener { name: input.string(true, "Name"), host: input.string(true, "Host"), port: input.u16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for Listener {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.host = sample::string(random);
        this.port = sample::bits(random) as u16;
        this
    }
}
/// `ReplicaState` of `DescribeQuorumResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaState {
    /// ReplicaId: `int32 0+`.
    pub replica_id: i32,
    /// ReplicaDirectoryId: `uuid 2+`.
    pub replica_directory_id: Uuid,
    /// LogEndOffset: `int64 0+`.
    pub log_end_offset: i64,
    /// LastFetchTimestamp: `int64 1+ default=-1 ignorable`.
    pub last_fetch_timestamp: i64,
    /// LastCaughtUpTimestamp: `int64 1+ default=-1 ignorable`.
    pub last_caught_up_timestamp: i64,
}
impl Default for ReplicaState {
    fn default() -> Self {
        ReplicaState {
            replica_id: 0,
            replica_directory_id: Default::default(),
            log_end_offset: 0,
            last_fetch_timestamp: -1,
            last_caught_up_timestamp: -1,
        }
    }
}
impl Body for ReplicaState {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.replica_id);
        if version >= 2 {
            out.uuid(self.replica_directory_id);
        } else if self.replica_directory_id != Uuid::ZERO {
            out.not_in_version("ReplicaState.ReplicaDirectoryId", version);
        }
        out.i64(self.log_end_offset);
        if version >= 1 {
            out.i64(self.last_fetch_timestamp);
        }
        if version >= 1 {
            out.i64(self.last_caught_up_timestamp);
        }
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ReplicaState");
        let this = ReplicaState {
            replica_id: input.i32(),
            replica_directory_id: if version >= 2 { input.uuid() } else { Default::default() },
            log_end_offset: input.i64(),
            last_fetch_timestamp: if version >= 1 { input.i64() } else { -1 },
            last_caught_up_timestamp: if version >= 1 { input.i64() } else { -1 },
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ReplicaState {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.replica_id = sample::bits(random) as i32;
        if version >= 2 {
            this.replica_directory_id = sample::uuid(random);
        }
        this.log_end_offset = sample::bits(random) as i64;
        if version >= 1 {
            this.last_fetch_timestamp = sample::bits(random) as i64;
        }
        if version >= 1 {
            this.last_caught_up_timestamp = sample::bits(random) as i64;
        }
        this
    }
}
