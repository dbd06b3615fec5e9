//! Writes Kafka's primitives. The result is a list of chunks, so that large record sets are passed on by reference and a
//! server can put a file range between two chunks.

use super::decoder::STRING_LENGTH_MAX;
use super::{Body, EncodeError, LazyArray, Records};
use crate::uuid::Uuid;
use bytes::{BufMut, Bytes, BytesMut};

/// Records up to this size are cheaper to copy than to send as a chunk of their own.
const COPY_MAX_BYTES: usize = 1024;

/// A piece of an encoded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Bytes to send as they are.
    Bytes(Bytes),
    /// Bytes that the server supplies here.
    External {
        /// The server's name for them.
        slot: u32,
        /// How many there are.
        size_bytes: u32,
    },
}

/// Collects one encoded message, or several in a row. The first error sticks until [`Encoder::check`] takes it; what was
/// written is then of no use.
#[derive(Debug, Default)]
pub struct Encoder {
    chunks: Vec<Chunk>,
    chunks_bytes: usize,
    tail: BytesMut,
    error: Option<EncodeError>,
}

impl Encoder {
    /// An empty encoder.
    pub fn new() -> Self {
        Encoder::default()
    }

    /// Bytes written so far, external ones included.
    pub fn len(&self) -> usize {
        self.chunks_bytes + self.tail.len()
    }

    /// True when nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was written, in order.
    pub fn finish(mut self) -> Vec<Chunk> {
        self.close_tail();
        self.chunks
    }

    /// What was written as one buffer, for tests and small messages. Panics when the message holds [`Records::External`].
    pub fn into_bytes(mut self) -> Bytes {
        if self.chunks.is_empty() {
            return self.tail.freeze();
        }
        self.close_tail();
        let mut joined = BytesMut::with_capacity(self.chunks_bytes);
        for chunk in &self.chunks {
            match chunk {
                Chunk::Bytes(bytes) => joined.extend_from_slice(bytes),
                Chunk::External { slot, .. } => panic!("external records (slot {slot}) have no bytes to join"),
            }
        }
        joined.freeze()
    }

    /// Ok, or the first error since the last check.
    pub fn check(&mut self) -> Result<(), EncodeError> {
        self.error.take().map_or(Ok(()), Err)
    }

    #[cold]
    fn fail(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }

