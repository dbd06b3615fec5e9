//! Snapshots: two files each, `<end offset>-<leader epoch>.checkpoint` in Kafka's format (KIP-630) and `.kedge` beside it.
//!
//! The checkpoint is what observers fetch: a SnapshotHeader control batch, data batches, a SnapshotFooter control batch, offsets
//! from 0. The `.kedge` file holds what Kafka has no place for: the Raft log id and membership that the snapshot stands for, and
//! the sidecar. A snapshot exists once its `.kedge` file does. Both are cut at a stable batch end only, never inside a
//! metadata transaction, and are the same on every node.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bytes::{BufMut, Bytes};
use kedge_metadata_state::{Dialect, Image, MetadataVersion, Record, SidecarRecord};
use kedge_protocol::batch::{BatchBuilder, ControlType};
use serde::{Deserialize, Serialize};

use crate::{
    codec::{CodecError, Reader, put_bytes},
    control,
    crash_points::CrashPoints,
    entry::{BatchContent, encode_frame, read_batch},
    epochs::OffsetAndEpoch,
    files,
    limits::{ENTRY_SIZE_BYTES_MAX, SNAPSHOT_BATCH_RECORDS_MAX},
    sealed,
    types::{LogId, SnapshotMeta, StoredMembership},
};

/// What a node's state is at a stable batch end, besides the image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    /// The last Raft entry it includes.
    pub(crate) log_id: Option<LogId>,
    /// The last membership.
    pub(crate) membership: StoredMembership,
    /// End of the derived log.
    pub(crate) end_offset: i64,
    /// Leader epoch of the record before that end; 0 without records.
    pub(crate) leader_epoch: i32,
    /// Timestamp of the last batch, in milliseconds.
    pub(crate) timestamp_ms: i64,
}

impl Point {
    /// The id of a snapshot cut here.
    pub(crate) fn snapshot_id(&self) -> OffsetAndEpoch {
        OffsetAndEpoch { end_offset: self.end_offset, leader_epoch: self.leader_epoch }
    }
}

/// The document of a `.kedge` file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Companion {
    format: u32,
    point: Point,
    sidecar: Vec<SidecarRecord>,
    checkpoint_size_bytes: u64,
    checkpoint_crc32c: u32,
}

const COMPANION_FORMAT: u32 = 1;

/// A snapshot on disk.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredSnapshot {
    pub(crate) point: Point,
    pub(crate) checkpoint: PathBuf,
    pub(crate) checkpoint_size_bytes: u64,
}

impl StoredSnapshot {
    pub(crate) fn id(&self) -> OffsetAndEpoch {
        self.point.snapshot_id()
    }

    /// How openraft knows it.
    pub(crate) fn meta(&self) -> SnapshotMeta {
        let index = self.point.log_id.map_or(0, |log_id| log_id.index);
        SnapshotMeta {
            last_log_id: self.point.log_id,
            last_membership: self.point.membership.clone(),
            snapshot_id: format!("{}-{}-{index}", self.point.end_offset, self.point.leader_epoch),
        }
    }
}

/// A snapshot's content.
pub(crate) struct Loaded {
    pub(crate) point: Point,
    pub(crate) image: Image,
}

fn stem(id: OffsetAndEpoch) -> String {
    format!("{:020}-{:010}", id.end_offset, id.leader_epoch)
}

