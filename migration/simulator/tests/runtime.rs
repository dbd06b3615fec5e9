//! The runtime of the move on its real mirror: the model's ZooKeeper, a quorum kept in memory, brokers that only answer.
//! Works run in tasks of their own here, on a paused clock.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kedge_metadata_state::{
    BrokerId, Image, MetadataVersion, Record, TopicId, Uuid,
    diff::{DiffScope, describe_differences},
    image::{BrokerRegistration, ControllerRegistration, Endpoint},
    records::{FeatureLevelRecord, MetadataRecord, PartitionRecord, TopicRecord},
};
use kedge_metadata_store::{ClaimError, KRaftEpoch, Position};
use kedge_migration::{
    decide::{CommitReply, Settings},
    node_api::{MetadataAuthority, NodeDescription, NodeReply, NodeRequest, OrderRequest},
    readiness::{BrokerFindings, Findings, MigrationZnode, QuorumFindings},
    runtime::{
        self, MigrationConfig, MigrationHandle,
        ports::{Described, FeedSender, FleetPort, Ports, QuorumPort, SecondReader, feed},
    },
    verify::{self, TreeSummary},
};
use kedge_simulator::quorum::Quorum;
use kedge_zookeeper::{
    ZooKeeperMirror,
    model_client::ModelCluster,
    tree::{Tree, read_controller, read_image},
    zk::Op,
    znodes,
};

const CLUSTER: &str = "runtime-test";
const CONTROLLERS: [BrokerId; 2] = [100, 101];
const BROKERS: [BrokerId; 3] = [1, 2, 3];
const DEADLINE: Duration = Duration::from_secs(300);

/// What every controller of the cluster sees.
struct Shared {
    quorum: Mutex<Quorum>,
    zookeeper: ModelCluster,
    /// The brokers change their source whenever they may.
    brokers_follow: AtomicBool,
    freezes: AtomicUsize,
    is_frozen: AtomicBool,
    hits: Mutex<Vec<&'static str>>,
    /// A broker that nobody reaches.
    silent_broker: Mutex<Option<BrokerId>>,
}

impl Shared {
    fn quorum(&self) -> MutexGuard<'_, Quorum> {
        self.quorum.lock().unwrap()
    }

    fn raw_tree(&self) -> Tree {
        self.zookeeper.tree().known()
    }

    fn tree(&self) -> Image {
        read_image(&self.raw_tree()).image
    }

    fn controller(&self) -> kedge_metadata_store::ControllerZnode {
        read_controller(&self.raw_tree()).unwrap()
    }
}

/// One controller process.
struct Controller {
    id: BrokerId,
    shared: Arc<Shared>,
    feed: FeedSender,
}

#[async_trait]
impl QuorumPort for Controller {
    async fn freeze(&self, _: KRaftEpoch) {
        self.shared.freezes.fetch_add(1, Ordering::SeqCst);
        self.shared.is_frozen.store(true, Ordering::SeqCst);
    }
    async fn thaw(&self, _: KRaftEpoch) {
        self.shared.is_frozen.store(false, Ordering::SeqCst);
    }
    async fn commit(&self, kraft_epoch: KRaftEpoch, batches: Vec<Vec<Record>>) -> CommitReply {
        tokio::time::sleep(Duration::from_millis(3)).await;
        let mut quorum = self.shared.quorum();
        if quorum.leader != self.id || quorum.leader_epoch() != kraft_epoch.0 {
            return CommitReply::Refused;
        }
        batches.into_iter().for_each(|batch| quorum.append(batch));
        self.feed.committed(&Arc::new(quorum.image.clone()), Position(quorum.at().last_offset));
        CommitReply::Committed
    }
    async fn confirm(&self, kraft_epoch: KRaftEpoch) -> bool {
        let quorum = self.shared.quorum();
        quorum.leader == self.id && quorum.leader_epoch() == kraft_epoch.0
    }
    fn log_epochs(&self) -> Vec<(i32, i64)> {
        self.shared.quorum().epochs.clone()
    }
    fn log_end_offset(&self) -> i64 {
        self.shared.quorum().end_offset()
    }
    fn voters(&self) -> BTreeMap<BrokerId, String> {
        CONTROLLERS.map(|id| (id, format!("c{id}:9093"))).into()
    }
    fn leader(&self) -> (Option<BrokerId>, i32) {
        let quorum = self.shared.quorum();
        (Some(quorum.leader), quorum.leader_epoch())
    }
}

