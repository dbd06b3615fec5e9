//! Leader elections: ElectLeaders, and what happens to partitions when brokers come and go.

use kedge_metadata_state::{
    BrokerId, ErrorCode, Image, PartitionId, TopicIdPartition, image::PartitionImage, records::MetadataRecord,
};

use crate::{
    ApiError, ApiResult, Context, Decision, DecisionUnit, Election, Settings, Subject,
    cluster_view::{is_active, is_deletion_queued, partitions},
    configs, limits,
    partition_change::{BrokerChange, PartitionChange, elect_new, is_new},
};

/// ElectLeaders (key 43, versions 0–2; version 0 knows preferred elections only).
#[derive(Clone, Debug, PartialEq)]
pub struct ElectLeadersRequest {
    /// Preferred or unclean.
    pub election: Election,
    /// Partitions by topic name; none = every partition that needs it.
    pub partitions: Option<Vec<(String, Vec<PartitionId>)>>,
}

/// One partition of an ElectLeaders response.
#[derive(Clone, Debug, PartialEq)]
pub struct ElectLeadersResult {
    /// The topic's name.
    pub topic_name: String,
    /// The partition's index.
    pub partition_id: PartitionId,
    /// Elected, or why not.
    pub result: ApiResult<()>,
}

/// Elects preferred leaders, or uncleanly where there is none.
///
/// Asked for all partitions, those that need nothing are left out of the response.
pub fn elect_leaders(context: &mut Context<'_>, request: &ElectLeadersRequest) -> Decision<Vec<ElectLeadersResult>> {
    let image = context.image;
    let mut decision = Decision::unchanged(Vec::new());
    let mut one = |topic_name: &str, partition_id, list_all: bool| {
        let result = elect_leader(image, topic_name, partition_id, request.election).map(|unit| {
            // A partition named twice is elected once.
            if !decision.units.contains(&unit) {
                decision.units.push(unit);
            }
        });
        let is_needed = !matches!(&result, Err(error) if error.error_code == ErrorCode::ELECTION_NOT_NEEDED);
        if list_all || is_needed {
            decision.response.push(ElectLeadersResult { topic_name: topic_name.to_owned(), partition_id, result });
        }
    };
    match &request.partitions {
        Some(topics) => {
            for (topic_name, partition_ids) in topics {
                partition_ids.iter().for_each(|partition_id| one(topic_name, *partition_id, true));
            }
        }
        None => {
            for topic_name in image.topics.by_name.keys() {
                let topic = image.topics.get(topic_name).expect("by_name and by_id agree");
                topic.partitions.keys().for_each(|partition_id| one(topic_name, *partition_id, false));
            }
        }
    }
    decision
}

fn elect_leader(
    image: &Image,
    topic_name: &str,
    partition_id: PartitionId,
    election: Election,
) -> ApiResult<DecisionUnit> {
    let topic = image.topics.get(topic_name).ok_or_else(|| {
        ApiError::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic {topic_name}"))
    })?;
    let partition = topic.partitions.get(&partition_id).ok_or_else(|| {
        ApiError::new(
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            format!("topic {topic_name} has no partition {partition_id}"),
        )
    })?;
    let (not_needed, not_available, why) = match election {
        Election::Preferred | Election::Online => {
            let why = "its preferred leader is not in the ISR or cannot lead now";
            (has_preferred_leader(partition), ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE, why)
        }
        Election::Unclean => {
            let has_leader = partition.leader != PartitionImage::NO_LEADER;
            (has_leader, ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE, "none of its replicas can lead now")
        }
    };
    if not_needed {
        return Err(ErrorCode::ELECTION_NOT_NEEDED.into());
    }
    let at = TopicIdPartition { topic_id: topic.topic_id, partition_id };
    match PartitionChange::new(image, at, partition).election(election).build() {
        Some(record) => Ok(partition_unit(at, record)),
        None => Err(ApiError::new(not_available, format!("{topic_name}-{partition_id}: {why}"))),
    }
}

pub(crate) fn has_preferred_leader(partition: &PartitionImage) -> bool {
    partition.replicas.first() == Some(&partition.leader)
}

pub(crate) fn partition_unit(at: TopicIdPartition, record: impl Into<MetadataRecord>) -> DecisionUnit {
    DecisionUnit::new(Subject::Partition(at), [record])
}

