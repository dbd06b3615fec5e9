//! [`RaftStore`]: the [`MetadataStore`] contract on the quorum.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use kedge_metadata_state::{Image, MetadataVersion, Record, records::MetadataRecord};
use kedge_metadata_store::{
    CampaignError, Candidate, CommitError, Fence, Held, LoadError, MetadataStore, Observations, Outcome, Position,
    Reign, StoreFence, Unit,
};
use tokio::sync::OwnedMutexGuard;

use crate::{
    core::Scratch,
    entry::{Applied, EncodedUnit, EntryBuilder, MetadataEntry},
    leadership::Leadership,
    node::Timeouts,
    state_machine::Shared,
    types::Raft,
};

/// The metadata store of one voter.
///
/// - One entry per commit, or as many as its size needs; one in flight per process. The proposer knows every offset.
/// - A commit that gets no answer is *unknown*. Until its fate is known (applied, or another term has begun) this process
///   commits nothing else, and `load` waits for it.
/// - There is no leadership transfer: a resigned leader stops its heartbeats for a while, so that another voter wins if one is
///   there.
pub struct RaftStore {
    raft: Raft,
    shared: Arc<Shared>,
    leadership: Arc<Leadership>,
    timeouts: Timeouts,
    #[cfg(feature = "test-util")]
    faults: Faults,
}

/// What a test makes the next call do.
#[cfg(feature = "test-util")]
#[derive(Debug, Default)]
pub struct Faults {
    /// The next commit applies, its reply is lost.
    pub lose_commit_reply: std::sync::atomic::AtomicBool,
    /// The next commit is never proposed, and the caller cannot know.
    pub lose_commit_request: std::sync::atomic::AtomicBool,
    /// The next commit is proposed for an offset that is taken.
    pub refuse_commit: std::sync::atomic::AtomicBool,
}

/// A reign that nobody holds yet: it ends with a campaign that fails or is given up.
struct BegunReign<'a> {
    leadership: &'a Leadership,
    leader_epoch: i32,
}

impl Drop for BegunReign<'_> {
    fn drop(&mut self) {
        self.leadership.end_reign(self.leader_epoch);
    }
}

/// An entry and the units in it: index among the commit's units, and offset of the unit's last record.
struct Proposal {
    entry: MetadataEntry,
    units: Vec<(usize, i64)>,
}

/// How far a commit's proposals got.
enum Proposed {
    All,
    /// This one was refused where it would have been applied.
    RefusedAt(usize),
    /// Nobody knows about this one.
    UnknownAt(usize, String),
}

impl RaftStore {
    pub(crate) fn new(raft: Raft, shared: Arc<Shared>, leadership: Arc<Leadership>, timeouts: Timeouts) -> RaftStore {
        RaftStore {
            raft,
            shared,
            leadership,
            timeouts,
            #[cfg(feature = "test-util")]
            faults: Faults::default(),
        }
    }

    /// Faults for tests.
    #[cfg(feature = "test-util")]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The offset the next record gets; broker epochs are made of it.
    pub fn next_offset(&self) -> i64 {
        self.shared.core().log.end_offset()
    }

    /// Waits until nothing of this process can apply unnoticed any more.
    async fn settled(&self) -> Result<OwnedMutexGuard<()>, String> {
        let proposing = self.leadership.proposing.clone().lock_owned();
        tokio::time::timeout(self.timeouts.commit, proposing)
            .await
            .map_err(|_| "an earlier commit is still undecided".to_owned())
    }

    /// Encodes units into entries; units that cannot go get their outcome at once.
    fn plan(&self, leader_epoch: i32, units: &[Unit], outcomes: &mut [Option<Outcome>]) -> Vec<Proposal> {
        let mut scratch = self.shared.core().scratch();
        let mut base_offset = scratch.next_offset;
        let mut proposals = Vec::new();
        let mut open: Option<(EntryBuilder, Vec<(usize, i64)>)> = None;
        for (index, unit) in units.iter().enumerate() {
            let encoded = match admit(&mut scratch, leader_epoch, unit) {
                Ok(encoded) => encoded,
                Err(outcome) => {
                    outcomes[index] = Some(outcome);
                    continue;
                }
            };
            if open.as_ref().is_some_and(|(builder, _)| !builder.has_room_for(&encoded)) {
                base_offset = close(open.take(), base_offset, &mut proposals);
            }
            let (builder, members) =
                open.get_or_insert_with(|| (EntryBuilder::new(leader_epoch, base_offset, unit.at), Vec::new()));
            let last_offset = builder.push(&encoded);
            members.push((index, last_offset));
        }
        close(open, base_offset, &mut proposals);
        proposals
    }