struct Brokers(Arc<Shared>);

#[async_trait]
impl FleetPort for Brokers {
    async fn describe(&self, addresses: BTreeMap<BrokerId, String>) -> BTreeMap<BrokerId, Described> {
        let follows = self.0.quorum().rules() && self.0.brokers_follow.load(Ordering::SeqCst);
        let describe = |node_id: BrokerId| NodeDescription {
            node_id,
            kedge_version: "test".to_owned(),
            cluster_id: CLUSTER.to_owned(),
            pid: 1,
            started_ms: 0,
            is_broker: true,
            is_controller: false,
            authority: Some(if follows { MetadataAuthority::KRaft } else { MetadataAuthority::ZooKeeper }),
            is_armed: true,
            meta_properties_v1: 0,
            metadata_versions: (17, 21),
            reserved_broker_max_id: None,
            source_switches: 0,
            metadata_offset: -1,
            blocked: Vec::new(),
        };
        let silent = *self.0.silent_broker.lock().unwrap();
        let answer = |id: BrokerId, address: String| match silent {
            Some(broker_id) if broker_id == id => Err(format!("{address}: connection refused")),
            _ => Ok(describe(id)),
        };
        addresses.into_iter().map(|(id, address)| (id, answer(id, address))).collect()
    }

    async fn hand_over(&self, address: &str, _: &str) -> Result<(), ClaimError> {
        let broker_id: BrokerId = address.trim_start_matches('b').trim_end_matches(":9092").parse().unwrap();
        let tree = self.0.raw_tree();
        let epoch_node = tree.get(znodes::CONTROLLER_EPOCH).unwrap();
        let next = znodes::decode_controller_epoch(&epoch_node.data).unwrap() + 1;
        let mut ops = vec![Op::set(
            znodes::CONTROLLER_EPOCH,
            znodes::encode_controller_epoch(next),
            Some(epoch_node.stat.zk_version),
        )];
        for path in [znodes::CONTROLLER, znodes::MIGRATION] {
            ops.extend(tree.zk_version(path).map(|zk_version| Op::delete(path, Some(zk_version))));
        }
        ops.push(Op::create_ephemeral(znodes::CONTROLLER, znodes::encode_controller(broker_id, 0, -1)));
        self.0.zookeeper.outside_write(&ops).map(drop).map_err(|_| ClaimError::Raced("test".to_owned()))
    }
}

struct Reader(Arc<Shared>);

#[async_trait]
impl SecondReader for Reader {
    async fn findings(
        &self,
        brokers: BTreeMap<BrokerId, Option<NodeDescription>>,
        quorum: QuorumFindings,
    ) -> Result<Findings, String> {
        let broker = |description: Option<NodeDescription>| BrokerFindings {
            has_ephemeral: true,
            is_kedge_of_this_version: Some(description.is_some()),
            is_armed: true,
            ..Default::default()
        };
        let tree = self.0.raw_tree();
        let epoch = tree.get(znodes::CONTROLLER_EPOCH).map(|node| znodes::decode_controller_epoch(&node.data).unwrap());
        Ok(Findings {
            migration: if tree.contains(znodes::MIGRATION) { MigrationZnode::Empty } else { MigrationZnode::Absent },
            zk_controller_epoch: epoch,
            cluster_id: CLUSTER.to_owned(),
            brokers: brokers.into_iter().map(|(id, description)| (id, broker(description))).collect(),
            quorum: Some(quorum),
            ..Default::default()
        })
    }
    async fn tree_summary(&self) -> Result<TreeSummary, String> {
        Ok(verify::summarize(&self.0.tree()))
    }
}

struct World {
    shared: Arc<Shared>,
    controllers: BTreeMap<BrokerId, (Arc<Controller>, MigrationHandle)>,
}

