//! `OffsetCommitKey`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `OffsetCommitKey` of `OffsetCommitKey`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct OffsetCommitKey {
    /// group: `string 0-1`.
    pub group: String,
    /// topic: `string 0-1`.
    pub topic: String,
    /// partition: `int32 0-1`.
    pub partition: i32,
}
impl Body for OffsetCommitKey {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(false, "OffsetCommitKey.group", &self.group);
        out.string(false, "OffsetCommitKey.topic", &self.topic);
        out.i32(self.partition);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("OffsetCommitKey");
        let this = OffsetCommitKey {
            group: input.string(false, "group"),
            topic: input.string(false, "topic"),
            partition: input.i32(),
        };
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for OffsetCommitKey {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.group = sample::string(random);
        this.topic = sample::string(random);
        this.partition = sample::bits(random) as i32;
        this
    }
}
impl Message for OffsetCommitKey {
    const NAME: &'static str = "OffsetCommitKey";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = i16::MAX;
}
