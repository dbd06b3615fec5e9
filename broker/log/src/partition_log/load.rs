//! Opening a partition's directory: leftovers, recovery after a crash, leader epochs and producers (Kafka's `LogLoader`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, RwLock};

use kedge_protocol::Uuid;

use super::{Appender, LeaderEpochs, PartitionLog, transaction_marker};
use crate::checkpoint::{LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA, read_leader_epochs, read_partition_metadata};
use crate::config::LogConfig;
use crate::error::{LogError, Result};
use crate::files::{DirPath, FileCache};
use crate::leader_epochs::LeaderEpochCache;
use crate::names::{FileKind, TopicPartition};
use crate::producer_state::ProducerState;
use crate::segment::Segment;

/// Told, inside the append lock, that a truncation lowered a partition's recovery point: the checkpoint on disk must not claim more
/// when it returns.
pub type RecoveryPointLowered = Arc<dyn Fn(&TopicPartition, i64) -> Result<()> + Send + Sync>;

/// How to open a partition's log.
#[derive(Clone)]
pub struct OpenLog {
    /// Descriptors, file system and clock.
    pub cache: Arc<FileCache>,
    /// The partition's directory; created if it is not there.
    pub directory: PathBuf,
    /// Topic and partition.
    pub topic_partition: TopicPartition,
    /// Topic configs.
    pub config: LogConfig,
    /// The log directory's clean-shutdown marker was there: nothing is scanned.
    pub clean_shutdown: bool,
    /// From `recovery-point-offset-checkpoint`, else 0.
    pub recovery_point: i64,
    /// From `log-start-offset-checkpoint`, else 0.
    pub log_start_offset: i64,
    /// From `replication-offset-checkpoint`, else 0; kept inside the log's offsets.
    pub high_watermark: i64,
    /// `producer.id.expiration.ms`.
    pub producer_expiration_ms: i64,
    /// Keeps `recovery-point-offset-checkpoint` honest; None where the caller keeps no such file.
    pub recovery_point_lowered: Option<RecoveryPointLowered>,
}

impl OpenLog {
    /// A log in `directory` with default configs, opened as after a crash.
    pub fn new(cache: Arc<FileCache>, directory: PathBuf, topic_partition: TopicPartition) -> OpenLog {
        OpenLog {
            cache,
            directory,
            topic_partition,
            config: LogConfig::default(),
            clean_shutdown: false,
            recovery_point: 0,
            log_start_offset: 0,
            high_watermark: 0,
            producer_expiration_ms: 86_400_000,
            recovery_point_lowered: None,
        }
    }
}

/// What opening a log found and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Segments whose every batch was verified.
    pub segments_scanned: usize,
    /// Bytes cut off because they were not whole, good batches.
    pub bytes_truncated: u64,
    /// Segments removed because an earlier one was cut.
    pub segments_removed: usize,
}

impl PartitionLog {
    /// Opens a partition's log, recovering it as Kafka does unless it was stopped cleanly.
    pub fn open(open: OpenLog) -> Result<(PartitionLog, LoadReport)> {
        let file_system = open.cache.file_system();
        if !file_system.exists(&open.directory) {
            file_system.create_dir_all(&open.directory).map_err(LogError::storage("create", &open.directory))?;
        }
        Loader::new(open).load()
    }
}

struct Loader {
    open: OpenLog,
    directory: Arc<DirPath>,
    segments: BTreeMap<i64, Arc<Segment>>,
    snapshots: BTreeSet<i64>,
    epochs: LeaderEpochCache,
    epochs_dirty: bool,
    report: LoadReport,
}

impl Loader {
    fn new(open: OpenLog) -> Loader {
        let directory = DirPath::new(open.directory.clone());
        Loader {
            open,
            directory,
            segments: BTreeMap::new(),
            snapshots: BTreeSet::new(),
            epochs: LeaderEpochCache::default(),
            epochs_dirty: false,
            report: LoadReport::default(),
        }
    }

    fn load(mut self) -> Result<(PartitionLog, LoadReport)> {
        self.finish_interrupted_swaps()?;
        let (topic_id, epochs_known) = self.read_metadata()?;
        self.open_segments()?;
        let log_end_offset = self.recover_or_trust()?;
        let (log_start_offset, log_end_offset) = self.settle_start(log_end_offset)?;

        self.epochs_dirty |= self.epochs.truncate_from_end(log_end_offset);
        self.epochs_dirty |= self.epochs.truncate_from_start(log_start_offset);
        if !epochs_known && self.epochs.entries().is_empty() && log_end_offset > log_start_offset {
            self.rebuild_epochs(log_start_offset)?;
        }
        let producers = self.load_producers(log_start_offset, log_end_offset)?;
        self.finish(topic_id, log_start_offset, log_end_offset, producers)
    }

