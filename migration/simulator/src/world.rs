//! The cluster: three controllers, three brokers, an operator, and what befalls them.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::Arc,
};

use kedge_metadata_state::{
    BrokerId, Delta, Image, Record, TopicId,
    diff::DiffScope,
    image::ConfigResourceType,
    records::{
        AbortTransactionRecord, ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord,
        ProducerIdsRecord, RemoveTopicRecord, TopicRecord,
    },
};
use kedge_metadata_store::{Claim, ClaimError, KRaftEpoch, Mirror};
use kedge_migration::{
    decide::{
        Action, BrokerStatus, CommitReply, Driver, Event, Fleet, Inspection, Listing, Order, Reply, Settings, Ticket,
        Work,
    },
    readiness::{BrokerFindings, Findings, MigrationZnode, QuorumFindings, UncarriedCounts},
    rollback::RollbackOrder,
    state::DriverState,
    switch::{self, ObservedLog},
    verify::{self, Verdict},
};
use kedge_zookeeper::{
    ZooKeeperMirror,
    model_client::{ModelCluster, WriteFault},
    plan::{PlanInput, PlanMode, plan},
    tree::{Tree, read_controller, read_image},
    zk::Op,
    znodes::{self, ProducerIdBlockZnode},
};

use crate::{check, quorum::Quorum, random::Random};

const CONTROLLERS: [BrokerId; 3] = [100, 101, 102];
const BROKERS: [BrokerId; 3] = [1, 2, 3];
/// Steps in which things go wrong, and steps they may take to come right afterwards.
const CHAOS_STEPS: usize = 150;
const CALM_STEPS: usize = 3000;

/// A bug that is put in on purpose, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlantedBug {
    /// The driver hands over without leaving producer ids out.
    DriverForgetsProducerIds,
    /// The store's plan for the mirror leaves configs out.
    PlanLeavesConfigsOut,
    /// A broker follows a log before the copy has ended.
    SwitchDoesNotWait,
}

/// What a seed found.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What was wrong.
    pub problem: String,
    /// What led to it, the last steps.
    pub trace: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.trace.iter().rev().take(60).rev() {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "seed {}: {}", self.seed, self.problem)?;
        write!(f, "replay: KEDGE_SIMULATOR_SEED={} cargo test -p kedge-simulator one_seed -- --nocapture", self.seed)
    }
}

/// A controller process.
struct Controller {
    driver: Driver,
    mirror: ZooKeeperMirror,
    works: VecDeque<(Ticket, Work)>,
    is_frozen: bool,
    /// It believes that it leads.
    leads: bool,
    /// Its leader epoch.
    kraft_epoch: i32,
}

struct Broker {
    follows_log: bool,
    image: Image,
}

struct World {
    random: Random,
    now: i64,
    runtime: tokio::runtime::Runtime,
    zookeeper: ModelCluster,
    is_up: bool,
    quorum: Quorum,
    controllers: BTreeMap<BrokerId, Controller>,
    brokers: BTreeMap<BrokerId, Broker>,
    goals: VecDeque<Order>,
    /// The ruling image after the last change that somebody was entitled to.
    agreed: Image,
    /// First producer id that nobody was given.
    producer_ids_given: i64,
    highest_controller_epoch: i32,
    topics_made: u8,
    zombie_blocks: usize,
    bug: Option<PlantedBug>,
    trace: Vec<String>,
}

/// Runs a seed to its end.
pub fn run(seed: u64, bug: Option<PlantedBug>) -> Result<Vec<String>, Box<Failure>> {
    let mut world = World::new(seed, bug);
    match world.live() {
        Ok(()) => Ok(world.trace),
        Err(problem) => Err(Box::new(Failure { seed, problem, trace: world.trace })),
    }
}

type Checked = Result<(), String>;

