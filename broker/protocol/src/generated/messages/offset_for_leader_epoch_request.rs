//! `OffsetForLeaderEpochRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `OffsetForLeaderEpochRequest` of `OffsetForLeaderEpochRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetForLeaderEpochRequest {
    /// ReplicaId: `int32 3+ default=-2 ignorable`.
    pub replica_id: i32,
    /// Topics: `[]OffsetForLeaderTopic 0+`.
    pub topics: Vec<OffsetForLeaderTopic>,
}
impl Default for OffsetForLeaderEpochRequest {
    fn default() -> Self {
        OffsetForLeaderEpochRequest { replica_id: -2, topics: Default::default() }
    }
}
impl Body for OffsetForLeaderEpochRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        if version >= 3 {
            out.i32(self.replica_id);
        }
        out.structs(flexible, version, "OffsetForLeaderEpochRequest.Topics", &self.topics);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetForLeaderEpochRequest");
        let flexible = version >= 4;
        let this = OffsetForLeaderEpochRequest {
            replica_id: if version >= 3 { input.i32() } else { -2 },
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
impl Sample for OffsetForLeaderEpochRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 3 {
            this.replica_id = sample::bits(random) as i32;
        }
        this.topics = sample::vec(random, |random| OffsetForLeaderTopic::sample(version, random));
        this
    }
}
impl Message for OffsetForLeaderEpochRequest {
    const NAME: &'static str = "OffsetForLeaderEpochRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 4;
}
impl Request for OffsetForLeaderEpochRequest {
    const KEY: ApiKey = ApiKey::OFFSET_FOR_LEADER_EPOCH;
    type Response = super::offset_for_leader_epoch_response::OffsetForLeaderEpochResponse;
}
/// `OffsetForLeaderTopic` of `OffsetForLeaderEpochRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetForLeaderTopic {
    /// Topic: `string 0+`.
    pub topic: String,
    /// Partitions: `[]OffsetForLeaderPartition 0+`.
    pub partitions: Vec<OffsetForLeaderPartition>,
}
impl Body for OffsetForLeaderTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "OffsetForLeaderTopic.Topic", &self.topic);
        out.structs(flexible, version, "OffsetForLeaderTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetForLeaderTopic");
        let flexible = version >= 4;
        let this = OffsetForLeaderTopic {
            topic: input.string(flexible, "Topic"),
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
impl Sample for OffsetForLeaderTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic = sample::string(random);
        this.partitions = sample::vec(random, |random| OffsetForLeaderPartition::sample(version, random));
        this
    }
}
/// `OffsetForLeaderPartition` of `OffsetForLeaderEpochRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetForLeaderPartition {
    /// Partition: `int32 0+`.
    pub partition: i32,
    /// CurrentLeaderEpoch: `int32 2+ default=-1 ignorable`.
    pub current_leader_epoch: i32,
    /// LeaderEpoch: `int32 0+`.
    pub leader_epoch: i32,
}
impl Default for OffsetForLeaderPartition {
    fn default() -> Self {
        OffsetForLeaderPartition { partition: 0, current_leader_epoch: -1, leader_epoch: 0 }
    }
}
impl Body for OffsetForLeaderPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i32(self.partition);
        if version >= 2 {
            out.i32(self.current_leader_epoch);
        }
        out.i32(self.leader_epoch);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetForLeaderPartition");
        let flexible = version >= 4;
        let this = OffsetForLeaderPartition {
            partition: input.i32(),
            current_leader_epoch: if version >= 2 { input.i32() } else { -1 },
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
impl Sample for OffsetForLeaderPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition = sample::bits(random) as i32;
        if version >= 2 {
            this.current_leader_epoch = sample::bits(random) as i32;
        }
        this.leader_epoch = sample::bits(random) as i32;
        this
    }
}
