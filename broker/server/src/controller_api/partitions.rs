//! AlterPartition (56), ElectLeaders (43), AllocateProducerIds (67) and AssignReplicasToDirs (73).

use std::{collections::BTreeMap, sync::Arc};

use kedge_controller::{Election, directories, election, isr, producer_ids};
use kedge_metadata_state::image::LeaderRecoveryState;
use kedge_protocol::{
    ErrorCode,
    messages::{
        AllocateProducerIdsRequest, AllocateProducerIdsResponse, AlterPartitionRequest, AlterPartitionResponse,
        AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, ElectLeadersRequest, ElectLeadersResponse,
        alter_partition_response, assign_replicas_to_dirs_response,
        elect_leaders_response::{PartitionResult, ReplicaElectionResult},
    },
};

use super::{ControllerNode, flatten, outcome};
use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
};

/// AlterPartition names topics by id from this version on.
const FIRST_VERSION_WITH_TOPIC_IDS: i16 = 2;
/// AlterPartition carries broker epochs from this version on.
const FIRST_VERSION_WITH_BROKER_EPOCHS: i16 = 3;

pub(crate) async fn alter_partition(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: AlterPartitionRequest,
) -> Answer<AlterPartitionResponse> {
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return AlterPartitionResponse { error_code, ..Default::default() }.into();
    }
    let asked = isr_request(request, context.api_version);
    match flatten(controller.handle.decide(move |context, _| isr::alter_partition(context, &asked)).await) {
        Ok(results) => AlterPartitionResponse { topics: isr_topics(results), ..Default::default() }.into(),
        Err(error) => AlterPartitionResponse { error_code: error.0, ..Default::default() }.into(),
    }
}

fn isr_request(request: AlterPartitionRequest, api_version: i16) -> isr::AlterPartitionRequest {
    let topics = request.topics.into_iter().map(|topic| {
        let reference = if api_version >= FIRST_VERSION_WITH_TOPIC_IDS {
            isr::TopicReference::Id(topic.topic_id)
        } else {
            isr::TopicReference::Name(topic.topic_name)
        };
        let partitions = topic.partitions.into_iter().map(|partition| isr::AlterPartitionChange {
            partition_id: partition.partition_index,
            leader_epoch: partition.leader_epoch,
            new_isr: if api_version >= FIRST_VERSION_WITH_BROKER_EPOCHS {
                partition.new_isr_with_epochs.iter().map(|it| (it.broker_id, it.broker_epoch)).collect()
            } else {
                partition.new_isr.iter().map(|broker_id| (*broker_id, -1)).collect()
            },
            leader_recovery_state: if partition.leader_recovery_state == LeaderRecoveryState::Recovering as i8 {
                LeaderRecoveryState::Recovering
            } else {
                LeaderRecoveryState::Recovered
            },
            partition_epoch: partition.partition_epoch,
        });
        isr::AlterPartitionTopic { topic: reference, partitions: partitions.collect() }
    });
    isr::AlterPartitionRequest {
        broker_id: request.broker_id,
        broker_epoch: request.broker_epoch,
        topics: topics.collect(),
    }
}

fn isr_topics(results: Vec<isr::AlterPartitionResult>) -> Vec<alter_partition_response::TopicData> {
    let mut topics: BTreeMap<isr::TopicReference, Vec<alter_partition_response::PartitionData>> = BTreeMap::new();
    for result in results {
        let mut answer =
            alter_partition_response::PartitionData { partition_index: result.partition_id, ..Default::default() };
        match result.result {
            Ok(state) => {
                answer.leader_id = state.leader;
                answer.leader_epoch = state.leader_epoch;
                answer.isr = state.isr;
                answer.leader_recovery_state = state.leader_recovery_state as i8;
                answer.partition_epoch = state.partition_epoch;
            }
            Err(error) => answer.error_code = error.0,
        }
        topics.entry(result.topic).or_default().push(answer);
    }
    topics
        .into_iter()
        .map(|(topic, partitions)| match topic {
            isr::TopicReference::Id(topic_id) => {
                alter_partition_response::TopicData { topic_id, partitions, ..Default::default() }
            }
            isr::TopicReference::Name(topic_name) => {
                alter_partition_response::TopicData { topic_name, partitions, ..Default::default() }
            }
        })
        .collect()
}

