//! What consumers put into the opaque fields of JoinGroup and SyncGroup: a 16-bit version, then the message. A reader takes
//! a newer version as the newest it knows and ignores what follows (Kafka's `ConsumerProtocol`).

pub use crate::generated::consumer_protocol::*;

use crate::wire::{DecodeError, Decoder, Message};
use bytes::Bytes;

/// Reads a subscription or assignment with its version in front. Errors: a negative version or bad bytes.
pub fn decode_prefixed<M: Message>(bytes: Bytes) -> Result<(M, i16), DecodeError> {
    let mut input = Decoder::new(bytes);
    let version = input.i16();
    input.check()?;
    let message = M::decode(version.min(M::MAX_VERSION), &mut input)?;
    Ok((message, version))
}
