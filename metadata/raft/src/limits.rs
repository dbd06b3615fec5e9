//! Every bound of this crate.

/// Records of one entry (Kafka's controller limit per batch).
pub const ENTRY_RECORDS_MAX: usize = 10_000;
/// Size of one entry's record batch (Kafka's KafkaRaftClient.MAX_BATCH_SIZE_BYTES).
pub const ENTRY_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Size of one RPC between voters.
pub const RPC_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024 + 64 * 1024;
/// Size of one chunk of a snapshot on its way to a voter.
pub const SNAPSHOT_CHUNK_SIZE_BYTES: u64 = 1024 * 1024;
/// Size of a snapshot that a voter takes.
pub const SNAPSHOT_SIZE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Size of one answer to an observer's Fetch or FetchSnapshot.
pub const FETCH_SIZE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Records per data batch of a snapshot file.
pub const SNAPSHOT_BATCH_RECORDS_MAX: usize = 1_024;
/// The applied state is written down after this many bytes of the derived log.
pub const APPLIED_INTERVAL_BYTES: u64 = 1024 * 1024;
/// The applied state is written down after this many entries.
pub const APPLIED_INTERVAL_ENTRIES: u64 = 1_000;
/// A sparse index entry of the derived log is made every so many bytes (`log.index.interval.bytes`).
pub const INDEX_INTERVAL_BYTES: u64 = 4_096;
/// Entries of Raft's log kept although a snapshot covers them, so that a voter a little behind needs no snapshot.
pub const LOG_ENTRIES_KEPT: u64 = 1_000;
/// Index↔offset pairs kept for DescribeQuorum.
pub const INDEX_OFFSETS_MAX: usize = 4_096;
/// An observer that has not fetched for this long is no longer listed (Kafka's observer session timeout), in milliseconds.
pub const OBSERVER_SESSION_MS: i64 = 300_000;
/// Observers listed at most.
pub const OBSERVERS_MAX: usize = 10_000;

const _: () = assert!(RPC_SIZE_BYTES_MAX > ENTRY_SIZE_BYTES_MAX);
const _: () = assert!((SNAPSHOT_CHUNK_SIZE_BYTES as usize) < RPC_SIZE_BYTES_MAX);
