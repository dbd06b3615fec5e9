//! The contract suite's harness on a real ensemble of any version.
#![allow(unreachable_pub, reason = "two test binaries have this module")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kedge_metadata_state::{BrokerId, Delta, Record};
use kedge_metadata_store::{
    MetadataStore,
    suite::{Ability, Fault, Harness},
};
use kedge_real_parts::{TestSite, ZooKeeperEnsemble, ZooKeeperVersion};
use kedge_zookeeper::{
    Ensemble, ZooKeeperStore,
    member::create_top_level,
    plan::{PlanInput, PlanMode, ZNODE_BYTES_MAX, plan},
    tree::{Tree, read_image},
    zk::{CreateKind, MultiError, Op, OpResult, Stat, Zk, ZkConnector, ZkError, ZkEvents},
    znodes,
};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The ensemble that runs now: one version at a time, the next one when a case asks for it.
struct Servers {
    version: ZooKeeperVersion,
    ensemble: ZooKeeperEnsemble,
    n_cases: u32,
}

static SERVERS: Mutex<Option<Servers>> = Mutex::new(None);
static ONE_AT_A_TIME: std::sync::OnceLock<Arc<AsyncMutex<()>>> = std::sync::OnceLock::new();

/// Open sessions, each with the node it belongs to.
type Sessions = Arc<Mutex<Vec<(BrokerId, Arc<dyn Zk>)>>>;

/// One chroot of the one ensemble, by its version's place in [`ZooKeeperVersion::ALL`]. Cases take turns: one of them kills a
/// server.
pub struct Real<const VERSION: usize> {
    pub chroot: String,
    faults: Arc<Mutex<Vec<InjectedFault>>>,
    sessions: Sessions,
    pub outsider: Arc<dyn Zk>,
    killed: Mutex<Option<usize>>,
    _turn: OwnedMutexGuard<()>,
}

