//! Every record type replayed into one small image: what it does, what it touches, and what it refuses.

mod common;

use std::{collections::BTreeSet, fmt::Write};

use common::{sidecar_records, uuid};
use kedge_metadata_state::{
    Delta, Dialect, Image, MetadataVersion, Record,
    delta::Touched,
    diff::{DiffScope, describe_differences},
};
use kedge_protocol::metadata_records::{
    AbortTransactionRecord, AccessControlEntryRecord, BeginTransactionRecord, BrokerRegistrationChangeRecord,
    ClearElrRecord, ClientQuotaRecord, ConfigRecord, DelegationTokenRecord, EndTransactionRecord, FeatureLevelRecord,
    FenceBrokerRecord, MetadataRecord as M, NoOpRecord, PartitionChangeRecord, PartitionRecord, ProducerIdsRecord,
    RegisterBrokerRecord, RegisterControllerRecord, RemoveAccessControlEntryRecord, RemoveDelegationTokenRecord,
    RemoveTopicRecord, RemoveUserScramCredentialRecord, TopicRecord, UnfenceBrokerRecord, UnregisterBrokerRecord,
    UserScramCredentialRecord, ZkMigrationStateRecord,
    client_quota_record::EntityData,
    register_broker_record::{BrokerEndpoint, BrokerFeature},
    register_controller_record::ControllerEndpoint,
};

