//! When a broker changes its source, what it hands on then, and what it must not do.

use kedge_metadata_state::{
    BrokerId, Record, TopicId, Uuid,
    records::{MetadataRecord, PartitionRecord, TopicRecord, ZkMigrationStateRecord},
};
use kedge_metadata_store::ControllerZnode;
use kedge_protocol::{ErrorCode, messages::UpdateMetadataRequest};
use tokio::sync::mpsc;

use super::*;
use crate::{controller_link::none::NoLink, services::Published};

const OWN_ID: BrokerId = 1;
const CZXID: i64 = (3 << 32) | 17;
const ORDERS: TopicId = Uuid::from_bytes([7; 16]);

/// A log that a test writes.
struct ScriptedLog {
    events: mpsc::Receiver<SourceEvent>,
}

#[async_trait]
impl MetadataSource for ScriptedLog {
    async fn next(&mut self) -> SourceEvent {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    async fn stop(self: Box<Self>) -> SourceStamp {
        stamp(0)
    }
}

struct FakeTree {
    view: watch::Sender<TreeView>,
    calls: Mutex<Vec<&'static str>>,
    /// How often the link is asked for before this broker is registered in the tree.
    asked_before_registered: AtomicU64,
}

#[async_trait]
impl TreeSide for FakeTree {
    fn tree(&self) -> watch::Receiver<TreeView> {
        self.view.subscribe()
    }

    fn link(&self) -> (Arc<dyn ControllerLink>, i64) {
        let left = self.asked_before_registered.load(Ordering::SeqCst);
        self.asked_before_registered.store(left.saturating_sub(1), Ordering::SeqCst);
        (Arc::new(NoLink), if left == 0 { CZXID } else { -1 })
    }

    async fn follow_again(&self) {
        self.calls.lock().unwrap().push("follow again");
    }

    async fn close(&self) {
        self.calls.lock().unwrap().push("close");
    }
}

struct FakeRules;

impl SwitchRules for FakeRules {
    fn may_follow_log(&self, zk_migration_state: ZkMigrationState) -> bool {
        matches!(zk_migration_state, ZkMigrationState::Migration | ZkMigrationState::PostMigration)
    }

    fn problems(&self, before: &Image, after: &Image) -> Vec<String> {
        let lost = before.topics.by_name.keys().filter(|name| !after.topics.by_name.contains_key(*name));
        lost.map(|name| format!("KM504 {name}")).collect()
    }
}

fn stamp(metadata_offset: i64) -> SourceStamp {
    SourceStamp { authority: Authority::KRaft, controller_epoch: 1, metadata_offset }
}

fn topic() -> Vec<Record> {
    let partition = PartitionRecord {
        topic_id: ORDERS,
        partition_id: 0,
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch: 4,
        partition_epoch: 9,
        ..Default::default()
    };
    vec![
        MetadataRecord::Topic(TopicRecord { name: "orders".to_owned(), topic_id: ORDERS }).into(),
        MetadataRecord::Partition(partition).into(),
    ]
}

fn state(state: ZkMigrationState) -> Record {
    MetadataRecord::ZkMigrationState(ZkMigrationStateRecord { zk_migration_state: state as i8 }).into()
}

fn broker_rules(controller_id: Option<BrokerId>, kraft_controller_epoch: i32) -> TreeView {
    TreeView { controller: ControllerZnode { controller_id, kraft_controller_epoch }, is_current: true }
}

/// A broker under ZooKeeper that knows `orders`, and whose quorum's log the test writes.
struct Bench {
    source: SwitchingSource,
    log: mpsc::Sender<SourceEvent>,
    later_logs: Arc<Mutex<Vec<mpsc::Sender<SourceEvent>>>>,
    tree: Arc<FakeTree>,
    image: Arc<ImageCell>,
    link: Arc<LinkCell>,
    inlet: RpcInlet,
    progress: Arc<SwitchProgress>,
    remembered: Arc<Mutex<Vec<Authority>>>,
    _quorum: watch::Sender<Option<QuorumSide>>,
}

impl Bench {
    fn new() -> Bench {
        let mut delta = Delta::new(&Image::empty(Dialect::ZOOKEEPER));
        delta.replay_all(&topic()).unwrap();
        let base = Arc::new(delta.apply().0);
        let zookeeper = SourceStamp { authority: Authority::ZooKeeper, controller_epoch: 3, metadata_offset: -1 };
        let image = Arc::new(ImageCell::new(Published { image: base.clone(), stamp: zookeeper }));
        let link = Arc::new(LinkCell::new(Linked {
            link: Arc::new(NoLink),
            broker_epoch: BrokerEpoch { authority: Authority::ZooKeeper, value: CZXID },
        }));
        let logs: Arc<Mutex<Vec<mpsc::Sender<SourceEvent>>>> = Arc::default();
        let observe = {
            let logs = logs.clone();
            move || -> Box<dyn MetadataSource> {
                let (sender, events) = mpsc::channel(16);
                logs.lock().unwrap().push(sender);
                Box::new(ScriptedLog { events })
            }
        };
        let quorum = watch::Sender::new(Some(QuorumSide { observe: Arc::new(observe), link: Arc::new(NoLink) }));
        let tree = Arc::new(FakeTree {
            view: watch::Sender::new(broker_rules(Some(2), -1)),
            calls: Mutex::default(),
            asked_before_registered: AtomicU64::new(0),
        });
        let (pushes, inlet) = RpcSource::start(OWN_ID, &base, link.clone(), None);
        let progress = Arc::new(SwitchProgress::default());
        let remembered: Arc<Mutex<Vec<Authority>>> = Arc::default();
        let remember = {
            let remembered = remembered.clone();
            move |authority| remembered.lock().unwrap().push(authority)
        };
        let parts = SwitchParts {
            image: image.clone(),
            link: link.clone(),
            inlet: inlet.clone(),
            tree: tree.clone(),
            quorum: quorum.subscribe(),
            rules: Arc::new(FakeRules),
            remember: Arc::new(remember),
            progress: progress.clone(),
        };
        let source = SwitchingSource::on_zookeeper(parts, pushes);
        let log = logs.lock().unwrap().remove(0);
        Bench { source, log, later_logs: logs, tree, image, link, inlet, progress, remembered, _quorum: quorum }
    }

