//! `LeaveGroupResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `LeaveGroupResponse` of `LeaveGroupResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LeaveGroupResponse {
    /// ThrottleTimeMs: `int32 1+ ignorable`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// Members: `[]MemberResponse 3+`.
    pub members: Vec<MemberResponse>,
}
impl Body for LeaveGroupResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        out.i16(self.error_code);
        if version >= 3 {
            out.structs(flexible, version, "LeaveGroupResponse.Members", &self.members);
        } else if !self.members.is_empty() {
            out.not_in_version("LeaveGroupResponse.Members", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("LeaveGroupResponse");
        let flexible = version >= 4;
        let this = LeaveGroupResponse {
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
            error_code: input.i16(),
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
impl Sample for LeaveGroupResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.error_code = sample::bits(random) as i16;
        if version >= 3 {
            this.members = sample::vec(random, |random| MemberResponse::sample(version, random));
        }
        this
    }
}
impl Message for LeaveGroupResponse {
    const NAME: &'static str = "LeaveGroupResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 4;
}
/// `MemberResponse` of `LeaveGroupResponse`, versions 3–5.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberResponse {
    /// MemberId: `string 3+`.
    pub member_id: String,
    /// GroupInstanceId: `string 3+ null=3+`.
    pub group_instance_id: Option<String>,
    /// ErrorCode: `int16 3+`.
    pub error_code: i16,
}
impl Default for MemberResponse {
    fn default() -> Self {
        MemberResponse { member_id: Default::default(), group_instance_id: Some(Default::default()), error_code: 0 }
    }
}
impl Body for MemberResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "MemberResponse.MemberId", &self.member_id);
        out.opt_string(flexible, true, "MemberResponse.GroupInstanceId", self.group_instance_id.as_deref());
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MemberResponse");
        let flexible = version >= 4;
        let this = MemberResponse {
            member_id: input.string(flexible, "MemberId"),
            group_instance_id: input.opt_string(flexible, true, "GroupInstanceId"),
            error_code: input.i16(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for MemberResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.member_id = sample::string(random);
        this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        this.error_code = sample::bits(random) as i16;
        this
    }
}