    fn names(&self) -> Result<Vec<String>> {
        let directory = &self.open.directory;
        let names = self.open.cache.file_system().list(directory).map_err(LogError::storage("list", directory))?;
        Ok(names.into_iter().filter(|(_, is_directory)| !is_directory).map(|(name, _)| name).collect())
    }

    fn remove(&self, name: &str) -> Result<()> {
        let path = self.open.directory.join(name);
        self.open.cache.file_system().remove_file(&path).map_err(LogError::storage("remove", &path))
    }

    /// Clears what Kafka's cleaner, its segment split, or a delayed deletion left behind.
    fn finish_interrupted_swaps(&self) -> Result<()> {
        let mut unfinished_from = i64::MAX;
        for name in self.names()? {
            if name.ends_with(".deleted") || name.ends_with(".tmp") {
                self.remove(&name)?;
            } else if let Some(original) = name.strip_suffix(".cleaned") {
                if let Some((_, base_offset)) = FileKind::parse(original) {
                    unfinished_from = unfinished_from.min(base_offset);
                }
                self.remove(&name)?;
            }
        }
        let mut swaps = Vec::new();
        for name in self.names()? {
            let Some(original) = name.strip_suffix(".swap") else { continue };
            match FileKind::parse(original) {
                Some((kind, base_offset)) if base_offset < unfinished_from => {
                    swaps.push((kind, base_offset, original.to_owned()));
                }
                // Part of a split that was not finished: the originals are still whole.
                _ => self.remove(&name)?,
            }
        }
        let log_swaps = swaps.iter().filter(|(kind, ..)| *kind == FileKind::Log);
        let (mut span_start, mut span_end) = (i64::MAX, i64::MIN);
        for (_, base_offset, original) in log_swaps {
            span_start = span_start.min(*base_offset);
            span_end = span_end.max(self.swap_next_offset(*base_offset, original)?);
        }
        for name in self.names()? {
            if let Some((_, base_offset)) = FileKind::parse(&name)
                && (span_start..span_end).contains(&base_offset)
            {
                self.remove(&name)?;
            }
        }
        for (_, _, original) in &swaps {
            let (from, to) = (self.open.directory.join(format!("{original}.swap")), self.open.directory.join(original));
            self.open.cache.file_system().rename(&from, &to).map_err(LogError::storage("rename", &from))?;
        }
        Ok(())
    }

    fn swap_next_offset(&self, base_offset: i64, original: &str) -> Result<i64> {
        let path = self.open.directory.join(format!("{original}.swap"));
        let file_system = self.open.cache.file_system();
        let (size_bytes, _) = file_system.stat(&path).map_err(LogError::storage("stat", &path))?;
        let file = file_system.open(&path, false).map_err(LogError::storage("open", &path))?;
        let mut scanner = crate::scan::BatchScanner::new(&*file, &path, 0, size_bytes);
        let mut next_offset = base_offset;
        while let Some((_, header)) = scanner.next()? {
            next_offset = header.next_offset();
        }
        Ok(next_offset)
    }

    /// Topic id and leader epochs; the second value says whether an epoch file was there and good.
    fn read_metadata(&mut self) -> Result<(Option<Uuid>, bool)> {
        let file_system = self.open.cache.file_system();
        let topic_id = read_partition_metadata(file_system, &self.open.directory.join(PARTITION_METADATA))?;
        let path = self.open.directory.join(LEADER_EPOCH_CHECKPOINT);
        let epochs_known = match read_leader_epochs(file_system, &path) {
            Ok(entries) => {
                let known = file_system.exists(&path);
                let count = entries.len();
                self.epochs = LeaderEpochCache::from_entries(entries);
                known && self.epochs.entries().len() == count
            }
            Err(LogError::InvalidFile { path, what }) => {
                tracing::warn!("{}: {what}; rebuilding leader epochs from the log", path.display());
                false
            }
            Err(error) => return Err(error),
        };
        if !epochs_known {
            self.epochs.clear();
            self.epochs_dirty = true;
        }
        Ok((topic_id, epochs_known))
    }