impl World {
    fn new(seed: u64, bug: Option<PlantedBug>) -> World {
        let zookeeper = ModelCluster::new(true);
        for path in znodes::TOP_LEVEL {
            let _ = zookeeper.outside_write(&[Op::create(path, "")]);
        }
        let controller = znodes::encode_controller(1, 0, -1);
        let claim = [
            Op::create(znodes::CONTROLLER_EPOCH, znodes::encode_controller_epoch(1)),
            Op::create_ephemeral(znodes::CONTROLLER, controller),
        ];
        zookeeper.outside_write(&claim).expect("the tree is new");
        let quorum = Quorum::new(CONTROLLERS[0]);
        let mut world = World {
            random: Random::new(seed),
            now: 0,
            runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime"),
            zookeeper,
            is_up: true,
            agreed: quorum.image.clone(),
            quorum,
            controllers: BTreeMap::new(),
            brokers: BTreeMap::new(),
            goals: VecDeque::from([
                Order::Start { without_brokers: BTreeSet::new() },
                Order::Rollback(RollbackOrder::default()),
                Order::Start { without_brokers: BTreeSet::new() },
                Order::Finalize,
            ]),
            producer_ids_given: 0,
            highest_controller_epoch: 0,
            topics_made: 0,
            zombie_blocks: 0,
            bug,
            trace: Vec::new(),
        };
        for controller_id in CONTROLLERS {
            world.boot(controller_id);
        }
        let image = world.tree();
        world.brokers = BROKERS.map(|id| (id, Broker { follows_log: false, image: image.clone() })).into();
        for _ in 0..4 {
            world.edit().expect("nothing is wrong yet");
        }
        world.tell_elected(CONTROLLERS[0]);
        world
    }

    fn live(&mut self) -> Checked {
        for _ in 0..CHAOS_STEPS {
            self.step(true)?;
        }
        self.calm();
        for _ in 0..CALM_STEPS {
            self.step(false)?;
            if self.goals.is_empty() && self.is_at_rest() {
                return self.check_end();
            }
        }
        Err(format!("does not come to its end: {:?}, goals left {:?}", self.leader().driver.status(), self.goals))
    }

    fn step(&mut self, is_chaos: bool) -> Checked {
        match self.random.below(if is_chaos { 24 } else { 18 }) {
            0..=8 => self.work()?,
            9..=11 => self.tick(),
            12 | 13 if is_chaos => self.edit()?,
            12..=15 => self.refresh_broker()?,
            16 | 17 => self.operate(),
            _ => self.befall(),
        }
        self.check()
    }

    fn calm(&mut self) {
        self.note("calm");
        self.set_up(true);
        let leader = self.quorum.leader;
        for controller_id in CONTROLLERS {
            // Faults that were not hit yet go with the process.
            if controller_id != leader && self.controllers[&controller_id].leads {
                self.tell(controller_id, Event::Deposed);
            }
        }
    }

    fn note(&mut self, text: impl Into<String>) {
        self.trace.push(text.into());
    }

    fn leader(&self) -> &Controller {
        &self.controllers[&self.quorum.leader]
    }

    fn is_at_rest(&self) -> bool {
        self.controllers.values().all(|controller| controller.works.is_empty())
    }

    fn set_up(&mut self, is_up: bool) {
        self.is_up = is_up;
        self.zookeeper.set_available(is_up);
    }

    // ---- controllers ---------------------------------------------------------------------

    fn boot(&mut self, controller_id: BrokerId) {
        let mirror = ZooKeeperMirror::new(Arc::new(self.zookeeper.connector(controller_id)));
        let settings = Settings::new(controller_id, |_| true);
        let controller = Controller {
            driver: Driver::new(settings),
            mirror,
            works: VecDeque::new(),
            is_frozen: false,
            leads: false,
            kraft_epoch: 0,
        };
        self.controllers.insert(controller_id, controller);
    }

    fn elect(&mut self, controller_id: BrokerId) {
        self.note(format!("controller {controller_id} is elected"));
        self.quorum.elect(controller_id);
        self.tell_elected(controller_id);
    }

    fn tell_elected(&mut self, controller_id: BrokerId) {
        let kraft_epoch = self.quorum.leader_epoch();
        let controller = self.controllers.get_mut(&controller_id).expect("there");
        controller.leads = true;
        controller.kraft_epoch = kraft_epoch;
        controller.works.clear();
        let loaded = self.quorum.loaded();
        self.tell(controller_id, Event::Fleet(self.fleet()));
        self.tell(controller_id, Event::Elected { kraft_epoch: KRaftEpoch(kraft_epoch), loaded });
    }

