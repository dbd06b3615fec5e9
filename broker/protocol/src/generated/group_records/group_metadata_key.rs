//! `GroupMetadataKey`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `GroupMetadataKey` of `GroupMetadataKey`, versions 2–2.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct GroupMetadataKey {
    /// group: `string 2`.
    pub group: String,
}
impl Body for GroupMetadataKey {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "GroupMetadataKey.group", &self.group);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("GroupMetadataKey");
        let this = GroupMetadataKey { group: input.string(false, "group") };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for GroupMetadataKey {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group = sample::string(random);
        this
    }
}
impl Message for GroupMetadataKey {
    const NAME: &'static str = "GroupMetadataKey";
    const MIN_VERSION: i16 = 2;
    const MAX_VERSION: i16 = 2;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
