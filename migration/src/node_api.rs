//! What Kedge's own tools and nodes ask of a Kedge node beside Kafka's APIs: who it is, arming, the move. Pure.
//!
//! Both ways JSON. Requests and answers are tagged from outside (`{"status": {…}}`): a tag inside makes serde read the rest into
//! a buffer first, which turns the integer keys of our maps into strings that are refused. How it travels is the server's affair (`broker/server/src/node_api.rs`).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use kedge_metadata_state::{BrokerId, sidecar::ForeignWrites};
use serde::{Deserialize, Serialize};

use crate::{codes, readiness::Problem};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeRequest {
    /// Any node: who it is.
    Describe,
    /// A ZooKeeper-mode broker: learn the voters, register with the quorum, follow a move.
    Arm(ArmOrder),
    /// An armed broker (Back5): take the tree's `/controller` over in its own session.
    TakeOver {
        /// The cluster meant.
        cluster_id: String,
    },
    /// A controller: the state of the move.
    Status,
    /// The active controller: what stands in the way of an order, or carry it out.
    Order {
        /// The cluster meant; an order for another one is refused.
        cluster_id: String,
        /// Nothing is done without it: the answer says what would be.
        execute: bool,
        /// The order.
        order: OrderRequest,
    },
    /// The active controller: let the second reader compare tree and quorum.
    Verify,
}

/// What a broker must know to follow a move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmOrder {
    /// The cluster meant.
    pub cluster_id: String,
    /// `controller.quorum.voters`.
    pub voters: BTreeMap<BrokerId, String>,
}

/// An operator's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum OrderRequest {
    /// `kedge migrate start`.
    Start {
        /// Dead brokers that are accepted.
        #[serde(default)]
        without_brokers: BTreeSet<BrokerId>,
    },
    /// `kedge migrate rollback`.
    Rollback {
        /// Dead brokers that are accepted.
        #[serde(default)]
        without_brokers: BTreeSet<BrokerId>,
        /// What ZooKeeper cannot hold may be lost.
        #[serde(default)]
        accept_loss: bool,
        /// The broker to take over.
        #[serde(default)]
        successor: Option<BrokerId>,
    },
    /// `kedge migrate finalize`.
    Finalize,
    /// Do not pass the next gate.
    Hold {
        /// Why.
        reason: String,
    },
    /// Pass it.
    Resume,
    /// `kedge migrate acknowledge`: the writes of others are known.
    Acknowledge,
}

/// As an operator would say it.
impl fmt::Display for OrderRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without = |f: &mut fmt::Formatter<'_>, brokers: &BTreeSet<BrokerId>| {
            brokers.iter().try_for_each(|broker_id| write!(f, ", without broker {broker_id}"))
        };
        match self {
            OrderRequest::Start { without_brokers } => {
                f.write_str("start")?;
                without(f, without_brokers)
            }
            OrderRequest::Rollback { without_brokers, accept_loss, successor } => {
                f.write_str("rollback")?;
                without(f, without_brokers)?;
                if *accept_loss {
                    f.write_str(", what ZooKeeper cannot hold may be lost")?;
                }
                successor.map_or(Ok(()), |successor| write!(f, ", to broker {successor}"))
            }
            OrderRequest::Finalize => f.write_str("finalize"),
            OrderRequest::Hold { reason } => write!(f, "hold: {reason}"),
            OrderRequest::Resume => f.write_str("resume"),
            OrderRequest::Acknowledge => f.write_str("acknowledge"),
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeReply {
    /// To [`NodeRequest::Describe`].
    Described(Box<NodeDescription>),
    /// To [`NodeRequest::Status`].
    Status(Box<MigrationStatus>),
    /// Done, or begun.
    Done {
        /// What was done.
        text: String,
    },
    /// What an order would do, and what stands in its way.
    Preview {
        /// One line each.
        steps: Vec<String>,
        /// What stands in its way.
        problems: Vec<ProblemView>,
    },
    /// To [`NodeRequest::Verify`].
    Verified {
        /// [`crate::verify::Proof`], as it is.
        proof: serde_json::Value,
    },
    /// Not here: ask the active controller.
    NotActive {
        /// Its node id and address, if known.
        leader: Option<(BrokerId, String)>,
    },
    /// An order whose outcome is not known: it may be a fact, become one, or be lost with its leader. It may be given again.
    Unknown {
        /// Why.
        text: String,
    },
    /// Refused.
    Refused {
        /// Why.
        problems: Vec<ProblemView>,
    },
}

impl NodeReply {
    /// Refused for one problem.
    pub fn refused(problem: &Problem) -> NodeReply {
        NodeReply::Refused { problems: vec![ProblemView::from(problem)] }
    }
}

/// A problem with its code's title and fix, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemView {
    /// Such as `KM205`.
    pub code: String,
    /// What is wrong.
    pub title: String,
    /// What to do.
    pub fix: String,
    /// It stops the move.
    pub is_blocking: bool,
    /// How many there are.
    pub count: usize,
    /// Which ones, at most twenty.
    pub places: Vec<String>,
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> ProblemView {
        let row = codes::row(problem.code);
        ProblemView {
            code: problem.code.to_string(),
            title: row.title.to_owned(),
            fix: row.fix.to_owned(),
            is_blocking: problem.is_blocking(),
            count: problem.count,
            places: problem.places.clone(),
        }
    }
}

/// Where a broker's metadata comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetadataAuthority {
    /// Pushes of a ZooKeeper controller.
    ZooKeeper,
    /// The quorum's log.
    KRaft,
}

