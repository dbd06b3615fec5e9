//! The state that applied entries lead to: the derived log, the image, the open transaction, the snapshots, and who listens.
//!
//! Everything here happens under one lock, held for short file writes and never across an await.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use kedge_metadata_state::{
    Delta, Dialect, Image, MetadataVersion, Record, SidecarRecord,
    loader::{CommittedBatch, CompleteRecords, TransactionBuffer},
};
use kedge_metadata_store::{Observed, Position};
use openraft::{EntryPayload, RaftLogId};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::{
    codec::CodecError,
    crash_points::CrashPoints,
    derived::DerivedLog,
    entry::{Applied, BatchContent, MetadataEntry, merge, read_batch},
    epochs::OffsetAndEpoch,
    files,
    limits::{APPLIED_INTERVAL_BYTES, APPLIED_INTERVAL_ENTRIES, INDEX_OFFSETS_MAX},
    sealed,
    snapshot::{self, Loaded, Point, Received, StoredSnapshot},
    types::{Entry, StoredMembership},
};

/// Bounds on what is kept on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// `metadata.log.segment.bytes`.
    pub segment_size_bytes_max: u64,
    /// `metadata.max.retention.bytes`: log and snapshots together; the newest snapshot always stays.
    pub retention_size_bytes_max: u64,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention { segment_size_bytes_max: 1 << 30, retention_size_bytes_max: 100 << 20 }
    }
}

/// The document of `kedge-applied`.
#[derive(Serialize, Deserialize)]
struct AppliedFile {
    format: u32,
    point: Point,
    sidecar: Vec<SidecarRecord>,
}

const APPLIED_FORMAT: u32 = 1;

/// See the module.
pub(crate) struct Core {
    dir: PathBuf,
    retention: Retention,
    crash: CrashPoints,
    pub(crate) log: DerivedLog,
    pub(crate) snapshots: Vec<StoredSnapshot>,
    /// After the last applied entry.
    pub(crate) applied: Point,
    /// After the last applied entry outside a transaction: what the image shows.
    pub(crate) stable: Point,
    pub(crate) image: Arc<Image>,
    transaction: TransactionBuffer,
    subscribers: Vec<mpsc::UnboundedSender<Observed>>,
    /// Terms that this process has led: entries of theirs are its own.
    pub(crate) own_terms: BTreeSet<i32>,
    /// Where the last accepted entry of such a term ended.
    own_end_offsets: BTreeMap<i32, i64>,
    /// Snapshots installed since the start: entries they cover were never applied one by one.
    pub(crate) installs: u64,
    /// End offsets after recent log indexes, ascending.
    index_offsets: VecDeque<(u64, i64)>,
    written: Point,
    entries_since_written: u64,
    pub(crate) bytes_since_snapshot: u64,
    pub(crate) refused_entries: u64,
    closed: bool,
}

