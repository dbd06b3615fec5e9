//! DescribeConfigs (key 32), versions 0–4: topics and brokers.
//!
//! - v1: source and synonyms. v3: type (documentation is never sent).
//! - A topic's value falls back to this broker's dynamic configs, the cluster default, the properties file, Kafka's default.
//! - A broker other than the one asked answers for its dynamic configs only: each reads its own file (Kafka does the same).

use std::{collections::BTreeSet, sync::Arc};

use kedge_controller::{
    Settings,
    config_schema::{self, ConfigType},
    configs::{self, ConfigSource},
};
use kedge_metadata_state::{Image, image::ConfigResourceType};
use kedge_protocol::{
    ErrorCode,
    messages::{
        DescribeConfigsRequest, DescribeConfigsResponse,
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym},
    },
};

use crate::{
    config::{Dynamic, Kind},
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    services::Broker,
    settings,
};

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: DescribeConfigsRequest,
) -> Answer<DescribeConfigsResponse> {
    let image = broker.image.load().image;
    let settings = settings::controller_settings(&broker.config, &broker.cluster_id);
    let results = request.resources.iter().map(|asked| {
        let described = describe(&broker, &context, &image, &settings, &asked);
        let mut result = DescribeConfigsResult {
            resource_type: asked.resource_type,
            resource_name: asked.resource_name.clone(),
            ..Default::default()
        };
        match described {
            Ok(configs) => {
                result.configs =
                    configs.into_iter().map(|config| shown(config, &context, request.include_synonyms)).collect();
            }
            Err((error, message)) => {
                result.error_code = error.0;
                result.error_message = Some(message);
            }
        }
        result
    });
    DescribeConfigsResponse { results: results.collect(), ..Default::default() }.into()
}

/// A config as it is shown.
struct Described {
    name: String,
    value: Option<String>,
    source: ConfigSource,
    type_code: i8,
    is_sensitive: bool,
    read_only: bool,
}

fn describe(
    broker: &Broker,
    context: &RequestContext,
    image: &Image,
    settings: &Settings,
    asked: &DescribeConfigsResource,
) -> Result<Vec<Described>, (ErrorCode, String)> {
    let keys: Option<BTreeSet<&str>> =
        asked.configuration_keys.as_ref().map(|keys| keys.iter().map(String::as_str).collect());
    let is_asked = |name: &str| keys.as_ref().is_none_or(|keys| keys.contains(name));
    let name = asked.resource_name.as_str();
    match ConfigResourceType::from_code(asked.resource_type) {
        Some(ConfigResourceType::Topic) => {
            if !context.authorize(Operation::DescribeConfigs, Resource::Topic(name)) {
                return Err((ErrorCode::TOPIC_AUTHORIZATION_FAILED, "not authorized".to_owned()));
            }
            if image.topics.get(name).is_none() {
                return Err((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("topic {name} does not exist")));
            }
            let effective = config_schema::TOPIC_CONFIGS.iter().filter(|key| is_asked(key.name)).filter_map(|key| {
                let config = configs::effective_topic_config(image, settings, name, key.name)?;
                let is_in_file = || {
                    key.synonyms.first().is_some_and(|(property, _)| settings.static_configs.contains_key(*property))
                };
                // As Kafka's ConfigHelper, not as its controller: `log.retention.hours` is shown as the default of retention.ms.
                let is_default = config.source == ConfigSource::StaticBroker && !is_in_file();
                Some(Described {
                    name: config.name.to_owned(),
                    value: Some(config.value),
                    source: if is_default { ConfigSource::Default } else { config.source },
                    type_code: type_code(key.config_type),
                    is_sensitive: false,
                    read_only: false,
                })
            });
            Ok(effective.collect())
        }
        Some(ConfigResourceType::Broker) => {
            if !context.authorize(Operation::DescribeConfigs, Resource::Cluster) {
                return Err((ErrorCode::CLUSTER_AUTHORIZATION_FAILED, "not authorized".to_owned()));
            }
            broker_configs(broker, image, name, is_asked)
        }
        Some(_) | None => {
            Err((ErrorCode::INVALID_REQUEST, format!("resource type {} has no configs here", asked.resource_type)))
        }
    }
}

fn broker_configs(
    broker: &Broker,
    image: &Image,
    name: &str,
    is_asked: impl Fn(&str) -> bool,
) -> Result<Vec<Described>, (ErrorCode, String)> {
    let dynamic = |resource_name: &str, source: ConfigSource| -> Vec<Described> {
        let entries = image.configs.get(ConfigResourceType::Broker, resource_name);
        let entries = entries.into_iter().flat_map(|entries| entries.iter());
        entries
            .filter(|(key, _)| is_asked(key))
            .map(|(key, value)| Described {
                name: key.clone(),
                value: Some(value.clone()),
                source,
                type_code: config_schema::broker_config(key)
                    .map_or(Kind::String as i8, |key| type_code(key.config_type)),
                is_sensitive: false,
                read_only: false,
            })
            .collect()
    };
    let default_resource = dynamic("", ConfigSource::DynamicDefaultBroker);
    if name.is_empty() {
        return Ok(default_resource);
    }
    let asked_id: i32 = name.parse().map_err(|_| (ErrorCode::INVALID_REQUEST, format!("{name} is not a broker id")))?;
    let mut shown = dynamic(name, ConfigSource::DynamicBroker);
    if asked_id != broker.broker_id {
        return Ok(shown);
    }
    let known: BTreeSet<String> = shown.iter().map(|config| config.name.clone()).collect();
    shown.extend(default_resource.into_iter().filter(|config| !known.contains(&config.name)));
    let known: BTreeSet<String> = shown.iter().map(|config| config.name.clone()).collect();
    let from_file =
        broker.config.effective().filter(|entry| is_asked(entry.spec.name) && !known.contains(entry.spec.name));
    shown.extend(from_file.map(|entry| Described {
        name: entry.spec.name.to_owned(),
        // Passwords are known to be there and never shown.
        value: entry.value.map(str::to_owned),
        source: if entry.is_static { ConfigSource::StaticBroker } else { ConfigSource::Default },
        type_code: entry.spec.kind as i8,
        is_sensitive: entry.spec.kind == Kind::Password,
        read_only: entry.spec.dynamic == Dynamic::ReadOnly,
    }));
    Ok(shown)
}

fn shown(config: Described, context: &RequestContext, include_synonyms: bool) -> DescribeConfigsResourceResult {
    let synonyms = if include_synonyms && config.source != ConfigSource::Default {
        vec![DescribeConfigsSynonym {
            name: config.name.clone(),
            value: config.value.clone(),
            source: config.source as i8,
        }]
    } else {
        Vec::new()
    };
    DescribeConfigsResourceResult {
        read_only: config.read_only,
        is_default: context.api_version == 0 && config.source == ConfigSource::Default,
        config_source: config.source as i8,
        is_sensitive: config.is_sensitive,
        synonyms,
        config_type: config.type_code,
        name: config.name,
        value: config.value,
        ..Default::default()
    }
}

/// DescribeConfigsResponse.ConfigType.
fn type_code(config_type: ConfigType) -> i8 {
    match config_type {
        ConfigType::Boolean => 1,
        ConfigType::String => 2,
        ConfigType::Int => 3,
        ConfigType::Long => 5,
        ConfigType::Double => 6,
        ConfigType::List => 7,
    }
}
