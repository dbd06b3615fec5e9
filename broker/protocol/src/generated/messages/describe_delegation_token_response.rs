//! `DescribeDelegationTokenResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `DescribeDelegationTokenResponse` of `DescribeDelegationTokenResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeDelegationTokenResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Tokens: `[]DescribedDelegationToken 0+`.
    pub tokens: Vec<DescribedDelegationToken>,
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
}
impl Body for DescribeDelegationTokenResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.structs(flexible, version, "DescribeDelegationTokenResponse.Tokens", &self.tokens);
        out.i32(self.throttle_time_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeDelegationTokenResponse");
        let flexible = version >= 2;
        let this = DescribeDelegationTokenResponse {
            error_code: input.i16(),
            tokens: input.structs(flexible, version, "Tokens"),
            throttle_time_ms: input.i32(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeDelegationTokenResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.tokens = sample::vec(random, |random| DescribedDelegationToken::sample(version, random));
        this.throttle_time_ms = sample::bits(random) as i32;
        this
    }
}
impl Message for DescribeDelegationTokenResponse {
    const NAME: &'static str = "DescribeDelegationTokenResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `DescribedDelegationToken` of `DescribeDelegationTokenResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribedDelegationToken {
    /// PrincipalType: `string 0+`.
    pub principal_type: String,
    /// PrincipalName: `string 0+`.
    pub principal_name: String,
    /// TokenRequesterPrincipalType: `string 3+`.
    pub token_requester_principal_type: String,
    /// TokenRequesterPrincipalName: `string 3+`.
    pub token_requester_principal_name: String,
    /// IssueTimestamp: `int64 0+`.
    pub issue_timestamp: i64,
    /// ExpiryTimestamp: `int64 0+`.
    pub expiry_timestamp: i64,
    /// MaxTimestamp: `int64 0+`.
    pub max_timestamp: i64,
    /// TokenId: `string 0+`.
    pub token_id: String,
    /// Hmac: `bytes 0+`.
    pub hmac: Bytes,
    /// Renewers: `[]DescribedDelegationTokenRenewer 0+`.
    pub renewers: Vec<DescribedDelegationTokenRenewer>,
}
impl Body for DescribedDelegationToken {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "DescribedDelegationToken.PrincipalType", &self.principal_type);
        out.string(flexible, "DescribedDelegationToken.PrincipalName", &self.principal_name);
        if version >= 3 {
            out.string(
                flexible,
                "DescribedDelegationToken.TokenRequesterPrincipalType",
                &self.token_requester_principal_type,
            );
        } else if !self.token_requester_principal_type.is_empty() {
            out.not_in_version("DescribedDelegationToken.TokenRequesterPrincipalType", version);
        }
        if version >= 3 {
            out.string(
                flexible,
                "DescribedDelegationToken.TokenRequesterPrincipalName",
                &self.token_requester_principal_name,
            );
        } else if !self.token_requester_principal_name.is_empty() {
            out.not_in_version("DescribedDelegationToken.TokenRequesterPrincipalName", version);
        }
        out.i64(self.issue_timestamp);
        out.i64(self.expiry_timestamp);
        out.i64(self.max_timestamp);
        out.string(flexible, "DescribedDelegationToken.TokenId", &self.token_id);
        out.bytes(flexible, "DescribedDelegationToken.Hmac", &self.hmac);
        out.structs(flexible, version, "DescribedDelegationToken.Renewers", &self.renewers);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribedDelegationToken");
        let flexible = version >= 2;
        let this = DescribedDelegationToken {
            principal_type: input.string(flexible, "PrincipalType"),
            principal_name: input.string(flexible, "PrincipalName"),
            token_requester_principal_type: if version >= 3 {
                input.string(flexible, "TokenRequesterPrincipalType")
            } else {
                Default::default()
            },
            token_requester_principal_name: if version >= 3 {
                input.string(flexible, "TokenRequesterPrincipalName")
            } else {
                Default::default()
            },
            issue_timestamp: input.i64(),
            expiry_timestamp: input.i64(),
            max_timestamp: input.i64(),
            token_id: input.string(flexible, "TokenId"),
            hmac: input.bytes(flexible, "Hmac"),
            renewers: input.structs(flexible, version, "Renewers"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribedDelegationToken {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.principal_type = sample::string(random);
        this.principal_name = sample::string(random);
        if version >= 3 {
            this.token_requester_principal_type = sample::string(random);
        }
        if version >= 3 {
            this.token_requester_principal_name = sample::string(random);
        }
        this.issue_timestamp = sample::bits(random) as i64;
        this.expiry_timestamp = sample::bits(random) as i64;
        this.max_timestamp = sample::bits(random) as i64;
        this.token_id = sample::string(random);
        this.hmac = sample::bytes(random);
        this.renewers = sample::vec(random, |random| DescribedDelegationTokenRenewer::sample(version, random));
        this
    }
}
/// `DescribedDelegationTokenRenewer` of `DescribeDelegationTokenResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribedDelegationTokenRenewer {
    /// PrincipalType: `string 0+`.
    pub principal_type: String,
    /// PrincipalName: `string 0+`.
    pub principal_name: String,
}
impl Body for DescribedDelegationTokenRenewer {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "DescribedDelegationTokenRenewer.PrincipalType", &self.principal_type);
        out.string(flexible, "DescribedDelegationTokenRenewer.PrincipalName", &self.principal_name);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribedDelegationTokenRenewer");
        let flexible = version >= 2;
        let this = DescribedDelegationTokenRenewer {
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
impl Sample for DescribedDelegationTokenRenewer {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.principal_type = sample::string(random);
        this.principal_name = sample::string(random);
        this
    }
}
