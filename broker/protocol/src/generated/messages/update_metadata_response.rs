//! `UpdateMetadataResponse`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `UpdateMetadataResponse` of `UpdateMetadataResponse`, versions 0–8.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UpdateMetadataResponse {
    /// ErrorCode: `int16 0+`.
    pub error_code: i16,
}
impl Body for UpdateMetadataResponse {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 6;
        out.i16(self.error_code);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("UpdateMetadataResponse");
        let flexible = version >= 6;
        let this = UpdateMetadataResponse { error_code: input.i16() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for UpdateMetadataResponse {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.error_code = sample::bits(random) as i16;
        this
    }
}
impl Message for UpdateMetadataResponse {
    const NAME: &'static str = "UpdateMetadataResponse";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 8;
    const FIRST_FLEXIBLE: i16 = 6;
}
