//! Files: the seam that fault tests replace, and the bounded cache of open descriptors.
//!
//! A [`LogFile`] is a path that is opened when it is used. At most `capacity` of them are open at once, and those not used for a
//! while are closed by [`FileCache::close_idle`]; so an idle partition holds no descriptor. Nothing is memory-mapped.
//!
//! Closing a file with unsynced data is safe: `fsync` through a later descriptor covers the whole inode, and Linux reports a
//! write-back error that nobody has seen yet to it (errseq, Linux 4.13).

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::UNIX_EPOCH;

use crate::clock::Clock;
use crate::error::{LogError, Result};

/// An open file with positional reads and writes.
pub trait RawFile: Send + Sync {
    /// Reads up to `buffer.len()` bytes at `position`; 0 at the end of the file.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;
    /// Writes all of `slices`, one after the other, at `position`.
    fn write_all_at(&self, slices: &[&[u8]], position: u64) -> io::Result<()>;
    /// Cuts or extends the file.
    fn set_len(&self, size_bytes: u64) -> io::Result<()>;
    /// Makes data and size durable.
    fn sync(&self) -> io::Result<()>;
    /// Size in bytes.
    fn len(&self) -> io::Result<u64>;
    /// The descriptor for `sendfile`; None if there is none.
    fn descriptor(&self) -> Option<BorrowedFd<'_>>;

    /// Whether the file has no bytes.
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|size_bytes| size_bytes == 0)
    }
}

/// What a log does to the file system. Every call blocks.
pub trait FileSystem: Send + Sync {
    /// Opens for reading and writing; creates the file if `create`.
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn RawFile>>;
    /// The whole file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Size in bytes and last modification in milliseconds since 1970.
    fn stat(&self, path: &Path) -> io::Result<(u64, i64)>;
    /// File names of a directory and whether each is a directory, sorted by name.
    fn list(&self, path: &Path) -> io::Result<Vec<(String, bool)>>;
    /// Creates a directory and its parents.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Renames, replacing what is there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory and all in it.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Makes creations, renames and removals in a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Whether the path exists.
    fn exists(&self, path: &Path) -> bool {
        self.stat(path).is_ok()
    }
}

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsFileSystem;

struct OsFile(File);

impl RawFile for OsFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.read_at(buffer, position)
    }

    fn write_all_at(&self, slices: &[&[u8]], mut position: u64) -> io::Result<()> {
        let mut slices: Vec<IoSlice<'_>> = slices.iter().map(|slice| IoSlice::new(slice)).collect();
        let mut remaining = slices.as_mut_slice();
        IoSlice::advance_slices(&mut remaining, 0);
        while !remaining.is_empty() {
            match rustix::io::pwritev(&self.0, remaining, position) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    position += written as u64;
                    IoSlice::advance_slices(&mut remaining, written);
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn set_len(&self, size_bytes: u64) -> io::Result<()> {
        self.0.set_len(size_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }
}

impl FileSystem for OsFileSystem {
    fn open(&self, path: &Path, create: bool) -> io::Result<Arc<dyn RawFile>> {
        let file = OpenOptions::new().read(true).write(true).create(create).truncate(false).open(path)?;
        Ok(Arc::new(OsFile(file)))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn stat(&self, path: &Path) -> io::Result<(u64, i64)> {
        let metadata = fs::metadata(path)?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as i64);
        Ok((metadata.len(), modified))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<(String, bool)>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            names.push((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.is_dir()));
        }
        names.sort();
        Ok(names)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

/// Writes a small file whole: `<name>.tmp`, sync, rename, sync of the directory. A crash leaves the old file or the new one.
pub fn write_atomically(file_system: &dyn FileSystem, path: &Path, content: &[u8]) -> Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let file = file_system.open(&temporary, true).map_err(LogError::storage("create", &temporary))?;
    file.set_len(0).map_err(LogError::storage("truncate", &temporary))?;
    file.write_all_at(&[content], 0).map_err(LogError::storage("write", &temporary))?;
    file.sync().map_err(LogError::storage("sync", &temporary))?;
    file_system.rename(&temporary, path).map_err(LogError::storage("rename", &temporary))?;
    let directory = path.parent().expect("a file has a directory");
    file_system.sync_dir(directory).map_err(LogError::storage("sync", directory))
}

/// The open descriptors of all logs of a process, at most `capacity` at once (files in the middle of an operation may exceed it by
/// the number of such operations).
pub struct FileCache {
    file_system: Arc<dyn FileSystem>,
    clock: Arc<dyn Clock>,
    capacity: usize,
    open: Mutex<Vec<Weak<Slot>>>,
}

struct Slot {
    file: Mutex<Option<Arc<dyn RawFile>>>,
    last_used_ms: AtomicI64,
    /// Whether the cache's list holds it; changes only under the list's lock.
    listed: AtomicBool,
}

impl FileCache {
    /// A cache over `file_system` that keeps up to `capacity` files open.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn new(file_system: Arc<dyn FileSystem>, clock: Arc<dyn Clock>, capacity: usize) -> Arc<FileCache> {
        assert!(capacity > 0, "a log needs at least one descriptor");
        Arc::new(FileCache { file_system, clock, capacity, open: Mutex::new(Vec::new()) })
    }

    /// The file system below.
    pub fn file_system(&self) -> &dyn FileSystem {
        &*self.file_system
    }

    /// The clock of the logs of this cache.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Number of files the cache holds open.
    pub fn open_count(&self) -> usize {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().filter_map(Weak::upgrade).filter(|slot| slot.is_open()).count()
    }

    /// Closes the files nobody used for `idle_ms` milliseconds.
    pub fn close_idle(&self, idle_ms: i64) {
        let unused_since_ms = self.clock.now_ms() - idle_ms;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|slot| {
            let Some(slot) = slot.upgrade() else { return false };
            if slot.last_used_ms.load(Ordering::Relaxed) <= unused_since_ms {
                slot.close();
            }
            let keep = slot.is_open();
            slot.listed.store(keep, Ordering::Relaxed);
            keep
        });
    }

    /// Registers a slot that was just opened; closes the longest unused eighth if there are too many.
    fn opened(&self, slot: &Arc<Slot>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !slot.listed.swap(true, Ordering::Relaxed) {
            open.push(Arc::downgrade(slot));
        }
        if open.len() <= self.capacity {
            return;
        }
        let mut slots: Vec<Arc<Slot>> = open.drain(..).filter_map(|slot| slot.upgrade()).collect();
        slots.sort_by_key(|slot| (slot.is_open(), slot.last_used_ms.load(Ordering::Relaxed)));
        // The last is the caller's own; closing it would only cost its next use an open.
        let excess = (slots.len() - self.capacity.min(slots.len()) + self.capacity / 8).min(slots.len());
        for victim in slots.drain(..excess) {
            victim.close();
            victim.listed.store(false, Ordering::Relaxed);
        }
        open.extend(slots.iter().map(Arc::downgrade));
    }
}

