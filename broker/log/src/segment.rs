//! One segment: a `.log` file of batches with its two indexes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kedge_protocol::batch::{BatchError, BatchHeader, validate_crc};

use crate::config::LogConfig;
use crate::error::{LogError, Result};
use crate::files::{DirPath, FileCache, LogFile};
use crate::index::{Index, IndexEntry, OffsetEntry, TimeEntry};
use crate::names::FileKind;
use crate::scan::BatchScanner;

/// A segment. Appends come from one thread at a time (the log's append lock); everything else may run beside them.
pub(crate) struct Segment {
    pub(crate) base_offset: i64,
    pub(crate) log: LogFile,
    pub(crate) offset_index: Index<OffsetEntry>,
    pub(crate) time_index: Index<TimeEntry>,
    /// Bytes of whole batches; grows after the bytes are in the file.
    size_bytes: AtomicU64,
    synced_bytes: AtomicU64,
    indexes_synced: AtomicBool,
    created_ms: i64,
    state: Mutex<SegmentState>,
}

#[derive(Default)]
struct SegmentState {
    bytes_since_index_entry: u64,
    /// Largest timestamp of the first append, for rolling by time; None until it was looked at.
    first_timestamp_ms: Option<i64>,
    /// Largest timestamp and the last offset of the batch that holds it; None until it was looked at.
    max_timestamp: Option<(i64, i64)>,
}

/// A set of batches that is appended at once.
pub(crate) struct AppendSet<'a> {
    pub(crate) slices: &'a [&'a [u8]],
    pub(crate) last_offset: i64,
    pub(crate) max_timestamp_ms: i64,
    /// Last offset of the batch that holds the largest timestamp.
    pub(crate) offset_of_max_timestamp: i64,
}

/// Where a batch lies in a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchPosition {
    pub(crate) position: u64,
    pub(crate) header: BatchHeader,
}

impl Segment {
    /// A segment whose files exist.
    pub(crate) fn open(cache: &Arc<FileCache>, directory: &Arc<DirPath>, base_offset: i64) -> Result<Segment> {
        let file = |kind: FileKind| LogFile::new(cache.clone(), directory.clone(), kind.file_name(base_offset));
        let log = file(FileKind::Log);
        let size_bytes = log.size_on_disk()?;
        Ok(Segment {
            base_offset,
            log,
            offset_index: Index::new(file(FileKind::OffsetIndex)),
            time_index: Index::new(file(FileKind::TimeIndex)),
            size_bytes: AtomicU64::new(size_bytes),
            synced_bytes: AtomicU64::new(size_bytes),
            indexes_synced: AtomicBool::new(true),
            created_ms: cache.clock().now_ms(),
            state: Mutex::default(),
        })
    }

    /// A new, empty segment; leftovers of the same name are emptied.
    pub(crate) fn create(cache: &Arc<FileCache>, directory: &Arc<DirPath>, base_offset: i64) -> Result<Segment> {
        let segment = Segment::open(cache, directory, base_offset)?;
        segment.log.create()?;
        segment.log.set_len(0)?;
        segment.offset_index.reset()?;
        segment.time_index.reset()?;
        segment.size_bytes.store(0, Ordering::Release);
        segment.synced_bytes.store(0, Ordering::Release);
        segment.indexes_synced.store(false, Ordering::Release);
        Ok(segment)
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes.load(Ordering::Acquire)
    }

    fn state(&self) -> MutexGuard<'_, SegmentState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends. On an error the file may hold bytes past [`Segment::size_bytes`]; the next append overwrites them.
    pub(crate) fn append(&self, set: &AppendSet<'_>, config: &LogConfig) -> Result<()> {
        let position = self.size_bytes();
        self.log.write_all_at(set.slices, position)?;
        let appended: usize = set.slices.iter().map(|slice| slice.len()).sum();
        let (max_timestamp, offset_of_max) = self.max_timestamp()?;
        {
            let mut state = self.state();
            if position == 0 {
                state.first_timestamp_ms = Some(set.max_timestamp_ms);
            }
            if set.max_timestamp_ms > max_timestamp {
                state.max_timestamp = Some((set.max_timestamp_ms, set.offset_of_max_timestamp));
            } else {
                state.max_timestamp = Some((max_timestamp, offset_of_max));
            }
        }
        if self.state().bytes_since_index_entry > u64::from(config.index_interval_bytes) {
            self.add_index_entries(set.last_offset, position)?;
            self.state().bytes_since_index_entry = 0;
        }
        self.state().bytes_since_index_entry += appended as u64;
        self.size_bytes.store(position + appended as u64, Ordering::Release);
        self.indexes_synced.store(false, Ordering::Release);
        Ok(())
    }

