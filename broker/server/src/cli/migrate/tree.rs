//! The tree as the second reader sees it, in the words of preflight and verify.

use std::{collections::BTreeMap, time::Duration};

use kedge_metadata_state::BrokerId;
use kedge_metadata_store::{BadContent, Progress};
use kedge_migration::{
    node_api::NodeDescription,
    readiness::{BrokerFindings, Findings, MigrationZnode, QuorumFindings, RESERVED_BROKER_MAX_ID, UncarriedCounts},
    verify,
};
use kedge_tree_reader::{MigrationSummary, ReadOptions, Summary, TopicSummary, summarize};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use crate::node_api::KEDGE_VERSION;

/// Limit of a single call to ZooKeeper.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Limit of a probe of one server.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// Between a pass that failed and the next.
const PASS_PAUSE: Duration = Duration::from_millis(200);
/// What Kafka keeps in the tree and a move looks at. An ensemble may hold other programs' trees beside it.
const ROOTS: [&str; 16] = [
    "/admin",
    "/brokers",
    "/cluster",
    "/config/brokers",
    "/config/clients",
    "/config/ips",
    "/config/topics",
    "/config/users",
    "/controller",
    "/controller_epoch",
    "/delegation_token",
    "/kafka-acl",
    "/kafka-acl-extended",
    "/feature",
    "/latest_producer_id_block",
    "/migration",
];
/// Offsets that old consumers keep in ZooKeeper, a znode for each group and partition.
const CONSUMERS: &str = "/consumers";
/// `/config/brokers` name of the default for all brokers.
const DEFAULT_ENTITY: &str = "<default>";
/// The topic of the transaction coordinators.
const TRANSACTION_STATE: &str = "__transaction_state";

/// Reads the tree at `connect` (`host:port,…/chroot`), again after a failed pass as long as `patience` lasts.
///
/// # Errors
/// Why the last pass failed.
pub async fn read_tree(connect: &str, patience: Duration) -> Result<Summary, String> {
    read_roots(connect, &ROOTS, patience).await
}

/// As [`read_tree`], with the offsets that old consumers keep there.
///
/// # Errors
/// Why the last pass failed.
pub async fn read_tree_and_offsets(connect: &str, patience: Duration) -> Result<Summary, String> {
    read_roots(connect, &[ROOTS.as_slice(), &[CONSUMERS]].concat(), patience).await
}

async fn read_roots(connect: &str, roots: &[&str], patience: Duration) -> Result<Summary, String> {
    let options = ReadOptions {
        connect: connect.to_owned(),
        call_timeout: CALL_TIMEOUT.min(patience),
        roots: roots.iter().copied().map(str::to_owned).collect(),
    };
    let deadline = Instant::now() + patience;
    let mut problem = format!("it was not read within {patience:?}");
    loop {
        match timeout_at(deadline, kedge_tree_reader::read_tree(&options)).await {
            Ok(Ok(tree)) => return Ok(summarize(&tree)),
            Ok(Err(error)) => problem = error.to_string(),
            Err(_) => {}
        }
        if Instant::now() + PASS_PAUSE >= deadline {
            return Err(format!("ZooKeeper at {connect}: {problem}"));
        }
        tokio::time::sleep(PASS_PAUSE).await;
    }
}

/// Whether any server of `connect` accepts a connection: an operator should not wait for a tree that nobody serves.
///
/// # Errors
/// What each server said.
pub async fn probe(connect: &str) -> Result<(), String> {
    let servers = connect.split('/').next().unwrap_or_default();
    let mut problems = Vec::new();
    for server in servers.split(',').map(str::trim) {
        match timeout(PROBE_TIMEOUT, TcpStream::connect(server)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => problems.push(format!("{server}: {error}")),
            Err(_) => problems.push(format!("{server}: no answer within {PROBE_TIMEOUT:?}")),
        }
    }
    Err(format!("ZooKeeper cannot be reached: {}", problems.join("; ")))
}

/// What the tree says, as verify compares it.
pub fn tree_summary(summary: &Summary) -> verify::TreeSummary {
    let mut tree = verify::TreeSummary {
        next_producer_id: summary.last_producer_id.map_or(0, |last| last.saturating_add(1)),
        unreadable: summary.bad.iter().map(|bad| format!("{}: {}", bad.path, bad.problem)).collect(),
        ..verify::TreeSummary::default()
    };
    for (name, topic) in topics(summary) {
        tree.topics.insert(name.clone(), topic_summary(topic));
    }
    for (entity, config) in &summary.configs {
        match entity.split_once('/') {
            // An orphan of a topic that is not there says nothing.
            Some(("topics", name)) if tree.topics.contains_key(name) => {
                tree.topic_configs.insert(name.to_owned(), config.clone());
            }
            Some(("brokers", name)) => {
                let name = if name == DEFAULT_ENTITY { "" } else { name };
                tree.broker_configs.insert(name.to_owned(), config.clone());
            }
            _ => {}
        }
    }
    tree
}

