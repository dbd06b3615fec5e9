//! ListGroups (key 16), versions 0–5: the groups this broker coordinates.
//!
//! - v4: state filter. v5: type filter; every group here is `classic`. Both ignore case.
//! - While partitions are loading the answer is 14 with the groups known so far.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{ListGroupsRequest, ListGroupsResponse, list_groups_response::ListedGroup},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
};

/// The type of groups that JoinGroup makes.
const GROUP_TYPE: &str = "classic";

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: ListGroupsRequest,
) -> Answer<ListGroupsResponse> {
    let may_see_all = context.authorize(Operation::Describe, Resource::Cluster);
    let list = broker.groups.list();
    let groups = list
        .groups
        .into_iter()
        .filter(|(group_id, ..)| may_see_all || context.authorize(Operation::Describe, Resource::Group(group_id)))
        .filter(|(.., state)| is_wanted(&request.states_filter, state.name()))
        .filter(|_| is_wanted(&request.types_filter, GROUP_TYPE))
        .map(|(group_id, protocol_type, state)| ListedGroup {
            group_id,
            protocol_type,
            group_state: state.name().to_owned(),
            group_type: GROUP_TYPE.to_owned(),
        });
    let error = if list.is_loading { ErrorCode::COORDINATOR_LOAD_IN_PROGRESS } else { ErrorCode::NONE };
    ListGroupsResponse { error_code: error.0, groups: groups.collect(), ..Default::default() }.into()
}

fn is_wanted(filter: &[String], value: &str) -> bool {
    filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_ignore_case() {
        assert!(is_wanted(&[], "Stable"));
        assert!(is_wanted(&["empty".to_owned(), "STABLE".to_owned()], "Stable"));
        assert!(!is_wanted(&["consumer".to_owned()], GROUP_TYPE));
    }
}
