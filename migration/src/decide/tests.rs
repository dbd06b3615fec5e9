//! The driver against a small world of its own: transcripts, a crash at each point, and the rules that may not break.

mod foreign;
mod orders;
mod world;

use std::collections::BTreeSet;

use kedge_metadata_state::image::ZkMigrationState;
use kedge_metadata_store::Progress;

use self::world::World;
use super::*;
use crate::{readiness::MigrationZnode, rollback::RollbackOrder, verify::Verdict};

#[test]
fn forward_to_dual() {
    let mut world = World::new();
    world.elect();
    world.start();
    assert_eq!(world.driver.state(), DriverState::Dual);
    world.assert_agreed();
    insta::assert_snapshot!(world.transcript);
}

#[test]
fn back_from_dual_and_forward_again_and_finalized() {
    let mut world = World::new();
    world.elect();
    world.start();
    world.transcript.clear();
    world.rollback();
    assert_eq!((world.driver.state(), world.controller.controller_id), (DriverState::Prepared, Some(1)));
    world.assert_agreed();
    insta::assert_snapshot!("back_from_dual", world.transcript);
    world.start();
    assert_eq!(world.driver.status().generation, 2);
    world.transcript.clear();
    world.order(Order::Finalize);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Final);
    assert_eq!(world.raft.features.zk_migration_state, ZkMigrationState::PostMigration);
    assert_eq!(world.driver.status().word.exit_code(), 20);
    insta::assert_snapshot!("finalized", world.transcript);
}

/// Forward, back and forward to the end with one crash, at every work in turn, before and after it. Orders that the
/// crash took along are given again, as an operator would.
#[test]
fn a_crash_at_any_point_changes_nothing_but_the_time() {
    let walk = |crash_at: Option<(usize, bool)>| {
        let mut world = World::new();
        world.crash_at = crash_at;
        world.elect();
        for _ in 0..3 {
            if world.driver.state() == DriverState::Prepared {
                world.start();
            }
        }
        assert_eq!(world.driver.state(), DriverState::Dual, "{}", world.transcript);
        world.assert_agreed();
        for _ in 0..3 {
            if world.driver.state() == DriverState::Dual {
                world.rollback();
            }
        }
        assert_eq!(world.driver.state(), DriverState::Prepared, "{}", world.transcript);
        assert!(world.controller.kraft_controller_epoch < 0 && world.migration == MigrationZnode::Absent);
        world.assert_agreed();
        for order in [Order::Start { without_brokers: BTreeSet::new() }, Order::Finalize] {
            for _ in 0..2 {
                let wanted = if order == Order::Finalize { DriverState::Dual } else { DriverState::Prepared };
                if world.driver.state() == wanted {
                    world.order(order.clone());
                    world.run();
                }
            }
        }
        assert_eq!(world.driver.state(), DriverState::Final, "{}", world.transcript);
        world.assert_agreed();
        world.works_done
    };
    let works = walk(None);
    assert!(works > 30, "the walk has {works} works");
    for work in 1..=works {
        walk(Some((work, true)));
        walk(Some((work, false)));
    }
}

#[test]
fn rollback_from_every_state_before_final() {
    let mut shown = String::new();
    let mut works = 0;
    loop {
        // So many works forward, then the order to go back.
        let mut world = World::new();
        world.elect();
        world.order(Order::Start { without_brokers: BTreeSet::new() });
        for _ in 0..works {
            if world.works.is_empty() {
                break;
            }
            world.work();
        }
        let state = world.driver.state();
        let is_done = world.works.is_empty();
        world.rollback();
        if world.driver.state() == DriverState::Dual {
            // Refused while the mirror was not there yet.
            world.rollback();
        }
        shown.push_str(&format!("{works} {state:?} -> {:?}: {}\n", world.driver.state(), world.answers.join(" | ")));
        assert_eq!(world.driver.state(), DriverState::Prepared, "{}", world.transcript);
        assert!(world.controller.kraft_controller_epoch < 0);
        if is_done {
            break;
        }
        works += 1;
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_foreign_migration_znode_blocks_and_the_tree_stays_untouched() {
    let mut world = World::new();
    let progress = Progress {
        kraft_controller_id: 200,
        kraft_controller_epoch: 9,
        kraft_metadata_offset: 812,
        kraft_metadata_epoch: 9,
    };
    world.findings.migration = MigrationZnode::Content { progress, zk_version: 4 };
    let tree = world.tree.clone();
    world.elect();
    world.start();
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM103)");
    assert_eq!(world.driver.status().word.exit_code(), 11);
    assert!(world.tree == tree && world.controller.controller_id == Some(1));
    world.findings.migration = MigrationZnode::Absent;
    world.tell(Event::Tick);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
    // The same after a claim of ours: a later leader finds content that is not in its log.
    world.migration = MigrationZnode::Content { progress, zk_version: 40 };
    world.elect();
    world.run();
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM103)");
}

