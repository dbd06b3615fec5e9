//! CreatePartitions.

use std::collections::BTreeMap;

use kedge_metadata_state::{BrokerId, ErrorCode, PartitionId, image::TopicImage, records::PartitionRecord};

use crate::{
    ApiError, ApiResult, Context, Decision, DecisionUnit, Subject,
    assignment::{new_partition, placed, validate_manual},
    cluster_view::is_deletion_queued,
    limits,
    topics::too_many_partitions,
};

/// CreatePartitions (key 37, versions 0–3).
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsRequest {
    /// Topics to widen.
    pub topics: Vec<CreatePartitionsTopic>,
    /// Answer as if, and change nothing.
    pub validate_only: bool,
}

/// A topic to widen.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsTopic {
    /// Its name.
    pub name: String,
    /// Partitions it shall have in the end.
    pub count: i32,
    /// Replicas of each new partition, in order; none = place them.
    pub assignments: Option<Vec<Vec<BrokerId>>>,
}

/// One topic of the response.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartitionsResult {
    /// Its name.
    pub name: String,
    /// Done, or why not.
    pub result: ApiResult<()>,
}

/// Adds partitions to topics: one unit and one result per name.
pub fn create_partitions(
    context: &mut Context<'_>,
    request: &CreatePartitionsRequest,
) -> Decision<Vec<CreatePartitionsResult>> {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for topic in &request.topics {
        *named.entry(&topic.name).or_default() += 1;
    }
    let mut decision = Decision::unchanged(Vec::new());
    let mut budget = limits::PARTITIONS_PER_REQUEST_MAX;
    for topic in &request.topics {
        let result = match named.insert(&topic.name, 0) {
            Some(0) | None => continue,
            Some(1) => widen(context, topic, &mut budget),
            Some(_) => Err(ApiError::new(ErrorCode::INVALID_REQUEST, "the request names this topic twice")),
        };
        let result = result.map(|unit| {
            if !request.validate_only {
                decision.units.push(unit);
            }
        });
        decision.response.push(CreatePartitionsResult { name: topic.name.clone(), result });
    }
    decision
}

fn widen(context: &mut Context<'_>, topic: &CreatePartitionsTopic, budget: &mut usize) -> ApiResult<DecisionUnit> {
    let image = context.image;
    let present = image.topics.get(&topic.name).ok_or_else(|| {
        ApiError::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic {}", topic.name))
    })?;
    if is_deletion_queued(image, &present.topic_id) {
        let why = format!("topic {} is being deleted", topic.name);
        return Err(ApiError::new(ErrorCode::INVALID_TOPIC_EXCEPTION, why));
    }
    let added = added_partitions(present, topic)?;
    *budget = budget.checked_sub(added).ok_or_else(too_many_partitions)?;
    // The first partition's replication factor is the topic's.
    let replication_factor = present.partitions.values().next().map_or(1, |partition| partition.replicas.len());
    let (assignments, all_dead) = match &topic.assignments {
        Some(assignments) => {
            for replicas in assignments {
                validate_manual(image, replicas, Some(replication_factor))?;
            }
            (assignments.clone(), ErrorCode::INVALID_REPLICA_ASSIGNMENT)
        }
        None => {
            (placed(image, added, replication_factor as i16, context.random)?, ErrorCode::INVALID_REPLICATION_FACTOR)
        }
    };
    let first = present.partitions.keys().next_back().map_or(0, |last: &PartitionId| last + 1);
    let records: Vec<PartitionRecord> = (first..)
        .zip(&assignments)
        .map(|(partition_id, replicas)| new_partition(image, present.topic_id, partition_id, replicas, all_dead))
        .collect::<ApiResult<_>>()?;
    Ok(DecisionUnit::new(Subject::Topic(present.topic_id), records))
}

/// How many partitions are to be added: at least one, and as many as are assigned.
fn added_partitions(present: &TopicImage, topic: &CreatePartitionsTopic) -> ApiResult<usize> {
    let count = present.partitions.len();
    let added = usize::try_from(topic.count).ok().and_then(|wanted| wanted.checked_sub(count)).filter(|it| *it > 0);
    let added = added.ok_or_else(|| {
        let why = format!("topic {} has {count} partition(s); {} is no increase", topic.name, topic.count);
        ApiError::new(ErrorCode::INVALID_PARTITIONS, why)
    })?;
    match &topic.assignments {
        Some(assignments) if assignments.len() != added => Err(ApiError::new(
            ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            format!("{added} partition(s) are to be added, but {} assignment(s) are given", assignments.len()),
        )),
        _ => Ok(added),
    }
}
