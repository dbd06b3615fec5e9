//! What stands in the way of a move: preflight, and the same checks again before the claim. Pure.
//!
//! [`Findings`] are gathered elsewhere (tree, quorum, brokers), reads only; [`check`] judges them. Everything is
//! reported at once, never the first problem alone.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{BrokerId, TimestampMs, image::ZkMigrationState};
use kedge_metadata_store::{BadContent, Progress};
pub use kedge_metadata_store::{MigrationZnode, UncarriedCounts};
use serde::Serialize;

use crate::codes::{self, Code, Severity};

/// Default of `reserved.broker.max.id`.
pub const RESERVED_BROKER_MAX_ID: BrokerId = 1000;
/// Places named per problem; the count says how many there are.
const PLACES_MAX: usize = 20;

/// A broker, as seen from the tree, from the quorum and by asking it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerFindings {
    /// Its ephemeral is under `/brokers/ids`.
    pub has_ephemeral: bool,
    /// It is a Kedge of this version; none if it could not be asked.
    pub is_kedge_of_this_version: Option<bool>,
    /// It knows the voters and may follow the move.
    pub is_armed: bool,
    /// Its id was given by `broker.id.generation`.
    pub has_generated_id: bool,
    /// Log directories whose `meta.properties` is not of version 0.
    pub meta_properties_v1: usize,
    /// Lowest and highest metadata.version it supports, if it said so.
    pub metadata_versions: Option<(i16, i16)>,
}

/// What the quorum says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumFindings {
    /// A leader is known.
    pub has_leader: bool,
    /// ZkMigrationState of its log.
    pub zk_migration_state: ZkMigrationState,
    /// Its cluster id.
    pub cluster_id: String,
    /// Finalized metadata.version, once the first entry is there.
    pub metadata_version: Option<i16>,
    /// Every voter, and whether it registered as ready for a migration.
    pub controllers: BTreeMap<BrokerId, bool>,
}

/// Everything that was found, without a judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Znodes that cannot be read: all of them.
    pub bad_znodes: Vec<BadContent>,
    /// Topics that have no id.
    pub topics_without_id: Vec<String>,
    /// `/migration`.
    pub migration: MigrationZnode,
    /// `/migration` was written by this quorum (the driver knows; preflight without a quorum says no).
    pub migration_is_ours: bool,
    /// `/controller_epoch`, if it is there.
    pub zk_controller_epoch: Option<i32>,
    /// Highest controller epoch in any `state` znode, −1 if there is none.
    pub highest_stamp: i32,
    /// `/cluster/id`.
    pub cluster_id: String,
    /// Brokers that are registered, that hold a replica, or both.
    pub brokers: BTreeMap<BrokerId, BrokerFindings>,
    /// Replicas by broker that some topic assigns.
    pub replicas: BTreeMap<BrokerId, usize>,
    /// Partitions whose ISR is not full or that have no leader, with the replicas that are missing.
    pub under_replicated: Vec<(String, Vec<BrokerId>)>,
    /// What cannot be carried.
    pub uncarried: UncarriedCounts,
    /// Offsets below `/consumers`, by group; only preflight looks.
    pub consumer_offsets: BTreeMap<String, usize>,
    /// The quorum; none before there is one.
    pub quorum: Option<QuorumFindings>,
    /// `reserved.broker.max.id`, if it is not the default.
    pub reserved_broker_max_id: Option<BrokerId>,
    /// Dead brokers that the operator accepts.
    pub without_brokers: BTreeSet<BrokerId>,
    /// Brokers need not be armed yet: `start` does it (preflight before the order).
    pub arming_follows: bool,
    /// When this was gathered.
    pub at: TimestampMs,
}

/// A problem that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its code, such as `KM205`.
    #[serde(serialize_with = "serialize_code")]
    pub code: Code,
    /// How many there are.
    pub count: usize,
    /// Which ones, at most twenty.
    pub places: Vec<String>,
}

fn serialize_code<S: serde::Serializer>(code: &Code, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(code)
}

impl Problem {
    /// A problem with the places it was found at.
    pub fn new(code: Code, places: impl IntoIterator<Item = String>) -> Problem {
        let places: Vec<String> = places.into_iter().collect();
        Problem { code, count: places.len(), places: places.into_iter().take(PLACES_MAX).collect() }
    }

    /// The move does not go on with it.
    pub fn is_blocking(&self) -> bool {
        codes::row(self.code).severity == Severity::Block
    }
}

