//! One voter: the Raft log, the state machine and openraft, started and stopped together.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use openraft::{
    Config, EmptyNode, SnapshotPolicy,
    error::{InitializeError, InstallSnapshotError, RaftError},
};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    Clock,
    core::{Core, Retention},
    crash_points::CrashPoints,
    leadership::{Housekeeping, Leadership, establish},
    limits::{LOG_ENTRIES_KEPT, RPC_SIZE_BYTES_MAX, SNAPSHOT_CHUNK_SIZE_BYTES, SNAPSHOT_SIZE_BYTES_MAX},
    metadata_log::MetadataLog,
    network::Network,
    newcomer::{self, Newcomer},
    rpc,
    state_machine::{Shared, StateMachine},
    store::RaftStore,
    transport::{RaftRpc, RaftTransport},
    types::{Raft, kafka_node_id, leader_epoch_of, raft_node_id},
    wal::{WalError, WalStore},
};

/// Directory of the metadata log inside `metadata.log.dir`.
pub const METADATA_LOG_DIR: &str = "__cluster_metadata-0";
/// Directory of the Raft log inside that one. Apache looks at files only.
const RAFT_LOG_DIR: &str = "kedge-raft";

/// Pause between heartbeats, unless elections are to come sooner. An append may take as long, so it is no shorter than it has to be.
const LONGEST_HEARTBEAT: Duration = Duration::from_millis(500);
/// Below this, elections would race with fsyncs.
const SHORTEST_ELECTION: Duration = Duration::from_millis(40);
/// Kafka's keys go up to 2³¹−1 ms; nobody waits for a week.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How patient a voter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Pause between a leader's heartbeats; also the time an append may take.
    pub heartbeat: Duration,
    /// Shortest random wait of a voter that stands for election. openraft lets a voter be still for this *and* [`Self::election_max`]
    /// (the leader's lease) after the leader was last heard: their sum is the shortest silence that ends in an election.
    pub election_min: Duration,
    /// Longest such wait.
    pub election_max: Duration,
    /// Time for one chunk of a snapshot.
    pub snapshot_chunk: Duration,
    /// Time for a commit before its outcome is called unknown.
    pub commit: Duration,
}

impl Timeouts {
    /// From Kafka's two: `controller.quorum.election.timeout.ms`, after which an election is repeated, here give or take a fifth; and
    /// `controller.quorum.fetch.timeout.ms`, the silence of a leader after which a voter stands for election, here up to a fifth more.
    pub fn from_kafka(election_timeout: Duration, fetch_timeout: Duration) -> Timeouts {
        let election_min = (election_timeout.min(LONGEST_TIMEOUT) * 4 / 5).max(SHORTEST_ELECTION);
        // Far enough apart that two voters seldom stand at the same time.
        let election_max = fetch_timeout.min(LONGEST_TIMEOUT).saturating_sub(election_min).max(election_min * 3 / 2);
        Timeouts {
            // openraft looks at its clock once in one and a half of these.
            heartbeat: (election_min * 5 / 8).min(LONGEST_HEARTBEAT),
            election_min,
            election_max,
            snapshot_chunk: Duration::from_secs(10),
            commit: Duration::from_secs(10),
        }
    }

    /// Longest silence of a leader that no voter stands for election in; what openraft's clock adds is in it.
    pub fn longest_silence(&self) -> Duration {
        self.election_max * 2 + self.heartbeat * 3 / 2
    }
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts::from_kafka(Duration::from_millis(1_000), Duration::from_millis(2_000))
    }
}

/// How to start a voter.
#[derive(Clone, Debug)]
pub struct RaftNodeConfig {
    /// `node.id`.
    pub node_id: i32,
    /// Node ids of `controller.quorum.voters`. Static: the same on every voter, for the life of the quorum.
    pub voter_ids: BTreeSet<i32>,
    /// `metadata.log.dir`.
    pub metadata_log_dir: PathBuf,
    /// `cluster.id` of meta.properties.
    pub cluster_id: String,
    /// Patience.
    pub timeouts: Timeouts,
    /// What is kept on disk.
    pub retention: Retention,
    /// `metadata.log.max.record.bytes.between.snapshots`.
    pub snapshot_interval_bytes: u64,
    /// `metadata.log.max.snapshot.interval.ms`; 0 is off.
    pub snapshot_interval_ms: i64,
    /// Places where tests stop the node.
    pub crash_points: CrashPoints,
}

