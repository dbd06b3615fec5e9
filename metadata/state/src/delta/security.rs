//! ACLs, SCRAM credentials, client quotas and delegation tokens. Only an ACL's removal insists on finding it, as in Kafka.

use kedge_protocol::metadata_records::{
    AccessControlEntryRecord, ClientQuotaRecord, DelegationTokenRecord, RemoveAccessControlEntryRecord,
    RemoveDelegationTokenRecord, RemoveUserScramCredentialRecord, UserScramCredentialRecord,
    client_quota_record::EntityData,
};

use super::{Delta, ReplayError};
use crate::image::security::client_quota_key;

impl Delta {
    pub(super) fn replay_client_quota(&mut self, record: &ClientQuotaRecord) {
        let key = client_quota_key(record);
        if record.remove {
            self.image.security.client_quotas.remove(&key);
        } else {
            // The entity in the order of the key, so that equal quotas are equal records.
            let part = |(entity_type, entity_name): &(String, Option<String>)| EntityData {
                entity_type: entity_type.clone(),
                entity_name: entity_name.clone(),
            };
            let record = ClientQuotaRecord { entity: key.0.iter().map(part).collect(), ..record.clone() };
            self.image.security.client_quotas.insert(key, record);
        }
        self.touched.security = true;
    }

    pub(super) fn replay_user_scram_credential(&mut self, record: &UserScramCredentialRecord) {
        self.image.security.scram.insert((record.name.clone(), record.mechanism), record.clone());
        self.touched.security = true;
    }

    pub(super) fn replay_remove_user_scram_credential(&mut self, record: &RemoveUserScramCredentialRecord) {
        self.image.security.scram.remove(&(record.name.clone(), record.mechanism));
        self.touched.security = true;
    }

    pub(super) fn replay_access_control_entry(&mut self, record: &AccessControlEntryRecord) {
        self.image.security.acls.insert(record.id, record.clone());
        self.touched.security = true;
    }

    pub(super) fn replay_remove_access_control_entry(
        &mut self,
        record: &RemoveAccessControlEntryRecord,
    ) -> Result<(), ReplayError> {
        if self.image.security.acls.remove(&record.id).is_none() {
            return Err(ReplayError::UnknownAcl { acl_id: record.id });
        }
        self.touched.security = true;
        Ok(())
    }

    pub(super) fn replay_delegation_token(&mut self, record: &DelegationTokenRecord) {
        self.image.security.delegation_tokens.insert(record.token_id.clone(), record.clone());
        self.touched.security = true;
    }

    pub(super) fn replay_remove_delegation_token(&mut self, record: &RemoveDelegationTokenRecord) {
        self.image.security.delegation_tokens.remove(&record.token_id);
        self.touched.security = true;
    }
}
