//! Replica fetchers: a task per leader (`num.replica.fetchers` of them) that fetches for all partitions this broker follows there.
//!
//! A fetcher keeps no offsets: where a fetch starts is where the partition's log ends now, with the epoch of its last record, so
//! truncation (the leader's DivergingEpoch, KIP-595) is just an earlier start of the next fetch. An answer is applied under the
//! partition's change lock and only if it still follows in the epoch that the request was built with; partitions therefore come and
//! go while a request is on its way.
//!
//! A round looks at the partitions that came, went or moved, not at all of them; only a new session, and now and then a full look,
//! takes everything.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use kedge_log::{EpochEndOffset, LogError};
use kedge_metadata_state::{BrokerId, TopicIdPartition};
use kedge_protocol::{
    ApiKey, ErrorCode, Message,
    messages::{
        ApiVersionsRequest, FetchRequest, FetchResponse, ListOffsetsRequest,
        fetch_request::{FetchPartition, FetchTopic, ForgottenTopic, ReplicaState},
        fetch_response::PartitionData,
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
    },
    wire::Records,
};
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, timeout},
};
use tracing::{info, warn};

use super::{
    config::ReplicaConfig,
    context::ReplicaContext,
    followed::{FollowedSet, backoff},
    follower_session::{FollowerSession, SessionRequest},
    metrics::ReplicaMetrics,
    partition::{FetcherMoves, FollowPosition, Partition},
};
use crate::client::{ClientError, NodeConnection};

/// Older leaders do not tell where logs diverge; talking to them is a later issue.
const FETCH_VERSION_MIN: i16 = 12;
/// From here on topics go by id.
const FETCH_VERSION_TOPIC_IDS: i16 = 13;
/// From here on the follower's broker epoch goes along (KIP-903).
const FETCH_VERSION_REPLICA_STATE: i16 = 15;
/// How many times within `replica.lag.time.max.ms` a round looks at everything: retention moves log starts behind our back.
const LOOKS_PER_LAG: u32 = 10;
/// When partitions are added while a long fetch is out, how long its answer is still waited for before the connection is dropped:
/// otherwise the new partitions would stand still for up to `replica.fetch.wait.max.ms`.
const INTERRUPT_GRACE: Duration = Duration::from_millis(20);

/// A fetcher: leader and number among the fetchers of that leader.
type FetcherKey = (BrokerId, usize);

/// All fetchers of a broker.
pub(crate) struct Fetchers {
    shared: Arc<Shared>,
    table: Mutex<FetcherTable>,
}

struct Shared {
    context: Arc<ReplicaContext>,
    config: ReplicaConfig,
    /// Called with a partition whose log failed on the disk.
    on_storage_error: Mutex<Option<StorageErrorHandler>>,
}

/// Told about a partition whose log failed on the disk.
pub(crate) type StorageErrorHandler = Box<dyn Fn(&Arc<Partition>) + Send + Sync>;

#[derive(Default)]
struct FetcherTable {
    runtime: Option<Handle>,
    is_stopped: bool,
    by_key: BTreeMap<FetcherKey, Arc<Fetcher>>,
    assigned: BTreeMap<TopicIdPartition, FetcherKey>,
}

impl Fetchers {
    pub(crate) fn new(context: Arc<ReplicaContext>, config: ReplicaConfig) -> Fetchers {
        let shared = Shared { context, config, on_storage_error: Mutex::new(None) };
        Fetchers { shared: Arc::new(shared), table: Mutex::default() }
    }

    pub(crate) fn on_storage_error(&self, handler: StorageErrorHandler) {
        *self.shared.on_storage_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(handler);
    }

    fn table(&self) -> MutexGuard<'_, FetcherTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to fetch; what was followed before waits for this.
    pub(crate) fn start(&self, runtime: Handle) {
        let mut table = self.table();
        for fetcher in table.by_key.values() {
            runtime.spawn(fetcher.clone().run());
        }
        table.runtime = Some(runtime);
    }

    /// Ends all fetchers; a fetch that is out is dropped.
    pub(crate) fn stop(&self) {
        let mut table = self.table();
        table.is_stopped = true;
        for fetcher in std::mem::take(&mut table.by_key).into_values() {
            fetcher.stop();
        }
        table.assigned.clear();
    }

    /// Leaders fetched from now, for `/metrics` and tests.
    pub(crate) fn followed_count(&self) -> usize {
        self.table().assigned.len()
    }

