//! The move's ports and a member on the pure tree model: mirror, take-over, registration, config writes.

use std::sync::Arc;

use kedge_metadata_state::{
    Delta, Record, TopicId,
    diff::{DiffScope, diff},
    image::{BrokerRegistration, ConfigResourceType, Endpoint},
    records::{ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, TopicRecord},
};
use kedge_metadata_store::{
    CampaignError, Candidate, ClaimError, CommitError, Fence, KRaftEpoch, MemberError, MetadataStore, Mirror,
    MirrorPlan, Notice, Observed, Outcome, PartitionPad, Progress, Registration, Takeover, Unit, ZooKeeperMember,
};
use kedge_zookeeper::{
    ZooKeeperMemberImpl, ZooKeeperMirror, ZooKeeperStore,
    model_client::{ModelCluster, WriteFault},
    zk::Op,
    znodes,
};

fn cluster(creates_in_multi: bool) -> ModelCluster {
    let cluster = ModelCluster::new(creates_in_multi);
    cluster.outside_write(&znodes::TOP_LEVEL.map(|path| Op::create(path, Vec::new()))).expect("an empty tree");
    cluster
}

fn store(cluster: &ModelCluster, node_id: i32) -> ZooKeeperStore {
    ZooKeeperStore::open(Arc::new(cluster.connector(node_id)))
}

fn mirror(cluster: &ModelCluster, node_id: i32) -> ZooKeeperMirror {
    ZooKeeperMirror::new(Arc::new(cluster.connector(node_id)))
}

fn candidate(node_id: i32) -> Candidate {
    Candidate { node_id, at: 1 }
}

fn unit(records: Vec<Record>) -> Unit {
    Unit { records, at: 1 }
}

fn topic() -> Vec<Record> {
    let topic_id = TopicId::from_bytes([7; 16]);
    let partition = |partition_id| PartitionRecord {
        partition_id,
        topic_id,
        replicas: vec![1, 2],
        isr: vec![1, 2],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: vec![TopicId::ZERO; 2],
        ..PartitionRecord::default()
    };
    vec![
        MetadataRecord::Topic(TopicRecord { name: "orders".to_owned(), topic_id }).into(),
        MetadataRecord::Partition(partition(0)).into(),
        MetadataRecord::Partition(partition(1)).into(),
    ]
}

fn elect(leader: i32) -> Record {
    let topic_id = TopicId::from_bytes([7; 16]);
    let record = PartitionChangeRecord { partition_id: 0, topic_id, leader, ..PartitionChangeRecord::default() };
    MetadataRecord::PartitionChange(record).into()
}

fn config(name: &str, value: Option<&str>) -> Record {
    let record = ConfigRecord {
        resource_type: ConfigResourceType::Topic as i8,
        resource_name: "orders".to_owned(),
        name: name.to_owned(),
        value: value.map(str::to_owned),
    };
    MetadataRecord::Config(record).into()
}

fn data_at(cluster: &ModelCluster, path: &str) -> Option<String> {
    cluster.tree().node(path).map(|node| String::from_utf8_lossy(&node.data).into_owned())
}

