//! Metadata records, image and delta: the one language of change in every metadata mode. Pure.
//!
//! - [`record`]: what can change. Kafka's metadata records, plus Kedge's own *sidecar* records, which travel beside
//!   them and never produce a byte of `__cluster_metadata`.
//! - [`image`]: what the cluster is. Cheap to clone, never mutated in place by its readers.
//! - [`delta`]: a change to an image: replay records into it, then take the next image and the set of what was touched.
//! - [`diff`]: the records that lead from one image to another (copy, repair and verify are all this function).
//! - [`loader`]: committed batches in, complete transactions out.
//!
//! Nothing here knows ZooKeeper or Raft. Where the two authorities behave differently the difference is data:
//! [`dialect::Dialect`].

pub mod delta;
pub mod dialect;
pub mod diff;
pub mod image;
pub mod loader;
pub mod metadata_version;
pub mod record;
pub mod sidecar;

pub use delta::{Delta, ReplayError, Touched};
pub use dialect::{Authority, BrokerEpoch, Dialect};
pub use image::Image;
pub use metadata_version::MetadataVersion;
pub use record::Record;
pub use sidecar::SidecarRecord;

pub use kedge_protocol::{ErrorCode, Uuid};

/// Kafka's metadata records, for crates that have no arrow to the codec.
pub mod records {
    pub use kedge_protocol::metadata_records::*;
}

/// Kafka's topic id (KIP-516). The topic's name is used only at the edge.
pub type TopicId = kedge_protocol::Uuid;
/// `broker.id` / `node.id` of a broker. Controllers share this number space.
pub type BrokerId = i32;
/// A partition's index within its topic, from 0.
pub type PartitionId = i32;
/// Milliseconds since the Unix epoch.
pub type TimestampMs = i64;

/// A partition, by topic id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicIdPartition {
    /// The topic.
    pub topic_id: TopicId,
    /// The partition's index.
    pub partition_id: PartitionId,
}
