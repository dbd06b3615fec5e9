//! The source by itself: who is refused, what requests become, and when they are answered.

use kedge_metadata_state::{
    BrokerEpoch, Delta, Dialect, Record, TopicId, Uuid,
    image::PartitionImage,
    records::{MetadataRecord, PartitionRecord, TopicRecord},
};
use kedge_protocol::messages::{
    leader_and_isr_request::{LeaderAndIsrPartitionState, LeaderAndIsrTopicState},
    stop_replica_request::{StopReplicaPartitionState, StopReplicaTopicState},
    update_metadata_request::{UpdateMetadataBroker, UpdateMetadataPartitionState, UpdateMetadataTopicState},
};

use super::*;
use crate::{controller_link::none::NoLink, services::Linked};

const OWN_ID: BrokerId = 1;
const OWN_EPOCH: i64 = 100;
const ORDERS: TopicId = Uuid::from_bytes([7; 16]);

fn link(authority: Authority) -> Arc<LinkCell> {
    let broker_epoch = BrokerEpoch { authority, value: OWN_EPOCH };
    Arc::new(LinkCell::new(Linked { link: Arc::new(NoLink), broker_epoch }))
}

/// A source whose events are applied at once, as the publisher would.
fn start(base: &Image) -> (RpcInlet, tokio::sync::watch::Receiver<Image>) {
    let (mut source, inlet) = RpcSource::start(OWN_ID, base, link(Authority::ZooKeeper), None);
    let (sender, image) = tokio::sync::watch::channel(base.clone());
    tokio::spawn(async move {
        loop {
            if let SourceEvent::Records { records, .. } = source.next().await {
                let mut delta = Delta::new(&sender.borrow());
                delta.replay_all(&records).expect("the source's records fit");
                sender.send_replace(delta.apply().0);
            }
        }
    });
    (inlet, image)
}

fn empty() -> Image {
    Image::empty(Dialect::ZOOKEEPER)
}

fn role(leader_epoch: i32, partition_epoch: i32) -> LeaderAndIsrPartitionState {
    LeaderAndIsrPartitionState {
        leader: 1,
        leader_epoch,
        isr: vec![1, 2],
        partition_epoch,
        replicas: vec![1, 2],
        ..Default::default()
    }
}

fn leader_and_isr(state: LeaderAndIsrPartitionState) -> LeaderAndIsrRequest {
    let topic = LeaderAndIsrTopicState {
        topic_name: "orders".to_owned(),
        topic_id: ORDERS,
        partition_states: vec![state].into(),
    };
    LeaderAndIsrRequest {
        controller_id: 2,
        controller_epoch: 5,
        broker_epoch: OWN_EPOCH,
        topic_states: vec![topic].into(),
        ..Default::default()
    }
}

fn update_metadata(state: UpdateMetadataPartitionState, brokers: &[BrokerId]) -> UpdateMetadataRequest {
    let topic = UpdateMetadataTopicState {
        topic_name: "orders".to_owned(),
        topic_id: ORDERS,
        partition_states: vec![state].into(),
    };
    let live = |id: &BrokerId| UpdateMetadataBroker { id: *id, ..Default::default() };
    UpdateMetadataRequest {
        controller_id: 2,
        controller_epoch: 5,
        broker_epoch: OWN_EPOCH,
        topic_states: vec![topic].into(),
        live_brokers: brokers.iter().map(live).collect(),
        ..Default::default()
    }
}

fn told(leader: i32, leader_epoch: i32, zk_version: i32, replicas: &[i32]) -> UpdateMetadataPartitionState {
    UpdateMetadataPartitionState {
        leader,
        leader_epoch,
        isr: replicas.to_vec(),
        zk_version,
        replicas: replicas.to_vec(),
        ..Default::default()
    }
}

fn stop(leader_epoch: i32, delete_partition: bool) -> StopReplicaRequest {
    let state = StopReplicaPartitionState { partition_index: 0, leader_epoch, delete_partition };
    let topic = StopReplicaTopicState { topic_name: "orders".to_owned(), partition_states: vec![state] };
    StopReplicaRequest {
        controller_id: 2,
        controller_epoch: 5,
        broker_epoch: OWN_EPOCH,
        topic_states: vec![topic].into(),
        ..Default::default()
    }
}

fn orders(image: &tokio::sync::watch::Receiver<Image>) -> Option<PartitionImage> {
    image.borrow().topics.partition(&ORDERS, 0).map(|partition| PartitionImage::clone(partition))
}

