//! A ZooKeeper-mode broker's sessions, and when its store may campaign.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use kedge_metadata_state::{Authority, BrokerId, Record};
use kedge_metadata_store::{
    CampaignError, Candidate, ClaimError, CommitError, Fence, Held, LoadError, MetadataStore, Observations, Outcome,
    Position, Reign, Takeover, Unit,
};
use kedge_migration::switch;
use kedge_zookeeper::{
    Ensemble, ZooKeeperStore,
    zk::{Zk, ZkConnector, ZkError, ZkEvents},
};
use tokio::sync::watch;

use crate::{
    controller_link::zookeeper::TreeView,
    crash_points,
    services::{ImageCell, LinkCell},
};

/// Sessions of one ensemble that can all be ended at once: when the node stops, and when the move is final.
pub(super) struct Sessions {
    ensemble: Ensemble,
    open: Mutex<Vec<Weak<dyn Zk>>>,
    is_closed: watch::Sender<bool>,
}

impl Sessions {
    pub(super) fn new(connect: String, session_timeout: Duration) -> Sessions {
        let ensemble = Ensemble { connect, session_timeout };
        Sessions { ensemble, open: Mutex::default(), is_closed: watch::Sender::new(false) }
    }

    /// Ends every session and opens none any more.
    pub(super) async fn close(&self) {
        self.is_closed.send_replace(true);
        let open = std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner));
        for session in open.iter().filter_map(Weak::upgrade) {
            session.close().await;
        }
    }
}

#[async_trait]
impl ZkConnector for Sessions {
    async fn connect(&self) -> Result<(Arc<dyn Zk>, ZkEvents), ZkError> {
        if *self.is_closed.borrow() {
            std::future::pending::<()>().await;
        }
        let (session, events) = self.ensemble.connect().await?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|session| session.strong_count() > 0);
        open.push(Arc::downgrade(&session));
        drop(open);
        Ok((session, events))
    }
}

/// The store of a broker that may rule the tree. It does not campaign while a quorum rules by the log's own word: somebody may have
/// deleted the quorum's `/controller`.
pub(super) struct RulingStore {
    store: ZooKeeperStore,
    image: Arc<ImageCell>,
    link: Arc<LinkCell>,
    /// What the broker's own session says of `/controller`, once it is known who tells.
    tree: OnceLock<watch::Receiver<TreeView>>,
    /// A reign that [`RulingStore::take_over`] won, for the runtime to take up.
    taken: watch::Sender<Option<Arc<Mutex<Option<Reign>>>>>,
}

impl RulingStore {
    pub(super) fn new(store: ZooKeeperStore, image: Arc<ImageCell>, link: Arc<LinkCell>) -> RulingStore {
        RulingStore { store, image, link, tree: OnceLock::new(), taken: watch::Sender::new(None) }
    }

    /// Campaigns that meet a quorum's claim wait for a change of `/controller` from here on.
    pub(super) fn follow_tree(&self, tree: watch::Receiver<TreeView>) {
        // It is told once, by whoever made the store.
        let _ = self.tree.set(tree);
    }

    /// Campaigns; while a quorum holds the tree, again after each change that the broker's own session sees.
    async fn campaign_without_quorum(&self, candidate: &Candidate) -> Result<Reign, CampaignError> {
        loop {
            let mut tree = self.tree.get().cloned();
            // What changes from here on is not missed, whatever the campaign read.
            tree.as_mut().map(watch::Receiver::mark_unchanged);
            let campaigned = self.store.campaign(candidate.clone()).await;
            match (campaigned, tree) {
                (Err(CampaignError::KRaftRules { .. }), Some(mut tree)) => {
                    if tree.changed().await.is_err() {
                        // The node stops.
                        std::future::pending::<()>().await;
                    }
                }
                (campaigned, _) => return campaigned,
            }
        }
    }

    fn may_campaign(&self) -> bool {
        let is_on_log = self.link.load().broker_epoch.authority == Authority::KRaft;
        let state = self.image.load().image.features.zk_migration_state;
        !(is_on_log && switch::rules(state))
    }

