//! What the image says: `kafka.controller:type=KafkaController` and the broker's state.

use kedge_metadata_state::{BrokerId, Image};

use super::Page;

/// Counts over a whole image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterView {
    /// Topics.
    pub topics: usize,
    /// Partitions.
    pub partitions: usize,
    /// Partitions without a leader.
    pub offline_partitions: usize,
    /// Partitions led by another replica than the first.
    pub preferred_replica_imbalance: usize,
    /// Registered brokers that may serve.
    pub active_brokers: usize,
    /// Registered brokers that may not.
    pub fenced_brokers: usize,
    /// Registered brokers still in ZooKeeper mode.
    pub migrating_zk_brokers: usize,
    /// ZkMigrationState's number.
    pub zk_migration_state: i8,
}

impl ClusterView {
    /// Counts an image. Linear in its partitions: for `/metrics` only.
    pub fn of(image: &Image) -> ClusterView {
        let mut view = ClusterView {
            topics: image.topics.by_id.len(),
            zk_migration_state: image.features.zk_migration_state as i8,
            ..ClusterView::default()
        };
        for partition in image.topics.by_id.values().flat_map(|topic| topic.partitions.values()) {
            view.partitions += 1;
            view.offline_partitions += usize::from(partition.leader < 0);
            view.preferred_replica_imbalance += usize::from(partition.replicas.first() != Some(&partition.leader));
        }
        for broker in image.cluster.brokers.values() {
            view.active_brokers += usize::from(!broker.fenced);
            view.fenced_brokers += usize::from(broker.fenced);
            view.migrating_zk_brokers += usize::from(broker.is_migrating_zk_broker);
        }
        view
    }
}

/// Prints the controller's gauges. As in Kafka a controller that does not rule prints 0 active controllers and the same counts.
pub fn collect_controller(image: &Image, is_active: bool, page: &mut Page) {
    let view = ClusterView::of(image);
    let mut gauge = |name, help, value: f64| page.gauge(name, help, &[], value);
    gauge(
        "kafka_controller_kafkacontroller_activecontrollercount",
        "1 on the node that rules.",
        f64::from(u8::from(is_active)),
    );
    gauge("kafka_controller_kafkacontroller_globaltopiccount", "Topics.", view.topics as f64);
    gauge("kafka_controller_kafkacontroller_globalpartitioncount", "Partitions.", view.partitions as f64);
    gauge(
        "kafka_controller_kafkacontroller_offlinepartitionscount",
        "Partitions without a leader.",
        view.offline_partitions as f64,
    );
    gauge(
        "kafka_controller_kafkacontroller_preferredreplicaimbalancecount",
        "Partitions led by another replica than the first.",
        view.preferred_replica_imbalance as f64,
    );
    gauge("kafka_controller_kafkacontroller_activebrokercount", "Brokers that may serve.", view.active_brokers as f64);
    gauge(
        "kafka_controller_kafkacontroller_fencedbrokercount",
        "Brokers that may not serve.",
        view.fenced_brokers as f64,
    );
    gauge(
        "kafka_controller_kafkacontroller_migratingzkbrokercount",
        "Registered brokers still in ZooKeeper mode.",
        view.migrating_zk_brokers as f64,
    );
    gauge(
        "kafka_controller_kafkacontroller_zkmigrationstate",
        "0 none, 1 migration, 2 pre-migration, 3 post-migration, 4 ZooKeeper.",
        f64::from(view.zk_migration_state),
    );
}

/// Prints the broker's state (`kafka.server:type=KafkaServer,name=BrokerState`) and who it is.
pub fn collect_broker(broker_id: BrokerId, cluster_id: &str, broker_state: u8, page: &mut Page) {
    page.gauge(
        "kafka_server_kafkaserver_brokerstate",
        "Kafka's number of the broker's state.",
        &[],
        f64::from(broker_state),
    );
    let broker_id = broker_id.to_string();
    let labels: super::Labels<'_> =
        &[("cluster_id", cluster_id), ("node_id", &broker_id), ("version", env!("CARGO_PKG_VERSION"))];
    page.gauge("kedge_info", "Always 1; the labels say who this is.", labels, 1.0);
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::{Dialect, MetadataVersion};

    use super::*;

    #[test]
    fn an_empty_cluster_prints_zeros() {
        let image = Image::empty(Dialect::kraft(MetadataVersion::LATEST));
        let mut page = Page::default();
        collect_controller(&image, true, &mut page);
        collect_broker(3, "MkU3OEVBNTcwNTJENDM2Qg", 3, &mut page);
        let text = page.to_text();
        assert!(text.contains("activecontrollercount 1\n"), "{text}");
        assert!(text.contains("kafka_server_kafkaserver_brokerstate 3\n"), "{text}");
        assert!(text.contains("offlinepartitionscount 0\n"), "{text}");
    }
}
