//! A metadata log and snapshots that an Apache Kafka 3.9.2 controller wrote: decoded, encoded again byte for byte, in the
//! versions we would choose, and replayed. `fixtures/apache-3.9.2/README.md` says how they were made.

mod common;

use std::{collections::BTreeSet, path::Path};

use bytes::Bytes;
use kedge_metadata_state::{
    Delta, Dialect, Image, MetadataVersion, Record,
    image::BrokerRegistration,
    loader::{CommittedBatch, TransactionBuffer},
};
use kedge_protocol::{batch::BatchIter, metadata_records::MetadataRecord};

const LOG: &str = "00000000000000000000.log";
/// Snapshots with the end offset in their name: each covers what lies below. They were cut with everything made, with a
/// broker shut down, and after the node's restart.
const SNAPSHOTS: [(i64, &str); 3] = [
    (63, "00000000000000000063-0000000001.checkpoint"),
    (94, "00000000000000000094-0000000001.checkpoint"),
    (124, "00000000000000000124-0000000002.checkpoint"),
];

struct FixtureBatch {
    base_offset: i64,
    last_offset: i64,
    leader_epoch: i32,
    /// The values of its data records; none in a control batch.
    frames: Vec<Bytes>,
}

fn read(file_name: &str) -> Vec<FixtureBatch> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/apache-3.9.2").join(file_name);
    let bytes = std::fs::read(path).expect("the fixture is in the tree");
    let batches = BatchIter::new(&bytes).map(|batch| {
        let batch = batch.expect("a whole batch");
        batch.validate_crc().expect("Kafka's checksum");
        let frame = |record: Result<kedge_protocol::batch::RecordView<'_>, _>| {
            Bytes::copy_from_slice(record.expect("a whole record").value.expect("metadata records have a value"))
        };
        let header = &batch.header;
        FixtureBatch {
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            leader_epoch: header.partition_leader_epoch,
            frames: if header.is_control() {
                vec![]
            } else {
                batch.records().expect("not compressed").map(frame).collect()
            },
        }
    });
    batches.collect()
}

/// The image of everything below `end_offset`, transactions resolved.
fn image_below(end_offset: i64) -> Image {
    let mut buffer = TransactionBuffer::new(0);
    let mut image = Image::empty(Dialect::kraft(MetadataVersion::LATEST));
    for batch in read(LOG).into_iter().take_while(|batch| batch.last_offset < end_offset) {
        let records = Record::decode_batch(batch.frames).expect("Apache's frames decode");
        let FixtureBatch { base_offset, last_offset, leader_epoch, .. } = batch;
        let complete = buffer.feed(CommittedBatch { base_offset, last_offset, leader_epoch, records });
        for piece in complete.expect("Apache's transactions are well formed") {
            let mut delta = Delta::new(&image);
            delta.replay_all(&piece.records).expect("Apache's records replay");
            image = delta.apply().0;
        }
    }
    image
}

#[test]
fn every_record_is_encoded_again_byte_for_byte() {
    let mut types = BTreeSet::new();
    let mut count = 0;
    for file_name in SNAPSHOTS.iter().map(|(_, file_name)| *file_name).chain([LOG]) {
        for frame in read(file_name).into_iter().flat_map(|batch| batch.frames) {
            let (record, record_version) = MetadataRecord::decode_frame(frame.clone()).expect("a known record");
            let mut encoded = Vec::new();
            record.encode_frame(record_version, &mut encoded).expect("it was read at that version");
            assert_eq!(encoded, frame, "{record:?}");
            assert_eq!(Record::record_version(&record, MetadataVersion::LATEST), record_version, "{record:?}");
            types.insert(record.api_key());
            count += 1;
        }
    }
    insta::assert_debug_snapshot!("record_types", (count, types));
}

#[test]
fn the_log_replays_into_an_image() {
    insta::assert_snapshot!("image", common::image_text(&image_below(i64::MAX)));
}

#[test]
fn each_record_of_the_log_reads_as_one_line() {
    let mut lines = String::new();
    for batch in read(LOG) {
        lines += &format!("batch at {} epoch {}\n", batch.base_offset, batch.leader_epoch);
        for record in Record::decode_batch(batch.frames).expect("Apache's frames decode") {
            lines += &format!("  {record}\n");
        }
    }
    insta::assert_snapshot!("lines", lines);
}

#[test]
fn apaches_snapshots_are_images_of_its_log_and_ours_have_the_same_records() {
    for (end_offset, file_name) in SNAPSHOTS {
        let frames: Vec<Bytes> = read(file_name).into_iter().flat_map(|batch| batch.frames).collect();
        let records = Record::decode_batch(frames).expect("Apache's frames decode");
        let snapshot = Image::from_records(Dialect::kraft(MetadataVersion::LATEST), &records).expect("they replay");
        let image = image_below(end_offset);
        assert_eq!(common::image_text(&snapshot), common::image_text(&image), "{file_name}");
        assert_eq!(snapshot, image, "{file_name}");

        let ours = Record::encode_batch(&image.records(), MetadataVersion::LATEST).expect("they fit their versions");
        let ours = Record::decode_batch(ours.frames).expect("our own frames decode");
        assert_eq!(classes(&ours), classes(&records), "{file_name}: the classes come in Kafka's order");
        assert_eq!(in_one_order(ours), in_one_order(records), "{file_name}");
    }
}

/// The record types in the order in which they come, repetitions left out; a topic's partitions follow it.
fn classes(records: &[Record]) -> Vec<i16> {
    let api_key = |record: &Record| match record {
        Record::Metadata(MetadataRecord::Partition(_)) => MetadataRecord::Topic(Default::default()).api_key(),
        Record::Metadata(record) => record.api_key(),
        Record::Sidecar(_) => panic!("no frame holds a sidecar record"),
    };
    let mut classes: Vec<i16> = records.iter().map(api_key).collect();
    classes.dedup();
    classes
}

/// Records as text in an order that does not depend on Java's hash maps, inside a record too.
fn in_one_order(records: Vec<Record>) -> Vec<String> {
    let canonical = |record| match record {
        Record::Metadata(MetadataRecord::RegisterBroker(record)) => {
            MetadataRecord::RegisterBroker(BrokerRegistration::from_record(&record).to_record()).into()
        }
        Record::Metadata(MetadataRecord::ClientQuota(mut record)) => {
            record.entity.sort_by(|a, b| a.entity_type.cmp(&b.entity_type));
            MetadataRecord::ClientQuota(record).into()
        }
        other => other,
    };
    let mut lines: Vec<String> = records.into_iter().map(|record| format!("{:?}", canonical(record))).collect();
    lines.sort();
    lines
}
