//! From openraft's leadership to Kafka's: a leader rules once its own LeaderChange record has been applied.
//!
//! ```text
//! follower ──wins a term──▶ elected ──blank entry applied──▶ proposes LeaderChange ──applied──▶ established ──▶ may reign
//!     ▲                                                                                             │
//!     └──────────────── another term ◀──────────────────────────────────────────────────────────────┘
//! ```
//!
//! openraft appends a blank entry when a term is won. Once that entry has been applied, everything of earlier terms has been
//! applied too and nothing but our own proposals can move the next offset.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kedge_metadata_store::Observed;
use openraft::{RaftMetrics, ServerState};
use serde_json::json;
use tokio::sync::watch;

use crate::{
    Clock,
    entry::{Applied, MetadataEntry},
    files,
    newcomer::Newcomer,
    state_machine::Shared,
    types::{Raft, leader_epoch_of},
};

type Metrics = watch::Receiver<RaftMetrics<u64, openraft::EmptyNode>>;

/// Who leads, who reigns, and who was heard from.
pub(crate) struct Leadership {
    pub(crate) node_id: i32,
    pub(crate) voter_ids: Vec<i32>,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Clock,
    /// The epoch whose LeaderChange by this process has been applied.
    pub(crate) established: watch::Sender<Option<i32>>,
    /// The epoch of the one reign of this process.
    pub(crate) reign: Mutex<Option<i32>>,
    /// Held by a proposal until its outcome is known; never released while an entry of ours may still apply unnoticed.
    pub(crate) proposing: Arc<tokio::sync::Mutex<()>>,
    pub(crate) shutting_down: AtomicBool,
    /// When each voter last answered us, in milliseconds.
    pub(crate) contacts: Arc<Mutex<BTreeMap<i32, i64>>>,
    /// Until when this node lets others win, after a resignation.
    pub(crate) standing_back: Mutex<Option<(i32, Instant)>>,
    /// Terms that began while this process ran.
    pub(crate) terms_begun: AtomicU64,
}

impl Leadership {
    /// openraft holds this node for the leader of that epoch.
    pub(crate) fn raft_leads(&self, leader_epoch: i32) -> bool {
        let metrics = self.metrics.borrow();
        metrics.state == ServerState::Leader
            && leader_epoch_of(metrics.current_term) == Some(leader_epoch)
            && metrics.running_state.is_ok()
    }

    /// The reign of this process.
    pub(crate) fn reign(&self) -> Option<i32> {
        *self.reign.lock().expect("no panic while locked")
    }

    /// Ends the reign of an epoch, if it lasts.
    pub(crate) fn end_reign(&self, leader_epoch: i32) {
        let mut reign = self.reign.lock().expect("no panic while locked");
        if *reign == Some(leader_epoch) {
            *reign = None;
        }
    }

    /// The node has stopped, by a failure or on purpose.
    pub(crate) fn stopped(&self) -> Option<String> {
        if self.shutting_down.load(Ordering::Relaxed) {
            return Some("the node is shutting down".to_owned());
        }
        self.metrics.borrow().running_state.as_ref().err().map(ToString::to_string)
    }
}

/// Proposes the LeaderChange of every term this node wins. Ends with the node.
pub(crate) async fn establish(leadership: Arc<Leadership>, raft: Raft, shared: Arc<Shared>) {
    let mut metrics = leadership.metrics.clone();
    loop {
        let won = {
            let metrics = metrics.borrow_and_update();
            let applied_term = metrics.last_applied.map(|log_id| log_id.leader_id.term);
            let won = metrics.state == ServerState::Leader && applied_term == Some(metrics.current_term);
            won.then_some(metrics.current_term)
        };
        if let Some(term) = won
            && !establish_term(&leadership, &raft, &shared, term).await
        {
            // Not leading any more, or refused behind an entry that was under way: look again soon.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        if metrics.changed().await.is_err() {
            return;
        }
    }
}

/// True if nothing is left to do for this term.
async fn establish_term(leadership: &Leadership, raft: &Raft, shared: &Shared, term: u64) -> bool {
    let Some(leader_epoch) = leader_epoch_of(term) else {
        tracing::error!(term, "the term does not fit Kafka's leader epoch; this quorum cannot go on");
        return true;
    };
    if *leadership.established.borrow() == Some(leader_epoch) {
        return true;
    }
    let _proposing = leadership.proposing.lock().await;
    if !leadership.raft_leads(leader_epoch) {
        return false;
    }
    let entry = {
        let mut core = shared.core();
        core.own_terms.insert(leader_epoch);
        let (base_offset, now_ms) = (core.log.end_offset(), (leadership.clock)());
        MetadataEntry::leader_change(leader_epoch, base_offset, now_ms, leadership.node_id, &leadership.voter_ids)
    };
    match raft.client_write(entry).await {
        Ok(written) if matches!(written.data, Applied::Accepted { .. }) => {
            tracing::info!(node_id = leadership.node_id, leader_epoch, "leads the metadata quorum");
            leadership.established.send_replace(Some(leader_epoch));
            true
        }
        Ok(written) => {
            tracing::warn!(leader_epoch, applied = ?written.data, "LeaderChange was refused");
            false
        }
        Err(error) => {
            tracing::info!(leader_epoch, %error, "lost the leadership before LeaderChange was applied");
            false
        }
    }
}

