//! `meta.properties`: whose log directory this is, as Kafka's `MetaProperties` reads and writes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kedge_protocol::Uuid;

use crate::checkpoint::read_optional;
use crate::error::{LogError, Result};
use crate::files::{FileSystem, write_atomically};

/// Name of the file.
pub const META_PROPERTIES: &str = "meta.properties";

/// The content of a `meta.properties`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetaProperties {
    /// 0 as a ZooKeeper-mode broker writes it (`broker.id`), 1 as `kafka-storage format` does (`node.id`).
    pub format_version: i32,
    /// `cluster.id`.
    pub cluster_id: Option<String>,
    /// `broker.id` or `node.id`.
    pub node_id: Option<i32>,
    /// `directory.id` (3.7+).
    pub directory_id: Option<Uuid>,
}

impl MetaProperties {
    /// Reads the file of a log directory; None if it is not there.
    pub fn read(file_system: &dyn FileSystem, log_dir: &Path) -> Result<Option<MetaProperties>> {
        let path = log_dir.join(META_PROPERTIES);
        let Some(text) = read_optional(file_system, &path)? else { return Ok(None) };
        let properties = parse_properties(&text);
        MetaProperties::from_properties(&properties).map(Some).map_err(|what| LogError::invalid_file(&path, what))
    }

    fn from_properties(properties: &BTreeMap<String, String>) -> std::result::Result<MetaProperties, String> {
        let number = |key: &str| match properties.get(key) {
            None => Ok(None),
            Some(value) => {
                value.trim().parse::<i32>().map(Some).map_err(|_| format!("{key} is {value:?}, not a number"))
            }
        };
        let format_version = number("version")?.unwrap_or(0);
        let id_key = match format_version {
            0 => "broker.id",
            1 => "node.id",
            other => return Err(format!("version is {other}, expected 0 or 1")),
        };
        let cluster_id = properties.get("cluster.id").cloned();
        let node_id = number(id_key)?;
        if format_version == 1 && (cluster_id.is_none() || node_id.is_none()) {
            return Err("version 1 needs cluster.id and node.id".to_owned());
        }
        let directory_id = match properties.get("directory.id") {
            None => None,
            Some(text) => Some(text.parse::<Uuid>().map_err(|error| format!("directory.id: {error}"))?),
        };
        // The first hundred ids mean other things than a directory (DirectoryId.java).
        if directory_id.is_some_and(|id| u128::from_be_bytes(*id.as_bytes()) < 100) {
            return Err("directory.id is a reserved id".to_owned());
        }
        Ok(MetaProperties { format_version, cluster_id, node_id, directory_id })
    }

    /// The file's text, keys sorted.
    pub fn to_text(&self) -> String {
        let id_key = if self.format_version == 0 { "broker.id" } else { "node.id" };
        let mut text = String::from("#\n");
        let entries = [
            (id_key, self.node_id.map(|node_id| node_id.to_string())),
            ("cluster.id", self.cluster_id.clone()),
            ("directory.id", self.directory_id.map(|directory_id| directory_id.to_string())),
            ("version", Some(self.format_version.to_string())),
        ];
        let mut entries: Vec<_> = entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        entries.sort();
        for (key, value) in entries {
            text.push_str(&format!("{key}={value}\n"));
        }
        text
    }

    /// Writes the file of a log directory.
    pub fn write(&self, file_system: &dyn FileSystem, log_dir: &Path) -> Result<()> {
        write_atomically(file_system, &log_dir.join(META_PROPERTIES), self.to_text().as_bytes())
    }
}

/// Checks that the log directories of a node belong together: the same cluster and node, and those expected; directory ids differ.
///
/// The error names the directory, as an operator has to find it.
pub fn verify_meta_properties(
    dirs: &[(PathBuf, MetaProperties)],
    cluster_id: Option<&str>,
    node_id: Option<i32>,
) -> Result<()> {
    let mut expected_cluster = cluster_id;
    let mut expected_node = node_id;
    for (index, (path, properties)) in dirs.iter().enumerate() {
        let file = path.join(META_PROPERTIES);
        if let Some(found) = properties.cluster_id.as_deref() {
            let expected = *expected_cluster.get_or_insert(found);
            if found != expected {
                return Err(LogError::invalid_file(&file, format!("cluster.id is {found}, expected {expected}")));
            }
        }
        if let Some(found) = properties.node_id {
            let expected = *expected_node.get_or_insert(found);
            if found != expected {
                return Err(LogError::invalid_file(&file, format!("node id is {found}, expected {expected}")));
            }
        }
        let twin = dirs[..index]
            .iter()
            .find(|(_, other)| properties.directory_id.is_some() && other.directory_id == properties.directory_id);
        if let Some((other, _)) = twin {
            let what = format!("directory.id is also that of {}; was the directory copied?", other.display());
            return Err(LogError::invalid_file(&file, what));
        }
    }
    Ok(())
}

