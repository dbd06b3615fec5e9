//! The successor broker's half of a rollback (`docs/decisions/0004-the-switch.md`, Back5): one multi, in the session of its store.

use std::sync::Arc;

use kedge_metadata_store::ClaimError;

use crate::{
    reader::Reader,
    tree::{self, Tree},
    zk::{CreateKind, Op, OpResult, Zk, ZkError},
    znodes,
};

/// How often a race is run again before the caller hears of it.
const ATTEMPTS_MAX: usize = 5;

/// Replaces the persistent `/controller` by an ephemeral of this session and deletes `/migration`. Answers with the
/// controller epoch, above every stamp in the tree, and the dataVersion of `/controller_epoch`.
pub(crate) async fn take_over(
    zk: &Arc<dyn Zk>,
    broker_id: i32,
    highest_stamp: i32,
    timestamp_ms: i64,
) -> Result<(i32, i32), ClaimError> {
    let unavailable = |error: ZkError| ClaimError::Unavailable(error.to_string());
    for _ in 0..ATTEMPTS_MAX {
        let mut tree = Tree::new();
        zk.sync().await.map_err(unavailable)?;
        let paths =
            [znodes::CONTROLLER, znodes::CONTROLLER_EPOCH, znodes::MIGRATION].map(|path| (path.to_owned(), false));
        Reader { zk, armed: None }.read_paths(&mut tree, &paths).await.map_err(unavailable)?;
        let (controller_epoch, zk_version) = epoch_of(&tree)?;
        if tree.get(znodes::CONTROLLER).is_some_and(|node| node.stat.ephemeral_owner == zk.session_id()) {
            // An earlier attempt of ours whose reply was lost.
            return Ok((controller_epoch, zk_version));
        }
        let controller = tree::read_controller(&tree).map_err(ClaimError::Refused)?;
        if controller.controller_id.is_some() && controller.kraft_controller_epoch < 0 {
            return Err(ClaimError::Raced(format!("broker {:?} rules already", controller.controller_id)));
        }
        let next_epoch = controller_epoch.max(highest_stamp) + 1;
        let mut ops =
            vec![Op::set(znodes::CONTROLLER_EPOCH, znodes::encode_controller_epoch(next_epoch), Some(zk_version))];
        let present = [znodes::CONTROLLER, znodes::MIGRATION];
        ops.extend(present.into_iter().filter_map(|path| Some(Op::delete(path, Some(tree.zk_version(path)?)))));
        let data = znodes::encode_controller(broker_id, timestamp_ms, -1);
        if zk.creates_in_multi() {
            ops.push(Op::create_ephemeral(znodes::CONTROLLER, data.clone()));
        }
        match zk.multi(ops).await {
            Ok(results) => {
                let OpResult::Set(stat) = &results[0] else { unreachable!("the first operation sets the epoch") };
                let key = (next_epoch, stat.zk_version);
                if zk.creates_in_multi() {
                    return Ok(key);
                }
                match zk.create(znodes::CONTROLLER, &data, CreateKind::Ephemeral).await {
                    Ok(_) => return Ok(key),
                    Err(ZkError::NodeExists | ZkError::Unknown(_)) => {}
                    Err(error) => return Err(unavailable(error)),
                }
            }
            // Somebody moved, or the reply was lost: read back by owner session.
            Err(error) if matches!(error.error, ZkError::NotConnected | ZkError::SessionOver | ZkError::Refused(_)) => {
                return Err(unavailable(error.error));
            }
            Err(_) => {}
        }
    }
    Err(ClaimError::Raced("the tree kept changing".to_owned()))
}

/// The controller epoch and its dataVersion. They are not equal by contract.
pub(crate) fn epoch_of(tree: &Tree) -> Result<(i32, i32), ClaimError> {
    let node = tree.get(znodes::CONTROLLER_EPOCH).ok_or_else(|| {
        ClaimError::Refused("there is no /controller_epoch: no controller ever ruled here".to_owned())
    })?;
    let controller_epoch = znodes::decode_controller_epoch(&node.data)
        .map_err(|problem| ClaimError::Refused(format!("{}: {problem}", znodes::CONTROLLER_EPOCH)))?;
    Ok((controller_epoch, node.stat.zk_version))
}
