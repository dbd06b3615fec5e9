//! One classic consumer group as data: its state, members and offsets. Pure.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kedge_protocol::{
    ErrorCode,
    consumer_protocol::{ConsumerProtocolSubscription, decode_prefixed},
};

use super::core::WaiterId;

/// Protocol type of Kafka's own consumers; Connect and others have theirs.
pub const CONSUMER_PROTOCOL_TYPE: &str = "consumer";

/// Kafka's `GroupState` of a classic group.
///
/// ```text
///          join                 all rejoined, or time is up             leader's assignment stored
/// Empty ─────────▶ PreparingRebalance ─────────▶ CompletingRebalance ─────────▶ Stable
///   ▲                 │          ▲                        │                        │
///   └── nobody left ──┘          └── join, leave, expiry ─┴────────────────────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// No members; it may hold offsets.
    Empty,
    /// Waits for every member to rejoin.
    PreparingRebalance,
    /// A generation has begun; its leader's assignment is awaited or being stored.
    CompletingRebalance,
    /// Every member has, or can fetch, its assignment.
    Stable,
    /// Being deleted.
    Dead,
}

impl GroupState {
    /// The name that DescribeGroups and ListGroups show.
    pub fn name(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Stable => "Stable",
            GroupState::Dead => "Dead",
        }
    }
}

/// A committed offset (`OffsetCommitValue`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The offset to resume from.
    pub committed_offset: i64,
    /// Leader epoch of the record before it; −1 if unknown.
    pub committed_leader_epoch: i32,
    /// The client's own words.
    pub metadata: String,
    /// When it was committed.
    pub commit_timestamp_ms: i64,
    /// When it expires, if the client said so (OffsetCommit v2–4).
    pub expire_timestamp_ms: Option<i64>,
    /// Offset of its record in `__consumer_offsets`; the later one counts.
    pub record_offset: i64,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// `<client id>-<uuid>`.
    pub member_id: String,
    /// KIP-345; only found on members loaded from a log that another broker wrote.
    pub group_instance_id: Option<String>,
    /// The client id it joined with.
    pub client_id: String,
    /// Its address, with a leading `/` as Kafka shows it.
    pub client_host: String,
    /// How long it may stay silent.
    pub session_timeout_ms: i32,
    /// How long it may take to rejoin.
    pub rebalance_timeout_ms: i32,
    /// Protocols it supports with their metadata, the preferred one first.
    pub protocols: Vec<(String, Bytes)>,
    /// What the leader gave it in the present generation.
    pub assignment: Bytes,
    /// Its place in the order of joining.
    pub(super) joined_at: u64,
    /// Not yet been through the end of a join round.
    pub(super) is_new: bool,
    /// It sent SyncGroup in this generation.
    pub(super) has_synced: bool,
    pub(super) awaiting_join: Option<WaiterId>,
    pub(super) awaiting_sync: Option<WaiterId>,
    /// When it is dropped; none while it waits for us.
    pub(super) session_deadline_ms: Option<i64>,
}

impl Member {
    /// Its metadata for a protocol; empty if it does not support it.
    pub fn metadata(&self, protocol_name: &str) -> Bytes {
        let found = self.protocols.iter().find(|(name, _)| name == protocol_name);
        found.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }

    pub(super) fn renew_session(&mut self, now_ms: i64) {
        self.session_deadline_ms = Some(now_ms + i64::from(self.session_timeout_ms));
    }

    /// A sign of life. A member that waits for us has no deadline, and a new one has its longer allowance.
    pub(super) fn heard_of(&mut self, now_ms: i64) {
        if self.awaiting_join.is_none() && self.awaiting_sync.is_none() {
            self.renew_session(now_ms);
        }
    }
}

/// The end of a join round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JoinRound {
    /// The first round of an empty group waits for more members (`group.initial.rebalance.delay.ms`).
    Initial { deadline_ms: i64, remaining_ms: i64 },
    /// Ends when everybody has rejoined, at the latest then.
    Rejoin { deadline_ms: i64 },
}

/// A topic's partition within a group.
pub type TopicPartition = (String, i32);

/// A classic consumer group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its id.
    pub group_id: String,
    /// Its state.
    pub state: GroupState,
    /// When it came into that state; −1 if unknown.
    pub state_timestamp_ms: i64,
    /// `consumer` or another; none for a group that only holds offsets.
    pub protocol_type: Option<String>,
    /// The protocol all members agreed on.
    pub protocol_name: Option<String>,
    /// Counts join rounds.
    pub generation_id: i32,
    /// The member that assigns.
    pub leader: Option<String>,
    /// Members by id.
    pub members: BTreeMap<String, Member>,
    /// Committed offsets.
    pub offsets: BTreeMap<TopicPartition, CommittedOffset>,
    /// Topics all members together subscribe; none if not known.
    pub subscribed_topics: Option<BTreeSet<String>>,
    /// Member ids handed out (error 79) but not yet used, and when they lapse.
    pub(super) pending_members: BTreeMap<String, i64>,
    pub(super) joins_count: u64,
    pub(super) new_member_added: bool,
    pub(super) join_round: Option<JoinRound>,
    pub(super) sync_deadline_ms: Option<i64>,
    /// The leader's assignment is on its way into the log.
    pub(super) is_storing_assignment: bool,
    /// Commits on their way into the log, by partition.
    pub(super) pending_commits: BTreeMap<TopicPartition, u32>,
}