    /// Back5: this session replaces the quorum's claim; the runtime begins to rule.
    pub(super) async fn take_over(&self, broker_id: BrokerId) -> Result<(), ClaimError> {
        let highest_stamp =
            self.store.highest_stamp().await.map_err(|error| ClaimError::Unavailable(error.to_string()))?;
        crash_points::hit(crash_points::BROKER_BEFORE_TAKE_OVER);
        let reign = self.store.take_over(broker_id, highest_stamp).await?;
        crash_points::hit(crash_points::BROKER_TOOK_OVER);
        self.taken.send_replace(Some(Arc::new(Mutex::new(Some(reign)))));
        Ok(())
    }

    fn take_reign(&self) -> Option<Reign> {
        let taken = self.taken.borrow().clone()?;
        taken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl MetadataStore for RulingStore {
    fn can_hold(&self, record: &Record) -> Held {
        self.store.can_hold(record)
    }

    async fn load(&self) -> Result<(Arc<kedge_metadata_state::Image>, Position, Observations), LoadError> {
        self.store.load().await
    }

    async fn campaign(&self, candidate: Candidate) -> Result<Reign, CampaignError> {
        let (mut images, mut links) = (self.image.subscribe(), self.link.subscribe());
        let mut taken = self.taken.subscribe();
        loop {
            taken.borrow_and_update();
            if let Some(reign) = self.take_reign() {
                return Ok(reign);
            }
            images.borrow_and_update();
            links.borrow_and_update();
            let may_campaign = self.may_campaign();
            let campaign = async {
                match may_campaign {
                    true => self.campaign_without_quorum(&candidate).await,
                    false => std::future::pending().await,
                }
            };
            let gate_moved = async {
                loop {
                    tokio::select! {
                        _ = images.changed() => {}
                        _ = links.changed() => {}
                    }
                    if self.may_campaign() != may_campaign {
                        return;
                    }
                }
            };
            tokio::select! {
                reign = campaign => return reign,
                () = gate_moved => {}
                _ = taken.changed() => {}
            }
        }
    }

    async fn commit(&self, fence: Fence<'_>, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        self.store.commit(fence, units).await
    }

    async fn resign(&self, reign: Reign) {
        self.store.resign(reign).await;
    }
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::{BrokerEpoch, Dialect, Image};
    use kedge_metadata_store::ControllerZnode;
    use kedge_zookeeper::{model_client::ModelCluster, zk::Op, znodes};

    use super::*;
    use crate::{
        controller_link::none::NoLink,
        metadata_source::SourceStamp,
        services::{Linked, Published},
    };

    /// It came back at once with an error, and the controller runtime asked five times a second for as long as a quorum ruled.
    #[tokio::test(start_paused = true)]
    async fn a_campaign_that_meets_a_quorum_waits_for_a_change_of_the_tree() {
        let cluster = ModelCluster::new(true);
        for path in znodes::TOP_LEVEL {
            let _ = cluster.outside_write(&[Op::create(path, "")]);
        }
        let claim = [
            Op::create(znodes::CONTROLLER_EPOCH, znodes::encode_controller_epoch(1)),
            Op::create(znodes::CONTROLLER, znodes::encode_controller(3000, 0, 4)),
        ];
        cluster.outside_write(&claim).expect("the tree is new");
        let broker_epoch = BrokerEpoch { authority: Authority::ZooKeeper, value: 7 };
        let link = Arc::new(LinkCell::new(Linked { link: Arc::new(NoLink), broker_epoch }));
        let stamp = SourceStamp { authority: Authority::ZooKeeper, controller_epoch: -1, metadata_offset: -1 };
        let image = Arc::new(Image::empty(Dialect::ZOOKEEPER));
        let image = Arc::new(ImageCell::new(Published { image, stamp }));
        let store = Arc::new(RulingStore::new(ZooKeeperStore::open(Arc::new(cluster.connector(1))), image, link));
        let view = |controller_id, kraft_controller_epoch| TreeView {
            controller: ControllerZnode { controller_id, kraft_controller_epoch },
            is_current: true,
        };
        let (telling, tree) = watch::channel(view(Some(3000), 4));
        store.follow_tree(tree);
        let campaign = tokio::spawn({
            let store = store.clone();
            async move { store.campaign(Candidate { node_id: 1, at: 1 }).await }
        });
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(!campaign.is_finished());
        cluster.outside_write(&[Op::delete(znodes::CONTROLLER, None)]).expect("given back");
        telling.send_replace(view(None, -1));
        let reign = tokio::time::timeout(Duration::from_secs(5), campaign).await.expect("in time").expect("no panic");
        assert_eq!(reign.expect("nobody else wants it").controller_epoch, 2);
    }
}
