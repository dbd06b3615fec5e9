//! From LeaderAndIsr, UpdateMetadata and StopReplica to absolute records (p).
//!
//! In Apache's brokers LeaderAndIsr moves replicas and UpdateMetadata fills a cache beside them. Here both say what the cluster is,
//! and replicas follow the image. What keeps Kafka's answers: [`Roles`] remembers which leader epochs LeaderAndIsr brought.
//!
//! Only a deletion mark, or StopReplica with the leader epoch of a deletion, removes a topic of which this broker has replicas. A
//! request that knows such a topic under another id is refused: a controller that invented an id (an old tool wiped the znode's)
//! must not cost a log.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, Delta, Image, PartitionId, Record, ReplayError, TopicId, TopicIdPartition,
    image::{BrokerRegistration, Endpoint, LeaderRecoveryState, PartitionImage},
    records::{MetadataRecord, RemoveTopicRecord, TopicRecord, UnregisterBrokerRecord},
};
use kedge_protocol::{
    ErrorCode, Uuid,
    messages::{
        LeaderAndIsrRequest, StopReplicaRequest, UpdateMetadataRequest,
        leader_and_isr_request::{LeaderAndIsrPartitionState, LeaderAndIsrTopicState},
        stop_replica_request::StopReplicaPartitionState,
        update_metadata_request::{UpdateMetadataBroker, UpdateMetadataPartitionState, UpdateMetadataTopicState},
    },
};

/// UpdateMetadata's leader of a partition whose topic is being deleted.
const LEADER_DURING_DELETE: BrokerId = -2;
/// StopReplica's leader epoch of a partition whose topic is being deleted.
const EPOCH_DURING_DELETE: i32 = -2;
/// StopReplica's leader epoch where the controller does not say.
const NO_EPOCH: i32 = -1;
/// Type of a request that lists everything (KRaft controllers only).
const TYPE_FULL: i8 = 2;

/// Leader epochs that LeaderAndIsr has brought, by partition.
pub(super) type Roles = BTreeMap<TopicIdPartition, i32>;

/// Records in the making, and the image they lead to.
pub(super) struct Upserts {
    delta: Delta,
    records: Vec<Record>,
}

impl Upserts {
    pub(super) fn new(image: &Image) -> Upserts {
        Upserts { delta: Delta::new(image), records: Vec::new() }
    }

    fn image(&self) -> &Image {
        self.delta.image()
    }

    /// Takes a record in; one that does not fit is left out and named.
    pub(super) fn push(&mut self, record: impl Into<Record>) -> Result<(), ReplayError> {
        let record = record.into();
        self.delta.replay(&record).inspect_err(|fault| tracing::warn!(%fault, "a pushed change does not fit"))?;
        self.records.push(record);
        Ok(())
    }

    /// The records, and the image after them.
    pub(super) fn finish(self) -> (Vec<Record>, Image) {
        (self.records, self.delta.apply().0)
    }
}

/// This broker.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    pub(super) broker_id: BrokerId,
    /// Czxid of its registration; −1 before it.
    pub(super) broker_epoch: i64,
}

/// What became of one partition of a LeaderAndIsr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleResult {
    /// Topic name as the request has it.
    pub topic_name: String,
    /// The topic's id, zero if none is known.
    pub topic_id: TopicId,
    /// The partition.
    pub partition_id: PartitionId,
    /// NONE, or why this broker keeps what it had.
    pub error: ErrorCode,
}

/// LeaderAndIsr (`ReplicaManager.becomeLeaderOrFollower`).
pub(super) fn leader_and_isr(
    upserts: &mut Upserts,
    roles: &mut Roles,
    own: Own,
    request: &LeaderAndIsrRequest,
) -> Vec<RoleResult> {
    let mut results = Vec::new();
    for topic in &leader_and_isr_topics(request) {
        let topic_id = find_or_make_topic(upserts, own, &topic.topic_name, topic.topic_id);
        for state in &topic.partition_states {
            let error = match topic_id {
                Ok(topic_id) => take_role(upserts, roles, own, topic_id, &state, request.is_kraft_controller),
                Err(error) => error,
            };
            results.push(RoleResult {
                topic_name: topic.topic_name.clone(),
                topic_id: topic_id.unwrap_or(topic.topic_id),
                partition_id: state.partition_index,
                error,
            });
        }
    }
    results
}

