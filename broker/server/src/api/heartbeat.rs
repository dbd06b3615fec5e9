//! Heartbeat (key 12), versions 0–4. While the group is loading the answer is 0: the member keeps its place.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{HeartbeatRequest, HeartbeatResponse},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
};

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: HeartbeatRequest,
) -> Answer<HeartbeatResponse> {
    let code = if context.authorize(Operation::Read, Resource::Group(&request.group_id)) {
        let instance = request.group_instance_id.as_deref();
        broker.groups.heartbeat(&request.group_id, request.generation_id, &request.member_id, instance)
    } else {
        ErrorCode::GROUP_AUTHORIZATION_FAILED
    };
    HeartbeatResponse { error_code: code.0, ..Default::default() }.into()
}
