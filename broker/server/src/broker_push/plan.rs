//! From a change of the image to requests per broker (p): Kafka's `ControllerBrokerRequestBatch`, as a function.
//!
//! Per broker the order is LeaderAndIsr, UpdateMetadata, StopReplica. Everything sent is an absolute upsert, so whatever a broker
//! missed is made good by [`resync`]. Versions are those of IBP 3.4–3.9; the sender negotiates nothing, as Kafka's.
//!
//! Differences from Kafka: the controller epoch of every partition is the present one (the image does not keep the epoch of the
//! decision; receivers only log it), and StopReplica for a reassigned replica follows the LeaderAndIsr of the same change instead
//! of waiting for a batch of its own.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, Image, PartitionId, TopicId, TopicIdPartition, Touched,
    image::{BrokerRegistration, PartitionImage, TopicImage},
};
use kedge_protocol::messages::{
    LeaderAndIsrRequest, StopReplicaRequest, UpdateMetadataRequest,
    leader_and_isr_request::{LeaderAndIsrLiveLeader, LeaderAndIsrPartitionState, LeaderAndIsrTopicState},
    stop_replica_request::{StopReplicaPartitionState, StopReplicaTopicState},
    update_metadata_request::{
        UpdateMetadataBroker, UpdateMetadataEndpoint, UpdateMetadataPartitionState, UpdateMetadataTopicState,
    },
};

/// LeaderAndIsr of IBP 3.4 and up.
pub const LEADER_AND_ISR_VERSION: i16 = 7;
/// UpdateMetadata of IBP 3.4 and up.
pub const UPDATE_METADATA_VERSION: i16 = 8;
/// StopReplica of IBP 3.4 and up.
pub const STOP_REPLICA_VERSION: i16 = 4;

/// UpdateMetadata's leader of a partition whose topic is being deleted (`LeaderAndIsr.LeaderDuringDelete`).
pub const LEADER_DURING_DELETE: BrokerId = -2;
/// StopReplica's leader epoch of a partition whose topic is being deleted (`LeaderAndIsr.EpochDuringDelete`).
pub const EPOCH_DURING_DELETE: i32 = -2;

/// Who pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pusher {
    /// The broker that rules.
    pub controller_id: BrokerId,
    /// `/controller_epoch`.
    pub controller_epoch: i32,
    /// `inter.broker.listener.name`: where LeaderAndIsr says leaders are.
    pub inter_broker_listener_name: String,
}

/// One request for one broker.
#[derive(Clone, Debug, PartialEq)]
pub enum PushRequest {
    /// Roles of replicas that the broker has.
    LeaderAndIsr(LeaderAndIsrRequest),
    /// What the broker tells clients: partitions that changed, and all live brokers.
    UpdateMetadata(UpdateMetadataRequest),
    /// Replicas that the broker stops; `deletes` are those it also deletes, by topic id (the request names topics only).
    StopReplica {
        /// The request.
        request: StopReplicaRequest,
        /// Replicas with the delete flag.
        deletes: Vec<(String, TopicIdPartition)>,
    },
}

/// What each broker is to be sent, in order.
pub type Pushes = BTreeMap<BrokerId, Vec<PushRequest>>;

/// The brokers that take their metadata from pushes.
pub fn targets(image: &Image) -> impl Iterator<Item = &BrokerRegistration> {
    image.cluster.brokers.values().map(|broker| &**broker).filter(|broker| is_target(broker))
}

fn is_target(broker: &BrokerRegistration) -> bool {
    broker.is_migrating_zk_broker && !broker.fenced
}

/// What a new reign sends first: the broker list to everybody, then roles, then all partitions.
pub fn activation(pusher: &Pusher, image: &Image) -> Pushes {
    targets(image).map(|broker| (broker.broker_id, resync(pusher, image, broker))).collect()
}

/// Everything a broker has to know, for one that has been pushed to before or may have been, by whomever.
///
/// The broker list goes first: a replica does not follow a leader that its broker does not know to be alive.
pub fn resync(pusher: &Pusher, image: &Image, broker: &BrokerRegistration) -> Vec<PushRequest> {
    let mut requests = vec![update_metadata(pusher, image, broker, Vec::new())];
    requests.extend(own_replicas(pusher, image, broker));
    requests.push(update_metadata(pusher, image, broker, all_partitions(pusher, image)));
    requests.extend(outstanding_deletions(pusher, image, broker));
    requests
}

