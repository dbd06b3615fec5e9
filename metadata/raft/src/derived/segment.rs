//! One `.log` file of the derived metadata log: whole v2 batches, a sparse index in memory.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use kedge_protocol::batch::{BatchHeader, HEADER_SIZE_BYTES, validate_crc};

use crate::limits::INDEX_INTERVAL_BYTES;

/// An open segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) base_offset: i64,
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<File>,
    pub(crate) size_bytes: u64,
    /// Base offset and position of some batches, ascending, the first one always.
    index: Vec<(i64, u64)>,
    indexed_at: u64,
}

/// Name of the segment that starts at an offset.
pub(crate) fn segment_path(dir: &Path, base_offset: i64) -> PathBuf {
    dir.join(format!("{base_offset:020}.log"))
}

impl Segment {
    /// Creates an empty segment.
    pub(crate) fn create(dir: &Path, base_offset: i64) -> io::Result<Segment> {
        let path = segment_path(dir, base_offset);
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        Ok(Segment { base_offset, path, file: Arc::new(file), size_bytes: 0, index: Vec::new(), indexed_at: 0 })
    }

    /// Opens a segment and walks it; `accept` sees every whole batch with a valid CRC. The walk ends before the first bad
    /// one, or the first that is not accepted, and so does the segment.
    pub(crate) fn open(
        path: &Path,
        base_offset: i64,
        mut accept: impl FnMut(&BatchHeader) -> bool,
    ) -> io::Result<Segment> {
        let file = File::options().read(true).write(true).open(path)?;
        let content = fs::read(path)?;
        let mut segment = Segment {
            base_offset,
            path: path.to_owned(),
            file: Arc::new(file),
            size_bytes: 0,
            index: Vec::new(),
            indexed_at: 0,
        };
        let mut rest = content.as_slice();
        while let Some(header) = whole_batch(rest) {
            if !accept(&header) {
                break;
            }
            segment.note_batch(&header);
            rest = &rest[header.size_bytes()..];
        }
        if !rest.is_empty() {
            tracing::warn!(path = %path.display(), bytes = rest.len(), "cut a torn tail off the metadata log");
            segment.file.set_len(segment.size_bytes)?;
        }
        Ok(segment)
    }

    fn note_batch(&mut self, header: &BatchHeader) {
        if self.index.is_empty() || self.size_bytes - self.indexed_at >= INDEX_INTERVAL_BYTES {
            self.index.push((header.base_offset, self.size_bytes));
            self.indexed_at = self.size_bytes;
        }
        self.size_bytes += header.size_bytes() as u64;
    }

    /// Appends one whole batch.
    pub(crate) fn append(&mut self, header: &BatchHeader, batch: &[u8]) -> io::Result<()> {
        self.file.write_all_at(batch, self.size_bytes)?;
        self.note_batch(header);
        Ok(())
    }

    /// Position of the batch that holds `offset`, or of the first after it; the segment's end if there is none.
    pub(crate) fn position_of(&self, offset: i64) -> io::Result<u64> {
        let at = self.index.partition_point(|(base_offset, _)| *base_offset <= offset);
        let mut position = at.checked_sub(1).map_or(0, |at| self.index[at].1);
        while position < self.size_bytes {
            let header = self.header_at(position)?;
            if header.last_offset() >= offset {
                return Ok(position);
            }
            position += header.size_bytes() as u64;
        }
        Ok(self.size_bytes)
    }

    /// The batch header at a position.
    pub(crate) fn header_at(&self, position: u64) -> io::Result<BatchHeader> {
        read_header(&self.file, position)
    }

    /// Cuts everything from the batch that starts at `offset`.
    pub(crate) fn truncate_to(&mut self, offset: i64) -> io::Result<()> {
        let position = self.position_of(offset)?;
        self.file.set_len(position)?;
        self.size_bytes = position;
        self.index.retain(|(_, indexed)| *indexed < position);
        self.indexed_at = self.index.last().map_or(0, |(_, indexed)| *indexed);
        Ok(())
    }
}

/// Reads the batch header at a position of a segment file.
pub(crate) fn read_header(file: &File, position: u64) -> io::Result<BatchHeader> {
    let mut bytes = [0; HEADER_SIZE_BYTES];
    file.read_exact_at(&mut bytes, position)?;
    BatchHeader::parse(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn whole_batch(bytes: &[u8]) -> Option<BatchHeader> {
    let header = BatchHeader::parse(bytes).ok()?;
    validate_crc(bytes.get(..header.size_bytes())?).ok()
}
