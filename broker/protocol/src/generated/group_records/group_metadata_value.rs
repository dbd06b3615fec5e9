//! `GroupMetadataValue`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `GroupMetadataValue` of `GroupMetadataValue`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupMetadataValue {
    /// protocolType: `string 0+`.
    pub protocol_type: String,
    /// generation: `int32 0+`.
    pub generation: i32,
    /// protocol: `string 0+ null=0+`.
    pub protocol: Option<String>,
    /// leader: `string 0+ null=0+`.
    pub leader: Option<String>,
    /// currentStateTimestamp: `int64 2+ default=-1 ignorable`.
    pub current_state_timestamp: i64,
    /// members: `[]MemberMetadata 0+`.
    pub members: Vec<MemberMetadata>,
}
impl Default for GroupMetadataValue {
    fn default() -> Self {
        GroupMetadataValue {
            protocol_type: Default::default(),
            generation: 0,
            protocol: Some(Default::default()),
            leader: Some(Default::default()),
            current_state_timestamp: -1,
            members: Default::default(),
        }
    }
}
impl Body for GroupMetadataValue {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "GroupMetadataValue.protocolType", &self.protocol_type);
        out.i32(self.generation);
        out.opt_string(flexible, true, "GroupMetadataValue.protocol", self.protocol.as_deref());
        out.opt_string(flexible, true, "GroupMetadataValue.leader", self.leader.as_deref());
        if version >= 2 {
            out.i64(self.current_state_timestamp);
        }
        out.structs(flexible, version, "GroupMetadataValue.members", &self.members);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("GroupMetadataValue");
        let flexible = version >= 4;
        let this = GroupMetadataValue {
            protocol_type: input.string(flexible, "protocolType"),
            generation: input.i32(),
            protocol: input.opt_string(flexible, true, "protocol"),
            leader: input.opt_string(flexible, true, "leader"),
            current_state_timestamp: if version >= 2 { input.i64() } else { -1 },
            members: input.structs(flexible, version, "members"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for GroupMetadataValue {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.protocol_type = sample::string(random);
        this.generation = sample::bits(random) as i32;
        this.protocol = sample::nullable(random, true, |random| sample::string(random));
        this.leader = sample::nullable(random, true, |random| sample::string(random));
        if version >= 2 {
            this.current_state_timestamp = sample::bits(random) as i64;
        }
        this.members = sample::vec(random, |random| MemberMetadata::sample(version, random));
        this
    }
}
impl Message for GroupMetadataValue {
    const NAME: &'static str = "GroupMetadataValue";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 4;
}
/// `MemberMetadata` of `GroupMetadataValue`, versions 0–4.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberMetadata {
    /// memberId: `string 0+`.
    pub member_id: String,
    /// groupInstanceId: `string 3+ null=3+ default=null ignorable`.
    pub group_instance_id: Option<String>,
    /// clientId: `string 0+`.
    pub client_id: String,
    /// clientHost: `string 0+`.
    pub client_host: String,
    /// rebalanceTimeout: `int32 1+ default=-1 ignorable`.
    pub rebalance_timeout: i32,
    /// sessionTimeout: `int32 0+`.
    pub session_timeout: i32,
    /// subscription: `bytes 0+`.
    pub subscription: Bytes,
    /// assignment: `bytes 0+`.
    pub assignment: Bytes,
}
impl Default for MemberMetadata {
    fn default() -> Self {
        MemberMetadata {
            member_id: Default::default(),
            group_instance_id: None,
            client_id: Default::default(),
            client_host: Default::default(),
            rebalance_timeout: -1,
            session_timeout: 0,
            subscription: Default::default(),
            assignment: Default::default(),
        }
    }
}
impl Body for MemberMetadata {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 4;
        out.string(flexible, "MemberMetadata.memberId", &self.member_id);
        if version >= 3 {
            out.opt_string(flexible, true, "MemberMetadata.groupInstanceId", self.group_instance_id.as_deref());
        }
        out.string(flexible, "MemberMetadata.clientId", &self.client_id);
        out.string(flexible, "MemberMetadata.clientHost", &self.client_host);
        if version >= 1 {
            out.i32(self.rebalance_timeout);
        }
        out.i32(self.session_timeout);
        out.bytes(flexible, "MemberMetadata.subscription", &self.subscription);
        out.bytes(flexible, "MemberMetadata.assignment", &self.assignment);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("MemberMetadata");
        let flexible = version >= 4;
        let this = MemberMetadata {
            member_id: input.string(flexible, "memberId"),
            group_instance_id: if version >= 3 { input.opt_string(flexible, true, "groupInstanceId") } else { None },
            client_id: input.string(flexible, "clientId"),
            client_host: input.string(flexible, "clientHost"),
            rebalance_timeout: if version >= 1 { input.i32() } else { -1 },
            session_timeout: input.i32(),
            subscription: input.bytes(flexible, "subscription"),
            assignment: input.bytes(flexible, "assignment"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for MemberMetadata {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.member_id = sample::string(random);
        if version >= 3 {
            this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this.client_id = sample::string(random);
        this.client_host = sample::string(random);
        if version >= 1 {
            this.rebalance_timeout = sample::bits(random) as i32;
        }
        this.session_timeout = sample::bits(random) as i32;
        this.subscription = sample::bytes(random);
        this.assignment = sample::bytes(random);
        this
    }
}
