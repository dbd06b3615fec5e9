//! The demo's scenario, smaller: forward, back, forward, finalize, ZooKeeper gone, under load of both libraries.

use kedge_compat_tests::report::Scenario;
use kedge_real_parts::TestSite;

use super::{
    SOON,
    cluster::Shape,
    load::{Library, Load},
    many_topics::{create_topics, set_broker_config},
    migration::Move,
    recorder::Recorder,
    walk::walk,
};

const N_TOPICS: usize = 10;
const PARTITIONS: usize = 5;
const RATE: u32 = 100;
/// Records in each phase.
const RECORDS_A_PHASE: usize = 300;

/// Walks a cluster of that shape; the report may hold no violation.
pub fn small_walk(site: &TestSite, mut subject: Move, shape: Shape) {
    let bootstrap = subject.cluster.bootstrap();
    let topics = create_topics(site, &bootstrap, "orders", N_TOPICS, PARTITIONS, shape.n_brokers);
    set_broker_config(site, &bootstrap, "log.retention.ms", "604800001");
    let mut load = Load::new(site, &bootstrap, &topics);
    load.add_producer(Library::Java, RATE);
    load.add_producer(Library::Librdkafka, RATE);
    load.add_group(Library::Java, "java-readers", 2);
    load.add_group(Library::Librdkafka, "librdkafka-readers", 2);
    load.wait_for_more(500, SOON);

    let say = Box::new(|line: &str| println!("{line}"));
    let mut recorder = Recorder::begin(site, load, &bootstrap, &subject.cluster.brokers, say);
    walk(&mut recorder, &mut subject, RECORDS_A_PHASE);
    let scenario = Scenario {
        n_zookeeper_servers: shape.n_zookeeper_servers,
        n_brokers: shape.n_brokers,
        n_controllers: shape.n_controllers,
        n_topics: N_TOPICS,
        n_partitions: N_TOPICS * PARTITIONS,
        replication_factor: shape.n_brokers,
        // Two busy cores: a test fails on a loss or a hang, not on a rate.
        records_per_second: 1,
        n_loaded_topics: topics.len(),
    };
    let recorded = recorder.end(scenario, &subject.cluster_id, &bootstrap, &subject.cluster.brokers);
    assert_eq!(recorded.report.violations, Vec::<String>::new());
}
