//! A live cluster moves from ZooKeeper to a quorum, back, and again, under load: the demo's scenario, smaller; and nodes that
//! have moved start while ZooKeeper is down.

mod common;

use std::time::Duration;

use common::{
    SOON,
    cluster::Shape,
    load::{Library, Load},
    many_topics::{create_topics, set_broker_config},
    migration::Move,
    recorder::Recorder,
    topics::{create_topic, list_topics, wait_for_full_isr},
    walk::walk,
};
use kedge_compat_tests::report::Scenario;
use kedge_real_parts::{Properties, TestSite, eventually};

const SHAPE: Shape = Shape { n_zookeeper_servers: 1, n_controllers: 3, n_brokers: 3 };
const N_TOPICS: usize = 10;
const PARTITIONS: usize = 5;
const RATE: u32 = 100;

#[test]
fn forward_back_forward_and_finalize_under_load() {
    let site = TestSite::new("migration").unwrap();
    let mut subject = Move::prepare(&site, SHAPE, &Properties::new().with("min.insync.replicas", 2));
    let bootstrap = subject.cluster.bootstrap();
    let topics = create_topics(&site, &bootstrap, "orders", N_TOPICS, PARTITIONS, SHAPE.n_brokers);
    set_broker_config(&site, &bootstrap, "log.retention.ms", "604800001");
    let mut load = Load::new(&site, &bootstrap, &topics);
    load.add_producer(Library::Java, RATE);
    load.add_producer(Library::Librdkafka, RATE);
    load.add_group(Library::Java, "java-readers", 2);
    load.add_group(Library::Librdkafka, "librdkafka-readers", 2);
    load.wait_for_more(500, SOON);

    let say = Box::new(|line: &str| println!("{line}"));
    let mut recorder = Recorder::begin(&site, load, &bootstrap, &subject.cluster.brokers, say);
    walk(&mut recorder, &mut subject, 300);
    let scenario = Scenario {
        n_zookeeper_servers: SHAPE.n_zookeeper_servers,
        n_brokers: SHAPE.n_brokers,
        n_controllers: SHAPE.n_controllers,
        n_topics: N_TOPICS,
        n_partitions: N_TOPICS * PARTITIONS,
        replication_factor: SHAPE.n_brokers,
        // Two busy cores: a test fails on a loss or a hang, not on a rate.
        records_per_second: 1,
        n_loaded_topics: topics.len(),
    };
    let recorded = recorder.end(scenario, &subject.cluster_id, &bootstrap, &subject.cluster.brokers);
    assert_eq!(recorded.report.violations, Vec::<String>::new());
}

#[test]
fn nodes_that_have_moved_start_without_zookeeper() {
    let site = TestSite::new("zookeeper_down").unwrap();
    let sessions =
        Properties::new().with("zookeeper.session.timeout.ms", 6_000).with("broker.session.timeout.ms", 6_000);
    let mut subject = Move::prepare(&site, SHAPE, &sessions);
    let bootstrap = subject.cluster.bootstrap();
    create_topic(&site, &bootstrap, "load", 6, 3);
    let mut load = Load::start(&site, &bootstrap, "load", 1, 100);
    load.wait_for_more(300, SOON);
    subject.forward();
    load.wait_for_more(300, SOON);

    // In `dual`: ZooKeeper away, a broker and a controller die and come back, metadata changes all the while.
    subject.stop_zookeeper();
    subject.cluster.brokers[0].kill();
    subject.cluster.controllers[0].kill();
    load.wait_for_more(300, SOON);
    create_topic(&site, &subject.cluster.brokers[1].bootstrap(), "made-without-zookeeper", 3, 2);
    subject.cluster.brokers[0].restart();
    subject.cluster.controllers[0].restart();
    wait_for_full_isr(&bootstrap, "load", SOON);
    load.wait_for_more(300, SOON);
    assert!(list_topics(&site, &subject.cluster.brokers[0].bootstrap()).contains(&"made-without-zookeeper".to_owned()));

    // ZooKeeper returns: the mirror catches up, and both sides are equal.
    subject.cluster.zookeeper.as_mut().unwrap().restart_all().unwrap();
    subject.wait_for_state(&["dual"], SOON, |_| ());
    eventually(Duration::from_secs(60), "both sides equal", || match subject.verify() {
        (0, _) => Ok(()),
        (exit_code, proof) => Err(format!("verify ended with {exit_code}: {proof}")),
    })
    .unwrap();

    // In `final`: the same without it coming back.
    eventually(Duration::from_secs(60), "finalize is allowed", || subject.try_order("finalize")).unwrap();
    subject.wait_for_state(&["final"], SOON, |_| ());
    subject.stop_zookeeper();
    subject.cluster.brokers[1].kill();
    subject.cluster.controllers[1].kill();
    load.wait_for_more(300, SOON);
    subject.cluster.brokers[1].restart();
    subject.cluster.controllers[1].restart();
    wait_for_full_isr(&bootstrap, "load", SOON);
    load.wait_for_more(300, SOON);
    let verdict = load.stop_and_judge(SOON);
    assert_eq!(verdict.faults, []);
}
