//! One cluster walks forward and back, and at every named place of the move somebody dies: the active controller there, or the
//! broker there, or a broker while the controller stands there. The move goes on by itself, nothing is lost, both sides are
//! equal; a place that was not passed fails the run.
//!
//! Needs `kedge` with the feature `crash-points`. CI walks a part, with a controller's and a broker's death at every step;
//! the feature `long` walks all of it.

mod common;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use common::{
    SOON,
    cluster::{CHROOT, Shape},
    conductor::{Conductor, Deed, Trap, Way},
    load::{Library, Load},
    many_topics::{create_topics, set_broker_config},
    migration::Move,
    topics::{wait_for_full_isr, wait_for_partitions, wait_for_preferred_leaders},
};
use kedge_real_parts::{JavaTool, KedgeProcess, Properties, TestSite, eventually};

const SHAPE: Shape = Shape { n_zookeeper_servers: 1, n_controllers: 3, n_brokers: 3 };
const N_TOPICS: usize = 10;
const PARTITIONS: usize = 3;
const RATE: u32 = 240;
/// Between two changes of source.
const RECORDS_BETWEEN: usize = 60;

/// A death on the way.
#[derive(Clone, Copy)]
struct Case {
    way: Way,
    place: &'static str,
    deed: Deed,
    /// What has to be done for the place to be passed at all.
    needs: Needs,
    in_ci: bool,
}

/// See [`Case`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// A change of metadata once the order is carried out.
    Change,
    /// Changes that the tree has not seen one by one.
    Gap,
    /// An election of a controller before the order.
    Election,
    /// A broker's start before the order.
    BrokerStart,
    /// The tree before the copy, to compare with.
    EqualTree,
}

use Deed::{Abort, KillBroker, WaitForAbortAt};
use Needs::{BrokerStart, Change, Election, EqualTree, Gap, Nothing};
use Way::{Back, Finalize, Forward};

const fn ci(way: Way, place: &'static str, deed: Deed, needs: Needs) -> Case {
    Case { way, place, deed, needs, in_ci: true }
}

const fn long(way: Way, place: &'static str, deed: Deed, needs: Needs) -> Case {
    Case { way, place, deed, needs, in_ci: false }
}

/// The copy's come first: the tree stands still only while no leader returns to where it is preferred.
const CASES: &[Case] = &[
    ci(Forward, "fwd3-before-copy", Abort, EqualTree),
    ci(Back, "back1-intent", Abort, Nothing),
    ci(Forward, "fwd3-after-begin", Abort, EqualTree),
    ci(Back, "back2-frozen", Abort, Nothing),
    ci(Forward, "fwd0-prepared", Abort, Election),
    ci(Back, "back3-proved", Abort, Nothing),
    ci(Forward, "fwd1-ordered", Abort, Nothing),
    ci(Back, "back4-returned", Abort, Nothing),
    ci(Forward, "fwd2-claimed", Abort, Nothing),
    ci(Back, "back5-handed-over", Abort, Nothing),
    ci(Forward, "fwd4-marked", Abort, Nothing),
    ci(Back, "back6-broker-rules", Abort, Nothing),
    ci(Forward, "fwd5-broker-before-log", WaitForAbortAt("fwd5-first-broker-follows"), Nothing),
    ci(Back, "back7-before-end", Abort, Nothing),
    ci(Forward, "fwd6-all-brokers-follow", Abort, Nothing),
    ci(Back, "back1-before-intent", KillBroker(0), Nothing),
    ci(Forward, "fwd1-broker-registered", Abort, BrokerStart),
    ci(Back, "back2-frozen", KillBroker(1), Nothing),
    ci(Forward, "fwd2-relisted", KillBroker(2), Nothing),
    ci(Back, "back3-drained", KillBroker(0), Nothing),
    ci(Forward, "fwd3-copied", KillBroker(1), Nothing),
    ci(Back, "back4-before-return", KillBroker(2), Nothing),
    ci(Forward, "fwd4-before-mark", KillBroker(0), Nothing),
    ci(Back, "back5-broker-took-over", Abort, Nothing),
    ci(Forward, "fwd5-broker-on-log", Abort, Nothing),
    ci(Back, "back6-broker-before-tree", Abort, Nothing),
    ci(Forward, "fwd6-broker-amended", Abort, Nothing),
    ci(Back, "back7-ended", KillBroker(1), Nothing),
    ci(Forward, "fwd0-prepared", KillBroker(2), Election),
    ci(Back, "back3-padded", Abort, Gap),
    long(Forward, "fwd1-before-order", Abort, Nothing),
    long(Back, "back1-before-intent", Abort, Nothing),
    long(Forward, "fwd2-before-staging", Abort, Nothing),
    long(Back, "back3-drained", Abort, Nothing),
    long(Forward, "fwd2-staged", Abort, Nothing),
    long(Back, "back3-evened", Abort, Gap),
    long(Forward, "fwd2-before-intent", Abort, Nothing),
    long(Back, "back3-before-pad", Abort, Gap),
    long(Forward, "fwd2-intent", Abort, Nothing),
    long(Back, "back4-before-return", Abort, Nothing),
    long(Forward, "fwd2-before-claim", Abort, Nothing),
    long(Back, "back5-before-hand-over", Abort, Nothing),
    long(Forward, "fwd2-relisted", Abort, Nothing),
    long(Back, "back7-ended", Abort, Nothing),
    long(Forward, "fwd3-copied", Abort, Nothing),
    long(Back, "back5-broker-before-take-over", Abort, Nothing),
    long(Forward, "fwd4-before-mark", Abort, Nothing),
    long(Back, "back6-broker-on-tree", Abort, Nothing),
    long(Forward, "fwd4-before-mirror", Abort, Change),
    long(Back, "back5-handed-over", KillBroker(0), Nothing),
    long(Forward, "fwd4-mirrored", Abort, Change),
    long(Back, "back6-broker-rules", KillBroker(0), Nothing),
    long(Forward, "fwd5-broker-before-log", Abort, Nothing),
    long(Back, "back3-proved", KillBroker(2), Nothing),
];

