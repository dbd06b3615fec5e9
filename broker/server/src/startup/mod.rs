//! The composition root: where a node's parts are put together and taken apart. Beside it only the tools under
//! [`crate::cli`] name a concrete metadata store.

mod admin;
mod broker;
mod controller;
mod migration;
mod registration;
mod zookeeper;

use std::{future::Future, sync::Arc, time::Duration};

use kedge_log::{MetaProperties, OsFileSystem};
use kedge_protocol::Uuid;
use tokio::net::TcpListener;
use tracing::info;

use self::{broker::RunningBroker, controller::RunningController};
use crate::{
    admin_http::RunningAdmin,
    bootstrap::BootstrapError,
    clock::{SharedClock, SystemClock},
    config::{KafkaConfig, ListenerConfig},
    context::{AllowAll, SecurityProtocol},
    dispatch::ApiTable,
    lifecycle::{BrokerState, LifecycleError},
    metrics::RequestMetrics,
    network::{
        connection::FrameBudget,
        listener::{self, Census, ListenerShared, RunningListener},
    },
    random::random_uuid,
    settings,
};

/// How long requests in work may take when a listener stops.
const LISTENER_GRACE: Duration = Duration::from_secs(2);

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// A log directory is not ours, not formatted, or cannot be used.
    #[error(transparent)]
    Log(#[from] kedge_log::LogError),
    /// A directory without `meta.properties`.
    #[error(
        "No readable meta.properties files found. {0} is not formatted: run kedge storage format, or kafka-storage.sh format, once on each node"
    )]
    NotFormatted(String),
    /// A directory cannot be made.
    #[error("directory {dir} cannot be made: {source}")]
    Directory {
        /// The directory.
        dir: String,
        /// Why.
        source: std::io::Error,
    },
    /// A listener cannot be bound.
    #[error("listener {listener} cannot be bound to {address}: {source}")]
    Bind {
        /// Listener name.
        listener: String,
        /// Where.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// `bootstrap.checkpoint`.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// The metadata quorum's storage.
    #[error(transparent)]
    Raft(#[from] kedge_raft::StartError),
    /// Registration.
    #[error(transparent)]
    Lifecycle(#[from] LifecycleError),
    /// Something this version does not do.
    #[error("{0}")]
    Unsupported(String),
}

/// What both roles of a node share.
struct Common {
    clock: SharedClock,
    budget: FrameBudget,
    requests: Arc<RequestMetrics>,
    /// Connections of the broker's listeners, and of the controller's: clients must not use up what voters need.
    broker_census: Arc<Census>,
    controller_census: Arc<Census>,
}

/// A running node.
pub struct Node {
    config: Arc<KafkaConfig>,
    broker: Option<RunningBroker>,
    controller: Option<RunningController>,
    /// Kept while the node runs; the port closes with it.
    _admin: Option<RunningAdmin>,
}

/// Starts a node, serves until `stop` is done, then stops it in order.
pub async fn run(config: KafkaConfig, stop: impl Future<Output = ()>) -> Result<(), StartupError> {
    let node = start(config).await?;
    stop.await;
    info!("[KafkaServer id={}] shutting down", node.config.node_id);
    node.shut_down().await;
    Ok(())
}

/// Starts the roles that `process.roles` names.
pub async fn start(config: KafkaConfig) -> Result<Node, StartupError> {
    let config = Arc::new(config);
    let common = Common {
        clock: Arc::new(SystemClock),
        budget: FrameBudget::new(settings::frame_budget_kib(&config)),
        requests: Arc::default(),
        broker_census: Arc::default(),
        controller_census: Arc::default(),
    };
    if config.format_on_first_start {
        format_if_empty(&config)?;
    }
    let roles = config.process_roles;
    if !config.is_kraft() {
        let broker = zookeeper::start(&config, &common).await?;
        info!("[KafkaServer id={}] Kafka Server started", config.node_id);
        let cluster_id = broker.services.cluster_id.clone();
        let admin = admin::start(&config, &cluster_id, &common, Some(&broker), None).await?;
        return Ok(Node { config, broker: Some(broker), controller: None, _admin: admin });
    }
    let cluster_id = cluster_id(&config)?;
    let controller = match roles.controller {
        true => Some(controller::start(&config, &cluster_id, &common).await?),
        false => None,
    };
    let broker = match roles.broker {
        true => Some(broker::start(&config, &cluster_id, &common).await?),
        false => None,
    };
    // Wrapper scripts and ducktape wait for `Kafka\s*Server.*started`.
    info!("[KafkaServer id={}] Kafka Server started", config.node_id);
    let admin = admin::start(&config, &cluster_id, &common, broker.as_ref(), controller.as_ref()).await?;
    Ok(Node { config, broker, controller, _admin: admin })
}

impl Node {
    /// Brokers first hand leaderships over, then stop serving; the controller goes last.
    pub async fn shut_down(self) {
        if let Some(broker) = self.broker {
            // Nobody listening means the heartbeats have ended already.
            let _ = broker.stop.send(true);
            let _ = broker.heartbeats.await;
            if self.config.controlled_shutdown_enable {
                broker.lifecycle.shut_down(settings::controlled_shutdown_patience(&self.config)).await;
            }
            for listener in broker.listeners {
                listener.stop(LISTENER_GRACE).await;
            }
            broker.publisher.abort();
            broker.services.groups.shutdown();
            broker.services.replicas.shutdown().await;
            if let Some(zookeeper) = broker.zookeeper {
                zookeeper.stop().await;
            }
            broker.lifecycle.state.send_replace(BrokerState::NotRunning);
        }
        if let Some(controller) = self.controller {
            controller.listener.stop(LISTENER_GRACE).await;
            controller.raft.shutdown().await;
        }
        info!("[KafkaServer id={}] shut down completed", self.config.node_id);
    }

    /// Where the broker listens, by listener name.
    pub fn bound_ports(&self) -> Vec<std::net::SocketAddr> {
        self.broker.iter().flat_map(|broker| &broker.listeners).map(|listener| listener.local_address).collect()
    }
}

/// A node without a file formats itself: a fresh cluster of its own, in directories that hold nothing yet.
fn format_if_empty(config: &KafkaConfig) -> Result<(), StartupError> {
    let cluster_id = random_uuid().to_string();
    for dir in settings::all_dirs(config) {
        if MetaProperties::read(&OsFileSystem, &dir)?.is_some() {
            return Ok(());
        }
    }
    for dir in settings::all_dirs(config) {
        std::fs::create_dir_all(&dir)
            .map_err(|source| StartupError::Directory { dir: dir.display().to_string(), source })?;
        let properties = MetaProperties {
            format_version: 1,
            cluster_id: Some(cluster_id.clone()),
            node_id: Some(config.node_id),
            directory_id: Some(random_uuid()),
        };
        properties.write(&OsFileSystem, &dir)?;
    }
    info!(cluster_id, "[Storage] formatted a new cluster of one node");
    Ok(())
}

/// The cluster id all log directories agree on; unformatted ones are refused, as Apache does in KRaft mode.
fn cluster_id(config: &KafkaConfig) -> Result<String, StartupError> {
    let mut found = Vec::new();
    for dir in settings::all_dirs(config) {
        let properties = MetaProperties::read(&OsFileSystem, &dir)?
            .ok_or_else(|| StartupError::NotFormatted(dir.display().to_string()))?;
        found.push((dir, properties));
    }
    kedge_log::verify_meta_properties(&found, None, Some(config.node_id))?;
    let cluster_id = found.into_iter().find_map(|(_, properties)| properties.cluster_id);
    cluster_id.ok_or_else(|| StartupError::NotFormatted(config.metadata_log_dir.display().to_string()))
}

async fn bind(listener: &ListenerConfig, config: &KafkaConfig) -> Result<TcpListener, StartupError> {
    let address = match listener.host.is_empty() {
        true => format!("0.0.0.0:{}", listener.port),
        false => listener.address(),
    };
    listener::bind(&address, settings::socket_options(config)).await.map_err(|source| StartupError::Bind {
        listener: listener.name.clone(),
        address,
        source,
    })
}

fn serve(
    socket: TcpListener,
    listener: &ListenerConfig,
    apis: ApiTable,
    config: &KafkaConfig,
    common: &Common,
) -> Result<RunningListener, StartupError> {
    if listener.security_protocol != SecurityProtocol::Plaintext {
        return Err(StartupError::Unsupported(format!(
            "listener {}: only PLAINTEXT is served yet, not {:?}",
            listener.name, listener.security_protocol
        )));
    }
    let is_controller = config.controller_listener_names.contains(&listener.name);
    let has_clients_elsewhere = settings::broker_listeners(config).count() > 1;
    let shared = ListenerShared {
        census: if is_controller { common.controller_census.clone() } else { common.broker_census.clone() },
        is_protected: has_clients_elsewhere && listener.name == config.inter_broker_listener_name,
        listener_name: listener.name.as_str().into(),
        security_protocol: listener.security_protocol,
        apis,
        limits: settings::connection_limits(config),
        budget: common.budget.clone(),
        requests: common.requests.clone(),
        clock: common.clock.clone(),
        authorizer: Arc::new(AllowAll),
    };
    listener::start(socket, shared).map_err(|source| StartupError::Bind {
        listener: listener.name.clone(),
        address: format!("{}:{}", listener.host, listener.port),
        source,
    })
}

fn directory_id(config: &KafkaConfig) -> Result<Uuid, StartupError> {
    let properties = MetaProperties::read(&OsFileSystem, &config.metadata_log_dir)?;
    Ok(properties.and_then(|properties| properties.directory_id).unwrap_or(Uuid::ZERO))
}
