//! A ZooKeeper ensemble of real servers on loopback.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use crate::java::{java_command, log4j_flag};
use crate::{ClassPath, JavaTool, ManagedProcess, PartsError, Properties, TestSite, ToolOutput, eventually};

const READY_DEADLINE: Duration = Duration::from_secs(60);
const STOP_DEADLINE: Duration = Duration::from_secs(30);
// A server that is just starting may accept a connection and never answer it, so a probe is short and is repeated.
const PROBE_TIMEOUT: Duration = Duration::from_millis(300);
const HEAP_MEBIBYTES: u32 = 64;
const SERVER_LOG4J: &str = include_str!("../log4j/server.properties");
const SERVER_LOGBACK: &str = include_str!("../log4j/logback.xml");

/// Which server the ensemble runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZooKeeperVersion {
    /// The tutorials' server, the oldest that Kedge is tried on.
    V3_4_12,
    /// The last of 3.4.
    V3_4_14,
    /// The first line whose multis take creates from Kedge's client (`--long`).
    V3_5_10,
    /// With Kafka 3.0 to 3.5 (`--long`).
    V3_6_4,
    /// Beside them (`--long`).
    V3_7_2,
    /// With Kafka 3.6 to 3.9 (`--long`).
    V3_8_6,
    /// The newest that is completely published.
    V3_9_5,
}

impl ZooKeeperVersion {
    /// Every version, oldest first.
    pub const ALL: [ZooKeeperVersion; 7] = [
        ZooKeeperVersion::V3_4_12,
        ZooKeeperVersion::V3_4_14,
        ZooKeeperVersion::V3_5_10,
        ZooKeeperVersion::V3_6_4,
        ZooKeeperVersion::V3_7_2,
        ZooKeeperVersion::V3_8_6,
        ZooKeeperVersion::V3_9_5,
    ];

    fn class_path(self) -> ClassPath {
        match self {
            ZooKeeperVersion::V3_4_12 => ClassPath::ZooKeeper3_4_12,
            ZooKeeperVersion::V3_4_14 => ClassPath::ZooKeeper3_4_14,
            ZooKeeperVersion::V3_5_10 => ClassPath::ZooKeeper3_5_10,
            ZooKeeperVersion::V3_6_4 => ClassPath::ZooKeeper3_6_4,
            ZooKeeperVersion::V3_7_2 => ClassPath::ZooKeeper3_7_2,
            ZooKeeperVersion::V3_8_6 => ClassPath::ZooKeeper3_8_6,
            ZooKeeperVersion::V3_9_5 => ClassPath::ZooKeeper3_9_5,
        }
    }
}

/// What `srvr` says after `Mode:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZooKeeperMode {
    /// The server that orders the writes.
    Leader,
    /// A server that follows the leader.
    Follower,
    /// The only server.
    Standalone,
}

/// One, three or more servers. Servers are named by index, from 0.
#[derive(Debug)]
pub struct ZooKeeperEnsemble {
    site: TestSite,
    servers: Vec<Server>,
}

#[derive(Debug)]
struct Server {
    name: String,
    directory: PathBuf,
    client_port: u16,
    version: ZooKeeperVersion,
    process: Option<ManagedProcess>,
}

impl ZooKeeperEnsemble {
    /// Starts `n_servers` servers and waits until each says `Mode:`.
    ///
    /// # Errors
    /// [`PartsError`] if one cannot be started or does not serve within 60 s.
    pub fn start(
        site: &TestSite,
        n_servers: usize,
        version: ZooKeeperVersion,
    ) -> Result<ZooKeeperEnsemble, PartsError> {
        ZooKeeperEnsemble::start_with(site, n_servers, version, &Properties::new())
    }

