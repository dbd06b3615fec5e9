//! What waits for one broker: requests in order, or one marker that says "everything" when they are too many.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use kedge_metadata_state::{Image, TopicId, TopicIdPartition, image::BrokerRegistration};
use kedge_protocol::messages::{
    StopReplicaRequest, UpdateMetadataRequest,
    stop_replica_request::{StopReplicaPartitionState, StopReplicaTopicState},
    update_metadata_request::UpdateMetadataTopicState,
};
use tokio::sync::Notify;

use super::plan::{self, LEADER_DURING_DELETE, PushRequest, Pusher};

/// Requests that may wait for a broker.
pub const QUEUED_REQUESTS_MAX: usize = 256;
/// Partition states in all waiting requests together.
pub const QUEUED_STATES_MAX: usize = 200_000;

/// What waits for one broker.
#[derive(Debug, Default)]
pub struct Mailbox {
    inbox: Mutex<Inbox>,
    posted: Notify,
}

#[derive(Debug, Default)]
struct Inbox {
    requests: VecDeque<PushRequest>,
    states: usize,
    /// Requests were given up: the broker is to be sent everything, and this.
    missed: Option<Missed>,
}

/// What the present image no longer shows of requests that were given up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Missed {
    /// Deletion marks by topic id.
    marks: BTreeMap<TopicId, UpdateMetadataTopicState>,
    /// Replicas to delete.
    deletes: BTreeMap<TopicIdPartition, (String, StopReplicaPartitionState)>,
}

/// The next thing to do for a broker.
#[derive(Debug, PartialEq)]
pub enum Mail {
    /// Send this.
    Request(PushRequest),
    /// Send everything, and what was missed beyond it.
    Everything(Missed),
}

impl Mailbox {
    /// Adds requests in order. Too many become the marker.
    pub fn post(&self, requests: Vec<PushRequest>) {
        let mut inbox = self.lock();
        for request in requests {
            match &mut inbox.missed {
                Some(missed) => missed.keep(request),
                None => {
                    inbox.states += states(&request);
                    inbox.requests.push_back(request);
                }
            }
        }
        if inbox.requests.len() > QUEUED_REQUESTS_MAX || inbox.states > QUEUED_STATES_MAX {
            let mut missed = Missed::default();
            inbox.requests.drain(..).for_each(|request| missed.keep(request));
            inbox.states = 0;
            inbox.missed = Some(missed);
        }
        drop(inbox);
        self.posted.notify_one();
    }

    /// The next thing to do; waits for one. One caller at a time.
    pub async fn next(&self) -> Mail {
        loop {
            if let Some(mail) = self.take() {
                return mail;
            }
            self.posted.notified().await;
        }
    }

