//! `GetTelemetrySubscriptionsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `GetTelemetrySubscriptionsResponse` of `GetTelemetrySubscriptionsResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct GetTelemetrySubscriptionsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ClientInstanceId: `uuid 0+`.
    pub client_instance_id: Uuid,
    /// SubscriptionId: `int32 0+`.
    pub subscription_id: i32,
    /// AcceptedCompressionTypes: `[]int8 0+`.
    pub accepted_compression_types: Vec<i8>,
    /// PushIntervalMs: `int32 0+`.
    pub push_interval_ms: i32,
    /// TelemetryMaxBytes: `int32 0+`.
    pub telemetry_max_bytes: i32,
    /// DeltaTemporality: `bool 0+`.
    pub delta_temporality: bool,
    /// RequestedMetrics: `[]string 0+`.
    pub requested_metrics: Vec<String>,
}
impl Body for GetTelemetrySubscriptionsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.uuid(self.client_instance_id);
        out.i32(self.subscription_id);
        out.array(
            true,
            "GetTelemetrySubscriptionsResponse.AcceptedCompressionTypes",
            &self.accepted_compression_types,
            Encoder::i8,
        );
        out.i32(self.push_interval_ms);
        out.i32(self.telemetry_max_bytes);
        out.bool(self.delta_temporality);
        out.strings(true, "GetTelemetrySubscriptionsResponse.RequestedMetrics", &self.requested_metrics);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("GetTelemetrySubscriptionsResponse");
        let this = GetTelemetrySubscriptionsResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            client_instance_id: input.uuid(),
            subscription_id: input.i32(),
            accepted_compression_types: input.array(true, "AcceptedCompressionTypes", Decoder::i8),
            push_interval_ms: input.i32(),
            telemetry_max_bytes: input.i32(),
            delta_temporality: input.bool(),
            requested_metrics: input.strings(true, "RequestedMetrics"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for GetTelemetrySubscriptionsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.client_instance_id = sample::uuid(random);
        this.subscription_id = sample::bits(random) as i32;
        this.accepted_compression_types = sample::vec(random, |random| sample::bits(random) as i8);
        this.push_interval_ms = sample::bits(random) as i32;
        this.telemetry_max_bytes = sample::bits(random) as i32;
        this.delta_temporality = random() & 1 == 1;
        this.requested_metrics = sample::vec(random, |random| sample::string(random));
        this
    }
}
impl Message for GetTelemetrySubscriptionsResponse {
    const NAME: &'static str = "GetTelemetrySubscriptionsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
