//! Automatic preferred leader rebalancing (`auto.leader.rebalance.enable`).

use std::collections::BTreeMap;

use kedge_metadata_state::{Authority, BrokerId, image::PartitionImage};

use crate::{
    Context, Decision, Election,
    cluster_view::{is_deletion_queued, partitions},
    election::{has_preferred_leader, partition_unit},
    limits,
    partition_change::PartitionChange,
};

/// How many partitions prefer a broker, and how many of those somebody else leads.
#[derive(Clone, Copy, Default)]
struct Balance {
    preferred: usize,
    led_elsewhere: usize,
}

/// One pass: brokers get the partitions back that they are the preferred leaders of and may lead. Under ZooKeeper only a broker
/// with more than `leader.imbalance.per.broker.percentage` of them led elsewhere does; Kafka's quorum controllers have no such
/// threshold (`ReplicationControlManager.maybeBalancePartitionLeaders`). True if the pass stopped at its limit and another should
/// follow at once.
pub fn rebalance_leaders(context: &mut Context<'_>) -> Decision<bool> {
    if !context.settings.auto_leader_rebalance_enable {
        return Decision::unchanged(false);
    }
    let image = context.image;
    let percentage_max = match image.dialect.authority {
        Authority::ZooKeeper => usize::try_from(context.settings.leader_imbalance_per_broker_percentage).unwrap_or(0),
        Authority::KRaft => 0,
    };
    let candidates = || {
        partitions(image).filter(|(_, topic, partition)| {
            // A partition without a leader needs an election, not a balance.
            partition.leader != PartitionImage::NO_LEADER && !is_deletion_queued(image, &topic.topic_id)
        })
    };
    let mut balances: BTreeMap<BrokerId, Balance> = BTreeMap::new();
    for (_, _, partition) in candidates() {
        let Some(preferred) = partition.replicas.first() else { continue };
        let balance = balances.entry(*preferred).or_default();
        balance.preferred += 1;
        balance.led_elsewhere += usize::from(!has_preferred_leader(partition));
    }
    let mut units = Vec::new();
    for (at, _, partition) in candidates().filter(|(_, _, partition)| !has_preferred_leader(partition)) {
        if units.len() == limits::ELECTIONS_PER_PASS_MAX {
            return Decision { units, response: true };
        }
        let Some(balance) = partition.replicas.first().and_then(|preferred| balances.get(preferred)) else { continue };
        if balance.led_elsewhere * 100 > balance.preferred * percentage_max {
            let change = PartitionChange::new(image, at, partition).election(Election::Preferred);
            units.extend(change.build().map(|record| partition_unit(at, record)));
        }
    }
    Decision { units, response: false }
}
