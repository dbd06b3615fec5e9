//! `kedge topics`: Kafka 3.9's `kafka-topics.sh`.
//!
//! Unlike there, several topics are described in the order of their names, and a topic's configs in the order of theirs; Apache
//! prints both in the order of a Java hash table. Eligible leader replicas are `N/A`, as with any broker that does not serve them.

use std::{collections::BTreeMap, io::Write};

use clap::Args;
use kedge_protocol::{
    ErrorCode,
    messages::{
        CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest,
        ListPartitionReassignmentsRequest,
        create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic},
        create_topics_request::{CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig},
        delete_topics_request::DeleteTopicState,
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::DescribeConfigsResourceResult,
        metadata_response::MetadataResponseTopic,
    },
};

use super::{
    Connection, ToolError,
    admin::{ANY_VERSION, AdminClient, Target, is_not_controller, refusal},
    block_on,
    configs::TOPIC_RESOURCE,
    first_conflict,
    topic_filter::{TopicFilter, is_internal},
    usage,
};
use describe::{Description, Reassignments, View};

mod describe;

const TOOL: &str = "topics";
/// How long a controller may take over a change, milliseconds.
const CHANGE_TIMEOUT_MS: i32 = 30_000;
/// What a create request carries for "the cluster's default".
const CLUSTER_DEFAULT: i16 = -1;

/// Arguments of `kedge topics`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct TopicsArgs {
    #[command(flatten)]
    connection: Connection,
    /// Creates a topic.
    #[arg(long)]
    create: bool,
    /// Lists the topics.
    #[arg(long)]
    list: bool,
    /// Shows partitions, leaders and replicas.
    #[arg(long)]
    describe: bool,
    /// Raises the number of partitions. Configs are changed by `kedge configs`.
    #[arg(long)]
    alter: bool,
    /// Deletes topics.
    #[arg(long)]
    delete: bool,
    /// The topic; a regular expression except with --create.
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// The id of a topic to describe.
    #[arg(long, value_name = "TOPIC-ID")]
    topic_id: Option<String>,
    /// A config of the new topic; may be repeated.
    #[arg(long = "config", value_name = "NAME=VALUE")]
    configs: Vec<String>,
    /// Not supported by brokers: use `kedge configs`.
    #[arg(long, value_name = "NAME", hide = true)]
    delete_config: Vec<String>,
    /// Partitions of the new or altered topic; the cluster's default without it.
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    partitions: Option<i32>,
    /// Replicas of each partition; the cluster's default without it.
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    replication_factor: Option<i32>,
    /// Broker ids by hand: replicas of a partition joined by colons, partitions by commas.
    #[arg(long, value_name = "IDS")]
    replica_assignment: Option<String>,
    #[command(flatten)]
    report: Report,
    /// Does nothing, instead of failing, when the topic is not there.
    #[arg(long)]
    if_exists: bool,
    /// Does nothing, instead of failing, when the topic is there.
    #[arg(long)]
    if_not_exists: bool,
    /// Leaves Kafka's own topics out.
    #[arg(long)]
    exclude_internal: bool,
    /// Accepted; brokers are asked for all partitions at once.
    #[arg(long, value_name = "COUNT", hide = true)]
    partition_size_limit_per_response: Option<i32>,
    /// Old tools' way: topics are made by brokers, not in ZooKeeper.
    #[arg(long, value_name = "URLS", hide = true)]
    zookeeper: Option<String>,
}

/// Which partitions a description shows.
#[derive(Clone, Copy, Debug, Default, Args)]
struct Report {
    /// Only partitions whose ISR lacks a replica.
    #[arg(long)]
    under_replicated_partitions: bool,
    /// Only partitions without a live leader.
    #[arg(long)]
    unavailable_partitions: bool,
    /// Only partitions whose ISR is below min.insync.replicas.
    #[arg(long)]
    under_min_isr_partitions: bool,
    /// Only partitions whose ISR is exactly min.insync.replicas.
    #[arg(long)]
    at_min_isr_partitions: bool,
    /// Only topics with configs of their own.
    #[arg(long)]
    topics_with_overrides: bool,
}

