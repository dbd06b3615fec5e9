//! What a raw tree says, in neutral types: numbers, names and lists, no type of the product's.

use std::collections::BTreeMap;

use serde::Serialize;

/// The tree's content, as far as Kafka's metadata goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Znodes that were read.
    pub znodes: usize,
    /// `/cluster/id`.
    pub cluster_id: Option<String>,
    /// `/controller_epoch`.
    pub controller_epoch: Option<i32>,
    /// `/controller`.
    pub controller: Option<ControllerSummary>,
    /// `/migration`.
    pub migration: MigrationSummary,
    /// Registered brokers by id.
    pub brokers: BTreeMap<i32, BrokerSummary>,
    /// Broker ids that `broker.id.generation` has handed out: dataVersion of `/brokers/seqid`.
    pub generated_broker_ids: i32,
    /// Topics by name.
    pub topics: BTreeMap<String, TopicSummary>,
    /// Overrides by entity (`topics/orders`, `brokers/<default>`, `users/alice`, …), non-empty ones only.
    pub configs: BTreeMap<String, BTreeMap<String, String>>,
    /// Last producer id handed out.
    pub last_producer_id: Option<i64>,
    /// Names under `/admin/delete_topics`.
    pub deletions: Vec<String>,
    /// Partitions that `/admin/reassign_partitions` asks to move.
    pub reassignment_requests: Vec<(String, i32)>,
    /// Number of ACL entries.
    pub acls: usize,
    /// Number of delegation tokens.
    pub delegation_tokens: usize,
    /// Offsets that consumers keep in ZooKeeper (`/consumers/<group>/offsets/<topic>/<partition>`), by group.
    pub consumer_offsets: BTreeMap<String, usize>,
    /// Every znode that could not be understood.
    pub bad: Vec<BadZnode>,
}

impl Summary {
    /// Partitions of all topics.
    pub fn partitions(&self) -> usize {
        self.topics.values().map(|topic| topic.partitions.len()).sum()
    }

    /// SCRAM credentials of all users.
    pub fn scram_credentials(&self) -> usize {
        self.client_config_keys().filter(|key| is_scram(key)).count()
    }

    /// Quota values of users, clients, pairs of both, and ips: whatever is in their configs and no credential.
    pub fn quotas(&self) -> usize {
        self.client_config_keys().filter(|key| !is_scram(key)).count()
    }

    fn client_config_keys(&self) -> impl Iterator<Item = &String> {
        const KINDS: [&str; 3] = ["users/", "clients/", "ips/"];
        let clients = self.configs.iter().filter(|(entity, _)| KINDS.iter().any(|kind| entity.starts_with(kind)));
        clients.flat_map(|(_, config)| config.keys())
    }

    /// Broker configs that are encrypted with `password.encoder.secret`.
    pub fn encoded_configs(&self) -> usize {
        let brokers = self.configs.iter().filter(|(entity, _)| entity.starts_with("brokers/"));
        brokers.flat_map(|(_, config)| config.values()).filter(|value| is_encoded(value)).count()
    }

    /// Partitions with a reassignment in flight, or asked for in the old way.
    pub fn reassignments(&self) -> usize {
        let is_moving = |name: &String, index: i32| {
            let partition = self.topics.get(name).and_then(|topic| topic.partitions.get(&index));
            partition.is_some_and(|p| !p.adding_replicas.is_empty() || !p.removing_replicas.is_empty())
        };
        let in_flight = self.topics.iter().flat_map(|(name, topic)| topic.partitions.keys().map(move |i| (name, *i)));
        let in_flight = in_flight.filter(|(name, index)| is_moving(name, *index)).count();
        in_flight + self.reassignment_requests.iter().filter(|(name, index)| !is_moving(name, *index)).count()
    }

    /// Highest controller epoch in any `state` znode, −1 if there is none.
    pub fn highest_stamp(&self) -> i32 {
        let partitions = self.topics.values().flat_map(|topic| topic.partitions.values());
        let stamps = partitions.filter_map(|partition| partition.state.as_ref()).map(|state| state.controller_epoch);
        stamps.max().unwrap_or(-1)
    }
}

fn is_scram(key: &str) -> bool {
    key.starts_with("SCRAM-SHA-")
}

/// Kafka's PasswordEncoder writes `key:value` items; these two are always among them.
fn is_encoded(value: &str) -> bool {
    let has = |key: &str| value.split(',').any(|item| item.split_once(':').is_some_and(|(name, _)| name == key));
    has("encryptedPassword") && has("salt")
}

/// `/controller`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControllerSummary {
    /// The node that rules.
    pub node_id: i32,
    /// −1 when a broker wrote it.
    pub kraft_epoch: i32,
    /// It goes with its session; a quorum's is persistent.
    pub is_ephemeral: bool,
}

/// `/migration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum MigrationSummary {
    /// There is none, or it could not be understood (then it is among the bad ones).
    #[default]
    Absent,
    /// It exists without data.
    Empty,
    /// Kafka's fields.
    Content {
        /// `kraft_controller_id`.
        controller_id: i32,
        /// `kraft_controller_epoch`.
        controller_epoch: i32,
        /// `kraft_metadata_offset`.
        metadata_offset: i64,
        /// `kraft_metadata_epoch`.
        metadata_epoch: i32,
        /// dataVersion.
        zk_version: i32,
    },
}

/// A registered broker.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BrokerSummary {
    /// Transaction that created its znode: the broker epoch.
    pub czxid: i64,
    /// Where it listens; empty if its znode could not be understood.
    pub endpoints: Vec<EndpointSummary>,
    /// Lowest and highest level of each feature that it says it supports.
    pub features: BTreeMap<String, (i32, i32)>,
}

/// A listener of a broker.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EndpointSummary {
    /// Upper case.
    pub listener_name: String,
    /// Name or address, an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Such as `PLAINTEXT`.
    pub security_protocol: String,
}

impl EndpointSummary {
    /// `host:port`, an IPv6 address in brackets.
    pub fn address(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

/// A topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TopicSummary {
    /// `topic_id` as written.
    pub topic_id: Option<String>,
    /// Partitions by index.
    pub partitions: BTreeMap<i32, PartitionSummary>,
}

/// A partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartitionSummary {
    /// Assigned brokers, in order.
    pub replicas: Vec<i32>,
    /// Being added.
    pub adding_replicas: Vec<i32>,
    /// Being removed.
    pub removing_replicas: Vec<i32>,
    /// What `state` says; none while there is none.
    pub state: Option<StateSummary>,
}

/// A partition's `state`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StateSummary {
    /// −1 for none.
    pub leader: i32,
    /// Leader epoch.
    pub leader_epoch: i32,
    /// In-sync replicas, in order.
    pub isr: Vec<i32>,
    /// Epoch of the deciding controller.
    pub controller_epoch: i32,
    /// 0 recovered, 1 recovering.
    pub leader_recovery_state: i8,
    /// dataVersion: the partition epoch.
    pub zk_version: i32,
}

/// A znode that could not be understood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BadZnode {
    /// Where.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}
