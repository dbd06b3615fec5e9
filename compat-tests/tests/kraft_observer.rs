//! Apache Kafka 3.9 brokers as observers of a Kedge quorum: the derived log, the controller's requests and their epochs
//! are Kafka's.

mod common;

use common::{Kedge, SOON, load::Load, topics::create_topic};
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
    let mut load = Load::start(&site, &bootstrap, "load", 1, 100);
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

#[test]
fn a_fresh_apache_39_broker_starts_from_a_kedge_snapshot() {
    let site = TestSite::new("observer_snapshot").unwrap();
    let controller = KafkaConfig::kraft_controllers(&site, &[3001]).unwrap().remove(0);
    let controller = controller.with("metadata.log.max.record.bytes.between.snapshots", 2_000);
    let voters = controller.voters().to_owned();
    let metadata_dir = controller.log_dir().join("__cluster_metadata-0");
    let _controller = Kedge::start(&site, controller);
    let first = KafkaConfig::kraft_broker(&site, 1, &voters).unwrap();
    let first = first.format_storage(TEST_CLUSTER_ID).unwrap().start().unwrap();
    for topic in ["before-1", "before-2", "before-3"] {
        create_topic(&site, &first.bootstrap(), topic, 20, 1);
    }
    eventually(SOON, "a snapshot of the metadata log", || {
        let files = std::fs::read_dir(&metadata_dir).ok()?.filter_map(Result::ok);
        files.map(|file| file.file_name()).find(|name| name.to_string_lossy().ends_with(".checkpoint"))
    })
    .unwrap();

    let second = KafkaConfig::kraft_broker(&site, 2, &voters).unwrap();
    let fetched = second.log_dir().join("__cluster_metadata-0");
    let mut second = second.format_storage(TEST_CLUSTER_ID).unwrap().start().unwrap();
    let has_snapshot = std::fs::read_dir(fetched).unwrap().filter_map(Result::ok).any(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.ends_with(".checkpoint") && !name.starts_with("00000000000000000000-")
    });
    assert!(has_snapshot, "the second broker read the log from its beginning");
    let listed = JavaTool::topics(&site, &second.bootstrap()).args(["--list"]).run().unwrap().success().unwrap();
    assert_eq!(listed.lines().filter(|line| line.starts_with("before-")).count(), 3);
    create_topic(&site, &second.bootstrap(), "after", 2, 2);
    let records = "one\ntwo\n".to_owned();
    let producer = JavaTool::console_producer(&site, &second.bootstrap(), "after");
    producer.args(["--producer-property", "acks=all"]).input(records).run().unwrap().success().unwrap();
    let consumer = JavaTool::console_consumer(&site, &second.bootstrap(), "after").args(["--max-messages", "2"]);
    assert_eq!(consumer.run().unwrap().success().unwrap().lines().count(), 2);
    second.stop().unwrap();
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
