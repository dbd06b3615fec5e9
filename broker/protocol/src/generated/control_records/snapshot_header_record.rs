//! `SnapshotHeaderRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `SnapshotHeaderRecord` of `SnapshotHeaderRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SnapshotHeaderRecord {
    /// Version: `int16 0+`.
    pub version: i16,
    /// LastContainedLogTimestamp: `int64 0+`.
    pub last_contained_log_timestamp: i64,
}
impl Body for SnapshotHeaderRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.version);
        out.i64(self.last_contained_log_timestamp);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SnapshotHeaderRecord");
        let this = SnapshotHeaderRecord { version: input.i16(), last_contained_log_timestamp: input.i64() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SnapshotHeaderRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.version = sample::bits(random) as i16;
        this.last_contained_log_timestamp = sample::bits(random) as i64;
        this
    }
}
impl Message for SnapshotHeaderRecord {
    const NAME: &'static str = "SnapshotHeaderRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
