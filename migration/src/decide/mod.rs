//! The driver: `(driver, event, now) -> (driver, actions)`. Pure.
//!
//! Only the active controller's driver does anything. What must survive it is in the log (`MigrationFacts`, beside
//! ZkMigrationState); everything else is derived again after an election, so a change of leader at any point is nothing
//! but [`Event::Elected`].
//!
//! - [`mod@messages`]: events and actions. [`mod@forward`]: Fwd0 to Fwd3. [`mod@mirror`]: claim, Fwd4 and the mirror. [`mod@back`]: Back1 to Back7.
//!   [`mod@finalize`]: the end.
//!
//! **What the shell owes.** It runs the [`Work`] of each kind in the order it was given, one at a time, also when the
//! driver no longer waits for the first. It delivers [`Event::Committed`] in the order of the log, and before the reply
//! to the commit that made it. It does not answer a work that a crash took along.
//!
//! **How a claim is fenced.** A leader that was deposed without knowing could claim a cluster that was handed back
//! meanwhile. So it is: inspect `/controller_epoch`, *then* confirm with the quorum that this leader still leads, *then*
//! claim at the version that was inspected. A hand-over ordered by a later leader raises that version.

mod back;
mod finalize;
mod forward;
mod messages;
mod mirror;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc};

use kedge_metadata_state::{
    BrokerId, Image, Record, SidecarRecord, TimestampMs,
    image::ZkMigrationState,
    sidecar::{ForeignWrite, ForeignWrites, MigrationFacts, MigrationPhase},
};
use kedge_metadata_store::{Claim, KRaftEpoch};

pub use messages::{
    Action, Answer, BrokerStatus, CommitReply, Event, Fleet, Inspection, Listing, Loaded, Order, Reply, Settings,
    Ticket, Work,
};

use crate::{
    codes,
    readiness::Problem,
    reconcile::{LogPosition, MirrorQueue, zk_migration_state},
    state::{DriverState, Word, resumed},
};

/// How a claim comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClaimStep {
    Inspect,
    Confirm { controller_epoch_zk_version: i32 },
    Seize { controller_epoch_zk_version: i32 },
}

/// What a commit in flight is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LogWork {
    /// The state waits for it.
    State,
    /// Facts beside the state, and the order that asked for them.
    Facts(Option<u64>),
    Abort,
    Reload,
}

/// The driver of one controller process. A value: cloning it is a way to try an event.
#[derive(Clone, Debug)]
pub struct Driver {
    settings: Settings,
    state: DriverState,
    kraft_epoch: Option<KRaftEpoch>,
    fleet: Fleet,
    /// The latest image of the log is in here, and with it the facts.
    mirror: MirrorQueue,
    claim: Option<Claim>,
    claim_step: ClaimStep,
    /// When the tree was last listed.
    listed_at: TimestampMs,
    /// Writes of others that are not facts yet. Nothing is mirrored over them before they are.
    foreign_writes: Vec<ForeignWrite>,
    /// The position on its way into `/migration`.
    marking: Option<LogPosition>,
    last_ticket: Ticket,
    zk_work: Option<Ticket>,
    log_work: Option<(Ticket, LogWork)>,
    /// What the state commits next.
    to_commit: Vec<Vec<Record>>,
    orders: VecDeque<(u64, Order)>,
    /// The order that the state's commit makes a fact, and what it is answered then.
    state_order: Option<(u64, &'static str)>,
    /// The order to finalize that is being carried out.
    finalize_order: Option<u64>,
    /// Problems that stop the move now.
    blocked: Vec<Problem>,
    /// Why nothing happens, for the status.
    waiting: Option<String>,
    is_frozen: bool,
    frozen_since: TimestampMs,
    retry_ms: i64,
    wake_at: Option<TimestampMs>,
    /// Back3: the leader epochs were bumped.
    is_evened: bool,
    proofs_failed: u32,
    successor_failed: bool,
    actions: Vec<Action>,
    now: TimestampMs,
}

/// What an operator sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The one word.
    pub word: Word,
    /// Which attempt, 0 before the first.
    pub generation: u32,
    /// Why nothing happens, if nothing does.
    pub waiting: Option<String>,
    /// What stops the move.
    pub blocked: Vec<Problem>,
    /// Offsets that the mirror is behind; none while it is not known.
    pub mirror_lag: Option<i64>,
    /// The ZooKeeper controller epoch of the claim.
    pub zk_controller_epoch: Option<i32>,
    /// Brokers that follow the log, of how many.
    pub brokers_switched: (usize, usize),
    /// What others wrote into the tree.
    pub foreign_writes: ForeignWrites,
}

