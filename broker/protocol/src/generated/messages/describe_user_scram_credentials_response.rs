//! `DescribeUserScramCredentialsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeUserScramCredentialsResponse` of `DescribeUserScramCredentialsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// Results: `[]DescribeUserScramCredentialsResult 0+`.
    pub results: Vec<DescribeUserScramCredentialsResult>,
}
impl Default for DescribeUserScramCredentialsResponse {
    fn default() -> Self {
        DescribeUserScramCredentialsResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            results: Default::default(),
        }
    }
}
impl Body for DescribeUserScramCredentialsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.opt_string(true, true, "DescribeUserScramCredentialsResponse.ErrorMessage", self.error_message.as_deref());
        out.structs(true, version, "DescribeUserScramCredentialsResponse.Results", &self.results);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeUserScramCredentialsResponse");
        let this = DescribeUserScramCredentialsResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
            results: input.structs(true, version, "Results"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeUserScramCredentialsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.results = sample::vec(random, |random| DescribeUserScramCredentialsResult::sample(version, random));
        this
    }
}
impl Message for DescribeUserScramCredentialsResponse {
    const NAME: &'static str = "DescribeUserScramCredentialsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `DescribeUserScramCredentialsResult` of `DescribeUserScramCredentialsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeUserScramCredentialsResult {
    /// User: `string 0+`.
    pub user: String,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// CredentialInfos: `[]CredentialInfo 0+`.
    pub credential_infos: Vec<CredentialInfo>,
}
impl Default for DescribeUserScramCredentialsResult {
    fn default() -> Self {
        DescribeUserScramCredentialsResult {
            user: Default::default(),
            error_code: 0,
            error_message: Some(Default::default()),
            credential_infos: Default::default(),
        }
    }
}
impl Body for DescribeUserScramCredentialsResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "DescribeUserScramCredentialsResult.User", &self.user);
        out.i16(self.error_code);
        out.opt_string(true, true, "DescribeUserScramCredentialsResult.ErrorMessage", self.error_message.as_deref());
        out.structs(true, version, "DescribeUserScramCredentialsResult.CredentialInfos", &self.credential_infos);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeUserScramCredentialsResult");
        let this = DescribeUserScramCredentialsResult {
            user: input.string(true, "User"),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
            credential_infos: input.structs(true, version, "CredentialInfos"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeUserScramCredentialsResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.user = sample::string(random);
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.credential_infos = sample::vec(random, |random| CredentialInfo::sample(version, random));
        this
    }
}
/// `CredentialInfo` of `DescribeUserScramCredentialsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CredentialInfo {
    /// Mechanism: `int8 0+`.
    pub mechanism: i8,
    /// Iterations: `int32 0+`.
    pub iterations: i32,
}
impl Body for CredentialInfo {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i8(self.mechanism);
        out.i32(self.iterations);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CredentialInfo");
        let this = CredentialInfo { mechanism: input.i8(), iterations: input.i32() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CredentialInfo {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.mechanism = sample::bits(random) as i8;
        this.iterations = sample::bits(random) as i32;
        this
    }
}
