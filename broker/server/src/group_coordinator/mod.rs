//! Consumer groups: the classic group protocol and committed offsets, kept in `__consumer_offsets` in Kafka's records.
//!
//! [`core`] and the files under it are a machine without IO; `shard` runs one machine for each partition of
//! `__consumer_offsets` that this broker leads; [`GroupCoordinator`] finds the shard of a group.
//!
//! A commit is visible, and an assignment handed out, only once its record is on every in-sync replica.

pub mod core;
mod expiry;
pub mod group;
mod join;
pub mod log;
mod offsets;
pub mod records;
mod shard;
mod sync;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use kedge_metadata_state::{Image, TimestampMs, TopicId, TopicIdPartition, Touched};
use kedge_protocol::ErrorCode;
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};
use tracing::info;

use self::{
    core::{CommitRequest, GroupDescription, JoinReply, JoinRequest, Reply, Settings, SyncReply, SyncRequest},
    group::{CommittedOffset, GroupState, TopicPartition},
    log::OffsetsLog,
    shard::{Shard, ShardContext},
};
use crate::{
    api::internal_topics::GROUP_METADATA_TOPIC, clock::SharedClock, config::KafkaConfig, replica::ReplicaManager,
};

/// The groups this broker coordinates.
#[derive(Debug)]
pub struct GroupCoordinator {
    context: Arc<ShardContext>,
    /// `offsets.topic.num.partitions`, until the topic exists.
    default_partitions_count: i32,
    directory: Mutex<Directory>,
    /// A CreateTopics for `__consumer_offsets` is under way.
    is_creating_topic: AtomicBool,
    /// When it was last said that brokers are too few for it.
    shortage_told_ms: AtomicI64,
}

#[derive(Debug, Default)]
struct Directory {
    /// `__consumer_offsets` and its number of partitions, once it is known.
    topic: Option<(TopicId, i32)>,
    /// Partitions this broker leads, and in which leader epoch.
    elected: BTreeMap<i32, i32>,
    shards: BTreeMap<i32, Arc<Shard>>,
    /// The last task of a partition: a new one begins when it has ended, so that no late append follows its load.
    tasks: BTreeMap<i32, JoinHandle<()>>,
}

/// What ListGroups shows.
#[derive(Debug, Default)]
pub struct GroupList {
    /// Some partitions are still being loaded.
    pub is_loading: bool,
    /// Group id, protocol type, state.
    pub groups: Vec<(String, String, GroupState)>,
}

/// Held while a CreateTopics for `__consumer_offsets` is under way.
#[derive(Debug)]
pub struct CreatingTopic<'a>(&'a AtomicBool);

impl Drop for CreatingTopic<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl GroupCoordinator {
    /// A coordinator that leads nothing yet.
    pub fn new(config: Arc<KafkaConfig>, replicas: Arc<ReplicaManager>, clock: SharedClock) -> Arc<GroupCoordinator> {
        GroupCoordinator::with_log(&config, replicas, clock)
    }

    /// The same over another log.
    pub fn with_log(config: &KafkaConfig, log: Arc<dyn OffsetsLog>, clock: SharedClock) -> Arc<GroupCoordinator> {
        let positive = |value: i64| Duration::from_millis(value.max(1) as u64);
        let context = ShardContext {
            log,
            settings: Settings {
                min_session_timeout_ms: config.group_min_session_timeout_ms,
                max_session_timeout_ms: config.group_max_session_timeout_ms,
                initial_rebalance_delay_ms: i64::from(config.group_initial_rebalance_delay_ms),
                max_size: usize::try_from(config.group_max_size).unwrap_or(0),
                offset_metadata_max_bytes: usize::try_from(config.offset_metadata_max_bytes).unwrap_or(0),
                offsets_retention_ms: i64::from(config.offsets_retention_minutes) * 60_000,
            },
            commit_timeout: positive(i64::from(config.offsets_commit_timeout_ms)),
            expiry_interval: positive(config.offsets_retention_check_interval_ms),
            load_bytes: usize::try_from(config.offsets_load_buffer_size).unwrap_or(1),
            anchor: (clock.now_ms(), Instant::now()),
            clock,
        };
        Arc::new(GroupCoordinator {
            context: Arc::new(context),
            default_partitions_count: config.offsets_topic_num_partitions,
            directory: Mutex::new(Directory::default()),
            is_creating_topic: AtomicBool::new(false),
            shortage_told_ms: AtomicI64::new(0),
        })
    }

