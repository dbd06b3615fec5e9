//! Cloning an image shares everything, and a change copies only the path to what it changes.

mod common;

use std::sync::Arc;

use kedge_metadata_state::{Delta, Dialect, Image, MetadataVersion};
use kedge_protocol::metadata_records::{MetadataRecord, PartitionChangeRecord, PartitionRecord, TopicRecord};

#[test]
fn cloning_ten_thousand_partitions_copies_none() {
    let image = image_of(200, 50);
    assert_eq!(image.topics.by_id.values().map(|topic| topic.partitions.len()).sum::<usize>(), 10_000);
    let clone = image.clone();
    assert!(image.topics.by_id.ptr_eq(&clone.topics.by_id));
    assert!(image.topics.by_name.ptr_eq(&clone.topics.by_name));
    assert!(image.cluster.brokers.ptr_eq(&clone.cluster.brokers));
    assert!(image.configs.by_resource.ptr_eq(&clone.configs.by_resource));
    assert!(image.security.acls.ptr_eq(&clone.security.acls));
}

#[test]
fn a_change_copies_the_topic_it_is_in_and_shares_the_rest() {
    let image = image_of(200, 50);
    let changed_topic = common::uuid(1007);
    let change = PartitionChangeRecord { topic_id: changed_topic, partition_id: 3, leader: 2, ..Default::default() };
    let mut delta = Delta::new(&image);
    delta.replay(&MetadataRecord::PartitionChange(change).into()).expect("the partition exists");
    let (next, _) = delta.apply();

    assert_eq!(image.topics.partition(&changed_topic, 3).expect("it exists").leader, 1, "the base stays as it was");
    assert_eq!(next.topics.partition(&changed_topic, 3).expect("it exists").leader, 2);
    for (topic_id, topic) in &next.topics.by_id {
        let before = &image.topics.by_id[topic_id];
        assert_eq!(Arc::ptr_eq(topic, before), *topic_id != changed_topic);
        for (partition_id, partition) in &topic.partitions {
            let is_changed = *topic_id == changed_topic && *partition_id == 3;
            assert_eq!(Arc::ptr_eq(partition, &before.partitions[partition_id]), !is_changed);
        }
    }
    assert!(next.topics.by_name.ptr_eq(&image.topics.by_name));
}

fn image_of(topics: u128, partitions: i32) -> Image {
    let mut delta = Delta::new(&Image::empty(Dialect::kraft(MetadataVersion::LATEST)));
    for topic in 0..topics {
        let topic_id = common::uuid(1000 + topic);
        let record = TopicRecord { name: format!("topic-{topic}"), topic_id };
        delta.replay(&MetadataRecord::Topic(record).into()).expect("a new topic");
        for partition_id in 0..partitions {
            let replicas = vec![1, 2, 3];
            let isr = replicas.clone();
            let record = PartitionRecord {
                partition_id,
                topic_id,
                replicas,
                isr,
                leader: 1,
                leader_epoch: 0,
                partition_epoch: 0,
                ..Default::default()
            };
            delta.replay(&MetadataRecord::Partition(record).into()).expect("a new partition");
        }
    }
    delta.apply().0
}
