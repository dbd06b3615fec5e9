//! [`ZooKeeperMirror`]: the tree under a quorum, from the staging read to the last pad (`docs/decisions/0004-the-switch.md`).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use kedge_metadata_state::{
    BrokerId, Delta, Image, TopicId,
    diff::{DiffScope, diff_holdable},
    image::TopicImage,
};
use kedge_metadata_store::{
    Claim, ClaimError, CommitError, Held, KRaftEpoch, LoadError, MigrationZnode, Mirror, MirrorPlan, Outcome,
    PartitionPad, Position, Progress, TreeControl, TreeListing,
};
use tokio::sync::Mutex;

use crate::{
    executor::{ExecuteError, FenceCheck, execute},
    foreign::ForeignWatch,
    plan::{PlanError, PlanInput, PlanMode, plan, schedule},
    reader::Reader,
    store::{can_hold, now_ms},
    takeover::epoch_of,
    tree::{self, ReadTree, Tree, read_image},
    zk::{CreateKind, MultiError, Op, OpResult, Zk, ZkConnector, ZkError, ZkEvents},
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
    foreign: ForeignWatch,
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

    async fn read(&self, state: &mut State) -> Result<TreeListing, LoadError> {
        let unavailable = |error: ZkError| LoadError::Unavailable(error.to_string());
        let zk = self.session(state).await.map_err(unavailable)?;
        let mut reader = Reader { zk: &zk, armed: None };
        let before = std::mem::replace(&mut state.shadow, reader.read_all().await.map_err(unavailable)?);
        state.foreign.compare(&before, &state.shadow, now_ms());
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
        let result = execute(&zk, &fences(claim), planned.clone(), &mut state.shadow).await;
        if result.is_err() {
            state.foreign.doubt(&planned);
        }
        result
    }
}

fn fences(claim: &Claim) -> [FenceCheck; 2] {
    [
        (znodes::CONTROLLER_EPOCH.to_owned(), claim.controller_epoch_zk_version),
        (znodes::MIGRATION.to_owned(), claim.migration_zk_version),
    ]
}

fn decode(state: &mut State) -> Result<TreeListing, LoadError> {
    let mut read = read_image(&state.shadow);
    add_topics_without_id(&mut read);
    if !read.bad.is_empty() {
        return Err(LoadError::Bad(read.bad));
    }
    // A partition without a `state` stays what it is: the copy gives it a leader, and the mirror then creates the znode.
    state.image = Some(read.image.clone());
    Ok(TreeListing {
        image: Arc::new(read.image),
        uncarried: read.uncarried,
        highest_stamp: read.highest_stamp,
        topics_without_id: read.topics_without_id,
        foreign_writes: state.foreign.take(),
    })
}

/// A topic that an old tool made or changed has no id (it writes the document without one). No topic of the log has the id that it
/// gets here, so the repair deletes it, and writes the log's topic of that name anew.
fn add_topics_without_id(read: &mut ReadTree) {
    for (number, topic_name) in (0_u32..).zip(&read.topics_without_id) {
        let mut bytes = [0xff; 16];
        bytes[12..].copy_from_slice(&number.to_be_bytes());
        let topic_id = TopicId::from_bytes(bytes);
        let topic = TopicImage { name: topic_name.clone(), topic_id, partitions: Default::default() };
        read.image.topics.by_name.insert(topic_name.clone(), topic_id);
        read.image.topics.by_id.insert(topic_id, Arc::new(topic));
    }
}

/// Topics that are new or have changed since they were read into the tree. Those that are gone are taken out of it.
async fn changed_topics(reader: &mut Reader<'_>, tree: &mut Tree, names: Vec<String>) -> Result<Vec<String>, ZkError> {
    for name in tree.children(znodes::TOPICS) {
        if names.binary_search(&name).is_err() {
            tree.remove_below(&znodes::topic_path(&name));
        }
    }
    let mut now = Tree::new();
    let paths: Vec<(String, bool)> = names.iter().map(|name| (znodes::topic_path(name), false)).collect();
    reader.read_paths(&mut now, &paths).await?;
    let stamp = |tree: &Tree, name: &String| {
        let node = tree.get(&znodes::topic_path(name))?;
        Some((node.stat.czxid, node.stat.zk_version))
    };
    Ok(names.into_iter().filter(|name| stamp(&now, name) != stamp(tree, name)).collect())
}

#[async_trait]
impl Mirror for ZooKeeperMirror {
    async fn inspect(&self) -> Result<TreeControl, String> {
        let mut state = self.state.lock().await;
        let zk = self.session(&mut state).await.map_err(|error| error.to_string())?;
        inspect(&zk).await
    }

