//! What a voter answers to an observer's Fetch or FetchSnapshot of `__cluster_metadata-0` (KIP-595, KIP-630). Pure.
//!
//! An observer stops its process on an answer that contradicts what it knows (Kafka's `KafkaRaftClient`), so these rules are
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table(starts: &[(i32, i64)]) -> EpochTable {
        let mut table = EpochTable::default();
        for (leader_epoch, base_offset) in starts {
            table.assign(*leader_epoch, *base_offset);
        }
        table
    }

    const fn at(end_offset: i64, leader_epoch: i32) -> OffsetAndEpoch {
        OffsetAndEpoch { end_offset, leader_epoch }
    }

    /// A leader of epoch 7 whose log holds [start, 40), with snapshots at these ids.
    fn leader<'a>(epochs: &'a EpochTable, log_start_offset: i64, snapshots: &[OffsetAndEpoch]) -> QuorumView<'a> {
        QuorumView {
            is_leader: true,
            shutting_down: false,
            leader: LeaderAndEpoch { leader_id: Some(1), leader_epoch: 7 },
            log_start_offset,
            high_watermark: 40,
            epochs,
            oldest_snapshot: snapshots.first().copied(),
            latest_snapshot: snapshots.last().copied(),
        }
    }

    fn render(view: &QuorumView<'_>, asks: &[(i32, i64, i32)]) -> String {
        let lines = asks.iter().map(|(current_leader_epoch, fetch_offset, last_fetched_epoch)| {
            let ask = FetchAsk {
                current_leader_epoch: *current_leader_epoch,
                fetch_offset: *fetch_offset,
                last_fetched_epoch: *last_fetched_epoch,
                max_wait_ms: 500,
            };
            let verdict = fetch_verdict(ask, view);
            format!("epoch {current_leader_epoch}, offset {fetch_offset} after epoch {last_fetched_epoch}: {verdict:?}")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_leader_with_the_whole_log() {
        let epochs = table(&[(2, 0), (3, 10), (7, 20)]);
        let view = leader(&epochs, 0, &[]);
        insta::assert_snapshot!(render(
            &view,
            &[
                (7, 0, 0),
                (7, 5, 2),
                (7, 10, 2),
                (7, 10, 3),
                (7, 11, 2),
                (7, 20, 3),
                (7, 21, 3),
                (7, 40, 7),
                (7, 41, 7),
                (7, 20, 5),
                (7, 5, 1),
                (7, 0, 1),
                (6, 40, 3),
                (8, 40, 7),
                (0, 0, 0),
                (7, -1, 0),
                (7, 0, -1),
                (-1, 0, 0),
                (7, 40, 8),
            ]
        ));
    }

    #[test]
    fn a_leader_whose_log_starts_at_a_snapshot() {
        let epochs = table(&[(3, 15), (7, 20)]);
        let view = leader(&epochs, 15, &[at(15, 3), at(30, 7)]);
        insta::assert_snapshot!(render(
            &view,
            &[
                (7, 0, 0),
                (7, 14, 3),
                (7, 15, 3),
                (7, 15, 2),
                (7, 15, 7),
                (7, 18, 2),
                (7, 18, 3),
                (7, 30, 7),
                (7, 40, 7),
            ]
        ));
    }

    /// Right after an installation: nothing in the log, the snapshot's end is the only place to go on from.
    #[test]
    fn a_leader_with_a_snapshot_and_no_record() {
        let epochs = table(&[]);
        let view = leader(&epochs, 40, &[at(40, 7)]);
        insta::assert_snapshot!(render(&view, &[(7, 0, 0), (7, 40, 7), (7, 40, 6), (7, 41, 7), (7, 39, 7)]));
    }

    #[test]
    fn who_does_not_lead_gives_no_verdict() {
        let epochs = table(&[(7, 0)]);
        let follower = QuorumView { is_leader: false, ..leader(&epochs, 0, &[]) };
        let leaving = QuorumView { shutting_down: true, ..leader(&epochs, 0, &[]) };
        let asks = [(7, 0, 0), (6, 0, 0), (8, 0, 0), (7, 99, 7)];
        insta::assert_snapshot!(format!("{}\n{}", render(&follower, &asks), render(&leaving, &asks)));
    }

    #[test]
    fn snapshot_errors() {
        let epochs = table(&[(7, 20)]);
        let view = leader(&epochs, 20, &[at(20, 3)]);
        let error = |epoch, id, position, size| fetch_snapshot_error(epoch, id, position, size, &view);
        assert_eq!(error(7, at(20, 3), 0, Some(10)), None);
        assert_eq!(error(7, at(20, 3), 9, Some(10)), None);
        assert_eq!(error(7, at(20, 3), 10, Some(10)), Some(ErrorCode::SNAPSHOT_NOT_FOUND));
        assert_eq!(error(7, at(20, 3), -1, Some(10)), Some(ErrorCode::SNAPSHOT_NOT_FOUND));
        assert_eq!(error(7, at(20, 4), 0, None), Some(ErrorCode::SNAPSHOT_NOT_FOUND));
        assert_eq!(error(7, at(0, 0), 0, Some(10)), Some(ErrorCode::SNAPSHOT_NOT_FOUND));
        assert_eq!(error(6, at(20, 3), 0, Some(10)), Some(ErrorCode::FENCED_LEADER_EPOCH));
        assert_eq!(error(8, at(20, 3), 0, Some(10)), Some(ErrorCode::UNKNOWN_LEADER_EPOCH));
    }
}
