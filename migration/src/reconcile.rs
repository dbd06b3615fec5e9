//! Copy and mirror: both are the difference between two images, filtered by what the target can hold. Pure.
//!
//! A copy is a **reconcile**, not an insert: a second migration finds the content of the first in the log. The local
//! class (registrations, directories, partition epochs, …) is never touched.

use std::{collections::BTreeSet, sync::Arc};

use kedge_metadata_state::{
    BrokerId, Image, MetadataVersion, PartitionId, Record, SidecarRecord, TopicId, Uuid,
    diff::{DiffScope, diff_holdable},
    image::{LeaderRecoveryState, PartitionImage, TopicImage, ZkMigrationState, topics::DIRECTORY_MIGRATING},
    records::{
        BeginTransactionRecord, EndTransactionRecord, MetadataRecord, PartitionChangeRecord, ProducerIdsRecord,
        ZkMigrationStateRecord,
    },
    sidecar::MigrationFacts,
};
use kedge_metadata_store::{MirrorPlan, PartitionPad};

/// Most records of one metadata log entry.
pub const BATCH_RECORDS_MAX: usize = 10_000;
/// Most bytes of the records of one metadata log entry: Kafka's 8 MiB, less the batch's header and the facts beside it
/// (twenty foreign writes, each with the name of a topic).
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024 - 16 * 1024;
/// Producer ids of a block, as Kafka hands them out.
pub const PRODUCER_ID_BLOCK_SIZE: i64 = 1000;
/// Blocks left out at each hand-over: `/latest_producer_id_block` has no epoch check, so a deposed controller may still
/// take blocks after it was read.
pub const PRODUCER_ID_BLOCKS_SKIPPED: i64 = 1000;
/// The name that Kafka gives the copy's transaction.
const TRANSACTION_NAME: &str = "ZK Migration";

const _: () = assert!(BATCH_RECORDS_MAX >= 2);

/// What a store can keep.
pub type CanHold = fn(&Record) -> bool;

/// Where the log stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition {
    /// Leader epoch of the record.
    pub leader_epoch: i32,
    /// Offset of the last record.
    pub last_offset: i64,
}

/// Why there is no copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// A record that cannot be written, such as a name too long for its field.
    #[error("{record} cannot be written: {problem}")]
    Unwritable {
        /// The record.
        record: String,
        /// What is wrong with it.
        problem: String,
    },
    /// One record is larger than an entry may be.
    #[error("{record} takes {bytes} bytes")]
    TooLarge {
        /// The record.
        record: String,
        /// Its size.
        bytes: usize,
    },
}

/// A copy in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyPlan {
    /// Entries of the log: Begin is the first record of all; ZkMigrationState, the facts and End are the last.
    pub batches: Vec<Vec<Record>>,
    /// Records that carry content, for progress.
    pub content_records: usize,
}

/// The copy of the tree into the log. `facts_after` are committed in the batch that ends it.
pub fn copy(raft: &Image, tree: &Image, facts_after: MigrationFacts) -> Result<CopyPlan, CopyError> {
    let content = diff_holdable(raft, &copy_target(raft, tree), DiffScope::Shared, &|_| true);
    let content_records = content.len();
    let begin = BeginTransactionRecord { name: Some(TRANSACTION_NAME.to_owned()) };
    let mut records = vec![MetadataRecord::BeginTransaction(begin).into()];
    records.extend(content);
    let end: [Record; 3] = [
        zk_migration_state(ZkMigrationState::Migration),
        SidecarRecord::Migration(facts_after).into(),
        MetadataRecord::EndTransaction(EndTransactionRecord::default()).into(),
    ];
    Ok(CopyPlan { batches: chunk(records, &end, raft.features.metadata_version_or_latest())?, content_records })
}

/// What the log is to hold: the tree's content, as a quorum keeps it.
fn copy_target(raft: &Image, tree: &Image) -> Image {
    let mut target = tree.clone();
    for topic in tree.topics.by_id.values() {
        let settle = |partition: &Arc<PartitionImage>| with_known_directories(raft, &with_first_leader(partition));
        let partitions = topic.partitions.iter().map(|(partition_id, partition)| (*partition_id, settle(partition)));
        let settled = TopicImage { partitions: partitions.collect(), ..TopicImage::clone(topic) };
        target.topics.by_id.insert(topic.topic_id, Arc::new(settled));
    }
    target.next_producer_id = raft.next_producer_id.max(tree.next_producer_id) + skipped_producer_ids();
    // This version reads neither from the tree (its presence blocks the start), so what the log has stays.
    target.security = raft.security.clone();
    target.sidecar = raft.sidecar.clone();
    target
}

