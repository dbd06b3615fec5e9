//! `bootstrap.checkpoint`: the records that the first controller of an empty metadata log starts the cluster with, a snapshot in
//! the metadata log directory (Kafka's `BootstrapDirectory`). Written by `kedge storage format` and by Apache's.

use std::{io, path::Path};

use bytes::Bytes;
use kedge_metadata_state::{MetadataVersion, TimestampMs, metadata_version::METADATA_VERSION_FEATURE};
use kedge_protocol::{
    Message,
    batch::{BatchBuilder, BatchIter, ControlType},
    control_records::{SnapshotFooterRecord, SnapshotHeaderRecord},
    metadata_records::{FeatureLevelRecord, MetadataRecord},
    wire::Encoder,
};

/// Name of the file.
pub const BOOTSTRAP_CHECKPOINT: &str = "bootstrap.checkpoint";

/// Why a `bootstrap.checkpoint` cannot be started with.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// It is no snapshot, or not a whole one.
    #[error("{path}: {problem}; format the directory again")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// It asks for what this version does not have.
    #[error("{path}: {what}")]
    Unsupported {
        /// The file.
        path: String,
        /// What it asks for.
        what: String,
    },
}

/// The snapshot of one record, the metadata.version: header, data and footer batch, at leader epoch 0 from offset 0.
pub fn encode(metadata_version: MetadataVersion, now_ms: TimestampMs) -> Vec<u8> {
    let mut feature = Vec::new();
    MetadataRecord::FeatureLevel(FeatureLevelRecord {
        name: METADATA_VERSION_FEATURE.to_owned(),
        feature_level: metadata_version.feature_level(),
    })
    .encode_frame(0, &mut feature)
    .expect("a feature level has version 0");

    let control = |base_offset, control_type, value: &[u8]| {
        let mut batch = BatchBuilder::new(base_offset).partition_leader_epoch(0).control();
        batch.append_control(now_ms, control_type, value);
        batch.build()
    };
    let header = SnapshotHeaderRecord { version: 0, last_contained_log_timestamp: 0 };
    let footer = SnapshotFooterRecord { version: 0 };
    let mut data = BatchBuilder::new(1).partition_leader_epoch(0);
    data.append(now_ms, None, Some(&feature), &[]);
    [
        control(0, ControlType::SnapshotHeader, &encoded(&header)),
        data.build(),
        control(2, ControlType::SnapshotFooter, &encoded(&footer)),
    ]
    .concat()
}

fn encoded(message: &impl Message) -> Vec<u8> {
    let mut out = Encoder::new();
    message.encode(0, &mut out).expect("the control record has version 0");
    out.into_bytes().to_vec()
}

