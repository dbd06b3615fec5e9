//! `TxnOffsetCommitRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `TxnOffsetCommitRequest` of `TxnOffsetCommitRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct TxnOffsetCommitRequest {
    /// TransactionalId: `string 0+`.
    pub transactional_id: String,
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// ProducerId: `int64 0+`.
    pub producer_id: i64,
    /// ProducerEpoch: `int16 0+`.
    pub producer_epoch: i16,
    /// GenerationId: `int32 3+ default=-1`.
    pub generation_id: i32,
    /// MemberId: `string 3+`.
    pub member_id: String,
    /// GroupInstanceId: `string 3+ null=3+ default=null`.
    pub group_instance_id: Option<String>,
    /// Topics: `[]TxnOffsetCommitRequestTopic 0+`.
    pub topics: Vec<TxnOffsetCommitRequestTopic>,
}
impl Default for TxnOffsetCommitRequest {
    fn default() -> Self {
        TxnOffsetCommitRequest {
            transactional_id: Default::default(),
            group_id: Default::default(),
            producer_id: 0,
            producer_epoch: 0,
            generation_id: -1,
            member_id: Default::default(),
            group_instance_id: None,
            topics: Default::default(),
        }
    }
}
impl Body for TxnOffsetCommitRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "TxnOffsetCommitRequest.TransactionalId", &self.transactional_id);
        out.string(flexible, "TxnOffsetCommitRequest.GroupId", &self.group_id);
        out.i64(self.producer_id);
        out.i16(self.producer_epoch);
        if version >= 3 {
            out.i32(self.generation_id);
        } else if self.generation_id != -1 {
            out.not_in_version("TxnOffsetCommitRequest.GenerationId", version);
        }
        if version >= 3 {
            out.string(flexible, "TxnOffsetCommitRequest.MemberId", &self.member_id);
        } else if !self.member_id.is_empty() {
            out.not_in_version("TxnOffsetCommitRequest.MemberId", version);
        }
        if version >= 3 {
            out.opt_string(flexible, true, "TxnOffsetCommitRequest.GroupInstanceId", self.group_instance_id.as_deref());
        } else if self.group_instance_id.is_some() {
            out.not_in_version("TxnOffsetCommitRequest.GroupInstanceId", version);
        }
        out.structs(flexible, version, "TxnOffsetCommitRequest.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TxnOffsetCommitRequest");
        let flexible = version >= 3;
        let this = TxnOffsetCommitRequest {
            transactional_id: input.string(flexible, "TransactionalId"),
            group_id: input.string(flexible, "GroupId"),
            producer_id: input.i64(),
            producer_epoch: input.i16(),
            generation_id: if version >= 3 { input.i32() } else { -1 },
            member_id: if version >= 3 { input.string(flexible, "MemberId") } else { Default::default() },
            group_instance_id: if version >= 3 { input.opt_string(flexible, true, "GroupInstanceId") } else { None },
            topics: input.structs(flexible, version, "Topics"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TxnOffsetCommitRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.transactional_id = sample::string(random);
        this.group_id = sample::string(random);
        this.producer_id = sample::bits(random) as i64;
        this.producer_epoch = sample::bits(random) as i16;
        if version >= 3 {
            this.generation_id = sample::bits(random) as i32;
        }
        if version >= 3 {
            this.member_id = sample::string(random);
        }
        if version >= 3 {
            this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this.topics = sample::vec(random, |random| TxnOffsetCommitRequestTopic::sample(version, random));
        this
    }
}
impl Message for TxnOffsetCommitRequest {
    const NAME: &'static str = "TxnOffsetCommitRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 3;
}
impl Request for TxnOffsetCommitRequest {
    const KEY: ApiKey = ApiKey::TXN_OFFSET_COMMIT;
    type Response = super::txn_offset_commit_response::TxnOffsetCommitResponse;
}
/// `TxnOffsetCommitRequestTopic` of `TxnOffsetCommitRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TxnOffsetCommitRequestTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]TxnOffsetCommitRequestPartition 0+`.
    pub partitions: Vec<TxnOffsetCommitRequestPartition>,
}
impl Body for TxnOffsetCommitRequestTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "TxnOffsetCommitRequestTopic.Name", &self.name);
        out.structs(flexible, version, "TxnOffsetCommitRequestTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TxnOffsetCommitRequestTopic");
        let flexible = version >= 3;
        let this = TxnOffsetCommitRequestTopic {
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
impl Sample for TxnOffsetCommitRequestTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| TxnOffsetCommitRequestPartition::sample(version, random));
        this
    }
}
/// `TxnOffsetCommitRequestPartition` of `TxnOffsetCommitRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct TxnOffsetCommitRequestPartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// CommittedOffset: `int64 0+`.
    pub committed_offset: i64,
    /// CommittedLeaderEpoch: `int32 2+ default=-1 ignorable`.
    pub committed_leader_epoch: i32,
    /// CommittedMetadata: `string 0+ null=0+`.
    pub committed_metadata: Option<String>,
}
impl Default for TxnOffsetCommitRequestPartition {
    fn default() -> Self {
        TxnOffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(Default::default()),
        }
    }
}
impl Body for TxnOffsetCommitRequestPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i32(self.partition_index);
        out.i64(self.committed_offset);
        if version >= 2 {
            out.i32(self.committed_leader_epoch);
        }
        out.opt_string(
            flexible,
            true,
            "TxnOffsetCommitRequestPartition.CommittedMetadata",
            self.committed_metadata.as_deref(),
        );
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TxnOffsetCommitRequestPartition");
        let flexible = version >= 3;
        let this = TxnOffsetCommitRequestPartition {
            partition_index: input.i32(),
            committed_offset: input.i64(),
            committed_leader_epoch: if version >= 2 { input.i32() } else { -1 },
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
impl Sample for TxnOffsetCommitRequestPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.committed_offset = sample::bits(random) as i64;
        if version >= 2 {
            this.committed_leader_epoch = sample::bits(random) as i32;
        }
        this.committed_metadata = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
