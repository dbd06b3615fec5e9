//! Topics as Apache's own `kafka-topics` makes them, and as a broker shows them.

use std::time::Duration;

use kedge_protocol::messages::{MetadataRequest, MetadataResponse, metadata_request::MetadataRequestTopic};
use kedge_real_parts::{JavaTool, TestSite, eventually};

use super::{node_calls::ASK_PATIENCE, wire};

/// Metadata as Apache's clients ask it since 2.8, without making the topic.
const METADATA_VERSION: i16 = 9;

/// What a broker tells clients about one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionLine {
    pub partition: i32,
    /// `None` while there is no leader.
    pub leader: Option<i32>,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
}

/// Creates a topic.
pub fn create_topic(site: &TestSite, bootstrap: &str, topic: &str, partitions: i32, replication_factor: i32) {
    create_topic_with(site, bootstrap, topic, partitions, replication_factor, &[]);
}

/// Creates a topic with `key=value` configs.
pub fn create_topic_with(
    site: &TestSite,
    bootstrap: &str,
    topic: &str,
    partitions: i32,
    replication_factor: i32,
    configs: &[&str],
) {
    let (partitions, replication_factor) = (partitions.to_string(), replication_factor.to_string());
    let create =
        ["--create", "--topic", topic, "--partitions", &partitions, "--replication-factor", &replication_factor];
    let configs = configs.iter().flat_map(|config| ["--config", config]);
    let created = JavaTool::topics(site, bootstrap).args(create).args(configs).run().unwrap();
    assert!(created.success().unwrap().contains(&format!("Created topic {topic}.")));
}

/// Adds partitions until there are that many.
pub fn add_partitions(site: &TestSite, bootstrap: &str, topic: &str, partitions: i32) {
    let alter = ["--alter", "--topic", topic, "--partitions", &partitions.to_string()].map(str::to_owned);
    JavaTool::topics(site, bootstrap).args(alter).run().unwrap().success().unwrap();
}

/// Deletes a topic.
pub fn delete_topic(site: &TestSite, bootstrap: &str, topic: &str) {
    JavaTool::topics(site, bootstrap).args(["--delete", "--topic", topic]).run().unwrap().success().unwrap();
}

/// The names of all topics.
pub fn list_topics(site: &TestSite, bootstrap: &str) -> Vec<String> {
    let listed = JavaTool::topics(site, bootstrap).args(["--list"]).run().unwrap().success().unwrap();
    listed.lines().map(str::to_owned).collect()
}

/// The topic's own configs, as `kafka-configs --describe` prints them.
pub fn topic_configs(site: &TestSite, bootstrap: &str, topic: &str) -> String {
    let describe = ["--describe", "--entity-type", "topics", "--entity-name", topic];
    JavaTool::configs(site, bootstrap).args(describe).run().unwrap().success().unwrap()
}

/// Sets `key=value` on the topic.
pub fn alter_topic_config(site: &TestSite, bootstrap: &str, topic: &str, config: &str) {
    let alter = ["--alter", "--entity-type", "topics", "--entity-name", topic, "--add-config", config];
    JavaTool::configs(site, bootstrap).args(alter).run().unwrap().success().unwrap();
}

/// Takes a config of the topic back.
pub fn remove_topic_config(site: &TestSite, bootstrap: &str, topic: &str, key: &str) {
    let alter = ["--alter", "--entity-type", "topics", "--entity-name", topic, "--delete-config", key];
    JavaTool::configs(site, bootstrap).args(alter).run().unwrap().success().unwrap();
}

/// Every partition of the topic as the first of the brokers that answers knows it, or why none could tell.
pub fn describe(bootstrap: &str, topic: &str) -> Result<Vec<PartitionLine>, String> {
    let named = MetadataRequestTopic { name: Some(topic.to_owned()), ..MetadataRequestTopic::default() };
    let request = MetadataRequest {
        topics: Some(vec![named].into()),
        allow_auto_topic_creation: false,
        ..MetadataRequest::default()
    };
    let mut silent = Vec::new();
    for address in bootstrap.split(',') {
        match wire::call(address, METADATA_VERSION, &request, ASK_PATIENCE) {
            Ok(answer) => return partition_lines(answer),
            Err(error) => silent.push(error),
        }
    }
    Err(silent.join("; "))
}

fn partition_lines(answer: MetadataResponse) -> Result<Vec<PartitionLine>, String> {
    let topic = answer.topics.into_iter().next().ok_or("an answer without the topic")?;
    if topic.error_code != 0 || topic.partitions.is_empty() {
        return Err(format!("{:?}: error {}", topic.name, topic.error_code));
    }
    let lines = topic.partitions.into_iter().map(|partition| PartitionLine {
        partition: partition.partition_index,
        leader: Some(partition.leader_id).filter(|leader| *leader >= 0),
        replicas: partition.replica_nodes,
        isr: partition.isr_nodes,
    });
    Ok(lines.collect())
}

/// Waits until every partition of the topic is as `is_right` wants it.
pub fn wait_for_partitions(
    bootstrap: &str,
    topic: &str,
    what: &str,
    deadline: Duration,
    is_right: impl Fn(&PartitionLine) -> bool,
) {
    eventually(deadline, what, || {
        let wrong: Vec<PartitionLine> =
            describe(bootstrap, topic)?.into_iter().filter(|line| !is_right(line)).collect();
        if wrong.is_empty() { Ok(()) } else { Err(format!("{wrong:?}")) }
    })
    .unwrap();
}

/// Waits until every replica is in its ISR.
pub fn wait_for_full_isr(bootstrap: &str, topic: &str, deadline: Duration) {
    wait_for_partitions(bootstrap, topic, "every replica in its ISR", deadline, |line| {
        line.isr.len() == line.replicas.len()
    });
}

/// Waits until every partition is led by its first replica.
pub fn wait_for_preferred_leaders(bootstrap: &str, topic: &str, deadline: Duration) {
    wait_for_partitions(bootstrap, topic, "preferred leaders", deadline, |line| {
        line.leader == line.replicas.first().copied()
    });
}
