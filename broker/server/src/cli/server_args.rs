//! `kedge server [server.properties] [--override key=value]…`

use std::{
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::{Args, ValueEnum};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
};
use tracing::{error, info, warn};

use super::{
    ToolError, canonical_host_name,
    check_config::{self, Detail},
    sd_notify::{self, SdState},
};
use crate::{
    clock::SystemClock,
    config::{KafkaConfig, Properties, Warning},
    logging::{self, LogFile, LogFormat},
    startup,
};

/// Log filter without flag or KEDGE_LOG. The Raft library tells its inner life at INFO, the second reader's client its
/// session's password.
const DEFAULT_LOG_LEVEL: &str = "info,openraft=warn,zookeeper_async=warn";
/// What wrapper scripts look for when a node does not come up.
const FATAL: &str = "Exiting Kafka due to fatal exception during startup.";

/// Arguments of `kedge server`, in the order of `kafka-server-start.sh`.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// Kafka's server.properties. Without it: one combined node on localhost:9092, its data under ./kedge-data.
    file: Option<PathBuf>,
    /// Replaces one key of the file; may be repeated.
    #[arg(long = "override", value_name = "KEY=VALUE", value_parser = parse_override)]
    overrides: Vec<(String, String)>,
    /// Prints what becomes of every line of the file and what is in force, and exits: 0 if a node starts with it, else 1.
    #[arg(long, value_enum, value_name = "DETAIL", num_args = 0..=1, require_equals = true, default_missing_value = "changed")]
    check_config: Option<Detail>,
    /// Appends the log to this file instead of standard output; SIGHUP opens it anew, for logrotate.
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Form of the log lines.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    log_format: Format,
    /// Least severe level that is logged: error, warn, info, debug, trace, or `logger=level` pairs [env: KEDGE_LOG] [default: info].
    #[arg(long)]
    log_level: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Log4j's pattern: [time] LEVEL message (logger).
    Text,
    /// One JSON object per line.
    Json,
}

fn parse_override(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    if key.trim().is_empty() {
        return Err("the key is empty".to_owned());
    }
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// Reads the configuration of a node: a file and overrides, or the built-in combined node.
pub fn load_config(
    file: Option<&Path>,
    overrides: &[(String, String)],
) -> Result<(KafkaConfig, Vec<Warning>), ToolError> {
    let Some(file) = file else { return KafkaConfig::default_combined(overrides).map_err(ToolError::new) };
    KafkaConfig::from_properties(&read_properties(file)?, overrides).map_err(ToolError::new)
}

pub(super) fn read_properties(file: &Path) -> Result<Properties, ToolError> {
    let bytes = std::fs::read(file).map_err(|error| ToolError(format!("{}: {error}", file.display())))?;
    // Java reads properties files as ISO 8859-1 or UTF-8 depending on the caller; Kafka's are UTF-8 in practice.
    let text = String::from_utf8_lossy(&bytes);
    Properties::parse(&text).map_err(|error| ToolError(format!("{}: {error}", file.display())))
}

/// Runs a node until SIGTERM or SIGINT. Exit code 1 for whatever keeps it from starting.
pub(super) fn run(args: ServerArgs) -> ExitCode {
    if let Some(detail) = args.check_config {
        return check_config::run(args.file.as_deref(), &args.overrides, detail, &mut std::io::stdout().lock());
    }
    let loaded = load_config(args.file.as_deref(), &args.overrides);
    let format = match args.log_format {
        Format::Text => LogFormat::Text,
        Format::Json => LogFormat::Json,
    };
    let log_level =
        args.log_level.or_else(|| std::env::var("KEDGE_LOG").ok()).unwrap_or_else(|| DEFAULT_LOG_LEVEL.to_owned());
    let log_file = match args.log_file.as_deref().map(LogFile::open).transpose() {
        Ok(log_file) => log_file,
        Err(problem) => {
            eprintln!("--log-file: {problem}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(problem) = logging::init(format, &log_level, Arc::new(SystemClock), log_file.clone()) {
        eprintln!("--log-level: {problem}");
        return ExitCode::FAILURE;
    }
    let (mut config, warnings) = match loaded {
        Ok(loaded) => loaded,
        Err(problem) => {
            error!(target: "kafka.Kafka$", "{FATAL} {problem}");
            return ExitCode::FAILURE;
        }
    };
    config.advertise_host(&canonical_host_name());
    if let Some(line) = java_environment(|name| std::env::var_os(name).is_some()) {
        info!(target: "kafka.server.KafkaConfig", "{line}");
    }
    for warning in &warnings {
        if warning.is_informational() {
            info!(target: "kafka.server.KafkaConfig", "{warning}");
        } else {
            warn!(target: "kafka.server.KafkaConfig", "{warning}");
        }
    }
    match serve(config, log_file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!(target: "kafka.Kafka$", "{FATAL} {problem}");
            ExitCode::FAILURE
        }
    }
}

/// What start scripts set for a JVM.
const JAVA_ENVIRONMENT: [&str; 9] = [
    "JAVA_HOME",
    "CLASSPATH",
    "KAFKA_HEAP_OPTS",
    "KAFKA_OPTS",
    "KAFKA_JMX_OPTS",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_LOG4J_OPTS",
    "JMX_PORT",
];

/// One line about variables that are set and mean nothing here.
fn java_environment(is_set: impl Fn(&str) -> bool) -> Option<String> {
    let set: Vec<&str> = JAVA_ENVIRONMENT.into_iter().filter(|name| is_set(name)).collect();
    (!set.is_empty()).then(|| format!("{}: set in the environment, without effect: there is no JVM", set.join(", ")))
}

fn serve(config: KafkaConfig, log_file: Option<Arc<LogFile>>) -> Result<(), ToolError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // Installed before anything is started, so that a signal in between is not lost.
        let stop = StopSignals::install(log_file)?;
        run_until(config, stop.wait()).await
    })
}

