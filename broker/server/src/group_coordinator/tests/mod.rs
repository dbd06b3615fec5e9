//! The machine by transcripts and by random behaviour, the records byte by byte, and the runtime over a log in memory.

mod properties;
mod records;
mod runtime;
mod transcripts;

use bytes::Bytes;
use kedge_protocol::{
    group_records::{GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue},
    wire::{Decoder, Message},
};

use super::{core::Settings, group::CommittedOffset, records::OffsetsRecord};

fn settings() -> Settings {
    Settings {
        min_session_timeout_ms: 6_000,
        max_session_timeout_ms: 1_800_000,
        initial_rebalance_delay_ms: 3_000,
        max_size: 100,
        offset_metadata_max_bytes: 16,
        offsets_retention_ms: 7 * 24 * 3_600_000,
    }
}

fn offset(committed_offset: i64, commit_timestamp_ms: i64) -> CommittedOffset {
    CommittedOffset {
        committed_offset,
        committed_leader_epoch: 3,
        metadata: "note".to_owned(),
        commit_timestamp_ms,
        expire_timestamp_ms: None,
        record_offset: -1,
    }
}

fn decode<M: Message>(bytes: &Bytes) -> M {
    let mut input = Decoder::new(bytes.clone());
    let version = input.i16();
    M::decode(version, &mut input).expect("we wrote it")
}

/// A record in words.
fn shown(record: &OffsetsRecord) -> String {
    if record.key[..2] == [0, 2] {
        let key: GroupMetadataKey = decode(&record.key);
        let Some(value) = &record.value else { return format!("group {} gone", key.group) };
        let value: GroupMetadataValue = decode(value);
        let members: Vec<String> = value
            .members
            .iter()
            .map(|member| format!("{}={}", member.member_id, String::from_utf8_lossy(&member.assignment)))
            .collect();
        return format!("group {} generation {} [{}]", key.group, value.generation, members.join(", "));
    }
    let key: OffsetCommitKey = decode(&record.key);
    let place = format!("offset {} {}-{}", key.group, key.topic, key.partition);
    match &record.value {
        None => format!("{place} gone"),
        Some(value) => format!("{place} = {}", decode::<OffsetCommitValue>(value).offset),
    }
}
