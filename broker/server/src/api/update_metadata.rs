//! UpdateMetadata (key 6), versions 0–8: the ZooKeeper controller tells this broker of partitions, and of all live brokers.
//!
//! - v1 several endpoints per broker, v2 racks, v3 listener names, v4 offline replicas, v5 the broker epoch and partitions by topic,
//!   v7 topic ids, v8 isKRaftController and Type.
//! - What it says is in force when the answer goes out. Offline replicas are not kept: they follow from the live brokers.
//! - Topics that this broker does not know and that come without an id (below v7) are left out.

use kedge_protocol::{
    ErrorCode,
    messages::{UpdateMetadataRequest, UpdateMetadataResponse},
};

use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    metadata_source::rpc::RpcInlet,
};

pub(crate) async fn handle(
    inlet: RpcInlet,
    context: RequestContext,
    request: UpdateMetadataRequest,
) -> Answer<UpdateMetadataResponse> {
    let error = if context.authorize(Operation::ClusterAction, Resource::Cluster) {
        inlet.update_metadata(&request).await.err().unwrap_or(ErrorCode::NONE)
    } else {
        ErrorCode::CLUSTER_AUTHORIZATION_FAILED
    };
    UpdateMetadataResponse { error_code: error.0 }.into()
}
