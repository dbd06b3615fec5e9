//! Reads of one Fetch request over many partitions, and its wait for enough data (Kafka's DelayedFetch, without a purgatory).

use std::{sync::Arc, time::Duration};

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
    /// The partition, or what the client is told instead.
    pub(crate) id: Result<TopicIdPartition, ErrorCode>,
    pub(crate) fetch: PartitionFetch,
}

type Found = Result<Arc<Partition>, ErrorCode>;
type Reads = Vec<Result<PartitionRead, ErrorCode>>;

impl ReplicaManager {
    /// Reads every target, in order. Answers at once if there is enough, an error or a divergence; otherwise when enough has come
    /// or `max_wait` is over.
    pub(crate) async fn fetch(&self, params: &FetchParams, targets: &[FetchTarget]) -> Reads {
        let deadline = Instant::now() + params.max_wait;
        let partitions: Vec<Found> = targets.iter().map(|target| target.id.and_then(|id| self.find(id))).collect();
        let mut reads = self.read_all(params, targets, &partitions);
        if params.max_wait.is_zero() || targets.is_empty() || is_complete(params, &reads) {
            self.count(params, &reads);
            return reads;
        }
        let waiter = Arc::new(Waiter::default());
        for (number, partition) in partitions.iter().enumerate() {
            let Ok(partition) = partition else { continue };
            match params.reader {
                Reader::Consumer { .. } => partition.high_watermark_moved.register(&waiter, number),
                Reader::Follower { .. } | Reader::Debugger => partition.log_end_moved.register(&waiter, number),
            }
        }
        // Something may have come between the first look and the registration.
        let mut moved: Vec<usize> =
            (0..targets.len()).filter(|number| has_more(params, &targets[*number], &partitions[*number])).collect();
        loop {
            self.read_again(params, targets, &partitions, &mut reads, &moved);
            if is_complete(params, &reads) || timeout_at(deadline, waiter.notified()).await.is_err() {
                break;
            }
            moved = waiter.take_moved();
        }
        self.count(params, &reads);
        reads
    }

    fn read_all(&self, params: &FetchParams, targets: &[FetchTarget], partitions: &[Found]) -> Reads {
        let mut budget = Budget { remaining_bytes: params.max_bytes, min_one_batch: true };
        let targets = targets.iter().zip(partitions);
        targets.map(|(target, partition)| budget.read(params, target, partition, true)).collect()
    }

    /// Reads what has moved, within what the rest of the response leaves.
    fn read_again(
        &self,
        params: &FetchParams,
        targets: &[FetchTarget],
        partitions: &[Found],
        reads: &mut Reads,
        moved: &[usize],
    ) {
        if moved.is_empty() {
            return;
        }
        for number in moved {
            // What was read before is read again from its start.
            reads[*number] = Err(ErrorCode::NONE);
        }
        let used_bytes: usize = reads.iter().flatten().map(PartitionRead::size_bytes).sum();
        let mut budget =
            Budget { remaining_bytes: params.max_bytes.saturating_sub(used_bytes), min_one_batch: used_bytes == 0 };
        for number in moved {
            reads[*number] = budget.read(params, &targets[*number], &partitions[*number], false);
        }
    }

    fn count(&self, params: &FetchParams, reads: &Reads) {
        let size_bytes: usize = reads.iter().flatten().map(PartitionRead::size_bytes).sum();
        let metrics = &self.context.metrics;
        let counter = match params.reader {
            Reader::Follower { .. } => &metrics.follower_fetched_bytes,
            Reader::Consumer { .. } | Reader::Debugger => &metrics.consumer_fetched_bytes,
        };
        ReplicaMetrics::add(counter, size_bytes as u64);
    }
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

fn is_complete(params: &FetchParams, reads: &Reads) -> bool {
    let mut size_bytes = 0;
    for read in reads {
        match read {
            Err(_) => return true,
            Ok(read) if read.diverging.is_some() => return true,
            Ok(read) => size_bytes += read.size_bytes(),
        }
    }
    size_bytes >= params.min_bytes
}
