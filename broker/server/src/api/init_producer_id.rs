//! InitProducerId (key 22), versions 0–5, for idempotent producers.
//!
//! - v3: producer id and epoch of a producer that wants its epoch raised; without a transactional id Kafka gives it a new id.
//! - Differs from Kafka: there are no transactions yet. A transactional id is refused with 35, which producers do not retry;
//!   they do not even come here, because FindCoordinator finds no coordinator for it.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{InitProducerIdRequest, InitProducerIdResponse},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
};

const NO_PRODUCER_ID: i64 = -1;
const NO_PRODUCER_EPOCH: i16 = -1;

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: InitProducerIdRequest,
) -> Answer<InitProducerIdResponse> {
    let given = match check(&context, &request) {
        Ok(()) => broker.producer_ids.next(&broker.link).await,
        Err(error) => Err(error),
    };
    let mut response = InitProducerIdResponse::default();
    match given {
        Ok(producer_id) => (response.producer_id, response.producer_epoch) = (producer_id, 0),
        Err(error) => {
            response.error_code = error.0;
            (response.producer_id, response.producer_epoch) = (NO_PRODUCER_ID, NO_PRODUCER_EPOCH);
        }
    }
    response.into()
}

fn check(context: &RequestContext, request: &InitProducerIdRequest) -> Result<(), ErrorCode> {
    if let Some(transactional_id) = &request.transactional_id {
        return Err(if context.authorize(Operation::Write, Resource::TransactionalId(transactional_id)) {
            ErrorCode::UNSUPPORTED_VERSION
        } else {
            ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED
        });
    }
    if !context.authorize(Operation::IdempotentWrite, Resource::Cluster) {
        return Err(ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
    }
    // One without the other names no producer.
    if (request.producer_id == NO_PRODUCER_ID) != (request.producer_epoch == NO_PRODUCER_EPOCH) {
        return Err(ErrorCode::INVALID_REQUEST);
    }
    Ok(())
}
