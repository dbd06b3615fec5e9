//! `DescribeGroupsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DescribeGroupsRequest` of `DescribeGroupsRequest`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeGroupsRequest {
    /// Groups: `[]string 0+`.
    pub groups: Vec<String>,
    /// IncludeAuthorizedOperations: `bool 3+`.
    pub include_authorized_operations: bool,
}
impl Body for DescribeGroupsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        out.strings(flexible, "DescribeGroupsRequest.Groups", &self.groups);
        if version >= 3 {
            out.bool(self.include_authorized_operations);
        } else if self.include_authorized_operations {
            out.not_in_version("DescribeGroupsRequest.IncludeAuthorizedOperations", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeGroupsRequest");
        let flexible = version >= 5;
        let this = DescribeGroupsRequest {
            groups: input.strings(flexible, "Groups"),
            include_authorized_operations: if version >= 3 { input.bool() } else { false },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribeGroupsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.groups = sample::vec(random, |random| sample::string(random));
        if version >= 3 {
            this.include_authorized_operations = random() & 1 == 1;
        }
        this
    }
}
impl Message for DescribeGroupsRequest {
    const NAME: &'static str = "DescribeGroupsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 5;
}
impl Request for DescribeGroupsRequest {
    const KEY: ApiKey = ApiKey::DESCRIBE_GROUPS;
    type Response = super::describe_groups_response::DescribeGroupsResponse;
}
