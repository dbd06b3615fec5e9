//! The broker role on a quorum.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kedge_log::{LogManager, LogManagerConfig, OsFileSystem};
use kedge_metadata_state::{
    Authority, BrokerEpoch, Dialect, Image, MetadataVersion,
    image::{BrokerRegistration, Endpoint},
    metadata_version::METADATA_VERSION_FEATURE,
};
use kedge_metadata_store::Registration;
use kedge_protocol::Uuid;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tracing::{info, warn};

use super::{Common, StartupError, bind, directory_id, serve, zookeeper::ZooKeeperParts};
use crate::{
    api,
    config::{KafkaConfig, ListenerConfig},
    controller_link::kraft::KRaftLink,
    group_coordinator::GroupCoordinator,
    lifecycle::{BrokerState, Lifecycle},
    metadata_publisher::Publisher,
    metadata_source::{
        SourceStamp,
        log::{LogSource, ObserverConfig},
    },
    network::listener::RunningListener,
    producer_ids::ProducerIds,
    random::random_uuid,
    replica::ReplicaManager,
    services::{Broker, ImageCell, LinkCell, Linked, Published},
    settings,
};

/// A running broker.
pub(super) struct RunningBroker {
    pub(super) services: Arc<Broker>,
    pub(super) lifecycle: Arc<Lifecycle>,
    pub(super) listeners: Vec<RunningListener>,
    pub(super) stop: watch::Sender<bool>,
    pub(super) heartbeats: JoinHandle<()>,
    pub(super) publisher: JoinHandle<()>,
    /// Of a node without `process.roles`.
    pub(super) zookeeper: Option<ZooKeeperParts>,
}

pub(super) async fn start(
    config: &Arc<KafkaConfig>,
    cluster_id: &str,
    common: &Common,
) -> Result<RunningBroker, StartupError> {
    let logs = open_logs(config)?;
    let directories = logs.dirs().iter().filter(|dir| dir.online).map(|dir| dir.directory_id).collect();
    let source = LogSource::start(ObserverConfig {
        node_id: config.node_id,
        cluster_id: cluster_id.to_owned(),
        directory_id: directory_id(config)?,
        voters: config.controller_quorum_voters.clone(),
    });
    let link = Arc::new(LinkCell::new(Linked {
        link: Arc::new(KRaftLink::start(
            config.node_id,
            cluster_id.to_owned(),
            config.controller_quorum_voters.clone(),
            source.leader(),
            settings::millis(config.broker_session_timeout_ms),
            settings::millis(config.request_timeout_ms),
        )),
        broker_epoch: BrokerEpoch { authority: Authority::KRaft, value: BrokerEpoch::UNKNOWN_VALUE },
    }));
    let image = Arc::new(ImageCell::new(Published {
        image: Arc::new(Image::empty(Dialect::kraft(MetadataVersion::LATEST))),
        stamp: SourceStamp { authority: Authority::KRaft, controller_epoch: 0, metadata_offset: -1 },
    }));
    let mut sockets = Vec::new();
    for listener in settings::broker_listeners(config) {
        sockets.push((listener, bind(listener, config).await?));
    }
    let replicas =
        ReplicaManager::new(config.clone(), Arc::new(logs), image.clone(), link.clone(), common.clock.clone());
    let groups = GroupCoordinator::new(config.clone(), replicas.clone(), common.clock.clone());
    let services = Arc::new(Broker {
        broker_id: config.node_id,
        cluster_id: cluster_id.to_owned(),
        config: config.clone(),
        image: image.clone(),
        link,
        replicas: replicas.clone(),
        groups: groups.clone(),
        producer_ids: ProducerIds::default(),
        clock: common.clock.clone(),
    });
    let (is_loaded, mut loaded) = watch::channel(false);
    let publisher = Publisher { broker_id: config.node_id, image, replicas, groups, is_loaded };
    let publisher = tokio::spawn(publisher.follow(Box::new(source)));
    let registration_timeout = settings::millis(config.initial_broker_registration_timeout_ms);
    let lifecycle = lifecycle(config, &services, registration_timeout);
    lifecycle.register(&registration(config, &sockets, directories)).await?;
    lifecycle.catch_up().await;
    // The first image opens this broker's partitions; only then may it say that it is ready.
    let _ = loaded.wait_for(|loaded| *loaded).await;
    services.replicas.start_background();
    let mut listeners = Vec::new();
    for (listener, socket) in sockets {
        let apis = api::broker_apis(&services);
        listeners.push(serve(socket, listener, apis, config, common)?);
    }
    lifecycle.unfence().await;
    let (stop, heartbeats) = stay_alive(&lifecycle);
    Ok(RunningBroker { services, lifecycle, listeners, stop, heartbeats, publisher, zookeeper: None })
}

