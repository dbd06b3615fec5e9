//! The plan as text, for each event of a ZooKeeper controller.

use std::fmt::Write as _;

use kedge_metadata_state::{
    Delta, Dialect, Record, SidecarRecord, Uuid,
    image::Endpoint,
    records::{
        BrokerRegistrationChangeRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, RemoveTopicRecord,
        TopicRecord, UnregisterBrokerRecord,
    },
};

use super::*;

const ORDERS: Uuid = Uuid::from_bytes([7; 16]);

fn pusher() -> Pusher {
    Pusher { controller_id: 1, controller_epoch: 5, inter_broker_listener_name: "INTERNAL".to_owned() }
}

fn broker(broker_id: BrokerId, broker_epoch: i64) -> Record {
    let endpoint = |name: &str, port: u16| Endpoint {
        listener_name: name.to_owned(),
        host: format!("b{broker_id}"),
        port,
        security_protocol: 0,
    };
    let registration = BrokerRegistration {
        broker_id,
        broker_epoch,
        incarnation_id: Uuid::ZERO,
        listeners: vec![endpoint("CLIENTS", 9092), endpoint("INTERNAL", 9093)],
        features: Default::default(),
        rack: (broker_id == 1).then(|| "west".to_owned()),
        fenced: false,
        in_controlled_shutdown: false,
        is_migrating_zk_broker: true,
        directories: Vec::new(),
    };
    MetadataRecord::RegisterBroker(registration.to_record()).into()
}

fn topic() -> Record {
    MetadataRecord::Topic(TopicRecord { name: "orders".to_owned(), topic_id: ORDERS }).into()
}

fn partition(partition_id: i32, replicas: &[i32], isr: &[i32]) -> Record {
    let record = PartitionRecord {
        partition_id,
        topic_id: ORDERS,
        replicas: replicas.to_vec(),
        isr: isr.to_vec(),
        leader: isr[0],
        leader_epoch: 4,
        partition_epoch: 9,
        ..Default::default()
    };
    MetadataRecord::Partition(record).into()
}

fn change(leader: Option<i32>, isr: &[i32]) -> PartitionChangeRecord {
    PartitionChangeRecord {
        partition_id: 0,
        topic_id: ORDERS,
        leader: leader.unwrap_or(-2),
        isr: Some(isr.to_vec()),
        ..Default::default()
    }
}

fn image(records: &[Record]) -> Image {
    let mut delta = Delta::new(&Image::empty(Dialect::ZOOKEEPER));
    delta.replay_all(records).expect("the records fit");
    delta.apply().0
}

/// Brokers 1 and 2, and `orders` with one partition on both, led by 1.
fn two_brokers() -> Image {
    image(&[broker(1, 101), broker(2, 102), topic(), partition(0, &[1, 2], &[1, 2])])
}

fn planned(before: &Image, records: &[Record]) -> String {
    let mut delta = Delta::new(before);
    delta.replay_all(records).expect("the records fit");
    let (after, touched) = delta.apply();
    render(&super::change(&pusher(), before, &after, &touched))
}

fn render(pushes: &Pushes) -> String {
    let mut out = String::new();
    for (broker_id, requests) in pushes {
        writeln!(out, "to broker {broker_id}").unwrap();
        for request in requests {
            render_request(&mut out, request);
        }
    }
    out
}

