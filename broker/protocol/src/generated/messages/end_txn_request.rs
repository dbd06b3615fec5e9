//! `EndTxnRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `EndTxnRequest` of `EndTxnRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EndTxnRequest {
    /// TransactionalId: `string 0+`.
    pub transactional_id: String,
    /// ProducerId: `int64 0+`.
    pub producer_id: i64,
    /// ProducerEpoch: `int16 0+`.
    pub producer_epoch: i16,
    /// Committed: `bool 0+`.
    pub committed: bool,
}
impl Body for EndTxnRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "EndTxnRequest.TransactionalId", &self.transactional_id);
        out.i64(self.producer_id);
        out.i16(self.producer_epoch);
        out.bool(self.committed);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("EndTxnRequest");
        let flexible = version >= 3;
        let this = EndTxnRequest {
            transactional_id: input.string(flexible, "TransactionalId"),
            producer_id: input.i64(),
            producer_epoch: input.i16(),
            committed: input.bool(),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for EndTxnRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.transactional_id = sample::string(random);
        this.producer_id = sample::bits(random) as i64;
        this.producer_epoch = sample::bits(random) as i16;
        this.committed = random() & 1 == 1;
        this
    }
}
impl Message for EndTxnRequest {
    const NAME: &'static str = "EndTxnRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 3;
}
impl Request for EndTxnRequest {
    const KEY: ApiKey = ApiKey::END_TXN;
    type Response = super::end_txn_response::EndTxnResponse;
}
