//! AssignReplicasToDirs: brokers say in which log directory a replica lies (KIP-858).

use std::collections::BTreeMap;

use kedge_metadata_state::{BrokerId, ErrorCode, PartitionId, TopicId, TopicIdPartition, Uuid};

use crate::{
    ApiError, ApiResult, Context, Decision,
    cluster_view::{is_directory_online, registration_of_epoch},
    election::{online_election, partition_unit},
    limits,
    partition_change::{BrokerChange, PartitionChange},
};

/// AssignReplicasToDirs (key 73, version 0).
#[derive(Clone, Debug, PartialEq)]
pub struct AssignReplicasRequest {
    /// Whose directories they are.
    pub broker_id: BrokerId,
    /// Its broker epoch.
    pub broker_epoch: i64,
    /// Directory, topic and partition of each replica.
    pub assignments: Vec<(Uuid, TopicId, PartitionId)>,
}

/// One replica of the response, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignReplicaResult {
    /// The directory.
    pub directory: Uuid,
    /// The topic.
    pub topic_id: TopicId,
    /// The partition.
    pub partition_id: PartitionId,
    /// Recorded, or why not.
    pub result: Result<(), ErrorCode>,
}

/// Records where replicas lie. A replica in a directory that is not online for its broker leaves the ISR.
pub fn assign_replicas_to_dirs(
    context: &mut Context<'_>,
    request: &AssignReplicasRequest,
) -> Decision<ApiResult<Vec<AssignReplicaResult>>> {
    let image = context.image;
    let registration = match registration_of_epoch(image, request.broker_id, request.broker_epoch) {
        Ok(registration) => registration,
        Err(error) => return Decision::unchanged(Err(error)),
    };
    if request.assignments.len() > limits::DIRECTORY_ASSIGNMENTS_PER_REQUEST_MAX {
        let why = format!("{} assignments are too many", request.assignments.len());
        return Decision::unchanged(Err(ApiError::new(ErrorCode::INVALID_REQUEST, why)));
    }
    let mut units = BTreeMap::new();
    let mut results = Vec::new();
    for (directory, topic_id, partition_id) in &request.assignments {
        let at = TopicIdPartition { topic_id: *topic_id, partition_id: *partition_id };
        let result = (|| {
            let topic = image.topics.by_id.get(topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?;
            let partition = topic.partitions.get(partition_id).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
            if !partition.replicas.contains(&request.broker_id) {
                return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
            }
            let mut change = PartitionChange::new(image, at, partition).directory(request.broker_id, *directory);
            if !is_directory_online(registration, directory) {
                let leaving = BrokerChange { leaving: Some(request.broker_id), arriving: None };
                change = change.election(online_election(image, context.settings, &topic.name)).brokers(leaving);
            }
            // Named twice, the last word counts, as it would in two requests.
            units.insert(at, change.build().map(|record| partition_unit(at, record)));
            Ok(())
        })();
        results.push(AssignReplicaResult {
            directory: *directory,
            topic_id: *topic_id,
            partition_id: *partition_id,
            result,
        });
    }
    let units: Vec<_> = units.into_values().flatten().collect();
    Decision { units, response: Ok(results) }
}