/// One event: the driver after it, and what is to be done.
pub fn decide(mut driver: Driver, event: Event, now: TimestampMs) -> (Driver, Vec<Action>) {
    let actions = driver.handle(event, now);
    (driver, actions)
}

impl Driver {
    /// A driver that has heard nothing yet.
    pub fn new(settings: Settings) -> Driver {
        Driver {
            settings,
            state: DriverState::Standby,
            kraft_epoch: None,
            fleet: Fleet::default(),
            mirror: MirrorQueue::default(),
            claim: None,
            claim_step: ClaimStep::Inspect,
            listed_at: 0,
            foreign_writes: Vec::new(),
            marking: None,
            last_ticket: Ticket::default(),
            zk_work: None,
            log_work: None,
            to_commit: Vec::new(),
            orders: VecDeque::new(),
            state_order: None,
            finalize_order: None,
            blocked: Vec::new(),
            waiting: None,
            is_frozen: false,
            frozen_since: 0,
            retry_ms: 0,
            wake_at: None,
            is_evened: false,
            proofs_failed: 0,
            successor_failed: false,
            actions: Vec::new(),
            now: 0,
        }
    }

    /// [`decide`], in place.
    pub fn handle(&mut self, event: Event, now: TimestampMs) -> Vec<Action> {
        self.now = now;
        match event {
            Event::Elected { kraft_epoch, loaded } => self.elected(kraft_epoch, loaded),
            Event::Deposed => self.stand_by(),
            Event::Committed { image, at } => self.mirror.offer(image, at),
            Event::Fleet(fleet) => self.fleet = fleet,
            Event::Order { order_number, order } => self.orders.push_back((order_number, order)),
            Event::Reply { ticket, reply } => self.replied(ticket, reply),
            Event::Tick => {}
        }
        if self.wake_at.is_some_and(|wake_at| wake_at <= now) {
            self.wake_at = None;
        }
        self.pump();
        self.settle_freeze();
        std::mem::take(&mut self.actions)
    }

    /// When to send [`Event::Tick`], if at all.
    pub fn wake_at(&self) -> Option<TimestampMs> {
        let deadline = self.has_deadline().then(|| self.frozen_since + self.settings.freeze_ms_max);
        [self.wake_at, deadline, self.full_diff_at()].into_iter().flatten().min()
    }

    /// When the tree is listed anew although nothing asks for it: somebody else may have written it.
    fn full_diff_at(&self) -> Option<TimestampMs> {
        let is_idle = self.zk_work.is_none() && self.wake_at.is_none() && self.foreign_writes.is_empty();
        let is_followed = self.state == DriverState::Dual && self.claim.is_some() && !self.mirror.needs_listing();
        (is_followed && is_idle).then(|| self.listed_at + self.settings.full_diff_ms)
    }

    /// Where it stands.
    pub fn state(&self) -> DriverState {
        self.state
    }

    /// What an operator sees.
    pub fn status(&self) -> Status {
        let facts = self.facts();
        let word = match (self.blocked.iter().find(|problem| problem.is_blocking()), facts.holding, facts.blocked) {
            (Some(problem), _, _) => Word::Blocked(problem.code.to_string()),
            (None, Some(reason), _) if self.is_at_a_gate() => Word::Holding(reason),
            (None, _, Some(code)) if self.state == DriverState::Prepared => Word::Blocked(code),
            _ => self.state.word(),
        };
        let switched = self.fleet.brokers.values().filter(|broker| broker.follows_log).count();
        Status {
            word,
            generation: facts.generation,
            waiting: self.waiting.clone().or_else(|| self.followers_awaited()),
            blocked: self.blocked.clone(),
            mirror_lag: self.mirror.lag(),
            zk_controller_epoch: self.claim.as_ref().map(|claim| claim.zk_controller_epoch),
            brokers_switched: (switched, self.fleet.brokers.len()),
            foreign_writes: facts.foreign_writes,
        }
    }

