//! The composition root: the only place that names a concrete metadata store, and where a node's parts are put together
//! and taken apart.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{BufMut, Bytes, BytesMut};
use kedge_log::{LogManager, LogManagerConfig, MetaProperties, OsFileSystem};
use kedge_metadata_state::{
    Authority, BrokerEpoch, BrokerId, Dialect, Image, MetadataVersion,
    image::{BrokerRegistration, Endpoint},
    metadata_version::METADATA_VERSION_FEATURE,
};
use kedge_metadata_store::Registration;
use kedge_protocol::{ApiKey, ErrorCode, Uuid};
use kedge_raft::{
    FetchAsk, FetchVerdict, MetadataLog, OffsetAndEpoch, RaftNode, RaftNodeConfig, RaftRpc, RaftTransport,
    TransportError,
};
use tokio::{
    net::TcpListener,
    sync::{Mutex, watch},
    task::JoinHandle,
};
use tracing::{info, warn};

use crate::{
    admin_http::{self, Admin, Health, RunningAdmin},
    api,
    client::NodeConnection,
    clock::{SharedClock, SystemClock},
    config::{KafkaConfig, ListenerConfig},
    context::{AllowAll, SecurityProtocol},
    controller_api::{
        self, ControllerNode,
        quorum::{MetadataFetch, MetadataFetchAnswer, Quorum, QuorumView, ReplicaProgress},
    },
    controller_link::kraft::KRaftLink,
    controller_runtime::{self, ControllerConfig, NobodyToTell},
    dispatch::ApiTable,
    group_coordinator::GroupCoordinator,
    lifecycle::{BrokerState, Lifecycle, LifecycleError},
    limits,
    metadata_publisher::Publisher,
    metadata_source::{
        SnapshotId, SourceStamp,
        log::{LogSource, ObserverConfig},
    },
    metrics::{self, Registry, RequestMetrics},
    network::{
        connection::FrameBudget,
        listener::{self, ListenerShared, RunningListener},
    },
    producer_ids::ProducerIds,
    random::{random_seed, random_uuid},
    replica::ReplicaManager,
    services::{Broker, ImageCell, LinkCell, Linked, Published},
    settings,
};

/// Raft RPCs ride the controller listener under this key, which ApiVersions never lists. A body is one byte that says
/// which RPC, then the RPC.
const RAFT_RPC_API: ApiKey = ApiKey(32_000);
/// How long leaderships may take to be handed over (three tries of five seconds, as Kafka in ZooKeeper mode).
const CONTROLLED_SHUTDOWN_PATIENCE: Duration = Duration::from_secs(15);
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
        "no `meta.properties` found in {0} (have you run `kafka-storage.sh`, or `kedge storage format`, to format the directory?)"
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
}

/// A running node.
pub struct Node {
    config: Arc<KafkaConfig>,
    broker: Option<RunningBroker>,
    controller: Option<RunningController>,
    /// Kept while the node runs; the port closes with it.
    _admin: Option<RunningAdmin>,
}

struct RunningController {
    raft: RaftNode,
    listener: RunningListener,
}

struct RunningBroker {
    services: Arc<Broker>,
    lifecycle: Arc<Lifecycle>,
    listeners: Vec<RunningListener>,
    stop: watch::Sender<bool>,
    heartbeats: JoinHandle<()>,
    publisher: JoinHandle<()>,
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
    let roles = config.process_roles;
    if !roles.broker && !roles.controller {
        return Err(StartupError::Unsupported(
            "process.roles: this build of Kedge does not serve in ZooKeeper mode yet; set process.roles".to_owned(),
        ));
    }
    let config = Arc::new(config);
    let common = Common {
        clock: Arc::new(SystemClock),
        budget: FrameBudget::new(limits::FRAME_BUDGET_KIB),
        requests: Arc::default(),
    };
    if config.format_on_first_start {
        format_if_empty(&config)?;
    }
    let cluster_id = cluster_id(&config)?;
    let controller = match roles.controller {
        true => Some(start_controller(&config, &cluster_id, &common).await?),
        false => None,
    };
    let broker = match roles.broker {
        true => Some(start_broker(&config, &cluster_id, &common).await?),
        false => None,
    };
    // Wrapper scripts and ducktape wait for `Kafka\s*Server.*started`.
    info!("[KafkaServer id={}] Kafka Server started", config.node_id);
    let admin = start_admin(&config, &cluster_id, &common, broker.as_ref(), controller.as_ref()).await?;
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
                broker.lifecycle.shut_down(CONTROLLED_SHUTDOWN_PATIENCE).await;
            }
            for listener in broker.listeners {
                listener.stop(LISTENER_GRACE).await;
            }
            broker.publisher.abort();
            broker.services.replicas.shutdown().await;
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