    fn key_of(&self, id: TopicIdPartition, leader: BrokerId) -> FetcherKey {
        let topic_hash =
            id.topic_id.as_bytes().iter().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(*byte)));
        let hash = topic_hash.wrapping_add(id.partition_id as u32);
        (leader, hash as usize % self.shared.config.num_replica_fetchers.max(1))
    }
}

impl FetcherTable {
    fn remove(&mut self, id: TopicIdPartition) {
        let Some(key) = self.assigned.remove(&id) else { return };
        let fetcher = self.by_key.get(&key).expect("an assigned partition has its fetcher");
        if fetcher.remove(id) {
            fetcher.stop();
            self.by_key.remove(&key);
        }
    }
}

impl FetcherMoves for Fetchers {
    fn follow(&self, partition: &Arc<Partition>, leader: BrokerId, leader_epoch: i32) {
        let id = partition.id();
        let key = self.key_of(id, leader);
        let mut table = self.table();
        if table.is_stopped {
            return;
        }
        if table.assigned.get(&id).is_some_and(|assigned| *assigned != key) {
            table.remove(id);
        }
        table.assigned.insert(id, key);
        let runtime = table.runtime.clone();
        let fetcher = table.by_key.entry(key).or_insert_with(|| {
            let fetcher = Arc::new(Fetcher::new(self.shared.clone(), key));
            if let Some(runtime) = runtime {
                runtime.spawn(fetcher.clone().run());
            }
            fetcher
        });
        fetcher.add(partition.clone(), leader_epoch);
    }

    fn unfollow(&self, id: TopicIdPartition) {
        self.table().remove(id);
    }
}

/// What the leader was sent about a partition.
#[derive(Clone)]
struct Asked {
    partition: Arc<Partition>,
    leader_epoch: i32,
    position: FollowPosition,
}

impl PartialEq for Asked {
    fn eq(&self, other: &Asked) -> bool {
        let key = |asked: &Asked| (asked.leader_epoch, asked.position);
        Arc::ptr_eq(&self.partition, &other.partition) && key(self) == key(other)
    }
}

/// What has changed since the last request: where to fetch from, or no more.
type Changes = Vec<(TopicIdPartition, Option<Asked>)>;

struct Fetcher {
    shared: Arc<Shared>,
    leader: BrokerId,
    client_id: String,
    followed: Mutex<FollowedSet<Arc<Partition>>>,
    /// Counts additions and the stop.
    changes: watch::Sender<u64>,
    is_stopped: AtomicBool,
    /// Where the next request starts, so that a full response does not starve the partitions behind it.
    first: Mutex<Option<TopicIdPartition>>,
}

/// A connection to a leader and what it speaks.
struct LeaderConnection {
    connection: NodeConnection,
    fetch_version: i16,
    list_offsets_version: i16,
}

impl Fetcher {
    fn new(shared: Arc<Shared>, (leader, number): FetcherKey) -> Fetcher {
        let client_id = format!("broker-{}-fetcher-{number}", shared.context.broker_id);
        Fetcher {
            shared,
            leader,
            client_id,
            followed: Mutex::default(),
            changes: watch::Sender::new(0),
            is_stopped: AtomicBool::new(false),
            first: Mutex::default(),
        }
    }

