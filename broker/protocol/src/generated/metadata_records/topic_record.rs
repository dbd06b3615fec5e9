//! `TopicRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `TopicRecord` of `TopicRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TopicRecord {
    /// Name: `string 0+`.
    pub name: String,
    /// TopicId: `uuid 0+`.
    pub topic_id: Uuid,
}
impl Body for TopicRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "TopicRecord.Name", &self.name);
        out.uuid(self.topic_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("TopicRecord");
        let this = TopicRecord { name: input.string(true, "Name"), topic_id: input.uuid() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for TopicRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.topic_id = sample::uuid(random);
        this
    }
}
impl Message for TopicRecord {
    const NAME: &'static str = "TopicRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