/// What a broker that has just come is sent: all partitions, then its roles (`KafkaController.onBrokerStartup`).
pub fn arrival(pusher: &Pusher, image: &Image, broker: &BrokerRegistration) -> Vec<PushRequest> {
    let mut requests = vec![update_metadata(pusher, image, broker, all_partitions(pusher, image))];
    requests.extend(own_replicas(pusher, image, broker));
    requests.extend(outstanding_deletions(pusher, image, broker));
    requests
}

/// What a change of the image sends to whom.
pub fn change(pusher: &Pusher, before: &Image, after: &Image, touched: &Touched) -> Pushes {
    let changes = Changes::between(before, after, touched);
    let is_told_of_brokers = brokers_differ(before, after, touched);
    let mut pushes = Pushes::new();
    for broker in targets(after) {
        let known = before.cluster.brokers.get(&broker.broker_id).filter(|known| is_target(known));
        let requests = if known.is_none_or(|known| known.broker_epoch != broker.broker_epoch) {
            arrival(pusher, after, broker)
        } else {
            changes.for_broker(pusher, after, broker, is_told_of_brokers)
        };
        if !requests.is_empty() {
            pushes.insert(broker.broker_id, requests);
        }
    }
    pushes
}

/// What brokers are told about each other changed: who is there, where, in which rack.
fn brokers_differ(before: &Image, after: &Image, touched: &Touched) -> bool {
    let told = |image: &Image, broker_id: &BrokerId| {
        let broker = image.cluster.brokers.get(broker_id).filter(|broker| !broker.fenced)?;
        Some((broker.broker_epoch, broker.listeners.clone(), broker.rack.clone()))
    };
    touched.brokers.iter().any(|broker_id| told(before, broker_id) != told(after, broker_id))
}

/// A partition that changed.
struct Changed<'a> {
    at: TopicIdPartition,
    topic: &'a TopicImage,
    before: Option<&'a PartitionImage>,
    after: &'a PartitionImage,
}

/// A change of the image, sorted by what it means to brokers.
struct Changes<'a> {
    partitions: Vec<Changed<'a>>,
    /// Topics whose deletion was queued just now, and topics that went without having been queued.
    deleted: Vec<&'a TopicImage>,
}

