//! Writes to the tree that were not the mirror's, while a quorum rules it (p).
//!
//! The mirror knows what it read and what it wrote. What it finds otherwise the next time it reads is somebody else's: an old
//! tool with `--zookeeper`, a shell. Three things are told apart from that:
//!
//! - a write of its own whose answer was lost: the znode holds what that write would have left;
//! - what never was the mirror's: registrations, notices, and who rules;
//! - what a former leader wrote and did not mark in `/migration` any more: the first repair of a new leader counts a znode
//!   only if it changed after that mark and holds what no mirror writes, such as a topic without an id. So a well-formed
//!   config that somebody wrote between the last listing of one leader and the claim of the next is put right unnamed.

use std::collections::{BTreeMap, BTreeSet};

use kedge_metadata_state::{
    TimestampMs,
    sidecar::{ForeignWrite, TreeChange},
};

use crate::{
    ops::Op,
    plan::Plan,
    tree::{Tree, ZNode},
    znodes::{self, TopicZnode},
};

/// Most writes that wait to be told; beyond it they are only repaired.
const FOUND_MAX: usize = 1_000;
/// What others write by right, and what the claim itself is about.
const NOT_WATCHED: [&str; 8] = [
    znodes::BROKER_IDS,
    "/brokers/seqid",
    znodes::CONFIG_CHANGES,
    znodes::ISR_NOTICES,
    znodes::LOG_DIR_NOTICES,
    znodes::CONTROLLER,
    znodes::CONTROLLER_EPOCH,
    znodes::MIGRATION,
];

/// What the mirror remembers to tell foreign writes by. See the module.
#[derive(Debug, Default)]
pub(crate) struct ForeignWatch {
    /// dataVersion of `/controller_epoch` of the claim that the rest holds for.
    claim_zk_version: Option<i32>,
    /// The tree was read under this claim, so that the next read can be compared with it.
    has_baseline: bool,
    /// mzxid of `/migration` as the former leader left it, until the first repair.
    former_mark: Option<i64>,
    /// What writes without a known outcome may have left; none for a znode that is gone.
    in_doubt: BTreeMap<String, BTreeSet<Option<Vec<u8>>>>,
    found: Vec<ForeignWrite>,
}

impl ForeignWatch {
    /// A claim holds. One that was only made sure of again changes nothing.
    pub(crate) fn claimed(&mut self, claim_zk_version: i32, former_mark: Option<i64>) {
        if self.claim_zk_version != Some(claim_zk_version) {
            self.forget();
            self.claim_zk_version = Some(claim_zk_version);
            self.former_mark = former_mark;
        }
    }

    /// Others may have mirrored since: nothing that is known can be compared with.
    pub(crate) fn forget(&mut self) {
        *self = ForeignWatch { found: std::mem::take(&mut self.found), ..ForeignWatch::default() };
    }

    /// A plan was not executed to its end: each of its writes may have applied.
    pub(crate) fn doubt(&mut self, plan: &Plan) {
        for op in plan.stages.iter().flatten().flatten() {
            let left = match op {
                Op::Create { data, .. } | Op::SetData { data, .. } => Some(data.clone()),
                Op::Delete { .. } => None,
                Op::Check { .. } => continue,
            };
            self.in_doubt.entry(op.path().to_owned()).or_default().insert(left);
        }
    }

    /// The tree was read anew. `before` is what it held by all that the mirror knew.
    pub(crate) fn compare(&mut self, before: &Tree, now: &Tree, now_ms: TimestampMs) {
        let in_doubt = std::mem::take(&mut self.in_doubt);
        if self.claim_zk_version.is_none() || !std::mem::replace(&mut self.has_baseline, true) {
            return;
        }
        let is_own = |path: &str, node: Option<&ZNode>| {
            in_doubt.get(path).is_some_and(|left| left.contains(&node.map(|node| node.data.clone())))
        };
        let mut found = Vec::new();
        for (path, node) in now.iter().filter(|(path, _)| is_watched(path)) {
            let change = match before.get(path) {
                None => TreeChange::Created,
                Some(known) if differs(known, node) => TreeChange::Changed,
                Some(_) => continue,
            };
            if !is_own(path, Some(node)) {
                found.push(foreign_write(path, change, Some(node), now_ms));
            }
        }
        for (path, _) in before.iter().filter(|(path, _)| is_watched(path)) {
            if !now.contains(path) && !is_own(path, None) {
                found.push(foreign_write(path, TreeChange::Deleted, None, now_ms));
            }
        }
        self.add(found);
    }

