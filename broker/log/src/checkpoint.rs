//! Kafka's small text files: offset checkpoints, leader epochs, `partition.metadata`, `.kafka_cleanshutdown`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use kedge_protocol::Uuid;

use crate::error::{LogError, Result};
use crate::files::{FileSystem, write_atomically};
use crate::names::TopicPartition;

/// Last flushed offset per partition.
pub const RECOVERY_POINT_CHECKPOINT: &str = "recovery-point-offset-checkpoint";
/// Log start offset of the partitions where it lies above the first segment's base (DeleteRecords).
pub const LOG_START_OFFSET_CHECKPOINT: &str = "log-start-offset-checkpoint";
/// High watermark per partition.
pub const HIGH_WATERMARK_CHECKPOINT: &str = "replication-offset-checkpoint";
/// Leader epochs of one partition.
pub const LEADER_EPOCH_CHECKPOINT: &str = "leader-epoch-checkpoint";
/// Topic id of one partition (2.8+).
pub const PARTITION_METADATA: &str = "partition.metadata";
/// There after a clean stop; the log directory needs no recovery then.
pub const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";

/// A file that need not be there.
pub(crate) fn read_optional(file_system: &dyn FileSystem, path: &Path) -> Result<Option<String>> {
    match file_system.read(path) {
        Ok(bytes) => {
            String::from_utf8(bytes).map(Some).map_err(|_| LogError::invalid_file(path, "the file is not UTF-8 text"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LogError::storage("read", path)(error)),
    }
}

/// Reads an offset checkpoint; a missing file has no entries.
pub fn read_offset_checkpoint(file_system: &dyn FileSystem, path: &Path) -> Result<BTreeMap<TopicPartition, i64>> {
    let Some(text) = read_optional(file_system, path)? else { return Ok(BTreeMap::new()) };
    parse_entries(path, &text, |fields| match fields {
        [topic, partition, offset] => {
            let topic_partition = TopicPartition::new(*topic, partition.parse().ok()?);
            Some((topic_partition, offset.parse().ok()?))
        }
        _ => None,
    })
    .map(|entries| entries.into_iter().collect())
}

/// Writes an offset checkpoint whole.
pub fn write_offset_checkpoint(
    file_system: &dyn FileSystem,
    path: &Path,
    offsets: &BTreeMap<TopicPartition, i64>,
) -> Result<()> {
    let entries = offsets.iter().map(|(key, offset)| format!("{} {} {offset}", key.topic, key.partition));
    write_atomically(file_system, path, format_entries(offsets.len(), entries).as_bytes())
}

/// Reads a leader-epoch checkpoint: `(leader_epoch, start_offset)`, both increasing; a missing file has no entries.
pub(crate) fn read_leader_epochs(file_system: &dyn FileSystem, path: &Path) -> Result<Vec<(i32, i64)>> {
    let Some(text) = read_optional(file_system, path)? else { return Ok(Vec::new()) };
    parse_entries(path, &text, |fields| match fields {
        [leader_epoch, start_offset] => Some((leader_epoch.parse().ok()?, start_offset.parse().ok()?)),
        _ => None,
    })
}

/// Writes a leader-epoch checkpoint whole.
pub(crate) fn write_leader_epochs(file_system: &dyn FileSystem, path: &Path, epochs: &[(i32, i64)]) -> Result<()> {
    let entries = epochs.iter().map(|(leader_epoch, start_offset)| format!("{leader_epoch} {start_offset}"));
    write_atomically(file_system, path, format_entries(epochs.len(), entries).as_bytes())
}

fn format_entries(count: usize, entries: impl Iterator<Item = String>) -> String {
    let mut text = format!("0\n{count}\n");
    for entry in entries {
        text.push_str(&entry);
        text.push('\n');
    }
    text
}

/// Line 1 is the version, line 2 the number of entries, then one entry a line.
fn parse_entries<T>(path: &Path, text: &str, parse: impl Fn(&[&str]) -> Option<T>) -> Result<Vec<T>> {
    let invalid = |what: String| LogError::invalid_file(path, what);
    let mut lines = text.lines();
    let version = lines.next().unwrap_or_default();
    if version.trim() != "0" {
        return Err(invalid(format!("checkpoint version is {version:?}, expected 0")));
    }
    let count = lines.next().unwrap_or_default();
    let count: usize = count.trim().parse().map_err(|_| invalid(format!("entry count {count:?} is not a number")))?;
    let mut entries = Vec::new();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        entries.push(parse(&fields).ok_or_else(|| invalid(format!("malformed entry {line:?}")))?);
    }
    if entries.len() != count {
        return Err(invalid(format!("{count} entries announced, {} found", entries.len())));
    }
    Ok(entries)
}

/// The topic id in `partition.metadata`; None if the file is not there.
pub fn read_partition_metadata(file_system: &dyn FileSystem, path: &Path) -> Result<Option<Uuid>> {
    let Some(text) = read_optional(file_system, path)? else { return Ok(None) };
    let field = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
        value.map(str::trim).ok_or_else(|| LogError::invalid_file(path, format!("no field {name}")))
    };
    if field("version")? != "0" {
        return Err(LogError::invalid_file(path, format!("version {:?}, expected 0", field("version")?)));
    }
    let topic_id: Uuid =
        field("topic_id")?.parse().map_err(|error| LogError::invalid_file(path, format!("{error}")))?;
    if topic_id == Uuid::ZERO {
        return Err(LogError::invalid_file(path, "topic_id is the zero id"));
    }
    Ok(Some(topic_id))
}