    fn fleet(&self) -> Fleet {
        let status = |broker: &Broker| BrokerStatus {
            is_registered: true,
            is_armed: true,
            is_alive: true,
            has_ephemeral: true,
            follows_log: broker.follows_log,
        };
        Fleet {
            brokers: self.brokers.iter().map(|(broker_id, broker)| (*broker_id, status(broker))).collect(),
            controllers: CONTROLLERS.map(|controller_id| (controller_id, true)).into(),
        }
    }

    fn tell(&mut self, controller_id: BrokerId, event: Event) {
        let now = self.now;
        let controller = self.controllers.get_mut(&controller_id).expect("there");
        if matches!(event, Event::Deposed) {
            controller.leads = false;
        }
        let before = controller.driver.state();
        let actions = controller.driver.handle(event, now);
        let after = controller.driver.state();
        if before != after {
            self.trace.push(format!("controller {controller_id}: {before:?} -> {after:?}"));
        }
        for action in actions {
            match action {
                Action::Freeze => controller.is_frozen = true,
                Action::Unfreeze => controller.is_frozen = false,
                Action::Work { ticket, work } => controller.works.push_back((ticket, work)),
                Action::Report(text) => self.trace.push(format!("controller {controller_id} reports {text}")),
                Action::Answer { answer, .. } => {
                    self.trace.push(format!("controller {controller_id} answers {answer:?}"))
                }
                Action::CloseMirror => {}
            }
        }
    }

    fn tick(&mut self) {
        self.now += 50 + self.random.below(2000) as i64;
        for controller_id in CONTROLLERS {
            if self.controllers[&controller_id].leads {
                self.tell(controller_id, Event::Fleet(self.fleet()));
                self.tell(controller_id, Event::Tick);
            }
        }
    }

    /// Some controller does the work at the front of its queue, whether it still leads or not.
    fn work(&mut self) -> Checked {
        let busy: Vec<BrokerId> = CONTROLLERS.into_iter().filter(|id| !self.controllers[id].works.is_empty()).collect();
        let Some(&controller_id) = (!busy.is_empty()).then(|| &busy[self.random.below(busy.len())]) else {
            return Ok(());
        };
        let controller = self.controllers.get_mut(&controller_id).expect("there");
        let (ticket, work) = controller.works.pop_front().expect("busy");
        let kind = format!("{work:?}");
        let kind = kind.split([' ', '{']).next().unwrap_or_default().to_owned();
        self.note(format!("controller {controller_id} does {kind}"));
        let reply = self.perform(controller_id, work)?;
        if let Reply::Commit(CommitReply::Committed) = reply {
            self.tell_committed();
        }
        self.tell(controller_id, Event::Reply { ticket, reply });
        Ok(())
    }

    fn tell_committed(&mut self) {
        let (leader, image, at) = (self.quorum.leader, Arc::new(self.quorum.image.clone()), self.quorum.at());
        if self.controllers[&leader].leads && !self.quorum.is_in_transaction() {
            self.tell(leader, Event::Committed { image, at });
        }
    }