impl Group {
    /// A group without members and offsets.
    pub fn new(group_id: &str) -> Group {
        Group {
            group_id: group_id.to_owned(),
            state: GroupState::Empty,
            state_timestamp_ms: -1,
            protocol_type: None,
            protocol_name: None,
            generation_id: 0,
            leader: None,
            members: BTreeMap::new(),
            offsets: BTreeMap::new(),
            subscribed_topics: None,
            pending_members: BTreeMap::new(),
            joins_count: 0,
            new_member_added: false,
            join_round: None,
            sync_deadline_ms: None,
            is_storing_assignment: false,
            pending_commits: BTreeMap::new(),
        }
    }

    /// Nothing would be lost by forgetting it, and nothing of it is in the log.
    pub(super) fn is_vacant(&self) -> bool {
        self.state == GroupState::Empty
            && self.generation_id == 0
            && self.pending_members.is_empty()
            && self.offsets.is_empty()
            && self.pending_commits.is_empty()
    }

    pub(super) fn transition(&mut self, state: GroupState, now_ms: i64) {
        self.state = state;
        self.state_timestamp_ms = now_ms;
    }

    /// The earliest moment at which something is due.
    pub(super) fn next_deadline_ms(&self) -> Option<i64> {
        let join = self.join_round.map(|round| match round {
            JoinRound::Initial { deadline_ms, .. } | JoinRound::Rejoin { deadline_ms } => deadline_ms,
        });
        let sessions = self.members.values().filter_map(|member| member.session_deadline_ms);
        sessions.chain(self.pending_members.values().copied()).chain(join).chain(self.sync_deadline_ms).min()
    }

    /// Whether a request may speak for a member: 25 unknown, 82 the instance belongs to another member id.
    pub(super) fn check_member(&self, member_id: &str, group_instance_id: Option<&str>) -> Result<(), ErrorCode> {
        match group_instance_id {
            None if self.members.contains_key(member_id) => Ok(()),
            None => Err(ErrorCode::UNKNOWN_MEMBER_ID),
            Some(instance) => match self.static_member(instance) {
                None => Err(ErrorCode::UNKNOWN_MEMBER_ID),
                Some(member) if member.member_id != member_id => Err(ErrorCode::FENCED_INSTANCE_ID),
                Some(_) => Ok(()),
            },
        }
    }

    pub(super) fn static_member(&self, group_instance_id: &str) -> Option<&Member> {
        self.members.values().find(|member| member.group_instance_id.as_deref() == Some(group_instance_id))
    }

    /// The longest time a member may take to rejoin.
    pub(super) fn rebalance_timeout_ms(&self) -> i64 {
        self.members.values().map(|member| i64::from(member.rebalance_timeout_ms)).max().unwrap_or(0).max(0)
    }

    /// Protocols that every member supports, in the order of their names.
    fn common_protocols(&self) -> BTreeSet<&str> {
        let mut members = self.members.values().map(|member| member.protocols.iter().map(|(name, _)| name.as_str()));
        let first: BTreeSet<&str> = members.next().into_iter().flatten().collect();
        members.fold(first, |common, names| {
            let supported: BTreeSet<&str> = names.collect();
            &common & &supported
        })
    }

    /// Whether a member with these protocols could join.
    pub(super) fn supports(&self, protocol_type: &str, protocols: &[(String, Bytes)]) -> bool {
        if self.members.is_empty() {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        let common = self.common_protocols();
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|(name, _)| common.contains(name.as_str()))
    }

    /// Each member votes for the first of its protocols that all support; most votes win, then the first name.
    pub(super) fn elect_protocol(&self) -> Option<String> {
        let common = self.common_protocols();
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let choice = member.protocols.iter().map(|(name, _)| name.as_str()).find(|name| common.contains(name));
            *votes.entry(choice?).or_default() += 1;
        }
        let most = votes.values().max().copied()?;
        votes.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.to_owned())
    }

    /// The topics of all subscriptions; none for another protocol type or a subscription that does not parse.
    pub(super) fn compute_subscribed_topics(&self) -> Option<BTreeSet<String>> {
        if self.protocol_type.as_deref() != Some(CONSUMER_PROTOCOL_TYPE) {
            return None;
        }
        let protocol_name = self.protocol_name.as_deref().unwrap_or_default();
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            let (subscription, _) =
                decode_prefixed::<ConsumerProtocolSubscription>(member.metadata(protocol_name)).ok()?;
            topics.extend(subscription.topics);
        }
        Some(topics)
    }
}
