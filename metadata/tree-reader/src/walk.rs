//! The walk over a raw tree: what each znode says, by its path.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    read::{RawNode, RawTree},
    summary::{
        BadZnode, BrokerSummary, ControllerSummary, EndpointSummary, MigrationSummary, PartitionSummary, StateSummary,
        Summary, TopicSummary,
    },
};

/// Walks the tree once and says what it holds.
pub fn summarize(tree: &RawTree) -> Summary {
    let mut summary = Summary { znodes: tree.nodes.len(), ..Summary::default() };
    for (path, node) in &tree.nodes {
        let data = node.data.as_deref().unwrap_or_default();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        if let Err(problem) = read_znode(&parts, node, data, &mut summary) {
            summary.bad.push(BadZnode { path: path.clone(), problem });
        }
    }
    summary
}

fn read_znode(parts: &[&str], node: &RawNode, data: &[u8], summary: &mut Summary) -> Result<(), String> {
    match parts {
        ["cluster", "id"] => summary.cluster_id = Some(text_field(data, "id")?),
        ["controller_epoch"] => {
            let digits = std::str::from_utf8(data).ok().and_then(|digits| digits.parse().ok());
            summary.controller_epoch = Some(digits.ok_or("not a number")?);
        }
        ["controller"] => summary.controller = Some(controller(node, data)?),
        ["migration"] => summary.migration = migration(node, data)?,
        ["brokers", "ids", id] => {
            let id: i32 = id.parse().map_err(|_| "not a broker id")?;
            // It is registered, whatever its document says.
            let found = summary.brokers.entry(id).or_default();
            found.czxid = node.czxid;
            broker(data, found)?;
        }
        ["brokers", "seqid"] => summary.generated_broker_ids = node.zk_version,
        ["brokers", "topics", name] => topic(data, summary.topics.entry((*name).to_owned()).or_default())?,
        ["brokers", "topics", name, "partitions", index, "state"] => {
            let state = state(data, node.zk_version)?;
            let index: i32 = index.parse().map_err(|_| "not a partition")?;
            // A parent comes before its children in the map, so the assignment is there.
            let topic = summary.topics.entry((*name).to_owned()).or_default();
            topic.partitions.entry(index).or_default().state = Some(state);
        }
        ["config", kind @ ("topics" | "brokers" | "users" | "clients" | "ips"), rest @ ..] if !rest.is_empty() => {
            let config = config(data)?;
            if !config.is_empty() {
                summary.configs.insert(format!("{kind}/{}", rest.join("/")), config);
            }
        }
        ["latest_producer_id_block"] if !data.is_empty() => {
            let end = text_field(data, "block_end")?;
            summary.last_producer_id = Some(end.parse().map_err(|_| "block_end is not a number")?);
        }
        ["admin", "delete_topics", name] => summary.deletions.push((*name).to_owned()),
        ["admin", "reassign_partitions"] if !data.is_empty() => {
            summary.reassignment_requests = reassignment_requests(data)?;
        }
        ["kafka-acl", _, _] | ["kafka-acl-extended", "prefixed", _, _] if !data.is_empty() => {
            let acls = document(data)?;
            summary.acls += acls.get("acls").and_then(Value::as_array).ok_or("acls is not a list")?.len();
        }
        ["consumers", group, "offsets", _, _] => {
            *summary.consumer_offsets.entry((*group).to_owned()).or_default() += 1;
        }
        ["delegation_token", "tokens", _] => summary.delegation_tokens += 1,
        _ => {}
    }
    Ok(())
}

fn controller(node: &RawNode, data: &[u8]) -> Result<ControllerSummary, String> {
    let json = document(data)?;
    let kraft_epoch = match json.get("kraftControllerEpoch") {
        None => -1,
        Some(_) => int(&json, "kraftControllerEpoch")?,
    };
    Ok(ControllerSummary { node_id: int(&json, "brokerid")?, kraft_epoch, is_ephemeral: node.ephemeral_owner != 0 })
}

fn migration(node: &RawNode, data: &[u8]) -> Result<MigrationSummary, String> {
    if data.is_empty() {
        return Ok(MigrationSummary::Empty);
    }
    let json = document(data)?;
    let version = number(&json, "version")?;
    if version != 0 {
        return Err(format!("version {version} is not 0"));
    }
    Ok(MigrationSummary::Content {
        controller_id: int(&json, "kraft_controller_id")?,
        controller_epoch: int(&json, "kraft_controller_epoch")?,
        metadata_offset: number(&json, "kraft_metadata_offset")?,
        metadata_epoch: int(&json, "kraft_metadata_epoch")?,
        zk_version: node.zk_version,
    })
}

