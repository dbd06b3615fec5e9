//! `DescribeConfigsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, LazyArray, Message, Request};
/// `DescribeConfigsRequest` of `DescribeConfigsRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeConfigsRequest {
    /// Resources: `[]DescribeConfigsResource 0+ lazy`.
    pub resources: LazyArray<DescribeConfigsResource>,
    /// IncludeSynonyms: `bool 1+ default=false`.
    pub include_synonyms: bool,
    /// IncludeDocumentation: `bool 3+ default=false`.
    pub include_documentation: bool,
}
impl Body for DescribeConfigsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.lazy_structs(flexible, version, "DescribeConfigsRequest.Resources", &self.resources);
        if version >= 1 {
            out.bool(self.include_synonyms);
        } else if self.include_synonyms {
            out.not_in_version("DescribeConfigsRequest.IncludeSynonyms", version);
        }
        if version >= 3 {
            out.bool(self.include_documentation);
        } else if self.include_documentation {
            out.not_in_version("DescribeConfigsRequest.IncludeDocumentation", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeConfigsRequest");
        let flexible = version >= 4;
        let this = DescribeConfigsRequest {
            resources: input.lazy_structs(flexible, version, "Resources"),
            include_synonyms: if version >= 1 { input.bool() } else { false },
            include_documentation: if version >= 3 { input.bool() } else { false },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeConfigsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.resources = sample::vec(random, |random| DescribeConfigsResource::sample(version, random)).into();
        if version >= 1 {
            this.include_synonyms = random() & 1 == 1;
        }
        if version >= 3 {
            this.include_documentation = random() & 1 == 1;
        }
        this
    }
}
impl Message for DescribeConfigsRequest {
    const NAME: &'static str = "DescribeConfigsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 4;
}
impl Request for DescribeConfigsRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_CONFIGS;
    type Response = super::describe_configs_response::DescribeConfigsResponse;
}
/// `DescribeConfigsResource` of `DescribeConfigsRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeConfigsResource {
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
    /// ConfigurationKeys: `[]string 0+ null=0+`.
    pub configuration_keys: Option<Vec<String>>,
}
impl Default for DescribeConfigsResource {
    fn default() -> Self {
        DescribeConfigsResource {
            resource_type: 0,
            resource_name: Default::default(),
            configuration_keys: Some(Default::default()),
        }
    }
}
impl Body for DescribeConfigsResource {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.i8(self.resource_type);
        out.string(flexible, "DescribeConfigsResource.ResourceName", &self.resource_name);
        out.opt_strings(
            flexible,
            true,
            "DescribeConfigsResource.ConfigurationKeys",
            self.configuration_keys.as_deref(),
        );
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeConfigsResource");
        let flexible = version >= 4;
        let this = DescribeConfigsResource {
            resource_type: input.i8(),
            resource_name: input.string(flexible, "ResourceName"),
            configuration_keys: input.opt_strings(flexible, true, "ConfigurationKeys"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeConfigsResource {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        this.configuration_keys =
            sample::nullable(random, true, |random| sample::vec(random, |random| sample::string(random)));
        this
    }
}