impl Report {
    fn picks_partitions(self) -> bool {
        self.under_replicated_partitions
            || self.unavailable_partitions
            || self.under_min_isr_partitions
            || self.at_min_isr_partitions
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Create,
    List,
    Describe,
    Alter,
    Delete,
}

pub(in crate::cli) fn run(args: &TopicsArgs, out: &mut impl Write) -> Result<(), ToolError> {
    let action = args.action()?;
    let Some(mut client) = args.connection.client("kedge-topics")? else {
        return Err(ToolError::new("--bootstrap-server must be specified"));
    };
    let mut text = String::new();
    let done = block_on(act(args, action, &mut client, &mut text));
    out.write_all(text.as_bytes())?;
    if let Err(error) = done {
        // To standard output, where Kafka's own tool has it and scripts look for it.
        writeln!(out, "Error while executing topic command : {error}")?;
        return Err(ToolError(String::new()));
    }
    Ok(())
}

async fn act(args: &TopicsArgs, action: Action, client: &mut AdminClient, text: &mut String) -> Result<(), ToolError> {
    match action {
        Action::Create => create(args, client, text).await,
        Action::List => {
            let topics = args.topics(&client.metadata(None).await?.topics)?;
            text.push_str(&topics.join("\n"));
            text.push('\n');
            Ok(())
        }
        Action::Describe => describe(args, client, text).await,
        Action::Alter => alter(args, client).await,
        Action::Delete => delete(args, client).await,
    }
}

impl TopicsArgs {
    fn action(&self) -> Result<Action, ToolError> {
        if self.zookeeper.is_some() {
            return Err(usage(
                TOOL,
                "zookeeper is not a recognized option: name brokers by --bootstrap-server instead",
            ));
        }
        let actions = [
            (self.list, Action::List),
            (self.describe, Action::Describe),
            (self.create, Action::Create),
            (self.alter, Action::Alter),
            (self.delete, Action::Delete),
        ];
        let mut given = actions.iter().filter(|(given, _)| *given);
        let (Some((_, action)), None) = (given.next(), given.next()) else {
            let text = "Command must include exactly one action: --list, --describe, --create, --alter or --delete";
            return Err(usage(TOOL, text));
        };
        if self.connection.bootstrap_server.is_none() {
            return Err(ToolError::new("--bootstrap-server must be specified"));
        }
        let missing = |flag: &str| Err(usage(TOOL, format!("Missing required argument \"[{flag}]\"")));
        match action {
            Action::Describe if self.if_exists && self.topic.is_none() && self.topic_id.is_none() => {
                return Err(usage(TOOL, "--topic or --topic-id is required to describe a topic"));
            }
            Action::Create | Action::Alter | Action::Delete if self.topic.is_none() => return missing("topic"),
            Action::Alter if !self.configs.is_empty() => {
                let text = "Option combination \"[bootstrap-server],[config]\" can't be used with option \"[alter]\" (the \
                            kafka-configs CLI supports altering topic configs with a --bootstrap-server option)";
                return Err(usage(TOOL, text));
            }
            Action::Alter if self.partitions.is_none() => return missing("partitions"),
            _ => {}
        }
        match self.conflict() {
            Some(text) => Err(usage(TOOL, text)),
            None => Ok(*action),
        }
    }

