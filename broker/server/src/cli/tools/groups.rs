//! `kedge groups`: Kafka 3.9's `kafka-consumer-groups.sh`: list, describe, delete, and reset the offsets of a group.
//!
//! As there, what a broker refuses is told on standard output and the exit code stays 0; only wrong flags end with 1. Unlike there,
//! rows stand in the order of topic and partition, and each on a line of its own (3.9 prints those of --reset-offsets on one).
//! Not there yet: --delete-offsets, --to-datetime, --by-duration, --from-file, --export.

use std::{collections::BTreeMap, io::Write};

use clap::Args;
use kedge_protocol::{
    ErrorCode,
    consumer_protocol::{ConsumerProtocolAssignment, decode_prefixed},
    messages::{
        DeleteGroupsRequest, DescribeGroupsRequest, ListGroupsRequest, ListOffsetsRequest, OffsetFetchRequest,
        describe_groups_response::DescribedGroup,
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
    },
};

use super::{
    Connection, ToolError,
    admin::{ANY_VERSION, AdminClient, Target, refusal},
    block_on, first_conflict, usage,
};
use describe::{GroupView, MemberView};
use reset::Goal;

mod describe;
mod reset;

const TOOL: &str = "groups";
/// Timestamps that ListOffsets takes for the ends of a log.
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;

/// A topic and the index of a partition.
type TopicPartition = (String, i32);
/// Offsets by partition.
type Offsets = BTreeMap<TopicPartition, i64>;

/// Arguments of `kedge groups`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct GroupsArgs {
    #[command(flatten)]
    connection: Connection,
    /// Lists the groups.
    #[arg(long)]
    list: bool,
    /// Shows a group: its offsets, or with --members or --state these.
    #[arg(long)]
    describe: bool,
    /// Deletes groups that have no members.
    #[arg(long)]
    delete: bool,
    /// Changes the offsets of a group that has no members.
    #[arg(long)]
    reset_offsets: bool,
    /// A group; may be repeated.
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// Every group.
    #[arg(long)]
    all_groups: bool,
    /// A topic whose offsets are reset, TOPIC or TOPIC:0,1; may be repeated.
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
    /// Every topic that the group has offsets of.
    #[arg(long)]
    all_topics: bool,
    /// Describes the members.
    #[arg(long)]
    members: bool,
    /// Describes offsets and lag, as --describe does by itself.
    #[arg(long)]
    offsets: bool,
    /// Describes the state; with --list shows it, or only groups in these states.
    #[arg(long, value_name = "STATES", num_args = 0..=1, default_missing_value = "")]
    state: Option<String>,
    /// Shows which partitions a member has.
    #[arg(long)]
    verbose: bool,
    /// Only shows the new offsets: what --reset-offsets does by itself.
    #[arg(long)]
    dry_run: bool,
    /// Sets the new offsets.
    #[arg(long)]
    execute: bool,
    /// Resets to the log's start.
    #[arg(long)]
    to_earliest: bool,
    /// Resets to the log's end.
    #[arg(long)]
    to_latest: bool,
    /// Resets to the committed offset, or to the log's end without one.
    #[arg(long)]
    to_current: bool,
    /// Resets to an offset.
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    to_offset: Option<i64>,
    /// Moves the committed offset by so many records, back or forth.
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    shift_by: Option<i64>,
    /// Accepted; requests have Kafka's own time limits.
    #[arg(long, value_name = "MS", hide = true)]
    timeout: Option<u64>,
}

/// What is shown of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Offsets,
    Members,
    State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    List,
    Describe(Shown),
    Delete,
    Reset(Goal),
}

pub(in crate::cli) fn run(args: &GroupsArgs, out: &mut impl Write) -> Result<(), ToolError> {
    let action = args.action()?;
    let Some(mut client) = args.connection.client("kedge-groups")? else {
        return Err(usage(TOOL, "Missing required argument \"[bootstrap-server]\""));
    };
    let done = block_on(async {
        match action {
            Action::List => list(args, &mut client).await,
            Action::Describe(shown) => describe(args, shown, &mut client).await,
            Action::Delete => delete(args, &mut client).await,
            Action::Reset(goal) => reset(args, goal, &mut client).await,
        }
    });
    let text =
        done.unwrap_or_else(|error| format!("\nError: Executing consumer group command failed due to {error}\n"));
    Ok(out.write_all(text.as_bytes())?)
}

