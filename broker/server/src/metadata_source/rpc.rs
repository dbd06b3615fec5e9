//! The source of a broker whose authority is ZooKeeper: LeaderAndIsr, UpdateMetadata and StopReplica of the controller, and config
//! changes seen in the tree, as absolute records.
//!
//! The handlers hold the [`RpcInlet`], the publisher holds the [`RpcSource`]. A request is answered when its records have been
//! applied: the publisher asks for the next event only when it is through with the last.

mod convert;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use kedge_metadata_state::{Authority, BrokerEpoch, BrokerId, Image, Record, TopicIdPartition};
use kedge_protocol::{
    ErrorCode,
    messages::{LeaderAndIsrRequest, StopReplicaRequest, UpdateMetadataRequest},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tracing::info;

use convert::{Own, Roles, Upserts};
pub use convert::{RoleResult, StoppedReplica};

use super::{MetadataSource, SourceEvent, SourceStamp};
use crate::{blocking::may_take_long, services::LinkCell};

/// Requests whose records wait for the publisher.
const DELIVERIES_MAX: usize = 16;
/// How long a ZooKeeper controller's push waits for a broker that has not changed its source back yet: the watch that tells it to is on
/// its way.
const WAY_BACK_PATIENCE: Duration = Duration::from_secs(10);

/// What the handlers need of this broker's replicas.
pub trait HostedReplicas: Send + Sync {
    /// Why a replica that metadata gives to this broker cannot be used: KAFKA_STORAGE_ERROR, INCONSISTENT_TOPIC_ID.
    fn fault(&self, at: TopicIdPartition) -> Option<ErrorCode>;

    /// Stops a replica, and deletes its log if asked to, be it hosted or merely left on disk.
    fn stop(&self, replica: &StoppedReplica) -> Result<(), ErrorCode>;
}

/// Reads overrides of topics from the tree. A topic's config is written before the topic and no notice follows.
#[async_trait]
pub trait TopicConfigs: Send + Sync {
    /// ConfigRecords of these topics; what cannot be read is left out.
    async fn of_topics(&self, topic_names: Vec<String>) -> Vec<Record>;
}

/// Records for the publisher, and who waits for them.
struct Delivery {
    events: Vec<SourceEvent>,
    applied: oneshot::Sender<()>,
}

struct State {
    /// What the publisher will have when it has taken everything that was delivered.
    image: Image,
    roles: Roles,
    /// The highest controller epoch seen.
    controller_epoch: i32,
    has_caught_up: bool,
    is_stopped: bool,
}

struct Shared {
    broker_id: BrokerId,
    link: Arc<LinkCell>,
    topic_configs: Option<Arc<dyn TopicConfigs>>,
    deliveries: mpsc::Sender<Delivery>,
    state: Mutex<State>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where requests of the controller come in. It outlives its sources: handlers hold one inlet, whatever the broker follows.
#[derive(Clone)]
pub struct RpcInlet {
    /// The present source, or the last one, which is stopped.
    present: Arc<watch::Sender<Arc<Shared>>>,
}

impl std::fmt::Debug for RpcInlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RpcInlet").field("controller_epoch", &self.controller_epoch()).finish_non_exhaustive()
    }
}

/// Who sent a request, and to which incarnation of this broker.
struct Sender {
    controller_id: BrokerId,
    controller_epoch: i32,
    broker_epoch: i64,
    is_kraft_controller: bool,
}

impl RpcInlet {
    /// The highest controller epoch seen; −1 before any.
    pub fn controller_epoch(&self) -> i32 {
        self.shared().lock().controller_epoch
    }

    fn shared(&self) -> Arc<Shared> {
        self.present.borrow().clone()
    }

