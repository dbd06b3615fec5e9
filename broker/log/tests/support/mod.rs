//! A file system that fails on command and loses what was not synced, and a small deterministic generator.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use kedge_log::{FileSystem, OsFileSystem, RawFile};
use kedge_protocol::batch::BatchBuilder;

/// A deterministic generator; a failing round is replayed by its seed.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(1))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// The real file system, remembering how much of each file was synced.
pub(crate) struct FaultFileSystem {
    state: Arc<State>,
}

struct State {
    synced: Mutex<BTreeMap<PathBuf, u64>>,
    /// Writes and syncs until one fails; negative is never.
    countdown: AtomicI64,
}

impl FaultFileSystem {
    pub(crate) fn new() -> Arc<FaultFileSystem> {
        let state = State { synced: Mutex::default(), countdown: AtomicI64::new(-1) };
        Arc::new(FaultFileSystem { state: Arc::new(state) })
    }

    /// The write or sync after `successes` others fails (half of a write arrives).
    pub(crate) fn fail_after(&self, successes: i64) {
        self.state.countdown.store(successes, Ordering::SeqCst);
    }

    pub(crate) fn never_fail(&self) {
        self.state.countdown.store(-1, Ordering::SeqCst);
    }

    /// A power failure: of every file only the synced front is sure; the rest is cut anywhere, or stays with some bits flipped.
    pub(crate) fn lose_power(&self, rng: &mut Rng) {
        for (path, synced) in self.state.synced.lock().unwrap().iter() {
            let Ok(mut bytes) = std::fs::read(path) else { continue };
            let unsynced = (bytes.len() as u64).saturating_sub(*synced);
            if unsynced == 0 {
                continue;
            }
            if rng.chance(60) {
                bytes.truncate((synced + rng.below(unsynced + 1)) as usize);
            } else {
                for _ in 0..1 + rng.below(8) {
                    let at = synced + rng.below(unsynced);
                    bytes[at as usize] ^= 1 << rng.below(8);
                }
            }
            std::fs::write(path, bytes).unwrap();
        }
    }
}

impl State {
    fn check(&self) -> io::Result<()> {
        match self.countdown.load(Ordering::SeqCst) {
            0 => {
                self.countdown.store(-1, Ordering::SeqCst);
                Err(io::Error::other("planted failure"))
            }
            count => {
                if count > 0 {
                    self.countdown.fetch_sub(1, Ordering::SeqCst);
                }
                Ok(())
            }
        }
    }
}

struct FaultFile {
    inner: Arc<dyn RawFile>,
    path: PathBuf,
    state: Arc<State>,
}

impl RawFile for FaultFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.inner.read_at(buffer, position)
    }

    fn write_all_at(&self, slices: &[&[u8]], position: u64) -> io::Result<()> {
        if let Err(error) = self.state.check() {
            self.inner.write_all_at(&[&slices[0][..slices[0].len() / 2]], position)?;
            return Err(error);
        }
        // An overwrite of synced bytes is not sure any more.
        if let Some(synced) = self.state.synced.lock().unwrap().get_mut(&self.path) {
            *synced = (*synced).min(position);
        }
        self.inner.write_all_at(slices, position)
    }

    fn set_len(&self, size_bytes: u64) -> io::Result<()> {
        if let Some(synced) = self.state.synced.lock().unwrap().get_mut(&self.path) {
            *synced = (*synced).min(size_bytes);
        }
        self.inner.set_len(size_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.state.check()?;
        let size_bytes = self.inner.len()?;
        // Power fails in this test only, so the disk itself need not be waited for.
        self.state.synced.lock().unwrap().insert(self.path.clone(), size_bytes);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.inner.descriptor()
    }
}

impl FileSystem for FaultFileSystem {
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn RawFile>> {
        let inner = OsFileSystem.open(path, create)?;
        self.state.synced.lock().unwrap().entry(path.to_path_buf()).or_insert(0);
        Ok(Arc::new(FaultFile { inner, path: path.to_path_buf(), state: self.state.clone() }))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        OsFileSystem.read(path)
    }

    fn stat(&self, path: &Path) -> io::Result<(u64, i64)> {
        OsFileSystem.stat(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        OsFileSystem.list(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        OsFileSystem.create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        OsFileSystem.rename(from, to)?;
        let mut synced = self.state.synced.lock().unwrap();
        if let Some(size_bytes) = synced.remove(from) {
            synced.insert(to.to_path_buf(), size_bytes);
        }
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.state.synced.lock().unwrap().remove(path);
        OsFileSystem.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        OsFileSystem.remove_dir_all(path)
    }

    fn sync_dir(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// A client's batch of `count` records of `value_bytes` each.
pub(crate) fn batch(timestamp_ms: i64, count: i32, value_bytes: usize, producer: Option<(i64, i16, i32)>) -> Bytes {
    let mut builder = BatchBuilder::new(0);
    if let Some((producer_id, producer_epoch, base_sequence)) = producer {
        builder = builder.producer(producer_id, producer_epoch, base_sequence);
    }
    for index in 0..count {
        builder.append(timestamp_ms, Some(format!("k{index}").as_bytes()), Some(&vec![b'v'; value_bytes]), &[]);
    }
    builder.build()
}
