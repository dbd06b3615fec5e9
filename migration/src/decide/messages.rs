//! What goes into the driver and what comes out of it. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use kedge_metadata_state::{BrokerId, Image, Record, sidecar::ForeignWrite};
use kedge_metadata_store::{
    Claim, ClaimError, CommitError, ControllerZnode, KRaftEpoch, LoadError, MirrorPlan, Outcome, PartitionPad,
    Progress, TreeListing,
};

use crate::{
    readiness::{Findings, MigrationZnode, Problem, UncarriedCounts},
    reconcile::{CanHold, LogPosition},
    rollback::RollbackOrder,
    verify::Verdict,
};

/// What a driver is given once.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Node id of this controller.
    pub controller_id: BrokerId,
    /// What ZooKeeper can hold.
    pub can_hold: CanHold,
    /// First wait after something was unavailable, ms; doubles up to `retry_ms_max`.
    pub retry_ms_min: i64,
    /// Longest such wait, ms.
    pub retry_ms_max: i64,
    /// How often what blocks a start is looked at again, ms.
    pub recheck_ms: i64,
    /// How long a tree that follows is trusted before it is listed and compared anew, ms. With the listing itself it stays
    /// under the minute in which a foreign write has to be found.
    pub full_diff_ms: i64,
    /// Longest freeze of a rollback before it is given up, and of a finalization, ms.
    pub freeze_ms_max: i64,
}

impl Settings {
    /// Settings for production.
    pub fn new(controller_id: BrokerId, can_hold: CanHold) -> Settings {
        Settings {
            controller_id,
            can_hold,
            retry_ms_min: 100,
            retry_ms_max: 5_000,
            recheck_ms: 5_000,
            full_diff_ms: 45_000,
            freeze_ms_max: 30_000,
        }
    }
}

/// A broker, as the active controller sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerStatus {
    /// Registered with the quorum, as a migrating broker or as one that follows the log.
    pub is_registered: bool,
    /// Knows the voters and may follow the move.
    pub is_armed: bool,
    /// Sends heartbeats and is not fenced.
    pub is_alive: bool,
    /// Its ephemeral is under `/brokers/ids`.
    pub has_ephemeral: bool,
    /// Its metadata comes from the log.
    pub follows_log: bool,
    /// Why this controller cannot ask it, with the address that it asked; none if it answers, or has no address.
    pub unreachable: Option<String>,
}

/// Every broker and controller that the move has to do with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Brokers that are registered in the tree or with the quorum, or that hold a replica.
    pub brokers: BTreeMap<BrokerId, BrokerStatus>,
    /// Voters, and whether each registered as ready for a migration.
    pub controllers: BTreeMap<BrokerId, bool>,
}

/// What an operator orders. The cluster's name has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// `kedge migrate start`.
    Start {
        /// Dead brokers that are accepted.
        without_brokers: BTreeSet<BrokerId>,
    },
    /// `kedge migrate rollback`.
    Rollback(RollbackOrder),
    /// `kedge migrate finalize`.
    Finalize,
    /// Do not pass the next gate.
    Hold(String),
    /// Pass it.
    Resume,
    /// The foreign writes shown so far are known and need not be shown any longer.
    Acknowledge,
}

/// What the quorum holds.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The image, the facts in its sidecar.
    pub image: Arc<Image>,
    /// Where the log stands.
    pub at: LogPosition,
    /// A metadata transaction is open: somebody died in the middle of a copy.
    pub is_in_transaction: bool,
}

/// A quick look at who rules the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// `/controller`.
    pub controller: ControllerZnode,
    /// dataVersion of `/controller_epoch`; none if there is none.
    pub controller_epoch_zk_version: Option<i32>,
    /// `/migration`.
    pub migration: MigrationZnode,
    /// Leader epochs of our log with the offset each starts at.
    pub log_epochs: Vec<(i32, i64)>,
    /// End of our log.
    pub log_end_offset: i64,
}

/// The tree, read under the claim.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Its image; partition epochs are dataVersions.
    pub tree: Arc<Image>,
    /// What cannot be carried.
    pub uncarried: UncarriedCounts,
    /// Topics without an id; those in `tree` are made up.
    pub topics_without_id: Vec<String>,
    /// What others wrote under the claim since it was listed last.
    pub foreign_writes: Vec<ForeignWrite>,
}

impl From<TreeListing> for Listing {
    fn from(listing: TreeListing) -> Listing {
        Listing {
            tree: listing.image,
            uncarried: listing.uncarried,
            topics_without_id: listing.topics_without_id,
            foreign_writes: listing.foreign_writes,
        }
    }
}

/// What became of a commit to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitReply {
    /// Committed as a whole.
    Committed,
    /// Refused: not the leader any more. Nothing was applied.
    Refused,
    /// Not known, for some or all of it.
    Unknown,
}

