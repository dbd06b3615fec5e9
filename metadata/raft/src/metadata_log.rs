//! The metadata log as observers see it: what Fetch, FetchSnapshot and DescribeQuorum handlers need.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use kedge_protocol::ErrorCode;
use openraft::ServerState;

use crate::{
    epochs::OffsetAndEpoch,
    leadership::Leadership,
    limits::FETCH_SIZE_BYTES_MAX,
    observers::{Observers, ReplicaProgress},
    state_machine::Shared,
    types::kafka_node_id,
    verdict::{self, FetchAsk, FetchVerdict, LeaderAndEpoch, QuorumView},
};

/// The state that goes into every answer beside the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchState {
    /// `CurrentLeader`.
    pub leader: LeaderAndEpoch,
    /// −1 unless this node leads: a voter that lags must not show an observer a high watermark below the one it knows.
    pub high_watermark: i64,
    /// First offset kept.
    pub log_start_offset: i64,
}

/// A piece of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotChunk {
    /// Size of the whole snapshot in bytes.
    pub size_bytes: u64,
    /// From the asked position on; may cut a batch.
    pub bytes: Bytes,
}

/// What DescribeQuorum tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumDescription {
    /// Who leads, and in which epoch.
    pub leader: LeaderAndEpoch,
    /// End of the committed log; −1 unless this node leads.
    pub high_watermark: i64,
    /// The voters, this node included.
    pub voters: Vec<ReplicaProgress>,
    /// Who fetches.
    pub observers: Vec<ReplicaProgress>,
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct MetadataLog {
    shared: Arc<Shared>,
    leadership: Arc<Leadership>,
    observers: Arc<Mutex<Observers>>,
}

impl MetadataLog {
    pub(crate) fn new(shared: Arc<Shared>, leadership: Arc<Leadership>) -> MetadataLog {
        MetadataLog { shared, leadership, observers: Arc::default() }
    }

    /// End of the committed log as this node has applied it.
    pub fn high_watermark(&self) -> i64 {
        self.shared.core().log.end_offset()
    }

    /// First offset kept: 0, or the end of a snapshot.
    pub fn log_start_offset(&self) -> i64 {
        self.shared.core().log.start_offset()
    }

    /// Who leads, as far as this node may say.
    ///
    /// The epoch is that of the last applied record, so it is shown only after the leader's LeaderChange was applied here.
    pub fn leader_and_epoch(&self) -> LeaderAndEpoch {
        let leader_epoch = self.shared.core().applied.leader_epoch;
        self.leader_of(leader_epoch)
    }

    fn leader_of(&self, leader_epoch: i32) -> LeaderAndEpoch {
        // The borrow is a read lock and must end here: a second one below would wait behind openraft's waiting write.
        let (current_term, current_leader) = {
            let metrics = self.leadership.metrics.borrow();
            (metrics.current_term, metrics.current_leader)
        };
        let same_term = u64::try_from(leader_epoch).ok() == Some(current_term) && leader_epoch > 0;
        let leader_id = current_leader.filter(|_| same_term).map(kafka_node_id);
        // A node names itself only while it may really answer as the leader.
        let leader_id = leader_id.filter(|id| *id != self.leadership.node_id || self.leads(leader_epoch));
        LeaderAndEpoch { leader_id, leader_epoch }
    }

    fn leads(&self, leader_epoch: i32) -> bool {
        let established = *self.leadership.established.borrow();
        established == Some(leader_epoch) && self.leadership.raft_leads(leader_epoch)
    }

    /// Leader epochs of the kept log, each with its first offset, ascending. A log that starts at a snapshot begins with the
    /// epoch that covers its start.
    pub fn leader_epochs(&self) -> Vec<(i32, i64)> {
        self.shared.core().log.epochs().starts().to_vec()
    }

    /// What the committed log stands for on this node, transactions as a whole.
    pub fn image(&self) -> Arc<kedge_metadata_state::Image> {
        self.shared.core().image.clone()
    }

    /// Where the largest leader epoch not above this one ends.
    pub fn end_offset_for_epoch(&self, leader_epoch: i32) -> Option<OffsetAndEpoch> {
        let core = self.shared.core();
        core.log.epochs().end_offset_for(leader_epoch, core.log.end_offset())
    }

    /// The newest snapshot observers may be sent to.
    pub fn latest_snapshot_id(&self) -> Option<OffsetAndEpoch> {
        self.shared.core().latest_snapshot_id()
    }

