//! OffsetForLeaderEpoch (key 23), versions 0–4: where a leader epoch ended, for readers that check for truncation (KIP-101, KIP-320).
//!
//! - v1: the epoch found goes along. v2: the asker's own epoch. v3: replica id. v4: flexible.
//! - An epoch newer than any known, or a log without epochs, is answered −1, −1 without an error, as in Kafka.

use std::{ops::RangeInclusive, sync::Arc};

use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::{
    ErrorCode,
    messages::{
        OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
        offset_for_leader_epoch_request::OffsetForLeaderPartition,
        offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult},
    },
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
};

/// Served versions.
pub(crate) const VERSIONS: RangeInclusive<i16> = 0..=4;
const FIRST_LEADER_EPOCH_VERSION: i16 = 1;
const FIRST_CURRENT_LEADER_EPOCH_VERSION: i16 = 2;

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: OffsetForLeaderEpochRequest,
) -> Answer<OffsetForLeaderEpochResponse> {
    let image = broker.image.load().image;
    let is_node = context.authorize(Operation::ClusterAction, Resource::Cluster);
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let is_allowed = is_node || context.authorize(Operation::Describe, Resource::Topic(&topic.topic));
        let topic_id = image.topics.get(&topic.topic).map(|topic| topic.topic_id);
        let answer = |asked: &OffsetForLeaderPartition| {
            let found = match topic_id {
                _ if !is_allowed => Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED),
                None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                Some(topic_id) => {
                    let id = TopicIdPartition { topic_id, partition_id: asked.partition };
                    look_up(&broker, context.api_version, id, asked)
                }
            };
            respond(context.api_version, asked.partition, found)
        };
        let partitions = topic.partitions.iter().map(answer).collect();
        topics.push(OffsetForLeaderTopicResult { topic: topic.topic, partitions });
    }
    OffsetForLeaderEpochResponse { throttle_time_ms: 0, topics }.into()
}

fn look_up(
    broker: &Broker,
    api_version: i16,
    id: TopicIdPartition,
    asked: &OffsetForLeaderPartition,
) -> Result<kedge_log::EpochEndOffset, ErrorCode> {
    let current_leader_epoch =
        if api_version >= FIRST_CURRENT_LEADER_EPOCH_VERSION { asked.current_leader_epoch } else { -1 };
    broker.replicas.find(id)?.end_offset_for(current_leader_epoch, asked.leader_epoch)
}

fn respond(api_version: i16, partition: i32, found: Result<kedge_log::EpochEndOffset, ErrorCode>) -> EpochEndOffset {
    let mut response = EpochEndOffset { partition, leader_epoch: -1, end_offset: -1, ..Default::default() };
    match found {
        Ok(end) => {
            response.end_offset = end.end_offset;
            if api_version >= FIRST_LEADER_EPOCH_VERSION {
                response.leader_epoch = end.leader_epoch;
            }
        }
        Err(code) => response.error_code = code.0,
    }
    response
}
