//! The `MetadataStore` contract suite on three voters.

mod support;

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use async_trait::async_trait;
use kedge_metadata_state::BrokerId;
use kedge_metadata_store::{
    MetadataStore,
    suite::{Ability, Fault, Harness},
};
use support::{Cluster, until};

struct Quorum {
    cluster: Cluster,
    opened: Mutex<Vec<BrokerId>>,
    killed: Mutex<Option<BrokerId>>,
}

#[async_trait]
impl Harness for Quorum {
    async fn start() -> Quorum {
        Quorum { cluster: Cluster::start(&[1, 2, 3]).await, opened: Mutex::default(), killed: Mutex::default() }
    }

    async fn open(&self, node_id: BrokerId) -> Arc<dyn MetadataStore> {
        let restart = {
            let mut opened = self.opened.lock().unwrap();
            let restart = opened.contains(&node_id);
            opened.push(node_id);
            restart
        };
        if restart {
            self.cluster.kill(node_id).await;
            self.cluster.start_node(node_id).await;
        }
        self.cluster.store(node_id)
    }

    fn supports(&self, ability: Ability) -> bool {
        match ability {
            Ability::LoseCommitReply
            | Ability::LoseCommitRequest
            | Ability::RefuseCommit
            | Ability::KillServer
            | Ability::FollowLeadership => true,
            // A claim is an entry of this process's own log, a quorum has no sessions and nobody else edits. Who wins after a
            // resignation cannot be commanded.
            Ability::LoseClaimReply
            | Ability::ExpireSession
            | Ability::ForeignEdit
            | Ability::ForeignEditDuringLoad
            | Ability::HandOver => false,
        }
    }

    async fn inject(&self, fault: Fault) {
        match fault {
            Fault::LoseCommitReply(node_id) => {
                self.cluster.store(node_id).faults().lose_commit_reply.store(true, Ordering::SeqCst);
            }
            Fault::LoseCommitRequest(node_id) => {
                self.cluster.store(node_id).faults().lose_commit_request.store(true, Ordering::SeqCst);
            }
            Fault::RefuseCommit(node_id) => {
                self.cluster.store(node_id).faults().refuse_commit.store(true, Ordering::SeqCst);
            }
            Fault::KillServer => {
                // A voter that is not under test: neither opened nor leading.
                let leader = self.cluster.leader().await.node_id();
                let opened = self.opened.lock().unwrap().clone();
                let victim = [3, 2, 1].into_iter().find(|id| *id != leader && !opened.contains(id)).expect("a voter");
                self.cluster.kill(victim).await;
                *self.killed.lock().unwrap() = Some(victim);
            }
            Fault::Heal => {
                self.cluster.network.heal();
                let killed = self.killed.lock().unwrap().take();
                if let Some(node_id) = killed {
                    self.cluster.start_node(node_id).await;
                }
            }
            other => unreachable!("not supported: {other:?}"),
        }
    }

    async fn candidate(&self) -> BrokerId {
        self.cluster.leader().await.node_id()
    }

    async fn depose(&self, ruling: BrokerId) -> BrokerId {
        self.cluster.network.isolate(ruling);
        let next = self.cluster.leader_but(&[ruling]).await;
        self.cluster.network.heal();
        let epoch = next.established_epoch();
        until("the deposed leader follows", || {
            let deposed = self.cluster.node(ruling);
            (deposed.metadata_log().leader_and_epoch().leader_epoch >= epoch.unwrap_or(0)).then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        next.node_id()
    }

    fn oversize_bytes(&self) -> usize {
        kedge_raft::limits::ENTRY_SIZE_BYTES_MAX
    }
}

kedge_metadata_store::contract_suite!(Quorum);
