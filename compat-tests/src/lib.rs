//! Kedge against real ZooKeeper, real Apache Kafka and real clients: the tests are in `tests/`.
//!
//! This library holds what judges them, tested by itself: the [`oracle`] says whether anything was lost, [`reports`] reads what
//! the clients say, [`report`] makes the document of a move under load.

pub mod oracle;
pub mod report;
pub mod reports;
