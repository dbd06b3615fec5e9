//! A node without `process.roles`: a broker on ZooKeeper, which may be armed to follow a quorum, or has moved to one already.

mod boot;
mod node;
mod session;
mod source_file;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use kedge_log::{LogManager, MetaProperties, OsFileSystem};
use kedge_metadata_state::{
    Authority, BrokerEpoch, BrokerId, Dialect, Image, MetadataVersion, Record, image::ZkMigrationState,
};
use kedge_metadata_store::{Registration, ZooKeeperMember};
use kedge_migration::switch;
use kedge_protocol::Uuid;
use kedge_zookeeper::{ZooKeeperMemberImpl, ZooKeeperStore};
use tokio::{sync::watch, task::JoinHandle};
use tracing::{info, warn};

use self::{
    node::NodeServices,
    session::{RulingStore, Sessions},
    source_file::SourceFiles,
};
use super::{
    Common, StartupError, bind,
    broker::{RunningBroker, lifecycle, open_logs, registration, stay_alive},
    serve,
};
use crate::{
    api::{
        self,
        zookeeper_mode::{SERVED_FIRST, serve_zookeeper_apis},
    },
    broker_push::{BrokerPush, DeletionFeedback, PushConfig},
    config::KafkaConfig,
    controller_api::{self, ControllerNode},
    controller_link::{
        ControllerLink,
        kraft::KRaftLink,
        none::NoLink,
        zookeeper::{TreeView, ZooKeeperLink, ZooKeeperLinkConfig},
    },
    controller_runtime::{self, ControllerConfig},
    group_coordinator::GroupCoordinator,
    metadata_publisher::Publisher,
    metadata_source::{
        MetadataSource, SourceStamp,
        join::Joiner,
        log::{LogSource, NO_LEADER, ObserverConfig},
        rpc::{HostedReplicas, RpcInlet, RpcSource, TopicConfigs},
        switch::{QuorumSide, SwitchParts, SwitchProgress, SwitchRules, SwitchingSource, TreeSide},
    },
    producer_ids::ProducerIds,
    random::random_seed,
    replica::ReplicaManager,
    services::{Broker, ImageCell, LinkCell, Linked, Published},
    settings,
};

/// Pause before what needs ZooKeeper is tried again in the background.
const TREE_BACKOFF: Duration = Duration::from_secs(1);

/// Overrides of topics, read by a member.
struct MemberConfigs(Arc<dyn ZooKeeperMember>);

#[async_trait]
impl TopicConfigs for MemberConfigs {
    async fn of_topics(&self, topic_names: Vec<String>) -> Vec<Record> {
        self.0.topic_configs(topic_names).await
    }
}

/// The rules of `migration`, for the switching source.
struct Rules {
    broker_id: BrokerId,
}

impl SwitchRules for Rules {
    fn may_follow_log(&self, zk_migration_state: ZkMigrationState) -> bool {
        switch::rules(zk_migration_state)
    }

    fn problems(&self, before: &Image, after: &Image) -> Vec<String> {
        switch::problems(self.broker_id, before, after).iter().map(ToString::to_string).collect()
    }
}

/// The tree, as the switching source drives it.
struct Tree {
    link: Arc<ZooKeeperLink>,
    member: Arc<dyn ZooKeeperMember>,
    cell: Arc<LinkCell>,
    inlet: RpcInlet,
    sessions: Arc<Sessions>,
    following: Mutex<Option<JoinHandle<()>>>,
}

#[async_trait]
impl TreeSide for Tree {
    fn tree(&self) -> watch::Receiver<TreeView> {
        self.link.tree()
    }

    fn link(&self) -> (Arc<dyn ControllerLink>, i64) {
        (self.link.clone(), self.link.broker_epoch())
    }

    async fn follow_again(&self) {
        let (link, member) = (self.link.clone(), self.member.clone());
        let (cell, inlet) = (self.cell.clone(), self.inlet.clone());
        let task = tokio::spawn(async move {
            loop {
                match member.notices().await {
                    Ok(notices) => return link.follow(notices, cell, inlet).await,
                    Err(error) => warn!(%error, "ZooKeeper says nothing yet, asking again"),
                }
                tokio::time::sleep(TREE_BACKOFF).await;
            }
        });
        let before = self.following.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
        if let Some(before) = before {
            before.abort();
        }
    }

