//! `ListPartitionReassignmentsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ListPartitionReassignmentsRequest` of `ListPartitionReassignmentsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct ListPartitionReassignmentsRequest {
    /// TimeoutMs: `int32 0+ default=60000`.
    pub timeout_ms: i32,
    /// Topics: `[]ListPartitionReassignmentsTopics 0+ null=0+ default=null`.
    pub topics: Option<Vec<ListPartitionReassignmentsTopics>>,
}
impl Default for ListPartitionReassignmentsRequest {
    fn default() -> Self {
        ListPartitionReassignmentsRequest { timeout_ms: 60000, topics: None }
    }
}
impl Body for ListPartitionReassignmentsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.timeout_ms);
        out.opt_structs(true, true, version, "ListPartitionReassignmentsRequest.Topics", self.topics.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListPartitionReassignmentsRequest");
        let this = ListPartitionReassignmentsRequest {
            timeout_ms: input.i32(),
            topics: input.opt_structs(true, true, version, "Topics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListPartitionReassignmentsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.timeout_ms = sample::bits(random) as i32;
        this.topics = sample::nullable(random, true, |random| {
            sample::vec(random, |random| ListPartitionReassignmentsTopics::sample(version, random))
        });
        this
    }
}
impl Message for ListPartitionReassignmentsRequest {
    const NAME: &'static str = "ListPartitionReassignmentsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for ListPartitionReassignmentsRequest {
    const KEY: ApiKey = ApiKey::LIST_PARTITION_REASSIGNMENTS;
    type Response = super::list_partition_reassignments_response::ListPartitionReassignmentsResponse;
}
/// `ListPartitionReassignmentsTopics` of `ListPartitionReassignmentsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListPartitionReassignmentsTopics {
    /// Name: `string 0+`.
    pub name: String,
    /// PartitionIndexes: `[]int32 0+`.
    pub partition_indexes: Vec<i32>,
}
impl Body for ListPartitionReassignmentsTopics {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ListPartitionReassignmentsTopics.Name", &self.name);
        out.array(true, "ListPartitionReassignmentsTopics.PartitionIndexes", &self.partition_indexes, Encoder::i32);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListPartitionReassignmentsTopics");
        let this = ListPartitionReassignmentsTopics {
            name: input.string(true, "Name"),
            partition_indexes: input.array(true, "PartitionIndexes", Decoder::i32),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListPartitionReassignmentsTopics {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partition_indexes = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
