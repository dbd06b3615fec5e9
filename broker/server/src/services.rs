//! What handlers are given: one struct of services, none of which knows ZooKeeper or Raft.

use std::sync::Arc;

use kedge_metadata_state::{Authority, BrokerEpoch, BrokerId, Image};
use tokio::sync::watch;

use crate::{
    clock::SharedClock, config::KafkaConfig, controller_link::ControllerLink, group_coordinator::GroupCoordinator,
    metadata_source::SourceStamp, producer_ids::ProducerIds, replica::ReplicaManager,
};

/// The broker's present view of the cluster.
#[derive(Clone, Debug)]
pub struct Published {
    /// The image every handler reads.
    pub image: Arc<Image>,
    /// Where it comes from.
    pub stamp: SourceStamp,
}

/// The cell that holds the present image. Written by the metadata publisher alone.
#[derive(Debug)]
pub struct ImageCell {
    cell: watch::Sender<Published>,
}

impl ImageCell {
    /// A cell with a first image.
    pub fn new(first: Published) -> ImageCell {
        ImageCell { cell: watch::Sender::new(first) }
    }

    /// The present image.
    pub fn load(&self) -> Published {
        self.cell.borrow().clone()
    }

    /// Replaces it and wakes whoever waits.
    pub fn store(&self, next: Published) {
        self.cell.send_replace(next);
    }

    /// To wait for a later image.
    pub fn subscribe(&self) -> watch::Receiver<Published> {
        self.cell.subscribe()
    }
}

/// The controller link and the broker epoch that belongs to it: swapped in one step when the metadata source changes.
#[derive(Debug)]
pub struct LinkCell {
    cell: watch::Sender<Linked>,
}

/// A link and the epoch this broker has under its authority.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The way to the controller.
    pub link: Arc<dyn ControllerLink>,
    /// This broker's epoch there; its value is −1 until registration is done.
    pub broker_epoch: BrokerEpoch,
}

impl LinkCell {
    /// A cell with a first link.
    pub fn new(first: Linked) -> LinkCell {
        LinkCell { cell: watch::Sender::new(first) }
    }

    /// The present link and epoch.
    pub fn load(&self) -> Linked {
        self.cell.borrow().clone()
    }

    /// Replaces both.
    pub fn store(&self, next: Linked) {
        self.cell.send_replace(next);
    }

    /// A registration of `authority` was answered: its broker epoch counts, unless the authority has changed meanwhile.
    pub fn registered(&self, authority: Authority, broker_epoch: i64) {
        self.cell.send_if_modified(|linked| {
            let is_present = linked.broker_epoch.authority == authority;
            if is_present {
                linked.broker_epoch.value = broker_epoch;
            }
            is_present
        });
    }

    /// To hear of an exchange.
    pub fn subscribe(&self) -> watch::Receiver<Linked> {
        self.cell.subscribe()
    }
}

/// A running broker's services.
#[derive(Debug)]
pub struct Broker {
    /// This broker.
    pub broker_id: BrokerId,
    /// The cluster.
    pub cluster_id: String,
    /// Its static configuration.
    pub config: Arc<KafkaConfig>,
    /// Its view of the cluster.
    pub image: Arc<ImageCell>,
    /// Its way to the controller.
    pub link: Arc<LinkCell>,
    /// Its partitions.
    pub replicas: Arc<ReplicaManager>,
    /// Its consumer groups.
    pub groups: Arc<GroupCoordinator>,
    /// Producer ids for idempotent producers.
    pub producer_ids: ProducerIds,
    /// The node's clock.
    pub clock: SharedClock,
}
