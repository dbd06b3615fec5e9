//! [`ZooKeeperMirror`]: the tree under a quorum, from the staging read to the last pad (`seam-and-switch.md` §3 and §4).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use kedge_metadata_state::{
    BrokerId, Delta, Image,
    diff::{DiffScope, diff_holdable},
    image::PartitionImage,
};
use kedge_metadata_store::{
    Claim, ClaimError, CommitError, Held, KRaftEpoch, LoadError, Mirror, MirrorPlan, Outcome, PartitionPad, Position,
    Progress,
};
use tokio::sync::Mutex;

use crate::{
    executor::{ExecuteError, FenceCheck, execute},
    plan::{PlanError, PlanInput, PlanMode, plan, schedule},
    reader::Reader,
    store::{can_hold, now_ms},
    takeover::epoch_of,
    tree::{self, Tree, read_image},
    zk::{CreateKind, Op, OpResult, Zk, ZkConnector, ZkError, ZkEvents},
    znodes,
};

/// Longest wait for a session.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a write is planned again on a tree that somebody else changed, and a claim run again.
const ATTEMPTS_MAX: usize = 5;

/// The ZooKeeper side of a move, in a session of its own.
pub struct ZooKeeperMirror {
    connector: Arc<dyn ZkConnector>,
    /// One call at a time is the contract; the lock is the queue in front of the one session.
    state: Mutex<State>,
}

impl std::fmt::Debug for ZooKeeperMirror {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ZooKeeperMirror").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    session: Option<(Arc<dyn Zk>, ZkEvents)>,
    shadow: Tree,
    /// What the shadow stands for, or the image that was mirrored last; none before the first read.
    image: Option<Image>,
    position: i64,
}

impl ZooKeeperMirror {
    /// A mirror that connects with its first call.
    pub fn new(connector: Arc<dyn ZkConnector>) -> ZooKeeperMirror {
        ZooKeeperMirror { connector, state: Mutex::default() }
    }

    /// The session, a new one if the last is over. What was known is read again then.
    async fn session(&self, state: &mut State) -> Result<Arc<dyn Zk>, ZkError> {
        if let Some((zk, _)) = &state.session {
            match zk.exists(znodes::CONTROLLER_EPOCH, false).await {
                Err(ZkError::SessionOver) => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(zk.clone()),
            }
        }
        state.session = None;
        state.image = None;
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, self.connector.connect()).await;
        let session = connected.map_err(|_| ZkError::NotConnected)??;
        let zk = session.0.clone();
        state.session = Some(session);
        Ok(zk)
    }

    async fn read(&self, state: &mut State) -> Result<Image, LoadError> {
        let unavailable = |error: ZkError| LoadError::Unavailable(error.to_string());
        let zk = self.session(state).await.map_err(unavailable)?;
        let mut reader = Reader { zk: &zk, armed: None };
        state.shadow = reader.read_all().await.map_err(unavailable)?;
        decode(state)
    }

    /// Runs a plan of the mirror's under both fences.
    async fn run(
        &self,
        state: &mut State,
        claim: &Claim,
        planned: crate::plan::Plan,
    ) -> Result<(), (ExecuteError, bool)> {
        let session = self.session(state).await;
        let zk = session.map_err(|error| (ExecuteError::Unavailable(error.to_string()), false))?;
        execute(&zk, &fences(claim), planned, &mut state.shadow).await
    }
}

fn fences(claim: &Claim) -> [FenceCheck; 2] {
    [
        (znodes::CONTROLLER_EPOCH.to_owned(), claim.controller_epoch_zk_version),
        (znodes::MIGRATION.to_owned(), claim.migration_zk_version),
    ]
}

fn decode(state: &mut State) -> Result<Image, LoadError> {
    let mut read = read_image(&state.shadow);
    for topic_name in read.topics_without_id {
        let problem = "the topic has no id; let its controller run once at inter.broker.protocol.version 2.8 or later";
        let bad =
            kedge_metadata_store::BadContent { place: znodes::topic_path(&topic_name), problem: problem.to_owned() };
        read.bad.push(bad);
    }
    if !read.bad.is_empty() {
        return Err(LoadError::Bad(read.bad));
    }
    elect_new_partitions(&mut read.image);
    state.image = Some(read.image.clone());
    Ok(read.image)
}

