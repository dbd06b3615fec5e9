//! Dynamic configs by resource (Kafka's `ConfigurationsImage`).

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

/// Kafka's ConfigResource.Type, the persisted ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i8)]
pub enum ConfigResourceType {
    /// A topic's overrides.
    Topic = 2,
    /// A broker's dynamic configs; the empty name is the cluster-wide default.
    Broker = 4,
    /// Client metrics subscriptions (KIP-714).
    ClientMetrics = 16,
    /// A consumer group (KIP-848).
    Group = 32,
}

impl ConfigResourceType {
    /// The type behind a wire or record code.
    pub fn from_code(code: i8) -> Option<ConfigResourceType> {
        match code {
            2 => Some(Self::Topic),
            4 => Some(Self::Broker),
            16 => Some(Self::ClientMetrics),
            32 => Some(Self::Group),
            _ => None,
        }
    }
}

/// What a config belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigResource {
    /// Its kind.
    pub resource_type: ConfigResourceType,
    /// Topic name, or broker id as text; empty for the cluster-wide broker default.
    pub resource_name: String,
}

/// A resource's overrides: key to value.
pub type ConfigMap = OrdMap<String, String>;

/// Every dynamic config of the cluster.
///
/// KRaft knows a resource only by its entries; ZooKeeper also keeps `/config/topics/<T>` with an empty map. An empty map
/// therefore equals no map: it is never stored here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigsImage {
    /// Non-empty overrides by resource.
    pub by_resource: OrdMap<ConfigResource, Arc<ConfigMap>>,
}

impl ConfigsImage {
    /// The overrides of a topic.
    pub fn topic(&self, topic_name: &str) -> Option<&Arc<ConfigMap>> {
        self.get(ConfigResourceType::Topic, topic_name)
    }

    /// The overrides of a resource.
    pub fn get(&self, resource_type: ConfigResourceType, resource_name: &str) -> Option<&Arc<ConfigMap>> {
        self.by_resource.get(&ConfigResource { resource_type, resource_name: resource_name.to_owned() })
    }
}

/// Resources touched by a delta.
pub type TouchedConfigs = OrdSet<ConfigResource>;