/// Version 1 knows one plain listener; every later one lists its endpoints, protocols by name from version 4 on.
fn broker(data: &[u8], broker: &mut BrokerSummary) -> Result<(), String> {
    let json = document(data)?;
    if number(&json, "version")? < 2 {
        let host = json.get("host").and_then(Value::as_str).ok_or("host is missing or not a string")?;
        let plain = "PLAINTEXT".to_owned();
        broker.endpoints.push(EndpointSummary {
            listener_name: plain.clone(),
            host: host.to_owned(),
            port: u16::try_from(number(&json, "port")?).map_err(|_| "port is not a port")?,
            security_protocol: plain,
        });
        return Ok(());
    }
    let protocols = json.get("listener_security_protocol_map");
    let endpoints = json.get("endpoints").and_then(Value::as_array).ok_or("endpoints is not a list")?;
    for text in endpoints {
        let text = text.as_str().ok_or("an endpoint is not a string")?;
        let not_one = || format!("{text:?} is not an endpoint");
        let (name, address) = text.split_once("://").ok_or_else(not_one)?;
        let (host, port) = address.rsplit_once(':').ok_or_else(not_one)?;
        let named = protocols.and_then(|protocols| protocols.get(name)).and_then(Value::as_str);
        broker.endpoints.push(EndpointSummary {
            listener_name: name.to_uppercase(),
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: port.parse().map_err(|_| not_one())?,
            security_protocol: named.unwrap_or(name).to_owned(),
        });
    }
    let features = json.get("features").and_then(Value::as_object);
    for (name, levels) in features.into_iter().flatten() {
        let levels = (int(levels, "min_version")?, int(levels, "max_version")?);
        broker.features.insert(name.clone(), levels);
    }
    Ok(())
}

fn topic(data: &[u8], topic: &mut TopicSummary) -> Result<(), String> {
    let json = document(data)?;
    topic.topic_id = match json.get("topic_id") {
        None => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err("topic_id is not a string".to_owned()),
    };
    type List = fn(&mut PartitionSummary) -> &mut Vec<i32>;
    let lists: [(&str, List); 3] = [
        ("partitions", |partition| &mut partition.replicas),
        ("adding_replicas", |partition| &mut partition.adding_replicas),
        ("removing_replicas", |partition| &mut partition.removing_replicas),
    ];
    for (key, list) in lists {
        let Some(assignment) = json.get(key) else { continue };
        for (index, replicas) in assignment.as_object().ok_or_else(|| format!("{key} is not an object"))? {
            let index: i32 = index.parse().map_err(|_| format!("{index:?} in {key} is not a partition"))?;
            *list(topic.partitions.entry(index).or_default()) = ids(replicas)?;
        }
    }
    Ok(())
}

fn state(data: &[u8], zk_version: i32) -> Result<StateSummary, String> {
    let json = document(data)?;
    let leader_recovery_state = match json.get("leader_recovery_state").map(Value::as_i64) {
        None | Some(Some(0)) => 0,
        Some(Some(1)) => 1,
        Some(_) => return Err("leader_recovery_state is neither 0 nor 1".to_owned()),
    };
    Ok(StateSummary {
        leader: int(&json, "leader")?,
        leader_epoch: int(&json, "leader_epoch")?,
        isr: ids(json.get("isr").unwrap_or(&Value::Null))?,
        controller_epoch: int(&json, "controller_epoch")?,
        leader_recovery_state,
        zk_version,
    })
}

/// A body that is missing or no JSON reads as no config, as Kafka has it.
fn config(data: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let Ok(json) = document(data) else { return Ok(Default::default()) };
    let Some(entries) = json.get("config").and_then(Value::as_object) else { return Ok(Default::default()) };
    let entry = |(key, value): (&String, &Value)| match value {
        Value::String(value) => Ok((key.clone(), value.clone())),
        _ => Err(format!("{key} is not a string")),
    };
    entries.iter().map(entry).collect()
}

