//! Admin changes that arrive as znodes: stock tools of Apache Kafka with `--zookeeper`, against Kedge as the controller and
//! against Kedge as a broker under an Apache controller. CI runs the tools of 2.0.0; KEDGE_LONG=1 adds 0.11, 1.1 and 2.8.

mod common;

use std::time::{Duration, Instant};

use common::{
    SOON,
    cluster::{CHROOT, Cluster, Mode, Shape, broker_properties, controller_id, wait_for_controller, with_all},
    node_calls::ASK_PATIENCE,
    topics::{describe, list_topics, wait_for_full_isr, wait_for_partitions},
    wire,
};
use kedge_protocol::messages::{
    DescribeConfigsRequest, MetadataRequest, describe_configs_request::DescribeConfigsResource,
    metadata_request::MetadataRequestTopic,
};
use kedge_real_parts::{
    ClassPath, JavaTool, KafkaConfig, Properties, TestSite, ToolOutput, ZooKeeperEnsemble, ZooKeeperVersion, eventually,
};

/// Codes of resources and sources in DescribeConfigs.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const SOURCE_TOPIC: i8 = 1;
const SOURCE_BROKER: i8 = 2;
const DESCRIBE_CONFIGS_VERSION: i16 = 2;
const METADATA_WITH_IDS: i16 = 10;
const SHAPE: Shape = Shape { n_zookeeper_servers: 1, n_controllers: 0, n_brokers: 2 };

/// The command line tools of one version, on one tree.
struct Tools {
    site: TestSite,
    version: ClassPath,
    connect: String,
}

impl Tools {
    fn versions() -> Vec<ClassPath> {
        let mut versions = vec![ClassPath::Kafka2_0_0];
        if std::env::var_os("KEDGE_LONG").is_some() {
            versions.extend([ClassPath::Kafka0_11_0_3, ClassPath::Kafka1_1_1, ClassPath::Kafka2_8_2]);
        }
        versions
    }

    fn run(&self, main_class: &str, args: &[&str]) -> ToolOutput {
        let tool = JavaTool::new(&self.site, &format!("kafka.admin.{main_class}")).of_version(self.version);
        tool.args(["--zookeeper", &self.connect]).args(args.iter().copied()).run().unwrap()
    }

    fn succeed(&self, main_class: &str, args: &[&str]) -> String {
        self.run(main_class, args).success().unwrap()
    }

    fn topics(&self, args: &[&str]) -> String {
        self.succeed("TopicCommand", args)
    }

    /// `--alter` of an entity's configs: with `--add-config` or `--delete-config`.
    fn alter_config(&self, entity_type: &str, entity_name: &str, change: &[&str]) -> String {
        let entity = ["--alter", "--entity-type", entity_type, "--entity-name", entity_name];
        self.succeed("ConfigCommand", &[&entity, change].concat())
    }

    /// Writes a file of JSON for a tool.
    fn file(&self, name: &str, json: &str) -> String {
        let path = self.site.directory().join(format!("{}-{name}", self.version.name()));
        std::fs::write(&path, json).unwrap();
        path.display().to_string()
    }
}

#[test]
fn old_tools_change_a_cluster_that_kedge_rules() {
    let site = TestSite::new("legacy_tools").unwrap();
    // Leaders that come back stay away until a tool asks for them.
    let extra = Properties::new().with("auto.leader.rebalance.enable", false);
    let mut cluster = Cluster::start(&site, Mode::ZooKeeper, SHAPE, &extra);
    let connect = cluster.zookeeper.as_ref().unwrap().connect_string(CHROOT);
    for version in Tools::versions() {
        let tools = Tools { site: site.clone(), version, connect: connect.clone() };
        let began = Instant::now();
        let topic = format!("orders-of-{}", version.name());
        a_topic_is_created_and_extended(&tools, &cluster, &topic);
        configs_are_changed(&tools, &cluster, &topic);
        preferred_leaders_are_elected(&tools, &mut cluster, &topic);
        a_reassignment_is_left_alone(&tools, &mut cluster, &topic);
        the_topic_is_deleted_and_made_again(&tools, &cluster, &topic);
        println!("{}: {:.1} s", version.name(), began.elapsed().as_secs_f64());
    }
    cluster.stop();
}

