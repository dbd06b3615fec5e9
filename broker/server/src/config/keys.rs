//! Every broker key of Kafka 0.7 … 3.9 that has no field of its own, and the look-up over all keys.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{
    kafka_config::FIELD_KEYS,
    key_spec::{
        Dynamic,
        Dynamic::{ClusterWide, PerBroker, ReadOnly},
        Effect,
        Effect::{Honoured, Later, NoEffect, Refused},
        KeySpec, Kind,
        Kind::{Boolean, Class, Double, Int, List, Long, Password, Short, String},
    },
};

const fn key(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    dynamic: Dynamic,
    effect: Effect,
) -> KeySpec {
    KeySpec { name, kind, default, dynamic, effect }
}

const LONG_MAX: Option<&str> = Some("9223372036854775807");
const PROTOCOLS: &str = "PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL";

/// Keys whose values are combined into a field.
const COMBINED_KEYS: &[KeySpec] = &[
    key("broker.id", Int, Some("-1"), ReadOnly, Honoured),
    key("node.id", Int, Some("-1"), ReadOnly, Honoured),
    key("reserved.broker.max.id", Int, Some("1000"), ReadOnly, Honoured),
    key("broker.id.generation.enable", Boolean, Some("true"), ReadOnly, Honoured),
    key("process.roles", List, Some(""), ReadOnly, Honoured),
    key("log.dir", String, Some("/tmp/kafka-logs"), ReadOnly, Honoured),
    key("log.dirs", String, None, ReadOnly, Honoured),
    key("metadata.log.dir", String, None, ReadOnly, Honoured),
    key("zookeeper.connect", String, None, ReadOnly, Honoured),
    key("listeners", String, Some("PLAINTEXT://:9092"), PerBroker, Honoured),
    key("advertised.listeners", String, None, PerBroker, Honoured),
    key("listener.security.protocol.map", String, Some(PROTOCOLS), PerBroker, Honoured),
    key("inter.broker.listener.name", String, None, ReadOnly, Honoured),
    key("security.inter.broker.protocol", String, Some("PLAINTEXT"), ReadOnly, Honoured),
    key("controller.listener.names", String, None, ReadOnly, Honoured),
    key("controller.quorum.voters", List, Some(""), ReadOnly, Honoured),
    key("max.connections.per.ip.overrides", String, Some(""), ClusterWide, Honoured),
    key("unclean.leader.election.enable", Boolean, Some("false"), ClusterWide, Honoured),
    key("message.max.bytes", Int, Some("1048588"), ClusterWide, Honoured),
    key("kedge.admin.listen", String, Some("127.0.0.1:9404"), ReadOnly, Honoured),
    key("log.segment.bytes", Int, Some("1073741824"), ClusterWide, Honoured),
    key("log.roll.ms", Long, None, ClusterWide, Honoured),
    key("log.roll.hours", Int, Some("168"), ReadOnly, Honoured),
    key("log.retention.ms", Long, None, ClusterWide, Honoured),
    key("log.retention.minutes", Int, None, ReadOnly, Honoured),
    key("log.retention.hours", Int, Some("168"), ReadOnly, Honoured),
    key("log.retention.bytes", Long, Some("-1"), ClusterWide, Honoured),
    key("log.cleanup.policy", List, Some("delete"), ClusterWide, Honoured),
    key("log.index.size.max.bytes", Int, Some("10485760"), ClusterWide, Honoured),
    key("log.index.interval.bytes", Int, Some("4096"), ClusterWide, Honoured),
    key("log.flush.interval.messages", Long, LONG_MAX, ClusterWide, Honoured),
    key("log.flush.interval.ms", Long, None, ClusterWide, Honoured),
    key("log.segment.delete.delay.ms", Long, Some("60000"), ClusterWide, Honoured),
    key("log.message.timestamp.type", String, Some("CreateTime"), ClusterWide, Honoured),
    key("log.message.timestamp.difference.max.ms", Long, LONG_MAX, ClusterWide, Honoured),
    key("log.message.timestamp.before.max.ms", Long, LONG_MAX, ClusterWide, Honoured),
    key("log.message.timestamp.after.max.ms", Long, LONG_MAX, ClusterWide, Honoured),
];

