//! Why a record does not fit the image it is replayed into.

use kedge_protocol::Uuid;

use crate::{BrokerId, MetadataVersion, PartitionId, TopicId};

/// A record that does not fit the image. On a controller or a broker this is fatal: the log and the code disagree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// A TopicRecord for a name that another topic has, or for an id that exists.
    #[error("TopicRecord for {topic_name} with id {topic_id}: {existing_name} with id {existing_id} exists")]
    TopicExists {
        /// The name in the record.
        topic_name: String,
        /// The id in the record.
        topic_id: TopicId,
        /// Name of the topic in the way.
        existing_name: String,
        /// Id of the topic in the way.
        existing_id: TopicId,
    },
    /// A record for a topic id that no topic has.
    #[error("{record} for topic id {topic_id}, which does not exist")]
    UnknownTopic {
        /// The record's type.
        record: &'static str,
        /// The id in the record.
        topic_id: TopicId,
    },
    /// A change to a partition that does not exist.
    #[error("PartitionChangeRecord for partition {partition_id} of topic id {topic_id}, which does not exist")]
    UnknownPartition {
        /// The topic.
        topic_id: TopicId,
        /// The partition in the record.
        partition_id: PartitionId,
    },
    /// Replicas and directories are parallel lists, and these are not.
    #[error("partition {partition_id} of topic id {topic_id}: {replicas} replicas but {directories} directories")]
    DirectoriesMismatch {
        /// The topic.
        topic_id: TopicId,
        /// The partition.
        partition_id: PartitionId,
        /// How many replicas the partition would have.
        replicas: usize,
        /// How many directories the record gives.
        directories: usize,
    },
    /// A change to a broker that is not registered.
    #[error("{record} for broker {broker_id}, which is not registered")]
    BrokerNotRegistered {
        /// The record's type.
        record: &'static str,
        /// The broker in the record.
        broker_id: BrokerId,
    },
    /// A change to a registration that has been replaced.
    #[error(
        "{record} for broker {broker_id} at broker epoch {record_broker_epoch}, but it is registered at {registered_broker_epoch}"
    )]
    BrokerEpochMismatch {
        /// The record's type.
        record: &'static str,
        /// The broker.
        broker_id: BrokerId,
        /// The broker epoch in the record.
        record_broker_epoch: i64,
        /// The broker epoch of the registration.
        registered_broker_epoch: i64,
    },
    /// A metadata.version that Kedge cannot run at.
    #[error(
        "metadata.version level {feature_level} is not supported: Kedge runs at levels {} to {}",
        MetadataVersion::MIN.feature_level(),
        MetadataVersion::LATEST.feature_level()
    )]
    UnsupportedMetadataVersion {
        /// The level in the record.
        feature_level: i16,
    },
    /// Producer ids are handed out once.
    #[error("ProducerIdsRecord with next producer id {next_producer_id}, but {current} was reached already")]
    ProducerIdsNotIncreasing {
        /// The next producer id in the record.
        next_producer_id: i64,
        /// The image's.
        current: i64,
    },
    /// An ACL is removed that does not exist.
    #[error("RemoveAccessControlEntryRecord for ACL {acl_id}, which does not exist")]
    UnknownAcl {
        /// The id in the record.
        acl_id: Uuid,
    },
    /// A field holds a value that Kafka does not define.
    #[error("{record}: {field} cannot be {value}")]
    InvalidValue {
        /// The record's type.
        record: &'static str,
        /// The field, as Kafka names it.
        field: &'static str,
        /// What it holds.
        value: i64,
    },
    /// Transactions are resolved before replay, by [`crate::loader::TransactionBuffer`].
    #[error("{record} cannot be replayed into an image")]
    TransactionMarker {
        /// The record's type.
        record: &'static str,
    },
    /// The record exists only at levels of metadata.version that Kedge does not run at.
    #[error("{record} needs a metadata.version above {}", MetadataVersion::LATEST)]
    AboveSupportedLevel {
        /// The record's type.
        record: &'static str,
    },
}
