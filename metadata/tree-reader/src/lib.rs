//! The znode tree read raw through zookeeper-async, with a JSON walk of its own: the second opinion of `verify`.
//!
//! Nothing here shares code with `metadata/zookeeper`: another client, another decoder, so that a mistake of the writing
//! side cannot hide itself. It only reads. zookeeper-async cannot tell null data from empty data; both are no data here.
//!
//! - [`read`]: the tree, raw. A fresh client per pass, a time limit on every call, a barrier first, `close` at the end; a
//!   pass during which the session changed is no pass.
//! - [`summary`]: what the tree says, in neutral types. [`walk`]: how it is found.

pub mod read;
pub mod summary;
pub mod walk;

pub use read::{RawNode, RawTree, ReadError, ReadOptions, read_tree};
pub use summary::{
    BadZnode, BrokerSummary, ControllerSummary, EndpointSummary, MigrationSummary, PartitionSummary, StateSummary,
    Summary, TopicSummary,
};
pub use walk::summarize;
