//! The demo's scenario, small, on every ZooKeeper from 3.4.12 to 3.9.5, one version at a time: forward, back, forward,
//! finalize, ZooKeeper gone, under load.

mod common;

use common::{
    SOON,
    cluster::Shape,
    load::{Library, Load},
    many_topics::{create_topics, set_broker_config},
    migration::Move,
    recorder::Recorder,
    walk::walk,
};
use kedge_compat_tests::report::Scenario;
use kedge_real_parts::{Properties, TestSite, ZooKeeperVersion};

const SHAPE: Shape = Shape { n_zookeeper_servers: 3, n_controllers: 3, n_brokers: 3 };
const N_TOPICS: usize = 12;
const PARTITIONS: usize = 3;

fn moves_on(version: ZooKeeperVersion) {
    let site = TestSite::new(&format!("move_on_{version:?}")).unwrap();
    let extra = Properties::new().with("min.insync.replicas", 2);
    let mut subject = Move::prepare_on(&site, version, SHAPE, &extra, |config| config);
    let bootstrap = subject.cluster.bootstrap();
    let topics = create_topics(&site, &bootstrap, "orders", N_TOPICS, PARTITIONS, SHAPE.n_brokers);
    set_broker_config(&site, &bootstrap, "log.retention.ms", "604800001");
    let mut load = Load::new(&site, &bootstrap, &topics);
    load.add_producer(Library::Java, 100);
    load.add_producer(Library::Librdkafka, 100);
    load.add_group(Library::Librdkafka, "readers", 2);
    load.wait_for_more(300, SOON);

    let say = Box::new(|line: &str| println!("{line}"));
    let mut recorder = Recorder::begin(&site, load, &bootstrap, &subject.cluster.brokers, say);
    walk(&mut recorder, &mut subject, 200);
    let scenario = Scenario {
        n_zookeeper_servers: SHAPE.n_zookeeper_servers,
        n_brokers: SHAPE.n_brokers,
        n_controllers: SHAPE.n_controllers,
        n_topics: N_TOPICS,
        n_partitions: N_TOPICS * PARTITIONS,
        replication_factor: SHAPE.n_brokers,
        // A test fails on a loss or a hang, not on a rate.
        records_per_second: 1,
        n_loaded_topics: topics.len(),
    };
    let recorded = recorder.end(scenario, &subject.cluster_id, &bootstrap, &subject.cluster.brokers);
    assert_eq!(recorded.report.violations, Vec::<String>::new());
}

#[test]
fn a_move_on_3_4_12() {
    moves_on(ZooKeeperVersion::V3_4_12);
}

#[test]
fn a_move_on_3_4_14() {
    moves_on(ZooKeeperVersion::V3_4_14);
}

#[test]
fn a_move_on_3_5() {
    moves_on(ZooKeeperVersion::V3_5_10);
}

#[test]
fn a_move_on_3_6() {
    moves_on(ZooKeeperVersion::V3_6_4);
}

#[test]
fn a_move_on_3_7() {
    moves_on(ZooKeeperVersion::V3_7_2);
}

#[test]
fn a_move_on_3_8() {
    moves_on(ZooKeeperVersion::V3_8_6);
}

#[test]
fn a_move_on_3_9() {
    moves_on(ZooKeeperVersion::V3_9_5);
}
