//! `docs/runbook.md`, run as it is written: its files, its commands, its expected output, forward and back, under load.
//!
//! Fenced blocks are marked in their info string: `properties … file=PATH`, `sh shell` (goes before every command),
//! `sh start=broker|controller`, `sh run=PHASE [exit=CODE] [again]` (`again`: it only reads, and may be repeated until it is as expected), `sh stop=zookeeper`; `each=…` stands for 1, 2, 3 in the place of
//! `<N>`. An `expected` block belongs to the command above it. Hosts, directories and the cluster's id are replaced by real ones.

mod common;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use common::{SOON, load::Load, topics::create_topic_with};
use kedge_real_parts::{KedgeProcess, ManagedProcess, TestSite, ZooKeeperEnsemble, ZooKeeperVersion, eventually};

const RUNBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/runbook.md");
/// Seconds that a command may take.
const COMMAND_SECONDS: &str = "180";
/// The cluster id that the runbook shows.
const SHOWN_CLUSTER_ID: &str = "MkU3OEVBNTcwNTJENDM2Qg";
const NODES: [&str; 3] = ["1", "2", "3"];
const WILDCARD: char = '…';

/// A fenced block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Block {
    line: usize,
    language: String,
    attributes: Vec<(String, String)>,
    text: String,
    /// Of the `expected` block below it.
    expected: Option<String>,
}

impl Block {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Once, or once for each node.
    fn copies(&self) -> Vec<Block> {
        let Some(_) = self.attribute("each") else { return vec![self.clone()] };
        let copy = |node: &&str| {
            let filled = |text: &String| text.replace("<N>", node);
            let mut copy =
                Block { text: filled(&self.text), expected: self.expected.as_ref().map(filled), ..self.clone() };
            copy.attributes.iter_mut().for_each(|(_, value)| *value = filled(value));
            copy
        };
        NODES.iter().map(copy).collect()
    }
}

/// The marked blocks of a page, in order.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => {
                let block = open.take().expect("it is open");
                match block.language.as_str() {
                    "expected" => blocks.last_mut().expect("a command stands above it").expected = Some(block.text),
                    _ if !block.attributes.is_empty() => blocks.push(block),
                    _ => {}
                }
            }
            (Some(info), None) => {
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or_default().to_owned();
                let attribute = |word: &str| {
                    let (name, value) = word.split_once('=').unwrap_or((word, ""));
                    (name.to_owned(), value.to_owned())
                };
                let attributes = words.map(attribute).collect();
                open = Some(Block { line: index + 1, language, attributes, ..Block::default() });
            }
            (None, Some(block)) => block.text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    blocks
}

