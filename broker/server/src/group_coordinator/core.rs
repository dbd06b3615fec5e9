//! The groups of one partition of `__consumer_offsets`, as a machine without IO: requests, passing time and finished
//! writes go in, answers and records to write come out. Pure; time and fresh member ids are arguments.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kedge_protocol::ErrorCode;

use super::{
    group::{CommittedOffset, Group, GroupState, TopicPartition},
    records::OffsetsRecord,
};

/// Names a parked request; the runtime knows who waits behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaiterId(pub u64);

/// What the coordinator is allowed and asked to do, from `server.properties`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `group.min.session.timeout.ms`.
    pub min_session_timeout_ms: i32,
    /// `group.max.session.timeout.ms`.
    pub max_session_timeout_ms: i32,
    /// `group.initial.rebalance.delay.ms`.
    pub initial_rebalance_delay_ms: i64,
    /// `group.max.size`.
    pub max_size: usize,
    /// `offset.metadata.max.bytes`.
    pub offset_metadata_max_bytes: usize,
    /// `offsets.retention.minutes`, in milliseconds.
    pub offsets_retention_ms: i64,
}

/// JoinGroup, the versions' differences resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JoinRequest {
    /// The group.
    pub group_id: String,
    /// Empty for a member that has none yet.
    pub member_id: String,
    /// The member id to give out if the request brings none.
    pub fresh_member_id: String,
    /// From the request header.
    pub client_id: String,
    /// With a leading `/`.
    pub client_host: String,
    /// How long the member may stay silent.
    pub session_timeout_ms: i32,
    /// How long it may take to rejoin.
    pub rebalance_timeout_ms: i32,
    /// `consumer` or another.
    pub protocol_type: String,
    /// With metadata, the preferred one first.
    pub protocols: Vec<(String, Bytes)>,
    /// KIP-394 (v4+): a member without an id gets one and must come back with it.
    pub requires_known_member_id: bool,
}

/// A member as the leader of a group sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its id.
    pub member_id: String,
    /// Its instance id, if static.
    pub group_instance_id: Option<String>,
    /// Its metadata for the elected protocol.
    pub metadata: Bytes,
}

/// The answer to JoinGroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinReply {
    /// The error, or NONE.
    pub error: ErrorCode,
    /// −1 with an error.
    pub generation_id: i32,
    /// None with an error.
    pub protocol_type: Option<String>,
    /// None with an error.
    pub protocol_name: Option<String>,
    /// Member id of the leader.
    pub leader: String,
    /// The member's id.
    pub member_id: String,
    /// For the leader alone.
    pub members: Vec<JoinedMember>,
}

impl JoinReply {
    /// A refusal.
    pub fn refused(error: ErrorCode, member_id: &str) -> JoinReply {
        JoinReply {
            error,
            generation_id: -1,
            protocol_type: None,
            protocol_name: None,
            leader: String::new(),
            member_id: member_id.to_owned(),
            members: Vec::new(),
        }
    }
}

/// SyncGroup.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyncRequest {
    /// The group.
    pub group_id: String,
    /// The generation the member joined.
    pub generation_id: i32,
    /// The member.
    pub member_id: String,
    /// Its instance id, if static.
    pub group_instance_id: Option<String>,
    /// v5+: must be the group's.
    pub protocol_type: Option<String>,
    /// v5+: must be the generation's.
    pub protocol_name: Option<String>,
    /// From the leader: assignment by member id.
    pub assignments: BTreeMap<String, Bytes>,
}

/// The answer to SyncGroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncReply {
    /// The error, or NONE.
    pub error: ErrorCode,
    /// None with an error.
    pub protocol_type: Option<String>,
    /// None with an error.
    pub protocol_name: Option<String>,
    /// Empty with an error.
    pub assignment: Bytes,
}

impl SyncReply {
    /// A refusal.
    pub fn refused(error: ErrorCode) -> SyncReply {
        SyncReply { error, protocol_type: None, protocol_name: None, assignment: Bytes::new() }
    }
}

/// OffsetCommit; partitions that do not exist have been sorted out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommitRequest {
    /// The group; may be empty.
    pub group_id: String,
    /// Negative for a consumer that assigns itself.
    pub generation_id: i32,
    /// Empty for a consumer that assigns itself.
    pub member_id: String,
    /// Its instance id, if static.
    pub group_instance_id: Option<String>,
    /// What to commit.
    pub offsets: Vec<(TopicPartition, CommittedOffset)>,
}

