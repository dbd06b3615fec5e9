//! [`ZooKeeperMemberImpl`]: what a ZooKeeper-mode broker that does not rule does in the tree.
//!
//! A task owns the session. When it ends, another is opened and the broker hears [`Notice::SessionRenewed`]: it registers
//! again, and the controller and all configs are told anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use kedge_metadata_state::{
    Record,
    image::{ConfigResource, ConfigResourceType},
    records::{ConfigRecord, MetadataRecord},
};
use kedge_metadata_store::{
    CommitError, ConsumerPartition, ControllerZnode, MemberError, Notice, Notices, Outcome, Position, Registration,
    Unit, ZooKeeperMember,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    consumer_offsets,
    executor::{ExecuteError, execute},
    plan::{Plan, ZNODE_BYTES_MAX},
    reader::{Armed, Reader},
    store::now_ms,
    tree::{self, Tree},
    zk::{CreateKind, Op, OpResult, Zk, ZkConnector, ZkError, ZkEvent, ZkEvents},
    znodes,
};

/// Pause between attempts.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Longest wait for a session before a call says that ZooKeeper is unavailable.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a config write is tried again because somebody else wrote the same entity.
const WRITES_MAX: usize = 10;

/// A broker that does not rule, in a session of its own.
#[derive(Debug)]
pub struct ZooKeeperMemberImpl {
    commands: mpsc::Sender<Command>,
}

#[derive(Debug)]
enum Command {
    Register(Registration, oneshot::Sender<Result<i64, MemberError>>),
    ClusterId(String, oneshot::Sender<Result<String, MemberError>>),
    Notices(oneshot::Sender<Notices>),
    TopicConfigs(Vec<String>, oneshot::Sender<Vec<Record>>),
    Controller(oneshot::Sender<Result<ControllerZnode, MemberError>>),
    ConsumerOffset(ConsumerPartition, oneshot::Sender<Result<Option<i64>, MemberError>>),
    SetConsumerOffset(ConsumerPartition, i64, oneshot::Sender<Result<(), MemberError>>),
    Write(Vec<Unit>, oneshot::Sender<Result<Vec<Outcome>, CommitError>>),
}

impl ZooKeeperMemberImpl {
    /// Starts the member's task, which opens a session at once. It ends, and closes the session, with the last handle.
    pub fn open(connector: Arc<dyn ZkConnector>) -> ZooKeeperMemberImpl {
        let (commands, receiver) = mpsc::channel(64);
        let actor = Actor {
            connector,
            session: None,
            old_sessions: BTreeSet::new(),
            armed: Armed::default(),
            shadow: Tree::new(),
            last_config_change: -1,
            streams: Vec::new(),
            position: 0,
        };
        tokio::spawn(actor.run(receiver));
        ZooKeeperMemberImpl { commands }
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.expect("the member's task runs as long as a handle lives");
        tokio::time::timeout(CALL_TIMEOUT, answer).await.ok()?.ok()
    }
}