fn topic_records(number: u8) -> Vec<MetadataRecord> {
    let topic_id = TopicId::from_bytes([number; 16]);
    let partition = |partition_id: i32| PartitionRecord {
        topic_id,
        partition_id,
        replicas: vec![1, 2, 3],
        isr: vec![1, 2, 3],
        leader: 1,
        leader_epoch: 0,
        // Above the dataVersion that a new znode has.
        partition_epoch: 3,
        ..Default::default()
    };
    let topic = TopicRecord { name: format!("topic-{number}"), topic_id };
    vec![topic.into(), partition(0).into(), partition(1).into()]
}

impl World {
    /// A cluster of three brokers under ZooKeeper, a quorum of two controllers beside it, everybody registered.
    async fn new() -> World {
        World::at_level(MetadataVersion::LATEST).await
    }

    async fn at_level(level: MetadataVersion) -> World {
        let zookeeper = ModelCluster::new(true);
        for path in znodes::TOP_LEVEL {
            let _ = zookeeper.outside_write(&[Op::create(path, "")]);
        }
        let mut ops = vec![
            Op::create(znodes::CONTROLLER_EPOCH, znodes::encode_controller_epoch(1)),
            Op::create_ephemeral(znodes::CONTROLLER, znodes::encode_controller(1, 0, -1)),
        ];
        ops.extend(BROKERS.map(|id| {
            let data = format!(
                r#"{{"listener_security_protocol_map":{{"L":"PLAINTEXT"}},"endpoints":["L://b{id}:9092"],"jmx_port":-1,"features":{{}},"host":"b{id}","timestamp":"1","port":9092,"version":5}}"#
            );
            Op::create_ephemeral(format!("/brokers/ids/{id}"), data)
        }));
        zookeeper.outside_write(&ops).unwrap();
        let mut quorum = Quorum::new(CONTROLLERS[0]);
        quorum.append(registrations(level));
        let shared = Arc::new(Shared {
            quorum: Mutex::new(quorum),
            zookeeper,
            brokers_follow: AtomicBool::new(true),
            freezes: AtomicUsize::new(0),
            is_frozen: AtomicBool::new(false),
            hits: Mutex::default(),
            silent_broker: Mutex::default(),
        });
        let mut world = World { shared, controllers: BTreeMap::new() };
        CONTROLLERS.into_iter().for_each(|id| world.boot(id));
        world.elect(CONTROLLERS[0]);
        world
    }

    fn boot(&mut self, id: BrokerId) {
        let (sender, receiver) = feed();
        let controller = Arc::new(Controller { id, shared: self.shared.clone(), feed: sender });
        let (shared, started) = (self.shared.clone(), tokio::time::Instant::now());
        let ports = Ports {
            quorum: controller.clone(),
            mirror: Arc::new(ZooKeeperMirror::new(Arc::new(self.shared.zookeeper.connector(id)))),
            fleet: Arc::new(Brokers(self.shared.clone())),
            second_reader: Arc::new(Reader(self.shared.clone())),
            clock: Arc::new(move || started.elapsed().as_millis() as i64),
            crash: Arc::new(move |name| shared.hits.lock().unwrap().push(name)),
        };
        let settings = Settings::new(id, |_| true);
        let config = MigrationConfig { cluster_id: CLUSTER.to_owned(), settings, ports, feed: receiver };
        let (handle, _task) = runtime::start(config);
        self.controllers.insert(id, (controller, handle));
    }

    /// Another term; the old leader hears of it.
    fn elect(&self, id: BrokerId) {
        let old = self.shared.quorum().leader;
        self.controllers[&old].0.feed.resigned();
        // The frozen controller goes with its reign.
        self.shared.is_frozen.store(false, Ordering::SeqCst);
        let mut quorum = self.shared.quorum();
        quorum.elect(id);
        let position = Position(quorum.at().last_offset);
        let epoch = KRaftEpoch(quorum.leader_epoch());
        self.controllers[&id].0.feed.activated(epoch, &Arc::new(quorum.image.clone()), position);
    }

    fn leader(&self) -> &MigrationHandle {
        let leader = self.shared.quorum().leader;
        &self.controllers[&leader].1
    }

    async fn order(&self, order: OrderRequest) -> NodeReply {
        let request = NodeRequest::Order { cluster_id: CLUSTER.to_owned(), execute: true, order };
        self.leader().answer(request).await.unwrap()
    }

