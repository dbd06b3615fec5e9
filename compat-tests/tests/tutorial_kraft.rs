//! The third tutorial (acceptance A3): KRaft on one machine. The same steps with Apache 3.9.2's tools on a Kedge node, started from
//! the drop-in tree, and on an Apache node as the control run: both transcripts are the same.
//!
//! The tutorial's own release, 3.7.1, is not among the parts that CI fetches; 3.9.2 stands in for it. A node that is a voter is not
//! handed over between the two products: Kedge's voters keep a Raft log of their own (docs/decisions/0006).

use std::time::Duration;

use kedge_real_parts::{JavaTool, KafkaConfig, TestSite, ToolOutput, eventually};

#[path = "dist/tree.rs"]
mod tree;

use tree::Tree;

const TOPIC: &str = "my_topic_srebro.cn";
const TWIN: &str = "my_topic_srebro_cn";
const SHELL_DEADLINE: Duration = Duration::from_secs(20);

#[test]
fn the_tutorials_steps_read_the_same_on_kedge_and_on_apache() {
    let site = TestSite::new("tutorial_kraft").unwrap();
    let apache = on_apache(&site);
    let kedge = on_kedge(&site);
    assert_eq!(kedge.join("\n"), apache.join("\n"));
    let all = kedge.join("\n");
    assert!(all.contains(&format!("Created topic {TOPIC}.")) && all.contains("collides with existing topic"), "{all}");
    assert!(all.contains("hello\nworld\n") && all.contains("LeaderId:1"), "{all}");
}

fn on_kedge(site: &TestSite) -> Vec<String> {
    let tree = Tree::build(site);
    let config = tree.combined_node(1);
    let data = tree.path("data").display().to_string();
    let mut steps = storage(&data, |args| {
        let (code, out, err) = tree.run("kafka-storage.sh", &with_config(args, &config), "");
        (code, out, err)
    });
    // The line of the tutorial's unit; systemd runs it in the foreground, which `-daemon` only leaves.
    assert_eq!(tree.run("kafka-server-start.sh", &["-daemon", &config], "").0, 0);
    tree.wait_until_started("kafkaServer.out");
    steps.extend(clients(site, &tree.bootstrap()));
    steps.push(shell(site, &data));
    assert_eq!(tree.run("kafka-server-stop.sh", &[], "").0, 0);
    tree.wait_until_ended();
    assert!(tree.path("data/.kafka_cleanshutdown").is_file());
    steps
}

fn on_apache(site: &TestSite) -> Vec<String> {
    // What the stock file says beside directories and ports.
    let config = KafkaConfig::kraft_combined(site, 1).unwrap();
    let config = config.with("log.retention.hours", 168).with("log.segment.bytes", 1_073_741_824);
    let config = config.with("group.initial.rebalance.delay.ms", 3000);
    let (data, file) = (config.log_dir().display().to_string(), config.write().unwrap().display().to_string());
    let mut steps = storage(&data, |args| {
        let ToolOutput { status, stdout, stderr, .. } =
            JavaTool::storage(site).args(with_config(args, &file)).run().unwrap();
        (status.code().unwrap_or(-1), stdout, stderr)
    });
    let mut node = config.start().unwrap();
    steps.extend(clients(site, &node.bootstrap()));
    steps.push(shell(site, &data));
    node.stop().unwrap();
    steps
}

fn with_config<'a>(args: &[&'a str], config: &'a str) -> Vec<&'a str> {
    if args.first() == Some(&"format") { [args, &["-c", config]].concat() } else { args.to_vec() }
}

/// A cluster's id, the format, and the format once more.
fn storage(data: &str, run: impl Fn(&[&str]) -> tree::Ran) -> Vec<String> {
    let (code, id, _) = run(&["random-uuid"]);
    let id = id.trim().to_owned();
    assert!(code == 0 && id.len() == 22 && !id.starts_with('-'), "{id}");
    let step = |args: &[&str]| {
        let (code, out, err) = run(args);
        // Java's tool adds a stack trace where an exception ends it.
        let err = err.lines().find(|line| line.contains("formatted")).unwrap_or_default();
        format!("{} -> {code}\n{out}{err}", args[0]).replace(data, "DATA")
    };
    vec![step(&["format", "-t", &id]), step(&["format", "-t", &id])]
}

/// The tutorial's clients, as Apache's own tools.
fn clients(site: &TestSite, bootstrap: &str) -> Vec<String> {
    let topics = |line: &str| {
        let output = JavaTool::topics(site, bootstrap).args(line.split(' ')).run().unwrap();
        format!("{line} -> {:?}\n{}", output.exit_code(), output.stdout)
    };
    let mut steps = vec![
        topics(&format!("--create --topic {TOPIC}")),
        topics(&format!("--create --topic {TWIN}")),
        topics("--list"),
    ];
    // Which of the file's defaults show as the topic's configs. The id before them is drawn at random.
    let described = topics(&format!("--describe --topic {TOPIC}"));
    let (_, rest) = described.split_once("PartitionCount").unwrap_or_else(|| panic!("{described}"));
    steps.push(rest.lines().next().unwrap_or_default().to_owned());
    let sent = JavaTool::console_producer(site, bootstrap, TOPIC).input("hello\nworld\n").run().unwrap();
    steps.push(format!("produced -> {:?}\n{}", sent.exit_code(), sent.stdout));
    let read = JavaTool::console_consumer(site, bootstrap, TOPIC).args(["--max-messages", "2"]).run().unwrap();
    steps.push(format!("consumed -> {:?}\n{}", read.exit_code(), read.stdout));
    let quorum = JavaTool::metadata_quorum(site, bootstrap).args(["describe", "--status"]).run().unwrap();
    let leader = quorum.stdout.lines().find(|line| line.starts_with("LeaderId:")).unwrap_or_default().to_owned();
    let is_voter = quorum.stdout.lines().any(|line| line.starts_with("CurrentVoters:") && line.contains("\"id\": 1,"));
    let fields: Vec<&str> = quorum.stdout.lines().filter_map(|line| line.split(':').next()).collect();
    let leader: String = leader.split_whitespace().collect();
    steps.push(format!("quorum -> {:?}\n{leader} voter {is_voter} {fields:?}", quorum.exit_code()));
    steps
}

/// The metadata shell on a copy of the log.
fn shell(site: &TestSite, data: &str) -> String {
    let copy = site.unique_directory("shell").unwrap().join("00000000000000000000.log");
    let log = format!("{data}/__cluster_metadata-0/00000000000000000000.log");
    std::fs::copy(&log, &copy).unwrap();
    let copy = copy.display().to_string();
    let shown = |path: &str| {
        // Apache's shell was seen to wait for its own loader for ever, on a copy that it read at once when asked again.
        let output = eventually(SHELL_DEADLINE * 3, "the metadata shell", || {
            let shell = JavaTool::new(site, "org.apache.kafka.shell.MetadataShell");
            let shell = shell.args(["--snapshot", &copy, "ls", path]).deadline(SHELL_DEADLINE);
            shell.run().map_err(|error| error.to_string())
        })
        .unwrap();
        let mut words: Vec<&str> = output.stdout.split_whitespace().collect();
        words.sort_unstable();
        format!("ls {path} -> {:?} {}", output.exit_code(), words.join(" "))
    };
    [shown("/image"), shown("/image/topics/byName")].join("\n")
}
