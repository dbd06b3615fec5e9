//! Config keys as Kafka 3.9 defines them: type, default, allowed values, and the broker property a topic config falls
//! back to (`LogConfig`, `ServerTopicConfigSynonyms`, `DynamicBrokerConfig`).
//!
//! Topic keys are complete: an unknown one is refused, as by Kafka. Broker keys are those that Kafka lets change at run
//! time and that mean something to this version; any other is refused rather than stored without effect.

/// A config value's type (Kafka's `ConfigDef.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigType {
    /// `true` or `false`, in any case.
    Boolean,
    /// 32 bits.
    Int,
    /// 64 bits.
    Long,
    /// A decimal number.
    Double,
    /// Text.
    String,
    /// Comma-separated texts; the only type that APPEND and SUBTRACT work on.
    List,
}

/// Which values are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Allowed {
    Any,
    AtLeast(i64),
    Between(i64, i64),
    /// From 0 to 1.
    Fraction,
    OneOf(&'static [&'static str]),
    EachOf(&'static [&'static str]),
    /// 1 to 9, or −1 for the library's default.
    GzipLevel,
    /// `partition:broker` pairs, or `*`.
    ThrottledReplicas,
    /// A Kafka release such as `3.0-IV1`.
    KafkaVersion,
    /// `true` needs tiered storage, which is not there.
    False,
}

/// How a broker property's number becomes the topic config's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// It is the same.
    Same,
    /// Hours to milliseconds.
    HoursToMs,
    /// Minutes to milliseconds.
    MinutesToMs,
}

impl Conversion {
    /// The topic config's value for a broker property's; unchanged if it is not a number.
    pub fn convert(self, value: &str) -> String {
        let factor = match self {
            Conversion::Same => return value.to_owned(),
            Conversion::HoursToMs => 3_600_000,
            Conversion::MinutesToMs => 60_000,
        };
        match value.trim().parse::<i64>() {
            Ok(number) => number.saturating_mul(factor).to_string(),
            Err(_) => value.to_owned(),
        }
    }
}

/// One config key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfigKey {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub config_type: ConfigType,
    /// The value without any override.
    pub default: &'static str,
    allowed: Allowed,
    /// Broker properties that give the value where the topic does not, most specific first.
    pub synonyms: &'static [(&'static str, Conversion)],
}

const fn key(
    name: &'static str,
    config_type: ConfigType,
    default: &'static str,
    allowed: Allowed,
    synonyms: &'static [(&'static str, Conversion)],
) -> ConfigKey {
    ConfigKey { name, config_type, default, allowed, synonyms }
}

use Allowed::{Any, AtLeast, Between, EachOf, False, Fraction, GzipLevel, KafkaVersion, OneOf, ThrottledReplicas};
use ConfigType::{Boolean, Double, Int, List, Long, String as Text};
use Conversion::{HoursToMs, MinutesToMs, Same};

const MAX_LONG: &str = "9223372036854775807";