    /// In `dual` the quorum rules; its brokers follow a moment later, one by one.
    fn followers_awaited(&self) -> Option<String> {
        let without = self.facts().without_brokers;
        let is_awaited =
            |broker_id: &BrokerId, broker: &BrokerStatus| !broker.follows_log && !without.contains(broker_id);
        let awaited = self.fleet.brokers.iter().filter(|(broker_id, broker)| is_awaited(broker_id, broker));
        let awaited: Vec<String> = awaited
            .map(|(broker_id, broker)| match &broker.unreachable {
                Some(why) => format!("broker {broker_id}, which does not answer ({why})"),
                None => format!("broker {broker_id}"),
            })
            .collect();
        let is_dual = self.state == DriverState::Dual && !awaited.is_empty();
        is_dual.then(|| format!("for these to follow the log: {}", awaited.join("; ")))
    }

    fn is_at_a_gate(&self) -> bool {
        matches!(self.state, DriverState::Prepared | DriverState::Joining | DriverState::Dual)
    }

    fn elected(&mut self, kraft_epoch: KRaftEpoch, loaded: Loaded) {
        self.stand_by();
        self.kraft_epoch = Some(kraft_epoch);
        self.resume(loaded);
    }

    /// Everything this process only remembered is void. What was begun elsewhere may still be answered: nobody listens.
    fn stand_by(&mut self) {
        self.answer_orders_of_an_ended_reign();
        let fresh = Driver::new(self.settings);
        let driver = std::mem::replace(self, fresh);
        self.fleet = driver.fleet;
        self.last_ticket = driver.last_ticket;
        self.actions = driver.actions;
        self.now = driver.now;
        self.is_frozen = driver.is_frozen;
    }

    /// What was handed to the log may be a fact or become one; the rest was not begun.
    fn answer_orders_of_an_ended_reign(&mut self) {
        let sent = self.log_work.map(|(_, log_work)| self.orders_of(log_work)).unwrap_or_default();
        let of_state = self.state_order.take().map(|(order_number, _)| order_number);
        let queued = std::mem::take(&mut self.orders).into_iter().map(|(order_number, _)| order_number);
        let kept = of_state.into_iter().chain(self.finalize_order.take()).chain(queued);
        let unknown = sent.into_iter().map(|order_number| (order_number, Answer::Unknown));
        for (order_number, answer) in
            unknown.chain(kept.map(|order_number| (order_number, Answer::NotActive))).collect::<Vec<_>>()
        {
            self.actions.push(Action::Answer { order_number, answer });
        }
    }

    /// Goes on from what the quorum agreed on.
    fn resume(&mut self, loaded: Loaded) {
        self.mirror.offer(loaded.image, loaded.at);
        if loaded.is_in_transaction {
            if self.state != DriverState::Settling {
                self.go(DriverState::Settling);
            }
            self.send_log(LogWork::Abort, Work::Abort);
            return;
        }
        let phase = self.latest().sidecar.migration.as_ref().map(|facts| facts.phase);
        match resumed(phase, self.latest().features.zk_migration_state) {
            Some(DriverState::Standby) => {
                self.state = DriverState::Standby;
                self.waiting = Some("this cluster was born in KRaft".to_owned());
            }
            Some(state) => {
                // A claim of this reign may stand; it is made sure of again, which is idempotent.
                self.claim = None;
                self.mirror.forget();
                self.claim_step = ClaimStep::Inspect;
                self.go(state);
                if state == DriverState::Final {
                    self.actions.push(Action::CloseMirror);
                }
            }
            None => {
                self.state = DriverState::Standby;
                let found = format!("{phase:?} beside {:?}", self.latest().features.zk_migration_state);
                self.blocked = vec![Problem::new(codes::CONTRADICTION, [found])];
            }
        }
    }

