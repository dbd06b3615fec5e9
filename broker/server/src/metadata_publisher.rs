//! Delta → image cell, replicas, coordinators: one task, so everybody hears of changes in one order.
//!
//! Nothing is published before the source has caught up once: a broker that acted on half a log would take replicas it
//! does not know yet for strays.

use std::{collections::BTreeMap, sync::Arc};

use kedge_metadata_state::{BrokerId, Delta, Image, Touched};
use tokio::sync::watch;
use tracing::error;

use crate::{
    api::internal_topics::GROUP_METADATA_TOPIC,
    blocking::{may_block, may_take_long},
    group_coordinator::GroupCoordinator,
    metadata_source::{MetadataSource, SourceEvent, SourceStamp},
    replica::ReplicaManager,
    services::{ImageCell, Published},
};

/// Who hears of metadata.
#[derive(Debug)]
pub struct Publisher {
    /// This broker.
    pub broker_id: BrokerId,
    /// The image every handler reads.
    pub image: Arc<ImageCell>,
    /// Partitions of this broker.
    pub replicas: Arc<ReplicaManager>,
    /// Groups of this broker.
    pub groups: Arc<GroupCoordinator>,
    /// Set once the first image has been published.
    pub is_loaded: watch::Sender<bool>,
}

impl Publisher {
    /// Follows a source for ever.
    pub async fn follow(self, mut source: Box<dyn MetadataSource>) {
        let mut pending: Option<(Delta, SourceStamp)> = None;
        loop {
            match source.next().await {
                SourceEvent::Records { stamp, records, .. } => {
                    let mut delta = match pending.take() {
                        Some((delta, _)) => delta,
                        None => Delta::new(&self.image.load().image),
                    };
                    if let Err(fault) = may_take_long(records.len(), || delta.replay_all(&records)) {
                        // As Kafka's loader: the record is skipped, counted and named; the broker serves on.
                        error!(%fault, metadata_offset = stamp.metadata_offset, "[MetadataLoader] a metadata record does not fit the image");
                    }
                    pending = Some((delta, stamp));
                    if *self.is_loaded.borrow() {
                        self.publish_pending(&mut pending);
                    }
                }
                SourceEvent::Image { stamp, image } => {
                    let mut delta = Delta::new(&self.image.load().image);
                    may_block(|| delta.replace(&image));
                    pending = Some((delta, stamp));
                }
                SourceEvent::CaughtUp { stamp } => {
                    if let Some((_, at)) = pending.as_mut() {
                        *at = stamp;
                    }
                    self.publish_pending(&mut pending);
                    if !*self.is_loaded.borrow() {
                        self.is_loaded.send_replace(true);
                    }
                }
            }
        }
    }

    fn publish_pending(&self, pending: &mut Option<(Delta, SourceStamp)>) {
        let Some((delta, stamp)) = pending.take() else { return };
        let before = self.image.load().image;
        let (image, touched) = delta.apply();
        let after = Arc::new(image);
        self.image.store(Published { image: after.clone(), stamp });
        if !touched.is_empty() {
            self.replicas.apply(&before, &after, &touched);
            self.tell_groups(&before, &after, &touched);
        }
    }

    /// Group coordinators come and go with the leadership of `__consumer_offsets`.
    fn tell_groups(&self, before: &Image, after: &Image, touched: &Touched) {
        let led = |image: &Image| -> BTreeMap<i32, i32> {
            let topic = image.topics.get(GROUP_METADATA_TOPIC);
            let partitions = topic.into_iter().flat_map(|topic| topic.partitions.iter());
            partitions
                .filter(|(_, partition)| partition.leader == self.broker_id)
                .map(|(index, partition)| (*index, partition.leader_epoch))
                .collect()
        };
        let (led_before, led_after) = (led(before), led(after));
        for index in led_before.keys().filter(|index| !led_after.contains_key(index)) {
            self.groups.resigned(*index);
        }
        for (index, leader_epoch) in &led_after {
            if led_before.get(index) != Some(leader_epoch) {
                self.groups.elected(*index, *leader_epoch);
            }
        }
        self.groups.on_metadata(after, touched);
    }
}
