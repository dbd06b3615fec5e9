//! What a voter answers to an observer's Fetch or FetchSnapshot of `__cluster_metadata-0` (KIP-595, KIP-630). Pure.
//!
//! An observer stops its process on an answer that contradicts what it knows (facts: kraft.md §4.1), so these rules are
//! Kafka's to the letter. The log holds committed data only: its end is the high watermark.

use kedge_protocol::ErrorCode;

use crate::epochs::{EpochTable, OffsetAndEpoch};

/// The leader as this node may speak of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeaderAndEpoch {
    /// None (−1 on the wire) while no leader of that epoch is known.
    pub leader_id: Option<i32>,
    /// The epoch of the last applied record; 0 before the first. Never that of an election that is still going on.
    pub leader_epoch: i32,
}

/// What a verdict depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct QuorumView<'a> {
    /// This node leads `leader.leader_epoch`, and its LeaderChange has been applied.
    pub is_leader: bool,
    /// The node is going down.
    pub shutting_down: bool,
    /// Who leads.
    pub leader: LeaderAndEpoch,
    /// First offset kept.
    pub log_start_offset: i64,
    /// End of the log, which is the high watermark.
    pub high_watermark: i64,
    /// Leader epochs by offset.
    pub epochs: &'a EpochTable,
    /// The oldest snapshot kept.
    pub oldest_snapshot: Option<OffsetAndEpoch>,
    /// The newest one.
    pub latest_snapshot: Option<OffsetAndEpoch>,
}

/// What an observer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchAsk {
    /// The leader epoch it believes in.
    pub current_leader_epoch: i32,
    /// Its log end offset.
    pub fetch_offset: i64,
    /// Leader epoch of its last record.
    pub last_fetched_epoch: i32,
    /// How long it would wait, in milliseconds.
    pub max_wait_ms: i32,
}

/// The answer, without the fields that every answer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchVerdict {
    /// Partition-level error; `current_leader` goes with it.
    Error(ErrorCode),
    /// Fetch this snapshot and go on from its end.
    Snapshot(OffsetAndEpoch),
    /// Cut the log back to here and ask again.
    Diverging(OffsetAndEpoch),
    /// Records from the asked offset on; none if it is the log's end (park the request then).
    Records,
}

impl FetchVerdict {
    /// A high watermark may stand beside this answer. An error of a node that does not lead carries −1.
    pub fn carries_high_watermark(&self) -> bool {
        !matches!(self, FetchVerdict::Error(_))
    }
}

/// The answer to a Fetch whose shape, topic id and cluster id were found right.
pub fn fetch_verdict(ask: FetchAsk, view: &QuorumView<'_>) -> FetchVerdict {
    if ask.max_wait_ms < 0
        || ask.fetch_offset < 0
        || ask.last_fetched_epoch < 0
        || ask.current_leader_epoch < 0
        || ask.last_fetched_epoch > ask.current_leader_epoch
    {
        return FetchVerdict::Error(ErrorCode::INVALID_REQUEST);
    }
    if let Err(error) = check_epoch(ask.current_leader_epoch, view) {
        return FetchVerdict::Error(error);
    }
    if ask.fetch_offset == 0
        && let Some(latest) = view.latest_snapshot
    {
        return FetchVerdict::Snapshot(latest);
    }
    // An observer with an empty log follows from the very beginning.
    if ask.fetch_offset == 0 && ask.last_fetched_epoch == 0 && view.log_start_offset == 0 {
        return FetchVerdict::Records;
    }
    if let (Some(oldest), Some(latest)) = (view.oldest_snapshot, view.latest_snapshot)
        && needs_snapshot(ask, view.log_start_offset, oldest)
    {
        return FetchVerdict::Snapshot(latest);
    }
    let end = end_offset_for(ask.last_fetched_epoch, view);
    if end.leader_epoch != ask.last_fetched_epoch || end.end_offset < ask.fetch_offset {
        return FetchVerdict::Diverging(end);
    }
    FetchVerdict::Records
}

fn needs_snapshot(ask: FetchAsk, log_start_offset: i64, oldest: OffsetAndEpoch) -> bool {
    ask.fetch_offset < log_start_offset
        || (ask.fetch_offset == log_start_offset
            && log_start_offset == oldest.end_offset
            && ask.last_fetched_epoch != oldest.leader_epoch)
        || ask.last_fetched_epoch < oldest.leader_epoch
}

/// Where an epoch ends here. At a snapshot's end with nothing after it, the snapshot itself is the answer; an epoch nobody
/// knows is answered with the log's end.
fn end_offset_for(leader_epoch: i32, view: &QuorumView<'_>) -> OffsetAndEpoch {
    let log_end = OffsetAndEpoch {
        end_offset: view.high_watermark,
        leader_epoch: view.epochs.last_epoch().or(view.oldest_snapshot.map(|id| id.leader_epoch)).unwrap_or(0),
    };
    view.epochs.end_offset_for(leader_epoch, view.high_watermark).unwrap_or(log_end)
}

/// The epoch rules that Fetch and FetchSnapshot share.
pub fn check_epoch(current_leader_epoch: i32, view: &QuorumView<'_>) -> Result<(), ErrorCode> {
    if view.shutting_down {
        return Err(ErrorCode::BROKER_NOT_AVAILABLE);
    }
    match current_leader_epoch.cmp(&view.leader.leader_epoch) {
        std::cmp::Ordering::Less => Err(ErrorCode::FENCED_LEADER_EPOCH),
        std::cmp::Ordering::Greater => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
        std::cmp::Ordering::Equal if !view.is_leader => Err(ErrorCode::NOT_LEADER_OR_FOLLOWER),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

/// The answer to a FetchSnapshot, before any byte is read. `snapshot_size_bytes` is that of the asked snapshot, if it is kept.
pub fn fetch_snapshot_error(
    current_leader_epoch: i32,
    snapshot_id: OffsetAndEpoch,
    position: i64,
    snapshot_size_bytes: Option<u64>,
    view: &QuorumView<'_>,
) -> Option<ErrorCode> {
    if let Err(error) = check_epoch(current_leader_epoch, view) {
        return Some(error);
    }
    let Some(size_bytes) = snapshot_size_bytes.filter(|_| snapshot_id.end_offset > 0) else {
        return Some(ErrorCode::SNAPSHOT_NOT_FOUND);
    };
    let inside = u64::try_from(position).is_ok_and(|position| position < size_bytes);
    // 98 rather than 99: an observer takes any other error that names no snapshot for a broken leader, and stops.
    (!inside).then_some(ErrorCode::SNAPSHOT_NOT_FOUND)
}
