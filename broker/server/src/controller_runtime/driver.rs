//! What the move's driver asks of a reign: freeze, thaw, and commits of its own.

use kedge_controller::liveness::Liveness;
use kedge_metadata_state::{Delta, Record, records::MetadataRecord};
use kedge_metadata_store::{CommitError, Fence, Outcome, Unit};
use tokio::sync::oneshot;
use tracing::info;

use super::{
    Ruling, Runtime,
    gate::{Control, DriverCommit},
    replay,
};
use crate::crash_points;

/// A commit that ended the reign.
pub(super) struct FailedCommit {
    done: oneshot::Sender<DriverCommit>,
    outcome: DriverCommit,
}

impl FailedCommit {
    /// Answers. Whoever asked may have given up.
    pub(super) fn answer(self) {
        let _ = self.done.send(self.outcome);
    }
}

impl Runtime {
    /// Obeys, unless it is meant for another reign. An error ends this one.
    pub(super) async fn on_control(&mut self, ruling: &mut Ruling, control: Control) -> Result<(), String> {
        if control.controller_epoch() != ruling.reign.controller_epoch {
            control.refuse();
            return Ok(());
        }
        match control {
            Control::Freeze { is_frozen, done, .. } => {
                self.set_frozen(ruling, is_frozen);
                let _ = done.send(true);
                Ok(())
            }
            Control::Commit { batches, done, .. } => match self.commit_batches(ruling, batches).await {
                Ok(()) => {
                    let _ = done.send(DriverCommit::Committed);
                    Ok(())
                }
                Err((outcome, reason)) => {
                    ruling.failed_commit = Some(FailedCommit { done, outcome });
                    Err(format!("a commit of the move failed: {reason}"))
                }
            },
        }
    }

    fn set_frozen(&self, ruling: &mut Ruling, is_frozen: bool) {
        if ruling.soft.is_frozen == is_frozen {
            return;
        }
        ruling.soft.is_frozen = is_frozen;
        info!(node_id = self.config.node_id, is_frozen, "[Controller] the move's driver");
        if !is_frozen {
            // Nobody was fenced meanwhile, whether he was heard of or not: everybody begins a new session.
            let session_timeout_ms = self.config.settings.broker_session_timeout_ms;
            let now_ms = self.config.clock.now_ms();
            ruling.soft.liveness = Liveness::activate(&ruling.image, session_timeout_ms, now_ms, ruling.position.0);
        }
    }

    /// One entry per batch. The image and the listener see all of it at once.
    async fn commit_batches(
        &mut self,
        ruling: &mut Ruling,
        batches: Vec<Vec<Record>>,
    ) -> Result<(), (DriverCommit, String)> {
        let at = self.config.clock.now_ms();
        let mut delta = Delta::new(&ruling.image);
        let mut position = ruling.position;
        for (index, records) in crash_points::split_after_begin(batches).into_iter().enumerate() {
            // Of an entry that was refused nothing was applied; but a transaction may stand open then, which only the next
            // reign closes.
            let refused = if index == 0 { DriverCommit::Refused } else { DriverCommit::Unknown };
            let unit = Unit { records: records.clone(), at };
            let outcomes = self.config.store.commit(Fence::Reign(&ruling.reign), vec![unit]).await;
            match outcomes {
                Ok(outcomes) => match outcomes.as_slice() {
                    [Outcome::Committed(committed)] => position = *committed,
                    other => return Err((refused, format!("{other:?}"))),
                },
                Err(error @ CommitError::Unknown { .. }) => return Err((DriverCommit::Unknown, error.to_string())),
                Err(error) => return Err((refused, error.to_string())),
            }
            replay(&mut delta, &records);
            if matches!(records.first(), Some(Record::Metadata(MetadataRecord::BeginTransaction(_)))) {
                crash_points::hit(crash_points::AFTER_BEGIN);
            }
        }
        self.advance(ruling, delta, position);
        Ok(())
    }
}
