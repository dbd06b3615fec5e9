//! The narrow ports of ZooKeeper: [`ZooKeeperMember`] for a broker that does not rule, [`Mirror`] for the move,
//! [`Takeover`] for the successor at rollback. Implemented by `metadata/zookeeper`, on a real ensemble or on its model of one.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use kedge_metadata_state::{BrokerId, Image, Record, sidecar::ForeignWrite};
use tokio::sync::mpsc;

use crate::contract::{CommitError, LoadError, Outcome, Registration, Reign, Unit};

/// What happens in the tree that a broker which does not rule must hear of.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// `/controller` changed.
    Controller(ControllerZnode),
    /// Configs changed: absolute records (a removed key is a ConfigRecord without value).
    Configs(Vec<Record>),
    /// The session expired and a new one was opened: everything of the old one is gone, register again.
    SessionRenewed,
    /// Connection lost or regained, for logs and metrics.
    Connected(bool),
}

/// Who `/controller` names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControllerZnode {
    /// The node id, none while the znode is absent.
    pub controller_id: Option<BrokerId>,
    /// −1 or absent when a broker wrote it, else the KRaft leader epoch of the quorum that claimed the cluster.
    pub kraft_controller_epoch: i32,
}

/// The receiving end of a member's notices.
#[derive(Debug)]
pub struct Notices {
    events: mpsc::UnboundedReceiver<Notice>,
}

impl Notices {
    /// A stream and the sender that feeds it.
    #[expect(
        clippy::disallowed_methods,
        reason = "fed by the cluster's own changes, never by a peer's requests; a member must not wait for its reader"
    )]
    pub fn channel() -> (mpsc::UnboundedSender<Notice>, Notices) {
        let (sender, events) = mpsc::unbounded_channel();
        (sender, Notices { events })
    }

    /// The next notice; none after the member's end.
    pub async fn next(&mut self) -> Option<Notice> {
        self.events.recv().await
    }
}

/// Why a member's call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemberError {
    /// ZooKeeper could not be reached; nothing was applied.
    #[error("ZooKeeper is unavailable: {0}")]
    Unavailable(String),
    /// Another live session holds `/brokers/ids/<id>`. The words are Apache's (`KafkaZkClient.CheckedEphemeral`).
    #[error(
        "Error while creating ephemeral at /brokers/ids/{broker_id}, node already exists and owner '0x{owner_session:x}' does not match current session '0x{own_session:x}'"
    )]
    AlreadyRegistered {
        /// The broker.
        broker_id: BrokerId,
        /// `ephemeralOwner` of the znode.
        owner_session: i64,
        /// The session that asked.
        own_session: i64,
        /// It declares the very addresses that are declared now: a process of this broker that was killed, whose session goes on
        /// for its timeout. Otherwise it is another broker with the same id.
        is_former_self: bool,
    },
    /// Content that cannot be understood.
    #[error("{0}")]
    Bad(String),
}

/// A partition as a consumer group of ZooKeeper's time sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerPartition {
    /// The group.
    pub group_id: String,
    /// The topic.
    pub topic_name: String,
    /// The partition.
    pub partition_id: i32,
}

/// A ZooKeeper-mode broker that does not rule.
#[async_trait]
pub trait ZooKeeperMember: Send + Sync {
    /// Creates `/brokers/ids/<id>`; the czxid is the broker epoch. Waits out an old session of our own.
    async fn register(&self, registration: Registration) -> Result<i64, MemberError>;

    /// `/cluster/id`: read, or created with `proposed` when absent.
    async fn cluster_id(&self, proposed: &str) -> Result<String, MemberError>;

    /// Controller, config and session changes from now on; the present controller and all configs come first.
    async fn notices(&self) -> Result<Notices, MemberError>;

    /// Overrides of topics as `/config/topics/<T>` has them now, absolutely. A topic without overrides adds nothing, nor does
    /// one whose znode cannot be read (Kafka writes no notice when it creates a topic, so a broker asks).
    async fn topic_configs(&self, topic_names: Vec<String>) -> Vec<Record>;

