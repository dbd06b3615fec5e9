//! `JoinGroupRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
use bytes::Bytes;
/// `JoinGroupRequest` of `JoinGroupRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq)]
pub struct JoinGroupRequest {
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// SessionTimeoutMs: `int32 0+`.
    pub session_timeout_ms: i32,
    /// RebalanceTimeoutMs: `int32 1+ default=-1 ignorable`.
    pub rebalance_timeout_ms: i32,
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// GroupInstanceId: `string 5+ null=5+ default=null`.
    pub group_instance_id: Option<String>,
    /// ProtocolType: `string 0+`.
    pub protocol_type: String,
    /// Protocols: `[]JoinGroupRequestProtocol 0+`.
    pub protocols: Vec<JoinGroupRequestProtocol>,
    /// Reason: `string 8+ null=8+ default=null ignorable`.
    pub reason: Option<String>,
}
impl Default for JoinGroupRequest {
    fn default() -> Self {
        JoinGroupRequest {
            group_id: Default::default(),
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: Default::default(),
            group_instance_id: None,
            protocol_type: Default::default(),
            protocols: Default::default(),
            reason: None,
        }
    }
}
impl Body for JoinGroupRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.string(flexible, "JoinGroupRequest.GroupId", &self.group_id);
        out.i32(self.session_timeout_ms);
        if version >= 1 {
            out.i32(self.rebalance_timeout_ms);
        }
        out.string(flexible, "JoinGroupRequest.MemberId", &self.member_id);
        if version >= 5 {
            out.opt_string(flexible, true, "JoinGroupRequest.GroupInstanceId", self.group_instance_id.as_deref());
        } else if self.group_instance_id.is_some() {
            out.not_in_version("JoinGroupRequest.GroupInstanceId", version);
        }
        out.string(flexible, "JoinGroupRequest.ProtocolType", &self.protocol_type);
        out.structs(flexible, version, "JoinGroupRequest.Protocols", &self.protocols);
        if version >= 8 {
            out.opt_string(flexible, true, "JoinGroupRequest.Reason", self.reason.as_deref());
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("JoinGroupRequest");
        let flexible = version >= 6;
        let this = JoinGroupRequest {
            group_id: input.string(flexible, "GroupId"),
            session_timeout_ms: input.i32(),
            rebalance_timeout_ms: if version >= 1 { input.i32() } else { -1 },
            member_id: input.string(flexible, "MemberId"),
            group_instance_id: if version >= 5 { input.opt_string(flexible, true, "GroupInstanceId") } else { None },
            protocol_type: input.string(flexible, "ProtocolType"),
            protocols: input.structs(flexible, version, "Protocols"),
            reason: if version >= 8 { input.opt_string(flexible, true, "Reason") } else { None },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for JoinGroupRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group_id = sample::string(random);
        this.session_timeout_ms = sample::bits(random) as i32;
        if version >= 1 {
            this.rebalance_timeout_ms = sample::bits(random) as i32;
        }
        this.member_id = sample::string(random);
        if version >= 5 {
            this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this.protocol_type = sample::string(random);
        this.protocols = sample::vec(random, |random| JoinGroupRequestProtocol::sample(version, random));
        if version >= 8 {
            this.reason = sample::nullable(random, true, |random| sample::string(random));
        }
        this
    }
}
impl Message for JoinGroupRequest {
    const NAME: &'static str = "JoinGroupRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 9;
    const FIRST_FLEXIBLE: i16 = 6;
}
impl Request for JoinGroupRequest {
    const KEY: ApiKey = ApiKey::JOIN_GROUP;
    type Response = super::join_group_response::JoinGroupResponse;
}
/// `JoinGroupRequestProtocol` of `JoinGroupRequest`, versions 0–9.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct JoinGroupRequestProtocol {
    /// Name: `string 0+`.
    pub name: String,
    /// Metadata: `bytes 0+`.
    pub metadata: Bytes,
}
impl Body for JoinGroupRequestProtocol {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.string(flexible, "JoinGroupRequestProtocol.Name", &self.name);
        out.bytes(flexible, "JoinGroupRequestProtocol.Metadata", &self.metadata);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("JoinGroupRequestProtocol");
        let flexible = version >= 6;
        let this = JoinGroupRequestProtocol {
            name: input.string(flexible, "Name"),
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
impl Sample for JoinGroupRequestProtocol {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.metadata = sample::bytes(random);
        this
    }
}
