//! StopReplica (key 5), versions 0–4: the ZooKeeper controller makes this broker stop replicas, and delete some of them.
//!
//! - v0 lists partitions flat with one delete flag, v1 the broker epoch and partitions by topic, v3 leader epoch and delete flag per
//!   partition, v4 isKRaftController.
//! - A topic on its way out (leader epoch −2) leaves this broker's metadata here, if UpdateMetadata's mark has not come first.
//! - A log of which no metadata is left is deleted by its name.

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{StopReplicaRequest, StopReplicaResponse, stop_replica_response::StopReplicaPartitionError},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    metadata_source::rpc::{HostedReplicas, RpcInlet},
};

pub(crate) async fn handle(
    inlet: RpcInlet,
    replicas: Arc<dyn HostedReplicas>,
    context: RequestContext,
    request: StopReplicaRequest,
) -> Answer<StopReplicaResponse> {
    let refused = |error: ErrorCode| StopReplicaResponse { error_code: error.0, ..Default::default() };
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        return refused(ErrorCode::CLUSTER_AUTHORIZATION_FAILED).into();
    }
    let stopped = match inlet.stop_replica(context.api_version, &request).await {
        Ok(stopped) => stopped,
        Err(error) => return refused(error).into(),
    };
    let partition_errors = stopped.into_iter().map(|replica| {
        let error = match replica.error {
            ErrorCode::NONE => replicas.stop(&replica).err().unwrap_or(ErrorCode::NONE),
            refused => refused,
        };
        StopReplicaPartitionError {
            topic_name: replica.topic_name,
            partition_index: replica.partition_id,
            error_code: error.0,
        }
    });
    StopReplicaResponse { error_code: ErrorCode::NONE.0, partition_errors: partition_errors.collect() }.into()
}
