//! Keys and values of `__consumer_offsets`. Both start with a 16-bit version; a key's version also says what it is:
//! 0 and 1 an offset commit, 2 a group.

pub use crate::generated::group_records::*;

use crate::wire::{DecodeError, Decoder, EncodeError, Encoder, Message};
use bytes::Bytes;

/// The key of any record of the topic.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupRecordKey {
    /// One partition's committed offset; its value is an [`OffsetCommitValue`].
    OffsetCommit(OffsetCommitKey),
    /// A group's members and state; its value is a [`GroupMetadataValue`].
    GroupMetadata(GroupMetadataKey),
}

impl GroupRecordKey {
    /// The key with its version in front.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        match self {
            GroupRecordKey::OffsetCommit(key) => encode_versioned(key, OffsetCommitKey::MAX_VERSION),
            GroupRecordKey::GroupMetadata(key) => encode_versioned(key, GroupMetadataKey::MAX_VERSION),
        }
    }

    /// Reads a key. `DecodeError::Unknown` for a key of another kind (KIP-848, share groups): a loader skips those.
    pub fn decode(key: Bytes) -> Result<Self, DecodeError> {
        let mut input = Decoder::new(key);
        let version = input.i16();
        input.check()?;
        let decoded = match version {
            0 | 1 => GroupRecordKey::OffsetCommit(OffsetCommitKey::decode(version, &mut input)?),
            2 => GroupRecordKey::GroupMetadata(GroupMetadataKey::decode(version, &mut input)?),
            other => return Err(DecodeError::Unknown { what: "group record key version", value: i64::from(other) }),
        };
        input.expect_end("group record key")?;
        Ok(decoded)
    }
}

/// A key or value with its version in front.
pub fn encode_versioned<M: Message>(message: &M, version: i16) -> Result<Bytes, EncodeError> {
    let mut out = Encoder::new();
    out.i16(version);
    message.encode(version, &mut out)?;
    Ok(out.into_bytes())
}

/// Reads a value with its version in front. Bytes after it are an error.
pub fn decode_versioned<M: Message>(bytes: Bytes) -> Result<(M, i16), DecodeError> {
    let mut input = Decoder::new(bytes);
    let version = input.i16();
    input.check()?;
    let message = M::decode(version, &mut input)?;
    input.expect_end(M::NAME)?;
    Ok((message, version))
}
