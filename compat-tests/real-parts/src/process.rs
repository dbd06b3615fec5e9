//! A child process whose output goes to a log file, which dies with the test, and which is signalled by its pid.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::{PartsError, TestSite, eventually, spawner};

/// A place in a process's log, to wait for what comes after it. See [`ManagedProcess::log_mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogMark(u64);

/// A running (or ended) child process. Dropping it kills it with SIGKILL.
#[derive(Debug)]
pub struct ManagedProcess {
    name: String,
    child: Child,
    exit_status: Option<ExitStatus>,
    log: PathBuf,
    // The log is appended to by each process of the same name; this one's lines begin here.
    log_start: LogMark,
    // Last field, so that it is dropped after the process is gone.
    _site: TestSite,
}

impl ManagedProcess {
    /// Starts `command` without standard input; both outputs are appended to the site's log `name`.
    ///
    /// # Errors
    /// [`PartsError::Io`] if the log cannot be opened or the program cannot be started.
    pub fn spawn(site: &TestSite, name: &str, mut command: Command) -> Result<ManagedProcess, PartsError> {
        let log = site.log_file(name);
        let open = || OpenOptions::new().create(true).append(true).open(&log);
        let output = open().map_err(PartsError::io(log.display().to_string()))?;
        let log_start = LogMark(output.metadata().map_err(PartsError::io(log.display().to_string()))?.len());
        let errors = output.try_clone().map_err(PartsError::io(log.display().to_string()))?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let program = command.get_program().display().to_string();
        let child = spawner::spawn(command).map_err(PartsError::io(format!("start {program}")))?;
        Ok(ManagedProcess { name: name.to_owned(), child, exit_status: None, log, log_start, _site: site.clone() })
    }

    /// The name it was started under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id. It stays its own, and is not given to another process, until the end has been noticed here.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// When it started, in clock ticks since boot: with the pid, proof that a process was not replaced.
    ///
    /// # Errors
    /// [`PartsError::Io`] if it is gone.
    pub fn start_ticks(&self) -> Result<u64, PartsError> {
        let stat = self.read_proc("stat")?;
        // Field 22 of proc_pid_stat(5), counted after the name, which may hold spaces.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks = after_name.split_whitespace().nth(19).and_then(|field| field.parse().ok());
        Ok(ticks.expect("/proc/PID/stat has at least 22 fields"))
    }

    /// Its resident memory in bytes.
    ///
    /// # Errors
    /// [`PartsError::Io`] if it is gone.
    pub fn resident_bytes(&self) -> Result<u64, PartsError> {
        let status = self.read_proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("VmRSS is a number of kB");
        Ok(kibibytes * 1024)
    }

    fn read_proc(&self, file: &str) -> Result<String, PartsError> {
        let path = format!("/proc/{}/{file}", self.pid());
        std::fs::read_to_string(&path).map_err(PartsError::io(path))
    }

    /// False once it has ended.
    pub fn is_running(&mut self) -> bool {
        self.exit_status().is_none()
    }

