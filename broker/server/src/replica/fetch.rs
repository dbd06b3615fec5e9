//! Reads of one Fetch request over many partitions, and its wait for enough data (Kafka's DelayedFetch, without a purgatory).

use std::{sync::Arc, time::Duration};

use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::ErrorCode;
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{Partition, PartitionFetch, PartitionRead, Reader, ReplicaManager, ReplicaMetrics};

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

type Reads = Vec<Result<PartitionRead, ErrorCode>>;

impl ReplicaManager {
    /// Reads every target, in order. Answers at once if there is enough, an error or a divergence; otherwise when enough has come
    /// or `max_wait` is over.
    pub(crate) async fn fetch(&self, params: &FetchParams, targets: &[FetchTarget]) -> Reads {
        let deadline = Instant::now() + params.max_wait;
        let partitions: Vec<Result<Arc<Partition>, ErrorCode>> =
            targets.iter().map(|target| target.id.and_then(|id| self.find(id))).collect();
        let mut reads = self.read_all(params, targets, &partitions, true);
        if params.max_wait.is_zero() || targets.is_empty() || is_complete(params, &reads) {
            self.count(params, &reads);
            return reads;
        }
        let waiter = Arc::new(Notify::new());
        for partition in partitions.iter().flatten() {
            match params.reader {
                Reader::Consumer { .. } => partition.high_watermark_moved.register(&waiter),
                Reader::Follower { .. } | Reader::Debugger => partition.log_end_moved.register(&waiter),
            }
        }
        loop {
            // Something may have come between the first look and the registration.
            reads = self.read_all(params, targets, &partitions, false);
            if is_complete(params, &reads) || timeout_at(deadline, waiter.notified()).await.is_err() {
                break;
            }
        }
        self.count(params, &reads);
        reads
    }

    fn read_all(
        &self,
        params: &FetchParams,
        targets: &[FetchTarget],
        partitions: &[Result<Arc<Partition>, ErrorCode>],
        records_progress: bool,
    ) -> Reads {
        let mut remaining_bytes = params.max_bytes;
        let mut min_one_batch = true;
        let mut reads = Vec::with_capacity(targets.len());
        for (target, partition) in targets.iter().zip(partitions) {
            let read = match partition {
                Ok(partition) => {
                    partition.read(params.reader, &target.fetch, remaining_bytes, min_one_batch, records_progress)
                }
                Err(code) => Err(*code),
            };
            if let Ok(read) = &read
                && read.size_bytes() > 0
            {
                // Only the first records of a response may be larger than the limits allow.
                min_one_batch = false;
                remaining_bytes = remaining_bytes.saturating_sub(read.size_bytes());
            }
            reads.push(read);
        }
        reads
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
