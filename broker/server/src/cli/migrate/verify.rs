//! `kedge migrate verify`: tree and quorum compared by the second reader, with the proof.

use std::{io::Write, path::PathBuf, time::Duration};

use clap::Args;
use kedge_migration::node_api::{NodeReply, NodeRequest, ProblemView};
use serde::Deserialize;
use serde_json::Value;

use super::{PlaceArgs, controllers::unexpected, view};
use crate::cli::ToolError;

/// The second reader reads the whole tree, more than once if metadata moves under it.
const VERIFY_TIMEOUT: Duration = Duration::from_secs(300);
/// Differences shown; the JSON has more.
const DIFFERENCES_SHOWN: usize = 20;

/// Arguments of `kedge migrate verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    places: PlaceArgs,
    /// Writes the proof as JSON: to FILE beside the screen, or to standard output instead of it.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    json: Option<Option<PathBuf>>,
}

/// The parts of a proof that are shown.
#[derive(Debug, Deserialize)]
struct ShownProof {
    verdict: String,
    reasons: Vec<String>,
    classes: serde_json::Map<String, Value>,
    difference_count: usize,
    differences: Vec<ShownDifference>,
}

#[derive(Debug, Deserialize)]
struct ShownDifference {
    class: String,
    name: String,
    zookeeper: Value,
    kraft: Value,
}

#[derive(Debug, Deserialize)]
struct ShownClass {
    zookeeper_count: usize,
    kraft_count: usize,
    zookeeper_hash: String,
    kraft_hash: String,
}

/// Lets the active controller compare, and shows what came out.
pub(super) async fn run(args: &VerifyArgs, out: &mut impl Write) -> Result<u8, ToolError> {
    let controllers = args.places.controllers()?;
    match controllers.ask(&NodeRequest::Verify, VERIFY_TIMEOUT).await? {
        NodeReply::Verified { proof } => show(&proof, args.json.as_ref(), out),
        NodeReply::Refused { problems } => not_comparable(&problems, out),
        reply => Err(unexpected(&reply)),
    }
}

fn not_comparable(problems: &[ProblemView], out: &mut impl Write) -> Result<u8, ToolError> {
    write!(out, "verdict  not-comparable\n{}", view::problems(problems))?;
    Ok(2)
}

fn show(proof: &Value, json: Option<&Option<PathBuf>>, out: &mut impl Write) -> Result<u8, ToolError> {
    let shown = ShownProof::deserialize(proof)
        .map_err(|problem| ToolError(format!("the proof is not one of this version: {problem}")))?;
    let document = || serde_json::to_string_pretty(proof).expect("JSON has string keys only");
    match json {
        Some(None) => writeln!(out, "{}", document())?,
        Some(Some(file)) => {
            write!(out, "{}", screen(&shown)?)?;
            std::fs::write(file, document() + "\n").map_err(|e| ToolError(format!("{}: {e}", file.display())))?;
            writeln!(out, "proof    {}", file.display())?;
        }
        None => write!(out, "{}", screen(&shown)?)?,
    }
    Ok(match shown.verdict.as_str() {
        "equal" => 0,
        "different" => 1,
        _ => 2,
    })
}

fn screen(proof: &ShownProof) -> Result<String, ToolError> {
    let mut text = format!("verdict  {}\n", proof.verdict);
    for reason in &proof.reasons {
        text.push_str(&view::wrapped("because  ", reason));
    }
    text.push_str(&format!("{:<16}{:>10} {:>10}  {:<17} hash kraft\n", "", "zookeeper", "kraft", "hash zookeeper"));
    for (name, class) in &proof.classes {
        let class = ShownClass::deserialize(class)
            .map_err(|problem| ToolError(format!("class {name} of the proof is not one of this version: {problem}")))?;
        let is_equal = class.zookeeper_hash == class.kraft_hash && class.zookeeper_count == class.kraft_count;
        text.push_str(&format!(
            "{name:<16}{:>10} {:>10}  {:<17} {:<17} {}\n",
            view::thousands(class.zookeeper_count),
            view::thousands(class.kraft_count),
            class.zookeeper_hash,
            class.kraft_hash,
            if is_equal { "=" } else { "≠" }
        ));
    }
    if proof.difference_count > 0 {
        text.push_str(&format!("{} different\n", view::thousands(proof.difference_count)));
    }
    for difference in proof.differences.iter().take(DIFFERENCES_SHOWN) {
        text.push_str(&format!("  {} {}\n", difference.class, difference.name));
        text.push_str(&view::wrapped("    zookeeper  ", &side(&difference.zookeeper)));
        text.push_str(&view::wrapped("    kraft      ", &side(&difference.kraft)));
    }
    if proof.difference_count > DIFFERENCES_SHOWN {
        text.push_str(&format!("  and {} more: see --json\n", proof.difference_count - DIFFERENCES_SHOWN));
    }
    Ok(text)
}

fn side(value: &Value) -> String {
    match value {
        Value::Null => "(not there)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            fields.join(" ")
        }
        other => other.to_string(),
    }
}
