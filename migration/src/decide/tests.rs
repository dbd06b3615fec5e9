//! The driver against a small world of its own: transcripts, a crash at each point, and the rules that may not break.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, Delta, Dialect, MetadataVersion,
    loader::{CommittedBatch, TransactionBuffer},
    records::{AbortTransactionRecord, MetadataRecord},
};
use kedge_metadata_store::{CommitError, ControllerZnode, Outcome, Position, Progress};

use super::*;
use crate::{
    readiness::{BrokerFindings, Findings, MigrationZnode, QuorumFindings},
    reconcile::tests::{config, image, partition, topic},
    rollback::RollbackOrder,
    verify::Verdict,
};

const BROKERS: std::ops::RangeInclusive<BrokerId> = 1..=3;

/// One quorum, one tree, one driver at a time.
struct World {
    driver: Driver,
    now: TimestampMs,
    raft: Image,
    log_end: i64,
    transaction: TransactionBuffer,
    epochs: Vec<(i32, i64)>,
    tree: Image,
    controller: ControllerZnode,
    zk_controller_epoch: i32,
    migration: MigrationZnode,
    findings: Findings,
    works: VecDeque<(Ticket, Work)>,
    answers: Vec<String>,
    transcript: String,
    works_done: usize,
    /// The process dies at this work: before it, or after it and before its reply.
    crash_at: Option<(usize, bool)>,
    verdict: Verdict,
    zookeeper_is_down: bool,
}

fn holds_everything(_: &Record) -> bool {
    true
}

impl World {
    fn new() -> World {
        let broker = BrokerFindings {
            has_ephemeral: true,
            is_kedge_of_this_version: Some(true),
            is_armed: true,
            ..Default::default()
        };
        let findings = Findings {
            zk_controller_epoch: Some(7),
            highest_stamp: 7,
            cluster_id: "c".to_owned(),
            brokers: BROKERS.map(|broker_id| (broker_id, broker.clone())).collect(),
            quorum: Some(QuorumFindings {
                has_leader: true,
                zk_migration_state: ZkMigrationState::PreMigration,
                cluster_id: "c".to_owned(),
                metadata_version: Some(21),
                controllers: BTreeMap::from([(100, true)]),
            }),
            ..Default::default()
        };
        let tree = [topic("a", 1), partition(1, 0, 3, 5), config("a", "10")];
        let mut world = World {
            driver: Driver::new(Settings::new(100, holds_everything)),
            now: 0,
            raft: Image::empty(Dialect::kraft(MetadataVersion::LATEST)),
            log_end: 0,
            transaction: TransactionBuffer::new(0),
            epochs: Vec::new(),
            tree: image(Dialect::ZOOKEEPER, &tree),
            controller: ControllerZnode { controller_id: Some(1), kraft_controller_epoch: -1 },
            zk_controller_epoch: 7,
            migration: MigrationZnode::Absent,
            findings,
            works: VecDeque::new(),
            answers: Vec::new(),
            transcript: String::new(),
            works_done: 0,
            crash_at: None,
            verdict: Verdict::Equal,
            zookeeper_is_down: false,
        };
        world.append(vec![zk_migration_state(ZkMigrationState::PreMigration)]);
        world
    }

    /// A new process is elected; what the last one had begun is gone.
    fn elect(&mut self) {
        let kraft_epoch = self.epochs.len() as i32 + 1;
        self.epochs.push((kraft_epoch, self.log_end));
        self.works.clear();
        self.driver = Driver::new(Settings::new(100, holds_everything));
        let broker = BrokerStatus {
            is_registered: true,
            is_armed: true,
            is_alive: true,
            has_ephemeral: true,
            follows_log: true,
        };
        let brokers = BROKERS.map(|broker_id| (broker_id, broker.clone())).collect();
        let loaded = self.loaded();
        self.tell(Event::Fleet(Fleet { brokers, controllers: BTreeMap::from([(100, true)]) }));
        self.tell(Event::Elected { kraft_epoch: KRaftEpoch(kraft_epoch), loaded });
    }

    fn at(&self) -> LogPosition {
        LogPosition { leader_epoch: self.epochs.last().map_or(0, |(epoch, _)| *epoch), last_offset: self.log_end - 1 }
    }

