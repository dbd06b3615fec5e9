//! `EndQuorumEpochRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `EndQuorumEpochRequest` of `EndQuorumEpochRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EndQuorumEpochRequest {
    /// ClusterId: `string 0+ null=0+ default=null`.
    pub cluster_id: Option<String>,
    /// Topics: `[]TopicData 0+`.
    pub topics: Vec<TopicData>,
    /// LeaderEndpoints: `[]LeaderEndpoint 1+ ignorable`.
    pub leader_endpoints: Vec<LeaderEndpoint>,
}
impl Body for EndQuorumEpochRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.opt_string(flexible, true, "EndQuorumEpochRequest.ClusterId", self.cluster_id.as_deref());
        out.structs(flexible, version, "EndQuorumEpochRequest.Topics", &self.topics);
        if version >= 1 {
            out.structs(flexible, version, "EndQuorumEpochRequest.LeaderEndpoints", &self.leader_endpoints);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EndQuorumEpochRequest");
        let flexible = version >= 1;
        let this = EndQuorumEpochRequest {
            cluster_id: input.opt_string(flexible, true, "ClusterId"),
            topics: input.structs(flexible, version, "Topics"),
            leader_endpoints: if version >= 1 {
                input.structs(flexible, version, "LeaderEndpoints")
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
impl Sample for EndQuorumEpochRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        this.topics = sample::vec(random, |random| TopicData::sample(version, random));
        if version >= 1 {
            this.leader_endpoints = sample::vec(random, |random| LeaderEndpoint::sample(version, random));
        }
        this
    }
}
impl Message for EndQuorumEpochRequest {
    const NAME: &'static str = "EndQuorumEpochRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
impl Request for EndQuorumEpochRequest {
    const KEY: ApiKey = ApiKey::END_QUORUM_EPOCH;
    type Response = super::end_quorum_epoch_response::EndQuorumEpochResponse;
}
/// `TopicData` of `EndQuorumEpochRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicData {
    /// TopicName: `string 0+`.
    pub topic_name: String,
    /// Partitions: `[]PartitionData 0+`.
    pub partitions: Vec<PartitionData>,
}
impl Body for TopicData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.string(flexible, "TopicData.TopicName", &self.topic_name);
        out.structs(flexible, version, "TopicData.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicData");
        let flexible = version >= 1;
        let this = TopicData {
            topic_name: input.string(flexible, "TopicName"),
            partitions: input.structs(flexible, version, "Partitions"),
        };
        if flexible {
            input.skip_tags();
        }
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
/// `PartitionData` of `EndQuorumEpochRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// LeaderId: `int32 0+`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 0+`.
    pub leader_epoch: i32,
    /// PreferredSuccessors: `[]int32 0 ignorable`.
    pub preferred_successors: Vec<i32>,
    /// PreferredCandidates: `[]ReplicaInfo 1+ ignorable`.
    pub preferred_candidates: Vec<ReplicaInfo>,
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i32(self.partition_index);
        out.i32(self.leader_id);
        out.i32(self.leader_epoch);
        if version <= 0 {
            out.array(flexible, "PartitionData.PreferredSuccessors", &self.preferred_successors, Encoder::i32);
        }
        if version >= 1 {
            out.structs(flexible, version, "PartitionData.PreferredCandidates", &self.preferred_candidates);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let flexible = version >= 1;
        let this = PartitionData {
            partition_index: input.i32(),
            leader_id: input.i32(),
            leader_epoch: input.i32(),
            preferred_successors: if version <= 0 {
                input.array(flexible, "PreferredSuccessors", Decoder::i32)
            } else {
                Default::default()
            },
            preferred_candidates: if version >= 1 {
                input.structs(flexible, version, "PreferredCandidates")
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
impl Sample for PartitionData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.leader_id = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        if version <= 0 {
            this.preferred_successors = sample::vec(random, |random| sample::bits(random) as i32);
        }
        if version >= 1 {
            this.preferred_candidates = sample::vec(random, |random| ReplicaInfo::sample(version, random));
        }
        this
    }
}
/// `ReplicaInfo` of `EndQuorumEpochRequest`, versions 1–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReplicaInfo {
    /// CandidateId: `int32 1+`.
    pub candidate_id: i32,
    /// CandidateDirectoryId: `uuid 1+`.
    pub candidate_directory_id: Uuid,
}
impl Body for ReplicaInfo {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.candidate_id);
        out.uuid(self.candidate_directory_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ReplicaInfo");
        let this = ReplicaInfo { candidate_id: input.i32(), candidate_directory_id: input.uuid() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ReplicaInfo {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.candidate_id = sample::bits(random) as i32;
        this.candidate_directory_id = sample::uuid(random);
        this
    }
}
/// `LeaderEndpoint` of `EndQuorumEpochRequest`, versions 1–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaderEndpoint {
    /// Name: `string 1+`.
    pub name: String,
    /// Host: `string 1+`.
    pub host: String,
    /// Port: `uint16 1+`.
    pub port: u16,
}
impl Body for LeaderEndpoint {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "LeaderEndpoint.Name", &self.name);
        out.string(true, "LeaderEndpoint.Host", &self.host);
        out.u16(self.port);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaderEndpoint");
        let this =
            LeaderEndpoint { name: input.string(true, "Name"), host: input.string(true, "Host"), port: input.u16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaderEndpoint {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.host = sample::string(random);
        this.port = sample::bits(random) as u16;
        this
    }
}