/// A partition whose `state` was never written is led by its first replica, as Kafka's own copy has it.
fn with_first_leader(partition: &Arc<PartitionImage>) -> Arc<PartitionImage> {
    match (partition.partition_epoch, partition.replicas.first()) {
        (..0, Some(&leader)) => Arc::new(PartitionImage {
            isr: partition.replicas.clone(),
            leader,
            leader_recovery_state: LeaderRecoveryState::Recovered,
            leader_epoch: 0,
            partition_epoch: 0,
            ..(**partition).clone()
        }),
        _ => partition.clone(),
    }
}

/// A broker that registered with a single log directory has its replicas there. Otherwise it would have to assign each of them after
/// the copy (KIP-858), every one a change of the partition epoch that the way back has to even out.
fn with_known_directories(raft: &Image, partition: &Arc<PartitionImage>) -> Arc<PartitionImage> {
    let only_directory = |replica: &BrokerId| match raft.cluster.brokers.get(replica)?.directories.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let directories: Vec<Uuid> = partition
        .replicas
        .iter()
        .map(|replica| partition.directory(*replica).filter(|directory| *directory != DIRECTORY_MIGRATING))
        .zip(&partition.replicas)
        .map(|(directory, replica)| directory.or_else(|| only_directory(replica)).unwrap_or(DIRECTORY_MIGRATING))
        .collect();
    match directories == partition.directories {
        true => partition.clone(),
        false => Arc::new(PartitionImage { directories, ..(**partition).clone() }),
    }
}

fn skipped_producer_ids() -> i64 {
    PRODUCER_ID_BLOCKS_SKIPPED * PRODUCER_ID_BLOCK_SIZE
}

/// Cuts records into entries, in order. The records of `end` stay together in the last one.
fn chunk(
    records: Vec<Record>,
    end: &[Record],
    metadata_version: MetadataVersion,
) -> Result<Vec<Vec<Record>>, CopyError> {
    let end_bytes = size_bytes(end, metadata_version)?;
    let mut batches: Vec<Vec<Record>> = vec![Vec::new()];
    let mut batch_bytes = 0;
    let mut append = |records: Vec<Record>, bytes: usize| {
        let batch = batches.last_mut().expect("there is always a last batch");
        if batch.len() + records.len() > BATCH_RECORDS_MAX || batch_bytes + bytes > BATCH_BYTES_MAX {
            batches.push(records);
            batch_bytes = bytes;
        } else {
            batch.extend(records);
            batch_bytes += bytes;
        }
    };
    for record in records {
        let bytes = size_bytes(std::slice::from_ref(&record), metadata_version)?;
        if bytes > BATCH_BYTES_MAX {
            return Err(CopyError::TooLarge { record: record.to_string(), bytes });
        }
        append(vec![record], bytes);
    }
    append(end.to_vec(), end_bytes);
    Ok(batches)
}

/// Bytes of the frames, with what surrounds each in a batch.
fn size_bytes(records: &[Record], metadata_version: MetadataVersion) -> Result<usize, CopyError> {
    const RECORD_OVERHEAD_BYTES: usize = 24;
    let encoded = Record::encode_batch(records, metadata_version).map_err(|error| CopyError::Unwritable {
        record: records.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        problem: error.to_string(),
    })?;
    Ok(encoded.frames.iter().map(|frame| frame.len() + RECORD_OVERHEAD_BYTES).sum())
}

/// The record that says where the cluster stands, for Kafka's readers of the log.
pub fn zk_migration_state(state: ZkMigrationState) -> Record {
    MetadataRecord::ZkMigrationState(ZkMigrationStateRecord { zk_migration_state: state as i8 }).into()
}

/// The records that lead the tree to the log's content. What the tree cannot hold is left out; see
/// [`crate::rollback::losses`].
pub fn repair(tree: &Image, raft: &Image, can_hold: CanHold) -> Vec<Record> {
    diff_holdable(tree, raft, DiffScope::Shared, &can_hold)
}

