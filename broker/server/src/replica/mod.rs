//! The partitions this broker has replicas of: appends, reads, replication, roles.
//!
//! - [`ReplicaManager`]: all of them; what handlers, coordinators and the metadata publisher call.
//! - `partition`: one replica with its change lock. `leader` (pure): progress of followers, high watermark, ISR proposals.
//! - `isr`: proposals to the controller. `fetcher`: the follower's side. `roles`: metadata into roles.
//! - `produce`, `fetch`: a request over many partitions, and how it waits.
//!
//! Nothing here knows ZooKeeper or Raft: metadata comes as images, the controller is a [`crate::controller_link::ControllerLink`].
//! A switch of the metadata source changes no leader epoch, and an equal leader epoch changes nothing here but ISR and partition
//! epoch, so a switch is not felt.

mod background;
mod config;
mod context;
mod directories;
mod dynamic_configs;
mod fetch;
mod fetcher;
mod followed;
mod follower_session;
mod isr;
mod leader;
mod metrics;
mod partition;
mod produce;
mod roles;
mod waiters;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, atomic::AtomicBool},
    time::Duration,
};

use bytes::Bytes;
use kedge_log::LogManager;
use kedge_metadata_state::{Image, TopicIdPartition};
use kedge_protocol::{ErrorCode, Uuid, batch::BatchIter};

pub use config::ReplicaConfig;
pub use metrics::{ReplicaGauges, ReplicaMetrics};
pub use produce::{Appended, ProduceFailure};

pub(crate) use fetch::{FetchParams, FetchTarget, FetchWait, FullWait, Looked};
#[cfg(test)]
pub(crate) use partition::AppendFailure;
pub(crate) use partition::{Partition, PartitionFetch, PartitionRead, Reader};
pub(crate) use waiters::Waiter;
#[cfg(test)]
pub(crate) use waiters::Waiters;

use self::{context::ReplicaContext, fetcher::Fetchers};
use crate::{
    api::fetch_session::FetchSessions,
    clock::SharedClock,
    config::KafkaConfig,
    random::random_seed,
    services::{ImageCell, LinkCell},
};

/// How many times within `replica.lag.time.max.ms` a fetch session's request looks at all of its partitions.
const LOOKS_PER_LAG: i64 = 10;

/// Who appends through [`ReplicaManager::append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendOrigin {
    /// A client's Produce.
    Client,
    /// A coordinator of this broker: internal topics, no producer sequences.
    Coordinator,
}

impl From<AppendOrigin> for kedge_log::AppendOrigin {
    fn from(origin: AppendOrigin) -> kedge_log::AppendOrigin {
        match origin {
            AppendOrigin::Client => kedge_log::AppendOrigin::Client,
            AppendOrigin::Coordinator => kedge_log::AppendOrigin::Coordinator,
        }
    }
}

/// A partition that metadata gives to this broker.
#[derive(Clone)]
enum Hosted {
    Online(Arc<Partition>),
    /// Its log cannot be used, for this reason.
    Offline(ErrorCode),
}

type HostedPartitions = Arc<RwLock<HashMap<TopicIdPartition, Hosted>>>;

/// All replicas of a broker.
pub struct ReplicaManager {
    config: ReplicaConfig,
    context: Arc<ReplicaContext>,
    logs: Arc<LogManager>,
    hosted: HostedPartitions,
    fetchers: Arc<Fetchers>,
    /// Incremental fetch sessions of consumers and followers.
    fetch_sessions: Mutex<FetchSessions>,
    /// The first image decides which logs are strays.
    has_image: AtomicBool,
    tasks: Mutex<Vec<tokio::task::JoinHandle<()>>>,
}

impl std::fmt::Debug for ReplicaManager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplicaManager")
            .field("broker_id", &self.config.broker_id)
            .field("gauges", &self.gauges())
            .finish()
    }
}

impl ReplicaManager {
    /// A manager over opened logs. It leads and follows nothing until the first image is applied, and fetches nothing before
    /// [`ReplicaManager::start_background`].
    pub fn new(
        config: Arc<KafkaConfig>,
        logs: Arc<LogManager>,
        image: Arc<ImageCell>,
        link: Arc<LinkCell>,
        clock: SharedClock,
    ) -> Arc<ReplicaManager> {
        let config = ReplicaConfig::from_kafka(&config);
        Arc::new(ReplicaManager::with_config(config, logs, image.load().image, link, clock))
    }

    /// The same, with settings of its own. `image` is what is known before the first metadata: an empty one.
    pub fn with_config(
        config: ReplicaConfig,
        logs: Arc<LogManager>,
        image: Arc<Image>,
        link: Arc<LinkCell>,
        clock: SharedClock,
    ) -> ReplicaManager {
        let lag_max_ms = config.replica_lag_time_max.as_millis() as i64;
        let context = Arc::new(ReplicaContext::new(config.broker_id, clock, link, lag_max_ms, image));
        let fetchers = Arc::new(Fetchers::new(context.clone(), config.clone()));
        ReplicaManager {
            fetch_sessions: Mutex::new(FetchSessions::new(
                config.fetch_session_slots,
                random_seed(),
                lag_max_ms / LOOKS_PER_LAG,
            )),
            config,
            context,
            logs,
            hosted: HostedPartitions::default(),
            fetchers,
            has_image: AtomicBool::new(false),
            tasks: Mutex::default(),
        }
    }

    /// Its settings.
    pub fn config(&self) -> &ReplicaConfig {
        &self.config
    }

    /// The logs below.
    pub fn logs(&self) -> &Arc<LogManager> {
        &self.logs
    }

