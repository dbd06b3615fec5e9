//! Members, commits, deletions, failing writes, time and reloads in random order, from seeds. At every step:
//!
//! - within a generation all members hear of one leader and one protocol, and only the leader gets the member list;
//! - a member only ever gets the assignment that the leader made for it in that very generation;
//! - every answer comes once, and nothing waits for ever;
//! - what is in memory is what a fresh load of the log would find: no acknowledged offset is lost.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use kedge_protocol::{ErrorCode, batch::BatchBuilder};

use super::{
    super::{
        core::{CommitRequest, Core, Effect, JoinRequest, Reply, Settings, SyncRequest, Then, WaiterId, Write},
        records::Loader,
    },
    offset, settings,
};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

#[derive(Debug)]
enum Parked {
    Join(usize),
    Sync { client: usize, member_id: String, generation_id: i32 },
    Commit { partition: i32, committed_offset: i64 },
    Delete,
}

#[derive(Debug, Default)]
struct Client {
    member_id: String,
    generation_id: i32,
    /// Of the last JoinGroup answer; empty for followers.
    members: Vec<String>,
    is_parked: bool,
}

struct World {
    random: Random,
    core: Core,
    now_ms: i64,
    clients: Vec<Client>,
    next_waiter: u64,
    parked: BTreeMap<WaiterId, Parked>,
    writes: VecDeque<Write>,
    log: Vec<u8>,
    log_end: i64,
    next_commit: i64,
    /// Leader and protocol by generation, since the last reload.
    generations: BTreeMap<i32, (String, Option<String>)>,
    answered: usize,
    assigned: usize,
}

impl World {
    fn new(seed: u64) -> World {
        let settings = Settings { max_size: 4, ..settings() };
        World {
            random: Random(seed),
            core: Core::new(settings),
            now_ms: 0,
            clients: (0..5).map(|_| Client::default()).collect(),
            next_waiter: 0,
            parked: BTreeMap::new(),
            writes: VecDeque::new(),
            log: Vec::new(),
            log_end: 0,
            next_commit: 0,
            generations: BTreeMap::new(),
            answered: 0,
            assigned: 0,
        }
    }

    fn park(&mut self, parked: Parked) -> WaiterId {
        self.next_waiter += 1;
        self.parked.insert(WaiterId(self.next_waiter), parked);
        WaiterId(self.next_waiter)
    }

    fn step(&mut self) {
        let client = self.random.below(self.clients.len() as u64) as usize;
        match self.random.below(100) {
            0..30 if !self.clients[client].is_parked => self.join(client),
            30..50 if !self.clients[client].is_parked => self.sync(client),
            50..60 => self.commit(client),
            60..63 => {
                let member_id = self.clients[client].member_id.clone();
                self.core.leave(self.now_ms, "g", &[(member_id, None)]);
            }
            63..72 => {
                let Client { member_id, generation_id, .. } = &self.clients[client];
                self.core.heartbeat(self.now_ms, "g", *generation_id, member_id, None);
            }
            72..85 => self.end_write(),
            85..97 => {
                self.now_ms += self.random.below(4_000) as i64;
                self.core.tick(self.now_ms);
            }
            97 => {
                let waiter = self.park(Parked::Delete);
                self.core.delete_group(self.now_ms, "g", waiter);
            }
            98 => self.core.expire_offsets(self.now_ms, self.now_ms + 8 * 24 * 3_600_000),
            99 if self.random.below(4) == 0 => self.reload(),
            _ => {}
        }
        self.settle();
    }

    fn join(&mut self, client: usize) {
        let waiter = self.park(Parked::Join(client));
        self.clients[client].is_parked = true;
        let metadata = Bytes::from(vec![self.random.below(3) as u8]);
        let protocol = ["range", "sticky"][self.random.below(2) as usize];
        let mut protocols = vec![(protocol.to_owned(), metadata.clone()), ("common".to_owned(), metadata)];
        if self.random.below(2) == 0 {
            protocols.reverse();
        }
        let request = JoinRequest {
            group_id: "g".to_owned(),
            member_id: self.clients[client].member_id.clone(),
            fresh_member_id: format!("m{}", waiter.0),
            session_timeout_ms: 6_000 + self.random.below(10_000) as i32,
            rebalance_timeout_ms: 1_000 + self.random.below(20_000) as i32,
            protocol_type: "consumer".to_owned(),
            protocols,
            requires_known_member_id: self.random.below(2) == 0,
            ..Default::default()
        };
        self.core.join(self.now_ms, request, waiter);
    }

    fn sync(&mut self, client: usize) {
        let Client { member_id, generation_id, members, .. } = &self.clients[client];
        let (member_id, generation_id) = (member_id.clone(), *generation_id);
        let assignments =
            members.iter().map(|member| (member.clone(), Bytes::from(format!("{generation_id} {member}")))).collect();
        self.clients[client].is_parked = true;
        let waiter = self.park(Parked::Sync { client, member_id: member_id.clone(), generation_id });
        let group_id = "g".to_owned();
        let request = SyncRequest { group_id, generation_id, member_id, assignments, ..Default::default() };
        self.core.sync(self.now_ms, request, waiter);
    }

    fn commit(&mut self, client: usize) {
        self.next_commit += 1;
        let (partition, committed_offset) = (self.random.below(3) as i32, self.next_commit);
        let waiter = self.park(Parked::Commit { partition, committed_offset });
        let is_simple = self.random.below(4) == 0;
        let request = CommitRequest {
            group_id: "g".to_owned(),
            generation_id: if is_simple { -1 } else { self.clients[client].generation_id },
            member_id: if is_simple { String::new() } else { self.clients[client].member_id.clone() },
            offsets: vec![(("t".to_owned(), partition), offset(committed_offset, self.now_ms))],
            ..Default::default()
        };
        self.core.commit(self.now_ms, request, waiter);
    }

