//! Python scripts in the virtual environment that has confluent-kafka, kafka-python and aiokafka.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::{ManagedProcess, Parts, PartsError, TestSite, ToolOutput, tool};

/// Runs scripts with the Python of the set-up.
#[derive(Debug)]
pub struct Python;

impl Python {
    /// Runs a script to its end.
    ///
    /// # Errors
    /// [`PartsError`] if it cannot be started or does not end in time.
    pub fn run<S: AsRef<OsStr>>(
        site: &TestSite,
        script: &Path,
        args: impl IntoIterator<Item = S>,
        deadline: Duration,
    ) -> Result<ToolOutput, PartsError> {
        let name = script.file_stem().unwrap_or(script.as_os_str()).to_string_lossy().into_owned();
        tool::run_to_end(site, &name, Python::command(script, args)?, "", deadline)
    }

    /// Starts a script that runs until it is stopped. Its output is not buffered, so the log is current.
    ///
    /// # Errors
    /// [`PartsError`] if it cannot be started.
    pub fn spawn<S: AsRef<OsStr>>(
        site: &TestSite,
        name: &str,
        script: &Path,
        args: impl IntoIterator<Item = S>,
    ) -> Result<ManagedProcess, PartsError> {
        ManagedProcess::spawn(site, name, Python::command(script, args)?)
    }

    fn command<S: AsRef<OsStr>>(script: &Path, args: impl IntoIterator<Item = S>) -> Result<Command, PartsError> {
        let mut command = Command::new(Parts::locate()?.python());
        // -B: no __pycache__ beside the script, which lies in the source tree.
        command.args(["-u", "-B"]).arg(script).args(args);
        Ok(command)
    }
}
