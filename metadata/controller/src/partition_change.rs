//! One partition's next state: leader, ISR and reassignment, as one PartitionChangeRecord (Kafka's
//! `PartitionChangeBuilder`).

use kedge_metadata_state::{
    BrokerId, Image, TopicIdPartition, Uuid,
    image::{LeaderRecoveryState, PartitionImage, topics::NO_LEADER_CHANGE},
    records::{PartitionChangeRecord, PartitionRecord},
};

use crate::cluster_view::{default_directory, is_active, is_directory_online};

/// How a leader is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Election {
    /// The first replica if it may lead; else the present leader; else any ISR member.
    Preferred,
    /// The present leader if it may lead; else any ISR member.
    #[default]
    Online,
    /// Like `Online`, and if the ISR has nobody, any live replica, at the cost of its missing records.
    Unclean,
}

/// Brokers that count otherwise than the image says, because this very decision changes them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BrokerChange {
    /// Leaving: out of every ISR, never a leader.
    pub(crate) leaving: Option<BrokerId>,
    /// Arriving: may lead although the image still calls it fenced or does not know it.
    pub(crate) arriving: Option<BrokerId>,
}

/// A change of one partition in the making.
pub(crate) struct PartitionChange<'a> {
    image: &'a Image,
    at: TopicIdPartition,
    partition: &'a PartitionImage,
    election: Election,
    brokers: BrokerChange,
    /// Made by the controller, not asked for by the leader.
    controller_made: bool,
    target_isr: Vec<BrokerId>,
    target_recovery_state: LeaderRecoveryState,
    target_directories: Vec<Uuid>,
}

/// Replicas as the change leaves them.
struct TargetReplicas {
    replicas: Vec<BrokerId>,
    directories: Vec<Uuid>,
    removing_replicas: Vec<BrokerId>,
    adding_replicas: Vec<BrokerId>,
    isr: Vec<BrokerId>,
}

