//! openraft's log storage on the write-ahead segments.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    fs,
    ops::RangeBounds,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};

use openraft::{
    LogState, RaftLogId, RaftLogReader,
    storage::{LogFlushed, RaftLogStorage},
};
use tokio::sync::{oneshot, watch};

use super::{
    frame::{self, HardState, WalRecord},
    recover::{WalError, recover},
    writer::{Command, Done, Writer},
};
use crate::{
    limits::RPC_SIZE_BYTES_MAX,
    types::{Entry, LogId, StorageError, StorageIoError, TypeConfig, Vote, leader_epoch_of},
};

/// The Raft log and vote of one node.
pub struct WalStore {
    shared: Arc<Mutex<Shared>>,
    writer: Writer,
    durable: Option<watch::Receiver<Durable>>,
}

/// How much of the log the state machine can do without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Durable {
    /// Index of the last entry whose effect is on disk, in the derived log or in a snapshot.
    pub(crate) index: Option<u64>,
    /// The state machine has stopped and will not get any further.
    pub(crate) stopped: bool,
}

/// Reads entries for replication and for applying.
#[derive(Clone)]
pub struct WalReader {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    state: HardState,
    entries: BTreeMap<u64, Entry>,
}

impl WalStore {
    /// Opens the directory, creating it if need be, and recovers what is in it.
    ///
    /// A vote that this node had won itself comes back as not won: the new process has to win a term of its own, so that
    /// no two processes ever lead in the same term.
    pub fn open(dir: &Path, node_id: u64) -> Result<WalStore, WalError> {
        fs::create_dir_all(dir).map_err(WalError::io(dir))?;
        let mut recovered = recover(dir)?;
        if let Some(vote) = &mut recovered.state.vote
            && vote.leader_id().voted_for() == Some(node_id)
        {
            vote.committed = false;
        }
        let writer = Writer::start(dir, recovered.segments, recovered.state)?;
        let shared = Shared { state: recovered.state, entries: recovered.entries };
        Ok(WalStore { shared: Arc::new(Mutex::new(shared)), writer, durable: None })
    }

    /// Makes `purge` wait for the state machine: openraft purges what a snapshot covers while that snapshot is still being
    /// installed, and a crash between the two would leave neither.
    pub(crate) fn purge_behind(mut self, durable: watch::Receiver<Durable>) -> WalStore {
        self.durable = Some(durable);
        self
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no panic while the log is locked")
    }

    /// Applies a change to the memory copy and queues the same for the disk, in one order for both.
    fn change(
        &self,
        sync: bool,
        done: Option<Done>,
        change: impl FnOnce(&mut Shared, &mut Vec<u8>) -> Option<u64>,
    ) -> Result<(), WalError> {
        let mut shared = self.shared();
        let mut frames = Vec::new();
        let last_index = change(&mut shared, &mut frames);
        self.writer.send(Command { frames, last_index, state: shared.state, sync, done })
    }

    /// Changes the state besides the entries; waits for the disk if `sync`.
    async fn change_state(&self, sync: bool, change: impl FnOnce(&mut HardState)) -> Result<(), WalError> {
        let (sender, receiver) = oneshot::channel();
        let done: Done = Box::new(move |outcome| {
            let _ = sender.send(outcome);
        });
        self.change(sync, sync.then_some(done), |shared, frames| {
            change(&mut shared.state);
            frame::put(frames, &WalRecord::State(shared.state));
            None
        })?;
        if !sync {
            return Ok(());
        }
        match receiver.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(WalError::Stopped(error.to_string())),
            Err(_) => Err(WalError::Stopped("its thread is gone".to_owned())),
        }
    }
}

fn read_range(shared: &Shared, range: impl RangeBounds<u64>) -> impl Iterator<Item = &Entry> {
    shared.entries.range(range).map(|(_, entry)| entry)
}

impl RaftLogReader<TypeConfig> for WalReader {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + Send>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, StorageError> {
        let shared = self.shared.lock().expect("no panic while the log is locked");
        Ok(read_range(&shared, range).cloned().collect())
    }

