//! Three Kedge nodes, replication factor 3: brokers and controllers die one after the other under load, nothing is lost.

mod common;

use common::{
    Kedge, SOON, bootstrap_of, combined_configs,
    load::Load,
    topics::{create_topic, wait_for_full_isr},
};
use kedge_real_parts::{Properties, TestSite};

#[test]
fn every_acknowledged_record_survives_two_of_three_nodes_dying_in_turn() {
    let site = TestSite::new("kraft_kills").unwrap();
    let extra = Properties::new()
        .with("min.insync.replicas", 2)
        .with("default.replication.factor", 3)
        .with("broker.session.timeout.ms", 6_000);
    let mut nodes: Vec<Kedge> =
        combined_configs(&site, &extra).into_iter().map(|config| Kedge::spawn(&site, config)).collect();
    for node in &mut nodes {
        node.wait_until_started();
    }
    let bootstrap = bootstrap_of(&nodes);
    create_topic(&site, &bootstrap, "load", 6, 3);
    let mut load = Load::start(&site, &bootstrap, "load", 2, 150);
    load.wait_for_more(1_000, SOON);
    for victim in [0, 1, 2] {
        nodes[victim].kill();
        load.wait_for_more(1_000, SOON);
        nodes[victim].restart();
        wait_for_full_isr(&bootstrap, "load", SOON);
    }
    let verdict = load.stop_and_judge(SOON);
    assert_eq!(verdict.faults, []);
    assert!(verdict.acknowledged >= 4_000, "{verdict:?}");
    for mut node in nodes {
        node.stop();
    }
}
