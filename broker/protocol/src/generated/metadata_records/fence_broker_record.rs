//! `FenceBrokerRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `FenceBrokerRecord` of `FenceBrokerRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FenceBrokerRecord {
    /// Id: `int32 0+`.
    pub id: i32,
    /// Epoch: `int64 0+`.
    pub epoch: i64,
}
impl Body for FenceBrokerRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.i32(self.id);
        out.i64(self.epoch);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FenceBrokerRecord");
        let this = FenceBrokerRecord { id: input.i32(), epoch: input.i64() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for FenceBrokerRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.id = sample::bits(random) as i32;
        this.epoch = sample::bits(random) as i64;
        this
    }
}
impl Message for FenceBrokerRecord {
    const NAME: &'static str = "FenceBrokerRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
