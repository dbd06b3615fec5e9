//! `VoteResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `VoteResponse` of `VoteResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct VoteResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Topics: `[]TopicData 0+`.
    pub topics: Vec<TopicData>,
    /// NodeEndpoints: `[]NodeEndpoint 1+ tag=0`.
    pub node_endpoints: Vec<NodeEndpoint>,
}
impl Body for VoteResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.error_code);
        out.structs(true, version, "VoteResponse.Topics", &self.topics);
        let has_node_endpoints = !self.node_endpoints.is_empty();
        if has_node_endpoints && version < 1 {
            out.not_in_version("VoteResponse.NodeEndpoints", version);
        }
        let has_node_endpoints = has_node_endpoints && version >= 1;
        out.uvarint(u32::from(has_node_endpoints));
        if has_node_endpoints {
            let start = out.tag(0);
            out.structs(true, version, "VoteResponse.NodeEndpoints", &self.node_endpoints);
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("VoteResponse");
        let mut this = VoteResponse {
            error_code: input.i16(),
            topics: input.structs(true, version, "Topics"),
            node_endpoints: Default::default(),
        };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 if version >= 1 => this.node_endpoints = input.structs(true, version, "NodeEndpoints"),
                0 => input.tag_not_in_version(0, version),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for VoteResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.topics = sample::vec(random, |random| TopicData::sample(version, random));
        if version >= 1 {
            this.node_endpoints = sample::vec(random, |random| NodeEndpoint::sample(version, random));
        }
        this
    }
}
impl Message for VoteResponse {
    const NAME: &'static str = "VoteResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `TopicData` of `VoteResponse`, versions 0–1.
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
/// `PartitionData` of `VoteResponse`, versions 0–1.
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
    /// VoteGranted: `bool 0+`.
    pub vote_granted: bool,
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i16(self.error_code);
        out.i32(self.leader_id);
        out.i32(self.leader_epoch);
        out.bool(self.vote_granted);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let this = PartitionData {
            partition_index: input.i32(),
            error_code: input.i16(),
            leader_id: input.i32(),
            leader_epoch: input.i32(),
            vote_granted: input.bool(),
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
        this.vote_granted = random() & 1 == 1;
        this
    }
}
/// `NodeEndpoint` of `VoteResponse`, versions 1–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NodeEndpoint {
    /// NodeId: `int32 1+`.
    pub node_id: i32,
    /// Host: `string 1+`.
    pub host: String,
    /// Port: `uint16 1+`.
    pub port: u16,
}
impl Body for NodeEndpoint {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.node_id);
        out.string(true, "NodeEndpoint.Host", &self.host);
        out.u16(self.port);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("NodeEndpoint");
        let this = NodeEndpoint { node_id: input.i32(), host: input.string(true, "Host"), port: input.u16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for NodeEndpoint {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.node_id = sample::bits(random) as i32;
        this.host = sample::string(random);
        this.port = sample::bits(random) as u16;
        this
    }
}
