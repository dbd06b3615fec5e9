//! Recovery of the Raft log: what was acknowledged comes back, what was not may go, and nothing else.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use openraft::{
    EntryPayload, RaftLogReader,
    storage::{RaftLogStorage, RaftLogStorageExt},
};
use tempfile::TempDir;

use super::{
    WalStore,
    frame::{self, WalRecord},
    recover::{WalError, recover, segment_path},
    writer::SEGMENT_SIZE_BYTES,
};
use crate::{
    entry::MetadataEntry,
    types::{Entry, Vote, log_id},
};

fn entry(term: u64, index: u64, size_bytes: usize) -> Entry {
    let metadata = MetadataEntry {
        leader_epoch: term as i32,
        base_offset: index as i64,
        timestamp_ms: 0,
        sidecar: Vec::new(),
        batch: Bytes::from(vec![index as u8; size_bytes]),
    };
    Entry { log_id: log_id(term, index), payload: EntryPayload::Normal(metadata) }
}

async fn append(store: &mut WalStore, entries: impl IntoIterator<Item = Entry, IntoIter: Send> + Send) {
    store.blocking_append(entries).await.expect("the log takes entries");
}

async fn contents(store: &mut WalStore) -> Vec<(u64, u64)> {
    let entries = store.try_get_log_entries(0..).await.expect("readable");
    entries.iter().map(|entry| (entry.log_id.leader_id.term, entry.log_id.index)).collect()
}

fn last_segment(dir: &Path) -> PathBuf {
    recover(dir).expect("readable").segments.last().expect("a segment").path.clone()
}

#[tokio::test]
async fn entries_vote_commit_and_purge_come_back() {
    let dir = TempDir::new().unwrap();
    {
        let mut store = WalStore::open(dir.path(), 1).unwrap();
        store.save_vote(&Vote::new(3, 2)).await.unwrap();
        append(&mut store, (0..=9).map(|index| entry(1, index, 10))).await;
        store.truncate(log_id(1, 7)).await.unwrap();
        append(&mut store, (7..=8).map(|index| entry(3, index, 10))).await;
        store.purge(log_id(1, 2)).await.unwrap();
        store.save_committed(Some(log_id(3, 8))).await.unwrap();
    }
    let mut store = WalStore::open(dir.path(), 1).unwrap();
    assert_eq!(contents(&mut store).await, [(1, 3), (1, 4), (1, 5), (1, 6), (3, 7), (3, 8)]);
    assert_eq!(store.read_vote().await.unwrap(), Some(Vote::new(3, 2)));
    assert_eq!(store.read_committed().await.unwrap(), Some(log_id(3, 8)));
    let state = store.get_log_state().await.unwrap();
    assert_eq!((state.last_purged_log_id, state.last_log_id), (Some(log_id(1, 2)), Some(log_id(3, 8))));
    assert_eq!(store.try_get_log_entries(8..=8).await.unwrap(), [entry(3, 8, 10)]);
}

#[tokio::test]
async fn the_last_vote_counts_and_a_won_one_of_ones_own_must_be_won_again() {
    let dir = TempDir::new().unwrap();
    for (saved, loaded) in [
        (Vote::new(4, 2), Vote::new(4, 2)),
        (Vote::new_committed(5, 2), Vote::new_committed(5, 2)),
        (Vote::new_committed(6, 1), Vote::new(6, 1)),
    ] {
        WalStore::open(dir.path(), 1).unwrap().save_vote(&saved).await.unwrap();
        assert_eq!(WalStore::open(dir.path(), 1).unwrap().read_vote().await.unwrap(), Some(loaded));
    }
}

#[tokio::test]
async fn a_term_beyond_kafkas_leader_epoch_is_refused() {
    let dir = TempDir::new().unwrap();
    let mut store = WalStore::open(dir.path(), 1).unwrap();
    store.save_vote(&Vote::new(i32::MAX as u64 - 1, 1)).await.unwrap();
    let refused = store.save_vote(&Vote::new(i32::MAX as u64, 1)).await.unwrap_err();
    assert!(refused.to_string().contains("2147483647 does not fit Kafka's leader epoch"), "{refused}");
    assert_eq!(store.read_vote().await.unwrap(), Some(Vote::new(i32::MAX as u64 - 1, 1)));
}

