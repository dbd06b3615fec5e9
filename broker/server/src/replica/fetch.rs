//! Reads of one Fetch request over many partitions, and its wait for enough data (Kafka's DelayedFetch, without a purgatory).

use std::{collections::HashMap, sync::Arc, time::Duration};

use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::ErrorCode;
use tokio::time::{Instant, timeout_at};

use super::{Partition, PartitionFetch, PartitionRead, Reader, ReplicaManager, ReplicaMetrics, waiters::Waiter};

/// What holds for a request as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FetchParams {
    pub(crate) reader: Reader,
    /// How long to wait for `min_bytes`.
    pub(crate) max_wait: Duration,
    pub(crate) min_bytes: usize,
    pub(crate) max_bytes: usize,
}

/// One partition of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FetchTarget {
    /// What the request's waiter knows it by.
    pub(crate) number: usize,
    /// The partition, or what the client is told instead.
    pub(crate) id: Result<TopicIdPartition, ErrorCode>,
    pub(crate) fetch: PartitionFetch,
}

/// Where a request that waits hears of what has moved.
pub(crate) trait FetchWait: Send {
    /// Told of moves, and by its numbers of which.
    fn waiter(&self) -> &Arc<Waiter>;
    /// It outlives the request, as a fetch session's, and so do its registrations.
    fn is_session(&self) -> bool;
    /// What has moved since the last call; None once a later request of the session was faster.
    fn take_moved(&mut self) -> Option<Vec<FetchTarget>>;
}

/// The wait of a request that names everything; a target's number is its place.
pub(crate) struct FullWait<'a> {
    pub(crate) waiter: Arc<Waiter>,
    pub(crate) targets: &'a [FetchTarget],
    /// A session will take the waiter over.
    pub(crate) opens_session: bool,
}

impl FetchWait for FullWait<'_> {
    fn waiter(&self) -> &Arc<Waiter> {
        &self.waiter
    }

    fn is_session(&self) -> bool {
        self.opens_session
    }

    fn take_moved(&mut self) -> Option<Vec<FetchTarget>> {
        Some(self.waiter.take_moved().into_iter().map(|number| self.targets[number]).collect())
    }
}

type Found = Result<Arc<Partition>, ErrorCode>;

/// A target and what was found there.
pub(crate) struct Looked {
    pub(crate) target: FetchTarget,
    pub(crate) read: Result<PartitionRead, ErrorCode>,
    partition: Found,
}

impl ReplicaManager {
    /// Reads every target, in order. Answers at once if there is enough, an error or a divergence; otherwise when enough has come
    /// or `max_wait` is over. What moves meanwhile is read (again) and comes last if it was no target before. None if a later
    /// request of the same session came in between.
    pub(crate) async fn fetch(
        &self,
        params: &FetchParams,
        targets: &[FetchTarget],
        wait: &mut dyn FetchWait,
    ) -> Option<Vec<Looked>> {
        let deadline = Instant::now() + params.max_wait;
        let (waiter, is_session) = (wait.waiter().clone(), wait.is_session());
        let mut gathered = Gathered { params, looked: Vec::with_capacity(targets.len()), size_bytes: 0, urgent: 0 };
        let mut budget = Budget { remaining_bytes: params.max_bytes, min_one_batch: true };
        for target in targets {
            let partition = target.id.and_then(|id| self.find(id));
            if is_session {
                register_session(params.reader, &partition, &waiter, target.number);
            }
            gathered.look(*target, partition, &mut budget, true);
        }
        let has_to_wait = (is_session || !targets.is_empty()) && !params.max_wait.is_zero() && !gathered.is_complete();
        if has_to_wait {
            if !is_session {
                let moved = gathered.register(&waiter);
                gathered.look_again(self, moved, None);
            }
            while !gathered.is_complete() && timeout_at(deadline, waiter.notified()).await.is_ok() {
                let Some(moved) = wait.take_moved() else {
                    waiter.pass_on();
                    return None;
                };
                gathered.look_again(self, moved, is_session.then_some(&waiter));
            }
        }
        let metrics = &self.context.metrics;
        let counter = match params.reader {
            Reader::Follower { .. } => &metrics.follower_fetched_bytes,
            Reader::Consumer { .. } | Reader::Debugger => &metrics.consumer_fetched_bytes,
        };
        ReplicaMetrics::add(counter, gathered.size_bytes as u64);
        ReplicaMetrics::add(&metrics.fetch_looks, gathered.looked.len() as u64);
        Some(gathered.looked)
    }
}

/// Registers for the next move, before the look. What moves a reader's partition: the log end for a follower, which also wants to hear of the high watermark sooner or later.
fn register_session(reader: Reader, partition: &Found, waiter: &Arc<Waiter>, number: usize) {
    let Ok(partition) = partition else { return };
    let is_consumer = matches!(reader, Reader::Consumer { .. });
    partition.high_watermark_moved.register_session(waiter, number, is_consumer);
    if !is_consumer {
        partition.log_end_moved.register_session(waiter, number, true);
    }
}

