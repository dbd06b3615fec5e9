//! From metadata to roles: which partitions this broker has, leads and follows, and which logs go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, atomic::Ordering},
};

use kedge_log::{LogConfig, LogError, TopicPartition};
use kedge_metadata_state::{
    Authority, Image, TopicIdPartition, Touched,
    image::{ConfigResourceType, PartitionImage, TopicImage, topics::DIRECTORY_MIGRATING},
};
use kedge_protocol::ErrorCode;
use tracing::{error, info, warn};

use super::{Hosted, Partition, ReplicaManager, dynamic_configs, partition::EpochOrder};
use crate::blocking::may_block;

/// Topic and broker config `min.insync.replicas`.
const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";

/// Directory ids below 100 are reserved (KIP-858): UNASSIGNED, LOST, MIGRATING say nothing about where a replica is.
const RESERVED_DIRECTORY_IDS: u128 = 100;

impl ReplicaManager {
    /// Takes on new metadata: `touched` is what differs between `old` and `new`. Called by the metadata publisher, in order, from one
    /// task. Creates and deletes logs, so it blocks on the disk.
    ///
    /// The first image of a KRaft broker must be a caught-up one: logs it does not give to this broker are set aside as strays.
    pub fn apply(&self, old: &Image, new: &Image, touched: &Touched) {
        may_block(|| self.apply_metadata(old, new, touched));
    }

    fn apply_metadata(&self, old: &Image, new: &Image, touched: &Touched) {
        self.context.set_image(Arc::new(new.clone()));
        let is_first = !self.has_image.swap(true, Ordering::AcqRel);
        if is_first {
            self.set_strays_aside(new);
        }
        // Another authority's partition epochs count whatever their order, for every partition it has something to say about.
        let is_switch = !is_first && old.dialect.authority != new.dialect.authority;
        let order = if is_switch { EpochOrder::Absolute } else { EpochOrder::Same };
        for (topic_id, topic) in &touched.topics_deleted {
            for partition_id in topic.partitions.keys() {
                self.remove(TopicIdPartition { topic_id: *topic_id, partition_id: *partition_id });
            }
        }
        self.apply_configs(old, new, touched);
        let mut ids: BTreeSet<TopicIdPartition> = touched.partitions.iter().copied().collect();
        if is_switch {
            ids.extend(self.online().iter().map(|partition| partition.id()));
        }
        for id in ids {
            self.apply_partition(new, id, order);
        }
        if is_switch || !touched.brokers.is_empty() {
            // Who may join an ISR is decided anew with the next fetch.
            self.fetch_sessions().look_at_all();
        }
        if !touched.brokers.is_empty() {
            for partition in self.online() {
                partition.brokers_changed();
            }
        }
    }

    fn apply_partition(&self, image: &Image, id: TopicIdPartition, order: EpochOrder) {
        let topic = image.topics.by_id.get(&id.topic_id);
        let partition = topic.and_then(|topic| Some((topic, topic.partitions.get(&id.partition_id)?)));
        match partition {
            Some((topic, state)) if state.replicas.contains(&self.config.broker_id) => {
                if let Some(partition) = self.host(image, topic, id, state) {
                    partition.apply(state, order, &*self.fetchers);
                }
            }
            _ => self.remove(id),
        }
    }

