//! Java programs: the virtual machine's command line, and Kafka's command line tools by their main class.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::{ClassPath, Host, ManagedProcess, Parts, PartsError, TestSite, ToolOutput, tool};

// C1 alone and the serial collector: about a third less CPU time over a short life.
const FAST_START_FLAGS: [&str; 2] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
const TOOL_LOG4J: &str = include_str!("../log4j/tool.properties");
const TOOL_HEAP: &str = "-Xmx256m";
const TOOL_DEADLINE: Duration = Duration::from_secs(60);

/// `java FLAGS -cp …` with the flags that make short-lived machines cheap; the caller adds the main class.
pub(crate) fn java_command(class_path: ClassPath, flags: &[String]) -> Result<Command, PartsError> {
    let class_path = Parts::locate()?.class_path(class_path)?;
    command_with(&class_path, flags)
}

/// As [`java_command`] with a class path of the caller's.
pub(crate) fn command_with(class_path: &str, flags: &[String]) -> Result<Command, PartsError> {
    let mut command = Command::new(Parts::locate()?.java());
    command.args(FAST_START_FLAGS).args(flags).arg("-cp").arg(class_path);
    Ok(command)
}

/// The flag that points log4j 1 (or reload4j) at a properties file.
pub(crate) fn log4j_flag(file: &Path) -> String {
    format!("-Dlog4j.configuration=file:{}", file.display())
}

/// Writes the logging configuration of tools and clients, and returns its path.
pub(crate) fn write_tool_log4j(site: &TestSite) -> Result<PathBuf, PartsError> {
    let log4j = site.directory().join("log4j-tool.properties");
    std::fs::write(&log4j, TOOL_LOG4J).map_err(PartsError::io(log4j.display().to_string()))?;
    Ok(log4j)
}

/// One call of a main class of Apache Kafka 3.9.2, or of another version ([`Self::of_version`]). It runs with 256 MiB of heap, logs warnings to standard error, and is
/// given 60 s unless [`Self::deadline`] says otherwise.
#[derive(Clone, Debug)]
pub struct JavaTool {
    site: TestSite,
    host: Option<Host>,
    class_path: ClassPath,
    main_class: String,
    args: Vec<String>,
    input: String,
    deadline: Duration,
}

impl JavaTool {
    /// Any main class of the Kafka class path.
    pub fn new(site: &TestSite, main_class: &str) -> JavaTool {
        JavaTool {
            site: site.clone(),
            host: None,
            class_path: ClassPath::Kafka3_9_2,
            main_class: main_class.to_owned(),
            args: Vec::new(),
            input: String::new(),
            deadline: TOOL_DEADLINE,
        }
    }

    fn with_bootstrap(site: &TestSite, main_class: &str, bootstrap: &str) -> JavaTool {
        JavaTool::new(site, main_class).args(["--bootstrap-server", bootstrap])
    }

    /// `kafka-topics`.
    pub fn topics(site: &TestSite, bootstrap: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "org.apache.kafka.tools.TopicCommand", bootstrap)
    }

    /// `kafka-configs`.
    pub fn configs(site: &TestSite, bootstrap: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "kafka.admin.ConfigCommand", bootstrap)
    }

    /// `kafka-consumer-groups`.
    pub fn consumer_groups(site: &TestSite, bootstrap: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", bootstrap)
    }

    /// `kafka-get-offsets`.
    pub fn get_offsets(site: &TestSite, bootstrap: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "org.apache.kafka.tools.GetOffsetShell", bootstrap)
    }

    /// `kafka-leader-election`.
    pub fn leader_election(site: &TestSite, bootstrap: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "org.apache.kafka.tools.LeaderElectionCommand", bootstrap)
    }

    /// `kafka-broker-api-versions`.
    pub fn broker_api_versions(site: &TestSite, bootstrap: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "kafka.admin.BrokerApiVersionsCommand", bootstrap)
    }

    /// `kafka-metadata-quorum`; add `describe --status` or `describe --replication`.
    pub fn metadata_quorum(site: &TestSite, bootstrap: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "org.apache.kafka.tools.MetadataQuorumCommand", bootstrap)
    }

    /// `kafka-console-producer`; its records are the lines of [`Self::input`].
    pub fn console_producer(site: &TestSite, bootstrap: &str, topic: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "kafka.tools.ConsoleProducer", bootstrap).args(["--topic", topic])
    }

    /// `kafka-console-consumer` from the earliest offset; add `--max-messages` so that it ends.
    pub fn console_consumer(site: &TestSite, bootstrap: &str, topic: &str) -> JavaTool {
        JavaTool::with_bootstrap(site, "org.apache.kafka.tools.consumer.ConsoleConsumer", bootstrap).args([
            "--topic",
            topic,
            "--from-beginning",
        ])
    }

    /// `kafka-dump-log`; add `--files` and, for the metadata log, `--cluster-metadata-decoder`.
    pub fn dump_log(site: &TestSite) -> JavaTool {
        JavaTool::new(site, "kafka.tools.DumpLogSegments")
    }

    /// `kafka-storage`.
    pub fn storage(site: &TestSite) -> JavaTool {
        JavaTool::new(site, "kafka.tools.StorageTool")
    }

    /// ZooKeeper's shell, the one of Kafka's class path: it works against every server version.
    pub fn zookeeper_shell(site: &TestSite, connect_string: &str) -> JavaTool {
        JavaTool::new(site, "org.apache.zookeeper.ZooKeeperMain").args(["-server", connect_string])
    }

    /// Takes the main class from the class path of another version.
    #[must_use]
    pub fn of_version(mut self, class_path: ClassPath) -> JavaTool {
        self.class_path = class_path;
        self
    }

    /// Runs it on that host.
    #[must_use]
    pub fn on(mut self, host: &Host) -> JavaTool {
        self.host = Some(host.clone());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: Into<String>>(mut self, args: I) -> JavaTool {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets its standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<String>) -> JavaTool {
        self.input = input.into();
        self
    }

    /// Sets how long [`Self::run`] waits for the end.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> JavaTool {
        self.deadline = deadline;
        self
    }

    /// Runs it to its end, whatever its exit code: [`ToolOutput::success`] checks that.
    ///
    /// # Errors
    /// [`PartsError`] if it cannot be started or does not end in time.
    pub fn run(self) -> Result<ToolOutput, PartsError> {
        let name = self.main_class.rsplit('.').next().unwrap_or(&self.main_class);
        tool::run_to_end(&self.site, name, self.command()?, &self.input, self.deadline)
    }

    /// Starts it as a process of its own, for tools that run until they are stopped. It gets no standard input.
    ///
    /// # Errors
    /// [`PartsError`] if it cannot be started.
    pub fn spawn(self, name: &str) -> Result<ManagedProcess, PartsError> {
        ManagedProcess::spawn(&self.site, name, self.command()?)
    }

    fn command(&self) -> Result<Command, PartsError> {
        let log4j = write_tool_log4j(&self.site)?;
        let mut command = java_command(self.class_path, &[TOOL_HEAP.to_owned(), log4j_flag(&log4j)])?;
        command.arg(&self.main_class).args(&self.args);
        Ok(match &self.host {
            Some(host) => host.command(command),
            None => command,
        })
    }
}