    fn perform(&mut self, controller_id: BrokerId, work: Work) -> Result<Reply, String> {
        let is_leader = self.quorum.leader == controller_id
            && self.controllers[&controller_id].kraft_epoch == self.quorum.leader_epoch();
        let down = || "ZooKeeper is down".to_owned();
        Ok(match work {
            Work::Stage if self.is_up => Reply::Staged(Ok(Box::new(self.findings()))),
            Work::Stage => Reply::Staged(Err(kedge_metadata_store::LoadError::Unavailable(down()))),
            Work::Inspect if self.is_up => Reply::Inspected(Ok(self.inspect())),
            Work::Inspect => Reply::Inspected(Err(down())),
            Work::Confirm => Reply::Confirmed(is_leader),
            Work::Seize { kraft_epoch, controller_epoch_zk_version } => {
                if self.raw_tree().zk_version(znodes::CONTROLLER_EPOCH) != Some(controller_epoch_zk_version) {
                    return Ok(Reply::Claimed(Err(ClaimError::Raced("/controller_epoch moved".to_owned()))));
                }
                let mirror = &self.controllers[&controller_id].mirror;
                Reply::Claimed(self.runtime.block_on(mirror.seize(controller_id, kraft_epoch)))
            }
            Work::Adopt { kraft_epoch } => Reply::Claimed(self.adopt(controller_id, kraft_epoch)),
            Work::Relist { claim } => {
                let mirror = &self.controllers[&controller_id].mirror;
                let listed = self.runtime.block_on(mirror.barrier_and_relist(&claim));
                Reply::Listed(
                    listed.map(|tree| Listing { tree: Arc::new(tree), uncarried: UncarriedCounts::default() }),
                )
            }
            Work::Commit { batches } => Reply::Commit(self.commit(is_leader, batches)),
            Work::Abort if is_leader => {
                if self.quorum.is_in_transaction() {
                    let abort = AbortTransactionRecord { reason: Some("a new leader".to_owned()) };
                    self.quorum.append(vec![MetadataRecord::AbortTransaction(abort).into()]);
                }
                Reply::Commit(CommitReply::Committed)
            }
            Work::Abort => Reply::Commit(CommitReply::Refused),
            Work::Reload => Reply::Loaded(is_leader.then(|| self.quorum.loaded())),
            Work::Apply { claim, mut plan } => {
                if self.bug == Some(PlantedBug::PlanLeavesConfigsOut) {
                    let mut image = (*plan.image).clone();
                    image.configs = self.tree().configs;
                    plan.image = Arc::new(image);
                }
                let mirror = &self.controllers[&controller_id].mirror;
                Reply::Applied(self.runtime.block_on(mirror.apply(&claim, plan)))
            }
            Work::Mark { mut claim, progress } => {
                let mirror = &self.controllers[&controller_id].mirror;
                let marked = self.runtime.block_on(mirror.set_progress(&mut claim, progress));
                Reply::Marked(marked.map(|()| claim.migration_zk_version))
            }
            Work::Pad { claim, pads } => {
                let mirror = &self.controllers[&controller_id].mirror;
                Reply::Padded(self.runtime.block_on(mirror.pad(&claim, pads)))
            }
            Work::Verify if !self.is_up => Reply::Verified(Verdict::NotComparable),
            Work::Verify => {
                let tree = verify::summarize(&self.tree());
                Reply::Verified(verify::compare(&tree, &self.quorum.image, false).verdict)
            }
            Work::HandOver { successor } => Reply::HandedOver(self.take_over(successor)),
        })
    }

    /// Entries one by one: a leader may be deposed, and a reply lost, between any two.
    fn commit(&mut self, is_leader: bool, batches: Vec<Vec<Record>>) -> CommitReply {
        if !is_leader {
            return CommitReply::Refused;
        }
        for mut batch in batches {
            if self.bug == Some(PlantedBug::DriverForgetsProducerIds) {
                let is_id = |record: &Record| matches!(record, Record::Metadata(MetadataRecord::ProducerIds(_)));
                batch.retain(|record| !is_id(record));
            }
            // A copy may reach the log in pieces, as one of many entries does.
            let is_copy = matches!(batch.first(), Some(Record::Metadata(MetadataRecord::BeginTransaction(_))));
            if is_copy && self.random.one_in(8) {
                batch.truncate(batch.len() / 2);
                self.quorum.append(batch);
                self.note("the commit is cut off");
                return CommitReply::Unknown;
            }
            self.quorum.append(batch);
        }
        if self.random.one_in(12) {
            self.note("the commit's reply is lost");
            self.tell_committed();
            return CommitReply::Unknown;
        }
        CommitReply::Committed
    }

