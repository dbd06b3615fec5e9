//! Kafka's JSON form of records, as its dump tool prints it, made from the codec's schema files.
//!
//! A tool may be slower than the generated codec, and reading by the schema needs no code per record.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::LazyLock};

use bytes::Bytes;
use kedge_protocol::wire::{DecodeError, Decoder};
use serde_json::{Map, Value};

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let mut schemas = Schemas::default();
    for text in [
        include_str!("../../../protocol/schemas/metadata_records.schema"),
        include_str!("../../../protocol/schemas/control_records.schema"),
        include_str!("../../../protocol/schemas/group_records.schema"),
        include_str!("../../../protocol/schemas/consumer_protocol.schema"),
    ] {
        schemas.add(text);
    }
    schemas
});

/// A record of `__cluster_metadata` from its frame: its type in Kafka's capitals, its version, its fields.
pub(super) fn metadata_record(frame: Bytes) -> Result<Value, DecodeError> {
    let mut input = Decoder::new(frame);
    let (_frame_version, api_key, version) = (input.uvarint(), input.uvarint(), input.uvarint());
    input.check()?;
    let unknown = |what, value: u32| DecodeError::Unknown { what, value: i64::from(value) };
    let record_version = i16::try_from(version).map_err(|_| unknown("metadata record version", version))?;
    let schema = SCHEMAS.metadata.get(&api_key).ok_or_else(|| unknown("metadata record type", api_key))?;
    let schema = &SCHEMAS.messages[schema];
    if !schema.versions.contains(&record_version) {
        return Err(unknown("metadata record version", version));
    }
    let data = schema.read(&mut input, record_version)?;
    let mut json = Map::new();
    json.insert("type".to_owned(), capitals(&schema.name).into());
    json.insert("version".to_owned(), record_version.into());
    json.insert("data".to_owned(), data);
    Ok(Value::Object(json))
}

/// The fields of a named message in a version; None if the version is unknown.
pub(super) fn message(name: &str, version: i16, body: Bytes) -> Option<Result<Value, DecodeError>> {
    let schema = SCHEMAS.messages.get(name).expect("the dump tool asks for messages of its schemas");
    schema.versions.contains(&version).then(|| schema.read(&mut Decoder::new(body), version))
}

#[derive(Debug, Default)]
struct Schemas {
    messages: BTreeMap<String, Schema>,
    /// Names of metadata records by type.
    metadata: BTreeMap<u32, String>,
}

#[derive(Debug)]
struct Schema {
    name: String,
    versions: RangeInclusive<i16>,
    flexible: RangeInclusive<i16>,
    fields: Vec<FieldSchema>,
    structs: BTreeMap<String, Vec<FieldSchema>>,
}

#[derive(Debug)]
struct FieldSchema {
    name: String,
    type_name: String,
    is_array: bool,
    versions: RangeInclusive<i16>,
    nullable: RangeInclusive<i16>,
    tag: Option<u32>,
}

/// No version at all.
#[expect(clippy::reversed_empty_ranges, reason = "an empty range of versions is what it stands for")]
const NEVER: RangeInclusive<i16> = 1..=0;

/// `0+`, `2-4`, `3` or `none`.
fn versions(text: &str) -> RangeInclusive<i16> {
    let number = |text: &str| text.parse().expect("the committed schemas are well formed");
    match (text.strip_suffix('+'), text.split_once('-')) {
        _ if text == "none" => NEVER,
        (Some(first), _) => number(first)..=i16::MAX,
        (None, Some((first, last))) => number(first)..=number(last),
        (None, None) => number(text)..=number(text),
    }
}