    fn followed(&self) -> MutexGuard<'_, FollowedSet<Arc<Partition>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, partition: Arc<Partition>, leader_epoch: i32) {
        self.followed().insert(partition.id(), partition, leader_epoch);
        self.changes.send_modify(|count| *count += 1);
    }

    /// Returns whether nothing is left.
    fn remove(&self, id: TopicIdPartition) -> bool {
        self.followed().remove(id)
    }

    fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        self.changes.send_modify(|count| *count += 1);
    }

    async fn run(self: Arc<Self>) {
        let mut changes = self.changes.subscribe();
        let mut connection: Option<LeaderConnection> = None;
        // It outlives connections: the first request of the next one frees it on the leader.
        let mut session = FollowerSession::default();
        let mut failures = 0;
        let full_look_interval = self.shared.config.replica_lag_time_max / LOOKS_PER_LAG;
        let mut next_full_look = Instant::now() + full_look_interval;
        while !self.is_stopped.load(Ordering::Acquire) {
            changes.borrow_and_update();
            let now = Instant::now();
            if connection.is_none() {
                session.begin_again();
            }
            let is_full = session.is_new() || now >= next_full_look;
            if is_full {
                next_full_look = now + full_look_interval;
            }
            let (round, next_change) = self.next_round(is_full, now);
            let wants_nothing = round.iter().all(|(_, wanted)| wanted.is_none());
            if wants_nothing && (session.is_new() || session.all_sent().next().is_none()) {
                wait(&mut changes, next_change).await;
                continue;
            }
            match self.fetch(&mut connection, &mut session, round, &mut changes).await {
                Ok(()) => failures = 0,
                Err(error) => {
                    connection = None;
                    ReplicaMetrics::add(&self.shared.context.metrics.failed_replica_fetches, 1);
                    if failures == 0 {
                        warn!(leader = self.leader, %error, "cannot fetch from the leader");
                    }
                    // New metadata, such as another leader, ends the wait.
                    let longest = self.shared.config.replica_fetch_backoff;
                    wait(&mut changes, Some(Instant::now() + backoff(failures, longest))).await;
                    failures += 1;
                }
            }
        }
    }

    /// What the next request has to tell the leader, or everything; and when the first backoff ends.
    fn next_round(&self, is_full: bool, now: Instant) -> (Changes, Option<Instant>) {
        let first = *self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let (looks, next_change) = {
            let mut followed = self.followed();
            (followed.looks(is_full, first, now), followed.next_change())
        };
        ReplicaMetrics::add(&self.shared.context.metrics.follower_looks, looks.len() as u64);
        // The partitions' own lock is taken only after the fetcher's is free: role changes take them in the other order.
        let changes = looks.into_iter().map(|(id, fetched)| {
            let asked = fetched.and_then(|(partition, leader_epoch)| {
                let position = partition.follow_position(leader_epoch)?;
                Some(Asked { partition, leader_epoch, position })
            });
            (id, asked)
        });
        (changes.collect(), next_change)
    }

    /// One request and what follows from its answer. An error means the connection is of no use.
    async fn fetch(
        &self,
        connection: &mut Option<LeaderConnection>,
        session: &mut FollowerSession<Asked>,
        round: Changes,
        changes: &mut watch::Receiver<u64>,
    ) -> Result<(), ClientError> {
        if connection.is_none() {
            *connection = Some(self.connect().await?);
        }
        let to_leader = connection.as_mut().expect("just connected");
        let broker_epoch = self.shared.context.link.load().broker_epoch.value;
        let has_session = to_leader.fetch_version >= FETCH_VERSION_TOPIC_IDS;
        let asked = session.request(round);
        let request = self.fetch_request(to_leader, session, broker_epoch, asked);
        let patience = self.shared.config.replica_fetch_wait_max + self.shared.config.replica_socket_timeout;
        let response = {
            let call = to_leader.connection.call(to_leader.fetch_version, &request, patience);
            tokio::pin!(call);
            tokio::select! {
                response = &mut call => Some(response?),
                _ = changes.changed() => match timeout(INTERRUPT_GRACE, &mut call).await {
                    Ok(response) => Some(response?),
                    Err(_) => None,
                },
            }
        };
        let Some(response) = response else {
            *connection = None;
            return Ok(());
        };
        let code = ErrorCode(response.error_code);
        if has_session && !session.answered(code, response.session_id) && is_of_session(code) {
            // The next round names everything again.
            return Ok(());
        }
        if code != ErrorCode::NONE {
            return Err(ClientError::Protocol(format!("fetch answered {code}")));
        }
        for asked in self.take(session, response) {
            self.find_place(to_leader, &asked).await?;
            self.followed().moved(asked.partition.id());
        }
        Ok(())
    }

    fn fetch_request(
        &self,
        to_leader: &LeaderConnection,
        session: &FollowerSession<Asked>,
        broker_epoch: i64,
        asked: SessionRequest,
    ) -> FetchRequest {
        let config = &self.shared.config;
        let has_session = to_leader.fetch_version >= FETCH_VERSION_TOPIC_IDS;
        let mut topics: Vec<FetchTopic> = Vec::new();
        let mut last_topic_id = None;
        let sent = |id: &TopicIdPartition| session.sent(*id).expect("what is named was sent");
        for asked in asked.named.iter().map(sent) {
            let id = asked.partition.id();
            if last_topic_id != Some(id.topic_id) {
                last_topic_id = Some(id.topic_id);
                let mut topic = FetchTopic::default();
                if has_session {
                    topic.topic_id = id.topic_id;
                } else {
                    topic.topic = asked.partition.topic_name().to_owned();
                }
                topics.push(topic);
            }
            let partition = FetchPartition {
                partition: id.partition_id,
                current_leader_epoch: asked.leader_epoch,
                fetch_offset: asked.position.fetch_offset,
                last_fetched_epoch: asked.position.last_fetched_epoch,
                log_start_offset: asked.position.log_start_offset,
                partition_max_bytes: config.replica_fetch_max_bytes,
                ..Default::default()
            };
            topics.last_mut().expect("just pushed").partitions.push(partition);
        }
        let mut request = FetchRequest {
            max_wait_ms: config.replica_fetch_wait_max.as_millis() as i32,
            min_bytes: config.replica_fetch_min_bytes,
            max_bytes: config.replica_fetch_response_max_bytes,
            topics,
            ..Default::default()
        };
        if has_session {
            (request.session_id, request.session_epoch) = (asked.session_id, asked.session_epoch);
            let of_topics = asked.forgotten.chunk_by(|left, right| left.topic_id == right.topic_id);
            request.forgotten_topics_data = of_topics
                .map(|of_topic| ForgottenTopic {
                    topic_id: of_topic[0].topic_id,
                    partitions: of_topic.iter().map(|id| id.partition_id).collect(),
                    ..Default::default()
                })
                .collect();
        }
        if to_leader.fetch_version >= FETCH_VERSION_REPLICA_STATE {
            request.replica_state = ReplicaState { replica_id: config.broker_id, replica_epoch: broker_epoch };
        } else {
            request.replica_id = config.broker_id;
        }
        request
    }

    async fn connect(&self) -> Result<LeaderConnection, ClientError> {
        let config = &self.shared.config;
        let image = self.shared.context.image();
        let registration = image.cluster.brokers.get(&self.leader);
        let endpoint = registration.and_then(|leader| leader.listener(&config.inter_broker_listener_name));
        let Some(endpoint) = endpoint else {
            let problem = format!("broker {} has no listener {}", self.leader, config.inter_broker_listener_name);
            return Err(ClientError::Protocol(problem));
        };
        let host = if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
        let address = format!("{host}:{}", endpoint.port);
        let patience = config.replica_socket_timeout;
        let mut connection = NodeConnection::connect(&address, &self.client_id, patience).await?;
        let versions = connection.call(0, &ApiVersionsRequest::default(), patience).await?;
        let common = |key: ApiKey, own_max: i16| {
            versions.api_keys.iter().find(|api| api.api_key == key.0).map_or(-1, |api| api.max_version.min(own_max))
        };
        let fetch_version = common(ApiKey::FETCH, FetchRequest::MAX_VERSION);
        let list_offsets_version = common(ApiKey::LIST_OFFSETS, ListOffsetsRequest::MAX_VERSION);
        if fetch_version < FETCH_VERSION_MIN {
            let problem = format!("broker {} serves Fetch up to v{fetch_version} only", self.leader);
            return Err(ClientError::Protocol(problem));
        }
        info!(leader = self.leader, address, fetch_version, "fetches from");
        Ok(LeaderConnection { connection, fetch_version, list_offsets_version })
    }

    /// Applies a response. Returns the partitions whose position the leader does not have.
    fn take(&self, session: &FollowerSession<Asked>, response: FetchResponse) -> Vec<Asked> {
        let mut lost = Vec::new();
        let mut last_with_data = None;
        for topic in response.responses {
            for data in topic.partitions {
                let found = if topic.topic.is_empty() {
                    session.sent(TopicIdPartition { topic_id: topic.topic_id, partition_id: data.partition_index })
                } else {
                    let is_named = |asked: &&Asked| {
                        asked.partition.topic_name() == topic.topic
                            && asked.partition.id().partition_id == data.partition_index
                    };
                    session.all_sent().map(|(_, asked)| asked).find(is_named)
                };
                let Some(asked) = found else { continue };
                match self.take_partition(asked, data) {
                    Taken::Data => last_with_data = Some(asked.partition.id()),
                    Taken::Nothing => {}
                    Taken::OutOfRange => lost.push(asked.clone()),
                }
                self.followed().moved(asked.partition.id());
            }
        }
        if let Some(id) = last_with_data {
            let next = TopicIdPartition { partition_id: id.partition_id.saturating_add(1), ..id };
            *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
        }
        lost
    }

    fn take_partition(&self, asked: &Asked, data: PartitionData) -> Taken {
        let code = ErrorCode(data.error_code);
        match code {
            ErrorCode::NONE => {}
            ErrorCode::OFFSET_OUT_OF_RANGE => return Taken::OutOfRange,
            _ => {
                self.set_back(asked, &format!("the leader answers {code}"));
                return Taken::Nothing;
            }
        }
        if data.diverging_epoch.epoch >= 0 || data.diverging_epoch.end_offset >= 0 {
            let end = EpochEndOffset {
                leader_epoch: data.diverging_epoch.epoch,
                end_offset: data.diverging_epoch.end_offset,
            };
            self.note(asked, asked.partition.truncate_to_divergence(asked.leader_epoch, end));
            return Taken::Nothing;
        }
        let records = match data.records {
            Some(Records::Bytes(bytes)) => bytes,
            Some(Records::External { .. }) | None => Bytes::new(),
        };
        let appended = asked.partition.append_from_leader(
            asked.leader_epoch,
            asked.position.fetch_offset,
            &records,
            data.high_watermark,
            data.log_start_offset,
        );
        let has_data = matches!(appended, Ok(size_bytes) if size_bytes > 0);
        self.note(asked, appended.map(|_| ()));
        if has_data { Taken::Data } else { Taken::Nothing }
    }

    /// The leader does not have our position: its log was truncated by an unclean election, or starts later.
    async fn find_place(&self, to_leader: &mut LeaderConnection, asked: &Asked) -> Result<(), ClientError> {
        const LATEST: i64 = -1;
        const EARLIEST: i64 = -2;
        let Some(leader_end) = self.list_offset(to_leader, asked, LATEST).await? else { return Ok(()) };
        if leader_end < asked.position.fetch_offset {
            self.note(asked, asked.partition.truncate_to_leader_end(asked.leader_epoch, leader_end));
            return Ok(());
        }
        let Some(leader_start) = self.list_offset(to_leader, asked, EARLIEST).await? else { return Ok(()) };
        if leader_start > asked.position.fetch_offset {
            self.note(asked, asked.partition.restart_at(asked.leader_epoch, leader_start));
        }
        Ok(())
    }

    async fn list_offset(
        &self,
        to_leader: &mut LeaderConnection,
        asked: &Asked,
        timestamp: i64,
    ) -> Result<Option<i64>, ClientError> {
        let partition = ListOffsetsPartition {
            partition_index: asked.partition.id().partition_id,
            current_leader_epoch: asked.leader_epoch,
            timestamp,
            ..Default::default()
        };
        let topic = ListOffsetsTopic { name: asked.partition.topic_name().to_owned(), partitions: vec![partition] };
        let request =
            ListOffsetsRequest { replica_id: self.shared.context.broker_id, isolation_level: 0, topics: vec![topic] };
        let patience = self.shared.config.replica_socket_timeout;
        let response = to_leader.connection.call(to_leader.list_offsets_version, &request, patience).await?;
        let answer = response.topics.into_iter().flat_map(|topic| topic.partitions).next();
        match answer {
            Some(answer) if answer.error_code == 0 => Ok(Some(answer.offset)),
            Some(answer) => {
                self.set_back(asked, &format!("ListOffsets answers {}", ErrorCode(answer.error_code)));
                Ok(None)
            }
            None => Err(ClientError::Protocol("ListOffsets answers without the partition".to_owned())),
        }
    }

    /// Clears or begins a partition's backoff by how its log took the answer.
    fn note(&self, asked: &Asked, result: Result<(), LogError>) {
        match result {
            Ok(()) => self.followed().succeeded(asked.partition.id()),
            Err(error) => {
                self.set_back(asked, &error.to_string());
                let handler = self.shared.on_storage_error.lock().unwrap_or_else(PoisonError::into_inner);
                if let (true, Some(handler)) = (error.is_storage(), handler.as_ref()) {
                    handler(&asked.partition);
                }
            }
        }
    }

    fn set_back(&self, asked: &Asked, reason: &str) {
        let longest = self.shared.config.replica_fetch_backoff;
        let failures = self.followed().failed(asked.partition.id(), asked.leader_epoch, longest, Instant::now());
        if failures == Some(3) {
            // Not before: a new leader may need a moment to learn of its role.
            warn!(partition = asked.partition.name(), leader = self.leader, reason, "cannot follow the leader yet");
        }
    }
}

/// What a partition's part of a response was.
enum Taken {
    Data,
    Nothing,
    OutOfRange,
}

/// Waits for a change, or until `until`.
async fn wait(changes: &mut watch::Receiver<u64>, until: Option<Instant>) {
    match until {
        // The sender lives as long as the fetcher that waits here.
        Some(until) => drop(tokio::time::timeout_at(until, changes.changed()).await),
        None => drop(changes.changed().await),
    }
}

/// The session is over, the connection is not.
fn is_of_session(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::FETCH_SESSION_ID_NOT_FOUND
            | ErrorCode::INVALID_FETCH_SESSION_EPOCH
            | ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR
    )
}
