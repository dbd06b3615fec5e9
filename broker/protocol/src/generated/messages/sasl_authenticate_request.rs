//! `SaslAuthenticateRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
use bytes::Bytes;
/// `SaslAuthenticateRequest` of `SaslAuthenticateRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SaslAuthenticateRequest {
    /// AuthBytes: `bytes 0+`.
    pub auth_bytes: Bytes,
}
impl Body for SaslAuthenticateRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.bytes(flexible, "SaslAuthenticateRequest.AuthBytes", &self.auth_bytes);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SaslAuthenticateRequest");
        let flexible = version >= 2;
        let this = SaslAuthenticateRequest { auth_bytes: input.bytes(flexible, "AuthBytes") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SaslAuthenticateRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.auth_bytes = sample::bytes(random);
        this
    }
}
impl Message for SaslAuthenticateRequest {
    const NAME: &'static str = "SaslAuthenticateRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for SaslAuthenticateRequest {
    const KEY: ApiKey = ApiKey::SASL_AUTHENTICATE;
    type Response = super::sasl_authenticate_response::SaslAuthenticateResponse;
}
