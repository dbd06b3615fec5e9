//! Who sent a request, over what, and may they do that. Rebuilt from an Envelope when a broker forwards.

use std::{net::IpAddr, sync::Arc};

use kedge_metadata_state::TimestampMs;
use kedge_protocol::ApiKey;

/// Kafka's principal: `User:alice`, `User:ANONYMOUS` on a plain listener.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Its type, nearly always `User`.
    pub principal_type: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl Principal {
    /// Whoever connects without authenticating.
    pub fn anonymous() -> Principal {
        Principal { principal_type: "User".into(), name: "ANONYMOUS".into() }
    }
}

/// Kafka's SecurityProtocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum SecurityProtocol {
    /// No encryption, no authentication.
    Plaintext = 0,
    /// TLS.
    Ssl = 1,
    /// SASL over plain TCP.
    SaslPlaintext = 2,
    /// SASL over TLS.
    SaslSsl = 3,
}

/// What is asked for, in AclOperation's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Fetch, group membership.
    Read,
    /// Produce.
    Write,
    /// Create topics.
    Create,
    /// Delete topics and groups.
    Delete,
    /// Partitions, elections, cluster changes.
    Alter,
    /// Metadata, offsets, groups.
    Describe,
    /// Node-to-node requests.
    ClusterAction,
    /// Read configs.
    DescribeConfigs,
    /// Change configs.
    AlterConfigs,
    /// Idempotent produce.
    IdempotentWrite,
}

/// What it is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A topic by name.
    Topic(&'a str),
    /// A consumer group.
    Group(&'a str),
    /// The cluster.
    Cluster,
    /// A transactional id.
    TransactionalId(&'a str),
}

/// Decides whether a principal may do something. None configured means: everything is allowed, as in Kafka.
pub trait Authorizer: Send + Sync + std::fmt::Debug {
    /// Whether this request may perform the operation on the resource.
    fn authorize(&self, context: &RequestContext, operation: Operation, resource: Resource<'_>) -> bool;
}

/// `authorizer.class.name` is not set.
#[derive(Debug)]
pub struct AllowAll;

impl Authorizer for AllowAll {
    fn authorize(&self, _context: &RequestContext, _operation: Operation, _resource: Resource<'_>) -> bool {
        true
    }
}

/// Everything a handler may want to know about a request beside its body.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Who asks.
    pub principal: Principal,
    /// From where.
    pub client_address: IpAddr,
    /// Listener name, upper case, over which the *original* request came.
    pub listener_name: Arc<str>,
    /// How that listener is secured.
    pub security_protocol: SecurityProtocol,
    /// The client id of the header.
    pub client_id: Option<Arc<str>>,
    /// Number of the connection within this process.
    pub connection_id: u64,
    /// The API.
    pub api_key: ApiKey,
    /// The version the client speaks.
    pub api_version: i16,
    /// Echoed in the response.
    pub correlation_id: i32,
    /// When the frame was complete, by the node's clock.
    pub received_at: TimestampMs,
    /// It came inside an Envelope.
    pub forwarded: bool,
    /// Who decides.
    pub authorizer: Arc<dyn Authorizer>,
}

impl RequestContext {
    /// Whether the sender may perform the operation on the resource.
    pub fn authorize(&self, operation: Operation, resource: Resource<'_>) -> bool {
        self.authorizer.authorize(self, operation, resource)
    }
}
