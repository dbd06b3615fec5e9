//! openraft's network on a [`RaftTransport`].

use std::{collections::BTreeMap, sync::Arc, sync::Mutex, time::Duration};

use bytes::Bytes;
use openraft::{
    RaftNetwork, RaftNetworkFactory,
    error::{InstallSnapshotError, NetworkError, PayloadTooLarge, RPCError, RaftError, RemoteError, Unreachable},
    network::{Backoff, RPCOption},
    raft::{
        AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse, VoteRequest,
        VoteResponse,
    },
};

use crate::{
    Clock,
    codec::CodecError,
    limits::RPC_SIZE_BYTES_MAX,
    rpc::{self, Address},
    transport::{RaftRpc, RaftTransport, TransportError},
    types::{TypeConfig, kafka_node_id, leader_epoch_of},
};

/// Pause before a voter that could not be reached is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// Connections to the other voters.
#[derive(Clone)]
pub(crate) struct Network {
    pub(crate) cluster_id: String,
    pub(crate) node_id: i32,
    pub(crate) transport: Arc<dyn RaftTransport>,
    pub(crate) clock: Clock,
    /// When each voter last answered, in milliseconds.
    pub(crate) contacts: Arc<Mutex<BTreeMap<i32, i64>>>,
}

impl RaftNetworkFactory<TypeConfig> for Network {
    type Network = Connection;

    async fn new_client(&mut self, target: u64, _node: &openraft::EmptyNode) -> Connection {
        Connection { network: self.clone(), target: kafka_node_id(target) }
    }
}

/// The way to one voter.
pub(crate) struct Connection {
    network: Network,
    target: i32,
}

type Failure<E> = RPCError<u64, openraft::EmptyNode, RaftError<u64, E>>;

impl Connection {
    fn address(&self) -> Address {
        Address { cluster_id: self.network.cluster_id.clone(), from: self.network.node_id, to: self.target }
    }

    async fn call<T, E>(&self, rpc: RaftRpc, request: Bytes, option: &RPCOption) -> Result<T, Failure<E>>
    where
        T: serde::de::DeserializeOwned,
        E: std::error::Error,
    {
        let answer = self.network.transport.call(self.target, rpc, request, option.hard_ttl()).await;
        let answer = answer.map_err(|error| match &error {
            TransportError::Unreachable { .. } => RPCError::Unreachable(Unreachable::new(&error)),
            TransportError::TimedOut { .. } => RPCError::Network(NetworkError::new(&error)),
        })?;
        let answer =
            rpc::read_answer(answer).map_err(|error: CodecError| RPCError::Unreachable(Unreachable::new(&error)))?;
        let now_ms = (self.network.clock)();
        self.network.contacts.lock().expect("no panic while locked").insert(self.target, now_ms);
        Ok(answer)
    }
}

impl RaftNetwork<TypeConfig> for Connection {
    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, RPCError<u64, openraft::EmptyNode, RaftError<u64>>> {
        let bytes = rpc::append_request(&self.address(), &request);
        if bytes.len() > RPC_SIZE_BYTES_MAX && request.entries.len() > 1 {
            // openraft counts entries, we count bytes: half as many is at most log2 more attempts.
            return Err(PayloadTooLarge::new_entries_hint(request.entries.len() as u64 / 2).into());
        }
        self.call(RaftRpc::Append, bytes, &option).await
    }

    async fn install_snapshot(
        &mut self,
        request: InstallSnapshotRequest<TypeConfig>,
        option: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, Failure<InstallSnapshotError>> {
        let bytes = rpc::snapshot_request(&self.address(), &request);
        let answer: Result<InstallSnapshotResponse<u64>, InstallSnapshotError> =
            self.call(RaftRpc::Snapshot, bytes, &option).await?;
        answer.map_err(|error| RPCError::RemoteError(RemoteError::new(self.target as u64, RaftError::APIError(error))))
    }

    async fn vote(
        &mut self,
        request: VoteRequest<u64>,
        option: RPCOption,
    ) -> Result<VoteResponse<u64>, RPCError<u64, openraft::EmptyNode, RaftError<u64>>> {
        let term = request.vote.leader_id().term;
        if leader_epoch_of(term).is_none() {
            let error = CodecError::new("vote request", format!("term {term} does not fit Kafka's leader epoch"));
            return Err(RPCError::Unreachable(Unreachable::new(&error)));
        }
        self.call(RaftRpc::Vote, rpc::vote_request(&self.address(), &request), &option).await
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(RETRY_PAUSE))
    }
}
