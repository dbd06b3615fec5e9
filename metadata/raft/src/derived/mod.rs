//! The derived metadata log: `__cluster_metadata-0` in Kafka's own format, written when entries are applied.
//!
//! Only committed data is ever in it, so every node holds the same bytes at the same offsets and the log end *is* the high
//! watermark. It is not the source of truth: after a crash its tail is cut and written again from the Raft log. Segments are
//! rolled where a snapshot is cut, so that the log can be started at a snapshot's end.

mod segment;

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use kedge_protocol::{
    Uuid,
    batch::{BatchHeader, BatchIter},
};
use segment::{Segment, read_header};

use crate::{
    epochs::{EpochTable, OffsetAndEpoch},
    files,
};

/// The metadata log of one node.
#[derive(Debug)]
pub(crate) struct DerivedLog {
    dir: PathBuf,
    segments: Vec<Segment>,
    segment_size_bytes_max: u64,
    start_offset: i64,
    end_offset: i64,
    epochs: EpochTable,
    unsynced_bytes: u64,
}

/// A readable stretch of one segment, found under the lock and read outside it.
pub(crate) struct LogSlice {
    file: Arc<File>,
    position: u64,
    size_bytes: usize,
}

impl LogSlice {
    /// The batches, whole ones only.
    pub(crate) fn read(&self) -> io::Result<Bytes> {
        let mut buffer = vec![0; self.size_bytes];
        self.file.read_exact_at(&mut buffer, self.position)?;
        let mut batches = BatchIter::new(&buffer);
        while let Some(Ok(_)) = batches.next() {}
        let whole = batches.position();
        let mut bytes = Bytes::from(buffer);
        bytes.truncate(whole);
        Ok(bytes)
    }
}

impl DerivedLog {
    /// Opens the directory and walks every segment. `start` is the end of the snapshot that the log may begin at: the
    /// first offset of a log that has no segment yet.
    pub(crate) fn open(dir: &Path, segment_size_bytes_max: u64, start: OffsetAndEpoch) -> io::Result<DerivedLog> {
        fs::create_dir_all(dir)?;
        let mut log = DerivedLog {
            dir: dir.to_owned(),
            segments: Vec::new(),
            segment_size_bytes_max,
            start_offset: start.end_offset,
            end_offset: start.end_offset,
            epochs: EpochTable::default(),
            unsynced_bytes: 0,
        };
        log.write_partition_metadata()?;
        let base_offsets = list_segments(dir)?;
        if let Some(first) = base_offsets.first() {
            (log.start_offset, log.end_offset) = (*first, *first);
        }
        for base_offset in base_offsets {
            let (mut end_offset, epochs) = (log.end_offset, &mut log.epochs);
            if base_offset != end_offset {
                // What follows a torn segment, or a gap, is written again.
                fs::remove_file(segment::segment_path(dir, base_offset))?;
                continue;
            }
            let path = segment::segment_path(dir, base_offset);
            let segment = Segment::open(&path, base_offset, |header| {
                // Offset and epoch lie outside the CRC.
                let fits = header.base_offset == end_offset
                    && epochs.last_epoch().is_none_or(|last| header.partition_leader_epoch >= last);
                if fits {
                    epochs.assign(header.partition_leader_epoch, header.base_offset);
                    end_offset = header.next_offset();
                }
                fits
            })?;
            log.end_offset = end_offset;
            log.segments.push(segment);
        }
        Ok(log)
    }

    fn write_partition_metadata(&self) -> io::Result<()> {
        let path = self.dir.join("partition.metadata");
        let content = format!("version: 0\ntopic_id: {}", Uuid::ONE);
        if files::read_optional(&path)?.as_deref() == Some(content.as_bytes()) {
            return Ok(());
        }
        files::replace(&path, content.as_bytes())
    }

    /// First offset kept.
    pub(crate) fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// One past the last offset: the high watermark.
    pub(crate) fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Leader epochs by offset.
    pub(crate) fn epochs(&self) -> &EpochTable {
        &self.epochs
    }

    /// Bytes appended since the last sync.
    pub(crate) fn unsynced_bytes(&self) -> u64 {
        self.unsynced_bytes
    }

