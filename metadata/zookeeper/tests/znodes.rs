//! Znodes that a real Apache Kafka 3.9.2 cluster wrote: each decodes, and encodes to the same bytes.

use std::collections::BTreeMap;

use kedge_metadata_state::image::{BrokerRegistration, Endpoint, LeaderRecoveryState, topics::DIRECTORY_MIGRATING};
use kedge_metadata_store::{MigrationZnode, Progress, Registration, UncarriedCounts};
use kedge_zookeeper::{
    tree::{Tree, read_broker, read_image, read_migration},
    zk::Stat,
    znodes::{self, ProducerIdBlockZnode, StateZnode, TopicZnode},
};

const FIXTURE: &str = include_str!("fixtures/kafka-3.9.2-tree.json");

fn fixture() -> Tree {
    let nodes: Vec<serde_json::Value> = serde_json::from_str(FIXTURE).expect("the fixture is JSON");
    let mut tree = Tree::new();
    for node in nodes {
        let number = |key: &str| node[key].as_i64().expect("a number");
        let stat = Stat {
            czxid: number("czxid"),
            mzxid: number("mzxid"),
            zk_version: number("version") as i32,
            ephemeral_owner: number("ephemeral_owner"),
            ..Stat::default()
        };
        let data = node["data"].as_str().unwrap_or_default().as_bytes().to_vec();
        tree.insert(node["path"].as_str().expect("a path"), data, stat);
    }
    tree
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("Kafka writes text")
}

#[test]
fn everything_a_real_cluster_wrote_is_written_the_same() {
    let mut reencoded = 0;
    for (path, node) in fixture().iter() {
        let data = node.data.as_slice();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let encoded = match parts.as_slice() {
            ["cluster", "id"] => znodes::encode_cluster_id(&znodes::decode_cluster_id(data).expect(path)),
            ["controller"] => {
                let controller = znodes::decode_controller(data).expect(path);
                let timestamp = serde_json::from_slice::<serde_json::Value>(data).expect(path)["timestamp"].clone();
                let timestamp_ms = timestamp.as_str().expect("text").parse().expect("digits");
                let controller_id = controller.controller_id.expect("it names one");
                znodes::encode_controller(controller_id, timestamp_ms, controller.kraft_controller_epoch)
            }
            ["controller_epoch"] => znodes::encode_controller_epoch(znodes::decode_controller_epoch(data).expect(path)),
            ["brokers", "ids", id] => {
                let registration = znodes::decode_broker(id.parse().expect("an id"), 1, data).expect(path);
                let timestamp = serde_json::from_slice::<serde_json::Value>(data).expect(path)["timestamp"].clone();
                znodes::encode_broker(&registration, timestamp.as_str().expect("text").parse().expect("digits"))
            }
            ["brokers", "topics", _] => TopicZnode::decode(data).expect(path).encode(),
            ["brokers", "topics", _, "partitions", _, "state"] => StateZnode::decode(data).expect(path).encode(),
            ["config", "changes", _] => znodes::encode_config_change(&znodes::decode_config_change(data).expect(path)),
            ["config", _, ..] if !data.is_empty() => znodes::encode_config(&znodes::decode_config(data).expect(path)),
            ["latest_producer_id_block"] => {
                ProducerIdBlockZnode::decode(data).expect(path).expect("a block was handed out").encode()
            }
            ["feature"] => {
                assert!(znodes::decode_feature(data).expect(path).is_empty());
                znodes::encode_feature()
            }
            _ => continue,
        };
        assert_eq!(shown(&encoded), shown(data), "{path}");
        reencoded += 1;
    }
    assert!(reencoded > 60, "only {reencoded} znodes were of a known kind");
}

