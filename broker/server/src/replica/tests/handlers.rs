//! The handlers of Fetch, ListOffsets and OffsetForLeaderEpoch over real replicas, without a socket.

use kedge_protocol::{
    ApiKey,
    messages::{
        FetchRequest, FetchResponse, ListOffsetsRequest,
        fetch_request::{FetchPartition, FetchTopic},
        fetch_response::FetchableTopicResponse,
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
    },
    wire::Records,
};

use super::*;
use crate::{
    api::{fetch, list_offsets},
    context::{AllowAll, Principal, SecurityProtocol},
    dispatch::Answer,
    metadata_source::SourceStamp,
    replica::AppendOrigin,
    services::{ImageCell, Published},
};

fn context(api_key: ApiKey, api_version: i16) -> RequestContext {
    RequestContext {
        principal: Principal::anonymous(),
        client_address: [127, 0, 0, 1].into(),
        listener_name: "PLAINTEXT".into(),
        security_protocol: SecurityProtocol::Plaintext,
        client_id: None,
        connection_id: 1,
        api_key,
        api_version,
        correlation_id: 1,
        received_at: 0,
        forwarded: false,
        authorizer: Arc::new(AllowAll),
    }
}

struct Fixture {
    broker: TestBroker,
    images: ImageCell,
}

/// Broker 1 leads partition 0 in epoch 5 with three records; broker 2 leads partition 1.
async fn fixture() -> Fixture {
    let broker = TestBroker::start(1).with_cluster([0, 9_092, 0]);
    let image = broker.learn([
        MetadataRecord::Partition(state(id(0), 1, 5, &[1], 10)).into(),
        MetadataRecord::Partition(state(id(1), 2, 7, &[2], 10)).into(),
    ]);
    for value in ["a", "b", "c"] {
        let appended = broker.manager.append(id(0), batch(&[value]), -1, AppendOrigin::Client, Duration::ZERO).await;
        assert!(appended.is_ok());
    }
    let stamp = SourceStamp { authority: Authority::KRaft, controller_epoch: 0, metadata_offset: 0 };
    Fixture { broker, images: ImageCell::new(Published { image: Arc::new(image), stamp }) }
}

impl Fixture {
    async fn fetch(
        &self,
        api_version: i16,
        topic: FetchTopic,
        change: impl FnOnce(&mut FetchRequest),
    ) -> FetchResponse {
        let mut request = FetchRequest { max_bytes: 1 << 20, topics: vec![topic], ..Default::default() };
        change(&mut request);
        let answer =
            fetch::fetch(&self.broker.manager, &self.images, context(ApiKey::FETCH, api_version), request).await;
        let Answer::Response { body, files, .. } = answer else { panic!("no response") };
        let slots = topics(&body).into_iter().flat_map(|topic| topic.partitions);
        let slots = slots.filter(|partition| matches!(partition.records, Some(Records::External { .. }))).count();
        assert_eq!(files.len(), slots);
        // Whatever was answered must encode in the version that was asked in.
        let mut out = kedge_protocol::wire::Encoder::new();
        kedge_protocol::Message::encode(&body, api_version, &mut out).unwrap();
        body
    }
}

fn named(topic: &str, partitions: &[i32]) -> FetchTopic {
    let partition =
        |partition: &i32| FetchPartition { partition: *partition, partition_max_bytes: 1 << 20, ..Default::default() };
    FetchTopic { topic: topic.to_owned(), partitions: partitions.iter().map(partition).collect(), ..Default::default() }
}

fn by_id(topic_id: Uuid, partitions: &[i32]) -> FetchTopic {
    FetchTopic { topic_id, ..named("", partitions) }
}

fn topics(response: &FetchResponse) -> Vec<FetchableTopicResponse> {
    response.responses.clone().into_vec()
}

fn codes(response: &FetchResponse) -> Vec<i16> {
    topics(response).into_iter().flat_map(|topic| topic.partitions).map(|partition| partition.error_code).collect()
}