    fn findings(&self) -> Findings {
        let broker = BrokerFindings {
            has_ephemeral: true,
            is_kedge_of_this_version: Some(true),
            is_armed: true,
            ..Default::default()
        };
        let inspection = self.inspect();
        Findings {
            migration: inspection.migration,
            zk_controller_epoch: Some(self.controller_epoch()),
            cluster_id: "simulated".to_owned(),
            brokers: BROKERS.map(|broker_id| (broker_id, broker.clone())).into(),
            quorum: Some(QuorumFindings {
                has_leader: true,
                zk_migration_state: self.quorum.state(),
                cluster_id: "simulated".to_owned(),
                metadata_version: Some(21),
                controllers: CONTROLLERS.map(|controller_id| (controller_id, true)).into(),
            }),
            ..Default::default()
        }
    }

    fn inspect(&self) -> Inspection {
        let tree = self.raw_tree();
        let migration = match tree.get(znodes::MIGRATION) {
            None => MigrationZnode::Absent,
            Some(node) => MigrationZnode::Content {
                progress: znodes::decode_migration(&node.data).expect("we wrote it"),
                zk_version: node.stat.zk_version,
            },
        };
        Inspection {
            controller: read_controller(&tree).expect("we wrote it"),
            controller_epoch_zk_version: tree.zk_version(znodes::CONTROLLER_EPOCH),
            migration,
            log_epochs: self.quorum.epochs.clone(),
            log_end_offset: self.quorum.end_offset(),
        }
    }

    /// The claim that stands, with `/migration` written once under it.
    fn adopt(&mut self, controller_id: BrokerId, kraft_epoch: KRaftEpoch) -> Result<Claim, ClaimError> {
        if !self.is_up {
            return Err(ClaimError::Unavailable("ZooKeeper is down".to_owned()));
        }
        let tree = self.raw_tree();
        let migration = tree.get(znodes::MIGRATION).map(|node| (node.data.clone(), node.stat.zk_version));
        let Some((data, zk_version)) = migration else {
            return Err(ClaimError::Refused("there is no claim".to_owned()));
        };
        let set = Op::set(znodes::MIGRATION, data, Some(zk_version));
        self.zookeeper.outside_write(&[set]).expect("nobody moves in between");
        Ok(Claim {
            zk_controller_epoch: self.controller_epoch(),
            controller_epoch_zk_version: tree.zk_version(znodes::CONTROLLER_EPOCH).expect("there"),
            migration_zk_version: zk_version + 1,
            kraft_epoch,
            controller_id,
        })
    }

    /// Back5. The reply, or the request, may be lost.
    fn take_over(&mut self, successor: BrokerId) -> Result<(), ClaimError> {
        let unavailable = || ClaimError::Unavailable("the successor does not answer".to_owned());
        if !self.is_up || self.random.one_in(6) {
            return Err(unavailable());
        }
        if self.inspect().controller.kraft_controller_epoch >= 0 {
            self.write_controller(successor);
        }
        if self.random.one_in(6) { Err(unavailable()) } else { Ok(()) }
    }

    /// A broker's claim: the epoch first, then what stands in the way, then its own znode.
    fn write_controller(&mut self, broker_id: BrokerId) {
        let tree = self.raw_tree();
        let zk_version = tree.zk_version(znodes::CONTROLLER_EPOCH);
        let next_epoch = znodes::encode_controller_epoch(self.controller_epoch() + 1);
        let mut ops = vec![Op::set(znodes::CONTROLLER_EPOCH, next_epoch, zk_version)];
        let in_the_way = [znodes::CONTROLLER, znodes::MIGRATION].into_iter().filter(|path| tree.contains(path));
        ops.extend(in_the_way.map(|path| Op::delete(path, tree.zk_version(path))));
        ops.push(Op::create_ephemeral(znodes::CONTROLLER, znodes::encode_controller(broker_id, self.now, -1)));
        self.zookeeper.outside_write(&ops).expect("nobody moves in between");
        self.note(format!("broker {broker_id} takes /controller"));
        // Back7: it pushes everything to every broker that listens to it.
        let image = self.tree();
        for broker in self.brokers.values_mut().filter(|broker| !broker.follows_log) {
            broker.image = image.clone();
        }
    }

