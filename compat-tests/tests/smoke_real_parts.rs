//! The harness on the real parts, without Kedge: if these fail, look at the machine or the set-up first.

use std::time::Duration;

use kedge_real_parts::{
    JavaTool, KafkaConfig, Python, TEST_CLUSTER_ID, TestSite, ZooKeeperEnsemble, ZooKeeperMode, ZooKeeperVersion,
    eventually,
};

const SOON: Duration = Duration::from_secs(30);
const N_RECORDS: usize = 100;

#[test]
fn an_ensemble_of_three_serves_again_after_its_leader_is_killed() {
    let site = TestSite::new("ensemble").unwrap();
    let mut zookeeper = ZooKeeperEnsemble::start(&site, 3, ZooKeeperVersion::V3_9_5).unwrap();
    zookeeper.shell(&["create", "/before", "{\"version\":1}"]).unwrap().success().unwrap();

    let killed = zookeeper.leader_index().expect("an ensemble that serves has a leader");
    zookeeper.kill_server(killed);
    let leader = eventually(SOON, "new ZooKeeper leader", || zookeeper.leader_index()).unwrap();
    assert_ne!(leader, killed);
    assert_eq!(zookeeper.mode(killed), None);
    assert_eq!(zookeeper.znode("/before").unwrap().as_deref(), Some("{\"version\":1}"));
    zookeeper.shell(&["create", "/after", "x"]).unwrap().success().unwrap();

    zookeeper.restart_server(killed).unwrap();
    assert_eq!(zookeeper.mode(killed), Some(ZooKeeperMode::Follower));
    assert_eq!(zookeeper.children("/").unwrap().unwrap(), ["after", "before", "zookeeper"]);
    assert_eq!(zookeeper.znode("/never").unwrap(), None);
    assert_eq!(zookeeper.children("/never").unwrap(), None);
}

#[test]
fn the_oldest_zookeeper_serves() {
    let site = TestSite::new("zookeeper_3_4").unwrap();
    let zookeeper = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_4_14).unwrap();
    assert_eq!(zookeeper.mode(0), Some(ZooKeeperMode::Standalone));
    assert!(zookeeper.four_letter_word(0, "srvr").unwrap().starts_with("Zookeeper version: 3.4.14"));
    assert_eq!(zookeeper.children("/").unwrap().unwrap(), ["zookeeper"]);
}

#[test]
fn an_apache_broker_in_zookeeper_mode_passes_records_and_comes_back() {
    let site = TestSite::new("apache_zookeeper_mode").unwrap();
    let zookeeper = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_9_5).unwrap();
    let config = KafkaConfig::zookeeper_broker(&site, 1, &zookeeper.connect_string("/smoke")).unwrap();
    let mut broker = config.with("zookeeper.session.timeout.ms", 6_000).start().unwrap();
    assert_eq!(zookeeper.children("/smoke/brokers/ids").unwrap().unwrap(), ["1"]);

    create_topic(&site, &broker.bootstrap());
    produce(&site, &broker.bootstrap());
    broker.kill();
    zookeeper.wait_until_gone("/smoke/brokers/ids/1", SOON).unwrap();
    broker.restart().unwrap();
    consume(&site, &broker.bootstrap());
    broker.stop().unwrap();
    assert_eq!(zookeeper.children("/smoke/brokers/ids").unwrap().unwrap(), Vec::<String>::new());
}

#[test]
fn an_apache_broker_in_kraft_mode_passes_records() {
    let site = TestSite::new("apache_kraft_mode").unwrap();
    let config = KafkaConfig::kraft_combined(&site, 1).unwrap().format_storage(TEST_CLUSTER_ID).unwrap();
    let mut broker = config.start().unwrap();
    create_topic(&site, &broker.bootstrap());
    produce(&site, &broker.bootstrap());
    consume(&site, &broker.bootstrap());

    let quorum = JavaTool::metadata_quorum(&site, &broker.bootstrap()).args(["describe", "--status"]).run().unwrap();
    assert!(quorum.success().unwrap().contains(TEST_CLUSTER_ID));
    python_clients_see_the_topic(&site, &broker.bootstrap());

    broker.stop().unwrap();
    let segment = broker.config().log_dir().join("smoke-0/00000000000000000000.log").display().to_string();
    let dump = JavaTool::dump_log(&site).args(["--print-data-log", "--files", &segment]).run().unwrap();
    assert_eq!(dump.success().unwrap().matches("payload: record ").count(), N_RECORDS);
}

#[test]
fn an_apache_broker_follows_an_apache_controller_and_comes_back_with_another_configuration() {
    let site = TestSite::new("apache_quorum").unwrap();
    let controller = KafkaConfig::kraft_controllers(&site, &[3000]).unwrap().remove(0);
    let config = KafkaConfig::kraft_broker(&site, 1, controller.voters()).unwrap();
    let mut controller = controller.format_storage(TEST_CLUSTER_ID).unwrap().start().unwrap();
    let mut broker = config.clone().format_storage(TEST_CLUSTER_ID).unwrap().start().unwrap();
    let ticks = controller.process().start_ticks().unwrap();
    create_topic(&site, &broker.bootstrap());
    produce(&site, &broker.bootstrap());

    let changed = KafkaConfig::kraft_broker(&site, 1, config.voters()).unwrap().in_place_of(&config);
    broker.restart_with(changed.with("message.max.bytes", 100_000)).unwrap();
    assert_eq!(broker.bootstrap(), config.bootstrap());
    consume(&site, &broker.bootstrap());
    assert_eq!(controller.process().start_ticks().unwrap(), ticks);
}

fn create_topic(site: &TestSite, bootstrap: &str) {
    let create = ["--create", "--topic", "smoke", "--partitions", "1", "--replication-factor", "1"];
    let created = JavaTool::topics(site, bootstrap).args(create).run().unwrap();
    assert!(created.success().unwrap().contains("Created topic smoke."));
}

fn records() -> String {
    (0..N_RECORDS).map(|number| format!("record {number}\n")).collect()
}

fn produce(site: &TestSite, bootstrap: &str) {
    let producer = JavaTool::console_producer(site, bootstrap, "smoke").args(["--producer-property", "acks=all"]);
    producer.input(records()).run().unwrap().success().unwrap();
}

/// Every record is read once and in order.
fn consume(site: &TestSite, bootstrap: &str) {
    let n_records = N_RECORDS.to_string();
    let consumer = JavaTool::console_consumer(site, bootstrap, "smoke").args(["--max-messages", &n_records]);
    assert_eq!(consumer.run().unwrap().success().unwrap(), records());
}

fn python_clients_see_the_topic(site: &TestSite, bootstrap: &str) {
    let script = site.directory().join("list_topics.py");
    std::fs::write(&script, LIST_TOPICS).unwrap();
    let output = Python::run(site, &script, [bootstrap], SOON).unwrap().success().unwrap();
    let seen: Vec<&str> = output.lines().collect();
    assert_eq!(seen, ["confluent-kafka True", "kafka-python True", "aiokafka True"]);
}

const LIST_TOPICS: &str = r#"
import asyncio, sys
import aiokafka, confluent_kafka.admin, kafka

bootstrap = sys.argv[1]
topics = confluent_kafka.admin.AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=20).topics
print("confluent-kafka", "smoke" in topics)
print("kafka-python", "smoke" in kafka.KafkaConsumer(bootstrap_servers=bootstrap).topics())

async def with_aiokafka():
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    print("aiokafka", "smoke" in await consumer.topics())
    await consumer.stop()

asyncio.run(with_aiokafka())
"#;
