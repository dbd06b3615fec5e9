//! A ZooKeeper, as a value (p): znodes with versions and zxids, ephemerals, sequential names, multis that apply all or
//! nothing, one-shot watches. Pure; the plan tests, the store suite and the simulator all run on it.
//!
//! What it leaves out on purpose: ACLs, quotas on bytes, containers, TTLs, reconfiguration, null data (see `znodes`).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use imbl::OrdMap;

use crate::{
    ops::{CreateKind, Op, OpResult, Stat, ZkError},
    tree::Tree,
};

/// A session of the model.
pub type SessionId = i64;

/// A znode of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelNode {
    /// Its data.
    pub data: Vec<u8>,
    /// Its Stat.
    pub stat: Stat,
    /// Counter behind sequential names: every create below this znode advances it.
    children_created: i32,
}

/// What a watch waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WatchKind {
    /// Data, creation or deletion of the znode.
    Data,
    /// Its list of children.
    Children,
}

/// A watch that fired: whose it was, and the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// The session that set it.
    pub session: SessionId,
    /// The watched path.
    pub path: String,
}

/// The tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeModel {
    /// Persistent, because every multi works on a clone.
    nodes: OrdMap<String, ModelNode>,
    watches: BTreeMap<(String, WatchKind), BTreeSet<SessionId>>,
    sessions: BTreeSet<SessionId>,
    sessions_opened: i64,
    zxid: i64,
    now_ms: i64,
    fired: Vec<Fired>,
}

impl Default for TreeModel {
    fn default() -> TreeModel {
        TreeModel::new()
    }
}

impl TreeModel {
    /// A tree with nothing but its root.
    pub fn new() -> TreeModel {
        let root = ModelNode { data: Vec::new(), stat: Stat::default(), children_created: 0 };
        TreeModel {
            nodes: OrdMap::unit("/".to_owned(), root),
            watches: BTreeMap::new(),
            sessions: BTreeSet::new(),
            sessions_opened: 0,
            // Real czxids carry the ZooKeeper epoch in the upper half; broker epochs are expected to look like that.
            zxid: 1 << 32,
            now_ms: 0,
            fired: Vec::new(),
        }
    }