/// The bytes of a `.checkpoint`: a pure function of the image and the point.
pub(crate) fn checkpoint_bytes(image: &Image, point: &Point) -> Result<Vec<u8>, CodecError> {
    let metadata_version = image.features.metadata_version_or_latest();
    let mut bytes = Vec::new();
    let mut offset = 0;
    let control_batch = |offset: i64, control_type: ControlType, value: &[u8]| {
        let mut builder = BatchBuilder::new(offset).partition_leader_epoch(point.leader_epoch).control();
        builder.append_control(point.timestamp_ms, control_type, value);
        builder.build()
    };
    bytes.put(control_batch(offset, ControlType::SnapshotHeader, &control::snapshot_header(point.timestamp_ms)));
    offset += 1;
    let mut batch = BatchBuilder::new(offset).partition_leader_epoch(point.leader_epoch);
    let mut frame = Vec::new();
    for record in image.records() {
        let Record::Metadata(metadata) = record else { continue };
        frame.clear();
        encode_frame(&metadata, metadata_version, &mut frame).map_err(|error| CodecError::new("snapshot", error))?;
        if batch.records_count() as usize >= SNAPSHOT_BATCH_RECORDS_MAX
            || (batch.records_count() > 0 && batch.size_bytes() + frame.len() > ENTRY_SIZE_BYTES_MAX)
        {
            let full =
                std::mem::replace(&mut batch, BatchBuilder::new(offset).partition_leader_epoch(point.leader_epoch));
            bytes.put(full.build());
        }
        batch.append(point.timestamp_ms, None, Some(&frame), &[]);
        offset += 1;
    }
    if batch.records_count() > 0 {
        bytes.put(batch.build());
    }
    bytes.put(control_batch(offset, ControlType::SnapshotFooter, &control::snapshot_footer()));
    Ok(bytes)
}

/// Reads a `.checkpoint` back.
fn read_checkpoint(bytes: &Bytes, sidecar: &[SidecarRecord]) -> Result<Image, CodecError> {
    let mut records = Vec::new();
    let mut rest = bytes.clone();
    let mut last_was_control = true;
    while !rest.is_empty() {
        let size_bytes = kedge_protocol::batch::BatchHeader::parse(&rest)
            .map_err(|error| CodecError::new("snapshot", error))?
            .size_bytes();
        if rest.len() < size_bytes {
            return Err(CodecError::new("snapshot", "ends inside a batch"));
        }
        let (_, content) = read_batch(&rest.split_to(size_bytes))?;
        last_was_control = !matches!(content, BatchContent::Data(_));
        if let BatchContent::Data(batch) = content {
            records.extend(batch.into_iter().map(Record::Metadata));
        }
    }
    if bytes.is_empty() || !last_was_control {
        return Err(CodecError::new("snapshot", "has no footer"));
    }
    records.extend(sidecar.iter().cloned().map(Record::Sidecar));
    Image::from_records(Dialect::kraft(MetadataVersion::LATEST), records)
        .map_err(|error| CodecError::new("snapshot", error))
}

fn io_error(error: CodecError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// The sidecar's part of an image, as records.
pub(crate) fn sidecar_records(image: &Image) -> Vec<SidecarRecord> {
    let sidecar_of = |record| match record {
        Record::Sidecar(sidecar) => Some(sidecar),
        Record::Metadata(_) => None,
    };
    let mut only_sidecar = Image::empty(image.dialect);
    only_sidecar.sidecar = image.sidecar.clone();
    only_sidecar.records().into_iter().filter_map(sidecar_of).collect()
}

/// Writes a snapshot's two files.
pub(crate) fn write(dir: &Path, image: &Image, point: &Point, crash: &CrashPoints) -> io::Result<StoredSnapshot> {
    let checkpoint = checkpoint_bytes(image, point).map_err(io_error)?;
    write_files(dir, point, &sidecar_records(image), &checkpoint, crash)
}

fn write_files(
    dir: &Path,
    point: &Point,
    sidecar: &[SidecarRecord],
    checkpoint: &[u8],
    crash: &CrashPoints,
) -> io::Result<StoredSnapshot> {
    let stem = stem(point.snapshot_id());
    let companion = Companion {
        format: COMPANION_FORMAT,
        point: point.clone(),
        sidecar: sidecar.to_vec(),
        checkpoint_size_bytes: checkpoint.len() as u64,
        checkpoint_crc32c: crc32c::crc32c(checkpoint),
    };
    let path = dir.join(format!("{stem}.checkpoint"));
    files::replace(&path, checkpoint)?;
    crash.hit("snapshot.checkpoint-written")?;
    files::replace(&dir.join(format!("{stem}.kedge")), &sealed::seal(&companion))?;
    Ok(StoredSnapshot { point: point.clone(), checkpoint: path, checkpoint_size_bytes: checkpoint.len() as u64 })
}

/// The snapshots of a directory, oldest first. What a crash left half done is deleted.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<StoredSnapshot>> {
    let mut snapshots = Vec::new();
    for file in fs::read_dir(dir)? {
        let path = file?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with(".checkpoint") && !path.with_extension("kedge").exists() || name.ends_with(".tmp") {
            fs::remove_file(&path)?;
        } else if name.ends_with(".kedge") {
            let companion = read_companion(&path)?;
            let checkpoint = path.with_extension("checkpoint");
            let checkpoint_size_bytes = companion.checkpoint_size_bytes;
            snapshots.push(StoredSnapshot { point: companion.point, checkpoint, checkpoint_size_bytes });
        }
    }
    snapshots.sort_by_key(StoredSnapshot::id);
    Ok(snapshots)
}