/// One line: code, what, how many, where.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({}): {}", self.code, codes::row(self.code).title, self.count, self.places.join(", "))?;
        let is_cut = self.places.len() == PLACES_MAX && self.count > PLACES_MAX;
        if is_cut { f.write_str(", …") } else { Ok(()) }
    }
}

/// Exit code of `kedge migrate preflight`: 0 ready, 2 warnings only, 3 blocked.
pub fn exit_code(problems: &[Problem]) -> i32 {
    match problems.iter().map(|problem| codes::row(problem.code).severity).max() {
        None => 0,
        Some(Severity::Warn) => 2,
        Some(Severity::Block) => 3,
    }
}

/// Every problem, by code.
pub fn check(findings: &Findings) -> Vec<Problem> {
    let mut problems = Vec::new();
    tree(findings, &mut problems);
    brokers(findings, &mut problems);
    quorum(findings, &mut problems);
    carry(&findings.uncarried, &mut problems);
    let kept = findings.consumer_offsets.iter().map(|(group, offsets)| format!("{group} ({offsets} offsets)"));
    problems.push(Problem::new(codes::ZOOKEEPER_OFFSETS, kept));
    problems.retain(|problem| problem.count > 0);
    problems.sort_by_key(|problem| problem.code);
    problems
}

fn tree(findings: &Findings, problems: &mut Vec<Problem>) {
    problems.push(Problem::new(codes::BAD_ZNODES, findings.bad_znodes.iter().map(ToString::to_string)));
    problems.push(Problem::new(codes::TOPIC_WITHOUT_ID, findings.topics_without_id.iter().cloned()));
    match &findings.migration {
        MigrationZnode::Empty => {
            problems.push(Problem::new(codes::EMPTY_MIGRATION, ["/migration".to_owned()]));
        }
        // A quorum that was only provisioned writes −1: nothing was copied under it.
        MigrationZnode::Content { progress, .. }
            if progress.kraft_metadata_offset >= 0 && !findings.migration_is_ours =>
        {
            let written_by = format!(
                "/migration: controller {}, metadata offset {} of leader epoch {}",
                progress.kraft_controller_id, progress.kraft_metadata_offset, progress.kraft_metadata_epoch
            );
            problems.push(Problem::new(codes::STALE_MIGRATION, [written_by]));
        }
        MigrationZnode::Content { .. } | MigrationZnode::Absent => {}
    }
    match findings.zk_controller_epoch {
        None => problems.push(Problem::new(codes::NO_CONTROLLER_EPOCH, ["/controller_epoch".to_owned()])),
        Some(zk_controller_epoch) if findings.highest_stamp > zk_controller_epoch => {
            let stamp = format!("stamp {} above /controller_epoch {zk_controller_epoch}", findings.highest_stamp);
            problems.push(Problem::new(codes::STAMP_ABOVE_EPOCH, [stamp]));
        }
        Some(_) => {}
    }
}

fn brokers(findings: &Findings, problems: &mut Vec<Problem>) {
    let accepted = |broker_id: &BrokerId| findings.without_brokers.contains(broker_id);
    let live = || findings.brokers.iter().filter(|(_, broker)| broker.has_ephemeral);
    let named = |broker_id: &BrokerId| format!("broker {broker_id}");
    let with_meta_v1 = live().filter(|(_, broker)| broker.meta_properties_v1 > 0);
    problems.push(Problem::new(codes::META_PROPERTIES_V1, with_meta_v1.map(|(broker_id, _)| named(broker_id))));
    let foreign = live().filter(|(_, broker)| broker.is_kedge_of_this_version != Some(true));
    problems.push(Problem::new(codes::BROKER_NOT_KEDGE, foreign.map(|(broker_id, _)| named(broker_id))));
    if !findings.arming_follows {
        let unarmed = live().filter(|(_, broker)| broker.is_kedge_of_this_version == Some(true) && !broker.is_armed);
        problems.push(Problem::new(codes::BROKER_NOT_ARMED, unarmed.map(|(broker_id, _)| named(broker_id))));
    }
    let reserved_max = findings.reserved_broker_max_id.unwrap_or(RESERVED_BROKER_MAX_ID);
    let invalid = findings.brokers.iter().filter(|(broker_id, broker)| {
        **broker_id < 0
            || broker.has_generated_id
            || (**broker_id > reserved_max && findings.reserved_broker_max_id.is_some())
    });
    problems.push(Problem::new(codes::BROKER_ID_INVALID, invalid.map(|(broker_id, _)| named(broker_id))));
    let dead = findings.replicas.iter().filter(|(broker_id, _)| {
        !accepted(broker_id) && !findings.brokers.get(broker_id).is_some_and(|broker| broker.has_ephemeral)
    });
    problems.push(Problem::new(
        codes::DEAD_BROKER,
        dead.map(|(broker_id, replicas)| format!("broker {broker_id} ({replicas} replicas)")),
    ));
    let unexplained =
        findings.under_replicated.iter().filter(|(_, missing)| missing.is_empty() || !missing.iter().all(accepted));
    problems.push(Problem::new(codes::UNDER_REPLICATED, unexplained.map(|(partition, _)| partition.clone())));
}