    /// `/controller` as it is now, read fresh. Fails with [`MemberError::Unavailable`] if ZooKeeper does not answer within
    /// the call's time.
    async fn controller(&self) -> Result<ControllerZnode, MemberError>;

    /// The offset that a consumer group keeps in ZooKeeper (`/consumers/<group>/offsets/<topic>/<partition>`), if it has one.
    async fn consumer_offset(&self, partition: &ConsumerPartition) -> Result<Option<i64>, MemberError>;

    /// Keeps it there, as OffsetCommit version 0 asks. No fence: a group's offsets are its own.
    async fn set_consumer_offset(&self, partition: &ConsumerPartition, offset: i64) -> Result<(), MemberError>;

    /// Configs, quotas, ACLs and tokens: a commit under [`crate::Fence::Member`].
    async fn write(&self, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError>;
}

/// The leader epoch of the metadata quorum, as it stands in `/controller` and `/migration`. Never a ZooKeeper controller epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KRaftEpoch(pub i32);

/// A claim of the ZooKeeper cluster by the quorum's leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The ZooKeeper controller epoch that the claim set.
    pub zk_controller_epoch: i32,
    /// dataVersion of `/controller_epoch`: the fence of every write under the claim.
    pub controller_epoch_zk_version: i32,
    /// dataVersion of `/migration`, checked by every data write.
    pub migration_zk_version: i32,
    /// Who claimed.
    pub kraft_epoch: KRaftEpoch,
    /// The claiming controller.
    pub controller_id: BrokerId,
}

/// Content of `/migration` (Kafka's ZkMigrationLeadershipState).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Node id of the controller that wrote it.
    pub kraft_controller_id: BrokerId,
    /// Its leader epoch.
    pub kraft_controller_epoch: i32,
    /// Offset of the last record mirrored.
    pub kraft_metadata_offset: i64,
    /// Leader epoch of that record.
    pub kraft_metadata_epoch: i32,
}

/// What `/migration` holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MigrationZnode {
    /// There is none.
    #[default]
    Absent,
    /// It exists without data.
    Empty,
    /// Kafka's five fields.
    Content {
        /// What they say.
        progress: Progress,
        /// dataVersion of the znode.
        zk_version: i32,
    },
}

/// What this version cannot carry, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UncarriedCounts {
    /// ACL entries.
    pub acls: usize,
    /// Quota values of users, clients, pairs of both, and ips.
    pub quotas: usize,
    /// SCRAM credentials.
    pub scram_credentials: usize,
    /// Delegation tokens.
    pub delegation_tokens: usize,
    /// Partitions with a reassignment in flight, or asked for in `/admin/reassign_partitions`.
    pub reassignments: usize,
    /// Queued topic deletions.
    pub deletions: usize,
    /// Partitions of `__transaction_state`.
    pub transaction_partitions: usize,
    /// Broker configs encoded with `password.encoder`.
    pub encoded_configs: usize,
}

/// A quick look at who rules the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeControl {
    /// `/controller`.
    pub controller: ControllerZnode,
    /// `/controller_epoch`; none if there is none.
    pub controller_epoch: Option<i32>,
    /// Its dataVersion. It was read before everything else here: a claim made in between shows as another version.
    pub controller_epoch_zk_version: Option<i32>,
    /// `/migration`.
    pub migration: MigrationZnode,
    /// Who is under `/brokers/ids`, with `host:port` of a listener, a plain one if there is one; none where its znode names none.
    pub brokers: BTreeMap<BrokerId, Option<String>>,
}

/// The tree as read in one pass.
#[derive(Clone, Debug)]
pub struct TreeListing {
    /// What it stands for. Partition epochs are dataVersions; a partition without a `state` has partition epoch −1, leader
    /// epoch −1, no leader and an empty ISR.
    pub image: Arc<Image>,
    /// What cannot be carried.
    pub uncarried: UncarriedCounts,
    /// Highest controller epoch in any `state` znode, −1 if there is none.
    pub highest_stamp: i32,
    /// Names of topics without an id. In the image each has an id that no topic of a log has, and no partitions.
    pub topics_without_id: Vec<String>,
    /// What others wrote under the claim since it was listed last; told once.
    pub foreign_writes: Vec<ForeignWrite>,
}