/// The election a partition falls back to when its leader is lost: unclean only where the topic allows it.
pub(crate) fn online_election(image: &Image, settings: &Settings, topic_name: &str) -> Election {
    if configs::is_unclean_leader_election_enabled(image, settings, topic_name) {
        Election::Unclean
    } else {
        Election::Online
    }
}

/// Takes a broker out of every ISR and moves what it leads. The last member of an ISR stays in it, without a leader.
pub(crate) fn leave_isrs(image: &Image, settings: &Settings, broker_id: BrokerId) -> Vec<DecisionUnit> {
    let brokers = BrokerChange { leaving: Some(broker_id), arriving: None };
    let mut units = Vec::new();
    for (at, topic, partition) in partitions(image) {
        if partition.isr.contains(&broker_id) || partition.leader == broker_id {
            let election = online_election(image, settings, &topic.name);
            let change = PartitionChange::new(image, at, partition).election(election).brokers(brokers);
            units.extend(change.build().map(|record| partition_unit(at, record)));
        }
    }
    units
}

/// Elects a leader for each partition without one, counting the arriving broker as alive. Partitions that nobody has
/// decided on yet (ZooKeeper: no `state` znode) get their first state. A topic that waits for its deletion is left alone.
pub(crate) fn revisit_leaderless(image: &Image, settings: &Settings, arriving: Option<BrokerId>) -> Vec<DecisionUnit> {
    let brokers = BrokerChange { leaving: None, arriving };
    let mut units = Vec::new();
    for (at, topic, partition) in partitions(image) {
        if is_deletion_queued(image, &topic.topic_id) {
            continue;
        }
        if is_new(partition) {
            let record = elect_new(image, at, partition, arriving);
            units.extend(record.map(|record| partition_unit(at, record)));
        } else if partition.leader == PartitionImage::NO_LEADER {
            let election = online_election(image, settings, &topic.name);
            let change = PartitionChange::new(image, at, partition).election(election).brokers(brokers);
            units.extend(change.build().map(|record| partition_unit(at, record)));
        }
    }
    units
}

/// Gives partitions that nobody has decided on yet their first state: what a ZooKeeper controller does when an old tool
/// has written a topic or a partition into the tree.
pub fn elect_new_partitions(context: &mut Context<'_>) -> Decision<()> {
    let image = context.image;
    let mut units = Vec::new();
    for (at, topic, partition) in partitions(image) {
        if is_new(partition) && !is_deletion_queued(image, &topic.topic_id) {
            let record = elect_new(image, at, partition, None);
            units.extend(record.map(|record| partition_unit(at, record)));
        }
    }
    Decision { units, response: () }
}

/// Makes every partition agree with the brokers that are there: dead members leave the ISR, leaders that cannot lead
/// are replaced, partitions without a state get one. A topic that waits for its deletion is left alone.
pub(crate) fn repair_leadership(image: &Image, settings: &Settings) -> Vec<DecisionUnit> {
    let mut units = Vec::new();
    for (at, topic, partition) in partitions(image) {
        if is_deletion_queued(image, &topic.topic_id) {
            continue;
        }
        if is_new(partition) {
            let record = elect_new(image, at, partition, None);
            units.extend(record.map(|record| partition_unit(at, record)));
        } else {
            let election = online_election(image, settings, &topic.name);
            let change = PartitionChange::new(image, at, partition)
                .election(election)
                .retain_isr(|member| is_active(image, member));
            units.extend(change.build().map(|record| partition_unit(at, record)));
        }
    }
    units
}

/// The periodic scan for leaderless partitions whose topic allows unclean election; true if another pass is needed.
pub fn elect_unclean_leaders(context: &mut Context<'_>) -> Decision<bool> {
    let image = context.image;
    let mut units = Vec::new();
    for (at, topic, partition) in partitions(image) {
        if units.len() == limits::ELECTIONS_PER_PASS_MAX {
            return Decision { units, response: true };
        }
        if partition.leader == PartitionImage::NO_LEADER
            && !is_new(partition)
            && !is_deletion_queued(image, &topic.topic_id)
            && configs::is_unclean_leader_election_enabled(image, context.settings, &topic.name)
        {
            let change = PartitionChange::new(image, at, partition).election(Election::Unclean);
            units.extend(change.build().map(|record| partition_unit(at, record)));
        }
    }
    Decision { units, response: false }
}