#[tokio::test]
async fn fetch_says_what_is_wrong_per_partition() {
    let fixture = fixture().await;
    assert_eq!(codes(&fixture.fetch(12, named(TOPIC_NAME, &[0, 1, 2]), |_| ()).await), [0, 6, 3]);
    assert_eq!(codes(&fixture.fetch(4, named("nothing", &[0]), |_| ()).await), [3]);
    assert_eq!(codes(&fixture.fetch(13, by_id(Uuid::from_bytes([1; 16]), &[0]), |_| ()).await), [100]);
    // Who leads instead, from v16 on.
    let hinted = fixture.fetch(17, by_id(TOPIC, &[1]), |_| ()).await;
    let leader = &topics(&hinted)[0].partitions[0].current_leader;
    assert_eq!((leader.leader_id, leader.leader_epoch), (2, 7));
    let node = &hinted.node_endpoints[0];
    assert_eq!((node.node_id, node.host.as_str(), node.port), (2, "127.0.0.1", 9_092));
    assert!(fixture.fetch(15, by_id(TOPIC, &[1]), |_| ()).await.node_endpoints.is_empty());
}

#[tokio::test]
async fn fetch_limits_and_isolation() {
    let fixture = fixture().await;
    let size = |response: &FetchResponse| topics(response)[0].partitions[0].records.as_ref().unwrap().size_bytes();
    let one_batch = batch(&["a"]).len();
    let whole = fixture.fetch(12, named(TOPIC_NAME, &[0]), |_| ()).await;
    assert_eq!(size(&whole), 3 * one_batch);
    assert_eq!(topics(&whole)[0].partitions[0].aborted_transactions, None);
    assert_eq!(topics(&whole)[0].partitions[0].high_watermark, 3);
    let tiny = fixture.fetch(12, named(TOPIC_NAME, &[0]), |request| request.max_bytes = 1).await;
    assert_eq!(size(&tiny), one_batch, "at least one whole batch");
    let twice = FetchTopic {
        partitions: [named(TOPIC_NAME, &[0]).partitions, named(TOPIC_NAME, &[0]).partitions].concat(),
        ..named(TOPIC_NAME, &[])
    };
    let second = fixture.fetch(12, twice, |request| request.max_bytes = 1).await;
    assert_eq!(
        topics(&second)[0].partitions[1].records,
        Some(Records::Bytes(Bytes::new())),
        "only the first may exceed"
    );
    let committed = fixture.fetch(12, named(TOPIC_NAME, &[0]), |request| request.isolation_level = 1).await;
    assert_eq!(topics(&committed)[0].partitions[0].aborted_transactions, Some(vec![]));
}

#[tokio::test]
async fn fetch_sessions_leave_out_what_is_not_new() {
    let fixture = fixture().await;
    let at_the_end = || {
        let mut topic = by_id(TOPIC, &[0]);
        topic.partitions[0].fetch_offset = 3;
        topic
    };
    let opened = fixture.fetch(13, at_the_end(), |request| request.session_epoch = 0).await;
    assert_eq!((opened.error_code, opened.responses.len()), (0, 1));
    let incremental = |epoch| {
        move |request: &mut FetchRequest| {
            (request.session_id, request.session_epoch) = (opened.session_id, epoch);
            request.topics.clear();
        }
    };
    let next = fixture.fetch(13, at_the_end(), incremental(1)).await;
    assert_eq!((next.session_id, next.responses.len()), (opened.session_id, 0));
    assert_eq!(fixture.fetch(13, at_the_end(), incremental(1)).await.error_code, 71);
    assert_eq!(fixture.fetch(12, named(TOPIC_NAME, &[0]), incremental(2)).await.error_code, 106);
}

/// A follower's session over a hundred partitions led by broker 1.
struct Following {
    fixture: Fixture,
    session_id: i32,
    session_epoch: i32,
}

impl Following {
    async fn begin() -> Following {
        let broker = TestBroker::start(1).with_cluster([0; 3]);
        let led = |partition_id| MetadataRecord::Partition(state(id(partition_id), 1, 5, &[1, 2], 10)).into();
        let image = broker.learn((0..100).map(led));
        let stamp = SourceStamp { authority: Authority::KRaft, controller_epoch: 0, metadata_offset: 0 };
        let fixture = Fixture { broker, images: ImageCell::new(Published { image: Arc::new(image), stamp }) };
        let mut following = Following { fixture, session_id: 0, session_epoch: 0 };
        let opened = following.fetch(by_id(TOPIC, &(0..100).collect::<Vec<i32>>()), 0).await;
        assert_eq!((opened.error_code, opened.responses[0].partitions.len()), (0, 100));
        following.session_id = opened.session_id;
        following
    }