/// Makes sure that the znodes exist which every broker relies on (`KafkaZkClient.createTopLevelPaths`).
pub async fn create_top_level(zk: &dyn Zk) -> Result<(), ZkError> {
    let mut paths = znodes::TOP_LEVEL.into_iter().peekable();
    while let Some(path) = paths.peek() {
        match zk.create(path, &[], CreateKind::Persistent).await {
            Ok(_) | Err(ZkError::NodeExists) => drop(paths.next()),
            // Created or not: the second attempt tells, once the connection is back.
            Err(ZkError::Unknown(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[async_trait]
impl ZooKeeperMember for ZooKeeperMemberImpl {
    async fn register(&self, registration: Registration) -> Result<i64, MemberError> {
        let registered = self.ask(|reply| Command::Register(registration, reply)).await;
        registered.unwrap_or_else(|| Err(MemberError::Unavailable("no session".to_owned())))
    }

    async fn cluster_id(&self, proposed: &str) -> Result<String, MemberError> {
        let cluster_id = self.ask(|reply| Command::ClusterId(proposed.to_owned(), reply)).await;
        cluster_id.unwrap_or_else(|| Err(MemberError::Unavailable("no session".to_owned())))
    }

    async fn notices(&self) -> Result<Notices, MemberError> {
        let notices = self.ask(Command::Notices).await;
        notices.ok_or_else(|| MemberError::Unavailable("no session".to_owned()))
    }

    async fn topic_configs(&self, topic_names: Vec<String>) -> Vec<Record> {
        let records = self.ask(|reply| Command::TopicConfigs(topic_names, reply)).await;
        records.unwrap_or_else(|| {
            tracing::warn!("topic configs cannot be read: no ZooKeeper session");
            Vec::new()
        })
    }

    async fn controller(&self) -> Result<ControllerZnode, MemberError> {
        let controller = self.ask(Command::Controller).await;
        controller.unwrap_or_else(|| Err(MemberError::Unavailable("no session".to_owned())))
    }

    async fn consumer_offset(&self, partition: &ConsumerPartition) -> Result<Option<i64>, MemberError> {
        let offset = self.ask(|reply| Command::ConsumerOffset(partition.clone(), reply)).await;
        offset.unwrap_or_else(|| Err(MemberError::Unavailable("no session".to_owned())))
    }

    async fn set_consumer_offset(&self, partition: &ConsumerPartition, offset: i64) -> Result<(), MemberError> {
        let set = self.ask(|reply| Command::SetConsumerOffset(partition.clone(), offset, reply)).await;
        set.unwrap_or_else(|| Err(MemberError::Unavailable("no session".to_owned())))
    }

    async fn write(&self, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(Command::Write(units, reply))
            .await
            .expect("the member's task runs as long as a handle lives");
        // No time limit: giving up on a write would not cancel it.
        answer.await.expect("the member's task answers every command")
    }
}

struct Actor {
    connector: Arc<dyn ZkConnector>,
    session: Option<(Arc<dyn Zk>, ZkEvents)>,
    /// Sessions of this process that ended. Their ephemerals may outlive them on the servers.
    old_sessions: BTreeSet<i64>,
    armed: Armed,
    /// `/controller`, the configs of topics and brokers, and the notices, as last read.
    shadow: Tree,
    last_config_change: i32,
    streams: Vec<mpsc::UnboundedSender<Notice>>,
    position: i64,
}

impl Actor {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            if self.session.is_none() {
                // Commands wait meanwhile; their callers' patience is theirs.
                match self.connector.connect().await {
                    Ok(session) => self.session_opened(session).await,
                    Err(error) => {
                        tracing::warn!(%error, "no ZooKeeper session yet");
                        tokio::time::sleep(RETRY_PAUSE).await;
                    }
                }
                if commands.is_closed() && commands.is_empty() {
                    break;
                }
                continue;
            }
            let (_, events) = self.session.as_mut().expect("checked above");
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.handle(command).await,
                    None => break,
                },
                event = events.recv() => self.handle_event(event.unwrap_or(ZkEvent::SessionOver)).await,
            }
        }
        if let Some((zk, _)) = self.session {
            zk.close().await;
        }
    }

    fn zk(&self) -> Result<Arc<dyn Zk>, ZkError> {
        self.session.as_ref().map(|(zk, _)| zk.clone()).ok_or(ZkError::SessionOver)
    }

    fn present_session(&self) -> Result<Arc<dyn Zk>, MemberError> {
        self.zk().map_err(|error| MemberError::Unavailable(error.to_string()))
    }

    async fn session_opened(&mut self, session: (Arc<dyn Zk>, ZkEvents)) {
        let is_renewal = !self.old_sessions.is_empty();
        self.session = Some(session);
        self.armed.clear();
        if is_renewal {
            self.tell(Notice::SessionRenewed);
            if !self.streams.is_empty() {
                self.catch_up().await;
            }
        }
    }

    async fn handle_event(&mut self, event: ZkEvent) {
        match event {
            ZkEvent::Changed(path) => {
                self.armed.fired(&path);
                if self.streams.is_empty() {
                    return;
                }
                let read = match path.as_str() {
                    znodes::CONTROLLER => self.read_controller().await,
                    znodes::CONFIG_CHANGES => self.read_config_changes().await,
                    _ => Ok(()),
                };
                if let Err(error) = read {
                    tracing::debug!(%error, path, "a change could not be read now");
                    self.catch_up().await;
                }
            }
            ZkEvent::Connected(connected) => {
                self.tell(Notice::Connected(connected));
                if connected && !self.streams.is_empty() {
                    self.catch_up().await;
                }
            }
            ZkEvent::SessionOver => {
                if let Some((zk, _)) = self.session.take() {
                    self.old_sessions.insert(zk.session_id());
                }
            }
        }
    }

    async fn handle(&mut self, command: Command) {
        match command {
            Command::Register(registration, reply) => {
                let result = self.register(&registration).await;
                let _ = reply.send(result);
            }
            Command::ClusterId(proposed, reply) => {
                let result = self.cluster_id(&proposed).await;
                let _ = reply.send(result);
            }
            Command::Notices(reply) => {
                let (sender, notices) = Notices::channel();
                // The new stream hears everything; the others only what is new to them.
                self.shadow = Tree::new();
                self.last_config_change = -1;
                self.streams.push(sender);
                self.catch_up().await;
                let _ = reply.send(notices);
            }
            Command::TopicConfigs(topic_names, reply) => {
                let records = self.topic_configs(&topic_names).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "topic configs cannot be read");
                    Vec::new()
                });
                let _ = reply.send(records);
            }
            Command::Controller(reply) => {
                let _ = reply.send(self.controller().await);
            }
            Command::ConsumerOffset(partition, reply) => {
                let result = match self.present_session() {
                    Ok(zk) => consumer_offsets::read(&*zk, &partition).await,
                    Err(error) => Err(error),
                };
                let _ = reply.send(result);
            }
            Command::SetConsumerOffset(partition, offset, reply) => {
                let result = match self.present_session() {
                    Ok(zk) => consumer_offsets::write(&*zk, &partition, offset).await,
                    Err(error) => Err(error),
                };
                let _ = reply.send(result);
            }
            Command::Write(units, reply) => {
                let result = self.write(units).await;
                let _ = reply.send(result);
            }
        }
    }

    // ---- registration -------------------------------------------------------------------------------------------------

    async fn cluster_id(&mut self, proposed: &str) -> Result<String, MemberError> {
        let unavailable = |error: ZkError| MemberError::Unavailable(error.to_string());
        let zk = self.zk().map_err(unavailable)?;
        create_top_level(&*zk).await.map_err(unavailable)?;
        loop {
            match zk.get(znodes::CLUSTER_ID, false).await {
                Ok((data, _)) => {
                    let bad = |problem| MemberError::Bad(format!("{}: {problem}", znodes::CLUSTER_ID));
                    return znodes::decode_cluster_id(&data).map_err(bad);
                }
                Err(ZkError::NoNode) => {}
                Err(error) => return Err(unavailable(error)),
            }
            // Many brokers may try; the one that is first decides for all.
            match zk.create(znodes::CLUSTER_ID, &znodes::encode_cluster_id(proposed), CreateKind::Persistent).await {
                Ok(_) | Err(ZkError::NodeExists | ZkError::Unknown(_)) => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
    }

    async fn register(&mut self, registration: &Registration) -> Result<i64, MemberError> {
        let unavailable = |error: ZkError| MemberError::Unavailable(error.to_string());
        let zk = self.zk().map_err(unavailable)?;
        create_top_level(&*zk).await.map_err(unavailable)?;
        let broker_id = registration.broker.broker_id;
        let path = znodes::broker_path(broker_id);
        let data = znodes::encode_broker(registration, now_ms());
        loop {
            match create_registration(&*zk, &path, &data).await {
                Ok(broker_epoch) => return Ok(broker_epoch),
                Err(ZkError::NodeExists | ZkError::Unknown(_)) => {}
                Err(error) => return Err(unavailable(error)),
            }
            let (present, stat) = match zk.get(&path, false).await {
                Ok(node) => node,
                Err(ZkError::NoNode) => continue,
                Err(error) => return Err(unavailable(error)),
            };
            if stat.ephemeral_owner == zk.session_id() {
                // Ours, or an attempt of ours whose reply was lost: make sure that it says what was asked.
                match zk
                    .multi(vec![Op::set(&path, data.clone(), Some(stat.zk_version))])
                    .await
                    .map_err(|error| error.error)
                {
                    Ok(_) => return Ok(stat.czxid),
                    Err(ZkError::BadVersion | ZkError::NoNode | ZkError::Unknown(_)) => continue,
                    Err(error) => return Err(unavailable(error)),
                }
            }
            if !self.old_sessions.contains(&stat.ephemeral_owner) {
                let present = znodes::decode_broker(broker_id, stat.czxid, &present);
                return Err(MemberError::AlreadyRegistered {
                    broker_id,
                    owner_session: stat.ephemeral_owner,
                    own_session: zk.session_id(),
                    is_former_self: present.is_ok_and(|present| present.listeners() == registration.listeners()),
                });
            }
            // Our old session's: it ended by our clock and not yet by the servers'.
            match zk.multi(vec![Op::delete(&path, Some(stat.zk_version))]).await.map_err(|error| error.error) {
                Ok(_) | Err(ZkError::NoNode | ZkError::BadVersion | ZkError::Unknown(_)) => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
    }

    // ---- notices ------------------------------------------------------------------------------------------------------

    /// Tells what differs from what was told, until a whole pass succeeds or the session is over.
    async fn catch_up(&mut self) {
        loop {
            let read = match self.read_controller().await {
                Ok(()) => self.read_all_configs().await,
                Err(error) => Err(error),
            };
            match read {
                Ok(()) | Err(ZkError::SessionOver) => return,
                // The session's next state comes as an event; a pass at that time does it.
                Err(ZkError::NotConnected) => return,
                Err(error) => {
                    tracing::debug!(%error, "configs could not be read; again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    async fn read_controller(&mut self) -> Result<(), ZkError> {
        let zk = self.zk()?;
        let before = self.shadow.get(znodes::CONTROLLER).cloned();
        let is_first = !self.shadow.contains("/");
        let mut reader = Reader { zk: &zk, armed: Some(&mut self.armed) };
        reader.read_paths(&mut self.shadow, &[(znodes::CONTROLLER.to_owned(), true)]).await?;
        if is_first || before.as_ref() != self.shadow.get(znodes::CONTROLLER) {
            // The root stands for "the controller has been told once".
            self.shadow.insert("/", Vec::new(), Default::default());
            match tree::read_controller(&self.shadow) {
                Ok(controller) => self.tell(Notice::Controller(controller)),
                Err(problem) => tracing::warn!(problem, "/controller cannot be read"),
            }
        }
        Ok(())
    }

    /// The notices that are there are old news: every entity is read.
    async fn read_all_configs(&mut self) -> Result<(), ZkError> {
        let zk = self.zk()?;
        let mut reader = Reader { zk: &zk, armed: Some(&mut self.armed) };
        let notices = reader.list(znodes::CONFIG_CHANGES).await?;
        let mut found = Tree::new();
        for parent in [znodes::TOPIC_CONFIGS, znodes::BROKER_CONFIGS] {
            reader.walk(&mut found, parent).await?;
        }
        self.last_config_change = notices.iter().filter_map(|name| znodes::sequence_number(name)).max().unwrap_or(-1);
        let mut paths: BTreeSet<String> = found.iter().map(|(path, _)| path.clone()).collect();
        for parent in [znodes::TOPIC_CONFIGS, znodes::BROKER_CONFIGS] {
            paths.extend(self.shadow.below(parent));
        }
        let mut records = Vec::new();
        for path in paths {
            self.take_config(&path, found.get(&path).map(|node| (node.data.clone(), node.stat)), &mut records);
        }
        if !records.is_empty() {
            self.tell(Notice::Configs(records));
        }
        Ok(())
    }

    async fn read_config_changes(&mut self) -> Result<(), ZkError> {
        let zk = self.zk()?;
        let last = self.last_config_change;
        let mut reader = Reader { zk: &zk, armed: Some(&mut self.armed) };
        let names = reader.list(znodes::CONFIG_CHANGES).await?;
        let fresh: Vec<(i32, String)> = names
            .iter()
            .filter_map(|name| Some((znodes::sequence_number(name)?, format!("{}/{name}", znodes::CONFIG_CHANGES))))
            .filter(|(number, _)| *number > last)
            .collect();
        let mut notices = Tree::new();
        let paths: Vec<(String, bool)> = fresh.iter().map(|(_, path)| (path.clone(), false)).collect();
        reader.read_paths(&mut notices, &paths).await?;
        let entities: BTreeSet<String> =
            notices.iter().filter_map(|(_, node)| znodes::decode_config_change(&node.data)).collect();
        let resources = entities.iter().filter_map(|entity| znodes::config_resource(entity));
        let paths: Vec<(String, bool)> =
            resources.filter_map(|resource| Some((znodes::config_path(&resource)?, false))).collect();
        let mut found = Tree::new();
        reader.read_paths(&mut found, &paths).await?;
        self.last_config_change = fresh.iter().map(|(number, _)| *number).max().unwrap_or(last);
        let mut records = Vec::new();
        for (path, _) in paths {
            self.take_config(&path, found.get(&path).map(|node| (node.data.clone(), node.stat)), &mut records);
        }
        if !records.is_empty() {
            self.tell(Notice::Configs(records));
        }
        Ok(())
    }

    /// An entity as it was read now: the records that lead there from what was told, and what is known from here on.
    fn take_config(&mut self, path: &str, found: Option<(Vec<u8>, crate::zk::Stat)>, records: &mut Vec<Record>) {
        let Some(resource) = path.strip_prefix("/config/").and_then(znodes::config_resource) else { return };
        let known = self.shadow.get(path).map(|node| node.data.clone()).unwrap_or_default();
        let known = znodes::decode_config(&known).unwrap_or_default();
        let data = found.as_ref().map(|(data, _)| data.as_slice()).unwrap_or_default();
        let config = match znodes::decode_config(data) {
            Ok(config) => config,
            Err(problem) => return tracing::warn!(path, problem, "configs cannot be read; the last good ones stay"),
        };
        for (key, value) in &config {
            if known.get(key) != Some(value) {
                records.push(config_record(&resource, key, Some(value.clone())));
            }
        }
        records.extend(
            known.keys().filter(|key| !config.contains_key(*key)).map(|key| config_record(&resource, key, None)),
        );
        match found {
            Some((data, stat)) => self.shadow.insert(path, data, stat),
            None => self.shadow.remove(path),
        }
    }

    /// Absolute overrides of topics. What is answered here counts as told: a later notice that takes a key away says so.
    async fn topic_configs(&mut self, topic_names: &[String]) -> Result<Vec<Record>, ZkError> {
        let zk = self.zk()?;
        let path_of = |name: &String| (format!("{}/{name}", znodes::TOPIC_CONFIGS), false);
        let paths: Vec<(String, bool)> = topic_names.iter().map(path_of).collect();
        let mut found = Tree::new();
        Reader { zk: &zk, armed: None }.read_paths(&mut found, &paths).await?;
        let mut records = Vec::new();
        for (path, _) in paths {
            self.shadow.remove(&path);
            let node = found.get(&path).map(|node| (node.data.clone(), node.stat));
            self.take_config(&path, node, &mut records);
        }
        Ok(records)
    }

    async fn controller(&mut self) -> Result<ControllerZnode, MemberError> {
        let unavailable = |error: ZkError| MemberError::Unavailable(error.to_string());
        let zk = self.zk().map_err(unavailable)?;
        zk.sync().await.map_err(unavailable)?;
        let mut found = Tree::new();
        let paths = [(znodes::CONTROLLER.to_owned(), false)];
        Reader { zk: &zk, armed: None }.read_paths(&mut found, &paths).await.map_err(unavailable)?;
        tree::read_controller(&found).map_err(|problem| MemberError::Bad(format!("{}: {problem}", znodes::CONTROLLER)))
    }

    fn tell(&mut self, notice: Notice) {
        self.streams.retain(|stream| stream.send(notice.clone()).is_ok());
    }

    // ---- writes -------------------------------------------------------------------------------------------------------

    async fn write(&mut self, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        let mut outcomes = Vec::with_capacity(units.len());
        for unit in units {
            match self.write_unit(&unit).await {
                Ok(outcome) => outcomes.push(outcome),
                Err(CommitError::Unavailable(cause)) if !outcomes.is_empty() => {
                    return Err(CommitError::Unknown { from_unit: outcomes.len(), cause });
                }
                Err(CommitError::Unknown { cause, .. }) => {
                    return Err(CommitError::Unknown { from_unit: outcomes.len(), cause });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(outcomes)
    }

    /// Configs only: read, merged, written at the version read, under a check that no quorum has claimed the cluster.
    async fn write_unit(&mut self, unit: &Unit) -> Result<Outcome, CommitError> {
        let mut changes: BTreeMap<ConfigResource, Vec<&ConfigRecord>> = BTreeMap::new();
        for record in &unit.records {
            match config_change(record) {
                Some((resource, change)) => changes.entry(resource).or_default().push(change),
                None => return Ok(Outcome::NotHeld(Box::new(record.clone()))),
            }
        }
        let unavailable = |error: ZkError| CommitError::Unavailable(error.to_string());
        let zk = self.zk().map_err(unavailable)?;
        for _ in 0..WRITES_MAX {
            // The epoch first: a claim after this read changes it, one before shows in `/controller`.
            let (_, epoch_stat) = match zk.get(znodes::CONTROLLER_EPOCH, false).await {
                Ok(found) => found,
                Err(ZkError::NoNode) => return Err(CommitError::Fenced),
                Err(error) => return Err(unavailable(error)),
            };
            let mut present = Tree::new();
            let mut paths = vec![(znodes::CONTROLLER.to_owned(), false)];
            for resource in changes.keys() {
                paths.extend(znodes::config_path(resource).map(|path| (path, false)));
                if resource.resource_type == ConfigResourceType::Topic {
                    paths.push((znodes::topic_path(&resource.resource_name), false));
                }
            }
            Reader { zk: &zk, armed: None }.read_paths(&mut present, &paths).await.map_err(unavailable)?;
            match tree::read_controller(&present) {
                Ok(controller) if controller.controller_id.is_some() && controller.kraft_controller_epoch < 0 => {}
                // A quorum rules, or nobody does: not ours to write now.
                _ => return Err(CommitError::Fenced),
            }
            let mut ops = Vec::new();
            for (resource, changes) in &changes {
                match config_ops(&present, resource, changes) {
                    Ok(more) => ops.extend(more),
                    Err(outcome) => return Ok(outcome),
                }
            }
            let fence = [(znodes::CONTROLLER_EPOCH.to_owned(), epoch_stat.zk_version)];
            let plan = Plan { stages: vec![vec![ops]] };
            match execute(&zk, &fence, plan, &mut present).await {
                Ok(()) => {
                    self.position += 1;
                    return Ok(Outcome::Committed(Position(self.position)));
                }
                // Somebody wrote the entity, or another controller was elected: look again.
                Err((ExecuteError::Stale(_) | ExecuteError::Fenced, _)) => {}
                Err((ExecuteError::Unavailable(cause), false)) => return Err(CommitError::Unavailable(cause)),
                Err((ExecuteError::Unavailable(cause) | ExecuteError::Unknown(cause), _)) => {
                    return Err(CommitError::Unknown { from_unit: 0, cause });
                }
            }
        }
        Err(CommitError::Unavailable("the entity keeps changing".to_owned()))
    }
}

/// Creates the ephemeral as Kafka does, create and set in one multi; the set's Stat has the czxid on every server.
async fn create_registration(zk: &dyn Zk, path: &str, data: &[u8]) -> Result<i64, ZkError> {
    if !zk.creates_in_multi() {
        let (_, stat) = zk.create(path, data, CreateKind::Ephemeral).await?;
        if stat.czxid > 0 {
            return Ok(stat.czxid);
        }
        return Ok(zk.exists(path, false).await?.ok_or(ZkError::NoNode)?.czxid);
    }
    let ops = vec![Op::create_ephemeral(path, Vec::new()), Op::set(path, data, Some(0))];
    let results = zk.multi(ops).await.map_err(|error| error.error)?;
    match results.get(1) {
        Some(OpResult::Set(stat)) => Ok(stat.czxid),
        other => unreachable!("the second operation is a set: {other:?}"),
    }
}

fn config_change(record: &Record) -> Option<(ConfigResource, &ConfigRecord)> {
    let Record::Metadata(MetadataRecord::Config(change)) = record else { return None };
    let resource_type = ConfigResourceType::from_code(change.resource_type)?;
    let resource = ConfigResource { resource_type, resource_name: change.resource_name.clone() };
    znodes::config_path(&resource).map(|_| (resource, change))
}

fn config_ops(present: &Tree, resource: &ConfigResource, changes: &[&ConfigRecord]) -> Result<[Op; 2], Outcome> {
    let entity = znodes::config_entity(resource).expect("checked when the unit was taken apart");
    let path = format!("/config/{entity}");
    let is_topic = resource.resource_type == ConfigResourceType::Topic;
    if is_topic && !present.contains(&znodes::topic_path(&resource.resource_name)) {
        return Err(Outcome::Conflict { now: Vec::new() });
    }
    let mut config = tree::read_config(present, resource).unwrap_or_default();
    for change in changes {
        match &change.value {
            Some(value) => config.insert(change.name.clone(), value.clone()),
            None => config.remove(&change.name),
        };
    }
    let data = znodes::encode_config(&config);
    if data.len() > ZNODE_BYTES_MAX {
        return Err(Outcome::TooLarge);
    }
    let write = match present.zk_version(&path) {
        Some(zk_version) => Op::set(path, data, Some(zk_version)),
        None => Op::create(path, data),
    };
    let notice = Op::Create {
        path: znodes::CONFIG_CHANGE_PREFIX.to_owned(),
        data: znodes::encode_config_change(&entity),
        kind: CreateKind::PersistentSequential,
    };
    Ok([write, notice])
}

fn config_record(resource: &ConfigResource, name: &str, value: Option<String>) -> Record {
    let record = ConfigRecord {
        resource_type: resource.resource_type as i8,
        resource_name: resource.resource_name.clone(),
        name: name.to_owned(),
        value,
    };
    MetadataRecord::Config(record).into()
}
