//! `EnvelopeResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `EnvelopeResponse` of `EnvelopeResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EnvelopeResponse {
    /// ResponseData: `bytes 0+ null=0+ default=null`.
    pub response_data: Option<Bytes>,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for EnvelopeResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.opt_bytes(true, true, "EnvelopeResponse.ResponseData", self.response_data.as_ref());
        out.i16(self.error_code);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EnvelopeResponse");
        let this =
            EnvelopeResponse { response_data: input.opt_bytes(true, true, "ResponseData"), error_code: input.i16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for EnvelopeResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.response_data = sample::nullable(random, true, |random| sample::bytes(random));
        this.error_code = sample::bits(random) as i16;
        this
    }
}
impl Message for EnvelopeResponse {
    const NAME: &'static str = "EnvelopeResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