/// Writes `partition.metadata`.
pub fn write_partition_metadata(file_system: &dyn FileSystem, path: &Path, topic_id: Uuid) -> Result<()> {
    write_atomically(file_system, path, format!("version: 0\ntopic_id: {topic_id}\n").as_bytes())
}

/// What `.kafka_cleanshutdown` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanShutdown {
    /// The broker epoch of the process that stopped (3.7+); None in files of older releases, which are empty.
    pub broker_epoch: Option<i64>,
}

/// Reads the marker; None if it is not there. Only existence decides; content that does not parse has no broker epoch.
pub(crate) fn read_clean_shutdown(file_system: &dyn FileSystem, path: &Path) -> Result<Option<CleanShutdown>> {
    match file_system.read(path) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let number = text.split_once("\"brokerEpoch\"").and_then(|(_, rest)| rest.split_once(':'));
            let broker_epoch = number.and_then(|(_, rest)| {
                rest.trim_start().split(|c: char| c != '-' && !c.is_ascii_digit()).next()?.parse().ok()
            });
            Ok(Some(CleanShutdown { broker_epoch }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LogError::storage("read", path)(error)),
    }
}

/// Writes the marker; the last act of a clean stop. −1 is "no broker epoch".
pub(crate) fn write_clean_shutdown(file_system: &dyn FileSystem, path: &Path, broker_epoch: i64) -> Result<()> {
    let content = format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}");
    write_atomically(file_system, path, content.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::OsFileSystem;

    #[test]
    fn checkpoints_round_trip_and_refuse_what_is_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(RECOVERY_POINT_CHECKPOINT);
        let fs = OsFileSystem;
        assert_eq!(read_offset_checkpoint(&fs, &path).unwrap(), BTreeMap::new());
        let offsets: BTreeMap<_, _> =
            [(TopicPartition::new("a.b-c", 0), 5), (TopicPartition::new("z", 11), i64::MAX)].into();
        write_offset_checkpoint(&fs, &path, &offsets).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "0\n2\na.b-c 0 5\nz 11 9223372036854775807\n");
        assert_eq!(read_offset_checkpoint(&fs, &path).unwrap(), offsets);
        for bad in ["", "1\n0\n", "0\nx\n", "0\n2\na 0 5\n", "0\n1\na 0\n", "0\n1\na b 5\n"] {
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(read_offset_checkpoint(&fs, &path), Err(LogError::InvalidFile { .. })), "{bad:?}");
        }
        write_leader_epochs(&fs, &path, &[(0, 0), (3, 17)]).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "0\n2\n0 0\n3 17\n");
        assert_eq!(read_leader_epochs(&fs, &path).unwrap(), [(0, 0), (3, 17)]);
    }

    #[test]
    fn partition_metadata_is_kafkas() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(PARTITION_METADATA);
        let fs = OsFileSystem;
        assert_eq!(read_partition_metadata(&fs, &path).unwrap(), None);
        let topic_id: Uuid = "3Db5QLSqSZieL3rJBUUegA".parse().unwrap();
        write_partition_metadata(&fs, &path, topic_id).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "version: 0\ntopic_id: 3Db5QLSqSZieL3rJBUUegA\n");
        assert_eq!(read_partition_metadata(&fs, &path).unwrap(), Some(topic_id));
        for bad in ["version: 1\ntopic_id: 3Db5QLSqSZieL3rJBUUegA\n", "version: 0\n", "version: 0\ntopic_id: x\n"] {
            std::fs::write(&path, bad).unwrap();
            assert!(read_partition_metadata(&fs, &path).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_clean_marker_of_every_release_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(CLEAN_SHUTDOWN);
        let fs = OsFileSystem;
        assert_eq!(read_clean_shutdown(&fs, &path).unwrap(), None);
        std::fs::write(&path, "").unwrap();
        assert_eq!(read_clean_shutdown(&fs, &path).unwrap(), Some(CleanShutdown { broker_epoch: None }));
        write_clean_shutdown(&fs, &path, 77).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"version\":0,\"brokerEpoch\":77}");
        assert_eq!(read_clean_shutdown(&fs, &path).unwrap(), Some(CleanShutdown { broker_epoch: Some(77) }));
        std::fs::write(&path, "{\"brokerEpoch\" : -1 , \"version\":0}").unwrap();
        assert_eq!(read_clean_shutdown(&fs, &path).unwrap(), Some(CleanShutdown { broker_epoch: Some(-1) }));
    }
}
