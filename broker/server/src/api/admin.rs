//! The refusals of every forwarded request. What they ask for is decided in `controller_api`.

use kedge_protocol::{
    ErrorCode, Request,
    messages::{
        AlterConfigsRequest, AlterConfigsResponse, CreatePartitionsRequest, CreatePartitionsResponse,
        CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, DescribeQuorumRequest,
        DescribeQuorumResponse, ElectLeadersRequest, ElectLeadersResponse, IncrementalAlterConfigsRequest,
        IncrementalAlterConfigsResponse, UnregisterBrokerRequest, UnregisterBrokerResponse, alter_configs_response,
        create_partitions_response::CreatePartitionsTopicResult, create_topics_response::CreatableTopicResult,
        delete_topics_response::DeletableTopicResult, incremental_alter_configs_response,
    },
};

/// A request that has an answer for "nobody could decide this": the same code for every item it names.
pub(crate) trait Refusable: Request {
    /// The answer that refuses everything asked for.
    fn refused(&self, error: ErrorCode, message: &str) -> Self::Response;
}

impl Refusable for CreateTopicsRequest {
    fn refused(&self, error: ErrorCode, message: &str) -> CreateTopicsResponse {
        let topics = self.topics.iter().map(|topic| CreatableTopicResult {
            name: topic.name.clone(),
            error_code: error.0,
            error_message: Some(message.to_owned()),
            ..Default::default()
        });
        CreateTopicsResponse { topics: topics.collect(), ..Default::default() }
    }
}

impl Refusable for DeleteTopicsRequest {
    fn refused(&self, error: ErrorCode, message: &str) -> DeleteTopicsResponse {
        let by_name = self.topic_names.iter().map(|name| (Some(name.clone()), Default::default()));
        let by_state = self.topics.iter().map(|topic| (topic.name.clone(), topic.topic_id));
        let responses = by_name.chain(by_state).map(|(name, topic_id)| DeletableTopicResult {
            name,
            topic_id,
            error_code: error.0,
            error_message: Some(message.to_owned()),
        });
        DeleteTopicsResponse { responses: responses.collect(), ..Default::default() }
    }
}

impl Refusable for CreatePartitionsRequest {
    fn refused(&self, error: ErrorCode, message: &str) -> CreatePartitionsResponse {
        let results = self.topics.iter().map(|topic| CreatePartitionsTopicResult {
            name: topic.name.clone(),
            error_code: error.0,
            error_message: Some(message.to_owned()),
        });
        CreatePartitionsResponse { results: results.collect(), ..Default::default() }
    }
}

impl Refusable for IncrementalAlterConfigsRequest {
    fn refused(&self, error: ErrorCode, message: &str) -> IncrementalAlterConfigsResponse {
        let responses =
            self.resources.iter().map(|resource| incremental_alter_configs_response::AlterConfigsResourceResponse {
                error_code: error.0,
                error_message: Some(message.to_owned()),
                resource_type: resource.resource_type,
                resource_name: resource.resource_name.clone(),
            });
        IncrementalAlterConfigsResponse { responses: responses.collect(), ..Default::default() }
    }
}

impl Refusable for AlterConfigsRequest {
    fn refused(&self, error: ErrorCode, message: &str) -> AlterConfigsResponse {
        let responses = self.resources.iter().map(|resource| alter_configs_response::AlterConfigsResourceResponse {
            error_code: error.0,
            error_message: Some(message.to_owned()),
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
        });
        AlterConfigsResponse { responses: responses.collect(), ..Default::default() }
    }
}

impl Refusable for ElectLeadersRequest {
    fn refused(&self, error: ErrorCode, _message: &str) -> ElectLeadersResponse {
        ElectLeadersResponse { error_code: error.0, ..Default::default() }
    }
}

impl Refusable for UnregisterBrokerRequest {
    fn refused(&self, error: ErrorCode, message: &str) -> UnregisterBrokerResponse {
        UnregisterBrokerResponse { error_code: error.0, error_message: Some(message.to_owned()), ..Default::default() }
    }
}

impl Refusable for DescribeQuorumRequest {
    fn refused(&self, error: ErrorCode, _message: &str) -> DescribeQuorumResponse {
        DescribeQuorumResponse { error_code: error.0, ..Default::default() }
    }
}
