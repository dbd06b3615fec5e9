//! `SnapshotFooterRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `SnapshotFooterRecord` of `SnapshotFooterRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SnapshotFooterRecord {
    /// Version: `int16 0+`.
    pub version: i16,
}
impl Body for SnapshotFooterRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.version);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("SnapshotFooterRecord");
        let this = SnapshotFooterRecord { version: input.i16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for SnapshotFooterRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.version = sample::bits(random) as i16;
        this
    }
}
impl Message for SnapshotFooterRecord {
    const NAME: &'static str = "SnapshotFooterRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
