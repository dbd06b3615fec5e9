//! The works of the driver, carried out.

use std::time::Duration;

use kedge_metadata_state::BrokerId;
use kedge_metadata_store::{ClaimError, KRaftEpoch, LoadError, TreeControl, TreeListing, UncarriedCounts};
use tokio::sync::watch;

use super::{
    fleet,
    ports::{FedReign, Feed, Ports},
};
use crate::{
    decide::{CommitReply, Inspection, Listing, Loaded, Reply, Work},
    readiness::Findings,
    verify::{self, Proof, Verdict},
};

/// How often a comparison that found a difference is made again, and how long it waits before that: the mirror may just
/// have been writing.
const VERIFY_ATTEMPTS_MAX: u32 = 5;
const VERIFY_PAUSE: Duration = Duration::from_millis(300);

/// What a work is done with.
#[derive(Clone)]
pub(super) struct Worker {
    pub(super) ports: Ports,
    pub(super) feed: watch::Receiver<Feed>,
    pub(super) kraft_epoch: KRaftEpoch,
    pub(super) controller_id: BrokerId,
    pub(super) cluster_id: String,
}

impl Worker {
    fn reign(&self) -> Option<FedReign> {
        self.feed.borrow().reign.clone()
    }

    pub(super) async fn perform(&self, work: Work) -> Reply {
        let Ports { quorum, mirror, .. } = &self.ports;
        match work {
            Work::Stage => Reply::Staged(self.stage().await.map(Box::new)),
            Work::Inspect => Reply::Inspected(mirror.inspect().await.map(|control| self.inspection(control))),
            Work::Confirm => Reply::Confirmed(quorum.confirm(self.kraft_epoch).await),
            Work::Seize { kraft_epoch, controller_epoch_zk_version } => {
                Reply::Claimed(mirror.seize(self.controller_id, kraft_epoch, controller_epoch_zk_version).await)
            }
            Work::Adopt { kraft_epoch } => Reply::Claimed(mirror.adopt(self.controller_id, kraft_epoch).await),
            Work::Relist { claim } => Reply::Listed(mirror.barrier_and_relist(&claim).await.map(Listing::from)),
            Work::Commit { batches } => Reply::Commit(quorum.commit(self.kraft_epoch, batches).await),
            // The store aborts what a leader before left open before a reign begins, and a commit of ours that breaks off ends
            // the reign: within one there is nothing to abort.
            Work::Abort => Reply::Commit(CommitReply::Refused),
            Work::Reload => Reply::Loaded(self.reload()),
            Work::Apply { claim, plan } => Reply::Applied(mirror.apply(&claim, plan).await),
            Work::Mark { mut claim, progress } => {
                let marked = mirror.set_progress(&mut claim, progress).await;
                Reply::Marked(marked.map(|()| claim.migration_zk_version))
            }
            Work::Pad { claim, pads } => Reply::Padded(mirror.pad(&claim, pads).await),
            Work::Verify => Reply::Verified(self.verify().await.map_or(Verdict::NotComparable, |proof| proof.verdict)),
            Work::HandOver { successor } => Reply::HandedOver(self.hand_over(successor).await),
        }
    }

    fn inspection(&self, control: TreeControl) -> Inspection {
        Inspection {
            controller: control.controller,
            controller_epoch_zk_version: control.controller_epoch_zk_version,
            migration: control.migration,
            log_epochs: self.ports.quorum.log_epochs(),
            log_end_offset: self.ports.quorum.log_end_offset(),
        }
    }

    /// The store reads the tree for what it will not understand later; the second reader and the brokers say the rest.
    async fn stage(&self) -> Result<Findings, LoadError> {
        let (mut bad, listing) = match self.ports.mirror.stage().await {
            Ok(listing) => (Vec::new(), Some(listing)),
            Err(LoadError::Bad(bad)) => (bad, None),
            Err(error) => return Err(error),
        };
        let mut findings = self.findings().await?;
        bad.retain(|bad| !findings.bad_znodes.iter().any(|known| known.place == bad.place));
        findings.bad_znodes.extend(bad);
        if let Some(TreeListing { uncarried, highest_stamp, topics_without_id, .. }) = listing {
            findings.topics_without_id.extend(topics_without_id);
            findings.topics_without_id.sort();
            findings.topics_without_id.dedup();
            findings.uncarried = larger(&findings.uncarried, &uncarried);
            findings.highest_stamp = findings.highest_stamp.max(highest_stamp);
        }
        Ok(findings)
    }

    /// What the second reader and the brokers say.
    pub(super) async fn findings(&self) -> Result<Findings, LoadError> {
        let over = || LoadError::Unavailable("this controller is not active any more".to_owned());
        let image = self.reign().ok_or_else(over)?.image;
        let in_tree = self.ports.mirror.inspect().await.map(|control| control.brokers).unwrap_or_default();
        let described = fleet::described(&self.ports, &image, &in_tree).await;
        let described = described.into_iter().map(|(broker_id, answer)| (broker_id, answer.ok())).collect();
        let quorum = fleet::quorum_findings(&self.ports, &image, &self.cluster_id);
        let found = self.ports.second_reader.findings(described, quorum).await;
        let mut findings = found.map_err(LoadError::Unavailable)?;
        findings.at = (self.ports.clock)();
        Ok(findings)
    }

    fn reload(&self) -> Option<Loaded> {
        let reign = self.reign().filter(|reign| reign.kraft_epoch == self.kraft_epoch)?;
        Some(Loaded { image: reign.image, at: reign.at, is_in_transaction: false })
    }

    /// Tree and quorum by the second reader. The error says why the tree cannot be read.
    pub(super) async fn verify(&self) -> Result<Proof, String> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let before = self.reign().ok_or("this controller is not active")?;
            let tree = self.ports.second_reader.tree_summary().await?;
            let after = self.reign().ok_or("this controller is not active any more")?;
            let proof = verify::compare(&tree, &after.image, before.at != after.at);
            if proof.verdict == Verdict::Equal || attempt == VERIFY_ATTEMPTS_MAX {
                return Ok(proof);
            }
            tokio::time::sleep(VERIFY_PAUSE).await;
        }
    }

    async fn hand_over(&self, successor: BrokerId) -> Result<(), ClaimError> {
        let unknown = || ClaimError::Unavailable(format!("no address of broker {successor} is known"));
        let image = self.reign().ok_or_else(unknown)?.image;
        let address = fleet::address(&image, successor).ok_or_else(unknown)?;
        self.ports.fleet.hand_over(&address, &self.cluster_id).await
    }
}

/// Two readers counted; what either saw is there.
fn larger(a: &UncarriedCounts, b: &UncarriedCounts) -> UncarriedCounts {
    UncarriedCounts {
        acls: a.acls.max(b.acls),
        quotas: a.quotas.max(b.quotas),
        scram_credentials: a.scram_credentials.max(b.scram_credentials),
        delegation_tokens: a.delegation_tokens.max(b.delegation_tokens),
        reassignments: a.reassignments.max(b.reassignments),
        deletions: a.deletions.max(b.deletions),
        transaction_partitions: a.transaction_partitions.max(b.transaction_partitions),
        encoded_configs: a.encoded_configs.max(b.encoded_configs),
    }
}