    async fn close(&self) {
        let following = self.following.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(following) = following {
            following.abort();
        }
        self.sessions.close().await;
    }
}

/// How this broker reaches a quorum, once it knows the voters.
struct Arming {
    config: Arc<KafkaConfig>,
    cluster_id: String,
    directory_id: Uuid,
}

impl Arming {
    fn quorum_side(&self, voters: BTreeMap<BrokerId, String>) -> QuorumSide {
        let leader = Arc::new(watch::Sender::new(NO_LEADER));
        let link = KRaftLink::start(
            self.config.node_id,
            self.cluster_id.clone(),
            voters.clone(),
            leader.subscribe(),
            settings::millis(self.config.broker_session_timeout_ms),
            settings::millis(self.config.request_timeout_ms),
        );
        let observer = ObserverConfig {
            node_id: self.config.node_id,
            cluster_id: self.cluster_id.clone(),
            directory_id: self.directory_id,
            voters,
        };
        let observe =
            move || -> Box<dyn MetadataSource> { Box::new(LogSource::start_telling(observer.clone(), leader.clone())) };
        QuorumSide { observe: Arc::new(observe), link: Arc::new(link) }
    }
}

/// What only this kind of node has to stop.
pub(super) struct ZooKeeperParts {
    sessions: Arc<Sessions>,
    tasks: Vec<JoinHandle<()>>,
}

impl ZooKeeperParts {
    /// Ends the sessions: the ephemeral goes now and not a session timeout later.
    pub(super) async fn stop(self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.sessions.close().await;
    }
}

/// What a start found, and the cells that everything else hangs on.
struct Found {
    sessions: Arc<Sessions>,
    member: Arc<dyn ZooKeeperMember>,
    files: Arc<SourceFiles>,
    cluster_id: String,
    logs: Arc<LogManager>,
    arming: Arc<Arming>,
    quorum: watch::Sender<Option<QuorumSide>>,
    authority: Authority,
    link: Arc<LinkCell>,
    image: Arc<ImageCell>,
}

/// This broker as the tree's controller, and its way to whoever is.
struct Ruling {
    controller: Arc<ControllerNode>,
    store: Arc<RulingStore>,
    link: Arc<ZooKeeperLink>,
}

/// The running source.
struct Following {
    inlet: RpcInlet,
    progress: Arc<SwitchProgress>,
    publisher: JoinHandle<()>,
    loaded: watch::Receiver<bool>,
}

impl Found {
    async fn gather(config: &Arc<KafkaConfig>) -> Result<Found, StartupError> {
        let connect = config.zookeeper_connect.clone().expect("checked when the configuration was read");
        let session_timeout = settings::millis(config.zookeeper_session_timeout_ms);
        let sessions = Arc::new(Sessions::new(connect, session_timeout));
        let member: Arc<dyn ZooKeeperMember> = Arc::new(ZooKeeperMemberImpl::open(sessions.clone()));
        let files = Arc::new(SourceFiles::read(&config.log_dirs));
        let cluster_id = boot::cluster_id(config, &*member, files.present().is_some()).await?;
        let logs = Arc::new(open_logs(config)?);
        let arming = Arc::new(Arming {
            config: config.clone(),
            cluster_id: cluster_id.clone(),
            directory_id: online_directories(&logs).first().copied().unwrap_or(Uuid::ZERO),
        });
        let voters = boot::voters(config, &files);
        write_meta_properties(&logs, config.node_id, &cluster_id, !voters.is_empty())?;
        let quorum = watch::Sender::new((!voters.is_empty()).then(|| arming.quorum_side(voters)));
        let authority = boot::decide(config, &*member, &files, &quorum).await?;
        let (dialect, link): (Dialect, Arc<dyn ControllerLink>) = match (authority, &*quorum.borrow()) {
            (Authority::KRaft, Some(quorum)) => (Dialect::kraft(MetadataVersion::LATEST), quorum.link.clone()),
            _ => (Dialect::ZOOKEEPER, Arc::new(NoLink)),
        };
        let broker_epoch = BrokerEpoch { authority, value: BrokerEpoch::UNKNOWN_VALUE };
        let link = Arc::new(LinkCell::new(Linked { link, broker_epoch }));
        let stamp = SourceStamp { authority, controller_epoch: -1, metadata_offset: -1 };
        let image = Arc::new(ImageCell::new(Published { image: Arc::new(Image::empty(dialect)), stamp }));
        Ok(Found { sessions, member, files, cluster_id, logs, arming, quorum, authority, link, image })
    }

