//! What the cases share: a ruler with its reign, a follower of a stream, records to commit, waiting with a deadline.

use std::{future::Future, sync::Arc, time::Duration};

use kedge_metadata_state::{
    BrokerId, Delta, Image, Record, SidecarRecord, TopicId,
    diff::{DiffScope, diff},
    image::ConfigResourceType,
    records::{ConfigRecord, MetadataRecord, PartitionRecord, RemoveTopicRecord, TopicRecord},
};

use super::{DEADLINE, Harness};
use crate::contract::{
    Candidate, CommitError, Fence, MetadataStore, Observations, Observed, Outcome, Position, Reign, Unit,
};

// ---- the ruler of a case: a store with a reign, and what its commits must have led to -------------------------------

pub(super) struct Ruler<H> {
    pub(super) harness: H,
    pub(super) store: Arc<dyn MetadataStore>,
    pub(super) node_id: BrokerId,
    pub(super) reign: Reign,
    pub(super) expected: Image,
}

impl<H: Harness> Ruler<H> {
    pub(super) async fn crown(harness: H) -> Ruler<H> {
        let node_id = harness.candidate().await;
        let store = harness.open(node_id).await;
        let reign = within("the first campaign is won", store.campaign(candidate(node_id))).await.expect("a reign");
        let (image, _, _) = store.load().await.expect("the cluster loads");
        Ruler { harness, store, node_id, reign, expected: (*image).clone() }
    }

    pub(super) fn other_node(&self) -> BrokerId {
        if self.node_id == 1 { 2 } else { 1 }
    }

    pub(super) async fn commit(&self, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        within("a commit answers", self.store.commit(Fence::Reign(&self.reign), units)).await
    }

    pub(super) async fn commit_all(&mut self, units: Vec<Unit>) -> Vec<Position> {
        commit_all(&*self.store, &self.reign, &mut self.expected, units).await
    }

    pub(super) fn expect_units(&mut self, units: &[Unit]) {
        self.expected = replayed(&self.expected, units);
    }

    /// Commits one topic whatever it takes: re-reads after an unknown outcome, campaigns again after being fenced.
    pub(super) async fn commit_through_trouble(&mut self, topic: Unit) {
        let Record::Metadata(MetadataRecord::Topic(record)) = &topic.records[0] else { panic!("a topic unit") };
        let topic_name = record.name.clone();
        let deadline = tokio::time::Instant::now() + DEADLINE;
        loop {
            assert!(tokio::time::Instant::now() < deadline, "{topic_name} could not be committed within {DEADLINE:?}");
            match self.commit(vec![topic.clone()]).await {
                Ok(outcomes) if matches!(outcomes[..], [Outcome::Committed(_)]) => break,
                Ok(other) => panic!("{topic_name}: {other:?}"),
                Err(CommitError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(CommitError::Unknown { .. }) => {
                    let (image, _, _) = eventually("a load settles it", async || self.store.load().await.ok()).await;
                    if image.topics.get(&topic_name).is_some() {
                        break;
                    }
                }
                Err(CommitError::Fenced) => self.reign = campaign_until_won(self.store.clone(), self.node_id).await,
            }
        }
        self.expect_units(&[topic]);
    }
}

/// A loop of its own, and an owned store: it also runs as a task.
pub(super) async fn campaign_until_won(store: Arc<dyn MetadataStore>, node_id: BrokerId) -> Reign {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    loop {
        match tokio::time::timeout_at(deadline, store.campaign(candidate(node_id))).await {
            Ok(Ok(reign)) => return reign,
            Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(_) => panic!("no campaign was won within {DEADLINE:?}"),
        }
    }
}

pub(super) async fn commit_all(
    store: &dyn MetadataStore,
    reign: &Reign,
    expected: &mut Image,
    units: Vec<Unit>,
) -> Vec<Position> {
    if units.is_empty() {
        return Vec::new();
    }
    let outcomes =
        within("a commit answers", store.commit(Fence::Reign(reign), units.clone())).await.expect("committed");
    assert_eq!(outcomes.len(), units.len(), "one outcome per unit");
    *expected = replayed(expected, &units);
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Committed(at) => at,
            other => panic!("not committed: {other:?}"),
        })
        .collect()
}

pub(super) fn replayed(image: &Image, units: &[Unit]) -> Image {
    let mut delta = Delta::new(image);
    for record in units.iter().flat_map(|unit| &unit.records) {
        delta.replay(record).expect("the suite's units replay");
    }
    delta.apply().0
}

// ---- a follower: the image that a stream leads to ------------------------------------------------------------------

pub(super) struct Follower {
    pub(super) image: Image,
    pub(super) position: Position,
    pub(super) observations: Observations,
    pub(super) topics_created: usize,
    pub(super) deposed: bool,
    pub(super) seen: Vec<Observed>,
}

impl Follower {
    pub(super) async fn start(store: &dyn MetadataStore) -> Follower {
        let (image, position, observations) = eventually("the store loads", async || store.load().await.ok()).await;
        Follower {
            image: (*image).clone(),
            position,
            observations,
            topics_created: 0,
            deposed: false,
            seen: Vec::new(),
        }
    }

