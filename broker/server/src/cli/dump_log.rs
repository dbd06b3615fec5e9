//! `kedge dump-log`: the lines of Kafka 3.9's `kafka-dump-log.sh` for `.log`, `.checkpoint`, `.index` and `.timeindex` files.
//!
//! Not there: checks of indexes against the log, `.txnindex` and `.snapshot` files, message formats v0 and v1.

use std::{
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use clap::Args;
use kedge_protocol::{
    batch::{
        BatchError, BatchHeader, Compression, ControlKey, ControlType, HEADER_SIZE_BYTES, RecordIter, RecordView,
        TimestampType, decompress, increment_sequence, validate_crc,
    },
    wire::DecodeError,
};
use serde_json::Value;

use super::{ToolError, schema_json};

mod group_records;

/// A batch that unfolds to more is not dumped.
const DECOMPRESSED_MAX_BYTES: usize = 1 << 30;

/// Arguments of `kedge dump-log`.
#[derive(Debug, Args)]
pub struct DumpLogArgs {
    /// Files to dump, separated by commas.
    #[arg(long, required = true, value_delimiter = ',')]
    files: Vec<PathBuf>,
    /// Prints keys and values as text; includes --deep-iteration.
    #[arg(long)]
    print_data_log: bool,
    /// Prints every record instead of batches only.
    #[arg(long)]
    deep_iteration: bool,
    /// Prints values as records of __cluster_metadata.
    #[arg(long)]
    cluster_metadata_decoder: bool,
    /// Prints keys and values as records of __consumer_offsets.
    #[arg(long, conflicts_with = "cluster_metadata_decoder")]
    offsets_decoder: bool,
    /// Prints no offsets, times and sizes of records.
    #[arg(long)]
    skip_record_metadata: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contents {
    Nothing,
    Text,
    ClusterMetadata,
    Offsets,
}

impl DumpLogArgs {
    fn contents(&self) -> Contents {
        match self {
            args if args.cluster_metadata_decoder => Contents::ClusterMetadata,
            args if args.offsets_decoder => Contents::Offsets,
            args if args.print_data_log => Contents::Text,
            _ => Contents::Nothing,
        }
    }

    fn is_deep(&self) -> bool {
        self.deep_iteration || self.contents() != Contents::Nothing
    }
}

pub(super) fn run(args: &DumpLogArgs, out: &mut impl Write) -> Result<(), ToolError> {
    for path in &args.files {
        writeln!(out, "Dumping {}", path.display())?;
        let named = |error: ToolError| ToolError(format!("{}: {error}", path.display()));
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("log" | "checkpoint") => dump_batches(path, args, out).map_err(named)?,
            Some("index") => dump_index(path, out).map_err(named)?,
            Some("timeindex") => dump_time_index(path, out).map_err(named)?,
            _ => eprintln!("Ignoring unknown file {}", path.display()),
        }
    }
    Ok(())
}

fn base_offset(path: &Path) -> Result<i64, ToolError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let digits = name.split('.').next().unwrap_or_default();
    digits.parse().map_err(|_| ToolError(format!("{name:?} does not begin with a base offset")))
}

fn dump_batches(path: &Path, args: &DumpLogArgs, out: &mut impl Write) -> Result<(), ToolError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name == "bootstrap.checkpoint" {
        writeln!(out, "KRaft bootstrap snapshot")?;
    } else if let Some((offset, leader_epoch)) = snapshot_id(name) {
        writeln!(out, "Snapshot end offset: {offset}, epoch: {leader_epoch}")?;
    } else {
        writeln!(out, "Log starting offset: {}", base_offset(path)?)?;
    }
    let file = File::open(path)?;
    let size_bytes = file.metadata()?.len();
    let mut position = 0;
    let mut last_offset = None;
    let mut gaps = Vec::new();
    while let Some(batch) = read_batch(&file, position, size_bytes)? {
        let header = BatchHeader::parse(&batch).map_err(ToolError::new)?;
        let is_valid = validate_crc(&batch).is_ok();
        print_batch(&header, position, is_valid, out)?;
        if args.is_deep() {
            for_each_record(&header, &batch, |record| {
                if last_offset.is_some_and(|last| record.record_offset != last + 1) {
                    gaps.push((last_offset, record.record_offset));
                }
                last_offset = Some(record.record_offset);
                print_record(&header, record, args, out)
            })?;
        }
        position += batch.len() as u64;
    }
    if size_bytes > position {
        writeln!(out, "Found {} invalid bytes at the end of {name}", size_bytes - position)?;
    }
    if !gaps.is_empty() {
        eprintln!("Non-consecutive offsets in {}", path.display());
        for (first, second) in gaps {
            eprintln!("  {} is followed by {second}", first.unwrap_or(-1));
        }
    }
    Ok(())
}

