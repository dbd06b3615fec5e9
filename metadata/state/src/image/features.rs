//! Finalized features (Kafka's `FeaturesImage`), with ZkMigrationState.

use imbl::OrdMap;

use crate::MetadataVersion;

/// What is true of the cluster's move, as Kafka persists it (ZkMigrationStateRecord). The numbers of MIGRATION and
/// PRE_MIGRATION look swapped; they are Kafka's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i8)]
pub enum ZkMigrationState {
    /// Born in KRaft, never in ZooKeeper.
    #[default]
    None = 0,
    /// The tree has been copied and is kept up to date (dual write).
    Migration = 1,
    /// A migration is allowed, the tree still rules.
    PreMigration = 2,
    /// The migration is finalized; the tree is no longer written.
    PostMigration = 3,
    /// ZooKeeper rules and no quorum exists; never written to the log.
    Zk = 4,
}

impl ZkMigrationState {
    /// The state behind a record's value.
    pub fn from_value(value: i8) -> Option<ZkMigrationState> {
        match value {
            0 => Some(Self::None),
            1 => Some(Self::Migration),
            2 => Some(Self::PreMigration),
            3 => Some(Self::PostMigration),
            4 => Some(Self::Zk),
            _ => None,
        }
    }
}

/// Feature levels the cluster has agreed on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeaturesImage {
    /// `metadata.version`; none while the log (or a ZooKeeper tree) does not say.
    pub metadata_version: Option<MetadataVersion>,
    /// Other finalized features with a level above 0.
    pub finalized_levels: OrdMap<String, i16>,
    /// Where the cluster stands between ZooKeeper and KRaft.
    pub zk_migration_state: ZkMigrationState,
}

impl FeaturesImage {
    /// The level to choose record versions by: the finalized one, or the latest while none is known.
    pub fn metadata_version_or_latest(&self) -> MetadataVersion {
        self.metadata_version.unwrap_or(MetadataVersion::LATEST)
    }
}