    /// The table of incremental fetch sessions.
    pub(crate) fn fetch_sessions(&self) -> MutexGuard<'_, FetchSessions> {
        self.fetch_sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counters for `/metrics`.
    pub fn metrics(&self) -> &ReplicaMetrics {
        &self.context.metrics
    }

    /// What the partitions look like now.
    pub fn gauges(&self) -> ReplicaGauges {
        let hosted = self.hosted.read().unwrap_or_else(PoisonError::into_inner);
        let mut gauges = ReplicaGauges { partitions: hosted.len(), ..Default::default() };
        {
            let sessions = self.fetch_sessions();
            (gauges.fetch_sessions, gauges.fetch_session_partitions) = sessions.size();
            gauges.fetch_session_evictions = sessions.evictions;
        }
        for hosted in hosted.values() {
            match hosted {
                Hosted::Offline(_) => gauges.offline_partitions += 1,
                Hosted::Online(partition) => {
                    let Some((is_under_replicated, is_under_min_isr)) = partition.isr_health() else { continue };
                    gauges.led_partitions += 1;
                    gauges.under_replicated_partitions += usize::from(is_under_replicated);
                    gauges.under_min_isr_partitions += usize::from(is_under_min_isr);
                }
            }
        }
        gauges
    }

    /// Number of partitions led here; a controlled shutdown is over when it is 0.
    pub fn led_partitions_count(&self) -> usize {
        self.online().iter().filter(|partition| partition.led_epoch().is_some()).count()
    }

    /// Number of partitions that are being fetched from a leader.
    pub fn followed_partitions_count(&self) -> usize {
        self.fetchers.followed_count()
    }

    /// Ids of the log directories that can be used, for registration.
    pub fn online_directories(&self) -> Vec<Uuid> {
        self.logs.dirs().iter().filter(|dir| dir.online).map(|dir| dir.directory_id).collect()
    }

    /// Ids of the log directories that have failed since the start, for heartbeats.
    pub fn offline_directories(&self) -> Vec<Uuid> {
        let is_failed = |dir: &&kedge_log::LogDirInfo| !dir.online && dir.directory_id != Uuid::ZERO;
        self.logs.dirs().iter().filter(is_failed).map(|dir| dir.directory_id).collect()
    }

    /// The partition, or what a client that asks for it is told.
    pub(crate) fn find(&self, id: TopicIdPartition) -> Result<Arc<Partition>, ErrorCode> {
        let hosted = self.hosted.read().unwrap_or_else(PoisonError::into_inner);
        match hosted.get(&id) {
            Some(Hosted::Online(partition)) => Ok(partition.clone()),
            Some(Hosted::Offline(code)) => Err(*code),
            None if self.context.image().topics.partition(&id.topic_id, id.partition_id).is_some() => {
                Err(ErrorCode::NOT_LEADER_OR_FOLLOWER)
            }
            None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        }
    }

    fn online(&self) -> Vec<Arc<Partition>> {
        online_partitions(&self.hosted)
    }

    /// Appends one batch as leader and waits for the acknowledgement that `required_acks` (0, 1, −1) asks for.
    pub async fn append(
        &self,
        id: TopicIdPartition,
        batches: Bytes,
        required_acks: i16,
        origin: AppendOrigin,
        timeout: Duration,
    ) -> Result<Appended, ErrorCode> {
        let mut results = self.append_all(vec![(id, batches)], required_acks, origin, true, timeout).await;
        results.pop().expect("one result for one partition").map_err(|failure| failure.code)
    }

    /// Whole batches of a led partition from `from_offset` (or the log start, if that is later) on; empty at the end.
    ///
    /// Reads to the log end, not to the high watermark: for a coordinator that loads its state. A new leader's high watermark lags
    /// behind what was acknowledged until its followers have fetched, and whatever a leader holds will be committed or it will not
    /// lead any more; Kafka's loader does the same.
    pub fn read_committed_local(
        &self,
        id: TopicIdPartition,
        from_offset: i64,
        max_bytes: usize,
    ) -> Result<Bytes, ErrorCode> {
        let partition = self.find(id)?;
        let bytes = partition.with_leader(-1, |log, _, _| {
            let from_offset = from_offset.max(log.log_start_offset());
            let slice = log.read(from_offset, max_bytes, i64::MAX, true).map_err(|error| partition.failed(&error))?;
            slice.read_bytes().map_err(|error| partition.failed(&error))
        })?;
        let mut batches = BatchIter::new(&bytes);
        // The size limit may have cut the last one.
        while let Some(Ok(_)) = batches.next() {}
        let whole_bytes = batches.position();
        Ok(bytes.slice(..whole_bytes))
    }

    /// The leader epoch if this broker leads the partition.
    pub fn is_leader(&self, id: TopicIdPartition) -> Option<i32> {
        self.find(id).ok()?.led_epoch()
    }

    /// Offset of the next record of a partition hosted here.
    pub fn log_end_offset(&self, id: TopicIdPartition) -> Option<i64> {
        Some(self.find(id).ok()?.log().log_end_offset())
    }

    /// Offset below which records are on every in-sync replica, as far as this broker knows.
    pub fn high_watermark(&self, id: TopicIdPartition) -> Option<i64> {
        Some(self.find(id).ok()?.log().high_watermark())
    }
}

fn online_partitions(hosted: &HostedPartitions) -> Vec<Arc<Partition>> {
    let hosted = hosted.read().unwrap_or_else(PoisonError::into_inner);
    let online = |hosted: &Hosted| match hosted {
        Hosted::Online(partition) => Some(partition.clone()),
        Hosted::Offline(_) => None,
    };
    hosted.values().filter_map(online).collect()
}

#[cfg(test)]
mod tests;
