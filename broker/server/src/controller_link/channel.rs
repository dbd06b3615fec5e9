//! One queue and one connection to whichever node is the active controller, as Kafka's NodeToControllerChannelManager.
//!
//! The actor owns the socket; callers wait on a reply. A node that turns out not to rule is forgotten and asked for anew.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use kedge_metadata_state::BrokerId;
use kedge_protocol::{
    ApiKey, Request,
    wire::{Decoder, Encoder},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout_at},
};

use super::LinkError;
use crate::{client::NodeConnection, metadata_source::QuorumLeader};

/// Requests that may wait in one channel.
const QUEUE_MAX: usize = 1024;
/// Pause between two attempts to find or reach the controller.
const RETRY_BACKOFF: Duration = Duration::from_millis(50);

struct Call {
    key: ApiKey,
    api_version: i16,
    body: Bytes,
    deadline: Instant,
    answer: oneshot::Sender<Result<Decoder, LinkError>>,
}

/// A way to the active controller.
#[derive(Clone, Debug)]
pub struct ControllerChannel {
    calls: mpsc::Sender<Call>,
}

impl ControllerChannel {
    /// Starts the channel. `voters` maps node ids to `host:port` of the controller listener.
    pub fn start(
        client_id: String,
        voters: BTreeMap<BrokerId, String>,
        leader: watch::Receiver<QuorumLeader>,
    ) -> ControllerChannel {
        let (calls, queue) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(Actor { client_id, voters, leader, connected: None }.run(queue));
        ControllerChannel { calls }
    }

    /// Sends a request until a node that rules answers it, at most until the deadline. `is_not_controller` reads the answer.
    pub async fn call<R: Request>(
        &self,
        api_version: i16,
        request: &R,
        patience: Duration,
        is_not_controller: impl Fn(&R::Response) -> bool,
    ) -> Result<R::Response, LinkError> {
        let mut out = Encoder::new();
        let refused = |error: &dyn std::fmt::Display| LinkError::Unknown(format!("{}: {error}", R::NAME));
        request.encode(api_version, &mut out).map_err(|error| refused(&error))?;
        let body = out.into_bytes();
        let deadline = Instant::now() + patience;
        loop {
            let mut input = self.send(R::KEY, api_version, body.clone(), deadline).await?;
            let response = <R::Response as kedge_protocol::Message>::decode(api_version, &mut input)
                .map_err(|error| refused(&error))?;
            if !is_not_controller(&response) {
                return Ok(response);
            }
            if Instant::now() + RETRY_BACKOFF >= deadline {
                return Err(LinkError::NotController);
            }
            sleep(RETRY_BACKOFF).await;
        }
    }

    async fn send(&self, key: ApiKey, api_version: i16, body: Bytes, deadline: Instant) -> Result<Decoder, LinkError> {
        let (answer, answered) = oneshot::channel();
        let closed = || LinkError::Unavailable("this node is shutting down".to_owned());
        self.calls.send(Call { key, api_version, body, deadline, answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

struct Actor {
    client_id: String,
    voters: BTreeMap<BrokerId, String>,
    leader: watch::Receiver<QuorumLeader>,
    connected: Option<(BrokerId, NodeConnection)>,
}

impl Actor {
    async fn run(mut self, mut queue: mpsc::Receiver<Call>) {
        while let Some(call) = queue.recv().await {
            let result = self.carry_out(&call).await;
            // Whoever asked may have given up.
            let _ = call.answer.send(result);
        }
    }

    async fn carry_out(&mut self, call: &Call) -> Result<Decoder, LinkError> {
        let connection = self.connection(call.deadline).await?;
        let patience = call.deadline.saturating_duration_since(Instant::now());
        match connection.exchange(call.key, call.api_version, call.body.clone(), patience).await {
            Ok(input) => Ok(input),
            Err(error) => {
                self.connected = None;
                Err(LinkError::Unknown(format!("{}: {error}", call.key)))
            }
        }
    }

    /// The connection to the present leader, opened if need be; waits for one to be known until the deadline.
    async fn connection(&mut self, deadline: Instant) -> Result<&mut NodeConnection, LinkError> {
        loop {
            let leader_id = timeout_at(deadline, self.leader.wait_for(|leader| leader.leader_id.is_some()))
                .await
                .map_err(|_| LinkError::Unavailable("no leader of the metadata quorum is known".to_owned()))?
                .map_err(|_| LinkError::Unavailable("the metadata observer has stopped".to_owned()))?
                .leader_id
                .expect("just waited for it");
            if self.connected.as_ref().is_none_or(|(connected_to, _)| *connected_to != leader_id) {
                let address = self.voters.get(&leader_id).ok_or_else(|| {
                    LinkError::Unavailable(format!("controller {leader_id} is not in controller.quorum.voters"))
                })?;
                let patience = deadline.saturating_duration_since(Instant::now());
                match NodeConnection::connect(address, &self.client_id, patience).await {
                    Ok(connection) => self.connected = Some((leader_id, connection)),
                    Err(error) if Instant::now() + RETRY_BACKOFF >= deadline => {
                        return Err(LinkError::Unavailable(format!("controller {leader_id} at {address}: {error}")));
                    }
                    Err(_) => {
                        sleep(RETRY_BACKOFF).await;
                        continue;
                    }
                }
            }
            return Ok(&mut self.connected.as_mut().expect("connected above").1);
        }
    }
}