    fn loaded(&self) -> Loaded {
        let is_in_transaction = self.transaction.is_in_transaction();
        Loaded { image: Arc::new(self.raft.clone()), at: self.at(), is_in_transaction }
    }

    fn order(&mut self, order: Order) {
        self.tell(Event::Order { order_number: 1, order });
    }

    fn tell(&mut self, event: Event) {
        let name = match &event {
            Event::Committed { .. } => None,
            Event::Reply { reply, .. } => Some(format!("{reply:?}").chars().take_while(|c| *c != '(').collect()),
            Event::Order { order, .. } => Some(format!("{order:?}")),
            Event::Elected { kraft_epoch, .. } => Some(format!("Elected({})", kraft_epoch.0)),
            Event::Deposed => Some("Deposed".to_owned()),
            Event::Fleet(_) => None,
            Event::Tick => Some("Tick".to_owned()),
        };
        let (driver, actions) = decide(self.driver.clone(), event, self.now);
        self.driver = driver;
        if let Some(name) = name {
            let name: String = name;
            self.transcript.push_str(&format!("{name} -> {:?}\n", self.driver.state()));
        }
        for action in actions {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        let shown = match action {
            Action::Freeze => "freeze".to_owned(),
            Action::Unfreeze => "unfreeze".to_owned(),
            Action::CloseMirror => "close the mirror".to_owned(),
            Action::Report(_) => return,
            Action::Answer { answer, .. } => {
                let answer = match answer {
                    Ok(answer) => answer.to_owned(),
                    Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
                };
                self.answers.push(answer.clone());
                format!("answer: {answer}")
            }
            Action::Work { ticket, work } => {
                let shown = show(&work);
                self.works.push_back((ticket, work));
                shown
            }
        };
        self.transcript.push_str(&format!("    {shown}\n"));
    }

    /// Runs until nothing is left to do, at most so many works; timers included if ZooKeeper is up.
    fn run(&mut self) {
        for _ in 0..500 {
            let Some((ticket, work)) = self.works.pop_front() else {
                match self.driver.wake_at() {
                    Some(wake_at) if !self.zookeeper_is_down => {
                        self.now = self.now.max(wake_at);
                        if !self.driver.blocked.is_empty() {
                            return;
                        }
                        self.tell(Event::Tick);
                        continue;
                    }
                    _ => return,
                }
            };
            self.works_done += 1;
            let crash = self.crash_at.filter(|(at, _)| *at == self.works_done);
            if crash == Some((self.works_done, true)) {
                self.transcript.push_str("crash before\n");
                self.elect();
                continue;
            }
            let reply = self.perform(&work, crash.is_some());
            if crash.is_some() {
                self.transcript.push_str("crash after\n");
                self.elect();
                continue;
            }
            if let Reply::Commit(CommitReply::Committed) = reply {
                let (image, at) = (Arc::new(self.raft.clone()), self.at());
                self.tell(Event::Committed { image, at });
            }
            self.tell(Event::Reply { ticket, reply });
        }
        panic!("the driver does not come to rest:\n{}", self.transcript);
    }

    fn append(&mut self, records: Vec<Record>) {
        let leader_epoch = self.at().leader_epoch;
        let batch = CommittedBatch::new(self.log_end, leader_epoch, records);
        for complete in self.transaction.feed(batch).expect("the driver writes a proper log") {
            let mut delta = Delta::new(&self.raft);
            delta.replay_all(&complete.records).expect("the driver's records fit the image");
            self.raft = delta.apply().0;
        }
        self.log_end = self.transaction.next_offset();
    }

    /// What the world does. A commit cut off by a crash loses its last record.
    fn perform(&mut self, work: &Work, is_cut: bool) -> Reply {
        let down = || "ZooKeeper is down".to_owned();
        match work {
            Work::Stage => Reply::Staged(Ok(Box::new(self.findings.clone()))),
            Work::Inspect if self.zookeeper_is_down => Reply::Inspected(Err(down())),
            Work::Inspect => Reply::Inspected(Ok(Inspection {
                controller: self.controller.clone(),
                controller_epoch_zk_version: Some(self.zk_controller_epoch),
                migration: self.migration.clone(),
                log_epochs: self.epochs.clone(),
                log_end_offset: self.log_end,
            })),
            Work::Confirm => Reply::Confirmed(true),
            Work::Seize { kraft_epoch, controller_epoch_zk_version } => {
                let facts = self.raft.sidecar.migration.clone().expect("a claim follows an order");
                assert_ne!(facts.phase, MigrationPhase::RollingBack, "no leader claims from Back1 on");
                assert_eq!(*controller_epoch_zk_version, self.zk_controller_epoch);
                if self.controller.kraft_controller_epoch != kraft_epoch.0 {
                    self.zk_controller_epoch += 1;
                    self.controller =
                        ControllerZnode { controller_id: Some(100), kraft_controller_epoch: kraft_epoch.0 };
                }
                Reply::Claimed(Ok(self.claim(*kraft_epoch)))
            }
            Work::Adopt { kraft_epoch } => {
                assert!(self.controller.kraft_controller_epoch > 0, "there is a claim to adopt");
                Reply::Claimed(Ok(self.claim(*kraft_epoch)))
            }
            Work::Relist { .. } => {
                let tree = Arc::new(self.tree.clone());
                Reply::Listed(Ok(Listing { tree, uncarried: self.findings.uncarried.clone() }))
            }
            Work::Commit { batches } => {
                for batch in batches {
                    let mut batch = batch.clone();
                    if is_cut && batch.len() > 3 {
                        batch.pop();
                    }
                    self.append(batch);
                }
                Reply::Commit(CommitReply::Committed)
            }
            Work::Abort => {
                self.append(vec![MetadataRecord::AbortTransaction(AbortTransactionRecord::default()).into()]);
                Reply::Commit(CommitReply::Committed)
            }
            Work::Reload => Reply::Loaded(Some(self.loaded())),
            Work::Apply { .. } if self.zookeeper_is_down => Reply::Applied(Err(CommitError::Unavailable(down()))),
            Work::Apply { plan, .. } => {
                let mut delta = Delta::new(&self.tree);
                delta.replay_all(&plan.records).expect("a plan fits the tree it was made for");
                self.tree = delta.apply().0;
                Reply::Applied(Ok(vec![Outcome::Committed(Position(1))]))
            }
            Work::Mark { progress, .. } => {
                let MigrationZnode::Content { zk_version, .. } = self.migration else {
                    panic!("the claim created /migration")
                };
                self.migration = MigrationZnode::Content { progress: *progress, zk_version: zk_version + 1 };
                Reply::Marked(Ok(zk_version + 1))
            }
            Work::Pad { .. } => Reply::Padded(Ok(())),
            Work::Verify => Reply::Verified(self.verdict),
            Work::HandOver { successor } => {
                self.zk_controller_epoch += 1;
                self.controller = ControllerZnode { controller_id: Some(*successor), kraft_controller_epoch: -1 };
                self.migration = MigrationZnode::Absent;
                Reply::HandedOver(Ok(()))
            }
        }
    }

    fn claim(&mut self, kraft_epoch: KRaftEpoch) -> Claim {
        let (progress, zk_version) = match &self.migration {
            MigrationZnode::Content { progress, zk_version } => (*progress, zk_version + 1),
            MigrationZnode::Absent | MigrationZnode::Empty => {
                let none = Progress {
                    kraft_controller_id: -1,
                    kraft_controller_epoch: -1,
                    kraft_metadata_offset: -1,
                    kraft_metadata_epoch: -1,
                };
                (none, 0)
            }
        };
        self.migration = MigrationZnode::Content { progress, zk_version };
        Claim {
            zk_controller_epoch: self.zk_controller_epoch,
            controller_epoch_zk_version: self.zk_controller_epoch,
            migration_zk_version: zk_version,
            kraft_epoch,
            controller_id: 100,
        }
    }

    fn start(&mut self) {
        self.order(Order::Start { without_brokers: BTreeSet::new() });
        self.run();
    }

    fn rollback(&mut self) {
        self.order(Order::Rollback(RollbackOrder::default()));
        self.run();
    }

    #[track_caller]
    fn assert_agreed(&self) {
        let records = crate::reconcile::repair(&self.tree, &self.raft, holds_everything);
        assert!(records.is_empty(), "{records:?}\n{}", self.transcript);
    }
}

fn show(work: &Work) -> String {
    match work {
        Work::Commit { batches } => {
            let batch = |batch: &Vec<Record>| batch.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("commit [{}]", batches.iter().map(batch).collect::<Vec<_>>().join("] ["))
        }
        Work::Apply { plan, .. } => {
            let records = plan.records.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("apply {records}")
        }
        Work::Mark { progress, .. } => {
            format!("mark offset {} epoch {}", progress.kraft_metadata_offset, progress.kraft_metadata_epoch)
        }
        Work::Seize { controller_epoch_zk_version, .. } => format!("seize at version {controller_epoch_zk_version}"),
        Work::Pad { pads, .. } => format!("pad {} partitions", pads.len()),
        Work::HandOver { successor } => format!("hand over to {successor}"),
        Work::Relist { .. } => "relist".to_owned(),
        Work::Adopt { .. } => "adopt the claim".to_owned(),
        Work::Stage | Work::Inspect | Work::Confirm | Work::Abort | Work::Reload | Work::Verify => {
            format!("{work:?}").to_lowercase()
        }
    }
}

#[test]
fn forward_to_dual() {
    let mut world = World::new();
    world.elect();
    world.start();
    assert_eq!(world.driver.state(), DriverState::Dual);
    world.assert_agreed();
    insta::assert_snapshot!(world.transcript);
}

#[test]
fn back_from_dual_and_forward_again_and_finalized() {
    let mut world = World::new();
    world.elect();
    world.start();
    world.transcript.clear();
    world.rollback();
    assert_eq!((world.driver.state(), world.controller.controller_id), (DriverState::Prepared, Some(1)));
    world.assert_agreed();
    insta::assert_snapshot!("back_from_dual", world.transcript);
    world.start();
    assert_eq!(world.driver.status().generation, 2);
    world.transcript.clear();
    world.order(Order::Finalize);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Final);
    assert_eq!(world.raft.features.zk_migration_state, ZkMigrationState::PostMigration);
    assert_eq!(world.driver.status().word.exit_code(), 20);
    insta::assert_snapshot!("finalized", world.transcript);
}

