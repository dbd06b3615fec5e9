//! `PushTelemetryRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message, Request};
use bytes::Bytes;
/// `PushTelemetryRequest` of `PushTelemetryRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PushTelemetryRequest {
    /// ClientInstanceId: `uuid 0+`.
    pub client_instance_id: Uuid,
    /// SubscriptionId: `int32 0+`.
    pub subscription_id: i32,
    /// Terminating: `bool 0+`.
    pub terminating: bool,
    /// CompressionType: `int8 0+`.
    pub compression_type: i8,
    /// Metrics: `bytes 0+`.
    pub metrics: Bytes,
}
impl Body for PushTelemetryRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.client_instance_id);
        out.i32(self.subscription_id);
        out.bool(self.terminating);
        out.i8(self.compression_type);
        out.bytes(true, "PushTelemetryRequest.Metrics", &self.metrics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("PushTelemetryRequest");
        let this = PushTelemetryRequest {
            client_instance_id: input.uuid(),
            subscription_id: input.i32(),
            terminating: input.bool(),
            compression_type: input.i8(),
            metrics: input.bytes(true, "Metrics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for PushTelemetryRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.client_instance_id = sample::uuid(random);
        this.subscription_id = sample::bits(random) as i32;
        this.terminating = random() & 1 == 1;
        this.compression_type = sample::bits(random) as i8;
        this.metrics = sample::bytes(random);
        this
    }
}
impl Message for PushTelemetryRequest {
    const NAME: &'static str = "PushTelemetryRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for PushTelemetryRequest {
    const KEY: ApiKey = ApiKey::PUSH_TELEMETRY;
    type Response = super::push_telemetry_response::PushTelemetryResponse;
}
