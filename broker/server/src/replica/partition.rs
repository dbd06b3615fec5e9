//! One replica of a partition: its log, its role, and who waits for it.
//!
//! `state` is the partition's change lock. Whoever changes role, leader epoch or ISR holds it for writing over the epoch check, the
//! change itself and the move between fetchers; whoever appends or reads under a role holds it for reading until that is done. So
//! nothing is ever written under a leader epoch that is over, and a fetch that is still on its way cannot touch a new leader's log.

mod following;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use kedge_log::{AppendOptions, AppendOrigin, EpochEndOffset, FetchSlice, LogAppendInfo, LogError, PartitionLog};
use kedge_metadata_state::{BrokerId, TopicIdPartition, image::PartitionImage};
use kedge_protocol::ErrorCode;
use tracing::{info, warn};

pub(crate) use following::FollowPosition;

use super::{
    context::{ReplicaContext, is_isr_eligible},
    leader::{FollowerFetch, LeaderState, Proposal, ProposalOutcome},
    metrics::ReplicaMetrics,
    waiters::Waiters,
};
use crate::controller_link::CommittedIsr;

/// Moves a partition between replica fetchers. Called with the partition's change lock held.
pub(crate) trait FetcherMoves: Send + Sync {
    /// Fetch from `leader` in `leader_epoch` from now on, and from nobody else.
    fn follow(&self, partition: &Arc<Partition>, leader: BrokerId, leader_epoch: i32);
    /// Fetch no more.
    fn unfollow(&self, id: TopicIdPartition);
}

/// How a partition's new metadata stands to what the replica has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EpochOrder {
    /// The same authority as before: a lower partition epoch is old news (an AlterPartition answer was faster).
    Same,
    /// Another authority rules: its partition epochs count, whatever their order.
    Absolute,
}

/// What metadata made of a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleChange {
    /// Role and leader epoch are as they were.
    Unchanged,
    /// It leads in this new leader epoch.
    Leader(i32),
    /// It follows (or nobody leads) in a new leader epoch.
    Follower,
}

#[derive(Debug)]
enum Role {
    /// No metadata yet.
    Idle,
    Leader(LeaderState),
    Follower {
        leader: BrokerId,
        leader_epoch: i32,
    },
}

#[derive(Debug)]
struct State {
    role: Role,
    /// Topic config `min.insync.replicas`.
    min_insync_replicas: usize,
    /// Counts the times leadership was lost; an acknowledgement that spans one is void.
    tenure: u64,
}

/// An append that was made as leader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeaderAppend {
    /// Where it went.
    pub(crate) info: LogAppendInfo,
    tenure: u64,
}

/// Why an append was refused.
#[derive(Debug)]
pub(crate) enum AppendFailure {
    /// By the partition's state.
    Refused(ErrorCode),
    /// By the log.
    Log(LogError),
}

impl AppendFailure {
    pub(crate) fn error_code(&self) -> ErrorCode {
        match self {
            AppendFailure::Refused(code) => *code,
            AppendFailure::Log(error) => error.error_code(),
        }
    }
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A client, up to the high watermark or (read_committed) the last stable offset.
    Consumer { read_committed: bool },
    /// A follower, up to the log end; what it asks for is what it has.
    Follower { broker_id: BrokerId, broker_epoch: i64 },
    /// Kafka's debugging consumer (replica id −2), up to the log end.
    Debugger,
}

/// One partition of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartitionFetch {
    pub(crate) fetch_offset: i64,
    /// −1: the reader does not know.
    pub(crate) current_leader_epoch: i32,
    /// −1: nothing fetched yet, or a reader that does not track it.
    pub(crate) last_fetched_epoch: i32,
    /// The partition's own limit in bytes.
    pub(crate) max_bytes: usize,
}

/// What a partition has for a reader.
pub(crate) struct PartitionRead {
    /// The records; None if the reader has to truncate first.
    pub(crate) slice: Option<FetchSlice>,
    pub(crate) high_watermark: i64,
    pub(crate) last_stable_offset: i64,
    pub(crate) log_start_offset: i64,
    /// Where the reader's log parts from this one (KIP-595).
    pub(crate) diverging: Option<EpochEndOffset>,
}

impl PartitionRead {
    pub(crate) fn size_bytes(&self) -> usize {
        self.slice.as_ref().map_or(0, |slice| slice.size_bytes)
    }
}

