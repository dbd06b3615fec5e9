//! How a record is printed (Kafka's `DefaultMessageFormatter`). Pure.

use kedge_protocol::batch::{RecordView, TimestampType};

use super::super::{ToolError, key_values::KeyValues};

/// How the bytes of a field are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deserializer {
    /// As they are.
    Bytes,
    /// A number of eight bytes.
    Long,
    /// A number of four bytes.
    Integer,
}

/// What of a record is printed, and between what.
#[derive(Debug)]
pub(super) struct Formatter {
    timestamp: bool,
    partition: bool,
    offset: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: Vec<u8>,
    line_separator: Vec<u8>,
    headers_separator: Vec<u8>,
    null_literal: Vec<u8>,
    key_deserializer: Deserializer,
    value_deserializer: Deserializer,
    headers_deserializer: Deserializer,
}

impl Formatter {
    /// From `--property` flags.
    pub(super) fn configured(values: &KeyValues) -> Result<Formatter, ToolError> {
        let flag = |key: &str, default: bool| values.flag(key).unwrap_or(default);
        let bytes = |key: &str, default: &str| values.get(key).unwrap_or(default).as_bytes().to_vec();
        Ok(Formatter {
            timestamp: flag("print.timestamp", false),
            partition: flag("print.partition", false),
            offset: flag("print.offset", false),
            headers: flag("print.headers", false),
            key: flag("print.key", false),
            value: flag("print.value", true),
            key_separator: bytes("key.separator", "\t"),
            line_separator: bytes("line.separator", "\n"),
            headers_separator: bytes("headers.separator", ","),
            null_literal: bytes("null.literal", "null"),
            key_deserializer: deserializer(values, "key.deserializer")?,
            value_deserializer: deserializer(values, "value.deserializer")?,
            headers_deserializer: deserializer(values, "headers.deserializer")?,
        })
    }

    /// Appends the record's text. `timestamp_type` is that of its batch.
    pub(super) fn write(
        &self,
        partition: i32,
        record: &RecordView<'_>,
        timestamp_type: TimestampType,
        out: &mut Vec<u8>,
    ) {
        let mut columns: Vec<Vec<u8>> = Vec::new();
        if self.timestamp {
            let name = match timestamp_type {
                TimestampType::CreateTime => "CreateTime",
                TimestampType::LogAppendTime => "LogAppendTime",
            };
            columns.push(format!("{name}:{}", record.timestamp_ms).into_bytes());
        }
        if self.partition {
            columns.push(format!("Partition:{partition}").into_bytes());
        }
        if self.offset {
            columns.push(format!("Offset:{}", record.record_offset).into_bytes());
        }
        if self.headers {
            columns.push(self.headers(record));
        }
        if self.key {
            columns.push(self.field(record.key, self.key_deserializer));
        }
        if self.value {
            columns.push(self.field(record.value, self.value_deserializer));
        }
        if !columns.is_empty() {
            out.extend_from_slice(&columns.join(self.key_separator.as_slice()));
            out.extend_from_slice(&self.line_separator);
        }
    }

    fn headers(&self, record: &RecordView<'_>) -> Vec<u8> {
        let header =
            |(key, value): (&[u8], Option<&[u8]>)| [key, b":", &self.field(value, self.headers_deserializer)].concat();
        let headers: Vec<Vec<u8>> = record.headers().map(header).collect();
        if headers.is_empty() { b"NO_HEADERS".to_vec() } else { headers.join(self.headers_separator.as_slice()) }
    }

    fn field(&self, bytes: Option<&[u8]>, deserializer: Deserializer) -> Vec<u8> {
        let Some(bytes) = bytes else { return self.null_literal.clone() };
        let number = match (deserializer, bytes.len()) {
            (Deserializer::Long, 8) => bytes.try_into().ok().map(|bytes| i64::from_be_bytes(bytes).to_string()),
            (Deserializer::Integer, 4) => bytes.try_into().ok().map(|bytes| i32::from_be_bytes(bytes).to_string()),
            (Deserializer::Long | Deserializer::Integer, size) => Some(format!("<{size} bytes: no such number>")),
            (Deserializer::Bytes, _) => None,
        };
        number.map_or_else(|| bytes.to_vec(), String::into_bytes)
    }
}

fn deserializer(values: &KeyValues, key: &str) -> Result<Deserializer, ToolError> {
    let Some(class) = values.get(key) else { return Ok(Deserializer::Bytes) };
    match class.strip_prefix("org.apache.kafka.common.serialization.") {
        Some("StringDeserializer" | "ByteArrayDeserializer" | "BytesDeserializer") => Ok(Deserializer::Bytes),
        Some("LongDeserializer") => Ok(Deserializer::Long),
        Some("IntegerDeserializer") => Ok(Deserializer::Integer),
        _ => Err(ToolError(format!("{key}={class} is a Java class, which this tool cannot load"))),
    }
}
