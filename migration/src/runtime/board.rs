//! What the runtime shows: the status, its timeline, and the times it measured.

use std::collections::{BTreeMap, VecDeque};

use kedge_metadata_state::{BrokerId, Image, TimestampMs, sidecar::ForeignWrites};

use crate::{
    codes,
    decide::{Driver, Fleet},
    node_api::{BrokerView, CopyView, MigrationStatus, TimelineEntry},
    readiness::Problem,
    state::{DriverState, Word, resumed},
};

/// Lines of the timeline that are kept.
const TIMELINE_MAX: usize = 500;
/// Version of the status document.
const SCHEMA_VERSION: u32 = 1;

/// See the module.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) is_active: bool,
    status: crate::decide::Status,
    since_ms: TimestampMs,
    fleet: Fleet,
    copy: Option<CopyView>,
    staging_since: Option<TimestampMs>,
    claiming_since: Option<TimestampMs>,
    frozen_since: Option<TimestampMs>,
    timeline: VecDeque<TimelineEntry>,
}

impl Board {
    pub(super) fn new(driver: &Driver, now: TimestampMs) -> Board {
        Board {
            is_active: false,
            status: driver.status(),
            since_ms: now,
            fleet: Fleet::default(),
            copy: None,
            staging_since: None,
            claiming_since: None,
            frozen_since: None,
            timeline: VecDeque::new(),
        }
    }

    /// A line of the timeline.
    pub(super) fn note(&mut self, text: impl Into<String>, now: TimestampMs) {
        let text = text.into();
        tracing::info!(state = %self.status.word, "[Migration] {text}");
        if self.timeline.len() == TIMELINE_MAX {
            self.timeline.pop_front();
        }
        self.timeline.push_back(TimelineEntry { at_ms: now, state: self.status.word.to_string(), text });
    }

    /// Takes over what the driver says after an event.
    pub(super) fn follow(&mut self, driver: &Driver, before: DriverState, now: TimestampMs) {
        let status = driver.status();
        let (word_before, word) = (self.status.word.clone(), status.word.clone());
        self.status = status;
        self.measure(before, driver.state(), now);
        if word != word_before {
            self.since_ms = now;
            let why = self.status.blocked.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            self.note(format!("{word_before} -> {word}{why}"), now);
        }
    }

    fn measure(&mut self, before: DriverState, after: DriverState, now: TimestampMs) {
        use DriverState::{Committing, Dual, Seizing, Staging};
        if before == after {
            return;
        }
        match (before, after) {
            (_, Staging) => self.staging_since = self.staging_since.or(Some(now)),
            (_, Seizing) => {
                self.claiming_since = self.claiming_since.or(Some(now));
                self.copy = Some(CopyView::default());
            }
            (Committing, Dual) => {
                let (claiming_since, staging_since) = (self.claiming_since.take(), self.staging_since.take());
                let copy = self.copy.get_or_insert_default();
                copy.frozen_ms = claiming_since.map(|since| now - since);
                copy.total_ms = staging_since.or(claiming_since).map(|since| now - since);
                let frozen_ms = copy.frozen_ms.unwrap_or(0);
                let text =
                    format!("copied {} topics, {} partitions; frozen {frozen_ms} ms", copy.topics, copy.partitions);
                self.note(text, now);
            }
            (_, state) if !matches!(state, DriverState::Ordering | DriverState::Relisting | Committing) => {
                (self.claiming_since, self.staging_since) = (None, None);
            }
            _ => {}
        }
    }

    /// The tree was read under the claim.
    pub(super) fn relisted(&mut self, topics: usize, partitions: usize) {
        if let Some(copy) = self.copy.as_mut().filter(|copy| copy.frozen_ms.is_none()) {
            (copy.topics, copy.partitions) = (topics, partitions);
        }
    }

    pub(super) fn frozen(&mut self, now: TimestampMs) {
        self.frozen_since = Some(now);
        self.note("the controller is frozen", now);
    }

    pub(super) fn thawed(&mut self, now: TimestampMs) {
        let frozen_ms = self.frozen_since.take().map_or(0, |since| now - since);
        self.note(format!("the controller decides again, after {frozen_ms} ms"), now);
    }

    pub(super) fn fleet(&mut self, fleet: &Fleet) {
        self.fleet = fleet.clone();
    }

