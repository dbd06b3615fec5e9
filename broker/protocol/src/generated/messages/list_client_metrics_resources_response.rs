//! `ListClientMetricsResourcesResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ListClientMetricsResourcesResponse` of `ListClientMetricsResourcesResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListClientMetricsResourcesResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ClientMetricsResources: `[]ClientMetricsResource 0+`.
    pub client_metrics_resources: Vec<ClientMetricsResource>,
}
impl Body for ListClientMetricsResourcesResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.structs(
            true,
            version,
            "ListClientMetricsResourcesResponse.ClientMetricsResources",
            &self.client_metrics_resources,
        );
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListClientMetricsResourcesResponse");
        let this = ListClientMetricsResourcesResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            client_metrics_resources: input.structs(true, version, "ClientMetricsResources"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListClientMetricsResourcesResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.client_metrics_resources = sample::vec(random, |random| ClientMetricsResource::sample(version, random));
        this
    }
}
impl Message for ListClientMetricsResourcesResponse {
    const NAME: &'static str = "ListClientMetricsResourcesResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `ClientMetricsResource` of `ListClientMetricsResourcesResponse`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ClientMetricsResource {
    /// Name: `string 0+`.
    pub name: String,
}
impl Body for ClientMetricsResource {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ClientMetricsResource.Name", &self.name);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ClientMetricsResource");
        let this = ClientMetricsResource { name: input.string(true, "Name") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ClientMetricsResource {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this
    }
}
