//! What a move asks of the quorum: facts beside the log that outlive everything, copies that are whole or nothing, and a leader that
//! knows whether it still is one.

mod support;

use kedge_metadata_state::{
    Record, SidecarRecord,
    records::*,
    sidecar::{MigrationFacts, MigrationPhase},
};
use kedge_metadata_store::MetadataStore;
use support::*;

fn facts(generation: u32, phase: MigrationPhase) -> Record {
    SidecarRecord::Migration(MigrationFacts {
        generation,
        phase,
        migration_zk_version: Some(7),
        successor: Some(2),
        holding: Some("a reason".to_owned()),
        blocked: None,
        without_brokers: vec![9],
        foreign_writes: Default::default(),
    })
    .into()
}

fn begin() -> Record {
    MetadataRecord::BeginTransaction(BeginTransactionRecord { name: Some("ZK Migration".to_owned()) }).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_outlive_snapshots_and_restarts() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    let positions = commit(&store, &reign, vec![unit(vec![facts(1, MigrationPhase::Joining)])]).await;
    let before = positions[0].0;
    let positions = commit(&store, &reign, vec![unit(vec![facts(1, MigrationPhase::Copying)])]).await;
    assert_eq!(positions[0].0, before + 1, "facts alone take one offset, so that everybody hears of them");
    let expected = store.load().await.unwrap().0.sidecar.clone();
    assert_eq!(expected.migration.as_ref().map(|facts| facts.phase), Some(MigrationPhase::Copying));
    cluster.node(leader).trigger_snapshot().await.unwrap();
    eventually("the snapshot", async || cluster.node(leader).metadata_log().latest_snapshot_id()).await;
    cluster.converge().await;
    for node_id in [1, 2, 3] {
        // The last one killed may not have a majority to come back to: one after the other.
        cluster.kill(node_id).await;
        cluster.start_node(node_id).await;
        cluster.converge().await;
    }
    for node_id in [1, 2, 3] {
        assert_eq!(cluster.node(node_id).metadata_log().image().sidecar, expected, "node {node_id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_breaks_off_leaves_nothing() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, store, reign) = cluster.crown().await;
    commit(&store, &reign, vec![topic_unit(1), unit(vec![facts(1, MigrationPhase::Copying)])]).await;
    let agreed = store.load().await.unwrap().0;
    let mut first = vec![begin()];
    first.extend(topic_unit(2).records);
    commit(&store, &reign, vec![unit(first)]).await;
    let mut second = topic_unit(3).records;
    second.push(facts(1, MigrationPhase::Dual));
    commit(&store, &reign, vec![unit(second)]).await;
    assert_eq!(store.load().await.unwrap().0, agreed, "nothing of an open transaction is shown");
    cluster.kill(leader).await;
    let (next, store, reign) = cluster.crown().await;
    assert_ne!(next, leader);
    let image = store.load().await.unwrap().0;
    assert_eq!((&image.topics, &image.sidecar), (&agreed.topics, &agreed.sidecar));
    // The transaction was closed, so the next copy can begin.
    let mut whole = vec![begin()];
    whole.extend(topic_unit(4).records);
    whole.push(facts(1, MigrationPhase::Dual));
    whole.push(MetadataRecord::EndTransaction(EndTransactionRecord {}).into());
    commit(&store, &reign, vec![unit(whole)]).await;
    let image = store.load().await.unwrap().0;
    assert_eq!(image.topics.by_id.len(), 2);
    assert_eq!(image.sidecar.migration.as_ref().map(|facts| facts.phase), Some(MigrationPhase::Dual));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_has_a_majority_confirms_that_it_leads() {
    let cluster = Cluster::start(&[1, 2, 3]).await;
    let (leader, _, reign) = cluster.crown().await;
    let node = cluster.node(leader);
    assert!(node.confirm_leadership(reign.controller_epoch).await);
    assert!(!node.confirm_leadership(reign.controller_epoch - 1).await);
    let starts = node.metadata_log().leader_epochs();
    assert_eq!(starts.last().map(|(epoch, _)| *epoch), Some(reign.controller_epoch));
    cluster.network.isolate(leader);
    assert!(!node.confirm_leadership(reign.controller_epoch).await, "it does not know yet that another may lead");
    let other = cluster.leader_but(&[leader]).await;
    let epoch = other.established_epoch().expect("it leads");
    assert!(other.confirm_leadership(epoch).await);
    cluster.network.heal();
    eventually("the old leader hears of it", async || node.established_epoch().is_none().then_some(())).await;
    assert!(!node.confirm_leadership(reign.controller_epoch).await);
}
