//! Levels of the feature `metadata.version`, and what each switches on (Kafka's `MetadataVersion`).

use std::fmt;

/// Name of the feature as it stands in FeatureLevelRecord.
pub const METADATA_VERSION_FEATURE: &str = "metadata.version";

/// A level of `metadata.version`. Kedge loads directories formatted at 17–21 and formats new ones at 21 (3.9-IV0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataVersion(i16);

impl MetadataVersion {
    /// 3.7-IV2, the lowest level Kedge loads.
    pub const MIN: MetadataVersion = MetadataVersion(17);
    /// 3.9-IV0, the highest level Kedge loads and the one it formats.
    pub const LATEST: MetadataVersion = MetadataVersion(21);

    /// The version of a finalized level, if Kedge can run at it.
    pub fn from_level(feature_level: i16) -> Option<MetadataVersion> {
        (Self::MIN.0..=Self::LATEST.0).contains(&feature_level).then_some(MetadataVersion(feature_level))
    }

    /// The number stored in FeatureLevelRecord.
    pub fn feature_level(self) -> i16 {
        self.0
    }

    /// Kafka's name of the level, as `kafka-features.sh` prints it.
    pub fn name(self) -> &'static str {
        match self.0 {
            17 => "3.7-IV2",
            18 => "3.7-IV3",
            19 => "3.7-IV4",
            20 => "3.8-IV0",
            _ => "3.9-IV0",
        }
    }

    /// An ISR shrink no longer bumps the leader epoch (level 12, KAFKA-15021).
    pub fn is_skip_leader_epoch_bump_supported(self) -> bool {
        self.0 >= 12
    }

    /// Replicas carry directory ids (level 17, KIP-858).
    pub fn is_directory_assignment_supported(self) -> bool {
        self.0 >= 17
    }

    /// Version of RegisterBrokerRecord to write.
    pub fn register_broker_record_version(self) -> i16 {
        if self.is_directory_assignment_supported() { 3 } else { 2 }
    }

    /// Version of PartitionRecord and PartitionChangeRecord to write.
    pub fn partition_record_version(self) -> i16 {
        if self.is_directory_assignment_supported() { 1 } else { 0 }
    }
}

impl fmt::Display for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