/// The end of the walk: there is one only.
const LAST_CASE: Case = if cfg!(feature = "long") {
    long(Finalize, "end-final", Abort, Nothing)
} else {
    ci(Finalize, "end-before-final", Abort, Nothing)
};

/// Where the order is not in the log yet: it may be needed again.
const UNCOMMITTED: &[&str] =
    &["fwd0-prepared", "fwd1-broker-registered", "fwd1-before-order", "back1-before-intent", "end-before-final"];

/// Names of the places, as the sources list them.
const CONTROLLER_PLACES: &str = include_str!("../../migration/src/runtime/crash_points.rs");
const BROKER_PLACES: &str = include_str!("../../broker/server/src/crash_points.rs");

/// The text in quotes that looks like a place, of each line.
fn places(source: &str) -> BTreeSet<&str> {
    let quoted = source.lines().filter_map(|line| line.split('"').nth(1));
    quoted.filter(|text| ["fwd", "back", "end-"].iter().any(|step| text.starts_with(step))).collect()
}

/// Where somebody passes or dies in this case.
fn places_of(case: &Case) -> Vec<&'static str> {
    let other = if let WaitForAbortAt(place) = case.deed { Some(place) } else { None };
    [case.place].into_iter().chain(other).collect()
}

#[test]
fn every_place_of_the_sources_is_walked() {
    let walked: BTreeSet<&str> = CASES.iter().flat_map(places_of).chain(["end-before-final", "end-final"]).collect();
    let listed: BTreeSet<&str> = places(CONTROLLER_PLACES).union(&places(BROKER_PLACES)).copied().collect();
    assert_eq!(walked, listed);
}

#[test]
fn ci_has_a_controllers_and_a_brokers_death_at_every_step() {
    let of_brokers = places(BROKER_PLACES);
    let step = |place: &'static str| place.split('-').next().unwrap();
    let (mut controllers, mut brokers) = (BTreeSet::new(), BTreeSet::new());
    for case in CASES.iter().filter(|case| case.in_ci) {
        let is_brokers = |place: &str| of_brokers.contains(place) && place != "fwd3-after-begin";
        match case.deed {
            Abort if is_brokers(case.place) => brokers.insert(step(case.place)),
            Abort => controllers.insert(step(case.place)),
            WaitForAbortAt(place) => controllers.insert(step(place)),
            KillBroker(_) => brokers.insert(step(case.place)),
        };
    }
    let forward = (0..=6).map(|number| format!("fwd{number}"));
    let steps: Vec<String> = forward.chain((1..=7).map(|number| format!("back{number}"))).collect();
    for step in &steps {
        assert!(controllers.contains(step.as_str()), "no controller dies at {step}");
        assert!(brokers.contains(step.as_str()), "no broker dies at {step}");
    }
}

