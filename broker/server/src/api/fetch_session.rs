//! Incremental fetch sessions (KIP-227): what a client fetches is remembered, so that its next request names only what changed and
//! the answer holds only what is new. Pure; the table is shared by all connections, behind one lock.
//!
//! A request of a session looks at the partitions that it names, at those that have moved since the last look (each session is
//! registered with its partitions as a [`Waiter`]), and at those that were not settled then: it costs what has changed, not what
//! the session holds. Now and then it looks at all of them, which keeps a follower of an idle partition known as caught up.
//!
//! Kafka's rules: at most `max.incremental.fetch.session.cache.slots` sessions; followers are privileged. A session idle for two
//! minutes goes first; else a consumer's goes for a follower's, and one older than two minutes for a larger one. No room means
//! session id 0: the client goes on with full requests. Different: all sessions together hold at most [`PARTITIONS_MAX`]
//! partitions, since a request may name any number of them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use kedge_metadata_state::TimestampMs;
use kedge_protocol::{
    ErrorCode, Uuid,
    messages::{
        FetchRequest,
        fetch_request::{FetchPartition, FetchTopic, ForgottenTopic},
    },
    wire::LazyArray,
};

use crate::replica::Waiter;

/// A session younger than this is not evicted by its like, and one idle for longer is evicted first. Milliseconds, as in Kafka.
const MIN_RESIDENCE_MS: i64 = 120_000;
/// Bound on the partitions of all sessions.
const PARTITIONS_MAX: usize = 1_000_000;
/// "No session".
pub(crate) const NO_SESSION: i32 = 0;
/// Epoch of a request that opens a session.
const INITIAL_EPOCH: i32 = 0;
/// Epoch of a request that wants none, or closes one.
const FINAL_EPOCH: i32 = -1;

/// A partition as the client named it: by topic id from v13 on (the name is empty), by name before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionKey {
    pub(crate) topic_id: Uuid,
    pub(crate) topic_name: String,
    pub(crate) partition_id: i32,
}

/// A partition to fetch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    /// What the request's [`Waiter`] knows it by: its place in the request, or a number of the session.
    pub(crate) number: usize,
    pub(crate) key: SessionKey,
    pub(crate) fetch: FetchPartition,
}

/// What is to be told about a partition, as far as a session cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) has_records: bool,
    /// An error or a divergence: told every time.
    pub(crate) is_exceptional: bool,
    /// There is more than the reader has asked for.
    pub(crate) is_behind: bool,
    pub(crate) high_watermark: i64,
    pub(crate) log_start_offset: i64,
}

/// How a request stands to the session table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// No session.
    Sessionless,
    /// A full request that may open a session.
    Full,
    /// A request of a session, which has moved on to `next_epoch` for it.
    Incremental { session_id: i32, next_epoch: i32 },
}

/// A request that was let in.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) mode: Mode,
    /// What to look at, in the order of fetching.
    pub(crate) wanted: Vec<Wanted>,
    /// Who is told of moves.
    pub(crate) waiter: Arc<Waiter>,
}

#[derive(Debug)]
struct Remembered {
    wanted: Wanted,
    /// The lower, the earlier it is fetched; one that had records goes to the end.
    place: u64,
    /// What the client was told last; −1 for never.
    high_watermark: i64,
    log_start_offset: i64,
}

impl Remembered {
    /// Notes what is told; whether it has to be told at all.
    fn tell(&mut self, outcome: &Outcome) -> bool {
        let is_news = outcome.has_records
            || outcome.is_exceptional
            || self.high_watermark != outcome.high_watermark
            || self.log_start_offset != outcome.log_start_offset;
        // After an error the state is told again, whatever it is.
        self.high_watermark = if outcome.is_exceptional { -1 } else { outcome.high_watermark };
        self.log_start_offset = outcome.log_start_offset;
        is_news
    }
}

