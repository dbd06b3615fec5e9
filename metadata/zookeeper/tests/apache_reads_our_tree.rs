//! A tree that this store wrote, under a real Apache Kafka 3.9 broker that becomes its controller: the prefix rule's oracle.

use std::{sync::Arc, time::Duration};

use kedge_metadata_state::{
    Record, TopicId,
    records::{ConfigRecord, MetadataRecord, PartitionRecord, TopicRecord},
};
use kedge_metadata_store::{Candidate, Fence, MetadataStore, Outcome, Unit, ZooKeeperMember};
use kedge_real_parts::{
    JavaTool, KafkaConfig, TEST_CLUSTER_ID, TestSite, ZooKeeperEnsemble, ZooKeeperVersion, eventually,
};
use kedge_zookeeper::{Ensemble, ZooKeeperStore, member::ZooKeeperMemberImpl};

const AT_MS: i64 = 1_700_000_000_000;
const N_PARTITIONS: i32 = 3;
const SOON: Duration = Duration::from_secs(30);

fn topic_id() -> TopicId {
    "abcdefghijklmnopqrstuA".parse().expect("a topic id")
}

/// Partition states after `elections` elections; each is a write of its znode.
fn partitions(elections: i32) -> Vec<Record> {
    let partition = |partition_id| PartitionRecord {
        partition_id,
        topic_id: topic_id(),
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch: elections,
        partition_epoch: elections,
        directories: vec![TopicId::ZERO],
        ..PartitionRecord::default()
    };
    (0..N_PARTITIONS).map(|partition_id| MetadataRecord::Partition(partition(partition_id)).into()).collect()
}

fn topic_with_a_config() -> Vec<Record> {
    let topic = TopicRecord { name: "written-by-kedge".to_owned(), topic_id: topic_id() };
    let config = ConfigRecord {
        resource_type: 2,
        resource_name: topic.name.clone(),
        name: "retention.ms".to_owned(),
        value: Some("7200000".to_owned()),
    };
    let head: [Record; 2] = [MetadataRecord::Topic(topic).into(), MetadataRecord::Config(config).into()];
    head.into_iter().chain(partitions(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_apache_39_broker_rules_a_tree_that_kedge_wrote() {
    let site = TestSite::new("apache-reads-our-tree").unwrap();
    let servers = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_9_5).unwrap();
    let connect = servers.connect_string("/spike");
    let ensemble = Arc::new(Ensemble { connect: connect.clone(), session_timeout: Duration::from_secs(6) });

    let member = ZooKeeperMemberImpl::open(ensemble.clone());
    assert_eq!(member.cluster_id(TEST_CLUSTER_ID).await.unwrap(), TEST_CLUSTER_ID);
    let store = ZooKeeperStore::open(ensemble);
    let reign = store.campaign(Candidate { node_id: 9, at: AT_MS }).await.unwrap();
    store.load().await.unwrap();
    for records in [topic_with_a_config(), partitions(1)] {
        let outcomes = store.commit(Fence::Reign(&reign), vec![Unit { records, at: AT_MS }]).await.unwrap();
        assert!(matches!(outcomes[..], [Outcome::Committed(_)]), "{outcomes:?}");
    }
    let kedges_epoch = reign.controller_epoch;
    store.resign(reign).await;

    tokio::task::block_in_place(|| {
        let mut broker = KafkaConfig::zookeeper_broker(&site, 1, &connect).unwrap().start().unwrap();
        let bootstrap = broker.bootstrap();
        let described = eventually(SOON, "the Apache broker leads what Kedge wrote", || {
            let described = JavaTool::topics(&site, &bootstrap).args(["--describe"]).run().ok()?.success().ok()?;
            (described.matches("Leader: 1").count() == N_PARTITIONS as usize).then_some(described)
        });
        let described = described.unwrap();
        assert!(
            described.contains(&topic_id().to_string()) && described.contains("retention.ms=7200000"),
            "{described}"
        );
        let records: String = (0..30).map(|number| format!("record {number}\n")).collect();
        let producer = JavaTool::console_producer(&site, &bootstrap, "written-by-kedge");
        producer.args(["--producer-property", "acks=all"]).input(records.clone()).run().unwrap().success().unwrap();
        let consumer = JavaTool::console_consumer(&site, &bootstrap, "written-by-kedge").args(["--max-messages", "30"]);
        let read = consumer.run().unwrap().success().unwrap();
        assert_eq!(read.lines().count(), 30);
        let create = ["--create", "--topic", "written-by-apache", "--partitions", "2", "--replication-factor", "1"];
        JavaTool::topics(&site, &bootstrap).args(create).run().unwrap().success().unwrap();
        broker.stop().unwrap();
    });

    // And back: what the Apache controller made of the tree loads here, nothing is lost and no epoch went back.
    let (image, _, _) = store.load().await.unwrap();
    assert!(image.topics.get("written-by-apache").is_some_and(|topic| topic.partitions.len() == 2));
    let ours = image.topics.get("written-by-kedge").expect("our topic is still there");
    assert_eq!((ours.topic_id, ours.partitions.len()), (topic_id(), N_PARTITIONS as usize));
    assert!(ours.partitions.values().all(|partition| partition.leader_epoch >= 1 && partition.isr == [1]));
    let reign = store.campaign(Candidate { node_id: 9, at: AT_MS }).await.unwrap();
    assert!(reign.controller_epoch > kedges_epoch + 1, "Apache ruled in between: {}", reign.controller_epoch);
    store.resign(reign).await;
}
