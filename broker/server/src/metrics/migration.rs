//! The move, from one controller. The state's name is the one word that CLI, log and report use.

use super::Page;

/// What `/metrics` says of a move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationView {
    /// The word, without what stands in brackets behind it.
    pub state: String,
    /// Which attempt, 0 before the first.
    pub generation: u32,
    /// Offsets that the tree is behind the log; none while that is not known, or there is no mirror.
    pub mirror_lag: Option<i64>,
    /// Brokers that take part.
    pub brokers: usize,
    /// Those whose metadata comes from the log.
    pub brokers_on_log: usize,
    /// Writes to the tree that were not the mirror's: all that were found, and those that nobody has acknowledged.
    pub foreign_writes: (u64, u64),
    /// How long the controller was frozen for the last copy, ms.
    pub copy_frozen_ms: Option<i64>,
}

/// Prints the move's gauges. What is not known has no series.
pub fn collect_migration(view: &MigrationView, page: &mut Page) {
    page.gauge(
        "kedge_migration_state",
        "Always 1; the label says the state of the move.",
        &[("state", &view.state)],
        1.0,
    );
    let mut gauge = |name, help, value: f64| page.gauge(name, help, &[], value);
    gauge("kedge_migration_generation", "Which attempt.", f64::from(view.generation));
    gauge("kedge_migration_brokers", "Brokers that take part in the move.", view.brokers as f64);
    gauge("kedge_migration_brokers_on_log", "Brokers that follow the quorum's log.", view.brokers_on_log as f64);
    let (found, unacknowledged) = view.foreign_writes;
    gauge(
        "kedge_migration_foreign_writes_unacknowledged",
        "Writes to ZooKeeper's tree by others than the quorum that no operator has acknowledged.",
        unacknowledged as f64,
    );
    page.counter(
        "kedge_migration_foreign_writes_total",
        "Writes to ZooKeeper's tree by others than the quorum, found since the quorum was formed.",
        &[],
        found,
    );
    let mut gauge = |name, help, value: f64| page.gauge(name, help, &[], value);
    if let Some(lag) = view.mirror_lag {
        gauge("kedge_migration_mirror_lag", "Records of the log that the tree does not hold yet.", lag as f64);
        // Kafka's name of the same (KIP-866).
        gauge("kafka_controller_kafkacontroller_zkwritebehindlag", "As kedge_migration_mirror_lag.", lag as f64);
    }
    if let Some(frozen_ms) = view.copy_frozen_ms {
        let seconds = frozen_ms as f64 / 1000.0;
        gauge("kedge_migration_copy_frozen_seconds", "How long the controller stood still for the last copy.", seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_has_no_series() {
        let mut view = MigrationView {
            state: "dual".to_owned(),
            generation: 2,
            foreign_writes: (5, 2),
            ..MigrationView::default()
        };
        let mut page = Page::default();
        collect_migration(&view, &mut page);
        let text = page.to_text();
        assert!(text.contains("kedge_migration_state{state=\"dual\"} 1\n") && !text.contains("lag"), "{text}");
        assert!(text.contains("kedge_migration_foreign_writes_total 5\n"), "{text}");
        assert!(text.contains("kedge_migration_foreign_writes_unacknowledged 2\n"), "{text}");
        view.mirror_lag = Some(3);
        let mut page = Page::default();
        collect_migration(&view, &mut page);
        assert!(page.to_text().contains("zkwritebehindlag 3\n"), "{}", page.to_text());
    }
}
