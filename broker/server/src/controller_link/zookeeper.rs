//! The link of a broker whose authority is ZooKeeper: its session is its registration and its sign of life, the broker that
//! `/controller` names is asked over the inter-broker listener, and what any broker may write it writes itself.

mod configs;
mod way;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use kedge_controller::Settings;
use kedge_metadata_state::{Authority, BrokerEpoch, BrokerId};
use kedge_metadata_store::{
    ConsumerPartition, ControllerZnode, MemberError, Notice, Notices, Registration, ZooKeeperMember,
};
use kedge_protocol::{
    ApiKey, ErrorCode, Message, header,
    messages::{
        AllocateProducerIdsRequest, AlterPartitionRequest, ControlledShutdownRequest, CreateTopicsRequest,
        CreateTopicsResponse,
    },
    wire::{Decoder, Encoder},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tracing::{info, warn};

use self::way::ControllerWay;
use super::{
    ControllerLink, Heartbeat, HeartbeatReply, IsrChange, IsrReply, LinkError, ProducerIdBlock,
    kraft::{by_topic, check, isr_replies},
};
use crate::{
    clock::SharedClock,
    context::RequestContext,
    controller_runtime::ControllerHandle,
    dispatch::{ApiTable, Handled},
    metadata_source::rpc::RpcInlet,
    network::reply::{Part, Reply},
    services::{ImageCell, LinkCell},
};

/// Versions spoken to the controller: what Apache 3.9 (IBP 3.5 and up) and Kedge both serve.
mod versions {
    pub(super) const ALTER_PARTITION: i16 = 3;
    pub(super) const ALLOCATE_PRODUCER_IDS: i16 = 0;
    pub(super) const CONTROLLED_SHUTDOWN: i16 = 3;
}

/// How long one try of a controlled shutdown may take at least.
const SHUTDOWN_TRY_MIN: Duration = Duration::from_secs(5);
/// Pause before a lost registration is tried again.
const REGISTER_BACKOFF: Duration = Duration::from_secs(1);
/// How long an answer to CreateTopics waits for this broker to know the new topics, as Kafka's waits for their leaders.
const CREATED_TOPICS_PATIENCE: Duration = Duration::from_secs(5);

/// What a ZooKeeper link is made of.
pub struct ZooKeeperLinkConfig {
    /// This broker.
    pub broker_id: BrokerId,
    /// Its session.
    pub member: Arc<dyn ZooKeeperMember>,
    /// Its view of the cluster: where the controller listens, what configs are decided upon.
    pub image: Arc<ImageCell>,
    /// `inter.broker.listener.name`.
    pub inter_broker_listener_name: String,
    /// What this broker's own controller serves while it rules (`controller_api::zookeeper_admin_apis`).
    pub controller_apis: Arc<ApiTable>,
    /// This broker's own controller.
    pub controller: ControllerHandle,
    /// What configs are decided with.
    pub settings: Settings,
    /// `request.timeout.ms`: how long a request to the controller may take in all.
    pub request_timeout: Duration,
    /// `controlled.shutdown.max.retries`.
    pub shutdown_tries_max: u32,
    /// `controlled.shutdown.retry.backoff.ms`.
    pub shutdown_backoff: Duration,
    /// The node's clock.
    pub clock: SharedClock,
}

/// What this broker's session last said of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeView {
    /// Who `/controller` names.
    pub controller: ControllerZnode,
    /// It was read at least once, and the session is connected.
    pub is_current: bool,
}

impl TreeView {
    /// A broker rules the tree.
    pub fn is_ruled_by_broker(&self) -> bool {
        self.is_current && self.controller.controller_id.is_some() && self.controller.kraft_controller_epoch < 0
    }

    /// A quorum holds the tree.
    pub fn is_held_by_quorum(&self) -> bool {
        self.is_current && self.controller.controller_id.is_some() && self.controller.kraft_controller_epoch >= 0
    }
}

