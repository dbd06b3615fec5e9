//! `ResponseHeader`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `ResponseHeader` of `ResponseHeader`, versions 0–1.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ResponseHeader {
    /// CorrelationId: `int32 0+`.
    pub correlation_id: i32,
}
impl Body for ResponseHeader {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 1;
        out.i32(self.correlation_id);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("ResponseHeader");
        let flexible = version >= 1;
        let this = ResponseHeader { correlation_id: input.i32() };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for ResponseHeader {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.correlation_id = sample::bits(random) as i32;
        this
    }
}
impl Message for ResponseHeader {
    const NAME: &'static str = "ResponseHeader";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 1;
    const FIRST_FLEXIBLE: i16 = 1;
}
