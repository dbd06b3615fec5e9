//! `AlterPartitionReassignmentsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `AlterPartitionReassignmentsRequest` of `AlterPartitionReassignmentsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionReassignmentsRequest {
    /// TimeoutMs: `int32 0+ default=60000`.
    pub timeout_ms: i32,
    /// Topics: `[]ReassignableTopic 0+`.
    pub topics: Vec<ReassignableTopic>,
}
impl Default for AlterPartitionReassignmentsRequest {
    fn default() -> Self {
        AlterPartitionReassignmentsRequest { timeout_ms: 60000, topics: Default::default() }
    }
}
impl Body for AlterPartitionReassignmentsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.timeout_ms);
        out.structs(true, version, "AlterPartitionReassignmentsRequest.Topics", &self.topics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterPartitionReassignmentsRequest");
        let this = AlterPartitionReassignmentsRequest {
            timeout_ms: input.i32(),
            topics: input.structs(true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterPartitionReassignmentsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.timeout_ms = sample::bits(random) as i32;
        this.topics = sample::vec(random, |random| ReassignableTopic::sample(version, random));
        this
    }
}
impl Message for AlterPartitionReassignmentsRequest {
    const NAME: &'static str = "AlterPartitionReassignmentsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for AlterPartitionReassignmentsRequest {
    const KEY: ApiKey = ApiKey::ALTER_PARTITION_REASSIGNMENTS;
    type Response = super::alter_partition_reassignments_response::AlterPartitionReassignmentsResponse;
}
/// `ReassignableTopic` of `AlterPartitionReassignmentsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReassignableTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]ReassignablePartition 0+`.
    pub partitions: Vec<ReassignablePartition>,
}
impl Body for ReassignableTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ReassignableTopic.Name", &self.name);
        out.structs(true, version, "ReassignableTopic.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ReassignableTopic");
        let this = ReassignableTopic {
            name: input.string(true, "Name"),
            partitions: input.structs(true, version, "Partitions"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ReassignableTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| ReassignablePartition::sample(version, random));
        this
    }
}
/// `ReassignablePartition` of `AlterPartitionReassignmentsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReassignablePartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// Replicas: `[]int32 0+ null=0+ default=null`.
    pub replicas: Option<Vec<i32>>,
}
impl Body for ReassignablePartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.opt_array(true, true, "ReassignablePartition.Replicas", self.replicas.as_deref(), Encoder::i32);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ReassignablePartition");
        let this = ReassignablePartition {
            partition_index: input.i32(),
            replicas: input.opt_array(true, true, "Replicas", Decoder::i32),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ReassignablePartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.replicas =
            sample::nullable(random, true, |random| sample::vec(random, |random| sample::bits(random) as i32));
        this
    }
}