    /// Starts the controller that this broker is while it rules the tree.
    fn rule(&self, config: &Arc<KafkaConfig>, common: &Common) -> Ruling {
        let feedback = Arc::new(DeletionFeedback::default());
        let push = BrokerPush::new(
            PushConfig {
                controller_id: config.node_id,
                inter_broker_listener_name: config.inter_broker_listener_name.clone(),
                request_timeout: settings::millis(config.controller_socket_timeout_ms),
            },
            feedback.events(),
        );
        let image = self.image.clone();
        let known_ids = move |name: &str| image.load().image.topics.by_name.get(name).copied();
        let store = ZooKeeperStore::open_knowing(self.sessions.clone(), Arc::new(known_ids));
        let store = Arc::new(RulingStore::new(store, self.image.clone(), self.link.clone()));
        let controller_settings = settings::controller_settings(config, &self.cluster_id);
        let handle = controller_runtime::start(ControllerConfig {
            store: store.clone(),
            node_id: config.node_id,
            settings: controller_settings.clone(),
            rebalance_interval: Duration::from_secs(config.leader_imbalance_check_interval_seconds.unsigned_abs()),
            max_idle_interval: settings::millis(config.metadata_max_idle_interval_ms),
            clock: common.clock.clone(),
            seed: random_seed(),
            listener: Arc::new(push),
        });
        feedback.attach(handle.clone());
        let controller = Arc::new(ControllerNode {
            node_id: config.node_id,
            cluster_id: self.cluster_id.clone(),
            handle: handle.clone(),
        });
        let link = Arc::new(ZooKeeperLink::new(ZooKeeperLinkConfig {
            broker_id: config.node_id,
            member: self.member.clone(),
            image: self.image.clone(),
            inter_broker_listener_name: config.inter_broker_listener_name.clone(),
            controller_apis: Arc::new(controller_api::zookeeper_admin_apis(&controller)),
            controller: handle,
            settings: controller_settings,
            request_timeout: settings::millis(config.request_timeout_ms),
            shutdown_tries_max: config.controlled_shutdown_max_retries.unsigned_abs(),
            shutdown_backoff: settings::controlled_shutdown_backoff(config),
            clock: common.clock.clone(),
        }));
        store.follow_tree(link.tree());
        if self.authority == Authority::ZooKeeper {
            let broker_epoch = self.link.load().broker_epoch;
            self.link.store(Linked { link: link.clone(), broker_epoch });
        }
        Ruling { controller, store, link }
    }

    fn services(&self, config: &Arc<KafkaConfig>, common: &Common) -> Arc<Broker> {
        let replicas = ReplicaManager::new(
            config.clone(),
            self.logs.clone(),
            self.image.clone(),
            self.link.clone(),
            common.clock.clone(),
        );
        Arc::new(Broker {
            broker_id: config.node_id,
            cluster_id: self.cluster_id.clone(),
            config: config.clone(),
            image: self.image.clone(),
            link: self.link.clone(),
            groups: GroupCoordinator::new(config.clone(), replicas.clone(), common.clock.clone()),
            replicas,
            producer_ids: ProducerIds::default(),
            clock: common.clock.clone(),
        })
    }

