//! A live cluster moves from ZooKeeper to a quorum, back, and again, under load: the demo's scenario, smaller; and nodes that
//! have moved start while ZooKeeper is down.

mod common;

use std::time::Duration;

use common::{
    SOON,
    cluster::Shape,
    load::Load,
    migration::Move,
    small_walk::small_walk,
    topics::{create_topic, list_topics, wait_for_full_isr},
};
use kedge_real_parts::{Properties, TestSite, eventually};

const SHAPE: Shape = Shape { n_zookeeper_servers: 1, n_controllers: 3, n_brokers: 3 };

#[test]
fn forward_back_forward_and_finalize_under_load() {
    let site = TestSite::new("migration").unwrap();
    let subject = Move::prepare(&site, SHAPE, &Properties::new().with("min.insync.replicas", 2));
    small_walk(&site, subject, SHAPE);
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
