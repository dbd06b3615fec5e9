//! ControllerRegistration (KIP-919): controllers make themselves known, so that tools can find them.

use kedge_metadata_state::image::ControllerRegistration;

use crate::{Context, Decision, DecisionUnit, Subject};

/// ControllerRegistration (key 70, version 0). The same registration again changes nothing.
pub fn register_controller(context: &mut Context<'_>, registration: &ControllerRegistration) -> Decision<()> {
    let record = registration.to_record();
    let known = context.image.cluster.controllers.get(&registration.controller_id);
    if known.is_some_and(|known| **known == ControllerRegistration::from_record(&record)) {
        return Decision::unchanged(());
    }
    let unit = DecisionUnit::new(Subject::Controller(registration.controller_id), [record]);
    Decision { units: vec![unit], response: () }
}
