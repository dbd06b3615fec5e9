//! Scenes of a group's life, written down line by line: what is asked, what is answered, what is written.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use kedge_protocol::ErrorCode;

use super::{
    super::core::{CommitRequest, Core, Effect, JoinRequest, Reply, Settings, SyncRequest, WaiterId, Write},
    offset, settings, shown,
};

/// A core with one group `g`, driven by hand.
struct Scene {
    core: Core,
    now_ms: i64,
    next_waiter: u64,
    who: BTreeMap<WaiterId, String>,
    writes: VecDeque<Write>,
    next_record: i64,
    text: String,
}

impl Scene {
    fn new(settings: Settings) -> Scene {
        Scene {
            core: Core::new(settings),
            now_ms: 0,
            next_waiter: 0,
            who: BTreeMap::new(),
            writes: VecDeque::new(),
            next_record: 0,
            text: String::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn waiter(&mut self, who: &str) -> WaiterId {
        self.next_waiter += 1;
        self.who.insert(WaiterId(self.next_waiter), who.to_owned());
        WaiterId(self.next_waiter)
    }

    /// Writes down what came of an event.
    fn settle(&mut self) {
        for effect in self.core.take_effects() {
            let line = match effect {
                Effect::Reply(waiter, reply) => {
                    let who = self.who.remove(&waiter).expect("a request is answered once");
                    format!("    {who} <- {}", answer(&reply))
                }
                Effect::Write(write) => {
                    let records: Vec<String> = write.records.iter().map(shown).collect();
                    self.writes.push_back(write);
                    format!("    write {}", records.join("; "))
                }
            };
            self.line(&line);
        }
        let state = self.core.describe("g").map_or("none", |group| group.state.name());
        let line = format!("    ({state})");
        self.line(&line);
    }

    fn join_as(&mut self, who: &str, request: JoinRequest) {
        self.line(&format!("{who} joins as {:?}", request.member_id));
        let waiter = self.waiter(who);
        self.core.join(self.now_ms, request, waiter);
        self.settle();
    }

    fn join(&mut self, who: &str, member_id: &str) {
        self.join_as(who, join_request(who, member_id));
    }

    fn sync(&mut self, member_id: &str, generation_id: i32, assignments: &[(&str, &'static str)]) {
        self.line(&format!("{member_id} syncs generation {generation_id}"));
        let waiter = self.waiter(member_id);
        let given =
            |(member_id, value): &(&str, &'static str)| ((*member_id).to_owned(), Bytes::from_static(value.as_bytes()));
        let request = SyncRequest {
            group_id: "g".to_owned(),
            generation_id,
            member_id: member_id.to_owned(),
            assignments: assignments.iter().map(given).collect(),
            ..Default::default()
        };
        self.core.sync(self.now_ms, request, waiter);
        self.settle();
    }

    fn heartbeat(&mut self, member_id: &str, generation_id: i32) {
        let code = self.core.heartbeat(self.now_ms, "g", generation_id, member_id, None);
        self.line(&format!("{member_id} beats in generation {generation_id}: {}", code.name()));
        self.settle();
    }

    fn leave(&mut self, member_id: &str) {
        let codes = self.core.leave(self.now_ms, "g", &[(member_id.to_owned(), None)]);
        self.line(&format!("{member_id} leaves: {}", codes[0].name()));
        self.settle();
    }

    fn commit(&mut self, member_id: &str, generation_id: i32, partition: i32, committed_offset: i64) {
        self.line(&format!("{member_id:?} commits {committed_offset} in generation {generation_id}"));
        let waiter = self.waiter("commit");
        let request = CommitRequest {
            group_id: "g".to_owned(),
            generation_id,
            member_id: member_id.to_owned(),
            offsets: vec![(("t".to_owned(), partition), offset(committed_offset, self.now_ms))],
            ..Default::default()
        };
        self.core.commit(self.now_ms, request, waiter);
        self.settle();
    }

    fn stored(&mut self) {
        self.end_write(Ok(()));
    }

    fn end_write(&mut self, result: Result<(), ErrorCode>) {
        let write = self.writes.pop_front().expect("a write is under way");
        self.line(&format!("the write ends: {result:?}"));
        let first = self.next_record;
        self.next_record += write.records.len() as i64;
        self.core.written(self.now_ms, write.then, result.map(|()| first));
        self.settle();
    }

    fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
        self.line(&format!("{ms} ms pass"));
        self.core.tick(self.now_ms);
        self.settle();
    }

    /// Two members `a` (leader) and `b`, stable in generation 1.
    fn stable_pair(settings: Settings) -> Scene {
        let mut scene = Scene::new(settings);
        scene.join("a", "");
        scene.join("b", "");
        scene.wait(3_000);
        scene.wait(3_000);
        scene.sync("b", 1, &[]);
        scene.sync("a", 1, &[("a", "p0"), ("b", "p1")]);
        scene.stored();
        scene.text.clear();
        scene
    }
}

fn join_request(who: &str, member_id: &str) -> JoinRequest {
    JoinRequest {
        group_id: "g".to_owned(),
        member_id: member_id.to_owned(),
        fresh_member_id: who.to_owned(),
        client_id: who.to_owned(),
        client_host: "/127.0.0.1".to_owned(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), Bytes::from_static(b"subscription"))],
        requires_known_member_id: false,
    }
}

fn answer(reply: &Reply) -> String {
    match reply {
        Reply::Join(join) if !join.error.is_none() => format!("join {} {:?}", join.error.name(), join.member_id),
        Reply::Join(join) => {
            let members: Vec<&str> = join.members.iter().map(|member| member.member_id.as_str()).collect();
            let protocol = join.protocol_name.as_deref().unwrap_or("none");
            format!(
                "join generation {} leader {} protocol {protocol} members {members:?}",
                join.generation_id, join.leader
            )
        }
        Reply::Sync(sync) => format!("sync {} {:?}", sync.error.name(), sync.assignment),
        Reply::Commit(codes) => {
            format!("commit {}", codes.iter().map(|code| code.name()).collect::<Vec<_>>().join(", "))
        }
        Reply::Delete(code) => format!("delete {}", code.name()),
    }
}

#[test]
fn two_members_form_a_group() {
    let mut scene = Scene::new(settings());
    let known = |who: &str, id: &str| JoinRequest { requires_known_member_id: true, ..join_request(who, id) };
    scene.join_as("a", known("a", ""));
    scene.join_as("a", known("a", "a"));
    scene.wait(1_000);
    scene.join("b", "");
    scene.wait(2_000);
    scene.wait(3_000);
    scene.sync("b", 1, &[]);
    scene.heartbeat("b", 1);
    scene.sync("a", 1, &[("a", "p0"), ("b", "p1")]);
    scene.stored();
    scene.sync("b", 1, &[]);
    scene.heartbeat("a", 1);
    scene.commit("a", 1, 0, 42);
    scene.stored();
    insta::assert_snapshot!(scene.text);
}

#[test]
fn a_member_leaves_and_the_other_takes_over() {
    let mut scene = Scene::stable_pair(settings());
    scene.leave("a");
    scene.heartbeat("b", 1);
    scene.commit("b", 1, 1, 5);
    scene.stored();
    scene.join("b", "b");
    scene.commit("b", 2, 1, 6);
    scene.sync("b", 2, &[("b", "p0 p1")]);
    scene.stored();
    scene.leave("b");
    scene.stored();
    scene.leave("b");
    insta::assert_snapshot!(scene.text);
}

#[test]
fn a_silent_member_is_dropped() {
    let mut scene = Scene::stable_pair(settings());
    scene.wait(6_000);
    scene.heartbeat("a", 1);
    scene.wait(4_000);
    scene.heartbeat("b", 1);
    scene.join("a", "a");
    insta::assert_snapshot!(scene.text);
}

#[test]
fn a_member_that_does_not_rejoin_or_sync_in_time_is_dropped() {
    let mut scene = Scene::stable_pair(settings());
    scene.join("c", "");
    for _ in 0..9 {
        scene.wait(6_000);
        scene.heartbeat("b", 1);
        scene.join("a", "a");
    }
    scene.wait(6_000);
    scene.line("-- generation 2 without b; its leader a never syncs");
    scene.sync("c", 2, &[]);
    for _ in 0..10 {
        scene.wait(6_000);
        scene.heartbeat("a", 2);
    }
    scene.join("c", "c");
    insta::assert_snapshot!(scene.text);
}

#[test]
fn an_assignment_that_cannot_be_stored_is_not_handed_out() {
    let mut scene = Scene::new(Settings { initial_rebalance_delay_ms: 0, ..settings() });
    scene.join("a", "");
    scene.sync("a", 1, &[("a", "p0")]);
    scene.end_write(Err(ErrorCode::NOT_ENOUGH_REPLICAS));
    scene.join("a", "a");
    scene.sync("a", 2, &[("a", "p0")]);
    scene.join("b", "");
    scene.line("-- generation 2 is over before its record is in the log");
    scene.stored();
    insta::assert_snapshot!(scene.text);
}

#[test]
fn refusals() {
    let mut scene = Scene::new(settings());
    scene.join("a", "unknown");
    scene.join_as("a", JoinRequest { session_timeout_ms: 5_999, ..join_request("a", "") });
    scene.join_as("a", JoinRequest { protocols: Vec::new(), ..join_request("a", "") });
    scene.commit("a", 1, 0, 1);
    scene.sync("a", 1, &[]);
    scene.heartbeat("a", 1);
    scene.leave("a");
    scene.line("-- with two members");
    let mut pair = Scene::stable_pair(Settings { max_size: 2, ..settings() });
    pair.join("c", "");
    pair.join_as("c", JoinRequest { protocol_type: "connect".to_owned(), ..join_request("c", "a") });
    pair.sync("a", 2, &[]);
    pair.heartbeat("a", 2);
    pair.commit("", -1, 0, 1);
    pair.commit("a", 0, 0, 1);
    pair.core.delete_group(pair.now_ms, "g", WaiterId(999));
    pair.who.insert(WaiterId(999), "admin".to_owned());
    pair.settle();
    insta::assert_snapshot!(scene.text + &pair.text);
}

#[test]
fn a_pending_member_id_lapses() {
    let mut scene = Scene::new(settings());
    scene.join_as("a", JoinRequest { requires_known_member_id: true, ..join_request("a", "") });
    scene.wait(9_999);
    scene.wait(1);
    scene.join("a", "a");
    insta::assert_snapshot!(scene.text);
}

#[test]
fn a_repeated_join_is_answered_as_the_first() {
    let mut scene = Scene::stable_pair(settings());
    scene.line("-- a follower asks again: nothing changes; the leader asks again: a new round");
    scene.join("b", "b");
    scene.join("a", "a");
    scene.join("a", "a");
    scene.join("b", "b");
    scene.join("b", "b");
    insta::assert_snapshot!(scene.text);
}

#[test]
fn simple_consumers_commit_expire_and_are_deleted() {
    let mut scene = Scene::new(settings());
    scene.commit("", -1, 0, 10);
    scene.stored();
    scene.commit("", -1, 1, 20);
    scene.line("-- deleted while a commit is under way");
    let admin = scene.waiter("admin");
    scene.core.delete_group(scene.now_ms, "g", admin);
    scene.settle();
    scene.commit("", -1, 1, 21);
    scene.stored();
    scene.stored();
    scene.line("-- again, until it expires");
    scene.commit("", -1, 0, 30);
    scene.stored();
    let day_ms = 24 * 3_600_000;
    scene.core.expire_offsets(0, 7 * day_ms - 1);
    scene.settle();
    scene.core.expire_offsets(0, 7 * day_ms);
    scene.settle();
    insta::assert_snapshot!(scene.text);
}

#[test]
fn offsets_of_a_deleted_topic_go() {
    let mut scene = Scene::stable_pair(settings());
    scene.commit("a", 1, 0, 7);
    scene.stored();
    scene.core.delete_topics(scene.now_ms, &BTreeSet::from(["other".to_owned()]));
    scene.settle();
    scene.core.delete_topics(scene.now_ms, &BTreeSet::from(["t".to_owned()]));
    scene.settle();
    assert_eq!(scene.core.offsets("g").map(BTreeMap::len), Some(0));
    insta::assert_snapshot!(scene.text);
}

#[test]
fn too_much_metadata_is_refused_for_its_partition_alone() {
    let mut scene = Scene::new(settings());
    let waiter = scene.waiter("commit");
    let mut wordy = offset(1, 0);
    wordy.metadata = "seventeen letters".to_owned();
    let offsets = vec![(("t".to_owned(), 0), wordy), (("t".to_owned(), 1), offset(2, 0))];
    let request = CommitRequest { group_id: "g".to_owned(), generation_id: -1, offsets, ..Default::default() };
    scene.core.commit(0, request, waiter);
    scene.settle();
    scene.stored();
    insta::assert_snapshot!(scene.text);
}

/// A live group keeps the offsets of what it subscribes, however old.
#[test]
fn offsets_of_a_stable_group_expire_only_for_unsubscribed_topics() {
    let mut scene = Scene::new(Settings { initial_rebalance_delay_ms: 0, ..settings() });
    // ConsumerProtocolSubscription v0: one topic `t`, no user data.
    let subscription = Bytes::from_static(b"\0\0\0\0\0\x01\0\x01t\xff\xff\xff\xff");
    let request = JoinRequest { protocols: vec![("range".to_owned(), subscription)], ..join_request("a", "") };
    scene.join_as("a", request);
    scene.sync("a", 1, &[("a", "p0")]);
    scene.stored();
    scene.commit("a", 1, 0, 1);
    scene.stored();
    let waiter = scene.waiter("commit");
    let offsets = vec![(("other".to_owned(), 0), offset(2, 0))];
    let (group_id, member_id) = ("g".to_owned(), "a".to_owned());
    let request = CommitRequest { group_id, generation_id: 1, member_id, offsets, ..Default::default() };
    scene.core.commit(0, request, waiter);
    scene.settle();
    scene.stored();
    scene.line("-- eight days later");
    scene.core.expire_offsets(0, 8 * 24 * 3_600_000);
    scene.settle();
    insta::assert_snapshot!(scene.text);
}
