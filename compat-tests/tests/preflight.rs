//! `kedge migrate preflight` on a real tree in which everything is wrong: all of it is found at once, and nothing is changed.

mod common;

use common::{Kedge, SOON};
use kedge_real_parts::{
    JavaTool, KafkaConfig, KedgeProcess, TestSite, ToolOutput, ZooKeeperEnsemble, ZooKeeperVersion,
};

/// What former owners and tools left in the tree, by path. A znode without a document has no data.
const TREE: &[(&str, &str)] = &[
    ("/admin", ""),
    ("/admin/delete_topics", ""),
    ("/admin/delete_topics/gone", ""),
    ("/admin/reassign_partitions", r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1]}]}"#),
    ("/brokers", ""),
    ("/brokers/ids", ""),
    // An Apache broker with an id that was generated (P7); 1 is the id of a controller too (P6).
    ("/brokers/ids/1001", r#"{"version":5,"endpoints":["PLAINTEXT://127.0.0.1:1"],"jmx_port":-1}"#),
    ("/brokers/ids/1", r#"{"version":5,"endpoints":["PLAINTEXT://127.0.0.1:1"],"jmx_port":-1}"#),
    ("/brokers/seqid", ""),
    ("/brokers/topics", ""),
    (
        "/brokers/topics/__transaction_state",
        r#"{"version":3,"topic_id":"AAAAAAAAAAAAAAAAAAAAAg","partitions":{"0":[1]}}"#,
    ),
    ("/brokers/topics/gone", r#"{"version":3,"topic_id":"AAAAAAAAAAAAAAAAAAAABA","partitions":{"0":[1]}}"#),
    ("/brokers/topics/old", r#"{"version":2,"partitions":{"0":[1]}}"#),
    // Broker 7 is dead (P8), so the partition is under-replicated (P15); an earlier rollback left a KRaft epoch (P3).
    ("/brokers/topics/t", r#"{"version":3,"topic_id":"AAAAAAAAAAAAAAAAAAAAAw","partitions":{"0":[1,7]}}"#),
    ("/brokers/topics/t/partitions", ""),
    ("/brokers/topics/t/partitions/0", ""),
    (
        "/brokers/topics/t/partitions/0/state",
        r#"{"version":1,"leader":1,"leader_epoch":3,"controller_epoch":19,"isr":[1]}"#,
    ),
    ("/brokers/topics/torn", r#"{"version":3,"partitions":"#),
    ("/cluster", ""),
    ("/cluster/id", r#"{"version":"1","id":"AAAAAAAAAAAAAAAAAAAABQ"}"#),
    ("/config", ""),
    ("/config/brokers", ""),
    (
        "/config/brokers/1",
        r#"{"version":1,"config":{"ssl.key.password":"cipherAlgorithm:AES,salt:AA==,encryptedPassword:BB=="}}"#,
    ),
    ("/config/topics", ""),
    ("/config/topics/t", r#"{"version":1,"config":{"retention.ms":1}}"#),
    ("/config/users", ""),
    ("/config/users/ann", r#"{"version":1,"config":{"SCRAM-SHA-256":"salt=x","producer_byte_rate":"1"}}"#),
    ("/consumers", ""),
    ("/consumers/old-readers", ""),
    ("/consumers/old-readers/offsets", ""),
    ("/consumers/old-readers/offsets/t", ""),
    ("/consumers/old-readers/offsets/t/0", "42"),
    ("/controller_epoch", "7"),
    ("/delegation_token", ""),
    ("/delegation_token/tokens", ""),
    ("/delegation_token/tokens/x", "{}"),
    ("/kafka-acl", ""),
    ("/kafka-acl/Topic", ""),
    ("/kafka-acl/Topic/t", r#"{"version":1,"acls":[{},{}]}"#),
    ("/migration", ""),
];

/// The codes of all that, and of a quorum that was started without the flag (P5) with an id of its own.
const FOUND: &[&str] = &[
    "KM101", "KM102", "KM105", "KM108", "KM202", "KM203", "KM205", "KM206", "KM207", "KM301", "KM302", "KM304",
    "KM401", "KM402", "KM403", "KM404", "KM405", "KM406", "KM407", "KM408", "KM409",
];

fn preflight(site: &TestSite, args: &[&str]) -> ToolOutput {
    let args = ["migrate", "preflight"].into_iter().chain(args.iter().copied());
    KedgeProcess::run(site, args, SOON).unwrap()
}

fn codes(output: &ToolOutput) -> Vec<String> {
    let document: serde_json::Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let problems = document["problems"].as_array().expect("a list").iter();
    problems.map(|problem| problem["code"].as_str().expect("a code").to_owned()).collect()
}

fn shell(site: &TestSite, zookeeper: &ZooKeeperEnsemble, commands: String) -> String {
    JavaTool::zookeeper_shell(site, &zookeeper.server_address(0)).input(commands).run().unwrap().success().unwrap()
}

#[test]
fn everything_that_is_wrong_is_found_at_once() {
    let site = TestSite::new("preflight").unwrap();
    let mut zookeeper = ZooKeeperEnsemble::start(&site, 1, ZooKeeperVersion::V3_9_5).unwrap();
    let create: String = TREE.iter().map(|(path, data)| format!("create /bad{path} {data}\n")).collect();
    // A generated id moves the version of this znode.
    shell(&site, &zookeeper, format!("create /bad\n{create}set /bad/brokers/seqid x\nquit\n"));
    let connect = zookeeper.connect_string("/bad");
    let mut config = KafkaConfig::kraft_controllers(&site, &[1]).unwrap().remove(0);
    config = config.with("kedge.admin.listen", "");
    let mut controller = Kedge::spawn(&site, config);
    controller.wait_until_started();
    let voters = controller.config.voters().to_owned();
    let address = voters.split_once('@').expect("id@address").1;

    let all = preflight(&site, &["--zookeeper", &connect, "--bootstrap-controller", address, "--json"]);
    assert_eq!((codes(&all), all.exit_code()), (FOUND.iter().map(|code| (*code).to_owned()).collect(), Some(3)));
    let screen = preflight(&site, &["--zookeeper", &connect]);
    assert_eq!(screen.exit_code(), Some(3));
    for line in ["/brokers/topics/torn: not JSON", "/config/topics/t: retention.ms is not a string", "as P1"] {
        let text = screen.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(line), "{line} is not in\n{}", screen.stdout);
    }
    // A dead broker that is named does not block; nor does what it leaves under-replicated.
    let named = codes(&preflight(&site, &["--zookeeper", &connect, "--without-broker", "7", "--json"]));
    assert!(!named.contains(&"KM205".to_owned()), "{named:?}");

    // It only reads.
    let versions = shell(&site, &zookeeper, "stat /bad/migration\nstat /bad/brokers/topics/t\nquit\n".to_owned());
    assert_eq!(versions.matches("dataVersion = 0").count(), 2, "{versions}");

    let nowhere = preflight(&site, &["--zookeeper", &zookeeper.connect_string("/nowhere")]);
    assert_eq!(nowhere.exit_code(), Some(3), "a chroot without a cluster: {}", nowhere.stdout);
    assert!(nowhere.stdout.contains("KM104"), "{}", nowhere.stdout);
    zookeeper.stop_all().unwrap();
    let silent = preflight(&site, &["--zookeeper", &connect]);
    assert_eq!(silent.exit_code(), Some(4), "{silent:?}");
}
