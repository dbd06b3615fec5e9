//! `kedge migrate …`: the move of a live cluster, as its operator sees and steers it.
//!
//! - [`tree`]: the tree through the second reader. [`preflight`]: what stands in the way of a move.
//! - [`order`]: start, rollback, finalize, hold, resume, acknowledge; [`arm`] is what start does first; [`wait`] follows an order.
//! - [`status`] and [`verify`]: what is, and the proof of it. [`controllers`]: who answers. [`view`]: how it is shown.
//!
//! Exit codes: preflight and orders 0, 2 (warnings only), 3 (blocked or refused), 4 (nobody could
//! be asked, or the outcome of an order is not known: it may be given again); verify 0, 1, 2;
//! `status --exit-code` as its help says.

pub mod arm;
pub mod controllers;
pub mod order;
pub mod preflight;
pub mod status;
pub mod tree;
pub mod verify;
pub mod view;
pub mod wait;

use std::{collections::BTreeMap, io::Write, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use kedge_metadata_state::BrokerId;

use self::controllers::Controllers;
use super::ToolError;
use crate::config::Properties;

/// Nobody could be asked.
const COULD_NOT_LOOK: u8 = 4;
/// Something blocks, or an order was refused.
const BLOCKED: u8 = 3;
/// How long the active controller is looked for: an election takes a few seconds.
const SEARCH_PATIENCE: Duration = Duration::from_secs(15);

/// Arguments of `kedge migrate`.
#[derive(Debug, Subcommand)]
pub enum MigrateCommand {
    /// Looks for everything that would stand in the way of a move. Reads only.
    Preflight(preflight::PreflightArgs),
    /// Arms the brokers and moves the cluster from ZooKeeper to the quorum. Only shows what it would do without --execute.
    Start(order::StartArgs),
    /// Shows where the move stands and why it waits, if it does.
    Status(status::StatusArgs),
    /// Compares ZooKeeper's tree with the quorum's metadata. Exit code 0 equal, 1 different, 2 not comparable.
    Verify(verify::VerifyArgs),
    /// Hands the cluster back to ZooKeeper. Only shows what it would do without --execute.
    Rollback(order::RollbackArgs),
    /// Closes the mirror: the end of the move. Only shows what it would do without --execute.
    Finalize(order::FinalizeArgs),
    /// Keeps the move from passing its next gate.
    Hold(order::HoldArgs),
    /// Takes a hold back.
    Resume(order::ResumeArgs),
    /// The writes of others to ZooKeeper's tree that status shows are known: shows them no longer.
    Acknowledge(order::AcknowledgeArgs),
}

/// Where to look for the quorum and the tree.
#[derive(Clone, Debug, Default, Args)]
pub struct PlaceArgs {
    /// Controllers to ask, separated by commas; the active one is found from any of them.
    #[arg(long, value_delimiter = ',', value_name = "HOST:PORT")]
    bootstrap_controller: Vec<String>,
    /// A node's properties file: its controller.quorum.voters and zookeeper.connect count where no option is given.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// What [`PlaceArgs`] and its file say.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Addresses of controllers.
    pub controllers: Vec<String>,
    /// `controller.quorum.voters` of the file.
    pub voters: BTreeMap<BrokerId, String>,
    /// `zookeeper.connect` of the file.
    pub zookeeper: Option<String>,
}

impl PlaceArgs {
    /// Reads the file, if one is named.
    ///
    /// # Errors
    /// The file cannot be read, or its voters are not of the form `id@host:port`.
    pub fn resolve(&self) -> Result<Places, ToolError> {
        let mut places = Places { controllers: self.bootstrap_controller.clone(), ..Places::default() };
        let Some(file) = &self.from else { return Ok(places) };
        let in_file = |problem: &dyn std::fmt::Display| ToolError(format!("{}: {problem}", file.display()));
        let bytes = std::fs::read(file).map_err(|problem| in_file(&problem))?;
        let properties = Properties::parse(&String::from_utf8_lossy(&bytes)).map_err(|problem| in_file(&problem))?;
        let value = |key: &str| properties.get(key).map(str::trim).filter(|text| !text.is_empty());
        for voter in value("controller.quorum.voters").into_iter().flat_map(|voters| voters.split(',')) {
            let parsed = voter.trim().split_once('@').and_then(|(id, address)| Some((id.parse().ok()?, address)));
            let (node_id, address) = parsed.ok_or_else(|| {
                in_file(&format!("controller.quorum.voters: {voter:?} is not of the form id@host:port"))
            })?;
            places.voters.insert(node_id, address.to_owned());
        }
        if places.controllers.is_empty() {
            places.controllers = places.voters.values().cloned().collect();
        }
        places.zookeeper = value("zookeeper.connect").map(str::to_owned);
        Ok(places)
    }

    /// The controllers to ask; there must be one.
    ///
    /// # Errors
    /// As [`Self::resolve`], and if no controller is named.
    pub fn controllers(&self) -> Result<Controllers, ToolError> {
        self.resolve()?.find_controllers()
    }
}

impl Places {
    /// The controllers to ask; there must be one.
    ///
    /// # Errors
    /// No controller is named.
    pub fn find_controllers(&self) -> Result<Controllers, ToolError> {
        match self.controllers.is_empty() {
            false => Ok(Controllers::new(self.controllers.clone(), SEARCH_PATIENCE)),
            true => Err(ToolError::new(
                "which quorum? give --bootstrap-controller HOST:PORT, or --from FILE with controller.quorum.voters",
            )),
        }
    }
}

/// Runs a command; its exit code is that of the process.
pub(super) fn main(command: &MigrateCommand) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(run(command, &mut out));
    match (done, out.flush()) {
        (Ok(code), Ok(())) => ExitCode::from(code),
        (Ok(_), Err(_)) => ExitCode::FAILURE,
        (Err(error), _) => {
            eprintln!("{error}");
            // Verify has a code of its own for "could not be compared".
            ExitCode::from(if matches!(command, MigrateCommand::Verify(_)) { 2 } else { COULD_NOT_LOOK })
        }
    }
}

/// Runs a command and returns its exit code; an error means that nobody could be asked.
async fn run(command: &MigrateCommand, out: &mut impl Write) -> Result<u8, ToolError> {
    match command {
        MigrateCommand::Preflight(args) => preflight::run(args, out).await,
        MigrateCommand::Start(args) => order::start(args, out).await,
        MigrateCommand::Status(args) => status::run(args, out).await,
        MigrateCommand::Verify(args) => verify::run(args, out).await,
        MigrateCommand::Rollback(args) => order::rollback(args, out).await,
        MigrateCommand::Finalize(args) => order::finalize(args, out).await,
        MigrateCommand::Hold(args) => order::hold(args, out).await,
        MigrateCommand::Resume(args) => order::resume(args, out).await,
        MigrateCommand::Acknowledge(args) => order::acknowledge(args, out).await,
    }
}

#[cfg(test)]
mod tests;
