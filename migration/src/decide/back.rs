//! Back1 to Back7: the way back. Pure.
//!
//! From Back1 no leader claims `/controller`. From Back4 the tree's content counts, and whoever leads only sees to it
//! that a broker takes over; at every instant some live node is able to.

use kedge_metadata_state::{image::ZkMigrationState, sidecar::MigrationPhase};
use kedge_metadata_store::{ClaimError, CommitError};

use super::{Driver, Inspection, Listing, Work, wrong_state};
use crate::{
    codes::{self, Code},
    readiness::Problem,
    reconcile,
    rollback::{self, RollbackInput, RollbackOrder},
    state::DriverState,
    verify::Verdict,
};

/// Proofs that may differ under one freeze before the rollback is given up.
const PROOFS_FAILED_MAX: u32 = 3;

impl Driver {
    /// Back0, from any state before `final`.
    pub(super) fn order_rollback(&mut self, order_number: u64, order: RollbackOrder) {
        use DriverState::*;
        if self.facts().phase == MigrationPhase::RollingBack {
            return self.accept(order_number, "rolling back already");
        }
        match self.state {
            // Nothing was claimed: the order is forgotten.
            Joining | Staging => {
                self.zk_work = None;
                self.end_attempt();
                self.state_order = Some((order_number, "nothing was claimed; the brokers leave"));
            }
            Seizing | Relisting => {
                // A claim in flight is answered before the hand-over looks: works run in order.
                self.zk_work = None;
                self.begin_rollback(&order);
                self.state_order = Some((order_number, "nothing was copied; a broker takes over"));
            }
            Dual | ClosingDrain | ClosingProof => {
                let problems = rollback::problems(RollbackInput {
                    order: &order,
                    fleet: &self.fleet,
                    image: self.latest(),
                    can_hold: self.settings.can_hold,
                    is_claimed: self.claim.is_some(),
                    mirror_lag: self.mirror.lag(),
                });
                if !problems.is_empty() {
                    return self.refuse(order_number, problems);
                }
                if self.state != Dual {
                    self.zk_work = None;
                    self.finalize_failed(codes::WRONG_STATE);
                }
                self.begin_rollback(&order);
                self.state_order = Some((order_number, "rolling back"));
            }
            _ => self.refuse(order_number, vec![wrong_state(&format!("the state is {}", self.status().word))]),
        }
    }

    /// Back1.
    fn begin_rollback(&mut self, order: &RollbackOrder) {
        let successor = rollback::successor(&self.fleet, order.successor, None);
        let without = order.without_brokers.iter().copied().collect();
        self.is_evened = false;
        self.proofs_failed = 0;
        self.commit_and_go(DriverState::GoingBack, None, |facts| {
            facts.phase = MigrationPhase::RollingBack;
            facts.successor = successor;
            facts.blocked = None;
            facts.without_brokers = without;
        });
    }

    /// Back2 and Back3: frozen, everything that was committed goes into the tree.
    pub(super) fn pump_draining(&mut self) {
        self.pump_mirror();
        if self.is_drained() {
            self.go(if self.is_evened { DriverState::Padding } else { DriverState::Evening });
            self.pump();
        }
    }

    /// The mirror has nothing to do, and nothing that others wrote waits to be told.
    pub(super) fn is_drained(&self) -> bool {
        let is_idle = self.zk_work.is_none() && self.wake_at.is_none() && !self.has_untold_foreign_writes();
        is_idle && self.mirror.is_drained()
    }

    pub(super) fn pump_evening(&mut self) {
        if self.log_work.is_none() && self.to_commit.is_empty() {
            self.relist_or_drain();
        }
    }

    pub(super) fn pump_padding(&mut self) {
        self.relist_or_drain();
    }

    fn relist_or_drain(&mut self) {
        match self.claim.clone() {
            Some(claim) => self.send_zk(Work::Relist { claim }),
            // Only [`DriverState::Draining`] takes a claim up again.
            None => self.go(DriverState::Draining),
        }
    }