/// Topics that are not queued for deletion.
fn topics(summary: &Summary) -> impl Iterator<Item = (&String, &TopicSummary)> {
    summary.topics.iter().filter(|(name, _)| !summary.deletions.contains(name))
}

fn topic_summary(topic: &TopicSummary) -> verify::TopicSummary {
    let partitions = topic.partitions.iter().map(|(index, partition)| {
        // Without a `state` nobody has been elected yet.
        let state = partition.state.as_ref();
        let summary = verify::PartitionSummary {
            replicas: partition.replicas.clone(),
            adding_replicas: partition.adding_replicas.clone(),
            removing_replicas: partition.removing_replicas.clone(),
            isr: state.map(|state| state.isr.clone()).unwrap_or_default(),
            leader: state.map_or(-1, |state| state.leader),
            leader_epoch: state.map_or(-1, |state| state.leader_epoch),
            leader_recovery_state: state.map_or(0, |state| state.leader_recovery_state),
        };
        (*index, summary)
    });
    verify::TopicSummary { topic_id: topic.topic_id.clone().unwrap_or_default(), partitions: partitions.collect() }
}

/// What stands in the tree, beside what its brokers (none where one could not be asked) and the quorum say of
/// themselves. The caller adds what it alone knows: accepted brokers, whether `/migration` is its own, the time.
pub fn findings(
    summary: &Summary,
    brokers: &BTreeMap<BrokerId, Option<NodeDescription>>,
    quorum: Option<QuorumFindings>,
) -> Findings {
    let bad = |bad: &kedge_tree_reader::BadZnode| BadContent { place: bad.path.clone(), problem: bad.problem.clone() };
    let without_id = summary.topics.iter().filter(|(_, topic)| topic.topic_id.is_none());
    let mut findings = Findings {
        bad_znodes: summary.bad.iter().map(bad).collect(),
        topics_without_id: without_id.map(|(name, _)| name.clone()).collect(),
        migration: migration_znode(&summary.migration),
        zk_controller_epoch: summary.controller_epoch,
        highest_stamp: summary.highest_stamp(),
        cluster_id: summary.cluster_id.clone().unwrap_or_default(),
        uncarried: uncarried(summary),
        consumer_offsets: summary.consumer_offsets.clone(),
        quorum,
        ..Findings::default()
    };
    for (name, topic) in topics(summary) {
        for (index, partition) in &topic.partitions {
            for replica in &partition.replicas {
                *findings.replicas.entry(*replica).or_default() += 1;
            }
            let isr = partition.state.as_ref().map(|state| state.isr.as_slice()).unwrap_or_default();
            let missing: Vec<BrokerId> = partition.replicas.iter().filter(|id| !isr.contains(id)).copied().collect();
            let is_led = partition.state.as_ref().is_some_and(|state| state.leader >= 0);
            if !missing.is_empty() || !is_led {
                findings.under_replicated.push((format!("{name}-{index}"), missing));
            }
        }
    }
    let ids = summary.brokers.keys().chain(brokers.keys()).chain(findings.replicas.keys());
    let ids: std::collections::BTreeSet<BrokerId> = ids.copied().collect();
    for broker_id in ids {
        let description = brokers.get(&broker_id).and_then(Option::as_ref);
        findings.brokers.insert(broker_id, broker_findings(summary, broker_id, description));
    }
    findings
}

fn broker_findings(summary: &Summary, broker_id: BrokerId, description: Option<&NodeDescription>) -> BrokerFindings {
    // A Kedge refuses generated ids at its start. Apache Kafka counts them up from reserved.broker.max.id.
    let generated = RESERVED_BROKER_MAX_ID + 1..=RESERVED_BROKER_MAX_ID.saturating_add(summary.generated_broker_ids);
    BrokerFindings {
        has_ephemeral: summary.brokers.contains_key(&broker_id),
        is_kedge_of_this_version: description.map(|node| node.kedge_version == KEDGE_VERSION),
        is_armed: description.is_some_and(|node| node.is_armed),
        has_generated_id: match description {
            Some(node) => node.reserved_broker_max_id.is_some_and(|max| broker_id > max),
            None => generated.contains(&broker_id),
        },
        meta_properties_v1: description.map_or(0, |node| node.meta_properties_v1),
        metadata_versions: description.map(|node| node.metadata_versions),
    }
}

fn migration_znode(migration: &MigrationSummary) -> MigrationZnode {
    match *migration {
        MigrationSummary::Absent => MigrationZnode::Absent,
        MigrationSummary::Empty => MigrationZnode::Empty,
        MigrationSummary::Content { controller_id, controller_epoch, metadata_offset, metadata_epoch, zk_version } => {
            let progress = Progress {
                kraft_controller_id: controller_id,
                kraft_controller_epoch: controller_epoch,
                kraft_metadata_offset: metadata_offset,
                kraft_metadata_epoch: metadata_epoch,
            };
            MigrationZnode::Content { progress, zk_version }
        }
    }
}

