//! The entry format: what one Raft log entry says about the metadata log.
//!
//! ```text
//! u8  format         1
//! i32 leader epoch   the term it was proposed under
//! i64 base offset    offset of the first record of the batch
//! i64 timestamp      milliseconds, the batch's own
//! u32 + JSON         sidecar records: [{"after": n, "record": {...}}], n = Kafka records before it in the entry
//! u32 + bytes        one record batch of message format v2: metadata record frames, or one LeaderChange control record
//! ```
//!
//! The proposer is the sole allocator of offsets: one entry is in flight, nothing else makes bytes, so it knows the base
//! offset and has written broker epochs itself. The state machine takes an entry only if its leader epoch is the term of its
//! log id and its base offset is the next offset; otherwise it is *refused* and leaves no byte. Blank and membership entries
//! leave none either. An entry with sidecar records alone carries one NoOpRecord, so that every entry has an offset.

use bytes::{BufMut, Bytes};
use kedge_metadata_state::{MetadataVersion, Record, SidecarRecord};
use kedge_protocol::{
    batch::{BatchBuilder, BatchHeader, BatchIter, ControlType, HEADER_SIZE_BYTES},
    control_records::LeaderChangeMessage,
    metadata_records::MetadataRecord,
};
use serde::{Deserialize, Serialize};

use crate::{
    codec::{CodecError, Reader, put_bytes, put_json},
    control,
    limits::{ENTRY_RECORDS_MAX, ENTRY_SIZE_BYTES_MAX},
};

/// The first byte of the format.
const FORMAT: u8 = 1;

/// A sidecar record and its place among the entry's Kafka records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SidecarAt {
    /// Number of Kafka records of the entry that come before it.
    pub after: u32,
    /// The record.
    pub record: SidecarRecord,
}

/// What a leader proposes: see the module.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataEntry {
    /// Kafka's leader epoch: the Raft term of the proposer.
    pub leader_epoch: i32,
    /// Offset of the first record of the batch.
    pub base_offset: i64,
    /// Milliseconds since the Unix epoch.
    pub timestamp_ms: i64,
    /// Sidecar records in order.
    pub sidecar: Vec<SidecarAt>,
    /// One v2 record batch, at least one record.
    pub batch: Bytes,
}

/// What the state machine did with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Applied {
    /// Its records took effect; the log ends here now.
    Accepted {
        /// Offset after the entry's last record.
        end_offset: i64,
    },
    /// Its leader epoch or base offset no longer fitted; no byte was written.
    Refused {
        /// The offset the log ends at.
        next_offset: i64,
    },
    /// A blank or membership entry.
    NoRecords,
}

/// A record that no version can carry which the metadata.version selects.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0:?} cannot be written at this metadata.version")]
pub struct NotHeld(pub Box<Record>);

/// A unit's records in their frames, ready to be put into an entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncodedUnit {
    frames: Vec<u8>,
    frame_ends: Vec<usize>,
    sidecar: Vec<SidecarAt>,
}

impl EncodedUnit {
    /// Encodes a unit's records in the versions that the metadata.version selects.
    pub fn new(metadata_version: MetadataVersion, records: &[Record]) -> Result<EncodedUnit, NotHeld> {
        let mut unit = EncodedUnit::default();
        for record in records {
            match record {
                Record::Metadata(metadata) => {
                    encode_frame(metadata, metadata_version, &mut unit.frames)?;
                    unit.frame_ends.push(unit.frames.len());
                }
                Record::Sidecar(record) => {
                    unit.sidecar.push(SidecarAt { after: unit.frame_ends.len() as u32, record: record.clone() });
                }
            }
        }
        Ok(unit)
    }

    /// Number of Kafka records.
    pub fn records_count(&self) -> usize {
        self.frame_ends.len()
    }

    /// Upper bound of what it adds to a batch, in bytes.
    pub fn size_bytes(&self) -> usize {
        // A record's own overhead: two lengths of at most 5 bytes, attributes, two deltas, key and header count.
        self.frames.len() + 24 * self.frame_ends.len() + 256 * self.sidecar.len()
    }

