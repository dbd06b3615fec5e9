//! A node's static configuration: Kafka's `server.properties` and `--override`, read once at start.
//!
//! `properties` reads the text, `old_spellings` translates keys of former releases, `keys` knows every key, `kafka_config` is the
//! typed result, `read` puts it together, `check` refuses what contradicts itself, `verdict` says what becomes of each line.

mod check;
mod effective;
mod kafka_config;
mod key_spec;
mod keys;
mod listeners;
mod old_spellings;
mod properties;
mod read;
mod verdict;
mod warning;

#[cfg(test)]
mod readers_tests;
#[cfg(test)]
mod tests;

pub use effective::EffectiveConfig;
pub use kafka_config::{AdminListen, KafkaConfig, Roles};
pub use key_spec::{ConfigError, Dynamic, Effect, KeySpec, Kind};
pub use keys::{is_sensitive, key_spec, keys};
pub use listeners::ListenerConfig;
pub use properties::{Entry, Properties, PropertiesError};
pub use verdict::{JudgedLine, Verdict, judge_lines};
pub use warning::Warning;