const THREADS: Effect = NoEffect("the runtime has one thread per core and no request pool");
const PURGATORY: Effect = NoEffect("waiting requests are woken by events and removed at once");
const JVM_METRICS: Effect = NoEffect("it configures a JVM; use /metrics");
/// Why reporters of metrics have no effect. Who gets numbers from one loses them, so it is worth a warning.
pub(super) const NO_JVM_CLASS: &str = "a JVM class cannot be loaded; use /metrics";
const JVM_REPORTER: Effect = NoEffect(NO_JVM_CLASS);
const COMPACTION: Effect = Later("compaction is not there yet: compacted topics are kept whole");
const TRANSACTIONS: Effect = Later("transactions are not there yet");
const QUOTAS: Effect = Later("quotas are not there yet");
const TIERED: Effect = Later("tiered storage is not there yet");
const NEW_GROUPS: Effect = Later("only the classic group protocol is served");
const TLS: Effect = Later("TLS is not there yet");
const SASL: Effect = Later("SASL is not there yet");
const REASSIGNMENT: Effect = Later("reassignment is not there yet");
const RAFT: Effect = NoEffect("Raft entries are sent at once and resent with the next heartbeat");
const BY_SIZE: Effect = Later("the metadata log is rolled and removed by size only");
const OPEN: &str = "it is not supported yet, and without it the cluster would be open";
const ENCODER: Effect = Later("passwords in dynamic configs are not there yet");