    /// A set field that this version does not have is an error.
    #[cold]
    pub fn not_in_version(&mut self, field: &'static str, version: i16) {
        self.fail(EncodeError::NotInVersion { field, version });
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            let bytes = self.tail.split().freeze();
            self.push(Chunk::Bytes(bytes));
        }
    }

    fn push(&mut self, chunk: Chunk) {
        self.chunks_bytes += match &chunk {
            Chunk::Bytes(bytes) => bytes.len(),
            Chunk::External { size_bytes, .. } => *size_bytes as usize,
        };
        self.chunks.push(chunk);
    }

    /// One signed byte.
    pub fn i8(&mut self, value: i8) {
        self.tail.put_i8(value);
    }

    /// Two bytes, signed.
    pub fn i16(&mut self, value: i16) {
        self.tail.put_i16(value);
    }

    /// Two bytes, unsigned.
    pub fn u16(&mut self, value: u16) {
        self.tail.put_u16(value);
    }

    /// Four bytes, signed.
    pub fn i32(&mut self, value: i32) {
        self.tail.put_i32(value);
    }

    /// Four bytes, unsigned.
    pub fn u32(&mut self, value: u32) {
        self.tail.put_u32(value);
    }

    /// Eight bytes, signed.
    pub fn i64(&mut self, value: i64) {
        self.tail.put_i64(value);
    }

    /// Eight bytes, IEEE 754.
    pub fn f64(&mut self, value: f64) {
        self.tail.put_f64(value);
    }

    /// One byte, 0 or 1.
    pub fn bool(&mut self, value: bool) {
        self.tail.put_u8(u8::from(value));
    }

    /// Sixteen bytes.
    pub fn uuid(&mut self, value: Uuid) {
        self.tail.put_slice(value.as_bytes());
    }

    /// An unsigned varint of 1 to 5 bytes.
    pub fn uvarint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.tail.put_u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.tail.put_u8(value as u8);
    }

    /// Bytes as they are, without a length: for bodies that were encoded elsewhere.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.tail.put_slice(bytes);
    }

    fn null(&mut self, flexible: bool, short: bool, nullable: bool, field: &'static str) {
        match (nullable, flexible, short) {
            (false, _, _) => self.fail(EncodeError::NullNotAllowed { field }),
            (true, true, _) => self.uvarint(0),
            (true, false, true) => self.i16(-1),
            (true, false, false) => self.i32(-1),
        }
    }

    fn length(&mut self, flexible: bool, length: usize, field: &'static str) {
        match i32::try_from(length) {
            Ok(length) if flexible => self.uvarint(length as u32 + 1),
            Ok(length) => self.i32(length),
            Err(_) => self.fail(EncodeError::TooLong { field, length }),
        }
    }

    /// A string.
    pub fn string(&mut self, flexible: bool, field: &'static str, value: &str) {
        let length = value.len();
        if length > STRING_LENGTH_MAX {
            return self.fail(EncodeError::TooLong { field, length });
        }
        if flexible {
            self.uvarint(length as u32 + 1)
        } else {
            self.i16(length as i16)
        }
        self.tail.put_slice(value.as_bytes());
    }

    /// A nullable string.
    pub fn opt_string(&mut self, flexible: bool, nullable: bool, field: &'static str, value: Option<&str>) {
        match value {
            Some(value) => self.string(flexible, field, value),
            None => self.null(flexible, true, nullable, field),
        }
    }

    /// Bytes.
    pub fn bytes(&mut self, flexible: bool, field: &'static str, value: &Bytes) {
        self.length(flexible, value.len(), field);
        self.tail.put_slice(value);
    }

    /// Nullable bytes.
    pub fn opt_bytes(&mut self, flexible: bool, nullable: bool, field: &'static str, value: Option<&Bytes>) {
        match value {
            Some(value) => self.bytes(flexible, field, value),
            None => self.null(flexible, false, nullable, field),
        }
    }

    /// Records: large ones become a chunk of their own, by reference.
    pub fn opt_records(&mut self, flexible: bool, nullable: bool, field: &'static str, value: Option<&Records>) {
        let Some(records) = value else {
            return self.null(flexible, false, nullable, field);
        };
        self.length(flexible, records.size_bytes(), field);
        match records {
            Records::Bytes(bytes) if bytes.len() <= COPY_MAX_BYTES => self.tail.put_slice(bytes),
            Records::Bytes(bytes) => {
                self.close_tail();
                self.push(Chunk::Bytes(bytes.clone()));
            }
            Records::External { slot, size_bytes } => {
                self.close_tail();
                self.push(Chunk::External { slot: *slot, size_bytes: *size_bytes });
            }
        }
    }

    /// An array of fixed-size elements.
    pub fn array<T: Copy>(&mut self, flexible: bool, field: &'static str, values: &[T], element: fn(&mut Encoder, T)) {
        self.length(flexible, values.len(), field);
        for &value in values {
            element(self, value);
        }
    }

    /// A nullable array of fixed-size elements.
    pub fn opt_array<T: Copy>(
        &mut self,
        flexible: bool,
        nullable: bool,
        field: &'static str,
        values: Option<&[T]>,
        element: fn(&mut Encoder, T),
    ) {
        match values {
            Some(values) => self.array(flexible, field, values, element),
            None => self.null(flexible, false, nullable, field),
        }
    }

    /// An array of strings.
    pub fn strings(&mut self, flexible: bool, field: &'static str, values: &[String]) {
        self.length(flexible, values.len(), field);
        for value in values {
            self.string(flexible, field, value);
        }
    }

    /// A nullable array of strings.
    pub fn opt_strings(&mut self, flexible: bool, nullable: bool, field: &'static str, values: Option<&[String]>) {
        match values {
            Some(values) => self.strings(flexible, field, values),
            None => self.null(flexible, false, nullable, field),
        }
    }

    /// An array of structs.
    pub fn structs<T: Body>(&mut self, flexible: bool, version: i16, field: &'static str, values: &[T]) {
        self.length(flexible, values.len(), field);
        for value in values {
            value.write(version, self);
        }
    }

    /// A nullable array of structs.
    pub fn opt_structs<T: Body>(
        &mut self,
        flexible: bool,
        nullable: bool,
        version: i16,
        field: &'static str,
        values: Option<&[T]>,
    ) {
        match values {
            Some(values) => self.structs(flexible, version, field, values),
            None => self.null(flexible, false, nullable, field),
        }
    }

    /// An array of structs that is read when it is looped over.
    pub fn lazy_structs<T: Body>(&mut self, flexible: bool, version: i16, field: &'static str, values: &LazyArray<T>) {
        self.length(flexible, values.len(), field);
        for value in values {
            value.write(version, self);
        }
    }

    /// A nullable array of structs that is read when it is looped over.
    pub fn opt_lazy_structs<T: Body>(
        &mut self,
        flexible: bool,
        nullable: bool,
        version: i16,
        field: &'static str,
        values: Option<&LazyArray<T>>,
    ) {
        match values {
            Some(values) => self.lazy_structs(flexible, version, field, values),
            None => self.null(flexible, false, nullable, field),
        }
    }

    /// A struct behind a marker byte: −1 null, 1 present.
    pub fn opt_struct<T: Body>(&mut self, nullable: bool, version: i16, field: &'static str, value: Option<&T>) {
        match value {
            Some(value) => {
                self.i8(1);
                value.write(version, self);
            }
            None if nullable => self.i8(-1),
            None => self.fail(EncodeError::NullNotAllowed { field }),
        }
    }

    /// Writes a tag. The value follows, then [`Encoder::tag_end`] with what this returned.
    pub fn tag(&mut self, tag: u32) -> usize {
        self.uvarint(tag);
        self.tail.len()
    }

    /// Puts the size before the tagged value that began at `start`. Tagged fields hold no records, so the value lies in one buffer.
    pub fn tag_end(&mut self, start: usize) {
        let size = self.tail.len() - start;
        self.uvarint(u32::try_from(size).expect("a tagged field is far below 4 GiB"));
        // The size was appended after the value; turn it round to stand before.
        self.tail[start..].rotate_left(size);
    }
}
