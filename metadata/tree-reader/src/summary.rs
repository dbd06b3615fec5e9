//! What a raw tree says, in neutral types: numbers, names and lists, no type of the product's.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::read::RawTree;

/// The tree's content, as far as Kafka's metadata goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// `/cluster/id`.
    pub cluster_id: Option<String>,
    /// `/controller_epoch`.
    pub controller_epoch: Option<i64>,
    /// Node id and KRaft epoch of `/controller`.
    pub controller: Option<(i64, i64)>,
    /// Offset and epoch of `/migration`.
    pub migration: Option<(i64, i64)>,
    /// Ids of registered brokers, each with its czxid.
    pub brokers: BTreeMap<i64, i64>,
    /// Topics by name.
    pub topics: BTreeMap<String, TopicSummary>,
    /// Overrides by entity (`topics/orders`, `brokers/<default>`, `users/alice`, …), non-empty ones only.
    pub configs: BTreeMap<String, BTreeMap<String, String>>,
    /// Last producer id handed out.
    pub last_producer_id: Option<i64>,
    /// Names under `/admin/delete_topics`.
    pub deletions: Vec<String>,
    /// Number of ACL entries.
    pub acls: usize,
    /// Number of delegation tokens.
    pub delegation_tokens: usize,
    /// Every znode that could not be understood.
    pub bad: Vec<BadZnode>,
}

/// A topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TopicSummary {
    /// `topic_id` as written.
    pub topic_id: Option<String>,
    /// Partitions by index.
    pub partitions: BTreeMap<i64, PartitionSummary>,
}

/// A partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartitionSummary {
    /// Assigned brokers, in order.
    pub replicas: Vec<i64>,
    /// Being added.
    pub adding_replicas: Vec<i64>,
    /// Being removed.
    pub removing_replicas: Vec<i64>,
    /// What `state` says; none while there is none.
    pub state: Option<StateSummary>,
}

/// A partition's `state`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StateSummary {
    /// −1 for none.
    pub leader: i64,
    /// Leader epoch.
    pub leader_epoch: i64,
    /// In-sync replicas, in order.
    pub isr: Vec<i64>,
    /// Epoch of the deciding controller.
    pub controller_epoch: i64,
    /// 0 recovered, 1 recovering.
    pub leader_recovery_state: i64,
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

