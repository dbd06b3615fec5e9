//! `AbortTransactionRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `AbortTransactionRecord` of `AbortTransactionRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AbortTransactionRecord {
    /// Reason: `string 0+ null=0+ tag=0 default=null`.
    pub reason: Option<String>,
}
impl Body for AbortTransactionRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        let has_reason = self.reason.is_some();
        out.uvarint(u32::from(has_reason));
        if has_reason {
            let start = out.tag(0);
            out.opt_string(true, true, "AbortTransactionRecord.Reason", self.reason.as_deref());
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AbortTransactionRecord");
        let mut this = AbortTransactionRecord { reason: None };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 => this.reason = input.opt_string(true, true, "Reason"),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AbortTransactionRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.reason = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
impl Message for AbortTransactionRecord {
    const NAME: &'static str = "AbortTransactionRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