#[derive(Clone, Debug, PartialEq)]
enum InjectedFault {
    LoseReply(BrokerId, &'static str),
    LoseRequest(BrokerId, &'static str),
    BumpEpochBefore(BrokerId, &'static str),
    EditAfterListing(BrokerId, Vec<Op>),
}

fn servers<T>(version: ZooKeeperVersion, use_them: impl FnOnce(&mut Servers) -> T) -> T {
    tokio::task::block_in_place(|| {
        let mut servers = SERVERS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        servers.take_if(|servers| servers.version != version);
        use_them(servers.get_or_insert_with(|| {
            let site = TestSite::new("zookeeper-store").expect("a site");
            let ensemble = ZooKeeperEnsemble::start(&site, 3, version).expect("an ensemble");
            Servers { version, ensemble, n_cases: 0 }
        }))
    })
}

/// Writes of somebody who is not under test, in order; on ZooKeeper 3.4 one by one.
pub async fn write_outside(zk: &dyn Zk, ops: Vec<Op>) {
    if zk.creates_in_multi() {
        zk.multi(ops).await.expect("the edit fits the tree");
        return;
    }
    for op in ops {
        match op {
            Op::Create { path, data, kind } => drop(zk.create(&path, &data, kind).await.expect("it fits the tree")),
            op => drop(zk.multi(vec![op]).await.expect("it fits the tree")),
        }
    }
}

#[async_trait]
impl<const VERSION: usize> Harness for Real<VERSION> {
    async fn start() -> Self {
        let turn = ONE_AT_A_TIME.get_or_init(Arc::default).clone().lock_owned().await;
        let chroot = servers(Self::version(), |servers| {
            servers.n_cases += 1;
            servers.ensemble.wait_until_serving(Duration::from_secs(60)).expect("it serves");
            format!("/case-{}", servers.n_cases)
        });
        let (outsider, mut events) = Self::connect(&chroot).await;
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        create_top_level(&*outsider).await.expect("created");
        Real {
            chroot,
            faults: Arc::default(),
            sessions: Arc::default(),
            outsider,
            killed: Mutex::new(None),
            _turn: turn,
        }
    }

    async fn open(&self, node_id: BrokerId) -> Arc<dyn MetadataStore> {
        Arc::new(ZooKeeperStore::open(Arc::new(FaultyConnector {
            ensemble: Self::ensemble(&self.chroot),
            node_id,
            faults: self.faults.clone(),
            sessions: self.sessions.clone(),
            outsider: self.outsider.clone(),
        })))
    }

    fn supports(&self, ability: Ability) -> bool {
        match ability {
            Ability::FollowLeadership => false,
            // On 3.4 a topic is several writes: a lost reply may leave a part of it, which the next election completes.
            Ability::LoseCommitReply => self.outsider.creates_in_multi(),
            _ => true,
        }
    }

    async fn inject(&self, fault: Fault) {
        let inject = |fault| self.faults.lock().expect("no panic").push(fault);
        match fault {
            Fault::LoseCommitReply(node_id) => inject(InjectedFault::LoseReply(node_id, znodes::TOPICS)),
            Fault::LoseCommitRequest(node_id) => inject(InjectedFault::LoseRequest(node_id, znodes::TOPICS)),
            Fault::LoseClaimReply(node_id) => inject(InjectedFault::LoseReply(node_id, znodes::CONTROLLER)),
            Fault::RefuseCommit(node_id) => {
                // On 3.4 the first create goes after its fence was checked; the next check refuses.
                let prefix = if self.outsider.creates_in_multi() { znodes::TOPICS } else { znodes::TOPIC_CONFIGS };
                inject(InjectedFault::BumpEpochBefore(node_id, prefix));
            }
            Fault::ExpireSession(node_id) => self.expire(node_id).await,
            Fault::ForeignEdit(records) => {
                let ops = self.foreign_ops(&records).await;
                write_outside(&*self.outsider, ops).await;
            }
            Fault::ForeignEditDuringLoad(node_id, records) => {
                let ops = self.foreign_ops(&records).await;
                inject(InjectedFault::EditAfterListing(node_id, ops));
            }
            Fault::KillServer => {
                let leader = servers(Self::version(), |servers| {
                    let leader = servers.ensemble.leader_index().unwrap_or(0);
                    servers.ensemble.kill_server(leader);
                    leader
                });
                *self.killed.lock().expect("no panic") = Some(leader);
            }
            Fault::Heal => {
                if let Some(server) = self.killed.lock().expect("no panic").take() {
                    servers(Self::version(), |servers| servers.ensemble.restart_server(server).expect("restarted"));
                }
            }
        }
    }

    async fn depose(&self, ruling: BrokerId) -> BrokerId {
        self.expire(ruling).await;
        ruling % 3 + 1
    }

    fn oversize_bytes(&self) -> usize {
        ZNODE_BYTES_MAX
    }
}

impl<const VERSION: usize> Real<VERSION> {
    fn version() -> ZooKeeperVersion {
        ZooKeeperVersion::ALL[VERSION]
    }

    fn ensemble(chroot: &str) -> Ensemble {
        let connect = servers(Self::version(), |servers| servers.ensemble.connect_string(chroot));
        Ensemble { connect, session_timeout: Duration::from_secs(6) }
    }

    /// A session of its own.
    pub async fn connect(chroot: &str) -> (Arc<dyn Zk>, ZkEvents) {
        let ensemble = Self::ensemble(chroot);
        for _ in 0..100 {
            if let Ok(session) = ensemble.connect().await {
                return session;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no session");
    }

    /// The servers learn of an end at once only if the client says so; to the store it is the same.
    async fn expire(&self, node_id: BrokerId) {
        let ended: Vec<Arc<dyn Zk>> = {
            let mut sessions = self.sessions.lock().expect("no panic");
            let (ended, kept) = sessions.drain(..).partition(|(owner, _)| *owner == node_id);
            *sessions = kept;
            Vec::from_iter(Vec::<(BrokerId, Arc<dyn Zk>)>::into_iter(ended).map(|(_, zk)| zk))
        };
        for zk in ended {
            zk.close().await;
        }
    }

    async fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        let mut paths = vec!["/".to_owned()];
        while let Some(path) = paths.pop() {
            if path != "/" {
                let (data, stat) = self.outsider.get(&path, false).await.expect("it exists");
                tree.insert(path.clone(), data, stat);
            }
            let below = self.outsider.children(&path, false).await.expect("it exists");
            paths.extend(below.into_iter().map(|name| format!("{}/{name}", path.trim_end_matches('/'))));
        }
        tree
    }

    async fn foreign_ops(&self, records: &[Record]) -> Vec<Op> {
        self.outsider.sync().await.expect("connected");
        let shadow = self.tree().await;
        let before = read_image(&shadow).image;
        let mut delta = Delta::new(&before);
        delta.replay_all(records).expect("the edit fits the image");
        let (after, touched) = delta.apply();
        let input = PlanInput {
            before: &before,
            after: &after,
            touched: &touched,
            records,
            shadow: &shadow,
            controller_epoch: 1,
            mode: PlanMode::Authority,
        };
        plan(input).expect("the edit can be planned").stages.into_iter().flatten().flatten().collect()
    }
}

struct FaultyConnector {
    ensemble: Ensemble,
    node_id: BrokerId,
    faults: Arc<Mutex<Vec<InjectedFault>>>,
    sessions: Sessions,
    outsider: Arc<dyn Zk>,
}

#[async_trait]
impl ZkConnector for FaultyConnector {
    async fn connect(&self) -> Result<(Arc<dyn Zk>, ZkEvents), ZkError> {
        let (inner, events) = self.ensemble.connect().await?;
        self.sessions.lock().expect("no panic").push((self.node_id, inner.clone()));
        let (node_id, faults, outsider) = (self.node_id, self.faults.clone(), self.outsider.clone());
        Ok((Arc::new(FaultyZk { inner, node_id, faults, outsider }), events))
    }
}

/// The real session, but for what was injected.
struct FaultyZk {
    inner: Arc<dyn Zk>,
    node_id: BrokerId,
    faults: Arc<Mutex<Vec<InjectedFault>>>,
    outsider: Arc<dyn Zk>,
}

impl FaultyZk {
    fn take(&self, is_hit: impl Fn(&InjectedFault) -> bool) -> Option<InjectedFault> {
        let mut faults = self.faults.lock().expect("no panic");
        let index = faults.iter().position(is_hit)?;
        Some(faults.remove(index))
    }

    /// What happens before a write of these paths reaches the server; an error if it never does.
    async fn before_write(&self, paths: &[&str]) -> Result<Option<InjectedFault>, ZkError> {
        let writes = |prefix: &str| paths.iter().any(|path| path.starts_with(prefix));
        let fault = self.take(|fault| match fault {
            InjectedFault::LoseReply(node_id, prefix)
            | InjectedFault::LoseRequest(node_id, prefix)
            | InjectedFault::BumpEpochBefore(node_id, prefix) => *node_id == self.node_id && writes(prefix),
            InjectedFault::EditAfterListing(..) => false,
        });
        match fault {
            Some(InjectedFault::LoseRequest(..)) => return Err(ZkError::Unknown("request lost".to_owned())),
            Some(InjectedFault::BumpEpochBefore(..)) => {
                let (data, _) = self.outsider.get(znodes::CONTROLLER_EPOCH, false).await.expect("it exists");
                self.outsider.multi(vec![Op::set(znodes::CONTROLLER_EPOCH, data, None)]).await.expect("set");
            }
            _ => {}
        }
        Ok(fault)
    }
}

#[async_trait]
impl Zk for FaultyZk {
    fn session_id(&self) -> i64 {
        self.inner.session_id()
    }

    fn creates_in_multi(&self) -> bool {
        self.inner.creates_in_multi()
    }

    async fn get(&self, path: &str, watch: bool) -> Result<(Vec<u8>, Stat), ZkError> {
        self.inner.get(path, watch).await
    }

    async fn exists(&self, path: &str, watch: bool) -> Result<Option<Stat>, ZkError> {
        self.inner.exists(path, watch).await
    }

    async fn children(&self, path: &str, watch: bool) -> Result<Vec<String>, ZkError> {
        let names = self.inner.children(path, watch).await;
        let is_hit = |fault: &InjectedFault| {
            path == znodes::TOPICS
                && matches!(fault, InjectedFault::EditAfterListing(node_id, _) if *node_id == self.node_id)
        };
        if let Some(InjectedFault::EditAfterListing(_, ops)) = self.take(is_hit) {
            write_outside(&*self.outsider, ops).await;
        }
        names
    }

    async fn multi(&self, ops: Vec<Op>) -> Result<Vec<OpResult>, MultiError> {
        let written: Vec<&str> = ops.iter().filter(|op| !matches!(op, Op::Check { .. })).map(Op::path).collect();
        let fault = self.before_write(&written).await?;
        let results = self.inner.multi(ops).await;
        if matches!(fault, Some(InjectedFault::LoseReply(..))) {
            return Err(ZkError::Unknown("reply lost".to_owned()).into());
        }
        results
    }

    async fn create(&self, path: &str, data: &[u8], kind: CreateKind) -> Result<(String, Stat), ZkError> {
        let fault = self.before_write(&[path]).await?;
        let created = self.inner.create(path, data, kind).await;
        if matches!(fault, Some(InjectedFault::LoseReply(..))) {
            return Err(ZkError::Unknown("reply lost".to_owned()));
        }
        created
    }

    async fn sync(&self) -> Result<(), ZkError> {
        self.inner.sync().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
