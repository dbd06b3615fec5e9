//! `AlterUserScramCredentialsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AlterUserScramCredentialsResponse` of `AlterUserScramCredentialsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterUserScramCredentialsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Results: `[]AlterUserScramCredentialsResult 0+`.
    pub results: Vec<AlterUserScramCredentialsResult>,
}
impl Body for AlterUserScramCredentialsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.structs(true, version, "AlterUserScramCredentialsResponse.Results", &self.results);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterUserScramCredentialsResponse");
        let this = AlterUserScramCredentialsResponse {
            throttle_time_ms: input.i32(),
            results: input.structs(true, version, "Results"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterUserScramCredentialsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.results = sample::vec(random, |random| AlterUserScramCredentialsResult::sample(version, random));
        this
    }
}
impl Message for AlterUserScramCredentialsResponse {
    const NAME: &'static str = "AlterUserScramCredentialsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `AlterUserScramCredentialsResult` of `AlterUserScramCredentialsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterUserScramCredentialsResult {
    /// User: `string 0+`.
    pub user: String,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
}
impl Default for AlterUserScramCredentialsResult {
    fn default() -> Self {
        AlterUserScramCredentialsResult {
            user: Default::default(),
            error_code: 0,
            error_message: Some(Default::default()),
        }
    }
}
impl Body for AlterUserScramCredentialsResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "AlterUserScramCredentialsResult.User", &self.user);
        out.i16(self.error_code);
        out.opt_string(true, true, "AlterUserScramCredentialsResult.ErrorMessage", self.error_message.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterUserScramCredentialsResult");
        let this = AlterUserScramCredentialsResult {
            user: input.string(true, "User"),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterUserScramCredentialsResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.user = sample::string(random);
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
