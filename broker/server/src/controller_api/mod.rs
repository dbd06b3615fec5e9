//! What a controller serves: requests of nodes and forwarded requests of clients, turned into decisions.
//!
//! The same handlers serve the controller listener of a quorum and, in ZooKeeper mode, the broker that rules. A node that
//! does not rule answers NOT_CONTROLLER in every item, so that the asker looks for the one that does.

pub mod brokers;
pub mod configs;
pub mod describe_cluster;
pub mod envelope;
pub mod partitions;
pub mod quorum;
pub mod topics;

use std::sync::Arc;

use kedge_controller::{ApiError, ApiResult};
use kedge_metadata_state::BrokerId;
use kedge_protocol::{
    ErrorCode,
    messages::{
        AllocateProducerIdsRequest, AlterConfigsRequest, AlterPartitionRequest, AssignReplicasToDirsRequest,
        BrokerHeartbeatRequest, BrokerRegistrationRequest, ControllerRegistrationRequest, CreatePartitionsRequest,
        CreateTopicsRequest, DeleteTopicsRequest, DescribeClusterRequest, DescribeQuorumRequest, ElectLeadersRequest,
        EnvelopeRequest, FetchRequest, FetchSnapshotRequest, IncrementalAlterConfigsRequest, UnregisterBrokerRequest,
    },
};

use crate::{
    controller_runtime::{ControllerError, ControllerHandle},
    dispatch::ApiTable,
};
use quorum::Quorum;

/// A node's controller, as its handlers see it.
#[derive(Debug)]
pub struct ControllerNode {
    /// The node.
    pub node_id: BrokerId,
    /// The cluster it belongs to.
    pub cluster_id: String,
    /// The runtime.
    pub handle: ControllerHandle,
}

/// Error and text of an item's result.
fn outcome<T>(result: &ApiResult<T>) -> (i16, Option<String>) {
    match result {
        Ok(_) => (ErrorCode::NONE.0, None),
        Err(ApiError { error_code, message }) => (error_code.0, message.clone()),
    }
}

/// The code for a whole request: the runtime's error, or the controller's.
fn flatten<T>(result: Result<ApiResult<T>, ControllerError>) -> Result<T, ErrorCode> {
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.error_code),
        Err(error) => Err(error.error_code()),
    }
}

/// Requests that clients may make and brokers forward (KIP-590).
fn serve_forwardable(table: &mut ApiTable, controller: &Arc<ControllerNode>) {
    macro_rules! serve {
        ($request:ty, $versions:expr, $handler:path) => {
            let node = controller.clone();
            table.serve($versions, move |context, request: $request| {
                let node = node.clone();
                async move { $handler(node, context, request).await }
            });
        };
    }
    serve!(CreateTopicsRequest, 0..=7, topics::create_topics);
    serve!(DeleteTopicsRequest, 0..=6, topics::delete_topics);
    serve!(CreatePartitionsRequest, 0..=3, topics::create_partitions);
    serve!(ElectLeadersRequest, 0..=2, partitions::elect_leaders);
    serve!(AlterConfigsRequest, 0..=2, configs::alter_configs);
    serve!(IncrementalAlterConfigsRequest, 0..=1, configs::incremental_alter_configs);
    serve!(UnregisterBrokerRequest, 0..=0, brokers::unregister_broker);
    serve!(AllocateProducerIdsRequest, 0..=0, partitions::allocate_producer_ids);
}

/// The table that envelopes are opened upon.
fn forwardable_apis(controller: &Arc<ControllerNode>, quorum: Option<&Arc<dyn Quorum>>) -> ApiTable {
    let mut table = ApiTable::new();
    serve_forwardable(&mut table, controller);
    if let Some(quorum) = quorum {
        serve_describe_quorum(&mut table, quorum);
    }
    table
}

fn serve_describe_quorum(table: &mut ApiTable, quorum: &Arc<dyn Quorum>) {
    let log = quorum.clone();
    table.serve(0..=2, move |context, request: DescribeQuorumRequest| {
        quorum::describe_quorum(log.clone(), context, request)
    });
}

/// What the ruling broker of a ZooKeeper cluster decides for clients.
pub fn zookeeper_admin_apis(controller: &Arc<ControllerNode>) -> ApiTable {
    forwardable_apis(controller, None)
}

/// What a KRaft controller serves on its own listener.
pub fn controller_apis(controller: &Arc<ControllerNode>, quorum: &Arc<dyn Quorum>) -> ApiTable {
    let mut table = ApiTable::new();
    serve_forwardable(&mut table, controller);
    serve_describe_quorum(&mut table, quorum);
    macro_rules! serve {
        ($request:ty, $versions:expr, $handler:path) => {
            let node = controller.clone();
            table.serve($versions, move |context, request: $request| {
                let node = node.clone();
                async move { $handler(node, context, request).await }
            });
        };
    }
    serve!(BrokerRegistrationRequest, 0..=4, brokers::broker_registration);
    serve!(BrokerHeartbeatRequest, 0..=1, brokers::broker_heartbeat);
    serve!(ControllerRegistrationRequest, 0..=0, brokers::controller_registration);
    serve!(AlterPartitionRequest, 2..=3, partitions::alter_partition);
    serve!(AssignReplicasToDirsRequest, 0..=0, partitions::assign_replicas_to_dirs);
    let forwardable = Arc::new(forwardable_apis(controller, Some(quorum)));
    let node = controller.clone();
    table.serve(0..=0, move |context, request: EnvelopeRequest| {
        envelope::handle(node.clone(), forwardable.clone(), context, request)
    });
    let log = quorum.clone();
    table.serve(0..=1, move |context, request: DescribeClusterRequest| {
        describe_cluster::handle(log.clone(), context, request)
    });
    let log = quorum.clone();
    table.serve(13..=17, move |context, request: FetchRequest| quorum::fetch(log.clone(), context, request));
    let log = quorum.clone();
    table.serve(0..=1, move |context, request: FetchSnapshotRequest| {
        quorum::fetch_snapshot(log.clone(), context, request)
    });
    table
}
