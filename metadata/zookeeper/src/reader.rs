//! Reading the tree through a session: many reads in flight, watches first, and what a refresh of single paths needs.

use std::{collections::BTreeSet, sync::Arc};

use tokio::task::JoinSet;

use crate::{
    tree::Tree,
    zk::{Stat, Zk, ZkError},
    znodes::{self, TopicZnode},
};

/// Reads in flight at once.
const READS_IN_FLIGHT: usize = 256;

/// Which paths have a watch that has not fired yet. A path is armed before, or by, the read it belongs to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Armed(BTreeSet<String>);

impl Armed {
    /// The watch of a path was spent.
    pub(crate) fn fired(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// A new session has no watches.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// One read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    /// Data of a znode that may be absent; watched: changes, deletion, and creation if absent.
    Get { path: String, watched: bool },
    /// Children of a znode that may be absent.
    Children { path: String, watched: bool },
}

enum Answer {
    Data(Option<(Vec<u8>, Stat)>),
    Children(Option<Vec<String>>),
}

/// A session, and the paths it watches.
pub(crate) struct Reader<'a> {
    pub(crate) zk: &'a Arc<dyn Zk>,
    /// None: nothing is watched.
    pub(crate) armed: Option<&'a mut Armed>,
}

impl Reader<'_> {
    /// The whole tree, watches armed before or by the first read of each path. What is watched is what Kafka's controller
    /// watches; a `state` is watched only while it does not exist.
    pub(crate) async fn read_all(&mut self) -> Result<Tree, ZkError> {
        self.zk.sync().await?;
        let mut tree = Tree::new();
        let parents = [
            znodes::BROKER_IDS,
            znodes::TOPICS,
            znodes::CONFIG_CHANGES,
            znodes::DELETE_TOPICS,
            znodes::ISR_NOTICES,
            znodes::LOG_DIR_NOTICES,
        ];
        let mut reads: Vec<Read> = parents.into_iter().map(children_watched).collect();
        reads.extend([znodes::TOPIC_CONFIGS, znodes::BROKER_CONFIGS, znodes::DELEGATION_TOKENS].map(children));
        let watched = [znodes::CONTROLLER, znodes::REASSIGN_PARTITIONS, znodes::PREFERRED_ELECTION];
        reads.extend(watched.into_iter().map(|path| get_watched(path.to_owned())));
        let unwatched = [
            znodes::CONTROLLER_EPOCH,
            znodes::CLUSTER_ID,
            znodes::PRODUCER_ID_BLOCK,
            znodes::FEATURE,
            znodes::MIGRATION,
        ];
        reads.extend(unwatched.into_iter().map(|path| get(path.to_owned())));
        let lists = self.run(&mut tree, reads).await?;

        let mut reads = Vec::new();
        let mut topics = Vec::new();
        for (parent, names) in lists {
            for name in names {
                let path = format!("{parent}/{name}");
                match parent.as_str() {
                    znodes::TOPICS => topics.push(name),
                    znodes::BROKER_IDS => reads.push(get_watched(path)),
                    _ => reads.push(get(path)),
                }
            }
        }
        self.run(&mut tree, reads).await?;
        self.read_topics(&mut tree, &topics).await?;
        for parent in [znodes::USER_CONFIGS, znodes::CLIENT_CONFIGS, znodes::IP_CONFIGS].into_iter().chain(znodes::ACLS)
        {
            self.walk(&mut tree, parent).await?;
        }
        Ok(tree)
    }

    /// Topics with everything that hangs below them, into the tree in place of what it held.
    pub(crate) async fn read_topics(&mut self, tree: &mut Tree, topic_names: &[String]) -> Result<(), ZkError> {
        for name in topic_names {
            tree.remove_below(&znodes::topic_path(name));
        }
        let mut reads: Vec<Read> = topic_names.iter().map(|name| get_watched(znodes::topic_path(name))).collect();
        reads.extend(topic_names.iter().map(|name| children(&znodes::partitions_path(name))));
        let lists = self.run(tree, reads).await?;
        let mut reads = Vec::new();
        for (parent, partition_ids) in lists {
            for partition_id in partition_ids {
                let path = format!("{parent}/{partition_id}");
                tree.insert(path.clone(), Vec::new(), Stat::default());
                reads.push(get(format!("{path}/state")));
            }
        }
        self.run(tree, reads).await?;

        // A partition without a state is about to get one from its controller: that is worth a watch.
        let mut reads = Vec::new();
        for name in topic_names {
            let Some(node) = tree.get(&znodes::topic_path(name)) else { continue };
            let Ok(znode) = TopicZnode::decode(&node.data) else { continue };
            let state_paths = znode.replicas.keys().map(|partition_id| znodes::state_path(name, *partition_id));
            reads.extend(state_paths.filter(|path| !tree.contains(path)).map(get_watched));
        }
        self.run(tree, reads).await?;
        for name in topic_names {
            let found: Vec<String> = tree.below(&znodes::partitions_path(name));
            for path in found.iter().filter_map(|path| path.strip_suffix("/state")) {
                if !tree.contains(path) {
                    tree.insert(path, Vec::new(), Stat::default());
                }
            }
        }
        Ok(())
    }

    /// Single znodes, into the tree in place of what it held. The flag says whether each is watched.
    pub(crate) async fn read_paths(&mut self, tree: &mut Tree, paths: &[(String, bool)]) -> Result<(), ZkError> {
        let reads = paths.iter().map(|(path, watched)| Read::Get { path: path.clone(), watched: *watched }).collect();
        self.run(tree, reads).await.map(drop)
    }

    /// Names of a znode's children; empty if it does not exist. Watched.
    pub(crate) async fn list(&mut self, path: &str) -> Result<Vec<String>, ZkError> {
        let lists = self.run(&mut Tree::new(), vec![children_watched(path)]).await?;
        Ok(lists.into_iter().next().map(|(_, names)| names).unwrap_or_default())
    }

    /// Everything below a path, unwatched.
    pub(crate) async fn walk(&mut self, tree: &mut Tree, path: &str) -> Result<(), ZkError> {
        let mut level = vec![path.to_owned()];
        while !level.is_empty() {
            let lists = self.run(&mut Tree::new(), level.iter().map(|path| children(path)).collect()).await?;
            level = lists
                .iter()
                .flat_map(|(parent, names)| names.iter().map(move |name| format!("{parent}/{name}")))
                .collect();
            self.run(tree, level.iter().cloned().map(get).collect()).await?;
        }
        Ok(())
    }

    /// Runs reads, many at once. Data goes into the tree (absent znodes are removed from it), lists are returned.
    async fn run(&mut self, tree: &mut Tree, reads: Vec<Read>) -> Result<Vec<(String, Vec<String>)>, ZkError> {
        let mut lists = Vec::new();
        let mut pending = reads.into_iter();
        let mut running = JoinSet::new();
        loop {
            while running.len() < READS_IN_FLIGHT
                && let Some(mut read) = pending.next()
            {
                self.arm(&mut read);
                let zk = self.zk.clone();
                running.spawn(async move {
                    let answer = one_read(&*zk, &read).await;
                    (read, answer)
                });
            }
            let Some(finished) = running.join_next().await else { break };
            let (read, answer) = finished.expect("a read does not panic and is not cancelled");
            let path = match read {
                Read::Get { path, .. } | Read::Children { path, .. } => path,
            };
            match answer {
                Ok(Answer::Data(Some((data, stat)))) => tree.insert(path, data, stat),
                Ok(Answer::Data(None)) => tree.remove(&path),
                Ok(Answer::Children(Some(mut names))) => {
                    tree_parent(tree, &path);
                    names.sort();
                    lists.push((path, names));
                }
                Ok(Answer::Children(None)) => {}
                Err(error) => {
                    // Whether the watches of what was in flight stand is unknown; arming again is harmless.
                    if let Some(armed) = &mut self.armed {
                        armed.clear();
                    }
                    return Err(error);
                }
            }
        }
        lists.sort();
        Ok(lists)
    }

    /// A path that is armed already is read without a second watch.
    fn arm(&mut self, read: &mut Read) {
        if let Read::Get { path, watched } | Read::Children { path, watched } = read
            && *watched
        {
            *watched = self.armed.as_mut().is_some_and(|armed| armed.0.insert(path.clone()));
        }
    }
}

