//! Where partitions go.

use std::collections::{BTreeMap, BTreeSet};

use kedge_controller::{
    SplitMix64,
    placement::{PlacementError, place},
};
use kedge_metadata_state::{BrokerId, Image};

use crate::cluster::{Cluster, below};

/// A KRaft image with brokers as (id, rack, fenced).
fn image(brokers: &[(BrokerId, Option<&str>, bool)]) -> Image {
    let mut cluster = Cluster::kraft();
    for (broker_id, rack, fenced) in brokers {
        cluster.start_broker_on(*broker_id, *rack);
        let registration = cluster.image.cluster.brokers.get_mut(broker_id).expect("just registered");
        std::sync::Arc::make_mut(registration).fenced = *fenced;
    }
    cluster.image
}

/// How often each broker leads.
fn leaders(assignments: &[Vec<BrokerId>]) -> BTreeMap<BrokerId, usize> {
    let mut counts = BTreeMap::new();
    for replicas in assignments {
        *counts.entry(replicas[0]).or_default() += 1;
    }
    counts
}

#[test]
fn errors() {
    let mut random = SplitMix64::new(1);
    let three = image(&[(1, None, false), (2, None, false), (3, None, true)]);
    assert_eq!(place(&three, 1, 0, &mut random), Err(PlacementError::NotPositive(0)));
    assert_eq!(place(&three, 1, -3, &mut random), Err(PlacementError::NotPositive(-3)));
    let too_few = PlacementError::TooFewBrokers { replication_factor: 4, brokers: 3 };
    assert_eq!(place(&three, 1, 4, &mut random), Err(too_few));
    let fenced = image(&[(1, None, true)]);
    assert_eq!(place(&fenced, 1, 1, &mut random), Err(PlacementError::NoneActive));
    assert_eq!(place(&image(&[]), 1, 1, &mut random), Err(PlacementError::NoneActive));
}

#[test]
fn fenced_brokers_follow_but_never_lead_and_come_last_in_their_rack() {
    let image = image(&[(1, None, false), (2, None, true), (3, None, false)]);
    for seed in 0..50 {
        let assignments = place(&image, 10, 3, &mut SplitMix64::new(seed)).expect("three brokers");
        assert!(assignments.iter().all(|replicas| replicas[2] == 2), "{assignments:?}");
    }
}

#[test]
fn brokers_that_shut_down_get_nothing() {
    let mut image = image(&[(1, None, false), (2, None, false)]);
    let registration = image.cluster.brokers.get_mut(&2).expect("registered");
    std::sync::Arc::make_mut(registration).in_controlled_shutdown = true;
    let mut random = SplitMix64::new(1);
    assert_eq!(place(&image, 2, 1, &mut random), Ok(vec![vec![1], vec![1]]));
    assert!(place(&image, 1, 2, &mut random).is_err());
}

#[test]
fn replicas_are_spread_over_racks() {
    let racks = [(1, "a"), (2, "a"), (3, "b"), (4, "b"), (5, "c"), (6, "c")];
    let image = image(&racks.map(|(broker_id, rack)| (broker_id, Some(rack), false)));
    let rack_of = BTreeMap::from(racks);
    for seed in 0..50 {
        for replication_factor in 1..=6 {
            let assignments = place(&image, 20, replication_factor, &mut SplitMix64::new(seed)).expect("six brokers");
            for replicas in &assignments {
                let first: BTreeSet<_> = replicas.iter().take(3).map(|broker_id| rack_of[broker_id]).collect();
                assert_eq!(first.len(), replicas.len().min(3), "{replicas:?}");
                let distinct: BTreeSet<_> = replicas.iter().collect();
                assert_eq!(distinct.len(), replicas.len(), "{replicas:?}");
            }
        }
    }
}

#[test]
fn a_rack_of_fenced_brokers_still_gets_its_share_of_followers() {
    let image = image(&[(1, Some("a"), false), (2, Some("a"), false), (3, Some("b"), true)]);
    let assignments = place(&image, 8, 2, &mut SplitMix64::new(5)).expect("three brokers");
    assert!(assignments.iter().all(|replicas| replicas[1] == 3), "{assignments:?}");
    assert_eq!(leaders(&assignments), BTreeMap::from([(1, 4), (2, 4)]));
}

#[test]
fn live_brokers_of_equal_racks_lead_equally_often() {
    let mut random = SplitMix64::new(11);
    for _ in 0..300 {
        let racks_count = 1 + below(&mut random, 4);
        let per_rack = 1 + below(&mut random, 4);
        let names = ["a", "b", "c", "d"];
        let brokers: Vec<_> = (0..racks_count * per_rack)
            .map(|index| (index as i32, (racks_count > 1).then_some(names[index % racks_count]), false))
            .collect();
        let image = image(&brokers);
        let count = 1 + below(&mut random, 60);
        let replication_factor = 1 + below(&mut random, brokers.len()) as i16;
        let assignments = place(&image, count, replication_factor, &mut random).expect("enough brokers");
        let counts = leaders(&assignments);
        let most = counts.values().max().copied().unwrap_or(0);
        let least = brokers.iter().map(|(id, _, _)| counts.get(id).copied().unwrap_or(0)).min().unwrap_or(0);
        assert!(most - least <= 1, "{racks_count} racks of {per_rack}, {count} partitions: {counts:?}");
    }
}

#[test]
fn followers_are_spread_too() {
    let image = image(&[(1, None, false), (2, None, false), (3, None, false), (4, None, false)]);
    let assignments = place(&image, 400, 3, &mut SplitMix64::new(2)).expect("four brokers");
    let mut replicas: BTreeMap<BrokerId, usize> = BTreeMap::new();
    let mut sets = BTreeSet::new();
    for assignment in &assignments {
        assignment.iter().for_each(|broker_id| *replicas.entry(*broker_id).or_default() += 1);
        sets.insert(assignment.clone());
    }
    assert!(replicas.values().all(|count| (270..=330).contains(count)), "{replicas:?}");
    assert!(sets.len() > 12, "the same sets again and again: {sets:?}");
}

#[test]
fn vectors() {
    let image = image(&[
        (1, Some("a"), false),
        (2, Some("a"), false),
        (3, Some("b"), false),
        (4, Some("b"), true),
        (5, None, false),
    ]);
    let assignments = place(&image, 8, 3, &mut SplitMix64::new(42)).expect("five brokers");
    insta::assert_debug_snapshot!(assignments.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>());
}