#[test]
fn the_move_survives_every_death_on_the_way() {
    let site = TestSite::new("kill_matrix").unwrap();
    let extra = Properties::new()
        .with("min.insync.replicas", 2)
        .with("zookeeper.session.timeout.ms", 6_000)
        .with("broker.session.timeout.ms", 6_000)
        .with("leader.imbalance.check.interval.seconds", 2)
        .with("leader.imbalance.per.broker.percentage", 0);
    let mut walk = Walk::begin(&site, Move::prepare(&site, SHAPE, &extra));
    let began = Instant::now();
    let only = std::env::var("KEDGE_PLACES").ok();
    let is_wanted = |case: &Case| match &only {
        Some(places) => places.split(',').any(|place| place == case.place),
        None => case.in_ci || cfg!(feature = "long"),
    };
    for case in CASES.iter().filter(|case| is_wanted(case)) {
        walk.go_to_origin(case.way);
        walk.die(case);
    }
    walk.go_to_origin(Finalize);
    walk.die(&LAST_CASE);
    println!("all places in {:.1} s", began.elapsed().as_secs_f32());
    walk.end();
}

struct Walk {
    site: TestSite,
    conductor: Conductor,
    load: Load,
    topics: Vec<String>,
    bootstrap: String,
    changes: usize,
    began: Instant,
}

impl Walk {
    fn begin(site: &TestSite, subject: Move) -> Walk {
        let bootstrap = subject.cluster.bootstrap();
        let topics = create_topics(site, &bootstrap, "orders", N_TOPICS, PARTITIONS, SHAPE.n_brokers);
        let mut load = Load::new(site, &bootstrap, &topics);
        load.add_producer(Library::Librdkafka, RATE);
        load.add_group(Library::Librdkafka, "readers", 2);
        load.wait_for_more(500, SOON);
        let conductor = Conductor::new(site, subject);
        Walk { site: site.clone(), conductor, load, topics, bootstrap, changes: 0, began: Instant::now() }
    }

    /// To where a change of source that way begins, without a death.
    fn go_to_origin(&mut self, way: Way) {
        self.conductor.go(if way == Forward { Back } else { Forward }, &mut None);
    }

    fn die(&mut self, case: &Case) {
        let Case { way, place, deed, needs, .. } = *case;
        self.load.wait_for_more(RECORDS_BETWEEN, SOON);
        let tree_before = (needs == EqualTree).then(|| self.tree());
        if needs == Gap {
            self.make_gap();
        }
        let mut trap = Some(Trap::set(&self.site, place, deed));
        match needs {
            Election => self.elect_another(&mut trap),
            BrokerStart => self.restart_broker(&mut trap),
            _ => {}
        }
        if let Some(before) = tree_before {
            self.compare_at_death(&before, &mut trap);
        }
        let went = self.conductor.go(way, &mut trap);
        if needs == Change {
            self.change();
        }
        // Some are passed only after the word has changed; whoever died there has to be back.
        self.conductor.wait_for(&mut trap);
        self.conductor.go(way, &mut trap);
        let recovery = trap.as_ref().and_then(|trap| trap.hit).map_or(0.0, |hit| hit.elapsed().as_secs_f32());
        println!(
            "{:>6.1} s  {place:<30} {deed:?}: {} orders, {:.1} s, {recovery:.1} s after the death",
            self.began.elapsed().as_secs_f32(),
            went.n_orders,
            went.elapsed.as_secs_f32(),
        );
        if !UNCOMMITTED.contains(&place) {
            assert!(went.n_orders <= 1, "{place}: the order was in the log, and was needed again");
        }
        drop(trap);
        if way == Forward {
            self.conductor.wait_until_equal();
        }
        if place == "fwd3-after-begin" {
            self.assert_aborted();
        }
    }

    /// The active controller is killed: another one begins to rule.
    fn elect_another(&mut self, trap: &mut Option<Trap>) {
        let index = eventually(SOON, "an active controller", || self.conductor.active_index()).unwrap();
        let controllers = &mut self.conductor.subject.cluster.controllers;
        controllers[index].kill();
        controllers[index].restart();
        self.conductor.wait_for(trap);
    }