    fn add_index_entries(&self, last_offset: i64, position: u64) -> Result<()> {
        let relative_offset = self.relative(last_offset).expect("the log rolls before offsets leave 31 bits");
        let position = u32::try_from(position).expect("a segment is smaller than 2 GiB");
        self.offset_index.append(OffsetEntry { relative_offset, position })?;
        self.add_time_entry()
    }

    /// Notes the largest timestamp so far in the time index.
    fn add_time_entry(&self) -> Result<()> {
        let (timestamp_ms, record_offset) = self.max_timestamp()?;
        if timestamp_ms < 0 {
            return Ok(());
        }
        let relative_offset = self.relative(record_offset).expect("an offset of this segment");
        self.time_index.append(TimeEntry { timestamp_ms, relative_offset })
    }

    fn relative(&self, record_offset: i64) -> Option<i32> {
        i32::try_from(record_offset - self.base_offset).ok().filter(|relative| *relative >= 0)
    }

    /// Whether the next append, ending at `last_offset`, must go to a new segment.
    pub(crate) fn should_roll(
        &self,
        appended: usize,
        last_offset: i64,
        timestamp_ms: i64,
        now_ms: i64,
        config: &LogConfig,
    ) -> Result<bool> {
        let size_bytes = self.size_bytes();
        if self.relative(last_offset).is_none() {
            return Ok(true);
        }
        if size_bytes == 0 {
            return Ok(false);
        }
        if size_bytes + appended as u64 > u64::from(config.segment_bytes) {
            return Ok(true);
        }
        let offset_entries_max = config.segment_index_bytes as usize / OffsetEntry::SIZE_BYTES;
        // The time index keeps one slot for the entry that sealing adds.
        let time_entries_max = (config.segment_index_bytes as usize / TimeEntry::SIZE_BYTES).saturating_sub(1);
        if self.offset_index.count()? as usize >= offset_entries_max
            || self.time_index.count()? as usize >= time_entries_max.max(1)
        {
            return Ok(true);
        }
        let first_timestamp_ms = self.first_timestamp()?;
        let waited_ms =
            if first_timestamp_ms >= 0 { timestamp_ms - first_timestamp_ms } else { now_ms - self.created_ms };
        Ok(waited_ms > config.segment_ms)
    }

    fn first_timestamp(&self) -> Result<i64> {
        if let Some(timestamp_ms) = self.state().first_timestamp_ms {
            return Ok(timestamp_ms);
        }
        let first = self.scan(0, |_| true)?;
        let timestamp_ms = first.map_or(-1, |batch| batch.header.max_timestamp);
        self.state().first_timestamp_ms = Some(timestamp_ms);
        Ok(timestamp_ms)
    }

    /// Largest timestamp and the last offset of the batch that holds it; −1 if there is none.
    pub(crate) fn max_timestamp(&self) -> Result<(i64, i64)> {
        if let Some(known) = self.state().max_timestamp {
            return Ok(known);
        }
        let indexed = self.time_index.last()?;
        let found = match indexed {
            None if self.size_bytes() == 0 => Some((-1, -1)),
            None => None,
            Some(entry) => {
                let record_offset = self.base_offset + i64::from(entry.relative_offset);
                let batch = self.find(record_offset)?;
                let agrees = batch.is_some_and(|batch| batch.header.max_timestamp == entry.timestamp_ms);
                agrees.then_some((entry.timestamp_ms, record_offset))
            }
        };
        if found.is_none() {
            // Retention acts on this timestamp: an index that is missing or does not agree with the log is made anew.
            self.rebuild_indexes(&LogConfig::default())?;
            return Ok(self.state().max_timestamp.expect("set by the rebuild"));
        }
        self.state().max_timestamp = found;
        Ok(found.expect("checked"))
    }