/// Whatever is torn off the tail, or put there, the entries before it come back and the log goes on after them.
#[tokio::test]
async fn a_torn_tail_is_cut() {
    let dir = TempDir::new().unwrap();
    let mut ends = Vec::new();
    {
        let mut store = WalStore::open(dir.path(), 1).unwrap();
        for index in 0..5 {
            append(&mut store, [entry(1, index, 40)]).await;
            ends.push(fs::metadata(segment_path(dir.path(), 1)).unwrap().len());
        }
    }
    let path = last_segment(dir.path());
    let whole = fs::read(&path).unwrap();
    let (from, to) = (ends[3] as usize, ends[4] as usize);
    for torn in from..to {
        let mut damaged = [whole[..torn].to_vec(), vec![0; (to - torn) / 2]].concat();
        if torn % 2 == 0 {
            // A page that was written while the one before it was not.
            damaged.resize(to, 0xa5);
        }
        fs::write(&path, &damaged).unwrap();
        let mut store = WalStore::open(dir.path(), 1).unwrap();
        assert_eq!(contents(&mut store).await.len(), 4, "torn at {torn}");
        append(&mut store, [entry(2, 4, 1)]).await;
        drop(store);
        let mut store = WalStore::open(dir.path(), 1).unwrap();
        assert_eq!(contents(&mut store).await.last(), Some(&(2, 4)), "torn at {torn}");
    }
}

#[tokio::test]
async fn damage_before_the_last_segment_is_an_error_that_names_the_place() {
    let dir = TempDir::new().unwrap();
    {
        let mut store = WalStore::open(dir.path(), 1).unwrap();
        append(&mut store, [entry(1, 0, 100)]).await;
        append(&mut store, [entry(1, 1, SEGMENT_SIZE_BYTES as usize)]).await;
        append(&mut store, [entry(1, 2, 100)]).await;
    }
    let first = segment_path(dir.path(), 1);
    let mut bytes = fs::read(&first).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&first, bytes).unwrap();
    match recover(dir.path()) {
        Err(WalError::Corrupt { path, problem, .. }) => {
            assert_eq!(path, first);
            assert!(problem.contains("CRC"), "{problem}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn purged_segments_are_deleted_and_the_vote_survives_them() {
    let dir = TempDir::new().unwrap();
    {
        let mut store = WalStore::open(dir.path(), 1).unwrap();
        store.save_vote(&Vote::new(1, 3)).await.unwrap();
        for index in 0..6 {
            append(&mut store, [entry(1, index, SEGMENT_SIZE_BYTES as usize / 2)]).await;
        }
        store.purge(log_id(1, 4)).await.unwrap();
        append(&mut store, [entry(1, 6, 1)]).await;
    }
    let recovered = recover(dir.path()).unwrap();
    assert_eq!(recovered.segments.len(), 2, "{:?}", recovered.segments);
    assert_eq!(recovered.state.vote, Some(Vote::new(1, 3)));
    assert_eq!(recovered.entries.keys().copied().collect::<Vec<_>>(), [5, 6]);
}

#[tokio::test]
async fn a_segment_begun_in_a_crash_is_begun_again() {
    let dir = TempDir::new().unwrap();
    {
        let mut store = WalStore::open(dir.path(), 1).unwrap();
        append(&mut store, [entry(1, 0, 10)]).await;
    }
    for torn_head in [&b""[..], &b"\0\0\0\x30tor"[..]] {
        fs::write(segment_path(dir.path(), 2), torn_head).unwrap();
        let mut store = WalStore::open(dir.path(), 1).unwrap();
        assert_eq!(contents(&mut store).await, [(1, 0)]);
    }
}

#[test]
fn frames_read_back() {
    let records = [
        WalRecord::State(frame::HardState { vote: Some(Vote::new(2, 1)), ..Default::default() }),
        WalRecord::Entry(entry(1, 2, 3)),
        WalRecord::Entry(Entry { log_id: log_id(1, 3), payload: EntryPayload::Blank }),
        WalRecord::Truncate { since_index: 3 },
    ];
    let mut bytes = Vec::new();
    records.iter().for_each(|record| frame::put(&mut bytes, record));
    let mut segment = Bytes::from(bytes);
    let read: Vec<_> = std::iter::from_fn(|| frame::take(&mut segment).unwrap()).collect();
    assert_eq!(read, records);
}
