//! `ListGroupsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ListGroupsResponse` of `ListGroupsResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListGroupsResponse {
    /// ThrottleTimeMs: `int32 1+ ignorable`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Groups: `[]ListedGroup 0+`.
    pub groups: Vec<ListedGroup>,
}
impl Body for ListGroupsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        out.i16(self.error_code);
        out.structs(flexible, version, "ListGroupsResponse.Groups", &self.groups);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListGroupsResponse");
        let flexible = version >= 3;
        let this = ListGroupsResponse {
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
            error_code: input.i16(),
            groups: input.structs(flexible, version, "Groups"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListGroupsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.error_code = sample::bits(random) as i16;
        this.groups = sample::vec(random, |random| ListedGroup::sample(version, random));
        this
    }
}
impl Message for ListGroupsResponse {
    const NAME: &'static str = "ListGroupsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 3;
}
/// `ListedGroup` of `ListGroupsResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListedGroup {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// ProtocolType: `string 0+`.
    pub protocol_type: String,
    /// GroupState: `string 4+ ignorable`.
    pub group_state: String,
    /// GroupType: `string 5+ ignorable`.
    pub group_type: String,
}
impl Body for ListedGroup {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "ListedGroup.GroupId", &self.group_id);
        out.string(flexible, "ListedGroup.ProtocolType", &self.protocol_type);
        if version >= 4 {
            out.string(flexible, "ListedGroup.GroupState", &self.group_state);
        }
        if version >= 5 {
            out.string(flexible, "ListedGroup.GroupType", &self.group_type);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ListedGroup");
        let flexible = version >= 3;
        let this = ListedGroup {
            group_id: input.string(flexible, "GroupId"),
            protocol_type: input.string(flexible, "ProtocolType"),
            group_state: if version >= 4 { input.string(flexible, "GroupState") } else { Default::default() },
            group_type: if version >= 5 { input.string(flexible, "GroupType") } else { Default::default() },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ListedGroup {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        this.protocol_type = sample::string(random);
        if version >= 4 {
            this.group_state = sample::string(random);
        }
        if version >= 5 {
            this.group_type = sample::string(random);
        }
        this
    }
}
