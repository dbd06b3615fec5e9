//! The commands against nodes that answer what a test tells them to.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use clap::{CommandFactory, Parser};
use kedge_migration::{
    codes,
    node_api::{BrokerView, MigrationStatus, NodeReply, NodeRequest, OrderRequest, ProblemView, TimelineEntry},
    verify,
};
use tokio::net::TcpListener;

use super::*;
use crate::{
    dispatch::ApiTable,
    network::listener::{self, ListenerShared, RunningListener},
    node_api::NODE_API,
};

#[derive(Debug, Parser)]
#[command(name = "kedge migrate")]
struct Cli {
    #[command(subcommand)]
    command: MigrateCommand,
}

/// The status of a cluster of three brokers and three controllers, said by its active controller.
pub(super) fn status(state: &str) -> MigrationStatus {
    let broker = BrokerView {
        is_registered: true,
        is_armed: true,
        is_alive: true,
        has_ephemeral: true,
        ..BrokerView::default()
    };
    MigrationStatus {
        schema_version: 1,
        cluster_id: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(),
        node_id: 3000,
        leader: Some((3000, "10.0.0.1:9093".to_owned())),
        is_active: true,
        state: state.to_owned(),
        exit_code: if state == "final" { 20 } else { 0 },
        since_ms: 1_763_719_331_000,
        generation: 0,
        waiting: None,
        blocked: Vec::new(),
        foreign_writes: Default::default(),
        mirror_lag: None,
        zk_controller_epoch: None,
        kraft_epoch: 12,
        log_end_offset: 88_412,
        brokers: (1..=3).map(|broker_id| (broker_id, broker.clone())).collect(),
        controllers: (3000..3003).map(|node_id| (node_id, true)).collect(),
        copy: None,
        timeline: vec![
            TimelineEntry { at_ms: 1_763_719_300_000, state: "zk".to_owned(), text: "elected".to_owned() },
            TimelineEntry {
                at_ms: 1_763_719_331_000,
                state: state.to_owned(),
                text: "a text that is long enough to be wrapped once it meets the eightieth column".to_owned(),
            },
        ],
    }
}

/// A node that gives these answers, the last one again and again, and remembers what it was asked.
struct FakeNode {
    address: String,
    asked: Arc<Mutex<Vec<NodeRequest>>>,
    _listener: RunningListener,
}

impl FakeNode {
    async fn start(answer: impl Fn(&NodeRequest) -> NodeReply + Send + Sync + 'static) -> FakeNode {
        let asked: Arc<Mutex<Vec<NodeRequest>>> = Arc::default();
        let mut apis = ApiTable::new();
        let (heard, answer) = (asked.clone(), Arc::new(answer));
        apis.serve_private(NODE_API, move |_context, body| {
            let (heard, answer) = (heard.clone(), answer.clone());
            async move {
                let request: NodeRequest = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
                let reply = answer(&request);
                heard.lock().expect("no panic").push(request);
                Ok(Bytes::from(serde_json::to_vec(&reply).expect("string keys only")))
            }
        });
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let shared = ListenerShared::for_test("CONTROLLER", apis);
        let listener = listener::start(socket, shared).expect("bound");
        FakeNode { address: listener.local_address.to_string(), asked, _listener: listener }
    }

    /// An active controller in one state after another; orders and verify are answered with `reply`.
    async fn active(states: &[&str], reply: NodeReply) -> FakeNode {
        let states: Mutex<VecDeque<String>> = Mutex::new(states.iter().map(|state| (*state).to_owned()).collect());
        FakeNode::start(move |request| match request {
            NodeRequest::Status => {
                let mut states = states.lock().expect("no panic");
                let state = if states.len() > 1 { states.pop_front() } else { states.front().cloned() };
                let mut status = status(&state.expect("there is one"));
                // The last one switches a moment later.
                let switched = states.front().filter(|_| states.len() == 1 && status.state == "dual").is_some();
                status.brokers.values_mut().for_each(|broker| broker.follows_log = switched);
                NodeReply::Status(Box::new(status))
            }
            _ => reply.clone(),
        })
        .await
    }

