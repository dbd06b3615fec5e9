//! What a leader knows of its followers, and what follows from it: high watermark, ISR changes (Kafka's `Partition` and
//! `Replica`). Pure: time, offsets and who is alive come as arguments.
//!
//! An ISR change is *pending* from the moment it is proposed until the controller's answer or the next metadata says otherwise.
//! Meanwhile the high watermark waits for both the committed and the proposed members (the *maximal* ISR), so whichever of the two
//! the controller ends up with, nothing acknowledged is missing on a member. Only the committed ISR counts for
//! `min.insync.replicas`.

use std::collections::BTreeMap;

use kedge_metadata_state::{BrokerId, TimestampMs, image::PartitionImage};
use kedge_protocol::ErrorCode;

use crate::controller_link::CommittedIsr;

/// A replica's log end offset before its first fetch in this leader epoch.
const UNKNOWN_OFFSET: i64 = -1;

/// Whether a replica may be in an ISR now: alive, unfenced, and the broker epoch it fetches with (second argument) is not outdated.
pub(crate) type Eligible<'a> = &'a dyn Fn(BrokerId, i64) -> bool;

/// A follower's fetch, as far as its progress goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowerFetch {
    /// It has everything below this offset.
    pub(crate) fetch_offset: i64,
    /// The leader's log end when the fetch was served.
    pub(crate) leader_log_end_offset: i64,
    /// Broker epoch in the request, −1 if unknown.
    pub(crate) broker_epoch: i64,
    /// When.
    pub(crate) now_ms: TimestampMs,
}

/// What a leader remembers of a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FollowerProgress {
    pub(crate) log_end_offset: i64,
    /// Broker epoch of its last fetch; −1 unknown.
    pub(crate) broker_epoch: i64,
    /// The last time at which it had all that the leader had.
    last_caught_up_ms: TimestampMs,
    last_fetch_ms: TimestampMs,
    /// The leader's log end at its last fetch: reaching it later proves it was caught up then.
    leader_end_at_last_fetch: i64,
}

impl FollowerProgress {
    fn is_caught_up(&self, leader_log_end_offset: i64, now_ms: TimestampMs, lag_max_ms: i64) -> bool {
        self.log_end_offset == leader_log_end_offset || now_ms - self.last_caught_up_ms <= lag_max_ms
    }

    fn record(&mut self, fetch: &FollowerFetch) {
        let reached_last_end =
            self.leader_end_at_last_fetch != UNKNOWN_OFFSET && fetch.fetch_offset >= self.leader_end_at_last_fetch;
        if fetch.fetch_offset >= fetch.leader_log_end_offset {
            self.last_caught_up_ms = self.last_caught_up_ms.max(fetch.now_ms);
        } else if reached_last_end {
            self.last_caught_up_ms = self.last_caught_up_ms.max(self.last_fetch_ms);
        }
        self.log_end_offset = fetch.fetch_offset;
        self.leader_end_at_last_fetch = self.leader_end_at_last_fetch.max(fetch.leader_log_end_offset);
        self.last_fetch_ms = fetch.now_ms;
        self.broker_epoch = fetch.broker_epoch;
    }
}

/// An ISR that was proposed and is not committed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PendingIsr {
    /// Tells this proposal from earlier ones when an answer arrives.
    number: u64,
    isr: Vec<BrokerId>,
    /// The controller answered in a way that only newer metadata can settle.
    awaits_metadata: bool,
}

/// A proposal on its way to the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// To hand back with the answer.
    pub(crate) number: u64,
    /// The leader epoch it is made in.
    pub(crate) leader_epoch: i32,
    /// The partition epoch it is made upon.
    pub(crate) partition_epoch: i32,
    /// The ISR with the broker epoch each follower fetched with (−1 unknown); the leader's own is −1 here.
    pub(crate) isr: Vec<(BrokerId, i64)>,
}

/// What the answer to a proposal meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProposalOutcome {
    /// An ISR is committed; by how much it grew.
    Committed {
        /// Members now − members before.
        growth: isize,
    },
    /// It was given up: the committed ISR stands.
    Rejected,
    /// It stays pending until metadata says more.
    AwaitsMetadata,
    /// Send it again.
    Retry,
    /// The answer is to something that no longer stands.
    Stale,
}

/// A leader's view of its partition.
#[derive(Clone, Debug)]
pub(crate) struct LeaderState {
    own_id: BrokerId,
    leader_epoch: i32,
    partition_epoch: i32,
    /// Log end when this epoch began; a follower below it is not in sync.
    leader_epoch_start_offset: i64,
    followers: BTreeMap<BrokerId, FollowerProgress>,
    committed_isr: Vec<BrokerId>,
    pending: Option<PendingIsr>,
    last_proposal: u64,
}

