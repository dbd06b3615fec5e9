//! N−1: with replication factor 3 and min.insync.replicas 1, two of three brokers die one after the other, and nothing that
//! was acknowledged is missing on the last one. The same body in every metadata mode.

mod common;

use std::time::Duration;

use common::{
    SOON,
    cluster::{Cluster, Mode, Shape},
    load::{Library, Load},
    topics::{create_topic, wait_for_full_isr, wait_for_partitions, wait_for_preferred_leaders},
};
use kedge_real_parts::{Properties, TestSite};

const RECORDS_PER_STEP: usize = 600;
/// A dead broker is noticed after its session (6 s); its partitions then need new leaders, its clients new metadata.
const FAILOVER: Duration = Duration::from_secs(90);

#[test]
fn in_zookeeper_mode() {
    two_of_three_die(Mode::ZooKeeper);
}

#[test]
fn in_kraft_mode() {
    two_of_three_die(Mode::KRaft);
}

#[test]
fn in_dual() {
    two_of_three_die(Mode::Dual);
}

/// The brokers do there what they do in KRaft mode: only the long run takes the time.
#[cfg(feature = "long")]
#[test]
fn in_final() {
    two_of_three_die(Mode::Final);
}

fn two_of_three_die(mode: Mode) {
    let site = TestSite::new(&format!("n_minus_one_{mode:?}")).unwrap();
    let shape = Shape { n_zookeeper_servers: 1, n_controllers: 1, n_brokers: 3 };
    let mut cluster = Cluster::start(&site, mode, shape, &Properties::new().with("min.insync.replicas", 1));
    let bootstrap = cluster.bootstrap();
    create_topic(&site, &bootstrap, "load", 6, 3);
    let mut load = Load::new(&site, &bootstrap, &["load".to_owned()]);
    load.add_producer(Library::Librdkafka, 200);
    load.add_group(Library::Librdkafka, "readers", 2);
    load.wait_for_more(RECORDS_PER_STEP, SOON);
    wait_for_full_isr(&bootstrap, "load", SOON);

    // In ZooKeeper mode the first broker is the controller, which makes its death the harder one.
    let last = cluster.brokers[2].bootstrap();
    for (victim, left) in [(0, 2), (1, 1)] {
        cluster.brokers[victim].kill();
        load.wait_for_more(RECORDS_PER_STEP, FAILOVER);
        let what = format!("ISR of {left} and a leader after broker {} died", victim + 1);
        wait_for_partitions(&last, "load", &what, FAILOVER, |it| it.leader.is_some() && it.isr.len() == left);
        load.wait_for_more(RECORDS_PER_STEP, SOON);
    }
    load.stop_producers(SOON);
    let verdict = load.judge_log(&last, SOON);
    assert_eq!(verdict.faults, [], "what the last broker has");

    for victim in [0, 1] {
        cluster.brokers[victim].restart();
    }
    load.start_producers_again();
    load.wait_for_more(RECORDS_PER_STEP, SOON);
    wait_for_full_isr(&bootstrap, "load", FAILOVER);
    wait_for_preferred_leaders(&bootstrap, "load", FAILOVER);
    load.wait_for_more(RECORDS_PER_STEP, SOON);
    let verdict = load.stop_and_judge(SOON);
    assert_eq!(verdict.faults, []);
    cluster.stop();
}
