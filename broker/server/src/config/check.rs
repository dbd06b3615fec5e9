//! Contradictions between keys. The rules are those of Kafka 3.9's `KafkaConfig.validateValues` unless a comment says otherwise.

use super::{ConfigError, KafkaConfig, read::Values};
use crate::context::SecurityProtocol;

type Checked = Result<(), ConfigError>;

fn refuse_unless(holds: bool, key: &str, problem: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(ConfigError::new(key, problem())) }
}

/// Refuses what contradicts itself, naming the key to change.
pub(super) fn check(config: &KafkaConfig, values: &Values) -> Checked {
    if config.is_kraft() {
        check_quorum(config)?;
        check_roles(config)?;
    } else {
        check_zookeeper_mode(config, values)?;
    }
    check_ports(config)?;
    if config.process_roles.broker || !config.is_kraft() {
        check_broker_listeners(config)?;
    }
    check_protocols(config)?;
    check_numbers(config)
}

fn check_quorum(config: &KafkaConfig) -> Checked {
    refuse_unless(!config.controller_quorum_voters.is_empty(), "controller.quorum.voters", || {
        "it must not be empty when process.roles is set".to_owned()
    })?;
    refuse_unless(!config.controller_listener_names.is_empty(), "controller.listener.names", || {
        "it must not be empty when process.roles is set".to_owned()
    })?;
    let (id, is_voter) = (config.node_id, config.controller_quorum_voters.contains_key(&config.node_id));
    refuse_unless(is_voter || !config.process_roles.controller, "controller.quorum.voters", || {
        format!("process.roles holds controller, so node.id {id} must be one of the voters")
    })?;
    refuse_unless(!is_voter || config.process_roles.controller, "controller.quorum.voters", || {
        format!("process.roles does not hold controller, so node.id {id} must not be one of the voters")
    })?;
    // Kafka asks the same of its controllers; a KRaft broker has no use for the flag and is left alone.
    let lacks_zookeeper = config.process_roles.controller
        && config.zookeeper_metadata_migration_enable
        && config.zookeeper_connect.is_none();
    refuse_unless(!lacks_zookeeper, "zookeeper.connect", || {
        "it must be set when zookeeper.metadata.migration.enable is true".to_owned()
    })
}

fn check_roles(config: &KafkaConfig) -> Checked {
    let is_controller_listener = |name: &String| config.controller_listener_names.contains(name);
    let own_controller_listeners =
        config.listeners.iter().filter(|listener| is_controller_listener(&listener.name)).count();
    if !config.process_roles.controller {
        return refuse_unless(own_controller_listeners == 0, "controller.listener.names", || {
            "none of them may stand in listeners when process.roles is broker".to_owned()
        });
    }
    let first = &config.controller_listener_names[0];
    refuse_unless(
        config.listeners.iter().any(|listener| listener.name == *first),
        "controller.listener.names",
        || format!("its first entry {first} must stand in listeners when process.roles holds controller"),
    )?;
    refuse_unless(
        config.process_roles.broker || own_controller_listeners == config.listeners.len(),
        "listeners",
        || "it may only hold controller listeners when process.roles is controller".to_owned(),
    )
}

fn check_zookeeper_mode(config: &KafkaConfig, values: &Values) -> Checked {
    refuse_unless(config.zookeeper_connect.is_some(), "zookeeper.connect", || {
        "it must be set unless process.roles is".to_owned()
    })?;
    let reserved_max_id = values.get("reserved.broker.max.id").and_then(|text| text.parse().ok()).unwrap_or(1000);
    let generates = values.get("broker.id.generation.enable").is_none_or(|text| text.eq_ignore_ascii_case("true"));
    refuse_unless(!generates || config.node_id <= reserved_max_id, "broker.id", || {
        format!("{} is above reserved.broker.max.id {reserved_max_id}", config.node_id)
    })?;
    // Kafka lets this pass, and the migration fails on it later.
    refuse_unless(!config.controller_quorum_voters.contains_key(&config.node_id), "controller.quorum.voters", || {
        format!("controller id {} is also the id of this broker; controllers need ids of their own", config.node_id)
    })?;
    if !config.zookeeper_metadata_migration_enable {
        return Ok(());
    }
    refuse_unless(!config.controller_quorum_voters.is_empty(), "controller.quorum.voters", || {
        "it must not be empty when zookeeper.metadata.migration.enable is true".to_owned()
    })?;
    refuse_unless(!config.controller_listener_names.is_empty(), "controller.listener.names", || {
        "it must not be empty when zookeeper.metadata.migration.enable is true".to_owned()
    })
}

