//! The link of a broker whose authority is a KRaft quorum: requests to the active controller over the controller listener.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use kedge_metadata_state::{BrokerEpoch, BrokerId, TopicId, image::LeaderRecoveryState};
use kedge_metadata_store::Registration;
use kedge_protocol::{
    ErrorCode, Message,
    header::{self, RequestHeader},
    messages::{
        AllocateProducerIdsRequest, AlterPartitionRequest, AssignReplicasToDirsRequest, BrokerHeartbeatRequest,
        BrokerRegistrationRequest, EnvelopeRequest,
        alter_partition_request::{BrokerState, PartitionData, TopicData},
        alter_partition_response,
        assign_replicas_to_dirs_request::{self, DirectoryData},
        broker_registration_request,
    },
    principal::DefaultPrincipalData,
    wire::{Decoder, Encoder},
};
use tokio::sync::watch;

use super::{
    CommittedIsr, ControllerLink, DirectoryAssignment, Heartbeat, HeartbeatReply, IsrChange, IsrReply, LinkError,
    ProducerIdBlock, channel::ControllerChannel,
};
use crate::{context::RequestContext, metadata_source::QuorumLeader};

/// Versions spoken to the controller: what Apache 3.9 and Kedge both serve.
mod versions {
    pub(super) const BROKER_REGISTRATION: i16 = 4;
    pub(super) const BROKER_HEARTBEAT: i16 = 1;
    pub(super) const ALTER_PARTITION: i16 = 3;
    pub(super) const ALLOCATE_PRODUCER_IDS: i16 = 0;
    pub(super) const ASSIGN_REPLICAS_TO_DIRS: i16 = 0;
    pub(super) const ENVELOPE: i16 = 0;
}

/// How long a registration is retried before the caller hears of it.
const REGISTER_PATIENCE: Duration = Duration::from_secs(10);

/// The link to a KRaft quorum. Four channels, so that a slow admin request never holds a heartbeat up.
#[derive(Debug)]
pub struct KRaftLink {
    broker_id: BrokerId,
    cluster_id: String,
    /// Offset of our registration; −1 before it.
    broker_epoch: AtomicI64,
    heartbeat_patience: Duration,
    request_timeout: Duration,
    heartbeats: ControllerChannel,
    isr_changes: ControllerChannel,
    producer_ids: ControllerChannel,
    forwarding: ControllerChannel,
}

impl KRaftLink {
    /// Opens the channels; nothing is sent yet. A heartbeat may take half a `session_timeout`, anything else `request_timeout`
    /// (`request.timeout.ms`) with all its repetitions.
    pub fn start(
        broker_id: BrokerId,
        cluster_id: String,
        voters: BTreeMap<BrokerId, String>,
        leader: watch::Receiver<QuorumLeader>,
        session_timeout: Duration,
        request_timeout: Duration,
    ) -> KRaftLink {
        let channel = || ControllerChannel::start(broker_id.to_string(), voters.clone(), leader.clone());
        KRaftLink {
            broker_id,
            cluster_id,
            broker_epoch: AtomicI64::new(BrokerEpoch::UNKNOWN_VALUE),
            heartbeat_patience: session_timeout / 2,
            request_timeout,
            heartbeats: channel(),
            isr_changes: channel(),
            producer_ids: channel(),
            forwarding: channel(),
        }
    }

    fn broker_epoch(&self) -> i64 {
        self.broker_epoch.load(Ordering::Acquire)
    }
}

pub(super) fn check(error_code: i16) -> Result<(), LinkError> {
    match ErrorCode(error_code) {
        ErrorCode::NONE => Ok(()),
        ErrorCode::NOT_CONTROLLER => Err(LinkError::NotController),
        refused => Err(LinkError::Refused(refused)),
    }
}

fn is_not_controller(error_code: i16) -> bool {
    ErrorCode(error_code) == ErrorCode::NOT_CONTROLLER
}

#[async_trait]
impl ControllerLink for KRaftLink {
    fn controller_for_clients(&self) -> Option<BrokerId> {
        None
    }