/// A znode whose children were listed exists.
fn tree_parent(tree: &mut Tree, path: &str) {
    if !tree.contains(path) {
        tree.insert(path, Vec::new(), Stat::default());
    }
}

async fn one_read(zk: &dyn Zk, read: &Read) -> Result<Answer, ZkError> {
    match read {
        Read::Children { path, watched } => match zk.children(path, *watched).await {
            Ok(names) => Ok(Answer::Children(Some(names))),
            Err(ZkError::NoNode) => Ok(Answer::Children(None)),
            Err(error) => Err(error),
        },
        Read::Get { path, watched } => loop {
            match zk.get(path, *watched).await {
                Ok(found) => return Ok(Answer::Data(Some(found))),
                Err(ZkError::NoNode) if !*watched => return Ok(Answer::Data(None)),
                Err(ZkError::NoNode) => {
                    // Absent: watch for its creation; if it was created in between, read it after all.
                    if zk.exists(path, true).await?.is_none() {
                        return Ok(Answer::Data(None));
                    }
                }
                Err(error) => return Err(error),
            }
        },
    }
}

fn get(path: String) -> Read {
    Read::Get { path, watched: false }
}

fn get_watched(path: String) -> Read {
    Read::Get { path, watched: true }
}

fn children(path: &str) -> Read {
    Read::Children { path: path.to_owned(), watched: false }
}

fn children_watched(path: &str) -> Read {
    Read::Children { path: path.to_owned(), watched: true }
}
