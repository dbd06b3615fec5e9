//! What a controller finds in a tree that others write too: old notices, old tools' topics and requests; on the model.

use std::sync::Arc;

use kedge_metadata_state::{
    Record, SidecarRecord, TopicId,
    image::BrokerRegistration,
    records::{
        BrokerRegistrationChangeRecord, MetadataRecord, PartitionRecord, RemoveTopicRecord, TopicRecord,
        UnregisterBrokerRecord,
    },
};
use kedge_metadata_store::{
    AdminNodeRequest, Candidate, Fence, Held, MetadataStore, Observations, Observed, Outcome, Reign, Unit,
};
use kedge_zookeeper::{
    ZooKeeperStore,
    model_client::{ModelCluster, WriteFault},
    store::can_hold,
    zk::Op,
    znodes,
};

const TOPIC_ID: TopicId = TopicId::from_bytes([7; 16]);

fn cluster() -> ModelCluster {
    let cluster = ModelCluster::new(true);
    cluster.outside_write(&znodes::TOP_LEVEL.map(|path| Op::create(path, Vec::new()))).expect("an empty tree");
    cluster
}

async fn ruling(cluster: &ModelCluster) -> (ZooKeeperStore, Reign, Observations) {
    let store = ZooKeeperStore::open(Arc::new(cluster.connector(1)));
    let reign = store.campaign(Candidate { node_id: 1, at: 1 }).await.expect("a reign");
    let (_, _, observations) = store.load().await.expect("loaded");
    (store, reign, observations)
}

fn unit(records: Vec<Record>) -> Vec<Unit> {
    vec![Unit { records, at: 1 }]
}

fn orders() -> Vec<Record> {
    let partition = PartitionRecord {
        partition_id: 0,
        topic_id: TOPIC_ID,
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: vec![TopicId::ZERO],
        ..PartitionRecord::default()
    };
    let topic = TopicRecord { name: "orders".to_owned(), topic_id: TOPIC_ID };
    vec![MetadataRecord::Topic(topic).into(), MetadataRecord::Partition(partition).into()]
}

fn data_at(cluster: &ModelCluster, path: &str) -> Option<String> {
    cluster.tree().node(path).map(|node| String::from_utf8_lossy(&node.data).into_owned())
}

