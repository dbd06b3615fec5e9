//! Registrations: RegisterBroker, UnregisterBroker, BrokerRegistrationChange, the old Fence and Unfence, RegisterController.

use std::sync::Arc;

use kedge_protocol::metadata_records::{
    BrokerRegistrationChangeRecord, FenceBrokerRecord, RegisterBrokerRecord, RegisterControllerRecord,
    UnfenceBrokerRecord, UnregisterBrokerRecord,
};

use super::{Delta, ReplayError};
use crate::{
    BrokerId,
    image::{BrokerRegistration, ControllerRegistration, cluster::sorted_directories},
};

impl Delta {
    pub(super) fn replay_register_broker(&mut self, record: &RegisterBrokerRecord) {
        let registration = BrokerRegistration::from_record(record);
        self.image.cluster.brokers.insert(record.broker_id, Arc::new(registration));
        self.touched.brokers.insert(record.broker_id);
    }

    pub(super) fn replay_register_controller(&mut self, record: &RegisterControllerRecord) {
        let registration = ControllerRegistration::from_record(record);
        self.image.cluster.controllers.insert(record.controller_id, Arc::new(registration));
        self.touched.controllers.insert(record.controller_id);
    }

    pub(super) fn replay_unregister_broker(&mut self, record: &UnregisterBrokerRecord) -> Result<(), ReplayError> {
        self.registration("UnregisterBrokerRecord", record.broker_id, record.broker_epoch)?;
        self.image.cluster.brokers.remove(&record.broker_id);
        self.touched.brokers.insert(record.broker_id);
        Ok(())
    }

    pub(super) fn replay_fence_broker(&mut self, record: &FenceBrokerRecord) -> Result<(), ReplayError> {
        let mut registration = self.registration("FenceBrokerRecord", record.id, record.epoch)?;
        registration.fenced = true;
        self.put_registration(registration);
        Ok(())
    }

    pub(super) fn replay_unfence_broker(&mut self, record: &UnfenceBrokerRecord) -> Result<(), ReplayError> {
        let mut registration = self.registration("UnfenceBrokerRecord", record.id, record.epoch)?;
        registration.fenced = false;
        self.put_registration(registration);
        Ok(())
    }

    pub(super) fn replay_broker_registration_change(
        &mut self,
        record: &BrokerRegistrationChangeRecord,
    ) -> Result<(), ReplayError> {
        const NAME: &str = "BrokerRegistrationChangeRecord";
        let mut registration = self.registration(NAME, record.broker_id, record.broker_epoch)?;
        match record.fenced {
            1 => registration.fenced = true,
            0 => {}
            -1 => registration.fenced = false,
            value => return Err(ReplayError::InvalidValue { record: NAME, field: "Fenced", value: value.into() }),
        }
        match record.in_controlled_shutdown {
            1 => registration.in_controlled_shutdown = true,
            0 => {}
            value => {
                let field = "InControlledShutdown";
                return Err(ReplayError::InvalidValue { record: NAME, field, value: value.into() });
            }
        }
        // An empty list says "no change": the record cannot express "no directories".
        if !record.log_dirs.is_empty() {
            registration.directories = sorted_directories(&record.log_dirs);
        }
        self.put_registration(registration);
        Ok(())
    }

    /// A copy of the registration that `record` means, if it is still the current one.
    fn registration(
        &self,
        record: &'static str,
        broker_id: BrokerId,
        record_broker_epoch: i64,
    ) -> Result<BrokerRegistration, ReplayError> {
        let Some(registration) = self.image.cluster.brokers.get(&broker_id) else {
            return Err(ReplayError::BrokerNotRegistered { record, broker_id });
        };
        let registered_broker_epoch = registration.broker_epoch;
        if registered_broker_epoch != record_broker_epoch {
            return Err(ReplayError::BrokerEpochMismatch {
                record,
                broker_id,
                record_broker_epoch,
                registered_broker_epoch,
            });
        }
        Ok(BrokerRegistration::clone(registration))
    }

    fn put_registration(&mut self, registration: BrokerRegistration) {
        self.touched.brokers.insert(registration.broker_id);
        self.image.cluster.brokers.insert(registration.broker_id, Arc::new(registration));
    }
}
