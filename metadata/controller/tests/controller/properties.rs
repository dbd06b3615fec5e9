//! What holds after any sequence of requests and events, in both dialects.

use std::collections::BTreeSet;

use kedge_controller::{
    Context, Decision, Election, RandomSource, SplitMix64,
    activation::{LogState, activate},
    brokers::{broker_down, broker_up, controlled_shutdown, fence_one_stale_broker, heartbeat, register_broker},
    configs::{ConfigChange, ConfigOperation, ResourceChanges, incremental_alter_configs},
    deletion::{TopicDeletions, TopicSelector, delete_topics},
    election::{ElectLeadersRequest, elect_leaders, elect_unclean_leaders},
    isr::{AlterPartitionChange, AlterPartitionRequest, AlterPartitionTopic, TopicReference, alter_partition},
    liveness::Liveness,
    partitions::{CreatePartitionsRequest, CreatePartitionsTopic, create_partitions},
    producer_ids::allocate_producer_ids,
    rebalance::rebalance_leaders,
    topics::{CreateTopicsRequest, create_topics},
};
use kedge_metadata_state::{
    Delta, Image, Record,
    image::{ConfigResource, ConfigResourceType, LeaderRecoveryState, PartitionImage},
    records::MetadataRecord,
};

use crate::cluster::{Cluster, SESSION_MS, below, partitions, placed};

const BROKERS: i32 = 5;
const STEPS: usize = 120;
const SEEDS: u64 = 60;

/// A cluster under a random walk.
struct Watched {
    cluster: Cluster,
    deletions: TopicDeletions,
    random: SplitMix64,
    czxid: i64,
}

impl Watched {
    fn step(&mut self, is_zookeeper: bool) {
        let broker_id = below(&mut self.random, BROKERS as usize) as i32;
        match below(&mut self.random, 12) {
            0 | 1 if is_zookeeper => {
                self.czxid += 10;
                let seen = Cluster::ephemeral(broker_id, self.czxid);
                self.check(|context, _| broker_up(context, &seen));
            }
            0 | 1 => {
                let mut request = self.cluster.register_request(broker_id, (self.random.next_u64() % 250) as u8);
                request.rack = Some(format!("rack{}", broker_id % 2));
                self.check(|context, live| register_broker(context, live, &request));
            }
            2 if is_zookeeper => {
                let broker_epoch = self.cluster.broker_epoch(broker_id);
                self.check(|context, _| broker_down(context, broker_id, broker_epoch));
            }
            2 => {
                self.cluster.now_ms += SESSION_MS / 3;
                self.check(fence_one_stale_broker);
            }
            3 if is_zookeeper => {
                self.check(|context, _| controlled_shutdown(context, broker_id, -1));
            }
            3..=5 if !is_zookeeper => self.some_heartbeat(broker_id),
            6 | 7 => self.some_alter_partition(),
            8 => self.some_topic_change(),
            9 => self.some_election(),
            10 => self.some_config(),
            _ => self.some_deletion(broker_id),
        }
        self.deletions.follow(&self.cluster.image);
    }

    fn some_heartbeat(&mut self, broker_id: i32) {
        let mut request = self.cluster.heartbeat_request(broker_id);
        request.want_shut_down = below(&mut self.random, 6) == 0;
        request.want_fence = below(&mut self.random, 8) == 0;
        if below(&mut self.random, 10) == 0 {
            request.offline_directories = vec![crate::cluster::directory(broker_id)];
        }
        self.check(|context, live| heartbeat(context, live, &request));
    }

    fn some_partition(&mut self) -> Option<(String, i32, PartitionImage)> {
        let names: Vec<_> = self.cluster.image.topics.by_name.keys().cloned().collect();
        let name = names.get(below(&mut self.random, names.len().max(1)))?.clone();
        let topic = self.cluster.image.topics.get(&name)?;
        let partition_id = below(&mut self.random, topic.partitions.len()) as i32;
        Some((name, partition_id, topic.partitions[&partition_id].as_ref().clone()))
    }