    /// It fits into an entry at all.
    pub fn fits_alone(&self) -> bool {
        self.records_count() <= ENTRY_RECORDS_MAX && HEADER_SIZE_BYTES + self.size_bytes() <= ENTRY_SIZE_BYTES_MAX
    }
}

/// Puts units into one entry.
#[derive(Debug)]
pub struct EntryBuilder {
    leader_epoch: i32,
    base_offset: i64,
    timestamp_ms: i64,
    batch: BatchBuilder,
    sidecar: Vec<SidecarAt>,
    sidecar_size_bytes: usize,
}

impl EntryBuilder {
    /// An empty entry.
    pub fn new(leader_epoch: i32, base_offset: i64, timestamp_ms: i64) -> EntryBuilder {
        let batch = BatchBuilder::new(base_offset).partition_leader_epoch(leader_epoch);
        EntryBuilder { leader_epoch, base_offset, timestamp_ms, batch, sidecar: Vec::new(), sidecar_size_bytes: 0 }
    }

    /// There is room for this unit.
    pub fn has_room_for(&self, unit: &EncodedUnit) -> bool {
        self.batch.records_count() as usize + unit.records_count() <= ENTRY_RECORDS_MAX
            && self.batch.size_bytes() + self.sidecar_size_bytes + unit.size_bytes() <= ENTRY_SIZE_BYTES_MAX
    }

    /// Adds a unit and returns the offset of its last record.
    pub fn push(&mut self, unit: &EncodedUnit) -> i64 {
        let before = self.batch.records_count() as u32;
        let frame_starts = std::iter::once(0).chain(unit.frame_ends.iter().copied());
        for (start, end) in frame_starts.zip(&unit.frame_ends) {
            self.batch.append(self.timestamp_ms, None, Some(&unit.frames[start..*end]), &[]);
        }
        self.sidecar_size_bytes += 256 * unit.sidecar.len();
        let placed = unit.sidecar.iter().map(|at| SidecarAt { after: before + at.after, record: at.record.clone() });
        self.sidecar.extend(placed);
        self.base_offset.max(self.end_offset() - 1)
    }

    /// Offset after its last record so far.
    fn end_offset(&self) -> i64 {
        self.base_offset + i64::from(self.batch.records_count())
    }

    /// The entry.
    pub fn build(mut self) -> MetadataEntry {
        if self.batch.records_count() == 0 {
            let mut frame = Vec::new();
            MetadataRecord::NoOp(Default::default()).encode_frame(0, &mut frame).expect("NoOpRecord has a version 0");
            self.batch.append(self.timestamp_ms, None, Some(&frame), &[]);
        }
        MetadataEntry {
            leader_epoch: self.leader_epoch,
            base_offset: self.base_offset,
            timestamp_ms: self.timestamp_ms,
            sidecar: self.sidecar,
            batch: self.batch.build(),
        }
    }
}

impl MetadataEntry {
    /// The first entry of a leader's own: a LeaderChange control record (`LeaderChangeMessage` v0).
    pub fn leader_change(
        leader_epoch: i32,
        base_offset: i64,
        timestamp_ms: i64,
        leader_id: i32,
        voter_ids: &[i32],
    ) -> MetadataEntry {
        let mut builder = BatchBuilder::new(base_offset).partition_leader_epoch(leader_epoch).control();
        let value = control::leader_change(leader_id, voter_ids);
        builder.append_control(timestamp_ms, ControlType::LeaderChange, &value);
        MetadataEntry { leader_epoch, base_offset, timestamp_ms, sidecar: Vec::new(), batch: builder.build() }
    }

    /// Offset after its last record.
    ///
    /// # Panics
    /// If the batch is not one: only for entries made here.
    pub fn end_offset(&self) -> i64 {
        BatchHeader::parse(&self.batch).expect("built here").next_offset()
    }