    fn open_segments(&mut self) -> Result<()> {
        let mut files: BTreeMap<i64, BTreeSet<FileKind>> = BTreeMap::new();
        for name in self.names()? {
            if let Some((kind, base_offset)) = FileKind::parse(&name) {
                files.entry(base_offset).or_default().insert(kind);
            }
        }
        for (base_offset, kinds) in files {
            if kinds.contains(&FileKind::ProducerSnapshot) {
                self.snapshots.insert(base_offset);
            }
            if !kinds.contains(&FileKind::Log) {
                for kind in kinds.into_iter().filter(|kind| *kind != FileKind::ProducerSnapshot) {
                    tracing::warn!("{} has no log: removing it", kind.file_name(base_offset));
                    self.remove(&kind.file_name(base_offset))?;
                }
                continue;
            }
            let segment = Arc::new(Segment::open(&self.open.cache, &self.directory, base_offset)?);
            // A missing offset index means that nobody knows what happened here: the segment is verified and both are rebuilt.
            let has_index = kinds.contains(&FileKind::OffsetIndex);
            segment.time_index.file().create()?;
            if !has_index {
                segment.offset_index.file().create()?;
                self.report.segments_scanned += 1;
                self.report.bytes_truncated += segment.recover(&self.open.config, |_, _| {})?;
            }
            self.segments.insert(base_offset, segment);
        }
        Ok(())
    }

    /// Verifies what a crash may have torn; returns the log end.
    fn recover_or_trust(&mut self) -> Result<i64> {
        let Some(last) = self.segments.values().next_back().cloned() else { return Ok(0) };
        let mut scan_from = None;
        if !self.open.clean_shutdown {
            let recovery_point = self.open.recovery_point.max(0);
            let first = *self.segments.keys().next().expect("there is a last one");
            scan_from = Some(self.segments.range(..=recovery_point).next_back().map_or(first, |(base, _)| *base));
        } else {
            match last.next_offset() {
                Ok(log_end_offset) => return Ok(log_end_offset),
                Err(LogError::Corrupt { path, position, source }) => {
                    // The marker promised better; believe the bytes.
                    tracing::warn!("{} at byte {position}: {source} in spite of a clean stop", path.display());
                }
                Err(error) => return Err(error),
            }
        }
        let scan_from = scan_from.unwrap_or(last.base_offset);
        self.recover_from(scan_from)?;
        self.segments.values().next_back().expect("recovery keeps the first it scans").next_offset()
    }

    fn recover_from(&mut self, scan_from: i64) -> Result<()> {
        self.epochs_dirty |= self.epochs.truncate_from_end(scan_from);
        let above: Vec<i64> = self.snapshots.range(scan_from + 1..).copied().collect();
        for offset in above {
            // It describes a log that may have been cut; the replay below makes a new one.
            self.remove(&FileKind::ProducerSnapshot.file_name(offset))?;
            self.snapshots.remove(&offset);
        }
        let bases: Vec<i64> = self.segments.range(scan_from..).map(|(base_offset, _)| *base_offset).collect();
        let mut expected_offset = scan_from;
        let mut cut = false;
        for base_offset in bases {
            if cut || base_offset < expected_offset {
                let segment = self.segments.remove(&base_offset).expect("listed");
                segment.release();
                for kind in [FileKind::Log, FileKind::OffsetIndex, FileKind::TimeIndex, FileKind::TransactionIndex] {
                    let name = kind.file_name(base_offset);
                    if self.open.cache.file_system().exists(&self.open.directory.join(&name)) {
                        self.remove(&name)?;
                    }
                }
                self.report.segments_removed += 1;
                cut = true;
                continue;
            }
            let segment = self.segments[&base_offset].clone();
            let (epochs, dirty) = (&mut self.epochs, &mut self.epochs_dirty);
            let truncated = segment.recover(&self.open.config, |header, _| {
                expected_offset = header.next_offset();
                if epochs.latest().is_none_or(|latest| header.partition_leader_epoch > latest)
                    && header.partition_leader_epoch >= 0
                {
                    *dirty |= epochs.assign(header.partition_leader_epoch, header.base_offset);
                }
            })?;
            self.report.segments_scanned += 1;
            self.report.bytes_truncated += truncated;
            cut = truncated > 0;
        }
        Ok(())
    }

    /// Makes sure there is a segment and that the log starts inside it; returns log start and log end.
    fn settle_start(&mut self, log_end_offset: i64) -> Result<(i64, i64)> {
        let checkpointed = self.open.log_start_offset.max(0);
        if self.segments.is_empty() || log_end_offset < checkpointed {
            for segment in std::mem::take(&mut self.segments).into_values() {
                tracing::warn!("{} ends below the log start {checkpointed}: removing it", segment.log.path().display());
                segment.release();
                for kind in [FileKind::Log, FileKind::OffsetIndex, FileKind::TimeIndex] {
                    self.remove(&kind.file_name(segment.base_offset))?;
                }
                self.report.segments_removed += 1;
            }
            let segment = Segment::create(&self.open.cache, &self.directory, checkpointed)?;
            self.segments.insert(checkpointed, Arc::new(segment));
            return Ok((checkpointed, checkpointed));
        }
        let first = *self.segments.keys().next().expect("checked");
        Ok((checkpointed.max(first), log_end_offset))
    }

