//! `LeaveGroupRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `LeaveGroupRequest` of `LeaveGroupRequest`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaveGroupRequest {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// MemberId: `string 0-2`.
    pub member_id: String,
    /// Members: `[]MemberIdentity 3+`.
    pub members: Vec<MemberIdentity>,
}
impl Body for LeaveGroupRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "LeaveGroupRequest.GroupId", &self.group_id);
        if version <= 2 {
            out.string(flexible, "LeaveGroupRequest.MemberId", &self.member_id);
        } else if !self.member_id.is_empty() {
            out.not_in_version("LeaveGroupRequest.MemberId", version);
        }
        if version >= 3 {
            out.structs(flexible, version, "LeaveGroupRequest.Members", &self.members);
        } else if !self.members.is_empty() {
            out.not_in_version("LeaveGroupRequest.Members", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaveGroupRequest");
        let flexible = version >= 4;
        let this = LeaveGroupRequest {
            group_id: input.string(flexible, "GroupId"),
            member_id: if version <= 2 { input.string(flexible, "MemberId") } else { Default::default() },
            members: if version >= 3 { input.structs(flexible, version, "Members") } else { Default::default() },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for LeaveGroupRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        if version <= 2 {
            this.member_id = sample::string(random);
        }
        if version >= 3 {
            this.members = sample::vec(random, |random| MemberIdentity::sample(version, random));
        }
        this
    }
}
impl Message for LeaveGroupRequest {
    const NAME: &'static str = "LeaveGroupRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 4;
}
impl Request for LeaveGroupRequest {
    const KEY: ApiKey = ApiKey::LEAVE_GROUP;
    type Response = super::leave_group_response::LeaveGroupResponse;
}
/// `MemberIdentity` of `LeaveGroupRequest`, versions 3–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct MemberIdentity {
    /// MemberId: `string 3+`.
    pub member_id: String,
    /// GroupInstanceId: `string 3+ null=3+ default=null`.
    pub group_instance_id: Option<String>,
    /// Reason: `string 5+ null=5+ default=null ignorable`.
    pub reason: Option<String>,
}
impl Body for MemberIdentity {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "MemberIdentity.MemberId", &self.member_id);
        out.opt_string(flexible, true, "MemberIdentity.GroupInstanceId", self.group_instance_id.as_deref());
        if version >= 5 {
            out.opt_string(flexible, true, "MemberIdentity.Reason", self.reason.as_deref());
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MemberIdentity");
        let flexible = version >= 4;
        let this = MemberIdentity {
            member_id: input.string(flexible, "MemberId"),
            group_instance_id: input.opt_string(flexible, true, "GroupInstanceId"),
            reason: if version >= 5 { input.opt_string(flexible, true, "Reason") } else { None },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for MemberIdentity {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.member_id = sample::string(random);
        this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        if version >= 5 {
            this.reason = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