    /// The oldest write ends, mostly well. Tombstones nobody waits for always do: failing, they leave in the log what the next
    /// coordinator drops again.
    fn end_write(&mut self) {
        let Some(write) = self.writes.pop_front() else { return };
        let result = if write.then != Then::Nothing && self.random.below(8) == 0 {
            Err(ErrorCode::NOT_ENOUGH_REPLICAS)
        } else {
            let mut batch = BatchBuilder::new(self.log_end);
            for record in &write.records {
                batch.append(0, Some(&record.key), record.value.as_deref(), &[]);
            }
            self.log.extend_from_slice(&batch.build());
            let base_offset = self.log_end;
            self.log_end += write.records.len() as i64;
            Ok(base_offset)
        };
        self.core.written(self.now_ms, write.then, result);
    }

    fn load(&self) -> Loader {
        let mut loader = Loader::default();
        let errors = loader.load(&Bytes::copy_from_slice(&self.log));
        assert!(errors.is_empty(), "{errors:?}");
        loader
    }

    /// Another broker takes over: what was parked or being written is gone, and clients go on with what they know.
    fn reload(&mut self) {
        self.settle();
        self.parked.clear();
        self.writes.clear();
        self.generations.clear();
        self.clients.iter_mut().for_each(|client| client.is_parked = false);
        let settings = Settings { max_size: 4, ..settings() };
        self.core = Core::with_groups(settings, self.load().finish(), self.now_ms);
    }

    fn settle(&mut self) {
        for effect in self.core.take_effects() {
            match effect {
                Effect::Write(write) => self.writes.push_back(write),
                Effect::Reply(waiter, reply) => {
                    let parked = self.parked.remove(&waiter).expect("an answer comes once");
                    self.answered += 1;
                    self.hear(parked, reply);
                }
            }
        }
    }

    fn hear(&mut self, parked: Parked, reply: Reply) {
        match (parked, reply) {
            (Parked::Join(index), Reply::Join(join)) => {
                let client = &mut self.clients[index];
                client.is_parked = false;
                match join.error {
                    ErrorCode::NONE => {
                        let agreed = (join.leader.clone(), join.protocol_name.clone());
                        let known = self.generations.entry(join.generation_id).or_insert_with(|| agreed.clone());
                        assert_eq!(*known, agreed, "two truths about generation {}", join.generation_id);
                        assert!(join.members.is_empty() || join.leader == join.member_id);
                        client.member_id = join.member_id;
                        client.generation_id = join.generation_id;
                        client.members = join.members.into_iter().map(|member| member.member_id).collect();
                    }
                    ErrorCode::MEMBER_ID_REQUIRED => client.member_id = join.member_id,
                    ErrorCode::UNKNOWN_MEMBER_ID => client.member_id.clear(),
                    _ => {}
                }
            }
            (Parked::Sync { client, member_id, generation_id }, Reply::Sync(sync)) => {
                self.clients[client].is_parked = false;
                // A leader that gives a member nothing, because it was told of nobody, gives it an empty assignment.
                if sync.error.is_none() && !sync.assignment.is_empty() {
                    assert_eq!(sync.assignment, Bytes::from(format!("{generation_id} {member_id}")));
                    self.assigned += 1;
                }
            }
            (Parked::Commit { partition, committed_offset }, Reply::Commit(codes)) => {
                if codes == [ErrorCode::NONE] {
                    let offsets = self.core.offsets("g");
                    let present = offsets.and_then(|offsets| offsets.get(&("t".to_owned(), partition)));
                    let is_being_deleted = offsets.is_none();
                    assert!(
                        is_being_deleted || present.is_some_and(|present| present.committed_offset == committed_offset),
                        "{committed_offset} was acknowledged, {present:?} is there"
                    );
                }
            }
            (Parked::Delete, Reply::Delete(_)) => {}
            (parked, reply) => panic!("{parked:?} was answered with {reply:?}"),
        }
    }

    /// With no write under way memory and log agree.
    fn check_against_log(&mut self) {
        while !self.writes.is_empty() {
            self.end_write();
            self.settle();
        }
        let loaded = self.load().finish();
        let in_log = loaded.get("g").map(|group| group.offsets.clone()).unwrap_or_default();
        let in_memory = self.core.offsets("g").cloned().unwrap_or_default();
        assert_eq!(in_memory, in_log);
    }
}

#[test]
fn random_members_never_disagree_and_offsets_survive() {
    let (mut answered, mut assigned) = (0, 0);
    for seed in 0..200 {
        let mut world = World::new(seed);
        for step in 0..600 {
            world.step();
            if step % 50 == 0 {
                world.check_against_log();
            }
        }
        world.check_against_log();
        // Left alone, everybody is heard: rounds end, sessions end, nothing is parked for ever.
        for _ in 0..50 {
            world.now_ms += 60_000;
            world.core.tick(world.now_ms);
            world.settle();
            world.check_against_log();
        }
        assert!(world.parked.is_empty(), "seed {seed}: {:?}", world.parked);
        (answered, assigned) = (answered + world.answered, assigned + world.assigned);
    }
    // The walk is worth something only if groups really form.
    assert!(answered > 10_000 && assigned > 200, "{answered} answers, {assigned} assignments");
}