/// What the mirror still has to write. It coalesces by itself: only the latest image counts, and the records are made
/// from the difference when they are wanted, so that a ZooKeeper that is down for a day costs no memory.
#[derive(Clone, Debug, Default)]
pub struct MirrorQueue {
    /// What the tree is known to stand for; none before it was listed, or after a write that may have gone astray.
    base: Option<Arc<Image>>,
    latest: Option<(Arc<Image>, LogPosition)>,
    in_flight: Option<(Arc<Image>, LogPosition)>,
    /// The log's position that the tree is known to have reached.
    mirrored: Option<LogPosition>,
    /// The position that `/migration` says.
    marked: Option<LogPosition>,
}

impl MirrorQueue {
    /// The log moved on.
    pub fn offer(&mut self, image: Arc<Image>, at: LogPosition) {
        self.latest = Some((image, at));
    }

    /// The tree was read under the claim.
    pub fn listed(&mut self, tree: Arc<Image>) {
        self.base = Some(tree);
        self.in_flight = None;
    }

    /// The tree's content is not known any more: list it, then repair by diff.
    pub fn distrust(&mut self) {
        self.base = None;
        self.in_flight = None;
    }

    /// The claim is gone: what `/migration` says is not known either.
    pub fn forget(&mut self) {
        let latest = self.latest.take();
        *self = MirrorQueue { latest, ..MirrorQueue::default() };
    }

    /// The tree has to be listed before anything is written.
    pub fn needs_listing(&self) -> bool {
        self.base.is_none()
    }

    /// The next plan, or none if the tree has everything. It is in flight until [`Self::applied`], [`Self::retry`],
    /// [`Self::listed`] or [`Self::distrust`].
    pub fn next_plan(&mut self, can_hold: CanHold) -> Option<MirrorPlan> {
        let (base, (image, at)) = (self.base.as_ref()?, self.latest.as_ref()?);
        let records = repair(base, image, can_hold);
        if records.is_empty() {
            self.base = Some(image.clone());
            self.mirrored = Some(*at);
            return None;
        }
        self.in_flight = Some((image.clone(), *at));
        Some(MirrorPlan { image: image.clone(), records })
    }

    /// The plan in flight was applied as a whole.
    pub fn applied(&mut self) {
        let (image, at) = self.in_flight.take().expect("a plan that was applied was in flight");
        self.base = Some(image);
        self.mirrored = Some(at);
    }

    /// Nothing of the plan in flight was applied.
    pub fn retry(&mut self) {
        self.in_flight = None;
    }

    /// The position to put into `/migration`, if it is behind.
    pub fn to_mark(&self) -> Option<LogPosition> {
        self.mirrored.filter(|mirrored| self.marked.is_none_or(|marked| marked < *mirrored))
    }

    /// `/migration` says this position.
    pub fn marked(&mut self, at: LogPosition) {
        self.marked = Some(at);
    }

    /// The tree holds everything that was committed, and `/migration` says so.
    pub fn is_drained(&self) -> bool {
        let latest = self.latest.as_ref().map(|(_, at)| *at);
        self.base.is_some()
            && self.in_flight.is_none()
            && latest.is_some()
            && self.mirrored == latest
            && self.marked == latest
    }

    /// Offsets that the tree is behind; none while it is not known.
    pub fn lag(&self) -> Option<i64> {
        let (_, latest) = self.latest.as_ref()?;
        self.base.as_ref()?;
        Some(latest.last_offset - self.mirrored?.last_offset)
    }

    /// The latest image of the log.
    pub fn latest(&self) -> Option<&Arc<Image>> {
        self.latest.as_ref().map(|(image, _)| image)
    }
}

/// Partitions of both images whose partition epoch is not the dataVersion of their `state`: a broker that has seen the
/// higher number would drop what the other authority sends.
pub fn uneven_partitions(raft: &Image, tree: &Image) -> Vec<(TopicId, PartitionId)> {
    let both = raft.topics.by_id.values().flat_map(|topic| {
        topic.partitions.iter().map(move |(partition_id, partition)| (topic.topic_id, *partition_id, partition))
    });
    both.filter(|(topic_id, partition_id, partition)| {
        let state = tree.topics.partition(topic_id, *partition_id);
        state.is_some_and(|state| state.partition_epoch != partition.partition_epoch)
    })
    .map(|(topic_id, partition_id, _)| (topic_id, partition_id))
    .collect()
}

