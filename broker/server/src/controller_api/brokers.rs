//! BrokerRegistration (62), BrokerHeartbeat (63), UnregisterBroker (64) and ControllerRegistration (70).

use std::sync::Arc;

use kedge_controller::{ApiResult, Context, Decision, brokers, controllers};
use kedge_metadata_state::image::{ControllerRegistration, Endpoint};
use kedge_protocol::{
    ErrorCode,
    messages::{
        BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest, BrokerRegistrationResponse,
        ControllerRegistrationRequest, ControllerRegistrationResponse, UnregisterBrokerRequest,
        UnregisterBrokerResponse,
    },
};

use super::{ControllerNode, flatten};
use crate::{
    context::{Operation, RequestContext, Resource},
    controller_runtime::SoftState,
    dispatch::Answer,
};

pub(crate) async fn broker_registration(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: BrokerRegistrationRequest,
) -> Answer<BrokerRegistrationResponse> {
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return BrokerRegistrationResponse { error_code, ..Default::default() }.into();
    }
    let asked = brokers::RegisterBrokerRequest {
        broker_id: request.broker_id,
        cluster_id: request.cluster_id,
        incarnation_id: request.incarnation_id,
        listeners: request
            .listeners
            .into_iter()
            .map(|listener| Endpoint {
                listener_name: listener.name,
                host: listener.host,
                port: listener.port,
                security_protocol: listener.security_protocol,
            })
            .collect(),
        features: request
            .features
            .into_iter()
            .map(|feature| (feature.name, (feature.min_supported_version, feature.max_supported_version)))
            .collect(),
        rack: request.rack,
        is_migrating_zk_broker: request.is_migrating_zk_broker,
        directories: request.log_dirs,
    };
    let decided = controller
        .handle
        .decide_membership(move |context, soft| brokers::register_broker(context, &mut soft.liveness, &asked))
        .await;
    match flatten(decided) {
        Ok(broker_epoch) => BrokerRegistrationResponse { broker_epoch, ..Default::default() }.into(),
        Err(error) => BrokerRegistrationResponse { error_code: error.0, ..Default::default() }.into(),
    }
}

pub(crate) async fn broker_heartbeat(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: BrokerHeartbeatRequest,
) -> Answer<BrokerHeartbeatResponse> {
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return BrokerHeartbeatResponse { error_code, ..Default::default() }.into();
    }
    let asked = brokers::HeartbeatRequest {
        broker_id: request.broker_id,
        broker_epoch: request.broker_epoch,
        current_metadata_offset: request.current_metadata_offset,
        want_fence: request.want_fence,
        want_shut_down: request.want_shut_down,
        offline_directories: request.offline_log_dirs,
    };
    let decided = controller
        .handle
        .decide_heartbeat(move |context, soft| {
            if soft.is_frozen {
                return Decision::unchanged(acknowledge(context, soft, &asked));
            }
            brokers::heartbeat(context, &mut soft.liveness, &asked)
        })
        .await;
    match flatten(decided) {
        Ok(reply) => BrokerHeartbeatResponse {
            is_caught_up: reply.is_caught_up,
            is_fenced: reply.is_fenced,
            should_shut_down: reply.should_shut_down,
            ..Default::default()
        }
        .into(),
        Err(error) => BrokerHeartbeatResponse { error_code: error.0, ..Default::default() }.into(),
    }
}

/// A heartbeat during a freeze: it proves that its sender is alive and gets the answer that changes nothing.
fn acknowledge(
    context: &Context<'_>,
    soft: &mut SoftState,
    asked: &brokers::HeartbeatRequest,
) -> ApiResult<brokers::HeartbeatReply> {
    brokers::late_heartbeat(context, &mut soft.liveness, asked)?;
    let registration = &context.image.cluster.brokers[&asked.broker_id];
    let registered_at = soft.liveness.register_record_offset(asked.broker_id).unwrap_or(i64::MAX);
    Ok(brokers::HeartbeatReply {
        is_caught_up: asked.current_metadata_offset >= registered_at,
        is_fenced: registration.fenced,
        in_controlled_shutdown: registration.in_controlled_shutdown,
        should_shut_down: false,
    })
}

pub(crate) async fn unregister_broker(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: UnregisterBrokerRequest,
) -> Answer<UnregisterBrokerResponse> {
    if !context.authorize(Operation::Alter, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return UnregisterBrokerResponse { error_code, ..Default::default() }.into();
    }
    let decided = controller
        .handle
        .decide_membership(move |context, soft| {
            brokers::unregister_broker(context, &mut soft.liveness, request.broker_id)
        })
        .await;
    let error_code = flatten(decided).err().unwrap_or(ErrorCode::NONE);
    UnregisterBrokerResponse { error_code: error_code.0, ..Default::default() }.into()
}

pub(crate) async fn controller_registration(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: ControllerRegistrationRequest,
) -> Answer<ControllerRegistrationResponse> {
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return ControllerRegistrationResponse { error_code, ..Default::default() }.into();
    }
    let registration = ControllerRegistration {
        controller_id: request.controller_id,
        incarnation_id: request.incarnation_id,
        zk_migration_ready: request.zk_migration_ready,
        listeners: request
            .listeners
            .into_iter()
            .map(|listener| Endpoint {
                listener_name: listener.name,
                host: listener.host,
                port: listener.port,
                security_protocol: listener.security_protocol,
            })
            .collect(),
        features: request
            .features
            .into_iter()
            .map(|feature| (feature.name, (feature.min_supported_version, feature.max_supported_version)))
            .collect(),
    };
    let decided = controller
        .handle
        .decide_membership(move |context, _| -> Decision<()> {
            controllers::register_controller(context, &registration)
        })
        .await;
    let error_code = decided.err().map_or(ErrorCode::NONE, |error| error.error_code());
    ControllerRegistrationResponse { error_code: error_code.0, ..Default::default() }.into()
}