/// Who a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeDescription {
    /// `broker.id` or `node.id`.
    pub node_id: BrokerId,
    /// Version of its program.
    pub kedge_version: String,
    /// The cluster it belongs to.
    pub cluster_id: String,
    /// Its process.
    pub pid: u32,
    /// When the process started, ms since 1970.
    pub started_ms: i64,
    /// It serves clients.
    pub is_broker: bool,
    /// It is a voter.
    pub is_controller: bool,
    /// Where its metadata comes from; none for a controller.
    pub authority: Option<MetadataAuthority>,
    /// It knows the voters and may follow a move.
    pub is_armed: bool,
    /// Log directories whose `meta.properties` is not of version 0.
    pub meta_properties_v1: usize,
    /// Lowest and highest metadata.version it supports.
    pub metadata_versions: (i16, i16),
    /// `reserved.broker.max.id`, where its file sets it.
    pub reserved_broker_max_id: Option<BrokerId>,
    /// Changes of the metadata source since the process started.
    pub source_switches: u64,
    /// Offset of the last metadata record applied; −1 under ZooKeeper.
    pub metadata_offset: i64,
    /// What keeps it from changing its source.
    pub blocked: Vec<ProblemView>,
}

/// A broker, as the active controller sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerView {
    /// Registered with the quorum.
    pub is_registered: bool,
    /// Knows the voters.
    pub is_armed: bool,
    /// Sends heartbeats and is not fenced.
    pub is_alive: bool,
    /// Its ephemeral is under `/brokers/ids`.
    pub has_ephemeral: bool,
    /// Its metadata comes from the log.
    pub follows_log: bool,
    /// Why the active controller cannot ask it, with the address that it asked; none if it answers.
    #[serde(default)]
    pub unreachable: Option<String>,
}

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When, ms since 1970.
    pub at_ms: i64,
    /// The operator's word then.
    pub state: String,
    /// What happened.
    pub text: String,
}

/// The state of the move, from one controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MigrationStatus {
    /// Version of this document.
    pub schema_version: u32,
    /// The cluster.
    pub cluster_id: String,
    /// The node that answered.
    pub node_id: BrokerId,
    /// The active controller and its address, if known.
    pub leader: Option<(BrokerId, String)>,
    /// It answered itself; only then is the rest worth anything.
    pub is_active: bool,
    /// The one word, with its reason: `joining`, `holding(…)`, `blocked(KM…)`.
    pub state: String,
    /// Exit code of `status --exit-code`.
    pub exit_code: i32,
    /// Since when, ms since 1970.
    pub since_ms: i64,
    /// Which attempt, 0 before the first.
    pub generation: u32,
    /// Why nothing happens, if nothing does.
    pub waiting: Option<String>,
    /// What stops the move.
    pub blocked: Vec<ProblemView>,
    /// Writes to the tree under the quorum that were not the mirror's.
    #[serde(default)]
    pub foreign_writes: ForeignWrites,
    /// Records the mirror is behind; none while it is not known, or there is none.
    pub mirror_lag: Option<i64>,
    /// The ZooKeeper controller epoch of the claim.
    pub zk_controller_epoch: Option<i32>,
    /// Leader epoch of the quorum.
    pub kraft_epoch: i32,
    /// End of the metadata log.
    pub log_end_offset: i64,
    /// Brokers by id.
    pub brokers: BTreeMap<BrokerId, BrokerView>,
    /// Voters, and whether each is ready for a move.
    pub controllers: BTreeMap<BrokerId, bool>,
    /// The last copy: records, entries and how long the controller was frozen for it, ms.
    pub copy: Option<CopyView>,
    /// What happened, oldest first, bounded.
    pub timeline: Vec<TimelineEntry>,
}

/// The last copy, or the present one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CopyView {
    /// Topics in it.
    pub topics: usize,
    /// Partitions in it.
    pub partitions: usize,
    /// From the claim to the end of the copy's transaction, ms; still running if none.
    pub frozen_ms: Option<i64>,
    /// From the first staging read to the end of the copy's transaction, ms.
    pub total_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Maps with integer keys must survive both ways, whatever carries them.
    #[test]
    fn requests_and_answers_survive_the_wire() {
        let arm = NodeRequest::Arm(ArmOrder {
            cluster_id: "c".to_owned(),
            voters: BTreeMap::from([(3000, "a:1".to_owned())]),
        });
        let start = OrderRequest::Start { without_brokers: BTreeSet::from([4]) };
        let order = NodeRequest::Order { cluster_id: "c".to_owned(), execute: true, order: start };
        for request in [NodeRequest::Describe, arm, NodeRequest::Status, order, NodeRequest::Verify] {
            let text = serde_json::to_string(&request).expect("string keys only");
            assert_eq!(serde_json::from_str::<NodeRequest>(&text).expect("read back"), request, "{text}");
        }
        let status = MigrationStatus {
            schema_version: 1,
            cluster_id: "c".to_owned(),
            node_id: 3000,
            leader: Some((3000, "a:1".to_owned())),
            is_active: true,
            state: "dual".to_owned(),
            exit_code: 0,
            since_ms: 1,
            generation: 1,
            waiting: None,
            blocked: Vec::new(),
            foreign_writes: ForeignWrites::default(),
            mirror_lag: Some(0),
            zk_controller_epoch: Some(7),
            kraft_epoch: 2,
            log_end_offset: 9,
            brokers: BTreeMap::from([(1, BrokerView::default())]),
            controllers: BTreeMap::from([(3000, true)]),
            copy: Some(CopyView::default()),
            timeline: Vec::new(),
        };
        for reply in [NodeReply::Status(Box::new(status)), NodeReply::NotActive { leader: None }] {
            let text = serde_json::to_string(&reply).expect("string keys only");
            assert_eq!(serde_json::from_str::<NodeReply>(&text).expect("read back"), reply, "{text}");
        }
    }
}
