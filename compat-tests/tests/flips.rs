//! The source of running brokers changes fifty times under load: no leader epoch changes, nothing is truncated, no coordinator
//! loads its groups again, no client loses a connection, no broker is another process. Then with a broker that is killed in the
//! middle of it, where epochs may grow, and nothing is lost.

mod common;

use std::{
    collections::BTreeMap,
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
const CALM_ROUNDS: u64 = 21;
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
    wait_for_full_isr(&bootstrap, "__consumer_offsets", SOON);
    let mut conductor = Conductor::new(&site, subject);
    conductor.go(Way::Back, &mut None);

    calm(&mut conductor, &mut load);
    overtake(&mut conductor, &mut load, KILLED_BROKERS[2]);
    for victim in KILLED_BROKERS {
        let before = leader_epochs(&conductor.subject.cluster.brokers);
        flip_without(&mut conductor, &mut load, victim);
        wait_for_full_isr(&bootstrap, &topics[0], SOON);
        let after = leader_epochs(&conductor.subject.cluster.brokers);
        for (replica, epochs) in &after {
            assert!(epochs.is_sorted(), "{replica}: leader epochs {epochs:?}");
            assert!(epochs.starts_with(&before[replica]), "{replica}: {:?} became {epochs:?}", before[replica]);
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
    leader_epochs: LeaderEpochs,
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

/// A broker that was killed serves again and waits for the session of its former process to end before it can register in
/// ZooKeeper: the move overtakes it. Its ephemeral has to be there all the same before the way back.
fn overtake(conductor: &mut Conductor, load: &mut Load, victim: usize) {
    let began = Instant::now();
    conductor.subject.cluster.brokers[victim].kill();
    conductor.start_broker_again(victim);
    eventually(SOON, "the broker's answer", || conductor.brokers().map(|_| ())).unwrap();
    conductor.go(Way::Forward, &mut None);
    let broker = &mut conductor.subject.cluster.brokers[victim];
    broker.process.wait_for_log_line(&["registered in ZooKeeper beside the quorum"], SOON).unwrap();
    load.wait_for_more(RECORDS_BETWEEN, SOON);
    conductor.go(Way::Back, &mut None);
    println!("there and back with broker {} overtaken: {:.1} s", victim + 1, began.elapsed().as_secs_f32());
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

/// Leader epochs by the broker's replica, each with the offset that it begins at, as the batches say that were written.
type LeaderEpochs = BTreeMap<String, Vec<(i32, i64)>>;

fn leader_epochs(brokers: &[Kedge]) -> LeaderEpochs {
    let mut found = LeaderEpochs::new();
    for broker in brokers {
        for partition in std::fs::read_dir(broker.config.log_dir()).unwrap() {
            let partition = partition.unwrap();
            let file = partition.path().join("00000000000000000000.log");
            let Ok(log) = std::fs::read(&file) else { continue };
            let name = format!("{} of {}", partition.file_name().display(), broker.config.name());
            found.insert(name, epochs_of(&log));
        }
    }
    assert!(found.len() >= brokers.len() * N_TOPICS * PARTITIONS, "only {} logs", found.len());
    found
}

/// Base offset (8 bytes), length of what follows (4) and leader epoch (4) are the first fields of a batch of version 2.
fn epochs_of(mut log: &[u8]) -> Vec<(i32, i64)> {
    let mut epochs: Vec<(i32, i64)> = Vec::new();
    while let Some((header, _)) = log.split_first_chunk::<16>() {
        let base_offset = i64::from_be_bytes(header[..8].try_into().unwrap());
        let length = i32::from_be_bytes(header[8..12].try_into().unwrap());
        let leader_epoch = i32::from_be_bytes(header[12..].try_into().unwrap());
        if epochs.last().is_none_or(|(last, _)| *last != leader_epoch) {
            epochs.push((leader_epoch, base_offset));
        }
        // The last batch may still be on its way into the file.
        let Some(rest) = log.get(12 + length as usize..) else { break };
        log = rest;
    }
    epochs
}

fn incidents(broker: &Kedge) -> Vec<String> {
    let lines = |words: &[&str]| broker.process.log_lines(words).unwrap();
    [lines(&["truncat"]), lines(&["unloads __consumer_offsets"]), lines(&["loaded __consumer_offsets"])].concat()
}
