//! The unit of change: a Kafka metadata record or a sidecar record; and a batch of them as frames of the metadata log.

use std::fmt;

use bytes::Bytes;
use kedge_protocol::{
    metadata_records::{MetadataRecord, PartitionChangeRecord},
    wire::{DecodeError, EncodeError},
};

use crate::{MetadataVersion, SidecarRecord};

/// One change to the image.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A record of Kafka's metadata log (`common/metadata/*.json`).
    Metadata(MetadataRecord),
    /// A fact of Kedge's own.
    Sidecar(SidecarRecord),
}

impl From<MetadataRecord> for Record {
    fn from(record: MetadataRecord) -> Record {
        Record::Metadata(record)
    }
}

impl From<SidecarRecord> for Record {
    fn from(record: SidecarRecord) -> Record {
        Record::Sidecar(record)
    }
}

/// A batch of records in the form in which the log and the sidecar keep them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncodedRecords {
    /// One frame per metadata record, in order: the values of the records of a batch in `__cluster_metadata`.
    pub frames: Vec<Bytes>,
    /// The sidecar records, in order. They produce no frame.
    pub sidecar: Vec<SidecarRecord>,
}

impl Record {
    /// The version to write a record in, as Kafka's controller chooses it at a metadata.version.
    ///
    /// The level decides for registrations and partitions; for BrokerRegistrationChange, the content does: fencing is
    /// version 0, controlled shutdown 1, log directories 2. Every other record has one version.
    pub fn record_version(record: &MetadataRecord, metadata_version: MetadataVersion) -> i16 {
        match record {
            MetadataRecord::RegisterBroker(_) => metadata_version.register_broker_record_version(),
            MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) => {
                metadata_version.partition_record_version()
            }
            MetadataRecord::BrokerRegistrationChange(change) if !change.log_dirs.is_empty() => 2,
            MetadataRecord::BrokerRegistrationChange(change) if change.in_controlled_shutdown != 0 => 1,
            _ => 0,
        }
    }

    /// Encodes a batch. Fails on a value that the record's version cannot carry, such as an ELR below level 23.
    pub fn encode_batch(records: &[Record], metadata_version: MetadataVersion) -> Result<EncodedRecords, EncodeError> {
        let mut buffer = Vec::new();
        let mut frame_ends = Vec::with_capacity(records.len());
        let mut sidecar = Vec::new();
        for record in records {
            match record {
                Record::Metadata(record) => {
                    record.encode_frame(Record::record_version(record, metadata_version), &mut buffer)?;
                    frame_ends.push(buffer.len());
                }
                Record::Sidecar(record) => sidecar.push(record.clone()),
            }
        }
        let buffer = Bytes::from(buffer);
        let frame_starts = std::iter::once(0).chain(frame_ends.iter().copied());
        let frames = frame_starts.zip(&frame_ends).map(|(start, end)| buffer.slice(start..*end)).collect();
        Ok(EncodedRecords { frames, sidecar })
    }

    /// Decodes the frames of a batch, whatever version each was written in.
    pub fn decode_batch(frames: impl IntoIterator<Item = Bytes>) -> Result<Vec<Record>, DecodeError> {
        let decode = |frame| MetadataRecord::decode_frame(frame).map(|(record, _version)| Record::Metadata(record));
        frames.into_iter().map(decode).collect()
    }
}

/// A config's value as it may be shown in logs, reports and proofs: secrets are not.
pub fn shown_config_value<'a>(config_name: &str, value: &'a str) -> &'a str {
    const SECRET_WORDS: [&str; 5] = ["password", "jaas", "secret", "keystore.key", "credential"];
    let is_secret = SECRET_WORDS.iter().any(|word| config_name.contains(word));
    if is_secret { "[hidden]" } else { value }
}

/// One line for logs: what the record is about. No secret is shown.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::Metadata(record) => display_metadata(record, f),
            Record::Sidecar(record) => display_sidecar(record, f),
        }
    }
}