/// Runs a node until `stop` is done. A node that has not started by then is abandoned: it holds no leadership to hand over.
async fn run_until(config: KafkaConfig, stop: impl Future<Output = ()>) -> Result<(), ToolError> {
    let has_started = AtomicBool::new(false);
    let (stop_node, stopped) = oneshot::channel();
    // The node waits for this only once it serves.
    let stopped = async {
        has_started.store(true, Ordering::Relaxed);
        sd_notify::tell(SdState::Ready);
        // A dropped sender means that the process ends as well.
        let _ = stopped.await;
    };
    let mut node = pin!(startup::run(config, stopped));
    tokio::select! {
        ended = &mut node => return ended.map_err(ToolError::new),
        () = stop => sd_notify::tell(SdState::Stopping),
    }
    if !has_started.load(Ordering::Relaxed) {
        warn!(target: "kafka.server.KafkaServer", "stopped before the start was complete");
        return Ok(());
    }
    // The node may have ended by itself just now.
    let _ = stop_node.send(());
    node.await.map_err(ToolError::new)
}

/// The signals that a node reacts to. One that was ignored when the process began stays ignored: `nohup` and shells that put a
/// command into the background mean it (docs/decisions/0009-sighup.md).
struct StopSignals {
    terminate: Signal,
    interrupt: Option<Signal>,
    hang_up: Option<Signal>,
    log_file: Option<Arc<LogFile>>,
}

impl StopSignals {
    fn install(log_file: Option<Arc<LogFile>>) -> std::io::Result<StopSignals> {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let unless_ignored = |kind: SignalKind| {
            if is_ignored(&status, kind.as_raw_value()) { Ok(None) } else { signal(kind).map(Some) }
        };
        Ok(StopSignals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: unless_ignored(SignalKind::interrupt())?,
            hang_up: unless_ignored(SignalKind::hangup())?,
            log_file,
        })
    }

    /// Done at the first SIGTERM or SIGINT. At SIGHUP the log file is opened anew, and the node goes on.
    async fn wait(mut self) {
        loop {
            let name = tokio::select! {
                _ = self.terminate.recv() => "SIGTERM",
                () = received(&mut self.interrupt) => "SIGINT",
                () = received(&mut self.hang_up) => {
                    self.hung_up();
                    continue;
                }
            };
            info!("Terminating process due to signal {name}");
            return;
        }
    }

    fn hung_up(&self) {
        match &self.log_file {
            None => info!("SIGHUP received, going on; the log goes to standard output, so no file is opened anew"),
            Some(log_file) => match log_file.reopen() {
                Ok(()) => info!("SIGHUP received, going on; {} was opened anew", log_file.path().display()),
                Err(problem) => error!(%problem, "SIGHUP: {} cannot be opened anew", log_file.path().display()),
            },
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether a signal stands in the `SigIgn` mask of `/proc/self/status`.
fn is_ignored(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inherited_ignored_is_read_from_the_mask() {
        let status = "Name:\tkedge\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001003\nSigCgt:\t0000000000000000\n";
        assert!(is_ignored(status, 1) && is_ignored(status, 2) && is_ignored(status, 13));
        assert!(!is_ignored(status, 15) && !is_ignored("", 1));
    }

    #[test]
    fn variables_for_a_jvm_are_named_in_one_line() {
        let line = java_environment(|name| ["KAFKA_OPTS", "JAVA_HOME", "PATH"].contains(&name));
        let expected = "JAVA_HOME, KAFKA_OPTS: set in the environment, without effect: there is no JVM";
        assert_eq!(line.as_deref(), Some(expected));
        assert_eq!(java_environment(|_| false), None);
    }

    #[test]
    fn overrides_are_cut_at_the_first_equals_sign() {
        assert_eq!(parse_override("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(parse_override(" a ="), Ok(("a".to_owned(), String::new())));
        assert!(parse_override("a").is_err() && parse_override("=b").is_err());
    }
}
