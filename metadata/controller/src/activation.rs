//! The first decision of a reign.

use kedge_metadata_state::{
    Authority,
    image::ZkMigrationState,
    records::{AbortTransactionRecord, MetadataRecord},
};

use crate::{
    Context, Decision, DecisionUnit, Subject, cluster_view::after, deletion::withdraw_deletions,
    election::repair_leadership, features,
};

/// What the log looks like to the controller that takes over. Meaningless under ZooKeeper.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogState {
    /// A metadata transaction was begun and not ended.
    pub open_transaction: bool,
    /// Records for an empty log beside metadata.version: other features by name, SCRAM users.
    pub bootstrap_records: Vec<MetadataRecord>,
}

/// What a new controller writes before it serves anybody.
///
/// KRaft: an open transaction is aborted (its records were never visible, so the image does not hold them); a log
/// without a metadata.version gets its first records. ZooKeeper: see [`revisit`].
pub fn activate(context: &mut Context<'_>, log: LogState) -> Decision<()> {
    if context.image.dialect.authority == Authority::ZooKeeper {
        return revisit(context);
    }
    let mut units = Vec::new();
    if log.open_transaction {
        let abort = AbortTransactionRecord { reason: Some("Controller failover".to_owned()) };
        units.push(DecisionUnit::new(Subject::Cluster, [abort]));
    }
    if context.image.features.metadata_version.is_none() {
        units.push(features::bootstrap(context, log.bootstrap_records));
    } else if may_still_prepare(context) {
        units.extend(features::set_zk_migration_state(context, ZkMigrationState::PreMigration).units);
    }
    Decision { units, response: () }
}

/// A quorum that was started once without `zookeeper.metadata.migration.enable` and has not been used since may still become
/// the target of a move. In Kafka such a log says NONE for ever, and has to be wiped.
fn may_still_prepare(context: &Context<'_>) -> bool {
    let image = context.image;
    context.settings.zookeeper_metadata_migration_enable
        && image.features.zk_migration_state == ZkMigrationState::None
        && image.cluster.brokers.is_empty()
        && image.topics.by_id.is_empty()
        && image.configs.by_resource.is_empty()
}

/// Brings a tree that was read whole into order: deletions that must not be are withdrawn, leaders and ISRs are made to
/// agree with the brokers that are there, which may have changed while nobody ruled or nobody looked. KRaft: nothing, the
/// log was never out of sight.
pub fn revisit(context: &mut Context<'_>) -> Decision<()> {
    if context.image.dialect.authority != Authority::ZooKeeper {
        return Decision::unchanged(());
    }
    let mut units = withdraw_deletions(context).units;
    units.extend(repair_leadership(&after(context.image, &units), context.settings));
    Decision { units, response: () }
}