/// An answer to a parked request.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To JoinGroup.
    Join(JoinReply),
    /// To SyncGroup.
    Sync(SyncReply),
    /// To OffsetCommit: a code for each offset, in the request's order.
    Commit(Vec<ErrorCode>),
    /// To DeleteGroups.
    Delete(ErrorCode),
}

/// What becomes true once records are in the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// A generation's assignment.
    Assign {
        /// The group.
        group_id: String,
        /// The generation that the leader assigned.
        generation_id: i32,
        /// By member id, every member named.
        assignments: BTreeMap<String, Bytes>,
    },
    /// Offsets become visible.
    Commit {
        /// The group.
        group_id: String,
        /// Who waits.
        waiter: WaiterId,
        /// One for each record, in order.
        offsets: Vec<(TopicPartition, CommittedOffset)>,
        /// A code for each offset of the request; NONE for those in `offsets`.
        codes: Vec<ErrorCode>,
    },
    /// A group is gone.
    Delete {
        /// The group.
        group_id: String,
        /// Who waits.
        waiter: WaiterId,
    },
    /// Memory is ahead already.
    Nothing,
}

/// Records that go into the log together, in the order in which effects were made.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// At least one.
    pub records: Vec<OffsetsRecord>,
    /// What to report back with the result ([`Core::written`]).
    pub then: Then,
}

/// What the machine wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Answer a parked request.
    Reply(WaiterId, Reply),
    /// Append records.
    Write(Write),
}

/// One group as DescribeGroups shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupDescription {
    /// State name.
    pub state: GroupState,
    /// Empty if none.
    pub protocol_type: String,
    /// Only when stable.
    pub protocol_name: String,
    /// Members; metadata only when stable.
    pub members: Vec<MemberDescription>,
}

/// One member as DescribeGroups shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberDescription {
    /// Its id.
    pub member_id: String,
    /// Its instance id, if static.
    pub group_instance_id: Option<String>,
    /// Its client id.
    pub client_id: String,
    /// Its address, with a leading `/`.
    pub client_host: String,
    /// Metadata for the group's protocol.
    pub metadata: Bytes,
    /// Its assignment.
    pub assignment: Bytes,
}

/// The groups of one partition.
#[derive(Debug)]
pub struct Core {
    settings: Settings,
    pub(super) groups: BTreeMap<String, Group>,
    /// (deadline in ms, group): one entry for each group that waits for something.
    deadlines: BTreeSet<(i64, String)>,
    indexed: BTreeMap<String, i64>,
    effects: Vec<Effect>,
}

/// What a group may use while it handles one event.
pub(super) struct Turn<'a> {
    pub(super) now_ms: i64,
    pub(super) settings: &'a Settings,
    pub(super) effects: &'a mut Vec<Effect>,
}

impl Turn<'_> {
    pub(super) fn reply(&mut self, waiter: WaiterId, reply: Reply) {
        self.effects.push(Effect::Reply(waiter, reply));
    }

    pub(super) fn write(&mut self, records: Vec<OffsetsRecord>, then: Then) {
        assert!(!records.is_empty(), "a write has at least one record");
        self.effects.push(Effect::Write(Write { records, then }));
    }
}

impl Core {
    /// No groups.
    pub fn new(settings: Settings) -> Core {
        Core::with_groups(settings, BTreeMap::new(), 0)
    }

    /// Groups as loaded from the log; every member gets a full session from now.
    pub fn with_groups(settings: Settings, groups: BTreeMap<String, Group>, now_ms: i64) -> Core {
        let mut core =
            Core { settings, groups, deadlines: BTreeSet::new(), indexed: BTreeMap::new(), effects: Vec::new() };
        let group_ids: Vec<String> = core.groups.keys().cloned().collect();
        for group_id in &group_ids {
            core.turn(group_id, now_ms, |group, turn| group.loaded(turn));
        }
        core
    }