/// Brokers and controllers may come one after the other, and in any order: the status names who is awaited and why.
#[test]
fn the_start_waits_for_everybody_and_names_who_is_missing() {
    type Lack = fn(&mut BrokerStatus);
    let lacks: [(&str, Lack); 4] = [
        ("broker 2 is not armed", |broker| broker.is_armed = false),
        ("broker 2 is not registered with the quorum", |broker| broker.is_registered = false),
        ("broker 2 is fenced", |broker| broker.is_alive = false),
        ("broker 2 is without its znode", |broker| broker.has_ephemeral = false),
    ];
    for (expected, lack) in lacks {
        let mut world = World::new();
        world.elect();
        let ready = world.driver.fleet.clone();
        let mut fleet = ready.clone();
        lack(fleet.brokers.get_mut(&2).expect("there"));
        world.tell(Event::Fleet(fleet.clone()));
        world.start();
        assert_eq!(world.driver.state(), DriverState::Joining, "{expected}");
        assert_eq!(world.driver.status().waiting.as_deref(), Some(expected));
        fleet = ready;
        fleet.controllers.insert(101, false);
        world.tell(Event::Fleet(fleet.clone()));
        world.run();
        assert_eq!(world.driver.status().waiting.as_deref(), Some("controller 101 is not ready"));
        fleet.controllers.insert(101, true);
        world.tell(Event::Fleet(fleet));
        world.run();
        assert_eq!(world.driver.state(), DriverState::Dual, "{expected}");
    }
    // Accepted by name, a dead broker is not waited for.
    let mut world = World::new();
    world.elect();
    let mut fleet = world.driver.fleet.clone();
    fleet.brokers.insert(2, BrokerStatus::default());
    world.tell(Event::Fleet(fleet));
    world.order(Order::Start { without_brokers: BTreeSet::from([2]) });
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
}

#[test]
fn a_hold_stops_at_the_gate_and_resume_passes_it() {
    let mut world = World::new();
    world.elect();
    world.order(Order::Hold("change freeze".to_owned()));
    world.run();
    world.start();
    assert_eq!(world.driver.status().word.to_string(), "holding(change freeze)");
    assert_eq!(world.controller.controller_id, Some(1));
    world.order(Order::Resume);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
    world.order(Order::Hold("soak".to_owned()));
    world.run();
    world.order(Order::Finalize);
    world.run();
    assert!(world.answers.last().is_some_and(|answer| answer.contains("KM607")), "{:?}", world.answers);
    assert_eq!(world.driver.state(), DriverState::Dual);
}

/// Nothing is read or claimed before everybody is there, and the status names who is not, with the reason.
#[test]
fn joining_waits_for_every_broker_and_controller_and_names_who_is_missing() {
    let broker = |change: fn(&mut BrokerStatus)| {
        move |fleet: &mut Fleet| change(fleet.brokers.get_mut(&2).expect("broker 2 is there"))
    };
    type Change = Box<dyn Fn(&mut Fleet)>;
    let cases: [Change; 7] = [
        Box::new(broker(|broker| broker.is_armed = false)),
        Box::new(broker(|broker| broker.is_registered = false)),
        Box::new(broker(|broker| broker.is_alive = false)),
        Box::new(broker(|broker| broker.has_ephemeral = false)),
        Box::new(|fleet| {
            fleet.controllers.insert(101, false);
        }),
        Box::new(|fleet| fleet.brokers.clear()),
        Box::new(|fleet| {
            fleet.brokers.values_mut().for_each(|broker| broker.is_alive = false);
            fleet.controllers.insert(100, false);
        }),
    ];
    let mut shown = String::new();
    for make_unready in cases {
        let mut world = World::new();
        world.elect();
        let ready = world.driver.fleet.clone();
        let mut fleet = ready.clone();
        make_unready(&mut fleet);
        world.tell(Event::Fleet(fleet));
        world.start();
        assert_eq!((world.driver.state(), world.controller.controller_id), (DriverState::Joining, Some(1)));
        assert!(!world.transcript.contains("stage"), "{}", world.transcript);
        shown.push_str(&format!("{}\n", world.driver.status().waiting.expect("it says what it waits for")));
        world.tell(Event::Fleet(ready));
        world.run();
        assert_eq!((world.driver.state(), world.driver.status().waiting), (DriverState::Dual, None));
    }
    insta::assert_snapshot!(shown);
    // Whom the order leaves out by name is not waited for.
    let mut world = World::new();
    world.elect();
    let mut fleet = world.driver.fleet.clone();
    fleet.brokers.get_mut(&2).expect("broker 2 is there").is_alive = false;
    world.tell(Event::Fleet(fleet));
    world.order(Order::Start { without_brokers: BTreeSet::from([2]) });
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
}

