//! The tree as this process last knew it, and the image it stands for. Pure (p).
//!
//! [`Tree`] is the shadow that plans take their versions from; [`read_image`] decodes all of it and collects every bad
//! znode instead of stopping at the first.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use kedge_metadata_state::{
    Dialect, Image, PartitionId, TopicId,
    image::{ConfigResource, ConfigResourceType, PartitionImage, TopicImage, topics::DIRECTORY_MIGRATING},
};
use kedge_metadata_store::{BadContent, ControllerZnode, MigrationZnode, UncarriedCounts};

use crate::{
    ops::Stat,
    znodes::{self, StateZnode, TopicZnode},
};

/// One znode as last read or written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZNode {
    /// Its data; empty for none.
    pub data: Vec<u8>,
    /// Its Stat. After an own write in a multi only `zk_version` is sure.
    pub stat: Stat,
}

/// Znodes by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: imbl::OrdMap<String, ZNode>,
}

impl Tree {
    /// Nothing known.
    pub fn new() -> Tree {
        Tree::default()
    }

    /// The znode at a path.
    pub fn get(&self, path: &str) -> Option<&ZNode> {
        self.nodes.get(path)
    }

    /// Its dataVersion.
    pub fn zk_version(&self, path: &str) -> Option<i32> {
        self.get(path).map(|node| node.stat.zk_version)
    }

    /// It exists.
    pub fn contains(&self, path: &str) -> bool {
        self.nodes.contains_key(path)
    }

    /// Remembers a znode.
    pub fn insert(&mut self, path: impl Into<String>, data: Vec<u8>, stat: Stat) {
        self.nodes.insert(path.into(), ZNode { data, stat });
    }

    /// Forgets a znode.
    pub fn remove(&mut self, path: &str) {
        self.nodes.remove(path);
    }

    /// Forgets a znode and everything below it.
    pub fn remove_below(&mut self, path: &str) {
        for path in self.below(path) {
            self.nodes.remove(&path);
        }
        self.nodes.remove(path);
    }

    /// Every path below one, parents before children.
    pub fn below(&self, path: &str) -> Vec<String> {
        self.paths_below(path).map(str::to_owned).collect()
    }

    /// Names of the direct children, sorted.
    pub fn children(&self, path: &str) -> Vec<String> {
        let prefix_len = path.trim_end_matches('/').len() + 1;
        let names = self.paths_below(path).map(|child| &child[prefix_len..]);
        names.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }

    fn paths_below(&self, path: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        self.nodes
            .range((Bound::Excluded(prefix.clone()), Bound::Unbounded))
            .map(|(path, _)| path.as_str())
            .take_while(move |path| path.starts_with(&prefix))
    }

    /// Every znode, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &ZNode)> {
        self.nodes.iter()
    }
}

/// What a tree stands for.
#[derive(Clone, Debug)]
pub struct ReadTree {
    /// Everything that could be read.
    pub image: Image,
    /// Every znode that could not.
    pub bad: Vec<BadContent>,
    /// Topics that no controller has given an id yet. They are not in the image.
    pub topics_without_id: Vec<String>,
    /// What this version cannot carry.
    pub uncarried: UncarriedCounts,
    /// Highest controller epoch in any `state`, −1 if there is none.
    pub highest_stamp: i32,
}

/// Decodes the whole tree.
pub fn read_image(tree: &Tree) -> ReadTree {
    let mut image = Image::empty(Dialect::ZOOKEEPER);
    let mut reader = Reader { tree, bad: Vec::new() };
    let mut topics_without_id = Vec::new();
    let mut uncarried = UncarriedCounts::default();

    for broker_id in tree.children(znodes::BROKER_IDS) {
        let path = format!("{}/{broker_id}", znodes::BROKER_IDS);
        let registration = broker_id
            .parse()
            .map_err(|_| format!("{broker_id:?} is not a broker id"))
            .and_then(|broker_id| read_broker(tree, broker_id));
        if let Some(registration) = reader.take(&path, registration) {
            image.cluster.brokers.insert(registration.broker.broker_id, Arc::new(registration.broker));
        }
    }
    for topic_name in tree.children(znodes::TOPICS) {
        match read_topic(tree, &topic_name) {
            Ok(Some(topic)) => {
                if let Some(other) = image.topics.by_id.get(&topic.topic_id) {
                    let problem = format!("topic id {} is that of {:?} too", topic.topic_id, other.name);
                    reader.bad.push(BadContent { place: znodes::topic_path(&topic_name), problem });
                    continue;
                }
                image.topics.by_name.insert(topic.name.clone(), topic.topic_id);
                image.topics.by_id.insert(topic.topic_id, Arc::new(topic));
            }
            Ok(None) => topics_without_id.push(topic_name),
            Err(mut bad) => reader.bad.append(&mut bad),
        }
    }
    for (parent, kind) in [(znodes::TOPIC_CONFIGS, "topics"), (znodes::BROKER_CONFIGS, "brokers")] {
        for name in tree.children(parent) {
            let path = format!("{parent}/{name}");
            let resource = znodes::config_resource(&format!("{kind}/{name}")).expect("both kinds have resources");
            // An orphan of a crashed creation says nothing about a topic that is not there.
            if kind == "topics" && image.topics.get(&name).is_none() {
                reader.take(&path, znodes::decode_config(reader.data(&path)));
                continue;
            }
            if let Some(config) = reader.take(&path, read_config(tree, &resource))
                && !config.is_empty()
            {
                image.configs.by_resource.insert(resource, Arc::new(config.into_iter().collect()));
            }
        }
    }
    if let Some(Some(block)) = reader.decode(znodes::PRODUCER_ID_BLOCK, znodes::ProducerIdBlockZnode::decode) {
        image.next_producer_id = block.block_end + 1;
    }
    if let Some(levels) = reader.decode(znodes::FEATURE, znodes::decode_feature) {
        image.features.finalized_levels = levels.into_iter().filter(|(_, level)| *level > 0).collect();
    }
    reader.decode(znodes::CONTROLLER_EPOCH, znodes::decode_controller_epoch);
    reader.decode(znodes::CONTROLLER, znodes::decode_controller);
    reader.take(znodes::MIGRATION, read_migration(tree));
    for topic_name in tree.children(znodes::DELETE_TOPICS) {
        uncarried.deletions += 1;
        if let Some(topic_id) = image.topics.by_name.get(&topic_name) {
            image.sidecar.topic_deletions.insert(*topic_id);
        }
    }
    count_uncarried(&mut reader, &image, &mut uncarried);
    ReadTree { image, bad: reader.bad, topics_without_id, uncarried, highest_stamp: highest_stamp(tree) }
}

