//! The nodes' own API (`kedge_migration::node_api`), asked without starting a `kedge` for each question: a walk asks some
//! thousand times. Written from its description, not with its types: this crate knows no Kedge code but the codec.

use std::time::Duration;

use serde_json::{Value, json};

use super::wire;

/// The private key that ApiVersions never lists.
const NODE_API: i16 = 32_001;
/// For questions that are answered from memory.
pub const ASK_PATIENCE: Duration = Duration::from_secs(2);
/// An order's commit, or a comparison with five attempts.
pub const ORDER_PATIENCE: Duration = Duration::from_secs(30);

/// Asks one node. The error says who did not answer, and how.
pub fn call(address: &str, request: &Value, patience: Duration) -> Result<Value, String> {
    exchange(address, request, patience).map_err(|error| format!("{address}: {error}"))
}

fn exchange(address: &str, request: &Value, patience: Duration) -> std::io::Result<Value> {
    // Request header v1: api key, api version, correlation id, client id.
    let (correlation_id, client_id) = (7_i32, b"test");
    let mut frame = Vec::new();
    frame.extend(NODE_API.to_be_bytes());
    frame.extend(0_i16.to_be_bytes());
    frame.extend(correlation_id.to_be_bytes());
    frame.extend((client_id.len() as i16).to_be_bytes());
    frame.extend(client_id);
    frame.extend(serde_json::to_vec(request)?);
    let answer = wire::exchange(address, &frame, patience)?;
    let body = answer.get(4..).ok_or_else(|| std::io::Error::other("an answer without correlation id"))?;
    Ok(serde_json::from_slice(body)?)
}

/// `kedge migrate status` of the active controller: who says so with the highest epoch. With its address.
pub fn active_status(controllers: &[String]) -> Result<(String, Value), String> {
    let answers = controllers.iter().map(|address| (address, call(address, &json!("status"), ASK_PATIENCE)));
    let (mut active, mut silent) = (Vec::new(), Vec::new());
    for (address, answer) in answers {
        match answer {
            Ok(answer) if answer["status"]["is_active"] == true => {
                active.push((address.clone(), answer["status"].clone()))
            }
            Ok(_) => {}
            Err(error) => silent.push(error),
        }
    }
    active
        .into_iter()
        .max_by_key(|(_, status)| status["kraft_epoch"].as_i64())
        .ok_or_else(|| format!("no controller is active; without an answer: {silent:?}"))
}

/// `Describe` of one node.
pub fn describe(address: &str) -> Result<Value, String> {
    let answer = call(address, &json!("describe"), ASK_PATIENCE)?;
    answer.get("described").cloned().ok_or_else(|| format!("{address} answered {answer}"))
}

/// Gives an order to one controller: carried out, or why not.
pub fn order(address: &str, cluster_id: &str, order: &str) -> Result<String, Refusal> {
    let request = json!({ "order": { "cluster_id": cluster_id, "execute": true, "order": { "order": order } } });
    let answer = call(address, &request, ORDER_PATIENCE).map_err(Refusal::NoAnswer)?;
    match answer["done"]["text"].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Refusal::Refused(answer.to_string())),
    }
}

/// Why an order was not answered with "done".
#[derive(Clone, Debug)]
pub enum Refusal {
    /// It was not taken.
    Refused(String),
    /// Nobody knows whether it was.
    NoAnswer(String),
}

/// The second reader's verdict (`equal`, `different`, `not-comparable`) and its proof.
pub fn verify(address: &str) -> Result<(String, Value), String> {
    let answer = call(address, &json!("verify"), ORDER_PATIENCE)?;
    let proof = &answer["verified"]["proof"];
    match proof["verdict"].as_str() {
        Some(verdict) => Ok((verdict.to_owned(), proof.clone())),
        None => Err(answer.to_string()),
    }
}