    /// How it ended, or `None` while it runs.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        if self.exit_status.is_none() {
            self.exit_status = self.child.try_wait().expect("a child can be waited for");
        }
        self.exit_status
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The end of its log now, for [`Self::wait_for_log_line_after`].
    pub fn log_mark(&self) -> LogMark {
        LogMark(std::fs::metadata(&self.log).map_or(self.log_start.0, |metadata| metadata.len()))
    }

    /// Waits for a complete line, printed since this process started, that contains all of `words`; returns the line.
    ///
    /// # Errors
    /// [`PartsError::Deadline`], or [`PartsError::Ended`] as soon as the process has ended without printing it.
    pub fn wait_for_log_line(&mut self, words: &[&str], deadline: Duration) -> Result<String, PartsError> {
        self.wait_for_log_line_after(self.log_start, words, deadline)
    }

    /// As [`Self::wait_for_log_line`], for lines after `mark`.
    ///
    /// # Errors
    /// The same.
    pub fn wait_for_log_line_after(
        &mut self,
        mark: LogMark,
        words: &[&str],
        deadline: Duration,
    ) -> Result<String, PartsError> {
        let what = format!("line with {words:?} in the log of {}", self.name);
        let mut lines = LogLines { file: File::open(&self.log), position: mark.0, partial: Vec::new() };
        eventually(deadline, &what, || {
            // Asked before reading: what an ended process printed is then all there.
            let ended = self.exit_status();
            match lines.find(words) {
                Some(line) => Some(Ok(line)),
                None => ended.map(|status| Err(self.ended(status, &what))),
            }
        })?
    }

    /// All complete lines that this process has printed and that contain all of `words`.
    ///
    /// # Errors
    /// [`PartsError::Io`] if the log cannot be read.
    pub fn log_lines(&self, words: &[&str]) -> Result<Vec<String>, PartsError> {
        let file = File::open(&self.log).map_err(PartsError::io(self.log.display().to_string()))?;
        let mut lines = LogLines { file: Ok(file), position: self.log_start.0, partial: Vec::new() };
        Ok(std::iter::from_fn(|| lines.find(words)).collect())
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// [`PartsError::Deadline`]; the process then still runs.
    pub fn wait_for_exit(&mut self, deadline: Duration) -> Result<ExitStatus, PartsError> {
        eventually(deadline, format!("end of {}", self.name), || self.exit_status())
    }

    /// Sends SIGTERM and waits for the end: an orderly stop. A paused process is continued.
    ///
    /// # Errors
    /// [`PartsError::Deadline`] if it does not end; it is then killed, and the caller's test should fail.
    pub fn terminate_and_wait(&mut self, deadline: Duration) -> Result<ExitStatus, PartsError> {
        self.signal(Signal::TERM);
        self.signal(Signal::CONT);
        let stopped = self.wait_for_exit(deadline);
        if stopped.is_err() {
            self.kill_hard();
        }
        stopped
    }

    /// Sends SIGKILL and waits for the end, which the kernel guarantees. Does nothing to an ended process.
    pub fn kill_hard(&mut self) {
        if self.exit_status().is_none() {
            self.child.kill().expect("a child that was not reaped can be killed");
            self.exit_status = Some(self.child.wait().expect("a child can be waited for"));
        }
    }

    /// Sends SIGSTOP: it keeps its memory, connections and sessions, and answers nobody.
    pub fn pause(&mut self) {
        self.signal(Signal::STOP);
    }

    /// Sends SIGCONT after [`Self::pause`].
    pub fn resume(&mut self) {
        self.signal(Signal::CONT);
    }

    /// Nothing is sent to a process that has ended: its pid may be another's by now.
    fn signal(&mut self, signal: Signal) {
        if self.exit_status().is_none() {
            kill_process(Pid::from_child(&self.child), signal).expect("a child that was not reaped can be signalled");
        }
    }

    pub(crate) fn ended(&self, status: ExitStatus, what: &str) -> PartsError {
        PartsError::Ended {
            process: self.name.clone(),
            status: status.to_string(),
            what: what.to_owned(),
            log: self.log.clone(),
        }
    }
}

impl Drop for ManagedProcess {
    fn drop(&mut self) {
        self.kill_hard();
    }
}

/// Reads a growing file line by line, each line once.
struct LogLines {
    file: std::io::Result<File>,
    position: u64,
    partial: Vec<u8>,
}

