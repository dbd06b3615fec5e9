//! The claim, Fwd4, and the tree that follows the log. Pure.

use kedge_metadata_state::sidecar::{ForeignWrite, MigrationPhase};
use kedge_metadata_store::{Claim, ClaimError, CommitError, LoadError, Outcome, Progress};

use super::{ClaimStep, Driver, Inspection, Listing, LogWork, Work};
use crate::{
    codes::{self, Code},
    readiness::{MigrationZnode, Problem, is_our_progress},
    state::DriverState,
};

impl Driver {
    /// Inspect, confirm, seize. From Back1 on nobody claims: the claim that stands is adopted.
    pub(super) fn pump_claim(&mut self) {
        if self.zk_work.is_some() {
            return;
        }
        let kraft_epoch = self.kraft_epoch.expect("only a leader claims");
        if self.facts().phase == MigrationPhase::RollingBack {
            return self.send_zk(Work::Adopt { kraft_epoch });
        }
        self.send_zk(match self.claim_step {
            ClaimStep::Inspect => Work::Inspect,
            ClaimStep::Confirm { .. } => Work::Confirm,
            ClaimStep::Seize { controller_epoch_zk_version } => {
                Work::Seize { kraft_epoch, controller_epoch_zk_version }
            }
        });
    }

    pub(super) fn inspected(&mut self, inspected: Result<Inspection, String>) {
        let inspection = match inspected {
            Ok(inspection) => inspection,
            Err(reason) => return self.retry_later(reason),
        };
        if self.state == DriverState::HandingOver {
            return self.hand_over_inspected(&inspection);
        }
        let stale = match &inspection.migration {
            MigrationZnode::Absent | MigrationZnode::Empty => None,
            MigrationZnode::Content { progress, zk_version } => {
                let bound = self.facts().migration_zk_version;
                let (epochs, end_offset) = (&inspection.log_epochs, inspection.log_end_offset);
                let is_ours = is_our_progress(progress, *zk_version, bound, epochs, end_offset);
                (!is_ours).then(|| format!("/migration: {progress:?}, version {zk_version}"))
            }
        };
        if let Some(found) = stale {
            return self.block(codes::STALE_MIGRATION, found);
        }
        let Some(controller_epoch_zk_version) = inspection.controller_epoch_zk_version else {
            return self.block(codes::NO_CONTROLLER_EPOCH, "/controller_epoch".to_owned());
        };
        self.claim_step = ClaimStep::Confirm { controller_epoch_zk_version };
    }

    pub(super) fn confirmed(&mut self, is_leader: bool) {
        match self.claim_step {
            ClaimStep::Confirm { controller_epoch_zk_version } if is_leader => {
                self.claim_step = ClaimStep::Seize { controller_epoch_zk_version };
            }
            _ => {
                self.claim_step = ClaimStep::Inspect;
                self.retry_later("a majority of the quorum does not confirm this leader");
            }
        }
    }

    pub(super) fn claimed(&mut self, claimed: Result<Claim, ClaimError>) {
        self.claim_step = ClaimStep::Inspect;
        match claimed {
            Ok(claim) => {
                self.blocked.clear();
                self.retry_ms = 0;
                self.report(format!("claimed ZooKeeper, controller epoch {}", claim.zk_controller_epoch));
                self.claim = Some(claim);
                self.mirror.forget();
                if self.state == DriverState::Seizing {
                    self.go(DriverState::Relisting);
                }
            }
            Err(ClaimError::Unavailable(reason)) => self.retry_later(reason),
            Err(ClaimError::Raced(reason)) => self.retry_later(format!("lost a race: {reason}")),
            Err(ClaimError::Superseded { kraft_controller_epoch }) => {
                self.block(codes::CONTROL_LOST, format!("KRaft epoch {kraft_controller_epoch}"));
            }
            // A foreign `/migration` is seen by the next inspection, which has a code of its own.
            Err(ClaimError::Refused(reason)) => self.retry_later(reason),
        }
    }

    /// Stops with a code and looks again later: what blocks here lies in the tree.
    fn block(&mut self, code: Code, place: String) {
        let problem = Problem::new(code, [place]);
        self.report(problem.to_string());
        self.blocked = vec![problem];
        self.wait("what blocks is looked at again");
    }

    /// One step of the mirror: claim, list, write, mark.
    pub(super) fn pump_mirror(&mut self) {
        if self.zk_work.is_some() || self.wake_at.is_some() {
            return;
        }
        let Some(claim) = self.claim.clone() else { return self.pump_claim() };
        if self.has_untold_foreign_writes() {
            return;
        }
        if self.mirror.needs_listing() || self.full_diff_at().is_some_and(|due| due <= self.now) {
            return self.send_zk(Work::Relist { claim });
        }
        if let Some(plan) = self.mirror.next_plan(self.settings.can_hold) {
            return self.send_zk(Work::Apply { claim, plan });
        }
        if let Some(at) = self.mirror.to_mark() {
            let progress = Progress {
                kraft_controller_id: self.settings.controller_id,
                kraft_controller_epoch: claim.kraft_epoch.0,
                kraft_metadata_offset: at.last_offset,
                kraft_metadata_epoch: at.leader_epoch,
            };
            self.marking = Some(at);
            self.send_zk(Work::Mark { claim, progress });
        }
    }