    // ---- the tree ------------------------------------------------------------------------

    fn raw_tree(&self) -> Tree {
        let model = self.zookeeper.tree();
        let mut tree = Tree::new();
        for (path, node) in model.nodes() {
            tree.insert(path.clone(), node.data.clone(), node.stat);
        }
        tree
    }

    fn tree(&self) -> Image {
        read_image(&self.raw_tree()).image
    }

    fn controller_epoch(&self) -> i32 {
        let tree = self.raw_tree();
        let node = tree.get(znodes::CONTROLLER_EPOCH).expect("never deleted");
        znodes::decode_controller_epoch(&node.data).expect("a number")
    }

    /// A broker rules by the tree.
    fn zookeeper_rules(&self) -> bool {
        let controller = read_controller(&self.raw_tree()).expect("we wrote it");
        controller.controller_id.is_some() && controller.kraft_controller_epoch < 0
    }

    fn ruling_image(&self) -> Image {
        if self.quorum.rules() { self.quorum.image.clone() } else { self.tree() }
    }

    // ---- changes -------------------------------------------------------------------------

    /// Whoever rules changes something, and nobody else can.
    fn edit(&mut self) -> Checked {
        if self.zookeeper_rules() && self.is_up {
            let before = self.tree();
            let records = self.change(&before)?;
            self.edit_tree(&before, &records);
            let image = self.tree();
            for broker in self.brokers.values_mut().filter(|broker| !broker.follows_log) {
                broker.image = image.clone();
            }
            self.agreed = image;
        } else if self.quorum.rules() && self.leader().leads && !self.leader().is_frozen {
            let before = self.quorum.image.clone();
            let records = self.change(&before)?;
            self.quorum.append(records);
            self.agreed = self.quorum.image.clone();
            self.tell_committed();
        } else if self.is_up && !self.quorum.rules() && self.zombie_blocks < 20 {
            self.zombie_allocates()?;
        }
        Ok(())
    }

    /// A controller that was deposed just now still takes a block: nothing fences it.
    fn zombie_allocates(&mut self) -> Checked {
        if !matches!(self.leader().driver.state(), DriverState::Committing) {
            return Ok(());
        }
        self.zombie_blocks += 1;
        let tree = self.raw_tree();
        let Some(node) = tree.get(znodes::PRODUCER_ID_BLOCK) else { return Ok(()) };
        let start = self.tree().next_producer_id;
        self.give_producer_ids(start, "a deposed ZooKeeper controller")?;
        let block = ProducerIdBlockZnode { broker_id: 1, block_start: start, block_end: start + 999 };
        let set = Op::set(znodes::PRODUCER_ID_BLOCK, block.encode(), Some(node.stat.zk_version));
        self.zookeeper.outside_write(&[set]).expect("nobody moves in between");
        Ok(())
    }

    fn give_producer_ids(&mut self, start: i64, by: &str) -> Checked {
        if start < self.producer_ids_given {
            return Err(format!("{by} hands out producer ids from {start} twice"));
        }
        self.producer_ids_given = start + 1000;
        Ok(())
    }

    fn edit_tree(&mut self, before: &Image, records: &[Record]) {
        let mut delta = Delta::new(before);
        delta.replay_all(records).expect("a change fits");
        let (after, touched) = delta.apply();
        let shadow = self.raw_tree();
        let input = PlanInput {
            before,
            after: &after,
            touched: &touched,
            records,
            shadow: &shadow,
            controller_epoch: self.controller_epoch(),
            mode: PlanMode::Authority,
        };
        for multi in plan(input).expect("the shadow is fresh").stages.into_iter().flatten() {
            self.zookeeper.outside_write(&multi).expect("nobody moves in between");
        }
    }