/// `<offset>-<leader epoch>.checkpoint`.
fn snapshot_id(name: &str) -> Option<(i64, i32)> {
    let (offset, leader_epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
    Some((offset.parse().ok()?, leader_epoch.parse().ok()?))
}

/// The whole batch at `position`; None at the end of the file or where only a part of a batch is left.
fn read_batch(file: &File, position: u64, size_bytes: u64) -> Result<Option<Vec<u8>>, ToolError> {
    let remaining = usize::try_from(size_bytes - position).map_err(ToolError::new)?;
    if remaining < HEADER_SIZE_BYTES {
        return Ok(None);
    }
    let mut batch = vec![0; HEADER_SIZE_BYTES];
    file.read_exact_at(&mut batch, position)?;
    let needed = match BatchHeader::parse(&batch) {
        Ok(header) => header.size_bytes(),
        Err(BatchError::Incomplete { .. }) => return Ok(None),
        Err(error) => return Err(ToolError(format!("position {position}: {error}"))),
    };
    if needed > remaining {
        return Ok(None);
    }
    batch.resize(needed, 0);
    file.read_exact_at(&mut batch, position)?;
    Ok(Some(batch))
}

fn for_each_record(
    header: &BatchHeader,
    batch: &[u8],
    mut visit: impl FnMut(&RecordView<'_>) -> Result<(), ToolError>,
) -> Result<(), ToolError> {
    let body = &batch[HEADER_SIZE_BYTES..];
    let unfolded;
    let body = match header.compression() {
        Compression::None => body,
        compression => {
            unfolded = decompress(compression, body, DECOMPRESSED_MAX_BYTES).map_err(ToolError::new)?;
            &unfolded
        }
    };
    for record in RecordIter::new(*header, body) {
        visit(&record.map_err(ToolError::new)?)?;
    }
    Ok(())
}

fn time_name(header: &BatchHeader) -> &'static str {
    match header.timestamp_type() {
        TimestampType::CreateTime => "CreateTime",
        TimestampType::LogAppendTime => "LogAppendTime",
    }
}

fn print_batch(header: &BatchHeader, position: u64, is_valid: bool, out: &mut impl Write) -> Result<(), ToolError> {
    let codec = match header.compression() {
        Compression::None => "none",
        Compression::Gzip => "gzip",
        Compression::Snappy => "snappy",
        Compression::Lz4 => "lz4",
        Compression::Zstd => "zstd",
    };
    let delete_horizon = match header.delete_horizon_ms() {
        Some(time_ms) => format!("OptionalLong[{time_ms}]"),
        None => "OptionalLong.empty".to_owned(),
    };
    Ok(writeln!(
        out,
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} \
         partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {delete_horizon} position: {position} \
         {}: {} size: {} magic: {} compresscodec: {codec} crc: {} isvalid: {is_valid}",
        header.base_offset,
        header.last_offset(),
        header.records_count,
        header.base_sequence,
        header.last_sequence(),
        header.producer_id,
        header.producer_epoch,
        header.partition_leader_epoch,
        header.is_transactional(),
        header.is_control(),
        time_name(header),
        header.max_timestamp,
        header.size_bytes(),
        header.magic,
        header.crc,
    )?)
}

fn print_record(
    header: &BatchHeader,
    record: &RecordView<'_>,
    args: &DumpLogArgs,
    out: &mut impl Write,
) -> Result<(), ToolError> {
    let mut prefix = "| ";
    if !args.skip_record_metadata {
        let size = |bytes: Option<&[u8]>| bytes.map_or(-1, |bytes| bytes.len() as i64);
        let sequence = match header.base_sequence {
            base if base >= 0 => increment_sequence(base, record.offset_delta),
            none => none,
        };
        let header_keys: Vec<_> = record.headers().map(|(key, _)| String::from_utf8_lossy(key)).collect();
        write!(
            out,
            "{prefix}offset: {} {}: {} keySize: {} valueSize: {} sequence: {sequence} headerKeys: [{}]",
            record.record_offset,
            time_name(header),
            record.timestamp_ms,
            size(record.key),
            size(record.value),
            header_keys.join(","),
        )?;
        prefix = " ";
        if header.is_control() {
            write!(out, "{}", control_text(record))?;
        }
    }
    if !header.is_control() {
        let (key, payload) = contents_text(args.contents(), record);
        if let Some(key) = key {
            write!(out, "{prefix}key: {key}")?;
        }
        if let Some(payload) = payload {
            write!(out, " payload: {payload}")?;
        }
    }
    Ok(writeln!(out)?)
}