fn a_topic_is_created_and_extended(tools: &Tools, cluster: &Cluster, topic: &str) {
    let bootstrap = cluster.bootstrap();
    let create = ["--create", "--topic", topic, "--replica-assignment", "1:2,2:1", "--config", "retention.ms=3600001"];
    let said = tools.topics(&create);
    assert!(said.contains("Created topic"), "{said}");
    wait_for_full_isr(&bootstrap, topic, SOON);
    assert!(tools.topics(&["--list"]).lines().any(|line| line == topic));
    let id = topic_id(&bootstrap, topic);

    tools.topics(&["--alter", "--topic", topic, "--partitions", "3", "--replica-assignment", "1:2,2:1,2:1"]);
    eventually(SOON, "a third partition, led by its first replica", || {
        let lines = describe(&bootstrap, topic)?;
        match lines.get(2) {
            Some(line) if line.leader == Some(2) && line.isr.len() == 2 => Ok(()),
            _ => Err(format!("{lines:?}")),
        }
    })
    .unwrap();
    // Tools before 2.8 wipe the id; it is the old one again, or brokers would take it for another topic.
    assert_eq!(topic_id(&bootstrap, topic), id);
    let znode = cluster.zookeeper.as_ref().unwrap().znode(&format!("{CHROOT}/brokers/topics/{topic}")).unwrap();
    assert!(znode.as_ref().is_some_and(|data| data.contains(&id)), "{znode:?}");
}

fn topic_id(bootstrap: &str, topic: &str) -> String {
    let named = MetadataRequestTopic { name: Some(topic.to_owned()), ..MetadataRequestTopic::default() };
    let request = MetadataRequest { topics: Some(vec![named].into()), ..MetadataRequest::default() };
    let address = bootstrap.split(',').next().unwrap();
    let answer = wire::call(address, METADATA_WITH_IDS, &request, ASK_PATIENCE).unwrap();
    answer.topics[0].topic_id.to_string()
}

/// The overrides of a topic or broker as one broker knows them, `key=value` each.
fn configs(address: &str, resource_type: i8, name: &str) -> Result<Vec<String>, String> {
    let resource = DescribeConfigsResource { resource_type, resource_name: name.to_owned(), configuration_keys: None };
    let request = DescribeConfigsRequest { resources: vec![resource].into(), ..DescribeConfigsRequest::default() };
    let answer = wire::call(address, DESCRIBE_CONFIGS_VERSION, &request, ASK_PATIENCE)?;
    let configs = answer.results.into_iter().flat_map(|result| result.configs);
    let set = configs.filter(|config| config.config_source == SOURCE_TOPIC || config.config_source == SOURCE_BROKER);
    Ok(set.map(|config| format!("{}={}", config.name, config.value.unwrap_or_default())).collect())
}

