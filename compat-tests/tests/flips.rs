//! The source of running brokers changes fifty times under load: no leader epoch changes, nothing is truncated, no coordinator
//! loads its groups again, no client loses a connection, no broker is another process. Then with a broker that is killed in the
//! middle of it, where epochs may grow, and nothing is lost.

mod common;

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use common::{
    Kedge, SOON,
    cluster::Shape,
    conductor::{Conductor, Way},
    load::{Library, Load},
    many_topics::create_topics,
    migration::Move,
    topics::wait_for_full_isr,
};
use kedge_real_parts::{Properties, TestSite, eventually};

const SHAPE: Shape = Shape { n_zookeeper_servers: 1, n_controllers: 3, n_brokers: 3 };
const N_TOPICS: usize = 5;
const PARTITIONS: usize = 4;
const RATE: u32 = 240;
/// Between two flips.
const RECORDS_BETWEEN: usize = 30;
/// There and back; twice as many flips.
const CALM_ROUNDS: u64 = 22;
const KILLED_BROKERS: [usize; 3] = [0, 1, 2];

#[test]
fn fifty_changes_of_source_under_load_are_not_noticed() {
    let site = TestSite::new("flips").unwrap();
    // A lagging replica on a busy machine would be a change of its own; only the deaths at the end need short sessions.
    let extra = Properties::new()
        .with("min.insync.replicas", 2)
        .with("zookeeper.session.timeout.ms", 12_000)
        .with("broker.session.timeout.ms", 12_000);
    let subject = Move::prepare(&site, SHAPE, &extra);
    let bootstrap = subject.cluster.bootstrap();
    let topics = create_topics(&site, &bootstrap, "orders", N_TOPICS, PARTITIONS, SHAPE.n_brokers);
    let mut load = Load::new(&site, &bootstrap, &topics);
    load.add_producer(Library::Librdkafka, RATE);
    load.add_group(Library::Librdkafka, "readers", 2);
    load.wait_for_more(1_000, SOON);
    wait_for_full_isr(&site, &bootstrap, "__consumer_offsets", SOON);
    let mut conductor = Conductor::new(&site, subject);
    conductor.go(Way::Back, &mut None);

    calm(&mut conductor, &mut load);
    for victim in KILLED_BROKERS {
        let before = leader_epochs(&conductor.subject.cluster.brokers);
        flip_without(&mut conductor, &mut load, victim);
        wait_for_full_isr(&site, &bootstrap, &topics[0], SOON);
        let after = leader_epochs(&conductor.subject.cluster.brokers);
        for (file, epochs) in &before {
            let (before, after) = (last_epoch(epochs), last_epoch(&after[file]));
            assert!(before <= after, "{file}: leader epoch {before:?} became {after:?}");
        }
    }
    load.wait_for_more(RECORDS_BETWEEN, SOON);
    let verdict = load.stop_and_judge(Duration::from_secs(120));
    assert_eq!(verdict.faults, []);
    println!("{} records acknowledged, none lost", verdict.acknowledged);
}

/// What must be the same after a flip as before it.
#[derive(Debug, PartialEq, Eq)]
struct Unchanged {
    /// Every `leader-epoch-checkpoint`.
    leader_epochs: BTreeMap<String, String>,
    /// What brokers say when they cut a log, or load or unload a group coordinator.
    incidents: BTreeMap<usize, Vec<String>>,
    processes: Vec<(u32, u64)>,
    /// Lost by each client.
    connections_lost: BTreeMap<String, u64>,
}

impl Unchanged {
    fn now(conductor: &Conductor, load: &mut Load) -> Unchanged {
        load.update();
        let brokers = &conductor.subject.cluster.brokers;
        Unchanged {
            leader_epochs: leader_epochs(brokers),
            incidents: brokers.iter().map(incidents).enumerate().collect(),
            processes: brokers.iter().map(Kedge::identity).collect(),
            connections_lost: load.connections().into_iter().map(|(client, (_, lost))| (client, lost)).collect(),
        }
    }
}

fn calm(conductor: &mut Conductor, load: &mut Load) {
    let before = Unchanged::now(conductor, load);
    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    for round in 1..=CALM_ROUNDS {
        for way in [Way::Forward, Way::Back] {
            let went = conductor.go(way, &mut None);
            assert_eq!(went.n_orders, 1, "{way:?} in round {round}");
            slowest = slowest.max(went.elapsed);
            load.wait_for_more(RECORDS_BETWEEN, SOON);
            if way == Way::Forward && round % 5 == 0 {
                conductor.wait_until_equal();
            }
        }
    }
    let flips = 2 * CALM_ROUNDS;
    let (elapsed, slowest) = (began.elapsed().as_secs_f32(), slowest.as_secs_f32());
    println!("{flips} flips in {elapsed:.1} s, the slowest {slowest:.1} s");
    for broker in conductor.brokers().unwrap() {
        assert_eq!(broker["source_switches"], flips, "{broker}");
    }
    assert_eq!(Unchanged::now(conductor, load), before);
}

/// There and back, and the broker dies on the way there and on the way back.
fn flip_without(conductor: &mut Conductor, load: &mut Load, victim: usize) {
    let began = Instant::now();
    for way in [Way::Forward, Way::Back] {
        conductor.subject.cluster.brokers[victim].kill();
        conductor.start_broker_again(victim);
        conductor.go(way, &mut None);
        load.wait_for_more(RECORDS_BETWEEN, SOON);
    }
    eventually(SOON, "the killed broker's answer", || conductor.brokers().map(|_| ())).unwrap();
    println!("there and back while broker {} dies: {:.1} s", victim + 1, began.elapsed().as_secs_f32());
}

/// The checkpoint files of every broker, by path.
fn leader_epochs(brokers: &[Kedge]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for broker in brokers {
        for partition in std::fs::read_dir(broker.config.log_dir()).unwrap() {
            let file = partition.unwrap().path().join("leader-epoch-checkpoint");
            if let Ok(text) = std::fs::read_to_string(&file) {
                found.insert(name_of(broker, &file), text);
            }
        }
    }
    assert!(found.len() >= brokers.len() * N_TOPICS * PARTITIONS, "only {} checkpoints", found.len());
    found
}

fn name_of(broker: &Kedge, file: &Path) -> String {
    format!("{}: {}", broker.config.name(), file.display())
}

/// Kafka's file: version, number of lines, then epoch and start offset in each.
fn last_epoch(checkpoint: &str) -> Option<i32> {
    checkpoint.lines().skip(2).filter_map(|line| line.split(' ').next()?.parse().ok()).max()
}

fn incidents(broker: &Kedge) -> Vec<String> {
    let lines = |words: &[&str]| broker.process.log_lines(words).unwrap();
    [lines(&["truncat"]), lines(&["unloads __consumer_offsets"]), lines(&["loaded __consumer_offsets"])].concat()
}