    fn go(&mut self, next: DriverState) {
        self.state = self.state.move_to(next);
        self.waiting = None;
        self.wake_at = None;
        self.retry_ms = 0;
    }

    /// The controller is frozen before anything else is begun, and thawed after everything else was.
    fn settle_freeze(&mut self) {
        // An unknown outcome is settled as it was begun.
        let wanted = if self.state == DriverState::Settling { self.is_frozen } else { self.state.is_frozen() };
        match (self.is_frozen, wanted) {
            (false, true) => {
                self.frozen_since = self.now;
                self.actions.insert(0, Action::Freeze);
            }
            (true, false) => self.actions.push(Action::Unfreeze),
            _ => {}
        }
        self.is_frozen = wanted;
    }

    fn has_deadline(&self) -> bool {
        use DriverState::*;
        self.is_frozen && matches!(self.state, Draining | Evening | Padding | Proving | ClosingDrain | ClosingProof)
    }

    fn is_overdue(&self) -> bool {
        self.has_deadline() && self.now >= self.frozen_since + self.settings.freeze_ms_max
    }

    /// Does what the state asks for, as far as nothing is in the way.
    fn pump(&mut self) {
        use DriverState::*;
        if self.log_work.is_none() {
            self.serve_orders();
        }
        if self.log_work.is_none() && self.is_overdue() {
            self.overdue();
        }
        if self.log_work.is_none() && !self.to_commit.is_empty() {
            let batches = std::mem::take(&mut self.to_commit);
            let batches = batches.into_iter().map(|records| self.with_orders_kept(records)).collect();
            self.send_log(LogWork::State, Work::Commit { batches });
        }
        self.remember_foreign_writes();
        if self.wake_at.is_some() {
            return;
        }
        match self.state {
            Joining => self.pump_joining(),
            Staging => self.send_zk(Work::Stage),
            Seizing => self.pump_claim(),
            Relisting => self.pump_relisting(),
            Dual => self.pump_mirror(),
            Draining => self.pump_draining(),
            Evening => self.pump_evening(),
            Padding => self.pump_padding(),
            Proving | ClosingProof => self.send_zk(Work::Verify),
            HandingOver => self.pump_hand_over(),
            ClosingDrain => self.pump_closing(),
            Settling => {
                if self.log_work.is_none() {
                    self.send_log(LogWork::Reload, Work::Reload);
                }
            }
            Standby | Prepared | Ordering | Committing | GoingBack | Returning | Ending | Abandoning | Finalizing
            | Final => {}
        }
    }

    fn overdue(&mut self) {
        match self.state {
            DriverState::ClosingDrain | DriverState::ClosingProof => self.finalize_failed(codes::FREEZE_TOO_LONG),
            _ => self.abandon(codes::FREEZE_TOO_LONG),
        }
    }

    fn replied(&mut self, ticket: Ticket, reply: Reply) {
        if self.zk_work == Some(ticket) {
            self.zk_work = None;
            self.zk_replied(reply);
        } else if let Some((_, log_work)) = self.log_work.filter(|(log_ticket, _)| *log_ticket == ticket) {
            self.log_work = None;
            self.log_replied(log_work, reply);
        }
    }

    fn zk_replied(&mut self, reply: Reply) {
        match reply {
            Reply::Staged(staged) => self.staged(staged),
            Reply::Inspected(inspected) => self.inspected(inspected),
            Reply::Confirmed(is_leader) => self.confirmed(is_leader),
            Reply::Claimed(claimed) => self.claimed(claimed),
            Reply::Listed(listed) => self.listed(listed),
            Reply::Applied(applied) => self.applied(applied),
            Reply::Marked(marked) => self.marked(marked),
            Reply::Padded(padded) => self.padded(padded),
            Reply::Verified(verdict) => self.verified(verdict),
            Reply::HandedOver(result) => self.handed_over(result),
            Reply::Commit(_) | Reply::Loaded(_) => panic!("a reply of the log came for a work of ZooKeeper"),
        }
    }

