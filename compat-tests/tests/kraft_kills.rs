//! Three Kedge nodes, replication factor 3: brokers and controllers die one after the other under load, nothing is lost.

mod common;

use common::{Kedge, SOON, bootstrap_of, combined_configs, create_topic, load::Load};
use kedge_real_parts::{JavaTool, Properties, TestSite, eventually};

/// Apache's tool says that every partition of the topic has three replicas in its ISR.
fn is_isr_full(site: &TestSite, bootstrap: &str, topic: &str) -> bool {
    let described = JavaTool::topics(site, bootstrap).args(["--describe", "--topic", topic]).run().ok();
    let described = described.and_then(|output| output.success().ok()).unwrap_or_default();
    let isr_of =
        |line: &str| line.split("Isr: ").nth(1).map(|rest| rest.split_whitespace().next().unwrap_or("").to_owned());
    let isrs: Vec<String> = described.lines().filter(|line| line.contains("Leader: ")).filter_map(isr_of).collect();
    !isrs.is_empty() && isrs.iter().all(|isr| isr.split(',').count() == 3)
}

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
    let load = Load::start(&site, &bootstrap, "load", 2, 150);
    load.wait_for_more(1_000, SOON);
    for victim in [0, 1, 2] {
        nodes[victim].kill();
        load.wait_for_more(1_000, SOON);
        nodes[victim].restart();
        eventually(SOON, "the ISR is three again", || is_isr_full(&site, &bootstrap, "load")).unwrap();
    }
    let verdict = load.stop_and_judge(SOON);
    assert_eq!(verdict.faults, []);
    assert!(verdict.acknowledged >= 4_000, "{verdict:?}");
    for mut node in nodes {
        node.stop();
    }
}
