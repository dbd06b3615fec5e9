//! Apache Kafka 3.9 brokers as observers of a Kedge quorum: the derived log, the controller's requests and their epochs
//! are Kafka's.

mod common;

use common::{Kedge, SOON, create_topic, load::Load};
use kedge_real_parts::{JavaTool, KafkaConfig, TEST_CLUSTER_ID, TestSite, eventually};

#[test]
fn an_apache_39_broker_follows_a_kedge_quorum_across_a_controller_change_and_a_kill() {
    let site = TestSite::new("observer").unwrap();
    let controllers = KafkaConfig::kraft_controllers(&site, &[3001, 3002, 3003]).unwrap();
    let voters = controllers[0].voters().to_owned();
    let mut quorum: Vec<Kedge> = controllers.into_iter().map(|config| Kedge::spawn(&site, config)).collect();
    for node in &mut quorum {
        node.wait_until_started();
    }
    let broker = KafkaConfig::kraft_broker(&site, 1, &voters).unwrap();
    let mut broker = broker.format_storage(TEST_CLUSTER_ID).unwrap().start().unwrap();
    let bootstrap = broker.bootstrap();
    create_topic(&site, &bootstrap, "load", 3, 1);
    let load = Load::start(&site, &bootstrap, "load", 1, 100);
    load.wait_for_more(300, SOON);

    let killed = leader(&site, &bootstrap);
    quorum.iter_mut().find(|node| node.config.name().ends_with(&killed.to_string())).unwrap().kill();
    let next =
        eventually(SOON, "another controller rules", || Some(leader(&site, &bootstrap)).filter(|id| *id != killed));
    next.unwrap();
    load.wait_for_more(300, SOON);
    create_topic(&site, &bootstrap, "after-the-change", 3, 1);
    quorum.iter_mut().find(|node| node.config.name().ends_with(&killed.to_string())).unwrap().restart();

    broker.kill();
    broker.restart().unwrap();
    load.wait_for_more(300, SOON);
    let listed = JavaTool::topics(&site, &bootstrap).args(["--list"]).run().unwrap().success().unwrap();
    assert!(listed.contains("after-the-change"), "{listed}");
    let verdict = load.stop_and_judge(SOON);
    assert_eq!(verdict.faults, []);
    broker.stop().unwrap();
}

/// Who leads the quorum, as Apache's tool sees it.
fn leader(site: &TestSite, bootstrap: &str) -> i32 {
    let found = eventually(SOON, "the quorum has a leader", || {
        let status = JavaTool::metadata_quorum(site, bootstrap).args(["describe", "--status"]).run().ok()?;
        let status = status.success().ok()?;
        let line = status.lines().find(|line| line.starts_with("LeaderId:"))?.to_owned();
        line.split_whitespace().nth(1)?.parse().ok().filter(|id: &i32| *id >= 0)
    });
    found.unwrap()
}