    /// The source that takes a request in. While this broker follows a log, a ZooKeeper controller that pushes has been given the
    /// cluster back; a KRaft controller that still pushes is refused at once.
    async fn open(&self, sender: &Sender) -> Result<Arc<Shared>, ErrorCode> {
        let mut sources = self.present.subscribe();
        let open = sources.wait_for(|shared| sender.is_kraft_controller || !shared.lock().is_stopped);
        let shared = match timeout(WAY_BACK_PATIENCE, open).await {
            Ok(Ok(shared)) => shared.clone(),
            Ok(Err(_)) | Err(_) => return Err(ErrorCode::STALE_CONTROLLER_EPOCH),
        };
        // Before it is registered a broker cannot tell what is meant for an earlier process of it, such as the last StopReplica
        // of its controlled shutdown. (Kafka's brokers answer nothing before they are registered.)
        let mut links = shared.link.subscribe();
        let is_unregistered = |epoch: BrokerEpoch| epoch.authority == Authority::ZooKeeper && epoch.value < 0;
        let registered = links.wait_for(|linked| sender.is_kraft_controller || !is_unregistered(linked.broker_epoch));
        match timeout(WAY_BACK_PATIENCE, registered).await {
            Ok(Ok(_)) => Ok(shared),
            Ok(Err(_)) | Err(_) => Err(ErrorCode::STALE_BROKER_EPOCH),
        }
    }

    /// LeaderAndIsr: one result per partition, or the code that refuses the request.
    pub async fn leader_and_isr(&self, request: &LeaderAndIsrRequest) -> Result<Vec<RoleResult>, ErrorCode> {
        let sender = Sender {
            controller_id: request.controller_id,
            controller_epoch: request.controller_epoch,
            broker_epoch: request.broker_epoch,
            is_kraft_controller: request.is_kraft_controller,
        };
        let count = request.topic_states.iter().map(|topic| topic.partition_states.len()).sum();
        let grouped = request.topic_states.iter().map(|topic| topic.topic_name.clone());
        let ungrouped = request.ungrouped_partition_states.iter().map(|state| state.topic_name.clone());
        let configs = self.configs_of(grouped.chain(ungrouped)).await;
        self.take_in(sender, count, false, configs, |upserts, roles, own| {
            convert::leader_and_isr(upserts, roles, own, request)
        })
        .await
    }

    /// UpdateMetadata: done, or the code that refuses it.
    pub async fn update_metadata(&self, request: &UpdateMetadataRequest) -> Result<(), ErrorCode> {
        let sender = Sender {
            controller_id: request.controller_id,
            controller_epoch: request.controller_epoch,
            broker_epoch: request.broker_epoch,
            is_kraft_controller: request.is_kraft_controller,
        };
        let count = request.topic_states.iter().map(|topic| topic.partition_states.len()).sum();
        let configs = self.configs_of(request.topic_states.iter().map(|topic| topic.topic_name.clone())).await;
        self.take_in(sender, count, true, configs, |upserts, roles, own| {
            convert::update_metadata(upserts, roles, own, request)
        })
        .await
    }

    /// StopReplica: which replicas to stop now that the image knows, or the code that refuses the request.
    pub async fn stop_replica(
        &self,
        api_version: i16,
        request: &StopReplicaRequest,
    ) -> Result<Vec<StoppedReplica>, ErrorCode> {
        let sender = Sender {
            controller_id: request.controller_id,
            controller_epoch: request.controller_epoch,
            broker_epoch: request.broker_epoch,
            is_kraft_controller: request.is_kraft_controller,
        };
        let count = request.topic_states.iter().map(|topic| topic.partition_states.len()).sum();
        self.take_in(sender, count, false, Vec::new(), |upserts, roles, _| {
            convert::stop_replica(upserts, roles, api_version, request)
        })
        .await
    }

