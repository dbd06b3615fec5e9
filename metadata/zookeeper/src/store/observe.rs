//! Watches that fired: read again, compared by content, told as absolute records and events.

use std::collections::BTreeSet;

use kedge_metadata_state::{
    Record, TopicIdPartition,
    diff::is_same_but_local,
    image::{ClusterImage, ConfigResource, ConfigResourceType, TopicImage},
    records::{ConfigRecord, MetadataRecord, ProducerIdsRecord, RemoveTopicRecord},
};
use kedge_metadata_store::{AdminNodeRequest, Observed, Registration};

use super::{Actor, broker_ids, now_ms};
use crate::{
    reader::Reader,
    tree::{self, Tree},
    zk::{Op, ZkError},
    znodes::{self, TopicZnode},
};

/// Config change notices older than this are removed by whoever sees them (`ZkNodeChangeNotificationListener`).
const NOTICE_AGE_MAX_MS: i64 = 15 * 60 * 1000;

impl Actor {
    /// Handles a burst of changed paths. A read that fails leaves its paths unarmed; the session's next state tells.
    pub(super) async fn refresh(&mut self, changed: BTreeSet<String>) {
        if let Err(error) = self.try_refresh(changed).await {
            tracing::debug!(%error, "a change could not be read; everything is read again");
            // Without its watch a change could be missed: start over as after a session's end.
            self.loaded = false;
        }
    }

    async fn try_refresh(&mut self, changed: BTreeSet<String>) -> Result<(), ZkError> {
        let mut topic_names = BTreeSet::new();
        let mut entities = BTreeSet::new();
        let mut requests = BTreeSet::new();
        for path in changed {
            match path.as_str() {
                znodes::CONTROLLER => self.controller_changed().await?,
                znodes::BROKER_IDS => self.brokers_changed(None).await?,
                znodes::TOPICS => topic_names.extend(self.topics_changed().await?),
                znodes::CONFIG_CHANGES => entities.extend(self.config_notices().await?),
                znodes::DELETE_TOPICS | znodes::REASSIGN_PARTITIONS | znodes::PREFERRED_ELECTION => {
                    requests.insert(path);
                }
                znodes::ISR_NOTICES => topic_names.extend(self.isr_notices().await?),
                znodes::LOG_DIR_NOTICES => self.log_dir_notices().await?,
                _ => {
                    if let Some(broker_id) = path.strip_prefix("/brokers/ids/").and_then(|name| name.parse().ok()) {
                        self.brokers_changed(Some(broker_id)).await?;
                    } else if let Some(below) = path.strip_prefix("/brokers/topics/") {
                        topic_names.extend(below.split('/').next().map(str::to_owned));
                    }
                }
            }
        }
        let resources: BTreeSet<ConfigResource> =
            entities.iter().filter_map(|entity| znodes::config_resource(entity)).collect();
        let paths = resources.iter().filter_map(znodes::config_path).collect();
        if !topic_names.is_empty() || !resources.is_empty() {
            self.reread(topic_names, paths, resources).await?;
        }
        // Last: a request may name a topic that came in the same burst.
        for path in requests {
            match path.as_str() {
                znodes::DELETE_TOPICS => self.deletions_requested().await?,
                _ => self.admin_request(&path).await?,
            }
        }
        Ok(())
    }

    fn reader(&mut self) -> Result<(Reader<'_>, &mut Tree), ZkError> {
        let zk = self.zk.as_ref().ok_or(ZkError::SessionOver)?;
        Ok((Reader { zk, armed: Some(&mut self.armed) }, &mut self.shadow))
    }