    async fn write(&self, metadata_offset: i64, records: Vec<Record>) {
        let stamp = stamp(metadata_offset);
        self.log.send(SourceEvent::Records { stamp, absolute: false, records }).await.unwrap();
        self.log.send(SourceEvent::CaughtUp { stamp }).await.unwrap();
    }

    /// Publishes what comes, as the publisher does, until nothing more comes.
    async fn run(&mut self) -> Vec<&'static str> {
        let mut shown = Vec::new();
        while let Ok(event) = timeout(Duration::from_millis(200), self.source.next()).await {
            let before = self.image.load();
            match event {
                SourceEvent::Records { stamp, records, .. } => {
                    let mut delta = Delta::new(&before.image);
                    delta.replay_all(&records).unwrap();
                    self.image.store(Published { image: Arc::new(delta.apply().0), stamp });
                    shown.push("records");
                }
                SourceEvent::Image { stamp, image } => {
                    self.image.store(Published { image, stamp });
                    shown.push("image");
                }
                SourceEvent::CaughtUp { .. } => shown.push("caught up"),
            }
        }
        shown
    }

    fn authority(&self) -> Authority {
        assert_eq!(self.link.load().broker_epoch.authority, self.image.load().image.dialect.authority);
        self.image.load().image.dialect.authority
    }

    /// Fwd2 to Fwd4, as this broker sees it.
    async fn move_forward(&mut self) {
        self.tree.view.send_replace(broker_rules(Some(3000), 7));
        let mut records = topic();
        records.push(state(ZkMigrationState::Migration));
        self.write(10, records).await;
        self.run().await;
    }