/// What a control record says, with a blank before it.
fn control_text(record: &RecordView<'_>) -> String {
    let value = || Bytes::copy_from_slice(record.value.unwrap_or_default());
    let json = |label: &str, message: &str| match schema_json::message(message, 0, value()) {
        Some(Ok(json)) => format!(" {label} {json}"),
        _ => format!(" {label} (unreadable)"),
    };
    let Some(key) = record.key.and_then(ControlKey::parse) else { return " controlType: UNKNOWN(-1)".to_owned() };
    let marker = |name: &str| {
        let coordinator_epoch =
            value().get(2..6).map_or(-1, |bytes| bytes.iter().fold(0_i32, |n, byte| n << 8 | i32::from(*byte)));
        format!(" endTxnMarker: {name} coordinatorEpoch: {coordinator_epoch}")
    };
    match key.control_type {
        ControlType::Abort => marker("ABORT"),
        ControlType::Commit => marker("COMMIT"),
        ControlType::LeaderChange => " controlType: LEADER_CHANGE(2)".to_owned(),
        ControlType::SnapshotHeader => json("SnapshotHeader", "SnapshotHeaderRecord"),
        ControlType::SnapshotFooter => json("SnapshotFooter", "SnapshotFooterRecord"),
        ControlType::KRaftVersion => json("KRaftVersion", "KRaftVersionRecord"),
        ControlType::KRaftVoters => json("KRaftVoters", "VotersRecord"),
        ControlType::Unknown(code) => format!(" controlType: UNKNOWN({code})"),
    }
}

fn contents_text(contents: Contents, record: &RecordView<'_>) -> (Option<String>, Option<String>) {
    let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    match contents {
        Contents::Nothing => (None, None),
        Contents::Text => (text(record.key), text(record.value)),
        Contents::ClusterMetadata => {
            let frame = Bytes::copy_from_slice(record.value.unwrap_or_default());
            let payload = schema_json::metadata_record(frame).map(|json: Value| json.to_string());
            let skipped = |error: DecodeError| format!("Error at {}, skipping. {error}", record.record_offset);
            (None, Some(payload.unwrap_or_else(skipped)))
        }
        Contents::Offsets => group_records::texts(record),
    }
}

fn dump_index(path: &Path, out: &mut impl Write) -> Result<(), ToolError> {
    let base_offset = base_offset(path)?;
    let entries = entries::<8>(path)?;
    if entries.is_empty() {
        return Ok(writeln!(out, "{} is empty.", path.display())?);
    }
    for (index, entry) in entries.iter().enumerate() {
        let [a, b, c, d, e, f, g, h] = *entry;
        let (relative_offset, position) = (u32::from_be_bytes([a, b, c, d]), i32::from_be_bytes([e, f, g, h]));
        if relative_offset == 0 && index > 0 {
            break;
        }
        writeln!(out, "offset: {} position: {position}", base_offset + i64::from(relative_offset))?;
    }
    Ok(())
}

fn dump_time_index(path: &Path, out: &mut impl Write) -> Result<(), ToolError> {
    let base_offset = base_offset(path)?;
    for (index, entry) in entries::<12>(path)?.iter().enumerate() {
        let [timestamp @ .., a, b, c, d] = *entry;
        let relative_offset = u32::from_be_bytes([a, b, c, d]);
        if relative_offset == 0 && index > 0 {
            break;
        }
        let offset = base_offset + i64::from(relative_offset);
        writeln!(out, "timestamp: {} offset: {offset}", i64::from_be_bytes(timestamp))?;
    }
    Ok(())
}

/// The whole entries of an index file. Files are preallocated while in use: a zero offset after the first entry ends them.
fn entries<const N: usize>(path: &Path) -> Result<Vec<[u8; N]>, ToolError> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<N>().0.to_vec())
}

#[cfg(test)]
mod tests;
