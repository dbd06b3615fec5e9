//! New offsets of a group: which, and how they are set.

use std::collections::BTreeMap;

use kedge_protocol::{
    ErrorCode,
    messages::{
        MetadataResponse, OffsetCommitRequest,
        offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic},
    },
    wire::LazyArray,
};

use super::{
    super::{
        ToolError,
        admin::{ANY_VERSION, AdminClient, Target, refusal},
    },
    Offsets, TopicPartition, is_coordinator_elsewhere,
};

/// Where offsets are to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    Earliest,
    Latest,
    Current,
    Offset(i64),
    Shift(i64),
}

/// The partitions that `TOPIC` and `TOPIC:0,1` flags name.
pub(super) fn partitions(flags: &[String], metadata: &MetadataResponse) -> Result<Vec<TopicPartition>, ToolError> {
    let mut named = Vec::new();
    for flag in flags {
        match flag.split(':').collect::<Vec<&str>>()[..] {
            [topic] => {
                let found = metadata.topics.iter().find(|known| known.name.as_deref() == Some(topic));
                let found = found.ok_or_else(|| ToolError(format!("topic {topic} does not exist")))?;
                named.extend(found.partitions.iter().map(|partition| (topic.to_owned(), partition.partition_index)));
            }
            [topic, list] => {
                for text in list.split(',') {
                    let partition = text.parse().map_err(|_| {
                        ToolError(format!("Invalid partition '{text}' specified in topic arg '{flag}''"))
                    })?;
                    named.push((topic.to_owned(), partition));
                }
            }
            _ => {
                return Err(ToolError(format!("Invalid topic arg '{flag}', expected topic name and partitions")));
            }
        }
    }
    named.sort();
    named.dedup();
    Ok(named)
}

/// The new offsets, kept within each log.
pub(super) fn plan(
    goal: Goal,
    partitions: &[TopicPartition],
    current: &Offsets,
    starts: &Offsets,
    ends: &Offsets,
) -> Result<Offsets, ToolError> {
    let mut offsets = Offsets::new();
    for partition in partitions {
        let (topic, index) = partition;
        let (Some(start), Some(end)) = (starts.get(partition), ends.get(partition)) else {
            return Err(ToolError(format!("Error getting starting offset of topic partition: {topic}-{index}")));
        };
        let wanted = match goal {
            Goal::Earliest => *start,
            Goal::Latest => *end,
            Goal::Current => current.get(partition).copied().unwrap_or(*end),
            Goal::Offset(offset) => offset,
            Goal::Shift(by) => current.get(partition).map(|offset| offset.saturating_add(by)).ok_or_else(|| {
                let text = "since there is no current committed offset";
                ToolError(format!("Cannot shift offset for partition {topic}-{index} {text}"))
            })?,
        };
        // A committed offset is left where it is, as Apache leaves it.
        let kept = if goal == Goal::Current { wanted } else { wanted.clamp(*start, (*end).max(*start)) };
        if kept != wanted {
            eprintln!("WARN New offset ({wanted}) is outside {topic}-{index}. Value will be set to {kept}");
        }
        offsets.insert(partition.clone(), kept);
    }
    Ok(offsets)
}

/// Sets them, as an administrator and no member.
pub(super) async fn commit(client: &mut AdminClient, group: &str, offsets: &Offsets) -> Result<(), ToolError> {
    let mut topics: BTreeMap<String, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
    for ((topic, partition_index), committed_offset) in offsets {
        topics.entry(topic.clone()).or_default().push(OffsetCommitRequestPartition {
            partition_index: *partition_index,
            committed_offset: *committed_offset,
            committed_metadata: Some(String::new()),
            ..Default::default()
        });
    }
    if topics.is_empty() {
        return Ok(());
    }
    let topics: LazyArray<OffsetCommitRequestTopic> =
        topics.into_iter().map(|(name, partitions)| OffsetCommitRequestTopic { name, partitions }).collect();
    let make = |_| OffsetCommitRequest { group_id: group.to_owned(), topics: topics.clone(), ..Default::default() };
    let codes = |answer: &kedge_protocol::messages::OffsetCommitResponse| -> Vec<i16> {
        answer.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.error_code).collect()
    };
    let is_stale = |answer: &_| codes(answer).into_iter().any(is_coordinator_elsewhere);
    let answer = client.call(Target::CoordinatorOf(group), ANY_VERSION, make, is_stale).await?;
    match codes(&answer).into_iter().find(|code| *code != ErrorCode::NONE.0) {
        Some(code) => Err(refusal(code, None)),
        None => Ok(()),
    }
}

/// The table of new offsets.
pub(super) fn text(plan: &[(String, Offsets)]) -> String {
    let row = |group: &str, topic: &str, partition: &str, offset: &str| {
        format!("\n{group:<30} {topic:<30} {partition:<10} {offset:<15}")
    };
    if plan.is_empty() {
        return String::new();
    }
    let mut text = row("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET");
    for (group, offsets) in plan {
        for ((topic, partition), offset) in offsets {
            text.push_str(&row(group, topic, &partition.to_string(), &offset.to_string()));
        }
    }
    text.push('\n');
    text
}
