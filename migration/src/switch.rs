//! Whether a running broker may change its metadata source: what must hold between its own image and the new one. Pure.
//!
//! The new source is inert until the image's state allows it ([`may_follow_log`]), and a switch that would harm what the
//! broker stores stops with a code ([`problems`]); the broker then goes on with the source it has.

use kedge_metadata_state::{
    BrokerId, Image,
    image::{ConfigResourceType, ZkMigrationState},
};

use crate::{codes, readiness::Problem};

/// What a broker knows of the log it observes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedLog {
    /// ZkMigrationState of the log's image.
    pub zk_migration_state: ZkMigrationState,
    /// A metadata transaction is open.
    pub is_in_transaction: bool,
    /// Everything up to the high watermark was replayed.
    pub is_caught_up: bool,
}

/// A quorum without user metadata must never be followed: every replica would be renamed `-stray`. The copy has to be
/// complete, and seen as a whole.
pub fn may_follow_log(log: ObservedLog) -> bool {
    rules(log.zk_migration_state) && !log.is_in_transaction && log.is_caught_up
}

/// The quorum rules the cluster, by the word of its log.
pub fn rules(zk_migration_state: ZkMigrationState) -> bool {
    matches!(zk_migration_state, ZkMigrationState::Migration | ZkMigrationState::PostMigration)
}

/// Who rules the tree, when it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeRule {
    /// `/controller` is absent.
    Nobody,
    /// A broker's ephemeral.
    Broker,
    /// A quorum's claim.
    Quorum,
}

/// What a node without `process.roles` finds when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootEvidence {
    /// It knows the voters of a quorum, from its properties or from its source file.
    pub is_armed: bool,
    /// Its source file says that it followed the log last.
    pub followed_log: bool,
    /// `/controller`; none while ZooKeeper cannot be reached.
    pub tree: Option<TreeRule>,
    /// ZkMigrationState at the end of the log; none while no voter answers.
    pub log: Option<ZkMigrationState>,
}

/// Where a node boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// As a ZooKeeper-mode broker; a change that is due follows while it runs.
    ZooKeeper,
    /// From the quorum's log.
    Log,
    /// Neither is certain; for this reason.
    Wait(&'static str),
}

/// The boot rule (`docs/decisions/0005-the-boot-rule.md`): properties choose the mode of a new node, evidence that of one that has moved. Never a
/// guess: a broker that follows the wrong authority loses what the other one acknowledges.
pub fn boot(evidence: BootEvidence) -> Boot {
    let log_rules = evidence.log.is_some_and(rules);
    match (evidence.tree, evidence.log) {
        // Given back is only what the log says is: somebody else took this tree, and a running broker stays on the log too.
        (Some(TreeRule::Broker | TreeRule::Nobody), _) if evidence.followed_log && log_rules => Boot::Log,
        (Some(TreeRule::Broker | TreeRule::Nobody), _) if log_rules => {
            Boot::Wait("the quorum's log says that the quorum rules, and ZooKeeper says that it does not")
        }
        (Some(TreeRule::Broker), _) => Boot::ZooKeeper,
        (Some(TreeRule::Nobody), None) if evidence.followed_log => {
            Boot::Wait("nobody rules ZooKeeper, this node followed the quorum's log, and no voter answers")
        }
        (Some(TreeRule::Nobody), _) => Boot::ZooKeeper,
        (Some(TreeRule::Quorum), _) if !evidence.is_armed => {
            Boot::Wait("a KRaft quorum holds ZooKeeper and this node knows no voters: set controller.quorum.voters")
        }
        (Some(TreeRule::Quorum), None) => Boot::Wait("a KRaft quorum holds ZooKeeper and no voter answers"),
        (Some(TreeRule::Quorum), Some(_)) if log_rules => Boot::Log,
        // The copy, or the hand-over, is under way.
        (Some(TreeRule::Quorum), Some(_)) => Boot::ZooKeeper,
        (None, Some(_)) if evidence.followed_log && log_rules => Boot::Log,
        (None, Some(_)) if evidence.followed_log => {
            Boot::Wait("ZooKeeper cannot be reached, and the quorum has given the cluster back to it")
        }
        (None, None) if evidence.followed_log => Boot::Wait("neither ZooKeeper nor the quorum can be reached"),
        (None, _) => Boot::Wait("ZooKeeper cannot be reached"),
    }
}

