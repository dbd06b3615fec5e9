//! KIP-919: a controller makes itself known to the active one, until the metadata says so; again whenever they do not agree.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kedge_metadata_state::{
    MetadataVersion,
    image::{ControllerRegistration, Endpoint},
    metadata_version::METADATA_VERSION_FEATURE,
};
use kedge_protocol::{
    ErrorCode, Uuid,
    messages::{ControllerRegistrationRequest, controller_registration_request as request},
};
use kedge_raft::RaftNode;
use tracing::{debug, info};

use crate::{
    client::{ClientError, NodeConnection},
    config::{KafkaConfig, ListenerConfig},
    settings,
};

/// Pause between two looks at the metadata.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// This process as a controller. The address is the one the other voters know it by.
pub(super) fn own(config: &KafkaConfig, listener: &ListenerConfig, incarnation_id: Uuid) -> ControllerRegistration {
    let address = config.controller_quorum_voters.get(&config.node_id).and_then(|address| address.rsplit_once(':'));
    let (host, port) = match address {
        Some((host, port)) => (host.to_owned(), port.parse().unwrap_or(listener.port)),
        None => (listener.host.clone(), listener.port),
    };
    let range = (MetadataVersion::MIN.feature_level(), MetadataVersion::LATEST.feature_level());
    ControllerRegistration {
        controller_id: config.node_id,
        incarnation_id,
        zk_migration_ready: config.zookeeper_metadata_migration_enable,
        listeners: vec![Endpoint {
            listener_name: listener.name.clone(),
            host,
            port,
            security_protocol: listener.security_protocol as i16,
        }],
        features: BTreeMap::from([(METADATA_VERSION_FEATURE.to_owned(), range)]),
    }
}

/// Runs for the life of the node.
pub(super) async fn keep_registered(config: Arc<KafkaConfig>, raft: RaftNode, own: ControllerRegistration) {
    let log = raft.metadata_log().clone();
    let mut ticks = tokio::time::interval(LOOK_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if raft.stopped().is_some() {
            return;
        }
        let image = log.image();
        let is_known = image.cluster.controllers.get(&own.controller_id).is_some_and(|known| **known == own);
        if is_known || image.features.metadata_version.is_none() {
            continue;
        }
        let leader = log.leader_and_epoch().leader_id;
        let Some(address) = leader.and_then(|id| config.controller_quorum_voters.get(&id)) else { continue };
        let patience = settings::millis(config.controller_quorum_request_timeout_ms);
        match register(address, &own, patience).await {
            Ok(ErrorCode::NONE) => info!(controller_id = own.controller_id, "registered with the active controller"),
            Ok(error_code) => debug!(%error_code, address, "the controller registration was not taken yet"),
            Err(error) => debug!(%error, address, "the active controller cannot be reached"),
        }
    }
}

async fn register(address: &str, own: &ControllerRegistration, patience: Duration) -> Result<ErrorCode, ClientError> {
    let listener = |listener: &Endpoint| request::Listener {
        name: listener.listener_name.clone(),
        host: listener.host.clone(),
        port: listener.port,
        security_protocol: listener.security_protocol,
    };
    let feature = |(name, (lowest, highest)): (&String, &(i16, i16))| request::Feature {
        name: name.clone(),
        min_supported_version: *lowest,
        max_supported_version: *highest,
    };
    let asked = ControllerRegistrationRequest {
        controller_id: own.controller_id,
        incarnation_id: own.incarnation_id,
        zk_migration_ready: own.zk_migration_ready,
        listeners: own.listeners.iter().map(listener).collect(),
        features: own.features.iter().map(feature).collect(),
    };
    let mut connection = NodeConnection::connect(address, "controller-registration", patience).await?;
    Ok(ErrorCode(connection.call(0, &asked, patience).await?.error_code))
}