#[derive(Debug)]
struct Session {
    /// The epoch of the next request.
    next_epoch: i32,
    uses_topic_ids: bool,
    is_privileged: bool,
    created_ms: TimestampMs,
    last_used_ms: TimestampMs,
    /// None: the next request looks at everything.
    looked_at_all_ms: Option<TimestampMs>,
    partitions: BTreeMap<usize, Remembered>,
    number_of: HashMap<SessionKey, usize>,
    /// What the next request looks at.
    due: BTreeSet<usize>,
    next_number: usize,
    next_place: u64,
    /// Registered with the partitions by their numbers.
    waiter: Arc<Waiter>,
}

impl Session {
    fn len(&self) -> usize {
        self.partitions.len()
    }

    fn upsert(&mut self, mut wanted: Wanted) {
        let number = match self.number_of.get(&wanted.key) {
            Some(number) => {
                wanted.number = *number;
                self.partitions.get_mut(number).expect("every number is taken").wanted = wanted;
                *number
            }
            None => self.push(wanted),
        };
        self.due.insert(number);
    }

    fn push(&mut self, mut wanted: Wanted) -> usize {
        let number = self.next_number;
        self.next_number += 1;
        wanted.number = number;
        self.number_of.insert(wanted.key.clone(), number);
        let place = self.take_place();
        self.partitions.insert(number, Remembered { wanted, place, high_watermark: -1, log_start_offset: -1 });
        self.waiter.follow(number);
        number
    }

    fn take_place(&mut self) -> u64 {
        self.next_place += 1;
        self.next_place
    }

    fn forget(&mut self, key: &SessionKey) {
        if let Some(number) = self.number_of.remove(key) {
            self.partitions.remove(&number);
            self.due.remove(&number);
            self.waiter.forget(number);
        }
    }

    /// What has moved since it was last asked; due from now on.
    fn take_moved(&mut self) -> Vec<usize> {
        let mut moved = self.waiter.take_moved();
        moved.retain(|number| self.partitions.contains_key(number));
        self.due.extend(&moved);
        moved
    }

    /// These partitions, in the order of fetching.
    fn in_order(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<Wanted> {
        let mut found: Vec<&Remembered> =
            numbers.into_iter().filter_map(|number| self.partitions.get(&number)).collect();
        found.sort_unstable_by_key(|remembered| remembered.place);
        found.into_iter().map(|remembered| remembered.wanted.clone()).collect()
    }
}

/// The session table.
#[derive(Debug)]
pub(crate) struct FetchSessions {
    slots: usize,
    /// How often a session's request looks at everything, in milliseconds.
    look_at_all_ms: i64,
    sessions: BTreeMap<i32, Session>,
    partitions_count: usize,
    next_session_id: i32,
    /// Sessions that had to make room.
    pub(crate) evictions: u64,
}

impl FetchSessions {
    /// An empty table of `slots` sessions. Ids start at a place that differs from start to start: a client that comes back with a
    /// session of an earlier process must not meet another client's.
    pub(crate) fn new(slots: usize, seed: u64, look_at_all_ms: i64) -> FetchSessions {
        let next_session_id = (seed & 0x7fff_ffff) as i32;
        let sessions = BTreeMap::new();
        FetchSessions { slots, look_at_all_ms, sessions, partitions_count: 0, next_session_id, evictions: 0 }
    }

    /// Lets the next request of every session look at all of its partitions: something has changed about the readers.
    pub(crate) fn look_at_all(&mut self) {
        self.sessions.values_mut().for_each(|session| session.looked_at_all_ms = None);
    }

    /// Sessions there are, and partitions in them.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.sessions.len(), self.partitions_count)
    }

