//! Every znode of Kafka's tree: its path, how it is written and how it is read (Kafka's `ZkData`). Pure (p).
//!
//! Documents are written byte for byte as Apache Kafka 3.9 writes them, key order included (`tests/fixtures` holds a tree
//! that a real cluster wrote). Readers take whatever Kafka's own take: unknown keys are ignored, integers must be
//! integers, strings must be strings. A reader's error says what is wrong; the caller adds the path.
//!
//! **Null data.** Kafka creates structural znodes with null data, which zookeeper-client can neither write nor tell from
//! empty data. Empty is as good everywhere (nobody reads it) but at `/latest_producer_id_block`, where an Apache broker
//! would parse it and fail every producer-id request: Kedge never creates that znode without a block in it.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    BrokerId, PartitionId, TopicId,
    image::{BrokerRegistration, ConfigResource, ConfigResourceType, Endpoint, LeaderRecoveryState},
};
use kedge_metadata_store::{ControllerZnode, Progress, Registration};
use serde_json::{Map, Value};

/// What is wrong with a znode's content.
pub type Problem = String;

// ---- paths ---------------------------------------------------------------------------------------------------------

/// `version` and `id` of the cluster.
pub const CLUSTER_ID: &str = "/cluster/id";
/// Who rules: ephemeral of a broker, persistent of a KRaft controller.
pub const CONTROLLER: &str = "/controller";
/// The controller epoch, as ASCII digits. Its dataVersion is the fence of every controller write.
pub const CONTROLLER_EPOCH: &str = "/controller_epoch";
/// Parent of the brokers' ephemerals.
pub const BROKER_IDS: &str = "/brokers/ids";
/// Parent of the topics.
pub const TOPICS: &str = "/brokers/topics";
/// Parent of the topics' configs.
pub const TOPIC_CONFIGS: &str = "/config/topics";
/// Parent of the brokers' dynamic configs.
pub const BROKER_CONFIGS: &str = "/config/brokers";
/// Parent of users' quotas and SCRAM credentials.
pub const USER_CONFIGS: &str = "/config/users";
/// Parent of client ids' quotas.
pub const CLIENT_CONFIGS: &str = "/config/clients";
/// Parent of IP quotas.
pub const IP_CONFIGS: &str = "/config/ips";
/// Parent of config change notices.
pub const CONFIG_CHANGES: &str = "/config/changes";
/// Prefix of a config change notice.
pub const CONFIG_CHANGE_PREFIX: &str = "/config/changes/config_change_";
/// Parent of topic deletion requests.
pub const DELETE_TOPICS: &str = "/admin/delete_topics";
/// The old tool's reassignment request.
pub const REASSIGN_PARTITIONS: &str = "/admin/reassign_partitions";
/// The old tool's preferred election request.
pub const PREFERRED_ELECTION: &str = "/admin/preferred_replica_election";
/// Parent of notices by leaders that changed an ISR themselves (IBP below 2.7-IV2).
pub const ISR_NOTICES: &str = "/isr_change_notification";
/// Parent of notices by brokers that lost a log directory.
pub const LOG_DIR_NOTICES: &str = "/log_dir_event_notification";
/// The block of producer ids handed out last.
pub const PRODUCER_ID_BLOCK: &str = "/latest_producer_id_block";
/// Finalized features.
pub const FEATURE: &str = "/feature";
/// What a KRaft controller has mirrored, and the second fence of its writes.
pub const MIGRATION: &str = "/migration";
/// Parents of ACLs of the two pattern types: `<parent>/<resource type>/<resource name>`.
pub const ACLS: [&str; 2] = ["/kafka-acl", "/kafka-acl-extended/prefixed"];
/// Parent of delegation tokens.
pub const DELEGATION_TOKENS: &str = "/delegation_token/tokens";

/// What every broker makes sure exists before it does anything else, parents first. Kafka's list, without
/// [`PRODUCER_ID_BLOCK`] (see the module's text on null data).
pub const TOP_LEVEL: [&str; 17] = [
    "/consumers",
    "/brokers",
    BROKER_IDS,
    TOPICS,
    "/config",
    CONFIG_CHANGES,
    "/admin",
    DELETE_TOPICS,
    "/brokers/seqid",
    ISR_NOTICES,
    LOG_DIR_NOTICES,
    TOPIC_CONFIGS,
    CLIENT_CONFIGS,
    USER_CONFIGS,
    BROKER_CONFIGS,
    IP_CONFIGS,
    "/cluster",
];