/// Walks the tree once and says what it holds.
pub fn summarize(tree: &RawTree) -> Summary {
    let mut summary = Summary::default();
    for (path, node) in &tree.nodes {
        let data = node.data.as_deref().unwrap_or_default();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let result = match parts.as_slice() {
            ["cluster", "id"] => text_field(data, "id").map(|id| summary.cluster_id = Some(id)),
            ["controller_epoch"] => std::str::from_utf8(data)
                .ok()
                .and_then(|digits| digits.parse().ok())
                .map(|epoch| summary.controller_epoch = Some(epoch))
                .ok_or_else(|| "not a number".to_owned()),
            ["controller"] => document(data).and_then(|json| {
                let kraft = json.get("kraftControllerEpoch").map_or(Some(-1), Value::as_i64);
                let kraft = kraft.ok_or("kraftControllerEpoch is not an integer")?;
                summary.controller = Some((number(&json, "brokerid")?, kraft));
                Ok(())
            }),
            ["migration"] => document(data).and_then(|json| {
                let progress = (number(&json, "kraft_metadata_offset")?, number(&json, "kraft_metadata_epoch")?);
                summary.migration = Some(progress);
                Ok(())
            }),
            ["brokers", "ids", id] => match id.parse() {
                Ok(id) => {
                    summary.brokers.insert(id, node.czxid);
                    Ok(())
                }
                Err(_) => Err("not a broker id".to_owned()),
            },
            ["brokers", "topics", name] => topic(data, summary.topics.entry((*name).to_owned()).or_default()),
            ["brokers", "topics", name, "partitions", index, "state"] => {
                // A parent comes before its children in the map, so the assignment is there.
                let topic = summary.topics.entry((*name).to_owned()).or_default();
                state(data, node.zk_version).and_then(|state| {
                    let index: i64 = index.parse().map_err(|_| "not a partition")?;
                    topic.partitions.entry(index).or_default().state = Some(state);
                    Ok(())
                })
            }
            ["config", kind @ ("topics" | "brokers" | "users" | "clients" | "ips"), rest @ ..] if !rest.is_empty() => {
                config(data).map(|config| {
                    if !config.is_empty() {
                        summary.configs.insert(format!("{kind}/{}", rest.join("/")), config);
                    }
                })
            }
            ["latest_producer_id_block"] if data.is_empty() => Ok(()),
            ["latest_producer_id_block"] => text_field(data, "block_end").and_then(|end| {
                summary.last_producer_id = Some(end.parse().map_err(|_| "block_end is not a number")?);
                Ok(())
            }),
            ["admin", "delete_topics", name] => {
                summary.deletions.push((*name).to_owned());
                Ok(())
            }
            ["kafka-acl", _, _] | ["kafka-acl-extended", "prefixed", _, _] if !data.is_empty() => document(data)
                .and_then(|json| {
                    summary.acls += json.get("acls").and_then(Value::as_array).ok_or("acls is not a list")?.len();
                    Ok(())
                }),
            ["delegation_token", "tokens", _] => {
                summary.delegation_tokens += 1;
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(problem) = result {
            summary.bad.push(BadZnode { path: path.clone(), problem });
        }
    }
    summary
}

fn topic(data: &[u8], topic: &mut TopicSummary) -> Result<(), String> {
    let json = document(data)?;
    topic.topic_id = match json.get("topic_id") {
        None => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err("topic_id is not a string".to_owned()),
    };
    type List = fn(&mut PartitionSummary) -> &mut Vec<i64>;
    let lists: [(&str, List); 3] = [
        ("partitions", |partition| &mut partition.replicas),
        ("adding_replicas", |partition| &mut partition.adding_replicas),
        ("removing_replicas", |partition| &mut partition.removing_replicas),
    ];
    for (key, list) in lists {
        let Some(assignment) = json.get(key) else { continue };
        for (index, replicas) in assignment.as_object().ok_or_else(|| format!("{key} is not an object"))? {
            let index: i64 = index.parse().map_err(|_| format!("{index:?} in {key} is not a partition"))?;
            *list(topic.partitions.entry(index).or_default()) = integers(replicas)?;
        }
    }
    Ok(())
}

fn state(data: &[u8], zk_version: i32) -> Result<StateSummary, String> {
    let json = document(data)?;
    Ok(StateSummary {
        leader: number(&json, "leader")?,
        leader_epoch: number(&json, "leader_epoch")?,
        isr: integers(json.get("isr").unwrap_or(&Value::Null))?,
        controller_epoch: number(&json, "controller_epoch")?,
        leader_recovery_state: json.get("leader_recovery_state").and_then(Value::as_i64).unwrap_or(0),
        zk_version,
    })
}

fn config(data: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let Ok(json) = document(data) else { return Ok(BTreeMap::new()) };
    let Some(entries) = json.get("config").and_then(Value::as_object) else { return Ok(BTreeMap::new()) };
    let entry = |(key, value): (&String, &Value)| match value {
        Value::String(value) => Ok((key.clone(), value.clone())),
        _ => Err(format!("{key} is not a string")),
    };
    entries.iter().map(entry).collect()
}

fn document(data: &[u8]) -> Result<Value, String> {
    let json: Value = serde_json::from_slice(data).map_err(|error| format!("not JSON: {error}"))?;
    if json.is_object() { Ok(json) } else { Err("not a JSON object".to_owned()) }
}

fn number(json: &Value, key: &str) -> Result<i64, String> {
    json.get(key).and_then(Value::as_i64).ok_or_else(|| format!("{key} is missing or not an integer"))
}

fn text_field(data: &[u8], key: &str) -> Result<String, String> {
    let json = document(data)?;
    let text = json.get(key).and_then(Value::as_str).ok_or_else(|| format!("{key} is missing or not a string"))?;
    Ok(text.to_owned())
}

fn integers(json: &Value) -> Result<Vec<i64>, String> {
    let list = json.as_array().ok_or("not a list of ids")?;
    list.iter().map(|id| id.as_i64().ok_or_else(|| "not a list of ids".to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::RawNode;

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
            ("/brokers/ids/1", "{}"),
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
            ("/config/users/u/clients/c", r#"{"version":1,"config":{"q":"2"}}"#),
            ("/latest_producer_id_block", r#"{"version":1,"broker":3,"block_start":"1000","block_end":"1999"}"#),
        ]));
        let topic = &summary.topics["t"];
        assert_eq!(topic.topic_id.as_deref(), Some("x"));
        let partition = &topic.partitions[&0];
        assert_eq!((&partition.replicas, &partition.adding_replicas), (&vec![2, 1], &vec![2]));
        let state = partition.state.as_ref().expect("it has one");
        assert_eq!((state.leader, state.leader_epoch, state.controller_epoch, state.zk_version), (1, 4, 3, 7));
        assert_eq!(summary.brokers[&1], 42);
        assert_eq!(summary.configs["topics/t"]["a"], "1");
        assert_eq!(summary.configs["users/u/clients/c"]["q"], "2");
        assert_eq!(summary.last_producer_id, Some(1999));
        assert!(summary.bad.is_empty());
    }

    #[test]
    fn every_bad_znode_is_named() {
        let summary = summarize(&tree(&[
            ("/brokers/topics/t", "{"),
            ("/config/topics/t", r#"{"version":1,"config":{"a":1}}"#),
            ("/controller_epoch", "x"),
        ]));
        let paths: Vec<_> = summary.bad.iter().map(|bad| bad.path.as_str()).collect();
        assert_eq!(paths, ["/brokers/topics/t", "/config/topics/t", "/controller_epoch"]);
    }
}
