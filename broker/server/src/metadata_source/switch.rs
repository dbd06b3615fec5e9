//! The source of a broker that may change its authority while it serves: ZooKeeper's pushes, or the quorum's log (Fwd5, Back6).
//!
//! The publisher follows one [`SwitchingSource`] for as long as the process lives. While pushes rule, the log is observed into an image
//! of its own and nothing of it is applied; once [`SwitchRules`] allow it the whole image is handed on as one event, the link is
//! exchanged, and the log's events follow. Nothing is torn down: connections, partitions and coordinators stay, and equal leader epochs
//! change nothing in them.
//!
//! ```text
//!  ZooKeeper ──log: MIGRATION, caught up; no broker rules the tree──▶ KRaft
//!            ◀──a broker rules the tree; log: not MIGRATION or later──
//! ```

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kedge_metadata_state::{Authority, BrokerEpoch, Delta, Dialect, Image, MetadataVersion, image::ZkMigrationState};
use tokio::{sync::watch, time::timeout};
use tracing::{error, info, warn};

use super::{
    MetadataSource, SourceEvent, SourceStamp,
    rpc::{RpcInlet, RpcSource},
};
use crate::{
    blocking::{may_block, may_take_long},
    controller_link::{ControllerLink, zookeeper::TreeView},
    crash_points,
    services::{ImageCell, LinkCell, Linked},
};

/// Whether the source may change, as `kedge_migration::switch` has it.
pub trait SwitchRules: Send + Sync {
    /// The log, replayed to its end, may be followed.
    fn may_follow_log(&self, zk_migration_state: ZkMigrationState) -> bool;
    /// What a change from one image to the other would break on this broker: code and text.
    fn problems(&self, before: &Image, after: &Image) -> Vec<String>;
}

/// The ZooKeeper side of a broker that may change.
#[async_trait]
pub trait TreeSide: Send + Sync {
    /// What the session says of the tree.
    fn tree(&self) -> watch::Receiver<TreeView>;
    /// The link, and this broker's epoch there.
    fn link(&self) -> (Arc<dyn ControllerLink>, i64);
    /// Everything the tree says from now on, from its present content on: configs may have changed while nobody listened.
    async fn follow_again(&self);
    /// The mirror is closed for good: the session ends.
    async fn close(&self);
}

/// The quorum's side of a broker that may change: there once the broker is armed.
#[derive(Clone)]
pub struct QuorumSide {
    /// Starts an observer at the log's beginning.
    pub observe: Arc<dyn Fn() -> Box<dyn MetadataSource> + Send + Sync>,
    /// The link.
    pub link: Arc<dyn ControllerLink>,
}

impl std::fmt::Debug for QuorumSide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QuorumSide").field("link", &self.link).finish_non_exhaustive()
    }
}

/// What a switching source is made of.
pub struct SwitchParts {
    /// Where the broker's present image is.
    pub image: Arc<ImageCell>,
    /// Where its link is.
    pub link: Arc<LinkCell>,
    /// Where pushes come in.
    pub inlet: RpcInlet,
    /// ZooKeeper.
    pub tree: Arc<dyn TreeSide>,
    /// The quorum, once armed.
    pub quorum: watch::Receiver<Option<QuorumSide>>,
    /// What must hold.
    pub rules: Arc<dyn SwitchRules>,
    /// Writes down where this node's metadata comes from, before it does.
    pub remember: Arc<dyn Fn(Authority) + Send + Sync>,
    /// For status and tests.
    pub progress: Arc<SwitchProgress>,
}

/// What others may see of it.
#[derive(Debug, Default)]
pub struct SwitchProgress {
    switches: AtomicU64,
    /// Offset of the last record seen in the log, followed or not.
    observed_offset: AtomicI64,
    blocked: Mutex<Vec<String>>,
}

impl SwitchProgress {
    /// How often the source has changed since the process started.
    pub fn switches(&self) -> u64 {
        self.switches.load(Ordering::Acquire)
    }

    /// How far the log has been seen: what heartbeats say while the broker does not follow it yet.
    pub fn observed_offset(&self) -> i64 {
        self.observed_offset.load(Ordering::Acquire)
    }