    /// Something an operator or a controller would do.
    fn change(&mut self, image: &Image) -> Result<Vec<Record>, String> {
        let topics: Vec<TopicId> = image.topics.by_id.keys().copied().collect();
        let kind = self.random.below(10);
        if topics.is_empty() || (kind == 0 && topics.len() < 6 && self.topics_made < 200) {
            return Ok(self.new_topic());
        }
        let topic = image.topics.by_id[&topics[self.random.below(topics.len())]].clone();
        Ok(match kind {
            1 if topics.len() > 1 => {
                self.note(format!("topic {} is deleted", topic.name));
                vec![MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: topic.topic_id }).into()]
            }
            2..=3 => {
                self.note(format!("topic {} gets a config", topic.name));
                let value = self.random.below(1000).to_string();
                let record = ConfigRecord {
                    resource_type: ConfigResourceType::Topic as i8,
                    resource_name: topic.name.clone(),
                    name: "retention.ms".to_owned(),
                    value: (!self.random.one_in(4)).then_some(value),
                };
                vec![MetadataRecord::Config(record).into()]
            }
            4..=5 => {
                let start = image.next_producer_id;
                self.give_producer_ids(start, "the controller")?;
                let record = ProducerIdsRecord { broker_id: 1, broker_epoch: -1, next_producer_id: start + 1000 };
                vec![MetadataRecord::ProducerIds(record).into()]
            }
            _ => {
                let partition_id = self.random.below(topic.partitions.len()) as i32;
                let leader = BROKERS[self.random.below(BROKERS.len())];
                self.note(format!("{}-{partition_id} elects {leader}", topic.name));
                let record =
                    PartitionChangeRecord { topic_id: topic.topic_id, partition_id, leader, ..Default::default() };
                vec![MetadataRecord::PartitionChange(record).into()]
            }
        })
    }

    fn new_topic(&mut self) -> Vec<Record> {
        self.topics_made += 1;
        let topic_id = TopicId::from_bytes([self.topics_made.wrapping_add(8); 16]);
        let name = format!("t{}", self.topics_made % 5);
        // Names come back with other ids, as after a delete and a create; a name in use gets a number.
        let name =
            if self.ruling_image().topics.get(&name).is_some() { format!("u{}", self.topics_made) } else { name };
        self.note(format!("topic {name} is created"));
        let mut records = vec![MetadataRecord::Topic(TopicRecord { name, topic_id }).into()];
        for partition_id in 0..1 + self.random.below(3) as i32 {
            let record = PartitionRecord {
                topic_id,
                partition_id,
                replicas: BROKERS.to_vec(),
                isr: BROKERS.to_vec(),
                leader: BROKERS[0],
                leader_epoch: 0,
                partition_epoch: 0,
                ..Default::default()
            };
            records.push(MetadataRecord::Partition(record).into());
        }
        records
    }

    // ---- brokers -------------------------------------------------------------------------

    /// A broker looks who rules, and changes its source if it has to.
    fn refresh_broker(&mut self) -> Checked {
        let broker_id = BROKERS[self.random.below(BROKERS.len())];
        let log = ObservedLog {
            zk_migration_state: self.quorum.state(),
            is_in_transaction: self.quorum.is_in_transaction(),
            is_caught_up: true,
        };
        let may_follow = switch::may_follow_log(log) || self.bug == Some(PlantedBug::SwitchDoesNotWait);
        if self.is_up && self.inspect().controller.controller_id.is_none() {
            self.write_controller(broker_id);
        }
        let broker = self.brokers.get_mut(&broker_id).expect("there");
        if !broker.follows_log && may_follow {
            let ended = if self.quorum.rules() { &self.quorum.image_at_copy_end } else { &self.quorum.image };
            let problems = switch::problems(broker_id, &broker.image, ended);
            if let Some(problem) = problems.first() {
                return Err(format!("broker {broker_id} cannot switch: {problem}"));
            }
            broker.follows_log = true;
            self.trace.push(format!("broker {broker_id} follows the log"));
        } else if broker.follows_log && self.is_up && self.zookeeper_rules() {
            let image = self.tree();
            let broker = self.brokers.get_mut(&broker_id).expect("there");
            broker.follows_log = false;
            broker.image = image;
            self.trace.push(format!("broker {broker_id} follows the ZooKeeper controller"));
        }
        Ok(())
    }

    // ---- operator and misfortune ---------------------------------------------------------

    fn operate(&mut self) {
        let (leader, state) = (self.quorum.leader, self.leader().driver.state());
        let is_reached = match self.goals.front() {
            None => return,
            Some(Order::Rollback(_)) => state == DriverState::Prepared,
            Some(Order::Finalize) => state == DriverState::Final,
            Some(_) => state == DriverState::Dual,
        };
        if is_reached {
            self.goals.pop_front();
        } else if let Some(order) = self.goals.front().cloned() {
            let is_due = match &order {
                Order::Start { .. } => state == DriverState::Prepared,
                _ => state == DriverState::Dual,
            };
            if is_due {
                self.note(format!("ordered: {order:?}"));
                self.tell(leader, Event::Order { order_number: 1, order });
            }
        }
    }

    fn befall(&mut self) {
        match self.random.below(7) {
            0 => {
                let next = CONTROLLERS[self.random.below(CONTROLLERS.len())];
                // The old leader does not know yet.
                self.elect(next);
            }
            1 => {
                let leader = self.quorum.leader;
                self.note(format!("controller {leader} dies"));
                self.boot(leader);
                let next = CONTROLLERS[self.random.below(CONTROLLERS.len())];
                self.elect(next);
            }
            2 => {
                let late = CONTROLLERS.into_iter().find(|id| self.controllers[id].leads && *id != self.quorum.leader);
                if let Some(controller_id) = late {
                    self.note(format!("controller {controller_id} hears that it is deposed"));
                    self.tell(controller_id, Event::Deposed);
                }
            }
            3 => {
                let is_up = !self.is_up;
                self.note(if is_up { "ZooKeeper is back" } else { "ZooKeeper is down" });
                self.set_up(is_up);
            }
            4 => {
                let controller_id = CONTROLLERS[self.random.below(CONTROLLERS.len())];
                self.note(format!("the session of controller {controller_id} expires"));
                self.zookeeper.expire(controller_id);
            }
            5 if self.is_up && self.zookeeper_rules() => {
                self.note("the broker that rules dies");
                let _ = self.zookeeper.outside_write(&[Op::delete(znodes::CONTROLLER, None)]);
            }
            _ => {
                let prefixes = [znodes::TOPICS, znodes::MIGRATION, znodes::CONTROLLER_EPOCH, "/config"];
                let path_prefix = prefixes[self.random.below(prefixes.len())].to_owned();
                let fault = match self.random.below(2) {
                    0 => WriteFault::LoseReply { path_prefix },
                    _ => WriteFault::LoseRequest { path_prefix },
                };
                let leader = self.quorum.leader;
                self.note(format!("the leader's next write: {fault:?}"));
                self.zookeeper.fail_write(leader, fault);
            }
        }
    }

    // ---- checks --------------------------------------------------------------------------

    fn check(&mut self) -> Checked {
        if self.quorum.rules() && self.zookeeper_rules() {
            return Err("quorum and ZooKeeper both rule".to_owned());
        }
        let controller_epoch = self.controller_epoch();
        if controller_epoch < self.highest_controller_epoch {
            return Err(format!("/controller_epoch fell to {controller_epoch}"));
        }
        self.highest_controller_epoch = controller_epoch;
        let ruling = self.ruling_image();
        if let Some(problem) = check::lost(&self.agreed, &ruling) {
            return Err(problem);
        }
        self.agreed = ruling;
        let leader = self.leader();
        let status = leader.driver.status();
        let is_settled = leader.leads && leader.driver.state() == DriverState::Dual && self.is_at_rest();
        if is_settled && self.is_up && status.mirror_lag == Some(0) && status.zk_controller_epoch.is_some() {
            if let Some(problem) = check::disagreement(&self.tree(), &self.quorum.image) {
                return Err(problem);
            }
        }
        Ok(())
    }

    fn check_end(&mut self) -> Checked {
        let differences =
            kedge_metadata_state::diff::describe_differences(&self.tree(), &self.quorum.image, DiffScope::Shared);
        match differences.first() {
            None => Ok(()),
            Some(difference) => Err(format!("at the end the stores differ: {difference}")),
        }
    }
}
