//! One of `log.dirs`: its lock, its identity, its checkpoints.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use kedge_protocol::Uuid;

use crate::checkpoint::{
    CLEAN_SHUTDOWN, CleanShutdown, HIGH_WATERMARK_CHECKPOINT, LOG_START_OFFSET_CHECKPOINT, RECOVERY_POINT_CHECKPOINT,
    read_clean_shutdown, read_offset_checkpoint, write_offset_checkpoint,
};
use crate::error::{LogError, Result};
use crate::files::FileSystem;
use crate::meta_properties::MetaProperties;
use crate::names::TopicPartition;

/// A log directory.
pub(super) struct LogDir {
    pub(super) path: PathBuf,
    pub(super) directory_id: Uuid,
    pub(super) meta_properties: Option<MetaProperties>,
    /// The marker of the stop before this start; it is gone from disk.
    pub(super) clean_shutdown: Option<CleanShutdown>,
    online: AtomicBool,
    /// What `recovery-point-offset-checkpoint` says now.
    recovery_points: Mutex<BTreeMap<TopicPartition, i64>>,
    /// Holding the descriptor holds the lock.
    _lock: File,
}

/// What the checkpoints said at start.
#[derive(Default)]
pub(super) struct Checkpoints {
    pub(super) recovery_points: BTreeMap<TopicPartition, i64>,
    pub(super) log_start_offsets: BTreeMap<TopicPartition, i64>,
    pub(super) high_watermarks: BTreeMap<TopicPartition, i64>,
}

impl LogDir {
    /// Creates the directory if needed, takes its lock, reads its identity, and notes and removes the clean-shutdown marker.
    pub(super) fn open(file_system: &dyn FileSystem, path: &Path, new_id: &dyn Fn() -> Uuid) -> Result<LogDir> {
        file_system.create_dir_all(path).map_err(LogError::storage("create", path))?;
        let lock = take_lock(path)?;
        let meta_properties = MetaProperties::read(file_system, path)?;
        let directory_id = meta_properties.as_ref().and_then(|meta| meta.directory_id).unwrap_or_else(new_id);
        let marker = path.join(CLEAN_SHUTDOWN);
        let clean_shutdown = read_clean_shutdown(file_system, &marker)?;
        if clean_shutdown.is_some() {
            // Before anything is loaded: a crash from here on must scan.
            file_system.remove_file(&marker).map_err(LogError::storage("remove", &marker))?;
            file_system.sync_dir(path).map_err(LogError::storage("sync", path))?;
        }
        let path = path.to_path_buf();
        Ok(LogDir {
            path,
            directory_id,
            meta_properties,
            clean_shutdown,
            online: AtomicBool::new(true),
            recovery_points: Mutex::default(),
            _lock: lock,
        })
    }

    pub(super) fn is_online(&self) -> bool {
        self.online.load(Ordering::Acquire)
    }

    pub(super) fn set_offline(&self) {
        self.online.store(false, Ordering::Release);
    }

    /// Recovery points and log starts that cannot be read count as 0 (a long recovery); a high-watermark file that cannot be read is
    /// an error, as in Kafka.
    pub(super) fn read_checkpoints(&self, file_system: &dyn FileSystem) -> Result<Checkpoints> {
        let lenient = |name: &str| match read_offset_checkpoint(file_system, &self.path.join(name)) {
            Err(LogError::InvalidFile { path, what }) => {
                tracing::warn!("{}: {what}; starting all its partitions at 0", path.display());
                Ok(BTreeMap::new())
            }
            result => result,
        };
        let recovery_points = lenient(RECOVERY_POINT_CHECKPOINT)?;
        self.recovery_points.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&recovery_points);
        Ok(Checkpoints {
            recovery_points,
            log_start_offsets: lenient(LOG_START_OFFSET_CHECKPOINT)?,
            high_watermarks: read_offset_checkpoint(file_system, &self.path.join(HIGH_WATERMARK_CHECKPOINT))?,
        })
    }

    pub(super) fn write_checkpoint(
        &self,
        file_system: &dyn FileSystem,
        name: &str,
        offsets: &BTreeMap<TopicPartition, i64>,
    ) -> Result<()> {
        write_offset_checkpoint(file_system, &self.path.join(name), offsets)
    }

    /// Writes `recovery-point-offset-checkpoint`. `offsets` is read under the lock that [`LogDir::lower_recovery_point`] takes, so a
    /// truncation either is in it or follows it.
    pub(super) fn write_recovery_points(
        &self,
        file_system: &dyn FileSystem,
        offsets: impl FnOnce() -> BTreeMap<TopicPartition, i64>,
    ) -> Result<()> {
        let mut written = self.recovery_points.lock().unwrap_or_else(PoisonError::into_inner);
        let offsets = offsets();
        self.write_checkpoint(file_system, RECOVERY_POINT_CHECKPOINT, &offsets)?;
        *written = offsets;
        Ok(())
    }

    /// Makes sure that the file claims no more than `recovery_point` for a partition that was truncated, or made anew (0).
    pub(super) fn lower_recovery_point(
        &self,
        file_system: &dyn FileSystem,
        topic_partition: &TopicPartition,
        recovery_point: i64,
    ) -> Result<()> {
        let mut written = self.recovery_points.lock().unwrap_or_else(PoisonError::into_inner);
        match written.get_mut(topic_partition) {
            Some(claimed) if *claimed > recovery_point => *claimed = recovery_point,
            _ => return Ok(()),
        }
        self.write_checkpoint(file_system, RECOVERY_POINT_CHECKPOINT, &written)
    }
}

/// Java's `FileLock` is a POSIX record lock over the whole file; `flock(2)` would not exclude a running Apache broker.
fn take_lock(path: &Path) -> Result<File> {
    let lock_path = path.join(".lock");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&lock_path);
    let file = file.map_err(LogError::storage("open", &lock_path))?;
    match rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Err(LogError::Locked { path: path.to_path_buf() }),
        Err(error) => Err(LogError::storage("lock", &lock_path)(error.into())),
    }
}
