//! The drop-in tree of `scripts/dist.sh`: its scripts as an operator of Apache Kafka calls them, on a machine without Java; then
//! Apache 3.9.2's own tools beside Kedge's on the same node, whose words and exit codes must be the same.

use std::time::{Duration, Instant};

use kedge_real_parts::{JavaTool, TestSite};

#[path = "dist/tree.rs"]
mod tree;

use tree::Tree;

const SOON: Duration = Duration::from_secs(30);

#[test]
fn the_tree_runs_a_node_and_its_tools_speak_as_apaches() {
    let site = TestSite::new("dist").unwrap();
    let tree = Tree::build(&site);

    let nobody = tree.run("kafka-server-stop.sh", &[], "");
    assert_eq!((nobody.0, nobody.1.as_str()), (1, "No kafka server to stop\n"));
    let usage = tree.run("kafka-server-start.sh", &[], "");
    assert!(usage.0 == 1 && usage.1.starts_with("USAGE: "), "{usage:?}");

    let config = tree.combined_node(1);
    format(&tree, &config);
    let called = Instant::now();
    let started = tree.run(
        "kafka-server-start.sh",
        &["-daemon", "-name", "node", "-loggc", &config, "--override", "num.partitions=2"],
        "",
    );
    assert_eq!(started.0, 0, "{started:?}");
    assert!(called.elapsed() < Duration::from_secs(5), "-daemon returns at once, not after {:?}", called.elapsed());
    tree.wait_until_started("node.out");

    let mut differences = Differences::default();
    topics(&site, &tree, &mut differences);
    configs(&site, &tree, &mut differences);
    records(&site, &tree, &mut differences);
    groups(&site, &tree, &mut differences);
    assert!(differences.0.is_empty(), "{}", differences.0.concat());

    // Only the node that is meant, and only by this tree's own script.
    assert_eq!(tree.run("kafka-server-stop.sh", &["--node-id=99"], "").0, 0);
    assert_eq!(tree.run("kafka-server-stop.sh", &["--process-role=controller"], "").0, 0);
    assert!(tree.is_running());
    let stopped = tree.run("kafka-server-stop.sh", &["--node-id=1", "--process-role=broker"], "");
    assert_eq!(stopped.0, 0);
    assert!(stopped.1.contains("node-id will take precedence"), "{stopped:?}");
    tree.wait_until_ended();
    assert!(tree.path("data/.kafka_cleanshutdown").is_file());
    assert_eq!(tree.run("kafka-server-stop.sh", &[], "").0, 1);
}

/// Whether minutes do not matter: `scripts/test.sh --long`.
fn is_long() -> bool {
    std::env::var_os("KEDGE_LONG").is_some()
}

/// Where Kedge's tool and Apache's differ.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn note(&mut self, line: &str, ours: &(i32, String), apache: &(i32, String)) {
        if ours != apache {
            self.0.push(format!("\n{line}\n  Kedge:  {ours:?}\n  Apache: {apache:?}\n"));
        }
    }
}

/// Tut3's first steps.
fn format(tree: &Tree, config: &str) {
    let id = tree.run("kafka-storage.sh", &["random-uuid"], "").1.trim().to_owned();
    assert!(id.len() == 22 && !id.starts_with('-'), "{id}");
    let unformatted = tree.run("kafka-server-start.sh", &[config], "");
    assert_eq!(unformatted.0, 1, "{unformatted:?}");
    let first = tree.run("kafka-storage.sh", &["format", "-t", &id, "-c", config], "");
    assert!(first.0 == 0 && first.1.starts_with("Formatting "), "{first:?}");
    let again = tree.run("kafka-storage.sh", &["format", "-t", &id, "-c", config], "");
    assert!(again.0 == 1 && again.2.contains("is already formatted. Use --ignore-formatted"), "{again:?}");
}

