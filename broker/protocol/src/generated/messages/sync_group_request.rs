//! `SyncGroupRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
use bytes::Bytes;
/// `SyncGroupRequest` of `SyncGroupRequest`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SyncGroupRequest {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// GenerationId: `int32 0+`.
    pub generation_id: i32,
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// GroupInstanceId: `string 3+ null=3+ default=null`.
    pub group_instance_id: Option<String>,
    /// ProtocolType: `string 5+ null=5+ default=null ignorable`.
    pub protocol_type: Option<String>,
    /// ProtocolName: `string 5+ null=5+ default=null ignorable`.
    pub protocol_name: Option<String>,
    /// Assignments: `[]SyncGroupRequestAssignment 0+`.
    pub assignments: Vec<SyncGroupRequestAssignment>,
}
impl Body for SyncGroupRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "SyncGroupRequest.GroupId", &self.group_id);
        out.i32(self.generation_id);
        out.string(flexible, "SyncGroupRequest.MemberId", &self.member_id);
        if version >= 3 {
            out.opt_string(flexible, true, "SyncGroupRequest.GroupInstanceId", self.group_instance_id.as_deref());
        } else if self.group_instance_id.is_some() {
            out.not_in_version("SyncGroupRequest.GroupInstanceId", version);
        }
        if version >= 5 {
            out.opt_string(flexible, true, "SyncGroupRequest.ProtocolType", self.protocol_type.as_deref());
        }
        if version >= 5 {
            out.opt_string(flexible, true, "SyncGroupRequest.ProtocolName", self.protocol_name.as_deref());
        }
        out.structs(flexible, version, "SyncGroupRequest.Assignments", &self.assignments);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SyncGroupRequest");
        let flexible = version >= 4;
        let this = SyncGroupRequest {
            group_id: input.string(flexible, "GroupId"),
            generation_id: input.i32(),
            member_id: input.string(flexible, "MemberId"),
            group_instance_id: if version >= 3 { input.opt_string(flexible, true, "GroupInstanceId") } else { None },
            protocol_type: if version >= 5 { input.opt_string(flexible, true, "ProtocolType") } else { None },
            protocol_name: if version >= 5 { input.opt_string(flexible, true, "ProtocolName") } else { None },
            assignments: input.structs(flexible, version, "Assignments"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SyncGroupRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        this.generation_id = sample::bits(random) as i32;
        this.member_id = sample::string(random);
        if version >= 3 {
            this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        }
        if version >= 5 {
            this.protocol_type = sample::nullable(random, true, |random| sample::string(random));
        }
        if version >= 5 {
            this.protocol_name = sample::nullable(random, true, |random| sample::string(random));
        }
        this.assignments = sample::vec(random, |random| SyncGroupRequestAssignment::sample(version, random));
        this
    }
}
impl Message for SyncGroupRequest {
    const NAME: &'static str = "SyncGroupRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 4;
}
impl Request for SyncGroupRequest {
    const KEY: ApiKey = ApiKey::SYNC_GROUP;
    type Response = super::sync_group_response::SyncGroupResponse;
}
/// `SyncGroupRequestAssignment` of `SyncGroupRequest`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SyncGroupRequestAssignment {
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// Assignment: `bytes 0+`.
    pub assignment: Bytes,
}
impl Body for SyncGroupRequestAssignment {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "SyncGroupRequestAssignment.MemberId", &self.member_id);
        out.bytes(flexible, "SyncGroupRequestAssignment.Assignment", &self.assignment);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SyncGroupRequestAssignment");
        let flexible = version >= 4;
        let this = SyncGroupRequestAssignment {
            member_id: input.string(flexible, "MemberId"),
            assignment: input.bytes(flexible, "Assignment"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SyncGroupRequestAssignment {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.member_id = sample::string(random);
        this.assignment = sample::bytes(random);
        this
    }
}
