//! OffsetCommit (key 8), versions 0–9.
//!
//! - v0 keeps offsets in ZooKeeper: [`super::offsets_in_tree`].
//! - v1: a timestamp for each partition. v2–4: one retention time, honoured for each commit. v6: leader epochs.
//! - v9 only names member epochs of KIP-848 groups, which there are none of.

use std::{ops::RangeInclusive, sync::Arc};

use kedge_protocol::{
    ErrorCode,
    messages::{
        OffsetCommitRequest, OffsetCommitResponse,
        offset_commit_request::OffsetCommitRequestPartition,
        offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic},
    },
};

use super::offsets_in_tree;
use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    group_coordinator::{core::CommitRequest, group::CommittedOffset},
    services::Broker,
};

pub(super) const VERSIONS: RangeInclusive<i16> = 0..=9;

/// "The broker's own" in RetentionTimeMs and CommitTimestamp.
const DEFAULT_TIME: i64 = -1;

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: OffsetCommitRequest,
) -> Answer<OffsetCommitResponse> {
    if context.api_version == 0 {
        return offsets_in_tree::commit(&broker, &context, request).await.into();
    }
    let now_ms = broker.clock.now_ms();
    let is_group_allowed = context.authorize(Operation::Read, Resource::Group(&request.group_id));
    let image = broker.image.load().image;
    let mut commit = CommitRequest {
        group_id: request.group_id,
        generation_id: request.generation_id_or_member_epoch,
        member_id: request.member_id,
        group_instance_id: request.group_instance_id,
        offsets: Vec::new(),
    };
    let mut response = OffsetCommitResponse::default();
    // Where the answer to each offset of the commit belongs: topic and partition within the response.
    let mut places = Vec::new();
    for topic in request.topics {
        let known = image.topics.get(&topic.name);
        let is_topic_allowed = context.authorize(Operation::Read, Resource::Topic(&topic.name));
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for partition in topic.partitions {
            let index = partition.partition_index;
            let code = if !is_group_allowed {
                ErrorCode::GROUP_AUTHORIZATION_FAILED
            } else if !is_topic_allowed {
                ErrorCode::TOPIC_AUTHORIZATION_FAILED
            } else if known.is_none_or(|known| !known.partitions.contains_key(&index)) {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            } else {
                places.push((response.topics.len(), partitions.len()));
                let offset = to_committed(partition, request.retention_time_ms, now_ms);
                commit.offsets.push(((topic.name.clone(), index), offset));
                ErrorCode::NONE
            };
            partitions.push(OffsetCommitResponsePartition { partition_index: index, error_code: code.0 });
        }
        response.topics.push(OffsetCommitResponseTopic { name: topic.name, partitions });
    }
    let codes = broker.groups.commit(commit).await;
    for ((topic, partition), code) in places.into_iter().zip(codes) {
        response.topics[topic].partitions[partition].error_code = code.0;
    }
    response.into()
}

fn to_committed(partition: OffsetCommitRequestPartition, retention_time_ms: i64, now_ms: i64) -> CommittedOffset {
    let has_own_time = partition.commit_timestamp != DEFAULT_TIME;
    CommittedOffset {
        committed_offset: partition.committed_offset,
        committed_leader_epoch: partition.committed_leader_epoch,
        metadata: partition.committed_metadata.unwrap_or_default(),
        commit_timestamp_ms: if has_own_time { partition.commit_timestamp } else { now_ms },
        expire_timestamp_ms: (retention_time_ms != DEFAULT_TIME).then(|| now_ms.saturating_add(retention_time_ms)),
        record_offset: -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_old_versions_are_kept() {
        let partition = |commit_timestamp| OffsetCommitRequestPartition { commit_timestamp, ..Default::default() };
        let own_time = to_committed(partition(70), DEFAULT_TIME, 100);
        assert_eq!((own_time.commit_timestamp_ms, own_time.expire_timestamp_ms), (70, None));
        let retained = to_committed(partition(DEFAULT_TIME), 50, 100);
        assert_eq!((retained.commit_timestamp_ms, retained.expire_timestamp_ms), (100, Some(150)));
    }
}