impl<'a> Changes<'a> {
    fn between(before: &'a Image, after: &'a Image, touched: &'a Touched) -> Changes<'a> {
        let queued = &after.sidecar.topic_deletions;
        let newly_queued = queued.iter().filter(|topic_id| !before.sidecar.topic_deletions.contains(topic_id));
        let newly_queued = newly_queued.filter_map(|topic_id| after.topics.by_id.get(topic_id));
        // What was queued has been told, and acknowledged, before it was forgotten.
        let forgotten = touched.topics_deleted.iter();
        let forgotten = forgotten.filter(|(topic_id, _)| !before.sidecar.topic_deletions.contains(*topic_id));
        let deleted = newly_queued.chain(forgotten.map(|(_, topic)| topic)).map(|topic| &**topic).collect();
        let partitions = touched.partitions.iter().filter_map(|at| {
            if queued.contains(&at.topic_id) {
                return None;
            }
            let topic = after.topics.by_id.get(&at.topic_id)?;
            let partition = topic.partitions.get(&at.partition_id)?;
            let known = before.topics.partition(&at.topic_id, at.partition_id).map(|known| &**known);
            (known != Some(&**partition)).then_some(Changed { at: *at, topic, before: known, after: partition })
        });
        Changes { partitions: partitions.collect(), deleted }
    }

    fn for_broker(
        &self,
        pusher: &Pusher,
        image: &Image,
        broker: &BrokerRegistration,
        is_told_of_brokers: bool,
    ) -> Vec<PushRequest> {
        let mut roles = RoleStates::default();
        let mut told = PartitionStates::default();
        let mut stops = Stops::default();
        for topic in &self.deleted {
            for (partition_id, partition) in &topic.partitions {
                told.mark_deleted(topic, *partition_id, partition, pusher);
                if partition.replicas.contains(&broker.broker_id) {
                    stops.stop_then_delete(topic, *partition_id, EPOCH_DURING_DELETE);
                }
            }
        }
        for changed in &self.partitions {
            told.tell(image, changed.topic, changed.at.partition_id, changed.after, pusher);
            match changed.role_of(broker) {
                Role::Take { is_new } => {
                    roles.take(changed.topic, changed.at.partition_id, changed.after, is_new, pusher)
                }
                Role::Stop => stops.stop(changed.topic, changed.at.partition_id, changed.after.leader_epoch),
                Role::Leave => {
                    stops.stop_then_delete(changed.topic, changed.at.partition_id, changed.after.leader_epoch);
                }
                Role::Unchanged => {}
            }
        }
        let mut requests = Vec::new();
        requests.extend(roles.request(pusher, image, broker));
        if is_told_of_brokers || !told.is_empty() {
            requests.push(update_metadata(pusher, image, broker, told.into_topics()));
        }
        requests.extend(stops.requests(pusher, broker));
        requests
    }
}

/// What a partition's change means to one broker.
enum Role {
    Take {
        is_new: bool,
    },
    /// Shutting down, and out of the ISR: fetch no more, keep the log.
    Stop,
    /// No replica any more.
    Leave,
    Unchanged,
}

impl Changed<'_> {
    fn role_of(&self, broker: &BrokerRegistration) -> Role {
        let broker_id = broker.broker_id;
        let is_replica = self.after.replicas.contains(&broker_id);
        let Some(before) = self.before else {
            // A replica outside the ISR was not there when the partition was made; it learns of it when it comes.
            let is_new_here = is_replica && self.after.isr.contains(&broker_id);
            return if is_new_here { Role::Take { is_new: true } } else { Role::Unchanged };
        };
        let was_replica = before.replicas.contains(&broker_id);
        if !is_replica {
            return if was_replica { Role::Leave } else { Role::Unchanged };
        }
        let leaves_isr = before.isr.contains(&broker_id) && !self.after.isr.contains(&broker_id);
        if broker.in_controlled_shutdown && leaves_isr && before.leader != broker_id {
            return Role::Stop;
        }
        // An ISR that a leader changed itself (AlterPartition) bumps no leader epoch: everybody is told, no role changes.
        let role_changes = before.leader_epoch != self.after.leader_epoch
            || before.replicas != self.after.replicas
            || before.adding_replicas != self.after.adding_replicas
            || before.removing_replicas != self.after.removing_replicas;
        if role_changes { Role::Take { is_new: !was_replica } } else { Role::Unchanged }
    }
}

// ---- LeaderAndIsr ----------------------------------------------------------------------------------------------------

/// Partitions of a LeaderAndIsr, by topic name and id.
#[derive(Default)]
struct RoleStates {
    topics: BTreeMap<(String, TopicId), Vec<LeaderAndIsrPartitionState>>,
    leaders: BTreeSet<BrokerId>,
}

impl RoleStates {
    fn take(
        &mut self,
        topic: &TopicImage,
        partition_id: PartitionId,
        partition: &PartitionImage,
        is_new: bool,
        pusher: &Pusher,
    ) {
        self.leaders.insert(partition.leader);
        let states = self.topics.entry((topic.name.clone(), topic.topic_id)).or_default();
        states.push(LeaderAndIsrPartitionState {
            partition_index: partition_id,
            controller_epoch: pusher.controller_epoch,
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
            isr: partition.isr.clone(),
            partition_epoch: partition.partition_epoch,
            replicas: partition.replicas.clone(),
            adding_replicas: partition.adding_replicas.clone(),
            removing_replicas: partition.removing_replicas.clone(),
            is_new,
            leader_recovery_state: partition.leader_recovery_state as i8,
            ..Default::default()
        });
    }

