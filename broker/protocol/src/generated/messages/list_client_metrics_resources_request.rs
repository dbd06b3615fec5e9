//! `ListClientMetricsResourcesRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ListClientMetricsResourcesRequest` of `ListClientMetricsResourcesRequest`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListClientMetricsResourcesRequest {}
impl Body for ListClientMetricsResourcesRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListClientMetricsResourcesRequest");
        let this = ListClientMetricsResourcesRequest {};
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListClientMetricsResourcesRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        Self::default()
    }
}
impl Message for ListClientMetricsResourcesRequest {
    const NAME: &'static str = "ListClientMetricsResourcesRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for ListClientMetricsResourcesRequest {
    const KEY: ApiKey = ApiKey::LIST_CLIENT_METRICS_RESOURCES;
    type Response = super::list_client_metrics_resources_response::ListClientMetricsResourcesResponse;
}
