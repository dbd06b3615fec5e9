//! Topics as Apache's own `kafka-topics` makes and shows them.

use std::time::Duration;

use kedge_real_parts::{JavaTool, TestSite, eventually};

/// A line of `kafka-topics --describe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionLine {
    pub topic: String,
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

/// Every partition of the topic, or why the tool could not tell.
pub fn describe(site: &TestSite, bootstrap: &str, topic: &str) -> Result<Vec<PartitionLine>, String> {
    let output = JavaTool::topics(site, bootstrap).args(["--describe", "--topic", topic]).run();
    let text = output.and_then(|output| output.success()).map_err(|error| error.to_string())?;
    let lines: Vec<PartitionLine> = text.lines().filter_map(partition_line).collect();
    if lines.is_empty() { Err(format!("no partition in {text}")) } else { Ok(lines) }
}

fn partition_line(line: &str) -> Option<PartitionLine> {
    let field = |name: &str| {
        let (_, rest) = line.split_once(&format!("{name}: "))?;
        Some(rest.split('\t').next()?.trim().to_owned())
    };
    let ids = |text: String| text.split(',').filter_map(|id| id.trim().parse().ok()).collect();
    Some(PartitionLine {
        topic: field("Topic")?,
        partition: field("Partition")?.parse().ok()?,
        leader: field("Leader")?.parse().ok().filter(|leader| *leader >= 0),
        replicas: ids(field("Replicas")?),
        isr: ids(field("Isr")?),
    })
}

/// Waits until every partition of the topic is as `is_right` wants it.
pub fn wait_for_partitions(
    site: &TestSite,
    bootstrap: &str,
    topic: &str,
    what: &str,
    deadline: Duration,
    is_right: impl Fn(&PartitionLine) -> bool,
) {
    eventually(deadline, what, || {
        let wrong: Vec<PartitionLine> =
            describe(site, bootstrap, topic)?.into_iter().filter(|line| !is_right(line)).collect();
        if wrong.is_empty() { Ok(()) } else { Err(format!("{wrong:?}")) }
    })
    .unwrap();
}

/// Waits until every replica is in its ISR.
pub fn wait_for_full_isr(site: &TestSite, bootstrap: &str, topic: &str, deadline: Duration) {
    wait_for_partitions(site, bootstrap, topic, "every replica in its ISR", deadline, |line| {
        line.isr.len() == line.replicas.len()
    });
}

/// Waits until every partition is led by its first replica.
pub fn wait_for_preferred_leaders(site: &TestSite, bootstrap: &str, topic: &str, deadline: Duration) {
    wait_for_partitions(site, bootstrap, topic, "preferred leaders", deadline, |line| {
        line.leader == line.replicas.first().copied()
    });
}
