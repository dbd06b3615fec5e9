//! One broker that a tool speaks to, in versions that both know.

use std::{collections::HashMap, time::Duration};

use kedge_protocol::{ErrorCode, Request, messages::ApiVersionsRequest};

use crate::client::{ClientError, NodeConnection};

/// How long a broker may take to accept a connection.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// `request.timeout.ms` of Kafka's clients.
pub(super) const REQUEST_DEADLINE: Duration = Duration::from_secs(30);

/// Why a call to one broker failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PeerError {
    /// The connection is of no use any more.
    #[error(transparent)]
    Connection(#[from] ClientError),
    /// The broker serves no version of the API that we know.
    #[error("{api} is not served by {address}")]
    NotServed {
        /// Kafka's name of the API.
        api: String,
        /// The broker's address.
        address: String,
    },
}

/// A connected broker.
#[derive(Debug)]
pub(super) struct Peer {
    connection: NodeConnection,
    address: String,
    /// Lowest and highest version by API key.
    served: HashMap<i16, (i16, i16)>,
}

impl Peer {
    /// Connects to `host:port` and asks what it serves.
    pub(super) async fn connect(address: &str, client_id: &str) -> Result<Peer, PeerError> {
        let mut connection = NodeConnection::connect(address, client_id, CONNECT_DEADLINE).await?;
        let served = connection.call(0, &ApiVersionsRequest::default(), CONNECT_DEADLINE).await?;
        if served.error_code != ErrorCode::NONE.0 {
            return Err(PeerError::NotServed { api: "ApiVersions".to_owned(), address: address.to_owned() });
        }
        let served = served.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version))).collect();
        Ok(Peer { connection, address: address.to_owned(), served })
    }

    /// The highest version of `R` that both know, no higher than `highest`.
    pub(super) fn version<R: Request>(&self, highest: i16) -> Option<i16> {
        let (low, high) = *self.served.get(&R::KEY.0)?;
        let version = high.min(R::MAX_VERSION).min(highest);
        (version >= low.max(R::MIN_VERSION)).then_some(version)
    }

    /// Sends the request that `make` forms for the version in use.
    pub(super) async fn call<R: Request>(
        &mut self,
        highest: i16,
        make: impl FnOnce(i16) -> R,
        deadline: Duration,
    ) -> Result<R::Response, PeerError> {
        let version = self
            .version::<R>(highest)
            .ok_or_else(|| PeerError::NotServed { api: R::KEY.to_string(), address: self.address.clone() })?;
        Ok(self.connection.call(version, &make(version), deadline).await?)
    }
}
