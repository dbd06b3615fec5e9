//! What other parts of a node take from its configuration: the controller's settings, the listeners of a role, directories.

use std::{
    collections::BTreeMap,
    net::{IpAddr, ToSocketAddrs as _},
    path::PathBuf,
    time::Duration,
};

use kedge_controller::Settings;
use kedge_metadata_state::MetadataVersion;
use tracing::warn;

use crate::{
    config::{KafkaConfig, ListenerConfig},
    limits,
    network::listener::{ConnectionLimits, SocketOptions},
};

/// The settings that controller decisions depend on. A controller of a quorum puts the level of its own directory in place of the
/// newest.
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
        per_ip_overrides: per_ip_overrides(config),
    }
}

/// `max.connections.per.ip.overrides` by address. A name counts for every address that it has now, as in Kafka.
fn per_ip_overrides(config: &KafkaConfig) -> BTreeMap<IpAddr, usize> {
    let mut by_address = BTreeMap::new();
    for (host, connections) in &config.max_connections_per_ip_overrides {
        match (host.as_str(), 0).to_socket_addrs() {
            Ok(addresses) => {
                by_address.extend(addresses.map(|address| (address.ip(), usize::try_from(*connections).unwrap_or(0))));
            }
            Err(error) => warn!(host, %error, "max.connections.per.ip.overrides: the name has no address, ignored"),
        }
    }
    by_address
}

/// How the broker's sockets are made. −1 leaves a buffer to the system.
pub fn socket_options(config: &KafkaConfig) -> SocketOptions {
    SocketOptions {
        send_buffer_bytes: u32::try_from(config.socket_send_buffer_bytes).ok(),
        receive_buffer_bytes: u32::try_from(config.socket_receive_buffer_bytes).ok(),
        backlog: config.socket_listen_backlog_size.unsigned_abs(),
    }
}

/// KiB of requests in memory at once: `queued.max.request.bytes`, by default Kedge's own bound.
pub fn frame_budget_kib(config: &KafkaConfig) -> usize {
    match usize::try_from(config.queued_max_request_bytes) {
        Ok(bytes) if bytes > 0 => bytes.div_ceil(1024),
        _ => limits::FRAME_BUDGET_KIB,
    }
}

/// How long leaderships may take to be handed over at a stop: the tries that ZooKeeper mode has, and at least 15 s.
pub fn controlled_shutdown_patience(config: &KafkaConfig) -> Duration {
    let tries = u32::try_from(config.controlled_shutdown_max_retries).unwrap_or(0);
    (controlled_shutdown_backoff(config) * tries).max(Duration::from_secs(15))
}

/// `controlled.shutdown.retry.backoff.ms`.
pub fn controlled_shutdown_backoff(config: &KafkaConfig) -> Duration {
    Duration::from_millis(config.controlled_shutdown_retry_backoff_ms.unsigned_abs())
}

/// Milliseconds of a key that cannot be negative.
pub fn millis(value_ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(value_ms).unwrap_or(0))
}