fn applied_path(dir: &Path) -> PathBuf {
    dir.join("kedge-applied")
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl Core {
    /// Opens a node's `__cluster_metadata-0` and brings image and log to the last state that was written down: the newer
    /// of `kedge-applied` and the latest snapshot. What the log holds beyond is cut; the Raft log brings it again.
    pub(crate) fn open(dir: &Path, retention: Retention, crash: CrashPoints) -> io::Result<Core> {
        std::fs::create_dir_all(dir)?;
        let snapshots = snapshot::list(dir)?;
        let base = match snapshots.last() {
            Some(latest) => snapshot::load(latest)?,
            None => Loaded { point: Point::default(), image: Image::empty(Dialect::kraft(MetadataVersion::LATEST)) },
        };
        let mut log = DerivedLog::open(dir, retention.segment_size_bytes_max, base.point.snapshot_id())?;
        let applied_file = read_applied(dir)?
            .filter(|file| file.point.log_id >= base.point.log_id && log.end_offset() >= file.point.end_offset);
        let target = applied_file.as_ref().map_or(&base.point, |file| &file.point).clone();
        if log.start_offset() > base.point.end_offset || log.end_offset() < base.point.end_offset {
            log.start_at(base.point.snapshot_id())?;
        }
        log.truncate_to(target.end_offset)?;
        let mut core = Core {
            dir: dir.to_owned(),
            retention,
            crash,
            log,
            snapshots,
            transaction: TransactionBuffer::new(base.point.end_offset),
            applied: base.point.clone(),
            stable: base.point,
            image: Arc::new(base.image),
            subscribers: Vec::new(),
            own_terms: BTreeSet::new(),
            own_end_offsets: BTreeMap::new(),
            installs: 0,
            index_offsets: VecDeque::new(),
            written: target.clone(),
            entries_since_written: 0,
            bytes_since_snapshot: 0,
            refused_entries: 0,
            closed: false,
        };
        core.replay_log(applied_file)?;
        core.applied = target.clone();
        core.stable = target;
        core.note_index();
        Ok(core)
    }

    /// Replays the derived log from the snapshot's end on.
    fn replay_log(&mut self, applied_file: Option<AppliedFile>) -> io::Result<()> {
        let mut offset = self.stable.end_offset;
        let mut image = (*self.image).clone();
        while let Some(slice) = self.log.locate(offset, 1 << 20)? {
            let mut bytes = slice.read()?;
            while !bytes.is_empty() {
                let size_bytes = kedge_protocol::batch::BatchHeader::parse(&bytes).map_err(invalid)?.size_bytes();
                let (header, content) = read_batch(&bytes.split_to(size_bytes)).map_err(invalid)?;
                offset = header.next_offset();
                self.bytes_since_snapshot += size_bytes as u64;
                let records = match content {
                    BatchContent::Data(records) => records.into_iter().map(Record::Metadata).collect(),
                    _ => Vec::new(),
                };
                let (base_offset, last_offset) = (header.base_offset, header.last_offset());
                let leader_epoch = header.partition_leader_epoch;
                let batch = CommittedBatch { base_offset, last_offset, leader_epoch, records };
                for complete in self.transaction.feed(batch).map_err(invalid)? {
                    image = replay(&image, &complete.records)?;
                }
            }
        }
        if let Some(file) = applied_file {
            image.sidecar = Default::default();
            image = replay(&image, &file.sidecar.into_iter().map(Record::Sidecar).collect::<Vec<_>>())?;
        }
        self.image = Arc::new(image);
        Ok(())
    }

    /// A metadata transaction has begun and not ended.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.transaction.is_in_transaction()
    }

    /// Applies one committed entry.
    pub(crate) fn apply(&mut self, entry: Entry) -> io::Result<Applied> {
        if self.closed {
            return Err(io::Error::other("the node is shut down"));
        }
        self.crash.hit("apply.before-append")?;
        let log_id = *entry.get_log_id();
        let applied = match entry.payload {
            EntryPayload::Blank => Applied::NoRecords,
            EntryPayload::Membership(membership) => {
                self.applied.membership = StoredMembership::new(Some(log_id), membership);
                Applied::NoRecords
            }
            EntryPayload::Normal(entry) => self.apply_metadata(log_id.leader_id.term, &entry)?,
        };
        self.applied.log_id = Some(log_id);
        if !self.is_in_transaction() {
            self.stable = self.applied.clone();
        }
        self.note_index();
        self.entries_since_written += 1;
        if self.entries_since_written >= APPLIED_INTERVAL_ENTRIES || self.log.unsynced_bytes() >= APPLIED_INTERVAL_BYTES
        {
            self.write_applied()?;
        }
        Ok(applied)
    }

    fn apply_metadata(&mut self, term: u64, entry: &MetadataEntry) -> io::Result<Applied> {
        let next_offset = self.log.end_offset();
        if u64::try_from(entry.leader_epoch).ok() != Some(term) || entry.base_offset != next_offset {
            self.refused_entries += 1;
            return Ok(Applied::Refused { next_offset });
        }
        let (header, content) = read_batch(&entry.batch).map_err(invalid)?;
        if header.base_offset != next_offset || header.partition_leader_epoch != entry.leader_epoch {
            return Err(invalid(CodecError::new("metadata entry", "its batch does not say what the entry says")));
        }
        self.log.append(&header, &entry.batch)?;
        self.crash.hit("apply.appended")?;
        self.bytes_since_snapshot += entry.batch.len() as u64;
        let records = match content {
            BatchContent::Data(records) => merge(records, &entry.sidecar),
            _ => Vec::new(),
        };
        let batch = CommittedBatch {
            base_offset: next_offset,
            last_offset: header.last_offset(),
            leader_epoch: entry.leader_epoch,
            records,
        };
        let own = self.own_terms.contains(&entry.leader_epoch);
        if own {
            self.own_end_offsets.insert(entry.leader_epoch, header.next_offset());
        }
        for complete in self.transaction.feed(batch).map_err(invalid)? {
            self.take(complete, own)?;
        }
        self.applied.end_offset = header.next_offset();
        self.applied.leader_epoch = entry.leader_epoch;
        self.applied.timestamp_ms = header.max_timestamp;
        Ok(Applied::Accepted { end_offset: header.next_offset() })
    }

    /// Makes complete records visible.
    fn take(&mut self, complete: CompleteRecords, own: bool) -> io::Result<()> {
        if complete.records.is_empty() {
            return Ok(());
        }
        self.image = Arc::new(replay(&self.image, &complete.records)?);
        self.tell(Observed::Batch { at: Position(complete.last_offset), records: complete.records, own });
        Ok(())
    }

    /// Sends an event to everyone who listens.
    pub(crate) fn tell(&mut self, event: Observed) {
        self.subscribers.retain(|subscriber| subscriber.send(event.clone()).is_ok());
    }

    /// The visible image, where it stands, and events from there on.
    pub(crate) fn subscribe(&mut self, subscriber: mpsc::UnboundedSender<Observed>) -> (Arc<Image>, Position) {
        self.subscribers.push(subscriber);
        (self.image.clone(), Position(self.stable.end_offset - 1))
    }

    /// A scratch copy to try records on before they are proposed.
    pub(crate) fn scratch(&self) -> Scratch {
        Scratch {
            image: (*self.image).clone(),
            transaction: self.transaction.clone(),
            next_offset: self.log.end_offset(),
        }
    }

    /// Where the last entry ended that this process proposed in a term and that was accepted.
    pub(crate) fn own_end_offset(&self, term: u64) -> Option<i64> {
        self.own_end_offsets.get(&i32::try_from(term).ok()?).copied()
    }

    fn note_index(&mut self) {
        let Some(log_id) = self.applied.log_id else { return };
        if self.index_offsets.len() == INDEX_OFFSETS_MAX {
            self.index_offsets.pop_front();
        }
        self.index_offsets.push_back((log_id.index, self.applied.end_offset));
    }

    /// End of the derived log after a log index: exact for recent indexes, the nearest known one below otherwise.
    pub(crate) fn end_offset_at(&self, index: u64) -> i64 {
        let known = self.index_offsets.partition_point(|(known, _)| *known <= index);
        match known.checked_sub(1) {
            Some(at) => self.index_offsets[at].1,
            None => self.log.start_offset(),
        }
    }

    /// Writes down the last stable state, the log synced before it. Inside a transaction that is where it began.
    pub(crate) fn write_applied(&mut self) -> io::Result<()> {
        self.entries_since_written = 0;
        self.log.sync()?;
        self.crash.hit("applied.log-synced")?;
        if self.written == self.stable {
            return Ok(());
        }
        let file = AppliedFile {
            format: APPLIED_FORMAT,
            point: self.stable.clone(),
            sidecar: snapshot::sidecar_records(&self.image),
        };
        files::replace(&applied_path(&self.dir), &sealed::seal(&file))?;
        self.written = self.stable.clone();
        self.crash.hit("applied.written")
    }

    /// Index of the last entry whose effect is on disk: written down, or covered by the newest snapshot.
    pub(crate) fn written_index(&self) -> Option<u64> {
        self.written.log_id.map(|log_id| log_id.index)
    }

    /// Takes no entry any more and tells no one anything.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.subscribers.clear();
    }

    /// What a snapshot of now would hold. Where the log ends there, a segment begins there too.
    pub(crate) fn begin_snapshot(&mut self) -> io::Result<(Arc<Image>, Point)> {
        self.write_applied()?;
        if self.stable.end_offset == self.log.end_offset() {
            self.log.roll()?;
        }
        self.bytes_since_snapshot = 0;
        Ok((self.image.clone(), self.stable.clone()))
    }

    /// Takes a written snapshot in, and deletes what the retention no longer covers.
    pub(crate) fn finish_snapshot(&mut self, snapshot: StoredSnapshot) -> io::Result<()> {
        self.snapshots.retain(|known| known.id() != snapshot.id());
        self.snapshots.push(snapshot);
        self.snapshots.sort_by_key(|snapshot| (snapshot.id(), snapshot.point.log_id));
        self.crash.hit("snapshot.written")?;
        while self.snapshots.len() > 1 && self.size_bytes() > self.retention.retention_size_bytes_max {
            let oldest = self.snapshots.remove(0);
            self.log.advance_start(self.snapshots[0].point.end_offset)?;
            snapshot::delete(&oldest)?;
        }
        Ok(())
    }

    fn size_bytes(&self) -> u64 {
        let snapshots: u64 = self.snapshots.iter().map(|snapshot| snapshot.checkpoint_size_bytes).sum();
        self.log.size_bytes() + snapshots
    }

    /// Replaces everything by a snapshot that another voter sent. The derived log starts at its end.
    pub(crate) fn install(&mut self, received: Received) -> io::Result<()> {
        let snapshot = snapshot::write_received(&self.dir, &received, &self.crash)?;
        self.crash.hit("install.files-written")?;
        self.installs += 1;
        let Loaded { point, image } = received.loaded;
        self.log.start_at(point.snapshot_id())?;
        self.crash.hit("install.log-started")?;
        for old in std::mem::take(&mut self.snapshots) {
            if old.id() != snapshot.id() {
                snapshot::delete(&old)?;
            }
        }
        self.snapshots.push(snapshot);
        self.transaction = TransactionBuffer::new(point.end_offset);
        self.image = Arc::new(image);
        self.applied = point.clone();
        self.stable = point;
        self.index_offsets.clear();
        self.note_index();
        self.bytes_since_snapshot = 0;
        self.write_applied()?;
        let event = Observed::Reset { at: Position(self.stable.end_offset - 1), image: self.image.clone() };
        self.tell(event);
        Ok(())
    }

    /// The newest snapshot that observers may be given: never the empty one at offset 0.
    pub(crate) fn latest_snapshot_id(&self) -> Option<OffsetAndEpoch> {
        self.snapshots.last().map(StoredSnapshot::id).filter(|id| id.end_offset > 0)
    }

    /// The oldest one.
    pub(crate) fn oldest_snapshot_id(&self) -> Option<OffsetAndEpoch> {
        self.snapshots.iter().map(StoredSnapshot::id).find(|id| id.end_offset > 0)
    }
}

