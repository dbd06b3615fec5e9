//! The link of a broker that has none: while it starts, before it knows its authority.

use async_trait::async_trait;
use bytes::Bytes;
use kedge_metadata_state::BrokerId;
use kedge_metadata_store::Registration;

use super::{ControllerLink, Heartbeat, HeartbeatReply, IsrChange, IsrReply, LinkError, ProducerIdBlock};
use crate::context::RequestContext;

/// Answers that nobody can be reached.
#[derive(Debug)]
pub struct NoLink;

fn nobody<T>() -> Result<T, LinkError> {
    Err(LinkError::Unavailable("the node is starting".to_owned()))
}

#[async_trait]
impl ControllerLink for NoLink {
    fn controller_for_clients(&self) -> Option<BrokerId> {
        None
    }

    async fn register(&self, _registration: Registration) -> Result<i64, LinkError> {
        nobody()
    }

    async fn heartbeat(&self, _heartbeat: Heartbeat) -> Result<HeartbeatReply, LinkError> {
        nobody()
    }

    async fn alter_partition(&self, _changes: Vec<IsrChange>) -> Result<Vec<IsrReply>, LinkError> {
        nobody()
    }

    async fn allocate_producer_ids(&self) -> Result<ProducerIdBlock, LinkError> {
        nobody()
    }

    async fn admin(&self, _context: &RequestContext, _body: Bytes) -> Result<Bytes, LinkError> {
        nobody()
    }
}
