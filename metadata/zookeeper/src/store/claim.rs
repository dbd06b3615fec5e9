//! A broker's attempt at `/controller`.

use std::sync::Arc;

use kedge_metadata_store::Candidate;

use super::FenceKey;
use crate::{
    reader::{Armed, Reader},
    tree::Tree,
    zk::{CreateKind, Op, OpResult, Zk, ZkError},
    znodes,
};

/// What became of an attempt.
pub(super) enum Claim {
    Won(FenceKey),
    Taken,
    /// Leader epoch of the quorum that holds the cluster.
    KRaftRules(i32),
    Undecodable(String),
}

/// One attempt at `/controller` (`KafkaZkClient.registerControllerAndIncrementControllerEpoch`). A claim of this session
/// whose reply was lost is found as its own ephemeral.
pub(super) async fn claim(zk: &Arc<dyn Zk>, armed: &mut Armed, candidate: &Candidate) -> Result<Claim, ZkError> {
    loop {
        let mut tree = Tree::new();
        let mut reader = Reader { zk, armed: Some(armed) };
        // After a lost reply the server this session is on now must have seen what the last one applied.
        zk.sync().await?;
        let paths = [(znodes::CONTROLLER.to_owned(), true), (znodes::CONTROLLER_EPOCH.to_owned(), false)];
        reader.read_paths(&mut tree, &paths).await?;
        let epoch = match tree.get(znodes::CONTROLLER_EPOCH) {
            Some(node) => match znodes::decode_controller_epoch(&node.data) {
                Ok(controller_epoch) => Some((controller_epoch, node.stat.zk_version)),
                Err(problem) => return Ok(Claim::Undecodable(format!("{}: {problem}", znodes::CONTROLLER_EPOCH))),
            },
            None => None,
        };
        if let Some(node) = tree.get(znodes::CONTROLLER) {
            if node.stat.ephemeral_owner == zk.session_id()
                && let Some(key) = epoch
            {
                return own_claim(zk, key).await;
            }
            return Ok(match znodes::decode_controller(&node.data) {
                Ok(controller) if controller.kraft_controller_epoch >= 0 => {
                    Claim::KRaftRules(controller.kraft_controller_epoch)
                }
                Ok(_) => Claim::Taken,
                Err(problem) => Claim::Undecodable(format!("{}: {problem}", znodes::CONTROLLER)),
            });
        }
        let Some((controller_epoch, zk_version)) = epoch else {
            let data = znodes::encode_controller_epoch(0);
            match zk.create(znodes::CONTROLLER_EPOCH, &data, CreateKind::Persistent).await {
                Ok(_) | Err(ZkError::NodeExists) => continue,
                Err(error) => return Err(error),
            }
        };
        let controller = znodes::encode_controller(candidate.node_id, candidate.at, -1);
        let next = znodes::encode_controller_epoch(controller_epoch + 1);
        let set_epoch = Op::set(znodes::CONTROLLER_EPOCH, next, Some(zk_version));
        let result = if zk.creates_in_multi() {
            zk.multi(vec![Op::create_ephemeral(znodes::CONTROLLER, controller), set_epoch]).await
        } else {
            // As Kafka 2.0 did: the znode first, then the epoch.
            match zk.create(znodes::CONTROLLER, &controller, CreateKind::Ephemeral).await {
                Ok(_) => zk.multi(vec![set_epoch]).await,
                Err(error) => Err(error.into()),
            }
        };
        match result {
            Ok(results) => {
                let set = results.into_iter().find_map(|result| match result {
                    OpResult::Set(stat) => Some(stat.zk_version),
                    _ => None,
                });
                return Ok(Claim::Won((controller_epoch + 1, set.expect("the multi sets the epoch"))));
            }
            // Somebody moved, or the reply was lost: look again.
            Err(error) if matches!(error.error, ZkError::NodeExists | ZkError::BadVersion | ZkError::Unknown(_)) => {}
            Err(error) => return Err(error.error),
        }
    }
}

/// `/controller` is ours. On ZooKeeper 3.4 the epoch may still be the one before; it is raised once more, which never
/// hurts: epochs only have to grow.
async fn own_claim(zk: &Arc<dyn Zk>, (controller_epoch, zk_version): FenceKey) -> Result<Claim, ZkError> {
    if zk.creates_in_multi() {
        return Ok(Claim::Won((controller_epoch, zk_version)));
    }
    let next = znodes::encode_controller_epoch(controller_epoch + 1);
    match zk.multi(vec![Op::set(znodes::CONTROLLER_EPOCH, next, Some(zk_version))]).await {
        Ok(_) => Ok(Claim::Won((controller_epoch + 1, zk_version + 1))),
        Err(error) => Err(error.error),
    }
}
