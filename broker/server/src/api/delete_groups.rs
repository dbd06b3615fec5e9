//! DeleteGroups (key 42), versions 0–2: a group without members, and its offsets.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{DeleteGroupsRequest, DeleteGroupsResponse, delete_groups_response::DeletableGroupResult},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
};

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: DeleteGroupsRequest,
) -> Answer<DeleteGroupsResponse> {
    let mut response = DeleteGroupsResponse::default();
    for group_id in request.groups_names {
        let code = if context.authorize(Operation::Delete, Resource::Group(&group_id)) {
            broker.groups.delete(&group_id).await
        } else {
            ErrorCode::GROUP_AUTHORIZATION_FAILED
        };
        response.results.push(DeletableGroupResult { group_id, error_code: code.0 });
    }
    response.into()
}
