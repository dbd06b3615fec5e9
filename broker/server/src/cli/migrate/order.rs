//! `kedge migrate start | rollback | finalize | hold | resume | acknowledge`: what an order would do, and the order itself.

use std::{collections::BTreeMap, io::Write, time::Duration};

use clap::Args;
use kedge_metadata_state::BrokerId;
use kedge_migration::{
    codes,
    node_api::{ArmOrder, NodeReply, NodeRequest, OrderRequest, ProblemView},
};

use super::{
    BLOCKED, PlaceArgs,
    arm::{self, AskedBroker},
    controllers::{self, Active, Controllers, unexpected},
    tree, view,
    wait::{Target, follow},
};
use crate::cli::ToolError;

/// A preview reads the tree, a finalization is answered when it is done.
const ORDER_TIMEOUT: Duration = Duration::from_secs(120);
/// How long the tree may take to be read.
const TREE_PATIENCE: Duration = Duration::from_secs(60);

/// To act, or only to show.
#[derive(Clone, Debug, Args)]
pub struct ActArgs {
    #[command(flatten)]
    places: PlaceArgs,
    /// Act. Without it nothing is done.
    #[arg(long, requires = "cluster")]
    execute: bool,
    /// The id of the cluster that is meant; with another one nothing is done.
    #[arg(long, value_name = "ID")]
    cluster: Option<String>,
    /// Follow the order until it is through.
    #[arg(long, requires = "execute")]
    wait: bool,
    /// Give up following after so long; the move goes on.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "wait")]
    wait_timeout: u64,
}

/// Arguments of `kedge migrate start`.
#[derive(Clone, Debug, Args)]
pub struct StartArgs {
    #[command(flatten)]
    act: ActArgs,
    /// zookeeper.connect of the cluster, chroot included. Its registered brokers are armed first; without it only brokers
    /// that are armed by their properties can come along.
    #[arg(long, value_name = "CONNECT")]
    zookeeper: Option<String>,
    /// A dead broker that may stay behind; may be repeated.
    #[arg(long, value_name = "ID")]
    without_broker: Vec<BrokerId>,
}

/// Arguments of `kedge migrate rollback`.
#[derive(Clone, Debug, Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    act: ActArgs,
    /// A dead broker that may stay behind; may be repeated.
    #[arg(long, value_name = "ID")]
    without_broker: Vec<BrokerId>,
    /// Metadata that ZooKeeper cannot hold may be lost; without --execute it is listed.
    #[arg(long)]
    accept_loss: bool,
    /// The broker that takes the controllership over; the quorum chooses if none is named.
    #[arg(long, value_name = "ID")]
    successor: Option<BrokerId>,
}

/// Arguments of `kedge migrate finalize`.
#[derive(Clone, Debug, Args)]
pub struct FinalizeArgs {
    #[command(flatten)]
    act: ActArgs,
}

/// Arguments of `kedge migrate hold`.
#[derive(Clone, Debug, Args)]
pub struct HoldArgs {
    #[command(flatten)]
    places: PlaceArgs,
    /// Why, for whoever asks for the status.
    reason: String,
}

/// Arguments of `kedge migrate resume`.
#[derive(Clone, Debug, Args)]
pub struct ResumeArgs {
    #[command(flatten)]
    places: PlaceArgs,
}

/// Arguments of `kedge migrate acknowledge`.
#[derive(Clone, Debug, Args)]
pub struct AcknowledgeArgs {
    #[command(flatten)]
    places: PlaceArgs,
}

