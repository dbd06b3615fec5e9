//! JoinGroup and the join round (Kafka's `doJoinGroup`, `prepareRebalance`, `onCompleteJoin`). Pure.

use super::{
    core::{JoinReply, JoinRequest, JoinedMember, Reply, SyncReply, Then, Turn, WaiterId},
    group::{Group, GroupState, JoinRound, Member},
    records,
};
use kedge_protocol::ErrorCode;

/// How long a new member may be silent until its first round ends: it cannot send heartbeats before.
pub(super) const NEW_MEMBER_JOIN_TIMEOUT_MS: i64 = 5 * 60 * 1000;

impl Group {
    pub(super) fn join(&mut self, request: JoinRequest, waiter: WaiterId, turn: &mut Turn<'_>) {
        let refusal = if self.state == GroupState::Dead {
            Some(ErrorCode::COORDINATOR_NOT_AVAILABLE)
        } else if !self.has_room_for(&request.member_id, turn) {
            Some(ErrorCode::GROUP_MAX_SIZE_REACHED)
        } else if !self.supports(&request.protocol_type, &request.protocols) {
            Some(ErrorCode::INCONSISTENT_GROUP_PROTOCOL)
        } else {
            None
        };
        if let Some(error) = refusal {
            return turn.reply(waiter, Reply::Join(JoinReply::refused(error, &request.member_id)));
        }
        if request.member_id.is_empty() {
            self.join_without_id(request, waiter, turn);
        } else if self.pending_members.remove(&request.member_id).is_some() {
            let member_id = request.member_id.clone();
            self.add_member(member_id, request, waiter, turn);
        } else if self.members.contains_key(&request.member_id) {
            self.rejoin(request, waiter, turn);
        } else {
            let refused = JoinReply::refused(ErrorCode::UNKNOWN_MEMBER_ID, &request.member_id);
            turn.reply(waiter, Reply::Join(refused));
        }
    }

    /// `group.max.size`: during a round those who have rejoined count, otherwise the members.
    fn has_room_for(&self, member_id: &str, turn: &Turn<'_>) -> bool {
        match self.state {
            GroupState::Empty | GroupState::Dead => true,
            GroupState::PreparingRebalance => {
                let has_joined = |member: &Member| member.awaiting_join.is_some();
                self.members.get(member_id).is_some_and(has_joined)
                    || self.members.values().filter(|member| has_joined(member)).count() < turn.settings.max_size
            }
            GroupState::CompletingRebalance | GroupState::Stable => {
                self.members.contains_key(member_id) || self.members.len() < turn.settings.max_size
            }
        }
    }

    fn join_without_id(&mut self, request: JoinRequest, waiter: WaiterId, turn: &mut Turn<'_>) {
        let member_id = request.fresh_member_id.clone();
        if request.requires_known_member_id {
            let lapses_ms = turn.now_ms + i64::from(request.session_timeout_ms);
            self.pending_members.insert(member_id.clone(), lapses_ms);
            turn.reply(waiter, Reply::Join(JoinReply::refused(ErrorCode::MEMBER_ID_REQUIRED, &member_id)));
        } else {
            self.add_member(member_id, request, waiter, turn);
        }
    }

    fn add_member(&mut self, member_id: String, request: JoinRequest, waiter: WaiterId, turn: &mut Turn<'_>) {
        if self.state == GroupState::PreparingRebalance && self.generation_id == 0 {
            self.new_member_added = true;
        }
        if self.members.is_empty() {
            self.protocol_type = Some(request.protocol_type);
        }
        self.joins_count += 1;
        let member = Member {
            member_id: member_id.clone(),
            group_instance_id: None,
            client_id: request.client_id,
            client_host: request.client_host,
            session_timeout_ms: request.session_timeout_ms,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            protocols: request.protocols,
            assignment: Default::default(),
            joined_at: self.joins_count,
            is_new: true,
            has_synced: false,
            awaiting_join: Some(waiter),
            awaiting_sync: None,
            session_deadline_ms: Some(turn.now_ms + NEW_MEMBER_JOIN_TIMEOUT_MS),
        };
        self.leader.get_or_insert_with(|| member_id.clone());
        self.members.insert(member_id, member);
        self.rebalance(turn);
    }

