//! The Raft log and vote on disk: write-ahead segments of our own, group-committed.
//!
//! - [`frame`]: how one record lies in a segment.
//! - [`recover`]: segments in, log and vote out; a torn tail is cut, anything else that does not read is an error.
//! - [`writer`]: the one thread that writes and syncs; several waiting writes share one sync.
//! - [`store`]: openraft's view of it.
//!
//! Entries that have not been purged are also kept in memory. Snapshots bound them: one is cut every 20 MiB of records.

pub(crate) mod frame;
pub(crate) mod recover;
pub(crate) mod store;
pub(crate) mod writer;

pub use recover::WalError;
pub(crate) use store::Durable;
pub use store::{WalReader, WalStore};

#[cfg(test)]
mod tests;
