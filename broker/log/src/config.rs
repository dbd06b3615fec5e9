//! The configs of a topic that a log obeys, under the names of Kafka's `TopicConfig`.

use std::collections::BTreeMap;
use std::str::FromStr;

use kedge_protocol::batch::TimestampType;

use crate::error::{LogError, Result};

/// Topic configs with their defaults; a broker overrides the defaults with its `log.*` keys before topics override them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// `segment.bytes`.
    pub segment_bytes: u32,
    /// `segment.ms`; jitter is not supported (0).
    pub segment_ms: i64,
    /// `segment.index.bytes`: an index as large as this makes the segment roll.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`.
    pub index_interval_bytes: u32,
    /// `retention.ms`; −1 keeps for ever.
    pub retention_ms: i64,
    /// `retention.bytes` per partition; −1 is no bound.
    pub retention_bytes: i64,
    /// `cleanup.policy` holds `delete`: only then retention applies.
    pub cleanup_delete: bool,
    /// `cleanup.policy` holds `compact`: records need keys. Compaction itself is a later issue.
    pub cleanup_compact: bool,
    /// `flush.messages`.
    pub flush_messages: i64,
    /// `flush.ms`.
    pub flush_ms: i64,
    /// `file.delete.delay.ms`.
    pub file_delete_delay_ms: i64,
    /// `max.message.bytes`.
    pub max_message_bytes: u32,
    /// `message.timestamp.type`.
    pub message_timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub message_timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub message_timestamp_after_max_ms: i64,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3_600_000,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            retention_ms: 7 * 24 * 3_600_000,
            retention_bytes: -1,
            cleanup_delete: true,
            cleanup_compact: false,
            flush_messages: i64::MAX,
            flush_ms: i64::MAX,
            file_delete_delay_ms: 60_000,
            max_message_bytes: 1_048_588,
            message_timestamp_type: TimestampType::CreateTime,
            message_timestamp_before_max_ms: i64::MAX,
            message_timestamp_after_max_ms: i64::MAX,
        }
    }
}

impl LogConfig {
    /// `defaults` with a topic's overrides. Keys that a log does not know are skipped: the caller has refused unknown ones.
    pub fn from_topic_configs(defaults: &LogConfig, overrides: &BTreeMap<String, String>) -> Result<LogConfig> {
        let mut config = defaults.clone();
        for (key, value) in overrides {
            config.set(key, value)?;
        }
        Ok(config)
    }

    /// Sets one topic config by Kafka's name; false if a log does not know the key.
    ///
    /// Bounds are Kafka's (`LogConfig.java`). On an error the config is unchanged.
    pub fn set(&mut self, key: &str, value: &str) -> Result<bool> {
        let known = ConfigValue { key, value: value.trim() };
        match key {
            "segment.bytes" => self.segment_bytes = known.at_least(14)?,
            "segment.ms" => self.segment_ms = known.at_least(1)?,
            "segment.index.bytes" => self.segment_index_bytes = known.at_least(4)?,
            "index.interval.bytes" => self.index_interval_bytes = known.at_least(0)?,
            "retention.ms" => self.retention_ms = known.at_least(-1)?,
            "retention.bytes" => self.retention_bytes = known.at_least(i64::MIN)?,
            "cleanup.policy" => (self.cleanup_delete, self.cleanup_compact) = known.cleanup_policy()?,
            "flush.messages" => self.flush_messages = known.at_least(1)?,
            "flush.ms" => self.flush_ms = known.at_least(0)?,
            "file.delete.delay.ms" => self.file_delete_delay_ms = known.at_least(0)?,
            "max.message.bytes" => self.max_message_bytes = known.at_least(0)?,
            "message.timestamp.type" => self.message_timestamp_type = known.timestamp_type()?,
            "message.timestamp.before.max.ms" => self.message_timestamp_before_max_ms = known.at_least(0)?,
            "message.timestamp.after.max.ms" => self.message_timestamp_after_max_ms = known.at_least(0)?,
            // Deprecated since 3.6, the same bound in both directions; the two keys above win when they are set.
            "message.timestamp.difference.max.ms" => {
                let bound_ms = known.at_least(0)?;
                if self.message_timestamp_before_max_ms == i64::MAX {
                    self.message_timestamp_before_max_ms = bound_ms;
                }
                if self.message_timestamp_after_max_ms == i64::MAX {
                    self.message_timestamp_after_max_ms = bound_ms;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

struct ConfigValue<'a> {
    key: &'a str,
    value: &'a str,
}

impl ConfigValue<'_> {
    fn invalid(&self, what: &'static str) -> LogError {
        LogError::InvalidConfig { key: self.key.to_owned(), value: self.value.to_owned(), what }
    }

    fn at_least<T: FromStr + PartialOrd>(&self, bound: T) -> Result<T> {
        // Kafka's ints are signed: a value above 2³¹−1 is refused for them too.
        if size_of::<T>() == 4 && self.value.parse::<i32>().is_err() {
            return Err(self.invalid("expected a 32-bit integer in range"));
        }
        let number: T = self.value.parse().map_err(|_| self.invalid("expected an integer in range"))?;
        if number < bound { Err(self.invalid("below the smallest allowed value")) } else { Ok(number) }
    }

    fn cleanup_policy(&self) -> Result<(bool, bool)> {
        let (mut delete, mut compact) = (false, false);
        for policy in self.value.split(',').map(str::trim) {
            match policy {
                "delete" => delete = true,
                "compact" => compact = true,
                "" if self.value.is_empty() => {}
                _ => return Err(self.invalid("expected delete, compact or both")),
            }
        }
        Ok((delete, compact))
    }

    fn timestamp_type(&self) -> Result<TimestampType> {
        match self.value {
            "CreateTime" => Ok(TimestampType::CreateTime),
            "LogAppendTime" => Ok(TimestampType::LogAppendTime),
            _ => Err(self.invalid("expected CreateTime or LogAppendTime")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(overrides: &[(&str, &str)]) -> Result<LogConfig> {
        let overrides = overrides.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        LogConfig::from_topic_configs(&LogConfig::default(), &overrides)
    }

    #[test]
    fn topic_configs_override_defaults() {
        let config = with(&[
            ("segment.bytes", " 1048576 "),
            ("retention.ms", "-1"),
            ("cleanup.policy", "compact, delete"),
            ("message.timestamp.type", "LogAppendTime"),
            ("compression.type", "producer"),
        ])
        .unwrap();
        assert_eq!((config.segment_bytes, config.retention_ms), (1_048_576, -1));
        assert_eq!((config.cleanup_delete, config.cleanup_compact), (true, true));
        assert_eq!(config.message_timestamp_type, TimestampType::LogAppendTime);
        assert!(!with(&[("cleanup.policy", "compact")]).unwrap().cleanup_delete);
    }

    #[test]
    fn bad_values_are_named() {
        for (key, value) in [
            ("segment.bytes", "13"),
            ("segment.bytes", "3000000000"),
            ("segment.bytes", "many"),
            ("retention.ms", "-2"),
            ("flush.messages", "0"),
            ("cleanup.policy", "shred"),
            ("message.timestamp.type", "createtime"),
        ] {
            let error = with(&[(key, value)]).unwrap_err().to_string();
            assert!(error.contains(key) && error.contains(value), "{error}");
        }
    }
}
