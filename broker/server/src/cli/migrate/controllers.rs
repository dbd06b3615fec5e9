//! Who answers: the active controller, found from any controller.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use kedge_metadata_state::{BrokerId, metadata_version::METADATA_VERSION_FEATURE};
use kedge_migration::node_api::{MigrationStatus, NodeReply, NodeRequest};
use kedge_protocol::{
    ErrorCode, Message,
    messages::{ApiVersionsRequest, DescribeQuorumRequest, describe_quorum_request},
};
use tokio::time::Instant;

use crate::{
    cli::ToolError,
    client::NodeConnection,
    node_api::{NodeCallError, call},
};

/// One question about who is active, or how things stand.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two rounds over all controllers.
const ROUND_PAUSE: Duration = Duration::from_millis(300);

/// Controllers that may be asked.
#[derive(Clone, Debug)]
pub struct Controllers {
    addresses: Vec<String>,
    patience: Duration,
}

/// The active controller.
#[derive(Clone, Debug)]
pub struct Active {
    /// Where it answered.
    pub address: String,
    /// What it said of the move.
    pub status: MigrationStatus,
}

impl Controllers {
    /// Controllers by address; the search for the active one is given up after `patience`.
    pub fn new(addresses: Vec<String>, patience: Duration) -> Controllers {
        Controllers { addresses, patience }
    }

    /// Finds the active controller, waiting out an election.
    ///
    /// # Errors
    /// None answered as active in time: what each said.
    pub async fn find_active(&self) -> Result<Active, ToolError> {
        let deadline = Instant::now() + self.patience;
        loop {
            let problems = match self.round().await {
                Ok(active) => return Ok(active),
                Err(problems) => problems,
            };
            if Instant::now() + ROUND_PAUSE >= deadline {
                return Err(ToolError(format!("no active controller answers: {}", problems.join("; "))));
            }
            tokio::time::sleep(ROUND_PAUSE).await;
        }
    }

    /// Asks every controller once, and whomever they point at first.
    async fn round(&self) -> Result<Active, Vec<String>> {
        let mut problems = Vec::new();
        let mut asked = BTreeSet::new();
        let mut queue: VecDeque<String> = self.addresses.iter().cloned().collect();
        while let Some(address) = queue.pop_front() {
            if !asked.insert(address.clone()) {
                continue;
            }
            let leader = match call(&address, &NodeRequest::Status, ASK_TIMEOUT).await {
                Ok(NodeReply::Status(status)) if status.is_active => return Ok(Active { address, status: *status }),
                Ok(NodeReply::Status(status)) => status.leader,
                Ok(NodeReply::NotActive { leader }) => leader,
                Ok(other) => {
                    problems.push(format!("{address}: answers {}", name_of(&other)));
                    continue;
                }
                Err(error) => {
                    problems.push(error.to_string());
                    continue;
                }
            };
            match leader {
                Some((_, leader)) if !asked.contains(&leader) => queue.push_front(leader),
                Some(_) => {}
                None => problems.push(format!("{address}: knows no active controller")),
            }
        }
        if problems.is_empty() {
            problems.push("an election is going on".to_owned());
        }
        Err(problems)
    }

    /// Asks the active controller something that takes a while and changes nothing; asks anew if it has just been deposed.
    ///
    /// # Errors
    /// As [`Self::find_active`], or the question failed.
    pub async fn ask(&self, request: &NodeRequest, call_timeout: Duration) -> Result<NodeReply, ToolError> {
        let deadline = Instant::now() + self.patience;
        loop {
            let active = self.find_active().await?;
            match call(&active.address, request, call_timeout).await {
                Ok(NodeReply::NotActive { .. }) | Err(NodeCallError::Client { .. }) if Instant::now() < deadline => {}
                Ok(NodeReply::NotActive { .. }) => {
                    return Err(ToolError::new("the quorum changes its leader again and again"));
                }
                Ok(reply) => return Ok(reply),
                Err(error) => return Err(ToolError::new(error)),
            }
            tokio::time::sleep(ROUND_PAUSE).await;
        }
    }

