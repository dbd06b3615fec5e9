//! Reads the segments of a stopped node.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use openraft::RaftLogId;

use super::frame::{self, HardState, WalRecord};
use crate::types::Entry;

/// Why the Raft log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WalError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A record before the last segment's tail does not read: acknowledged data is damaged.
    #[error("{path} at byte {position}: {problem}; restore the directory from another voter or a backup")]
    Corrupt {
        /// The segment.
        path: PathBuf,
        /// Where the record starts.
        position: u64,
        /// What is wrong.
        problem: String,
    },
    /// The writer has stopped after an earlier error.
    #[error("the log writer has stopped: {0}")]
    Stopped(String),
}

impl WalError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> WalError + use<> {
        let path = path.to_owned();
        move |source| WalError::Io { path, source }
    }
}

/// A segment file and the highest index of an entry in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentFile {
    pub(crate) path: PathBuf,
    pub(crate) sequence: u64,
    pub(crate) last_index: Option<u64>,
    pub(crate) size_bytes: u64,
}

/// What the segments say.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    pub(crate) state: HardState,
    pub(crate) entries: BTreeMap<u64, Entry>,
    pub(crate) segments: Vec<SegmentFile>,
    /// Bytes cut off the last segment's tail.
    pub(crate) torn_bytes: u64,
}

/// Path of the segment with this sequence number.
pub(crate) fn segment_path(dir: &Path, sequence: u64) -> PathBuf {
    dir.join(format!("{sequence:020}.wal"))
}

/// Reads every segment in order and cuts a torn tail off the last one.
pub(crate) fn recover(dir: &Path) -> Result<Recovered, WalError> {
    let mut sequences = Vec::new();
    for file in fs::read_dir(dir).map_err(WalError::io(dir))? {
        let file = file.map_err(WalError::io(dir))?;
        let name = file.file_name();
        let Some(sequence) = name.to_str().and_then(|name| name.strip_suffix(".wal")).and_then(|s| s.parse().ok())
        else {
            continue;
        };
        sequences.push(sequence);
    }
    sequences.sort_unstable();
    let mut recovered = Recovered::default();
    for (position, sequence) in sequences.iter().enumerate() {
        let is_last = position + 1 == sequences.len();
        replay_segment(dir, *sequence, is_last, &mut recovered)?;
    }
    let purged_index = recovered.state.purged.map(|log_id| log_id.index);
    if let Some(purged_index) = purged_index {
        recovered.entries = recovered.entries.split_off(&(purged_index + 1));
    }
    check_consecutive(dir, purged_index, &recovered.entries)?;
    Ok(recovered)
}

fn replay_segment(dir: &Path, sequence: u64, is_last: bool, recovered: &mut Recovered) -> Result<(), WalError> {
    let path = segment_path(dir, sequence);
    let content = Bytes::from(fs::read(&path).map_err(WalError::io(&path))?);
    let mut rest = content.clone();
    let mut last_index = None;
    loop {
        let position = (content.len() - rest.len()) as u64;
        match frame::take(&mut rest) {
            Ok(None) => break,
            Ok(Some(WalRecord::State(state))) => recovered.state = state,
            Ok(Some(WalRecord::Entry(entry))) => {
                let index = entry.get_log_id().index;
                last_index = last_index.max(Some(index));
                recovered.entries.insert(index, entry);
            }
            Ok(Some(WalRecord::Truncate { since_index })) => {
                recovered.entries.split_off(&since_index);
            }
            // Nothing after the last sync was acknowledged to anyone, so a tail that does not read is no loss.
            Err(_) if is_last => {
                recovered.torn_bytes = rest.len() as u64;
                break;
            }
            Err(error) => return Err(WalError::Corrupt { path, position, problem: error.to_string() }),
        }
    }
    let size_bytes = content.len() as u64 - if is_last { recovered.torn_bytes } else { 0 };
    if is_last && recovered.torn_bytes > 0 {
        tracing::warn!(path = %path.display(), bytes = recovered.torn_bytes, "cut a torn tail off the Raft log");
        cut(&path, size_bytes).map_err(WalError::io(&path))?;
    }
    recovered.segments.push(SegmentFile { path, sequence, last_index, size_bytes });
    Ok(())
}

fn cut(path: &Path, size_bytes: u64) -> io::Result<()> {
    let file = fs::OpenOptions::new().write(true).open(path)?;
    file.set_len(size_bytes)?;
    file.sync_all()
}

fn check_consecutive(dir: &Path, purged: Option<u64>, entries: &BTreeMap<u64, Entry>) -> Result<(), WalError> {
    let mut expected = purged.map(|index| index + 1);
    for index in entries.keys().copied() {
        if expected.is_some_and(|expected| expected != index) {
            let problem = format!("entry {} is missing before entry {index}", expected.unwrap_or_default());
            return Err(WalError::Corrupt { path: dir.to_owned(), position: 0, problem });
        }
        expected = Some(index + 1);
    }
    Ok(())
}
