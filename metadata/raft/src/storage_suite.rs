//! openraft's own storage suite, against the write-ahead log and the state machine.

use openraft::testing::{StoreBuilder, Suite};
use tempfile::TempDir;

use crate::{
    Retention, StateMachine,
    core::Core,
    crash_points::CrashPoints,
    state_machine::Shared,
    types::{StorageError, TypeConfig},
    wal::WalStore,
};

struct Builder;

impl StoreBuilder<TypeConfig, WalStore, StateMachine, TempDir> for Builder {
    async fn build(&self) -> Result<(TempDir, WalStore, StateMachine), StorageError> {
        let dir = TempDir::new().expect("a temporary directory");
        let wal = WalStore::open(&dir.path().join("raft"), 0).expect("a fresh log opens");
        let crash = CrashPoints::default();
        let core = Core::open(dir.path(), Retention::default(), crash.clone()).expect("a fresh directory opens");
        let shared = Shared::new(core, dir.path(), crash);
        Ok((dir, wal, StateMachine { shared }))
    }
}

#[test]
fn openraft_storage_suite() {
    Suite::test_all(Builder).expect("every case of the suite passes");
}