    /// Appends the entry's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.put_u8(FORMAT);
        out.put_i32(self.leader_epoch);
        out.put_i64(self.base_offset);
        out.put_i64(self.timestamp_ms);
        put_json(out, &self.sidecar);
        put_bytes(out, &self.batch);
    }

    /// Reads an entry; the batch shares the buffer. The batch's own bytes are checked when it is applied.
    pub fn decode(bytes: Bytes) -> Result<MetadataEntry, CodecError> {
        let mut reader = Reader(bytes);
        let format = reader.u8("entry format")?;
        if format != FORMAT {
            return Err(CodecError::new("entry format", format!("{format} is not known, {FORMAT} is")));
        }
        let entry = MetadataEntry {
            leader_epoch: reader.i32("entry leader epoch")?,
            base_offset: reader.i64("entry base offset")?,
            timestamp_ms: reader.i64("entry timestamp")?,
            sidecar: reader.json("entry sidecar")?,
            batch: reader.bytes("entry batch")?,
        };
        reader.end("entry")?;
        Ok(entry)
    }

    /// Size of what it carries, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.batch.len() + self.sidecar.len() * 256
    }
}

/// A batch of the metadata log, understood.
#[derive(Clone, Debug, PartialEq)]
pub enum BatchContent {
    /// Metadata records in order.
    Data(Vec<MetadataRecord>),
    /// The first batch of a leader.
    LeaderChange(LeaderChangeMessage),
    /// Another control batch (snapshot header or footer, kraft.version, voters): no metadata.
    OtherControl,
}

/// Reads one whole batch (CRC included) of the metadata log.
pub fn read_batch(bytes: &Bytes) -> Result<(BatchHeader, BatchContent), CodecError> {
    let bad = |error: kedge_protocol::batch::BatchError| CodecError::new("metadata batch", error);
    let mut batches = BatchIter::new(bytes);
    let batch = batches.next().ok_or_else(|| CodecError::new("metadata batch", "is empty"))?.map_err(bad)?;
    if batches.next().is_some() {
        return Err(CodecError::new("metadata batch", "more than one batch where one belongs"));
    }
    batch.validate_crc().map_err(bad)?;
    let header = batch.header;
    let mut records = Vec::new();
    for record in batch.records().map_err(bad)? {
        let record = record.map_err(bad)?;
        let value = record.value.ok_or_else(|| CodecError::new("metadata record", "has no value"))?;
        if header.is_control() {
            return Ok((header, control::read(record.key.unwrap_or_default(), bytes.slice_ref(value))?));
        }
        let (metadata, _) = MetadataRecord::decode_frame(bytes.slice_ref(value))
            .map_err(|error| CodecError::new("metadata record", format!("offset {}: {error}", record.record_offset)))?;
        records.push(metadata);
    }
    Ok((header, BatchContent::Data(records)))
}

/// Kafka records and sidecar records of an entry in their common order. The NoOpRecord that only lends an offset is left out.
pub fn merge(records: Vec<MetadataRecord>, sidecar: &[SidecarAt]) -> Vec<Record> {
    let filler = matches!(records.as_slice(), [MetadataRecord::NoOp(_)]) && !sidecar.is_empty();
    let mut merged = Vec::with_capacity(records.len() + sidecar.len());
    let mut sidecar = sidecar.iter().peekable();
    for (index, record) in records.into_iter().enumerate() {
        while let Some(next) = sidecar.next_if(|next| next.after as usize <= index) {
            merged.push(Record::Sidecar(next.record.clone()));
        }
        if !filler {
            merged.push(Record::Metadata(record));
        }
    }
    merged.extend(sidecar.map(|last| Record::Sidecar(last.record.clone())));
    merged
}

/// Appends one metadata record's frame, in the version that the metadata.version selects.
pub(crate) fn encode_frame(
    record: &MetadataRecord,
    metadata_version: MetadataVersion,
    out: &mut Vec<u8>,
) -> Result<(), NotHeld> {
    let record_version = Record::record_version(record, metadata_version);
    record.encode_frame(record_version, out).map_err(|_| NotHeld(Box::new(Record::Metadata(record.clone()))))
}