/// What is committed before the last drain of a rollback: one leader-epoch bump for every uneven partition, so that the
/// next LeaderAndIsr is news to every replica, and the producer ids that nobody may hand out again.
pub fn evening(raft: &Image, uneven: &[(TopicId, PartitionId)]) -> Vec<Vec<Record>> {
    let mut records: Vec<Record> = vec![
        MetadataRecord::ProducerIds(ProducerIdsRecord {
            broker_id: -1,
            broker_epoch: -1,
            next_producer_id: raft.next_producer_id + skipped_producer_ids(),
        })
        .into(),
    ];
    for (topic_id, partition_id) in uneven {
        let partition = raft.topics.partition(topic_id, *partition_id).expect("uneven partitions are in the image");
        let bump = PartitionChangeRecord {
            topic_id: *topic_id,
            partition_id: *partition_id,
            // A leader in the record bumps its epoch, even if it is the same one.
            leader: partition.leader,
            ..Default::default()
        };
        records.push(MetadataRecord::PartitionChange(bump).into());
    }
    records.chunks(BATCH_RECORDS_MAX).map(<[Record]>::to_vec).collect()
}

/// The `state` znodes whose dataVersion must rise to the partition epoch.
pub fn pads(raft: &Image, tree: &Image) -> Vec<PartitionPad> {
    let mut pads = Vec::new();
    for topic in raft.topics.by_id.values() {
        for (partition_id, partition) in &topic.partitions {
            let state = tree.topics.partition(&topic.topic_id, *partition_id);
            if state.is_some_and(|state| state.partition_epoch < partition.partition_epoch) {
                pads.push(PartitionPad {
                    topic_name: topic.name.clone(),
                    partition_id: *partition_id,
                    partition_epoch: partition.partition_epoch,
                });
            }
        }
    }
    pads
}

