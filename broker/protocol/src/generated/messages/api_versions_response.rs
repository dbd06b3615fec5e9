//! `ApiVersionsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ApiVersionsResponse` of `ApiVersionsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiVersionsResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ApiKeys: `[]ApiVersion 0+`.
    pub api_keys: Vec<ApiVersion>,
    /// ThrottleTimeMs: `int32 1+ ignorable`.
    pub throttle_time_ms: i32,
    /// SupportedFeatures: `[]SupportedFeatureKey 3+ tag=0 ignorable`.
    pub supported_features: Vec<SupportedFeatureKey>,
    /// FinalizedFeaturesEpoch: `int64 3+ tag=1 default=-1 ignorable`.
    pub finalized_features_epoch: i64,
    /// FinalizedFeatures: `[]FinalizedFeatureKey 3+ tag=2 ignorable`.
    pub finalized_features: Vec<FinalizedFeatureKey>,
    /// ZkMigrationReady: `bool 3+ tag=3 default=false ignorable`.
    pub zk_migration_ready: bool,
}
impl Default for ApiVersionsResponse {
    fn default() -> Self {
        ApiVersionsResponse {
            error_code: 0,
            api_keys: Default::default(),
            throttle_time_ms: 0,
            supported_features: Default::default(),
            finalized_features_epoch: -1,
            finalized_features: Default::default(),
            zk_migration_ready: false,
        }
    }
}
impl Body for ApiVersionsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i16(self.error_code);
        out.structs(flexible, version, "ApiVersionsResponse.ApiKeys", &self.api_keys);
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        let has_supported_features = !self.supported_features.is_empty();
        let has_finalized_features_epoch = self.finalized_features_epoch != -1;
        let has_finalized_features = !self.finalized_features.is_empty();
        let has_zk_migration_ready = self.zk_migration_ready;
        if flexible {
            out.uvarint(
                u32::from(has_supported_features)
                    + u32::from(has_finalized_features_epoch)
                    + u32::from(has_finalized_features)
                    + u32::from(has_zk_migration_ready),
            );
            if has_supported_features {
                let start = out.tag(0);
                out.structs(flexible, version, "ApiVersionsResponse.SupportedFeatures", &self.supported_features);
                out.tag_end(start);
            }
            if has_finalized_features_epoch {
                let start = out.tag(1);
                out.i64(self.finalized_features_epoch);
                out.tag_end(start);
            }
            if has_finalized_features {
                let start = out.tag(2);
                out.structs(flexible, version, "ApiVersionsResponse.FinalizedFeatures", &self.finalized_features);
                out.tag_end(start);
            }
            if has_zk_migration_ready {
                let start = out.tag(3);
                out.bool(self.zk_migration_ready);
                out.tag_end(start);
            }
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ApiVersionsResponse");
        let flexible = version >= 3;
        let mut this = ApiVersionsResponse {
            error_code: input.i16(),
            api_keys: input.structs(flexible, version, "ApiKeys"),
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
            supported_features: Default::default(),
            finalized_features_epoch: -1,
            finalized_features: Default::default(),
            zk_migration_ready: false,
        };
        if flexible {
            for _ in 0..input.tag_count() {
                let (tag, end) = input.tag();
                match tag {
                    0 => this.supported_features = input.structs(flexible, version, "SupportedFeatures"),
                    1 => this.finalized_features_epoch = input.i64(),
                    2 => this.finalized_features = input.structs(flexible, version, "FinalizedFeatures"),
                    3 => this.zk_migration_ready = input.bool(),
                    _ => input.tag_skip(end),
                }
                input.tag_end(end);
            }
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ApiVersionsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.api_keys = sample::vec(random, |random| ApiVersion::sample(version, random));
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        if version >= 3 {
            this.supported_features = sample::vec(random, |random| SupportedFeatureKey::sample(version, random));
        }
        if version >= 3 {
            this.finalized_features_epoch = sample::bits(random) as i64;
        }
        if version >= 3 {
            this.finalized_features = sample::vec(random, |random| FinalizedFeatureKey::sample(version, random));
        }
        if version >= 3 {
            this.zk_migration_ready = random() & 1 == 1;
        }
        this
    }
}
impl Message for ApiVersionsResponse {
    const NAME: &'static str = "ApiVersionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 3;
}
/// `ApiVersion` of `ApiVersionsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ApiVersion {
    /// ApiKey: `int16 0+`.
    pub api_key: i16,
    /// MinVersion: `int16 0+`.
    pub min_version: i16,
    /// MaxVersion: `int16 0+`.
    pub max_version: i16,
}
impl Body for ApiVersion {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i16(self.api_key);
        out.i16(self.min_version);
        out.i16(self.max_version);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ApiVersion");
        let flexible = version >= 3;
        let this = ApiVersion { api_key: input.i16(), min_version: input.i16(), max_version: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ApiVersion {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.api_key = sample::bits(random) as i16;
        this.min_version = sample::bits(random) as i16;
        this.max_version = sample::bits(random) as i16;
        this
    }
}
/// `SupportedFeatureKey` of `ApiVersionsResponse`, versions 3–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SupportedFeatureKey {
    /// Name: `string 3+`.
    pub name: String,
    /// MinVersion: `int16 3+`.
    pub min_version: i16,
    /// MaxVersion: `int16 3+`.
    pub max_version: i16,
}
impl Body for SupportedFeatureKey {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "SupportedFeatureKey.Name", &self.name);
        out.i16(self.min_version);
        out.i16(self.max_version);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SupportedFeatureKey");
        let this = SupportedFeatureKey {
            name: input.string(true, "Name"),
            min_version: input.i16(),
            max_version: input.i16(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SupportedFeatureKey {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.min_version = sample::bits(random) as i16;
        this.max_version = sample::bits(random) as i16;
        this
    }
}
/// `FinalizedFeatureKey` of `ApiVersionsResponse`, versions 3–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FinalizedFeatureKey {
    /// Name: `string 3+`.
    pub name: String,
    /// MaxVersionLevel: `int16 3+`.
    pub max_version_level: i16,
    /// MinVersionLevel: `int16 3+`.
    pub min_version_level: i16,
}
impl Body for FinalizedFeatureKey {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "FinalizedFeatureKey.Name", &self.name);
        out.i16(self.max_version_level);
        out.i16(self.min_version_level);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FinalizedFeatureKey");
        let this = FinalizedFeatureKey {
            name: input.string(true, "Name"),
            max_version_level: input.i16(),
            min_version_level: input.i16(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for FinalizedFeatureKey {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.max_version_level = sample::bits(random) as i16;
        this.min_version_level = sample::bits(random) as i16;
        this
    }
}
