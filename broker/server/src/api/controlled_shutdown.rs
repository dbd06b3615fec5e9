//! ControlledShutdown (key 7), versions 0–3: the ZooKeeper controller moves leaderships off a broker that wants to stop.
//!
//! - v2 brings the broker epoch; v0 has a header without client id.
//! - A broker that does not rule answers STALE_CONTROLLER_EPOCH, as Kafka's.
//! - Partitions without another replica stay where they are and do not count as remaining.

use std::sync::Arc;

use kedge_controller::{ApiError, brokers};
use kedge_protocol::{
    ErrorCode,
    messages::{
        ControlledShutdownRequest, ControlledShutdownResponse, controlled_shutdown_response::RemainingPartition,
    },
};

use crate::{
    context::{Operation, RequestContext, Resource},
    controller_api::ControllerNode,
    dispatch::Answer,
};

pub(crate) async fn handle(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: ControlledShutdownRequest,
) -> Answer<ControlledShutdownResponse> {
    let refused = |error: ErrorCode| ControlledShutdownResponse { error_code: error.0, ..Default::default() };
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        return refused(ErrorCode::CLUSTER_AUTHORIZATION_FAILED).into();
    }
    let (broker_id, broker_epoch) = (request.broker_id, request.broker_epoch);
    let decided =
        controller.handle.decide(move |context, _| brokers::controlled_shutdown(context, broker_id, broker_epoch));
    match decided.await {
        // In ZooKeeper mode this is how a broker says that it does not rule.
        Err(_) => refused(ErrorCode::STALE_CONTROLLER_EPOCH).into(),
        Ok(Err(ApiError { error_code, .. })) => refused(error_code).into(),
        Ok(Ok(reply)) => ControlledShutdownResponse {
            error_code: ErrorCode::NONE.0,
            remaining_partitions: reply
                .remaining_partitions
                .into_iter()
                .map(|(topic_name, partition_index)| RemainingPartition { topic_name, partition_index })
                .collect(),
        }
        .into(),
    }
}
