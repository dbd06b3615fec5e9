//! The configuration that is in force, key by key, for `--check-config`, the start-up log and DescribeConfigs.

use std::collections::BTreeMap;

use kedge_log::LogConfig;

use super::{Effect, KafkaConfig, KeySpec, ListenerConfig, keys, verdict::WEAKER};

/// One key as it is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectiveConfig<'a> {
    /// The key.
    pub spec: &'static KeySpec,
    /// Its text; None is null, or a password.
    pub value: Option<&'a str>,
    /// It stands in the file or an override.
    pub is_static: bool,
}

impl KafkaConfig {
    /// The text of a key in force: as given, else its default. None for null, unknown keys and passwords.
    pub fn value_of(&self, key: &str) -> Option<&str> {
        self.static_configs.get(key).map(String::as_str).or_else(|| super::key_spec(key)?.default)
    }

    /// Every known key, sorted by name.
    pub fn effective(&self) -> impl Iterator<Item = EffectiveConfig<'_>> {
        keys::keys().map(|spec| EffectiveConfig {
            spec,
            value: self.value_of(spec.name),
            is_static: self.static_configs.contains_key(spec.name),
        })
    }

    /// What the node does in the end: honoured keys and their values, the keys that lose against others left out. `is_full` lists
    /// them all; else those that say who and where the node is, and what differs from Kafka's default.
    pub fn in_force(&self, is_full: bool) -> BTreeMap<&'static str, String> {
        let honoured = self.effective().filter(|entry| entry.spec.effect == Effect::Honoured);
        let mut in_force: BTreeMap<&'static str, String> = honoured
            .filter(|entry| is_full || entry.spec.default != entry.value)
            .filter_map(|entry| Some((entry.spec.name, entry.value?.to_owned())))
            .collect();
        // Read into one of the keys below.
        let merged = ["broker.id", "security.inter.broker.protocol", "log.flush.interval.ms"];
        for key in WEAKER.iter().map(|(weaker, _)| *weaker).chain(merged) {
            in_force.remove(key);
        }
        let joined =
            |listeners: &[ListenerConfig]| listeners.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let dirs = self.log_dirs.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(",");
        in_force.extend([
            (if self.is_kraft() { "node.id" } else { "broker.id" }, self.node_id.to_string()),
            ("log.dirs", dirs),
            ("listeners", joined(&self.listeners)),
            ("advertised.listeners", joined(&self.advertised_listeners)),
            ("inter.broker.listener.name", self.inter_broker_listener_name.clone()),
            ("log.retention.ms", self.log.retention_ms.to_string()),
        ]);
        if self.is_kraft() {
            in_force.insert("metadata.log.dir", self.metadata_log_dir.display().to_string());
        }
        let defaults = LogConfig::default();
        if is_full || self.log.segment_ms != defaults.segment_ms {
            in_force.insert("log.roll.ms", self.log.segment_ms.to_string());
        }
        if is_full || self.log.flush_ms != defaults.flush_ms {
            in_force.insert("log.flush.interval.ms", self.log.flush_ms.to_string());
        }
        in_force.retain(|_, value| !value.is_empty());
        in_force
    }
}
