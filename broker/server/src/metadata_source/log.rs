//! The source of a broker whose authority is a KRaft quorum: an observer of the metadata log, over the controller listener.
//!
//! Combined nodes observe the same way: one path, and the same one that Apache's quorum is followed on.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use kedge_metadata_state::BrokerId;
use kedge_protocol::{
    ErrorCode, Uuid,
    messages::{
        FetchSnapshotRequest,
        fetch_snapshot_request::{PartitionSnapshot, SnapshotId as WireSnapshotId, TopicSnapshot},
    },
    wire::Records,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tracing::{debug, error, info};

use super::{
    MetadataSource, QuorumLeader, SnapshotId, SourceEvent, SourceStamp,
    observer::{Observer, ObserverFault, Step},
};
use crate::client::{ClientError, NodeConnection};

/// `controller.quorum.request.timeout.ms`.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(2000);
/// `controller.quorum.retry.backoff.ms`.
const RETRY_BACKOFF: Duration = Duration::from_millis(20);
/// Events that may wait for the publisher; the observer pauses beyond.
const EVENTS_MAX: usize = 64;
/// Fetch version: 17 is what Apache 3.9 speaks on the metadata log.
const FETCH_VERSION: i16 = 17;
const FETCH_SNAPSHOT_VERSION: i16 = 1;
const SNAPSHOT_STEP_BYTES: i32 = 1024 * 1024;
/// A snapshot larger than this is not a metadata snapshot.
const SNAPSHOT_MAX_BYTES: i64 = 2 << 30;

/// What is known of the leader before any voter has answered.
pub const NO_LEADER: QuorumLeader = QuorumLeader { leader_id: None, leader_epoch: 0 };

/// Who observes, and whom.
#[derive(Clone, Debug)]
pub struct ObserverConfig {
    /// This node.
    pub node_id: BrokerId,
    /// The cluster; a quorum of another one refuses us.
    pub cluster_id: String,
    /// Directory id of the metadata log directory.
    pub directory_id: Uuid,
    /// Voters: node id to `host:port`.
    pub voters: BTreeMap<BrokerId, String>,
}

/// A running observer.
#[derive(Debug)]
pub struct LogSource {
    events: mpsc::Receiver<SourceEvent>,
    leader: watch::Receiver<QuorumLeader>,
    task: JoinHandle<()>,
    last: SourceStamp,
}

impl LogSource {
    /// Starts to follow the log from its beginning.
    pub fn start(config: ObserverConfig) -> LogSource {
        LogSource::start_telling(config, Arc::new(watch::Sender::new(NO_LEADER)))
    }

    /// The same, telling who leads through a cell that outlives the source.
    pub fn start_telling(config: ObserverConfig, leader: Arc<watch::Sender<QuorumLeader>>) -> LogSource {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let observer = Observer::new(config.node_id, config.cluster_id.clone(), config.directory_id);
        let last = observer.delivered();
        let leader_seen = leader.subscribe();
        let task = tokio::spawn(async move {
            let mut follower = Follower { config, observer, leader, events: sender, next_voter: 0, said: None };
            if let Err(fault) = follower.follow().await {
                // A log that cannot be read stays unreadable: the broker goes on with its last image and says why.
                error!(%fault, "[MetadataLoader] the metadata log cannot be followed any further");
            }
        });
        LogSource { events, leader: leader_seen, task, last }
    }

    /// Who leads the quorum, as the observer hears it.
    pub fn leader(&self) -> watch::Receiver<QuorumLeader> {
        self.leader.clone()
    }
}

#[async_trait]
impl MetadataSource for LogSource {
    async fn next(&mut self) -> SourceEvent {
        match self.events.recv().await {
            Some(event) => {
                self.last = match &event {
                    SourceEvent::Records { stamp, .. }
                    | SourceEvent::Image { stamp, .. }
                    | SourceEvent::CaughtUp { stamp } => *stamp,
                };
                event
            }
            // The observer has stopped for good; nothing will ever come.
            None => std::future::pending().await,
        }
    }

    async fn stop(self: Box<Self>) -> SourceStamp {
        self.last
    }
}

impl Drop for LogSource {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Follower {
    config: ObserverConfig,
    observer: Observer,
    leader: Arc<watch::Sender<QuorumLeader>>,
    events: mpsc::Sender<SourceEvent>,
    next_voter: usize,
    /// The leader and leader epoch last written to the process log.
    said: Option<(Option<BrokerId>, i32)>,
}

impl Follower {
    async fn follow(&mut self) -> Result<(), ObserverFault> {
        let mut connected: Option<(BrokerId, NodeConnection)> = None;
        loop {
            let target = self.target();
            if connected.as_ref().is_none_or(|(node_id, _)| *node_id != target) {
                connected = self.connect(target).await.map(|connection| (target, connection));
            }
            let Some((_, connection)) = connected.as_mut() else {
                self.lost_leader();
                tokio::time::sleep(RETRY_BACKOFF).await;
                continue;
            };
            let step = match connection.call(FETCH_VERSION, &self.observer.request(), REQUEST_TIMEOUT).await {
                Ok(response) => self.observer.on_fetch(response)?,
                Err(error) => {
                    debug!(%error, target, "fetch of the metadata log failed");
                    connected = None;
                    self.lost_leader();
                    tokio::time::sleep(RETRY_BACKOFF).await;
                    continue;
                }
            };
            match step {
                Step::Deliver(events) => {
                    for event in events {
                        if self.events.send(event).await.is_err() {
                            return Ok(());
                        }
                    }
                }
                Step::FollowLeader => {
                    let leader = self.observer.leader();
                    // Until a successor is elected the other voters name the dead one, again and again.
                    if self.said != Some((leader.leader_id, leader.leader_epoch)) {
                        self.said = Some((leader.leader_id, leader.leader_epoch));
                        info!(
                            leader_id = leader.leader_id,
                            leader_epoch = leader.leader_epoch,
                            "following the metadata quorum"
                        );
                    }
                    self.leader.send_replace(leader);
                }
                Step::FetchSnapshot(snapshot_id) => match self.fetch_snapshot(connection, snapshot_id).await {
                    Ok(Some(file)) => {
                        let event = self.observer.on_snapshot(snapshot_id, &file)?;
                        if self.events.send(event).await.is_err() {
                            return Ok(());
                        }
                    }
                    Ok(None) => tokio::time::sleep(RETRY_BACKOFF).await,
                    Err(error) => {
                        debug!(%error, "fetch of a metadata snapshot failed");
                        connected = None;
                    }
                },
                Step::Backoff(reason) => {
                    debug!(reason, target, "metadata quorum asked to wait");
                    self.lost_leader();
                    tokio::time::sleep(RETRY_BACKOFF).await;
                }
            }
        }
    }

    /// The leader, or the next voter in turn while none is known.
    fn target(&mut self) -> BrokerId {
        match self.observer.leader().leader_id {
            Some(leader_id) if self.config.voters.contains_key(&leader_id) => leader_id,
            _ => {
                let voter = self.config.voters.keys().nth(self.next_voter % self.config.voters.len().max(1));
                self.next_voter += 1;
                *voter.expect("a KRaft node has at least one voter, checked when its configuration was read")
            }
        }
    }

    fn lost_leader(&mut self) {
        self.observer.forget_leader();
        self.leader.send_if_modified(|leader| leader.leader_id.take().is_some());
    }

    async fn connect(&self, target: BrokerId) -> Option<NodeConnection> {
        let address = self.config.voters.get(&target)?;
        let client_id = format!("raft-client-{}", self.config.node_id);
        NodeConnection::connect(address, &client_id, REQUEST_TIMEOUT)
            .await
            .inspect_err(|error| debug!(%error, target, "voter not reachable"))
            .ok()
    }

    /// Fetches a snapshot piece by piece; none if the leader no longer has it or no longer leads.
    async fn fetch_snapshot(
        &self,
        connection: &mut NodeConnection,
        snapshot_id: SnapshotId,
    ) -> Result<Option<Bytes>, ClientError> {
        let mut file = BytesMut::new();
        loop {
            let partition = PartitionSnapshot {
                partition: 0,
                current_leader_epoch: self.observer.leader().leader_epoch,
                snapshot_id: WireSnapshotId { end_offset: snapshot_id.end_offset, epoch: snapshot_id.leader_epoch },
                position: file.len() as i64,
                replica_directory_id: self.config.directory_id,
            };
            let request = FetchSnapshotRequest {
                cluster_id: Some(self.config.cluster_id.clone()),
                replica_id: self.config.node_id,
                max_bytes: SNAPSHOT_STEP_BYTES,
                topics: vec![TopicSnapshot { name: "__cluster_metadata".to_owned(), partitions: vec![partition] }],
            };
            let response = connection.call(FETCH_SNAPSHOT_VERSION, &request, REQUEST_TIMEOUT).await?;
            let Some(piece) = response.topics.into_iter().flat_map(|topic| topic.partitions).next() else {
                return Ok(None);
            };
            if response.error_code != 0 || piece.error_code != 0 {
                debug!(error = ErrorCode(piece.error_code).name(), "snapshot refused");
                return Ok(None);
            }
            if piece.size > SNAPSHOT_MAX_BYTES || piece.position != file.len() as i64 {
                return Err(ClientError::Protocol(format!(
                    "snapshot piece at {} of {} bytes",
                    piece.position, piece.size
                )));
            }
            match piece.unaligned_records {
                Some(Records::Bytes(bytes)) if !bytes.is_empty() => file.extend_from_slice(&bytes),
                _ if file.len() as i64 >= piece.size => {}
                _ => return Err(ClientError::Protocol("an empty snapshot piece".to_owned())),
            }
            if file.len() as i64 >= piece.size {
                return Ok(Some(file.freeze()));
            }
        }
    }
}
