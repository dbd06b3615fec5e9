//! `BrokerHeartbeatResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `BrokerHeartbeatResponse` of `BrokerHeartbeatResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerHeartbeatResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// IsCaughtUp: `bool 0+ default=false`.
    pub is_caught_up: bool,
    /// IsFenced: `bool 0+ default=true`.
    pub is_fenced: bool,
    /// ShouldShutDown: `bool 0+`.
    pub should_shut_down: bool,
}
impl Default for BrokerHeartbeatResponse {
    fn default() -> Self {
        BrokerHeartbeatResponse {
            throttle_time_ms: 0,
            error_code: 0,
            is_caught_up: false,
            is_fenced: true,
            should_shut_down: false,
        }
    }
}
impl Body for BrokerHeartbeatResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.bool(self.is_caught_up);
        out.bool(self.is_fenced);
        out.bool(self.should_shut_down);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BrokerHeartbeatResponse");
        let this = BrokerHeartbeatResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            is_caught_up: input.bool(),
            is_fenced: input.bool(),
            should_shut_down: input.bool(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for BrokerHeartbeatResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.is_caught_up = random() & 1 == 1;
        this.is_fenced = random() & 1 == 1;
        this.should_shut_down = random() & 1 == 1;
        this
    }
}
impl Message for BrokerHeartbeatResponse {
    const NAME: &'static str = "BrokerHeartbeatResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
