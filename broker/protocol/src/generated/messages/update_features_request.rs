//! `UpdateFeaturesRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `UpdateFeaturesRequest` of `UpdateFeaturesRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateFeaturesRequest {
    /// timeoutMs: `int32 0+ default=60000`.
    pub timeout_ms: i32,
    /// FeatureUpdates: `[]FeatureUpdateKey 0+`.
    pub feature_updates: Vec<FeatureUpdateKey>,
    /// ValidateOnly: `bool 1+ default=false`.
    pub validate_only: bool,
}
impl Default for UpdateFeaturesRequest {
    fn default() -> Self {
        UpdateFeaturesRequest { timeout_ms: 60000, feature_updates: Default::default(), validate_only: false }
    }
}
impl Body for UpdateFeaturesRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.timeout_ms);
        out.structs(true, version, "UpdateFeaturesRequest.FeatureUpdates", &self.feature_updates);
        if version >= 1 {
            out.bool(self.validate_only);
        } else if self.validate_only {
            out.not_in_version("UpdateFeaturesRequest.ValidateOnly", version);
        }
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateFeaturesRequest");
        let this = UpdateFeaturesRequest {
            timeout_ms: input.i32(),
            feature_updates: input.structs(true, version, "FeatureUpdates"),
            validate_only: if version >= 1 { input.bool() } else { false },
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdateFeaturesRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.timeout_ms = sample::bits(random) as i32;
        this.feature_updates = sample::vec(random, |random| FeatureUpdateKey::sample(version, random));
        if version >= 1 {
            this.validate_only = random() & 1 == 1;
        }
        this
    }
}
impl Message for UpdateFeaturesRequest {
    const NAME: &'static str = "UpdateFeaturesRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for UpdateFeaturesRequest {
    const KEY: ApiKey = ApiKey::UPDATE_FEATURES;
    type Response = super::update_features_response::UpdateFeaturesResponse;
}
/// `FeatureUpdateKey` of `UpdateFeaturesRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureUpdateKey {
    /// Feature: `string 0+`.
    pub feature: String,
    /// MaxVersionLevel: `int16 0+`.
    pub max_version_level: i16,
    /// AllowDowngrade: `bool 0`.
    pub allow_downgrade: bool,
    /// UpgradeType: `int8 1+ default=1`.
    pub upgrade_type: i8,
}
impl Default for FeatureUpdateKey {
    fn default() -> Self {
        FeatureUpdateKey { feature: Default::default(), max_version_level: 0, allow_downgrade: false, upgrade_type: 1 }
    }
}
impl Body for FeatureUpdateKey {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "FeatureUpdateKey.Feature", &self.feature);
        out.i16(self.max_version_level);
        if version <= 0 {
            out.bool(self.allow_downgrade);
        } else if self.allow_downgrade {
            out.not_in_version("FeatureUpdateKey.AllowDowngrade", version);
        }
        if version >= 1 {
            out.i8(self.upgrade_type);
        } else if self.upgrade_type != 1 {
            out.not_in_version("FeatureUpdateKey.UpgradeType", version);
        }
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FeatureUpdateKey");
        let this = FeatureUpdateKey {
            feature: input.string(true, "Feature"),
            max_version_level: input.i16(),
            allow_downgrade: if version <= 0 { input.bool() } else { false },
            upgrade_type: if version >= 1 { input.i8() } else { 1 },
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for FeatureUpdateKey {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.feature = sample::string(random);
        this.max_version_level = sample::bits(random) as i16;
        if version <= 0 {
            this.allow_downgrade = random() & 1 == 1;
        }
        if version >= 1 {
            this.upgrade_type = sample::bits(random) as i8;
        }
        this
    }
}