    fn rejoin(&mut self, request: JoinRequest, waiter: WaiterId, turn: &mut Turn<'_>) {
        let is_leader = self.leader.as_deref() == Some(&request.member_id);
        let member = self.members.get(&request.member_id).expect("the caller has looked");
        let is_unchanged = member.protocols == request.protocols;
        // The answer to its last JoinGroup was lost, or a follower asks again: nothing has changed.
        let is_current = match self.state {
            GroupState::CompletingRebalance => is_unchanged,
            GroupState::Stable => is_unchanged && !is_leader,
            _ => false,
        };
        if is_current {
            let reply = self.current_generation(&request.member_id, is_leader);
            return turn.reply(waiter, Reply::Join(reply));
        }
        let member = self.members.get_mut(&request.member_id).expect("the caller has looked");
        member.protocols = request.protocols;
        member.session_timeout_ms = request.session_timeout_ms;
        member.rebalance_timeout_ms = request.rebalance_timeout_ms;
        if !member.is_new {
            member.session_deadline_ms = None;
        }
        if let Some(replaced) = member.awaiting_join.replace(waiter) {
            let refused = JoinReply::refused(ErrorCode::REBALANCE_IN_PROGRESS, &request.member_id);
            turn.reply(replaced, Reply::Join(refused));
        }
        self.rebalance(turn);
    }

    fn current_generation(&self, member_id: &str, with_members: bool) -> JoinReply {
        let protocol_name = self.protocol_name.clone().unwrap_or_default();
        let joined = |member: &Member| JoinedMember {
            member_id: member.member_id.clone(),
            group_instance_id: member.group_instance_id.clone(),
            metadata: member.metadata(&protocol_name),
        };
        JoinReply {
            error: ErrorCode::NONE,
            generation_id: self.generation_id,
            protocol_type: self.protocol_type.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            member_id: member_id.to_owned(),
            members: if with_members { self.members.values().map(joined).collect() } else { Vec::new() },
            protocol_name: Some(protocol_name),
        }
    }

