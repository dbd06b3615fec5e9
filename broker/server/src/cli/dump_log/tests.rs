//! Output lines, against what Apache 3.9.2 prints for the same bytes.

use kedge_protocol::{
    Message,
    batch::BatchBuilder,
    consumer_protocol::ConsumerProtocolSubscription,
    group_records::{
        GroupMetadataKey, GroupMetadataValue, GroupRecordKey, OffsetCommitKey, OffsetCommitValue, encode_versioned,
        group_metadata_value::MemberMetadata,
    },
};

use super::*;

fn args(contents: Contents, path: PathBuf) -> DumpLogArgs {
    DumpLogArgs {
        files: vec![path],
        print_data_log: contents == Contents::Text,
        deep_iteration: false,
        cluster_metadata_decoder: contents == Contents::ClusterMetadata,
        offsets_decoder: contents == Contents::Offsets,
        skip_record_metadata: false,
    }
}

fn dump(contents: Contents, name: &str, bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut out = Vec::new();
    run(&args(contents, path), &mut out).unwrap();
    String::from_utf8(out).unwrap().replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn data_batches_and_a_torn_tail() {
    let mut first = BatchBuilder::new(5).partition_leader_epoch(2).producer(1000, 3, i32::MAX);
    first.append(1_000, Some(b"k"), Some(b"v"), &[("h1", None), ("h2", Some(b"x"))]);
    first.append(1_001, None, None, &[]);
    let mut second = BatchBuilder::new(9);
    second.append(2_000, None, Some("zwölf".as_bytes()), &[]);
    let bytes = [first.build(), second.build(), Bytes::from_static(&[0; 40])].concat();
    insta::assert_snapshot!(dump(Contents::Text, "00000000000000000005.log", &bytes));
    let shallow = dump(Contents::Nothing, "00000000000000000005.log", &bytes);
    assert_eq!(shallow.lines().count(), 5, "{shallow}");
}

#[test]
fn damage_is_shown_not_hidden() {
    let mut batch = BatchBuilder::new(0);
    batch.append(1_000, None, Some(b"value"), &[]);
    let mut bytes = batch.build().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    assert!(dump(Contents::Nothing, "00000000000000000000.log", &bytes).contains("isvalid: false"));
}

#[test]
fn consumer_offsets() {
    let subscription = ConsumerProtocolSubscription { topics: vec!["orders".to_owned()], ..Default::default() };
    let group = GroupMetadataValue {
        protocol_type: "consumer".to_owned(),
        generation: 3,
        protocol: Some("range".to_owned()),
        leader: Some("m-1".to_owned()),
        current_state_timestamp: 7,
        members: vec![MemberMetadata {
            member_id: "m-1".to_owned(),
            client_id: "c".to_owned(),
            client_host: "/127.0.0.1".to_owned(),
            rebalance_timeout: 1,
            session_timeout: 2,
            subscription: encode_versioned(&subscription, ConsumerProtocolSubscription::MIN_VERSION).unwrap(),
            ..Default::default()
        }],
    };
    let group_key = GroupRecordKey::GroupMetadata(GroupMetadataKey { group: "g".to_owned() }).encode().unwrap();
    let offset_key = OffsetCommitKey { group: "g".to_owned(), topic: "orders".to_owned(), partition: 1 };
    let offset_key = GroupRecordKey::OffsetCommit(offset_key).encode().unwrap();
    let offset = OffsetCommitValue {
        offset: 42,
        leader_epoch: 1,
        metadata: "m".to_owned(),
        commit_timestamp: 9,
        ..Default::default()
    };
    let mut batch = BatchBuilder::new(0);
    batch.append(1, Some(&group_key), Some(&encode_versioned(&group, 3).unwrap()), &[]);
    batch.append(1, Some(&offset_key), Some(&encode_versioned(&offset, 3).unwrap()), &[]);
    batch.append(1, Some(&offset_key), None, &[]);
    batch.append(1, Some(&[0, 17]), None, &[]);
    batch.append(1, Some(&[0]), None, &[]);
    insta::assert_snapshot!(dump(Contents::Offsets, "00000000000000000000.log", &batch.build()));
}

/// Written by Apache 3.9.2; the snapshot was compared with its own DumpLogSegments.
#[test]
fn the_metadata_log_of_an_apache_controller() {
    let fixture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../metadata/state/tests/fixtures/apache-3.9.2/00000000000000000000.log"
    );
    let bytes = std::fs::read(fixture).unwrap();
    let text = dump(Contents::ClusterMetadata, "00000000000000000000.log", &bytes);
    assert!(!text.contains("Error at") && !text.contains("isvalid: false"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn indexes() {
    let entries = [[0, 0, 0, 2, 0, 0, 1, 0], [0, 0, 0, 9, 0, 0, 2, 0], [0; 8]].concat();
    assert_eq!(
        dump(Contents::Nothing, "00000000000000000005.index", &entries),
        "Dumping 00000000000000000005.index\noffset: 7 position: 256\noffset: 14 position: 512\n"
    );
    let empty = dump(Contents::Nothing, "00000000000000000005.index", &[]);
    assert!(empty.ends_with("00000000000000000005.index is empty.\n"), "{empty}");
    let entries = [[0, 0, 0, 0, 0, 0, 3, 232, 0, 0, 0, 2], [0; 12]].concat();
    assert_eq!(
        dump(Contents::Nothing, "00000000000000000005.timeindex", &entries),
        "Dumping 00000000000000000005.timeindex\ntimestamp: 1000 offset: 7\n"
    );
}