/// The records of the next batch that this process did not commit.
async fn next_foreign(observations: &mut Observations) -> Vec<Record> {
    loop {
        match observations.next().await.expect("the stream goes on") {
            Observed::Batch { own: false, records, .. } => return records,
            Observed::Batch { own: true, .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_new_controller_tidies_up_before_it_reads() {
    let cluster = cluster();
    let election = r#"{"version":1,"partitions":[{"topic":"orders","partition":0}]}"#;
    let writes = [
        Op::create("/isr_change_notification/isr_change_0000000001", "{}"),
        Op::create("/log_dir_event_notification/log_dir_event_0000000004", r#"{"version":1,"broker":2,"event":1}"#),
        Op::create("/admin/delete_topics/long-gone", ""),
        Op::create(znodes::PREFERRED_ELECTION, election),
    ];
    cluster.outside_write(&writes).expect("written");
    let reassignment = r#"{"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[2]}]}"#;
    cluster.outside_write(&[Op::create(znodes::REASSIGN_PARTITIONS, reassignment)]).expect("written");
    // Who only reads changes nothing.
    let reader = ZooKeeperStore::open(Arc::new(cluster.connector(2)));
    reader.load().await.expect("loaded");
    assert!(writes.iter().all(|op| cluster.tree().node(op.path()).is_some()));

    let (_store, _reign, mut observations) = ruling(&cluster).await;
    let elect = AdminNodeRequest::PreferredElection(vec![("orders".to_owned(), 0)]);
    assert_eq!(observations.next().await, Some(Observed::AdminNode(elect)));
    // A reassignment is told and left alone.
    let reassign = AdminNodeRequest::ReassignPartitions(vec![("orders".to_owned(), 0)]);
    assert_eq!(observations.next().await, Some(Observed::AdminNode(reassign)));
    assert_eq!(data_at(&cluster, znodes::REASSIGN_PARTITIONS).as_deref(), Some(reassignment));
    // What follows the request in the store's queue is done once the next call is answered.
    _store.load().await.expect("loaded");
    let left: Vec<&str> = writes.iter().map(Op::path).filter(|path| cluster.tree().node(path).is_some()).collect();
    assert_eq!(left, [""; 0]);
    assert_eq!(data_at(&cluster, znodes::FEATURE).as_deref(), Some(r#"{"features":{},"version":2,"status":1}"#));
}

#[tokio::test]
async fn an_old_tool_s_topic_gets_an_id_and_keeps_it() {
    let cluster = cluster();
    let (store, reign, mut observations) = ruling(&cluster).await;
    let document = |partitions: &str| format!(r#"{{"version":1,"partitions":{{{partitions}}}}}"#).into_bytes();
    let path = znodes::topic_path("old");
    cluster.outside_write(&[Op::create(&path, document(r#""0":[1,2]"#))]).expect("kafka-topics --zookeeper --create");
    let records = next_foreign(&mut observations).await;
    let [Record::Metadata(MetadataRecord::Topic(topic)), Record::Metadata(MetadataRecord::Partition(first))] =
        &records[..]
    else {
        panic!("{records:?}")
    };
    assert_eq!((first.partition_epoch, first.leader, &first.replicas), (-1, -1, &vec![1, 2]), "to be elected");
    let written = data_at(&cluster, &path).expect("there");
    assert!(written.contains(&topic.topic_id.to_string()), "{written}");

    // The controller's first election creates the state.
    let elected = PartitionRecord { isr: vec![1, 2], leader: 1, leader_epoch: 0, partition_epoch: 0, ..first.clone() };
    let commit = unit(vec![MetadataRecord::Partition(elected).into()]);
    let outcomes = store.commit(Fence::Reign(&reign), commit).await.expect("committed");
    assert!(matches!(outcomes[..], [Outcome::Committed(_)]), "{outcomes:?}");
    let state = data_at(&cluster, &znodes::state_path("old", 0)).expect("created");
    assert!(state.contains(r#""leader":1"#) && state.contains(r#""leader_epoch":0"#), "{state}");

    // Tools before 2.8 write the document without its id: it is not another topic.
    let op = Op::set(&path, document(r#""0":[1,2],"1":[2,1]"#), None);
    cluster.outside_write(&[op]).expect("kafka-topics --zookeeper --alter --partitions");
    let records = next_foreign(&mut observations).await;
    let [Record::Metadata(MetadataRecord::Partition(second))] = &records[..] else { panic!("{records:?}") };
    assert_eq!((second.topic_id, second.partition_id), (topic.topic_id, 1));
    assert!(data_at(&cluster, &path).expect("there").contains(&topic.topic_id.to_string()));
}

/// `--create` and `--delete` of an old tool on each other's heels: the deletion is told after the topic, or nobody would know
/// what it is about, also when the topic takes two attempts to get its id.
#[tokio::test]
async fn a_deletion_is_told_after_the_topic_it_names() {
    for is_disturbed in [false, true] {
        let cluster = cluster();
        let (_store, _reign, mut observations) = ruling(&cluster).await;
        let path = znodes::topic_path("short-lived");
        if is_disturbed {
            let path_prefix = znodes::TOPICS.to_owned();
            cluster.fail_write(1, WriteFault::SetBefore { path_prefix, path: path.clone() });
        }
        let document = r#"{"version":1,"partitions":{"0":[1]}}"#;
        let writes = [Op::create(&path, document), Op::create("/admin/delete_topics/short-lived", "")];
        cluster.outside_write(&writes).expect("written");
        let first = observations.next().await.expect("an event");
        assert!(matches!(&first, Observed::Batch { own: false, .. }), "{first:?}");
        let deletion = AdminNodeRequest::DeleteTopics(vec!["short-lived".to_owned()]);
        assert_eq!(observations.next().await, Some(Observed::AdminNode(deletion)));
        assert!(data_at(&cluster, "/admin/delete_topics/short-lived").is_some(), "until the topic is gone");
    }
}

/// Every form of a change notice that a tool or broker since 0.8 has written, and what Kafka skips.
#[tokio::test]
async fn config_changes_arrive_by_notices_of_every_version() {
    let cluster = cluster();
    let (store, reign, mut observations) = ruling(&cluster).await;
    store.commit(Fence::Reign(&reign), unit(orders())).await.expect("committed");
    let config = |entry: &str| format!(r#"{{"version":1,"config":{{{entry}}}}}"#);
    let mut number = 100;
    let mut write = |notice: &str, entity: &str, entry: &str| {
        number += 1;
        let path = format!("/config/{entity}");
        let entity_op = match cluster.tree().node(&path) {
            Some(_) => Op::set(&path, config(entry), None),
            None => Op::create(&path, config(entry)),
        };
        let notice_path = format!("{}{number:010}", znodes::CONFIG_CHANGE_PREFIX);
        cluster.outside_write(&[entity_op, Op::create(notice_path, notice)]).expect("written");
    };
    // Skipped: no JSON, a version that does not exist, an entity that Kedge does not carry.
    write("no json", "topics/orders", "");
    write(r#"{"version":3,"entity_path":"topics/orders"}"#, "topics/orders", "");
    write(r#"{"version":2,"entity_path":"clients/app"}"#, "clients/app", r#""producer_byte_rate":"1""#);
    let cases = [
        (r#"{"version":1,"entity_type":"topics","entity_name":"orders"}"#, "topics/orders", "retention.ms", "1"),
        (r#"{"version":2,"entity_path":"topics/orders"}"#, "topics/orders", "segment.bytes", "2000"),
        (r#"{"version":2,"entity_path":"brokers/1"}"#, "brokers/1", "leader.replication.throttled.rate", "9"),
        (r#"{"version":2,"entity_path":"brokers/<default>"}"#, "brokers/<default>", "log.retention.ms", "7"),
    ];
    for (notice, entity, key, value) in cases {
        write(notice, entity, &format!(r#""{key}":"{value}""#));
        let records = next_foreign(&mut observations).await;
        let set: Vec<(&str, Option<&str>)> = records
            .iter()
            .map(|record| match record {
                Record::Metadata(MetadataRecord::Config(config)) => (config.name.as_str(), config.value.as_deref()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(set.contains(&(key, Some(value))), "{notice}: {set:?}");
    }
}

/// The controller dies, an old tool adds a partition, and another broker takes over: it knows the topic's id as a broker does.
/// A topic that is new gets a fresh one, though there was one of its name.
#[tokio::test]
async fn an_id_wiped_between_two_reigns_is_the_old_one_again() {
    let cluster = cluster();
    let (store, reign, _observations) = ruling(&cluster).await;
    store.commit(Fence::Reign(&reign), unit(orders())).await.expect("committed");
    store.resign(reign).await;
    let writes = [
        Op::set(znodes::topic_path("orders"), r#"{"version":1,"partitions":{"0":[1],"1":[1]}}"#, None),
        Op::create(znodes::topic_path("again"), r#"{"version":1,"partitions":{"0":[1]}}"#),
    ];
    cluster.outside_write(&writes).expect("written");
    let knows = |name: &str| match name {
        "orders" => Some(TOPIC_ID),
        _ => Some(TopicId::from_bytes([8; 16])),
    };
    let next = ZooKeeperStore::open_knowing(Arc::new(cluster.connector(2)), Arc::new(knows));
    let _reign = next.campaign(Candidate { node_id: 2, at: 1 }).await.expect("a reign");
    let (image, _, _) = next.load().await.expect("loaded");
    let id_of = |name: &str| image.topics.get(name).map(|topic| topic.topic_id);
    assert_eq!(id_of("orders"), Some(TOPIC_ID));
    assert!(id_of("again").is_some_and(|topic_id| topic_id != TopicId::from_bytes([8; 16])));
}

#[tokio::test]
async fn a_deletion_ends_in_one_unit_with_its_request() {
    let cluster = cluster();
    let (store, reign, _observations) = ruling(&cluster).await;
    let queued = Record::Sidecar(SidecarRecord::TopicDeletionQueued { topic_id: TOPIC_ID });
    let units = [orders(), vec![queued]].into_iter().flat_map(unit).collect();
    store.commit(Fence::Reign(&reign), units).await.expect("committed");
    assert!(data_at(&cluster, "/admin/delete_topics/orders").is_some());
    let finished = vec![
        MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: TOPIC_ID }).into(),
        Record::Sidecar(SidecarRecord::TopicDeletionFinished { topic_id: TOPIC_ID }),
    ];
    let outcomes = store.commit(Fence::Reign(&reign), unit(finished)).await.expect("committed");
    assert!(matches!(outcomes[..], [Outcome::Committed(_)]), "{outcomes:?}");
    let tree = cluster.tree();
    let left: Vec<&String> = tree.nodes().map(|(path, _)| path).filter(|path| path.contains("orders")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Registrations are the brokers' own znodes: the store refuses them, and whoever runs the controller replays them
/// without a commit.
#[test]
fn registrations_are_no_commits() {
    let registration = BrokerRegistration {
        broker_id: 1,
        broker_epoch: 7,
        incarnation_id: TopicId::ZERO,
        listeners: Vec::new(),
        features: Default::default(),
        rack: None,
        fenced: false,
        in_controlled_shutdown: false,
        is_migrating_zk_broker: true,
        directories: Vec::new(),
    };
    let records = [
        MetadataRecord::RegisterBroker(registration.to_record()),
        MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChangeRecord::default()),
        MetadataRecord::UnregisterBroker(UnregisterBrokerRecord { broker_id: 1, broker_epoch: 7 }),
    ];
    for record in records.map(Record::from) {
        assert_eq!(can_hold(&record), Held::No, "{record}");
    }
}
