//! The lines of `--describe`. Pure.

use std::collections::BTreeMap;

use kedge_protocol::{
    Uuid,
    messages::{
        describe_configs_response::DescribeConfigsResourceResult,
        list_partition_reassignments_response::OngoingPartitionReassignment,
        metadata_response::{MetadataResponsePartition, MetadataResponseTopic},
    },
};

use super::{super::configs::DEFAULT_CONFIG_SOURCE, Report};

/// Reassignments under way, by topic and partition.
pub(super) type Reassignments = BTreeMap<(String, i32), OngoingPartitionReassignment>;

/// What a description is seen through.
pub(super) struct View<'a> {
    pub(super) report: Report,
    /// Ids of live brokers.
    pub(super) live: &'a [i32],
    pub(super) reassignments: &'a Reassignments,
}

/// A topic and its configs.
pub(super) struct Description<'a> {
    pub(super) topic: &'a MetadataResponseTopic,
    pub(super) configs: &'a [DescribeConfigsResourceResult],
}

impl Description<'_> {
    /// The topic's line and its partitions' lines, as far as the report asks for them.
    pub(super) fn text(&self, view: &View<'_>) -> String {
        let mut partitions: Vec<&MetadataResponsePartition> = self.topic.partitions.iter().collect();
        partitions.sort_by_key(|partition| partition.partition_index);
        let mut text = String::new();
        if !view.report.picks_partitions() {
            text.push_str(&self.head(&partitions, view));
        }
        if !view.report.topics_with_overrides {
            for partition in partitions.into_iter().filter(|partition| self.is_shown(partition, view)) {
                text.push_str(&self.line(partition, view));
            }
        }
        text
    }

    fn name(&self) -> &str {
        self.topic.name.as_deref().unwrap_or_default()
    }

    fn head(&self, partitions: &[&MetadataResponsePartition], view: &View<'_>) -> String {
        let own = self.configs.iter().filter(|config| config.config_source != DEFAULT_CONFIG_SOURCE);
        let own: Vec<String> =
            own.map(|config| format!("{}={}", config.name, config.value.as_deref().unwrap_or("null"))).collect();
        if view.report.topics_with_overrides && own.is_empty() {
            return String::new();
        }
        let id = match self.topic.topic_id {
            Uuid::ZERO => String::new(),
            id => format!("\tTopicId: {id}"),
        };
        format!(
            "Topic: {}{id}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}\n",
            self.name(),
            partitions.len(),
            partitions.first().map_or(0, |first| self.replication_factor(first, view)),
            own.join(","),
        )
    }

    fn reassignment<'v>(
        &self,
        partition: &MetadataResponsePartition,
        view: &View<'v>,
    ) -> Option<&'v OngoingPartitionReassignment> {
        view.reassignments.get(&(self.name().to_owned(), partition.partition_index))
    }

    /// Replicas without those that a reassignment adds.
    fn replication_factor(&self, partition: &MetadataResponsePartition, view: &View<'_>) -> usize {
        let replicas = &partition.replica_nodes;
        match self.reassignment(partition, view) {
            // One that is complete by now changes none of the replicas.
            Some(moving)
                if moving.adding_replicas.iter().chain(&moving.removing_replicas).any(|id| replicas.contains(id)) =>
            {
                moving.replicas.len().saturating_sub(moving.adding_replicas.len())
            }
            _ => replicas.len(),
        }
    }

    fn min_insync_replicas(&self) -> usize {
        let config = self.configs.iter().find(|config| config.name == "min.insync.replicas");
        config.and_then(|config| config.value.as_deref()).and_then(|value| value.parse().ok()).unwrap_or(1)
    }

    fn is_shown(&self, partition: &MetadataResponsePartition, view: &View<'_>) -> bool {
        let report = view.report;
        let isr = partition.isr_nodes.len();
        let has_leader = view.live.contains(&partition.leader_id);
        !report.picks_partitions()
            || (report.under_replicated_partitions && isr < self.replication_factor(partition, view))
            || (report.unavailable_partitions && !has_leader)
            || (report.under_min_isr_partitions && (!has_leader || isr < self.min_insync_replicas()))
            || (report.at_min_isr_partitions && isr == self.min_insync_replicas())
    }

    fn line(&self, partition: &MetadataResponsePartition, view: &View<'_>) -> String {
        let leader = match view.live.contains(&partition.leader_id) {
            true => partition.leader_id.to_string(),
            false => "none".to_owned(),
        };
        let moving = self.reassignment(partition, view).map_or_else(String::new, |moving| {
            let (adding, removing) = (joined(&moving.adding_replicas), joined(&moving.removing_replicas));
            format!("\tAdding Replicas: {adding}\tRemoving Replicas: {removing}")
        });
        format!(
            "\tTopic: {}\tPartition: {}\tLeader: {leader}\tReplicas: {}\tIsr: {}{moving}\tElr: N/A\tLastKnownElr: N/A\n",
            self.name(),
            partition.partition_index,
            joined(&partition.replica_nodes),
            joined(&partition.isr_nodes),
        )
    }
}

fn joined(ids: &[i32]) -> String {
    let ids: Vec<String> = ids.iter().map(i32::to_string).collect();
    ids.join(",")
}
