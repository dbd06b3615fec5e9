//! [`Zk`] on the pure tree model, for tests: sessions of named processes on one [`ModelCluster`], and faults by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::{
    tree_model::{SessionId, TreeModel, WatchKind},
    zk::{CreateKind, MultiError, Op, OpResult, Stat, Zk, ZkConnector, ZkError, ZkEvent, ZkEvents},
};

/// What happens to one write of a process. The next one that touches a path with the prefix is hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// It applies, its reply is lost.
    LoseReply {
        /// Which write.
        path_prefix: String,
    },
    /// It does not apply, and the caller cannot know.
    LoseRequest {
        /// Which write.
        path_prefix: String,
    },
    /// Somebody else sets this znode just before, whatever its version.
    SetBefore {
        /// Which write.
        path_prefix: String,
        /// The znode that is set to its own data.
        path: String,
    },
}

/// An ensemble in memory.
#[derive(Clone, Debug)]
pub struct ModelCluster {
    shared: Arc<Mutex<Shared>>,
    creates_in_multi: bool,
}

#[derive(Debug)]
struct Shared {
    tree: TreeModel,
    available: bool,
    /// Sessions of every process, by process.
    sessions: BTreeMap<SessionId, (i32, mpsc::UnboundedSender<ZkEvent>)>,
    write_faults: BTreeMap<i32, Vec<WriteFault>>,
    /// What somebody else writes right after a process has read a path.
    edits_after_read: BTreeMap<(i32, String), Vec<Op>>,
    /// Session of edits that no process makes.
    outsider: SessionId,
}

impl ModelCluster {
    /// An empty ensemble of a version that takes creates in multis, or of 3.4.
    pub fn new(creates_in_multi: bool) -> ModelCluster {
        let mut tree = TreeModel::new();
        let outsider = tree.open_session();
        let shared = Shared {
            tree,
            available: true,
            sessions: BTreeMap::new(),
            write_faults: BTreeMap::new(),
            edits_after_read: BTreeMap::new(),
            outsider,
        };
        ModelCluster { shared: Arc::new(Mutex::new(shared)), creates_in_multi }
    }

    /// A process's way to the ensemble.
    pub fn connector(&self, process: i32) -> ModelConnector {
        ModelConnector { cluster: self.clone(), process }
    }

    /// The tree as it stands.
    pub fn tree(&self) -> TreeModel {
        self.lock().tree.clone()
    }

    /// A write by somebody who is not under test.
    pub fn outside_write(&self, ops: &[Op]) -> Result<Vec<OpResult>, (usize, ZkError)> {
        let mut shared = self.lock();
        let outsider = shared.outsider;
        let results = shared.tree.multi(outsider, ops);
        shared.tell_watchers();
        results
    }

    /// Hits a process's next write that touches the fault's prefix.
    pub fn fail_write(&self, process: i32, fault: WriteFault) {
        self.lock().write_faults.entry(process).or_default().push(fault);
    }

    /// Makes an outside write right after the process's next read of a path.
    pub fn edit_after_read(&self, process: i32, path: &str, ops: Vec<Op>) {
        self.lock().edits_after_read.insert((process, path.to_owned()), ops);
    }

    /// Ends every session of a process, as the servers do when they hear nothing of it.
    pub fn expire(&self, process: i32) {
        let mut shared = self.lock();
        let ended: Vec<SessionId> =
            shared.sessions.iter().filter(|(_, (owner, _))| *owner == process).map(|(session, _)| *session).collect();
        for session in ended {
            shared.tree.end_session(session);
            if let Some((_, events)) = shared.sessions.remove(&session) {
                let _ = events.send(ZkEvent::SessionOver);
            }
        }
        shared.tell_watchers();
    }

    /// Loses or regains the connection of every process.
    pub fn set_available(&self, available: bool) {
        let mut shared = self.lock();
        shared.available = available;
        for (_, events) in shared.sessions.values() {
            let _ = events.send(ZkEvent::Connected(available));
        }
        shared.tell_watchers();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no holder of the model's lock panics")
    }
}

impl Shared {
    /// Watches fire while connected; what fired while away is told on return.
    fn tell_watchers(&mut self) {
        if !self.available {
            return;
        }
        for fired in self.tree.take_fired() {
            if let Some((_, events)) = self.sessions.get(&fired.session) {
                let _ = events.send(ZkEvent::Changed(fired.path));
            }
        }
    }

    fn ready(&self, session: SessionId) -> Result<(), ZkError> {
        if !self.tree.is_open(session) {
            return Err(ZkError::SessionOver);
        }
        if self.available { Ok(()) } else { Err(ZkError::NotConnected) }
    }

    fn take_fault(&mut self, process: i32, ops: &[Op]) -> Option<WriteFault> {
        let faults = self.write_faults.get_mut(&process)?;
        let paths: BTreeSet<&str> =
            ops.iter().filter(|op| !matches!(op, Op::Check { .. })).map(|op| op.path()).collect();
        let hit = |prefix: &str| paths.iter().any(|path| path.starts_with(prefix));
        let index = faults.iter().position(|fault| match fault {
            WriteFault::LoseReply { path_prefix }
            | WriteFault::LoseRequest { path_prefix }
            | WriteFault::SetBefore { path_prefix, .. } => hit(path_prefix),
        })?;
        Some(faults.remove(index))
    }