    /// As [`Self::start`], with more lines for every server's `zoo.cfg`. `tickTime` is 2000 ms, so sessions last 4 s at
    /// least and 40 s at most.
    ///
    /// # Errors
    /// The same.
    pub fn start_with(
        site: &TestSite,
        n_servers: usize,
        version: ZooKeeperVersion,
        extra: &Properties,
    ) -> Result<ZooKeeperEnsemble, PartsError> {
        let servers = configure(site, n_servers, version, extra)?;
        let mut ensemble = ZooKeeperEnsemble { site: site.clone(), servers };
        for server in &mut ensemble.servers {
            server.start(site)?;
        }
        ensemble.wait_until_serving(READY_DEADLINE)?;
        Ok(ensemble)
    }

    /// How many servers were configured, running or not.
    pub fn n_servers(&self) -> usize {
        self.servers.len()
    }

    /// `host:port,host:port…` followed by `chroot`, which is empty or begins with a slash.
    pub fn connect_string(&self, chroot: &str) -> String {
        let hosts = self.servers.iter().map(|server| format!("127.0.0.1:{}", server.client_port));
        hosts.collect::<Vec<_>>().join(",") + chroot
    }

    /// `host:port` of one server.
    pub fn server_address(&self, server_index: usize) -> String {
        format!("127.0.0.1:{}", self.servers[server_index].client_port)
    }

    /// Waits until every server that runs says `Mode:`.
    ///
    /// # Errors
    /// [`PartsError::Deadline`], or [`PartsError::Ended`] if a server has died.
    pub fn wait_until_serving(&mut self, deadline: Duration) -> Result<(), PartsError> {
        for server in self.servers.iter_mut().filter(|server| server.process.is_some()) {
            server.wait_until_serving(deadline)?;
        }
        Ok(())
    }

    /// What one server says of itself, or `None` if it does not serve now.
    pub fn mode(&self, server_index: usize) -> Option<ZooKeeperMode> {
        self.servers[server_index].mode()
    }

    /// The index of the server that leads (or stands alone), or `None` while there is no quorum.
    pub fn leader_index(&self) -> Option<usize> {
        (0..self.servers.len())
            .find(|index| matches!(self.mode(*index), Some(ZooKeeperMode::Leader | ZooKeeperMode::Standalone)))
    }

    /// Sends a four-letter word (`ruok`, `srvr`, `mntr`, `cons`, …) to one server and returns its answer.
    ///
    /// # Errors
    /// The socket's error; a silent server is an error after 0.3 s.
    pub fn four_letter_word(&self, server_index: usize, word: &str) -> io::Result<String> {
        self.servers[server_index].four_letter_word(word)
    }

    /// Kills one server with SIGKILL.
    pub fn kill_server(&mut self, server_index: usize) {
        if let Some(mut process) = self.servers[server_index].process.take() {
            process.kill_hard();
        }
    }

