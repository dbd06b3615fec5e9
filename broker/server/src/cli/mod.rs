//! The command line of `kedge`. Exit code 0 or 1, as Kafka's own tools have it; `migrate` has more.

mod check_config;
mod dump_log;
mod host_name;
mod metadata_quorum;
pub mod migrate;
mod schema_json;
mod sd_notify;
mod server_args;
mod storage;
mod tools;

use std::io::{BufWriter, StdoutLock, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use dump_log::DumpLogArgs;
pub use host_name::canonical_host_name;
pub use metadata_quorum::MetadataQuorumArgs;
pub use migrate::MigrateCommand;
pub use server_args::{ServerArgs, load_config};
pub use storage::StorageCommand;
pub use tools::{
    configs::ConfigsArgs, consume::ConsumeArgs, groups::GroupsArgs, produce::ProduceArgs, topics::TopicsArgs,
};

/// A Kafka-protocol broker and controller, on ZooKeeper or on a KRaft quorum, and the live move between the two.
#[derive(Debug, Parser)]
#[command(name = "kedge", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a node: a broker, a controller or both.
    Server(ServerArgs),
    /// Formats log directories and shows what they hold.
    #[command(subcommand)]
    Storage(StorageCommand),
    /// Prints the batches and records of log segments.
    DumpLog(DumpLogArgs),
    /// Shows the state of the metadata quorum.
    MetadataQuorum(MetadataQuorumArgs),
    /// Creates, lists, describes, alters and deletes topics.
    Topics(TopicsArgs),
    /// Shows and changes configs of topics and brokers.
    Configs(ConfigsArgs),
    /// Sends the lines of standard input to a topic.
    Produce(ProduceArgs),
    /// Prints the records of a topic.
    Consume(ConsumeArgs),
    /// Lists, describes and deletes consumer groups, and resets their offsets.
    Groups(GroupsArgs),
    /// Moves a live cluster from ZooKeeper to a KRaft quorum, and back.
    #[command(subcommand)]
    Migrate(MigrateCommand),
}

/// Why a tool ends with exit code 1: a text for standard error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ToolError(pub String);

impl ToolError {
    pub(crate) fn new(text: impl std::fmt::Display) -> ToolError {
        ToolError(text.to_string())
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; for the rest Kafka's tools exit with 1, clap by itself with 2.
            let is_error = error.use_stderr();
            // Nobody reads it: nothing is left to do.
            let _ = error.print();
            // 1 and 2 are answers of `migrate verify`.
            let usage = if std::env::args().nth(1).as_deref() == Some("migrate") { 4 } else { 1 };
            return if is_error { ExitCode::from(usage) } else { ExitCode::SUCCESS };
        }
    };
    match cli.command {
        Command::Server(args) => server_args::run(args),
        Command::Storage(command) => tool(|out| storage::run(&command, out)),
        Command::DumpLog(args) => tool(|out| dump_log::run(&args, out)),
        Command::MetadataQuorum(args) => tool(|out| metadata_quorum::run(&args, out)),
        Command::Topics(args) => tool(|out| tools::topics::run(&args, out)),
        Command::Configs(args) => tool(|out| tools::configs::run(&args, out)),
        Command::Produce(args) => tools::produce::main(&args),
        Command::Consume(args) => tools::consume::main(&args),
        Command::Groups(args) => tool(|out| tools::groups::run(&args, out)),
        Command::Migrate(command) => migrate::main(&command),
    }
}

/// Runs what prints to standard output from this thread alone. Not for the server: its other threads log there.
fn tool(run: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> Result<(), ToolError>) -> ExitCode {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let done = run(&mut out);
    let flushed = out.flush();
    match done {
        Ok(()) if flushed.is_ok() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            if !error.0.is_empty() {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}

impl From<crate::client::ClientError> for ToolError {
    fn from(error: crate::client::ClientError) -> ToolError {
        ToolError::new(error)
    }
}

impl From<std::io::Error> for ToolError {
    fn from(error: std::io::Error) -> ToolError {
        ToolError::new(error)
    }
}
