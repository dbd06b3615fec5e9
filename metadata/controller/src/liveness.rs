//! Which brokers are heard of: the heartbeat clock of the KRaft controller (Kafka's `BrokerHeartbeatManager`).
//!
//! Soft state: never in the log, rebuilt at activation, when every broker gets a fresh session. Whether a broker is
//! fenced is not kept here; that is in the image.

use std::collections::BTreeMap;

use kedge_metadata_state::{BrokerId, Image, TimestampMs};

/// When each registered broker was last heard of, and how far it had followed the metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Liveness {
    session_timeout_ms: TimestampMs,
    brokers: BTreeMap<BrokerId, Contact>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Contact {
    last_contact_ms: TimestampMs,
    /// Offset of the last record the broker has applied; −1 before it said.
    metadata_offset: i64,
    /// Offset of its RegisterBrokerRecord: what it must have applied to be unfenced.
    register_record_offset: i64,
    /// Offset that every active broker must have applied before it may shut down; none unless it asked to.
    controlled_shutdown_offset: Option<i64>,
}

impl Liveness {
    /// The state of a fresh reign. `last_offset` is the last offset of the log: where a registration stands exactly is
    /// not known any more, and this is not too early.
    pub fn activate(image: &Image, session_timeout_ms: TimestampMs, now_ms: TimestampMs, last_offset: i64) -> Liveness {
        let fresh = Contact {
            last_contact_ms: now_ms,
            metadata_offset: -1,
            register_record_offset: last_offset,
            controlled_shutdown_offset: None,
        };
        let brokers = image.cluster.brokers.keys().map(|broker_id| (*broker_id, fresh)).collect();
        Liveness { session_timeout_ms, brokers }
    }

    /// A broker registered, its record being at this offset. A new incarnation starts from nothing; an amendment keeps
    /// what is known.
    pub(crate) fn registered(
        &mut self,
        broker_id: BrokerId,
        register_record_offset: i64,
        is_amendment: bool,
        now_ms: TimestampMs,
    ) {
        let before = self.brokers.get(&broker_id).filter(|_| is_amendment);
        let contact = Contact {
            last_contact_ms: now_ms,
            metadata_offset: before.map_or(-1, |contact| contact.metadata_offset),
            register_record_offset,
            controlled_shutdown_offset: before.and_then(|contact| contact.controlled_shutdown_offset),
        };
        self.brokers.insert(broker_id, contact);
    }

    /// A broker is not registered any more.
    pub(crate) fn unregistered(&mut self, broker_id: BrokerId) {
        self.brokers.remove(&broker_id);
    }

    /// A broker was heard of.
    pub(crate) fn touch(&mut self, broker_id: BrokerId, metadata_offset: i64, now_ms: TimestampMs) {
        if let Some(contact) = self.brokers.get_mut(&broker_id) {
            contact.last_contact_ms = now_ms;
            contact.metadata_offset = metadata_offset;
        }
    }

    /// The controller waited for its log and heard nobody in between. If that took half a session or more, whoever had a
    /// session when it began has a third of one left now: time for the heartbeat that follows a late answer.
    pub fn excuse_silence(&mut self, from_ms: TimestampMs, now_ms: TimestampMs) {
        let session_timeout_ms = self.session_timeout_ms;
        if now_ms.saturating_sub(from_ms) < session_timeout_ms / 2 {
            return;
        }
        for contact in self.brokers.values_mut() {
            if contact.last_contact_ms.saturating_add(session_timeout_ms) >= from_ms {
                let excused_ms = now_ms - session_timeout_ms + session_timeout_ms / 3;
                contact.last_contact_ms = contact.last_contact_ms.max(excused_ms);
            }
        }
    }

    /// A broker starts its controlled shutdown; the first offset given stands.
    pub(crate) fn begin_controlled_shutdown(&mut self, broker_id: BrokerId, offset: i64) {
        if let Some(contact) = self.brokers.get_mut(&broker_id) {
            contact.controlled_shutdown_offset.get_or_insert(offset);
        }
    }

    /// A broker is fenced; on its next heartbeat it may shut down at once.
    pub(crate) fn fenced(&mut self, broker_id: BrokerId) {
        if let Some(contact) = self.brokers.get_mut(&broker_id) {
            contact.controlled_shutdown_offset = None;
        }
    }

    pub(crate) fn controlled_shutdown_offset(&self, broker_id: BrokerId) -> Option<i64> {
        self.brokers.get(&broker_id)?.controlled_shutdown_offset
    }

    /// Offset of the broker's registration record; none if this reign does not know the broker.
    pub fn register_record_offset(&self, broker_id: BrokerId) -> Option<i64> {
        Some(self.brokers.get(&broker_id)?.register_record_offset)
    }

    /// An unfenced broker within its session.
    pub fn has_valid_session(&self, image: &Image, broker_id: BrokerId, now_ms: TimestampMs) -> bool {
        let is_unfenced = image.cluster.brokers.get(&broker_id).is_some_and(|registration| !registration.fenced);
        is_unfenced && self.brokers.get(&broker_id).is_some_and(|contact| !self.is_expired(contact, now_ms))
    }

    fn is_expired(&self, contact: &Contact, now_ms: TimestampMs) -> bool {
        contact.last_contact_ms.saturating_add(self.session_timeout_ms) < now_ms
    }

    fn unfenced<'a>(&'a self, image: &'a Image) -> impl Iterator<Item = (BrokerId, &'a Contact)> {
        self.brokers.iter().filter_map(|(broker_id, contact)| {
            let registration = image.cluster.brokers.get(broker_id)?;
            (!registration.fenced).then_some((*broker_id, contact))
        })
    }

    /// The unfenced broker that was silent longest, if its session is over.
    pub fn stale_broker(&self, image: &Image, now_ms: TimestampMs) -> Option<BrokerId> {
        let (broker_id, contact) =
            self.unfenced(image).min_by_key(|(broker_id, contact)| (contact.last_contact_ms, *broker_id))?;
        self.is_expired(contact, now_ms).then_some(broker_id)
    }

    /// When the next session will be over, if nobody speaks until then.
    pub fn next_check_ms(&self, image: &Image) -> Option<TimestampMs> {
        let earliest = self.unfenced(image).map(|(_, contact)| contact.last_contact_ms).min()?;
        Some(earliest.saturating_add(self.session_timeout_ms).saturating_add(1))
    }

    /// How far the slowest active broker has followed the metadata; `i64::MAX` if none is active.
    pub(crate) fn lowest_active_offset(&self, image: &Image) -> i64 {
        let active = self.unfenced(image).filter(|(_, contact)| contact.controlled_shutdown_offset.is_none());
        active.map(|(_, contact)| contact.metadata_offset).min().unwrap_or(i64::MAX)
    }
}