#[tokio::test]
async fn stale_senders_are_refused_and_nothing_changes() {
    // (broker epoch, controller epoch, from KRaft) and what is answered, after a request of controller epoch 5.
    let cases = [
        ((OWN_EPOCH, 5, false), Ok(())),
        ((-1, 5, false), Ok(())),
        ((OWN_EPOCH + 1, 5, false), Ok(())),
        ((OWN_EPOCH - 1, 5, false), Err(ErrorCode::STALE_BROKER_EPOCH)),
        ((OWN_EPOCH - 1, 5, true), Ok(())),
        ((OWN_EPOCH, 4, false), Err(ErrorCode::STALE_CONTROLLER_EPOCH)),
        ((OWN_EPOCH, 6, false), Ok(())),
    ];
    for ((broker_epoch, controller_epoch, is_kraft_controller), expected) in cases {
        let (inlet, image) = start(&empty());
        inlet.update_metadata(&update_metadata(told(2, 1, 1, &[2]), &[1, 2])).await.unwrap();
        let mut request = update_metadata(told(2, 2, 2, &[2]), &[1]);
        request.broker_epoch = broker_epoch;
        request.controller_epoch = controller_epoch;
        request.is_kraft_controller = is_kraft_controller;
        let case = format!("broker epoch {broker_epoch}, controller epoch {controller_epoch}");
        assert_eq!(inlet.update_metadata(&request).await, expected, "UpdateMetadata, {case}");
        assert_eq!(image.borrow().cluster.brokers.contains_key(&2), expected.is_err(), "{case}");

        let mut request = leader_and_isr(role(7, 7));
        request.broker_epoch = broker_epoch;
        request.controller_epoch = controller_epoch;
        request.is_kraft_controller = is_kraft_controller;
        let answer = inlet.leader_and_isr(&request).await;
        assert_eq!(answer.map(drop), expected, "LeaderAndIsr, {case}");

        let mut request = stop(8, false);
        request.broker_epoch = broker_epoch;
        request.controller_epoch = controller_epoch;
        request.is_kraft_controller = is_kraft_controller;
        assert_eq!(inlet.stop_replica(4, &request).await.map(drop), expected, "StopReplica, {case}");
    }
}

#[tokio::test]
async fn the_three_requests_share_one_controller_epoch() {
    let (inlet, _image) = start(&empty());
    let mut first = stop(-1, false);
    first.controller_epoch = 9;
    inlet.stop_replica(4, &first).await.unwrap();
    let late = inlet.update_metadata(&update_metadata(told(2, 1, 1, &[2]), &[1])).await;
    assert_eq!(late, Err(ErrorCode::STALE_CONTROLLER_EPOCH));
    assert_eq!(inlet.controller_epoch(), 9);
}

#[tokio::test]
async fn roles_follow_leader_and_partition_epochs() {
    const NONE: ErrorCode = ErrorCode::NONE;
    const STALE: ErrorCode = ErrorCode::STALE_CONTROLLER_EPOCH;
    let mut not_mine = role(9, 9);
    not_mine.replicas = vec![2, 3];
    // After a role of leader epoch 3 and partition epoch 6: what comes, from KRaft or not, the answer, and the epochs then known.
    let cases = [
        ("equal leader epoch", role(3, 7), false, STALE, (3, 6)),
        ("equal leader epoch from KRaft", role(3, 7), true, NONE, (3, 7)),
        ("lower leader epoch", role(2, 9), false, STALE, (3, 6)),
        ("higher leader epoch", role(4, 7), false, NONE, (4, 7)),
        ("higher leader epoch, lower partition epoch", role(4, 5), false, NONE, (3, 6)),
        ("not a replica", not_mine, false, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, (3, 6)),
    ];
    for (case, state, is_kraft_controller, expected, epochs) in cases {
        let (inlet, image) = start(&empty());
        inlet.leader_and_isr(&leader_and_isr(role(3, 6))).await.unwrap();
        let mut request = leader_and_isr(state);
        request.is_kraft_controller = is_kraft_controller;
        let results = inlet.leader_and_isr(&request).await.unwrap();
        assert_eq!(results[0].error, expected, "{case}");
        let known = orders(&image).unwrap();
        assert_eq!((known.leader_epoch, known.partition_epoch), epochs, "{case}");
    }
}

