//! A member of a consumer group, by the classic protocol: join, sync, beat, commit, leave.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use kedge_protocol::{
    ErrorCode, Message,
    consumer_protocol::{
        ConsumerProtocolAssignment, ConsumerProtocolSubscription, consumer_protocol_assignment, decode_prefixed,
    },
    messages::{
        HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, OffsetCommitRequest,
        OffsetFetchRequest, SyncGroupRequest,
        join_group_request::JoinGroupRequestProtocol,
        leave_group_request::MemberIdentity,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
        offset_fetch_request::OffsetFetchRequestTopic,
        sync_group_request::SyncGroupRequestAssignment,
    },
    wire::Encoder,
};
use tokio::time::sleep;

use super::{
    super::{
        ToolError,
        admin::{ANY_VERSION, AdminClient, Target, refusal},
        peer::REQUEST_DEADLINE,
    },
    GroupSettings,
    assignor::{self, Assignment},
    positions::TopicPartition,
};

const PROTOCOL_TYPE: &str = "consumer";
const ASSIGNOR: &str = "range";
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// A place in a group.
#[derive(Debug)]
pub(super) struct Membership {
    settings: GroupSettings,
    member_id: String,
    generation: i32,
    told: Option<String>,
}

/// What became of a step.
enum Step<T> {
    Done(T),
    /// From the start, once more.
    Again,
}

impl Membership {
    pub(super) fn new(settings: GroupSettings) -> Membership {
        Membership { settings, member_id: String::new(), generation: -1, told: None }
    }

    pub(super) fn settings(&self) -> &GroupSettings {
        &self.settings
    }

    /// Joins, or joins again, until it is a member, and returns what it is to read. `partitions_count` is of every topic that a
    /// member may subscribe to: this member gives them out if the coordinator makes it the leader.
    pub(super) async fn join(
        &mut self,
        client: &mut AdminClient,
        topics: &[String],
        partitions_count: &BTreeMap<String, usize>,
    ) -> Result<Assignment, ToolError> {
        loop {
            if let Step::Done(joined) = self.join_once(client, topics).await?
                && let Step::Done(assignment) = self.sync_once(client, &joined, partitions_count).await?
            {
                return Ok(assignment);
            }
            sleep(RETRY_PAUSE).await;
        }
    }

    async fn join_once(
        &mut self,
        client: &mut AdminClient,
        topics: &[String],
    ) -> Result<Step<JoinGroupResponse>, ToolError> {
        let subscription = ConsumerProtocolSubscription { topics: topics.to_vec(), ..Default::default() };
        let request = JoinGroupRequest {
            group_id: self.settings.name.clone(),
            session_timeout_ms: millis(self.settings.session_timeout),
            rebalance_timeout_ms: millis(self.settings.rebalance_timeout),
            member_id: self.member_id.clone(),
            protocol_type: PROTOCOL_TYPE.to_owned(),
            protocols: vec![JoinGroupRequestProtocol { name: ASSIGNOR.to_owned(), metadata: prefixed(&subscription)? }],
            ..Default::default()
        };
        // The coordinator answers when all members have come, or their time is up.
        let deadline = self.settings.rebalance_timeout + Duration::from_secs(5);
        let asked = client.once(Target::CoordinatorOf(&self.settings.name), ANY_VERSION, |_| request, deadline).await;
        let Some(answer) = self.answered(asked) else { return Ok(Step::Again) };
        match ErrorCode(answer.error_code) {
            ErrorCode::NONE => {
                self.member_id.clone_from(&answer.member_id);
                self.generation = answer.generation_id;
                Ok(Step::Done(answer))
            }
            ErrorCode::MEMBER_ID_REQUIRED => {
                self.member_id = answer.member_id;
                Ok(Step::Again)
            }
            code => self.again_or_refuse(client, code),
        }
    }

