//! The records of `__cluster_metadata` and their frame: frame version 1, record type, record version, body, and nothing
//! after it (facts: Kafka's `MetadataRecordSerde`, KIP-631).

pub use crate::generated::metadata_record::MetadataRecord;
pub use crate::generated::metadata_records::*;

use crate::wire::{DecodeError, Decoder, EncodeError, Encoder};
use bytes::Bytes;

/// The only frame version in use; 0 was the preview of Kafka 2.8.
const FRAME_VERSION: u32 = 1;

impl MetadataRecord {
    /// Appends the record in its frame: the value of a data record of the metadata log.
    /// Errors: a version that the record does not have or that cannot carry it; `out` is then as it was.
    pub fn encode_frame(&self, record_version: i16, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut body = Encoder::new();
        body.uvarint(FRAME_VERSION);
        body.uvarint(u32::from(self.api_key() as u16));
        body.uvarint(u32::from(record_version as u16));
        self.encode_body(record_version, &mut body)?;
        out.extend_from_slice(&body.into_bytes());
        Ok(())
    }

    /// Reads a record and its version from the value of a data record.
    /// Errors: another frame version, an unknown type or version, bad bytes, bytes after the body.
    pub fn decode_frame(frame: Bytes) -> Result<(MetadataRecord, i16), DecodeError> {
        let mut input = Decoder::new(frame);
        input.enter("metadata record frame");
        let frame_version = input.uvarint();
        input.check()?;
        if frame_version != FRAME_VERSION {
            return Err(DecodeError::Unknown {
                what: "metadata record frame version",
                value: i64::from(frame_version),
            });
        }
        let (api_key, record_version) = (input.uvarint(), input.uvarint());
        input.check()?;
        let api_key = short(api_key, "metadata record type")?;
        let record_version = short(record_version, "metadata record version")?;
        let record = MetadataRecord::decode_body(api_key, record_version, &mut input)?;
        input.expect_end(record.name())?;
        Ok((record, record_version))
    }
}

fn short(value: u32, what: &'static str) -> Result<i16, DecodeError> {
    i16::try_from(value).map_err(|_| DecodeError::Unknown { what, value: i64::from(value) })
}