    /// Starts to follow whoever is the authority now, and to watch for a change.
    async fn follow(&self, services: &Arc<Broker>, ruling: &Ruling) -> Following {
        let broker_id = services.broker_id;
        let configs: Arc<dyn TopicConfigs> = Arc::new(MemberConfigs(self.member.clone()));
        let base = self.image.load().image;
        let (pushes, inlet) = RpcSource::start(broker_id, &base, self.link.clone(), Some(configs));
        let tree = Arc::new(Tree {
            link: ruling.link.clone(),
            member: self.member.clone(),
            cell: self.link.clone(),
            inlet: inlet.clone(),
            sessions: self.sessions.clone(),
            following: Mutex::default(),
        });
        let progress = Arc::new(SwitchProgress::default());
        let (files, cluster_id) = (self.files.clone(), self.cluster_id.clone());
        let parts = SwitchParts {
            image: self.image.clone(),
            link: self.link.clone(),
            inlet: inlet.clone(),
            tree: tree.clone(),
            quorum: self.quorum.subscribe(),
            rules: Arc::new(Rules { broker_id }),
            remember: Arc::new(move |authority| files.remember_authority(&cluster_id, authority)),
            progress: progress.clone(),
        };
        let source = match self.authority {
            Authority::ZooKeeper => SwitchingSource::on_zookeeper(parts, pushes),
            Authority::KRaft => {
                let observe = self.quorum.borrow().as_ref().map(|quorum| quorum.observe.clone());
                let _ = Box::new(pushes).stop().await;
                SwitchingSource::on_log(parts, observe.expect("a node boots from a quorum that it knows")())
            }
        };
        let (is_loaded, loaded) = watch::channel(false);
        let publisher = Publisher {
            broker_id,
            image: self.image.clone(),
            replicas: services.replicas.clone(),
            groups: services.groups.clone(),
            is_loaded,
        };
        let publisher = tokio::spawn(publisher.follow(Box::new(source)));
        tree.follow_again().await;
        Following { inlet, progress, publisher, loaded }
    }
}

fn online_directories(logs: &LogManager) -> Vec<Uuid> {
    logs.dirs().iter().filter(|dir| dir.online).map(|dir| dir.directory_id).collect()
}

/// Starts the node.
pub(super) async fn start(config: &Arc<KafkaConfig>, common: &Common) -> Result<RunningBroker, StartupError> {
    let found = Found::gather(config).await?;
    let ruling = found.rule(config, common);
    let mut sockets = Vec::new();
    for listener in settings::broker_listeners(config) {
        sockets.push((listener, bind(listener, config).await?));
    }
    let declared = registration(config, &sockets, online_directories(&found.logs));
    let services = found.services(config, common);
    let Following { inlet, progress, publisher, mut loaded } = found.follow(&services, &ruling).await;
    // A killed process of this broker keeps its znode for a session.
    let registration_timeout = settings::millis(config.initial_broker_registration_timeout_ms)
        .max(settings::millis(config.zookeeper_session_timeout_ms) * 2);
    let lifecycle = lifecycle(config, &services, registration_timeout);
    let node = Arc::new(NodeServices {
        config: config.clone(),
        cluster_id: found.cluster_id.clone(),
        started_ms: common.clock.now_ms(),
        link: found.link.clone(),
        image: found.image.clone(),
        progress: progress.clone(),
        logs: found.logs.clone(),
        files: found.files.clone(),
        arming: found.arming.clone(),
        quorum: found.quorum.clone(),
        store: ruling.store.clone(),
    });
    let mut tables = Vec::new();
    for (listener, socket) in sockets {
        let mut table = api::broker_apis(&services);
        let hosted: Arc<dyn HostedReplicas> = services.replicas.clone();
        serve_zookeeper_apis(&mut table, &inlet, &hosted, &ruling.controller);
        node.serve(&mut table);
        table.hold_until(loaded.clone(), SERVED_FIRST);
        tables.push((listener, socket, table));
    }
    let mut listeners = Vec::new();
    let mut tables = tables.into_iter();
    if found.authority == Authority::ZooKeeper {
        // The controller's first pushes come as soon as the ephemeral is there.
        for (listener, socket, table) in tables.by_ref() {
            listeners.push(serve(socket, listener, table, config, common)?);
        }
    }
    lifecycle.register(&declared).await?;
    lifecycle.catch_up().await;
    let _ = loaded.wait_for(|loaded| *loaded).await;
    services.replicas.start_background();
    for (listener, socket, table) in tables {
        listeners.push(serve(socket, listener, table, config, common)?);
    }
    lifecycle.unfence().await;

    let mut tasks = Vec::new();
    let has_moved = found.authority == Authority::KRaft;
    // Not what it booted as counts: its source may have changed while it waited for the session of the process before to end.
    if ruling.link.broker_epoch() == BrokerEpoch::UNKNOWN_VALUE {
        tasks.push(tokio::spawn(register_in_tree(ruling.link, found.link.clone(), declared.clone())));
    }
    let joiner = Joiner {
        link: found.link,
        quorum: found.quorum.subscribe(),
        registration: declared,
        progress,
        heartbeat_interval: lifecycle.heartbeat_interval,
    };
    tasks.push(tokio::spawn(joiner.run(has_moved.then_some(false))));
    let (stop, heartbeats) = stay_alive(&lifecycle);
    let zookeeper = Some(ZooKeeperParts { sessions: found.sessions, tasks });
    Ok(RunningBroker { services, lifecycle, listeners, stop, heartbeats, publisher, zookeeper })
}

