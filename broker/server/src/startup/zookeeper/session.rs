//! A ZooKeeper-mode broker's sessions, and when its store may campaign.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
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
    /// A reign that [`RulingStore::take_over`] won, for the runtime to take up.
    taken: watch::Sender<Option<Arc<Mutex<Option<Reign>>>>>,
}

impl RulingStore {
    pub(super) fn new(store: ZooKeeperStore, image: Arc<ImageCell>, link: Arc<LinkCell>) -> RulingStore {
        RulingStore { store, image, link, taken: watch::Sender::new(None) }
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
                    true => self.store.campaign(candidate.clone()).await,
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
