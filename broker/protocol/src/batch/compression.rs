//! Reads compressed record blocks: gzip, snappy (xerial framing or raw), LZ4 frames, zstd. Output is always bounded.

use std::io::{self, BufRead, BufReader, Read};

use super::{BatchError, BatchView, Compression, TimestampType};

const XERIAL_MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
/// Largest xerial block that is decompressed in one piece, in bytes. snappy-java's default block is 32 KiB.
const SNAPPY_BLOCK_BYTES_MAX: usize = 64 << 20;
/// Largest zstd window that is accepted, as a power of two: what Kafka's own reader (zstd-jni's default) accepts.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// The decompressed records of `block`, a batch's bytes after its header.
///
/// [`BatchError::DecompressedTooLarge`] when they are more than `limit_bytes`; memory never grows beyond that and one codec block.
pub fn decompress(compression: Compression, block: &[u8], limit_bytes: usize) -> Result<Vec<u8>, BatchError> {
    let mut out = Vec::new();
    let mut reader = decompressor(compression, block)?.take(limit_bytes as u64 + 1);
    reader.read_to_end(&mut out).map_err(|error| decompress_error(compression, &error))?;
    if out.len() > limit_bytes {
        return Err(BatchError::DecompressedTooLarge { limit_bytes });
    }
    Ok(out)
}

/// A reader of the decompressed records of `block`.
pub fn decompressor<'a>(compression: Compression, block: &'a [u8]) -> Result<Box<dyn Read + 'a>, BatchError> {
    Ok(match compression {
        Compression::None => Box::new(block),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(block)),
        Compression::Snappy => Box::new(SnappyReader::new(block)),
        Compression::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(block)),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(block)
                .map_err(|error| decompress_error(compression, &error))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|error| decompress_error(compression, &error))?;
            Box::new(decoder)
        }
    })
}

fn decompress_error(compression: Compression, error: &io::Error) -> BatchError {
    BatchError::Decompress { compression, detail: error.to_string() }
}

/// What [`skim_compressed`] reports of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkimmedRecord {
    /// Offset − base offset.
    pub offset_delta: i32,
    /// Milliseconds.
    pub timestamp_ms: i64,
    /// False for a null key.
    pub has_key: bool,
}

/// Walks the records of a compressed batch in constant memory, checking that every length fits, that there are as many records as
/// the header says and nothing after them. `visit` returns false to stop early.
pub fn skim_compressed(batch: &BatchView<'_>, mut visit: impl FnMut(SkimmedRecord) -> bool) -> Result<(), BatchError> {
    let compression = batch.header.compression();
    let mut input = BufReader::with_capacity(16 << 10, decompressor(compression, batch.body())?);
    for index in 0..batch.header.records_count {
        let record = skim_record(&mut input, batch).map_err(|fault| fault.at(compression, index))?;
        if !visit(record) {
            return Ok(());
        }
    }
    let rest = input.fill_buf().map_err(|error| decompress_error(compression, &error))?;
    if !rest.is_empty() {
        let what = "bytes left over after the last record";
        return Err(BatchError::InvalidRecord { index: batch.header.records_count, what });
    }
    Ok(())
}

enum SkimFault {
    Codec(io::Error),
    Record(&'static str),
}

impl SkimFault {
    fn at(self, compression: Compression, index: i32) -> BatchError {
        match self {
            SkimFault::Codec(error) => decompress_error(compression, &error),
            SkimFault::Record(what) => BatchError::InvalidRecord { index, what },
        }
    }
}

fn skim_record(input: &mut impl BufRead, batch: &BatchView<'_>) -> Result<SkimmedRecord, SkimFault> {
    let mut prefix = Skim { input, remaining: u64::MAX };
    let length = prefix.varint()?;
    let length = u64::try_from(length).map_err(|_| SkimFault::Record("record length is negative"))?;
    let mut record = Skim { input: prefix.input, remaining: length };
    record.byte()?;
    let timestamp_delta = record.unsigned(10)?;
    let timestamp_delta = (timestamp_delta >> 1) as i64 ^ -((timestamp_delta & 1) as i64);
    let offset_delta = record.varint()?;
    let has_key = record.skip_nullable()?;
    record.skip_nullable()?;
    let headers_count = record.varint()?;
    if headers_count < 0 {
        return Err(SkimFault::Record("header count is negative"));
    }
    for _ in 0..headers_count {
        if !record.skip_nullable()? {
            return Err(SkimFault::Record("header key is null"));
        }
        record.skip_nullable()?;
    }
    if record.remaining != 0 {
        return Err(SkimFault::Record("bytes left over inside the record"));
    }
    if offset_delta < 0 || offset_delta > batch.header.last_offset_delta {
        return Err(SkimFault::Record("offset delta lies outside the batch"));
    }
    let timestamp_ms = match batch.header.timestamp_type() {
        TimestampType::LogAppendTime => batch.header.max_timestamp,
        TimestampType::CreateTime => batch.header.base_timestamp.wrapping_add(timestamp_delta),
    };
    Ok(SkimmedRecord { offset_delta, timestamp_ms, has_key })
}

/// Reads one record of a stream; `remaining` bytes of it are left.
struct Skim<'a, R: BufRead> {
    input: &'a mut R,
    remaining: u64,
}

