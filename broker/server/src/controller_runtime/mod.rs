//! While active: event → controller → commit → replay. The shell around `kedge_controller`, the same in every mode.
//!
//! One task owns the image, the soft state and the reign. Whatever waits in the queue is decided in turn, each request on
//! the scratch image left by the one before, and committed as one batch: one batch is in flight at a time, and no answer
//! is given before its units are durable. Losing the store in any way ends the reign: soft state and scratch image are
//! dropped and built anew from what was really committed.

mod driver;
mod gate;
mod item;
#[cfg(test)]
mod tests;
mod timers;

use std::{sync::Arc, time::Duration};

use kedge_controller::{
    Context, DecisionUnit, Election, Settings, SplitMix64, Subject,
    activation::{self, LogState},
    deletion::{self, TopicDeletions},
    election,
    liveness::Liveness,
};
use kedge_metadata_state::{Authority, BrokerId, Delta, Image, Record, Touched, records::MetadataRecord};
use kedge_metadata_store::{
    AdminNodeRequest, Candidate, CommitError, Fence, Held, MetadataStore, Observations, Observed, Outcome, Position,
    Reign, Unit,
};
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, info, warn};

pub use gate::DriverCommit;
use gate::{Control, Gate, Kind};
pub use item::{ControllerError, ControllerHandle};
use item::{Item, Settled};
use timers::Timers;

use crate::clock::SharedClock;

/// Requests that may wait for the controller; callers beyond wait themselves.
const QUEUE_MAX: usize = 4096;
/// Orders of the move's driver that may wait; it gives one at a time.
const CONTROL_QUEUE_MAX: usize = 8;
/// Records that one commit may hold (Kafka's limit of a batch).
const COMMIT_RECORDS_MAX: usize = 10_000;
/// Requests decided together at most.
const COMMIT_REQUESTS_MAX: usize = 512;
/// Pause after a reign that could not begin or was lost to an unreachable store.
const RETRY_BACKOFF: Duration = Duration::from_millis(200);
/// Partitions of a request that a log line names.
const NAMED_PARTITIONS_MAX: usize = 10;
/// How often a request is decided anew after somebody else changed what it was decided upon.
const CONFLICT_RETRIES_MAX: u8 = 3;

/// Soft state of a reign: never committed, rebuilt at activation.
#[derive(Debug)]
pub struct SoftState {
    /// Heartbeats (KRaft).
    pub liveness: Liveness,
    /// Acknowledged deletions (ZooKeeper).
    pub deletions: TopicDeletions,
    /// The move's driver has frozen the controller: heartbeats are acknowledged and change nothing.
    pub is_frozen: bool,
}

/// Hears of every image the controller committed, in order: what pushes to ZooKeeper-mode brokers, feeds the move and metrics.
/// Called from the controller's own task; must not block.
pub trait CommitListener: Send + Sync {
    /// A reign began with this image. Its first decision (a new log's first records) is not in it yet.
    fn activated(&self, controller_epoch: i32, image: &Arc<Image>, position: Position);
    /// The image changed; a metadata transaction counts as one change. Told before whoever asked for it is answered.
    /// Records that change nothing (NoOp) move the position without being told.
    fn committed(&self, before: &Arc<Image>, after: &Arc<Image>, touched: &Touched, position: Position);
    /// The reign is over. Told before a commit of the move's driver that ended it is answered.
    fn resigned(&self);
}

/// What a controller runtime is made of.
pub struct ControllerConfig {
    /// The authority.
    pub store: Arc<dyn MetadataStore>,
    /// The node that campaigns.
    pub node_id: BrokerId,
    /// Kafka's properties that decisions depend on.
    pub settings: Settings,
    /// `leader.imbalance.check.interval.seconds`.
    pub rebalance_interval: Duration,
    /// `metadata.max.idle.interval.ms`: a log without a commit for this long gets a NoOpRecord; never if zero.
    pub max_idle_interval: Duration,
    /// The node's clock.
    pub clock: SharedClock,
    /// Seed of topic ids and placement.
    pub seed: u64,
    /// Who hears of commits.
    pub listener: Arc<dyn CommitListener>,
}

