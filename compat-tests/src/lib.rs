//! Kedge against real ZooKeeper, real Apache Kafka and real clients: the tests are in `tests/`.
//!
//! This library holds the [`oracle`]: what says whether anything was lost, and is itself tested with planted losses.

pub mod oracle;
pub mod reports;
