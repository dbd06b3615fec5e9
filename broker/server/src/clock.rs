//! The one clock handed down from startup. Nothing else in the server asks for the time of day.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use kedge_metadata_state::TimestampMs;

/// Wall-clock time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> TimestampMs;
}

/// A clock shared by every part of a node.
pub type SharedClock = Arc<dyn Clock>;

/// The operating system's clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> TimestampMs {
        // A machine set before 1970 has no meaningful time; 0 is as good as any and cannot panic.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as i64)
    }
}
