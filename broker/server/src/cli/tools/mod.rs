//! Look-alikes of Kafka's command line tools, over Kafka's protocol: the flags, texts and exit codes of Apache Kafka 3.9.
//!
//! They ask any broker, Kedge's or Apache's. What a flag would need and this build has not (SASL, TLS, ACLs, quotas) is
//! refused by name. Where texts differ from Apache's on purpose, the head of the tool's file says so.

mod admin;
pub(super) mod configs;
pub(super) mod consume;
pub(super) mod groups;
mod key_values;
mod peer;
pub(super) mod produce;
mod topic_filter;
pub(super) mod topics;

use std::{future::Future, path::Path};

use clap::Args;

use super::ToolError;
use admin::AdminClient;
use key_values::KeyValues;

/// How a tool that administers a cluster reaches it.
#[derive(Debug, Args)]
struct Connection {
    /// Brokers to ask first, HOST:PORT separated by commas.
    #[arg(long, value_name = "SERVERS")]
    bootstrap_server: Option<String>,
    /// A properties file for the client. Keys that need SASL or TLS are refused.
    #[arg(long, value_name = "FILE")]
    command_config: Option<std::path::PathBuf>,
}

impl Connection {
    /// The client, or nothing when no server is named.
    fn client(&self, client_id: &str) -> Result<Option<AdminClient>, ToolError> {
        if let Some(file) = &self.command_config {
            KeyValues::read(file)?.refuse_security()?;
        }
        self.bootstrap_server.as_deref().map(|servers| AdminClient::new(servers, client_id)).transpose()
    }
}

/// Runs a tool's requests on this thread.
fn block_on<T>(work: impl Future<Output = Result<T, ToolError>>) -> Result<T, ToolError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// A wrong combination of flags: the text, and where the flags are explained. Kafka's tools print their whole table here.
fn usage(tool: &str, text: impl std::fmt::Display) -> ToolError {
    ToolError(format!("{text}\nTry 'kedge {tool} --help'."))
}

/// A flag, and whether it is given.
type Given = (&'static str, bool);

/// The first pair of flags that exclude each other, in the words of Kafka's tools: each row is a flag, whether it is given, and
/// the flags that must not stand beside it.
fn first_conflict(rows: &[(&str, bool, &[Given])]) -> Option<String> {
    rows.iter().filter(|(_, given, _)| *given).find_map(|(flag, _, others)| {
        let (other, _) = others.iter().find(|(other, given)| *given && other != flag)?;
        Some(format!("Option \"[{flag}]\" can't be used with option \"[{other}]\""))
    })
}

fn read_text(file: &Path) -> Result<String, ToolError> {
    let bytes = std::fs::read(file).map_err(|error| ToolError(format!("{}: {error}", file.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The flags of a tool as a test's line gives them.
#[cfg(test)]
fn parsed<A: Args>(tool: &'static str, line: &str) -> A {
    #[derive(Debug, clap::Parser)]
    struct Line<A: Args> {
        #[command(flatten)]
        args: A,
    }
    let words = std::iter::once(tool).chain(line.split_whitespace());
    <Line<A> as clap::Parser>::try_parse_from(words).unwrap_or_else(|error| panic!("{error}")).args
}

/// Each line of flags, and below it the first line of what the tool answers to it.
#[cfg(test)]
fn answers<T: std::fmt::Debug>(lines: &[&str], action: impl Fn(&str) -> Result<T, ToolError>) -> String {
    let answer = |line: &&str| {
        let text = action(line).map_or_else(|error| error.to_string(), |action| format!("{action:?}"));
        format!("{line}\n    {}", text.lines().next().unwrap_or_default())
    };
    lines.iter().map(answer).collect::<Vec<_>>().join("\n")
}