/// A replica of a partition on this broker.
pub(crate) struct Partition {
    id: TopicIdPartition,
    topic_name: String,
    log: Arc<PartitionLog>,
    context: Arc<ReplicaContext>,
    state: RwLock<State>,
    /// Woken when the log end or the role moves.
    pub(crate) log_end_moved: Waiters,
    /// Woken when high watermark, ISR or role move.
    pub(crate) high_watermark_moved: Waiters,
}

impl std::fmt::Debug for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Partition").field("name", &self.name()).field("state", &*self.read_state()).finish()
    }
}

impl Partition {
    pub(crate) fn new(
        id: TopicIdPartition,
        log: Arc<PartitionLog>,
        min_insync_replicas: usize,
        context: Arc<ReplicaContext>,
    ) -> Partition {
        Partition {
            id,
            topic_name: log.topic_partition().topic.clone(),
            log,
            context,
            state: RwLock::new(State { role: Role::Idle, min_insync_replicas, tenure: 0 }),
            log_end_moved: Waiters::default(),
            high_watermark_moved: Waiters::default(),
        }
    }

    pub(crate) fn id(&self) -> TopicIdPartition {
        self.id
    }

    pub(crate) fn topic_name(&self) -> &str {
        &self.topic_name
    }

    pub(crate) fn log(&self) -> &Arc<PartitionLog> {
        &self.log
    }

