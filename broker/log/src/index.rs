//! The sparse `.index` and `.timeindex` files of a segment, as Kafka's `OffsetIndex` and `TimeIndex` write them.
//!
//! Entries wait in memory and reach the file when there are many, at a flush, at a roll and at close: whatever a crash takes is
//! rebuilt, because recovery scans every segment above the recovery point. Look-ups read the file in blocks and keep the last block
//! while the segment is in use. Files are never pre-allocated, so they need no trimming; a zero tail that Kafka left is cut off when
//! the file is opened.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::files::LogFile;

/// Entries kept in memory before they are written out.
const PENDING_ENTRIES_MAX: usize = 512;
/// Entries read at once during a look-up.
const BLOCK_ENTRIES: u32 = 256;

/// A fixed-size index entry.
pub(crate) trait IndexEntry: Copy + PartialEq {
    /// Bytes on disk.
    const SIZE_BYTES: usize;
    /// Appends the bytes.
    fn encode(&self, out: &mut Vec<u8>);
    /// Reads `SIZE_BYTES` bytes.
    fn decode(bytes: &[u8]) -> Self;
    /// Whether `next` may follow: keys increase.
    fn precedes(&self, next: &Self) -> bool;
}

/// Entry of `.index`: an offset relative to the segment's base, and where the set that ends with it starts in the `.log`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OffsetEntry {
    pub(crate) relative_offset: i32,
    pub(crate) position: u32,
}

impl IndexEntry for OffsetEntry {
    const SIZE_BYTES: usize = 8;

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> OffsetEntry {
        OffsetEntry {
            relative_offset: i32::from_be_bytes(bytes[0..4].try_into().expect("8 bytes")),
            position: u32::from_be_bytes(bytes[4..8].try_into().expect("8 bytes")),
        }
    }

    fn precedes(&self, next: &OffsetEntry) -> bool {
        self.relative_offset < next.relative_offset && self.position < next.position
    }
}

/// Entry of `.timeindex`: the largest timestamp so far and the last offset of the batch that holds it, relative to the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeEntry {
    pub(crate) timestamp_ms: i64,
    pub(crate) relative_offset: i32,
}

impl IndexEntry for TimeEntry {
    const SIZE_BYTES: usize = 12;

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp_ms.to_be_bytes());
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> TimeEntry {
        TimeEntry {
            timestamp_ms: i64::from_be_bytes(bytes[0..8].try_into().expect("12 bytes")),
            relative_offset: i32::from_be_bytes(bytes[8..12].try_into().expect("12 bytes")),
        }
    }

    fn precedes(&self, next: &TimeEntry) -> bool {
        self.timestamp_ms < next.timestamp_ms && self.relative_offset <= next.relative_offset
    }
}

/// An index file.
pub(crate) struct Index<E: IndexEntry> {
    file: LogFile,
    inner: Mutex<Inner<E>>,
}

struct Inner<E> {
    /// Entries in the file; None until it was looked at.
    written: Option<u32>,
    pending: Vec<E>,
    last: Option<E>,
    block: Option<(u32, Vec<E>)>,
    dirty: bool,
}

impl<E: IndexEntry> Index<E> {
    pub(crate) fn new(file: LogFile) -> Index<E> {
        let inner = Inner { written: None, pending: Vec::new(), last: None, block: None, dirty: false };
        Index { file, inner: Mutex::new(inner) }
    }

    pub(crate) fn file(&self) -> &LogFile {
        &self.file
    }

