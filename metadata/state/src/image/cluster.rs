//! Registered brokers and controllers (Kafka's `ClusterImage`, `BrokerRegistration`, `ControllerRegistration`).

use std::{collections::BTreeMap, sync::Arc};

use imbl::OrdMap;
use kedge_protocol::{
    Uuid,
    metadata_records::{
        RegisterBrokerRecord, RegisterControllerRecord,
        register_broker_record::{BrokerEndpoint, BrokerFeature},
        register_controller_record::{ControllerEndpoint, ControllerFeature},
    },
};

use crate::BrokerId;

/// Brokers and controllers, by node id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterImage {
    /// Every registered broker, fenced ones included.
    pub brokers: OrdMap<BrokerId, Arc<BrokerRegistration>>,
    /// Every registered controller (KIP-919).
    pub controllers: OrdMap<BrokerId, Arc<ControllerRegistration>>,
}

/// One way to reach a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Listener name, upper case.
    pub listener_name: String,
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Kafka's SecurityProtocol: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.
    pub security_protocol: i16,
}

/// A broker as it registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerRegistration {
    /// The broker.
    pub broker_id: BrokerId,
    /// Czxid of its znode, or the offset of its registration; which of the two, the image's dialect says.
    pub broker_epoch: i64,
    /// Drawn once per process; zero for a broker known only from its znode.
    pub incarnation_id: Uuid,
    /// Where it listens, sorted by name when read from a record: Apache's snapshots shuffle what its log has in order.
    pub listeners: Vec<Endpoint>,
    /// Supported feature ranges, by name: lowest and highest level.
    pub features: BTreeMap<String, (i16, i16)>,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// Not allowed to lead or to be in an ISR.
    pub fenced: bool,
    /// Asked to shut down and still handing leaderships over.
    pub in_controlled_shutdown: bool,
    /// It takes its metadata from LeaderAndIsr and UpdateMetadata, so the controller pushes them to it.
    pub is_migrating_zk_broker: bool,
    /// Ids of its online log directories, sorted when read from a record, as Kafka does.
    pub directories: Vec<Uuid>,
}

impl BrokerRegistration {
    /// The registration that a record describes.
    pub fn from_record(record: &RegisterBrokerRecord) -> BrokerRegistration {
        let endpoint = |endpoint: &BrokerEndpoint| Endpoint {
            listener_name: endpoint.name.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
        };
        let feature = |feature: &BrokerFeature| {
            (feature.name.clone(), (feature.min_supported_version, feature.max_supported_version))
        };
        BrokerRegistration {
            broker_id: record.broker_id,
            broker_epoch: record.broker_epoch,
            incarnation_id: record.incarnation_id,
            listeners: sorted_by_name(record.end_points.iter().map(endpoint)),
            features: record.features.iter().map(feature).collect(),
            rack: record.rack.clone(),
            fenced: record.fenced,
            in_controlled_shutdown: record.in_controlled_shutdown,
            is_migrating_zk_broker: record.is_migrating_zk_broker,
            directories: sorted_directories(&record.log_dirs),
        }
    }

    /// The record that registers the broker as it stands.
    pub fn to_record(&self) -> RegisterBrokerRecord {
        let endpoint = |endpoint: &Endpoint| BrokerEndpoint {
            name: endpoint.listener_name.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
        };
        let feature = |(name, (min, max)): (&String, &(i16, i16))| BrokerFeature {
            name: name.clone(),
            min_supported_version: *min,
            max_supported_version: *max,
        };
        RegisterBrokerRecord {
            broker_id: self.broker_id,
            is_migrating_zk_broker: self.is_migrating_zk_broker,
            incarnation_id: self.incarnation_id,
            broker_epoch: self.broker_epoch,
            end_points: self.listeners.iter().map(endpoint).collect(),
            features: self.features.iter().map(feature).collect(),
            rack: self.rack.clone(),
            fenced: self.fenced,
            in_controlled_shutdown: self.in_controlled_shutdown,
            log_dirs: self.directories.clone(),
        }
    }

    /// May lead partitions and stay in ISRs: registered, unfenced, not shutting down.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }

    /// The endpoint of a listener, if it has one of that name.
    pub fn listener(&self, listener_name: &str) -> Option<&Endpoint> {
        self.listeners.iter().find(|endpoint| endpoint.listener_name == listener_name)
    }
}

/// A controller as it registered (RegisterControllerRecord).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerRegistration {
    /// The controller's node id.
    pub controller_id: BrokerId,
    /// Drawn once per process.
    pub incarnation_id: Uuid,
    /// It was started with `zookeeper.metadata.migration.enable`.
    pub zk_migration_ready: bool,
    /// Where it listens, sorted by name when read from a record.
    pub listeners: Vec<Endpoint>,
    /// Supported feature ranges, by name: lowest and highest level.
    pub features: BTreeMap<String, (i16, i16)>,
}

impl ControllerRegistration {
    /// The registration that a record describes.
    pub fn from_record(record: &RegisterControllerRecord) -> ControllerRegistration {
        let endpoint = |endpoint: &ControllerEndpoint| Endpoint {
            listener_name: endpoint.name.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
        };
        let feature = |feature: &ControllerFeature| {
            (feature.name.clone(), (feature.min_supported_version, feature.max_supported_version))
        };
        ControllerRegistration {
            controller_id: record.controller_id,
            incarnation_id: record.incarnation_id,
            zk_migration_ready: record.zk_migration_ready,
            listeners: sorted_by_name(record.end_points.iter().map(endpoint)),
            features: record.features.iter().map(feature).collect(),
        }
    }

    /// The record that registers the controller as it stands.
    pub fn to_record(&self) -> RegisterControllerRecord {
        let endpoint = |endpoint: &Endpoint| ControllerEndpoint {
            name: endpoint.listener_name.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
        };
        let feature = |(name, (min, max)): (&String, &(i16, i16))| ControllerFeature {
            name: name.clone(),
            min_supported_version: *min,
            max_supported_version: *max,
        };
        RegisterControllerRecord {
            controller_id: self.controller_id,
            incarnation_id: self.incarnation_id,
            zk_migration_ready: self.zk_migration_ready,
            end_points: self.listeners.iter().map(endpoint).collect(),
            features: self.features.iter().map(feature).collect(),
        }
    }
}

fn sorted_by_name(listeners: impl Iterator<Item = Endpoint>) -> Vec<Endpoint> {
    let mut listeners: Vec<Endpoint> = listeners.collect();
    listeners.sort_by(|a, b| a.listener_name.cmp(&b.listener_name));
    listeners
}

/// Directory ids in an order that does not depend on who wrote them down.
pub(crate) fn sorted_directories(directories: &[Uuid]) -> Vec<Uuid> {
    let mut directories = directories.to_vec();
    directories.sort_unstable();
    directories
}
