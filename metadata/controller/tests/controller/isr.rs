//! AlterPartition.

use kedge_controller::isr::{
    AlterPartitionChange, AlterPartitionRequest, AlterPartitionTopic, TopicReference, alter_partition,
};
use kedge_metadata_state::{ErrorCode, TopicId, image::LeaderRecoveryState};

use crate::cluster::Cluster;

struct Fixture {
    cluster: Cluster,
    topic_id: TopicId,
}

/// t-0 of [1, 2, 3], led by 1, ISR [1, 2], leader epoch 5, partition epoch 7.
fn fixture(mut cluster: Cluster) -> Fixture {
    let topic_id = cluster.create("t", &[&[1, 2, 3]]);
    cluster.set_partition("t", 0, |it| (it.isr, it.leader_epoch, it.partition_epoch) = (vec![1, 2], 5, 7));
    Fixture { cluster, topic_id }
}

impl Fixture {
    fn request(&self, isr: &[i32]) -> AlterPartitionRequest {
        AlterPartitionRequest {
            broker_id: 1,
            broker_epoch: self.cluster.broker_epoch(1),
            topics: vec![AlterPartitionTopic {
                topic: TopicReference::Id(self.topic_id),
                partitions: vec![AlterPartitionChange {
                    partition_id: 0,
                    leader_epoch: 5,
                    new_isr: isr.iter().map(|broker_id| (*broker_id, self.cluster.broker_epoch(*broker_id))).collect(),
                    leader_recovery_state: LeaderRecoveryState::Recovered,
                    partition_epoch: 7,
                }],
            }],
        }
    }

    fn run(&mut self, title: &str, request: &AlterPartitionRequest) {
        self.cluster.run(title, |context, _| alter_partition(context, request));
    }
}

#[test]
fn grows_shrinks_and_repeats() {
    let mut it = fixture(Cluster::kraft_with([1, 2, 3]));
    let grow = it.request(&[1, 2, 3]);
    it.run("grow", &grow);
    it.run("the same again: its answer was lost", &grow);
    let mut shrink = it.request(&[1]);
    it.run("shrink, from an old partition epoch", &shrink);
    shrink.topics[0].partitions[0].partition_epoch = 8;
    it.run("shrink", &shrink);
    it.cluster.note_partitions();
    insta::assert_snapshot!(it.cluster.transcript);
}

#[test]
fn a_leader_s_own_shrink_never_raises_the_leader_epoch() {
    for cluster in [Cluster::kraft_with([1, 2, 3]), Cluster::zookeeper_with([1, 2, 3])] {
        let mut it = fixture(cluster);
        let shrink = it.request(&[1]);
        it.run("shrink", &shrink);
        let partition = it.cluster.partition("t", 0);
        assert_eq!(
            (partition.isr.as_slice(), partition.leader_epoch, partition.partition_epoch),
            ([1].as_slice(), 5, 8)
        );
    }
}

