//! FindCoordinator (key 10), versions 0–6, for groups.
//!
//! - v1: key type. v4: a list of keys. v5 and v6 only add what transactions and share groups need.
//! - `__consumer_offsets` is created on demand by the `offsets.topic.*` keys; until it has a leader the answer is 15.
//! - Differs from Kafka: there are no transactions yet, so a transaction's coordinator is never available (15).

use std::sync::Arc;

use kedge_protocol::{
    ApiKey, ErrorCode,
    messages::{
        CreateTopicsRequest, FindCoordinatorRequest, FindCoordinatorResponse, find_coordinator_response::Coordinator,
    },
};
use tracing::{error, info, warn};

use super::{
    forward,
    internal_topics::{self, GROUP_METADATA_TOPIC},
};
use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
};

const KEY_TYPE_GROUP: i8 = 0;
const KEY_TYPE_TRANSACTION: i8 = 1;
/// How long the controller may take to create the topic.
const CREATE_TIMEOUT_MS: i32 = 5_000;
/// The version in which the controller is asked.
const CREATE_TOPICS_VERSION: i16 = 7;

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: FindCoordinatorRequest,
) -> Answer<FindCoordinatorResponse> {
    let is_list = context.api_version >= 4;
    let keys = if is_list { request.coordinator_keys } else { vec![request.key] };
    let mut coordinators = Vec::with_capacity(keys.len());
    for key in keys {
        let found = match request.key_type {
            KEY_TYPE_GROUP => find_group(&broker, &context, &key).await,
            KEY_TYPE_TRANSACTION => Err(ErrorCode::COORDINATOR_NOT_AVAILABLE),
            _ => Err(ErrorCode::INVALID_REQUEST),
        };
        coordinators.push(match found {
            Ok((node_id, host, port)) => Coordinator { key, node_id, host, port, ..Default::default() },
            Err(error) => Coordinator {
                key,
                node_id: -1,
                port: -1,
                error_code: error.0,
                error_message: Some(error.message().to_owned()),
                ..Default::default()
            },
        });
    }
    if is_list {
        return FindCoordinatorResponse { coordinators, ..Default::default() }.into();
    }
    let only = coordinators.pop().expect("one answer for one key");
    FindCoordinatorResponse {
        error_code: only.error_code,
        error_message: only.error_message,
        node_id: only.node_id,
        host: only.host,
        port: only.port,
        ..Default::default()
    }
    .into()
}

/// Node id, host and port of the leader of the group's partition, on the listener the client came by.
async fn find_group(
    broker: &Broker,
    context: &RequestContext,
    group_id: &str,
) -> Result<(i32, String, i32), ErrorCode> {
    if !context.authorize(Operation::Describe, Resource::Group(group_id)) {
        return Err(ErrorCode::GROUP_AUTHORIZATION_FAILED);
    }
    let image = broker.image.load().image;
    let Some(topic) = image.topics.get(GROUP_METADATA_TOPIC) else {
        create_topic(broker, context).await;
        return Err(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    };
    let partition = topic.partitions.get(&broker.groups.partition_for(group_id));
    let leader = partition.and_then(|partition| image.cluster.brokers.get(&partition.leader));
    let endpoint = leader.filter(|leader| !leader.fenced).and_then(|leader| leader.listener(&context.listener_name));
    match (leader, endpoint) {
        (Some(leader), Some(endpoint)) => Ok((leader.broker_id, endpoint.host.clone(), i32::from(endpoint.port))),
        _ => Err(ErrorCode::COORDINATOR_NOT_AVAILABLE),
    }
}

/// Asks the controller for the topic unless a request for it is under way. Clients come back, so no outcome is an error here.
async fn create_topic(broker: &Broker, context: &RequestContext) {
    let Some(_creating) = broker.groups.begin_creating_topic() else { return };
    if let Some(shortage) = internal_topics::shortage(&broker.config, &broker.image.load().image, GROUP_METADATA_TOPIC)
    {
        if broker.groups.may_tell_shortage(broker.clock.now_ms()) {
            error!("{shortage}");
        }
        return;
    }
    let topic = internal_topics::creatable(&broker.config, GROUP_METADATA_TOPIC).expect("it is an internal topic");
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: CREATE_TIMEOUT_MS, validate_only: false };
    let forwarded =
        RequestContext { api_key: ApiKey::CREATE_TOPICS, api_version: CREATE_TOPICS_VERSION, ..context.clone() };
    match forward::create_topics(broker, &forwarded, &request).await {
        Err(error) => warn!(%error, "[GroupCoordinator] cannot create {GROUP_METADATA_TOPIC}"),
        Ok(response) => {
            for topic in response.topics {
                match ErrorCode(topic.error_code) {
                    ErrorCode::NONE | ErrorCode::TOPIC_ALREADY_EXISTS => {
                        info!("[GroupCoordinator] asked the controller to create {GROUP_METADATA_TOPIC}");
                    }
                    error => {
                        let reason = topic.error_message.unwrap_or_default();
                        warn!(%error, reason, "[GroupCoordinator] the controller refuses to create {GROUP_METADATA_TOPIC}");
                    }
                }
            }
        }
    }
}
