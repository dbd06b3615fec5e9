//! (Incremental)AlterConfigs on a broker that does not rule: decided by the same rules as on the controller, written by itself.

use bytes::Bytes;
use kedge_controller::{
    ApiError, ApiResult, Context, Decision, SplitMix64, Subject,
    configs::{self, AlterConfigsResult},
};
use kedge_metadata_store::{CommitError, Outcome, Unit};
use kedge_protocol::{
    ApiKey, ErrorCode, Message,
    messages::{
        AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
        alter_configs_response, incremental_alter_configs_response,
    },
    wire::{Decoder, Encoder},
};

use super::ZooKeeperLink;
use crate::{
    context::RequestContext,
    controller_api::configs::{changes, resource},
    controller_link::LinkError,
};

/// Type and name of a resource as asked for, and what became of it.
struct Answered {
    resource_type: i8,
    resource_name: String,
    result: ApiResult<()>,
}

impl ZooKeeperLink {
    /// Decides and writes a config change; the encoded response.
    pub(super) async fn alter_configs(&self, context: &RequestContext, body: Bytes) -> Result<Bytes, LinkError> {
        let mut input = Decoder::new(body);
        let unreadable = |error: &dyn std::fmt::Display| LinkError::Unknown(format!("{}: {error}", context.api_key));
        let mut out = Encoder::new();
        let encoded = if context.api_key == ApiKey::ALTER_CONFIGS {
            let request = AlterConfigsRequest::decode(context.api_version, &mut input).map_err(|e| unreadable(&e))?;
            self.replace(context, request).await.encode(context.api_version, &mut out)
        } else {
            let request =
                IncrementalAlterConfigsRequest::decode(context.api_version, &mut input).map_err(|e| unreadable(&e))?;
            self.alter(context, request).await.encode(context.api_version, &mut out)
        };
        encoded.map_err(|error| unreadable(&error))?;
        Ok(out.into_bytes())
    }

    async fn alter(
        &self,
        context: &RequestContext,
        request: IncrementalAlterConfigsRequest,
    ) -> IncrementalAlterConfigsResponse {
        let mut refused = Vec::new();
        let mut asked = Vec::new();
        for named in request.resources {
            let resource = resource(context, named.resource_type, &named.resource_name);
            match resource.and_then(|resource| changes(resource, &named.configs)) {
                Ok(changes) => asked.push(changes),
                Err(error) => refused.push(refusal(named.resource_type, named.resource_name, error)),
            }
        }
        let decide =
            |context: &mut Context<'_>| configs::incremental_alter_configs(context, &asked, request.validate_only);
        let answers = self.decide_and_write(decide).await.into_iter().chain(refused);
        let responses = answers.map(|answered| {
            let (error_code, error_message) = code_and_text(answered.result);
            incremental_alter_configs_response::AlterConfigsResourceResponse {
                error_code,
                error_message,
                resource_type: answered.resource_type,
                resource_name: answered.resource_name,
            }
        });
        IncrementalAlterConfigsResponse { responses: responses.collect(), ..Default::default() }
    }

    async fn replace(&self, context: &RequestContext, request: AlterConfigsRequest) -> AlterConfigsResponse {
        let mut refused = Vec::new();
        let mut asked = Vec::new();
        for named in request.resources {
            match resource(context, named.resource_type, &named.resource_name) {
                Ok(resource) => {
                    let configs = named.configs.into_iter().map(|config| (config.name, config.value));
                    asked.push((resource, configs.collect::<Vec<_>>()));
                }
                Err(error) => refused.push(refusal(named.resource_type, named.resource_name, error)),
            }
        }
        let decide = |context: &mut Context<'_>| configs::alter_configs(context, &asked, request.validate_only);
        let answers = self.decide_and_write(decide).await.into_iter().chain(refused);
        let responses = answers.map(|answered| {
            let (error_code, error_message) = code_and_text(answered.result);
            alter_configs_response::AlterConfigsResourceResponse {
                error_code,
                error_message,
                resource_type: answered.resource_type,
                resource_name: answered.resource_name,
            }
        });
        AlterConfigsResponse { responses: responses.collect(), ..Default::default() }
    }

    /// Decides on this broker's image. The write is a read-modify-write of the znode, so a stale image costs nothing but the change
    /// of a key that somebody else has just changed, as in Kafka.
    async fn decide_and_write(
        &self,
        decide: impl FnOnce(&mut Context<'_>) -> Decision<Vec<AlterConfigsResult>>,
    ) -> Vec<Answered> {
        let image = self.config.image.load().image;
        let now_ms = self.config.clock.now_ms();
        // Configs draw nothing; a decision wants a source all the same.
        let mut random = SplitMix64::new(0);
        let decision = decide(&mut Context {
            image: &image,
            settings: &self.config.settings,
            now_ms,
            next_offset: 0,
            random: &mut random,
        });
        let subjects: Vec<Subject> = decision.units.iter().map(|unit| unit.subject.clone()).collect();
        let units: Vec<Unit> =
            decision.units.into_iter().map(|unit| Unit { records: unit.records, at: now_ms }).collect();
        let written = if units.is_empty() { Ok(Vec::new()) } else { self.config.member.write(units).await };
        let answered = decision.response.into_iter().map(|decided| {
            let place = subjects.iter().position(|it| *it == Subject::Config(decided.resource.clone()));
            let result = decided.result.and_then(|()| match (place, &written) {
                (None, _) => Ok(()),
                (Some(place), Ok(outcomes)) => written_result(outcomes.get(place)),
                (Some(_), Err(error)) => Err(not_written(error)),
            });
            Answered {
                resource_type: decided.resource.resource_type as i8,
                resource_name: decided.resource.resource_name,
                result,
            }
        });
        answered.collect()
    }
}

fn written_result(outcome: Option<&Outcome>) -> ApiResult<()> {
    match outcome {
        Some(Outcome::Committed(_)) => Ok(()),
        Some(Outcome::Conflict { .. }) => {
            Err(ApiError::new(ErrorCode::REQUEST_TIMED_OUT, "somebody else keeps changing the same configs"))
        }
        Some(Outcome::NotHeld(record)) => {
            Err(ApiError::new(ErrorCode::UNSUPPORTED_VERSION, format!("ZooKeeper has no place for {record}")))
        }
        Some(Outcome::TooLarge) => Err(ApiError::new(ErrorCode::POLICY_VIOLATION, "the change is too large")),
        None => Err(ApiError::from(ErrorCode::UNKNOWN_SERVER_ERROR)),
    }
}

fn not_written(error: &CommitError) -> ApiError {
    let error_code = match error {
        // A KRaft controller holds the cluster: nobody but it writes configs.
        CommitError::Fenced => ErrorCode::NOT_CONTROLLER,
        CommitError::Unavailable(_) | CommitError::Unknown { .. } => ErrorCode::REQUEST_TIMED_OUT,
    };
    ApiError::new(error_code, error.to_string())
}

fn code_and_text(result: ApiResult<()>) -> (i16, Option<String>) {
    match result {
        Ok(()) => (ErrorCode::NONE.0, None),
        Err(ApiError { error_code, message }) => (error_code.0, message),
    }
}

fn refusal(resource_type: i8, resource_name: String, error: ApiError) -> Answered {
    Answered { resource_type, resource_name, result: Err(error) }
}
