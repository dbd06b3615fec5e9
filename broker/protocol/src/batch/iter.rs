//! Walks consecutive batches in a buffer.

use super::{BatchError, BatchHeader, HEADER_SIZE_BYTES, RecordIter, validate_crc};

/// One batch inside a buffer of batches.
#[derive(Debug, Clone, Copy)]
pub struct BatchView<'a> {
    /// The parsed header.
    pub header: BatchHeader,
    /// Where the batch starts in the buffer, in bytes: `buffer[position..position + header.size_bytes()]`.
    pub position: usize,
    /// The whole batch, header included.
    pub bytes: &'a [u8],
}

impl<'a> BatchView<'a> {
    /// Checks the CRC.
    pub fn validate_crc(&self) -> Result<(), BatchError> {
        validate_crc(self.bytes).map(|_| ())
    }

    /// The bytes after the header: records, or the compressed block.
    pub fn body(&self) -> &'a [u8] {
        &self.bytes[HEADER_SIZE_BYTES..]
    }

    /// Walks the records; [`BatchError::Compressed`] for a compressed batch (use `decompress` and [`RecordIter::new`]).
    pub fn records(&self) -> Result<RecordIter<'a>, BatchError> {
        match self.header.compression() {
            super::Compression::None => Ok(RecordIter::new(self.header, self.body())),
            compression => Err(BatchError::Compressed(compression)),
        }
    }
}

/// Iterator over the batches of a buffer. It ends at the end of the buffer or after the first error; a torn last batch is
/// [`BatchError::Incomplete`]. CRCs are not checked here.
#[derive(Debug, Clone)]
pub struct BatchIter<'a> {
    buffer: &'a [u8],
    position: usize,
    failed: bool,
}

impl<'a> BatchIter<'a> {
    /// Starts at the beginning of `buffer`.
    pub fn new(buffer: &'a [u8]) -> BatchIter<'a> {
        BatchIter { buffer, position: 0, failed: false }
    }

    /// Bytes consumed so far: the end of the last whole batch.
    pub fn position(&self) -> usize {
        self.position
    }
}

impl<'a> Iterator for BatchIter<'a> {
    type Item = Result<BatchView<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let remaining = &self.buffer[self.position..];
        if self.failed || remaining.is_empty() {
            return None;
        }
        let whole = BatchHeader::parse(remaining).and_then(|header| {
            let needed = header.size_bytes();
            let bytes = remaining.get(..needed).ok_or(BatchError::Incomplete { needed, remaining: remaining.len() })?;
            Ok(BatchView { header, position: self.position, bytes })
        });
        match &whole {
            Ok(batch) => self.position += batch.bytes.len(),
            Err(_) => self.failed = true,
        }
        Some(whole)
    }
}
