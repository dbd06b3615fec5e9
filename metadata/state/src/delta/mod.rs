//! A change to an image: replay records into it, then take the next image and the set of what was touched.
//!
//! The rules are Kafka's (`org.apache.kafka.image.*Delta`), strict where its controller is: a record that does not fit
//! the image is an error that names both, and leaves the delta as it was. One file per noun, as in [`crate::image`].

mod cluster;
mod compare;
mod configs;
mod error;
mod features;
mod security;
mod topics;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use kedge_protocol::metadata_records::MetadataRecord;

pub use error::ReplayError;

use crate::{
    BrokerId, Record, SidecarRecord, TopicId, TopicIdPartition,
    image::{ConfigResource, Image, TopicImage},
};

/// What a delta touched: where a publisher has to look. Whether a thing now exists, the image says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touched {
    /// Topics that the base image does not have (or had, if the id is also in `topics_deleted`).
    pub topics_created: OrdSet<TopicId>,
    /// Topics of the base image that are gone, each as it last was.
    pub topics_deleted: OrdMap<TopicId, Arc<TopicImage>>,
    /// Partitions created or changed; after [`Delta::replace`] also those gone from a topic that stayed. Partitions of a
    /// deleted topic are not here.
    pub partitions: OrdSet<TopicIdPartition>,
    /// Brokers registered, changed or unregistered.
    pub brokers: OrdSet<BrokerId>,
    /// Controllers registered or changed.
    pub controllers: OrdSet<BrokerId>,
    /// Resources that a config record named, even if its value did not change (a broker reloads then), or that lost
    /// their overrides with their topic.
    pub configs: OrdSet<ConfigResource>,
    /// A feature level, metadata.version or ZkMigrationState.
    pub features: bool,
    /// A producer-id block was handed out.
    pub producer_ids: bool,
    /// An ACL, SCRAM credential, client quota or delegation token.
    pub security: bool,
    /// A fact of Kedge's own.
    pub sidecar: bool,
    /// The image was replaced as a whole ([`Delta::replace`]): what is absent in it was deleted.
    pub image_replaced: bool,
}

impl Touched {
    /// Nothing was touched.
    pub fn is_empty(&self) -> bool {
        *self == Touched::default()
    }
}

/// A change in the making: a base image, and a scratch image with the replayed records in it.
#[derive(Clone, Debug)]
pub struct Delta {
    base: Image,
    image: Image,
    touched: Touched,
}

impl Delta {
    /// A delta that changes nothing yet. Cheap: images are persistent maps.
    pub fn new(base: &Image) -> Delta {
        Delta { base: base.clone(), image: base.clone(), touched: Touched::default() }
    }

    /// The image that this delta started from.
    pub fn base(&self) -> &Image {
        &self.base
    }

    /// The base with everything that was replayed so far.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// What the replayed records touched so far.
    pub fn touched(&self) -> &Touched {
        &self.touched
    }

    /// The next image, and what it changes.
    pub fn apply(self) -> (Image, Touched) {
        (self.image, self.touched)
    }

    /// Takes a whole image (a snapshot, or a tree read afresh) as the next one. Touched is what differs from the base:
    /// what `target` does not have was deleted.
    pub fn replace(&mut self, target: &Image) {
        self.touched = compare::touched_between(&self.base, target);
        self.image = target.clone();
    }

    /// Replays one record. An error names what does not fit; the delta is then as it was before the record.
    pub fn replay(&mut self, record: &Record) -> Result<(), ReplayError> {
        match record {
            Record::Metadata(record) => self.replay_metadata(record),
            Record::Sidecar(record) => {
                self.replay_sidecar(record);
                Ok(())
            }
        }
    }

    /// Replays records in order and stops at the first that does not fit.
    pub fn replay_all<'a>(&mut self, records: impl IntoIterator<Item = &'a Record>) -> Result<(), ReplayError> {
        records.into_iter().try_for_each(|record| self.replay(record))
    }

    fn replay_metadata(&mut self, record: &MetadataRecord) -> Result<(), ReplayError> {
        use MetadataRecord as M;
        match record {
            M::RegisterBroker(record) => self.replay_register_broker(record),
            M::UnregisterBroker(record) => self.replay_unregister_broker(record)?,
            M::FenceBroker(record) => self.replay_fence_broker(record)?,
            M::UnfenceBroker(record) => self.replay_unfence_broker(record)?,
            M::BrokerRegistrationChange(record) => self.replay_broker_registration_change(record)?,
            M::RegisterController(record) => self.replay_register_controller(record),
            M::Topic(record) => self.replay_topic(record)?,
            M::Partition(record) => self.replay_partition(record)?,
            M::PartitionChange(record) => self.replay_partition_change(record)?,
            M::RemoveTopic(record) => self.replay_remove_topic(record)?,
            M::Config(record) => self.replay_config(record)?,
            M::FeatureLevel(record) => self.replay_feature_level(record)?,
            M::ZkMigrationState(record) => self.replay_zk_migration_state(record)?,
            M::ProducerIds(record) => self.replay_producer_ids(record)?,
            M::ClientQuota(record) => self.replay_client_quota(record),
            M::UserScramCredential(record) => self.replay_user_scram_credential(record),
            M::RemoveUserScramCredential(record) => self.replay_remove_user_scram_credential(record),
            M::AccessControlEntry(record) => self.replay_access_control_entry(record),
            M::RemoveAccessControlEntry(record) => self.replay_remove_access_control_entry(record)?,
            M::DelegationToken(record) => self.replay_delegation_token(record),
            M::RemoveDelegationToken(record) => self.replay_remove_delegation_token(record),
            M::NoOp(_) => {}
            M::ClearElr(_) => return Err(ReplayError::AboveSupportedLevel { record: "ClearElrRecord" }),
            M::BeginTransaction(_) => return Err(ReplayError::TransactionMarker { record: "BeginTransactionRecord" }),
            M::EndTransaction(_) => return Err(ReplayError::TransactionMarker { record: "EndTransactionRecord" }),
            M::AbortTransaction(_) => return Err(ReplayError::TransactionMarker { record: "AbortTransactionRecord" }),
        }
        Ok(())
    }

    fn replay_sidecar(&mut self, record: &SidecarRecord) {
        let sidecar = &mut self.image.sidecar;
        match record {
            SidecarRecord::TopicDeletionQueued { topic_id } => {
                sidecar.topic_deletions.insert(*topic_id);
            }
            SidecarRecord::TopicDeletionFinished { topic_id } => {
                sidecar.topic_deletions.remove(topic_id);
            }
            SidecarRecord::Migration(facts) => sidecar.migration = Some(facts.clone()),
        }
        self.touched.sidecar = true;
    }
}