    fn take(&self) -> Option<Mail> {
        let mut inbox = self.lock();
        if let Some(missed) = inbox.missed.take() {
            return Some(Mail::Everything(missed));
        }
        let request = inbox.requests.pop_front()?;
        inbox.states -= states(&request);
        Some(Mail::Request(request))
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn states(request: &PushRequest) -> usize {
    match request {
        PushRequest::LeaderAndIsr(request) => {
            request.topic_states.iter().map(|topic| topic.partition_states.len()).sum()
        }
        PushRequest::UpdateMetadata(request) => {
            request.topic_states.iter().map(|topic| topic.partition_states.len()).sum()
        }
        PushRequest::StopReplica { request, .. } => {
            request.topic_states.iter().map(|topic| topic.partition_states.len()).sum()
        }
    }
}

impl Missed {
    fn keep(&mut self, request: PushRequest) {
        match request {
            PushRequest::LeaderAndIsr(_) => {}
            PushRequest::UpdateMetadata(request) => {
                for topic in request.topic_states {
                    if topic.partition_states.iter().all(|state| state.leader == LEADER_DURING_DELETE) {
                        self.marks.insert(topic.topic_id, topic);
                    }
                }
            }
            PushRequest::StopReplica { request, deletes } => {
                let mut ids: BTreeMap<(String, i32), TopicIdPartition> =
                    deletes.into_iter().map(|(topic_name, at)| ((topic_name, at.partition_id), at)).collect();
                for topic in request.topic_states {
                    for state in topic.partition_states {
                        if let Some(at) = ids.remove(&(topic.topic_name.clone(), state.partition_index)) {
                            self.deletes.insert(at, (topic.topic_name.clone(), state));
                        }
                    }
                }
            }
        }
    }

    /// Everything the broker has to know now: what it missed goes first, so that a topic made anew under the same name stays.
    pub fn requests(self, pusher: &Pusher, image: &Image, broker: &BrokerRegistration) -> Vec<PushRequest> {
        let mut requests = plan::resync(pusher, image, broker);
        let is_replica = |at: &TopicIdPartition| {
            let partition = image.topics.partition(&at.topic_id, at.partition_id);
            partition.is_some_and(|partition| partition.replicas.contains(&broker.broker_id))
        };
        // A replica that came back meanwhile stays; of a topic that is going away the whole request speaks.
        let deletes: Vec<_> = self.deletes.into_iter().filter(|(at, _)| !is_replica(at)).collect();
        let mut first = Vec::new();
        let marks: Vec<_> = self.marks.into_values().collect();
        if !marks.is_empty() {
            let Some(PushRequest::UpdateMetadata(brokers_only)) = requests.first() else {
                unreachable!("a resync begins with the broker list");
            };
            let request = UpdateMetadataRequest { topic_states: marks.into(), ..brokers_only.clone() };
            first.push(PushRequest::UpdateMetadata(request));
        }
        if !deletes.is_empty() {
            let mut topics: BTreeMap<String, Vec<StopReplicaPartitionState>> = BTreeMap::new();
            let mut names = Vec::new();
            for (at, (topic_name, state)) in deletes {
                topics.entry(topic_name.clone()).or_default().push(state);
                names.push((topic_name, at));
            }
            let topic_states = topics
                .into_iter()
                .map(|(topic_name, partition_states)| StopReplicaTopicState { topic_name, partition_states });
            let request = StopReplicaRequest {
                controller_id: pusher.controller_id,
                controller_epoch: pusher.controller_epoch,
                broker_epoch: broker.broker_epoch,
                topic_states: topic_states.collect(),
                ..Default::default()
            };
            first.push(PushRequest::StopReplica { request, deletes: names });
        }
        first.append(&mut requests);
        first
    }
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::Uuid;
    use kedge_protocol::messages::update_metadata_request::UpdateMetadataPartitionState;

    use super::*;

    fn told(topic_id: Uuid, leader: i32) -> PushRequest {
        let state = UpdateMetadataPartitionState { leader, ..Default::default() };
        let topic =
            UpdateMetadataTopicState { topic_name: "t".to_owned(), topic_id, partition_states: vec![state].into() };
        PushRequest::UpdateMetadata(UpdateMetadataRequest { topic_states: vec![topic].into(), ..Default::default() })
    }

    #[tokio::test]
    async fn requests_come_in_order_until_there_are_too_many() {
        let mailbox = Mailbox::default();
        mailbox.post(vec![told(Uuid::ONE, 1), told(Uuid::ONE, 2)]);
        assert_eq!(mailbox.next().await, Mail::Request(told(Uuid::ONE, 1)));
        assert_eq!(mailbox.next().await, Mail::Request(told(Uuid::ONE, 2)));
        assert_eq!(mailbox.take(), None);

        mailbox.post(vec![told(Uuid::ONE, LEADER_DURING_DELETE)]);
        mailbox.post(vec![told(Uuid::ZERO, 1); QUEUED_REQUESTS_MAX]);
        mailbox.post(vec![told(Uuid::ZERO, LEADER_DURING_DELETE)]);
        let Some(Mail::Everything(missed)) = mailbox.take() else { panic!("no marker") };
        assert_eq!(missed.marks.keys().copied().collect::<Vec<_>>(), [Uuid::ZERO, Uuid::ONE], "deletions are kept");
        assert_eq!(mailbox.take(), None, "the marker stands for all of it");

        mailbox.post(vec![told(Uuid::ONE, 3)]);
        assert_eq!(mailbox.take(), Some(Mail::Request(told(Uuid::ONE, 3))));
    }
}
