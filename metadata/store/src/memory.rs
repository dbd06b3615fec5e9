//! An authority in memory: the shortest reading of the contract, for tests and for nodes that need no durability.
//!
//! [`MemoryCluster`] is the cluster; each [`MemoryStore`] opened on it plays one process. Faults are injected by name
//! ([`MemoryFault`]) and hit the next call they fit.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use kedge_metadata_state::{BrokerId, Delta, Image, MetadataVersion, Record, records::MetadataRecord};
use tokio::sync::{mpsc, watch};

use crate::contract::{
    CampaignError, Candidate, CommitError, Fence, Held, LoadError, MetadataStore, Observations, Observed, Outcome,
    Position, Reign, StoreFence, Unit,
};

/// Largest unit the memory store takes, in bytes of Kafka's record frames. Small, so that tests can exceed it.
pub const UNIT_BYTES_MAX: usize = 1024 * 1024;

/// What can go wrong for one process, once.
#[derive(Clone, Debug, PartialEq)]
pub enum MemoryFault {
    /// The next commit applies, its reply is lost.
    LoseCommitReply,
    /// The next commit is lost on its way: it does not apply, and the caller cannot know.
    LoseCommitRequest,
    /// The next claim applies, its reply is lost.
    LoseClaimReply,
    /// The next commit is refused as a whole, as if a newer controller had been seen.
    RefuseCommit,
    /// The session ends now: a reign is over, streams restart with a [`Observed::Reset`].
    ExpireSession,
    /// Somebody else's records apply in the middle of the next load, after its first read.
    EditDuringLoad(Vec<Record>),
}

/// A cluster's metadata, shared by the stores opened on it.
#[derive(Clone, Debug)]
pub struct MemoryCluster {
    shared: Arc<Mutex<Shared>>,
    /// Changes whenever a campaign may have become winnable or losable.
    rule_changed: Arc<watch::Sender<u64>>,
}

#[derive(Debug)]
struct Shared {
    image: Image,
    position: i64,
    controller_epoch: i32,
    claim: u64,
    ruler: Option<Ruler>,
    available: bool,
    processes: BTreeMap<BrokerId, Process>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Ruler {
    node_id: BrokerId,
    claim: u64,
}

#[derive(Debug, Default)]
struct Process {
    streams: Vec<mpsc::UnboundedSender<Observed>>,
    faults: Vec<MemoryFault>,
}

/// What a node id is for the senders of an edit that no store made.
const NOBODY: BrokerId = -1;

impl MemoryCluster {
    /// A cluster that holds `image`.
    pub fn new(image: Image) -> MemoryCluster {
        let shared = Shared {
            image,
            position: 0,
            controller_epoch: 0,
            claim: 0,
            ruler: None,
            available: true,
            processes: BTreeMap::new(),
        };
        MemoryCluster { shared: Arc::new(Mutex::new(shared)), rule_changed: Arc::new(watch::Sender::new(0)) }
    }

    /// The store of one process.
    pub fn open(&self, node_id: BrokerId) -> MemoryStore {
        self.lock().processes.entry(node_id).or_default();
        MemoryStore { cluster: self.clone(), node_id }
    }

    /// Injects a fault into one process.
    pub fn inject(&self, node_id: BrokerId, fault: MemoryFault) {
        let mut shared = self.lock();
        if fault == MemoryFault::ExpireSession {
            shared.expire(node_id);
            drop(shared);
            self.signal();
        } else {
            shared.process(node_id).faults.push(fault);
        }
    }

    /// An edit by somebody who uses no store, such as an old tool: unfenced, seen by every stream.
    pub fn foreign_edit(&self, records: Vec<Record>) {
        self.lock().edit(&records);
    }

    /// Makes the cluster unreachable for every store, or reachable again. What was committed stays.
    pub fn set_available(&self, available: bool) {
        self.lock().available = available;
        self.signal();
    }

    /// What the cluster holds now.
    pub fn image(&self) -> Image {
        self.lock().image.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no holder of the memory cluster's lock panics")
    }