/// Forward: arms the brokers, then orders the move.
pub(super) async fn start(args: &StartArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    let places = args.act.places.resolve()?;
    let controllers = places.find_controllers()?;
    let active = controllers.find_active().await?;
    if let Some(code) = refuse_other_cluster(&args.act, &active, out)? {
        return Ok(code);
    }
    let brokers = match args.zookeeper.clone().or(places.zookeeper) {
        Some(connect) => {
            tree::probe(&connect).await.map_err(ToolError)?;
            let summary = tree::read_tree(&connect, TREE_PATIENCE).await.map_err(ToolError)?;
            if let Some(other) = summary.cluster_id.as_ref().filter(|id| **id != active.status.cluster_id) {
                writeln!(out, "refused: the tree at {connect} is that of cluster {other}, nothing was done")?;
                return Ok(BLOCKED);
            }
            arm::ask_brokers(&summary).await
        }
        None => BTreeMap::new(),
    };
    let order = OrderRequest::Start { without_brokers: args.without_broker.iter().copied().collect() };
    if !args.act.execute {
        let will_arm = !brokers.is_empty() && brokers.values().all(AskedBroker::is_ours);
        return preview(&controllers, &active, order, &arm_steps(&brokers), will_arm, out).await;
    }
    if brokers.values().any(|asked| asked.answer.as_ref().is_ok_and(|node| !node.is_armed)) {
        let voters = controllers::voters(&active.address).await?;
        let arm_order = ArmOrder { cluster_id: active.status.cluster_id.clone(), voters };
        match arm::arm_brokers(&brokers, &arm_order).await {
            Ok(armed) => writeln!(out, "armed     {}", broker_list(&armed))?,
            Err(problems) => {
                for problem in problems {
                    write!(out, "{}", view::wrapped("refused   ", &problem))?;
                }
                writeln!(out, "the move was not started")?;
                return Ok(BLOCKED);
            }
        }
    }
    execute(&controllers, &args.act, &active, order, Target::START, out).await
}

/// Back, from every state before `final`.
pub(super) async fn rollback(args: &RollbackArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    let order = OrderRequest::Rollback {
        without_brokers: args.without_broker.iter().copied().collect(),
        accept_loss: args.accept_loss,
        successor: args.successor,
    };
    show_or_act(&args.act, order, Target::ROLLBACK, out).await
}

/// The end.
pub(super) async fn finalize(args: &FinalizeArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    show_or_act(&args.act, OrderRequest::Finalize, Target::FINALIZE, out).await
}

/// A hold acts at once: it changes nothing but what may come next.
pub(super) async fn hold(args: &HoldArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    act_at_once(&args.places, OrderRequest::Hold { reason: args.reason.clone() }, out).await
}

/// As [`hold`].
pub(super) async fn resume(args: &ResumeArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    act_at_once(&args.places, OrderRequest::Resume, out).await
}

/// As [`hold`].
pub(super) async fn acknowledge(args: &AcknowledgeArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    act_at_once(&args.places, OrderRequest::Acknowledge, out).await
}

async fn act_at_once(places: &PlaceArgs, order: OrderRequest, out: &mut impl Write) -> Result<u8, ToolError> {
    let controllers = places.controllers()?;
    let cluster_id = controllers.find_active().await?.status.cluster_id;
    let request = NodeRequest::Order { cluster_id, execute: true, order };
    match controllers.order(&request, ORDER_TIMEOUT).await? {
        NodeReply::Done { text } => {
            writeln!(out, "{text}")?;
            Ok(0)
        }
        NodeReply::Refused { problems } => refused(&problems, out),
        reply => Err(unexpected(&reply)),
    }
}

async fn show_or_act(
    act: &ActArgs,
    order: OrderRequest,
    target: Target,
    out: &mut impl Write,
) -> Result<u8, ToolError> {
    let controllers = act.places.controllers()?;
    let active = controllers.find_active().await?;
    if let Some(code) = refuse_other_cluster(act, &active, out)? {
        return Ok(code);
    }
    match act.execute {
        true => execute(&controllers, act, &active, order, target, out).await,
        false => preview(&controllers, &active, order, &[], false, out).await,
    }
}

fn refuse_other_cluster(act: &ActArgs, active: &Active, out: &mut impl Write) -> Result<Option<u8>, ToolError> {
    let actual = &active.status.cluster_id;
    match &act.cluster {
        Some(meant) if meant != actual => {
            writeln!(out, "refused: this is cluster {actual}, not {meant}; nothing was done")?;
            Ok(Some(BLOCKED))
        }
        _ => Ok(None),
    }
}

