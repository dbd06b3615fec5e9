//! Names of files and directories in a log directory (Kafka's `LogFileUtils`, and `UnifiedLog` for the suffixes of directories).

use std::fmt;

use kedge_protocol::Uuid;

/// A topic's name and a partition's index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// Name of the topic.
    pub topic: String,
    /// Index of the partition, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// `topic` and `partition`.
    pub fn new(topic: impl Into<String>, partition: i32) -> TopicPartition {
        TopicPartition { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// What a directory inside a log directory is, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DirectoryKind {
    /// `<topic>-<partition>`.
    Partition(TopicPartition),
    /// `….<32 hex>-delete`: waits for its removal.
    Delete,
    /// `….<32 hex>-stray`: a replica nobody assigns any more (KRaft, migration).
    Stray,
    /// `….<32 hex>-future`: a replica being moved between log directories.
    Future,
    /// The metadata log and the tiered-storage cache: not ours to load.
    Foreign,
}

/// File name limit of every file system Kafka runs on, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// What the directory `name` is; None if it is nothing Kafka makes.
pub(crate) fn directory_kind(name: &str) -> Option<DirectoryKind> {
    if name == "__cluster_metadata-0" || name == "remote-log-index-cache" {
        return Some(DirectoryKind::Foreign);
    }
    for (suffix, kind) in
        [("-delete", DirectoryKind::Delete), ("-stray", DirectoryKind::Stray), ("-future", DirectoryKind::Future)]
    {
        if let Some(rest) = name.strip_suffix(suffix) {
            // A topic may be called "x-delete"; then a partition number follows and the suffix does not match.
            let (partition, unique) = rest.rsplit_once('.')?;
            let is_unique = unique.len() == 32 && unique.bytes().all(|byte| byte.is_ascii_hexdigit());
            return (is_unique && !partition.is_empty()).then_some(kind);
        }
    }
    parse_partition(name).map(DirectoryKind::Partition)
}

fn parse_partition(name: &str) -> Option<TopicPartition> {
    // The topic is everything before the last dash; it may hold dashes itself.
    let (topic, partition) = name.rsplit_once('-')?;
    let is_number = !partition.is_empty() && partition.bytes().all(|byte| byte.is_ascii_digit());
    if topic.is_empty() || !is_number {
        return None;
    }
    Some(TopicPartition::new(topic, partition.parse().ok()?))
}

/// Name of a partition's directory while it waits for deletion, or as a stray: `<topic>-<partition>.<hex of unique>-<suffix>`,
/// the front cut so that the whole fits a file name.
pub(crate) fn suffixed_directory(topic_partition: &TopicPartition, unique: Uuid, suffix: &str) -> String {
    let hex: String = unique.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let tail = format!(".{hex}-{suffix}");
    let mut name = topic_partition.to_string();
    // Topic names are ASCII (Kafka's Topic.validate), but a directory on disk might not be.
    while name.len() + tail.len() > NAME_BYTES_MAX {
        name.pop();
    }
    name + &tail
}

/// What a file inside a partition's directory is, by its name; the number is a base offset (for snapshots: the offset it describes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileKind {
    /// `.log`
    Log,
    /// `.index`
    OffsetIndex,
    /// `.timeindex`
    TimeIndex,
    /// `.txnindex`
    TransactionIndex,
    /// `.snapshot`
    ProducerSnapshot,
}

impl FileKind {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            FileKind::Log => "log",
            FileKind::OffsetIndex => "index",
            FileKind::TimeIndex => "timeindex",
            FileKind::TransactionIndex => "txnindex",
            FileKind::ProducerSnapshot => "snapshot",
        }
    }

    /// The file's name for `base_offset`: 20 digits and the extension.
    pub(crate) fn file_name(self, base_offset: i64) -> String {
        format!("{base_offset:020}.{}", self.extension())
    }

    /// Reads a file name; None for anything else.
    pub(crate) fn parse(name: &str) -> Option<(FileKind, i64)> {
        let (number, extension) = name.split_once('.')?;
        let kind = match extension {
            "log" => FileKind::Log,
            "index" => FileKind::OffsetIndex,
            "timeindex" => FileKind::TimeIndex,
            "txnindex" => FileKind::TransactionIndex,
            "snapshot" => FileKind::ProducerSnapshot,
            _ => return None,
        };
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| number.parse().ok()).flatten().map(|base_offset| (kind, base_offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_told_apart() {
        let partition = |topic: &str, index| Some(DirectoryKind::Partition(TopicPartition::new(topic, index)));
        assert_eq!(directory_kind("orders-0"), partition("orders", 0));
        assert_eq!(directory_kind("a.b-c-12"), partition("a.b-c", 12));
        assert_eq!(directory_kind("x-delete-3"), partition("x-delete", 3));
        assert_eq!(directory_kind("lost+found"), None);
        assert_eq!(directory_kind("orders-"), None);
        assert_eq!(directory_kind("-0"), None);
        assert_eq!(directory_kind("orders--1"), partition("orders-", 1));
        assert_eq!(directory_kind("orders-99999999999"), None);
        assert_eq!(directory_kind("__cluster_metadata-0"), Some(DirectoryKind::Foreign));
        let unique = Uuid::from_bytes([0xab; 16]);
        let orders = TopicPartition::new("orders", 4);
        assert_eq!(suffixed_directory(&orders, unique, "delete"), format!("orders-4.{}-delete", "ab".repeat(16)));
        assert_eq!(directory_kind(&suffixed_directory(&orders, unique, "delete")), Some(DirectoryKind::Delete));
        assert_eq!(directory_kind(&suffixed_directory(&orders, unique, "stray")), Some(DirectoryKind::Stray));
        assert_eq!(directory_kind("orders-4-delete"), None);
        let long = suffixed_directory(&TopicPartition::new("t".repeat(249), 10), unique, "delete");
        assert_eq!(long.len(), 255);
        assert_eq!(directory_kind(&long), Some(DirectoryKind::Delete));
    }

    #[test]
    fn files_are_told_apart() {
        assert_eq!(FileKind::Log.file_name(42), "00000000000000000042.log");
        assert_eq!(FileKind::parse("00000000000000000042.timeindex"), Some((FileKind::TimeIndex, 42)));
        assert_eq!(FileKind::parse("00000000000000000042.log.deleted"), None);
        assert_eq!(FileKind::parse("leader-epoch-checkpoint"), None);
        assert_eq!(FileKind::parse("-1.log"), None);
    }
}