    /// What others wrote is on its way into the facts.
    pub(super) fn has_untold_foreign_writes(&self) -> bool {
        !self.foreign_writes.is_empty() || matches!(self.log_work, Some((_, LogWork::Facts(_))))
    }

    /// A znode that cannot be read any more, in a tree that was followed so far: the mirror goes on with what it knew.
    fn unreadable_while_followed(&mut self, problem: Problem) {
        self.listed_at = self.now;
        self.report(problem.to_string());
        self.blocked = vec![problem];
    }

    fn found_foreign_writes(&mut self, found: &[ForeignWrite]) {
        for write in found {
            self.report(format!("somebody else wrote ZooKeeper: {write}"));
        }
        self.foreign_writes.extend_from_slice(found);
    }

    pub(super) fn listed(&mut self, listed: Result<Listing, LoadError>) {
        let listing = match listed {
            Ok(listing) => listing,
            // The barrier may have failed because the claim is over: it is made sure of again, which is idempotent.
            Err(LoadError::Unavailable(reason)) => return self.lose_claim(reason),
            Err(LoadError::Bad(bad)) => {
                let problem = Problem::new(codes::BAD_ZNODES, bad.iter().map(ToString::to_string));
                return match self.state {
                    DriverState::Relisting => self.hand_back(codes::CHANGED_SINCE_STAGING, &[problem]),
                    DriverState::Dual if !self.mirror.needs_listing() => self.unreadable_while_followed(problem),
                    _ => self.block(codes::BAD_ZNODES, problem.places.join(", ")),
                };
            }
        };
        self.retry_ms = 0;
        self.listed_at = self.now;
        // What was written before the copy is copied.
        if self.state != DriverState::Relisting {
            self.found_foreign_writes(&listing.foreign_writes);
        }
        match self.state {
            DriverState::Relisting => self.copy(&listing),
            DriverState::Evening => self.evening_listed(&listing),
            DriverState::Padding => self.padding_listed(&listing),
            _ => self.mirror.listed(listing.tree),
        }
    }

    pub(super) fn applied(&mut self, applied: Result<Vec<Outcome>, CommitError>) {
        match applied {
            Ok(outcomes) if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Committed(_))) => {
                self.retry_ms = 0;
                self.blocked.clear();
                // The claim may have been made anew meanwhile; then the tree is listed again anyway.
                self.mirror.applied();
            }
            Ok(outcomes) => self.mirror_refused(&outcomes),
            Err(error) => self.mirror_failed(error),
        }
    }

    /// Somebody else wrote the tree: list it and repair by diff. A document that no znode can hold stays different.
    fn mirror_refused(&mut self, outcomes: &[Outcome]) {
        self.mirror.distrust();
        let refused = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::NotHeld(record) => Some(format!("ZooKeeper cannot hold {record}")),
            Outcome::TooLarge => Some("a document is larger than a znode may be".to_owned()),
            Outcome::Committed(_) | Outcome::Conflict { .. } => None,
        });
        match refused {
            Some(refused) => self.block(codes::MIRROR_REFUSED, refused),
            None => self.retry_later("somebody else wrote the tree; repairing by diff"),
        }
    }

    pub(super) fn marked(&mut self, marked: Result<i32, CommitError>) {
        let at = self.marking.take();
        match (marked, at, &mut self.claim) {
            (Ok(migration_zk_version), Some(at), Some(claim)) => {
                claim.migration_zk_version = migration_zk_version;
                self.retry_ms = 0;
                self.mirror.marked(at);
            }
            (Ok(_), _, _) => {}
            // `/migration` may or may not have been written: its version has to be learned again.
            (Err(CommitError::Unknown { cause, .. }), _, _) => self.lose_claim(cause),
            (Err(error), _, _) => self.mirror_failed(error),
        }
    }

    pub(super) fn mirror_failed(&mut self, error: CommitError) {
        match error {
            CommitError::Unavailable(reason) => {
                self.mirror.retry();
                self.retry_later(reason);
            }
            CommitError::Unknown { cause, .. } => {
                self.mirror.distrust();
                self.retry_later(cause);
            }
            CommitError::Fenced => self.lose_claim("the mirror was fenced".to_owned()),
        }
    }

    fn lose_claim(&mut self, reason: String) {
        self.claim = None;
        self.claim_step = ClaimStep::Inspect;
        self.mirror.forget();
        self.retry_later(reason);
    }
}
