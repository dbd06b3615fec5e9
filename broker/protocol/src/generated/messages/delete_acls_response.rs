//! `DeleteAclsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DeleteAclsResponse` of `DeleteAclsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteAclsResponse {
    /// ThrottleTimeMs: `int32 0+`.
    pub throttle_time_ms: i32,
    /// FilterResults: `[]DeleteAclsFilterResult 0+`.
    pub filter_results: Vec<DeleteAclsFilterResult>,
}
impl Body for DeleteAclsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i32(self.throttle_time_ms);
        out.structs(flexible, version, "DeleteAclsResponse.FilterResults", &self.filter_results);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteAclsResponse");
        let flexible = version >= 2;
        let this = DeleteAclsResponse {
            throttle_time_ms: input.i32(),
            filter_results: input.structs(flexible, version, "FilterResults"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteAclsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.throttle_time_ms = sample::bits(random) as i32;
        this.filter_results = sample::vec(random, |random| DeleteAclsFilterResult::sample(version, random));
        this
    }
}
impl Message for DeleteAclsResponse {
    const NAME: &'static str = "DeleteAclsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
/// `DeleteAclsFilterResult` of `DeleteAclsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteAclsFilterResult {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// MatchingAcls: `[]DeleteAclsMatchingAcl 0+`.
    pub matching_acls: Vec<DeleteAclsMatchingAcl>,
}
impl Default for DeleteAclsFilterResult {
    fn default() -> Self {
        DeleteAclsFilterResult {
            error_code: 0,
            error_message: Some(Default::default()),
            matching_acls: Default::default(),
        }
    }
}
impl Body for DeleteAclsFilterResult {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.opt_string(flexible, true, "DeleteAclsFilterResult.ErrorMessage", self.error_message.as_deref());
        out.structs(flexible, version, "DeleteAclsFilterResult.MatchingAcls", &self.matching_acls);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteAclsFilterResult");
        let flexible = version >= 2;
        let this = DeleteAclsFilterResult {
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
            matching_acls: input.structs(flexible, version, "MatchingAcls"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteAclsFilterResult {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.matching_acls = sample::vec(random, |random| DeleteAclsMatchingAcl::sample(version, random));
        this
    }
}
/// `DeleteAclsMatchingAcl` of `DeleteAclsResponse`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteAclsMatchingAcl {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// ErrorMessage: `string 0+ null=0+`.
    pub error_message: Option<String>,
    /// ResourceType: `int8 0+`.
    pub resource_type: i8,
    /// ResourceName: `string 0+`.
    pub resource_name: String,
    /// PatternType: `int8 1+ default=3`.
    pub pattern_type: i8,
    /// Principal: `string 0+`.
    pub principal: String,
    /// Host: `string 0+`.
    pub host: String,
    /// Operation: `int8 0+`.
    pub operation: i8,
    /// PermissionType: `int8 0+`.
    pub permission_type: i8,
}
impl Default for DeleteAclsMatchingAcl {
    fn default() -> Self {
        DeleteAclsMatchingAcl {
            error_code: 0,
            error_message: Some(Default::default()),
            resource_type: 0,
            resource_name: Default::default(),
            pattern_type: 3,
            principal: Default::default(),
            host: Default::default(),
            operation: 0,
            permission_type: 0,
        }
    }
}
impl Body for DeleteAclsMatchingAcl {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i16(self.error_code);
        out.opt_string(flexible, true, "DeleteAclsMatchingAcl.ErrorMessage", self.error_message.as_deref());
        out.i8(self.resource_type);
        out.string(flexible, "DeleteAclsMatchingAcl.ResourceName", &self.resource_name);
        if version >= 1 {
            out.i8(self.pattern_type);
        } else if self.pattern_type != 3 {
            out.not_in_version("DeleteAclsMatchingAcl.PatternType", version);
        }
        out.string(flexible, "DeleteAclsMatchingAcl.Principal", &self.principal);
        out.string(flexible, "DeleteAclsMatchingAcl.Host", &self.host);
        out.i8(self.operation);
        out.i8(self.permission_type);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteAclsMatchingAcl");
        let flexible = version >= 2;
        let this = DeleteAclsMatchingAcl {
            error_code: input.i16(),
            error_message: input.opt_string(flexible, true, "ErrorMessage"),
            resource_type: input.i8(),
            resource_name: input.string(flexible, "ResourceName"),
            pattern_type: if version >= 1 { input.i8() } else { 3 },
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
impl Sample for DeleteAclsMatchingAcl {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.error_message = sample::nullable(random, true, |random| sample::string(random));
        this.resource_type = sample::bits(random) as i8;
        this.resource_name = sample::string(random);
        if version >= 1 {
            this.pattern_type = sample::bits(random) as i8;
        }
        this.principal = sample::string(random);
        this.host = sample::string(random);
        this.operation = sample::bits(random) as i8;
        this.permission_type = sample::bits(random) as i8;
        this
    }
}