impl<'a> PartitionChange<'a> {
    pub(crate) fn new(image: &'a Image, at: TopicIdPartition, partition: &'a PartitionImage) -> PartitionChange<'a> {
        PartitionChange {
            image,
            at,
            partition,
            election: Election::Online,
            brokers: BrokerChange::default(),
            controller_made: true,
            target_isr: partition.isr.clone(),
            target_recovery_state: partition.leader_recovery_state,
            target_directories: partition.directories.clone(),
        }
    }

    pub(crate) fn election(mut self, election: Election) -> Self {
        self.election = election;
        self
    }

    /// Takes a leaving broker out of the ISR and out of the election, and lets an arriving one in.
    pub(crate) fn brokers(mut self, brokers: BrokerChange) -> Self {
        self.target_isr.retain(|member| Some(*member) != brokers.leaving);
        self.brokers = brokers;
        self
    }

    /// Drops ISR members that fail the test.
    pub(crate) fn retain_isr(mut self, keep: impl Fn(BrokerId) -> bool) -> Self {
        self.target_isr.retain(|member| keep(*member));
        self
    }

    /// What the partition's leader asks for.
    pub(crate) fn asked_by_leader(mut self, isr: Vec<BrokerId>, recovery_state: LeaderRecoveryState) -> Self {
        self.controller_made = false;
        self.target_isr = isr;
        self.target_recovery_state = recovery_state;
        self
    }

    /// Puts one replica into a log directory.
    pub(crate) fn directory(mut self, broker_id: BrokerId, directory: Uuid) -> Self {
        for (replica, slot) in self.partition.replicas.iter().zip(&mut self.target_directories) {
            if *replica == broker_id {
                *slot = directory;
            }
        }
        self
    }

    /// The record, or none if nothing changes.
    pub(crate) fn build(self) -> Option<PartitionChangeRecord> {
        let unchanged = PartitionChangeRecord {
            topic_id: self.at.topic_id,
            partition_id: self.at.partition_id,
            ..PartitionChangeRecord::default()
        };
        let mut record = unchanged.clone();
        let target = self.complete_reassignment();
        let (leader, unclean) = self.elect(&target);
        if leader != self.partition.leader {
            record.leader = leader;
        }
        let mut recovery_state = self.target_recovery_state;
        if unclean {
            record.isr = Some(vec![leader]);
            recovery_state = LeaderRecoveryState::Recovering;
        } else if !target.isr.is_empty() && target.isr != self.partition.isr {
            // An ISR is never written empty: its last member stays, so that it is known who may lead again.
            record.isr = Some(target.isr.clone());
        }
        if record.leader == NO_LEADER_CHANGE && self.must_bump_leader_epoch(&record, &target) {
            record.leader = self.partition.leader;
        }
        if recovery_state != self.partition.leader_recovery_state {
            record.leader_recovery_state = recovery_state as i8;
        }
        record.replicas = changed(target.replicas, &self.partition.replicas);
        record.directories = changed(target.directories, &self.partition.directories);
        record.removing_replicas = changed(target.removing_replicas, &self.partition.removing_replicas);
        record.adding_replicas = changed(target.adding_replicas, &self.partition.adding_replicas);
        (record != unchanged).then_some(record)
    }

    /// A reassignment is over when the whole target is in the ISR: the replicas to remove leave replicas and ISR.
    fn complete_reassignment(&self) -> TargetReplicas {
        let partition = self.partition;
        let stays = |replica: &BrokerId| !partition.removing_replicas.contains(replica);
        let replicas: Vec<_> = partition.replicas.iter().copied().filter(stays).collect();
        let isr: Vec<_> = self.target_isr.iter().copied().filter(stays).collect();
        let in_progress = !partition.removing_replicas.is_empty() || !partition.adding_replicas.is_empty();
        let complete = in_progress
            && !replicas.is_empty()
            && !isr.is_empty()
            && replicas.iter().all(|replica| isr.contains(replica));
        if !complete {
            return TargetReplicas {
                replicas: partition.replicas.clone(),
                directories: self.target_directories.clone(),
                removing_replicas: partition.removing_replicas.clone(),
                adding_replicas: partition.adding_replicas.clone(),
                isr: self.target_isr.clone(),
            };
        }
        let placed = partition.replicas.iter().zip(&self.target_directories);
        let directories = placed.filter(|(replica, _)| stays(replica)).map(|(_, directory)| *directory).collect();
        TargetReplicas { replicas, directories, removing_replicas: Vec::new(), adding_replicas: Vec::new(), isr }
    }

    /// The leader, and whether it was elected from outside the ISR.
    fn elect(&self, target: &TargetReplicas) -> (BrokerId, bool) {
        let may_lead = |replica: BrokerId| target.isr.contains(&replica) && self.is_acceptable(replica);
        let replicas = || target.replicas.iter().copied();
        let preferred = replicas().next().filter(|_| self.election == Election::Preferred);
        let clean = preferred.into_iter().chain([self.partition.leader]).chain(replicas()).find(|it| may_lead(*it));
        if let Some(leader) = clean {
            return (leader, false);
        }
        if self.election == Election::Unclean
            && let Some(leader) = replicas().find(|replica| self.is_acceptable(*replica))
        {
            return (leader, true);
        }
        (PartitionImage::NO_LEADER, false)
    }

    /// The broker may lead this partition: alive, and its replica's directory has not failed.
    fn is_acceptable(&self, broker_id: BrokerId) -> bool {
        if self.brokers.leaving == Some(broker_id) {
            return false;
        }
        if self.brokers.arriving != Some(broker_id) && !is_active(self.image, broker_id) {
            return false;
        }
        let Some(registration) = self.image.cluster.brokers.get(&broker_id) else {
            return true;
        };
        let placed = self.partition.replicas.iter().zip(&self.target_directories);
        placed.filter(|(replica, _)| **replica == broker_id).all(|(_, at)| is_directory_online(registration, at))
    }

    /// Some replica learns of its partitions by LeaderAndIsr: ZooKeeper mode, or a KRaft controller in the middle of a
    /// migration, where Apache bumps too.
    fn has_pushed_replica(&self) -> bool {
        let brokers = &self.image.cluster.brokers;
        self.partition.replicas.iter().filter_map(|replica| brokers.get(replica)).any(|it| it.is_migrating_zk_broker)
    }

    /// The change must raise the leader epoch although the leader stays: followers that were dropped must not be
    /// believed, and replicas that learn of the change by LeaderAndIsr take only a higher leader epoch.
    fn must_bump_leader_epoch(&self, record: &PartitionChangeRecord, target: &TargetReplicas) -> bool {
        let dialect = &self.image.dialect;
        let partition = self.partition;
        let replica_lost = partition.replicas.iter().any(|replica| !target.replicas.contains(replica));
        let reassigned = target.replicas != partition.replicas
            || target.adding_replicas != partition.adding_replicas
            || target.removing_replicas != partition.removing_replicas;
        let isr_shrinks =
            record.isr.as_ref().is_some_and(|isr| partition.isr.iter().any(|member| !isr.contains(member)));
        replica_lost
            || (dialect.bump_on_reassignment && reassigned)
            || (self.controller_made && isr_shrinks && (dialect.bump_on_isr_shrink || self.has_pushed_replica()))
    }
}

fn changed<T: PartialEq>(target: Vec<T>, present: &[T]) -> Option<Vec<T>> {
    (target != present).then_some(target)
}

/// A partition that the tree names but nobody has decided on yet: its `state` znode is missing (Kafka's NewPartition).
pub(crate) fn is_new(partition: &PartitionImage) -> bool {
    partition.partition_epoch < 0
}

/// The first state of a partition: ISR = the live replicas in assignment order, led by the first of them; none if nobody
/// is alive.
pub(crate) fn first_state(
    image: &Image,
    at: TopicIdPartition,
    replicas: &[BrokerId],
    arriving: Option<BrokerId>,
) -> Option<PartitionRecord> {
    let alive = |replica: &BrokerId| arriving == Some(*replica) || is_active(image, *replica);
    let isr: Vec<_> = replicas.iter().copied().filter(alive).collect();
    Some(PartitionRecord {
        partition_id: at.partition_id,
        topic_id: at.topic_id,
        replicas: replicas.to_vec(),
        leader: *isr.first()?,
        isr,
        leader_recovery_state: LeaderRecoveryState::Recovered as i8,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: replicas.iter().map(|replica| default_directory(image, *replica)).collect(),
        ..PartitionRecord::default()
    })
}

/// The first state of a partition that the tree names; a reassignment in flight stays in flight.
pub(crate) fn elect_new(
    image: &Image,
    at: TopicIdPartition,
    partition: &PartitionImage,
    arriving: Option<BrokerId>,
) -> Option<PartitionRecord> {
    let adding_replicas = partition.adding_replicas.clone();
    let removing_replicas = partition.removing_replicas.clone();
    let record = first_state(image, at, &partition.replicas, arriving)?;
    Some(PartitionRecord { adding_replicas, removing_replicas, ..record })
}