fn render_request(out: &mut String, request: &PushRequest) {
    match request {
        PushRequest::LeaderAndIsr(r) => {
            writeln!(
                out,
                "  LeaderAndIsr controller {} epoch {} broker epoch {} type {} kraft {}",
                r.controller_id, r.controller_epoch, r.broker_epoch, r.r#type, r.is_kraft_controller
            )
            .unwrap();
            for topic in &r.topic_states {
                for p in &topic.partition_states {
                    writeln!(
                        out,
                        "    {}-{} id {} leader {} epoch {} isr {:?} partition epoch {} replicas {:?} adding {:?} removing {:?} new {} recovery {}",
                        topic.topic_name, p.partition_index, topic.topic_id, p.leader, p.leader_epoch, p.isr,
                        p.partition_epoch, p.replicas, p.adding_replicas, p.removing_replicas, p.is_new, p.leader_recovery_state
                    )
                    .unwrap();
                }
            }
            let leaders = r.live_leaders.iter().map(|it| format!("{}@{}:{}", it.broker_id, it.host_name, it.port));
            writeln!(out, "    leaders {}", leaders.collect::<Vec<_>>().join(" ")).unwrap();
        }
        PushRequest::UpdateMetadata(r) => {
            writeln!(
                out,
                "  UpdateMetadata controller {} epoch {} broker epoch {} type {} kraft {}",
                r.controller_id, r.controller_epoch, r.broker_epoch, r.r#type, r.is_kraft_controller
            )
            .unwrap();
            for topic in &r.topic_states {
                for p in &topic.partition_states {
                    writeln!(
                        out,
                        "    {}-{} id {} leader {} epoch {} isr {:?} zk version {} replicas {:?} offline {:?}",
                        topic.topic_name,
                        p.partition_index,
                        topic.topic_id,
                        p.leader,
                        p.leader_epoch,
                        p.isr,
                        p.zk_version,
                        p.replicas,
                        p.offline_replicas
                    )
                    .unwrap();
                }
            }
            let brokers = r.live_brokers.iter().map(|it| {
                let endpoints = it.endpoints.iter().map(|e| format!("{}={}:{}", e.listener, e.host, e.port));
                format!("{}[{}]{}", it.id, endpoints.collect::<Vec<_>>().join(","), it.rack.as_deref().unwrap_or(""))
            });
            writeln!(out, "    brokers {}", brokers.collect::<Vec<_>>().join(" ")).unwrap();
        }
        PushRequest::StopReplica { request: r, deletes } => {
            writeln!(
                out,
                "  StopReplica controller {} epoch {} broker epoch {} kraft {}",
                r.controller_id, r.controller_epoch, r.broker_epoch, r.is_kraft_controller
            )
            .unwrap();
            for topic in &r.topic_states {
                for p in &topic.partition_states {
                    let (index, epoch, delete) = (p.partition_index, p.leader_epoch, p.delete_partition);
                    writeln!(out, "    {}-{index} leader epoch {epoch} delete {delete}", topic.topic_name).unwrap();
                }
            }
            if !deletes.is_empty() {
                writeln!(out, "    acknowledged as {}", deletes.len()).unwrap();
            }
        }
    }
}

#[test]
fn topic_created() {
    let before = image(&[broker(1, 101), broker(2, 102), broker(3, 103)]);
    // Broker 4 is a replica that was not there.
    let text = planned(&before, &[topic(), partition(0, &[1, 2, 4], &[1, 2]), partition(1, &[2, 1, 4], &[2, 1])]);
    insta::assert_snapshot!(text);
}

#[test]
fn partition_added() {
    let text = planned(&two_brokers(), &[partition(1, &[2], &[2])]);
    insta::assert_snapshot!(text);
}

#[test]
fn leader_changed() {
    let text = planned(&two_brokers(), &[MetadataRecord::PartitionChange(change(Some(2), &[1, 2])).into()]);
    insta::assert_snapshot!(text);
}

#[test]
fn isr_changed_by_the_leader() {
    let text = planned(&two_brokers(), &[MetadataRecord::PartitionChange(change(None, &[1])).into()]);
    insta::assert_snapshot!(text);
}

#[test]
fn broker_up() {
    let before = image(&[broker(1, 101), topic(), partition(0, &[1, 2], &[1])]);
    insta::assert_snapshot!(planned(&before, &[broker(2, 202)]));
}

