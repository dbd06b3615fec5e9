//! Walks the batches of a segment file without reading their records.

use std::path::Path;

use kedge_protocol::batch::{BatchError, BatchHeader, HEADER_SIZE_BYTES};

use crate::error::{LogError, Result};
use crate::files::{RawFile, read_full};

/// Bytes read at once while walking headers: a few index intervals.
const WINDOW_BYTES: usize = 16 << 10;

/// Iterates over the batch headers of `file[position..end]`.
pub(crate) struct BatchScanner<'a> {
    file: &'a dyn RawFile,
    path: &'a Path,
    position: u64,
    end: u64,
    window: Vec<u8>,
    window_start: u64,
}

impl<'a> BatchScanner<'a> {
    pub(crate) fn new(file: &'a dyn RawFile, path: &'a Path, position: u64, end: u64) -> BatchScanner<'a> {
        BatchScanner { file, path, position, end, window: Vec::new(), window_start: 0 }
    }

    /// The next header and its position; None at the end. [`LogError::Corrupt`] for anything that is not a whole batch.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, BatchHeader)>> {
        if self.position >= self.end {
            return Ok(None);
        }
        let position = self.position;
        let header = self.bytes(position, HEADER_SIZE_BYTES)?;
        let header = BatchHeader::parse(header).map_err(|source| self.corrupt(position, source))?;
        let remaining = self.end - position;
        if header.size_bytes() as u64 > remaining {
            let source = BatchError::Incomplete { needed: header.size_bytes(), remaining: remaining as usize };
            return Err(self.corrupt(position, source));
        }
        self.position += header.size_bytes() as u64;
        Ok(Some((position, header)))
    }

    /// Like [`BatchScanner::next`], with all bytes of the batch.
    pub(crate) fn next_whole(&mut self) -> Result<Option<(u64, BatchHeader, &[u8])>> {
        match self.next()? {
            None => Ok(None),
            Some((position, header)) => {
                let bytes = self.bytes(position, header.size_bytes())?;
                Ok(Some((position, header, bytes)))
            }
        }
    }

    /// Bytes from `position`, up to `size`, fewer at the end.
    fn bytes(&mut self, position: u64, size: usize) -> Result<&[u8]> {
        let size = size.min((self.end - position) as usize);
        let is_inside =
            position >= self.window_start && position + size as u64 <= self.window_start + self.window.len() as u64;
        if !is_inside {
            let wanted = size.max(WINDOW_BYTES).min((self.end - position) as usize);
            self.window.resize(wanted, 0);
            let read = read_full(self.file, &mut self.window, position);
            let read = read.map_err(|error| LogError::storage("read", self.path)(error))?;
            self.window.truncate(read);
            self.window_start = position;
        }
        let start = (position - self.window_start) as usize;
        let end = (start + size).min(self.window.len());
        Ok(&self.window[start..end])
    }

    fn corrupt(&self, position: u64, source: BatchError) -> LogError {
        LogError::Corrupt { path: self.path.to_path_buf(), position, source }
    }
}
