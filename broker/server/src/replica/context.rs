//! What every partition of a broker shares: who this broker is, who else is alive, the clock, the way to the controller.

use std::sync::{Arc, PoisonError, RwLock};

use kedge_metadata_state::{Authority, BrokerEpoch, BrokerId, Image, TimestampMs};

use super::{isr::IsrQueue, metrics::ReplicaMetrics};
use crate::{clock::SharedClock, services::LinkCell};

/// Czxids carry ZooKeeper's own epoch, at least 1, in their upper half; offsets of a metadata log stay below this.
const SMALLEST_CZXID: i64 = 1 << 32;

/// Shared by all partitions of a broker.
#[derive(Debug)]
pub(crate) struct ReplicaContext {
    /// This broker.
    pub(crate) broker_id: BrokerId,
    /// The node's clock.
    pub(crate) clock: SharedClock,
    /// The way to the controller, with this broker's epoch there.
    pub(crate) link: Arc<LinkCell>,
    /// `replica.lag.time.max.ms`.
    pub(crate) lag_max_ms: i64,
    /// Partitions with an ISR to propose.
    pub(crate) isr_queue: IsrQueue,
    /// Counters.
    pub(crate) metrics: ReplicaMetrics,
    image: RwLock<Arc<Image>>,
}

impl ReplicaContext {
    pub(crate) fn new(
        broker_id: BrokerId,
        clock: SharedClock,
        link: Arc<LinkCell>,
        lag_max_ms: i64,
        image: Arc<Image>,
    ) -> ReplicaContext {
        ReplicaContext {
            broker_id,
            clock,
            link,
            lag_max_ms,
            isr_queue: IsrQueue::default(),
            metrics: ReplicaMetrics::default(),
            image: RwLock::new(image),
        }
    }

    pub(crate) fn now_ms(&self) -> TimestampMs {
        self.clock.now_ms()
    }

    /// The metadata that partitions here act upon.
    pub(crate) fn image(&self) -> Arc<Image> {
        self.image.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_image(&self, image: Arc<Image>) {
        *self.image.write().unwrap_or_else(PoisonError::into_inner) = image;
    }
}

/// Whether a replica that fetches with `broker_epoch` may be in an ISR (KIP-903): it is active, and the epoch is that of its
/// registration, or one of the two is unknown (UpdateMetadata carries none) or from the other authority.
pub(crate) fn is_isr_eligible(image: &Image, broker_id: BrokerId, broker_epoch: i64) -> bool {
    let Some(registration) = image.cluster.brokers.get(&broker_id) else { return false };
    let comparable = |broker_epoch| comparable_epoch(broker_epoch, image.dialect.authority);
    let (fetched, registered) = (comparable(broker_epoch), comparable(registration.broker_epoch));
    let is_unknown = fetched == BrokerEpoch::UNKNOWN_VALUE || registered == BrokerEpoch::UNKNOWN_VALUE;
    registration.is_active() && (is_unknown || fetched == registered)
}

/// A broker epoch from a Fetch request as epochs of `authority` are compared: −1 if it is unknown or from the other number space.
///
/// A Fetch does not say whose number it carries, and during a move half the fleet has switched; but the two spaces do not overlap.
pub(crate) fn comparable_epoch(broker_epoch: i64, authority: Authority) -> i64 {
    let owner = if broker_epoch >= SMALLEST_CZXID { Authority::ZooKeeper } else { Authority::KRaft };
    BrokerEpoch { authority: owner, value: broker_epoch }.seen_by(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_of_the_other_authority_are_unknown() {
        let czxid = (3 << 32) | 17;
        assert_eq!(comparable_epoch(czxid, Authority::ZooKeeper), czxid);
        assert_eq!(comparable_epoch(czxid, Authority::KRaft), -1);
        assert_eq!(comparable_epoch(120, Authority::KRaft), 120);
        assert_eq!(comparable_epoch(120, Authority::ZooKeeper), -1);
        assert_eq!(comparable_epoch(-1, Authority::KRaft), -1);
        assert_eq!(comparable_epoch(-1, Authority::ZooKeeper), -1);
    }
}
