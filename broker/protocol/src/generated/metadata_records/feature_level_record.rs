//! `FeatureLevelRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `FeatureLevelRecord` of `FeatureLevelRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FeatureLevelRecord {
    /// Name: `string 0+`.
    pub name: String,
    /// FeatureLevel: `int16 0+`.
    pub feature_level: i16,
}
impl Body for FeatureLevelRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "FeatureLevelRecord.Name", &self.name);
        out.i16(self.feature_level);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("FeatureLevelRecord");
        let this = FeatureLevelRecord { name: input.string(true, "Name"), feature_level: input.i16() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for FeatureLevelRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.feature_level = sample::bits(random) as i16;
        this
    }
}
impl Message for FeatureLevelRecord {
    const NAME: &'static str = "FeatureLevelRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