    /// Configs that changed in the tree. Returns when they are applied, or the source has stopped.
    pub async fn configs(&self, records: Vec<Record>) {
        let shared = self.shared();
        let Ok(permit) = shared.deliveries.reserve().await else { return };
        let applied = {
            let mut state = shared.lock();
            let mut upserts = Upserts::new(&state.image);
            for record in records {
                // What does not fit is named and left out.
                let _ = upserts.push(record);
            }
            let Some(delivery) = state.deliver(upserts) else { return };
            let (applied, waiting) = oneshot::channel();
            permit.send(Delivery { events: delivery, applied });
            waiting
        };
        // An error says that the source has stopped: nobody waits for configs of ZooKeeper any more.
        let _ = applied.await;
    }

    /// Overrides of topics that are new here. Those of topics that were there before come with the first notices.
    async fn configs_of(&self, names: impl Iterator<Item = String> + Send) -> Vec<Record> {
        let shared = self.shared();
        let Some(reader) = &shared.topic_configs else { return Vec::new() };
        let unknown = {
            let state = shared.lock();
            if !state.has_caught_up || state.is_stopped {
                return Vec::new();
            }
            convert::unknown_topics(&state.image, names)
        };
        if unknown.is_empty() { Vec::new() } else { reader.of_topics(unknown).await }
    }

    /// `count`: partitions in the request.
    async fn take_in<T>(
        &self,
        sender: Sender,
        count: usize,
        is_whole_view: bool,
        configs: Vec<Record>,
        convert: impl FnOnce(&mut Upserts, &mut Roles, Own) -> T,
    ) -> Result<T, ErrorCode> {
        // A place in the queue first: what is converted is delivered in the same order.
        let shared = self.open(&sender).await?;
        let permit = shared.deliveries.reserve().await.map_err(|_| ErrorCode::STALE_CONTROLLER_EPOCH)?;
        let linked = shared.link.load();
        let own = Own { broker_id: shared.broker_id, broker_epoch: linked.broker_epoch.seen_by(Authority::ZooKeeper) };
        let (result, applied) = may_take_long(count, || {
            let mut state = shared.lock();
            state.admit(&sender, own)?;
            let mut upserts = Upserts::new(&state.image);
            let result = convert(&mut upserts, &mut state.roles, own);
            for record in configs {
                let _ = upserts.push(record);
            }
            let mut events = state.deliver(upserts).unwrap_or_default();
            if is_whole_view && !state.has_caught_up {
                state.has_caught_up = true;
                events.push(SourceEvent::CaughtUp { stamp: state.stamp() });
            }
            let (applied, waiting) = oneshot::channel();
            // Sent under the lock: deliveries are in the order of what was converted.
            let waiting = (!events.is_empty()).then(|| {
                permit.send(Delivery { events, applied });
                waiting
            });
            Ok::<_, ErrorCode>((result, waiting))
        })?;
        if let Some(applied) = applied {
            applied.await.map_err(|_| ErrorCode::STALE_CONTROLLER_EPOCH)?;
        }
        Ok(result)
    }
}

impl State {
    fn stamp(&self) -> SourceStamp {
        SourceStamp { authority: Authority::ZooKeeper, controller_epoch: self.controller_epoch, metadata_offset: -1 }
    }

    /// Whether a request is for this incarnation, and from a controller not yet replaced.
    fn admit(&mut self, sender: &Sender, own: Own) -> Result<(), ErrorCode> {
        if self.is_stopped {
            return Err(ErrorCode::STALE_CONTROLLER_EPOCH);
        }
        // A KRaft controller's broker epochs are of another kind. A greater one than ours is an answer to our registration that
        // came round before ZooKeeper's.
        let is_stale = sender.broker_epoch != -1 && sender.broker_epoch < own.broker_epoch;
        if is_stale && !sender.is_kraft_controller {
            info!(sender.broker_epoch, own.broker_epoch, "a request of the controller means an earlier registration");
            return Err(ErrorCode::STALE_BROKER_EPOCH);
        }
        if sender.controller_epoch < self.controller_epoch {
            info!(
                sender.controller_id,
                sender.controller_epoch, self.controller_epoch, "a request of a deposed controller is refused"
            );
            return Err(ErrorCode::STALE_CONTROLLER_EPOCH);
        }
        self.controller_epoch = sender.controller_epoch;
        Ok(())
    }

