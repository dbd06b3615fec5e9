//! Envelope (key 58): a client's request, forwarded by a broker with who sent it (KIP-590).

use std::{net::IpAddr, sync::Arc};

use bytes::{Bytes, BytesMut};
use kedge_protocol::{
    ApiKey, ErrorCode, Message,
    messages::{EnvelopeRequest, EnvelopeResponse},
    principal::DefaultPrincipalData,
    wire::Decoder,
};
use tracing::debug;

use super::ControllerNode;
use crate::{
    context::{Operation, Principal, RequestContext, Resource},
    dispatch::{Answer, ApiTable, Handled, read_header},
    network::reply::{Part, Reply},
};

pub(crate) async fn handle(
    controller: Arc<ControllerNode>,
    forwardable: Arc<ApiTable>,
    context: RequestContext,
    request: EnvelopeRequest,
) -> Answer<EnvelopeResponse> {
    // The broker looks for the active controller by this code; an inner one would reach its client.
    if controller.handle.active_epoch().is_none() {
        return refused(ErrorCode::NOT_CONTROLLER);
    }
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        return refused(ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
    }
    let (inner, input) = match open(&context, &request) {
        Ok(opened) => opened,
        Err((error, reason)) => {
            debug!(reason, "envelope refused");
            return refused(error);
        }
    };
    if !forwardable.serves(inner.api_key, inner.api_version) {
        return refused(if forwardable.serves_any_version(inner.api_key) {
            ErrorCode::UNSUPPORTED_VERSION
        } else {
            ErrorCode::INVALID_REQUEST
        });
    }
    match forwardable.handle(inner, input).await {
        Handled::Reply(reply) => {
            EnvelopeResponse { response_data: Some(response_bytes(reply)), error_code: ErrorCode::NONE.0 }.into()
        }
        Handled::Nothing => refused(ErrorCode::UNKNOWN_SERVER_ERROR),
        Handled::Close(reason) => {
            debug!(reason, "forwarded request does not parse");
            refused(ErrorCode::UNSUPPORTED_VERSION)
        }
    }
}

fn refused(error: ErrorCode) -> Answer<EnvelopeResponse> {
    EnvelopeResponse { response_data: None, error_code: error.0 }.into()
}

/// The inner request's context and body: the original sender, not the broker in between.
fn open(outer: &RequestContext, request: &EnvelopeRequest) -> Result<(RequestContext, Decoder), (ErrorCode, String)> {
    let (header, input) =
        read_header(request.request_data.clone()).map_err(|error| (ErrorCode::UNSUPPORTED_VERSION, error))?;
    let principal = match &request.request_principal {
        Some(bytes) => read_principal(bytes).map_err(|error| (ErrorCode::PRINCIPAL_DESERIALIZATION_FAILURE, error))?,
        None => {
            return Err((ErrorCode::PRINCIPAL_DESERIALIZATION_FAILURE, "an envelope without a principal".to_owned()));
        }
    };
    let client_address = read_address(&request.client_host_address)
        .ok_or_else(|| (ErrorCode::INVALID_REQUEST, "the client address has neither 4 nor 16 bytes".to_owned()))?;
    let inner = RequestContext {
        principal,
        client_address,
        client_id: header.client_id.map(Arc::from),
        api_key: ApiKey(header.api_key.0),
        api_version: header.api_version,
        correlation_id: header.correlation_id,
        forwarded: true,
        ..outer.clone()
    };
    Ok((inner, input))
}

fn read_principal(bytes: &Bytes) -> Result<Principal, String> {
    let mut input = Decoder::new(bytes.clone());
    let data_version = input.i16();
    if data_version != 0 {
        return Err(format!("principal of version {data_version}"));
    }
    let data = DefaultPrincipalData::decode(data_version, &mut input).map_err(|error| error.to_string())?;
    Ok(Principal { principal_type: data.r#type.into(), name: data.name.into() })
}

fn read_address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// The response with its header and without the length prefix. Admin responses never hold file ranges.
fn response_bytes(reply: Reply) -> Bytes {
    let mut joined = BytesMut::new();
    for part in reply.parts.into_iter().skip(1) {
        match part {
            Part::Bytes(bytes) => joined.extend_from_slice(&bytes),
            Part::File(_) => unreachable!("admin responses hold no file ranges"),
        }
    }
    joined.freeze()
}