/// Forward, back and forward to the end with one crash, at every work in turn, before and after it. Orders that the
/// crash took along are given again, as an operator would.
#[test]
fn a_crash_at_any_point_changes_nothing_but_the_time() {
    let walk = |crash_at: Option<(usize, bool)>| {
        let mut world = World::new();
        world.crash_at = crash_at;
        world.elect();
        for _ in 0..3 {
            if world.driver.state() == DriverState::Prepared {
                world.start();
            }
        }
        assert_eq!(world.driver.state(), DriverState::Dual, "{}", world.transcript);
        world.assert_agreed();
        for _ in 0..3 {
            if world.driver.state() == DriverState::Dual {
                world.rollback();
            }
        }
        assert_eq!(world.driver.state(), DriverState::Prepared, "{}", world.transcript);
        assert!(world.controller.kraft_controller_epoch < 0 && world.migration == MigrationZnode::Absent);
        world.assert_agreed();
        for order in [Order::Start { without_brokers: BTreeSet::new() }, Order::Finalize] {
            for _ in 0..2 {
                let wanted = if order == Order::Finalize { DriverState::Dual } else { DriverState::Prepared };
                if world.driver.state() == wanted {
                    world.order(order.clone());
                    world.run();
                }
            }
        }
        assert_eq!(world.driver.state(), DriverState::Final, "{}", world.transcript);
        world.assert_agreed();
        world.works_done
    };
    let works = walk(None);
    assert!(works > 30, "the walk has {works} works");
    for work in 1..=works {
        walk(Some((work, true)));
        walk(Some((work, false)));
    }
}

