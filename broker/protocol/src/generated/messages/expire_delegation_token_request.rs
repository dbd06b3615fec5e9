//! `ExpireDelegationTokenRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
use bytes::Bytes;
/// `ExpireDelegationTokenRequest` of `ExpireDelegationTokenRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ExpireDelegationTokenRequest {
    /// Hmac: `bytes 0+`.
    pub hmac: Bytes,
    /// ExpiryTimePeriodMs: `int64 0+`.
    pub expiry_time_period_ms: i64,
}
impl Body for ExpireDelegationTokenRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.bytes(flexible, "ExpireDelegationTokenRequest.Hmac", &self.hmac);
        out.i64(self.expiry_time_period_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ExpireDelegationTokenRequest");
        let flexible = version >= 2;
        let this =
            ExpireDelegationTokenRequest { hmac: input.bytes(flexible, "Hmac"), expiry_time_period_ms: input.i64() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ExpireDelegationTokenRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.hmac = sample::bytes(random);
        this.expiry_time_period_ms = sample::bits(random) as i64;
        this
    }
}
impl Message for ExpireDelegationTokenRequest {
    const NAME: &'static str = "ExpireDelegationTokenRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for ExpireDelegationTokenRequest {
    const KEY: ApiKey = ApiKey::EXPIRE_DELEGATION_TOKEN;
    type Response = super::expire_delegation_token_response::ExpireDelegationTokenResponse;
}