fn check_ports(config: &KafkaConfig) -> Checked {
    for (index, listener) in config.listeners.iter().enumerate() {
        let twin = config.listeners[..index].iter().find(|other| {
            other.port == listener.port && listener.port != 0 && !is_one_of_each_family(&other.host, &listener.host)
        });
        if let Some(twin) = twin {
            return Err(ConfigError::new("listeners", format!("{twin} and {listener} have the same port")));
        }
    }
    Ok(())
}

/// One IPv4 and one IPv6 address may share a port (KIP-797).
fn is_one_of_each_family(a: &str, b: &str) -> bool {
    match (a.parse::<std::net::IpAddr>(), b.parse::<std::net::IpAddr>()) {
        (Ok(a), Ok(b)) => a.is_ipv4() != b.is_ipv4(),
        _ => false,
    }
}

fn check_broker_listeners(config: &KafkaConfig) -> Checked {
    const ADVERTISED: &str = "advertised.listeners";
    refuse_unless(!config.advertised_listeners.is_empty(), ADVERTISED, || {
        "a broker needs at least one listener that is no controller listener".to_owned()
    })?;
    for advertised in &config.advertised_listeners {
        let is_listened = config.listeners.iter().any(|listener| listener.name == advertised.name);
        refuse_unless(is_listened, ADVERTISED, || format!("{} does not stand in listeners", advertised.name))?;
        let is_meta = matches!(advertised.host.as_str(), "0.0.0.0" | "::");
        refuse_unless(!is_meta, ADVERTISED, || {
            format!("{advertised} cannot be reached by clients; advertise a routable address")
        })?;
    }
    let name = &config.inter_broker_listener_name;
    refuse_unless(!config.controller_listener_names.contains(name), "inter.broker.listener.name", || {
        format!("{name} is a controller listener")
    })?;
    refuse_unless(
        config.advertised_listeners.iter().any(|listener| listener.name == *name),
        "inter.broker.listener.name",
        || format!("{name} does not stand in advertised.listeners"),
    )
}

/// Kedge's own: a listener that asks for encryption or authentication must not be served without.
fn check_protocols(config: &KafkaConfig) -> Checked {
    let used = config.listeners.iter().map(|listener| &listener.name).chain(&config.controller_listener_names);
    for name in used {
        let protocol = config.listener_security_protocol_map.get(name);
        let protocol = protocol.ok_or_else(|| {
            ConfigError::new(
                "listener.security.protocol.map",
                format!("no security protocol is defined for listener {name}"),
            )
        })?;
        refuse_unless(*protocol == SecurityProtocol::Plaintext, "listener.security.protocol.map", || {
            format!("listener {name} asks for {protocol:?}; only PLAINTEXT is supported yet")
        })?;
    }
    Ok(())
}

fn check_numbers(config: &KafkaConfig) -> Checked {
    let wait_ms = config.replica_fetch_wait_max_ms;
    refuse_unless(wait_ms <= config.replica_socket_timeout_ms, "replica.fetch.wait.max.ms", || {
        format!("{wait_ms} is above replica.socket.timeout.ms {}", config.replica_socket_timeout_ms)
    })?;
    refuse_unless(i64::from(wait_ms) <= config.replica_lag_time_max_ms, "replica.fetch.wait.max.ms", || {
        format!("{wait_ms} is above replica.lag.time.max.ms {}", config.replica_lag_time_max_ms)
    })?;
    let queued_bytes = config.queued_max_request_bytes;
    refuse_unless(
        queued_bytes <= 0 || queued_bytes >= i64::from(config.socket_request_max_bytes),
        "queued.max.request.bytes",
        || format!("{queued_bytes} is below socket.request.max.bytes {}", config.socket_request_max_bytes),
    )?;
    // Kafka starts with this, and then no member can join.
    refuse_unless(
        config.group_min_session_timeout_ms <= config.group_max_session_timeout_ms,
        "group.min.session.timeout.ms",
        || format!("it is above group.max.session.timeout.ms {}", config.group_max_session_timeout_ms),
    )
}
