//! The records that lead from one image to another: copy, repair and verify are all this function.
//!
//! It is a reconcile: equal images give nothing, whatever is different is written absolutely, whatever is absent in the
//! target is removed, and every prefix of the result replays. Four things have no record that undoes them, so they stay:
//! a metadata.version or migration facts where the target has none, a controller that the target does not know, and a next
//! producer id above the target's (producer ids are never handed out twice). [`describe_differences`] shows these too.

mod describe;

use imbl::{OrdMap, ordmap::DiffItem};
use kedge_protocol::metadata_records::{
    ClientQuotaRecord, MetadataRecord, RemoveAccessControlEntryRecord, RemoveDelegationTokenRecord, RemoveTopicRecord,
    RemoveUserScramCredentialRecord, UnregisterBrokerRecord,
};

pub use describe::{Difference, DifferenceKind, describe_differences};

use crate::{
    Record, SidecarRecord,
    image::{
        ConfigMap, ConfigResource, ConfigResourceType, Image, PartitionImage, TopicImage,
        topics::DIRECTORY_MIGRATING,
        writer::{
            config_record, feature_level_record, metadata_version_record, producer_ids_record, write_config,
            write_topic, zk_migration_state_record,
        },
    },
};

/// Which classes of facts two images are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffScope {
    /// Everything.
    All,
    /// What both authorities hold: everything but the *local class* (registrations, fences, feature levels,
    /// ZkMigrationState and migration facts, directories, ELR, partition epochs), which is never copied, mirrored or
    /// compared. A partition that differs otherwise takes over the target's partition epoch, and keeps its own
    /// directories and ELR.
    Shared,
}

/// The records that lead from `from` to `to`.
pub fn diff(from: &Image, to: &Image, scope: DiffScope) -> Vec<Record> {
    diff_holdable(from, to, scope, &|_| true)
}

/// [`diff`] without the records that the target store cannot hold. A topic that cannot be created or removed is left out
/// with its partitions, so that every prefix still replays.
pub fn diff_holdable(from: &Image, to: &Image, scope: DiffScope, can_hold: &dyn Fn(&Record) -> bool) -> Vec<Record> {
    let mut plan = Plan { scope, can_hold, records: Vec::new() };
    if scope == DiffScope::All {
        plan.features(from, to);
        plan.cluster(from, to);
    }
    let removed_names = plan.topics(from, to);
    plan.configs(from, to, &removed_names);
    plan.client_quotas(from, to);
    if to.next_producer_id > from.next_producer_id {
        plan.push(producer_ids_record(to.next_producer_id));
    }
    plan.acls(from, to);
    plan.scram(from, to);
    plan.delegation_tokens(from, to);
    plan.sidecar(from, to);
    plan.records
}

/// Whether two partitions are the same but for the local class.
pub fn is_same_but_local(left: &PartitionImage, right: &PartitionImage) -> bool {
    left.replicas == right.replicas
        && left.isr == right.isr
        && left.removing_replicas == right.removing_replicas
        && left.adding_replicas == right.adding_replicas
        && left.leader == right.leader
        && left.leader_recovery_state == right.leader_recovery_state
        && left.leader_epoch == right.leader_epoch
}

struct Plan<'a> {
    scope: DiffScope,
    can_hold: &'a dyn Fn(&Record) -> bool,
    records: Vec<Record>,
}