/// Why a claim or a take-over failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// ZooKeeper could not be reached; try again.
    #[error("ZooKeeper is unavailable: {0}")]
    Unavailable(String),
    /// Somebody moved first; re-read and try again.
    #[error("the claim lost a race: {0}")]
    Raced(String),
    /// A KRaft controller with the same or a higher epoch holds the cluster.
    #[error("a KRaft controller of epoch {kraft_controller_epoch} holds the cluster")]
    Superseded {
        /// `kraftControllerEpoch` of `/controller`.
        kraft_controller_epoch: i32,
    },
    /// The tree is not one a quorum may claim (no `/controller_epoch`, foreign `/migration`, …).
    #[error("{0}")]
    Refused(String),
}

/// Records to mirror, with the image after them: the plan writes whole JSON documents, never single records.
#[derive(Clone, Debug)]
pub struct MirrorPlan {
    /// The image the records lead to.
    pub image: Arc<Image>,
    /// What changed since the last plan that was applied; coalesced.
    pub records: Vec<Record>,
}

/// A partition whose `state` znode must reach a dataVersion of at least its partition epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionPad {
    /// Topic name.
    pub topic_name: String,
    /// Partition index.
    pub partition_id: i32,
    /// The dataVersion to reach.
    pub partition_epoch: i32,
}

/// The ZooKeeper side of a move, in a session of its own that the first call opens.
#[async_trait]
pub trait Mirror: Send + Sync {
    /// Reads `/controller`, `/controller_epoch`, `/migration` and the brokers' ids. The error says why it could not.
    async fn inspect(&self) -> Result<TreeControl, String>;

    /// Reads the tree while the old controller still rules.
    async fn stage(&self) -> Result<TreeListing, LoadError>;

    /// Deposes whoever rules: `/controller_epoch` + 1 and a persistent `/controller`, in one multi that applies only while
    /// `/controller_epoch` has this dataVersion (else [`ClaimError::Raced`]). An earlier claim of the same controller and
    /// leader epoch that stands counts as won. `/migration` is created, or written over with what it says, right after.
    async fn seize(
        &self,
        controller_id: BrokerId,
        kraft_epoch: KRaftEpoch,
        controller_epoch_zk_version: i32,
    ) -> Result<Claim, ClaimError>;

    /// Takes over the claim of a former leader of this quorum as it stands: `/controller` and `/controller_epoch` stay,
    /// `/migration` is written once, which fences the former leader's mirror. [`ClaimError::Refused`] if no quorum's claim
    /// stands.
    async fn adopt(&self, controller_id: BrokerId, kraft_epoch: KRaftEpoch) -> Result<Claim, ClaimError>;

    /// Re-reads under the claim, with a second listing of `/brokers/topics`: Apache's topic creation is not fenced.
    async fn barrier_and_relist(&self, claim: &Claim) -> Result<TreeListing, LoadError>;

    /// Applies records to the tree under the claim's fence. [`Outcome::Conflict`]: others wrote the tree; nothing of theirs is
    /// written over before a listing has told it.
    async fn apply(&self, claim: &Claim, plan: MirrorPlan) -> Result<Vec<Outcome>, CommitError>;

    /// Sets `/migration`, alone, after every multi of a stage has answered.
    async fn set_progress(&self, claim: &mut Claim, progress: Progress) -> Result<(), CommitError>;

    /// Raises dataVersions of `state` znodes by repeated fenced writes.
    async fn pad(&self, claim: &Claim, partitions: Vec<PartitionPad>) -> Result<(), CommitError>;

    /// Closes the session; `/controller` and `/migration` stay. A later call opens a new one.
    async fn close(&self);
}

/// The successor broker's half of a rollback's hand-over, in its own session.
#[async_trait]
pub trait Takeover: Send + Sync {
    /// One multi: `/controller_epoch` above `highest_stamp`, the persistent `/controller` replaced by an ephemeral of ours,
    /// `/migration` deleted.
    async fn take_over(&self, broker_id: BrokerId, highest_stamp: i32) -> Result<Reign, ClaimError>;
}