/// Versions 0 and 1 list partitions without their topics.
fn leader_and_isr_topics(request: &LeaderAndIsrRequest) -> Vec<LeaderAndIsrTopicState> {
    let mut by_name: BTreeMap<String, Vec<LeaderAndIsrPartitionState>> = BTreeMap::new();
    for state in &request.ungrouped_partition_states {
        by_name.entry(state.topic_name.clone()).or_default().push(state.into_owned());
    }
    let grouped = by_name.into_iter().map(|(name, partition_states)| LeaderAndIsrTopicState {
        topic_name: name,
        topic_id: Uuid::ZERO,
        partition_states: partition_states.into(),
    });
    request.topic_states.iter().map(Cow::into_owned).chain(grouped).collect()
}

/// Names of topics in a request that an image does not know.
pub(super) fn unknown_topics(image: &Image, names: impl Iterator<Item = String>) -> Vec<String> {
    let unknown: BTreeSet<String> = names.filter(|name| !image.topics.by_name.contains_key(name)).collect();
    unknown.into_iter().collect()
}

fn has_replica(image: &Image, topic_id: &TopicId, broker_id: BrokerId) -> bool {
    let topic = image.topics.by_id.get(topic_id);
    topic.is_some_and(|topic| topic.partitions.values().any(|partition| partition.replicas.contains(&broker_id)))
}

/// The id under which the image now has the topic.
fn find_or_make_topic(
    upserts: &mut Upserts,
    own: Own,
    topic_name: &str,
    topic_id: TopicId,
) -> Result<TopicId, ErrorCode> {
    let known = upserts.image().topics.by_name.get(topic_name).copied();
    match known {
        // Controllers below IBP 2.8 send no ids.
        Some(known) if topic_id == Uuid::ZERO || topic_id == known => return Ok(known),
        None if topic_id == Uuid::ZERO => return Err(ErrorCode::UNKNOWN_TOPIC_ID),
        Some(known) if has_replica(upserts.image(), &known, own.broker_id) => {
            tracing::warn!(topic_name, %known, pushed = %topic_id, "a topic of this broker was pushed under another id");
            return Err(ErrorCode::INCONSISTENT_TOPIC_ID);
        }
        // Deleted and made anew; this broker had nothing of it.
        Some(known) => remove_topic(upserts, known),
        None => {}
    }
    let record = MetadataRecord::Topic(TopicRecord { name: topic_name.to_owned(), topic_id });
    upserts.push(record).map_err(|_| ErrorCode::INCONSISTENT_TOPIC_ID)?;
    Ok(topic_id)
}

fn remove_topic(upserts: &mut Upserts, topic_id: TopicId) {
    // The topic was just found, so the record fits.
    let _ = upserts.push(MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id }));
}

