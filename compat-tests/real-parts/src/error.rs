//! What can go wrong with a real part, in words that end up in a test's panic message.

use std::path::PathBuf;
use std::time::Duration;

/// Why a part could not be found, started, reached or waited for.
#[derive(thiserror::Error)]
pub enum PartsError {
    /// A part is not on this machine.
    #[error("{what} is missing; run scripts/test.sh --setup")]
    Missing {
        /// The part, with the path where it was looked for.
        what: String,
    },
    /// A file, directory or process operation failed.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted, with the path or the program.
        what: String,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// Nothing came in time.
    #[error("no {what} after {waited:.1?}{}", last.as_ref().map(|last| format!("; last: {last}")).unwrap_or_default())]
    Deadline {
        /// What was waited for.
        what: String,
        /// How long.
        waited: Duration,
        /// What the last attempt said, where attempts say something.
        last: Option<String>,
    },
    /// A process ended while something was expected of it.
    #[error("{process} ended with {status} while waiting for {what}; log: {}", log.display())]
    Ended {
        /// The process's name in the test.
        process: String,
        /// Its exit status, in words.
        status: String,
        /// What was expected.
        what: String,
        /// Its log file.
        log: PathBuf,
    },
    /// A tool ran to its end and failed.
    #[error("{tool} ended with {status}\nstdout: {stdout}\nstderr: {stderr}")]
    Tool {
        /// The tool's name.
        tool: String,
        /// Its exit status, in words.
        status: String,
        /// All that it printed to standard output.
        stdout: String,
        /// All that it printed to standard error.
        stderr: String,
    },
    /// No free block of ports was found.
    #[error("every port block below {limit} is taken or in use")]
    Ports {
        /// The first port that is never handed out.
        limit: u16,
    },
}

impl PartsError {
    /// For `map_err` on IO, with the path or program in `what`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> PartsError {
        let what = what.into();
        move |source| PartsError::Io { what, source }
    }
}

// `unwrap` prints Debug; the sentence reads better in a panic than the struct.
impl std::fmt::Debug for PartsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}
