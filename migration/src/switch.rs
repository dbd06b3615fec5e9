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
    let rules = matches!(log.zk_migration_state, ZkMigrationState::Migration | ZkMigrationState::PostMigration);
    rules && !log.is_in_transaction && log.is_caught_up
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