impl LeaderState {
    /// A leader in a new epoch. Members of the ISR count as caught up now; nothing is known of their log ends.
    pub(crate) fn new(
        own_id: BrokerId,
        image: &PartitionImage,
        log_end_offset: i64,
        now_ms: TimestampMs,
    ) -> LeaderState {
        let mut state = LeaderState {
            own_id,
            leader_epoch: image.leader_epoch,
            partition_epoch: image.partition_epoch,
            leader_epoch_start_offset: log_end_offset,
            followers: BTreeMap::new(),
            committed_isr: image.isr.clone(),
            pending: None,
            last_proposal: 0,
        };
        state.set_replicas(&image.replicas, now_ms);
        state
    }

    pub(crate) fn leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    pub(crate) fn partition_epoch(&self) -> i32 {
        self.partition_epoch
    }

    pub(crate) fn leader_epoch_start_offset(&self) -> i64 {
        self.leader_epoch_start_offset
    }

    pub(crate) fn isr(&self) -> &[BrokerId] {
        &self.committed_isr
    }

    #[cfg(test)]
    pub(crate) fn has_pending_isr(&self) -> bool {
        self.pending.is_some()
    }

    /// Replicas of the partition, this one included.
    pub(crate) fn replica_count(&self) -> usize {
        self.followers.len() + 1
    }

    pub(crate) fn is_follower(&self, broker_id: BrokerId) -> bool {
        self.followers.contains_key(&broker_id)
    }

    /// Metadata in the same leader epoch; fetch progress stays. A newer partition epoch, or another authority's (`is_absolute`),
    /// also says what the ISR is and settles a pending proposal. The epoch we have brings only the assignment: the answer to
    /// AlterPartition may have been here before its metadata. Returns whether anything is different now.
    pub(crate) fn update(&mut self, image: &PartitionImage, is_absolute: bool, now_ms: TimestampMs) -> bool {
        assert_eq!(image.leader_epoch, self.leader_epoch, "an update stays in the leader epoch");
        if !is_absolute && image.partition_epoch < self.partition_epoch {
            return false;
        }
        let mut is_changed = false;
        if is_absolute || image.partition_epoch > self.partition_epoch {
            is_changed = self.partition_epoch != image.partition_epoch
                || self.committed_isr != image.isr
                || self.pending.is_some();
            self.partition_epoch = image.partition_epoch;
            self.committed_isr.clone_from(&image.isr);
            self.pending = None;
        }
        self.set_replicas(&image.replicas, now_ms) || is_changed
    }

    /// Returns whether a replica came or went.
    fn set_replicas(&mut self, replicas: &[BrokerId], now_ms: TimestampMs) -> bool {
        let is_same = |broker_id: &BrokerId| *broker_id == self.own_id || self.followers.contains_key(broker_id);
        if self.followers.len() + 1 == replicas.len() && replicas.iter().all(is_same) {
            return false;
        }
        self.followers.retain(|broker_id, _| replicas.contains(broker_id));
        for broker_id in replicas.iter().copied().filter(|broker_id| *broker_id != self.own_id) {
            let is_in_sync = self.committed_isr.contains(&broker_id);
            self.followers.entry(broker_id).or_insert(FollowerProgress {
                log_end_offset: UNKNOWN_OFFSET,
                broker_epoch: -1,
                last_caught_up_ms: if is_in_sync { now_ms } else { 0 },
                last_fetch_ms: 0,
                leader_end_at_last_fetch: UNKNOWN_OFFSET,
            });
        }
        true
    }

    /// Notes a follower's fetch; false if the broker is no replica of this partition.
    pub(crate) fn record_fetch(&mut self, broker_id: BrokerId, fetch: &FollowerFetch) -> bool {
        let Some(follower) = self.followers.get_mut(&broker_id) else { return false };
        follower.record(fetch);
        true
    }

    /// Size of the maximal ISR.
    pub(crate) fn maximal_isr_len(&self) -> usize {
        let members = self.followers.keys().copied().chain([self.own_id]);
        members.filter(|broker_id| self.is_in_maximal_isr(*broker_id)).count()
    }

    fn is_in_maximal_isr(&self, broker_id: BrokerId) -> bool {
        self.committed_isr.contains(&broker_id)
            || self.pending.as_ref().is_some_and(|pending| pending.isr.contains(&broker_id))
    }

    /// `min.insync.replicas` as far as the partition has replicas at all.
    pub(crate) fn effective_min_isr(&self, min_insync_replicas: usize) -> usize {
        min_insync_replicas.min(self.replica_count())
    }

    /// Whether the committed ISR is too small for acks=all.
    pub(crate) fn is_under_min_isr(&self, min_insync_replicas: usize) -> bool {
        self.committed_isr.len() < self.effective_min_isr(min_insync_replicas)
    }

