//! What coordinators need of a partition of `__consumer_offsets`: the seam to [`ReplicaManager`], and to a fake in tests.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::ErrorCode;

use crate::replica::{AppendOrigin, ReplicaManager};

/// A partition's log, as leader.
#[async_trait]
pub trait OffsetsLog: Send + Sync + std::fmt::Debug {
    /// Appends one batch and waits until every in-sync replica has it; the offset of its first record.
    async fn append(&self, id: TopicIdPartition, batch: Bytes, timeout: Duration) -> Result<i64, ErrorCode>;

    /// Whole batches from `from_offset` (or the log start) on; empty at the end. Blocks on the disk.
    fn read(&self, id: TopicIdPartition, from_offset: i64, max_bytes: usize) -> Result<Bytes, ErrorCode>;
}

#[async_trait]
impl OffsetsLog for ReplicaManager {
    async fn append(&self, id: TopicIdPartition, batch: Bytes, timeout: Duration) -> Result<i64, ErrorCode> {
        let appended = ReplicaManager::append(self, id, batch, -1, AppendOrigin::Coordinator, timeout).await?;
        Ok(appended.base_offset)
    }

    fn read(&self, id: TopicIdPartition, from_offset: i64, max_bytes: usize) -> Result<Bytes, ErrorCode> {
        self.read_committed_local(id, from_offset, max_bytes)
    }
}
