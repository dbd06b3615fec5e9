//! The records of `__consumer_offsets`, byte by byte, and loading them back.

use std::collections::BTreeMap;

use bytes::Bytes;
use kedge_protocol::batch::{BatchBuilder, ControlType};

use super::{
    super::{
        group::{Group, GroupState, Member},
        partition_of,
        records::{self, Loader, OffsetsRecord},
    },
    offset, shown,
};

fn hex(record: &OffsetsRecord) -> String {
    let bytes = |bytes: &Bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("key {}\nvalue {}\n", bytes(&record.key), record.value.as_ref().map_or("none".to_owned(), bytes))
}

fn group() -> Group {
    let member = Member {
        member_id: "m".to_owned(),
        group_instance_id: None,
        client_id: "c".to_owned(),
        client_host: "/h".to_owned(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        protocols: vec![("range".to_owned(), Bytes::from_static(b"sub"))],
        assignment: Bytes::from_static(b"asg"),
        joined_at: 0,
        is_new: false,
        has_synced: true,
        awaiting_join: None,
        awaiting_sync: None,
        session_deadline_ms: None,
    };
    let mut group = Group::new("g");
    group.state = GroupState::Stable;
    group.state_timestamp_ms = 0x0102;
    group.protocol_type = Some("consumer".to_owned());
    group.protocol_name = Some("range".to_owned());
    group.generation_id = 7;
    group.leader = Some("m".to_owned());
    group.joins_count = 1;
    group.members = BTreeMap::from([("m".to_owned(), member)]);
    group
}

fn assignments() -> BTreeMap<String, Bytes> {
    BTreeMap::from([("m".to_owned(), Bytes::from_static(b"asg"))])
}

fn place() -> (String, i32) {
    ("t".to_owned(), 5)
}

/// Key 1: group, topic, partition. Value 3: offset, leader epoch, metadata, commit timestamp; value 1: no epoch, an expiry.
#[test]
fn offset_records() {
    let mut committed = offset(0x2a, 0x0304);
    let plain = hex(&records::offset_record("g", &place(), &committed));
    committed.expire_timestamp_ms = Some(0x0506);
    let expiring = hex(&records::offset_record("g", &place(), &committed));
    insta::assert_snapshot!(plain + &expiring + &hex(&records::offset_tombstone("g", &place())));
}

/// Key 2: group. Value 3: protocol type, generation, protocol, leader, state timestamp, members.
#[test]
fn group_records() {
    let stable = hex(&records::group_record(&group(), &assignments()));
    let mut empty = Group::new("g");
    empty.protocol_type = Some("consumer".to_owned());
    empty.generation_id = 8;
    let empty = hex(&records::group_record(&empty, &BTreeMap::new()));
    insta::assert_snapshot!(stable + &empty + &hex(&records::group_tombstone("g")));
}

fn batch(base_offset: i64, records: &[OffsetsRecord]) -> Bytes {
    let mut builder = BatchBuilder::new(base_offset);
    for record in records {
        builder.append(0, Some(&record.key), record.value.as_deref(), &[]);
    }
    builder.build()
}

#[test]
fn what_is_written_is_loaded() {
    let mut loader = Loader::default();
    let committed = offset(42, 77);
    let first = batch(
        0,
        &[records::offset_record("g", &place(), &committed), records::offset_record("h", &place(), &committed)],
    );
    let later = batch(2, &[records::group_record(&group(), &assignments()), records::offset_tombstone("h", &place())]);
    let both = Bytes::from([first, later].concat());
    assert!(loader.load(&both).is_empty());
    assert_eq!(loader.next_offset(), 4);
    let groups = loader.finish();
    let mut expected = group();
    expected.offsets.insert(place(), super::super::group::CommittedOffset { record_offset: 0, ..committed });
    assert_eq!(groups, BTreeMap::from([("g".to_owned(), expected)]));
}

#[test]
fn a_group_tombstone_keeps_the_offsets() {
    let mut loader = Loader::default();
    let written = [
        records::group_record(&group(), &assignments()),
        records::offset_record("g", &place(), &offset(1, 0)),
        records::group_tombstone("g"),
    ];
    assert!(loader.load(&batch(0, &written)).is_empty());
    let groups = loader.finish();
    assert_eq!((groups["g"].state, groups["g"].members.len(), groups["g"].offsets.len()), (GroupState::Empty, 0, 1));
}

/// What an Apache broker leaves behind for transactional consumers: visible from the commit marker on, in the order of the
/// offsets' own records.
#[test]
fn transactional_offsets_count_once_committed() {
    let transactional = |base_offset, producer_id, committed_offset| {
        let record = records::offset_record("g", &place(), &offset(committed_offset, 0));
        let mut builder = BatchBuilder::new(base_offset).producer(producer_id, 0, 0).transactional();
        builder.append(0, Some(&record.key), record.value.as_deref(), &[]);
        builder.build()
    };
    let marker = |base_offset, producer_id, control_type| {
        let mut builder = BatchBuilder::new(base_offset).producer(producer_id, 0, -1).transactional().control();
        builder.append_control(0, control_type, b"\0\0\0\0\0\0");
        builder.build()
    };
    let mut loader = Loader::default();
    let log = [
        transactional(0, 1, 100),
        transactional(1, 2, 200),
        marker(2, 2, ControlType::Abort),
        batch(3, &[records::offset_record("g", &place(), &offset(300, 0))]),
        marker(4, 1, ControlType::Commit),
        transactional(5, 3, 500),
    ];
    assert!(loader.load(&Bytes::from(log.concat())).is_empty());
    assert_eq!(loader.finish()["g"].offsets[&place()].committed_offset, 300);
}

#[test]
fn other_keys_are_skipped_and_damage_is_named() {
    let mut loader = Loader::default();
    let other = OffsetsRecord { key: Bytes::from_static(b"\0\x03\0\x01g"), value: Some(Bytes::from_static(b"\0\0")) };
    let damaged =
        OffsetsRecord { value: Some(Bytes::from_static(b"\0\x09")), ..records::offset_tombstone("g", &place()) };
    let good = records::offset_record("g", &place(), &offset(1, 0));
    assert_eq!(shown(&good), "offset g t-5 = 1");
    let errors = loader.load(&batch(0, &[other, damaged, good]));
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("record at offset 1: "), "{errors:?}");
    assert_eq!(loader.finish()["g"].offsets.len(), 1);
}

/// Partitions that Kafka computes for these names (`GroupMetadataManager.partitionFor`).
#[test]
fn groups_lie_in_the_partitions_of_kafka() {
    let vectors = [("my-group", 12), ("test", 48), ("foo", 24), ("polygenelubricants", 0), ("", 0), ("😀", 49)];
    for (group_id, partition) in vectors {
        assert_eq!(partition_of(group_id, 50), partition, "{group_id}");
    }
}
