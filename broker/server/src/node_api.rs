//! What Kedge's own tools and nodes ask of a Kedge node beside Kafka's APIs: who it is, arming, the move.
//!
//! One private API on every listener, framed as a Kafka request under a key that ApiVersions never lists; both bodies are
//! JSON. Apache Kafka closes the connection on it, which is how a foreign broker is told from a Kedge. What the documents say
//! is `kedge_migration::node_api`; [`crate::startup`] serves it.

use std::time::Duration;

use bytes::Bytes;
use kedge_protocol::ApiKey;
use serde::{Serialize, de::DeserializeOwned};

use crate::client::{ClientError, NodeConnection};

/// The private key.
pub const NODE_API: ApiKey = ApiKey(32_001);

/// The version of this program, as nodes tell each other.
pub const KEDGE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Why a node could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum NodeCallError {
    /// The connection.
    #[error("{address}: {source}")]
    Client {
        /// Who was asked.
        address: String,
        /// What went wrong.
        source: ClientError,
    },
    /// It answered something else than JSON of ours: not a Kedge of this version.
    #[error("{address} does not answer as a Kedge of this version: {problem}")]
    Foreign {
        /// Who was asked.
        address: String,
        /// What went wrong.
        problem: String,
    },
}

/// Asks a node, on a connection of its own.
pub async fn call<Q: Serialize, A: DeserializeOwned>(
    address: &str,
    request: &Q,
    patience: Duration,
) -> Result<A, NodeCallError> {
    let failed = |source: ClientError| NodeCallError::Client { address: address.to_owned(), source };
    let body = serde_json::to_vec(request).expect("a request has string keys only");
    let mut connection = NodeConnection::connect(address, "kedge", patience).await.map_err(failed)?;
    let mut answer = connection.exchange(NODE_API, 0, Bytes::from(body), patience).await.map_err(failed)?;
    serde_json::from_slice(&answer.take_rest())
        .map_err(|problem| NodeCallError::Foreign { address: address.to_owned(), problem: problem.to_string() })
}
