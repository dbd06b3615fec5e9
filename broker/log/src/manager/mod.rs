//! All logs of a broker, in all its log directories.

mod log_dir;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{
    Arc, Mutex, PoisonError, RwLock,
    atomic::{AtomicUsize, Ordering},
};

use kedge_protocol::Uuid;

use self::log_dir::{Checkpoints, LogDir};
use crate::checkpoint::{CLEAN_SHUTDOWN, HIGH_WATERMARK_CHECKPOINT, LOG_START_OFFSET_CHECKPOINT, write_clean_shutdown};
use crate::clock::Clock;
use crate::config::LogConfig;
use crate::error::{LogError, Result};
use crate::files::{FileCache, FileSystem};
use crate::meta_properties::MetaProperties;
use crate::names::{DirectoryKind, TopicPartition, directory_kind, suffixed_directory};
use crate::partition_log::{OpenLog, PartitionLog};

/// Logs closed at once when a broker stops.
const CLOSING_THREADS: usize = 16;

/// How a broker keeps its logs.
#[derive(Debug, Clone)]
pub struct LogManagerConfig {
    /// `log.dirs`, in the order of the properties file.
    pub dirs: Vec<PathBuf>,
    /// Topic configs as the broker's `log.*` keys make them.
    pub defaults: LogConfig,
    /// Configs of the topics that have their own.
    pub topic_configs: BTreeMap<String, LogConfig>,
    /// `num.recovery.threads.per.data.dir`.
    pub recovery_threads_per_dir: usize,
    /// Bound on the descriptors that logs keep open.
    pub open_files_max: usize,
    /// A descriptor unused for this long is closed by [`LogManager::idle_pass`], in milliseconds.
    pub idle_file_ms: i64,
    /// `producer.id.expiration.ms`.
    pub producer_expiration_ms: i64,
}

impl LogManagerConfig {
    /// Defaults for `dirs`.
    pub fn new(dirs: Vec<PathBuf>) -> LogManagerConfig {
        LogManagerConfig {
            dirs,
            defaults: LogConfig::default(),
            topic_configs: BTreeMap::new(),
            recovery_threads_per_dir: 1,
            open_files_max: 4_096,
            idle_file_ms: 60_000,
            producer_expiration_ms: 86_400_000,
        }
    }
}

/// A log directory as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDirInfo {
    /// Its path in `log.dirs`.
    pub path: PathBuf,
    /// `directory.id`, or the one drawn for this process if `meta.properties` has none; zero for a directory that never opened.
    pub directory_id: Uuid,
    /// What `meta.properties` held at start.
    pub meta_properties: Option<MetaProperties>,
    /// Whether it can be used.
    pub online: bool,
    /// Whether the last stop was clean.
    pub clean_shutdown: bool,
    /// Number of partitions.
    pub partitions_count: usize,
}

/// What opening all logs found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Partitions opened.
    pub partitions_count: usize,
    /// Segments that were verified.
    pub segments_scanned: usize,
    /// Bytes cut off.
    pub bytes_truncated: u64,
    /// Log directories that could not be used, and why.
    pub offline_dirs: Vec<(PathBuf, String)>,
    /// Broker epoch of the last clean stop (BrokerRegistration's `PreviousBrokerEpoch`); None if any directory was not stopped cleanly.
    pub previous_broker_epoch: Option<i64>,
}

/// The logs of a broker. Methods block on the disk; the server calls them from threads that may.
pub struct LogManager {
    cache: Arc<FileCache>,
    clock: Arc<dyn Clock>,
    new_id: Box<dyn Fn() -> Uuid + Send + Sync>,
    idle_file_ms: i64,
    producer_expiration_ms: i64,
    dirs: Vec<Arc<LogDir>>,
    offline_from_start: Vec<PathBuf>,
    configs: RwLock<Configs>,
    logs: RwLock<BTreeMap<TopicPartition, Placed>>,
    /// Serialises creation, deletion and offline handling.
    changes: Mutex<()>,
    /// `-delete` directories and when they may go.
    deletions: Mutex<VecDeque<(i64, PathBuf)>>,
}

struct Configs {
    defaults: LogConfig,
    topics: BTreeMap<String, LogConfig>,
}

