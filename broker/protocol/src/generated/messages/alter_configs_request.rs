//! `AlterConfigsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `AlterConfigsRequest` of `AlterConfigsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterConfigsRequest {
    /// Resources: `[]AlterConfigsResource 0+`.
    pub resources: Vec<AlterConfigsResource>,
    /// ValidateOnly: `bool 0+`.
    pub validate_only: bool,
}
impl Body for AlterConfigsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.structs(flexible, version, "AlterConfigsRequest.Resources", &self.resources);
        out.bool(self.validate_only);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterConfigsRequest");
        let flexible = version >= 2;
        let this = AlterConfigsRequest {
            resources: input.structs(flexible, version, "Resources"),
            validate_only: input.bool(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterConfigsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.resources = sample::vec(random, |random| AlterConfigsResource::sample(version, random));
        this.validate_only = random() & 1 == 1;
        this
    }
}
impl Message for AlterConfigsRequest {
    const NAME: &'static str = "AlterConfigsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for AlterConfigsRequest {
    const KEY: ApiKey = ApiKey::ALTER_CONFIGS;
    type Response = super::alter_configs_response::AlterConfigsResponse;
}
/// `AlterConfigsResource` of `AlterConfigsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AlterConfigsResource {
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
    /// Configs: `[]AlterableConfig 0+`.
    pub configs: Vec<AlterableConfig>,
}
impl Body for AlterConfigsResource {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i8(self.resource_type);
        out.string(flexible, "AlterConfigsResource.ResourceName", &self.resource_name);
        out.structs(flexible, version, "AlterConfigsResource.Configs", &self.configs);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterConfigsResource");
        let flexible = version >= 2;
        let this = AlterConfigsResource {
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
impl Sample for AlterConfigsResource {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        this.configs = sample::vec(random, |random| AlterableConfig::sample(version, random));
        this
    }
}
/// `AlterableConfig` of `AlterConfigsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterableConfig {
    /// Name: `string 0+`.
    pub name: String,
    /// Value: `string 0+ null=0+`.
    pub value: Option<String>,
}
impl Default for AlterableConfig {
    fn default() -> Self {
        AlterableConfig { name: Default::default(), value: Some(Default::default()) }
    }
}
impl Body for AlterableConfig {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "AlterableConfig.Name", &self.name);
        out.opt_string(flexible, true, "AlterableConfig.Value", self.value.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AlterableConfig");
        let flexible = version >= 2;
        let this =
            AlterableConfig { name: input.string(flexible, "Name"), value: input.opt_string(flexible, true, "Value") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AlterableConfig {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.value = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
