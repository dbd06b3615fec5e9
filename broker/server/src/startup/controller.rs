//! The controller role: the Raft node, the controller runtime on it, and the controller listener.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{BufMut, Bytes, BytesMut};
use kedge_controller::Settings;
use kedge_metadata_state::BrokerId;
use kedge_protocol::{ApiKey, ErrorCode, Uuid};
use kedge_raft::{
    FetchAsk, FetchVerdict, MetadataLog, OffsetAndEpoch, RaftNode, RaftNodeConfig, RaftRpc, RaftTransport, Retention,
    Timeouts, TransportError,
};
use tokio::sync::Mutex;
use tracing::{info, warn};

use super::{Common, StartupError, bind, directory_id, migration, registration, serve};
use crate::{
    api::features,
    bootstrap,
    client::NodeConnection,
    config::KafkaConfig,
    controller_api::{
        self, ControllerNode,
        quorum::{MetadataFetch, MetadataFetchAnswer, Quorum, QuorumView, ReplicaProgress},
    },
    controller_runtime::{self, ControllerConfig},
    metadata_source::SnapshotId,
    network::listener::RunningListener,
    node_api::NODE_API,
    random::{random_seed, random_uuid},
    settings,
};

/// Raft RPCs ride the controller listener under this key, which ApiVersions never lists. A body is one byte that says
/// which RPC, then the RPC.
const RAFT_RPC_API: ApiKey = ApiKey(32_000);

/// A running controller.
pub(super) struct RunningController {
    pub(super) raft: RaftNode,
    pub(super) listener: RunningListener,
    pub(super) answering: Arc<migration::ControllerNodeApi>,
}

pub(super) async fn start(
    config: &Arc<KafkaConfig>,
    cluster_id: &str,
    common: &Common,
) -> Result<RunningController, StartupError> {
    let listener = settings::controller_listener(config).ok_or_else(|| {
        StartupError::Unsupported("controller.listener.names: its first name is not among the listeners".to_owned())
    })?;
    let socket = bind(listener, config).await?;
    let transport = Arc::new(TcpTransport::new(config));
    let mut raft_config = RaftNodeConfig::new(
        config.node_id,
        config.controller_quorum_voters.keys().copied(),
        &config.metadata_log_dir,
        cluster_id,
    );
    raft_config.snapshot_interval_bytes = config.metadata_log_max_record_bytes_between_snapshots.unsigned_abs();
    raft_config.snapshot_interval_ms = config.metadata_log_max_snapshot_interval_ms;
    raft_config.retention = Retention {
        segment_size_bytes_max: u64::from(config.metadata_log_segment_bytes.unsigned_abs()),
        // A negative size is no bound.
        retention_size_bytes_max: u64::try_from(config.metadata_max_retention_bytes).unwrap_or(u64::MAX),
    };
    raft_config.timeouts = Timeouts::from_kafka(
        settings::millis(config.controller_quorum_election_timeout_ms),
        settings::millis(config.controller_quorum_fetch_timeout_ms),
    );
    let raft_clock = common.clock.clone();
    let raft = RaftNode::start(raft_config, transport, Arc::new(move || raft_clock.now_ms())).await?;
    let (feed_sender, feed) = kedge_migration::runtime::ports::feed();
    let handle = controller_runtime::start(ControllerConfig {
        store: Arc::new(raft.store()),
        node_id: config.node_id,
        settings: Settings {
            bootstrap_metadata_version: bootstrap::metadata_version(&config.metadata_log_dir)?,
            ..settings::controller_settings(config, cluster_id)
        },
        rebalance_interval: Duration::from_secs(config.leader_imbalance_check_interval_seconds.unsigned_abs()),
        max_idle_interval: settings::millis(config.metadata_max_idle_interval_ms),
        clock: common.clock.clone(),
        seed: random_seed(),
        listener: Arc::new(migration::FeedListener(feed_sender)),
    });
    let migration =
        migration::is_enabled(config).then(|| migration::start(config, cluster_id, common, &raft, &handle, feed));
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
    let answering = Arc::new(migration::ControllerNodeApi {
        node_id: config.node_id,
        is_broker: config.process_roles.broker,
        cluster_id: cluster_id.to_owned(),
        started_ms: common.clock.now_ms(),
        voters: config.controller_quorum_voters.clone(),
        raft: raft.clone(),
        migration,
    });
    let asked = answering.clone();
    apis.serve_private(NODE_API, move |_context, body| {
        let answering = asked.clone();
        async move { answering.answer(&body).await }
    });
    let (log, is_migration_ready) = (raft.metadata_log().clone(), migration::is_enabled(config));
    apis.report_features(Box::new(move |response| {
        features::fill(response, &log.image(), log.high_watermark() - 1);
        response.zk_migration_ready = is_migration_ready;
    }));
    let own = registration::own(config, listener, random_uuid());
    let listener = serve(socket, listener, apis, config, common)?;
    tokio::spawn(registration::keep_registered(config.clone(), raft.clone(), own));
    info!(node_id = config.node_id, address = %listener.local_address, "[ControllerServer id={}] started", config.node_id);
    Ok(RunningController { raft, listener, answering })
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