    /// Proposes entries one after the other, in a task of its own: whoever waits may give up, the lock stays taken until the
    /// outcome is known.
    async fn propose(&self, proposals: Vec<MetadataEntry>, proposing: OwnedMutexGuard<()>, term: u64) -> Proposed {
        let done = Arc::new(AtomicUsize::new(0));
        let count = proposals.len();
        let (raft, shared, leadership) = (self.raft.clone(), self.shared.clone(), self.leadership.clone());
        let progress = done.clone();
        let task = tokio::spawn(async move {
            let _proposing = proposing;
            for (index, entry) in proposals.into_iter().enumerate() {
                let end_offset = entry.end_offset();
                match raft.client_write(entry).await.map(|written| written.data) {
                    Ok(Applied::Accepted { .. }) => progress.store(index + 1, Ordering::SeqCst),
                    Ok(_) => return Proposed::RefusedAt(index),
                    Err(error) => {
                        let installs = shared.core().installs;
                        let settled = wait_for_later_term(&shared, &leadership, term).await;
                        let core = shared.core();
                        if !settled || core.installs != installs {
                            return Proposed::UnknownAt(index, error.to_string());
                        }
                        // A later leader has carried the entry on, or has dropped it for good.
                        let applied = core.own_end_offset(term).is_some_and(|own| own >= end_offset);
                        return match (applied, index + 1 == count) {
                            (true, true) => Proposed::All,
                            (true, false) => Proposed::RefusedAt(index + 1),
                            (false, _) => Proposed::RefusedAt(index),
                        };
                    }
                }
            }
            Proposed::All
        });
        match tokio::time::timeout(self.timeouts.commit * count.max(1) as u32, task).await {
            Ok(Ok(proposed)) => proposed,
            Ok(Err(error)) => Proposed::UnknownAt(done.load(Ordering::SeqCst), error.to_string()),
            Err(_) => Proposed::UnknownAt(done.load(Ordering::SeqCst), "no answer in time".to_owned()),
        }
    }

    /// An AbortTransactionRecord, if a controller before us left a transaction open: nobody else will end it.
    async fn abort_open_transaction(&self, reign: &Reign, at: i64) -> Result<(), CampaignError> {
        if !self.shared.core().is_in_transaction() {
            return Ok(());
        }
        let abort =
            kedge_metadata_state::records::AbortTransactionRecord { reason: Some("Controller failover".to_owned()) };
        let unit = Unit { records: vec![MetadataRecord::AbortTransaction(abort).into()], at };
        self.commit(Fence::Reign(reign), vec![unit])
            .await
            .map(|_| ())
            .map_err(|error| CampaignError::Unavailable(error.to_string()))
    }

    /// Waits while this node has won a term and its LeaderChange is still on the way.
    async fn leader_is_ready(&self) {
        let mut metrics = self.leadership.metrics.clone();
        let mut established = self.leadership.established.subscribe();
        loop {
            let pending = {
                let metrics = metrics.borrow_and_update();
                let leader_epoch = crate::types::leader_epoch_of(metrics.current_term);
                metrics.state == openraft::ServerState::Leader && *established.borrow_and_update() != leader_epoch
            };
            if !pending || self.leadership.stopped().is_some() {
                return;
            }
            tokio::select! {
                changed = metrics.changed() => if changed.is_err() { return },
                changed = established.changed() => if changed.is_err() { return },
            }
        }
    }

    /// The epoch a reign could begin in, if it could now.
    fn can_reign(&self) -> Option<i32> {
        let leader_epoch = (*self.leadership.established.borrow())?;
        let standing_back = self.leadership.standing_back.lock().expect("no panic while locked").is_some();
        let free = self.leadership.reign().is_none() && !standing_back;
        (free && self.leadership.raft_leads(leader_epoch)).then_some(leader_epoch)
    }
}

