//! `AddOffsetsToTxnResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AddOffsetsToTxnResponse` of `AddOffsetsToTxnResponse`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddOffsetsToTxnResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for AddOffsetsToTxnResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddOffsetsToTxnResponse");
        let flexible = version >= 3;
        let this = AddOffsetsToTxnResponse { throttle_time_ms: input.i32(), error_code: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AddOffsetsToTxnResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this
    }
}
impl Message for AddOffsetsToTxnResponse {
    const NAME: &'static str = "AddOffsetsToTxnResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 3;
}