    /// Flags that do not belong to the action.
    fn conflict(&self) -> Option<String> {
        let (create, list, describe) = (("create", self.create), ("list", self.list), ("describe", self.describe));
        let (alter, delete) = (("alter", self.alter), ("delete", self.delete));
        let by_hand = self.replica_assignment.is_some();
        let counts = [
            ("partitions", self.create && self.partitions.is_some()),
            ("replication-factor", self.create && self.replication_factor.is_some()),
            describe,
            list,
            delete,
        ];
        let overrides = ("topics-with-overrides", self.report.topics_with_overrides);
        let not_described = [create, list, alter, delete, overrides];
        let report = self.report;
        first_conflict(&[
            ("config", !self.configs.is_empty(), &[describe, list, delete]),
            ("delete-config", !self.delete_config.is_empty(), &[("bootstrap-server", true)]),
            ("partitions", self.partitions.is_some(), &[describe, list, delete]),
            ("replication-factor", self.replication_factor.is_some(), &[alter, describe, list, delete]),
            ("replica-assignment", by_hand, &counts),
            ("under-replicated-partitions", report.under_replicated_partitions, &not_described),
            ("under-min-isr-partitions", report.under_min_isr_partitions, &not_described),
            ("at-min-isr-partitions", report.at_min_isr_partitions, &not_described),
            ("unavailable-partitions", report.unavailable_partitions, &not_described),
            ("topics-with-overrides", report.topics_with_overrides, &[create, list, alter, delete]),
            ("if-exists", self.if_exists, &[create, list]),
            ("if-not-exists", self.if_not_exists, &[alter, describe, list, delete]),
            ("exclude-internal", self.exclude_internal, &[create, alter, delete]),
        ])
    }

    /// The names of the topics that the flags mean, in order. Fails when one topic is meant and none is there.
    fn topics(&self, all: &[MetadataResponseTopic]) -> Result<Vec<String>, ToolError> {
        let filter = self.topic.as_deref().map(TopicFilter::parse).transpose()?;
        let is_wanted = |name: &String| {
            filter.as_ref().is_none_or(|filter| filter.names(name)) && !(self.exclude_internal && is_internal(name))
        };
        let mut topics: Vec<String> = all.iter().filter_map(|topic| topic.name.clone()).filter(is_wanted).collect();
        topics.sort();
        match &self.topic {
            // The odd brackets are Kafka's.
            Some(wanted) if topics.is_empty() && !wanted.is_empty() && !self.if_exists && !self.list => {
                Err(ToolError(format!("Topic 'Optional[{wanted}]' does not exist as expected")))
            }
            _ => Ok(topics),
        }
    }

