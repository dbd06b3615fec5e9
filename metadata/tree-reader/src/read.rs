//! One pass over the tree.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Semaphore, task::JoinSet};
use zookeeper_async::{WatchedEvent, ZkError, ZkState, ZooKeeper};

/// Reads in flight at once.
const READS_IN_FLIGHT: usize = 256;
/// Pause of the client between its attempts to connect; without one it spins.
const CONNECT_PAUSE: Duration = Duration::from_millis(100);
/// A znode that never exists: deleting it answers after everything that was committed before (the client has no sync).
const BARRIER_PATH: &str = "/kedge-read-barrier-that-never-exists";

/// How to read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// `host:port,host:port/chroot`, as in `zookeeper.connect`.
    pub connect: String,
    /// Limit of every single call, connecting included.
    pub call_timeout: Duration,
    /// What to read, with everything below; `/` for all but `/zookeeper`.
    pub roots: Vec<String>,
}

/// One znode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawNode {
    /// Its data; none if it has none, null or empty.
    pub data: Option<Vec<u8>>,
    /// dataVersion.
    pub zk_version: i32,
    /// Transaction that created it.
    pub czxid: i64,
    /// Session that owns it, 0 for a persistent znode.
    pub ephemeral_owner: i64,
}

/// Znodes by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawTree {
    /// Every znode of the pass.
    pub nodes: BTreeMap<String, RawNode>,
}

/// Why a pass failed. Every one of these is worth another pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A call did not answer in time.
    #[error("{what} did not answer within {limit:?}")]
    Timeout {
        /// The call.
        what: String,
        /// The limit.
        limit: Duration,
    },
    /// ZooKeeper refused, or the connection was lost.
    #[error("{what}: {problem}")]
    Failed {
        /// The call.
        what: String,
        /// What was said.
        problem: String,
    },
    /// The client got another session meanwhile, which it does without telling.
    #[error("the session changed during the pass")]
    SessionChanged,
}

/// Reads the tree. Znodes that go or come meanwhile may be in it or not: it is not a point in time.
pub async fn read_tree(options: &ReadOptions) -> Result<RawTree, ReadError> {
    let limit = options.call_timeout;
    let connecting = ZooKeeper::connect_with_retry_time(&options.connect, limit, |_: WatchedEvent| {}, CONNECT_PAUSE);
    let client = Arc::new(limited("connecting", limit, connecting).await?);
    let state_changes = Arc::new(AtomicU32::new(0));
    let result = match barrier(&client, limit).await {
        Ok(()) => {
            // The client answered, so it has told its listeners about its first connection; whatever comes now is a loss.
            let counter = state_changes.clone();
            client.add_listener(move |_: ZkState| {
                counter.fetch_add(1, Ordering::SeqCst);
            });
            pass(&client, options).await
        }
        Err(error) => Err(error),
    };
    let changed = state_changes.load(Ordering::SeqCst) > 0;
    // Dropping it would leave the session alive for the life of the process.
    let closed = limited("closing", limit, client.close()).await;
    let tree = result?;
    if changed {
        return Err(ReadError::SessionChanged);
    }
    closed.map(|()| tree)
}

/// Everything that was committed before this call is seen by the reads after it.
async fn barrier(client: &ZooKeeper, limit: Duration) -> Result<(), ReadError> {
    match tokio::time::timeout(limit, client.delete(BARRIER_PATH, Some(0))).await {
        Ok(Err(ZkError::NoNode)) => Ok(()),
        Ok(Ok(())) => Err(failed("the barrier", &"it existed")),
        Ok(Err(error)) => Err(failed("the barrier", &error)),
        Err(_) => Err(ReadError::Timeout { what: "the barrier".to_owned(), limit }),
    }
}

async fn pass(client: &Arc<ZooKeeper>, options: &ReadOptions) -> Result<RawTree, ReadError> {
    let limit = options.call_timeout;
    let permits = Arc::new(Semaphore::new(READS_IN_FLIGHT));
    let mut tree = RawTree::default();
    let mut running = JoinSet::new();
    for root in &options.roots {
        running.spawn(read_node(client.clone(), permits.clone(), root.clone(), limit));
    }
    while let Some(finished) = running.join_next().await {
        let Some((path, node, children)) = finished.expect("a read does not panic and is not cancelled")? else {
            continue;
        };
        for child in children {
            let child = if path == "/" { format!("/{child}") } else { format!("{path}/{child}") };
            if child != "/zookeeper" {
                running.spawn(read_node(client.clone(), permits.clone(), child, limit));
            }
        }
        tree.nodes.insert(path, node);
    }
    Ok(tree)
}

type Found = Option<(String, RawNode, Vec<String>)>;

/// A znode and the names of its children; nothing if it is gone.
async fn read_node(
    client: Arc<ZooKeeper>,
    permits: Arc<Semaphore>,
    path: String,
    limit: Duration,
) -> Result<Found, ReadError> {
    let _permit = permits.acquire().await.expect("never closed");
    let (data, stat) = match existing(&path, limit, client.get_data(&path, false)).await? {
        Some(found) => found,
        None => return Ok(None),
    };
    let children = match existing(&path, limit, client.get_children(&path, false)).await? {
        Some(children) => children,
        None => return Ok(None),
    };
    let node = RawNode {
        data: (!data.is_empty()).then_some(data),
        zk_version: stat.version,
        czxid: stat.czxid,
        ephemeral_owner: stat.ephemeral_owner,
    };
    Ok(Some((path, node, children)))
}

async fn existing<T>(
    path: &str,
    limit: Duration,
    call: impl Future<Output = Result<T, ZkError>>,
) -> Result<Option<T>, ReadError> {
    match tokio::time::timeout(limit, call).await {
        Ok(Ok(value)) => Ok(Some(value)),
        Ok(Err(ZkError::NoNode)) => Ok(None),
        Ok(Err(error)) => Err(failed(path, &error)),
        Err(_) => Err(ReadError::Timeout { what: path.to_owned(), limit }),
    }
}

async fn limited<T>(
    what: &str,
    limit: Duration,
    call: impl Future<Output = Result<T, ZkError>>,
) -> Result<T, ReadError> {
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result.map_err(|error| failed(what, &error)),
        Err(_) => Err(ReadError::Timeout { what: what.to_owned(), limit }),
    }
}

fn failed(what: &str, problem: &dyn std::fmt::Display) -> ReadError {
    ReadError::Failed { what: what.to_owned(), problem: problem.to_string() }
}