    fn some_alter_partition(&mut self) {
        let Some((name, partition_id, partition)) = self.some_partition() else { return };
        let mut new_isr: Vec<_> = partition.replicas.iter().map(|broker_id| (*broker_id, -1)).collect();
        new_isr.retain(|(broker_id, _)| *broker_id == partition.leader || below(&mut self.random, 3) > 0);
        let request = AlterPartitionRequest {
            broker_id: partition.leader,
            broker_epoch: self.cluster.broker_epoch(partition.leader),
            topics: vec![AlterPartitionTopic {
                topic: TopicReference::Name(name),
                partitions: vec![AlterPartitionChange {
                    partition_id,
                    leader_epoch: partition.leader_epoch - i32::from(below(&mut self.random, 10) == 0),
                    new_isr,
                    leader_recovery_state: LeaderRecoveryState::Recovered,
                    partition_epoch: partition.partition_epoch - i32::from(below(&mut self.random, 10) == 0),
                }],
            }],
        };
        self.check(|context, _| alter_partition(context, &request));
    }

    fn some_topic_change(&mut self) {
        let name = format!("topic{}", below(&mut self.random, 6));
        let count = 1 + below(&mut self.random, 6) as i32;
        let replication_factor = 1 + below(&mut self.random, 3) as i16;
        if below(&mut self.random, 3) > 0 {
            let topics = vec![placed(&name, count, replication_factor)];
            let request = CreateTopicsRequest { topics, validate_only: false };
            self.check(|context, _| create_topics(context, &request));
        } else {
            let topics = vec![CreatePartitionsTopic { name, count, assignments: None }];
            let request = CreatePartitionsRequest { topics, validate_only: false };
            self.check(|context, _| create_partitions(context, &request));
        }
    }

    fn some_election(&mut self) {
        match below(&mut self.random, 4) {
            0 => self.check(|context, _| rebalance_leaders(context)),
            1 => self.check(|context, _| elect_unclean_leaders(context)),
            2 => self.check(|context, _| activate(context, LogState::default())),
            _ => {
                let election = [Election::Preferred, Election::Unclean][below(&mut self.random, 2)];
                let partitions = self.some_partition().map(|(name, partition_id, _)| vec![(name, vec![partition_id])]);
                let request = ElectLeadersRequest { election, partitions };
                self.check(|context, _| elect_leaders(context, &request));
            }
        }
    }

    fn some_config(&mut self) {
        let resource_name = format!("topic{}", below(&mut self.random, 6));
        let value = ["true", "false"][below(&mut self.random, 2)];
        let change = ConfigChange {
            name: "unclean.leader.election.enable".to_owned(),
            operation: ConfigOperation::Set,
            value: Some(value.to_owned()),
        };
        let resource = ConfigResource { resource_type: ConfigResourceType::Topic, resource_name };
        let resources = [ResourceChanges { resource, changes: vec![change] }];
        self.check(|context, _| incremental_alter_configs(context, &resources, false));
        let broker_epoch = self.cluster.broker_epoch(0);
        self.check(|context, _| allocate_producer_ids(context, 0, broker_epoch));
    }

    fn some_deletion(&mut self, broker_id: i32) {
        if below(&mut self.random, 4) == 0 {
            let selectors = [TopicSelector::Name(format!("topic{}", below(&mut self.random, 6)))];
            self.check(|context, _| delete_topics(context, &selectors));
        }
        for (topic_id, partition_id) in self.deletions.outstanding_on(broker_id) {
            let mut deletions = self.deletions.clone();
            self.check(|context, _| deletions.acknowledged(context, topic_id, partition_id, broker_id));
            self.deletions = deletions;
            self.deletions.follow(&self.cluster.image);
        }
    }