#[test]
fn rollback_from_every_state_before_final() {
    let mut shown = String::new();
    let mut works = 0;
    loop {
        // So many works forward, then the order to go back.
        let mut world = World::new();
        world.elect();
        world.order(Order::Start { without_brokers: BTreeSet::new() });
        for _ in 0..works {
            let Some((ticket, work)) = world.works.pop_front() else { break };
            let reply = world.perform(&work, false);
            if let Reply::Commit(CommitReply::Committed) = reply {
                let (image, at) = (Arc::new(world.raft.clone()), world.at());
                world.tell(Event::Committed { image, at });
            }
            world.tell(Event::Reply { ticket, reply });
        }
        let state = world.driver.state();
        let is_done = world.works.is_empty();
        world.rollback();
        if world.driver.state() == DriverState::Dual {
            // Refused while the mirror was not there yet.
            world.rollback();
        }
        shown.push_str(&format!("{works} {state:?} -> {:?}: {}\n", world.driver.state(), world.answers.join(" | ")));
        assert_eq!(world.driver.state(), DriverState::Prepared, "{}", world.transcript);
        assert!(world.controller.kraft_controller_epoch < 0);
        if is_done {
            break;
        }
        works += 1;
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_foreign_migration_znode_blocks_and_the_tree_stays_untouched() {
    let mut world = World::new();
    let progress = Progress {
        kraft_controller_id: 200,
        kraft_controller_epoch: 9,
        kraft_metadata_offset: 812,
        kraft_metadata_epoch: 9,
    };
    world.findings.migration = MigrationZnode::Content { progress, zk_version: 4 };
    let tree = world.tree.clone();
    world.elect();
    world.start();
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM103)");
    assert_eq!(world.driver.status().word.exit_code(), 11);
    assert!(world.tree == tree && world.controller.controller_id == Some(1));
    world.findings.migration = MigrationZnode::Absent;
    world.tell(Event::Tick);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
    // The same after a claim of ours: a later leader finds content that is not in its log.
    world.migration = MigrationZnode::Content { progress, zk_version: 40 };
    world.elect();
    world.run();
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM103)");
}

