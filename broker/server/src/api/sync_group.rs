//! SyncGroup (key 14), versions 0–5.
//!
//! - v5: protocol type and name, which must be the group's (23).
//! - While the group is loading the answer is 27, not 14: the member must rejoin in any case.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{SyncGroupRequest, SyncGroupResponse},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    group_coordinator::core::{SyncReply, SyncRequest},
    services::Broker,
};

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: SyncGroupRequest,
) -> Answer<SyncGroupResponse> {
    let names_protocol = request.protocol_type.is_some() && request.protocol_name.is_some();
    let reply = if !context.authorize(Operation::Read, Resource::Group(&request.group_id)) {
        SyncReply::refused(ErrorCode::GROUP_AUTHORIZATION_FAILED)
    } else if context.api_version >= 5 && !names_protocol {
        SyncReply::refused(ErrorCode::INCONSISTENT_GROUP_PROTOCOL)
    } else {
        let assignments = request.assignments.into_iter().map(|given| (given.member_id, given.assignment));
        let sync = SyncRequest {
            group_id: request.group_id,
            generation_id: request.generation_id,
            member_id: request.member_id,
            group_instance_id: request.group_instance_id,
            protocol_type: request.protocol_type,
            protocol_name: request.protocol_name,
            assignments: assignments.collect(),
        };
        broker.groups.sync(sync).await
    };
    SyncGroupResponse {
        error_code: reply.error.0,
        protocol_type: reply.protocol_type,
        protocol_name: reply.protocol_name,
        assignment: reply.assignment,
        ..Default::default()
    }
    .into()
}