    /// Looks once, before the first repair of a claim, at what is to be repaired: whether somebody wrote it after the
    /// former leader's last mark.
    pub(crate) fn look_at_first_repair(&mut self, plan: &Plan, shadow: &Tree, now_ms: TimestampMs) {
        let Some(mark) = self.former_mark.take() else { return };
        let paths: BTreeSet<&str> = plan.stages.iter().flatten().flatten().map(Op::path).collect();
        let present = paths.into_iter().filter_map(|path| shadow.get(path).map(|node| (path, node)));
        let is_foreign = |path: &str, node: &ZNode| node.stat.mzxid > mark && is_no_mirror_s(path, &node.data);
        let foreign = present.filter(|(path, node)| is_foreign(path, node)).map(|(path, node)| {
            let change = if node.stat.czxid > mark { TreeChange::Created } else { TreeChange::Changed };
            foreign_write(path, change, Some(node), now_ms)
        });
        let foreign = foreign.collect();
        self.add(foreign);
    }

    /// Something waits to be told.
    pub(crate) fn has_found(&self) -> bool {
        !self.found.is_empty()
    }

    /// What was taken and could not be told yet.
    pub(crate) fn put_back(&mut self, untold: Vec<ForeignWrite>) {
        self.found.splice(..0, untold);
    }

    /// What was found since the last call.
    pub(crate) fn take(&mut self) -> Vec<ForeignWrite> {
        std::mem::take(&mut self.found)
    }

    /// A subtree that came or went as a whole is one write, named by its top.
    fn add(&mut self, found: Vec<ForeignWrite>) {
        let tops: BTreeSet<(String, TreeChange)> =
            found.iter().map(|write| (write.path.clone(), write.change)).collect();
        let is_top = |write: &ForeignWrite| {
            let mut above = write.path.as_str();
            while let Some((parent, _)) = above.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()) {
                if write.change != TreeChange::Changed && tops.contains(&(parent.to_owned(), write.change)) {
                    return false;
                }
                above = parent;
            }
            true
        };
        let room = FOUND_MAX.saturating_sub(self.found.len());
        self.found.extend(found.iter().filter(|write| is_top(write)).take(room).cloned());
    }
}

fn is_watched(path: &str) -> bool {
    let is_at_or_below =
        |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !NOT_WATCHED.into_iter().any(is_at_or_below)
}

/// A document that a mirror never writes.
fn is_no_mirror_s(path: &str, data: &[u8]) -> bool {
    let name_below = |parent: &str| path.strip_prefix(parent).and_then(|rest| rest.strip_prefix('/'));
    if let Some(name) = name_below(znodes::TOPICS) {
        return !name.contains('/') && TopicZnode::decode(data).is_ok_and(|topic| topic.topic_id.is_none());
    }
    let is_config = [znodes::TOPIC_CONFIGS, znodes::BROKER_CONFIGS].into_iter().any(|it| name_below(it).is_some());
    is_config && znodes::decode_config(data).is_ok_and(|config| znodes::encode_config(&config) != data)
}

/// Of a znode that was listed, or created by a multi, only data and dataVersion are sure.
fn differs(known: &ZNode, now: &ZNode) -> bool {
    let is_another = known.stat.czxid > 0 && now.stat.czxid > 0 && known.stat.czxid != now.stat.czxid;
    is_another || known.stat.zk_version != now.stat.zk_version || known.data != now.data
}

