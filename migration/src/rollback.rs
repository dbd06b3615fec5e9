//! Back0: what must hold before the way back begins, and what it would lose. Pure.

use std::collections::BTreeSet;

use kedge_metadata_state::{
    BrokerId, Dialect, Image, Record,
    diff::{DiffScope, diff},
};

use crate::{
    codes,
    decide::{BrokerStatus, Fleet},
    readiness::Problem,
    reconcile::CanHold,
};

/// What the order to roll back says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollbackOrder {
    /// Dead brokers that are accepted.
    pub without_brokers: BTreeSet<BrokerId>,
    /// What [`losses`] lists is accepted.
    pub accept_loss: bool,
    /// The broker to take over; the lowest live one if none is named.
    pub successor: Option<BrokerId>,
}

/// What is known when the order arrives.
#[derive(Clone, Copy, Debug)]
pub struct RollbackInput<'a> {
    /// The order.
    pub order: &'a RollbackOrder,
    /// Brokers and controllers.
    pub fleet: &'a Fleet,
    /// The quorum's image.
    pub image: &'a Image,
    /// What ZooKeeper can hold.
    pub can_hold: CanHold,
    /// ZooKeeper is claimed by this leader.
    pub is_claimed: bool,
    /// How far the mirror is behind; none while that is not known.
    pub mirror_lag: Option<i64>,
}

/// What stands in the way of a rollback from `dual`. That the diff is empty is proven under the freeze.
pub fn problems(input: RollbackInput<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let missing = input
        .fleet
        .brokers
        .iter()
        .filter(|(broker_id, broker)| !broker.has_ephemeral && !input.order.without_brokers.contains(broker_id));
    problems.push(Problem::new(codes::EPHEMERAL_MISSING, missing.map(|(broker_id, _)| format!("broker {broker_id}"))));
    if !input.is_claimed || input.mirror_lag != Some(0) {
        let lag = input.mirror_lag.map_or("unknown".to_owned(), |lag| lag.to_string());
        let claimed = if input.is_claimed { "claimed" } else { "not claimed" };
        problems.push(Problem::new(codes::MIRROR_BEHIND, [format!("{claimed}, lag {lag}")]));
    }
    if !input.order.accept_loss {
        problems.push(Problem::new(codes::WOULD_BE_LOST, losses(input.image, input.can_hold)));
    }
    if successor(input.fleet, input.order.successor, None).is_none() {
        problems.push(Problem::new(codes::NO_SUCCESSOR, ["no live broker".to_owned()]));
    }
    problems.retain(|problem| problem.count > 0);
    problems
}

/// Everything in the image that ZooKeeper cannot hold, one line each.
pub fn losses(image: &Image, can_hold: CanHold) -> Vec<String> {
    let everything = diff(&Image::empty(Dialect::ZOOKEEPER), image, DiffScope::Shared);
    everything.iter().filter(|record| !can_hold(record)).map(Record::to_string).collect()
}

/// The broker to take over: the wanted one if it can, else the lowest that can. `failed` has just been tried in vain.
pub fn successor(fleet: &Fleet, wanted: Option<BrokerId>, failed: Option<BrokerId>) -> Option<BrokerId> {
    let can = |broker: &BrokerStatus| broker.has_ephemeral && broker.is_alive;
    let wanted = wanted.filter(|broker_id| Some(*broker_id) != failed && fleet.brokers.get(broker_id).is_some_and(can));
    let mut able = fleet.brokers.iter().filter(|(_, broker)| can(broker)).map(|(broker_id, _)| *broker_id);
    // The one that failed may be the only one left; then it is asked again.
    wanted.or_else(|| able.clone().find(|broker_id| Some(*broker_id) != failed)).or_else(|| able.next())
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::records::{MetadataRecord, UserScramCredentialRecord};

    use super::*;
    use crate::reconcile::tests::{image, topic};

    fn fleet() -> Fleet {
        let broker = BrokerStatus { has_ephemeral: true, is_alive: true, ..Default::default() };
        Fleet { brokers: (1..=3).map(|broker_id| (broker_id, broker.clone())).collect(), ..Default::default() }
    }

    fn holds_no_scram(record: &Record) -> bool {
        !matches!(record, Record::Metadata(MetadataRecord::UserScramCredential(_)))
    }

    fn shown(order: &RollbackOrder, fleet: &Fleet, is_claimed: bool, mirror_lag: Option<i64>) -> Vec<String> {
        let scram = UserScramCredentialRecord { name: "ann".to_owned(), mechanism: 1, ..Default::default() };
        let image = image(Dialect::ZOOKEEPER, &[topic("a", 1), MetadataRecord::UserScramCredential(scram).into()]);
        let input = RollbackInput { order, fleet, image: &image, can_hold: holds_no_scram, is_claimed, mirror_lag };
        problems(input).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_that_is_missing_is_listed() {
        let mut fleet = fleet();
        fleet.brokers.get_mut(&2).expect("there").has_ephemeral = false;
        assert_eq!(
            shown(&RollbackOrder::default(), &fleet, true, Some(7)),
            [
                "KM601 brokers without a znode under /brokers/ids (1): broker 2",
                "KM602 the mirror is behind or not claimed (1): claimed, lag 7",
                "KM604 metadata that ZooKeeper cannot hold (1): UserScramCredential(ann, mechanism 1)",
            ]
        );
    }

    #[test]
    fn a_dead_broker_and_a_loss_can_be_accepted() {
        let mut fleet = fleet();
        fleet.brokers.get_mut(&2).expect("there").has_ephemeral = false;
        let order =
            RollbackOrder { without_brokers: BTreeSet::from([2]), accept_loss: true, ..RollbackOrder::default() };
        assert!(shown(&order, &fleet, true, Some(0)).is_empty());
        assert_eq!(
            shown(&order, &fleet, false, None),
            ["KM602 the mirror is behind or not claimed (1): not claimed, lag unknown"]
        );
        let nobody = Fleet::default();
        assert_eq!(
            shown(&order, &nobody, true, Some(0)),
            ["KM605 no broker can take the controllership over (1): no live broker"]
        );
    }

    #[test]
    fn a_successor_that_failed_is_asked_again_only_if_it_is_alone() {
        let mut fleet = fleet();
        assert_eq!(successor(&fleet, Some(3), None), Some(3));
        assert_eq!(successor(&fleet, Some(3), Some(3)), Some(1));
        fleet.brokers.get_mut(&1).expect("there").is_alive = false;
        assert_eq!(successor(&fleet, None, None), Some(2));
        fleet.brokers.retain(|broker_id, _| *broker_id == 2);
        assert_eq!(successor(&fleet, None, Some(2)), Some(2));
    }
}
