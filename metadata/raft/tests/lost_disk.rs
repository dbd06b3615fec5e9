//! A voter whose disk is lost comes back under its old id with an empty directory.

mod support;

use std::time::Duration;

use kedge_metadata_store::MetadataStore;
use support::{Cluster, commit, eventually, topic_unit};

/// Without openraft's `loosen-follower-log-revert` the leader panicked at the sight of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voter_without_its_disk_is_filled_again_by_a_living_leader() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    commit(&store, &reign, (0..20).map(topic_unit).collect()).await;
    cluster.converge().await;
    let lost = (1..=3).find(|node_id| *node_id != leader).expect("there are three");
    cluster.kill(lost).await;
    cluster.wipe(lost);
    cluster.start_node(lost).await;
    commit(&store, &reign, vec![topic_unit(20)]).await;
    cluster.converge().await;
    cluster.shared_bytes();
    // It counts again: with it and one other there is a quorum.
    let newcomer_file = cluster.node_dir(lost).join("__cluster_metadata-0/kedge-newcomer");
    eventually("it holds back no longer", async || (!newcomer_file.exists()).then_some(())).await;
    cluster.kill(leader).await;
    let (_, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(21)]).await;
    let (image, _, _) = store.load().await.expect("the leader loads");
    assert_eq!(image.topics.by_id.len(), 22);
}

/// One voter lags, one has lost its disk: their two votes must not make a leader that lacks what was committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voter_without_its_disk_votes_nothing_away() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(0)]).await;
    cluster.converge().await;
    let [lagging, lost] = [1, 2, 3].into_iter().filter(|node_id| *node_id != leader).collect::<Vec<_>>()[..] else {
        panic!("there are three");
    };
    cluster.kill(lagging).await;
    commit(&store, &reign, vec![topic_unit(1)]).await;
    cluster.kill(lost).await;
    cluster.kill(leader).await;
    cluster.wipe(lost);
    for round in 0..2 {
        cluster.start_node(lagging).await;
        cluster.start_node(lost).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let ruling = cluster.running().iter().filter(|node| node.established_epoch().is_some()).count();
        assert_eq!(ruling, 0, "round {round}: neither may lead without the third");
        if round == 0 {
            // It is remembered across a restart.
            cluster.kill(lagging).await;
            cluster.kill(lost).await;
        }
    }
    cluster.start_node(leader).await;
    let (_, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(2)]).await;
    cluster.converge().await;
    cluster.shared_bytes();
    let (image, _, _) = store.load().await.expect("the leader loads");
    assert_eq!(image.topics.by_id.len(), 3, "nothing committed is lost");
}
