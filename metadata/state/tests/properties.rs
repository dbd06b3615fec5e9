//! What must hold for any image: written and read back it is the same, a diff leads from one to the other at every prefix,
//! and an error changes nothing. Seeded: a failure names its seed.

mod common;

use std::collections::BTreeSet;

use common::{Rng, random_image};
use imbl::OrdMap;
use kedge_metadata_state::{
    Delta, Image, Record, TopicIdPartition,
    delta::Touched,
    diff::{DiffScope, describe_differences, diff, diff_holdable},
};
use kedge_protocol::metadata_records::{
    BrokerRegistrationChangeRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, ProducerIdsRecord,
    RemoveAccessControlEntryRecord, RemoveTopicRecord, TopicRecord, UnregisterBrokerRecord, ZkMigrationStateRecord,
};

const SEEDS: u64 = 400;

/// Two images; `to` differs from `from` only in ways that records can express.
fn random_pair(seed: u64) -> (Image, Image) {
    let mut rng = Rng(seed);
    let (from, mut to) = (random_image(&mut rng), random_image(&mut rng));
    to.next_producer_id = to.next_producer_id.max(from.next_producer_id);
    for (controller_id, controller) in &from.cluster.controllers {
        to.cluster.controllers.entry(*controller_id).or_insert_with(|| controller.clone());
    }
    if to.sidecar.migration.is_none() {
        to.sidecar.migration = from.sidecar.migration.clone();
    }
    (from, to)
}

fn replayed(image: &Image, records: &[Record], seed: u64) -> (Image, Touched) {
    let mut delta = Delta::new(image);
    for (index, record) in records.iter().enumerate() {
        delta.replay(record).unwrap_or_else(|error| panic!("seed {seed}, record {index} {record}: {error}"));
    }
    delta.apply()
}

#[test]
fn an_image_written_as_records_reads_back_as_itself() {
    for seed in 0..SEEDS {
        let image = random_image(&mut Rng(seed));
        let records = image.records();
        let read = Image::from_records(image.dialect, &records).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert_eq!(read, image, "seed {seed}");
        assert_eq!(read.records(), records, "seed {seed}");
    }
}

#[test]
fn records_survive_the_log_byte_for_byte() {
    for seed in 0..SEEDS {
        let mut image = random_image(&mut Rng(seed));
        // No level that Kedge runs at carries an ELR.
        for topic in image.topics.by_id.clone().values() {
            let mut topic = topic.as_ref().clone();
            for partition in topic.partitions.values_mut() {
                let partition = std::sync::Arc::make_mut(partition);
                partition.elr.clear();
                partition.last_known_elr.clear();
            }
            image.topics.by_id.insert(topic.topic_id, topic.into());
        }
        let records = image.records();
        let metadata_version = image.features.metadata_version_or_latest();
        let encoded = Record::encode_batch(&records, metadata_version).expect("every record fits its version");
        let mut decoded = Record::decode_batch(encoded.frames.clone()).expect("our own frames decode");
        decoded.extend(encoded.sidecar.iter().cloned().map(Record::Sidecar));
        assert_eq!(decoded, records, "seed {seed}");
        assert_eq!(Record::encode_batch(&decoded, metadata_version).expect("as before"), encoded, "seed {seed}");
    }
}

#[test]
fn an_elr_below_its_level_is_refused_not_dropped() {
    let mut rng = Rng(1);
    let mut partition = common::random_partition(&mut rng);
    partition.elr = vec![1];
    let record = MetadataRecord::Partition(partition.to_record(common::uuid(1), 0)).into();
    Record::encode_batch(&[record], kedge_metadata_state::MetadataVersion::LATEST).expect_err("version 1 has no ELR");
}

