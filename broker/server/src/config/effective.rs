//! The configuration that is in force, key by key, for `--check-config`, the start-up log and DescribeConfigs.

use std::fmt::Write;

use super::{Effect, KafkaConfig, KeySpec, is_sensitive, keys, keys::effect};

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

    /// The file as it was understood: one `key=value` per line, then what each of the keys without effect waits for.
    pub fn describe_given(&self) -> String {
        let mut text = String::new();
        for (key, value) in &self.static_configs {
            let value = if is_sensitive(key) { "[hidden]" } else { value };
            let remark = match effect(key) {
                Some(Effect::Honoured) => "",
                Some(_) => "   (no effect)",
                None => "   (unknown)",
            };
            writeln!(text, "{key}={value}{remark}").expect("a String takes every write");
        }
        text
    }
}
