//! From properties to the typed configuration.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use kedge_log::{LogConfig, LogError};

use super::{
    AdminListen, ConfigError, KafkaConfig, ListenerConfig, Properties, Roles, Verdict, Warning, check, is_sensitive,
    kafka_config::Derived,
    key_spec::{ANY, Bounds, ConfigType, at_least, list},
    keys::{LOG_SYNONYMS, NO_JVM_CLASS, key_spec},
    listeners, old_spellings, verdict,
};
use crate::context::SecurityProtocol;

/// The file that `kedge server` behaves as if it had been given when it has none.
const COMBINED_NODE: &str = "\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
log.dirs=./kedge-data
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
";

/// Translated, trimmed values with typed access.
pub(super) struct Values {
    values: BTreeMap<String, String>,
}

impl Values {
    /// The text of a key that is set.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The text of a key that is set and not empty.
    pub(super) fn non_empty(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|text| !text.is_empty())
    }

    fn read<T: ConfigType>(&self, key: &str, bounds: Bounds) -> Result<Option<T>, ConfigError> {
        self.get(key).map(|text| T::read(text, bounds).map_err(|problem| ConfigError::new(key, problem))).transpose()
    }
}

impl KafkaConfig {
    /// Reads a properties file; `overrides` (`--override key=value`) win over it. Warnings come in the order of keys.
    pub fn from_properties(
        properties: &Properties,
        overrides: &[(String, String)],
    ) -> Result<(KafkaConfig, Vec<Warning>), ConfigError> {
        let mut warnings: Vec<Warning> =
            properties.duplicates().iter().map(|key| Warning::Duplicate { key: key.clone() }).collect();
        let given = properties.iter().chain(overrides.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let mut values: BTreeMap<String, String> =
            given.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect();
        old_spellings::translate(&mut values, &mut warnings)?;
        judge_all(&values, &mut warnings)?;

        let values = Values { values };
        let config = KafkaConfig::assemble(derive(&values)?, |key| values.get(key))?;
        check::check(&config, &values)?;
        Ok((config, warnings))
    }

    /// The file that a node without a file is started with.
    pub fn built_in_properties() -> Properties {
        Properties::parse(COMBINED_NODE).expect("the built-in file is well formed")
    }

    /// A combined node on `localhost:9092` with its data under `./kedge-data`, formatted when it first starts.
    pub fn default_combined(overrides: &[(String, String)]) -> Result<(KafkaConfig, Vec<Warning>), ConfigError> {
        let (mut config, warnings) = KafkaConfig::from_properties(&KafkaConfig::built_in_properties(), overrides)?;
        config.format_on_first_start = true;
        Ok((config, warnings))
    }

    /// The combined node on ports that the system chooses, without an admin port.
    pub fn for_test() -> KafkaConfig {
        let overrides = [("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0"), ("kedge.admin.listen", "")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        KafkaConfig::default_combined(&overrides).expect("the built-in configuration is valid").0
    }

    /// Whether the node starts in KRaft mode when it has never moved.
    pub fn is_kraft(&self) -> bool {
        self.process_roles.broker || self.process_roles.controller
    }

    /// Gives advertised listeners without a host this machine's name, as Kafka does.
    pub fn advertise_host(&mut self, host_name: &str) {
        for listener in self.advertised_listeners.iter_mut().filter(|listener| listener.host.is_empty()) {
            listener.host = host_name.to_owned();
        }
    }
}

/// Checks the type of every known key and says what has no effect.
fn judge_all(values: &BTreeMap<String, String>, warnings: &mut Vec<Warning>) -> Result<(), ConfigError> {
    for (key, value) in values {
        let key = key.clone();
        match verdict::judge(&key, value) {
            Verdict::Refused(why) => return Err(ConfigError::new(key, why)),
            Verdict::Unknown => warnings.push(Warning::Unknown { key }),
            Verdict::NotYet(why) => {
                let is_default = verdict::is_default(&key, value);
                warnings.push(Warning::NotYet { key, why, is_default });
            }
            Verdict::NoEffect(why) => {
                let is_loss = why == NO_JVM_CLASS && !verdict::is_default(&key, value);
                warnings.push(Warning::NoEffect { key, why, is_loss });
            }
            Verdict::Honoured | Verdict::Translated { .. } | Verdict::NotUsed { .. } => {}
        }
    }
    for (weaker, stronger) in verdict::WEAKER {
        let winner = stronger.iter().find(|stronger| values.contains_key(**stronger));
        if let (Some(winner), true) = (winner, values.contains_key(*weaker)) {
            warnings.push(Warning::NotUsed { key: weaker, winner });
        }
    }
    Ok(())
}

fn derive(values: &Values) -> Result<Derived, ConfigError> {
    let process_roles = roles(values)?;
    let is_kraft = process_roles.broker || process_roles.controller;
    let log_dirs = log_dirs(values)?;
    let controller_listener_names: Vec<String> = list(values.get("controller.listener.names").unwrap_or_default())
        .iter()
        .map(|name| name.to_ascii_uppercase())
        .collect();
    let protocols = protocols(values, is_kraft, &controller_listener_names)?;
    let listeners_text = values.non_empty("listeners").unwrap_or("PLAINTEXT://:9092");
    let listeners = listeners::parse("listeners", listeners_text, &protocols)?;
    let advertised_listeners = match values.non_empty("advertised.listeners") {
        Some(text) => listeners::parse("advertised.listeners", text, &protocols)?,
        None => listeners.clone(),
    };
    let advertised_listeners: Vec<ListenerConfig> = advertised_listeners
        .into_iter()
        .filter(|listener| !controller_listener_names.contains(&listener.name))
        .collect();
    let is_broker = process_roles.broker || !is_kraft;
    Ok(Derived {
        node_id: node_id(values, is_kraft)?,
        process_roles,
        metadata_log_dir: values.non_empty("metadata.log.dir").map_or_else(|| log_dirs[0].clone(), PathBuf::from),
        log_dirs,
        inter_broker_listener_name: if is_broker { inter_broker_listener(values)? } else { String::new() },
        advertised_listeners: if is_broker { advertised_listeners } else { Vec::new() },
        listeners,
        listener_security_protocol_map: protocols,
        controller_listener_names,
        controller_quorum_voters: voters(values)?,
        zookeeper_connect: values.non_empty("zookeeper.connect").map(str::to_owned),
        max_connections_per_ip_overrides: per_ip_overrides(values)?,
        log: log_config(values)?,
        admin_listen: admin_listen(values)?,
        format_on_first_start: false,
        static_configs: values
            .values
            .iter()
            .filter(|(key, _)| !is_sensitive(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    })
}

fn roles(values: &Values) -> Result<Roles, ConfigError> {
    const KEY: &str = "process.roles";
    let mut roles = Roles::default();
    for role in list(values.get(KEY).unwrap_or_default()) {
        let flag = match role.as_str() {
            "broker" => &mut roles.broker,
            "controller" => &mut roles.controller,
            _ => return Err(ConfigError::new(KEY, format!("{role:?} is neither broker nor controller"))),
        };
        if std::mem::replace(flag, true) {
            return Err(ConfigError::new(KEY, format!("{role} is given twice")));
        }
    }
    Ok(roles)
}

fn node_id(values: &Values, is_kraft: bool) -> Result<i32, ConfigError> {
    let broker_id = values.read::<i32>("broker.id", at_least(-1))?;
    let node_id = values.read::<i32>("node.id", at_least(-1))?;
    if let (Some(broker_id), Some(node_id)) = (broker_id, node_id)
        && broker_id != node_id
    {
        return Err(ConfigError::new(
            "broker.id",
            format!("{broker_id} differs from node.id {node_id}; set one of them, or both to the same id"),
        ));
    }
    let key = if is_kraft { "node.id" } else { "broker.id" };
    match node_id.or(broker_id) {
        Some(id) if id >= 0 => Ok(id),
        _ if is_kraft => Err(ConfigError::new(key, "it is required when process.roles is set")),
        _ => Err(ConfigError::new(key, "it must be set: generated broker ids are not supported yet")),
    }
}

fn log_dirs(values: &Values) -> Result<Vec<PathBuf>, ConfigError> {
    let (key, text) = match values.get("log.dirs") {
        Some(text) => ("log.dirs", text),
        None => ("log.dir", values.get("log.dir").unwrap_or("/tmp/kafka-logs")),
    };
    let dirs = list(text);
    if dirs.is_empty() {
        return Err(ConfigError::new(key, "at least one log directory must be given"));
    }
    if let Some(index) = (1..dirs.len()).find(|index| dirs[..*index].contains(&dirs[*index])) {
        return Err(ConfigError::new(key, format!("{} is given twice", dirs[index])));
    }
    Ok(dirs.into_iter().map(PathBuf::from).collect())
}

/// The protocol map. As in Kafka, controller listeners need no entry as long as nothing but plain text is in play.
fn protocols(
    values: &Values,
    is_kraft: bool,
    controller_listener_names: &[String],
) -> Result<BTreeMap<String, SecurityProtocol>, ConfigError> {
    const KEY: &str = "listener.security.protocol.map";
    let default = key_spec(KEY).and_then(|spec| spec.default).expect("the map has a default");
    let mut map = listeners::protocol_map(values.non_empty(KEY).unwrap_or(default))?;
    if is_kraft && values.non_empty(KEY).is_none() {
        for name in controller_listener_names {
            map.entry(name.clone()).or_insert(SecurityProtocol::Plaintext);
        }
    }
    Ok(map)
}

fn inter_broker_listener(values: &Values) -> Result<String, ConfigError> {
    const PROTOCOL: &str = "security.inter.broker.protocol";
    match (values.non_empty("inter.broker.listener.name"), values.get(PROTOCOL)) {
        (Some(_), Some(_)) => Err(ConfigError::new(
            "inter.broker.listener.name",
            "only one of inter.broker.listener.name and security.inter.broker.protocol may be set",
        )),
        (Some(name), None) => Ok(name.to_ascii_uppercase()),
        (None, protocol) => {
            let protocol = protocol.unwrap_or("PLAINTEXT").to_ascii_uppercase();
            match listeners::security_protocol(&protocol) {
                Some(_) => Ok(protocol),
                None => Err(ConfigError::new(PROTOCOL, format!("{protocol:?} is no security protocol"))),
            }
        }
    }
}

fn voters(values: &Values) -> Result<BTreeMap<i32, String>, ConfigError> {
    const KEY: &str = "controller.quorum.voters";
    let mut voters = BTreeMap::new();
    for entry in list(values.get(KEY).unwrap_or_default()) {
        let malformed = || ConfigError::new(KEY, format!("{entry:?} is not of the form id@host:port"));
        let (id, address) = entry.split_once('@').ok_or_else(malformed)?;
        let id: i32 = id.trim().parse().ok().filter(|id| *id >= 0).ok_or_else(malformed)?;
        let (host, port) = listeners::split_address(address).ok_or_else(malformed)?;
        if host.is_empty() || port == 0 {
            return Err(malformed());
        }
        if voters.insert(id, address.trim().to_owned()).is_some() {
            return Err(ConfigError::new(KEY, format!("voter {id} is given twice")));
        }
    }
    Ok(voters)
}

fn per_ip_overrides(values: &Values) -> Result<BTreeMap<String, i32>, ConfigError> {
    const KEY: &str = "max.connections.per.ip.overrides";
    let mut overrides = BTreeMap::new();
    for entry in list(values.get(KEY).unwrap_or_default()) {
        let parsed =
            entry.rsplit_once(':').and_then(|(host, count)| Some((host.trim(), count.trim().parse::<i32>().ok()?)));
        let (host, count) = parsed
            .filter(|(host, count)| !host.is_empty() && *count >= 0)
            .ok_or_else(|| ConfigError::new(KEY, format!("{entry:?} is not of the form host:count")))?;
        overrides.insert(host.to_owned(), count);
    }
    Ok(overrides)
}

fn log_config(values: &Values) -> Result<LogConfig, ConfigError> {
    let mut log = LogConfig::default();
    for (topic_key, broker_key) in LOG_SYNONYMS {
        if let Some(text) = values.get(broker_key) {
            log.set(topic_key, text).map_err(|error| log_error(broker_key, error))?;
        }
    }
    const HOUR_MS: i64 = 3_600_000;
    if let Some(segment_ms) = duration_ms(values, &[("log.roll.ms", 1), ("log.roll.hours", HOUR_MS)], at_least(1))? {
        log.segment_ms = segment_ms;
    }
    let retention = [("log.retention.ms", 1), ("log.retention.minutes", 60_000), ("log.retention.hours", HOUR_MS)];
    if let Some(retention_ms) = duration_ms(values, &retention, ANY)? {
        if retention_ms == 0 {
            return Err(ConfigError::new("log.retention.ms", "it must be -1 for no limit, or at least 1"));
        }
        log.retention_ms = retention_ms.max(-1);
    }
    // Without an interval of its own a log is flushed as often as the scheduler looks.
    let flush = [("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)];
    if let Some(flush_ms) = duration_ms(values, &flush, at_least(0))? {
        log.flush_ms = flush_ms;
    }
    Ok(log)
}

/// The first of `keys` that is set, in milliseconds.
fn duration_ms(values: &Values, keys: &[(&str, i64)], bounds: Bounds) -> Result<Option<i64>, ConfigError> {
    for (key, unit_ms) in keys {
        if let Some(amount) = values.read::<i64>(key, bounds)? {
            return Ok(Some(amount.saturating_mul(*unit_ms)));
        }
    }
    Ok(None)
}

fn log_error(broker_key: &str, error: LogError) -> ConfigError {
    match error {
        LogError::InvalidConfig { value, what, .. } => ConfigError::new(broker_key, format!("{value:?}: {what}")),
        other => ConfigError::new(broker_key, other),
    }
}

fn admin_listen(values: &Values) -> Result<Option<AdminListen>, ConfigError> {
    const KEY: &str = "kedge.admin.listen";
    let explicit = values.get(KEY).is_some();
    let text = values.get(KEY).or_else(|| key_spec(KEY)?.default).unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let (host, port) = listeners::split_address(text)
        .ok_or_else(|| ConfigError::new(KEY, format!("{text:?} is not of the form address:port")))?;
    let address: IpAddr = if host == "localhost" { "127.0.0.1" } else { &host }
        .parse()
        .map_err(|_| ConfigError::new(KEY, format!("{host:?} is not an IP address")))?;
    Ok(Some(AdminListen { address: SocketAddr::new(address, port), explicit }))
}
