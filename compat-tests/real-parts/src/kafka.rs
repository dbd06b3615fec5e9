//! Apache Kafka brokers and controllers: their configuration, their storage, their life.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::java::{java_command, log4j_flag};
use crate::{ClassPath, JavaTool, ManagedProcess, PartsError, Properties, TestSite};

/// How long a node may take to print its started line. The first start after an installation is slow.
pub const STARTED_LINE_DEADLINE: Duration = Duration::from_secs(60);
/// A cluster id for formatting KRaft storage.
pub const TEST_CLUSTER_ID: &str = "MkU3OEVBNTcwNTJENDM2Qg";

const STOP_DEADLINE: Duration = Duration::from_secs(60);
const HEAP_MEBIBYTES: u32 = 256;
const SERVER_LOG4J: &str = include_str!("../log4j/server.properties");
const CONTROLLER_LISTENER: &str = "CONTROLLER";

/// The configuration of one Apache Kafka node, 3.9.2 unless [`Self::with_version`] says otherwise. Everything is a plain property and can be replaced, so the same
/// file also configures a Kedge node: [`Self::properties`].
///
/// Small defaults: one partition and one replica for the internal topics, no initial rebalance delay, and
/// `controlled.shutdown.enable=false`, since the last ZooKeeper-mode broker of a cluster else takes 10 s to stop.
#[derive(Clone, Debug)]
pub struct KafkaConfig {
    site: TestSite,
    name: String,
    directory: PathBuf,
    properties: Properties,
    heap_mebibytes: u32,
    loggers: Properties,
    version: ClassPath,
}

impl KafkaConfig {
    /// A broker in ZooKeeper mode. The broker makes the chroot of `zookeeper_connect` itself.
    ///
    /// # Errors
    /// [`PartsError::Io`] if its directory cannot be made. The same goes for the other constructors.
    pub fn zookeeper_broker(
        site: &TestSite,
        broker_id: i32,
        zookeeper_connect: &str,
    ) -> Result<KafkaConfig, PartsError> {
        let config = KafkaConfig::new(site, &format!("kafka-{broker_id}"))?;
        let listener = format!("PLAINTEXT://127.0.0.1:{}", site.next_port());
        Ok(config
            .with("broker.id", broker_id)
            .with("listeners", listener)
            .with("zookeeper.connect", zookeeper_connect)
            .with("zookeeper.connection.timeout.ms", 15_000)
            .with_small_internal_topics())
    }

    /// A KRaft node that is broker and controller, the only voter.
    ///
    /// # Errors
    /// As [`Self::zookeeper_broker`].
    pub fn kraft_combined(site: &TestSite, node_id: i32) -> Result<KafkaConfig, PartsError> {
        let config = KafkaConfig::new(site, &format!("kafka-{node_id}"))?;
        let (broker_port, controller_port) = (site.next_port(), site.next_port());
        Ok(config
            .with("process.roles", "broker,controller")
            .with("node.id", node_id)
            .with("controller.quorum.voters", format!("{node_id}@127.0.0.1:{controller_port}"))
            .with(
                "listeners",
                format!("PLAINTEXT://127.0.0.1:{broker_port},{CONTROLLER_LISTENER}://127.0.0.1:{controller_port}"),
            )
            .with("inter.broker.listener.name", "PLAINTEXT")
            .with("controller.listener.names", CONTROLLER_LISTENER)
            .with_small_internal_topics())
    }

    /// A quorum: one KRaft controller for each of `node_ids`, each knowing all voters.
    ///
    /// # Errors
    /// As [`Self::zookeeper_broker`].
    pub fn kraft_controllers(site: &TestSite, node_ids: &[i32]) -> Result<Vec<KafkaConfig>, PartsError> {
        let addresses: Vec<(i32, String)> =
            node_ids.iter().map(|node_id| (*node_id, format!("127.0.0.1:{}", site.next_port()))).collect();
        let voters: Vec<String> = addresses.iter().map(|(node_id, address)| format!("{node_id}@{address}")).collect();
        let voters = voters.join(",");
        let controllers = addresses.iter().map(|(node_id, address)| {
            Ok(KafkaConfig::new(site, &format!("controller-{node_id}"))?
                .with("process.roles", "controller")
                .with("node.id", node_id)
                .with("controller.quorum.voters", &voters)
                .with("listeners", format!("{CONTROLLER_LISTENER}://{address}"))
                .with("controller.listener.names", CONTROLLER_LISTENER))
        });
        controllers.collect()
    }

