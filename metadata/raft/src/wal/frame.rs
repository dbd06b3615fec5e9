//! One record of a write-ahead segment: `u32 size, u32 CRC32C of the body, body`; the body opens with its kind.
//!
//! A segment's first record is the state at its start, so that older segments can be deleted without losing the vote.

use bytes::{BufMut, Bytes};
use openraft::{EntryPayload, LogId as RaftLogId};
use serde::{Deserialize, Serialize};

use crate::{
    codec::{CodecError, Reader, put_bytes, put_json},
    entry::MetadataEntry,
    types::{Entry, LogId, Vote, log_id},
};

/// Bytes in front of a body.
pub(crate) const OVERHEAD_BYTES: usize = 8;

/// What is kept besides entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct HardState {
    pub(crate) vote: Option<Vote>,
    pub(crate) committed: Option<LogId>,
    pub(crate) purged: Option<LogId>,
}

/// A record's body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum WalRecord {
    State(HardState),
    Entry(Entry),
    /// Entries from this index on are gone.
    Truncate {
        since_index: u64,
    },
}

const STATE: u8 = 1;
const ENTRY: u8 = 2;
const TRUNCATE: u8 = 3;

const BLANK: u8 = 0;
const NORMAL: u8 = 1;
const MEMBERSHIP: u8 = 2;

/// Appends a framed record.
pub(crate) fn put(out: &mut Vec<u8>, record: &WalRecord) {
    let start = out.len();
    out.put_u64(0);
    match record {
        WalRecord::State(state) => {
            out.put_u8(STATE);
            put_json(out, state);
        }
        WalRecord::Entry(entry) => {
            out.put_u8(ENTRY);
            put_entry(out, entry);
        }
        WalRecord::Truncate { since_index } => {
            out.put_u8(TRUNCATE);
            out.put_u64(*since_index);
        }
    }
    let size_bytes = (out.len() - start - OVERHEAD_BYTES) as u32;
    let crc = crc32c::crc32c(&out[start + OVERHEAD_BYTES..]);
    out[start..start + 4].copy_from_slice(&size_bytes.to_be_bytes());
    out[start + 4..start + OVERHEAD_BYTES].copy_from_slice(&crc.to_be_bytes());
}

/// Takes one record off the front of a segment. None at its end.
pub(crate) fn take(segment: &mut Bytes) -> Result<Option<WalRecord>, CodecError> {
    if segment.is_empty() {
        return Ok(None);
    }
    let mut reader = Reader(segment.clone());
    let size_bytes = reader.u32("record size")? as usize;
    let crc = reader.u32("record CRC")?;
    if reader.0.len() < size_bytes {
        return Err(CodecError::new("record", format!("{size_bytes} bytes announced, {} remain", reader.0.len())));
    }
    let body = reader.0.split_to(size_bytes);
    let actual = crc32c::crc32c(&body);
    if actual != crc {
        return Err(CodecError::new("record", format!("CRC {actual:#010x}, but {crc:#010x} is stored")));
    }
    let record = read_body(Reader(body))?;
    *segment = reader.0;
    Ok(Some(record))
}

fn read_body(mut body: Reader) -> Result<WalRecord, CodecError> {
    let record = match body.u8("record kind")? {
        STATE => WalRecord::State(body.json("hard state")?),
        ENTRY => WalRecord::Entry(read_entry(&mut body)?),
        TRUNCATE => WalRecord::Truncate { since_index: body.u64("truncation index")? },
        kind => return Err(CodecError::new("record kind", format!("{kind} is not known"))),
    };
    body.end("record")?;
    Ok(record)
}

/// Appends a Raft entry, as segments and append RPCs carry it.
pub(crate) fn put_entry(out: &mut Vec<u8>, entry: &Entry) {
    out.put_u64(entry.log_id.leader_id.term);
    out.put_u64(entry.log_id.index);
    match &entry.payload {
        EntryPayload::Blank => {
            out.put_u8(BLANK);
            put_bytes(out, &[]);
        }
        EntryPayload::Normal(metadata) => {
            out.put_u8(NORMAL);
            let start = out.len();
            out.put_u32(0);
            metadata.encode(out);
            let size_bytes = (out.len() - start - 4) as u32;
            out[start..start + 4].copy_from_slice(&size_bytes.to_be_bytes());
        }
        EntryPayload::Membership(membership) => {
            out.put_u8(MEMBERSHIP);
            put_json(out, membership);
        }
    }
}

/// Reads a Raft entry.
pub(crate) fn read_entry(reader: &mut Reader) -> Result<Entry, CodecError> {
    let term = reader.u64("entry term")?;
    let index = reader.u64("entry index")?;
    let log_id: RaftLogId<u64> = log_id(term, index);
    let kind = reader.u8("entry kind")?;
    let body = reader.bytes("entry body")?;
    let payload = match kind {
        BLANK => EntryPayload::Blank,
        NORMAL => EntryPayload::Normal(MetadataEntry::decode(body)?),
        MEMBERSHIP => EntryPayload::Membership(
            serde_json::from_slice(&body).map_err(|error| CodecError::new("membership", error))?,
        ),
        kind => return Err(CodecError::new("entry kind", format!("{kind} is not known"))),
    };
    Ok(Entry { log_id, payload })
}

/// Size of an entry as [`put_entry`] writes it, give or take its JSON parts, in bytes.
pub(crate) fn entry_size_bytes(entry: &Entry) -> usize {
    64 + match &entry.payload {
        EntryPayload::Normal(metadata) => metadata.size_bytes(),
        EntryPayload::Blank => 0,
        EntryPayload::Membership(_) => 256,
    }
}
