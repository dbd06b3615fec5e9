//! A voter that starts with an empty directory. Either the quorum is new, or this voter has lost its disk, and with it
//! entries that it once helped to commit and votes that it gave: a vote from it could then make a leader that never had those
//! entries. Kafka tells the two apart by directory ids, but in dynamic quorums only (KIP-853); voters are static here, so a
//! newcomer holds back instead, whatever it is:
//!
//! ```text
//! empty directory ──▶ newcomer ──has what a leader has committed──▶ voter like any other
//!                       │        ──sees the quorum's first entries, or wins──▶
//!                       │ votes only for a log as empty as its own; does not stand for election once it has entries
//! ```
//!
//! A file remembers it across restarts. Not covered: a deposed leader that the newcomer hears and the present one does not.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, VoteRequest};

use crate::{
    files,
    types::{LogId, Raft, TypeConfig},
};

/// Index of the entry with the voters, the same on each when a quorum is formed. A log that ends there says nothing.
const FORMING_INDEX: u64 = 0;

/// Whether this voter holds back, and the file that remembers it.
pub(crate) struct Newcomer {
    path: PathBuf,
    holds_back: AtomicBool,
}

fn says_something(last_log_id: Option<LogId>) -> bool {
    last_log_id.is_some_and(|log_id| log_id.index > FORMING_INDEX)
}

impl Newcomer {
    /// Looks at the directory before the Raft log is made in it. Errors: the file cannot be written.
    pub(crate) fn open(dir: &Path, raft_log_dir: &Path, voters_count: usize) -> io::Result<Newcomer> {
        let path = dir.join("kedge-newcomer");
        let is_new = !raft_log_dir.exists() && voters_count > 1;
        if is_new {
            fs::create_dir_all(dir)?;
            files::replace(
                &path,
                b"This voter started with an empty directory and has not caught up with a leader.\n",
            )?;
        }
        let holds_back = is_new || path.exists();
        if holds_back {
            tracing::info!(
                file = %path.display(),
                "this voter's log is new: until it has caught up with a leader it gives no vote to a voter that has entries \
                 and does not stand for election; if no leader can be had any more, delete the file and start it again"
            );
        }
        Ok(Newcomer { path, holds_back: AtomicBool::new(holds_back) })
    }

    /// Whether it does not vote and stand like the others.
    pub(crate) fn holds_back(&self) -> bool {
        self.holds_back.load(Ordering::Acquire)
    }

    /// Before it takes entries: the first ones of a new quorum end the holding back, since nothing was ever committed; with
    /// any others it does not stand for election.
    pub(crate) fn before_append(&self, raft: &Raft, request: &AppendEntriesRequest<TypeConfig>) {
        if is_first_of_quorum(request) {
            self.settle(raft);
        } else if last_sent(request).is_some() {
            self.restrain(raft);
        }
    }

    /// Keeps a newcomer with entries from standing for election.
    pub(crate) fn restrain(&self, raft: &Raft) {
        if self.holds_back() {
            raft.runtime_config().elect(false);
        }
    }

    /// The same at the start: with a log that says nothing it may stand, since only its like will vote for it.
    pub(crate) fn restrain_at_start(&self, raft: &Raft) {
        if raft.metrics().borrow().last_log_index.is_some_and(|index| index > FORMING_INDEX) {
            self.restrain(raft);
        }
    }

    /// Why a candidate gets no vote; none if openraft shall decide.
    pub(crate) fn refuses(&self, request: &VoteRequest<u64>) -> Option<String> {
        let refuses = self.holds_back() && says_something(request.last_log_id);
        refuses.then(|| {
            format!(
                "this voter started with an empty directory and has not caught up with a leader yet; \
                 if none can be had any more, delete {} and start it again",
                self.path.display()
            )
        })
    }

    /// Looks at what a leader sent and how it was answered; with everything the leader has committed, holding back ends.
    pub(crate) fn appended(
        &self,
        raft: &Raft,
        last_sent: Option<LogId>,
        leader_commit: Option<LogId>,
        answer: &AppendEntriesResponse<u64>,
    ) {
        let is_all = says_something(leader_commit) && last_sent >= leader_commit;
        if is_all && matches!(answer, AppendEntriesResponse::Success) {
            self.settle(raft);
        }
    }

    /// From now on it is a voter like any other. Also of who wins an election: a newcomer wins only among empty logs.
    pub(crate) fn settle(&self, raft: &Raft) {
        if !self.holds_back() {
            return;
        }
        let dir = self.path.parent().unwrap_or(Path::new("."));
        if let Err(error) = files::remove_optional(&self.path).and_then(|()| files::sync_dir(dir)) {
            tracing::warn!(file = %self.path.display(), %error, "cannot be deleted; this voter goes on holding back");
            return;
        }
        self.holds_back.store(false, Ordering::Release);
        raft.runtime_config().elect(true);
        tracing::info!("this voter has what was committed and votes from now on");
    }
}

/// Entries of the leader that a quorum had first, sent before any of them was committed: they are of its own term.
fn is_first_of_quorum(request: &AppendEntriesRequest<TypeConfig>) -> bool {
    let own_term = request.vote.leader_id().term;
    let mut entries = request.entries.iter().filter(|entry| says_something(Some(entry.log_id))).peekable();
    entries.peek().is_some()
        && !says_something(request.prev_log_id)
        && !says_something(request.leader_commit)
        && entries.all(|entry| entry.log_id.leader_id.term == own_term)
}

/// The last entry that a leader's request vouches for.
pub(crate) fn last_sent(request: &AppendEntriesRequest<TypeConfig>) -> Option<LogId> {
    request.entries.last().map_or(request.prev_log_id, |entry| Some(entry.log_id))
}
