//! SyncGroup, Heartbeat and LeaveGroup. Pure.

use std::collections::BTreeMap;

use bytes::Bytes;
use kedge_protocol::ErrorCode;

use super::{
    core::{Reply, SyncReply, SyncRequest, Then, Turn, WaiterId},
    group::{Group, GroupState},
    offsets::group_store_error,
    records,
};

impl Group {
    pub(super) fn sync(&mut self, request: SyncRequest, waiter: WaiterId, turn: &mut Turn<'_>) {
        if let Err(error) = self.check_sync(&request) {
            return turn.reply(waiter, Reply::Sync(SyncReply::refused(error)));
        }
        let is_leader = self.leader.as_deref() == Some(&request.member_id);
        let is_stable = self.state == GroupState::Stable;
        let current = SyncReply {
            error: ErrorCode::NONE,
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol_name.clone(),
            assignment: Bytes::new(),
        };
        let member = self.members.get_mut(&request.member_id).expect("the check has found the member");
        member.has_synced = true;
        if is_stable {
            let reply = SyncReply { assignment: member.assignment.clone(), ..current };
            member.renew_session(turn.now_ms);
            turn.reply(waiter, Reply::Sync(reply));
        } else {
            member.session_deadline_ms = None;
            if let Some(replaced) = member.awaiting_sync.replace(waiter) {
                turn.reply(replaced, Reply::Sync(SyncReply::refused(ErrorCode::REBALANCE_IN_PROGRESS)));
            }
            if is_leader && !self.is_storing_assignment {
                self.store_assignment(request.assignments, turn);
            }
        }
        if self.members.values().all(|member| member.has_synced) {
            self.sync_deadline_ms = None;
        }
    }

    fn check_sync(&self, request: &SyncRequest) -> Result<(), ErrorCode> {
        let differs = |asked: &Option<String>, present: &Option<String>| asked.is_some() && asked != present;
        if self.state == GroupState::Dead {
            return Err(ErrorCode::COORDINATOR_NOT_AVAILABLE);
        }
        self.check_member(&request.member_id, request.group_instance_id.as_deref())?;
        if request.generation_id != self.generation_id {
            return Err(ErrorCode::ILLEGAL_GENERATION);
        }
        if differs(&request.protocol_type, &self.protocol_type) || differs(&request.protocol_name, &self.protocol_name)
        {
            return Err(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
        }
        match self.state {
            GroupState::CompletingRebalance | GroupState::Stable => Ok(()),
            GroupState::PreparingRebalance => Err(ErrorCode::REBALANCE_IN_PROGRESS),
            GroupState::Empty | GroupState::Dead => Err(ErrorCode::UNKNOWN_MEMBER_ID),
        }
    }

    /// The group record must be in the log before any member acts on its assignment.
    fn store_assignment(&mut self, mut given: BTreeMap<String, Bytes>, turn: &mut Turn<'_>) {
        let take = |member_id: &String| (member_id.clone(), given.remove(member_id).unwrap_or_default());
        let assignments: BTreeMap<String, Bytes> = self.members.keys().map(take).collect();
        self.is_storing_assignment = true;
        let record = records::group_record(self, &assignments);
        let (group_id, generation_id) = (self.group_id.clone(), self.generation_id);
        turn.write(vec![record], Then::Assign { group_id, generation_id, assignments });
    }

    /// The assignment is in the log, or could not be written. Void if the group has moved on meanwhile.
    pub(super) fn assigned(
        &mut self,
        generation_id: i32,
        mut assignments: BTreeMap<String, Bytes>,
        result: Result<i64, ErrorCode>,
        turn: &mut Turn<'_>,
    ) {
        if self.state != GroupState::CompletingRebalance || self.generation_id != generation_id {
            return;
        }
        self.is_storing_assignment = false;
        if let Err(error) = result {
            self.fail_syncs(group_store_error(error), turn);
            return self.rebalance(turn);
        }
        self.transition(GroupState::Stable, turn.now_ms);
        let (protocol_type, protocol_name) = (self.protocol_type.clone(), self.protocol_name.clone());
        for member in self.members.values_mut() {
            member.assignment = assignments.remove(&member.member_id).unwrap_or_default();
            if let Some(waiter) = member.awaiting_sync.take() {
                member.renew_session(turn.now_ms);
                let (protocol_type, protocol_name) = (protocol_type.clone(), protocol_name.clone());
                let assignment = member.assignment.clone();
                let reply = SyncReply { error: ErrorCode::NONE, protocol_type, protocol_name, assignment };
                turn.reply(waiter, Reply::Sync(reply));
            }
        }
    }

    pub(super) fn heartbeat(
        &mut self,
        generation_id: i32,
        member_id: &str,
        group_instance_id: Option<&str>,
        turn: &mut Turn<'_>,
    ) -> ErrorCode {
        if self.state == GroupState::Dead {
            return ErrorCode::COORDINATOR_NOT_AVAILABLE;
        }
        if let Err(error) = self.check_member(member_id, group_instance_id) {
            return error;
        }
        if generation_id != self.generation_id {
            return ErrorCode::ILLEGAL_GENERATION;
        }
        self.members.get_mut(member_id).expect("the check has found the member").heard_of(turn.now_ms);
        match self.state {
            GroupState::PreparingRebalance => ErrorCode::REBALANCE_IN_PROGRESS,
            _ => ErrorCode::NONE,
        }
    }

    pub(super) fn leave(&mut self, member_id: &str, group_instance_id: Option<&str>, turn: &mut Turn<'_>) -> ErrorCode {
        if self.state == GroupState::Dead {
            return ErrorCode::COORDINATOR_NOT_AVAILABLE;
        }
        if group_instance_id.is_none() && self.pending_members.remove(member_id).is_some() {
            self.end_join_round_if_complete(turn);
            return ErrorCode::NONE;
        }
        // An operator removes a static member by its instance id alone.
        let static_member_id = match group_instance_id {
            Some(instance) if member_id.is_empty() => {
                self.static_member(instance).map(|member| member.member_id.clone())
            }
            _ => None,
        };
        let member_id = static_member_id.as_deref().unwrap_or(member_id);
        if let Err(error) = self.check_member(member_id, group_instance_id) {
            return error;
        }
        self.remove_member(member_id, turn);
        ErrorCode::NONE
    }
}
