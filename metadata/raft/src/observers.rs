//! Who fetches the metadata log and how far each has come, for DescribeQuorum. Pure: the clock is an argument.

use std::collections::BTreeMap;

use crate::limits::{OBSERVER_SESSION_MS, OBSERVERS_MAX};

/// One replica of the metadata log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaProgress {
    /// Its node id.
    pub replica_id: i32,
    /// Its log end offset; −1 if unknown.
    pub log_end_offset: i64,
    /// When it last asked, in milliseconds since the Unix epoch; −1 if unknown.
    pub last_fetch_timestamp_ms: i64,
    /// When it last had everything, in milliseconds since the Unix epoch; −1 if unknown.
    pub last_caught_up_timestamp_ms: i64,
}

/// Progress of the observers, as far as their fetches tell the leader.
#[derive(Clone, Debug, Default)]
pub struct Observers {
    by_id: BTreeMap<i32, Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    progress: ReplicaProgress,
    /// Log end and time at its last fetch: reaching that end later means it was caught up then.
    last_fetch_log_end_offset: i64,
}

impl Observers {
    /// Notes a fetch at `fetch_offset` while the log ended at `log_end_offset`.
    pub fn on_fetch(&mut self, replica_id: i32, fetch_offset: i64, log_end_offset: i64, now_ms: i64) {
        if replica_id < 0 {
            return;
        }
        self.expire(now_ms);
        if self.by_id.len() >= OBSERVERS_MAX && !self.by_id.contains_key(&replica_id) {
            return;
        }
        let seen = self.by_id.entry(replica_id).or_insert(Seen {
            progress: ReplicaProgress {
                replica_id,
                log_end_offset: -1,
                last_fetch_timestamp_ms: -1,
                last_caught_up_timestamp_ms: -1,
            },
            last_fetch_log_end_offset: i64::MAX,
        });
        let progress = &mut seen.progress;
        if fetch_offset >= log_end_offset {
            progress.last_caught_up_timestamp_ms = now_ms;
        } else if fetch_offset >= seen.last_fetch_log_end_offset {
            progress.last_caught_up_timestamp_ms = progress.last_fetch_timestamp_ms;
        }
        progress.log_end_offset = fetch_offset;
        progress.last_fetch_timestamp_ms = now_ms;
        seen.last_fetch_log_end_offset = log_end_offset;
    }

    fn expire(&mut self, now_ms: i64) {
        self.by_id.retain(|_, seen| now_ms - seen.progress.last_fetch_timestamp_ms <= OBSERVER_SESSION_MS);
    }

    /// Everyone who fetched within the session timeout.
    pub fn list(&mut self, now_ms: i64) -> Vec<ReplicaProgress> {
        self.expire(now_ms);
        self.by_id.values().map(|seen| seen.progress).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caught_up_is_the_time_of_the_fetch_whose_end_was_reached() {
        let mut observers = Observers::default();
        observers.on_fetch(4, 0, 10, 1_000);
        assert_eq!(observers.list(1_000)[0].last_caught_up_timestamp_ms, -1);
        observers.on_fetch(4, 10, 20, 2_000);
        assert_eq!(observers.list(2_000)[0].last_caught_up_timestamp_ms, 1_000, "had all there was at the first fetch");
        observers.on_fetch(4, 20, 20, 3_000);
        assert_eq!(observers.list(3_000)[0].last_caught_up_timestamp_ms, 3_000);
    }

    #[test]
    fn silence_drops_an_observer_and_voters_without_id_are_not_listed() {
        let mut observers = Observers::default();
        observers.on_fetch(-1, 0, 0, 0);
        observers.on_fetch(4, 0, 0, 0);
        assert_eq!(observers.list(OBSERVER_SESSION_MS).len(), 1);
        assert!(observers.list(OBSERVER_SESSION_MS + 1).is_empty());
    }
}
