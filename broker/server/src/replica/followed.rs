//! What a fetcher fetches for, and what of it the next request has to look at. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use kedge_metadata_state::TopicIdPartition;
use tokio::time::Instant;

/// First wait after a failure; doubled up to the longest. A new leader often learns of its role milliseconds later.
const BACKOFF_FIRST: Duration = Duration::from_millis(20);

/// The wait after so many failures.
pub(super) fn backoff(failures: u32, longest: Duration) -> Duration {
    BACKOFF_FIRST.saturating_mul(1 << failures.min(10)).min(longest)
}

/// A partition that a fetcher fetches for.
#[derive(Debug)]
struct Followed<P> {
    partition: P,
    leader_epoch: i32,
    /// Backed off until then.
    not_before: Option<Instant>,
    failures: u32,
}

/// A partition to look at, and whether it is to be fetched: then with its leader epoch.
pub(super) type Look<P> = (TopicIdPartition, Option<(P, i32)>);

/// The partitions of a fetcher.
#[derive(Debug)]
pub(super) struct FollowedSet<P> {
    entries: BTreeMap<TopicIdPartition, Followed<P>>,
    /// Came, went or moved since the last look.
    changed: BTreeSet<TopicIdPartition>,
    /// When backoffs end; one that was cleared meanwhile stays until then.
    backed_off: BTreeSet<(Instant, TopicIdPartition)>,
}

impl<P> Default for FollowedSet<P> {
    fn default() -> FollowedSet<P> {
        FollowedSet { entries: BTreeMap::new(), changed: BTreeSet::new(), backed_off: BTreeSet::new() }
    }
}

impl<P: Clone> FollowedSet<P> {
    pub(super) fn insert(&mut self, id: TopicIdPartition, partition: P, leader_epoch: i32) {
        self.entries.insert(id, Followed { partition, leader_epoch, not_before: None, failures: 0 });
        self.changed.insert(id);
    }

    /// Returns whether nothing is left.
    pub(super) fn remove(&mut self, id: TopicIdPartition) -> bool {
        self.entries.remove(&id);
        self.changed.insert(id);
        self.entries.is_empty()
    }

    /// Its log may end elsewhere now.
    pub(super) fn moved(&mut self, id: TopicIdPartition) {
        self.changed.insert(id);
    }

    /// What came, went or moved since the last look; with `all` everything, from `first` on.
    pub(super) fn looks(&mut self, all: bool, first: Option<TopicIdPartition>, now: Instant) -> Vec<Look<P>> {
        while let Some((until, id)) = self.backed_off.first().copied().filter(|(until, _)| *until <= now) {
            self.backed_off.remove(&(until, id));
            self.changed.insert(id);
        }
        let mut changed = std::mem::take(&mut self.changed);
        let ids: Vec<TopicIdPartition> = if all {
            changed.retain(|id| !self.entries.contains_key(id));
            let start = first.or_else(|| self.entries.keys().next().copied());
            let rotated =
                start.into_iter().flat_map(|start| self.entries.range(start..).chain(self.entries.range(..start)));
            rotated.map(|(id, _)| *id).chain(changed).collect()
        } else {
            changed.into_iter().collect()
        };
        ids.into_iter().map(|id| (id, self.fetched(id, now))).collect()
    }

    fn fetched(&self, id: TopicIdPartition, now: Instant) -> Option<(P, i32)> {
        let entry = self.entries.get(&id)?;
        let is_free = entry.not_before.is_none_or(|not_before| not_before <= now);
        is_free.then(|| (entry.partition.clone(), entry.leader_epoch))
    }

    /// When the first backoff ends.
    pub(super) fn next_change(&self) -> Option<Instant> {
        self.backed_off.first().map(|(until, _)| *until)
    }

    /// Ends a backoff.
    pub(super) fn succeeded(&mut self, id: TopicIdPartition) {
        if let Some(entry) = self.entries.get_mut(&id) {
            (entry.not_before, entry.failures) = (None, 0);
        }
    }

    /// Begins a backoff, or a longer one, unless the partition has a newer leader epoch. Returns the failures before.
    pub(super) fn failed(
        &mut self,
        id: TopicIdPartition,
        leader_epoch: i32,
        longest: Duration,
        now: Instant,
    ) -> Option<u32> {
        let entry = self.entries.get_mut(&id).filter(|entry| entry.leader_epoch == leader_epoch)?;
        let failures = entry.failures;
        let not_before = now + backoff(failures, longest);
        entry.not_before = Some(not_before);
        entry.failures = failures.saturating_add(1);
        self.backed_off.insert((not_before, id));
        self.changed.insert(id);
        Some(failures)
    }
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::TopicId;

    use super::*;

    const LONGEST: Duration = Duration::from_secs(1);

    fn id(partition_id: i32) -> TopicIdPartition {
        TopicIdPartition { topic_id: TopicId::from_bytes([1; 16]), partition_id }
    }

    fn set(partitions: std::ops::Range<i32>) -> FollowedSet<&'static str> {
        let mut set = FollowedSet::default();
        partitions.for_each(|partition_id| set.insert(id(partition_id), "p", 7));
        set
    }

    /// Partition ids, with whether they are to be fetched.
    fn looks(set: &mut FollowedSet<&str>, all: bool, first: Option<i32>, now: Instant) -> Vec<(i32, bool)> {
        let looks = set.looks(all, first.map(id), now);
        looks.into_iter().map(|(id, fetched)| (id.partition_id, fetched.is_some())).collect()
    }

    #[test]
    fn a_look_costs_what_has_changed() {
        let (mut set, now) = (set(0..1000), Instant::now());
        assert_eq!(looks(&mut set, false, None, now).len(), 1000);
        assert_eq!(looks(&mut set, false, None, now), []);
        set.moved(id(3));
        set.insert(id(5), "p", 8);
        assert!(!set.remove(id(4)));
        assert_eq!(looks(&mut set, false, None, now), [(3, true), (4, false), (5, true)]);
        assert_eq!(looks(&mut set, false, None, now), []);
    }

    #[test]
    fn everything_begins_where_it_is_told_to() {
        let (mut set, now) = (set(0..4), Instant::now());
        set.remove(id(2));
        assert_eq!(looks(&mut set, true, Some(1), now), [(1, true), (3, true), (0, true), (2, false)]);
        assert_eq!(looks(&mut set, false, None, now), [], "nothing is left of what had changed");
    }

    #[test]
    fn a_backoff_ends_by_itself() {
        let (mut set, now) = (set(0..2), Instant::now());
        looks(&mut set, false, None, now);
        assert_eq!(set.failed(id(0), 6, LONGEST, now), None, "an answer to a request of an earlier leader epoch");
        assert_eq!(set.failed(id(0), 7, LONGEST, now), Some(0));
        assert_eq!(set.next_change(), Some(now + BACKOFF_FIRST));
        assert_eq!(looks(&mut set, false, None, now), [(0, false)]);
        assert_eq!(looks(&mut set, true, None, now), [(0, false), (1, true)]);
        assert_eq!(looks(&mut set, false, None, now), []);
        let later = now + BACKOFF_FIRST;
        assert_eq!(looks(&mut set, false, None, later), [(0, true)]);
        assert_eq!(
            (set.failed(id(0), 7, LONGEST, later), set.next_change()),
            (Some(1), Some(later + 2 * BACKOFF_FIRST))
        );
        set.succeeded(id(0));
        assert_eq!(looks(&mut set, false, None, later), [(0, true)]);
        assert_eq!(set.failed(id(0), 7, LONGEST, later), Some(0));
        assert!(!set.remove(id(0)) && set.remove(id(1)));
    }
}
