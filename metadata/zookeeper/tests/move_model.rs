//! The move's ports and a member on the pure tree model: mirror, take-over, registration, config writes.

use std::sync::Arc;

use kedge_metadata_state::{
    Delta, Record, TopicId,
    diff::{DiffScope, diff},
    image::{BrokerRegistration, ConfigResourceType, Endpoint},
    records::{ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, TopicRecord},
    sidecar::TreeChange,
};
use kedge_metadata_store::{
    CampaignError, Candidate, Claim, ClaimError, CommitError, ConsumerPartition, ControllerZnode, Fence, KRaftEpoch,
    LoadError, MemberError, MetadataStore, MigrationZnode, Mirror, MirrorPlan, Notice, Observed, Outcome, PartitionPad,
    Progress, Registration, Reign, Takeover, Unit, ZooKeeperMember,
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

/// Seizes as the driver does: at the version that a look at the tree has shown.
async fn seize(quorum: &ZooKeeperMirror, controller_id: i32, kraft_epoch: i32) -> Result<Claim, ClaimError> {
    let control = quorum.inspect().await.expect("ZooKeeper answers");
    let zk_version = control.controller_epoch_zk_version.expect("somebody ruled once");
    quorum.seize(controller_id, KRaftEpoch(kraft_epoch), zk_version).await
}

/// A tree that broker 1 rules, with the topic `orders`.
async fn ruled(creates_in_multi: bool) -> (ModelCluster, ZooKeeperStore, Reign) {
    let cluster = cluster(creates_in_multi);
    let broker = store(&cluster, 1);
    let reign = broker.campaign(candidate(1)).await.expect("a reign");
    broker.load().await.expect("loaded");
    broker.commit(Fence::Reign(&reign), vec![unit(topic())]).await.expect("committed");
    (cluster, broker, reign)
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
        assert!(staged.image.topics.get("orders").is_some());
        assert_eq!(staged.highest_stamp, old_reign.controller_epoch);
        let control = quorum.inspect().await.expect("inspected");
        assert_eq!(control.controller, ControllerZnode { controller_id: Some(1), kraft_controller_epoch: -1 });
        assert_eq!(control.controller_epoch, Some(old_reign.controller_epoch));
        assert_eq!(control.migration, MigrationZnode::Absent);
        let mut claim = seize(&quorum, 3000, 4).await.expect("seized");
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
        let superseded = seize(&mirror(&cluster, 3001), 3001, 3).await;
        assert_eq!(superseded, Err(ClaimError::Superseded { kraft_controller_epoch: 4 }));

        let copied = quorum.barrier_and_relist(&claim).await.expect("read under the claim").image;
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

        // Somebody edits behind the mirror's back: the next image finds it, a listing names it, and only then it is repaired.
        let stray = znodes::encode_config(
            &[("retention.ms".to_owned(), "1".to_owned())].into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        );
        cluster.outside_write(&[Op::set("/config/topics/orders", stray, None)]).expect("an old tool");
        let mut delta = Delta::new(&dual);
        delta.replay_all(&[config("retention.ms", Some("10"))]).expect("it fits");
        let dual = delta.apply().0;
        let plan = MirrorPlan { image: Arc::new(dual.clone()), records: Vec::new() };
        let outcomes = quorum.apply(&claim, plan.clone()).await.expect("found");
        assert!(matches!(outcomes[..], [Outcome::Conflict { .. }]), "{outcomes:?}");
        let listed = quorum.barrier_and_relist(&claim).await.expect("read under the claim").foreign_writes;
        let [written] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!((written.path.as_str(), written.change), ("/config/topics/orders", TreeChange::Changed));
        let node = cluster.tree().node("/config/topics/orders").expect("there").stat;
        assert_eq!(written.mzxid, Some(node.mzxid));
        let outcomes = quorum.apply(&claim, plan).await.expect("mirrored");
        assert!(matches!(outcomes[..], [Outcome::Committed(_)]), "{outcomes:?}");
        let listed = quorum.barrier_and_relist(&claim).await.expect("read under the claim").foreign_writes;
        assert_eq!(listed, [], "it was told, and the mirror's own writes are its own");
        let mirrored = quorum.stage().await.expect("read").image;
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
        assert_eq!(broker.highest_stamp().await, Ok(claim.zk_controller_epoch));
        quorum.close().await;
        assert!(data_at(&cluster, znodes::CONTROLLER).is_some(), "a claim outlives its session");
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
    let claim = seize(&quorum, 3000, 1).await.expect("seized");
    assert_eq!(claim.zk_controller_epoch, reign.controller_epoch + 1, "it claimed once");
    cluster.fail_write(3000, WriteFault::LoseReply { path_prefix: znodes::MIGRATION.to_owned() });
    let mut claim = claim;
    quorum.set_progress(&mut claim, znodes::NO_PROGRESS).await.expect("settled by reading");
    quorum.set_progress(&mut claim, znodes::NO_PROGRESS).await.expect("the version is right");
}

#[tokio::test]
async fn a_tree_no_controller_ruled_is_not_seized() {
    let refused = mirror(&cluster(true), 3000).seize(3000, KRaftEpoch(1), 0).await;
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
        // Another broker with the same id, and then a new process of this one.
        for (port, expected) in [(9094, false), (9093, true)] {
            match other.register(registration(2, port)).await {
                Err(MemberError::AlreadyRegistered { broker_id: 2, is_former_self, owner_session, own_session }) => {
                    assert_eq!(is_former_self, expected, "port {port}");
                    assert_ne!(owner_session, own_session);
                }
                taken => panic!("{taken:?}"),
            }
        }
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

    assert_eq!(member.controller().await.expect("read").controller_id, Some(1));
    seize(&mirror(&cluster, 3000), 3000, 1).await.expect("seized");
    assert_eq!(member.controller().await.expect("read").kraft_controller_epoch, 1, "read fresh, no notice awaited");
    let refused = member.write(vec![unit(vec![config("a", Some("3"))])]).await;
    assert_eq!(refused, Err(CommitError::Fenced), "a quorum rules");
    assert_eq!(data_at(&cluster, "/config/topics/orders").as_deref(), Some(r#"{"version":1,"config":{"b":"2"}}"#));
}

/// The version is the fence: whoever ruled when the quorum looked is deposed, and nobody else.
#[tokio::test]
async fn a_claim_is_fenced_by_the_version_that_was_seen() {
    for creates_in_multi in [true, false] {
        let (cluster, broker, reign) = ruled(creates_in_multi).await;
        let quorum = mirror(&cluster, 3000);
        let seen = quorum.inspect().await.expect("inspected").controller_epoch_zk_version.expect("there");
        broker.resign(reign).await;
        let other = store(&cluster, 2);
        let reign = other.campaign(candidate(2)).await.expect("another reign");
        other.load().await.expect("loaded");
        let raced = quorum.seize(3000, KRaftEpoch(1), seen).await;
        assert!(matches!(raced, Err(ClaimError::Raced(_))), "{raced:?}");
        assert_eq!(data_at(&cluster, znodes::MIGRATION), None, "a lost claim leaves nothing");
        let outcomes = other.commit(Fence::Reign(&reign), vec![unit(vec![elect(2)])]).await.expect("it rules on");
        assert!(matches!(outcomes[..], [Outcome::Committed(_)]));

        // An election right between the look and the multi is the same race.
        let seen = quorum.inspect().await.expect("inspected").controller_epoch_zk_version.expect("there");
        let epoch = data_at(&cluster, znodes::CONTROLLER_EPOCH).expect("there").into_bytes();
        let election = vec![Op::set(znodes::CONTROLLER_EPOCH, epoch, None)];
        cluster.edit_after_read(3000, znodes::CONTROLLER, election);
        let raced = quorum.seize(3000, KRaftEpoch(1), seen).await;
        assert!(matches!(raced, Err(ClaimError::Raced(_))), "{raced:?}");
        let claim = seize(&quorum, 3000, 1).await.expect("with the present version it applies");
        assert_eq!(data_at(&cluster, znodes::CONTROLLER_EPOCH), Some(claim.zk_controller_epoch.to_string()));
    }
}

/// The ephemeral of a broker that dies between look and claim is no obstacle, nor is one that was just created.
#[tokio::test]
async fn a_claim_survives_a_controller_that_comes_or_goes_under_the_same_epoch() {
    for creates_in_multi in [true, false] {
        let (cluster, _broker, reign) = ruled(creates_in_multi).await;
        let quorum = mirror(&cluster, 3000);
        let seen = quorum.inspect().await.expect("inspected").controller_epoch_zk_version.expect("there");
        cluster.edit_after_read(3000, znodes::CONTROLLER, vec![Op::delete(znodes::CONTROLLER, None)]);
        let claim = quorum.seize(3000, KRaftEpoch(1), seen).await.expect("seized");
        assert_eq!(claim.zk_controller_epoch, reign.controller_epoch + 1);
        let controller = data_at(&cluster, znodes::CONTROLLER).expect("there");
        assert!(controller.contains("\"brokerid\":3000") && controller.contains("\"kraftControllerEpoch\":1"));
        assert_eq!(cluster.tree().node(znodes::CONTROLLER).expect("there").stat.ephemeral_owner, 0);
    }
}

/// A later leader of the quorum takes the claim of an earlier one, whose mirror is fenced at once.
#[tokio::test]
async fn a_former_leader_s_claim_is_replaced_or_adopted() {
    for creates_in_multi in [true, false] {
        let (cluster, broker, reign) = ruled(creates_in_multi).await;
        let (former, leader) = (mirror(&cluster, 3000), mirror(&cluster, 3001));
        let refused = leader.adopt(3001, KRaftEpoch(2)).await;
        assert!(matches!(refused, Err(ClaimError::Refused(_))), "a broker rules: {refused:?}");

        let mut old_claim = seize(&former, 3000, 2).await.expect("seized");
        let progress = Progress {
            kraft_controller_id: 3000,
            kraft_controller_epoch: 2,
            kraft_metadata_offset: 50,
            kraft_metadata_epoch: 2,
        };
        former.set_progress(&mut old_claim, progress).await.expect("progress");

        let claim = seize(&leader, 3001, 3).await.expect("the older claim is replaced");
        assert_eq!(claim.zk_controller_epoch, reign.controller_epoch + 2);
        assert_eq!(former.set_progress(&mut old_claim, progress).await, Err(CommitError::Fenced));
        let superseded = former.adopt(3000, KRaftEpoch(2)).await;
        assert_eq!(superseded, Err(ClaimError::Superseded { kraft_controller_epoch: 3 }));
        let again = seize(&leader, 3001, 3).await.expect("our own stands");
        assert_eq!(again.zk_controller_epoch, claim.zk_controller_epoch, "one leader claims once per epoch");

        // Back1: nobody claims any more, the claim that stands changes hands.
        let next = mirror(&cluster, 3002);
        let fault = WriteFault::LoseReply { path_prefix: znodes::MIGRATION.to_owned() };
        cluster.fail_write(3002, fault);
        let mut adopted = next.adopt(3002, KRaftEpoch(4)).await.expect("adopted");
        assert_eq!(adopted.zk_controller_epoch, claim.zk_controller_epoch);
        assert_eq!(adopted.controller_epoch_zk_version, claim.controller_epoch_zk_version);
        assert!(data_at(&cluster, znodes::CONTROLLER).expect("there").contains("\"brokerid\":3001"), "it stays");
        assert!(data_at(&cluster, znodes::MIGRATION).expect("there").contains("\"kraft_metadata_offset\":50"));
        let mut stale = again;
        assert_eq!(leader.set_progress(&mut stale, progress).await, Err(CommitError::Fenced));
        let listed = leader.barrier_and_relist(&stale).await;
        assert!(matches!(listed, Err(LoadError::Unavailable(_))), "the barrier does not hold: {listed:?}");
        let late = leader.adopt(3001, KRaftEpoch(3)).await;
        assert_eq!(late, Err(ClaimError::Superseded { kraft_controller_epoch: 4 }), "a later leader has adopted");
        next.set_progress(&mut adopted, progress).await.expect("the new leader marks");

        // After the hand-over there is nothing left to adopt, and no claim of before leaves a trace.
        broker.take_over(1, 0).await.expect("taken over");
        let refused = next.adopt(3002, KRaftEpoch(4)).await;
        assert!(matches!(refused, Err(ClaimError::Refused(_))), "{refused:?}");
        assert_eq!(data_at(&cluster, znodes::MIGRATION), None);
    }
}

/// Each write of a claim with its request or its reply lost: the claim holds, and holds once.
#[tokio::test]
async fn a_claim_survives_each_lost_message() {
    for creates_in_multi in [true, false] {
        for prefix in [znodes::CONTROLLER_EPOCH, znodes::CONTROLLER, znodes::MIGRATION] {
            for is_reply in [true, false] {
                let (cluster, _broker, reign) = ruled(creates_in_multi).await;
                let path_prefix = prefix.to_owned();
                let fault = match is_reply {
                    true => WriteFault::LoseReply { path_prefix },
                    false => WriteFault::LoseRequest { path_prefix },
                };
                cluster.fail_write(3000, fault.clone());
                let quorum = mirror(&cluster, 3000);
                let mut claim = match seize(&quorum, 3000, 1).await {
                    Ok(claim) => claim,
                    // On 3.4 an epoch of which nobody knows who set it is a race that was lost; the next look settles it.
                    Err(ClaimError::Raced(_)) if !creates_in_multi => seize(&quorum, 3000, 1).await.expect("seized"),
                    Err(error) => panic!("{fault:?}: {error}"),
                };
                if creates_in_multi {
                    assert_eq!(claim.zk_controller_epoch, reign.controller_epoch + 1, "{fault:?}");
                }
                quorum.set_progress(&mut claim, znodes::NO_PROGRESS).await.expect("the claim holds");
                quorum.barrier_and_relist(&claim).await.expect("and lists");
            }
        }
    }
}

/// A claim that was lost before `/migration` was created must not create it in a tree that a broker rules again.
#[tokio::test]
async fn a_claim_that_is_over_creates_no_migration_znode() {
    let (cluster, _broker, _) = ruled(true).await;
    let quorum = mirror(&cluster, 3000);
    let seen = quorum.inspect().await.expect("inspected").controller_epoch_zk_version.expect("there");
    // The third read of `/migration` is the one that finds it missing under the claim.
    cluster.fail_write(
        3000,
        WriteFault::SetBefore { path_prefix: znodes::MIGRATION.to_owned(), path: znodes::CONTROLLER_EPOCH.to_owned() },
    );
    let raced = quorum.seize(3000, KRaftEpoch(1), seen).await;
    assert!(matches!(raced, Err(ClaimError::Raced(_))), "{raced:?}");
    assert_eq!(data_at(&cluster, znodes::MIGRATION), None);
}

/// A partition that no controller has led yet has no `state`: the copy leads it, and the mirror creates the znode.
#[tokio::test]
async fn a_partition_without_a_state_gets_one_from_the_mirror() {
    for creates_in_multi in [true, false] {
        let (cluster, _broker, _) = ruled(creates_in_multi).await;
        let topic_id = TopicId::from_bytes([8; 16]);
        let document = format!(
            r#"{{"partitions":{{"0":[2,1]}},"topic_id":"{topic_id}","adding_replicas":{{}},"removing_replicas":{{}},"version":3}}"#
        );
        cluster.outside_write(&[Op::create(znodes::topic_path("new"), document.into_bytes())]).expect("created");
        let quorum = mirror(&cluster, 3000);
        let claim = seize(&quorum, 3000, 1).await.expect("seized");
        let listed = quorum.barrier_and_relist(&claim).await.expect("listed");
        let found = &listed.image.topics.by_id[&topic_id].partitions[&0];
        assert_eq!((found.partition_epoch, found.leader_epoch, found.leader), (-1, -1, -1), "as the tree has it");

        let led = PartitionRecord {
            partition_id: 0,
            topic_id,
            replicas: vec![2, 1],
            isr: vec![2, 1],
            leader: 2,
            leader_epoch: 0,
            partition_epoch: 0,
            directories: vec![TopicId::ZERO; 2],
            ..PartitionRecord::default()
        };
        let mut delta = Delta::new(&listed.image);
        delta.replay_all(&[MetadataRecord::Partition(led).into()]).expect("the copy's record fits");
        let plan = MirrorPlan { image: Arc::new(delta.apply().0), records: Vec::new() };
        quorum.apply(&claim, plan.clone()).await.expect("mirrored");
        let state = data_at(&cluster, &znodes::state_path("new", 0)).expect("the mirror created it");
        assert!(state.contains("\"leader\":2") && state.contains("\"isr\":[2,1]"), "{state}");
        let listed = quorum.barrier_and_relist(&claim).await.expect("listed");
        assert!(diff(&listed.image, &plan.image, DiffScope::Shared).is_empty());
    }
}

/// Kafka writes no notice with a new topic, so a broker asks; what it was answered counts as told.
#[tokio::test]
async fn a_member_reads_the_configs_of_new_topics() {
    let (cluster, broker, reign) = ruled(true).await;
    let member = ZooKeeperMemberImpl::open(Arc::new(cluster.connector(2)));
    let mut notices = member.notices().await.expect("notices");
    assert!(matches!(notices.next().await, Some(Notice::Controller(_))));
    let fresh = TopicId::from_bytes([9; 16]);
    let mut records = vec![MetadataRecord::Topic(TopicRecord { name: "fresh".to_owned(), topic_id: fresh }).into()];
    let named = |name: &str, value: Option<&str>| {
        Record::from(MetadataRecord::Config(ConfigRecord {
            resource_type: ConfigResourceType::Topic as i8,
            resource_name: "fresh".to_owned(),
            name: name.to_owned(),
            value: value.map(str::to_owned),
        }))
    };
    records.push(named("retention.ms", Some("5")));
    broker.commit(Fence::Reign(&reign), vec![unit(records)]).await.expect("committed");
    let names = ["fresh", "orders", "absent"].map(str::to_owned).to_vec();
    assert_eq!(member.topic_configs(names).await, [named("retention.ms", Some("5"))]);
    broker.commit(Fence::Reign(&reign), vec![unit(vec![named("retention.ms", None)])]).await.expect("committed");
    assert_eq!(notices.next().await, Some(Notice::Configs(vec![named("retention.ms", None)])));
}

/// OffsetCommit and OffsetFetch of version 0.
#[tokio::test]
async fn offsets_of_consumers_are_kept_where_old_clients_look() {
    let cluster = cluster(true);
    let member = ZooKeeperMemberImpl::open(Arc::new(cluster.connector(2)));
    let partition = |group_id: &str, partition_id| ConsumerPartition {
        group_id: group_id.to_owned(),
        topic_name: "orders".to_owned(),
        partition_id,
    };
    let first = partition("g", 0);
    assert_eq!(member.consumer_offset(&first).await, Ok(None));
    for offset in [7, 9] {
        assert_eq!(member.set_consumer_offset(&first, offset).await, Ok(()));
        assert_eq!(member.consumer_offset(&first).await, Ok(Some(offset)));
    }
    assert_eq!(member.set_consumer_offset(&partition("g", 1), 3).await, Ok(()));
    let tree = cluster.tree();
    assert_eq!(tree.node("/consumers/g/offsets/orders/0").expect("there").data, b"9");
    assert_eq!(tree.node("/consumers/g/offsets/orders/1").expect("there").data, b"3");
    for name in ["", "..", "a/b"] {
        let set = member.set_consumer_offset(&partition(name, 0), 1).await;
        assert!(matches!(set, Err(MemberError::Bad(_))), "{set:?}");
    }
}