/// Starts the controller of a node: it campaigns at once and for ever.
pub fn start(config: ControllerConfig) -> ControllerHandle {
    let (sender, queue) = mpsc::channel(QUEUE_MAX);
    let (control_sender, control) = mpsc::channel(CONTROL_QUEUE_MAX);
    let (active, active_seen) = watch::channel(None);
    let random = SplitMix64::new(config.seed);
    tokio::spawn(Runtime { config, random, queue, control, active }.run());
    ControllerHandle::new(sender, control_sender, active_seen)
}

struct Runtime {
    config: ControllerConfig,
    random: SplitMix64,
    queue: mpsc::Receiver<Box<dyn Item>>,
    control: mpsc::Receiver<Control>,
    /// The controller epoch while this node rules.
    active: watch::Sender<Option<i32>>,
}

/// A reign in progress.
struct Ruling {
    reign: Reign,
    image: Arc<Image>,
    position: Position,
    observations: Observations,
    soft: SoftState,
    /// Requests to decide anew before anything else.
    again: Vec<Box<dyn Item>>,
    /// A driver's commit that ended the reign, answered when everybody has heard of the end.
    failed_commit: Option<driver::FailedCommit>,
}

/// Why a reign ended.
enum End {
    Lost(String),
    NodeStops,
}

impl Runtime {
    async fn run(mut self) {
        loop {
            let Some(reign) = self.campaign().await else { return };
            info!(node_id = self.config.node_id, controller_epoch = reign.controller_epoch, "[Controller] active");
            match self.rule(reign).await {
                End::NodeStops => return,
                End::Lost(reason) => warn!(node_id = self.config.node_id, reason, "[Controller] no longer active"),
            }
            tokio::time::sleep(RETRY_BACKOFF).await;
        }
    }

    /// Waits for the controllership; whoever asks meanwhile is told that we do not have it. None when the node stops.
    async fn campaign(&mut self) -> Option<Reign> {
        loop {
            let candidate = Candidate { node_id: self.config.node_id, at: self.config.clock.now_ms() };
            let store = self.config.store.clone();
            let mut campaign = std::pin::pin!(store.campaign(candidate));
            let result = loop {
                tokio::select! {
                    result = &mut campaign => break result,
                    control = self.control.recv() => control?.refuse(),
                    item = self.queue.recv() => item?.settle(Settled::NotController),
                }
            };
            match result {
                Ok(reign) => return Some(reign),
                Err(error) => {
                    debug!(%error, "campaign failed");
                    tokio::time::sleep(RETRY_BACKOFF).await;
                }
            }
        }
    }

    async fn rule(&mut self, reign: Reign) -> End {
        let (image, position, observations) = match self.config.store.load().await {
            Ok(loaded) => loaded,
            Err(error) => {
                self.config.store.resign(reign).await;
                return End::Lost(format!("the metadata cannot be loaded: {error}"));
            }
        };
        let session_timeout_ms = self.config.settings.broker_session_timeout_ms;
        let liveness = Liveness::activate(&image, session_timeout_ms, self.config.clock.now_ms(), position.0);
        let soft = SoftState { liveness, deletions: TopicDeletions::default(), is_frozen: false };
        let again = Vec::new();
        let mut ruling = Ruling { reign, image, position, observations, soft, again, failed_commit: None };
        ruling.soft.deletions.follow(&ruling.image);
        self.config.listener.activated(ruling.reign.controller_epoch, &ruling.image, ruling.position);
        let end = self.rule_until_the_end(&mut ruling).await;
        self.active.send_replace(None);
        self.config.listener.resigned();
        ruling.failed_commit.into_iter().for_each(driver::FailedCommit::answer);
        for item in ruling.again {
            item.settle(Settled::NotController);
        }
        self.config.store.resign(ruling.reign).await;
        end
    }

