//! openraft's view of [`crate::core::Core`], and what the rest of the crate shares of it.

use std::{
    io::Cursor,
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;
use openraft::{AnyError, ErrorSubject, ErrorVerb, RaftSnapshotBuilder, Snapshot, storage::RaftStateMachine};
use tokio::sync::watch;

use crate::{
    core::Core,
    crash_points::CrashPoints,
    entry::Applied,
    snapshot::{self, StoredSnapshot},
    types::{Entry, LogId, SnapshotMeta, StorageError, StorageIoError, StoredMembership, TypeConfig},
    wal::Durable,
};

/// How far the derived log has come; observers wait on changes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// End of the derived log.
    pub high_watermark: i64,
    /// Leader epoch of its last record.
    pub leader_epoch: i32,
}

/// One node's applied state, shared by the state machine, the store and the observers' log.
pub(crate) struct Shared {
    core: Mutex<Core>,
    progress: watch::Sender<Progress>,
    durable: watch::Sender<Durable>,
    dir: std::path::PathBuf,
    crash: CrashPoints,
    /// Held while a snapshot is being written; whoever stops the node waits for it.
    pub(crate) building: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    pub(crate) fn new(core: Core, dir: &std::path::Path, crash: CrashPoints) -> Arc<Shared> {
        let shared = Shared {
            core: Mutex::new(core),
            progress: watch::Sender::new(Progress::default()),
            durable: watch::Sender::default(),
            dir: dir.to_owned(),
            crash,
            building: Arc::default(),
        };
        shared.publish();
        Arc::new(shared)
    }

    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().expect("no panic while the state is locked")
    }

    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    fn publish(&self) {
        let progress = {
            let core = self.core();
            Progress { high_watermark: core.applied.end_offset, leader_epoch: core.applied.leader_epoch }
        };
        self.progress.send_if_modified(|known| std::mem::replace(known, progress) != progress);
        let index = self.core().written_index();
        self.durable.send_if_modified(|known| std::mem::replace(&mut known.index, index) != index);
    }

    /// How far the Raft log may be purged.
    pub(crate) fn durable(&self) -> watch::Receiver<Durable> {
        self.durable.subscribe()
    }

    /// Takes no entry any more, and lets no one wait for the state machine.
    pub(crate) fn close(&self) {
        self.core().close();
        self.durable.send_modify(|durable| durable.stopped = true);
    }

    /// After a change: publishes how far it got, or that it failed.
    fn after<T>(&self, outcome: std::io::Result<T>) -> std::io::Result<T> {
        match &outcome {
            Ok(_) => self.publish(),
            Err(_) => self.close(),
        }
        outcome
    }
}

/// The state machine of one node.
pub struct StateMachine {
    pub(crate) shared: Arc<Shared>,
}

fn io_error(subject: ErrorSubject<u64>, verb: ErrorVerb, error: &std::io::Error) -> StorageError {
    StorageIoError::new(subject, verb, AnyError::new(error)).into()
}

fn open_snapshot(snapshot: &StoredSnapshot) -> std::io::Result<Snapshot<TypeConfig>> {
    let packed = snapshot::pack(snapshot)?;
    Ok(Snapshot { meta: snapshot.meta(), snapshot: Box::new(Cursor::new(packed)) })
}

impl RaftStateMachine<TypeConfig> for StateMachine {
    type SnapshotBuilder = SnapshotBuilder;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership), StorageError> {
        let core = self.shared.core();
        Ok((core.applied.log_id, core.applied.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<Applied>, StorageError>
    where
        I: IntoIterator<Item = Entry> + Send,
        I::IntoIter: Send,
    {
        let applied = {
            let mut core = self.shared.core();
            entries.into_iter().map(|entry| core.apply(entry)).collect::<Result<Vec<_>, _>>()
        };
        self.shared.after(applied).map_err(|error| io_error(ErrorSubject::StateMachine, ErrorVerb::Write, &error))
    }

    async fn get_snapshot_builder(&mut self) -> SnapshotBuilder {
        // The log is rolled here, where nothing can be applied in between.
        let begun = self.shared.core().begin_snapshot();
        let begun = self.shared.after(begun);
        SnapshotBuilder { shared: self.shared.clone(), begun: Some(begun) }
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Cursor<Vec<u8>>>, StorageError> {
        Ok(Box::default())
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: Box<Cursor<Vec<u8>>>,
    ) -> Result<(), StorageError> {
        let subject = ErrorSubject::Snapshot(Some(meta.signature()));
        let received = snapshot::unpack(Bytes::from(snapshot.into_inner()))
            .map_err(|error| StorageIoError::new(subject.clone(), ErrorVerb::Read, AnyError::new(&error)))?;
        let installed = self.shared.core().install(received);
        self.shared.after(installed).map_err(|error| io_error(subject, ErrorVerb::Write, &error))
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<TypeConfig>>, StorageError> {
        let latest = self.shared.core().snapshots.last().cloned();
        let opened = latest.as_ref().map(open_snapshot).transpose();
        opened.map_err(|error| io_error(ErrorSubject::Snapshot(None), ErrorVerb::Read, &error))
    }
}

/// Writes one snapshot of the state at the moment it was asked for.
pub struct SnapshotBuilder {
    shared: Arc<Shared>,
    begun: Option<std::io::Result<(Arc<kedge_metadata_state::Image>, snapshot::Point)>>,
}

impl RaftSnapshotBuilder<TypeConfig> for SnapshotBuilder {
    async fn build_snapshot(&mut self) -> Result<Snapshot<TypeConfig>, StorageError> {
        let shared = self.shared.clone();
        let begun = self.begun.take().unwrap_or_else(|| self.shared.core().begin_snapshot());
        let building = self.shared.building.clone().lock_owned().await;
        let built = tokio::task::spawn_blocking(move || {
            let _building = building;
            let (image, point) = begun?;
            let snapshot = snapshot::write(&shared.dir, &image, &point, &shared.crash)?;
            shared.core().finish_snapshot(snapshot.clone())?;
            open_snapshot(&snapshot)
        });
        built
            .await
            .map_err(std::io::Error::other)
            .and_then(|built| built)
            .map_err(|error| io_error(ErrorSubject::Snapshot(None), ErrorVerb::Write, &error))
    }
}
