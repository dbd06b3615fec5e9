//! What the replica layer needs to be told.

use std::time::Duration;

use kedge_log::LogConfig;
use kedge_metadata_state::BrokerId;

use crate::config::KafkaConfig;

/// How long a sealed segment waits for its flush at most.
const SEALED_FLUSH_INTERVAL: Duration = Duration::from_secs(1);

/// Settings of the replica layer, each named after its Kafka key. [`ReplicaConfig::new`] has Kafka's defaults.
#[derive(Clone, Debug)]
pub struct ReplicaConfig {
    /// `node.id` / `broker.id`.
    pub broker_id: BrokerId,
    /// `inter.broker.listener.name`, upper case: where followers reach their leaders.
    pub inter_broker_listener_name: String,
    /// Topic configs as the broker's `log.*` keys make them.
    pub log_defaults: LogConfig,
    /// `min.insync.replicas`.
    pub min_insync_replicas: usize,
    /// `replica.lag.time.max.ms`.
    pub replica_lag_time_max: Duration,
    /// `replica.fetch.wait.max.ms`.
    pub replica_fetch_wait_max: Duration,
    /// `replica.fetch.min.bytes`.
    pub replica_fetch_min_bytes: i32,
    /// `replica.fetch.max.bytes`, per partition.
    pub replica_fetch_max_bytes: i32,
    /// `replica.fetch.response.max.bytes`.
    pub replica_fetch_response_max_bytes: i32,
    /// `replica.fetch.backoff.ms`: the longest wait after a failure; the first ones are shorter.
    pub replica_fetch_backoff: Duration,
    /// `replica.socket.timeout.ms`.
    pub replica_socket_timeout: Duration,
    /// `num.replica.fetchers`, per leader.
    pub num_replica_fetchers: usize,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: usize,
    /// `max.incremental.fetch.session.cache.slots`.
    pub fetch_session_slots: usize,
    /// `replica.high.watermark.checkpoint.interval.ms`.
    pub high_watermark_checkpoint_interval: Duration,
    /// `log.retention.check.interval.ms`.
    pub retention_check_interval: Duration,
    /// `log.flush.scheduler.interval.ms`, at most a second: the same pass flushes sealed segments, which Kafka does at once.
    pub flush_interval: Duration,
    /// `log.flush.offset.checkpoint.interval.ms` and `log.flush.start.offset.checkpoint.interval.ms`.
    pub offset_checkpoint_interval: Duration,
}

impl ReplicaConfig {
    /// What a node's configuration says.
    pub fn from_kafka(config: &KafkaConfig) -> ReplicaConfig {
        // Kafka's "never" is 2⁶³−1, and some keys take any number.
        let ms = |value: i64| Duration::from_millis(value.max(0) as u64);
        let checkpoint_ms =
            config.log_flush_offset_checkpoint_interval_ms.min(config.log_flush_start_offset_checkpoint_interval_ms);
        ReplicaConfig {
            broker_id: config.node_id,
            inter_broker_listener_name: config.inter_broker_listener_name.clone(),
            log_defaults: config.log.clone(),
            min_insync_replicas: config.min_insync_replicas.max(1) as usize,
            replica_lag_time_max: ms(config.replica_lag_time_max_ms),
            replica_fetch_wait_max: ms(config.replica_fetch_wait_max_ms.into()),
            replica_fetch_min_bytes: config.replica_fetch_min_bytes,
            replica_fetch_max_bytes: config.replica_fetch_max_bytes,
            replica_fetch_response_max_bytes: config.replica_fetch_response_max_bytes,
            replica_fetch_backoff: ms(config.replica_fetch_backoff_ms.into()),
            replica_socket_timeout: ms(config.replica_socket_timeout_ms.into()),
            num_replica_fetchers: config.num_replica_fetchers.max(1) as usize,
            fetch_max_bytes: config.fetch_max_bytes.max(0) as usize,
            fetch_session_slots: config.max_incremental_fetch_session_cache_slots.max(0) as usize,
            high_watermark_checkpoint_interval: ms(config.replica_high_watermark_checkpoint_interval_ms),
            retention_check_interval: ms(config.log_retention_check_interval_ms),
            flush_interval: ms(config.log_flush_scheduler_interval_ms).min(SEALED_FLUSH_INTERVAL),
            offset_checkpoint_interval: ms(checkpoint_ms.into()),
        }
    }

    /// Kafka's defaults for a broker.
    pub fn new(broker_id: BrokerId) -> ReplicaConfig {
        ReplicaConfig {
            broker_id,
            inter_broker_listener_name: "PLAINTEXT".to_owned(),
            log_defaults: LogConfig::default(),
            min_insync_replicas: 1,
            replica_lag_time_max: Duration::from_secs(30),
            replica_fetch_wait_max: Duration::from_millis(500),
            replica_fetch_min_bytes: 1,
            replica_fetch_max_bytes: 1 << 20,
            replica_fetch_response_max_bytes: 10 << 20,
            replica_fetch_backoff: Duration::from_secs(1),
            replica_socket_timeout: Duration::from_secs(30),
            num_replica_fetchers: 1,
            fetch_max_bytes: 55 << 20,
            fetch_session_slots: 1000,
            high_watermark_checkpoint_interval: Duration::from_secs(5),
            retention_check_interval: Duration::from_secs(300),
            flush_interval: SEALED_FLUSH_INTERVAL,
            offset_checkpoint_interval: Duration::from_secs(60),
        }
    }
}
