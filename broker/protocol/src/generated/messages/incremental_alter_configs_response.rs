//! `IncrementalAlterConfigsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `IncrementalAlterConfigsResponse` of `IncrementalAlterConfigsResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct IncrementalAlterConfigsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Responses: `[]AlterConfigsResourceResponse 0+`.
    pub responses: Vec<AlterConfigsResourceResponse>,
}
impl Body for IncrementalAlterConfigsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "IncrementalAlterConfigsResponse.Responses", &self.responses);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("IncrementalAlterConfigsResponse");
        let flexible = version >= 1;
        let this = IncrementalAlterConfigsResponse {
            throttle_time_ms: input.i32(),
            responses: input.structs(flexible, version, "Responses"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for IncrementalAlterConfigsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.responses = sample::vec(random, |random| AlterConfigsResourceResponse::sample(version, random));
        this
    }
}
impl Message for IncrementalAlterConfigsResponse {
    const NAME: &'static str = "IncrementalAlterConfigsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
/// `AlterConfigsResourceResponse` of `IncrementalAlterConfigsResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterConfigsResourceResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
}
impl Default for AlterConfigsResourceResponse {
    fn default() -> Self {
        AlterConfigsResourceResponse {
            error_code: 0,
            error_message: Some(Default::default()),
            resource_type: 0,
            resource_name: Default::default(),
        }
    }
}
impl Body for AlterConfigsResourceResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i16(self.error_code);
        out.opt_string(flexible, true, "AlterConfigsResourceResponse.ErrorMessage", self.error_message.as_deref());
        out.i8(self.resource_type);
        out.string(flexible, "AlterConfigsResourceResponse.ResourceName", &self.resource_name);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterConfigsResourceResponse");
        let flexible = version >= 1;
        let this = AlterConfigsResourceResponse {
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
            resource_type: input.i8(),
            resource_name: input.string(flexible, "ResourceName"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterConfigsResourceResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        this
    }
}