/// Keys that are understood and change nothing, or must not be set.
const OTHER_KEYS: &[KeySpec] = &[
    key("background.threads", Int, Some("10"), ClusterWide, THREADS),
    key("num.network.threads", Int, Some("3"), ClusterWide, THREADS),
    key("num.io.threads", Int, Some("8"), ClusterWide, THREADS),
    key("queued.max.requests", Int, Some("500"), ReadOnly, THREADS),
    key(
        "zookeeper.max.in.flight.requests",
        Int,
        Some("10"),
        ReadOnly,
        NoEffect("one bound of Kedge's own holds for all requests to ZooKeeper"),
    ),
    key(
        "controller.quorum.election.backoff.max.ms",
        Int,
        Some("1000"),
        ReadOnly,
        NoEffect("the random part of an election's wait is a fifth of controller.quorum.election.timeout.ms"),
    ),
    key("controller.quorum.retry.backoff.ms", Int, Some("20"), ReadOnly, RAFT),
    key("controller.quorum.append.linger.ms", Int, Some("25"), ReadOnly, RAFT),
    key("metadata.log.segment.ms", Long, Some("604800000"), ReadOnly, BY_SIZE),
    key("metadata.max.retention.ms", Long, Some("604800000"), ReadOnly, BY_SIZE),
    key(
        "log.dir.failure.timeout.ms",
        Long,
        Some("30000"),
        ReadOnly,
        Later("a broker tells the controller of a failed directory until it is heard, and does not stop"),
    ),
    key("num.replica.alter.log.dirs.threads", Int, None, ReadOnly, REASSIGNMENT),
    key("fetch.purgatory.purge.interval.requests", Int, Some("1000"), ReadOnly, PURGATORY),
    key("producer.purgatory.purge.interval.requests", Int, Some("1000"), ReadOnly, PURGATORY),
    key("delete.records.purgatory.purge.interval.requests", Int, Some("1"), ReadOnly, PURGATORY),
    key("replica.socket.receive.buffer.bytes", Int, Some("65536"), ReadOnly, NoEffect("the system sizes it")),
    key(
        "inter.broker.protocol.version",
        String,
        Some("3.9-IV0"),
        ReadOnly,
        NoEffect("Kedge speaks what its peer announces"),
    ),
    key("log.message.format.version", String, Some("3.0-IV1"), ReadOnly, NoEffect("logs hold format v2 only")),
    key("log.message.downconversion.enable", Boolean, Some("true"), ClusterWide, NoEffect("logs hold format v2 only")),
    key("log.preallocate", Boolean, Some("false"), ClusterWide, NoEffect("segments grow as they are written")),
    key("log.roll.jitter.ms", Long, None, ClusterWide, Later("segments roll without jitter")),
    key("log.roll.jitter.hours", Int, Some("0"), ReadOnly, Later("segments roll without jitter")),
    key("log.cleaner.enable", Boolean, Some("true"), ReadOnly, COMPACTION),
    key("log.cleaner.threads", Int, Some("1"), ClusterWide, COMPACTION),
    key("log.cleaner.dedupe.buffer.size", Long, Some("134217728"), ClusterWide, COMPACTION),
    key("log.cleaner.io.buffer.size", Int, Some("524288"), ClusterWide, COMPACTION),
    key("log.cleaner.io.buffer.load.factor", Double, Some("0.9"), ClusterWide, COMPACTION),
    key("log.cleaner.io.max.bytes.per.second", Double, Some("1.7976931348623157E308"), ClusterWide, COMPACTION),
    key("log.cleaner.backoff.ms", Long, Some("15000"), ClusterWide, COMPACTION),
    key("log.cleaner.min.cleanable.ratio", Double, Some("0.5"), ClusterWide, COMPACTION),
    key("log.cleaner.min.compaction.lag.ms", Long, Some("0"), ClusterWide, COMPACTION),
    key("log.cleaner.max.compaction.lag.ms", Long, LONG_MAX, ClusterWide, COMPACTION),
    key("log.cleaner.delete.retention.ms", Long, Some("86400000"), ClusterWide, COMPACTION),
    key("compression.type", String, Some("producer"), ClusterWide, Later("batches are stored as they were sent")),
    key("compression.gzip.level", Int, Some("-1"), ClusterWide, Later("batches are stored as they were sent")),
    key("compression.lz4.level", Int, Some("9"), ClusterWide, Later("batches are stored as they were sent")),
    key("compression.zstd.level", Int, Some("3"), ClusterWide, Later("batches are stored as they were sent")),
    key("offsets.topic.compression.codec", Int, Some("0"), ReadOnly, NoEffect("offsets are stored uncompressed")),
    key("offsets.commit.required.acks", Short, Some("-1"), ReadOnly, NoEffect("every offset commit waits for the ISR")),
    key(
        "control.plane.listener.name",
        String,
        None,
        ReadOnly,
        Later("controller requests share the broker's listener"),
    ),
    key("early.start.listeners", String, None, ReadOnly, NoEffect("listeners open when the broker can serve")),
    key(
        "controller.quorum.bootstrap.servers",
        List,
        Some(""),
        ReadOnly,
        Refused("dynamic quorums are not supported yet; list the voters in controller.quorum.voters"),
    ),
    key("replica.selector.class", String, None, ReadOnly, Later("consumers fetch from leaders only")),
    key("max.connection.creation.rate", Int, Some("2147483647"), ClusterWide, QUOTAS),
    key("connection.failed.authentication.delay.ms", Int, Some("100"), ReadOnly, SASL),
    key("connections.max.reauth.ms", Long, Some("0"), ReadOnly, SASL),
    key("group.coordinator.rebalance.protocols", List, Some("classic"), ReadOnly, NEW_GROUPS),
    key("group.coordinator.new.enable", Boolean, Some("false"), ReadOnly, NEW_GROUPS),
    key("group.coordinator.threads", Int, Some("1"), ReadOnly, NEW_GROUPS),
    key("group.consumer.session.timeout.ms", Int, Some("45000"), ReadOnly, NEW_GROUPS),
    key("group.consumer.heartbeat.interval.ms", Int, Some("5000"), ReadOnly, NEW_GROUPS),
    key("group.consumer.migration.policy", String, Some("disabled"), ReadOnly, NEW_GROUPS),
    key("transaction.max.timeout.ms", Int, Some("900000"), ReadOnly, TRANSACTIONS),
    key("transactional.id.expiration.ms", Int, Some("604800000"), ReadOnly, TRANSACTIONS),
    key("transaction.state.log.num.partitions", Int, Some("50"), ReadOnly, TRANSACTIONS),
    key("transaction.state.log.replication.factor", Short, Some("3"), ReadOnly, TRANSACTIONS),
    key("transaction.state.log.min.isr", Int, Some("2"), ReadOnly, TRANSACTIONS),
    key("transaction.state.log.segment.bytes", Int, Some("104857600"), ReadOnly, TRANSACTIONS),
    key("transaction.state.log.load.buffer.size", Int, Some("5242880"), ReadOnly, TRANSACTIONS),
    key("transaction.abort.timed.out.transaction.cleanup.interval.ms", Int, Some("10000"), ReadOnly, TRANSACTIONS),
    key("transaction.remove.expired.transaction.cleanup.interval.ms", Int, Some("3600000"), ReadOnly, TRANSACTIONS),
    key("transaction.partition.verification.enable", Boolean, Some("true"), ClusterWide, TRANSACTIONS),
    key("quota.window.num", Int, Some("11"), ReadOnly, QUOTAS),
    key("quota.window.size.seconds", Int, Some("1"), ReadOnly, QUOTAS),
    key("controller.quota.window.num", Int, Some("11"), ReadOnly, QUOTAS),
    key("controller.quota.window.size.seconds", Int, Some("1"), ReadOnly, QUOTAS),
    key("replication.quota.window.num", Int, Some("11"), ReadOnly, QUOTAS),
    key("replication.quota.window.size.seconds", Int, Some("1"), ReadOnly, QUOTAS),
    key("alter.log.dirs.replication.quota.window.num", Int, Some("11"), ReadOnly, QUOTAS),
    key("alter.log.dirs.replication.quota.window.size.seconds", Int, Some("1"), ReadOnly, QUOTAS),
    key("quota.producer.default", Long, LONG_MAX, ReadOnly, QUOTAS),
    key("quota.consumer.default", Long, LONG_MAX, ReadOnly, QUOTAS),
    key("leader.replication.throttled.rate", Long, LONG_MAX, ClusterWide, QUOTAS),
    key("follower.replication.throttled.rate", Long, LONG_MAX, ClusterWide, QUOTAS),
    key("client.quota.callback.class", Class, None, ReadOnly, QUOTAS),
    key("authorizer.class.name", String, Some(""), ReadOnly, Refused(OPEN)),
    key(
        "create.topic.policy.class.name",
        Class,
        None,
        ReadOnly,
        Refused("a Java class cannot be run; its policy would not hold"),
    ),
    key(
        "alter.config.policy.class.name",
        Class,
        None,
        ReadOnly,
        Refused("a Java class cannot be run; its policy would not hold"),
    ),
    key(
        "principal.builder.class",
        Class,
        Some("org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder"),
        PerBroker,
        Refused("a Java class cannot be run"),
    ),
    key("zookeeper.set.acl", Boolean, Some("false"), ReadOnly, Refused(OPEN)),
    key(
        "zookeeper.ssl.client.enable",
        Boolean,
        Some("false"),
        ReadOnly,
        Refused("TLS to ZooKeeper is not supported yet"),
    ),
    key("zookeeper.sync.time.ms", Int, Some("2000"), ReadOnly, NoEffect("Kafka stopped using it long ago")),
    key("ssl.keystore.location", String, None, PerBroker, TLS),
    key("ssl.keystore.password", Password, None, PerBroker, TLS),
    key("ssl.keystore.type", String, Some("JKS"), PerBroker, TLS),
    key("ssl.key.password", Password, None, PerBroker, TLS),
    key("ssl.truststore.location", String, None, PerBroker, TLS),
    key("ssl.truststore.password", Password, None, PerBroker, TLS),
    key("ssl.truststore.type", String, Some("JKS"), PerBroker, TLS),
    key("ssl.enabled.protocols", List, Some("TLSv1.2,TLSv1.3"), PerBroker, TLS),
    key("ssl.protocol", String, Some("TLSv1.3"), PerBroker, TLS),
    key("ssl.client.auth", String, Some("none"), PerBroker, TLS),
    key("ssl.endpoint.identification.algorithm", String, Some("https"), PerBroker, TLS),
    key("ssl.principal.mapping.rules", String, Some("DEFAULT"), ReadOnly, TLS),
    key("sasl.enabled.mechanisms", List, Some("GSSAPI"), PerBroker, SASL),
    key("sasl.mechanism.inter.broker.protocol", String, Some("GSSAPI"), PerBroker, SASL),
    key("sasl.mechanism.controller.protocol", String, Some("GSSAPI"), ReadOnly, SASL),
    key("sasl.jaas.config", Password, None, PerBroker, SASL),
    key("sasl.server.max.receive.size", Int, Some("524288"), ReadOnly, SASL),
    key("delegation.token.secret.key", Password, None, ReadOnly, SASL),
    key("delegation.token.master.key", Password, None, ReadOnly, SASL),
    key("delegation.token.max.lifetime.ms", Long, Some("604800000"), ReadOnly, SASL),
    key("delegation.token.expiry.time.ms", Long, Some("86400000"), ReadOnly, SASL),
    key("delegation.token.expiry.check.interval.ms", Long, Some("3600000"), ReadOnly, SASL),
    key("password.encoder.secret", Password, None, ReadOnly, ENCODER),
    key("password.encoder.old.secret", Password, None, ReadOnly, ENCODER),
    key("password.encoder.iterations", Int, Some("4096"), ReadOnly, ENCODER),
    key("password.encoder.key.length", Int, Some("128"), ReadOnly, ENCODER),
    key("password.encoder.cipher.algorithm", String, Some("AES/CBC/PKCS5Padding"), ReadOnly, ENCODER),
    key("password.encoder.keyfactory.algorithm", String, None, ReadOnly, ENCODER),
    key("metric.reporters", List, Some(""), ClusterWide, JVM_REPORTER),
    key("metrics.num.samples", Int, Some("2"), ReadOnly, JVM_METRICS),
    key("metrics.sample.window.ms", Long, Some("30000"), ReadOnly, JVM_METRICS),
    key("metrics.recording.level", String, Some("INFO"), ReadOnly, JVM_METRICS),
    key("auto.include.jmx.reporter", Boolean, Some("true"), ReadOnly, JVM_METRICS),
    key("kafka.metrics.reporters", List, Some(""), ReadOnly, JVM_REPORTER),
    key("kafka.metrics.polling.interval.secs", Int, Some("10"), ReadOnly, JVM_METRICS),
    key("kafka.csv.metrics.dir", String, None, ReadOnly, JVM_METRICS),
    key("kafka.csv.metrics.reporter.enabled", Boolean, Some("false"), ReadOnly, JVM_METRICS),
    key("telemetry.max.bytes", Int, Some("1048576"), ReadOnly, Later("client telemetry is not there yet")),
    key(
        "remote.log.storage.system.enable",
        Boolean,
        Some("false"),
        ReadOnly,
        Refused("tiered storage is not supported, and records moved there could not be read"),
    ),
    key(
        "config.providers",
        List,
        Some(""),
        ReadOnly,
        Refused("config providers are not supported yet; write the values into the file"),
    ),
    key("security.providers", String, None, ReadOnly, NoEffect("it names Java classes")),
    key("controller.message.queue.size", Int, Some("10"), ReadOnly, NoEffect("Kafka dropped it")),
    key("replica.lag.max.messages", Long, Some("4000"), ReadOnly, NoEffect("lag is a time since Kafka 0.9")),
    key("unstable.api.versions.enable", Boolean, Some("false"), ReadOnly, NoEffect("only stable versions are served")),
    key(
        "unstable.feature.versions.enable",
        Boolean,
        Some("false"),
        ReadOnly,
        NoEffect("only stable versions are served"),
    ),
];

