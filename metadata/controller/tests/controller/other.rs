//! Producer ids, directories, controllers, activation, migration state.

use kedge_controller::{
    activation::{LogState, activate},
    brokers::heartbeat,
    controllers::register_controller,
    directories::{AssignReplicasRequest, assign_replicas_to_dirs},
    features::set_zk_migration_state,
    producer_ids::{allocate_producer_ids, skip_blocks},
};
use kedge_metadata_state::{
    Dialect, ErrorCode, Image, MetadataVersion, Uuid,
    image::{ControllerRegistration, ZkMigrationState},
};

use crate::cluster::{Cluster, endpoint, uuid};

#[test]
fn producer_id_blocks_never_overlap() {
    let mut cluster = Cluster::kraft_with([1]);
    let broker_epoch = cluster.broker_epoch(1);
    let allocate = |cluster: &mut Cluster| {
        cluster.run("allocate", |context, _| allocate_producer_ids(context, 1, broker_epoch)).response
    };
    assert_eq!(allocate(&mut cluster).map(|block| block.first_producer_id), Ok(0));
    assert_eq!(allocate(&mut cluster).map(|block| block.first_producer_id), Ok(1_000));
    cluster.run("skip at a hand-over", |context, _| skip_blocks(context, 1_000));
    cluster.run("skip none", |context, _| skip_blocks(context, 0));
    assert_eq!(allocate(&mut cluster).map(|block| block.first_producer_id), Ok(1_002_000));
    cluster.image.next_producer_id = i64::MAX - 999;
    assert_eq!(allocate(&mut cluster).unwrap_err().error_code, ErrorCode::UNKNOWN_SERVER_ERROR);
    let stale = cluster.quietly(|context, _| allocate_producer_ids(context, 1, broker_epoch + 1));
    assert_eq!(stale.response.unwrap_err().error_code, ErrorCode::STALE_BROKER_EPOCH);
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn replicas_are_assigned_to_directories() {
    let mut cluster = Cluster::kraft_with([1, 2]);
    let topic_id = cluster.create("t", &[&[1, 2], &[2, 1]]);
    let alone = cluster.create("alone", &[&[2]]);
    let broker_epoch = cluster.broker_epoch(1);
    let request = |assignments| AssignReplicasRequest { broker_id: 1, broker_epoch, assignments };
    let online = cluster.image.cluster.brokers[&1].directories[0];
    let known = request(vec![(online, topic_id, 0), (online, topic_id, 9), (online, Uuid::ONE, 0), (online, alone, 0)]);
    let decision = cluster.quietly(|context, _| assign_replicas_to_dirs(context, &known));
    let results: Vec<_> = decision.response.expect("the epoch is right").into_iter().map(|it| it.result).collect();
    use ErrorCode as E;
    let expected =
        [Ok(()), Err(E::UNKNOWN_TOPIC_OR_PARTITION), Err(E::UNKNOWN_TOPIC_ID), Err(E::NOT_LEADER_OR_FOLLOWER)];
    assert_eq!(results, expected);
    assert!(decision.units.is_empty(), "it lies there already");
    let failed = request(vec![(uuid(7, 7), topic_id, 0), (uuid(7, 7), topic_id, 1)]);
    cluster.quietly(|context, _| assign_replicas_to_dirs(context, &failed));
    cluster.note_partitions();
    assert_eq!(cluster.partition("t", 0).directories[0], uuid(7, 7));
    let many = request(vec![(online, topic_id, 0); 2_251]);
    let decision = cluster.quietly(|context, _| assign_replicas_to_dirs(context, &many));
    assert_eq!(decision.response.unwrap_err().error_code, E::INVALID_REQUEST);
    insta::assert_snapshot!(cluster.transcript);
}

#[test]
fn a_controller_registers_once() {
    let mut cluster = Cluster::kraft();
    let mut registration = ControllerRegistration {
        controller_id: 3_000,
        incarnation_id: uuid(1, 1),
        zk_migration_ready: true,
        listeners: vec![endpoint(3)],
        features: [("metadata.version".to_owned(), (17, 21))].into(),
    };
    assert_eq!(cluster.quietly(|context, _| register_controller(context, &registration)).units.len(), 1);
    assert!(cluster.quietly(|context, _| register_controller(context, &registration)).is_empty());
    registration.incarnation_id = uuid(1, 2);
    assert_eq!(cluster.quietly(|context, _| register_controller(context, &registration)).units.len(), 1);
    assert_eq!(*cluster.image.cluster.controllers[&3_000], registration);
}

#[test]
fn the_first_records_of_a_log() {
    let mut cluster = Cluster::kraft();
    cluster.image = Image::empty(Dialect::kraft(MetadataVersion::LATEST));
    cluster.run("an empty log", |context, _| activate(context, LogState::default()));
    cluster.run("a log with content", |context, _| activate(context, LogState::default()));
    let open = LogState { open_transaction: true, ..LogState::default() };
    cluster.run("an open transaction", |context, _| activate(context, open.clone()));
    cluster.image = Image::empty(Dialect::kraft(MetadataVersion::LATEST));
    cluster.settings.zookeeper_metadata_migration_enable = true;
    cluster.settings.bootstrap_metadata_version = MetadataVersion::MIN;
    cluster.run("a quorum to move to, its bootstrap cut off", |context, _| activate(context, open));
    assert_eq!(cluster.image.features.metadata_version, Some(MetadataVersion::MIN));
    insta::assert_snapshot!(cluster.transcript);
}

/// Started once without the flag (upstream needs the directories wiped then): nothing was decided yet, so it is not too late.
#[test]
fn an_unused_quorum_may_still_become_the_target_of_a_move() {
    let mut cluster = Cluster::kraft();
    cluster.image = Image::empty(Dialect::kraft(MetadataVersion::LATEST));
    cluster.quietly(|context, _| activate(context, LogState::default()));
    assert_eq!(cluster.image.features.zk_migration_state, ZkMigrationState::None);
    cluster.settings.zookeeper_metadata_migration_enable = true;
    cluster.quietly(|context, _| activate(context, LogState::default()));
    assert_eq!(cluster.image.features.zk_migration_state, ZkMigrationState::PreMigration);
    assert!(cluster.quietly(|context, _| activate(context, LogState::default())).is_empty());
    // A cluster with brokers of its own was born in KRaft and stays so.
    let mut cluster = Cluster::kraft_with([1]);
    cluster.settings.zookeeper_metadata_migration_enable = true;
    assert!(cluster.quietly(|context, _| activate(context, LogState::default())).is_empty());
}

#[test]
fn migration_state_is_written_once() {
    let mut cluster = Cluster::kraft();
    let set = |cluster: &mut Cluster, state| cluster.quietly(|context, _| set_zk_migration_state(context, state));
    assert!(set(&mut cluster, ZkMigrationState::None).is_empty());
    assert_eq!(set(&mut cluster, ZkMigrationState::Migration).units.len(), 1);
    assert!(set(&mut cluster, ZkMigrationState::Migration).is_empty());
}

#[test]
fn an_ordinary_heartbeat_has_no_records() {
    let mut cluster = Cluster::kraft_with([1]);
    let request = cluster.heartbeat_request(1);
    assert!(cluster.quietly(|context, liveness| heartbeat(context, liveness, &request)).is_empty());
}
