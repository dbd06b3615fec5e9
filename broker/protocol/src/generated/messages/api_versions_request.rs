//! `ApiVersionsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ApiVersionsRequest` of `ApiVersionsRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ApiVersionsRequest {
    /// ClientSoftwareName: `string 3+ ignorable`.
    pub client_software_name: String,
    /// ClientSoftwareVersion: `string 3+ ignorable`.
    pub client_software_version: String,
}
impl Body for ApiVersionsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        if version >= 3 {
            out.string(flexible, "ApiVersionsRequest.ClientSoftwareName", &self.client_software_name);
        }
        if version >= 3 {
            out.string(flexible, "ApiVersionsRequest.ClientSoftwareVersion", &self.client_software_version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ApiVersionsRequest");
        let flexible = version >= 3;
        let this = ApiVersionsRequest {
            client_software_name: if version >= 3 {
                input.string(flexible, "ClientSoftwareName")
            } else {
                Default::default()
            },
            client_software_version: if version >= 3 {
                input.string(flexible, "ClientSoftwareVersion")
            } else {
                Default::default()
            },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ApiVersionsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 3 {
            this.client_software_name = sample::string(random);
        }
        if version >= 3 {
            this.client_software_version = sample::string(random);
        }
        this
    }
}
impl Message for ApiVersionsRequest {
    const NAME: &'static str = "ApiVersionsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 3;
}
impl Request for ApiVersionsRequest {
    const KEY: ApiKey = ApiKey::API_VERSIONS;
    type Response = super::api_versions_response::ApiVersionsResponse;
}
