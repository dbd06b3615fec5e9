//! A ZooKeeper controller's pushes: LeaderAndIsr, UpdateMetadata and StopReplica to every broker that takes its metadata from
//! them, Apache's and Kedge's alike.
//!
//! - [`plan`]: from a change of the image to requests per broker. Pure.
//! - [`mailbox`]: what waits for one broker, bounded.
//! - `worker`: one task, one connection and one request in flight per broker, tried for ever.
//!
//! [`BrokerPush`] hears of every commit of the controller and never makes it wait. A broker that cannot be reached costs one marker:
//! what it missed is sent as a whole when it can be reached again.

pub mod mailbox;
pub mod plan;
mod worker;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use kedge_controller::Decision;
use kedge_metadata_state::{BrokerId, Image, TopicIdPartition, Touched, image::BrokerRegistration};
use kedge_metadata_store::Position;
use kedge_protocol::ErrorCode;
use tokio::{sync::watch, task::JoinHandle};
use tracing::{debug, info, warn};

use self::{mailbox::Mailbox, plan::Pusher, worker::Worker};
use crate::{
    blocking::{may_block, may_take_long},
    controller_runtime::{CommitListener, ControllerHandle},
};

/// What a broker's answers tell the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushEvent {
    /// It has deleted these replicas.
    ReplicasDeleted {
        /// The broker.
        broker_id: BrokerId,
        /// What it deleted.
        replicas: Vec<TopicIdPartition>,
    },
    /// It could not delete a replica; it is asked again when it comes back, or by the next reign.
    DeletionFailed {
        /// The broker.
        broker_id: BrokerId,
        /// What it could not delete.
        replica: TopicIdPartition,
        /// Why.
        error: ErrorCode,
    },
    /// These replicas lie on a failed disk (KAFKA_STORAGE_ERROR in a LeaderAndIsr response).
    ReplicasOffline {
        /// The broker.
        broker_id: BrokerId,
        /// What it cannot use.
        replicas: Vec<TopicIdPartition>,
    },
}

/// Who hears of answers. Called from the workers' tasks; must not block.
pub type PushEvents = Arc<dyn Fn(PushEvent) + Send + Sync>;

/// How pushes are sent.
#[derive(Clone, Debug)]
pub struct PushConfig {
    /// The broker that pushes while it rules.
    pub controller_id: BrokerId,
    /// `inter.broker.listener.name`: where brokers are pushed to (no control plane listener is supported).
    pub inter_broker_listener_name: String,
    /// `controller.socket.timeout.ms`.
    pub request_timeout: Duration,
}

/// Pushes what the controller commits. It is the controller runtime's [`CommitListener`] under ZooKeeper.
pub struct BrokerPush {
    config: PushConfig,
    events: PushEvents,
    reign: Mutex<Option<Reigning>>,
}

impl std::fmt::Debug for BrokerPush {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrokerPush").field("config", &self.config).finish_non_exhaustive()
    }
}

/// A reign's pushes. Dropped with it, and its workers with it.
struct Reigning {
    pusher: Arc<Pusher>,
    /// The image as last committed: what a broker that missed something is sent.
    image: watch::Sender<Arc<Image>>,
    channels: BTreeMap<BrokerId, Channel>,
}