#[test]
fn a_diff_of_everything_leads_to_the_target() {
    for seed in 0..SEEDS {
        let (from, to) = random_pair(seed);
        let (reached, _) = replayed(&from, &diff(&from, &to, DiffScope::All), seed);
        assert_eq!(reached, to, "seed {seed}");
        assert_eq!(diff(&to, &to.clone(), DiffScope::All), vec![], "seed {seed}");
        let differences = describe_differences(&from, &to, DiffScope::All);
        assert_eq!(differences.is_empty(), from == to, "seed {seed}");
    }
}

#[test]
fn a_shared_diff_leaves_nothing_shared_and_keeps_the_local_class() {
    let mut kept_directories = 0;
    for seed in 0..SEEDS {
        let (from, to) = random_pair(seed);
        let (reached, touched) = replayed(&from, &diff(&from, &to, DiffScope::Shared), seed);
        assert_eq!(diff(&reached, &to, DiffScope::Shared), vec![], "seed {seed}");
        assert_eq!(describe_differences(&reached, &to, DiffScope::Shared), vec![], "seed {seed}");
        assert_eq!(reached.cluster, from.cluster, "seed {seed}");
        assert_eq!(reached.features, from.features, "seed {seed}");
        assert_eq!(reached.sidecar.migration, from.sidecar.migration, "seed {seed}");
        for (topic_id, topic) in &reached.topics.by_id {
            let Some(before) = from.topics.by_id.get(topic_id) else { continue };
            if touched.topics_deleted.contains_key(topic_id) {
                continue;
            }
            for (partition_id, partition) in &topic.partitions {
                let Some(before) = before.partitions.get(partition_id) else { continue };
                assert_eq!(partition.elr, before.elr, "seed {seed}");
                for replica in partition.replicas.iter().filter(|replica| before.replicas.contains(replica)) {
                    assert_eq!(partition.directory(*replica), before.directory(*replica), "seed {seed}");
                    kept_directories += 1;
                }
            }
        }
    }
    assert!(kept_directories > 100, "the images hardly overlap: {kept_directories}");
}

#[test]
fn a_diff_without_what_cannot_be_held_still_replays() {
    for seed in 0..SEEDS {
        let (from, to) = random_pair(seed);
        let mut refuse = Rng(seed ^ 0xdead);
        let refused_type = refuse.below(28) as i16;
        let refused_topic = common::uuid(1000 + u128::from(refuse.below(6)));
        let can_hold = |record: &Record| match record {
            Record::Metadata(MetadataRecord::RemoveTopic(record)) => record.topic_id != refused_topic,
            Record::Metadata(MetadataRecord::Topic(record)) => record.topic_id != refused_topic,
            Record::Metadata(record) => record.api_key() != refused_type,
            Record::Sidecar(_) => false,
        };
        let records = diff_holdable(&from, &to, DiffScope::All, &can_hold);
        assert!(records.iter().all(can_hold), "seed {seed}");
        replayed(&from, &records, seed);
    }
}

#[test]
fn a_replacement_touches_what_differs() {
    for seed in 0..SEEDS {
        let (from, to) = random_pair(seed);
        let mut delta = Delta::new(&from);
        delta.replace(&to);
        let (image, touched) = delta.apply();
        assert_eq!(image, to, "seed {seed}");

        let (_, replay) = replayed(&from, &diff(&from, &to, DiffScope::All), seed);
        // A diff recreates a topic that lost a partition, so only the replay may call it deleted.
        for (topic_id, topic) in &touched.topics_deleted {
            assert_eq!(replay.topics_deleted.get(topic_id), Some(topic), "seed {seed}");
        }
        assert!(touched.topics_created.iter().all(|topic_id| replay.topics_created.contains(topic_id)), "seed {seed}");
        assert_eq!(touched.brokers, replay.brokers, "seed {seed}");
        assert_eq!(touched.configs, changed_keys(&from.configs.by_resource, &to.configs.by_resource), "seed {seed}");
        assert_eq!(
            (touched.features, touched.producer_ids, touched.security, touched.sidecar),
            (replay.features, replay.producer_ids, replay.security, replay.sidecar),
            "seed {seed}"
        );
        assert_eq!(touched.partitions, changed_partitions(&from, &to), "seed {seed}");
    }
}