/// What is done on the side: depositions are told, `quorum-state` is kept, snapshots are cut, a resigned leader comes back.
pub(crate) struct Housekeeping {
    pub(crate) leadership: Arc<Leadership>,
    pub(crate) raft: Raft,
    pub(crate) shared: Arc<Shared>,
    pub(crate) newcomer: Arc<Newcomer>,
    pub(crate) dir: PathBuf,
    pub(crate) snapshot_interval_bytes: u64,
    pub(crate) snapshot_interval_ms: i64,
}

impl Housekeeping {
    /// Runs until the node ends.
    pub(crate) async fn run(self) {
        let mut metrics = self.leadership.metrics.clone();
        let mut progress = self.shared.progress();
        let mut seen_term = metrics.borrow().current_term;
        let mut written = None;
        let mut last_snapshot_ms = (self.leadership.clock)();
        loop {
            let (term, current_leader, leads, stopped) = {
                let metrics = metrics.borrow_and_update();
                let leads = metrics.state == ServerState::Leader;
                (metrics.current_term, metrics.current_leader, leads, metrics.running_state.is_err())
            };
            if leads {
                self.newcomer.settle(&self.raft);
            }
            self.leadership.terms_begun.fetch_add(term.saturating_sub(seen_term), Ordering::Relaxed);
            seen_term = seen_term.max(term);
            self.depose(term);
            let standing_back = self.return_from_standing_back(term);
            if written != Some((term, current_leader)) {
                // Only a hint for tools and for Apache's own start; losing it costs nothing.
                if let Err(error) = self.write_quorum_state(current_leader) {
                    tracing::warn!(%error, "quorum-state cannot be written");
                }
                written = Some((term, current_leader));
            }
            self.maybe_snapshot(&mut last_snapshot_ms).await;
            if stopped {
                return;
            }
            let pause = if standing_back { Duration::from_millis(20) } else { Duration::from_secs(1) };
            let ended = tokio::select! {
                changed = metrics.changed() => changed.is_err(),
                changed = progress.changed() => changed.is_err(),
                () = tokio::time::sleep(pause) => false,
            };
            if ended {
                return;
            }
        }
    }

    /// Tells everyone who listens that the reign is over, once openraft says so.
    fn depose(&self, term: u64) {
        let Some(reign) = self.leadership.reign() else { return };
        if self.leadership.raft_leads(reign) {
            return;
        }
        self.leadership.end_reign(reign);
        let controller_epoch = leader_epoch_of(term).unwrap_or(i32::MAX);
        tracing::info!(reign, controller_epoch, "deposed");
        self.shared.core().tell(Observed::Deposed { controller_epoch });
    }

    /// Ends the pause after a resignation when somebody else has won, or nobody did in time. True while it lasts.
    fn return_from_standing_back(&self, term: u64) -> bool {
        let mut standing_back = self.leadership.standing_back.lock().expect("no panic while locked");
        let Some((resigned_epoch, until)) = *standing_back else { return false };
        let superseded = leader_epoch_of(term).is_none_or(|leader_epoch| leader_epoch > resigned_epoch);
        if !superseded && Instant::now() < until {
            return true;
        }
        *standing_back = None;
        self.raft.runtime_config().heartbeat(true);
        self.raft.runtime_config().elect(true);
        false
    }

    fn write_quorum_state(&self, current_leader: Option<u64>) -> io::Result<()> {
        let leader_epoch = self.shared.core().applied.leader_epoch;
        let state = json!({
            "clusterId": "",
            "leaderId": current_leader.map_or(-1, |leader| leader as i64),
            "leaderEpoch": leader_epoch,
            "votedId": -1,
            "appliedOffset": 0,
            "currentVoters": self.leadership.voter_ids.iter().map(|id| json!({"voterId": id})).collect::<Vec<_>>(),
            "data_version": 0,
        });
        files::replace(&self.dir.join("quorum-state"), state.to_string().as_bytes())
    }

    async fn maybe_snapshot(&self, last_snapshot_ms: &mut i64) {
        let now_ms = (self.leadership.clock)();
        let due = {
            let core = self.shared.core();
            let grown = core.stable.end_offset > core.latest_snapshot_id().map_or(0, |id| id.end_offset);
            let large = core.bytes_since_snapshot >= self.snapshot_interval_bytes;
            let old = self.snapshot_interval_ms > 0 && now_ms - *last_snapshot_ms >= self.snapshot_interval_ms;
            grown && !core.is_in_transaction() && (large || old)
        };
        if due {
            *last_snapshot_ms = now_ms;
            self.shared.core().bytes_since_snapshot = 0;
            if let Err(error) = self.raft.trigger().snapshot().await {
                tracing::warn!(%error, "no snapshot could be begun");
            }
        }
    }
}
