//! `EnvelopeRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
use bytes::Bytes;
/// `EnvelopeRequest` of `EnvelopeRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvelopeRequest {
    /// RequestData: `bytes 0+`.
    pub request_data: Bytes,
    /// RequestPrincipal: `bytes 0+ null=0+`.
    pub request_principal: Option<Bytes>,
    /// ClientHostAddress: `bytes 0+`.
    pub client_host_address: Bytes,
}
impl Default for EnvelopeRequest {
    fn default() -> Self {
        EnvelopeRequest {
            request_data: Default::default(),
            request_principal: Some(Default::default()),
            client_host_address: Default::default(),
        }
    }
}
impl Body for EnvelopeRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.bytes(true, "EnvelopeRequest.RequestData", &self.request_data);
        out.opt_bytes(true, true, "EnvelopeRequest.RequestPrincipal", self.request_principal.as_ref());
        out.bytes(true, "EnvelopeRequest.ClientHostAddress", &self.client_host_address);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EnvelopeRequest");
        let this = EnvelopeRequest {
            request_data: input.bytes(true, "RequestData"),
            request_principal: input.opt_bytes(true, true, "RequestPrincipal"),
            client_host_address: input.bytes(true, "ClientHostAddress"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for EnvelopeRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.request_data = sample::bytes(random);
        this.request_principal = sample::nullable(random, true, |random| sample::bytes(random));
        this.client_host_address = sample::bytes(random);
        this
    }
}
impl Message for EnvelopeRequest {
    const NAME: &'static str = "EnvelopeRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for EnvelopeRequest {
    const KEY: ApiKey = ApiKey::ENVELOPE;
    type Response = super::envelope_response::EnvelopeResponse;
}
