//! The records of `__consumer_offsets`: what Kedge writes, and loading what any broker wrote. Pure.
//!
//! Written as Kafka 3.9 does: offset keys version 1, values version 3, or 1 if the commit carries an expiry; group keys
//! version 2, values version 3. Read: every version Kafka ever wrote. Keys of other kinds (KIP-848, share groups) are
//! skipped and left alone.

use std::collections::BTreeMap;

use bytes::Bytes;
use kedge_protocol::{
    batch::{BatchError, BatchIter, BatchView, Compression, ControlKey, ControlType, RecordIter, decompress},
    group_records::{GroupMetadataKey, GroupMetadataValue, MemberMetadata, OffsetCommitKey, OffsetCommitValue},
    wire::{DecodeError, Decoder, Encoder, Message},
};

use super::group::{CommittedOffset, Group, GroupState, Member, TopicPartition};

/// Largest decompressed batch that a load takes.
const DECOMPRESSED_LIMIT_BYTES: usize = 64 << 20;
const OFFSET_KEY_VERSION: i16 = 1;
const GROUP_KEY_VERSION: i16 = 2;
const OFFSET_VALUE_VERSION: i16 = 3;
const OFFSET_VALUE_VERSION_WITH_EXPIRY: i16 = 1;
const GROUP_VALUE_VERSION: i16 = 3;

/// One record to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetsRecord {
    /// Version, then the fields.
    pub key: Bytes,
    /// Version, then the fields; none is a tombstone.
    pub value: Option<Bytes>,
}

fn versioned<M: Message>(version: i16, message: &M) -> Bytes {
    let mut out = Encoder::new();
    out.i16(version);
    message.encode(version, &mut out).expect("the version carries every field, and strings came off the wire");
    out.into_bytes()
}

fn offset_key(group_id: &str, (topic, partition): &TopicPartition) -> Bytes {
    let key = OffsetCommitKey { group: group_id.to_owned(), topic: topic.clone(), partition: *partition };
    versioned(OFFSET_KEY_VERSION, &key)
}

fn group_key(group_id: &str) -> Bytes {
    versioned(GROUP_KEY_VERSION, &GroupMetadataKey { group: group_id.to_owned() })
}

/// The record of a committed offset.
pub fn offset_record(group_id: &str, partition: &TopicPartition, offset: &CommittedOffset) -> OffsetsRecord {
    let version = match offset.expire_timestamp_ms {
        Some(_) => OFFSET_VALUE_VERSION_WITH_EXPIRY,
        None => OFFSET_VALUE_VERSION,
    };
    let value = OffsetCommitValue {
        offset: offset.committed_offset,
        leader_epoch: offset.committed_leader_epoch,
        metadata: offset.metadata.clone(),
        commit_timestamp: offset.commit_timestamp_ms,
        expire_timestamp: offset.expire_timestamp_ms.unwrap_or(-1),
    };
    OffsetsRecord { key: offset_key(group_id, partition), value: Some(versioned(version, &value)) }
}

/// The record that removes a committed offset.
pub fn offset_tombstone(group_id: &str, partition: &TopicPartition) -> OffsetsRecord {
    OffsetsRecord { key: offset_key(group_id, partition), value: None }
}

/// The record of a group's generation, with the assignments about to become valid.
pub fn group_record(group: &Group, assignments: &BTreeMap<String, Bytes>) -> OffsetsRecord {
    let protocol_name = group.protocol_name.clone().unwrap_or_default();
    let member = |member: &Member| MemberMetadata {
        member_id: member.member_id.clone(),
        group_instance_id: member.group_instance_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        rebalance_timeout: member.rebalance_timeout_ms,
        session_timeout: member.session_timeout_ms,
        subscription: member.metadata(&protocol_name),
        assignment: assignments.get(&member.member_id).cloned().unwrap_or_default(),
    };
    let value = GroupMetadataValue {
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        generation: group.generation_id,
        protocol: group.protocol_name.clone(),
        leader: group.leader.clone(),
        current_state_timestamp: group.state_timestamp_ms,
        members: group.members.values().map(member).collect(),
    };
    OffsetsRecord { key: group_key(&group.group_id), value: Some(versioned(GROUP_VALUE_VERSION, &value)) }
}