    fn signal(&self) {
        self.rule_changed.send_modify(|count| *count += 1);
    }
}

impl Shared {
    fn process(&mut self, node_id: BrokerId) -> &mut Process {
        self.processes.entry(node_id).or_default()
    }

    /// Takes a fault that was injected, if it is the kind `wanted` picks.
    fn take_fault(&mut self, node_id: BrokerId, wanted: impl Fn(&MemoryFault) -> bool) -> Option<MemoryFault> {
        let faults = &mut self.process(node_id).faults;
        let index = faults.iter().position(wanted)?;
        Some(faults.remove(index))
    }

    fn next_position(&mut self) -> Position {
        self.position += 1;
        Position(self.position)
    }

    /// Tells every process; `by` is the one whose own records these are.
    fn publish(&mut self, by: BrokerId, at: Position, records: &[Record]) {
        for (node_id, process) in &mut self.processes {
            process.send(Observed::Batch { at, records: records.to_vec(), own: *node_id == by });
        }
    }

    fn edit(&mut self, records: &[Record]) {
        let mut delta = Delta::new(&self.image);
        for record in records {
            delta.replay(record).expect("a foreign edit fits the image");
        }
        self.image = delta.apply().0;
        let at = self.next_position();
        self.publish(NOBODY, at, records);
    }

    /// Ends the reign of whoever rules and tells them.
    fn depose(&mut self, controller_epoch: i32) {
        if let Some(ruler) = self.ruler.take() {
            self.process(ruler.node_id).send(Observed::Deposed { controller_epoch });
        }
    }

    fn expire(&mut self, node_id: BrokerId) {
        if self.ruler.is_some_and(|ruler| ruler.node_id == node_id) {
            self.depose(self.controller_epoch);
        }
        let at = self.next_position();
        let image = Arc::new(self.image.clone());
        self.process(node_id).send(Observed::Reset { at, image });
    }

    fn fence_holds(&self, fence: &Fence<'_>, node_id: BrokerId) -> bool {
        match fence {
            Fence::Member(_) => true,
            Fence::Reign(reign) => {
                let claim = match reign.fence {
                    StoreFence::Memory { claim } => claim,
                    StoreFence::ZooKeeper { .. } | StoreFence::Raft { .. } => return false,
                };
                self.ruler == Some(Ruler { node_id, claim })
            }
        }
    }

    fn commit_unit(&mut self, by: BrokerId, unit: &Unit) -> Outcome {
        if let Some(record) = unit.records.iter().find(|record| can_hold(record) == Held::No) {
            return Outcome::NotHeld(Box::new(record.clone()));
        }
        if unit_bytes(unit) > UNIT_BYTES_MAX {
            return Outcome::TooLarge;
        }
        if let Some(now) = stale_partitions(&self.image, unit) {
            return Outcome::Conflict { now };
        }
        let mut delta = Delta::new(&self.image);
        for record in &unit.records {
            if delta.replay(record).is_err() {
                // Decided on something that is no longer there.
                return Outcome::Conflict { now: Vec::new() };
            }
        }
        self.image = delta.apply().0;
        let at = self.next_position();
        self.publish(by, at, &unit.records);
        Outcome::Committed(at)
    }
}

impl Process {
    fn send(&mut self, event: Observed) {
        self.streams.retain(|stream| stream.send(event.clone()).is_ok());
    }
}

/// Marks of a log are not content: there is no log here.
fn can_hold(record: &Record) -> Held {
    match record {
        Record::Metadata(
            MetadataRecord::NoOp(_)
            | MetadataRecord::BeginTransaction(_)
            | MetadataRecord::EndTransaction(_)
            | MetadataRecord::AbortTransaction(_),
        ) => Held::No,
        Record::Metadata(_) | Record::Sidecar(_) => Held::Exactly,
    }
}

/// A record that no frame can carry (a string over 32 KiB) is too large in any store.
fn unit_bytes(unit: &Unit) -> usize {
    let encoded = Record::encode_batch(&unit.records, MetadataVersion::LATEST);
    encoded.map_or(usize::MAX, |encoded| encoded.frames.iter().map(|frame| frame.len()).sum())
}

/// The present content of partitions that a unit sets to anything but the next partition epoch: it was decided on an
/// older one.
fn stale_partitions(image: &Image, unit: &Unit) -> Option<Vec<Record>> {
    let mut now = Vec::new();
    for record in &unit.records {
        let Record::Metadata(MetadataRecord::Partition(partition)) = record else { continue };
        if let Some(present) = image.topics.partition(&partition.topic_id, partition.partition_id)
            && partition.partition_epoch != present.partition_epoch + 1
        {
            let record = present.to_record(partition.topic_id, partition.partition_id);
            now.push(MetadataRecord::Partition(record).into());
        }
    }
    (!now.is_empty()).then_some(now)
}

/// One process's handle on a [`MemoryCluster`].
#[derive(Debug)]
pub struct MemoryStore {
    cluster: MemoryCluster,
    node_id: BrokerId,
}

#[async_trait]
impl MetadataStore for MemoryStore {
    fn can_hold(&self, record: &Record) -> Held {
        can_hold(record)
    }

