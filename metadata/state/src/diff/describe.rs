//! The differences between two images for people and reports (`kedge migrate verify`). Secrets are not shown.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use imbl::{OrdMap, ordmap::DiffItem};
use kedge_protocol::Uuid;

use super::{DiffScope, is_same_but_local};
use crate::{
    image::{ConfigMap, ConfigResource, ConfigResourceType, Endpoint, Image, LeaderRecoveryState, PartitionImage},
    metadata_version::METADATA_VERSION_FEATURE,
    record::shown_config_value,
};

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DifferenceKind {
    /// A feature level, metadata.version included.
    Feature,
    /// ZkMigrationState.
    ZkMigrationState,
    /// A broker's registration.
    Broker,
    /// A controller's registration.
    Controller,
    /// A topic: its existence or its id.
    Topic,
    /// A partition.
    Partition,
    /// One config key of one resource.
    Config,
    /// A client quota.
    ClientQuota,
    /// The next producer id.
    ProducerIds,
    /// An ACL.
    Acl,
    /// A SCRAM credential.
    Scram,
    /// A delegation token.
    DelegationToken,
    /// A queued topic deletion.
    TopicDeletion,
    /// The migration facts of the sidecar.
    Migration,
}

/// One thing that is not the same in two images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What kind of thing.
    pub kind: DifferenceKind,
    /// Which one, by the name an operator knows.
    pub name: String,
    /// What the left image says; none if it has no such thing.
    pub left: Option<String>,
    /// What the right image says; none if it has no such thing.
    pub right: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(absent)".to_owned());
        write!(f, "{:?} {}: {} | {}", self.kind, self.name, side(&self.left), side(&self.right))
    }
}

/// Every difference between two images in a scope, by kind and then by name. Topics are matched by name: a topic with
/// another id is one difference of the topic, and its partitions are compared all the same.
pub fn describe_differences(left: &Image, right: &Image, scope: DiffScope) -> Vec<Difference> {
    let mut found = Findings { scope, differences: Vec::new() };
    if scope == DiffScope::All {
        found.features(left, right);
        found.cluster(left, right);
    }
    found.topics(left, right);
    found.configs(left, right);
    found.security(left, right);
    found.sidecar(left, right);
    found.differences.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    found.differences
}

struct Findings {
    scope: DiffScope,
    differences: Vec<Difference>,
}

impl Findings {
    fn add(&mut self, kind: DifferenceKind, name: impl Into<String>, left: Option<String>, mut right: Option<String>) {
        if let (Some(left), Some(right)) = (&left, &mut right)
            && left == right
        {
            right.push_str(" (what is not shown differs)");
        }
        self.differences.push(Difference { kind, name: name.into(), left, right });
    }

    fn map<K: Ord, V: PartialEq>(
        &mut self,
        kind: DifferenceKind,
        left: &OrdMap<K, V>,
        right: &OrdMap<K, V>,
        name: impl Fn(&K, &V) -> String,
        text: impl Fn(&V) -> String,
    ) {
        for item in left.diff(right) {
            match item {
                DiffItem::Add(key, value) => self.add(kind, name(key, value), None, Some(text(value))),
                DiffItem::Remove(key, value) => self.add(kind, name(key, value), Some(text(value)), None),
                DiffItem::Update { old: (_, before), new: (key, after) } => {
                    self.add(kind, name(key, after), Some(text(before)), Some(text(after)));
                }
            }
        }
    }

    fn features(&mut self, left: &Image, right: &Image) {
        let (left, right) = (&left.features, &right.features);
        if left.metadata_version != right.metadata_version {
            let text = |version: Option<crate::MetadataVersion>| version.map(|version| version.to_string());
            let (left, right) = (text(left.metadata_version), text(right.metadata_version));
            self.add(DifferenceKind::Feature, METADATA_VERSION_FEATURE, left, right);
        }
        let (left_levels, right_levels) = (&left.finalized_levels, &right.finalized_levels);
        self.map(DifferenceKind::Feature, left_levels, right_levels, |name, _| name.clone(), i16::to_string);
        if left.zk_migration_state != right.zk_migration_state {
            let (left, right) = (left.zk_migration_state, right.zk_migration_state);
            let kind = DifferenceKind::ZkMigrationState;
            self.add(kind, "cluster", Some(format!("{left:?}")), Some(format!("{right:?}")));
        }
    }

