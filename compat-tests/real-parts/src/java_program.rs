//! Java programs of the tests' own: one source file each, compiled once per test against Kafka's class path.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::java::{command_with, log4j_flag, write_tool_log4j};
use crate::{ClassPath, ManagedProcess, Parts, PartsError, TestSite, tool};

const COMPILE_DEADLINE: Duration = Duration::from_secs(60);
const HEAP: &str = "-Xmx128m";

/// A compiled Java source file. Its main class has the file's name.
#[derive(Clone, Debug)]
pub struct JavaProgram {
    site: TestSite,
    main_class: String,
    classes: PathBuf,
}

impl JavaProgram {
    /// Compiles `source` with the `javac` that lies beside `java`, against the class path of Apache Kafka 3.9.2.
    ///
    /// # Errors
    /// [`PartsError`] if there is no `javac`, or if it does not like the source.
    pub fn compile(site: &TestSite, source: &Path) -> Result<JavaProgram, PartsError> {
        let parts = Parts::locate()?;
        let classes = site.unique_directory("classes")?;
        let mut command = Command::new(parts.javac()?);
        let class_path = parts.class_path(ClassPath::Kafka3_9_2)?;
        command.args(["-J-XX:TieredStopAtLevel=1", "-proc:none", "-cp", &class_path, "-d"]);
        command.arg(&classes).arg(source);
        tool::run_to_end(site, "javac", command, "", COMPILE_DEADLINE)?.success()?;
        let main_class = source.file_stem().unwrap_or(source.as_os_str()).to_string_lossy().into_owned();
        Ok(JavaProgram { site: site.clone(), main_class, classes })
    }

    /// Starts it as the process `name`.
    ///
    /// # Errors
    /// [`PartsError`] if it cannot be started.
    pub fn spawn<S: AsRef<OsStr>>(
        &self,
        name: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<ManagedProcess, PartsError> {
        let log4j = write_tool_log4j(&self.site)?;
        let class_path = format!("{}:{}", self.classes.display(), Parts::locate()?.class_path(ClassPath::Kafka3_9_2)?);
        let mut command = command_with(&class_path, &[HEAP.to_owned(), log4j_flag(&log4j)])?;
        command.arg(&self.main_class).args(args);
        ManagedProcess::spawn(&self.site, name, command)
    }
}
