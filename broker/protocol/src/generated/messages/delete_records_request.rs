//! `DeleteRecordsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DeleteRecordsRequest` of `DeleteRecordsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteRecordsRequest {
    /// Topics: `[]DeleteRecordsTopic 0+`.
    pub topics: Vec<DeleteRecordsTopic>,
    /// TimeoutMs: `int32 0+`.
    pub timeout_ms: i32,
}
impl Body for DeleteRecordsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.structs(flexible, version, "DeleteRecordsRequest.Topics", &self.topics);
        out.i32(self.timeout_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteRecordsRequest");
        let flexible = version >= 2;
        let this = DeleteRecordsRequest { topics: input.structs(flexible, version, "Topics"), timeout_ms: input.i32() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteRecordsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topics = sample::vec(random, |random| DeleteRecordsTopic::sample(version, random));
        this.timeout_ms = sample::bits(random) as i32;
        this
    }
}
impl Message for DeleteRecordsRequest {
    const NAME: &'static str = "DeleteRecordsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for DeleteRecordsRequest {
    const KEY: ApiKey = ApiKey::DELETE_RECORDS;
    type Response = super::delete_records_response::DeleteRecordsResponse;
}
/// `DeleteRecordsTopic` of `DeleteRecordsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteRecordsTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]DeleteRecordsPartition 0+`.
    pub partitions: Vec<DeleteRecordsPartition>,
}
impl Body for DeleteRecordsTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "DeleteRecordsTopic.Name", &self.name);
        out.structs(flexible, version, "DeleteRecordsTopic.Partitions", &self.partitions);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteRecordsTopic");
        let flexible = version >= 2;
        let this = DeleteRecordsTopic {
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
impl Sample for DeleteRecordsTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| DeleteRecordsPartition::sample(version, random));
        this
    }
}
/// `DeleteRecordsPartition` of `DeleteRecordsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteRecordsPartition {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// Offset: `int64 0+`.
    pub offset: i64,
}
impl Body for DeleteRecordsPartition {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.partition_index);
        out.i64(self.offset);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteRecordsPartition");
        let flexible = version >= 2;
        let this = DeleteRecordsPartition { partition_index: input.i32(), offset: input.i64() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteRecordsPartition {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.offset = sample::bits(random) as i64;
        this
    }
}
