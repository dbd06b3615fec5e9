//! Where a consumer stands in each of its partitions, and what it asks the partitions' leaders. Pure.

use std::collections::{BTreeMap, BTreeSet};

use kedge_protocol::messages::{
    FetchRequest, MetadataResponse,
    fetch_request::{FetchPartition, FetchTopic},
};

use super::assignor::Assignment;

/// `fetch.max.wait.ms` of Java's consumer.
const MAX_WAIT_MS: i32 = 500;
/// `fetch.max.bytes`.
const MAX_BYTES: i32 = 50 * 1024 * 1024;
/// `max.partition.fetch.bytes`.
const PARTITION_MAX_BYTES: i32 = 1024 * 1024;

/// A topic and the index of a partition.
pub(super) type TopicPartition = (String, i32);

#[derive(Clone, Copy, Debug, Default)]
struct Position {
    /// The next offset to read; nothing until it is looked up.
    next_offset: Option<i64>,
    /// The leader's broker id; nothing while it is not known.
    leader: Option<i32>,
}

/// All partitions of a consumer.
#[derive(Debug, Default)]
pub(super) struct Positions(BTreeMap<TopicPartition, Position>);

impl Positions {
    /// Partitions that were just given out; nothing is known about them.
    pub(super) fn of(assignment: &Assignment) -> Positions {
        let partitions =
            assignment.iter().flat_map(|(topic, indexes)| indexes.iter().map(|index| (topic.clone(), *index)));
        Positions(partitions.map(|partition| (partition, Position::default())).collect())
    }

    /// Takes the leaders that are alive from what the cluster says.
    pub(super) fn set_leaders(&mut self, metadata: &MetadataResponse) {
        let live: BTreeSet<i32> = metadata.brokers.iter().map(|broker| broker.node_id).collect();
        for topic in &metadata.topics {
            for partition in &topic.partitions {
                let name = topic.name.clone().unwrap_or_default();
                if let Some(position) = self.0.get_mut(&(name, partition.partition_index)) {
                    position.leader = Some(partition.leader_id).filter(|leader| live.contains(leader));
                }
            }
        }
    }

    /// Sets the next offset of a partition that is still this consumer's.
    pub(super) fn set(&mut self, partition: &TopicPartition, next_offset: i64) {
        if let Some(position) = self.0.get_mut(partition) {
            position.next_offset = Some(next_offset);
        }
    }

    /// The next offset of a partition.
    pub(super) fn get(&self, partition: &TopicPartition) -> Option<i64> {
        self.0.get(partition)?.next_offset
    }

    /// Forgets the next offset: it is out of the log's range.
    pub(super) fn unset(&mut self, partition: &TopicPartition) {
        if let Some(position) = self.0.get_mut(partition) {
            position.next_offset = None;
        }
    }

    /// Forgets the leader of a partition.
    pub(super) fn lose_leader(&mut self, partition: &TopicPartition) {
        if let Some(position) = self.0.get_mut(partition) {
            position.leader = None;
        }
    }

    /// Forgets a broker as a leader.
    pub(super) fn lose_broker(&mut self, broker: i32) {
        self.0
            .values_mut()
            .filter(|position| position.leader == Some(broker))
            .for_each(|position| position.leader = None);
    }

    /// Whether a partition's leader is not known.
    pub(super) fn lacks_leader(&self) -> bool {
        self.0.values().any(|position| position.leader.is_none())
    }

    /// Every partition.
    pub(super) fn partitions(&self) -> Vec<TopicPartition> {
        self.0.keys().cloned().collect()
    }

    /// Partitions whose next offset is to be looked up at a leader, by leader.
    pub(super) fn unset_by_leader(&self) -> BTreeMap<i32, Vec<TopicPartition>> {
        let mut by_leader: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
        for (partition, position) in &self.0 {
            if let (None, Some(leader)) = (position.next_offset, position.leader) {
                by_leader.entry(leader).or_default().push(partition.clone());
            }
        }
        by_leader
    }

    /// Next offsets that are known.
    pub(super) fn known(&self) -> BTreeMap<TopicPartition, i64> {
        let known = self.0.iter().filter_map(|(partition, position)| Some((partition.clone(), position.next_offset?)));
        known.collect()
    }

    /// Leaders to fetch from.
    pub(super) fn leaders(&self) -> BTreeSet<i32> {
        self.0
            .values()
            .filter(|position| position.next_offset.is_some())
            .filter_map(|position| position.leader)
            .collect()
    }

    /// The Fetch for a leader.
    pub(super) fn fetch(&self, leader: i32, read_committed: bool) -> FetchRequest {
        let mut topics: BTreeMap<&str, Vec<FetchPartition>> = BTreeMap::new();
        for ((topic, partition), position) in &self.0 {
            if let (Some(fetch_offset), Some(of)) = (position.next_offset, position.leader)
                && of == leader
            {
                topics.entry(topic).or_default().push(FetchPartition {
                    partition: *partition,
                    fetch_offset,
                    partition_max_bytes: PARTITION_MAX_BYTES,
                    ..Default::default()
                });
            }
        }
        let topic = |(topic, partitions): (&str, Vec<FetchPartition>)| FetchTopic {
            topic: topic.to_owned(),
            partitions,
            ..Default::default()
        };
        FetchRequest {
            max_wait_ms: MAX_WAIT_MS,
            min_bytes: 1,
            max_bytes: MAX_BYTES,
            isolation_level: i8::from(read_committed),
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use kedge_protocol::messages::metadata_response::{
        MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
    };

    use super::*;

    #[test]
    fn only_partitions_with_a_live_leader_and_an_offset_are_fetched() {
        let mut positions = Positions::of(&Assignment::from([("t".to_owned(), vec![0, 1, 2])]));
        assert!(positions.lacks_leader() && positions.leaders().is_empty());
        let partition =
            |partition_index, leader_id| MetadataResponsePartition { partition_index, leader_id, ..Default::default() };
        let metadata = MetadataResponse {
            brokers: vec![MetadataResponseBroker { node_id: 1, ..Default::default() }],
            topics: vec![MetadataResponseTopic {
                name: Some("t".to_owned()),
                partitions: vec![partition(0, 1), partition(1, 1), partition(2, 9), partition(3, 1)],
                ..Default::default()
            }],
            ..Default::default()
        };
        positions.set_leaders(&metadata);
        let at = |partition| ("t".to_owned(), partition);
        assert!(positions.lacks_leader());
        assert_eq!(positions.unset_by_leader(), BTreeMap::from([(1, vec![at(0), at(1)])]));
        positions.set(&at(0), 5);
        positions.set(&at(3), 7);
        assert_eq!(positions.known(), BTreeMap::from([(at(0), 5)]));
        let asked = positions.fetch(1, true);
        assert_eq!((asked.topics[0].partitions.len(), asked.topics[0].partitions[0].fetch_offset), (1, 5));
        assert_eq!(asked.isolation_level, 1);
        positions.lose_broker(1);
        assert!(positions.leaders().is_empty());
    }
}