    /// Gives an order, which is answered once it is a committed fact. It is never sent a second time unless it was certainly
    /// not carried out.
    ///
    /// # Errors
    /// As [`Self::find_active`], or the outcome is not known: the order may then be given again.
    pub async fn order(&self, request: &NodeRequest, call_timeout: Duration) -> Result<NodeReply, ToolError> {
        let deadline = Instant::now() + self.patience;
        loop {
            let active = self.find_active().await?;
            match call(&active.address, request, call_timeout).await {
                Ok(NodeReply::NotActive { .. }) if Instant::now() < deadline => {}
                Ok(NodeReply::NotActive { .. }) => {
                    return Err(ToolError::new("the quorum changes its leader again and again; nothing was done"));
                }
                Ok(NodeReply::Unknown { text }) => return Err(ToolError(outcome_unknown(&text))),
                Ok(reply) => return Ok(reply),
                Err(error) => return Err(ToolError(outcome_unknown(&error.to_string()))),
            }
            tokio::time::sleep(ROUND_PAUSE).await;
        }
    }
}

/// Every order may be given again: one that is a fact already does nothing the second time.
fn outcome_unknown(why: &str) -> String {
    format!(
        "{why}\nwhether the order was carried out is not known: kedge migrate status shows the state. To give it again is safe"
    )
}

fn name_of(reply: &NodeReply) -> &'static str {
    match reply {
        NodeReply::Described(_) => "a description",
        NodeReply::Status(_) => "a status",
        NodeReply::Done { .. } => "that it is done",
        NodeReply::Preview { .. } => "a preview",
        NodeReply::Verified { .. } => "a proof",
        NodeReply::NotActive { .. } => "that it is not active",
        NodeReply::Unknown { .. } => "that the outcome is not known",
        NodeReply::Refused { .. } => "with a refusal",
    }
}

/// A reply that does not fit its request.
pub fn unexpected(reply: &NodeReply) -> ToolError {
    ToolError(format!("the active controller answers {}: is it a Kedge of this version?", name_of(reply)))
}

/// The voters with their addresses, as the active controller describes the quorum.
///
/// # Errors
/// It could not be asked, or does not know every address.
pub async fn voters(active_address: &str) -> Result<BTreeMap<BrokerId, String>, ToolError> {
    let failed = |problem: &dyn std::fmt::Display| ToolError(format!("{active_address}: {problem}"));
    let mut node =
        NodeConnection::connect(active_address, "kedge-migrate", ASK_TIMEOUT).await.map_err(|e| failed(&e))?;
    let request = DescribeQuorumRequest {
        topics: vec![describe_quorum_request::TopicData {
            topic_name: "__cluster_metadata".to_owned(),
            partitions: vec![describe_quorum_request::PartitionData { partition_index: 0 }],
        }],
    };
    let described = node.call(DescribeQuorumRequest::MAX_VERSION, &request, ASK_TIMEOUT).await;
    let described = described.map_err(|error| failed(&error))?;
    let partition = described.topics.iter().flat_map(|topic| &topic.partitions).next();
    let partition = partition.filter(|partition| ErrorCode(partition.error_code) == ErrorCode::NONE);
    let partition = partition.ok_or_else(|| failed(&"it does not describe the quorum"))?;
    let mut voters = BTreeMap::new();
    for voter in &partition.current_voters {
        let node = described.nodes.iter().find(|node| node.node_id == voter.replica_id);
        let listener = node.and_then(|node| node.listeners.first());
        let listener = listener.ok_or_else(|| failed(&format!("it knows no address of voter {}", voter.replica_id)))?;
        let host = if listener.host.contains(':') { format!("[{}]", listener.host) } else { listener.host.clone() };
        voters.insert(voter.replica_id, format!("{host}:{}", listener.port));
    }
    Ok(voters)
}

/// The finalized metadata.version, if the active controller tells it.
pub async fn metadata_version(active_address: &str) -> Option<i16> {
    let mut node = NodeConnection::connect(active_address, "kedge-migrate", ASK_TIMEOUT).await.ok()?;
    let identity = ApiVersionsRequest {
        client_software_name: "kedge".to_owned(),
        client_software_version: crate::node_api::KEDGE_VERSION.to_owned(),
    };
    let served = node.call(3, &identity, ASK_TIMEOUT).await.ok()?;
    let level = served.finalized_features.iter().find(|feature| feature.name == METADATA_VERSION_FEATURE);
    level.map(|feature| feature.max_version_level)
}