fn reassignment_requests(data: &[u8]) -> Result<Vec<(String, i32)>, String> {
    let json = document(data)?;
    let partitions = json.get("partitions").and_then(Value::as_array).ok_or("partitions is not a list")?;
    let request = |partition: &Value| {
        let topic = partition.get("topic").and_then(Value::as_str).ok_or("topic is missing or not a string")?;
        Ok((topic.to_owned(), int(partition, "partition")?))
    };
    partitions.iter().map(request).collect()
}

fn document(data: &[u8]) -> Result<Value, String> {
    if data.is_empty() {
        return Err("there is no data".to_owned());
    }
    let json: Value = serde_json::from_slice(data).map_err(|error| format!("not JSON: {error}"))?;
    if json.is_object() { Ok(json) } else { Err("not a JSON object".to_owned()) }
}

fn number(json: &Value, key: &str) -> Result<i64, String> {
    json.get(key).and_then(Value::as_i64).ok_or_else(|| format!("{key} is missing or not an integer"))
}

fn int(json: &Value, key: &str) -> Result<i32, String> {
    i32::try_from(number(json, key)?).map_err(|_| format!("{key} does not fit 32 bits"))
}

fn text_field(data: &[u8], key: &str) -> Result<String, String> {
    let json = document(data)?;
    let text = json.get(key).and_then(Value::as_str).ok_or_else(|| format!("{key} is missing or not a string"))?;
    Ok(text.to_owned())
}

