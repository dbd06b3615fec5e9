//! `BeginTransactionRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `BeginTransactionRecord` of `BeginTransactionRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BeginTransactionRecord {
    /// Name: `string 0+ null=0+ tag=0 default=null`.
    pub name: Option<String>,
}
impl Body for BeginTransactionRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        let has_name = self.name.is_some();
        out.uvarint(u32::from(has_name));
        if has_name {
            let start = out.tag(0);
            out.opt_string(true, true, "BeginTransactionRecord.Name", self.name.as_deref());
            out.tag_end(start);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("BeginTransactionRecord");
        let mut this = BeginTransactionRecord { name: None };
        for _ in 0..input.tag_count() {
            let (tag, end) = input.tag();
            match tag {
                0 => this.name = input.opt_string(true, true, "Name"),
                _ => input.tag_skip(end),
            }
            input.tag_end(end);
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for BeginTransactionRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.name = sample::nullable(random, true, |random| sample::string(random));
        this
    }
}
impl Message for BeginTransactionRecord {
    const NAME: &'static str = "BeginTransactionRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