fn quorum(findings: &Findings, problems: &mut Vec<Problem>) {
    let Some(quorum) = &findings.quorum else { return };
    let clashing = quorum.controllers.keys().filter(|controller_id| {
        findings.brokers.contains_key(controller_id) || findings.replicas.contains_key(controller_id)
    });
    let named = |controller_id: &BrokerId| format!("controller {controller_id}");
    problems.push(Problem::new(codes::CONTROLLER_ID_CLASH, clashing.map(named)));
    if !quorum.has_leader {
        problems.push(Problem::new(codes::NO_QUORUM_LEADER, ["no leader is known".to_owned()]));
        return;
    }
    if quorum.zk_migration_state == ZkMigrationState::None {
        problems.push(Problem::new(codes::QUORUM_STATE_NONE, ["ZkMigrationState 0 (NONE)".to_owned()]));
    }
    let unready = quorum.controllers.iter().filter(|(_, is_ready)| !**is_ready);
    problems.push(Problem::new(codes::CONTROLLER_NOT_READY, unready.map(|(controller_id, _)| named(controller_id))));
    if quorum.cluster_id != findings.cluster_id {
        let ids = format!("quorum {}, /cluster/id {}", quorum.cluster_id, findings.cluster_id);
        problems.push(Problem::new(codes::CLUSTER_ID, [ids]));
    }
    if let Some(level) = quorum.metadata_version {
        let outside = findings.brokers.iter().filter_map(|(broker_id, broker)| {
            let (lowest, highest) = broker.metadata_versions?;
            (!(lowest..=highest).contains(&level))
                .then(|| format!("broker {broker_id} supports {lowest} to {highest}, finalized is {level}"))
        });
        problems.push(Problem::new(codes::METADATA_VERSION, outside));
    }
}

/// What cannot be copied from a tree that was listed, as far as there is any.
pub fn check_listed(uncarried: &UncarriedCounts, topics_without_id: &[String]) -> Vec<Problem> {
    let mut problems = vec![Problem::new(codes::TOPIC_WITHOUT_ID, topics_without_id.iter().cloned())];
    carry(uncarried, &mut problems);
    problems.retain(|problem| problem.count > 0);
    problems
}

fn carry(uncarried: &UncarriedCounts, problems: &mut Vec<Problem>) {
    let counts = [
        (codes::CARRY_ACLS, uncarried.acls),
        (codes::CARRY_QUOTAS, uncarried.quotas),
        (codes::CARRY_SCRAM, uncarried.scram_credentials),
        (codes::CARRY_TOKENS, uncarried.delegation_tokens),
        (codes::CARRY_REASSIGNMENTS, uncarried.reassignments),
        (codes::CARRY_DELETIONS, uncarried.deletions),
        (codes::CARRY_TRANSACTIONS, uncarried.transaction_partitions),
        (codes::CARRY_ENCODED_CONFIGS, uncarried.encoded_configs),
    ];
    for (code, count) in counts {
        let places = if count == 0 { Vec::new() } else { vec![format!("{count} found")] };
        problems.push(Problem { code, count, places });
    }
}

