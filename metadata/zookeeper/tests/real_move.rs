//! The whole way of a move on a real ZooKeeper, the newest and the oldest: a tree that the store wrote is staged, seized,
//! listed, mirrored, marked, padded, adopted and taken back.

use std::{sync::Arc, time::Duration};

use kedge_metadata_state::{
    Delta, Image, Record, TopicId,
    diff::{DiffScope, diff},
    records::{ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, TopicRecord},
};
use kedge_metadata_store::{
    CampaignError, Candidate, ClaimError, CommitError, Fence, KRaftEpoch, MetadataStore, MigrationZnode, Mirror,
    MirrorPlan, Outcome, PartitionPad, Progress, Takeover, Unit, ZooKeeperMember,
};
use kedge_real_parts::{TestSite, ZooKeeperEnsemble, ZooKeeperVersion};
use kedge_zookeeper::{
    Ensemble, ZooKeeperMemberImpl, ZooKeeperMirror, ZooKeeperStore,
    zk::{CreateKind, Op, Zk, ZkConnector},
    znodes,
};

const AT_MS: i64 = 1_700_000_000_000;

fn topic_id() -> TopicId {
    TopicId::from_bytes([7; 16])
}

fn partition(partition_id: i32) -> Record {
    let record = PartitionRecord {
        partition_id,
        topic_id: topic_id(),
        replicas: vec![1, 2],
        isr: vec![1, 2],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: vec![TopicId::ZERO; 2],
        ..PartitionRecord::default()
    };
    MetadataRecord::Partition(record).into()
}

fn config(value: &str) -> Record {
    let record = ConfigRecord {
        resource_type: 2,
        resource_name: "orders".to_owned(),
        name: "retention.ms".to_owned(),
        value: Some(value.to_owned()),
    };
    MetadataRecord::Config(record).into()
}

fn elect(leader: i32) -> Record {
    let record =
        PartitionChangeRecord { partition_id: 0, topic_id: topic_id(), leader, ..PartitionChangeRecord::default() };
    MetadataRecord::PartitionChange(record).into()
}

fn after(image: &Image, records: &[Record]) -> Image {
    let mut delta = Delta::new(image);
    delta.replay_all(records).expect("they fit");
    delta.apply().0
}

fn unit(records: Vec<Record>) -> Vec<Unit> {
    vec![Unit { records, at: AT_MS }]
}