    /// Takes a request: how it stands to the table, and what it fetches. An error goes to the top of the response.
    pub(crate) fn begin(
        &mut self,
        request: &FetchRequest,
        api_version: i16,
        now_ms: TimestampMs,
    ) -> Result<Begun, ErrorCode> {
        let (session_id, epoch) =
            if api_version < 7 { (NO_SESSION, FINAL_EPOCH) } else { (request.session_id, request.session_epoch) };
        if epoch == INITIAL_EPOCH || epoch == FINAL_EPOCH {
            self.remove(session_id);
            let mode = if epoch == FINAL_EPOCH { Mode::Sessionless } else { Mode::Full };
            return Ok(Begun { mode, wanted: wanted(&request.topics).collect(), waiter: Arc::default() });
        }
        let Some(session) = self.sessions.get_mut(&session_id) else {
            return Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
        };
        if session.uses_topic_ids != (api_version >= 13) {
            return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        }
        if session.next_epoch != epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        let before = session.len();
        for wanted in wanted(&request.topics) {
            session.upsert(wanted);
        }
        for key in forgotten(&request.forgotten_topics_data) {
            session.forget(&key);
        }
        session.next_epoch = next_epoch(epoch);
        session.last_used_ms = now_ms;
        // Whoever still waits for an earlier request of this session has been overtaken.
        session.waiter.interrupt();
        let (mode, len) = (Mode::Incremental { session_id, next_epoch: session.next_epoch }, session.len());
        self.partitions_count = self.partitions_count + len - before;
        if len == 0 {
            self.remove(session_id);
            return Ok(Begun { mode: Mode::Sessionless, wanted: Vec::new(), waiter: Arc::default() });
        }
        if self.partitions_count > PARTITIONS_MAX {
            self.remove(session_id);
            return Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
        }
        let session = self.sessions.get_mut(&session_id).expect("found above");
        session.take_moved();
        if session.looked_at_all_ms.is_none_or(|last_ms| now_ms - last_ms >= self.look_at_all_ms) {
            session.looked_at_all_ms = Some(now_ms);
            session.due = session.partitions.keys().copied().collect();
        }
        let wanted = session.in_order(session.due.iter().copied());
        Ok(Begun { mode, wanted, waiter: session.waiter.clone() })
    }

    /// What has moved of an incremental request that waits; None once a later request of its session was faster.
    pub(crate) fn moved(&mut self, session_id: i32, next_epoch: i32) -> Option<Vec<Wanted>> {
        let session = self.sessions.get_mut(&session_id).filter(|session| session.next_epoch == next_epoch)?;
        let moved = session.take_moved();
        Some(session.in_order(moved))
    }

    /// Takes what a request came to. Returns the session id for the response and, per partition, whether it is told.
    pub(crate) fn finish(
        &mut self,
        mode: Mode,
        waiter: &Arc<Waiter>,
        is_privileged: bool,
        uses_topic_ids: bool,
        results: &[(Wanted, Outcome)],
        now_ms: TimestampMs,
    ) -> Result<(i32, Vec<bool>), ErrorCode> {
        match mode {
            Mode::Sessionless => Ok((NO_SESSION, vec![true; results.len()])),
            Mode::Full => {
                let session_id = self.open(waiter, is_privileged, uses_topic_ids, results, now_ms);
                Ok((session_id, vec![true; results.len()]))
            }
            Mode::Incremental { session_id, next_epoch } => {
                let session = self.sessions.get_mut(&session_id);
                // Another request of the same session was faster: this one's answer would confuse the client.
                let Some(session) = session.filter(|session| session.next_epoch == next_epoch) else {
                    return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
                };
                let mut told = Vec::with_capacity(results.len());
                for (wanted, outcome) in results {
                    let Some(remembered) = session.partitions.get_mut(&wanted.number) else {
                        told.push(true);
                        continue;
                    };
                    told.push(remembered.tell(outcome));
                    if outcome.has_records {
                        session.next_place += 1;
                        remembered.place = session.next_place;
                    }
                    if outcome.is_exceptional || outcome.is_behind {
                        session.due.insert(wanted.number);
                    } else {
                        session.due.remove(&wanted.number);
                    }
                }
                Ok((session_id, told))
            }
        }
    }