impl Plan<'_> {
    /// Adds a record if it can be held; says whether it was.
    fn push(&mut self, record: impl Into<Record>) -> bool {
        let record = record.into();
        let is_held = (self.can_hold)(&record);
        if is_held {
            self.records.push(record);
        }
        is_held
    }

    fn features(&mut self, from: &Image, to: &Image) {
        if let Some(metadata_version) = to.features.metadata_version
            && from.features.metadata_version != Some(metadata_version)
        {
            self.push(metadata_version_record(metadata_version));
        }
        for item in from.features.finalized_levels.diff(&to.features.finalized_levels) {
            self.push(match item {
                DiffItem::Add(name, level) | DiffItem::Update { new: (name, level), .. } => {
                    feature_level_record(name, *level)
                }
                DiffItem::Remove(name, _) => feature_level_record(name, 0),
            });
        }
        if from.features.zk_migration_state != to.features.zk_migration_state {
            self.push(zk_migration_state_record(to.features.zk_migration_state));
        }
    }

    fn cluster(&mut self, from: &Image, to: &Image) {
        for item in from.cluster.brokers.diff(&to.cluster.brokers) {
            self.push(match item {
                DiffItem::Add(_, broker) | DiffItem::Update { new: (_, broker), .. } => {
                    MetadataRecord::RegisterBroker(broker.to_record())
                }
                DiffItem::Remove(broker_id, broker) => MetadataRecord::UnregisterBroker(UnregisterBrokerRecord {
                    broker_id: *broker_id,
                    broker_epoch: broker.broker_epoch,
                }),
            });
        }
        for item in from.cluster.controllers.diff(&to.cluster.controllers) {
            // Kafka has no record that unregisters a controller.
            if let DiffItem::Add(_, controller) | DiffItem::Update { new: (_, controller), .. } = item {
                self.push(MetadataRecord::RegisterController(controller.to_record()));
            }
        }
    }

    /// All removals come before the first creation, because a name may move to another topic id. Returns the names whose
    /// topic configs a removal takes along.
    fn topics(&mut self, from: &Image, to: &Image) -> Vec<String> {
        let mut removed_names = Vec::new();
        let mut created = Vec::new();
        let mut changed = Vec::new();
        for item in from.topics.by_id.diff(&to.topics.by_id) {
            let (removed, wanted) = match item {
                DiffItem::Add(_, topic) => (None, Some(topic)),
                DiffItem::Remove(_, topic) => (Some(topic), None),
                DiffItem::Update { old: (_, before), new: (_, after) } if can_become(before, after) => {
                    changed.push((before, after));
                    continue;
                }
                DiffItem::Update { old: (_, before), new: (_, after) } => (Some(before), Some(after)),
            };
            if let Some(topic) = removed {
                if !self.push(MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: topic.topic_id })) {
                    continue;
                }
                removed_names.push(topic.name.clone());
            }
            created.extend(wanted);
        }
        for topic in created {
            let name_is_free = from.topics.get(&topic.name).is_none() || removed_names.contains(&topic.name);
            if name_is_free {
                self.create_topic(topic);
            }
        }
        for (before, after) in changed {
            self.change_topic(before, after);
        }
        removed_names
    }

    fn create_topic(&mut self, topic: &TopicImage) {
        let mut records = Vec::new();
        write_topic(topic, &mut records);
        let mut records = records.into_iter();
        if records.next().is_some_and(|topic_record| self.push(topic_record)) {
            records.for_each(|partition_record| {
                self.push(partition_record);
            });
        }
    }

    fn change_topic(&mut self, before: &TopicImage, after: &TopicImage) {
        for (partition_id, partition) in &after.partitions {
            let record = match before.partitions.get(partition_id) {
                None => Some(partition.to_record(after.topic_id, *partition_id)),
                Some(existing) => self
                    .partition_after(existing, partition)
                    .map(|changed| changed.to_record(after.topic_id, *partition_id)),
            };
            if let Some(record) = record {
                self.push(MetadataRecord::Partition(record));
            }
        }
    }

    /// What to make of an existing partition, if it has to change.
    fn partition_after(&self, existing: &PartitionImage, wanted: &PartitionImage) -> Option<PartitionImage> {
        match self.scope {
            DiffScope::All => (existing != wanted).then(|| wanted.clone()),
            DiffScope::Shared => (!is_same_but_local(existing, wanted)).then(|| {
                let directory = |replica: &i32| existing.directory(*replica).or_else(|| wanted.directory(*replica));
                PartitionImage {
                    directories: wanted
                        .replicas
                        .iter()
                        .map(|replica| directory(replica).unwrap_or(DIRECTORY_MIGRATING))
                        .collect(),
                    elr: existing.elr.clone(),
                    last_known_elr: existing.last_known_elr.clone(),
                    ..wanted.clone()
                }
            }),
        }
    }

    fn configs(&mut self, from: &Image, to: &Image, removed_names: &[String]) {
        let mut before = from.configs.by_resource.clone();
        for resource_name in removed_names.iter().cloned() {
            before.remove(&ConfigResource { resource_type: ConfigResourceType::Topic, resource_name });
        }
        for item in before.diff(&to.configs.by_resource) {
            match item {
                DiffItem::Add(resource, config) => {
                    let mut records = Vec::new();
                    write_config(resource, config, &mut records);
                    for record in records {
                        self.push(record);
                    }
                }
                DiffItem::Update { old: (_, before), new: (resource, after) } => {
                    self.config_keys(resource, before, after);
                }
                DiffItem::Remove(resource, config) => self.config_keys(resource, config, &ConfigMap::new()),
            }
        }
    }

    fn config_keys(&mut self, resource: &ConfigResource, before: &ConfigMap, after: &ConfigMap) {
        for item in before.diff(after) {
            self.push(match item {
                DiffItem::Add(key, value) | DiffItem::Update { new: (key, value), .. } => {
                    config_record(resource, key, Some(value.clone()))
                }
                DiffItem::Remove(key, _) => config_record(resource, key, None),
            });
        }
    }

    fn client_quotas(&mut self, from: &Image, to: &Image) {
        self.map(&from.security.client_quotas, &to.security.client_quotas, MetadataRecord::ClientQuota, |quota| {
            MetadataRecord::ClientQuota(ClientQuotaRecord { remove: true, ..quota.clone() })
        });
    }

    fn acls(&mut self, from: &Image, to: &Image) {
        self.map(&from.security.acls, &to.security.acls, MetadataRecord::AccessControlEntry, |acl| {
            MetadataRecord::RemoveAccessControlEntry(RemoveAccessControlEntryRecord { id: acl.id })
        });
    }

    fn scram(&mut self, from: &Image, to: &Image) {
        self.map(&from.security.scram, &to.security.scram, MetadataRecord::UserScramCredential, |scram| {
            MetadataRecord::RemoveUserScramCredential(RemoveUserScramCredentialRecord {
                name: scram.name.clone(),
                mechanism: scram.mechanism,
            })
        });
    }

    fn delegation_tokens(&mut self, from: &Image, to: &Image) {
        let (from, to) = (&from.security.delegation_tokens, &to.security.delegation_tokens);
        self.map(from, to, MetadataRecord::DelegationToken, |token| {
            MetadataRecord::RemoveDelegationToken(RemoveDelegationTokenRecord { token_id: token.token_id.clone() })
        });
    }

    fn sidecar(&mut self, from: &Image, to: &Image) {
        let (from, to) = (&from.sidecar, &to.sidecar);
        for topic_id in &from.topic_deletions {
            if !to.topic_deletions.contains(topic_id) {
                self.push(SidecarRecord::TopicDeletionFinished { topic_id: *topic_id });
            }
        }
        for topic_id in &to.topic_deletions {
            if !from.topic_deletions.contains(topic_id) {
                self.push(SidecarRecord::TopicDeletionQueued { topic_id: *topic_id });
            }
        }
        if let Some(facts) = &to.migration
            && self.scope == DiffScope::All
            && from.migration.as_ref() != Some(facts)
        {
            self.push(SidecarRecord::Migration(facts.clone()));
        }
    }

    /// A map whose values are records: `put` writes one, `remove` takes it away.
    fn map<K: Ord, V: PartialEq + Clone>(
        &mut self,
        from: &OrdMap<K, V>,
        to: &OrdMap<K, V>,
        put: impl Fn(V) -> MetadataRecord,
        remove: impl Fn(&V) -> MetadataRecord,
    ) {
        for item in from.diff(to) {
            self.push(match item {
                DiffItem::Add(_, value) | DiffItem::Update { new: (_, value), .. } => put(value.clone()),
                DiffItem::Remove(_, value) => remove(value),
            });
        }
    }
}

/// Partitions are only ever added and names never change; anything else is another topic.
fn can_become(before: &TopicImage, after: &TopicImage) -> bool {
    before.name == after.name && before.partitions.keys().all(|partition| after.partitions.contains_key(partition))
}