/// The link to a ZooKeeper controller.
pub struct ZooKeeperLink {
    config: ZooKeeperLinkConfig,
    /// Czxid of our registration; −1 before it.
    broker_epoch: AtomicI64,
    /// As registered, to do it again in a new session.
    registration: Mutex<Option<Registration>>,
    /// Who `/controller` names.
    znode: watch::Sender<ControllerZnode>,
    tree: watch::Sender<TreeView>,
    topics: ControllerWay,
    isr_changes: ControllerWay,
    producer_ids: ControllerWay,
    shutdown: ControllerWay,
    shutdown_tries: Mutex<ShutdownTries>,
}

#[derive(Debug, Default)]
struct ShutdownTries {
    count: u32,
    next_at: Option<Instant>,
}

impl std::fmt::Debug for ZooKeeperLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ZooKeeperLink")
            .field("broker_id", &self.config.broker_id)
            .field("controller", &*self.znode.borrow())
            .finish_non_exhaustive()
    }
}

impl ZooKeeperLink {
    /// A link that knows no controller yet: [`ZooKeeperLink::follow`] tells it.
    pub fn new(config: ZooKeeperLinkConfig) -> ZooKeeperLink {
        let nobody = ControllerZnode { controller_id: None, kraft_controller_epoch: -1 };
        let tree = watch::Sender::new(TreeView { controller: nobody.clone(), is_current: false });
        let znode = watch::Sender::new(nobody);
        let way = || {
            ControllerWay::new(
                config.broker_id,
                znode.subscribe(),
                config.image.clone(),
                config.inter_broker_listener_name.clone(),
            )
        };
        ZooKeeperLink {
            topics: way(),
            isr_changes: way(),
            producer_ids: way(),
            shutdown: way(),
            broker_epoch: AtomicI64::new(BrokerEpoch::UNKNOWN_VALUE),
            registration: Mutex::new(None),
            shutdown_tries: Mutex::default(),
            znode,
            tree,
            config,
        }
    }

    /// What the session says of the tree, for whoever must hear of a change of authority.
    pub fn tree(&self) -> watch::Receiver<TreeView> {
        self.tree.subscribe()
    }

    /// Acts on what happens in the tree until the member ends: a new controller, changed configs, a new session.
    pub async fn follow(self: Arc<Self>, mut notices: Notices, cell: Arc<LinkCell>, inlet: RpcInlet) {
        while let Some(notice) = notices.next().await {
            match notice {
                Notice::Controller(seen) => {
                    info!(controller_id = seen.controller_id, seen.kraft_controller_epoch, "/controller changed");
                    self.znode.send_replace(seen.clone());
                    self.tree.send_replace(TreeView { controller: seen, is_current: true });
                }
                Notice::Configs(records) => inlet.configs(records).await,
                Notice::SessionRenewed => self.register_again(&cell).await,
                Notice::Connected(is_connected) => {
                    info!(is_connected, "ZooKeeper connection");
                    // What was read before a loss may have changed since; the member reads it again and says so.
                    if !is_connected {
                        self.tree.send_modify(|tree| tree.is_current = false);
                    }
                }
            }
        }
    }

    /// The registration went with the old session. Without it the controller takes this broker for dead, so this does not give up.
    async fn register_again(&self, cell: &LinkCell) {
        let Some(registration) = self.lock_registration().clone() else { return };
        loop {
            match self.register(registration.clone()).await {
                Ok(broker_epoch) => {
                    cell.registered(Authority::ZooKeeper, broker_epoch);
                    info!(broker_epoch, "registered again in a new ZooKeeper session");
                    return;
                }
                Err(error) => warn!(%error, "registration in the new ZooKeeper session failed, trying again"),
            }
            sleep(REGISTER_BACKOFF).await;
        }
    }

    fn lock_registration(&self) -> std::sync::MutexGuard<'_, Option<Registration>> {
        self.registration.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Czxid of our registration; −1 before it.
    pub fn broker_epoch(&self) -> i64 {
        self.broker_epoch.load(Ordering::Acquire)
    }