fn ids(json: &Value) -> Result<Vec<i32>, String> {
    let list = json.as_array().ok_or("not a list of ids")?;
    let id =
        |id: &Value| id.as_i64().and_then(|id| i32::try_from(id).ok()).ok_or_else(|| "not a list of ids".to_owned());
    list.iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(nodes: &[(&str, &str)]) -> RawTree {
        let node = |data: &str| RawNode {
            data: (!data.is_empty()).then(|| data.as_bytes().to_vec()),
            zk_version: 7,
            czxid: 42,
            ephemeral_owner: 0,
        };
        RawTree { nodes: nodes.iter().map(|(path, data)| ((*path).to_owned(), node(data))).collect() }
    }

    #[test]
    fn a_topic_is_put_together_from_its_znodes() {
        let summary = summarize(&tree(&[
            (
                "/brokers/topics/t",
                r#"{"partitions":{"0":[2,1]},"topic_id":"x","adding_replicas":{"0":[2]},"version":3}"#,
            ),
            ("/brokers/topics/t/partitions", ""),
            ("/brokers/topics/t/partitions/0", ""),
            (
                "/brokers/topics/t/partitions/0/state",
                r#"{"controller_epoch":3,"leader":1,"version":1,"leader_epoch":4,"isr":[1]}"#,
            ),
            ("/config/topics/t", r#"{"version":1,"config":{"a":"1"}}"#),
            ("/latest_producer_id_block", r#"{"version":1,"broker":3,"block_start":"1000","block_end":"1999"}"#),
        ]));
        let topic = &summary.topics["t"];
        assert_eq!(topic.topic_id.as_deref(), Some("x"));
        let partition = &topic.partitions[&0];
        assert_eq!((&partition.replicas, &partition.adding_replicas), (&vec![2, 1], &vec![2]));
        let state = partition.state.as_ref().expect("it has one");
        assert_eq!((state.leader, state.leader_epoch, state.controller_epoch, state.zk_version), (1, 4, 3, 7));
        assert_eq!(summary.configs["topics/t"]["a"], "1");
        assert_eq!((summary.last_producer_id, summary.highest_stamp(), summary.partitions()), (Some(1999), 3, 1));
        assert!(summary.bad.is_empty());
    }

    #[test]
    fn brokers_of_every_age_tell_where_they_listen() {
        let summary = summarize(&tree(&[
            ("/brokers/ids/1", r#"{"version":1,"host":"old","port":9092,"jmx_port":-1,"timestamp":"1"}"#),
            (
                "/brokers/ids/2",
                r#"{"version":5,"host":null,"port":-1,"endpoints":["SSL://[::1]:9093","in://b:1"],
                    "listener_security_protocol_map":{"in":"PLAINTEXT"},"features":{"f":{"min_version":1,"max_version":4}}}"#,
            ),
            ("/brokers/ids/3", ""),
        ]));
        let shown = |id: i32| {
            let endpoints = summary.brokers[&id].endpoints.iter();
            endpoints
                .map(|e| format!("{} {} {}", e.listener_name, e.address(), e.security_protocol))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(1), ["PLAINTEXT old:9092 PLAINTEXT"]);
        assert_eq!(shown(2), ["SSL [::1]:9093 SSL", "IN b:1 PLAINTEXT"]);
        assert_eq!(summary.brokers[&2].features["f"], (1, 4));
        // Registered all the same.
        assert_eq!((shown(3).len(), summary.brokers[&3].czxid, summary.bad.len()), (0, 42, 1));
    }

    #[test]
    fn what_cannot_be_carried_is_counted() {
        let encoded = "keyFactoryAlgorithm:PBKDF2,salt:AA==,encryptedPassword:BB==,passwordLength:4";
        let summary = summarize(&tree(&[
            ("/admin/delete_topics/gone", ""),
            (
                "/admin/reassign_partitions",
                r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1]},{"topic":"t","partition":1,"replicas":[1]}]}"#,
            ),
            ("/brokers/seqid", ""),
            ("/brokers/topics/t", r#"{"partitions":{"0":[2,1]},"removing_replicas":{"0":[2]},"version":3}"#),
            (
                "/config/brokers/1",
                &format!(r#"{{"config":{{"ssl.key.password":"{encoded}","log.cleaner.threads":"2"}}}}"#),
            ),
            ("/config/users/u", r#"{"config":{"SCRAM-SHA-256":"salt=…","producer_byte_rate":"1"}}"#),
            ("/config/users/u/clients", ""),
            ("/config/users/u/clients/c", r#"{"config":{"consumer_byte_rate":"2"}}"#),
            ("/config/ips/10.0.0.1", r#"{"config":{"connection_creation_rate":"2"}}"#),
            ("/delegation_token/tokens/x", "{}"),
            ("/kafka-acl/Topic/t", r#"{"version":1,"acls":[{},{}]}"#),
            ("/kafka-acl-extended/prefixed/Topic/t", r#"{"version":1,"acls":[{}]}"#),
        ]));
        assert_eq!(summary.bad, []);
        assert_eq!((summary.acls, summary.delegation_tokens, summary.deletions.len()), (3, 1, 1));
        assert_eq!((summary.scram_credentials(), summary.quotas(), summary.encoded_configs()), (1, 3, 1));
        // One is in flight and asked for, one is only asked for.
        assert_eq!((summary.reassignments(), summary.generated_broker_ids), (2, 7));
        assert_eq!(summary.configs["users/u/clients/c"]["consumer_byte_rate"], "2");
    }

    #[test]
    fn migration_may_be_absent_empty_or_written() {
        assert_eq!(summarize(&tree(&[])).migration, MigrationSummary::Absent);
        let empty = summarize(&tree(&[("/migration", "")]));
        assert_eq!((empty.migration, empty.bad), (MigrationSummary::Empty, vec![]));
        let written = summarize(&tree(&[(
            "/migration",
            r#"{"version":0,"kraft_metadata_offset":812,"kraft_controller_id":3000,"kraft_metadata_epoch":4,"kraft_controller_epoch":5}"#,
        )]));
        let content = MigrationSummary::Content {
            controller_id: 3000,
            controller_epoch: 5,
            metadata_offset: 812,
            metadata_epoch: 4,
            zk_version: 7,
        };
        assert_eq!(written.migration, content);
    }

    #[test]
    fn every_bad_znode_is_named() {
        let summary = summarize(&tree(&[
            ("/brokers/ids/x", "{}"),
            ("/brokers/topics/t", "{"),
            ("/brokers/topics/u", r#"{"partitions":{"0":[3000000000]}}"#),
            ("/config/topics/t", r#"{"version":1,"config":{"a":1}}"#),
            ("/controller", ""),
            ("/controller_epoch", "x"),
            ("/migration", "null"),
        ]));
        let bad: Vec<String> = summary.bad.iter().map(|bad| format!("{}: {}", bad.path, bad.problem)).collect();
        assert_eq!(
            bad,
            [
                "/brokers/ids/x: not a broker id",
                "/brokers/topics/t: not JSON: EOF while parsing an object at line 1 column 1",
                "/brokers/topics/u: not a list of ids",
                "/config/topics/t: a is not a string",
                "/controller: there is no data",
                "/controller_epoch: not a number",
                "/migration: not a JSON object",
            ]
        );
    }
}