impl RaftNodeConfig {
    /// A voter with Kafka's defaults.
    pub fn new(
        node_id: i32,
        voter_ids: impl IntoIterator<Item = i32>,
        metadata_log_dir: &Path,
        cluster_id: &str,
    ) -> RaftNodeConfig {
        RaftNodeConfig {
            node_id,
            voter_ids: voter_ids.into_iter().collect(),
            metadata_log_dir: metadata_log_dir.to_owned(),
            cluster_id: cluster_id.to_owned(),
            timeouts: Timeouts::default(),
            retention: Retention::default(),
            snapshot_interval_bytes: 20 << 20,
            snapshot_interval_ms: 3_600_000,
            crash_points: CrashPoints::default(),
        }
    }
}

/// Why a voter does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration contradicts itself or the directory.
    #[error("{0}")]
    Config(String),
    /// The Raft log cannot be used.
    #[error(transparent)]
    Wal(#[from] WalError),
    /// The metadata log or a snapshot cannot be used.
    #[error("{path}: {source}")]
    Io {
        /// The directory.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// openraft stopped at once.
    #[error("the consensus does not start: {0}")]
    Raft(String),
}

/// A running voter. Cheap to clone; stops when told to ([`RaftNode::shutdown`]).
#[derive(Clone)]
pub struct RaftNode {
    inner: Arc<Inner>,
}

struct Inner {
    config: RaftNodeConfig,
    raft: Raft,
    shared: Arc<Shared>,
    leadership: Arc<Leadership>,
    log: MetadataLog,
    newcomer: Arc<Newcomer>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl RaftNode {
    /// Opens the directory, recovers it, and joins the quorum. A first start of any voter forms the quorum of the configured
    /// voters: all of them write the same first entry.
    ///
    /// `clock` gives milliseconds since the Unix epoch.
    pub async fn start(
        config: RaftNodeConfig,
        transport: Arc<dyn RaftTransport>,
        clock: Clock,
    ) -> Result<RaftNode, StartError> {
        check(&config)?;
        let dir = config.metadata_log_dir.join(METADATA_LOG_DIR);
        let raft_log_dir = dir.join(RAFT_LOG_DIR);
        let newcomer = Newcomer::open(&dir, &raft_log_dir, config.voter_ids.len())
            .map_err(|source| StartError::Io { path: dir.clone(), source })?;
        let newcomer = Arc::new(newcomer);
        let core = Core::open(&dir, config.retention, config.crash_points.clone())
            .map_err(|source| StartError::Io { path: dir.clone(), source })?;
        let shared = Shared::new(core, &dir, config.crash_points.clone());
        let wal = WalStore::open(&raft_log_dir, raft_node_id(config.node_id))?.purge_behind(shared.durable());
        let contacts = Arc::new(Mutex::new(BTreeMap::new()));
        let network = Network {
            cluster_id: config.cluster_id.clone(),
            node_id: config.node_id,
            transport,
            clock: clock.clone(),
            contacts: contacts.clone(),
        };
        let state_machine = StateMachine { shared: shared.clone() };
        let raft_config = Arc::new(openraft_config(&config)?);
        let raft = Raft::new(raft_node_id(config.node_id), raft_config, network, wal, state_machine)
            .await
            .map_err(|error| StartError::Raft(error.to_string()))?;
        newcomer.restrain_at_start(&raft);
        join_quorum(&config, &raft).await?;
        let leadership = Arc::new(Leadership {
            node_id: config.node_id,
            voter_ids: config.voter_ids.iter().copied().collect(),
            metrics: raft.metrics(),
            clock,
            established: watch::Sender::new(None),
            reign: Mutex::new(None),
            proposing: Arc::default(),
            shutting_down: AtomicBool::new(false),
            contacts,
            standing_back: Mutex::new(None),
            terms_begun: AtomicU64::new(0),
        });
        let housekeeping = Housekeeping {
            leadership: leadership.clone(),
            raft: raft.clone(),
            shared: shared.clone(),
            newcomer: newcomer.clone(),
            dir,
            snapshot_interval_bytes: config.snapshot_interval_bytes,
            snapshot_interval_ms: config.snapshot_interval_ms,
        };
        let tasks = vec![
            tokio::spawn(establish(leadership.clone(), raft.clone(), shared.clone())),
            tokio::spawn(housekeeping.run()),
        ];
        let log = MetadataLog::new(shared.clone(), leadership.clone());
        let inner = Inner { config, raft, shared, leadership, log, newcomer, tasks: Mutex::new(tasks) };
        Ok(RaftNode { inner: Arc::new(inner) })
    }

    /// The log that observers fetch.
    pub fn metadata_log(&self) -> &MetadataLog {
        &self.inner.log
    }

    /// The store of the controller runtime. One per process: it holds the process's one reign.
    pub fn store(&self) -> RaftStore {
        let inner = &self.inner;
        RaftStore::new(inner.raft.clone(), inner.shared.clone(), inner.leadership.clone(), inner.config.timeouts)
    }

    /// The node's id.
    pub fn node_id(&self) -> i32 {
        self.inner.config.node_id
    }

    /// Offset that the next record will get: what a leader writes as broker epoch. Exact while a reign lasts and nothing is
    /// being committed.
    pub fn next_offset(&self) -> i64 {
        self.inner.log.high_watermark()
    }

    /// The epoch this process leads, once its LeaderChange has been applied. Changes with every election.
    pub fn established_epoch(&self) -> Option<i32> {
        let established = *self.inner.leadership.established.borrow();
        established.filter(|leader_epoch| self.inner.leadership.raft_leads(*leader_epoch))
    }

    /// Asks a majority whether this process still leads in this epoch. The question is put after the call; a yes means that no
    /// later leader had been elected when it was put. False without an answer in time.
    pub async fn confirm_leadership(&self, leader_epoch: i32) -> bool {
        if self.established_epoch() != Some(leader_epoch) {
            return false;
        }
        let confirmed =
            tokio::time::timeout(self.inner.config.timeouts.commit, self.inner.raft.ensure_linearizable()).await;
        matches!(confirmed, Ok(Ok(_))) && self.established_epoch() == Some(leader_epoch)
    }

    /// Terms that began since the start. There is no pre-vote: a voter that rejoins raises the term, so this is worth watching.
    pub fn terms_begun(&self) -> u64 {
        self.inner.leadership.terms_begun.load(Ordering::Relaxed)
    }

    /// Committed entries that came too late and left no record.
    pub fn refused_entries(&self) -> u64 {
        self.inner.shared.core().refused_entries
    }

    /// Why the node no longer works, if it does not.
    pub fn stopped(&self) -> Option<String> {
        self.inner.leadership.stopped()
    }

    /// Cuts a snapshot now, unless nothing has changed since the last one. Returns when it has been asked for.
    pub async fn trigger_snapshot(&self) -> Result<(), String> {
        self.inner.raft.trigger().snapshot().await.map_err(|error| error.to_string())
    }

    /// Lets go of Raft entries that a snapshot covers, up to this index; a voter that still needs them gets the snapshot.
    pub async fn purge_raft_log(&self, upto_index: u64) -> Result<(), String> {
        self.inner.raft.trigger().purge_log(upto_index).await.map_err(|error| error.to_string())
    }

    /// Index of the last Raft entry that has been let go of.
    pub fn purged_index(&self) -> Option<u64> {
        self.inner.leadership.metrics.borrow().purged.map(|log_id| log_id.index)
    }

    /// Index of the last applied Raft entry.
    pub fn last_applied_index(&self) -> Option<u64> {
        self.inner.shared.core().applied.log_id.map(|log_id| log_id.index)
    }

    /// Answers another voter. Never fails: what cannot be read or obeyed is refused with a reason.
    pub async fn handle_rpc(&self, rpc: RaftRpc, request: Bytes) -> Bytes {
        match self.answer(rpc, request).await {
            Ok(answer) => answer,
            Err(problem) => {
                tracing::warn!(?rpc, problem, "refused an RPC of another voter");
                rpc::refused(&problem)
            }
        }
    }

    async fn answer(&self, rpc: RaftRpc, request: Bytes) -> Result<Bytes, String> {
        if request.len() > RPC_SIZE_BYTES_MAX {
            return Err(format!("{} bytes are more than {RPC_SIZE_BYTES_MAX}", request.len()));
        }
        let config = &self.inner.config;
        let text = |error: crate::codec::CodecError| error.to_string();
        let (address, body) = rpc::read_address(request).map_err(text)?;
        if address.cluster_id != config.cluster_id {
            return Err(format!("cluster id {} expected, {} received", config.cluster_id, address.cluster_id));
        }
        if address.to != config.node_id || !config.voter_ids.contains(&address.from) {
            return Err(format!("this is voter {}, not {} (asked by {})", config.node_id, address.to, address.from));
        }
        let (raft, newcomer) = (&self.inner.raft, &self.inner.newcomer);
        match rpc {
            RaftRpc::Append => {
                let request = rpc::read_append(body).map_err(text)?;
                check_term(request.vote.leader_id().term)?;
                let (last_sent, leader_commit) = (newcomer::last_sent(&request), request.leader_commit);
                newcomer.before_append(raft, &request);
                let answer = raft.append_entries(request).await.map_err(|error| error.to_string())?;
                newcomer.appended(raft, last_sent, leader_commit, &answer);
                Ok(rpc::answered(&answer))
            }
            RaftRpc::Vote => {
                let request = rpc::read_vote(body).map_err(text)?;
                check_term(request.vote.leader_id().term)?;
                if let Some(reason) = newcomer.refuses(&request) {
                    return Err(reason);
                }
                raft.vote(request).await.map(|answer| rpc::answered(&answer)).map_err(|e| e.to_string())
            }
            RaftRpc::Snapshot => {
                let request = rpc::read_snapshot(body).map_err(text)?;
                check_term(request.vote.leader_id().term)?;
                if request.offset.saturating_add(request.data.len() as u64) > SNAPSHOT_SIZE_BYTES_MAX {
                    return Err(format!("a snapshot of more than {SNAPSHOT_SIZE_BYTES_MAX} bytes"));
                }
                newcomer.restrain(raft);
                let answer: Result<_, InstallSnapshotError> = match raft.install_snapshot(request).await {
                    Ok(answer) => Ok(answer),
                    Err(RaftError::APIError(error)) => Err(error),
                    Err(RaftError::Fatal(error)) => return Err(error.to_string()),
                };
                Ok(rpc::answered(&answer))
            }
        }
    }

    /// Stops the node and writes down what it has applied, so that the next start has nothing to do again.
    pub async fn shutdown(&self) {
        self.stop().await;
        if let Err(error) = self.inner.shared.core().write_applied() {
            tracing::warn!(%error, "the applied state was not written at shutdown; the next start replays more");
        }
        self.inner.shared.close();
    }

    /// Stops the node as if its process had been killed: nothing more is written.
    #[cfg(feature = "test-util")]
    pub async fn kill(&self) {
        self.inner.shared.close();
        self.stop().await;
    }

    async fn stop(&self) {
        self.inner.leadership.shutting_down.store(true, Ordering::Relaxed);
        let tasks = std::mem::take(&mut *self.inner.tasks.lock().expect("no panic while locked"));
        for task in tasks {
            task.abort();
        }
        if let Err(error) = self.inner.raft.shutdown().await {
            tracing::warn!(%error, "the consensus did not stop cleanly");
        }
        // A snapshot under way writes files that a next start in this process would meet half done.
        let _built = self.inner.shared.building.lock().await;
    }
}

fn check(config: &RaftNodeConfig) -> Result<(), StartError> {
    if !config.voter_ids.contains(&config.node_id) {
        let problem = format!("node {} is not among the voters {:?}", config.node_id, config.voter_ids);
        return Err(StartError::Config(problem));
    }
    if config.voter_ids.iter().any(|voter_id| *voter_id < 0) {
        return Err(StartError::Config(format!("negative node id among the voters {:?}", config.voter_ids)));
    }
    Ok(())
}

fn check_term(term: u64) -> Result<(), String> {
    leader_epoch_of(term).map(|_| ()).ok_or_else(|| format!("term {term} does not fit Kafka's leader epoch"))
}

fn openraft_config(config: &RaftNodeConfig) -> Result<Config, StartError> {
    let millis = |duration: Duration| duration.as_millis() as u64;
    let Timeouts { heartbeat, election_min, election_max, snapshot_chunk, .. } = config.timeouts;
    Config {
        cluster_name: config.cluster_id.clone(),
        heartbeat_interval: millis(heartbeat),
        election_timeout_min: millis(election_min),
        election_timeout_max: millis(election_max),
        install_snapshot_timeout: millis(snapshot_chunk),
        snapshot_policy: SnapshotPolicy::Never,
        snapshot_max_chunk_size: SNAPSHOT_CHUNK_SIZE_BYTES,
        max_in_snapshot_log_to_keep: LOG_ENTRIES_KEPT,
        ..Config::default()
    }
    .validate()
    .map_err(|error| StartError::Config(error.to_string()))
}

/// Forms the quorum if this directory knows none, else checks that it is the configured one.
async fn join_quorum(config: &RaftNodeConfig, raft: &Raft) -> Result<(), StartError> {
    let fatal = |error: &dyn std::fmt::Display| StartError::Raft(error.to_string());
    if !raft.is_initialized().await.map_err(|error| fatal(&error))? {
        let voters: BTreeMap<u64, EmptyNode> =
            config.voter_ids.iter().map(|voter_id| (raft_node_id(*voter_id), EmptyNode {})).collect();
        return match raft.initialize(voters).await {
            // Another voter was faster and has already written to us.
            Ok(()) | Err(RaftError::APIError(InitializeError::NotAllowed(_))) => Ok(()),
            Err(error) => Err(fatal(&error)),
        };
    }
    let stored: BTreeSet<i32> =
        raft.metrics().borrow().membership_config.membership().voter_ids().map(kafka_node_id).collect();
    if stored.is_empty() || stored == config.voter_ids {
        return Ok(());
    }
    Err(StartError::Config(format!(
        "controller.quorum.voters names {:?}, but this directory belongs to the quorum of {stored:?}; voters are static",
        config.voter_ids
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kafkas_timeouts_become_openrafts() {
        let from = |election_ms, fetch_ms| {
            let it = Timeouts::from_kafka(Duration::from_millis(election_ms), Duration::from_millis(fetch_ms));
            let shortest_silence = it.election_max + it.election_min;
            [it.heartbeat, it.election_min, it.election_max, shortest_silence].map(|it| it.as_millis())
        };
        // Kafka's defaults: an election after a silence of 2.0 to 2.4 s, repeated after 0.8 to 1.2 s.
        assert_eq!(from(1_000, 2_000), [500, 800, 1_200, 2_000]);
        assert_eq!(from(100, 300), [50, 80, 220, 300]);
        assert_eq!(from(5_000, 30_000), [500, 4_000, 26_000, 30_000]);
        assert_eq!(from(1_000, 500), [500, 800, 1_200, 2_000], "a lease shorter than an election would not last");
        for extreme in [1, i32::MAX as u64] {
            let config = RaftNodeConfig {
                timeouts: Timeouts::from_kafka(Duration::from_millis(extreme), Duration::from_millis(extreme)),
                ..RaftNodeConfig::new(1, [1, 2, 3], Path::new("unused"), "cluster")
            };
            assert!(openraft_config(&config).is_ok(), "{:?}", config.timeouts);
        }
    }
}