/// Highest controller epoch in any `state`, −1 if there is none. One that cannot be decoded says nothing.
pub fn highest_stamp(tree: &Tree) -> i32 {
    let is_state = |path: &str| path.starts_with(znodes::TOPICS) && path.ends_with("/state");
    let states = tree.iter().filter(|(path, _)| is_state(path));
    let stamps = states.filter_map(|(_, node)| StateZnode::decode(&node.data).ok()).map(|state| state.controller_epoch);
    stamps.max().unwrap_or(-1).max(-1)
}

/// What `/migration` holds. Empty data is no content, as a hand or a crash may leave it.
pub fn read_migration(tree: &Tree) -> Result<MigrationZnode, znodes::Problem> {
    match tree.get(znodes::MIGRATION) {
        None => Ok(MigrationZnode::Absent),
        Some(node) if node.data.is_empty() => Ok(MigrationZnode::Empty),
        Some(node) => {
            let progress = znodes::decode_migration(&node.data)?;
            Ok(MigrationZnode::Content { progress, zk_version: node.stat.zk_version })
        }
    }
}

/// Who rules, by `/controller`.
pub fn read_controller(tree: &Tree) -> Result<ControllerZnode, znodes::Problem> {
    match tree.get(znodes::CONTROLLER) {
        Some(node) => znodes::decode_controller(&node.data),
        None => Ok(ControllerZnode { controller_id: None, kraft_controller_epoch: -1 }),
    }
}

/// A broker's registration; its epoch is the czxid.
pub fn read_broker(tree: &Tree, broker_id: i32) -> Result<kedge_metadata_store::Registration, znodes::Problem> {
    let node = tree.get(&znodes::broker_path(broker_id)).ok_or("it is gone")?;
    znodes::decode_broker(broker_id, node.stat.czxid, &node.data)
}

/// The overrides of a topic or broker; none where there is no znode.
pub fn read_config(tree: &Tree, resource: &ConfigResource) -> Result<BTreeMap<String, String>, znodes::Problem> {
    let path = znodes::config_path(resource).ok_or("ZooKeeper has no place for it")?;
    tree.get(&path).map_or(Ok(BTreeMap::new()), |node| znodes::decode_config(&node.data))
}

/// A topic with its partitions; none while it has no id. A partition without a `state` has partition epoch −1, leader
/// epoch −1, no leader and an empty ISR: Kafka's *New*, whose first election creates the `state`.
pub fn read_topic(tree: &Tree, topic_name: &str) -> Result<Option<TopicImage>, Vec<BadContent>> {
    let path = znodes::topic_path(topic_name);
    let bad = |place: &str, problem| BadContent { place: place.to_owned(), problem };
    let data = tree.get(&path).map(|node| node.data.as_slice()).unwrap_or_default();
    let znode = TopicZnode::decode(data).map_err(|problem| vec![bad(&path, problem)])?;
    let mut problems = Vec::new();
    let mut partitions = BTreeMap::new();
    for (&partition_id, replicas) in &znode.replicas {
        if replicas.is_empty() || partition_id < 0 {
            problems.push(bad(&path, format!("partition {partition_id} has no replicas, or is no partition")));
        }
        let state_path = znodes::state_path(topic_name, partition_id);
        let state = match tree.get(&state_path) {
            None => None,
            Some(node) => match StateZnode::decode(&node.data) {
                Ok(state) => Some((state, node.stat.zk_version)),
                Err(problem) => {
                    problems.push(bad(&state_path, problem));
                    continue;
                }
            },
        };
        partitions.insert(partition_id, Arc::new(partition_image(&znode, partition_id, replicas, state)));
    }
    let Some(topic_id) = znode.topic_id else {
        return if problems.is_empty() { Ok(None) } else { Err(problems) };
    };
    if topic_id == TopicId::ZERO || topic_id == TopicId::ONE {
        problems.push(bad(&path, format!("topic id {topic_id} is reserved")));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Some(TopicImage { name: topic_name.to_owned(), topic_id, partitions }))
}

