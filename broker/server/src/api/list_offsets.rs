//! ListOffsets (key 2), versions 1–9.
//!
//! - v2: isolation level. v4: leader epochs. v7: timestamp −3 (largest timestamp). v8: −4 (earliest local offset, which without
//!   tiered storage is the earliest). v9: −5 (latest tiered offset: there is none, −1).
//! - v0 (base offsets of segments) is a later issue, absent from ApiVersions as in Apache 4.x.
//! - A new leader whose high watermark has not reached the start of its epoch yet answers OFFSET_NOT_AVAILABLE to clients that ask
//!   for the latest offset (LEADER_NOT_AVAILABLE below v5), so that nobody sees offsets run backwards.

use std::{collections::BTreeSet, ops::RangeInclusive, sync::Arc};

use kedge_log::{PartitionLog, TimestampedOffset};
use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::{
    ErrorCode,
    messages::{
        ListOffsetsRequest, ListOffsetsResponse,
        list_offsets_request::ListOffsetsPartition,
        list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse},
    },
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    replica::ReplicaManager,
    services::{Broker, ImageCell},
};

/// Served versions.
pub(crate) const VERSIONS: RangeInclusive<i16> = 1..=9;
const FIRST_LEADER_EPOCH_VERSION: i16 = 4;
const FIRST_OFFSET_NOT_AVAILABLE_VERSION: i16 = 5;
const FIRST_EARLIEST_LOCAL_VERSION: i16 = 8;
const FIRST_LATEST_TIERED_VERSION: i16 = 9;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
/// A replica id below this one is a client's.
const FIRST_REPLICA_ID: i32 = 0;
const DEBUGGING_REPLICA_ID: i32 = -2;
const READ_COMMITTED: i8 = 1;

/// Up to where the asker may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Committed,
    HighWatermark,
    LogEnd,
}

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: ListOffsetsRequest,
) -> Answer<ListOffsetsResponse> {
    list_offsets(&broker.replicas, &broker.image, &context, request).into()
}

/// The handler, on no more than it needs.
pub(crate) fn list_offsets(
    replicas: &ReplicaManager,
    images: &ImageCell,
    context: &RequestContext,
    request: ListOffsetsRequest,
) -> ListOffsetsResponse {
    let view = match (request.replica_id, request.isolation_level) {
        (FIRST_REPLICA_ID.. | DEBUGGING_REPLICA_ID, _) => View::LogEnd,
        (_, READ_COMMITTED) => View::Committed,
        _ => View::HighWatermark,
    };
    let image = images.load().image;
    let mut seen = BTreeSet::new();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let is_allowed = context.authorize(Operation::Describe, Resource::Topic(&topic.name));
        let topic_id = image.topics.get(&topic.name).map(|topic| topic.topic_id);
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let is_first = seen.insert((topic.name.clone(), asked.partition_index));
            let found = match topic_id {
                _ if !is_allowed => Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED),
                _ if !is_first => Err(ErrorCode::INVALID_REQUEST),
                None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                Some(topic_id) => {
                    let id = TopicIdPartition { topic_id, partition_id: asked.partition_index };
                    look_up(replicas, context.api_version, view, id, asked)
                }
            };
            partitions.push(answer(context.api_version, asked.partition_index, found));
        }
        topics.push(ListOffsetsTopicResponse { name: topic.name, partitions });
    }
    ListOffsetsResponse { throttle_time_ms: 0, topics }
}

fn answer(
    api_version: i16,
    partition_index: i32,
    found: Result<Option<TimestampedOffset>, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    let mut response = ListOffsetsPartitionResponse {
        partition_index,
        timestamp: -1,
        offset: -1,
        leader_epoch: -1,
        ..Default::default()
    };
    match found {
        Ok(Some(found)) => {
            response.timestamp = found.timestamp_ms;
            response.offset = found.record_offset;
            if api_version >= FIRST_LEADER_EPOCH_VERSION {
                response.leader_epoch = found.leader_epoch;
            }
        }
        Ok(None) => {}
        Err(code) => response.error_code = code.0,
    }
    response
}

fn look_up(
    replicas: &ReplicaManager,
    api_version: i16,
    view: View,
    id: TopicIdPartition,
    asked: &ListOffsetsPartition,
) -> Result<Option<TimestampedOffset>, ErrorCode> {
    let is_unsupported = (asked.timestamp == EARLIEST_LOCAL && api_version < FIRST_EARLIEST_LOCAL_VERSION)
        || (asked.timestamp == LATEST_TIERED && api_version < FIRST_LATEST_TIERED_VERSION)
        || asked.timestamp < LATEST_TIERED;
    if is_unsupported {
        return Err(ErrorCode::UNSUPPORTED_VERSION);
    }
    let partition = replicas.find(id)?;
    let current_leader_epoch = if api_version >= FIRST_LEADER_EPOCH_VERSION { asked.current_leader_epoch } else { -1 };
    partition.with_leader(current_leader_epoch, |log, leader_epoch, epoch_start_offset| {
        let found = by_timestamp(log, view, leader_epoch, epoch_start_offset, asked.timestamp);
        found.map_err(|problem| match problem {
            Problem::Lagging if api_version >= FIRST_OFFSET_NOT_AVAILABLE_VERSION => ErrorCode::OFFSET_NOT_AVAILABLE,
            Problem::Lagging => ErrorCode::LEADER_NOT_AVAILABLE,
            Problem::Log(error) => partition.failed(&error),
        })
    })
}

#[derive(Debug)]
enum Problem {
    /// The high watermark has not reached the start of this leader's epoch.
    Lagging,
    Log(kedge_log::LogError),
}

impl From<kedge_log::LogError> for Problem {
    fn from(error: kedge_log::LogError) -> Problem {
        Problem::Log(error)
    }
}

fn by_timestamp(
    log: &PartitionLog,
    view: View,
    leader_epoch: i32,
    epoch_start_offset: i64,
    timestamp: i64,
) -> Result<Option<TimestampedOffset>, Problem> {
    let bound_offset = match view {
        View::Committed => log.last_stable_offset(),
        View::HighWatermark => log.high_watermark(),
        View::LogEnd => log.log_end_offset(),
    };
    let is_lagging = view != View::LogEnd && epoch_start_offset > log.high_watermark();
    let without_timestamp =
        |record_offset, leader_epoch| Ok(Some(TimestampedOffset { timestamp_ms: -1, record_offset, leader_epoch }));
    let found = match timestamp {
        LATEST if is_lagging => return Err(Problem::Lagging),
        LATEST => return without_timestamp(bound_offset, leader_epoch),
        EARLIEST | EARLIEST_LOCAL => {
            let log_start_offset = log.log_start_offset();
            return without_timestamp(log_start_offset, log.leader_epoch_of(log_start_offset).unwrap_or(-1));
        }
        LATEST_TIERED => return without_timestamp(-1, -1),
        MAX_TIMESTAMP => log.offset_of_max_timestamp()?,
        timestamp => log.offset_for_timestamp(timestamp)?,
    };
    match found {
        Some(found) if found.record_offset < bound_offset => Ok(Some(found)),
        // What was found, or may yet be, is not visible to the asker.
        _ if is_lagging => Err(Problem::Lagging),
        _ => Ok(None),
    }
}