impl GroupsArgs {
    fn action(&self) -> Result<Action, ToolError> {
        let given =
            [self.list, self.describe, self.delete, self.reset_offsets].into_iter().filter(|given| *given).count();
        if given != 1 {
            let text = "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets";
            return Err(usage(TOOL, text));
        }
        if self.connection.bootstrap_server.is_none() {
            return Err(usage(TOOL, "Missing required argument \"[bootstrap-server]\""));
        }
        let group = ("group", !self.group.is_empty());
        let (list, describe) = (("list", self.list), ("describe", self.describe));
        let conflict = first_conflict(&[
            ("group", group.1, &[("all-groups", self.all_groups), list]),
            ("topic", !self.topic.is_empty(), &[list, describe, ("delete", self.delete)]),
            ("members", self.members, &[list, ("delete", self.delete), ("reset-offsets", self.reset_offsets)]),
        ]);
        if let Some(text) = conflict {
            return Err(usage(TOOL, text));
        }
        if !self.list && !group.1 && !self.all_groups {
            let option = if self.describe {
                "describe"
            } else if self.delete {
                "delete"
            } else {
                "reset-offsets"
            };
            return Err(usage(TOOL, format!("Option [{option}] takes one of these options: [group], [all-groups]")));
        }
        match () {
            () if self.list => Ok(Action::List),
            () if self.delete => Ok(Action::Delete),
            () if self.reset_offsets => Ok(Action::Reset(self.goal()?)),
            () => self.shown().map(Action::Describe),
        }
    }

    fn shown(&self) -> Result<Shown, ToolError> {
        match (self.members, self.offsets, self.state.as_deref()) {
            (_, _, Some(states)) if !states.is_empty() => {
                Err(usage(TOOL, "Option [describe] does not take a value for [state]"))
            }
            (false, _, None) => Ok(Shown::Offsets),
            (true, false, None) => Ok(Shown::Members),
            (false, false, Some(_)) => Ok(Shown::State),
            _ => {
                Err(usage(TOOL, "Option [describe] takes at most one of these options: [members], [offsets], [state]"))
            }
        }
    }

    fn goal(&self) -> Result<Goal, ToolError> {
        if self.dry_run && self.execute {
            return Err(usage(TOOL, "Option [reset-offsets] only accepts one of [execute] and [dry-run]"));
        }
        if self.topic.is_empty() && !self.all_topics {
            return Err(usage(TOOL, "One of the reset scopes should be defined: --all-topics, --topic."));
        }
        let goals = [
            self.to_earliest.then_some(Goal::Earliest),
            self.to_latest.then_some(Goal::Latest),
            self.to_current.then_some(Goal::Current),
            self.to_offset.map(Goal::Offset),
            self.shift_by.map(Goal::Shift),
        ];
        let mut goals = goals.into_iter().flatten();
        match (goals.next(), goals.next()) {
            (Some(goal), None) => Ok(goal),
            _ => Err(usage(
                TOOL,
                "Option [reset-offsets] requires exactly one of these scenarios: [to-offset], [shift-by], [to-earliest], \
                 [to-latest], [to-current]",
            )),
        }
    }

    async fn groups(&self, client: &mut AdminClient) -> Result<Vec<String>, ToolError> {
        if !self.all_groups {
            return Ok(self.group.clone());
        }
        Ok(listed(client).await?.into_iter().map(|(name, _)| name).collect())
    }
}

/// Every group and its state, in the order of names.
async fn listed(client: &mut AdminClient) -> Result<Vec<(String, String)>, ToolError> {
    client.metadata(Some(&[])).await?;
    let brokers: Vec<i32> = client.brokers().keys().copied().collect();
    let mut groups = BTreeMap::new();
    for broker in brokers {
        let is_stale = |answer: &kedge_protocol::messages::ListGroupsResponse| {
            ErrorCode(answer.error_code) == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
        };
        let answer =
            client.call(Target::Broker(broker), ANY_VERSION, |_| ListGroupsRequest::default(), is_stale).await?;
        if answer.error_code != ErrorCode::NONE.0 {
            return Err(refusal(answer.error_code, None));
        }
        // The same that Apache calls a consumer group: no protocol type means offsets alone.
        let groups_of =
            answer.groups.into_iter().filter(|group| matches!(group.protocol_type.as_str(), "consumer" | ""));
        groups.extend(groups_of.map(|group| (group.group_id, group.group_state)));
    }
    Ok(groups.into_iter().collect())
}

async fn list(args: &GroupsArgs, client: &mut AdminClient) -> Result<String, ToolError> {
    let groups = listed(client).await?;
    let Some(states) = &args.state else {
        return Ok(groups.into_iter().map(|(name, _)| format!("{name}\n")).collect());
    };
    let wanted: Vec<String> =
        states.split(',').map(|state| state.trim().to_ascii_lowercase()).filter(|state| !state.is_empty()).collect();
    let is_wanted = |state: &str| wanted.is_empty() || wanted.contains(&state.to_ascii_lowercase());
    let groups: Vec<(String, String)> = groups.into_iter().filter(|(_, state)| is_wanted(state)).collect();
    let width = groups.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(15) + 10;
    let row = |name: &str, state: &str| format!("{name:<width$} {state:<20}\n");
    let rows: String = groups.iter().map(|(name, state)| row(name, state)).collect();
    Ok(row("GROUP", "STATE") + &rows)
}