    /// The partition, with its log created if need be; None if the log cannot be used.
    fn host(
        &self,
        image: &Image,
        topic: &TopicImage,
        id: TopicIdPartition,
        state: &PartitionImage,
    ) -> Option<Arc<Partition>> {
        let before = self.hosted.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        match before {
            Some(Hosted::Online(partition)) => return Some(partition),
            // A failed directory stays failed; a log of another topic may have been moved out of the way.
            Some(Hosted::Offline(ErrorCode::KAFKA_STORAGE_ERROR)) => return None,
            Some(Hosted::Offline(_)) | None => {}
        }
        let topic_partition = TopicPartition::new(topic.name.as_str(), id.partition_id);
        let directory_id = state.directory(self.config.broker_id).filter(|directory| {
            *directory != DIRECTORY_MIGRATING && u128::from_be_bytes(*directory.as_bytes()) >= RESERVED_DIRECTORY_IDS
        });
        let is_new_here = self.logs.get(&topic_partition).is_none();
        let known = directory_id.filter(|directory| is_new_here && self.online_directories().contains(directory));
        if is_new_here && let Some(config) = self.topic_log_config(image, &topic.name) {
            self.logs.set_topic_config(&topic.name, Some(config));
        }
        let hosted = match self.logs.create_partition(&topic_partition, Some(id.topic_id), known) {
            Ok(log) => {
                let min_insync_replicas = self.min_insync_replicas(image, &topic.name);
                Hosted::Online(Arc::new(Partition::new(id, log, min_insync_replicas, self.context.clone())))
            }
            Err(problem) => {
                error!(partition = %topic_partition, %problem, "cannot host a replica");
                Hosted::Offline(problem.error_code())
            }
        };
        self.hosted.write().unwrap_or_else(PoisonError::into_inner).insert(id, hosted.clone());
        match hosted {
            Hosted::Online(partition) => Some(partition),
            Hosted::Offline(_) => None,
        }
    }

    /// Deletes a replica that metadata no longer gives to this broker, with its log.
    fn remove(&self, id: TopicIdPartition) {
        let removed = self.hosted.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        let Some(Hosted::Online(partition)) = removed else { return };
        partition.stop(&*self.fetchers);
        let topic_partition = partition.log().topic_partition().clone();
        match self.logs.delete(&topic_partition) {
            Ok(()) => info!(partition = %topic_partition, "replica deleted"),
            Err(problem) => {
                error!(partition = %topic_partition, %problem, "cannot delete the replica's log");
                if problem.is_storage() {
                    self.storage_failed(&partition);
                }
            }
        }
    }

    /// Stops replicas as a ZooKeeper-mode controller orders (StopReplica): they are fetched and led no more; with `delete` their
    /// logs go too. Others come back with the next metadata that names them.
    pub fn stop_replicas(&self, ids: &[TopicIdPartition], delete: bool) {
        may_block(|| {
            for id in ids {
                if delete {
                    self.remove(*id);
                } else {
                    let stopped = self.hosted.write().unwrap_or_else(PoisonError::into_inner).remove(id);
                    if let Some(Hosted::Online(partition)) = stopped {
                        partition.stop(&*self.fetchers);
                    }
                }
            }
        });
    }

    /// The disk failed under a log: its whole directory goes offline, as in Kafka.
    pub(super) fn storage_failed(&self, partition: &Arc<Partition>) {
        let topic_partition = partition.log().topic_partition();
        let Some(directory) = self.logs.dir_of(topic_partition) else { return };
        error!(partition = %topic_partition, directory = %directory.display(), "log directory goes offline");
        let gone: BTreeSet<TopicPartition> = self.logs.take_dir_offline(&directory).into_iter().collect();
        for partition in self.online() {
            if gone.contains(partition.log().topic_partition()) {
                partition.stop(&*self.fetchers);
                let offline = Hosted::Offline(ErrorCode::KAFKA_STORAGE_ERROR);
                self.hosted.write().unwrap_or_else(PoisonError::into_inner).insert(partition.id(), offline);
            }
        }
    }

