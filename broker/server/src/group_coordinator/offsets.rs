//! OffsetCommit, and how errors of the log are told to clients. Pure.

use kedge_protocol::ErrorCode;

use super::{
    core::{CommitRequest, Reply, Then, Turn, WaiterId},
    group::{CommittedOffset, Group, GroupState, TopicPartition},
    records,
};

/// What a client is told when its commit could not be appended.
pub(super) fn commit_error(log_error: ErrorCode) -> ErrorCode {
    match log_error {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        | ErrorCode::NOT_ENOUGH_REPLICAS
        | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND => ErrorCode::COORDINATOR_NOT_AVAILABLE,
        ErrorCode::NOT_LEADER_OR_FOLLOWER | ErrorCode::KAFKA_STORAGE_ERROR => ErrorCode::NOT_COORDINATOR,
        ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE | ErrorCode::INVALID_FETCH_SIZE => {
            ErrorCode::INVALID_COMMIT_OFFSET_SIZE
        }
        other => other,
    }
}

/// What members are told when their assignment could not be appended.
pub(super) fn group_store_error(log_error: ErrorCode) -> ErrorCode {
    match log_error {
        ErrorCode::REQUEST_TIMED_OUT => ErrorCode::REBALANCE_IN_PROGRESS,
        ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE | ErrorCode::INVALID_FETCH_SIZE => {
            ErrorCode::UNKNOWN_SERVER_ERROR
        }
        other => commit_error(other),
    }
}

impl Group {
    pub(super) fn commit(&mut self, request: CommitRequest, waiter: WaiterId, turn: &mut Turn<'_>) {
        if let Err(error) = self.check_commit(&request) {
            return turn.reply(waiter, Reply::Commit(vec![error; request.offsets.len()]));
        }
        if let Some(member) = self.members.get_mut(&request.member_id) {
            member.heard_of(turn.now_ms);
        }
        let limit_bytes = turn.settings.offset_metadata_max_bytes;
        let code = |offset: &CommittedOffset| match offset.metadata.len() > limit_bytes {
            true => ErrorCode::OFFSET_METADATA_TOO_LARGE,
            false => ErrorCode::NONE,
        };
        let codes: Vec<ErrorCode> = request.offsets.iter().map(|(_, offset)| code(offset)).collect();
        let offsets: Vec<(TopicPartition, CommittedOffset)> =
            request.offsets.into_iter().zip(&codes).filter(|(_, code)| code.is_none()).map(|(kept, _)| kept).collect();
        if offsets.is_empty() {
            return turn.reply(waiter, Reply::Commit(codes));
        }
        for (partition, _) in &offsets {
            *self.pending_commits.entry(partition.clone()).or_default() += 1;
        }
        let stored =
            offsets.iter().map(|(partition, offset)| records::offset_record(&self.group_id, partition, offset));
        let (group_id, records) = (self.group_id.clone(), stored.collect());
        turn.write(records, Then::Commit { group_id, waiter, offsets, codes });
    }

    fn check_commit(&self, request: &CommitRequest) -> Result<(), ErrorCode> {
        if self.state == GroupState::Dead {
            return Err(ErrorCode::COORDINATOR_NOT_AVAILABLE);
        }
        // A consumer that assigns itself its partitions uses the group for its offsets alone.
        if request.generation_id < 0 && self.state == GroupState::Empty {
            return Ok(());
        }
        self.check_member(&request.member_id, request.group_instance_id.as_deref())?;
        if request.generation_id != self.generation_id {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        match self.state {
            GroupState::CompletingRebalance => Err(ErrorCode::REBALANCE_IN_PROGRESS),
            _ => Ok(()),
        }
    }

    /// Commits are in the log from `base_record_offset` on, or were not written.
    pub(super) fn committed(
        &mut self,
        offsets: Vec<(TopicPartition, CommittedOffset)>,
        base_record_offset: Option<i64>,
    ) {
        for (record_index, (partition, mut offset)) in offsets.into_iter().enumerate() {
            if let Some(count) = self.pending_commits.get_mut(&partition) {
                *count -= 1;
                if *count == 0 {
                    self.pending_commits.remove(&partition);
                }
            }
            if let Some(base) = base_record_offset {
                offset.record_offset = base + record_index as i64;
                self.apply_offset(partition, offset);
            }
        }
    }

    /// The commit that is later in the log counts.
    pub(super) fn apply_offset(&mut self, partition: TopicPartition, offset: CommittedOffset) {
        let is_newer = self.offsets.get(&partition).is_none_or(|present| present.record_offset < offset.record_offset);
        if is_newer {
            self.offsets.insert(partition, offset);
        }
    }

    /// Forgets the offsets that `is_dropped` names and writes their tombstones. One with a commit under way stays.
    pub(super) fn drop_offsets(&mut self, turn: &mut Turn<'_>, is_dropped: impl Fn(&str, &CommittedOffset) -> bool) {
        let pending = &self.pending_commits;
        let drops = |partition: &TopicPartition, offset: &CommittedOffset| {
            is_dropped(&partition.0, offset) && !pending.contains_key(partition)
        };
        let dropped: Vec<TopicPartition> = self
            .offsets
            .iter()
            .filter(|(partition, offset)| drops(partition, offset))
            .map(|(partition, _)| partition.clone())
            .collect();
        if dropped.is_empty() {
            return;
        }
        let tombstone = |partition: &TopicPartition| records::offset_tombstone(&self.group_id, partition);
        turn.write(dropped.iter().map(tombstone).collect(), Then::Nothing);
        for partition in &dropped {
            self.offsets.remove(partition);
        }
    }
}
