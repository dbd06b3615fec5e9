//! OffsetFetch (key 9), versions 0–9.
//!
//! - v0 reads offsets from ZooKeeper: [`super::offsets_in_tree`].
//! - v2: null topics mean all, and a top-level error; v1 has the error in each partition. v8: several groups at once.
//! - v7: RequireStable. There are no open transactions here, so every offset is stable.
//! - v9: member id and epoch are for KIP-848 groups; a classic group ignores them, as in Kafka.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use kedge_protocol::{
    ErrorCode,
    messages::{
        OffsetFetchRequest, OffsetFetchResponse,
        offset_fetch_response::{
            OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
            OffsetFetchResponseTopic, OffsetFetchResponseTopics,
        },
    },
};

use super::offsets_in_tree;
use crate::{
    context::{Operation, RequestContext, Resource},
    dispatch::Answer,
    group_coordinator::group::{CommittedOffset, TopicPartition},
    services::Broker,
};

pub(super) const VERSIONS: RangeInclusive<i16> = 0..=9;

type Offsets = BTreeMap<TopicPartition, CommittedOffset>;
/// Topics with their partitions; none for all that have an offset.
type Asked = Option<Vec<(String, Vec<i32>)>>;

pub(crate) async fn handle(
    broker: Arc<Broker>,
    context: RequestContext,
    request: OffsetFetchRequest,
) -> Answer<OffsetFetchResponse> {
    if context.api_version == 0 {
        return offsets_in_tree::fetch(&broker, &context, request).await.into();
    }
    if context.api_version >= 8 {
        let groups = request.groups.into_iter().map(|group| {
            let asked = group.topics.map(|topics| {
                topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect::<Vec<_>>()
            });
            let fetched = fetch(&broker, &context, &group.group_id, &asked);
            let error_code = fetched.as_ref().err().copied().unwrap_or(ErrorCode::NONE).0;
            OffsetFetchResponseGroup { group_id: group.group_id, topics: fetched.unwrap_or_default(), error_code }
        });
        return OffsetFetchResponse { groups: groups.collect(), ..Default::default() }.into();
    }
    let asked: Asked =
        request.topics.map(|topics| topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect());
    let (error, topics) = match fetch(&broker, &context, &request.group_id, &asked) {
        Ok(topics) => (ErrorCode::NONE, topics),
        // v1 has no other place for the error.
        Err(error) if context.api_version < 2 => (ErrorCode::NONE, refused(asked.unwrap_or_default(), error)),
        Err(error) => (error, Vec::new()),
    };
    let topics = topics.into_iter().map(single_group_topic).collect();
    OffsetFetchResponse { topics, error_code: error.0, ..Default::default() }.into()
}

fn fetch(
    broker: &Broker,
    context: &RequestContext,
    group_id: &str,
    asked: &Asked,
) -> Result<Vec<OffsetFetchResponseTopics>, ErrorCode> {
    if !context.authorize(Operation::Describe, Resource::Group(group_id)) {
        return Err(ErrorCode::GROUP_AUTHORIZATION_FAILED);
    }
    let is_allowed = |topic: &str| context.authorize(Operation::Describe, Resource::Topic(topic));
    broker.groups.offsets(group_id, |offsets| match asked {
        Some(asked) => some_offsets(offsets, asked, is_allowed),
        None => all_offsets(offsets, is_allowed),
    })
}

