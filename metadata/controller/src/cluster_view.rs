//! Questions that several decisions ask of an image.

use std::sync::Arc;

use kedge_metadata_state::{
    BrokerId, Delta, ErrorCode, Image, TopicId, TopicIdPartition, Uuid,
    image::{BrokerRegistration, PartitionImage, TopicImage},
};

use crate::{ApiError, ApiResult, DecisionUnit};

/// Reserved directory ids (KIP-858).
pub(crate) mod directory_id {
    use kedge_metadata_state::Uuid;

    pub(crate) use kedge_metadata_state::image::topics::DIRECTORY_MIGRATING as MIGRATING;

    /// To be chosen by the broker.
    pub(crate) const UNASSIGNED: Uuid = Uuid::ONE;
    /// One of the first hundred ids, which no directory may use.
    pub(crate) fn is_reserved(directory: &Uuid) -> bool {
        let bytes = directory.as_bytes();
        bytes[..15].iter().all(|byte| *byte == 0) && bytes[15] < 100
    }
}

/// The broker is registered, unfenced and not shutting down.
pub(crate) fn is_active(image: &Image, broker_id: BrokerId) -> bool {
    image.cluster.brokers.get(&broker_id).is_some_and(|registration| registration.is_active())
}

/// A replica in this directory can be served. Only a failed directory (absent from the registration) cannot; a broker
/// that lists no directories is given the benefit of the doubt.
pub(crate) fn is_directory_online(registration: &BrokerRegistration, directory: &Uuid) -> bool {
    registration.directories.is_empty()
        || *directory == directory_id::MIGRATING
        || *directory == directory_id::UNASSIGNED
        || registration.directories.contains(directory)
}

/// Where a new replica on this broker goes, as far as the controller can say.
pub(crate) fn default_directory(image: &Image, broker_id: BrokerId) -> Uuid {
    match image.cluster.brokers.get(&broker_id).map(|registration| registration.directories.as_slice()) {
        None | Some([]) => directory_id::MIGRATING,
        Some([only]) => *only,
        Some(_) => directory_id::UNASSIGNED,
    }
}

/// Every partition, by topic id and index.
pub(crate) fn partitions(
    image: &Image,
) -> impl Iterator<Item = (TopicIdPartition, &Arc<TopicImage>, &Arc<PartitionImage>)> {
    image.topics.by_id.iter().flat_map(|(topic_id, topic)| {
        topic.partitions.iter().map(move |(partition_id, partition)| {
            (TopicIdPartition { topic_id: *topic_id, partition_id: *partition_id }, topic, partition)
        })
    })
}

/// The broker leads at least one partition.
pub(crate) fn leads_any(image: &Image, broker_id: BrokerId) -> bool {
    partitions(image).any(|(_, _, partition)| partition.leader == broker_id)
}

/// The registration that a broker's request speaks for; refused if the broker is unknown or the epoch is another one's.
pub(crate) fn registration_of_epoch(
    image: &Image,
    broker_id: BrokerId,
    broker_epoch: i64,
) -> ApiResult<&Arc<BrokerRegistration>> {
    match image.cluster.brokers.get(&broker_id) {
        None => Err(ApiError::new(ErrorCode::STALE_BROKER_EPOCH, format!("broker {broker_id} is not registered"))),
        Some(registration) if registration.broker_epoch != broker_epoch => Err(ApiError::new(
            ErrorCode::STALE_BROKER_EPOCH,
            format!("broker {broker_id} has broker epoch {}, not {broker_epoch}", registration.broker_epoch),
        )),
        Some(registration) => Ok(registration),
    }
}

/// The topic waits for its deletion to be acknowledged.
pub(crate) fn is_deletion_queued(image: &Image, topic_id: &TopicId) -> bool {
    image.sidecar.topic_deletions.contains(topic_id)
}

/// The image after these units.
///
/// # Panics
/// If a record does not replay: a decision that contradicts its own image is a bug of the controller.
pub(crate) fn after(image: &Image, units: &[DecisionUnit]) -> Image {
    let mut delta = Delta::new(image);
    for record in units.iter().flat_map(|unit| &unit.records) {
        delta.replay(record).expect("the controller's own records replay");
    }
    delta.apply().0
}