    async fn rule_until_the_end(&mut self, ruling: &mut Ruling) -> End {
        let first: Vec<Box<dyn Item>> =
            vec![item::internal(Kind::Membership, |context, _| activation::activate(context, LogState::default()))];
        if let Err(reason) = self.decide_and_commit(ruling, first).await {
            return End::Lost(reason);
        }
        self.active.send_replace(Some(ruling.reign.controller_epoch));
        let mut timers = Timers::new(self.config.rebalance_interval, self.config.max_idle_interval);
        loop {
            let mut items = std::mem::take(&mut ruling.again);
            if items.is_empty() {
                tokio::select! {
                    biased;
                    observed = ruling.observations.next() => match observed {
                        None => return End::NodeStops,
                        Some(event) => match self.on_observed(ruling, event) {
                            Ok(item) => items.extend(item),
                            Err(reason) => return End::Lost(reason),
                        },
                    },
                    control = self.control.recv() => match control {
                        None => return End::NodeStops,
                        Some(control) => match self.on_control(ruling, control).await {
                            Ok(()) => continue,
                            Err(reason) => return End::Lost(reason),
                        },
                    },
                    item = self.queue.recv() => match item {
                        None => return End::NodeStops,
                        Some(item) => items.push(item),
                    },
                    due = timers.due(ruling.image.dialect.authority, ruling.position) => items.extend(due),
                }
            }
            while items.len() < COMMIT_REQUESTS_MAX {
                match self.queue.try_recv() {
                    Ok(item) => items.push(item),
                    Err(_) => break,
                }
            }
            if let Err(reason) = self.decide_and_commit(ruling, items).await {
                return End::Lost(reason);
            }
        }
    }

    /// What the store saw that we did not write.
    fn on_observed(&mut self, ruling: &mut Ruling, event: Observed) -> Result<Option<Box<dyn Item>>, String> {
        match event {
            // What we committed has been replayed when its commit returned.
            Observed::Batch { own: true, .. } => Ok(None),
            Observed::Batch { at, records, own: false } => {
                let mut delta = Delta::new(&ruling.image);
                replay(&mut delta, &records);
                self.advance(ruling, delta, at);
                // A partition that an old tool wrote into the tree waits for its first election.
                let is_partition = |it: &Record| matches!(it, Record::Metadata(MetadataRecord::Partition(_)));
                let elect = || item::internal(Kind::Content, |context, _| election::elect_new_partitions(context));
                Ok(records.iter().any(is_partition).then(elect))
            }
            Observed::Reset { at, image } => {
                let mut delta = Delta::new(&ruling.image);
                delta.replace(&image);
                self.advance(ruling, delta, at);
                // Brokers may have come and gone unseen.
                Ok(Some(item::internal(Kind::Content, |context, _| activation::revisit(context))))
            }
            Observed::BrokerUp(registration) => Ok(Some(item::internal(Kind::Membership, move |context, _| {
                kedge_controller::brokers::broker_up(context, &registration.broker)
            }))),
            Observed::BrokerDown { broker_id, broker_epoch } => {
                Ok(Some(item::internal(Kind::Membership, move |context, _| {
                    kedge_controller::brokers::broker_down(context, broker_id, broker_epoch)
                })))
            }
            Observed::AdminNode(request) => Ok(item_of_admin_node(request)),
            Observed::Deposed { controller_epoch } => Err(format!("controller epoch {controller_epoch} rules")),
        }
    }

