//! Every message behind function pointers, so that a test can range over all of them without naming one.

use crate::sample::{Random, Sample};
use crate::wire::{DecodeError, Decoder, Encoder, Message};
use bytes::Bytes;

pub use crate::generated::catalog::{ARRAYS, MESSAGES};

/// One message and what a test can do with it.
#[derive(Clone, Copy, Debug)]
pub struct MessageEntry {
    /// Kafka's name.
    pub name: &'static str,
    /// The generated group it belongs to: `messages`, `metadata_records`, …
    pub group: &'static str,
    /// API key, or record type.
    pub key: Option<i16>,
    /// Whether it is a request.
    pub is_request: bool,
    /// First version.
    pub min_version: i16,
    /// Last version.
    pub max_version: i16,
    /// First flexible version, `i16::MAX` for none.
    pub first_flexible: i16,
    /// Decodes, drops the value, and returns how many bytes were left.
    pub decode: fn(i16, Bytes) -> Result<usize, DecodeError>,
    /// Decodes and encodes again; the text says which failed, or that bytes were left.
    pub roundtrip: fn(i16, Bytes) -> Result<Bytes, String>,
    /// Draws a value, encodes it, decodes that, and compares the values. Returns the bytes.
    pub sample: fn(i16, Random<'_>) -> Result<Bytes, String>,
}

/// An array in a message, and what its elements take.
#[derive(Clone, Copy, Debug)]
pub struct ArrayEntry {
    /// Kafka's name of the message.
    pub message: &'static str,
    /// The struct and the field in it.
    pub field: &'static str,
    /// Whether its elements are read one at a time.
    pub lazy: bool,
    /// Bytes that an element takes in the array.
    pub element_bytes: usize,
    /// The least element that a real peer sends: names of one byte, one element in each array inside, null where it may stand.
    pub least: &'static [LeastElement],
}

/// The least element of an array in some versions.
#[derive(Clone, Copy, Debug)]
pub struct LeastElement {
    /// First and last version.
    pub versions: (i16, i16),
    /// Bytes on the wire.
    pub wire_bytes: usize,
    /// Bytes in memory beside the element itself.
    pub heap_bytes: usize,
}

pub(crate) const fn least(first: i16, last: i16, wire_bytes: usize, heap_bytes: usize) -> LeastElement {
    LeastElement { versions: (first, last), wire_bytes, heap_bytes }
}

impl MessageEntry {
    /// The entry of one message.
    pub const fn of<M: Message + Sample>(group: &'static str, key: Option<i16>, is_request: bool) -> Self {
        MessageEntry {
            name: M::NAME,
            group,
            key,
            is_request,
            min_version: M::MIN_VERSION,
            max_version: M::MAX_VERSION,
            first_flexible: M::FIRST_FLEXIBLE,
            decode: decode::<M>,
            roundtrip: roundtrip::<M>,
            sample: sample::<M>,
        }
    }
}

fn decode<M: Message>(version: i16, bytes: Bytes) -> Result<usize, DecodeError> {
    let mut input = Decoder::new(bytes);
    M::decode(version, &mut input)?;
    Ok(input.remaining())
}

fn encode_checked<M: Message>(message: &M, version: i16) -> Result<Bytes, String> {
    let mut out = Encoder::new();
    message.encode(version, &mut out).map_err(|error| format!("{} v{version} encode: {error}", M::NAME))?;
    let announced = out.len();
    let bytes = out.into_bytes();
    if announced == bytes.len() { Ok(bytes) } else { Err(format!("{}: len() said {announced}", M::NAME)) }
}

fn decode_whole<M: Message>(version: i16, bytes: Bytes) -> Result<M, String> {
    let mut input = Decoder::new(bytes);
    let message = M::decode(version, &mut input).map_err(|error| format!("{} v{version} decode: {error}", M::NAME))?;
    input.expect_end(M::NAME).map_err(|error| format!("v{version} {error}"))?;
    Ok(message)
}

fn roundtrip<M: Message>(version: i16, bytes: Bytes) -> Result<Bytes, String> {
    encode_checked(&decode_whole::<M>(version, bytes)?, version)
}

fn sample<M: Message + Sample>(version: i16, random: Random<'_>) -> Result<Bytes, String> {
    let value = M::sample(version, random);
    let bytes = encode_checked(&value, version)?;
    let again = decode_whole::<M>(version, bytes.clone())?;
    if value == again { Ok(bytes) } else { Err(format!("{} v{version}: {value:?} came back as {again:?}", M::NAME)) }
}
