//! The follower's side of a replica: what a fetcher does to its log, always under the change lock and only in the epoch it fetched in.

use bytes::Bytes;
use kedge_log::{EpochEndOffset, LogError};
use tracing::{info, warn};

use super::Partition;
use crate::replica::metrics::ReplicaMetrics;

/// Where a follower's next fetch starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FollowPosition {
    pub(crate) fetch_offset: i64,
    pub(crate) last_fetched_epoch: i32,
    pub(crate) log_start_offset: i64,
}

impl Partition {
    /// Where the next fetch from the leader starts; None if this replica does not follow in that epoch any more.
    pub(crate) fn follow_position(&self, leader_epoch: i32) -> Option<FollowPosition> {
        let state = self.read_state();
        state.role.follows_in(leader_epoch).then(|| FollowPosition {
            fetch_offset: self.log.log_end_offset(),
            last_fetched_epoch: self.log.latest_leader_epoch().unwrap_or(-1),
            log_start_offset: self.log.log_start_offset(),
        })
    }

    /// Appends what a fetch at `fetch_offset` brought and follows the leader's high watermark and log start. Ok(0) and nothing
    /// done if the role or the log has moved since the fetch was sent.
    pub(crate) fn append_from_leader(
        &self,
        leader_epoch: i32,
        fetch_offset: i64,
        records: &Bytes,
        leader_high_watermark: i64,
        leader_log_start_offset: i64,
    ) -> Result<usize, LogError> {
        let state = self.read_state();
        if !state.role.follows_in(leader_epoch) || self.log.log_end_offset() != fetch_offset {
            return Ok(0);
        }
        let size_bytes = self.log.append_as_follower(records)?.map_or(0, |info| info.size_bytes);
        self.log.set_high_watermark(leader_high_watermark);
        let log_start_offset = leader_log_start_offset.min(self.log.high_watermark());
        if log_start_offset > self.log.log_start_offset() {
            self.log.advance_log_start_offset(log_start_offset)?;
        }
        ReplicaMetrics::add(&self.context.metrics.replicated_bytes, size_bytes as u64);
        Ok(size_bytes)
    }

    /// Cuts what the leader does not have, as far as one answer tells; the next fetch finds out the rest (KIP-595).
    pub(crate) fn truncate_to_divergence(&self, leader_epoch: i32, leader_end: EpochEndOffset) -> Result<(), LogError> {
        let state = self.read_state();
        if !state.role.follows_in(leader_epoch) {
            return Ok(());
        }
        let end_offset = match leader_end {
            EpochEndOffset { end_offset, .. } if end_offset < 0 => self.log.high_watermark(),
            EpochEndOffset { leader_epoch, end_offset } => {
                let own = self.log.end_offset_for(leader_epoch);
                if own == EpochEndOffset::UNDEFINED {
                    end_offset
                } else if own.leader_epoch == leader_epoch {
                    own.end_offset.min(end_offset)
                } else {
                    // We have no record of that epoch; the next fetch asks about the one before it.
                    own.end_offset
                }
            }
        };
        self.truncate(end_offset)
    }

    /// The leader's log ends before ours (an unclean election): cut to it.
    pub(crate) fn truncate_to_leader_end(&self, leader_epoch: i32, leader_end_offset: i64) -> Result<(), LogError> {
        let state = self.read_state();
        if state.role.follows_in(leader_epoch) { self.truncate(leader_end_offset) } else { Ok(()) }
    }

    /// The leader's log starts after ours ends: start anew there.
    pub(crate) fn restart_at(&self, leader_epoch: i32, leader_start_offset: i64) -> Result<(), LogError> {
        let state = self.read_state();
        if !state.role.follows_in(leader_epoch) {
            return Ok(());
        }
        warn!(
            partition = self.name(),
            leader_start_offset, "the leader has nothing of this log any more, starting anew"
        );
        ReplicaMetrics::add(&self.context.metrics.truncations, 1);
        self.log.truncate_fully_and_start_at(leader_start_offset)
    }

    fn truncate(&self, end_offset: i64) -> Result<(), LogError> {
        // A peer says where; nonsense must not become a panic below.
        let end_offset = end_offset.max(0);
        let (log_end_offset, high_watermark) = (self.log.log_end_offset(), self.log.high_watermark());
        if end_offset < high_watermark {
            warn!(partition = self.name(), end_offset, high_watermark, "truncating below the high watermark");
        }
        if self.log.truncate_to(end_offset)? {
            ReplicaMetrics::add(&self.context.metrics.truncations, 1);
            info!(partition = self.name(), log_end_offset, end_offset, "truncated");
        }
        Ok(())
    }
}
