//! What the runtime needs of the rest of a controller process, as traits. The ZooKeeper side is
//! [`kedge_metadata_store::Mirror`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use kedge_metadata_state::{BrokerId, Image, Record, image::ZkMigrationState};
use kedge_metadata_store::{ClaimError, KRaftEpoch, Position};
use tokio::sync::watch;

use crate::{
    decide::CommitReply,
    node_api::NodeDescription,
    readiness::{Findings, QuorumFindings},
    reconcile::LogPosition,
    verify::TreeSummary,
};

/// A reign of this process over the quorum, and how far it has come.
#[derive(Clone, Debug)]
pub struct FedReign {
    /// Its leader epoch.
    pub kraft_epoch: KRaftEpoch,
    /// The image as last committed, metadata transactions as a whole.
    pub image: Arc<Image>,
    /// Where the log stands.
    pub at: LogPosition,
    /// How often it was told of a change: a store may commit facts of our own without an offset.
    pub changes: u64,
}

/// What the runtime hears of the quorum: always the latest, nothing in between, so it needs no room.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    /// How many reigns this process has had: a new one may have the epoch of the last, in a quorum of one voter.
    pub reigns: u64,
    /// The present one.
    pub reign: Option<FedReign>,
}

/// The end at which the controller runtime tells what it committed.
#[derive(Debug)]
pub struct FeedSender {
    feed: watch::Sender<Feed>,
    /// A reign over a log that does not say what it is for begins with its first records: the controller's first decision
    /// may make it the log of a move.
    begun: std::sync::Mutex<Option<KRaftEpoch>>,
}

/// Both ends of a feed.
pub fn feed() -> (FeedSender, watch::Receiver<Feed>) {
    let (feed, receiver) = watch::channel(Feed::default());
    (FeedSender { feed, begun: std::sync::Mutex::default() }, receiver)
}

impl FeedSender {
    fn begun(&self) -> std::sync::MutexGuard<'_, Option<KRaftEpoch>> {
        self.begun.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A reign began on this image.
    pub fn activated(&self, kraft_epoch: KRaftEpoch, image: &Arc<Image>, position: Position) {
        *self.begun() = Some(kraft_epoch);
        if image.features.zk_migration_state != ZkMigrationState::None {
            self.committed(image, position);
        }
    }

    /// The image changed.
    pub fn committed(&self, image: &Arc<Image>, position: Position) {
        let begun = self.begun().take();
        self.feed.send_modify(|feed| {
            if let Some(kraft_epoch) = begun {
                let at = LogPosition { leader_epoch: kraft_epoch.0, last_offset: position.0 };
                feed.reigns += 1;
                feed.reign = Some(FedReign { kraft_epoch, image: image.clone(), at, changes: 0 });
            } else if let Some(reign) = &mut feed.reign {
                reign.image = image.clone();
                reign.at.last_offset = position.0;
                reign.changes += 1;
            }
        });
    }

    /// The reign is over.
    pub fn resigned(&self) {
        *self.begun() = None;
        self.feed.send_modify(|feed| feed.reign = None);
    }
}

/// The quorum, through the controller runtime of this process.
#[async_trait]
pub trait QuorumPort: Send + Sync {
    /// The controller of that reign decides nothing from the return on. Nothing happens if it is over.
    async fn freeze(&self, kraft_epoch: KRaftEpoch);
    /// It decides again.
    async fn thaw(&self, kraft_epoch: KRaftEpoch);
    /// Commits entries in order. Unless all of it is committed, the reign is over when this returns.
    async fn commit(&self, kraft_epoch: KRaftEpoch, batches: Vec<Vec<Record>>) -> CommitReply;
    /// A majority says, asked after the call, that this process leads in that epoch.
    async fn confirm(&self, kraft_epoch: KRaftEpoch) -> bool;
    /// Leader epochs of the log, each with its first offset, ascending.
    fn log_epochs(&self) -> Vec<(i32, i64)>;
    /// End of the committed log.
    fn log_end_offset(&self) -> i64;
    /// `controller.quorum.voters`: ids and addresses.
    fn voters(&self) -> BTreeMap<BrokerId, String>;
    /// The leader, as far as this node knows, and its epoch.
    fn leader(&self) -> (Option<BrokerId>, i32);
}

/// What a broker said of itself, or why it could not be asked.
pub type Described = Result<NodeDescription, String>;

/// Brokers, asked over their listeners.
#[async_trait]
pub trait FleetPort: Send + Sync {
    /// Who is there: [`crate::node_api::NodeRequest::Describe`] to every address at once; where nobody of ours answers, why,
    /// with the address.
    async fn describe(&self, addresses: BTreeMap<BrokerId, String>) -> BTreeMap<BrokerId, Described>;
    /// [`crate::node_api::NodeRequest::TakeOver`] to one of them.
    async fn hand_over(&self, address: &str, cluster_id: &str) -> Result<(), ClaimError>;
}

/// The second reader: other code than the store's.
#[async_trait]
pub trait SecondReader: Send + Sync {
    /// What is in the tree and among the brokers, for [`crate::readiness::check`]. The error says why the tree cannot be
    /// read.
    async fn findings(
        &self,
        brokers: BTreeMap<BrokerId, Option<NodeDescription>>,
        quorum: QuorumFindings,
    ) -> Result<Findings, String>;
    /// The tree, to be compared.
    async fn tree_summary(&self) -> Result<TreeSummary, String>;
}

/// Everything outside the runtime.
#[derive(Clone)]
pub struct Ports {
    /// The quorum.
    pub quorum: Arc<dyn QuorumPort>,
    /// The tree.
    pub mirror: Arc<dyn kedge_metadata_store::Mirror>,
    /// The brokers.
    pub fleet: Arc<dyn FleetPort>,
    /// The tree, by other code.
    pub second_reader: Arc<dyn SecondReader>,
    /// Wall-clock time.
    pub clock: Arc<dyn Fn() -> kedge_metadata_state::TimestampMs + Send + Sync>,
    /// Told the name of every crash point as it is passed ([`super::crash_points`]).
    pub crash: Arc<dyn Fn(&'static str) + Send + Sync>,
}

/// Ids of the voters.
pub(super) fn voter_ids(quorum: &dyn QuorumPort) -> BTreeSet<BrokerId> {
    quorum.voters().into_keys().collect()
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::{Dialect, MetadataVersion};

    use super::*;

    #[test]
    fn a_reign_begins_with_the_first_records_of_an_empty_log() {
        let (sender, receiver) = feed();
        let reign = || receiver.borrow().reign.clone().map(|reign| (reign.kraft_epoch.0, reign.at.last_offset));
        let empty = Arc::new(Image::empty(Dialect::kraft(MetadataVersion::LATEST)));
        sender.activated(KRaftEpoch(1), &empty, Position(0));
        assert_eq!(reign(), None);
        let mut image = (*empty).clone();
        image.features.zk_migration_state = ZkMigrationState::PreMigration;
        let image = Arc::new(image);
        sender.committed(&image, Position(4));
        assert_eq!(reign(), Some((1, 4)));
        sender.committed(&image, Position(9));
        assert_eq!((reign(), receiver.borrow().reigns), (Some((1, 9)), 1));
        sender.resigned();
        assert_eq!(reign(), None);
        // What a deposed reign commits late is nobody's.
        sender.committed(&image, Position(10));
        assert_eq!(reign(), None);
        sender.activated(KRaftEpoch(1), &image, Position(12));
        assert_eq!((reign(), receiver.borrow().reigns), (Some((1, 12)), 2));
    }
}