fn foreign_write(path: &str, change: TreeChange, node: Option<&ZNode>, now_ms: TimestampMs) -> ForeignWrite {
    let mzxid = node.map(|node| node.stat.mzxid).filter(|mzxid| *mzxid > 0);
    let at = node.map(|node| node.stat.mtime_ms).filter(|mtime_ms| *mtime_ms > 0).unwrap_or(now_ms);
    ForeignWrite { path: path.to_owned(), change, mzxid, at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ops::Stat, plan::Multi};

    fn tree(nodes: &[(&str, &str, i32, i64)]) -> Tree {
        let mut tree = Tree::new();
        for (path, data, zk_version, mzxid) in nodes {
            let stat = Stat { zk_version: *zk_version, mzxid: *mzxid, mtime_ms: *mzxid * 10, ..Stat::default() };
            tree.insert(*path, data.as_bytes().to_vec(), stat);
        }
        tree
    }

    fn shown(watch: &mut ForeignWatch) -> Vec<String> {
        let line = |write: ForeignWrite| format!("{write} at {}", write.at);
        watch.take().into_iter().map(line).collect()
    }

    fn watching() -> ForeignWatch {
        let mut watch = ForeignWatch::default();
        watch.claimed(7, None);
        watch.compare(&Tree::new(), &tree(&[("/config/topics/a", "1", 0, 5)]), 1);
        assert!(!watch.has_found(), "the first read under a claim is what the next is compared with");
        watch
    }

    #[test]
    fn what_is_found_otherwise_than_known_is_somebody_else_s() {
        let mut watch = watching();
        let before = tree(&[
            ("/config/topics/a", "1", 0, 5),
            ("/config/topics/b", "1", 3, 6),
            ("/brokers/topics/gone", "x", 0, 2),
            ("/brokers/topics/gone/partitions", "", 0, 2),
            ("/brokers/ids/1", "x", 0, 2),
            ("/controller_epoch", "1", 1, 2),
        ]);
        let now = tree(&[
            ("/config/topics/a", "2", 1, 9),
            ("/config/topics/b", "1", 3, 6),
            ("/brokers/topics/new", "y", 0, 8),
            ("/brokers/topics/new/partitions", "", 0, 0),
            ("/brokers/topics/new-er", "y", 0, 8),
            ("/brokers/ids/1", "x", 0, 11),
            ("/controller_epoch", "2", 2, 12),
            ("/config/changes/config_change_0000000001", "", 0, 12),
        ]);
        watch.compare(&before, &now, 1_000);
        insta::assert_snapshot!(shown(&mut watch).join("\n"), @r"
        /brokers/topics/new created, mzxid 0x8 at 80
        /brokers/topics/new-er created, mzxid 0x8 at 80
        /config/topics/a changed, mzxid 0x9 at 90
        /brokers/topics/gone deleted at 1000
        ");
        watch.compare(&now, &now, 2_000);
        assert!(!watch.has_found());
    }

    #[test]
    fn an_own_write_whose_answer_was_lost_is_no_foreign_one() {
        let mut watch = watching();
        let before = tree(&[("/config/topics/a", "1", 0, 5), ("/config/topics/b", "1", 0, 5)]);
        let multi: Multi = vec![
            Op::set("/config/topics/a", "2", Some(0)),
            Op::delete("/config/topics/b", None),
            Op::create("/config/topics/c", "3"),
        ];
        watch.doubt(&Plan { stages: vec![vec![multi.clone()]] });
        let now = tree(&[("/config/topics/a", "2", 1, 9), ("/config/topics/c", "3", 0, 9)]);
        watch.compare(&before, &now, 1);
        assert!(!watch.has_found(), "{:?}", watch.take());
        // Something else in its place is.
        watch.doubt(&Plan { stages: vec![vec![multi]] });
        watch.compare(&before, &tree(&[("/config/topics/a", "9", 1, 9)]), 1);
        assert_eq!(shown(&mut watch), ["/config/topics/a changed, mzxid 0x9 at 90"]);
    }

    #[test]
    fn another_claim_begins_anew_and_looks_once_behind_the_last_mark() {
        let mut watch = watching();
        watch.claimed(7, Some(20));
        assert!(watch.has_baseline && watch.former_mark.is_none(), "the same claim, made sure of again");
        watch.claimed(8, Some(20));
        let now = tree(&[
            ("/brokers/topics/late", r#"{"version":1,"partitions":{"0":[1]}}"#, 4, 21),
            ("/brokers/topics/lag", r#"{"version":1,"partitions":{"0":[1]}}"#, 4, 19),
            ("/config/topics/spaced", r#"{ "version":1,"config":{}}"#, 4, 22),
            // As a mirror writes it: it may be what the former leader did last.
            ("/config/topics/formed", r#"{"version":1,"config":{"a":"b"}}"#, 4, 23),
            ("/brokers/topics/a/partitions/0/state", "", 4, 22),
        ]);
        watch.compare(&Tree::new(), &now, 1);
        assert!(!watch.has_found());
        let repair = now.iter().map(|(path, _)| Op::set(path.clone(), "", None)).collect();
        let plan = Plan { stages: vec![vec![repair]] };
        watch.look_at_first_repair(&plan, &now, 1);
        let expected =
            ["/brokers/topics/late changed, mzxid 0x15 at 210", "/config/topics/spaced changed, mzxid 0x16 at 220"];
        assert_eq!(shown(&mut watch), expected);
        watch.look_at_first_repair(&plan, &now, 1);
        assert!(!watch.has_found());
    }
}