    /// Takes the records into the image; the events that tell the publisher. None if nothing changes, or nobody listens.
    fn deliver(&mut self, upserts: Upserts) -> Option<Vec<SourceEvent>> {
        let (records, image) = upserts.finish();
        if records.is_empty() || self.is_stopped {
            return None;
        }
        self.image = image;
        Some(vec![SourceEvent::Records { stamp: self.stamp(), absolute: true, records }])
    }
}

/// What the inlet takes in, for the publisher.
pub struct RpcSource {
    shared: Arc<Shared>,
    deliveries: mpsc::Receiver<Delivery>,
    queued: VecDeque<SourceEvent>,
    /// Answered when the publisher comes for more.
    delivered: Option<oneshot::Sender<()>>,
}

impl std::fmt::Debug for RpcSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RpcSource").field("queued", &self.queued.len()).finish_non_exhaustive()
    }
}

impl RpcSource {
    /// A source over what is known already: nothing at a start. `link` holds this broker's epoch.
    pub fn start(
        broker_id: BrokerId,
        base: &Image,
        link: Arc<LinkCell>,
        topic_configs: Option<Arc<dyn TopicConfigs>>,
    ) -> (RpcSource, RpcInlet) {
        let source = RpcSource::over(broker_id, base, link, topic_configs, -1, false);
        let inlet = RpcInlet { present: Arc::new(watch::Sender::new(source.shared.clone())) };
        (source, inlet)
    }

    /// A source behind an inlet whose last one is stopped, over the whole image that the broker has (Back6).
    pub fn start_again(inlet: &RpcInlet, base: &Image) -> RpcSource {
        let last = inlet.shared();
        let source = RpcSource::over(
            last.broker_id,
            base,
            last.link.clone(),
            last.topic_configs.clone(),
            inlet.controller_epoch(),
            true,
        );
        inlet.present.send_replace(source.shared.clone());
        source
    }

    fn over(
        broker_id: BrokerId,
        base: &Image,
        link: Arc<LinkCell>,
        topic_configs: Option<Arc<dyn TopicConfigs>>,
        controller_epoch: i32,
        has_caught_up: bool,
    ) -> RpcSource {
        let (sender, deliveries) = mpsc::channel(DELIVERIES_MAX);
        let state =
            State { image: base.clone(), roles: Roles::new(), controller_epoch, has_caught_up, is_stopped: false };
        let shared = Arc::new(Shared { broker_id, link, topic_configs, deliveries: sender, state: Mutex::new(state) });
        RpcSource { shared, deliveries, queued: VecDeque::new(), delivered: None }
    }

    /// Where the stream stands.
    pub fn stamp(&self) -> SourceStamp {
        self.shared.lock().stamp()
    }
}

#[async_trait]
impl MetadataSource for RpcSource {
    async fn next(&mut self) -> SourceEvent {
        loop {
            if let Some(event) = self.queued.pop_front() {
                return event;
            }
            if let Some(applied) = self.delivered.take() {
                // The controller may have given up on the answer.
                let _ = applied.send(());
            }
            // The inlet's sender lives in `shared`, so the channel does not end before this source does.
            let Some(delivery) = self.deliveries.recv().await else { return std::future::pending().await };
            self.queued = delivery.events.into();
            self.delivered = Some(delivery.applied);
        }
    }

    async fn stop(self: Box<Self>) -> SourceStamp {
        let mut state = self.shared.lock();
        state.is_stopped = true;
        // What was delivered last has been applied by whoever stops the source; the rest is dropped, and answered as stale.
        state.stamp()
    }
}

#[cfg(test)]
#[path = "rpc/tests.rs"]
mod tests;
