//! Counters and gauges of the replica layer, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since start. All are monotone.
#[derive(Debug, Default)]
pub struct ReplicaMetrics {
    /// Bytes appended for clients and coordinators.
    pub produced_bytes: AtomicU64,
    /// Batches appended for clients and coordinators.
    pub produced_batches: AtomicU64,
    /// Batches of idempotent producers that were stored already.
    pub duplicate_batches: AtomicU64,
    /// Appends refused, whatever the reason.
    pub failed_appends: AtomicU64,
    /// Bytes handed to consumers.
    pub consumer_fetched_bytes: AtomicU64,
    /// Bytes handed to followers.
    pub follower_fetched_bytes: AtomicU64,
    /// Partitions that fetch requests looked at, in a session or not.
    pub fetch_looks: AtomicU64,
    /// Partitions that this broker's fetchers looked at to make their requests.
    pub follower_looks: AtomicU64,
    /// Bytes appended as follower.
    pub replicated_bytes: AtomicU64,
    /// Committed ISR changes that added a replica.
    pub isr_expansions: AtomicU64,
    /// Committed ISR changes that removed a replica.
    pub isr_shrinks: AtomicU64,
    /// ISR proposals the controller refused.
    pub failed_isr_changes: AtomicU64,
    /// Fetch requests of this broker's followers that failed as a whole.
    pub failed_replica_fetches: AtomicU64,
    /// Truncations after a leader change.
    pub truncations: AtomicU64,
    /// Leaderships taken, one per leader epoch.
    pub became_leader: AtomicU64,
    /// Times a partition began to follow, one per leader epoch.
    pub became_follower: AtomicU64,
}

impl ReplicaMetrics {
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }
}

/// What the partitions hosted here look like now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplicaGauges {
    /// Partitions with a replica here.
    pub partitions: usize,
    /// Of these, led here.
    pub led_partitions: usize,
    /// Led partitions whose ISR lacks a replica.
    pub under_replicated_partitions: usize,
    /// Led partitions whose ISR is below `min.insync.replicas`.
    pub under_min_isr_partitions: usize,
    /// Partitions whose log could not be opened.
    pub offline_partitions: usize,
    /// Incremental fetch sessions.
    pub fetch_sessions: usize,
    /// Partitions in them.
    pub fetch_session_partitions: usize,
    /// Sessions that had to make room since the start.
    pub fetch_session_evictions: u64,
}