fn topics(site: &TestSite, tree: &Tree, differences: &mut Differences) {
    let java = |args: &[&str]| tree::outcome(JavaTool::topics(site, &tree.bootstrap()).args(args.iter().copied()));
    let ours = |args: &[&str]| tree.tool("kafka-topics.sh", args, "");
    // The name of the third tutorial, with its warning.
    assert_eq!(
        ours(&["--create", "--topic", "my_topic_srebro.cn"]),
        renamed(java(&["--create", "--topic", "your_topic_srebro.cn"]), "your_", "my_")
    );
    // One that differs from another only in . and _, one that is there, one that is not, wrong numbers.
    let always = [
        "--create --topic my_topic_srebro_cn",
        "--create --topic my_topic_srebro.cn",
        "--create --topic my_topic_srebro.cn --if-not-exists",
        "--create --topic bad/name",
        "--create --topic wide --replication-factor 3",
        "--create --topic odd --config nonsense=1",
        "--create --topic byhand --replica-assignment 7",
        "--list",
        "--list --topic .*srebro.*",
        "--describe --topic my_topic_srebro.cn",
        "--describe --topic nothing",
        "--alter --topic my_topic_srebro.cn --partitions 1",
        "--delete --topic nothing",
    ];
    // Each costs a Java machine.
    let rest = [
        "--create --topic none --partitions 0",
        "--create --topic odd --config retention.ms",
        "--create --topic byhand --replica-assignment 1,1:2",
        "--describe --topic nothing --if-exists",
        "--describe --under-replicated-partitions",
        "--describe --topic my_topic_srebro.cn --at-min-isr-partitions",
        "--describe --topics-with-overrides",
        "--alter --topic nothing --partitions 5",
        "--delete --topic nothing --if-exists",
    ];
    for line in always.into_iter().chain(rest.into_iter().filter(|_| is_long())) {
        let args: Vec<&str> = line.split(' ').collect();
        differences.note(line, &ours(&args), &java(&args));
    }
    assert_eq!(ours(&["--alter", "--topic", "my_topic_srebro.cn", "--partitions", "3"]), (0, String::new()));
    assert_eq!(ours(&["--delete", "--topic", "your_topic_srebro.cn"]), (0, String::new()));
    assert_eq!(
        ours(&["--create", "--topic", "byhand", "--replica-assignment", "1,1", "--config", "retention.ms=7"]).0,
        0
    );
    let args = ["--describe", "--topic", "byhand"];
    differences.note("--describe", &ours(&args), &java(&args));
    assert!(ours(&args).1.contains("PartitionCount: 2\tReplicationFactor: 1\tConfigs: retention.ms=7"));
    assert_eq!(ours(&["--list"]).1, "byhand\nmy_topic_srebro.cn\n");
}

fn configs(site: &TestSite, tree: &Tree, differences: &mut Differences) {
    let java = |args: &[&str]| tree::outcome(JavaTool::configs(site, &tree.bootstrap()).args(args.iter().copied()));
    let ours = |args: &[&str]| tree.tool("kafka-configs.sh", args, "");
    let always = [
        "--describe --topic byhand --all",
        "--alter --topic byhand --add-config retention.ms=9,cleanup.policy=[compact,delete]",
        "--describe --topic byhand",
        "--alter --topic byhand --delete-config segment.bytes",
        "--alter --entity-type topics --entity-name byhand --delete-config retention.ms --add-config max.message.bytes=1000",
        "--describe --entity-type brokers",
    ];
    let rest = [
        "--describe --entity-type topics --entity-name byhand",
        "--alter --topic byhand --add-config nonsense=1",
        "--describe --entity-type topics",
        "--describe --entity-type brokers --entity-default",
        "--describe --entity-type brokers --entity-name one",
        "--alter --entity-type brokers",
    ];
    for line in always.into_iter().chain(rest.into_iter().filter(|_| is_long())) {
        let args: Vec<&str> = line.split(' ').collect();
        let (ours, java) = (ours(&args), java(&args));
        // The second deletion finds nothing: both are asked for the same, one after the other.
        if !line.contains("--delete-config retention.ms") {
            differences.note(line, &ours, &java);
        }
    }
}

