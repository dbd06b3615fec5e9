//! DescribeGroups (key 15), versions 0–5. An unknown group is described as `Dead`.
//!
//! - v3: authorized operations, never filled in before an authorizer exists. v4: instance ids.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{
        DescribeGroupsRequest, DescribeGroupsResponse,
        describe_groups_response::{DescribedGroup, DescribedGroupMember},
    },
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    group_coordinator::{
        core::{GroupDescription, MemberDescription},
        group::GroupState,
    },
    services::Broker,
};

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: DescribeGroupsRequest,
) -> Answer<DescribeGroupsResponse> {
    let groups = request.groups.into_iter().map(|group_id| {
        let described = if context.authorize(Operation::Describe, Resource::Group(&group_id)) {
            broker.groups.describe(&group_id)
        } else {
            Err(ErrorCode::GROUP_AUTHORIZATION_FAILED)
        };
        to_described(group_id, described)
    });
    DescribeGroupsResponse { groups: groups.collect(), ..Default::default() }.into()
}

fn to_described(group_id: String, described: Result<Option<GroupDescription>, ErrorCode>) -> DescribedGroup {
    let group = match described {
        Err(error) => return DescribedGroup { error_code: error.0, group_id, ..Default::default() },
        Ok(None) => {
            let group_state = GroupState::Dead.name().to_owned();
            return DescribedGroup { group_id, group_state, ..Default::default() };
        }
        Ok(Some(group)) => group,
    };
    let member = |member: MemberDescription| DescribedGroupMember {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        client_id: member.client_id,
        client_host: member.client_host,
        member_metadata: member.metadata,
        member_assignment: member.assignment,
    };
    DescribedGroup {
        group_id,
        group_state: group.state.name().to_owned(),
        protocol_type: group.protocol_type,
        protocol_data: group.protocol_name,
        members: group.members.into_iter().map(member).collect(),
        ..Default::default()
    }
}