    pub(super) fn evening_listed(&mut self, listing: &Listing) {
        let uneven = reconcile::uneven_partitions(self.latest(), &listing.tree);
        self.mirror.listed(listing.tree.clone());
        self.report(format!("{} partitions get a new leader epoch", uneven.len()));
        self.is_evened = true;
        self.to_commit = reconcile::evening(self.latest(), &uneven);
    }

    pub(super) fn padding_listed(&mut self, listing: &Listing) {
        let pads = reconcile::pads(self.latest(), &listing.tree);
        self.mirror.listed(listing.tree.clone());
        match self.claim.clone() {
            _ if pads.is_empty() => self.go(DriverState::Proving),
            Some(claim) => {
                self.report(format!("padding {} state znodes", pads.len()));
                self.send_zk(Work::Pad { claim, pads });
            }
            None => self.go(DriverState::Draining),
        }
    }

    pub(super) fn padded(&mut self, padded: Result<(), CommitError>) {
        match padded {
            Ok(()) => self.go(DriverState::Proving),
            Err(error) => {
                self.go(DriverState::Draining);
                self.mirror_failed(error);
            }
        }
    }

    pub(super) fn verified(&mut self, verdict: Verdict) {
        match (self.state, verdict) {
            (DriverState::Proving, Verdict::Equal) => {
                // Back4: from here on the tree's content counts.
                self.commit_and_go(DriverState::Returning, Some(ZkMigrationState::PreMigration), |_| ());
            }
            (DriverState::Proving, verdict) => {
                self.proofs_failed += 1;
                if self.proofs_failed >= PROOFS_FAILED_MAX {
                    let different = verdict == Verdict::Different;
                    return self.abandon(if different { codes::NOT_EQUAL } else { codes::NOT_COMPARABLE });
                }
                self.mirror.distrust();
                self.go(DriverState::Draining);
            }
            (DriverState::ClosingProof, verdict) => self.closing_verified(verdict),
            _ => {}
        }
    }

    /// The quorum rules on: nothing was given away yet.
    pub(super) fn abandon(&mut self, code: Code) {
        self.zk_work = None;
        self.mirror.distrust();
        self.report(format!("the rollback is given up: {}", Problem::new(code, [])));
        self.commit_and_go(DriverState::Abandoning, None, |facts| {
            facts.phase = MigrationPhase::Dual;
            facts.successor = None;
            facts.blocked = Some(code.to_string());
        });
    }

    /// Back5: the tree says who rules; until a broker does, the successor is asked.
    pub(super) fn pump_hand_over(&mut self) {
        if self.log_work.is_none() {
            self.send_zk(Work::Inspect);
        }
    }

    pub(super) fn hand_over_inspected(&mut self, inspection: &Inspection) {
        let controller = &inspection.controller;
        match controller.controller_id {
            // Back6 and Back7: brokers watch `/controller` and change their source; the attempt is over.
            Some(controller_id) if controller.kraft_controller_epoch < 0 => {
                self.report(format!("broker {controller_id} rules"));
                self.end_attempt();
            }
            // Its ephemeral is gone again: any broker that sees it campaigns.
            None => self.retry_later("/controller is free; a broker takes it"),
            Some(_) => self.ask_successor(),
        }
    }

    fn ask_successor(&mut self) {
        let named = self.facts().successor;
        let failed = named.filter(|_| self.successor_failed);
        match rollback::successor(&self.fleet, named, failed) {
            None => self.retry_later(codes::row(codes::NO_SUCCESSOR).title),
            Some(successor) if named == Some(successor) => {
                self.successor_failed = false;
                self.send_zk(Work::HandOver { successor });
            }
            Some(successor) => {
                self.successor_failed = false;
                self.report(format!("broker {successor} is to take over"));
                self.commit_facts(None, |facts| facts.successor = Some(successor));
            }
        }
    }

    pub(super) fn handed_over(&mut self, result: Result<(), ClaimError>) {
        if let Err(error) = result {
            self.successor_failed = true;
            self.retry_later(error.to_string());
        }
    }

    /// Back7: back to `prepared`. The log keeps its content; wiping it would crash observers.
    fn end_attempt(&mut self) {
        self.commit_and_go(DriverState::Ending, None, |facts| {
            facts.phase = MigrationPhase::Prepared;
            facts.migration_zk_version = None;
            facts.successor = None;
        });
    }
}
