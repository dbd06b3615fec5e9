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
