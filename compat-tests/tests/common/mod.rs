//! Kedge nodes as the tests start them, and the oracle's load.
#![allow(dead_code, unreachable_pub, reason = "each test binary has this module and uses its own part of it")]

pub mod cluster;
pub mod conductor;
pub mod load;
pub mod many_topics;
pub mod migration;
pub mod node_calls;
pub mod pair;
pub mod recorder;
pub mod small_walk;
pub mod topics;
pub mod walk;
pub mod wire;

use std::time::Duration;

use kedge_real_parts::{KafkaConfig, KedgeProcess, ManagedProcess, Properties, TEST_CLUSTER_ID, TestSite};

/// How long anything in these tests may take to come true.
pub const SOON: Duration = Duration::from_secs(60);

/// A Kedge node: the same properties that an Apache node would get.
pub struct Kedge {
    site: TestSite,
    pub config: KafkaConfig,
    pub process: ManagedProcess,
}

impl Kedge {
    /// Starts a node, without waiting. With `process.roles` its directories are formatted first.
    pub fn spawn(site: &TestSite, config: KafkaConfig) -> Kedge {
        Kedge::spawn_in(site, config, TEST_CLUSTER_ID)
    }

    /// As [`Self::spawn`], in the cluster of that id. A node in ZooKeeper mode learns the id from ZooKeeper.
    pub fn spawn_in(site: &TestSite, config: KafkaConfig, cluster_id: &str) -> Kedge {
        let file = config.write().unwrap().display().to_string();
        if config.properties().get("process.roles").is_some() {
            let format = ["storage", "format", "-t", cluster_id, "-c", &file];
            KedgeProcess::run(site, format, SOON).unwrap().success().unwrap();
        }
        let process = Kedge::process(site, &config);
        Kedge { site: site.clone(), config, process }
    }

    /// As [`Self::spawn`], and waits until it is ready.
    pub fn start(site: &TestSite, config: KafkaConfig) -> Kedge {
        let mut node = Kedge::spawn(site, config);
        node.wait_until_started();
        node
    }

    fn process(site: &TestSite, config: &KafkaConfig) -> ManagedProcess {
        let file = config.write().unwrap().display().to_string();
        KedgeProcess::start(site, &format!("kedge-{}", config.name()), ["server", &file], site.directory()).unwrap()
    }

    /// The line that wrapper scripts wait for.
    pub fn wait_until_started(&mut self) {
        // A node that is only a controller prints Apache's line for that.
        let controller_only = self.config.properties().get("process.roles") == Some("controller");
        let words = if controller_only { "started" } else { "Kafka Server started" };
        self.process.wait_for_log_line(&[words], SOON).unwrap();
    }

    /// Address for clients.
    pub fn bootstrap(&self) -> String {
        self.config.bootstrap()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill_hard();
    }

    /// A new process on the same directories.
    pub fn restart(&mut self) {
        self.process = Kedge::process(&self.site, &self.config);
        self.wait_until_started();
    }

    /// Process id and start time: both stay the same unless it was restarted.
    pub fn identity(&self) -> (u32, u64) {
        (self.process.pid(), self.process.start_ticks().unwrap())
    }

    /// SIGTERM, and a clean end.
    pub fn stop(&mut self) {
        let status = self.process.terminate_and_wait(SOON).unwrap();
        assert!(status.success(), "{} ended with {status}", self.config.name());
    }
}

/// Three nodes, each broker and controller, replication factor 3 for internal topics.
pub fn combined_configs(site: &TestSite, extra: &Properties) -> Vec<KafkaConfig> {
    let node_ids = [1, 2, 3];
    let addresses: Vec<String> = node_ids.iter().map(|_| format!("127.0.0.1:{}", site.next_port())).collect();
    let voters: Vec<String> =
        node_ids.iter().zip(&addresses).map(|(node_id, address)| format!("{node_id}@{address}")).collect();
    let configs = node_ids.iter().zip(&addresses).map(|(node_id, controller)| {
        let broker_port = site.next_port();
        let mut config = KafkaConfig::kraft_combined(site, *node_id)
            .unwrap()
            .with("controller.quorum.voters", voters.join(","))
            .with("listeners", format!("PLAINTEXT://127.0.0.1:{broker_port},CONTROLLER://{controller}"))
            .with("offsets.topic.replication.factor", 3)
            .with("offsets.topic.num.partitions", 3)
            .without("controlled.shutdown.enable");
        for (key, value) in extra.iter() {
            config = config.with(key, value);
        }
        config
    });
    configs.collect()
}

/// Bootstrap addresses of several nodes.
pub fn bootstrap_of(nodes: &[Kedge]) -> String {
    nodes.iter().map(Kedge::bootstrap).collect::<Vec<_>>().join(",")
}
