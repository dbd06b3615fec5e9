//! The place where one test runs: its directory, its ports, its logs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{PartsError, PortBlock};

const SITES_DIR: &str = "/tmp/kedge-tests";
const LOG_TAIL_LINES: usize = 60;

/// One test's directory, ports and logs. Cheap to clone; every part that the test starts holds a clone.
///
/// The directory is removed with the last clone, unless a clone was dropped by a panicking thread (the test failed) or
/// `KEDGE_KEEP` is set: then it stays and its path is printed. A panicking drop also prints the tail of every log.
#[derive(Debug)]
pub struct TestSite(Arc<Site>);

#[derive(Debug)]
struct Site {
    directory: PathBuf,
    ports: PortBlock,
    logs: Mutex<BTreeSet<PathBuf>>,
    failed: AtomicBool,
}

impl TestSite {
    /// Makes `/tmp/kedge-tests/NAME-PID-N` and takes a block of ports.
    ///
    /// # Errors
    /// [`PartsError::Io`] or [`PartsError::Ports`].
    pub fn new(name: &str) -> Result<TestSite, PartsError> {
        static SITES: AtomicU32 = AtomicU32::new(0);
        let number = SITES.fetch_add(1, Ordering::Relaxed);
        let directory = Path::new(SITES_DIR).join(format!("{name}-{}-{number}", std::process::id()));
        // A kept directory of an earlier process with the same pid.
        let _ = std::fs::remove_dir_all(&directory);
        let logs = directory.join("logs");
        std::fs::create_dir_all(&logs).map_err(PartsError::io(logs.display().to_string()))?;
        let ports = PortBlock::take()?;
        Ok(TestSite(Arc::new(Site {
            directory,
            ports,
            logs: Mutex::new(BTreeSet::new()),
            failed: AtomicBool::new(false),
        })))
    }

    /// The test's directory.
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// Makes a directory under [`Self::directory`]: `name`, or `name-2`, `name-3`, … if that is taken.
    ///
    /// # Errors
    /// [`PartsError::Io`] if it cannot be made.
    pub fn unique_directory(&self, name: &str) -> Result<PathBuf, PartsError> {
        let names = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}-{number}")));
        for path in names.map(|name| self.directory().join(name)) {
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(PartsError::io(path.display().to_string())(error)),
            }
        }
        unreachable!("the numbers do not end")
    }

    /// A loopback port that nobody else uses, a new one with each call.
    ///
    /// # Panics
    /// After [`crate::PORT_BLOCK_SIZE`] calls.
    pub fn next_port(&self) -> u16 {
        self.0.ports.next_port()
    }

    /// The log file of the process `name`. From now on it is shown if the test fails.
    pub fn log_file(&self, name: &str) -> PathBuf {
        let path = self.directory().join("logs").join(format!("{name}.log"));
        self.0.logs.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        path
    }

    /// The last lines of every log, with a heading each.
    pub fn log_tails(&self) -> String {
        let logs = self.0.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.iter().map(|log| format!("---- {}\n{}", log.display(), tail(log, LOG_TAIL_LINES))).collect()
    }
}

impl Clone for TestSite {
    fn clone(&self) -> TestSite {
        TestSite(Arc::clone(&self.0))
    }
}

impl Drop for TestSite {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.0.failed.swap(true, Ordering::Relaxed) {
            eprintln!("{}---- the test failed, its files are kept in {}", self.log_tails(), self.directory().display());
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if self.failed.load(Ordering::Relaxed) {
            return;
        }
        if std::env::var_os("KEDGE_KEEP").is_some() {
            eprintln!("files are kept in {}", self.directory.display());
        } else if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            eprintln!("cannot remove {}: {error}", self.directory.display());
        }
    }
}

/// The last `n_lines` lines of a file, or a line saying why there are none.
fn tail(file: &Path, n_lines: usize) -> String {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => return format!("(not readable: {error})\n"),
    };
    let text = String::from_utf8_lossy(&bytes);
    let n_skipped = text.lines().count().saturating_sub(n_lines);
    text.lines().skip(n_skipped).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passed_test_leaves_nothing_behind() {
        let site = TestSite::new("passed").unwrap();
        let (directory, clone) = (site.directory().to_owned(), site.clone());
        drop(site);
        assert!(directory.is_dir());
        drop(clone);
        assert_eq!(directory.exists(), std::env::var_os("KEDGE_KEEP").is_some());
    }

    #[test]
    fn a_failed_test_keeps_its_directory_though_another_thread_drops_it_last() {
        let site = TestSite::new("failed").unwrap();
        let clone = site.clone();
        let test = std::thread::spawn(move || {
            let _dropped_by_the_panic = clone;
            panic!("expected by a_failed_test_keeps_its_directory");
        });
        assert!(test.join().is_err());
        let directory = site.directory().to_owned();
        drop(site);
        assert!(directory.is_dir());
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn log_tails_show_the_end_of_each_log() {
        let site = TestSite::new("tails").unwrap();
        let long: String = (1..=100).map(|number| format!("line {number}\n")).collect();
        std::fs::write(site.log_file("long"), long).unwrap();
        site.log_file("never-written");
        let tails = site.log_tails();
        assert!(tails.contains("logs/long.log\nline 41\n") && tails.contains("\nline 100\n"), "{tails}");
        assert!(tails.contains("logs/never-written.log\n(not readable: "), "{tails}");
    }

    #[test]
    fn a_second_directory_of_a_name_gets_a_number() {
        let site = TestSite::new("names").unwrap();
        let names = [(); 3].map(|()| site.unique_directory("kafka-1").unwrap());
        assert!(names[0].ends_with("kafka-1") && names[1].ends_with("kafka-1-2") && names[2].ends_with("kafka-1-3"));
    }
}
