//! Where the driver of one controller process stands. Pure.
//!
//! Three things are kept apart: what the quorum agreed on (`MigrationFacts` of the sidecar, beside Kafka's
//! ZkMigrationState), what this process is doing about it ([`DriverState`], memory only, derived anew from the facts at
//! every election), and the word an operator reads ([`Word`]).
//!
//! ```text
//!                        start            ready             clean            Fwd2          Fwd2
//! Standby ──> Prepared ────────> Joining ───────> Staging ───────> Ordering ────> Seizing ────> Relisting
//!    ^ │         ^                ^  │ ^             │                 │             │              │
//!    │ │         │                │  │ └── blocked ──┘                 │  (PRE)      │     refused  │  Fwd3
//!    │ │         │      rollback  │  v                                 └─> GoingBack <──────────────┤
//!    │ │         └────────────────── Ending <── HandingOver <──────────────────┘                    v
//!    │ │                                 Back7       ^ Back5                                   Committing
//!    │ └─ elected: resume from the facts             │                                              │
//!    │                                           Returning  Back4                              Fwd4 v  Fwd5, Fwd6
//!  deposed, from anywhere                            ^                        Back1                Dual <─────────┐
//!                                                    │            GoingBack <──────────────────────┘ │            │
//!  outcome unknown:                    Proving <── Padding <── Evening <──> Draining  Back2, Back3   │ finalize   │
//!  any commit ──> Settling ──> resume     │ too long, or different: Abandoning ──> Dual              v            │
//!                                         └──────────────────────────^        ClosingDrain ──> ClosingProof ──────┘
//!                                                                     Final <── Finalizing <───────┘ equal
//! ```

use std::fmt;

use kedge_metadata_state::{image::ZkMigrationState, sidecar::MigrationPhase};

/// What the driver of this process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriverState {
    /// Not the active controller, or nothing to drive: writes nothing anywhere.
    Standby,
    /// The quorum exists (PRE_MIGRATION); waits for the order to start. Fwd0.
    Prepared,
    /// Ordered; waits for brokers and controllers to be ready, and for no hold. Fwd1.
    Joining,
    /// Reads the tree while the ZooKeeper controller still rules.
    Staging,
    /// Commits the facts that say the claim may be made.
    Ordering,
    /// Claims `/controller`. Fwd2.
    Seizing,
    /// Reads under the claim. Fwd2.
    Relisting,
    /// Commits the copy, Begin to End. Fwd3.
    Committing,
    /// A commit's outcome is not known: loads what the quorum holds, then resumes from it.
    Settling,
    /// The quorum rules, the tree follows. Fwd4 to Fwd6.
    Dual,
    /// Commits `rolling-back` with the successor. Back1.
    GoingBack,
    /// Frozen; waits until the tree holds everything. Back2, Back3.
    Draining,
    /// Bumps the leader epoch of partitions whose partition epoch and dataVersion differ. Back3.
    Evening,
    /// Raises dataVersions to the partition epochs. Back3.
    Padding,
    /// The second reader compares everything. Back3.
    Proving,
    /// Commits PRE_MIGRATION: the tree's content counts from here on. Back4.
    Returning,
    /// A broker's own session takes `/controller`. Back5, Back6.
    HandingOver,
    /// Commits `prepared`: the attempt is over. Back7.
    Ending,
    /// The way back could not be finished in time: commits `dual` again.
    Abandoning,
    /// Frozen for the end; waits until the tree holds everything.
    ClosingDrain,
    /// The second reader compares everything a last time.
    ClosingProof,
    /// Commits POST_MIGRATION.
    Finalizing,
    /// The mirror is closed.
    Final,
}

use DriverState::*;

