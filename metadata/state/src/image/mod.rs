//! What the cluster is. An image is never mutated by its readers; [`crate::Delta`] makes the next one.
//!
//! One file per noun, the same nouns as in Kafka's `org.apache.kafka.image`.

pub mod cluster;
pub mod configs;
pub mod features;
pub mod security;
pub mod topics;
pub(crate) mod writer;

pub use cluster::{BrokerRegistration, ClusterImage, ControllerRegistration, Endpoint};
pub use configs::{ConfigMap, ConfigResource, ConfigResourceType, ConfigsImage};
pub use features::{FeaturesImage, ZkMigrationState};
pub use security::SecurityImage;
pub use topics::{LeaderRecoveryState, PartitionImage, TopicImage, TopicsImage};

use crate::{Dialect, dialect::BrokerEpoch, sidecar::SidecarImage};

/// The whole of the cluster's metadata at one position of its store. Cloning is cheap (persistent maps).
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Finalized features, metadata.version and ZkMigrationState.
    pub features: FeaturesImage,
    /// Registered brokers and controllers.
    pub cluster: ClusterImage,
    /// Topics and partitions.
    pub topics: TopicsImage,
    /// Dynamic configs.
    pub configs: ConfigsImage,
    /// First producer id that no block has been handed out for yet.
    pub next_producer_id: i64,
    /// ACLs, SCRAM credentials, client quotas and delegation tokens: carried, not yet acted on.
    pub security: SecurityImage,
    /// Kedge's own facts.
    pub sidecar: SidecarImage,
    /// How the authority behind this image behaves.
    pub dialect: Dialect,
}

impl Image {
    /// An empty cluster under a dialect.
    pub fn empty(dialect: Dialect) -> Image {
        Image {
            features: FeaturesImage::default(),
            cluster: ClusterImage::default(),
            topics: TopicsImage::default(),
            configs: ConfigsImage::default(),
            next_producer_id: 0,
            security: SecurityImage::default(),
            sidecar: SidecarImage::default(),
            dialect,
        }
    }

    /// The broker epoch of a registered broker, with the authority it is from.
    pub fn broker_epoch(&self, broker_id: crate::BrokerId) -> Option<BrokerEpoch> {
        let registration = self.cluster.brokers.get(&broker_id)?;
        Some(BrokerEpoch { authority: self.dialect.authority, value: registration.broker_epoch })
    }
}