    fn assignment(&self) -> Result<Vec<Vec<i32>>, ToolError> {
        let text = self.replica_assignment.as_deref().unwrap_or_default();
        if text.is_empty() { Ok(Vec::new()) } else { parse_assignment(text) }
    }
}

/// `1:2,2:3`: broker ids of partition 0, then of partition 1.
fn parse_assignment(text: &str) -> Result<Vec<Vec<i32>>, ToolError> {
    let mut partitions: Vec<Vec<i32>> = Vec::new();
    for (index, list) in text.split(',').enumerate() {
        let mut replicas: Vec<i32> = Vec::new();
        for id in list.split(':').map(str::trim) {
            let id = id.parse().map_err(|_| ToolError(format!("For input string: \"{id}\"")))?;
            if replicas.contains(&id) {
                return Err(ToolError(format!("Partition replica lists may not contain duplicate entries: {id}")));
            }
            replicas.push(id);
        }
        if partitions.first().is_some_and(|first| first.len() != replicas.len()) {
            let ids: Vec<String> = replicas.iter().map(i32::to_string).collect();
            let ids = ids.join(", ");
            return Err(ToolError(format!("Partition {index} has different replication factor: [{ids}]")));
        }
        partitions.push(replicas);
    }
    Ok(partitions)
}

/// `--config` flags as a topic takes them.
fn parse_configs(flags: &[String]) -> Result<Vec<CreatableTopicConfig>, ToolError> {
    let mut configs: BTreeMap<String, String> = BTreeMap::new();
    for flag in flags {
        match flag.split('=').map(str::trim).collect::<Vec<&str>>()[..] {
            [name, value] if !value.is_empty() => configs.insert(name.to_owned(), value.to_owned()),
            _ => {
                let text = "requirement failed: Invalid topic config: all configs to be added must be in the format \
                            \"key=val\".";
                return Err(ToolError::new(text));
            }
        };
    }
    Ok(configs.into_iter().map(|(name, value)| CreatableTopicConfig { name, value: Some(value) }).collect())
}

async fn create(args: &TopicsArgs, client: &mut AdminClient, text: &mut String) -> Result<(), ToolError> {
    let name = args.topic.clone().unwrap_or_default();
    let assignment = args.assignment()?;
    let configs = parse_configs(&args.configs)?;
    if name.contains(['.', '_']) {
        text.push_str(
            "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To \
             avoid issues it is best to use either, but not both.\n",
        );
    }
    let replication_factor = match args.replication_factor.map(i16::try_from) {
        None => CLUSTER_DEFAULT,
        Some(Ok(count)) if count >= 1 => count,
        Some(_) => {
            let text = format!("The replication factor must be between 1 and {} inclusive", i16::MAX);
            return Err(ToolError(text));
        }
    };
    if args.partitions.is_some_and(|count| count < 1) {
        return Err(ToolError::new("The partitions must be greater than 0"));
    }
    let assignments = assignment.into_iter().zip(0..);
    let assignments: Vec<CreatableReplicaAssignment> = assignments
        .map(|(broker_ids, partition_index)| CreatableReplicaAssignment { partition_index, broker_ids })
        .collect();
    let topic = CreatableTopic {
        name: name.clone(),
        num_partitions: args.partitions.unwrap_or(i32::from(CLUSTER_DEFAULT)),
        replication_factor,
        assignments,
        configs,
    };
    let make =
        |_| CreateTopicsRequest { topics: vec![topic.clone()], timeout_ms: CHANGE_TIMEOUT_MS, validate_only: false };
    let is_stale = |answer: &kedge_protocol::messages::CreateTopicsResponse| {
        answer.topics.iter().any(|topic| is_not_controller(topic.error_code))
    };
    let answer = client.call(Target::Controller, ANY_VERSION, make, is_stale).await?;
    let created = answer.topics.into_iter().next().ok_or_else(|| ToolError::new("the answer holds no topic"))?;
    match ErrorCode(created.error_code) {
        ErrorCode::NONE => text.push_str(&format!("Created topic {name}.\n")),
        ErrorCode::TOPIC_ALREADY_EXISTS if args.if_not_exists => {}
        _ => return Err(refusal(created.error_code, created.error_message)),
    }
    Ok(())
}

async fn alter(args: &TopicsArgs, client: &mut AdminClient) -> Result<(), ToolError> {
    let assignment = args.assignment()?;
    let metadata = client.metadata(None).await?;
    let topics = args.topics(&metadata.topics)?;
    let count = args.partitions.unwrap_or_default();
    let change = |name: &String| {
        let present = metadata.topics.iter().find(|topic| topic.name.as_ref() == Some(name));
        let present = present.map_or(0, |topic| topic.partitions.len());
        let added = assignment.iter().skip(present);
        let added = added.map(|ids| CreatePartitionsAssignment { broker_ids: ids.clone() }).collect();
        let assignments = (!assignment.is_empty()).then_some(added);
        CreatePartitionsTopic { name: name.clone(), count, assignments }
    };
    let changes: Vec<CreatePartitionsTopic> = topics.iter().map(change).collect();
    if changes.is_empty() {
        return Ok(());
    }
    let make =
        |_| CreatePartitionsRequest { topics: changes.clone(), timeout_ms: CHANGE_TIMEOUT_MS, validate_only: false };
    let is_stale = |answer: &kedge_protocol::messages::CreatePartitionsResponse| {
        answer.results.iter().any(|topic| is_not_controller(topic.error_code))
    };
    let answer = client.call(Target::Controller, ANY_VERSION, make, is_stale).await?;
    let refused = answer.results.into_iter().find(|result| result.error_code != ErrorCode::NONE.0);
    refused.map_or(Ok(()), |result| Err(refusal(result.error_code, result.error_message)))
}

async fn delete(args: &TopicsArgs, client: &mut AdminClient) -> Result<(), ToolError> {
    let topics = args.topics(&client.metadata(None).await?.topics)?;
    if topics.is_empty() {
        return Ok(());
    }
    let make = |version: i16| {
        let named = |name: &String| DeleteTopicState { name: Some(name.clone()), ..Default::default() };
        // Version 6 knows topics by id as well.
        let (by_state, by_name) = match version >= 6 {
            true => (topics.iter().map(named).collect(), Vec::new()),
            false => (Vec::new(), topics.clone()),
        };
        DeleteTopicsRequest { topics: by_state, topic_names: by_name, timeout_ms: CHANGE_TIMEOUT_MS }
    };
    let is_stale = |answer: &kedge_protocol::messages::DeleteTopicsResponse| {
        answer.responses.iter().any(|topic| is_not_controller(topic.error_code))
    };
    let answer = client.call(Target::Controller, ANY_VERSION, make, is_stale).await?;
    let refused = answer.responses.into_iter().find(|result| result.error_code != ErrorCode::NONE.0);
    refused.map_or(Ok(()), |result| Err(refusal(result.error_code, result.error_message)))
}

async fn describe(args: &TopicsArgs, client: &mut AdminClient, text: &mut String) -> Result<(), ToolError> {
    let metadata = client.metadata(None).await?;
    let mut topics: Vec<MetadataResponseTopic> = match &args.topic_id {
        Some(id) => {
            let internal = |topic: &MetadataResponseTopic| topic.name.as_deref().is_some_and(is_internal);
            let is_it = |topic: &MetadataResponseTopic| {
                topic.topic_id.to_string() == *id && !(args.exclude_internal && internal(topic))
            };
            let found: Vec<_> = metadata.topics.iter().filter(|topic| is_it(topic)).cloned().collect();
            if found.is_empty() && !args.if_exists {
                return Err(ToolError(format!("TopicId '{id}' does not exist as expected")));
            }
            found
        }
        None => {
            let names = args.topics(&metadata.topics)?;
            let is_named = |topic: &MetadataResponseTopic| topic.name.as_ref().is_some_and(|name| names.contains(name));
            metadata.topics.iter().filter(|topic| is_named(topic)).cloned().collect()
        }
    };
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    if topics.is_empty() {
        return Ok(());
    }
    let configs = topic_configs(client, &topics).await?;
    let reassignments = reassignments(client).await?;
    let live: Vec<i32> = metadata.brokers.iter().map(|broker| broker.node_id).collect();
    let view = View { report: args.report, live: &live, reassignments: &reassignments };
    for topic in &topics {
        let name = topic.name.as_deref().unwrap_or_default();
        let configs = configs.get(name).map(Vec::as_slice).unwrap_or_default();
        text.push_str(&Description { topic, configs }.text(&view));
    }
    Ok(())
}

async fn topic_configs(
    client: &mut AdminClient,
    topics: &[MetadataResponseTopic],
) -> Result<BTreeMap<String, Vec<DescribeConfigsResourceResult>>, ToolError> {
    let resource = |topic: &MetadataResponseTopic| DescribeConfigsResource {
        resource_type: TOPIC_RESOURCE,
        resource_name: topic.name.clone().unwrap_or_default(),
        configuration_keys: None,
    };
    let resources: Vec<DescribeConfigsResource> = topics.iter().map(resource).collect();
    let make = |_| DescribeConfigsRequest { resources: resources.clone().into(), ..Default::default() };
    let answer = client.call(Target::Any, ANY_VERSION, make, |_| false).await?;
    let mut by_topic = BTreeMap::new();
    for mut result in answer.results {
        if result.error_code != ErrorCode::NONE.0 {
            return Err(refusal(result.error_code, result.error_message));
        }
        result.configs.sort_by(|a, b| a.name.cmp(&b.name));
        by_topic.insert(result.resource_name, result.configs);
    }
    Ok(by_topic)
}

/// Reassignments under way. A cluster that cannot be asked has none to show.
async fn reassignments(client: &mut AdminClient) -> Result<Reassignments, ToolError> {
    let make = |_| ListPartitionReassignmentsRequest { timeout_ms: CHANGE_TIMEOUT_MS, topics: None };
    let is_stale =
        |answer: &kedge_protocol::messages::ListPartitionReassignmentsResponse| is_not_controller(answer.error_code);
    if !client.is_served::<ListPartitionReassignmentsRequest>(Target::Controller).await? {
        return Ok(Reassignments::default());
    }
    let answer = client.call(Target::Controller, ANY_VERSION, make, is_stale).await?;
    let mut found = Reassignments::default();
    for topic in answer.topics {
        for partition in topic.partitions {
            found.insert((topic.name.clone(), partition.partition_index), partition);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
