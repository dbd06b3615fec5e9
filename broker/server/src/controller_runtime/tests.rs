//! The gate, on a log kept in memory: what is decided in PRE_MIGRATION and under a freeze.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kedge_controller::{
    ApiResult, Settings,
    brokers::{self, HeartbeatReply, HeartbeatRequest, RegisterBrokerRequest},
    topics,
};
use kedge_metadata_state::{
    Delta, Dialect, Image, MetadataVersion, Record, SidecarRecord, TopicId, Touched, Uuid,
    image::{Endpoint, ZkMigrationState},
    records::{
        BeginTransactionRecord, EndTransactionRecord, MetadataRecord, PartitionRecord, TopicRecord,
        ZkMigrationStateRecord,
    },
    sidecar::{MigrationFacts, MigrationPhase},
};
use kedge_metadata_store::{
    CampaignError, Candidate, CommitError, Fence, Held, LoadError, MetadataStore, Observations, Observed, Outcome,
    Position, Reign, StoreFence, Unit,
};

use super::*;
use crate::clock::Clock;

/// A log of one voter.
struct FakeLog {
    state: Mutex<FakeState>,
}

struct FakeState {
    image: Image,
    end_offset: i64,
    epoch: i32,
    entries: Vec<Vec<Record>>,
    fail_at_entry: Option<usize>,
    /// The next commit takes so long.
    stall: Option<Duration>,
    observers: Vec<tokio::sync::mpsc::UnboundedSender<Observed>>,
}

impl FakeLog {
    fn new(image: Image) -> Arc<FakeLog> {
        let state = FakeState {
            image,
            end_offset: 10,
            epoch: 0,
            entries: Vec::new(),
            fail_at_entry: None,
            stall: None,
            observers: Vec::new(),
        };
        Arc::new(FakeLog { state: Mutex::new(state) })
    }

    fn entries(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let entries = state.entries.iter();
        entries.map(|records| records.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")).collect()
    }
}

#[async_trait]
impl MetadataStore for FakeLog {
    fn can_hold(&self, _: &Record) -> Held {
        Held::Exactly
    }

    async fn load(&self) -> Result<(Arc<Image>, Position, Observations), LoadError> {
        let (sender, observations) = Observations::channel();
        let mut state = self.state.lock().unwrap();
        state.observers.push(sender);
        Ok((Arc::new(state.image.clone()), Position(state.end_offset - 1), observations))
    }

    async fn campaign(&self, _: Candidate) -> Result<Reign, CampaignError> {
        let mut state = self.state.lock().unwrap();
        state.epoch += 1;
        let leader_epoch = state.epoch;
        Ok(Reign { controller_epoch: leader_epoch, fence: StoreFence::Raft { leader_epoch } })
    }

    async fn commit(&self, _: Fence<'_>, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        let stall = self.state.lock().unwrap().stall.take();
        if let Some(stall) = stall {
            tokio::time::sleep(stall).await;
        }
        let mut state = self.state.lock().unwrap();
        let mut outcomes = Vec::new();
        for unit in units {
            if state.fail_at_entry == Some(state.entries.len()) {
                return Err(CommitError::Unknown { from_unit: 0, cause: "lost".to_owned() });
            }
            let mut delta = Delta::new(&state.image);
            super::replay(&mut delta, &unit.records);
            state.image = delta.apply().0;
            let metadata = unit.records.iter().filter(|record| matches!(record, Record::Metadata(_))).count();
            state.end_offset += metadata.max(1) as i64;
            outcomes.push(Outcome::Committed(Position(state.end_offset - 1)));
            let is_no_op = matches!(unit.records.as_slice(), [Record::Metadata(MetadataRecord::NoOp(_))]);
            if !is_no_op {
                state.entries.push(unit.records);
            }
        }
        Ok(outcomes)
    }