fn records(site: &TestSite, tree: &Tree, differences: &mut Differences) {
    let bootstrap = tree.bootstrap();
    let keyed = ["--property", "parse.key=true", "--property", "key.separator=:"];
    let create = ["--create", "--topic", "lines", "--partitions", "1", "--replication-factor", "1"];
    assert_eq!(tree.tool("kafka-topics.sh", &create, "").0, 0);
    // The old name of the flag, as the second tutorial has it.
    let produce = ["--broker-list", &bootstrap, "--topic", "lines"];
    let sent = tree.run("kafka-console-producer.sh", &[&produce[..], &keyed[..]].concat(), "a:1\nb:2\n:no key text\n");
    assert_eq!((sent.0, sent.1.as_str(), sent.2.as_str()), (0, "", ""));
    JavaTool::console_producer(site, &bootstrap, "lines").input("from java\n").run().unwrap().success().unwrap();

    for line in [
        "--max-messages 2 --property print.key=true --property print.offset=true --property print.partition=true",
        "--max-messages 4 --partition 0",
        "--max-messages 2 --group readers",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let java = JavaTool::console_consumer(site, &bootstrap, "lines").args(args.clone()).run().unwrap();
        // The group's offsets must not be those that the other has left.
        let group = args.iter().map(|word| if *word == "readers" { "our-readers" } else { word });
        let ours: Vec<&str> = ["--topic", "lines", "--from-beginning"].into_iter().chain(group).collect();
        let ours =
            tree.run("kafka-console-consumer.sh", &[&["--bootstrap-server", &bootstrap], &ours[..]].concat(), "");
        let told =
            |text: &str| text.lines().filter(|line| line.starts_with("Processed a total of")).collect::<String>();
        let java_outcome = (java.exit_code().unwrap_or(-1), java.stdout.clone() + &told(&java.stderr));
        differences.note(line, &(ours.0, ours.1.clone() + &told(&ours.2)), &java_outcome);
    }
    let idle = [
        "--bootstrap-server",
        &bootstrap,
        "--topic",
        "lines",
        "--timeout-ms",
        "500",
        "--partition",
        "0",
        "--offset",
        "3",
    ];
    let idle = tree.run("kafka-console-consumer.sh", &idle, "");
    assert_eq!((idle.0, idle.1.as_str()), (0, "from java\n"));
    assert!(idle.2.ends_with("Processed a total of 1 messages\n"), "{idle:?}");
}

fn groups(site: &TestSite, tree: &Tree, differences: &mut Differences) {
    let java =
        |args: &[&str]| tree::outcome(JavaTool::consumer_groups(site, &tree.bootstrap()).args(args.iter().copied()));
    let ours = |args: &[&str]| tree.tool("kafka-consumer-groups.sh", args, "");
    for line in [
        "--describe --group our-readers",
        "--describe --group our-readers --state",
        "--describe --group nobody",
        "--list --state Stable",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        differences.note(line, &ours(&args), &java(&args));
    }
    let listed = ours(&["--list"]).1;
    assert!(listed.lines().any(|group| group == "our-readers") && listed.lines().any(|group| group == "readers"));
    let described = ours(&["--describe", "--group", "our-readers"]).1;
    let row: Vec<&str> = described.lines().last().unwrap_or_default().split_whitespace().collect();
    assert_eq!(row, ["our-readers", "lines", "0", "2", "4", "2", "-", "-", "-"], "{described}");

    let reset = ["--reset-offsets", "--group", "our-readers", "--topic", "lines", "--shift-by", "-1", "--execute"];
    assert_eq!(ours(&reset).0, 0);
    let described = java(&["--describe", "--group", "our-readers"]).1;
    assert!(described.contains(" 1 "), "{described}");
    assert_eq!(
        ours(&["--delete", "--group", "readers"]),
        (0, java(&["--delete", "--group", "our-readers"]).1.replace("our-", ""))
    );
}

fn renamed(outcome: (i32, String), from: &str, to: &str) -> (i32, String) {
    (outcome.0, outcome.1.replace(from, to))
}

#[test]
fn both_units_are_good_and_systemd_hears_when_the_node_serves() {
    let site = TestSite::new("units").unwrap();
    let tree = Tree::build(&site);
    let Some(verdict) = tree.verify_units() else {
        eprintln!("skipped: there is no systemd-analyze here");
        return;
    };
    assert_eq!(verdict, "");
    let config = tree.combined_node(1);
    format(&tree, &config);
    let heard = tree.run_as_systemd_would(&config, SOON);
    assert_eq!(heard, ["READY=1", "STOPPING=1"]);
}