#[test]
fn a_hold_stops_at_the_gate_and_resume_passes_it() {
    let mut world = World::new();
    world.elect();
    world.order(Order::Hold("change freeze".to_owned()));
    world.run();
    world.start();
    assert_eq!(world.driver.status().word.to_string(), "holding(change freeze)");
    assert_eq!(world.controller.controller_id, Some(1));
    world.order(Order::Resume);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
    world.order(Order::Hold("soak".to_owned()));
    world.run();
    world.order(Order::Finalize);
    world.run();
    assert!(world.answers.last().is_some_and(|answer| answer.contains("KM607")), "{:?}", world.answers);
    assert_eq!(world.driver.state(), DriverState::Dual);
}

/// Nothing is read or claimed before everybody is there, and the status names who is not, with the reason.
#[test]
fn joining_waits_for_every_broker_and_controller_and_names_who_is_missing() {
    let broker = |change: fn(&mut BrokerStatus)| {
        move |fleet: &mut Fleet| change(fleet.brokers.get_mut(&2).expect("broker 2 is there"))
    };
    let cases: [Box<dyn Fn(&mut Fleet)>; 7] = [
        Box::new(broker(|broker| broker.is_armed = false)),
        Box::new(broker(|broker| broker.is_registered = false)),
        Box::new(broker(|broker| broker.is_alive = false)),
        Box::new(broker(|broker| broker.has_ephemeral = false)),
        Box::new(|fleet| {
            fleet.controllers.insert(101, false);
        }),
        Box::new(|fleet| fleet.brokers.clear()),
        Box::new(|fleet| {
            fleet.brokers.values_mut().for_each(|broker| broker.is_alive = false);
            fleet.controllers.insert(100, false);
        }),
    ];
    let mut shown = String::new();
    for make_unready in cases {
        let mut world = World::new();
        world.elect();
        let ready = world.driver.fleet.clone();
        let mut fleet = ready.clone();
        make_unready(&mut fleet);
        world.tell(Event::Fleet(fleet));
        world.start();
        assert_eq!((world.driver.state(), world.controller.controller_id), (DriverState::Joining, Some(1)));
        assert!(!world.transcript.contains("stage"), "{}", world.transcript);
        shown.push_str(&format!("{}\n", world.driver.status().waiting.expect("it says what it waits for")));
        world.tell(Event::Fleet(ready));
        world.run();
        assert_eq!((world.driver.state(), world.driver.status().waiting), (DriverState::Dual, None));
    }
    insta::assert_snapshot!(shown);
    // Whom the order leaves out by name is not waited for.
    let mut world = World::new();
    world.elect();
    let mut fleet = world.driver.fleet.clone();
    fleet.brokers.get_mut(&2).expect("broker 2 is there").is_alive = false;
    world.tell(Event::Fleet(fleet));
    world.order(Order::Start { without_brokers: BTreeSet::from([2]) });
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
}

