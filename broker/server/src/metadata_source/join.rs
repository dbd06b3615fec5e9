//! An armed broker's standing with the quorum (Fwd1, and Fwd5's last step): registered and alive there while ZooKeeper still rules it,
//! its registration amended whenever its authority changes.
//!
//! One incarnation for the life of the process: a new one would leave every ISR. Heartbeats under the quorum's authority are the
//! lifecycle's; here they are sent only while pushes rule.

use std::{sync::Arc, time::Duration};

use kedge_metadata_state::Authority;
use kedge_metadata_store::Registration;
use kedge_protocol::ErrorCode;
use tokio::{sync::watch, time::sleep};
use tracing::{debug, info, warn};

use super::switch::{QuorumSide, SwitchProgress};
use crate::{
    controller_link::{Heartbeat, LinkError},
    crash_points,
    services::LinkCell,
};

/// Pause before a refused or unanswered registration is tried again.
const REGISTER_BACKOFF: Duration = Duration::from_millis(500);

/// What keeps a broker registered with the quorum.
pub struct Joiner {
    /// The broker's link, whose authority says what is to be declared.
    pub link: Arc<LinkCell>,
    /// The quorum, once armed.
    pub quorum: watch::Receiver<Option<QuorumSide>>,
    /// What this process declares.
    pub registration: Registration,
    /// How far the log has been seen.
    pub progress: Arc<SwitchProgress>,
    /// `broker.heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
}

impl Joiner {
    /// Registers, amends and sends heartbeats until it is aborted. `declared`: a registration already made by this process, as
    /// migrating or not.
    pub async fn run(mut self, mut declared: Option<bool>) {
        let Ok(quorum) = self.quorum.wait_for(Option::is_some).await.map(|quorum| quorum.clone()) else { return };
        let Some(QuorumSide { link: quorum, .. }) = quorum else { return };
        let mut links = self.link.subscribe();
        loop {
            let authority = links.borrow_and_update().broker_epoch.authority;
            let is_migrating = authority == Authority::ZooKeeper;
            let mut pause = self.heartbeat_interval;
            if declared != Some(is_migrating) {
                let mut registration = self.registration.clone();
                registration.broker.is_migrating_zk_broker = is_migrating;
                match quorum.register(registration).await {
                    Ok(broker_epoch) => {
                        declared = Some(is_migrating);
                        self.link.registered(Authority::KRaft, broker_epoch);
                        info!(broker_epoch, is_migrating, "[BrokerLifecycleManager] registered with the quorum");
                        crash_points::hit(match is_migrating {
                            true => crash_points::BROKER_REGISTERED,
                            false => crash_points::BROKER_AMENDED,
                        });
                        pause = Duration::ZERO;
                    }
                    // The quorum is not there yet, or the log this broker has seen is ahead of its leader.
                    Err(error) => {
                        debug!(%error, is_migrating, "the quorum does not take the registration yet");
                        pause = REGISTER_BACKOFF;
                    }
                }
            } else if is_migrating {
                let heartbeat = Heartbeat {
                    current_metadata_offset: self.progress.observed_offset(),
                    want_fence: false,
                    want_shut_down: false,
                    offline_log_dirs: Vec::new(),
                };
                match quorum.heartbeat(heartbeat).await {
                    Ok(_) => {}
                    Err(LinkError::Refused(
                        error @ (ErrorCode::STALE_BROKER_EPOCH | ErrorCode::BROKER_ID_NOT_REGISTERED),
                    )) => {
                        warn!(error = error.name(), "the quorum has forgotten this broker");
                        declared = None;
                        pause = REGISTER_BACKOFF;
                    }
                    Err(error) => debug!(%error, "heartbeat to the quorum failed"),
                }
            }
            tokio::select! {
                () = sleep(pause) => {}
                changed = links.changed() => if changed.is_err() { return },
            }
        }
    }
}
