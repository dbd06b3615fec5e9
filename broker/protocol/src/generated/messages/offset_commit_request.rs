//! `OffsetCommitRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `OffsetCommitRequest` of `OffsetCommitRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitRequest {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// GenerationIdOrMemberEpoch: `int32 1+ default=-1 ignorable`.
    pub generation_id_or_member_epoch: i32,
    /// MemberId: `string 1+ ignorable`.
    pub member_id: String,
    /// GroupInstanceId: `string 7+ null=7+ default=null`.
    pub group_instance_id: Option<String>,
    /// RetentionTimeMs: `int64 2-4 default=-1 ignorable`.
    pub retention_time_ms: i64,
    /// Topics: `[]OffsetCommitRequestTopic 0+ lazy`.
    pub topics: LazyArray<OffsetCommitRequestTopic>,
}
impl Default for OffsetCommitRequest {
    fn default() -> Self {
        OffsetCommitRequest {
            group_id: Default::default(),
            generation_id_or_member_epoch: -1,
            member_id: Default::default(),
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Default::default(),
        }
    }
}
impl Body for OffsetCommitRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 8;
        out.string(flexible, "OffsetCommitRequest.GroupId", &self.group_id);
        if version >= 1 {
            out.i32(self.generation_id_or_member_epoch);
        }
        if version >= 1 {
            out.string(flexible, "OffsetCommitRequest.MemberId", &self.member_id);
        }
        if version >= 7 {
            out.opt_string(flexible, true, "OffsetCommitRequest.GroupInstanceId", self.group_instance_id.as_deref());
        } else if self.group_instance_id.is_some() {
            out.not_in_version("OffsetCommitRequest.GroupInstanceId", version);
        }
        if (2..=4).contains(&version) {
            out.i64(self.retention_time_ms);
        }
        out.lazy_structs(flexible, version, "OffsetCommitRequest.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetCommitRequest");
        let flexible = version >= 8;
        let this = OffsetCommitRequest {
            group_id: input.string(flexible, "GroupId"),
            generation_id_or_member_epoch: if version >= 1 { input.i32() } else { -1 },
            member_id: if version >= 1 { input.string(flexible, "MemberId") } else { Default::default() },
            group_instance_id: if version >= 7 { input.opt_string(flexible, true, "GroupInstanceId") } else { None },
            retention_time_ms: if (2..=4).contains(&version) { input.i64() } else { -1 },
            topics: input.lazy_structs(flexible, version, "Topics"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetCommitRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        if version >= 1 {
            this.generation_id_or_member_epoch = sample::bits(random) as i32;
        }
        if version >= 1 {
            this.member_id = sample::string(random);
        }
        if version >= 7 {
            this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        }
        if (2..=4).contains(&version) {
            this.retention_time_ms = sample::bits(random) as i64;
        }
        this.topics = sample::vec(random, |random| OffsetCommitRequestTopic::sample(version, random)).into();
        this
    }
}
impl Message for OffsetCommitRequest {
    const NAME: &'static str = "OffsetCommitRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE: i16 = 8;
}
impl Request for OffsetCommitRequest {
    const KEY: ApiKey = ApiKey::OFFSET_COMMIT;
    type Response = super::offset_commit_response::OffsetCommitResponse;
}
/// `OffsetCommitRequestTopic` of `OffsetCommitRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetCommitRequestTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]OffsetCommitRequestPartition 0+`.
    pub partitions: Vec<OffsetCommitRequestPartition>,
}
impl Body for OffsetCommitRequestTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 8;
        out.string(flexible, "OffsetCommitRequestTopic.Name", &self.name);
        out.structs(flexible, version, "OffsetCommitRequestTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetCommitRequestTopic");
        let flexible = version >= 8;
        let this = OffsetCommitRequestTopic {
            name: input.string(flexible, "Name"),
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
impl Sample for OffsetCommitRequestTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| OffsetCommitRequestPartition::sample(version, random));
        this
    }
}
/// `OffsetCommitRequestPartition` of `OffsetCommitRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetCommitRequestPartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// CommittedOffset: `int64 0+`.
    pub committed_offset: i64,
    /// CommittedLeaderEpoch: `int32 6+ default=-1 ignorable`.
    pub committed_leader_epoch: i32,
    /// CommitTimestamp: `int64 1 default=-1`.
    pub commit_timestamp: i64,
    /// CommittedMetadata: `string 0+ null=0+`.
    pub committed_metadata: Option<String>,
}
impl Default for OffsetCommitRequestPartition {
    fn default() -> Self {
        OffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            commit_timestamp: -1,
            committed_metadata: Some(Default::default()),
        }
    }
}
impl Body for OffsetCommitRequestPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 8;
        out.i32(self.partition_index);
        out.i64(self.committed_offset);
        if version >= 6 {
            out.i32(self.committed_leader_epoch);
        }
        if version == 1 {
            out.i64(self.commit_timestamp);
        } else if self.commit_timestamp != -1 {
            out.not_in_version("OffsetCommitRequestPartition.CommitTimestamp", version);
        }
        out.opt_string(
            flexible,
            true,
            "OffsetCommitRequestPartition.CommittedMetadata",
            self.committed_metadata.as_deref(),
        );
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetCommitRequestPartition");
        let flexible = version >= 8;
        let this = OffsetCommitRequestPartition {
            partition_index: input.i32(),
            committed_offset: input.i64(),
            committed_leader_epoch: if version >= 6 { input.i32() } else { -1 },
            commit_timestamp: if version == 1 { input.i64() } else { -1 },
            committed_metadata: input.opt_string(flexible, true, "CommittedMetadata"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetCommitRequestPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.committed_offset = sample::bits(random) as i64;
        if version >= 6 {
            this.committed_leader_epoch = sample::bits(random) as i32;
        }
        if version == 1 {
            this.commit_timestamp = sample::bits(random) as i64;
        }
        this.committed_metadata = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