#[test]
fn a_real_tree_becomes_an_image() {
    let tree = fixture();
    let read = read_image(&tree);
    assert!(read.bad.is_empty() && read.topics_without_id.is_empty(), "{:?}", read.bad);
    let image = read.image;
    let mut lines = Vec::new();
    for (name, topic_id) in &image.topics.by_name {
        let topic = &image.topics.by_id[topic_id];
        lines.push(format!("{name} {topic_id} with {} partitions", topic.partitions.len()));
        if let Some((partition_id, partition)) = topic.partitions.iter().next_back() {
            let epochs = (partition.leader_epoch, partition.partition_epoch);
            lines.push(format!(
                "  {partition_id}: replicas {:?} leader {} isr {:?} epochs {epochs:?}",
                partition.replicas, partition.leader, partition.isr
            ));
        }
    }
    for (resource, config) in &image.configs.by_resource {
        let config: BTreeMap<_, _> = config.iter().collect();
        lines.push(format!("{:?} {:?}: {config:?}", resource.resource_type, resource.resource_name));
    }
    for broker in image.cluster.brokers.values() {
        lines.push(format!("broker {} epoch {} rack {:?}", broker.broker_id, broker.broker_epoch, broker.rack));
    }
    lines.push(format!("next producer id {}", image.next_producer_id));
    lines.push(format!("{} topics queued for deletion", image.sidecar.topic_deletions.len()));
    insta::assert_snapshot!(lines.join("\n"));
    let expected =
        UncarriedCounts { acls: 1, quotas: 2, scram_credentials: 1, deletions: 1, ..UncarriedCounts::default() };
    assert_eq!(read.uncarried, expected);
}

/// Which directory holds a replica is nothing that ZooKeeper knows (docs/decisions/0001).
#[test]
fn every_replica_that_is_read_has_the_migrating_directory() {
    let image = read_image(&fixture()).image;
    let partitions: Vec<_> = image.topics.by_id.values().flat_map(|topic| topic.partitions.values()).collect();
    assert!(partitions.len() > 10, "the tree has {} partitions", partitions.len());
    for partition in partitions {
        assert_eq!(partition.directories, vec![DIRECTORY_MIGRATING; partition.replicas.len()]);
    }
}

/// A broker's password as Kafka 3.9 stores it (`CfbParamsEncoder`, default ciphers), shortened.
const ENCODED_PASSWORD: &str = "encryptedPassword:7Z,keyFactoryAlgorithm:PBKDF2WithHmacSHA512,passwordLength:12,\
    cipherAlgorithm:AES/CBC/PKCS5Padding,iterations:4096,salt:9w,initializationVector:Qg,keyLength:128";