    /// One attempt at a controlled shutdown. True when this broker may stop: nothing is left to hand over, or the tries are used up.
    async fn controlled_shutdown(&self) -> Result<bool, LinkError> {
        {
            let mut tries = self.shutdown_tries.lock().unwrap_or_else(PoisonError::into_inner);
            if tries.next_at.is_some_and(|next_at| Instant::now() < next_at) {
                return Ok(false);
            }
            let tries_max = self.config.shutdown_tries_max;
            if tries.count >= tries_max {
                warn!("controlled shutdown failed {tries_max} times, stopping without it");
                return Ok(true);
            }
            tries.count += 1;
            tries.next_at = Some(Instant::now() + self.config.shutdown_backoff);
        }
        let request = ControlledShutdownRequest { broker_id: self.config.broker_id, broker_epoch: self.broker_epoch() };
        let patience = self.config.shutdown_backoff.max(SHUTDOWN_TRY_MIN);
        let response = self.shutdown.call(versions::CONTROLLED_SHUTDOWN, &request, patience).await?;
        check(response.error_code)?;
        if !response.remaining_partitions.is_empty() {
            let left = response.remaining_partitions.len();
            info!(left, "the controller could not move all leaderships yet");
        }
        Ok(response.remaining_partitions.is_empty())
    }

    /// Serves a request on this broker's own controller.
    async fn on_own_controller(&self, context: &RequestContext, body: Bytes) -> Result<Bytes, LinkError> {
        let apis = &self.config.controller_apis;
        if !apis.serves(context.api_key, context.api_version) {
            return Err(LinkError::Refused(ErrorCode::UNSUPPORTED_VERSION));
        }
        let answer = match apis.handle(context.clone(), Decoder::new(body.clone())).await {
            Handled::Reply(reply) => response_body(context, reply)?,
            Handled::Nothing => return Err(LinkError::Unknown(format!("{} has no answer", context.api_key))),
            Handled::Close(reason) => return Err(LinkError::Unknown(reason)),
        };
        if context.api_key == ApiKey::CREATE_TOPICS {
            self.wait_for_topics(context.api_version, &body, &answer).await;
        }
        Ok(answer)
    }

    /// A topic that was just created can be asked for at once.
    async fn wait_for_topics(&self, api_version: i16, request: &Bytes, answer: &Bytes) {
        let request = CreateTopicsRequest::decode(api_version, &mut Decoder::new(request.clone()));
        let answer = CreateTopicsResponse::decode(api_version, &mut Decoder::new(answer.clone()));
        let (Ok(request), Ok(answer)) = (request, answer) else { return };
        if request.validate_only {
            return;
        }
        let created = answer.topics.into_iter().filter(|topic| topic.error_code == ErrorCode::NONE.0);
        let created: BTreeSet<String> = created.map(|topic| topic.name).collect();
        let patience = Duration::from_millis(request.timeout_ms.max(0) as u64).min(CREATED_TOPICS_PATIENCE);
        let mut images = self.config.image.subscribe();
        let known =
            images.wait_for(|published| created.iter().all(|name| published.image.topics.by_name.contains_key(name)));
        // Late is not wrong: the topics exist, and clients ask again.
        let _ = timeout(patience, known).await;
    }
}

/// The body of an encoded response: no length, no header.
fn response_body(context: &RequestContext, reply: Reply) -> Result<Bytes, LinkError> {
    let mut joined = BytesMut::new();
    for part in reply.parts.into_iter().skip(1) {
        match part {
            Part::Bytes(bytes) => joined.extend_from_slice(&bytes),
            Part::File(_) => unreachable!("admin responses hold no file ranges"),
        }
    }
    let mut input = Decoder::new(joined.freeze());
    header::decode_response_header(context.api_key, context.api_version, &mut input)
        .map_err(|error| LinkError::Unknown(format!("own response of {}: {error}", context.api_key)))?;
    Ok(input.take_rest())
}

fn offset_error(error: MemberError) -> LinkError {
    match error {
        MemberError::Bad(problem) => {
            warn!("an offset in ZooKeeper: {problem}");
            LinkError::Refused(ErrorCode::INVALID_REQUEST)
        }
        error => LinkError::Unavailable(error.to_string()),
    }
}

#[async_trait]
impl ControllerLink for ZooKeeperLink {
    fn controller_for_clients(&self) -> Option<BrokerId> {
        let znode = self.znode.borrow();
        // A KRaft controller is no broker that clients could reach; any broker does then.
        znode.controller_id.filter(|_| znode.kraft_controller_epoch < 0)
    }