// openraft asks for serde on what it carries. Nothing of ours sends an entry through serde: files and RPCs use the format above.
impl Serialize for MetadataEntry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for MetadataEntry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(deserializer)?;
        MetadataEntry::decode(Bytes::from(bytes)).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::records::{FeatureLevelRecord, TopicRecord};
    use kedge_protocol::Uuid;

    use super::*;

    fn topic(name: &str) -> Record {
        MetadataRecord::Topic(TopicRecord { name: name.to_owned(), topic_id: Uuid::ONE }).into()
    }

    fn queued() -> SidecarRecord {
        SidecarRecord::TopicDeletionQueued { topic_id: Uuid::ONE }
    }

    fn entry(units: &[Vec<Record>]) -> (MetadataEntry, Vec<i64>) {
        let mut builder = EntryBuilder::new(5, 100, 1_700_000_000_000);
        let encoded = |records: &Vec<Record>| EncodedUnit::new(MetadataVersion::LATEST, records).unwrap();
        let offsets = units.iter().map(|unit| builder.push(&encoded(unit))).collect();
        (builder.build(), offsets)
    }

    /// The format is frozen: a change here needs a new format number and a reader for the old one.
    #[test]
    fn the_bytes_of_an_entry() {
        let level = FeatureLevelRecord { name: "metadata.version".to_owned(), feature_level: 21 };
        let (entry, _) = entry(&[vec![MetadataRecord::FeatureLevel(level).into(), queued().into()]]);
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        let lines = bytes.chunks(32).map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
        assert_eq!(MetadataEntry::decode(Bytes::from(bytes)), Ok(entry));
    }

    #[test]
    fn records_and_sidecar_keep_their_order() {
        let units =
            [vec![queued().into(), topic("a"), queued().into(), topic("b")], vec![queued().into()], vec![topic("c")]];
        let (entry, offsets) = entry(&units);
        assert_eq!(offsets, [101, 101, 102]);
        let (header, content) = read_batch(&entry.batch).unwrap();
        assert_eq!((header.base_offset, header.last_offset(), header.partition_leader_epoch), (100, 102, 5));
        let BatchContent::Data(records) = content else { panic!("data") };
        assert_eq!(merge(records, &entry.sidecar), units.concat());
    }

    #[test]
    fn a_sidecar_record_alone_borrows_a_noop_and_gives_it_back() {
        let (entry, offsets) = entry(&[vec![queued().into()]]);
        assert_eq!((offsets, entry.end_offset()), (vec![100], 101));
        let (_, BatchContent::Data(records)) = read_batch(&entry.batch).unwrap() else { panic!("data") };
        assert_eq!(records.len(), 1);
        assert_eq!(merge(records, &entry.sidecar), [queued().into()]);
    }

    #[test]
    fn leader_change_reads_back() {
        let entry = MetadataEntry::leader_change(3, 9, 1_000, 2, &[1, 2, 3]);
        let (header, content) = read_batch(&entry.batch).unwrap();
        assert!(header.is_control() && header.base_offset == 9 && header.partition_leader_epoch == 3);
        let BatchContent::LeaderChange(message) = content else { panic!("LeaderChange") };
        assert_eq!((message.leader_id, message.voters.len(), message.granting_voters.len()), (2, 3, 3));
    }

    /// Bytes cut or flipped anywhere are an error or another entry, never a panic; a batch's own CRC finds what is left.
    #[test]
    fn damaged_entries_are_refused() {
        let (entry, _) = entry(&[vec![topic("a"), queued().into()]]);
        let mut bytes = Vec::new();
        entry.encode(&mut bytes);
        for cut in 0..bytes.len() {
            assert!(MetadataEntry::decode(Bytes::copy_from_slice(&bytes[..cut])).is_err(), "cut at {cut}");
        }
        let batch_from = bytes.len() - entry.batch.len();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            if let Ok(read) = MetadataEntry::decode(Bytes::from(flipped)) {
                // Base offset and leader epoch of the batch lie outside its CRC; apply compares them with the entry's.
                let covered = at >= batch_from + 16;
                assert!(!covered || read_batch(&read.batch).is_err(), "flipped at {at}");
            }
        }
    }
}