fn changed_keys<K: Ord + Clone, V: PartialEq>(from: &OrdMap<K, V>, to: &OrdMap<K, V>) -> imbl::OrdSet<K> {
    from.keys().chain(to.keys()).filter(|key| from.get(*key) != to.get(*key)).cloned().collect()
}

fn changed_partitions(from: &Image, to: &Image) -> imbl::OrdSet<TopicIdPartition> {
    let mut changed = BTreeSet::new();
    for (topic_id, topic) in &to.topics.by_id {
        let before = from.topics.by_id.get(topic_id).filter(|before| before.name == topic.name);
        let partition = |topic: Option<&std::sync::Arc<kedge_metadata_state::image::TopicImage>>, partition_id: i32| {
            topic.and_then(|topic| topic.partitions.get(&partition_id).cloned())
        };
        for partition_id in 0..4 {
            if partition(before, partition_id) != partition(Some(topic), partition_id) {
                changed.insert(TopicIdPartition { topic_id: *topic_id, partition_id });
            }
        }
    }
    changed.into_iter().collect()
}

#[test]
fn a_record_that_does_not_fit_changes_nothing() {
    let mut refused = 0;
    for seed in 0..SEEDS {
        let mut rng = Rng(seed);
        let mut delta = Delta::new(&random_image(&mut rng));
        for _ in 0..20 {
            let record = Record::from(random_record(&mut rng));
            let (image, touched) = (delta.image().clone(), delta.touched().clone());
            if delta.replay(&record).is_err() {
                refused += 1;
                assert_eq!((delta.image(), delta.touched()), (&image, &touched), "seed {seed} {record}");
            }
        }
    }
    assert!(refused > 1000, "hardly anything was refused: {refused}");
}

/// A record that may or may not fit.
fn random_record(rng: &mut Rng) -> MetadataRecord {
    let topic_id = common::uuid(1000 + u128::from(rng.below(6)));
    let partition_id = rng.below(5) as i32 - 1;
    let (broker_id, broker_epoch) = (1 + rng.below(5) as i32, rng.below(4) as i64);
    match rng.below(9) {
        0 => MetadataRecord::Topic(TopicRecord { name: "a".to_owned(), topic_id }),
        1 => MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id }),
        2 => MetadataRecord::Partition(PartitionRecord {
            directories: vec![common::uuid(500); rng.below(3) as usize],
            leader_recovery_state: rng.below(3) as i8,
            ..common::random_partition(rng).to_record(topic_id, partition_id)
        }),
        3 => MetadataRecord::PartitionChange(PartitionChangeRecord {
            topic_id,
            partition_id,
            leader: rng.below(4) as i32 - 2,
            replicas: rng.chance(2).then(|| rng.some_of(4)),
            leader_recovery_state: rng.below(4) as i8 - 1,
            ..Default::default()
        }),
        4 => MetadataRecord::UnregisterBroker(UnregisterBrokerRecord { broker_id, broker_epoch }),
        5 => MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChangeRecord {
            broker_id,
            broker_epoch,
            fenced: rng.below(4) as i8 - 1,
            in_controlled_shutdown: rng.below(4) as i8 - 1,
            log_dirs: vec![],
        }),
        6 => MetadataRecord::ProducerIds(ProducerIdsRecord {
            next_producer_id: 500 * rng.below(8) as i64,
            ..Default::default()
        }),
        7 => MetadataRecord::ZkMigrationState(ZkMigrationStateRecord { zk_migration_state: rng.below(7) as i8 - 1 }),
        _ => MetadataRecord::RemoveAccessControlEntry(RemoveAccessControlEntryRecord {
            id: common::uuid(2000 + u128::from(rng.below(5))),
        }),
    }
}