    /// Reads topics, single znodes and the configs of resources again, and publishes what differs from the image. True if
    /// something did.
    pub(super) async fn reread(
        &mut self,
        topic_names: BTreeSet<String>,
        paths: BTreeSet<String>,
        resources: BTreeSet<ConfigResource>,
    ) -> Result<bool, ZkError> {
        let names: Vec<String> = topic_names.into_iter().collect();
        let paths: Vec<(String, bool)> = paths.into_iter().map(|path| (path, false)).collect();
        let (mut reader, shadow) = self.reader()?;
        reader.read_topics(shadow, &names).await?;
        reader.read_paths(shadow, &paths).await?;
        let is_without_id = |name: &&String| {
            let node = self.shadow.get(&znodes::topic_path(name));
            node.is_some_and(|node| TopicZnode::decode(&node.data).is_ok_and(|topic| topic.topic_id.is_none()))
        };
        let without_id: Vec<String> = names.iter().filter(is_without_id).cloned().collect();
        if self.reign.is_some() && !without_id.is_empty() {
            self.give_topic_ids(&without_id).await;
        }

        let mut records = Vec::new();
        for name in &names {
            self.topic_differences(name, &mut records);
        }
        for resource in &resources {
            self.config_differences(resource, &mut records);
        }
        self.producer_id_difference(&mut records);
        if records.is_empty() {
            return Ok(false);
        }
        let requested_before: Vec<String> =
            created_topics(&records).filter(|name| self.shadow.contains(&znodes::delete_topic_path(name))).collect();
        self.publish(records, false);
        if !requested_before.is_empty() {
            // A topic that could not be taken in when its deletion was asked for.
            self.tell(Observed::AdminNode(AdminNodeRequest::DeleteTopics(requested_before)));
        }
        Ok(true)
    }