/// Every topic config of Kafka 3.9, by name.
pub const TOPIC_CONFIGS: &[ConfigKey] = &[
    key("cleanup.policy", List, "delete", EachOf(&["compact", "delete"]), &[("log.cleanup.policy", Same)]),
    key("compression.gzip.level", Int, "-1", GzipLevel, &[("compression.gzip.level", Same)]),
    key("compression.lz4.level", Int, "9", Between(1, 17), &[("compression.lz4.level", Same)]),
    key("compression.type", Text, "producer", OneOf(COMPRESSION_TYPES), &[("compression.type", Same)]),
    key("compression.zstd.level", Int, "3", Between(-131_072, 22), &[("compression.zstd.level", Same)]),
    key("delete.retention.ms", Long, "86400000", AtLeast(0), &[("log.cleaner.delete.retention.ms", Same)]),
    key("file.delete.delay.ms", Long, "60000", AtLeast(0), &[("log.segment.delete.delay.ms", Same)]),
    key("flush.messages", Long, MAX_LONG, AtLeast(1), &[("log.flush.interval.messages", Same)]),
    key("flush.ms", Long, MAX_LONG, AtLeast(0), FLUSH_MS),
    key("follower.replication.throttled.replicas", List, "", ThrottledReplicas, &[]),
    key("index.interval.bytes", Int, "4096", AtLeast(0), &[("log.index.interval.bytes", Same)]),
    key("leader.replication.throttled.replicas", List, "", ThrottledReplicas, &[]),
    key("local.retention.bytes", Long, "-2", AtLeast(-2), &[("log.local.retention.bytes", Same)]),
    key("local.retention.ms", Long, "-2", AtLeast(-2), &[("log.local.retention.ms", Same)]),
    key("max.compaction.lag.ms", Long, MAX_LONG, AtLeast(1), &[("log.cleaner.max.compaction.lag.ms", Same)]),
    key("max.message.bytes", Int, "1048588", AtLeast(0), &[("message.max.bytes", Same)]),
    key("message.downconversion.enable", Boolean, "true", Any, &[("log.message.downconversion.enable", Same)]),
    key("message.format.version", Text, "3.0-IV1", KafkaVersion, &[("log.message.format.version", Same)]),
    key("message.timestamp.after.max.ms", Long, MAX_LONG, AtLeast(0), &[("log.message.timestamp.after.max.ms", Same)]),
    key(
        "message.timestamp.before.max.ms",
        Long,
        MAX_LONG,
        AtLeast(0),
        &[("log.message.timestamp.before.max.ms", Same)],
    ),
    key(
        "message.timestamp.difference.max.ms",
        Long,
        MAX_LONG,
        AtLeast(0),
        &[("log.message.timestamp.difference.max.ms", Same)],
    ),
    key(
        "message.timestamp.type",
        Text,
        "CreateTime",
        OneOf(&["CreateTime", "LogAppendTime"]),
        &[("log.message.timestamp.type", Same)],
    ),
    key("min.cleanable.dirty.ratio", Double, "0.5", Fraction, &[("log.cleaner.min.cleanable.ratio", Same)]),
    key("min.compaction.lag.ms", Long, "0", AtLeast(0), &[("log.cleaner.min.compaction.lag.ms", Same)]),
    key("min.insync.replicas", Int, "1", AtLeast(1), &[("min.insync.replicas", Same)]),
    key("preallocate", Boolean, "false", Any, &[("log.preallocate", Same)]),
    key("remote.log.copy.disable", Boolean, "false", False, &[]),
    key("remote.log.delete.on.disable", Boolean, "false", False, &[]),
    key("remote.storage.enable", Boolean, "false", False, &[]),
    key("retention.bytes", Long, "-1", Any, &[("log.retention.bytes", Same)]),
    key("retention.ms", Long, "604800000", AtLeast(-1), RETENTION_MS),
    key("segment.bytes", Int, "1073741824", AtLeast(14), &[("log.segment.bytes", Same)]),
    key("segment.index.bytes", Int, "10485760", AtLeast(4), &[("log.index.size.max.bytes", Same)]),
    key("segment.jitter.ms", Long, "0", AtLeast(0), SEGMENT_JITTER_MS),
    key("segment.ms", Long, "604800000", AtLeast(1), SEGMENT_MS),
    key("unclean.leader.election.enable", Boolean, "false", Any, &[("unclean.leader.election.enable", Same)]),
];

const COMPRESSION_TYPES: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
const FLUSH_MS: &[(&str, Conversion)] = &[("log.flush.interval.ms", Same), ("log.flush.scheduler.interval.ms", Same)];
const RETENTION_MS: &[(&str, Conversion)] =
    &[("log.retention.ms", Same), ("log.retention.minutes", MinutesToMs), ("log.retention.hours", HoursToMs)];
const SEGMENT_JITTER_MS: &[(&str, Conversion)] = &[("log.roll.jitter.ms", Same), ("log.roll.jitter.hours", HoursToMs)];
const SEGMENT_MS: &[(&str, Conversion)] = &[("log.roll.ms", Same), ("log.roll.hours", HoursToMs)];