    async fn resign(&self, _: Reign) {}
}

/// What a listener heard.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl CommitListener for Heard {
    fn activated(&self, controller_epoch: i32, _: &Arc<Image>, position: Position) {
        self.0.lock().unwrap().push(format!("activated {controller_epoch} at {}", position.0));
    }
    fn committed(&self, _: &Arc<Image>, after: &Arc<Image>, _: &Touched, position: Position) {
        let (topics, state) = (after.topics.by_id.len(), after.features.zk_migration_state);
        self.0.lock().unwrap().push(format!("committed: {topics} topics, {state:?}, at {}", position.0));
    }
    fn resigned(&self) {
        self.0.lock().unwrap().push("resigned".to_owned());
    }
}

#[derive(Debug)]
struct FixedClock(std::sync::atomic::AtomicI64);

impl Clock for FixedClock {
    fn now_ms(&self) -> i64 {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

struct World {
    log: Arc<FakeLog>,
    heard: Arc<Heard>,
    clock: Arc<FixedClock>,
    handle: ControllerHandle,
}

/// A quorum in this state; the log holds a topic of an earlier attempt, led by broker 1.
async fn world(state: ZkMigrationState) -> World {
    let topic_id = TopicId::from_bytes([7; 16]);
    let mut image = Image::from_records(
        Dialect::kraft(MetadataVersion::LATEST),
        &[
            MetadataRecord::Topic(TopicRecord { name: "old".to_owned(), topic_id }).into(),
            MetadataRecord::Partition(PartitionRecord {
                topic_id,
                partition_id: 0,
                replicas: vec![1, 2],
                isr: vec![1, 2],
                leader: 1,
                leader_epoch: 5,
                partition_epoch: 9,
                ..Default::default()
            })
            .into(),
        ],
    )
    .expect("the records fit");
    image.features.zk_migration_state = state;
    image.features.metadata_version = Some(MetadataVersion::LATEST);
    let (log, heard) = (FakeLog::new(image), Arc::new(Heard::default()));
    let clock = Arc::new(FixedClock(1_000_000.into()));
    let mut settings = Settings::for_cluster("c", 100);
    settings.zookeeper_metadata_migration_enable = true;
    let handle = start(ControllerConfig {
        store: log.clone(),
        node_id: 100,
        settings,
        rebalance_interval: Duration::from_secs(300),
        max_idle_interval: Duration::from_millis(500),
        clock: clock.clone(),
        seed: 7,
        listener: heard.clone(),
    });
    while handle.active_epoch().is_none() {
        tokio::task::yield_now().await;
    }
    World { log, heard, clock, handle }
}

fn registration(broker_id: i32, incarnation: u8) -> RegisterBrokerRequest {
    let listener = Endpoint { listener_name: "L".to_owned(), host: "h".to_owned(), port: 1, security_protocol: 0 };
    RegisterBrokerRequest {
        broker_id,
        cluster_id: "c".to_owned(),
        incarnation_id: Uuid::from_bytes([incarnation; 16]),
        listeners: vec![listener],
        features: BTreeMap::from([("metadata.version".to_owned(), (17, 21))]),
        rack: None,
        is_migrating_zk_broker: true,
        directories: vec![Uuid::from_bytes([broker_id as u8 + 100; 16])],
    }
}

impl World {
    fn later(&self, ms: i64) {
        self.clock.0.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
    }

    async fn register(&self, broker_id: i32, incarnation: u8) -> Result<ApiResult<i64>, ControllerError> {
        let asked = registration(broker_id, incarnation);
        self.handle
            .decide_membership(move |context, soft| brokers::register_broker(context, &mut soft.liveness, &asked))
            .await
    }

    async fn heartbeat(&self, broker_id: i32, broker_epoch: i64) -> ApiResult<HeartbeatReply> {
        let asked = HeartbeatRequest {
            broker_id,
            broker_epoch,
            current_metadata_offset: 1_000_000,
            want_fence: false,
            want_shut_down: false,
            offline_directories: Vec::new(),
        };
        let answered = self.handle.decide_heartbeat(move |context, soft| match soft.is_frozen {
            true => kedge_controller::Decision::unchanged(
                brokers::late_heartbeat(context, &mut soft.liveness, &asked).map(|()| HeartbeatReply {
                    is_caught_up: true,
                    is_fenced: context.image.cluster.brokers[&asked.broker_id].fenced,
                    in_controlled_shutdown: false,
                    should_shut_down: false,
                }),
            ),
            false => brokers::heartbeat(context, &mut soft.liveness, &asked),
        });
        answered.await.expect("heartbeats are always answered")
    }

    async fn create_topic(&self) -> Result<(), ControllerError> {
        let request = topics::CreateTopicsRequest {
            topics: vec![topics::CreatableTopic { name: "new".to_owned(), ..Default::default() }],
            validate_only: false,
        };
        self.handle.decide(move |context, _| topics::create_topics(context, &request)).await.map(drop)
    }
}

#[tokio::test(start_paused = true)]
async fn before_the_copy_membership_is_decided_and_the_old_content_left_alone() {
    let world = world(ZkMigrationState::PreMigration).await;
    let epoch = world.register(1, 1).await.expect("decided").expect("registered");
    assert_eq!(epoch, 10, "the offset of its own record: nothing else was written before it");
    assert!(!world.heartbeat(1, epoch).await.expect("known").is_fenced);
    assert_eq!(world.create_topic().await, Err(ControllerError::NotController));
    // A new incarnation would leave the ISRs of the old content, and a fenced broker its leaderships.
    world.later(20_000);
    let epoch = world.register(1, 2).await.expect("decided").expect("registered");
    assert!(!world.heartbeat(1, epoch).await.expect("known").is_fenced);
    world.later(20_000);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(world.heartbeat(1, epoch + 1_000).await.is_err());
    let partition = world.log.state.lock().unwrap().image.topics.by_id.values().next().unwrap().partitions[&0].clone();
    assert_eq!((partition.leader, partition.leader_epoch, partition.partition_epoch), (1, 5, 9));
    insta::assert_snapshot!(world.log.entries().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_frozen_controller_acknowledges_heartbeats_and_does_nothing_else() {
    let world = world(ZkMigrationState::Migration).await;
    let epoch = world.register(1, 1).await.expect("decided").expect("registered");
    assert!(!world.heartbeat(1, epoch).await.expect("known").is_fenced);
    let entries = world.log.entries().len();
    let end_offset = world.log.state.lock().unwrap().end_offset;
    assert!(!world.handle.freeze(99).await, "another reign");
    assert!(world.handle.freeze(1).await);
    // The session is long over; nobody is fenced, no NoOp is written, no request decided.
    world.later(60_000);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(world.create_topic().await, Err(ControllerError::NotController));
    assert_eq!(world.register(2, 1).await, Err(ControllerError::NotController));
    assert!(!world.heartbeat(1, epoch).await.expect("known").is_fenced);
    assert_eq!(world.log.entries().len(), entries);
    assert_eq!(world.log.state.lock().unwrap().end_offset, end_offset);
    world.later(60_000);
    assert!(world.handle.thaw(1).await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.log.entries().len(), entries, "a full session from the thaw on");
    world.later(10_000);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(world.log.state.lock().unwrap().image.cluster.brokers[&1].fenced, "{:?}", world.log.entries());
}

/// KIP-835: a log that nobody writes to moves every 500 ms, one that moves is left alone.
#[tokio::test(start_paused = true)]
async fn a_still_log_gets_no_op_records_and_a_busy_one_none() {
    let world = world(ZkMigrationState::Migration).await;
    let end = || world.log.state.lock().unwrap().end_offset;
    let start = end();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(end(), start + 4, "one every half second");
    let (start, entries) = (end(), world.log.entries().len());
    for broker_id in 1..=20 {
        world.register(broker_id, 1).await.expect("decided").expect("registered");
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let written: usize = world.log.state.lock().unwrap().entries[entries..].iter().map(Vec::len).sum();
    assert_eq!(end() - start, written as i64, "the registrations alone moved it");
}

/// A controller that waits for its log hears nobody; whoever was alive is not fenced for that (KAFKA-15019).
#[tokio::test(start_paused = true)]
async fn a_commit_that_hangs_for_longer_than_a_session_fences_nobody() {
    let world = world(ZkMigrationState::Migration).await;
    let mut epochs = Vec::new();
    for broker_id in 1..=3 {
        let epoch = world.register(broker_id, 1).await.expect("decided").expect("registered");
        assert!(!world.heartbeat(broker_id, epoch).await.expect("known").is_fenced);
        epochs.push(epoch);
    }
    let fenced = || {
        let state = world.log.state.lock().unwrap();
        (1..=3).map(|broker_id| state.image.cluster.brokers[&broker_id].fenced).collect::<Vec<_>>()
    };
    world.log.state.lock().unwrap().stall = Some(Duration::from_secs(20));
    // Broker 1's heartbeat is answered with the commit that hangs, broker 2's comes while it hangs, broker 3's after it.
    let (_, first, second, ()) = tokio::join!(
        world.register(4, 1),
        world.heartbeat(1, epochs[0]),
        async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            world.heartbeat(2, epochs[1]).await
        },
        async {
            tokio::time::sleep(Duration::from_secs(19)).await;
            world.later(20_000);
        },
    );
    assert!(!first.expect("known").is_fenced && !second.expect("known").is_fenced);
    world.later(2_000);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(fenced(), [false; 3], "{:?}", world.log.entries());
    world.heartbeat(1, epochs[0]).await.expect("known");
    world.heartbeat(3, epochs[2]).await.expect("known");
    // Silence counts again: broker 2 has died.
    for _ in 0..3 {
        world.later(3_000);
        tokio::time::sleep(Duration::from_secs(3)).await;
        world.heartbeat(1, epochs[0]).await.expect("known");
        world.heartbeat(3, epochs[2]).await.expect("known");
    }
    assert_eq!(fenced(), [false, true, false], "{:?}", world.log.entries());
}

fn batch(records: impl IntoIterator<Item = MetadataRecord>) -> Vec<Record> {
    records.into_iter().map(Record::from).collect()
}

fn copy() -> Vec<Vec<Record>> {
    let topic_id = TopicId::from_bytes([8; 16]);
    let facts = MigrationFacts {
        generation: 1,
        phase: MigrationPhase::Dual,
        migration_zk_version: None,
        successor: None,
        holding: None,
        blocked: None,
        without_brokers: Vec::new(),
        foreign_writes: Default::default(),
    };
    let mut last = batch([ZkMigrationStateRecord { zk_migration_state: ZkMigrationState::Migration as i8 }.into()]);
    last.push(SidecarRecord::Migration(facts).into());
    last.extend(batch([EndTransactionRecord {}.into()]));
    vec![
        batch([BeginTransactionRecord { name: None }.into(), TopicRecord { name: "a".to_owned(), topic_id }.into()]),
        batch([TopicRecord { name: "b".to_owned(), topic_id: TopicId::from_bytes([9; 16]) }.into()]),
        last,
    ]
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_several_entries_is_told_as_one_change() {
    let world = world(ZkMigrationState::PreMigration).await;
    assert!(world.handle.freeze(1).await);
    assert_eq!(world.handle.commit_batches(2, copy()).await, DriverCommit::Refused);
    assert_eq!(world.handle.commit_batches(1, copy()).await, DriverCommit::Committed);
    // Frozen still; the next decision stands on the copy.
    assert_eq!(world.create_topic().await, Err(ControllerError::NotController));
    assert!(world.handle.thaw(1).await);
    assert!(world.register(1, 1).await.is_ok());
    insta::assert_snapshot!(world.heard.0.lock().unwrap().join("\n"));
    insta::assert_snapshot!(world.log.entries().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_breaks_off_ends_the_reign_before_it_is_answered() {
    let world = world(ZkMigrationState::PreMigration).await;
    world.log.state.lock().unwrap().fail_at_entry = Some(1);
    assert_eq!(world.handle.commit_batches(1, copy()).await, DriverCommit::Unknown);
    assert_eq!(world.handle.active_epoch(), None);
    assert_eq!(world.heard.0.lock().unwrap().last().unwrap(), "resigned");
    assert_eq!(world.handle.commit_batches(1, copy()).await, DriverCommit::Refused);
    assert!(!world.handle.freeze(1).await);
}
