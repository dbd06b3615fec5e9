//! `BrokerRegistrationResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `BrokerRegistrationResponse` of `BrokerRegistrationResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerRegistrationResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// BrokerEpoch: `int64 0+ default=-1`.
    pub broker_epoch: i64,
}
impl Default for BrokerRegistrationResponse {
    fn default() -> Self {
        BrokerRegistrationResponse { throttle_time_ms: 0, error_code: 0, broker_epoch: -1 }
    }
}
impl Body for BrokerRegistrationResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.i64(self.broker_epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BrokerRegistrationResponse");
        let this = BrokerRegistrationResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            broker_epoch: input.i64(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for BrokerRegistrationResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.broker_epoch = sample::bits(random) as i64;
        this
    }
}
impl Message for BrokerRegistrationResponse {
    const NAME: &'static str = "BrokerRegistrationResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 0;
}
