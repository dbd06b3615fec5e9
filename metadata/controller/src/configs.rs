//! Dynamic configs: IncrementalAlterConfigs, AlterConfigs, and which value of a config holds.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, ErrorCode, Image,
    image::{ConfigResource, ConfigResourceType},
    records::ConfigRecord,
};

use crate::{
    ApiError, ApiResult, Context, Decision, DecisionUnit, Settings, Subject,
    config_schema::{self, ConfigKey, ConfigType, TOPIC_CONFIGS, broker_config, list_parts, topic_config},
    limits, topic_name,
};

/// What to do with a key (Kafka's `AlterConfigOp.OpType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum ConfigOperation {
    /// Give it a value.
    Set = 0,
    /// Go back to the default.
    Delete = 1,
    /// Add parts to a list.
    Append = 2,
    /// Take parts out of a list.
    Subtract = 3,
}

impl ConfigOperation {
    /// The operation behind a wire code.
    pub fn from_code(code: i8) -> Option<ConfigOperation> {
        match code {
            0 => Some(Self::Set),
            1 => Some(Self::Delete),
            2 => Some(Self::Append),
            3 => Some(Self::Subtract),
            _ => None,
        }
    }
}

/// A change of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigChange {
    /// The key.
    pub name: String,
    /// What to do with it.
    pub operation: ConfigOperation,
    /// With what; ignored by Delete.
    pub value: Option<String>,
}

/// Changes of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceChanges {
    /// What they belong to.
    pub resource: ConfigResource,
    /// The changes, each key at most once.
    pub changes: Vec<ConfigChange>,
}

/// All configs that a resource shall have: key and value.
pub type ReplacementConfigs = Vec<(String, Option<String>)>;

/// One resource of a response.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterConfigsResult {
    /// The resource.
    pub resource: ConfigResource,
    /// Done, or why nothing of it was.
    pub result: ApiResult<()>,
}

/// IncrementalAlterConfigs (key 44): one unit and one result per resource; a resource is changed as a whole or not at
/// all.
pub fn incremental_alter_configs(
    context: &mut Context<'_>,
    resources: &[ResourceChanges],
    validate_only: bool,
) -> Decision<Vec<AlterConfigsResult>> {
    alter(context.image, resources.iter().map(|it| (&it.resource, it.changes.clone())), validate_only)
}

/// AlterConfigs (key 33): the configs given replace all of the resource's; those not named are deleted.
pub fn alter_configs(
    context: &mut Context<'_>,
    resources: &[(ConfigResource, ReplacementConfigs)],
    validate_only: bool,
) -> Decision<Vec<AlterConfigsResult>> {
    let image = context.image;
    let changes = resources.iter().map(|(resource, configs)| {
        let named: BTreeSet<&str> = configs.iter().map(|(name, _)| name.as_str()).collect();
        let set = configs.iter().map(|(name, value)| ConfigChange {
            name: name.clone(),
            operation: ConfigOperation::Set,
            value: value.clone(),
        });
        let present = image.configs.by_resource.get(resource);
        let implied =
            present.into_iter().flat_map(|configs| configs.keys()).filter(|name| !named.contains(name.as_str()));
        let delete =
            implied.map(|name| ConfigChange { name: name.clone(), operation: ConfigOperation::Delete, value: None });
        (resource, set.chain(delete).collect())
    });
    alter(image, changes, validate_only)
}

fn alter<'a>(
    image: &Image,
    resources: impl Iterator<Item = (&'a ConfigResource, Vec<ConfigChange>)>,
    validate_only: bool,
) -> Decision<Vec<AlterConfigsResult>> {
    let resources: Vec<_> = resources.collect();
    let mut times_named: BTreeMap<&ConfigResource, usize> = BTreeMap::new();
    for (resource, _) in &resources {
        *times_named.entry(resource).or_default() += 1;
    }
    let mut decision = Decision::unchanged(Vec::new());
    for (resource, changes) in &resources {
        let result = match times_named.insert(resource, 0) {
            Some(0) | None => continue,
            Some(1) => alter_resource(image, resource, changes),
            Some(_) => Err(ApiError::new(ErrorCode::INVALID_REQUEST, "the request names this resource twice")),
        };
        let result = result.map(|records| {
            if !records.is_empty() && !validate_only {
                decision.units.push(DecisionUnit::new(Subject::Config((*resource).clone()), records));
            }
        });
        decision.response.push(AlterConfigsResult { resource: (*resource).clone(), result });
    }
    decision
}