    /// `<topic>-<partition>`, for log lines.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.topic_name, self.id.partition_id)
    }

    fn read_state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_state(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        self.log_end_moved.wake();
        self.high_watermark_moved.wake();
    }

    // ---- roles ----------------------------------------------------------------------------------------------------

    /// Takes on what metadata says. A leader epoch that is already in force changes nothing about fetching and producers: only
    /// assignment, ISR and partition epoch are set. An older one is ignored.
    pub(crate) fn apply(
        self: &Arc<Self>,
        image: &PartitionImage,
        order: EpochOrder,
        fetchers: &dyn FetcherMoves,
    ) -> RoleChange {
        let mut state = self.write_state();
        if let Some(leader_epoch) = state.role.leader_epoch()
            && image.leader_epoch < leader_epoch
        {
            warn!(partition = self.name(), leader_epoch, older = image.leader_epoch, "older leader epoch ignored");
            return RoleChange::Unchanged;
        }
        let leads = image.leader == self.context.broker_id;
        let change = match &mut state.role {
            // What is as it was wakes nobody: a switch of the metadata source comes by here for every partition.
            Role::Leader(leader) if leads && image.leader_epoch == leader.leader_epoch() => {
                let is_changed = leader.update(image, order == EpochOrder::Absolute, self.context.now_ms());
                if !is_changed {
                    return RoleChange::Unchanged;
                }
                RoleChange::Unchanged
            }
            Role::Follower { leader, leader_epoch }
                if image.leader_epoch == *leader_epoch && image.leader == *leader =>
            {
                return RoleChange::Unchanged;
            }
            _ if leads => self.become_leader(&mut state, image, fetchers),
            _ => self.become_follower(&mut state, image, fetchers),
        };
        if let Role::Leader(leader) = &state.role {
            self.advance_high_watermark(leader, state.min_insync_replicas);
        }
        drop(state);
        self.wake_all();
        change
    }

    fn become_leader(&self, state: &mut State, image: &PartitionImage, fetchers: &dyn FetcherMoves) -> RoleChange {
        fetchers.unfollow(self.id);
        self.log.assign_leader_epoch(image.leader_epoch);
        let log_end_offset = self.log.log_end_offset();
        let leader = LeaderState::new(self.context.broker_id, image, log_end_offset, self.context.now_ms());
        state.role = Role::Leader(leader);
        ReplicaMetrics::add(&self.context.metrics.became_leader, 1);
        info!(partition = self.name(), leader_epoch = image.leader_epoch, log_end_offset, isr = ?image.isr, "leads");
        RoleChange::Leader(image.leader_epoch)
    }

    fn become_follower(
        self: &Arc<Self>,
        state: &mut State,
        image: &PartitionImage,
        fetchers: &dyn FetcherMoves,
    ) -> RoleChange {
        state.role = Role::Follower { leader: image.leader, leader_epoch: image.leader_epoch };
        state.tenure += 1;
        if image.leader == PartitionImage::NO_LEADER {
            fetchers.unfollow(self.id);
        } else {
            self.forget_uncommitted_without_epochs();
            fetchers.follow(self, image.leader, image.leader_epoch);
        }
        ReplicaMetrics::add(&self.context.metrics.became_follower, 1);
        info!(partition = self.name(), leader = image.leader, leader_epoch = image.leader_epoch, "follows");
        RoleChange::Follower
    }

    /// A log without any leader epoch cannot be compared with the leader's; only what was committed is surely the same.
    fn forget_uncommitted_without_epochs(&self) {
        let high_watermark = self.log.high_watermark();
        if self.log.latest_leader_epoch().is_none()
            && self.log.log_end_offset() > high_watermark
            && let Err(error) = self.log.truncate_to(high_watermark)
        {
            warn!(partition = self.name(), %error, "cannot truncate to the high watermark");
        }
    }

    /// Gives the role up: the replica is removed, or its log failed.
    pub(crate) fn stop(&self, fetchers: &dyn FetcherMoves) {
        let mut state = self.write_state();
        fetchers.unfollow(self.id);
        state.role = Role::Idle;
        state.tenure += 1;
        drop(state);
        self.wake_all();
    }

    /// Brokers were fenced, unfenced or registered anew: the high watermark may wait for others now.
    pub(crate) fn brokers_changed(&self) {
        let state = self.read_state();
        let Role::Leader(leader) = &state.role else { return };
        let moved = self.advance_high_watermark(leader, state.min_insync_replicas);
        drop(state);
        if moved {
            self.high_watermark_moved.wake();
        }
    }

    /// The leader epoch if this replica leads.
    pub(crate) fn led_epoch(&self) -> Option<i32> {
        match &self.read_state().role {
            Role::Leader(leader) => Some(leader.leader_epoch()),
            _ => None,
        }
    }

    /// Topic config `min.insync.replicas` changed.
    pub(crate) fn set_min_insync_replicas(&self, min_insync_replicas: usize) {
        let mut state = self.write_state();
        state.min_insync_replicas = min_insync_replicas;
        if let Role::Leader(leader) = &state.role {
            self.advance_high_watermark(leader, min_insync_replicas);
        }
        drop(state);
        self.high_watermark_moved.wake();
    }

    /// Under-replicated, below `min.insync.replicas`; None unless led here.
    pub(crate) fn isr_health(&self) -> Option<(bool, bool)> {
        let state = self.read_state();
        let Role::Leader(leader) = &state.role else { return None };
        let is_under_min_isr = leader.is_under_min_isr(state.min_insync_replicas);
        Some((leader.isr().len() < leader.replica_count(), is_under_min_isr))
    }

    // ---- leading --------------------------------------------------------------------------------------------------

    /// Appends as leader. With acks −1 (`required_acks`) the ISR must be large enough beforehand.
    pub(crate) fn append_as_leader(
        &self,
        records: &Bytes,
        required_acks: i16,
        origin: AppendOrigin,
        zstd_allowed: bool,
    ) -> Result<LeaderAppend, AppendFailure> {
        let state = self.read_state();
        let Role::Leader(leader) = &state.role else {
            return Err(AppendFailure::Refused(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        };
        if required_acks == -1 && leader.is_under_min_isr(state.min_insync_replicas) {
            return Err(AppendFailure::Refused(ErrorCode::NOT_ENOUGH_REPLICAS));
        }
        let options = AppendOptions { leader_epoch: leader.leader_epoch(), origin, zstd_allowed };
        let info = self.log.append_as_leader(records, options).map_err(AppendFailure::Log)?;
        let moved = self.advance_high_watermark(leader, state.min_insync_replicas);
        let tenure = state.tenure;
        drop(state);
        if !info.is_duplicate {
            self.log_end_moved.wake();
        }
        if moved {
            self.high_watermark_moved.wake();
        }
        Ok(LeaderAppend { info, tenure })
    }

    /// Whether an append is on every in-sync replica: None while it is not, else what acks=all is answered.
    pub(crate) fn check_replicated(&self, append: &LeaderAppend) -> Option<ErrorCode> {
        let state = self.read_state();
        let Role::Leader(leader) = &state.role else { return Some(ErrorCode::NOT_LEADER_OR_FOLLOWER) };
        if state.tenure != append.tenure {
            return Some(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        if self.log.high_watermark() <= append.info.last_offset {
            return None;
        }
        let min_isr = leader.effective_min_isr(state.min_insync_replicas);
        let is_enough = leader.maximal_isr_len() >= min_isr;
        Some(if is_enough { ErrorCode::NONE } else { ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND })
    }

    fn advance_high_watermark(&self, leader: &LeaderState, min_insync_replicas: usize) -> bool {
        let image = self.context.image();
        let eligible = |broker_id, broker_epoch| is_isr_eligible(&image, broker_id, broker_epoch);
        let (now_ms, lag_max_ms) = (self.context.now_ms(), self.context.lag_max_ms);
        let log_end_offset = self.log.log_end_offset();
        let target = leader.high_watermark(log_end_offset, min_insync_replicas, now_ms, lag_max_ms, &eligible);
        target.and_then(|high_watermark| self.log.set_high_watermark(high_watermark)).is_some()
    }

    /// The leader's view if this replica leads in the epoch the caller believes in (−1: the caller does not know).
    fn leader_in(role: &Role, current_leader_epoch: i32) -> Result<&LeaderState, ErrorCode> {
        if let (Some(leader_epoch), true) = (role.leader_epoch(), current_leader_epoch >= 0) {
            if current_leader_epoch < leader_epoch {
                return Err(ErrorCode::FENCED_LEADER_EPOCH);
            }
            if current_leader_epoch > leader_epoch {
                return Err(ErrorCode::UNKNOWN_LEADER_EPOCH);
            }
        }
        match role {
            Role::Leader(leader) => Ok(leader),
            _ => Err(ErrorCode::NOT_LEADER_OR_FOLLOWER),
        }
    }

    /// Reads for a consumer or a follower. `max_bytes` is what is left of the request's limit.
    ///
    /// With `records_progress` a follower's fetch counts as proof of what it has; a second look at the same request does not.
    pub(crate) fn read(
        &self,
        reader: Reader,
        fetch: &PartitionFetch,
        max_bytes: usize,
        min_one_batch: bool,
        records_progress: bool,
    ) -> Result<PartitionRead, ErrorCode> {
        let state = self.read_state();
        let leader = Self::leader_in(&state.role, fetch.current_leader_epoch)?;
        if let Reader::Follower { broker_id, .. } = reader
            && !leader.is_follower(broker_id)
        {
            return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        let (high_watermark, last_stable_offset) = (self.log.high_watermark(), self.log.last_stable_offset());
        let mut read = PartitionRead {
            slice: None,
            high_watermark,
            last_stable_offset,
            log_start_offset: self.log.log_start_offset(),
            diverging: None,
        };
        if fetch.last_fetched_epoch >= 0 {
            let end = self.log.end_offset_for(fetch.last_fetched_epoch);
            if end == EpochEndOffset::UNDEFINED {
                return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
            }
            if end.leader_epoch < fetch.last_fetched_epoch || end.end_offset < fetch.fetch_offset {
                read.diverging = Some(end);
                return Ok(read);
            }
        }
        let bound_offset = match reader {
            Reader::Consumer { read_committed: true } => last_stable_offset,
            Reader::Consumer { read_committed: false } => high_watermark,
            Reader::Follower { .. } | Reader::Debugger => i64::MAX,
        };
        let limit = max_bytes.min(fetch.max_bytes);
        let mut slice = self
            .log
            .read(fetch.fetch_offset, limit, bound_offset, min_one_batch)
            .map_err(|error| self.failed(&error))?;
        if slice.first_batch_incomplete {
            // Half a batch is of no use to anyone since Fetch v3; the next request will have room for it.
            slice.size_bytes = 0;
        }
        read.log_start_offset = slice.log_start_offset;
        let leader_epoch = leader.leader_epoch();
        drop(state);
        if let Reader::Follower { broker_id, broker_epoch } = reader
            && records_progress
        {
            let progress = FollowerFetch {
                fetch_offset: fetch.fetch_offset,
                leader_log_end_offset: slice.log_end_offset,
                broker_epoch,
                now_ms: self.context.now_ms(),
            };
            self.record_follower_fetch(broker_id, leader_epoch, &progress);
        }
        read.slice = Some(slice);
        Ok(read)
    }

    fn record_follower_fetch(&self, broker_id: BrokerId, leader_epoch: i32, progress: &FollowerFetch) {
        let mut state = self.write_state();
        let min_insync_replicas = state.min_insync_replicas;
        let Role::Leader(leader) = &mut state.role else { return };
        if leader.leader_epoch() != leader_epoch || !leader.record_fetch(broker_id, progress) {
            return;
        }
        let image = self.context.image();
        let eligible = |broker_id, broker_epoch| is_isr_eligible(&image, broker_id, broker_epoch);
        let proposes = leader.propose_expansion(broker_id, self.log.high_watermark(), &eligible);
        let moved = self.advance_high_watermark(leader, min_insync_replicas);
        drop(state);
        if proposes {
            info!(partition = self.name(), broker_id, "proposes to expand the ISR");
            self.context.isr_queue.push(self.id);
        }
        if moved {
            self.high_watermark_moved.wake();
        }
    }

    /// Proposes to drop the ISR members that lag; called every half `replica.lag.time.max.ms`.
    pub(crate) fn shrink_isr_if_lagging(&self) {
        let now_ms = self.context.now_ms();
        let mut state = self.write_state();
        let min_insync_replicas = state.min_insync_replicas;
        let Role::Leader(leader) = &mut state.role else { return };
        let proposes = leader.propose_shrink(self.log.log_end_offset(), now_ms, self.context.lag_max_ms);
        // Who neither caught up nor belongs to the ISR stops holding the high watermark back with time alone.
        let moved = self.advance_high_watermark(leader, min_insync_replicas);
        let isr = leader.isr().to_vec();
        drop(state);
        if proposes {
            info!(partition = self.name(), ?isr, "proposes to shrink the ISR");
            self.context.isr_queue.push(self.id);
        }
        if moved {
            self.high_watermark_moved.wake();
        }
    }

    /// The ISR to propose, if one waits.
    pub(crate) fn proposal(&self) -> Option<Proposal> {
        match &self.read_state().role {
            Role::Leader(leader) => leader.proposal(),
            _ => None,
        }
    }

    /// Takes the controller's answer to a proposal.
    pub(crate) fn settle(&self, proposal: &Proposal, answer: &Result<CommittedIsr, ErrorCode>) -> ProposalOutcome {
        let mut state = self.write_state();
        let min_insync_replicas = state.min_insync_replicas;
        let Role::Leader(leader) = &mut state.role else { return ProposalOutcome::Stale };
        let outcome = leader.settle(proposal.leader_epoch, proposal.number, answer);
        let metrics = &self.context.metrics;
        match outcome {
            ProposalOutcome::Committed { growth } => {
                let counter = if growth > 0 { &metrics.isr_expansions } else { &metrics.isr_shrinks };
                ReplicaMetrics::add(counter, 1);
                info!(partition = self.name(), isr = ?leader.isr(), partition_epoch = leader.partition_epoch(), "ISR changed");
            }
            ProposalOutcome::Rejected | ProposalOutcome::AwaitsMetadata => {
                ReplicaMetrics::add(&metrics.failed_isr_changes, 1);
                info!(partition = self.name(), ?answer, "ISR change refused");
            }
            ProposalOutcome::Retry | ProposalOutcome::Stale => {}
        }
        self.advance_high_watermark(leader, min_insync_replicas);
        drop(state);
        self.high_watermark_moved.wake();
        outcome
    }

    /// Where a leader epoch ended here (OffsetForLeaderEpoch).
    pub(crate) fn end_offset_for(
        &self,
        current_leader_epoch: i32,
        leader_epoch: i32,
    ) -> Result<EpochEndOffset, ErrorCode> {
        let state = self.read_state();
        Self::leader_in(&state.role, current_leader_epoch)?;
        Ok(self.log.end_offset_for(leader_epoch))
    }

    /// Runs a look-up (ListOffsets) under the leadership the caller believes in; `f` gets the leader epoch and where it began.
    pub(crate) fn with_leader<R>(
        &self,
        current_leader_epoch: i32,
        f: impl FnOnce(&PartitionLog, i32, i64) -> Result<R, ErrorCode>,
    ) -> Result<R, ErrorCode> {
        let state = self.read_state();
        let leader = Self::leader_in(&state.role, current_leader_epoch)?;
        f(&self.log, leader.leader_epoch(), leader.leader_epoch_start_offset())
    }

    /// The code for a log error, after saying what a client's answer cannot.
    pub(crate) fn failed(&self, error: &LogError) -> ErrorCode {
        let code = error.error_code();
        if code != ErrorCode::OFFSET_OUT_OF_RANGE {
            warn!(partition = self.name(), %error, "log operation failed");
        }
        code
    }
}

impl Role {
    fn leader_epoch(&self) -> Option<i32> {
        match self {
            Role::Idle => None,
            Role::Leader(leader) => Some(leader.leader_epoch()),
            Role::Follower { leader_epoch, .. } => Some(*leader_epoch),
        }
    }

    fn follows_in(&self, epoch: i32) -> bool {
        matches!(self, Role::Follower { leader_epoch, .. } if *leader_epoch == epoch)
    }
}
