//! Voters of one process on real directories.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(unreachable_pub, reason = "shared by test binaries")]

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use kedge_metadata_state::{Record, records::*};
use kedge_metadata_store::{Candidate, Fence, MetadataStore, Outcome, Position, Reign, Unit};
use kedge_protocol::Uuid;
use kedge_raft::{
    Clock, RaftNode, RaftNodeConfig, RaftStore, Timeouts, crash_points::CrashPoints, in_process::InProcessNetwork,
};
use tempfile::TempDir;

pub const DEADLINE: Duration = Duration::from_secs(60);
const FIRST_TIMESTAMP_MS: i64 = 1_700_000_000_000;

/// Patience that suits a busy machine with two cores.
pub fn timeouts() -> Timeouts {
    Timeouts {
        heartbeat: Duration::from_millis(100),
        election_min: Duration::from_millis(400),
        election_max: Duration::from_millis(800),
        snapshot_chunk: Duration::from_secs(5),
        commit: Duration::from_secs(5),
    }
}

pub struct Cluster {
    dir: TempDir,
    pub network: Arc<InProcessNetwork>,
    voter_ids: Vec<i32>,
    pub nodes: Mutex<BTreeMap<i32, RaftNode>>,
    stores: Mutex<BTreeMap<i32, Arc<RaftStore>>>,
    pub crash_points: BTreeMap<i32, CrashPoints>,
    clock: Clock,
    adjust: fn(&mut RaftNodeConfig),
}

impl Cluster {
    /// Starts every voter.
    pub async fn start(voter_ids: &[i32]) -> Cluster {
        Cluster::start_with(voter_ids, |_| {}).await
    }

    /// The same with other settings.
    pub async fn start_with(voter_ids: &[i32], adjust: fn(&mut RaftNodeConfig)) -> Cluster {
        if std::env::var_os("RUST_LOG").is_some() {
            let filter = tracing_subscriber::EnvFilter::from_default_env();
            let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        }
        let now_ms = Arc::new(AtomicI64::new(FIRST_TIMESTAMP_MS));
        let cluster = Cluster {
            dir: TempDir::new().expect("a temporary directory"),
            network: InProcessNetwork::new(7),
            voter_ids: voter_ids.to_vec(),
            nodes: Mutex::default(),
            stores: Mutex::default(),
            crash_points: voter_ids.iter().map(|voter_id| (*voter_id, CrashPoints::default())).collect(),
            clock: Arc::new(move || now_ms.fetch_add(1, Ordering::SeqCst)),
            adjust,
        };
        for voter_id in voter_ids {
            cluster.start_node(*voter_id).await;
        }
        cluster
    }

    pub fn config(&self, node_id: i32) -> RaftNodeConfig {
        let mut config =
            RaftNodeConfig::new(node_id, self.voter_ids.clone(), &self.node_dir(node_id), "kedge-test-cluster");
        config.timeouts = timeouts();
        config.crash_points = self.crash_points[&node_id].clone();
        (self.adjust)(&mut config);
        config
    }

    pub fn node_dir(&self, node_id: i32) -> PathBuf {
        self.dir.path().join(format!("node-{node_id}"))
    }

    pub async fn start_node(&self, node_id: i32) -> RaftNode {
        let node = RaftNode::start(self.config(node_id), self.network.transport(node_id), self.clock.clone())
            .await
            .expect("the voter starts");
        self.network.plug(&node);
        self.nodes.lock().unwrap().insert(node_id, node.clone());
        self.stores.lock().unwrap().insert(node_id, Arc::new(node.store()));
        node
    }

    pub async fn kill(&self, node_id: i32) {
        self.network.unplug(node_id);
        let node = self.nodes.lock().unwrap().remove(&node_id).expect("the voter runs");
        node.kill().await;
    }

    /// The disk of a node that does not run is lost.
    pub fn wipe(&self, node_id: i32) {
        std::fs::remove_dir_all(self.node_dir(node_id)).expect("the directory was there");
    }

    pub async fn shutdown(&self, node_id: i32) {
        self.network.unplug(node_id);
        let node = self.nodes.lock().unwrap().remove(&node_id).expect("the voter runs");
        node.shutdown().await;
    }

    pub fn node(&self, node_id: i32) -> RaftNode {
        self.nodes.lock().unwrap()[&node_id].clone()
    }

    pub fn store(&self, node_id: i32) -> Arc<RaftStore> {
        self.stores.lock().unwrap()[&node_id].clone()
    }

    pub fn running(&self) -> Vec<RaftNode> {
        self.nodes.lock().unwrap().values().cloned().collect()
    }

