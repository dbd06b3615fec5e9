//! What an order is answered, and when: once it is a committed fact, or what is known of it if its leader is gone.

use super::*;

fn start() -> Order {
    Order::Start { without_brokers: BTreeSet::new() }
}

fn rollback() -> Order {
    Order::Rollback(RollbackOrder::default())
}

/// A world in `dual`, without answers.
fn dual() -> World {
    let mut world = World::new();
    world.elect();
    world.start();
    world.answers.clear();
    world
}

#[test]
fn an_order_is_answered_once_it_is_a_committed_fact() {
    let hold = Order::Hold("soak".to_owned());
    for order in [rollback(), hold, Order::Resume] {
        let mut world = dual();
        world.order(order.clone());
        assert!(matches!(world.works.front(), Some((_, Work::Commit { .. }))), "{order:?}: {}", world.transcript);
        assert!(world.answers.is_empty(), "{order:?} is answered before its facts are in the log: {:?}", world.answers);
        world.work();
        assert_eq!(world.answers.len(), 1, "{order:?}");
    }
    let mut world = World::new();
    world.elect();
    world.order(start());
    assert!(world.answers.is_empty());
    world.work();
    assert_eq!(
        (world.answers.as_slice(), world.driver.facts().phase),
        (&["done".to_owned()][..], MigrationPhase::Joining)
    );
    // Back while nothing was claimed is a commit too.
    world.works.clear();
    world.driver.zk_work = None;
    world.order(rollback());
    assert_eq!(world.answers.len(), 1);
    world.run();
    assert_eq!(world.answers[1..], ["nothing was claimed; the brokers leave"]);
}

/// The leader goes between the order and the commit: whoever asked hears that the outcome is not known, and an order that was
/// not begun may be given to the next leader.
#[test]
fn an_order_whose_leader_goes_is_answered_by_what_is_known_of_it() {
    let mut world = dual();
    world.order(rollback());
    world.tell(Event::Order { order_number: 2, order: Order::Finalize });
    world.tell(Event::Deposed);
    assert_eq!(world.answers, ["outcome unknown", "not active"]);
    // It died with its leader: given again, it goes through.
    world.elect();
    world.run();
    assert_eq!(world.driver.state(), DriverState::Dual);
    world.rollback();
    assert_eq!(world.driver.state(), DriverState::Prepared);

    // It was committed, and only the answer was lost: the next leader goes on, and to order it again is no fault.
    let mut world = dual();
    world.order(rollback());
    let (_, work) = world.works.pop_front().expect("the facts are being committed");
    world.perform(&work, false);
    world.tell(Event::Deposed);
    assert_eq!(world.answers, ["outcome unknown"]);
    world.elect();
    world.order(rollback());
    assert_eq!(world.answers[1..], ["rolling back already"]);
    world.run();
    assert_eq!(world.driver.state(), DriverState::Prepared);
}

#[test]
fn a_commit_that_is_refused_or_unknown_says_so() {
    for (reply, expected) in [(CommitReply::Refused, "not active"), (CommitReply::Unknown, "outcome unknown")] {
        for order in [rollback(), Order::Hold("soak".to_owned())] {
            let mut world = dual();
            world.order(order.clone());
            let (ticket, _) = world.works.pop_front().expect("the facts are being committed");
            world.tell(Event::Reply { ticket, reply: Reply::Commit(reply) });
            assert_eq!(world.answers, [expected], "{order:?}");
        }
        let mut world = dual();
        world.order(Order::Finalize);
        while world.driver.state() != DriverState::Finalizing {
            world.work();
        }
        let (ticket, _) = world.works.pop_front().expect("the end is being committed");
        world.tell(Event::Reply { ticket, reply: Reply::Commit(reply) });
        assert_eq!(world.answers, [expected]);
    }
}

#[test]
fn a_finalization_that_was_not_committed_yet_was_not_begun() {
    let mut world = dual();
    world.order(Order::Finalize);
    assert_eq!(world.driver.state(), DriverState::ClosingProof);
    world.tell(Event::Deposed);
    assert_eq!(world.answers, ["not active"]);
    world.elect();
    world.run();
    world.order(Order::Finalize);
    world.run();
    world.order(Order::Finalize);
    assert_eq!(world.answers[1..], ["finalized", "finalized already"]);
}

#[test]
fn a_start_given_again_is_started_already() {
    let mut world = World::new();
    world.elect();
    world.order(start());
    world.work();
    world.order(start());
    assert_eq!(world.answers, ["done", "started already"]);
    world.order(Order::Start { without_brokers: BTreeSet::from([3]) });
    assert!(world.answers[2].contains("KM608"), "another one is refused: {:?}", world.answers);
    world.tell(Event::Deposed);
    world.order(start());
    assert_eq!(world.answers[3..], ["not active"]);
}
