//! `kedge migrate preflight`: everything that would stand in the way, at once. Reads only.

use std::{collections::BTreeMap, io::Write, time::Duration};

use clap::Args;
use kedge_metadata_state::{BrokerId, image::ZkMigrationState};
use kedge_migration::{
    codes,
    node_api::{MigrationStatus, ProblemView},
    readiness::{self, Findings, QuorumFindings},
};
use kedge_tree_reader::Summary;
use serde::Serialize;
use tokio::time::Instant;

use super::{
    PlaceArgs, Places,
    arm::{self, AskedBroker},
    controllers::{self, Active, Controllers},
    tree, view,
};
use crate::cli::ToolError;

/// How long the tree may take to be read.
const TREE_PATIENCE: Duration = Duration::from_secs(60);

/// The word of an active controller that drives no move.
const NO_MOVE: &str = "zk";
/// Looks at a new leader until it knows its voters.
const LOOKS_MAX: u32 = 10;
/// Between two of them.
const LOOK_PAUSE: Duration = Duration::from_millis(300);

/// Arguments of `kedge migrate preflight`.
#[derive(Clone, Debug, Args)]
pub struct PreflightArgs {
    #[command(flatten)]
    places: PlaceArgs,
    /// zookeeper.connect of the cluster, chroot included.
    #[arg(long, value_name = "CONNECT")]
    zookeeper: Option<String>,
    /// A dead broker that may stay behind; may be repeated.
    #[arg(long, value_name = "ID")]
    without_broker: Vec<BrokerId>,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What was looked at.
#[derive(Clone, Debug, Serialize)]
struct Scanned {
    znodes: usize,
    topics: usize,
    partitions: usize,
    configs: usize,
    acls: usize,
    quotas: usize,
    scram_credentials: usize,
    delegation_tokens: usize,
    reassignments: usize,
    elapsed_ms: u64,
}

/// The result, as it is shown.
#[derive(Clone, Debug, Serialize)]
struct Report {
    schema_version: u32,
    exit_code: i32,
    cluster_id: String,
    zookeeper: String,
    /// Version of each registered broker's program; null if it is no Kedge or did not answer.
    brokers: BTreeMap<BrokerId, Option<String>>,
    /// The state that the quorum says the move is in; null if no quorum answered.
    state: Option<String>,
    /// The quorum was looked at.
    is_quorum_checked: bool,
    scanned: Scanned,
    checks_passed: usize,
    problems: Vec<ProblemView>,
}

/// Looks, judges and shows. Exit code 0 ready, 2 warnings only, 3 blocked.
pub(super) async fn run(args: &PreflightArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    let started = Instant::now();
    let places = args.places.resolve()?;
    let connect =
        args.zookeeper.clone().or_else(|| places.zookeeper.clone()).ok_or_else(|| {
            ToolError::new("which tree? give --zookeeper CONNECT, or --from FILE with zookeeper.connect")
        })?;
    tree::probe(&connect).await.map_err(ToolError)?;
    let summary = tree::read_tree_and_offsets(&connect, TREE_PATIENCE).await.map_err(ToolError)?;
    let brokers = arm::ask_brokers(&summary).await;
    let active = match places.controllers.is_empty() {
        true => None,
        false => Some(settled(&places.find_controllers()?).await),
    };
    let quorum = match &active {
        None => None,
        Some(Ok(active)) => Some(ask_quorum(active).await),
        Some(Err(_)) => Some(silent_quorum(&places)),
    };
    let mut findings = tree::findings(&summary, &arm::descriptions(&brokers), quorum);
    findings.without_brokers = args.without_broker.iter().copied().collect();
    findings.arming_follows = true;
    let active = active.and_then(Result::ok);
    findings.migration_is_ours = active.as_ref().is_some_and(|active| active.status.zk_controller_epoch.is_some());
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let report = report(connect, &summary, &brokers, &findings, active.as_ref(), elapsed_ms);
    match args.json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&report).expect("string keys only"))?,
        false => write!(out, "{}", screen(&report))?,
    }
    Ok(u8::try_from(report.exit_code).unwrap_or(super::BLOCKED))
}

/// The active controller, once it has looked at its voters; one that drives no move never does.
async fn settled(controllers: &Controllers) -> Result<Active, ToolError> {
    let mut active = controllers.find_active().await?;
    for _ in 0..LOOKS_MAX {
        if !active.status.controllers.is_empty() || active.status.state == NO_MOVE {
            break;
        }
        tokio::time::sleep(LOOK_PAUSE).await;
        active = controllers.find_active().await?;
    }
    Ok(active)
}

async fn ask_quorum(active: &Active) -> QuorumFindings {
    let mut findings = quorum_findings(&active.status, controllers::metadata_version(&active.address).await);
    // Voters that the status does not know are not ready: they have not registered for a move.
    for node_id in controllers::voters(&active.address).await.unwrap_or_default().into_keys() {
        findings.controllers.entry(node_id).or_insert(false);
    }
    findings
}

