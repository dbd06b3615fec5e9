//! Where new partitions go: striped over racks and brokers (the rules of Kafka's `StripedReplicaPlacer`).
//!
//! Goals, in order:
//! 1. a partition's replicas are on distinct brokers, spread over as many racks as there are;
//! 2. the first replica, which will lead, is on a live broker, and live brokers lead equally often;
//! 3. inside a rack, live brokers come before fenced ones; a broker that is shutting down gets nothing;
//! 4. two partitions rarely have the same set of replicas.
//!
//! Racks form a ring; each partition starts one rack further on than the one before, and so does the choice of broker
//! inside a rack. When every live broker has led once, racks and brokers are shuffled. Brokers without a rack form one
//! rack of their own.

use std::collections::BTreeMap;

use kedge_metadata_state::{BrokerId, Image};

use crate::random::{RandomSource, below, shuffle};

/// Why nothing can be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlacementError {
    /// Zero or negative.
    #[error("the replication factor {0} is not positive")]
    NotPositive(i16),
    /// There are not as many brokers.
    #[error("the replication factor {replication_factor} is above the number of registered brokers, {brokers}")]
    TooFewBrokers {
        /// Asked for.
        replication_factor: i16,
        /// Registered and not shutting down.
        brokers: usize,
    },
    /// Nobody could lead.
    #[error("all registered brokers are fenced or shutting down")]
    NoneActive,
}

/// Replicas for `count` partitions, the preferred leader first.
pub fn place(
    image: &Image,
    count: usize,
    replication_factor: i16,
    random: &mut dyn RandomSource,
) -> Result<Vec<Vec<BrokerId>>, PlacementError> {
    let mut ring = RackRing::new(image, random);
    let wanted = usize::try_from(replication_factor).unwrap_or(0);
    if wanted == 0 {
        return Err(PlacementError::NotPositive(replication_factor));
    }
    if ring.unfenced_count() == 0 {
        return Err(PlacementError::NoneActive);
    }
    let brokers = ring.racks.iter().map(|rack| rack.unfenced.len() + rack.fenced.len()).sum();
    if wanted > brokers {
        return Err(PlacementError::TooFewBrokers { replication_factor, brokers });
    }
    Ok((0..count).map(|_| ring.next_partition(wanted, random)).collect())
}

/// The brokers of one rack.
#[derive(Default)]
struct Rack {
    unfenced: Vec<BrokerId>,
    fenced: Vec<BrokerId>,
    /// Position of the next leader among `unfenced`: each leads once before any leads twice.
    next_leader: usize,
    /// Position where this partition's followers begin.
    next_follower: usize,
}

impl Rack {
    fn lead(&mut self) -> BrokerId {
        let position = self.next_leader % self.unfenced.len();
        self.next_leader += 1;
        // The leader's neighbours follow it.
        self.next_follower = position + 1;
        self.unfenced[position]
    }

    /// Brokers of this rack in the order in which this partition would take them as followers.
    fn followers(&self, leader: BrokerId) -> impl Iterator<Item = BrokerId> {
        let rotated = |brokers: &'_ [BrokerId], from: usize| {
            let split = if brokers.is_empty() { 0 } else { from % brokers.len() };
            [&brokers[split..], &brokers[..split]].concat()
        };
        let unfenced = rotated(&self.unfenced, self.next_follower);
        let fenced = rotated(&self.fenced, self.next_follower);
        unfenced.into_iter().chain(fenced).filter(move |broker_id| *broker_id != leader)
    }
}

/// All racks, and where the next partition starts.
struct RackRing {
    racks: Vec<Rack>,
    start: usize,
    /// Partitions since the last shuffle.
    placed: usize,
}

impl RackRing {
    fn new(image: &Image, random: &mut dyn RandomSource) -> RackRing {
        let mut by_name: BTreeMap<Option<&str>, Rack> = BTreeMap::new();
        for registration in image.cluster.brokers.values().filter(|it| !it.in_controlled_shutdown) {
            let rack = by_name.entry(registration.rack.as_deref()).or_default();
            let brokers = if registration.fenced { &mut rack.fenced } else { &mut rack.unfenced };
            brokers.push(registration.broker_id);
        }
        let mut racks: Vec<_> = by_name.into_values().collect();
        for rack in &mut racks {
            let brokers = rack.unfenced.len().max(rack.fenced.len()).max(1);
            rack.next_leader = below(random, brokers);
            rack.next_follower = below(random, brokers);
        }
        let start = if racks.is_empty() { 0 } else { below(random, racks.len()) };
        RackRing { racks, start, placed: 0 }
    }

    fn unfenced_count(&self) -> usize {
        self.racks.iter().map(|rack| rack.unfenced.len()).sum()
    }

    /// One partition's replicas. There must be a live broker and enough brokers.
    fn next_partition(&mut self, replication_factor: usize, random: &mut dyn RandomSource) -> Vec<BrokerId> {
        let unfenced_count = self.unfenced_count();
        if self.placed == unfenced_count && unfenced_count > 1 {
            self.reshuffle(random);
        }
        let racks_count = self.racks.len();
        let ring: Vec<_> = (self.start..self.start + racks_count).map(|position| position % racks_count).collect();
        let leading_rack = *ring
            .iter()
            .find(|rack| !self.racks[**rack].unfenced.is_empty())
            .expect("some rack has a live broker: the caller checked");
        let leader = self.racks[leading_rack].lead();
        let mut followers: Vec<Vec<BrokerId>> =
            self.racks.iter().map(|rack| rack.followers(leader).collect::<Vec<_>>()).collect();
        followers.iter_mut().for_each(|brokers| brokers.reverse());
        let mut replicas = vec![leader];
        let mut first_lap = true;
        while replicas.len() < replication_factor {
            for rack in &ring {
                // The leader's rack has its share of the first lap.
                if replicas.len() == replication_factor || (first_lap && *rack == leading_rack) {
                    continue;
                }
                replicas.extend(followers[*rack].pop());
            }
            first_lap = false;
        }
        for (index, rack) in self.racks.iter_mut().enumerate() {
            if index != leading_rack {
                rack.next_follower += 1;
            }
        }
        self.start = (self.start + 1) % racks_count;
        self.placed += 1;
        replicas
    }

    /// A new order, so that the next partitions do not repeat the same sets.
    fn reshuffle(&mut self, random: &mut dyn RandomSource) {
        shuffle(random, &mut self.racks);
        for rack in &mut self.racks {
            shuffle(random, &mut rack.unfenced);
            shuffle(random, &mut rack.fenced);
        }
        self.placed = 0;
    }
}
