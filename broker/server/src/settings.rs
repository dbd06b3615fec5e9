//! What other parts of a node take from its configuration: the controller's settings, the listeners of a role, directories.

use std::{path::PathBuf, time::Duration};

use kedge_controller::Settings;
use kedge_metadata_state::MetadataVersion;

use crate::{
    config::{KafkaConfig, ListenerConfig},
    network::listener::ConnectionLimits,
};

/// The settings that controller decisions depend on.
pub fn controller_settings(config: &KafkaConfig, cluster_id: &str) -> Settings {
    Settings {
        cluster_id: cluster_id.to_owned(),
        node_id: config.node_id,
        default_num_partitions: config.num_partitions,
        default_replication_factor: config.default_replication_factor,
        delete_topic_enable: config.delete_topic_enable,
        broker_session_timeout_ms: i64::from(config.broker_session_timeout_ms),
        auto_leader_rebalance_enable: config.auto_leader_rebalance_enable,
        leader_imbalance_per_broker_percentage: config.leader_imbalance_per_broker_percentage,
        zookeeper_metadata_migration_enable: config.zookeeper_metadata_migration_enable,
        bootstrap_metadata_version: MetadataVersion::LATEST,
        static_configs: config.static_configs.clone(),
    }
}

/// The listener of the controller role: the first of `controller.listener.names`.
pub fn controller_listener(config: &KafkaConfig) -> Option<&ListenerConfig> {
    let name = config.controller_listener_names.first()?;
    config.listeners.iter().find(|listener| listener.name == *name)
}

/// The listeners of the broker role.
pub fn broker_listeners(config: &KafkaConfig) -> impl Iterator<Item = &ListenerConfig> {
    config.listeners.iter().filter(|listener| !config.controller_listener_names.contains(&listener.name))
}

/// Every directory with a `meta.properties`: the log directories, and that of the metadata log.
pub fn all_dirs(config: &KafkaConfig) -> Vec<PathBuf> {
    let mut dirs = config.log_dirs.clone();
    if !dirs.contains(&config.metadata_log_dir) {
        dirs.push(config.metadata_log_dir.clone());
    }
    dirs
}

/// Bounds of a listener's connections.
pub fn connection_limits(config: &KafkaConfig) -> ConnectionLimits {
    let count = |connections: i32| usize::try_from(connections).unwrap_or(0);
    // A negative time means that idle connections stay; a month is as good and needs no special case.
    let idle_ms = u64::try_from(config.connections_max_idle_ms).unwrap_or(31 * 24 * 3_600_000);
    ConnectionLimits {
        frame_max_bytes: count(config.socket_request_max_bytes),
        idle: Duration::from_millis(idle_ms),
        connections_max: count(config.max_connections),
        connections_per_ip_max: count(config.max_connections_per_ip),
    }
}

/// Milliseconds of a key that cannot be negative.
pub fn millis(value_ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(value_ms).unwrap_or(0))
}
