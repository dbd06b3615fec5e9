//! `CreateDelegationTokenResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `CreateDelegationTokenResponse` of `CreateDelegationTokenResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreateDelegationTokenResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// PrincipalType: `string 0+`.
    pub principal_type: String,
    /// PrincipalName: `string 0+`.
    pub principal_name: String,
    /// TokenRequesterPrincipalType: `string 3+`.
    pub token_requester_principal_type: String,
    /// TokenRequesterPrincipalName: `string 3+`.
    pub token_requester_principal_name: String,
    /// IssueTimestampMs: `int64 0+`.
    pub issue_timestamp_ms: i64,
    /// ExpiryTimestampMs: `int64 0+`.
    pub expiry_timestamp_ms: i64,
    /// MaxTimestampMs: `int64 0+`.
    pub max_timestamp_ms: i64,
    /// TokenId: `string 0+`.
    pub token_id: String,
    /// Hmac: `bytes 0+`.
    pub hmac: Bytes,
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
}
impl Body for CreateDelegationTokenResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.string(flexible, "CreateDelegationTokenResponse.PrincipalType", &self.principal_type);
        out.string(flexible, "CreateDelegationTokenResponse.PrincipalName", &self.principal_name);
        if version >= 3 {
            out.string(
                flexible,
                "CreateDelegationTokenResponse.TokenRequesterPrincipalType",
                &self.token_requester_principal_type,
            );
        } else if !self.token_requester_principal_type.is_empty() {
            out.not_in_version("CreateDelegationTokenResponse.TokenRequesterPrincipalType", version);
        }
        if version >= 3 {
            out.string(
                flexible,
                "CreateDelegationTokenResponse.TokenRequesterPrincipalName",
                &self.token_requester_principal_name,
            );
        } else if !self.token_requester_principal_name.is_empty() {
            out.not_in_version("CreateDelegationTokenResponse.TokenRequesterPrincipalName", version);
        }
        out.i64(self.issue_timestamp_ms);
        out.i64(self.expiry_timestamp_ms);
        out.i64(self.max_timestamp_ms);
        out.string(flexible, "CreateDelegationTokenResponse.TokenId", &self.token_id);
        out.bytes(flexible, "CreateDelegationTokenResponse.Hmac", &self.hmac);
        out.i32(self.throttle_time_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreateDelegationTokenResponse");
        let flexible = version >= 2;
        let this = CreateDelegationTokenResponse {
            error_code: input.i16(),
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
            issue_timestamp_ms: input.i64(),
            expiry_timestamp_ms: input.i64(),
            max_timestamp_ms: input.i64(),
            token_id: input.string(flexible, "TokenId"),
            hmac: input.bytes(flexible, "Hmac"),
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
impl Sample for CreateDelegationTokenResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.principal_type = sample::string(random);
        this.principal_name = sample::string(random);
        if version >= 3 {
            this.token_requester_principal_type = sample::string(random);
        }
        if version >= 3 {
            this.token_requester_principal_name = sample::string(random);
        }
        this.issue_timestamp_ms = sample::bits(random) as i64;
        this.expiry_timestamp_ms = sample::bits(random) as i64;
        this.max_timestamp_ms = sample::bits(random) as i64;
        this.token_id = sample::string(random);
        this.hmac = sample::bytes(random);
        this.throttle_time_ms = sample::bits(random) as i32;
        this
    }
}
impl Message for CreateDelegationTokenResponse {
    const NAME: &'static str = "CreateDelegationTokenResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
