//! Kedge itself, as the binary that a user would start.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::{ManagedProcess, PartsError, TestSite, ToolOutput, tool};

/// Starts the `kedge` binary.
#[derive(Debug)]
pub struct KedgeProcess;

impl KedgeProcess {
    /// The binary: `KEDGE_BIN`, or `kedge` in the target directory that this test was built into.
    ///
    /// # Errors
    /// [`PartsError::Missing`] if it was not built.
    pub fn binary() -> Result<PathBuf, PartsError> {
        if let Some(binary) = std::env::var_os("KEDGE_BIN") {
            let binary = PathBuf::from(binary);
            return found(&binary, "the kedge binary named by KEDGE_BIN");
        }
        let test = std::env::current_exe().map_err(PartsError::io("path of this test"))?;
        // target/debug/deps/TEST-HASH, so kedge is in the grandparent.
        let profile = test.parent().and_then(Path::parent).unwrap_or(Path::new("."));
        found(&profile.join("kedge"), "the kedge binary (cargo build -p kedge-server)")
    }

    /// Starts `kedge ARGS` in the directory `cwd` as the process `name`. Ready is what its log says:
    /// [`ManagedProcess::wait_for_log_line`].
    ///
    /// # Errors
    /// [`PartsError`] if the binary is missing or cannot be started.
    pub fn start<S: AsRef<OsStr>>(
        site: &TestSite,
        name: &str,
        args: impl IntoIterator<Item = S>,
        cwd: &Path,
    ) -> Result<ManagedProcess, PartsError> {
        let mut command = Command::new(KedgeProcess::binary()?);
        command.args(args).current_dir(cwd);
        // A build with the feature `crash-points` looks there for the place where it is to die; any other does not.
        command.env("KEDGE_CRASH_DIR", site.directory().join("crash"));
        ManagedProcess::spawn(site, name, command)
    }

    /// Runs a `kedge` subcommand to its end, in the site's directory.
    ///
    /// # Errors
    /// [`PartsError`] if it cannot be started or does not end in time.
    pub fn run<S: AsRef<OsStr>>(
        site: &TestSite,
        args: impl IntoIterator<Item = S>,
        deadline: Duration,
    ) -> Result<ToolOutput, PartsError> {
        let mut command = Command::new(KedgeProcess::binary()?);
        command.args(args).current_dir(site.directory());
        tool::run_to_end(site, "kedge", command, "", deadline)
    }
}

fn found(binary: &Path, what: &str) -> Result<PathBuf, PartsError> {
    if binary.is_file() {
        // Absolute, since processes are started in other directories.
        return std::path::absolute(binary).map_err(PartsError::io(binary.display().to_string()));
    }
    Err(PartsError::Missing { what: format!("{what} at {}", binary.display()) })
}