    async fn fetch(&mut self, mut topic: FetchTopic, max_wait_ms: i32) -> FetchResponse {
        let (session_id, session_epoch) = (self.session_id, self.session_epoch);
        self.session_epoch += 1;
        topic.partitions.iter_mut().for_each(|partition| partition.current_leader_epoch = -1);
        let is_empty = topic.partitions.is_empty();
        let fetched = self.fixture.fetch(15, topic, |request| {
            request.replica_state.replica_id = 2;
            request.replica_state.replica_epoch = 12;
            (request.session_id, request.session_epoch) = (session_id, session_epoch);
            (request.max_wait_ms, request.min_bytes) = (max_wait_ms, 1);
            if is_empty {
                request.topics.clear();
            }
        });
        fetched.await
    }

    fn looks(&self) -> u64 {
        self.fixture.broker.manager.metrics().fetch_looks.swap(0, Ordering::Relaxed)
    }

    async fn append(&self, partition_id: i32) {
        let manager = &self.fixture.broker.manager;
        manager.append(id(partition_id), batch(&["v"]), 1, AppendOrigin::Client, Duration::ZERO).await.unwrap();
    }

    /// Partitions of a response, with their bytes.
    fn told(response: &FetchResponse) -> Vec<(i32, bool)> {
        let partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
        let has_records = |data: &kedge_protocol::messages::fetch_response::PartitionData| {
            data.records.as_ref().is_some_and(|records| records.size_bytes() > 0)
        };
        partitions.map(|data| (data.partition_index, has_records(data))).collect()
    }
}

#[tokio::test]
async fn a_followers_session_costs_what_has_changed() {
    let mut following = Following::begin().await;
    assert_eq!(following.looks(), 100);
    let nothing = || by_id(TOPIC, &[]);
    assert_eq!(Following::told(&following.fetch(nothing(), 0).await), []);
    assert_eq!(following.looks(), 0, "nothing has moved");
    following.append(42).await;
    assert_eq!(Following::told(&following.fetch(nothing(), 0).await), [(42, true)]);
    assert_eq!(following.looks(), 1);
    // The follower has it: the high watermark moves, which is told with the next answer.
    let mut have = by_id(TOPIC, &[42]);
    have.partitions[0].fetch_offset = 1;
    following.fetch(have, 0).await;
    assert_eq!(following.fixture.broker.manager.high_watermark(id(42)), Some(1));
    following.fetch(nothing(), 0).await;
    assert!(following.looks() <= 2);
    assert_eq!(Following::told(&following.fetch(nothing(), 0).await), []);
    assert_eq!(following.looks(), 0);
    // Another broker's registration: who may join an ISR is looked at anew.
    following.fixture.broker.learn([registered(3, 23, 0, false)]);
    following.fetch(nothing(), 0).await;
    assert_eq!(following.looks(), 100);
    // A switch of the metadata source that changes no partition: the same, once, and nobody is woken by it.
    let partition = following.fixture.broker.manager.find(id(7)).unwrap();
    let waiter = Arc::default();
    partition.log_end_moved.register(&waiter, 0);
    following.fixture.broker.switch_to(|image| image.dialect = kedge_metadata_state::Dialect::ZOOKEEPER);
    assert_eq!(waiter.take_moved(), [0usize; 0]);
    following.fetch(nothing(), 0).await;
    assert_eq!(following.looks(), 100);
    // A role that is lost is told, though nobody asked.
    let lost = MetadataRecord::Partition(state(id(9), 3, 6, &[1, 3], 11)).into();
    following.fixture.broker.learn([lost]);
    let response = following.fetch(nothing(), 0).await;
    assert_eq!((Following::told(&response), codes(&response)), (vec![(9, false)], vec![6]));
}

#[tokio::test(start_paused = true)]
async fn a_waiting_session_is_woken_by_what_it_did_not_name() {
    let mut following = Following::begin().await;
    let manager = following.fixture.broker.manager.clone();
    let append = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        manager.append(id(31), batch(&["v"]), 1, AppendOrigin::Client, Duration::ZERO).await.unwrap();
    };
    let began = tokio::time::Instant::now();
    let (response, ()) = tokio::join!(following.fetch(by_id(TOPIC, &[]), 60_000), append);
    assert_eq!((Following::told(&response), began.elapsed()), (vec![(31, true)], Duration::from_millis(100)));
}

