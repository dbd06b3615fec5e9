//! Tests of replicas on real logs in temporary directories, with a controller that does what the test says.

mod handlers;
mod partition;
mod replication;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use kedge_log::{LogManager, LogManagerConfig, OsFileSystem};
use kedge_metadata_state::{
    Authority, BrokerEpoch, BrokerId, Delta, Dialect, Image, MetadataVersion, Record, TopicIdPartition,
    records::{
        MetadataRecord, PartitionRecord, RegisterBrokerRecord, TopicRecord, register_broker_record::BrokerEndpoint,
    },
};
use kedge_metadata_store::Registration;
use kedge_protocol::{ErrorCode, Uuid, batch::BatchBuilder};
use tempfile::TempDir;

use super::{ReplicaConfig, ReplicaManager};
use crate::{
    clock::Clock,
    context::RequestContext,
    controller_link::{
        CommittedIsr, ControllerLink, Heartbeat, HeartbeatReply, IsrChange, IsrReply, LinkError, ProducerIdBlock,
    },
    services::{LinkCell, Linked},
};

pub(super) const TOPIC: Uuid = Uuid::from_bytes([7; 16]);
pub(super) const TOPIC_NAME: &str = "orders";

pub(super) fn id(partition_id: i32) -> TopicIdPartition {
    TopicIdPartition { topic_id: TOPIC, partition_id }
}

/// A clock that moves when it is told to.
#[derive(Debug)]
pub(super) struct TestClock(AtomicI64);

impl TestClock {
    pub(super) fn advance(&self, step: Duration) {
        self.0.fetch_add(step.as_millis() as i64, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl kedge_log::Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A controller that commits every ISR it is asked for, unless told to fail.
#[derive(Debug, Default)]
pub(super) struct FakeLink {
    pub(super) asked: Mutex<Vec<IsrChange>>,
    /// What the next proposals are answered with, first in first out.
    pub(super) failures: Mutex<Vec<Result<ErrorCode, LinkError>>>,
}

#[async_trait]
impl ControllerLink for FakeLink {
    fn controller_for_clients(&self) -> Option<BrokerId> {
        None
    }

    async fn register(&self, _registration: Registration) -> Result<i64, LinkError> {
        Err(LinkError::NotController)
    }

    async fn heartbeat(&self, _heartbeat: Heartbeat) -> Result<HeartbeatReply, LinkError> {
        Err(LinkError::NotController)
    }

    async fn alter_partition(&self, changes: Vec<IsrChange>) -> Result<Vec<IsrReply>, LinkError> {
        self.asked.lock().unwrap().extend(changes.clone());
        let failure = {
            let mut failures = self.failures.lock().unwrap();
            (!failures.is_empty()).then(|| failures.remove(0))
        };
        let refusal = failure.transpose()?;
        let reply = |change: IsrChange| IsrReply {
            topic_id: change.topic_id,
            partition_id: change.partition_id,
            result: match refusal {
                Some(code) => Err(code),
                None => Ok(CommittedIsr {
                    leader: 1,
                    leader_epoch: change.leader_epoch,
                    isr: change.new_isr.iter().map(|(broker_id, _)| *broker_id).collect(),
                    leader_recovery_state: change.leader_recovery_state,
                    partition_epoch: change.partition_epoch + 1,
                }),
            },
        };
        Ok(changes.into_iter().map(reply).collect())
    }

    async fn allocate_producer_ids(&self) -> Result<ProducerIdBlock, LinkError> {
        Err(LinkError::NotController)
    }

    async fn admin(&self, _context: &RequestContext, _body: Bytes) -> Result<Bytes, LinkError> {
        Err(LinkError::NotController)
    }
}

/// A broker's replicas, its metadata, and its controller.
pub(super) struct TestBroker {
    pub(super) manager: Arc<ReplicaManager>,
    pub(super) link: Arc<FakeLink>,
    pub(super) clock: Arc<TestClock>,
    image: Mutex<Image>,
    pub(super) dir: TempDir,
}

pub(super) fn registered(broker_id: BrokerId, broker_epoch: i64, port: u16, fenced: bool) -> Record {
    let endpoint =
        BrokerEndpoint { name: "PLAINTEXT".to_owned(), host: "127.0.0.1".to_owned(), port, security_protocol: 0 };
    let record =
        RegisterBrokerRecord { broker_id, broker_epoch, fenced, end_points: vec![endpoint], ..Default::default() };
    MetadataRecord::RegisterBroker(record).into()
}

pub(super) fn topic(topic_id: Uuid) -> Record {
    MetadataRecord::Topic(TopicRecord { name: TOPIC_NAME.to_owned(), topic_id }).into()
}

/// A partition's state: leader, leader epoch, ISR, partition epoch; its replicas are 1, 2 and 3.
pub(super) fn state(
    id: TopicIdPartition,
    leader: BrokerId,
    leader_epoch: i32,
    isr: &[BrokerId],
    partition_epoch: i32,
) -> PartitionRecord {
    PartitionRecord {
        partition_id: id.partition_id,
        topic_id: id.topic_id,
        replicas: vec![1, 2, 3],
        isr: isr.to_vec(),
        leader,
        leader_epoch,
        partition_epoch,
        ..Default::default()
    }
}

pub(super) fn with_replicas(replicas: &[BrokerId], state: PartitionRecord) -> Record {
    MetadataRecord::Partition(PartitionRecord { replicas: replicas.to_vec(), ..state }).into()
}

pub(super) fn kraft() -> Dialect {
    Dialect::kraft(MetadataVersion::LATEST)
}

impl TestBroker {
    pub(super) fn start(broker_id: BrokerId) -> TestBroker {
        TestBroker::start_with(ReplicaConfig::new(broker_id))
    }

    pub(super) fn start_with(config: ReplicaConfig) -> TestBroker {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1_700_000_000_000)));
        let logs = LogManagerConfig::new(vec![dir.path().to_path_buf()]);
        let drawn = AtomicI64::new(0);
        let new_id = Box::new(move || Uuid::from_bytes([0xab + drawn.fetch_add(1, Ordering::SeqCst) as u8; 16]));
        let (logs, _) = LogManager::open(logs, Arc::new(OsFileSystem), clock.clone(), new_id).unwrap();
        let link = Arc::new(FakeLink::default());
        let epoch = BrokerEpoch { authority: Authority::KRaft, value: 10 + i64::from(config.broker_id) };
        let cell = LinkCell::new(Linked { link: link.clone(), broker_epoch: epoch });
        let image = Image::empty(kraft());
        let manager =
            ReplicaManager::with_config(config, Arc::new(logs), Arc::new(image.clone()), Arc::new(cell), clock.clone());
        TestBroker { manager: Arc::new(manager), link, clock, image: Mutex::new(image), dir }
    }