    async fn sync_once(
        &mut self,
        client: &mut AdminClient,
        joined: &JoinGroupResponse,
        partitions_count: &BTreeMap<String, usize>,
    ) -> Result<Step<Assignment>, ToolError> {
        let assignments = match joined.leader == self.member_id {
            true => give_out(joined, partitions_count)?,
            false => Vec::new(),
        };
        let request = SyncGroupRequest {
            group_id: self.settings.name.clone(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            protocol_type: Some(PROTOCOL_TYPE.to_owned()),
            protocol_name: Some(ASSIGNOR.to_owned()),
            assignments,
            ..Default::default()
        };
        let deadline = self.settings.rebalance_timeout + Duration::from_secs(5);
        let asked = client.once(Target::CoordinatorOf(&self.settings.name), ANY_VERSION, |_| request, deadline).await;
        let Some(answer) = self.answered(asked) else { return Ok(Step::Again) };
        match ErrorCode(answer.error_code) {
            ErrorCode::NONE => {
                // A member that gets nothing may get no bytes at all.
                if answer.assignment.is_empty() {
                    return Ok(Step::Done(Assignment::new()));
                }
                let (given, _) =
                    decode_prefixed::<ConsumerProtocolAssignment>(answer.assignment).map_err(ToolError::new)?;
                let given = given.assigned_partitions.into_iter().map(|topic| (topic.topic, topic.partitions));
                Ok(Step::Done(given.collect()))
            }
            ErrorCode::REBALANCE_IN_PROGRESS => Ok(Step::Again),
            code => self.again_or_refuse(client, code),
        }
    }

    /// Whether it is still a member of this generation; false asks for a new join.
    pub(super) async fn beat(&mut self, client: &mut AdminClient) -> Result<bool, ToolError> {
        let request = HeartbeatRequest {
            group_id: self.settings.name.clone(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            ..Default::default()
        };
        let asked =
            client.once(Target::CoordinatorOf(&self.settings.name), ANY_VERSION, |_| request, REQUEST_DEADLINE).await;
        let Some(answer) = self.answered(asked) else { return Ok(true) };
        match ErrorCode(answer.error_code) {
            ErrorCode::NONE => Ok(true),
            ErrorCode::REBALANCE_IN_PROGRESS => Ok(false),
            code => {
                let is_gone = matches!(code, ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION);
                self.again_or_refuse::<()>(client, code)?;
                Ok(!is_gone)
            }
        }
    }

    /// Offsets that the group has committed for some of `partitions`.
    pub(super) async fn committed(
        &mut self,
        client: &mut AdminClient,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, i64>, ToolError> {
        loop {
            let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
            for (topic, partition) in partitions {
                topics.entry(topic).or_default().push(*partition);
            }
            let topic = |(name, partition_indexes): (&str, Vec<i32>)| OffsetFetchRequestTopic {
                name: name.to_owned(),
                partition_indexes,
            };
            let request = OffsetFetchRequest {
                group_id: self.settings.name.clone(),
                topics: Some(topics.into_iter().map(topic).collect()),
                ..Default::default()
            };
            // Version 8 and later ask for several groups at once.
            let asked = client.once(Target::CoordinatorOf(&self.settings.name), 7, |_| request, REQUEST_DEADLINE).await;
            if let Some(answer) = self.answered(asked) {
                let of_partitions = answer.topics.iter().flat_map(|topic| &topic.partitions);
                let codes = of_partitions.map(|partition| partition.error_code).chain([answer.error_code]);
                match codes.map(ErrorCode).find(|code| !code.is_none()) {
                    None => {
                        let offsets = answer.topics.into_iter().flat_map(|topic| {
                            let name = topic.name;
                            topic
                                .partitions
                                .into_iter()
                                .map(move |at| ((name.clone(), at.partition_index), at.committed_offset))
                        });
                        return Ok(offsets.filter(|(_, offset)| *offset >= 0).collect());
                    }
                    Some(code) => {
                        self.again_or_refuse::<()>(client, code)?;
                    }
                }
            }
            sleep(RETRY_PAUSE).await;
        }
    }

    /// Commits the next offsets to read. A failure is told: the next commit makes up for it.
    pub(super) async fn commit(&mut self, client: &mut AdminClient, offsets: BTreeMap<TopicPartition, i64>) {
        if offsets.is_empty() || self.member_id.is_empty() {
            return;
        }
        let mut topics: BTreeMap<String, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
        for ((topic, partition_index), committed_offset) in offsets {
            topics.entry(topic).or_default().push(OffsetCommitRequestPartition {
                partition_index,
                committed_offset,
                committed_metadata: Some(String::new()),
                ..Default::default()
            });
        }
        let topic = |(name, partitions)| OffsetCommitRequestTopic { name, partitions };
        let request = OffsetCommitRequest {
            group_id: self.settings.name.clone(),
            generation_id_or_member_epoch: self.generation,
            member_id: self.member_id.clone(),
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        };
        let asked =
            client.once(Target::CoordinatorOf(&self.settings.name), ANY_VERSION, |_| request, REQUEST_DEADLINE).await;
        let Some(answer) = self.answered(asked) else { return };
        let partitions = answer.topics.iter().flat_map(|topic| &topic.partitions);
        if let Some(refused) = partitions.map(|partition| ErrorCode(partition.error_code)).find(|code| !code.is_none())
        {
            client.forget_coordinator_of(&self.settings.name);
            eprintln!("WARN Offset commit failed: {}", refused.name());
        }
    }

    /// Leaves, so that the others need not wait for this member's session to end.
    pub(super) async fn leave(&mut self, client: &mut AdminClient) {
        if self.member_id.is_empty() {
            return;
        }
        let (group_id, member_id) = (self.settings.name.clone(), self.member_id.clone());
        let make = |version: i16| match version >= 3 {
            true => LeaveGroupRequest {
                group_id,
                members: vec![MemberIdentity { member_id, ..Default::default() }],
                ..Default::default()
            },
            false => LeaveGroupRequest { group_id, member_id, ..Default::default() },
        };
        let deadline = Duration::from_secs(5);
        let asked = client.once(Target::CoordinatorOf(&self.settings.name), ANY_VERSION, make, deadline).await;
        if let Err(error) = asked {
            eprintln!("WARN the group was not left in order: {error}");
        }
    }

    /// An answer, or nothing after a failure, which is told once.
    fn answered<T>(&mut self, asked: Result<T, ToolError>) -> Option<T> {
        asked
            .map_err(|error| {
                let text = error.to_string();
                if self.told.as_ref() != Some(&text) {
                    eprintln!("WARN group {}: {text}", self.settings.name);
                    self.told = Some(text);
                }
            })
            .ok()
    }

    /// What an error code asks for: another coordinator, another member id, or the end.
    fn again_or_refuse<T>(&mut self, client: &mut AdminClient, code: ErrorCode) -> Result<Step<T>, ToolError> {
        match code {
            ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION => {
                self.member_id.clear();
                self.generation = -1;
                Ok(Step::Again)
            }
            code if code.is_retriable() || code == ErrorCode::REBALANCE_IN_PROGRESS => {
                client.forget_coordinator_of(&self.settings.name);
                Ok(Step::Again)
            }
            code => Err(refusal(code.0, None)),
        }
    }
}

/// As leader: what every member reads.
fn give_out(
    joined: &JoinGroupResponse,
    partitions_count: &BTreeMap<String, usize>,
) -> Result<Vec<SyncGroupRequestAssignment>, ToolError> {
    let mut subscriptions = BTreeMap::new();
    for member in &joined.members {
        let (subscription, _) =
            decode_prefixed::<ConsumerProtocolSubscription>(member.metadata.clone()).map_err(ToolError::new)?;
        subscriptions.insert(member.member_id.clone(), subscription.topics);
    }
    let assigned = assignor::assign(&subscriptions, partitions_count).into_iter();
    let one = |(member_id, assignment): (String, Assignment)| {
        let topic = |(topic, partitions)| consumer_protocol_assignment::TopicPartition { topic, partitions };
        let assignment = ConsumerProtocolAssignment {
            assigned_partitions: assignment.into_iter().map(topic).collect(),
            ..Default::default()
        };
        Ok(SyncGroupRequestAssignment { member_id, assignment: prefixed(&assignment)? })
    };
    assigned.map(one).collect()
}

/// A message of the consumer protocol, version 0, with its version in front.
fn prefixed(message: &impl Message) -> Result<Bytes, ToolError> {
    let mut out = Encoder::new();
    out.i16(0);
    message.encode(0, &mut out).map_err(ToolError::new)?;
    Ok(out.into_bytes())
}

fn millis(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}
