//! The process as its environment sees it: signals, log file, exit codes.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

const PATIENCE: Duration = Duration::from_secs(60);

/// A port that nobody listened on a moment ago.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Moves a combined node away from the ports of its file.
fn on_free_ports(command: &mut Command) {
    let controller = free_port();
    let entries = [
        format!("listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:{controller}"),
        format!("controller.quorum.voters=1@127.0.0.1:{controller}"),
        "kedge.admin.listen=".to_owned(),
    ];
    for entry in entries {
        command.arg("--override").arg(entry);
    }
}

/// `kedge server` as one combined node in `dir`, its log in `dir/logs/server.log`.
fn node(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kedge"));
    command.arg("server").arg("--log-file").arg(dir.join("logs/server.log"));
    on_free_ports(&mut command);
    command.arg("--override").arg(format!("log.dirs={}", dir.join("data").display()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A child that does not outlive its test.
struct Running(Child);

impl Running {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    fn exit_code(mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the node does not end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for_line(log: &Path, line: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(log).unwrap_or_default();
        if text.contains(line) {
            return;
        }
        assert!(Instant::now() < until, "{line:?} does not come in {}:\n{text}", log.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn sighup_opens_the_log_anew_and_sigterm_stops() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("logs/server.log");
    let node = Running(node(dir.path()).spawn().unwrap());
    wait_for_line(&log, "Kafka Server started");
    fs::rename(&log, log.with_extension("1")).unwrap();
    node.signal(Signal::HUP);
    wait_for_line(&log, "SIGHUP received, going on");
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0));
    let text = fs::read_to_string(&log).unwrap();
    assert!(
        text.contains("Terminating process due to signal SIGTERM") && text.contains("shut down completed"),
        "{text}"
    );
    assert!(dir.path().join("data/.kafka_cleanshutdown").exists());
}

/// As under `nohup`, and as a shell without job control starts what stands before `&`.
#[test]
fn an_inherited_ignored_stays_ignored() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("logs/server.log");
    let plain = node(dir.path());
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP INT; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    let node = Running(shell.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
    wait_for_line(&log, "Kafka Server started");
    node.signal(Signal::HUP);
    node.signal(Signal::INT);
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0));
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains("SIGHUP") && !text.contains("SIGINT"), "{text}");
    assert!(text.contains("Terminating process due to signal SIGTERM"), "{text}");
}

fn kedge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kedge")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The tutorial's order: start before format fails, format works once, at the level of its release.
#[test]
fn an_unformatted_node_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("kraft-combined-logs");
    let file = dir.path().join("server.properties");
    let properties = include_str!("../../../compat-tests/tutorials/tut3-server.properties");
    let lines = properties.lines().filter(|line| !line.starts_with("log.dirs="));
    let edited = lines.chain([format!("log.dirs={}", data.display()).as_str()]).collect::<Vec<_>>().join("\n");
    fs::write(&file, edited).unwrap();
    let file = file.to_str().unwrap();

    let started = kedge(&["server", file]);
    assert_eq!(started.status.code(), Some(1));
    let log = text(&started.stdout);
    assert!(
        log.contains("Exiting Kafka due to fatal exception during startup. No readable meta.properties files found."),
        "{log}"
    );

    let cluster_id = text(&kedge(&["storage", "random-uuid"]).stdout).trim().to_owned();
    assert_eq!(cluster_id.len(), 22, "{cluster_id}");
    let format = ["storage", "format", "--release-version", "3.7-IV4", "-t", &cluster_id, "-c", file];
    let formatted = kedge(&format);
    assert_eq!(formatted.status.code(), Some(0), "{}", text(&formatted.stderr));
    assert_eq!(text(&formatted.stdout), format!("Formatting {} with metadata.version 3.7-IV4.\n", data.display()));
    let again = kedge(&format);
    assert_eq!((again.status.code(), again.stdout.as_slice()), (Some(1), &b""[..]));
    assert_eq!(
        text(&again.stderr),
        format!(
            "Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and format the others.\n",
            data.display()
        )
    );

    // It starts with the level it was formatted with, and keeps it.
    let mut command = Command::new(env!("CARGO_BIN_EXE_kedge"));
    let log = dir.path().join("server.log");
    command.args(["server", file, "--log-file"]).arg(&log);
    on_free_ports(&mut command);
    let node = Running(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
    wait_for_line(&log, "Kafka Server started");
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0));
    let segment = data.join("__cluster_metadata-0/00000000000000000000.log");
    let dumped = kedge(&["dump-log", "--cluster-metadata-decoder", "--files", segment.to_str().unwrap()]);
    let dumped = text(&dumped.stdout);
    assert!(dumped.contains(r#""name":"metadata.version","featureLevel":19"#), "{dumped}");
}

#[test]
fn check_config_says_by_its_exit_code_whether_a_node_starts() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("server.properties");
    fs::write(&file, include_str!("../../../compat-tests/tutorials/tut1-master.properties")).unwrap();
    let checked = kedge(&["server", "--check-config", file.to_str().unwrap()]);
    assert_eq!((checked.status.code(), text(&checked.stderr).as_str()), (Some(0), ""));
    assert!(text(&checked.stdout).contains("translated to listeners=PLAINTEXT://:9091\n"));
    let full = kedge(&["server", "--check-config=full", file.to_str().unwrap()]);
    assert!(text(&full.stdout).contains("\nauto.create.topics.enable=true\n"));
    let refused = kedge(&["server", file.to_str().unwrap(), "--check-config", "--override", "zookeeper.set.acl=true"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).starts_with("zookeeper.set.acl: "), "{}", text(&refused.stderr));
    assert!(text(&refused.stdout).contains("refused: "), "{}", text(&refused.stdout));
    assert_eq!(kedge(&["server", "--check-config", "/no/such/file"]).status.code(), Some(1));
}