    /// Renames the logs that the first image does not give to this broker to `…-stray`.
    ///
    /// Under ZooKeeper the first image may be a part of the whole (UpdateMetadata comes in pieces), so nothing is a stray there. An
    /// image without any topic is not believed either: setting everything aside is the one mistake that cannot be taken back.
    fn set_strays_aside(&self, image: &Image) {
        let logs = self.logs.partitions();
        if image.dialect.authority != Authority::KRaft || logs.is_empty() {
            return;
        }
        if image.topics.by_id.is_empty() {
            warn!(logs = logs.len(), "the cluster has no topics but this broker has logs; they are left alone");
            return;
        }
        for (topic_partition, log) in logs {
            let topic = image.topics.get(&topic_partition.topic);
            let is_ours = topic.is_some_and(|topic| {
                let is_same_topic = log.topic_id().is_none_or(|topic_id| topic_id == topic.topic_id);
                let state = topic.partitions.get(&topic_partition.partition);
                is_same_topic && state.is_some_and(|state| state.replicas.contains(&self.config.broker_id))
            });
            if !is_ours {
                match self.logs.mark_stray(&topic_partition) {
                    Ok(path) => warn!(partition = %topic_partition, path = %path.display(), "stray replica set aside"),
                    Err(problem) => error!(partition = %topic_partition, %problem, "cannot set a stray replica aside"),
                }
            }
        }
    }

    fn apply_configs(&self, old: &Image, image: &Image, touched: &Touched) {
        if touched.configs.is_empty() {
            return;
        }
        let mut topics: BTreeSet<&str> = BTreeSet::new();
        let mut is_default_touched = false;
        let own_name = self.config.broker_id.to_string();
        for resource in &touched.configs {
            match resource.resource_type {
                ConfigResourceType::Topic => drop(topics.insert(&resource.resource_name)),
                // The empty name is all brokers.
                ConfigResourceType::Broker => {
                    is_default_touched |= resource.resource_name.is_empty() || resource.resource_name == own_name;
                }
                ConfigResourceType::ClientMetrics | ConfigResourceType::Group => {}
            }
        }
        if is_default_touched {
            let defaults = dynamic_configs::log_defaults(&self.config.log_defaults, self.config.broker_id, image);
            self.logs.set_defaults(defaults);
            for line in dynamic_configs::without_effect(old, image, self.config.broker_id) {
                warn!("[Config] {line}");
            }
            let topics_with_configs = image.configs.by_resource.keys();
            topics.extend(
                topics_with_configs
                    .filter(|resource| resource.resource_type == ConfigResourceType::Topic)
                    .map(|resource| resource.resource_name.as_str()),
            );
        }
        for topic in &topics {
            self.logs.set_topic_config(topic, self.topic_log_config(image, topic));
        }
        for partition in self.online() {
            if is_default_touched || topics.contains(partition.topic_name()) {
                partition.set_min_insync_replicas(self.min_insync_replicas(image, partition.topic_name()));
            }
        }
    }

    /// A topic's own configs over the broker's; None if it has none. Values the controller let through but a log cannot use are
    /// named and skipped.
    fn topic_log_config(&self, image: &Image, topic_name: &str) -> Option<LogConfig> {
        let overrides = image.configs.topic(topic_name)?;
        let overrides: BTreeMap<String, String> =
            overrides.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut config = dynamic_configs::log_defaults(&self.config.log_defaults, self.config.broker_id, image);
        for (key, value) in &overrides {
            if let Err(problem @ LogError::InvalidConfig { .. }) = config.set(key, value) {
                error!(topic_name, %problem, "topic config ignored");
            }
        }
        Some(config)
    }

    /// The topic's value, else this broker's, else the cluster's default, else the file's.
    fn min_insync_replicas(&self, image: &Image, topic_name: &str) -> usize {
        let broker_id = self.config.broker_id.to_string();
        let sources = [
            image.configs.topic(topic_name),
            image.configs.get(ConfigResourceType::Broker, &broker_id),
            image.configs.get(ConfigResourceType::Broker, ""),
        ];
        let values = sources.into_iter().flatten().filter_map(|config| config.get(MIN_INSYNC_REPLICAS));
        let mut parsed = values.filter_map(|value| value.trim().parse().ok());
        parsed.next().unwrap_or(self.config.min_insync_replicas)
    }
}
