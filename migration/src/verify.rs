//! Tree and quorum compared by a second reader. Pure.
//!
//! The tree comes as a [`TreeSummary`], read and decoded by other code than the store's (`metadata/tree-reader`), the
//! quorum as an image. The proof is JSON with a count and a hash of each class on each side.
//!
//! The hash is FNV-1a, 64 bits, over the canonical JSON of each object, one object a line, sorted by name: the same on
//! every machine and in every version of this program. It proves agreement between honest sides, not against forgery.

use std::collections::BTreeMap;

use kedge_metadata_state::{
    Image,
    image::{ConfigResourceType, PartitionImage},
    record::shown_config_value,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Differences listed in a proof; the count says how many there are.
pub const DIFFERENCES_MAX: usize = 1000;

/// The tree, without versions, stamps and other things that only ZooKeeper has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeSummary {
    /// Topics by name, those queued for deletion aside.
    pub topics: BTreeMap<String, TopicSummary>,
    /// Non-empty topic overrides by topic name.
    pub topic_configs: BTreeMap<String, BTreeMap<String, String>>,
    /// Non-empty broker overrides by broker id, empty for the default.
    pub broker_configs: BTreeMap<String, BTreeMap<String, String>>,
    /// First producer id after the last block.
    pub next_producer_id: i64,
    /// Znodes the second reader could not understand, with the reason.
    pub unreadable: Vec<String>,
}

/// A topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicSummary {
    /// Its id in Kafka's text form.
    pub topic_id: String,
    /// Its partitions.
    pub partitions: BTreeMap<i32, PartitionSummary>,
}

/// What both authorities hold of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionSummary {
    /// Assigned brokers, in order.
    pub replicas: Vec<i32>,
    /// Replicas being added.
    pub adding_replicas: Vec<i32>,
    /// Replicas being removed.
    pub removing_replicas: Vec<i32>,
    /// In-sync replicas, in order.
    pub isr: Vec<i32>,
    /// The leader, −1 for none.
    pub leader: i32,
    /// Its leader epoch.
    pub leader_epoch: i32,
    /// 0 recovered, 1 recovering.
    pub leader_recovery_state: i8,
}

impl PartitionSummary {
    fn of(partition: &PartitionImage) -> PartitionSummary {
        PartitionSummary {
            replicas: partition.replicas.clone(),
            adding_replicas: partition.adding_replicas.clone(),
            removing_replicas: partition.removing_replicas.clone(),
            isr: partition.isr.clone(),
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
            leader_recovery_state: partition.leader_recovery_state as i8,
        }
    }
}

/// The same of the quorum's image.
pub fn summarize(image: &Image) -> TreeSummary {
    let mut summary = TreeSummary { next_producer_id: image.next_producer_id, ..TreeSummary::default() };
    for topic in image.topics.by_id.values() {
        let partitions = topic.partitions.iter().map(|(id, partition)| (*id, PartitionSummary::of(partition)));
        let partitions = partitions.collect();
        summary.topics.insert(topic.name.clone(), TopicSummary { topic_id: topic.topic_id.to_string(), partitions });
    }
    for (resource, config) in &image.configs.by_resource {
        let side = match resource.resource_type {
            ConfigResourceType::Topic => &mut summary.topic_configs,
            ConfigResourceType::Broker => &mut summary.broker_configs,
            // ZooKeeper has no place for these; `rollback::losses` lists them.
            ConfigResourceType::ClientMetrics | ConfigResourceType::Group => continue,
        };
        let config = config.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        side.insert(resource.resource_name.clone(), config);
    }
    summary
}

/// How the two sides compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything that both can hold is the same.
    Equal,
    /// Something differs.
    Different,
    /// A side could not be read, or moved while it was.
    NotComparable,
}

impl Verdict {
    /// Exit code of `kedge migrate verify`.
    pub fn exit_code(self) -> i32 {
        match self {
            Verdict::Equal => 0,
            Verdict::Different => 1,
            Verdict::NotComparable => 2,
        }
    }
}

