//! Executing a plan under its fences, and what its results mean for the shadow.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::{
    plan::{Multi, Plan, Step, steps_for_zookeeper_3_4},
    tree::Tree,
    zk::{Op, OpResult, Zk, ZkError},
};

/// Multis of one stage in flight at once (measured: eight of 100 operations are as fast as it gets).
const MULTIS_IN_FLIGHT: usize = 8;

/// A znode and the dataVersion it must have for any write to apply.
pub(crate) type FenceCheck = (String, i32);

/// Why a plan was not executed to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExecuteError {
    /// A fence did not hold: somebody else rules.
    Fenced,
    /// A reply was lost.
    Unknown(String),
    /// A znode is not what the shadow says. What applied before it stays, and is a tree Kafka could have left.
    Stale(String),
    /// Nothing was sent, or the server refused.
    Unavailable(String),
}

/// Runs the stages; the shadow takes in what applied. The flag of an error says whether anything did.
pub(crate) async fn execute(
    zk: &Arc<dyn Zk>,
    fences: &[FenceCheck],
    plan: Plan,
    shadow: &mut Tree,
) -> Result<(), (ExecuteError, bool)> {
    let mut applied_any = false;
    for stage in plan.stages {
        let mut failure: Option<ExecuteError> = None;
        let mut waiting = stage.into_iter();
        let mut running = JoinSet::new();
        loop {
            while failure.is_none()
                && running.len() < MULTIS_IN_FLIGHT
                && let Some(multi) = waiting.next()
            {
                let (zk, fences) = (zk.clone(), fences.to_vec());
                running.spawn(async move { run_multi(&*zk, &fences, multi).await });
            }
            let Some(finished) = running.join_next().await else { break };
            let (applied, error) = finished.expect("a multi does not panic and is not cancelled");
            applied_any |= !applied.is_empty();
            for (op, result) in applied {
                apply_to_shadow(shadow, op, result);
            }
            failure = worse(failure, error);
        }
        if let Some(error) = failure {
            return Err((error, applied_any));
        }
    }
    Ok(())
}

/// The error that says least about what applied, or that ends a reign, wins.
fn worse(left: Option<ExecuteError>, right: Option<ExecuteError>) -> Option<ExecuteError> {
    let rank = |error: &Option<ExecuteError>| match error {
        None => 0,
        Some(ExecuteError::Unavailable(_)) => 1,
        Some(ExecuteError::Stale(_)) => 2,
        Some(ExecuteError::Unknown(_)) => 3,
        Some(ExecuteError::Fenced) => 4,
    };
    if rank(&right) > rank(&left) { right } else { left }
}

/// What applied, in order, and why it stopped.
async fn run_multi(zk: &dyn Zk, fences: &[FenceCheck], multi: Multi) -> (Vec<(Op, OpResult)>, Option<ExecuteError>) {
    if zk.creates_in_multi() {
        return match fenced(zk, fences, &multi).await {
            Ok(results) => (multi.into_iter().zip(results).collect(), None),
            Err(error) => (Vec::new(), Some(error)),
        };
    }
    let mut applied = Vec::new();
    for step in steps_for_zookeeper_3_4(multi) {
        let outcome = match step {
            Step::Multi(ops) => fenced(zk, fences, &ops).await.map(|results| ops.into_iter().zip(results).collect()),
            Step::Create(op) => create_alone(zk, &op).await.map(|result| vec![(op, result)]),
        };
        match outcome {
            Ok(more) => applied.extend::<Vec<_>>(more),
            Err(error) => return (applied, Some(error)),
        }
    }
    (applied, None)
}

async fn fenced(zk: &dyn Zk, fences: &[FenceCheck], ops: &[Op]) -> Result<Vec<OpResult>, ExecuteError> {
    let checks = fences.iter().map(|(path, zk_version)| Op::Check { path: path.clone(), zk_version: *zk_version });
    match zk.multi(checks.chain(ops.iter().cloned()).collect()).await {
        Ok(mut results) => {
            results.drain(..fences.len());
            Ok(results)
        }
        Err(error) => Err(match (error.failed_op, error.error) {
            (Some(index), ZkError::BadVersion | ZkError::NoNode) if index < fences.len() => ExecuteError::Fenced,
            (index, error) => execute_error(error, index.and_then(|index| ops.get(index - fences.len()))),
        }),
    }
}

async fn create_alone(zk: &dyn Zk, op: &Op) -> Result<OpResult, ExecuteError> {
    let Op::Create { path, data, kind } = op else { unreachable!("only creates go alone") };
    match zk.create(path, data, *kind).await {
        Ok((path, stat)) => Ok(OpResult::Created(path, stat)),
        // Left by an attempt whose reply was lost; nobody else writes the same.
        Err(ZkError::NodeExists) => match zk.get(path, false).await {
            Ok((present, stat)) if present == *data && stat.zk_version == 0 => {
                Ok(OpResult::Created(path.clone(), stat))
            }
            Ok(_) => Err(ExecuteError::Stale(path.clone())),
            Err(error) => Err(execute_error(error, Some(op))),
        },
        Err(error) => Err(execute_error(error, Some(op))),
    }
}

fn execute_error(error: ZkError, op: Option<&Op>) -> ExecuteError {
    match error {
        ZkError::BadVersion | ZkError::NoNode | ZkError::NodeExists | ZkError::NotEmpty => {
            ExecuteError::Stale(op.map(|op| op.path().to_owned()).unwrap_or_default())
        }
        ZkError::NotConnected => ExecuteError::Unavailable("not connected".to_owned()),
        ZkError::Refused(problem) => ExecuteError::Unavailable(problem),
        ZkError::SessionOver => ExecuteError::Unknown("the session ended".to_owned()),
        ZkError::Unknown(cause) => ExecuteError::Unknown(cause),
    }
}

fn apply_to_shadow(shadow: &mut Tree, op: Op, result: OpResult) {
    match (op, result) {
        (Op::Create { data, .. }, OpResult::Created(path, stat)) => shadow.insert(path, data, stat),
        (Op::SetData { path, data, .. }, OpResult::Set(stat)) => shadow.insert(path, data, stat),
        (Op::Delete { path, .. }, OpResult::Deleted) => shadow.remove(&path),
        (Op::Check { .. }, OpResult::Checked) => {}
        (op, result) => unreachable!("{op:?} was answered with {result:?}"),
    }
}