/// The way to one registration of one broker.
struct Channel {
    broker_epoch: i64,
    address: String,
    mailbox: Arc<Mailbox>,
    task: JoinHandle<()>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl BrokerPush {
    /// Pushes nothing until a reign begins.
    pub fn new(config: PushConfig, events: PushEvents) -> BrokerPush {
        BrokerPush { config, events, reign: Mutex::new(None) }
    }

    fn with_reign(&self, act: impl FnOnce(&mut Option<Reigning>)) {
        act(&mut self.reign.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl CommitListener for BrokerPush {
    fn activated(&self, controller_epoch: i32, image: &Arc<Image>, _position: Position) {
        let pusher = Arc::new(Pusher {
            controller_id: self.config.controller_id,
            controller_epoch,
            inter_broker_listener_name: self.config.inter_broker_listener_name.clone(),
        });
        let pushes = may_block(|| plan::activation(&pusher, image));
        let mut reigning = Reigning { pusher, image: watch::Sender::new(image.clone()), channels: BTreeMap::new() };
        reigning.open_and_close(&self.config, &self.events);
        reigning.post(pushes);
        self.with_reign(|reign| *reign = Some(reigning));
    }

    fn committed(&self, before: &Arc<Image>, after: &Arc<Image>, touched: &Touched, _position: Position) {
        self.with_reign(|reign| {
            let Some(reigning) = reign else { return };
            let many = touched.partitions.len();
            let pushes = may_take_long(many, || plan::change(&reigning.pusher, before, after, touched));
            reigning.image.send_replace(after.clone());
            if !touched.brokers.is_empty() {
                reigning.open_and_close(&self.config, &self.events);
            }
            reigning.post(pushes);
        });
    }

    fn resigned(&self) {
        self.with_reign(|reign| *reign = None);
    }
}

impl Reigning {
    /// One channel per broker that is pushed to; a broker that came back, or elsewhere, gets a new one.
    fn open_and_close(&mut self, config: &PushConfig, events: &PushEvents) {
        let image = self.image.borrow().clone();
        let mut wanted = BTreeMap::new();
        for broker in plan::targets(&image) {
            match address(broker, &config.inter_broker_listener_name) {
                Some(address) => drop(wanted.insert(broker.broker_id, (broker.broker_epoch, address))),
                None => warn!(
                    broker_id = broker.broker_id,
                    listener = config.inter_broker_listener_name,
                    "[Controller] a broker has no such listener: it cannot be told of metadata"
                ),
            }
        }
        self.channels.retain(|broker_id, channel| {
            let wanted = wanted.get(broker_id);
            wanted.is_some_and(|(epoch, address)| *epoch == channel.broker_epoch && *address == channel.address)
        });
        for (broker_id, (broker_epoch, address)) in wanted {
            if self.channels.contains_key(&broker_id) {
                continue;
            }
            info!(broker_id, broker_epoch, address, "[Controller] pushing metadata to broker");
            let mailbox = Arc::new(Mailbox::default());
            let worker = Worker {
                broker_id,
                address: address.clone(),
                request_timeout: config.request_timeout,
                pusher: self.pusher.clone(),
                image: self.image.subscribe(),
                mailbox: mailbox.clone(),
                events: events.clone(),
            };
            let task = tokio::spawn(worker.run());
            self.channels.insert(broker_id, Channel { broker_epoch, address, mailbox, task });
        }
    }

    fn post(&self, pushes: plan::Pushes) {
        for (broker_id, requests) in pushes {
            if let Some(channel) = self.channels.get(&broker_id) {
                channel.mailbox.post(requests);
            }
        }
    }
}

fn address(broker: &BrokerRegistration, listener_name: &str) -> Option<String> {
    let endpoint = broker.listener(listener_name)?;
    // An IPv6 address needs its brackets back.
    let is_v6 = endpoint.host.contains(':');
    Some(if is_v6 {
        format!("[{}]:{}", endpoint.host, endpoint.port)
    } else {
        format!("{}:{}", endpoint.host, endpoint.port)
    })
}

/// Brings acknowledged deletions to the controller, which is started after the pushes it feeds.
#[derive(Debug, Default)]
pub struct DeletionFeedback {
    controller: OnceLock<ControllerHandle>,
}

impl DeletionFeedback {
    /// Names the controller. What was acknowledged before is asked for again when the broker comes back.
    pub fn attach(&self, controller: ControllerHandle) {
        let is_first = self.controller.set(controller).is_ok();
        assert!(is_first, "a node has one controller");
    }

    /// The callback for [`BrokerPush::new`].
    pub fn events(self: &Arc<Self>) -> PushEvents {
        let feedback = self.clone();
        Arc::new(move |event| feedback.clone().on_event(event))
    }

    fn on_event(self: Arc<Self>, event: PushEvent) {
        match event {
            PushEvent::ReplicasDeleted { broker_id, replicas } => {
                let Some(controller) = self.controller.get().cloned() else { return };
                tokio::spawn(async move {
                    let decided = controller.decide(move |context, soft| {
                        let mut decision = Decision::unchanged(());
                        for at in &replicas {
                            // Each finishes whatever is over by then, so the last one says it all.
                            decision = soft.deletions.acknowledged(context, at.topic_id, at.partition_id, broker_id);
                        }
                        decision
                    });
                    if let Err(error) = decided.await {
                        // The next reign asks again.
                        debug!(broker_id, %error, "an acknowledged deletion was not taken");
                    }
                });
            }
            PushEvent::DeletionFailed { broker_id, replica, error } => {
                warn!(broker_id, ?replica, error = error.name(), "[Controller] a replica could not be deleted");
            }
            PushEvent::ReplicasOffline { broker_id, replicas } => {
                warn!(broker_id, ?replicas, "[Controller] replicas are on a failed log directory");
            }
        }
    }
}
