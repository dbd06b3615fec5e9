//! `RenewDelegationTokenRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
use bytes::Bytes;
/// `RenewDelegationTokenRequest` of `RenewDelegationTokenRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RenewDelegationTokenRequest {
    /// Hmac: `bytes 0+`.
    pub hmac: Bytes,
    /// RenewPeriodMs: `int64 0+`.
    pub renew_period_ms: i64,
}
impl Body for RenewDelegationTokenRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.bytes(flexible, "RenewDelegationTokenRequest.Hmac", &self.hmac);
        out.i64(self.renew_period_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RenewDelegationTokenRequest");
        let flexible = version >= 2;
        let this = RenewDelegationTokenRequest { hmac: input.bytes(flexible, "Hmac"), renew_period_ms: input.i64() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RenewDelegationTokenRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.hmac = sample::bytes(random);
        this.renew_period_ms = sample::bits(random) as i64;
        this
    }
}
impl Message for RenewDelegationTokenRequest {
    const NAME: &'static str = "RenewDelegationTokenRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for RenewDelegationTokenRequest {
    const KEY: ApiKey = ApiKey::RENEW_DELEGATION_TOKEN;
    type Response = super::renew_delegation_token_response::RenewDelegationTokenResponse;
}