impl Slot {
    fn is_open(&self) -> bool {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn close(&self) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A directory whose path may change while its files are in use (deletion renames it). All files of a partition share one.
#[derive(Debug)]
pub struct DirPath(RwLock<PathBuf>);

impl DirPath {
    /// Starts at `path`.
    pub fn new(path: PathBuf) -> Arc<DirPath> {
        Arc::new(DirPath(RwLock::new(path)))
    }

    /// Where it is now.
    pub fn get(&self) -> PathBuf {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The path of a file in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.read().unwrap_or_else(PoisonError::into_inner).join(name)
    }

    /// Renames the directory; files open already stay valid.
    pub fn rename(&self, file_system: &dyn FileSystem, to: PathBuf) -> Result<()> {
        let mut path = self.0.write().unwrap_or_else(PoisonError::into_inner);
        file_system.rename(&path, &to).map_err(LogError::storage("rename", &path))?;
        *path = to;
        Ok(())
    }
}

/// A file of a partition, opened when used.
pub struct LogFile {
    cache: Arc<FileCache>,
    directory: Arc<DirPath>,
    name: RwLock<String>,
    slot: Arc<Slot>,
}

impl LogFile {
    /// The file `name` in `directory`; opened on first use.
    pub fn new(cache: Arc<FileCache>, directory: Arc<DirPath>, name: String) -> LogFile {
        let slot =
            Arc::new(Slot { file: Mutex::new(None), last_used_ms: AtomicI64::new(0), listed: AtomicBool::new(false) });
        LogFile { cache, directory, name: RwLock::new(name), slot }
    }

    /// Where it is now.
    pub fn path(&self) -> PathBuf {
        self.directory.join(&self.name.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Creates the file if it is not there.
    pub fn create(&self) -> Result<()> {
        self.open(true).map(drop)
    }

    /// The open file; stays valid even if the cache closes its own handle meanwhile.
    pub fn get(&self) -> Result<Arc<dyn RawFile>> {
        self.open(false)
    }

    fn open(&self, create: bool) -> Result<Arc<dyn RawFile>> {
        self.slot.last_used_ms.store(self.cache.clock.now_ms(), Ordering::Relaxed);
        let file = {
            let mut slot = self.slot.file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(file) = &*slot {
                return Ok(file.clone());
            }
            let path = self.path();
            let file = self.cache.file_system.open(&path, create).map_err(LogError::storage("open", &path))?;
            *slot = Some(file.clone());
            file
        };
        // Outside the slot's lock: making room locks other slots.
        self.cache.opened(&self.slot);
        Ok(file)
    }

    /// Size in bytes; 0 if there is no such file.
    pub fn size_on_disk(&self) -> Result<u64> {
        let path = self.path();
        match self.cache.file_system.stat(&path) {
            Ok((size_bytes, _)) => Ok(size_bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(LogError::storage("stat", &path)(error)),
        }
    }

    /// Reads exactly `buffer.len()` bytes at `position`, or fewer if the file ends; returns how many.
    pub fn read_at(&self, buffer: &mut [u8], position: u64) -> Result<usize> {
        let file = self.get()?;
        read_full(&*file, buffer, position).map_err(|error| LogError::storage("read", &self.path())(error))
    }

    /// Writes all of `slices` at `position`.
    pub fn write_all_at(&self, slices: &[&[u8]], position: u64) -> Result<()> {
        self.get()?.write_all_at(slices, position).map_err(|error| LogError::storage("write", &self.path())(error))
    }

    /// Cuts the file.
    pub fn set_len(&self, size_bytes: u64) -> Result<()> {
        self.get()?.set_len(size_bytes).map_err(|error| LogError::storage("truncate", &self.path())(error))
    }

    /// Makes the file durable.
    pub fn sync(&self) -> Result<()> {
        self.get()?.sync().map_err(|error| LogError::storage("sync", &self.path())(error))
    }

    /// Renames the file inside its directory.
    pub fn rename(&self, name: String) -> Result<()> {
        let mut current = self.name.write().unwrap_or_else(PoisonError::into_inner);
        let from = self.directory.join(&current);
        self.cache
            .file_system
            .rename(&from, &self.directory.join(&name))
            .map_err(LogError::storage("rename", &from))?;
        *current = name;
        Ok(())
    }

    /// Gives the descriptor back to the system.
    pub fn close(&self) {
        self.slot.close();
    }
}

/// Reads until `buffer` is full or the file ends.
pub(crate) fn read_full(file: &dyn RawFile, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], position + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
