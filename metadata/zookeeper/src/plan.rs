//! Records into multis: what has to be written so that the tree stands for the next image. Pure (p).
//!
//! A plan is a list of *stages*; the multis of one stage touch disjoint topics or entities and may be in flight together,
//! a stage begins when the one before has answered. Whoever executes it puts the fence checks in front of every multi
//! ([`OPS_MAX`] leaves room for them). Whole documents are written, from the image after, at the dataVersions of the
//! shadow, so a document that somebody else has changed meanwhile fails its multi.
//!
//! **Every prefix is a tree Kafka itself could have left.** A creation goes config, topic, `partitions`, then each
//! partition with its state; a deletion goes bottom-up, the topic before its config, and
//! `/admin/delete_topics/<T>` last, which is what makes the next controller resume it.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    Image, PartitionId, Record, TopicId, TopicIdPartition, Touched,
    image::{ConfigResource, ConfigResourceType, PartitionImage, TopicImage},
    records::MetadataRecord,
};

use crate::{
    ops::{CreateKind, Op},
    tree::Tree,
    znodes::{self, Assignment, ProducerIdBlockZnode, StateZnode, TopicZnode},
};

/// Most operations of a planned multi: 100 with the checks of `/controller_epoch` and `/migration`.
pub const OPS_MAX: usize = 98;
/// Most bytes of a planned multi. A request over 1 MiB costs every other request in flight its connection.
pub const MULTI_BYTES_MAX: usize = 512 * 1024;
/// Most bytes of one znode; it is then alone in its multi.
pub const ZNODE_BYTES_MAX: usize = 1000 * 1024;
/// Producer ids per block.
const PRODUCER_ID_BLOCK_SIZE: i64 = 1000;

/// Whose decisions are planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanMode {
    /// ZooKeeper rules: a partition epoch is the dataVersion of `state`, so a change decided at epoch n writes at n.
    Authority,
    /// A quorum rules and the tree follows: many changes may become one write, at whatever dataVersion is there.
    Mirror,
}

/// What a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// The image that the shadow stands for.
    pub before: &'a Image,
    /// The image that the records lead to.
    pub after: &'a Image,
    /// What the records touch.
    pub touched: &'a Touched,
    /// The records.
    pub records: &'a [Record],
    /// The tree as last known.
    pub shadow: &'a Tree,
    /// The ZooKeeper controller epoch that `state` znodes are stamped with.
    pub controller_epoch: i32,
    /// Whose decisions these are.
    pub mode: PlanMode,
}

/// Operations of one multi, without the fence checks.
pub type Multi = Vec<Op>;

/// Stages of multis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In order; the multis of one stage are independent.
    pub stages: Vec<Vec<Multi>>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The records were decided on content that the shadow no longer holds.
    #[error("{path} holds something else than was decided on")]
    Stale {
        /// The znode.
        path: String,
    },
    /// One znode would be larger than ZooKeeper takes.
    #[error("{path} would be {bytes} bytes")]
    TooLarge {
        /// The znode.
        path: String,
        /// Its size.
        bytes: usize,
    },
}

/// What has to be written.
pub fn plan(input: PlanInput<'_>) -> Result<Plan, PlanError> {
    let mut planner = Planner { input, lanes: BTreeMap::new() };
    for topic in input.touched.topics_deleted.values() {
        planner.delete_topic(topic);
    }
    for topic_id in &input.touched.topics_created {
        if let Some(topic) = input.after.topics.by_id.get(topic_id) {
            planner.create_topic(topic)?;
        }
    }
    planner.change_topics()?;
    planner.change_configs()?;
    if input.touched.producer_ids {
        planner.hand_out_producer_ids()?;
    }
    if input.touched.sidecar {
        planner.queue_deletions();
    }
    schedule(planner.lanes)
}

struct Planner<'a> {
    input: PlanInput<'a>,
    /// Operations by what they are about; those of one lane depend on each other.
    lanes: BTreeMap<String, Vec<Op>>,
}

impl<'a> Planner<'a> {
    fn lane(&mut self, name: &str) -> &mut Vec<Op> {
        self.lanes.entry(name.to_owned()).or_default()
    }

    fn topic_lane(&mut self, topic_name: &str) -> &mut Vec<Op> {
        self.lane(&format!("topic {topic_name}"))
    }

    /// Bottom-up; the shadow knows every znode of the topic that there is.
    fn delete_topic(&mut self, topic: &TopicImage) {
        let topic_path = znodes::topic_path(&topic.name);
        let mut paths = self.input.shadow.below(&topic_path);
        paths.reverse();
        paths.push(topic_path);
        paths.push(format!("{}/{}", znodes::TOPIC_CONFIGS, topic.name));
        paths.push(znodes::delete_topic_path(&topic.name));
        paths.retain(|path| self.input.shadow.contains(path));
        let deletes: Vec<Op> = paths.into_iter().map(|path| Op::delete(path, None)).collect();
        self.topic_lane(&topic.name).extend(deletes);
    }