    async fn register(&self, registration: Registration) -> Result<i64, LinkError> {
        let broker = registration.broker;
        let request =
            BrokerRegistrationRequest {
                broker_id: broker.broker_id,
                cluster_id: self.cluster_id.clone(),
                incarnation_id: broker.incarnation_id,
                listeners: broker
                    .listeners
                    .into_iter()
                    .map(|endpoint| broker_registration_request::Listener {
                        name: endpoint.listener_name,
                        host: endpoint.host,
                        port: endpoint.port,
                        security_protocol: endpoint.security_protocol,
                    })
                    .collect(),
                features: broker
                    .features
                    .into_iter()
                    .map(|(name, (min_supported_version, max_supported_version))| {
                        broker_registration_request::Feature { name, min_supported_version, max_supported_version }
                    })
                    .collect(),
                rack: broker.rack,
                is_migrating_zk_broker: broker.is_migrating_zk_broker,
                log_dirs: broker.directories,
                previous_broker_epoch: self.broker_epoch(),
            };
        let response = self
            .heartbeats
            .call(versions::BROKER_REGISTRATION, &request, REGISTER_PATIENCE, |response| {
                is_not_controller(response.error_code)
            })
            .await?;
        check(response.error_code)?;
        self.broker_epoch.store(response.broker_epoch, Ordering::Release);
        Ok(response.broker_epoch)
    }

    async fn heartbeat(&self, heartbeat: Heartbeat) -> Result<HeartbeatReply, LinkError> {
        let request = BrokerHeartbeatRequest {
            broker_id: self.broker_id,
            broker_epoch: self.broker_epoch(),
            current_metadata_offset: heartbeat.current_metadata_offset,
            want_fence: heartbeat.want_fence,
            want_shut_down: heartbeat.want_shut_down,
            offline_log_dirs: heartbeat.offline_log_dirs,
        };
        let response = self
            .heartbeats
            .call(versions::BROKER_HEARTBEAT, &request, self.heartbeat_patience, |response| {
                is_not_controller(response.error_code)
            })
            .await?;
        check(response.error_code)?;
        Ok(HeartbeatReply {
            is_caught_up: response.is_caught_up,
            is_fenced: response.is_fenced,
            should_shut_down: response.should_shut_down,
        })
    }

    async fn alter_partition(&self, changes: Vec<IsrChange>) -> Result<Vec<IsrReply>, LinkError> {
        let asked: Vec<_> = changes.iter().map(|change| (change.topic_id, change.partition_id)).collect();
        let request = AlterPartitionRequest {
            broker_id: self.broker_id,
            broker_epoch: self.broker_epoch(),
            topics: by_topic(changes).into(),
        };
        let response = self
            .isr_changes
            .call(versions::ALTER_PARTITION, &request, self.request_timeout, |response| {
                is_not_controller(response.error_code)
            })
            .await?;
        check(response.error_code)?;
        Ok(isr_replies(asked, response.topics))
    }

    async fn assign_directories(&self, mut assignments: Vec<DirectoryAssignment>) -> Result<(), LinkError> {
        assignments.sort_unstable();
        let request = AssignReplicasToDirsRequest {
            broker_id: self.broker_id,
            broker_epoch: self.broker_epoch(),
            directories: by_directory(&assignments),
        };
        let response = self
            .producer_ids
            .call(versions::ASSIGN_REPLICAS_TO_DIRS, &request, self.request_timeout, |response| {
                is_not_controller(response.error_code)
            })
            .await?;
        check(response.error_code)
    }

    async fn allocate_producer_ids(&self) -> Result<ProducerIdBlock, LinkError> {
        let request = AllocateProducerIdsRequest { broker_id: self.broker_id, broker_epoch: self.broker_epoch() };
        let response = self
            .producer_ids
            .call(versions::ALLOCATE_PRODUCER_IDS, &request, self.request_timeout, |response| {
                is_not_controller(response.error_code)
            })
            .await?;
        check(response.error_code)?;
        Ok(ProducerIdBlock { first_producer_id: response.producer_id_start, count: response.producer_id_len })
    }

    async fn admin(&self, context: &RequestContext, body: Bytes) -> Result<Bytes, LinkError> {
        let request = envelope(context, &body)?;
        let response = self
            .forwarding
            .call(versions::ENVELOPE, &request, self.request_timeout, |response| is_not_controller(response.error_code))
            .await?;
        check(response.error_code)?;
        let data =
            response.response_data.ok_or_else(|| LinkError::Unknown("an envelope without a response".to_owned()))?;
        let mut input = Decoder::new(data);
        header::decode_response_header(context.api_key, context.api_version, &mut input)
            .map_err(|error| LinkError::Unknown(format!("response header in an envelope: {error}")))?;
        Ok(input.take_rest())
    }
}

