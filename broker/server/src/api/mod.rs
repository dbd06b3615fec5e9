//! One file per Kafka API, as brokers serve it. The folder is the support matrix; `SKIPPED.md` lists deliberate gaps.

pub(crate) mod admin;
mod controlled_shutdown;
mod delete_groups;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
pub(crate) mod features;
pub(crate) mod fetch;
pub(crate) mod fetch_session;
mod find_coordinator;
pub(crate) mod forward;
mod heartbeat;
mod init_producer_id;
pub(crate) mod internal_topics;
mod join_group;
mod leader_and_isr;
pub(crate) mod leader_hint;
mod leave_group;
mod list_groups;
pub(crate) mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_fetch;
mod offset_for_leader_epoch;
mod offsets_in_tree;
mod produce;
mod stop_replica;
mod sync_group;
mod update_metadata;
pub mod zookeeper_mode;

use std::sync::Arc;

use kedge_protocol::messages::{
    AlterConfigsRequest, CreatePartitionsRequest, CreateTopicsRequest, DeleteGroupsRequest, DeleteTopicsRequest,
    DescribeClusterRequest, DescribeConfigsRequest, DescribeGroupsRequest, DescribeQuorumRequest, ElectLeadersRequest,
    FetchRequest, FindCoordinatorRequest, HeartbeatRequest, IncrementalAlterConfigsRequest, InitProducerIdRequest,
    JoinGroupRequest, LeaveGroupRequest, ListGroupsRequest, ListOffsetsRequest, MetadataRequest, OffsetCommitRequest,
    OffsetFetchRequest, OffsetForLeaderEpochRequest, ProduceRequest, SyncGroupRequest, UnregisterBrokerRequest,
};

use crate::{dispatch::ApiTable, services::Broker};

/// What a broker serves to clients and other brokers under a KRaft quorum.
pub fn broker_apis(broker: &Arc<Broker>) -> ApiTable {
    let mut table = ApiTable::new();
    macro_rules! serve {
        ($request:ty, $versions:expr, $handler:path) => {
            let services = broker.clone();
            table.serve($versions, move |context, request: $request| $handler(services.clone(), context, request));
        };
    }
    serve!(ProduceRequest, produce::VERSIONS, produce::handle);
    serve!(FetchRequest, fetch::VERSIONS, fetch::handle);
    serve!(ListOffsetsRequest, list_offsets::VERSIONS, list_offsets::handle);
    serve!(MetadataRequest, 0..=12, metadata::handle);
    serve!(OffsetCommitRequest, offset_commit::VERSIONS, offset_commit::handle);
    serve!(OffsetFetchRequest, offset_fetch::VERSIONS, offset_fetch::handle);
    serve!(FindCoordinatorRequest, 0..=6, find_coordinator::handle);
    serve!(JoinGroupRequest, 0..=9, join_group::handle);
    serve!(HeartbeatRequest, 0..=4, heartbeat::handle);
    serve!(LeaveGroupRequest, 0..=5, leave_group::handle);
    serve!(SyncGroupRequest, 0..=5, sync_group::handle);
    serve!(DescribeGroupsRequest, 0..=5, describe_groups::handle);
    serve!(ListGroupsRequest, 0..=5, list_groups::handle);
    serve!(DeleteGroupsRequest, 0..=2, delete_groups::handle);
    serve!(InitProducerIdRequest, 0..=5, init_producer_id::handle);
    serve!(OffsetForLeaderEpochRequest, offset_for_leader_epoch::VERSIONS, offset_for_leader_epoch::handle);
    serve!(DescribeConfigsRequest, 0..=4, describe_configs::handle);
    serve!(DescribeClusterRequest, 0..=1, describe_cluster::handle);
    serve!(CreateTopicsRequest, 0..=7, forward::handle);
    serve!(DeleteTopicsRequest, 0..=6, forward::handle);
    serve!(CreatePartitionsRequest, 0..=3, forward::handle);
    serve!(AlterConfigsRequest, 0..=2, forward::handle);
    serve!(IncrementalAlterConfigsRequest, 0..=1, forward::handle);
    serve!(ElectLeadersRequest, 0..=2, forward::handle);
    serve!(UnregisterBrokerRequest, 0..=0, forward::handle);
    serve!(DescribeQuorumRequest, 0..=2, forward::handle);
    table.report_features(features::of_broker(broker.image.clone()));
    table
}