    fn edit_after_read(&mut self, process: i32, path: &str) {
        if let Some(ops) = self.edits_after_read.remove(&(process, path.to_owned())) {
            let outsider = self.outsider;
            self.tree.multi(outsider, &ops).expect("an outside edit applies");
            self.tell_watchers();
        }
    }
}

/// One process's way to a [`ModelCluster`].
#[derive(Clone, Debug)]
pub struct ModelConnector {
    cluster: ModelCluster,
    process: i32,
}

#[async_trait]
impl ZkConnector for ModelConnector {
    #[expect(
        clippy::disallowed_methods,
        reason = "holds at most one event per watch that was set, and the session's states"
    )]
    async fn connect(&self) -> Result<(Arc<dyn Zk>, ZkEvents), ZkError> {
        let mut shared = self.cluster.lock();
        if !shared.available {
            return Err(ZkError::NotConnected);
        }
        let session_id = shared.tree.open_session();
        let (sender, events) = mpsc::unbounded_channel();
        shared.sessions.insert(session_id, (self.process, sender));
        let session = ModelSession { cluster: self.cluster.clone(), process: self.process, session_id };
        Ok((Arc::new(session), events))
    }
}

struct ModelSession {
    cluster: ModelCluster,
    process: i32,
    session_id: SessionId,
}

impl ModelSession {
    fn write(&self, ops: &[Op]) -> Result<Vec<OpResult>, MultiError> {
        let mut shared = self.cluster.lock();
        shared.ready(self.session_id)?;
        let fault = shared.take_fault(self.process, ops);
        match &fault {
            Some(WriteFault::LoseRequest { .. }) => return Err(ZkError::Unknown("request lost".to_owned()).into()),
            Some(WriteFault::SetBefore { path, .. }) => {
                let data = shared.tree.node(path).map(|node| node.data.clone()).unwrap_or_default();
                let outsider = shared.outsider;
                shared.tree.multi(outsider, &[Op::set(path, data, None)]).expect("the znode exists");
            }
            Some(WriteFault::LoseReply { .. }) | None => {}
        }
        let results = shared.tree.multi(self.session_id, ops);
        shared.tell_watchers();
        if matches!(fault, Some(WriteFault::LoseReply { .. })) {
            return Err(ZkError::Unknown("reply lost".to_owned()).into());
        }
        results.map_err(|(index, error)| MultiError { failed_op: Some(index), error })
    }
}

#[async_trait]
impl Zk for ModelSession {
    fn session_id(&self) -> i64 {
        self.session_id
    }

    fn creates_in_multi(&self) -> bool {
        self.cluster.creates_in_multi
    }

    async fn get(&self, path: &str, watch: bool) -> Result<(Vec<u8>, Stat), ZkError> {
        let mut shared = self.cluster.lock();
        shared.ready(self.session_id)?;
        let node = shared.tree.node(path).ok_or(ZkError::NoNode)?;
        let answer = (node.data.clone(), node.stat);
        if watch {
            shared.tree.watch(self.session_id, path, WatchKind::Data);
        }
        shared.edit_after_read(self.process, path);
        Ok(answer)
    }

    async fn exists(&self, path: &str, watch: bool) -> Result<Option<Stat>, ZkError> {
        let mut shared = self.cluster.lock();
        shared.ready(self.session_id)?;
        if watch {
            shared.tree.watch(self.session_id, path, WatchKind::Data);
        }
        Ok(shared.tree.node(path).map(|node| node.stat))
    }

    async fn children(&self, path: &str, watch: bool) -> Result<Vec<String>, ZkError> {
        let mut shared = self.cluster.lock();
        shared.ready(self.session_id)?;
        let names = shared.tree.children(path).ok_or(ZkError::NoNode)?;
        if watch {
            shared.tree.watch(self.session_id, path, WatchKind::Children);
        }
        shared.edit_after_read(self.process, path);
        Ok(names)
    }

    async fn multi(&self, ops: Vec<Op>) -> Result<Vec<OpResult>, MultiError> {
        let has_create = ops.iter().any(|op| matches!(op, Op::Create { .. }));
        assert!(self.cluster.creates_in_multi || !has_create, "ZooKeeper 3.4 refuses a create in a multi");
        self.write(&ops)
    }

    async fn create(&self, path: &str, data: &[u8], kind: CreateKind) -> Result<(String, Stat), ZkError> {
        let op = Op::Create { path: path.to_owned(), data: data.to_vec(), kind };
        match self.write(&[op]).map_err(|error| error.error)?.pop() {
            Some(OpResult::Created(path, stat)) => Ok((path, stat)),
            other => unreachable!("a create answers as one: {other:?}"),
        }
    }

    async fn sync(&self) -> Result<(), ZkError> {
        self.cluster.lock().ready(self.session_id)
    }

    async fn close(&self) {
        let mut shared = self.cluster.lock();
        shared.tree.end_session(self.session_id);
        shared.sessions.remove(&self.session_id);
        shared.tell_watchers();
    }
}
