//! `InitProducerIdRequest`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

use crate::api::ApiKey;
#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message, Request};
/// `InitProducerIdRequest` of `InitProducerIdRequest`, versions 0–5.
#[derive(Clone, Debug, PartialEq)]
pub struct InitProducerIdRequest {
    /// TransactionalId: `string 0+ null=0+`.
    pub transactional_id: Option<String>,
    /// TransactionTimeoutMs: `int32 0+`.
    pub transaction_timeout_ms: i32,
    /// ProducerId: `int64 3+ default=-1`.
    pub producer_id: i64,
    /// ProducerEpoch: `int16 3+ default=-1`.
    pub producer_epoch: i16,
}
impl Default for InitProducerIdRequest {
    fn default() -> Self {
        InitProducerIdRequest {
            transactional_id: Some(Default::default()),
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
        }
    }
}
impl Body for InitProducerIdRequest {
    fn write(&self, version: i16, out: &mut Encoder) {
        let flexible = version >= 2;
        out.opt_string(flexible, true, "InitProducerIdRequest.TransactionalId", self.transactional_id.as_deref());
        out.i32(self.transaction_timeout_ms);
        if version >= 3 {
            out.i64(self.producer_id);
        } else if self.producer_id != -1 {
            out.not_in_version("InitProducerIdRequest.ProducerId", version);
        }
        if version >= 3 {
            out.i16(self.producer_epoch);
        } else if self.producer_epoch != -1 {
            out.not_in_version("InitProducerIdRequest.ProducerEpoch", version);
        }
        if flexible {
            out.uvarint(0);
        }
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("InitProducerIdRequest");
        let flexible = version >= 2;
        let this = InitProducerIdRequest {
            transactional_id: input.opt_string(flexible, true, "TransactionalId"),
            transaction_timeout_ms: input.i32(),
            producer_id: if version >= 3 { input.i64() } else { -1 },
            producer_epoch: if version >= 3 { input.i16() } else { -1 },
        };
        if flexible {
            input.skip_tags();
        }
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for InitProducerIdRequest {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.transactional_id = sample::nullable(random, true, |random| sample::string(random));
        this.transaction_timeout_ms = sample::bits(random) as i32;
        if version >= 3 {
            this.producer_id = sample::bits(random) as i64;
        }
        if version >= 3 {
            this.producer_epoch = sample::bits(random) as i16;
        }
        this
    }
}
impl Message for InitProducerIdRequest {
    const NAME: &'static str = "InitProducerIdRequest";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 5;
    const FIRST_FLEXIBLE: i16 = 2;
}
impl Request for InitProducerIdRequest {
    const KEY: ApiKey = ApiKey::INIT_PRODUCER_ID;
    type Response = super::init_producer_id_response::InitProducerIdResponse;
}
