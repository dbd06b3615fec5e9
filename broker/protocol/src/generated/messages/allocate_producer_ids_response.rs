//! `AllocateProducerIdsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AllocateProducerIdsResponse` of `AllocateProducerIdsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AllocateProducerIdsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ProducerIdStart: `int64 0+`.
    pub producer_id_start: i64,
    /// ProducerIdLen: `int32 0+`.
    pub producer_id_len: i32,
}
impl Body for AllocateProducerIdsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.i64(self.producer_id_start);
        out.i32(self.producer_id_len);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AllocateProducerIdsResponse");
        let this = AllocateProducerIdsResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            producer_id_start: input.i64(),
            producer_id_len: input.i32(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AllocateProducerIdsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.producer_id_start = sample::bits(random) as i64;
        this.producer_id_len = sample::bits(random) as i32;
        this
    }
}
impl Message for AllocateProducerIdsResponse {
    const NAME: &'static str = "AllocateProducerIdsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