fn take_role(
    upserts: &mut Upserts,
    roles: &mut Roles,
    own: Own,
    topic_id: TopicId,
    state: &LeaderAndIsrPartitionState,
    is_kraft_controller: bool,
) -> ErrorCode {
    let at = TopicIdPartition { topic_id, partition_id: state.partition_index };
    if !state.replicas.contains(&own.broker_id) {
        return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    }
    match roles.get(&at) {
        Some(role) if state.leader_epoch < *role => return ErrorCode::STALE_CONTROLLER_EPOCH,
        Some(role) if state.leader_epoch == *role && !is_kraft_controller => return ErrorCode::STALE_CONTROLLER_EPOCH,
        _ => {}
    }
    let known = upserts.image().topics.partition(&topic_id, state.partition_index).cloned();
    if let Some(known) = &known {
        if state.leader_epoch < known.leader_epoch {
            return ErrorCode::STALE_CONTROLLER_EPOCH;
        }
        // The state znode has moved on since: what belongs to it is on its way, or here already by UpdateMetadata.
        if state.partition_epoch < known.partition_epoch {
            if state.leader_epoch == known.leader_epoch {
                roles.insert(at, state.leader_epoch);
            }
            return ErrorCode::NONE;
        }
    }
    let Some(leader_recovery_state) = LeaderRecoveryState::from_value(state.leader_recovery_state) else {
        return ErrorCode::INVALID_REQUEST;
    };
    let partition = PartitionImage {
        replicas: state.replicas.clone(),
        directories: kept_directories(known.as_deref(), &state.replicas),
        isr: state.isr.clone(),
        removing_replicas: state.removing_replicas.clone(),
        adding_replicas: state.adding_replicas.clone(),
        elr: Vec::new(),
        last_known_elr: Vec::new(),
        leader: state.leader,
        leader_recovery_state,
        leader_epoch: state.leader_epoch,
        partition_epoch: state.partition_epoch,
    };
    match put_partition(upserts, at, known.as_deref(), &partition) {
        Ok(()) => {
            roles.insert(at, state.leader_epoch);
            ErrorCode::NONE
        }
        Err(_) => ErrorCode::INVALID_REQUEST,
    }
}

/// Directories are not pushed; those known are right as long as the replicas are the same.
fn kept_directories(known: Option<&PartitionImage>, replicas: &[BrokerId]) -> Vec<Uuid> {
    let same = known.filter(|known| known.replicas == replicas);
    same.map_or_else(Vec::new, |known| known.directories.clone())
}

fn put_partition(
    upserts: &mut Upserts,
    at: TopicIdPartition,
    known: Option<&PartitionImage>,
    partition: &PartitionImage,
) -> Result<(), ReplayError> {
    if known == Some(partition) {
        return Ok(());
    }
    upserts.push(MetadataRecord::Partition(partition.to_record(at.topic_id, at.partition_id)))
}

/// UpdateMetadata (`ZkMetadataCache.updateMetadata`): the broker list as a whole, partitions as far as named.
pub(super) fn update_metadata(upserts: &mut Upserts, roles: &mut Roles, own: Own, request: &UpdateMetadataRequest) {
    update_brokers(upserts, own, &request.live_brokers);
    let topics = update_metadata_topics(request);
    if request.r#type == TYPE_FULL {
        let named: BTreeSet<TopicId> = topics.iter().map(|topic| topic.topic_id).collect();
        let image = upserts.image().clone();
        for topic_id in image.topics.by_id.keys().filter(|topic_id| !named.contains(topic_id)) {
            if !has_replica(&image, topic_id, own.broker_id) {
                remove_topic(upserts, *topic_id);
            }
        }
    }
    for topic in &topics {
        let is_marked = topic.partition_states.iter().any(|state| state.leader == LEADER_DURING_DELETE);
        if is_marked {
            let known = upserts.image().topics.by_name.get(&topic.topic_name).copied();
            if let Some(known) = known.filter(|known| topic.topic_id == Uuid::ZERO || topic.topic_id == *known) {
                forget_topic(upserts, roles, known);
            }
            continue;
        }
        // A topic without an id, or known here under another one, was warned of and is left as it is.
        let Ok(topic_id) = find_or_make_topic(upserts, own, &topic.topic_name, topic.topic_id) else { continue };
        for state in &topic.partition_states {
            update_partition(upserts, topic_id, &state);
        }
    }
}

fn forget_topic(upserts: &mut Upserts, roles: &mut Roles, topic_id: TopicId) {
    roles.retain(|at, _| at.topic_id != topic_id);
    remove_topic(upserts, topic_id);
}

