//! The move on a controller: the runtime of `kedge_migration` on the Raft node, the ZooKeeper mirror and the brokers' listeners;
//! and what a controller answers under the node API.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use kedge_metadata_state::{BrokerId, Image, MetadataVersion, Record, TimestampMs, Touched};
use kedge_metadata_store::{ClaimError, Held, KRaftEpoch, Position};
use kedge_migration::{
    codes,
    decide::{CommitReply, Settings},
    node_api::{MigrationStatus, NodeDescription, NodeReply, NodeRequest},
    readiness::{Findings, Problem, QuorumFindings},
    runtime::{
        self, IdleNode, MigrationConfig, MigrationHandle,
        ports::{Described, Feed, FeedSender, FleetPort, Ports, QuorumPort, SecondReader},
    },
    verify::TreeSummary,
};
use kedge_raft::RaftNode;
use kedge_zookeeper::{Ensemble, ZooKeeperMirror, store::can_hold};
use tokio::{sync::watch, task::JoinSet};
use tracing::error;

use super::Common;
use crate::{
    cli::migrate::tree,
    config::KafkaConfig,
    controller_runtime::{CommitListener, ControllerHandle, DriverCommit},
    crash_points,
    metrics::MigrationView,
    node_api::{self, KEDGE_VERSION},
    settings,
};

/// How long a broker is waited for when it is asked who it is.
const DESCRIBE_PATIENCE: Duration = Duration::from_secs(2);
/// How long a take-over may last: a connection, a read of every `state` znode, a multi. Nobody decides meanwhile.
const TAKE_OVER_PATIENCE: Duration = Duration::from_secs(10);
/// How long the second reader tries.
const TREE_PATIENCE: Duration = Duration::from_secs(20);

/// Feeds the move from the controller runtime.
#[derive(Debug)]
pub(super) struct FeedListener(pub(super) FeedSender);

impl CommitListener for FeedListener {
    fn activated(&self, controller_epoch: i32, image: &Arc<Image>, position: Position) {
        self.0.activated(KRaftEpoch(controller_epoch), image, position);
    }

    fn committed(&self, _before: &Arc<Image>, after: &Arc<Image>, _touched: &Touched, position: Position) {
        self.0.committed(after, position);
    }

    fn resigned(&self) {
        self.0.resigned();
    }
}

/// Whether this controller drives a move: `zookeeper.metadata.migration.enable` with `zookeeper.connect`.
pub(super) fn is_enabled(config: &KafkaConfig) -> bool {
    config.zookeeper_metadata_migration_enable && config.zookeeper_connect.is_some()
}

/// Starts the runtime; it drives whenever this node's controller rules.
pub(super) fn start(
    config: &Arc<KafkaConfig>,
    cluster_id: &str,
    common: &Common,
    raft: &RaftNode,
    handle: &ControllerHandle,
    feed: watch::Receiver<Feed>,
) -> MigrationHandle {
    let connect = config.zookeeper_connect.clone().unwrap_or_default();
    let session_timeout = settings::millis(config.zookeeper_session_timeout_ms);
    let ensemble = Ensemble { connect: connect.clone(), session_timeout };
    let clock = common.clock.clone();
    let ports = Ports {
        quorum: Arc::new(RaftQuorumPort {
            handle: handle.clone(),
            raft: raft.clone(),
            voters: config.controller_quorum_voters.clone(),
        }),
        mirror: Arc::new(ZooKeeperMirror::new(Arc::new(ensemble))),
        fleet: Arc::new(Brokers),
        second_reader: Arc::new(TreeReader { connect }),
        clock: Arc::new(move || clock.now_ms()),
        crash: Arc::new(crash_points::hit),
    };
    let (handle, task) = runtime::start(MigrationConfig {
        cluster_id: cluster_id.to_owned(),
        settings: Settings::new(config.node_id, |record| can_hold(record) != Held::No),
        ports,
        feed,
    });
    tokio::spawn(async move {
        if task.await.is_err_and(|error| error.is_panic()) {
            // The driver met what must not be lived with: frozen for ever, or two controllers. Another voter takes over.
            error!(
                "[Migration] the driver stopped at an impossible state; this process ends, another controller goes on"
            );
            std::process::abort();
        }
    });
    handle
}

struct RaftQuorumPort {
    handle: ControllerHandle,
    raft: RaftNode,
    voters: BTreeMap<BrokerId, String>,
}