impl LogLines {
    /// The next complete line that contains all of `words`.
    fn find(&mut self, words: &[&str]) -> Option<String> {
        self.read_more();
        while let Some(end) = self.partial.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.partial.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line[..end]).into_owned();
            if words.iter().all(|word| line.contains(word)) {
                return Some(line);
            }
        }
        None
    }

    fn read_more(&mut self) {
        // A log that cannot be read has no lines: the caller's deadline or the log's dump tells the rest.
        if let Ok(file) = &mut self.file
            && file.seek(SeekFrom::Start(self.position)).is_ok()
        {
            self.position += file.read_to_end(&mut self.partial).unwrap_or(0) as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    fn is_alive(pid: u32) -> bool {
        // A zombie still has a directory in /proc; its state says so.
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')))
    }

    #[test]
    fn a_log_line_is_found_once_it_is_complete() {
        let site = TestSite::new("lines").unwrap();
        let path = site.directory().join("growing");
        let mut log = File::create(&path).unwrap();
        let mut lines = LogLines { file: File::open(&path), position: 0, partial: Vec::new() };
        write!(log, "broker 2 started\nbroker 1 sta").unwrap();
        assert_eq!(lines.find(&["started", "broker 1"]), None);
        writeln!(log, "rted on 9092").unwrap();
        assert_eq!(lines.find(&["started", "broker 1"]).unwrap(), "broker 1 started on 9092");
        assert_eq!(lines.find(&["started"]), None);
    }

    #[test]
    fn both_outputs_go_to_the_log() {
        let site = TestSite::new("outputs").unwrap();
        let mut process = ManagedProcess::spawn(&site, "a", shell("echo to stdout; echo to stderr >&2")).unwrap();
        process.wait_for_log_line(&["to stderr"], SOON).unwrap();
        assert_eq!(process.log_lines(&["to "]).unwrap(), ["to stdout", "to stderr"]);
    }

    #[test]
    fn a_restarted_process_is_not_taken_for_ready_by_its_old_lines() {
        let site = TestSite::new("restart").unwrap();
        let mut first = ManagedProcess::spawn(&site, "a", shell("echo started")).unwrap();
        first.wait_for_log_line(&["started"], SOON).unwrap();
        let mut second = ManagedProcess::spawn(&site, "a", shell("echo starting")).unwrap();
        let error = second.wait_for_log_line(&["started"], SOON).unwrap_err();
        assert!(matches!(error, PartsError::Ended { .. }), "{error}");
    }

    #[test]
    fn lines_after_a_mark_leave_out_those_before_it() {
        let site = TestSite::new("mark").unwrap();
        let mut process = ManagedProcess::spawn(&site, "a", shell("echo state 1; exec sleep 60")).unwrap();
        process.wait_for_log_line(&["state"], SOON).unwrap();
        let mark = process.log_mark();
        let mut log = OpenOptions::new().append(true).open(process.log()).unwrap();
        writeln!(log, "state 2").unwrap();
        assert_eq!(process.wait_for_log_line_after(mark, &["state"], SOON).unwrap(), "state 2");
    }

    #[test]
    fn a_process_that_ends_early_is_reported_with_its_status() {
        let site = TestSite::new("early").unwrap();
        let mut process = ManagedProcess::spawn(&site, "broker", shell("exit 3")).unwrap();
        let text = process.wait_for_log_line(&["started"], SOON).unwrap_err().to_string();
        assert!(text.starts_with("broker ended with exit status: 3 while waiting for line with"), "{text}");
    }

    #[test]
    fn a_process_that_ignores_sigterm_is_killed_and_reported() {
        let site = TestSite::new("deaf").unwrap();
        let script = "trap '' TERM; echo ready; while true; do sleep 0.1; done";
        let mut process = ManagedProcess::spawn(&site, "deaf", shell(script)).unwrap();
        process.wait_for_log_line(&["ready"], SOON).unwrap();
        let error = process.terminate_and_wait(Duration::from_millis(300)).unwrap_err();
        assert!(error.to_string().starts_with("no end of deaf after "), "{error}");
        assert_eq!(process.exit_status().unwrap().signal(), Some(9));
    }

    #[test]
    fn a_paused_process_stands_still_and_can_be_stopped() {
        let site = TestSite::new("paused").unwrap();
        let mut process = ManagedProcess::spawn(&site, "a", shell("exec sleep 60")).unwrap();
        process.pause();
        let state =
            |process: &ManagedProcess| process.read_proc("stat").unwrap().rsplit_once(") ").unwrap().1[..1].to_owned();
        eventually(SOON, "stopped state", || state(&process) == "T").unwrap();
        process.resume();
        eventually(SOON, "sleeping state", || state(&process) == "S").unwrap();
        process.pause();
        assert_eq!(process.terminate_and_wait(SOON).unwrap().signal(), Some(15));
    }

    #[test]
    fn a_process_keeps_its_start_time_and_has_memory() {
        let site = TestSite::new("proc").unwrap();
        let process = ManagedProcess::spawn(&site, "a", shell("exec sleep 60")).unwrap();
        let ticks = process.start_ticks().unwrap();
        assert!(ticks > 0);
        assert_eq!(process.start_ticks().unwrap(), ticks);
        eventually(SOON, "resident memory", || process.resident_bytes().unwrap() > 0).unwrap();
    }

    #[test]
    fn dropping_kills() {
        let site = TestSite::new("drop").unwrap();
        let process = ManagedProcess::spawn(&site, "a", shell("exec sleep 60")).unwrap();
        let pid = process.pid();
        assert!(is_alive(pid));
        drop(process);
        assert!(!is_alive(pid));
    }

    #[test]
    fn a_child_outlives_the_thread_that_asked_for_it() {
        let site = TestSite::new("thread").unwrap();
        let in_thread = site.clone();
        let starter =
            std::thread::spawn(move || ManagedProcess::spawn(&in_thread, "a", shell("exec sleep 60")).unwrap());
        let mut process = starter.join().unwrap();
        assert!(process.wait_for_exit(Duration::from_millis(200)).is_err());
        assert!(process.is_running());
    }

    /// Plays two parts: run by cargo it starts itself again as a harness that is killed while its child runs.
    #[test]
    fn children_die_when_the_harness_is_killed() {
        const DOOMED: &str = "KEDGE_DOOMED_HARNESS";
        if let Some(pid_file) = std::env::var_os(DOOMED) {
            let site = TestSite::new("doomed").unwrap();
            let process = ManagedProcess::spawn(&site, "child", shell("exec sleep 60")).unwrap();
            std::fs::write(&pid_file, format!("{}\n{}\n", process.pid(), site.directory().display())).unwrap();
            std::thread::sleep(Duration::from_secs(60));
            return;
        }
        let site = TestSite::new("killed").unwrap();
        let pid_file = site.directory().join("pid");
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "process::tests::children_die_when_the_harness_is_killed", "--nocapture"]);
        again.env(DOOMED, &pid_file);
        let mut harness = ManagedProcess::spawn(&site, "harness", again).unwrap();
        let (child, directory) = eventually(SOON, "pid of the grandchild", || {
            let text = std::fs::read_to_string(&pid_file).ok()?;
            let (pid, directory) = text.strip_suffix('\n')?.split_once('\n')?;
            Some((pid.parse::<u32>().ok()?, PathBuf::from(directory)))
        })
        .unwrap();
        assert!(is_alive(child));
        harness.kill_hard();
        eventually(SOON, "death of the grandchild", || !is_alive(child)).unwrap();
        std::fs::remove_dir_all(directory).unwrap();
    }
}