async fn describe(args: &GroupsArgs, shown: Shown, client: &mut AdminClient) -> Result<String, ToolError> {
    let mut groups = args.groups(client).await?;
    groups.sort();
    let mut text = String::new();
    for group in &groups {
        let view = view(client, group, shown).await?;
        text.push_str(&match shown {
            Shown::Offsets => view.offsets_text(),
            Shown::Members => view.members_text(args.verbose),
            Shown::State => view.state_text(),
        });
    }
    Ok(text)
}

/// A group, with the offsets that its view needs.
async fn view(client: &mut AdminClient, group: &str, shown: Shown) -> Result<GroupView, ToolError> {
    let described = described(client, group).await?;
    let coordinator = client.coordinator_text(group);
    let mut members = Vec::new();
    for member in described.members {
        let assignment = match member.member_assignment.is_empty() {
            true => ConsumerProtocolAssignment::default(),
            // A group of another protocol than consumers' has no partitions to show.
            false => decode_prefixed(member.member_assignment).map(|(given, _)| given).unwrap_or_default(),
        };
        let topics = assignment.assigned_partitions.into_iter();
        let mut partitions: Vec<TopicPartition> = topics
            .flat_map(|topic| topic.partitions.into_iter().map(move |partition| (topic.topic.clone(), partition)))
            .collect();
        partitions.sort();
        members.push(MemberView {
            member: member.member_id,
            instance: member.group_instance_id,
            host: member.client_host,
            client: member.client_id,
            partitions,
        });
    }
    let mut view = GroupView {
        name: group.to_owned(),
        state: described.group_state,
        assignor: described.protocol_data,
        coordinator,
        members,
        committed: Offsets::new(),
        log_ends: Offsets::new(),
    };
    if shown == Shown::Offsets && view.state != "Dead" {
        view.committed = committed(client, group).await?;
        let mut partitions: Vec<TopicPartition> = view.committed.keys().cloned().collect();
        partitions.extend(view.members.iter().flat_map(|member| member.partitions.iter().cloned()));
        partitions.sort();
        partitions.dedup();
        view.log_ends = log_offsets(client, &partitions, LATEST).await?;
    }
    Ok(view)
}

async fn described(client: &mut AdminClient, group: &str) -> Result<DescribedGroup, ToolError> {
    let make = |_| DescribeGroupsRequest { groups: vec![group.to_owned()], ..Default::default() };
    let is_stale = |answer: &kedge_protocol::messages::DescribeGroupsResponse| {
        answer.groups.iter().any(|group| is_coordinator_elsewhere(group.error_code))
    };
    let answer = client.call(Target::CoordinatorOf(group), ANY_VERSION, make, is_stale).await?;
    let described = answer.groups.into_iter().next().ok_or_else(|| ToolError::new("the answer holds no group"))?;
    match ErrorCode(described.error_code) {
        ErrorCode::NONE | ErrorCode::GROUP_ID_NOT_FOUND => Ok(described),
        code => Err(refusal(code.0, None)),
    }
}

fn is_coordinator_elsewhere(error_code: i16) -> bool {
    let codes =
        [ErrorCode::NOT_COORDINATOR, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, ErrorCode::COORDINATOR_NOT_AVAILABLE];
    codes.contains(&ErrorCode(error_code))
}

/// Every offset that a group has committed.
async fn committed(client: &mut AdminClient, group: &str) -> Result<Offsets, ToolError> {
    let make = |_| OffsetFetchRequest { group_id: group.to_owned(), topics: None, ..Default::default() };
    let is_stale = |answer: &kedge_protocol::messages::OffsetFetchResponse| is_coordinator_elsewhere(answer.error_code);
    // Version 8 and later ask for several groups at once.
    let answer = client.call(Target::CoordinatorOf(group), 7, make, is_stale).await?;
    if answer.error_code != ErrorCode::NONE.0 {
        return Err(refusal(answer.error_code, None));
    }
    let mut offsets = Offsets::new();
    for topic in answer.topics {
        for partition in topic.partitions.into_iter().filter(|partition| partition.committed_offset >= 0) {
            offsets.insert((topic.name.clone(), partition.partition_index), partition.committed_offset);
        }
    }
    Ok(offsets)
}