/// Families of keys that are known by their first words only.
const FAMILIES: &[(&str, Effect)] = &[
    ("remote.log.", TIERED),
    ("log.local.retention.", TIERED),
    ("group.consumer.", NEW_GROUPS),
    ("group.share.", NEW_GROUPS),
    ("zookeeper.ssl.", TLS),
    ("zookeeper.clientCnxnSocket", TLS),
    ("ssl.", TLS),
    ("sasl.", SASL),
    ("listener.name.", Later("settings of one listener are not there yet")),
];

/// Broker keys that are defaults of topic configs which a log obeys, by topic config.
pub(super) const LOG_SYNONYMS: &[(&str, &str)] = &[
    ("segment.bytes", "log.segment.bytes"),
    ("segment.index.bytes", "log.index.size.max.bytes"),
    ("index.interval.bytes", "log.index.interval.bytes"),
    ("retention.bytes", "log.retention.bytes"),
    ("cleanup.policy", "log.cleanup.policy"),
    ("flush.messages", "log.flush.interval.messages"),
    ("file.delete.delay.ms", "log.segment.delete.delay.ms"),
    ("max.message.bytes", "message.max.bytes"),
    ("message.timestamp.type", "log.message.timestamp.type"),
    ("message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"),
    ("message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"),
    ("message.timestamp.difference.max.ms", "log.message.timestamp.difference.max.ms"),
];

