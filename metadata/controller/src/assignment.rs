//! Replicas for new partitions: given by hand or placed, and the PartitionRecords that follow.

use kedge_metadata_state::{
    BrokerId, ErrorCode, Image, PartitionId, TopicId, TopicIdPartition, records::PartitionRecord,
};

use crate::{
    ApiError, ApiResult,
    partition_change::first_state,
    placement::{PlacementError, place},
    random::RandomSource,
};

/// Places `count` partitions.
pub(crate) fn placed(
    image: &Image,
    count: usize,
    replication_factor: i16,
    random: &mut dyn RandomSource,
) -> ApiResult<Vec<Vec<BrokerId>>> {
    place(image, count, replication_factor, random).map_err(|error: PlacementError| {
        ApiError::new(
            ErrorCode::INVALID_REPLICATION_FACTOR,
            format!("cannot place {count} partition(s) with {replication_factor} replica(s): {error}"),
        )
    })
}

/// Checks one partition's replicas as a client gave them.
pub(crate) fn validate_manual(
    image: &Image,
    replicas: &[BrokerId],
    replication_factor: Option<usize>,
) -> ApiResult<()> {
    let invalid = |why: String| Err(ApiError::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, why));
    if replicas.is_empty() {
        return invalid("a partition's replica list is empty".to_owned());
    }
    for (index, broker_id) in replicas.iter().enumerate() {
        if !image.cluster.brokers.contains_key(broker_id) {
            return invalid(format!("the assignment names broker {broker_id}, which is not registered"));
        }
        if replicas[..index].contains(broker_id) {
            return invalid(format!("the assignment names broker {broker_id} twice for one partition"));
        }
    }
    match replication_factor {
        Some(expected) if expected != replicas.len() => invalid(format!(
            "a partition has {} replica(s), the others have {expected}; all must have the same number",
            replicas.len()
        )),
        _ => Ok(()),
    }
}

/// The first state of a new partition; `no_live_replica` is the code for one whose replicas are all dead.
pub(crate) fn new_partition(
    image: &Image,
    topic_id: TopicId,
    partition_id: PartitionId,
    replicas: &[BrokerId],
    no_live_replica: ErrorCode,
) -> ApiResult<PartitionRecord> {
    first_state(image, TopicIdPartition { topic_id, partition_id }, replicas, None).ok_or_else(|| {
        ApiError::new(
            no_live_replica,
            format!("every replica of partition {partition_id} is fenced or shutting down: {replicas:?}"),
        )
    })
}
