//! The main job, to be watched: three Kedge brokers on a real ZooKeeper ensemble serve real clients, move to a quorum without a
//! restart, roll back, move again, finalize, and lose ZooKeeper, all under load. Then a report; exit code 0 only if it is good.
//!
//! `scripts/demo.sh` runs it.

#[path = "../tests/common/mod.rs"]
mod common;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use common::{
    SOON,
    cluster::Shape,
    load::{Library, Load},
    many_topics::{create_topics, set_broker_config},
    migration::Move,
    recorder::Recorder,
    topics::wait_for_full_isr,
    walk::walk,
};
use kedge_compat_tests::report::{Scenario, to_html};
use kedge_real_parts::{Properties, TestSite};
use serde_json::Value;

const SHAPE: Shape = Shape { n_zookeeper_servers: 3, n_controllers: 3, n_brokers: 3 };
const TOPICS: usize = 200;
const PARTITIONS_PER_TOPIC: usize = 5;
/// Asked of each producer; it is run a little faster.
const RECORDS_PER_SECOND: u32 = 200;
const PRODUCER_RATE: u32 = 240;
/// Of each producer in each quiet phase.
const RECORDS_PER_PHASE: usize = 2_000;

fn main() -> ExitCode {
    let began = Instant::now();
    let say = move |what: &str| println!("{:>6.1} s  {what}", began.elapsed().as_secs_f32());
    let site = TestSite::new("demo").unwrap();
    let (mut subject, topics) = prepare(&site, &say);
    let bootstrap = subject.cluster.bootstrap();
    let mut load = Load::new(&site, &bootstrap, &topics);
    load.add_producer(Library::Java, PRODUCER_RATE);
    load.add_producer(Library::Librdkafka, PRODUCER_RATE);
    load.add_group(Library::Java, "java-readers", 2);
    load.add_group(Library::Librdkafka, "librdkafka-readers", 2);
    load.wait_for_more(RECORDS_PER_PHASE, SOON);
    say("an Apache Java client and a librdkafka client produce (idempotent, acks=all); two groups read");

    let mut recorder = Recorder::begin(&site, load, &bootstrap, &subject.cluster.brokers, Box::new(say));
    walk(&mut recorder, &mut subject, RECORDS_PER_PHASE);
    say("the load stops; the oracle compares every acknowledged record with what was read");
    let scenario = Scenario {
        n_zookeeper_servers: SHAPE.n_zookeeper_servers,
        n_brokers: SHAPE.n_brokers,
        n_controllers: SHAPE.n_controllers,
        n_topics: TOPICS,
        n_partitions: TOPICS * PARTITIONS_PER_TOPIC,
        replication_factor: SHAPE.n_brokers,
        records_per_second: RECORDS_PER_SECOND,
        n_loaded_topics: topics.len(),
    };
    let recorded = recorder.end(scenario, &subject.cluster_id, &bootstrap, &subject.cluster.brokers);
    let (json_file, html_file) = report_files();
    std::fs::write(&json_file, recorded.report.to_json()).unwrap();
    std::fs::write(&html_file, to_html(&recorded.report, recorded.load.latencies())).unwrap();
    show(&recorded.report, &say);
    say(&format!("report: {} and {}", html_file.display(), json_file.display()));
    if recorded.report.is_good {
        return ExitCode::SUCCESS;
    }
    println!("{}", site.log_tails());
    ExitCode::FAILURE
}

/// ZooKeeper, brokers, controllers and topics.
fn prepare(site: &TestSite, say: &impl Fn(&str)) -> (Move, Vec<String>) {
    let subject = Move::prepare(site, SHAPE, &Properties::new().with("min.insync.replicas", 2));
    say("three ZooKeeper servers, three Kedge brokers on them, three Kedge controllers beside them");
    let bootstrap = subject.cluster.bootstrap();
    let began = Instant::now();
    let topics = create_topics(site, &bootstrap, "orders", TOPICS, PARTITIONS_PER_TOPIC, SHAPE.n_brokers);
    set_broker_config(site, &bootstrap, "log.retention.ms", "604800001");
    wait_for_full_isr(&bootstrap, &topics[TOPICS - 1], SOON);
    let partitions = TOPICS * PARTITIONS_PER_TOPIC;
    say(&format!("{TOPICS} topics with {partitions} partitions made in {:.1} s", began.elapsed().as_secs_f32()));
    (subject, topics)
}

/// `target/demo-report.json` and `.html`, or where `KEDGE_REPORT` (without an ending) says.
fn report_files() -> (PathBuf, PathBuf) {
    let stem = std::env::var_os("KEDGE_REPORT").map_or_else(
        || {
            let target = std::env::current_exe().ok();
            let target = target.as_deref().and_then(Path::parent).and_then(Path::parent).and_then(Path::parent);
            target.unwrap_or(Path::new(".")).join("demo-report")
        },
        PathBuf::from,
    );
    (stem.with_extension("json"), stem.with_extension("html"))
}

fn show(report: &kedge_compat_tests::report::Report, say: &impl Fn(&str)) {
    for (number, phase) in report.evidence.phases.iter().enumerate() {
        let seconds = (phase.ended_ms - phase.began_ms) as f64 / 1000.0;
        for (producer, phases) in &report.latencies {
            let it = &phases[number];
            say(&format!(
                "{:<20} {seconds:>5.1} s  {producer:<13} {:>6} records  p50 {:>6} ms  p99 {:>7} ms  slowest {:>7} ms",
                phase.name, it.acknowledged, it.p50_ms, it.p99_ms, it.max_ms
            ));
        }
    }
    for line in &report.evidence.oracle {
        say(&format!(
            "{}: {} acknowledged, {} read, {} faults",
            line.reader,
            line.acknowledged,
            line.read,
            line.faults.len()
        ));
    }
    for (name, value) in report.evidence.figures.iter().filter(|(_, value)| !matches!(value, Value::Null)) {
        say(&format!("{name}: {value}"));
    }
    if report.is_good {
        say(
            "good: nothing lost, duplicated, moved, reordered or different; no broker restarted; no connection was lost",
        );
    }
    for violation in report.violations.iter().take(50) {
        say(&format!("NOT GOOD: {violation}"));
    }
}
