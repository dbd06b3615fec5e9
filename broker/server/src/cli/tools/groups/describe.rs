//! The tables of `--describe`. Pure. As Apache's, a table begins with an empty line, and its last row has no line end.

use std::collections::BTreeMap;

use super::{Offsets, TopicPartition};

/// What stands where there is nothing.
const MISSING: &str = "-";

/// A member of a group.
#[derive(Debug)]
pub(super) struct MemberView {
    pub(super) member: String,
    pub(super) instance: Option<String>,
    pub(super) host: String,
    pub(super) client: String,
    pub(super) partitions: Vec<TopicPartition>,
}

/// A group.
#[derive(Debug)]
pub(super) struct GroupView {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) assignor: String,
    /// `host:port  (id)`.
    pub(super) coordinator: String,
    pub(super) members: Vec<MemberView>,
    pub(super) committed: Offsets,
    pub(super) log_ends: Offsets,
}

impl GroupView {
    /// What is told before a table, and whether the table follows.
    fn note(&self, rows_count: usize) -> (String, bool) {
        let name = &self.name;
        match self.state.as_str() {
            "Dead" => return (format!("\nError: Consumer group '{name}' does not exist.\n"), false),
            "Empty" => eprintln!("\nConsumer group '{name}' has no active members."),
            "PreparingRebalance" | "CompletingRebalance" => {
                eprintln!("\nWarning: Consumer group '{name}' is rebalancing.");
            }
            _ => {}
        }
        (String::new(), rows_count > 0)
    }

    pub(super) fn offsets_text(&self) -> String {
        let mut rows: Vec<[String; 9]> = Vec::new();
        let mut owned: Vec<&TopicPartition> = Vec::new();
        let mut members: Vec<&MemberView> =
            self.members.iter().filter(|member| !member.partitions.is_empty()).collect();
        members.sort_by_key(|member| (std::cmp::Reverse(member.partitions.len()), &member.member));
        for member in members {
            for partition in &member.partitions {
                owned.push(partition);
                rows.push(self.row(partition, [&member.member, &member.host, &member.client]));
            }
        }
        let unowned = self.committed.keys().filter(|partition| !owned.contains(partition));
        rows.extend(unowned.map(|partition| self.row(partition, [MISSING; 3])));
        let (note, has_table) = self.note(rows.len());
        if !has_table {
            return note;
        }
        let head = [
            "GROUP",
            "TOPIC",
            "PARTITION",
            "CURRENT-OFFSET",
            "LOG-END-OFFSET",
            "LAG",
            "CONSUMER-ID",
            "HOST",
            "CLIENT-ID",
        ];
        rows.insert(0, head.map(str::to_owned));
        // 10 and 15 are the least widths of Kafka's columns; the last one has none.
        let widths: [usize; 8] = std::array::from_fn(|column| match column {
            2 => 10,
            3..=5 => 15,
            _ => rows.iter().skip(1).map(|row| row[column].len()).max().unwrap_or(0).max(15),
        });
        rows.iter().map(|row| format!("\n{}{}", padded(&row[..8], &widths), row[8])).collect()
    }

    fn row(&self, partition: &TopicPartition, [member, host, client]: [&str; 3]) -> [String; 9] {
        let number = |offset: Option<i64>| offset.map_or_else(|| MISSING.to_owned(), |offset| offset.to_string());
        let (committed, end) = (self.committed.get(partition).copied(), self.log_ends.get(partition).copied());
        let lag = committed.zip(end).map(|(committed, end)| end - committed);
        let texts = [member, host, client].map(str::to_owned);
        let [member, host, client] = texts;
        [
            self.name.clone(),
            partition.0.clone(),
            partition.1.to_string(),
            number(committed),
            number(end),
            number(lag),
            member,
            host,
            client,
        ]
    }

    pub(super) fn members_text(&self, verbose: bool) -> String {
        let (note, has_table) = self.note(self.members.len());
        if !has_table && self.state == "Dead" {
            return note;
        }
        let has_instances = self.members.iter().any(|member| member.instance.is_some());
        let mut rows = vec![vec!["GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS"]]
            .into_iter()
            .map(|row| row.into_iter().map(str::to_owned).collect())
            .collect::<Vec<Vec<String>>>();
        for member in &self.members {
            rows.push(vec![
                self.name.clone(),
                member.member.clone(),
                member.instance.clone().unwrap_or_default(),
                member.host.clone(),
                member.client.clone(),
                member.partitions.len().to_string(),
            ]);
        }
        if !has_instances {
            rows.iter_mut().for_each(|row| drop(row.remove(2)));
        }
        let count = rows[0].len();
        let least = |column: usize| if rows[0][column] == "GROUP-INSTANCE-ID" { 17 } else { 15 };
        let widths: Vec<usize> = (0..count)
            .map(|column| rows.iter().skip(1).map(|row| row[column].len()).max().unwrap_or(0).max(least(column)))
            .collect();
        let assignments = std::iter::once("ASSIGNMENT".to_owned()).chain(self.members.iter().map(assignment_text));
        let lines = rows.iter().zip(assignments);
        let line = |(row, assignment): (&Vec<String>, String)| {
            let assignment = if verbose { assignment } else { String::new() };
            format!("{}{assignment}\n", padded(row, &widths))
        };
        format!("\n{}", lines.map(line).collect::<String>())
    }

    pub(super) fn state_text(&self) -> String {
        let (note, has_table) = self.note(1);
        if !has_table {
            return note;
        }
        let width = self.coordinator.len().max(25);
        let row = |group: &str, coordinator: &str, assignor: &str, state: &str, members: &str| {
            format!("\n{group:<width$} {coordinator:<25} {assignor:<20} {state:<15} {members}")
        };
        let members = self.members.len().to_string();
        row("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS")
            + &row(&self.name, &self.coordinator, &self.assignor, &self.state, &members)
            + "\n"
    }
}

/// Cells, each filled up to its width and followed by a blank.
fn padded(cells: &[String], widths: &[usize]) -> String {
    cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$} ")).collect()
}

/// `orders(0,1), refunds(2)` without the names, as Kafka prints it: `(0,1), (2)`.
fn assignment_text(member: &MemberView) -> String {
    let mut by_topic: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (topic, partition) in &member.partitions {
        by_topic.entry(topic).or_default().push(partition.to_string());
    }
    if by_topic.is_empty() {
        return MISSING.to_owned();
    }
    let mut texts: Vec<String> = by_topic
        .into_values()
        .map(|mut partitions| {
            partitions.sort();
            format!("({})", partitions.join(","))
        })
        .collect();
    texts.sort();
    texts.join(", ")
}
