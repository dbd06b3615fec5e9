//! Feature levels, ZkMigrationState and producer-id blocks.

use kedge_protocol::metadata_records::{FeatureLevelRecord, ProducerIdsRecord, ZkMigrationStateRecord};

use super::{Delta, ReplayError};
use crate::{Authority, Dialect, MetadataVersion, image::ZkMigrationState, metadata_version::METADATA_VERSION_FEATURE};

impl Delta {
    pub(super) fn replay_feature_level(&mut self, record: &FeatureLevelRecord) -> Result<(), ReplayError> {
        let feature_level = record.feature_level;
        if record.name == METADATA_VERSION_FEATURE {
            let metadata_version = MetadataVersion::from_level(feature_level)
                .ok_or(ReplayError::UnsupportedMetadataVersion { feature_level })?;
            self.image.features.metadata_version = Some(metadata_version);
            if self.image.dialect.authority == Authority::KRaft {
                self.image.dialect = Dialect::kraft(metadata_version);
            }
        } else if feature_level < 0 {
            let (record, field) = ("FeatureLevelRecord", "FeatureLevel");
            return Err(ReplayError::InvalidValue { record, field, value: feature_level.into() });
        } else if feature_level == 0 {
            self.image.features.finalized_levels.remove(&record.name);
        } else {
            self.image.features.finalized_levels.insert(record.name.clone(), feature_level);
        }
        self.touched.features = true;
        Ok(())
    }

    pub(super) fn replay_zk_migration_state(&mut self, record: &ZkMigrationStateRecord) -> Result<(), ReplayError> {
        let value = record.zk_migration_state;
        self.image.features.zk_migration_state =
            ZkMigrationState::from_value(value).ok_or(ReplayError::InvalidValue {
                record: "ZkMigrationStateRecord",
                field: "ZkMigrationState",
                value: value.into(),
            })?;
        self.touched.features = true;
        Ok(())
    }

    pub(super) fn replay_producer_ids(&mut self, record: &ProducerIdsRecord) -> Result<(), ReplayError> {
        let (next_producer_id, current) = (record.next_producer_id, self.image.next_producer_id);
        if next_producer_id <= current {
            return Err(ReplayError::ProducerIdsNotIncreasing { next_producer_id, current });
        }
        self.image.next_producer_id = next_producer_id;
        self.touched.producer_ids = true;
        Ok(())
    }
}
