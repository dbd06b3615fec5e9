//! Keys of former releases, translated to today's.

use std::collections::BTreeMap;

use super::{ConfigError, Warning, key_spec::ANY, key_spec::ConfigType};

/// Former names of keys whose values are read as ever.
const RENAMED: &[(&str, &str)] = &[
    ("brokerid", "broker.id"),
    ("zk.connect", "zookeeper.connect"),
    ("log.file.size", "log.segment.bytes"),
    ("log.retention.size", "log.retention.bytes"),
    ("log.default.flush.interval.ms", "log.flush.interval.ms"),
];

/// Minutes between looks at retention, up to 0.8.0.
pub(super) const INTERVAL_MINS: &str = "log.cleanup.interval.mins";

/// Replaces old spellings in `values`; a key that is given in today's spelling wins.
pub(super) fn translate(values: &mut BTreeMap<String, String>, warnings: &mut Vec<Warning>) -> Result<(), ConfigError> {
    for (old, new) in RENAMED {
        if let Some(value) = values.remove(*old) {
            replace(values, warnings, &[old], new, value);
        }
    }
    if let Some(minutes) = values.remove(INTERVAL_MINS) {
        let minutes = i32::read(&minutes, ANY).map_err(|problem| ConfigError::new(INTERVAL_MINS, problem))?;
        let interval_ms = (i64::from(minutes) * 60_000).to_string();
        replace(values, warnings, &[INTERVAL_MINS], "log.retention.check.interval.ms", interval_ms);
    }
    for (host_key, port_key, new) in
        [("host.name", "port", "listeners"), ("advertised.host.name", "advertised.port", "advertised.listeners")]
    {
        let (host, port) = (values.remove(host_key), values.remove(port_key));
        let given: Vec<&str> = [(host_key, &host), (port_key, &port)]
            .iter()
            .filter(|(_, value)| value.is_some())
            .map(|(key, _)| *key)
            .collect();
        if given.is_empty() {
            continue;
        }
        let port = port.unwrap_or_else(|| "9092".to_owned());
        port.parse::<u16>().map_err(|_| ConfigError::new(port_key, format!("{port:?} is not a port")))?;
        let host = host.unwrap_or_default();
        let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host };
        replace(values, warnings, &given, new, format!("PLAINTEXT://{host}:{port}"));
    }
    Ok(())
}

fn replace(values: &mut BTreeMap<String, String>, warnings: &mut Vec<Warning>, old: &[&str], new: &str, value: String) {
    let old = old.join(", ");
    if values.contains_key(new) {
        warnings.push(Warning::Superseded { old, new: new.to_owned() });
    } else {
        warnings.push(Warning::Translated { old, new: new.to_owned(), value: value.clone() });
        values.insert(new.to_owned(), value);
    }
}