impl<R: BufRead> Skim<'_, R> {
    fn byte(&mut self) -> Result<u8, SkimFault> {
        self.remaining = self.remaining.checked_sub(1).ok_or(SkimFault::Record("record ends inside a field"))?;
        let byte = *self
            .input
            .fill_buf()
            .map_err(SkimFault::Codec)?
            .first()
            .ok_or(SkimFault::Record("records end before the record count"))?;
        self.input.consume(1);
        Ok(byte)
    }

    fn unsigned(&mut self, size_bytes_max: u32) -> Result<u64, SkimFault> {
        let mut value = 0u64;
        for index in 0..size_bytes_max {
            let byte = self.byte()?;
            if index == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(SkimFault::Record("a varint is too long"))
    }

    fn varint(&mut self) -> Result<i32, SkimFault> {
        let raw = u32::try_from(self.unsigned(5)?).map_err(|_| SkimFault::Record("a varint is too large"))?;
        Ok((raw >> 1) as i32 ^ -((raw & 1) as i32))
    }

    /// Skips a length-prefixed field; false if it is null.
    fn skip_nullable(&mut self) -> Result<bool, SkimFault> {
        let length = self.varint()?;
        if length == -1 {
            return Ok(false);
        }
        let mut length = u64::try_from(length).map_err(|_| SkimFault::Record("a field length is negative"))?;
        self.remaining = self.remaining.checked_sub(length).ok_or(SkimFault::Record("a field exceeds its record"))?;
        while length > 0 {
            let available = self.input.fill_buf().map_err(SkimFault::Codec)?.len();
            if available == 0 {
                return Err(SkimFault::Record("records end inside a field"));
            }
            let step = available.min(usize::try_from(length).unwrap_or(usize::MAX));
            self.input.consume(step);
            length -= step as u64;
        }
        Ok(true)
    }
}

/// snappy-java's stream: a 16-byte header, then blocks of int32 length and raw snappy data. Some clients send one raw block instead.
struct SnappyReader<'a> {
    input: &'a [u8],
    framed: bool,
    block: Vec<u8>,
    position: usize,
}

impl<'a> SnappyReader<'a> {
    fn new(input: &'a [u8]) -> SnappyReader<'a> {
        let framed = input.len() >= 16 && input.starts_with(&XERIAL_MAGIC);
        SnappyReader { input: if framed { &input[16..] } else { input }, framed, block: Vec::new(), position: 0 }
    }

    fn next_block(&mut self) -> io::Result<()> {
        let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
        let compressed = if self.framed {
            let (length, rest) = self.input.split_first_chunk::<4>().ok_or_else(|| invalid("torn block length"))?;
            let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| invalid("negative block length"))?;
            let (block, rest) = rest.split_at_checked(length).ok_or_else(|| invalid("block exceeds the input"))?;
            self.input = rest;
            block
        } else {
            std::mem::take(&mut self.input)
        };
        let size = snap::raw::decompress_len(compressed).map_err(io::Error::other)?;
        // Snappy cannot expand a byte to more than 64/3; a larger claim is a lie and must not allocate.
        if size > SNAPPY_BLOCK_BYTES_MAX || size / 32 > compressed.len() {
            return Err(invalid("block claims an impossible size"));
        }
        self.block = snap::raw::Decoder::new().decompress_vec(compressed).map_err(io::Error::other)?;
        self.position = 0;
        Ok(())
    }
}

impl Read for SnappyReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.position == self.block.len() {
            if self.input.is_empty() {
                return Ok(0);
            }
            self.next_block()?;
        }
        let step = out.len().min(self.block.len() - self.position);
        out[..step].copy_from_slice(&self.block[self.position..self.position + step]);
        self.position += step;
        Ok(step)
    }
}