    fn request(self, pusher: &Pusher, image: &Image, broker: &BrokerRegistration) -> Option<PushRequest> {
        if self.topics.is_empty() {
            return None;
        }
        let live_leaders = self.leaders.iter().filter_map(|leader| {
            let registration = image.cluster.brokers.get(leader)?;
            let endpoint = registration.listener(&pusher.inter_broker_listener_name)?;
            let port = i32::from(endpoint.port);
            Some(LeaderAndIsrLiveLeader { broker_id: *leader, host_name: endpoint.host.clone(), port })
        });
        let live_leaders = live_leaders.collect();
        let topic_states = self.topics.into_iter().map(|((topic_name, topic_id), partition_states)| {
            LeaderAndIsrTopicState { topic_name, topic_id, partition_states: partition_states.into() }
        });
        Some(PushRequest::LeaderAndIsr(LeaderAndIsrRequest {
            controller_id: pusher.controller_id,
            controller_epoch: pusher.controller_epoch,
            broker_epoch: broker.broker_epoch,
            topic_states: topic_states.collect(),
            live_leaders,
            ..Default::default()
        }))
    }
}

fn own_replicas(pusher: &Pusher, image: &Image, broker: &BrokerRegistration) -> Option<PushRequest> {
    let mut roles = RoleStates::default();
    for (topic, partition_id, partition) in partitions(image) {
        let is_deleted = image.sidecar.topic_deletions.contains(&topic.topic_id);
        if partition.replicas.contains(&broker.broker_id) && !is_deleted {
            roles.take(topic, partition_id, partition, false, pusher);
        }
    }
    roles.request(pusher, image, broker)
}

// ---- UpdateMetadata --------------------------------------------------------------------------------------------------

/// Partitions of an UpdateMetadata, by topic name and id.
#[derive(Default)]
struct PartitionStates {
    topics: BTreeMap<(String, TopicId), Vec<UpdateMetadataPartitionState>>,
}

impl PartitionStates {
    fn tell(
        &mut self,
        image: &Image,
        topic: &TopicImage,
        partition_id: PartitionId,
        partition: &PartitionImage,
        pusher: &Pusher,
    ) {
        let is_alive = |replica: &BrokerId| image.cluster.brokers.get(replica).is_some_and(|broker| !broker.fenced);
        self.states(topic).push(UpdateMetadataPartitionState {
            partition_index: partition_id,
            controller_epoch: pusher.controller_epoch,
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
            isr: partition.isr.clone(),
            zk_version: partition.partition_epoch,
            replicas: partition.replicas.clone(),
            offline_replicas: partition.replicas.iter().copied().filter(|replica| !is_alive(replica)).collect(),
            ..Default::default()
        });
    }

    fn mark_deleted(
        &mut self,
        topic: &TopicImage,
        partition_id: PartitionId,
        partition: &PartitionImage,
        pusher: &Pusher,
    ) {
        self.states(topic).push(UpdateMetadataPartitionState {
            partition_index: partition_id,
            controller_epoch: pusher.controller_epoch,
            leader: LEADER_DURING_DELETE,
            leader_epoch: 0,
            isr: partition.isr.clone(),
            zk_version: 0,
            replicas: partition.replicas.clone(),
            ..Default::default()
        });
    }

    fn states(&mut self, topic: &TopicImage) -> &mut Vec<UpdateMetadataPartitionState> {
        self.topics.entry((topic.name.clone(), topic.topic_id)).or_default()
    }

    fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    fn into_topics(self) -> Vec<UpdateMetadataTopicState> {
        let topic = |((topic_name, topic_id), partition_states): (_, Vec<_>)| UpdateMetadataTopicState {
            topic_name,
            topic_id,
            partition_states: partition_states.into(),
        };
        self.topics.into_iter().map(topic).collect()
    }
}

/// Every partition of an image, those of topics that are going away with their mark.
fn all_partitions(pusher: &Pusher, image: &Image) -> Vec<UpdateMetadataTopicState> {
    let mut told = PartitionStates::default();
    for (topic, partition_id, partition) in partitions(image) {
        if image.sidecar.topic_deletions.contains(&topic.topic_id) {
            told.mark_deleted(topic, partition_id, partition, pusher);
        } else {
            told.tell(image, topic, partition_id, partition, pusher);
        }
    }
    told.into_topics()
}