    fn cluster(&mut self, left: &Image, right: &Image) {
        let (left, right) = (&left.cluster, &right.cluster);
        self.map(
            DifferenceKind::Broker,
            &left.brokers,
            &right.brokers,
            |id, _| id.to_string(),
            |broker| {
                let flag = |is_set: bool, text: &'static str| if is_set { text } else { "" };
                format!(
                    "epoch {} incarnation {} [{}] features {:?} rack {} directories {}{}{}{}",
                    broker.broker_epoch,
                    broker.incarnation_id,
                    listeners(&broker.listeners),
                    broker.features,
                    broker.rack.as_deref().unwrap_or("(none)"),
                    directories(&broker.directories),
                    flag(broker.fenced, " fenced"),
                    flag(broker.in_controlled_shutdown, " in controlled shutdown"),
                    flag(broker.is_migrating_zk_broker, " migrating from ZooKeeper"),
                )
            },
        );
        let kind = DifferenceKind::Controller;
        self.map(
            kind,
            &left.controllers,
            &right.controllers,
            |id, _| id.to_string(),
            |controller| {
                format!(
                    "incarnation {} [{}] features {:?}{}",
                    controller.incarnation_id,
                    listeners(&controller.listeners),
                    controller.features,
                    if controller.zk_migration_ready { " ready to migrate" } else { "" },
                )
            },
        );
    }

    fn topics(&mut self, left: &Image, right: &Image) {
        let names: BTreeSet<&String> = left.topics.by_name.keys().chain(right.topics.by_name.keys()).collect();
        let nothing = BTreeMap::new();
        for name in names {
            let (left_topic, right_topic) = (left.topics.get(name), right.topics.get(name));
            if left_topic == right_topic {
                continue;
            }
            let id = |topic: Option<&std::sync::Arc<crate::image::TopicImage>>| topic.map(|topic| topic.topic_id);
            if id(left_topic) != id(right_topic) {
                let text = |topic_id: Option<Uuid>| topic_id.map(|topic_id| topic_id.to_string());
                self.add(DifferenceKind::Topic, name, text(id(left_topic)), text(id(right_topic)));
            }
            let left_partitions = left_topic.map_or(&nothing, |topic| &topic.partitions);
            let right_partitions = right_topic.map_or(&nothing, |topic| &topic.partitions);
            let partition_ids: BTreeSet<_> = left_partitions.keys().chain(right_partitions.keys()).collect();
            for partition_id in partition_ids {
                let (left, right) = (left_partitions.get(partition_id), right_partitions.get(partition_id));
                let is_same = match (left, right, self.scope) {
                    (Some(left), Some(right), DiffScope::Shared) => is_same_but_local(left, right),
                    _ => left == right,
                };
                if !is_same {
                    let text = |partition: &std::sync::Arc<PartitionImage>| partition_text(partition, self.scope);
                    let (left, right) = (left.map(text), right.map(text));
                    self.add(DifferenceKind::Partition, format!("{name}-{partition_id}"), left, right);
                }
            }
        }
    }

    fn configs(&mut self, left: &Image, right: &Image) {
        let nothing = ConfigMap::new();
        for item in left.configs.by_resource.diff(&right.configs.by_resource) {
            let (resource, left, right) = match item {
                DiffItem::Add(resource, config) => (resource, &nothing, &**config),
                DiffItem::Remove(resource, config) => (resource, &**config, &nothing),
                DiffItem::Update { old: (resource, before), new: (_, after) } => (resource, &**before, &**after),
            };
            let text =
                |key: &str, config: &ConfigMap| config.get(key).map(|value| shown_config_value(key, value).to_owned());
            let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for key in keys.into_iter().filter(|key| left.get(*key) != right.get(*key)) {
                let name = format!("{} {key}", resource_name(resource));
                self.add(DifferenceKind::Config, name, text(key, left), text(key, right));
            }
        }
    }