/// Versions below 5 list partitions without their topics.
fn update_metadata_topics(request: &UpdateMetadataRequest) -> Vec<UpdateMetadataTopicState> {
    let mut by_name: BTreeMap<String, Vec<UpdateMetadataPartitionState>> = BTreeMap::new();
    for state in &request.ungrouped_partition_states {
        by_name.entry(state.topic_name.clone()).or_default().push(state.into_owned());
    }
    let grouped = by_name.into_iter().map(|(name, partition_states)| UpdateMetadataTopicState {
        topic_name: name,
        topic_id: Uuid::ZERO,
        partition_states: partition_states.into(),
    });
    request.topic_states.iter().map(Cow::into_owned).chain(grouped).collect()
}

fn update_partition(upserts: &mut Upserts, topic_id: TopicId, state: &UpdateMetadataPartitionState) {
    let at = TopicIdPartition { topic_id, partition_id: state.partition_index };
    let known = upserts.image().topics.partition(&topic_id, state.partition_index).cloned();
    let mut partition = match &known {
        Some(known) => {
            let order = (state.leader_epoch, state.zk_version).cmp(&(known.leader_epoch, known.partition_epoch));
            if order.is_lt() {
                return;
            }
            PartitionImage::clone(known)
        }
        None => PartitionImage {
            replicas: Vec::new(),
            directories: Vec::new(),
            isr: Vec::new(),
            removing_replicas: Vec::new(),
            adding_replicas: Vec::new(),
            elr: Vec::new(),
            last_known_elr: Vec::new(),
            leader: PartitionImage::NO_LEADER,
            leader_recovery_state: LeaderRecoveryState::Recovered,
            leader_epoch: state.leader_epoch,
            partition_epoch: state.zk_version,
        },
    };
    if state.leader_epoch > partition.leader_epoch {
        // UpdateMetadata does not carry these; LeaderAndIsr of the new epoch does.
        partition.adding_replicas.clear();
        partition.removing_replicas.clear();
        partition.leader_recovery_state = LeaderRecoveryState::Recovered;
    }
    partition.directories = kept_directories(known.as_deref(), &state.replicas);
    partition.replicas = state.replicas.clone();
    partition.isr = state.isr.clone();
    partition.leader = state.leader;
    partition.leader_epoch = state.leader_epoch;
    partition.partition_epoch = state.zk_version;
    // A record that does not fit was named when it was left out.
    let _ = put_partition(upserts, at, known.as_deref(), &partition);
}

/// The list is a replacement. An empty one says nothing: a controller always knows at least the broker it runs on.
fn update_brokers(upserts: &mut Upserts, own: Own, live_brokers: &[UpdateMetadataBroker]) {
    if live_brokers.is_empty() {
        return;
    }
    let known: Vec<_> = upserts.image().cluster.brokers.values().cloned().collect();
    let live: BTreeSet<BrokerId> = live_brokers.iter().map(|broker| broker.id).collect();
    for gone in known.iter().filter(|broker| !live.contains(&broker.broker_id)) {
        let (broker_id, broker_epoch) = (gone.broker_id, gone.broker_epoch);
        let _ = upserts.push(MetadataRecord::UnregisterBroker(UnregisterBrokerRecord { broker_id, broker_epoch }));
    }
    for broker in live_brokers {
        let mut registration = BrokerRegistration {
            broker_id: broker.id,
            // The request says nothing of others' epochs; unknown is what leaders treat as eligible.
            broker_epoch: if broker.id == own.broker_id { own.broker_epoch } else { -1 },
            incarnation_id: Uuid::ZERO,
            listeners: endpoints(broker),
            features: BTreeMap::new(),
            rack: broker.rack.clone(),
            fenced: false,
            in_controlled_shutdown: false,
            is_migrating_zk_broker: true,
            directories: Vec::new(),
        };
        let record = registration.to_record();
        registration = BrokerRegistration::from_record(&record);
        if upserts.image().cluster.brokers.get(&broker.id).is_none_or(|known| **known != registration) {
            let _ = upserts.push(MetadataRecord::RegisterBroker(record));
        }
    }
}

