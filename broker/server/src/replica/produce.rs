//! Appends of one request: all partitions at once, then one wait for all of them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use kedge_log::LogError;
use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::{ErrorCode, batch::RecordFault};
use tokio::time::{Instant, timeout_at};

use super::{
    AppendOrigin, ReplicaManager, ReplicaMetrics,
    partition::{AppendFailure, LeaderAppend, Partition},
    waiters::Waiter,
};

/// Where an append went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of its first record; for a batch that was stored before, the original one.
    pub base_offset: i64,
    /// The append time in milliseconds if the topic's timestamps are LogAppendTime, else −1.
    pub log_append_time_ms: i64,
    /// The log's first offset.
    pub log_start_offset: i64,
}

/// Why an append was not made, or not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProduceFailure {
    /// What the client is told.
    pub code: ErrorCode,
    /// Where the records went if they are in the leader's log all the same.
    pub appended: Option<Appended>,
    /// Records that break a rule (Produce v8+).
    pub record_faults: Vec<RecordFault>,
    /// In words (Produce v8+).
    pub message: Option<String>,
}

impl From<ErrorCode> for ProduceFailure {
    fn from(code: ErrorCode) -> ProduceFailure {
        ProduceFailure { code, appended: None, record_faults: Vec::new(), message: None }
    }
}

impl From<AppendFailure> for ProduceFailure {
    fn from(failure: AppendFailure) -> ProduceFailure {
        let code = failure.error_code();
        match failure {
            AppendFailure::Log(LogError::Produce(error)) => ProduceFailure {
                record_faults: error.record_faults().to_vec(),
                message: Some(error.to_string()),
                ..ProduceFailure::from(code)
            },
            AppendFailure::Log(LogError::Producer(error)) => {
                ProduceFailure { message: Some(error.to_string()), ..ProduceFailure::from(code) }
            }
            AppendFailure::Refused(_) | AppendFailure::Log(_) => ProduceFailure::from(code),
        }
    }
}

impl ReplicaManager {
    /// Appends one batch per partition and waits for the acknowledgements; results in the order of `entries`.
    ///
    /// `required_acks`: 0 and 1 do not wait, −1 waits until every in-sync replica has the records, at most `timeout`.
    pub async fn append_all(
        &self,
        entries: Vec<(TopicIdPartition, Bytes)>,
        required_acks: i16,
        origin: AppendOrigin,
        zstd_allowed: bool,
        timeout: Duration,
    ) -> Vec<Result<Appended, ProduceFailure>> {
        let deadline = Instant::now() + timeout;
        let mut results = Vec::with_capacity(entries.len());
        let mut waiting: Vec<(usize, Arc<Partition>, LeaderAppend)> = Vec::new();
        for (place, (id, records)) in entries.into_iter().enumerate() {
            let appended = self.append_one(id, &records, required_acks, origin, zstd_allowed);
            results.push(match appended {
                Ok((partition, append)) => {
                    let appended = appended_of(&append);
                    if required_acks == -1 {
                        waiting.push((place, partition, append));
                    }
                    Ok(appended)
                }
                Err(failure) => {
                    ReplicaMetrics::add(&self.context.metrics.failed_appends, 1);
                    Err(failure)
                }
            });
        }
        if waiting.is_empty() {
            return results;
        }
        let waiter = Arc::new(Waiter::default());
        for (_, partition, _) in &waiting {
            partition.high_watermark_moved.register(&waiter, 0);
        }
        loop {
            waiting.retain(|(place, partition, append)| match partition.check_replicated(append) {
                None => true,
                Some(ErrorCode::NONE) => false,
                Some(code) => {
                    results[*place] = Err(unacknowledged(code, append));
                    false
                }
            });
            if waiting.is_empty() {
                return results;
            }
            if timeout_at(deadline, waiter.notified()).await.is_err() {
                for (place, _, append) in &waiting {
                    results[*place] = Err(unacknowledged(ErrorCode::REQUEST_TIMED_OUT, append));
                }
                return results;
            }
        }
    }

    fn append_one(
        &self,
        id: TopicIdPartition,
        records: &Bytes,
        required_acks: i16,
        origin: AppendOrigin,
        zstd_allowed: bool,
    ) -> Result<(Arc<Partition>, LeaderAppend), ProduceFailure> {
        let partition = self.find(id)?;
        match partition.append_as_leader(records, required_acks, origin.into(), zstd_allowed) {
            Ok(append) => {
                let metrics = &self.context.metrics;
                if append.info.is_duplicate {
                    ReplicaMetrics::add(&metrics.duplicate_batches, 1);
                } else {
                    ReplicaMetrics::add(&metrics.produced_batches, 1);
                    ReplicaMetrics::add(&metrics.produced_bytes, append.info.size_bytes as u64);
                }
                Ok((partition, append))
            }
            Err(failure) => {
                if let AppendFailure::Log(error) = &failure
                    && error.is_storage()
                {
                    partition.failed(error);
                    self.storage_failed(&partition);
                }
                Err(failure.into())
            }
        }
    }
}

fn appended_of(append: &LeaderAppend) -> Appended {
    Appended {
        base_offset: append.info.first_offset,
        log_append_time_ms: append.info.log_append_time_ms,
        log_start_offset: append.info.log_start_offset,
    }
}

fn unacknowledged(code: ErrorCode, append: &LeaderAppend) -> ProduceFailure {
    ProduceFailure { appended: Some(appended_of(append)), ..ProduceFailure::from(code) }
}
