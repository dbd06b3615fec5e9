//! [`ZooKeeperStore`]: the contract on Kafka's tree.
//!
//! One task per store owns the session, the shadow and the image, and serves one call or one burst of events after the
//! other; the store itself is a handle that sends it commands. That is what "one call in flight per reign" and "no write
//! after `resign`" rest on. When a session ends the task opens another, reads everything again and tells every stream a
//! [`Observed::Reset`].
//!
//! - `claim.rs`: an attempt at `/controller`.
//! - `observe.rs`: watches that fired, into absolute records and events.
//! - `commit.rs`: units, into fenced multis.

mod claim;
mod commit;
mod observe;

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use kedge_metadata_state::{
    BrokerId, Delta, Dialect, Image, Record, SidecarRecord, TopicId,
    diff::{DiffScope, diff},
    image::{ConfigResourceType, topics::DIRECTORY_MIGRATING},
    records::MetadataRecord,
};
use kedge_metadata_store::{
    CampaignError, Candidate, ClaimError, CommitError, Fence, Held, LoadError, MetadataStore, Observations, Observed,
    Outcome, Position, Reign, StoreFence, Takeover, Unit,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use self::claim::{Claim, claim};
use crate::{
    executor::FenceCheck,
    plan,
    reader::{Armed, Reader},
    takeover,
    tree::{self, Tree},
    zk::{Op, Zk, ZkConnector, ZkError, ZkEvent, ZkEvents},
    znodes,
};

/// Pause between attempts to open a session, to reload, or to resign.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Longest wait of a load for a session.
const LOAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest attempt to give `/controller` back; after it the session is closed, which does the same.
const RESIGN_TIMEOUT: Duration = Duration::from_secs(10);

/// The metadata store on ZooKeeper, as one broker process has it.
#[derive(Debug)]
pub struct ZooKeeperStore {
    commands: mpsc::Sender<Command>,
}

#[derive(Debug)]
enum Command {
    Load(oneshot::Sender<Result<Loaded, LoadError>>),
    Campaign(Candidate, oneshot::Sender<Result<Reign, CampaignError>>),
    Commit(FenceKey, Vec<Unit>, oneshot::Sender<Result<Vec<Outcome>, CommitError>>),
    Resign(FenceKey, oneshot::Sender<()>),
    HighestStamp(oneshot::Sender<Result<i32, LoadError>>),
    TakeOver(BrokerId, i32, oneshot::Sender<Result<Reign, ClaimError>>),
}

type Loaded = (Arc<Image>, Position, Observations);

/// A topic's id by its name, as the process last heard of it.
pub type KnownTopicIds = Arc<dyn Fn(&str) -> Option<TopicId> + Send + Sync>;

/// A reign as it travels to the task: (controller epoch, dataVersion of `/controller_epoch`).
type FenceKey = (i32, i32);

impl ZooKeeperStore {
    /// Starts the store's task, which opens a session at once. It ends, and closes the session, with the last handle.
    pub fn open(connector: Arc<dyn ZkConnector>) -> ZooKeeperStore {
        ZooKeeperStore::open_knowing(connector, Arc::new(|_| None))
    }

    /// As [`Self::open`], with what the process knows of topics otherwise: a tool of before 2.8 that adds partitions wipes a
    /// topic's id, and where the controller died too, its successor must not invent another one, since the replicas' logs
    /// carry the first.
    pub fn open_knowing(connector: Arc<dyn ZkConnector>, known_ids: KnownTopicIds) -> ZooKeeperStore {
        let (commands, receiver) = mpsc::channel(64);
        tokio::spawn(Actor::new(connector, known_ids).run(receiver));
        ZooKeeperStore { commands }
    }

    /// Highest controller epoch in any `state` znode, −1 if there is none: what a take-over has to rise above. Reads every
    /// `state` once.
    pub async fn highest_stamp(&self) -> Result<i32, LoadError> {
        match tokio::time::timeout(LOAD_TIMEOUT, self.ask(Command::HighestStamp)).await {
            Ok(highest_stamp) => highest_stamp,
            Err(_) => Err(LoadError::Unavailable(format!("no session within {LOAD_TIMEOUT:?}"))),
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> T {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.expect("the store's task runs as long as a handle lives");
        answer.await.expect("the store's task answers every command")
    }
}

/// How faithfully Kafka's tree keeps a record.
pub fn can_hold(record: &Record) -> Held {
    match record {
        Record::Metadata(record) => match record {
            MetadataRecord::Topic(_) | MetadataRecord::RemoveTopic(_) | MetadataRecord::ProducerIds(_) => Held::Exactly,
            MetadataRecord::Partition(partition) => {
                let directories = &partition.directories;
                lossy([
                    (directories.iter().any(|directory| *directory != DIRECTORY_MIGRATING), "Directories"),
                    (partition.eligible_leader_replicas.is_some(), "EligibleLeaderReplicas"),
                    (partition.last_known_elr.is_some(), "LastKnownElr"),
                ])
            }
            MetadataRecord::PartitionChange(change) => lossy([
                (change.directories.is_some(), "Directories"),
                (change.eligible_leader_replicas.is_some(), "EligibleLeaderReplicas"),
                (change.last_known_elr.is_some(), "LastKnownElr"),
            ]),
            MetadataRecord::Config(config) => match ConfigResourceType::from_code(config.resource_type) {
                Some(ConfigResourceType::Topic | ConfigResourceType::Broker) => Held::Exactly,
                _ => Held::No,
            },
            // Registrations are the brokers' own ephemerals, never a commit: a controller keeps them in its image alone.
            _ => Held::No,
        },
        Record::Sidecar(SidecarRecord::TopicDeletionQueued { .. } | SidecarRecord::TopicDeletionFinished { .. }) => {
            Held::Exactly
        }
        Record::Sidecar(SidecarRecord::Migration(_)) => Held::No,
    }
}

fn lossy<const N: usize>(fields: [(bool, &'static str); N]) -> Held {
    let lost: Vec<&'static str> = fields.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, name)| name).collect();
    if lost.is_empty() { Held::Exactly } else { Held::Lossy(lost) }
}

#[async_trait]
impl MetadataStore for ZooKeeperStore {
    fn can_hold(&self, record: &Record) -> Held {
        can_hold(record)
    }

    async fn load(&self) -> Result<Loaded, LoadError> {
        match tokio::time::timeout(LOAD_TIMEOUT, self.ask(Command::Load)).await {
            Ok(loaded) => loaded,
            Err(_) => Err(LoadError::Unavailable(format!("no session within {LOAD_TIMEOUT:?}"))),
        }
    }

    async fn campaign(&self, candidate: Candidate) -> Result<Reign, CampaignError> {
        self.ask(|reply| Command::Campaign(candidate, reply)).await
    }

    async fn commit(&self, fence: Fence<'_>, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        // A broker that does not rule writes through its ZooKeeperMember; under a foreign fence nothing applies here.
        let Fence::Reign(Reign { controller_epoch, fence: StoreFence::ZooKeeper { controller_epoch_zk_version } }) =
            fence
        else {
            return Err(CommitError::Fenced);
        };
        let key = (*controller_epoch, *controller_epoch_zk_version);
        self.ask(|reply| Command::Commit(key, units, reply)).await
    }

    async fn resign(&self, reign: Reign) {
        if let StoreFence::ZooKeeper { controller_epoch_zk_version } = reign.fence {
            let key = (reign.controller_epoch, controller_epoch_zk_version);
            self.ask(|reply| Command::Resign(key, reply)).await;
        }
    }
}

#[async_trait]
impl Takeover for ZooKeeperStore {
    async fn take_over(&self, broker_id: BrokerId, highest_stamp: i32) -> Result<Reign, ClaimError> {
        self.ask(|reply| Command::TakeOver(broker_id, highest_stamp, reply)).await
    }
}

type Session = (Arc<dyn Zk>, ZkEvents);

/// The task behind a store.
struct Actor {
    connector: Arc<dyn ZkConnector>,
    known_ids: KnownTopicIds,
    zk: Option<Arc<dyn Zk>>,
    events: Option<ZkEvents>,
    connecting: Option<JoinHandle<Session>>,
    armed: Armed,
    shadow: Tree,
    image: Image,
    /// The shadow and the image hold what was read; false before the first load and after a session's end.
    loaded: bool,
    position: i64,
    streams: Vec<mpsc::UnboundedSender<Observed>>,
    reign: Option<FenceKey>,
    /// The reign for which the tree was tidied up.
    tidied: Option<FenceKey>,
    campaigns: Vec<(Candidate, oneshot::Sender<Result<Reign, CampaignError>>)>,
    /// Loads that wait for a session.
    loads: Vec<oneshot::Sender<Result<Loaded, LoadError>>>,
    /// Number of the last config change notice that was handled.
    last_config_change: i32,
}

impl Actor {
    fn new(connector: Arc<dyn ZkConnector>, known_ids: KnownTopicIds) -> Actor {
        Actor {
            connector,
            known_ids,
            zk: None,
            events: None,
            connecting: None,
            armed: Armed::default(),
            shadow: Tree::new(),
            image: Image::empty(Dialect::ZOOKEEPER),
            loaded: false,
            position: 0,
            streams: Vec::new(),
            reign: None,
            tidied: None,
            campaigns: Vec::new(),
            loads: Vec::new(),
            last_config_change: -1,
        }
    }

    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            if self.zk.is_none() && self.connecting.is_none() {
                self.connecting = Some(tokio::spawn(open_session(self.connector.clone())));
            }
            let unsettled =
                self.zk.is_some() && (!self.campaigns.is_empty() || (!self.loaded && !self.streams.is_empty()));
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.handle(command).await,
                    None => break,
                },
                session = finished(&mut self.connecting) => self.session_opened(session).await,
                event = next_event(&mut self.events) => self.handle_events(event).await,
                () = tokio::time::sleep(RETRY_PAUSE), if unsettled => self.settle().await,
            }
        }
        if let Some(connecting) = self.connecting {
            connecting.abort();
        }
        if let Some(zk) = self.zk {
            zk.close().await;
        }
    }

    async fn handle(&mut self, command: Command) {
        match command {
            Command::Load(reply) if self.zk.is_none() => self.loads.push(reply),
            Command::Load(reply) => self.load(reply).await,
            Command::Campaign(candidate, reply) => {
                self.campaigns.push((candidate, reply));
                self.try_campaigns().await;
            }
            Command::Commit(key, units, reply) => {
                let outcomes = self.commit(key, units).await;
                let _ = reply.send(outcomes);
            }
            Command::Resign(key, reply) => {
                if self.reign == Some(key) {
                    self.resign(key).await;
                }
                let _ = reply.send(());
            }
            Command::HighestStamp(reply) => {
                let _ = reply.send(self.highest_stamp().await);
            }
            Command::TakeOver(broker_id, highest_stamp, reply) => {
                let _ = reply.send(self.take_over(broker_id, highest_stamp).await);
            }
        }
    }

    /// Not from the shadow: the states may have been stamped by a quorum since, and a `state` is not watched.
    async fn highest_stamp(&mut self) -> Result<i32, LoadError> {
        let unavailable = |error: ZkError| LoadError::Unavailable(error.to_string());
        let zk = self.zk.clone().ok_or(LoadError::Unavailable("no session".to_owned()))?;
        zk.sync().await.map_err(unavailable)?;
        let mut found = Tree::new();
        let mut reader = Reader { zk: &zk, armed: None };
        let topic_names = reader.list(znodes::TOPICS).await.map_err(unavailable)?;
        reader.read_topics(&mut found, &topic_names).await.map_err(unavailable)?;
        Ok(tree::highest_stamp(&found))
    }

    async fn take_over(&mut self, broker_id: BrokerId, highest_stamp: i32) -> Result<Reign, ClaimError> {
        let Some(zk) = self.zk.clone() else { return Err(ClaimError::Unavailable("no session".to_owned())) };
        let key = takeover::take_over(&zk, broker_id, highest_stamp, now_ms()).await?;
        self.reign = Some(key);
        let fence = StoreFence::ZooKeeper { controller_epoch_zk_version: key.1 };
        Ok(Reign { controller_epoch: key.0, fence })
    }

    async fn session_opened(&mut self, (zk, events): Session) {
        self.zk = Some(zk);
        self.events = Some(events);
        self.armed.clear();
        self.settle().await;
        for reply in std::mem::take(&mut self.loads) {
            self.load(reply).await;
        }
    }

    /// What a new or regained session has to catch up with.
    async fn settle(&mut self) {
        if !self.loaded && !self.streams.is_empty() {
            // A failure is tried again after a pause; bad content was told to whoever loaded.
            if self.reload(false).await.is_ok() {
                let at = self.next_position();
                let image = Arc::new(self.image.clone());
                self.tell(Observed::Reset { at, image });
            }
        }
        self.try_campaigns().await;
    }

    async fn handle_events(&mut self, first: Option<ZkEvent>) {
        let mut changed = std::collections::BTreeSet::new();
        let mut next = first;
        let mut regained = false;
        loop {
            match next {
                Some(ZkEvent::Changed(path)) => {
                    self.armed.fired(&path);
                    changed.insert(path);
                }
                Some(ZkEvent::Connected(connected)) => regained = connected,
                Some(ZkEvent::SessionOver) | None => {
                    self.session_over();
                    return;
                }
            }
            // Everything that has arrived by now is one burst.
            match self.events.as_mut().map(|events| events.try_recv()) {
                Some(Ok(event)) => next = Some(event),
                _ => break,
            }
        }
        if self.loaded {
            self.refresh(changed).await;
        }
        if regained {
            self.settle().await;
        } else {
            self.try_campaigns().await;
        }
    }

    /// Everything of the session is gone: its reign first, then its watches, then what was known.
    fn session_over(&mut self) {
        if let Some((controller_epoch, _)) = self.reign.take() {
            self.tell(Observed::Deposed { controller_epoch });
        }
        self.zk = None;
        self.events = None;
        self.armed.clear();
        self.loaded = false;
    }

    fn depose(&mut self) {
        if let Some((reigned, _)) = self.reign.take() {
            let seen = self.shadow.get(znodes::CONTROLLER_EPOCH);
            let seen = seen.and_then(|node| znodes::decode_controller_epoch(&node.data).ok());
            self.tell(Observed::Deposed { controller_epoch: seen.unwrap_or(reigned).max(reigned) });
        }
    }

    // ---- load --------------------------------------------------------------------------------------------------------

    async fn load(&mut self, reply: oneshot::Sender<Result<Loaded, LoadError>>) {
        let was_loaded = self.loaded;
        let before = self.image.clone();
        let begins_reign = self.reign.is_some() && self.tidied != self.reign;
        let result = match self.reload(begins_reign).await {
            Ok(()) => {
                self.tell_differences(&before, was_loaded);
                let (events, observations) = Observations::channel();
                self.streams.push(events);
                Ok((Arc::new(self.image.clone()), Position(self.position), observations))
            }
            Err(error) => Err(error),
        };
        let is_loaded = result.is_ok();
        let _ = reply.send(result);
        if is_loaded && begins_reign {
            self.tidied = self.reign;
            self.take_up_requests().await;
        }
    }

    /// Requests that were written while nobody ruled: a new controller takes them up.
    async fn take_up_requests(&mut self) {
        if let Err(error) = self.try_take_up_requests().await {
            tracing::debug!(%error, "requests under /admin are left for later");
        }
    }

    async fn try_take_up_requests(&mut self) -> Result<(), ZkError> {
        self.admin_request(znodes::PREFERRED_ELECTION).await?;
        self.admin_request(znodes::REASSIGN_PARTITIONS).await?;
        self.drop_vain_deletions().await
    }

    /// Streams that were opened earlier hear of what this load found new.
    fn tell_differences(&mut self, before: &Image, was_loaded: bool) {
        if self.streams.is_empty() {
            return;
        }
        if !was_loaded {
            let at = self.next_position();
            let image = Arc::new(self.image.clone());
            return self.tell(Observed::Reset { at, image });
        }
        let cluster = self.image.cluster.clone();
        let mut without_brokers = self.image.clone();
        without_brokers.cluster = before.cluster.clone();
        let records = diff(before, &without_brokers, DiffScope::All);
        if !records.is_empty() {
            let at = self.next_position();
            self.tell(Observed::Batch { at, records, own: false });
        }
        self.tell_brokers(&before.cluster, &cluster);
    }

    /// Reads everything; a topic without an id gets one if this process rules. At the begin of a reign the tree is tidied
    /// up first: what a notice of before was about is then read, and what comes after is heard of.
    async fn reload(&mut self, begins_reign: bool) -> Result<(), LoadError> {
        let unavailable = |error: ZkError| LoadError::Unavailable(error.to_string());
        if begins_reign {
            self.tidy_up().await.map_err(unavailable)?;
        }
        let mut read = None;
        // The second pass reads what the first one wrote.
        for _ in 0..2 {
            let zk = self.zk.clone().ok_or(LoadError::Unavailable("no session".to_owned()))?;
            let mut reader = Reader { zk: &zk, armed: Some(&mut self.armed) };
            self.shadow = reader.read_all().await.map_err(unavailable)?;
            let tree_read = tree::read_image(&self.shadow);
            let names = tree_read.topics_without_id.clone();
            read = Some(tree_read);
            if names.is_empty() || self.reign.is_none() || !self.give_topic_ids(&names).await {
                break;
            }
        }
        let read = read.expect("at least one pass");
        if !read.bad.is_empty() {
            return Err(LoadError::Bad(read.bad));
        }
        self.image = read.image;
        self.loaded = true;
        let notices = self.shadow.children(znodes::CONFIG_CHANGES);
        let last = notices.iter().filter_map(|name| znodes::sequence_number(name)).max();
        self.last_config_change = last.unwrap_or(-1);
        Ok(())
    }

    /// Writes ids into topics that have none: the one this process knows (tools before 2.8 wipe it), else a fresh one. False
    /// if nothing was written.
    async fn give_topic_ids(&mut self, topic_names: &[String]) -> bool {
        let mut ops = Vec::new();
        for name in topic_names {
            let path = znodes::topic_path(name);
            let Some(node) = self.shadow.get(&path) else { continue };
            let Ok(mut topic) = znodes::TopicZnode::decode(&node.data) else { continue };
            let known = self.image.topics.by_name.get(name).copied().or_else(|| self.id_before_the_reign(name));
            topic.topic_id = Some(known.unwrap_or_else(random_topic_id));
            ops.push(Op::set(path, topic.encode(), Some(node.stat.zk_version)));
        }
        self.fenced_write(ops).await.is_ok()
    }

    /// A topic with a `state` had a controller, so it had an id; one without is new, whatever its name was before.
    fn id_before_the_reign(&self, topic_name: &str) -> Option<TopicId> {
        let below = self.shadow.below(&znodes::partitions_path(topic_name));
        if !below.iter().any(|path| path.ends_with("/state")) {
            return None;
        }
        (self.known_ids)(topic_name).filter(|topic_id| !self.image.topics.by_id.contains_key(topic_id))
    }

    // ---- reign -------------------------------------------------------------------------------------------------------

    async fn try_campaigns(&mut self) {
        let Some(zk) = self.zk.clone() else { return };
        self.campaigns.retain(|(_, reply)| !reply.is_closed());
        while !self.campaigns.is_empty() && self.reign.is_none() {
            let candidate = self.campaigns[0].0.clone();
            match claim(&zk, &mut self.armed, &candidate).await {
                Ok(Claim::Won(key)) => {
                    let (_, reply) = self.campaigns.remove(0);
                    self.reign = Some(key);
                    let fence = StoreFence::ZooKeeper { controller_epoch_zk_version: key.1 };
                    if reply.send(Ok(Reign { controller_epoch: key.0, fence })).is_err() {
                        self.resign(key).await;
                    }
                }
                Ok(Claim::KRaftRules(kraft_controller_epoch)) => {
                    for (_, reply) in self.campaigns.drain(..) {
                        let _ = reply.send(Err(CampaignError::KRaftRules { kraft_controller_epoch }));
                    }
                }
                Ok(Claim::Undecodable(problem)) => {
                    for (_, reply) in self.campaigns.drain(..) {
                        let _ = reply.send(Err(CampaignError::Ineligible(problem.clone())));
                    }
                }
                // The watch on `/controller`, the pause or the next session brings it up again.
                Ok(Claim::Taken) | Err(_) => return,
            }
        }
    }

    /// Deletes `/controller` under the fence. Commits go through the same session in order, so none applies after it.
    async fn resign(&mut self, key: FenceKey) {
        self.reign = None;
        let deadline = tokio::time::Instant::now() + RESIGN_TIMEOUT;
        while let Some(zk) = self.zk.clone() {
            let (path, zk_version) = fence_of(key);
            let ops = vec![Op::Check { path, zk_version }, Op::delete(znodes::CONTROLLER, None)];
            match zk.multi(ops).await {
                Err(error) if !error.error.is_definite() || error.error == ZkError::NotConnected => {
                    if tokio::time::Instant::now() > deadline {
                        zk.close().await;
                        self.session_over();
                        return;
                    }
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                // Done, or somebody else rules already.
                _ => return,
            }
        }
    }

    /// A small write of the store's own under the reign's fence, outside any unit.
    async fn fenced_write(&mut self, ops: Vec<Op>) -> Result<(), ()> {
        let (Some(zk), Some(key)) = (self.zk.clone(), self.reign) else { return Err(()) };
        let multis = ops.chunks(plan::OPS_MAX).map(<[Op]>::to_vec).collect();
        let plan = plan::Plan { stages: vec![multis] };
        crate::executor::execute(&zk, &[fence_of(key)], plan, &mut self.shadow).await.map_err(|_| ())
    }

    // ---- streams -----------------------------------------------------------------------------------------------------

    fn next_position(&mut self) -> Position {
        self.position += 1;
        Position(self.position)
    }

    fn tell(&mut self, event: Observed) {
        self.streams.retain(|stream| stream.send(event.clone()).is_ok());
    }

    /// Replays records into the image and tells the streams.
    fn publish(&mut self, records: Vec<Record>, own: bool) -> Position {
        let mut delta = Delta::new(&self.image);
        delta.replay_all(&records).expect("records made from this image and tree replay");
        self.image = delta.apply().0;
        let at = self.next_position();
        self.tell(Observed::Batch { at, records, own });
        at
    }
}

/// Wall-clock time, for the timestamps that Kafka keeps in znodes and for the age of notices.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

fn fence_of((_, zk_version): FenceKey) -> FenceCheck {
    (znodes::CONTROLLER_EPOCH.to_owned(), zk_version)
}

async fn open_session(connector: Arc<dyn ZkConnector>) -> Session {
    loop {
        match connector.connect().await {
            Ok(session) => return session,
            Err(error) => tracing::warn!(%error, "no ZooKeeper session yet"),
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

async fn finished(connecting: &mut Option<JoinHandle<Session>>) -> Session {
    let Some(handle) = connecting else { return std::future::pending().await };
    let session = handle.await.expect("opening a session does not panic and is not cancelled");
    *connecting = None;
    session
}

async fn next_event(events: &mut Option<ZkEvents>) -> Option<ZkEvent> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

/// A random topic id: not reserved, and without a leading `-`, which command lines take for an option.
fn random_topic_id() -> TopicId {
    use std::hash::{BuildHasher, RandomState};
    loop {
        // The standard library's hash seeds are the operating system's random bytes.
        let halves = [RandomState::new().hash_one(0u8), RandomState::new().hash_one(1u8)];
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&halves[0].to_be_bytes());
        bytes[8..].copy_from_slice(&halves[1].to_be_bytes());
        // Version 4, variant 1, as Java draws them.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let topic_id = TopicId::from_bytes(bytes);
        if topic_id != TopicId::ZERO && topic_id != TopicId::ONE && !topic_id.to_string().starts_with('-') {
            return topic_id;
        }
    }
}

/// What is in the tree for a broker id.
fn broker_ids(tree: &Tree) -> impl Iterator<Item = BrokerId> {
    tree.children(znodes::BROKER_IDS).into_iter().filter_map(|name| name.parse().ok())
}