    fn security(&mut self, left: &Image, right: &Image) {
        if left.next_producer_id != right.next_producer_id {
            let (left, right) = (left.next_producer_id.to_string(), right.next_producer_id.to_string());
            self.add(DifferenceKind::ProducerIds, "next", Some(left), Some(right));
        }
        let (left, right) = (&left.security, &right.security);
        let quota_name = |(entity, quota): &crate::image::security::ClientQuotaKey, _: &_| {
            let part =
                |(kind, name): &(String, Option<String>)| format!("{kind}={}", name.as_deref().unwrap_or("(default)"));
            format!("{} {quota}", entity.iter().map(part).collect::<Vec<_>>().join(","))
        };
        let kind = DifferenceKind::ClientQuota;
        self.map(kind, &left.client_quotas, &right.client_quotas, quota_name, |quota| quota.value.to_string());
        self.map(
            DifferenceKind::Acl,
            &left.acls,
            &right.acls,
            |id, _| id.to_string(),
            |acl| {
                format!(
                    "resource type {} {:?} pattern {} principal {} host {} operation {} permission {}",
                    acl.resource_type,
                    acl.resource_name,
                    acl.pattern_type,
                    acl.principal,
                    acl.host,
                    acl.operation,
                    acl.permission_type
                )
            },
        );
        let scram_name = |(user, mechanism): &(String, i8), _: &_| format!("{user} mechanism {mechanism}");
        self.map(DifferenceKind::Scram, &left.scram, &right.scram, scram_name, |scram| {
            format!("{} iterations", scram.iterations)
        });
        let (left, right) = (&left.delegation_tokens, &right.delegation_tokens);
        self.map(
            DifferenceKind::DelegationToken,
            left,
            right,
            |token_id, _| token_id.clone(),
            |token| {
                format!(
                    "owner {} requester {} renewers {:?} issued {} max {} expires {}",
                    token.owner,
                    token.requester,
                    token.renewers,
                    token.issue_timestamp,
                    token.max_timestamp,
                    token.expiration_timestamp
                )
            },
        );
    }

    fn sidecar(&mut self, left: &Image, right: &Image) {
        let (left_queued, right_queued) = (&left.sidecar.topic_deletions, &right.sidecar.topic_deletions);
        let topic_ids: BTreeSet<_> = left_queued.iter().chain(right_queued).collect();
        for topic_id in topic_ids {
            let text = |is_queued: bool| is_queued.then(|| "queued".to_owned());
            let (left, right) = (left_queued.contains(topic_id), right_queued.contains(topic_id));
            if left != right {
                self.add(DifferenceKind::TopicDeletion, topic_id.to_string(), text(left), text(right));
            }
        }
        let (left, right) = (&left.sidecar.migration, &right.sidecar.migration);
        if self.scope == DiffScope::All && left != right {
            let text = |facts: &crate::sidecar::MigrationFacts| format!("{facts:?}");
            self.add(DifferenceKind::Migration, "cluster", left.as_ref().map(text), right.as_ref().map(text));
        }
    }
}

fn listeners(listeners: &[Endpoint]) -> String {
    let endpoint = |endpoint: &Endpoint| {
        let Endpoint { listener_name, host, port, security_protocol } = endpoint;
        format!("{listener_name}://{host}:{port} protocol {security_protocol}")
    };
    listeners.iter().map(endpoint).collect::<Vec<_>>().join(", ")
}

fn directories(directories: &[Uuid]) -> String {
    format!("[{}]", directories.iter().map(Uuid::to_string).collect::<Vec<_>>().join(", "))
}

fn resource_name(resource: &ConfigResource) -> String {
    let kind = match resource.resource_type {
        ConfigResourceType::Topic => "topic",
        ConfigResourceType::Broker => "broker",
        ConfigResourceType::ClientMetrics => "client-metrics",
        ConfigResourceType::Group => "group",
    };
    let name = if resource.resource_name.is_empty() { "(default)" } else { &resource.resource_name };
    format!("{kind} {name}")
}

fn partition_text(partition: &PartitionImage, scope: DiffScope) -> String {
    let mut text = format!(
        "leader {} epoch {} replicas {:?} isr {:?}",
        partition.leader, partition.leader_epoch, partition.replicas, partition.isr
    );
    let mut list = |name: &str, replicas: &[i32]| {
        if !replicas.is_empty() {
            text.push_str(&format!(" {name} {replicas:?}"));
        }
    };
    list("adding", &partition.adding_replicas);
    list("removing", &partition.removing_replicas);
    if scope == DiffScope::All {
        list("elr", &partition.elr);
        list("last known elr", &partition.last_known_elr);
    }
    if partition.leader_recovery_state == LeaderRecoveryState::Recovering {
        text.push_str(" recovering");
    }
    if scope == DiffScope::All {
        let directories = directories(&partition.directories);
        text.push_str(&format!(" partition epoch {} directories {directories}", partition.partition_epoch));
    }
    text
}