#[async_trait]
impl QuorumPort for RaftQuorumPort {
    async fn freeze(&self, kraft_epoch: KRaftEpoch) {
        self.handle.freeze(kraft_epoch.0).await;
    }

    async fn thaw(&self, kraft_epoch: KRaftEpoch) {
        self.handle.thaw(kraft_epoch.0).await;
    }

    async fn commit(&self, kraft_epoch: KRaftEpoch, batches: Vec<Vec<Record>>) -> CommitReply {
        match self.handle.commit_batches(kraft_epoch.0, batches).await {
            DriverCommit::Committed => CommitReply::Committed,
            DriverCommit::Refused => CommitReply::Refused,
            DriverCommit::Unknown => CommitReply::Unknown,
        }
    }

    async fn confirm(&self, kraft_epoch: KRaftEpoch) -> bool {
        self.raft.confirm_leadership(kraft_epoch.0).await
    }

    fn log_epochs(&self) -> Vec<(i32, i64)> {
        self.raft.metadata_log().leader_epochs()
    }

    fn log_end_offset(&self) -> i64 {
        self.raft.metadata_log().high_watermark()
    }

    fn voters(&self) -> BTreeMap<BrokerId, String> {
        self.voters.clone()
    }

    fn leader(&self) -> (Option<BrokerId>, i32) {
        let leader = self.raft.metadata_log().leader_and_epoch();
        (leader.leader_id, leader.leader_epoch)
    }
}

/// Brokers, asked on connections of their own.
struct Brokers;

#[async_trait]
impl FleetPort for Brokers {
    async fn describe(&self, addresses: BTreeMap<BrokerId, String>) -> BTreeMap<BrokerId, Described> {
        let mut described = BTreeMap::new();
        let mut asked = JoinSet::new();
        for (broker_id, address) in addresses {
            asked.spawn(async move {
                let answered = node_api::call(&address, &NodeRequest::Describe, DESCRIBE_PATIENCE).await;
                let answer = match answered {
                    Ok(NodeReply::Described(node)) if node.node_id == broker_id => Ok(*node),
                    // Another node may have the address by now.
                    Ok(NodeReply::Described(node)) => Err(format!("{address} is node {}", node.node_id)),
                    Ok(_) => Err(format!("{address} does not say who it is")),
                    Err(error) => Err(error.to_string()),
                };
                (broker_id, answer)
            });
        }
        while let Some(answered) = asked.join_next().await {
            if let Ok((broker_id, answer)) = answered {
                described.insert(broker_id, answer);
            }
        }
        described
    }

    async fn hand_over(&self, address: &str, cluster_id: &str) -> Result<(), ClaimError> {
        // A broker that is just starting takes connections and serves none; another one may take over at once.
        let described = node_api::call::<_, NodeReply>(address, &NodeRequest::Describe, DESCRIBE_PATIENCE).await;
        described.map_err(|error| ClaimError::Unavailable(error.to_string()))?;
        let request = NodeRequest::TakeOver { cluster_id: cluster_id.to_owned() };
        match node_api::call(address, &request, TAKE_OVER_PATIENCE).await {
            Ok(NodeReply::Done { .. }) => Ok(()),
            Ok(NodeReply::Refused { problems }) => {
                let reasons = problems.into_iter().flat_map(|problem| problem.places).collect::<Vec<_>>().join("; ");
                Err(ClaimError::Refused(reasons))
            }
            Ok(other) => Err(ClaimError::Refused(format!("{address} answered {other:?}"))),
            Err(error) => Err(ClaimError::Unavailable(error.to_string())),
        }
    }
}

/// The second reader on the same ensemble, with a client and code of its own.
struct TreeReader {
    connect: String,
}

#[async_trait]
impl SecondReader for TreeReader {
    async fn findings(
        &self,
        brokers: BTreeMap<BrokerId, Option<NodeDescription>>,
        quorum: QuorumFindings,
    ) -> Result<Findings, String> {
        let summary = tree::read_tree(&self.connect, TREE_PATIENCE).await?;
        Ok(tree::findings(&summary, &brokers, Some(quorum)))
    }

    async fn tree_summary(&self) -> Result<TreeSummary, String> {
        Ok(tree::tree_summary(&tree::read_tree(&self.connect, TREE_PATIENCE).await?))
    }
}

