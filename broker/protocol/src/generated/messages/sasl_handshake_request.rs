//! `SaslHandshakeRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `SaslHandshakeRequest` of `SaslHandshakeRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SaslHandshakeRequest {
    /// Mechanism: `string 0+`.
    pub mechanism: String,
}
impl Body for SaslHandshakeRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "SaslHandshakeRequest.Mechanism", &self.mechanism);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SaslHandshakeRequest");
        let this = SaslHandshakeRequest { mechanism: input.string(false, "Mechanism") };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SaslHandshakeRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.mechanism = sample::string(random);
        this
    }
}
impl Message for SaslHandshakeRequest {
    const NAME: &'static str = "SaslHandshakeRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
impl Request for SaslHandshakeRequest {
    const KEY: ApiKey = ApiKey::SASL_HANDSHAKE;
    type Response = super::sasl_handshake_response::SaslHandshakeResponse;
}