    /// What time retention goes by: the largest timestamp, else the file's last modification. Milliseconds.
    pub(crate) fn retention_timestamp(&self, cache: &FileCache) -> Result<i64> {
        let (timestamp_ms, _) = self.max_timestamp()?;
        if timestamp_ms >= 0 {
            return Ok(timestamp_ms);
        }
        let path = self.log.path();
        let (_, modified_ms) = cache.file_system().stat(&path).map_err(LogError::storage("stat", &path))?;
        Ok(modified_ms)
    }

    /// The first batch from `position` on that `wanted` accepts.
    fn scan(&self, position: u64, mut wanted: impl FnMut(&BatchHeader) -> bool) -> Result<Option<BatchPosition>> {
        let path = self.log.path();
        let file = self.log.get()?;
        let mut scanner = BatchScanner::new(&*file, &path, position, self.size_bytes());
        while let Some((position, header)) = scanner.next()? {
            if wanted(&header) {
                return Ok(Some(BatchPosition { position, header }));
            }
        }
        Ok(None)
    }

    /// The first batch that ends at or after `record_offset`; None if there is none in this segment.
    pub(crate) fn find(&self, record_offset: i64) -> Result<Option<BatchPosition>> {
        let found = self
            .offset_index
            .find_last(|entry| self.base_offset + i64::from(entry.relative_offset) <= record_offset)?;
        let Some(entry) = found.filter(|entry| entry.position > 0) else {
            return self.scan(0, |header| header.last_offset() >= record_offset);
        };
        // An index that survived a crash, or a disk that lost a bit, must never hide records: what it points at has to be a batch
        // that starts at or below the entry's own offset.
        let indexed_offset = self.base_offset + i64::from(entry.relative_offset);
        let mut is_first = true;
        let mut is_plausible = u64::from(entry.position) < self.size_bytes();
        let result = self.scan(u64::from(entry.position), |header| {
            if std::mem::take(&mut is_first) {
                is_plausible &= header.base_offset >= self.base_offset && header.base_offset <= indexed_offset;
            }
            !is_plausible || header.last_offset() >= record_offset
        });
        match result {
            Ok(batch) if is_plausible => Ok(batch),
            Ok(_) | Err(LogError::Corrupt { .. }) => {
                tracing::warn!("index of {} does not agree with the log: rebuilding it", self.log.path().display());
                self.rebuild_indexes(&LogConfig::default())?;
                self.scan(0, |header| header.last_offset() >= record_offset)
            }
            Err(error) => Err(error),
        }
    }

    /// Offset after the last record; the base if there is none.
    pub(crate) fn next_offset(&self) -> Result<i64> {
        let from = match self.offset_index.last()? {
            Some(entry) => self.base_offset + i64::from(entry.relative_offset),
            None => self.base_offset,
        };
        let Some(first) = self.find(from)? else {
            // Nothing at or after what the index says: only the log itself is right.
            return self.last_batch(0).map(|last| last.map_or(self.base_offset, |batch| batch.header.next_offset()));
        };
        let last = self.last_batch(first.position)?;
        Ok(last.map_or(self.base_offset, |batch| batch.header.next_offset()))
    }

    fn last_batch(&self, position: u64) -> Result<Option<BatchPosition>> {
        let path = self.log.path();
        let file = self.log.get()?;
        let mut scanner = BatchScanner::new(&*file, &path, position, self.size_bytes());
        let mut last = None;
        while let Some((position, header)) = scanner.next()? {
            last = Some(BatchPosition { position, header });
        }
        Ok(last)
    }