    /// At least one entry, then as many as fit into one RPC.
    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, StorageError> {
        let shared = self.shared.lock().expect("no panic while the log is locked");
        let mut size_bytes = 0;
        let mut entries = Vec::new();
        for entry in read_range(&shared, start..end) {
            size_bytes += frame::entry_size_bytes(entry);
            if !entries.is_empty() && size_bytes > RPC_SIZE_BYTES_MAX / 2 {
                break;
            }
            entries.push(entry.clone());
        }
        Ok(entries)
    }
}

impl RaftLogReader<TypeConfig> for WalStore {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + Send>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, StorageError> {
        Ok(read_range(&self.shared(), range).cloned().collect())
    }
}

impl RaftLogStorage<TypeConfig> for WalStore {
    type LogReader = WalReader;

    async fn get_log_state(&mut self) -> Result<LogState<TypeConfig>, StorageError> {
        let shared = self.shared();
        let last_purged_log_id = shared.state.purged;
        let last = shared.entries.last_key_value().map(|(_, entry)| *entry.get_log_id());
        Ok(LogState { last_purged_log_id, last_log_id: last.or(last_purged_log_id) })
    }

    async fn get_log_reader(&mut self) -> WalReader {
        WalReader { shared: self.shared.clone() }
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), StorageError> {
        if leader_epoch_of(vote.leader_id().term).is_none() {
            let problem = format!("term {} does not fit Kafka's leader epoch", vote.leader_id().term);
            return Err(StorageIoError::write_vote(openraft::AnyError::error(problem)).into());
        }
        self.change_state(true, |state| state.vote = Some(*vote))
            .await
            .map_err(|error| StorageIoError::write_vote(&error).into())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, StorageError> {
        Ok(self.shared().state.vote)
    }

    /// Not synced: it only saves work after a restart, and it rides on the next sync.
    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), StorageError> {
        self.change_state(false, |state| state.committed = committed)
            .await
            .map_err(|error| StorageIoError::write(&error).into())
    }

    async fn read_committed(&mut self) -> Result<Option<LogId>, StorageError> {
        // What follows the last sync may be lost, the committed mark of entries that were synced before it may not be ahead
        // of them: take no more than the log holds.
        let shared = self.shared();
        let last = shared.entries.last_key_value().map(|(_, entry)| *entry.get_log_id()).or(shared.state.purged);
        Ok(shared.state.committed.min(last))
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<TypeConfig>) -> Result<(), StorageError>
    where
        I: IntoIterator<Item = Entry> + Send,
        I::IntoIter: Send,
    {
        let done: Done = Box::new(move |outcome| callback.log_io_completed(outcome));
        self.change(true, Some(done), |shared, frames| {
            let mut last_index = None;
            for entry in entries {
                let index = entry.get_log_id().index;
                last_index = Some(index);
                let record = WalRecord::Entry(entry);
                frame::put(frames, &record);
                if let WalRecord::Entry(entry) = record {
                    shared.entries.insert(index, entry);
                }
            }
            last_index
        })
        .map_err(|error| StorageIoError::write_logs(&error).into())
    }

    /// Not synced: should it be lost, the entries come back as what they were, uncommitted.
    async fn truncate(&mut self, log_id: LogId) -> Result<(), StorageError> {
        self.change(false, None, |shared, frames| {
            shared.entries.split_off(&log_id.index);
            frame::put(frames, &WalRecord::Truncate { since_index: log_id.index });
            None
        })
        .map_err(|error| StorageIoError::write_logs(&error).into())
    }

    async fn purge(&mut self, log_id: LogId) -> Result<(), StorageError> {
        if let Some(durable) = &mut self.durable {
            let enough = |durable: &Durable| durable.stopped || durable.index >= Some(log_id.index);
            let reached = durable.wait_for(enough).await.map(|durable| !durable.stopped).unwrap_or(false);
            if !reached {
                let problem = openraft::AnyError::error("the state machine stopped before its state was on disk");
                return Err(StorageIoError::write_logs(problem).into());
            }
        }
        self.change(false, None, |shared, frames| {
            shared.state.purged = Some(log_id);
            shared.entries = shared.entries.split_off(&(log_id.index + 1));
            frame::put(frames, &WalRecord::State(shared.state));
            None
        })
        .map_err(|error| StorageIoError::write_logs(&error).into())
    }
}
