//! `listeners`, `advertised.listeners` and what belongs to them.

use std::collections::BTreeMap;
use std::fmt;

use super::key_spec::{ConfigError, list};
use crate::context::SecurityProtocol;

/// One listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerConfig {
    /// Its name, upper case.
    pub name: String,
    /// Host name or address without brackets; empty is every interface, or, while advertised, this machine's name.
    pub host: String,
    /// The port; 0 lets the system choose.
    pub port: u16,
    /// How it is secured.
    pub security_protocol: SecurityProtocol,
}

impl ListenerConfig {
    /// `host:port`, an IPv6 address in brackets.
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for ListenerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.name, self.address())
    }
}

pub(super) fn security_protocol(name: &str) -> Option<SecurityProtocol> {
    match name.to_ascii_uppercase().as_str() {
        "PLAINTEXT" => Some(SecurityProtocol::Plaintext),
        "SSL" => Some(SecurityProtocol::Ssl),
        "SASL_PLAINTEXT" => Some(SecurityProtocol::SaslPlaintext),
        "SASL_SSL" => Some(SecurityProtocol::SaslSsl),
        _ => None,
    }
}

/// Reads `listener.security.protocol.map`.
pub(super) fn protocol_map(text: &str) -> Result<BTreeMap<String, SecurityProtocol>, ConfigError> {
    const KEY: &str = "listener.security.protocol.map";
    let mut map = BTreeMap::new();
    for entry in list(text) {
        let (name, protocol) = entry
            .rsplit_once(':')
            .ok_or_else(|| ConfigError::new(KEY, format!("{entry:?} is not of the form NAME:PROTOCOL")))?;
        let protocol = security_protocol(protocol.trim())
            .ok_or_else(|| ConfigError::new(KEY, format!("{:?} is no security protocol", protocol.trim())))?;
        map.insert(name.trim().to_ascii_uppercase(), protocol);
    }
    Ok(map)
}

/// Reads a list of `NAME://host:port`.
pub(super) fn parse(
    key: &str,
    text: &str,
    protocols: &BTreeMap<String, SecurityProtocol>,
) -> Result<Vec<ListenerConfig>, ConfigError> {
    let mut listeners: Vec<ListenerConfig> = Vec::new();
    for entry in list(text) {
        let listener = parse_one(&entry, protocols).map_err(|problem| ConfigError::new(key, problem))?;
        if listeners.iter().any(|other| other.name == listener.name) {
            return Err(ConfigError::new(
                key,
                format!("each listener must have a different name, and {} is given twice", listener.name),
            ));
        }
        listeners.push(listener);
    }
    Ok(listeners)
}

fn parse_one(entry: &str, protocols: &BTreeMap<String, SecurityProtocol>) -> Result<ListenerConfig, String> {
    let form = || format!("{entry:?} is not of the form NAME://host:port");
    let (name, address) = entry.split_once("://").ok_or_else(form)?;
    let name = name.trim().to_ascii_uppercase();
    if name.is_empty() {
        return Err(form());
    }
    let (host, port) = split_address(address).ok_or_else(form)?;
    let security_protocol = *protocols.get(&name).ok_or_else(|| {
        format!("no security protocol is defined for listener {name}; add it to listener.security.protocol.map")
    })?;
    Ok(ListenerConfig { name, host, port, security_protocol })
}

/// Splits `host:port`; the host may be empty or an address in brackets.
pub(super) fn split_address(address: &str) -> Option<(String, u16)> {
    let (host, port) = address.trim().rsplit_once(':')?;
    let port = port.parse().ok()?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None if host.contains(':') => return None,
        None => host,
    };
    Some((host.to_owned(), port))
}