/// Every broker that some partition is assigned to.
pub fn assigned_brokers(image: &Image) -> BTreeSet<i32> {
    let partitions = image.topics.by_id.values().flat_map(|topic| topic.partitions.values());
    partitions.flat_map(|partition| partition.replicas.iter().copied()).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use kedge_metadata_state::{Delta, Dialect, records, sidecar::MigrationPhase};

    use super::*;

    pub(crate) fn facts(phase: MigrationPhase) -> MigrationFacts {
        MigrationFacts {
            generation: 1,
            phase,
            migration_zk_version: None,
            successor: None,
            holding: None,
            blocked: None,
            without_brokers: vec![],
            foreign_writes: Default::default(),
        }
    }

    pub(crate) fn topic_id(number: u8) -> TopicId {
        TopicId::from_bytes([number; 16])
    }

    pub(crate) fn topic(name: &str, number: u8) -> Record {
        MetadataRecord::Topic(records::TopicRecord { name: name.to_owned(), topic_id: topic_id(number) }).into()
    }

    pub(crate) fn partition(number: u8, partition_id: i32, leader_epoch: i32, partition_epoch: i32) -> Record {
        MetadataRecord::Partition(records::PartitionRecord {
            topic_id: topic_id(number),
            partition_id,
            replicas: vec![1, 2, 3],
            isr: vec![1, 2, 3],
            leader: 1,
            leader_epoch,
            partition_epoch,
            ..Default::default()
        })
        .into()
    }

    pub(crate) fn config(topic: &str, value: &str) -> Record {
        MetadataRecord::Config(records::ConfigRecord {
            resource_type: 2,
            resource_name: topic.to_owned(),
            name: "retention.ms".to_owned(),
            value: Some(value.to_owned()),
        })
        .into()
    }

    pub(crate) fn image(dialect: Dialect, records: &[Record]) -> Image {
        Image::from_records(dialect, records).expect("the records fit")
    }

    fn raft(records: &[Record]) -> Image {
        let mut image = image(Dialect::kraft(MetadataVersion::LATEST), records);
        image.features.zk_migration_state = ZkMigrationState::PreMigration;
        image
    }

    fn shown(batches: &[Vec<Record>]) -> String {
        let batch = |batch: &Vec<Record>| batch.iter().map(|record| format!("  {record}\n")).collect::<String>();
        batches.iter().map(batch).collect::<Vec<_>>().join("--\n")
    }

    #[test]
    fn a_copy_is_one_transaction_that_ends_with_the_state() {
        let tree = image(Dialect::ZOOKEEPER, &[topic("a", 1), partition(1, 0, 3, 5), config("a", "10")]);
        let plan = copy(&raft(&[]), &tree, facts(MigrationPhase::Dual)).expect("can be copied");
        insta::assert_snapshot!(shown(&plan.batches), @"
        BeginTransaction(ZK Migration)
        Topic(a, AQEBAQEBAQEBAQEBAQEBAQ)
        Partition(AQEBAQEBAQEBAQEBAQEBAQ-0, leader 1 epoch 3, replicas [1, 2, 3], isr [1, 2, 3], partition epoch 5)
        Config(2 \"a\": retention.ms=10)
        ProducerIds(next 1000000)
        ZkMigrationState(1)
        Migration(generation 1, Dual)
        EndTransaction
        ");
        assert_eq!(plan.content_records, 4);
    }

    #[test]
    fn a_second_copy_writes_the_differences_alone() {
        let first = [topic("a", 1), partition(1, 0, 3, 5), topic("b", 2), partition(2, 0, 0, 0)];
        let tree = [topic("a", 1), partition(1, 0, 4, 9), topic("c", 3), partition(3, 0, 0, 0)];
        let tree = image(Dialect::ZOOKEEPER, &tree);
        let plan = copy(&raft(&first), &tree, facts(MigrationPhase::Dual)).expect("can be copied");
        insta::assert_snapshot!(shown(&plan.batches), @"
        BeginTransaction(ZK Migration)
        RemoveTopic(AgICAgICAgICAgICAgICAg)
        Topic(c, AwMDAwMDAwMDAwMDAwMDAw)
        Partition(AwMDAwMDAwMDAwMDAwMDAw-0, leader 1 epoch 0, replicas [1, 2, 3], isr [1, 2, 3], partition epoch 0)
        Partition(AQEBAQEBAQEBAQEBAQEBAQ-0, leader 1 epoch 4, replicas [1, 2, 3], isr [1, 2, 3], partition epoch 9)
        ProducerIds(next 1000000)
        ZkMigrationState(1)
        Migration(generation 1, Dual)
        EndTransaction
        ");
    }

    #[test]
    fn a_partition_without_state_gets_its_first_replica_as_leader() {
        let mut tree = image(Dialect::ZOOKEEPER, &[topic("a", 1), partition(1, 0, 3, 5)]);
        let mut new = tree.topics.get("a").expect("there").as_ref().clone();
        let state = PartitionImage {
            isr: vec![],
            leader: -1,
            leader_epoch: -1,
            partition_epoch: -1,
            ..(*new.partitions[&0]).clone()
        };
        new.partitions.insert(0, Arc::new(state));
        tree.topics.by_id.insert(topic_id(1), Arc::new(new));
        let plan = copy(&raft(&[]), &tree, facts(MigrationPhase::Dual)).expect("can be copied");
        let expected = "leader 1 epoch 0, replicas [1, 2, 3], isr [1, 2, 3], partition epoch 0";
        assert!(plan.batches[0][2].to_string().contains(expected), "{}", plan.batches[0][2]);
    }

    #[test]
    fn the_only_log_directory_of_a_broker_holds_its_replicas() {
        let broker = |broker_id: i32, directories: &[u8]| -> Record {
            MetadataRecord::RegisterBroker(records::RegisterBrokerRecord {
                broker_id,
                log_dirs: directories.iter().map(|directory| Uuid::from_bytes([*directory; 16])).collect(),
                ..Default::default()
            })
            .into()
        };
        let tree = image(Dialect::ZOOKEEPER, &[topic("a", 1), partition(1, 0, 3, 5)]);
        let raft = raft(&[broker(1, &[11]), broker(2, &[21, 22])]);
        let copied = copy_target(&raft, &tree);
        let directories = &copied.topics.partition(&topic_id(1), 0).expect("copied").directories;
        // Broker 2 has two and says itself; broker 3 is not registered.
        assert_eq!(directories, &[Uuid::from_bytes([11; 16]), Uuid::ZERO, Uuid::ZERO]);
    }

    #[test]
    fn batches_keep_their_limits_and_the_end_stays_whole() {
        let records: Vec<Record> = (0..BATCH_RECORDS_MAX as i32 - 1).map(|index| partition(1, index, 0, 0)).collect();
        let end = [zk_migration_state(ZkMigrationState::Migration), zk_migration_state(ZkMigrationState::Migration)];
        let batches = chunk(records, &end, MetadataVersion::LATEST).expect("fits");
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [BATCH_RECORDS_MAX - 1, 2]);
        let large = |index: i32| {
            let mut value = "x".repeat(30_000);
            value.push_str(&index.to_string());
            config("a", &value)
        };
        let batches = chunk((0..600).map(large).collect(), &end, MetadataVersion::LATEST).expect("fits");
        assert!(
            batches.len() == 3
                && batches
                    .iter()
                    .all(|batch| size_bytes(batch, MetadataVersion::LATEST).expect("ok") <= BATCH_BYTES_MAX)
        );
        let too_long = config("a", &"x".repeat(40_000));
        assert!(matches!(chunk(vec![too_long], &end, MetadataVersion::LATEST), Err(CopyError::Unwritable { .. })));
    }

    fn at(last_offset: i64) -> LogPosition {
        LogPosition { leader_epoch: 1, last_offset }
    }

    #[test]
    fn the_queue_coalesces_and_says_when_it_is_drained() {
        let mut queue = MirrorQueue::default();
        let tree = Arc::new(image(Dialect::ZOOKEEPER, &[topic("a", 1), partition(1, 0, 0, 0)]));
        queue.offer(Arc::new(raft(&[topic("a", 1), partition(1, 0, 1, 1)])), at(5));
        queue.offer(Arc::new(raft(&[topic("a", 1), partition(1, 0, 2, 2)])), at(9));
        assert!(queue.needs_listing() && queue.next_plan(|_| true).is_none() && queue.lag().is_none());
        queue.listed(tree);
        let plan = queue.next_plan(|_| true).expect("something differs");
        assert_eq!(plan.records, [partition(1, 0, 2, 2)].map(with_migrating_directories));
        queue.applied();
        assert!(!queue.is_drained());
        assert_eq!(queue.to_mark(), Some(at(9)));
        queue.marked(at(9));
        assert!(queue.is_drained() && queue.lag() == Some(0));
        // Only the local class moved: no write, but the position follows.
        queue.offer(Arc::new(raft(&[topic("a", 1), partition(1, 0, 2, 3)])), at(12));
        assert_eq!(queue.lag(), Some(3));
        assert!(queue.next_plan(|_| true).is_none() && queue.lag() == Some(0));
        queue.distrust();
        assert!(queue.needs_listing() && !queue.is_drained());
    }

    fn with_migrating_directories(record: Record) -> Record {
        match record {
            Record::Metadata(MetadataRecord::Partition(mut partition)) => {
                partition.directories = vec![TopicId::ZERO; partition.replicas.len()];
                MetadataRecord::Partition(partition).into()
            }
            other => other,
        }
    }

    #[test]
    fn what_the_tree_cannot_hold_is_not_mirrored() {
        let tree = Arc::new(image(Dialect::ZOOKEEPER, &[]));
        let mut queue = MirrorQueue::default();
        queue.listed(tree);
        queue.offer(Arc::new(raft(&[config("a", "1")])), at(1));
        assert!(queue.next_plan(|record| !matches!(record, Record::Metadata(MetadataRecord::Config(_)))).is_none());
    }

    #[test]
    fn a_rollback_evens_and_pads() {
        let raft = raft(&[topic("a", 1), partition(1, 0, 3, 9), partition(1, 1, 3, 4), partition(1, 2, 3, 4)]);
        let tree = image(
            Dialect::ZOOKEEPER,
            &[topic("a", 1), partition(1, 0, 3, 2), partition(1, 1, 3, 4), partition(1, 2, 3, 7)],
        );
        let uneven = uneven_partitions(&raft, &tree);
        assert_eq!(uneven, [(topic_id(1), 0), (topic_id(1), 2)]);
        let batches = evening(&raft, &uneven);
        let mut delta = Delta::new(&raft);
        delta.replay_all(&batches[0]).expect("fits");
        let after = delta.image();
        let epochs = |partition_id| {
            let partition = after.topics.partition(&topic_id(1), partition_id).expect("there");
            (partition.leader_epoch, partition.partition_epoch)
        };
        assert_eq!([epochs(0), epochs(1), epochs(2)], [(4, 10), (3, 4), (4, 5)]);
        assert_eq!(after.next_producer_id, 1_000_000);
        let pad = PartitionPad { topic_name: "a".to_owned(), partition_id: 0, partition_epoch: 10 };
        assert_eq!(pads(after, &tree), [pad]);
    }
}