    /// Waits until the active controller shows this state, and rests in it.
    #[track_caller]
    fn until(&self, state: &'static str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let deadline = tokio::time::Instant::now() + DEADLINE;
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let status = self.leader().status();
                let rests = state != "dual" || (status.mirror_lag == Some(0) && status.zk_controller_epoch.is_some());
                if status.state == state && rests {
                    return;
                }
                assert!(tokio::time::Instant::now() < deadline, "{caller}: not {state} but {status:#?}");
            }
        }
    }

    async fn start(&self) {
        // A look at the fleet comes first.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let reply = self.order(OrderRequest::Start { without_brokers: [].into() }).await;
        assert!(matches!(reply, NodeReply::Done { .. }), "{reply:?}");
    }

    async fn rollback(&self) -> NodeReply {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let order = OrderRequest::Rollback { without_brokers: [].into(), accept_loss: true, successor: None };
        self.order(order).await
    }

    /// The quorum's controller makes a topic.
    fn make_topic(&self, number: u8) {
        assert!(!self.shared.is_frozen.load(Ordering::SeqCst), "frozen");
        let mut quorum = self.shared.quorum();
        quorum.append(topic_records(number).into_iter().map(Record::from).collect());
        let (image, position) = (Arc::new(quorum.image.clone()), Position(quorum.at().last_offset));
        self.controllers[&quorum.leader].0.feed.committed(&image, position);
    }

    fn check_equal(&self) {
        let differences = describe_differences(&self.shared.tree(), &self.shared.quorum().image, DiffScope::Shared);
        assert!(differences.is_empty(), "{differences:?}");
    }
}

fn registrations(level: MetadataVersion) -> Vec<Record> {
    let endpoint = |host: String, port| Endpoint { listener_name: "L".to_owned(), host, port, security_protocol: 0 };
    let brokers = BROKERS.map(|broker_id| {
        let registration = BrokerRegistration {
            broker_id,
            broker_epoch: i64::from(broker_id) + 10,
            incarnation_id: Uuid::ZERO,
            listeners: vec![endpoint(format!("b{broker_id}"), 9092)],
            features: BTreeMap::new(),
            rack: None,
            fenced: false,
            in_controlled_shutdown: false,
            is_migrating_zk_broker: false,
            directories: Vec::new(),
        };
        MetadataRecord::RegisterBroker(registration.to_record())
    });
    let controllers = CONTROLLERS.map(|controller_id| {
        let registration = ControllerRegistration {
            controller_id,
            incarnation_id: Uuid::ZERO,
            zk_migration_ready: true,
            listeners: vec![endpoint(format!("c{controller_id}"), 9093)],
            features: BTreeMap::new(),
        };
        MetadataRecord::RegisterController(registration.to_record())
    });
    let level = FeatureLevelRecord { name: "metadata.version".to_owned(), feature_level: level.feature_level() };
    [level.into()].into_iter().chain(brokers).chain(controllers).map(|record: MetadataRecord| record.into()).collect()
}

#[tokio::test(start_paused = true)]
async fn forward_back_forward_and_to_the_end() {
    let world = World::new().await;
    world.until("prepared").await;
    world.start().await;
    world.until("dual").await;
    assert!(world.shared.controller().kraft_controller_epoch >= 0);
    world.make_topic(1);
    world.until("dual").await;
    world.check_equal();
    let reply = world.rollback().await;
    assert!(matches!(reply, NodeReply::Done { .. }), "{reply:?}");
    world.until("prepared").await;
    assert_eq!(world.shared.controller().kraft_controller_epoch, -1);
    assert!(!world.shared.raw_tree().contains(znodes::MIGRATION));
    world.check_equal();
    world.start().await;
    world.until("dual").await;
    world.make_topic(2);
    world.until("dual").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let reply = world.order(OrderRequest::Finalize).await;
    assert!(matches!(reply, NodeReply::Done { .. }), "{reply:?}");
    world.until("final").await;
    world.check_equal();
    assert!(!world.shared.is_frozen.load(Ordering::SeqCst));
    let status = world.leader().status();
    assert_eq!(status.generation, 2);
    assert!(status.brokers.values().all(|broker| broker.follows_log && broker.has_ephemeral));
    let copy = status.copy.expect("a copy was made");
    assert_eq!((copy.topics, copy.partitions), (1, 2));
    assert!(copy.frozen_ms.is_some() && copy.total_ms >= copy.frozen_ms, "{copy:?}");
    assert!(status.timeline.iter().any(|line| line.text.contains("joining -> copying")), "{:#?}", status.timeline);
    // Every place of the move was passed, but those inside the controller runtime.
    let hits = world.shared.hits.lock().unwrap();
    let missed: Vec<_> = runtime::crash_points::NAMES.iter().filter(|name| !hits.contains(name)).collect();
    assert_eq!(missed, [&"fwd3-after-begin", &"fwd5-first-broker-follows"]);
}