    fn lock(&self) -> Result<MutexGuard<'_, Inner<E>>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.written.is_none() {
            self.load(&mut inner)?;
        }
        Ok(inner)
    }

    /// Counts the file's entries; a torn entry and a pre-allocated zero tail do not count.
    fn load(&self, inner: &mut Inner<E>) -> Result<()> {
        let size_bytes = self.file.size_on_disk()?;
        let mut count = u32::try_from(size_bytes / E::SIZE_BYTES as u64).unwrap_or(u32::MAX);
        // Binary search for the end of the zero tail: an all-zero entry is only ever real as the very first one.
        if count > 0 && self.is_zero(count - 1)? {
            let (mut low, mut high) = (0, count - 1);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.is_zero(middle)? { high = middle } else { low = middle + 1 }
            }
            count = low;
        }
        inner.last = if count == 0 { None } else { self.read_block(count - 1, 1)?.first().copied() };
        inner.written = Some(count);
        Ok(())
    }

    fn is_zero(&self, index: u32) -> Result<bool> {
        let mut bytes = vec![0; E::SIZE_BYTES];
        self.file.read_at(&mut bytes, u64::from(index) * E::SIZE_BYTES as u64)?;
        Ok(bytes.iter().all(|byte| *byte == 0))
    }

    fn read_block(&self, first: u32, count: u32) -> Result<Vec<E>> {
        let mut bytes = vec![0; count as usize * E::SIZE_BYTES];
        let read = self.file.read_at(&mut bytes, u64::from(first) * E::SIZE_BYTES as u64)?;
        Ok(bytes[..read].chunks_exact(E::SIZE_BYTES).map(E::decode).collect())
    }

    /// Number of entries.
    pub(crate) fn count(&self) -> Result<u32> {
        let inner = self.lock()?;
        Ok(inner.count())
    }

    /// The newest entry.
    pub(crate) fn last(&self) -> Result<Option<E>> {
        Ok(self.lock()?.last)
    }

    /// Adds an entry; one that does not increase is skipped.
    pub(crate) fn append(&self, entry: E) -> Result<()> {
        let mut inner = self.lock()?;
        if inner.last.is_some_and(|last| !last.precedes(&entry)) {
            return Ok(());
        }
        inner.last = Some(entry);
        inner.pending.push(entry);
        if inner.pending.len() >= PENDING_ENTRIES_MAX { self.write_pending(&mut inner) } else { Ok(()) }
    }

    fn write_pending(&self, inner: &mut Inner<E>) -> Result<()> {
        if inner.pending.is_empty() {
            return Ok(());
        }
        let written = inner.written.expect("loaded before use");
        let mut bytes = Vec::with_capacity(inner.pending.len() * E::SIZE_BYTES);
        inner.pending.iter().for_each(|entry| entry.encode(&mut bytes));
        self.file.write_all_at(&[&bytes], u64::from(written) * E::SIZE_BYTES as u64)?;
        inner.written = Some(written + inner.pending.len() as u32);
        inner.pending.clear();
        inner.block = None;
        inner.dirty = true;
        Ok(())
    }

    /// Writes what waits in memory; with `sync`, makes it durable. Also cuts whatever lies behind the last entry.
    pub(crate) fn flush(&self, sync: bool) -> Result<()> {
        let mut inner = self.lock()?;
        self.write_pending(&mut inner)?;
        let size_bytes = u64::from(inner.count()) * E::SIZE_BYTES as u64;
        if self.file.size_on_disk()? != size_bytes {
            self.file.set_len(size_bytes)?;
            inner.dirty = true;
        }
        if sync && inner.dirty {
            self.file.sync()?;
            inner.dirty = false;
        }
        Ok(())
    }

    /// Finds the last entry for which `is_below` holds; entries are ordered so that it holds for a prefix.
    pub(crate) fn find_last(&self, is_below: impl Fn(&E) -> bool) -> Result<Option<E>> {
        let mut inner = self.lock()?;
        if inner.pending.first().is_some_and(&is_below) {
            let above = inner.pending.partition_point(&is_below);
            return Ok(Some(inner.pending[above - 1]));
        }
        let written = inner.written.expect("loaded before use");
        // The block used last answers most look-ups: if its first entry is below, and its last is not or is the file's last.
        if let Some((first, block)) = &inner.block
            && block.first().is_some_and(&is_below)
            && (first + block.len() as u32 == written || !block.last().is_some_and(&is_below))
        {
            return Ok(Some(block[block.partition_point(&is_below) - 1]));
        }
        let (mut low, mut high) = (0, written.div_ceil(BLOCK_ENTRIES));
        while low < high {
            let middle = low + (high - low) / 2;
            let first = self.read_block(middle * BLOCK_ENTRIES, 1)?;
            if first.first().is_some_and(&is_below) { low = middle + 1 } else { high = middle }
        }
        let Some(block_index) = low.checked_sub(1) else { return Ok(None) };
        let first = block_index * BLOCK_ENTRIES;
        let block = self.read_block(first, BLOCK_ENTRIES.min(written - first))?;
        let found = block.partition_point(&is_below).checked_sub(1).map(|index| block[index]);
        inner.block = Some((first, block));
        Ok(found)
    }

    /// Keeps the entries for which `keep` holds; they are a prefix.
    pub(crate) fn truncate_to(&self, keep: impl Fn(&E) -> bool) -> Result<()> {
        self.flush(false)?;
        let mut inner = self.lock()?;
        let written = inner.written.expect("loaded before use");
        let (mut low, mut high) = (0, written);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = self.read_block(middle, 1)?;
            if entry.first().is_some_and(&keep) { low = middle + 1 } else { high = middle }
        }
        self.file.set_len(u64::from(low) * E::SIZE_BYTES as u64)?;
        inner.written = Some(low);
        inner.last = if low == 0 { None } else { self.read_block(low - 1, 1)?.first().copied() };
        inner.block = None;
        inner.dirty = true;
        Ok(())
    }

    /// Empties the index and creates the file if it is not there.
    pub(crate) fn reset(&self) -> Result<()> {
        self.file.create()?;
        self.file.set_len(0)?;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        *inner = Inner { written: Some(0), pending: Vec::new(), last: None, block: None, dirty: true };
        Ok(())
    }

    /// Frees the cached block; called when the segment has not been used for a while.
    pub(crate) fn release_memory(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.block = None;
    }
}