#[test]
fn something_uncarriable_under_the_claim_gives_the_cluster_back() {
    let mut world = World::new();
    world.elect();
    world.order(Order::Start { without_brokers: BTreeSet::new() });
    while world.driver.state() != DriverState::Seizing {
        world.work();
    }
    world.findings.uncarried.acls = 1;
    world.run();
    assert_eq!(world.driver.state(), DriverState::Prepared);
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM507)");
    assert_eq!((world.controller.controller_id, world.raft.topics.by_id.len()), (Some(1), 0));
}

#[test]
fn finalize_lists_what_is_missing() {
    let mut world = World::new();
    world.elect();
    world.start();
    let mut fleet = world.driver.fleet.clone();
    fleet.brokers.get_mut(&2).expect("there").follows_log = false;
    fleet.controllers.insert(101, false);
    world.tell(Event::Fleet(fleet));
    world.order(Order::Finalize);
    world.run();
    insta::assert_snapshot!(world.answers.last().expect("answered"), @"KM606 brokers that do not follow the quorum yet (1): broker 2; KM302 controllers that are not ready for a migration (1): controller 101");
}

#[test]
fn with_zookeeper_down_a_new_leader_rules_and_the_rollback_is_refused() {
    let mut world = World::new();
    world.elect();
    world.start();
    world.zookeeper_is_down = true;
    world.elect();
    world.run();
    // Dual and not frozen: the controller decides, the mirror waits.
    assert_eq!(world.driver.state(), DriverState::Dual);
    assert!(!world.driver.is_frozen && world.driver.status().mirror_lag.is_none());
    world.order(Order::Rollback(RollbackOrder::default()));
    world.run();
    assert!(world.answers.last().is_some_and(|answer| answer.contains("KM602")), "{:?}", world.answers);
    world.zookeeper_is_down = false;
    world.run();
    assert_eq!(world.driver.status().mirror_lag, Some(0));
}

#[test]
fn a_rollback_that_takes_too_long_or_never_agrees_is_given_up() {
    let mut world = World::new();
    world.elect();
    world.start();
    world.verdict = Verdict::Different;
    world.rollback();
    assert_eq!(world.driver.state(), DriverState::Dual);
    assert_eq!(world.raft.sidecar.migration.as_ref().and_then(|facts| facts.blocked.as_deref()), Some("KM603"));
    assert!(!world.driver.is_frozen);
    world.verdict = Verdict::Equal;
    world.order(Order::Rollback(RollbackOrder::default()));
    while world.driver.state() != DriverState::Draining {
        world.work();
    }
    assert!(world.driver.is_frozen);
    world.works.clear();
    world.now += world.driver.settings.freeze_ms_max;
    world.tell(Event::Tick);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
    assert_eq!(world.raft.sidecar.migration.as_ref().and_then(|facts| facts.blocked.as_deref()), Some("KM609"));
}

#[test]
fn a_late_reply_of_another_reign_is_not_heard() {
    let mut world = World::new();
    world.elect();
    world.order(Order::Start { without_brokers: BTreeSet::new() });
    let (ticket, _) = world.works.pop_front().expect("the facts are being committed");
    world.tell(Event::Deposed);
    let before = world.driver.state();
    world.tell(Event::Reply { ticket, reply: Reply::Commit(CommitReply::Committed) });
    assert_eq!((before, world.driver.state()), (DriverState::Standby, DriverState::Standby));
    assert!(world.works.is_empty());
}

#[test]
fn facts_that_contradict_the_state_block() {
    let mut world = World::new();
    world.raft.features.zk_migration_state = ZkMigrationState::Migration;
    world.elect();
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM502)");
    assert!(world.works.is_empty());
}