    /// Brokers 1, 2 and 3 with the epochs 11, 12 and 13, and the topic.
    pub(super) fn with_cluster(self, ports: [u16; 3]) -> TestBroker {
        let brokers = [1, 2, 3]
            .map(|broker_id| registered(broker_id, 10 + i64::from(broker_id), ports[broker_id as usize - 1], false));
        self.learn(brokers.into_iter().chain([topic(TOPIC)]));
        self
    }

    /// Metadata arrives.
    pub(super) fn learn(&self, records: impl IntoIterator<Item = Record>) -> Image {
        let mut image = self.image.lock().unwrap();
        let mut delta = Delta::new(&image);
        for record in records {
            delta.replay(&record).unwrap();
        }
        let (next, touched) = delta.apply();
        self.manager.apply(&image, &next, &touched);
        *image = next.clone();
        next
    }

    /// Another authority's image takes the present one's place.
    pub(super) fn switch_to(&self, change: impl FnOnce(&mut Image)) {
        let mut image = self.image.lock().unwrap();
        let mut target = image.clone();
        change(&mut target);
        let mut delta = Delta::new(&image);
        delta.replace(&target);
        let (next, touched) = delta.apply();
        self.manager.apply(&image, &next, &touched);
        *image = next;
    }

    pub(super) fn log_end_offset(&self) -> i64 {
        self.manager.log_end_offset(id(0)).unwrap()
    }

    pub(super) fn high_watermark(&self) -> i64 {
        self.manager.high_watermark(id(0)).unwrap()
    }

    /// Sends what waits to the controller once.
    pub(super) async fn propose(&self, partition_id: i32) -> usize {
        let manager = self.manager.clone();
        let find: super::isr::FindPartition = Arc::new(move |id| manager.find(id).ok());
        super::isr::propose(&self.manager.context, &find, vec![id(partition_id)]).await.len()
    }
}

/// A batch of `values`.
pub(super) fn batch(values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(0);
    for value in values {
        builder.append(1_700_000_000_000, None, Some(value.as_bytes()), &[]);
    }
    builder.build()
}
