//! One quorum, one tree, one driver at a time, in memory.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, Delta, Dialect, MetadataVersion,
    loader::{CommittedBatch, TransactionBuffer},
    records::{AbortTransactionRecord, MetadataRecord},
};
use kedge_metadata_store::{CommitError, ControllerZnode, Outcome, Position, Progress};

use super::super::*;
use crate::{
    readiness::{BrokerFindings, Findings, MigrationZnode, QuorumFindings},
    reconcile::tests::{config, image, partition, topic},
    rollback::RollbackOrder,
    verify::Verdict,
};

const BROKERS: std::ops::RangeInclusive<BrokerId> = 1..=3;

/// One quorum, one tree, one driver at a time.
pub(super) struct World {
    pub(super) driver: Driver,
    pub(super) now: TimestampMs,
    pub(super) raft: Image,
    pub(super) log_end: i64,
    pub(super) transaction: TransactionBuffer,
    pub(super) epochs: Vec<(i32, i64)>,
    pub(super) tree: Image,
    pub(super) controller: ControllerZnode,
    pub(super) zk_controller_epoch: i32,
    pub(super) migration: MigrationZnode,
    pub(super) findings: Findings,
    pub(super) works: VecDeque<(Ticket, Work)>,
    pub(super) answers: Vec<String>,
    pub(super) transcript: String,
    pub(super) works_done: usize,
    /// The process dies at this work: before it, or after it and before its reply.
    pub(super) crash_at: Option<(usize, bool)>,
    pub(super) verdict: Verdict,
    pub(super) zookeeper_is_down: bool,
    pub(super) foreign_writes: Vec<ForeignWrite>,
}

fn holds_everything(_: &Record) -> bool {
    true
}

impl World {
    pub(super) fn new() -> World {
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
            foreign_writes: Vec::new(),
        };
        world.append(vec![zk_migration_state(ZkMigrationState::PreMigration)]);
        world
    }

    /// A new process is elected; what the last one had begun is gone.
    pub(super) fn elect(&mut self) {
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
            unreachable: None,
        };
        let brokers = BROKERS.map(|broker_id| (broker_id, broker.clone())).collect();
        let loaded = self.loaded();
        self.tell(Event::Fleet(Fleet { brokers, controllers: BTreeMap::from([(100, true)]) }));
        self.tell(Event::Elected { kraft_epoch: KRaftEpoch(kraft_epoch), loaded });
    }

    pub(super) fn at(&self) -> LogPosition {
        LogPosition { leader_epoch: self.epochs.last().map_or(0, |(epoch, _)| *epoch), last_offset: self.log_end - 1 }
    }

    pub(super) fn loaded(&self) -> Loaded {
        let is_in_transaction = self.transaction.is_in_transaction();
        Loaded { image: Arc::new(self.raft.clone()), at: self.at(), is_in_transaction }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.tell(Event::Order { order_number: 1, order });
    }

    pub(super) fn tell(&mut self, event: Event) {
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

    pub(super) fn act(&mut self, action: Action) {
        let shown = match action {
            Action::Freeze => "freeze".to_owned(),
            Action::Unfreeze => "unfreeze".to_owned(),
            Action::CloseMirror => "close the mirror".to_owned(),
            Action::Report(_) => return,
            Action::Answer { answer, .. } => {
                let answer = match answer {
                    Answer::Done(answer) => answer.to_owned(),
                    Answer::Refused(problems) => {
                        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
                    }
                    Answer::NotActive => "not active".to_owned(),
                    Answer::Unknown => "outcome unknown".to_owned(),
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
    pub(super) fn run(&mut self) {
        for _ in 0..500 {
            let Some((ticket, work)) = self.works.pop_front() else {
                match self.driver.wake_at().filter(|due| Some(*due) != self.driver.full_diff_at()) {
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

    /// The next work is done, and its reply heard.
    pub(super) fn work(&mut self) {
        let (ticket, work) = self.works.pop_front().expect("something is on its way");
        let reply = self.perform(&work, false);
        if let Reply::Commit(CommitReply::Committed) = reply {
            let (image, at) = (Arc::new(self.raft.clone()), self.at());
            self.tell(Event::Committed { image, at });
        }
        self.tell(Event::Reply { ticket, reply });
    }

    pub(super) fn append(&mut self, records: Vec<Record>) {
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
    pub(super) fn perform(&mut self, work: &Work, is_cut: bool) -> Reply {
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
                Reply::Listed(Ok(Listing {
                    tree,
                    uncarried: self.findings.uncarried.clone(),
                    topics_without_id: self.findings.topics_without_id.clone(),
                    foreign_writes: std::mem::take(&mut self.foreign_writes),
                }))
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

    pub(super) fn claim(&mut self, kraft_epoch: KRaftEpoch) -> Claim {
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

    pub(super) fn start(&mut self) {
        self.order(Order::Start { without_brokers: BTreeSet::new() });
        self.run();
    }

    pub(super) fn rollback(&mut self) {
        self.order(Order::Rollback(RollbackOrder::default()));
        self.run();
    }

    #[track_caller]
    pub(super) fn assert_agreed(&self) {
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