/// Broker configs that may be set at run time and are no topic config's synonym.
const BROKER_CONFIGS: &[ConfigKey] = &[
    key("background.threads", Int, "10", AtLeast(1), &[]),
    key("follower.replication.throttled.rate", Long, MAX_LONG, AtLeast(0), &[]),
    key("leader.replication.throttled.rate", Long, MAX_LONG, AtLeast(0), &[]),
    key("log.cleaner.backoff.ms", Long, "15000", AtLeast(0), &[]),
    key("log.cleaner.dedupe.buffer.size", Long, "134217728", Any, &[]),
    key("log.cleaner.io.buffer.load.factor", Double, "0.9", Any, &[]),
    key("log.cleaner.io.buffer.size", Int, "524288", AtLeast(0), &[]),
    key("log.cleaner.io.max.bytes.per.second", Double, "1.7976931348623157E308", Any, &[]),
    key("log.cleaner.threads", Int, "1", AtLeast(0), &[]),
    key("max.connection.creation.rate", Int, "2147483647", AtLeast(0), &[]),
    key("max.connections", Int, "2147483647", AtLeast(0), &[]),
    key("max.connections.per.ip", Int, "2147483647", AtLeast(0), &[]),
    key("max.connections.per.ip.overrides", Text, "", Any, &[]),
    key("num.io.threads", Int, "8", AtLeast(1), &[]),
    key("num.network.threads", Int, "3", AtLeast(1), &[]),
    key("num.recovery.threads.per.data.dir", Int, "1", AtLeast(1), &[]),
    key("num.replica.fetchers", Int, "1", AtLeast(1), &[]),
    key("producer.id.expiration.ms", Int, "86400000", AtLeast(1), &[]),
    key("replica.alter.log.dirs.io.max.bytes.per.second", Long, MAX_LONG, AtLeast(0), &[]),
];

/// Topic configs whose broker property is read at start only.
const STATIC_SYNONYMS: &[&str] = &["log.message.format.version"];

/// A topic config by name.
pub fn topic_config(name: &str) -> Option<&'static ConfigKey> {
    TOPIC_CONFIGS.iter().find(|key| key.name == name)
}

/// What a broker config is checked against: its own definition, or that of the topic config it is the default of.
/// Properties in hours and minutes cannot be set at run time.
pub fn broker_config(name: &str) -> Option<&'static ConfigKey> {
    BROKER_CONFIGS.iter().find(|key| key.name == name).or_else(|| {
        let is_synonym = |key: &&ConfigKey| key.synonyms.contains(&(name, Same)) && !STATIC_SYNONYMS.contains(&name);
        TOPIC_CONFIGS.iter().find(is_synonym)
    })
}

/// Checks one topic config; the error says what is wrong.
pub(crate) fn validate_topic_config(name: &str, value: &str) -> Result<(), String> {
    let key = topic_config(name).ok_or_else(|| format!("Unknown topic config name: {name}"))?;
    validate(name, key, value)
}

/// Checks one dynamic broker config.
pub(crate) fn validate_broker_config(name: &str, value: &str) -> Result<(), String> {
    let key =
        broker_config(name).ok_or_else(|| format!("{name} is not a broker config that can be set at run time"))?;
    validate(name, key, value)
}

/// Checks what depends on two topic configs; `value` gives the override of a key, if there is one.
pub(crate) fn validate_topic_configs_together<'a>(value: &dyn Fn(&str) -> Option<&'a str>) -> Result<(), String> {
    let number = |name: &str| {
        let default = topic_config(name).map_or("0", |key| key.default);
        value(name).unwrap_or(default).trim().parse::<i64>().unwrap_or(0)
    };
    let (min, max) = (number("min.compaction.lag.ms"), number("max.compaction.lag.ms"));
    if min > max {
        return Err(format!("min.compaction.lag.ms ({min}) is above max.compaction.lag.ms ({max})"));
    }
    Ok(())
}

/// A list's parts, trimmed; an empty text is an empty list.
pub(crate) fn list_parts(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn validate(name: &str, key: &ConfigKey, value: &str) -> Result<(), String> {
    let trimmed = value.trim();
    let wrong = |expected: &str| Err(format!("{name} is {value:?}, but must be {expected}"));
    let number = match key.config_type {
        Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" if key.allowed == False => {
                return Err(format!("{name} cannot be true: this broker has no tiered storage"));
            }
            "true" | "false" => return Ok(()),
            _ => return wrong("true or false"),
        },
        Double => match trimmed.parse::<f64>() {
            Ok(number) if key.allowed == Fraction && !(0.0..=1.0).contains(&number) => return wrong("from 0 to 1"),
            Ok(number) if number.is_finite() => return Ok(()),
            _ => return wrong("a number"),
        },
        Int => match trimmed.parse::<i32>() {
            Ok(number) => i64::from(number),
            Err(_) => return wrong("a whole number of 32 bits"),
        },
        Long => match trimmed.parse::<i64>() {
            Ok(number) => number,
            Err(_) => return wrong("a whole number of 64 bits"),
        },
        Text | List => return validate_text(name, key, value),
    };
    match key.allowed {
        AtLeast(min) if number < min => wrong(&format!("at least {min}")),
        Between(min, max) if !(min..=max).contains(&number) => wrong(&format!("from {min} to {max}")),
        GzipLevel if number != -1 && !(1..=9).contains(&number) => wrong("from 1 to 9, or -1"),
        _ => Ok(()),
    }
}