    /// Where the high watermark may stand: the smallest log end of the maximal ISR and of those caught up and about to join. None
    /// while the ISR is below `min.insync.replicas` (KIP-966) or a member has not fetched yet.
    ///
    /// Waiting for who is about to join keeps a follower from chasing a high watermark that always runs ahead of it.
    pub(crate) fn high_watermark(
        &self,
        log_end_offset: i64,
        min_insync_replicas: usize,
        now_ms: TimestampMs,
        lag_max_ms: i64,
        eligible: Eligible<'_>,
    ) -> Option<i64> {
        if self.is_under_min_isr(min_insync_replicas) {
            return None;
        }
        let waits_for = |(broker_id, follower): &(&BrokerId, &FollowerProgress)| {
            self.is_in_maximal_isr(**broker_id)
                || (follower.is_caught_up(log_end_offset, now_ms, lag_max_ms)
                    && eligible(**broker_id, follower.broker_epoch))
        };
        let log_ends = self.followers.iter().filter(waits_for).map(|(_, follower)| follower.log_end_offset);
        Some(log_ends.fold(log_end_offset, i64::min)).filter(|high_watermark| *high_watermark != UNKNOWN_OFFSET)
    }

    /// Proposes to take a follower into the ISR if it is in sync. True if there is a new proposal.
    pub(crate) fn propose_expansion(
        &mut self,
        broker_id: BrokerId,
        high_watermark: i64,
        eligible: Eligible<'_>,
    ) -> bool {
        let Some(follower) = self.followers.get(&broker_id) else { return false };
        let is_in_sync = follower.log_end_offset >= high_watermark
            && follower.log_end_offset >= self.leader_epoch_start_offset
            && follower.log_end_offset != UNKNOWN_OFFSET;
        let may_join = is_in_sync && self.pending.is_none() && !self.committed_isr.contains(&broker_id);
        if !may_join || !eligible(broker_id, follower.broker_epoch) {
            return false;
        }
        let mut isr = self.committed_isr.clone();
        isr.push(broker_id);
        self.propose(isr);
        true
    }

    /// Proposes to drop the members that have not caught up for `lag_max_ms` milliseconds. True if there is a new proposal.
    pub(crate) fn propose_shrink(&mut self, log_end_offset: i64, now_ms: TimestampMs, lag_max_ms: i64) -> bool {
        if self.pending.is_some() {
            return false;
        }
        let stays = |broker_id: &BrokerId| {
            let follower = self.followers.get(broker_id);
            follower.is_none_or(|follower| follower.is_caught_up(log_end_offset, now_ms, lag_max_ms))
        };
        let isr: Vec<BrokerId> = self.committed_isr.iter().copied().filter(stays).collect();
        if isr.len() == self.committed_isr.len() {
            return false;
        }
        self.propose(isr);
        true
    }

    fn propose(&mut self, isr: Vec<BrokerId>) {
        self.last_proposal += 1;
        self.pending = Some(PendingIsr { number: self.last_proposal, isr, awaits_metadata: false });
    }

    /// The proposal to send, unless the controller has answered it already.
    pub(crate) fn proposal(&self) -> Option<Proposal> {
        let pending = self.pending.as_ref().filter(|pending| !pending.awaits_metadata)?;
        let broker_epoch = |broker_id| self.followers.get(broker_id).map_or(-1, |follower| follower.broker_epoch);
        Some(Proposal {
            number: pending.number,
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            isr: pending.isr.iter().map(|broker_id| (*broker_id, broker_epoch(broker_id))).collect(),
        })
    }

    /// Takes the controller's answer to a proposal made in `leader_epoch`.
    pub(crate) fn settle(
        &mut self,
        leader_epoch: i32,
        number: u64,
        answer: &Result<CommittedIsr, ErrorCode>,
    ) -> ProposalOutcome {
        let Some(pending) = self.pending.as_mut().filter(|pending| pending.number == number) else {
            return ProposalOutcome::Stale;
        };
        if leader_epoch != self.leader_epoch {
            return ProposalOutcome::Stale;
        }
        match answer {
            // Of a newer leader epoch, or older than what metadata has brought: metadata decides.
            Ok(committed)
                if committed.leader_epoch != self.leader_epoch || committed.partition_epoch < self.partition_epoch =>
            {
                pending.awaits_metadata = true;
                ProposalOutcome::AwaitsMetadata
            }
            Ok(committed) => {
                let growth = committed.isr.len() as isize - self.committed_isr.len() as isize;
                self.partition_epoch = committed.partition_epoch;
                self.committed_isr.clone_from(&committed.isr);
                self.pending = None;
                ProposalOutcome::Committed { growth }
            }
            Err(ErrorCode::INELIGIBLE_REPLICA | ErrorCode::OPERATION_NOT_ATTEMPTED) => {
                self.pending = None;
                ProposalOutcome::Rejected
            }
            Err(
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
                | ErrorCode::UNKNOWN_TOPIC_ID
                | ErrorCode::FENCED_LEADER_EPOCH
                | ErrorCode::INVALID_UPDATE_VERSION
                | ErrorCode::INVALID_REQUEST
                | ErrorCode::NEW_LEADER_ELECTED,
            ) => {
                pending.awaits_metadata = true;
                ProposalOutcome::AwaitsMetadata
            }
            Err(_) => ProposalOutcome::Retry,
        }
    }
}

#[cfg(test)]
#[path = "leader_tests.rs"]
mod tests;
