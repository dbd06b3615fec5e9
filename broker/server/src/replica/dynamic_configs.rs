//! Broker configs set at run time (Kafka's `DynamicLogConfig`): what a log obeys where its topic does not say, and what is said
//! of a config that is stored and changes nothing here. Pure.

use kedge_controller::{
    config_schema::{ConfigKey, TOPIC_CONFIGS},
    configs,
};
use kedge_log::{LogConfig, LogError};
use kedge_metadata_state::{BrokerId, Image, image::ConfigResourceType};
use tracing::error;

use crate::config::{Effect, key_spec};

/// Broker configs that others than logs look up in the image.
const LOOKED_UP: [&str; 2] = ["min.insync.replicas", "unclean.leader.election.enable"];

/// What holds where a topic does not say: this broker's dynamic configs, else the cluster's, else the properties file.
pub(super) fn log_defaults(in_file: &LogConfig, broker_id: BrokerId, image: &Image) -> LogConfig {
    let mut defaults = in_file.clone();
    for key in TOPIC_CONFIGS {
        let Some((value, _)) = configs::dynamic_default(image, broker_id, key) else { continue };
        if let Err(problem @ LogError::InvalidConfig { .. }) = defaults.set(key.name, &value) {
            error!(%problem, "dynamic broker config ignored");
        }
    }
    defaults
}

/// A line for each broker config that was set between the two images and has no effect on a running broker of this version.
pub(super) fn without_effect(old: &Image, new: &Image, broker_id: BrokerId) -> Vec<String> {
    let own_name = broker_id.to_string();
    let mut lines = Vec::new();
    for resource_name in ["", own_name.as_str()] {
        let Some(configs) = new.configs.get(ConfigResourceType::Broker, resource_name) else { continue };
        let before = old.configs.get(ConfigResourceType::Broker, resource_name);
        let is_news = |name: &String, value: &String| before.and_then(|before| before.get(name)) != Some(value);
        let news = configs.iter().filter(|(name, value)| is_news(name, value));
        lines.extend(news.filter_map(|(name, _)| Some(format!("{name} is stored: {}", reason(name)?))));
    }
    lines
}

/// Why a config changes nothing on a running broker; none if it does.
fn reason(name: &str) -> Option<&'static str> {
    match key_spec(name)?.effect {
        Effect::Honoured if is_applied(name) => None,
        Effect::Honoured => Some("this version reads it from the properties file, at the start"),
        Effect::NoEffect(why) | Effect::Later(why) | Effect::Refused(why) => Some(why),
    }
}

fn is_applied(name: &str) -> bool {
    let gives = |key: &&ConfigKey| key.synonyms.iter().any(|(synonym, _)| *synonym == name);
    let does_a_log_know = |key: &ConfigKey| matches!(LogConfig::default().set(key.name, key.default), Ok(true));
    LOOKED_UP.contains(&name) || TOPIC_CONFIGS.iter().find(gives).is_some_and(does_a_log_know)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_or_the_controller_obeys_is_applied_and_the_rest_has_a_reason() {
        for name in ["log.retention.ms", "log.segment.bytes", "message.max.bytes", "min.insync.replicas"] {
            assert_eq!(reason(name), None, "{name}");
        }
        for name in ["num.network.threads", "num.replica.fetchers", "log.cleaner.threads", "compression.type"] {
            assert!(reason(name).is_some(), "{name}");
        }
    }

    #[test]
    fn only_what_is_new_and_ours_is_named() {
        use kedge_metadata_state::{Dialect, MetadataVersion, records::ConfigRecord, records::MetadataRecord};
        let set = |resource_name: &str, name: &str, value: &str| {
            MetadataRecord::Config(ConfigRecord {
                resource_type: 4,
                resource_name: resource_name.to_owned(),
                name: name.to_owned(),
                value: Some(value.to_owned()),
            })
            .into()
        };
        let kraft = Dialect::kraft(MetadataVersion::LATEST);
        let mut records = vec![set("", "num.network.threads", "5"), set("", "log.retention.ms", "5")];
        let old = Image::from_records(kraft, &records).expect("the records fit");
        records.extend([set("1", "num.io.threads", "9"), set("2", "num.io.threads", "9"), set("", "log.roll.ms", "5")]);
        let new = Image::from_records(kraft, &records).expect("the records fit");
        let lines = without_effect(&old, &new, 1);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("num.io.threads is stored: "), "{lines:?}");
        assert!(without_effect(&new, &new, 1).is_empty());
    }
}