fn read_companion(path: &Path) -> io::Result<Companion> {
    let companion: Companion = sealed::open("snapshot companion", &fs::read(path)?)
        .map_err(|error| io_error(CodecError::new("snapshot companion", format!("{}: {error}", path.display()))))?;
    if companion.format != COMPANION_FORMAT {
        let problem = format!("{}: format {} is not known", path.display(), companion.format);
        return Err(io_error(CodecError::new("snapshot companion", problem)));
    }
    Ok(companion)
}

fn read_verified(snapshot: &StoredSnapshot) -> io::Result<(Companion, Bytes)> {
    let companion = read_companion(&snapshot.checkpoint.with_extension("kedge"))?;
    let checkpoint = Bytes::from(fs::read(&snapshot.checkpoint)?);
    verify(&companion, &checkpoint).map_err(io_error)?;
    Ok((companion, checkpoint))
}

fn verify(companion: &Companion, checkpoint: &Bytes) -> Result<(), CodecError> {
    if checkpoint.len() as u64 != companion.checkpoint_size_bytes
        || crc32c::crc32c(checkpoint) != companion.checkpoint_crc32c
    {
        return Err(CodecError::new("snapshot", "the checkpoint is not the one its companion describes"));
    }
    Ok(())
}

/// Loads a snapshot.
pub(crate) fn load(snapshot: &StoredSnapshot) -> io::Result<Loaded> {
    let (companion, checkpoint) = read_verified(snapshot)?;
    let image = read_checkpoint(&checkpoint, &companion.sidecar).map_err(io_error)?;
    Ok(Loaded { point: companion.point, image })
}

/// Deletes a snapshot, its `.kedge` file first.
pub(crate) fn delete(snapshot: &StoredSnapshot) -> io::Result<()> {
    files::remove_optional(&snapshot.checkpoint.with_extension("kedge"))?;
    files::remove_optional(&snapshot.checkpoint)
}

/// What travels to another voter: both files, each behind its length.
pub(crate) fn pack(snapshot: &StoredSnapshot) -> io::Result<Vec<u8>> {
    let (companion, checkpoint) = read_verified(snapshot)?;
    let mut packed = Vec::with_capacity(checkpoint.len() + 1024);
    put_bytes(&mut packed, &sealed::seal(&companion));
    put_bytes(&mut packed, &checkpoint);
    Ok(packed)
}

/// Understands a received snapshot without writing anything.
pub(crate) struct Received {
    pub(crate) loaded: Loaded,
    sidecar: Vec<SidecarRecord>,
    checkpoint: Bytes,
}

/// Reads and verifies what [`pack`] made.
pub(crate) fn unpack(packed: Bytes) -> Result<Received, CodecError> {
    let mut reader = Reader(packed);
    let companion: Companion = sealed::open("snapshot companion", &reader.bytes("snapshot companion")?)?;
    let checkpoint = reader.bytes("snapshot checkpoint")?;
    reader.end("snapshot")?;
    verify(&companion, &checkpoint)?;
    let image = read_checkpoint(&checkpoint, &companion.sidecar)?;
    Ok(Received { loaded: Loaded { point: companion.point, image }, sidecar: companion.sidecar, checkpoint })
}

/// Writes a received snapshot's files.
pub(crate) fn write_received(dir: &Path, received: &Received, crash: &CrashPoints) -> io::Result<StoredSnapshot> {
    write_files(dir, &received.loaded.point, &received.sidecar, &received.checkpoint, crash)
}
