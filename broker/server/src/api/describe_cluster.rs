//! DescribeCluster (key 60), versions 0–1, on a broker listener: brokers only (EndpointType 1).

use std::sync::Arc;

use kedge_protocol::{
    ErrorCode,
    messages::{DescribeClusterRequest, DescribeClusterResponse, describe_cluster_response::DescribeClusterBroker},
};

use crate::{context::RequestContext, dispatch::Answer, services::Broker};

/// EndpointType of brokers (KIP-919); controllers are described by controllers.
const ENDPOINT_TYPE_BROKERS: i8 = 1;

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: DescribeClusterRequest,
) -> Answer<DescribeClusterResponse> {
    if request.endpoint_type != ENDPOINT_TYPE_BROKERS {
        return DescribeClusterResponse {
            error_code: ErrorCode::MISMATCHED_ENDPOINT_TYPE.0,
            error_message: Some("this listener belongs to a broker".to_owned()),
            endpoint_type: ENDPOINT_TYPE_BROKERS,
            ..Default::default()
        }
        .into();
    }
    let image = broker.image.load().image;
    let alive = image.cluster.brokers.values().filter(|registered| !registered.fenced);
    let brokers = alive.filter_map(|registered| {
        let endpoint = registered.listener(&context.listener_name)?;
        Some(DescribeClusterBroker {
            broker_id: registered.broker_id,
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            rack: registered.rack.clone(),
        })
    });
    DescribeClusterResponse {
        endpoint_type: ENDPOINT_TYPE_BROKERS,
        cluster_id: broker.cluster_id.clone(),
        controller_id: broker.link.load().link.controller_for_clients().unwrap_or(broker.broker_id),
        brokers: brokers.collect(),
        ..Default::default()
    }
    .into()
}
