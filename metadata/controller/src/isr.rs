//! AlterPartition: a leader changes its partition's ISR (KIP-497, KIP-704, KIP-903).

use std::collections::BTreeSet;

use kedge_metadata_state::{
    Authority, BrokerEpoch, BrokerId, ErrorCode, Image, PartitionId, TopicId, TopicIdPartition,
    image::{LeaderRecoveryState, PartitionImage, TopicImage, topics::NO_LEADER_CHANGE},
    records::PartitionChangeRecord,
};

use crate::{
    ApiResult, Context, Decision, cluster_view::registration_of_epoch, election::partition_unit,
    partition_change::PartitionChange,
};

/// AlterPartition (key 56, versions 0–3).
#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionRequest {
    /// Who leads.
    pub broker_id: BrokerId,
    /// Its broker epoch.
    pub broker_epoch: i64,
    /// The changes.
    pub topics: Vec<AlterPartitionTopic>,
}

/// A topic's changes.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionTopic {
    /// Which topic.
    pub topic: TopicReference,
    /// Its changes.
    pub partitions: Vec<AlterPartitionChange>,
}

/// How a request names a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicReference {
    /// By id: versions 2 and up.
    Id(TopicId),
    /// By name: versions 0 and 1, which also know fewer error codes.
    Name(String),
}

/// One partition's change.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionChange {
    /// The partition's index.
    pub partition_id: PartitionId,
    /// The leader epoch the leader believes in.
    pub leader_epoch: i32,
    /// The ISR to be, with each member's broker epoch as the leader knows it; −1 where it does not.
    pub new_isr: Vec<(BrokerId, i64)>,
    /// Recovering from an unclean election, or not.
    pub leader_recovery_state: LeaderRecoveryState,
    /// The partition epoch this change builds upon.
    pub partition_epoch: i32,
}

/// One partition of the response.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterPartitionResult {
    /// The topic as the request named it.
    pub topic: TopicReference,
    /// The partition's index.
    pub partition_id: PartitionId,
    /// The state after the change, or why it is refused.
    pub result: Result<PartitionState, ErrorCode>,
}

/// What a leader learns of its partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionState {
    /// The leader.
    pub leader: BrokerId,
    /// Its leader epoch.
    pub leader_epoch: i32,
    /// The ISR.
    pub isr: Vec<BrokerId>,
    /// Recovering or not.
    pub leader_recovery_state: LeaderRecoveryState,
    /// The partition epoch to build the next change upon.
    pub partition_epoch: i32,
}

/// Changes ISRs on the word of their leader. Per partition it is the change or an error; only a stale broker epoch
/// refuses the whole request.
pub fn alter_partition(
    context: &mut Context<'_>,
    request: &AlterPartitionRequest,
) -> Decision<ApiResult<Vec<AlterPartitionResult>>> {
    let image = context.image;
    if let Err(error) = registration_of_epoch(image, request.broker_id, request.broker_epoch) {
        return Decision::unchanged(Err(error));
    }
    let mut units = Vec::new();
    let mut results = Vec::new();
    let mut seen = BTreeSet::new();
    for asked in &request.topics {
        for change in &asked.partitions {
            let result = resolve(image, &asked.topic).and_then(|topic| {
                let at = TopicIdPartition { topic_id: topic.topic_id, partition_id: change.partition_id };
                if !seen.insert(at) {
                    return Err(ErrorCode::INVALID_REQUEST);
                }
                let altered = alter_one(context, request.broker_id, topic, &asked.topic, change)?;
                if let Some(record) = altered.record {
                    units.push(partition_unit(at, record));
                }
                altered.state
            });
            results.push(AlterPartitionResult {
                topic: asked.topic.clone(),
                partition_id: change.partition_id,
                result,
            });
        }
    }
    Decision { units, response: Ok(results) }
}

fn resolve<'a>(image: &'a Image, topic: &TopicReference) -> Result<&'a TopicImage, ErrorCode> {
    match topic {
        TopicReference::Id(topic_id) => image.topics.by_id.get(topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID),
        TopicReference::Name(name) => image.topics.get(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    }
    .map(|topic| topic.as_ref())
}

/// What a change amounts to. Both a record and an error are possible: see NEW_LEADER_ELECTED.
struct Altered {
    record: Option<PartitionChangeRecord>,
    state: Result<PartitionState, ErrorCode>,
}

