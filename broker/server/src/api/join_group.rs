//! JoinGroup (key 11), versions 0–9.
//!
//! - v0: the session timeout is also the rebalance timeout. v4: a member without an id gets one and comes back with it (79).
//! - v7: protocol type and name may be null in refusals. v9: SkipAssignment, which dynamic members never need.
//! - Differs from Kafka: static members (`group.instance.id`, v5+) are refused with 35, as a broker before KIP-345 does.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{JoinGroupRequest, JoinGroupResponse, join_group_response::JoinGroupResponseMember},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    group_coordinator::core::{JoinReply, JoinRequest},
    random::random_uuid,
    services::Broker,
};

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: JoinGroupRequest,
) -> Answer<JoinGroupResponse> {
    let reply = if !context.authorize(Operation::Read, Resource::Group(&request.group_id)) {
        JoinReply::refused(ErrorCode::GROUP_AUTHORIZATION_FAILED, &request.member_id)
    } else if request.group_instance_id.is_some() {
        JoinReply::refused(ErrorCode::UNSUPPORTED_VERSION, &request.member_id)
    } else {
        broker.groups.join(to_join(&context, request)).await
    };
    to_response(context.api_version, reply).into()
}

fn to_join(context: &RequestContext, request: JoinGroupRequest) -> JoinRequest {
    let client_id = context.client_id.as_deref().unwrap_or_default().to_owned();
    JoinRequest {
        fresh_member_id: format!("{client_id}-{}", uuid_text(*random_uuid().as_bytes())),
        client_id,
        client_host: format!("/{}", context.client_address),
        rebalance_timeout_ms: match context.api_version {
            0 => request.session_timeout_ms,
            _ => request.rebalance_timeout_ms,
        },
        session_timeout_ms: request.session_timeout_ms,
        protocols: request.protocols.into_iter().map(|protocol| (protocol.name, protocol.metadata)).collect(),
        requires_known_member_id: context.api_version >= 4,
        group_id: request.group_id,
        member_id: request.member_id,
        protocol_type: request.protocol_type,
    }
}

fn to_response(api_version: i16, reply: JoinReply) -> JoinGroupResponse {
    let members = reply.members.into_iter().map(|member| JoinGroupResponseMember {
        member_id: member.member_id,
        group_instance_id: member.group_instance_id,
        metadata: member.metadata,
    });
    // Null protocol names are v7's.
    let protocol_name = match reply.protocol_name {
        None if api_version < 7 => Some(String::new()),
        name => name,
    };
    JoinGroupResponse {
        error_code: reply.error.0,
        generation_id: reply.generation_id,
        protocol_type: reply.protocol_type,
        protocol_name,
        leader: reply.leader,
        member_id: reply.member_id,
        members: members.collect(),
        ..Default::default()
    }
}

/// A UUID as Java writes it.
fn uuid_text(bytes: [u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_written_as_java_does() {
        let text = uuid_text(*b"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef");
        assert_eq!(text, "01234567-89ab-cdef-0123-456789abcdef");
    }

    #[test]
    fn refusals_fit_their_version() {
        let refused = || JoinReply::refused(ErrorCode::UNKNOWN_MEMBER_ID, "member");
        assert_eq!(to_response(6, refused()).protocol_name, Some(String::new()));
        assert_eq!(to_response(7, refused()).protocol_name, None);
        assert_eq!(to_response(7, refused()).generation_id, -1);
    }
}
