//! Values of control records. The key of a control record is two 16-bit numbers, version 0 and the type; the value of all
//! but [`EndTxnMarker`] is a flexible message that begins with its own version.

pub use crate::generated::control_records::*;
pub use crate::generated::control_records::{leader_change_message, voters_record};