async fn data_at(zk: &dyn Zk, path: &str) -> Option<String> {
    zk.sync().await.expect("connected");
    zk.get(path, false).await.ok().map(|(data, _)| String::from_utf8(data).expect("text"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_tree_is_moved_and_taken_back() {
    move_there_and_back(ZooKeeperVersion::V3_9_5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tree_on_zookeeper_3_4_is_moved_and_taken_back() {
    move_there_and_back(ZooKeeperVersion::V3_4_14).await;
}

/// Brokers and ZooKeeper are often started together: the version is asked before anybody serves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zookeeper_3_4_that_starts_late_is_known_for_what_it_is() {
    let site = TestSite::new("zookeeper-late").unwrap();
    let mut servers = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_4_14).unwrap();
    servers.stop_all().unwrap();
    let ensemble = Ensemble { connect: servers.connect_string("/late"), session_timeout: Duration::from_secs(20) };
    let connecting = tokio::spawn(async move { ensemble.connect().await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    tokio::task::block_in_place(|| servers.restart_all()).unwrap();
    let (zk, _events) = connecting.await.unwrap().unwrap();
    assert!(!zk.creates_in_multi());
    zk.create("/made", b"x", CreateKind::Persistent).await.unwrap();
    zk.close().await;
}

async fn move_there_and_back(version: ZooKeeperVersion) {
    let site = TestSite::new("zookeeper-move").unwrap();
    let servers = ZooKeeperEnsemble::start(&site, 1, version).unwrap();
    let connect = servers.connect_string("/move");
    let ensemble = Arc::new(Ensemble { connect, session_timeout: Duration::from_secs(6) });
    let member = ZooKeeperMemberImpl::open(ensemble.clone());
    member.cluster_id("sEUuMxlBQ_WiQ237kbOW6w").await.unwrap();
    let broker = ZooKeeperStore::open(ensemble.clone());
    let reign = broker.campaign(Candidate { node_id: 1, at: AT_MS }).await.unwrap();
    broker.load().await.unwrap();
    let topic = TopicRecord { name: "orders".to_owned(), topic_id: topic_id() };
    let records = vec![MetadataRecord::Topic(topic).into(), config("9"), partition(0), partition(1)];
    let outcomes = broker.commit(Fence::Reign(&reign), unit(records)).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Committed(_)]), "{outcomes:?}");
    // A partition that its controller has not led yet.
    let (outsider, _events) = ensemble.connect().await.unwrap();
    let state_of_1 = znodes::state_path("orders", 1);
    outsider.multi(vec![Op::delete(&state_of_1, None)]).await.unwrap();

    // Forward.
    let quorum = ZooKeeperMirror::new(ensemble.clone());
    let staged = quorum.stage().await.unwrap();
    assert_eq!((staged.highest_stamp, staged.image.topics.by_id.len()), (reign.controller_epoch, 1));
    let control = quorum.inspect().await.unwrap();
    assert_eq!(control.migration, MigrationZnode::Absent);
    let seen = control.controller_epoch_zk_version.unwrap();
    let raced = quorum.seize(3000, KRaftEpoch(4), seen + 1).await;
    assert!(matches!(raced, Err(ClaimError::Raced(_))), "{raced:?}");
    let claim = quorum.seize(3000, KRaftEpoch(4), seen).await.unwrap();
    assert_eq!(claim.zk_controller_epoch, reign.controller_epoch + 1);
    let late = broker.commit(Fence::Reign(&reign), unit(vec![elect(2)])).await;
    assert_eq!(late, Err(CommitError::Fenced));
    let refused = broker.campaign(Candidate { node_id: 1, at: AT_MS }).await;
    assert_eq!(refused, Err(CampaignError::KRaftRules { kraft_controller_epoch: 4 }));
    let controller = member.controller().await.unwrap();
    assert_eq!((controller.controller_id, controller.kraft_controller_epoch), (Some(3000), 4));

    // Dual: a later leader claims anew, lists, mirrors, marks and pads.
    let leader = ZooKeeperMirror::new(ensemble.clone());
    let seen = leader.inspect().await.unwrap().controller_epoch_zk_version.unwrap();
    let mut claim_of_5 = leader.seize(3001, KRaftEpoch(5), seen).await.unwrap();
    let listed = leader.barrier_and_relist(&claim_of_5).await.unwrap();
    assert_eq!(listed.image.topics.partition(&topic_id(), 1).unwrap().partition_epoch, -1);
    let wanted = after(&listed.image, &[partition(1), elect(2), elect(1), elect(2), config("10")]);
    let plan = MirrorPlan { image: Arc::new(wanted.clone()), records: Vec::new() };
    let fenced = quorum.apply(&claim, plan.clone()).await;
    assert_eq!(fenced, Err(CommitError::Fenced), "the former leader's mirror is over");
    let outcomes = leader.apply(&claim_of_5, plan).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Committed(_)]), "{outcomes:?}");
    assert!(data_at(&*outsider, &state_of_1).await.unwrap().contains("\"leader\":1"));
    let progress = Progress {
        kraft_controller_id: 3001,
        kraft_controller_epoch: 5,
        kraft_metadata_offset: 77,
        kraft_metadata_epoch: 5,
    };
    leader.set_progress(&mut claim_of_5, progress).await.unwrap();
    let mirrored = leader.barrier_and_relist(&claim_of_5).await.unwrap();
    assert!(diff(&mirrored.image, &wanted, DiffScope::Shared).is_empty());
    assert_eq!(mirrored.highest_stamp, claim_of_5.zk_controller_epoch);
    let pad = PartitionPad { topic_name: "orders".to_owned(), partition_id: 0, partition_epoch: 150 };
    leader.pad(&claim_of_5, vec![pad]).await.unwrap();
    let padded = leader.stage().await.unwrap();
    assert_eq!(padded.image.topics.partition(&topic_id(), 0).unwrap().partition_epoch, 150);
    assert_eq!(member.topic_configs(vec!["orders".to_owned()]).await, [config("10")]);

    // Back: the next leader adopts, and the broker's own session takes over.
    leader.close().await;
    let next = ZooKeeperMirror::new(ensemble.clone());
    let mut adopted = next.adopt(3002, KRaftEpoch(6)).await.unwrap();
    assert_eq!(adopted.zk_controller_epoch, claim_of_5.zk_controller_epoch);
    assert_eq!(leader.set_progress(&mut claim_of_5, progress).await, Err(CommitError::Fenced));
    next.set_progress(&mut adopted, progress).await.unwrap();
    let highest_stamp = broker.highest_stamp().await.unwrap();
    let reign = broker.take_over(1, highest_stamp + 100).await.unwrap();
    assert_eq!(reign.controller_epoch, highest_stamp + 101);
    assert_eq!(data_at(&*outsider, znodes::MIGRATION).await, None);
    assert_eq!(next.set_progress(&mut adopted, progress).await, Err(CommitError::Fenced));
    let (image, _, _) = broker.load().await.unwrap();
    assert!(diff(&image, &wanted, DiffScope::Shared).is_empty());
    let outcomes = broker.commit(Fence::Reign(&reign), unit(vec![elect(1)])).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Committed(_)]), "{outcomes:?}");
    broker.resign(reign).await;
}