/// What the active controller's status says of the quorum.
fn quorum_findings(status: &MigrationStatus, metadata_version: Option<i16>) -> QuorumFindings {
    QuorumFindings {
        has_leader: true,
        zk_migration_state: match status.state.as_str() {
            // An active controller that was started for a move is past this word from its first entry on.
            NO_MOVE => ZkMigrationState::None,
            "dual" | "rolling-back" => ZkMigrationState::Migration,
            "final" => ZkMigrationState::PostMigration,
            _ => ZkMigrationState::PreMigration,
        },
        cluster_id: status.cluster_id.clone(),
        metadata_version,
        controllers: status.controllers.clone(),
    }
}

/// No controller answered as active; the voters' ids are all that is known.
fn silent_quorum(places: &Places) -> QuorumFindings {
    QuorumFindings {
        has_leader: false,
        zk_migration_state: ZkMigrationState::None,
        cluster_id: String::new(),
        metadata_version: None,
        controllers: places.voters.keys().map(|node_id| (*node_id, false)).collect(),
    }
}

fn report(
    zookeeper: String,
    summary: &Summary,
    brokers: &BTreeMap<BrokerId, AskedBroker>,
    findings: &Findings,
    active: Option<&Active>,
    elapsed_ms: u64,
) -> Report {
    let found = readiness::check(findings);
    let mut problems: Vec<ProblemView> = found.iter().map(ProblemView::from).collect();
    // The quorum may know of more than can be seen from here.
    for blocked in active.iter().flat_map(|active| &active.status.blocked) {
        if problems.iter().all(|problem| problem.code != blocked.code) {
            problems.push(blocked.clone());
        }
    }
    problems.sort_by(|a, b| a.code.cmp(&b.code));
    let exit_code = match () {
        () if problems.iter().any(|problem| problem.is_blocking) => 3,
        () if !problems.is_empty() => 2,
        () => 0,
    };
    let version = |asked: &AskedBroker| asked.answer.as_ref().ok().map(|node| node.kedge_version.clone());
    let is_quorum_checked = findings.quorum.is_some();
    let looked_at = codes::TABLE.iter().filter(|row| is_looked_at(row.code, is_quorum_checked));
    let passed = looked_at.filter(|row| found.iter().all(|problem| problem.code != row.code));
    Report {
        schema_version: 1,
        exit_code,
        cluster_id: findings.cluster_id.clone(),
        zookeeper,
        brokers: brokers.iter().map(|(broker_id, asked)| (*broker_id, version(asked))).collect(),
        state: active.map(|active| active.status.state.clone()),
        is_quorum_checked,
        scanned: Scanned {
            znodes: summary.znodes,
            topics: summary.topics.len(),
            partitions: summary.partitions(),
            configs: summary.configs.values().map(BTreeMap::len).sum(),
            acls: summary.acls,
            quotas: summary.quotas(),
            scram_credentials: summary.scram_credentials(),
            delegation_tokens: summary.delegation_tokens,
            reassignments: summary.reassignments(),
            elapsed_ms,
        },
        checks_passed: passed.count(),
        problems,
    }
}

/// Codes below 500 are preflight's; arming is what `start` does, and the quorum may not be there yet.
fn is_looked_at(code: codes::Code, is_quorum_checked: bool) -> bool {
    let is_about_the_quorum = code == codes::CONTROLLER_ID_CLASH || (300..400).contains(&code.0);
    code.0 < 500 && code != codes::BROKER_NOT_ARMED && (is_quorum_checked || !is_about_the_quorum)
}