/// What a request has found so far, with the sums that say whether it is enough.
struct Gathered<'a> {
    params: &'a FetchParams,
    looked: Vec<Looked>,
    size_bytes: usize,
    /// Errors and divergences: reasons to answer at once.
    urgent: usize,
}

impl Gathered<'_> {
    fn is_complete(&self) -> bool {
        self.urgent > 0 || self.size_bytes >= self.params.min_bytes
    }

    fn look(&mut self, target: FetchTarget, partition: Found, budget: &mut Budget, records_progress: bool) {
        let read = budget.read(self.params, &target, &partition, records_progress);
        self.add(&read);
        self.looked.push(Looked { target, read, partition });
    }

    fn add(&mut self, read: &Result<PartitionRead, ErrorCode>) {
        self.size_bytes += read.as_ref().map_or(0, PartitionRead::size_bytes);
        self.urgent += usize::from(is_urgent(read));
    }

    /// Registers with every partition. Returns what has come between the first look and this.
    fn register(&self, waiter: &Arc<Waiter>) -> Vec<FetchTarget> {
        for looked in &self.looked {
            let Ok(partition) = &looked.partition else { continue };
            match self.params.reader {
                Reader::Consumer { .. } => partition.high_watermark_moved.register(waiter, looked.target.number),
                Reader::Follower { .. } | Reader::Debugger => {
                    partition.log_end_moved.register(waiter, looked.target.number);
                }
            }
        }
        let moved = self.looked.iter().filter(|looked| has_more(self.params, &looked.target, &looked.partition));
        moved.map(|looked| looked.target).collect()
    }

    /// Reads what has moved, within what the rest of the response leaves.
    fn look_again(&mut self, replicas: &ReplicaManager, moved: Vec<FetchTarget>, session: Option<&Arc<Waiter>>) {
        if moved.is_empty() {
            return;
        }
        let places: HashMap<usize, usize> =
            self.looked.iter().enumerate().map(|(place, looked)| (looked.target.number, place)).collect();
        for place in moved.iter().filter_map(|target| places.get(&target.number)) {
            // What was read before is read again from its start.
            let before = std::mem::replace(&mut self.looked[*place].read, Err(ErrorCode::NONE));
            self.size_bytes -= before.as_ref().map_or(0, PartitionRead::size_bytes);
            self.urgent -= usize::from(is_urgent(&before));
        }
        let mut budget = Budget {
            remaining_bytes: self.params.max_bytes.saturating_sub(self.size_bytes),
            min_one_batch: self.size_bytes == 0,
        };
        for target in moved {
            match places.get(&target.number) {
                Some(place) => {
                    let looked = &self.looked[*place];
                    if let Some(waiter) = session {
                        register_session(self.params.reader, &looked.partition, waiter, target.number);
                    }
                    let read = budget.read(self.params, &looked.target, &looked.partition, false);
                    self.add(&read);
                    self.looked[*place].read = read;
                }
                None => {
                    let partition = target.id.and_then(|id| replicas.find(id));
                    if let Some(waiter) = session {
                        register_session(self.params.reader, &partition, waiter, target.number);
                    }
                    self.look(target, partition, &mut budget, false);
                }
            }
        }
    }
}

fn is_urgent(read: &Result<PartitionRead, ErrorCode>) -> bool {
    read.as_ref().map_or(true, |read| read.diverging.is_some())
}

/// What a response may still hold.
struct Budget {
    remaining_bytes: usize,
    /// Only the first records of a response may be larger than the limits allow.
    min_one_batch: bool,
}

impl Budget {
    fn read(
        &mut self,
        params: &FetchParams,
        target: &FetchTarget,
        partition: &Found,
        records_progress: bool,
    ) -> Result<PartitionRead, ErrorCode> {
        let partition = partition.as_ref().map_err(|code| *code)?;
        let read =
            partition.read(params.reader, &target.fetch, self.remaining_bytes, self.min_one_batch, records_progress)?;
        if read.size_bytes() > 0 {
            self.min_one_batch = false;
            self.remaining_bytes = self.remaining_bytes.saturating_sub(read.size_bytes());
        }
        Ok(read)
    }
}

/// Whether a partition has something beyond the position asked for.
fn has_more(params: &FetchParams, target: &FetchTarget, partition: &Found) -> bool {
    let Ok(partition) = partition else { return false };
    let end = match params.reader {
        Reader::Consumer { .. } => partition.log().high_watermark(),
        Reader::Follower { .. } | Reader::Debugger => partition.log().log_end_offset(),
    };
    end > target.fetch.fetch_offset
}