    /// Stops one server with SIGTERM.
    ///
    /// # Errors
    /// [`PartsError::Deadline`] if it does not end within 30 s.
    pub fn stop_server(&mut self, server_index: usize) -> Result<(), PartsError> {
        match self.servers[server_index].process.take() {
            Some(mut process) => process.terminate_and_wait(STOP_DEADLINE).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Stops all servers with SIGTERM.
    ///
    /// # Errors
    /// [`PartsError::Deadline`] if one does not end within 30 s.
    pub fn stop_all(&mut self) -> Result<(), PartsError> {
        (0..self.servers.len()).try_for_each(|index| self.stop_server(index))
    }

    /// Starts one server again, on its data, and waits until it serves. A server that runs is killed first.
    ///
    /// # Errors
    /// As [`Self::start`]. Without a quorum of other servers it does not serve: use [`Self::restart_all`].
    pub fn restart_server(&mut self, server_index: usize) -> Result<(), PartsError> {
        self.kill_server(server_index);
        let server = &mut self.servers[server_index];
        server.start(&self.site)?;
        server.wait_until_serving(READY_DEADLINE)
    }

    /// Starts every server that is down, together, and waits until all serve.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn restart_all(&mut self) -> Result<(), PartsError> {
        for server in self.servers.iter_mut().filter(|server| server.process.is_none()) {
            server.start(&self.site)?;
        }
        self.wait_until_serving(READY_DEADLINE)
    }

    /// The process of one server, to pause it or to look at its log; `None` if it was killed or stopped.
    pub fn server_process(&mut self, server_index: usize) -> Option<&mut ManagedProcess> {
        self.servers[server_index].process.as_mut()
    }

    /// Runs one command of ZooKeeper's own shell (about half a second), connected to the leader alone: a follower may
    /// answer with old data, and the shell gives up when the first server that it tries is down.
    ///
    /// # Errors
    /// [`PartsError`] if no server leads within 60 s, or if the shell cannot be started or hangs.
    pub fn shell(&self, command: &[&str]) -> Result<ToolOutput, PartsError> {
        let leader = eventually(READY_DEADLINE, "ZooKeeper leader", || self.leader_index())?;
        JavaTool::zookeeper_shell(&self.site, &self.server_address(leader)).args(command.iter().copied()).run()
    }

    /// The data of a znode as the shell's `get` prints it, or `None` if there is no such znode.
    ///
    /// # Errors
    /// [`PartsError`] if the shell fails for another reason.
    pub fn znode(&self, path: &str) -> Result<Option<String>, PartsError> {
        Ok(self.shell_answer(&["get", path])?.map(|answer| answer.join("\n")))
    }

    /// The sorted names of a znode's children, or `None` if there is no such znode.
    ///
    /// # Errors
    /// [`PartsError`] if the shell fails for another reason.
    pub fn children(&self, path: &str) -> Result<Option<Vec<String>>, PartsError> {
        let Some(answer) = self.shell_answer(&["ls", path])? else { return Ok(None) };
        let list = answer.iter().rev().find_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
        let names = list.unwrap_or_default().split(", ").filter(|name| !name.is_empty());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(Some(names))
    }

    /// Waits until there is no such znode: an ephemeral one outlives its killed owner until the session expires.
    ///
    /// # Errors
    /// [`PartsError::Deadline`], or that of [`Self::shell`] if the shell failed at the last attempt.
    pub fn wait_until_gone(&self, path: &str, deadline: Duration) -> Result<(), PartsError> {
        eventually(deadline, format!("deletion of {path}"), || match self.znode(path) {
            Ok(None) => Ok(()),
            Ok(Some(data)) => Err(format!("it holds {data}")),
            Err(error) => Err(error.to_string()),
        })
    }

    /// The shell's answer without the lines that it prints while it connects.
    fn shell_answer(&self, command: &[&str]) -> Result<Option<Vec<String>>, PartsError> {
        let output = self.shell(command)?;
        if output.stderr.contains("Node does not exist") || output.stdout.contains("Node does not exist") {
            return Ok(None);
        }
        Ok(Some(answer_lines(&output.success()?)))
    }
}

fn answer_lines(stdout: &str) -> Vec<String> {
    let lines: Vec<&str> = stdout.lines().collect();
    // The connected-event is printed last of the noise.
    let begin = lines.iter().rposition(|line| line.starts_with("WatchedEvent ")).map_or(0, |event| event + 1);
    lines[begin..].iter().map(|line| (*line).to_owned()).collect()
}

/// Writes `zoo.cfg` and `myid` of each server.
fn configure(
    site: &TestSite,
    n_servers: usize,
    version: ZooKeeperVersion,
    extra: &Properties,
) -> Result<Vec<Server>, PartsError> {
    let mut members = Properties::new();
    if n_servers > 1 {
        for number in 1..=n_servers {
            let (quorum_port, election_port) = (site.next_port(), site.next_port());
            members.set(&format!("server.{number}"), format!("127.0.0.1:{quorum_port}:{election_port}"));
        }
    }
    let mut servers = Vec::new();
    for number in 1..=n_servers {
        let directory = site.unique_directory(&format!("zookeeper-{number}"))?;
        let name = directory.file_name().expect("the directory has a name").to_string_lossy().into_owned();
        let data = directory.join("data");
        let client_port = site.next_port();
        let properties = Properties::new()
            .with("tickTime", 2000)
            .with("initLimit", 10)
            .with("syncLimit", 5)
            .with("dataDir", data.display())
            .with("clientPort", client_port)
            .with("clientPortAddress", "127.0.0.1")
            .with("maxClientCnxns", 0)
            .with("4lw.commands.whitelist", "*")
            .with("admin.enableServer", false)
            .merged(&members)
            .merged(extra);
        std::fs::create_dir(&data).map_err(PartsError::io(data.display().to_string()))?;
        for (file, text) in [
            ("data/myid", number.to_string()),
            ("zoo.cfg", properties.to_string()),
            ("log4j.properties", SERVER_LOG4J.to_owned()),
            ("logback.xml", SERVER_LOGBACK.to_owned()),
        ] {
            let path = directory.join(file);
            std::fs::write(&path, text).map_err(PartsError::io(path.display().to_string()))?;
        }
        servers.push(Server { name, directory, client_port, version, process: None });
    }
    Ok(servers)
}

impl Server {
    fn start(&mut self, site: &TestSite) -> Result<(), PartsError> {
        let flags = [
            format!("-Xms{HEAP_MEBIBYTES}m"),
            format!("-Xmx{HEAP_MEBIBYTES}m"),
            "-Dzookeeper.admin.enableServer=false".to_owned(),
            // 3.9 logs through slf4j-simple, 3.8 through logback, the others through log4j; each ignores the others' flags.
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn".to_owned(),
            format!("-Dlogback.configurationFile={}", self.directory.join("logback.xml").display()),
            log4j_flag(&self.directory.join("log4j.properties")),
        ];
        let mut command = java_command(self.version.class_path(), &flags)?;
        command.arg("org.apache.zookeeper.server.quorum.QuorumPeerMain").arg(self.directory.join("zoo.cfg"));
        self.process = Some(ManagedProcess::spawn(site, &self.name, command)?);
        Ok(())
    }

