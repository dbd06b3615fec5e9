//! `AddOffsetsToTxnRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `AddOffsetsToTxnRequest` of `AddOffsetsToTxnRequest`, versions 0–4.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AddOffsetsToTxnRequest {
    /// TransactionalId: `string 0+`.
    pub transactional_id: String,
    /// ProducerId: `int64 0+`.
    pub producer_id: i64,
    /// ProducerEpoch: `int16 0+`.
    pub producer_epoch: i16,
    /// GroupId: `string 0+`.
    pub group_id: String,
}
impl Body for AddOffsetsToTxnRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 3;
        out.string(flexible, "AddOffsetsToTxnRequest.TransactionalId", &self.transactional_id);
        out.i64(self.producer_id);
        out.i16(self.producer_epoch);
        out.string(flexible, "AddOffsetsToTxnRequest.GroupId", &self.group_id);
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("AddOffsetsToTxnRequest");
        let flexible = version >= 3;
        let this = AddOffsetsToTxnRequest {
            transactional_id: input.string(flexible, "TransactionalId"),
            producer_id: input.i64(),
            producer_epoch: input.i16(),
            group_id: input.string(flexible, "GroupId"),
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for AddOffsetsToTxnRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.transactional_id = sample::string(random);
        this.producer_id = sample::bits(random) as i64;
        this.producer_epoch = sample::bits(random) as i16;
        this.group_id = sample::string(random);
        this
    }
}
impl Message for AddOffsetsToTxnRequest {
    const NAME: &'static str = "AddOffsetsToTxnRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 4;
    const FIRST_FLEXIBLE: i16 = 3;
}
impl Request for AddOffsetsToTxnRequest {
    const KEY: ApiKey = ApiKey::ADD_OFFSETS_TO_TXN;
    type Response = super::add_offsets_to_txn_response::AddOffsetsToTxnResponse;
}