fn read_applied(dir: &Path) -> io::Result<Option<AppliedFile>> {
    let Some(bytes) = files::read_optional(&applied_path(dir))? else { return Ok(None) };
    match sealed::open::<AppliedFile>("kedge-applied", &bytes) {
        Ok(file) if file.format == APPLIED_FORMAT => Ok(Some(file)),
        Ok(file) => Err(invalid(CodecError::new("kedge-applied", format!("format {} is not known", file.format)))),
        Err(error) => {
            // It only saves work: the latest snapshot and the Raft log hold everything.
            tracing::warn!(%error, "starting from the latest snapshot instead");
            Ok(None)
        }
    }
}

/// Committed records that do not replay mean that this node and the one that proposed them differ: nothing can go on.
fn replay(image: &Image, records: &[Record]) -> io::Result<Image> {
    let mut delta = Delta::new(image);
    delta.replay_all(records).map_err(invalid)?;
    Ok(delta.apply().0)
}

/// The state with records that have not been proposed yet.
pub(crate) struct Scratch {
    image: Image,
    transaction: TransactionBuffer,
    pub(crate) next_offset: i64,
}

impl Scratch {
    /// The level that record versions follow.
    pub(crate) fn metadata_version(&self) -> MetadataVersion {
        self.image.features.metadata_version_or_latest()
    }

    /// Tries a unit; it then counts for the units after it. An error leaves the scratch as it was.
    pub(crate) fn try_unit(&mut self, leader_epoch: i32, records: &[Record]) -> Result<(), String> {
        let batch = CommittedBatch::new(self.next_offset, leader_epoch, records.to_vec());
        let before = self.transaction.clone();
        let next_offset = batch.last_offset + 1;
        let complete = self.transaction.feed(batch).map_err(|error| error.to_string())?;
        let mut delta = Delta::new(&self.image);
        for complete in &complete {
            if let Err(error) = delta.replay_all(&complete.records) {
                self.transaction = before;
                return Err(error.to_string());
            }
        }
        self.image = delta.apply().0;
        self.next_offset = next_offset;
        Ok(())
    }
}