/// A partition without a `state` was never led: its first replica leads, all are in sync, both epochs 0 (as Kafka's own
/// migration assumes).
fn elect_new_partitions(image: &mut Image) {
    let topics = image.topics.by_id.clone();
    for (topic_id, topic) in &topics {
        if topic.partitions.values().all(|partition| partition.partition_epoch >= 0) {
            continue;
        }
        let mut topic = (**topic).clone();
        for partition in topic.partitions.values_mut().filter(|partition| partition.partition_epoch < 0) {
            let leader = partition.replicas.first().copied().unwrap_or(PartitionImage::NO_LEADER);
            let elected = PartitionImage {
                isr: partition.replicas.clone(),
                leader,
                leader_epoch: 0,
                partition_epoch: 0,
                ..(**partition).clone()
            };
            *partition = Arc::new(elected);
        }
        image.topics.by_id.insert(*topic_id, Arc::new(topic));
    }
}

#[async_trait]
impl Mirror for ZooKeeperMirror {
    async fn stage(&self) -> Result<Image, LoadError> {
        let mut state = self.state.lock().await;
        self.read(&mut state).await
    }

    async fn seize(&self, controller_id: BrokerId, kraft_epoch: KRaftEpoch) -> Result<Claim, ClaimError> {
        let mut state = self.state.lock().await;
        let unavailable = |error: ZkError| ClaimError::Unavailable(error.to_string());
        let zk = self.session(&mut state).await.map_err(unavailable)?;
        for _ in 0..ATTEMPTS_MAX {
            if let Some((zk_controller_epoch, controller_epoch_zk_version)) =
                seize(&zk, controller_id, kraft_epoch).await?
            {
                let mut claim = Claim {
                    zk_controller_epoch,
                    controller_epoch_zk_version,
                    migration_zk_version: 0,
                    kraft_epoch,
                    controller_id,
                };
                claim.migration_zk_version = own_migration_znode(&zk, &claim).await?;
                return Ok(claim);
            }
        }
        Err(ClaimError::Raced("the tree kept changing".to_owned()))
    }

    async fn barrier_and_relist(&self, claim: &Claim) -> Result<Image, LoadError> {
        let mut state = self.state.lock().await;
        let unavailable = |error: ZkError| LoadError::Unavailable(error.to_string());
        let zk = self.session(&mut state).await.map_err(unavailable)?;
        // A write is ordered after everything that committed before it, on every server; a failed check means the claim
        // is over and what is read would not be ours.
        let barrier = fences(claim).map(|(path, zk_version)| Op::Check { path, zk_version });
        zk.multi(barrier.to_vec()).await.map_err(|error| LoadError::Unavailable(error.to_string()))?;
        self.read(&mut state).await?;
        // Threads of Apache's CreateTopics and CreatePartitions are not fenced: look once more.
        let mut shadow = std::mem::take(&mut state.shadow);
        let mut reader = Reader { zk: &zk, armed: None };
        let names = reader.list(znodes::TOPICS).await.map_err(unavailable)?;
        reader.read_topics(&mut shadow, &names).await.map_err(unavailable)?;
        let configs: Vec<(String, bool)> =
            names.iter().map(|name| (format!("{}/{name}", znodes::TOPIC_CONFIGS), false)).collect();
        reader.read_paths(&mut shadow, &configs).await.map_err(unavailable)?;
        state.shadow = shadow;
        decode(&mut state)
    }

    async fn apply(&self, claim: &Claim, wanted: MirrorPlan) -> Result<Vec<Outcome>, CommitError> {
        let mut state = self.state.lock().await;
        let mut outcomes: Vec<Outcome> = Vec::new();
        for record in wanted.records.iter().filter(|record| can_hold(record) == Held::No) {
            outcomes.push(Outcome::NotHeld(Box::new(record.clone())));
        }
        for _ in 0..ATTEMPTS_MAX {
            let before = match state.image.clone() {
                Some(before) => before,
                None => self.read(&mut state).await.map_err(|error| CommitError::Unavailable(error.to_string()))?,
            };
            // The difference, not the records: what was coalesced, missed or edited behind our back is repaired alike.
            let records =
                diff_holdable(&before, &wanted.image, DiffScope::Shared, &|record| can_hold(record) != Held::No);
            let mut delta = Delta::new(&before);
            delta.replay_all(&records).expect("a difference replays");
            let (after, touched) = delta.apply();
            for topic in touched.topics_deleted.values() {
                let zk = self.session(&mut state).await.map_err(|error| CommitError::Unavailable(error.to_string()))?;
                let mut reader = Reader { zk: &zk, armed: None };
                let walked = reader.walk(&mut state.shadow, &znodes::topic_path(&topic.name)).await;
                walked.map_err(|error| CommitError::Unavailable(error.to_string()))?;
            }
            let input = PlanInput {
                before: &before,
                after: &after,
                touched: &touched,
                records: &records,
                shadow: &state.shadow,
                controller_epoch: claim.zk_controller_epoch,
                mode: PlanMode::Mirror,
            };
            let planned = match plan(input) {
                Ok(planned) => planned,
                Err(PlanError::TooLarge { .. }) => {
                    outcomes.push(Outcome::TooLarge);
                    return Ok(outcomes);
                }
                Err(PlanError::Stale { .. }) => {
                    state.image = None;
                    continue;
                }
            };
            match self.run(&mut state, claim, planned).await {
                Ok(()) => {
                    // From here the differences of the next image are found by what the two share.
                    state.image = Some((*wanted.image).clone());
                    state.position += 1;
                    outcomes.push(Outcome::Committed(Position(state.position)));
                    return Ok(outcomes);
                }
                Err((error, applied_any)) => {
                    state.image = None;
                    match error {
                        ExecuteError::Stale(_) => {}
                        ExecuteError::Fenced => return Err(CommitError::Fenced),
                        ExecuteError::Unavailable(cause) if !applied_any => {
                            return Err(CommitError::Unavailable(cause));
                        }
                        ExecuteError::Unavailable(cause) | ExecuteError::Unknown(cause) => {
                            return Err(CommitError::Unknown { from_unit: 0, cause });
                        }
                    }
                }
            }
        }
        Err(CommitError::Unavailable("the tree changes faster than it can be read".to_owned()))
    }

