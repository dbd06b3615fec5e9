//! CreateTopics.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, ErrorCode, PartitionId, TopicId,
    image::{ConfigResource, ConfigResourceType},
    records::{ConfigRecord, MetadataRecord, PartitionRecord, TopicRecord},
};

use crate::{
    ApiError, ApiResult, Context, Decision, DecisionUnit, Subject,
    assignment::{new_partition, placed, validate_manual},
    config_schema,
    configs::{EffectiveConfig, effective_topic_configs},
    limits, random, topic_name,
};

/// CreateTopics (key 19, versions 0–7).
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTopicsRequest {
    /// What to create.
    pub topics: Vec<CreatableTopic>,
    /// Answer as if, and change nothing.
    pub validate_only: bool,
}

/// A topic to create.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatableTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; −1 = the default, or as many as `assignments` names.
    pub num_partitions: i32,
    /// Replicas of each; −1 = the default, or as `assignments` says.
    pub replication_factor: i16,
    /// Replicas by partition; empty = place them.
    pub assignments: Vec<(PartitionId, Vec<BrokerId>)>,
    /// Config overrides; a null value is an error.
    pub configs: Vec<(String, Option<String>)>,
}

/// One topic of the response.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTopicResult {
    /// Its name.
    pub name: String,
    /// What was created, or why not.
    pub result: ApiResult<CreatedTopic>,
}

/// A topic that was (or, validating only, would be) created.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatedTopic {
    /// Its id; the subject of its unit.
    pub topic_id: TopicId,
    /// Its partitions.
    pub num_partitions: i32,
    /// Their replicas.
    pub replication_factor: i16,
    /// The configs that hold for it, by name.
    pub configs: Vec<EffectiveConfig>,
}

/// Creates topics: one unit and one result per name.
pub fn create_topics(context: &mut Context<'_>, request: &CreateTopicsRequest) -> Decision<Vec<CreateTopicResult>> {
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for topic in &request.topics {
        *by_name.entry(&topic.name).or_default() += 1;
    }
    let mut decision = Decision::unchanged(Vec::new());
    let mut budget = limits::PARTITIONS_PER_REQUEST_MAX;
    let mut answered = BTreeSet::new();
    let mut accepted: Vec<&str> = Vec::new();
    for topic in &request.topics {
        if !answered.insert(topic.name.as_str()) {
            continue;
        }
        let result = if by_name[topic.name.as_str()] > 1 {
            Err(ApiError::new(ErrorCode::INVALID_REQUEST, "the request names this topic twice"))
        } else if accepted.iter().any(|other| topic_name::collide(other, &topic.name)) {
            Err(ApiError::new(
                ErrorCode::INVALID_TOPIC_EXCEPTION,
                "the name differs only by '.' and '_' from another one of the same request",
            ))
        } else {
            create_topic(context, topic, &mut budget)
        };
        let result = result.map(|(created, unit)| {
            accepted.push(&topic.name);
            if !request.validate_only {
                decision.units.push(unit);
            }
            created
        });
        decision.response.push(CreateTopicResult { name: topic.name.clone(), result });
    }
    decision
}

fn create_topic(
    context: &mut Context<'_>,
    topic: &CreatableTopic,
    budget: &mut usize,
) -> ApiResult<(CreatedTopic, DecisionUnit)> {
    validate_name(context, &topic.name)?;
    let configs = validate_configs(topic)?;
    let topic_id = random::topic_id(context.random);
    let partitions = if topic.assignments.is_empty() {
        place_partitions(context, topic, topic_id, budget)?
    } else {
        assign_partitions(context, topic, topic_id, budget)?
    };
    let first = partitions.first().expect("a topic has at least one partition");
    let created = CreatedTopic {
        topic_id,
        num_partitions: partitions.len() as i32,
        replication_factor: first.replicas.len() as i16,
        configs: effective_topic_configs(context.image, context.settings, &configs),
    };
    let resource = ConfigResource { resource_type: ConfigResourceType::Topic, resource_name: topic.name.clone() };
    let mut records: Vec<MetadataRecord> = vec![TopicRecord { name: topic.name.clone(), topic_id }.into()];
    records.extend(configs.into_iter().map(|(key, value)| {
        MetadataRecord::from(ConfigRecord {
            resource_type: resource.resource_type as i8,
            resource_name: resource.resource_name.clone(),
            name: key,
            value: Some(value),
        })
    }));
    records.extend(partitions.into_iter().map(MetadataRecord::from));
    if records.len() > limits::RECORDS_PER_BATCH_MAX {
        return Err(too_many_partitions());
    }
    Ok((created, DecisionUnit::new(Subject::Topic(topic_id), records)))
}

