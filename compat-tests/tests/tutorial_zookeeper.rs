//! The tutorial of three hosts, Kafka 2.0.0 and ZooKeeper 3.4.12, with Kedge in the place of Kafka: its three files word for
//! word but for paths, its tools those of 2.0.0. Hosts are network namespaces with the tutorial's own addresses; where those
//! are not permitted, ports of 127.0.0.1, and what needs hosts is skipped aloud. `--long` runs the same against Apache 2.0.0.
//! Brokers are started by their command, not by the tutorial's `start.sh`: that is `dist.rs`.

mod common;

use std::{
    net::{Ipv4Addr, TcpStream},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use common::{SOON, wire};
use kedge_protocol::messages::{MetadataRequest, metadata_request::MetadataRequestTopic};
use kedge_real_parts::{ClassPath, Host, HostNetwork, JavaTool, KedgeProcess, ManagedProcess, TestSite, eventually};

const FILES: [&str; 3] = [
    include_str!("../tutorials/tut1-master.properties"),
    include_str!("../tutorials/tut1-slave1.properties"),
    include_str!("../tutorials/tut1-slave2.properties"),
];
const NAMES: [&str; 3] = ["h1", "h2", "h3"];
const ADDRESSES: [Ipv4Addr; 3] =
    [Ipv4Addr::new(192, 168, 56, 129), Ipv4Addr::new(192, 168, 56, 130), Ipv4Addr::new(192, 168, 56, 131)];
/// Ports that the tutorial's files name.
const BROKER_PORTS: [u16; 3] = [9091, 9092, 9093];
const ZOOKEEPER_PORT: u16 = 2181;
/// Keys of the master's file that are translated or have no effect: each is named once.
const KEYS_WITH_A_LINE: [&str; 8] = [
    "kafka.csv.metrics.dir",
    "kafka.csv.metrics.reporter.enabled",
    "kafka.metrics.polling.interval.secs",
    "kafka.metrics.reporters",
    "log.cleanup.interval.mins",
    "num.io.threads",
    "num.network.threads",
    "port",
];
/// What Apache says while fewer brokers are up than the offsets topic has replicas.
const OFFSETS_TOPIC_REFUSED: &str =
    "Number of alive brokers '1' does not meet the required replication factor '3' for the offsets topic";
const PATIENCE: Duration = Duration::from_secs(2);
/// Metadata as clients of 2.0 ask for it.
const METADATA_VERSION: i16 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Product {
    Kedge,
    #[cfg_attr(not(feature = "long"), expect(dead_code, reason = "the control run is one of --long"))]
    Apache,
}

#[test]
fn three_hosts_on_zookeeper_3_4_12_with_kedge() {
    follow(Product::Kedge);
}

#[cfg(feature = "long")]
#[test]
fn three_hosts_on_zookeeper_3_4_12_with_apache_2_0_0() {
    follow(Product::Apache);
}

fn follow(product: Product) {
    let site = TestSite::new(&format!("tutorial_{product:?}")).unwrap();
    let mut tutorial = Tutorial::begin(&site, product);
    tutorial.start_broker(0);
    topic_by_the_old_tool(&tutorial);

    // One broker is up, and the offsets topic wants three.
    let mut consumer = tutorial.consumer();
    tutorial.produce("hello");
    tutorial.broker(0).wait_for_log_line(&[OFFSETS_TOPIC_REFUSED], SOON).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(printed(&consumer), [""; 0]);

    tutorial.start_broker(1);
    tutorial.start_broker(2);
    wait_for_lines(&consumer, &["hello"]);
    std::thread::sleep(Duration::from_secs(3));
    tutorial.produce("hello again");
    wait_for_lines(&consumer, &["hello", "hello again"]);
    consumer.kill_hard();

    assert!(tutorial.shell(&["ls", "/brokers/topics"]).contains("[__consumer_offsets, test]"));
    assert!(tutorial.shell(&["ls", "/brokers/ids"]).contains("[1, 2, 3]"));
    registered_names(&tutorial);
    if product == Product::Kedge {
        lines_about_keys(&mut tutorial);
    }
    flushes(&mut tutorial);
    for index in [2, 1, 0] {
        tutorial.broker(index).terminate_and_wait(SOON).unwrap();
    }
}

/// Three hosts with a ZooKeeper server each, and the brokers that were started.
struct Tutorial {
    site: TestSite,
    product: Product,
    brokers: Vec<Option<ManagedProcess>>,
    _zookeepers: Vec<ManagedProcess>,
    broker_ports: [u16; 3],
    zookeeper_addresses: Vec<String>,
    metrics_dir: PathBuf,
    // After the processes.
    network: HostNetwork,
}

impl Tutorial {
    fn begin(site: &TestSite, product: Product) -> Tutorial {
        let hosts: Vec<(&str, Ipv4Addr)> = NAMES.into_iter().zip(ADDRESSES).collect();
        let network = HostNetwork::create("tut1", &hosts).unwrap();
        let (mut broker_ports, mut zookeeper_ports) = (BROKER_PORTS, [ZOOKEEPER_PORT; 3]);
        if let Some(reason) = network.refused() {
            println!("skipped: hosts of their own, and the names that they register ({reason}); on ports of 127.0.0.1");
            broker_ports = broker_ports.map(|_| site.next_port());
            zookeeper_ports = zookeeper_ports.map(|_| site.next_port());
        }
        let zookeeper_addresses = zookeeper_ports.iter().enumerate();
        let zookeeper_addresses =
            zookeeper_addresses.map(|(index, port)| format!("{}:{port}", network.host(index).address()));
        let mut tutorial = Tutorial {
            site: site.clone(),
            product,
            brokers: vec![None, None, None],
            _zookeepers: Vec::new(),
            broker_ports,
            zookeeper_addresses: zookeeper_addresses.collect(),
            metrics_dir: site.directory().join("kafka_metrics"),
            network,
        };
        tutorial._zookeepers = tutorial.start_zookeepers();
        tutorial
    }

    fn start_zookeepers(&self) -> Vec<ManagedProcess> {
        let is_local = self.network.refused().is_some();
        let mut members = String::new();
        for index in 0..3 {
            let ports = if is_local { [self.site.next_port(), self.site.next_port()] } else { [2888, 3888] };
            members +=
                &format!("server.{}={}:{}:{}\n", index + 1, self.network.host(index).address(), ports[0], ports[1]);
        }
        let start = |index: usize| {
            let directory = self.site.unique_directory(&format!("zookeeper-{}", index + 1)).unwrap();
            let (_, port) = self.zookeeper_addresses[index].split_once(':').unwrap();
            let data = directory.join("data");
            std::fs::create_dir(&data).unwrap();
            std::fs::write(data.join("myid"), (index + 1).to_string()).unwrap();
            let file = directory.join("zoo.cfg");
            let head = "tickTime=2000\ninitLimit=10\nsyncLimit=5\n";
            std::fs::write(&file, format!("{head}dataDir={}\nclientPort={port}\n{members}", data.display())).unwrap();
            let server = JavaTool::new(&self.site, "org.apache.zookeeper.server.quorum.QuorumPeerMain");
            let server = server.of_version(ClassPath::ZooKeeper3_4_12).on(&self.network.host(index));
            server.args([file.display().to_string()]).spawn(&format!("zookeeper-{}", index + 1)).unwrap()
        };
        (0..3).map(start).collect()
    }

    /// The tutorial's file with this test's directories, and ports where there are no hosts.
    fn file_of(&self, index: usize) -> PathBuf {
        let directory = self.site.unique_directory(NAMES[index]).unwrap();
        let mut text = FILES[index].replace("/var/log/kafka", &directory.join("log").display().to_string());
        text = text.replace("/tmp/kafka_metrics", &self.metrics_dir.display().to_string());
        for (address, here) in ADDRESSES.iter().zip(&self.zookeeper_addresses) {
            text = text.replace(&format!("{address}:{ZOOKEEPER_PORT}"), here);
        }
        text = text.replace(&format!("port={}", BROKER_PORTS[index]), &format!("port={}", self.broker_ports[index]));
        if self.product == Product::Apache {
            // Copied from a web page, two lines of the master's file have no-break spaces. Kedge takes them for blanks; Apache
            // 2.0.0 refuses `broker.id` and does not know ` log.dirs`.
            text = text.replace('\u{a0}', " ");
        }
        if self.network.refused().is_some() && self.product == Product::Kedge {
            text.push_str("kedge.admin.listen=\n");
        }
        let file = directory.join("server.properties");
        std::fs::write(&file, text).unwrap();
        file
    }

    fn start_broker(&mut self, index: usize) {
        let file = self.file_of(index).display().to_string();
        let host = self.network.host(index);
        let name = format!("broker-{}", index + 1);
        let process = match self.product {
            Product::Kedge => {
                let mut command = Command::new(KedgeProcess::binary().unwrap());
                command.args(["server", &file]).current_dir(self.site.directory());
                ManagedProcess::spawn(&self.site, &name, host.command(command)).unwrap()
            }
            Product::Apache => {
                let broker = JavaTool::new(&self.site, "kafka.Kafka").of_version(ClassPath::Kafka2_0_0).on(&host);
                broker.args([file]).spawn(&name).unwrap()
            }
        };
        self.brokers[index] = Some(process);
        let address = (host.address(), self.broker_ports[index]);
        let connect = || TcpStream::connect(address).map(drop).map_err(|error| error.to_string());
        eventually(SOON, format!("{name} listening"), || {
            let process = self.brokers[index].as_mut().expect("started");
            assert!(process.is_running(), "{name} has ended");
            host.run(connect).unwrap()
        })
        .unwrap();
    }

    fn broker(&mut self, index: usize) -> &mut ManagedProcess {
        self.brokers[index].as_mut().expect("started")
    }

    fn master(&self) -> Host {
        self.network.host(0)
    }

    /// A main class of 2.0.0, on the master.
    fn tool(&self, main_class: &str) -> JavaTool {
        JavaTool::new(&self.site, main_class).of_version(ClassPath::Kafka2_0_0).on(&self.master())
    }

    fn topics(&self, args: &[&str]) -> String {
        let zookeeper = ["--zookeeper", &self.zookeeper_addresses[0]];
        let tool = self.tool("kafka.admin.TopicCommand").args(args.iter().copied()).args(zookeeper);
        tool.run().unwrap().success().unwrap()
    }

    fn bootstrap(&self) -> String {
        format!("{}:{}", self.master().address(), self.broker_ports[0])
    }

    fn consumer(&self) -> ManagedProcess {
        let args = ["--bootstrap-server", &self.bootstrap(), "--topic", "test", "--from-beginning"].map(str::to_owned);
        self.tool("kafka.tools.ConsoleConsumer").args(args).spawn("consumer").unwrap()
    }

    fn produce(&self, line: &str) {
        let args = ["--broker-list", &self.bootstrap(), "--topic", "test"].map(str::to_owned);
        let producer = self.tool("kafka.tools.ConsoleProducer").args(args).input(format!("{line}\n"));
        producer.run().unwrap().success().unwrap();
    }

    fn shell(&self, command: &[&str]) -> String {
        let shell = JavaTool::zookeeper_shell(&self.site, &self.zookeeper_addresses[0]).on(&self.master());
        shell.args(command.iter().copied()).run().unwrap().success().unwrap()
    }
}

/// What a console consumer has printed, without what its JVM logs.
fn printed(consumer: &ManagedProcess) -> Vec<String> {
    let lines = consumer.log_lines(&["hello"]).unwrap();
    lines.into_iter().filter(|line| line.starts_with("hello")).collect()
}

fn wait_for_lines(consumer: &ManagedProcess, wanted: &[&str]) {
    eventually(SOON, format!("{wanted:?}"), || {
        let lines = printed(consumer);
        if lines == wanted { Ok(()) } else { Err(format!("{lines:?}")) }
    })
    .unwrap();
}

/// The tool writes a znode, and the partition can be used two seconds later at the latest.
fn topic_by_the_old_tool(tutorial: &Tutorial) {
    let said = tutorial.topics(&["--create", "--replication-factor", "1", "--partitions", "1", "--topic", "test"]);
    assert!(said.contains("Created topic \"test\"."), "{said}");
    let created = Instant::now();
    let host = tutorial.master();
    let address = tutorial.bootstrap();
    let named = MetadataRequestTopic { name: Some("test".to_owned()), ..MetadataRequestTopic::default() };
    let request = MetadataRequest { topics: Some(vec![named].into()), ..MetadataRequest::default() };
    eventually(SOON, "a leader of test-0", || {
        let answer = host.run(|| wire::call(&address, METADATA_VERSION, &request, PATIENCE)).unwrap()?;
        let leader = answer.topics.first().and_then(|topic| topic.partitions.first()).map(|it| it.leader_id);
        if leader == Some(1) { Ok(()) } else { Err(format!("{answer:?}")) }
    })
    .unwrap();
    assert!(created.elapsed() <= Duration::from_secs(2), "usable after {:?}", created.elapsed());
    assert!(tutorial.topics(&["--list"]).lines().any(|line| line == "test"));
}

/// Without `listeners` a broker registers its host's name.
fn registered_names(tutorial: &Tutorial) {
    if tutorial.network.refused().is_some() {
        return;
    }
    for (index, name) in NAMES.iter().enumerate() {
        let registered = tutorial.shell(&["get", &format!("/brokers/ids/{}", index + 1)]);
        assert!(registered.contains(&format!("PLAINTEXT://{name}:{}", BROKER_PORTS[index])), "{registered}");
    }
}

/// One line for each key that is translated or has no effect, and no other; nothing is created for the metrics reporter.
fn lines_about_keys(tutorial: &mut Tutorial) {
    let keys = |process: &ManagedProcess| -> Vec<String> {
        let lines = process.log_lines(&["(kafka.server.KafkaConfig)"]).unwrap();
        let key = |line: &String| Some(line.split_once("] ")?.1.split_once(' ')?.1.split_once(':')?.0.to_owned());
        let mut keys: Vec<String> = lines.iter().filter_map(key).collect();
        keys.retain(|key| key != "kedge.admin.listen");
        keys.sort();
        keys
    };
    assert_eq!(keys(tutorial.broker(0)), KEYS_WITH_A_LINE);
    for slave in [1, 2] {
        assert_eq!(keys(tutorial.broker(slave)), ["port"]);
    }
    assert!(!tutorial.metrics_dir.exists());
}

/// `log.flush.interval.ms=1000` and `log.flush.interval.messages=10000`, as the master's file has them: strace counts.
fn flushes(tutorial: &mut Tutorial) {
    if Command::new("strace").arg("-V").output().is_err() {
        return println!("skipped: counting fsync (no strace here)");
    }
    tutorial.topics(&["--create", "--replica-assignment", "1", "--topic", "flushed"]);
    let pid = tutorial.broker(0).pid().to_string();
    let trace = tutorial.site.directory().join("fsync");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-p", &pid, "-o"]).arg(&trace);
    let mut strace = ManagedProcess::spawn(&tutorial.site, "strace", command).unwrap();
    let count = || {
        let text = std::fs::read_to_string(&trace).unwrap_or_default();
        text.lines().filter(|line| line.contains("flushed-0/") && line.contains(".log")).count()
    };
    let produce = |n_records: u32, throughput: i32| {
        let tool = JavaTool::new(&tutorial.site, "org.apache.kafka.tools.VerifiableProducer").on(&tutorial.master());
        let numbers =
            ["--max-messages", &n_records.to_string(), "--throughput", &throughput.to_string()].map(str::to_owned);
        let target = ["--bootstrap-server", &tutorial.bootstrap(), "--topic", "flushed"].map(str::to_owned);
        tool.args(target).args(numbers).run().unwrap().success().unwrap();
    };
    // Slow: by time. The first and the last second are only partly under load. Apache obeys `log.flush.interval.ms` only where
    // `log.flush.scheduler.interval.ms` is set too, and the tutorial's file does not: the control run has no such flush.
    produce(60, 10);
    if tutorial.product == Product::Kedge {
        let flushed = || if count() >= 4 { Ok(()) } else { Err(format!("{} flushes", count())) };
        eventually(SOON, "a flush for each second", flushed).unwrap();
    }
    // Fast: by count, beside those by time. What is over 10,000 with the batch that crosses it is not counted again.
    let slow = count();
    produce(60_000, -1);
    let flushed = || if count() >= slow + 5 { Ok(()) } else { Err(format!("{} after {slow}", count())) };
    eventually(SOON, "a flush for each 10,000 records", flushed).unwrap();
    strace.kill_hard();
}