pub(crate) async fn elect_leaders(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: ElectLeadersRequest,
) -> Answer<ElectLeadersResponse> {
    if !context.authorize(Operation::Alter, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return ElectLeadersResponse { error_code, ..Default::default() }.into();
    }
    let election = match request.election_type {
        0 => Election::Preferred,
        1 => Election::Unclean,
        _ => {
            let error_code = ErrorCode::INVALID_REQUEST.0;
            return ElectLeadersResponse { error_code, ..Default::default() }.into();
        }
    };
    let partitions = request
        .topic_partitions
        .map(|topics| topics.into_iter().map(|topic| (topic.topic, topic.partitions)).collect());
    let asked = election::ElectLeadersRequest { election, partitions };
    match controller.handle.decide(move |context, _| election::elect_leaders(context, &asked)).await {
        Err(error) => ElectLeadersResponse { error_code: error.error_code().0, ..Default::default() }.into(),
        Ok(results) => {
            let mut by_topic: BTreeMap<String, Vec<PartitionResult>> = BTreeMap::new();
            for result in results {
                let (error_code, error_message) = outcome(&result.result);
                by_topic.entry(result.topic_name).or_default().push(PartitionResult {
                    partition_id: result.partition_id,
                    error_code,
                    error_message,
                });
            }
            let replica_election_results = by_topic
                .into_iter()
                .map(|(topic, partition_result)| ReplicaElectionResult { topic, partition_result })
                .collect();
            ElectLeadersResponse { replica_election_results, ..Default::default() }.into()
        }
    }
}

pub(crate) async fn allocate_producer_ids(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: AllocateProducerIdsRequest,
) -> Answer<AllocateProducerIdsResponse> {
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return AllocateProducerIdsResponse { error_code, ..Default::default() }.into();
    }
    let decided = controller
        .handle
        .decide(move |context, _| producer_ids::allocate_producer_ids(context, request.broker_id, request.broker_epoch))
        .await;
    match flatten(decided) {
        Ok(block) => AllocateProducerIdsResponse {
            producer_id_start: block.first_producer_id,
            producer_id_len: block.size,
            ..Default::default()
        }
        .into(),
        Err(error) => AllocateProducerIdsResponse { error_code: error.0, ..Default::default() }.into(),
    }
}

pub(crate) async fn assign_replicas_to_dirs(
    controller: Arc<ControllerNode>,
    context: RequestContext,
    request: AssignReplicasToDirsRequest,
) -> Answer<AssignReplicasToDirsResponse> {
    if !context.authorize(Operation::ClusterAction, Resource::Cluster) {
        let error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED.0;
        return AssignReplicasToDirsResponse { error_code, ..Default::default() }.into();
    }
    let mut assignments = Vec::new();
    for directory in &request.directories {
        for topic in &directory.topics {
            let indexes = topic.partitions.iter().map(|partition| partition.partition_index);
            assignments.extend(indexes.map(|index| (directory.id, topic.topic_id, index)));
        }
    }
    let asked = directories::AssignReplicasRequest {
        broker_id: request.broker_id,
        broker_epoch: request.broker_epoch,
        assignments,
    };
    let decided = controller.handle.decide(move |context, _| directories::assign_replicas_to_dirs(context, &asked));
    match flatten(decided.await) {
        Err(error) => AssignReplicasToDirsResponse { error_code: error.0, ..Default::default() }.into(),
        Ok(results) => {
            use assign_replicas_to_dirs_response::{DirectoryData, PartitionData, TopicData};
            let mut directories: BTreeMap<_, BTreeMap<_, Vec<PartitionData>>> = BTreeMap::new();
            for result in results {
                let error_code = result.result.err().unwrap_or(ErrorCode::NONE).0;
                let topics = directories.entry(result.directory).or_default();
                topics
                    .entry(result.topic_id)
                    .or_default()
                    .push(PartitionData { partition_index: result.partition_id, error_code });
            }
            let directories = directories.into_iter().map(|(id, topics)| DirectoryData {
                id,
                topics: topics.into_iter().map(|(topic_id, partitions)| TopicData { topic_id, partitions }).collect(),
            });
            AssignReplicasToDirsResponse { directories: directories.collect(), ..Default::default() }.into()
        }
    }
}
