//! `ZkMigrationStateRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ZkMigrationStateRecord` of `ZkMigrationStateRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ZkMigrationStateRecord {
    /// ZkMigrationState: `int8 0+`.
    pub zk_migration_state: i8,
}
impl Body for ZkMigrationStateRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i8(self.zk_migration_state);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ZkMigrationStateRecord");
        let this = ZkMigrationStateRecord { zk_migration_state: input.i8() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ZkMigrationStateRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.zk_migration_state = sample::bits(random) as i8;
        this
    }
}
impl Message for ZkMigrationStateRecord {
    const NAME: &'static str = "ZkMigrationStateRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