/// The answer to a [`Work`].
#[derive(Clone, Debug)]
pub enum Reply {
    /// To [`Work::Stage`].
    Staged(Result<Box<Findings>, LoadError>),
    /// To [`Work::Inspect`]; the error says why ZooKeeper could not be reached.
    Inspected(Result<Inspection, String>),
    /// To [`Work::Confirm`]: this node leads the quorum, and did when it was asked.
    Confirmed(bool),
    /// To [`Work::Seize`] and [`Work::Adopt`].
    Claimed(Result<Claim, ClaimError>),
    /// To [`Work::Relist`].
    Listed(Result<Listing, LoadError>),
    /// To [`Work::Commit`] and [`Work::Abort`].
    Commit(CommitReply),
    /// To [`Work::Reload`]; none if the quorum did not answer.
    Loaded(Option<Loaded>),
    /// To [`Work::Apply`].
    Applied(Result<Vec<Outcome>, CommitError>),
    /// To [`Work::Mark`]: the new dataVersion of `/migration`.
    Marked(Result<i32, CommitError>),
    /// To [`Work::Pad`].
    Padded(Result<(), CommitError>),
    /// To [`Work::Verify`].
    Verified(Verdict),
    /// To [`Work::HandOver`]; the tree, not this answer, says who rules.
    HandedOver(Result<(), ClaimError>),
}

/// Names one work, so that a late reply is not taken for that of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What happens to a driver.
#[derive(Clone, Debug)]
pub enum Event {
    /// This node leads the quorum, its first entry is applied.
    Elected {
        /// Its leader epoch.
        kraft_epoch: KRaftEpoch,
        /// What the quorum holds.
        loaded: Loaded,
    },
    /// This node leads no longer.
    Deposed,
    /// The log grew (outside a transaction, or by a whole one).
    Committed {
        /// The image after it.
        image: Arc<Image>,
        /// Where the log stands.
        at: LogPosition,
    },
    /// Brokers and controllers, absolutely.
    Fleet(Fleet),
    /// An operator's order.
    Order {
        /// Names the order in its [`Action::Answer`].
        order_number: u64,
        /// The order.
        order: Order,
    },
    /// A work has ended.
    Reply {
        /// Which.
        ticket: Ticket,
        /// How.
        reply: Reply,
    },
    /// [`super::Driver::wake_at`] has come.
    Tick,
}

/// What takes time, and may fail.
#[derive(Clone, Debug)]
pub enum Work {
    /// Reads the whole tree while its controller still rules.
    Stage,
    /// Reads `/controller`, `/controller_epoch` and `/migration`.
    Inspect,
    /// Asks a majority whether this node still leads. The question is put after the work is given.
    Confirm,
    /// Deposes whoever rules the tree. Our own applied claim counts as won.
    Seize {
        /// Leader epoch of the claim.
        kraft_epoch: KRaftEpoch,
        /// dataVersion that `/controller_epoch` must have.
        controller_epoch_zk_version: i32,
    },
    /// Takes over the claim of a former leader of this quorum as it stands: `/controller` and `/controller_epoch` stay,
    /// `/migration` is written once, which fences the former leader's mirror.
    Adopt {
        /// Leader epoch of this leader.
        kraft_epoch: KRaftEpoch,
    },
    /// The barrier, then a read of the whole tree under the claim.
    Relist {
        /// The claim.
        claim: Claim,
    },
    /// Commits entries to the log, in order.
    Commit {
        /// One entry each.
        batches: Vec<Vec<Record>>,
    },
    /// Appends AbortTransaction.
    Abort,
    /// Learns what the quorum holds after an unknown outcome.
    Reload,
    /// Mirrors.
    Apply {
        /// The claim.
        claim: Claim,
        /// What to write.
        plan: MirrorPlan,
    },
    /// Sets `/migration`.
    Mark {
        /// The claim.
        claim: Claim,
        /// Its content.
        progress: Progress,
    },
    /// Raises dataVersions.
    Pad {
        /// The claim.
        claim: Claim,
        /// Of these.
        pads: Vec<PartitionPad>,
    },
    /// Lets the second reader compare tree and quorum.
    Verify,
    /// Lets a broker's own session take over. It reads the highest stamp itself: the tree stands still.
    HandOver {
        /// The broker.
        successor: BrokerId,
    },
}

impl Work {
    /// Goes to the log; everything else goes to ZooKeeper (or, in the middle of a claim, to the quorum).
    pub fn is_for_the_log(&self) -> bool {
        matches!(self, Work::Commit { .. } | Work::Abort | Work::Reload)
    }
}

/// What became of an order. A change of leader takes nothing along that was answered [`Answer::Done`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What was ordered is a fact that the quorum committed, or already was.
    Done(&'static str),
    /// Nothing was done: what stands in its way.
    Refused(Vec<Problem>),
    /// Nothing was done: this controller is not active any more. The next one may be asked.
    NotActive,
    /// Its commit was begun, and whether it applied is not known. Every order may be given again: one that is a fact
    /// already is answered [`Answer::Done`], or refused with the state that it led to.
    Unknown,
}

/// What the shell is to do.
#[derive(Clone, Debug)]
pub enum Action {
    /// The controller decides nothing from now on: it answers NOT_CONTROLLER, heartbeats are acknowledged, nobody is
    /// fenced, no NoOp is written.
    Freeze,
    /// The controller decides again, if ZkMigrationState lets it.
    Unfreeze,
    /// Begin this, answer with its ticket.
    Work {
        /// Its ticket.
        ticket: Ticket,
        /// The work.
        work: Work,
    },
    /// An order's answer.
    Answer {
        /// The order.
        order_number: u64,
        /// The answer.
        answer: Answer,
    },
    /// Close the ZooKeeper sessions; `/controller` and `/migration` stay as a lock.
    CloseMirror,
    /// For the log and the timeline.
    Report(String),
}
