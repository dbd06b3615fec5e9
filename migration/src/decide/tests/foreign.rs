//! What others write into the tree while the quorum rules: found in time, remembered, put right, acknowledged.

use kedge_metadata_state::{Dialect, sidecar::TreeChange};

use super::*;
use crate::reconcile::tests::{config, image, partition, topic};

fn write(path: &str) -> ForeignWrite {
    ForeignWrite { path: path.to_owned(), change: TreeChange::Created, mzxid: Some(0x77), at: 5 }
}

fn dual() -> World {
    let mut world = World::new();
    world.elect();
    world.start();
    world.transcript.clear();
    world.answers.clear();
    world
}

/// The next full diff, on time.
fn pass_the_full_diff(world: &mut World) {
    let due = world.driver.full_diff_at().expect("the tree is followed");
    assert_eq!(world.driver.wake_at(), Some(due));
    world.now = due;
    world.tell(Event::Tick);
    world.run();
}

#[test]
fn a_tree_that_nobody_changes_is_listed_within_the_minute_and_the_lag_stays_known() {
    let mut world = dual();
    let listed_at = world.driver.listed_at;
    assert!(world.driver.settings.full_diff_ms < 60_000);
    world.now = listed_at + world.driver.settings.full_diff_ms - 1;
    world.tell(Event::Tick);
    assert!(world.works.is_empty());
    world.now += 1;
    world.tell(Event::Tick);
    assert!(matches!(world.works.front(), Some((_, Work::Relist { .. }))), "{}", world.transcript);
    assert_eq!(world.driver.status().mirror_lag, Some(0), "a rollback ordered now is not refused");
    world.run();
    assert_eq!(world.driver.listed_at, world.now);
    assert!(!world.transcript.contains("commit"), "{}", world.transcript);
}

#[test]
fn what_others_wrote_is_a_fact_before_it_is_put_right() {
    let mut world = dual();
    let records = [topic("a", 1), partition(1, 0, 3, 5), config("a", "99")];
    world.tree = image(Dialect::ZOOKEEPER, &records);
    world.foreign_writes = vec![write("/config/topics/a")];
    pass_the_full_diff(&mut world);
    world.assert_agreed();
    insta::assert_snapshot!(world.transcript, @"
    Tick -> Dual
        relist
    Listed -> Dual
        commit [Migration(generation 1, Dual)]
    Commit -> Dual
        apply Config(2 \"a\": retention.ms=10), ProducerIds(next 1000000)
    Applied -> Dual
    ");
    let writes = world.driver.status().foreign_writes;
    assert_eq!((writes.listed.as_slice(), writes.unacknowledged), (&[write("/config/topics/a")][..], 1));
    // It is not forgotten at a failover, nor in the way of anything.
    world.elect();
    world.run();
    assert_eq!(world.driver.status().foreign_writes.unacknowledged, 1);
    world.order(Order::Acknowledge);
    world.run();
    world.order(Order::Acknowledge);
    assert_eq!(world.answers, ["done", "there was nothing to acknowledge"]);
    let writes = world.driver.status().foreign_writes;
    assert_eq!((writes.unacknowledged, writes.total), (0, 1));
}

/// The facts of a change of state were made before the hold, or the find, that became a fact meanwhile.
#[test]
fn a_change_of_state_keeps_what_became_a_fact_before_it() {
    let mut world = dual();
    world.order(Order::Rollback(RollbackOrder::default()));
    while world.driver.state() != DriverState::Proving {
        world.work();
    }
    world.tell(Event::Order { order_number: 2, order: Order::Hold("wait".to_owned()) });
    world.foreign_writes.clear();
    // The proof is answered while the hold is being committed.
    let verify = world.works.iter().position(|(_, work)| matches!(work, Work::Verify)).expect("proving");
    let (ticket, _) = world.works.remove(verify).expect("there");
    world.tell(Event::Reply { ticket, reply: Reply::Verified(Verdict::Equal) });
    world.run();
    assert_eq!(world.driver.state(), DriverState::Prepared);
    assert_eq!(world.driver.status().word.to_string(), "holding(wait)");
}

#[test]
fn a_topic_without_an_id_under_the_claim_gives_the_cluster_back() {
    let mut world = World::new();
    world.elect();
    world.order(Order::Start { without_brokers: BTreeSet::new() });
    while world.driver.state() != DriverState::Seizing {
        world.work();
    }
    world.findings.topics_without_id.push("old".to_owned());
    world.run();
    assert_eq!((world.driver.state(), world.raft.topics.by_id.len()), (DriverState::Prepared, 0));
    // While staging it blocks under its own code.
    let mut world = World::new();
    world.findings.topics_without_id.push("old".to_owned());
    world.elect();
    world.start();
    assert_eq!(world.driver.status().word.to_string(), "blocked(KM108)");
}