    async fn stage(&self) -> Result<TreeListing, LoadError> {
        let mut state = self.state.lock().await;
        self.read(&mut state).await
    }

    async fn seize(
        &self,
        controller_id: BrokerId,
        kraft_epoch: KRaftEpoch,
        controller_epoch_zk_version: i32,
    ) -> Result<Claim, ClaimError> {
        let mut state = self.state.lock().await;
        let zk = self.session(&mut state).await.map_err(unavailable)?;
        let mut claim = seize(&zk, controller_id, kraft_epoch, controller_epoch_zk_version).await?;
        let former_mark;
        (claim.migration_zk_version, former_mark) = own_migration_znode(&zk, &claim).await?;
        state.foreign.claimed(claim.controller_epoch_zk_version, former_mark);
        Ok(claim)
    }

    async fn adopt(&self, controller_id: BrokerId, kraft_epoch: KRaftEpoch) -> Result<Claim, ClaimError> {
        let mut state = self.state.lock().await;
        let zk = self.session(&mut state).await.map_err(unavailable)?;
        let tree = read_control(&zk).await.map_err(unavailable)?;
        let (zk_controller_epoch, controller_epoch_zk_version) = epoch_of(&tree)?;
        let controller = tree::read_controller(&tree).map_err(ClaimError::Refused)?;
        match (controller.controller_id, controller.kraft_controller_epoch) {
            (None, _) => return Err(ClaimError::Refused("there is no claim to adopt: no /controller".to_owned())),
            (Some(broker_id), ..0) => {
                return Err(ClaimError::Refused(format!("there is no claim to adopt: broker {broker_id} rules")));
            }
            (Some(_), kraft_controller_epoch) if kraft_controller_epoch > kraft_epoch.0 => {
                return Err(ClaimError::Superseded { kraft_controller_epoch });
            }
            _ => {}
        }
        if let Ok(MigrationZnode::Content { progress, .. }) = tree::read_migration(&tree)
            && progress.kraft_controller_epoch > kraft_epoch.0
        {
            // A later leader of this quorum has adopted it already.
            return Err(ClaimError::Superseded { kraft_controller_epoch: progress.kraft_controller_epoch });
        }
        let mut claim = Claim {
            zk_controller_epoch,
            controller_epoch_zk_version,
            migration_zk_version: 0,
            kraft_epoch,
            controller_id,
        };
        let former_mark;
        (claim.migration_zk_version, former_mark) = own_migration_znode(&zk, &claim).await?;
        // The claim is an old one, and others have mirrored under it.
        state.foreign.forget();
        state.foreign.claimed(claim.controller_epoch_zk_version, former_mark);
        Ok(claim)
    }