    /// What keeps it from changing.
    pub fn blocked(&self) -> Vec<String> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_blocked(&self, problems: Vec<String>) {
        *self.blocked.lock().unwrap_or_else(PoisonError::into_inner) = problems;
    }
}

/// A log that is watched and not followed.
struct Observed {
    source: Box<dyn MetadataSource>,
    image: Image,
    stamp: SourceStamp,
    is_caught_up: bool,
}

impl Observed {
    fn new(source: Box<dyn MetadataSource>) -> Observed {
        let stamp = SourceStamp { authority: Authority::KRaft, controller_epoch: 0, metadata_offset: -1 };
        Observed { source, image: Image::empty(Dialect::kraft(MetadataVersion::LATEST)), stamp, is_caught_up: false }
    }

    fn take_in(&mut self, event: SourceEvent) {
        match event {
            SourceEvent::Records { stamp, records, .. } => {
                let mut delta = Delta::new(&self.image);
                if let Err(fault) = may_take_long(records.len(), || delta.replay_all(&records)) {
                    error!(%fault, metadata_offset = stamp.metadata_offset, "an observed metadata record does not fit");
                }
                self.image = delta.apply().0;
                self.stamp = stamp;
            }
            SourceEvent::Image { stamp, image } => {
                self.image = Image::clone(&image);
                self.stamp = stamp;
            }
            SourceEvent::CaughtUp { stamp } => {
                self.stamp = stamp;
                self.is_caught_up = true;
            }
        }
    }
}

/// What a followed log has said of the move.
struct FollowedLog {
    zk_migration_state: ZkMigrationState,
    metadata_offset: i64,
    /// Its present end was reached once: what it says of the move is not history.
    is_caught_up: bool,
}

impl FollowedLog {
    fn see(&mut self, event: &SourceEvent) {
        if let Some(state) = state_in(event) {
            self.zk_migration_state = state;
        }
        self.is_caught_up |= matches!(event, SourceEvent::CaughtUp { .. });
        self.metadata_offset = match event {
            SourceEvent::Records { stamp, .. } | SourceEvent::Image { stamp, .. } | SourceEvent::CaughtUp { stamp } => {
                stamp.metadata_offset
            }
        };
    }
}

enum Following {
    ZooKeeper {
        pushes: RpcSource,
        observed: Option<Box<Observed>>,
    },
    Log {
        source: Box<dyn MetadataSource>,
        log: FollowedLog,
    },
    /// Between the two, for the length of a call.
    Nothing,
}

/// See the module.
pub struct SwitchingSource {
    parts: SwitchParts,
    following: Following,
    tree: watch::Receiver<TreeView>,
    queued: VecDeque<SourceEvent>,
    is_tree_closed: bool,
}

impl std::fmt::Debug for SwitchingSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SwitchingSource").field("progress", &self.parts.progress).finish_non_exhaustive()
    }
}

impl SwitchingSource {
    /// A broker that boots under ZooKeeper.
    pub fn on_zookeeper(parts: SwitchParts, pushes: RpcSource) -> SwitchingSource {
        let observed = parts.quorum.borrow().as_ref().map(|quorum| Box::new(Observed::new((quorum.observe)())));
        SwitchingSource::new(parts, Following::ZooKeeper { pushes, observed })
    }

    /// A broker that boots under the quorum (`docs/decisions/0005-the-boot-rule.md`).
    pub fn on_log(parts: SwitchParts, source: Box<dyn MetadataSource>) -> SwitchingSource {
        let log = FollowedLog { zk_migration_state: ZkMigrationState::None, metadata_offset: -1, is_caught_up: false };
        SwitchingSource::new(parts, Following::Log { source, log })
    }

    fn new(parts: SwitchParts, following: Following) -> SwitchingSource {
        let tree = parts.tree.tree();
        SwitchingSource { parts, following, tree, queued: VecDeque::new(), is_tree_closed: false }
    }

