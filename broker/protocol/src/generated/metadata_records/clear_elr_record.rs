//! `ClearElrRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ClearElrRecord` of `ClearElrRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ClearElrRecord {
    /// TopicName: `string 0+`.
    pub topic_name: String,
}
impl Body for ClearElrRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "ClearElrRecord.TopicName", &self.topic_name);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ClearElrRecord");
        let this = ClearElrRecord { topic_name: input.string(true, "TopicName") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ClearElrRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_name = sample::string(random);
        this
    }
}
impl Message for ClearElrRecord {
    const NAME: &'static str = "ClearElrRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