/// One object that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectDifference {
    /// Class of the object, such as `partitions`.
    pub class: &'static str,
    /// Its name.
    pub name: String,
    /// What the tree says; null if it has no such object. Secrets are not shown.
    pub zookeeper: Value,
    /// What the quorum says.
    pub kraft: Value,
}

/// Count and hash of a class on each side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassProof {
    /// Objects in the tree.
    pub zookeeper_count: usize,
    /// Objects in the quorum's image.
    pub kraft_count: usize,
    /// Hash of the tree's objects, sixteen hex digits.
    pub zookeeper_hash: String,
    /// Hash of the quorum's objects.
    pub kraft_hash: String,
}

/// What `kedge migrate verify` writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Version of this document.
    pub schema_version: u32,
    /// The result.
    pub verdict: Verdict,
    /// Why the sides are not comparable.
    pub reasons: Vec<String>,
    /// By class: topics, partitions, topic-configs, broker-configs, producer-ids.
    pub classes: BTreeMap<&'static str, ClassProof>,
    /// How many objects differ.
    pub difference_count: usize,
    /// The first of them.
    pub differences: Vec<ObjectDifference>,
}

impl Proof {
    /// The document.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a proof has string keys only")
    }
}

/// Canonical JSON of an object, and what may be shown of it.
type Objects = BTreeMap<String, (Value, Value)>;
/// A class's name, and its objects.
type Class = (&'static str, fn(&TreeSummary) -> Objects);

/// Compares the tree with the quorum's image. `moved` says that the log grew between the two reads; a difference may
/// then be nothing but that, so it is not called one.
pub fn compare(tree: &TreeSummary, image: &Image, moved: bool) -> Proof {
    let quorum = summarize(image);
    let mut classes = BTreeMap::new();
    let mut differences = Vec::new();
    for (class, objects) in CLASSES {
        let (left, right) = (objects(tree), objects(&quorum));
        classes.insert(
            *class,
            ClassProof {
                zookeeper_count: left.len(),
                kraft_count: right.len(),
                zookeeper_hash: hash(&left),
                kraft_hash: hash(&right),
            },
        );
        let names: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for name in names {
            let (zookeeper, kraft) = (left.get(name), right.get(name));
            if zookeeper.map(|(value, _)| value) != kraft.map(|(value, _)| value) {
                let shown = |side: Option<&(Value, Value)>| side.map_or(Value::Null, |(_, shown)| shown.clone());
                differences.push(ObjectDifference {
                    class,
                    name: name.clone(),
                    zookeeper: shown(zookeeper),
                    kraft: shown(kraft),
                });
            }
        }
    }
    let mut reasons: Vec<String> = tree.unreadable.clone();
    if moved && !differences.is_empty() {
        reasons.push("the quorum's metadata changed while the tree was read; try again".to_owned());
    }
    let verdict = match (reasons.is_empty(), differences.is_empty()) {
        (false, _) => Verdict::NotComparable,
        (true, false) => Verdict::Different,
        (true, true) => Verdict::Equal,
    };
    let difference_count = differences.len();
    differences.truncate(DIFFERENCES_MAX);
    Proof { schema_version: 1, verdict, reasons, classes, difference_count, differences }
}

const CLASSES: &[Class] = &[
    ("topics", |summary| {
        let topic = |(name, topic): (&String, &TopicSummary)| {
            let value = json!(topic.topic_id);
            (name.clone(), (value.clone(), value))
        };
        summary.topics.iter().map(topic).collect()
    }),
    ("partitions", |summary| {
        let partitions = summary.topics.iter().flat_map(|(name, topic)| {
            topic.partitions.iter().map(move |(partition_id, partition)| {
                let value = serde_json::to_value(partition).expect("a partition has string keys only");
                (format!("{name}-{partition_id}"), (value.clone(), value))
            })
        });
        partitions.collect()
    }),
    ("topic-configs", |summary| configs(&summary.topic_configs)),
    ("broker-configs", |summary| configs(&summary.broker_configs)),
    ("producer-ids", |summary| {
        let value = json!(summary.next_producer_id);
        BTreeMap::from([("next".to_owned(), (value.clone(), value))])
    }),
];

fn configs(by_name: &BTreeMap<String, BTreeMap<String, String>>) -> Objects {
    let keys = by_name.iter().flat_map(|(name, config)| {
        config
            .iter()
            .map(move |(key, value)| (format!("{name} {key}"), (json!(value), json!(shown_config_value(key, value)))))
    });
    keys.collect()
}

fn hash(objects: &Objects) -> String {
    let mut state = FNV_OFFSET_BASIS;
    for (name, (value, _)) in objects {
        for text in [name.as_str(), " ", &value.to_string(), "\n"] {
            state = fnv1a(state, text.as_bytes());
        }
    }
    format!("{state:016x}")
}

const FNV_OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv1a(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::Dialect;

    use super::*;
    use crate::reconcile::tests::{config, image, partition, topic};

    fn quorum() -> Image {
        let records =
            [topic("a", 1), partition(1, 0, 3, 5), partition(1, 1, 3, 5), topic("b", 2), config("a", "86400000")];
        image(Dialect::ZOOKEEPER, &records)
    }

    #[test]
    fn equal_sides_prove_it_with_the_same_hashes() {
        let quorum = quorum();
        let proof = compare(&summarize(&quorum), &quorum, true);
        assert_eq!(proof.verdict, Verdict::Equal);
        assert_eq!(proof.verdict.exit_code(), 0);
        insta::assert_snapshot!("proof_equal", proof.to_json());
    }

    #[test]
    fn every_kind_of_difference_is_found() {
        let quorum = quorum();
        let mut tree = summarize(&quorum);
        tree.topics.remove("b");
        tree.topics.get_mut("a").expect("there").partitions.get_mut(&1).expect("there").isr = vec![2, 1];
        tree.topics.insert("c".to_owned(), TopicSummary { topic_id: "x".to_owned(), ..Default::default() });
        tree.topic_configs.get_mut("a").expect("there").insert("retention.ms".to_owned(), "604800000".to_owned());
        let password = BTreeMap::from([("ssl.key.password".to_owned(), "hunter2".to_owned())]);
        tree.broker_configs.insert("1".to_owned(), password);
        tree.next_producer_id = 5000;
        let proof = compare(&tree, &quorum, false);
        assert_eq!((proof.verdict, proof.verdict.exit_code()), (Verdict::Different, 1));
        let difference = |difference: &ObjectDifference| {
            format!("{} {}: {} | {}\n", difference.class, difference.name, difference.zookeeper, difference.kraft)
        };
        insta::assert_snapshot!(proof.differences.iter().map(difference).collect::<String>());
        assert!(proof.classes["topics"].zookeeper_hash != proof.classes["topics"].kraft_hash);
    }

    #[test]
    fn what_cannot_be_read_or_moved_is_not_comparable() {
        let quorum = quorum();
        let mut tree = summarize(&quorum);
        tree.unreadable.push("/brokers/topics/z: not JSON".to_owned());
        assert_eq!(compare(&tree, &quorum, false).verdict, Verdict::NotComparable);
        let mut tree = summarize(&quorum);
        tree.next_producer_id = 1;
        let proof = compare(&tree, &quorum, true);
        assert_eq!((proof.verdict, proof.verdict.exit_code()), (Verdict::NotComparable, 2));
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // Test vectors of the FNV authors.
        assert_eq!(fnv1a(FNV_OFFSET_BASIS, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(FNV_OFFSET_BASIS, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(FNV_OFFSET_BASIS, b"foobar"), 0x8594_4171_f739_67e8);
    }
}