fn validate_text(name: &str, key: &ConfigKey, value: &str) -> Result<(), String> {
    let wrong = |expected: &str| Err(format!("{name} is {value:?}, but must be {expected}"));
    match key.allowed {
        OneOf(values) if !values.contains(&value) => wrong(&format!("one of {}", values.join(", "))),
        EachOf(values) if !list_parts(value).all(|part| values.contains(&part)) => {
            wrong(&format!("a list of {}", values.join(", ")))
        }
        ThrottledReplicas if value.trim() != "*" && !list_parts(value).all(is_throttled_replica) => {
            wrong("'*' or a list of partition:broker")
        }
        KafkaVersion if !is_kafka_version(value) => wrong("a Kafka version such as 3.0 or 3.0-IV1"),
        _ => Ok(()),
    }
}

fn is_throttled_replica(part: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    part.split_once(':').is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
}

fn is_kafka_version(value: &str) -> bool {
    let (release, iteration) = value.split_once("-IV").unwrap_or((value, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = release.split('.').count();
    (2..=4).contains(&parts) && release.split('.').all(is_number) && is_number(iteration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_default_is_valid() {
        assert!(TOPIC_CONFIGS.is_sorted_by_key(|key| key.name));
        assert_eq!(TOPIC_CONFIGS.len(), 36);
        for key in TOPIC_CONFIGS.iter().chain(BROKER_CONFIGS) {
            assert_eq!(validate(key.name, key, key.default), Ok(()), "{}", key.name);
        }
    }

    #[test]
    fn values() {
        let cases = [
            ("cleanup.policy", "compact,delete", true),
            ("cleanup.policy", "compact, delete", true),
            ("cleanup.policy", "keep", false),
            ("compression.gzip.level", "0", false),
            ("compression.gzip.level", "-1", true),
            ("compression.type", "zstd", true),
            ("compression.type", "none", false),
            ("compression.zstd.level", "23", false),
            ("follower.replication.throttled.replicas", "0:1,1:2", true),
            ("follower.replication.throttled.replicas", "*", true),
            ("follower.replication.throttled.replicas", "0-1", false),
            ("max.message.bytes", "2147483648", false),
            ("message.format.version", "0.11.0-IV2", true),
            ("message.format.version", "newest", false),
            ("message.timestamp.type", "LogAppendTime", true),
            ("message.timestamp.type", "logappendtime", false),
            ("min.cleanable.dirty.ratio", "1.1", false),
            ("min.insync.replicas", "0", false),
            ("min.insync.replicas", " 2 ", true),
            ("preallocate", "TRUE", true),
            ("preallocate", "yes", false),
            ("remote.storage.enable", "true", false),
            ("remote.storage.enable", "false", true),
            ("retention.ms", "-1", true),
            ("retention.ms", "-2", false),
            ("segment.bytes", "13", false),
            ("no.such.key", "1", false),
        ];
        for (name, value, expected) in cases {
            assert_eq!(validate_topic_config(name, value).is_ok(), expected, "{name}={value}");
        }
    }

    #[test]
    fn broker_keys_are_dynamic_ones_only() {
        for (name, value, expected) in [
            ("log.retention.ms", "1000", true),
            ("log.retention.ms", "-7", false),
            ("log.retention.hours", "1", false),
            ("log.message.format.version", "3.0", false),
            ("unclean.leader.election.enable", "true", true),
            ("num.io.threads", "0", false),
            ("node.id", "1", false),
            ("log.dirs", "/tmp", false),
        ] {
            assert_eq!(validate_broker_config(name, value).is_ok(), expected, "{name}={value}");
        }
    }
}
