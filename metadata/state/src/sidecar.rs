//! Kedge's own facts, which Kafka has no record for.
//!
//! They travel beside the Kafka records of a Raft entry and of a snapshot, are applied and snapshotted like records, and
//! produce no byte of `__cluster_metadata`: an unknown record type would stop an Apache observer.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{BrokerId, TimestampMs, TopicId};

/// One change to the sidecar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum SidecarRecord {
    /// A topic waits for its replicas to acknowledge deletion; `/admin/delete_topics/<T>` in ZooKeeper.
    TopicDeletionQueued {
        /// The topic that is going away.
        #[serde(with = "uuid_text")]
        topic_id: TopicId,
    },
    /// The queued deletion is over: the topic is gone, or the request was withdrawn.
    TopicDeletionFinished {
        /// The topic.
        #[serde(with = "uuid_text")]
        topic_id: TopicId,
    },
    /// Everything the move knows beyond Kafka's ZkMigrationState; replaces what was known before.
    Migration(MigrationFacts),
}

/// What the operator sees a migration be in (`docs/GLOSSARY.md`, The move).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MigrationPhase {
    /// The quorum exists; nothing has been ordered.
    Prepared,
    /// Brokers register with the quorum while ZooKeeper rules.
    Joining,
    /// The controllership is claimed and the tree is being copied.
    Copying,
    /// The quorum rules and the tree is a mirror.
    Dual,
    /// The way back has been ordered.
    RollingBack,
    /// The mirror is closed.
    Final,
}

/// The move's own state, as the quorum agreed on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationFacts {
    /// Which migration attempt this is, from 1; a rollback ends a generation.
    pub generation: u32,
    /// Where the attempt stands.
    pub phase: MigrationPhase,
    /// `/migration` as last written by us: its dataVersion. Content not bound here is foreign.
    pub migration_zk_version: Option<i32>,
    /// The broker that takes the controllership over at rollback.
    pub successor: Option<BrokerId>,
    /// Why the move waits, if an operator holds it.
    pub holding: Option<String>,
    /// The `KM` code that stops it, if one does.
    pub blocked: Option<String>,
    /// Dead brokers the operator accepted by name (`--without-broker`).
    #[serde(default)]
    pub without_brokers: Vec<BrokerId>,
    /// Writes to ZooKeeper's tree that were not the mirror's.
    #[serde(default, skip_serializing_if = "ForeignWrites::is_empty")]
    pub foreign_writes: ForeignWrites,
}

/// What somebody else did to a znode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TreeChange {
    /// It was not there before.
    Created,
    /// Its data changed.
    Changed,
    /// It is gone.
    Deleted,
}

/// A write to ZooKeeper's tree under a quorum that was not the mirror's: an old tool's, or a hand's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignWrite {
    /// The znode, below the chroot.
    pub path: String,
    /// What happened to it.
    pub change: TreeChange,
    /// ZooKeeper's transaction; none for a znode that is gone.
    pub mzxid: Option<i64>,
    /// When, by ZooKeeper's clock, ms since 1970; for a znode that is gone, when that was found.
    pub at: TimestampMs,
}

/// Path, what happened, and the transaction as ZooKeeper's tools print it.
impl fmt::Display for ForeignWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let change = match self.change {
            TreeChange::Created => "created",
            TreeChange::Changed => "changed",
            TreeChange::Deleted => "deleted",
        };
        write!(f, "{} {change}", self.path)?;
        self.mzxid.map_or(Ok(()), |mzxid| write!(f, ", mzxid 0x{mzxid:x}"))
    }
}

/// Foreign writes that were found: the first of those that no operator acknowledged yet, and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignWrites {
    /// Not acknowledged yet, the first [`ForeignWrites::LISTED_MAX`], a znode once.
    pub listed: Vec<ForeignWrite>,
    /// Not acknowledged yet, all of them.
    pub unacknowledged: u64,
    /// Found since the quorum was formed.
    pub total: u64,
}

impl ForeignWrites {
    /// Most writes that are kept by name.
    pub const LISTED_MAX: usize = 20;

    /// None was ever found.
    pub fn is_empty(&self) -> bool {
        *self == ForeignWrites::default()
    }

    /// Takes in what was found; of a znode that is listed already the last write counts.
    pub fn add(&mut self, found: &[ForeignWrite]) {
        for write in found {
            self.unacknowledged += 1;
            self.total += 1;
            match self.listed.iter().position(|listed| listed.path == write.path) {
                Some(index) => self.listed[index] = write.clone(),
                None if self.listed.len() < Self::LISTED_MAX => self.listed.push(write.clone()),
                None => {}
            }
        }
    }

    /// An operator has seen them.
    pub fn acknowledge(&mut self) {
        *self = ForeignWrites { total: self.total, ..ForeignWrites::default() };
    }
}

/// The sidecar's content in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SidecarImage {
    /// Topics whose deletion is queued.
    pub topic_deletions: imbl::OrdSet<TopicId>,
    /// The move, once one has been ordered or prepared.
    pub migration: Option<MigrationFacts>,
}

mod uuid_text {
    //! Topic ids as Kafka prints them.
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::TopicId;

    pub(super) fn serialize<S: Serializer>(topic_id: &TopicId, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(topic_id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<TopicId, D::Error> {
        String::deserialize(input)?.parse().map_err(|_| D::Error::custom("not a Kafka uuid"))
    }
}