/// The record that removes a group.
pub fn group_tombstone(group_id: &str) -> OffsetsRecord {
    OffsetsRecord { key: group_key(group_id), value: None }
}

/// Why a record or batch was skipped while loading.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The batch is damaged.
    #[error("batch at offset {base_offset}: {error}")]
    Batch {
        /// Its base offset.
        base_offset: i64,
        /// What is wrong.
        error: BatchError,
    },
    /// The record does not parse.
    #[error("record at offset {record_offset}: {error}")]
    Record {
        /// Its offset.
        record_offset: i64,
        /// What is wrong.
        error: DecodeError,
    },
}

/// One record, understood.
#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Offset(String, TopicPartition, Option<CommittedOffset>),
    Group(String, Option<Box<Group>>),
}

/// Builds groups from the log, oldest record first: the latest value of a key counts.
#[derive(Debug, Default)]
pub struct Loader {
    groups: BTreeMap<String, Group>,
    /// Offsets of transactions without an end so far, by producer id (TxnOffsetCommit of an Apache broker).
    undecided: BTreeMap<i64, Vec<Entry>>,
    next_offset: i64,
}

impl Loader {
    /// Where to read on.
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    /// Takes in whole batches; what does not parse is skipped and returned.
    pub fn load(&mut self, batches: &Bytes) -> Vec<LoadError> {
        let mut errors = Vec::new();
        for batch in BatchIter::new(batches) {
            match batch {
                Ok(batch) => {
                    self.next_offset = batch.header.last_offset() + 1;
                    self.load_batch(&batch, &mut errors);
                }
                Err(error) => errors.push(LoadError::Batch { base_offset: self.next_offset, error }),
            }
        }
        errors
    }

    fn load_batch(&mut self, batch: &BatchView<'_>, errors: &mut Vec<LoadError>) {
        let base_offset = batch.header.base_offset;
        let body = match batch.header.compression() {
            Compression::None => Ok(None),
            compression => decompress(compression, batch.body(), DECOMPRESSED_LIMIT_BYTES).map(Some),
        };
        let body = match body {
            Ok(body) => body,
            Err(error) => return errors.push(LoadError::Batch { base_offset, error }),
        };
        for record in RecordIter::new(batch.header, body.as_deref().unwrap_or(batch.body())) {
            let record = match record {
                Ok(record) => record,
                Err(error) => return errors.push(LoadError::Batch { base_offset, error }),
            };
            let Some(key) = record.key else { continue };
            if batch.header.is_control() {
                self.end_transaction(batch.header.producer_id, key);
                continue;
            }
            match parse(key, record.value, record.record_offset) {
                Ok(None) => {}
                Ok(Some(entry)) if batch.header.is_transactional() => {
                    self.undecided.entry(batch.header.producer_id).or_default().push(entry);
                }
                Ok(Some(entry)) => self.apply(entry),
                Err(error) => errors.push(LoadError::Record { record_offset: record.record_offset, error }),
            }
        }
    }