static KEYS: LazyLock<BTreeMap<&'static str, KeySpec>> = LazyLock::new(|| {
    let mut keys = BTreeMap::new();
    for spec in FIELD_KEYS.iter().chain(COMBINED_KEYS).chain(OTHER_KEYS) {
        assert!(keys.insert(spec.name, *spec).is_none(), "{} stands twice in the tables of keys", spec.name);
    }
    keys
});

/// Every broker key, sorted by name.
pub fn keys() -> impl Iterator<Item = &'static KeySpec> {
    KEYS.values()
}

/// One broker key.
pub fn key_spec(name: &str) -> Option<&'static KeySpec> {
    KEYS.get(name)
}

/// What becomes of a key; None if Kafka does not know it.
pub(super) fn effect(name: &str) -> Option<Effect> {
    match key_spec(name) {
        Some(spec) => Some(spec.effect),
        None => FAMILIES.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, effect)| *effect),
    }
}

/// Whether the value of a key must never be printed. Unknown keys may be misspelt passwords.
pub fn is_sensitive(name: &str) -> bool {
    match key_spec(name) {
        Some(spec) => spec.kind == Password,
        None => {
            ["password", "secret", "jaas", "credential"].iter().any(|word| name.to_ascii_lowercase().contains(word))
        }
    }
}