    fn log_replied(&mut self, log_work: LogWork, reply: Reply) {
        match (log_work, reply) {
            (LogWork::State, Reply::Commit(CommitReply::Committed)) => self.state_committed(),
            (LogWork::Facts(order), Reply::Commit(CommitReply::Committed)) => {
                if let Some(order_number) = order {
                    self.accept(order_number, "done");
                }
            }
            // The transaction is closed by this one or by whoever came first: loading tells.
            (LogWork::Abort, Reply::Commit(_)) => {}
            (LogWork::State | LogWork::Facts(_), Reply::Commit(reply)) => {
                let outcome = if reply == CommitReply::Refused { "was refused" } else { "has no known outcome" };
                self.report(format!("a commit {outcome} while {}: loading what the quorum holds", self.state.doing()));
                let refused = reply == CommitReply::Refused;
                for order_number in self.orders_of(log_work) {
                    let answer = if refused { Answer::NotActive } else { Answer::Unknown };
                    self.actions.push(Action::Answer { order_number, answer });
                }
                // The order to start shows itself as `Joining` before its facts are in the log.
                if log_work == LogWork::State || self.state == DriverState::Joining {
                    self.go(DriverState::Settling);
                }
            }
            (LogWork::Reload, Reply::Loaded(Some(loaded))) => self.resume(loaded),
            (LogWork::Reload, Reply::Loaded(None)) => self.retry_later("the quorum does not answer"),
            (log_work, reply) => panic!("{log_work:?} cannot be answered by {reply:?}"),
        }
    }

    /// The orders that this commit was to make facts; they wait for it no longer.
    fn orders_of(&mut self, log_work: LogWork) -> Vec<u64> {
        match log_work {
            LogWork::Facts(order) => order.into_iter().collect(),
            LogWork::State => {
                let of_state = self.state_order.take().map(|(order_number, _)| order_number);
                of_state.into_iter().chain(self.finalize_order.take()).collect()
            }
            LogWork::Abort | LogWork::Reload => Vec::new(),
        }
    }

    /// The commit that the state waited for is in the log.
    fn state_committed(&mut self) {
        use DriverState::*;
        let next = match self.state {
            Ordering => Seizing,
            Committing => Dual,
            GoingBack if self.latest().features.zk_migration_state == ZkMigrationState::Migration => Draining,
            GoingBack | Returning => HandingOver,
            Evening => Draining,
            Ending => Prepared,
            Abandoning => Dual,
            Finalizing => Final,
            state => panic!("{state:?} commits nothing"),
        };
        self.go(next);
        self.report(next.doing().to_owned());
        if let Some((order_number, answer)) = self.state_order.take() {
            self.accept(order_number, answer);
        }
        match next {
            Seizing => self.claim_step = ClaimStep::Inspect,
            Prepared => {
                self.claim = None;
                self.mirror.forget();
            }
            Final => self.finalized(),
            _ => {}
        }
    }

    // ---- small helpers -------------------------------------------------------------------

    fn latest(&self) -> &Arc<Image> {
        self.mirror.latest().expect("a leader has loaded an image")
    }

    /// The facts, as the quorum agreed on them.
    fn facts(&self) -> MigrationFacts {
        let facts = self.mirror.latest().and_then(|image| image.sidecar.migration.clone());
        facts.unwrap_or(MigrationFacts {
            generation: 0,
            phase: MigrationPhase::Prepared,
            migration_zk_version: None,
            successor: None,
            holding: None,
            blocked: None,
            without_brokers: Vec::new(),
            foreign_writes: ForeignWrites::default(),
        })
    }

    /// Goes to a state that commits facts, and with them ZkMigrationState if it changes.
    fn commit_and_go(
        &mut self,
        next: DriverState,
        zk_state: Option<ZkMigrationState>,
        change: impl FnOnce(&mut MigrationFacts),
    ) {
        let mut facts = self.facts();
        change(&mut facts);
        self.go(next);
        let state_record = zk_state.map(zk_migration_state);
        self.to_commit = vec![state_record.into_iter().chain([SidecarRecord::Migration(facts).into()]).collect()];
    }

    /// Facts of a change of state were made before what an operator ordered, or others wrote, may have become a fact.
    fn with_orders_kept(&self, mut records: Vec<Record>) -> Vec<Record> {
        let present = self.facts();
        for record in &mut records {
            if let Record::Sidecar(SidecarRecord::Migration(facts)) = record {
                facts.holding.clone_from(&present.holding);
                facts.foreign_writes.clone_from(&present.foreign_writes);
            }
        }
        records
    }