fn display_metadata(record: &MetadataRecord, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use MetadataRecord as M;
    match record {
        M::RegisterBroker(r) => {
            let fenced = if r.fenced { ", fenced" } else { "" };
            write!(f, "RegisterBroker({}, broker epoch {}{fenced})", r.broker_id, r.broker_epoch)
        }
        M::UnregisterBroker(r) => write!(f, "UnregisterBroker({}, broker epoch {})", r.broker_id, r.broker_epoch),
        M::Topic(r) => write!(f, "Topic({}, {})", r.name, r.topic_id),
        M::Partition(r) => write!(
            f,
            "Partition({}-{}, leader {} epoch {}, replicas {:?}, isr {:?}, partition epoch {})",
            r.topic_id, r.partition_id, r.leader, r.leader_epoch, r.replicas, r.isr, r.partition_epoch
        ),
        M::Config(r) => {
            let value = r.value.as_deref().map_or("(deleted)", |value| shown_config_value(&r.name, value));
            write!(f, "Config({} {:?}: {}={value})", r.resource_type, r.resource_name, r.name)
        }
        M::PartitionChange(r) => display_partition_change(r, f),
        M::FenceBroker(r) => write!(f, "FenceBroker({}, broker epoch {})", r.id, r.epoch),
        M::UnfenceBroker(r) => write!(f, "UnfenceBroker({}, broker epoch {})", r.id, r.epoch),
        M::RemoveTopic(r) => write!(f, "RemoveTopic({})", r.topic_id),
        M::DelegationToken(r) => write!(f, "DelegationToken({})", r.token_id),
        M::UserScramCredential(r) => write!(f, "UserScramCredential({}, mechanism {})", r.name, r.mechanism),
        M::FeatureLevel(r) => write!(f, "FeatureLevel({}={})", r.name, r.feature_level),
        M::ClientQuota(r) => {
            let entity = r
                .entity
                .iter()
                .map(|part| format!("{}={}", part.entity_type, part.entity_name.as_deref().unwrap_or("(default)")));
            let entity = entity.collect::<Vec<_>>().join(",");
            let removed = if r.remove { ", removed" } else { "" };
            write!(f, "ClientQuota({entity}: {}={}{removed})", r.key, r.value)
        }
        M::ProducerIds(r) => write!(f, "ProducerIds(next {})", r.next_producer_id),
        M::BrokerRegistrationChange(r) => write!(
            f,
            "BrokerRegistrationChange({}, broker epoch {}, fenced {}, controlled shutdown {}, log dirs {})",
            r.broker_id,
            r.broker_epoch,
            r.fenced,
            r.in_controlled_shutdown,
            r.log_dirs.len()
        ),
        M::AccessControlEntry(r) => write!(f, "AccessControlEntry({}, {})", r.id, r.principal),
        M::RemoveAccessControlEntry(r) => write!(f, "RemoveAccessControlEntry({})", r.id),
        M::NoOp(_) => f.write_str("NoOp"),
        M::ZkMigrationState(r) => write!(f, "ZkMigrationState({})", r.zk_migration_state),
        M::RemoveUserScramCredential(r) => {
            write!(f, "RemoveUserScramCredential({}, mechanism {})", r.name, r.mechanism)
        }
        M::BeginTransaction(r) => write!(f, "BeginTransaction({})", r.name.as_deref().unwrap_or("")),
        M::EndTransaction(_) => f.write_str("EndTransaction"),
        M::AbortTransaction(r) => write!(f, "AbortTransaction({})", r.reason.as_deref().unwrap_or("")),
        M::RemoveDelegationToken(r) => write!(f, "RemoveDelegationToken({})", r.token_id),
        M::RegisterController(r) => write!(f, "RegisterController({})", r.controller_id),
        M::ClearElr(r) => write!(f, "ClearElr({})", r.topic_name),
    }
}

fn display_partition_change(r: &PartitionChangeRecord, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "PartitionChange({}-{}", r.topic_id, r.partition_id)?;
    if r.leader != crate::image::topics::NO_LEADER_CHANGE {
        write!(f, ", leader {}", r.leader)?;
    }
    if let Some(isr) = &r.isr {
        write!(f, ", isr {isr:?}")?;
    }
    for (field, replicas) in
        [("replicas", &r.replicas), ("adding", &r.adding_replicas), ("removing", &r.removing_replicas)]
    {
        if let Some(replicas) = replicas {
            write!(f, ", {field} {replicas:?}")?;
        }
    }
    if let Some(directories) = &r.directories {
        write!(f, ", directories {directories:?}")?;
    }
    if r.leader_recovery_state != -1 {
        write!(f, ", recovery state {}", r.leader_recovery_state)?;
    }
    f.write_str(")")
}

fn display_sidecar(record: &SidecarRecord, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match record {
        SidecarRecord::TopicDeletionQueued { topic_id } => write!(f, "TopicDeletionQueued({topic_id})"),
        SidecarRecord::TopicDeletionFinished { topic_id } => write!(f, "TopicDeletionFinished({topic_id})"),
        SidecarRecord::Migration(facts) => {
            write!(f, "Migration(generation {}, {:?})", facts.generation, facts.phase)?;
            facts.blocked.iter().try_for_each(|code| write!(f, " blocked({code})"))
        }
    }
}