    fn create_topic(&mut self, topic: &TopicImage) -> Result<(), PlanError> {
        let name = &topic.name;
        let shadow = self.input.shadow;
        // A topic of the same name that goes in the same plan leaves nothing behind.
        let replaces = self.input.touched.topics_deleted.values().any(|deleted| deleted.name == *name);
        let topic_path = znodes::topic_path(name);
        if shadow.contains(&topic_path) && !replaces {
            return Err(PlanError::Stale { path: topic_path });
        }
        let config_path = format!("{}/{name}", znodes::TOPIC_CONFIGS);
        let config = encode_config(self.input.after, ConfigResourceType::Topic, name);
        let mut ops = Vec::new();
        match shadow.get(&config_path).filter(|_| !replaces) {
            // What a crash between a config and its topic left is not inherited.
            Some(orphan) if orphan.data != config => {
                ops.push(Op::set(config_path, config, Some(orphan.stat.zk_version)));
            }
            Some(_) => {}
            None => ops.push(Op::create(config_path, config)),
        }
        ops.push(Op::create(topic_path, topic_znode(topic).encode()));
        ops.push(Op::create(znodes::partitions_path(name), Vec::new()));
        for (&partition_id, partition) in &topic.partitions {
            ops.push(Op::create(znodes::partition_path(name, partition_id), Vec::new()));
            if partition.partition_epoch >= 0 {
                let state = self.state(partition);
                ops.push(Op::create(znodes::state_path(name, partition_id), state.encode()));
            }
        }
        self.topic_lane(name).extend(ops);
        Ok(())
    }

    /// Topics that stay: their document if the assignment changed, then the partitions that were touched.
    fn change_topics(&mut self) -> Result<(), PlanError> {
        let mut by_topic: BTreeMap<TopicId, BTreeSet<PartitionId>> = BTreeMap::new();
        for TopicIdPartition { topic_id, partition_id } in &self.input.touched.partitions {
            if !self.input.touched.topics_created.contains(topic_id) {
                by_topic.entry(*topic_id).or_default().insert(*partition_id);
            }
        }
        for (topic_id, partition_ids) in by_topic {
            let after = self.input.after.topics.by_id.get(&topic_id);
            let Some(topic) = after.filter(|_| self.input.before.topics.by_id.contains_key(&topic_id)) else {
                continue;
            };
            let topic_path = znodes::topic_path(&topic.name);
            let Some(node) = self.input.shadow.get(&topic_path) else {
                return Err(PlanError::Stale { path: topic_path });
            };
            let document = topic_znode(topic);
            if TopicZnode::decode(&node.data).as_ref() != Ok(&document) {
                let op = Op::set(topic_path, document.encode(), Some(node.stat.zk_version));
                self.topic_lane(&topic.name).push(op);
            }
            for partition_id in partition_ids {
                self.change_partition(topic, partition_id)?;
            }
        }
        Ok(())
    }

    fn change_partition(&mut self, topic: &TopicImage, partition_id: PartitionId) -> Result<(), PlanError> {
        let Some(partition) = topic.partitions.get(&partition_id) else {
            self.delete_partition(topic, partition_id);
            return Ok(());
        };
        let shadow = self.input.shadow;
        let state_path = znodes::state_path(&topic.name, partition_id);
        let state = self.state(partition);
        let before = self.input.before.topics.partition(&topic.topic_id, partition_id);
        let epoch_before = before.map_or(-1, |partition| partition.partition_epoch);
        let writes = self.state_writes(&state_path, partition, epoch_before)?;
        if self.input.mode == PlanMode::Authority
            && writes == 0
            && before.is_some_and(|before| differ(before, partition))
        {
            // The same epoch with another content.
            return Err(PlanError::Stale { path: state_path });
        }
        let mut ops = Vec::new();
        match shadow.get(&state_path) {
            Some(node) => {
                for offset in 0..writes {
                    let expected = Some(node.stat.zk_version + offset);
                    ops.push(Op::set(state_path.clone(), state.encode(), expected));
                }
            }
            None => {
                let partition_path = znodes::partition_path(&topic.name, partition_id);
                for path in [znodes::partitions_path(&topic.name), partition_path] {
                    // Several new partitions of a topic share its lane, and `partitions` is created once.
                    let is_planned = self.topic_lane(&topic.name).iter().any(|op| op.path() == path);
                    if !shadow.contains(&path) && !is_planned {
                        ops.push(Op::create(path, Vec::new()));
                    }
                }
                if writes > 0 {
                    ops.push(Op::create(state_path.clone(), state.encode()));
                    for expected in 0..writes - 1 {
                        ops.push(Op::set(state_path.clone(), state.encode(), Some(expected)));
                    }
                }
            }
        }
        self.topic_lane(&topic.name).extend(ops);
        Ok(())
    }