    /// What others wrote is a fact of the quorum before the mirror writes over it: no failover may hide it.
    fn remember_foreign_writes(&mut self) {
        let is_free = self.log_work.is_none() && self.to_commit.is_empty();
        if !is_free
            || matches!(self.state, DriverState::Standby | DriverState::Settling)
            || self.foreign_writes.is_empty()
        {
            return;
        }
        let found = std::mem::take(&mut self.foreign_writes);
        self.commit_facts(None, |facts| facts.foreign_writes.add(&found));
    }

    /// Commits facts without a change of state. The log must be free.
    fn commit_facts(&mut self, order: Option<u64>, change: impl FnOnce(&mut MigrationFacts)) {
        let mut facts = self.facts();
        change(&mut facts);
        let batches = vec![vec![SidecarRecord::Migration(facts).into()]];
        self.send_log(LogWork::Facts(order), Work::Commit { batches });
    }

    fn send_zk(&mut self, work: Work) {
        if self.zk_work.is_none() {
            self.zk_work = Some(self.send(work));
        }
    }

    fn send_log(&mut self, log_work: LogWork, work: Work) {
        assert!(self.log_work.is_none(), "one commit at a time");
        let ticket = self.send(work);
        self.log_work = Some((ticket, log_work));
    }

    fn send(&mut self, work: Work) -> Ticket {
        self.last_ticket.0 += 1;
        self.actions.push(Action::Work { ticket: self.last_ticket, work });
        self.last_ticket
    }

    fn retry_later(&mut self, reason: impl Into<String>) {
        self.retry_ms = (self.retry_ms * 2).clamp(self.settings.retry_ms_min, self.settings.retry_ms_max);
        self.wake_at = Some(self.now + self.retry_ms);
        self.waiting = Some(reason.into());
    }

    fn wait(&mut self, reason: impl Into<String>) {
        self.wake_at = Some(self.now + self.settings.recheck_ms);
        self.waiting = Some(reason.into());
    }

    fn report(&mut self, text: String) {
        self.actions.push(Action::Report(text));
    }

    fn accept(&mut self, order_number: u64, answer: &'static str) {
        self.actions.push(Action::Answer { order_number, answer: Answer::Done(answer) });
    }

    fn refuse(&mut self, order_number: u64, problems: Vec<Problem>) {
        self.actions.push(Action::Answer { order_number, answer: Answer::Refused(problems) });
    }

    /// Orders in the order they came, as long as the log is free and the state can be left.
    fn serve_orders(&mut self) {
        while self.log_work.is_none() && self.to_commit.is_empty() && self.state != DriverState::Settling {
            let Some((order_number, order)) = self.orders.pop_front() else { return };
            if self.kraft_epoch.is_none() {
                self.actions.push(Action::Answer { order_number, answer: Answer::NotActive });
                continue;
            }
            if self.state == DriverState::Standby {
                self.refuse(order_number, vec![wrong_state("no move is driven here")]);
                continue;
            }
            match order {
                Order::Start { without_brokers } => self.order_start(order_number, &without_brokers),
                Order::Rollback(order) => self.order_rollback(order_number, order),
                Order::Finalize => self.order_finalize(order_number),
                Order::Hold(reason) => self.commit_facts(Some(order_number), |facts| facts.holding = Some(reason)),
                Order::Acknowledge if self.facts().foreign_writes.unacknowledged == 0 => {
                    self.accept(order_number, "there was nothing to acknowledge");
                }
                Order::Acknowledge => {
                    self.commit_facts(Some(order_number), |facts| facts.foreign_writes.acknowledge());
                }
                Order::Resume => {
                    self.wake_at = None;
                    self.commit_facts(Some(order_number), |facts| facts.holding = None);
                }
            }
        }
    }
}

/// An order that does not fit.
fn wrong_state(reason: &str) -> Problem {
    Problem::new(codes::WRONG_STATE, [reason.to_owned()])
}
