//! `CreateAclsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `CreateAclsResponse` of `CreateAclsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreateAclsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Results: `[]AclCreationResult 0+`.
    pub results: Vec<AclCreationResult>,
}
impl Body for CreateAclsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "CreateAclsResponse.Results", &self.results);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreateAclsResponse");
        let flexible = version >= 2;
        let this =
            CreateAclsResponse { throttle_time_ms: input.i32(), results: input.structs(flexible, version, "Results") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreateAclsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.results = sample::vec(random, |random| AclCreationResult::sample(version, random));
        this
    }
}
impl Message for CreateAclsResponse {
    const NAME: &'static str = "CreateAclsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `AclCreationResult` of `CreateAclsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct AclCreationResult {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
}
impl Default for AclCreationResult {
    fn default() -> Self {
        AclCreationResult { error_code: 0, error_message: Some(Default::default()) }
    }
}
impl Body for AclCreationResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.opt_string(flexible, true, "AclCreationResult.ErrorMessage", self.error_message.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AclCreationResult");
        let flexible = version >= 2;
        let this = AclCreationResult {
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
impl Sample for AclCreationResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
