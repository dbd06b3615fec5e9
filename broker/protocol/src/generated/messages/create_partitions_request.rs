//! `CreatePartitionsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `CreatePartitionsRequest` of `CreatePartitionsRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatePartitionsRequest {
    /// Topics: `[]CreatePartitionsTopic 0+`.
    pub topics: Vec<CreatePartitionsTopic>,
    /// TimeoutMs: `int32 0+`.
    pub timeout_ms: i32,
    /// ValidateOnly: `bool 0+`.
    pub validate_only: bool,
}
impl Body for CreatePartitionsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.structs(flexible, version, "CreatePartitionsRequest.Topics", &self.topics);
        out.i32(self.timeout_ms);
        out.bool(self.validate_only);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatePartitionsRequest");
        let flexible = version >= 2;
        let this = CreatePartitionsRequest {
            topics: input.structs(flexible, version, "Topics"),
            timeout_ms: input.i32(),
            validate_only: input.bool(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatePartitionsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topics = sample::vec(random, |random| CreatePartitionsTopic::sample(version, random));
        this.timeout_ms = sample::bits(random) as i32;
        this.validate_only = random() & 1 == 1;
        this
    }
}
impl Message for CreatePartitionsRequest {
    const NAME: &'static str = "CreatePartitionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for CreatePartitionsRequest {
    const KEY: ApiKey = ApiKey::CREATE_PARTITIONS;
    type Response = super::create_partitions_response::CreatePartitionsResponse;
}
/// `CreatePartitionsTopic` of `CreatePartitionsRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsTopic {
    /// Name: `string 0+`.
    pub name: String,
    /// Count: `int32 0+`.
    pub count: i32,
    /// Assignments: `[]CreatePartitionsAssignment 0+ null=0+`.
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
}
impl Default for CreatePartitionsTopic {
    fn default() -> Self {
        CreatePartitionsTopic { name: Default::default(), count: 0, assignments: Some(Default::default()) }
    }
}
impl Body for CreatePartitionsTopic {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "CreatePartitionsTopic.Name", &self.name);
        out.i32(self.count);
        out.opt_structs(flexible, true, version, "CreatePartitionsTopic.Assignments", self.assignments.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatePartitionsTopic");
        let flexible = version >= 2;
        let this = CreatePartitionsTopic {
            name: input.string(flexible, "Name"),
            count: input.i32(),
            assignments: input.opt_structs(flexible, true, version, "Assignments"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatePartitionsTopic {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.count = sample::bits(random) as i32;
        this.assignments = sample::nullable(random, true, |random| {
            sample::vec(random, |random| CreatePartitionsAssignment::sample(version, random))
        });
        this
    }
}
/// `CreatePartitionsAssignment` of `CreatePartitionsRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatePartitionsAssignment {
    /// BrokerIds: `[]int32 0+`.
    pub broker_ids: Vec<i32>,
}
impl Body for CreatePartitionsAssignment {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.array(flexible, "CreatePartitionsAssignment.BrokerIds", &self.broker_ids, Encoder::i32);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatePartitionsAssignment");
        let flexible = version >= 2;
        let this = CreatePartitionsAssignment { broker_ids: input.array(flexible, "BrokerIds", Decoder::i32) };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatePartitionsAssignment {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_ids = sample::vec(random, |random| sample::bits(random) as i32);
        this
    }
}