/// Whether a record can be written, and the unit's place in the scratch image.
fn admit(scratch: &mut Scratch, leader_epoch: i32, unit: &Unit) -> Result<EncodedUnit, Outcome> {
    let metadata_version = scratch.metadata_version();
    for record in &unit.records {
        if held(record, metadata_version) == Held::No {
            return Err(Outcome::NotHeld(Box::new(record.clone())));
        }
    }
    let encoded = EncodedUnit::new(metadata_version, &unit.records).map_err(|not_held| Outcome::NotHeld(not_held.0))?;
    if !encoded.fits_alone() {
        return Err(Outcome::TooLarge);
    }
    scratch.try_unit(leader_epoch, &unit.records).map_err(|problem| {
        tracing::warn!(problem, "a unit does not fit the metadata it was decided upon");
        Outcome::Conflict { now: Vec::new() }
    })?;
    Ok(encoded)
}

/// Finishes an open entry and returns the offset after it.
fn close(open: Option<(EntryBuilder, Vec<(usize, i64)>)>, base_offset: i64, proposals: &mut Vec<Proposal>) -> i64 {
    let Some((builder, units)) = open else { return base_offset };
    let entry = builder.build();
    let end_offset = entry.end_offset();
    proposals.push(Proposal { entry, units });
    end_offset
}

/// Once true, everything proposed in `term` has been applied here or never will be. False if the node stopped first.
async fn wait_for_later_term(shared: &Shared, leadership: &Leadership, term: u64) -> bool {
    let mut metrics = leadership.metrics.clone();
    loop {
        if shared.core().applied.log_id.is_some_and(|log_id| log_id.leader_id.term > term) {
            return true;
        }
        if leadership.stopped().is_some() || metrics.changed().await.is_err() {
            return false;
        }
    }
}

fn held(record: &Record, metadata_version: MetadataVersion) -> Held {
    match record {
        Record::Metadata(MetadataRecord::ClearElr(_)) => Held::No,
        Record::Metadata(metadata) => {
            let record_version = Record::record_version(metadata, metadata_version);
            match metadata.encode_frame(record_version, &mut Vec::new()) {
                Ok(()) => Held::Exactly,
                Err(_) => Held::No,
            }
        }
        Record::Sidecar(_) => Held::Exactly,
    }
}

#[async_trait]
impl MetadataStore for RaftStore {
    fn can_hold(&self, record: &Record) -> Held {
        let metadata_version = self.shared.core().image.features.metadata_version_or_latest();
        held(record, metadata_version)
    }

    /// On the leader, only after its LeaderChange was applied; after an unknown commit, only once its fate is known.
    async fn load(&self) -> Result<(Arc<Image>, Position, Observations), LoadError> {
        let leader_is_ready = tokio::time::timeout(self.timeouts.commit, self.leader_is_ready());
        leader_is_ready.await.map_err(|_| LoadError::Unavailable("this leader is not established yet".to_owned()))?;
        let _settled = self.settled().await.map_err(LoadError::Unavailable)?;
        if let Some(problem) = self.leadership.stopped() {
            return Err(LoadError::Unavailable(problem));
        }
        let (sender, observations) = Observations::channel();
        let (image, position) = self.shared.core().subscribe(sender);
        Ok((image, position, observations))
    }