/// Whether a text is the expected one: blanks and line ends count as one blank, `…` as anything.
fn is_expected(expected: &str, actual: &str) -> bool {
    let normal = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (expected, actual) = (normal(expected), normal(actual));
    let pieces: Vec<&str> = expected.split(WILDCARD).map(str::trim).collect();
    let [first, middle @ ..] = pieces.as_slice() else { return actual.is_empty() };
    let Some(mut rest) = actual.strip_prefix(first) else { return false };
    let Some((last, middle)) = middle.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// The cluster that the runbook is about.
struct Stage {
    site: TestSite,
    zookeeper: ZooKeeperEnsemble,
    blocks: Vec<Block>,
    /// What the runbook names, and what it is here.
    names: Vec<(String, String)>,
    brokers: Vec<ManagedProcess>,
    controllers: Vec<ManagedProcess>,
}

impl Stage {
    fn new(site: &TestSite) -> Stage {
        let zookeeper = ZooKeeperEnsemble::start(site, 1, ZooKeeperVersion::V3_9_5).unwrap();
        let directory = |name: &str| site.unique_directory(name).unwrap().display().to_string();
        let mut names = vec![
            ("zk1:2181,zk2:2181,zk3:2181".to_owned(), zookeeper.connect_string("")),
            ("/etc/kedge".to_owned(), directory("etc")),
            ("/var/lib/kedge".to_owned(), directory("var")),
        ];
        for node in NODES {
            for (host, port) in [("kafka", 9092), ("ctl", 9093)] {
                names.push((format!("{host}{node}:{port}"), format!("127.0.0.1:{}", site.next_port())));
            }
        }
        let blocks = blocks(&std::fs::read_to_string(RUNBOOK).unwrap());
        Stage { site: site.clone(), zookeeper, blocks, names, brokers: Vec::new(), controllers: Vec::new() }
    }

    fn real(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (shown, real)| text.replace(shown, real))
    }

    fn write_files(&self) {
        let files = self.blocks.iter().filter(|block| block.attribute("file").is_some());
        for block in files.flat_map(Block::copies) {
            let path = PathBuf::from(self.real(block.attribute("file").expect("filtered")));
            // Two nodes on one machine cannot share the port of the metrics page.
            std::fs::write(path, format!("{}kedge.admin.listen=\n", self.real(&block.text))).unwrap();
        }
    }

    /// Starts what a `start=KIND` block says, and waits for the line that says it serves.
    fn start(&self, kind: &str) -> Vec<ManagedProcess> {
        let block =
            self.blocks.iter().find(|block| block.attribute("start") == Some(kind)).expect("the runbook has it");
        let started = block.copies().into_iter().enumerate().map(|(index, block)| {
            let text = self.real(&block.text);
            let words = text.split_whitespace().skip(1);
            KedgeProcess::start(&self.site, &format!("{kind}-{}", index + 1), words, self.site.directory()).unwrap()
        });
        let mut started: Vec<ManagedProcess> = started.collect();
        for process in &mut started {
            process.wait_for_log_line(&["started"], SOON).unwrap();
        }
        started
    }

    fn bootstrap(&self) -> String {
        NODES.map(|node| self.real(&format!("kafka{node}:9092"))).join(",")
    }

    /// Runs every command of a phase, in order.
    fn run(&self, phase: &str) {
        let commands = self.blocks.iter().filter(|block| block.attribute("run") == Some(phase));
        let commands: Vec<Block> = commands.flat_map(Block::copies).collect();
        assert!(!commands.is_empty(), "the runbook has no phase {phase}");
        for block in commands {
            self.run_block(phase, &block);
        }
    }

    fn run_block(&self, phase: &str, block: &Block) {
        let patience = if block.attribute("again").is_some() { SOON } else { Duration::ZERO };
        eventually(patience, "the runbook's words", || self.try_block(phase, block)).unwrap();
    }

    fn try_block(&self, phase: &str, block: &Block) -> Result<(), String> {
        let output = self.shell(&block.text);
        let stdout = String::from_utf8_lossy(&output.stdout);
        let wanted: i32 = block.attribute("exit").map_or(0, |code| code.parse().expect("a code"));
        let expected = block.expected.as_ref().map(|expected| self.real(expected));
        let is_right = output.status.code() == Some(wanted)
            && expected.as_ref().is_none_or(|expected| is_expected(expected, &stdout));
        if is_right {
            return Ok(());
        }
        Err(format!(
            "docs/runbook.md line {} (phase {phase}), exit code {wanted} wanted:\n{}--- {}, standard output\n{stdout}--- \
             standard error\n{}--- expected\n{}",
            block.line,
            block.text,
            output.status,
            String::from_utf8_lossy(&output.stderr),
            expected.unwrap_or_default(),
        ))
    }

    fn shell(&self, text: &str) -> Output {
        let shells = self.blocks.iter().filter(|block| block.attribute("shell").is_some());
        let prelude: String = shells.map(|block| block.text.clone()).collect();
        let kedge = KedgeProcess::binary().unwrap();
        let path = format!(
            "{}:{}",
            kedge.parent().unwrap_or(Path::new(".")).display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let script = self.real(&format!("{prelude}{text}"));
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", COMMAND_SECONDS, "sh", "-eu", "-c", &script]);
        command.env("PATH", path).current_dir(self.site.directory()).output().unwrap()
    }

    /// The id that the first broker gave the cluster.
    fn learn_cluster_id(&mut self) {
        let output = self.shell("kedge migrate preflight --zookeeper $ZOOKEEPER --json");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let cluster_id = document["cluster_id"].as_str().expect("an id").to_owned();
        self.names.push((SHOWN_CLUSTER_ID.to_owned(), cluster_id));
    }
}

#[test]
fn the_runbook_does_what_it_says() {
    let site = TestSite::new("runbook").unwrap();
    let mut stage = Stage::new(&site);
    stage.write_files();
    stage.brokers = stage.start("broker");
    stage.learn_cluster_id();
    let identity = |stage: &Stage| -> Vec<(u32, u64)> {
        stage.brokers.iter().map(|broker| (broker.pid(), broker.start_ticks().unwrap())).collect()
    };
    let identities = identity(&stage);
    create_topic_with(&site, &stage.bootstrap(), "orders", 6, 3, &["retention.ms=3600000"]);
    let mut load = Load::start(&site, &stage.bootstrap(), "orders", 1, 100);
    load.wait_for_more(100, SOON);

    // The quorum is formatted, then started, in the middle of this phase: before its first look at the status.
    let is_format = |block: &Block| block.text.starts_with("kedge storage format");
    let prepare: Vec<Block> =
        stage.blocks.iter().filter(|block| block.attribute("run") == Some("prepare")).cloned().collect();
    let (before, after) = prepare.split_at(prepare.iter().position(is_format).expect("it formats") + 1);
    before.iter().flat_map(Block::copies).for_each(|block| stage.run_block("prepare", &block));
    stage.controllers = stage.start("controller");
    after.iter().flat_map(Block::copies).for_each(|block| stage.run_block("prepare", &block));

    for phase in ["forward", "back", "forward"] {
        stage.run(phase);
        load.wait_for_more(100, SOON);
    }
    let stop = stage.blocks.iter().find(|block| block.attribute("stop") == Some("zookeeper")).expect("it stops").line;
    let finish: Vec<Block> =
        stage.blocks.iter().filter(|block| block.attribute("run") == Some("finish")).cloned().collect();
    let (before, after) = finish.split_at(finish.iter().position(|block| block.line > stop).expect("it looks again"));
    before.iter().for_each(|block| stage.run_block("finish", block));
    stage.zookeeper.stop_all().unwrap();
    after.iter().for_each(|block| stage.run_block("finish", block));

    load.wait_for_more(100, SOON);
    assert_eq!(load.stop_and_judge(SOON).faults, []);
    assert_eq!(identity(&stage), identities, "no broker was restarted");
}

#[test]
fn blocks_are_found_with_their_attributes_and_expectations() {
    let page = "text\n```\nnot marked\n```\n```sh run=a each=broker exit=3\nkedge <N>\n```\n\n```expected\nsaid <N>\n```\n```sh shell\nx\n```\n";
    let found = blocks(page);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].line, found[0].attribute("exit"), found[1].attribute("shell")), (5, Some("3"), Some("")));
    let copies = found[0].copies();
    assert_eq!((copies.len(), copies[1].text.as_str()), (3, "kedge 2\n"));
    assert_eq!(copies[2].expected.as_deref(), Some("said 3\n"));
}

#[test]
fn expectations_are_compared_with_wildcards() {
    assert!(is_expected("a b\nc", "a  b c\n"));
    assert!(!is_expected("a b", "a b c"));
    assert!(is_expected("a … c …", "a b c"));
    assert!(is_expected("lag … records · … claimed at …", "lag 0 records · claimed at 2"));
    assert!(is_expected("…done\n…", "x done"));
    assert!(!is_expected("a … d", "a b c"));
    assert!(!is_expected("… x …", "a b c"));
}