    /// Waits for whatever comes next; an event to hand on, if it is one.
    async fn step(&mut self) -> Option<SourceEvent> {
        match &mut self.following {
            Following::ZooKeeper { pushes, observed } => tokio::select! {
                event = pushes.next() => Some(event),
                event = next_observed(observed) => {
                    let observed = observed.as_mut().expect("it has just had an event");
                    observed.take_in(event);
                    self.parts.progress.observed_offset.store(observed.stamp.metadata_offset, Ordering::Release);
                    self.follow_log_if_due().await;
                    None
                }
                armed = self.parts.quorum.changed(), if observed.is_none() => {
                    // The sender lives as long as the node.
                    if armed.is_err() {
                        std::future::pending::<()>().await;
                    }
                    *observed = self.parts.quorum.borrow().as_ref().map(|quorum| Box::new(Observed::new((quorum.observe)())));
                    None
                }
                _ = changed(&mut self.tree) => {
                    self.follow_log_if_due().await;
                    None
                }
            },
            Following::Log { source, log } => tokio::select! {
                event = source.next() => {
                    log.see(&event);
                    self.parts.progress.observed_offset.store(log.metadata_offset, Ordering::Release);
                    let is_caught_up = matches!(event, SourceEvent::CaughtUp { .. });
                    self.queued.push_back(event);
                    if is_caught_up {
                        self.follow_tree_if_due().await;
                    }
                    None
                }
                _ = changed(&mut self.tree) => {
                    self.follow_tree_if_due().await;
                    None
                }
            },
            Following::Nothing => unreachable!("a switch always ends in a source"),
        }
    }

    /// Fwd5.
    async fn follow_log_if_due(&mut self) {
        let Following::ZooKeeper { observed: Some(observed), .. } = &self.following else { return };
        let state = observed.image.features.zk_migration_state;
        let is_due =
            observed.is_caught_up && self.parts.rules.may_follow_log(state) && !self.tree.borrow().is_ruled_by_broker();
        if !is_due {
            return;
        }
        let before = self.parts.image.load().image;
        let problems = may_block(|| self.parts.rules.problems(&before, &observed.image));
        if !problems.is_empty() {
            if self.parts.progress.blocked() != problems {
                error!(?problems, "the metadata source stays ZooKeeper: following the log would do harm");
                self.parts.progress.set_blocked(problems);
            }
            return;
        }
        let Following::ZooKeeper { pushes, observed: Some(observed) } =
            std::mem::replace(&mut self.following, Following::Nothing)
        else {
            unreachable!("just matched")
        };
        let quorum = self.parts.quorum.borrow().clone().expect("a log is observed through the quorum");
        crash_points::hit(crash_points::BROKER_BEFORE_LOG);
        // From here Fetch carries no broker epoch, until the amended registration is answered.
        let broker_epoch = BrokerEpoch { authority: Authority::KRaft, value: BrokerEpoch::UNKNOWN_VALUE };
        may_block(|| (self.parts.remember)(Authority::KRaft));
        let _ = Box::new(pushes).stop().await;
        let Observed { source, image, stamp, .. } = *observed;
        info!(metadata_offset = stamp.metadata_offset, "[MetadataSource] following the metadata log of the quorum");
        self.queued.push_back(SourceEvent::Image { stamp, image: Arc::new(image) });
        self.queued.push_back(SourceEvent::CaughtUp { stamp });
        self.parts.link.store(Linked { link: quorum.link, broker_epoch });
        let log = FollowedLog { zk_migration_state: state, metadata_offset: stamp.metadata_offset, is_caught_up: true };
        self.following = Following::Log { source, log };
        self.switched();
        crash_points::hit(crash_points::BROKER_ON_LOG);
        if state == ZkMigrationState::PostMigration {
            self.close_tree().await;
        }
    }