    /// The first batch whose max timestamp is at least `timestamp_ms` among those that end at or after `start_offset`.
    pub(crate) fn find_by_timestamp(&self, timestamp_ms: i64, start_offset: i64) -> Result<Option<BatchPosition>> {
        let entry = self.time_index.find_last(|entry| entry.timestamp_ms < timestamp_ms)?;
        let indexed_offset =
            entry.map_or(self.base_offset, |entry| self.base_offset + i64::from(entry.relative_offset));
        let Some(first) = self.find(indexed_offset.max(start_offset))? else { return Ok(None) };
        self.scan(first.position, |header| header.max_timestamp >= timestamp_ms && header.last_offset() >= start_offset)
    }

    /// Visits every header from the first batch that ends at or after `record_offset`; `visit` gets the whole batch when it is a
    /// control batch.
    pub(crate) fn replay(&self, record_offset: i64, mut visit: impl FnMut(&BatchHeader, Option<&[u8]>)) -> Result<()> {
        let Some(first) = self.find(record_offset)? else { return Ok(()) };
        let path = self.log.path();
        let file = self.log.get()?;
        let mut scanner = BatchScanner::new(&*file, &path, first.position, self.size_bytes());
        while let Some((position, header)) = scanner.next()? {
            if header.is_control() {
                let mut bytes = vec![0; header.size_bytes()];
                self.log.read_at(&mut bytes, position)?;
                visit(&header, Some(&bytes));
            } else {
                visit(&header, None);
            }
        }
        Ok(())
    }