    /// Moves the server's clock, which ctime and mtime are taken from.
    pub fn set_now_ms(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// Opens a session.
    pub fn open_session(&mut self) -> SessionId {
        self.sessions_opened += 1;
        let session = 0x1000_0000_0000 + self.sessions_opened;
        self.sessions.insert(session);
        session
    }

    /// The session lives.
    pub fn is_open(&self, session: SessionId) -> bool {
        self.sessions.contains(&session)
    }

    /// Ends a session: its ephemerals are deleted in one transaction, its watches are dropped.
    pub fn end_session(&mut self, session: SessionId) {
        if !self.sessions.remove(&session) {
            return;
        }
        for watchers in self.watches.values_mut() {
            watchers.remove(&session);
        }
        self.watches.retain(|_, watchers| !watchers.is_empty());
        let owned: Vec<String> = self
            .nodes
            .iter()
            .filter(|(_, node)| node.stat.ephemeral_owner == session)
            .map(|(path, _)| path.clone())
            .collect();
        self.zxid += 1;
        for path in owned {
            self.remove(&path);
        }
    }

    /// The znode at a path.
    pub fn node(&self, path: &str) -> Option<&ModelNode> {
        self.nodes.get(path)
    }

    /// Every znode but the root, by path.
    pub fn nodes(&self) -> impl Iterator<Item = (&String, &ModelNode)> {
        self.nodes.iter().filter(|(path, _)| *path != "/")
    }

    /// Everything in it, as a reader of the whole tree would know it.
    pub fn known(&self) -> Tree {
        let mut tree = Tree::new();
        for (path, node) in self.nodes() {
            tree.insert(path.clone(), node.data.clone(), node.stat);
        }
        tree
    }

    /// Names of a znode's children, sorted; none if it does not exist.
    pub fn children(&self, path: &str) -> Option<Vec<String>> {
        self.nodes.contains_key(path).then(|| child_names(&self.nodes, path).map(str::to_owned).collect())
    }

    /// Sets a one-shot watch.
    pub fn watch(&mut self, session: SessionId, path: &str, kind: WatchKind) {
        self.watches.entry((path.to_owned(), kind)).or_default().insert(session);
    }

    /// Takes the watches that fired since the last call.
    pub fn take_fired(&mut self) -> Vec<Fired> {
        std::mem::take(&mut self.fired)
    }

    /// Applies a multi for a session: all of it, or nothing and the index of what failed.
    pub fn multi(&mut self, session: SessionId, ops: &[Op]) -> Result<Vec<OpResult>, (usize, ZkError)> {
        let mut after = self.clone();
        after.zxid += 1;
        let mut results = Vec::with_capacity(ops.len());
        for (index, op) in ops.iter().enumerate() {
            results.push(after.apply(session, op).map_err(|error| (index, error))?);
        }
        *self = after;
        Ok(results)
    }

    fn apply(&mut self, session: SessionId, op: &Op) -> Result<OpResult, ZkError> {
        match op {
            Op::Check { path, zk_version } => {
                let node = self.nodes.get(path).ok_or(ZkError::NoNode)?;
                expect_version(node, Some(*zk_version))?;
                Ok(OpResult::Checked)
            }
            Op::Create { path, data, kind } => self.create(session, path, data, *kind),
            Op::SetData { path, data, expected } => {
                let (zxid, now_ms) = (self.zxid, self.now_ms);
                let node = self.nodes.get_mut(path).ok_or(ZkError::NoNode)?;
                expect_version(node, *expected)?;
                node.data.clone_from(data);
                node.stat.zk_version += 1;
                node.stat.mzxid = zxid;
                node.stat.mtime_ms = now_ms;
                let stat = node.stat;
                self.fire(path, WatchKind::Data);
                Ok(OpResult::Set(stat))
            }
            Op::Delete { path, expected } => {
                let node = self.nodes.get(path).ok_or(ZkError::NoNode)?;
                expect_version(node, *expected)?;
                if child_names(&self.nodes, path).next().is_some() {
                    return Err(ZkError::NotEmpty);
                }
                self.remove(path);
                Ok(OpResult::Deleted)
            }
        }
    }

    fn create(&mut self, session: SessionId, path: &str, data: &[u8], kind: CreateKind) -> Result<OpResult, ZkError> {
        let parent_path = parent(path).ok_or_else(|| ZkError::Refused(format!("{path:?} is no path")))?.to_owned();
        let parent_node = self.nodes.get_mut(&parent_path).ok_or(ZkError::NoNode)?;
        if parent_node.stat.ephemeral_owner != 0 {
            return Err(ZkError::Refused("an ephemeral znode has no children".to_owned()));
        }
        let path = match kind {
            CreateKind::PersistentSequential => format!("{path}{:010}", parent_node.children_created),
            CreateKind::Persistent | CreateKind::Ephemeral => path.to_owned(),
        };
        if self.nodes.contains_key(&path) {
            return Err(ZkError::NodeExists);
        }
        let parent_node = self.nodes.get_mut(&parent_path).expect("looked up above");
        parent_node.children_created += 1;
        parent_node.stat.children_version += 1;
        let stat = Stat {
            czxid: self.zxid,
            mzxid: self.zxid,
            mtime_ms: self.now_ms,
            ephemeral_owner: if kind == CreateKind::Ephemeral { session } else { 0 },
            ctime_ms: self.now_ms,
            ..Stat::default()
        };
        self.nodes.insert(path.clone(), ModelNode { data: data.to_vec(), stat, children_created: 0 });
        self.fire(&path, WatchKind::Data);
        self.fire(&parent_path, WatchKind::Children);
        Ok(OpResult::Created(path, stat))
    }

    fn remove(&mut self, path: &str) {
        self.nodes.remove(path);
        let parent_path = parent(path).expect("the root is never removed").to_owned();
        if let Some(parent_node) = self.nodes.get_mut(&parent_path) {
            parent_node.stat.children_version += 1;
        }
        self.fire(path, WatchKind::Data);
        self.fire(path, WatchKind::Children);
        self.fire(&parent_path, WatchKind::Children);
    }

    fn fire(&mut self, path: &str, kind: WatchKind) {
        for session in self.watches.remove(&(path.to_owned(), kind)).unwrap_or_default() {
            self.fired.push(Fired { session, path: path.to_owned() });
        }
    }
}

fn expect_version(node: &ModelNode, expected: Option<i32>) -> Result<(), ZkError> {
    match expected {
        Some(zk_version) if zk_version != node.stat.zk_version => Err(ZkError::BadVersion),
        _ => Ok(()),
    }
}

/// The path of a znode's parent; none for the root and for what is no path.
pub fn parent(path: &str) -> Option<&str> {
    if !path.starts_with('/') || path == "/" || path.ends_with('/') && path.len() > 1 {
        return None;
    }
    match path.rfind('/') {
        Some(0) => Some("/"),
        Some(end) => Some(&path[..end]),
        None => None,
    }
}

/// Names of the direct children of `path` in a map from path to anything, sorted.
fn child_names<'a>(nodes: &'a OrdMap<String, ModelNode>, path: &str) -> impl Iterator<Item = &'a str> {
    let prefix = if path == "/" { "/".to_owned() } else { format!("{path}/") };
    let prefix_len = prefix.len();
    nodes
        .range((Bound::Excluded(prefix.clone()), Bound::Unbounded))
        .map(|(child, _)| child.as_str())
        .take_while(move |child| child.starts_with(&prefix))
        .map(move |child| &child[prefix_len..])
        .filter(|name| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> (TreeModel, SessionId) {
        let mut tree = TreeModel::new();
        let session = tree.open_session();
        tree.multi(session, &[Op::create("/a", ""), Op::create("/a/b", "x")]).expect("created");
        (tree, session)
    }

    #[test]
    fn a_failed_multi_changes_nothing_and_names_the_operation() {
        let (mut tree, session) = tree();
        let before = tree.clone();
        let ops = [Op::set("/a/b", "y", Some(0)), Op::set("/a/b", "z", Some(0))];
        assert_eq!(tree.multi(session, &ops), Err((1, ZkError::BadVersion)));
        assert_eq!(tree.multi(session, &[Op::delete("/a", None)]), Err((0, ZkError::NotEmpty)));
        assert_eq!(tree.multi(session, &[Op::create("/a/c/d", "")]), Err((0, ZkError::NoNode)));
        assert_eq!(tree.multi(session, &[Op::create("/a/b", "")]), Err((0, ZkError::NodeExists)));
        assert_eq!(tree, before);
    }

    #[test]
    fn versions_count_data_changes_and_a_recreated_znode_starts_again() {
        let (mut tree, session) = tree();
        tree.multi(session, &[Op::set("/a/b", "1", None), Op::set("/a/b", "2", Some(1))]).expect("set");
        assert_eq!(tree.node("/a/b").expect("there").stat.zk_version, 2);
        let first_czxid = tree.node("/a/b").expect("there").stat.czxid;
        tree.multi(session, &[Op::delete("/a/b", Some(2)), Op::create("/a/b", "")]).expect("recreated");
        let stat = tree.node("/a/b").expect("there").stat;
        assert_eq!(stat.zk_version, 0);
        assert!(stat.czxid > first_czxid);
    }

    #[test]
    fn sequential_names_count_every_create_below_the_parent() {
        let (mut tree, session) = tree();
        let op = Op::Create { path: "/a/n_".to_owned(), data: Vec::new(), kind: CreateKind::PersistentSequential };
        let results = tree.multi(session, &[op.clone(), op]).expect("created");
        let names: Vec<_> = results
            .iter()
            .map(|result| match result {
                OpResult::Created(path, _) => path.as_str(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(names, ["/a/n_0000000001", "/a/n_0000000002"]);
        assert_eq!(tree.children("/a").expect("there"), ["b", "n_0000000001", "n_0000000002"]);
        assert_eq!(tree.children("/").expect("there"), ["a"]);
    }

    #[test]
    fn a_session_s_end_takes_its_ephemerals_and_watches_fire_once() {
        let (mut tree, watcher) = tree();
        let owner = tree.open_session();
        tree.watch(watcher, "/a/e", WatchKind::Data);
        tree.watch(watcher, "/a", WatchKind::Children);
        tree.multi(owner, &[Op::create_ephemeral("/a/e", "")]).expect("created");
        let fired: Vec<_> = tree.take_fired().into_iter().map(|fired| fired.path).collect();
        assert_eq!(fired, ["/a/e", "/a"]);
        tree.watch(watcher, "/a/e", WatchKind::Data);
        tree.end_session(owner);
        assert!(tree.node("/a/e").is_none() && tree.node("/a/b").is_some());
        assert_eq!(tree.take_fired(), [Fired { session: watcher, path: "/a/e".to_owned() }]);
    }

    #[test]
    fn parents() {
        assert_eq!(parent("/a"), Some("/"));
        assert_eq!(parent("/a/b"), Some("/a"));
        assert_eq!((parent("/"), parent("a"), parent("/a/")), (None, None, None));
    }
}