#[tokio::test]
async fn metadata_first_and_the_role_after_it_is_no_error() {
    let (inlet, image) = start(&empty());
    inlet.update_metadata(&update_metadata(told(1, 3, 6, &[1, 2]), &[1, 2])).await.unwrap();
    let mut state = role(3, 6);
    state.adding_replicas = vec![2];
    let results = inlet.leader_and_isr(&leader_and_isr(state)).await.unwrap();
    assert_eq!(results[0].error, ErrorCode::NONE);
    assert_eq!(orders(&image).unwrap().adding_replicas, [2]);
    // AlterPartition's outcome comes by UpdateMetadata alone and keeps what it does not carry.
    inlet.update_metadata(&update_metadata(told(1, 3, 7, &[1, 2]), &[1, 2])).await.unwrap();
    let known = orders(&image).unwrap();
    assert_eq!((known.partition_epoch, known.adding_replicas), (7, vec![2]));
    // A late one changes nothing.
    inlet.update_metadata(&update_metadata(told(2, 3, 6, &[1, 2]), &[1, 2])).await.unwrap();
    assert_eq!(orders(&image).unwrap().leader, 1);
}

#[tokio::test]
async fn the_broker_list_is_a_replacement() {
    let (inlet, image) = start(&empty());
    inlet.update_metadata(&update_metadata(told(2, 1, 1, &[2]), &[1, 2, 3])).await.unwrap();
    let epochs = |image: &Image| -> Vec<(BrokerId, i64)> {
        image.cluster.brokers.values().map(|broker| (broker.broker_id, broker.broker_epoch)).collect()
    };
    assert_eq!(epochs(&image.borrow()), [(1, OWN_EPOCH), (2, -1), (3, -1)], "others' epochs are not told");
    inlet.update_metadata(&update_metadata(told(2, 1, 1, &[2]), &[1, 3])).await.unwrap();
    assert_eq!(epochs(&image.borrow()), [(1, OWN_EPOCH), (3, -1)]);
}

#[tokio::test]
async fn a_mark_or_a_deletion_removes_the_topic_nothing_else_does() {
    let cases = [("a mark", true, -1), ("StopReplica with the epoch of a deletion", false, -2)];
    for (case, is_mark, leader_epoch) in cases {
        let (inlet, image) = start(&empty());
        inlet.leader_and_isr(&leader_and_isr(role(3, 6))).await.unwrap();
        if is_mark {
            inlet.update_metadata(&update_metadata(told(-2, 0, 0, &[1, 2]), &[1, 2])).await.unwrap();
        }
        let stopped = inlet.stop_replica(4, &stop(leader_epoch, true)).await.unwrap();
        assert_eq!(stopped.len(), 1, "{case}");
        assert_eq!((stopped[0].error, stopped[0].delete), (ErrorCode::NONE, true), "{case}");
        assert_eq!(orders(&image), None, "{case}");
        // Made anew under another id: epochs start again.
        let mut anew = leader_and_isr(role(0, 0));
        let moved = anew
            .topic_states
            .into_iter()
            .map(|topic| LeaderAndIsrTopicState { topic_id: Uuid::from_bytes([8; 16]), ..topic });
        anew.topic_states = moved.collect();
        assert_eq!(inlet.leader_and_isr(&anew).await.unwrap()[0].error, ErrorCode::NONE, "{case}");
    }
    let (inlet, image) = start(&empty());
    inlet.leader_and_isr(&leader_and_isr(role(3, 6))).await.unwrap();
    let fenced = inlet.stop_replica(4, &stop(2, true)).await.unwrap();
    assert_eq!(fenced[0].error, ErrorCode::FENCED_LEADER_EPOCH);
    let stopped = inlet.stop_replica(4, &stop(3, true)).await.unwrap();
    assert_eq!(stopped[0].error, ErrorCode::NONE, "a replica leaves, the topic stays");
    assert!(orders(&image).is_some());
}

#[tokio::test]
async fn an_invented_topic_id_costs_no_log() {
    let (inlet, image) = start(&empty());
    inlet.leader_and_isr(&leader_and_isr(role(3, 6))).await.unwrap();
    let mut request = leader_and_isr(role(9, 9));
    let moved = request
        .topic_states
        .into_iter()
        .map(|topic| LeaderAndIsrTopicState { topic_id: Uuid::from_bytes([8; 16]), ..topic });
    request.topic_states = moved.collect();
    assert_eq!(inlet.leader_and_isr(&request).await.unwrap()[0].error, ErrorCode::INCONSISTENT_TOPIC_ID);
    let mut request = update_metadata(told(2, 9, 9, &[1, 2]), &[1, 2]);
    let moved = request
        .topic_states
        .into_iter()
        .map(|topic| UpdateMetadataTopicState { topic_id: Uuid::from_bytes([8; 16]), ..topic });
    request.topic_states = moved.collect();
    inlet.update_metadata(&request).await.unwrap();
    assert_eq!(orders(&image).unwrap().leader_epoch, 3);
}