impl Schemas {
    fn add(&mut self, text: &str) {
        let mut lines: Vec<(usize, Vec<&str>)> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let depth = (line.len() - line.trim_start().len()) / 2;
            lines.push((depth, line.split_ascii_whitespace().collect()));
        }
        let mut rest = lines.as_slice();
        while let Some(((_, words), below)) = rest.split_first() {
            let attribute = |key: &str| words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
            let length = below.iter().position(|(depth, _)| *depth == 0).unwrap_or(below.len());
            let mut schema = Schema {
                name: words[1].to_owned(),
                versions: versions(attribute("versions").expect("a message has versions")),
                flexible: versions(attribute("flexible").expect("a message says from when it is flexible")),
                fields: Vec::new(),
                structs: BTreeMap::new(),
            };
            schema.fields = fields(&below[..length], 1, &mut schema.structs);
            if words[0] == "metadata" {
                let key = attribute("key").expect("a metadata record has a key");
                self.metadata.insert(key.parse().expect("a key is a number"), schema.name.clone());
            }
            self.messages.insert(schema.name.clone(), schema);
            rest = &below[length..];
        }
    }
}

/// Reads the fields at `depth`; deeper lines belong to the struct named before them.
fn fields(
    lines: &[(usize, Vec<&str>)],
    depth: usize,
    structs: &mut BTreeMap<String, Vec<FieldSchema>>,
) -> Vec<FieldSchema> {
    let mut found = Vec::new();
    let mut rest = lines;
    while let Some(((_, words), below)) = rest.split_first() {
        let length = below.iter().position(|(other, _)| *other <= depth).unwrap_or(below.len());
        let inner = &below[..length];
        rest = &below[length..];
        if words[0] == "struct" {
            let fields = fields(inner, depth + 1, structs);
            structs.insert(words[1].to_owned(), fields);
            continue;
        }
        let attribute = |key: &str| words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        let (is_array, type_name) = match words[1].strip_prefix("[]") {
            Some(element) => (true, element),
            None => (false, words[1]),
        };
        if !inner.is_empty() {
            let fields = fields(inner, depth + 1, structs);
            structs.insert(type_name.to_owned(), fields);
        }
        found.push(FieldSchema {
            name: camel_case(words[0]),
            type_name: type_name.to_owned(),
            is_array,
            versions: versions(words[2]),
            nullable: attribute("null").map_or(NEVER, versions),
            tag: attribute("tag").map(|tag| tag.parse().expect("a tag is a number")),
        });
    }
    found
}

impl Schema {
    fn read(&self, input: &mut Decoder, version: i16) -> Result<Value, DecodeError> {
        self.read_fields(&self.fields, input, version)
    }

    fn read_fields(&self, fields: &[FieldSchema], input: &mut Decoder, version: i16) -> Result<Value, DecodeError> {
        let flexible = self.flexible.contains(&version);
        let mut values: Vec<Option<Value>> = vec![None; fields.len()];
        for (field, value) in fields.iter().zip(&mut values) {
            if field.versions.contains(&version) && !(flexible && field.tag.is_some()) {
                *value = Some(self.read_field(field, input, version, flexible)?);
            }
        }
        if flexible {
            for _ in 0..input.uvarint() {
                let (tag, size_bytes) = (input.uvarint(), input.uvarint());
                input.check()?;
                let known = |field: &FieldSchema| field.tag == Some(tag) && field.versions.contains(&version);
                match fields.iter().position(known) {
                    Some(index) => values[index] = Some(self.read_field(&fields[index], input, version, flexible)?),
                    // A later version's field; its length was checked against nothing yet, so it may run into the end.
                    None => {
                        for _ in 0..size_bytes {
                            input.i8();
                            input.check()?;
                        }
                    }
                }
            }
        }
        input.check()?;
        let named = fields.iter().zip(values).filter_map(|(field, value)| Some((field.name.clone(), value?)));
        Ok(Value::Object(named.collect()))
    }

    fn read_field(
        &self,
        field: &FieldSchema,
        input: &mut Decoder,
        version: i16,
        flexible: bool,
    ) -> Result<Value, DecodeError> {
        let nullable = field.nullable.contains(&version);
        if !field.is_array {
            return self.read_single(&field.type_name, input, version, flexible, nullable);
        }
        let count = if flexible { i64::from(input.uvarint()) - 1 } else { i64::from(input.i32()) };
        input.check()?;
        if count < 0 {
            return Ok(Value::Null);
        }
        let mut elements = Vec::new();
        for _ in 0..count {
            elements.push(self.read_single(&field.type_name, input, version, flexible, false)?);
        }
        Ok(Value::Array(elements))
    }

