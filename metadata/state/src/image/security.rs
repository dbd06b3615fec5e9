//! ACLs, SCRAM credentials, client quotas and delegation tokens: carried from log to log byte for byte, not acted on yet.

use std::collections::BTreeMap;

use kedge_protocol::{
    Uuid,
    metadata_records::{AccessControlEntryRecord, ClientQuotaRecord, DelegationTokenRecord, UserScramCredentialRecord},
};

use imbl::OrdMap;

/// A quota's key: the entity (type to name, the default entity has none) and the quota's name.
pub type ClientQuotaKey = (Vec<(String, Option<String>)>, String);

/// What the move must not drop.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SecurityImage {
    /// ACLs by their id.
    pub acls: OrdMap<Uuid, AccessControlEntryRecord>,
    /// SCRAM credentials by user and mechanism.
    pub scram: OrdMap<(String, i8), UserScramCredentialRecord>,
    /// Client quotas.
    pub client_quotas: OrdMap<ClientQuotaKey, ClientQuotaRecord>,
    /// Delegation tokens by token id.
    pub delegation_tokens: OrdMap<String, DelegationTokenRecord>,
}

/// The key of a quota record. An entity is a map in Kafka, so its parts are sorted by type; the last of a repeated type
/// counts.
pub fn client_quota_key(record: &ClientQuotaRecord) -> ClientQuotaKey {
    let parts = record.entity.iter().map(|part| (part.entity_type.clone(), part.entity_name.clone()));
    let entity: BTreeMap<String, Option<String>> = parts.collect();
    (entity.into_iter().collect(), record.key.clone())
}
