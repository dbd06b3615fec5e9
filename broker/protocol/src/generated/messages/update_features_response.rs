//! `UpdateFeaturesResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `UpdateFeaturesResponse` of `UpdateFeaturesResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateFeaturesResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// Results: `[]UpdatableFeatureResult 0+`.
    pub results: Vec<UpdatableFeatureResult>,
}
impl Default for UpdateFeaturesResponse {
    fn default() -> Self {
        UpdateFeaturesResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            results: Default::default(),
        }
    }
}
impl Body for UpdateFeaturesResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.opt_string(true, true, "UpdateFeaturesResponse.ErrorMessage", self.error_message.as_deref());
        out.structs(true, version, "UpdateFeaturesResponse.Results", &self.results);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateFeaturesResponse");
        let this = UpdateFeaturesResponse {
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
impl Sample for UpdateFeaturesResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.results = sample::vec(random, |random| UpdatableFeatureResult::sample(version, random));
        this
    }
}
impl Message for UpdateFeaturesResponse {
    const NAME: &'static str = "UpdateFeaturesResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `UpdatableFeatureResult` of `UpdateFeaturesResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdatableFeatureResult {
    /// Feature: `string 0+`.
    pub feature: String,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
}
impl Default for UpdatableFeatureResult {
    fn default() -> Self {
        UpdatableFeatureResult { feature: Default::default(), error_code: 0, error_message: Some(Default::default()) }
    }
}
impl Body for UpdatableFeatureResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "UpdatableFeatureResult.Feature", &self.feature);
        out.i16(self.error_code);
        out.opt_string(true, true, "UpdatableFeatureResult.ErrorMessage", self.error_message.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdatableFeatureResult");
        let this = UpdatableFeatureResult {
            feature: input.string(true, "Feature"),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdatableFeatureResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.feature = sample::string(random);
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
