//! Brokers by their ephemeral znodes: seen, gone, bounced; and the ControlledShutdown request of ZooKeeper mode.
//!
//! The records that register and unregister are for the controller's image; the tree has the ephemerals instead.

use kedge_metadata_state::{
    BrokerEpoch, BrokerId, ErrorCode, PartitionId,
    image::{BrokerRegistration, PartitionImage},
    records::BrokerRegistrationChangeRecord,
};

use super::{
    ENTER_CONTROLLED_SHUTDOWN, fence, registration_change, registration_change_unit, registration_unit, unregister,
};
use crate::{
    ApiError, ApiResult, Context, Decision,
    cluster_view::{after, partitions},
    election::{partition_unit, revisit_leaderless},
    partition_change::{BrokerChange, PartitionChange},
};

/// A broker's znode appeared or changed.
///
/// With a larger czxid than the one known the broker was away in between ("bounced"): it goes first, then comes, and its
/// replicas have to earn their place in the ISRs again.
pub fn broker_up(context: &mut Context<'_>, seen: &BrokerRegistration) -> Decision<()> {
    let mut registration = seen.clone();
    registration.fenced = false;
    registration.in_controlled_shutdown = false;
    // It learns of its partitions by LeaderAndIsr and UpdateMetadata, so the controller pushes them to it.
    registration.is_migrating_zk_broker = true;
    let mut units = Vec::new();
    let known = context.image.cluster.brokers.get(&seen.broker_id);
    match known {
        Some(known) if seen.broker_epoch < known.broker_epoch => return Decision::unchanged(()),
        Some(known) if seen.broker_epoch == known.broker_epoch => {
            // The same session changed its endpoints: nothing that an election depends on.
            registration.in_controlled_shutdown = known.in_controlled_shutdown;
            if **known != BrokerRegistration::from_record(&registration.to_record()) {
                units.push(registration_unit(&registration));
            }
            return Decision { units, response: () };
        }
        Some(known) => units = unregister(context.image, context.settings, known),
        None => {}
    }
    let gone = after(context.image, &units);
    units.push(registration_unit(&registration));
    units.extend(revisit_leaderless(&gone, context.settings, Some(seen.broker_id)));
    Decision { units, response: () }
}

/// A broker's znode is gone. An event about an earlier registration than the one known is ignored.
pub fn broker_down(context: &mut Context<'_>, broker_id: BrokerId, broker_epoch: i64) -> Decision<()> {
    let image = context.image;
    match image.cluster.brokers.get(&broker_id) {
        Some(known) if known.broker_epoch <= broker_epoch => {
            let leave = if image.dialect.unregister_on_loss { unregister } else { fence };
            Decision { units: leave(image, context.settings, known), response: () }
        }
        _ => Decision::unchanged(()),
    }
}

/// What a broker that wants to stop is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShutdownReply {
    /// Partitions it still leads although they have other replicas, by topic name: nobody else is in their ISR. Empty: it
    /// may stop.
    pub remaining_partitions: Vec<(String, PartitionId)>,
}

/// ControlledShutdown (key 7, versions 0–3): moves what the broker leads and takes it out of the other ISRs. Partitions
/// that have no other replica, or nobody else in the ISR, stay with it; the former do not hold it up. `broker_epoch` −1
/// (versions 0 and 1) is not checked.
pub fn controlled_shutdown(
    context: &mut Context<'_>,
    broker_id: BrokerId,
    broker_epoch: i64,
) -> Decision<ApiResult<ShutdownReply>> {
    let image = context.image;
    let Some(registration) = image.cluster.brokers.get(&broker_id) else {
        let why = format!("broker {broker_id} is not alive");
        return Decision::unchanged(Err(ApiError::new(ErrorCode::BROKER_NOT_AVAILABLE, why)));
    };
    if broker_epoch != BrokerEpoch::UNKNOWN_VALUE && broker_epoch < registration.broker_epoch {
        let why = format!("broker {broker_id} has broker epoch {}, not {broker_epoch}", registration.broker_epoch);
        return Decision::unchanged(Err(ApiError::new(ErrorCode::STALE_BROKER_EPOCH, why)));
    }
    let mut units = Vec::new();
    if !registration.in_controlled_shutdown {
        units.push(registration_change_unit(BrokerRegistrationChangeRecord {
            in_controlled_shutdown: ENTER_CONTROLLED_SHUTDOWN,
            ..registration_change(registration)
        }));
    }
    let brokers = BrokerChange { leaving: Some(broker_id), arriving: None };
    let mut reply = ShutdownReply::default();
    for (at, topic, partition) in partitions(image) {
        let leads = partition.leader == broker_id;
        if !leads && !partition.isr.contains(&broker_id) {
            continue;
        }
        let change = PartitionChange::new(image, at, partition).brokers(brokers).build();
        match change {
            Some(record) if record.leader != PartitionImage::NO_LEADER => {
                units.push(partition_unit(at, record));
            }
            _ if leads && partition.replicas.len() > 1 => {
                reply.remaining_partitions.push((topic.name.clone(), at.partition_id))
            }
            _ => {}
        }
    }
    Decision { units, response: Ok(reply) }
}
