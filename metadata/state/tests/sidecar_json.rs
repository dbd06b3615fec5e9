//! The sidecar's JSON, which Raft entries and snapshots keep on disk: it reads back, and its shape is frozen here.

mod common;

use kedge_metadata_state::{
    SidecarRecord,
    sidecar::{MigrationFacts, MigrationPhase},
};

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
    }));
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
