//! What the controller does by itself: fence silent brokers, give leaderships back, keep the log moving, finish deletions.

use std::time::Duration;

use kedge_controller::{Decision, DecisionUnit, Subject, brokers, rebalance};
use kedge_metadata_state::{
    Authority, Record,
    records::{MetadataRecord, NoOpRecord},
};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{
    gate::Kind,
    heartbeats_count,
    item::{self, Item},
};

/// `metadata.max.idle.interval.ms`, and the beat of everything else here.
const BEAT: Duration = Duration::from_millis(500);
/// The first balance of a reign comes early: brokers have just come back.
const FIRST_REBALANCE: Duration = Duration::from_secs(5);

pub(super) struct Timers {
    beat: Interval,
    rebalance_interval: Duration,
    next_rebalance: Instant,
}

impl Timers {
    pub(super) fn new(rebalance_interval: Duration) -> Timers {
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let first = FIRST_REBALANCE.min(rebalance_interval);
        Timers { beat, rebalance_interval, next_rebalance: Instant::now() + first }
    }

    /// Waits for the next beat; what is due then. Cancel-safe.
    pub(super) async fn due(&mut self, authority: Authority) -> Vec<Box<dyn Item>> {
        self.beat.tick().await;
        let mut items: Vec<Box<dyn Item>> = Vec::new();
        if heartbeats_count(authority) {
            items.push(item::internal(Kind::Membership, |context, soft| {
                brokers::fence_one_stale_broker(context, &mut soft.liveness)
            }));
            items.push(item::internal(Kind::Membership, |_, _| Decision { units: vec![no_op()], response: () }));
        } else {
            items.push(item::internal(Kind::Content, |context, soft| soft.deletions.finish(context)));
        }
        if Instant::now() >= self.next_rebalance {
            self.next_rebalance = Instant::now() + self.rebalance_interval;
            items.push(item::internal(Kind::Content, rebalance_pass));
        }
        items
    }
}

fn rebalance_pass(context: &mut kedge_controller::Context<'_>, _: &mut super::SoftState) -> Decision<bool> {
    rebalance::rebalance_leaders(context)
}

/// Lets followers of the log see that it is alive (KIP-835).
fn no_op() -> DecisionUnit {
    DecisionUnit {
        subject: Subject::Cluster,
        records: vec![Record::Metadata(MetadataRecord::NoOp(NoOpRecord::default()))],
    }
}
