//! Which leader epoch starts at which offset of the metadata log (Kafka's `LeaderEpochFileCache`). Pure.

use crate::codec::CodecError;

/// An offset and the leader epoch of the record before it; a snapshot's id (KIP-630). The offset is exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OffsetAndEpoch {
    /// One past the last record.
    pub end_offset: i64,
    /// Leader epoch of that last record.
    pub leader_epoch: i32,
}

/// Leader epochs in ascending order, each with its first offset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EpochTable {
    starts: Vec<(i32, i64)>,
}

impl EpochTable {
    /// Notes that a batch of `leader_epoch` begins at `base_offset`.
    pub fn assign(&mut self, leader_epoch: i32, base_offset: i64) {
        match self.starts.last() {
            Some((last, _)) if *last >= leader_epoch => {}
            _ => self.starts.push((leader_epoch, base_offset)),
        }
    }

    /// The last leader epoch; none while nothing was appended.
    pub fn last_epoch(&self) -> Option<i32> {
        self.starts.last().map(|(leader_epoch, _)| *leader_epoch)
    }

    /// Leader epochs and their first offsets.
    pub fn starts(&self) -> &[(i32, i64)] {
        &self.starts
    }

    /// Where the largest epoch not above `leader_epoch` ends, `log_end_offset` being the log's end. A requested epoch
    /// before the first known one ends where that one starts; one after the last is unknown.
    pub fn end_offset_for(&self, leader_epoch: i32, log_end_offset: i64) -> Option<OffsetAndEpoch> {
        let next = self.starts.partition_point(|(epoch, _)| *epoch <= leader_epoch);
        if self.last_epoch().is_none_or(|last| leader_epoch > last) {
            return None;
        }
        let end_offset = self.starts.get(next).map_or(log_end_offset, |(_, start)| *start);
        let found = next.checked_sub(1).map_or(leader_epoch, |at| self.starts[at].0);
        Some(OffsetAndEpoch { end_offset, leader_epoch: found })
    }

    /// Forgets what starts at or after `end_offset`.
    pub fn truncate_end(&mut self, end_offset: i64) {
        self.starts.retain(|(_, start)| *start < end_offset);
    }

    /// Forgets what ends before `start_offset`; the epoch that covers it starts there now.
    pub fn truncate_start(&mut self, start_offset: i64) {
        let covering = self.starts.partition_point(|(_, start)| *start <= start_offset);
        if covering == 0 {
            return;
        }
        self.starts.drain(..covering - 1);
        self.starts[0].1 = start_offset;
    }

    /// The text of `leader-epoch-checkpoint`.
    pub fn to_checkpoint(&self) -> String {
        let mut text = format!("0\n{}\n", self.starts.len());
        for (leader_epoch, start_offset) in &self.starts {
            text.push_str(&format!("{leader_epoch} {start_offset}\n"));
        }
        text
    }

    /// Reads `leader-epoch-checkpoint`.
    pub fn from_checkpoint(text: &str) -> Result<EpochTable, CodecError> {
        let bad = |problem: String| CodecError::new("leader-epoch-checkpoint", problem);
        let mut lines = text.lines();
        if lines.next() != Some("0") {
            return Err(bad("version 0 expected on the first line".to_owned()));
        }
        let count: usize =
            lines.next().and_then(|line| line.parse().ok()).ok_or_else(|| bad("no count on line 2".to_owned()))?;
        let mut table = EpochTable::default();
        for line in lines {
            let entry =
                line.split_once(' ').and_then(|(epoch, start)| Some((epoch.parse().ok()?, start.parse().ok()?)));
            table.starts.push(entry.ok_or_else(|| bad(format!("'{line}' is not an epoch and an offset")))?);
        }
        if table.starts.len() != count {
            return Err(bad(format!("{count} entries announced, {} found", table.starts.len())));
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> EpochTable {
        let mut table = EpochTable::default();
        for (leader_epoch, base_offset) in [(2, 0), (2, 5), (3, 10), (7, 20), (7, 25)] {
            table.assign(leader_epoch, base_offset);
        }
        table
    }

    #[test]
    fn ends_of_epochs() {
        let table = table();
        let ends: Vec<String> = (0..=8)
            .map(|leader_epoch| match table.end_offset_for(leader_epoch, 30) {
                Some(found) => format!("{leader_epoch}: epoch {} ends at {}", found.leader_epoch, found.end_offset),
                None => format!("{leader_epoch}: unknown"),
            })
            .collect();
        insta::assert_snapshot!(ends.join("\n"));
    }

    #[test]
    fn truncation_at_both_ends() {
        let mut table = table();
        table.truncate_end(20);
        assert_eq!(table.starts(), [(2, 0), (3, 10)]);
        table.truncate_start(12);
        assert_eq!(table.starts(), [(3, 12)]);
        table.truncate_start(5);
        assert_eq!(table.starts(), [(3, 12)], "a start before everything known changes nothing");
    }

    #[test]
    fn checkpoint_text_round_trips_and_rejects_damage() {
        let table = table();
        assert_eq!(table.to_checkpoint(), "0\n3\n2 0\n3 10\n7 20\n");
        assert_eq!(EpochTable::from_checkpoint(&table.to_checkpoint()), Ok(table));
        for damaged in ["", "1\n0\n", "0\n2\n1 0\n", "0\n1\n1\n", "0\nx\n"] {
            assert!(EpochTable::from_checkpoint(damaged).is_err(), "{damaged:?}");
        }
    }
}