#[tokio::test(start_paused = true)]
async fn a_session_request_ends_the_wait_of_the_one_before() {
    let mut first = Following::begin().await;
    let fixture = &first.fixture;
    let ask = |session_epoch, max_wait_ms| {
        fixture.fetch(15, by_id(TOPIC, &[]), move |request| {
            request.replica_state.replica_id = 2;
            (request.session_id, request.session_epoch) = (first.session_id, session_epoch);
            (request.max_wait_ms, request.min_bytes) = (max_wait_ms, 1);
            request.topics.clear();
        })
    };
    let began = tokio::time::Instant::now();
    let later = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        ask(2, 0).await
    };
    let (overtaken, answered) = tokio::join!(ask(1, 60_000), later);
    assert_eq!((overtaken.error_code, answered.error_code), (71, 0));
    assert_eq!(began.elapsed(), Duration::from_millis(10));
    first.session_epoch = 3;
    first.append(5).await;
    assert_eq!(Following::told(&first.fetch(by_id(TOPIC, &[]), 0).await), [(5, true)]);
}

#[tokio::test]
async fn list_offsets_by_timestamp() {
    let fixture = fixture().await;
    let ask = |api_version: i16, partition_index, timestamp, replica_id| {
        let partition =
            ListOffsetsPartition { partition_index, timestamp, current_leader_epoch: -1, ..Default::default() };
        let topic = ListOffsetsTopic { name: TOPIC_NAME.to_owned(), partitions: vec![partition] };
        let request = ListOffsetsRequest { replica_id, isolation_level: 0, topics: vec![topic] };
        let context = context(ApiKey::LIST_OFFSETS, api_version);
        let response = list_offsets::list_offsets(&fixture.broker.manager, &fixture.images, &context, request);
        let mut out = kedge_protocol::wire::Encoder::new();
        kedge_protocol::Message::encode(&response, api_version, &mut out).unwrap();
        let found = &response.topics[0].partitions[0];
        (found.error_code, found.offset, found.timestamp, found.leader_epoch)
    };
    const WRITTEN_MS: i64 = 1_700_000_000_000;
    assert_eq!(ask(9, 0, -1, -1), (0, 3, -1, 5));
    assert_eq!(ask(9, 0, -2, -1), (0, 0, -1, 5));
    assert_eq!(ask(9, 0, -3, -1), (0, 0, WRITTEN_MS, 5));
    assert_eq!(ask(9, 0, -4, -1), (0, 0, -1, 5));
    assert_eq!(ask(9, 0, -5, -1), (0, -1, -1, -1));
    assert_eq!(ask(8, 0, -5, -1), (35, -1, -1, -1));
    assert_eq!(ask(9, 0, -6, -1), (35, -1, -1, -1));
    assert_eq!(ask(9, 0, WRITTEN_MS, -1), (0, 0, WRITTEN_MS, 5));
    assert_eq!(ask(9, 0, WRITTEN_MS + 1, -1), (0, -1, -1, -1));
    assert_eq!(ask(1, 0, -1, -1), (0, 3, -1, -1), "no leader epochs before v4");
    assert_eq!(ask(9, 1, -1, -1), (6, -1, -1, -1));
    assert_eq!(ask(9, 2, -1, -1), (3, -1, -1, -1));

    // A new epoch with a second replica in the ISR that has not fetched: the high watermark has not reached its start.
    fixture.broker.learn([MetadataRecord::Partition(state(id(0), 1, 6, &[1, 2], 11)).into()]);
    assert_eq!(ask(9, 0, -1, -1), (0, 3, -1, 6), "everything was committed already");
    let manager = &fixture.broker.manager;
    manager.append(id(0), batch(&["d"]), 1, AppendOrigin::Client, Duration::ZERO).await.unwrap();
    fixture.broker.learn([MetadataRecord::Partition(state(id(0), 1, 7, &[1, 2], 12)).into()]);
    assert_eq!(ask(9, 0, -1, -1), (78, -1, -1, -1));
    assert_eq!(ask(4, 0, -1, -1), (5, -1, -1, -1));
    assert_eq!(ask(9, 0, -1, 2), (0, 4, -1, 7), "a follower asks for the log end");
}
