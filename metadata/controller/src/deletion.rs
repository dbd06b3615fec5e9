//! DeleteTopics. KRaft forgets a topic with one record; ZooKeeper queues the deletion and forgets the topic when every
//! replica has acknowledged StopReplica, so that no broker is left with the old topic's logs.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, ErrorCode, Image, PartitionId, Record, SidecarRecord, TopicId, records::MetadataRecord,
    records::RemoveTopicRecord,
};

use crate::{ApiError, ApiResult, Context, Decision, DecisionUnit, Subject, cluster_view::is_deletion_queued};

/// How DeleteTopics names a topic (key 20; versions 0–5 by name, 6 by name or id).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicSelector {
    /// By name.
    Name(String),
    /// By id.
    Id(TopicId),
}

/// One topic of a DeleteTopics response.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteTopicResult {
    /// As the request named it.
    pub selector: TopicSelector,
    /// The deleted topic's name and id, or why it is not deleted.
    pub result: ApiResult<(String, TopicId)>,
}

/// Deletes topics, or queues their deletion where the dialect wants acknowledgements.
pub fn delete_topics(context: &mut Context<'_>, selectors: &[TopicSelector]) -> Decision<Vec<DeleteTopicResult>> {
    let image = context.image;
    let mut decision = Decision::unchanged(Vec::new());
    let mut times_named: BTreeMap<TopicId, usize> = BTreeMap::new();
    for topic_id in selectors.iter().filter_map(|selector| Some(resolve(image, selector).ok()?.1)) {
        *times_named.entry(topic_id).or_default() += 1;
    }
    for selector in selectors {
        let result = if context.settings.delete_topic_enable {
            resolve(image, selector)
        } else {
            Err(ApiError::new(ErrorCode::TOPIC_DELETION_DISABLED, "delete.topic.enable is false"))
        };
        let result = result.and_then(|(name, topic_id)| {
            if times_named[&topic_id] > 1 {
                return Err(ApiError::new(ErrorCode::INVALID_REQUEST, "the request names this topic twice"));
            }
            decision.units.extend(deletion_unit(image, topic_id));
            Ok((name, topic_id))
        });
        decision.response.push(DeleteTopicResult { selector: selector.clone(), result });
    }
    decision
}

fn resolve(image: &Image, selector: &TopicSelector) -> ApiResult<(String, TopicId)> {
    let (topic, unknown) = match selector {
        TopicSelector::Name(name) => (image.topics.get(name), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        TopicSelector::Id(topic_id) => (image.topics.by_id.get(topic_id), ErrorCode::UNKNOWN_TOPIC_ID),
    };
    topic.map(|topic| (topic.name.clone(), topic.topic_id)).ok_or_else(|| unknown.into())
}

/// The first step of a deletion; none if it has been taken before.
fn deletion_unit(image: &Image, topic_id: TopicId) -> Option<DecisionUnit> {
    if !image.dialect.deletion_needs_acks {
        return Some(DecisionUnit::new(Subject::Topic(topic_id), [RemoveTopicRecord { topic_id }]));
    }
    if is_deletion_queued(image, &topic_id) {
        return None;
    }
    let record = Record::Sidecar(SidecarRecord::TopicDeletionQueued { topic_id });
    Some(DecisionUnit { subject: Subject::Topic(topic_id), records: vec![record] })
}

/// Which replicas of queued topics have not acknowledged their deletion. Soft state: after a failover every replica is
/// asked again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicDeletions {
    outstanding: BTreeMap<TopicId, BTreeSet<(PartitionId, BrokerId)>>,
}

impl TopicDeletions {
    /// Takes up queued deletions that are not tracked yet and drops those that are over; call it at activation and after
    /// every change of the image.
    pub fn follow(&mut self, image: &Image) {
        let queued = &image.sidecar.topic_deletions;
        self.outstanding.retain(|topic_id, _| queued.contains(topic_id));
        for topic_id in queued {
            self.outstanding.entry(*topic_id).or_insert_with(|| replicas_of(image, topic_id));
        }
    }