    fn with_view<T>(&self, use_view: impl FnOnce(&QuorumView<'_>) -> T) -> (T, FetchState) {
        let core = self.shared.core();
        let leader = self.leader_of(core.applied.leader_epoch);
        let view = QuorumView {
            is_leader: self.leads(leader.leader_epoch),
            shutting_down: self.leadership.shutting_down.load(Ordering::Relaxed),
            leader,
            log_start_offset: core.log.start_offset(),
            high_watermark: core.log.end_offset(),
            epochs: core.log.epochs(),
            oldest_snapshot: core.oldest_snapshot_id(),
            latest_snapshot: core.latest_snapshot_id(),
        };
        let high_watermark = if view.is_leader { view.high_watermark } else { -1 };
        let state = FetchState { leader, high_watermark, log_start_offset: view.log_start_offset };
        (use_view(&view), state)
    }

    /// The answer to an observer's Fetch, and the state to put beside it. Read the records with [`MetadataLog::read`].
    pub fn fetch_verdict(&self, ask: FetchAsk) -> (FetchVerdict, FetchState) {
        self.with_view(|view| verdict::fetch_verdict(ask, view))
    }

    /// Whole batches from the one that holds `offset` on, at least one, up to about `size_bytes_max`. Empty at the end.
    pub fn read(&self, offset: i64, size_bytes_max: usize) -> io::Result<Bytes> {
        let slice = self.shared.core().log.locate(offset, size_bytes_max.min(FETCH_SIZE_BYTES_MAX))?;
        slice.map_or(Ok(Bytes::new()), |slice| slice.read())
    }

    /// Waits until the log ends past `offset`, the leader changes, or the time is over. A request parked on this answers
    /// with a fresh verdict.
    pub async fn wait_for_growth(&self, offset: i64, timeout: Duration) {
        let mut progress = self.shared.progress();
        let mut metrics = self.leadership.metrics.clone();
        let mut established = self.leadership.established.subscribe();
        let leader = self.leader_and_epoch();
        let changed = async {
            while self.high_watermark() <= offset && self.leader_and_epoch() == leader {
                let ended = tokio::select! {
                    changed = progress.changed() => changed.is_err(),
                    changed = metrics.changed() => changed.is_err(),
                    changed = established.changed() => changed.is_err(),
                };
                if ended {
                    return;
                }
            }
        };
        // The time being over is an answer too.
        let _ = tokio::time::timeout(timeout, changed).await;
    }

    /// A piece of a snapshot from `position` on, or the partition-level error, and the state to put beside either.
    pub fn read_snapshot(
        &self,
        current_leader_epoch: i32,
        snapshot_id: OffsetAndEpoch,
        position: i64,
        size_bytes_max: usize,
    ) -> io::Result<(Result<SnapshotChunk, ErrorCode>, FetchState)> {
        let file = self.shared.core().snapshots.iter().find(|known| known.id() == snapshot_id).cloned();
        let size_bytes = file.as_ref().map(|file| file.checkpoint_size_bytes);
        let (error, state) = self.with_view(|view| {
            verdict::fetch_snapshot_error(current_leader_epoch, snapshot_id, position, size_bytes, view)
        });
        let (None, Some(file)) = (error, file) else {
            return Ok((Err(error.unwrap_or(ErrorCode::SNAPSHOT_NOT_FOUND)), state));
        };
        let remaining = file.checkpoint_size_bytes - position as u64;
        let mut buffer = vec![0; size_bytes_max.min(FETCH_SIZE_BYTES_MAX).min(remaining as usize)];
        match File::open(&file.checkpoint).and_then(|open| open.read_exact_at(&mut buffer, position as u64)) {
            // Deleted by retention since the lock was released.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((Err(ErrorCode::SNAPSHOT_NOT_FOUND), state));
            }
            read => read?,
        }
        let chunk = SnapshotChunk { size_bytes: file.checkpoint_size_bytes, bytes: Bytes::from(buffer) };
        Ok((Ok(chunk), state))
    }

    /// Notes that an observer asked, for DescribeQuorum.
    pub fn on_observer_fetch(&self, replica_id: i32, fetch_offset: i64) {
        let log_end_offset = self.high_watermark();
        let mut observers = self.observers.lock().expect("no panic while locked");
        observers.on_fetch(replica_id, fetch_offset, log_end_offset, (self.leadership.clock)());
    }

    /// The quorum as this node sees it; voters' progress is known to the leader alone.
    pub fn describe_quorum(&self) -> QuorumDescription {
        let now_ms = (self.leadership.clock)();
        let metrics = self.leadership.metrics.borrow().clone();
        let core = self.shared.core();
        let leader = self.leader_of(core.applied.leader_epoch);
        let is_leader = self.leads(leader.leader_epoch);
        let contacts = self.leadership.contacts.lock().expect("no panic while locked").clone();
        let voter = |voter_id: i32| {
            let own = voter_id == self.leadership.node_id;
            let matched = metrics.replication.as_ref().and_then(|matched| matched.get(&(voter_id as u64)).copied());
            let log_end_offset = match (own, matched.flatten()) {
                (true, _) => core.log.end_offset(),
                (false, Some(log_id)) => core.end_offset_at(log_id.index),
                (false, None) => -1,
            };
            let contact_ms = if own { now_ms } else { contacts.get(&voter_id).copied().unwrap_or(-1) };
            let caught_up = own || log_end_offset >= core.log.end_offset();
            ReplicaProgress {
                replica_id: voter_id,
                log_end_offset,
                last_fetch_timestamp_ms: contact_ms,
                last_caught_up_timestamp_ms: if caught_up { contact_ms } else { -1 },
            }
        };
        QuorumDescription {
            leader,
            high_watermark: if is_leader { core.log.end_offset() } else { -1 },
            voters: self.leadership.voter_ids.iter().map(|voter_id| voter(*voter_id)).collect(),
            observers: self.observers.lock().expect("no panic while locked").list(now_ms),
        }
    }

    /// Openraft's own view of this node's role, for metrics.
    pub fn is_raft_leader(&self) -> bool {
        self.leadership.metrics.borrow().state == ServerState::Leader
    }
}
