//! Named places where a test lets the process die: `KEDGE_CRASH_POINT=name` or `name:n` aborts at the n-th pass, and the file
//! `KEDGE_CRASH_LOG` gets a line first, so that the test can assert that the place was reached.
//!
//! Only in a build with the feature `crash-points`; elsewhere every call does nothing. The places of the move are listed in
//! `kedge_migration::runtime::crash_points`; those here are the controller runtime's own.

use kedge_metadata_state::Record;

/// Inside the copy's transaction: Begin is committed, nothing else of it.
pub const AFTER_BEGIN: &str = "fwd3-after-begin";

/// Called at each place: aborts if it is the armed one.
#[cfg(feature = "crash-points")]
pub fn hit(name: &str) {
    use std::{
        io::Write,
        sync::atomic::{AtomicU64, Ordering},
    };
    static PASSES: AtomicU64 = AtomicU64::new(0);
    let Some((armed, passes)) = armed() else { return };
    if armed != name || PASSES.fetch_add(1, Ordering::SeqCst) + 1 < passes {
        return;
    }
    if let Some(path) = std::env::var_os("KEDGE_CRASH_LOG") {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let written = log.and_then(|mut log| writeln!(log, "{name} pid {}", std::process::id()));
        if let Err(error) = written {
            tracing::error!(%error, "KEDGE_CRASH_LOG cannot be written");
        }
    }
    tracing::error!(name, "crash point: the process aborts");
    std::process::abort();
}

/// Called at each place; does nothing.
#[cfg(not(feature = "crash-points"))]
pub fn hit(_name: &str) {}

/// The armed place and the pass that counts.
#[cfg(feature = "crash-points")]
fn armed() -> Option<(&'static str, u64)> {
    use std::sync::OnceLock;
    static ARMED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    let armed = ARMED.get_or_init(|| {
        let text = std::env::var("KEDGE_CRASH_POINT").ok()?;
        match text.rsplit_once(':') {
            Some((name, passes)) => Some((name.to_owned(), passes.parse().ok()?)),
            None => Some((text, 1)),
        }
    });
    armed.as_ref().map(|(name, passes)| (name.as_str(), *passes))
}

/// A small copy is one entry; to die between Begin and End it is cut after Begin, if that place is armed.
#[cfg(feature = "crash-points")]
pub fn split_after_begin(mut batches: Vec<Vec<Record>>) -> Vec<Vec<Record>> {
    use kedge_metadata_state::records::MetadataRecord;
    let is_begin = |record: &Record| matches!(record, Record::Metadata(MetadataRecord::BeginTransaction(_)));
    let is_armed = armed().is_some_and(|(name, _)| name == AFTER_BEGIN);
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
