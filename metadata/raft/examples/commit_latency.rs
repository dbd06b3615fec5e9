//! Measures commits on three voters of one process with real directories: one stream, then 64 clients behind one committer
//! that drains its queue into each commit, as the controller runtime does.
//!
//! `cargo run --release -p kedge-raft --example commit_latency --features test-util [directory to keep]`

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use kedge_metadata_state::records::{ConfigRecord, MetadataRecord};
use kedge_metadata_store::{Candidate, Fence, MetadataStore, Unit};
use kedge_raft::{Clock, RaftNode, RaftNodeConfig, in_process::InProcessNetwork};
use tokio::sync::{mpsc, oneshot};

fn unit(number: usize) -> Unit {
    let record = ConfigRecord {
        resource_type: 4,
        resource_name: String::new(),
        name: format!("measured.{}", number % 100),
        value: Some("x".repeat(64)),
    };
    Unit { records: vec![MetadataRecord::Config(record).into()], at: 0 }
}

fn report(what: &str, mut latencies: Vec<Duration>, took: Duration) {
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(latencies.len() * percent / 100).min(latencies.len() - 1)];
    let per_second = latencies.len() as f64 / took.as_secs_f64();
    println!("{what}: {} commits, {per_second:.0}/s, p50 {:?}, p99 {:?}", latencies.len(), at(50), at(99));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("kedge-commit-latency"), PathBuf::from);
    let clock: Clock =
        Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64));
    let network = InProcessNetwork::new(1);
    let mut nodes = Vec::new();
    for node_id in [1, 2, 3] {
        let config = RaftNodeConfig::new(node_id, [1, 2, 3], &dir.join(format!("node-{node_id}")), "measured");
        let node = RaftNode::start(config, network.transport(node_id), clock.clone()).await?;
        network.plug(&node);
        nodes.push(node);
    }
    let leader = loop {
        if let Some(node) = nodes.iter().find(|node| node.established_epoch().is_some()) {
            break node.clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let store = Arc::new(leader.store());
    let reign = store.campaign(Candidate { node_id: leader.node_id(), at: 0 }).await?;

    let mut latencies = Vec::new();
    let start = Instant::now();
    for number in 0..1_000 {
        let began = Instant::now();
        store.commit(Fence::Reign(&reign), vec![unit(number)]).await?;
        latencies.push(began.elapsed());
    }
    report("one stream", latencies, start.elapsed());

    let (requests, mut queue) = mpsc::channel::<(Unit, oneshot::Sender<()>)>(1_024);
    let committer = tokio::spawn(async move {
        while let Some(first) = queue.recv().await {
            let mut batch = vec![first];
            while let Ok(next) = queue.try_recv() {
                batch.push(next);
            }
            let (units, waiting): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            if store.commit(Fence::Reign(&reign), units).await.is_err() {
                return;
            }
            for client in waiting {
                // A client that has gone does not wait for its answer.
                let _ = client.send(());
            }
        }
    });
    let start = Instant::now();
    let mut clients = Vec::new();
    for client in 0..64 {
        let requests = requests.clone();
        clients.push(tokio::spawn(async move {
            let mut latencies = Vec::new();
            for number in 0..300 {
                let began = Instant::now();
                let (sender, answer) = oneshot::channel();
                if requests.send((unit(client * 300 + number), sender)).await.is_err() || answer.await.is_err() {
                    break;
                }
                latencies.push(began.elapsed());
            }
            latencies
        }));
    }
    drop(requests);
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await?);
    }
    report("64 clients", latencies, start.elapsed());
    committer.await?;
    leader.trigger_snapshot().await?;
    while leader.metadata_log().latest_snapshot_id().is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for node in nodes {
        node.shutdown().await;
    }
    if std::env::args().nth(1).is_none() {
        std::fs::remove_dir_all(dir)?;
    }
    Ok(())
}