    /// The replicas a broker still has to delete: what StopReplica with the delete flag is sent for, again whenever the
    /// broker returns.
    pub fn outstanding_on(&self, broker_id: BrokerId) -> Vec<(TopicId, PartitionId)> {
        let replicas = self.outstanding.iter().flat_map(|(topic_id, replicas)| {
            replicas.iter().map(move |(partition_id, replica)| (*topic_id, *partition_id, *replica))
        });
        replicas
            .filter(|(_, _, replica)| *replica == broker_id)
            .map(|(topic, partition, _)| (topic, partition))
            .collect()
    }

    /// A broker has deleted a replica. Once it was the last, the topic is forgotten.
    pub fn acknowledged(
        &mut self,
        context: &mut Context<'_>,
        topic_id: TopicId,
        partition_id: PartitionId,
        broker_id: BrokerId,
    ) -> Decision<()> {
        if let Some(replicas) = self.outstanding.get_mut(&topic_id) {
            replicas.remove(&(partition_id, broker_id));
        }
        self.finish(context)
    }

    /// Forgets every queued topic that no replica holds any more (one without partitions never was on a broker).
    pub fn finish(&mut self, context: &mut Context<'_>) -> Decision<()> {
        let is_over = |topic_id: &TopicId| self.outstanding.get(topic_id).is_some_and(BTreeSet::is_empty);
        let queued = context.image.sidecar.topic_deletions.iter().copied();
        let units = queued.filter(is_over).map(|topic_id| finished_unit(context.image, topic_id)).collect();
        Decision { units, response: () }
    }
}

fn replicas_of(image: &Image, topic_id: &TopicId) -> BTreeSet<(PartitionId, BrokerId)> {
    let Some(topic) = image.topics.by_id.get(topic_id) else { return BTreeSet::new() };
    let partitions = topic.partitions.iter();
    partitions.flat_map(|(partition_id, it)| it.replicas.iter().map(|replica| (*partition_id, *replica))).collect()
}

fn finished_unit(image: &Image, topic_id: TopicId) -> DecisionUnit {
    let mut records = Vec::new();
    if image.topics.by_id.contains_key(&topic_id) {
        records.push(Record::Metadata(MetadataRecord::from(RemoveTopicRecord { topic_id })));
    }
    records.push(Record::Sidecar(SidecarRecord::TopicDeletionFinished { topic_id }));
    DecisionUnit { subject: Subject::Topic(topic_id), records }
}

/// Topics named under `/admin/delete_topics` by an old tool. Where deletion is switched off the request is taken up and
/// withdrawn in one go, which removes its znode and nothing else.
pub fn deletions_requested(context: &mut Context<'_>, topic_names: &[String]) -> Decision<()> {
    let image = context.image;
    let topic_ids = topic_names.iter().filter_map(|name| image.topics.by_name.get(name).copied());
    if context.settings.delete_topic_enable {
        let units = topic_ids.filter_map(|topic_id| deletion_unit(image, topic_id)).collect();
        return Decision { units, response: () };
    }
    let unit =
        |topic_id, record| DecisionUnit { subject: Subject::Topic(topic_id), records: vec![Record::Sidecar(record)] };
    let withdrawn = topic_ids.filter(|topic_id| !is_deletion_queued(image, topic_id)).flat_map(|topic_id| {
        [
            unit(topic_id, SidecarRecord::TopicDeletionQueued { topic_id }),
            unit(topic_id, SidecarRecord::TopicDeletionFinished { topic_id }),
        ]
    });
    Decision { units: withdrawn.collect(), response: () }
}

/// Withdraws queued deletions although `delete.topic.enable` is false: the znode of an old tool is removed, the topic
/// stays.
pub fn withdraw_deletions(context: &mut Context<'_>) -> Decision<()> {
    let queued = context.image.sidecar.topic_deletions.iter().filter(|_| !context.settings.delete_topic_enable);
    let units = queued
        .map(|topic_id| DecisionUnit {
            subject: Subject::Topic(*topic_id),
            records: vec![Record::Sidecar(SidecarRecord::TopicDeletionFinished { topic_id: *topic_id })],
        })
        .collect();
    Decision { units, response: () }
}
