//! `DescribeClusterResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeClusterResponse` of `DescribeClusterResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeClusterResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+ default=null`.
    pub error_message: Option<String>,
    /// EndpointType: `int8 1+ default=1`.
    pub endpoint_type: i8,
    /// ClusterId: `string 0+`.
    pub cluster_id: String,
    /// ControllerId: `int32 0+ default=-1`.
    pub controller_id: i32,
    /// Brokers: `[]DescribeClusterBroker 0+`.
    pub brokers: Vec<DescribeClusterBroker>,
    /// ClusterAuthorizedOperations: `int32 0+ default=-2147483648`.
    pub cluster_authorized_operations: i32,
}
impl Default for DescribeClusterResponse {
    fn default() -> Self {
        DescribeClusterResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: None,
            endpoint_type: 1,
            cluster_id: Default::default(),
            controller_id: -1,
            brokers: Default::default(),
            cluster_authorized_operations: -2147483648,
        }
    }
}
impl Body for DescribeClusterResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.opt_string(true, true, "DescribeClusterResponse.ErrorMessage", self.error_message.as_deref());
        if version >= 1 {
            out.i8(self.endpoint_type);
        } else if self.endpoint_type != 1 {
            out.not_in_version("DescribeClusterResponse.EndpointType", version);
        }
        out.string(true, "DescribeClusterResponse.ClusterId", &self.cluster_id);
        out.i32(self.controller_id);
        out.structs(true, version, "DescribeClusterResponse.Brokers", &self.brokers);
        out.i32(self.cluster_authorized_operations);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeClusterResponse");
        let this = DescribeClusterResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(true, true, "ErrorMessage"),
            endpoint_type: if version >= 1 { input.i8() } else { 1 },
            cluster_id: input.string(true, "ClusterId"),
            controller_id: input.i32(),
            brokers: input.structs(true, version, "Brokers"),
            cluster_authorized_operations: input.i32(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeClusterResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        if version >= 1 {
            this.endpoint_type = sample::bits(random) as i8;
        }
        this.cluster_id = sample::string(random);
        this.controller_id = sample::bits(random) as i32;
        this.brokers = sample::vec(random, |random| DescribeClusterBroker::sample(version, random));
        this.cluster_authorized_operations = sample::bits(random) as i32;
        this
    }
}
impl Message for DescribeClusterResponse {
    const NAME: &'static str = "DescribeClusterResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 0;
}
/// `DescribeClusterBroker` of `DescribeClusterResponse`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeClusterBroker {
    /// BrokerId: `int32 0+`.
    pub broker_id: i32,
    /// Host: `string 0+`.
    pub host: String,
    /// Port: `int32 0+`.
    pub port: i32,
    /// Rack: `string 0+ null=0+ default=null`.
    pub rack: Option<String>,
}
impl Body for DescribeClusterBroker {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.broker_id);
        out.string(true, "DescribeClusterBroker.Host", &self.host);
        out.i32(self.port);
        out.opt_string(true, true, "DescribeClusterBroker.Rack", self.rack.as_deref());
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeClusterBroker");
        let this = DescribeClusterBroker {
            broker_id: input.i32(),
            host: input.string(true, "Host"),
            port: input.i32(),
            rack: input.opt_string(true, true, "Rack"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeClusterBroker {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.broker_id = sample::bits(random) as i32;
        this.host = sample::string(random);
        this.port = sample::bits(random) as i32;
        this.rack = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
