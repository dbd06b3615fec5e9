//! DescribeCluster (key 60), versions 0–1, on a controller listener: controllers only (EndpointType 2, KIP-919).

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{DescribeClusterRequest, DescribeClusterResponse, describe_cluster_response::DescribeClusterBroker},
};

use super::quorum::Quorum;
use crate::{context::RequestContext, dispatch::Answer};

/// EndpointType of controllers.
const ENDPOINT_TYPE_CONTROLLERS: i8 = 2;
/// Nobody leads, or nobody knows.
const NO_LEADER: i32 = -1;

/// The voters by the addresses everybody knows them by; the active one among them.
pub(crate) async fn handle(
    quorum: Arc<dyn Quorum>,
    _context: RequestContext,
    request: DescribeClusterRequest,
) -> Answer<DescribeClusterResponse> {
    if request.endpoint_type != ENDPOINT_TYPE_CONTROLLERS {
        return DescribeClusterResponse {
            error_code: ErrorCode::MISMATCHED_ENDPOINT_TYPE.0,
            error_message: Some("this listener belongs to a controller".to_owned()),
            endpoint_type: ENDPOINT_TYPE_CONTROLLERS,
            ..Default::default()
        }
        .into();
    }
    let (view, _, _) = quorum.describe();
    let voters = quorum.voters().into_iter().filter_map(|broker_id| {
        let (_, host, port) = quorum.endpoint(broker_id)?;
        Some(DescribeClusterBroker { broker_id, host, port: i32::from(port), rack: None })
    });
    DescribeClusterResponse {
        endpoint_type: ENDPOINT_TYPE_CONTROLLERS,
        cluster_id: quorum.cluster_id().to_owned(),
        controller_id: view.leader_id.unwrap_or(NO_LEADER),
        brokers: voters.collect(),
        ..Default::default()
    }
    .into()
}