    async fn set_progress(&self, claim: &mut Claim, progress: Progress) -> Result<(), CommitError> {
        let mut state = self.state.lock().await;
        let unavailable = |error: ZkError| CommitError::Unavailable(error.to_string());
        let zk = self.session(&mut state).await.map_err(unavailable)?;
        let [(path, zk_version), _] = fences(claim);
        let data = znodes::encode_migration(&progress);
        let set = Op::set(znodes::MIGRATION, data.clone(), Some(claim.migration_zk_version));
        match zk.multi(vec![Op::Check { path, zk_version }, set]).await {
            Ok(_) => {}
            Err(error) if matches!(error.error, ZkError::BadVersion | ZkError::NoNode) => {
                return Err(CommitError::Fenced);
            }
            Err(error) if error.error.is_definite() => return Err(unavailable(error.error)),
            Err(error) => {
                // A lost reply is settled by what stands there now.
                let unknown = || CommitError::Unknown { from_unit: 0, cause: error.to_string() };
                zk.sync().await.map_err(|_| unknown())?;
                let (present, stat) = zk.get(znodes::MIGRATION, false).await.map_err(|_| unknown())?;
                if stat.zk_version == claim.migration_zk_version {
                    return Err(CommitError::Unavailable("the write did not arrive".to_owned()));
                }
                if stat.zk_version != claim.migration_zk_version + 1 || present != data {
                    return Err(CommitError::Fenced);
                }
            }
        }
        claim.migration_zk_version += 1;
        Ok(())
    }

    async fn pad(&self, claim: &Claim, partitions: Vec<PartitionPad>) -> Result<(), CommitError> {
        let mut state = self.state.lock().await;
        let zk = self.session(&mut state).await.map_err(|error| CommitError::Unavailable(error.to_string()))?;
        let paths: Vec<(String, bool)> = partitions
            .iter()
            .map(|partition| (znodes::state_path(&partition.topic_name, partition.partition_id), false))
            .collect();
        let mut reader = Reader { zk: &zk, armed: None };
        let read = reader.read_paths(&mut state.shadow, &paths).await;
        read.map_err(|error| CommitError::Unavailable(error.to_string()))?;
        let mut lanes = BTreeMap::new();
        for (partition, (path, _)) in partitions.iter().zip(&paths) {
            let Some(node) = state.shadow.get(path) else { continue };
            let sets = (node.stat.zk_version..partition.partition_epoch)
                .map(|zk_version| Op::set(path.clone(), node.data.clone(), Some(zk_version)));
            lanes.insert(path.clone(), sets.collect());
        }
        let planned = schedule(lanes).expect("what a znode holds can be written to it again");
        match self.run(&mut state, claim, planned).await {
            Ok(()) => Ok(()),
            Err((ExecuteError::Fenced, _)) => Err(CommitError::Fenced),
            Err((ExecuteError::Unavailable(cause), false)) => Err(CommitError::Unavailable(cause)),
            Err((ExecuteError::Unavailable(cause) | ExecuteError::Unknown(cause) | ExecuteError::Stale(cause), _)) => {
                Err(CommitError::Unknown { from_unit: 0, cause })
            }
        }
    }
}