/// Reads Java `.properties` text: comments, continued lines, the separators `=`, `:` and blank, escapes. The last value of a key wins.
pub fn parse_properties(text: &str) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut logical = line.trim_start().to_owned();
        if logical.is_empty() || logical.starts_with(['#', '!']) {
            continue;
        }
        while ends_in_continuation(&logical) {
            logical.pop();
            match lines.next() {
                Some(next) => logical.push_str(next.trim_start()),
                None => break,
            }
        }
        let (key, value) = split_property(&logical);
        properties.insert(unescape(key), unescape(value));
    }
    properties
}

fn ends_in_continuation(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn split_property(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, character) in line.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' | ':' => return (&line[..at], line[at + 1..].trim_start()),
            character if character.is_whitespace() => {
                let value = line[at..].trim_start();
                let value = value.strip_prefix(['=', ':']).map_or(value, str::trim_start);
                return (&line[..at], value);
            }
            _ => {}
        }
    }
    (line, "")
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('f') => plain.push('\u{c}'),
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok();
                plain.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<MetaProperties, String> {
        MetaProperties::from_properties(&parse_properties(text))
    }

    #[test]
    fn both_versions_are_read() {
        let zookeeper =
            read("#\n#Fri Jul 26 10:11:12 UTC 2024\nbroker.id=1\nversion=0\ncluster.id=7nkM-fQgTCi2HqiFXqTdkA\n");
        let expected = MetaProperties {
            cluster_id: Some("7nkM-fQgTCi2HqiFXqTdkA".into()),
            node_id: Some(1),
            ..Default::default()
        };
        assert_eq!(zookeeper, Ok(expected));
        let kraft = read("node.id=3000\ndirectory.id=k-q2RNzMQ1yW1FHjCVVqWA\nversion=1\ncluster.id=x\\:y\n").unwrap();
        assert_eq!((kraft.format_version, kraft.node_id, kraft.cluster_id.as_deref()), (1, Some(3000), Some("x:y")));
        assert_eq!(read(&kraft.to_text().replace("x:y", "z")).unwrap().directory_id, kraft.directory_id);
        assert_eq!(read("").unwrap(), MetaProperties::default());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("version=1\nnode.id=1\n", "needs cluster.id"),
            ("version=2\n", "version is 2"),
            ("broker.id=one\n", "not a number"),
            ("directory.id=AAAAAAAAAAAAAAAAAAAAAA\n", "reserved"),
            ("directory.id=x\n", "directory.id"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn directories_must_belong_together() {
        let dir = |name: &str, node_id, cluster: &str, id: u128| {
            let properties = MetaProperties {
                format_version: 1,
                cluster_id: Some(cluster.into()),
                node_id: Some(node_id),
                directory_id: Some(Uuid::from_u128(id)),
            };
            (PathBuf::from(name), properties)
        };
        let verify = |dirs: &[_], cluster, node| verify_meta_properties(dirs, cluster, node).map_err(|e| e.to_string());
        assert_eq!(verify(&[dir("a", 1, "c", 500), dir("b", 1, "c", 501)], Some("c"), Some(1)), Ok(()));
        for (dirs, expected) in [
            ([dir("a", 1, "c", 500), dir("b", 2, "c", 501)], "b/meta.properties: node id is 2, expected 1"),
            ([dir("a", 1, "c", 500), dir("b", 1, "d", 501)], "b/meta.properties: cluster.id is d, expected c"),
            ([dir("a", 1, "c", 500), dir("b", 1, "c", 500)], "directory.id is also that of a"),
            ([dir("a", 9, "c", 500), dir("b", 9, "c", 501)], "a/meta.properties: node id is 9, expected 1"),
        ] {
            let error = verify(&dirs, None, Some(1)).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn java_properties_syntax() {
        let text = "! comment\n a = b \nc:d\ne f\n\\=g=h\nlong=1,\\\n    2\nuni=\\u00e9\nempty\nbs=x\\\\\n";
        let properties = parse_properties(text);
        let expected = [
            ("=g", "h"),
            ("a", "b "),
            ("bs", "x\\"),
            ("c", "d"),
            ("e", "f"),
            ("empty", ""),
            ("long", "1,2"),
            ("uni", "é"),
        ];
        assert_eq!(properties.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), expected);
    }
}