fn partition_image(
    znode: &TopicZnode,
    partition_id: PartitionId,
    replicas: &[i32],
    state: Option<(StateZnode, i32)>,
) -> PartitionImage {
    let moving = |assignment: &znodes::Assignment| assignment.get(&partition_id).cloned().unwrap_or_default();
    let mut partition = PartitionImage {
        replicas: replicas.to_vec(),
        directories: vec![DIRECTORY_MIGRATING; replicas.len()],
        isr: Vec::new(),
        removing_replicas: moving(&znode.removing_replicas),
        adding_replicas: moving(&znode.adding_replicas),
        elr: Vec::new(),
        last_known_elr: Vec::new(),
        leader: PartitionImage::NO_LEADER,
        leader_recovery_state: Default::default(),
        leader_epoch: -1,
        partition_epoch: -1,
    };
    if let Some((state, partition_epoch)) = state {
        partition.isr = state.isr;
        partition.leader = state.leader;
        partition.leader_recovery_state = state.leader_recovery_state;
        partition.leader_epoch = state.leader_epoch;
        partition.partition_epoch = partition_epoch;
    }
    partition
}

/// Name of the topic whose partitions hold transaction coordinators' state.
const TRANSACTION_STATE_TOPIC: &str = "__transaction_state";

fn count_uncarried(reader: &mut Reader<'_>, image: &Image, uncarried: &mut UncarriedCounts) {
    for parent in [znodes::USER_CONFIGS, znodes::CLIENT_CONFIGS, znodes::IP_CONFIGS] {
        for path in reader.tree.below(parent) {
            if let Some(config) = reader.take(&path, znodes::decode_config(reader.data(&path))) {
                let scram = znodes::count_scram(&config);
                uncarried.scram_credentials += scram;
                uncarried.quotas += config.len() - scram;
            }
        }
    }
    for parent in znodes::ACLS {
        for path in reader.tree.below(parent) {
            // `<parent>/<type>` holds nothing, `<parent>/<type>/<name>` holds entries.
            if path[parent.len() + 1..].contains('/')
                && let Some(entries) = reader.take(&path, znodes::count_acls(reader.data(&path)))
            {
                uncarried.acls += entries;
            }
        }
    }
    uncarried.delegation_tokens = reader.tree.children(znodes::DELEGATION_TOKENS).len();
    uncarried.reassignments = count_reassignments(reader, image);
    let transactions = image.topics.get(TRANSACTION_STATE_TOPIC);
    uncarried.transaction_partitions = transactions.map_or(0, |topic| topic.partitions.len());
    let configs = image.configs.by_resource.iter();
    uncarried.encoded_configs = configs
        .filter(|(resource, _)| resource.resource_type == ConfigResourceType::Broker)
        .flat_map(|(_, config)| config.values())
        .filter(|value| znodes::is_encoded_password(value))
        .count();
}

/// Partitions that are moving, and those that the old tool asked to move. A request that cannot be read counts as one.
fn count_reassignments(reader: &mut Reader<'_>, image: &Image) -> usize {
    let mut moving = BTreeSet::new();
    for topic in image.topics.by_id.values() {
        for (partition_id, partition) in &topic.partitions {
            if !partition.adding_replicas.is_empty() || !partition.removing_replicas.is_empty() {
                moving.insert((topic.name.clone(), *partition_id));
            }
        }
    }
    let Some(request) = reader.tree.get(znodes::REASSIGN_PARTITIONS) else { return moving.len() };
    match znodes::decode_reassignment(&request.data) {
        Ok(named) => moving.extend(named),
        Err(_) => return moving.len() + 1,
    }
    moving.len()
}

/// Decodes znodes and collects the bad ones.
struct Reader<'a> {
    tree: &'a Tree,
    bad: Vec<BadContent>,
}

impl<'a> Reader<'a> {
    fn data(&self, path: &str) -> &'a [u8] {
        self.tree.get(path).map(|node| node.data.as_slice()).unwrap_or_default()
    }

    fn take<T>(&mut self, path: &str, result: Result<T, znodes::Problem>) -> Option<T> {
        result.map_err(|problem| self.bad.push(BadContent { place: path.to_owned(), problem })).ok()
    }

    fn decode<T>(&mut self, path: &str, decode: fn(&[u8]) -> Result<T, znodes::Problem>) -> Option<T> {
        let node = self.tree.get(path)?;
        self.take(path, decode(&node.data))
    }
}
