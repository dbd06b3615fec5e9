//! Two hundred seeds, and three bugs that are there on purpose.

use kedge_simulator::{PlantedBug, run};

const SEEDS: u64 = 200;

/// What the seeds have to come by; without it, that all of them end well would say little.
const WAYPOINTS: &[&str] = &[
    "Joining -> Staging",
    "Committing -> Settling",
    "-> GoingBack",
    "Standby -> Draining",
    "Draining -> Evening",
    "Standby -> HandingOver",
    "-> Abandoning",
    "-> Final",
    "does Abort",
    "does Adopt",
    "does Pad",
    "the commit is cut off",
    "the commit's reply is lost",
    "hears that it is deposed",
    "ZooKeeper is down",
    "takes /controller",
    "Code(602)",
];

/// `KEDGE_SIMULATOR_SEEDS` asks for more than the usual two hundred.
#[test]
fn every_seed_ends_well() {
    let seeds = std::env::var("KEDGE_SIMULATOR_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS);
    let mut missed: Vec<&str> = WAYPOINTS.to_vec();
    for seed in 0..seeds {
        match run(seed, None) {
            Ok(trace) => missed.retain(|waypoint| !trace.iter().any(|line| line.contains(waypoint))),
            Err(failure) => panic!("\n{failure}"),
        }
    }
    assert!(missed.is_empty(), "no seed came by {missed:?}");
}

/// Replays the seed named in the environment, with its trace; seed 0 if none is.
#[test]
fn one_seed() {
    let seed = std::env::var("KEDGE_SIMULATOR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    match run(seed, None) {
        Ok(trace) => println!("{}", trace.join("\n")),
        Err(failure) => panic!("{}\n{failure}", failure.trace.join("\n")),
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let (first, second) = (run(7, None), run(7, None));
    assert_eq!(first.expect("ends well"), second.expect("ends well"));
}

#[track_caller]
fn is_found(bug: PlantedBug, symptom: &str) {
    let found = (0..SEEDS).find_map(|seed| run(seed, Some(bug)).err());
    let failure = found.unwrap_or_else(|| panic!("{bug:?} was not found by {SEEDS} seeds"));
    assert!(failure.problem.contains(symptom), "{bug:?} showed as {failure}");
}

#[test]
fn a_bug_in_the_driver_is_found() {
    is_found(PlantedBug::DriverForgetsProducerIds, "producer id");
}

#[test]
fn a_bug_in_the_store_s_plan_is_found() {
    is_found(PlantedBug::PlanLeavesConfigsOut, "differ");
}

#[test]
fn a_bug_in_the_switch_is_found() {
    is_found(PlantedBug::SwitchDoesNotWait, "cannot switch");
}