    /// Back6, and the end of the mirror.
    async fn follow_tree_if_due(&mut self) {
        let Following::Log { log, .. } = &self.following else { return };
        if log.zk_migration_state == ZkMigrationState::PostMigration {
            return self.close_tree().await;
        }
        // A broker that rules the tree while the log says MIGRATION took what was not given back: the log stands.
        let is_given_back = log.is_caught_up && !self.parts.rules.may_follow_log(log.zk_migration_state);
        if !is_given_back || !self.tree.borrow().is_ruled_by_broker() {
            return;
        }
        let Following::Log { source, .. } = std::mem::replace(&mut self.following, Following::Nothing) else {
            unreachable!("just matched")
        };
        crash_points::hit(crash_points::BROKER_BEFORE_TREE);
        may_block(|| (self.parts.remember)(Authority::ZooKeeper));
        let _ = source.stop().await;
        // What is queued of the log is applied first: the base is the image after it.
        let mut delta = Delta::new(&self.parts.image.load().image);
        for event in self.queued.drain(..) {
            match event {
                SourceEvent::Records { records, .. } => {
                    if let Err(fault) = delta.replay_all(&records) {
                        warn!(%fault, "a metadata record does not fit");
                    }
                }
                SourceEvent::Image { image, .. } => delta.replace(&image),
                SourceEvent::CaughtUp { .. } => {}
            }
        }
        let mut base = delta.apply().0;
        base.dialect = Dialect::ZOOKEEPER;
        let pushes = RpcSource::start_again(&self.parts.inlet, &base);
        let stamp = pushes.stamp();
        info!("[MetadataSource] following the pushes of the ZooKeeper controller");
        self.queued.push_back(SourceEvent::Image { stamp, image: Arc::new(base) });
        self.queued.push_back(SourceEvent::CaughtUp { stamp });
        let (link, value) = self.parts.tree.link();
        self.parts.link.store(Linked { link, broker_epoch: BrokerEpoch { authority: Authority::ZooKeeper, value } });
        // A registration that was answered in between found the other authority here.
        self.parts.link.registered(Authority::ZooKeeper, self.parts.tree.link().1);
        let observed = self.parts.quorum.borrow().as_ref().map(|quorum| Box::new(Observed::new((quorum.observe)())));
        self.following = Following::ZooKeeper { pushes, observed };
        self.switched();
        crash_points::hit(crash_points::BROKER_ON_TREE);
        self.parts.tree.follow_again().await;
    }

    fn switched(&self) {
        self.parts.progress.set_blocked(Vec::new());
        self.parts.progress.switches.fetch_add(1, Ordering::AcqRel);
    }

    async fn close_tree(&mut self) {
        if !std::mem::replace(&mut self.is_tree_closed, true) {
            info!("[MetadataSource] the move is final: leaving ZooKeeper");
            self.parts.tree.close().await;
        }
    }
}

/// ZkMigrationState at the present end of a log; none if no voter answers in time.
pub async fn log_state(source: Box<dyn MetadataSource>, patience: Duration) -> Option<ZkMigrationState> {
    let mut observed = Observed::new(source);
    let caught_up = async {
        while !observed.is_caught_up {
            let event = observed.source.next().await;
            observed.take_in(event);
        }
    };
    timeout(patience, caught_up).await.ok()?;
    Some(observed.image.features.zk_migration_state)
}

/// The next event of a log that is observed; waits for ever if none is.
async fn next_observed(observed: &mut Option<Box<Observed>>) -> SourceEvent {
    match observed {
        Some(observed) => observed.source.next().await,
        None => std::future::pending().await,
    }
}

/// A change of what the tree says; waits for ever once nobody says any more.
async fn changed(tree: &mut watch::Receiver<TreeView>) {
    if tree.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The ZkMigrationState that an event brings, if it brings one.
fn state_in(event: &SourceEvent) -> Option<ZkMigrationState> {
    use kedge_metadata_state::{Record, records::MetadataRecord};
    match event {
        SourceEvent::Records { records, .. } => records.iter().rev().find_map(|record| match record {
            Record::Metadata(MetadataRecord::ZkMigrationState(state)) => {
                ZkMigrationState::from_value(state.zk_migration_state)
            }
            _ => None,
        }),
        SourceEvent::Image { image, .. } => Some(image.features.zk_migration_state),
        SourceEvent::CaughtUp { .. } => None,
    }
}

#[async_trait]
impl MetadataSource for SwitchingSource {
    async fn next(&mut self) -> SourceEvent {
        loop {
            if let Some(event) = self.queued.pop_front() {
                return event;
            }
            if let Some(event) = self.step().await {
                return event;
            }
        }
    }

    async fn stop(self: Box<Self>) -> SourceStamp {
        match self.following {
            Following::ZooKeeper { pushes, .. } => Box::new(pushes).stop().await,
            Following::Log { source, .. } => source.stop().await,
            Following::Nothing => unreachable!("a switch always ends in a source"),
        }
    }
}

#[cfg(test)]
#[path = "switch/tests.rs"]
mod tests;
