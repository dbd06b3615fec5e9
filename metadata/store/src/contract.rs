//! [`MetadataStore`]: load an image, observe changes, campaign for the controllership, commit units of records under a fence.

use std::sync::Arc;

use async_trait::async_trait;
use kedge_metadata_state::{
    BrokerId, Image, Record, TimestampMs, TopicIdPartition,
    image::{BrokerRegistration, Endpoint},
};
use tokio::sync::mpsc;

/// Order of one store's changes: the offset of the last applied record in Raft, a local counter in ZooKeeper that dies
/// with the process. Positions of different stores are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub i64);

/// The controllership, from a won [`MetadataStore::campaign`] until [`MetadataStore::resign`] or deposition.
///
/// Not `Clone`: whoever holds it is the one writer.
#[derive(Debug, PartialEq, Eq)]
pub struct Reign {
    /// `/controller_epoch` in ZooKeeper, the Raft term in KRaft. The two are never converted into each other.
    pub controller_epoch: i32,
    /// What the store checks at every commit.
    pub fence: StoreFence,
}

/// What a store checks to refuse the writes of a deposed controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFence {
    /// The dataVersion of `/controller_epoch` that the claim produced.
    ZooKeeper {
        /// That dataVersion.
        controller_epoch_zk_version: i32,
    },
    /// The term of this leader. The entry also carries the base offset it expects.
    Raft {
        /// Raft term, Kafka's leader epoch of the metadata log.
        leader_epoch: i32,
    },
    /// The in-memory store's claim counter.
    Memory {
        /// Number of the claim.
        claim: u64,
    },
}

/// Records that apply together or not at all, as seen by anyone who loads. Order inside matters; sidecar records are
/// allowed where the store can hold them.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The changes, in order.
    pub records: Vec<Record>,
    /// When it was decided, by the controller's clock.
    pub at: TimestampMs,
}

/// Under whose authority a commit is made.
#[derive(Clone, Copy, Debug)]
pub enum Fence<'a> {
    /// The controller's own writes.
    Reign(&'a Reign),
    /// Config, quota, ACL and token writes by any broker; ZooKeeper only, through [`crate::ZooKeeperMember`].
    Member(BrokerId),
}

/// One event of a store's stream. Positions strictly increase; each commit of this process appears exactly once.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// Records that became part of the cluster's metadata.
    Batch {
        /// Where the store stands after them.
        at: Position,
        /// Own commits as committed; foreign ZooKeeper edits as absolute upserts, coalesced. Equal content gives nothing.
        records: Vec<Record>,
        /// Committed by this process.
        own: bool,
    },
    /// The whole image, after a snapshot, a session's end or a lost watch. Compare: what is absent was deleted.
    Reset {
        /// Where the store stands.
        at: Position,
        /// What it holds.
        image: Arc<Image>,
    },
    /// A broker's ephemeral znode appeared or changed. Never from Raft, where heartbeats are requests.
    BrokerUp(Registration),
    /// A broker's ephemeral znode is gone.
    BrokerDown {
        /// The broker.
        broker_id: BrokerId,
        /// The czxid its registration had.
        broker_epoch: i64,
    },
    /// An admin request that arrived as a znode.
    AdminNode(AdminNodeRequest),
    /// Another controller rules now; every reign of this process is over.
    Deposed {
        /// The controller epoch that was seen.
        controller_epoch: i32,
    },
}

/// What old tools and brokers ask by writing a znode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminNodeRequest {
    /// `/admin/delete_topics`: topic names.
    DeleteTopics(Vec<String>),
    /// `/admin/reassign_partitions`: the partitions it names, by topic name; reassignment is not served yet.
    ReassignPartitions(Vec<(String, i32)>),
    /// `/admin/preferred_replica_election`: partitions by topic name.
    PreferredElection(Vec<(String, i32)>),
    /// `/isr_change_notification`: partitions whose state znode a leader changed itself.
    IsrChanged(Vec<TopicIdPartition>),
    /// `/log_dir_event_notification`: a broker lost a log directory.
    LogDirFailed(BrokerId),
}

/// The receiving end of a store's stream. It ends when the store is dropped.
#[derive(Debug)]
pub struct Observations {
    events: mpsc::UnboundedReceiver<Observed>,
}

