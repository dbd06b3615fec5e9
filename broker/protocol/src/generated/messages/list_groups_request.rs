//! `ListGroupsRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `ListGroupsRequest` of `ListGroupsRequest`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListGroupsRequest {
    /// StatesFilter: `[]string 4+`.
    pub states_filter: Vec<String>,
    /// TypesFilter: `[]string 5+`.
    pub types_filter: Vec<String>,
}
impl Body for ListGroupsRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        if version >= 4 {
            out.strings(flexible, "ListGroupsRequest.StatesFilter", &self.states_filter);
        } else if !self.states_filter.is_empty() {
            out.not_in_version("ListGroupsRequest.StatesFilter", version);
        }
        if version >= 5 {
            out.strings(flexible, "ListGroupsRequest.TypesFilter", &self.types_filter);
        } else if !self.types_filter.is_empty() {
            out.not_in_version("ListGroupsRequest.TypesFilter", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListGroupsRequest");
        let flexible = version >= 3;
        let this = ListGroupsRequest {
            states_filter: if version >= 4 { input.strings(flexible, "StatesFilter") } else { Default::default() },
            types_filter: if version >= 5 { input.strings(flexible, "TypesFilter") } else { Default::default() },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListGroupsRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 4 {
            this.states_filter = sample::vec(random, |random| sample::string(random));
        }
        if version >= 5 {
            this.types_filter = sample::vec(random, |random| sample::string(random));
        }
        this
    }
}
impl Message for ListGroupsRequest {
    const NAME: &'static str = "ListGroupsRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 3;
}
impl Request for ListGroupsRequest {
    const KEY: ApiKey = ApiKey::LIST_GROUPS;
    type Response = super::list_groups_response::ListGroupsResponse;
}
