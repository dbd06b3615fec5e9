//! `DescribeGroupsResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
use bytes::Bytes;
/// `DescribeGroupsResponse` of `DescribeGroupsResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribeGroupsResponse {
    /// ThrottleTimeMs: `int32 1+ ignorable`.
    pub throttle_time_ms: i32,
    /// Groups: `[]DescribedGroup 0+`.
    pub groups: Vec<DescribedGroup>,
}
impl Body for DescribeGroupsResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        if version >= 1 {
            out.i32(self.throttle_time_ms);
        }
        out.structs(flexible, version, "DescribeGroupsResponse.Groups", &self.groups);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribeGroupsResponse");
        let flexible = version >= 5;
        let this = DescribeGroupsResponse {
            throttle_time_ms: if version >= 1 { input.i32() } else { 0 },
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
impl Sample for DescribeGroupsResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        if version >= 1 {
            this.throttle_time_ms = sample::bits(random) as i32;
        }
        this.groups = sample::vec(random, |random| DescribedGroup::sample(version, random));
        this
    }
}
impl Message for DescribeGroupsResponse {
    const NAME: &'static str = "DescribeGroupsResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 5;
}
/// `DescribedGroup` of `DescribeGroupsResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
    /// GroupId: `string 0+`.
    pub group_id: String,
    /// GroupState: `string 0+`.
    pub group_state: String,
    /// ProtocolType: `string 0+`.
    pub protocol_type: String,
    /// ProtocolData: `string 0+`.
    pub protocol_data: String,
    /// Members: `[]DescribedGroupMember 0+`.
    pub members: Vec<DescribedGroupMember>,
    /// AuthorizedOperations: `int32 3+ default=-2147483648`.
    pub authorized_operations: i32,
}
impl Default for DescribedGroup {
    fn default() -> Self {
        DescribedGroup {
            error_code: 0,
            group_id: Default::default(),
            group_state: Default::default(),
            protocol_type: Default::default(),
            protocol_data: Default::default(),
            members: Default::default(),
            authorized_operations: -2147483648,
        }
    }
}
impl Body for DescribedGroup {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        out.i16(self.error_code);
        out.string(flexible, "DescribedGroup.GroupId", &self.group_id);
        out.string(flexible, "DescribedGroup.GroupState", &self.group_state);
        out.string(flexible, "DescribedGroup.ProtocolType", &self.protocol_type);
        out.string(flexible, "DescribedGroup.ProtocolData", &self.protocol_data);
        out.structs(flexible, version, "DescribedGroup.Members", &self.members);
        if version >= 3 {
            out.i32(self.authorized_operations);
        } else if self.authorized_operations != -2147483648 {
            out.not_in_version("DescribedGroup.AuthorizedOperations", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribedGroup");
        let flexible = version >= 5;
        let this = DescribedGroup {
            error_code: input.i16(),
            group_id: input.string(flexible, "GroupId"),
            group_state: input.string(flexible, "GroupState"),
            protocol_type: input.string(flexible, "ProtocolType"),
            protocol_data: input.string(flexible, "ProtocolData"),
            members: input.structs(flexible, version, "Members"),
            authorized_operations: if version >= 3 { input.i32() } else { -2147483648 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribedGroup {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this.group_id = sample::string(random);
        this.group_state = sample::string(random);
        this.protocol_type = sample::string(random);
        this.protocol_data = sample::string(random);
        this.members = sample::vec(random, |random| DescribedGroupMember::sample(version, random));
        if version >= 3 {
            this.authorized_operations = sample::bits(random) as i32;
        }
        this
    }
}
/// `DescribedGroupMember` of `DescribeGroupsResponse`, versions 0–5.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DescribedGroupMember {
    /// MemberId: `string 0+`.
    pub member_id: String,
    /// GroupInstanceId: `string 4+ null=4+ default=null ignorable`.
    pub group_instance_id: Option<String>,
    /// ClientId: `string 0+`.
    pub client_id: String,
    /// ClientHost: `string 0+`.
    pub client_host: String,
    /// MemberMetadata: `bytes 0+`.
    pub member_metadata: Bytes,
    /// MemberAssignment: `bytes 0+`.
    pub member_assignment: Bytes,
}
impl Body for DescribedGroupMember {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 5;
        out.string(flexible, "DescribedGroupMember.MemberId", &self.member_id);
        if version >= 4 {
            out.opt_string(flexible, true, "DescribedGroupMember.GroupInstanceId", self.group_instance_id.as_deref());
        }
        out.string(flexible, "DescribedGroupMember.ClientId", &self.client_id);
        out.string(flexible, "DescribedGroupMember.ClientHost", &self.client_host);
        out.bytes(flexible, "DescribedGroupMember.MemberMetadata", &self.member_metadata);
        out.bytes(flexible, "DescribedGroupMember.MemberAssignment", &self.member_assignment);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DescribedGroupMember");
        let flexible = version >= 5;
        let this = DescribedGroupMember {
            member_id: input.string(flexible, "MemberId"),
            group_instance_id: if version >= 4 { input.opt_string(flexible, true, "GroupInstanceId") } else { None },
            client_id: input.string(flexible, "ClientId"),
            client_host: input.string(flexible, "ClientHost"),
            member_metadata: input.bytes(flexible, "MemberMetadata"),
            member_assignment: input.bytes(flexible, "MemberAssignment"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DescribedGroupMember {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.member_id = sample::string(random);
        if version >= 4 {
            this.group_instance_id = sample::nullable(random, true, |random| sample::string(random));
        }
        this.client_id = sample::string(random);
        this.client_host = sample::string(random);
        this.member_metadata = sample::bytes(random);
        this.member_assignment = sample::bytes(random);
        this
    }
}