/// A broker's life, whatever it follows: it has not registered yet.
pub(super) fn lifecycle(config: &KafkaConfig, services: &Broker, registration_timeout: Duration) -> Arc<Lifecycle> {
    Arc::new(Lifecycle {
        link: services.link.clone(),
        image: services.image.clone(),
        heartbeat_interval: settings::millis(config.broker_heartbeat_interval_ms),
        registration_timeout,
        state: watch::Sender::new(BrokerState::NotRunning),
        replicas: services.replicas.clone(),
    })
}

/// Heartbeats until they are stopped.
pub(super) fn stay_alive(lifecycle: &Arc<Lifecycle>) -> (watch::Sender<bool>, JoinHandle<()>) {
    let (stop, stopping) = watch::channel(false);
    let lifecycle = lifecycle.clone();
    (stop, tokio::spawn(async move { lifecycle.stay_alive(stopping).await }))
}

pub(super) fn open_logs(config: &KafkaConfig) -> Result<LogManager, StartupError> {
    let mut log_config = LogManagerConfig::new(config.log_dirs.clone());
    log_config.defaults = config.log.clone();
    log_config.recovery_threads_per_dir = config.num_recovery_threads_per_data_dir.unsigned_abs() as usize;
    log_config.producer_expiration_ms = i64::from(config.producer_id_expiration_ms);
    let (logs, report) =
        LogManager::open(log_config, Arc::new(OsFileSystem), Arc::new(kedge_log::SystemClock), Box::new(random_uuid))?;
    for (dir, problem) in &report.offline_dirs {
        warn!(dir = %dir.display(), problem, "[LogManager] log directory is offline");
    }
    info!(
        partitions = report.partitions_count,
        segments_scanned = report.segments_scanned,
        bytes_truncated = report.bytes_truncated,
        "[LogManager] logs opened"
    );
    Ok(logs)
}

/// What this process declares: listeners as advertised, with the real port where 0 was asked for.
pub(super) fn registration(
    config: &KafkaConfig,
    sockets: &[(&ListenerConfig, TcpListener)],
    directories: Vec<Uuid>,
) -> Registration {
    let listeners = config.advertised_listeners.iter().map(|advertised| {
        let bound = sockets.iter().find(|(listener, _)| listener.name == advertised.name);
        let bound_port = bound.and_then(|(_, socket)| socket.local_addr().ok()).map(|address| address.port());
        Endpoint {
            listener_name: advertised.name.clone(),
            host: advertised.host.clone(),
            port: if advertised.port == 0 { bound_port.unwrap_or(0) } else { advertised.port },
            security_protocol: advertised.security_protocol as i16,
        }
    });
    let metadata_versions = (MetadataVersion::MIN.feature_level(), MetadataVersion::LATEST.feature_level());
    Registration {
        broker: BrokerRegistration {
            broker_id: config.node_id,
            broker_epoch: BrokerEpoch::UNKNOWN_VALUE,
            incarnation_id: random_uuid(),
            listeners: listeners.collect(),
            features: BTreeMap::from([(METADATA_VERSION_FEATURE.to_owned(), metadata_versions)]),
            rack: config.broker_rack.clone(),
            fenced: true,
            in_controlled_shutdown: false,
            is_migrating_zk_broker: false,
            directories,
        },
        jmx_port: -1,
    }
}