    /// A KRaft broker that follows `voters` (`id@host:port,…`, as [`Self::voters`] gives it).
    ///
    /// # Errors
    /// As [`Self::zookeeper_broker`].
    pub fn kraft_broker(site: &TestSite, node_id: i32, voters: &str) -> Result<KafkaConfig, PartsError> {
        let config = KafkaConfig::new(site, &format!("kafka-{node_id}"))?;
        let listener = format!("PLAINTEXT://127.0.0.1:{}", site.next_port());
        Ok(config
            .with("process.roles", "broker")
            .with("node.id", node_id)
            .with("listeners", listener)
            .with("controller.quorum.voters", voters)
            .with("controller.listener.names", CONTROLLER_LISTENER)
            .with("listener.security.protocol.map", format!("PLAINTEXT:PLAINTEXT,{CONTROLLER_LISTENER}:PLAINTEXT"))
            .with_small_internal_topics())
    }

    fn new(site: &TestSite, name: &str) -> Result<KafkaConfig, PartsError> {
        let directory = site.unique_directory(name)?;
        let name = directory.file_name().expect("the directory has a name").to_string_lossy().into_owned();
        let properties = Properties::new().with("log.dirs", directory.join("data").display());
        Ok(KafkaConfig {
            site: site.clone(),
            name,
            directory,
            properties,
            heap_mebibytes: HEAP_MEBIBYTES,
            loggers: Properties::new(),
            version: ClassPath::Kafka3_9_2,
        })
    }

    fn with_small_internal_topics(self) -> KafkaConfig {
        self.with("offsets.topic.replication.factor", 1)
            .with("offsets.topic.num.partitions", 1)
            .with("transaction.state.log.replication.factor", 1)
            .with("transaction.state.log.min.isr", 1)
            .with("transaction.state.log.num.partitions", 1)
            .with("group.initial.rebalance.delay.ms", 0)
            .with("log.cleaner.dedupe.buffer.size", 2_000_000)
            .with("controlled.shutdown.enable", false)
    }

