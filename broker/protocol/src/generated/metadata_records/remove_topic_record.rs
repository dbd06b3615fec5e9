//! `RemoveTopicRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `RemoveTopicRecord` of `RemoveTopicRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemoveTopicRecord {
    /// TopicId: `uuid 0+`.
    pub topic_id: Uuid,
}
impl Body for RemoveTopicRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.topic_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RemoveTopicRecord");
        let this = RemoveTopicRecord { topic_id: input.uuid() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RemoveTopicRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.topic_id = sample::uuid(random);
        this
    }
}
impl Message for RemoveTopicRecord {
    const NAME: &'static str = "RemoveTopicRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