#[test]
fn broker_down() {
    let gone = UnregisterBrokerRecord { broker_id: 2, broker_epoch: 102 };
    // A controller-made shrink carries the leader: everybody left gets a new leader epoch.
    let records =
        [MetadataRecord::PartitionChange(change(Some(1), &[1])).into(), MetadataRecord::UnregisterBroker(gone).into()];
    insta::assert_snapshot!(planned(&two_brokers(), &records));
}

#[test]
fn broker_bounced_is_told_everything_again() {
    let text = planned(&two_brokers(), &[broker(2, 302)]);
    insta::assert_snapshot!(text);
}

#[test]
fn controlled_shutdown_of_a_follower() {
    let leaves = BrokerRegistrationChangeRecord {
        broker_id: 2,
        broker_epoch: 102,
        in_controlled_shutdown: 1,
        ..Default::default()
    };
    let records = [
        MetadataRecord::BrokerRegistrationChange(leaves).into(),
        MetadataRecord::PartitionChange(change(Some(1), &[1])).into(),
    ];
    insta::assert_snapshot!(planned(&two_brokers(), &records));
}

#[test]
fn topic_deletion() {
    let before = two_brokers();
    let queued = Record::Sidecar(SidecarRecord::TopicDeletionQueued { topic_id: ORDERS });
    insta::assert_snapshot!(planned(&before, std::slice::from_ref(&queued)));

    // All acknowledged: it was told before.
    let mut delta = Delta::new(&before);
    delta.replay(&queued).unwrap();
    let (before, _) = delta.apply();
    let gone = [
        MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: ORDERS }).into(),
        Record::Sidecar(SidecarRecord::TopicDeletionFinished { topic_id: ORDERS }),
    ];
    assert_eq!(planned(&before, &gone), "");
}

#[test]
fn reassigned_replica_leaves() {
    let before = image(&[broker(1, 101), broker(2, 102), broker(3, 103), topic(), partition(0, &[1, 2], &[1, 2])]);
    let moved = PartitionChangeRecord { replicas: Some(vec![1, 3]), ..change(Some(1), &[1]) };
    insta::assert_snapshot!(planned(&before, &[MetadataRecord::PartitionChange(moved).into()]));
}

#[test]
fn activation_while_a_deletion_is_queued() {
    let mut delta = Delta::new(&two_brokers());
    let doomed = Uuid::from_bytes([9; 16]);
    let records = [
        MetadataRecord::Topic(TopicRecord { name: "doomed".to_owned(), topic_id: doomed }).into(),
        MetadataRecord::Partition(PartitionRecord {
            partition_id: 0,
            topic_id: doomed,
            replicas: vec![2],
            isr: vec![2],
            leader: 2,
            ..Default::default()
        })
        .into(),
        Record::Sidecar(SidecarRecord::TopicDeletionQueued { topic_id: doomed }),
    ];
    delta.replay_all(&records).unwrap();
    insta::assert_snapshot!(render(&activation(&pusher(), &delta.apply().0)));
}

#[test]
fn what_does_not_concern_brokers_is_not_pushed() {
    let config = kedge_metadata_state::records::ConfigRecord {
        resource_type: 2,
        resource_name: "orders".to_owned(),
        name: "retention.ms".to_owned(),
        value: Some("1".to_owned()),
    };
    assert_eq!(planned(&two_brokers(), &[MetadataRecord::Config(config).into()]), "");
}

#[test]
fn brokers_that_follow_the_log_are_not_pushed_to() {
    let Record::Metadata(MetadataRecord::RegisterBroker(mut log_broker)) = broker(2, 102) else { unreachable!() };
    log_broker.is_migrating_zk_broker = false;
    let before = image(&[broker(1, 101), MetadataRecord::RegisterBroker(log_broker).into()]);
    let mut delta = Delta::new(&before);
    delta.replay_all(&[topic(), partition(0, &[1, 2], &[1, 2])]).unwrap();
    let (after, touched) = delta.apply();
    let pushes = super::change(&pusher(), &before, &after, &touched);
    assert_eq!(pushes.keys().copied().collect::<Vec<_>>(), [1]);
}