/// What the switch of a broker from `before` to `after` would break. The local class is not looked at: partition epochs
/// and directories may well differ.
pub fn problems(broker_id: BrokerId, before: &Image, after: &Image) -> Vec<Problem> {
    let mut replicas = Vec::new();
    let mut leader_epochs = Vec::new();
    for topic in before.topics.by_id.values() {
        for (partition_id, partition) in &topic.partitions {
            let name = format!("{}-{partition_id}", topic.name);
            match after.topics.partition(&topic.topic_id, *partition_id) {
                None if partition.replicas.contains(&broker_id) => match after.topics.by_name.get(&topic.name) {
                    Some(other) if *other != topic.topic_id => {
                        replicas.push(format!("{name} (topic id {} becomes {other})", topic.topic_id));
                    }
                    _ => replicas.push(name),
                },
                Some(other) if partition.replicas.contains(&broker_id) && !other.replicas.contains(&broker_id) => {
                    replicas.push(name);
                }
                Some(other) if other.leader_epoch < partition.leader_epoch => {
                    leader_epochs.push(format!("{name} ({} below {})", other.leader_epoch, partition.leader_epoch));
                }
                Some(_) | None => {}
            }
        }
    }
    let configs = before.configs.by_resource.iter().filter(|(resource, _)| {
        let applies = match resource.resource_type {
            ConfigResourceType::Topic => after.topics.get(&resource.resource_name).is_some(),
            ConfigResourceType::Broker => {
                resource.resource_name.is_empty() || resource.resource_name == broker_id.to_string()
            }
            ConfigResourceType::ClientMetrics | ConfigResourceType::Group => false,
        };
        applies && !after.configs.by_resource.contains_key(resource)
    });
    let configs = configs.map(|(resource, _)| format!("{:?} {:?}", resource.resource_type, resource.resource_name));
    let mut problems = vec![
        Problem::new(codes::SWITCH_REPLICA, replicas),
        Problem::new(codes::SWITCH_EPOCH, leader_epochs),
        Problem::new(codes::SWITCH_CONFIG, configs),
    ];
    problems.retain(|problem| problem.count > 0);
    problems
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::{Dialect, Record};

    use super::*;
    use crate::reconcile::tests::{config, image, partition, topic};

    #[track_caller]
    fn check(before: &[Record], after: &[Record], expected: &[&str]) {
        let (before, after) = (image(Dialect::ZOOKEEPER, before), image(Dialect::ZOOKEEPER, after));
        let problems: Vec<String> = problems(2, &before, &after).iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_log_without_user_metadata_is_never_followed() {
        use ZkMigrationState as Z;
        let log = |zk_migration_state, is_in_transaction, is_caught_up| {
            may_follow_log(ObservedLog { zk_migration_state, is_in_transaction, is_caught_up })
        };
        assert!(log(Z::Migration, false, true) && log(Z::PostMigration, false, true));
        assert!(!log(Z::PreMigration, false, true) && !log(Z::None, false, true));
        assert!(!log(Z::Migration, true, true) && !log(Z::Migration, false, false));
    }

    #[test]
    fn a_node_boots_by_evidence_and_never_by_guess() {
        use Boot::{Log, Wait, ZooKeeper};
        use TreeRule::{Broker, Nobody, Quorum};
        use ZkMigrationState as Z;
        let boots = |tree, log, followed_log| {
            let found = boot(BootEvidence { is_armed: true, followed_log, tree, log });
            match found {
                Wait(_) => "wait",
                Log => "log",
                ZooKeeper => "zookeeper",
            }
        };
        // Its file is right, old, or a lie: the tree and the log together decide.
        for followed_log in [false, true] {
            assert_eq!(boots(Some(Broker), Some(Z::PreMigration), followed_log), "zookeeper");
            assert_eq!(boots(Some(Broker), None, followed_log), "zookeeper");
            assert_eq!(boots(Some(Quorum), Some(Z::Migration), followed_log), "log");
            assert_eq!(boots(Some(Quorum), Some(Z::PostMigration), followed_log), "log");
            assert_eq!(boots(Some(Quorum), Some(Z::PreMigration), followed_log), "zookeeper");
            assert_eq!(boots(Some(Quorum), None, followed_log), "wait");
            assert_eq!(boots(None, None, followed_log), "wait");
        }
        // ZooKeeper down: file and quorum must agree.
        assert_eq!(boots(None, Some(Z::Migration), true), "log");
        assert_eq!(boots(None, Some(Z::PostMigration), true), "log");
        assert_eq!(boots(None, Some(Z::PreMigration), true), "wait");
        assert_eq!(boots(None, Some(Z::Migration), false), "wait");
        // An election is under way, or somebody deleted the quorum's claim.
        assert_eq!(boots(Some(Nobody), Some(Z::PreMigration), true), "zookeeper");
        assert_eq!(boots(Some(Nobody), Some(Z::Migration), true), "log");
        assert_eq!(boots(Some(Nobody), Some(Z::Migration), false), "wait");
        // A broker took what was not given back.
        assert_eq!(boots(Some(Broker), Some(Z::PostMigration), true), "log");
        assert_eq!(boots(Some(Broker), Some(Z::Migration), false), "wait");
        assert_eq!(boots(Some(Nobody), None, true), "wait");
        assert_eq!(boots(Some(Nobody), None, false), "zookeeper");
        let unarmed = BootEvidence { is_armed: false, followed_log: false, tree: Some(Quorum), log: None };
        assert!(matches!(boot(unarmed), Wait(_)));
    }

    #[test]
    fn equal_content_switches_whatever_the_partition_epochs_are() {
        let before = [topic("a", 1), partition(1, 0, 3, 9), config("a", "1")];
        check(&before, &[topic("a", 1), partition(1, 0, 3, 2), config("a", "1")], &[]);
    }

    #[test]
    fn a_switch_that_would_do_harm_is_blocked() {
        let before = [topic("a", 1), partition(1, 0, 3, 9), config("a", "1"), topic("b", 2), partition(2, 0, 1, 1)];
        check(
            &before,
            &[topic("a", 1), partition(1, 0, 2, 9), topic("b", 3), partition(3, 0, 1, 1)],
            &[
                "KM504 a switch would remove or re-identify a local replica (1): \
                 b-0 (topic id AgICAgICAgICAgICAgICAg becomes AwMDAwMDAwMDAwMDAwMDAw)",
                "KM505 a switch would lower a leader epoch (1): a-0 (2 below 3)",
                "KM506 a switch would drop a config (1): Topic \"a\"",
            ],
        );
        check(&before, &[], &["KM504 a switch would remove or re-identify a local replica (2): a-0, b-0"]);
    }
}
