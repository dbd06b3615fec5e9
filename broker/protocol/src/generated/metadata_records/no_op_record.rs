//! `NoOpRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `NoOpRecord` of `NoOpRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NoOpRecord {}
impl Body for NoOpRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("NoOpRecord");
        let this = NoOpRecord {};
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for NoOpRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        Self::default()
    }
}
impl Message for NoOpRecord {
    const NAME: &'static str = "NoOpRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
