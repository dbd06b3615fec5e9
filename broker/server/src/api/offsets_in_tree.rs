//! OffsetCommit and OffsetFetch of version 0: offsets that consumers of Kafka 0.8 keep in ZooKeeper. No group, no member, no
//! expiry: a number for each partition. Under a quorum there is no place for them, and they are refused (35) as by Apache.

use kedge_metadata_state::Image;
use kedge_metadata_store::ConsumerPartition;
use kedge_protocol::{
    ErrorCode,
    messages::{
        OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
        offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic},
        offset_fetch_response::{OffsetFetchResponsePartition, OffsetFetchResponseTopic},
    },
};

use crate::{
    context::{Operation, RequestContext, Resource},
    controller_link::LinkError,
    services::Broker,
};

fn code(error: &LinkError) -> ErrorCode {
    match error {
        LinkError::Refused(code) => *code,
        // The client asks again.
        _ => ErrorCode::COORDINATOR_NOT_AVAILABLE,
    }
}

fn has_partition(image: &Image, topic_name: &str, partition_id: i32) -> bool {
    image.topics.get(topic_name).is_some_and(|topic| topic.partitions.contains_key(&partition_id))
}

/// What forbids a client to touch a topic's offsets of a group.
fn forbidden(context: &RequestContext, operation: Operation, group_id: &str, topic_name: &str) -> Option<ErrorCode> {
    if !context.authorize(operation, Resource::Group(group_id)) {
        return Some(ErrorCode::GROUP_AUTHORIZATION_FAILED);
    }
    (!context.authorize(operation, Resource::Topic(topic_name))).then_some(ErrorCode::TOPIC_AUTHORIZATION_FAILED)
}

pub(super) async fn commit(
    broker: &Broker,
    context: &RequestContext,
    request: OffsetCommitRequest,
) -> OffsetCommitResponse {
    let image = broker.image.load().image;
    let link = broker.link.load().link;
    let metadata_max_bytes = usize::try_from(broker.config.offset_metadata_max_bytes).unwrap_or(0);
    let mut response = OffsetCommitResponse::default();
    for topic in request.topics {
        let forbidden = forbidden(context, Operation::Read, &request.group_id, &topic.name);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in topic.partitions {
            let metadata_bytes = partition.committed_metadata.as_ref().map_or(0, String::len);
            let error = if let Some(error) = forbidden {
                error
            } else if !has_partition(&image, &topic.name, partition.partition_index) {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            } else if metadata_bytes > metadata_max_bytes {
                ErrorCode::OFFSET_METADATA_TOO_LARGE
            } else {
                let place = ConsumerPartition {
                    group_id: request.group_id.clone(),
                    topic_name: topic.name.clone(),
                    partition_id: partition.partition_index,
                };
                let set = link.set_consumer_offset(&place, partition.committed_offset).await;
                set.as_ref().map_or_else(code, |()| ErrorCode::NONE)
            };
            partitions.push(OffsetCommitResponsePartition {
                partition_index: partition.partition_index,
                error_code: error.0,
            });
        }
        response.topics.push(OffsetCommitResponseTopic { name: topic.name, partitions });
    }
    response
}

pub(super) async fn fetch(
    broker: &Broker,
    context: &RequestContext,
    request: OffsetFetchRequest,
) -> OffsetFetchResponse {
    let image = broker.image.load().image;
    let link = broker.link.load().link;
    let mut response = OffsetFetchResponse::default();
    for topic in request.topics.unwrap_or_default() {
        let forbidden = forbidden(context, Operation::Describe, &request.group_id, &topic.name);
        let mut partitions = Vec::with_capacity(topic.partition_indexes.len());
        for partition_index in topic.partition_indexes {
            let place = ConsumerPartition {
                group_id: request.group_id.clone(),
                topic_name: topic.name.clone(),
                partition_id: partition_index,
            };
            let found = match forbidden {
                Some(error) => Err(error),
                None if !has_partition(&image, &topic.name, partition_index) => {
                    Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
                }
                // No offset is told by the error, as version 0 has it.
                None => match link.consumer_offset(&place).await {
                    Ok(offset) => offset.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                    Err(error) => Err(code(&error)),
                },
            };
            partitions.push(OffsetFetchResponsePartition {
                partition_index,
                committed_offset: found.unwrap_or(-1),
                committed_leader_epoch: -1,
                metadata: Some(String::new()),
                error_code: found.err().unwrap_or(ErrorCode::NONE).0,
            });
        }
        response.topics.push(OffsetFetchResponseTopic { name: topic.name, partitions });
    }
    response
}
