//! `CreatePartitionsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `CreatePartitionsResponse` of `CreatePartitionsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatePartitionsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Results: `[]CreatePartitionsTopicResult 0+`.
    pub results: Vec<CreatePartitionsTopicResult>,
}
impl Body for CreatePartitionsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "CreatePartitionsResponse.Results", &self.results);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatePartitionsResponse");
        let flexible = version >= 2;
        let this = CreatePartitionsResponse {
            throttle_time_ms: input.i32(),
            results: input.structs(flexible, version, "Results"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatePartitionsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.results = sample::vec(random, |random| CreatePartitionsTopicResult::sample(version, random));
        this
    }
}
impl Message for CreatePartitionsResponse {
    const NAME: &'static str = "CreatePartitionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `CreatePartitionsTopicResult` of `CreatePartitionsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatePartitionsTopicResult {
    /// Name: `string 0+`.
    pub name: String,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+ default=null`.
    pub error_message: Option<String>,
}
impl Body for CreatePartitionsTopicResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "CreatePartitionsTopicResult.Name", &self.name);
        out.i16(self.error_code);
        out.opt_string(flexible, true, "CreatePartitionsTopicResult.ErrorMessage", self.error_message.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatePartitionsTopicResult");
        let flexible = version >= 2;
        let this = CreatePartitionsTopicResult {
            name: input.string(flexible, "Name"),
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreatePartitionsTopicResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
