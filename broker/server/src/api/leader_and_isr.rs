//! LeaderAndIsr (key 4), versions 0–7: the ZooKeeper controller gives this broker its roles.
//!
//! - v0–1 list partitions flat; v1 isNew; v2 the broker epoch, partitions by topic; v3 adding and removing replicas; v5 topic ids
//!   (also in the response) and Type; v6 the leader recovery state; v7 isKRaftController.
//! - The roles are in force when the answer goes out.
//! - Below v5 a topic has no id: such partitions are taken only if the topic is known already, else UNKNOWN_TOPIC_ID.
//! - isNew is not looked at: a log is made wherever a directory is usable. Type FULL removes no stray logs.

use std::{collections::BTreeMap, sync::Arc};

use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::{
    ErrorCode,
    messages::{
        LeaderAndIsrRequest, LeaderAndIsrResponse,
        leader_and_isr_response::{LeaderAndIsrPartitionError, LeaderAndIsrTopicError},
    },
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    metadata_source::rpc::{HostedReplicas, RoleResult, RpcInlet},
};

/// Responses name topics by id from here on.
const FIRST_VERSION_WITH_TOPIC_IDS: i16 = 5;

pub(crate) async fn handle(
    inlet: RpcInlet,
    replicas: Arc<dyn HostedReplicas>,
    context: RequestContext,
    request: LeaderAndIsrRequest,
) -> Answer<LeaderAndIsrResponse> {
    let refused = |error: ErrorCode| LeaderAndIsrResponse { error_code: error.0, ..Default::default() };
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        return refused(ErrorCode::CLUSTER_AUTHORIZATION_FAILED).into();
    }
    let results = match inlet.leader_and_isr(&request).await {
        Ok(results) => results,
        Err(error) => return refused(error).into(),
    };
    let code = |result: &RoleResult| {
        if result.error != ErrorCode::NONE {
            return result.error;
        }
        let at = TopicIdPartition { topic_id: result.topic_id, partition_id: result.partition_id };
        replicas.fault(at).unwrap_or(ErrorCode::NONE)
    };
    let mut response = LeaderAndIsrResponse::default();
    if context.api_version < FIRST_VERSION_WITH_TOPIC_IDS {
        let errors = results.iter().map(|result| LeaderAndIsrPartitionError {
            topic_name: result.topic_name.clone(),
            partition_index: result.partition_id,
            error_code: code(result).0,
        });
        response.partition_errors = errors.collect();
        return response.into();
    }
    let mut topics: BTreeMap<_, Vec<LeaderAndIsrPartitionError>> = BTreeMap::new();
    for result in &results {
        topics.entry(result.topic_id).or_default().push(LeaderAndIsrPartitionError {
            partition_index: result.partition_id,
            error_code: code(result).0,
            ..Default::default()
        });
    }
    response.topics = topics
        .into_iter()
        .map(|(topic_id, errors)| LeaderAndIsrTopicError { topic_id, partition_errors: errors.into() })
        .collect();
    response.into()
}