fn uncarried(summary: &Summary) -> UncarriedCounts {
    UncarriedCounts {
        acls: summary.acls,
        quotas: summary.quotas(),
        scram_credentials: summary.scram_credentials(),
        delegation_tokens: summary.delegation_tokens,
        reassignments: summary.reassignments(),
        deletions: summary.deletions.len(),
        transaction_partitions: summary.topics.get(TRANSACTION_STATE).map_or(0, |topic| topic.partitions.len()),
        encoded_configs: summary.encoded_configs(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use kedge_migration::{node_api::MetadataAuthority, readiness::check};
    use kedge_tree_reader::{RawNode, RawTree};

    use super::*;

    /// A tree of these znodes, as the reader finds it.
    pub(in crate::cli::migrate) fn summary(nodes: &[(&str, &str)]) -> Summary {
        let node = |data: &str| RawNode {
            data: (!data.is_empty()).then(|| data.as_bytes().to_vec()),
            zk_version: 3,
            czxid: 42,
            ephemeral_owner: 0,
        };
        summarize(&RawTree { nodes: nodes.iter().map(|(path, data)| ((*path).to_owned(), node(data))).collect() })
    }

    /// A Kedge broker of this version that serves from ZooKeeper and is not armed.
    pub(in crate::cli::migrate) fn kedge(node_id: BrokerId) -> NodeDescription {
        NodeDescription {
            node_id,
            kedge_version: KEDGE_VERSION.to_owned(),
            cluster_id: "c".to_owned(),
            pid: 100,
            started_ms: 0,
            is_broker: true,
            is_controller: false,
            authority: Some(MetadataAuthority::ZooKeeper),
            is_armed: false,
            meta_properties_v1: 0,
            metadata_versions: (8, 21),
            reserved_broker_max_id: None,
            source_switches: 0,
            metadata_offset: -1,
            blocked: Vec::new(),
        }
    }

    const STATE: &str = r#"{"controller_epoch":3,"leader":1,"version":1,"leader_epoch":4,"isr":[1,2]}"#;

    #[test]
    fn the_second_reader_tells_verify_what_it_compares() {
        let tree = tree_summary(&summary(&[
            ("/admin/delete_topics/gone", ""),
            ("/brokers/topics/gone", r#"{"partitions":{"0":[1,2]},"topic_id":"y"}"#),
            ("/brokers/topics/new", r#"{"partitions":{"0":[1,2]},"topic_id":"z"}"#),
            ("/brokers/topics/t", r#"{"partitions":{"0":[1,2]},"topic_id":"x"}"#),
            ("/brokers/topics/t/partitions/0/state", STATE),
            ("/config/brokers/<default>", r#"{"config":{"log.cleaner.threads":"2"}}"#),
            ("/config/brokers/1", r#"{"config":{"log.cleaner.threads":"3"}}"#),
            ("/config/topics/orphan", r#"{"config":{"a":"1"}}"#),
            ("/config/topics/t", r#"{"config":{"retention.ms":"1"}}"#),
            ("/config/users/ann", r#"{"config":{"producer_byte_rate":"1"}}"#),
            ("/controller_epoch", "x"),
            ("/latest_producer_id_block", r#"{"block_end":"1999"}"#),
        ]));
        insta::assert_snapshot!(serde_json::to_string_pretty(&tree).expect("string keys"));
    }

    #[test]
    fn findings_are_what_the_tree_and_its_brokers_say() {
        let summary = summary(&[
            ("/brokers/ids/1", r#"{"version":5,"endpoints":["PLAINTEXT://a:1"]}"#),
            ("/brokers/ids/1003", r#"{"version":5,"endpoints":["PLAINTEXT://a:2"]}"#),
            ("/brokers/seqid", ""),
            ("/brokers/topics/__transaction_state", r#"{"partitions":{"0":[1]},"topic_id":"y"}"#),
            ("/brokers/topics/t", r#"{"partitions":{"0":[1,2],"1":[1,5]}}"#),
            ("/brokers/topics/t/partitions/0/state", STATE),
            ("/brokers/topics/t/partitions/1/state", r#"{"controller_epoch":9,"leader":1,"leader_epoch":4,"isr":[1]}"#),
            ("/cluster/id", r#"{"version":"1","id":"c"}"#),
            ("/controller_epoch", "3"),
            ("/migration", ""),
        ]);
        let brokers = BTreeMap::from([(1, Some(kedge(1))), (1003, None)]);
        let problems: Vec<String> =
            check(&findings(&summary, &brokers, None)).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(problems.join("\n"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_tree_that_cannot_be_read_is_an_error_in_time() {
        let problem = read_tree("127.0.0.1:1/kafka", Duration::from_secs(3)).await.expect_err("nobody listens");
        assert!(problem.starts_with("ZooKeeper at 127.0.0.1:1/kafka: "), "{problem}");
        let problem = probe("127.0.0.1:1,127.0.0.1:2/kafka").await.expect_err("nobody listens");
        assert!(problem.contains("127.0.0.1:1: ") && problem.contains("127.0.0.1:2: "), "{problem}");
    }
}