    /// A partition that is in the tree and not in the image: what a crash left of a partition that was never committed.
    fn delete_partition(&mut self, topic: &TopicImage, partition_id: PartitionId) {
        let partition_path = znodes::partition_path(&topic.name, partition_id);
        let paths = [znodes::state_path(&topic.name, partition_id), partition_path];
        let present = paths.into_iter().filter(|path| self.input.shadow.contains(path));
        let deletes: Vec<Op> = present.map(|path| Op::delete(path, None)).collect();
        self.topic_lane(&topic.name).extend(deletes);
    }

    /// How often `state` has to be written so that its dataVersion becomes the partition epoch: once per change.
    fn state_writes(&self, path: &str, partition: &PartitionImage, epoch_before: i32) -> Result<i32, PlanError> {
        let shadow = self.input.shadow.get(path);
        match self.input.mode {
            PlanMode::Authority => {
                let zk_version = shadow.map_or(-1, |node| node.stat.zk_version);
                let changes = partition.partition_epoch - epoch_before;
                if zk_version != epoch_before || changes < 0 {
                    return Err(PlanError::Stale { path: path.to_owned() });
                }
                Ok(changes)
            }
            PlanMode::Mirror => {
                let present = shadow.map(|node| StateZnode::decode(&node.data));
                let same = present.is_some_and(|present| {
                    present.is_ok_and(|present| {
                        StateZnode { controller_epoch: self.input.controller_epoch, ..present } == self.state(partition)
                    })
                });
                Ok(if same { 0 } else { 1 })
            }
        }
    }

    fn state(&self, partition: &PartitionImage) -> StateZnode {
        StateZnode {
            leader: partition.leader,
            leader_epoch: partition.leader_epoch,
            controller_epoch: self.input.controller_epoch,
            isr: partition.isr.clone(),
            leader_recovery_state: partition.leader_recovery_state,
        }
    }

    /// The entity's znode, then the notice that makes brokers read it. A topic that is created needs no notice.
    fn change_configs(&mut self) -> Result<(), PlanError> {
        for resource in &self.input.touched.configs {
            let Some(entity) = znodes::config_entity(resource) else { continue };
            let is_topic = resource.resource_type == ConfigResourceType::Topic;
            let topic = self.input.after.topics.by_name.get(&resource.resource_name);
            if is_topic && topic.is_none_or(|topic_id| self.input.touched.topics_created.contains(topic_id)) {
                continue;
            }
            let path = format!("/config/{entity}");
            let config = config_of(self.input.after, resource);
            let ops = match self.input.shadow.get(&path) {
                Some(node) if znodes::decode_config(&node.data).as_ref() == Ok(&config) => continue,
                None if config.is_empty() => continue,
                Some(node) => Op::set(path, znodes::encode_config(&config), Some(node.stat.zk_version)),
                None => Op::create(path, znodes::encode_config(&config)),
            };
            let notice = Op::Create {
                path: znodes::CONFIG_CHANGE_PREFIX.to_owned(),
                data: znodes::encode_config_change(&entity),
                kind: CreateKind::PersistentSequential,
            };
            let lane = if is_topic { format!("topic {}", resource.resource_name) } else { format!("config {entity}") };
            self.lane(&lane).extend([ops, notice]);
        }
        Ok(())
    }

    fn hand_out_producer_ids(&mut self) -> Result<(), PlanError> {
        let broker_id = self.input.records.iter().rev().find_map(|record| match record {
            Record::Metadata(MetadataRecord::ProducerIds(record)) => Some(record.broker_id),
            _ => None,
        });
        let next_producer_id = self.input.after.next_producer_id;
        let block = match self.input.mode {
            PlanMode::Authority => ProducerIdBlockZnode {
                broker_id: broker_id.unwrap_or(-1),
                block_start: self.input.before.next_producer_id,
                block_end: next_producer_id - 1,
            },
            PlanMode::Mirror => ProducerIdBlockZnode {
                broker_id: -1,
                block_start: (next_producer_id - PRODUCER_ID_BLOCK_SIZE).max(0),
                block_end: next_producer_id - 1,
            },
        };
        let path = znodes::PRODUCER_ID_BLOCK;
        let op = match self.input.shadow.get(path) {
            Some(node) => Op::set(path, block.encode(), Some(node.stat.zk_version)),
            None => Op::create(path, block.encode()),
        };
        self.lane("producer ids").push(op);
        Ok(())
    }