#[tokio::test]
async fn old_versions_need_a_known_topic() {
    let (inlet, image) = start(&empty());
    let mut old = leader_and_isr(role(3, 6));
    old.topic_states = Vec::new().into();
    let state = LeaderAndIsrPartitionState { topic_name: "orders".to_owned(), ..role(3, 6) };
    old.ungrouped_partition_states = vec![state].into();
    assert_eq!(inlet.leader_and_isr(&old).await.unwrap()[0].error, ErrorCode::UNKNOWN_TOPIC_ID);
    inlet.update_metadata(&update_metadata(told(1, 2, 5, &[1, 2]), &[1, 2])).await.unwrap();
    assert_eq!(inlet.leader_and_isr(&old).await.unwrap()[0].error, ErrorCode::NONE);
    assert_eq!(orders(&image).unwrap().leader_epoch, 3);
}

#[tokio::test(start_paused = true)]
async fn an_answer_waits_for_the_publisher_and_the_first_view_is_a_whole_one() {
    let (mut source, inlet) = RpcSource::start(OWN_ID, &empty(), link(Authority::ZooKeeper), None);
    let asker = inlet.clone();
    let answer = tokio::spawn(async move { asker.update_metadata(&update_metadata(told(2, 1, 1, &[2]), &[1])).await });
    let SourceEvent::Records { stamp, absolute, .. } = source.next().await else { panic!("records come first") };
    assert_eq!((stamp.authority, stamp.controller_epoch, absolute), (Authority::ZooKeeper, 5, true));
    assert!(matches!(source.next().await, SourceEvent::CaughtUp { .. }));
    tokio::task::yield_now().await;
    assert!(!answer.is_finished(), "the publisher has not come for more");
    assert!(tokio::time::timeout(std::time::Duration::from_millis(20), source.next()).await.is_err());
    assert_eq!(answer.await.unwrap(), Ok(()));

    let asker = inlet.clone();
    let unanswered = tokio::spawn(async move { asker.leader_and_isr(&leader_and_isr(role(3, 6))).await.map(drop) });
    while source.deliveries.is_empty() {
        tokio::task::yield_now().await;
    }
    let stamp = Box::new(source).stop().await;
    assert_eq!(stamp.controller_epoch, 5);
    assert_eq!(unanswered.await.unwrap(), Err(ErrorCode::STALE_CONTROLLER_EPOCH), "it was not applied");
    let late = inlet.update_metadata(&update_metadata(told(2, 8, 8, &[2]), &[1])).await;
    assert_eq!(late, Err(ErrorCode::STALE_CONTROLLER_EPOCH));
}

#[tokio::test]
async fn equal_content_is_no_event_and_another_authoritys_epoch_does_not_count() {
    let topic = MetadataRecord::Topic(TopicRecord { name: "orders".to_owned(), topic_id: ORDERS });
    let partition = MetadataRecord::Partition(PartitionRecord {
        partition_id: 0,
        topic_id: ORDERS,
        replicas: vec![1, 2],
        isr: vec![1, 2],
        leader: 1,
        leader_epoch: 3,
        partition_epoch: 6,
        ..Default::default()
    });
    let mut delta = Delta::new(&empty());
    delta.replay_all(&[Record::from(topic), Record::from(partition)]).unwrap();
    let base = delta.apply().0;
    let (mut source, inlet) = RpcSource::start(OWN_ID, &base, link(Authority::KRaft), None);
    // The authority changes under a running broker: its epoch is KRaft's, and everything is known.
    let mut request = leader_and_isr(role(3, 6));
    request.broker_epoch = 1;
    let results = inlet.leader_and_isr(&request).await.unwrap();
    assert_eq!(results[0].error, ErrorCode::NONE);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(20), source.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_push_to_an_earlier_process_waits_for_the_registration_and_is_refused() {
    let unregistered = BrokerEpoch { authority: Authority::ZooKeeper, value: -1 };
    let link = Arc::new(LinkCell::new(Linked { link: Arc::new(NoLink), broker_epoch: unregistered }));
    let (_source, inlet) = RpcSource::start(OWN_ID, &empty(), link.clone(), None);
    let request = StopReplicaRequest { controller_id: 2, controller_epoch: 5, broker_epoch: 90, ..Default::default() };
    let pushed = tokio::spawn(async move { inlet.stop_replica(4, &request).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!pushed.is_finished());
    link.registered(Authority::ZooKeeper, OWN_EPOCH);
    assert_eq!(pushed.await.unwrap(), Err(ErrorCode::STALE_BROKER_EPOCH));
}
