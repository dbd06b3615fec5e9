//! Figures that are looked at, not judged: the copy of many partitions, topics a second in each mode, memory of an idle broker.
//! Each line of them begins with `figure:`. A hang fails, a slow machine does not.

mod common;

use std::time::{Duration, Instant};

use common::{
    Kedge,
    cluster::{Cluster, Mode, Shape},
    many_topics::create_topics,
    migration::Move,
};
use kedge_real_parts::{KafkaConfig, Properties, TestSite};

const SHAPE: Shape = Shape { n_zookeeper_servers: 3, n_controllers: 3, n_brokers: 3 };
const PATIENCE: Duration = Duration::from_secs(600);

fn figure(text: &str) {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    println!("figure: {text} (load average {load})");
}

/// Copy and control freeze, with one replica each: what is copied is the metadata.
fn copy_of(n_topics: usize, partitions: usize) {
    let site = TestSite::new(&format!("copy_of_{}", n_topics * partitions)).unwrap();
    let subject = Move::prepare(&site, SHAPE, &Properties::new());
    let bootstrap = subject.cluster.bootstrap();
    create_topics(&site, &bootstrap, "copied", n_topics, partitions, 1);
    let began = Instant::now();
    subject.order("start");
    let status = subject.wait_for_state(&["dual"], PATIENCE, |_| ());
    let dual = began.elapsed().as_secs_f32();
    subject.wait_until_brokers_are(true, PATIENCE);
    let switched = began.elapsed().as_secs_f32();
    let n_partitions = n_topics * partitions;
    figure(&format!(
        "{n_partitions} partitions: {}; order to dual {dual:.1} s, to the last broker on the log {switched:.1} s",
        status.document()["copy"]
    ));
    let (exit_code, _) = subject.verify();
    assert_eq!(exit_code, 0, "verify");
    let began = Instant::now();
    subject.order("rollback");
    subject.wait_for_state(&["zk", "prepared"], PATIENCE, |_| ());
    subject.wait_until_brokers_are(false, PATIENCE);
    figure(&format!("{n_partitions} partitions: back in {:.1} s", began.elapsed().as_secs_f32()));
}

#[test]
fn copy_of_a_thousand_partitions() {
    copy_of(200, 5);
}

#[test]
fn copy_of_ten_thousand_partitions() {
    copy_of(500, 20);
}

#[test]
fn topics_a_second() {
    for mode in [Mode::ZooKeeper, Mode::KRaft, Mode::Dual] {
        let site = TestSite::new(&format!("topics_{mode:?}")).unwrap();
        let cluster = Cluster::start(&site, mode, SHAPE, &Properties::new());
        let began = Instant::now();
        create_topics(&site, &cluster.bootstrap(), "made", 200, 5, 3);
        let seconds = began.elapsed().as_secs_f32();
        figure(&format!(
            "{mode:?}: 200 topics of 5 partitions, 3 replicas, until the last has a leader: {seconds:.1} s, {:.0} topics/s",
            200.0 / seconds
        ));
    }
}

#[test]
fn memory_of_an_idle_broker() {
    let site = TestSite::new("idle").unwrap();
    let node = Kedge::start(&site, KafkaConfig::kraft_combined(&site, 1).unwrap());
    let resident = node.process.resident_bytes().unwrap();
    figure(&format!("idle node, broker and controller: {} MiB resident", resident >> 20));
}
