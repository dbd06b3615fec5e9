//! `DescribeClientQuotasRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeClientQuotasRequest` of `DescribeClientQuotasRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeClientQuotasRequest {
    /// Components: `[]ComponentData 0+`.
    pub components: Vec<ComponentData>,
    /// Strict: `bool 0+`.
    pub strict: bool,
}
impl Body for DescribeClientQuotasRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.structs(flexible, version, "DescribeClientQuotasRequest.Components", &self.components);
        out.bool(self.strict);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeClientQuotasRequest");
        let flexible = version >= 1;
        let this = DescribeClientQuotasRequest {
            components: input.structs(flexible, version, "Components"),
            strict: input.bool(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeClientQuotasRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.components = sample::vec(random, |random| ComponentData::sample(version, random));
        this.strict = random() & 1 == 1;
        this
    }
}
impl Message for DescribeClientQuotasRequest {
    const NAME: &'static str = "DescribeClientQuotasRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
impl Request for DescribeClientQuotasRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_CLIENT_QUOTAS;
    type Response = super::describe_client_quotas_response::DescribeClientQuotasResponse;
}
/// `ComponentData` of `DescribeClientQuotasRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentData {
    /// EntityType: `string 0+`.
    pub entity_type: String,
    /// MatchType: `int8 0+`.
    pub match_type: i8,
    /// Match: `string 0+ null=0+`.
    pub r#match: Option<String>,
}
impl Default for ComponentData {
    fn default() -> Self {
        ComponentData { entity_type: Default::default(), match_type: 0, r#match: Some(Default::default()) }
    }
}
impl Body for ComponentData {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.string(flexible, "ComponentData.EntityType", &self.entity_type);
        out.i8(self.match_type);
        out.opt_string(flexible, true, "ComponentData.Match", self.r#match.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ComponentData");
        let flexible = version >= 1;
        let this = ComponentData {
            entity_type: input.string(flexible, "EntityType"),
            match_type: input.i8(),
            r#match: input.opt_string(flexible, true, "Match"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ComponentData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.entity_type = sample::string(random);
        this.match_type = sample::bits(random) as i8;
        this.r#match = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
