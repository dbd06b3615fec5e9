//! The bytes of RPCs between voters.
//!
//! ```text
//! request:  u8 format, cluster id, i32 from, i32 to, then
//!   append:   JSON {vote, prev_log_id, leader_commit}, u32 count, entries as in the write-ahead log
//!   vote:     JSON VoteRequest
//!   snapshot: JSON {vote, meta, offset, done}, chunk
//! answer:   u8 status (0 answered, 1 refused), then JSON of openraft's answer, or the reason as text
//! ```
//!
//! A request names its cluster and both ends, so that a stale address or another cluster's controller is refused.

use bytes::{BufMut, Bytes};
use openraft::raft::{AppendEntriesRequest, InstallSnapshotRequest, VoteRequest};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    codec::{CodecError, Reader, put_bytes, put_json},
    types::{LogId, SnapshotMeta, TypeConfig, Vote},
    wal::frame::{put_entry, read_entry},
};

const FORMAT: u8 = 1;
const ANSWERED: u8 = 0;
const REFUSED: u8 = 1;

/// Who sends a request to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) cluster_id: String,
    pub(crate) from: i32,
    pub(crate) to: i32,
}

#[derive(Serialize, Deserialize)]
struct AppendHead {
    vote: Vote,
    prev_log_id: Option<LogId>,
    leader_commit: Option<LogId>,
}

#[derive(Serialize, Deserialize)]
struct SnapshotHead {
    vote: Vote,
    meta: SnapshotMeta,
    offset: u64,
    done: bool,
}

fn put_address(address: &Address) -> Vec<u8> {
    let mut out = vec![FORMAT];
    put_bytes(&mut out, address.cluster_id.as_bytes());
    out.put_i32(address.from);
    out.put_i32(address.to);
    out
}

/// Reads the address off a request; the rest is the body.
pub(crate) fn read_address(request: Bytes) -> Result<(Address, Bytes), CodecError> {
    let mut reader = Reader(request);
    let format = reader.u8("RPC format")?;
    if format != FORMAT {
        return Err(CodecError::new("RPC format", format!("{format} is not known, {FORMAT} is")));
    }
    let cluster_id = reader.bytes("RPC cluster id")?;
    let cluster_id = std::str::from_utf8(&cluster_id).map_err(|error| CodecError::new("RPC cluster id", error))?;
    let address =
        Address { cluster_id: cluster_id.to_owned(), from: reader.i32("RPC sender")?, to: reader.i32("RPC target")? };
    Ok((address, reader.0))
}

pub(crate) fn append_request(address: &Address, request: &AppendEntriesRequest<TypeConfig>) -> Bytes {
    let mut out = put_address(address);
    let head =
        AppendHead { vote: request.vote, prev_log_id: request.prev_log_id, leader_commit: request.leader_commit };
    put_json(&mut out, &head);
    out.put_u32(request.entries.len() as u32);
    for entry in &request.entries {
        put_entry(&mut out, entry);
    }
    Bytes::from(out)
}

pub(crate) fn read_append(body: Bytes) -> Result<AppendEntriesRequest<TypeConfig>, CodecError> {
    let mut reader = Reader(body);
    let AppendHead { vote, prev_log_id, leader_commit } = reader.json("append request")?;
    let count = reader.u32("entry count")?;
    let mut entries = Vec::new();
    for _ in 0..count {
        entries.push(read_entry(&mut reader)?);
    }
    reader.end("append request")?;
    Ok(AppendEntriesRequest { vote, prev_log_id, leader_commit, entries })
}

pub(crate) fn vote_request(address: &Address, request: &VoteRequest<u64>) -> Bytes {
    let mut out = put_address(address);
    put_json(&mut out, request);
    Bytes::from(out)
}

pub(crate) fn read_vote(body: Bytes) -> Result<VoteRequest<u64>, CodecError> {
    let mut reader = Reader(body);
    let request = reader.json("vote request")?;
    reader.end("vote request")?;
    Ok(request)
}

pub(crate) fn snapshot_request(address: &Address, request: &InstallSnapshotRequest<TypeConfig>) -> Bytes {
    let mut out = put_address(address);
    let head =
        SnapshotHead { vote: request.vote, meta: request.meta.clone(), offset: request.offset, done: request.done };
    put_json(&mut out, &head);
    put_bytes(&mut out, &request.data);
    Bytes::from(out)
}

pub(crate) fn read_snapshot(body: Bytes) -> Result<InstallSnapshotRequest<TypeConfig>, CodecError> {
    let mut reader = Reader(body);
    let SnapshotHead { vote, meta, offset, done } = reader.json("snapshot request")?;
    let data = reader.bytes("snapshot chunk")?.to_vec();
    reader.end("snapshot request")?;
    Ok(InstallSnapshotRequest { vote, meta, offset, data, done })
}

/// An answer.
pub(crate) fn answered<T: Serialize>(answer: &T) -> Bytes {
    let mut out = vec![ANSWERED];
    put_json(&mut out, answer);
    Bytes::from(out)
}

/// A refusal that says why.
pub(crate) fn refused(problem: &str) -> Bytes {
    let mut out = vec![REFUSED];
    put_bytes(&mut out, problem.as_bytes());
    Bytes::from(out)
}

/// Reads an answer; a refusal is an error with its reason.
pub(crate) fn read_answer<T: DeserializeOwned>(answer: Bytes) -> Result<T, CodecError> {
    let mut reader = Reader(answer);
    match reader.u8("RPC status")? {
        ANSWERED => reader.json("RPC answer"),
        REFUSED => {
            let problem = reader.bytes("RPC refusal")?;
            Err(CodecError::new("refused", String::from_utf8_lossy(&problem)))
        }
        status => Err(CodecError::new("RPC status", format!("{status} is not known"))),
    }
}