/// Every move that is not "deposed" (to [`Standby`], from anywhere) and not a resumption (from [`Standby`] or
/// [`Settling`], see [`resumed`]).
pub const MOVES: &[(DriverState, &[DriverState])] = &[
    (Prepared, &[Joining, Settling]),
    (Joining, &[Staging, Ending, Settling]),
    (Staging, &[Joining, Ordering, Ending]),
    (Ordering, &[Seizing, Settling]),
    (Seizing, &[Relisting, GoingBack]),
    (Relisting, &[Seizing, Committing, GoingBack]),
    (Committing, &[Dual, Settling]),
    (Dual, &[GoingBack, ClosingDrain]),
    (GoingBack, &[Draining, HandingOver, Settling]),
    (Draining, &[Evening, Padding, Abandoning]),
    (Evening, &[Draining, Settling, Abandoning]),
    (Padding, &[Draining, Proving, Abandoning]),
    (Proving, &[Draining, Returning, Abandoning]),
    (Returning, &[HandingOver, Settling]),
    (HandingOver, &[Ending, Settling]),
    (Ending, &[Prepared, Settling]),
    (Abandoning, &[Dual, Settling]),
    (ClosingDrain, &[ClosingProof, Dual]),
    (ClosingProof, &[Finalizing, Dual]),
    (Finalizing, &[Final, Settling]),
    (Final, &[]),
    (Standby, &[Prepared, Joining, Seizing, Settling, Dual, Draining, HandingOver, Final]),
    (Settling, &[Prepared, Joining, Seizing, Dual, Draining, HandingOver, Final]),
];

impl DriverState {
    /// The next state. An illegal move is a bug that must not be lived with: two controllers may be the price.
    #[must_use]
    pub fn move_to(self, next: DriverState) -> DriverState {
        let allowed = MOVES.iter().find(|(from, _)| *from == self).expect("every state is in the table").1;
        assert!(next == Standby || allowed.contains(&next), "the driver may not go from {self:?} to {next:?}");
        next
    }

    /// The controller must not decide anything while the driver is here.
    pub fn is_frozen(self) -> bool {
        matches!(
            self,
            Seizing
                | Relisting
                | Committing
                | Draining
                | Evening
                | Padding
                | Proving
                | Returning
                | HandingOver
                | Abandoning
                | ClosingDrain
                | ClosingProof
                | Finalizing
        )
    }

    /// What is being done, for the timeline.
    pub fn doing(self) -> &'static str {
        match self {
            Standby => "not driving a move",
            Prepared => "the quorum is ready for a move",
            Joining => "waiting for brokers and controllers",
            Staging => "reading ZooKeeper while its controller rules",
            Ordering => "writing down that the claim may be made",
            Seizing => "claiming /controller",
            Relisting => "reading ZooKeeper under the claim",
            Committing => "writing the copy",
            Settling => "loading what the quorum holds",
            Dual => "the quorum rules, ZooKeeper follows",
            GoingBack => "writing down that the cluster goes back",
            Draining => "writing what ZooKeeper lacks",
            Evening => "evening leader epochs out",
            Padding => "raising data versions to the partition epochs",
            Proving => "comparing both sides",
            Returning => "giving the cluster back",
            HandingOver => "a broker takes /controller over",
            Ending => "ending the attempt",
            Abandoning => "giving the rollback up",
            ClosingDrain => "writing what ZooKeeper lacks, for the last time",
            ClosingProof => "comparing both sides, for the last time",
            Finalizing => "closing the mirror",
            Final => "the mirror is closed",
        }
    }

    /// The operator's word for it.
    pub fn word(self) -> Word {
        match self {
            Standby => Word::Zk,
            Prepared => Word::Prepared,
            Joining | Staging | Ordering => Word::Joining,
            Seizing | Relisting | Committing | Settling => Word::Copying,
            Dual | ClosingDrain | ClosingProof | Finalizing | Abandoning => Word::Dual,
            GoingBack | Draining | Evening | Padding | Proving | Returning | HandingOver | Ending => Word::RollingBack,
            Final => Word::Final,
        }
    }
}

