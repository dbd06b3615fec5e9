//! CreateTopics (19), DeleteTopics (20) and CreatePartitions (37) on the controller.

use std::sync::Arc;

use kedge_controller::{ApiError, deletion, partitions, topics};
use kedge_protocol::{
    ErrorCode, Uuid,
    messages::{
        CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
        DeleteTopicsRequest, DeleteTopicsResponse,
        create_partitions_response::CreatePartitionsTopicResult,
        create_topics_response::{CreatableTopicConfigs, CreatableTopicResult},
        delete_topics_response::DeletableTopicResult,
    },
};

use super::{ControllerNode, outcome};
use crate::{
    api::admin::Refusable,
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
};

pub(crate) async fn create_topics(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: CreateTopicsRequest,
) -> Answer<CreateTopicsResponse> {
    let may_create = |name: &str| {
        context.authorize(Operation::Create, Resource::Cluster)
            || context.authorize(Operation::Create, Resource::Topic(name))
    };
    let (allowed, refused): (Vec<_>, Vec<_>) = request.topics.iter().partition(|topic| may_create(&topic.name));
    let mut answers: Vec<CreatableTopicResult> = refused
        .into_iter()
        .map(|topic| CreatableTopicResult {
            name: topic.name.clone(),
            error_code: ErrorCode::TOPIC_AUTHORIZATION_FAILED.0,
            ..Default::default()
        })
        .collect();
    let asked = topics::CreateTopicsRequest {
        topics: allowed
            .into_iter()
            .map(|topic| topics::CreatableTopic {
                name: topic.name.clone(),
                num_partitions: topic.num_partitions,
                replication_factor: topic.replication_factor,
                assignments: topic
                    .assignments
                    .iter()
                    .map(|assignment| (assignment.partition_index, assignment.broker_ids.clone()))
                    .collect(),
                configs: topic.configs.iter().map(|config| (config.name.clone(), config.value.clone())).collect(),
            })
            .collect(),
        validate_only: request.validate_only,
    };
    match controller.handle.decide(move |context, _| topics::create_topics(context, &asked)).await {
        Err(error) => return request.refused(error.error_code(), &error.to_string()).into(),
        Ok(results) => answers.extend(results.into_iter().map(created)),
    }
    CreateTopicsResponse { topics: answers, ..Default::default() }.into()
}

fn created(result: topics::CreateTopicResult) -> CreatableTopicResult {
    let (error_code, error_message) = outcome(&result.result);
    let mut answer = CreatableTopicResult { name: result.name, error_code, error_message, ..Default::default() };
    if let Ok(topic) = result.result {
        answer.topic_id = topic.topic_id;
        answer.num_partitions = topic.num_partitions;
        answer.replication_factor = topic.replication_factor;
        let configs = topic.configs.into_iter().map(|config| CreatableTopicConfigs {
            name: config.name.to_owned(),
            value: Some(config.value),
            read_only: false,
            config_source: config.source as i8,
            is_sensitive: false,
        });
        answer.configs = Some(configs.collect());
    }
    answer
}

pub(crate) async fn delete_topics(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: DeleteTopicsRequest,
) -> Answer<DeleteTopicsResponse> {
    let by_state = request.topics.iter().map(|topic| match &topic.name {
        Some(name) => deletion::TopicSelector::Name(name.clone()),
        None => deletion::TopicSelector::Id(topic.topic_id),
    });
    let by_name = request.topic_names.iter().map(|name| deletion::TopicSelector::Name(name.clone()));
    let selectors: Vec<_> = by_name.chain(by_state).collect();
    let decided = controller.handle.decide(move |context, _| deletion::delete_topics(context, &selectors)).await;
    let results = match decided {
        Ok(results) => results,
        Err(error) => return request.refused(error.error_code(), &error.to_string()).into(),
    };
    let responses = results.into_iter().map(|result| {
        let (error_code, error_message) = outcome(&result.result);
        let (name, topic_id) = match (result.result, result.selector) {
            (Ok((name, topic_id)), _) => (Some(name), topic_id),
            (Err(_), deletion::TopicSelector::Name(name)) => (Some(name), Uuid::ZERO),
            (Err(_), deletion::TopicSelector::Id(topic_id)) => (None, topic_id),
        };
        let mut answer = DeletableTopicResult { name, topic_id, error_code, error_message };
        // Versions before 3 do not know TOPIC_DELETION_DISABLED.
        if answer.error_code == ErrorCode::TOPIC_DELETION_DISABLED.0 && context.api_version < 3 {
            answer.error_code = ErrorCode::INVALID_REQUEST.0;
        }
        answer
    });
    DeleteTopicsResponse { responses: responses.collect(), ..Default::default() }.into()
}

pub(crate) async fn create_partitions(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: CreatePartitionsRequest,
) -> Answer<CreatePartitionsResponse> {
    let may_alter = |name: &str| context.authorize(Operation::Alter, Resource::Topic(name));
    let (allowed, refused): (Vec<_>, Vec<_>) = request.topics.iter().partition(|topic| may_alter(&topic.name));
    let asked = partitions::CreatePartitionsRequest {
        topics: allowed
            .into_iter()
            .map(|topic| partitions::CreatePartitionsTopic {
                name: topic.name.clone(),
                count: topic.count,
                assignments: topic
                    .assignments
                    .as_ref()
                    .map(|all| all.iter().map(|assignment| assignment.broker_ids.clone()).collect()),
            })
            .collect(),
        validate_only: request.validate_only,
    };
    let decided = controller.handle.decide(move |context, _| partitions::create_partitions(context, &asked)).await;
    let results = match decided {
        Ok(results) => results,
        Err(error) => return request.refused(error.error_code(), &error.to_string()).into(),
    };
    let denied = refused.into_iter().map(|topic| partitions::CreatePartitionsResult {
        name: topic.name.clone(),
        result: Err(ApiError::from(ErrorCode::TOPIC_AUTHORIZATION_FAILED)),
    });
    let answers = results.into_iter().chain(denied).map(|result| {
        let (error_code, error_message) = outcome(&result.result);
        CreatePartitionsTopicResult { name: result.name, error_code, error_message }
    });
    CreatePartitionsResponse { results: answers.collect(), ..Default::default() }.into()
}
