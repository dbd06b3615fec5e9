//! What only a broker in ZooKeeper mode serves: pushes of its controller, and what brokers ask of it while it is the controller.

use std::sync::Arc;

use kedge_log::TopicPartition;
use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::{
    ApiKey, ErrorCode,
    messages::{
        AllocateProducerIdsRequest, AlterPartitionRequest, ControlledShutdownRequest, LeaderAndIsrRequest,
        StopReplicaRequest, UpdateMetadataRequest,
    },
};

use super::{controlled_shutdown, leader_and_isr, stop_replica, update_metadata};
use crate::{
    controller_api::{ControllerNode, partitions},
    dispatch::ApiTable,
    metadata_source::rpc::{HostedReplicas, RpcInlet, StoppedReplica},
    node_api::NODE_API,
    replica::ReplicaManager,
};

/// What is served before the controller has told this broker of the cluster: what tells it, and what brokers ask of it as a controller.
pub const SERVED_FIRST: [ApiKey; 7] = [
    ApiKey::LEADER_AND_ISR,
    ApiKey::STOP_REPLICA,
    ApiKey::UPDATE_METADATA,
    ApiKey::CONTROLLED_SHUTDOWN,
    ApiKey::ALTER_PARTITION,
    ApiKey::ALLOCATE_PRODUCER_IDS,
    NODE_API,
];

/// Adds LeaderAndIsr, StopReplica, UpdateMetadata, ControlledShutdown, AlterPartition and AllocateProducerIds to a broker's table.
pub fn serve_zookeeper_apis(
    table: &mut ApiTable,
    inlet: &RpcInlet,
    replicas: &Arc<dyn HostedReplicas>,
    controller: &Arc<ControllerNode>,
) {
    let services = (inlet.clone(), replicas.clone());
    table.serve(0..=7, move |context, request: LeaderAndIsrRequest| {
        let (inlet, replicas) = services.clone();
        leader_and_isr::handle(inlet, replicas, context, request)
    });
    let services = (inlet.clone(), replicas.clone());
    table.serve(0..=4, move |context, request: StopReplicaRequest| {
        let (inlet, replicas) = services.clone();
        stop_replica::handle(inlet, replicas, context, request)
    });
    let services = inlet.clone();
    table.serve(0..=8, move |context, request: UpdateMetadataRequest| {
        update_metadata::handle(services.clone(), context, request)
    });
    let node = controller.clone();
    table.serve(0..=3, move |context, request: ControlledShutdownRequest| {
        controlled_shutdown::handle(node.clone(), context, request)
    });
    let node = controller.clone();
    table.serve(0..=3, move |context, request: AlterPartitionRequest| {
        partitions::alter_partition(node.clone(), context, request)
    });
    let node = controller.clone();
    table.serve(0..=0, move |context, request: AllocateProducerIdsRequest| {
        partitions::allocate_producer_ids(node.clone(), context, request)
    });
}

impl HostedReplicas for ReplicaManager {
    fn fault(&self, at: TopicIdPartition) -> Option<ErrorCode> {
        let is_fault =
            |code: &ErrorCode| matches!(*code, ErrorCode::KAFKA_STORAGE_ERROR | ErrorCode::INCONSISTENT_TOPIC_ID);
        self.find(at).err().filter(is_fault)
    }

    fn stop(&self, replica: &StoppedReplica) -> Result<(), ErrorCode> {
        if let Some(topic_id) = replica.topic_id {
            let at = TopicIdPartition { topic_id, partition_id: replica.partition_id };
            self.stop_replicas(&[at], replica.delete);
        }
        // A restart may have left a log of which no metadata came any more.
        let topic_partition = TopicPartition::new(replica.topic_name.as_str(), replica.partition_id);
        if !replica.delete || self.logs().get(&topic_partition).is_none() {
            return Ok(());
        }
        self.logs().delete(&topic_partition).map_err(|problem| problem.error_code())
    }
}