    /// Makes a node let go of every Raft entry that its snapshot covers.
    pub async fn purge(&self, node: &RaftNode) {
        let snapshot = node.last_applied_index().expect("something was applied");
        eventually("the Raft log is purged", async || {
            node.purge_raft_log(snapshot).await.expect("the node runs");
            (node.purged_index() >= Some(snapshot)).then_some(())
        })
        .await;
    }

    /// The node that leads in the highest epoch among those that are not in `but`.
    pub async fn leader_but(&self, but: &[i32]) -> RaftNode {
        until("a leader", || {
            let nodes = self.running().into_iter().filter(|node| !but.contains(&node.node_id()));
            nodes.filter(|node| node.established_epoch().is_some()).max_by_key(|node| node.established_epoch())
        })
        .await
    }

    pub async fn leader(&self) -> RaftNode {
        self.leader_but(&[]).await
    }

    /// A reign on whoever leads.
    pub async fn crown(&self) -> (i32, Arc<RaftStore>, Reign) {
        eventually("a reign", async || {
            let node_id = self.leader().await.node_id();
            let store = self.store(node_id);
            let campaign = store.campaign(Candidate { node_id, at: FIRST_TIMESTAMP_MS });
            let reign = tokio::time::timeout(Duration::from_secs(2), campaign).await.ok()?.ok()?;
            Some((node_id, store, reign))
        })
        .await
    }

    /// Every running node has applied as much as the one that has most.
    pub async fn converge(&self) -> i64 {
        until("all nodes apply the same", || {
            let ends: Vec<i64> = self.running().iter().map(|node| node.metadata_log().high_watermark()).collect();
            (ends.iter().all(|end| *end == ends[0]) && ends[0] > 0).then_some(ends[0])
        })
        .await
    }

    /// The bytes of the derived log from the highest log start of all nodes on; the same on every node.
    pub fn shared_bytes(&self) -> Vec<u8> {
        let nodes = self.running();
        let start = nodes.iter().map(|node| node.metadata_log().log_start_offset()).max().expect("a node");
        let all: Vec<Vec<u8>> = nodes.iter().map(|node| read_all(node, start)).collect();
        for (node, bytes) in nodes.iter().zip(&all) {
            assert!(bytes == &all[0], "node {} differs: {} and {} bytes", node.node_id(), bytes.len(), all[0].len());
        }
        all.into_iter().next().expect("a node")
    }
}

pub fn read_all(node: &RaftNode, from: i64) -> Vec<u8> {
    let log = node.metadata_log();
    let (mut offset, mut bytes) = (from, Vec::new());
    while offset < log.high_watermark() {
        let read = log.read(offset, 64 << 10).expect("the log reads");
        let last = kedge_protocol::batch::BatchIter::new(&read).last().expect("a batch").expect("a whole one");
        offset = last.header.next_offset();
        bytes.extend_from_slice(&read);
    }
    bytes
}

/// Waits for a condition that needs no waiting itself.
pub async fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T> + Send) -> T {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(tokio::time::Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for a condition.
pub async fn eventually<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(tokio::time::Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn topic_id(number: u64) -> Uuid {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&(number + 1_000).to_be_bytes());
    Uuid::from_bytes(bytes)
}

pub fn topic_unit(number: u64) -> Unit {
    let topic = TopicRecord { name: format!("topic-{number}"), topic_id: topic_id(number) };
    let partition = PartitionRecord {
        partition_id: 0,
        topic_id: topic_id(number),
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: vec![Uuid::from_bytes([9; 16])],
        ..Default::default()
    };
    unit(vec![MetadataRecord::Topic(topic).into(), MetadataRecord::Partition(partition).into()])
}

pub fn config_unit(name: &str, value: &str) -> Unit {
    let record = ConfigRecord {
        resource_type: 4,
        resource_name: String::new(),
        name: name.to_owned(),
        value: Some(value.to_owned()),
    };
    unit(vec![MetadataRecord::Config(record).into()])
}

pub fn unit(records: Vec<Record>) -> Unit {
    Unit { records, at: FIRST_TIMESTAMP_MS }
}

/// Commits units that must all be taken and returns their positions.
pub async fn commit(store: &RaftStore, reign: &Reign, units: Vec<Unit>) -> Vec<Position> {
    let outcomes = store.commit(Fence::Reign(reign), units).await.expect("the commit is answered");
    let position = |outcome| match outcome {
        Outcome::Committed(position) => position,
        other => panic!("{other:?}"),
    };
    outcomes.into_iter().map(position).collect()
}