    async fn barrier_and_relist(&self, claim: &Claim) -> Result<TreeListing, LoadError> {
        let mut state = self.state.lock().await;
        let unavailable = |error: ZkError| LoadError::Unavailable(error.to_string());
        let zk = self.session(&mut state).await.map_err(unavailable)?;
        // A write is ordered after everything that committed before it, on every server; a failed check means the claim
        // is over and what is read would not be ours.
        let barrier = fences(claim).map(|(path, zk_version)| Op::Check { path, zk_version });
        zk.multi(barrier.to_vec()).await.map_err(|error| LoadError::Unavailable(error.to_string()))?;
        let first = self.read(&mut state).await?;
        // Threads of Apache's CreateTopics and CreatePartitions are not fenced: look once more at what they write, the topics.
        let mut shadow = state.shadow.clone();
        let mut reader = Reader { zk: &zk, armed: None };
        let names = reader.list(znodes::TOPICS).await.map_err(unavailable)?;
        let changed = changed_topics(&mut reader, &mut shadow, names).await.map_err(unavailable)?;
        reader.read_topics(&mut shadow, &changed).await.map_err(unavailable)?;
        let configs: Vec<(String, bool)> =
            changed.iter().map(|name| (format!("{}/{name}", znodes::TOPIC_CONFIGS), false)).collect();
        reader.read_paths(&mut shadow, &configs).await.map_err(unavailable)?;
        let before = std::mem::replace(&mut state.shadow, shadow);
        let State { foreign, shadow, .. } = &mut *state;
        foreign.compare(&before, shadow, now_ms());
        let mut listing = decode(&mut state)?;
        listing.foreign_writes.splice(..0, first.foreign_writes);
        Ok(listing)
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
                None => {
                    let read = self.read(&mut state).await;
                    let read = read.map_err(|error| CommitError::Unavailable(error.to_string()))?;
                    if !read.foreign_writes.is_empty() {
                        state.foreign.put_back(read.foreign_writes);
                        return Ok(written_by_others(outcomes));
                    }
                    (*read.image).clone()
                }
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
            let State { foreign, shadow, .. } = &mut *state;
            foreign.look_at_first_repair(&planned, shadow, now_ms());
            if foreign.has_found() {
                return Ok(written_by_others(outcomes));
            }
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
    async fn close(&self) {
        let mut state = self.state.lock().await;
        state.image = None;
        if let Some((zk, _)) = state.session.take() {
            zk.close().await;
        }
    }
}

fn unavailable(error: ZkError) -> ClaimError {
    ClaimError::Unavailable(error.to_string())
}

/// Nothing is repaired before whoever drives the mirror was told what was found, by the next listing.
fn written_by_others(mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    outcomes.push(Outcome::Conflict { now: Vec::new() });
    outcomes
}

/// `/controller_epoch` first, then what a claim would have changed with it.
async fn read_control(zk: &Arc<dyn Zk>) -> Result<Tree, ZkError> {
    let mut tree = Tree::new();
    zk.sync().await?;
    let mut reader = Reader { zk, armed: None };
    reader.read_paths(&mut tree, &[(znodes::CONTROLLER_EPOCH.to_owned(), false)]).await?;
    let then = [znodes::CONTROLLER, znodes::MIGRATION].map(|path| (path.to_owned(), false));
    reader.read_paths(&mut tree, &then).await?;
    Ok(tree)
}

async fn inspect(zk: &Arc<dyn Zk>) -> Result<TreeControl, String> {
    let mut tree = read_control(zk).await.map_err(|error| error.to_string())?;
    let mut reader = Reader { zk, armed: None };
    let names = reader.list(znodes::BROKER_IDS).await.map_err(|error| error.to_string())?;
    let paths: Vec<_> = names.iter().map(|name| (format!("{}/{name}", znodes::BROKER_IDS), false)).collect();
    reader.read_paths(&mut tree, &paths).await.map_err(|error| error.to_string())?;
    let at = |path: &'static str| move |problem: znodes::Problem| format!("{path}: {problem}");
    let controller_epoch = tree.get(znodes::CONTROLLER_EPOCH).map(|node| znodes::decode_controller_epoch(&node.data));
    let broker = |name: &String| name.parse().map(|broker_id| (broker_id, broker_address(&tree, broker_id)));
    let brokers: Result<BTreeMap<BrokerId, Option<String>>, std::num::ParseIntError> =
        names.iter().map(broker).collect();
    Ok(TreeControl {
        controller: tree::read_controller(&tree).map_err(at(znodes::CONTROLLER))?,
        controller_epoch: controller_epoch.transpose().map_err(at(znodes::CONTROLLER_EPOCH))?,
        controller_epoch_zk_version: tree.zk_version(znodes::CONTROLLER_EPOCH),
        migration: tree::read_migration(&tree).map_err(at(znodes::MIGRATION))?,
        brokers: brokers.map_err(|_| format!("{}: a name is not a broker id: {names:?}", znodes::BROKER_IDS))?,
    })
}

/// `host:port` that a broker's znode names; a plain listener needs no keys.
fn broker_address(tree: &Tree, broker_id: BrokerId) -> Option<String> {
    const PLAINTEXT: i16 = 0;
    let registration = tree::read_broker(tree, broker_id).ok()?;
    let listeners = &registration.broker.listeners;
    let plain = listeners.iter().find(|listener| listener.security_protocol == PLAINTEXT);
    let listener = plain.or_else(|| listeners.first())?;
    Some(format!("{}:{}", listener.host, listener.port))
}

/// The claim, without `/migration`. The fence moves only by a write of ours, so that nobody is deposed whom the caller did
/// not see.
async fn seize(
    zk: &Arc<dyn Zk>,
    controller_id: BrokerId,
    kraft_epoch: KRaftEpoch,
    controller_epoch_zk_version: i32,
) -> Result<Claim, ClaimError> {
    let claim = |zk_controller_epoch, controller_epoch_zk_version| Claim {
        zk_controller_epoch,
        controller_epoch_zk_version,
        migration_zk_version: 0,
        kraft_epoch,
        controller_id,
    };
    let mut fence = controller_epoch_zk_version;
    for _ in 0..ATTEMPTS_MAX {
        let tree = read_control(zk).await.map_err(unavailable)?;
        let (controller_epoch, zk_version) = epoch_of(&tree)?;
        let controller = tree::read_controller(&tree).map_err(ClaimError::Refused)?;
        let is_ours =
            controller.controller_id == Some(controller_id) && controller.kraft_controller_epoch == kraft_epoch.0;
        if is_ours {
            // An earlier attempt of ours whose reply was lost: one leader claims once per epoch.
            return Ok(claim(controller_epoch, zk_version));
        }
        if controller.controller_id.is_some() && controller.kraft_controller_epoch >= kraft_epoch.0 {
            return Err(ClaimError::Superseded { kraft_controller_epoch: controller.kraft_controller_epoch });
        }
        if zk_version != fence {
            return Err(ClaimError::Raced(format!("/controller_epoch has version {zk_version}, not {fence}")));
        }
        let next_epoch = controller_epoch + 1;
        let data = znodes::encode_controller(controller_id, now_ms(), kraft_epoch.0);
        let mut ops = vec![Op::set(znodes::CONTROLLER_EPOCH, znodes::encode_controller_epoch(next_epoch), Some(fence))];
        let in_the_way = tree.zk_version(znodes::CONTROLLER);
        ops.extend(in_the_way.map(|zk_version| Op::delete(znodes::CONTROLLER, Some(zk_version))));
        if zk.creates_in_multi() {
            ops.push(Op::create(znodes::CONTROLLER, data.clone()));
        }
        match zk.multi(ops).await {
            Ok(results) => {
                let OpResult::Set(stat) = &results[0] else { unreachable!("the first operation sets the epoch") };
                fence = stat.zk_version;
            }
            Err(error) if error.failed_op == Some(0) => {
                return Err(ClaimError::Raced("/controller_epoch moved".to_owned()));
            }
            Err(error) if matches!(error.error, ZkError::NotConnected | ZkError::SessionOver | ZkError::Refused(_)) => {
                return Err(unavailable(error.error));
            }
            // `/controller` came or went under the same epoch, or the reply was lost: look again.
            Err(_) => continue,
        }
        if zk.creates_in_multi() {
            return Ok(claim(next_epoch, fence));
        }
        match zk.create(znodes::CONTROLLER, &data, CreateKind::Persistent).await {
            Ok(_) => return Ok(claim(next_epoch, fence)),
            Err(ZkError::NodeExists | ZkError::Unknown(_)) => {}
            Err(error) => return Err(unavailable(error)),
        }
    }
    Err(ClaimError::Raced("/controller kept changing".to_owned()))
}

/// `/migration` under the claim: created if absent, else written over with what it says and who writes now, because its
/// dataVersion is sure only after a write of ours (reads of different znodes are not ordered). Fenced by
/// `/controller_epoch`: a claim that is over must leave nothing in a tree that a broker rules again. Answers with its dataVersion,
/// and with the transaction of the last mark that somebody else left there.
async fn own_migration_znode(zk: &Arc<dyn Zk>, claim: &Claim) -> Result<(i32, Option<i64>), ClaimError> {
    let mut former_mark = None;
    for _ in 0..ATTEMPTS_MAX {
        let [(path, zk_version), _] = fences(claim);
        let fence = Op::Check { path, zk_version };
        let written = match zk.get(znodes::MIGRATION, false).await {
            Ok((data, stat)) => {
                let progress = if data.is_empty() { Ok(znodes::NO_PROGRESS) } else { znodes::decode_migration(&data) };
                let progress =
                    progress.map_err(|problem| ClaimError::Refused(format!("{}: {problem}", znodes::MIGRATION)))?;
                if progress.kraft_controller_epoch != claim.kraft_epoch.0 && progress.kraft_metadata_offset >= 0 {
                    former_mark = Some(stat.mzxid);
                }
                let progress = Progress {
                    kraft_controller_id: claim.controller_id,
                    kraft_controller_epoch: claim.kraft_epoch.0,
                    ..progress
                };
                let data = znodes::encode_migration(&progress);
                zk.multi(vec![fence, Op::set(znodes::MIGRATION, data, Some(stat.zk_version))]).await
            }
            Err(ZkError::NoNode) => create_migration_znode(zk, fence).await,
            Err(error) => return Err(unavailable(error)),
        };
        match written {
            Ok(results) => {
                if let Some(OpResult::Set(stat)) = results.get(1) {
                    return Ok((stat.zk_version, former_mark));
                }
                // Created: the next pass writes it over.
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

async fn create_migration_znode(zk: &Arc<dyn Zk>, fence: Op) -> Result<Vec<OpResult>, MultiError> {
    let data = znodes::encode_migration(&znodes::NO_PROGRESS);
    if zk.creates_in_multi() {
        return zk.multi(vec![fence, Op::create(znodes::MIGRATION, data)]).await;
    }
    let results = zk.multi(vec![fence]).await?;
    zk.create(znodes::MIGRATION, &data, CreateKind::Persistent).await?;
    Ok(results)
}
