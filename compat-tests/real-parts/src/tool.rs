//! Programs that run to their end: start, feed, wait, collect.

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::{PartsError, TestSite, eventually, spawner};

/// What a program that ran to its end has left.
#[derive(Clone, Debug)]
pub struct ToolOutput {
    /// The tool's name, for messages.
    pub tool: String,
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output; bytes that are not UTF-8 replaced.
    pub stdout: String,
    /// All of its standard error, the same.
    pub stderr: String,
}

impl ToolOutput {
    /// Standard output, if the tool ended with code 0.
    ///
    /// # Errors
    /// [`PartsError::Tool`] with both outputs.
    pub fn success(self) -> Result<String, PartsError> {
        if self.status.success() {
            return Ok(self.stdout);
        }
        let ToolOutput { tool, status, stdout, stderr } = self;
        Err(PartsError::Tool { tool, status: status.to_string(), stdout, stderr })
    }

    /// The exit code, or `None` if a signal ended it.
    pub fn exit_code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// Runs `command` to its end with `input` as its standard input. The three streams are files in the site, so a program
/// that prints much does not block, and they can be read after a failure.
///
/// # Errors
/// [`PartsError::Io`]; [`PartsError::Deadline`] with the end of standard error, the program having been killed.
pub(crate) fn run_to_end(
    site: &TestSite,
    tool: &str,
    mut command: Command,
    input: &str,
    deadline: Duration,
) -> Result<ToolOutput, PartsError> {
    let directory = site.unique_directory(&format!("tool-{tool}"))?;
    let file = |name: &str| directory.join(name);
    let io = |path: &Path| PartsError::io(path.display().to_string());
    let (stdin, stdout, stderr) = (file("stdin"), file("stdout"), file("stderr"));
    std::fs::write(&stdin, input).map_err(io(&stdin))?;
    command.stdin(Stdio::from(File::open(&stdin).map_err(io(&stdin))?));
    command.stdout(Stdio::from(File::create(&stdout).map_err(io(&stdout))?));
    command.stderr(Stdio::from(File::create(&stderr).map_err(io(&stderr))?));
    let program = command.get_program().display().to_string();
    let mut child = spawner::spawn(command).map_err(PartsError::io(format!("start {program}")))?;

    let read = |path: &Path| Ok(String::from_utf8_lossy(&std::fs::read(path).map_err(io(path))?).into_owned());
    match eventually(deadline, format!("end of {tool}"), || child.try_wait().expect("a child can be waited for")) {
        Ok(status) => Ok(ToolOutput { tool: tool.to_owned(), status, stdout: read(&stdout)?, stderr: read(&stderr)? }),
        Err(PartsError::Deadline { what, waited, .. }) => {
            child.kill().expect("a child that was not reaped can be killed");
            child.wait().expect("a child can be waited for");
            let last = format!("stdout: {}\nstderr: {}", read(&stdout)?, read(&stderr)?);
            Err(PartsError::Deadline { what, waited, last: Some(last) })
        }
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, input: &str, deadline: Duration) -> Result<ToolOutput, PartsError> {
        let site = TestSite::new("tool").unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        run_to_end(&site, "shell", command, input, deadline)
    }

    #[test]
    fn streams_and_code_come_back() {
        let output = run("cat; echo bad >&2; exit 4", "fed\n", Duration::from_secs(20)).unwrap();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.exit_code()), ("fed\n", "bad\n", Some(4)));
        let text = output.success().unwrap_err().to_string();
        assert_eq!(text, "shell ended with exit status: 4\nstdout: fed\n\nstderr: bad\n");
    }

    #[test]
    fn a_hanging_tool_is_killed_and_what_it_said_is_told() {
        let error = run("echo before; exec sleep 60", "", Duration::from_millis(500)).unwrap_err();
        assert!(matches!(&error, PartsError::Deadline { .. }), "{error}");
        assert!(error.to_string().contains("stdout: before"), "{error}");
    }
}
