//! `DeleteGroupsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `DeleteGroupsRequest` of `DeleteGroupsRequest`, versions 0–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DeleteGroupsRequest {
    /// GroupsNames: `[]string 0+`.
    pub groups_names: Vec<String>,
}
impl Body for DeleteGroupsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.strings(flexible, "DeleteGroupsRequest.GroupsNames", &self.groups_names);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DeleteGroupsRequest");
        let flexible = version >= 2;
        let this = DeleteGroupsRequest { groups_names: input.strings(flexible, "GroupsNames") };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DeleteGroupsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.groups_names = sample::vec(random, |random| sample::string(random));
        this
    }
}
impl Message for DeleteGroupsRequest {
    const NAME: &'static str = "DeleteGroupsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for DeleteGroupsRequest {
    const KEY: ApiKey = ApiKey::DELETE_GROUPS;
    type Response = super::delete_groups_response::DeleteGroupsResponse;
}
