//! The registered brokers: asked who they are, and armed for the move.

use std::{collections::BTreeMap, time::Duration};

use kedge_metadata_state::BrokerId;
use kedge_migration::node_api::{ArmOrder, NodeDescription, NodeReply, NodeRequest, ProblemView};
use kedge_tree_reader::{BrokerSummary, Summary};
use tokio::task::JoinSet;

use crate::node_api::{KEDGE_VERSION, call};

/// One question to a broker.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
/// Arming: the broker writes a file and registers with the quorum.
const ARM_TIMEOUT: Duration = Duration::from_secs(30);

/// A registered broker, as it answered.
#[derive(Clone, Debug)]
pub struct AskedBroker {
    /// Where it was asked; none if its znode names no listener.
    pub address: Option<String>,
    /// What it said, or why it could not be asked.
    pub answer: Result<Box<NodeDescription>, String>,
}

impl AskedBroker {
    /// It is a Kedge of this version.
    pub fn is_ours(&self) -> bool {
        self.answer.as_ref().is_ok_and(|node| node.kedge_version == KEDGE_VERSION)
    }
}

/// Asks every registered broker who it is, all at once.
pub async fn ask_brokers(summary: &Summary) -> BTreeMap<BrokerId, AskedBroker> {
    let mut asked = JoinSet::new();
    for (broker_id, broker) in &summary.brokers {
        let (broker_id, address) = (*broker_id, address_of(broker));
        asked.spawn(async move {
            let answer = match &address {
                Some(address) => describe(broker_id, address).await,
                None => Err("its znode names no listener".to_owned()),
            };
            (broker_id, AskedBroker { address, answer })
        });
    }
    asked.join_all().await.into_iter().collect()
}

/// What [`super::tree::findings`] wants to know of them.
pub fn descriptions(brokers: &BTreeMap<BrokerId, AskedBroker>) -> BTreeMap<BrokerId, Option<NodeDescription>> {
    let described = |asked: &AskedBroker| asked.answer.as_ref().ok().map(|node| (**node).clone());
    brokers.iter().map(|(broker_id, asked)| (*broker_id, described(asked))).collect()
}

/// A plain listener if there is one: it is the only kind that can be spoken to without keys.
fn address_of(broker: &BrokerSummary) -> Option<String> {
    let plain = broker.endpoints.iter().find(|endpoint| endpoint.security_protocol == "PLAINTEXT");
    plain.or_else(|| broker.endpoints.first()).map(|endpoint| endpoint.address())
}

async fn describe(broker_id: BrokerId, address: &str) -> Result<Box<NodeDescription>, String> {
    match call(address, &NodeRequest::Describe, ASK_TIMEOUT).await {
        // The address of a broker that is gone may be another's by now.
        Ok(NodeReply::Described(node)) if node.node_id != broker_id => {
            Err(format!("{address} is node {}, not {broker_id}", node.node_id))
        }
        Ok(NodeReply::Described(node)) => Ok(node),
        Ok(_) => Err(format!("{address} does not say who it is")),
        Err(error) => Err(error.to_string()),
    }
}

/// Arms every broker that is not armed yet, one after the other.
///
/// # Errors
/// What every broker that refused, or could not be asked, said; the others are armed.
pub async fn arm_brokers(
    brokers: &BTreeMap<BrokerId, AskedBroker>,
    order: &ArmOrder,
) -> Result<Vec<BrokerId>, Vec<String>> {
    let (mut armed, mut problems) = (Vec::new(), Vec::new());
    for (broker_id, asked) in brokers {
        let (Some(address), Ok(node)) = (&asked.address, &asked.answer) else { continue };
        if node.is_armed {
            continue;
        }
        match call(address, &NodeRequest::Arm(order.clone()), ARM_TIMEOUT).await {
            Ok(NodeReply::Done { .. }) => armed.push(*broker_id),
            Ok(NodeReply::Refused { problems: why }) => {
                let why: Vec<String> = why.iter().map(refusal).collect();
                problems.push(format!("broker {broker_id} refuses to be armed: {}", why.join("; ")));
            }
            Ok(_) => problems.push(format!("broker {broker_id} at {address} does not know how to be armed")),
            Err(error) => problems.push(format!("broker {broker_id}: {error}")),
        }
    }
    if problems.is_empty() { Ok(armed) } else { Err(problems) }
}

fn refusal(problem: &ProblemView) -> String {
    format!("{} {} ({})", problem.code, problem.title, problem.places.join(", "))
}
