//! `RemoveDelegationTokenRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `RemoveDelegationTokenRecord` of `RemoveDelegationTokenRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RemoveDelegationTokenRecord {
    /// TokenId: `string 0+`.
    pub token_id: String,
}
impl Body for RemoveDelegationTokenRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "RemoveDelegationTokenRecord.TokenId", &self.token_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("RemoveDelegationTokenRecord");
        let this = RemoveDelegationTokenRecord { token_id: input.string(true, "TokenId") };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for RemoveDelegationTokenRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.token_id = sample::string(random);
        this
    }
}
impl Message for RemoveDelegationTokenRecord {
    const NAME: &'static str = "RemoveDelegationTokenRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
