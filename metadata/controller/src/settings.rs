//! What the controller was configured with, by Kafka's property names.

use std::collections::BTreeMap;

use kedge_metadata_state::{BrokerId, MetadataVersion, TimestampMs};

/// The properties that decisions depend on. Defaults are Kafka 3.9's.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The cluster's id; registrations with another one are refused.
    pub cluster_id: String,
    /// `node.id` / `broker.id` of the node that rules; its own dynamic broker configs are consulted.
    pub node_id: BrokerId,
    /// `num.partitions`.
    pub default_num_partitions: i32,
    /// `default.replication.factor`.
    pub default_replication_factor: i16,
    /// `delete.topic.enable`.
    pub delete_topic_enable: bool,
    /// `broker.session.timeout.ms`: silence after which a broker is fenced.
    pub broker_session_timeout_ms: TimestampMs,
    /// `auto.leader.rebalance.enable`.
    pub auto_leader_rebalance_enable: bool,
    /// `leader.imbalance.per.broker.percentage`: a broker's preferred partitions led elsewhere, above which they are
    /// moved back.
    pub leader_imbalance_per_broker_percentage: i32,
    /// `zookeeper.metadata.migration.enable`: a new quorum starts in PRE_MIGRATION.
    pub zookeeper_metadata_migration_enable: bool,
    /// The level a new quorum is formatted at.
    pub bootstrap_metadata_version: MetadataVersion,
    /// The node's properties as written in its file, for configs that fall back to them (`min.insync.replicas`,
    /// `unclean.leader.election.enable`, `log.*`).
    pub static_configs: BTreeMap<String, String>,
}

impl Settings {
    /// Kafka's defaults for a cluster.
    pub fn for_cluster(cluster_id: impl Into<String>, node_id: BrokerId) -> Settings {
        Settings {
            cluster_id: cluster_id.into(),
            node_id,
            default_num_partitions: 1,
            default_replication_factor: 1,
            delete_topic_enable: true,
            broker_session_timeout_ms: 9_000,
            auto_leader_rebalance_enable: true,
            leader_imbalance_per_broker_percentage: 10,
            zookeeper_metadata_migration_enable: false,
            bootstrap_metadata_version: MetadataVersion::LATEST,
            static_configs: BTreeMap::new(),
        }
    }
}