    fn orders(&self) -> Vec<(bool, OrderRequest)> {
        let asked = self.asked.lock().expect("no panic");
        let order = |request: &NodeRequest| match request {
            NodeRequest::Order { execute, order, .. } => Some((*execute, order.clone())),
            _ => None,
        };
        asked.iter().filter_map(order).collect()
    }
}

/// Exit code and screen; the node's port is replaced.
async fn kedge_migrate(node: &FakeNode, words: &str) -> (u8, String) {
    let words = format!("kedge {words} --bootstrap-controller {}", node.address);
    let cli = Cli::try_parse_from(words.split(' ')).unwrap_or_else(|error| panic!("{error}"));
    let mut out = Vec::new();
    let code = match run(&cli.command, &mut out).await {
        Ok(code) => code,
        Err(error) => panic!("{error}"),
    };
    let text = String::from_utf8(out).expect("text").replace(&node.address, "NODE");
    let is_screen = !text.starts_with('{');
    let fits = |line: &str| line.chars().count() <= view::WIDTH;
    assert!(!is_screen || text.lines().all(fits), "{text}");
    (code, text)
}

fn problem(code: codes::Code, place: &str) -> ProblemView {
    ProblemView::from(&kedge_migration::readiness::Problem::new(code, [place.to_owned()]))
}
fn steps(steps: &[&str], problems: Vec<ProblemView>) -> NodeReply {
    NodeReply::Preview { steps: steps.iter().map(|step| (*step).to_owned()).collect(), problems }
}

const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qg";

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
    let refused = |words: &str| Cli::try_parse_from(words.split(' ')).is_err();
    assert!(refused("kedge start --execute"), "an order needs the cluster's id");
    assert!(refused("kedge start --wait"), "there is nothing to follow");
    assert!(refused("kedge hold"), "a hold has a reason");
}

#[test]
fn the_help_texts_are_true() {
    let mut text = Cli::command().render_long_help().to_string();
    for command in Cli::command().get_subcommands_mut() {
        let name = command.get_name().to_owned();
        text.push_str(&format!("\n----- {name}\n{}", command.render_long_help()));
    }
    insta::assert_snapshot!("help", text);
}

#[tokio::test]
async fn an_order_is_only_shown_without_execute() {
    let reply = steps(&["claim /controller in ZooKeeper", "copy 200 topics with 1,000 partitions"], Vec::new());
    let node = FakeNode::active(&["prepared"], reply).await;
    let (code, text) = kedge_migrate(&node, "start").await;
    assert_eq!(code, 0);
    insta::assert_snapshot!("start_preview", text);
    assert_eq!(node.orders(), [(false, OrderRequest::Start { without_brokers: Default::default() })]);
}

#[tokio::test]
async fn what_stands_in_the_way_is_shown_and_blocks() {
    let problems = vec![problem(codes::EPHEMERAL_MISSING, "broker 2"), problem(codes::STAMP_ABOVE_EPOCH, "stamp 9")];
    let node = FakeNode::active(&["dual"], steps(&["freeze the controller"], problems)).await;
    let (code, text) = kedge_migrate(&node, "rollback --successor 3 --without-broker 2 --accept-loss").await;
    assert_eq!(code, 3);
    insta::assert_snapshot!("rollback_blocked", text);
    let (_, order) = node.orders().remove(0);
    let wanted =
        OrderRequest::Rollback { without_brokers: [2].into_iter().collect(), accept_loss: true, successor: Some(3) };
    assert_eq!(order, wanted);
}

#[tokio::test]
async fn an_order_for_another_cluster_does_nothing() {
    let node = FakeNode::active(&["dual"], NodeReply::Done { text: "done".to_owned() }).await;
    for order in ["start", "rollback", "finalize"] {
        let (code, text) = kedge_migrate(&node, &format!("{order} --execute --cluster other")).await;
        assert_eq!(code, 3);
        assert!(text.contains("refused: this is cluster MkU3OEVBNTcwNTJENDM2Qg, not other"), "{text}");
    }
    assert_eq!(node.orders(), []);
}