/// What a controller answers under the node API.
pub(super) struct ControllerNodeApi {
    pub(super) node_id: BrokerId,
    pub(super) is_broker: bool,
    pub(super) cluster_id: String,
    pub(super) started_ms: TimestampMs,
    pub(super) voters: BTreeMap<BrokerId, String>,
    pub(super) raft: RaftNode,
    pub(super) migration: Option<MigrationHandle>,
}

impl ControllerNodeApi {
    pub(super) async fn answer(&self, body: &Bytes) -> Result<Bytes, String> {
        let request: NodeRequest = serde_json::from_slice(body).map_err(|problem| problem.to_string())?;
        let reply = match (&self.migration, request) {
            (_, NodeRequest::Describe) => NodeReply::Described(Box::new(self.describe())),
            (Some(migration), request) => match migration.answer(request).await {
                Some(reply) => reply,
                None => self.wrong_role(),
            },
            (None, NodeRequest::Status) => NodeReply::Status(Box::new(self.status())),
            (None, NodeRequest::Order { .. } | NodeRequest::Verify) => {
                let place = format!("controller {}", self.node_id);
                NodeReply::refused(&Problem::new(codes::NO_MOVE_HERE, [place]))
            }
            (None, NodeRequest::Arm(_) | NodeRequest::TakeOver { .. }) => self.wrong_role(),
        };
        serde_json::to_vec(&reply).map(Bytes::from).map_err(|problem| problem.to_string())
    }

    fn wrong_role(&self) -> NodeReply {
        let place = format!("node {} is a controller, not a broker", self.node_id);
        NodeReply::refused(&Problem::new(codes::WRONG_ROLE, [place]))
    }

    /// The state of the move, as this node sees it.
    pub(super) fn status(&self) -> MigrationStatus {
        if let Some(migration) = &self.migration {
            return migration.status();
        }
        let log = self.raft.metadata_log();
        let leader = log.leader_and_epoch();
        let node = IdleNode {
            cluster_id: self.cluster_id.clone(),
            node_id: self.node_id,
            leader: leader.leader_id.and_then(|id| Some((id, self.voters.get(&id)?.clone()))),
            kraft_epoch: leader.leader_epoch,
            log_end_offset: log.high_watermark(),
        };
        runtime::idle_status(&log.image(), node)
    }

    /// [`ControllerNodeApi::status`] as a document.
    pub(super) fn status_json(&self) -> String {
        serde_json::to_string(&self.status()).expect("a status has string keys only")
    }

    /// The same for `/metrics`.
    pub(super) fn metrics(&self) -> MigrationView {
        let status = self.status();
        let word = status.state.split('(').next().unwrap_or_default();
        MigrationView {
            state: word.to_owned(),
            generation: status.generation,
            mirror_lag: status.mirror_lag,
            foreign_writes: (status.foreign_writes.total, status.foreign_writes.unacknowledged),
            brokers: status.brokers.len(),
            brokers_on_log: status.brokers.values().filter(|broker| broker.follows_log).count(),
            copy_frozen_ms: status.copy.and_then(|copy| copy.frozen_ms),
        }
    }

    fn describe(&self) -> NodeDescription {
        NodeDescription {
            node_id: self.node_id,
            kedge_version: KEDGE_VERSION.to_owned(),
            cluster_id: self.cluster_id.clone(),
            pid: std::process::id(),
            started_ms: self.started_ms,
            is_broker: self.is_broker,
            is_controller: true,
            authority: None,
            is_armed: self.migration.is_some(),
            meta_properties_v1: 0,
            metadata_versions: (MetadataVersion::MIN.feature_level(), MetadataVersion::LATEST.feature_level()),
            reserved_broker_max_id: None,
            source_switches: 0,
            metadata_offset: self.raft.metadata_log().high_watermark() - 1,
            blocked: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{net::TcpListener, time::Instant};

    use super::*;

    /// A successor that was killed and is just starting kept the cluster without a controller for half a minute.
    #[tokio::test(start_paused = true)]
    async fn a_successor_that_does_not_serve_is_given_up_soon() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let accepting = tokio::spawn(async move {
            let mut silent = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                silent.push(stream);
            }
        });
        let began = Instant::now();
        let handed_over = Brokers.hand_over(&address, "cluster").await;
        assert!(matches!(handed_over, Err(ClaimError::Unavailable(_))), "{handed_over:?}");
        assert!(began.elapsed() <= 2 * DESCRIBE_PATIENCE, "{:?}", began.elapsed());
        accepting.abort();
    }
}
