//! The sidecar's JSON, which Raft entries and snapshots keep on disk: it reads back, and its shape is frozen here.

mod common;

use kedge_metadata_state::{
    SidecarRecord,
    sidecar::{ForeignWrite, ForeignWrites, MigrationFacts, MigrationPhase, TreeChange},
};

fn with_foreign_writes() -> MigrationFacts {
    let write =
        |path: &str, change, mzxid| ForeignWrite { path: path.to_owned(), change, mzxid, at: 1_763_719_331_000 };
    let mut foreign_writes = ForeignWrites::default();
    foreign_writes.add(&[
        write("/brokers/topics/a", TreeChange::Created, Some(0x1_0000_0002)),
        write("/config/topics/b", TreeChange::Deleted, None),
    ]);
    MigrationFacts {
        generation: 1,
        phase: MigrationPhase::Dual,
        migration_zk_version: None,
        successor: None,
        holding: None,
        blocked: None,
        without_brokers: Vec::new(),
        foreign_writes,
    }
}

#[test]
fn foreign_writes_are_counted_beyond_their_list_until_they_are_acknowledged() {
    let mut writes = with_foreign_writes().foreign_writes;
    let many: Vec<ForeignWrite> =
        (0..30).map(|number| ForeignWrite { path: format!("/{}", number % 25), ..writes.listed[0].clone() }).collect();
    writes.add(&many);
    assert_eq!((writes.listed.len(), writes.unacknowledged, writes.total), (ForeignWrites::LISTED_MAX, 32, 32));
    writes.acknowledge();
    assert_eq!((writes.listed.len(), writes.unacknowledged, writes.total), (0, 0, 32));
}

#[test]
fn sidecar_records_keep_their_shape() {
    let mut records = common::sidecar_records();
    records.push(SidecarRecord::Migration(MigrationFacts {
        generation: 2,
        phase: MigrationPhase::RollingBack,
        migration_zk_version: Some(17),
        successor: Some(1),
        holding: Some("change window".to_owned()),
        blocked: Some("KM011".to_owned()),
        without_brokers: vec![3, 4],
        foreign_writes: ForeignWrites::default(),
    }));
    records.push(SidecarRecord::Migration(with_foreign_writes()));
    let mut text = String::new();
    for record in records {
        let json = serde_json::to_string(&record).expect("plain data");
        assert_eq!(serde_json::from_str::<SidecarRecord>(&json).expect("its own JSON"), record);
        text += &format!("{json}\n");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_topic_id_that_is_none_is_refused() {
    let json = r#"{"type":"topic-deletion-queued","topic_id":"short"}"#;
    let error = serde_json::from_str::<SidecarRecord>(json).expect_err("not an id");
    assert!(error.to_string().contains("not a Kafka uuid"), "{error}");
}
