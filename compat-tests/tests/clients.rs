//! Stock tools and clients against one Kedge broker, in every metadata mode.

mod common;

use std::path::Path;

use common::{
    Kedge, SOON,
    cluster::{Cluster, Mode, Shape},
    load::Load,
    topics::{create_topic, list_topics},
};
use kedge_real_parts::{JavaTool, KafkaConfig, KedgeProcess, Properties, Python, TestSite, eventually};

const N_RECORDS: usize = 100;

/// One broker in that mode. In KRaft mode it is its own controller; a cluster that has moved has one of its own.
fn one_node(site: &TestSite, mode: Mode) -> Cluster {
    if mode == Mode::KRaft {
        let node = Kedge::start(site, KafkaConfig::kraft_combined(site, 1).unwrap());
        return Cluster { site: site.clone(), mode, zookeeper: None, controllers: Vec::new(), brokers: vec![node] };
    }
    Cluster::start(site, mode, Shape { n_zookeeper_servers: 1, n_controllers: 1, n_brokers: 1 }, &Properties::new())
}

#[test]
fn the_tools_of_apache_39_work_in_kraft_mode() {
    the_tools_of_apache_39_work(Mode::KRaft);
}

#[test]
fn the_tools_of_apache_39_work_in_zookeeper_mode() {
    the_tools_of_apache_39_work(Mode::ZooKeeper);
}

#[test]
fn the_tools_of_apache_39_work_in_dual() {
    the_tools_of_apache_39_work(Mode::Dual);
}

#[cfg(feature = "long")]
#[test]
fn the_tools_of_apache_39_work_in_final() {
    the_tools_of_apache_39_work(Mode::Final);
}

#[test]
fn python_clients_produce_and_consume_in_kraft_mode() {
    python_clients_produce_and_consume(Mode::KRaft);
}

#[test]
fn python_clients_produce_and_consume_in_zookeeper_mode() {
    python_clients_produce_and_consume(Mode::ZooKeeper);
}

#[test]
fn python_clients_produce_and_consume_in_dual() {
    python_clients_produce_and_consume(Mode::Dual);
}

#[test]
fn nothing_is_lost_when_the_node_is_killed_under_load_in_kraft_mode() {
    nothing_is_lost_when_the_node_is_killed_under_load(Mode::KRaft);
}

#[test]
fn nothing_is_lost_when_the_node_is_killed_under_load_in_zookeeper_mode() {
    nothing_is_lost_when_the_node_is_killed_under_load(Mode::ZooKeeper);
}

fn the_tools_of_apache_39_work(mode: Mode) {
    let site = TestSite::new(&format!("tools_{mode:?}")).unwrap();
    let mut cluster = one_node(&site, mode);
    let bootstrap = cluster.bootstrap();
    create_topic(&site, &bootstrap, "orders", 3, 1);

    let described = JavaTool::topics(&site, &bootstrap).args(["--describe", "--topic", "orders"]).run().unwrap();
    let described = described.success().unwrap();
    assert!(described.contains("PartitionCount: 3") && described.contains("Leader: 1"), "{described}");

    let alter =
        ["--alter", "--entity-type", "topics", "--entity-name", "orders", "--add-config", "retention.ms=3600000"];
    JavaTool::configs(&site, &bootstrap).args(alter).run().unwrap().success().unwrap();
    let describe = ["--describe", "--entity-type", "topics", "--entity-name", "orders"];
    let configs = JavaTool::configs(&site, &bootstrap).args(describe).run().unwrap().success().unwrap();
    assert!(configs.contains("retention.ms=3600000"), "{configs}");

    let widen = ["--alter", "--topic", "orders", "--partitions", "5"];
    JavaTool::topics(&site, &bootstrap).args(widen).run().unwrap().success().unwrap();

    let records: String = (0..N_RECORDS).map(|number| format!("record {number}\n")).collect();
    let producer = JavaTool::console_producer(&site, &bootstrap, "orders").args(["--producer-property", "acks=all"]);
    producer.input(records.clone()).run().unwrap().success().unwrap();
    let consume = ["--max-messages", "100", "--group", "readers"];
    let consumer = JavaTool::console_consumer(&site, &bootstrap, "orders").args(consume);
    let mut read: Vec<String> = consumer.run().unwrap().success().unwrap().lines().map(str::to_owned).collect();
    let mut sent: Vec<String> = records.lines().map(str::to_owned).collect();
    read.sort();
    sent.sort();
    assert_eq!(read, sent);

    let groups = JavaTool::consumer_groups(&site, &bootstrap).args(["--describe", "--group", "readers"]);
    let groups = groups.run().unwrap().success().unwrap();
    let lag_of = |line: &str| line.split_whitespace().nth(5).map(str::to_owned);
    let lags: Vec<String> = groups.lines().filter(|line| line.starts_with("readers")).filter_map(lag_of).collect();
    assert_eq!(lags.len(), 5, "{groups}");
    assert!(lags.iter().all(|lag| lag == "0"), "{groups}");

    let delete = ["--delete", "--topic", "orders"];
    JavaTool::topics(&site, &bootstrap).args(delete).run().unwrap().success().unwrap();
    eventually(SOON, "no topic any more", || !list_topics(&site, &bootstrap).contains(&"orders".to_owned())).unwrap();
    if mode != Mode::ZooKeeper {
        apache_describes_the_quorum(&site, &bootstrap);
    }
    cluster.stop();
    if mode == Mode::KRaft {
        apache_reads_the_metadata_log(&site, cluster.brokers[0].config.log_dir());
    }
}

