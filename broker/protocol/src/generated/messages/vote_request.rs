//! `VoteRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `VoteRequest` of `VoteRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct VoteRequest {
    /// ClusterId: `string 0+ null=0+ default=null`.
    pub cluster_id: Option<String>,
    /// VoterId: `int32 1+ default=-1 ignorable`.
    pub voter_id: i32,
    /// Topics: `[]TopicData 0+`.
    pub topics: Vec<TopicData>,
}
impl Default for VoteRequest {
    fn default() -> Self {
        VoteRequest { cluster_id: None, voter_id: -1, topics: Default::default() }
    }
}
impl Body for VoteRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.opt_string(true, true, "VoteRequest.ClusterId", self.cluster_id.as_deref());
        if version >= 1 {
            out.i32(self.voter_id);
        }
        out.structs(true, version, "VoteRequest.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("VoteRequest");
        let this = VoteRequest {
            cluster_id: input.opt_string(true, true, "ClusterId"),
            voter_id: if version >= 1 { input.i32() } else { -1 },
            topics: input.structs(true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for VoteRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.cluster_id = sample::nullable(random, true, |random| sample::string(random));
        if version >= 1 {
            this.voter_id = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| TopicData::sample(version, random));
        this
    }
}
impl Message for VoteRequest {
    const NAME: &'static str = "VoteRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for VoteRequest {
    const KEY: ApiKey = ApiKey::VOTE;
    type Response = super::vote_response::VoteResponse;
}
/// `TopicData` of `VoteRequest`, versions 0–1.
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
/// `PartitionData` of `VoteRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionData {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// CandidateEpoch: `int32 0+`.
    pub candidate_epoch: i32,
    /// CandidateId: `int32 0+`.
    pub candidate_id: i32,
    /// CandidateDirectoryId: `uuid 1+ ignorable`.
    pub candidate_directory_id: Uuid,
    /// VoterDirectoryId: `uuid 1+ ignorable`.
    pub voter_directory_id: Uuid,
    /// LastOffsetEpoch: `int32 0+`.
    pub last_offset_epoch: i32,
    /// LastOffset: `int64 0+`.
    pub last_offset: i64,
}
impl Body for PartitionData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i32(self.candidate_epoch);
        out.i32(self.candidate_id);
        if version >= 1 {
            out.uuid(self.candidate_directory_id);
        }
        if version >= 1 {
            out.uuid(self.voter_directory_id);
        }
        out.i32(self.last_offset_epoch);
        out.i64(self.last_offset);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionData");
        let this = PartitionData {
            partition_index: input.i32(),
            candidate_epoch: input.i32(),
            candidate_id: input.i32(),
            candidate_directory_id: if version >= 1 { input.uuid() } else { Default::default() },
            voter_directory_id: if version >= 1 { input.uuid() } else { Default::default() },
            last_offset_epoch: input.i32(),
            last_offset: input.i64(),
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
        this.candidate_epoch = sample::bits(random) as i32;
        this.candidate_id = sample::bits(random) as i32;
        if version >= 1 {
            this.candidate_directory_id = sample::uuid(random);
        }
        if version >= 1 {
            this.voter_directory_id = sample::uuid(random);
        }
        this.last_offset_epoch = sample::bits(random) as i32;
        this.last_offset = sample::bits(random) as i64;
        this
    }
}