/// Offsets of one end of logs. A partition without a leader, or one that is gone, is left out.
async fn log_offsets(
    client: &mut AdminClient,
    partitions: &[TopicPartition],
    timestamp: i64,
) -> Result<Offsets, ToolError> {
    let mut topics: Vec<String> = partitions.iter().map(|(topic, _)| topic.clone()).collect();
    topics.dedup();
    if topics.is_empty() {
        return Ok(Offsets::new());
    }
    let metadata = client.metadata(Some(&topics)).await?;
    let mut by_leader: BTreeMap<i32, BTreeMap<&str, Vec<ListOffsetsPartition>>> = BTreeMap::new();
    for topic in &metadata.topics {
        let name = topic.name.as_deref().unwrap_or_default();
        for partition in &topic.partitions {
            let is_asked = partitions.iter().any(|(topic, index)| topic == name && *index == partition.partition_index);
            if is_asked && client.brokers().contains_key(&partition.leader_id) {
                let partition_index = partition.partition_index;
                let asked = ListOffsetsPartition { partition_index, timestamp, ..Default::default() };
                by_leader.entry(partition.leader_id).or_default().entry(name).or_default().push(asked);
            }
        }
    }
    let mut offsets = Offsets::new();
    for (leader, topics) in by_leader {
        let topic = |(name, partitions): (&&str, &Vec<ListOffsetsPartition>)| ListOffsetsTopic {
            name: (*name).to_owned(),
            partitions: partitions.clone(),
        };
        let make =
            |_| ListOffsetsRequest { replica_id: -1, topics: topics.iter().map(topic).collect(), ..Default::default() };
        let answer = client.call(Target::Broker(leader), ANY_VERSION, make, |_| false).await?;
        for topic in answer.topics {
            for partition in topic.partitions.into_iter().filter(|answer| answer.error_code == ErrorCode::NONE.0) {
                offsets.insert((topic.name.clone(), partition.partition_index), partition.offset);
            }
        }
    }
    Ok(offsets)
}

async fn delete(args: &GroupsArgs, client: &mut AdminClient) -> Result<String, ToolError> {
    let (mut deleted, mut failed) = (Vec::new(), String::new());
    for group in args.groups(client).await? {
        let make = |_| DeleteGroupsRequest { groups_names: vec![group.clone()] };
        let is_stale = |answer: &kedge_protocol::messages::DeleteGroupsResponse| {
            answer.results.iter().any(|result| is_coordinator_elsewhere(result.error_code))
        };
        let answer = client.call(Target::CoordinatorOf(&group), ANY_VERSION, make, is_stale).await?;
        let code = answer.results.first().map_or(ErrorCode::UNKNOWN_SERVER_ERROR.0, |result| result.error_code);
        match ErrorCode(code) {
            ErrorCode::NONE => deleted.push(group),
            _ => failed.push_str(&format!("* Group '{group}' could not be deleted due to: {}\n", refusal(code, None))),
        }
    }
    let deleted = deleted.join(", ");
    if failed.is_empty() {
        return Ok(format!("Deletion of requested consumer groups ('{deleted}') was successful.\n"));
    }
    let others = match deleted.is_empty() {
        true => String::new(),
        false => format!("\nThese consumer groups were deleted successfully: '{deleted}'\n"),
    };
    Ok(format!("\nError: Deletion of some consumer groups failed:\n{failed}{others}"))
}

async fn reset(args: &GroupsArgs, goal: Goal, client: &mut AdminClient) -> Result<String, ToolError> {
    if !args.dry_run && !args.execute {
        eprintln!("WARN: No action will be performed as the --execute option is missing.");
    }
    let mut text = String::new();
    let mut plan: Vec<(String, Offsets)> = Vec::new();
    for group in args.groups(client).await? {
        let state = described(client, &group).await?.group_state;
        if !matches!(state.as_str(), "Empty" | "Dead") {
            text.push_str(&format!(
                "\nError: Assignments can only be reset if the group '{group}' is inactive, but the current state is {state}.\n"
            ));
            continue;
        }
        let current = committed(client, &group).await?;
        let partitions = match args.all_topics {
            true => current.keys().cloned().collect(),
            false => reset::partitions(&args.topic, &client.metadata(None).await?)?,
        };
        let starts = log_offsets(client, &partitions, EARLIEST).await?;
        let ends = log_offsets(client, &partitions, LATEST).await?;
        let offsets = reset::plan(goal, &partitions, &current, &starts, &ends)?;
        if args.execute {
            reset::commit(client, &group, &offsets).await?;
        }
        plan.push((group, offsets));
    }
    text.push_str(&reset::text(&plan));
    Ok(text)
}

#[cfg(test)]
mod tests;
