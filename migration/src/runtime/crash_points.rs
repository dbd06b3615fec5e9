//! Named places of the move on the active controller, in the order a migration forward and back passes them. A build with
//! the server's feature `crash-points` can be made to die at each. Pure.

use crate::{
    decide::Work,
    state::DriverState::{self, *},
};

/// Every place that the runtime passes. `fwd3-after-begin` (Begin is committed, nothing else of the copy) is passed by the
/// controller runtime.
pub const NAMES: &[&str] = &[
    "fwd0-prepared",
    "fwd1-before-order",
    "fwd1-ordered",
    "fwd2-before-staging",
    "fwd2-staged",
    "fwd2-before-intent",
    "fwd2-intent",
    "fwd2-before-claim",
    "fwd2-claimed",
    "fwd2-relisted",
    "fwd3-before-copy",
    "fwd3-after-begin",
    "fwd3-copied",
    "fwd4-before-mark",
    "fwd4-marked",
    "fwd4-before-mirror",
    "fwd4-mirrored",
    "fwd5-first-broker-follows",
    "fwd6-all-brokers-follow",
    "back1-before-intent",
    "back1-intent",
    "back2-frozen",
    "back3-drained",
    "back3-evened",
    "back3-before-pad",
    "back3-padded",
    "back3-proved",
    "back4-before-return",
    "back4-returned",
    "back5-before-hand-over",
    "back5-handed-over",
    "back6-broker-rules",
    "back7-before-end",
    "back7-ended",
    "end-before-final",
    "end-final",
];

/// Before or after a work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It was given and not begun.
    Before,
    /// It is done; the driver does not know yet.
    After,
}

/// The place at a work that was given in this state.
pub fn at_work(state: DriverState, work: &Work, side: Side) -> Option<&'static str> {
    use Side::{After, Before};
    Some(match (state, work, side) {
        (Joining, Work::Commit { .. }, Before) => "fwd1-before-order",
        (Joining, Work::Commit { .. }, After) => "fwd1-ordered",
        (_, Work::Stage, Before) => "fwd2-before-staging",
        (_, Work::Stage, After) => "fwd2-staged",
        (Ordering, Work::Commit { .. }, Before) => "fwd2-before-intent",
        (Ordering, Work::Commit { .. }, After) => "fwd2-intent",
        (Seizing, Work::Seize { .. }, Before) => "fwd2-before-claim",
        (Seizing, Work::Seize { .. }, After) => "fwd2-claimed",
        (Relisting, Work::Relist { .. }, After) => "fwd2-relisted",
        (Committing, Work::Commit { .. }, Before) => "fwd3-before-copy",
        (Committing, Work::Commit { .. }, After) => "fwd3-copied",
        (Dual, Work::Mark { .. }, Before) => "fwd4-before-mark",
        (Dual, Work::Mark { .. }, After) => "fwd4-marked",
        (Dual, Work::Apply { .. }, Before) => "fwd4-before-mirror",
        (Dual, Work::Apply { .. }, After) => "fwd4-mirrored",
        (GoingBack, Work::Commit { .. }, Before) => "back1-before-intent",
        (GoingBack, Work::Commit { .. }, After) => "back1-intent",
        (Evening, Work::Relist { .. }, Before) => "back3-drained",
        (Evening, Work::Commit { .. }, After) => "back3-evened",
        (Padding, Work::Pad { .. }, Before) => "back3-before-pad",
        (Padding, Work::Pad { .. }, After) => "back3-padded",
        (Proving, Work::Verify, After) => "back3-proved",
        (Returning, Work::Commit { .. }, Before) => "back4-before-return",
        (Returning, Work::Commit { .. }, After) => "back4-returned",
        (HandingOver, Work::HandOver { .. }, Before) => "back5-before-hand-over",
        (HandingOver, Work::HandOver { .. }, After) => "back5-handed-over",
        (Ending, Work::Commit { .. }, Before) => "back7-before-end",
        (Ending, Work::Commit { .. }, After) => "back7-ended",
        (Finalizing, Work::Commit { .. }, Before) => "end-before-final",
        (Finalizing, Work::Commit { .. }, After) => "end-final",
        _ => return None,
    })
}

/// The place at a change of state; `freezes` says that the controller was frozen with it.
pub fn at_change(before: DriverState, after: DriverState, freezes: bool) -> Option<&'static str> {
    match (before, after) {
        (_, Draining | Evening) if freezes => Some("back2-frozen"),
        (before, Prepared) if before != Prepared => Some("fwd0-prepared"),
        (HandingOver, Ending) => Some("back6-broker-rules"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_once() {
        let unique: std::collections::BTreeSet<_> = NAMES.iter().collect();
        assert_eq!(unique.len(), NAMES.len());
    }
}