    async fn load(&self) -> Result<(Arc<Image>, Position, Observations), LoadError> {
        let mut shared = self.cluster.lock();
        if !shared.available {
            return Err(LoadError::Unavailable("the memory cluster is down".to_owned()));
        }
        let (events, observations) = Observations::channel();
        shared.process(self.node_id).streams.push(events);
        let image = Arc::new(shared.image.clone());
        let at = Position(shared.position);
        if let Some(MemoryFault::EditDuringLoad(records)) =
            shared.take_fault(self.node_id, |fault| matches!(fault, MemoryFault::EditDuringLoad(_)))
        {
            shared.edit(&records);
        }
        Ok((image, at, observations))
    }

    async fn campaign(&self, candidate: Candidate) -> Result<Reign, CampaignError> {
        let mut changed = self.cluster.rule_changed.subscribe();
        loop {
            changed.mark_unchanged();
            {
                let mut shared = self.cluster.lock();
                if shared.available && shared.ruler.is_none() {
                    shared.claim += 1;
                    shared.controller_epoch += 1;
                    let ruler = Ruler { node_id: candidate.node_id, claim: shared.claim };
                    shared.ruler = Some(ruler);
                    let reply_lost =
                        shared.take_fault(self.node_id, |fault| *fault == MemoryFault::LoseClaimReply).is_some();
                    // A claim whose reply was lost is settled by reading back who rules: it is this claim.
                    assert!(!reply_lost || shared.ruler == Some(ruler), "nobody moved under the lock");
                    return Ok(Reign {
                        controller_epoch: shared.controller_epoch,
                        fence: StoreFence::Memory { claim: ruler.claim },
                    });
                }
            }
            if changed.changed().await.is_err() {
                return Err(CampaignError::Ineligible("the memory cluster is gone".to_owned()));
            }
        }
    }

    async fn commit(&self, fence: Fence<'_>, units: Vec<Unit>) -> Result<Vec<Outcome>, CommitError> {
        let mut shared = self.cluster.lock();
        if !shared.available {
            return Err(CommitError::Unavailable("the memory cluster is down".to_owned()));
        }
        let fault = shared.take_fault(self.node_id, |fault| {
            matches!(fault, MemoryFault::LoseCommitReply | MemoryFault::LoseCommitRequest | MemoryFault::RefuseCommit)
        });
        if !shared.fence_holds(&fence, self.node_id) || fault == Some(MemoryFault::RefuseCommit) {
            return Err(CommitError::Fenced);
        }
        let unknown = || CommitError::Unknown { from_unit: 0, cause: "the reply was lost".to_owned() };
        if fault == Some(MemoryFault::LoseCommitRequest) {
            return Err(unknown());
        }
        let outcomes = units.iter().map(|unit| shared.commit_unit(self.node_id, unit)).collect();
        if fault == Some(MemoryFault::LoseCommitReply) { Err(unknown()) } else { Ok(outcomes) }
    }

    async fn resign(&self, reign: Reign) {
        let mut shared = self.cluster.lock();
        if shared.fence_holds(&Fence::Reign(&reign), self.node_id) {
            shared.ruler = None;
            drop(shared);
            self.cluster.signal();
        }
    }
}