    fn restart_broker(&mut self, trap: &mut Option<Trap>) {
        self.conductor.subject.cluster.brokers[2].kill();
        self.conductor.start_broker_again(2);
        self.conductor.wait_for(trap);
    }

    /// A broker dies and comes back while ZooKeeper is away: several changes of each partition come to the tree as one.
    fn make_gap(&mut self) {
        let subject = &mut self.conductor.subject;
        subject.stop_zookeeper();
        subject.cluster.brokers[1].kill();
        let topic = &self.topics[0];
        wait_for_partitions(&self.bootstrap, topic, "ISR of two", SOON, |it| it.isr.len() == 2);
        subject.cluster.brokers[1].restart();
        wait_for_full_isr(&self.bootstrap, topic, SOON);
        // The mirror's write of the first change may already wait for ZooKeeper: it takes a third one.
        wait_for_preferred_leaders(&self.bootstrap, topic, SOON);
        self.conductor.subject.cluster.zookeeper.as_mut().unwrap().restart_all().unwrap();
        self.conductor.wait_until_equal();
    }

    fn change(&mut self) {
        self.changes += 1;
        let value = (604_800_000 + self.changes).to_string();
        set_broker_config(&self.site, &self.bootstrap, "log.retention.ms", &value);
    }

    /// Orders the start, and compares the tree at the moment of death with the tree before: the claim's nodes are all that
    /// differs. The other controllers stand still meanwhile.
    fn compare_at_death(&mut self, before: &[String], trap: &mut Option<Trap>) {
        let (active, _) = eventually(SOON, "an active controller", || self.conductor.status()).unwrap();
        let cluster_id = self.conductor.subject.cluster_id.clone();
        // The leader dies before it can answer.
        let order = std::thread::spawn(move || common::node_calls::order(&active, &cluster_id, "start"));
        let trap = trap.as_mut().unwrap();
        eventually(SOON, "death in the copy", || trap.was_passed(trap.place)).unwrap();
        for controller in &mut self.conductor.subject.cluster.controllers {
            controller.process.pause();
        }
        assert_eq!(self.tree(), before, "the tree with a copy that died at {}", trap.place);
        for controller in &mut self.conductor.subject.cluster.controllers {
            controller.process.resume();
        }
        println!("the order was answered with {:?}", order.join().unwrap());
    }

    /// Every znode but the claim's, with its data.
    fn tree(&self) -> Vec<String> {
        let connect = self.conductor.subject.cluster.zookeeper.as_ref().unwrap().connect_string("");
        let shell = |input: String| {
            let run = JavaTool::zookeeper_shell(&self.site, &connect).input(input).deadline(SOON).run();
            run.unwrap().success().unwrap()
        };
        let listed = shell(format!("ls -R {CHROOT}\n"));
        let claims = ["/controller", "/controller_epoch", "/migration"].map(|path| format!("{CHROOT}{path}"));
        let paths: Vec<&str> =
            listed.lines().filter(|line| line.starts_with(CHROOT) && !claims.iter().any(|it| it == line)).collect();
        assert!(paths.len() > N_TOPICS * PARTITIONS, "{listed}");
        let gets: String = paths.iter().map(|path| format!("get {path}\n")).collect();
        let data = shell(gets);
        let documents = data.lines().filter(|line| line.starts_with('{') || *line == "null").map(str::to_owned);
        paths.iter().map(|path| (*path).to_owned()).chain(documents).collect()
    }

    /// The leader after the one that died in the copy has said so in the log.
    fn assert_aborted(&self) {
        let log_dir = self.conductor.subject.cluster.controllers[0].config.log_dir();
        let file = log_dir.join("__cluster_metadata-0/00000000000000000000.log").display().to_string();
        let args = ["dump-log", "--cluster-metadata-decoder", "--files", &file];
        let dumped = KedgeProcess::run(&self.site, args, SOON).unwrap().success().unwrap();
        assert!(dumped.contains("ABORT_TRANSACTION_RECORD"), "no copy was aborted");
    }

    fn end(mut self) {
        self.load.wait_for_more(RECORDS_BETWEEN, SOON);
        let verdict = self.load.stop_and_judge(Duration::from_secs(120));
        assert_eq!(verdict.faults, []);
        println!("{} records acknowledged, none lost", verdict.acknowledged);
    }
}
