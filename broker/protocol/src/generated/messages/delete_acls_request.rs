//! `DeleteAclsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DeleteAclsRequest` of `DeleteAclsRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteAclsRequest {
    /// Filters: `[]DeleteAclsFilter 0+`.
    pub filters: Vec<DeleteAclsFilter>,
}
impl Body for DeleteAclsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.structs(flexible, version, "DeleteAclsRequest.Filters", &self.filters);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteAclsRequest");
        let flexible = version >= 2;
        let this = DeleteAclsRequest { filters: input.structs(flexible, version, "Filters") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteAclsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.filters = sample::vec(random, |random| DeleteAclsFilter::sample(version, random));
        this
    }
}
impl Message for DeleteAclsRequest {
    const NAME: &'static str = "DeleteAclsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 3;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for DeleteAclsRequest {
    const KEY: ApiKey = ApiKey::DELETE_ACLS;
    type Response = super::delete_acls_response::DeleteAclsResponse;
}
/// `DeleteAclsFilter` of `DeleteAclsRequest`, versions 0–3.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteAclsFilter {
    /// ResourceTypeFilter: `int8 0+`.
    pub resource_type_filter: i8,
    /// ResourceNameFilter: `string 0+ null=0+`.
    pub resource_name_filter: Option<String>,
    /// PatternTypeFilter: `int8 1+ default=3`.
    pub pattern_type_filter: i8,
    /// PrincipalFilter: `string 0+ null=0+`.
    pub principal_filter: Option<String>,
    /// HostFilter: `string 0+ null=0+`.
    pub host_filter: Option<String>,
    /// Operation: `int8 0+`.
    pub operation: i8,
    /// PermissionType: `int8 0+`.
    pub permission_type: i8,
}
impl Default for DeleteAclsFilter {
    fn default() -> Self {
        DeleteAclsFilter {
            resource_type_filter: 0,
            resource_name_filter: Some(Default::default()),
            pattern_type_filter: 3,
            principal_filter: Some(Default::default()),
            host_filter: Some(Default::default()),
            operation: 0,
            permission_type: 0,
        }
    }
}
impl Body for DeleteAclsFilter {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.i8(self.resource_type_filter);
        out.opt_string(flexible, true, "DeleteAclsFilter.ResourceNameFilter", self.resource_name_filter.as_deref());
        if version >= 1 {
            out.i8(self.pattern_type_filter);
        } else if self.pattern_type_filter != 3 {
            out.not_in_version("DeleteAclsFilter.PatternTypeFilter", version);
        }
        out.opt_string(flexible, true, "DeleteAclsFilter.PrincipalFilter", self.principal_filter.as_deref());
        out.opt_string(flexible, true, "DeleteAclsFilter.HostFilter", self.host_filter.as_deref());
        out.i8(self.operation);
        out.i8(self.permission_type);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteAclsFilter");
        let flexible = version >= 2;
        let this = DeleteAclsFilter {
            resource_type_filter: input.i8(),
            resource_name_filter: input.opt_string(flexible, true, "ResourceNameFilter"),
            pattern_type_filter: if version >= 1 { input.i8() } else { 3 },
            principal_filter: input.opt_string(flexible, true, "PrincipalFilter"),
            host_filter: input.opt_string(flexible, true, "HostFilter"),
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
impl Sample for DeleteAclsFilter {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.resource_type_filter = sample::bits(random) as i8;
        this.resource_name_filter = sample::nullable(random, true, |random| sample::string(random));
        if version >= 1 {
            this.pattern_type_filter = sample::bits(random) as i8;
        }
        this.principal_filter = sample::nullable(random, true, |random| sample::string(random));
        this.host_filter = sample::nullable(random, true, |random| sample::string(random));
        this.operation = sample::bits(random) as i8;
        this.permission_type = sample::bits(random) as i8;
        this
    }
}