    fn open(
        &mut self,
        waiter: &Arc<Waiter>,
        is_privileged: bool,
        uses_topic_ids: bool,
        results: &[(Wanted, Outcome)],
        now_ms: TimestampMs,
    ) -> i32 {
        let has_room = self.sessions.len() < self.slots || self.evict_for(is_privileged, results.len(), now_ms);
        if !has_room || self.partitions_count + results.len() > PARTITIONS_MAX {
            return NO_SESSION;
        }
        let mut session = Session {
            next_epoch: next_epoch(INITIAL_EPOCH),
            uses_topic_ids,
            is_privileged,
            created_ms: now_ms,
            last_used_ms: now_ms,
            looked_at_all_ms: Some(now_ms),
            partitions: BTreeMap::new(),
            number_of: HashMap::new(),
            due: BTreeSet::new(),
            next_number: results.len(),
            next_place: 0,
            waiter: waiter.clone(),
        };
        for (wanted, outcome) in results {
            // A partition that is named twice counts as named last.
            session.forget(&wanted.key);
            session.number_of.insert(wanted.key.clone(), wanted.number);
            let place = session.take_place();
            let mut remembered = Remembered { wanted: wanted.clone(), place, high_watermark: -1, log_start_offset: -1 };
            remembered.tell(outcome);
            session.partitions.insert(wanted.number, remembered);
            if outcome.is_exceptional || outcome.is_behind {
                session.due.insert(wanted.number);
            }
        }
        waiter.keep(session.partitions.keys().copied());
        let session_id = self.new_session_id();
        self.partitions_count += session.len();
        self.sessions.insert(session_id, session);
        session_id
    }

    fn new_session_id(&mut self) -> i32 {
        loop {
            let session_id = self.next_session_id;
            self.next_session_id = session_id.checked_add(1).unwrap_or(1);
            if session_id > NO_SESSION && !self.sessions.contains_key(&session_id) {
                return session_id;
            }
        }
    }

    /// Makes room for a session of `partitions` partitions, if one is less worth keeping.
    fn evict_for(&mut self, is_privileged: bool, partitions: usize, now_ms: TimestampMs) -> bool {
        let oldest = self.sessions.iter().min_by_key(|(session_id, session)| (session.last_used_ms, **session_id));
        let stale = oldest.filter(|(_, session)| now_ms - session.last_used_ms > MIN_RESIDENCE_MS);
        let victim = stale.map(|(session_id, _)| *session_id).or_else(|| {
            let is_evictable = |session: &Session| {
                let is_settled = now_ms - session.created_ms > MIN_RESIDENCE_MS;
                is_settled || (is_privileged && !session.is_privileged)
            };
            let evictable = self.sessions.iter().filter(|(_, session)| is_evictable(session));
            let least = evictable.min_by_key(|(id, session)| (session.is_privileged, session.len(), **id));
            let is_worth_less =
                |session: &Session| (session.is_privileged, session.len()) <= (is_privileged, partitions);
            least.filter(|(_, session)| is_worth_less(session)).map(|(session_id, _)| *session_id)
        });
        let Some(victim) = victim else { return false };
        self.remove(victim);
        self.evictions += 1;
        true
    }

    fn remove(&mut self, session_id: i32) {
        if let Some(session) = self.sessions.remove(&session_id) {
            self.partitions_count -= session.len();
        }
    }
}

/// Epochs go 0 (open), 1, 2, … and from 2³¹−1 back to 1.
fn next_epoch(epoch: i32) -> i32 {
    epoch.checked_add(1).unwrap_or(1)
}

fn wanted(topics: &[FetchTopic]) -> impl Iterator<Item = Wanted> + '_ {
    let named = topics.iter().flat_map(|topic| topic.partitions.iter().map(move |fetch| (topic, fetch)));
    named.enumerate().map(|(number, (topic, fetch))| Wanted {
        number,
        key: SessionKey { topic_id: topic.topic_id, topic_name: topic.topic.clone(), partition_id: fetch.partition },
        fetch: fetch.clone(),
    })
}

fn forgotten(topics: &LazyArray<ForgottenTopic>) -> impl Iterator<Item = SessionKey> + '_ {
    topics.iter().flat_map(|topic| {
        let key = |partition_id: &i32| SessionKey {
            topic_id: topic.topic_id,
            topic_name: topic.topic.clone(),
            partition_id: *partition_id,
        };
        topic.partitions.iter().map(key).collect::<Vec<_>>()
    })
}

#[cfg(test)]
#[path = "fetch_session_tests.rs"]
mod tests;