    /// Decides, replays, and compares before and after.
    fn check<T>(&mut self, decide: impl FnOnce(&mut Context<'_>, &mut Liveness) -> Decision<T>) {
        let before = self.cluster.image.clone();
        self.cluster.quietly(decide);
        check_image(&self.cluster.image);
        check_progress(&before, &self.cluster.image);
    }
}

fn check_image(image: &Image) {
    let shown = || partitions(image);
    for topic in image.topics.by_id.values() {
        for partition in topic.partitions.values() {
            let replicas: BTreeSet<_> = partition.replicas.iter().collect();
            assert_eq!(replicas.len(), partition.replicas.len(), "replicas are distinct\n{}", shown());
            assert!(partition.isr.iter().all(|it| replicas.contains(it)), "the ISR is of the replicas\n{}", shown());
            assert!(!partition.isr.is_empty(), "the ISR is not empty\n{}", shown());
            if partition.leader == PartitionImage::NO_LEADER {
                continue;
            }
            assert!(partition.isr.contains(&partition.leader), "the leader is in the ISR\n{}", shown());
            let leader = image.cluster.brokers.get(&partition.leader);
            assert!(leader.is_some_and(|leader| !leader.fenced), "the leader is alive\n{}", shown());
        }
    }
}

fn check_progress(before: &Image, after: &Image) {
    assert!(after.next_producer_id >= before.next_producer_id);
    for (topic_id, topic) in &after.topics.by_id {
        let Some(old_topic) = before.topics.by_id.get(topic_id) else { continue };
        for (partition_id, partition) in &topic.partitions {
            let Some(old) = old_topic.partitions.get(partition_id) else { continue };
            assert!(partition.partition_epoch >= old.partition_epoch, "partition epochs never go back");
            assert!(partition.leader_epoch >= old.leader_epoch, "leader epochs never go back");
            if partition.leader != old.leader {
                assert!(partition.leader_epoch > old.leader_epoch, "a new leader has a new leader epoch");
            }
            if partition != old {
                assert!(partition.partition_epoch > old.partition_epoch, "every change has a new partition epoch");
            }
        }
    }
}

fn run(seed: u64, is_zookeeper: bool) -> usize {
    let cluster = if is_zookeeper { Cluster::zookeeper() } else { Cluster::kraft() };
    let random = SplitMix64::new(seed);
    let mut watched = Watched { cluster, deletions: TopicDeletions::default(), random, czxid: 1 << 33 };
    for _ in 0..STEPS {
        watched.step(is_zookeeper);
    }
    watched.cluster.image.topics.by_id.len()
}

#[test]
fn kraft_holds_its_invariants() {
    let topics: usize = (0..SEEDS).map(|seed| run(seed, false)).sum();
    assert!(topics > 60, "the walk creates topics: {topics}");
}

#[test]
fn zookeeper_holds_its_invariants() {
    let topics: usize = (0..SEEDS).map(|seed| run(seed, true)).sum();
    assert!(topics > 60, "the walk creates topics: {topics}");
}

/// The leader epoch rises iff the record carries a leader, and each prefix of a decision's units is a sound image.
#[test]
fn every_prefix_of_a_decision_is_sound() {
    for (is_zookeeper, mut cluster) in
        [(false, Cluster::kraft_with([0, 1, 2])), (true, Cluster::zookeeper_with([0, 1, 2]))]
    {
        let request = CreateTopicsRequest { topics: vec![placed("t", 30, 3)], validate_only: false };
        cluster.quietly(|context, _| create_topics(context, &request));
        let base = cluster.image.clone();
        cluster.now_ms = SESSION_MS + 1;
        let decision = if is_zookeeper {
            cluster.quietly(|context, _| broker_up(context, &Cluster::ephemeral(1, 9_000)))
        } else {
            let request = cluster.register_request(1, 200);
            cluster.quietly(|context, live| register_broker(context, live, &request)).map(|_| ())
        };
        assert!(decision.units.len() > 10);
        let mut delta = Delta::new(&base);
        for unit in &decision.units {
            for record in &unit.records {
                let before = delta.image().clone();
                delta.replay(record).expect("it replays");
                if let Record::Metadata(MetadataRecord::PartitionChange(change)) = record {
                    let old = before.topics.partition(&change.topic_id, change.partition_id).expect("it was there");
                    let new = delta.image().topics.partition(&change.topic_id, change.partition_id).expect("it is");
                    assert_eq!(new.leader_epoch - old.leader_epoch, i32::from(change.leader != -2));
                    assert_eq!(new.partition_epoch - old.partition_epoch, 1);
                }
            }
            // Between "gone" and "back" in ZooKeeper nobody is led by the broker in question, so this holds throughout.
            check_image(delta.image());
        }
        assert_eq!(*delta.image(), cluster.image);
    }
}
