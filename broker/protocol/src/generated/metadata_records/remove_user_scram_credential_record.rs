//! `RemoveUserScramCredentialRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `RemoveUserScramCredentialRecord` of `RemoveUserScramCredentialRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemoveUserScramCredentialRecord {
    /// Name: `string 0+`.
    pub name: String,
    /// Mechanism: `int8 0+`.
    pub mechanism: i8,
}
impl Body for RemoveUserScramCredentialRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "RemoveUserScramCredentialRecord.Name", &self.name);
        out.i8(self.mechanism);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RemoveUserScramCredentialRecord");
        let this = RemoveUserScramCredentialRecord { name: input.string(true, "Name"), mechanism: input.i8() };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RemoveUserScramCredentialRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::string(random);
        this.mechanism = sample::bits(random) as i8;
        this
    }
}
impl Message for RemoveUserScramCredentialRecord {
    const NAME: &'static str = "RemoveUserScramCredentialRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