/// Forward to the mirror, dual for a while, and back into a broker's own session.
#[tokio::test]
async fn a_cluster_is_seized_mirrored_padded_and_taken_back() {
    for creates_in_multi in [true, false] {
        let cluster = cluster(creates_in_multi);
        let broker = store(&cluster, 1);
        let old_reign = broker.campaign(candidate(1)).await.expect("a reign");
        let (_, _, mut observations) = broker.load().await.expect("loaded");
        broker.commit(Fence::Reign(&old_reign), vec![unit(topic())]).await.expect("committed");

        let quorum = mirror(&cluster, 3000);
        let staged = quorum.stage().await.expect("staged");
        assert!(staged.topics.get("orders").is_some());
        let mut claim = quorum.seize(3000, KRaftEpoch(4)).await.expect("seized");
        assert_eq!(claim.zk_controller_epoch, old_reign.controller_epoch + 1);
        let late = broker.commit(Fence::Reign(&old_reign), vec![unit(vec![elect(2)])]).await;
        assert_eq!(late, Err(CommitError::Fenced), "the old controller is fenced by the claim");
        loop {
            match observations.next().await.expect("the stream goes on") {
                Observed::Deposed { controller_epoch } => {
                    assert!(controller_epoch >= old_reign.controller_epoch);
                    break;
                }
                _ => continue,
            }
        }
        let refused = broker.campaign(candidate(1)).await;
        assert_eq!(refused, Err(CampaignError::KRaftRules { kraft_controller_epoch: 4 }));
        let superseded = mirror(&cluster, 3001).seize(3001, KRaftEpoch(3)).await;
        assert_eq!(superseded, Err(ClaimError::Superseded { kraft_controller_epoch: 4 }));

        let copied = quorum.barrier_and_relist(&claim).await.expect("read under the claim");
        let mut delta = Delta::new(&copied);
        delta.replay_all(&[elect(2), elect(1), elect(2), config("retention.ms", Some("9"))]).expect("they fit");
        let (dual, _) = delta.apply();
        let plan = MirrorPlan { image: Arc::new(dual.clone()), records: Vec::new() };
        let outcomes = quorum.apply(&claim, plan.clone()).await.expect("mirrored");
        assert!(matches!(outcomes[..], [Outcome::Committed(_)]));
        let progress = Progress {
            kraft_controller_id: 3000,
            kraft_controller_epoch: 4,
            kraft_metadata_offset: 77,
            kraft_metadata_epoch: 4,
        };
        quorum.set_progress(&mut claim, progress).await.expect("progress");
        assert!(data_at(&cluster, znodes::MIGRATION).expect("there").contains("\"kraft_metadata_offset\":77"));

        // Somebody edits behind the mirror's back: the next image finds and repairs it.
        let stray = znodes::encode_config(
            &[("retention.ms".to_owned(), "1".to_owned())].into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        );
        cluster.outside_write(&[Op::set("/config/topics/orders", stray, None)]).expect("an old tool");
        let mut delta = Delta::new(&dual);
        delta.replay_all(&[config("retention.ms", Some("10"))]).expect("it fits");
        let dual = delta.apply().0;
        let plan = MirrorPlan { image: Arc::new(dual.clone()), records: Vec::new() };
        quorum.apply(&claim, plan).await.expect("mirrored");
        let mirrored = quorum.stage().await.expect("read");
        assert!(diff(&mirrored, &dual, DiffScope::Shared).is_empty());

        // Three changes became one write; the pad makes up for the other two.
        let state = znodes::state_path("orders", 0);
        assert_eq!(cluster.tree().node(&state).expect("there").stat.zk_version, 1);
        let pad = PartitionPad { topic_name: "orders".to_owned(), partition_id: 0, partition_epoch: 3 };
        quorum.pad(&claim, vec![pad]).await.expect("padded");
        assert_eq!(cluster.tree().node(&state).expect("there").stat.zk_version, 3);

        // Back, with the reply of the take-over lost.
        let fault = WriteFault::LoseReply { path_prefix: znodes::CONTROLLER_EPOCH.to_owned() };
        if creates_in_multi {
            cluster.fail_write(1, fault);
        }
        let reign = broker.take_over(1, 40).await.expect("taken over");
        assert_eq!(reign.controller_epoch, 41, "above every stamp");
        assert_eq!(data_at(&cluster, znodes::MIGRATION), None);
        assert!(cluster.tree().node(znodes::CONTROLLER).expect("there").stat.ephemeral_owner != 0);
        assert_eq!(quorum.set_progress(&mut claim, progress).await, Err(CommitError::Fenced));
        broker.load().await.expect("loaded");
        let outcomes = broker.commit(Fence::Reign(&reign), vec![unit(vec![elect(1)])]).await.expect("committed");
        assert!(matches!(outcomes[..], [Outcome::Committed(_)]));
    }
}

#[tokio::test]
async fn a_claim_with_a_lost_reply_is_read_back() {
    let cluster = cluster(true);
    let broker = store(&cluster, 1);
    let reign = broker.campaign(candidate(1)).await.expect("a reign");
    let quorum = mirror(&cluster, 3000);
    cluster.fail_write(3000, WriteFault::LoseReply { path_prefix: znodes::CONTROLLER.to_owned() });
    let claim = quorum.seize(3000, KRaftEpoch(1)).await.expect("seized");
    assert_eq!(claim.zk_controller_epoch, reign.controller_epoch + 1, "it claimed once");
    cluster.fail_write(3000, WriteFault::LoseReply { path_prefix: znodes::MIGRATION.to_owned() });
    let mut claim = claim;
    quorum.set_progress(&mut claim, znodes::NO_PROGRESS).await.expect("settled by reading");
    quorum.set_progress(&mut claim, znodes::NO_PROGRESS).await.expect("the version is right");
}

