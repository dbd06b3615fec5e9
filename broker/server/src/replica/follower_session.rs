//! The follower's half of an incremental fetch session (KIP-227, Kafka's `FetchSessionHandler`). Pure.
//!
//! A request names only the partitions whose position has changed since the last one, so that a broker with thousands of idle
//! partitions does not send and read all of them in every round. Any doubt ends in a full request, which opens a new session.

use std::collections::BTreeMap;

use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::ErrorCode;

/// Epoch of a request that opens a session, and of its id before the leader has named one.
const INITIAL: i32 = 0;

/// The next request, as far as the session goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SessionRequest {
    pub(super) session_id: i32,
    pub(super) session_epoch: i32,
    /// Partitions to name, in the order given.
    pub(super) named: Vec<TopicIdPartition>,
    /// Partitions that are wanted no more.
    pub(super) forgotten: Vec<TopicIdPartition>,
}

/// A session with one leader, for as long as the connection lives. `S` is what the leader was sent about a partition.
#[derive(Debug)]
pub(super) struct FollowerSession<S> {
    /// 0: none.
    session_id: i32,
    /// 0: the next request is a full one.
    next_epoch: i32,
    sent: BTreeMap<TopicIdPartition, S>,
}

impl<S> Default for FollowerSession<S> {
    fn default() -> FollowerSession<S> {
        FollowerSession { session_id: 0, next_epoch: INITIAL, sent: BTreeMap::new() }
    }
}

impl<S: PartialEq> FollowerSession<S> {
    /// The next request has to name everything.
    pub(super) fn is_new(&self) -> bool {
        self.next_epoch == INITIAL
    }

    /// What to send, so that the leader knows of `changes`: what is wanted from now on, or nothing. The first request of a session
    /// gets everything.
    pub(super) fn request(&mut self, changes: Vec<(TopicIdPartition, Option<S>)>) -> SessionRequest {
        let (session_id, session_epoch) = (self.session_id, self.next_epoch);
        if self.is_new() {
            self.sent.clear();
        }
        let (mut named, mut forgotten) = (Vec::new(), Vec::new());
        for (id, wanted) in changes {
            match wanted {
                Some(wanted) if self.sent.get(&id) == Some(&wanted) => {}
                Some(wanted) => {
                    self.sent.insert(id, wanted);
                    named.push(id);
                }
                None => {
                    if self.sent.remove(&id).is_some() {
                        forgotten.push(id);
                    }
                }
            }
        }
        SessionRequest { session_id, session_epoch, named, forgotten }
    }

    /// What the last request that named a partition said of it.
    pub(super) fn sent(&self, id: TopicIdPartition) -> Option<&S> {
        self.sent.get(&id)
    }

    /// All of these.
    pub(super) fn all_sent(&self) -> impl Iterator<Item = (&TopicIdPartition, &S)> {
        self.sent.iter()
    }

    /// Begins anew with the next request, which names the old session so that the leader can free it.
    pub(super) fn begin_again(&mut self) {
        self.next_epoch = INITIAL;
    }

    /// Takes the answer in: whether it can be used.
    pub(super) fn answered(&mut self, error: ErrorCode, session_id: i32) -> bool {
        match error {
            // No room for a session: full requests go on.
            ErrorCode::NONE if session_id == 0 => {
                (self.session_id, self.next_epoch) = (0, INITIAL);
                true
            }
            ErrorCode::NONE => {
                self.session_id = session_id;
                // The initial epoch means a new session, so it is left out when the count starts over.
                self.next_epoch = self.next_epoch.checked_add(1).unwrap_or(1);
                true
            }
            ErrorCode::FETCH_SESSION_ID_NOT_FOUND => {
                (self.session_id, self.next_epoch) = (0, INITIAL);
                false
            }
            _ => {
                self.begin_again();
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::TopicId;

    use super::*;

    fn id(partition_id: i32) -> TopicIdPartition {
        TopicIdPartition { topic_id: TopicId::from_bytes([1; 16]), partition_id }
    }

    fn at(partition_id: i32, fetch_offset: i64) -> (TopicIdPartition, Option<i64>) {
        (id(partition_id), Some(fetch_offset))
    }

    fn ids(ids: &[TopicIdPartition]) -> Vec<i32> {
        ids.iter().map(|id| id.partition_id).collect()
    }

    #[test]
    fn after_a_full_request_only_changes_are_named() {
        let mut session = FollowerSession::default();
        let full = session.request(vec![at(0, 5), at(1, 5)]);
        assert_eq!((full.session_id, full.session_epoch, ids(&full.named)), (0, 0, vec![0, 1]));
        assert!(session.answered(ErrorCode::NONE, 77));
        let next = session.request(vec![at(0, 5), at(1, 6)]);
        assert_eq!((next.session_id, next.session_epoch, ids(&next.named)), (77, 1, vec![1]));
        assert!(session.answered(ErrorCode::NONE, 77));
        assert_eq!(session.sent(id(1)), Some(&6));
        let nothing = session.request(vec![]);
        assert_eq!((nothing.session_epoch, nothing.named, nothing.forgotten), (2, vec![], vec![]));
    }

    #[test]
    fn partitions_come_and_go() {
        let mut session = FollowerSession::default();
        session.request(vec![at(0, 5), at(1, 5)]);
        session.answered(ErrorCode::NONE, 77);
        let swapped = session.request(vec![(id(0), None), at(2, 0), (id(9), None)]);
        assert_eq!((ids(&swapped.named), ids(&swapped.forgotten)), (vec![2], vec![0]));
        session.answered(ErrorCode::NONE, 77);
        // One that comes back is new to the leader.
        let back = session.request(vec![at(0, 5)]);
        assert_eq!((ids(&back.named), back.forgotten), (vec![0], vec![]));
        assert_eq!(session.all_sent().map(|(id, _)| id.partition_id).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn a_lost_session_begins_again_with_everything() {
        for (error, session_id) in
            [(ErrorCode::FETCH_SESSION_ID_NOT_FOUND, 0), (ErrorCode::INVALID_FETCH_SESSION_EPOCH, 77)]
        {
            let mut session = FollowerSession::default();
            session.request(vec![at(0, 5)]);
            session.answered(ErrorCode::NONE, 77);
            session.request(vec![]);
            assert!(!session.answered(error, 0));
            assert!(session.is_new());
            let again = session.request(vec![at(0, 5)]);
            assert_eq!((again.session_id, again.session_epoch, ids(&again.named)), (session_id, 0, vec![0]));
        }
    }

    #[test]
    fn a_leader_without_room_gets_full_requests() {
        let mut session = FollowerSession::default();
        session.request(vec![at(0, 5)]);
        assert!(session.answered(ErrorCode::NONE, 0));
        assert!(session.is_new() && session.sent(id(0)) == Some(&5), "the answer is still to be taken in");
        assert_eq!(ids(&session.request(vec![at(0, 5)]).named), [0]);
    }
}
