//! `kedge configs`: Kafka 3.9's `kafka-configs.sh` for topics and brokers.
//!
//! Unlike there, a broker's config is changed by IncrementalAlterConfigs, as Apache 4 does it: two operators at once do not undo
//! each other's change. Quotas, SCRAM credentials, loggers and client metrics are refused by name: no broker of Kedge has them yet.

use std::{io::Write, path::PathBuf};

use clap::Args;
use kedge_protocol::{
    ErrorCode,
    messages::{
        DescribeConfigsRequest, IncrementalAlterConfigsRequest,
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::DescribeConfigsResourceResult,
        incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig},
    },
};

use super::{
    Connection, ToolError,
    admin::{ANY_VERSION, AdminClient, Target, is_not_controller, refusal},
    block_on, first_conflict,
    key_values::KeyValues,
    usage,
};

const TOOL: &str = "configs";
/// A topic among config resources.
pub(super) const TOPIC_RESOURCE: i8 = 2;
/// A broker, or with an empty name the default of all brokers.
const BROKER_RESOURCE: i8 = 4;
/// The source of a value that nobody set.
pub(super) const DEFAULT_CONFIG_SOURCE: i8 = 5;
/// Names of the sources, by their number on the wire.
const SOURCES: [&str; 8] = [
    "UNKNOWN",
    "DYNAMIC_TOPIC_CONFIG",
    "DYNAMIC_BROKER_CONFIG",
    "DYNAMIC_DEFAULT_BROKER_CONFIG",
    "STATIC_BROKER_CONFIG",
    "DEFAULT_CONFIG",
    "DYNAMIC_BROKER_LOGGER_CONFIG",
    "DYNAMIC_CLIENT_METRICS_CONFIG",
];
/// Operations of IncrementalAlterConfigs.
const SET: i8 = 0;
const DELETE: i8 = 1;
/// Kafka's entity types that this tool does not serve.
const ABSENT_TYPES: [&str; 5] = ["users", "clients", "ips", "broker-loggers", "client-metrics"];

/// Arguments of `kedge configs`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct ConfigsArgs {
    #[command(flatten)]
    connection: Connection,
    /// Shows configs.
    #[arg(long)]
    describe: bool,
    /// Changes configs.
    #[arg(long)]
    alter: bool,
    /// Shows every config, not only those set while brokers run.
    #[arg(long)]
    all: bool,
    /// topics or brokers.
    #[arg(long, value_name = "TYPE")]
    entity_type: Vec<String>,
    /// A topic, or a broker's id.
    #[arg(long, value_name = "NAME")]
    entity_name: Vec<String>,
    /// The default of all brokers.
    #[arg(long)]
    entity_default: bool,
    /// Short for --entity-type topics --entity-name TOPIC.
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Short for --entity-type brokers --entity-name ID.
    #[arg(long, value_name = "ID")]
    broker: Option<String>,
    /// Short for --entity-type brokers --entity-default.
    #[arg(long)]
    broker_defaults: bool,
    /// Configs to set: k1=v1,k2=[v1,v2],k3=v3.
    #[arg(long, value_name = "CONFIGS")]
    add_config: Option<String>,
    /// A properties file of configs to set.
    #[arg(long, value_name = "FILE")]
    add_config_file: Option<PathBuf>,
    /// Configs to remove: k1,k2.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    delete_config: Vec<String>,
    /// Accepted; nothing is ever asked.
    #[arg(long, hide = true)]
    force: bool,
    /// Old tools' way: configs are changed by brokers, not in ZooKeeper.
    #[arg(long, value_name = "URLS", hide = true)]
    zookeeper: Option<String>,
}

/// What configs are of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entity {
    Topic(String),
    EveryTopic,
    Broker(i32),
    BrokerDefault,
    EveryBroker,
}

impl Entity {
    fn resource_type(&self) -> i8 {
        match self {
            Entity::Topic(_) | Entity::EveryTopic => TOPIC_RESOURCE,
            Entity::Broker(_) | Entity::BrokerDefault | Entity::EveryBroker => BROKER_RESOURCE,
        }
    }

