//! The follower's half of an incremental fetch session (KIP-227, Kafka's `FetchSessionHandler`). Pure.
//!
//! A request names only the partitions whose position has changed since the last one, so that a broker with thousands of idle
//! partitions does not send and read all of them in every round. Any doubt ends in a full request, which opens a new session.

use std::collections::BTreeMap;

use kedge_metadata_state::TopicIdPartition;
use kedge_protocol::ErrorCode;

use super::partition::FollowPosition;

/// Epoch of a request that opens a session, and of its id before the leader has named one.
const INITIAL: i32 = 0;

/// What the leader knows of a partition of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) leader_epoch: i32,
    pub(super) position: FollowPosition,
}

/// The next request, as far as the session goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SessionRequest {
    pub(super) session_id: i32,
    pub(super) session_epoch: i32,
    /// Which of the wanted partitions are named, in the order given.
    pub(super) named: Vec<bool>,
    /// Partitions that are wanted no more.
    pub(super) forgotten: Vec<TopicIdPartition>,
}

/// A session with one leader, for as long as the connection lives.
#[derive(Debug, Default)]
pub(super) struct FollowerSession {
    /// 0: none.
    session_id: i32,
    /// 0: the next request is a full one.
    next_epoch: i32,
    sent: BTreeMap<TopicIdPartition, Sent>,
}

impl FollowerSession {
    /// What to send, so that the leader knows all of `wanted`.
    pub(super) fn request(&mut self, wanted: &[(TopicIdPartition, Sent)]) -> SessionRequest {
        let (session_id, session_epoch) = (self.session_id, self.next_epoch);
        let mut forgotten = Vec::new();
        if session_epoch == INITIAL {
            self.sent.clear();
        } else if wanted.len() < self.sent.len() || wanted.iter().any(|(id, _)| !self.sent.contains_key(id)) {
            let still: BTreeMap<TopicIdPartition, Sent> = wanted.iter().copied().collect();
            forgotten = self.sent.keys().filter(|id| !still.contains_key(id)).copied().collect();
            self.sent.retain(|id, _| still.contains_key(id));
        }
        let named = wanted.iter().map(|(id, sent)| self.sent.insert(*id, *sent) != Some(*sent)).collect();
        SessionRequest { session_id, session_epoch, named, forgotten }
    }

    /// Takes the answer in: whether it can be used.
    pub(super) fn answered(&mut self, error: ErrorCode, session_id: i32) -> bool {
        match error {
            // No room for a session: full requests go on.
            ErrorCode::NONE if session_id == 0 => {
                *self = FollowerSession::default();
                true
            }
            ErrorCode::NONE => {
                self.session_id = session_id;
                // The initial epoch means a new session, so it is left out when the count starts over.
                self.next_epoch = self.next_epoch.checked_add(1).unwrap_or(1);
                true
            }
            ErrorCode::FETCH_SESSION_ID_NOT_FOUND => {
                *self = FollowerSession::default();
                false
            }
            // The old session is named, so that the leader can free it.
            _ => {
                self.next_epoch = INITIAL;
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

    fn at(partition_id: i32, fetch_offset: i64) -> (TopicIdPartition, Sent) {
        let position = FollowPosition { fetch_offset, last_fetched_epoch: 0, log_start_offset: 0 };
        (id(partition_id), Sent { leader_epoch: 0, position })
    }

    #[test]
    fn after_a_full_request_only_changes_are_named() {
        let mut session = FollowerSession::default();
        let full = session.request(&[at(0, 5), at(1, 5)]);
        assert_eq!((full.session_id, full.session_epoch, full.named), (0, 0, vec![true, true]));
        assert!(session.answered(ErrorCode::NONE, 77));
        let next = session.request(&[at(0, 5), at(1, 6)]);
        assert_eq!((next.session_id, next.session_epoch, next.named), (77, 1, vec![false, true]));
        assert!(session.answered(ErrorCode::NONE, 77));
        let nothing = session.request(&[at(0, 5), at(1, 6)]);
        assert_eq!((nothing.session_epoch, nothing.named, nothing.forgotten), (2, vec![false, false], vec![]));
    }

    #[test]
    fn partitions_come_and_go() {
        let mut session = FollowerSession::default();
        session.request(&[at(0, 5), at(1, 5)]);
        session.answered(ErrorCode::NONE, 77);
        let swapped = session.request(&[at(1, 5), at(2, 0)]);
        assert_eq!((swapped.named, swapped.forgotten), (vec![false, true], vec![id(0)]));
        session.answered(ErrorCode::NONE, 77);
        // One that comes back is new to the leader.
        let back = session.request(&[at(0, 5), at(1, 5), at(2, 0)]);
        assert_eq!((back.named, back.forgotten), (vec![true, false, false], vec![]));
        session.answered(ErrorCode::NONE, 77);
        let fewer = session.request(&[at(2, 0)]);
        assert_eq!((fewer.named, fewer.forgotten), (vec![false], vec![id(0), id(1)]));
    }

    #[test]
    fn a_lost_session_begins_again_with_everything() {
        for (error, session_id) in
            [(ErrorCode::FETCH_SESSION_ID_NOT_FOUND, 0), (ErrorCode::INVALID_FETCH_SESSION_EPOCH, 77)]
        {
            let mut session = FollowerSession::default();
            session.request(&[at(0, 5)]);
            session.answered(ErrorCode::NONE, 77);
            session.request(&[at(0, 5)]);
            assert!(!session.answered(error, 0));
            let again = session.request(&[at(0, 5)]);
            assert_eq!((again.session_id, again.session_epoch, again.named), (session_id, 0, vec![true]));
        }
    }

    #[test]
    fn a_leader_without_room_gets_full_requests() {
        let mut session = FollowerSession::default();
        session.request(&[at(0, 5)]);
        assert!(session.answered(ErrorCode::NONE, 0));
        assert_eq!(session.request(&[at(0, 5)]).named, [true]);
    }
}