/// The broker list, and these partitions.
fn update_metadata(
    pusher: &Pusher,
    image: &Image,
    broker: &BrokerRegistration,
    topic_states: Vec<UpdateMetadataTopicState>,
) -> PushRequest {
    let alive = image.cluster.brokers.values().filter(|broker| !broker.fenced);
    let live_brokers = alive.map(|broker| UpdateMetadataBroker {
        id: broker.broker_id,
        endpoints: broker
            .listeners
            .iter()
            .map(|endpoint| UpdateMetadataEndpoint {
                port: i32::from(endpoint.port),
                host: endpoint.host.clone(),
                listener: endpoint.listener_name.clone(),
                security_protocol: endpoint.security_protocol,
            })
            .collect(),
        rack: broker.rack.clone(),
        ..Default::default()
    });
    PushRequest::UpdateMetadata(UpdateMetadataRequest {
        controller_id: pusher.controller_id,
        controller_epoch: pusher.controller_epoch,
        broker_epoch: broker.broker_epoch,
        topic_states: topic_states.into(),
        live_brokers: live_brokers.collect(),
        ..Default::default()
    })
}

// ---- StopReplica -----------------------------------------------------------------------------------------------------

/// Replicas to stop, and to delete afterwards. A replica is stopped in one request and deleted in the next, as Kafka's replica
/// state machine goes through OfflineReplica to ReplicaDeletionStarted.
#[derive(Default)]
struct Stops {
    stopped: BTreeMap<String, Vec<StopReplicaPartitionState>>,
    deleted: BTreeMap<String, Vec<StopReplicaPartitionState>>,
    deletes: Vec<(String, TopicIdPartition)>,
}

impl Stops {
    fn stop(&mut self, topic: &TopicImage, partition_index: PartitionId, leader_epoch: i32) {
        let state = StopReplicaPartitionState { partition_index, leader_epoch, delete_partition: false };
        self.stopped.entry(topic.name.clone()).or_default().push(state);
    }

    fn delete(&mut self, topic: &TopicImage, partition_index: PartitionId, leader_epoch: i32) {
        let state = StopReplicaPartitionState { partition_index, leader_epoch, delete_partition: true };
        self.deleted.entry(topic.name.clone()).or_default().push(state);
        let at = TopicIdPartition { topic_id: topic.topic_id, partition_id: partition_index };
        self.deletes.push((topic.name.clone(), at));
    }

    fn stop_then_delete(&mut self, topic: &TopicImage, partition_id: PartitionId, leader_epoch: i32) {
        self.stop(topic, partition_id, leader_epoch);
        self.delete(topic, partition_id, leader_epoch);
    }

    fn requests(self, pusher: &Pusher, broker: &BrokerRegistration) -> Vec<PushRequest> {
        let request = |topics: BTreeMap<String, Vec<StopReplicaPartitionState>>, deletes| {
            let topic_states = topics
                .into_iter()
                .map(|(topic_name, partition_states)| StopReplicaTopicState { topic_name, partition_states });
            let request = StopReplicaRequest {
                controller_id: pusher.controller_id,
                controller_epoch: pusher.controller_epoch,
                broker_epoch: broker.broker_epoch,
                topic_states: topic_states.collect(),
                ..Default::default()
            };
            PushRequest::StopReplica { request, deletes }
        };
        let stopped = (!self.stopped.is_empty()).then(|| request(self.stopped, Vec::new()));
        let deleted = (!self.deleted.is_empty()).then(|| request(self.deleted, self.deletes));
        stopped.into_iter().chain(deleted).collect()
    }
}

/// Deletions that this broker has not acknowledged to this reign, as far as the image knows: asking again is harmless.
fn outstanding_deletions(pusher: &Pusher, image: &Image, broker: &BrokerRegistration) -> Vec<PushRequest> {
    let mut stops = Stops::default();
    for topic in image.sidecar.topic_deletions.iter().filter_map(|topic_id| image.topics.by_id.get(topic_id)) {
        for (partition_id, partition) in &topic.partitions {
            if partition.replicas.contains(&broker.broker_id) {
                stops.delete(topic, *partition_id, EPOCH_DURING_DELETE);
            }
        }
    }
    stops.requests(pusher, broker)
}

fn partitions(image: &Image) -> impl Iterator<Item = (&TopicImage, PartitionId, &PartitionImage)> {
    image.topics.by_id.values().flat_map(|topic| {
        topic.partitions.iter().map(move |(partition_id, partition)| (&**topic, *partition_id, &**partition))
    })
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