    /// Applies events until the image equals `expected`.
    pub(super) async fn reach(&mut self, expected: &Image) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while !same(expected, &self.image) {
            match tokio::time::timeout_at(deadline, self.observations.next()).await {
                Ok(Some(event)) => self.apply(event),
                Ok(None) => panic!("the stream ended before the image was reached"),
                Err(_) => {
                    assert_same(expected, &self.image);
                    return;
                }
            }
        }
    }

    pub(super) async fn hear_deposed(&mut self) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while !self.deposed {
            let event = tokio::time::timeout_at(deadline, self.observations.next()).await;
            self.apply(event.expect("a deposed process hears of it").expect("the stream goes on"));
        }
    }

    pub(super) fn apply(&mut self, event: Observed) {
        self.seen.push(event.clone());
        match event {
            Observed::Batch { at, records, .. } => {
                assert!(at > self.position, "positions increase: {at:?} after {:?}", self.position);
                self.position = at;
                let mut delta = Delta::new(&self.image);
                for record in &records {
                    if let Record::Metadata(MetadataRecord::Topic(topic)) = record {
                        self.topics_created += usize::from(!delta.image().topics.by_id.contains_key(&topic.topic_id));
                    }
                    delta.replay(record).expect("a stream replays");
                }
                self.image = delta.apply().0;
            }
            Observed::Reset { at, image } => {
                assert!(at > self.position, "positions increase: {at:?} after {:?}", self.position);
                self.position = at;
                let is_new = |topic_id: &&TopicId| !self.image.topics.by_id.contains_key(*topic_id);
                self.topics_created += image.topics.by_id.keys().filter(is_new).count();
                self.image = (*image).clone();
            }
            Observed::Deposed { .. } => self.deposed = true,
            Observed::BrokerUp(_) | Observed::BrokerDown { .. } | Observed::AdminNode(_) => {}
        }
    }
}

// ---- images, units, waiting ----------------------------------------------------------------------------------------

pub(super) fn same(expected: &Image, got: &Image) -> bool {
    differences(expected, got).is_empty()
}

pub(super) fn assert_same(expected: &Image, got: &Image) {
    let differences = differences(expected, got);
    assert!(differences.is_empty(), "to reach what is expected, this is missing: {differences:#?}");
}

/// Shared classes only: directories, partition epochs of mirrored state and registrations are each store's own.
pub(super) fn differences(expected: &Image, got: &Image) -> Vec<Record> {
    diff(got, expected, DiffScope::Shared)
}

pub(super) async fn eventually_loads(store: &dyn MetadataStore, expected: &Image) {
    let deadline = tokio::time::Instant::now() + DEADLINE;
    loop {
        let loaded = store.load().await;
        let late = tokio::time::Instant::now() > deadline;
        match loaded {
            Ok((image, _, _)) if same(expected, &image) => return,
            Ok((image, _, _)) if late => return assert_same(expected, &image),
            Err(error) if late => panic!("still not loadable after {DEADLINE:?}: {error}"),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

pub(super) async fn eventually<T>(what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let tries = async {
        loop {
            if let Some(value) = attempt().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within(what, tries).await
}

pub(super) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("not within {DEADLINE:?}: {what}"),
    }
}

pub(super) fn skipped(why: &str) {
    println!("case left out: {why}");
}

pub(super) fn candidate(node_id: BrokerId) -> Candidate {
    Candidate { node_id, at: 1_700_000_000_000 }
}

pub(super) fn unit(records: Vec<Record>) -> Unit {
    Unit { records, at: 1_700_000_000_000 }
}

pub(super) fn topic_id(number: u8) -> TopicId {
    let mut bytes = [0x5a; 16];
    bytes[15] = number;
    TopicId::from_bytes(bytes)
}

/// A topic with partitions on brokers 1, 2 and 3, led by 1.
pub(super) fn topic_unit(number: u8, topic_name: &str, partitions: i32) -> Unit {
    let topic_name = topic_name.replace(' ', "-");
    let topic = TopicRecord { name: topic_name, topic_id: topic_id(number) };
    let mut records = vec![MetadataRecord::Topic(topic).into()];
    records.extend((0..partitions).map(|partition_id| partition(number, partition_id, 1, 0)));
    unit(records)
}

/// Another leader for a partition, decided at partition epoch `partition_epoch` − 1.
pub(super) fn leader_unit(number: u8, partition_id: i32, leader: BrokerId, partition_epoch: i32) -> Unit {
    unit(vec![partition(number, partition_id, leader, partition_epoch)])
}

/// Leader epochs follow partition epochs here: every change is an election.
pub(super) fn partition(number: u8, partition_id: i32, leader: BrokerId, partition_epoch: i32) -> Record {
    let record = PartitionRecord {
        partition_id,
        topic_id: topic_id(number),
        replicas: vec![1, 2, 3],
        isr: vec![1, 2, 3],
        leader,
        leader_epoch: partition_epoch,
        partition_epoch,
        directories: vec![TopicId::ZERO; 3],
        ..PartitionRecord::default()
    };
    MetadataRecord::Partition(record).into()
}

pub(super) fn partition_record(record: &Record) -> &PartitionRecord {
    match record {
        Record::Metadata(MetadataRecord::Partition(record)) => record,
        other => panic!("a PartitionRecord is expected: {other:?}"),
    }
}

pub(super) fn config_unit(topic_name: &str, key: &str, value: &str) -> Unit {
    let record = ConfigRecord {
        resource_type: ConfigResourceType::Topic as i8,
        resource_name: topic_name.to_owned(),
        name: key.to_owned(),
        value: Some(value.to_owned()),
    };
    unit(vec![MetadataRecord::Config(record).into()])
}

pub(super) fn deletion_queued(number: u8) -> Record {
    SidecarRecord::TopicDeletionQueued { topic_id: topic_id(number) }.into()
}

pub(super) trait IntoRecord {
    fn into_record(self) -> Record;
}

impl IntoRecord for RemoveTopicRecord {
    fn into_record(self) -> Record {
        MetadataRecord::RemoveTopic(self).into()
    }
}
