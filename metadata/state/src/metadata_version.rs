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

    /// The version that a release (`3.7`, `3.8`, `3.9`) or a level's name (`3.7-IV4`) stands for, as `--release-version` of
    /// `kafka-storage.sh` reads it.
    pub fn from_release(release: &str) -> Option<MetadataVersion> {
        let levels = || (Self::MIN.0..=Self::LATEST.0).map(MetadataVersion);
        levels().find(|level| level.name() == release).or_else(|| {
            let release = major_and_minor(release)?;
            levels().rev().find(|level| level.name().split('-').next() == Some(release))
        })
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

/// `3.7` of `3.7` and of `3.7.1`.
fn major_and_minor(release: &str) -> Option<&str> {
    let parts: Vec<&str> = release.split('.').collect();
    let is_release = matches!(parts.len(), 2 | 3) && parts.iter().all(|part| part.parse::<u8>().is_ok());
    if is_release { release.get(..parts[0].len() + 1 + parts[1].len()) } else { None }
}

impl fmt::Display for MetadataVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::MetadataVersion;

    #[test]
    fn releases_and_levels_are_found_by_name() {
        let level = |release| MetadataVersion::from_release(release).map(MetadataVersion::feature_level);
        for (release, expected) in [
            ("3.7", Some(19)),
            ("3.7.1", Some(19)),
            ("3.7-IV2", Some(17)),
            ("3.8", Some(20)),
            ("3.9", Some(21)),
            ("3.9-IV0", Some(21)),
            ("3.6", None),
            ("3.70", None),
            ("3.7-", None),
            ("4.0", None),
            ("", None),
        ] {
            assert_eq!(level(release), expected, "{release}");
        }
    }
}