/// Groups sorted assignments as AssignReplicasToDirs wants them.
fn by_directory(assignments: &[DirectoryAssignment]) -> Vec<DirectoryData> {
    let directories = assignments.chunk_by(|left, right| left.directory_id == right.directory_id);
    let topics = |of_directory: &[DirectoryAssignment]| {
        let topics = of_directory.chunk_by(|left, right| left.topic_id == right.topic_id);
        topics
            .map(|of_topic| assign_replicas_to_dirs_request::TopicData {
                topic_id: of_topic[0].topic_id,
                partitions: of_topic
                    .iter()
                    .map(|assignment| assign_replicas_to_dirs_request::PartitionData {
                        partition_index: assignment.partition_id,
                    })
                    .collect(),
            })
            .collect()
    };
    directories
        .map(|of_directory| DirectoryData { id: of_directory[0].directory_id, topics: topics(of_directory) })
        .collect()
}

/// Groups proposals as AlterPartition wants them.
pub(super) fn by_topic(changes: Vec<IsrChange>) -> Vec<TopicData> {
    let mut topics: BTreeMap<TopicId, Vec<PartitionData>> = BTreeMap::new();
    for change in changes {
        let new_isr_with_epochs = change
            .new_isr
            .into_iter()
            .map(|(broker_id, broker_epoch)| BrokerState { broker_id, broker_epoch })
            .collect();
        topics.entry(change.topic_id).or_default().push(PartitionData {
            partition_index: change.partition_id,
            leader_epoch: change.leader_epoch,
            new_isr_with_epochs,
            leader_recovery_state: change.leader_recovery_state as i8,
            partition_epoch: change.partition_epoch,
            ..Default::default()
        });
    }
    topics.into_iter().map(|(topic_id, partitions)| TopicData { topic_id, partitions, ..Default::default() }).collect()
}

/// One reply per proposal in the order asked, whatever order the controller answers in.
pub(super) fn isr_replies(
    asked: Vec<(TopicId, i32)>,
    topics: Vec<alter_partition_response::TopicData>,
) -> Vec<IsrReply> {
    let mut answers: BTreeMap<(TopicId, i32), Result<CommittedIsr, ErrorCode>> = BTreeMap::new();
    for topic in topics {
        for partition in topic.partitions {
            let result = match ErrorCode(partition.error_code) {
                ErrorCode::NONE => Ok(CommittedIsr {
                    leader: partition.leader_id,
                    leader_epoch: partition.leader_epoch,
                    isr: partition.isr,
                    leader_recovery_state: if partition.leader_recovery_state == 1 {
                        LeaderRecoveryState::Recovering
                    } else {
                        LeaderRecoveryState::Recovered
                    },
                    partition_epoch: partition.partition_epoch,
                }),
                refused => Err(refused),
            };
            answers.insert((topic.topic_id, partition.partition_index), result);
        }
    }
    asked
        .into_iter()
        .map(|(topic_id, partition_id)| IsrReply {
            topic_id,
            partition_id,
            result: answers.remove(&(topic_id, partition_id)).unwrap_or(Err(ErrorCode::UNKNOWN_SERVER_ERROR)),
        })
        .collect()
}

/// Wraps a client's request with who sent it, and from where (KIP-590).
fn envelope(context: &RequestContext, body: &Bytes) -> Result<EnvelopeRequest, LinkError> {
    let header = RequestHeader {
        api_key: context.api_key,
        api_version: context.api_version,
        correlation_id: context.correlation_id,
        client_id: context.client_id.as_deref().map(str::to_owned),
    };
    let mut request_data = Encoder::new();
    header::encode_request_header(&header, &mut request_data)
        .map_err(|error| LinkError::Unknown(format!("header of a forwarded request: {error}")))?;
    request_data.raw(body);
    let principal = DefaultPrincipalData {
        r#type: context.principal.principal_type.to_string(),
        name: context.principal.name.to_string(),
        token_authenticated: false,
    };
    let mut request_principal = Encoder::new();
    request_principal.i16(0);
    principal
        .encode(0, &mut request_principal)
        .map_err(|error| LinkError::Unknown(format!("principal {}: {error}", context.principal.name)))?;
    let client_host_address = match context.client_address {
        IpAddr::V4(address) => Bytes::copy_from_slice(&address.octets()),
        IpAddr::V6(address) => Bytes::copy_from_slice(&address.octets()),
    };
    Ok(EnvelopeRequest {
        request_data: request_data.into_bytes(),
        request_principal: Some(request_principal.into_bytes()),
        client_host_address,
    })
}
