//! `DescribeDelegationTokenRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeDelegationTokenRequest` of `DescribeDelegationTokenRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeDelegationTokenRequest {
    /// Owners: `[]DescribeDelegationTokenOwner 0+ null=0+`.
    pub owners: Option<Vec<DescribeDelegationTokenOwner>>,
}
impl Default for DescribeDelegationTokenRequest {
    fn default() -> Self {
        DescribeDelegationTokenRequest { owners: Some(Default::default()) }
    }
}
impl Body for DescribeDelegationTokenRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.opt_structs(flexible, true, version, "DescribeDelegationTokenRequest.Owners", self.owners.as_deref());
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeDelegationTokenRequest");
        let flexible = version >= 2;
        let this = DescribeDelegationTokenRequest { owners: input.opt_structs(flexible, true, version, "Owners") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeDelegationTokenRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.owners = sample::nullable(random, true, |random| {
            sample::vec(random, |random| DescribeDelegationTokenOwner::sample(version, random))
        });
        this
    }
}
impl Message for DescribeDelegationTokenRequest {
    const NAME: &'static str = "DescribeDelegationTokenRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for DescribeDelegationTokenRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_DELEGATION_TOKEN;
    type Response = super::describe_delegation_token_response::DescribeDelegationTokenResponse;
}
/// `DescribeDelegationTokenOwner` of `DescribeDelegationTokenRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeDelegationTokenOwner {
    /// PrincipalType: `string 0+`.
    pub principal_type: String,
    /// PrincipalName: `string 0+`.
    pub principal_name: String,
}
impl Body for DescribeDelegationTokenOwner {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "DescribeDelegationTokenOwner.PrincipalType", &self.principal_type);
        out.string(flexible, "DescribeDelegationTokenOwner.PrincipalName", &self.principal_name);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeDelegationTokenOwner");
        let flexible = version >= 2;
        let this = DescribeDelegationTokenOwner {
            principal_type: input.string(flexible, "PrincipalType"),
            principal_name: input.string(flexible, "PrincipalName"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeDelegationTokenOwner {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.principal_type = sample::string(random);
        this.principal_name = sample::string(random);
        this
    }
}
