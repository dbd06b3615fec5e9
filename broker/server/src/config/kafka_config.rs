//! The typed configuration: one field per honoured key, named like the key.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use kedge_log::LogConfig;

use super::{
    key_spec::{ANY, Bounds, ConfigError, ConfigType, Dynamic, Effect, KeySpec, at_least},
    listeners::ListenerConfig,
};
use crate::context::SecurityProtocol;

/// `process.roles`. Neither role is set on a broker in ZooKeeper mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// It serves clients.
    pub broker: bool,
    /// It is a voter of the quorum.
    pub controller: bool,
}

/// `kedge.admin.listen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdminListen {
    /// Where `/metrics` and `/healthz` are served.
    pub address: SocketAddr,
    /// It stands in the file: then a port in use stops the start. The default gives way, as several nodes may share a host.
    pub explicit: bool,
}

/// Makes the struct, its reader and the rows of its keys from one list, so that the three cannot drift apart.
macro_rules! kafka_config {
    (
        derived { $($(#[$derived_doc:meta])* $derived:ident: $derived_type:ty,)* }
        keys { $($(#[$doc:meta])* $field:ident: $type:ty = $key:literal, $default:literal, $bounds:expr, $dynamic:ident;)* }
    ) => {
        /// A node's static configuration: every key that Kedge honours. Integers have Kafka's types, times are in the key's unit.
        #[derive(Clone, Debug, PartialEq)]
        pub struct KafkaConfig {
            $($(#[$derived_doc])* pub $derived: $derived_type,)*
            $($(#[$doc])* #[doc = concat!("\n\n`", $key, "`, default `", $default, "`.")] pub $field: $type,)*
        }

        /// The fields that are read from one key each.
        pub(super) struct Derived { $(pub(super) $derived: $derived_type,)* }

        /// Rows of the keys that have a field of their own type.
        pub(super) const FIELD_KEYS: &[KeySpec] = &[$(KeySpec {
            name: $key,
            kind: <$type as ConfigType>::KIND,
            default: if <$type as ConfigType>::NULLABLE && $default.is_empty() { None } else { Some($default) },
            dynamic: Dynamic::$dynamic,
            effect: Effect::Honoured,
        },)*];

        impl KafkaConfig {
            /// Reads every field that stands for one key; `value` gives the trimmed text of a key if it is set.
            pub(super) fn assemble<'a>(
                derived: Derived,
                value: impl Fn(&str) -> Option<&'a str>,
            ) -> Result<KafkaConfig, ConfigError> {
                Ok(KafkaConfig {
                    $($derived: derived.$derived,)*
                    $($field: read_field::<$type>($key, $default, value($key), $bounds)?,)*
                })
            }
        }
    };
}

fn read_field<T: ConfigType>(key: &str, default: &str, set: Option<&str>, bounds: Bounds) -> Result<T, ConfigError> {
    match set {
        None if default.is_empty() && T::NULLABLE => T::null(),
        _ => T::read(set.unwrap_or(default), bounds),
    }
    .map_err(|problem| ConfigError::new(key, problem))
}

kafka_config! {
    derived {
        /// `node.id`, or `broker.id` in ZooKeeper mode.
        node_id: i32,
        /// `process.roles`; empty in ZooKeeper mode.
        process_roles: Roles,
        /// `log.dirs`, else `log.dir`.
        log_dirs: Vec<PathBuf>,
        /// `metadata.log.dir`, else the first of `log.dirs`.
        metadata_log_dir: PathBuf,
        /// `listeners`, controller listeners included.
        listeners: Vec<ListenerConfig>,
        /// `advertised.listeners`, else the broker's `listeners`. Port 0 stands for the port that is bound.
        advertised_listeners: Vec<ListenerConfig>,
        /// `listener.security.protocol.map`, by listener name in upper case.
        listener_security_protocol_map: BTreeMap<String, SecurityProtocol>,
        /// `inter.broker.listener.name`, or the listener of `security.inter.broker.protocol`; empty on a pure controller.
        inter_broker_listener_name: String,
        /// `controller.listener.names`, upper case.
        controller_listener_names: Vec<String>,
        /// `controller.quorum.voters`: `host:port` by node id.
        controller_quorum_voters: BTreeMap<i32, String>,
        /// `zookeeper.connect`, chroot included.
        zookeeper_connect: Option<String>,
        /// `max.connections.per.ip.overrides`: by host or address.
        max_connections_per_ip_overrides: BTreeMap<String, i32>,
        /// Topic configs as the broker's `log.*` keys make them.
        log: LogConfig,
        /// `kedge.admin.listen`; None if it is empty.
        admin_listen: Option<AdminListen>,
        /// The log directories are formatted if they are empty: only for a node that was started without a file.
        format_on_first_start: bool,
        /// Keys as given, old spellings translated, values trimmed, passwords left out.
        static_configs: BTreeMap<String, String>,
    }
    keys {
        /// Rack for placement and follower selection.
        broker_rack: Option<String> = "broker.rack", "", ANY, ReadOnly;

        /// Session with ZooKeeper.
        zookeeper_session_timeout_ms: i32 = "zookeeper.session.timeout.ms", "18000", at_least(1), ReadOnly;
        /// How long a start waits for ZooKeeper; the session timeout if not set.
        zookeeper_connection_timeout_ms: Option<i32> = "zookeeper.connection.timeout.ms", "", at_least(1), ReadOnly;
        /// Arms the move: a broker in ZooKeeper mode may join a quorum, a new quorum starts in PRE_MIGRATION.
        zookeeper_metadata_migration_enable: bool = "zookeeper.metadata.migration.enable", "false", ANY, ReadOnly;

        /// How long a voter waits for a majority before it stands for election again, give or take a fifth.
        controller_quorum_election_timeout_ms: i32 = "controller.quorum.election.timeout.ms", "1000", at_least(1), ReadOnly;
        /// Silence of a leader after which a voter stands for election, or up to a fifth more.
        controller_quorum_fetch_timeout_ms: i32 = "controller.quorum.fetch.timeout.ms", "2000", at_least(1), ReadOnly;
        /// Requests between voters.
        controller_quorum_request_timeout_ms: i32 = "controller.quorum.request.timeout.ms", "2000", at_least(1), ReadOnly;
        /// Bytes of records after which a snapshot is taken.
        metadata_log_max_record_bytes_between_snapshots: i64 = "metadata.log.max.record.bytes.between.snapshots", "20971520", at_least(1), ReadOnly;
        /// Time after which a snapshot is taken; 0 is never.
        metadata_log_max_snapshot_interval_ms: i64 = "metadata.log.max.snapshot.interval.ms", "3600000", at_least(0), ReadOnly;
        /// Segment size of the metadata log.
        metadata_log_segment_bytes: i32 = "metadata.log.segment.bytes", "1073741824", at_least(12), ReadOnly;
        /// Bytes of log and snapshots above which old ones go; −1 is no bound.
        metadata_max_retention_bytes: i64 = "metadata.max.retention.bytes", "104857600", at_least(-1), ReadOnly;
        /// Longest time the active controller writes nothing; then a no-op record; 0 is never.
        metadata_max_idle_interval_ms: i32 = "metadata.max.idle.interval.ms", "500", at_least(0), ReadOnly;

        /// Sign of life of a KRaft broker.
        broker_heartbeat_interval_ms: i32 = "broker.heartbeat.interval.ms", "2000", at_least(1), ReadOnly;
        /// Silence after which the controller fences a broker.
        broker_session_timeout_ms: i32 = "broker.session.timeout.ms", "9000", at_least(1), ReadOnly;
        /// How long a KRaft broker tries to register before it gives up.
        initial_broker_registration_timeout_ms: i32 = "initial.broker.registration.timeout.ms", "60000", at_least(1), ReadOnly;
        /// Whether a stop hands leaderships over first.
        controlled_shutdown_enable: bool = "controlled.shutdown.enable", "true", ANY, ReadOnly;
        /// Attempts at that in ZooKeeper mode.
        controlled_shutdown_max_retries: i32 = "controlled.shutdown.max.retries", "3", at_least(0), ReadOnly;
        /// Pause between them.
        controlled_shutdown_retry_backoff_ms: i64 = "controlled.shutdown.retry.backoff.ms", "5000", at_least(0), ReadOnly;
        /// Requests to other nodes.
        request_timeout_ms: i32 = "request.timeout.ms", "30000", at_least(1), ReadOnly;
        /// Requests between a broker and the controller.
        controller_socket_timeout_ms: i32 = "controller.socket.timeout.ms", "30000", at_least(1), ReadOnly;

        /// A connection without requests is closed after this; negative is never.
        connections_max_idle_ms: i64 = "connections.max.idle.ms", "600000", ANY, ReadOnly;
        /// Connections to this broker.
        max_connections: i32 = "max.connections", "2147483647", at_least(0), ClusterWide;
        /// Connections from one address.
        max_connections_per_ip: i32 = "max.connections.per.ip", "2147483647", at_least(0), ClusterWide;
        /// SO_SNDBUF; −1 leaves it to the system.
        socket_send_buffer_bytes: i32 = "socket.send.buffer.bytes", "102400", at_least(-1), ReadOnly;
        /// SO_RCVBUF; −1 leaves it to the system.
        socket_receive_buffer_bytes: i32 = "socket.receive.buffer.bytes", "102400", at_least(-1), ReadOnly;
        /// Largest request; a longer one closes its connection.
        socket_request_max_bytes: i32 = "socket.request.max.bytes", "104857600", at_least(1), ReadOnly;
        /// Connections that wait to be accepted.
        socket_listen_backlog_size: i32 = "socket.listen.backlog.size", "50", at_least(1), ReadOnly;
        /// Bytes of requests in memory at once; −1 leaves it to Kedge.
        queued_max_request_bytes: i64 = "queued.max.request.bytes", "-1", ANY, ReadOnly;
        /// Largest fetch response.
        fetch_max_bytes: i32 = "fetch.max.bytes", "57671680", at_least(1024), ReadOnly;
        /// Incremental fetch sessions that are kept.
        max_incremental_fetch_session_cache_slots: i32 = "max.incremental.fetch.session.cache.slots", "1000", at_least(0), ReadOnly;

        /// A topic that is asked for and absent is created.
        auto_create_topics_enable: bool = "auto.create.topics.enable", "true", ANY, ReadOnly;
        /// Topics may be deleted.
        delete_topic_enable: bool = "delete.topic.enable", "true", ANY, ReadOnly;
        /// Partitions of a topic that is created without a count.
        num_partitions: i32 = "num.partitions", "1", at_least(1), ReadOnly;
        /// Replicas of a topic that is created without a count.
        default_replication_factor: i16 = "default.replication.factor", "1", at_least(1), ReadOnly;
        /// Leaders move back to preferred replicas.
        auto_leader_rebalance_enable: bool = "auto.leader.rebalance.enable", "true", ANY, ReadOnly;
        /// How often that is looked at.
        leader_imbalance_check_interval_seconds: i64 = "leader.imbalance.check.interval.seconds", "300", at_least(1), ReadOnly;
        /// Share of a broker's preferred partitions led elsewhere above which they move.
        leader_imbalance_per_broker_percentage: i32 = "leader.imbalance.per.broker.percentage", "10", ANY, ReadOnly;

        /// Fetchers per leader.
        num_replica_fetchers: i32 = "num.replica.fetchers", "1", at_least(1), ClusterWide;
        /// A follower that has not caught up for this long leaves the ISR.
        replica_lag_time_max_ms: i64 = "replica.lag.time.max.ms", "30000", ANY, ReadOnly;
        /// Wanted bytes per partition and fetch of a follower.
        replica_fetch_max_bytes: i32 = "replica.fetch.max.bytes", "1048576", at_least(0), ReadOnly;
        /// A follower's fetch waits for as many bytes.
        replica_fetch_min_bytes: i32 = "replica.fetch.min.bytes", "1", ANY, ReadOnly;
        /// Largest response to a follower's fetch.
        replica_fetch_response_max_bytes: i32 = "replica.fetch.response.max.bytes", "10485760", at_least(0), ReadOnly;
        /// A follower's fetch waits for so long.
        replica_fetch_wait_max_ms: i32 = "replica.fetch.wait.max.ms", "500", ANY, ReadOnly;
        /// Pause of a fetcher after an error.
        replica_fetch_backoff_ms: i32 = "replica.fetch.backoff.ms", "1000", at_least(0), ReadOnly;
        /// Requests of fetchers.
        replica_socket_timeout_ms: i32 = "replica.socket.timeout.ms", "30000", ANY, ReadOnly;
        /// How often high watermarks are saved.
        replica_high_watermark_checkpoint_interval_ms: i64 = "replica.high.watermark.checkpoint.interval.ms", "5000", ANY, ReadOnly;

        /// Threads that recover one log directory.
        num_recovery_threads_per_data_dir: i32 = "num.recovery.threads.per.data.dir", "1", at_least(1), ClusterWide;
        /// How often retention is looked at.
        log_retention_check_interval_ms: i64 = "log.retention.check.interval.ms", "300000", at_least(1), ReadOnly;
        /// How often it is looked at which logs are due to be flushed.
        log_flush_scheduler_interval_ms: i64 = "log.flush.scheduler.interval.ms", "9223372036854775807", ANY, ReadOnly;
        /// How often recovery points are saved.
        log_flush_offset_checkpoint_interval_ms: i32 = "log.flush.offset.checkpoint.interval.ms", "60000", at_least(0), ReadOnly;
        /// How often log start offsets are saved.
        log_flush_start_offset_checkpoint_interval_ms: i32 = "log.flush.start.offset.checkpoint.interval.ms", "60000", at_least(0), ReadOnly;
        /// How long an idle producer's sequence numbers are remembered.
        producer_id_expiration_ms: i32 = "producer.id.expiration.ms", "86400000", at_least(1), ClusterWide;

        /// Partitions of `__consumer_offsets` when it is created.
        offsets_topic_num_partitions: i32 = "offsets.topic.num.partitions", "50", at_least(1), ReadOnly;
        /// Replicas of `__consumer_offsets` when it is created.
        offsets_topic_replication_factor: i16 = "offsets.topic.replication.factor", "3", at_least(1), ReadOnly;
        /// Segment size of `__consumer_offsets` when it is created.
        offsets_topic_segment_bytes: i32 = "offsets.topic.segment.bytes", "104857600", at_least(1), ReadOnly;
        /// How long offsets of an empty group are kept.
        offsets_retention_minutes: i32 = "offsets.retention.minutes", "10080", at_least(1), ReadOnly;
        /// How often expired offsets are looked for.
        offsets_retention_check_interval_ms: i64 = "offsets.retention.check.interval.ms", "600000", at_least(1), ReadOnly;
        /// How long a commit waits for its replicas.
        offsets_commit_timeout_ms: i32 = "offsets.commit.timeout.ms", "5000", at_least(1), ReadOnly;
        /// Bytes read at once while a coordinator loads.
        offsets_load_buffer_size: i32 = "offsets.load.buffer.size", "5242880", at_least(1), ReadOnly;
        /// Largest metadata string of a committed offset.
        offset_metadata_max_bytes: i32 = "offset.metadata.max.bytes", "4096", ANY, ReadOnly;
        /// Shortest session a group member may ask for.
        group_min_session_timeout_ms: i32 = "group.min.session.timeout.ms", "6000", ANY, ReadOnly;
        /// Longest session a group member may ask for.
        group_max_session_timeout_ms: i32 = "group.max.session.timeout.ms", "1800000", ANY, ReadOnly;
        /// How long the first member of an empty group waits for others.
        group_initial_rebalance_delay_ms: i32 = "group.initial.rebalance.delay.ms", "3000", ANY, ReadOnly;
        /// Members of one group.
        group_max_size: i32 = "group.max.size", "2147483647", at_least(1), ReadOnly;

        /// Smallest ISR that acks=all is granted with.
        min_insync_replicas: i32 = "min.insync.replicas", "1", at_least(1), ClusterWide;
    }
}