    async fn push(&self, is_kraft_controller: bool) -> Result<(), ErrorCode> {
        let request = UpdateMetadataRequest {
            controller_id: 2,
            controller_epoch: 8,
            broker_epoch: CZXID,
            is_kraft_controller,
            ..Default::default()
        };
        self.inlet.update_metadata(&request).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_before_the_copy_is_watched_and_not_followed() {
    let mut bench = Bench::new();
    bench.tree.view.send_replace(broker_rules(Some(3000), 7));
    bench.write(3, vec![state(ZkMigrationState::PreMigration)]).await;
    assert_eq!(bench.run().await, Vec::<&str>::new());
    assert_eq!((bench.authority(), bench.progress.observed_offset()), (Authority::ZooKeeper, 3));
}

#[tokio::test(start_paused = true)]
async fn the_copy_is_followed_as_a_whole_and_the_link_goes_with_it() {
    let mut bench = Bench::new();
    bench.move_forward().await;
    assert_eq!(bench.authority(), Authority::KRaft);
    // Until the amended registration is answered, Fetch says −1.
    assert_eq!(bench.link.load().broker_epoch.value, -1);
    assert_eq!(bench.image.load().image.topics.partition(&ORDERS, 0).unwrap().leader_epoch, 4);
    assert_eq!(*bench.remembered.lock().unwrap(), [Authority::KRaft]);
    assert_eq!(bench.push(true).await, Err(ErrorCode::STALE_CONTROLLER_EPOCH));
    bench.write(11, vec![state(ZkMigrationState::Migration)]).await;
    assert_eq!(bench.run().await, ["records", "caught up"]);
}

#[tokio::test(start_paused = true)]
async fn while_a_broker_rules_the_tree_the_log_is_not_followed() {
    let mut bench = Bench::new();
    let mut records = topic();
    records.push(state(ZkMigrationState::Migration));
    bench.write(10, records).await;
    bench.run().await;
    assert_eq!(bench.authority(), Authority::ZooKeeper);
    // The claim is seen later than the copy.
    bench.tree.view.send_replace(broker_rules(Some(3000), 7));
    assert_eq!(bench.run().await, ["image", "caught up"]);
    assert_eq!(bench.authority(), Authority::KRaft);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_lacks_a_local_replica_blocks() {
    let mut bench = Bench::new();
    bench.tree.view.send_replace(broker_rules(Some(3000), 7));
    bench.write(10, vec![state(ZkMigrationState::Migration)]).await;
    bench.run().await;
    assert_eq!(bench.authority(), Authority::ZooKeeper);
    assert_eq!(bench.progress.blocked(), ["KM504 orders"]);
    // The repair is followed.
    bench.write(12, topic()).await;
    bench.run().await;
    assert_eq!((bench.authority(), bench.progress.blocked()), (Authority::KRaft, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn the_way_back_needs_the_log_and_the_tree_to_agree() {
    let mut bench = Bench::new();
    bench.move_forward().await;
    // Somebody took the tree that was not given back.
    bench.tree.view.send_replace(broker_rules(Some(2), -1));
    bench.run().await;
    assert_eq!(bench.authority(), Authority::KRaft);
    bench.write(20, vec![state(ZkMigrationState::PreMigration)]).await;
    bench.run().await;
    assert_eq!(bench.authority(), Authority::ZooKeeper);
    assert_eq!(bench.link.load().broker_epoch.value, CZXID);
    assert_eq!(bench.image.load().image.topics.partition(&ORDERS, 0).unwrap().leader_epoch, 4);
    assert_eq!(*bench.tree.calls.lock().unwrap(), ["follow again"]);
    assert_eq!(*bench.remembered.lock().unwrap(), [Authority::KRaft, Authority::ZooKeeper]);
    assert_eq!(bench.progress.switches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_push_of_the_successor_waits_for_the_way_back() {
    let mut bench = Bench::new();
    bench.move_forward().await;
    bench.write(20, vec![state(ZkMigrationState::PreMigration)]).await;
    bench.run().await;
    let inlet = bench.inlet.clone();
    let request =
        UpdateMetadataRequest { controller_id: 2, controller_epoch: 8, broker_epoch: CZXID, ..Default::default() };
    let pushed = tokio::spawn(async move { inlet.update_metadata(&request).await });
    bench.run().await;
    assert!(!pushed.is_finished());
    bench.tree.view.send_replace(broker_rules(Some(2), -1));
    bench.run().await;
    assert_eq!(pushed.await.unwrap(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_second_move_reads_the_log_from_its_beginning_and_waits_for_its_end() {
    let mut bench = Bench::new();
    bench.move_forward().await;
    bench.tree.view.send_replace(broker_rules(Some(2), -1));
    bench.write(20, vec![state(ZkMigrationState::PreMigration)]).await;
    bench.run().await;
    assert_eq!(bench.authority(), Authority::ZooKeeper);
    bench.log = bench.later_logs.lock().unwrap().remove(0);
    // History first: MIGRATION is in it, and is not the end.
    bench.tree.view.send_replace(broker_rules(Some(3000), 9));
    let mut history = topic();
    history.push(state(ZkMigrationState::Migration));
    bench.log.send(SourceEvent::Records { stamp: stamp(10), absolute: false, records: history }).await.unwrap();
    bench.run().await;
    assert_eq!(bench.authority(), Authority::ZooKeeper);
    bench.write(20, vec![state(ZkMigrationState::PreMigration)]).await;
    bench.run().await;
    assert_eq!(bench.authority(), Authority::ZooKeeper);
    bench.write(30, vec![state(ZkMigrationState::Migration)]).await;
    bench.run().await;
    assert_eq!((bench.authority(), bench.progress.switches()), (Authority::KRaft, 3));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_mirror_closes_the_session_once() {
    let mut bench = Bench::new();
    bench.move_forward().await;
    bench.write(40, vec![state(ZkMigrationState::PostMigration)]).await;
    bench.write(41, vec![state(ZkMigrationState::PostMigration)]).await;
    bench.run().await;
    assert_eq!(*bench.tree.calls.lock().unwrap(), ["close"]);
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_is_answered_during_the_way_back_counts() {
    let mut bench = Bench::new();
    bench.move_forward().await;
    bench.tree.asked_before_registered.store(1, Ordering::SeqCst);
    bench.tree.view.send_replace(broker_rules(Some(2), -1));
    bench.write(20, vec![state(ZkMigrationState::PreMigration)]).await;
    bench.run().await;
    assert_eq!((bench.authority(), bench.link.load().broker_epoch.value), (Authority::ZooKeeper, CZXID));
}
