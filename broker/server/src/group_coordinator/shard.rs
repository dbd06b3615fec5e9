//! One partition of `__consumer_offsets` that this broker leads: loads its groups, parks requests, keeps time and writes.
//!
//! One task per shard. Records reach the log in the order in which the machine decided them, because only that task
//! appends and it has one append in flight; what gathers meanwhile goes into the next batch.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::{ErrorCode, batch::BatchBuilder};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep, sleep_until},
};
use tracing::{info, warn};

use super::{
    core::{Core, Effect, Reply, Settings, WaiterId, Write},
    log::OffsetsLog,
    records::Loader,
};
use crate::clock::SharedClock;

/// Writes are gathered into one batch up to about this size.
const BATCH_TARGET_BYTES: usize = 64 * 1024;
/// Requests that may be parked in one partition. No real cluster has as many consumers on one; it keeps a flood from growing memory.
const PARKED_MAX: usize = 100_000;
/// Pause before a failed read of the log is tried again.
const LOAD_RETRY: Duration = Duration::from_millis(100);

/// What every shard shares.
#[derive(Debug)]
pub(super) struct ShardContext {
    pub(super) log: Arc<dyn OffsetsLog>,
    pub(super) clock: SharedClock,
    pub(super) settings: Settings,
    /// `offsets.commit.timeout.ms`.
    pub(super) commit_timeout: Duration,
    /// `offsets.retention.check.interval.ms`.
    pub(super) expiry_interval: Duration,
    /// `offsets.load.buffer.size`.
    pub(super) load_bytes: usize,
    /// Milliseconds that sessions are measured in: the time of day at startup, then monotonic.
    pub(super) anchor: (i64, Instant),
}

impl ShardContext {
    fn now_ms(&self) -> i64 {
        self.anchor.0 + self.anchor.1.elapsed().as_millis() as i64
    }

    fn instant(&self, deadline_ms: i64) -> Instant {
        self.anchor.1 + Duration::from_millis((deadline_ms - self.anchor.0).max(0) as u64)
    }
}

/// A partition's groups at one leader epoch.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) id: TopicIdPartition,
    pub(super) leader_epoch: i32,
    context: Arc<ShardContext>,
    state: Mutex<State>,
    /// The earliest deadline moved, or the shard was closed.
    changed: Notify,
    /// There is something to append, or the shard was closed.
    has_writes: Notify,
}

#[derive(Debug)]
enum State {
    /// Topics deleted meanwhile are remembered.
    Loading {
        deleted_topics: BTreeSet<String>,
    },
    Active(Active),
    /// The leadership went elsewhere.
    Closed,
}

#[derive(Debug)]
struct Active {
    core: Core,
    /// One for each parked request, at most [`PARKED_MAX`].
    waiters: BTreeMap<WaiterId, oneshot::Sender<Reply>>,
    next_waiter: u64,
    /// In the order in which they were decided. Bounded by the requests that wait for them and by the groups there are.
    writes: VecDeque<Write>,
}