    /// Bytes of all segments.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.size_bytes).sum()
    }

    /// Appends one whole batch at the end offset.
    ///
    /// # Panics
    /// If the batch does not start at the end offset: apply has checked that.
    pub(crate) fn append(&mut self, header: &BatchHeader, batch: &[u8]) -> io::Result<()> {
        assert_eq!(header.base_offset, self.end_offset, "offsets of the metadata log are consecutive");
        let full = self.segments.last().is_some_and(|active| {
            active.size_bytes > 0 && active.size_bytes + batch.len() as u64 > self.segment_size_bytes_max
        });
        if self.segments.is_empty() || full {
            self.roll()?;
        }
        let active = self.segments.last_mut().expect("just rolled if there was none");
        active.append(header, batch)?;
        self.end_offset = header.next_offset();
        self.unsynced_bytes += batch.len() as u64;
        let epochs_before = self.epochs.starts().len();
        self.epochs.assign(header.partition_leader_epoch, header.base_offset);
        if self.epochs.starts().len() != epochs_before {
            self.write_epochs()?;
        }
        Ok(())
    }

    /// Begins a new segment at the end offset, unless the active one is empty.
    pub(crate) fn roll(&mut self) -> io::Result<()> {
        if self.segments.last().is_some_and(|active| active.size_bytes == 0) {
            return Ok(());
        }
        self.sync()?;
        self.segments.push(Segment::create(&self.dir, self.end_offset)?);
        files::sync_dir(&self.dir)
    }

    /// Makes everything appended durable.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        if let Some(active) = self.segments.last() {
            active.file.sync_data()?;
        }
        self.unsynced_bytes = 0;
        Ok(())
    }

    /// Cuts everything from `end_offset` on.
    pub(crate) fn truncate_to(&mut self, end_offset: i64) -> io::Result<()> {
        if end_offset >= self.end_offset {
            return Ok(());
        }
        assert!(end_offset >= self.start_offset, "the log is not cut before its start");
        while self.segments.len() > 1 && self.segments.last().is_some_and(|last| last.base_offset >= end_offset) {
            let last = self.segments.pop().expect("more than one");
            fs::remove_file(&last.path)?;
        }
        if let Some(active) = self.segments.last_mut() {
            active.truncate_to(end_offset)?;
        }
        self.end_offset = end_offset;
        self.epochs.truncate_end(end_offset);
        self.write_epochs()
    }

    /// Forgets everything and starts at a snapshot's end.
    pub(crate) fn start_at(&mut self, snapshot: OffsetAndEpoch) -> io::Result<()> {
        for segment in self.segments.drain(..) {
            files::remove_optional(&segment.path)?;
        }
        (self.start_offset, self.end_offset) = (snapshot.end_offset, snapshot.end_offset);
        self.epochs = EpochTable::default();
        self.write_epochs()?;
        self.segments.push(Segment::create(&self.dir, snapshot.end_offset)?);
        files::sync_dir(&self.dir)
    }

    /// Deletes segments that end at or before a snapshot's end, which becomes the log start if a segment begins there.
    pub(crate) fn advance_start(&mut self, start_offset: i64) -> io::Result<()> {
        let Some(at) = self.segments.iter().position(|segment| segment.base_offset == start_offset) else {
            return Ok(());
        };
        for segment in self.segments.drain(..at) {
            fs::remove_file(&segment.path)?;
        }
        self.start_offset = start_offset;
        self.epochs.truncate_start(start_offset);
        self.write_epochs()?;
        files::sync_dir(&self.dir)
    }

    fn write_epochs(&self) -> io::Result<()> {
        files::replace(&self.dir.join("leader-epoch-checkpoint"), self.epochs.to_checkpoint().as_bytes())
    }

    /// Where the batches from the one that holds `offset` lie: about `size_bytes_max`, but one whole batch at least.
    /// None at or past the end, and before the start.
    pub(crate) fn locate(&self, offset: i64, size_bytes_max: usize) -> io::Result<Option<LogSlice>> {
        if offset < self.start_offset || offset >= self.end_offset {
            return Ok(None);
        }
        let at = self.segments.partition_point(|segment| segment.base_offset <= offset) - 1;
        let segment = &self.segments[at];
        let position = segment.position_of(offset)?;
        let first_batch = read_header(&segment.file, position)?.size_bytes();
        let remaining = (segment.size_bytes - position) as usize;
        let size_bytes = size_bytes_max.max(first_batch).min(remaining);
        Ok(Some(LogSlice { file: segment.file.clone(), position, size_bytes }))
    }
}

fn list_segments(dir: &Path) -> io::Result<Vec<i64>> {
    let mut base_offsets = Vec::new();
    for file in fs::read_dir(dir)? {
        let name = file?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(".log"));
        base_offsets.extend(stem.and_then(|stem| stem.parse::<i64>().ok()));
    }
    base_offsets.sort_unstable();
    Ok(base_offsets)
}