#[test]
fn what_cannot_be_carried_is_counted() {
    let mut tree = Tree::new();
    let transactions = r#"{"partitions":{"0":[1],"1":[2],"2":[1,2]},"topic_id":"AAAAAAAAAAAAAAAAAAAAEA","adding_replicas":{"2":[2]},"removing_replicas":{},"version":3}"#;
    let configs = format!(
        r#"{{"version":1,"config":{{"listener.name.a.ssl.keystore.password":"{ENCODED_PASSWORD}","log.cleaner.threads":"2"}}}}"#
    );
    let nodes = [
        ("/brokers/topics/__transaction_state", transactions),
        (
            "/brokers/topics/__transaction_state/partitions/0/state",
            r#"{"controller_epoch":12,"leader":1,"version":1,"leader_epoch":0,"isr":[1]}"#,
        ),
        (
            "/admin/reassign_partitions",
            r#"{"version":1,"partitions":[{"topic":"__transaction_state","partition":2,"replicas":[2]},{"topic":"__transaction_state","partition":0,"replicas":[2]}]}"#,
        ),
        ("/admin/delete_topics/gone", ""),
        ("/config/brokers/1", &configs),
        ("/config/users/alice", r#"{"version":1,"config":{"SCRAM-SHA-256":"salt=","producer_byte_rate":"1"}}"#),
        ("/config/users/alice/clients/app", r#"{"version":1,"config":{"consumer_byte_rate":"1"}}"#),
        ("/config/ips/10.0.0.1", r#"{"version":1,"config":{"connection_creation_rate":"1"}}"#),
        ("/kafka-acl/Topic/t", r#"{"version":1,"acls":[{},{}]}"#),
        ("/kafka-acl-extended/prefixed/Topic/p", r#"{"version":1,"acls":[{}]}"#),
        ("/delegation_token/tokens/t1", "{}"),
        ("/migration", ""),
    ];
    for (path, data) in nodes {
        tree.insert(path, data.as_bytes().to_vec(), Stat::default());
    }
    let read = read_image(&tree);
    assert!(read.bad.is_empty(), "{:?}", read.bad);
    let expected = UncarriedCounts {
        acls: 3,
        quotas: 3,
        scram_credentials: 1,
        delegation_tokens: 1,
        reassignments: 2,
        deletions: 1,
        transaction_partitions: 3,
        encoded_configs: 1,
    };
    assert_eq!(read.uncarried, expected);
    assert_eq!(read.highest_stamp, 12);
    assert_eq!(read_migration(&tree), Ok(MigrationZnode::Empty));
    assert_eq!(read_image(&Tree::new()).highest_stamp, -1);
}

#[test]
fn every_bad_znode_is_collected() {
    let mut tree = fixture();
    let bad = [
        ("/brokers/ids/1", r#"{"version":5,"endpoints":["PLAINTEXT://a:1","plaintext://a:2"],"jmx_port":-1}"#),
        ("/brokers/topics/one", r#"{"version":3,"partitions":{"0":[1]},"topic_id":"short"}"#),
        ("/brokers/topics/orders/partitions/3/state", r#"{"version":1,"leader":"1"}"#),
        ("/config/topics/grown", r#"{"version":1,"config":{"retention.ms":7}}"#),
        ("/controller_epoch", "one"),
        ("/feature", r#"{"version":3}"#),
        ("/latest_producer_id_block", r#"{"version":1,"broker":3,"block_start":"0","block_end":"x"}"#),
        ("/migration", r#"{"version":1}"#),
        ("/config/users/alice", r#"{"version":1,"config":{"producer_byte_rate":1.0}}"#),
    ];
    for (path, data) in bad {
        tree.insert(path, data.as_bytes().to_vec(), Stat::default());
    }
    let read = read_image(&tree);
    let shown: Vec<String> = read.bad.iter().map(|bad| format!("{}: {}", bad.place, bad.problem)).collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert!(read.image.topics.get("wide").is_some(), "what is good is read all the same");
}

#[test]
fn registrations_of_every_version_are_read() {
    let read = |data: &str| {
        let registration = znodes::decode_broker(1, 42, data.as_bytes());
        match registration {
            Ok(registration) => registration
                .broker
                .listeners
                .iter()
                .map(|at| format!("{} {}:{} ({})", at.listener_name, at.host, at.port, at.security_protocol))
                .chain(registration.broker.rack.iter().map(|rack| format!("rack {rack}")))
                .chain(registration.broker.features.iter().map(|(name, range)| format!("{name} {range:?}")))
                .collect::<Vec<_>>()
                .join(", "),
            Err(problem) => format!("refused: {problem}"),
        }
    };
    let cases = [
        r#"{"version":1,"host":"a","port":9092,"jmx_port":-1,"timestamp":"1"}"#,
        r#"{"version":2,"host":"a","port":9092,"jmx_port":-1,"timestamp":"1","endpoints":["SSL://a:9093"]}"#,
        r#"{"version":3,"host":null,"port":-1,"jmx_port":-1,"timestamp":"1","endpoints":["SSL://[::1]:9093"],"rack":"r"}"#,
        r#"{"version":4,"jmx_port":-1,"endpoints":["client://a:1"],"listener_security_protocol_map":{"CLIENT":"SASL_SSL"},"rack":null}"#,
        r#"{"version":5,"jmx_port":-1,"endpoints":["CLIENT://a:1"],"listener_security_protocol_map":{"CLIENT":"SSL"},"features":{"f":{"min_version":1,"max_version":2}}}"#,
        r#"{"version":100,"jmx_port":-1,"endpoints":["PLAINTEXT://a:1"],"something":"new"}"#,
        r#"{"version":0,"host":"a","port":9092,"jmx_port":-1}"#,
        r#"{"version":2,"jmx_port":-1,"endpoints":["CLIENT://a:1"]}"#,
        r#"{"version":2,"jmx_port":-1,"endpoints":["PLAINTEXT://a"]}"#,
    ];
    insta::assert_snapshot!(cases.map(|case| format!("{case}\n  {}", read(case))).join("\n"));
}

#[test]
fn documents_a_healthy_cluster_rarely_shows() {
    let state = StateZnode {
        leader: 2,
        leader_epoch: 7,
        controller_epoch: 3,
        isr: vec![2],
        leader_recovery_state: LeaderRecoveryState::Recovering,
    };
    let endpoint = |name: &str, host: &str, security_protocol| Endpoint {
        listener_name: name.to_owned(),
        host: host.to_owned(),
        port: 9092,
        security_protocol,
    };
    let broker = BrokerRegistration {
        broker_id: 1,
        broker_epoch: -1,
        incarnation_id: kedge_metadata_state::TopicId::ZERO,
        listeners: vec![endpoint("SECURE", "::1", 3), endpoint("INTERNAL", "h\"ost", 1)],
        features: BTreeMap::new(),
        rack: None,
        fenced: false,
        in_controlled_shutdown: false,
        is_migrating_zk_broker: false,
        directories: Vec::new(),
    };
    let progress = Progress {
        kraft_controller_id: 3000,
        kraft_controller_epoch: 5,
        kraft_metadata_offset: 1234,
        kraft_metadata_epoch: 4,
    };
    let topic = TopicZnode { topic_id: None, replicas: BTreeMap::from([(0, vec![1])]), ..TopicZnode::default() };
    let documents = [
        state.encode(),
        znodes::encode_broker(&Registration { broker, jmx_port: 9999 }, 17),
        znodes::encode_migration(&progress),
        znodes::encode_migration(&znodes::NO_PROGRESS),
        znodes::encode_controller(3000, 17, 5),
        topic.encode(),
    ];
    assert_eq!(StateZnode::decode(&documents[0]), Ok(state));
    assert_eq!(znodes::decode_migration(&documents[2]), Ok(progress));
    assert_eq!(TopicZnode::decode(&documents[5]), Ok(topic));
    insta::assert_snapshot!(documents.map(|document| shown(&document)).join("\n"));
}

#[test]
fn notices_and_requests_are_read() {
    assert_eq!(
        znodes::decode_config_change(br#"{"version":1,"entity_type":"topics","entity_name":"t"}"#).as_deref(),
        Some("topics/t")
    );
    assert_eq!(znodes::decode_config_change(b"not json"), None);
    assert_eq!(znodes::decode_config_change(br#"{"version":3,"entity_path":"topics/t"}"#), None);
    assert_eq!(znodes::sequence_number("config_change_0000000012"), Some(12));
    assert_eq!(znodes::sequence_number("config_change"), None);
    let partitions = br#"{"version":1,"partitions":[{"topic":"t","partition":3}]}"#;
    assert_eq!(znodes::decode_isr_notice(partitions), Ok(vec![("t".to_owned(), 3)]));
    assert_eq!(znodes::decode_preferred_election(partitions), Ok(vec![("t".to_owned(), 3)]));
    assert_eq!(znodes::decode_log_dir_notice(br#"{"version":1,"broker":2,"event":1}"#), Ok(2));
    let v1 = znodes::decode_controller(br#"{"version":1,"brokerid":4,"timestamp":"1"}"#).expect("version 1");
    assert_eq!((v1.controller_id, v1.kraft_controller_epoch), (Some(4), -1));
    let registration = read_broker(&fixture(), 2).expect("broker 2 is registered");
    assert_eq!(registration.broker.broker_epoch, 67, "the broker epoch is the czxid");
}
