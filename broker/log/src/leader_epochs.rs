//! Which leader epoch wrote which offsets (`leader-epoch-checkpoint`, KIP-101). Pure.

/// The leader epochs of a log with the offset each starts at; both strictly increase.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeaderEpochCache {
    entries: Vec<(i32, i64)>,
}

/// Answer to "where did this epoch end": the largest epoch not above the one asked for, and the offset after its last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEndOffset {
    /// The epoch found, −1 if unknown.
    pub leader_epoch: i32,
    /// Offset after its last record, −1 if unknown.
    pub end_offset: i64,
}

impl EpochEndOffset {
    /// Kafka's "undefined".
    pub const UNDEFINED: EpochEndOffset = EpochEndOffset { leader_epoch: -1, end_offset: -1 };
}

impl LeaderEpochCache {
    /// From a checkpoint's entries; those that do not increase are dropped from the first offender on.
    pub fn from_entries(entries: impl IntoIterator<Item = (i32, i64)>) -> LeaderEpochCache {
        let mut cache = LeaderEpochCache::default();
        for (leader_epoch, start_offset) in entries {
            let increases =
                cache.entries.last().is_none_or(|&(epoch, offset)| leader_epoch > epoch && start_offset > offset);
            if !increases || leader_epoch < 0 || start_offset < 0 {
                break;
            }
            cache.entries.push((leader_epoch, start_offset));
        }
        cache
    }

    /// `(leader_epoch, start_offset)`, oldest first.
    pub fn entries(&self) -> &[(i32, i64)] {
        &self.entries
    }

    /// The newest epoch.
    pub fn latest(&self) -> Option<i32> {
        self.entries.last().map(|&(leader_epoch, _)| leader_epoch)
    }

    /// Notes that records from `start_offset` on are of `leader_epoch`. Returns whether anything changed.
    ///
    /// Entries that contradict it (a newer epoch, or one that starts at or after) were never committed and go.
    pub fn assign(&mut self, leader_epoch: i32, start_offset: i64) -> bool {
        assert!(leader_epoch >= 0 && start_offset >= 0, "epoch {leader_epoch} at offset {start_offset}");
        if self.entries.last().is_some_and(|&(epoch, offset)| epoch == leader_epoch && offset <= start_offset) {
            return false;
        }
        while self.entries.last().is_some_and(|&(epoch, offset)| epoch >= leader_epoch || offset >= start_offset) {
            self.entries.pop();
        }
        self.entries.push((leader_epoch, start_offset));
        true
    }

    /// Where `leader_epoch` ended, given the log's end (OffsetForLeaderEpoch, truncation).
    pub fn end_offset_for(&self, leader_epoch: i32, log_end_offset: i64) -> EpochEndOffset {
        let Some(latest) = self.latest() else { return EpochEndOffset::UNDEFINED };
        if leader_epoch < 0 || leader_epoch > latest {
            return EpochEndOffset::UNDEFINED;
        }
        if leader_epoch == latest {
            return EpochEndOffset { leader_epoch, end_offset: log_end_offset };
        }
        let above = self.entries.partition_point(|&(epoch, _)| epoch <= leader_epoch);
        let end_offset = self.entries[above].1;
        match above.checked_sub(1) {
            Some(below) => EpochEndOffset { leader_epoch: self.entries[below].0, end_offset },
            // Below the first known epoch: all that is known is that it ended where the first one starts.
            None => EpochEndOffset { leader_epoch, end_offset },
        }
    }

    /// The epoch of the record at `record_offset`; None before the first known epoch.
    pub fn epoch_of(&self, record_offset: i64) -> Option<i32> {
        let above = self.entries.partition_point(|&(_, start_offset)| start_offset <= record_offset);
        above.checked_sub(1).map(|index| self.entries[index].0)
    }