fn alter_resource(image: &Image, resource: &ConfigResource, changes: &[ConfigChange]) -> ApiResult<Vec<ConfigRecord>> {
    check_resource(image, resource)?;
    let configs = image.configs.by_resource.get(resource);
    let present = |name: &str| configs.and_then(|configs| configs.get(name)).map(String::as_str);
    let mut records = Vec::new();
    let mut values: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for change in changes {
        let value = new_value(resource, present(&change.name), change)?;
        if values.insert(&change.name, value.clone()).is_some() {
            let why = format!("config {} is named twice", change.name);
            return Err(ApiError::new(ErrorCode::INVALID_REQUEST, why));
        }
        // A broker reloads what the value points to (a certificate, say) even if the value is the same.
        let is_reload = resource.resource_type == ConfigResourceType::Broker;
        if present(&change.name) != value.as_deref() || is_reload {
            records.push(ConfigRecord {
                resource_type: resource.resource_type as i8,
                resource_name: resource.resource_name.clone(),
                name: change.name.clone(),
                value,
            });
        }
    }
    if resource.resource_type == ConfigResourceType::Topic {
        let value = |name: &str| match values.get(name) {
            Some(changed) => changed.as_deref(),
            None => present(name),
        };
        config_schema::validate_topic_configs_together(&value)
            .map_err(|why| ApiError::new(ErrorCode::INVALID_CONFIG, why))?;
    }
    if records.len() > limits::RECORDS_PER_BATCH_MAX {
        return Err(ApiError::new(ErrorCode::INVALID_REQUEST, format!("{} changes are too many", records.len())));
    }
    Ok(records)
}

/// The resource is one that may have configs, and is there.
fn check_resource(image: &Image, resource: &ConfigResource) -> ApiResult<()> {
    let name = resource.resource_name.as_str();
    match resource.resource_type {
        ConfigResourceType::Topic if name.is_empty() => {
            Err(ApiError::new(ErrorCode::INVALID_REQUEST, "there are no default topic configs"))
        }
        ConfigResourceType::Topic => {
            topic_name::validate(name)?;
            if image.topics.by_name.contains_key(name) {
                return Ok(());
            }
            Err(ApiError::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic {name}")))
        }
        ConfigResourceType::Broker if name.is_empty() => Ok(()),
        ConfigResourceType::Broker => {
            let node_id = name.parse::<i32>().ok().filter(|node_id| *node_id >= 0);
            let node_id = node_id
                .ok_or_else(|| ApiError::new(ErrorCode::INVALID_REQUEST, format!("{name:?} is not a broker id")))?;
            let cluster = &image.cluster;
            if cluster.brokers.contains_key(&node_id) || cluster.controllers.contains_key(&node_id) {
                return Ok(());
            }
            Err(ApiError::new(ErrorCode::BROKER_ID_NOT_REGISTERED, format!("node {node_id} is not registered")))
        }
        ConfigResourceType::ClientMetrics | ConfigResourceType::Group => {
            Err(ApiError::new(ErrorCode::INVALID_REQUEST, "client-metrics and group configs are not supported"))
        }
    }
}

/// The key's value after the change; none if it goes back to the default.
fn new_value(resource: &ConfigResource, present: Option<&str>, change: &ConfigChange) -> ApiResult<Option<String>> {
    let invalid = |why: String| ApiError::new(ErrorCode::INVALID_CONFIG, why);
    if change.operation == ConfigOperation::Delete {
        return Ok(None);
    }
    let given = change
        .value
        .as_deref()
        .ok_or_else(|| ApiError::new(ErrorCode::INVALID_REQUEST, format!("config {} has no value", change.name)))?;
    let is_topic = resource.resource_type == ConfigResourceType::Topic;
    let key = if is_topic { topic_config(&change.name) } else { broker_config(&change.name) };
    let value = match change.operation {
        ConfigOperation::Set => given.to_owned(),
        operation => {
            let list = key.filter(|key| key.config_type == ConfigType::List);
            let list =
                list.ok_or_else(|| invalid(format!("{} is not a list: {operation:?} needs one", change.name)))?;
            let mut parts: Vec<&str> = list_parts(present.unwrap_or(list.default)).collect();
            for part in list_parts(given) {
                let is_there = parts.contains(&part);
                match operation {
                    ConfigOperation::Append if !is_there => parts.push(part),
                    ConfigOperation::Subtract => parts.retain(|other| *other != part),
                    _ => {}
                }
            }
            parts.join(",")
        }
    };
    if value.len() > limits::CONFIG_VALUE_LENGTH_MAX {
        let why = format!("{} has {} bytes, {} are allowed", change.name, value.len(), limits::CONFIG_VALUE_LENGTH_MAX);
        return Err(invalid(why));
    }
    if is_topic {
        config_schema::validate_topic_config(&change.name, &value).map_err(invalid)?;
    } else {
        config_schema::validate_broker_config(&change.name, &value).map_err(invalid)?;
    }
    Ok(Some(value))
}

/// Where a config's value comes from (Kafka's `ConfigEntry.ConfigSource`, by wire code).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum ConfigSource {
    /// The topic's own override.
    DynamicTopic = 1,
    /// Set at run time for this broker.
    DynamicBroker = 2,
    /// Set at run time for all brokers.
    DynamicDefaultBroker = 3,
    /// The node's properties file.
    StaticBroker = 4,
    /// Kafka's default.
    Default = 5,
}