#[test]
fn checks_in_order() {
    type Change = fn(&mut AlterPartitionRequest);
    fn first(request: &mut AlterPartitionRequest) -> &mut AlterPartitionChange {
        &mut request.topics[0].partitions[0]
    }
    let cases: &[(&str, Change, ErrorCode)] = &[
        ("unknown partition", |it| first(it).partition_id = 9, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("leader epoch ahead", |it| first(it).leader_epoch = 6, ErrorCode::NOT_CONTROLLER),
        ("partition epoch ahead", |it| first(it).partition_epoch = 8, ErrorCode::NOT_CONTROLLER),
        (
            "partition epoch ahead, leader epoch behind",
            |it| (first(it).partition_epoch, first(it).leader_epoch) = (8, 4),
            ErrorCode::NOT_CONTROLLER,
        ),
        ("leader epoch behind", |it| first(it).leader_epoch = 4, ErrorCode::FENCED_LEADER_EPOCH),
        ("partition epoch behind", |it| first(it).partition_epoch = 6, ErrorCode::INVALID_UPDATE_VERSION),
        ("not a replica", |it| first(it).new_isr.push((4, -1)), ErrorCode::INVALID_REQUEST),
        ("without the leader", |it| first(it).new_isr = vec![(2, -1), (3, -1)], ErrorCode::INVALID_REQUEST),
        ("a member twice", |it| first(it).new_isr.push((2, -1)), ErrorCode::INVALID_REQUEST),
        (
            "recovering with two members",
            |it| first(it).leader_recovery_state = LeaderRecoveryState::Recovering,
            ErrorCode::INVALID_REQUEST,
        ),
        (
            "recovered, now recovering",
            |it| {
                first(it).leader_recovery_state = LeaderRecoveryState::Recovering;
                first(it).new_isr.truncate(1);
            },
            ErrorCode::INVALID_REQUEST,
        ),
        ("a member's broker epoch is another", |it| first(it).new_isr[2].1 += 1, ErrorCode::INELIGIBLE_REPLICA),
    ];
    for (name, change, expected) in cases {
        let mut it = fixture(Cluster::kraft_with([1, 2, 3, 4]));
        let mut request = it.request(&[1, 2, 3]);
        change(&mut request);
        let decision = it.cluster.quietly(|context, _| alter_partition(context, &request));
        let results = decision.response.expect("the broker epoch is right");
        assert_eq!(results[0].result, Err(*expected), "{name}");
        assert!(decision.units.is_empty(), "{name}");
    }
}

#[test]
fn who_asks_matters() {
    let mut it = fixture(Cluster::kraft_with([1, 2, 3]));
    let mut request = it.request(&[1, 2, 3]);
    request.broker_epoch += 1;
    let decision = it.cluster.quietly(|context, _| alter_partition(context, &request));
    assert_eq!(decision.response.unwrap_err().error_code, ErrorCode::STALE_BROKER_EPOCH);
    let mut request = it.request(&[1, 2, 3]);
    (request.broker_id, request.broker_epoch) = (2, it.cluster.broker_epoch(2));
    let decision = it.cluster.quietly(|context, _| alter_partition(context, &request));
    assert_eq!(decision.response.expect("known")[0].result, Err(ErrorCode::INVALID_REQUEST));
}

#[test]
fn members_must_be_alive_and_versions_0_and_1_say_it_otherwise() {
    type Ail = fn(&mut kedge_metadata_state::image::BrokerRegistration);
    let ailments: &[Ail] = &[|it| it.fenced = true, |it| it.in_controlled_shutdown = true];
    for ail in ailments {
        let mut it = fixture(Cluster::kraft_with([1, 2, 3]));
        let mut request = it.request(&[1, 2, 3]);
        let registration = it.cluster.image.cluster.brokers.get_mut(&3).expect("registered");
        ail(std::sync::Arc::make_mut(registration));
        let mut code = |request: &AlterPartitionRequest| {
            let decision = it.cluster.quietly(|context, _| alter_partition(context, request));
            decision.response.expect("known")[0].result.clone().expect_err("3 may not join")
        };
        assert_eq!(code(&request), ErrorCode::INELIGIBLE_REPLICA);
        request.topics[0].topic = TopicReference::Name("t".to_owned());
        assert_eq!(code(&request), ErrorCode::OPERATION_NOT_ATTEMPTED);
        request.topics[0].topic = TopicReference::Name("u".to_owned());
        assert_eq!(code(&request), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        request.topics[0].topic = TopicReference::Id(kedge_metadata_state::Uuid::ONE);
        assert_eq!(code(&request), ErrorCode::UNKNOWN_TOPIC_ID);
    }
}

#[test]
fn broker_epochs_of_members_count_in_kraft_only_and_unknown_ones_never() {
    let mut kraft = fixture(Cluster::kraft_with([1, 2, 3]));
    let mut request = kraft.request(&[1, 2, 3]);
    request.topics[0].partitions[0].new_isr[2].1 = -1;
    let decision = kraft.cluster.quietly(|context, _| alter_partition(context, &request));
    assert!(decision.response.expect("known")[0].result.is_ok());
    let mut zookeeper = fixture(Cluster::zookeeper_with([1, 2, 3]));
    let mut request = zookeeper.request(&[1, 2, 3]);
    request.topics[0].partitions[0].new_isr[2].1 = 1;
    let decision = zookeeper.cluster.quietly(|context, _| alter_partition(context, &request));
    assert!(decision.response.expect("known")[0].result.is_ok());
}

#[test]
fn recovery_ends_by_the_leader_s_word() {
    let mut it = fixture(Cluster::kraft_with([1, 2, 3]));
    it.cluster.set_partition("t", 0, |it| {
        (it.isr, it.leader_recovery_state) = (vec![1], LeaderRecoveryState::Recovering);
    });
    let mut grow = it.request(&[1, 2]);
    grow.topics[0].partitions[0].leader_recovery_state = LeaderRecoveryState::Recovering;
    it.run("grow before recovery", &grow);
    let recovered = it.request(&[1]);
    it.run("recovered", &recovered);
    it.cluster.note_partitions();
    insta::assert_snapshot!(it.cluster.transcript);
}

#[test]
fn a_reassignment_found_in_the_image_is_completed() {
    for (name, cluster) in
        [("kraft", Cluster::kraft_with([1, 2, 3])), ("zookeeper", Cluster::zookeeper_with([1, 2, 3]))]
    {
        let mut it = fixture(cluster);
        it.cluster.set_partition("t", 0, |it| (it.adding_replicas, it.removing_replicas) = (vec![3], vec![2]));
        let request = it.request(&[1, 2, 3]);
        it.run("3 has caught up, 2 goes", &request);
        it.cluster.set_partition("t", 0, |it| {
            (it.adding_replicas, it.removing_replicas) = (vec![2], vec![1]);
            (it.replicas, it.isr, it.leader_epoch, it.partition_epoch) = (vec![2, 3, 1], vec![1, 3], 5, 7);
            it.directories = vec![kedge_metadata_state::Uuid::ONE; 3];
        });
        let request = it.request(&[1, 3, 2]);
        it.run("2 has caught up, the leader goes", &request);
        it.cluster.note_partitions();
        insta::assert_snapshot!(format!("reassignment_{name}"), it.cluster.transcript);
    }
}

#[test]
fn a_partition_named_twice_is_changed_once() {
    let mut it = fixture(Cluster::kraft_with([1, 2, 3]));
    let mut request = it.request(&[1, 2, 3]);
    let again = request.topics[0].partitions[0].clone();
    request.topics[0].partitions.push(again);
    let decision = it.cluster.quietly(|context, _| alter_partition(context, &request));
    assert_eq!(decision.units.len(), 1);
    assert_eq!(decision.response.expect("known")[1].result, Err(ErrorCode::INVALID_REQUEST));
}
