//! Changes to the cluster by whoever rules it, and by one who no longer does.

use super::*;

impl World {
    /// Whoever rules changes something, and nobody else can.
    pub(super) fn edit(&mut self) -> Checked {
        if self.zookeeper_rules() && self.is_up {
            let before = self.tree();
            let records = self.change(&before)?;
            self.edit_tree(&before, &records);
            let image = self.tree();
            for broker in self.brokers.values_mut().filter(|broker| !broker.follows_log) {
                broker.image = image.clone();
            }
            self.agreed = image;
        } else if self.quorum.rules() && self.leader().leads && !self.leader().is_frozen {
            let before = self.quorum.image.clone();
            let records = self.change(&before)?;
            self.quorum.append(records);
            self.agreed = self.quorum.image.clone();
            self.tell_committed();
        } else if self.is_up && !self.quorum.rules() && self.zombie_blocks < 20 {
            self.zombie_allocates()?;
        }
        Ok(())
    }

    /// A controller that was deposed just now still takes a block: nothing fences it.
    fn zombie_allocates(&mut self) -> Checked {
        if !matches!(self.leader().driver.state(), DriverState::Committing) {
            return Ok(());
        }
        self.zombie_blocks += 1;
        let tree = self.raw_tree();
        let Some(node) = tree.get(znodes::PRODUCER_ID_BLOCK) else { return Ok(()) };
        let start = self.tree().next_producer_id;
        self.give_producer_ids(start, "a deposed ZooKeeper controller")?;
        let block = ProducerIdBlockZnode { broker_id: 1, block_start: start, block_end: start + 999 };
        let set = Op::set(znodes::PRODUCER_ID_BLOCK, block.encode(), Some(node.stat.zk_version));
        self.zookeeper.outside_write(&[set]).expect("nobody moves in between");
        Ok(())
    }

    fn give_producer_ids(&mut self, start: i64, by: &str) -> Checked {
        if start < self.producer_ids_given {
            return Err(format!("{by} hands out producer ids from {start} twice"));
        }
        self.producer_ids_given = start + 1000;
        Ok(())
    }

    fn edit_tree(&mut self, before: &Image, records: &[Record]) {
        let mut delta = Delta::new(before);
        delta.replay_all(records).expect("a change fits");
        let (after, touched) = delta.apply();
        let shadow = self.raw_tree();
        let input = PlanInput {
            before,
            after: &after,
            touched: &touched,
            records,
            shadow: &shadow,
            controller_epoch: self.controller_epoch(),
            mode: PlanMode::Authority,
        };
        for multi in plan(input).expect("the shadow is fresh").stages.into_iter().flatten() {
            self.zookeeper.outside_write(&multi).expect("nobody moves in between");
        }
    }

    /// Something an operator or a controller would do.
    fn change(&mut self, image: &Image) -> Result<Vec<Record>, String> {
        let topics: Vec<TopicId> = image.topics.by_id.keys().copied().collect();
        let kind = self.random.below(10);
        if topics.is_empty() || (kind == 0 && topics.len() < 6 && self.topics_made < 200) {
            return Ok(self.new_topic());
        }
        let topic = image.topics.by_id[&topics[self.random.below(topics.len())]].clone();
        Ok(match kind {
            1 if topics.len() > 1 => {
                self.note(format!("topic {} is deleted", topic.name));
                vec![MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: topic.topic_id }).into()]
            }
            2..=3 => {
                self.note(format!("topic {} gets a config", topic.name));
                let value = self.random.below(1000).to_string();
                let record = ConfigRecord {
                    resource_type: ConfigResourceType::Topic as i8,
                    resource_name: topic.name.clone(),
                    name: "retention.ms".to_owned(),
                    value: (!self.random.one_in(4)).then_some(value),
                };
                vec![MetadataRecord::Config(record).into()]
            }
            4..=5 => {
                let start = image.next_producer_id;
                self.give_producer_ids(start, "the controller")?;
                let record = ProducerIdsRecord { broker_id: 1, broker_epoch: -1, next_producer_id: start + 1000 };
                vec![MetadataRecord::ProducerIds(record).into()]
            }
            _ => {
                let partition_id = self.random.below(topic.partitions.len()) as i32;
                let leader = BROKERS[self.random.below(BROKERS.len())];
                self.note(format!("{}-{partition_id} elects {leader}", topic.name));
                let record =
                    PartitionChangeRecord { topic_id: topic.topic_id, partition_id, leader, ..Default::default() };
                vec![MetadataRecord::PartitionChange(record).into()]
            }
        })
    }

    pub(super) fn new_topic(&mut self) -> Vec<Record> {
        self.topics_made += 1;
        let topic_id = TopicId::from_bytes([self.topics_made.wrapping_add(8); 16]);
        let name = format!("t{}", self.topics_made % 5);
        // Names come back with other ids, as after a delete and a create; a name in use gets a number.
        let name =
            if self.ruling_image().topics.get(&name).is_some() { format!("u{}", self.topics_made) } else { name };
        self.note(format!("topic {name} is created"));
        let mut records = vec![MetadataRecord::Topic(TopicRecord { name, topic_id }).into()];
        for partition_id in 0..1 + self.random.below(3) as i32 {
            let record = PartitionRecord {
                topic_id,
                partition_id,
                replicas: BROKERS.to_vec(),
                isr: BROKERS.to_vec(),
                leader: BROKERS[0],
                leader_epoch: 0,
                partition_epoch: 0,
                ..Default::default()
            };
            records.push(MetadataRecord::Partition(record).into());
        }
        records
    }
}
