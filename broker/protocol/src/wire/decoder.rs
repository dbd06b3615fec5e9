//! Reads Kafka's primitives from one frame. Two rules keep a hostile frame harmless: no length is believed beyond the bytes
//! that remain, and every allocation is charged against a budget of 4 × the frame and 64 KiB before it is made.

use super::{Body, DecodeError, LazyArray, Place, Records};
use crate::uuid::Uuid;
use bytes::Bytes;

/// Part of the memory budget that does not depend on the frame's length.
const BUDGET_FLOOR_BYTES: usize = 64 * 1024;
/// Bytes of memory that one byte of frame may cost.
const BUDGET_FACTOR: usize = 4;
/// Kafka's limit for strings in both encodings.
pub(super) const STRING_LENGTH_MAX: usize = i16::MAX as usize;

/// A cursor over one frame. Byte fields and records come out as slices of the frame, strings and arrays as owned memory.
///
/// The first error sticks: it moves the cursor to the end, every later read gives an empty value, and [`Decoder::check`]
/// reports it. That keeps the generated readers free of branches; [`Message::decode`](super::Message::decode) checks for them.
#[derive(Debug)]
pub struct Decoder {
    input: Bytes,
    position: usize,
    budget_left_bytes: usize,
    within: &'static str,
    error: Option<DecodeError>,
}

impl Decoder {
    /// A decoder over the whole of `input`.
    pub fn new(input: Bytes) -> Self {
        let budget_left_bytes = input.len().saturating_mul(BUDGET_FACTOR).saturating_add(BUDGET_FLOOR_BYTES);
        Decoder { input, position: 0, budget_left_bytes, within: "", error: None }
    }

    /// A decoder over bytes that another one has read before, within its budget.
    pub(super) fn unbounded(input: Bytes) -> Self {
        Decoder { input, position: 0, budget_left_bytes: usize::MAX, within: "", error: None }
    }

    /// Bytes not read yet; 0 after an error.
    pub fn remaining(&self) -> usize {
        self.input.len() - self.position
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Everything not read yet, as a slice of the frame.
    pub fn take_rest(&mut self) -> Bytes {
        let length = self.remaining();
        self.slice(length)
    }

    /// The error that stopped this decoder, if any.
    pub fn check(&self) -> Result<(), DecodeError> {
        self.error.map_or(Ok(()), Err)
    }

    /// Ok when there was no error and every byte was read. For values that must fill their frame, such as records.
    pub fn expect_end(&self, what: &'static str) -> Result<(), DecodeError> {
        self.check()?;
        match self.remaining() {
            0 => Ok(()),
            trailing_bytes => Err(DecodeError::TrailingBytes { what, trailing_bytes }),
        }
    }

    /// The next bytes without consuming them; None when fewer remain.
    pub fn peek<const N: usize>(&self) -> Option<[u8; N]> {
        self.input.get(self.position..self.position + N)?.try_into().ok()
    }

    /// Names the struct being read, for errors. Returns the name to restore.
    pub(crate) fn enter(&mut self, within: &'static str) -> &'static str {
        std::mem::replace(&mut self.within, within)
    }

    fn place(&self, field: &'static str) -> Place {
        Place { within: self.within, field, position: self.position }
    }

    #[cold]
    fn fail(&mut self, error: DecodeError) {
        self.error.get_or_insert(error);
        self.position = self.input.len();
    }

    #[cold]
    fn fail_unexpected_end(&mut self, field: &'static str, needed: usize) {
        let remaining = self.remaining();
        self.fail(DecodeError::UnexpectedEnd { place: self.place(field), needed, remaining });
    }

    #[cold]
    fn fail_length(&mut self, field: &'static str, length: i64) {
        self.fail(DecodeError::InvalidLength { place: self.place(field), length });
    }

    fn fixed<const N: usize>(&mut self) -> [u8; N] {
        match self.peek::<N>() {
            Some(bytes) => {
                self.position += N;
                bytes
            }
            None => {
                self.fail_unexpected_end("", N);
                [0; N]
            }
        }
    }

    /// Takes `wanted_bytes` from the memory budget; false, and an error, when they are not there.
    fn charge(&mut self, field: &'static str, wanted_bytes: usize) -> bool {
        let budget_left_bytes = self.budget_left_bytes;
        match budget_left_bytes.checked_sub(wanted_bytes) {
            Some(left) => self.budget_left_bytes = left,
            None => self.fail(DecodeError::TooLarge { place: self.place(field), wanted_bytes, budget_left_bytes }),
        }
        wanted_bytes <= budget_left_bytes
    }

    /// One signed byte.
    pub fn i8(&mut self) -> i8 {
        i8::from_be_bytes(self.fixed())
    }

    /// Two bytes, signed.
    pub fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.fixed())
    }