    /// Voters only, and who wins cannot be commanded: the call waits until this node leads.
    async fn campaign(&self, candidate: Candidate) -> Result<Reign, CampaignError> {
        if candidate.node_id != self.leadership.node_id {
            let problem = format!("node {} campaigns through voter {}", candidate.node_id, self.leadership.node_id);
            return Err(CampaignError::Ineligible(problem));
        }
        let mut established = self.leadership.established.subscribe();
        let mut metrics = self.leadership.metrics.clone();
        loop {
            if let Some(problem) = self.leadership.stopped() {
                return Err(CampaignError::Ineligible(problem));
            }
            if self.can_reign().is_some() {
                let _settled = self.settled().await.map_err(CampaignError::Unavailable)?;
                let Some(leader_epoch) = self.can_reign() else { continue };
                *self.leadership.reign.lock().expect("no panic while locked") = Some(leader_epoch);
                drop(_settled);
                let begun = BegunReign { leadership: &self.leadership, leader_epoch };
                let reign = Reign { controller_epoch: leader_epoch, fence: StoreFence::Raft { leader_epoch } };
                self.abort_open_transaction(&reign, candidate.at).await?;
                // The caller holds the reign from here on.
                std::mem::forget(begun);
                return Ok(reign);
            }
            // The pause is for the end of a resignation, which nothing announces.
            tokio::select! {
                _ = established.changed() => {}
                _ = metrics.changed() => {}
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }
    }

    async fn commit(&self, fence: Fence<'_>, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        let Fence::Reign(Reign { fence: StoreFence::Raft { leader_epoch }, .. }) = fence else {
            return Err(CommitError::Unavailable("a quorum takes writes from its active controller only".to_owned()));
        };
        let leader_epoch = *leader_epoch;
        if self.leadership.reign() != Some(leader_epoch) {
            return Err(CommitError::Fenced);
        }
        let proposing = self.settled().await.map_err(CommitError::Unavailable)?;
        if self.leadership.reign() != Some(leader_epoch) || !self.leadership.raft_leads(leader_epoch) {
            return Err(CommitError::Fenced);
        }
        #[cfg(feature = "test-util")]
        if self.faults.lose_commit_request.swap(false, Ordering::SeqCst) {
            return Err(CommitError::Unknown { from_unit: 0, cause: "the request was lost (test)".to_owned() });
        }
        let mut outcomes: Vec<Option<Outcome>> = vec![None; units.len()];
        let proposals = self.plan(leader_epoch, &units, &mut outcomes);
        let (entries, members): (Vec<_>, Vec<_>) =
            proposals.into_iter().map(|proposal| (proposal.entry, proposal.units)).unzip();
        #[cfg(feature = "test-util")]
        let entries = self.faults.apply(entries);
        let proposed = self.propose(entries, proposing, leader_epoch as u64).await;
        let first_unit = |entry: usize| members[entry].first().map_or(0, |(unit, _)| *unit);
        match proposed {
            Proposed::All => {}
            Proposed::RefusedAt(0) => {
                self.leadership.end_reign(leader_epoch);
                return Err(CommitError::Fenced);
            }
            Proposed::RefusedAt(entry) => {
                self.leadership.end_reign(leader_epoch);
                let cause = "the rest was refused: its offsets were taken".to_owned();
                return Err(CommitError::Unknown { from_unit: first_unit(entry), cause });
            }
            Proposed::UnknownAt(entry, cause) => {
                return Err(CommitError::Unknown { from_unit: first_unit(entry), cause });
            }
        }
        #[cfg(feature = "test-util")]
        if self.faults.lose_commit_reply.swap(false, Ordering::SeqCst) {
            return Err(CommitError::Unknown { from_unit: 0, cause: "the reply was lost (test)".to_owned() });
        }
        for (unit, last_offset) in members.into_iter().flatten() {
            outcomes[unit] = Some(Outcome::Committed(Position(last_offset)));
        }
        Ok(outcomes.into_iter().map(|outcome| outcome.expect("every unit was planned or refused")).collect())
    }

    /// Nothing of the reign applies after this: it waits for what is under way. Then other voters get the time of two elections
    /// to win; only if none does may this node reign again.
    async fn resign(&self, reign: Reign) {
        let StoreFence::Raft { leader_epoch } = reign.fence else { return };
        self.leadership.end_reign(leader_epoch);
        if let Err(problem) = self.settled().await {
            tracing::warn!(leader_epoch, problem, "resigned");
        }
        if self.leadership.voter_ids.len() > 1 && self.leadership.raft_leads(leader_epoch) {
            let until = Instant::now() + self.timeouts.longest_silence() * 2;
            *self.leadership.standing_back.lock().expect("no panic while locked") = Some((leader_epoch, until));
            self.raft.runtime_config().heartbeat(false);
            self.raft.runtime_config().elect(false);
        }
    }
}

#[cfg(feature = "test-util")]
impl Faults {
    fn apply(&self, mut entries: Vec<MetadataEntry>) -> Vec<MetadataEntry> {
        if self.refuse_commit.swap(false, Ordering::SeqCst) {
            for entry in &mut entries {
                entry.base_offset -= 1;
            }
        }
        entries
    }
}