    /// The records that lead the image's topic to the tree's.
    fn topic_differences(&self, topic_name: &str, records: &mut Vec<Record>) {
        let known = self.image.topics.get(topic_name);
        let found = if self.shadow.contains(&znodes::topic_path(topic_name)) {
            match tree::read_topic(&self.shadow, topic_name) {
                Ok(Some(found)) => Some(found),
                // Its controller has not given it an id yet, or an old tool has wiped it: it is not gone.
                Ok(None) => return,
                Err(bad) => {
                    tracing::warn!(topic_name, problem = %bad[0], "a topic changed into something unreadable; the last good content stays");
                    return;
                }
            }
        } else {
            None
        };
        if let Some(known) = known
            && found.as_ref().is_none_or(|found| found.topic_id != known.topic_id)
        {
            records.push(MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: known.topic_id }).into());
        }
        let Some(found) = found else { return };
        let known = known.filter(|known| known.topic_id == found.topic_id);
        if known.is_none() {
            records.push(MetadataRecord::Topic(found.to_record()).into());
        }
        partition_differences(known.map(|known| &**known), &found, records);
        if known.is_none() {
            let resource =
                ConfigResource { resource_type: ConfigResourceType::Topic, resource_name: topic_name.to_owned() };
            self.config_differences(&resource, records);
        }
    }

    fn config_differences(&self, resource: &ConfigResource, records: &mut Vec<Record>) {
        let is_topic = resource.resource_type == ConfigResourceType::Topic;
        if is_topic && !self.shadow.contains(&znodes::topic_path(&resource.resource_name)) {
            return;
        }
        let found = match tree::read_config(&self.shadow, resource) {
            Ok(found) => found,
            Err(problem) => {
                tracing::warn!(resource = resource.resource_name, problem, "configs changed into something unreadable");
                return;
            }
        };
        let empty = Default::default();
        let known = self.image.configs.by_resource.get(resource).map_or(&empty, |known| &**known);
        let record = |name: &String, value: Option<String>| {
            let (resource_type, resource_name) = (resource.resource_type as i8, resource.resource_name.clone());
            Record::from(MetadataRecord::Config(ConfigRecord {
                resource_type,
                resource_name,
                name: name.clone(),
                value,
            }))
        };
        for (key, value) in &found {
            if known.get(key) != Some(value) {
                records.push(record(key, Some(value.clone())));
            }
        }
        records.extend(known.keys().filter(|key| !found.contains_key(*key)).map(|key| record(key, None)));
    }

    /// Another broker may have taken a block itself (IBP below 3.0).
    fn producer_id_difference(&self, records: &mut Vec<Record>) {
        let block = self.shadow.get(znodes::PRODUCER_ID_BLOCK);
        let block = block.and_then(|node| znodes::ProducerIdBlockZnode::decode(&node.data).ok().flatten());
        if let Some(block) = block
            && block.block_end + 1 > self.image.next_producer_id
        {
            let record = ProducerIdsRecord {
                broker_id: block.broker_id,
                broker_epoch: -1,
                next_producer_id: block.block_end + 1,
            };
            records.push(MetadataRecord::ProducerIds(record).into());
        }
    }

    async fn controller_changed(&mut self) -> Result<(), ZkError> {
        let paths = [(znodes::CONTROLLER.to_owned(), true), (znodes::CONTROLLER_EPOCH.to_owned(), false)];
        let (mut reader, shadow) = self.reader()?;
        let session_id = reader.zk.session_id();
        reader.read_paths(shadow, &paths).await?;
        let is_ours = self.shadow.get(znodes::CONTROLLER).is_some_and(|node| node.stat.ephemeral_owner == session_id);
        if !is_ours {
            self.depose();
        }
        Ok(())
    }

    /// Registrations that came, went or changed; all of them, or one whose data changed.
    async fn brokers_changed(&mut self, only: Option<i32>) -> Result<(), ZkError> {
        let before = self.image.cluster.clone();
        let (mut reader, shadow) = self.reader()?;
        let paths: Vec<(String, bool)> = match only {
            Some(broker_id) => vec![(znodes::broker_path(broker_id), true)],
            None => {
                let names = reader.list(znodes::BROKER_IDS).await?;
                for gone in broker_ids(shadow).filter(|id| !names.contains(&id.to_string())).collect::<Vec<_>>() {
                    shadow.remove(&znodes::broker_path(gone));
                }
                names.into_iter().map(|name| (format!("{}/{name}", znodes::BROKER_IDS), true)).collect()
            }
        };
        reader.read_paths(shadow, &paths).await?;
        let mut after = ClusterImage::default();
        for broker_id in broker_ids(&self.shadow) {
            match tree::read_broker(&self.shadow, broker_id) {
                Ok(registration) => {
                    after.brokers.insert(broker_id, registration.broker.into());
                }
                Err(problem) => tracing::warn!(broker_id, problem, "a registration cannot be read"),
            }
        }
        self.image.cluster.brokers = after.brokers.clone();
        self.tell_brokers(&before, &after);
        Ok(())
    }

    pub(super) fn tell_brokers(&mut self, before: &ClusterImage, after: &ClusterImage) {
        for (&broker_id, known) in &before.brokers {
            if after.brokers.get(&broker_id).is_none_or(|found| found.broker_epoch != known.broker_epoch) {
                self.tell(Observed::BrokerDown { broker_id, broker_epoch: known.broker_epoch });
            }
        }
        for (broker_id, found) in &after.brokers {
            let is_same = |known: &std::sync::Arc<kedge_metadata_state::image::BrokerRegistration>| {
                // What a broker's znode says; flags that the controller keeps in memory do not count.
                known.broker_epoch == found.broker_epoch
                    && known.listeners == found.listeners
                    && known.features == found.features
                    && known.rack == found.rack
            };
            if !before.brokers.get(broker_id).is_some_and(is_same) {
                let jmx_port = tree::read_broker(&self.shadow, *broker_id).map_or(-1, |found| found.jmx_port);
                self.tell(Observed::BrokerUp(Registration { broker: (**found).clone(), jmx_port }));
            }
        }
    }

    /// Names of topics that came or went. What hangs below is read by the caller.
    async fn topics_changed(&mut self) -> Result<Vec<String>, ZkError> {
        let (mut reader, shadow) = self.reader()?;
        let names: BTreeSet<String> = reader.list(znodes::TOPICS).await?.into_iter().collect();
        let known: BTreeSet<String> = shadow.children(znodes::TOPICS).into_iter().collect();
        // The config was written before the topic and no notice follows.
        let configs: Vec<(String, bool)> =
            names.difference(&known).map(|name| (format!("{}/{name}", znodes::TOPIC_CONFIGS), false)).collect();
        reader.read_paths(shadow, &configs).await?;
        Ok(names.symmetric_difference(&known).cloned().collect())
    }

    /// Entities that new notices name. Old notices are removed.
    async fn config_notices(&mut self) -> Result<Vec<String>, ZkError> {
        let last = self.last_config_change;
        let (mut reader, shadow) = self.reader()?;
        let names = reader.list(znodes::CONFIG_CHANGES).await?;
        let numbered = names.iter().filter_map(|name| Some((znodes::sequence_number(name)?, name)));
        let fresh: Vec<(i32, String)> = numbered
            .filter(|(number, _)| *number > last)
            .map(|(number, name)| (number, format!("{}/{name}", znodes::CONFIG_CHANGES)))
            .collect();
        let paths: Vec<(String, bool)> = fresh.iter().map(|(_, path)| (path.clone(), false)).collect();
        reader.read_paths(shadow, &paths).await?;
        let entities =
            fresh.iter().filter_map(|(_, path)| znodes::decode_config_change(&shadow.get(path)?.data)).collect();
        self.last_config_change = fresh.iter().map(|(number, _)| *number).max().unwrap_or(last);
        self.purge_config_notices().await;
        Ok(entities)
    }

    async fn purge_config_notices(&mut self) {
        let now_ms = now_ms();
        let Some(zk) = self.zk.clone() else { return };
        for name in self.shadow.children(znodes::CONFIG_CHANGES) {
            let path = format!("{}/{name}", znodes::CONFIG_CHANGES);
            let ctime_ms = self.shadow.get(&path).map_or(0, |node| node.stat.ctime_ms);
            if ctime_ms > 0 && ctime_ms < now_ms - NOTICE_AGE_MAX_MS {
                // Every broker does this; whoever is second finds it gone.
                let _ = zk.multi(vec![Op::delete(path.clone(), None)]).await;
                self.shadow.remove(&path);
            }
        }
    }

    /// Names under `/admin/delete_topics` that no commit of ours put there, of topics that are known.
    async fn deletions_requested(&mut self) -> Result<(), ZkError> {
        let (mut reader, shadow) = self.reader()?;
        let names = reader.list(znodes::DELETE_TOPICS).await?;
        for gone in shadow.children(znodes::DELETE_TOPICS).into_iter().filter(|name| !names.contains(name)) {
            shadow.remove(&znodes::delete_topic_path(&gone));
        }
        let paths: Vec<(String, bool)> = names.iter().map(|name| (znodes::delete_topic_path(name), false)).collect();
        reader.read_paths(shadow, &paths).await?;
        // One that is not known yet is told when it is; one that does not exist is dropped below.
        let is_new = |name: &String| {
            let topic_id = self.image.topics.by_name.get(name);
            topic_id.is_some_and(|topic_id| !self.image.sidecar.topic_deletions.contains(topic_id))
        };
        let requested: Vec<String> = names.into_iter().filter(is_new).collect();
        if !requested.is_empty() {
            self.tell(Observed::AdminNode(AdminNodeRequest::DeleteTopics(requested)));
        }
        self.drop_vain_deletions().await
    }

    /// A request to delete a topic that does not exist is done. Only the controller may say so.
    pub(super) async fn drop_vain_deletions(&mut self) -> Result<(), ZkError> {
        let Some(zk) = self.zk.clone().filter(|_| self.reign.is_some()) else { return Ok(()) };
        let mut vain = Vec::new();
        for name in self.shadow.children(znodes::DELETE_TOPICS) {
            let is_known = self.image.topics.by_name.contains_key(&name);
            // The topic may have been created a moment ago, with its request on the heels.
            if !is_known && zk.exists(&znodes::topic_path(&name), false).await?.is_none() {
                vain.push(Op::delete(znodes::delete_topic_path(&name), None));
            }
        }
        let _ = self.fenced_write(vain).await;
        Ok(())
    }

    pub(super) async fn admin_request(&mut self, path: &str) -> Result<(), ZkError> {
        let (mut reader, shadow) = self.reader()?;
        reader.read_paths(shadow, &[(path.to_owned(), true)]).await?;
        let Some(node) = self.shadow.get(path) else { return Ok(()) };
        if path == znodes::REASSIGN_PARTITIONS {
            match znodes::decode_reassignment(&node.data) {
                Ok(partitions) => self.tell(Observed::AdminNode(AdminNodeRequest::ReassignPartitions(partitions))),
                Err(problem) => {
                    tracing::warn!(path, problem, "a reassignment request cannot be read; it is left alone")
                }
            }
            return Ok(());
        }
        match znodes::decode_preferred_election(&node.data) {
            Ok(partitions) => self.tell(Observed::AdminNode(AdminNodeRequest::PreferredElection(partitions))),
            Err(problem) => tracing::warn!(path, problem, "a preferred election request cannot be read"),
        }
        // Kafka's controller removes it after the run, even a failed one.
        let _ = self.fenced_write(vec![Op::delete(path, None)]).await;
        Ok(())
    }

    /// Topics whose leaders changed an ISR themselves. The controller reads, tells and removes the notices.
    async fn isr_notices(&mut self) -> Result<Vec<String>, ZkError> {
        let notices = self.take_notices(znodes::ISR_NOTICES).await?;
        let mut topic_names = BTreeSet::new();
        let mut partitions = Vec::new();
        for (path, data) in &notices {
            match znodes::decode_isr_notice(data) {
                Ok(named) => {
                    for (topic_name, partition_id) in named {
                        if let Some(topic_id) = self.image.topics.by_name.get(&topic_name) {
                            partitions.push(TopicIdPartition { topic_id: *topic_id, partition_id });
                        }
                        topic_names.insert(topic_name);
                    }
                }
                Err(problem) => tracing::warn!(path, problem, "an ISR notice cannot be read"),
            }
        }
        if self.reign.is_some() && !notices.is_empty() {
            self.tell(Observed::AdminNode(AdminNodeRequest::IsrChanged(partitions)));
            self.remove_notices(notices).await;
        }
        Ok(topic_names.into_iter().collect())
    }

    async fn log_dir_notices(&mut self) -> Result<(), ZkError> {
        let notices = self.take_notices(znodes::LOG_DIR_NOTICES).await?;
        if self.reign.is_none() || notices.is_empty() {
            return Ok(());
        }
        for (path, data) in &notices {
            match znodes::decode_log_dir_notice(data) {
                Ok(broker_id) => self.tell(Observed::AdminNode(AdminNodeRequest::LogDirFailed(broker_id))),
                Err(problem) => tracing::warn!(path, problem, "a log directory notice cannot be read"),
            }
        }
        self.remove_notices(notices).await;
        Ok(())
    }

    /// What Kafka's controller does before it reads the tree (`KafkaController.onControllerFailover`): notices of before
    /// are old news, since everything is read now, and `/feature` exists wherever a controller of 2.7 or later has ruled.
    pub(super) async fn tidy_up(&mut self) -> Result<(), ZkError> {
        let zk = self.zk.clone().ok_or(ZkError::SessionOver)?;
        let mut ops = Vec::new();
        for parent in [znodes::LOG_DIR_NOTICES, znodes::ISR_NOTICES] {
            let names = match zk.children(parent, false).await {
                Ok(names) => names,
                Err(ZkError::NoNode) => continue,
                Err(error) => return Err(error),
            };
            ops.extend(names.iter().map(|name| Op::delete(format!("{parent}/{name}"), None)));
        }
        if zk.exists(znodes::FEATURE, false).await?.is_none() {
            ops.push(Op::create(znodes::FEATURE, znodes::encode_feature()));
        }
        // Fenced: the first commit tells. Anything else is left for the next controller, and does no harm until then.
        let _ = self.fenced_write(ops).await;
        Ok(())
    }

    async fn take_notices(&mut self, parent: &str) -> Result<Vec<(String, Vec<u8>)>, ZkError> {
        let (mut reader, _) = self.reader()?;
        let names = reader.list(parent).await?;
        let paths: Vec<(String, bool)> = names.iter().map(|name| (format!("{parent}/{name}"), false)).collect();
        let mut notices = Tree::new();
        reader.read_paths(&mut notices, &paths).await?;
        Ok(notices.iter().map(|(path, node)| (path.clone(), node.data.clone())).collect())
    }

    async fn remove_notices(&mut self, notices: Vec<(String, Vec<u8>)>) {
        let ops = notices.into_iter().map(|(path, _)| Op::delete(path, None)).collect();
        // Left behind, they are handled once more, which changes nothing.
        let _ = self.fenced_write(ops).await;
    }
}

/// Names of the topics that records bring.
fn created_topics(records: &[Record]) -> impl Iterator<Item = String> {
    records.iter().filter_map(|record| match record {
        Record::Metadata(MetadataRecord::Topic(topic)) => Some(topic.name.clone()),
        _ => None,
    })
}

/// Partitions that are new or differ, absolutely.
fn partition_differences(known: Option<&TopicImage>, found: &TopicImage, records: &mut Vec<Record>) {
    for (&partition_id, partition) in &found.partitions {
        let same = known.and_then(|known| known.partitions.get(&partition_id)).is_some_and(|known| {
            is_same_but_local(known, partition) && known.partition_epoch == partition.partition_epoch
        });
        if !same {
            records.push(MetadataRecord::Partition(partition.to_record(found.topic_id, partition_id)).into());
        }
    }
}
