//! A drop-in tree under test. Its node is no child of the test: dropping the tree kills it, by the pid that its script noted.
#![allow(dead_code, reason = "two test binaries have this module, and one uses all of it")]

use std::{
    io::Write,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use kedge_real_parts::{JavaTool, KedgeProcess, TestSite, eventually};

/// How long a node may be fenced for lack of CPU.
const SOON: Duration = Duration::from_secs(60);
const STARTED: &str = "Kafka Server started";
/// What A0 and A3 of the tutorials allow, and as much again for a busy machine.
const START_DEADLINE: Duration = Duration::from_secs(20);
/// systemd's own patience.
const STOP_DEADLINE: Duration = Duration::from_secs(90);
/// The third tutorial's unit, word for word.
const TUTORIAL_UNIT: &str = include_str!("../../tutorials/tut3-kafka.service");
const TUTORIAL_HOME: &str = "/home/application/kafka_2.13-3.7.1";

/// Exit code, standard output, standard error.
pub(super) type Ran = (i32, String, String);

pub(super) struct Tree {
    root: PathBuf,
    ports: (u16, u16),
}

impl Tree {
    /// Builds it with `scripts/dist.sh`.
    pub(super) fn build(site: &TestSite) -> Tree {
        let root = site.unique_directory("tree").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/dist.sh");
        let binary = KedgeProcess::binary().unwrap();
        let built = Command::new(script).arg(&root).env("KEDGE_BIN", binary).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Tree { root, ports: (site.next_port(), site.next_port()) }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Where clients connect: the name, though the node advertises an address.
    pub(super) fn bootstrap(&self) -> String {
        format!("localhost:{}", self.ports.0)
    }

    /// The stock file of a combined node with its ports and its directory edited.
    pub(super) fn combined_node(&self, node_id: i32) -> String {
        let file = self.path("config/kraft/server.properties");
        let (broker, controller) = self.ports;
        let mut text = std::fs::read_to_string(&file).unwrap();
        for (from, to) in [
            ("node.id=1", format!("node.id={node_id}")),
            ("localhost:9093", format!("localhost:{controller}")),
            ("PLAINTEXT://:9092", format!("PLAINTEXT://:{broker}")),
            ("CONTROLLER://:9093", format!("CONTROLLER://:{controller}")),
            ("PLAINTEXT://localhost:9092", format!("PLAINTEXT://127.0.0.1:{broker}")),
            ("/tmp/kraft-combined-logs", self.path("data").display().to_string()),
        ] {
            assert!(text.contains(from), "{from} in {}", file.display());
            text = text.replace(from, &to);
        }
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    }

    /// Runs a script of `bin` to its end, in an environment without Java.
    pub(super) fn run(&self, script: &str, args: &[&str], input: &str) -> Ran {
        let mut command = Command::new(self.path("bin").join(script));
        command.args(args).current_dir(&self.root).env("JAVA_HOME", "/no/java/here").env("KEDGE_LOG", "info");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    /// A tool that administers the node: exit code and standard output.
    pub(super) fn tool(&self, script: &str, args: &[&str], input: &str) -> (i32, String) {
        let bootstrap = self.bootstrap();
        let (code, out, _) = self.run(script, &[&["--bootstrap-server", &bootstrap], args].concat(), input);
        (code, out)
    }

    pub(super) fn wait_until_started(&self, log: &str) {
        let log = self.path("logs").join(log);
        let is_started = || std::fs::read_to_string(&log).is_ok_and(|text| text.contains(STARTED)).then_some(());
        eventually(START_DEADLINE, "started line", is_started).unwrap();
    }

    /// Ids of this tree's processes.
    fn pids(&self) -> Vec<i32> {
        let binary = self.path("bin/kedge").canonicalize().unwrap();
        let files = std::fs::read_dir(self.path("logs"))
            .unwrap()
            .filter_map(|file| file.unwrap().file_name().into_string().ok());
        let pids = files.filter_map(|name| name.strip_prefix("kedge-")?.strip_suffix(".pid")?.parse::<i32>().ok());
        pids.filter(|pid| std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == binary)).collect()
    }

    pub(super) fn is_running(&self) -> bool {
        !self.pids().is_empty()
    }

    pub(super) fn wait_until_ended(&self) {
        eventually(STOP_DEADLINE, "end of the node", || (!self.is_running()).then_some(())).unwrap();
    }

    /// What systemd-analyze says of both units, without the remark on the tutorial's file mode; nothing without that tool.
    pub(super) fn verify_units(&self) -> Option<String> {
        let home = self.root.display().to_string();
        let tutorial = TUTORIAL_UNIT.replace(TUTORIAL_HOME, &home);
        let ours = std::fs::read_to_string(self.path("systemd/kedge.service")).unwrap();
        // Installed, they are in /usr/bin and there is a user kafka.
        let ours =
            ours.replace("/usr/bin/kedge", &format!("{home}/bin/kedge")).replace("User=kafka\nGroup=kafka\n", "");
        let mut said = String::new();
        for (name, text) in [("kafka.service", tutorial), ("kedge.service", ours)] {
            let file = self.root.join(name);
            std::fs::write(&file, text).unwrap();
            let verified = Command::new("systemd-analyze").arg("verify").arg("--man=no").arg(&file).output().ok()?;
            let text = String::from_utf8_lossy(&verified.stderr).into_owned();
            let about_it = text.lines().filter(|line| line.contains(name) && !line.contains("marked executable"));
            said.extend(about_it.map(|line| format!("{line}\n")));
            assert!(verified.status.success(), "{name}: {text}");
        }
        Some(said)
    }

    /// Starts and stops the node as a unit of Type=notify, and returns what it told.
    pub(super) fn run_as_systemd_would(&self, config: &str, deadline: Duration) -> Vec<String> {
        let socket_path = self.path("notify");
        let socket = UnixDatagram::bind(&socket_path).unwrap();
        socket.set_read_timeout(Some(deadline)).unwrap();
        let log = std::fs::File::create(self.path("logs/unit.out")).unwrap();
        let mut node = Command::new(self.path("bin/kafka-server-start.sh"));
        let mut node =
            node.arg(config).env("NOTIFY_SOCKET", &socket_path).stdout(log).stderr(Stdio::inherit()).spawn().unwrap();
        let heard = || {
            let mut buffer = [0; 256];
            let size = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("the node told nothing: {error}"));
            String::from_utf8_lossy(&buffer[..size]).into_owned()
        };
        let ready = heard();
        // ExecStop of the tutorial's unit.
        assert_eq!(self.run("kafka-server-stop.sh", &[], "").0, 0);
        let stopping = heard();
        assert!(node.wait().unwrap().success());
        vec![ready, stopping]
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        for pid in self.pids() {
            let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
            assert!(killed.is_ok(), "a node of {} may be left", self.root.display());
        }
    }
}

/// Exit code and standard output of one of Apache's tools. It is asked again where a starved node was fenced just then: Apache's
/// client finds no broker in its metadata and gives up at once.
pub(super) fn outcome(tool: JavaTool) -> (i32, String) {
    let ask = || {
        let output = tool.clone().run().unwrap();
        Some((output.exit_code().unwrap_or(-1), output.stdout))
            .filter(|(_, text)| !text.contains("Failed to find brokers"))
    };
    eventually(SOON, "an answer to Apache's tool", ask).unwrap()
}