/// The level that a formatted directory asks for; the newest if it has no such file, as in Kafka.
pub fn metadata_version(metadata_log_dir: &Path) -> Result<MetadataVersion, BootstrapError> {
    let file = metadata_log_dir.join(BOOTSTRAP_CHECKPOINT);
    let path = file.display().to_string();
    match std::fs::read(&file) {
        Ok(snapshot) => decode(&snapshot, &path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(MetadataVersion::LATEST),
        Err(source) => Err(BootstrapError::Io { path, source }),
    }
}

fn decode(snapshot: &[u8], path: &str) -> Result<MetadataVersion, BootstrapError> {
    let damaged = |problem: String| BootstrapError::Damaged { path: path.to_owned(), problem };
    let unsupported = |what: String| BootstrapError::Unsupported { path: path.to_owned(), what };
    let mut found = None;
    for batch in BatchIter::new(snapshot) {
        let batch = batch.map_err(|error| damaged(error.to_string()))?;
        batch.validate_crc().map_err(|error| damaged(error.to_string()))?;
        if batch.header.is_control() {
            continue;
        }
        for record in batch.records().map_err(|error| damaged(error.to_string()))? {
            let record = record.map_err(|error| damaged(error.to_string()))?;
            let value = record.value.ok_or_else(|| damaged("a record without a value".to_owned()))?;
            let (record, _) = MetadataRecord::decode_frame(Bytes::copy_from_slice(value))
                .map_err(|error| damaged(error.to_string()))?;
            match record {
                MetadataRecord::FeatureLevel(level) if level.name == METADATA_VERSION_FEATURE => {
                    let version = MetadataVersion::from_level(level.feature_level).ok_or_else(|| {
                        let (lowest, highest) = (MetadataVersion::MIN, MetadataVersion::LATEST);
                        unsupported(format!(
                            "metadata.version is {}, and Kedge runs at {} ({lowest}) to {} ({highest}); format with --release-version",
                            level.feature_level,
                            lowest.feature_level(),
                            highest.feature_level()
                        ))
                    })?;
                    found = Some(version);
                }
                // Kafka 3.9 names the features of dynamic quorums and of transactions with level 0, which means none.
                MetadataRecord::FeatureLevel(level) if level.feature_level == 0 => {}
                MetadataRecord::FeatureLevel(level) => {
                    return Err(unsupported(format!(
                        "feature {} at level {} is not supported",
                        level.name, level.feature_level
                    )));
                }
                other => return Err(unsupported(format!("{} cannot be taken from it yet", other.name()))),
            }
        }
    }
    found.ok_or_else(|| damaged("it has no metadata.version".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The batches of a file that Apache 3.9.2's StorageTool wrote, each with the time it carries.
    const APACHE_BOOTSTRAP: [(i64, &str); 3] = [
        (
            1_795_274_722_182,
            "00000000000000000000004700000000024aff3b8c002000000000000001a1feb64b86000001a1feb64b86ffff\
             ffffffffffffffffffffffff000000012a000000080000000316000000000000000000000000",
        ),
        (
            1_795_274_722_337,
            "00000000000000010000004f0000000002001c8e0d000000000000000001a1feb64c21000001a1feb64c21ffff\
             ffffffffffffffffffffffff000000013a000000012e010c00116d657461646174612e76657273696f6e001500\
             00",
        ),
        (
            1_795_274_722_338,
            "00000000000000020000003f0000000002c07524d7002000000000000001a1feb64c22000001a1feb64c22ffff\
             ffffffffffffffffffffffff000000011a00000008000000040600000000",
        ),
    ];

    #[test]
    fn the_file_is_apaches_byte_for_byte() {
        for (index, (written_at_ms, apache)) in APACHE_BOOTSTRAP.into_iter().enumerate() {
            let checkpoint = encode(MetadataVersion::LATEST, written_at_ms);
            let batch = BatchIter::new(&checkpoint).nth(index).unwrap().unwrap();
            let hex: String = batch.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, apache, "batch {index}");
        }
    }

    #[test]
    fn a_directory_starts_at_the_level_that_it_was_formatted_with() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(metadata_version(dir.path()).unwrap(), MetadataVersion::LATEST, "no file");
        for level in 17..=21 {
            let version = MetadataVersion::from_level(level).unwrap();
            std::fs::write(dir.path().join(BOOTSTRAP_CHECKPOINT), encode(version, 5)).unwrap();
            assert_eq!(metadata_version(dir.path()).unwrap(), version);
        }
    }

    #[test]
    fn what_cannot_be_started_with_is_named() {
        let file = |records: &[MetadataRecord]| {
            let mut batch = BatchBuilder::new(0).partition_leader_epoch(0);
            for record in records {
                let mut value = Vec::new();
                record.encode_frame(0, &mut value).unwrap();
                batch.append(1, None, Some(&value), &[]);
            }
            batch.build()
        };
        let level = |name: &str, feature_level| {
            MetadataRecord::FeatureLevel(FeatureLevelRecord { name: name.to_owned(), feature_level })
        };
        let problem = |snapshot: &[u8]| decode(snapshot, "FILE").unwrap_err().to_string();
        let ours = || level(METADATA_VERSION_FEATURE, 21);
        assert_eq!(
            problem(&file(&[level(METADATA_VERSION_FEATURE, 14)])),
            "FILE: metadata.version is 14, and Kedge runs at 17 (3.7-IV2) to 21 (3.9-IV0); format with --release-version"
        );
        assert_eq!(
            problem(&file(&[ours(), level("kraft.version", 1)])),
            "FILE: feature kraft.version at level 1 is not supported"
        );
        assert!(decode(&file(&[ours(), level("kraft.version", 0)]), "FILE").is_ok());
        let scram = MetadataRecord::UserScramCredential(Default::default());
        assert_eq!(problem(&file(&[ours(), scram])), "FILE: UserScramCredentialRecord cannot be taken from it yet");
        assert_eq!(problem(&[]), "FILE: it has no metadata.version; format the directory again");
        let mut torn = encode(MetadataVersion::LATEST, 5);
        torn[100] ^= 1;
        assert!(problem(&torn).ends_with("; format the directory again"), "{}", problem(&torn));
        torn.truncate(90);
        assert!(problem(&torn).ends_with("; format the directory again"), "{}", problem(&torn));
    }
}