#[test]
fn something_uncarriable_under_the_claim_gives_the_cluster_back() {
    let mut world = World::new();
    world.elect();
    world.order(Order::Start { without_brokers: BTreeSet::new() });
    while world.driver.state() != DriverState::Seizing {
        let (ticket, work) = world.works.pop_front().expect("on its way");
        let reply = world.perform(&work, false);
        if let Reply::Commit(CommitReply::Committed) = reply {
            let (image, at) = (Arc::new(world.raft.clone()), world.at());
            world.tell(Event::Committed { image, at });
        }
        world.tell(Event::Reply { ticket, reply });
    }
    world.findings.uncarried.acls = 1;
    world.run();
    assert_eq!(world.driver.state(), DriverState::Prepared);
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM507)");
    assert_eq!((world.controller.controller_id, world.raft.topics.by_id.len()), (Some(1), 0));
}

#[test]
fn finalize_lists_what_is_missing() {
    let mut world = World::new();
    world.elect();
    world.start();
    let mut fleet = world.driver.fleet.clone();
    fleet.brokers.get_mut(&2).expect("there").follows_log = false;
    fleet.controllers.insert(101, false);
    world.tell(Event::Fleet(fleet));
    world.order(Order::Finalize);
    world.run();
    insta::assert_snapshot!(world.answers.last().expect("answered"), @"KM606 brokers that do not follow the quorum yet (1): broker 2; KM302 controllers that are not ready for a migration (1): controller 101");
}

#[test]
fn with_zookeeper_down_a_new_leader_rules_and_the_rollback_is_refused() {
    let mut world = World::new();
    world.elect();
    world.start();
    world.zookeeper_is_down = true;
    world.elect();
    world.run();
    // Dual and not frozen: the controller decides, the mirror waits.
    assert_eq!(world.driver.state(), DriverState::Dual);
    assert!(!world.driver.is_frozen && world.driver.status().mirror_lag.is_none());
    world.order(Order::Rollback(RollbackOrder::default()));
    world.run();
    assert!(world.answers.last().is_some_and(|answer| answer.contains("KM602")), "{:?}", world.answers);
    world.zookeeper_is_down = false;
    world.run();
    assert_eq!(world.driver.status().mirror_lag, Some(0));
}

#[test]
fn a_rollback_that_takes_too_long_or_never_agrees_is_given_up() {
    let mut world = World::new();
    world.elect();
    world.start();
    world.verdict = Verdict::Different;
    world.rollback();
    assert_eq!(world.driver.state(), DriverState::Dual);
    assert_eq!(world.raft.sidecar.migration.as_ref().and_then(|facts| facts.blocked.as_deref()), Some("KM603"));
    assert!(!world.driver.is_frozen);
    world.verdict = Verdict::Equal;
    world.order(Order::Rollback(RollbackOrder::default()));
    while world.driver.state() != DriverState::Draining {
        let (ticket, work) = world.works.pop_front().expect("on its way");
        let reply = world.perform(&work, false);
        let (image, at) = (Arc::new(world.raft.clone()), world.at());
        world.tell(Event::Committed { image, at });
        world.tell(Event::Reply { ticket, reply });
    }
    assert!(world.driver.is_frozen);
    world.works.clear();
    world.now += world.driver.settings.freeze_ms_max;
    world.tell(Event::Tick);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
    assert_eq!(world.raft.sidecar.migration.as_ref().and_then(|facts| facts.blocked.as_deref()), Some("KM609"));
}

#[test]
fn a_late_reply_of_another_reign_is_not_heard() {
    let mut world = World::new();
    world.elect();
    world.order(Order::Start { without_brokers: BTreeSet::new() });
    let (ticket, _) = world.works.pop_front().expect("the facts are being committed");
    world.tell(Event::Deposed);
    let before = world.driver.state();
    world.tell(Event::Reply { ticket, reply: Reply::Commit(CommitReply::Committed) });
    assert_eq!((before, world.driver.state()), (DriverState::Standby, DriverState::Standby));
    assert!(world.works.is_empty());
}

#[test]
fn facts_that_contradict_the_state_block() {
    let mut world = World::new();
    world.raft.features.zk_migration_state = ZkMigrationState::Migration;
    world.elect();
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM502)");
    assert!(world.works.is_empty());
}