/// F18: at every level that a quorum may be formatted with, the controllers are seen to be ready and the move begins.
#[tokio::test(start_paused = true)]
async fn a_move_starts_at_every_metadata_version() {
    let levels = MetadataVersion::MIN.feature_level()..=MetadataVersion::LATEST.feature_level();
    assert!((17..=20).all(|level| levels.contains(&level)));
    for level in 17..=MetadataVersion::LATEST.feature_level() {
        let world = World::at_level(MetadataVersion::from_level(level).unwrap()).await;
        world.until("prepared").await;
        world.start().await;
        world.until("dual").await;
        assert_eq!(world.shared.quorum().image.features.metadata_version.unwrap().feature_level(), level);
        world.make_topic(1);
        world.until("dual").await;
        world.check_equal();
        assert!(matches!(world.rollback().await, NodeReply::Done { .. }));
        world.until("prepared").await;
        world.check_equal();
    }
}

#[tokio::test(start_paused = true)]
async fn zookeeper_may_go_and_come_while_the_quorum_rules() {
    let world = World::new().await;
    world.until("prepared").await;
    world.start().await;
    world.until("dual").await;
    world.shared.zookeeper.set_available(false);
    for number in 1..5 {
        world.make_topic(number);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let status = world.leader().status();
    assert_eq!(status.state, "dual");
    assert!(status.waiting.is_some(), "{status:#?}");
    assert!(matches!(world.rollback().await, NodeReply::Refused { .. }));
    world.shared.zookeeper.set_available(true);
    world.until("dual").await;
    world.check_equal();
    assert!(matches!(world.rollback().await, NodeReply::Done { .. }));
    world.until("prepared").await;
    world.check_equal();
}

/// What a controller said while it was active is not what it says afterwards.
#[tokio::test(start_paused = true)]
async fn a_deposed_controller_shows_no_lag_and_no_claim() {
    let world = World::new().await;
    world.until("prepared").await;
    world.start().await;
    world.until("dual").await;
    // ZooKeeper goes, so that the lag stays.
    world.shared.zookeeper.set_available(false);
    world.make_topic(1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let deposed = world.leader().clone();
    let status = deposed.status();
    assert!(status.is_active && status.mirror_lag.is_some_and(|lag| lag > 0), "{status:#?}");
    world.elect(CONTROLLERS[1]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    for _ in 0..2 {
        let status = deposed.status();
        let shown = (status.is_active, status.mirror_lag, status.zk_controller_epoch, status.state.as_str());
        assert_eq!(shown, (false, None, None, "zk"), "{status:#?}");
        assert!(status.waiting.is_none() && status.blocked.is_empty(), "{status:#?}");
        // Nor when the next one has caught up.
        world.shared.zookeeper.set_available(true);
        world.until("dual").await;
    }
    world.check_equal();
}

/// The leader changes whenever the move comes into another state; it comes to its end all the same.
#[tokio::test(start_paused = true)]
async fn a_leader_may_go_in_every_state() {
    for delay_ms in [0, 1, 2, 4, 7, 15, 40] {
        let world = World::new().await;
        world.until("prepared").await;
        world.start().await;
        let mut next = 1;
        for _ in 0..6 {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            world.elect(CONTROLLERS[next]);
            next = 1 - next;
        }
        world.until("dual").await;
        world.make_topic(1);
        world.until("dual").await;
        let reply = world.rollback().await;
        assert!(matches!(reply, NodeReply::Done { .. }), "{reply:?}");
        for _ in 0..6 {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            world.elect(CONTROLLERS[next]);
            next = 1 - next;
        }
        // The order was answered, so it is a fact whatever becomes of its leader.
        world.until("prepared").await;
        assert_eq!(world.shared.controller().kraft_controller_epoch, -1, "after {delay_ms} ms");
        world.check_equal();
    }
}

/// A leader that dies between an order and its commit answers what is known of the order; given again it goes through.
#[tokio::test(start_paused = true)]
async fn an_order_whose_leader_goes_is_answered_by_what_is_known_of_it() {
    let world = World::new().await;
    world.until("prepared").await;
    world.start().await;
    world.until("dual").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let rollback = || OrderRequest::Rollback { without_brokers: [].into(), accept_loss: true, successor: None };
    let (reply, ()) = tokio::join!(world.order(rollback()), async {
        // The commit takes three milliseconds.
        tokio::time::sleep(Duration::from_millis(1)).await;
        world.elect(CONTROLLERS[1]);
    });
    assert!(matches!(reply, NodeReply::Unknown { .. }), "{reply:?}");
    world.until("dual").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(matches!(world.order(rollback()).await, NodeReply::Done { .. }));
    assert_eq!(world.leader().status().state, "rolling-back");
    world.elect(CONTROLLERS[0]);
    world.until("prepared").await;
    world.check_equal();
}

/// F66, F83: the status names the broker that the controllers cannot reach, where and why, and the move waits for it.
#[tokio::test(start_paused = true)]
async fn a_broker_that_cannot_be_reached_is_named_with_its_address() {
    let world = World::new().await;
    world.until("prepared").await;
    *world.shared.silent_broker.lock().unwrap() = Some(2);
    world.start().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let status = world.leader().status();
    let waiting = Some("broker 2 does not answer (b2:9092: connection refused)");
    assert_eq!((status.state.as_str(), status.waiting.as_deref()), ("joining", waiting));
    assert_eq!(status.brokers[&2].unreachable.as_deref(), Some("b2:9092: connection refused"));
    *world.shared.silent_broker.lock().unwrap() = None;
    world.until("dual").await;
    // It is dual at once; who does not follow yet is named until it does.
    world.shared.brokers_follow.store(false, Ordering::SeqCst);
    *world.shared.silent_broker.lock().unwrap() = Some(3);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let status = world.leader().status();
    let waiting = "for these to follow the log: broker 1; broker 2; broker 3, which does not answer (b3:9092: connection refused)";
    assert_eq!((status.state.as_str(), status.waiting.as_deref()), ("dual", Some(waiting)));
}

impl World {
    /// As an old tool with `--zookeeper` does it: no fence, no topic id, no dataVersion.
    fn write_like_an_old_tool(&self, ops: &[Op]) {
        self.shared.zookeeper.outside_write(ops).unwrap();
    }

    fn unacknowledged(&self) -> Vec<String> {
        self.leader().status().foreign_writes.listed.iter().map(ToString::to_string).collect()
    }
}

/// P22: what an old tool writes is found within the minute, by name, put right, shown until it is acknowledged.
#[tokio::test(start_paused = true)]
async fn what_an_old_tool_writes_is_found_named_and_put_right() {
    let world = World::new().await;
    world.until("prepared").await;
    world.start().await;
    world.until("dual").await;
    [1, 2, 3].into_iter().for_each(|number| world.make_topic(number));
    world.until("dual").await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(world.unacknowledged(), [""; 0], "the mirror's own writes are no finds");

    let assignment = r#"{"version":1,"partitions":{"0":[1],"1":[2],"2":[3]}}"#;
    world.write_like_an_old_tool(&[
        Op::create("/config/topics/made-by-hand", r#"{"version":1,"config":{}}"#),
        Op::create("/brokers/topics/made-by-hand", assignment),
        // Extended: the tool writes the document without its id.
        Op::set("/brokers/topics/topic-1", assignment, None),
        Op::set("/config/topics/topic-2", r#"{"version":1,"config":{"retention.ms":"1"}}"#, None),
        Op::delete("/config/topics/topic-3", None),
        Op::create("/admin/delete_topics/topic-3", ""),
        Op::create(znodes::PREFERRED_ELECTION, r#"{"version":1,"partitions":[]}"#),
    ]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let found: Vec<String> = world.unacknowledged().iter().map(|line| without_zxid(line)).collect();
    insta::assert_snapshot!(found.join("\n"), @"
    /admin/delete_topics/topic-3 created
    /admin/preferred_replica_election created
    /brokers/topics/made-by-hand created
    /brokers/topics/topic-1 changed
    /config/topics/made-by-hand created
    /config/topics/topic-2 changed
    /config/topics/topic-3 deleted
    ");
    let status = world.leader().status();
    assert!(status.blocked.iter().any(|problem| problem.code == "KM508" && !problem.is_blocking), "{status:#?}");
    world.until("dual").await;
    world.check_equal();
    assert!(!world.shared.raw_tree().contains("/brokers/topics/made-by-hand"));
    assert!(!world.shared.raw_tree().contains("/config/topics/made-by-hand"));
    assert!(world.shared.raw_tree().contains(znodes::PREFERRED_ELECTION), "a request is nobody's metadata");

    // A failover forgets none of it, and finds what is written right before it.
    world.write_like_an_old_tool(&[Op::set("/brokers/topics/topic-2", assignment, None)]);
    world.elect(CONTROLLERS[1]);
    world.until("dual").await;
    assert_eq!(world.leader().status().foreign_writes.unacknowledged, 1 + found.len() as u64);
    world.check_equal();
    assert!(matches!(world.order(OrderRequest::Acknowledge).await, NodeReply::Done { .. }));
    let status = world.leader().status();
    assert!(status.foreign_writes.listed.is_empty() && status.blocked.is_empty(), "{status:#?}");
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(world.unacknowledged(), [""; 0]);
    assert!(matches!(world.rollback().await, NodeReply::Done { .. }));
    world.until("prepared").await;
    world.check_equal();
}

/// The mirror meets it with its next write, long before the full diff.
#[tokio::test(start_paused = true)]
async fn a_conflict_names_what_others_wrote_at_once() {
    let world = World::new().await;
    world.until("prepared").await;
    world.start().await;
    world.until("dual").await;
    world.make_topic(1);
    world.until("dual").await;
    world.write_like_an_old_tool(&[Op::create("/brokers/topics/topic-2", r#"{"version":1,"partitions":{"0":[1]}}"#)]);
    world.make_topic(2);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let found: Vec<String> = world.unacknowledged().iter().map(|line| without_zxid(line)).collect();
    assert_eq!(found, ["/brokers/topics/topic-2 created"]);
    world.until("dual").await;
    world.check_equal();
}

fn without_zxid(line: &str) -> String {
    line.split(',').next().unwrap_or_default().to_owned()
}

#[tokio::test(start_paused = true)]
async fn orders_are_previewed_and_checked() {
    let world = World::new().await;
    world.until("prepared").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let ask =
        |cluster_id: &str, execute, order| NodeRequest::Order { cluster_id: cluster_id.to_owned(), execute, order };
    let start = OrderRequest::Start { without_brokers: [].into() };
    let reply = world.leader().answer(ask("another", true, start.clone())).await.unwrap();
    assert!(matches!(reply, NodeReply::Refused { .. }), "{reply:?}");
    let reply = world.leader().answer(ask(CLUSTER, false, start.clone())).await.unwrap();
    let NodeReply::Preview { steps, problems } = reply else { panic!("{reply:?}") };
    assert!(steps.len() > 3 && problems.is_empty(), "{problems:?}");
    let reply = world.leader().answer(ask(CLUSTER, false, OrderRequest::Finalize)).await.unwrap();
    let NodeReply::Preview { problems, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(world.leader().status().state, "prepared", "nothing was done");
    let (_, other) = &world.controllers[&CONTROLLERS[1]];
    let reply = other.answer(ask(CLUSTER, true, start)).await.unwrap();
    assert_eq!(reply, NodeReply::NotActive { leader: Some((100, "c100:9093".to_owned())) });
    let reply = world.leader().answer(NodeRequest::Verify).await.unwrap();
    assert!(matches!(reply, NodeReply::Verified { .. }), "{reply:?}");
    assert!(matches!(world.order(OrderRequest::Hold { reason: "lunch".to_owned() }).await, NodeReply::Done { .. }));
    world.until("holding(lunch)").await;
    world.start().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(world.leader().status().state, "holding(lunch)");
    assert!(matches!(world.order(OrderRequest::Resume).await, NodeReply::Done { .. }));
    world.until("dual").await;
}
