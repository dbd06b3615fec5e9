//! Named places where a test lets a process die, or stop for a while: only in a build with the feature `crash-points`, and only where the
//! environment names a folder (`KEDGE_CRASH_DIR`); elsewhere every call does nothing.
//!
//! The file `armed` in that folder holds the name of a place and what is to happen there: `abort`, or `pause` until the file `go` is there
//! (so that a test can kill another process at that very moment). Whoever passes the place first renames `armed` to `hit-<name>`: one
//! process, once, and the test can assert that the place was reached.
//!
//! The places of the move's driver are listed in `kedge_migration::runtime::crash_points`; those here are the controller runtime's and the
//! brokers'.

use kedge_metadata_state::Record;

/// Inside the copy's transaction: Begin is committed, nothing else of it.
pub const AFTER_BEGIN: &str = "fwd3-after-begin";
/// A broker is registered with the quorum while ZooKeeper rules.
pub const BROKER_REGISTERED: &str = "fwd1-broker-registered";
/// A broker may follow the log, and has not begun to.
pub const BROKER_BEFORE_LOG: &str = "fwd5-broker-before-log";
/// It follows the log; its registration is not amended yet.
pub const BROKER_ON_LOG: &str = "fwd5-broker-on-log";
/// Its registration is amended.
pub const BROKER_AMENDED: &str = "fwd6-broker-amended";
/// The successor was asked to take the tree over.
pub const BROKER_BEFORE_TAKE_OVER: &str = "back5-broker-before-take-over";
/// It has; it does not rule yet.
pub const BROKER_TOOK_OVER: &str = "back5-broker-took-over";
/// A broker sees the successor rule, and has not begun to follow it.
pub const BROKER_BEFORE_TREE: &str = "back6-broker-before-tree";
/// It takes pushes again.
pub const BROKER_ON_TREE: &str = "back6-broker-on-tree";

/// Called at each place.
#[cfg(feature = "crash-points")]
pub fn hit(name: &str) {
    let Some(folder) = folder() else { return };
    let Some(action) = armed(folder, name) else { return };
    let seen = folder.join(format!("hit-{name}"));
    // A race with another process that passes the same place: one of them has it.
    if std::fs::rename(folder.join("armed"), &seen).is_err() {
        return;
    }
    tracing::error!(name, action, "crash point");
    if action == "abort" {
        std::process::abort();
    }
    // Nobody comes to a pause for ever.
    for _ in 0..600 {
        if folder.join("go").exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// Called at each place; does nothing.
#[cfg(not(feature = "crash-points"))]
pub fn hit(_name: &str) {}

#[cfg(feature = "crash-points")]
fn folder() -> Option<&'static std::path::Path> {
    use std::{path::PathBuf, sync::OnceLock};
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(|| std::env::var_os("KEDGE_CRASH_DIR").map(PathBuf::from)).as_deref()
}

/// What is to happen at a place, if it is the armed one.
#[cfg(feature = "crash-points")]
fn armed(folder: &std::path::Path, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("armed")).ok()?;
    let (armed, action) = text.trim().split_once(' ')?;
    (armed == name).then(|| action.to_owned())
}

/// A small copy is one entry; to die between Begin and End it is cut after Begin, if that place is armed.
#[cfg(feature = "crash-points")]
pub fn split_after_begin(mut batches: Vec<Vec<Record>>) -> Vec<Vec<Record>> {
    use kedge_metadata_state::records::MetadataRecord;
    let is_begin = |record: &Record| matches!(record, Record::Metadata(MetadataRecord::BeginTransaction(_)));
    let is_armed = folder().and_then(|folder| armed(folder, AFTER_BEGIN)).is_some();
    if is_armed && batches.first().and_then(|batch| batch.first()).is_some_and(is_begin) {
        let rest = batches[0].split_off(1);
        batches.insert(1, rest);
    }
    batches
}

/// A small copy is one entry.
#[cfg(not(feature = "crash-points"))]
pub fn split_after_begin(batches: Vec<Vec<Record>>) -> Vec<Vec<Record>> {
    batches
}
