//! Offsets that consumers keep in ZooKeeper, `/consumers/<group>/offsets/<topic>/<partition>`: a number in digits (Kafka's
//! `ConsumerOffset`). OffsetCommit and OffsetFetch of version 0 mean these.

use kedge_metadata_store::{ConsumerPartition, MemberError};

use crate::zk::{CreateKind, Op, Zk, ZkError};

fn unavailable(error: ZkError) -> MemberError {
    MemberError::Unavailable(error.to_string())
}

/// The path, unless a name is none that one level of a path can have.
fn path(partition: &ConsumerPartition) -> Result<String, MemberError> {
    let ConsumerPartition { group_id, topic_name, partition_id } = partition;
    for name in [group_id, topic_name] {
        if matches!(name.as_str(), "" | "." | "..") || name.contains(['/', '\0']) {
            return Err(MemberError::Bad(format!("{name:?} cannot name a znode")));
        }
    }
    Ok(format!("/consumers/{group_id}/offsets/{topic_name}/{partition_id}"))
}

/// The offset, if there is one.
pub(crate) async fn read(zk: &dyn Zk, partition: &ConsumerPartition) -> Result<Option<i64>, MemberError> {
    let path = path(partition)?;
    match zk.get(&path, false).await {
        Ok((data, _)) => {
            let offset = std::str::from_utf8(&data).ok().and_then(|digits| digits.trim().parse().ok());
            offset.map(Some).ok_or_else(|| MemberError::Bad(format!("{path} holds no offset")))
        }
        Err(ZkError::NoNode) => Ok(None),
        Err(error) => Err(unavailable(error)),
    }
}

/// Keeps an offset, its znode and the path to it made if need be.
pub(crate) async fn write(zk: &dyn Zk, partition: &ConsumerPartition, offset: i64) -> Result<(), MemberError> {
    let path = path(partition)?;
    let data = offset.to_string().into_bytes();
    loop {
        match zk.multi(vec![Op::set(&path, data.clone(), None)]).await.map_err(|error| error.error) {
            Ok(_) => return Ok(()),
            Err(ZkError::NoNode) => {}
            Err(error) => return Err(unavailable(error)),
        }
        for (end, _) in path.match_indices('/').skip(1) {
            match zk.create(&path[..end], &[], CreateKind::Persistent).await {
                Ok(_) | Err(ZkError::NodeExists) => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
        match zk.create(&path, &data, CreateKind::Persistent).await {
            Ok(_) => return Ok(()),
            // Another consumer of the group was first, or somebody removes the group now: set again.
            Err(ZkError::NodeExists | ZkError::NoNode) => {}
            Err(error) => return Err(unavailable(error)),
        }
    }
}
