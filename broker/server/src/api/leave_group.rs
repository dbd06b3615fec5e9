//! LeaveGroup (key 13), versions 0–5. v3: a list of members, each with its own code inside a top-level 0.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{LeaveGroupRequest, LeaveGroupResponse, leave_group_response::MemberResponse},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
};

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: LeaveGroupRequest,
) -> Answer<LeaveGroupResponse> {
    let members: Vec<(String, Option<String>)> = match context.api_version {
        ..3 => vec![(request.member_id, None)],
        _ => request.members.into_iter().map(|member| (member.member_id, member.group_instance_id)).collect(),
    };
    let left = if context.authorize(Operation::Read, Resource::Group(&request.group_id)) {
        broker.groups.leave(&request.group_id, &members)
    } else {
        Err(ErrorCode::GROUP_AUTHORIZATION_FAILED)
    };
    let mut response = LeaveGroupResponse::default();
    match left {
        Err(error) => response.error_code = error.0,
        Ok(codes) if context.api_version < 3 => response.error_code = codes[0].0,
        Ok(codes) => {
            let answered = members.into_iter().zip(codes);
            response.members = answered
                .map(|((member_id, group_instance_id), code)| MemberResponse {
                    member_id,
                    group_instance_id,
                    error_code: code.0,
                })
                .collect();
        }
    }
    response.into()
}
