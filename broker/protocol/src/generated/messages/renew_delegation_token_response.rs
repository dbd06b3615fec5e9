//! `RenewDelegationTokenResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `RenewDelegationTokenResponse` of `RenewDelegationTokenResponse`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RenewDelegationTokenResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ExpiryTimestampMs: `int64 0+`.
    pub expiry_timestamp_ms: i64,
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
}
impl Body for RenewDelegationTokenResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.i64(self.expiry_timestamp_ms);
        out.i32(self.throttle_time_ms);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RenewDelegationTokenResponse");
        let flexible = version >= 2;
        let this = RenewDelegationTokenResponse {
            error_code: input.i16(),
            expiry_timestamp_ms: input.i64(),
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
impl Sample for RenewDelegationTokenResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.expiry_timestamp_ms = sample::bits(random) as i64;
        this.throttle_time_ms = sample::bits(random) as i32;
        this
    }
}
impl Message for RenewDelegationTokenResponse {
    const NAME: &'static str = "RenewDelegationTokenResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