/// Where a new leader goes on, by what the quorum agreed on. None if the two contradict each other.
pub fn resumed(phase: Option<MigrationPhase>, zk_migration_state: ZkMigrationState) -> Option<DriverState> {
    use MigrationPhase as P;
    use ZkMigrationState as Z;
    match (phase, zk_migration_state) {
        // Born in KRaft, or an observer's empty log: nothing to drive.
        (None, Z::None | Z::Zk) => Some(Standby),
        (None | Some(P::Prepared), Z::PreMigration) => Some(Prepared),
        (Some(P::Joining), Z::PreMigration) => Some(Joining),
        (Some(P::Copying), Z::PreMigration) => Some(Seizing),
        (Some(P::Dual), Z::Migration) => Some(Dual),
        (Some(P::RollingBack), Z::Migration) => Some(Draining),
        (Some(P::RollingBack), Z::PreMigration) => Some(HandingOver),
        (Some(P::Final), Z::PostMigration) => Some(Final),
        _ => None,
    }
}

/// The one word that CLI, API, metrics, log and report show (`docs/GLOSSARY.md`, The move).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// ZooKeeper rules and no quorum answers for a move.
    Zk,
    /// Quorum up, nothing claimed.
    Prepared,
    /// Brokers register with the quorum.
    Joining,
    /// The cluster is claimed and being copied.
    Copying,
    /// The quorum rules, ZooKeeper is a mirror.
    Dual,
    /// The mirror is closed.
    Final,
    /// An operator holds the next gate.
    Holding(String),
    /// A `KM` code stops the move.
    Blocked(String),
    /// On the way back to `prepared`.
    RollingBack,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Word::Zk => f.write_str("zk"),
            Word::Prepared => f.write_str("prepared"),
            Word::Joining => f.write_str("joining"),
            Word::Copying => f.write_str("copying"),
            Word::Dual => f.write_str("dual"),
            Word::Final => f.write_str("final"),
            Word::Holding(reason) => write!(f, "holding({reason})"),
            Word::Blocked(code) => write!(f, "blocked({code})"),
            Word::RollingBack => f.write_str("rolling-back"),
        }
    }
}

impl Word {
    /// Exit code of `kedge migrate status --exit-code`: 0 moving, 10 holding, 11 blocked, 12 rolling back, 20 done.
    pub fn exit_code(&self) -> i32 {
        match self {
            Word::Holding(_) => 10,
            Word::Blocked(_) => 11,
            Word::RollingBack => 12,
            Word::Final => 20,
            Word::Zk | Word::Prepared | Word::Joining | Word::Copying | Word::Dual => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_can_be_reached_and_is_in_the_table_once() {
        for (state, _) in MOVES {
            assert_eq!(MOVES.iter().filter(|(from, _)| from == state).count(), 1, "{state:?}");
            let is_reached = *state == Standby || MOVES.iter().any(|(_, to)| to.contains(state));
            assert!(is_reached, "{state:?}");
        }
    }

    #[test]
    fn resumption_goes_only_where_the_table_allows() {
        use MigrationPhase as P;
        let phases = [P::Prepared, P::Joining, P::Copying, P::Dual, P::RollingBack, P::Final];
        let phases: Vec<_> = phases.into_iter().map(Some).chain([None]).collect();
        let states = (0..=4).filter_map(ZkMigrationState::from_value);
        let mut shown = String::new();
        for zk_state in states {
            for phase in &phases {
                if let Some(state) = resumed(*phase, zk_state) {
                    assert_eq!(Standby.move_to(state), state);
                    shown.push_str(&format!("{zk_state:?} {phase:?} -> {state:?}\n"));
                }
            }
        }
        insta::assert_snapshot!(shown, @"
        None None -> Standby
        Migration Some(Dual) -> Dual
        Migration Some(RollingBack) -> Draining
        PreMigration Some(Prepared) -> Prepared
        PreMigration Some(Joining) -> Joining
        PreMigration Some(Copying) -> Seizing
        PreMigration Some(RollingBack) -> HandingOver
        PreMigration None -> Prepared
        PostMigration Some(Final) -> Final
        Zk None -> Standby
        ");
    }

    #[test]
    #[should_panic(expected = "may not go from Final to Seizing")]
    fn an_illegal_move_panics() {
        let _ = Final.move_to(Seizing);
    }

    #[test]
    fn from_any_state_deposition_leads_to_standby() {
        assert!(MOVES.iter().all(|(state, _)| state.move_to(Standby) == Standby));
    }
}