impl Shard {
    pub(super) fn new(id: TopicIdPartition, leader_epoch: i32, context: Arc<ShardContext>) -> Arc<Shard> {
        let state = Mutex::new(State::Loading { deleted_topics: BTreeSet::new() });
        Arc::new(Shard { id, leader_epoch, context, state, changed: Notify::new(), has_writes: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a coordinator that panicked half way must not go on")
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(*self.lock(), State::Loading { .. })
    }

    /// Gives the groups up: parked requests hear that this is not their coordinator, and nothing is appended any more.
    pub(super) fn close(&self) {
        *self.lock() = State::Closed;
        self.changed.notify_one();
        self.has_writes.notify_one();
    }

    /// Lets the machine handle an event; 14 while it loads, 16 after it was given up.
    pub(super) fn with_core<R>(&self, event: impl FnOnce(&mut Core, i64) -> R) -> Result<R, ErrorCode> {
        let mut state = self.lock();
        let active = state.active()?;
        Ok(self.act(active, event))
    }

    /// Lets the machine handle a request that may be parked; its answer comes through the receiver. A closed receiver
    /// means that the shard was given up.
    pub(super) fn park(
        &self,
        event: impl FnOnce(&mut Core, i64, WaiterId),
    ) -> Result<oneshot::Receiver<Reply>, ErrorCode> {
        let mut state = self.lock();
        let active = state.active()?;
        if active.waiters.len() >= PARKED_MAX {
            return Err(ErrorCode::COORDINATOR_NOT_AVAILABLE);
        }
        let waiter = WaiterId(active.next_waiter);
        active.next_waiter += 1;
        let (sender, receiver) = oneshot::channel();
        active.waiters.insert(waiter, sender);
        self.act(active, |core, now_ms| event(core, now_ms, waiter));
        Ok(receiver)
    }

    pub(super) fn topics_deleted(&self, topics: &BTreeSet<String>) {
        let mut state = self.lock();
        match &mut *state {
            State::Loading { deleted_topics } => deleted_topics.extend(topics.iter().cloned()),
            State::Active(active) => self.act(active, |core, now_ms| core.delete_topics(now_ms, topics)),
            State::Closed => {}
        }
    }

    fn act<R>(&self, active: &mut Active, event: impl FnOnce(&mut Core, i64) -> R) -> R {
        let before = active.core.next_deadline_ms();
        let result = event(&mut active.core, self.context.now_ms());
        for effect in active.core.take_effects() {
            match effect {
                Effect::Reply(waiter, reply) => {
                    let sender = active.waiters.remove(&waiter).expect("a request is answered once");
                    // Nobody listens if the client has gone.
                    let _ = sender.send(reply);
                }
                Effect::Write(write) => {
                    active.writes.push_back(write);
                    self.has_writes.notify_one();
                }
            }
        }
        if active.core.next_deadline_ms() != before {
            self.changed.notify_one();
        }
        result
    }

    /// Loads and then serves until the shard is closed.
    pub(super) async fn run(self: Arc<Shard>) {
        let Some(loader) = self.load().await else { return };
        if self.activate(loader) {
            tokio::join!(self.write(), self.keep_time());
        }
    }

    /// Reads the partition to its end; none if the shard was closed meanwhile.
    async fn load(&self) -> Option<Loader> {
        let mut loader = Loader::default();
        while self.is_loading() {
            let (context, id) = (self.context.clone(), self.id);
            let step = tokio::task::spawn_blocking(move || {
                let read = context.log.read(id, loader.next_offset(), context.load_bytes);
                let step = read.map(|batches| (batches.is_empty(), loader.load(&batches)));
                (loader, step)
            });
            let (taken_back, result) = step.await.expect("loading does not panic");
            loader = taken_back;
            match result {
                Ok((true, _)) => return Some(loader),
                Ok((false, skipped)) => {
                    for error in skipped {
                        warn!(partition = self.id.partition_id, %error, "[GroupCoordinator] skipped while loading __consumer_offsets");
                    }
                }
                Err(error) => {
                    warn!(partition = self.id.partition_id, %error, "[GroupCoordinator] cannot read __consumer_offsets, trying again");
                    sleep(LOAD_RETRY).await;
                }
            }
        }
        None
    }

    /// Begins to serve what was loaded; false if the shard was closed meanwhile.
    fn activate(&self, loader: Loader) -> bool {
        let mut state = self.lock();
        let State::Loading { deleted_topics } = &mut *state else { return false };
        let deleted_topics = std::mem::take(deleted_topics);
        let groups = loader.finish();
        info!(
            partition = self.id.partition_id,
            leader_epoch = self.leader_epoch,
            groups = groups.len(),
            "[GroupCoordinator] loaded __consumer_offsets"
        );
        let core = Core::with_groups(self.context.settings.clone(), groups, self.context.now_ms());
        *state = State::Active(Active { core, waiters: BTreeMap::new(), next_waiter: 0, writes: VecDeque::new() });
        let active = state.active().expect("it has just been set");
        self.act(active, |core, now_ms| {
            if !deleted_topics.is_empty() {
                core.delete_topics(now_ms, &deleted_topics);
            }
        });
        true
    }

    /// Appends what the machine decided, in its order, until the shard is closed.
    async fn write(&self) {
        while let Ok(gathered) = self.gather() {
            if gathered.is_empty() {
                self.has_writes.notified().await;
                continue;
            }
            let result = self.append(&gathered).await;
            let is_too_large = matches!(result, Err(ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE));
            if is_too_large && gathered.len() > 1 {
                // One of them may be at fault, or only their company.
                for write in gathered {
                    let result = self.append(std::slice::from_ref(&write)).await;
                    self.written(vec![write], result);
                }
            } else {
                self.written(gathered, result);
            }
        }
    }

    /// The next writes that go into one batch; an error once the shard is closed.
    fn gather(&self) -> Result<Vec<Write>, ErrorCode> {
        let mut state = self.lock();
        let active = state.active()?;
        let mut gathered = Vec::new();
        let mut gathered_bytes = 0;
        while gathered_bytes < BATCH_TARGET_BYTES
            && let Some(write) = active.writes.pop_front()
        {
            gathered_bytes += size_bytes(&write);
            gathered.push(write);
        }
        Ok(gathered)
    }

    async fn append(&self, writes: &[Write]) -> Result<i64, ErrorCode> {
        if matches!(*self.lock(), State::Closed) {
            return Err(ErrorCode::NOT_COORDINATOR);
        }
        let wall_ms = self.context.clock.now_ms();
        let mut batch = BatchBuilder::new(0);
        for record in writes.iter().flat_map(|write| &write.records) {
            batch.append(wall_ms, Some(&record.key), record.value.as_deref(), &[]);
        }
        let batch: Bytes = batch.build();
        let result = self.context.log.append(self.id, batch, self.context.commit_timeout).await;
        if let Err(error) = result {
            warn!(partition = self.id.partition_id, %error, "[GroupCoordinator] append to __consumer_offsets failed");
        }
        result
    }

    fn written(&self, writes: Vec<Write>, result: Result<i64, ErrorCode>) {
        let mut record_offset = result;
        for write in writes {
            let records_count = write.records.len() as i64;
            // Closed meanwhile: whoever waits has been told.
            let _ = self.with_core(|core, now_ms| core.written(now_ms, write.then, record_offset));
            record_offset = record_offset.map(|offset| offset + records_count);
        }
    }

    /// Ends sessions and rounds when they are due, and expires offsets now and then, until the shard is closed.
    async fn keep_time(&self) {
        let mut next_expiry = Instant::now() + self.context.expiry_interval;
        loop {
            let Ok(deadline_ms) = self.with_core(|core, _| core.next_deadline_ms()) else { return };
            let next =
                deadline_ms.map_or(next_expiry, |deadline_ms| next_expiry.min(self.context.instant(deadline_ms)));
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.changed.notified() => {}
            }
            let is_expiry_due = Instant::now() >= next_expiry;
            let wall_ms = self.context.clock.now_ms();
            let ticked = self.with_core(|core, now_ms| {
                core.tick(now_ms);
                if is_expiry_due {
                    core.expire_offsets(now_ms, wall_ms);
                }
            });
            if ticked.is_err() {
                return;
            }
            if is_expiry_due {
                next_expiry = Instant::now() + self.context.expiry_interval;
            }
        }
    }
}

impl State {
    fn active(&mut self) -> Result<&mut Active, ErrorCode> {
        match self {
            State::Loading { .. } => Err(ErrorCode::COORDINATOR_LOAD_IN_PROGRESS),
            State::Active(active) => Ok(active),
            State::Closed => Err(ErrorCode::NOT_COORDINATOR),
        }
    }
}

fn size_bytes(write: &Write) -> usize {
    let record_bytes =
        |record: &super::records::OffsetsRecord| record.key.len() + record.value.as_ref().map_or(0, Bytes::len);
    write.records.iter().map(record_bytes).sum()
}