    fn read_single(
        &self,
        type_name: &str,
        input: &mut Decoder,
        version: i16,
        flexible: bool,
        nullable: bool,
    ) -> Result<Value, DecodeError> {
        const FIELD: &str = "field of a dumped record";
        let value = match type_name {
            "bool" => input.bool().into(),
            "int8" => input.i8().into(),
            "int16" => input.i16().into(),
            "uint16" => input.u16().into(),
            "int32" => input.i32().into(),
            "uint32" => input.u32().into(),
            "int64" => input.i64().into(),
            "float64" => input.f64().into(),
            "uuid" => input.uuid().to_string().into(),
            "string" => input.opt_string(flexible, nullable, FIELD).map_or(Value::Null, Value::String),
            "bytes" => input.opt_bytes(flexible, nullable, FIELD).map_or(Value::Null, |bytes| base64(&bytes).into()),
            name => {
                let fields = self.structs.get(name).expect("a schema names only its own structs");
                self.read_fields(fields, input, version)?
            }
        };
        input.check()?;
        Ok(value)
    }
}

/// `LeaderEpoch` → `leaderEpoch`.
fn camel_case(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// `ZkMigrationStateRecord` → `ZK_MIGRATION_STATE_RECORD`.
fn capitals(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}

/// Base64 with padding, as JSON holds bytes.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for index in 0..4 {
            let is_padding = index > group.len();
            let sextet = (bits >> (18 - 6 * index)) & 0x3f;
            text.push(if is_padding { '=' } else { char::from(ALPHABET[sextet as usize]) });
        }
    }
    text
}

/// Reads what [`base64`] writes; None for anything else.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let sextet = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for c in group {
            bits = bits << 6 | u32::from(sextet(*c)?);
        }
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len().max(1)]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use kedge_protocol::{
        Uuid,
        metadata_records::{BeginTransactionRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord},
    };

    use super::*;

    fn json(record: MetadataRecord, record_version: i16) -> String {
        let mut frame = Vec::new();
        record.encode_frame(record_version, &mut frame).unwrap();
        metadata_record(frame.into()).unwrap().to_string()
    }

    #[test]
    fn fields_stand_in_the_order_of_the_schema_and_tagged_ones_only_if_set() {
        let partition = PartitionRecord {
            partition_id: 3,
            topic_id: Uuid::ONE,
            replicas: vec![1, 2],
            isr: vec![1],
            leader: 1,
            leader_recovery_state: 1,
            leader_epoch: 4,
            partition_epoch: 5,
            ..Default::default()
        };
        let change = PartitionChangeRecord { topic_id: Uuid::ONE, leader: -1, ..Default::default() };
        let lines = [
            json(MetadataRecord::Partition(partition), 0),
            json(MetadataRecord::PartitionChange(change), 2),
            json(MetadataRecord::BeginTransaction(BeginTransactionRecord { name: None }), 0),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"type":"PARTITION_RECORD","version":0,"data":{"partitionId":3,"topicId":"AAAAAAAAAAAAAAAAAAAAAQ","replicas":[1,2],"isr":[1],"removingReplicas":[],"addingReplicas":[],"leader":1,"leaderRecoveryState":1,"leaderEpoch":4,"partitionEpoch":5}}
        {"type":"PARTITION_CHANGE_RECORD","version":2,"data":{"partitionId":-1,"topicId":"AAAAAAAAAAAAAAAAAAAAAQ","leader":-1}}
        {"type":"BEGIN_TRANSACTION_RECORD","version":0,"data":{}}
        "#);
    }

    #[test]
    fn bytes_are_base64() {
        for (bytes, expected) in
            [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xff\xfe\xfd\xfc", "//79/A==")]
        {
            assert_eq!(base64(bytes), expected);
            assert_eq!(from_base64(expected).as_deref(), Some(bytes));
        }
    }

    #[test]
    fn damage_is_an_error() {
        assert!(metadata_record(Bytes::from_static(&[1, 12, 0, 17, b'm'])).is_err());
        assert!(metadata_record(Bytes::from_static(&[1, 99, 0])).is_err());
        assert!(metadata_record(Bytes::from_static(&[1, 12, 9])).is_err());
    }
}
