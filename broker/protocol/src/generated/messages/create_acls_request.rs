//! `CreateAclsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `CreateAclsRequest` of `CreateAclsRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CreateAclsRequest {
    /// Creations: `[]AclCreation 0+`.
    pub creations: Vec<AclCreation>,
}
impl Body for CreateAclsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.structs(flexible, version, "CreateAclsRequest.Creations", &self.creations);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("CreateAclsRequest");
        let flexible = version >= 2;
        let this = CreateAclsRequest { creations: input.structs(flexible, version, "Creations") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for CreateAclsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.creations = sample::vec(random, |random| AclCreation::sample(version, random));
        this
    }
}
impl Message for CreateAclsRequest {
    const NAME: &'static str = "CreateAclsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for CreateAclsRequest {
    const KEY: ApiKey = ApiKey::CREATE_ACLS;
    type Response = super::create_acls_response::CreateAclsResponse;
}
/// `AclCreation` of `CreateAclsRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct AclCreation {
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
    /// ResourcePatternType: `int8 1+ default=3`.
    pub resource_pattern_type: i8,
    /// Principal: `string 0+`.
    pub principal: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Operation: `int8 0+`.
    pub operation: i8,
    /// PermissionType: `int8 0+`.
    pub permission_type: i8,
}
impl Default for AclCreation {
    fn default() -> Self {
        AclCreation {
            resource_type: 0,
            resource_name: Default::default(),
            resource_pattern_type: 3,
            principal: Default::default(),
            host: Default::default(),
            operation: 0,
            permission_type: 0,
        }
    }
}
impl Body for AclCreation {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i8(self.resource_type);
        out.string(flexible, "AclCreation.ResourceName", &self.resource_name);
        if version >= 1 {
            out.i8(self.resource_pattern_type);
        } else if self.resource_pattern_type != 3 {
            out.not_in_version("AclCreation.ResourcePatternType", version);
        }
        out.string(flexible, "AclCreation.Principal", &self.principal);
        out.string(flexible, "AclCreation.Host", &self.host);
        out.i8(self.operation);
        out.i8(self.permission_type);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AclCreation");
        let flexible = version >= 2;
        let this = AclCreation {
            resource_type: input.i8(),
            resource_name: input.string(flexible, "ResourceName"),
            resource_pattern_type: if version >= 1 { input.i8() } else { 3 },
            principal: input.string(flexible, "Principal"),
            host: input.string(flexible, "Host"),
            operation: input.i8(),
            permission_type: input.i8(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AclCreation {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        if version >= 1 {
            this.resource_pattern_type = sample::bits(random) as i8;
        }
        this.principal = sample::string(random);
        this.host = sample::string(random);
        this.operation = sample::bits(random) as i8;
        this.permission_type = sample::bits(random) as i8;
        this
    }
}
