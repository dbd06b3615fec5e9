//! What Kedge does today, to be watched: three nodes, each broker and controller, under load from librdkafka; one after the
//! other is killed and comes back, and an oracle compares every acknowledged record with what was read.
//!
//! `scripts/demo.sh` runs it. The live migration takes this place once it is built.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use common::{Kedge, SOON, bootstrap_of, combined_configs, load::Load, topics::create_topic};
use kedge_real_parts::{Properties, TestSite};

const RECORDS_PER_PHASE: usize = 2_000;

fn main() {
    let started = Instant::now();
    let say = |what: &str| println!("{:>6.1} s  {what}", started.elapsed().as_secs_f32());
    let site = TestSite::new("demo").unwrap();
    let extra = Properties::new()
        .with("min.insync.replicas", 2)
        .with("default.replication.factor", 3)
        .with("broker.session.timeout.ms", 6_000);
    let mut nodes: Vec<Kedge> =
        combined_configs(&site, &extra).into_iter().map(|config| Kedge::spawn(&site, config)).collect();
    for node in &mut nodes {
        node.wait_until_started();
    }
    say("three Kedge nodes are up: brokers and a KRaft quorum");
    let bootstrap = bootstrap_of(&nodes);
    create_topic(&site, &bootstrap, "demo", 12, 3);
    say("topic demo: 12 partitions, replication factor 3, created by Apache Kafka 3.9's kafka-topics");
    let mut load = Load::start(&site, &bootstrap, "demo", 2, 200);
    load.wait_for_more(RECORDS_PER_PHASE, SOON);
    say(&format!("{} records acknowledged (idempotent, acks=all)", load.acknowledged()));
    for node in &mut nodes {
        let name = node.config.name().to_owned();
        node.kill();
        say(&format!("{name}: killed"));
        load.wait_for_more(RECORDS_PER_PHASE, SOON);
        say(&format!("{} records acknowledged without it", load.acknowledged()));
        node.restart();
        load.wait_for_more(RECORDS_PER_PHASE, SOON);
        say(&format!("{name}: back; {} records acknowledged", load.acknowledged()));
    }
    let verdict = load.stop_and_judge(Duration::from_secs(120));
    say(&format!(
        "{} records acknowledged, {} read; {} redelivered to the group in rebalances, {} read whose acknowledgement was lost",
        verdict.acknowledged, verdict.read, verdict.redelivered, verdict.unacknowledged_read
    ));
    for fault in &verdict.faults {
        say(&fault.to_string());
    }
    if !verdict.faults.is_empty() {
        std::process::exit(1);
    }
    say("nothing lost, duplicated, moved or reordered");
}