/// Name of the default entity in a path; never percent-encoded.
pub const DEFAULT_ENTITY: &str = "<default>";

/// `/brokers/ids/<id>`.
pub fn broker_path(broker_id: BrokerId) -> String {
    format!("{BROKER_IDS}/{broker_id}")
}

/// `/brokers/topics/<T>`.
pub fn topic_path(topic_name: &str) -> String {
    format!("{TOPICS}/{topic_name}")
}

/// `/brokers/topics/<T>/partitions`.
pub fn partitions_path(topic_name: &str) -> String {
    format!("{TOPICS}/{topic_name}/partitions")
}

/// `/brokers/topics/<T>/partitions/<P>`.
pub fn partition_path(topic_name: &str, partition_id: PartitionId) -> String {
    format!("{TOPICS}/{topic_name}/partitions/{partition_id}")
}

/// `/brokers/topics/<T>/partitions/<P>/state`. Its dataVersion is the partition epoch.
pub fn state_path(topic_name: &str, partition_id: PartitionId) -> String {
    format!("{TOPICS}/{topic_name}/partitions/{partition_id}/state")
}

/// `/admin/delete_topics/<T>`.
pub fn delete_topic_path(topic_name: &str) -> String {
    format!("{DELETE_TOPICS}/{topic_name}")
}

/// The config znode of a topic or broker; none for resources that ZooKeeper has no place for.
pub fn config_path(resource: &ConfigResource) -> Option<String> {
    config_entity(resource).map(|entity| format!("/config/{entity}"))
}

/// `<type>/<sanitized name>`, as in a config change notice.
pub fn config_entity(resource: &ConfigResource) -> Option<String> {
    match resource.resource_type {
        ConfigResourceType::Topic => Some(format!("topics/{}", resource.resource_name)),
        ConfigResourceType::Broker if resource.resource_name.is_empty() => Some(format!("brokers/{DEFAULT_ENTITY}")),
        ConfigResourceType::Broker => Some(format!("brokers/{}", resource.resource_name)),
        ConfigResourceType::ClientMetrics | ConfigResourceType::Group => None,
    }
}

/// The resource behind `<type>/<sanitized name>`; none for users, clients and ips.
pub fn config_resource(entity: &str) -> Option<ConfigResource> {
    let (kind, name) = entity.split_once('/')?;
    let resource_type = match kind {
        "topics" => ConfigResourceType::Topic,
        "brokers" => ConfigResourceType::Broker,
        _ => return None,
    };
    let resource_name = if name == DEFAULT_ENTITY && resource_type == ConfigResourceType::Broker { "" } else { name };
    Some(ConfigResource { resource_type, resource_name: resource_name.to_owned() })
}

/// The number of a sequential name such as `config_change_0000000012`.
pub fn sequence_number(name: &str) -> Option<i32> {
    let digits = name.get(name.len().checked_sub(10)?..)?;
    digits.parse().ok()
}

// ---- /cluster/id, /controller, /controller_epoch ---------------------------------------------------------------------