    /// Sets one property.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> KafkaConfig {
        self.properties.set(key, value);
        self
    }

    /// Removes one property.
    #[must_use]
    pub fn without(mut self, key: &str) -> KafkaConfig {
        self.properties = self.properties.without(key);
        self
    }

    /// Takes over the data, the listeners and the log of `other`: the same node with another configuration, as in a
    /// migration step.
    #[must_use]
    pub fn in_place_of(mut self, other: &KafkaConfig) -> KafkaConfig {
        for key in ["log.dirs", "listeners"] {
            if let Some(value) = other.properties.get(key) {
                self.properties.set(key, value);
            }
        }
        self.name.clone_from(&other.name);
        self.directory.clone_from(&other.directory);
        self
    }

    /// Sets one logger's level, such as `kafka.request.logger` to `DEBUG` (one JSON object per request).
    #[must_use]
    pub fn with_logger(mut self, logger: &str, level: &str) -> KafkaConfig {
        self.loggers.set(&format!("log4j.logger.{logger}"), level);
        self
    }

    /// Sets the heap; 256 MiB by default.
    #[must_use]
    pub fn with_heap_mebibytes(mut self, heap_mebibytes: u32) -> KafkaConfig {
        self.heap_mebibytes = heap_mebibytes;
        self
    }

    /// Runs another version of Apache Kafka.
    #[must_use]
    pub fn with_version(mut self, version: ClassPath) -> KafkaConfig {
        self.version = version;
        self
    }

    /// The lines of its `server.properties`.
    pub fn properties(&self) -> &Properties {
        &self.properties
    }

    /// The node's name, which is that of its log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `controller.quorum.voters`, or nothing in ZooKeeper mode.
    pub fn voters(&self) -> &str {
        self.properties.get("controller.quorum.voters").unwrap_or_default()
    }

    /// `host:port` of its first listener for clients.
    ///
    /// # Panics
    /// If it has none: a node that is only a controller has no clients.
    pub fn bootstrap(&self) -> String {
        let listeners = self.properties.get("listeners").unwrap_or_default();
        let addresses = listeners.split(',').filter_map(|listener| listener.split_once("://"));
        let clients = addresses.filter(|(name, _)| *name != CONTROLLER_LISTENER);
        let address = clients.map(|(_, address)| address.to_owned()).next();
        address.unwrap_or_else(|| panic!("{} has no listener for clients in {listeners:?}", self.name))
    }

    /// The first of its log directories.
    pub fn log_dir(&self) -> &Path {
        Path::new(self.properties.get("log.dirs").unwrap_or_default().split(',').next().unwrap_or_default())
    }

    /// Writes `server.properties` into the node's directory and returns its path.
    ///
    /// # Errors
    /// [`PartsError::Io`].
    pub fn write(&self) -> Result<PathBuf, PartsError> {
        let path = self.directory.join("server.properties");
        self.properties.write(&path)?;
        Ok(path)
    }

    /// Formats KRaft storage with Apache's own tool. Returns itself, so that `.format_storage(ID)?.start()?` reads well.
    ///
    /// # Errors
    /// [`PartsError`] if the tool fails: the storage is formatted already, or the properties are wrong.
    pub fn format_storage(self, cluster_id: &str) -> Result<KafkaConfig, PartsError> {
        let file = self.write()?.display().to_string();
        JavaTool::storage(&self.site).args(["format", "-t", cluster_id, "-c", &file]).run()?.success()?;
        Ok(self)
    }

    /// Starts the node and waits for its started line.
    ///
    /// # Errors
    /// [`PartsError`] if it cannot be started, ends, or is not ready within [`STARTED_LINE_DEADLINE`].
    pub fn start(self) -> Result<KafkaNode, PartsError> {
        let mut node = self.start_without_waiting()?;
        node.wait_until_started()?;
        Ok(node)
    }

    /// Starts the node only. Controllers of a quorum must be started this way: none is ready before most run.
    ///
    /// # Errors
    /// [`PartsError`] if it cannot be started.
    pub fn start_without_waiting(self) -> Result<KafkaNode, PartsError> {
        let process = self.spawn()?;
        Ok(KafkaNode { config: self, process })
    }

    fn spawn(&self) -> Result<ManagedProcess, PartsError> {
        let log4j = self.directory.join("log4j.properties");
        std::fs::write(&log4j, format!("{SERVER_LOG4J}{}", self.loggers))
            .map_err(PartsError::io(log4j.display().to_string()))?;
        let heap = self.heap_mebibytes;
        let flags = [format!("-Xms{heap}m"), format!("-Xmx{heap}m"), log4j_flag(&log4j)];
        let mut command = java_command(self.version, &flags)?;
        command.arg("kafka.Kafka").arg(self.write()?).current_dir(&self.directory);
        ManagedProcess::spawn(&self.site, &self.name, command)
    }

    /// What a ready node prints; the words differ between the modes.
    fn started_words(&self) -> String {
        match self.properties.get("process.roles") {
            Some(_) => "Kafka Server started".to_owned(),
            None => format!("[KafkaServer id={}] started", self.properties.get("broker.id").unwrap_or_default()),
        }
    }
}

/// A started Apache Kafka node: broker, controller or both. Dropping it kills it.
#[derive(Debug)]
pub struct KafkaNode {
    config: KafkaConfig,
    process: ManagedProcess,
}

impl KafkaNode {
    /// Its configuration.
    pub fn config(&self) -> &KafkaConfig {
        &self.config
    }

    /// `host:port` for clients.
    ///
    /// # Panics
    /// On a node that is only a controller.
    pub fn bootstrap(&self) -> String {
        self.config.bootstrap()
    }