    /// Two bytes, unsigned.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.fixed())
    }

    /// Four bytes, signed.
    pub fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.fixed())
    }

    /// Four bytes, unsigned.
    pub fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.fixed())
    }

    /// Eight bytes, signed.
    pub fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.fixed())
    }

    /// Eight bytes, IEEE 754.
    pub fn f64(&mut self) -> f64 {
        f64::from_be_bytes(self.fixed())
    }

    /// One byte; anything but 0 is true, as in Kafka.
    pub fn bool(&mut self) -> bool {
        self.fixed() != [0u8]
    }

    /// Sixteen bytes.
    pub fn uuid(&mut self) -> Uuid {
        Uuid::from_bytes(self.fixed())
    }

    /// An unsigned varint of at most 32 bits in at most 5 bytes.
    pub fn uvarint(&mut self) -> u32 {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.fixed::<1>();
            if shift == 28 && byte > 0x0f {
                break;
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
        }
        self.fail(DecodeError::InvalidVarint { place: self.place("") });
        0
    }

    /// A length or count. None for null, which is an error unless allowed, and after an error. Never more than the bytes
    /// that remain: every element takes at least one byte.
    fn length(&mut self, flexible: bool, short: bool, nullable: bool, field: &'static str) -> Option<usize> {
        let length = match (flexible, short) {
            (true, _) => i64::from(self.uvarint()) - 1,
            (false, true) => i64::from(self.i16()),
            (false, false) => i64::from(self.i32()),
        };
        match usize::try_from(length) {
            Ok(length) if length <= self.remaining() => return Some(length),
            Err(_) if length == -1 && nullable => {}
            Err(_) if length == -1 => self.fail(DecodeError::NullNotAllowed { place: self.place(field) }),
            _ => self.fail_length(field, length),
        }
        None
    }

    fn slice(&mut self, length: usize) -> Bytes {
        let start = self.position;
        self.position += length;
        self.input.slice(start..self.position)
    }

    /// A nullable string.
    pub fn opt_string(&mut self, flexible: bool, nullable: bool, field: &'static str) -> Option<String> {
        let length = self.length(flexible, true, nullable, field)?;
        if length > STRING_LENGTH_MAX {
            self.fail_length(field, length as i64);
            return None;
        }
        if !self.charge(field, length) {
            return None;
        }
        let Ok(text) = std::str::from_utf8(&self.input[self.position..self.position + length]) else {
            self.fail(DecodeError::InvalidUtf8 { place: self.place(field) });
            return None;
        };
        let text = text.to_owned();
        self.position += length;
        Some(text)
    }

    /// A string.
    pub fn string(&mut self, flexible: bool, field: &'static str) -> String {
        self.opt_string(flexible, false, field).unwrap_or_default()
    }

    /// A classic nullable string whose bad UTF-8 is replaced instead of refused: Kafka's rule for client ids.
    pub(crate) fn opt_lossy_string(&mut self, field: &'static str) -> Option<String> {
        let length = self.length(false, true, true, field)?;
        let raw = self.slice(length);
        let replacement = char::REPLACEMENT_CHARACTER;
        let text_bytes = raw.utf8_chunks().fold(0, |sum, chunk| {
            sum + chunk.valid().len() + if chunk.invalid().is_empty() { 0 } else { replacement.len_utf8() }
        });
        if !self.charge(field, text_bytes) {
            return None;
        }
        let mut text = String::with_capacity(text_bytes);
        for chunk in raw.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push(replacement);
            }
        }
        Some(text)
    }

    /// Nullable bytes: a slice of the frame.
    pub fn opt_bytes(&mut self, flexible: bool, nullable: bool, field: &'static str) -> Option<Bytes> {
        self.length(flexible, false, nullable, field).map(|length| self.slice(length))
    }

    /// Bytes: a slice of the frame.
    pub fn bytes(&mut self, flexible: bool, field: &'static str) -> Bytes {
        self.opt_bytes(flexible, false, field).unwrap_or_default()
    }

    /// Records: a slice of the frame.
    pub fn opt_records(&mut self, flexible: bool, nullable: bool, field: &'static str) -> Option<Records> {
        self.opt_bytes(flexible, nullable, field).map(Records::Bytes)
    }

    /// A nullable array of anything that `element` reads.
    pub fn opt_array<T>(
        &mut self,
        flexible: bool,
        nullable: bool,
        field: &'static str,
        element: impl Fn(&mut Decoder) -> T,
    ) -> Option<Vec<T>> {
        let count = self.length(flexible, false, nullable, field)?;
        // The count is at most the bytes that remain, so the product cannot overflow.
        if !self.charge(field, count * size_of::<T>()) {
            return None;
        }
        let mut elements = Vec::with_capacity(count);
        while elements.len() < count && self.error.is_none() {
            elements.push(element(self));
        }
        Some(elements)
    }

    /// An array of anything that `element` reads.
    pub fn array<T>(&mut self, flexible: bool, field: &'static str, element: impl Fn(&mut Decoder) -> T) -> Vec<T> {
        self.opt_array(flexible, false, field, element).unwrap_or_default()
    }

    /// A nullable array of strings.
    pub fn opt_strings(&mut self, flexible: bool, nullable: bool, field: &'static str) -> Option<Vec<String>> {
        self.opt_array(flexible, nullable, field, |input| input.string(flexible, field))
    }

    /// An array of strings.
    pub fn strings(&mut self, flexible: bool, field: &'static str) -> Vec<String> {
        self.opt_strings(flexible, false, field).unwrap_or_default()
    }

    /// A nullable array of structs.
    pub fn opt_structs<T: Body>(
        &mut self,
        flexible: bool,
        nullable: bool,
        version: i16,
        field: &'static str,
    ) -> Option<Vec<T>> {
        self.opt_array(flexible, nullable, field, |input| T::read(version, input))
    }

    /// An array of structs.
    pub fn structs<T: Body>(&mut self, flexible: bool, version: i16, field: &'static str) -> Vec<T> {
        self.opt_structs(flexible, false, version, field).unwrap_or_default()
    }

    /// A nullable array of structs that is read when it is looped over. Every element is read here once, and dropped, so
    /// that bad bytes are found now; the budget must hold each of them, not all.
    pub fn opt_lazy_structs<T: Body>(
        &mut self,
        flexible: bool,
        nullable: bool,
        version: i16,
        field: &'static str,
    ) -> Option<LazyArray<T>> {
        let count = self.length(flexible, false, nullable, field)?;
        let (start, budget_left_bytes) = (self.position, self.budget_left_bytes);
        for _ in 0..count {
            T::read(version, self);
            self.budget_left_bytes = budget_left_bytes;
            if self.error.is_some() {
                return None;
            }
        }
        // A count is at most 2^31 − 1 in both encodings, or it would not fit the bytes that remained.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Some(LazyArray::from_frame(self.input.slice(start..self.position), count, version))
    }

    /// An array of structs that is read when it is looped over.
    pub fn lazy_structs<T: Body>(&mut self, flexible: bool, version: i16, field: &'static str) -> LazyArray<T> {
        self.opt_lazy_structs(flexible, false, version, field).unwrap_or_default()
    }

    /// A struct behind a marker byte: −1 null, 1 present.
    pub fn opt_struct<T: Body>(&mut self, nullable: bool, version: i16, field: &'static str) -> Option<T> {
        match self.i8() {
            1 => return Some(T::read(version, self)),
            -1 if nullable => {}
            -1 => self.fail(DecodeError::NullNotAllowed { place: self.place(field) }),
            marker => self.fail(DecodeError::InvalidStructMarker { place: self.place(field), marker }),
        }
        None
    }

    /// How many tagged fields follow.
    pub fn tag_count(&mut self) -> u32 {
        let count = self.uvarint();
        // A tag and its size take at least two bytes.
        if count as usize > self.remaining() / 2 {
            self.fail_length("tagged fields", i64::from(count));
            return 0;
        }
        count
    }

    /// The next tag, and the position at which its value ends.
    pub fn tag(&mut self) -> (u32, usize) {
        let tag = self.uvarint();
        let size = self.uvarint() as usize;
        if size > self.remaining() {
            self.fail_unexpected_end("tagged fields", size);
        }
        // No schema has this tag, so that after an error nothing is read.
        if self.error.is_some() { (u32::MAX, self.position) } else { (tag, self.position + size) }
    }

    /// Checks that a tagged value filled the size announced.
    pub fn tag_end(&mut self, end: usize) {
        if self.position != end {
            self.fail(DecodeError::TagSizeMismatch { place: self.place("tagged fields"), expected_end: end });
        }
    }

    /// Skips a tag that we do not know.
    pub fn tag_skip(&mut self, end: usize) {
        self.position = end;
    }

    /// A tag that we know, but not from this version, is an error.
    #[cold]
    pub fn tag_not_in_version(&mut self, tag: u32, version: i16) {
        self.fail(DecodeError::TagNotInVersion { place: self.place("tagged fields"), tag, version });
    }

    /// Skips a whole section of tagged fields.
    pub fn skip_tags(&mut self) {
        for _ in 0..self.tag_count() {
            let (_, end) = self.tag();
            self.tag_skip(end);
        }
    }
}
