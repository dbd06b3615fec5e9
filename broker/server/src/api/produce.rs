//! Produce (key 0), versions 0–11.
//!
//! - v3: message format v2 with exactly one batch per partition, transactional id. v7: zstd. v8: which records are at fault.
//!   v9: flexible. v10: who leads instead (KIP-951). v11: knows TRANSACTION_ABORTABLE.
//! - v0–2 carry message formats v0 and v1, which Kedge does not write yet: every partition is answered UNSUPPORTED_VERSION. They
//!   are advertised all the same, as Apache 4.x does (KAFKA-18659): older librdkafka concludes from a range that lacks 1 and 2 that
//!   the broker cannot take record batches at all.
//! - Transactions are a later issue: a transactional batch is answered INVALID_TXN_STATE, as an Apache broker answers one of a
//!   transaction that its coordinator does not know.
//! - acks=0 is never answered; if anything fails the connection is closed, the only sign such a client understands.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use bytes::Bytes;
use kedge_metadata_state::{Image, TopicIdPartition};
use kedge_protocol::{
    ErrorCode,
    batch::BatchHeader,
    messages::{
        ProduceRequest, ProduceResponse,
        produce_response::{
            BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse, TopicProduceResponse,
        },
    },
    wire::Records,
};

use super::{
    internal_topics,
    leader_hint::{self, HintedNodes},
};
use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    replica::{AppendOrigin, Appended, ProduceFailure},
    services::Broker,
};

/// What is advertised; see above for v0–2.
pub(crate) const VERSIONS: RangeInclusive<i16> = 0..=11;
/// First version with message format v2.
const FIRST_RECORD_BATCH_VERSION: i16 = 3;
const FIRST_ZSTD_VERSION: i16 = 7;
const FIRST_LEADER_HINT_VERSION: i16 = 10;
/// Kafka's own tools may write internal topics under this client id.
const ADMIN_CLIENT_ID: &str = "__admin_client";

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: ProduceRequest,
) -> Answer<ProduceResponse> {
    let image = broker.image.load().image;
    let acks = request.acks;
    let timeout = Duration::from_millis(request.timeout_ms.max(0) as u64);
    let is_transactional = request.transactional_id.is_some();
    let mut partitions: Vec<Asked> = Vec::new();
    let mut entries: Vec<(TopicIdPartition, Bytes)> = Vec::new();
    for topic in request.topic_data {
        for data in topic.partition_data {
            let records = match data.records {
                Some(Records::Bytes(bytes)) => bytes,
                Some(Records::External { .. }) | None => Bytes::new(),
            };
            let admitted = admit(&image, &context, acks, is_transactional, &topic.name, data.index, &records);
            if let Ok(id) = admitted {
                entries.push((id, records));
            }
            partitions.push(Asked { topic_name: topic.name.clone(), index: data.index, admitted });
        }
    }
    let zstd_allowed = context.api_version >= FIRST_ZSTD_VERSION;
    let results = broker.replicas.append_all(entries, acks, AppendOrigin::Client, zstd_allowed, timeout).await;
    let mut results = results.into_iter();
    let results = partitions.into_iter().map(|asked| {
        let result = match asked.admitted {
            Ok(_) => results.next().expect("one result per admitted partition"),
            Err(code) => Err(ProduceFailure::from(code)),
        };
        (asked, result)
    });
    if acks == 0 {
        return acks_zero(results);
    }
    respond(&broker, &context, results).into()
}

/// A partition of the request.
struct Asked {
    topic_name: String,
    index: i32,
    admitted: Result<TopicIdPartition, ErrorCode>,
}

/// What can be said before anything is appended.
fn admit(
    image: &Image,
    context: &RequestContext,
    acks: i16,
    is_transactional: bool,
    topic_name: &str,
    partition_id: i32,
    records: &Bytes,
) -> Result<TopicIdPartition, ErrorCode> {
    if context.api_version < FIRST_RECORD_BATCH_VERSION {
        return Err(ErrorCode::UNSUPPORTED_VERSION);
    }
    if !context.authorize(Operation::Write, Resource::Topic(topic_name)) {
        return Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    }
    let topic = image.topics.get(topic_name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    if !topic.partitions.contains_key(&partition_id) {
        return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    }
    if !matches!(acks, -1..=1) {
        return Err(ErrorCode::INVALID_REQUIRED_ACKS);
    }
    if internal_topics::is_internal(topic_name) && context.client_id.as_deref() != Some(ADMIN_CLIENT_ID) {
        return Err(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    if is_transactional || BatchHeader::parse(records).is_ok_and(|header| header.is_transactional()) {
        return Err(ErrorCode::INVALID_TXN_STATE);
    }
    Ok(TopicIdPartition { topic_id: topic.topic_id, partition_id })
}

fn acks_zero(results: impl Iterator<Item = (Asked, Result<Appended, ProduceFailure>)>) -> Answer<ProduceResponse> {
    for (asked, result) in results {
        if let Err(failure) = result {
            let reason = format!("acks=0 to {}-{} failed: {}", asked.topic_name, asked.index, failure.code);
            return Answer::Close(reason);
        }
    }
    Answer::Nothing
}

fn respond(
    broker: &Broker,
    context: &RequestContext,
    results: impl Iterator<Item = (Asked, Result<Appended, ProduceFailure>)>,
) -> ProduceResponse {
    // Loaded again: the hint must be the newest there is.
    let image = broker.image.load().image;
    let mut nodes = HintedNodes::default();
    let mut responses: Vec<TopicProduceResponse> = Vec::new();
    for (asked, result) in results {
        let mut response = partition_response(asked.index, result);
        let wants_hint =
            context.api_version >= FIRST_LEADER_HINT_VERSION && leader_hint::is_due(ErrorCode(response.error_code));
        if let (true, Ok(id)) = (wants_hint, asked.admitted)
            && let Some((leader_id, leader_epoch)) = leader_hint::leader_of(&image, id)
        {
            response.current_leader = LeaderIdAndEpoch { leader_id, leader_epoch };
            nodes.add(&image, leader_id, &context.listener_name);
        }
        match responses.last_mut().filter(|topic| topic.name == asked.topic_name) {
            Some(topic) => topic.partition_responses.push(response),
            None => {
                responses.push(TopicProduceResponse { name: asked.topic_name, partition_responses: vec![response] })
            }
        }
    }
    let node_endpoints =
        nodes.into_addresses().map(|(node_id, host, port, rack)| NodeEndpoint { node_id, host, port, rack }).collect();
    ProduceResponse { responses, throttle_time_ms: 0, node_endpoints }
}

fn partition_response(index: i32, result: Result<Appended, ProduceFailure>) -> PartitionProduceResponse {
    let (appended, failure) = match result {
        Ok(appended) => (Some(appended), None),
        Err(failure) => (failure.appended, Some(failure)),
    };
    let mut response = PartitionProduceResponse {
        index,
        base_offset: -1,
        log_append_time_ms: -1,
        log_start_offset: -1,
        ..Default::default()
    };
    if let Some(appended) = appended {
        response.base_offset = appended.base_offset;
        response.log_append_time_ms = appended.log_append_time_ms;
        response.log_start_offset = appended.log_start_offset;
    }
    if let Some(failure) = failure {
        response.error_code = failure.code.0;
        response.error_message = failure.message;
        let faults = failure.record_faults.iter().map(|fault| BatchIndexAndErrorMessage {
            batch_index: fault.record_index,
            batch_index_error_message: Some(fault.message.to_owned()),
        });
        response.record_errors = faults.collect();
    }
    response
}

#[cfg(test)]
#[path = "produce_tests.rs"]
mod tests;
