//! Requests that the controller decides: handed on through the link, which knows who may serve them (KIP-590).

use std::sync::Arc;

use bytes::Bytes;
use kedge_protocol::{
    ErrorCode, Message, Request,
    messages::{CreateTopicsRequest, CreateTopicsResponse},
    wire::{Decoder, Encoder},
};
use tracing::warn;

use super::admin::Refusable;
use crate::{context::RequestContext, controller_link::LinkError, dispatch::Answer, services::Broker};

/// Hands a request to the controller and its answer back.
pub(crate) async fn handle<R: Refusable + Sync>(
    broker: Arc<Broker>,
    context: RequestContext,
    request: R,
) -> Answer<R::Response> {
    match forward(&broker, &context, &request).await {
        Ok(response) => response.into(),
        Err(error) => {
            warn!(api = R::NAME, %error, "the controller did not answer a forwarded request");
            let code = match &error {
                LinkError::NotController => ErrorCode::NOT_CONTROLLER,
                LinkError::Refused(code) => *code,
                // The outcome is open, or nothing was sent: a time-out is what clients retry safely.
                LinkError::Unavailable(_) | LinkError::Unknown(_) | LinkError::DuplicateBroker(_) => {
                    ErrorCode::REQUEST_TIMED_OUT
                }
            };
            request.refused(code, &error.to_string()).into()
        }
    }
}

/// Hands a request to the controller.
async fn forward<R: Request>(broker: &Broker, context: &RequestContext, request: &R) -> Result<R::Response, LinkError> {
    let link = broker.link.load().link;
    decode::<R>(context, link.admin(context, encode(context, request)?).await?)
}

/// Asks the controller for topics that this broker itself needs.
pub(crate) async fn create_topics(
    broker: &Broker,
    context: &RequestContext,
    request: &CreateTopicsRequest,
) -> Result<CreateTopicsResponse, LinkError> {
    let link = broker.link.load().link;
    decode::<CreateTopicsRequest>(context, link.create_topics(context, encode(context, request)?).await?)
}

fn encode<R: Request>(context: &RequestContext, request: &R) -> Result<Bytes, LinkError> {
    let mut body = Encoder::new();
    request.encode(context.api_version, &mut body).map_err(unreadable::<R>)?;
    Ok(body.into_bytes())
}

fn decode<R: Request>(context: &RequestContext, answer: Bytes) -> Result<R::Response, LinkError> {
    R::Response::decode(context.api_version, &mut Decoder::new(answer)).map_err(unreadable::<R>)
}

fn unreadable<R: Request>(error: impl std::fmt::Display) -> LinkError {
    LinkError::Unknown(format!("{}: {error}", R::NAME))
}
