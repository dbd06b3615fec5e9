//! `RemoveAccessControlEntryRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::uuid::Uuid;
use crate::wire::{Body, Decoder, Encoder, Message};
/// `RemoveAccessControlEntryRecord` of `RemoveAccessControlEntryRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemoveAccessControlEntryRecord {
    /// Id: `uuid 0+`.
    pub id: Uuid,
}
impl Body for RemoveAccessControlEntryRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.uuid(self.id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RemoveAccessControlEntryRecord");
        let this = RemoveAccessControlEntryRecord { id: input.uuid() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RemoveAccessControlEntryRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.id = sample::uuid(random);
        this
    }
}
impl Message for RemoveAccessControlEntryRecord {
    const NAME: &'static str = "RemoveAccessControlEntryRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