fn wait_for_configs(address: &str, resource_type: i8, name: &str, wanted: &[&str]) {
    let mut wanted: Vec<String> = wanted.iter().map(|config| (*config).to_owned()).collect();
    wanted.sort();
    eventually(SOON, format!("{wanted:?} on {address}"), || {
        let mut found = configs(address, resource_type, name)?;
        found.sort();
        if found == wanted { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .unwrap();
}

fn configs_are_changed(tools: &Tools, cluster: &Cluster, topic: &str) {
    tools.alter_config("topics", topic, &["--add-config", "max.message.bytes=200001"]);
    let addresses: Vec<String> = cluster.brokers.iter().map(common::Kedge::bootstrap).collect();
    for address in &addresses {
        // The config that came with the topic had no notice; the later one had.
        wait_for_configs(address, TOPIC, topic, &["retention.ms=3600001", "max.message.bytes=200001"]);
    }
    tools.alter_config("topics", topic, &["--delete-config", "max.message.bytes"]);
    addresses.iter().for_each(|address| wait_for_configs(address, TOPIC, topic, &["retention.ms=3600001"]));
    // All that tools of before 1.1 let one set on a broker that runs. Throttles of replication are kept, not yet obeyed.
    tools.alter_config("brokers", "1", &["--add-config", "leader.replication.throttled.rate=1000003"]);
    wait_for_configs(&addresses[0], BROKER, "1", &["leader.replication.throttled.rate=1000003"]);
    tools.alter_config("brokers", "1", &["--delete-config", "leader.replication.throttled.rate"]);
    wait_for_configs(&addresses[0], BROKER, "1", &[]);
}

/// The broker that does not rule is stopped and comes back: its partitions are led elsewhere until the tool asks.
fn preferred_leaders_are_elected(tools: &Tools, cluster: &mut Cluster, topic: &str) {
    let zookeeper = cluster.zookeeper.as_ref().unwrap();
    let controller = controller_id(zookeeper).unwrap();
    let other = 3 - controller;
    let stopped = &mut cluster.brokers[other as usize - 1];
    stopped.stop();
    stopped.restart();
    let bootstrap = cluster.bootstrap();
    wait_for_partitions(&bootstrap, topic, "one leader and full ISRs", SOON, |line| {
        line.leader == Some(controller) && line.isr.len() == 2
    });
    // With a file one partition, without one all.
    let json = format!(r#"{{"version":1,"partitions":[{{"topic":"{topic}","partition":{}}}]}}"#, other - 1);
    let file = tools.file("election.json", &json);
    tools.succeed("PreferredReplicaLeaderElectionCommand", &["--path-to-json-file", &file]);
    wait_for_partitions(&bootstrap, topic, "the partition of the file", SOON, |line| {
        line.partition != other - 1 || line.leader == Some(other)
    });
    tools.succeed("PreferredReplicaLeaderElectionCommand", &[]);
    wait_for_partitions(&bootstrap, topic, "all preferred leaders", SOON, |line| {
        line.leader == line.replicas.first().copied()
    });
    let zookeeper = cluster.zookeeper.as_ref().unwrap();
    zookeeper.wait_until_gone(&format!("{CHROOT}/admin/preferred_replica_election"), SOON).unwrap();
}

/// Not served yet: one line says so, the znode stays for whoever wrote it, and no replica moves.
fn a_reassignment_is_left_alone(tools: &Tools, cluster: &mut Cluster, topic: &str) {
    let json = format!(r#"{{"version":1,"partitions":[{{"topic":"{topic}","partition":0,"replicas":[2]}}]}}"#);
    let file = tools.file("reassignment.json", &json);
    tools.succeed("ReassignPartitionsCommand", &["--reassignment-json-file", &file, "--execute"]);
    let zookeeper = cluster.zookeeper.as_ref().unwrap();
    let controller = controller_id(zookeeper).unwrap();
    let process = &mut cluster.brokers[controller as usize - 1].process;
    let words = ["/admin/reassign_partitions", "left alone", topic];
    process.wait_for_log_line(&words, SOON).unwrap();
    let path = format!("{CHROOT}/admin/reassign_partitions");
    assert!(zookeeper.znode(&path).unwrap().is_some_and(|data| data.contains(topic)));
    let lines = describe(&cluster.bootstrap(), topic).unwrap();
    assert_eq!(lines[0].replicas, [1, 2]);
    assert_eq!(cluster.brokers[controller as usize - 1].process.log_lines(&words).unwrap().len(), 1);
    cluster.zookeeper.as_ref().unwrap().shell(&["delete", &path]).unwrap().success().unwrap();
}

fn the_topic_is_deleted_and_made_again(tools: &Tools, cluster: &Cluster, topic: &str) {
    let bootstrap = cluster.bootstrap();
    let said = tools.topics(&["--delete", "--topic", topic]);
    assert!(said.contains("marked for deletion"), "{said}");
    let zookeeper = cluster.zookeeper.as_ref().unwrap();
    for path in ["brokers/topics", "config/topics", "admin/delete_topics"] {
        zookeeper.wait_until_gone(&format!("{CHROOT}/{path}/{topic}"), SOON).unwrap();
    }
    assert!(!list_topics(&tools.site, &bootstrap).contains(&topic.to_owned()));
    // The same name again is another topic, without what was set on the first.
    tools.topics(&["--create", "--topic", topic, "--partitions", "1", "--replication-factor", "2"]);
    wait_for_full_isr(&bootstrap, topic, SOON);
    cluster.brokers.iter().for_each(|broker| wait_for_configs(&broker.bootstrap(), TOPIC, topic, &[]));
}

#[test]
fn old_tools_reach_a_kedge_broker_under_an_apache_controller() {
    let site = TestSite::new("legacy_tools_apache").unwrap();
    let zookeeper = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_4_14).unwrap();
    let connect = zookeeper.connect_string(CHROOT);
    let properties = broker_properties(1);
    let apache = KafkaConfig::zookeeper_broker(&site, 1, &connect).unwrap();
    let mut apache = with_all(apache, &properties).start().unwrap();
    wait_for_controller(&zookeeper, 1);
    let kedge = KafkaConfig::zookeeper_broker(&site, 2, &connect).unwrap();
    let mut kedge = common::Kedge::start(&site, with_all(kedge, &properties));
    for version in Tools::versions() {
        let tools = Tools { site: site.clone(), version, connect: connect.clone() };
        let topic = format!("orders-of-{}", version.name());
        let create = ["--create", "--topic", &topic, "--replica-assignment", "2", "--config", "retention.ms=3600001"];
        tools.topics(&create);
        wait_for_full_isr(&kedge.bootstrap(), &topic, SOON);
        wait_for_configs(&kedge.bootstrap(), TOPIC, &topic, &["retention.ms=3600001"]);
        tools.alter_config("topics", &topic, &["--add-config", "max.message.bytes=200001"]);
        wait_for_configs(&kedge.bootstrap(), TOPIC, &topic, &["retention.ms=3600001", "max.message.bytes=200001"]);
        tools.topics(&["--delete", "--topic", &topic]);
        let gone = || !kedge.config.log_dir().join(format!("{topic}-0")).exists();
        eventually(Duration::from_secs(60), "the replica deleted", gone).unwrap();
    }
    apache.stop().unwrap();
    kedge.stop();
}