#[tokio::test]
async fn an_order_is_followed_until_it_is_through() {
    let states = ["prepared", "prepared", "joining", "copying", "dual", "dual"];
    let node = FakeNode::active(&states, NodeReply::Done { text: "the move has begun".to_owned() }).await;
    let (code, text) = kedge_migrate(&node, &format!("start --execute --wait --cluster {CLUSTER}")).await;
    let without_times: Vec<&str> =
        text.lines().map(|line| line.split_once("  ").map_or(line, |(_, rest)| rest)).collect();
    insta::assert_snapshot!("start_followed", without_times.join("\n"));
    assert_eq!(code, 0);
    assert_eq!(node.orders().len(), 1);

    let states = ["dual", "dual", "rolling-back", "dual"];
    let node = FakeNode::active(&states, NodeReply::Done { text: "going back".to_owned() }).await;
    let (code, text) = kedge_migrate(&node, &format!("rollback --execute --wait --cluster {CLUSTER}")).await;
    assert!(code == 3 && text.contains("given up: the move is back in dual"), "{text}");
}

#[tokio::test]
async fn a_refusal_is_shown() {
    let reply = NodeReply::Refused { problems: vec![problem(codes::NOT_SWITCHED, "broker 2")] };
    let node = FakeNode::active(&["dual"], reply).await;
    let (code, text) = kedge_migrate(&node, &format!("finalize --execute --cluster {CLUSTER}")).await;
    assert_eq!(code, 3);
    insta::assert_snapshot!("finalize_refused", text);
}

#[tokio::test]
async fn hold_and_resume_act_at_once() {
    let node = FakeNode::active(&["joining"], NodeReply::Done { text: "held".to_owned() }).await;
    assert_eq!(kedge_migrate(&node, "hold lunch").await, (0, "held\n".to_owned()));
    assert_eq!(kedge_migrate(&node, "resume").await.0, 0);
    assert_eq!(kedge_migrate(&node, "acknowledge").await.0, 0);
    let wanted = [OrderRequest::Hold { reason: "lunch".to_owned() }, OrderRequest::Resume, OrderRequest::Acknowledge];
    assert_eq!(node.orders(), wanted.map(|order| (true, order)));
}

/// It is neither done nor refused; it is sent once, and whoever ordered decides.
#[tokio::test]
async fn an_unknown_outcome_is_an_error_that_says_that_the_order_may_be_given_again() {
    let reply = NodeReply::Unknown { text: "the active controller changed while it was committed".to_owned() };
    let node = FakeNode::active(&["dual"], reply).await;
    let words = format!("kedge rollback --execute --cluster {CLUSTER} --bootstrap-controller {}", node.address);
    let cli = Cli::try_parse_from(words.split(' ')).expect("words");
    let error = run(&cli.command, &mut Vec::new()).await.expect_err("nobody knows");
    assert!(error.to_string().contains("is not known") && error.to_string().contains("again is safe"), "{error}");
    assert_eq!(node.orders().len(), 1);
}

#[tokio::test]
async fn the_active_controller_is_found_from_any_other() {
    let active = FakeNode::active(&["final"], NodeReply::Done { text: String::new() }).await;
    let address = active.address.clone();
    let other = FakeNode::start(move |request| match request {
        NodeRequest::Status => {
            let mut status = status("zk");
            (status.is_active, status.leader) = (false, Some((3000, address.clone())));
            NodeReply::Status(Box::new(status))
        }
        _ => NodeReply::NotActive { leader: Some((3000, address.clone())) },
    })
    .await;
    let (code, text) = kedge_migrate(&other, "status --exit-code").await;
    assert!(code == 20 && text.contains("STATE final"), "{text}");
    let (code, text) = kedge_migrate(&other, "status --json").await;
    let document: MigrationStatus = serde_json::from_str(&text).expect("the document");
    assert_eq!((code, document.state.as_str()), (0, "final"));
}

