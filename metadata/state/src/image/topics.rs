//! Topics and partitions (Kafka's `TopicsImage`, `PartitionRegistration`).

use std::{collections::BTreeMap, sync::Arc};

use imbl::OrdMap;
use kedge_protocol::{
    Uuid,
    metadata_records::{PartitionChangeRecord, PartitionRecord, TopicRecord},
};

use crate::{BrokerId, PartitionId, ReplayError, TopicId};

/// Directory id of a replica whose directory is not known (KIP-858's MIGRATING): ZooKeeper keeps none.
pub const DIRECTORY_MIGRATING: Uuid = Uuid::ZERO;
/// The value of PartitionChangeRecord's Leader that leaves the leader, and its epoch, alone.
pub const NO_LEADER_CHANGE: BrokerId = -2;

/// Every topic, by id and by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicsImage {
    /// Topics by id.
    pub by_id: OrdMap<TopicId, Arc<TopicImage>>,
    /// Ids by name.
    pub by_name: OrdMap<String, TopicId>,
}

impl TopicsImage {
    /// The topic of that name.
    pub fn get(&self, topic_name: &str) -> Option<&Arc<TopicImage>> {
        self.by_id.get(self.by_name.get(topic_name)?)
    }

    /// A partition, by topic id.
    pub fn partition(&self, topic_id: &TopicId, partition_id: PartitionId) -> Option<&Arc<PartitionImage>> {
        self.by_id.get(topic_id)?.partitions.get(&partition_id)
    }
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicImage {
    /// Its name.
    pub name: String,
    /// Its id.
    pub topic_id: TopicId,
    /// Its partitions by index.
    pub partitions: BTreeMap<PartitionId, Arc<PartitionImage>>,
}

impl TopicImage {
    /// The record that creates the topic; its partitions follow it.
    pub fn to_record(&self) -> TopicRecord {
        TopicRecord { name: self.name.clone(), topic_id: self.topic_id }
    }
}

/// Whether a leader was elected uncleanly and has not recovered yet (KIP-704).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i8)]
pub enum LeaderRecoveryState {
    /// The normal state.
    #[default]
    Recovered = 0,
    /// The leader was not in the ISR when it was elected.
    Recovering = 1,
}

impl LeaderRecoveryState {
    /// The state behind a record's or a `state` znode's value.
    pub fn from_value(value: i8) -> Option<LeaderRecoveryState> {
        match value {
            0 => Some(Self::Recovered),
            1 => Some(Self::Recovering),
            _ => None,
        }
    }
}

/// A partition's assignment, leadership and ISR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionImage {
    /// Assigned brokers; the first is the preferred leader.
    pub replicas: Vec<BrokerId>,
    /// Log directory of each replica, in the order of `replicas`.
    pub directories: Vec<Uuid>,
    /// In-sync replicas.
    pub isr: Vec<BrokerId>,
    /// Replicas that a reassignment takes away.
    pub removing_replicas: Vec<BrokerId>,
    /// Replicas that a reassignment adds.
    pub adding_replicas: Vec<BrokerId>,
    /// Eligible leader replicas (KIP-966).
    pub elr: Vec<BrokerId>,
    /// Last known eligible leader replicas (KIP-966).
    pub last_known_elr: Vec<BrokerId>,
    /// The leader, −1 for none.
    pub leader: BrokerId,
    /// Unclean election in progress or not.
    pub leader_recovery_state: LeaderRecoveryState,
    /// Bumped by elections; log entries carry it.
    pub leader_epoch: i32,
    /// Bumped by every change; the dataVersion of the `state` znode in ZooKeeper.
    pub partition_epoch: i32,
}

impl PartitionImage {
    /// The value of `leader` that says there is none.
    pub const NO_LEADER: BrokerId = -1;

    /// The partition that an absolute record describes. Absent directories are [`DIRECTORY_MIGRATING`], one per replica.
    pub fn from_record(record: &PartitionRecord) -> Result<PartitionImage, ReplayError> {
        let target = (record.topic_id, record.partition_id);
        Ok(PartitionImage {
            directories: parallel_directories(target, &record.replicas, record.directories.clone())?,
            replicas: record.replicas.clone(),
            isr: record.isr.clone(),
            removing_replicas: record.removing_replicas.clone(),
            adding_replicas: record.adding_replicas.clone(),
            elr: record.eligible_leader_replicas.clone().unwrap_or_default(),
            last_known_elr: record.last_known_elr.clone().unwrap_or_default(),
            leader: record.leader,
            leader_recovery_state: recovery_state("PartitionRecord", record.leader_recovery_state)?,
            leader_epoch: record.leader_epoch,
            partition_epoch: record.partition_epoch,
        })
    }

