//! Kedge's automation, one program: `cargo xtask codegen [--check]` and `cargo xtask tidy`.

mod codegen;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Kedge's automation")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write broker/protocol/src/generated/ from broker/protocol/schemas/
    Codegen {
        /// Write nothing; fail on the first stale file
        #[arg(long)]
        check: bool,
    },
    /// Check the rules of the house: arrows, purity, headers, leftovers, lengths, named tests
    Tidy {
        /// The repository to check; by default this one
        #[arg(long)]
        root: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Task::Codegen { check } => codegen::run(check),
        Task::Tidy { root } => tidy::run(&root.unwrap_or_else(repository)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository this program was built in.
fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("xtask lies in scripts/xtask").to_path_buf()
}