    /// Drops epochs that start at or after `end_offset`. Returns whether anything changed.
    pub fn truncate_from_end(&mut self, end_offset: i64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|&(_, start_offset)| start_offset < end_offset);
        self.entries.len() != before
    }

    /// Forgets what lies below `start_offset`; the epoch that spans it starts there now. Returns whether anything changed.
    pub fn truncate_from_start(&mut self, start_offset: i64) -> bool {
        let spanning = self.entries.partition_point(|&(_, offset)| offset <= start_offset);
        let Some(spanning) = spanning.checked_sub(1) else { return false };
        if spanning == 0 && self.entries[0].1 == start_offset {
            return false;
        }
        self.entries.drain(..spanning);
        self.entries[0].1 = start_offset;
        true
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> LeaderEpochCache {
        LeaderEpochCache::from_entries([(1, 0), (3, 10), (7, 25)])
    }

    #[test]
    fn ends_of_epochs() {
        let end = |leader_epoch| {
            let EpochEndOffset { leader_epoch, end_offset } = cache().end_offset_for(leader_epoch, 40);
            (leader_epoch, end_offset)
        };
        let table: Vec<_> = (-1..=8).map(|leader_epoch| (leader_epoch, end(leader_epoch))).collect();
        assert_eq!(
            table,
            [
                (-1, (-1, -1)),
                (0, (0, 0)),
                (1, (1, 10)),
                (2, (1, 10)),
                (3, (3, 25)),
                (4, (3, 25)),
                (5, (3, 25)),
                (6, (3, 25)),
                (7, (7, 40)),
                (8, (-1, -1)),
            ]
        );
        assert_eq!(LeaderEpochCache::default().end_offset_for(0, 9), EpochEndOffset::UNDEFINED);
    }

    #[test]
    fn epochs_of_offsets() {
        let epochs: Vec<_> = [0, 9, 10, 24, 25, 99].map(|offset| cache().epoch_of(offset)).to_vec();
        assert_eq!(epochs, [Some(1), Some(1), Some(3), Some(3), Some(7), Some(7)]);
        assert_eq!(LeaderEpochCache::from_entries([(1, 5)]).epoch_of(4), None);
    }

    #[test]
    fn assigning_replaces_what_contradicts() {
        let after = |leader_epoch, start_offset| {
            let mut cache = cache();
            let changed = cache.assign(leader_epoch, start_offset);
            (changed, cache.entries)
        };
        assert_eq!(after(7, 30), (false, vec![(1, 0), (3, 10), (7, 25)]));
        assert_eq!(after(8, 40), (true, vec![(1, 0), (3, 10), (7, 25), (8, 40)]));
        assert_eq!(after(8, 20), (true, vec![(1, 0), (3, 10), (8, 20)]));
        assert_eq!(after(8, 25), (true, vec![(1, 0), (3, 10), (8, 25)]));
        assert_eq!(after(5, 30), (true, vec![(1, 0), (3, 10), (5, 30)]));
        assert_eq!(after(0, 0), (true, vec![(0, 0)]));
    }

    #[test]
    fn truncation_at_both_ends() {
        let mut end = cache();
        assert!(!end.truncate_from_end(26));
        assert!(end.truncate_from_end(25));
        assert_eq!(end.entries(), [(1, 0), (3, 10)]);
        let start = |offset| {
            let mut cache = cache();
            (cache.truncate_from_start(offset), cache.entries)
        };
        assert_eq!(start(0), (false, vec![(1, 0), (3, 10), (7, 25)]));
        assert_eq!(start(4), (true, vec![(1, 4), (3, 10), (7, 25)]));
        assert_eq!(start(10), (true, vec![(3, 10), (7, 25)]));
        assert_eq!(start(99), (true, vec![(7, 99)]));
    }

    #[test]
    fn a_damaged_checkpoint_keeps_its_good_front() {
        let cache = LeaderEpochCache::from_entries([(1, 0), (3, 10), (2, 20), (9, 30)]);
        assert_eq!(cache.entries(), [(1, 0), (3, 10)]);
    }
}
