//! `EndTxnMarker`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `EndTxnMarker` of `EndTxnMarker`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EndTxnMarker {
    /// Version: `int16 0+`.
    pub version: i16,
    /// CoordinatorEpoch: `int32 0+`.
    pub coordinator_epoch: i32,
}
impl Body for EndTxnMarker {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i16(self.version);
        out.i32(self.coordinator_epoch);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EndTxnMarker");
        let this = EndTxnMarker { version: input.i16(), coordinator_epoch: input.i32() };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for EndTxnMarker {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.version = sample::bits(random) as i16;
        this.coordinator_epoch = sample::bits(random) as i32;
        this
    }
}
impl Message for EndTxnMarker {
    const NAME: &'static str = "EndTxnMarker";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