/// What the quorum would do, and what stands in its way. Exit code 0, or 3 if something does.
async fn preview(
    controllers: &Controllers,
    active: &Active,
    order: OrderRequest,
    first_steps: &[String],
    will_arm: bool,
    out: &mut impl Write,
) -> Result<u8, ToolError> {
    let cluster_id = active.status.cluster_id.clone();
    let name = order_name(&order);
    let request = NodeRequest::Order { cluster_id: cluster_id.clone(), execute: false, order };
    let (steps, mut problems) = match controllers.ask(&request, ORDER_TIMEOUT).await? {
        NodeReply::Preview { steps, problems } => (steps, problems),
        NodeReply::Refused { problems } => (Vec::new(), problems),
        reply => return Err(unexpected(&reply)),
    };
    if will_arm {
        // Every broker said here that it is a Kedge of this version; the quorum can only ask those that it knows already.
        let is_seen_to =
            |code: &str| [codes::BROKER_NOT_ARMED, codes::BROKER_NOT_KEDGE].iter().any(|c| c.to_string() == code);
        problems.retain(|problem| !is_seen_to(&problem.code));
    }
    writeln!(out, "cluster  {cluster_id}   STATE {}   quorum led by {}", active.status.state, active.address)?;
    writeln!(out, "{name} would")?;
    for (index, step) in first_steps.iter().chain(&steps).enumerate() {
        write!(out, "{}", view::wrapped(&format!("  {:>2}  ", index + 1), step))?;
    }
    write!(out, "{}", view::problems(&problems))?;
    let is_blocked = problems.iter().any(|problem| problem.is_blocking);
    if is_blocked {
        writeln!(out, "{name} is not possible now. Nothing was done.")?;
        return Ok(BLOCKED);
    }
    writeln!(out, "Nothing was done. To act, add: --execute --cluster {cluster_id}")?;
    Ok(0)
}

fn order_name(order: &OrderRequest) -> &'static str {
    match order {
        OrderRequest::Start { .. } => "start",
        OrderRequest::Rollback { .. } => "rollback",
        OrderRequest::Finalize => "finalize",
        OrderRequest::Hold { .. } => "hold",
        OrderRequest::Resume => "resume",
        OrderRequest::Acknowledge => "acknowledge",
    }
}

async fn execute(
    controllers: &Controllers,
    act: &ActArgs,
    active: &Active,
    order: OrderRequest,
    target: Target,
    out: &mut impl Write,
) -> Result<u8, ToolError> {
    let name = order_name(&order);
    let request = NodeRequest::Order { cluster_id: active.status.cluster_id.clone(), execute: true, order };
    match controllers.order(&request, ORDER_TIMEOUT).await? {
        NodeReply::Done { text } => write!(out, "{}", view::wrapped(&format!("{name:<10}"), &text))?,
        NodeReply::Refused { problems } => return refused(&problems, out),
        reply => return Err(unexpected(&reply)),
    }
    match act.wait {
        true => follow(controllers, target, Duration::from_secs(act.wait_timeout), out).await,
        false => Ok(0),
    }
}

fn refused(problems: &[ProblemView], out: &mut impl Write) -> Result<u8, ToolError> {
    writeln!(out, "refused, nothing was done:")?;
    write!(out, "{}", view::problems(problems))?;
    Ok(BLOCKED)
}

fn arm_steps(brokers: &BTreeMap<BrokerId, AskedBroker>) -> Vec<String> {
    let with_arms = |is_armed: bool| -> Vec<BrokerId> {
        let has = |asked: &AskedBroker| asked.answer.as_ref().is_ok_and(|node| node.is_armed == is_armed);
        brokers.iter().filter(|(_, asked)| has(asked)).map(|(broker_id, _)| *broker_id).collect()
    };
    let (unarmed, armed) = (with_arms(false), with_arms(true));
    let mut steps = Vec::new();
    if !unarmed.is_empty() {
        let already = if armed.is_empty() { String::new() } else { format!(" ({} already)", broker_list(&armed)) };
        steps.push(format!(
            "arm {} over their listeners{already}: they learn the voters and register with the quorum",
            broker_list(&unarmed)
        ));
    }
    for (broker_id, asked) in brokers {
        if let Err(why) = &asked.answer {
            steps.push(format!("leave broker {broker_id} unarmed: {why}"));
        }
    }
    steps
}

fn broker_list(brokers: &[BrokerId]) -> String {
    let ids: Vec<String> = brokers.iter().map(BrokerId::to_string).collect();
    match ids.as_slice() {
        [] => "no broker".to_owned(),
        [one] => format!("broker {one}"),
        _ => format!("brokers {}", ids.join(", ")),
    }
}