fn some_offsets(
    offsets: Option<&Offsets>,
    asked: &[(String, Vec<i32>)],
    is_allowed: impl Fn(&str) -> bool,
) -> Vec<OffsetFetchResponseTopics> {
    let topic = |(name, partitions): &(String, Vec<i32>)| {
        let is_allowed = is_allowed(name);
        let partition = |partition_index: &i32| {
            if !is_allowed {
                return no_offset(*partition_index, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
            }
            let found = offsets.and_then(|offsets| offsets.get(&(name.clone(), *partition_index)));
            found.map_or_else(
                || no_offset(*partition_index, ErrorCode::NONE),
                |offset| with_offset(*partition_index, offset),
            )
        };
        OffsetFetchResponseTopics { name: name.clone(), partitions: partitions.iter().map(partition).collect() }
    };
    asked.iter().map(topic).collect()
}

/// Topics the client may not see are left out, not refused: it did not name them.
fn all_offsets(offsets: Option<&Offsets>, is_allowed: impl Fn(&str) -> bool) -> Vec<OffsetFetchResponseTopics> {
    let mut topics: Vec<OffsetFetchResponseTopics> = Vec::new();
    for ((name, partition_index), offset) in offsets.into_iter().flatten() {
        if topics.last().is_none_or(|topic| topic.name != *name) {
            if !is_allowed(name) {
                continue;
            }
            topics.push(OffsetFetchResponseTopics { name: name.clone(), partitions: Vec::new() });
        }
        let topic = topics.last_mut().expect("one has just been made sure of");
        topic.partitions.push(with_offset(*partition_index, offset));
    }
    topics
}

fn with_offset(partition_index: i32, offset: &CommittedOffset) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: offset.committed_offset,
        committed_leader_epoch: offset.committed_leader_epoch,
        metadata: Some(offset.metadata.clone()),
        error_code: ErrorCode::NONE.0,
    }
}

fn no_offset(partition_index: i32, error: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: -1,
        committed_leader_epoch: -1,
        metadata: Some(String::new()),
        error_code: error.0,
    }
}

fn refused(asked: Vec<(String, Vec<i32>)>, error: ErrorCode) -> Vec<OffsetFetchResponseTopics> {
    let topic = |(name, partitions): (String, Vec<i32>)| OffsetFetchResponseTopics {
        name,
        partitions: partitions.into_iter().map(|partition_index| no_offset(partition_index, error)).collect(),
    };
    asked.into_iter().map(topic).collect()
}

/// Before v8 the same fields have another home.
fn single_group_topic(topic: OffsetFetchResponseTopics) -> OffsetFetchResponseTopic {
    let partition = |partition: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
        partition_index: partition.partition_index,
        committed_offset: partition.committed_offset,
        committed_leader_epoch: partition.committed_leader_epoch,
        metadata: partition.metadata,
        error_code: partition.error_code,
    };
    OffsetFetchResponseTopic { name: topic.name, partitions: topic.partitions.into_iter().map(partition).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets() -> Offsets {
        let offset = |committed_offset| CommittedOffset {
            committed_offset,
            committed_leader_epoch: 2,
            metadata: "m".to_owned(),
            commit_timestamp_ms: 0,
            expire_timestamp_ms: None,
            record_offset: 0,
        };
        [(("a", 0), 10), (("a", 1), 11), (("hidden", 0), 12), (("z", 0), 13)]
            .map(|((topic, partition), value)| ((topic.to_owned(), partition), offset(value)))
            .into()
    }

    /// Topic, then partition, offset and error of each.
    type Shown = Vec<(String, Vec<(i32, i64, i16)>)>;

    fn shown(topics: Vec<OffsetFetchResponseTopics>) -> Shown {
        let partition = |partition: OffsetFetchResponsePartitions| {
            (partition.partition_index, partition.committed_offset, partition.error_code)
        };
        topics.into_iter().map(|topic| (topic.name, topic.partitions.into_iter().map(partition).collect())).collect()
    }

    #[test]
    fn all_offsets_leave_hidden_topics_out() {
        let all = all_offsets(Some(&offsets()), |topic| topic != "hidden");
        let expected = [("a".to_owned(), vec![(0, 10, 0), (1, 11, 0)]), ("z".to_owned(), vec![(0, 13, 0)])];
        assert_eq!(shown(all), expected);
    }

    #[test]
    fn every_asked_partition_is_answered() {
        let asked = [("a".to_owned(), vec![1, 7]), ("hidden".to_owned(), vec![0])];
        let some = some_offsets(Some(&offsets()), &asked, |topic| topic != "hidden");
        let expected = [("a".to_owned(), vec![(1, 11, 0), (7, -1, 0)]), ("hidden".to_owned(), vec![(0, -1, 29)])];
        assert_eq!(shown(some), expected);
        assert_eq!(shown(some_offsets(None, &asked[..1], |_| true))[0].1, [(1, -1, 0), (7, -1, 0)]);
    }
}