#[tokio::test]
async fn a_tree_no_controller_ruled_is_not_seized() {
    let refused = mirror(&cluster(true), 3000).seize(3000, KRaftEpoch(1)).await;
    assert!(matches!(refused, Err(ClaimError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_topic_without_an_id_gets_one_under_the_claim() {
    let cluster = cluster(true);
    let document = br#"{"version":1,"partitions":{"0":[1,2]}}"#.to_vec();
    cluster.outside_write(&[Op::create(znodes::topic_path("old"), document)]).expect("an old tool creates a topic");
    let broker = store(&cluster, 1);
    let (image, _, _) = broker.load().await.expect("loaded");
    assert!(image.topics.get("old").is_none(), "nobody rules, so nobody gives it an id");
    let _reign = broker.campaign(candidate(1)).await.expect("a reign");
    let (image, _, _) = broker.load().await.expect("loaded");
    let topic = image.topics.get("old").expect("it has an id now");
    let partition = &topic.partitions[&0];
    assert_eq!((partition.partition_epoch, partition.leader), (-1, -1), "New: its first election creates the state");
    let (again, _, _) = store(&cluster, 2).load().await.expect("loaded");
    assert_eq!(again.topics.get("old").expect("there").topic_id, topic.topic_id);
}

fn registration(broker_id: i32, port: u16) -> Registration {
    let listener =
        Endpoint { listener_name: "PLAINTEXT".to_owned(), host: "127.0.0.1".to_owned(), port, security_protocol: 0 };
    let broker = BrokerRegistration {
        broker_id,
        broker_epoch: -1,
        incarnation_id: TopicId::ZERO,
        listeners: vec![listener],
        features: Default::default(),
        rack: None,
        fenced: false,
        in_controlled_shutdown: false,
        is_migrating_zk_broker: false,
        directories: Vec::new(),
    };
    Registration { broker, jmx_port: -1 }
}

#[tokio::test]
async fn a_member_registers_and_its_controller_hears_of_it() {
    for creates_in_multi in [true, false] {
        let cluster = ModelCluster::new(creates_in_multi);
        let member = ZooKeeperMemberImpl::open(Arc::new(cluster.connector(2)));
        let cluster_id = member.cluster_id("sEUuMxlBQ_WiQ237kbOW6w").await.expect("created");
        assert_eq!(member.cluster_id("another").await, Ok(cluster_id));
        let controller = store(&cluster, 1);
        let (_, _, mut observations) = controller.load().await.expect("loaded");

        cluster.fail_write(2, WriteFault::LoseReply { path_prefix: "/brokers/ids/2".to_owned() });
        let broker_epoch = member.register(registration(2, 9092)).await.expect("registered");
        assert_eq!(cluster.tree().node("/brokers/ids/2").expect("there").stat.czxid, broker_epoch);
        let Some(Observed::BrokerUp(up)) = observations.next().await else { panic!("the broker is up") };
        assert_eq!((up.broker.broker_epoch, up.broker.is_migrating_zk_broker), (broker_epoch, true));

        // The session ends: everything is gone, and a new one registers again.
        let mut notices = member.notices().await.expect("notices");
        assert!(matches!(notices.next().await, Some(Notice::Controller(_))));
        cluster.expire(2);
        let down = observations.next().await;
        assert_eq!(down, Some(Observed::BrokerDown { broker_id: 2, broker_epoch }));
        assert_eq!(notices.next().await, Some(Notice::SessionRenewed));
        let again = member.register(registration(2, 9093)).await.expect("registered");
        assert!(again > broker_epoch);
        let other = ZooKeeperMemberImpl::open(Arc::new(cluster.connector(3)));
        let taken = other.register(registration(2, 9094)).await;
        assert!(matches!(taken, Err(MemberError::AlreadyRegistered { broker_id: 2, .. })), "{taken:?}");
    }
}

#[tokio::test]
async fn a_member_writes_configs_while_a_broker_rules_and_everyone_hears() {
    let cluster = cluster(true);
    let controller = store(&cluster, 1);
    let reign = controller.campaign(candidate(1)).await.expect("a reign");
    let (_, _, mut observations) = controller.load().await.expect("loaded");
    controller.commit(Fence::Reign(&reign), vec![unit(topic())]).await.expect("committed");
    assert!(matches!(observations.next().await, Some(Observed::Batch { own: true, .. })));
    let member = ZooKeeperMemberImpl::open(Arc::new(cluster.connector(2)));
    let mut notices = member.notices().await.expect("notices");
    let Some(Notice::Controller(rules)) = notices.next().await else { panic!("the controller comes first") };
    assert_eq!(rules.controller_id, Some(1));

    let write = vec![unit(vec![config("a", Some("1")), config("b", Some("2"))]), unit(vec![elect(2)])];
    let outcomes = member.write(write).await.expect("written");
    assert!(matches!(&outcomes[..], [Outcome::Committed(_), Outcome::NotHeld(_)]), "{outcomes:?}");
    let expected = vec![config("a", Some("1")), config("b", Some("2"))];
    assert_eq!(notices.next().await, Some(Notice::Configs(expected.clone())));
    match observations.next().await {
        Some(Observed::Batch { own: false, records, .. }) => assert_eq!(records, expected),
        other => panic!("the controller hears of it: {other:?}"),
    }
    member.write(vec![unit(vec![config("a", None)])]).await.expect("written");
    assert_eq!(notices.next().await, Some(Notice::Configs(vec![config("a", None)])));

    mirror(&cluster, 3000).seize(3000, KRaftEpoch(1)).await.expect("seized");
    let refused = member.write(vec![unit(vec![config("a", Some("3"))])]).await;
    assert_eq!(refused, Err(CommitError::Fenced), "a quorum rules");
    assert_eq!(data_at(&cluster, "/config/topics/orders").as_deref(), Some(r#"{"version":1,"config":{"b":"2"}}"#));
}