    /// `/admin/delete_topics/<T>` stands for a queued deletion. A topic that is removed takes it along in its own lane.
    fn queue_deletions(&mut self) {
        let (before, after) = (&self.input.before.sidecar.topic_deletions, &self.input.after.sidecar.topic_deletions);
        for topic_id in after.iter().filter(|topic_id| !before.contains(topic_id)) {
            let Some(topic) = self.input.after.topics.by_id.get(topic_id) else { continue };
            let path = znodes::delete_topic_path(&topic.name);
            if !self.input.shadow.contains(&path) {
                self.topic_lane(&topic.name).push(Op::create(path, Vec::new()));
            }
        }
        for topic_id in before.iter().filter(|topic_id| !after.contains(topic_id)) {
            let Some(topic) = self.input.after.topics.by_id.get(topic_id) else { continue };
            let path = znodes::delete_topic_path(&topic.name);
            let is_gone_already = self.topic_lane(&topic.name).iter().any(|op| op.path() == path);
            if self.input.shadow.contains(&path) && !is_gone_already {
                self.topic_lane(&topic.name).push(Op::delete(path, None));
            }
        }
    }
}

/// Cuts lanes into multis and lets small lanes share one. The n-th multi of a lane goes into the n-th stage.
pub(crate) fn schedule(lanes: BTreeMap<String, Vec<Op>>) -> Result<Plan, PlanError> {
    let mut stages: Vec<Vec<Multi>> = Vec::new();
    for ops in lanes.into_values() {
        for (stage, multi) in cut(ops)?.into_iter().enumerate() {
            if stage == stages.len() {
                stages.push(Vec::new());
            }
            match stages[stage].last_mut() {
                Some(last) if fits(last, &multi) => last.extend(multi),
                _ => stages[stage].push(multi),
            }
        }
    }
    Ok(Plan { stages })
}

fn cut(ops: Vec<Op>) -> Result<Vec<Multi>, PlanError> {
    let mut multis: Vec<Multi> = Vec::new();
    for op in ops {
        let bytes = op.size_bytes();
        if bytes > ZNODE_BYTES_MAX {
            return Err(PlanError::TooLarge { path: op.path().to_owned(), bytes });
        }
        match multis.last_mut() {
            Some(last) if fits(last, std::slice::from_ref(&op)) => last.push(op),
            _ => multis.push(vec![op]),
        }
    }
    Ok(multis)
}

fn fits(multi: &[Op], more: &[Op]) -> bool {
    let bytes: usize = multi.iter().chain(more).map(Op::size_bytes).sum();
    multi.len() + more.len() <= OPS_MAX && bytes <= MULTI_BYTES_MAX
}

/// One step towards a multi on ZooKeeper 3.4, where this client cannot put a create into a multi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A fenced multi without creates. An empty one is nothing but its fence.
    Multi(Multi),
    /// A create by itself. The fence was checked just before; Kafka 2.0 created its znodes without any.
    Create(Op),
}

/// A multi for ZooKeeper 3.4: sets and deletes stay fenced multis, each create goes alone after a fenced step.
pub fn steps_for_zookeeper_3_4(multi: Multi) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut fenced = Vec::new();
    for op in multi {
        if matches!(op, Op::Create { .. }) {
            steps.push(Step::Multi(std::mem::take(&mut fenced)));
            steps.push(Step::Create(op));
        } else {
            fenced.push(op);
        }
    }
    if !fenced.is_empty() {
        steps.push(Step::Multi(fenced));
    }
    steps
}

/// What `state` holds differs; the assignment is in the topic's document.
fn differ(before: &PartitionImage, after: &PartitionImage) -> bool {
    (before.leader, before.leader_epoch, &before.isr) != (after.leader, after.leader_epoch, &after.isr)
        || before.leader_recovery_state != after.leader_recovery_state
}

/// The document of a topic.
pub fn topic_znode(topic: &TopicImage) -> TopicZnode {
    let collect = |replicas: fn(&PartitionImage) -> &Vec<i32>, keep_empty: bool| -> Assignment {
        topic
            .partitions
            .iter()
            .map(|(partition_id, partition)| (*partition_id, replicas(partition).clone()))
            .filter(|(_, replicas)| keep_empty || !replicas.is_empty())
            .collect()
    };
    TopicZnode {
        topic_id: Some(topic.topic_id),
        replicas: collect(|partition| &partition.replicas, true),
        adding_replicas: collect(|partition| &partition.adding_replicas, false),
        removing_replicas: collect(|partition| &partition.removing_replicas, false),
    }
}

fn config_of(image: &Image, resource: &ConfigResource) -> BTreeMap<String, String> {
    let config = image.configs.by_resource.get(resource);
    config.map(|config| config.iter().map(|(key, value)| (key.clone(), value.clone())).collect()).unwrap_or_default()
}

fn encode_config(image: &Image, resource_type: ConfigResourceType, name: &str) -> Vec<u8> {
    let resource = ConfigResource { resource_type, resource_name: name.to_owned() };
    znodes::encode_config(&config_of(image, &resource))
}