    /// Begins a join round unless one is on, and ends it if everybody is there.
    pub(super) fn rebalance(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.state, GroupState::Empty | GroupState::CompletingRebalance | GroupState::Stable) {
            let was_empty = self.state == GroupState::Empty;
            self.fail_syncs(ErrorCode::REBALANCE_IN_PROGRESS, turn);
            self.is_storing_assignment = false;
            self.sync_deadline_ms = None;
            let timeout_ms = self.rebalance_timeout_ms();
            let delay_ms = turn.settings.initial_rebalance_delay_ms;
            self.join_round = Some(if was_empty && delay_ms > 0 {
                let remaining_ms = (timeout_ms - delay_ms).max(0);
                JoinRound::Initial { deadline_ms: turn.now_ms + delay_ms, remaining_ms }
            } else {
                JoinRound::Rejoin { deadline_ms: turn.now_ms + timeout_ms }
            });
            self.transition(GroupState::PreparingRebalance, turn.now_ms);
        }
        self.end_join_round_if_complete(turn);
    }

    pub(super) fn end_join_round_if_complete(&mut self, turn: &mut Turn<'_>) {
        let is_complete = matches!(self.join_round, Some(JoinRound::Rejoin { .. }))
            && self.pending_members.is_empty()
            && self.members.values().all(|member| member.awaiting_join.is_some());
        if is_complete {
            self.end_join_round(turn);
        }
    }

    /// The round's time is up.
    pub(super) fn join_round_due(&mut self, turn: &mut Turn<'_>) {
        if let Some(JoinRound::Initial { remaining_ms, .. }) = self.join_round
            && self.new_member_added
            && remaining_ms > 0
        {
            self.new_member_added = false;
            let delay_ms = turn.settings.initial_rebalance_delay_ms.min(remaining_ms);
            let deadline_ms = turn.now_ms + delay_ms;
            self.join_round = Some(JoinRound::Initial { deadline_ms, remaining_ms: remaining_ms - delay_ms });
            return;
        }
        self.end_join_round(turn);
    }

    /// Drops who did not rejoin, and begins the next generation with the others.
    fn end_join_round(&mut self, turn: &mut Turn<'_>) {
        self.new_member_added = false;
        self.members.retain(|_, member| member.awaiting_join.is_some() || member.group_instance_id.is_some());
        let first_joined = self
            .members
            .values()
            .filter(|member| member.awaiting_join.is_some())
            .min_by_key(|member| member.joined_at)
            .map(|member| member.member_id.clone());
        if first_joined.is_none() && !self.members.is_empty() {
            // Only static members are left and none has come back yet: the round goes on until one does or they expire.
            let deadline_ms = turn.now_ms + self.rebalance_timeout_ms().max(1);
            self.join_round = Some(JoinRound::Rejoin { deadline_ms });
            return;
        }
        self.join_round = None;
        let leader_rejoined = self.leader.as_ref().and_then(|leader| self.members.get(leader));
        if leader_rejoined.is_none_or(|leader| leader.awaiting_join.is_none()) {
            self.leader = first_joined;
        }
        self.generation_id = self.generation_id.wrapping_add(1).max(1);
        if self.members.is_empty() {
            self.protocol_name = None;
            self.subscribed_topics = self.compute_subscribed_topics();
            self.transition(GroupState::Empty, turn.now_ms);
            turn.write(vec![records::group_record(self, &Default::default())], Then::Nothing);
            return;
        }
        self.protocol_name = self.elect_protocol();
        self.subscribed_topics = self.compute_subscribed_topics();
        self.transition(GroupState::CompletingRebalance, turn.now_ms);
        self.sync_deadline_ms = Some(turn.now_ms + self.rebalance_timeout_ms());
        self.answer_joins(turn);
    }

    fn answer_joins(&mut self, turn: &mut Turn<'_>) {
        let member_ids: Vec<String> = self.members.keys().cloned().collect();
        for member_id in member_ids {
            let is_leader = self.leader.as_ref() == Some(&member_id);
            let reply = self.current_generation(&member_id, is_leader);
            let member = self.members.get_mut(&member_id).expect("ids were taken from the map");
            member.has_synced = false;
            if let Some(waiter) = member.awaiting_join.take() {
                member.is_new = false;
                member.renew_session(turn.now_ms);
                turn.reply(waiter, Reply::Join(reply));
            }
        }
    }

    /// Answers every parked SyncGroup with an error; assignments of the generation are void.
    pub(super) fn fail_syncs(&mut self, error: ErrorCode, turn: &mut Turn<'_>) {
        for member in self.members.values_mut() {
            member.assignment = Default::default();
            if let Some(waiter) = member.awaiting_sync.take() {
                member.renew_session(turn.now_ms);
                turn.reply(waiter, Reply::Sync(SyncReply::refused(error)));
            }
        }
    }

    /// Takes a member out; whoever waits on its behalf hears that it is unknown. A round goes on or begins.
    pub(super) fn remove_member(&mut self, member_id: &str, turn: &mut Turn<'_>) {
        let Some(member) = self.members.remove(member_id) else { return };
        if let Some(waiter) = member.awaiting_join {
            let refused = JoinReply::refused(ErrorCode::UNKNOWN_MEMBER_ID, member_id);
            turn.reply(waiter, Reply::Join(refused));
        }
        if let Some(waiter) = member.awaiting_sync {
            turn.reply(waiter, Reply::Sync(SyncReply::refused(ErrorCode::UNKNOWN_MEMBER_ID)));
        }
        if self.leader.as_deref() == Some(member_id) {
            self.leader =
                self.members.values().min_by_key(|member| member.joined_at).map(|next| next.member_id.clone());
        }
        match self.state {
            GroupState::CompletingRebalance | GroupState::Stable => self.rebalance(turn),
            GroupState::PreparingRebalance => self.end_join_round_if_complete(turn),
            GroupState::Empty | GroupState::Dead => {}
        }
    }
}
