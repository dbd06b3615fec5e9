//! IncrementalAlterConfigs (44) and AlterConfigs (33) on the controller.

use std::sync::Arc;

use kedge_controller::{ApiError, configs};
use kedge_metadata_state::image::{ConfigResource, ConfigResourceType};
use kedge_protocol::{
    ErrorCode,
    messages::{
        AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
        alter_configs_response, incremental_alter_configs_response,
    },
};

use super::{ControllerNode, outcome};
use crate::{
    api::admin::Refusable,
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
};

/// The resource a request names, or why it cannot be changed.
pub(crate) fn resource(context: &RequestContext, code: i8, name: &str) -> Result<ConfigResource, ApiError> {
    let resource_type = ConfigResourceType::from_code(code)
        .filter(|it| matches!(it, ConfigResourceType::Topic | ConfigResourceType::Broker))
        .ok_or_else(|| {
            ApiError::new(ErrorCode::INVALID_REQUEST, format!("resource type {code} has no configs here"))
        })?;
    let (guarded, refusal) = match resource_type {
        ConfigResourceType::Topic => (Resource::Topic(name), ErrorCode::TOPIC_AUTHORIZATION_FAILED),
        _ => (Resource::Cluster, ErrorCode::CLUSTER_AUTHORIZATION_FAILED),
    };
    if context.authorize(Operation::AlterConfigs, guarded) {
        Ok(ConfigResource { resource_type, resource_name: name.to_owned() })
    } else {
        Err(refusal.into())
    }
}

pub(crate) async fn incremental_alter_configs(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: IncrementalAlterConfigsRequest,
) -> Answer<IncrementalAlterConfigsResponse> {
    let mut refused = Vec::new();
    let mut asked = Vec::new();
    for named in &request.resources {
        match resource(&context, named.resource_type, &named.resource_name).and_then(|it| changes(it, &named.configs)) {
            Ok(changes) => asked.push(changes),
            Err(error) => refused.push((named.resource_type, named.resource_name.clone(), error)),
        }
    }
    let validate_only = request.validate_only;
    let decided = controller
        .handle
        .decide(move |context, _| configs::incremental_alter_configs(context, &asked, validate_only))
        .await;
    let results = match decided {
        Ok(results) => results,
        Err(error) => return request.refused(error.error_code(), &error.to_string()).into(),
    };
    let answers = answers(results, refused).map(|(resource_type, resource_name, error_code, error_message)| {
        incremental_alter_configs_response::AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type,
            resource_name,
        }
    });
    IncrementalAlterConfigsResponse { responses: answers.collect(), ..Default::default() }.into()
}

/// The changes an IncrementalAlterConfigs asks of one resource.
pub(crate) fn changes(
    resource: ConfigResource,
    configs: &[kedge_protocol::messages::incremental_alter_configs_request::AlterableConfig],
) -> Result<configs::ResourceChanges, ApiError> {
    let changes = configs.iter().map(|config| {
        let operation = configs::ConfigOperation::from_code(config.config_operation).ok_or_else(|| {
            let why = format!("config {} has the unknown operation {}", config.name, config.config_operation);
            ApiError::new(ErrorCode::INVALID_REQUEST, why)
        })?;
        Ok(configs::ConfigChange { name: config.name.clone(), operation, value: config.value.clone() })
    });
    Ok(configs::ResourceChanges { resource, changes: changes.collect::<Result<_, ApiError>>()? })
}

pub(crate) async fn alter_configs(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: AlterConfigsRequest,
) -> Answer<AlterConfigsResponse> {
    let mut refused = Vec::new();
    let mut asked = Vec::new();
    for named in &request.resources {
        match resource(&context, named.resource_type, &named.resource_name) {
            Ok(resource) => {
                let configs = named.configs.iter().map(|config| (config.name.clone(), config.value.clone()));
                asked.push((resource, configs.collect::<Vec<_>>()));
            }
            Err(error) => refused.push((named.resource_type, named.resource_name.clone(), error)),
        }
    }
    let validate_only = request.validate_only;
    let decided =
        controller.handle.decide(move |context, _| configs::alter_configs(context, &asked, validate_only)).await;
    let results = match decided {
        Ok(results) => results,
        Err(error) => return request.refused(error.error_code(), &error.to_string()).into(),
    };
    let answers = answers(results, refused).map(|(resource_type, resource_name, error_code, error_message)| {
        alter_configs_response::AlterConfigsResourceResponse { error_code, error_message, resource_type, resource_name }
    });
    AlterConfigsResponse { responses: answers.collect(), ..Default::default() }.into()
}

/// Type, name, code and text of every resource: those decided, then those refused before.
fn answers(
    results: Vec<configs::AlterConfigsResult>,
    refused: Vec<(i8, String, ApiError)>,
) -> impl Iterator<Item = (i8, String, i16, Option<String>)> {
    let decided = results.into_iter().map(|result| {
        let (error_code, message) = outcome(&result.result);
        (result.resource.resource_type as i8, result.resource.resource_name, error_code, message)
    });
    decided.chain(refused.into_iter().map(|(code, name, error)| (code, name, error.error_code.0, error.message)))
}
