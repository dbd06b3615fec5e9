//! `AlterPartitionReassignmentsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AlterPartitionReassignmentsResponse` of `AlterPartitionReassignmentsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionReassignmentsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// Responses: `[]ReassignableTopicResponse 0+`.
    pub responses: Vec<ReassignableTopicResponse>,
}
impl Default for AlterPartitionReassignmentsResponse {
    fn default() -> Self {
        AlterPartitionReassignmentsResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            responses: Default::default(),
        }
    }
}
impl Body for AlterPartitionReassignmentsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.opt_string(true, true, "AlterPartitionReassignmentsResponse.ErrorMessage", self.error_message.as_deref());
        out.structs(true, version, "AlterPartitionReassignmentsResponse.Responses", &self.responses);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterPartitionReassignmentsResponse");
        let this = AlterPartitionReassignmentsResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
            responses: input.structs(true, version, "Responses"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterPartitionReassignmentsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.responses = sample::vec(random, |random| ReassignableTopicResponse::sample(version, random));
        this
    }
}
impl Message for AlterPartitionReassignmentsResponse {
    const NAME: &'static str = "AlterPartitionReassignmentsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `ReassignableTopicResponse` of `AlterPartitionReassignmentsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReassignableTopicResponse {
    /// Name: `string 0+`.
    pub name: String,
    /// Partitions: `[]ReassignablePartitionResponse 0+`.
    pub partitions: Vec<ReassignablePartitionResponse>,
}
impl Body for ReassignableTopicResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ReassignableTopicResponse.Name", &self.name);
        out.structs(true, version, "ReassignableTopicResponse.Partitions", &self.partitions);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ReassignableTopicResponse");
        let this = ReassignableTopicResponse {
            name: input.string(true, "Name"),
            partitions: input.structs(true, version, "Partitions"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ReassignableTopicResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.partitions = sample::vec(random, |random| ReassignablePartitionResponse::sample(version, random));
        this
    }
}
/// `ReassignablePartitionResponse` of `AlterPartitionReassignmentsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct ReassignablePartitionResponse {
    /// PartitionIndex: `int32 0+`.
    pub partition_index: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
}
impl Default for ReassignablePartitionResponse {
    fn default() -> Self {
        ReassignablePartitionResponse { partition_index: 0, error_code: 0, error_message: Some(Default::default()) }
    }
}
impl Body for ReassignablePartitionResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.partition_index);
        out.i16(self.error_code);
        out.opt_string(true, true, "ReassignablePartitionResponse.ErrorMessage", self.error_message.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ReassignablePartitionResponse");
        let this = ReassignablePartitionResponse {
            partition_index: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ReassignablePartitionResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.partition_index = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
