//! One broker's task: the next request, sent until it is answered.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kedge_metadata_state::{BrokerId, Image, TopicIdPartition};
use kedge_protocol::{
    ErrorCode, Message as _, Request,
    messages::{
        LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse, UpdateMetadataRequest,
    },
};
use tokio::{sync::watch, time::sleep};
use tracing::{debug, error, info, warn};

use super::{
    PushEvent, PushEvents,
    mailbox::{Mail, Mailbox},
    plan::{LEADER_AND_ISR_VERSION, PushRequest, Pusher, STOP_REPLICA_VERSION, UPDATE_METADATA_VERSION},
};
use crate::client::{ClientError, NodeConnection};

/// Kafka's pause between attempts (`RequestSendThread`).
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Failed attempts between two warnings about the same broker.
const FAILURES_PER_WARNING: u32 = 100;

pub(super) struct Worker {
    pub(super) broker_id: BrokerId,
    pub(super) address: String,
    pub(super) request_timeout: Duration,
    pub(super) pusher: Arc<Pusher>,
    pub(super) image: watch::Receiver<Arc<Image>>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) events: PushEvents,
}

impl Worker {
    /// Serves the mailbox until it is aborted: when the broker goes or the reign ends.
    pub(super) async fn run(self) {
        let mut connection = None;
        loop {
            match self.mailbox.next().await {
                Mail::Request(request) => self.deliver(&mut connection, request).await,
                Mail::Everything(missed) => {
                    let image = self.image.borrow().clone();
                    let Some(broker) = image.cluster.brokers.get(&self.broker_id) else { continue };
                    info!(broker_id = self.broker_id, "[Controller] sending a broker everything it missed");
                    for request in missed.requests(&self.pusher, &image, broker) {
                        self.deliver(&mut connection, request).await;
                    }
                }
            }
        }
    }

    async fn deliver(&self, connection: &mut Option<NodeConnection>, request: PushRequest) {
        match request {
            PushRequest::LeaderAndIsr(request) => {
                if let Some(response) = self.exchange(connection, LEADER_AND_ISR_VERSION, &request).await {
                    self.on_leader_and_isr(&request, &response);
                }
            }
            PushRequest::UpdateMetadata(request) => {
                if let Some(response) = self.exchange(connection, UPDATE_METADATA_VERSION, &request).await {
                    self.report(UpdateMetadataRequest::NAME, response.error_code);
                }
            }
            PushRequest::StopReplica { request, deletes } => {
                if let Some(response) = self.exchange(connection, STOP_REPLICA_VERSION, &request).await {
                    self.on_stop_replica(deletes, &response);
                }
            }
        }
    }

    /// Sends a request until it is answered. None if it cannot be written at all.
    async fn exchange<R: Request>(
        &self,
        connection: &mut Option<NodeConnection>,
        api_version: i16,
        request: &R,
    ) -> Option<R::Response> {
        let mut failures = 0;
        loop {
            match self.attempt(connection, api_version, request).await {
                Ok(response) => return Some(response),
                Err(ClientError::Encode(problem)) => {
                    error!(broker_id = self.broker_id, api = R::NAME, %problem, "[Controller] a push cannot be encoded");
                    return None;
                }
                Err(problem) => {
                    *connection = None;
                    if failures % FAILURES_PER_WARNING == 0 {
                        let (broker_id, address) = (self.broker_id, &self.address);
                        warn!(broker_id, address, api = R::NAME, %problem, "[Controller] push failed, trying again");
                    }
                    failures += 1;
                    sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    async fn attempt<R: Request>(
        &self,
        connection: &mut Option<NodeConnection>,
        api_version: i16,
        request: &R,
    ) -> Result<R::Response, ClientError> {
        let open = match connection {
            Some(open) => open,
            None => {
                let client_id = self.pusher.controller_id.to_string();
                connection.insert(NodeConnection::connect(&self.address, &client_id, self.request_timeout).await?)
            }
        };
        open.call(api_version, request, self.request_timeout).await
    }

    /// A refusal of the whole request: the broker knows a newer controller, or is a newer incarnation than the one meant. Both
    /// reach the controller by ZooKeeper.
    fn report(&self, api: &str, error_code: i16) {
        if error_code != ErrorCode::NONE.0 {
            info!(broker_id = self.broker_id, api, error = ErrorCode(error_code).name(), "[Controller] push refused");
        }
    }

    fn on_leader_and_isr(&self, request: &LeaderAndIsrRequest, response: &LeaderAndIsrResponse) {
        self.report(LeaderAndIsrRequest::NAME, response.error_code);
        let mut offline = Vec::new();
        for topic in &response.topics {
            for partition in &topic.partition_errors {
                match ErrorCode(partition.error_code) {
                    // A resend finds its own leader epoch: noise.
                    ErrorCode::NONE | ErrorCode::STALE_CONTROLLER_EPOCH => {}
                    ErrorCode::KAFKA_STORAGE_ERROR => offline
                        .push(TopicIdPartition { topic_id: topic.topic_id, partition_id: partition.partition_index }),
                    refused => warn!(
                        broker_id = self.broker_id,
                        topic_id = %topic.topic_id,
                        partition_id = partition.partition_index,
                        error = refused.name(),
                        "[Controller] a broker refused a role"
                    ),
                }
            }
        }
        debug!(broker_id = self.broker_id, topics = request.topic_states.len(), "LeaderAndIsr answered");
        if !offline.is_empty() {
            (self.events)(PushEvent::ReplicasOffline { broker_id: self.broker_id, replicas: offline });
        }
    }

    fn on_stop_replica(&self, deletes: Vec<(String, TopicIdPartition)>, response: &StopReplicaResponse) {
        self.report(StopReplicaRequest::NAME, response.error_code);
        if deletes.is_empty() {
            return;
        }
        let answers: BTreeMap<(&str, i32), i16> = response
            .partition_errors
            .iter()
            .map(|partition| ((partition.topic_name.as_str(), partition.partition_index), partition.error_code))
            .collect();
        let mut deleted = Vec::new();
        for (topic_name, at) in deletes {
            let whole = (response.error_code != 0).then_some(response.error_code);
            match whole.or_else(|| answers.get(&(topic_name.as_str(), at.partition_id)).copied()) {
                Some(0) => deleted.push(at),
                // Not answered for: neither done nor refused, as Kafka's controller takes it.
                None => {}
                Some(code) => (self.events)(PushEvent::DeletionFailed {
                    broker_id: self.broker_id,
                    replica: at,
                    error: ErrorCode(code),
                }),
            }
        }
        if !deleted.is_empty() {
            (self.events)(PushEvent::ReplicasDeleted { broker_id: self.broker_id, replicas: deleted });
        }
    }
}