    /// Decides items in turn, commits what they decided as one batch, and answers them. An error ends the reign.
    async fn decide_and_commit(&mut self, ruling: &mut Ruling, items: Vec<Box<dyn Item>>) -> Result<(), String> {
        let mut delta = Delta::new(&ruling.image);
        let mut next_offset = ruling.position.0 + 1;
        let mut records_count = 0;
        let mut decided: Vec<(Box<dyn Item>, Vec<DecisionUnit>)> = Vec::with_capacity(items.len());
        let gate = Gate::of(&ruling.image, ruling.soft.is_frozen);
        let mut waiting = items.into_iter();
        for mut item in waiting.by_ref() {
            if !gate.admits(item.kind()) {
                item.settle(Settled::NotController);
                continue;
            }
            // Borrowed, not cloned: a second holder would make the next replay copy every topic it touches.
            let view = gate.view(delta.image());
            let mut context = Context {
                image: view.as_ref().unwrap_or_else(|| delta.image()),
                settings: &self.config.settings,
                now_ms: self.config.clock.now_ms(),
                next_offset,
                random: &mut self.random,
            };
            let units = item.decide(&mut context, &mut ruling.soft);
            for record in units.iter().flat_map(|unit| &unit.records) {
                replay(&mut delta, std::slice::from_ref(record));
                next_offset += i64::from(matches!(record, Record::Metadata(_)));
                records_count += 1;
            }
            decided.push((item, units));
            if records_count >= COMMIT_RECORDS_MAX / 2 {
                break;
            }
        }
        ruling.again.extend(waiting);
        self.commit(ruling, delta, decided).await
    }

    async fn commit(
        &mut self,
        ruling: &mut Ruling,
        scratch: Delta,
        decided: Vec<(Box<dyn Item>, Vec<DecisionUnit>)>,
    ) -> Result<(), String> {
        let at = self.config.clock.now_ms();
        let units: Vec<Unit> = decided
            .iter()
            .flat_map(|(_, units)| units)
            .filter(|unit| !self.is_replayed_only(unit))
            .map(|unit| Unit { records: unit.records.clone(), at })
            .collect();
        let outcomes = if units.is_empty() {
            Vec::new()
        } else {
            match self.config.store.commit(Fence::Reign(&ruling.reign), units).await {
                Ok(outcomes) => {
                    ruling.soft.liveness.excuse_silence(at, self.config.clock.now_ms());
                    outcomes
                }
                Err(error) => {
                    let settled = match &error {
                        CommitError::Fenced => Settled::NotController,
                        CommitError::Unavailable(_) | CommitError::Unknown { .. } => Settled::Unknown,
                    };
                    // A request whose decision changes nothing was still decided on a scratch image that may never be.
                    decided.into_iter().for_each(|(item, _)| item.settle(settled));
                    return Err(error.to_string());
                }
            }
        };
        if let Some(Outcome::Committed(position)) =
            outcomes.iter().rev().find(|outcome| matches!(outcome, Outcome::Committed(_)))
        {
            ruling.position = *position;
        }
        if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Committed(_))) {
            let position = ruling.position;
            self.advance(ruling, scratch, position);
            decided.into_iter().for_each(|(item, _)| item.settle(Settled::Committed));
        } else {
            self.settle_in_part(ruling, decided, outcomes);
        }
        Ok(())
    }

    /// Some units were not committed: the image takes what was, and what others wrote; conflicts are decided anew.
    fn settle_in_part(
        &mut self,
        ruling: &mut Ruling,
        decided: Vec<(Box<dyn Item>, Vec<DecisionUnit>)>,
        outcomes: Vec<Outcome>,
    ) {
        let mut delta = Delta::new(&ruling.image);
        let mut outcomes = outcomes.into_iter();
        for (mut item, units) in decided {
            let mut settled = Settled::Committed;
            for unit in &units {
                let outcome = if self.is_replayed_only(unit) { None } else { outcomes.next() };
                match outcome {
                    None | Some(Outcome::Committed(_)) => replay(&mut delta, &unit.records),
                    Some(Outcome::Conflict { now }) => {
                        replay(&mut delta, &now);
                        settled = Settled::Conflict;
                    }
                    Some(Outcome::NotHeld(record)) => {
                        warn!(?record, "the metadata store has no place for this record");
                        settled = Settled::NotHeld;
                    }
                    Some(Outcome::TooLarge) => settled = Settled::TooLarge,
                }
            }
            if settled == Settled::Conflict && item.conflicts() < CONFLICT_RETRIES_MAX {
                ruling.again.push(item);
            } else {
                item.settle(settled);
            }
        }
        let position = ruling.position;
        self.advance(ruling, delta, position);
    }

    /// A ZooKeeper tree has no place for registrations: the ephemeral is the registration, the image alone takes them.
    fn is_replayed_only(&self, unit: &DecisionUnit) -> bool {
        matches!(unit.subject, Subject::Broker(_) | Subject::Controller(_))
            && unit.records.iter().all(|record| self.config.store.can_hold(record) == Held::No)
    }

    fn advance(&self, ruling: &mut Ruling, delta: Delta, position: Position) {
        let (image, touched) = delta.apply();
        ruling.position = ruling.position.max(position);
        if touched.is_empty() {
            return;
        }
        let before = std::mem::replace(&mut ruling.image, Arc::new(image));
        ruling.soft.deletions.follow(&ruling.image);
        self.config.listener.committed(&before, &ruling.image, &touched, ruling.position);
    }
}

