//! `DescribeClusterRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeClusterRequest` of `DescribeClusterRequest`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterRequest {
    /// IncludeClusterAuthorizedOperations: `bool 0+`.
    pub include_cluster_authorized_operations: bool,
    /// EndpointType: `int8 1+ default=1`.
    pub endpoint_type: i8,
}
impl Default for DescribeClusterRequest {
    fn default() -> Self {
        DescribeClusterRequest { include_cluster_authorized_operations: false, endpoint_type: 1 }
    }
}
impl Body for DescribeClusterRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.bool(self.include_cluster_authorized_operations);
        if version >= 1 {
            out.i8(self.endpoint_type);
        } else if self.endpoint_type != 1 {
            out.not_in_version("DescribeClusterRequest.EndpointType", version);
        }
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeClusterRequest");
        let this = DescribeClusterRequest {
            include_cluster_authorized_operations: input.bool(),
            endpoint_type: if version >= 1 { input.i8() } else { 1 },
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeClusterRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.include_cluster_authorized_operations = random() & 1 == 1;
        if version >= 1 {
            this.endpoint_type = sample::bits(random) as i8;
        }
        this
    }
}
impl Message for DescribeClusterRequest {
    const NAME: &'static str = "DescribeClusterRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
impl Request for DescribeClusterRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_CLUSTER;
    type Response = super::describe_cluster_response::DescribeClusterResponse;
}