#[test]
fn every_record_type_does_what_kafka_does() {
    let base = base_image();
    let mut text = format!("base:\n{}\n", common::image_text(&base));
    for record in cases() {
        text.push_str(&transcript(&base, &record));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_table_has_every_record_type() {
    let types: BTreeSet<i16> = cases()
        .iter()
        .filter_map(|record| match record {
            Record::Metadata(record) => Some(record.api_key()),
            Record::Sidecar(_) => None,
        })
        .collect();
    // 6, 13 and 16 are retired.
    let expected: BTreeSet<i16> = (0..=28).filter(|api_key| ![6, 13, 16].contains(api_key)).collect();
    assert_eq!(types, expected);
}

#[test]
fn an_image_and_a_delta_make_the_same_image_through_records() {
    let base = base_image();
    for record in cases() {
        let mut delta = Delta::new(&base);
        if delta.replay(&record).is_err() {
            continue;
        }
        let (next, _) = delta.apply();
        let read = Image::from_records(base.dialect, next.records()).expect("an image's own records replay");
        assert_eq!(read, next, "after {record}");
        let mut again = Delta::new(&base);
        again.replay_all(&kedge_metadata_state::diff::diff(&base, &next, DiffScope::All)).expect("a diff replays");
        assert_eq!(again.apply().0, next, "after {record}");
    }
}

#[test]
fn a_topic_made_and_removed_in_one_delta_was_never_there() {
    let mut delta = Delta::new(&base_image());
    delta
        .replay_all(&[topic("new", 300), partition(300, 0), config(2, "new", "retention.ms", Some("1"))])
        .expect("fits");
    delta.replay(&M::RemoveTopic(RemoveTopicRecord { topic_id: uuid(300) }).into()).expect("it is there");
    let (image, touched) = delta.apply();
    assert_eq!(image, base_image());
    assert!(touched.topics_created.is_empty() && touched.topics_deleted.is_empty() && touched.partitions.is_empty());
}

#[test]
fn a_topic_can_be_made_again_under_its_name_in_one_delta() {
    let mut delta = Delta::new(&base_image());
    delta.replay(&M::RemoveTopic(RemoveTopicRecord { topic_id: uuid(101) }).into()).expect("it is there");
    delta.replay_all(&[topic("orders", 301), partition(301, 0)]).expect("the name is free");
    let (image, touched) = delta.apply();
    assert_eq!(image.topics.get("orders").map(|topic| topic.topic_id), Some(uuid(301)));
    assert!(image.configs.topic("orders").is_none(), "the old topic's configs went with it");
    assert!(touched.topics_created.contains(&uuid(301)) && touched.topics_deleted.contains_key(&uuid(101)));
}

#[test]
fn the_dialect_follows_metadata_version_under_kraft_alone() {
    let record = M::FeatureLevel(FeatureLevelRecord { name: "metadata.version".to_owned(), feature_level: 19 }).into();
    // At the levels Kedge runs at the KRaft dialect is one and the same, so a wrong one shows whether it is set anew.
    let mut image = Image::empty(Dialect::kraft(MetadataVersion::MIN));
    image.dialect.bump_on_isr_shrink = true;
    for (dialect, expected) in [
        (image.dialect, Dialect::kraft(MetadataVersion::from_level(19).expect("a level"))),
        (Dialect::ZOOKEEPER, Dialect::ZOOKEEPER),
    ] {
        let mut delta = Delta::new(&Image { dialect, ..image.clone() });
        delta.replay(&record).expect("a level Kedge runs at");
        assert_eq!(delta.image().dialect, expected);
        assert_eq!(delta.image().features.metadata_version, MetadataVersion::from_level(19));
    }
}

#[test]
fn epochs_do_not_wrap() {
    let mut delta = Delta::new(&base_image());
    let (topic_id, last) = (uuid(101), i32::MAX);
    let at_the_end = |leader_epoch, partition_epoch| {
        let record = PartitionRecord { topic_id, partition_id: 0, leader_epoch, partition_epoch, ..Default::default() };
        Record::from(M::Partition(record))
    };
    let change = PartitionChangeRecord { topic_id, partition_id: 0, leader: 1, ..Default::default() };
    for (leader_epoch, partition_epoch) in [(last, 1), (1, last)] {
        delta.replay(&at_the_end(leader_epoch, partition_epoch)).expect("it is absolute");
        delta.replay(&M::PartitionChange(change.clone()).into()).expect_err("there is no next epoch");
    }
}

fn transcript(base: &Image, record: &Record) -> String {
    let mut text = format!("{record}\n");
    let mut delta = Delta::new(base);
    match delta.replay(record) {
        Err(error) => writeln!(text, "  error: {error}").expect("a string takes anything"),
        Ok(()) => {
            for difference in describe_differences(base, delta.image(), DiffScope::All) {
                writeln!(text, "  {difference}").expect("a string takes anything");
            }
            writeln!(text, "  touched: {}", touched_text(delta.touched())).expect("a string takes anything");
        }
    }
    if let Record::Metadata(record) = record {
        let version = Record::record_version(record, MetadataVersion::LATEST);
        writeln!(text, "  record version: {version}").expect("a string takes anything");
    }
    text
}

fn touched_text(touched: &Touched) -> String {
    let mut parts = Vec::new();
    parts.extend(touched.topics_created.iter().map(|topic_id| format!("created {topic_id}")));
    parts.extend(touched.topics_deleted.values().map(|topic| format!("deleted {}", topic.name)));
    parts.extend(touched.partitions.iter().map(|p| format!("partition {}-{}", p.topic_id, p.partition_id)));
    parts.extend(touched.brokers.iter().map(|broker_id| format!("broker {broker_id}")));
    parts.extend(touched.controllers.iter().map(|controller_id| format!("controller {controller_id}")));
    parts.extend(touched.configs.iter().map(|r| format!("config {:?} {:?}", r.resource_type, r.resource_name)));
    let flags = [
        (touched.features, "features"),
        (touched.producer_ids, "producer ids"),
        (touched.security, "security"),
        (touched.sidecar, "sidecar"),
        (touched.image_replaced, "image replaced"),
    ];
    parts.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name.to_owned()));
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn topic(name: &str, topic_id: u128) -> Record {
    M::Topic(TopicRecord { name: name.to_owned(), topic_id: uuid(topic_id) }).into()
}

fn partition(topic_id: u128, partition_id: i32) -> Record {
    M::Partition(PartitionRecord {
        partition_id,
        topic_id: uuid(topic_id),
        replicas: vec![1, 2],
        isr: vec![1, 2],
        leader: 1,
        leader_epoch: 5,
        partition_epoch: 8,
        directories: vec![uuid(501), uuid(502)],
        ..Default::default()
    })
    .into()
}

fn config(resource_type: i8, resource_name: &str, name: &str, value: Option<&str>) -> Record {
    let (resource_name, name, value) = (resource_name.to_owned(), name.to_owned(), value.map(str::to_owned));
    M::Config(ConfigRecord { resource_type, resource_name, name, value }).into()
}

fn feature(name: &str, feature_level: i16) -> Record {
    M::FeatureLevel(FeatureLevelRecord { name: name.to_owned(), feature_level }).into()
}

fn producer_ids(next_producer_id: i64) -> Record {
    M::ProducerIds(ProducerIdsRecord { broker_id: 1, broker_epoch: 10, next_producer_id }).into()
}

fn quota(key: &str, value: f64, remove: bool) -> Record {
    let part = |entity_type: &str, entity_name: Option<&str>| EntityData {
        entity_type: entity_type.to_owned(),
        entity_name: entity_name.map(str::to_owned),
    };
    let entity = vec![part("user", Some("alice")), part("client-id", None)];
    M::ClientQuota(ClientQuotaRecord { entity, key: key.to_owned(), value, remove }).into()
}

fn scram(iterations: i32, salt: &'static [u8]) -> Record {
    M::UserScramCredential(UserScramCredentialRecord {
        name: "alice".to_owned(),
        mechanism: 1,
        salt: salt.into(),
        iterations,
        ..Default::default()
    })
    .into()
}

fn broker(broker_id: i32, broker_epoch: i64) -> Record {
    M::RegisterBroker(RegisterBrokerRecord {
        broker_id,
        broker_epoch,
        incarnation_id: uuid(broker_id as u128),
        end_points: vec![BrokerEndpoint {
            name: "PLAINTEXT".to_owned(),
            host: format!("host-{broker_id}"),
            port: 9092,
            security_protocol: 0,
        }],
        features: vec![BrokerFeature {
            name: "metadata.version".to_owned(),
            min_supported_version: 1,
            max_supported_version: 21,
        }],
        rack: Some("rack-a".to_owned()),
        fenced: false,
        log_dirs: vec![uuid(500 + broker_id as u128)],
        ..Default::default()
    })
    .into()
}

fn broker_change(fenced: i8, in_controlled_shutdown: i8, log_dirs: &[u128]) -> Record {
    let log_dirs = log_dirs.iter().copied().map(uuid).collect();
    M::BrokerRegistrationChange(BrokerRegistrationChangeRecord {
        broker_id: 1,
        broker_epoch: 10,
        fenced,
        in_controlled_shutdown,
        log_dirs,
    })
    .into()
}

fn base_image() -> Image {
    let acl = AccessControlEntryRecord { id: uuid(900), principal: "User:alice".to_owned(), ..Default::default() };
    let token = DelegationTokenRecord { token_id: "token-1".to_owned(), ..Default::default() };
    let records = [
        feature("metadata.version", 21),
        feature("group.version", 1),
        broker(1, 10),
        broker(2, 20),
        topic("orders", 101),
        partition(101, 0),
        partition(101, 1),
        config(2, "orders", "retention.ms", Some("1000")),
        config(4, "", "ssl.keystore.password", Some("very secret")),
        quota("producer_byte_rate", 1024.0, false),
        producer_ids(1000),
        M::AccessControlEntry(acl).into(),
        scram(4096, b"salt"),
        M::DelegationToken(token).into(),
    ];
    Image::from_records(Dialect::kraft(MetadataVersion::LATEST), records).expect("the base image")
}

fn cases() -> Vec<Record> {
    let mut cases = cluster_cases();
    cases.extend(topic_cases());
    cases.extend(other_cases());
    cases.extend(sidecar_records().into_iter().map(Record::Sidecar));
    cases
}

fn cluster_cases() -> Vec<Record> {
    vec![
        broker(3, 30),
        broker(1, 40),
        M::UnregisterBroker(UnregisterBrokerRecord { broker_id: 2, broker_epoch: 20 }).into(),
        M::UnregisterBroker(UnregisterBrokerRecord { broker_id: 2, broker_epoch: 19 }).into(),
        M::UnregisterBroker(UnregisterBrokerRecord { broker_id: 9, broker_epoch: 20 }).into(),
        M::FenceBroker(FenceBrokerRecord { id: 1, epoch: 10 }).into(),
        M::FenceBroker(FenceBrokerRecord { id: 1, epoch: 11 }).into(),
        M::UnfenceBroker(UnfenceBrokerRecord { id: 1, epoch: 10 }).into(),
        broker_change(1, 0, &[]),
        broker_change(-1, 0, &[]),
        broker_change(0, 1, &[]),
        broker_change(0, 0, &[501, 503]),
        broker_change(0, 0, &[]),
        broker_change(2, 0, &[]),
        broker_change(0, -1, &[]),
        M::RegisterController(RegisterControllerRecord {
            controller_id: 100,
            incarnation_id: uuid(77),
            zk_migration_ready: true,
            end_points: vec![ControllerEndpoint {
                name: "CONTROLLER".to_owned(),
                host: "host-100".to_owned(),
                port: 9093,
                security_protocol: 0,
            }],
            features: vec![],
        })
        .into(),
    ]
}

fn topic_cases() -> Vec<Record> {
    let change = PartitionChangeRecord { topic_id: uuid(101), partition_id: 0, ..Default::default() };
    let reassignment = PartitionChangeRecord {
        replicas: Some(vec![3, 1, 2]),
        directories: Some(vec![uuid(503), uuid(501), uuid(502)]),
        adding_replicas: Some(vec![3]),
        removing_replicas: Some(vec![2]),
        ..change.clone()
    };
    let mismatch = PartitionChangeRecord { replicas: Some(vec![3, 1, 2]), ..change.clone() };
    let unclean = PartitionChangeRecord {
        leader: 2,
        isr: Some(vec![2]),
        leader_recovery_state: 1,
        eligible_leader_replicas: Some(vec![1]),
        last_known_elr: Some(vec![2]),
        ..change.clone()
    };
    vec![
        topic("payments", 102),
        topic("orders", 103),
        topic("other", 101),
        partition(101, 2),
        M::Partition(PartitionRecord {
            partition_id: 0,
            topic_id: uuid(101),
            replicas: vec![2, 3],
            isr: vec![2],
            leader: -1,
            leader_epoch: 3,
            partition_epoch: 2,
            ..Default::default()
        })
        .into(),
        partition(999, 0),
        partition(101, -1),
        M::PartitionChange(change.clone()).into(),
        M::PartitionChange(PartitionChangeRecord { leader: 1, ..change.clone() }).into(),
        M::PartitionChange(PartitionChangeRecord { leader: -1, ..change.clone() }).into(),
        M::PartitionChange(PartitionChangeRecord { isr: Some(vec![1]), ..change.clone() }).into(),
        M::PartitionChange(reassignment).into(),
        M::PartitionChange(mismatch).into(),
        M::PartitionChange(unclean).into(),
        M::PartitionChange(PartitionChangeRecord { leader_recovery_state: 2, ..change.clone() }).into(),
        M::PartitionChange(PartitionChangeRecord { partition_id: 7, ..change.clone() }).into(),
        M::PartitionChange(PartitionChangeRecord { topic_id: uuid(999), ..change }).into(),
        M::RemoveTopic(RemoveTopicRecord { topic_id: uuid(101) }).into(),
        M::RemoveTopic(RemoveTopicRecord { topic_id: uuid(999) }).into(),
        M::ClearElr(ClearElrRecord { topic_name: "orders".to_owned() }).into(),
    ]
}

fn other_cases() -> Vec<Record> {
    let acl = AccessControlEntryRecord { id: uuid(901), principal: "User:bob".to_owned(), ..Default::default() };
    let token =
        DelegationTokenRecord { token_id: "token-2".to_owned(), owner: "User:bob".to_owned(), ..Default::default() };
    let remove_scram = |name: &str| RemoveUserScramCredentialRecord { name: name.to_owned(), mechanism: 1 };
    let remove_token = |token_id: &str| RemoveDelegationTokenRecord { token_id: token_id.to_owned() };
    vec![
        config(2, "orders", "max.message.bytes", Some("5")),
        config(2, "orders", "retention.ms", Some("2000")),
        config(2, "orders", "retention.ms", Some("1000")),
        config(2, "orders", "retention.ms", None),
        config(2, "orders", "not.there", None),
        config(4, "", "ssl.keystore.password", Some("another secret")),
        config(16, "sub", "interval.ms", Some("1")),
        config(8, "1", "kafka", Some("DEBUG")),
        feature("metadata.version", 17),
        feature("metadata.version", 16),
        feature("metadata.version", 22),
        feature("metadata.version", 0),
        feature("group.version", 0),
        feature("transaction.version", 2),
        feature("transaction.version", -1),
        M::ZkMigrationState(ZkMigrationStateRecord { zk_migration_state: 2 }).into(),
        M::ZkMigrationState(ZkMigrationStateRecord { zk_migration_state: 5 }).into(),
        producer_ids(2000),
        producer_ids(1000),
        quota("producer_byte_rate", 2048.0, false),
        quota("consumer_byte_rate", 0.5, false),
        quota("producer_byte_rate", 0.0, true),
        M::AccessControlEntry(acl).into(),
        M::RemoveAccessControlEntry(RemoveAccessControlEntryRecord { id: uuid(900) }).into(),
        M::RemoveAccessControlEntry(RemoveAccessControlEntryRecord { id: uuid(999) }).into(),
        scram(8192, b"salt"),
        scram(4096, b"other salt"),
        M::RemoveUserScramCredential(remove_scram("alice")).into(),
        M::RemoveUserScramCredential(remove_scram("nobody")).into(),
        M::DelegationToken(token).into(),
        M::RemoveDelegationToken(remove_token("token-1")).into(),
        M::RemoveDelegationToken(remove_token("nothing")).into(),
        M::NoOp(NoOpRecord::default()).into(),
        M::BeginTransaction(BeginTransactionRecord { name: Some("copy".to_owned()) }).into(),
        M::EndTransaction(EndTransactionRecord::default()).into(),
        M::AbortTransaction(AbortTransactionRecord { reason: Some("failover".to_owned()) }).into(),
    ]
}
