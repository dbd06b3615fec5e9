//! The driver's shell: one task per controller process that feeds [`crate::decide::Driver`] and carries out what it says.
//!
//! - [`ports`]: what it needs of the process. [`handle`]: how it is asked. [`crash_points`]: where a test lets it die.
//! - `works`: one work carried out. `fleet`: who takes part. `board`: the status and its timeline. `orders`: previews.
//!
//! What the driver is owed ([`crate::decide`]): works of each kind run one at a time in the order they were given, each in
//! a task of its own, so that a slow ZooKeeper never keeps the runtime from hearing of a deposition. What the quorum
//! committed is told before any reply: the feed holds it by then, and is looked at first.

mod board;
pub mod crash_points;
mod fleet;
pub mod handle;
mod orders;
pub mod ports;
mod works;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kedge_metadata_state::{BrokerId, TimestampMs};
use kedge_metadata_store::{KRaftEpoch, TreeControl};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
    time::{Interval, MissedTickBehavior},
};

pub use board::{IdleNode, idle_status};
pub use handle::MigrationHandle;

use self::{
    board::Board,
    crash_points::Side,
    handle::Command,
    ports::{Feed, Ports},
    works::Worker,
};
use crate::{
    decide::{Action, Answer, Driver, Event, Fleet, Loaded, Reply, Settings, Ticket, Work},
    state::DriverState,
};

/// Requests that may wait.
const COMMANDS_MAX: usize = 64;
/// Pause between two looks at the fleet.
const FLEET_INTERVAL: Duration = Duration::from_secs(1);
/// Shortest sleep before a tick: a driver that is overdue and waits for a commit asks for one at once.
const TICK_MIN: Duration = Duration::from_millis(20);
/// Longest sleep before a tick.
const TICK_MAX: Duration = Duration::from_secs(3600);

/// What a runtime is made of.
pub struct MigrationConfig {
    /// The cluster; orders for another one are refused.
    pub cluster_id: String,
    /// The driver's settings.
    pub settings: Settings,
    /// Everything outside.
    pub ports: Ports,
    /// What the quorum tells.
    pub feed: watch::Receiver<Feed>,
}

/// Starts the runtime. The task ends when every handle and the feed's sender are gone; if it panics, the driver met what it
/// must not live with, and the process has to go.
pub fn start(config: MigrationConfig) -> (MigrationHandle, JoinHandle<()>) {
    let (sender, commands) = mpsc::channel(COMMANDS_MAX);
    let driver = Driver::new(config.settings);
    let board = Arc::new(Mutex::new(Board::new(&driver, (config.ports.clock)())));
    let handle = MigrationHandle {
        commands: sender,
        board: board.clone(),
        ports: config.ports.clone(),
        cluster_id: config.cluster_id.clone(),
        node_id: config.settings.controller_id,
    };
    let mut fleet_timer = tokio::time::interval(FLEET_INTERVAL);
    fleet_timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let worker = Worker {
        ports: config.ports,
        feed: config.feed.clone(),
        kraft_epoch: KRaftEpoch(-1),
        controller_id: config.settings.controller_id,
        cluster_id: config.cluster_id,
    };
    let runtime = MigrationRuntime {
        driver,
        worker,
        feed: config.feed,
        reigns: 0,
        heard: None,
        commands,
        board,
        zookeeper: Lane::default(),
        log: Lane::default(),
        works: JoinSet::new(),
        fleet_timer,
        gathering: JoinSet::new(),
        inspecting: JoinSet::new(),
        ephemerals: BTreeMap::new(),
        followers: 0,
        last_order: 0,
        orders: BTreeMap::new(),
    };
    (handle, tokio::spawn(runtime.run()))
}

/// What runs one after the other.
enum Job {
    Work(Ticket, Work),
    CloseMirror,
}

/// Works of one kind.
#[derive(Default)]
struct Lane {
    waiting: VecDeque<Job>,
    is_busy: bool,
}

/// A work that has ended.
struct Done {
    is_for_the_log: bool,
    reply: Option<(Ticket, Reply)>,
}

/// See the module.
struct MigrationRuntime {
    driver: Driver,
    worker: Worker,
    feed: watch::Receiver<Feed>,
    /// The reign that the driver knows of.
    reigns: u64,
    /// How many changes of the reign the driver has heard of; none while it does not lead.
    heard: Option<u64>,
    commands: mpsc::Receiver<Command>,
    board: Arc<Mutex<Board>>,
    zookeeper: Lane,
    log: Lane,
    works: JoinSet<Done>,
    fleet_timer: Interval,
    gathering: JoinSet<Fleet>,
    /// Looks at `/brokers/ids`; a ZooKeeper that does not answer must not keep the rest of the fleet from being seen.
    inspecting: JoinSet<Result<TreeControl, String>>,
    /// What was last seen under `/brokers/ids`, each with its address.
    ephemerals: BTreeMap<BrokerId, Option<String>>,
    followers: usize,
    last_order: u64,
    orders: BTreeMap<u64, oneshot::Sender<Answer>>,
}

