//! `CreateDelegationTokenRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `CreateDelegationTokenRequest` of `CreateDelegationTokenRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateDelegationTokenRequest {
    /// OwnerPrincipalType: `string 3+ null=3+`.
    pub owner_principal_type: Option<String>,
    /// OwnerPrincipalName: `string 3+ null=3+`.
    pub owner_principal_name: Option<String>,
    /// Renewers: `[]CreatableRenewers 0+`.
    pub renewers: Vec<CreatableRenewers>,
    /// MaxLifetimeMs: `int64 0+`.
    pub max_lifetime_ms: i64,
}
impl Default for CreateDelegationTokenRequest {
    fn default() -> Self {
        CreateDelegationTokenRequest {
            owner_principal_type: Some(Default::default()),
            owner_principal_name: Some(Default::default()),
            renewers: Default::default(),
            max_lifetime_ms: 0,
        }
    }
}
impl Body for CreateDelegationTokenRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        if version >= 3 {
            out.opt_string(
                flexible,
                true,
                "CreateDelegationTokenRequest.OwnerPrincipalType",
                self.owner_principal_type.as_deref(),
            );
        } else if self.owner_principal_type.as_ref().is_none_or(|value| !value.is_empty()) {
            out.not_in_version("CreateDelegationTokenRequest.OwnerPrincipalType", version);
        }
        if version >= 3 {
            out.opt_string(
                flexible,
                true,
                "CreateDelegationTokenRequest.OwnerPrincipalName",
                self.owner_principal_name.as_deref(),
            );
        } else if self.owner_principal_name.as_ref().is_none_or(|value| !value.is_empty()) {
            out.not_in_version("CreateDelegationTokenRequest.OwnerPrincipalName", version);
        }
        out.structs(flexible, version, "CreateDelegationTokenRequest.Renewers", &self.renewers);
        out.i64(self.max_lifetime_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreateDelegationTokenRequest");
        let flexible = version >= 2;
        let this = CreateDelegationTokenRequest {
            owner_principal_type: if version >= 3 {
                input.opt_string(flexible, true, "OwnerPrincipalType")
            } else {
                Some(Default::default())
            },
            owner_principal_name: if version >= 3 {
                input.opt_string(flexible, true, "OwnerPrincipalName")
            } else {
                Some(Default::default())
            },
            renewers: input.structs(flexible, version, "Renewers"),
            max_lifetime_ms: input.i64(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreateDelegationTokenRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 3 {
            this.owner_principal_type = sample::nullable(random, true, |random| sample::string(random));
        }
        if version >= 3 {
            this.owner_principal_name = sample::nullable(random, true, |random| sample::string(random));
        }
        this.renewers = sample::vec(random, |random| CreatableRenewers::sample(version, random));
        this.max_lifetime_ms = sample::bits(random) as i64;
        this
    }
}
impl Message for CreateDelegationTokenRequest {
    const NAME: &'static str = "CreateDelegationTokenRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for CreateDelegationTokenRequest {
    const KEY: ApiKey = ApiKey::CREATE_DELEGATION_TOKEN;
    type Response = super::create_delegation_token_response::CreateDelegationTokenResponse;
}
/// `CreatableRenewers` of `CreateDelegationTokenRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreatableRenewers {
    /// PrincipalType: `string 0+`.
    pub principal_type: String,
    /// PrincipalName: `string 0+`.
    pub principal_name: String,
}
impl Body for CreatableRenewers {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "CreatableRenewers.PrincipalType", &self.principal_type);
        out.string(flexible, "CreatableRenewers.PrincipalName", &self.principal_name);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreatableRenewers");
        let flexible = version >= 2;
        let this = CreatableRenewers {
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
impl Sample for CreatableRenewers {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.principal_type = sample::string(random);
        this.principal_name = sample::string(random);
        this
    }
}
