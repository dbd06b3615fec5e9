//! One broker's replicas: roles, appends, acknowledgements, ISR changes.

use kedge_metadata_state::records::{ConfigRecord, RemoveTopicRecord};

use super::*;
use crate::{
    controller_link::LinkError,
    replica::{
        AppendOrigin, Appended, FetchParams, FetchTarget, FullWait, PartitionFetch, PartitionRead, Reader,
        metrics::ReplicaMetrics,
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn leads(isr: &[BrokerId], partition_epoch: i32) -> Record {
    MetadataRecord::Partition(state(id(0), 1, 5, isr, partition_epoch)).into()
}

fn leader(isr: &[BrokerId]) -> TestBroker {
    let broker = TestBroker::start(1).with_cluster([0; 3]);
    broker.learn([leads(isr, 10)]);
    broker
}

async fn append(broker: &TestBroker, values: &[&str], acks: i16) -> Result<Appended, ErrorCode> {
    broker.manager.append(id(0), batch(values), acks, AppendOrigin::Client, SECOND).await
}

/// A request of one partition, without a session.
async fn fetch_once(
    broker: &TestBroker,
    params: &FetchParams,
    target: FetchTarget,
) -> Result<PartitionRead, ErrorCode> {
    let mut wait = FullWait { waiter: Arc::default(), targets: &[target], opens_session: false };
    let looked = broker.manager.fetch(params, &[target], &mut wait).await;
    looked.expect("not of a session").pop().expect("one target").read
}

/// A follower has everything below `fetch_offset`.
async fn follower_fetches(broker: &TestBroker, broker_id: BrokerId, broker_epoch: i64, fetch_offset: i64) {
    let reader = Reader::Follower { broker_id, broker_epoch };
    let params = FetchParams { reader, max_wait: Duration::ZERO, min_bytes: 1, max_bytes: 1 << 20 };
    let fetch = PartitionFetch { fetch_offset, current_leader_epoch: 5, last_fetched_epoch: -1, max_bytes: 1 << 20 };
    let reads = fetch_once(broker, &params, FetchTarget { number: 0, id: Ok(id(0)), fetch }).await;
    assert!(reads.is_ok(), "{:?}", reads.err());
}

fn count(counter: &std::sync::atomic::AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn metrics(broker: &TestBroker) -> &ReplicaMetrics {
    broker.manager.metrics()
}

#[tokio::test(start_paused = true)]
async fn acks_all_waits_for_every_in_sync_replica() {
    let broker = leader(&[1, 2, 3]);
    assert_eq!(append(&broker, &["a", "b"], 1).await.unwrap().base_offset, 0);
    assert_eq!((broker.log_end_offset(), broker.high_watermark()), (2, 0));
    let waits = async {
        let appended = append(&broker, &["c"], -1).await;
        (appended, broker.high_watermark())
    };
    let followers = async {
        follower_fetches(&broker, 2, 12, 3).await;
        assert_eq!(broker.high_watermark(), 0, "3 has not fetched");
        follower_fetches(&broker, 3, 13, 2).await;
        assert_eq!(broker.high_watermark(), 2);
        follower_fetches(&broker, 3, 13, 3).await;
    };
    let ((appended, high_watermark), ()) = tokio::join!(waits, followers);
    assert_eq!((appended.unwrap().base_offset, high_watermark), (2, 3));
    // Nobody fetches again: the time runs out, and the records stay.
    assert_eq!(append(&broker, &["d"], -1).await, Err(ErrorCode::REQUEST_TIMED_OUT));
    assert_eq!(broker.log_end_offset(), 4);
}

#[tokio::test(start_paused = true)]
async fn losing_the_leadership_fails_who_waits() {
    let broker = leader(&[1, 2]);
    let waits = append(&broker, &["a"], -1);
    let loses = async {
        broker.learn([MetadataRecord::Partition(state(id(0), 2, 6, &[2], 11)).into()]);
        // Leading again later does not make the old append good: it may have been cut meanwhile.
        broker.learn([MetadataRecord::Partition(state(id(0), 1, 7, &[1], 12)).into()]);
    };
    let (appended, ()) = tokio::join!(waits, loses);
    assert_eq!(appended, Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
    assert_eq!(broker.manager.is_leader(id(0)), Some(7));
}

#[tokio::test(start_paused = true)]
async fn min_insync_replicas_before_and_after_the_append() {
    let broker = leader(&[1]);
    let config = ConfigRecord {
        resource_type: 2,
        resource_name: TOPIC_NAME.to_owned(),
        name: "min.insync.replicas".to_owned(),
        value: Some("2".to_owned()),
    };
    broker.learn([MetadataRecord::Config(config).into()]);
    assert_eq!(append(&broker, &["a"], -1).await, Err(ErrorCode::NOT_ENOUGH_REPLICAS));
    assert!(append(&broker, &["a"], 1).await.is_ok(), "acks=1 does not ask for it");
    assert_eq!(broker.high_watermark(), 0, "but consumers see nothing (KIP-966)");
    assert_eq!(broker.manager.gauges().under_min_isr_partitions, 1);

    broker.learn([leads(&[1, 2], 11)]);
    let partition = broker.manager.find(id(0)).unwrap();
    let origin = kedge_log::AppendOrigin::Client;
    let appended = partition.append_as_leader(&batch(&["b"]), -1, origin, true).unwrap();
    assert_eq!(partition.check_replicated(&appended), None);
    follower_fetches(&broker, 2, 12, 2).await;
    assert_eq!(partition.check_replicated(&appended), Some(ErrorCode::NONE));
    broker.learn([leads(&[1], 12)]);
    assert_eq!(partition.check_replicated(&appended), Some(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND));
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_caught_up_joins_the_isr() {
    let broker = leader(&[1, 2]);
    append(&broker, &["a"], 1).await.unwrap();
    follower_fetches(&broker, 3, 99, 1).await;
    assert_eq!(broker.propose(0).await, 0);
    assert!(broker.link.asked.lock().unwrap().is_empty(), "99 is not the epoch broker 3 registered with");
    follower_fetches(&broker, 3, -1, 1).await;
    broker.link.failures.lock().unwrap().push(Err(LinkError::NotController));
    assert_eq!(broker.propose(0).await, 1, "to be sent again");
    broker.link.failures.lock().unwrap().push(Ok(ErrorCode::UNKNOWN_SERVER_ERROR));
    assert_eq!(broker.propose(0).await, 1);
    follower_fetches(&broker, 2, 12, 1).await;
    assert_eq!(broker.propose(0).await, 0);
    let asked = broker.link.asked.lock().unwrap().pop().unwrap();
    assert_eq!((asked.leader_epoch, asked.partition_epoch), (5, 10));
    assert_eq!(asked.new_isr, [(1, 11), (2, 12), (3, -1)]);
    assert_eq!((count(&metrics(&broker).isr_expansions), broker.high_watermark()), (1, 1));
    assert_eq!(broker.manager.gauges().under_replicated_partitions, 0);
}

#[tokio::test(start_paused = true)]
async fn rf_three_survives_on_its_last_replica() {
    let broker = leader(&[1, 2, 3]);
    let mut acknowledged = Vec::new();
    for (round, alive) in [&[2, 3][..], &[2], &[]].into_iter().enumerate() {
        let offset = broker.log_end_offset();
        let name = format!("r{round}");
        let values = [name.as_str()];
        let appends = append(&broker, &values, -1);
        let rest = async {
            for broker_id in alive {
                follower_fetches(&broker, *broker_id, -1, offset + 1).await;
            }
            // The others are silent until they lag too long.
            broker.clock.advance(Duration::from_secs(31));
            for broker_id in alive {
                follower_fetches(&broker, *broker_id, -1, offset + 1).await;
            }
            broker.manager.find(id(0)).unwrap().shrink_isr_if_lagging();
            broker.propose(0).await;
        };
        let (appended, ()) = tokio::join!(appends, rest);
        acknowledged.push(appended.unwrap().base_offset);
    }
    assert_eq!(acknowledged, [0, 1, 2]);
    assert_eq!(count(&metrics(&broker).isr_shrinks), 2);
    assert_eq!(broker.high_watermark(), 3);
    let bytes = broker.manager.read_committed_local(id(0), 0, 1 << 20).unwrap();
    assert_eq!(kedge_protocol::batch::BatchIter::new(&bytes).filter(Result::is_ok).count(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_equal_leader_epoch_changes_nothing_but_the_isr() {
    let broker = leader(&[1, 2, 3]);
    append(&broker, &["a"], 1).await.unwrap();
    follower_fetches(&broker, 2, -1, 1).await;
    follower_fetches(&broker, 3, -1, 1).await;
    broker.learn([MetadataRecord::Partition(state(id(1), 2, 5, &[1, 2, 3], 10)).into()]);
    assert_eq!(broker.manager.followed_partitions_count(), 1);
    let before = (count(&metrics(&broker).became_leader), count(&metrics(&broker).became_follower));
    assert_eq!(before, (1, 1));

    // The same through the other authority, with lower partition epochs, and back.
    for (dialect, partition_epoch) in [(Dialect::ZOOKEEPER, 3), (kraft(), 1), (Dialect::ZOOKEEPER, 0)] {
        broker.switch_to(|image| {
            image.dialect = dialect;
            let mut topic = image.topics.by_id[&TOPIC].as_ref().clone();
            for partition in topic.partitions.values_mut() {
                let mut changed = partition.as_ref().clone();
                changed.partition_epoch = partition_epoch;
                *partition = Arc::new(changed);
            }
            image.topics.by_id.insert(TOPIC, Arc::new(topic));
        });
        let after = (count(&metrics(&broker).became_leader), count(&metrics(&broker).became_follower));
        assert_eq!(after, before, "no role was taken anew");
        assert_eq!(broker.manager.followed_partitions_count(), 1);
        assert_eq!(count(&metrics(&broker).truncations), 0);
        // Progress of the followers was kept: both are known to have offset 0, and the next record waits for both.
        assert_eq!(broker.high_watermark(), 1);
        broker.learn([leads(&[1, 2], partition_epoch + 1)]);
        follower_fetches(&broker, 3, -1, 1).await;
        broker.propose(0).await;
        let asked = broker.link.asked.lock().unwrap().pop().unwrap();
        assert_eq!(asked.partition_epoch, partition_epoch + 1, "proposals build on the new authority's epoch");
    }
}

#[tokio::test(start_paused = true)]
async fn epochs_of_readers_are_checked() {
    let broker = leader(&[1]);
    append(&broker, &["a"], 1).await.unwrap();
    let read = |current_leader_epoch, last_fetched_epoch, fetch_offset| {
        let partition = broker.manager.find(id(0)).unwrap();
        let fetch = PartitionFetch { fetch_offset, current_leader_epoch, last_fetched_epoch, max_bytes: 1 << 20 };
        partition
            .read(Reader::Consumer { read_committed: false }, &fetch, 1 << 20, true, false)
            .map(|read| (read.size_bytes() > 0, read.diverging.map(|end| (end.leader_epoch, end.end_offset))))
    };
    assert_eq!(read(-1, -1, 0), Ok((true, None)));
    assert_eq!(read(5, 5, 0), Ok((true, None)));
    assert_eq!(read(4, -1, 0), Err(ErrorCode::FENCED_LEADER_EPOCH));
    assert_eq!(read(6, -1, 0), Err(ErrorCode::UNKNOWN_LEADER_EPOCH));
    assert_eq!(read(-1, -1, 2), Err(ErrorCode::OFFSET_OUT_OF_RANGE));
    assert_eq!(read(5, 5, 9), Ok((false, Some((5, 1)))), "the reader's epoch ended here at 1");
    broker.learn([MetadataRecord::Partition(state(id(0), 2, 6, &[1, 2], 11)).into()]);
    assert_eq!(read(-1, -1, 0), Err(ErrorCode::NOT_LEADER_OR_FOLLOWER));
    assert_eq!(read(5, -1, 0), Err(ErrorCode::FENCED_LEADER_EPOCH));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_waits_for_the_data_its_reader_may_see() {
    let broker = leader(&[1, 2]);
    let target = |fetch_offset| FetchTarget {
        number: 0,
        id: Ok(id(0)),
        fetch: PartitionFetch { fetch_offset, current_leader_epoch: -1, last_fetched_epoch: -1, max_bytes: 1 << 20 },
    };
    let params = |reader| FetchParams { reader, max_wait: Duration::from_secs(60), min_bytes: 1, max_bytes: 1 << 20 };
    let consumer = async {
        let params = params(Reader::Consumer { read_committed: true });
        let read = fetch_once(&broker, &params, target(0)).await;
        (read.unwrap().size_bytes() > 0, broker.high_watermark())
    };
    let follower = async {
        let reader = Reader::Follower { broker_id: 2, broker_epoch: 12 };
        let read = fetch_once(&broker, &params(reader), target(0)).await;
        assert!(read.unwrap().size_bytes() > 0, "a follower sees the log end");
        assert_eq!(broker.high_watermark(), 0);
        // Its next fetch proves it has the record; there is nothing new for it, so it waits until its time is over.
        fetch_once(&broker, &params(reader), target(1)).await.unwrap().size_bytes()
    };
    let started = tokio::time::Instant::now();
    let (consumer, follower, appended) = tokio::join!(consumer, follower, append(&broker, &["a"], -1));
    assert_eq!((consumer, follower), ((true, 1), 0));
    assert_eq!(appended.unwrap().base_offset, 0);
    assert_eq!(started.elapsed(), Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn idempotent_producers_get_the_original_offset() {
    let broker = leader(&[1]);
    let produced = |producer_epoch, sequence| {
        let mut builder = BatchBuilder::new(0).producer(77, producer_epoch, sequence);
        builder.append(1_700_000_000_000, None, Some(b"v"), &[]);
        let records = builder.build();
        let manager = broker.manager.clone();
        async move {
            let appended = manager.append(id(0), records, -1, AppendOrigin::Client, SECOND).await;
            appended.map(|appended| appended.base_offset)
        }
    };
    assert_eq!(produced(3, 0).await, Ok(0));
    assert_eq!(produced(3, 1).await, Ok(1));
    assert_eq!(produced(3, 0).await, Ok(0), "sent again");
    assert_eq!(produced(3, 5).await, Err(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    assert_eq!(produced(2, 2).await, Err(ErrorCode::INVALID_PRODUCER_EPOCH));
    assert_eq!((broker.log_end_offset(), count(&metrics(&broker).duplicate_batches)), (2, 1));
}

#[tokio::test]
async fn logs_come_and_go_with_metadata() {
    let broker = TestBroker::start(1);
    let foreign = kedge_log::TopicPartition::new("gone", 0);
    broker.manager.logs().create_partition(&foreign, Some(Uuid::from_bytes([9; 16])), None).unwrap();
    let broker = broker.with_cluster([0; 3]);
    assert!(broker.manager.logs().get(&foreign).is_none(), "a stray at the first image");
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(broker.dir.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.contains('-') && !name.contains("checkpoint")).collect();
        names.sort();
        names
    };
    assert!(names().iter().any(|name| name.starts_with("gone-0.") && name.ends_with("-stray")), "{:?}", names());

    broker.learn([leads(&[1], 10)]);
    assert_eq!(broker.manager.led_partitions_count(), 1);
    assert!(names().contains(&"orders-0".to_owned()));
    // Deleted and made anew in one step, under another id.
    let anew = TopicIdPartition { topic_id: Uuid::from_bytes([8; 16]), partition_id: 0 };
    let removed = RemoveTopicRecord { topic_id: TOPIC };
    broker.learn([
        MetadataRecord::RemoveTopic(removed).into(),
        topic(anew.topic_id),
        MetadataRecord::Partition(state(anew, 1, 0, &[1], 0)).into(),
    ]);
    assert_eq!(broker.manager.find(id(0)).err(), Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
    assert_eq!(broker.manager.is_leader(anew), Some(0));
    assert!(names().iter().any(|name| name.starts_with("orders-0.") && name.ends_with("-delete")), "{:?}", names());
    // Assigned to others: the log goes.
    broker.learn([with_replicas(&[2, 3], state(anew, 2, 1, &[2, 3], 1))]);
    assert_eq!(broker.manager.find(anew).err(), Some(ErrorCode::NOT_LEADER_OR_FOLLOWER));
    assert!(!names().contains(&"orders-0".to_owned()));
}

#[tokio::test]
async fn a_log_of_another_topic_is_not_hosted() {
    let broker = TestBroker::start(1);
    broker.learn([registered(1, 11, 0, false)]);
    let taken = kedge_log::TopicPartition::new(TOPIC_NAME, 0);
    broker.manager.logs().create_partition(&taken, Some(Uuid::from_bytes([9; 16])), None).unwrap();
    broker.learn([topic(TOPIC), leads(&[1], 10)]);
    assert_eq!(broker.manager.find(id(0)).err(), Some(ErrorCode::INCONSISTENT_TOPIC_ID));
    assert_eq!(broker.manager.gauges().offline_partitions, 1);
}

/// Kafka's DynamicLogConfig: a topic's own value, else this broker's, else the cluster's, else the properties file.
#[tokio::test]
async fn defaults_set_at_run_time_reach_logs_that_are_open_and_those_to_come() {
    let broker = leader(&[1]);
    let set = |resource_type: i8, resource_name: &str, name: &str, value: Option<&str>| -> Record {
        let (resource_name, name) = (resource_name.to_owned(), name.to_owned());
        MetadataRecord::Config(ConfigRecord { resource_type, resource_name, name, value: value.map(str::to_owned) })
            .into()
    };
    let (of_broker, of_topic) = (4, 2);
    let config = |partition_id: i32| {
        let log = broker.manager.find(id(partition_id)).expect("hosted").log().config();
        (log.retention_ms, log.segment_bytes)
    };
    let (week_ms, gibibyte) = (7 * 24 * 3_600_000, 1 << 30);
    assert_eq!(config(0), (week_ms, gibibyte));
    broker.learn([
        set(of_broker, "", "log.retention.ms", Some("1000")),
        set(of_broker, "", "log.segment.bytes", Some("2000")),
        set(of_broker, "1", "log.segment.bytes", Some("3000")),
        set(of_broker, "2", "log.segment.bytes", Some("4000")),
    ]);
    assert_eq!(config(0), (1_000, 3_000));
    broker.learn([MetadataRecord::Partition(state(id(1), 1, 5, &[1], 10)).into()]);
    assert_eq!(config(1), (1_000, 3_000), "a log made afterwards");
    broker.learn([set(of_topic, TOPIC_NAME, "retention.ms", Some("50"))]);
    assert_eq!(config(0), (50, 3_000));
    broker.learn([set(of_broker, "1", "log.segment.bytes", None)]);
    assert_eq!(config(0), (50, 2_000), "under a topic's own config too");
    broker.learn([set(of_topic, TOPIC_NAME, "retention.ms", None), set(of_broker, "", "log.segment.bytes", None)]);
    assert_eq!(config(1), (1_000, gibibyte));
}
