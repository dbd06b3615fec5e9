//! Kedge's own facts, which Kafka has no record for.
//!
//! They travel beside the Kafka records of a Raft entry and of a snapshot, are applied and snapshotted like records, and
//! produce no byte of `__cluster_metadata`: an unknown record type would stop an Apache observer.

use serde::{Deserialize, Serialize};

use crate::{BrokerId, TopicId};

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
