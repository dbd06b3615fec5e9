//! Kafka's internal topics: which they are and how they are created on demand.

use kedge_metadata_state::Image;
use kedge_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};

use crate::config::KafkaConfig;

/// Committed offsets and group metadata.
pub(crate) const GROUP_METADATA_TOPIC: &str = "__consumer_offsets";
/// Transaction state; not created by Kedge yet.
const TRANSACTION_STATE_TOPIC: &str = "__transaction_state";

/// Whether clients see the topic as internal.
pub(crate) fn is_internal(topic_name: &str) -> bool {
    topic_name == GROUP_METADATA_TOPIC || topic_name == TRANSACTION_STATE_TOPIC
}

/// How an internal topic is created, by the `offsets.topic.*` keys; none for any other name.
pub(crate) fn creatable(config: &KafkaConfig, topic_name: &str) -> Option<CreatableTopic> {
    if topic_name != GROUP_METADATA_TOPIC {
        return None;
    }
    let entry = |name: &str, value: String| CreatableTopicConfig { name: name.to_owned(), value: Some(value) };
    Some(CreatableTopic {
        name: topic_name.to_owned(),
        num_partitions: config.offsets_topic_num_partitions,
        replication_factor: config.offsets_topic_replication_factor,
        configs: vec![
            entry("cleanup.policy", "compact".to_owned()),
            entry("segment.bytes", config.offsets_topic_segment_bytes.to_string()),
            entry("compression.type", "producer".to_owned()),
        ],
        ..Default::default()
    })
}

/// Why an internal topic cannot be created now: fewer brokers are alive than it has replicas. The words are Apache's, which runbooks
/// look for (`AutoTopicCreationManager` up to Kafka 3.x, `KafkaApis` before).
pub(crate) fn shortage(config: &KafkaConfig, image: &Image, topic_name: &str) -> Option<String> {
    let replication_factor = creatable(config, topic_name)?.replication_factor;
    let alive = image.cluster.brokers.values().filter(|broker| !broker.fenced).count();
    let is_short = i64::try_from(alive).unwrap_or(i64::MAX) < i64::from(replication_factor);
    is_short.then(|| {
        format!(
            "Number of alive brokers '{alive}' does not meet the required replication factor '{replication_factor}' for the offsets \
             topic (configured via 'offsets.topic.replication.factor'). This error can be ignored if the cluster is starting up and \
             not all brokers are up yet."
        )
    })
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::{Dialect, image::BrokerRegistration};

    use super::*;

    #[test]
    fn the_offsets_topic_is_created_by_its_keys() {
        let mut config = KafkaConfig::for_test();
        config.offsets_topic_num_partitions = 7;
        config.offsets_topic_segment_bytes = 99;
        let topic = creatable(&config, GROUP_METADATA_TOPIC).unwrap();
        assert_eq!((topic.num_partitions, topic.replication_factor), (7, 1));
        let configs: Vec<_> =
            topic.configs.iter().map(|entry| (&*entry.name, entry.value.as_deref().unwrap())).collect();
        assert_eq!(configs, [("cleanup.policy", "compact"), ("segment.bytes", "99"), ("compression.type", "producer")]);
        assert!(creatable(&config, "orders").is_none());
    }

    #[test]
    fn a_shortage_of_brokers_is_told_in_apaches_words() {
        let mut config = KafkaConfig::for_test();
        config.offsets_topic_replication_factor = 3;
        let mut image = Image::empty(Dialect::ZOOKEEPER);
        for (broker_id, fenced) in [(1, false), (2, true)] {
            let broker = BrokerRegistration {
                broker_id,
                broker_epoch: 1,
                incarnation_id: kedge_protocol::Uuid::ZERO,
                listeners: Vec::new(),
                features: std::collections::BTreeMap::new(),
                rack: None,
                fenced,
                in_controlled_shutdown: false,
                is_migrating_zk_broker: false,
                directories: Vec::new(),
            };
            image.cluster.brokers.insert(broker_id, broker.into());
        }
        let told = shortage(&config, &image, GROUP_METADATA_TOPIC).unwrap();
        assert!(
            told.starts_with(
                "Number of alive brokers '1' does not meet the required replication factor '3' for the offsets topic ("
            ),
            "{told}"
        );
        assert_eq!(shortage(&config, &image, "orders"), None);
        config.offsets_topic_replication_factor = 1;
        assert_eq!(shortage(&config, &image, GROUP_METADATA_TOPIC), None);
    }
}