fn alter_one(
    context: &Context<'_>,
    broker_id: BrokerId,
    topic: &TopicImage,
    named: &TopicReference,
    change: &AlterPartitionChange,
) -> Result<Altered, ErrorCode> {
    let partition = topic.partitions.get(&change.partition_id).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    check_epochs(broker_id, partition, change)?;
    let isr: Vec<BrokerId> = change.new_isr.iter().map(|(member, _)| *member).collect();
    if isr == partition.isr && change.leader_recovery_state == partition.leader_recovery_state {
        // Nothing to do: the leader sends again what it got no answer to. The record may have raised the partition epoch
        // in the meantime, so an older one is no objection.
        return Ok(Altered { record: None, state: Ok(state_of(partition)) });
    }
    if change.partition_epoch < partition.partition_epoch {
        return Err(ErrorCode::INVALID_UPDATE_VERSION);
    }
    check_isr(partition, change, &isr)?;
    let (ineligible, new_leader_elected) = match named {
        TopicReference::Id(_) => (ErrorCode::INELIGIBLE_REPLICA, ErrorCode::NEW_LEADER_ELECTED),
        TopicReference::Name(_) => (ErrorCode::OPERATION_NOT_ATTEMPTED, ErrorCode::FENCED_LEADER_EPOCH),
    };
    if !change.new_isr.iter().all(|(member, broker_epoch)| is_eligible(context.image, *member, *broker_epoch)) {
        return Err(ineligible);
    }
    let at = TopicIdPartition { topic_id: topic.topic_id, partition_id: change.partition_id };
    let record =
        PartitionChange::new(context.image, at, partition).asked_by_leader(isr, change.leader_recovery_state).build();
    let Some(record) = record else {
        return Ok(Altered { record: None, state: Ok(state_of(partition)) });
    };
    if record.leader != NO_LEADER_CHANGE && record.leader != broker_id {
        // The change completed a reassignment and took the leadership away: recorded, and the caller is told to wait for
        // the metadata.
        return Ok(Altered { record: Some(record), state: Err(new_leader_elected) });
    }
    let merged = partition.merge(&record).expect("the controller's own record fits its partition");
    Ok(Altered { record: Some(record), state: Ok(state_of(&merged)) })
}

/// A leader ahead of this controller knows a newer one: this one has been deposed and does not know it yet.
fn check_epochs(
    broker_id: BrokerId,
    partition: &PartitionImage,
    change: &AlterPartitionChange,
) -> Result<(), ErrorCode> {
    if change.leader_epoch > partition.leader_epoch || change.partition_epoch > partition.partition_epoch {
        return Err(ErrorCode::NOT_CONTROLLER);
    }
    if change.leader_epoch < partition.leader_epoch {
        return Err(ErrorCode::FENCED_LEADER_EPOCH);
    }
    if broker_id != partition.leader {
        return Err(ErrorCode::INVALID_REQUEST);
    }
    Ok(())
}

fn check_isr(partition: &PartitionImage, change: &AlterPartitionChange, isr: &[BrokerId]) -> Result<(), ErrorCode> {
    let unique: BTreeSet<_> = isr.iter().collect();
    let is_subset = isr.iter().all(|member| partition.replicas.contains(member)) && unique.len() == isr.len();
    let recovering = change.leader_recovery_state == LeaderRecoveryState::Recovering;
    let relapses = recovering && partition.leader_recovery_state == LeaderRecoveryState::Recovered;
    if !is_subset || !isr.contains(&partition.leader) || (recovering && isr.len() > 1) || relapses {
        return Err(ErrorCode::INVALID_REQUEST);
    }
    Ok(())
}

/// The broker may be in an ISR: alive, and the incarnation that the leader saw. ZooKeeper controllers do not look at the
/// incarnation.
fn is_eligible(image: &Image, member: BrokerId, broker_epoch: i64) -> bool {
    let Some(registration) = image.cluster.brokers.get(&member) else { return false };
    registration.is_active()
        && (broker_epoch == BrokerEpoch::UNKNOWN_VALUE
            || image.dialect.authority == Authority::ZooKeeper
            || broker_epoch == registration.broker_epoch)
}

fn state_of(partition: &PartitionImage) -> PartitionState {
    PartitionState {
        leader: partition.leader,
        leader_epoch: partition.leader_epoch,
        isr: partition.isr.clone(),
        leader_recovery_state: partition.leader_recovery_state,
        partition_epoch: partition.partition_epoch,
    }
}
