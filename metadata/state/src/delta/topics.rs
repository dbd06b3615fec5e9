//! Topics and partitions: Topic, Partition (an absolute upsert), PartitionChange (a merge), RemoveTopic.

use std::{collections::BTreeMap, sync::Arc};

use kedge_protocol::metadata_records::{PartitionChangeRecord, PartitionRecord, RemoveTopicRecord, TopicRecord};

use super::{Delta, ReplayError};
use crate::{
    PartitionId, TopicId, TopicIdPartition,
    image::{ConfigResource, ConfigResourceType, PartitionImage, TopicImage},
};

impl Delta {
    pub(super) fn replay_topic(&mut self, record: &TopicRecord) -> Result<(), ReplayError> {
        let topics = &mut self.image.topics;
        if let Some(existing) = topics.by_id.get(&record.topic_id).or_else(|| topics.get(&record.name)) {
            return Err(ReplayError::TopicExists {
                topic_name: record.name.clone(),
                topic_id: record.topic_id,
                existing_name: existing.name.clone(),
                existing_id: existing.topic_id,
            });
        }
        let topic = TopicImage { name: record.name.clone(), topic_id: record.topic_id, partitions: BTreeMap::new() };
        topics.by_name.insert(record.name.clone(), record.topic_id);
        topics.by_id.insert(record.topic_id, Arc::new(topic));
        self.touched.topics_created.insert(record.topic_id);
        Ok(())
    }

    pub(super) fn replay_partition(&mut self, record: &PartitionRecord) -> Result<(), ReplayError> {
        if record.partition_id < 0 {
            let value = record.partition_id.into();
            return Err(ReplayError::InvalidValue { record: "PartitionRecord", field: "PartitionId", value });
        }
        if !self.image.topics.by_id.contains_key(&record.topic_id) {
            return Err(ReplayError::UnknownTopic { record: "PartitionRecord", topic_id: record.topic_id });
        }
        let partition = PartitionImage::from_record(record)?;
        self.put_partition(record.topic_id, record.partition_id, partition);
        Ok(())
    }

    pub(super) fn replay_partition_change(&mut self, record: &PartitionChangeRecord) -> Result<(), ReplayError> {
        let (topic_id, partition_id) = (record.topic_id, record.partition_id);
        let Some(topic) = self.image.topics.by_id.get(&topic_id) else {
            return Err(ReplayError::UnknownTopic { record: "PartitionChangeRecord", topic_id });
        };
        let Some(partition) = topic.partitions.get(&partition_id) else {
            return Err(ReplayError::UnknownPartition { topic_id, partition_id });
        };
        let merged = partition.merge(record)?;
        self.put_partition(topic_id, partition_id, merged);
        Ok(())
    }

    pub(super) fn replay_remove_topic(&mut self, record: &RemoveTopicRecord) -> Result<(), ReplayError> {
        let topic_id = record.topic_id;
        let Some(topic) = self.image.topics.by_id.remove(&topic_id) else {
            return Err(ReplayError::UnknownTopic { record: "RemoveTopicRecord", topic_id });
        };
        self.image.topics.by_name.remove(&topic.name);
        let resource = ConfigResource { resource_type: ConfigResourceType::Topic, resource_name: topic.name.clone() };
        if self.image.configs.by_resource.remove(&resource).is_some() {
            self.touched.configs.insert(resource);
        }
        for partition_id in topic.partitions.keys() {
            self.touched.partitions.remove(&TopicIdPartition { topic_id, partition_id: *partition_id });
        }
        // A topic that this delta itself created was never seen by anyone: it is not a deletion.
        if self.touched.topics_created.remove(&topic_id).is_none() {
            self.touched.topics_deleted.insert(topic_id, topic);
        }
        Ok(())
    }

    fn put_partition(&mut self, topic_id: TopicId, partition_id: PartitionId, partition: PartitionImage) {
        let topic = self.image.topics.by_id.get_mut(&topic_id).expect("the caller found the topic");
        Arc::make_mut(topic).partitions.insert(partition_id, Arc::new(partition));
        self.touched.partitions.insert(TopicIdPartition { topic_id, partition_id });
    }
}