    /// Verifies every batch, rebuilds both indexes, and cuts the file at the first thing that is not a good batch. `visit` sees every
    /// good one. Returns how many bytes were cut.
    pub(crate) fn recover(&self, config: &LogConfig, mut visit: impl FnMut(&BatchHeader, &[u8])) -> Result<u64> {
        let size_on_disk = self.log.size_on_disk()?;
        self.offset_index.reset()?;
        self.time_index.reset()?;
        *self.state() = SegmentState { max_timestamp: Some((-1, -1)), ..Default::default() };
        let path = self.log.path();
        let file = self.log.get()?;
        let mut scanner = BatchScanner::new(&*file, &path, 0, size_on_disk);
        let mut valid_bytes = 0;
        let mut next_offset = self.base_offset;
        let mut builder = IndexBuilder::default();
        loop {
            match scanner.next_whole() {
                Ok(None) => break,
                Ok(Some((position, header, bytes))) => {
                    if let Err(problem) = self.check(&header, bytes, next_offset) {
                        tracing::warn!("{} at byte {position}: {problem}", path.display());
                        break;
                    }
                    builder.add(self, &header, position, config)?;
                    visit(&header, bytes);
                    next_offset = header.next_offset();
                    valid_bytes = position + header.size_bytes() as u64;
                }
                Err(LogError::Corrupt { position, source, .. }) => {
                    tracing::warn!("{} at byte {position}: {source}", path.display());
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        self.add_time_entry()?;
        if size_on_disk > valid_bytes {
            self.log.set_len(valid_bytes)?;
        }
        self.size_bytes.store(valid_bytes, Ordering::Release);
        // A cut must be durable before anything is appended there, and rebuilt indexes before they are believed.
        self.synced_bytes.store(u64::MAX, Ordering::Release);
        self.indexes_synced.store(false, Ordering::Release);
        Ok(size_on_disk - valid_bytes)
    }

    fn check(&self, header: &BatchHeader, bytes: &[u8], next_offset: i64) -> std::result::Result<(), BatchError> {
        validate_crc(bytes)?;
        if header.base_offset < next_offset || self.relative(header.last_offset()).is_none() {
            return Err(BatchError::InvalidField { field: "baseOffset", value: header.base_offset });
        }
        Ok(())
    }

    /// Makes both indexes anew from the batch headers, without touching the log.
    pub(crate) fn rebuild_indexes(&self, config: &LogConfig) -> Result<()> {
        self.offset_index.reset()?;
        self.time_index.reset()?;
        let path = self.log.path();
        let file = self.log.get()?;
        self.state().max_timestamp = Some((-1, -1));
        let mut scanner = BatchScanner::new(&*file, &path, 0, self.size_bytes());
        let mut builder = IndexBuilder::default();
        while let Some((position, header)) = scanner.next()? {
            builder.add(self, &header, position, config)?;
        }
        self.add_time_entry()?;
        self.indexes_synced.store(false, Ordering::Release);
        Ok(())
    }

    /// Cuts everything from the first batch that ends at or after `record_offset`.
    pub(crate) fn truncate_to(&self, record_offset: i64) -> Result<()> {
        let Some(batch) = self.find(record_offset)? else { return Ok(()) };
        self.offset_index.truncate_to(|entry| u64::from(entry.position) < batch.position)?;
        self.time_index.truncate_to(|entry| self.base_offset + i64::from(entry.relative_offset) < record_offset)?;
        self.log.set_len(batch.position)?;
        self.size_bytes.store(batch.position, Ordering::Release);
        *self.state() = SegmentState::default();
        // What the time index lost since its last entry is found by walking the batches behind it.
        self.reload_max_timestamp()?;
        self.synced_bytes.store(u64::MAX, Ordering::Release);
        self.indexes_synced.store(false, Ordering::Release);
        Ok(())
    }

    fn reload_max_timestamp(&self) -> Result<()> {
        let (mut timestamp_ms, mut record_offset) = self.max_timestamp()?;
        let from = if record_offset >= 0 { record_offset } else { self.base_offset };
        let mut position = self.find(from)?.map_or(self.size_bytes(), |batch| batch.position);
        while let Some(batch) = self.scan(position, |_| true)? {
            if batch.header.max_timestamp > timestamp_ms {
                (timestamp_ms, record_offset) = (batch.header.max_timestamp, batch.header.last_offset());
            }
            position = batch.position + batch.header.size_bytes() as u64;
        }
        self.state().max_timestamp = Some((timestamp_ms, record_offset));
        Ok(())
    }

    /// Makes the data durable, and the indexes too if `with_indexes`.
    pub(crate) fn sync(&self, with_indexes: bool) -> Result<()> {
        let size_bytes = self.size_bytes();
        if self.synced_bytes.load(Ordering::Acquire) != size_bytes {
            self.log.sync()?;
            self.synced_bytes.store(size_bytes, Ordering::Release);
        }
        if with_indexes && !self.indexes_synced.swap(true, Ordering::AcqRel) {
            let synced = self.offset_index.flush(true).and_then(|()| self.time_index.flush(true));
            if synced.is_err() {
                self.indexes_synced.store(false, Ordering::Release);
            }
            synced?;
        }
        Ok(())
    }

    /// No append will follow for now: the last time entry is written and the index files are complete, as Kafka leaves them at a
    /// roll and at a clean stop.
    pub(crate) fn seal(&self) -> Result<()> {
        self.add_time_entry()?;
        self.offset_index.flush(false)?;
        self.time_index.flush(false)
    }

    /// Gives descriptors and cached index blocks back.
    pub(crate) fn release(&self) {
        self.log.close();
        for file in [self.offset_index.file(), self.time_index.file()] {
            file.close();
        }
        self.release_memory();
    }

    pub(crate) fn release_memory(&self) {
        self.offset_index.release_memory();
        self.time_index.release_memory();
    }
}

/// Adds index entries batch by batch, as Kafka's recovery does.
#[derive(Default)]
struct IndexBuilder {
    last_entry_position: u64,
}

impl IndexBuilder {
    fn add(&mut self, segment: &Segment, header: &BatchHeader, position: u64, config: &LogConfig) -> Result<()> {
        {
            let mut state = segment.state();
            if position == 0 {
                state.first_timestamp_ms = Some(header.max_timestamp);
            }
            if state.max_timestamp.is_none_or(|(timestamp_ms, _)| header.max_timestamp > timestamp_ms) {
                state.max_timestamp = Some((header.max_timestamp, header.last_offset()));
            }
        }
        if position - self.last_entry_position > u64::from(config.index_interval_bytes) {
            segment.add_index_entries(header.last_offset(), position)?;
            self.last_entry_position = position;
        }
        Ok(())
    }
}
