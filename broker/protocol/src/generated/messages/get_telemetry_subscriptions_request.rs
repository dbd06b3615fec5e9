//! `GetTelemetrySubscriptionsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `GetTelemetrySubscriptionsRequest` of `GetTelemetrySubscriptionsRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct GetTelemetrySubscriptionsRequest {
    /// ClientInstanceId: `uuid 0+`.
    pub client_instance_id: Uuid,
}
impl Body for GetTelemetrySubscriptionsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.client_instance_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("GetTelemetrySubscriptionsRequest");
        let this = GetTelemetrySubscriptionsRequest { client_instance_id: input.uuid() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for GetTelemetrySubscriptionsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.client_instance_id = sample::uuid(random);
        this
    }
}
impl Message for GetTelemetrySubscriptionsRequest {
    const NAME: &'static str = "GetTelemetrySubscriptionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for GetTelemetrySubscriptionsRequest {
    const KEY: ApiKey = ApiKey::GET_TELEMETRY_SUBSCRIPTIONS;
    type Response = super::get_telemetry_subscriptions_response::GetTelemetrySubscriptionsResponse;
}
