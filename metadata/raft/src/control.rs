//! Control records of the metadata log: LeaderChange, snapshot header and footer (KIP-595, KIP-630). Bodies are version 0.

use bytes::Bytes;
use kedge_protocol::{
    batch::{ControlKey, ControlType},
    control_records::{LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord, leader_change_message::Voter},
    wire::{Decoder, Encoder, Message},
};

use crate::{codec::CodecError, entry::BatchContent};

fn encode<M: Message>(message: &M) -> Bytes {
    let mut out = Encoder::new();
    message.encode(0, &mut out).expect("version 0 carries every field we set");
    out.into_bytes()
}

/// The body of a LeaderChange record. Every voter is named as granting: openraft does not say who did.
pub(crate) fn leader_change(leader_id: i32, voter_ids: &[i32]) -> Bytes {
    let voters: Vec<Voter> =
        voter_ids.iter().map(|voter_id| Voter { voter_id: *voter_id, ..Default::default() }).collect();
    encode(&LeaderChangeMessage { version: 0, leader_id, granting_voters: voters.clone(), voters })
}

/// The body of a SnapshotHeader record.
pub(crate) fn snapshot_header(last_contained_log_timestamp: i64) -> Bytes {
    encode(&SnapshotHeaderRecord { version: 0, last_contained_log_timestamp })
}

/// The body of a SnapshotFooter record.
pub(crate) fn snapshot_footer() -> Bytes {
    encode(&SnapshotFooterRecord { version: 0 })
}

/// Understands a control record. An unknown kind is an error: whoever wrote it expects it to be obeyed.
pub(crate) fn read(key: &[u8], value: Bytes) -> Result<BatchContent, CodecError> {
    let key = ControlKey::parse(key).ok_or_else(|| CodecError::new("control record", "its key is too short"))?;
    match key.control_type {
        ControlType::LeaderChange => LeaderChangeMessage::decode(0, &mut Decoder::new(value))
            .map(BatchContent::LeaderChange)
            .map_err(|error| CodecError::new("LeaderChange", error)),
        ControlType::SnapshotHeader
        | ControlType::SnapshotFooter
        | ControlType::KRaftVersion
        | ControlType::KRaftVoters => Ok(BatchContent::OtherControl),
        other => Err(CodecError::new("control record", format!("type {} is not known", other.code()))),
    }
}
