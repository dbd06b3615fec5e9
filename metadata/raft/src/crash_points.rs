//! Named places where a test stops a node as if its process had been killed: nothing after the place is written.
//!
//! Without the feature `crash-points` the type is empty and every call does nothing.

use std::io;

/// Every place, in the order they are passed. A test goes through all of them.
pub const NAMES: [&str; 8] = [
    "apply.before-append",
    "apply.appended",
    "applied.log-synced",
    "applied.written",
    "snapshot.checkpoint-written",
    "snapshot.written",
    "install.files-written",
    "install.log-started",
];

/// The armed place of one node, shared with the test that arms it.
#[derive(Clone, Debug, Default)]
pub struct CrashPoints {
    #[cfg(feature = "crash-points")]
    armed: std::sync::Arc<std::sync::Mutex<Armed>>,
}

#[cfg(feature = "crash-points")]
#[derive(Debug, Default)]
struct Armed {
    name: Option<&'static str>,
    passes_left: u32,
    crashed: bool,
}

impl CrashPoints {
    /// Called at each place: fails there once armed, and everywhere after that.
    #[cfg(feature = "crash-points")]
    pub(crate) fn hit(&self, name: &'static str) -> io::Result<()> {
        debug_assert!(NAMES.contains(&name), "{name} is not listed");
        let mut armed = self.armed.lock().expect("no panic while armed");
        if armed.name == Some(name) && !armed.crashed {
            armed.crashed = armed.passes_left == 0;
            armed.passes_left = armed.passes_left.saturating_sub(1);
        }
        if armed.crashed { Err(io::Error::other(format!("crash point {name}"))) } else { Ok(()) }
    }

    /// Called at each place; does nothing.
    #[cfg(not(feature = "crash-points"))]
    pub(crate) fn hit(&self, _name: &'static str) -> io::Result<()> {
        Ok(())
    }

    /// Arms a place: the node stops there after having passed it `passes` times.
    #[cfg(feature = "crash-points")]
    pub fn arm(&self, name: &'static str, passes: u32) {
        *self.armed.lock().expect("no panic while armed") =
            Armed { name: Some(name), passes_left: passes, crashed: false };
    }

    /// The node has stopped at the armed place.
    #[cfg(feature = "crash-points")]
    pub fn crashed(&self) -> bool {
        self.armed.lock().expect("no panic while armed").crashed
    }

    /// Forgets what was armed, for the node's next start.
    #[cfg(feature = "crash-points")]
    pub fn reset(&self) {
        *self.armed.lock().expect("no panic while armed") = Armed::default();
    }
}
