//! `DescribeAclsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DescribeAclsResponse` of `DescribeAclsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeAclsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// Resources: `[]DescribeAclsResource 0+`.
    pub resources: Vec<DescribeAclsResource>,
}
impl Default for DescribeAclsResponse {
    fn default() -> Self {
        DescribeAclsResponse {
            throttle_time_ms: 0,
            error_code: 0,
            error_message: Some(Default::default()),
            resources: Default::default(),
        }
    }
}
impl Body for DescribeAclsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        out.i16(self.error_code);
        out.opt_string(flexible, true, "DescribeAclsResponse.ErrorMessage", self.error_message.as_deref());
        out.structs(flexible, version, "DescribeAclsResponse.Resources", &self.resources);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeAclsResponse");
        let flexible = version >= 2;
        let this = DescribeAclsResponse {
            throttle_time_ms: input.i32(),
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
            resources: input.structs(flexible, version, "Resources"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeAclsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.resources = sample::vec(random, |random| DescribeAclsResource::sample(version, random));
        this
    }
}
impl Message for DescribeAclsResponse {
    const NAME: &'static str = "DescribeAclsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `DescribeAclsResource` of `DescribeAclsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribeAclsResource {
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
    /// PatternType: `int8 1+ default=3`.
    pub pattern_type: i8,
    /// Acls: `[]AclDescription 0+`.
    pub acls: Vec<AclDescription>,
}
impl Default for DescribeAclsResource {
    fn default() -> Self {
        DescribeAclsResource {
            resource_type: 0,
            resource_name: Default::default(),
            pattern_type: 3,
            acls: Default::default(),
        }
    }
}
impl Body for DescribeAclsResource {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i8(self.resource_type);
        out.string(flexible, "DescribeAclsResource.ResourceName", &self.resource_name);
        if version >= 1 {
            out.i8(self.pattern_type);
        } else if self.pattern_type != 3 {
            out.not_in_version("DescribeAclsResource.PatternType", version);
        }
        out.structs(flexible, version, "DescribeAclsResource.Acls", &self.acls);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeAclsResource");
        let flexible = version >= 2;
        let this = DescribeAclsResource {
            resource_type: input.i8(),
            resource_name: input.string(flexible, "ResourceName"),
            pattern_type: if version >= 1 { input.i8() } else { 3 },
            acls: input.structs(flexible, version, "Acls"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeAclsResource {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        if version >= 1 {
            this.pattern_type = sample::bits(random) as i8;
        }
        this.acls = sample::vec(random, |random| AclDescription::sample(version, random));
        this
    }
}
/// `AclDescription` of `DescribeAclsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AclDescription {
    /// Principal: `string 0+`.
    pub principal: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Operation: `int8 0+`.
    pub operation: i8,
    /// PermissionType: `int8 0+`.
    pub permission_type: i8,
}
impl Body for AclDescription {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.string(flexible, "AclDescription.Principal", &self.principal);
        out.string(flexible, "AclDescription.Host", &self.host);
        out.i8(self.operation);
        out.i8(self.permission_type);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AclDescription");
        let flexible = version >= 2;
        let this = AclDescription {
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
impl Sample for AclDescription {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.principal = sample::string(random);
        this.host = sample::string(random);
        this.operation = sample::bits(random) as i8;
        this.permission_type = sample::bits(random) as i8;
        this
    }
}
