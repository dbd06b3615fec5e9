//! `ProduceRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Records, Request};
/// `ProduceRequest` of `ProduceRequest`, versions 0–11.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ProduceRequest {
    /// TransactionalId: `string 3+ null=3+ default=null`.
    pub transactional_id: Option<String>,
    /// Acks: `int16 0+`.
    pub acks: i16,
    /// TimeoutMs: `int32 0+`.
    pub timeout_ms: i32,
    /// TopicData: `[]TopicProduceData 0+`.
    pub topic_data: Vec<TopicProduceData>,
}
impl Body for ProduceRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        if version >= 3 {
            out.opt_string(flexible, true, "ProduceRequest.TransactionalId", self.transactional_id.as_deref());
        } else if self.transactional_id.is_some() {
            out.not_in_version("ProduceRequest.TransactionalId", version);
        }
        out.i16(self.acks);
        out.i32(self.timeout_ms);
        out.structs(flexible, version, "ProduceRequest.TopicData", &self.topic_data);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ProduceRequest");
        let flexible = version >= 9;
        let this = ProduceRequest {
            transactional_id: if version >= 3 { input.opt_string(flexible, true, "TransactionalId") } else { None },
            acks: input.i16(),
            timeout_ms: input.i32(),
            topic_data: input.structs(flexible, version, "TopicData"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ProduceRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 3 {
            this.transactional_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this.acks = sample::bits(random) as i16;
        this.timeout_ms = sample::bits(random) as i32;
        this.topic_data = sample::vec(random, |random| TopicProduceData::sample(version, random));
        this
    }
}
impl Message for ProduceRequest {
    const NAME: &'static str = "ProduceRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 11;
    const FIRST_FLEXIBLE: i16 = 9;
}
impl Request for ProduceRequest {
    const KEY: ApiKey = ApiKey::PRODUCE;
    type Response = super::produce_response::ProduceResponse;
}
/// `TopicProduceData` of `ProduceRequest`, versions 0–11.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicProduceData {
    /// Name: `string 0+`.
    pub name: String,
    /// PartitionData: `[]PartitionProduceData 0+`.
    pub partition_data: Vec<PartitionProduceData>,
}
impl Body for TopicProduceData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.string(flexible, "TopicProduceData.Name", &self.name);
        out.structs(flexible, version, "TopicProduceData.PartitionData", &self.partition_data);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicProduceData");
        let flexible = version >= 9;
        let this = TopicProduceData {
            name: input.string(flexible, "Name"),
            partition_data: input.structs(flexible, version, "PartitionData"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicProduceData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partition_data = sample::vec(random, |random| PartitionProduceData::sample(version, random));
        this
    }
}
/// `PartitionProduceData` of `ProduceRequest`, versions 0–11.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PartitionProduceData {
    /// Index: `int32 0+`.
    pub index: i32,
    /// Records: `records 0+ null=0+`.
    pub records: Option<Records>,
}
impl Body for PartitionProduceData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 9;
        out.i32(self.index);
        out.opt_records(flexible, true, "PartitionProduceData.Records", self.records.as_ref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PartitionProduceData");
        let flexible = version >= 9;
        let this = PartitionProduceData { index: input.i32(), records: input.opt_records(flexible, true, "Records") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PartitionProduceData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.index = sample::bits(random) as i32;
        this.records = sample::nullable(random, true, |random| sample::records(random));
        this
    }
}
