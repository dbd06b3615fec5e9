//! Records inside a batch: borrowed views, no allocation per record.

use super::{BatchError, BatchHeader, TimestampType};

/// One record. Key, value and headers borrow from the batch (or from the decompressed block).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordView<'a> {
    /// Absolute offset: base offset + delta.
    pub record_offset: i64,
    /// Offset − base offset.
    pub offset_delta: i32,
    /// Milliseconds; the batch's max timestamp when the broker set it.
    pub timestamp_ms: i64,
    /// None is Kafka's null key.
    pub key: Option<&'a [u8]>,
    /// None is a tombstone.
    pub value: Option<&'a [u8]>,
    headers_count: i32,
    headers: &'a [u8],
}

impl<'a> RecordView<'a> {
    /// The headers in their order; keys may repeat. The record's walk has checked them.
    pub fn headers(&self) -> HeaderIter<'a> {
        HeaderIter { remaining: self.headers_count, cursor: Cursor { bytes: self.headers } }
    }
}

/// Iterator over a record's headers: key bytes (UTF-8 by convention, not checked) and value.
#[derive(Debug, Clone)]
pub struct HeaderIter<'a> {
    remaining: i32,
    cursor: Cursor<'a>,
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.remaining == 0 {
            return None;
        }
        self.remaining -= 1;
        self.cursor.header().ok()
    }
}

/// Iterator over the records of one batch. It yields exactly `records_count` records, or an error and then nothing: a record whose
/// lengths do not fit, or bytes left over after the last one.
#[derive(Debug, Clone)]
pub struct RecordIter<'a> {
    header: BatchHeader,
    cursor: Cursor<'a>,
    index: i32,
    done: bool,
}

impl<'a> RecordIter<'a> {
    /// `body` is what follows the header, decompressed.
    pub fn new(header: BatchHeader, body: &'a [u8]) -> RecordIter<'a> {
        RecordIter { header, cursor: Cursor { bytes: body }, index: 0, done: false }
    }

    fn read(&mut self) -> Result<RecordView<'a>, &'static str> {
        let length = self.cursor.varint("record length is not a varint")?;
        let mut record = Cursor { bytes: self.cursor.take(length, "record length exceeds the batch")? };
        record.take(1, "attributes are missing")?;
        let timestamp_delta = record.varlong("timestamp delta is not a varlong")?;
        let offset_delta = record.varint("offset delta is not a varint")?;
        let key = record.nullable("key length does not fit")?;
        let value = record.nullable("value length does not fit")?;
        let headers_count = record.varint("header count is not a varint")?;
        if headers_count < 0 {
            return Err("header count is negative");
        }
        let headers = record.bytes;
        for _ in 0..headers_count {
            record.header()?;
        }
        if !record.bytes.is_empty() {
            return Err("bytes left over inside the record");
        }
        if offset_delta < 0 || offset_delta > self.header.last_offset_delta {
            return Err("offset delta lies outside the batch");
        }
        let timestamp_ms = match self.header.timestamp_type() {
            TimestampType::LogAppendTime => self.header.max_timestamp,
            TimestampType::CreateTime => self.header.base_timestamp.wrapping_add(timestamp_delta),
        };
        let record_offset = self.header.base_offset + i64::from(offset_delta);
        Ok(RecordView { record_offset, offset_delta, timestamp_ms, key, value, headers_count, headers })
    }
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = Result<RecordView<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        if self.index == self.header.records_count {
            self.done = true;
            let what = "bytes left over after the last record";
            return (!self.cursor.bytes.is_empty())
                .then_some(Err(BatchError::InvalidRecord { index: self.index, what }));
        }
        let record = self.read().map_err(|what| BatchError::InvalidRecord { index: self.index, what });
        self.done = record.is_err();
        self.index += 1;
        Some(record)
    }
}

/// Reads Kafka's zig-zag varints and length-prefixed bytes from a slice.
#[derive(Debug, Clone, Copy)]
struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: i32, what: &'static str) -> Result<&'a [u8], &'static str> {
        let length = usize::try_from(length).map_err(|_| what)?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(what)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn nullable(&mut self, what: &'static str) -> Result<Option<&'a [u8]>, &'static str> {
        match self.varint(what)? {
            -1 => Ok(None),
            length => self.take(length, what).map(Some),
        }
    }

    fn header(&mut self) -> Result<(&'a [u8], Option<&'a [u8]>), &'static str> {
        let key_length = self.varint("header key length is not a varint")?;
        let key = self.take(key_length, "header key length does not fit")?;
        let value = self.nullable("header value length does not fit")?;
        Ok((key, value))
    }

    fn varint(&mut self, what: &'static str) -> Result<i32, &'static str> {
        let raw = self.unsigned(5, what)?;
        let raw = u32::try_from(raw).map_err(|_| what)?;
        Ok((raw >> 1) as i32 ^ -((raw & 1) as i32))
    }

    fn varlong(&mut self, what: &'static str) -> Result<i64, &'static str> {
        let raw = self.unsigned(10, what)?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    fn unsigned(&mut self, size_bytes_max: usize, what: &'static str) -> Result<u64, &'static str> {
        let mut value = 0u64;
        for (index, &byte) in self.bytes.iter().take(size_bytes_max).enumerate() {
            let bits = u64::from(byte & 0x7f);
            // The tenth byte of a varlong holds one bit only.
            if index == 9 && bits > 1 {
                return Err(what);
            }
            value |= bits << (7 * index);
            if byte & 0x80 == 0 {
                self.bytes = &self.bytes[index + 1..];
                return Ok(value);
            }
        }
        Err(what)
    }
}

/// Appends a zig-zag varint.
pub(super) fn put_varint(out: &mut Vec<u8>, value: i32) {
    put_unsigned(out, u64::from(((value << 1) ^ (value >> 31)) as u32));
}

/// Appends a zig-zag varlong.
pub(super) fn put_varlong(out: &mut Vec<u8>, value: i64) {
    put_unsigned(out, ((value << 1) ^ (value >> 63)) as u64);
}

fn put_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