/// One attempt; none if somebody moved and it should be run again. Answers with the ZooKeeper controller epoch and the
/// dataVersion of `/controller_epoch`.
async fn seize(
    zk: &Arc<dyn Zk>,
    controller_id: BrokerId,
    kraft_epoch: KRaftEpoch,
) -> Result<Option<(i32, i32)>, ClaimError> {
    let unavailable = |error: ZkError| ClaimError::Unavailable(error.to_string());
    let mut tree = Tree::new();
    zk.sync().await.map_err(unavailable)?;
    let paths = [znodes::CONTROLLER, znodes::CONTROLLER_EPOCH].map(|path| (path.to_owned(), false));
    Reader { zk, armed: None }.read_paths(&mut tree, &paths).await.map_err(unavailable)?;
    let (controller_epoch, zk_version) = epoch_of(&tree)?;
    let controller = tree::read_controller(&tree).map_err(ClaimError::Refused)?;
    let is_ours = controller.controller_id == Some(controller_id) && controller.kraft_controller_epoch == kraft_epoch.0;
    if is_ours {
        // An earlier attempt of ours whose reply was lost: one leader claims once per epoch.
        return Ok(Some((controller_epoch, zk_version)));
    }
    if controller.controller_id.is_some() && controller.kraft_controller_epoch >= kraft_epoch.0 {
        return Err(ClaimError::Superseded { kraft_controller_epoch: controller.kraft_controller_epoch });
    }
    let next_epoch = controller_epoch + 1;
    let mut ops =
        vec![Op::set(znodes::CONTROLLER_EPOCH, znodes::encode_controller_epoch(next_epoch), Some(zk_version))];
    ops.extend(tree.zk_version(znodes::CONTROLLER).map(|zk_version| Op::delete(znodes::CONTROLLER, Some(zk_version))));
    let data = znodes::encode_controller(controller_id, now_ms(), kraft_epoch.0);
    if zk.creates_in_multi() {
        ops.push(Op::create(znodes::CONTROLLER, data.clone()));
    }
    let results = match zk.multi(ops).await {
        Ok(results) => results,
        Err(error) if matches!(error.error, ZkError::NotConnected | ZkError::SessionOver | ZkError::Refused(_)) => {
            return Err(unavailable(error.error));
        }
        // Somebody moved, or the reply was lost.
        Err(_) => return Ok(None),
    };
    let OpResult::Set(stat) = &results[0] else { unreachable!("the first operation sets the epoch") };
    if !zk.creates_in_multi() {
        match zk.create(znodes::CONTROLLER, &data, CreateKind::Persistent).await {
            Ok(_) => {}
            Err(ZkError::NodeExists | ZkError::Unknown(_)) => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        }
    }
    Ok(Some((next_epoch, stat.zk_version)))
}

/// `/migration` under the claim: created if absent, else written over with what it says and who writes now, because its
/// dataVersion is sure only after a write of ours (reads of different znodes are not ordered).
async fn own_migration_znode(zk: &Arc<dyn Zk>, claim: &Claim) -> Result<i32, ClaimError> {
    let unavailable = |error: ZkError| ClaimError::Unavailable(error.to_string());
    for _ in 0..ATTEMPTS_MAX {
        let present = match zk.get(znodes::MIGRATION, false).await {
            Ok((data, _)) => data,
            Err(ZkError::NoNode) => {
                let data = znodes::encode_migration(&znodes::NO_PROGRESS);
                match zk.create(znodes::MIGRATION, &data, CreateKind::Persistent).await {
                    Ok(_) | Err(ZkError::NodeExists | ZkError::Unknown(_)) => continue,
                    Err(error) => return Err(unavailable(error)),
                }
            }
            Err(error) => return Err(unavailable(error)),
        };
        let progress = znodes::decode_migration(&present)
            .map_err(|problem| ClaimError::Refused(format!("{}: {problem}", znodes::MIGRATION)))?;
        let progress = Progress {
            kraft_controller_id: claim.controller_id,
            kraft_controller_epoch: claim.kraft_epoch.0,
            ..progress
        };
        let [(path, zk_version), _] = fences(claim);
        let set = Op::set(znodes::MIGRATION, znodes::encode_migration(&progress), None);
        match zk.multi(vec![Op::Check { path, zk_version }, set]).await {
            Ok(results) => {
                let OpResult::Set(stat) = &results[1] else { unreachable!("the second operation sets the data") };
                return Ok(stat.zk_version);
            }
            Err(error) if error.failed_op == Some(0) => return Err(ClaimError::Raced("another claim".to_owned())),
            Err(error) if matches!(error.error, ZkError::NotConnected | ZkError::SessionOver | ZkError::Refused(_)) => {
                return Err(unavailable(error.error));
            }
            Err(_) => {}
        }
    }
    Err(ClaimError::Raced("/migration kept changing".to_owned()))
}