    fn directory(&self) -> MutexGuard<'_, Directory> {
        self.directory.lock().expect("no panic while coordinators come and go")
    }

    /// This broker leads a partition of `__consumer_offsets` from this leader epoch on. An epoch that is not newer is
    /// ignored. Must be called within the runtime; the groups load in the background.
    pub fn elected(&self, offsets_partition: i32, leader_epoch: i32) {
        let mut directory = self.directory();
        if directory.elected.get(&offsets_partition).is_some_and(|present| *present >= leader_epoch) {
            return;
        }
        directory.elected.insert(offsets_partition, leader_epoch);
        self.start(&mut directory, offsets_partition, leader_epoch);
    }

    /// This broker does not lead a partition of `__consumer_offsets` any more: its groups are given up.
    pub fn resigned(&self, offsets_partition: i32) {
        let mut directory = self.directory();
        if directory.elected.remove(&offsets_partition).is_some() {
            info!(partition = offsets_partition, "[GroupCoordinator] unloads __consumer_offsets");
        }
        if let Some(shard) = directory.shards.remove(&offsets_partition) {
            shard.close();
        }
    }

    /// The image has changed: `__consumer_offsets` may be there now, or another topic gone.
    pub fn on_metadata(&self, image: &Image, touched: &Touched) {
        let topic = image.topics.get(GROUP_METADATA_TOPIC);
        let topic = topic.map(|topic| (topic.topic_id, topic.partitions.len() as i32));
        let mut directory = self.directory();
        let is_replaced = directory.topic.map(|(topic_id, _)| topic_id) != topic.map(|(topic_id, _)| topic_id);
        directory.topic = topic;
        if is_replaced {
            for (partition, leader_epoch) in directory.elected.clone() {
                self.start(&mut directory, partition, leader_epoch);
            }
        }
        let gone = touched.topics_deleted.values().map(|topic| topic.name.clone());
        let gone: BTreeSet<String> = gone.filter(|name| !image.topics.by_name.contains_key(name)).collect();
        let shards: Vec<Arc<Shard>> = directory.shards.values().cloned().collect();
        drop(directory);
        if !gone.is_empty() {
            shards.iter().for_each(|shard| shard.topics_deleted(&gone));
        }
    }

    /// Gives up the shard of an earlier epoch or topic and, once the topic is known, starts the new one.
    fn start(&self, directory: &mut Directory, offsets_partition: i32, leader_epoch: i32) {
        if let Some(earlier) = directory.shards.remove(&offsets_partition) {
            earlier.close();
        }
        let Some((topic_id, _)) = directory.topic else { return };
        let id = TopicIdPartition { topic_id, partition_id: offsets_partition };
        let shard = Shard::new(id, leader_epoch, self.context.clone());
        directory.shards.insert(offsets_partition, shard.clone());
        let earlier = directory.tasks.remove(&offsets_partition);
        let task = tokio::spawn(async move {
            if let Some(earlier) = earlier {
                // It was closed; whether it ended well does not matter here.
                let _ = earlier.await;
            }
            shard.run().await;
        });
        directory.tasks.insert(offsets_partition, task);
    }

    /// Gives up all groups.
    pub fn shutdown(&self) {
        let mut directory = self.directory();
        directory.elected.clear();
        std::mem::take(&mut directory.shards).into_values().for_each(|shard| shard.close());
    }

    /// The partition of `__consumer_offsets` that holds a group.
    pub fn partition_for(&self, group_id: &str) -> i32 {
        let partitions_count = self.directory().topic.map_or(self.default_partitions_count, |(_, count)| count);
        partition_of(group_id, partitions_count)
    }

    /// Whether to say (again) that brokers are too few for `__consumer_offsets`: clients ask ten times a second.
    pub fn may_tell_shortage(&self, now_ms: TimestampMs) -> bool {
        const EVERY_MS: TimestampMs = 1_000;
        let told_ms = self.shortage_told_ms.load(Ordering::Relaxed);
        let is_due = now_ms.saturating_sub(told_ms) >= EVERY_MS || now_ms < told_ms;
        if is_due {
            self.shortage_told_ms.store(now_ms, Ordering::Relaxed);
        }
        is_due
    }

    /// Leave to create `__consumer_offsets`; none while somebody does already.
    pub fn begin_creating_topic(&self) -> Option<CreatingTopic<'_>> {
        (!self.is_creating_topic.swap(true, Ordering::AcqRel)).then_some(CreatingTopic(&self.is_creating_topic))
    }

    fn shard(&self, group_id: &str) -> Result<Arc<Shard>, ErrorCode> {
        let partition = self.partition_for(group_id);
        self.directory().shards.get(&partition).cloned().ok_or(ErrorCode::NOT_COORDINATOR)
    }

    fn member_shard(&self, group_id: &str) -> Result<Arc<Shard>, ErrorCode> {
        if group_id.is_empty() {
            return Err(ErrorCode::INVALID_GROUP_ID);
        }
        self.shard(group_id)
    }

    /// JoinGroup: answered when the round is complete.
    pub async fn join(&self, request: JoinRequest) -> JoinReply {
        let member_id = request.member_id.clone();
        let parked = self
            .member_shard(&request.group_id)
            .and_then(|shard| shard.park(|core, now_ms, waiter| core.join(now_ms, request, waiter)));
        match answer(parked).await {
            Ok(Reply::Join(reply)) => reply,
            Ok(other) => unreachable!("a join was answered with {other:?}"),
            Err(error) => JoinReply::refused(error, &member_id),
        }
    }

    /// SyncGroup: answered when the leader's assignment is in the log.
    pub async fn sync(&self, request: SyncRequest) -> SyncReply {
        let parked = self
            .member_shard(&request.group_id)
            .and_then(|shard| shard.park(|core, now_ms, waiter| core.sync(now_ms, request, waiter)));
        match answer(parked).await {
            Ok(Reply::Sync(reply)) => reply,
            Ok(other) => unreachable!("a sync was answered with {other:?}"),
            // The assignment is lost with the old coordinator: the member must join again.
            Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) => SyncReply::refused(ErrorCode::REBALANCE_IN_PROGRESS),
            Err(error) => SyncReply::refused(error),
        }
    }

    /// Heartbeat.
    pub fn heartbeat(
        &self,
        group_id: &str,
        generation_id: i32,
        member_id: &str,
        group_instance_id: Option<&str>,
    ) -> ErrorCode {
        let beat = self.member_shard(group_id).and_then(|shard| {
            shard
                .with_core(|core, now_ms| core.heartbeat(now_ms, group_id, generation_id, member_id, group_instance_id))
        });
        match beat {
            Ok(code) => code,
            // A member that is told of the load would only ask again; it keeps its place.
            Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) => ErrorCode::NONE,
            Err(error) => error,
        }
    }

    /// LeaveGroup for (member id, instance id): a code for each, or one for all.
    pub fn leave(&self, group_id: &str, members: &[(String, Option<String>)]) -> Result<Vec<ErrorCode>, ErrorCode> {
        self.member_shard(group_id)?.with_core(|core, now_ms| core.leave(now_ms, group_id, members))
    }

    /// OffsetCommit: answered when the offsets are in the log; a code for each.
    pub async fn commit(&self, request: CommitRequest) -> Vec<ErrorCode> {
        let offsets_count = request.offsets.len();
        if offsets_count == 0 {
            return Vec::new();
        }
        let parked = self
            .shard(&request.group_id)
            .and_then(|shard| shard.park(|core, now_ms, waiter| core.commit(now_ms, request, waiter)));
        match answer(parked).await {
            Ok(Reply::Commit(codes)) => codes,
            Ok(other) => unreachable!("a commit was answered with {other:?}"),
            Err(error) => vec![error; offsets_count],
        }
    }

    /// The committed offsets that `read` takes from a group's; none if there is no such group.
    pub fn offsets<R>(
        &self,
        group_id: &str,
        read: impl FnOnce(Option<&BTreeMap<TopicPartition, CommittedOffset>>) -> R,
    ) -> Result<R, ErrorCode> {
        self.shard(group_id)?.with_core(|core, _| read(core.offsets(group_id)))
    }

    /// Every group of this broker.
    pub fn list(&self) -> GroupList {
        let shards: Vec<Arc<Shard>> = self.directory().shards.values().cloned().collect();
        let mut list = GroupList::default();
        for shard in shards {
            match shard.with_core(|core, _| core.list()) {
                Ok(groups) => list.groups.extend(groups),
                Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) => list.is_loading = true,
                Err(_) => {}
            }
        }
        list
    }

    /// One group; none if it does not exist.
    pub fn describe(&self, group_id: &str) -> Result<Option<GroupDescription>, ErrorCode> {
        self.shard(group_id)?.with_core(|core, _| core.describe(group_id))
    }

    /// Deletes a group and its offsets.
    pub async fn delete(&self, group_id: &str) -> ErrorCode {
        let parked = self
            .shard(group_id)
            .and_then(|shard| shard.park(|core, now_ms, waiter| core.delete_group(now_ms, group_id, waiter)));
        match answer(parked).await {
            Ok(Reply::Delete(code)) => code,
            Ok(other) => unreachable!("a deletion was answered with {other:?}"),
            Err(error) => error,
        }
    }
}

impl Drop for GroupCoordinator {
    fn drop(&mut self) {
        self.shutdown();
    }
}

async fn answer(parked: Result<oneshot::Receiver<Reply>, ErrorCode>) -> Result<Reply, ErrorCode> {
    // The sender is dropped when the leadership goes elsewhere.
    parked?.await.map_err(|_| ErrorCode::NOT_COORDINATOR)
}

/// Kafka's `Utils.abs(groupId.hashCode) % partitions`; the hash runs over UTF-16 code units and abs(−2³¹) is 0.
pub fn partition_of(group_id: &str, partitions_count: i32) -> i32 {
    let hash = group_id.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let positive = if hash == i32::MIN { 0 } else { hash.abs() };
    positive % partitions_count.max(1)
}