#[derive(Clone)]
struct Placed {
    log: Arc<PartitionLog>,
    /// Index into `dirs`.
    dir: usize,
}

impl LogManager {
    /// Opens every log directory and every partition in it, recovering those that were not stopped cleanly.
    ///
    /// `new_id` draws ids for directories without one and for the names of deleted directories. A directory that fails is offline
    /// and reported; the call fails if none is left, if another process holds a lock, or if a directory holds what is no partition.
    pub fn open(
        config: LogManagerConfig,
        file_system: Arc<dyn FileSystem>,
        clock: Arc<dyn Clock>,
        new_id: Box<dyn Fn() -> Uuid + Send + Sync>,
    ) -> Result<(LogManager, OpenReport)> {
        let cache = FileCache::new(file_system, clock.clone(), config.open_files_max);
        let mut report = OpenReport::default();
        let mut dirs = Vec::new();
        for path in &config.dirs {
            match LogDir::open(cache.file_system(), path, &*new_id) {
                Ok(dir) => dirs.push(Arc::new(dir)),
                Err(error @ LogError::Locked { .. }) => return Err(error),
                Err(error) => {
                    tracing::error!("log directory {} is offline: {error}", path.display());
                    report.offline_dirs.push((path.clone(), error.to_string()));
                }
            }
        }
        if dirs.is_empty() {
            return Err(LogError::NoLogDir { directory: format!("{:?} (none of log.dirs can be used)", config.dirs) });
        }
        report.previous_broker_epoch =
            dirs.iter().map(|dir| dir.clean_shutdown?.broker_epoch).min().flatten().filter(|epoch| *epoch >= 0);
        let manager = LogManager {
            cache,
            clock,
            new_id,
            idle_file_ms: config.idle_file_ms,
            producer_expiration_ms: config.producer_expiration_ms,
            offline_from_start: report.offline_dirs.iter().map(|(path, _)| path.clone()).collect(),
            dirs,
            configs: RwLock::new(Configs { defaults: config.defaults, topics: config.topic_configs }),
            logs: RwLock::default(),
            changes: Mutex::new(()),
            deletions: Mutex::default(),
        };
        for dir in 0..manager.dirs.len() {
            match manager.load_dir(dir, config.recovery_threads_per_dir.max(1), &mut report) {
                Ok(()) => {}
                Err(error) if error.is_storage() => {
                    tracing::error!("log directory {} is offline: {error}", manager.dirs[dir].path.display());
                    manager.dir_failed(dir);
                    report.offline_dirs.push((manager.dirs[dir].path.clone(), error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        if manager.dirs.iter().all(|dir| !dir.is_online()) {
            return Err(LogError::NoLogDir { directory: format!("{:?} (none of log.dirs can be used)", config.dirs) });
        }
        report.partitions_count = manager.logs().len();
        Ok((manager, report))
    }

    fn load_dir(&self, dir: usize, threads: usize, report: &mut OpenReport) -> Result<()> {
        let log_dir = &self.dirs[dir];
        let checkpoints = log_dir.read_checkpoints(self.file_system())?;
        let mut partitions = VecDeque::new();
        let names = self.file_system().list(&log_dir.path).map_err(LogError::storage("list", &log_dir.path))?;
        for (name, is_directory) in names {
            if !is_directory {
                continue;
            }
            let path = log_dir.path.join(&name);
            match directory_kind(&name) {
                Some(DirectoryKind::Partition(topic_partition)) => partitions.push_back((topic_partition, path)),
                Some(DirectoryKind::Delete) => {
                    let due_ms = self.clock.now_ms() + self.defaults().file_delete_delay_ms;
                    self.lock_deletions().push_back((due_ms, path));
                }
                Some(DirectoryKind::Stray | DirectoryKind::Future) => {
                    tracing::warn!("leaving {} alone: no replica of this broker", path.display());
                }
                Some(DirectoryKind::Foreign) => {}
                None => return Err(LogError::NotAPartition { path }),
            }
        }
        let queue = Mutex::new(partitions);
        let results = std::thread::scope(|scope| {
            let load = || self.load_partitions(dir, &checkpoints, &queue);
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(load)).collect();
            workers.into_iter().map(|worker| worker.join().expect("a loader panicked")).collect::<Vec<_>>()
        });
        for result in results {
            let (segments_scanned, bytes_truncated) = result?;
            report.segments_scanned += segments_scanned;
            report.bytes_truncated += bytes_truncated;
        }
        Ok(())
    }

    fn load_partitions(
        &self,
        dir: usize,
        checkpoints: &Checkpoints,
        queue: &Mutex<VecDeque<(TopicPartition, PathBuf)>>,
    ) -> Result<(usize, u64)> {
        let (mut segments_scanned, mut bytes_truncated) = (0, 0);
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some((topic_partition, path)) = next else { return Ok((segments_scanned, bytes_truncated)) };
            let of = |offsets: &BTreeMap<TopicPartition, i64>| offsets.get(&topic_partition).copied().unwrap_or(0);
            let open = OpenLog {
                clean_shutdown: self.dirs[dir].clean_shutdown.is_some(),
                recovery_point: of(&checkpoints.recovery_points),
                log_start_offset: of(&checkpoints.log_start_offsets),
                high_watermark: of(&checkpoints.high_watermarks),
                ..self.open_log(dir, path.clone(), &topic_partition)
            };
            let (log, report) = PartitionLog::open(open)?;
            log.release();
            segments_scanned += report.segments_scanned;
            bytes_truncated += report.bytes_truncated;
            let placed = Placed { log: Arc::new(log), dir };
            let mut logs = self.logs.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(other) = logs.insert(topic_partition.clone(), placed) {
                let partition = topic_partition.to_string();
                return Err(LogError::DuplicatePartition { partition, first: other.log.directory(), second: path });
            }
        }
    }

    fn open_log(&self, dir: usize, directory: PathBuf, topic_partition: &TopicPartition) -> OpenLog {
        let (log_dir, cache) = (self.dirs[dir].clone(), self.cache.clone());
        OpenLog {
            config: self.config_of(&topic_partition.topic),
            producer_expiration_ms: self.producer_expiration_ms,
            recovery_point_lowered: Some(Arc::new(move |topic_partition, recovery_point| {
                log_dir.lower_recovery_point(cache.file_system(), topic_partition, recovery_point)
            })),
            ..OpenLog::new(self.cache.clone(), directory, topic_partition.clone())
        }
    }

    /// The log directories, those that never opened last.
    pub fn dirs(&self) -> Vec<LogDirInfo> {
        let logs = self.logs();
        let mut infos: Vec<LogDirInfo> = self
            .dirs
            .iter()
            .enumerate()
            .map(|(index, dir)| LogDirInfo {
                path: dir.path.clone(),
                directory_id: dir.directory_id,
                meta_properties: dir.meta_properties.clone(),
                online: dir.is_online(),
                clean_shutdown: dir.clean_shutdown.is_some(),
                partitions_count: logs.values().filter(|placed| placed.dir == index).count(),
            })
            .collect();
        infos.extend(self.offline_from_start.iter().map(|path| LogDirInfo {
            path: path.clone(),
            directory_id: Uuid::ZERO,
            meta_properties: None,
            online: false,
            clean_shutdown: false,
            partitions_count: 0,
        }));
        infos
    }

    /// The log of a partition.
    pub fn get(&self, topic_partition: &TopicPartition) -> Option<Arc<PartitionLog>> {
        let logs = self.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.get(topic_partition).map(|placed| placed.log.clone())
    }

    /// All partitions with their logs.
    pub fn partitions(&self) -> Vec<(TopicPartition, Arc<PartitionLog>)> {
        self.logs().into_iter().map(|(topic_partition, placed)| (topic_partition, placed.log)).collect()
    }

    /// The id of the directory a partition is in.
    pub fn directory_id_of(&self, topic_partition: &TopicPartition) -> Option<Uuid> {
        let logs = self.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.get(topic_partition).map(|placed| self.dirs[placed.dir].directory_id)
    }

    /// The log of a partition; created if it is not there, in the directory `directory_id` or in the online one with the fewest
    /// partitions. `topic_id` is written to `partition.metadata`, or checked against it ([`LogError::InconsistentTopicId`]).
    pub fn create_partition(
        &self,
        topic_partition: &TopicPartition,
        topic_id: Option<Uuid>,
        directory_id: Option<Uuid>,
    ) -> Result<Arc<PartitionLog>> {
        let _changes = self.lock_changes();
        let log = match self.get(topic_partition) {
            Some(log) => log,
            None => {
                let dir = self.place(directory_id)?;
                let directory = self.dirs[dir].path.join(topic_partition.to_string());
                // The checkpoint may still tell of a partition of that name that was deleted.
                self.dirs[dir].lower_recovery_point(self.file_system(), topic_partition, 0)?;
                let (log, _) = PartitionLog::open(self.open_log(dir, directory, topic_partition))?;
                let log = Arc::new(log);
                let mut logs = self.logs.write().unwrap_or_else(PoisonError::into_inner);
                logs.insert(topic_partition.clone(), Placed { log: log.clone(), dir });
                log
            }
        };
        if let Some(topic_id) = topic_id {
            log.set_topic_id(topic_id)?;
        }
        Ok(log)
    }

    fn place(&self, directory_id: Option<Uuid>) -> Result<usize> {
        let online = (0..self.dirs.len()).filter(|dir| self.dirs[*dir].is_online());
        if let Some(directory_id) = directory_id {
            let mut online = online;
            return online
                .find(|dir| self.dirs[*dir].directory_id == directory_id)
                .ok_or_else(|| LogError::NoLogDir { directory: directory_id.to_string() });
        }
        let logs = self.logs();
        online
            .min_by_key(|dir| logs.values().filter(|placed| placed.dir == *dir).count())
            .ok_or_else(|| LogError::NoLogDir { directory: "(any)".to_owned() })
    }

    /// Deletes a partition: its directory is renamed at once and removed by a later [`LogManager::deletion_pass`].
    pub fn delete(&self, topic_partition: &TopicPartition) -> Result<()> {
        let delay_ms = self.config_of(&topic_partition.topic).file_delete_delay_ms;
        let path = self.rename_away(topic_partition, "delete")?;
        self.lock_deletions().push_back((self.clock.now_ms() + delay_ms, path));
        Ok(())
    }

    /// Sets a partition aside that nobody assigns to this broker any more: renamed to `…-stray`, never removed by us.
    pub fn mark_stray(&self, topic_partition: &TopicPartition) -> Result<PathBuf> {
        self.rename_away(topic_partition, "stray")
    }

    fn rename_away(&self, topic_partition: &TopicPartition, suffix: &str) -> Result<PathBuf> {
        let _changes = self.lock_changes();
        let unknown = || LogError::UnknownPartition { partition: topic_partition.to_string() };
        let placed = self.logs().get(topic_partition).cloned().ok_or_else(unknown)?;
        let dir = &self.dirs[placed.dir].path;
        let path = dir.join(suffixed_directory(topic_partition, (self.new_id)(), suffix));
        placed.log.move_to(path.clone())?;
        self.file_system().sync_dir(dir).map_err(LogError::storage("sync", dir))?;
        self.logs.write().unwrap_or_else(PoisonError::into_inner).remove(topic_partition);
        placed.log.release();
        Ok(path)
    }

    /// Removes deleted partitions whose delay is over. Returns how many wait still.
    pub fn deletion_pass(&self) -> Result<usize> {
        let now_ms = self.clock.now_ms();
        let due: Vec<PathBuf> = {
            let mut deletions = self.lock_deletions();
            let (due, waiting) = deletions.drain(..).partition(|(due_ms, _)| *due_ms <= now_ms);
            *deletions = waiting;
            let due: VecDeque<(i64, PathBuf)> = due;
            due.into_iter().map(|(_, path)| path).collect()
        };
        for path in due {
            self.file_system().remove_dir_all(&path).map_err(LogError::storage("remove", &path))?;
        }
        Ok(self.lock_deletions().len())
    }

    /// Applies retention to every log (`log.retention.check.interval.ms`), removes `.deleted` files that are due, and forgets expired
    /// producers. Returns segments deleted and the failures.
    pub fn retention_pass(&self) -> (usize, Vec<(TopicPartition, LogError)>) {
        let mut deleted = 0;
        let failures = self.for_each(|log| {
            deleted += log.apply_retention()?;
            log.remove_deleted_files()?;
            log.expire_producers();
            Ok(())
        });
        (deleted, failures)
    }

    /// Flushes the logs whose `flush.ms` is over or that sealed a segment since (`log.flush.scheduler.interval.ms`).
    pub fn flush_pass(&self) -> Vec<(TopicPartition, LogError)> {
        self.for_each(|log| log.flush_if_old().map(drop))
    }

    /// Closes descriptors and frees index blocks that nobody used for `idle_file_ms`.
    pub fn idle_pass(&self) {
        self.cache.close_idle(self.idle_file_ms);
        self.logs().values().for_each(|placed| placed.log.release_memory());
    }

    /// Number of descriptors the logs hold.
    pub fn open_files_count(&self) -> usize {
        self.cache.open_count()
    }

    fn for_each(&self, mut act: impl FnMut(&PartitionLog) -> Result<()>) -> Vec<(TopicPartition, LogError)> {
        let mut failures = Vec::new();
        for (topic_partition, placed) in self.logs() {
            if let Err(error) = act(&placed.log) {
                failures.push((topic_partition, error));
            }
        }
        failures
    }

    /// Writes `replication-offset-checkpoint` of every online directory (every 5 s, and at stop).
    pub fn checkpoint_high_watermarks(&self) -> Result<()> {
        self.checkpoint(HIGH_WATERMARK_CHECKPOINT, |log| Some(log.high_watermark()))
    }

    /// Writes `recovery-point-offset-checkpoint` of every online directory (`log.flush.offset.checkpoint.interval.ms`).
    pub fn checkpoint_recovery_points(&self) -> Result<()> {
        let logs = self.logs();
        for (index, dir) in self.dirs.iter().enumerate().filter(|(_, dir)| dir.is_online()) {
            let inside = logs.iter().filter(|(_, placed)| placed.dir == index);
            dir.write_recovery_points(self.file_system(), || {
                inside.map(|(key, placed)| (key.clone(), placed.log.recovery_point())).collect()
            })?;
        }
        Ok(())
    }

    /// Writes `log-start-offset-checkpoint` of every online directory: only logs that start inside their first segment.
    pub fn checkpoint_log_start_offsets(&self) -> Result<()> {
        self.checkpoint(LOG_START_OFFSET_CHECKPOINT, |log| {
            let log_start_offset = log.log_start_offset();
            (log_start_offset > log.segment_base_offsets()[0]).then_some(log_start_offset)
        })
    }

    fn checkpoint(&self, name: &str, offset: impl Fn(&PartitionLog) -> Option<i64>) -> Result<()> {
        let logs = self.logs();
        for (index, dir) in self.dirs.iter().enumerate().filter(|(_, dir)| dir.is_online()) {
            let inside = logs.iter().filter(|(_, placed)| placed.dir == index);
            let offsets: BTreeMap<TopicPartition, i64> =
                inside.filter_map(|(key, placed)| Some((key.clone(), offset(&placed.log)?))).collect();
            dir.write_checkpoint(self.file_system(), name, &offsets)?;
        }
        Ok(())
    }

    /// Puts configs of a topic in force, for its logs here and those to come; None returns it to the defaults.
    pub fn set_topic_config(&self, topic: &str, config: Option<LogConfig>) {
        {
            let mut configs = self.configs.write().unwrap_or_else(PoisonError::into_inner);
            match config {
                Some(config) => configs.topics.insert(topic.to_owned(), config),
                None => configs.topics.remove(topic),
            };
        }
        let config = self.config_of(topic);
        for (_, placed) in self.logs().into_iter().filter(|(key, _)| key.topic == topic) {
            placed.log.set_config(config.clone());
        }
    }

    /// Puts other defaults in force, for the logs of every topic without configs of its own and those to come.
    pub fn set_defaults(&self, defaults: LogConfig) {
        let own: BTreeSet<String> = {
            let mut configs = self.configs.write().unwrap_or_else(PoisonError::into_inner);
            configs.defaults = defaults.clone();
            configs.topics.keys().cloned().collect()
        };
        for (_, placed) in self.logs().into_iter().filter(|(key, _)| !own.contains(&key.topic)) {
            placed.log.set_config(defaults.clone());
        }
    }

    /// Takes a log directory out of use after a disk error. Returns the partitions that were in it.
    pub fn take_dir_offline(&self, path: &Path) -> Vec<TopicPartition> {
        let _changes = self.lock_changes();
        match self.dirs.iter().position(|dir| dir.path == path) {
            Some(dir) => self.dir_failed(dir),
            None => Vec::new(),
        }
    }

    /// The log directory a partition is in, for [`LogManager::take_dir_offline`].
    pub fn dir_of(&self, topic_partition: &TopicPartition) -> Option<PathBuf> {
        let logs = self.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.get(topic_partition).map(|placed| self.dirs[placed.dir].path.clone())
    }

    fn dir_failed(&self, dir: usize) -> Vec<TopicPartition> {
        self.dirs[dir].set_offline();
        let mut logs = self.logs.write().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<TopicPartition> =
            logs.iter().filter(|(_, placed)| placed.dir == dir).map(|(key, _)| key.clone()).collect();
        for topic_partition in &gone {
            logs.remove(topic_partition);
        }
        gone
    }

    /// Writes `meta.properties` of every online directory, each with its own directory id if `with_directory_ids`.
    pub fn write_meta_properties(&self, properties: &MetaProperties, with_directory_ids: bool) -> Result<()> {
        for dir in self.dirs.iter().filter(|dir| dir.is_online()) {
            let directory_id = with_directory_ids.then_some(dir.directory_id);
            MetaProperties { directory_id, ..properties.clone() }.write(self.file_system(), &dir.path)?;
        }
        Ok(())
    }

    /// Stops as a clean Kafka broker does: high watermarks, every log flushed and closed, checkpoints, and the marker last, only
    /// for directories where all of that worked. `broker_epoch` is −1 if there is none. Returns the failures.
    ///
    /// No append may follow. The locks are released when the manager is dropped.
    pub fn shutdown_clean(&self, broker_epoch: i64) -> Vec<LogError> {
        let mut failures = Vec::new();
        for (dir, error) in self.close_all() {
            // In doubt the marker stays out: then the next start verifies everything above the recovery points.
            self.dirs[dir].set_offline();
            failures.push(error);
        }
        let checkpointed = self
            .checkpoint_high_watermarks()
            .and_then(|()| self.checkpoint_recovery_points())
            .and_then(|()| self.checkpoint_log_start_offsets());
        if let Err(error) = checkpointed {
            failures.push(error);
            return failures;
        }
        for dir in self.dirs.iter().filter(|dir| dir.is_online()) {
            let marker = dir.path.join(CLEAN_SHUTDOWN);
            failures.extend(write_clean_shutdown(self.file_system(), &marker, broker_epoch).err());
        }
        failures
    }

    /// Closes every log of an online directory, several at once: each waits for the disk, which orders many better than one by one.
    /// Returns the failures, each with the directory it was in.
    fn close_all(&self) -> Vec<(usize, LogError)> {
        let logs: Vec<Placed> = self.logs().into_values().filter(|placed| self.dirs[placed.dir].is_online()).collect();
        let next = AtomicUsize::new(0);
        let close = || {
            let mut failures = Vec::new();
            while let Some(placed) = logs.get(next.fetch_add(1, Ordering::Relaxed)) {
                failures.extend(placed.log.close().err().map(|error| (placed.dir, error)));
            }
            failures
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..CLOSING_THREADS.min(logs.len())).map(|_| scope.spawn(close)).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("closing a log does not panic")).collect()
        })
    }

    fn logs(&self) -> BTreeMap<TopicPartition, Placed> {
        self.logs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn file_system(&self) -> &dyn FileSystem {
        self.cache.file_system()
    }

    fn defaults(&self) -> LogConfig {
        self.configs.read().unwrap_or_else(PoisonError::into_inner).defaults.clone()
    }

    fn config_of(&self, topic: &str) -> LogConfig {
        let configs = self.configs.read().unwrap_or_else(PoisonError::into_inner);
        configs.topics.get(topic).unwrap_or(&configs.defaults).clone()
    }

    fn lock_changes(&self) -> std::sync::MutexGuard<'_, ()> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_deletions(&self) -> std::sync::MutexGuard<'_, VecDeque<(i64, PathBuf)>> {
        self.deletions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