    /// Its process: log lines, pid, pause and resume.
    pub fn process(&mut self) -> &mut ManagedProcess {
        &mut self.process
    }

    /// Waits for the started line of the present process.
    ///
    /// # Errors
    /// [`PartsError`] after [`STARTED_LINE_DEADLINE`], or when the process has ended.
    pub fn wait_until_started(&mut self) -> Result<(), PartsError> {
        let words = self.config.started_words();
        self.process.wait_for_log_line(&[&words], STARTED_LINE_DEADLINE).map(|_| ())
    }

    /// Stops it in order (SIGTERM).
    ///
    /// # Errors
    /// [`PartsError::Deadline`] if it does not end within 60 s.
    pub fn stop(&mut self) -> Result<(), PartsError> {
        self.process.terminate_and_wait(STOP_DEADLINE).map(|_| ())
    }

    /// Kills it (SIGKILL). A ZooKeeper-mode broker cannot start again before its session has expired: Apache Kafka finds
    /// its own znode under `/brokers/ids` and exits. Wait with [`crate::ZooKeeperEnsemble::wait_until_gone`], and shorten
    /// `zookeeper.session.timeout.ms` (18 s by default, 4 s at least) where nothing depends on it.
    pub fn kill(&mut self) {
        self.process.kill_hard();
    }

    /// Starts it again, on its data, and waits for the started line. A node that still runs is stopped first.
    ///
    /// # Errors
    /// As [`KafkaConfig::start`] and [`Self::stop`].
    pub fn restart(&mut self) -> Result<(), PartsError> {
        self.stop()?;
        self.process = self.config.spawn()?;
        self.wait_until_started()
    }

    /// As [`Self::restart`], with a new configuration; see [`KafkaConfig::in_place_of`].
    ///
    /// # Errors
    /// The same.
    pub fn restart_with(&mut self, config: KafkaConfig) -> Result<(), PartsError> {
        self.stop()?;
        self.config = config;
        self.restart()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_its_clients_address_and_its_started_line() {
        let site = TestSite::new("configs").unwrap();
        let zookeeper = KafkaConfig::zookeeper_broker(&site, 1, "127.0.0.1:2181/c").unwrap();
        assert_eq!(format!("PLAINTEXT://{}", zookeeper.bootstrap()), zookeeper.properties().get("listeners").unwrap());
        assert_eq!(zookeeper.started_words(), "[KafkaServer id=1] started");

        let combined = KafkaConfig::kraft_combined(&site, 1).unwrap();
        assert_eq!(combined.name(), "kafka-1-2");
        assert_eq!(combined.started_words(), "Kafka Server started");
        assert!(!combined.voters().contains(&combined.bootstrap()));
    }

    #[test]
    fn the_controllers_of_a_quorum_share_one_list_of_voters() {
        let site = TestSite::new("quorum").unwrap();
        let controllers = KafkaConfig::kraft_controllers(&site, &[3000, 3001, 3002]).unwrap();
        for (controller, node_id) in controllers.iter().zip([3000, 3001, 3002]) {
            let address = controller.properties().get("listeners").unwrap().strip_prefix("CONTROLLER://").unwrap();
            let voter = format!("{node_id}@{address}");
            assert_eq!(controller.voters().split(',').filter(|known| **known == voter).count(), 1);
            assert_eq!(controller.voters(), controllers[0].voters());
        }
    }

    #[test]
    fn a_node_in_place_of_another_has_its_data_and_its_address() {
        let site = TestSite::new("place").unwrap();
        let before = KafkaConfig::zookeeper_broker(&site, 0, "127.0.0.1:2181/c").unwrap();
        let after = KafkaConfig::kraft_broker(&site, 0, "3000@127.0.0.1:1").unwrap().in_place_of(&before);
        assert_eq!(
            (after.log_dir(), after.bootstrap(), after.name()),
            (before.log_dir(), before.bootstrap(), "kafka-0")
        );
        assert_eq!(after.properties().get("zookeeper.connect"), None);
    }
}
