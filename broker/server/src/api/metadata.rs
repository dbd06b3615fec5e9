//! Metadata (key 3), versions 0–12, from the present image.
//!
//! - v0: an empty list means all topics; from v1 null does and an empty list means none.
//! - v4: AllowAutoTopicCreation. v5: offline replicas. v7: leader epochs. v10: topic ids; v12: by id without a name.
//! - Under a KRaft quorum every broker forwards, so the controller named is this broker, as any live one would do.
//! - Authorized operations are never filled in before an authorizer exists.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use kedge_metadata_state::{
    BrokerId, Image,
    image::{PartitionImage, TopicImage},
};
use kedge_protocol::{
    ApiKey, ErrorCode, Uuid,
    messages::{
        CreateTopicsRequest, MetadataRequest, MetadataResponse,
        create_topics_request::CreatableTopic,
        metadata_request::MetadataRequestTopic,
        metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic},
    },
};
use tracing::info;

use super::{forward, internal_topics};
use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
};

/// How long a first answer waits for a topic it has just asked the controller to create.
const AUTO_CREATE_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: MetadataRequest,
) -> Answer<MetadataResponse> {
    let image = broker.image.load().image;
    let view = View::new(&image, &context);
    let mut response = MetadataResponse {
        brokers: view.brokers(),
        cluster_id: Some(broker.cluster_id.clone()),
        controller_id: broker.link.load().link.controller_for_clients().unwrap_or(broker.broker_id),
        ..Default::default()
    };
    match request.topics {
        None => response.topics = view.all_topics(),
        Some(topics) if topics.is_empty() && context.api_version == 0 => response.topics = view.all_topics(),
        Some(topics) => {
            let mut missing = Vec::new();
            for asked in &topics {
                let answer = view.topic(&asked);
                if answer.error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0 {
                    missing.extend(asked.name.clone().map(|name| (response.topics.len(), name)));
                }
                response.topics.push(answer);
            }
            let may_create = broker.config.auto_create_topics_enable
                && (context.api_version < 4 || request.allow_auto_topic_creation);
            if may_create && !missing.is_empty() {
                for (place, error) in auto_create(&broker, &context, missing).await {
                    response.topics[place].error_code = error.0;
                }
            }
        }
    }
    response.into()
}

/// Asks the controller for topics that do not exist; the client asks again until they are there.
async fn auto_create(
    broker: &Arc<Broker>,
    context: &RequestContext,
    missing: Vec<(usize, String)>,
) -> Vec<(usize, ErrorCode)> {
    let topics = missing
        .iter()
        .filter(|(_, name)| context.authorize(Operation::Create, Resource::Topic(name)))
        .map(|(_, name)| {
            internal_topics::creatable(&broker.config, name).unwrap_or_else(|| CreatableTopic {
                name: name.clone(),
                num_partitions: -1,
                replication_factor: -1,
                ..Default::default()
            })
        })
        .collect();
    let request =
        CreateTopicsRequest { topics, timeout_ms: AUTO_CREATE_TIMEOUT.as_millis() as i32, validate_only: false };
    // The original request is Metadata; the controller must see a CreateTopics of a version it can parse.
    let forwarded = RequestContext { api_key: ApiKey::CREATE_TOPICS, api_version: 7, ..context.clone() };
    let created = forward::create_topics(broker, &forwarded, &request).await;
    info!(topics = ?missing.iter().map(|(_, name)| name).collect::<Vec<_>>(), "asked the controller to create topics");
    missing
        .into_iter()
        .map(|(place, name)| {
            let code = match &created {
                Err(_) => ErrorCode::LEADER_NOT_AVAILABLE,
                Ok(response) => response.topics.iter().find(|topic| topic.name == name).map_or(
                    ErrorCode::LEADER_NOT_AVAILABLE,
                    |topic| match ErrorCode(topic.error_code) {
                        // Kafka answers 3 when the controller refuses for a reason that retrying may cure.
                        ErrorCode::NONE | ErrorCode::TOPIC_ALREADY_EXISTS | ErrorCode::REQUEST_TIMED_OUT => {
                            ErrorCode::LEADER_NOT_AVAILABLE
                        }
                        ErrorCode::INVALID_TOPIC_EXCEPTION => ErrorCode::INVALID_TOPIC_EXCEPTION,
                        _ => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                    },
                ),
            };
            (place, code)
        })
        .collect()
}

/// The image as one listener's clients see it.
struct View<'a> {
    image: &'a Image,
    context: &'a RequestContext,
    /// Brokers that are alive and have the listener.
    reachable: BTreeSet<BrokerId>,
}

