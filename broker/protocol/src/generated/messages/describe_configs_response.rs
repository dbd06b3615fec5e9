//! `DescribeConfigsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeConfigsResponse` of `DescribeConfigsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeConfigsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// Results: `[]DescribeConfigsResult 0+`.
    pub results: Vec<DescribeConfigsResult>,
}
impl Body for DescribeConfigsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "DescribeConfigsResponse.Results", &self.results);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeConfigsResponse");
        let flexible = version >= 4;
        let this = DescribeConfigsResponse {
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
impl Sample for DescribeConfigsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.results = sample::vec(random, |random| DescribeConfigsResult::sample(version, random));
        this
    }
}
impl Message for DescribeConfigsResponse {
    const NAME: &'static str = "DescribeConfigsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 4;
}
/// `DescribeConfigsResult` of `DescribeConfigsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResult {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
    /// Configs: `[]DescribeConfigsResourceResult 0+`.
    pub configs: Vec<DescribeConfigsResourceResult>,
}
impl Default for DescribeConfigsResult {
    fn default() -> Self {
        DescribeConfigsResult {
            error_code: 0,
            error_message: Some(Default::default()),
            resource_type: 0,
            resource_name: Default::default(),
            configs: Default::default(),
        }
    }
}
impl Body for DescribeConfigsResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i16(self.error_code);
        out.opt_string(flexible, true, "DescribeConfigsResult.ErrorMessage", self.error_message.as_deref());
        out.i8(self.resource_type);
        out.string(flexible, "DescribeConfigsResult.ResourceName", &self.resource_name);
        out.structs(flexible, version, "DescribeConfigsResult.Configs", &self.configs);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeConfigsResult");
        let flexible = version >= 4;
        let this = DescribeConfigsResult {
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
            resource_type: input.i8(),
            resource_name: input.string(flexible, "ResourceName"),
            configs: input.structs(flexible, version, "Configs"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeConfigsResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        this.configs = sample::vec(random, |random| DescribeConfigsResourceResult::sample(version, random));
        this
    }
}
/// `DescribeConfigsResourceResult` of `DescribeConfigsResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResourceResult {
    /// Name: `string 0+`.
    pub name: String,
    /// Value: `string 0+ null=0+`.
    pub value: Option<String>,
    /// ReadOnly: `bool 0+`.
    pub read_only: bool,
    /// IsDefault: `bool 0`.
    pub is_default: bool,
    /// ConfigSource: `int8 1+ default=-1 ignorable`.
    pub config_source: i8,
    /// IsSensitive: `bool 0+`.
    pub is_sensitive: bool,
    /// Synonyms: `[]DescribeConfigsSynonym 1+ ignorable`.
    pub synonyms: Vec<DescribeConfigsSynonym>,
    /// ConfigType: `int8 3+ default=0 ignorable`.
    pub config_type: i8,
    /// Documentation: `string 3+ null=0+ ignorable`.
    pub documentation: Option<String>,
}
impl Default for DescribeConfigsResourceResult {
    fn default() -> Self {
        DescribeConfigsResourceResult {
            name: Default::default(),
            value: Some(Default::default()),
            read_only: false,
            is_default: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Default::default(),
            config_type: 0,
            documentation: Some(Default::default()),
        }
    }
}
impl Body for DescribeConfigsResourceResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "DescribeConfigsResourceResult.Name", &self.name);
        out.opt_string(flexible, true, "DescribeConfigsResourceResult.Value", self.value.as_deref());
        out.bool(self.read_only);
        if version <= 0 {
            out.bool(self.is_default);
        } else if self.is_default {
            out.not_in_version("DescribeConfigsResourceResult.IsDefault", version);
        }
        if version >= 1 {
            out.i8(self.config_source);
        }
        out.bool(self.is_sensitive);
        if version >= 1 {
            out.structs(flexible, version, "DescribeConfigsResourceResult.Synonyms", &self.synonyms);
        }
        if version >= 3 {
            out.i8(self.config_type);
        }
        if version >= 3 {
            out.opt_string(
                flexible,
                true,
                "DescribeConfigsResourceResult.Documentation",
                self.documentation.as_deref(),
            );
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeConfigsResourceResult");
        let flexible = version >= 4;
        let this = DescribeConfigsResourceResult {
            name: input.string(flexible, "Name"),
            value: input.opt_string(flexible, true, "Value"),
            read_only: input.bool(),
            is_default: if version <= 0 { input.bool() } else { false },
            config_source: if version >= 1 { input.i8() } else { -1 },
            is_sensitive: input.bool(),
            synonyms: if version >= 1 { input.structs(flexible, version, "Synonyms") } else { Default::default() },
            config_type: if version >= 3 { input.i8() } else { 0 },
            documentation: if version >= 3 {
                input.opt_string(flexible, true, "Documentation")
            } else {
                Some(Default::default())
            },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeConfigsResourceResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.value = sample::nullable(random, true, |random| sample::string(random));
        this.read_only = random() & 1 == 1;
        if version <= 0 {
            this.is_default = random() & 1 == 1;
        }
        if version >= 1 {
            this.config_source = sample::bits(random) as i8;
        }
        this.is_sensitive = random() & 1 == 1;
        if version >= 1 {
            this.synonyms = sample::vec(random, |random| DescribeConfigsSynonym::sample(version, random));
        }
        if version >= 3 {
            this.config_type = sample::bits(random) as i8;
        }
        if version >= 3 {
            this.documentation = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
/// `DescribeConfigsSynonym` of `DescribeConfigsResponse`, versions 1–4.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsSynonym {
    /// Name: `string 1+`.
    pub name: String,
    /// Value: `string 1+ null=0+`.
    pub value: Option<String>,
    /// Source: `int8 1+`.
    pub source: i8,
}
impl Default for DescribeConfigsSynonym {
    fn default() -> Self {
        DescribeConfigsSynonym { name: Default::default(), value: Some(Default::default()), source: 0 }
    }
}
impl Body for DescribeConfigsSynonym {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "DescribeConfigsSynonym.Name", &self.name);
        out.opt_string(flexible, true, "DescribeConfigsSynonym.Value", self.value.as_deref());
        out.i8(self.source);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeConfigsSynonym");
        let flexible = version >= 4;
        let this = DescribeConfigsSynonym {
            name: input.string(flexible, "Name"),
            value: input.opt_string(flexible, true, "Value"),
            source: input.i8(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeConfigsSynonym {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.value = sample::nullable(random, true, |random| sample::string(random));
        this.source = sample::bits(random) as i8;
        this
    }
}
