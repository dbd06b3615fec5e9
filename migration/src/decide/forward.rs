//! Fwd0 to Fwd3: the start, readiness, staging, the claim's gate and the copy. Pure.

use std::collections::BTreeSet;

use kedge_metadata_state::{BrokerId, sidecar::MigrationPhase};
use kedge_metadata_store::LoadError;

use super::{Driver, Listing, Work, wrong_state};
use crate::{
    codes::{self, Code},
    readiness::{self, Findings, Problem},
    reconcile, rollback,
    state::DriverState,
};

impl Driver {
    /// Fwd0 to Fwd1.
    pub(super) fn order_start(&mut self, order_number: u64, without_brokers: &BTreeSet<BrokerId>) {
        let facts = self.facts();
        let is_same = facts.without_brokers.iter().eq(without_brokers);
        if is_same && matches!(facts.phase, MigrationPhase::Joining | MigrationPhase::Copying) {
            return self.accept(order_number, "started already");
        }
        if self.state != DriverState::Prepared {
            return self.refuse(order_number, vec![wrong_state(&format!("the state is {}", self.status().word))]);
        }
        self.commit_facts(Some(order_number), |facts| {
            facts.generation += 1;
            facts.phase = MigrationPhase::Joining;
            facts.blocked = None;
            facts.without_brokers = without_brokers.iter().copied().collect();
        });
        self.go(DriverState::Joining);
    }

    /// The gate before anything is read or claimed: everybody is there, nobody holds.
    pub(super) fn pump_joining(&mut self) {
        if self.log_work.is_some() || self.facts().phase != MigrationPhase::Joining {
            return;
        }
        if let Some(reason) = self.facts().holding {
            self.waiting = Some(format!("held: {reason}"));
            return;
        }
        let missing = self.missing();
        if missing.is_empty() {
            self.go(DriverState::Staging);
            self.send_zk(Work::Stage);
        } else {
            self.waiting = Some(missing.join("; "));
        }
    }

    /// Who is not ready, and why.
    fn missing(&self) -> Vec<String> {
        let without = self.facts().without_brokers;
        let mut missing = Vec::new();
        if self.fleet.brokers.is_empty() {
            missing.push("no broker is known yet".to_owned());
        }
        for (broker_id, broker) in &self.fleet.brokers {
            if without.contains(broker_id) {
                continue;
            }
            if let Some(why) = &broker.unreachable {
                missing.push(format!("broker {broker_id} does not answer ({why})"));
                continue;
            }
            let reason = match broker {
                broker if !broker.is_armed => "not armed",
                broker if !broker.is_registered => "not registered with the quorum",
                broker if !broker.is_alive => "fenced",
                broker if !broker.has_ephemeral => "without its znode",
                _ => continue,
            };
            missing.push(format!("broker {broker_id} is {reason}"));
        }
        let unready = self.fleet.controllers.iter().filter(|(_, is_ready)| !**is_ready);
        missing.extend(unready.map(|(controller_id, _)| format!("controller {controller_id} is not ready")));
        missing
    }

    pub(super) fn staged(&mut self, staged: Result<Box<Findings>, LoadError>) {
        if self.state != DriverState::Staging {
            return;
        }
        let mut findings = match staged {
            Ok(findings) => findings,
            Err(LoadError::Unavailable(reason)) => return self.retry_later(reason),
            Err(LoadError::Bad(bad)) => Box::new(Findings { bad_znodes: bad, ..Findings::default() }),
        };
        findings.without_brokers = self.facts().without_brokers.into_iter().collect();
        findings.arming_follows = false;
        // Nothing was claimed in this attempt yet, so no content of `/migration` can be ours.
        findings.migration_is_ours = false;
        let problems = readiness::check(&findings);
        if problems.iter().any(Problem::is_blocking) {
            self.report(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
            self.blocked = problems;
            self.go(DriverState::Joining);
            return self.wait("what blocks is looked at again");
        }
        self.blocked.clear();
        if self.facts().holding.is_some() {
            return self.go(DriverState::Joining);
        }
        self.commit_and_go(DriverState::Ordering, None, |facts| facts.phase = MigrationPhase::Copying);
    }

    pub(super) fn pump_relisting(&mut self) {
        match self.claim.clone() {
            Some(claim) => self.send_zk(Work::Relist { claim }),
            None => self.go(DriverState::Seizing),
        }
    }

    /// Fwd3: the tree under the claim is the truth now; the controller is frozen, so the log stands still.
    pub(super) fn copy(&mut self, listing: &Listing) {
        let problems = readiness::check_listed(&listing.uncarried, &listing.topics_without_id);
        if !problems.is_empty() {
            return self.hand_back(codes::CHANGED_SINCE_STAGING, &problems);
        }
        let mut facts = self.facts();
        facts.phase = MigrationPhase::Dual;
        facts.migration_zk_version = self.claim.as_ref().map(|claim| claim.migration_zk_version);
        match reconcile::copy(self.latest(), &listing.tree, facts) {
            Ok(plan) => {
                self.report(format!("copying {} records in {} entries", plan.content_records, plan.batches.len()));
                self.mirror.listed(listing.tree.clone());
                self.go(DriverState::Committing);
                self.to_commit = plan.batches;
            }
            Err(error) => self.hand_back(
                codes::CHANGED_SINCE_STAGING,
                &[Problem::new(codes::CHANGED_SINCE_STAGING, [error.to_string()])],
            ),
        }
    }

    /// What was found under the claim cannot be copied: a broker gets the cluster back, nothing was changed.
    pub(super) fn hand_back(&mut self, code: Code, problems: &[Problem]) {
        self.report(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
        let successor = rollback::successor(&self.fleet, None, None);
        self.commit_and_go(DriverState::GoingBack, None, |facts| {
            facts.phase = MigrationPhase::RollingBack;
            facts.successor = successor;
            facts.blocked = Some(code.to_string());
        });
    }
}