    /// What is to be done, in order; empties the list.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// When [`Core::tick`] is due.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.deadlines.first().map(|(deadline_ms, _)| *deadline_ms)
    }

    /// Time has passed: sessions, join rounds and pending ids end.
    pub fn tick(&mut self, now_ms: i64) {
        while let Some((_, group_id)) =
            self.deadlines.first().filter(|(deadline_ms, _)| *deadline_ms <= now_ms).cloned()
        {
            self.turn(&group_id, now_ms, |group, turn| group.tick(turn));
        }
    }

    /// A group and its turn; afterwards its deadline is indexed anew and a vacant group is forgotten.
    pub(super) fn turn<R>(
        &mut self,
        group_id: &str,
        now_ms: i64,
        event: impl FnOnce(&mut Group, &mut Turn<'_>) -> R,
    ) -> Option<R> {
        let group = self.groups.get_mut(group_id)?;
        let mut turn = Turn { now_ms, settings: &self.settings, effects: &mut self.effects };
        let result = event(group, &mut turn);
        let next = group.next_deadline_ms();
        if group.is_vacant() {
            self.groups.remove(group_id);
        }
        self.index(group_id, next);
        Some(result)
    }

    /// The same, for a group that comes into being with its first request.
    pub(super) fn turn_or_new<R>(
        &mut self,
        group_id: &str,
        now_ms: i64,
        event: impl FnOnce(&mut Group, &mut Turn<'_>) -> R,
    ) -> R {
        self.groups.entry(group_id.to_owned()).or_insert_with(|| Group::new(group_id));
        self.turn(group_id, now_ms, event).expect("the group has just been made sure of")
    }

    /// Forgets a group.
    pub(super) fn remove(&mut self, group_id: &str) {
        self.groups.remove(group_id);
        self.index(group_id, None);
    }

    pub(super) fn answer(&mut self, waiter: WaiterId, reply: Reply) {
        self.effects.push(Effect::Reply(waiter, reply));
    }

    fn index(&mut self, group_id: &str, next: Option<i64>) {
        if self.indexed.get(group_id).copied() == next {
            return;
        }
        if let Some(old) = self.indexed.remove(group_id) {
            self.deadlines.remove(&(old, group_id.to_owned()));
        }
        if let Some(deadline_ms) = next {
            self.indexed.insert(group_id.to_owned(), deadline_ms);
            self.deadlines.insert((deadline_ms, group_id.to_owned()));
        }
    }

    /// JoinGroup. The answer comes as an effect, perhaps later.
    pub fn join(&mut self, now_ms: i64, request: JoinRequest, waiter: WaiterId) {
        let allowed = self.settings.min_session_timeout_ms..=self.settings.max_session_timeout_ms;
        let refusal = if !allowed.contains(&request.session_timeout_ms) {
            Some(ErrorCode::INVALID_SESSION_TIMEOUT)
        } else if !request.member_id.is_empty() && !self.groups.contains_key(&request.group_id) {
            Some(ErrorCode::UNKNOWN_MEMBER_ID)
        } else {
            None
        };
        if let Some(error) = refusal {
            return self.answer(waiter, Reply::Join(JoinReply::refused(error, &request.member_id)));
        }
        let group_id = request.group_id.clone();
        self.turn_or_new(&group_id, now_ms, |group, turn| group.join(request, waiter, turn));
    }

    /// SyncGroup. The answer comes as an effect, perhaps later.
    pub fn sync(&mut self, now_ms: i64, request: SyncRequest, waiter: WaiterId) {
        let group_id = request.group_id.clone();
        if self.turn(&group_id, now_ms, |group, turn| group.sync(request, waiter, turn)).is_none() {
            self.answer(waiter, Reply::Sync(SyncReply::refused(ErrorCode::UNKNOWN_MEMBER_ID)));
        }
    }

    /// Heartbeat.
    pub fn heartbeat(
        &mut self,
        now_ms: i64,
        group_id: &str,
        generation_id: i32,
        member_id: &str,
        group_instance_id: Option<&str>,
    ) -> ErrorCode {
        self.turn(group_id, now_ms, |group, turn| group.heartbeat(generation_id, member_id, group_instance_id, turn))
            .unwrap_or(ErrorCode::UNKNOWN_MEMBER_ID)
    }

    /// LeaveGroup for members given as (member id, instance id); a code for each.
    pub fn leave(&mut self, now_ms: i64, group_id: &str, members: &[(String, Option<String>)]) -> Vec<ErrorCode> {
        let left = self.turn(group_id, now_ms, |group, turn| {
            members.iter().map(|(member_id, instance)| group.leave(member_id, instance.as_deref(), turn)).collect()
        });
        left.unwrap_or_else(|| vec![ErrorCode::UNKNOWN_MEMBER_ID; members.len()])
    }

    /// OffsetCommit. The answer comes as an effect once the offsets are in the log.
    pub fn commit(&mut self, now_ms: i64, request: CommitRequest, waiter: WaiterId) {
        let group_id = request.group_id.clone();
        if !self.groups.contains_key(&group_id) && request.generation_id >= 0 {
            let codes = vec![ErrorCode::ILLEGAL_GENERATION; request.offsets.len()];
            return self.answer(waiter, Reply::Commit(codes));
        }
        self.turn_or_new(&group_id, now_ms, |group, turn| group.commit(request, waiter, turn));
    }

    /// A group's committed offsets; none if it does not exist.
    pub fn offsets(&self, group_id: &str) -> Option<&BTreeMap<TopicPartition, CommittedOffset>> {
        self.groups.get(group_id).filter(|group| group.state != GroupState::Dead).map(|group| &group.offsets)
    }

    /// Every group: id, protocol type, state.
    pub fn list(&self) -> Vec<(String, String, GroupState)> {
        let listed =
            |group: &Group| (group.group_id.clone(), group.protocol_type.clone().unwrap_or_default(), group.state);
        self.groups.values().map(listed).collect()
    }

    /// One group; none if it does not exist.
    pub fn describe(&self, group_id: &str) -> Option<GroupDescription> {
        let group = self.groups.get(group_id)?;
        let protocol_name = match group.state {
            GroupState::Stable => group.protocol_name.clone().unwrap_or_default(),
            _ => String::new(),
        };
        let is_stable = group.state == GroupState::Stable;
        let describe = |member: &super::group::Member| MemberDescription {
            member_id: member.member_id.clone(),
            group_instance_id: member.group_instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            metadata: if is_stable { member.metadata(&protocol_name) } else { Bytes::new() },
            assignment: if is_stable { member.assignment.clone() } else { Bytes::new() },
        };
        Some(GroupDescription {
            state: group.state,
            protocol_type: group.protocol_type.clone().unwrap_or_default(),
            members: group.members.values().map(describe).collect(),
            protocol_name,
        })
    }

    /// DeleteGroups for one group. The answer comes as an effect once the tombstones are in the log.
    pub fn delete_group(&mut self, now_ms: i64, group_id: &str, waiter: WaiterId) {
        let is_forgotten = self.turn(group_id, now_ms, |group, turn| group.delete(waiter, turn));
        match is_forgotten {
            None => self.answer(waiter, Reply::Delete(ErrorCode::GROUP_ID_NOT_FOUND)),
            Some(true) => self.remove(group_id),
            Some(false) => {}
        }
    }

    /// Topics are gone, and the offsets committed for them.
    pub fn delete_topics(&mut self, now_ms: i64, topics: &BTreeSet<String>) {
        let group_ids: Vec<String> = self.groups.keys().cloned().collect();
        for group_id in &group_ids {
            self.turn(group_id, now_ms, |group, turn| group.drop_offsets(turn, |topic, _| topics.contains(topic)));
        }
    }

    /// Drops offsets past `offsets.retention.minutes` and groups that hold nothing any more. `wall_ms` is the time of day,
    /// as commit timestamps are.
    pub fn expire_offsets(&mut self, now_ms: i64, wall_ms: i64) {
        let group_ids: Vec<String> = self.groups.keys().cloned().collect();
        for group_id in &group_ids {
            if self.turn(group_id, now_ms, |group, turn| group.expire_offsets(wall_ms, turn)) == Some(true) {
                self.remove(group_id);
            }
        }
    }

    /// A write ended: the offset of its first record, or why it failed.
    pub fn written(&mut self, now_ms: i64, then: Then, result: Result<i64, ErrorCode>) {
        match then {
            Then::Nothing => {}
            Then::Assign { group_id, generation_id, assignments } => {
                self.turn(&group_id, now_ms, |group, turn| group.assigned(generation_id, assignments, result, turn));
            }
            Then::Commit { group_id, waiter, offsets, codes } => {
                let codes = match result {
                    Ok(_) => codes,
                    Err(error) => {
                        let failed = super::offsets::commit_error(error);
                        codes.into_iter().map(|code| if code.is_none() { failed } else { code }).collect()
                    }
                };
                self.turn(&group_id, now_ms, |group, _| group.committed(offsets, result.ok()));
                self.answer(waiter, Reply::Commit(codes));
            }
            Then::Delete { group_id, waiter } => {
                let code = match result {
                    Ok(_) => {
                        self.remove(&group_id);
                        ErrorCode::NONE
                    }
                    Err(error) => {
                        self.turn(&group_id, now_ms, |group, turn| group.transition(GroupState::Empty, turn.now_ms));
                        super::offsets::commit_error(error)
                    }
                };
                self.answer(waiter, Reply::Delete(code));
            }
        }
    }
}