#[tokio::test(start_paused = true)]
async fn nobody_to_ask_is_an_error_that_says_so() {
    let cli = Cli::try_parse_from(["kedge", "status", "--bootstrap-controller", "127.0.0.1:1"]).expect("words");
    let error = run(&cli.command, &mut Vec::new()).await.expect_err("nobody listens");
    assert!(error.to_string().starts_with("no active controller answers: 127.0.0.1:1: "), "{error}");
    let cli = Cli::try_parse_from(["kedge", "status"]).expect("words");
    let error = run(&cli.command, &mut Vec::new()).await.expect_err("where?");
    assert!(error.to_string().contains("--bootstrap-controller"), "{error}");
}

#[tokio::test]
async fn verify_shows_the_proof_and_ends_with_its_verdict() {
    let partition =
        verify::PartitionSummary { replicas: vec![1, 2, 3], isr: vec![1, 2], leader: 1, ..Default::default() };
    let topic = |partition: &verify::PartitionSummary| verify::TopicSummary {
        topic_id: "AAAAAAAAAAAAAAAAAAAAAQ".to_owned(),
        partitions: BTreeMap::from([(0, partition.clone())]),
    };
    let tree = verify::TreeSummary {
        topics: BTreeMap::from([("orders".to_owned(), topic(&partition)), ("old".to_owned(), topic(&partition))]),
        ..Default::default()
    };
    let image = kedge_metadata_state::Image::empty(kedge_metadata_state::Dialect::ZOOKEEPER);
    let proof = |tree: &verify::TreeSummary| {
        let proof = verify::compare(tree, &image, false);
        NodeReply::Verified { proof: serde_json::from_str(&proof.to_json()).expect("JSON") }
    };
    let node = FakeNode::active(&["dual"], proof(&tree)).await;
    let (code, text) = kedge_migrate(&node, "verify").await;
    assert_eq!(code, 1);
    insta::assert_snapshot!("verify_different", text);

    let node = FakeNode::active(&["dual"], proof(&verify::TreeSummary::default())).await;
    assert_eq!(kedge_migrate(&node, "verify").await.0, 0);
    let (code, text) = kedge_migrate(&node, "verify --json").await;
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &document["verdict"]), (0, &serde_json::json!("equal")));
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("proof.json");
    let words = format!("verify --json {}", file.display());
    let cli = format!("kedge {words} --bootstrap-controller {}", node.address);
    let cli = Cli::try_parse_from(cli.split(' ')).expect("words");
    assert_eq!(run(&cli.command, &mut Vec::new()).await.expect("asked"), 0);
    assert!(std::fs::read_to_string(file).expect("written").contains("\"verdict\": \"equal\""));

    let reply = NodeReply::Refused { problems: vec![problem(codes::NOT_COMPARABLE, "ZooKeeper does not answer")] };
    let node = FakeNode::active(&["dual"], reply).await;
    assert_eq!(kedge_migrate(&node, "verify").await.0, 2);
}

#[test]
fn a_properties_file_stands_in_for_options() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("server.properties");
    let text = "zookeeper.connect = zk1:2181/kafka\ncontroller.quorum.voters=3000@a:1, 3001@[::1]:2\nunknown.key=1\n";
    std::fs::write(&file, text).expect("written");
    let args = PlaceArgs { bootstrap_controller: Vec::new(), from: Some(file.clone()) };
    let places = args.resolve().expect("read");
    assert_eq!(places.controllers, ["a:1", "[::1]:2"]);
    assert_eq!(places.zookeeper.as_deref(), Some("zk1:2181/kafka"));
    let args = PlaceArgs { bootstrap_controller: vec!["b:1".to_owned()], from: Some(file.clone()) };
    assert_eq!(args.resolve().expect("read").controllers, ["b:1"]);
    std::fs::write(&file, "controller.quorum.voters=a:1\n").expect("written");
    let error = args.resolve().expect_err("malformed").to_string();
    assert!(error.contains("\"a:1\" is not of the form id@host:port"), "{error}");
}
