//! The bytes of Kafka's messages: a decoder that believes no length, an encoder that copies no records, and the traits that
//! the generated messages implement. Classic and flexible ("compact", KIP-482) encodings share one set of calls.

mod decoder;
mod encoder;
mod error;
mod lazy;

pub use decoder::Decoder;
pub use encoder::{Chunk, Encoder};
pub use error::{DecodeError, EncodeError, Place};
pub use lazy::{IntoIter, Iter, LazyArray};

use crate::api::ApiKey;
use bytes::Bytes;

/// The `records` field of Produce, Fetch and FetchSnapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// Batches in memory; when decoded, a slice of the frame that keeps the whole frame alive.
    Bytes(Bytes),
    /// Bytes that the server supplies when it writes the response (a file range for sendfile). `slot` is the server's name for them.
    External {
        /// Which of the server's byte sources stands here.
        slot: u32,
        /// How many bytes it will supply.
        size_bytes: u32,
    },
}

impl Records {
    /// Length on the wire, without the length prefix.
    pub fn size_bytes(&self) -> usize {
        match self {
            Records::Bytes(bytes) => bytes.len(),
            Records::External { size_bytes, .. } => *size_bytes as usize,
        }
    }
}

impl Default for Records {
    fn default() -> Self {
        Records::Bytes(Bytes::new())
    }
}

/// A generated struct without its version check: nested structs are only that, messages add [`Message`].
pub trait Body: Sized + Default + Clone + std::fmt::Debug + PartialEq {
    /// Writes the fields that `version` has. A value that `version` cannot carry becomes the encoder's error.
    fn write(&self, version: i16, out: &mut Encoder);
    /// Reads the fields that `version` has; the others keep Kafka's defaults. Bad bytes become the decoder's error.
    fn read(version: i16, input: &mut Decoder) -> Self;
}

/// A top-level message: a request, response, header, record body or control record.
pub trait Message: Body {
    /// Kafka's name, for example `FetchRequest`.
    const NAME: &'static str;
    /// First version we know.
    const MIN_VERSION: i16;
    /// Last version we know.
    const MAX_VERSION: i16;
    /// First version with compact lengths and tagged fields; `i16::MAX` when there is none.
    const FIRST_FLEXIBLE: i16;

    /// Writes the message. Errors: unknown version, or a non-default value that `version` cannot carry and that is not ignorable.
    fn encode(&self, version: i16, out: &mut Encoder) -> Result<(), EncodeError> {
        if version < Self::MIN_VERSION || version > Self::MAX_VERSION {
            return Err(EncodeError::UnsupportedVersion { message: Self::NAME, version });
        }
        self.write(version, out);
        out.check()
    }

    /// Reads the message from where `input` stands. Bytes after it are left for the caller to judge ([`Decoder::remaining`]).
    fn decode(version: i16, input: &mut Decoder) -> Result<Self, DecodeError> {
        if version < Self::MIN_VERSION || version > Self::MAX_VERSION {
            return Err(DecodeError::UnsupportedVersion { message: Self::NAME, version });
        }
        let message = Self::read(version, input);
        input.check()?;
        Ok(message)
    }
}

/// A request and what answers it.
pub trait Request: Message {
    /// Its API.
    const KEY: ApiKey;
    /// The message that answers it, in the same version.
    type Response: Message;
}
