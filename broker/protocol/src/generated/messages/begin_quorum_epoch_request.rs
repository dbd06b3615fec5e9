//! `BeginQuorumEpochRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `BeginQuorumEpochRequest` of `BeginQuorumEpochRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct BeginQuorumEpochRequest {
    /// ClusterId: `string 0+ null=0+ default=null`.
    pub cluster_id: Option<String>,
    /// VoterId: `int32 1+ default=-1 ignorable`.
    pub voter_id: i32,
    /// Topics: `[]TopicData 0+`.
    pub topics: Vec<TopicData>,
    /// LeaderEndpoints: `[]LeaderEndpoint 1+ ignorable`.
    pub leader_endpoints: Vec<LeaderEndpoint>,
}
impl Default for BeginQuorumEpochRequest {
    fn default() -> Self {
        BeginQuorumEpochRequest {
            cluster_id: None,
            voter_id: -1,
            topics: Default::default(),
            leader_endpoints: Default::default(),
        }
    }
}
impl Body for BeginQuorumEpochRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.opt_string(flexible, true, "BeginQuorumEpochRequest.ClusterId", self.cluster_id.as_deref());
        if version >= 1 {
            out.i32(self.voter_id);
        }
        out.structs(flexible, version, "BeginQuorumEpochRequest.Topics", &self.topics);
        if version >= 1 {
            out.structs(flexible, version, "BeginQuorumEpochRequest.LeaderEndpoints", &self.leader_endpoints);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BeginQuorumEpochRequest");
        let flexible = version >= 1;
        let this = BeginQuorumEpochRequest {
            cluster_id: input.opt_string(flexible, true, "ClusterId"),
            voter_id: if version >= 1 { input.i32() } else { -1 },
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
impl Sample for BeginQuorumEpochRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        if version >= 1 {
            this.voter_id = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| TopicData::sample(version, random));
        if version >= 1 {
            this.leader_endpoints = sample::vec(random, |random| LeaderEndpoint::sample(version, random));
        }
        this
    }
}
impl Message for BeginQuorumEpochRequest {
    const NAME: &'static str = "BeginQuorumEpochRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
impl Request for BeginQuorumEpochRequest {
    const KEY: ApiKey = ApiKey::BEGIN_QUORUM_EPOCH;
    type Response = super::begin_quorum_epoch_response::BeginQuorumEpochResponse;
}
/// `TopicData` of `BeginQuorumEpochRequest`, versions 0–1.
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
/// `PartitionData` of `BeginQuorumEpochRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// VoterDirectoryId: `uuid 1+ ignorable`.
    pub voter_directory_id: Uuid,
    /// LeaderId: `int32 0+`.
    pub leader_id: i32,
    /// LeaderEpoch: `int32 0+`.
    pub leader_epoch: i32,
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i32(self.partition_index);
        if version >= 1 {
            out.uuid(self.voter_directory_id);
        }
        out.i32(self.leader_id);
        out.i32(self.leader_epoch);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let flexible = version >= 1;
        let this = PartitionData {
            partition_index: input.i32(),
            voter_directory_id: if version >= 1 { input.uuid() } else { Default::default() },
            leader_id: input.i32(),
            leader_epoch: input.i32(),
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
        if version >= 1 {
            this.voter_directory_id = sample::uuid(random);
        }
        this.leader_id = sample::bits(random) as i32;
        this.leader_epoch = sample::bits(random) as i32;
        this
    }
}
/// `LeaderEndpoint` of `BeginQuorumEpochRequest`, versions 1–1.
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