    fn rebuild_epochs(&mut self, log_start_offset: i64) -> Result<()> {
        for segment in self.segments.values() {
            let epochs = &mut self.epochs;
            segment.replay(log_start_offset, |header, _| {
                let leader_epoch = header.partition_leader_epoch;
                if leader_epoch >= 0 && epochs.latest().is_none_or(|latest| leader_epoch > latest) {
                    epochs.assign(leader_epoch, header.base_offset.max(log_start_offset));
                }
            })?;
        }
        self.epochs_dirty = true;
        Ok(())
    }

    /// The newest good snapshot, then the batches after it.
    fn load_producers(&mut self, log_start_offset: i64, log_end_offset: i64) -> Result<ProducerState> {
        let now_ms = self.open.cache.clock().now_ms();
        let above: Vec<i64> = self.snapshots.range(log_end_offset + 1..).copied().collect();
        for offset in above {
            self.remove(&FileKind::ProducerSnapshot.file_name(offset))?;
            self.snapshots.remove(&offset);
        }
        let mut state = ProducerState::new(log_start_offset);
        for offset in self.snapshots.iter().rev().copied().collect::<Vec<_>>() {
            let name = FileKind::ProducerSnapshot.file_name(offset);
            let path = self.open.directory.join(&name);
            let bytes = self.open.cache.file_system().read(&path).map_err(LogError::storage("read", &path))?;
            match ProducerState::from_snapshot(&bytes, offset) {
                Ok(loaded) => {
                    state = loaded;
                    break;
                }
                Err(what) => {
                    tracing::warn!("{}: {what}; trying an older one", path.display());
                    self.remove(&name)?;
                    self.snapshots.remove(&offset);
                }
            }
        }
        state.expire(now_ms, self.open.producer_expiration_ms);
        let from = state.end_offset();
        for segment in self.segments.values() {
            segment.replay(from, |header, control| {
                if header.base_offset >= from {
                    state.apply(header, control.and_then(|batch| transaction_marker(header, batch)));
                }
            })?;
        }
        state.expire(now_ms, self.open.producer_expiration_ms);
        state.truncate_from_start(log_start_offset);
        // Snapshots that belong to no segment are litter, but for the one at the log end.
        let stray: Vec<i64> = self.snapshots.iter().copied().filter(|o| !self.segments.contains_key(o)).collect();
        for offset in stray.into_iter().filter(|offset| *offset != log_end_offset) {
            self.remove(&FileKind::ProducerSnapshot.file_name(offset))?;
            self.snapshots.remove(&offset);
        }
        Ok(state)
    }

    fn finish(
        self,
        topic_id: Option<Uuid>,
        log_start_offset: i64,
        log_end_offset: i64,
        producers: ProducerState,
    ) -> Result<(PartitionLog, LoadReport)> {
        let recovery_point =
            if self.open.clean_shutdown { log_end_offset } else { self.open.recovery_point.clamp(0, log_end_offset) };
        let now_ms = self.open.cache.clock().now_ms();
        let log = PartitionLog {
            topic_partition: self.open.topic_partition,
            directory: self.directory,
            cache: self.open.cache,
            config: RwLock::new(Arc::new(self.open.config)),
            topic_id: RwLock::new(topic_id),
            producer_expiration_ms: self.open.producer_expiration_ms,
            recovery_point_lowered: self.open.recovery_point_lowered,
            segments: RwLock::new(Arc::new(self.segments.into_values().collect())),
            log_start_offset: AtomicI64::new(log_start_offset),
            log_end_offset: AtomicI64::new(log_end_offset),
            high_watermark: AtomicI64::new(self.open.high_watermark.clamp(log_start_offset, log_end_offset)),
            recovery_point: AtomicI64::new(recovery_point),
            first_unstable_offset: AtomicI64::new(i64::MAX),
            last_flush_ms: AtomicI64::new(now_ms),
            offline: AtomicBool::new(false),
            directory_dirty: AtomicBool::new(true),
            boundaries: Mutex::default(),
            epochs: RwLock::new(LeaderEpochs { cache: self.epochs, dirty: self.epochs_dirty }),
            appender: Mutex::new(Appender { producers, snapshots: self.snapshots }),
            flush: Mutex::new(()),
            deletions: Mutex::new(VecDeque::new()),
        };
        if self.report.bytes_truncated > 0 || self.report.segments_removed > 0 {
            // The cut is on disk before anything is appended over it.
            log.sync_segments(true)?;
            log.write_leader_epochs()?;
        }
        {
            let mut appender = log.appender();
            appender.producers.on_high_watermark(log.high_watermark());
            log.publish_unstable_offset(&appender.producers);
            if log_end_offset > 0 && !appender.snapshots.contains(&log_end_offset) {
                log.write_producer_snapshot(&mut appender, log_end_offset, false)?;
            }
        }
        Ok((log, self.report))
    }
}