fn screen(report: &Report) -> String {
    let scanned = &report.scanned;
    let mut by_version: BTreeMap<&str, usize> = BTreeMap::new();
    for version in report.brokers.values() {
        *by_version.entry(version.as_deref().unwrap_or("not a Kedge, or silent")).or_default() += 1;
    }
    let versions: Vec<String> = by_version.iter().map(|(version, count)| format!("{version} ×{count}")).collect();
    let mut text = view::wrapped("cluster  ", &format!("{} · zookeeper {}", report.cluster_id, report.zookeeper));
    text.push_str(&view::wrapped("brokers  ", &format!("{} ({})", report.brokers.len(), versions.join(", "))));
    let counts = [
        (scanned.topics, "topics"),
        (scanned.partitions, "partitions"),
        (scanned.configs, "configs"),
        (scanned.acls, "acls"),
        (scanned.quotas, "quotas"),
        (scanned.scram_credentials, "scram users"),
        (scanned.delegation_tokens, "tokens"),
        (scanned.reassignments, "reassignments"),
    ];
    let counts: Vec<String> =
        counts.iter().map(|(count, what)| format!("{} {what}", view::thousands(*count))).collect();
    let elapsed = view::span(i64::try_from(scanned.elapsed_ms).unwrap_or(i64::MAX));
    text.push_str(&view::wrapped("scanned  ", &format!("{} · in {elapsed}, reads only", counts.join(" · "))));
    text.push_str(&match &report.state {
        Some(state) => format!("quorum   answers; the move is in state {state}\n"),
        None if report.is_quorum_checked => "quorum   no active controller answers\n".to_owned(),
        None => "quorum   not looked at: give --bootstrap-controller once it runs\n".to_owned(),
    });
    text.push_str(&format!("\n  ok      {} checks\n", report.checks_passed));
    text.push_str(&view::problems(&report.problems));
    text.push_str(&format!("exit {}  (0 ready · 2 warnings only · 3 blocked · 4 could not look)\n", report.exit_code));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::migrate::{
        tests::status,
        tree::tests::{kedge, summary},
    };

    const STATE: &str = r#"{"controller_epoch":3,"leader":1,"version":1,"leader_epoch":4,"isr":[1,2]}"#;

    fn nodes() -> Vec<(&'static str, &'static str)> {
        vec![
            ("/brokers/ids/1", r#"{"version":5,"endpoints":["PLAINTEXT://a:1"]}"#),
            ("/brokers/ids/2", r#"{"version":5,"endpoints":["PLAINTEXT://a:2"]}"#),
            ("/brokers/topics/t", r#"{"partitions":{"0":[1,2]},"topic_id":"x"}"#),
            ("/brokers/topics/t/partitions/0/state", STATE),
            ("/cluster/id", r#"{"version":"1","id":"c"}"#),
            ("/config/topics/t", r#"{"config":{"retention.ms":"1"}}"#),
            ("/controller_epoch", "3"),
        ]
    }

    fn shown(nodes: &[(&str, &str)], brokers: &[BrokerId], active: Option<&Active>) -> (i32, String) {
        let summary = summary(nodes);
        let asked = |broker_id: &BrokerId| AskedBroker {
            address: Some("a:1".to_owned()),
            answer: match brokers.contains(broker_id) {
                true => Ok(Box::new(kedge(*broker_id))),
                false => Err("a:2: the peer closed the connection".to_owned()),
            },
        };
        let brokers = summary.brokers.keys().map(|broker_id| (*broker_id, asked(broker_id))).collect();
        let quorum = active.map(|active| quorum_findings(&active.status, Some(21)));
        let mut findings = tree::findings(&summary, &arm::descriptions(&brokers), quorum);
        findings.arming_follows = true;
        let report = report("zk1:2181/kafka".to_owned(), &summary, &brokers, &findings, active, 6_100);
        (report.exit_code, screen(&report))
    }

    fn active(cluster_id: &str) -> Active {
        let mut status = status("prepared");
        status.cluster_id = cluster_id.to_owned();
        Active { address: "a:3".to_owned(), status }
    }

    #[test]
    fn a_cluster_that_is_ready() {
        let (exit_code, text) = shown(&nodes(), &[1, 2], Some(&active("c")));
        assert_eq!(exit_code, 0);
        insta::assert_snapshot!("preflight_ready", text);
        let (exit_code, text) = shown(&nodes(), &[1, 2], None);
        assert!(exit_code == 0 && text.contains("not looked at"), "{text}");
    }

    #[test]
    fn everything_that_is_wrong_is_listed_at_once() {
        let mut nodes = nodes();
        nodes.extend([
            ("/brokers/topics/dead", r#"{"partitions":{"0":[1,7]},"topic_id":"y"}"#),
            (
                "/brokers/topics/dead/partitions/0/state",
                r#"{"controller_epoch":9,"leader":1,"leader_epoch":0,"isr":[1]}"#,
            ),
            ("/config/topics/u", r#"{"config":{"a":1}}"#),
            ("/kafka-acl/Topic/t", r#"{"version":1,"acls":[{},{}]}"#),
            ("/migration", ""),
        ]);
        let (exit_code, text) = shown(&nodes, &[1], Some(&active("d")));
        assert_eq!(exit_code, 3);
        assert!(text.lines().all(|line| line.chars().count() <= view::WIDTH), "{text}");
        insta::assert_snapshot!("preflight_blocked", text);
    }

    #[test]
    fn a_warning_alone_does_not_block() {
        let mut nodes = nodes();
        let stamped = r#"{"controller_epoch":9,"leader":1,"version":1,"leader_epoch":4,"isr":[1,2]}"#;
        nodes.iter_mut().filter(|(path, _)| path.ends_with("/state")).for_each(|(_, data)| *data = stamped);
        let (exit_code, text) = shown(&nodes, &[1, 2], None);
        assert!(exit_code == 2 && text.contains("KM105"), "{text}");
    }

    #[test]
    fn what_the_quorum_alone_knows_is_listed_too() {
        let mut active = active("c");
        active.status.blocked =
            vec![ProblemView::from(&readiness::Problem::new(codes::CONTRADICTION, ["x".to_owned()]))];
        assert_eq!(shown(&nodes(), &[1, 2], Some(&active)).0, 3);
    }
}