impl MigrationRuntime {
    async fn run(mut self) {
        loop {
            let tick = self.until_tick();
            tokio::select! {
                biased;
                changed = self.feed.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.follow_feed().await;
                }
                Some(done) = self.works.join_next() => {
                    // A work that panicked would keep its lane for ever.
                    let done = done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
                    self.follow_feed().await;
                    self.done(done).await;
                }
                command = self.commands.recv() => match command {
                    None => return,
                    Some(command) => self.obey(command).await,
                },
                Some(gathered) = self.gathering.join_next() => {
                    if let Ok(fleet) = gathered {
                        self.gathered(fleet).await;
                    }
                }
                Some(inspected) = self.inspecting.join_next() => {
                    if let Ok(Ok(control)) = inspected {
                        self.ephemerals = control.brokers;
                    }
                }
                _ = self.fleet_timer.tick() => self.gather(),
                () = tokio::time::sleep(tick) => self.tell(Event::Tick).await,
            }
        }
    }

    fn now(&self) -> TimestampMs {
        (self.worker.ports.clock)()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until_tick(&self) -> Duration {
        let until = self.driver.wake_at().map(|wake_at| u64::try_from(wake_at - self.now()).unwrap_or(0));
        until.map_or(TICK_MAX, Duration::from_millis).max(TICK_MIN)
    }

    /// Tells the driver what the quorum has become.
    async fn follow_feed(&mut self) {
        let feed = self.feed.borrow_and_update().clone();
        let is_new = feed.reigns != self.reigns;
        if self.heard.is_some() && (is_new || feed.reign.is_none()) {
            self.depose().await;
        }
        self.reigns = feed.reigns;
        let Some(reign) = feed.reign else { return };
        let loaded = Loaded { image: reign.image.clone(), at: reign.at, is_in_transaction: false };
        let before = self.heard.replace(reign.changes);
        match before {
            None => {
                self.worker.kraft_epoch = reign.kraft_epoch;
                self.board().is_active = true;
                let now = self.now();
                self.board().note(format!("active controller, epoch {}", reign.kraft_epoch.0), now);
                self.tell(Event::Elected { kraft_epoch: reign.kraft_epoch, loaded }).await;
                self.fleet_timer.reset_immediately();
            }
            Some(changes) if changes != reign.changes => {
                self.tell(Event::Committed { image: reign.image, at: reign.at }).await;
            }
            Some(_) => {}
        }
    }

    /// What was not begun yet will not be; what was begun elsewhere may still be answered, to nobody.
    async fn depose(&mut self) {
        self.heard = None;
        self.zookeeper.waiting.clear();
        self.log.waiting.clear();
        self.followers = 0;
        self.tell(Event::Deposed).await;
        let now = self.now();
        self.board().note("not active any more", now);
        self.board().is_active = false;
    }

    /// One event: the driver's actions, and the places a test may let the process die at.
    async fn tell(&mut self, event: Event) {
        let (before, now) = (self.driver.state(), self.now());
        let actions = self.driver.handle(event, now);
        let after = self.driver.state();
        self.board().follow(&self.driver, before, now);
        let freezes = matches!(actions.first(), Some(Action::Freeze));
        for action in actions {
            self.act(action).await;
        }
        if let Some(name) = crash_points::at_change(before, after, freezes) {
            (self.worker.ports.crash)(name);
        }
        self.begin_works();
    }

    async fn act(&mut self, action: Action) {
        let kraft_epoch = self.worker.kraft_epoch;
        match action {
            // Nothing else is begun before it holds.
            Action::Freeze => {
                let now = self.now();
                self.board().frozen(now);
                self.worker.ports.quorum.freeze(kraft_epoch).await;
            }
            Action::Unfreeze => {
                self.worker.ports.quorum.thaw(kraft_epoch).await;
                let now = self.now();
                self.board().thawed(now);
            }
            Action::Work { ticket, work } => {
                let lane = if work.is_for_the_log() { &mut self.log } else { &mut self.zookeeper };
                lane.waiting.push_back(Job::Work(ticket, work));
            }
            Action::Answer { order_number, answer } => {
                let now = self.now();
                match &answer {
                    Answer::Done(text) => self.board().note(format!("the order is a fact: {text}"), now),
                    Answer::Refused(problems) => {
                        let problems = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                        self.board().note(format!("order refused: {problems}"), now);
                    }
                    Answer::NotActive => {
                        self.board().note("the order was not begun: another controller is active", now)
                    }
                    Answer::Unknown => self.board().note("whether the order became a fact is not known here", now),
                }
                if let Some(waiting) = self.orders.remove(&order_number) {
                    // Whoever asked may have given up.
                    let _ = waiting.send(answer);
                }
            }
            Action::CloseMirror => self.zookeeper.waiting.push_back(Job::CloseMirror),
            Action::Report(text) => {
                let now = self.now();
                self.board().note(text, now);
            }
        }
    }

    fn begin_works(&mut self) {
        let state = self.driver.state();
        for (is_for_the_log, lane) in [(false, &mut self.zookeeper), (true, &mut self.log)] {
            if lane.is_busy {
                continue;
            }
            let Some(job) = lane.waiting.pop_front() else { continue };
            lane.is_busy = true;
            let worker = self.worker.clone();
            self.works.spawn(async move {
                let reply = match job {
                    Job::Work(ticket, work) => Some((ticket, carry_out(&worker, state, work).await)),
                    Job::CloseMirror => {
                        worker.ports.mirror.close().await;
                        None
                    }
                };
                Done { is_for_the_log, reply }
            });
        }
    }

    async fn done(&mut self, done: Done) {
        let lane = if done.is_for_the_log { &mut self.log } else { &mut self.zookeeper };
        lane.is_busy = false;
        match done.reply {
            Some((ticket, reply)) => {
                if let Reply::Listed(Ok(listing)) = &reply {
                    let topics = &listing.tree.topics.by_id;
                    let partitions = topics.values().map(|topic| topic.partitions.len()).sum();
                    self.board().relisted(topics.len(), partitions);
                }
                self.tell(Event::Reply { ticket, reply }).await;
            }
            None => self.begin_works(),
        }
    }

    fn gather(&mut self) {
        let Some(reign) = self.feed.borrow().reign.clone() else { return };
        if self.driver.state() == DriverState::Standby {
            return;
        }
        if self.inspecting.is_empty() && self.driver.state() != DriverState::Final {
            let mirror = self.worker.ports.mirror.clone();
            self.inspecting.spawn(async move { mirror.inspect().await });
        }
        if self.gathering.is_empty() {
            let (ports, ephemerals) = (self.worker.ports.clone(), self.ephemerals.clone());
            self.gathering.spawn(async move { fleet::gather(&ports, &reign.image, &ephemerals).await });
        }
    }

    async fn gathered(&mut self, fleet: Fleet) {
        let followers = fleet.brokers.values().filter(|broker| broker.follows_log).count();
        self.board().fleet(&fleet);
        if followers != self.followers && self.driver.state() == DriverState::Dual {
            let (now, total) = (self.now(), fleet.brokers.len());
            self.board().note(format!("{followers} of {total} brokers follow the quorum's log"), now);
            let name = match followers {
                0 => None,
                all if all == total => Some("fwd6-all-brokers-follow"),
                _ => Some("fwd5-first-broker-follows"),
            };
            name.into_iter().for_each(|name| (self.worker.ports.crash)(name));
        }
        self.followers = followers;
        self.tell(Event::Fleet(fleet)).await;
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Order { order, answer } => {
                self.follow_feed().await;
                self.last_order += 1;
                let order_number = self.last_order;
                let now = self.now();
                self.board().note(format!("ordered: {order}"), now);
                self.orders.insert(order_number, answer);
                self.tell(Event::Order { order_number, order: order.into() }).await;
            }
            Command::Preview { order, answer } => {
                let refusal = self.heard.map(|_| orders::refusal(&self.driver, order, self.now()));
                let _ = answer.send(refusal);
            }
            Command::Findings { answer } => {
                let worker = self.worker.clone();
                tokio::spawn(async move {
                    let found = worker.findings().await;
                    let _ = answer.send(found.map(Box::new).map_err(|error| error.to_string()));
                });
            }
            Command::Verify { answer } => {
                let worker = self.worker.clone();
                tokio::spawn(async move {
                    let _ = answer.send(worker.verify().await);
                });
            }
        }
    }
}

async fn carry_out(worker: &Worker, state: DriverState, work: Work) -> Reply {
    let hit = |side| crash_points::at_work(state, &work, side).map(|name| (name, worker.ports.crash.clone()));
    let (before, after) = (hit(Side::Before), hit(Side::After));
    if let Some((name, crash)) = before {
        crash(name);
    }
    let reply = worker.perform(work).await;
    if let Some((name, crash)) = after {
        crash(name);
    }
    reply
}
