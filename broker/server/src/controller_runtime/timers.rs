//! What the controller does by itself: fence silent brokers, give leaderships back, keep the log moving, finish deletions.

use std::time::Duration;

use kedge_controller::{Decision, DecisionUnit, Subject, brokers, rebalance};
use kedge_metadata_state::{
    Authority, Record,
    records::{MetadataRecord, NoOpRecord},
};
use kedge_metadata_store::Position;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use super::{
    gate::Kind,
    heartbeats_count,
    item::{self, Item},
};

/// How often it looks.
const BEAT: Duration = Duration::from_millis(500);
/// The first balance of a reign comes early: brokers have just come back.
const FIRST_REBALANCE: Duration = Duration::from_secs(5);

pub(super) struct Timers {
    beat: Interval,
    rebalance_interval: Duration,
    next_rebalance: Instant,
    idle: Idle,
}

/// How long nothing was committed.
struct Idle {
    /// `metadata.max.idle.interval.ms`; none for never.
    max_interval: Option<Duration>,
    position: Option<Position>,
    since: Instant,
}

impl Idle {
    /// When the log that stands at `position` has been still for too long.
    fn ends_at(&mut self, position: Position) -> Option<Instant> {
        if self.position.replace(position) != Some(position) {
            self.since = Instant::now();
        }
        Some(self.since + self.max_interval?)
    }
}

impl Timers {
    pub(super) fn new(rebalance_interval: Duration, max_idle_interval: Duration) -> Timers {
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let first = FIRST_REBALANCE.min(rebalance_interval);
        let max_interval = (!max_idle_interval.is_zero()).then_some(max_idle_interval);
        let idle = Idle { max_interval, position: None, since: Instant::now() };
        Timers { beat, rebalance_interval, next_rebalance: Instant::now() + first, idle }
    }

    /// Waits for the next beat, or for the end of the log's patience at `position`; what is due then. Cancel-safe.
    pub(super) async fn due(&mut self, authority: Authority, position: Position) -> Vec<Box<dyn Item>> {
        let idle_ends = self.idle.ends_at(position).filter(|_| heartbeats_count(authority));
        tokio::select! {
            biased;
            _ = self.beat.tick() => {}
            () = sleep_until(idle_ends.unwrap_or_else(Instant::now)), if idle_ends.is_some() => {
                // From now on, also if it is not admitted.
                self.idle.since = Instant::now();
                return vec![item::internal(Kind::Membership, |_, _| Decision { units: vec![no_op()], response: () })];
            }
        }
        let mut items: Vec<Box<dyn Item>> = Vec::new();
        if heartbeats_count(authority) {
            items.push(item::internal(Kind::Membership, |context, soft| {
                brokers::fence_one_stale_broker(context, &mut soft.liveness)
            }));
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

/// Lets followers of a still log see that it is alive (KIP-835). Kafka writes one every interval, busy or not; a log that moves
/// shows it by that.
fn no_op() -> DecisionUnit {
    DecisionUnit {
        subject: Subject::Cluster,
        records: vec![Record::Metadata(MetadataRecord::NoOp(NoOpRecord::default()))],
    }
}