/// Whether `/migration` was written under this log: its (epoch, offset) must lie in the log's epoch table, and it must
/// not be older than the version the facts are bound to. Of what lies before the log's start, in a snapshot, only the epoch
/// can be judged: the tree of a cluster that rests for long says an offset that is in a snapshot by now.
///
/// `epochs` are the leader epochs of the log with the offset each starts at, ascending; `end_offset` is the log's end.
pub fn is_our_progress(
    progress: &Progress,
    zk_version: i32,
    bound_zk_version: Option<i32>,
    epochs: &[(i32, i64)],
    end_offset: i64,
) -> bool {
    if progress.kraft_metadata_offset < 0 {
        return true;
    }
    if bound_zk_version.is_some_and(|bound| zk_version < bound) {
        return false;
    }
    let offset = progress.kraft_metadata_offset;
    if let Some((first_epoch, log_start_offset)) = epochs.first()
        && offset < *log_start_offset
    {
        return progress.kraft_metadata_epoch <= *first_epoch;
    }
    let starting = epochs.iter().rposition(|(_, start_offset)| *start_offset <= offset);
    offset < end_offset && starting.is_some_and(|index| epochs[index].0 == progress.kraft_metadata_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three live, armed Kedge brokers and a quorum that is ready.
    fn clean() -> Findings {
        let broker = BrokerFindings {
            has_ephemeral: true,
            is_kedge_of_this_version: Some(true),
            is_armed: true,
            metadata_versions: Some((17, 21)),
            ..Default::default()
        };
        Findings {
            zk_controller_epoch: Some(7),
            highest_stamp: 7,
            cluster_id: "c".to_owned(),
            brokers: (0..3).map(|broker_id| (broker_id, broker.clone())).collect(),
            replicas: (0..3).map(|broker_id| (broker_id, 10)).collect(),
            quorum: Some(QuorumFindings {
                has_leader: true,
                zk_migration_state: ZkMigrationState::PreMigration,
                cluster_id: "c".to_owned(),
                metadata_version: Some(21),
                controllers: (100..103).map(|controller_id| (controller_id, true)).collect(),
            }),
            ..Default::default()
        }
    }

    #[track_caller]
    fn check_with(change: impl FnOnce(&mut Findings), expected: &[&str]) {
        let mut findings = clean();
        change(&mut findings);
        let problems: Vec<String> = check(&findings).iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    fn progress(kraft_metadata_offset: i64, kraft_metadata_epoch: i32) -> Progress {
        Progress { kraft_controller_id: 100, kraft_controller_epoch: 5, kraft_metadata_offset, kraft_metadata_epoch }
    }

    #[test]
    fn a_clean_cluster_is_ready() {
        check_with(|_| (), &[]);
        assert_eq!(exit_code(&[]), 0);
    }

    #[test]
    fn all_bad_znodes_at_once() {
        check_with(
            |findings| {
                for topic in 0..30 {
                    let place = format!("/brokers/topics/t{topic}");
                    findings.bad_znodes.push(BadContent { place, problem: "not JSON".to_owned() });
                }
            },
            &[&format!(
                "KM101 znodes that cannot be read (30): {}, …",
                (0..20).map(|topic| format!("/brokers/topics/t{topic}: not JSON")).collect::<Vec<_>>().join(", ")
            )],
        );
    }

    #[test]
    fn migration_znode_empty_stale_or_only_provisioned() {
        check_with(
            |findings| findings.migration = MigrationZnode::Empty,
            &["KM102 /migration exists without content (1): /migration"],
        );
        let content = |offset| MigrationZnode::Content { progress: progress(offset, 4), zk_version: 3 };
        check_with(
            |findings| findings.migration = content(812),
            &["KM103 /migration was written by another quorum (1): \
               /migration: controller 100, metadata offset 812 of leader epoch 4"],
        );
        check_with(|findings| findings.migration = content(-1), &[]);
        check_with(
            |findings| {
                findings.migration = content(812);
                findings.migration_is_ours = true;
            },
            &[],
        );
    }

    #[test]
    fn stamps_above_the_epoch_only_warn() {
        let mut findings = clean();
        findings.highest_stamp = 100;
        let problems = check(&findings);
        assert_eq!(
            problems[0].to_string(),
            "KM105 state znodes carry a controller epoch above /controller_epoch (1): stamp 100 above /controller_epoch 7"
        );
        assert_eq!(exit_code(&problems), 2);
    }

    #[test]
    fn brokers_that_cannot_come_along() {
        check_with(
            |findings| {
                findings.brokers.get_mut(&0).expect("there").is_armed = false;
                findings.brokers.get_mut(&1).expect("there").is_kedge_of_this_version = None;
                findings.brokers.get_mut(&2).expect("there").meta_properties_v1 = 1;
            },
            &[
                "KM106 a log directory holds meta.properties of version 1 (1): broker 2",
                "KM201 brokers that are not armed (1): broker 0",
                "KM202 brokers that are not Kedge of this version (1): broker 1",
            ],
        );
        check_with(
            |findings| {
                findings.arming_follows = true;
                findings.brokers.get_mut(&0).expect("there").is_armed = false;
            },
            &[],
        );
        check_with(
            |findings| findings.brokers.get_mut(&1).expect("there").has_generated_id = true,
            &["KM203 broker ids that were generated or are out of range (1): broker 1"],
        );
    }

    #[test]
    fn a_dead_broker_blocks_unless_it_is_named() {
        let dead = |findings: &mut Findings| {
            findings.brokers.remove(&2);
            findings.under_replicated.push(("t-0".to_owned(), vec![2]));
        };
        check_with(
            dead,
            &[
                "KM205 replicas on brokers that are not alive (1): broker 2 (10 replicas)",
                "KM207 under-replicated or leaderless partitions (1): t-0",
            ],
        );
        check_with(
            |findings| {
                dead(findings);
                findings.without_brokers.insert(2);
            },
            &[],
        );
        check_with(
            |findings| {
                findings.without_brokers.insert(2);
                findings.under_replicated.push(("t-1".to_owned(), vec![1]));
            },
            &["KM207 under-replicated or leaderless partitions (1): t-1"],
        );
    }

    #[test]
    fn the_quorum_must_fit() {
        let quorum = |findings: &mut Findings, change: fn(&mut QuorumFindings)| {
            change(findings.quorum.as_mut().expect("there"));
        };
        check_with(
            |findings| quorum(findings, |quorum| _ = quorum.controllers.insert(1, true)),
            &["KM206 a controller's node id is also a broker's (1): controller 1"],
        );
        check_with(
            |findings| {
                quorum(findings, |quorum| {
                    quorum.zk_migration_state = ZkMigrationState::None;
                    quorum.controllers.insert(101, false);
                    quorum.cluster_id = "d".to_owned();
                    quorum.metadata_version = Some(16);
                });
            },
            &[
                "KM301 the quorum was started without the migration flag (1): ZkMigrationState 0 (NONE)",
                "KM302 controllers that are not ready for a migration (1): controller 101",
                "KM303 metadata.version lies outside what every broker supports (3): \
                 broker 0 supports 17 to 21, finalized is 16, broker 1 supports 17 to 21, finalized is 16, \
                 broker 2 supports 17 to 21, finalized is 16",
                "KM304 the quorum has another cluster id (1): quorum d, /cluster/id c",
            ],
        );
        check_with(
            |findings| quorum(findings, |quorum| quorum.has_leader = false),
            &["KM305 the quorum has no leader (1): no leader is known"],
        );
    }

    #[test]
    fn what_cannot_be_carried_blocks_with_its_count() {
        check_with(
            |findings| {
                findings.uncarried = UncarriedCounts {
                    acls: 912,
                    quotas: 44,
                    scram_credentials: 31,
                    delegation_tokens: 3,
                    reassignments: 2,
                    deletions: 1,
                    transaction_partitions: 50,
                    encoded_configs: 4,
                };
                findings.consumer_offsets = BTreeMap::from([("old-readers".to_owned(), 6)]);
                findings.topics_without_id.push("old".to_owned());
                findings.zk_controller_epoch = None;
            },
            &[
                "KM104 /controller_epoch is missing (1): /controller_epoch",
                "KM108 topics without a topic id (1): old",
                "KM401 ACLs (912): 912 found",
                "KM402 client quotas (44): 44 found",
                "KM403 SCRAM users (31): 31 found",
                "KM404 delegation tokens (3): 3 found",
                "KM405 reassignments in flight (2): 2 found",
                "KM406 queued topic deletions (1): 1 found",
                "KM407 __transaction_state (50): 50 found",
                "KM408 broker configs encoded with password.encoder (4): 4 found",
                "KM409 groups that keep their offsets in ZooKeeper (1): old-readers (6 offsets)",
            ],
        );
    }

    #[test]
    fn progress_is_ours_only_inside_the_epoch_table() {
        let epochs = [(1, 0), (3, 40), (6, 90)];
        let is_ours = |offset, epoch| is_our_progress(&progress(offset, epoch), 4, Some(2), &epochs, 120);
        assert!(is_ours(-1, -1) && is_ours(39, 1) && is_ours(40, 3) && is_ours(119, 6));
        assert!(!is_ours(40, 1) && !is_ours(89, 6) && !is_ours(120, 6) && !is_ours(50, 2));
        // Recreated since: versions start again at 0.
        assert!(!is_our_progress(&progress(40, 3), 1, Some(2), &epochs, 120));
        // A voter that began with a snapshot.
        let epochs = [(3, 60), (6, 90)];
        let is_ours = |offset, epoch| is_our_progress(&progress(offset, epoch), 4, Some(2), &epochs, 120);
        assert!(is_ours(40, 3) && is_ours(12, 1) && is_ours(60, 3));
        assert!(!is_ours(40, 4) && !is_ours(60, 2));
    }
}
