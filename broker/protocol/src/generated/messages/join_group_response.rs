//! `JoinGroupResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `JoinGroupResponse` of `JoinGroupResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupResponse {
    /// ThrottleTimeMs: `int32 2+ ignorable`.
    pub throttle_time_ms: i32,
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// GenerationId: `int32 0+ default=-1`.
    pub generation_id: i32,
    /// ProtocolType: `string 7+ null=7+ default=null ignorable`.
    pub protocol_type: Option<String>,
    /// ProtocolName: `string 0+ null=7+`.
    pub protocol_name: Option<String>,
    /// Leader: `string 0+`.
    pub leader: String,
    /// SkipAssignment: `bool 9+ default=false`.
    pub skip_assignment: bool,
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// Members: `[]JoinGroupResponseMember 0+`.
    pub members: Vec<JoinGroupResponseMember>,
}
impl Default for JoinGroupResponse {
    fn default() -> Self {
        JoinGroupResponse {
            throttle_time_ms: 0,
            error_code: 0,
            generation_id: -1,
            protocol_type: None,
            protocol_name: Some(Default::default()),
            leader: Default::default(),
            skip_assignment: false,
            member_id: Default::default(),
            members: Default::default(),
        }
    }
}
impl Body for JoinGroupResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        if version >= 2 {
            out.i32(self.throttle_time_ms);
        }
        out.i16(self.error_code);
        out.i32(self.generation_id);
        if version >= 7 {
            out.opt_string(flexible, true, "JoinGroupResponse.ProtocolType", self.protocol_type.as_deref());
        }
        out.opt_string(flexible, version >= 7, "JoinGroupResponse.ProtocolName", self.protocol_name.as_deref());
        out.string(flexible, "JoinGroupResponse.Leader", &self.leader);
        if version >= 9 {
            out.bool(self.skip_assignment);
        } else if self.skip_assignment {
            out.not_in_version("JoinGroupResponse.SkipAssignment", version);
        }
        out.string(flexible, "JoinGroupResponse.MemberId", &self.member_id);
        out.structs(flexible, version, "JoinGroupResponse.Members", &self.members);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("JoinGroupResponse");
        let flexible = version >= 6;
        let this = JoinGroupResponse {
            throttle_time_ms: if version >= 2 { input.i32() } else { 0 },
            error_code: input.i16(),
            generation_id: input.i32(),
            protocol_type: if version >= 7 { input.opt_string(flexible, true, "ProtocolType") } else { None },
            protocol_name: input.opt_string(flexible, version >= 7, "ProtocolName"),
            leader: input.string(flexible, "Leader"),
            skip_assignment: if version >= 9 { input.bool() } else { false },
            member_id: input.string(flexible, "MemberId"),
            members: input.structs(flexible, version, "Members"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for JoinGroupResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 2 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.error_code = sample::bits(random) as i16;
        this.generation_id = sample::bits(random) as i32;
        if version >= 7 {
            this.protocol_type = sample::nullable(random, true, |random| sample::string(random));
        }
        this.protocol_name = sample::nullable(random, version >= 7, |random| sample::string(random));
        this.leader = sample::string(random);
        if version >= 9 {
            this.skip_assignment = random() & 1 == 1;
        }
        this.member_id = sample::string(random);
        this.members = sample::vec(random, |random| JoinGroupResponseMember::sample(version, random));
        this
    }
}
impl Message for JoinGroupResponse {
    const NAME: &'static str = "JoinGroupResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE: i16 = 6;
}
/// `JoinGroupResponseMember` of `JoinGroupResponse`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct JoinGroupResponseMember {
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// GroupInstanceId: `string 5+ null=5+ default=null ignorable`.
    pub group_instance_id: Option<String>,
    /// Metadata: `bytes 0+`.
    pub metadata: Bytes,
}
impl Body for JoinGroupResponseMember {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.string(flexible, "JoinGroupResponseMember.MemberId", &self.member_id);
        if version >= 5 {
            out.opt_string(
                flexible,
                true,
                "JoinGroupResponseMember.GroupInstanceId",
                self.group_instance_id.as_deref(),
            );
        }
        out.bytes(flexible, "JoinGroupResponseMember.Metadata", &self.metadata);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("JoinGroupResponseMember");
        let flexible = version >= 6;
        let this = JoinGroupResponseMember {
            member_id: input.string(flexible, "MemberId"),
            group_instance_id: if version >= 5 { input.opt_string(flexible, true, "GroupInstanceId") } else { None },
            metadata: input.bytes(flexible, "Metadata"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for JoinGroupResponseMember {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.member_id = sample::string(random);
        if version >= 5 {
            this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this.metadata = sample::bytes(random);
        this
    }
}
