//! `kedge-metadata-source.json`: what a node that has moved remembers, in every log directory. Apache Kafka ignores the file.
//!
//! Properties choose the mode of a new node; this file is one of the three witnesses of [`kedge_migration::switch::boot`], and where
//! voters given live by `kedge migrate start` are kept.

use std::{collections::BTreeMap, path::PathBuf};

use kedge_log::{OsFileSystem, write_atomically};
use kedge_metadata_state::{Authority, BrokerId};
use serde::{Deserialize, Serialize};
use tracing::warn;

const FILE_NAME: &str = "kedge-metadata-source.json";

/// The file's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// Counts the writes: of several directories, the highest counts.
    pub(super) revision: u64,
    /// The cluster.
    pub(super) cluster_id: String,
    /// The log of the quorum was followed last.
    pub(super) follows_log: bool,
    /// Voters given by an order to arm; empty if the properties name them.
    #[serde(default)]
    pub(super) voters: BTreeMap<BrokerId, String>,
}

/// The files of a node.
#[derive(Debug)]
pub(super) struct SourceFiles {
    log_dirs: Vec<PathBuf>,
    present: std::sync::Mutex<Option<Remembered>>,
}

impl SourceFiles {
    /// Reads them. A file that cannot be read is named and counts as absent: it is one witness of three.
    pub(super) fn read(log_dirs: &[PathBuf]) -> SourceFiles {
        let mut newest: Option<Remembered> = None;
        for dir in log_dirs {
            let path = dir.join(FILE_NAME);
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            match serde_json::from_str::<Remembered>(&text) {
                Ok(found) if newest.as_ref().is_none_or(|newest| newest.revision < found.revision) => {
                    newest = Some(found);
                }
                Ok(_) => {}
                Err(problem) => warn!(path = %path.display(), %problem, "unreadable, it is not believed"),
            }
        }
        SourceFiles { log_dirs: log_dirs.to_vec(), present: std::sync::Mutex::new(newest) }
    }

    pub(super) fn present(&self) -> Option<Remembered> {
        self.present.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Writes what is to be remembered into every directory that takes it.
    pub(super) fn remember(&self, cluster_id: &str, change: impl FnOnce(&mut Remembered)) {
        let mut present = self.present.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut next = present.clone().unwrap_or_default();
        change(&mut next);
        next.cluster_id = cluster_id.to_owned();
        next.revision += 1;
        let text = serde_json::to_string_pretty(&next).expect("the document has string keys only");
        for dir in &self.log_dirs {
            let path = dir.join(FILE_NAME);
            if let Err(problem) = write_atomically(&OsFileSystem, &path, text.as_bytes()) {
                warn!(path = %path.display(), %problem, "the metadata source cannot be written down here");
            }
        }
        *present = Some(next);
    }

    /// The same, by authority.
    pub(super) fn remember_authority(&self, cluster_id: &str, authority: Authority) {
        self.remember(cluster_id, |remembered| remembered.follows_log = authority == Authority::KRaft);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_readable_file_counts() {
        let root = tempfile::tempdir().unwrap();
        let dirs: Vec<PathBuf> = ["a", "b", "c"].iter().map(|name| root.path().join(name)).collect();
        dirs.iter().for_each(|dir| std::fs::create_dir_all(dir).unwrap());
        let files = SourceFiles::read(&dirs);
        assert_eq!(files.present(), None);
        files.remember_authority("cluster", Authority::KRaft);
        files.remember("cluster", |remembered| drop(remembered.voters.insert(3000, "h:1".to_owned())));
        std::fs::write(dirs[1].join(FILE_NAME), "{").unwrap();
        std::fs::remove_file(dirs[0].join(FILE_NAME)).unwrap();
        let found = SourceFiles::read(&dirs).present().unwrap();
        assert!(found.follows_log && found.revision == 2 && found.voters.len() == 1, "{found:?}");
    }
}
