//! ISR changes on their way to the controller (AlterPartition, KIP-497): one request in flight, everything that waits in it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kedge_metadata_state::{TopicIdPartition, image::LeaderRecoveryState};
use kedge_protocol::ErrorCode;
use tokio::sync::Notify;
use tracing::{debug, info};

use super::{
    context::{ReplicaContext, comparable_epoch},
    leader::ProposalOutcome,
    partition::Partition,
};
use crate::controller_link::{IsrChange, IsrReply, LinkError};

/// First and longest wait before what failed is sent again.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(1);
/// Most proposals in one request.
const CHANGES_PER_REQUEST_MAX: usize = 10_000;

/// Partitions that have an ISR to propose. The proposal itself stays with the partition, so that newer metadata can withdraw it.
#[derive(Debug, Default)]
pub(crate) struct IsrQueue {
    waiting: Mutex<BTreeSet<TopicIdPartition>>,
    filled: Notify,
}

impl IsrQueue {
    pub(crate) fn push(&self, id: TopicIdPartition) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.filled.notify_one();
    }

    fn take(&self) -> Vec<TopicIdPartition> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let taken: Vec<TopicIdPartition> = waiting.iter().take(CHANGES_PER_REQUEST_MAX).copied().collect();
        for id in &taken {
            waiting.remove(id);
        }
        taken
    }
}

/// Finds a partition that is still hosted here.
pub(crate) type FindPartition = Arc<dyn Fn(TopicIdPartition) -> Option<Arc<Partition>> + Send + Sync>;

/// Sends proposals until it is dropped.
pub(crate) async fn run(context: Arc<ReplicaContext>, find: FindPartition) {
    let mut backoff = RETRY_FIRST;
    loop {
        let taken = context.isr_queue.take();
        if taken.is_empty() {
            context.isr_queue.filled.notified().await;
            continue;
        }
        let again = propose(&context, &find, taken).await;
        if again.is_empty() {
            backoff = RETRY_FIRST;
            continue;
        }
        tokio::time::sleep(backoff).await;
        backoff = (backoff * 2).min(RETRY_MAX);
        for id in again {
            context.isr_queue.push(id);
        }
    }
}

/// One request. Returns the partitions whose proposal has to be sent again.
pub(crate) async fn propose(
    context: &ReplicaContext,
    find: &FindPartition,
    ids: Vec<TopicIdPartition>,
) -> Vec<TopicIdPartition> {
    let linked = context.link.load();
    let authority = linked.broker_epoch.authority;
    let (mut asked, mut changes) = (Vec::new(), Vec::new());
    for id in ids {
        let Some(partition) = find(id) else { continue };
        let Some(proposal) = partition.proposal() else { continue };
        let with_epoch = |(broker_id, broker_epoch): &(i32, i64)| {
            let is_own = *broker_id == context.broker_id;
            let epoch = if is_own { linked.broker_epoch.value } else { comparable_epoch(*broker_epoch, authority) };
            (*broker_id, epoch)
        };
        changes.push(IsrChange {
            topic_id: id.topic_id,
            partition_id: id.partition_id,
            leader_epoch: proposal.leader_epoch,
            partition_epoch: proposal.partition_epoch,
            new_isr: proposal.isr.iter().map(with_epoch).collect(),
            // A leader that was elected uncleanly has nothing left to recover from: its log is the truth (KIP-704).
            leader_recovery_state: LeaderRecoveryState::Recovered,
        });
        asked.push((partition, proposal));
    }
    if changes.is_empty() {
        return Vec::new();
    }
    let answers = match linked.link.alter_partition(changes).await {
        Ok(replies) => replies,
        Err(error) => {
            let level = matches!(error, LinkError::Refused(_));
            if level {
                info!(%error, "ISR changes wait")
            } else {
                debug!(%error, "ISR changes wait")
            }
            return asked.into_iter().map(|(partition, _)| partition.id()).collect();
        }
    };
    let mut again = Vec::new();
    for (index, (partition, proposal)) in asked.into_iter().enumerate() {
        let id = partition.id();
        let is_for = |reply: &&IsrReply| reply.topic_id == id.topic_id && reply.partition_id == id.partition_id;
        let reply = answers.get(index).filter(is_for).or_else(|| answers.iter().find(is_for));
        // An answer that leaves a partition out says nothing about it.
        let answer = reply.map_or(Err(ErrorCode::UNKNOWN_SERVER_ERROR), |reply| reply.result.clone());
        if partition.settle(&proposal, &answer) == ProposalOutcome::Retry {
            again.push(id);
        }
    }
    again
}