/// `/cluster/id`; its `version` is a string, as nowhere else.
pub fn encode_cluster_id(cluster_id: &str) -> Vec<u8> {
    format!(r#"{{"version":"1","id":{}}}"#, text(cluster_id)).into_bytes()
}

/// The cluster id.
pub fn decode_cluster_id(data: &[u8]) -> Result<String, Problem> {
    let document = object(data)?;
    Ok(string(&document, "id")?.to_owned())
}

/// `/controller`, version 2 (3.4 and later; older brokers read only `brokerid`).
pub fn encode_controller(controller_id: BrokerId, timestamp_ms: i64, kraft_controller_epoch: i32) -> Vec<u8> {
    format!(
        r#"{{"version":2,"brokerid":{controller_id},"timestamp":"{timestamp_ms}","kraftControllerEpoch":{kraft_controller_epoch}}}"#
    )
    .into_bytes()
}

/// Who `/controller` names; version 1 has no KRaft epoch, which reads as −1.
pub fn decode_controller(data: &[u8]) -> Result<ControllerZnode, Problem> {
    let document = object(data)?;
    let kraft_controller_epoch =
        if document.contains_key("kraftControllerEpoch") { int(&document, "kraftControllerEpoch")? } else { -1 };
    Ok(ControllerZnode { controller_id: Some(int(&document, "brokerid")?), kraft_controller_epoch })
}

/// `/controller_epoch`.
pub fn encode_controller_epoch(controller_epoch: i32) -> Vec<u8> {
    controller_epoch.to_string().into_bytes()
}

/// The controller epoch.
pub fn decode_controller_epoch(data: &[u8]) -> Result<i32, Problem> {
    let digits = std::str::from_utf8(data).map_err(|_| "not text".to_owned())?;
    digits.trim().parse().map_err(|_| format!("not a number: {digits:?}"))
}

// ---- /brokers/ids/<id> -----------------------------------------------------------------------------------------------

/// Kafka's names of security protocols, by their code.
const SECURITY_PROTOCOLS: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

/// `/brokers/ids/<id>`, version 5 (2.7 and later). `features` is always empty: Apache brokers exit on anything else.
pub fn encode_broker(registration: &Registration, timestamp_ms: i64) -> Vec<u8> {
    let broker = &registration.broker;
    let protocol = |endpoint: &Endpoint| {
        let code = usize::try_from(endpoint.security_protocol).unwrap_or(usize::MAX);
        SECURITY_PROTOCOLS.get(code).copied().unwrap_or("PLAINTEXT")
    };
    let protocols: BTreeMap<String, &str> =
        broker.listeners.iter().map(|endpoint| (endpoint.listener_name.clone(), protocol(endpoint))).collect();
    let map: Vec<String> = table_order(protocols.keys().map(String::as_str))
        .into_iter()
        .map(|name| format!("{}:{}", text(name), text(protocols[name])))
        .collect();
    let endpoints: Vec<String> = broker
        .listeners
        .iter()
        .map(|endpoint| text(&format!("{}://{}:{}", endpoint.listener_name, bracketed(&endpoint.host), endpoint.port)))
        .collect();
    let rack = broker.rack.as_ref().map(|rack| format!(r#""rack":{},"#, text(rack))).unwrap_or_default();
    let plaintext = broker.listeners.iter().find(|endpoint| endpoint.security_protocol == 0);
    let (host, port) =
        plaintext.map_or(("null".to_owned(), -1), |endpoint| (text(&endpoint.host), i32::from(endpoint.port)));
    format!(
        r#"{{"features":{{}},"listener_security_protocol_map":{{{}}},"endpoints":[{}],{rack}"jmx_port":{},"port":{port},"host":{host},"version":5,"timestamp":"{timestamp_ms}"}}"#,
        map.join(","),
        endpoints.join(","),
        registration.jmx_port,
    )
    .into_bytes()
}

/// A broker's registration, versions 1 to 5 and whatever comes later. `broker_epoch` is the znode's czxid.
pub fn decode_broker(broker_id: BrokerId, broker_epoch: i64, data: &[u8]) -> Result<Registration, Problem> {
    let document = object(data)?;
    let version = int(&document, "version")?;
    if version < 1 {
        return Err(format!("version {version} is not one Kafka writes"));
    }
    let listeners = if version == 1 {
        vec![Endpoint {
            listener_name: "PLAINTEXT".to_owned(),
            host: string(&document, "host")?.to_owned(),
            port: port(int(&document, "port")?)?,
            security_protocol: 0,
        }]
    } else {
        decode_endpoints(&document)?
    };
    let mut features = BTreeMap::new();
    if let Some(Value::Object(ranges)) = document.get("features") {
        for (name, range) in ranges {
            let range = range.as_object().ok_or_else(|| format!("feature {name:?} has no range"))?;
            let level = |key| int(range, key).and_then(|level| i16::try_from(level).map_err(|error| error.to_string()));
            features.insert(name.clone(), (level("min_version")?, level("max_version")?));
        }
    }
    let broker = BrokerRegistration {
        broker_id,
        broker_epoch,
        incarnation_id: TopicId::ZERO,
        listeners,
        features,
        rack: document.get("rack").and_then(Value::as_str).map(str::to_owned),
        // A broker whose ephemeral is there is never fenced, and is pushed its metadata (docs/decisions/0001).
        fenced: false,
        in_controlled_shutdown: false,
        is_migrating_zk_broker: true,
        directories: Vec::new(),
    };
    Ok(Registration { broker, jmx_port: int(&document, "jmx_port")? })
}

fn decode_endpoints(document: &Map<String, Value>) -> Result<Vec<Endpoint>, Problem> {
    let protocols = document.get("listener_security_protocol_map").and_then(Value::as_object);
    let mut names = BTreeSet::new();
    let mut listeners = Vec::new();
    for endpoint in array(document, "endpoints")? {
        let endpoint = endpoint.as_str().ok_or("an endpoint is not a string")?;
        let problem = || format!("endpoint {endpoint:?} is not LISTENER://host:port");
        let (name, address) = endpoint.split_once("://").ok_or_else(problem)?;
        let (host, port_text) = address.rsplit_once(':').ok_or_else(problem)?;
        let listener_name = name.to_uppercase();
        let protocol = match protocols.and_then(|map| map.get(name).or_else(|| map.get(&listener_name))) {
            Some(protocol) => protocol.as_str().ok_or_else(problem)?,
            None => &listener_name,
        };
        let code = SECURITY_PROTOCOLS.iter().position(|known| *known == protocol);
        let code = code.ok_or_else(|| format!("{protocol:?} of endpoint {endpoint:?} is not a security protocol"))?;
        if !names.insert(listener_name.clone()) {
            return Err(format!("two endpoints have the listener name {listener_name}"));
        }
        listeners.push(Endpoint {
            listener_name,
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: port(port_text.parse().map_err(|_| problem())?)?,
            security_protocol: code as i16,
        });
    }
    Ok(listeners)
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

fn port(port: i32) -> Result<u16, Problem> {
    u16::try_from(port).map_err(|_| format!("{port} is not a port"))
}

// ---- /brokers/topics/<T> ---------------------------------------------------------------------------------------------

/// Replicas by partition.
pub type Assignment = BTreeMap<PartitionId, Vec<BrokerId>>;

/// `/brokers/topics/<T>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicZnode {
    /// The id; none below version 3, or while no controller has given one.
    pub topic_id: Option<TopicId>,
    /// All replicas, those being added or removed included; the first is preferred.
    pub replicas: Assignment,
    /// Non-empty lists only.
    pub adding_replicas: Assignment,
    /// Non-empty lists only.
    pub removing_replicas: Assignment,
}

impl TopicZnode {
    /// Version 3 of the document (2.8 and later).
    pub fn encode(&self) -> Vec<u8> {
        let topic_id = self.topic_id.map(|topic_id| format!(r#""topic_id":"{topic_id}","#)).unwrap_or_default();
        format!(
            r#"{{"partitions":{},{topic_id}"adding_replicas":{},"removing_replicas":{},"version":3}}"#,
            encode_assignment(&self.replicas),
            encode_assignment(&self.adding_replicas),
            encode_assignment(&self.removing_replicas),
        )
        .into_bytes()
    }

    /// Versions 1 to 3; `version` itself is not looked at, missing maps are empty.
    pub fn decode(data: &[u8]) -> Result<TopicZnode, Problem> {
        let document = object(data)?;
        let topic_id = match document.get("topic_id") {
            None => None,
            Some(value) => {
                let id = value.as_str().ok_or("topic_id is not a string")?;
                Some(id.parse().map_err(|_| format!("topic_id {id:?} is not an id"))?)
            }
        };
        Ok(TopicZnode {
            topic_id,
            replicas: decode_assignment(&document, "partitions")?,
            adding_replicas: decode_assignment(&document, "adding_replicas")?,
            removing_replicas: decode_assignment(&document, "removing_replicas")?,
        })
    }
}

fn encode_assignment(assignment: &Assignment) -> String {
    let names: BTreeMap<String, &Vec<BrokerId>> =
        assignment.iter().map(|(partition_id, replicas)| (partition_id.to_string(), replicas)).collect();
    let entries: Vec<String> = table_order(names.keys().map(String::as_str))
        .into_iter()
        .map(|name| format!("{}:[{}]", text(name), joined(names[name])))
        .collect();
    format!("{{{}}}", entries.join(","))
}

fn decode_assignment(document: &Map<String, Value>, key: &str) -> Result<Assignment, Problem> {
    let Some(value) = document.get(key) else { return Ok(Assignment::new()) };
    let map = value.as_object().ok_or_else(|| format!("{key} is not an object"))?;
    let mut assignment = Assignment::new();
    for (partition, replicas) in map {
        let partition_id = partition.parse().map_err(|_| format!("{partition:?} in {key} is not a partition"))?;
        let replicas = ints(replicas).ok_or_else(|| format!("{key} of partition {partition} is not a list of ids"))?;
        assignment.insert(partition_id, replicas);
    }
    Ok(assignment)
}

// ---- /brokers/topics/<T>/partitions/<P>/state --------------------------------------------------------------------------

/// `state` of a partition. The partition epoch is the znode's dataVersion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateZnode {
    /// −1 for none.
    pub leader: BrokerId,
    /// Bumped by every election.
    pub leader_epoch: i32,
    /// Epoch of the ZooKeeper controller that made the last leadership decision. Never a KRaft epoch: a controller refuses
    /// to touch a partition that a higher one decided on.
    pub controller_epoch: i32,
    /// In-sync replicas.
    pub isr: Vec<BrokerId>,
    /// Written only when it is not RECOVERED (3.2 and later).
    pub leader_recovery_state: LeaderRecoveryState,
}

impl StateZnode {
    /// Version 1, the only one.
    pub fn encode(&self) -> Vec<u8> {
        let recovery = match self.leader_recovery_state {
            LeaderRecoveryState::Recovered => "",
            LeaderRecoveryState::Recovering => r#""leader_recovery_state":1,"#,
        };
        let StateZnode { leader, leader_epoch, controller_epoch, isr, .. } = self;
        let (leader_epoch, isr) = (format!(r#""leader_epoch":{leader_epoch}"#), format!(r#""isr":[{}]"#, joined(isr)));
        format!(
            r#"{{"controller_epoch":{controller_epoch},"leader":{leader},"version":1,{recovery}{leader_epoch},{isr}}}"#
        )
        .into_bytes()
    }

    /// Reads it.
    pub fn decode(data: &[u8]) -> Result<StateZnode, Problem> {
        let document = object(data)?;
        let recovery =
            if document.contains_key("leader_recovery_state") { int(&document, "leader_recovery_state")? } else { 0 };
        let leader_recovery_state = i8::try_from(recovery).ok().and_then(LeaderRecoveryState::from_value);
        Ok(StateZnode {
            leader: int(&document, "leader")?,
            leader_epoch: int(&document, "leader_epoch")?,
            controller_epoch: int(&document, "controller_epoch")?,
            isr: document.get("isr").and_then(ints).ok_or("isr is missing or not a list of ids")?,
            leader_recovery_state: leader_recovery_state
                .ok_or_else(|| format!("leader_recovery_state {recovery} is not 0 or 1"))?,
        })
    }
}

// ---- /config/** --------------------------------------------------------------------------------------------------------

/// An entity's overrides. Kafka's reader wants every value to be a string.
pub fn encode_config<'a>(config: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<u8> {
    let config: BTreeMap<&str, &str> = config.into_iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let entries: Vec<String> = table_order(config.keys().copied())
        .into_iter()
        .map(|key| format!("{}:{}", text(key), text(config[key])))
        .collect();
    format!(r#"{{"version":1,"config":{{{}}}}}"#, entries.join(",")).into_bytes()
}

/// An entity's overrides; no data, no JSON and no `config` all mean none, a value that is not a string is an error.
pub fn decode_config(data: &[u8]) -> Result<BTreeMap<String, String>, Problem> {
    let Ok(document) = object(data) else { return Ok(BTreeMap::new()) };
    let Some(Value::Object(config)) = document.get("config") else { return Ok(BTreeMap::new()) };
    let entry = |(key, value): (&String, &Value)| match value {
        Value::String(value) => Ok((key.clone(), value.clone())),
        _ => Err(format!("the value of {key:?} is not a string; Apache brokers cannot read the whole entity")),
    };
    config.iter().map(entry).collect()
}

/// A config change notice, version 2 (0.9 and later).
pub fn encode_config_change(entity: &str) -> Vec<u8> {
    format!(r#"{{"version":2,"entity_path":{}}}"#, text(entity)).into_bytes()
}

/// `<type>/<name>` of a config change notice, versions 1 and 2; none for what Kafka skips.
pub fn decode_config_change(data: &[u8]) -> Option<String> {
    let document = object(data).ok()?;
    match int(&document, "version").ok()? {
        1 => {
            let entity =
                format!("{}/{}", string(&document, "entity_type").ok()?, string(&document, "entity_name").ok()?);
            Some(entity)
        }
        2 => Some(string(&document, "entity_path").ok()?.to_owned()),
        _ => None,
    }
}

// ---- requests and notices as znodes ------------------------------------------------------------------------------------

/// `/admin/preferred_replica_election`: partitions by topic name.
pub fn decode_preferred_election(data: &[u8]) -> Result<Vec<(String, PartitionId)>, Problem> {
    topic_partitions(&object(data)?)
}

/// `/admin/reassign_partitions`: the partitions named in it, by topic name.
pub fn decode_reassignment(data: &[u8]) -> Result<Vec<(String, PartitionId)>, Problem> {
    topic_partitions(&object(data)?)
}

/// An ISR notice: partitions by topic name.
pub fn decode_isr_notice(data: &[u8]) -> Result<Vec<(String, PartitionId)>, Problem> {
    topic_partitions(&object(data)?)
}

/// A log-directory notice: the broker that lost one.
pub fn decode_log_dir_notice(data: &[u8]) -> Result<BrokerId, Problem> {
    int(&object(data)?, "broker")
}

fn topic_partitions(document: &Map<String, Value>) -> Result<Vec<(String, PartitionId)>, Problem> {
    let entry = |value: &Value| {
        let entry = value.as_object().ok_or("a partition is not an object")?;
        Ok((string(entry, "topic")?.to_owned(), int(entry, "partition")?))
    };
    array(document, "partitions")?.iter().map(entry).collect()
}

// ---- /latest_producer_id_block, /feature, /migration --------------------------------------------------------------------

/// `/latest_producer_id_block`: the ids from `block_start` up to and including `block_end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdBlockZnode {
    /// Who got it; −1 for a KRaft controller.
    pub broker_id: BrokerId,
    /// First id.
    pub block_start: i64,
    /// Last id.
    pub block_end: i64,
}

impl ProducerIdBlockZnode {
    /// Version 1.
    pub fn encode(&self) -> Vec<u8> {
        let ProducerIdBlockZnode { broker_id, block_start, block_end } = self;
        format!(r#"{{"version":1,"broker":{broker_id},"block_start":"{block_start}","block_end":"{block_end}"}}"#)
            .into_bytes()
    }

    /// The block; none while no block has been handed out.
    pub fn decode(data: &[u8]) -> Result<Option<ProducerIdBlockZnode>, Problem> {
        if data.is_empty() {
            return Ok(None);
        }
        let document = object(data)?;
        let bound = |key| {
            let digits = string(&document, key)?;
            digits.parse().map_err(|_| format!("{key} {digits:?} is not a number"))
        };
        Ok(Some(ProducerIdBlockZnode {
            broker_id: int(&document, "broker")?,
            block_start: bound("block_start")?,
            block_end: bound("block_end")?,
        }))
    }
}

/// `/feature` as a controller of IBP 3.3 or later leaves it: enabled, and empty, because Apache brokers support none.
pub fn encode_feature() -> Vec<u8> {
    br#"{"features":{},"version":2,"status":1}"#.to_vec()
}

/// Finalized levels by name; versions 1 and 2.
pub fn decode_feature(data: &[u8]) -> Result<BTreeMap<String, i16>, Problem> {
    let document = object(data)?;
    let version = int(&document, "version")?;
    if !(1..=2).contains(&version) {
        return Err(format!("version {version} is not 1 or 2"));
    }
    let mut levels = BTreeMap::new();
    if let Some(Value::Object(features)) = document.get("features") {
        for (name, range) in features {
            let range = range.as_object().ok_or_else(|| format!("feature {name:?} has no range"))?;
            let level = int(range, "max_version_level")?;
            levels.insert(name.clone(), i16::try_from(level).map_err(|_| format!("level {level} is out of range"))?);
        }
    }
    Ok(levels)
}

/// What `/migration` says before anything was copied.
pub const NO_PROGRESS: Progress = Progress {
    kraft_controller_id: -1,
    kraft_controller_epoch: -1,
    kraft_metadata_offset: -1,
    kraft_metadata_epoch: -1,
};

/// `/migration`.
pub fn encode_migration(progress: &Progress) -> Vec<u8> {
    let Progress { kraft_controller_id, kraft_controller_epoch, kraft_metadata_offset, kraft_metadata_epoch } =
        progress;
    format!(
        r#"{{"version":0,"kraft_metadata_offset":{kraft_metadata_offset},"kraft_controller_id":{kraft_controller_id},"kraft_metadata_epoch":{kraft_metadata_epoch},"kraft_controller_epoch":{kraft_controller_epoch}}}"#
    )
    .into_bytes()
}

/// What has been mirrored, and by whom. Its version must be 0.
pub fn decode_migration(data: &[u8]) -> Result<Progress, Problem> {
    let document = object(data)?;
    let version = int(&document, "version")?;
    if version != 0 {
        return Err(format!("version {version} is not 0"));
    }
    let offset = document.get("kraft_metadata_offset").and_then(Value::as_i64);
    Ok(Progress {
        kraft_controller_id: int(&document, "kraft_controller_id")?,
        kraft_controller_epoch: int(&document, "kraft_controller_epoch")?,
        kraft_metadata_offset: offset.ok_or("kraft_metadata_offset is missing or not an integer")?,
        kraft_metadata_epoch: int(&document, "kraft_metadata_epoch")?,
    })
}

// ---- what is only counted ------------------------------------------------------------------------------------------------

/// Number of SCRAM credentials among a user's config keys.
pub fn count_scram(config: &BTreeMap<String, String>) -> usize {
    config.keys().filter(|key| key.starts_with("SCRAM-SHA-")).count()
}

/// The value was encoded with `password.encoder.secret` (`PasswordEncoder`: `key:value` pairs, `,` between them).
pub fn is_encoded_password(value: &str) -> bool {
    let has = |key: &str| value.split(',').any(|pair| pair.split_once(':').is_some_and(|(name, _)| name.trim() == key));
    has("encryptedPassword") && has("cipherAlgorithm") && has("passwordLength")
}

/// Number of entries of an ACL znode.
pub fn count_acls(data: &[u8]) -> Result<usize, Problem> {
    if data.is_empty() {
        return Ok(0);
    }
    Ok(array(&object(data)?, "acls")?.len())
}

// ---- JSON --------------------------------------------------------------------------------------------------------------

/// The order in which Kafka's hash maps hand their keys to the JSON writer: by the slot of a power-of-two table that is
/// at most three quarters full. (Scala's mutable.HashMap and Java's ConcurrentHashMap agree on slots; keys that share
/// one come in the order of their hashes here, which is Scala's rule and, for a config's few keys, a guess at Java's.)
fn table_order<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut keys: Vec<&str> = keys.collect();
    let mut slots = 16;
    while keys.len() * 4 >= slots * 3 {
        slots *= 2;
    }
    keys.sort_by_key(|key| {
        let hash = key.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
        let spread = hash ^ (hash >> 16);
        (spread as usize & (slots - 1), *key)
    });
    keys
}

fn text(value: &str) -> String {
    Value::from(value).to_string()
}

fn joined(values: &[i32]) -> String {
    values.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

fn object(data: &[u8]) -> Result<Map<String, Value>, Problem> {
    if data.is_empty() {
        return Err("there is no data".to_owned());
    }
    match serde_json::from_slice(data) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err("the JSON is not an object".to_owned()),
        Err(error) => Err(format!("not JSON: {error}")),
    }
}

fn int(document: &Map<String, Value>, key: &str) -> Result<i32, Problem> {
    let value = document.get(key).ok_or_else(|| format!("{key} is missing"))?;
    let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
    number.ok_or_else(|| format!("{key} is not a 32-bit integer: {value}"))
}

fn string<'a>(document: &'a Map<String, Value>, key: &str) -> Result<&'a str, Problem> {
    let value = document.get(key).ok_or_else(|| format!("{key} is missing"))?;
    value.as_str().ok_or_else(|| format!("{key} is not a string: {value}"))
}

fn array<'a>(document: &'a Map<String, Value>, key: &str) -> Result<&'a Vec<Value>, Problem> {
    let value = document.get(key).ok_or_else(|| format!("{key} is missing"))?;
    value.as_array().ok_or_else(|| format!("{key} is not a list"))
}

fn ints(value: &Value) -> Option<Vec<i32>> {
    value.as_array()?.iter().map(|number| i32::try_from(number.as_i64()?).ok()).collect()
}
