//! `SaslHandshakeResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `SaslHandshakeResponse` of `SaslHandshakeResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SaslHandshakeResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Mechanisms: `[]string 0+`.
    pub mechanisms: Vec<String>,
}
impl Body for SaslHandshakeResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.error_code);
        out.strings(false, "SaslHandshakeResponse.Mechanisms", &self.mechanisms);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SaslHandshakeResponse");
        let this = SaslHandshakeResponse { error_code: input.i16(), mechanisms: input.strings(false, "Mechanisms") };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SaslHandshakeResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.mechanisms = sample::vec(random, |random| sample::string(random));
        this
    }
}
impl Message for SaslHandshakeResponse {
    const NAME: &'static str = "SaslHandshakeResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
