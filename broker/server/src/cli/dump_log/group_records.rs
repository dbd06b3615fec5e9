//! Keys and values of `__consumer_offsets` as Kafka's `--offsets-decoder` prints them.

use bytes::Bytes;
use kedge_protocol::batch::RecordView;
use serde_json::{Value, json};

use crate::cli::schema_json;

/// The texts of a record's key and value.
pub(super) fn texts(record: &RecordView<'_>) -> (Option<String>, Option<String>) {
    let Some(key) = record.key else {
        let text = format!("Error at offset {}, skipping. message had a missing key", record.record_offset);
        return (Some(text), None);
    };
    let (message, value_message) = match version_of(key) {
        Some(0 | 1) => ("OffsetCommitKey", "OffsetCommitValue"),
        Some(2) => ("GroupMetadataKey", "GroupMetadataValue"),
        Some(other) => {
            let text = format!("Unknown record type {other} at offset {}, skipping.", record.record_offset);
            return (Some(text), None);
        }
        None => return (Some(skipped(record)), None),
    };
    let Some((version, data)) = versioned(message, key) else { return (Some(skipped(record)), None) };
    let key_text = json!({"type": version.to_string(), "data": data}).to_string();
    let Some(value) = record.value else { return (Some(key_text), Some("<DELETE>".to_owned())) };
    let Some((version, mut data)) = versioned(value_message, value) else { return (Some(skipped(record)), None) };
    unfold_members(&mut data);
    (Some(key_text), Some(json!({"version": version.to_string(), "data": data}).to_string()))
}

fn skipped(record: &RecordView<'_>) -> String {
    format!("Error at offset {}, skipping. the record does not parse", record.record_offset)
}

fn version_of(bytes: &[u8]) -> Option<i16> {
    Some(i16::from_be_bytes(*bytes.first_chunk::<2>()?))
}

/// A message with its version in front.
fn versioned(message: &str, bytes: &[u8]) -> Option<(i16, Value)> {
    let version = version_of(bytes)?;
    let data = schema_json::message(message, version, Bytes::copy_from_slice(&bytes[2..]))?.ok()?;
    Some((version, data))
}

/// Members of a consumer group carry their subscription and assignment in the consumers' own protocol.
fn unfold_members(group: &mut Value) {
    if group.get("protocolType").and_then(Value::as_str) != Some("consumer") {
        return;
    }
    for member in group.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten() {
        for (field, message) in
            [("subscription", "ConsumerProtocolSubscription"), ("assignment", "ConsumerProtocolAssignment")]
        {
            let bytes = member.get(field).and_then(Value::as_str).and_then(schema_json::from_base64);
            // What does not parse is printed as it is, as Kafka does.
            if let Some((_, unfolded)) = bytes.and_then(|bytes| versioned(message, &bytes)) {
                member[field] = unfolded;
            }
        }
    }
}
