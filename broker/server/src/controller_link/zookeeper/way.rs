//! A connection to whichever broker `/controller` names, one request in flight.

use std::{sync::Arc, time::Duration};

use kedge_metadata_state::BrokerId;
use kedge_metadata_store::ControllerZnode;
use kedge_protocol::Request;
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep},
};

use crate::{
    client::{ClientError, NodeConnection},
    controller_link::LinkError,
    services::ImageCell,
};

/// Pause between two attempts to find or reach the controller.
const RETRY_BACKOFF: Duration = Duration::from_millis(50);

pub(super) struct ControllerWay {
    client_id: String,
    znode: watch::Receiver<ControllerZnode>,
    image: Arc<ImageCell>,
    listener_name: String,
    /// To which broker, at which address.
    connected: Mutex<Option<(BrokerId, String, NodeConnection)>>,
}

impl ControllerWay {
    pub(super) fn new(
        broker_id: BrokerId,
        znode: watch::Receiver<ControllerZnode>,
        image: Arc<ImageCell>,
        listener_name: String,
    ) -> ControllerWay {
        ControllerWay { client_id: broker_id.to_string(), znode, image, listener_name, connected: Mutex::new(None) }
    }

    /// Sends a request once. Waits for a controller to be known and reachable until the deadline.
    pub(super) async fn call<R: Request>(
        &self,
        api_version: i16,
        request: &R,
        patience: Duration,
    ) -> Result<R::Response, LinkError> {
        let deadline = Instant::now() + patience;
        // An async lock, meant to be held: it is what keeps one request in flight.
        let mut connected = self.connected.lock().await;
        // Taken out: a call that is dropped half-way leaves no connection whose next answer is another one's.
        let mut open = connected.take();
        loop {
            let problem = match self.controller() {
                Ok((controller_id, address)) => {
                    let is_same =
                        |(id, at, _): &(BrokerId, String, NodeConnection)| *id == controller_id && *at == address;
                    if !open.as_ref().is_some_and(is_same) {
                        let patience = deadline.saturating_duration_since(Instant::now());
                        open = match NodeConnection::connect(&address, &self.client_id, patience).await {
                            Ok(connection) => Some((controller_id, address.clone(), connection)),
                            Err(_) => None,
                        };
                    }
                    match open.as_mut() {
                        Some((_, _, connection)) => {
                            let patience = deadline.saturating_duration_since(Instant::now());
                            let answer = connection.call(api_version, request, patience).await;
                            if answer.is_ok() {
                                *connected = open;
                            }
                            return answer.map_err(|error| failed(R::NAME, &error));
                        }
                        None => format!("controller {controller_id} at {address} cannot be reached"),
                    }
                }
                Err(problem) => problem,
            };
            if Instant::now() + RETRY_BACKOFF >= deadline {
                return Err(LinkError::Unavailable(problem));
            }
            sleep(RETRY_BACKOFF).await;
        }
    }

    /// The controller, and where it listens.
    fn controller(&self) -> Result<(BrokerId, String), String> {
        let znode = self.znode.borrow().clone();
        let Some(controller_id) = znode.controller_id else {
            return Err("no broker is the controller".to_owned());
        };
        if znode.kraft_controller_epoch >= 0 {
            return Err(format!("a KRaft controller ({controller_id}) holds the cluster"));
        }
        let image = self.image.load().image;
        let registration = image.cluster.brokers.get(&controller_id);
        let endpoint = registration.and_then(|registration| registration.listener(&self.listener_name));
        match endpoint {
            Some(endpoint) if endpoint.host.contains(':') => {
                Ok((controller_id, format!("[{}]:{}", endpoint.host, endpoint.port)))
            }
            Some(endpoint) => Ok((controller_id, format!("{}:{}", endpoint.host, endpoint.port))),
            None => Err(format!("controller {controller_id} is not among the live brokers yet")),
        }
    }
}

/// The request may have been carried out unless it could not even be written.
fn failed(api: &str, error: &ClientError) -> LinkError {
    LinkError::Unknown(format!("{api}: {error}"))
}