/// Replays what was decided or committed. Transaction marks are for readers of the log: a decision that writes them
/// opens and closes its transaction in one unit, which is all or nothing here anyway.
///
/// # Panics
/// If a record does not fit the image: a wrong image must not be decided upon, nor outlive the process.
fn replay(delta: &mut Delta, records: &[Record]) {
    let is_mark = |record: &&Record| {
        use MetadataRecord::{AbortTransaction, BeginTransaction, EndTransaction};
        matches!(record, Record::Metadata(BeginTransaction(_) | EndTransaction(_) | AbortTransaction(_)))
    };
    if let Err(error) = delta.replay_all(records.iter().filter(|record| !is_mark(record))) {
        error!(%error, "[Controller] a decided record does not fit the metadata image");
        panic!("a decided record does not fit the metadata image: {error}");
    }
}

/// Requests that arrive as znodes.
fn item_of_admin_node(request: AdminNodeRequest) -> Option<Box<dyn Item>> {
    match request {
        AdminNodeRequest::DeleteTopics(names) => {
            Some(item::internal(Kind::Content, move |context, _| deletion::deletions_requested(context, &names)))
        }
        AdminNodeRequest::PreferredElection(partitions) => {
            let partitions = partitions.into_iter().map(|(topic_name, partition)| (topic_name, vec![partition]));
            let request =
                election::ElectLeadersRequest { election: Election::Preferred, partitions: Some(partitions.collect()) };
            Some(item::internal(Kind::Content, move |context, _| election::elect_leaders(context, &request).map(drop)))
        }
        AdminNodeRequest::ReassignPartitions(partitions) => {
            let n_partitions = partitions.len();
            let first: Vec<String> = partitions
                .iter()
                .take(NAMED_PARTITIONS_MAX)
                .map(|(topic, partition)| format!("{topic}-{partition}"))
                .collect();
            warn!(
                n_partitions,
                first = first.join(","),
                "/admin/reassign_partitions asks for a reassignment, which Kedge does not serve yet: nothing moves, and the \
                 znode is left alone; delete it to withdraw the request"
            );
            None
        }
        // The store has re-read the states before it told us; elections follow from the image.
        AdminNodeRequest::IsrChanged(_) => None,
        AdminNodeRequest::LogDirFailed(broker_id) => {
            warn!(broker_id, "a broker lost a log directory; its LeaderAndIsr answers name the partitions");
            None
        }
    }
}

/// Whether heartbeats decide who lives.
fn heartbeats_count(authority: Authority) -> bool {
    authority == Authority::KRaft
}
