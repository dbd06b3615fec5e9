//! Kafka's internal topics: which they are and how they are created on demand.

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
