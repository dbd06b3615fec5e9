//! Two brokers over loopback: real fetchers, real sockets, real logs.

use kedge_protocol::messages::{FetchRequest, ListOffsetsRequest};
use tokio::{net::TcpListener, time::timeout};

use super::*;
use crate::{
    api::{fetch, list_offsets},
    dispatch::ApiTable,
    metadata_source::SourceStamp,
    network::listener::{self, ListenerShared, RunningListener},
    replica::{AppendOrigin, waiters::Waiter},
    services::{ImageCell, Published},
};

/// Longer than anything here takes; a hang fails, a slow machine does not.
const PATIENCE: Duration = Duration::from_secs(60);

struct Pair {
    brokers: [TestBroker; 2],
    images: [Arc<ImageCell>; 2],
    _listeners: [RunningListener; 2],
}

fn images() -> Arc<ImageCell> {
    let stamp = SourceStamp { authority: Authority::KRaft, controller_epoch: 0, metadata_offset: -1 };
    Arc::new(ImageCell::new(Published { image: Arc::new(Image::empty(kraft())), stamp }))
}

fn serve(socket: TcpListener, broker: &TestBroker, images: &Arc<ImageCell>) -> RunningListener {
    let mut apis = ApiTable::new();
    let (replicas, cell) = (broker.manager.clone(), images.clone());
    apis.serve(fetch::VERSIONS, move |context, request: FetchRequest| {
        let (replicas, cell) = (replicas.clone(), cell.clone());
        async move { fetch::fetch(&replicas, &cell, context, request).await }
    });
    let (replicas, cell) = (broker.manager.clone(), images.clone());
    apis.serve(list_offsets::VERSIONS, move |context, request: ListOffsetsRequest| {
        let (replicas, cell) = (replicas.clone(), cell.clone());
        async move { list_offsets::list_offsets(&replicas, &cell, &context, request).into() }
    });
    let shared = ListenerShared { clock: broker.clock.clone(), ..ListenerShared::for_test("PLAINTEXT", apis) };
    listener::start(socket, shared).unwrap()
}

async fn pair() -> Pair {
    let sockets = [bind().await, bind().await];
    let ports = [0, 1].map(|index: usize| sockets[index].local_addr().unwrap().port());
    let brokers = [1, 2].map(|broker_id| {
        let broker = TestBroker::start(broker_id).with_cluster([ports[0], ports[1], 9]);
        broker.manager.start_background();
        broker
    });
    let images = [images(), images()];
    let [first, second] = sockets;
    let listeners = [serve(first, &brokers[0], &images[0]), serve(second, &brokers[1], &images[1])];
    Pair { brokers, images, _listeners: listeners }
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

impl Pair {
    /// One broker learns; handlers see the image as soon as replicas do.
    fn learn(&self, index: usize, record: &Record) {
        let image = self.brokers[index].learn([record.clone()]);
        let stamp = self.images[index].load().stamp;
        self.images[index].store(Published { image: Arc::new(image), stamp });
    }

    fn learn_both(&self, record: &Record) {
        self.learn(0, record);
        self.learn(1, record);
    }

    async fn append(&self, index: usize, value: &str, acks: i16) -> Result<i64, ErrorCode> {
        let manager = &self.brokers[index].manager;
        let appended = manager.append(id(0), batch(&[value]), acks, AppendOrigin::Client, PATIENCE).await;
        appended.map(|appended| appended.base_offset)
    }

    /// All bytes of a broker's log.
    fn bytes(&self, index: usize) -> Bytes {
        let partition = self.brokers[index].manager.find(id(0)).unwrap();
        let log = partition.log();
        log.read(log.log_start_offset(), 1 << 20, i64::MAX, true).unwrap().read_bytes().unwrap()
    }
}

fn led_by(leader: BrokerId, leader_epoch: i32, isr: &[BrokerId], partition_epoch: i32) -> Record {
    with_replicas(&[1, 2], state(id(0), leader, leader_epoch, isr, partition_epoch))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_change_truncates_what_the_new_leader_never_had() {
    let pair = pair().await;
    pair.learn_both(&led_by(1, 1, &[1, 2], 1));
    for offset in 0..10 {
        assert_eq!(pair.append(0, &format!("v{offset}"), -1).await, Ok(offset));
    }
    assert_eq!(pair.bytes(0), pair.bytes(1));
    assert_eq!(pair.brokers[1].log_end_offset(), 10);

    // Broker 2 leads; broker 1 has not heard of it and takes two records that nobody else will ever have.
    pair.learn(1, &led_by(2, 2, &[1, 2], 2));
    assert_eq!(pair.append(0, "lost", 1).await, Ok(10));
    assert_eq!(pair.append(0, "lost too", 1).await, Ok(11));
    assert_eq!(pair.append(1, "kept", 1).await, Ok(10));
    pair.learn(0, &led_by(2, 2, &[1, 2], 2));
    assert_eq!(pair.append(1, "kept too", -1).await, Ok(11), "acknowledged by broker 1, which has truncated");
    assert_eq!(pair.bytes(0), pair.bytes(1));
    let truncations = |index: usize| pair.brokers[index].manager.metrics().truncations.load(Ordering::Relaxed);
    assert_eq!((truncations(0), truncations(1)), (1, 0));
    assert_eq!(pair.append(0, "refused", 1).await, Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));

    // And back, with nothing to truncate.
    pair.learn_both(&led_by(1, 3, &[1, 2], 3));
    assert_eq!(pair.append(0, "home", -1).await, Ok(12));
    assert_eq!((truncations(0), truncations(1)), (1, 0));
    assert_eq!(pair.bytes(0), pair.bytes(1));

    // Broker 2 led epoch 4 without a record of it, so its newest epoch is one that broker 1 never heard of.
    pair.learn(1, &led_by(2, 4, &[1, 2], 4));
    pair.learn_both(&led_by(1, 5, &[1, 2], 5));
    assert_eq!(pair.append(0, "still", -1).await, Ok(13));
    assert_eq!((truncations(0), truncations(1)), (1, 0));
    assert_eq!(pair.bytes(0), pair.bytes(1));
    for broker in &pair.brokers {
        broker.manager.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_below_the_leaders_log_start_begins_there() {
    let pair = pair().await;
    pair.learn(0, &led_by(1, 1, &[1], 1));
    for offset in 0..6 {
        assert_eq!(pair.append(0, "old", -1).await, Ok(offset));
    }
    let leader = pair.brokers[0].manager.find(id(0)).unwrap();
    leader.log().advance_log_start_offset(4).unwrap();
    let moved = Arc::new(Waiter::default());
    leader.high_watermark_moved.register(&moved, 0);
    pair.learn(1, &led_by(1, 1, &[1], 1));
    timeout(PATIENCE, async {
        // Woken by every ISR change.
        while leader.isr_health() != Some((false, false)) {
            moved.notified().await;
        }
    })
    .await
    .expect("broker 2 joins the ISR");
    let follower = pair.brokers[1].manager.find(id(0)).unwrap();
    assert_eq!((follower.log().log_start_offset(), follower.log().log_end_offset()), (4, 6));
    assert_eq!(pair.append(0, "new", -1).await, Ok(6));
    assert_eq!(follower.log().log_end_offset(), 7);
    for broker in &pair.brokers {
        broker.manager.shutdown().await;
    }
}