fn endpoints(broker: &UpdateMetadataBroker) -> Vec<Endpoint> {
    let port = |port: i32| u16::try_from(port).unwrap_or(0);
    if broker.endpoints.is_empty() && !broker.v0_host.is_empty() {
        let host = broker.v0_host.clone();
        let listener_name = protocol_name(0).to_owned();
        return vec![Endpoint { listener_name, host, port: port(broker.v0_port), security_protocol: 0 }];
    }
    let endpoint = |it: &kedge_protocol::messages::update_metadata_request::UpdateMetadataEndpoint| Endpoint {
        // Before version 3 a listener is named by its protocol.
        listener_name: if it.listener.is_empty() {
            protocol_name(it.security_protocol).to_owned()
        } else {
            it.listener.clone()
        },
        host: it.host.clone(),
        port: port(it.port),
        security_protocol: it.security_protocol,
    };
    broker.endpoints.iter().map(endpoint).collect()
}

fn protocol_name(security_protocol: i16) -> &'static str {
    match security_protocol {
        1 => "SSL",
        2 => "SASL_PLAINTEXT",
        3 => "SASL_SSL",
        _ => "PLAINTEXT",
    }
}

/// One replica of a StopReplica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedReplica {
    /// Topic name.
    pub topic_name: String,
    /// The partition.
    pub partition_id: PartitionId,
    /// The topic's id, if the image knew the topic.
    pub topic_id: Option<TopicId>,
    /// Its log goes too.
    pub delete: bool,
    /// NONE, or why it is left alone.
    pub error: ErrorCode,
}

/// StopReplica (`ReplicaManager.stopReplicas`): which replicas to stop. A topic on its way out leaves the image here.
pub(super) fn stop_replica(
    upserts: &mut Upserts,
    roles: &mut Roles,
    api_version: i16,
    request: &StopReplicaRequest,
) -> Vec<StoppedReplica> {
    let mut stopped = Vec::new();
    let mut deleted_topics = BTreeSet::new();
    for (topic_name, state) in stop_replica_states(request) {
        let topic_id = upserts.image().topics.by_name.get(&topic_name).copied();
        let at = topic_id.map(|topic_id| TopicIdPartition { topic_id, partition_id: state.partition_index });
        let partition = at.and_then(|at| upserts.image().topics.partition(&at.topic_id, at.partition_id));
        let is_stale =
            |local: i32| !matches!(state.leader_epoch, EPOCH_DURING_DELETE | NO_EPOCH) && state.leader_epoch < local;
        let error = match partition {
            // Before version 3 there is no epoch to compare.
            Some(partition) if api_version >= 3 && is_stale(partition.leader_epoch) => ErrorCode::FENCED_LEADER_EPOCH,
            _ => ErrorCode::NONE,
        };
        if error == ErrorCode::NONE && state.delete_partition {
            at.and_then(|at| roles.remove(&at));
            if state.leader_epoch == EPOCH_DURING_DELETE {
                deleted_topics.extend(topic_id);
            }
        }
        stopped.push(StoppedReplica {
            topic_name,
            partition_id: state.partition_index,
            topic_id,
            delete: state.delete_partition,
            error,
        });
    }
    for topic_id in deleted_topics {
        forget_topic(upserts, roles, topic_id);
    }
    stopped
}

fn stop_replica_states(request: &StopReplicaRequest) -> Vec<(String, StopReplicaPartitionState)> {
    let old = |partition_index| StopReplicaPartitionState {
        partition_index,
        leader_epoch: NO_EPOCH,
        delete_partition: request.delete_partitions,
    };
    let mut states = Vec::new();
    for partition in &request.ungrouped_partitions {
        states.push((partition.topic_name.clone(), old(partition.partition_index)));
    }
    for topic in &request.topics {
        states.extend(topic.partition_indexes.iter().map(|index| (topic.name.clone(), old(*index))));
    }
    for topic in &request.topic_states {
        states.extend(topic.partition_states.iter().map(|state| (topic.topic_name.clone(), state.clone())));
    }
    states
}
