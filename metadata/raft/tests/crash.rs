//! Every crash point: the node stops there, comes back, and holds the same bytes as the others.

mod support;

use kedge_metadata_store::{Fence, MetadataStore};
use kedge_raft::crash_points::NAMES;
use support::{Cluster, commit, eventually, topic_unit};

/// A follower is stopped at each point of apply and of snapshots, more than once, and catches up each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voter_stopped_anywhere_comes_back_with_the_same_bytes() {
    let cluster = Cluster::start_with(&[1, 2, 3], |config| config.snapshot_interval_bytes = 4_000).await;
    let (mut leader, mut store, mut reign) = cluster.crown().await;
    let mut number = 0;
    for name in NAMES.into_iter().filter(|name| !name.starts_with("install.")) {
        let victim = [1, 2, 3].into_iter().find(|node_id| *node_id != leader).unwrap();
        for passes in [0, 2] {
            cluster.crash_points[&victim].arm(name, passes);
            eventually(name, async || {
                number += 1;
                if store.commit(Fence::Reign(&reign), vec![topic_unit(number)]).await.is_err() {
                    (leader, store, reign) = cluster.crown().await;
                    assert_ne!(leader, victim);
                }
                // The state is written down at snapshots and now and then; ask for one to get there soon.
                let _ = cluster.node(victim).trigger_snapshot().await;
                cluster.crash_points[&victim].crashed().then_some(())
            })
            .await;
            cluster.kill(victim).await;
            cluster.crash_points[&victim].reset();
            cluster.start_node(victim).await;
            cluster.converge().await;
            cluster.shared_bytes();
            let (image, _, _) = cluster.store(victim).load().await.unwrap();
            let (expected, _, _) = store.load().await.unwrap();
            assert_eq!(*image, *expected, "{name}");
        }
    }
}

/// The same for the points of a snapshot's installation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voter_stopped_while_it_installs_a_snapshot_comes_back() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    let victim = [1, 2, 3].into_iter().find(|node_id| *node_id != leader).unwrap();
    let mut number = 0;
    for name in ["install.files-written", "install.log-started", "snapshot.checkpoint-written", "applied.written"] {
        cluster.kill(victim).await;
        for _ in 0..20 {
            number += 1;
            commit(&store, &reign, vec![topic_unit(number)]).await;
        }
        let node = cluster.node(leader);
        let before = node.metadata_log().latest_snapshot_id();
        node.trigger_snapshot().await.unwrap();
        eventually("a newer snapshot", async || (node.metadata_log().latest_snapshot_id() > before).then_some(()))
            .await;
        cluster.purge(&node).await;
        commit(&store, &reign, vec![topic_unit(10_000 + number)]).await;

        cluster.crash_points[&victim].arm(name, 0);
        cluster.start_node(victim).await;
        eventually(name, async || cluster.crash_points[&victim].crashed().then_some(())).await;
        cluster.kill(victim).await;
        cluster.crash_points[&victim].reset();
        cluster.start_node(victim).await;
        cluster.converge().await;
        cluster.shared_bytes();
        let (image, _, _) = cluster.store(victim).load().await.unwrap();
        let (expected, _, _) = store.load().await.unwrap();
        assert_eq!(*image, *expected, "{name}");
    }
}

/// Whatever happens to the derived log or to `kedge-applied` while the node is down, the Raft log brings the same bytes again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_to_what_is_derived_heals() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    let victim = [1, 2, 3].into_iter().find(|node_id| *node_id != leader).unwrap();
    let mut random = 11_u64;
    let mut draw = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for round in 0..12 {
        for number in 0..10 {
            commit(&store, &reign, vec![topic_unit(round * 10 + number)]).await;
        }
        cluster.converge().await;
        if round == 6 {
            cluster.node(victim).trigger_snapshot().await.unwrap();
        }
        if round % 2 == 0 {
            cluster.kill(victim).await
        } else {
            cluster.shutdown(victim).await
        }
        let dir = cluster.node_dir(victim).join("__cluster_metadata-0");
        let mut logs: Vec<_> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
            .collect();
        logs.sort();
        let path = if round % 3 == 2 { dir.join("kedge-applied") } else { logs.pop().unwrap() };
        if let Ok(mut bytes) = std::fs::read(&path)
            && !bytes.is_empty()
        {
            let at = draw(bytes.len());
            match round % 4 {
                0 => bytes.truncate(at),
                1 => bytes.extend(std::iter::repeat_n(0xa5, 100)),
                // Inside the CRC of whichever batch it hits, unless it is the offset, which is checked too.
                _ => bytes[at] ^= 0x40,
            }
            std::fs::write(&path, bytes).unwrap();
        }
        cluster.start_node(victim).await;
        cluster.converge().await;
        cluster.shared_bytes();
        let (image, _, _) = cluster.store(victim).load().await.unwrap();
        let (expected, _, _) = store.load().await.unwrap();
        assert_eq!(*image, *expected, "round {round}");
    }
}