impl<E> Inner<E> {
    fn count(&self) -> u32 {
        self.written.unwrap_or(0) + self.pending.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::ManualClock;
    use crate::files::{DirPath, FileCache, OsFileSystem};

    fn index(directory: &std::path::Path) -> Index<OffsetEntry> {
        let cache = FileCache::new(Arc::new(OsFileSystem), Arc::new(ManualClock::new(0)), 8);
        let file = LogFile::new(cache, DirPath::new(directory.to_path_buf()), "00000000000000000000.index".to_owned());
        file.create().unwrap();
        Index::new(file)
    }

    fn entry(number: u32) -> OffsetEntry {
        OffsetEntry { relative_offset: number as i32 * 10 + 9, position: number * 100 }
    }

    #[test]
    fn lookups_agree_with_a_plain_list_at_every_size() {
        let directory = tempfile::tempdir().unwrap();
        let index = index(directory.path());
        for number in 0..1_500u32 {
            index.append(entry(number)).unwrap();
            if number % 97 == 0 || number > 1_495 {
                for relative_offset in (0..number as i32 * 10 + 30).step_by(37) {
                    let expected = (0..=number).rev().map(entry).find(|entry| entry.relative_offset <= relative_offset);
                    let found = index.find_last(|entry| entry.relative_offset <= relative_offset).unwrap();
                    assert_eq!(found, expected, "{relative_offset} among {number}");
                }
            }
        }
        assert_eq!(index.count().unwrap(), 1_500);
        index.append(entry(3)).unwrap();
        assert_eq!(index.count().unwrap(), 1_500, "entries that do not increase are skipped");
    }

    #[test]
    fn truncation_and_reopening_keep_the_prefix() {
        let directory = tempfile::tempdir().unwrap();
        let first = index(directory.path());
        (0..700).for_each(|number| first.append(entry(number)).unwrap());
        first.truncate_to(|entry| entry.relative_offset < 6_000).unwrap();
        assert_eq!(first.last().unwrap(), Some(entry(599)));
        first.flush(true).unwrap();
        let second = index(directory.path());
        assert_eq!((second.count().unwrap(), second.last().unwrap()), (600, Some(entry(599))));
    }

    #[test]
    fn a_preallocated_zero_tail_does_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let first = index(directory.path());
        (0..5).for_each(|number| first.append(entry(number)).unwrap());
        first.flush(false).unwrap();
        first.file().set_len(10 << 20).unwrap();
        let second = index(directory.path());
        assert_eq!(second.count().unwrap(), 5);
        second.flush(false).unwrap();
        assert_eq!(second.file().size_on_disk().unwrap(), 40, "and it is cut off");
        second.file().set_len(43).unwrap();
        assert_eq!(index(directory.path()).count().unwrap(), 5, "nor does a torn entry");
    }
}