fn validate_name(context: &Context<'_>, name: &str) -> ApiResult<()> {
    if name == topic_name::CLUSTER_METADATA_TOPIC_NAME {
        return Err(ApiError::new(
            ErrorCode::INVALID_REQUEST,
            format!("{name} cannot be created: it is the metadata log"),
        ));
    }
    topic_name::validate(name)?;
    if context.image.topics.by_name.contains_key(name) {
        return Err(ApiError::new(ErrorCode::TOPIC_ALREADY_EXISTS, format!("Topic '{name}' already exists.")));
    }
    match topic_name::colliding(context.image, name) {
        Some(other) => Err(ApiError::new(
            ErrorCode::INVALID_TOPIC_EXCEPTION,
            // Apache's words, which the tutorial quotes.
            format!("Topic '{name}' collides with existing topic: {other}"),
        )),
        None => Ok(()),
    }
}

/// The overrides by key; refused if one is null, named twice, unknown or out of range.
fn validate_configs(topic: &CreatableTopic) -> ApiResult<BTreeMap<String, String>> {
    let invalid = |why: String| ApiError::new(ErrorCode::INVALID_CONFIG, why);
    let mut configs = BTreeMap::new();
    for (key, value) in &topic.configs {
        let value = value.as_ref().ok_or_else(|| invalid(format!("{key} has no value")))?;
        config_schema::validate_topic_config(key, value).map_err(invalid)?;
        if configs.insert(key.clone(), value.clone()).is_some() {
            return Err(ApiError::new(ErrorCode::INVALID_REQUEST, format!("config {key} is named twice")));
        }
    }
    config_schema::validate_topic_configs_together(&|key| configs.get(key).map(String::as_str)).map_err(invalid)?;
    Ok(configs)
}

fn spend(budget: &mut usize, partitions: usize) -> ApiResult<()> {
    *budget = budget.checked_sub(partitions).ok_or_else(too_many_partitions)?;
    Ok(())
}

/// The request as a whole adds more partitions than one request may.
pub(crate) fn too_many_partitions() -> ApiError {
    ApiError::new(
        ErrorCode::POLICY_VIOLATION,
        format!("a request may add {} partitions, all its topics together", limits::PARTITIONS_PER_REQUEST_MAX),
    )
}

fn place_partitions(
    context: &mut Context<'_>,
    topic: &CreatableTopic,
    topic_id: TopicId,
    budget: &mut usize,
) -> ApiResult<Vec<PartitionRecord>> {
    let replication_factor = match topic.replication_factor {
        -1 => context.settings.default_replication_factor,
        given if given > 0 => given,
        given => {
            let why = format!("replication factor {given}: it must be above 0, or -1 for the default");
            return Err(ApiError::new(ErrorCode::INVALID_REPLICATION_FACTOR, why));
        }
    };
    let num_partitions = match topic.num_partitions {
        -1 => context.settings.default_num_partitions,
        given if given > 0 => given,
        given => {
            let why = format!("{given} partitions: there must be at least one, or -1 for the default");
            return Err(ApiError::new(ErrorCode::INVALID_PARTITIONS, why));
        }
    };
    let num_partitions = usize::try_from(num_partitions).expect("checked to be positive");
    spend(budget, num_partitions)?;
    let assignments = placed(context.image, num_partitions, replication_factor, context.random)?;
    (0..)
        .zip(&assignments)
        .map(|(partition_id, replicas)| {
            new_partition(context.image, topic_id, partition_id, replicas, ErrorCode::INVALID_REPLICATION_FACTOR)
        })
        .collect()
}

fn assign_partitions(
    context: &Context<'_>,
    topic: &CreatableTopic,
    topic_id: TopicId,
    budget: &mut usize,
) -> ApiResult<Vec<PartitionRecord>> {
    if topic.replication_factor != -1 || topic.num_partitions != -1 {
        let why = "with an assignment, replication factor and number of partitions must both be -1";
        return Err(ApiError::new(ErrorCode::INVALID_REQUEST, why));
    }
    spend(budget, topic.assignments.len())?;
    let mut by_partition = BTreeMap::new();
    let mut replication_factor = None;
    for (partition_id, replicas) in &topic.assignments {
        validate_manual(context.image, replicas, replication_factor)?;
        replication_factor = Some(replicas.len());
        if by_partition.insert(*partition_id, replicas).is_some() {
            let why = format!("the assignment names partition {partition_id} twice");
            return Err(ApiError::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, why));
        }
    }
    (0..)
        .zip(by_partition)
        .map(|(expected, (partition_id, replicas))| {
            if partition_id != expected {
                let why = "partitions must be numbered from 0 without a gap";
                return Err(ApiError::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, why));
            }
            let all_dead = ErrorCode::INVALID_REPLICA_ASSIGNMENT;
            new_partition(context.image, topic_id, partition_id, replicas, all_dead)
        })
        .collect()
}
