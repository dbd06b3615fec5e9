//! The way to a running migration runtime ([`super::start`]): status, orders, comparisons.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

use super::{
    board::{Board, NodeFacts},
    orders,
    ports::Ports,
};
use crate::{
    codes,
    decide::Answer,
    node_api::{MigrationStatus, NodeReply, NodeRequest, OrderRequest, ProblemView},
    readiness::{self, Findings, Problem},
    verify::Proof,
};

/// How long the commit of an order is waited for, and a finalization's last proof. After it the outcome is not known.
const ORDER_PATIENCE: Duration = Duration::from_secs(20);

/// What the runtime is asked.
pub(super) enum Command {
    /// Carry an order out.
    Order { order: OrderRequest, answer: oneshot::Sender<Answer> },
    /// What the driver would refuse it with; none while this controller is not active.
    Preview { order: OrderRequest, answer: oneshot::Sender<Option<Vec<Problem>>> },
    /// What is found before a start.
    Findings { answer: oneshot::Sender<Result<Box<Findings>, String>> },
    /// Compare.
    Verify { answer: oneshot::Sender<Result<Proof, String>> },
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct MigrationHandle {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) board: Arc<Mutex<Board>>,
    pub(super) ports: Ports,
    pub(super) cluster_id: String,
    pub(super) node_id: kedge_metadata_state::BrokerId,
}

impl std::fmt::Debug for MigrationHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MigrationHandle").field("node_id", &self.node_id).finish_non_exhaustive()
    }
}

impl MigrationHandle {
    /// The state of the move, as this node sees it.
    pub fn status(&self) -> MigrationStatus {
        let (leader_id, kraft_epoch) = self.ports.quorum.leader();
        let address = |id| self.ports.quorum.voters().get(&id).cloned();
        let facts = NodeFacts {
            cluster_id: self.cluster_id.clone(),
            node_id: self.node_id,
            leader: leader_id.and_then(|id| Some((id, address(id)?))),
            kraft_epoch,
            log_end_offset: self.ports.quorum.log_end_offset(),
        };
        self.board.lock().unwrap_or_else(PoisonError::into_inner).document(facts)
    }

    /// Answers [`NodeRequest::Status`], [`NodeRequest::Order`] and [`NodeRequest::Verify`]; none for anything else.
    pub async fn answer(&self, request: NodeRequest) -> Option<NodeReply> {
        let status = self.status();
        let not_active = NodeReply::NotActive { leader: status.leader.clone() };
        match request {
            NodeRequest::Status => Some(NodeReply::Status(Box::new(status))),
            NodeRequest::Order { .. } | NodeRequest::Verify if !status.is_active => Some(not_active),
            NodeRequest::Order { cluster_id, .. } if cluster_id != self.cluster_id => {
                let ids = format!("this is cluster {}, the order is for {cluster_id}", self.cluster_id);
                Some(refused(&[Problem::new(codes::CLUSTER_ID, [ids])]))
            }
            NodeRequest::Order { execute: true, order, .. } => Some(self.execute(order).await.unwrap_or(not_active)),
            NodeRequest::Order { execute: false, order, .. } => Some(self.preview(order).await.unwrap_or(not_active)),
            NodeRequest::Verify => Some(match self.ask(|answer| Command::Verify { answer }).await {
                None => not_active,
                Some(Ok(proof)) => match serde_json::to_value(&proof) {
                    Ok(proof) => NodeReply::Verified { proof },
                    Err(error) => refused(&[Problem::new(codes::NOT_COMPARABLE, [error.to_string()])]),
                },
                Some(Err(reason)) => refused(&[Problem::new(codes::NOT_COMPARABLE, [reason])]),
            }),
            NodeRequest::Describe | NodeRequest::Arm(_) | NodeRequest::TakeOver { .. } => None,
        }
    }

    /// None if the runtime has ended.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(command(answer)).await.ok()?;
        answered.await.ok()
    }

    async fn execute(&self, order: OrderRequest) -> Option<NodeReply> {
        let answered = self.ask(|answer| Command::Order { order, answer });
        Some(match tokio::time::timeout(ORDER_PATIENCE, answered).await {
            Ok(answered) => match answered? {
                Answer::Done(text) => NodeReply::Done { text: text.to_owned() },
                Answer::Refused(problems) => refused(&problems),
                Answer::NotActive => return None,
                Answer::Unknown => {
                    NodeReply::Unknown { text: "the active controller changed while it was committed".to_owned() }
                }
            },
            Err(_) => {
                let seconds = ORDER_PATIENCE.as_secs();
                NodeReply::Unknown { text: format!("it was given, and is no committed fact after {seconds} s") }
            }
        })
    }

    async fn preview(&self, order: OrderRequest) -> Option<NodeReply> {
        let asked = order.clone();
        let mut problems = self.ask(|answer| Command::Preview { order: asked, answer }).await??;
        if let (OrderRequest::Start { without_brokers }, true) = (&order, problems.is_empty()) {
            match self.ask(|answer| Command::Findings { answer }).await? {
                Ok(mut findings) => {
                    findings.without_brokers = without_brokers.clone();
                    // The order arms them first.
                    findings.arming_follows = true;
                    problems = readiness::check(&findings);
                }
                Err(reason) => problems.push(Problem::new(codes::NOT_COMPARABLE, [reason])),
            }
        }
        let problems = problems.iter().map(ProblemView::from).collect();
        Some(NodeReply::Preview { steps: orders::steps(&order), problems })
    }
}

fn refused(problems: &[Problem]) -> NodeReply {
    NodeReply::Refused { problems: problems.iter().map(ProblemView::from).collect() }
}
