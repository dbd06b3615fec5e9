//! What time does to a group: sessions, rounds, offsets; and its deletion. Pure.

use kedge_protocol::ErrorCode;

use super::{
    core::{Reply, Then, Turn, WaiterId},
    group::{CONSUMER_PROTOCOL_TYPE, CommittedOffset, Group, GroupState, JoinRound},
    records,
};

impl Group {
    /// Handles everything that is due.
    pub(super) fn tick(&mut self, turn: &mut Turn<'_>) {
        let now_ms = turn.now_ms;
        let pending_count = self.pending_members.len();
        self.pending_members.retain(|_, lapses_ms| *lapses_ms > now_ms);
        if self.pending_members.len() < pending_count {
            self.end_join_round_if_complete(turn);
        }
        let is_silent = |deadline_ms: Option<i64>| deadline_ms.is_some_and(|deadline_ms| deadline_ms <= now_ms);
        let silent: Vec<String> = self
            .members
            .values()
            .filter(|member| is_silent(member.session_deadline_ms))
            .map(|member| member.member_id.clone())
            .collect();
        for member_id in silent {
            self.remove_member(&member_id, turn);
        }
        let join_due = match self.join_round {
            Some(JoinRound::Initial { deadline_ms, .. } | JoinRound::Rejoin { deadline_ms }) => deadline_ms <= now_ms,
            None => false,
        };
        if join_due {
            self.join_round_due(turn);
        }
        if is_silent(self.sync_deadline_ms) {
            self.sync_due(turn);
        }
    }

    /// Members that did not send SyncGroup in time are dropped, and the others join again.
    fn sync_due(&mut self, turn: &mut Turn<'_>) {
        self.sync_deadline_ms = None;
        let late: Vec<String> =
            self.members.values().filter(|member| !member.has_synced).map(|member| member.member_id.clone()).collect();
        for member_id in late {
            self.remove_member(&member_id, turn);
        }
    }

    /// Just loaded: members are given a session to show up in, and a group that is too large now joins again.
    pub(super) fn loaded(&mut self, turn: &mut Turn<'_>) {
        for member in self.members.values_mut() {
            member.renew_session(turn.now_ms);
        }
        self.subscribed_topics = self.compute_subscribed_topics();
        if self.members.len() > turn.settings.max_size {
            self.rebalance(turn);
        }
    }

    /// DeleteGroups; whether the group can be forgotten at once because the log holds nothing of it.
    pub(super) fn delete(&mut self, waiter: WaiterId, turn: &mut Turn<'_>) -> bool {
        let refusal = match self.state {
            GroupState::Empty => None,
            GroupState::Dead => Some(ErrorCode::GROUP_ID_NOT_FOUND),
            _ => Some(ErrorCode::NON_EMPTY_GROUP),
        };
        if let Some(error) = refusal {
            turn.reply(waiter, Reply::Delete(error));
            return false;
        }
        // A commit that is still on its way lies before the tombstones in the log.
        let partitions = self.offsets.keys().chain(self.pending_commits.keys());
        let mut tombstones: Vec<_> =
            partitions.map(|partition| records::offset_tombstone(&self.group_id, partition)).collect();
        if self.generation_id > 0 {
            tombstones.push(records::group_tombstone(&self.group_id));
        }
        self.pending_members.clear();
        self.transition(GroupState::Dead, turn.now_ms);
        if tombstones.is_empty() {
            turn.reply(waiter, Reply::Delete(ErrorCode::NONE));
            return true;
        }
        turn.write(tombstones, Then::Delete { group_id: self.group_id.clone(), waiter });
        false
    }

    /// Drops offsets that nobody will ask for any more; whether the group holds nothing afterwards and can be forgotten.
    pub(super) fn expire_offsets(&mut self, wall_ms: i64, turn: &mut Turn<'_>) -> bool {
        let retention_ms = turn.settings.offsets_retention_ms;
        let subscribed = self.subscribed_topics.clone();
        let state_timestamp_ms = self.state_timestamp_ms;
        let (state, is_consumer) = (self.state, self.protocol_type.as_deref() == Some(CONSUMER_PROTOCOL_TYPE));
        let is_simple = self.protocol_type.as_deref().is_none_or(str::is_empty);
        self.drop_offsets(turn, |topic, offset: &CommittedOffset| {
            // Counted from when the group lost its last member; for offsets of simple consumers and of topics that a live
            // group no longer subscribes, from the commit.
            let from_ms = match state {
                GroupState::Empty if !is_simple && state_timestamp_ms >= 0 => state_timestamp_ms,
                GroupState::Empty => offset.commit_timestamp_ms,
                GroupState::Stable if is_consumer => match &subscribed {
                    Some(topics) if !topics.contains(topic) => offset.commit_timestamp_ms,
                    _ => return false,
                },
                _ => return false,
            };
            match offset.expire_timestamp_ms {
                Some(expires_ms) => wall_ms >= expires_ms,
                None => wall_ms - from_ms >= retention_ms,
            }
        });
        let holds_nothing = self.state == GroupState::Empty
            && self.offsets.is_empty()
            && self.pending_commits.is_empty()
            && self.pending_members.is_empty();
        if holds_nothing && self.generation_id > 0 {
            turn.write(vec![records::group_tombstone(&self.group_id)], Then::Nothing);
        }
        holds_nothing
    }
}
