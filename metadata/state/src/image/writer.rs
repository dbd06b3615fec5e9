//! An image as records, in the order of Kafka's snapshots, and back.

use std::borrow::Borrow;

use kedge_protocol::metadata_records::{
    ConfigRecord, FeatureLevelRecord, MetadataRecord, ProducerIdsRecord, ZkMigrationStateRecord,
};

use super::{ConfigMap, ConfigResource, FeaturesImage, Image, TopicImage, ZkMigrationState};
use crate::{
    Delta, Dialect, MetadataVersion, Record, ReplayError, SidecarRecord, metadata_version::METADATA_VERSION_FEATURE,
    sidecar::SidecarImage,
};

impl Image {
    /// The records that make this image out of an empty one of the same dialect.
    ///
    /// The order is that of Kafka's snapshots: metadata.version first, because it says how to read the rest; each topic
    /// is followed by its partitions. The sidecar comes last.
    pub fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        write_features(&self.features, &mut records);
        let cluster = &self.cluster;
        records
            .extend(cluster.brokers.values().map(|broker| MetadataRecord::RegisterBroker(broker.to_record()).into()));
        records.extend(
            cluster
                .controllers
                .values()
                .map(|controller| Record::Metadata(MetadataRecord::RegisterController(controller.to_record()))),
        );
        for topic in self.topics.by_id.values() {
            write_topic(topic, &mut records);
        }
        for (resource, config) in &self.configs.by_resource {
            write_config(resource, config, &mut records);
        }
        let security = &self.security;
        records.extend(security.client_quotas.values().cloned().map(|quota| MetadataRecord::ClientQuota(quota).into()));
        if self.next_producer_id > 0 {
            records.push(producer_ids_record(self.next_producer_id));
        }
        records.extend(security.acls.values().cloned().map(|acl| MetadataRecord::AccessControlEntry(acl).into()));
        records.extend(
            security.scram.values().cloned().map(|scram| Record::Metadata(MetadataRecord::UserScramCredential(scram))),
        );
        records.extend(
            security
                .delegation_tokens
                .values()
                .cloned()
                .map(|token| Record::Metadata(MetadataRecord::DelegationToken(token))),
        );
        write_sidecar(&self.sidecar, &mut records);
        records
    }

    /// The image that records make out of an empty one; the inverse of [`Image::records`].
    pub fn from_records<I>(dialect: Dialect, records: I) -> Result<Image, ReplayError>
    where
        I: IntoIterator,
        I::Item: Borrow<Record>,
    {
        let mut delta = Delta::new(&Image::empty(dialect));
        for record in records {
            delta.replay(record.borrow())?;
        }
        Ok(delta.apply().0)
    }
}

/// A topic and all its partitions, as records.
pub(crate) fn write_topic(topic: &TopicImage, records: &mut Vec<Record>) {
    records.push(MetadataRecord::Topic(topic.to_record()).into());
    for (partition_id, partition) in &topic.partitions {
        records.push(MetadataRecord::Partition(partition.to_record(topic.topic_id, *partition_id)).into());
    }
}

/// One record per key of a resource.
pub(crate) fn write_config(resource: &ConfigResource, config: &ConfigMap, records: &mut Vec<Record>) {
    for (key, value) in config {
        records.push(config_record(resource, key, Some(value.clone())));
    }
}

/// One key of a resource: set, or deleted by `None`.
pub(crate) fn config_record(resource: &ConfigResource, key: &str, value: Option<String>) -> Record {
    let resource_type = resource.resource_type as i8;
    let resource_name = resource.resource_name.clone();
    MetadataRecord::Config(ConfigRecord { resource_type, resource_name, name: key.to_owned(), value }).into()
}

/// A finalized level; 0 removes the feature.
pub(crate) fn feature_level_record(feature_name: &str, feature_level: i16) -> Record {
    MetadataRecord::FeatureLevel(FeatureLevelRecord { name: feature_name.to_owned(), feature_level }).into()
}

/// `metadata.version` as a record.
pub(crate) fn metadata_version_record(metadata_version: MetadataVersion) -> Record {
    feature_level_record(METADATA_VERSION_FEATURE, metadata_version.feature_level())
}

/// ZkMigrationState as a record.
pub(crate) fn zk_migration_state_record(state: ZkMigrationState) -> Record {
    MetadataRecord::ZkMigrationState(ZkMigrationStateRecord { zk_migration_state: state as i8 }).into()
}

/// The next producer id, not as some broker's block: an image does not know who took the last one.
pub(crate) fn producer_ids_record(next_producer_id: i64) -> Record {
    MetadataRecord::ProducerIds(ProducerIdsRecord { broker_id: -1, broker_epoch: -1, next_producer_id }).into()
}

fn write_features(features: &FeaturesImage, records: &mut Vec<Record>) {
    records.extend(features.metadata_version.map(metadata_version_record));
    for (feature_name, feature_level) in &features.finalized_levels {
        records.push(feature_level_record(feature_name, *feature_level));
    }
    // Kafka writes the state NONE too, at every level that has the record; an image without a level is not a snapshot.
    if features.metadata_version.is_some() || features.zk_migration_state != ZkMigrationState::None {
        records.push(zk_migration_state_record(features.zk_migration_state));
    }
}

fn write_sidecar(sidecar: &SidecarImage, records: &mut Vec<Record>) {
    for topic_id in &sidecar.topic_deletions {
        records.push(SidecarRecord::TopicDeletionQueued { topic_id: *topic_id }.into());
    }
    records.extend(sidecar.migration.clone().map(|facts| Record::Sidecar(SidecarRecord::Migration(facts))));
}
