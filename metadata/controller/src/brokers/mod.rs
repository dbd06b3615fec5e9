//! Brokers come, go and report: registration and heartbeats of KRaft, ephemerals of ZooKeeper.
//!
//! A broker is *fenced* (registered, may not lead or be in an ISR), *unfenced*, or in *controlled shutdown* (still
//! serving, handing its leaderships over). ZooKeeper knows no fenced brokers: one that is gone is unregistered.

mod ephemeral;
mod heartbeat;
mod registration;

pub use ephemeral::{ShutdownReply, broker_down, broker_up, controlled_shutdown};
pub use heartbeat::{HeartbeatReply, HeartbeatRequest, fence_one_stale_broker, heartbeat, late_heartbeat};
pub use registration::{RegisterBrokerRequest, register_broker, unregister_broker};

use kedge_metadata_state::{
    Image,
    image::BrokerRegistration,
    records::{BrokerRegistrationChangeRecord, UnregisterBrokerRecord},
};

use crate::{DecisionUnit, Settings, Subject, election::leave_isrs};

/// BrokerRegistrationChangeRecord's way to say what happens to the fence and to the shutdown state.
const FENCE: i8 = 1;
const UNFENCE: i8 = -1;
const ENTER_CONTROLLED_SHUTDOWN: i8 = 1;

fn registration_unit(registration: &BrokerRegistration) -> DecisionUnit {
    DecisionUnit::new(Subject::Broker(registration.broker_id), [registration.to_record()])
}

/// A change of a registration that keeps everything else.
fn registration_change(registration: &BrokerRegistration) -> BrokerRegistrationChangeRecord {
    BrokerRegistrationChangeRecord {
        broker_id: registration.broker_id,
        broker_epoch: registration.broker_epoch,
        ..BrokerRegistrationChangeRecord::default()
    }
}

fn registration_change_unit(record: BrokerRegistrationChangeRecord) -> DecisionUnit {
    DecisionUnit::new(Subject::Broker(record.broker_id), [record])
}

/// Out of every ISR first, then fenced: no record leaves a fenced broker leading.
fn fence(image: &Image, settings: &Settings, registration: &BrokerRegistration) -> Vec<DecisionUnit> {
    let mut units = leave_isrs(image, settings, registration.broker_id);
    let change = BrokerRegistrationChangeRecord { fenced: FENCE, ..registration_change(registration) };
    units.push(registration_change_unit(change));
    units
}

/// Out of every ISR first, then forgotten.
fn unregister(image: &Image, settings: &Settings, registration: &BrokerRegistration) -> Vec<DecisionUnit> {
    let mut units = leave_isrs(image, settings, registration.broker_id);
    let record = UnregisterBrokerRecord { broker_id: registration.broker_id, broker_epoch: registration.broker_epoch };
    units.push(DecisionUnit::new(Subject::Broker(registration.broker_id), [record]));
    units
}
