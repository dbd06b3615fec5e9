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
use kedge_metadata_store::{ClaimError, ControllerZnode, KRaftEpoch, LoadError, Mirror};
use kedge_migration::{
    decide::{
        Action, BrokerStatus, CommitReply, Driver, Event, Fleet, Inspection, Listing, Order, Reply, Settings, Ticket,
        Work,
    },
    readiness::{BrokerFindings, Findings, QuorumFindings},
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

mod change;
mod work;

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
            unreachable: None,
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

    // ---- the tree ------------------------------------------------------------------------

    fn raw_tree(&self) -> Tree {
        self.zookeeper.tree().known()
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
        let controller = self.controller_znode();
        controller.controller_id.is_some() && controller.kraft_controller_epoch < 0
    }

    fn controller_znode(&self) -> ControllerZnode {
        read_controller(&self.raw_tree()).expect("we wrote it")
    }

    fn ruling_image(&self) -> Image {
        if self.quorum.rules() { self.quorum.image.clone() } else { self.tree() }
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
        if self.is_up && self.controller_znode().controller_id.is_none() {
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
        self.check_foreign_writes()?;
        let ruling = self.ruling_image();
        if let Some(problem) = check::lost(&self.agreed, &ruling) {
            return Err(problem);
        }
        self.agreed = ruling;
        let leader = self.leader();
        let status = leader.driver.status();
        let is_settled = leader.leads && leader.driver.state() == DriverState::Dual && self.is_at_rest();
        if is_settled && self.is_up && status.mirror_lag == Some(0) && status.zk_controller_epoch.is_some() {
            return check::disagreement(&self.tree(), &self.quorum.image).map_or(Ok(()), Err);
        }
        Ok(())
    }

    /// Nobody but the mirror writes here under a quorum, whatever was lost on the way: what it takes for foreign would be its own.
    /// The one exception is the deposed controller that still takes producer ids.
    fn check_foreign_writes(&self) -> Checked {
        let writes = &self.leader().driver.status().foreign_writes.listed;
        match writes.iter().find(|write| write.path != znodes::PRODUCER_ID_BLOCK) {
            Some(write) => Err(format!("the mirror takes a write for somebody else's: {write}")),
            None => Ok(()),
        }
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