    async fn register(&self, registration: Registration) -> Result<i64, LinkError> {
        *self.lock_registration() = Some(registration.clone());
        let broker_epoch = self.config.member.register(registration).await.map_err(|error| match error {
            MemberError::AlreadyRegistered { is_former_self: true, .. } => {
                warn!("{error}: waiting for the session of this broker's process before to end");
                LinkError::Refused(ErrorCode::DUPLICATE_BROKER_REGISTRATION)
            }
            MemberError::AlreadyRegistered { .. } => LinkError::DuplicateBroker(error.to_string()),
            MemberError::Unavailable(_) | MemberError::Bad(_) => LinkError::Unavailable(error.to_string()),
        })?;
        self.broker_epoch.store(broker_epoch, Ordering::Release);
        Ok(broker_epoch)
    }

    /// The session is the heartbeat: nothing is sent unless a shutdown is asked for.
    async fn heartbeat(&self, heartbeat: Heartbeat) -> Result<HeartbeatReply, LinkError> {
        let should_shut_down = if heartbeat.want_shut_down { self.controlled_shutdown().await? } else { false };
        let is_caught_up = self.broker_epoch() != BrokerEpoch::UNKNOWN_VALUE;
        Ok(HeartbeatReply { is_caught_up, is_fenced: false, should_shut_down })
    }

    async fn alter_partition(&self, changes: Vec<IsrChange>) -> Result<Vec<IsrReply>, LinkError> {
        let asked: Vec<_> = changes.iter().map(|change| (change.topic_id, change.partition_id)).collect();
        let request = AlterPartitionRequest {
            broker_id: self.config.broker_id,
            broker_epoch: self.broker_epoch(),
            topics: by_topic(changes).into(),
        };
        let response = self.isr_changes.call(versions::ALTER_PARTITION, &request, self.config.request_timeout).await?;
        check(response.error_code)?;
        Ok(isr_replies(asked, response.topics))
    }

    async fn consumer_offset(&self, partition: &ConsumerPartition) -> Result<Option<i64>, LinkError> {
        self.config.member.consumer_offset(partition).await.map_err(offset_error)
    }

    async fn set_consumer_offset(&self, partition: &ConsumerPartition, offset: i64) -> Result<(), LinkError> {
        self.config.member.set_consumer_offset(partition, offset).await.map_err(offset_error)
    }

    async fn allocate_producer_ids(&self) -> Result<ProducerIdBlock, LinkError> {
        let request =
            AllocateProducerIdsRequest { broker_id: self.config.broker_id, broker_epoch: self.broker_epoch() };
        let response =
            self.producer_ids.call(versions::ALLOCATE_PRODUCER_IDS, &request, self.config.request_timeout).await?;
        check(response.error_code)?;
        Ok(ProducerIdBlock { first_producer_id: response.producer_id_start, count: response.producer_id_len })
    }

    /// Without a migration there is no forwarding in ZooKeeper mode: the controller decides what it is asked itself, any broker
    /// writes configs, and everything else is answered NOT_CONTROLLER so that the client asks the one that Metadata names.
    async fn admin(&self, context: &RequestContext, body: Bytes) -> Result<Bytes, LinkError> {
        if self.config.controller.active_epoch().is_some() {
            return self.on_own_controller(context, body).await;
        }
        match context.api_key {
            ApiKey::INCREMENTAL_ALTER_CONFIGS | ApiKey::ALTER_CONFIGS => self.alter_configs(context, body).await,
            _ => Err(LinkError::Refused(ErrorCode::NOT_CONTROLLER)),
        }
    }

    async fn create_topics(&self, context: &RequestContext, body: Bytes) -> Result<Bytes, LinkError> {
        if self.config.controller.active_epoch().is_some() {
            return self.on_own_controller(context, body).await;
        }
        let unreadable = |error: &dyn std::fmt::Display| LinkError::Unknown(format!("CreateTopics: {error}"));
        let request = CreateTopicsRequest::decode(context.api_version, &mut Decoder::new(body));
        let request = request.map_err(|error| unreadable(&error))?;
        let response = self.topics.call(context.api_version, &request, self.config.request_timeout).await?;
        let mut answer = Encoder::new();
        response.encode(context.api_version, &mut answer).map_err(|error| unreadable(&error))?;
        Ok(answer.into_bytes())
    }
}

#[cfg(test)]
mod tests;
