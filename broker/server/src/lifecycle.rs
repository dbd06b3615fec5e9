//! A broker's life as the controller sees it (Kafka's `BrokerLifecycleManager`): register, catch up, be unfenced, serve,
//! hand leaderships over, stop.
//!
//! ```text
//! STARTING ──registered, caught up──▶ RECOVERY ──first image published──▶ (unfence) ──▶ RUNNING
//!                                                                                          │ stop
//!                                                        SHUTTING_DOWN ◀── PENDING_CONTROLLED_SHUTDOWN
//! ```

use std::{sync::Arc, time::Duration};

use kedge_metadata_store::Registration;
use kedge_protocol::ErrorCode;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tracing::{info, warn};

use crate::{
    controller_link::{Heartbeat, LinkError},
    replica::ReplicaManager,
    services::{ImageCell, LinkCell},
};

/// Kafka's broker state gauge (`kafka.server:type=KafkaServer,name=BrokerState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum BrokerState {
    /// Not started.
    NotRunning = 0,
    /// Registering and catching up with the metadata log.
    Starting = 1,
    /// Opening logs, not unfenced yet.
    Recovery = 2,
    /// Serving.
    Running = 3,
    /// Handing leaderships over.
    PendingControlledShutdown = 6,
    /// Stopping.
    ShuttingDown = 7,
}

/// Pause between heartbeats while starting: the sooner the broker has caught up, the sooner it serves.
const STARTING_INTERVAL: Duration = Duration::from_millis(10);
/// Pause between heartbeats while leaderships move away.
const SHUTDOWN_INTERVAL: Duration = Duration::from_millis(50);
/// Pause after a refused registration.
const REGISTER_BACKOFF: Duration = Duration::from_millis(500);

/// Why a broker could not begin to serve.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    /// No controller took the registration in time.
    #[error("the broker was not registered within {waited:?}: {last}")]
    NotRegistered {
        /// `initial.broker.registration.timeout.ms`.
        waited: Duration,
        /// What the last attempt ended with.
        last: LinkError,
    },
    /// Another broker has this one's id.
    #[error("{0}; another broker with this broker.id is alive: give one of them another id")]
    DuplicateBroker(String),
    /// The controller will never take it.
    #[error("the controller refuses this broker: {}", .0.name())]
    Refused(ErrorCode),
}

/// The lifecycle's shared parts.
#[derive(Debug)]
pub struct Lifecycle {
    /// The way to the controller, and the broker epoch.
    pub link: Arc<LinkCell>,
    /// How far metadata has been applied.
    pub image: Arc<ImageCell>,
    /// `broker.heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
    /// `initial.broker.registration.timeout.ms`.
    pub registration_timeout: Duration,
    /// The state others watch.
    pub state: watch::Sender<BrokerState>,
    /// Whose log directories heartbeats speak of.
    pub replicas: Arc<ReplicaManager>,
}

impl Lifecycle {
    /// Registers until a controller takes it; a previous process of this broker may have to time out first.
    pub async fn register(&self, registration: &Registration) -> Result<i64, LifecycleError> {
        self.state.send_replace(BrokerState::Starting);
        let deadline = Instant::now() + self.registration_timeout;
        loop {
            let linked = self.link.load();
            let last = match linked.link.register(registration.clone()).await {
                Ok(broker_epoch) => {
                    self.link.registered(linked.broker_epoch.authority, broker_epoch);
                    info!(
                        broker_id = registration.broker.broker_id,
                        broker_epoch, "[BrokerLifecycleManager] registered"
                    );
                    return Ok(broker_epoch);
                }
                Err(LinkError::Refused(error)) if is_final(error) => return Err(LifecycleError::Refused(error)),
                Err(LinkError::DuplicateBroker(problem)) => return Err(LifecycleError::DuplicateBroker(problem)),
                Err(error) => error,
            };
            if Instant::now() + REGISTER_BACKOFF >= deadline {
                return Err(LifecycleError::NotRegistered { waited: self.registration_timeout, last });
            }
            warn!(error = %last, "[BrokerLifecycleManager] registration failed, trying again");
            sleep(REGISTER_BACKOFF).await;
        }
    }

    /// Heartbeats until the broker has applied its own registration.
    pub async fn catch_up(&self) {
        self.beat_until(STARTING_INTERVAL, true, false, |reply| reply.is_caught_up).await;
        self.state.send_replace(BrokerState::Recovery);
    }

    /// Asks to be unfenced until it is.
    pub async fn unfence(&self) {
        self.beat_until(STARTING_INTERVAL, false, false, |reply| !reply.is_fenced).await;
        self.state.send_replace(BrokerState::Running);
    }

    /// Signs of life until told to stop.
    pub async fn stay_alive(&self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = sleep(self.heartbeat_interval) => {}
                _ = stop.wait_for(|stopping| *stopping) => return,
            }
            if let Err(error) = self.beat(false, false).await {
                warn!(%error, "[BrokerLifecycleManager] heartbeat failed");
            }
        }
    }

    /// Hands leaderships over, at most so long.
    pub async fn shut_down(&self, patience: Duration) {
        self.state.send_replace(BrokerState::PendingControlledShutdown);
        let handed_over = self.beat_until(SHUTDOWN_INTERVAL, false, true, |reply| reply.should_shut_down);
        if timeout(patience, handed_over).await.is_err() {
            warn!("[BrokerLifecycleManager] leaderships could not all be handed over in time, stopping anyway");
        }
        self.state.send_replace(BrokerState::ShuttingDown);
    }

    async fn beat(
        &self,
        want_fence: bool,
        want_shut_down: bool,
    ) -> Result<crate::controller_link::HeartbeatReply, LinkError> {
        let heartbeat = Heartbeat {
            current_metadata_offset: self.image.load().stamp.metadata_offset,
            want_fence,
            want_shut_down,
            offline_log_dirs: self.replicas.offline_directories(),
        };
        self.link.load().link.heartbeat(heartbeat).await
    }

    async fn beat_until(
        &self,
        interval: Duration,
        want_fence: bool,
        want_shut_down: bool,
        is_done: impl Fn(&crate::controller_link::HeartbeatReply) -> bool,
    ) {
        loop {
            match self.beat(want_fence, want_shut_down).await {
                Ok(reply) if is_done(&reply) => return,
                Ok(_) => sleep(interval).await,
                Err(error) => {
                    warn!(%error, "[BrokerLifecycleManager] heartbeat failed");
                    sleep(SHUTDOWN_INTERVAL).await;
                }
            }
        }
    }
}

/// Refusals that no waiting cures.
fn is_final(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::INCONSISTENT_CLUSTER_ID
            | ErrorCode::UNSUPPORTED_VERSION
            | ErrorCode::INVALID_REGISTRATION
            | ErrorCode::CLUSTER_AUTHORIZATION_FAILED
    )
}
