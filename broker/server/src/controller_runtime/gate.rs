//! What the controller may decide now: everything, membership only (PRE_MIGRATION), or nothing (frozen).
//!
//! Before the copy the log may hold the content of an earlier migration that was rolled back. Nobody may move a leader epoch
//! in it, and no request may be answered from it; so in PRE_MIGRATION the controller looks at an image without topics.
//! A freeze (Fwd2 to Fwd3, Back2 to Back7) stops everything but the driver's own commits.

use kedge_metadata_state::{Image, Record, image::ZkMigrationState};
use tokio::sync::oneshot;

/// What an item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A broker's sign of life: always answered.
    Heartbeat,
    /// Who belongs to the cluster, and what keeps the log alive.
    Membership,
    /// Topics, partitions, configs, producer ids.
    Content,
}

/// What may be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// Everything.
    Open,
    /// Who belongs to the cluster, without a look at topics.
    PreMigration,
    /// Nothing; heartbeats are acknowledged.
    Frozen,
}

impl Gate {
    pub(super) fn of(image: &Image, is_frozen: bool) -> Gate {
        match image.features.zk_migration_state {
            _ if is_frozen => Gate::Frozen,
            ZkMigrationState::PreMigration => Gate::PreMigration,
            _ => Gate::Open,
        }
    }

    pub(super) fn admits(self, kind: Kind) -> bool {
        match self {
            Gate::Open => true,
            Gate::PreMigration => kind != Kind::Content,
            Gate::Frozen => kind == Kind::Heartbeat,
        }
    }

    /// The image to decide upon, if it is not the whole one.
    pub(super) fn view(self, image: &Image) -> Option<Image> {
        (self == Gate::PreMigration).then(|| Image { topics: Default::default(), ..image.clone() })
    }
}

/// What became of a commit of the move's driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverCommit {
    /// All of it is durable, and was told to the listener.
    Committed,
    /// Nothing of it was applied.
    Refused,
    /// Some or all of it may have been applied.
    Unknown,
}

/// What the move's driver asks of the reign it belongs to.
pub(super) enum Control {
    /// Freeze or thaw.
    Freeze { controller_epoch: i32, is_frozen: bool, done: oneshot::Sender<bool> },
    /// Commit, frozen or not.
    Commit { controller_epoch: i32, batches: Vec<Vec<Record>>, done: oneshot::Sender<DriverCommit> },
}

impl Control {
    /// The reign it is for.
    pub(super) fn controller_epoch(&self) -> i32 {
        match self {
            Control::Freeze { controller_epoch, .. } | Control::Commit { controller_epoch, .. } => *controller_epoch,
        }
    }

    /// That reign is over. Whoever asked may have given up.
    pub(super) fn refuse(self) {
        match self {
            Control::Freeze { done, .. } => drop(done.send(false)),
            Control::Commit { done, .. } => drop(done.send(DriverCommit::Refused)),
        }
    }
}
