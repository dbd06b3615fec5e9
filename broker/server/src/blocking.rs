//! Work that holds its thread for longer than a task should: the thread's other tasks go elsewhere meanwhile.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Up to as many records or partitions a task takes in like anything else; more may take milliseconds.
const MANY: usize = 100;

/// Runs what blocks on the disk, or computes for milliseconds, without holding up the other tasks of this thread, where the runtime
/// has other threads at all.
pub(crate) fn may_block<R>(f: impl FnOnce() -> R) -> R {
    match Handle::try_current() {
        Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => tokio::task::block_in_place(f),
        _ => f(),
    }
}

/// The same for work over `count` records or partitions; a few are no reason to move anything.
pub(crate) fn may_take_long<R>(count: usize, f: impl FnOnce() -> R) -> R {
    if count > MANY { may_block(f) } else { f() }
}