    fn resource_name(&self) -> String {
        match self {
            Entity::Topic(name) => name.clone(),
            Entity::Broker(id) => id.to_string(),
            Entity::EveryTopic | Entity::BrokerDefault | Entity::EveryBroker => String::new(),
        }
    }

    /// A broker alone knows what is set on it; of the rest any broker does.
    fn target(&self) -> Target<'_> {
        if let Entity::Broker(id) = self { Target::Broker(*id) } else { Target::Any }
    }

    /// The source of values set while brokers run.
    fn dynamic_source(&self) -> i8 {
        match self {
            Entity::Topic(_) | Entity::EveryTopic => 1,
            Entity::Broker(_) => 2,
            Entity::BrokerDefault | Entity::EveryBroker => 3,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Action {
    Describe(Entity),
    Alter(Entity, Changes),
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    set: Vec<(String, String)>,
    delete: Vec<String>,
}

pub(in crate::cli) fn run(args: &ConfigsArgs, out: &mut impl Write) -> Result<(), ToolError> {
    let action = args.action()?;
    let Some(mut client) = args.connection.client("kedge-configs")? else {
        return Err(ToolError::new("One of the required --bootstrap-server arguments must be specified"));
    };
    let text = block_on(async {
        match &action {
            Action::Describe(entity) => describe(&mut client, entity, args.all).await,
            Action::Alter(entity, changes) => alter(&mut client, entity, changes).await,
        }
    })
    .map_err(|error| {
        let line: Vec<String> = std::env::args().skip(2).collect();
        ToolError(format!("Error while executing config command with args '{}'\n{error}", line.join(" ")))
    })?;
    Ok(out.write_all(text.as_bytes())?)
}

impl ConfigsArgs {
    fn action(&self) -> Result<Action, ToolError> {
        if self.describe == self.alter {
            return Err(usage(TOOL, "Command must include exactly one action: --describe, --alter"));
        }
        let changes = [
            ("alter", self.alter),
            ("add-config", self.add_config.is_some()),
            ("delete-config", !self.delete_config.is_empty()),
        ];
        if let Some(text) = first_conflict(&[("describe", self.describe, &changes)]) {
            return Err(usage(TOOL, text));
        }
        if self.zookeeper.is_some() {
            return Err(ToolError::new("--zookeeper is not served: name brokers by --bootstrap-server instead"));
        }
        let entity = self.entity()?;
        if self.connection.bootstrap_server.is_none() {
            return Err(ToolError::new("One of the required --bootstrap-server arguments must be specified"));
        }
        if self.describe {
            return Ok(Action::Describe(entity));
        }
        match entity {
            Entity::EveryTopic => {
                return Err(ToolError::new("an entity name must be specified with --alter of topics"));
            }
            Entity::EveryBroker => {
                let text =
                    "an entity-name or default entity must be specified with --alter of users, clients, brokers or ips";
                return Err(ToolError::new(text));
            }
            _ => {}
        }
        Ok(Action::Alter(entity, self.changes()?))
    }

    fn entity(&self) -> Result<Entity, ToolError> {
        let long_form = !self.entity_type.is_empty() || !self.entity_name.is_empty() || self.entity_default;
        let short_form = self.topic.is_some() || self.broker.is_some() || self.broker_defaults;
        if long_form && short_form {
            let text = "--entity-{type,name,default} should not be used in conjunction with specific entity flags";
            return Err(ToolError::new(text));
        }
        let short_type = if self.topic.is_some() { "topics" } else { "brokers" };
        let kind = match self.entity_type.as_slice() {
            [] if short_form => short_type,
            [] => return Err(ToolError::new("At least one entity type must be specified")),
            [kind] => kind.as_str(),
            [first, ..] if ABSENT_TYPES.contains(&first.as_str()) => first.as_str(),
            _ => return Err(ToolError::new("Only 'users' and 'clients' entity types may be specified together")),
        };
        let name = self.entity_name.first().or(self.topic.as_ref()).or(self.broker.as_ref());
        match (kind, name.map(String::as_str)) {
            ("topics", Some("") | None) => Ok(Entity::EveryTopic),
            ("topics", Some(name)) => Ok(Entity::Topic(name.to_owned())),
            ("brokers", None) if !self.entity_default && !self.broker_defaults => Ok(Entity::EveryBroker),
            ("brokers", Some("") | None) => Ok(Entity::BrokerDefault),
            ("brokers", Some(id)) => id.parse().map(Entity::Broker).map_err(|_| {
                let text = "The entity name for brokers must be a valid integer broker id, but it is:";
                ToolError(format!("{text} {id}"))
            }),
            (kind, _) if ABSENT_TYPES.contains(&kind) => Err(ToolError(format!(
                "Entity type {kind} is not there yet: this tool shows and changes configs of topics and brokers"
            ))),
            (kind, _) => Err(ToolError(format!(
                "Invalid entity type {kind}, the entity type must be one of topics, brokers with a --bootstrap-server argument"
            ))),
        }
    }

    fn changes(&self) -> Result<Changes, ToolError> {
        let set = match (&self.add_config, &self.add_config_file) {
            (Some(_), Some(_)) => {
                return Err(ToolError::new("Only one of --add-config or --add-config-file must be specified"));
            }
            (Some(text), None) => parse_added(text)?,
            (None, Some(file)) => KeyValues::read(file)?.into_pairs(),
            (None, None) if self.delete_config.is_empty() => {
                let text = "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter";
                return Err(ToolError::new(text));
            }
            (None, None) => Vec::new(),
        };
        let is_key = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if let Some((key, _)) = set.iter().find(|(key, _)| !is_key(key)) {
            return Err(ToolError(format!("Invalid character found for config key: {key}")));
        }
        Ok(Changes { set, delete: self.delete_config.iter().map(|key| key.trim().to_owned()).collect() })
    }
}

/// `k1=v1,k2=[v1,v2]`: brackets keep commas and equals signs in a value, and are not part of it.
fn parse_added(text: &str) -> Result<Vec<(String, String)>, ToolError> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in split_outside_brackets(text, ',') {
        let [key, value] = split_outside_brackets(pair, '=')[..] else {
            let text =
                "requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\".";
            return Err(ToolError::new(text));
        };
        let (key, value) = (key.trim().to_owned(), value.replace(['[', ']'], "").trim().to_owned());
        pairs.retain(|(known, _)| *known != key);
        pairs.push((key, value));
    }
    Ok(pairs)
}

/// A separator counts unless the next bracket after it is a closing one.
fn split_outside_brackets(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for (at, _) in text.match_indices(separator) {
        let rest = &text[at..];
        if rest.find(['[', ']']).is_none_or(|bracket| rest[bracket..].starts_with('[')) {
            parts.push(&text[begin..at]);
            begin = at + separator.len_utf8();
        }
    }
    parts.push(&text[begin..]);
    parts
}

async fn describe(client: &mut AdminClient, entity: &Entity, all: bool) -> Result<String, ToolError> {
    let entities: Vec<Entity> = match entity {
        Entity::EveryTopic => {
            let metadata = client.metadata(None).await?;
            let mut names: Vec<String> = metadata.topics.into_iter().filter_map(|topic| topic.name).collect();
            names.sort();
            names.into_iter().map(Entity::Topic).collect()
        }
        Entity::EveryBroker => {
            let metadata = client.metadata(Some(&[])).await?;
            let mut ids: Vec<i32> = metadata.brokers.iter().map(|broker| broker.node_id).collect();
            ids.sort_unstable();
            ids.into_iter().map(Entity::Broker).chain([Entity::BrokerDefault]).collect()
        }
        one => vec![one.clone()],
    };
    let mut text = String::new();
    for entity in entities {
        let configs = configs_of(client, &entity).await?;
        text.push_str(&describe_entity(&entity, &configs, all));
    }
    Ok(text)
}

fn describe_entity(entity: &Entity, configs: &[DescribeConfigsResourceResult], all: bool) -> String {
    let which = if all { "All" } else { "Dynamic" };
    let mut text = match entity {
        Entity::Topic(name) => format!("{which} configs for topic {name} are:\n"),
        Entity::Broker(id) => format!("{which} configs for broker {id} are:\n"),
        Entity::EveryTopic | Entity::BrokerDefault | Entity::EveryBroker => {
            "Default configs for brokers in the cluster are:\n".to_owned()
        }
    };
    let shown = |config: &&DescribeConfigsResourceResult| all || config.config_source == entity.dynamic_source();
    let mut configs: Vec<&DescribeConfigsResourceResult> = configs.iter().filter(shown).collect();
    configs.sort_by(|a, b| a.name.cmp(&b.name));
    for config in configs {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
        let source = |source: i8| usize::try_from(source).ok().and_then(|at| SOURCES.get(at)).unwrap_or(&SOURCES[0]);
        let synonyms = config.synonyms.iter();
        let synonyms: Vec<String> = synonyms
            .map(|synonym| format!("{}:{}={}", source(synonym.source), synonym.name, value(&synonym.value)))
            .collect();
        text.push_str(&format!(
            "  {}={} sensitive={} synonyms={{{}}}\n",
            config.name,
            value(&config.value),
            config.is_sensitive,
            synonyms.join(", ")
        ));
    }
    text
}

async fn configs_of(
    client: &mut AdminClient,
    entity: &Entity,
) -> Result<Vec<DescribeConfigsResourceResult>, ToolError> {
    let make = |_| DescribeConfigsRequest {
        resources: vec![DescribeConfigsResource {
            resource_type: entity.resource_type(),
            resource_name: entity.resource_name(),
            configuration_keys: None,
        }]
        .into(),
        include_synonyms: true,
        include_documentation: false,
    };
    let answer = client.call(entity.target(), ANY_VERSION, make, |_| false).await?;
    let result = answer.results.into_iter().next().ok_or_else(|| ToolError::new("the answer holds no resource"))?;
    match ErrorCode(result.error_code) {
        ErrorCode::NONE => Ok(result.configs),
        _ => Err(refusal(result.error_code, result.error_message)),
    }
}

async fn alter(client: &mut AdminClient, entity: &Entity, changes: &Changes) -> Result<String, ToolError> {
    let present = configs_of(client, entity).await?;
    let is_set = |key: &&String| {
        present.iter().any(|config| config.name == **key && config.config_source == entity.dynamic_source())
    };
    let unknown: Vec<&str> = changes.delete.iter().filter(|key| !is_set(key)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(ToolError(format!("Invalid config(s): {}", unknown.join(","))));
    }
    let set = changes.set.iter().map(|(name, value)| AlterableConfig {
        name: name.clone(),
        config_operation: SET,
        value: Some(value.clone()),
    });
    let delete = changes.delete.iter().map(|name| AlterableConfig {
        name: name.clone(),
        config_operation: DELETE,
        value: Some(String::new()),
    });
    let resource = AlterConfigsResource {
        resource_type: entity.resource_type(),
        resource_name: entity.resource_name(),
        configs: set.chain(delete).collect(),
    };
    let make = |_| IncrementalAlterConfigsRequest { resources: vec![resource.clone()], validate_only: false };
    let target = if matches!(entity, Entity::Broker(_)) { entity.target() } else { Target::Controller };
    let is_stale = |answer: &kedge_protocol::messages::IncrementalAlterConfigsResponse| {
        answer.responses.iter().any(|resource| is_not_controller(resource.error_code))
    };
    let answer = client.call(target, ANY_VERSION, make, is_stale).await?;
    if let Some(refused) = answer.responses.into_iter().find(|resource| resource.error_code != ErrorCode::NONE.0) {
        return Err(refusal(refused.error_code, refused.error_message));
    }
    Ok(match entity {
        Entity::Topic(name) => format!("Completed updating config for topic {name}.\n"),
        Entity::Broker(id) => format!("Completed updating config for broker {id}.\n"),
        _ => "Completed updating default config for brokers in the cluster.\n".to_owned(),
    })
}

#[cfg(test)]
mod tests;