/// A config with the value that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveConfig {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Where the value comes from.
    pub source: ConfigSource,
}

/// Every config of a topic with these overrides, by name: topic, this node, all brokers, properties file, default.
pub fn effective_topic_configs(
    image: &Image,
    settings: &Settings,
    overrides: &BTreeMap<String, String>,
) -> Vec<EffectiveConfig> {
    let effective = |key: &'static ConfigKey| {
        let own = overrides.get(key.name).map(|value| (value.clone(), ConfigSource::DynamicTopic));
        let (value, source) = own.unwrap_or_else(|| inherited(image, settings, key));
        EffectiveConfig { name: key.name, value, source }
    };
    TOPIC_CONFIGS.iter().map(effective).collect()
}

/// The value of a topic config that holds for a topic; none if there is no such config.
pub fn effective_topic_config(
    image: &Image,
    settings: &Settings,
    topic_name: &str,
    config_name: &str,
) -> Option<EffectiveConfig> {
    let key = topic_config(config_name)?;
    let own = image.configs.topic(topic_name).and_then(|configs| configs.get(config_name));
    let own = own.map(|value| (value.clone(), ConfigSource::DynamicTopic));
    let (value, source) = own.unwrap_or_else(|| inherited(image, settings, key));
    Some(EffectiveConfig { name: key.name, value, source })
}

/// The value of a topic config where the topic does not say.
fn inherited(image: &Image, settings: &Settings, key: &ConfigKey) -> (String, ConfigSource) {
    let in_file = || first_synonym(key, |name| settings.static_configs.get(name).map(String::as_str));
    dynamic_default(image, settings.node_id, key)
        .or_else(|| Some((in_file()?, ConfigSource::StaticBroker)))
        .unwrap_or_else(|| (key.default.to_owned(), ConfigSource::Default))
}

/// The default that was set at run time for a topic config: on this broker, else on all (Kafka's `DynamicLogConfig`).
pub fn dynamic_default(image: &Image, broker_id: BrokerId, key: &ConfigKey) -> Option<(String, ConfigSource)> {
    let dynamic = |resource_name: &str| {
        let configs = image.configs.get(ConfigResourceType::Broker, resource_name)?;
        first_synonym(key, |name| configs.get(name).map(String::as_str))
    };
    let own = dynamic(&broker_id.to_string()).map(|value| (value, ConfigSource::DynamicBroker));
    own.or_else(|| Some((dynamic("")?, ConfigSource::DynamicDefaultBroker)))
}

/// The first broker property that gives a topic config its value, in the topic config's unit.
fn first_synonym<'a>(key: &ConfigKey, lookup: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    key.synonyms.iter().find_map(|(name, conversion)| Some(conversion.convert(lookup(name)?)))
}

/// `unclean.leader.election.enable` as it holds for a topic.
pub(crate) fn is_unclean_leader_election_enabled(image: &Image, settings: &Settings, topic_name: &str) -> bool {
    effective_topic_config(image, settings, topic_name, "unclean.leader.election.enable")
        .is_some_and(|config| config.value.trim().eq_ignore_ascii_case("true"))
}