fn apache_describes_the_quorum(site: &TestSite, bootstrap: &str) {
    let quorum = JavaTool::metadata_quorum(site, bootstrap).args(["describe", "--status"]).run().unwrap();
    let quorum = quorum.success().unwrap();
    assert!(quorum.contains("LeaderId:") && quorum.contains("CurrentVoters:"), "{quorum}");
}

/// Apache's own decoder finds nothing wrong with the derived log, and in it what was done.
fn apache_reads_the_metadata_log(site: &TestSite, log_dir: &Path) {
    let segment = log_dir.join("__cluster_metadata-0/00000000000000000000.log").display().to_string();
    let dump = JavaTool::dump_log(site).args(["--cluster-metadata-decoder", "--files", &segment]).run().unwrap();
    let dump = dump.success().unwrap();
    for record in ["REGISTER_BROKER_RECORD", "TOPIC_RECORD", "PARTITION_RECORD", "REMOVE_TOPIC_RECORD", "CONFIG_RECORD"]
    {
        assert!(dump.contains(record), "{record} is not in the dump of the metadata log");
    }
    assert!(!dump.contains("isvalid: false"), "a batch is not valid");
    let ours = KedgeProcess::run(site, ["dump-log", "--cluster-metadata-decoder", "--files", &segment], SOON).unwrap();
    assert!(ours.success().unwrap().contains("TOPIC_RECORD"));
}

fn python_clients_produce_and_consume(mode: Mode) {
    let site = TestSite::new(&format!("python_{mode:?}")).unwrap();
    let cluster = one_node(&site, mode);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/round_trip.py");
    for library in ["confluent-kafka", "kafka-python", "aiokafka"] {
        create_topic(&site, &cluster.bootstrap(), library, 2, 1);
        let output = Python::run(&site, &script, [library, &cluster.bootstrap(), library], SOON).unwrap();
        assert_eq!(output.success().unwrap().trim(), format!("{library} 200 200"));
    }
}

fn nothing_is_lost_when_the_node_is_killed_under_load(mode: Mode) {
    let site = TestSite::new(&format!("one_killed_{mode:?}")).unwrap();
    let mut cluster = one_node(&site, mode);
    create_topic(&site, &cluster.bootstrap(), "load", 4, 1);
    let mut load = Load::start(&site, &cluster.bootstrap(), "load", 1, 200);
    load.wait_for_more(500, SOON);
    cluster.brokers[0].kill();
    cluster.brokers[0].restart();
    load.wait_for_more(500, SOON);
    // The page cache survives SIGKILL of a process, so even without a replica nothing that was acknowledged may be gone.
    let verdict = load.stop_and_judge(SOON);
    assert_eq!(verdict.faults, []);
}
