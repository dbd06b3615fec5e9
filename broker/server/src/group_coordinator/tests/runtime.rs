//! The coordinator over a log in memory: loading, parking, handing over, failing writes. Time is tokio's, paused.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use kedge_metadata_state::{
    Dialect, Image, TopicIdPartition, Touched, Uuid,
    image::{PartitionImage, TopicImage},
    records::PartitionRecord,
};
use kedge_protocol::{
    ErrorCode,
    batch::{BatchIter, patch},
};
use tokio::sync::Semaphore;

use super::{
    super::{
        GroupCoordinator,
        core::{CommitRequest, JoinRequest, SyncRequest},
        log::OffsetsLog,
        partition_of,
    },
    offset,
};
use crate::{api::internal_topics::GROUP_METADATA_TOPIC, clock::Clock, config::KafkaConfig};

const TOPIC: Uuid = Uuid::from_u128(77);

/// One partition's log.
#[derive(Debug)]
struct MemoryLog {
    batches: Mutex<Vec<u8>>,
    /// What the next appends fail with.
    failures: Mutex<VecDeque<ErrorCode>>,
    /// How many records each append brought.
    appends: Mutex<Vec<i32>>,
    /// A permit for each append that may go on.
    gate: Semaphore,
}

impl MemoryLog {
    fn new() -> Arc<MemoryLog> {
        Arc::new(MemoryLog {
            batches: Mutex::default(),
            failures: Mutex::default(),
            appends: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }
}

#[async_trait]
impl OffsetsLog for MemoryLog {
    async fn append(&self, _id: TopicIdPartition, batch: Bytes, _timeout: Duration) -> Result<i64, ErrorCode> {
        self.gate.acquire().await.expect("never closed").forget();
        let mut batch = batch.to_vec();
        let header = BatchIter::new(&batch).next().unwrap().unwrap().header;
        self.appends.lock().unwrap().push(header.records_count);
        if let Some(error) = self.failures.lock().unwrap().pop_front() {
            return Err(error);
        }
        let mut batches = self.batches.lock().unwrap();
        let base_offset =
            BatchIter::new(&batches).last().map_or(0, |last| last.expect("whole batches").header.last_offset() + 1);
        patch(&mut batch, base_offset, 0);
        batches.extend_from_slice(&batch);
        Ok(base_offset)
    }

    fn read(&self, _id: TopicIdPartition, from_offset: i64, _max_bytes: usize) -> Result<Bytes, ErrorCode> {
        let batches = self.batches.lock().unwrap();
        // One batch at a time, so that loading takes several steps.
        let next = BatchIter::new(&batches).map(Result::unwrap).find(|batch| batch.header.last_offset() >= from_offset);
        Ok(next.map_or_else(Bytes::new, |batch| Bytes::copy_from_slice(batch.bytes)))
    }
}

#[derive(Debug, Default)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn image(topics: &[(&str, Uuid)]) -> Image {
    let mut image = Image::empty(Dialect::ZOOKEEPER);
    for (name, topic_id) in topics {
        let partition = PartitionImage::from_record(&PartitionRecord::default()).unwrap();
        let topic =
            TopicImage { name: (*name).to_owned(), topic_id: *topic_id, partitions: [(0, Arc::new(partition))].into() };
        image.topics.by_id.insert(*topic_id, Arc::new(topic));
        image.topics.by_name.insert((*name).to_owned(), *topic_id);
    }
    image
}

fn coordinator(log: &Arc<MemoryLog>) -> Arc<GroupCoordinator> {
    let config = KafkaConfig { group_initial_rebalance_delay_ms: 3_000, ..KafkaConfig::for_test() };
    let groups = GroupCoordinator::with_log(&config, log.clone(), Arc::new(TestClock::default()));
    groups.on_metadata(&image(&[(GROUP_METADATA_TOPIC, TOPIC)]), &Touched::default());
    groups
}

/// Waits until a group's partition is loaded.
async fn loaded(groups: &GroupCoordinator) {
    while groups.list().is_loading {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn commit(committed_offset: i64) -> CommitRequest {
    CommitRequest {
        group_id: "g".to_owned(),
        generation_id: -1,
        offsets: vec![(("t".to_owned(), 0), offset(committed_offset, 0))],
        ..Default::default()
    }
}

fn committed(groups: &GroupCoordinator) -> Result<Option<i64>, ErrorCode> {
    let place = ("t".to_owned(), 0);
    groups.offsets("g", |offsets| offsets.and_then(|offsets| offsets.get(&place)).map(|offset| offset.committed_offset))
}

fn join(member_id: &str, fresh_member_id: &str) -> JoinRequest {
    JoinRequest {
        group_id: "g".to_owned(),
        member_id: member_id.to_owned(),
        fresh_member_id: fresh_member_id.to_owned(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 20_000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), Bytes::new())],
        ..Default::default()
    }
}

fn sync(member_id: &str, generation_id: i32, assignments: &[(&str, &'static str)]) -> SyncRequest {
    SyncRequest {
        group_id: "g".to_owned(),
        generation_id,
        member_id: member_id.to_owned(),
        assignments: assignments
            .iter()
            .map(|(id, value)| ((*id).to_owned(), Bytes::from_static(value.as_bytes())))
            .collect(),
        ..Default::default()
    }
}

#[tokio::test(start_paused = true)]
async fn offsets_survive_a_hand_over() {
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    assert_eq!(partition_of("g", 1), 0);
    assert_eq!(committed(&groups), Err(ErrorCode::NOT_COORDINATOR));
    groups.elected(0, 5);
    assert_eq!(committed(&groups), Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS));
    assert_eq!(groups.heartbeat("g", 1, "m", None), ErrorCode::NONE);
    assert_eq!(groups.sync(sync("m", 1, &[])).await.error, ErrorCode::REBALANCE_IN_PROGRESS);
    loaded(&groups).await;
    assert_eq!(groups.commit(commit(10)).await, [ErrorCode::NONE]);
    assert_eq!(groups.commit(commit(11)).await, [ErrorCode::NONE]);
    assert_eq!(committed(&groups), Ok(Some(11)));
    groups.elected(0, 5);
    assert_eq!(committed(&groups), Ok(Some(11)), "an equal epoch changes nothing");
    groups.elected(0, 4);
    assert_eq!(committed(&groups), Ok(Some(11)), "nor does an older one");
    groups.elected(0, 6);
    assert_eq!(committed(&groups), Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS));
    loaded(&groups).await;
    assert_eq!(committed(&groups), Ok(Some(11)));
    groups.resigned(0);
    assert_eq!(committed(&groups), Err(ErrorCode::NOT_COORDINATOR));
    assert_eq!(groups.commit(commit(12)).await, [ErrorCode::NOT_COORDINATOR]);
}

#[tokio::test(start_paused = true)]
async fn an_election_waits_for_the_topic_to_be_known() {
    let log = MemoryLog::new();
    let config = KafkaConfig::for_test();
    let groups = GroupCoordinator::with_log(&config, log.clone(), Arc::new(TestClock::default()));
    groups.elected(0, 0);
    assert!(!groups.list().is_loading);
    let first = image(&[(GROUP_METADATA_TOPIC, TOPIC)]);
    groups.on_metadata(&first, &Touched::default());
    loaded(&groups).await;
    assert_eq!(groups.commit(commit(1)).await, [ErrorCode::NONE]);
    // Deleted and made anew within one change of the image: the leader epoch is the same, the log is another one.
    log.batches.lock().unwrap().clear();
    groups.on_metadata(&image(&[(GROUP_METADATA_TOPIC, Uuid::from_u128(78))]), &Touched::default());
    loaded(&groups).await;
    assert_eq!(committed(&groups), Ok(None));
}

#[tokio::test(start_paused = true)]
async fn parked_requests_hear_of_the_hand_over() {
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    groups.elected(0, 0);
    loaded(&groups).await;
    let joining = tokio::spawn({
        let groups = groups.clone();
        async move { groups.join(join("", "a")).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    groups.resigned(0);
    assert_eq!(joining.await.unwrap().error, ErrorCode::NOT_COORDINATOR);
}

#[tokio::test(start_paused = true)]
async fn a_group_forms_and_a_silent_member_is_dropped() {
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    groups.elected(0, 0);
    loaded(&groups).await;
    let (a, b) = tokio::join!(groups.join(join("", "a")), groups.join(join("", "b")));
    assert_eq!((a.error, a.generation_id, a.leader.as_str(), a.members.len()), (ErrorCode::NONE, 1, "a", 2));
    assert_eq!((b.error, b.generation_id, b.leader.as_str(), b.members.len()), (ErrorCode::NONE, 1, "a", 0));
    let (b, a) = tokio::join!(groups.sync(sync("b", 1, &[])), groups.sync(sync("a", 1, &[("a", "p0"), ("b", "p1")])));
    assert_eq!((&a.assignment[..], &b.assignment[..]), (&b"p0"[..], &b"p1"[..]));
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(groups.heartbeat("g", 1, "a", None), ErrorCode::NONE);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(groups.heartbeat("g", 1, "a", None), ErrorCode::REBALANCE_IN_PROGRESS);
    let a = groups.join(join("a", "")).await;
    assert_eq!((a.generation_id, a.members.len()), (2, 1));
    assert_eq!(groups.sync(sync("a", 2, &[("a", "p0 p1")])).await.error, ErrorCode::NONE);
    // The next coordinator knows the member and its generation.
    groups.elected(0, 1);
    loaded(&groups).await;
    assert_eq!(groups.heartbeat("g", 2, "a", None), ErrorCode::NONE);
    assert_eq!(groups.heartbeat("g", 1, "b", None), ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(groups.sync(sync("a", 2, &[])).await.assignment, Bytes::from_static(b"p0 p1"));
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_fails_is_not_visible() {
    let cases = [
        (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorCode::COORDINATOR_NOT_AVAILABLE),
        (ErrorCode::NOT_ENOUGH_REPLICAS, ErrorCode::COORDINATOR_NOT_AVAILABLE),
        (ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND, ErrorCode::COORDINATOR_NOT_AVAILABLE),
        (ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::NOT_COORDINATOR),
        (ErrorCode::KAFKA_STORAGE_ERROR, ErrorCode::NOT_COORDINATOR),
        (ErrorCode::MESSAGE_TOO_LARGE, ErrorCode::INVALID_COMMIT_OFFSET_SIZE),
        (ErrorCode::RECORD_LIST_TOO_LARGE, ErrorCode::INVALID_COMMIT_OFFSET_SIZE),
        (ErrorCode::INVALID_FETCH_SIZE, ErrorCode::INVALID_COMMIT_OFFSET_SIZE),
        (ErrorCode::REQUEST_TIMED_OUT, ErrorCode::REQUEST_TIMED_OUT),
    ];
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    groups.elected(0, 0);
    loaded(&groups).await;
    for (failure, told) in cases {
        log.failures.lock().unwrap().push_back(failure);
        assert_eq!(groups.commit(commit(1)).await, [told], "{failure}");
        assert_eq!(committed(&groups), Ok(None), "{failure}");
    }
}

#[tokio::test(start_paused = true)]
async fn commits_gather_into_batches_and_a_batch_too_large_is_split() {
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    groups.elected(0, 0);
    loaded(&groups).await;
    log.gate.forget_permits(Semaphore::MAX_PERMITS);
    let spawn_commit = |committed_offset| {
        let groups = groups.clone();
        tokio::spawn(async move { groups.commit(commit(committed_offset)).await })
    };
    let mut commits = vec![spawn_commit(0)];
    tokio::time::sleep(Duration::from_millis(1)).await;
    commits.extend((1..5).map(spawn_commit));
    tokio::time::sleep(Duration::from_millis(1)).await;
    // The first is under way; the batch of the four others is too large, and so is the first of them.
    log.failures.lock().unwrap().extend([
        ErrorCode::NOT_ENOUGH_REPLICAS,
        ErrorCode::MESSAGE_TOO_LARGE,
        ErrorCode::MESSAGE_TOO_LARGE,
    ]);
    log.gate.add_permits(10);
    let mut codes = Vec::new();
    for commit in commits {
        codes.push(commit.await.unwrap()[0]);
    }
    let (unavailable, too_large) = (ErrorCode::COORDINATOR_NOT_AVAILABLE, ErrorCode::INVALID_COMMIT_OFFSET_SIZE);
    assert_eq!(codes, [unavailable, too_large, ErrorCode::NONE, ErrorCode::NONE, ErrorCode::NONE]);
    assert_eq!(*log.appends.lock().unwrap(), [1, 4, 1, 1, 1, 1]);
    assert_eq!(committed(&groups), Ok(Some(4)));
}

#[tokio::test(start_paused = true)]
async fn an_append_under_way_ends_before_the_next_load() {
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    groups.elected(0, 0);
    loaded(&groups).await;
    log.gate.forget_permits(Semaphore::MAX_PERMITS);
    let late = tokio::spawn({
        let groups = groups.clone();
        async move { groups.commit(commit(9)).await }
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    groups.elected(0, 1);
    assert_eq!(late.await.unwrap(), [ErrorCode::NOT_COORDINATOR], "its outcome is unknown");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(groups.list().is_loading, "the log may still grow");
    log.gate.add_permits(10);
    loaded(&groups).await;
    assert_eq!(committed(&groups), Ok(Some(9)));
}

#[tokio::test(start_paused = true)]
async fn offsets_of_a_deleted_topic_are_gone_after_a_reload_too() {
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    groups.elected(0, 0);
    loaded(&groups).await;
    assert_eq!(groups.commit(commit(1)).await, [ErrorCode::NONE]);
    let before = image(&[("t", Uuid::from_u128(9))]);
    let mut touched = Touched::default();
    touched.topics_deleted.insert(Uuid::from_u128(9), before.topics.get("t").unwrap().clone());
    groups.on_metadata(&image(&[(GROUP_METADATA_TOPIC, TOPIC)]), &touched);
    assert_eq!(committed(&groups), Ok(None));
    tokio::time::sleep(Duration::from_millis(1)).await;
    groups.elected(0, 1);
    loaded(&groups).await;
    assert_eq!(committed(&groups), Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_topic_deleted_while_loading_takes_its_offsets_with_it() {
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    groups.elected(0, 0);
    loaded(&groups).await;
    assert_eq!(groups.commit(commit(1)).await, [ErrorCode::NONE]);
    groups.elected(0, 1);
    let before = image(&[("t", Uuid::from_u128(9))]);
    let mut touched = Touched::default();
    touched.topics_deleted.insert(Uuid::from_u128(9), before.topics.get("t").unwrap().clone());
    groups.on_metadata(&image(&[(GROUP_METADATA_TOPIC, TOPIC)]), &touched);
    loaded(&groups).await;
    assert_eq!(committed(&groups), Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_group_is_gone_after_a_reload_too() {
    let log = MemoryLog::new();
    let groups = coordinator(&log);
    groups.elected(0, 0);
    loaded(&groups).await;
    assert_eq!(groups.delete("g").await, ErrorCode::GROUP_ID_NOT_FOUND);
    assert_eq!(groups.commit(commit(1)).await, [ErrorCode::NONE]);
    log.failures.lock().unwrap().push_back(ErrorCode::NOT_ENOUGH_REPLICAS);
    assert_eq!(groups.delete("g").await, ErrorCode::COORDINATOR_NOT_AVAILABLE);
    assert_eq!(committed(&groups), Ok(Some(1)), "what could not be deleted is still there");
    assert_eq!(groups.delete("g").await, ErrorCode::NONE);
    groups.elected(0, 1);
    loaded(&groups).await;
    assert_eq!(groups.list().groups, []);
}