    fn end_transaction(&mut self, producer_id: i64, key: &[u8]) {
        let control_type = ControlKey::parse(key).map(|key| key.control_type);
        if !matches!(control_type, Some(ControlType::Commit | ControlType::Abort)) {
            return;
        }
        let entries = self.undecided.remove(&producer_id).unwrap_or_default();
        if control_type == Some(ControlType::Commit) {
            entries.into_iter().for_each(|entry| self.apply(entry));
        }
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Offset(group_id, partition, Some(offset)) => {
                let group = self.groups.entry(group_id).or_insert_with_key(|group_id| Group::new(group_id));
                group.apply_offset(partition, offset);
            }
            Entry::Offset(group_id, partition, None) => {
                if let Some(group) = self.groups.get_mut(&group_id) {
                    group.offsets.remove(&partition);
                }
            }
            Entry::Group(group_id, loaded) => {
                let offsets = self.groups.remove(&group_id).map(|group| group.offsets).unwrap_or_default();
                let group = loaded.map_or_else(|| Group::new(&group_id), |group| *group);
                self.groups.insert(group_id, Group { offsets, ..group });
            }
        }
    }

    /// The groups. Offsets of transactions that are still open stay invisible, as they were.
    pub fn finish(mut self) -> BTreeMap<String, Group> {
        self.groups.retain(|_, group| !group.is_vacant());
        self.groups
    }
}

/// Reads a record; none for keys of other kinds.
fn parse(key: &[u8], value: Option<&[u8]>, record_offset: i64) -> Result<Option<Entry>, DecodeError> {
    let mut key = Decoder::new(Bytes::copy_from_slice(key));
    let key_version = key.i16();
    key.check()?;
    let value = value.map(Bytes::copy_from_slice);
    match key_version {
        0 | 1 => {
            let key = OffsetCommitKey::decode(key_version, &mut key)?;
            let offset = value.map(|value| parse_offset(value, record_offset)).transpose()?;
            Ok(Some(Entry::Offset(key.group, (key.topic, key.partition), offset)))
        }
        GROUP_KEY_VERSION => {
            let key = GroupMetadataKey::decode(key_version, &mut key)?;
            let group = value.map(|value| parse_group(&key.group, value)).transpose()?;
            Ok(Some(Entry::Group(key.group, group.map(Box::new))))
        }
        _ => Ok(None),
    }
}

fn parse_versioned<M: Message>(value: Bytes) -> Result<M, DecodeError> {
    let mut input = Decoder::new(value);
    let version = input.i16();
    input.check()?;
    M::decode(version, &mut input)
}

fn parse_offset(value: Bytes, record_offset: i64) -> Result<CommittedOffset, DecodeError> {
    let value: OffsetCommitValue = parse_versioned(value)?;
    Ok(CommittedOffset {
        committed_offset: value.offset,
        committed_leader_epoch: value.leader_epoch,
        metadata: value.metadata,
        commit_timestamp_ms: value.commit_timestamp,
        expire_timestamp_ms: (value.expire_timestamp >= 0).then_some(value.expire_timestamp),
        record_offset,
    })
}

fn parse_group(group_id: &str, value: Bytes) -> Result<Group, DecodeError> {
    let value: GroupMetadataValue = parse_versioned(value)?;
    let protocol_name = value.protocol.clone().filter(|name| !name.is_empty());
    let mut group = Group::new(group_id);
    for (index, member) in value.members.into_iter().enumerate() {
        let rebalance_timeout_ms =
            if member.rebalance_timeout < 0 { member.session_timeout } else { member.rebalance_timeout };
        let loaded = Member {
            group_instance_id: member.group_instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            session_timeout_ms: member.session_timeout,
            rebalance_timeout_ms,
            protocols: vec![(protocol_name.clone().unwrap_or_default(), member.subscription)],
            assignment: member.assignment,
            joined_at: index as u64,
            is_new: false,
            has_synced: true,
            awaiting_join: None,
            awaiting_sync: None,
            session_deadline_ms: None,
            member_id: member.member_id.clone(),
        };
        group.members.insert(member.member_id, loaded);
    }
    group.state = if group.members.is_empty() { GroupState::Empty } else { GroupState::Stable };
    group.state_timestamp_ms = value.current_state_timestamp;
    group.joins_count = group.members.len() as u64;
    group.protocol_type = Some(value.protocol_type).filter(|name| !name.is_empty());
    group.protocol_name = protocol_name;
    group.generation_id = value.generation;
    group.leader = value.leader.filter(|leader| group.members.contains_key(leader));
    Ok(group)
}