fn directory_id(config: &KafkaConfig) -> Result<Uuid, StartupError> {
    let properties = MetaProperties::read(&OsFileSystem, &config.metadata_log_dir)?;
    Ok(properties.and_then(|properties| properties.directory_id).unwrap_or(Uuid::ZERO))
}

async fn bind(listener: &ListenerConfig) -> Result<TcpListener, StartupError> {
    let address = match listener.host.is_empty() {
        true => format!("0.0.0.0:{}", listener.port),
        false => listener.address(),
    };
    TcpListener::bind(&address).await.map_err(|source| StartupError::Bind {
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
    let shared = ListenerShared {
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

/// `/metrics`, `/healthz` and the probes of `kedge.admin.listen`.
async fn start_admin(
    config: &KafkaConfig,
    cluster_id: &str,
    common: &Common,
    broker: Option<&RunningBroker>,
    controller: Option<&RunningController>,
) -> Result<Option<RunningAdmin>, StartupError> {
    let Some(listen) = config.admin_listen else { return Ok(None) };
    let registry = Registry::new();
    registry.add(metrics::collect_process);
    let requests = common.requests.clone();
    registry.add(move |page| requests.collect(page));
    let log = controller.map(|controller| controller.raft.metadata_log().clone());
    let mut health: Box<dyn Fn() -> Health + Send + Sync> =
        Box::new(|| Health { broker_state: 127, is_ready: true, reason: "controller".to_owned() });
    if let Some(broker) = broker {
        let (services, lifecycle) = (broker.services.clone(), broker.lifecycle.clone());
        let (broker_id, cluster_id) = (config.node_id, cluster_id.to_owned());
        registry.add(move |page| {
            let is_active = log.as_ref().is_some_and(MetadataLog::is_raft_leader);
            metrics::collect_controller(&services.image.load().image, is_active, page);
            metrics::collect_broker(broker_id, &cluster_id, *lifecycle.state.borrow() as u8, page);
            metrics::collect_replicas(services.replicas.metrics(), services.replicas.gauges(), page);
        });
        let lifecycle = broker.lifecycle.clone();
        health = Box::new(move || {
            let state = *lifecycle.state.borrow();
            Health {
                broker_state: state as u8,
                is_ready: state == BrokerState::Running,
                reason: format!("{state:?}").to_lowercase(),
            }
        });
    }
    let admin = Arc::new(Admin { registry: Arc::new(registry), health });
    admin_http::start(listen, admin).await.map_err(|source| StartupError::Bind {
        listener: "kedge.admin.listen".to_owned(),
        address: listen.address.to_string(),
        source,
    })
}

// ---- the controller role ----------------------------------------------------------------------------------------------

async fn start_controller(
    config: &Arc<KafkaConfig>,
    cluster_id: &str,
    common: &Common,
) -> Result<RunningController, StartupError> {
    let listener = settings::controller_listener(config).ok_or_else(|| {
        StartupError::Unsupported("controller.listener.names: its first name is not among the listeners".to_owned())
    })?;
    let socket = bind(listener).await?;
    let transport = Arc::new(TcpTransport::new(config));
    let mut raft_config = RaftNodeConfig::new(
        config.node_id,
        config.controller_quorum_voters.keys().copied(),
        &config.metadata_log_dir,
        cluster_id,
    );
    raft_config.snapshot_interval_bytes = config.metadata_log_max_record_bytes_between_snapshots.unsigned_abs();
    raft_config.snapshot_interval_ms = config.metadata_log_max_snapshot_interval_ms;
    raft_config.timeouts.election_min = settings::millis(config.controller_quorum_election_timeout_ms);
    raft_config.timeouts.election_max = settings::millis(
        config.controller_quorum_election_timeout_ms.saturating_add(config.controller_quorum_election_backoff_max_ms),
    );
    let raft_clock = common.clock.clone();
    let raft = RaftNode::start(raft_config, transport, Arc::new(move || raft_clock.now_ms())).await?;
    let handle = controller_runtime::start(ControllerConfig {
        store: Arc::new(raft.store()),
        node_id: config.node_id,
        settings: settings::controller_settings(config, cluster_id),
        rebalance_interval: Duration::from_secs(config.leader_imbalance_check_interval_seconds.unsigned_abs()),
        clock: common.clock.clone(),
        seed: random_seed(),
        listener: Arc::new(NobodyToTell),
    });
    let controller = Arc::new(ControllerNode { node_id: config.node_id, cluster_id: cluster_id.to_owned(), handle });
    let quorum: Arc<dyn Quorum> = Arc::new(RaftQuorum {
        log: raft.metadata_log().clone(),
        cluster_id: cluster_id.to_owned(),
        listener_name: listener.name.clone(),
        voters: config.controller_quorum_voters.clone(),
        own: (config.node_id, directory_id(config)?),
    });
    let mut apis = controller_api::controller_apis(&controller, &quorum);
    let node = raft.clone();
    apis.serve_private(RAFT_RPC_API, move |_context, body| {
        let node = node.clone();
        async move { handle_raft_rpc(node, body).await }
    });
    let listener = serve(socket, listener, apis, config, common)?;
    info!(node_id = config.node_id, address = %listener.local_address, "[ControllerServer id={}] started", config.node_id);
    Ok(RunningController { raft, listener })
}

async fn handle_raft_rpc(node: RaftNode, body: Bytes) -> Result<Bytes, String> {
    let rpc = match body.first() {
        Some(0) => RaftRpc::Append,
        Some(1) => RaftRpc::Vote,
        Some(2) => RaftRpc::Snapshot,
        kind => return Err(format!("Raft RPC of unknown kind {kind:?}")),
    };
    Ok(node.handle_rpc(rpc, body.slice(1..)).await)
}

/// Raft between controllers: one connection per voter and kind, so that a heartbeat never waits behind a snapshot.
struct TcpTransport {
    client_id: String,
    voters: BTreeMap<BrokerId, String>,
    connections: BTreeMap<(BrokerId, RaftRpc), Mutex<Option<NodeConnection>>>,
}

impl TcpTransport {
    fn new(config: &KafkaConfig) -> TcpTransport {
        let voters = config.controller_quorum_voters.clone();
        let kinds = [RaftRpc::Append, RaftRpc::Vote, RaftRpc::Snapshot];
        let ways = voters.keys().flat_map(|voter| kinds.map(|kind| ((*voter, kind), Mutex::new(None))));
        TcpTransport { client_id: format!("raft-{}", config.node_id), connections: ways.collect(), voters }
    }
}

#[async_trait]
impl RaftTransport for TcpTransport {
    async fn call(
        &self,
        target: i32,
        rpc: RaftRpc,
        request: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, TransportError> {
        let unreachable = |problem: String| TransportError::Unreachable { target, problem };
        let (Some(address), Some(way)) = (self.voters.get(&target), self.connections.get(&(target, rpc))) else {
            return Err(unreachable("not in controller.quorum.voters".to_owned()));
        };
        let mut body = BytesMut::with_capacity(1 + request.len());
        body.put_u8(match rpc {
            RaftRpc::Append => 0,
            RaftRpc::Vote => 1,
            RaftRpc::Snapshot => 2,
        });
        body.extend_from_slice(&request);
        let mut way = way.lock().await;
        // Taken out: a call that is dropped half-way leaves no connection whose next answer is another one's.
        let mut connection = match way.take() {
            Some(connection) => connection,
            None => NodeConnection::connect(address, &self.client_id, timeout)
                .await
                .map_err(|error| unreachable(error.to_string()))?,
        };
        match connection.exchange(RAFT_RPC_API, 0, body.freeze(), timeout).await {
            Ok(mut answer) => {
                *way = Some(connection);
                Ok(answer.take_rest())
            }
            Err(crate::client::ClientError::TimedOut(timeout)) => Err(TransportError::TimedOut { target, timeout }),
            Err(error) => Err(unreachable(error.to_string())),
        }
    }
}

/// The Raft node behind the handlers' view of it.
struct RaftQuorum {
    log: MetadataLog,
    cluster_id: String,
    listener_name: String,
    voters: BTreeMap<BrokerId, String>,
    own: (BrokerId, Uuid),
}

impl std::fmt::Debug for RaftQuorum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RaftQuorum").field("voters", &self.voters).finish_non_exhaustive()
    }
}

fn quorum_view(state: kedge_raft::FetchState) -> QuorumView {
    QuorumView {
        leader_id: state.leader.leader_id,
        leader_epoch: state.leader.leader_epoch,
        high_watermark: state.high_watermark,
        log_start_offset: state.log_start_offset,
    }
}

#[async_trait]
impl Quorum for RaftQuorum {
    fn fetch(&self, fetch: MetadataFetch, max_bytes: usize) -> (MetadataFetchAnswer, QuorumView) {
        let ask = FetchAsk {
            current_leader_epoch: fetch.current_leader_epoch,
            fetch_offset: fetch.fetch_offset,
            last_fetched_epoch: fetch.last_fetched_epoch,
            max_wait_ms: fetch.max_wait_ms,
        };
        let (verdict, state) = self.log.fetch_verdict(ask);
        let answer = match verdict {
            FetchVerdict::Error(error) => MetadataFetchAnswer::Refused(error),
            FetchVerdict::Snapshot(id) => {
                MetadataFetchAnswer::Snapshot(SnapshotId { end_offset: id.end_offset, leader_epoch: id.leader_epoch })
            }
            FetchVerdict::Diverging(end) => {
                MetadataFetchAnswer::Diverging { leader_epoch: end.leader_epoch, end_offset: end.end_offset }
            }
            FetchVerdict::Records => {
                if fetch.replica_id >= 0 {
                    self.log.on_observer_fetch(fetch.replica_id, fetch.fetch_offset);
                }
                match self.log.read(fetch.fetch_offset, max_bytes) {
                    Ok(records) => MetadataFetchAnswer::Records(records),
                    Err(error) => {
                        warn!(%error, fetch_offset = fetch.fetch_offset, "the metadata log cannot be read");
                        MetadataFetchAnswer::Refused(ErrorCode::UNKNOWN_SERVER_ERROR)
                    }
                }
            }
        };
        (answer, quorum_view(state))
    }

    async fn wait_beyond(&self, offset: i64, patience: Duration) {
        self.log.wait_for_growth(offset, patience).await;
    }

    fn read_snapshot(
        &self,
        current_leader_epoch: i32,
        snapshot_id: SnapshotId,
        position: i64,
        max_bytes: usize,
    ) -> (Result<(u64, Bytes), ErrorCode>, QuorumView) {
        let id = OffsetAndEpoch { end_offset: snapshot_id.end_offset, leader_epoch: snapshot_id.leader_epoch };
        match self.log.read_snapshot(current_leader_epoch, id, position, max_bytes) {
            Ok((piece, state)) => (piece.map(|chunk| (chunk.size_bytes, chunk.bytes)), quorum_view(state)),
            Err(error) => {
                warn!(%error, ?snapshot_id, "a metadata snapshot cannot be read");
                (Err(ErrorCode::SNAPSHOT_NOT_FOUND), self.describe().0)
            }
        }
    }

    fn describe(&self) -> (QuorumView, Vec<ReplicaProgress>, Vec<ReplicaProgress>) {
        let described = self.log.describe_quorum();
        let view = QuorumView {
            leader_id: described.leader.leader_id,
            leader_epoch: described.leader.leader_epoch,
            high_watermark: described.high_watermark,
            log_start_offset: self.log.log_start_offset(),
        };
        let (own_id, own_directory) = self.own;
        let progress = |replica: kedge_raft::observers::ReplicaProgress| ReplicaProgress {
            directory_id: if replica.replica_id == own_id { own_directory } else { Uuid::ZERO },
            replica_id: replica.replica_id,
            log_end_offset: replica.log_end_offset,
            last_fetch_ms: replica.last_fetch_timestamp_ms,
            last_caught_up_ms: replica.last_caught_up_timestamp_ms,
        };
        let voters = described.voters.into_iter().map(progress).collect();
        (view, voters, described.observers.into_iter().map(progress).collect())
    }

    fn endpoint(&self, node_id: BrokerId) -> Option<(String, String, u16)> {
        let (host, port) = self.voters.get(&node_id)?.rsplit_once(':')?;
        Some((self.listener_name.clone(), host.to_owned(), port.parse().ok()?))
    }

    fn voters(&self) -> Vec<BrokerId> {
        self.voters.keys().copied().collect()
    }

    fn cluster_id(&self) -> &str {
        &self.cluster_id
    }
}

// ---- the broker role --------------------------------------------------------------------------------------------------

async fn start_broker(
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
        )),
        broker_epoch: BrokerEpoch { authority: Authority::KRaft, value: BrokerEpoch::UNKNOWN_VALUE },
    }));
    let image = Arc::new(ImageCell::new(Published {
        image: Arc::new(Image::empty(Dialect::kraft(MetadataVersion::LATEST))),
        stamp: SourceStamp { authority: Authority::KRaft, controller_epoch: 0, metadata_offset: -1 },
    }));
    let mut sockets = Vec::new();
    for listener in settings::broker_listeners(config) {
        sockets.push((listener, bind(listener).await?));
    }
    let replicas =
        ReplicaManager::new(config.clone(), Arc::new(logs), image.clone(), link.clone(), common.clock.clone());
    let groups = GroupCoordinator::new(config.clone(), replicas.clone(), common.clock.clone());
    let services = Arc::new(Broker {
        broker_id: config.node_id,
        cluster_id: cluster_id.to_owned(),
        config: config.clone(),
        image: image.clone(),
        link: link.clone(),
        replicas: replicas.clone(),
        groups: groups.clone(),
        producer_ids: ProducerIds::default(),
        clock: common.clock.clone(),
    });
    let (is_loaded, mut loaded) = watch::channel(false);
    let publisher = Publisher { broker_id: config.node_id, image: image.clone(), replicas, groups, is_loaded };
    let publisher = tokio::spawn(publisher.follow(Box::new(source)));
    let lifecycle = Arc::new(Lifecycle {
        link,
        image,
        heartbeat_interval: settings::millis(config.broker_heartbeat_interval_ms),
        registration_timeout: settings::millis(config.initial_broker_registration_timeout_ms),
        state: watch::Sender::new(BrokerState::NotRunning),
    });
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
    let (stop, stopping) = watch::channel(false);
    let heartbeats = tokio::spawn({
        let lifecycle = lifecycle.clone();
        async move { lifecycle.stay_alive(stopping).await }
    });
    Ok(RunningBroker { services, lifecycle, listeners, stop, heartbeats, publisher })
}

fn open_logs(config: &KafkaConfig) -> Result<LogManager, StartupError> {
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
fn registration(
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
