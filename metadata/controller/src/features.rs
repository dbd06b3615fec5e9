//! Finalized features: what a new quorum's log begins with, and the migration state.

use kedge_metadata_state::{
    image::ZkMigrationState,
    metadata_version::METADATA_VERSION_FEATURE,
    records::{
        BeginTransactionRecord, EndTransactionRecord, FeatureLevelRecord, MetadataRecord, ZkMigrationStateRecord,
    },
};

use crate::{Context, Decision, DecisionUnit, Subject};

/// The first records of an empty log, as one metadata transaction: the metadata version, then `more` (other features by
/// name, SCRAM users given to `format`), then the migration state.
pub(crate) fn bootstrap(context: &Context<'_>, more: Vec<MetadataRecord>) -> DecisionUnit {
    let migration_state = if context.settings.zookeeper_metadata_migration_enable {
        ZkMigrationState::PreMigration
    } else {
        ZkMigrationState::None
    };
    let mut records: Vec<MetadataRecord> = vec![
        BeginTransactionRecord { name: Some("Bootstrap records".to_owned()) }.into(),
        FeatureLevelRecord {
            name: METADATA_VERSION_FEATURE.to_owned(),
            feature_level: context.settings.bootstrap_metadata_version.feature_level(),
        }
        .into(),
    ];
    records.extend(more);
    records.push(migration_state_record(migration_state));
    records.push(EndTransactionRecord {}.into());
    DecisionUnit::new(Subject::Cluster, records)
}

/// Writes the migration state; nothing if it is so already. The driver of the move decides which and when.
pub fn set_zk_migration_state(context: &mut Context<'_>, state: ZkMigrationState) -> Decision<()> {
    if context.image.features.zk_migration_state == state {
        return Decision::unchanged(());
    }
    let unit = DecisionUnit::new(Subject::Cluster, [migration_state_record(state)]);
    Decision { units: vec![unit], response: () }
}

fn migration_state_record(state: ZkMigrationState) -> MetadataRecord {
    ZkMigrationStateRecord { zk_migration_state: state as i8 }.into()
}