/// A node that has moved keeps its ephemeral until the move is final: the way back needs it. It may be taken while this is still
/// trying, and then waits for the epoch.
async fn register_in_tree(link: Arc<ZooKeeperLink>, cell: Arc<LinkCell>, registration: Registration) {
    loop {
        match link.register(registration.clone()).await {
            Ok(broker_epoch) => {
                cell.registered(Authority::ZooKeeper, broker_epoch);
                info!(broker_epoch, "registered in ZooKeeper beside the quorum");
                return;
            }
            Err(error) => warn!(%error, "the broker cannot be registered in ZooKeeper yet"),
        }
        tokio::time::sleep(TREE_BACKOFF).await;
    }
}

/// `meta.properties` stays at version 0 for good: the way back, and a swap back to Apache Kafka, need it. Directory ids stand in it
/// once the broker may follow a quorum.
fn write_meta_properties(
    logs: &LogManager,
    broker_id: BrokerId,
    cluster_id: &str,
    is_armed: bool,
) -> Result<(), StartupError> {
    let mut has_directory_ids = is_armed;
    for dir in logs.dirs().iter().filter(|dir| dir.online) {
        let present = MetaProperties::read(&OsFileSystem, &dir.path)?;
        has_directory_ids |= present.is_some_and(|present| present.directory_id.is_some());
    }
    let properties = MetaProperties {
        format_version: 0,
        cluster_id: Some(cluster_id.to_owned()),
        node_id: Some(broker_id),
        directory_id: None,
    };
    Ok(logs.write_meta_properties(&properties, has_directory_ids)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kedge_log::LogManagerConfig;

    use super::*;

    /// Brokers before Apache Kafka 3.7 refuse a file of version 1, and a directory id they have not written (KAFKA-15904).
    #[test]
    fn meta_properties_has_no_directory_id_before_arming_and_stays_version_0_for_good() {
        let root = tempfile::tempdir().unwrap();
        let dirs = ["a", "b"].map(|name| root.path().join(name));
        let clock = Arc::new(kedge_log::SystemClock);
        let config = LogManagerConfig::new(dirs.to_vec());
        let (logs, _) =
            LogManager::open(config, Arc::new(OsFileSystem), clock, Box::new(crate::random::random_uuid)).unwrap();
        let written = |is_armed| {
            write_meta_properties(&logs, 3, "the-cluster", is_armed).unwrap();
            dirs.each_ref().map(|dir| {
                let text = std::fs::read_to_string(dir.join("meta.properties")).unwrap();
                let mut lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
                lines.sort();
                lines
            })
        };
        let zookeeper_mode = ["broker.id=3", "cluster.id=the-cluster", "version=0"].map(str::to_owned);
        assert_eq!(written(false), [zookeeper_mode.to_vec(), zookeeper_mode.to_vec()]);
        let armed = written(true);
        for (lines, dir) in armed.iter().zip(logs.dirs()) {
            let mut expected = zookeeper_mode.to_vec();
            expected.insert(2, format!("directory.id={}", dir.directory_id));
            assert_eq!(*lines, expected);
        }
        assert_ne!(armed[0], armed[1]);
        // Back on ZooKeeper and started without voters: nothing is taken out again.
        assert_eq!(written(false), armed);
    }
}
