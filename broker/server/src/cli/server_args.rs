//! `kedge server [server.properties] [--override key=value]…`

use std::{
    io::Write,
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
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use tracing::{error, info, warn};

use super::{
    ToolError, canonical_host_name,
    sd_notify::{self, SdState},
};
use crate::{
    clock::SystemClock,
    config::{KafkaConfig, Properties, Warning},
    logging::{self, LogFormat},
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
    /// Prints how the file is understood, and every remark about it, and exits.
    #[arg(long)]
    check_config: bool,
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
    let bytes = std::fs::read(file).map_err(|error| ToolError(format!("{}: {error}", file.display())))?;
    // Java reads properties files as ISO 8859-1 or UTF-8 depending on the caller; Kafka's are UTF-8 in practice.
    let text = String::from_utf8_lossy(&bytes);
    let properties = Properties::parse(&text).map_err(|error| ToolError(format!("{}: {error}", file.display())))?;
    KafkaConfig::from_properties(&properties, overrides).map_err(ToolError::new)
}

/// Runs a node until SIGTERM or SIGINT. Exit code 1 for whatever keeps it from starting.
pub(super) fn run(args: ServerArgs) -> ExitCode {
    let loaded = load_config(args.file.as_deref(), &args.overrides);
    if args.check_config {
        return check_config(loaded, &mut std::io::stdout().lock());
    }
    let format = match args.log_format {
        Format::Text => LogFormat::Text,
        Format::Json => LogFormat::Json,
    };
    let log_level =
        args.log_level.or_else(|| std::env::var("KEDGE_LOG").ok()).unwrap_or_else(|| DEFAULT_LOG_LEVEL.to_owned());
    if let Err(problem) = logging::init(format, &log_level, Arc::new(SystemClock)) {
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
    for warning in &warnings {
        if warning.is_informational() {
            info!(target: "kafka.server.KafkaConfig", "{warning}");
        } else {
            warn!(target: "kafka.server.KafkaConfig", "{warning}");
        }
    }
    match serve(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!(target: "kafka.Kafka$", "{FATAL} {problem}");
            ExitCode::FAILURE
        }
    }
}

fn serve(config: KafkaConfig) -> Result<(), ToolError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // Installed before anything is started, so that a signal in between is not lost.
        let stop = StopSignals::install()?;
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

struct StopSignals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl StopSignals {
    fn install() -> std::io::Result<StopSignals> {
        Ok(StopSignals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Done at the first SIGTERM or SIGINT. SIGHUP is logged and changes nothing: there is no log file or key store to re-read.
    async fn wait(mut self) {
        loop {
            let name = tokio::select! {
                _ = self.terminate.recv() => "SIGTERM",
                _ = self.interrupt.recv() => "SIGINT",
                _ = self.hang_up.recv() => {
                    info!("SIGHUP received, going on");
                    continue;
                }
            };
            info!("Terminating process due to signal {name}");
            return;
        }
    }
}

fn check_config(loaded: Result<(KafkaConfig, Vec<Warning>), ToolError>, out: &mut impl Write) -> ExitCode {
    let (config, warnings) = match loaded {
        Ok(loaded) => loaded,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    let mut text = config.describe_given();
    for warning in warnings {
        text.push_str(&format!("# {warning}\n"));
    }
    match out.write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_cut_at_the_first_equals_sign() {
        assert_eq!(parse_override("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(parse_override(" a ="), Ok(("a".to_owned(), String::new())));
        assert!(parse_override("a").is_err() && parse_override("=b").is_err());
    }
}
