//! `UnregisterBrokerRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `UnregisterBrokerRequest` of `UnregisterBrokerRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UnregisterBrokerRequest {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
}
impl Body for UnregisterBrokerRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UnregisterBrokerRequest");
        let this = UnregisterBrokerRequest { broker_id: input.i32() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UnregisterBrokerRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this
    }
}
impl Message for UnregisterBrokerRequest {
    const NAME: &'static str = "UnregisterBrokerRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for UnregisterBrokerRequest {
    const KEY: ApiKey = ApiKey::UNREGISTER_BROKER;
    type Response = super::unregister_broker_response::UnregisterBrokerResponse;
}