    /// The document; `node` says what only the process knows.
    pub(super) fn document(&self, node: NodeFacts) -> MigrationStatus {
        let word = if self.is_active { self.status.word.clone() } else { Word::Zk };
        let broker = |broker: &crate::decide::BrokerStatus| BrokerView {
            is_registered: broker.is_registered,
            is_armed: broker.is_armed,
            is_alive: broker.is_alive,
            has_ephemeral: broker.has_ephemeral,
            follows_log: broker.follows_log,
            unreachable: broker.unreachable.clone(),
        };
        MigrationStatus {
            schema_version: SCHEMA_VERSION,
            cluster_id: node.cluster_id,
            node_id: node.node_id,
            leader: node.leader,
            is_active: self.is_active,
            state: word.to_string(),
            exit_code: word.exit_code(),
            since_ms: self.since_ms,
            generation: self.status.generation,
            waiting: self.status.waiting.clone(),
            blocked: self
                .status
                .blocked
                .iter()
                .chain(&foreign_write_problem(&self.status.foreign_writes))
                .map(Into::into)
                .collect(),
            foreign_writes: self.status.foreign_writes.clone(),
            mirror_lag: self.status.mirror_lag,
            zk_controller_epoch: self.status.zk_controller_epoch,
            kraft_epoch: node.kraft_epoch,
            log_end_offset: node.log_end_offset,
            brokers: self.fleet.brokers.iter().map(|(broker_id, status)| (*broker_id, broker(status))).collect(),
            controllers: self.fleet.controllers.clone(),
            copy: self.copy.clone(),
            timeline: self.timeline.iter().cloned().collect(),
        }
    }
}

/// Shown until an operator has acknowledged it.
fn foreign_write_problem(writes: &ForeignWrites) -> Option<Problem> {
    let count = usize::try_from(writes.unacknowledged).unwrap_or(usize::MAX);
    // The document lists them beside it, with their times.
    (count > 0).then_some(Problem { code: codes::FOREIGN_WRITE, count, places: Vec::new() })
}

/// What the process knows beside the driver.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeFacts {
    pub(super) cluster_id: String,
    pub(super) node_id: BrokerId,
    pub(super) leader: Option<(BrokerId, String)>,
    pub(super) kraft_epoch: i32,
    pub(super) log_end_offset: i64,
}

/// The status of a controller whose properties have no `zookeeper.metadata.migration.enable`: what the log says, and that
/// nothing is driven here.
pub fn idle_status(image: &Image, node: IdleNode) -> MigrationStatus {
    let facts = image.sidecar.migration.clone();
    let state = resumed(facts.as_ref().map(|facts| facts.phase), image.features.zk_migration_state);
    let word = state.map_or(Word::Zk, DriverState::word);
    let waiting = match word {
        Word::Zk => "this cluster was born in KRaft, or zookeeper.metadata.migration.enable is not set",
        Word::Final => "the move is over; this cluster is a KRaft cluster",
        _ => {
            "zookeeper.metadata.migration.enable is not set on this controller: while it is active nobody drives the move"
        }
    };
    MigrationStatus {
        schema_version: SCHEMA_VERSION,
        cluster_id: node.cluster_id,
        node_id: node.node_id,
        is_active: node.leader.as_ref().is_some_and(|(leader_id, _)| *leader_id == node.node_id),
        leader: node.leader,
        state: word.to_string(),
        exit_code: word.exit_code(),
        since_ms: 0,
        generation: facts.as_ref().map_or(0, |facts| facts.generation),
        waiting: Some(waiting.to_owned()),
        blocked: Vec::new(),
        foreign_writes: facts.map_or_else(ForeignWrites::default, |facts| facts.foreign_writes),
        mirror_lag: None,
        zk_controller_epoch: None,
        kraft_epoch: node.kraft_epoch,
        log_end_offset: node.log_end_offset,
        brokers: BTreeMap::new(),
        controllers: BTreeMap::new(),
        copy: None,
        timeline: Vec::new(),
    }
}

/// Who shows an [`idle_status`].
#[derive(Clone, Debug)]
pub struct IdleNode {
    /// The cluster.
    pub cluster_id: String,
    /// The node.
    pub node_id: BrokerId,
    /// The active controller and its address, if known.
    pub leader: Option<(BrokerId, String)>,
    /// Leader epoch of the quorum.
    pub kraft_epoch: i32,
    /// End of the metadata log.
    pub log_end_offset: i64,
}