    fn wait_until_serving(&mut self, deadline: Duration) -> Result<(), PartsError> {
        let what = format!("Mode: from {}", self.name);
        eventually(deadline, &what, || {
            let process = self.process.as_mut()?;
            if let Some(status) = process.exit_status() {
                return Some(Err(process.ended(status, &what)));
            }
            self.mode().map(|_| Ok(()))
        })?
    }

    fn mode(&self) -> Option<ZooKeeperMode> {
        parse_mode(&self.four_letter_word("srvr").ok()?)
    }

    fn four_letter_word(&self, word: &str) -> io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.client_port));
        let mut stream = TcpStream::connect_timeout(&address, PROBE_TIMEOUT)?;
        stream.set_read_timeout(Some(PROBE_TIMEOUT))?;
        stream.set_write_timeout(Some(PROBE_TIMEOUT))?;
        stream.write_all(word.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// The line `Mode:` of an answer to `srvr`. A server that runs without serving answers, but without this line.
fn parse_mode(srvr: &str) -> Option<ZooKeeperMode> {
    match srvr.lines().find_map(|line| line.strip_prefix("Mode: "))?.trim() {
        "leader" => Some(ZooKeeperMode::Leader),
        "follower" => Some(ZooKeeperMode::Follower),
        "standalone" => Some(ZooKeeperMode::Standalone),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_answers_without_serving_has_no_mode() {
        assert_eq!(parse_mode("This ZooKeeper instance is not currently serving requests\n"), None);
        assert_eq!(
            parse_mode("Zookeeper version: 3.9.5\nMode: follower\nNode count: 5\n"),
            Some(ZooKeeperMode::Follower)
        );
    }

    #[test]
    fn the_shells_noise_is_cut_off() {
        let stdout = "Connecting to 127.0.0.1:1\n\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n{\"a\":1}\n";
        assert_eq!(answer_lines(stdout), ["{\"a\":1}"]);
        assert_eq!(answer_lines("[a, b]\n"), ["[a, b]"]);
    }
}
