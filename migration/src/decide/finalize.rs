//! The end: last drain, last proof, POST_MIGRATION, the mirror closed. Pure.

use kedge_metadata_state::{image::ZkMigrationState, sidecar::MigrationPhase};

use super::{Action, Driver, wrong_state};
use crate::{
    codes::{self, Code},
    readiness::Problem,
    state::DriverState,
    verify::Verdict,
};

impl Driver {
    /// Refused with everything that is missing.
    pub(super) fn order_finalize(&mut self, order_number: u64) {
        if self.state == DriverState::Final {
            return self.accept(order_number, "finalized already");
        }
        if self.state != DriverState::Dual {
            return self.refuse(order_number, vec![wrong_state(&format!("the state is {}", self.status().word))]);
        }
        let problems = self.finalize_problems();
        if !problems.is_empty() {
            return self.refuse(order_number, problems);
        }
        self.finalize_order = Some(order_number);
        self.go(DriverState::ClosingDrain);
    }

    fn finalize_problems(&self) -> Vec<Problem> {
        let facts = self.facts();
        let unswitched = self
            .fleet
            .brokers
            .iter()
            .filter(|(broker_id, broker)| !broker.follows_log && !facts.without_brokers.contains(broker_id));
        let mut problems = vec![
            Problem::new(codes::HELD, facts.holding.clone()),
            Problem::new(codes::NOT_SWITCHED, unswitched.map(|(broker_id, _)| format!("broker {broker_id}"))),
        ];
        if self.claim.is_none() || self.mirror.lag() != Some(0) {
            let lag = self.mirror.lag().map_or("unknown".to_owned(), |lag| lag.to_string());
            problems.push(Problem::new(codes::MIRROR_BEHIND, [format!("lag {lag}")]));
        }
        let unready = self.fleet.controllers.iter().filter(|(_, is_ready)| !**is_ready);
        problems.push(Problem::new(
            codes::CONTROLLER_NOT_READY,
            unready.map(|(controller_id, _)| format!("controller {controller_id}")),
        ));
        problems.retain(|problem| problem.count > 0);
        problems
    }

    pub(super) fn pump_closing(&mut self) {
        self.pump_mirror();
        if self.is_drained() {
            self.go(DriverState::ClosingProof);
            self.pump();
        }
    }

    pub(super) fn closing_verified(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Equal => {
                let state = ZkMigrationState::PostMigration;
                self.commit_and_go(DriverState::Finalizing, Some(state), |facts| {
                    facts.phase = MigrationPhase::Final;
                    facts.blocked = None;
                });
            }
            Verdict::Different => self.finalize_failed(codes::NOT_EQUAL),
            Verdict::NotComparable => self.finalize_failed(codes::NOT_COMPARABLE),
        }
    }

    /// The quorum rules on and the tree follows, as before the order.
    pub(super) fn finalize_failed(&mut self, code: Code) {
        self.zk_work = None;
        self.mirror.distrust();
        self.go(DriverState::Dual);
        if let Some(order_number) = self.finalize_order.take() {
            self.refuse(order_number, vec![Problem::new(code, ["nothing was changed".to_owned()])]);
        }
    }

    pub(super) fn finalized(&mut self) {
        self.actions.push(Action::CloseMirror);
        self.claim = None;
        self.mirror.forget();
        if let Some(order_number) = self.finalize_order.take() {
            self.accept(order_number, "finalized");
        }
    }
}
