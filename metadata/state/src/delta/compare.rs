//! What differs between two whole images, as a [`Touched`].

use std::sync::Arc;

use imbl::{OrdMap, OrdSet, ordmap::DiffItem};

use super::Touched;
use crate::{
    TopicIdPartition,
    image::{Image, TopicImage},
};

/// What replacing `base` by `target` touches. Parts that the two images share are not walked.
pub(super) fn touched_between(base: &Image, target: &Image) -> Touched {
    let mut touched = Touched {
        brokers: changed_keys(&base.cluster.brokers, &target.cluster.brokers),
        controllers: changed_keys(&base.cluster.controllers, &target.cluster.controllers),
        configs: changed_keys(&base.configs.by_resource, &target.configs.by_resource),
        features: base.features != target.features,
        producer_ids: base.next_producer_id != target.next_producer_id,
        security: base.security != target.security,
        sidecar: base.sidecar != target.sidecar,
        image_replaced: true,
        ..Touched::default()
    };
    for item in base.topics.by_id.diff(&target.topics.by_id) {
        match item {
            DiffItem::Add(topic_id, topic) => {
                touched.topics_created.insert(*topic_id);
                touch_changed_partitions(&mut touched, None, topic);
            }
            DiffItem::Update { old: (_, before), new: (_, after) } if before.name == after.name => {
                touch_changed_partitions(&mut touched, Some(before), after);
            }
            DiffItem::Update { old: (topic_id, before), new: (_, after) } => {
                touched.topics_deleted.insert(*topic_id, before.clone());
                touched.topics_created.insert(*topic_id);
                touch_changed_partitions(&mut touched, None, after);
            }
            DiffItem::Remove(topic_id, topic) => {
                touched.topics_deleted.insert(*topic_id, topic.clone());
            }
        }
    }
    touched
}

fn touch_changed_partitions(touched: &mut Touched, before: Option<&Arc<TopicImage>>, after: &TopicImage) {
    let topic_id = after.topic_id;
    let mut touch = |partition_id: i32| touched.partitions.insert(TopicIdPartition { topic_id, partition_id });
    for (partition_id, partition) in &after.partitions {
        if before.and_then(|topic| topic.partitions.get(partition_id)) != Some(partition) {
            touch(*partition_id);
        }
    }
    for partition_id in before.iter().flat_map(|topic| topic.partitions.keys()) {
        if !after.partitions.contains_key(partition_id) {
            touch(*partition_id);
        }
    }
}

fn changed_keys<K: Ord + Clone, V: PartialEq>(base: &OrdMap<K, V>, target: &OrdMap<K, V>) -> OrdSet<K> {
    base.diff(target)
        .map(|item| match item {
            DiffItem::Add(key, _) | DiffItem::Remove(key, _) | DiffItem::Update { new: (key, _), .. } => key.clone(),
        })
        .collect()
}