    /// The partition after a change: partition epoch + 1, and leader epoch + 1 iff the record carries a leader, even the
    /// same one.
    pub fn merge(&self, record: &PartitionChangeRecord) -> Result<PartitionImage, ReplayError> {
        let replicas = record.replicas.clone().unwrap_or_else(|| self.replicas.clone());
        let directories = record.directories.clone().unwrap_or_else(|| self.directories.clone());
        let leader_changes = record.leader != NO_LEADER_CHANGE;
        let leader_recovery_state = match record.leader_recovery_state {
            -1 => self.leader_recovery_state,
            value => recovery_state("PartitionChangeRecord", value)?,
        };
        let or_kept = |change: &Option<Vec<BrokerId>>, kept: &[BrokerId]| change.clone().unwrap_or(kept.to_vec());
        Ok(PartitionImage {
            directories: parallel_directories((record.topic_id, record.partition_id), &replicas, directories)?,
            replicas,
            isr: or_kept(&record.isr, &self.isr),
            removing_replicas: or_kept(&record.removing_replicas, &self.removing_replicas),
            adding_replicas: or_kept(&record.adding_replicas, &self.adding_replicas),
            elr: or_kept(&record.eligible_leader_replicas, &self.elr),
            last_known_elr: or_kept(&record.last_known_elr, &self.last_known_elr),
            leader: if leader_changes { record.leader } else { self.leader },
            leader_recovery_state,
            leader_epoch: if leader_changes { bumped("LeaderEpoch", self.leader_epoch)? } else { self.leader_epoch },
            partition_epoch: bumped("PartitionEpoch", self.partition_epoch)?,
        })
    }

    /// The absolute record that describes the partition.
    pub fn to_record(&self, topic_id: TopicId, partition_id: PartitionId) -> PartitionRecord {
        let unless_empty = |replicas: &Vec<BrokerId>| (!replicas.is_empty()).then(|| replicas.clone());
        PartitionRecord {
            partition_id,
            topic_id,
            replicas: self.replicas.clone(),
            isr: self.isr.clone(),
            removing_replicas: self.removing_replicas.clone(),
            adding_replicas: self.adding_replicas.clone(),
            leader: self.leader,
            leader_recovery_state: self.leader_recovery_state as i8,
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            directories: self.directories.clone(),
            eligible_leader_replicas: unless_empty(&self.elr),
            last_known_elr: unless_empty(&self.last_known_elr),
        }
    }

    /// Log directory of a replica, if it is one.
    pub fn directory(&self, broker_id: BrokerId) -> Option<Uuid> {
        let index = self.replicas.iter().position(|replica| *replica == broker_id)?;
        self.directories.get(index).copied()
    }
}

/// One directory per replica. Kafka takes a list of nothing but MIGRATING, the empty one included, at any length.
fn parallel_directories(
    (topic_id, partition_id): (TopicId, PartitionId),
    replicas: &[BrokerId],
    directories: Vec<Uuid>,
) -> Result<Vec<Uuid>, ReplayError> {
    if directories.iter().all(|directory| *directory == DIRECTORY_MIGRATING) {
        return Ok(vec![DIRECTORY_MIGRATING; replicas.len()]);
    }
    if directories.len() != replicas.len() {
        let (replicas, directories) = (replicas.len(), directories.len());
        return Err(ReplayError::DirectoriesMismatch { topic_id, partition_id, replicas, directories });
    }
    Ok(directories)
}

fn recovery_state(record: &'static str, value: i8) -> Result<LeaderRecoveryState, ReplayError> {
    let field = "LeaderRecoveryState";
    LeaderRecoveryState::from_value(value).ok_or(ReplayError::InvalidValue { record, field, value: value.into() })
}

/// The next epoch. There is none after the last: nothing wraps to an epoch that was in use.
fn bumped(field: &'static str, current: i32) -> Result<i32, ReplayError> {
    let record = "PartitionChangeRecord";
    current.checked_add(1).ok_or(ReplayError::InvalidValue { record, field, value: i64::from(current) + 1 })
}