impl<'a> View<'a> {
    fn new(image: &'a Image, context: &'a RequestContext) -> View<'a> {
        let reachable = image
            .cluster
            .brokers
            .iter()
            .filter(|(_, broker)| !broker.fenced && broker.listener(&context.listener_name).is_some())
            .map(|(broker_id, _)| *broker_id)
            .collect();
        View { image, context, reachable }
    }

    fn brokers(&self) -> Vec<MetadataResponseBroker> {
        let alive = self.image.cluster.brokers.values().filter(|broker| !broker.fenced);
        alive
            .filter_map(|broker| {
                let endpoint = broker.listener(&self.context.listener_name)?;
                Some(MetadataResponseBroker {
                    node_id: broker.broker_id,
                    host: endpoint.host.clone(),
                    port: i32::from(endpoint.port),
                    rack: broker.rack.clone(),
                })
            })
            .collect()
    }

    fn all_topics(&self) -> Vec<MetadataResponseTopic> {
        self.image
            .topics
            .by_name
            .iter()
            .filter(|(name, _)| self.context.authorize(Operation::Describe, Resource::Topic(name)))
            .filter_map(|(_, topic_id)| self.image.topics.by_id.get(topic_id))
            .map(|topic| self.existing(topic))
            .collect()
    }

    fn topic(&self, asked: &MetadataRequestTopic) -> MetadataResponseTopic {
        let found = match &asked.name {
            Some(name) => self.image.topics.get(name),
            None => self.image.topics.by_id.get(&asked.topic_id),
        };
        let name = found.map(|topic| topic.name.clone()).or_else(|| asked.name.clone());
        let is_allowed =
            name.as_deref().is_none_or(|name| self.context.authorize(Operation::Describe, Resource::Topic(name)));
        match (found, &asked.name) {
            _ if !is_allowed => self.failed(asked, ErrorCode::TOPIC_AUTHORIZATION_FAILED),
            (Some(topic), _) => self.existing(topic),
            (None, None) => self.failed(asked, ErrorCode::UNKNOWN_TOPIC_ID),
            (None, Some(name)) if !is_topic_name_legal(name) => self.failed(asked, ErrorCode::INVALID_TOPIC_EXCEPTION),
            (None, Some(_)) => self.failed(asked, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        }
    }

    fn failed(&self, asked: &MetadataRequestTopic, error: ErrorCode) -> MetadataResponseTopic {
        MetadataResponseTopic {
            error_code: error.0,
            name: asked.name.clone(),
            topic_id: if asked.name.is_some() { Uuid::ZERO } else { asked.topic_id },
            is_internal: asked.name.as_deref().is_some_and(internal_topics::is_internal),
            ..Default::default()
        }
    }

    fn existing(&self, topic: &TopicImage) -> MetadataResponseTopic {
        MetadataResponseTopic {
            name: Some(topic.name.clone()),
            topic_id: topic.topic_id,
            is_internal: internal_topics::is_internal(&topic.name),
            partitions: topic.partitions.iter().map(|(index, partition)| self.partition(*index, partition)).collect(),
            ..Default::default()
        }
    }

    fn partition(&self, partition_index: i32, partition: &PartitionImage) -> MetadataResponsePartition {
        let offline: Vec<BrokerId> =
            partition.replicas.iter().copied().filter(|replica| !self.reachable.contains(replica)).collect();
        let leader_lives = self.image.cluster.brokers.get(&partition.leader).is_some_and(|leader| !leader.fenced);
        let error = match (leader_lives, self.reachable.contains(&partition.leader)) {
            (_, true) => ErrorCode::NONE,
            (true, false) if self.context.api_version >= 6 => ErrorCode::LISTENER_NOT_FOUND,
            (_, false) => ErrorCode::LEADER_NOT_AVAILABLE,
        };
        // v0 clients could not bear replicas they had no address for.
        let known = |nodes: &[BrokerId]| -> Vec<BrokerId> {
            let is_shown = |node: &&BrokerId| self.context.api_version > 0 || self.reachable.contains(node);
            nodes.iter().filter(is_shown).copied().collect()
        };
        MetadataResponsePartition {
            error_code: error.0,
            partition_index,
            leader_id: if error == ErrorCode::NONE { partition.leader } else { PartitionImage::NO_LEADER },
            leader_epoch: partition.leader_epoch,
            replica_nodes: known(&partition.replicas),
            isr_nodes: known(&partition.isr),
            offline_replicas: offline,
        }
    }
}

/// Kafka's `Topic.validate`.
fn is_topic_name_legal(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && name != ".."
        && name.len() <= 249
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