impl Observations {
    /// A stream and the sender that feeds it.
    #[expect(
        clippy::disallowed_methods,
        reason = "fed by the cluster's own changes, never by a peer's requests; a store must not wait for its reader"
    )]
    pub fn channel() -> (mpsc::UnboundedSender<Observed>, Observations) {
        let (sender, events) = mpsc::unbounded_channel();
        (sender, Observations { events })
    }

    /// The next event; none after the store's end.
    pub async fn next(&mut self) -> Option<Observed> {
        self.events.recv().await
    }

    /// The next event if one is there already.
    pub fn try_next(&mut self) -> Option<Observed> {
        self.events.try_recv().ok()
    }
}

/// How faithfully a store keeps a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing is lost.
    Exactly,
    /// These fields are lost.
    Lossy(Vec<&'static str>),
    /// The store has no place for it.
    No,
}

/// What became of one unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Durable, and in the stream at or before this position.
    Committed(Position),
    /// Somebody else changed what the unit was decided upon; nothing of it was applied.
    Conflict {
        /// The present content, as absolute upserts.
        now: Vec<Record>,
    },
    /// The store cannot hold this record; nothing of the unit was applied.
    NotHeld(Box<Record>),
    /// The unit is larger than the store takes atomically.
    TooLarge,
}

/// Why a whole commit failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The reign is over; nothing was applied after that.
    #[error("another controller rules")]
    Fenced,
    /// The store could not be reached; nothing was applied.
    #[error("the metadata store is unavailable: {0}")]
    Unavailable(String),
    /// The reply was lost. Load again to learn what was applied; never retry blindly.
    #[error("outcome unknown from unit {from_unit} on: {cause}")]
    Unknown {
        /// Units before this one have known outcomes and were committed.
        from_unit: usize,
        /// What happened.
        cause: String,
    },
}

/// Why an image could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The store could not be reached; try again.
    #[error("the metadata store is unavailable: {0}")]
    Unavailable(String),
    /// Content that cannot be understood: every bad place at once, each with what is wrong and what to do.
    #[error("{} places of the metadata cannot be read; the first: {}", .0.len(), .0.first().map(|bad| bad.to_string()).unwrap_or_default())]
    Bad(Vec<BadContent>),
}

/// One place whose content cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct BadContent {
    /// Znode path, or file and offset.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Why a campaign ended without a reign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CampaignError {
    /// The store could not be reached; nothing was claimed.
    #[error("the metadata store is unavailable: {0}")]
    Unavailable(String),
    /// This node may not rule: not a voter, session over, or the store is closed.
    #[error("this node cannot become the controller: {0}")]
    Ineligible(String),
    /// A KRaft controller holds the ZooKeeper cluster; a broker must not claim it back.
    #[error("a KRaft controller rules this ZooKeeper cluster (KRaft epoch {kraft_controller_epoch})")]
    KRaftRules {
        /// `kraftControllerEpoch` of `/controller`.
        kraft_controller_epoch: i32,
    },
}

/// Who campaigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Node id of the broker (ZooKeeper) or controller (KRaft).
    pub node_id: BrokerId,
    /// Wall-clock time, written into `/controller`.
    pub at: TimestampMs,
}

/// A broker's registration, in either mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The broker, its epoch (−1 before it has one) and everything it declares.
    pub broker: BrokerRegistration,
    /// `jmx_port` of the znode; −1 if there is none.
    pub jmx_port: i32,
}

impl Registration {
    /// The listeners, in the order declared: the first PLAINTEXT one becomes `host` and `port` of the znode.
    pub fn listeners(&self) -> &[Endpoint] {
        &self.broker.listeners
    }
}

/// The authority over a cluster's metadata.
///
/// What implementers owe, beyond each method's text:
/// - the stream starts no later than the first read of `load`, so nothing falls between the two;
/// - a unit is all or nothing to anyone who loads; neighbours of a refused unit are unaffected;
/// - after a reign has been lost or resigned, no write under it can apply, however late it arrives;
/// - an error that is not a definite answer is [`CommitError::Unknown`], never a guess.
#[async_trait]
pub trait MetadataStore: Send + Sync {
    /// How faithfully this store keeps a record. Drives commit, diff and rollback warnings.
    fn can_hold(&self, record: &Record) -> Held;

    /// The image, where it stands, and the stream from there on. All unreadable content is reported at once.
    async fn load(&self) -> Result<(Arc<Image>, Position, Observations), LoadError>;

    /// Waits while another controller rules, then claims. A claim of our own whose reply was lost counts as won.
    async fn campaign(&self, candidate: Candidate) -> Result<Reign, CampaignError>;

    /// Commits units in order, returning when they are durable: one outcome per unit. One call in flight per reign.
    async fn commit(&self, fence: Fence<'_>, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError>;

    /// Ends a reign. After it returns, no write under the reign can apply.
    async fn resign(&self, reign: Reign);
}
